//! Looks at the environments of scripts beside the engine's loop, ahead of their runs, and removes those that nobody needs any more.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::turn::{Fact, Look};
use crate::domain::TaskId;
use crate::script::env::{self, InUse, Workshop};
use crate::store::{Reader, Store, StoreError, environments, runs, tasks};

/// So many environments are looked at at once.
pub(super) const STEP: usize = 64;

/// What is found within this time is told together: each time is a turn of the engine.
const TOGETHER: Duration = Duration::from_millis(50);

/// What is looked at just now, and what was found.
pub(super) struct Outfitter {
    store: Store,
    workshop: Arc<Workshop>,
    found: (mpsc::UnboundedSender<Done>, mpsc::UnboundedReceiver<Done>),
    busy: HashSet<TaskId>,
    /// Somebody removes what nobody needs, and whether that is to be done again after it.
    tidies: Option<bool>,
}

enum Done {
    Looked(Vec<(Fact, TaskId)>),
    Tidied,
}

impl Outfitter {
    pub(super) fn new(store: Store, workshop: Arc<Workshop>) -> Self {
        Self { store, workshop, found: mpsc::unbounded_channel(), busy: HashSet::new(), tidies: None }
    }

    /// The tasks whose environments are being looked at.
    pub(super) fn under_way(&self) -> HashSet<TaskId> {
        self.busy.clone()
    }

    /// Looks at these in a thread, one after the other. What is found comes from [`Outfitter::next`].
    pub(super) fn look(&mut self, these: Vec<Look>) {
        if these.is_empty() {
            return;
        }
        self.busy.extend(these.iter().map(|(sought, _)| sought.task));
        let (workshop, found) = (self.workshop.clone(), self.found.0.clone());
        tokio::task::spawn_blocking(move || {
            let (mut facts, mut told) = (Vec::new(), Instant::now());
            let last = these.len();
            for (n, (sought, need)) in these.into_iter().enumerate() {
                let fit = need.map_or(env::Fit::Plain, |need| workshop.fit(&need));
                facts.push((Fact::Looked(sought, fit), sought.task));
                if n + 1 == last || told.elapsed() >= TOGETHER {
                    // The receiver lives as long as the engine.
                    let _ = found.send(Done::Looked(std::mem::take(&mut facts)));
                    told = Instant::now();
                }
            }
        });
    }

    /// Removes what nobody needs, in a thread; when that is under way, again after it.
    pub(super) fn tidy(&mut self) {
        if let Some(again) = &mut self.tidies {
            *again = true;
            return;
        }
        self.tidies = Some(false);
        let (store, workshop, found) = (self.store.clone(), self.workshop.clone(), self.found.0.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(e) = tidy(&store, &workshop) {
                tracing::warn!(error = %e, "old environments cannot be removed");
            }
            let _ = found.send(Done::Tidied);
        });
    }

    /// Waits for what is found. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> Vec<Fact> {
        match self.found.1.recv().await {
            Some(Done::Looked(found)) => {
                for (_, task) in &found {
                    self.busy.remove(task);
                }
                found.into_iter().map(|(fact, _)| fact).collect()
            }
            Some(Done::Tidied) => {
                if self.tidies.take() == Some(true) {
                    self.tidy();
                }
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

/// Goes through the folders of all environments. One of a slug that no task has goes as a whole.
fn tidy(store: &Store, workshop: &Workshop) -> Result<(), StoreError> {
    let folders: Vec<_> =
        fs::read_dir(workshop.envs()).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    if folders.is_empty() {
        return Ok(());
    }
    let db = store.reader()?;
    let mut live: HashMap<TaskId, bool> = HashMap::new();
    for run in runs::live(&db)? {
        *live.entry(run.task).or_default() |= !run.builds;
    }
    for folder in folders {
        let Some(slug) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        let in_use = in_use(&db, slug, &live)?;
        let removed = env::tidy(&folder, &in_use.clone().unwrap_or_default());
        if removed > 0 {
            tracing::info!(slug, removed, "environments that nobody needs are removed");
        }
        if in_use.is_none() {
            for ready in env::of_script(&folder) {
                if let Err(e) = env::remove(&ready.folder) {
                    tracing::warn!(path = %ready.folder.display(), error = %e, "an environment cannot be removed");
                }
            }
            // Only when nothing is left in it.
            let _ = fs::remove_dir(&folder);
        }
    }
    Ok(())
}

/// What of a script's environments is in use; `None` when there is no such task, in the trash neither.
fn in_use(db: &Reader, slug: &str, live: &HashMap<TaskId, bool>) -> Result<Option<InUse>, StoreError> {
    let task = match tasks::find_exactly(db, slug) {
        Ok(task) => task.id,
        Err(StoreError::InTrash { task, .. }) => task,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(e) => return Err(e),
    };
    let key = environments::get(db, task)?.and_then(|known| known.key);
    let lives = live.get(&task).copied().unwrap_or(false);
    Ok(Some(InUse { key, lives, builds: environments::builds(db, task)? }))
}

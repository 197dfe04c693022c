//! Notices when another program changes a script that Tempo made: an editor, git, a copy. It looks when the kernel says that
//! something was written below the folder of the scripts, and once at the start; otherwise it sleeps.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::ready::Ready;
use super::seen::Seen;
use crate::domain::version::Origin;
use crate::script::Scripts;
use crate::store::{Reader, Store, StoreError, scripts, tasks};
use crate::watch::{Watch, Watched};

/// When nothing was written for so long, what was written is looked at: an editor and git write more than once.
const QUIET: Duration = Duration::from_millis(300);
/// And after so long in any case.
const LONGEST: Duration = Duration::from_secs(3);
/// Folders that are watched at most, and looked at in one step. The kernel has few watches for each user.
const MOST: usize = 4096;
const STEP: usize = 64;
/// How deep folders are followed.
const DEEPEST: usize = 12;
/// Folders that hold no script of a task, and many files.
const LEFT_OUT: &[&str] = &["__pycache__", "node_modules", "venv", "site-packages"];

/// What the kernel says: a name in a folder, or that something was lost.
type Event = Option<(Watched, OsString)>;

/// The one who watches.
pub(super) struct Watcher {
    watch: Ready<Arc<Watch>>,
    /// Not here while it is at work.
    worker: Option<Worker>,
    step: Option<JoinHandle<(Worker, bool)>>,
    /// What was said and not looked at yet.
    events: Vec<Event>,
    /// Since when, and when it is looked at; `None` while there is nothing to look at.
    since: Option<Instant>,
    due: Option<Instant>,
}

impl Watcher {
    /// One that begins with a look at everything. To be made inside the runtime.
    pub(super) fn new(store: Store, scripts: Scripts) -> io::Result<Self> {
        let watch = Arc::new(Watch::new()?);
        let worker = Worker::new(store, scripts, watch.clone());
        let (watch, now) = (Ready::new(watch)?, Instant::now());
        Ok(Self { watch, worker: Some(worker), step: None, events: vec![None], since: Some(now), due: Some(now) })
    }

    /// Goes on with the work. Nothing is lost when the wait is given up.
    pub(super) async fn work(&mut self) -> io::Result<()> {
        let due = self.due.filter(|_| self.worker.is_some());
        tokio::select! {
            ready = self.watch.readable() => {
                ready?;
                self.events.extend(self.watch.get().names());
                if !self.events.is_empty() {
                    let now = Instant::now();
                    let since = *self.since.get_or_insert(now);
                    self.due = Some((now + QUIET).min(since + LONGEST));
                }
            }
            () = super::until(due) => {
                let Some(mut worker) = self.worker.take() else { return Ok(()) };
                let events = std::mem::take(&mut self.events);
                (self.since, self.due) = (None, None);
                self.step = Some(tokio::task::spawn_blocking(move || {
                    let more = worker.step(&events, Timestamp::now());
                    (worker, more)
                }));
            }
            ended = ended(&mut self.step) => {
                self.step = None;
                let Some((worker, more)) = ended else {
                    tracing::error!("watching the scripts has failed; it is not tried again before the next start");
                    return Ok(());
                };
                self.worker = Some(worker);
                if more {
                    self.due = Some(Instant::now());
                }
            }
        }
        Ok(())
    }
}

/// The end of a step; never without one.
async fn ended(step: &mut Option<JoinHandle<(Worker, bool)>>) -> Option<(Worker, bool)> {
    match step {
        Some(step) => step.await.ok(),
        None => std::future::pending().await,
    }
}

/// What does the work.
struct Worker {
    store: Store,
    reader: Option<Reader>,
    scripts: Scripts,
    watch: Arc<Watch>,
    folders: HashMap<i32, PathBuf>,
    /// Folders in which something was written.
    changed: BTreeSet<PathBuf>,
    /// That not all folders are watched was said.
    said: bool,
}

impl Worker {
    fn new(store: Store, scripts: Scripts, watch: Arc<Watch>) -> Self {
        let (folders, changed) = (HashMap::new(), BTreeSet::new());
        Self { store, reader: None, scripts, watch, folders, changed, said: false }
    }

    /// Takes in what was said, and looks at some of the folders; true when there are more.
    fn step(&mut self, events: &[Event], now: Timestamp) -> bool {
        self.hear(events);
        let mut some = Vec::new();
        while some.len() < STEP
            && let Some(folder) = self.changed.pop_first()
        {
            some.push(folder);
        }
        if let Err(e) = self.look(&some, now) {
            tracing::warn!(error = %e, "changes of scripts cannot be noted; they are when the scripts run");
            self.reader = None;
        }
        !self.changed.is_empty()
    }

    fn hear(&mut self, events: &[Event]) {
        for event in events {
            let Some((watched, name)) = event else {
                // All of it may have changed, or something is not watched yet.
                let root = self.scripts.root().to_owned();
                // Where it cannot be made, there is nothing in it.
                let _ = self.scripts.make_root();
                self.follow(&root, 0, &mut HashSet::new());
                continue;
            };
            let Some(folder) = self.folders.get(&watched.number()).cloned() else { continue };
            let path = folder.join(name);
            if path.is_dir() {
                self.follow(
                    &path,
                    path.components().count() - self.scripts.root().components().count(),
                    &mut HashSet::new(),
                );
            } else {
                self.changed.insert(folder);
            }
        }
    }

    /// Watches a folder and those in it, links to folders included, and has them looked at.
    fn follow(&mut self, folder: &Path, depth: usize, seen: &mut HashSet<i32>) {
        let left_out = folder
            .file_name()
            .and_then(|name| name.to_str())
            .is_none_or(|name| depth > 0 && (name.starts_with('.') || LEFT_OUT.contains(&name)));
        if left_out || depth > DEEPEST {
            return;
        }
        if self.folders.len() >= MOST {
            return self.give_up("more folders than are watched");
        }
        let watched = match self.watch.add_folder(folder) {
            Ok(watched) => watched,
            // It was taken away meanwhile.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return,
            Err(e) => return self.give_up(&e.to_string()),
        };
        // A link can lead back to where it stands.
        if !seen.insert(watched.number()) {
            return;
        }
        self.folders.insert(watched.number(), folder.to_owned());
        self.changed.insert(folder.to_owned());
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.is_dir()) {
            self.follow(&path, depth + 1, seen);
        }
    }

    fn give_up(&mut self, why: &str) {
        if !std::mem::replace(&mut self.said, true) {
            tracing::warn!(why, "not all scripts are watched; what changes in the others is noted when they run");
        }
    }

    /// Notes what is new in the scripts of these folders.
    fn look(&mut self, folders: &[PathBuf], now: Timestamp) -> Result<(), StoreError> {
        if self.reader.is_none() {
            self.reader = Some(self.store.reader()?);
        }
        let Some(reader) = &self.reader else { return Ok(()) };
        let mut news = Vec::new();
        for folder in folders {
            for (task, script) in tasks::with_script_in(reader, folder)? {
                news.extend(Seen::now(&self.scripts, task, &script).news(reader)?);
            }
        }
        if news.is_empty() {
            return Ok(());
        }
        self.store.write(move |db| {
            for (task, file, content) in &news {
                scripts::note(db, *task, *file, content, Origin::Outside, now)?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;

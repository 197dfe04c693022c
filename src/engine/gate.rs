//! Checks beside the engine what has to hold before a run: its conditions (R10) and the environment of its script. Files are read in
//! a thread, commands are supervised processes of their own.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::crew::Crew;
use super::probe;
use super::turn::Fact;
use crate::domain::condition::{Condition, Unmet};
use crate::domain::run::Outcome;
use crate::domain::{RunId, TaskId};
use crate::script::env::{Fit, Need, Workshop};
use crate::supervise::{Evidence, ExitRecord, Spawner, Spec, inspect};

/// What is to be checked before a run starts.
#[derive(Debug)]
pub(super) struct Check {
    /// The run that waits for it.
    pub(super) run: RunId,
    /// Its task.
    pub(super) task: TaskId,
    /// All conditions.
    pub(super) conditions: Vec<Condition>,
    /// How the one that is a command is executed.
    pub(super) command: Option<Spec>,
    /// What its script needs, when it has one.
    pub(super) need: Option<Need>,
    /// What it has, as soon as that was looked at.
    pub(super) fit: Fit,
}

/// The checks that are under way.
pub(super) struct Gate {
    /// The folders of the commands, by the run that waits.
    folder: PathBuf,
    exe: PathBuf,
    workshop: Arc<Workshop>,
    /// Made with the first command; it has a spawner of its own, so that its facts are not those of runs.
    crew: Option<Crew>,
    facts: (mpsc::UnboundedSender<Fact>, mpsc::UnboundedReceiver<Fact>),
    probed: (mpsc::UnboundedSender<Probed>, mpsc::UnboundedReceiver<Probed>),
    checks: HashMap<RunId, Check>,
}

/// What was found about the conditions that are not commands, and of the environment when these hold.
type Probed = (RunId, Result<Fit, Unmet>);

impl Gate {
    /// A gate without checks, with its folders under this one.
    pub(super) fn new(folder: PathBuf, exe: PathBuf, workshop: Arc<Workshop>) -> Self {
        let gate = Self {
            folder,
            exe,
            workshop,
            crew: None,
            facts: mpsc::unbounded_channel(),
            probed: mpsc::unbounded_channel(),
            checks: HashMap::new(),
        };
        // What an earlier engine did not look at any more is too old to mean anything.
        for left in std::fs::read_dir(&gate.folder).into_iter().flatten().flatten() {
            forget(&left.path());
        }
        gate
    }

    /// The runs whose conditions are being checked, and their tasks.
    pub(super) fn under_way(&self) -> Vec<(RunId, TaskId)> {
        self.checks.values().map(|check| (check.run, check.task)).collect()
    }

    /// Begins a check. Its result comes from [`Gate::next`].
    pub(super) fn begin(&mut self, check: Check) {
        let (run, conditions, probed) = (check.run, check.conditions.clone(), self.probed.0.clone());
        let (need, workshop) = (check.need.clone(), self.workshop.clone());
        self.checks.insert(run, check);
        tokio::task::spawn_blocking(move || {
            let found = match probe::unmet(&conditions, Path::new("/")) {
                Some(unmet) => Err(unmet),
                None => Ok(need.map_or(Fit::Plain, |need| workshop.fit(&need))),
            };
            // The receiver lives as long as the engine.
            let _ = probed.send((run, found));
        });
    }

    /// Waits until something happens to a check; the fact when one is done. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> io::Result<Option<Fact>> {
        tokio::select! {
            Some((run, found)) = self.probed.1.recv() => Ok(self.has_probed(run, found)),
            Some(fact) = self.facts.1.recv() => Ok(self.has_run(fact)),
            replies = replies(self.crew.as_mut()) => replies.map(|()| None),
        }
    }

    fn has_probed(&mut self, run: RunId, found: Result<Fit, Unmet>) -> Option<Fact> {
        let check = self.checks.get_mut(&run)?;
        let command = check.command.take();
        let unmet = match found {
            Ok(fit) => {
                check.fit = fit;
                None
            }
            Err(unmet) => Some(unmet),
        };
        let goes_on = matches!(check.fit, Fit::Plain | Fit::Ready(..));
        match (unmet, command) {
            (Some(unmet), _) => Some(self.done(run, Some(unmet))),
            (None, Some(spec)) if goes_on => match self.start(&spec) {
                Ok(()) => None,
                Err(e) => Some(self.command_failed(run, format!("it cannot be started: {e}"))),
            },
            (None, _) => Some(self.done(run, None)),
        }
    }

    fn start(&mut self, spec: &Spec) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        forget(&self.folder.join(spec.run.to_string()));
        if self.crew.is_none() {
            let spawner = Spawner::from_exe(&self.exe)?;
            self.crew = Some(Crew::new(self.folder.clone(), self.exe.clone(), spawner, self.facts.0.clone())?);
        }
        if let Some(crew) = &mut self.crew {
            crew.start(spec, None);
        }
        Ok(())
    }

    fn has_run(&mut self, fact: Fact) -> Option<Fact> {
        let crew = self.crew.as_mut()?;
        if let Some(of) = fact.end() {
            crew.forget(of);
        }
        match fact {
            Fact::Found(of, supervisor, _) => {
                crew.hold(of, supervisor);
                None
            }
            Fact::Ended(of, record) => match record.outcome() {
                Outcome::Succeeded => Some(self.done(of.run, None)),
                outcome => Some(self.command_failed(of.run, said(&record, outcome))),
            },
            Fact::Lost(of, reason) | Fact::CouldNotStart(of, reason) | Fact::NoRoom(of, reason) => {
                Some(self.command_failed(of.run, reason))
            }
            Fact::NeverStarted(of) => Some(self.command_failed(of.run, "it never began".to_owned())),
            Fact::Started(..) | Fact::Paused(..) | Fact::Checked(..) | Fact::Looked(..) => None,
        }
    }

    /// The command of a check did not succeed.
    fn command_failed(&mut self, run: RunId, found: String) -> Fact {
        let conditions = self.checks.get(&run).map(|check| check.conditions.as_slice()).unwrap_or_default();
        let command = conditions.iter().find(|condition| matches!(condition, Condition::Command(_))).cloned();
        let condition = command.unwrap_or_else(|| Condition::Command(String::new()));
        self.done(run, Some(Unmet { condition, found }))
    }

    fn done(&mut self, run: RunId, unmet: Option<Unmet>) -> Fact {
        let fit = self.checks.remove(&run).map_or(Fit::Plain, |check| check.fit);
        forget(&self.folder.join(run.to_string()));
        Fact::Checked(run, unmet.map_or(Ok(fit), Err))
    }
}

/// What a command that did not succeed ended with.
fn said(record: &ExitRecord, outcome: Outcome) -> String {
    match &record.ended {
        crate::supervise::Ended::NotStarted { error } => error.clone(),
        _ => outcome.to_string(),
    }
}

/// Takes the folder of a check away, unless its command still runs.
fn forget(folder: &Path) {
    // Conditions are checked before the first attempt only.
    if !matches!(inspect(folder, 1), Ok(Evidence::Alive(..) | Evidence::Starting)) {
        // One that cannot be removed is in nobody's way but the next check's, which says so.
        let _ = std::fs::remove_dir_all(folder);
    }
}

async fn replies(crew: Option<&mut Crew>) -> io::Result<()> {
    match crew {
        Some(crew) => crew.replies().await,
        None => std::future::pending().await,
    }
}

//! Checks the conditions of runs beside the engine (R10): files in a thread, commands as supervised processes of their own.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use super::crew::Crew;
use super::probe;
use super::turn::Fact;
use crate::domain::condition::{Condition, Unmet};
use crate::domain::run::Outcome;
use crate::domain::{RunId, TaskId};
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
}

/// The checks that are under way.
pub(super) struct Gate {
    /// The folders of the commands, by the run that waits.
    folder: PathBuf,
    exe: PathBuf,
    /// Made with the first command; it has a spawner of its own, so that its facts are not those of runs.
    crew: Option<Crew>,
    facts: (mpsc::UnboundedSender<Fact>, mpsc::UnboundedReceiver<Fact>),
    probed: (mpsc::UnboundedSender<Probed>, mpsc::UnboundedReceiver<Probed>),
    checks: HashMap<RunId, Check>,
}

/// What was found about the conditions that are not commands.
type Probed = (RunId, Option<Unmet>);

impl Gate {
    /// A gate without checks, with its folders under this one.
    pub(super) fn new(folder: PathBuf, exe: PathBuf) -> Self {
        let gate = Self {
            folder,
            exe,
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
        self.checks.insert(run, check);
        tokio::task::spawn_blocking(move || {
            // The receiver lives as long as the engine.
            let _ = probed.send((run, probe::unmet(&conditions, Path::new("/"))));
        });
    }

    /// Waits until something happens to a check; the fact when one is done. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self) -> io::Result<Option<Fact>> {
        tokio::select! {
            Some((run, unmet)) = self.probed.1.recv() => Ok(self.has_probed(run, unmet)),
            Some(fact) = self.facts.1.recv() => Ok(self.has_run(fact)),
            replies = replies(self.crew.as_mut()) => replies.map(|()| None),
        }
    }

    fn has_probed(&mut self, run: RunId, unmet: Option<Unmet>) -> Option<Fact> {
        let command = self.checks.get_mut(&run)?.command.take();
        match (unmet, command) {
            (Some(unmet), _) => Some(self.done(run, Some(unmet))),
            (None, None) => Some(self.done(run, None)),
            (None, Some(spec)) => match self.start(&spec) {
                Ok(()) => None,
                Err(e) => Some(self.command_failed(run, format!("it cannot be started: {e}"))),
            },
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
            Fact::Started(..) | Fact::Paused(..) | Fact::Checked(..) => None,
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
        self.checks.remove(&run);
        forget(&self.folder.join(run.to_string()));
        Fact::Checked(run, unmet)
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

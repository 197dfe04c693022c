//! What has become of runs while no engine is there to write it down: their folders know (R8).

use std::path::PathBuf;

use super::{Context, Result};
use crate::domain::RunId;
use crate::domain::run::{Outcome, Run, RunState};
use crate::domain::why::Entry;
use crate::store::tasks::LastRun;
use crate::supervise::{Evidence, ExitRecord, inspect};

/// Looks into the folders of runs that are live by the store. Writes nothing: that is the next engine's.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    runs: PathBuf,
    /// With an engine the store is right, or will be in a moment.
    has_engine: bool,
}

/// The end of a run that the store does not know yet.
enum End {
    Recorded(ExitRecord),
    Lost { reason: &'static str },
}

impl Context {
    /// Who sees what the store does not know now.
    pub(super) fn witness(&self) -> Result<Witness> {
        Ok(Witness { runs: self.paths.runs(), has_engine: self.has_engine()? })
    }
}

impl Witness {
    /// A run as it is.
    pub(super) fn run(&self, mut run: Run) -> Run {
        let Some(end) = self.end(run.id, run.state) else { return run };
        run.state = RunState::Finished;
        match end {
            End::Recorded(record) => {
                run.outcome = Some(record.outcome());
                run.started_at = record.process_started().or(run.started_at);
                run.finished_at = Some(record.ended_at);
                run.usage = Some(record.usage());
                // Why it was asked to stop stays with it, as in the store.
                let asked = run.reason.take().filter(|_| record.outcome() == Outcome::Cancelled);
                let said: Vec<String> = asked.into_iter().chain(record.reason()).collect();
                run.reason = (!said.is_empty()).then(|| said.join("; "));
            }
            End::Lost { reason } => {
                run.outcome = Some(Outcome::Lost);
                run.reason = Some(reason.to_owned());
            }
        }
        run
    }

    /// A slot with its run as it is.
    pub(super) fn entry(&self, entry: Entry) -> Entry {
        match entry {
            Entry::Slot(slot, Some(run)) => Entry::Slot(slot, Some(Box::new(self.run(*run)))),
            Entry::Slot(..) | Entry::Pause(_) => entry,
        }
    }

    /// The newest run of a task as it is.
    pub(super) fn last(&self, last: &mut LastRun) {
        let Some(end) = self.end(last.id, last.state) else { return };
        last.state = RunState::Finished;
        (last.outcome, last.finished_at) = match end {
            End::Recorded(record) => (Some(record.outcome()), Some(record.ended_at)),
            End::Lost { .. } => (Some(Outcome::Lost), None),
        };
    }

    /// Whether a run that is live by the store has ended.
    pub(super) fn has_ended(&self, run: RunId, state: RunState) -> bool {
        self.end(run, state).is_some()
    }

    fn end(&self, run: RunId, state: RunState) -> Option<End> {
        if self.has_engine || !state.is_live() {
            return None;
        }
        match inspect(&self.runs.join(run.to_string())) {
            Ok(Evidence::Ended(record)) => Some(End::Recorded(record)),
            Ok(Evidence::Lost { rebooted: true }) => Some(End::Lost { reason: "the machine was restarted" }),
            Ok(Evidence::Lost { rebooted: false }) => Some(End::Lost { reason: "its supervisor was killed" }),
            // What the folder does not prove, the next engine finds out.
            Ok(Evidence::Alive(..) | Evidence::Starting | Evidence::NeverStarted) | Err(_) => None,
        }
    }
}

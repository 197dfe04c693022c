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
        let Some(end) = self.end(run.id, run.attempt, run.state) else { return run };
        run.state = RunState::Finished;
        match end {
            End::Recorded(record) => {
                run.outcome = Some(record.outcome());
                run.started_at = match run.attempt {
                    1 => record.process_started().or(run.started_at),
                    _ => run.started_at.or(record.process_started()),
                };
                run.finished_at = Some(record.ended_at);
                run.usage = Some(run.usage.unwrap_or_default().and(record.usage()));
                run.limits.clone_from(&record.limits);
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
        if may_be_tried_again(run.attempt, run.attempts) && run.outcome.is_some_and(Outcome::is_bad) {
            let said = run.reason.take().map(|reason| format!("{reason}; ")).unwrap_or_default();
            run.reason = Some(format!("{said}whether it is tried again, the next engine decides"));
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
        let Some(end) = self.end(last.id, last.attempt, last.state) else { return };
        last.state = RunState::Finished;
        (last.outcome, last.finished_at) = match end {
            End::Recorded(record) => (Some(record.outcome()), Some(record.ended_at)),
            End::Lost { .. } => (Some(Outcome::Lost), None),
        };
    }

    /// Whether this attempt of a run that is live by the store has ended.
    pub(super) fn has_ended(&self, run: RunId, attempt: u32, state: RunState) -> bool {
        self.end(run, attempt, state).is_some()
    }

    /// Whether a stop of this run comes too late: it has ended, and is not tried again.
    pub(super) fn is_over(&self, run: &Run) -> bool {
        self.has_ended(run.id, run.attempt, run.state) && !may_be_tried_again(run.attempt, run.attempts)
    }

    fn end(&self, run: RunId, attempt: u32, state: RunState) -> Option<End> {
        if self.has_engine || !state.is_live() {
            return None;
        }
        match inspect(&self.runs.join(run.to_string()), attempt) {
            Ok(Evidence::Ended(record)) => Some(End::Recorded(record)),
            Ok(Evidence::Lost { rebooted: true }) => Some(End::Lost { reason: "the machine was restarted" }),
            Ok(Evidence::Lost { rebooted: false }) => Some(End::Lost { reason: "its supervisor was killed" }),
            // What the folder does not prove, the next engine finds out.
            Ok(Evidence::Alive(..) | Evidence::Starting | Evidence::NeverStarted) | Err(_) => None,
        }
    }
}

/// Whether there can be an attempt after this one (R6).
fn may_be_tried_again(attempt: u32, attempts: u32) -> bool {
    attempt < attempts
}

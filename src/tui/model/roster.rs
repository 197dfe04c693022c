//! What becomes of marked tasks that were edited as one text.

use crate::domain::TaskId;
use crate::store::batches::Ended;
use crate::store::roster::{Outcome, Refused};

/// What was done of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Tasks to which it was done, or that were so already.
    pub done: Vec<TaskId>,
    /// Of them, how many were changed.
    pub changed: usize,
    /// And how many are in the trash.
    pub trashed: usize,
    /// Those to which it was not.
    pub refused: Vec<Refused>,
    /// How many were not come to.
    pub left: usize,
    /// Why not, when the store could not be written.
    pub failed: Option<String>,
}

impl From<Outcome> for Tally {
    fn from(outcome: Outcome) -> Self {
        let (changed, _, trashed) = outcome.counts();
        let failed = if let Ended::Failed(e) = &outcome.ended { Some(e.to_string()) } else { None };
        let done = outcome.done.iter().map(|(task, _)| *task).collect();
        Self { done, changed, trashed, refused: outcome.refused, left: outcome.left.len(), failed }
    }
}

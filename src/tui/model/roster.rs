//! What becomes of marked tasks that were edited as one text.

use std::sync::Arc;

use jiff::Timestamp;

use super::Tab;
use crate::domain::TaskId;
use crate::domain::roster::Edit;
use crate::store::batches::Ended;
use crate::store::roster::{Outcome, Refused};
use crate::tui::editor::roster::Kept;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// For each task of which something is wanted, what.
    pub edits: Arc<Vec<Edit>>,
    /// The text that says so.
    pub kept: Kept,
}

/// One of before that ended with its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOff {
    /// When it began.
    pub at: Timestamp,
    /// Of how many tasks it is done, and of how many not; `None` when that cannot be told any more.
    pub tasks: Option<(usize, usize)>,
}

/// How the screen was before they were shown as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The tab.
    pub tab: Tab,
    /// Whether it stood in for another one.
    pub stands_in: bool,
    /// Whether a pane had the whole screen.
    pub zoom: bool,
}

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

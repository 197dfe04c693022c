//! The search through all outputs: what is typed, where it looks, and what was found so far.

use tui_textarea::TextArea;

use super::edit;
use crate::domain::{RunId, TaskId};

/// Lines that are kept of what is found: more of them say that the pattern should say more.
pub const MOST: usize = 1000;

/// The layer.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// What is typed.
    pub text: TextArea<'static>,
    /// The task that it is about, and whether only its outputs are searched.
    pub task: Option<(TaskId, String)>,
    /// See `task`.
    pub only: bool,
    /// The number of the newest wish: what was found for another one is out of date.
    pub number: u64,
    /// What was found, at most [`MOST`].
    pub quarry: Vec<Quarry>,
    /// The row under the cursor, and the first one on the screen.
    pub cursor: usize,
    /// See `cursor`.
    pub top: usize,
    /// How far it is.
    pub tally: Tally,
    /// Why the pattern is searched for as it stands, or why nothing can be searched.
    pub problem: Option<String>,
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarry {
    /// The task of the run.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// The run.
    pub run: RunId,
    /// The number of the line, from 0.
    pub line: u64,
    /// What it shows.
    pub text: String,
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Lines that match.
    pub matches: u64,
    /// Outputs that were gone through, and their bytes.
    pub outputs: u64,
    /// See `outputs`.
    pub bytes: u64,
    /// Outputs that were removed (O3).
    pub not_kept: u64,
    /// Everything was gone through.
    pub done: bool,
}

/// What the thread that searches is asked for. A newer wish ends the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Goes up with each one.
    pub number: u64,
    /// What to search for.
    pub pattern: String,
    /// In the outputs of this task only.
    pub task: Option<TaskId>,
}

/// What that thread says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The number of the wish.
    pub number: u64,
    /// What was found since the report before.
    pub quarry: Vec<Quarry>,
    /// How far it is.
    pub tally: Tally,
    /// Why the pattern is searched for as it stands, or why it went no further.
    pub problem: Option<String>,
}

/// The way from what was found to its line in the log: the run has to be loaded first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The run.
    pub run: RunId,
    /// The number of the line, from 0.
    pub line: u64,
    /// What is searched for in it.
    pub pattern: String,
}

impl Hunt {
    /// One in which nothing is typed.
    pub fn new(task: Option<(TaskId, String)>) -> Self {
        Self {
            text: edit::editor(""),
            task,
            only: false,
            number: 0,
            quarry: Vec::new(),
            cursor: 0,
            top: 0,
            tally: Tally::default(),
            problem: None,
        }
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Quarry> {
        self.quarry.get(self.cursor)
    }

    /// Moves the cursor in a list of this height.
    pub fn go(&mut self, to: usize, height: usize) {
        self.cursor = to.min(self.quarry.len().saturating_sub(1));
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height.max(1)));
    }

    /// Takes what was found; whether it is still wanted.
    pub fn take(&mut self, report: Report) -> bool {
        if report.number != self.number {
            return false;
        }
        self.quarry.extend(report.quarry);
        self.quarry.truncate(MOST);
        (self.tally, self.problem) = (report.tally, report.problem);
        true
    }
}

//! What the person was told: how loud, when, and about what (UX 4, Messages).

use jiff::{SignedDuration, Timestamp};

use super::run::words;
use super::{RunId, TaskId};

/// So long a message is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most of a text that is kept, in bytes.
pub const LONGEST: usize = 2000;

words! {
    /// How loud a message is.
    Level {
        /// Something to know.
        Info = "info",
        /// What was asked for is done.
        Ok = "ok",
        /// Something is not as it should be.
        Warn = "warn",
        /// What was asked for was not done.
        Error = "error",
    }
}

impl Level {
    /// Whether it counts as unread until somebody looked at the list: what was done as asked was seen when it was said.
    pub const fn is_loud(self) -> bool {
        matches!(self, Self::Warn | Self::Error)
    }
}

/// What a message is about, if it is about a task or a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Source {
    /// The task.
    pub task: Option<TaskId>,
    /// The run.
    pub run: Option<RunId>,
}

impl Source {
    /// About nothing in particular.
    pub const NONE: Self = Self { task: None, run: None };

    /// About a task.
    pub const fn task(task: TaskId) -> Self {
        Self { task: Some(task), run: None }
    }

    /// About a run.
    pub const fn run(run: RunId) -> Self {
        Self { task: None, run: Some(run) }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// How loud.
    pub level: Level,
    /// One line, as it came: it is made safe where it is shown.
    pub text: String,
    /// About what.
    pub source: Source,
}

impl Note {
    /// The text as it is kept: no longer than [`LONGEST`] bytes.
    pub fn kept_text(&self) -> &str {
        let end = (0..=LONGEST.min(self.text.len())).rev().find(|end| self.text.is_char_boundary(*end));
        &self.text[..end.unwrap_or(0)]
    }
}

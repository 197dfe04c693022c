//! The run whose output is shown, and what Tempo itself says about it above and below the output.

use std::path::PathBuf;

use jiff::Timestamp;

use super::message::Row;
use super::stamp::duration;
use crate::domain::RunId;
use crate::domain::run::{Outcome, Removed};
use crate::output::sanitise::to_plain;

/// What the pane has to know about a run to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its identity.
    pub run: RunId,
    /// Its run folder, which need not exist yet.
    pub folder: PathBuf,
    /// Why it exists, in the person's words: `by hand`, `by its schedule`.
    pub trigger: String,
    /// When its process started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// In words: why it was lost, cancelled or could not start.
    pub reason: Option<String>,
    /// So many attempts it has at most (R6).
    pub attempts: u32,
    /// In words, while it waits for its next attempt: what happened and what will.
    pub waits: Option<String>,
    /// It may still print.
    pub live: bool,
    /// Its output is kept no longer (O3).
    pub removed: Option<Removed>,
    /// Several runs whose outputs are shown as one, instead.
    pub merged: Vec<Part>,
}

/// One of several runs whose outputs are shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The run.
    pub run: RunId,
    /// The slug of its task.
    pub slug: String,
    /// Its run folder.
    pub folder: PathBuf,
    /// When its process started.
    pub started_at: Option<Timestamp>,
    /// It may still print.
    pub live: bool,
}

/// A line that no program printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemLine {
    /// When it became true, if that is known.
    pub at: Option<Timestamp>,
    /// One line that can only be shown.
    pub text: String,
}

impl Shown {
    /// The outputs of several runs as one.
    pub fn merged(parts: Vec<Part>) -> Self {
        Self {
            run: parts.first().map_or(RunId(0), |part| part.run),
            folder: PathBuf::new(),
            trigger: String::new(),
            started_at: parts.iter().filter_map(|part| part.started_at).min(),
            finished_at: None,
            outcome: None,
            reason: None,
            attempts: 1,
            waits: None,
            live: parts.iter().any(|part| part.live),
            removed: None,
            merged: parts,
        }
    }

    /// Whether the same output is shown.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let runs = |shown: &Self| shown.merged.iter().map(|part| part.run).collect::<Vec<_>>();
        self.run == other.run && self.removed == other.removed && runs(self) == runs(other)
    }

    /// The line above the output.
    pub fn beginning(&self) -> SystemLine {
        if !self.merged.is_empty() {
            let runs: Vec<String> = self.merged.iter().map(|part| format!("{} #{}", part.slug, part.run)).collect();
            let text = format!("by time: {}", runs.join(", "));
            return SystemLine { at: None, text: to_plain(text.as_bytes()) };
        }
        let verb = if self.started_at.is_some() { "started" } else { "asked for" };
        let text = format!("run #{} {verb} {}", self.run, self.trigger);
        SystemLine { at: self.started_at, text: to_plain(text.as_bytes()) }
    }

    /// The line above the output of a later attempt: `attempt 2 of 4, after exit 1`.
    pub fn attempt(&self, row: &Row) -> Option<SystemLine> {
        let begun = row.begins?;
        let most = self.attempts.max(begun.attempt);
        let after = begun.after.map(|outcome| format!(", after {outcome}")).unwrap_or_default();
        Some(SystemLine { at: Some(row.at), text: format!("attempt {} of {most}{after}", begun.attempt) })
    }

    /// The line below the output, once the run has ended: `exit 1 after 0:03`; or what it waits for.
    pub fn end(&self) -> Option<SystemLine> {
        if let Some(waits) = &self.waits {
            return Some(SystemLine { at: None, text: to_plain(waits.as_bytes()) });
        }
        let mut text = self.outcome?.to_string();
        if let (Some(start), Some(end)) = (self.started_at, self.finished_at) {
            let seconds = u64::try_from(end.duration_since(start).as_secs()).unwrap_or_default();
            text = format!("{text} after {}", duration(seconds));
        }
        if let Some(reason) = &self.reason {
            text = format!("{text}: {reason}");
        }
        Some(SystemLine { at: self.finished_at, text: to_plain(text.as_bytes()) })
    }
}

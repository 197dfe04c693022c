//! The versions of a script: their list, and what is different in the one under the cursor.

use std::cmp::Reverse;

use super::window::{Item, Window};
use crate::domain::version::{File, Version};
use crate::domain::{TaskId, VersionId};
use crate::output::compare::Comparison;

impl Item for Version {
    type Id = VersionId;
    type Key = Reverse<VersionId>;
    fn id(&self) -> VersionId {
        self.id
    }
    fn key(&self) -> Reverse<VersionId> {
        Reverse(self.id)
    }
}

/// The layer.
#[derive(Debug, Clone)]
pub struct Versions {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Which of its files.
    pub file: File,
    /// The list, the newest first.
    pub rows: Window<Version>,
    /// What broke, and what was good: either is compared with the other, and not with the one before it.
    pub pair: Option<(VersionId, VersionId)>,
    /// Between which runs it broke, in words, once that was asked.
    pub broke: Option<String>,
    /// Which comparison was asked for last.
    pub asked: Option<(VersionId, Option<VersionId>)>,
    /// What is different in which version, once that is known.
    pub shown: Option<(VersionId, Against)>,
    /// The first row of the difference on the screen.
    pub top: usize,
}

/// What is different from which version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    /// The older one; none, when it is the first.
    pub old: Option<VersionId>,
    /// What is different, or why that is not known.
    pub compared: Result<Comparison, String>,
}

impl Versions {
    /// Nothing is known yet.
    pub fn of(task: TaskId, slug: String) -> Self {
        let (file, rows) = (File::Script, Window::default());
        Self { task, slug, file, rows, pair: None, broke: None, asked: None, shown: None, top: 0 }
    }

    /// What is to be compared now: the version under the cursor, and with which one if not with the one before it.
    pub fn wanted(&self) -> Option<(VersionId, Option<VersionId>)> {
        let selected = self.rows.selected()?.id;
        Some(match self.pair.filter(|(bad, good)| [*bad, *good].contains(&selected)) {
            Some((bad, good)) => (bad, Some(good)),
            None => (selected, None),
        })
    }

    /// What is different in the version under the cursor.
    pub fn against(&self) -> Option<&Against> {
        let (shown, against) = self.shown.as_ref()?;
        let (new, old) = self.wanted()?;
        (new == *shown && old.is_none_or(|old| against.old == Some(old))).then_some(against)
    }

    /// Turns to the other file.
    pub fn turn(&mut self, file: File) {
        *self = Self {
            file,
            broke: self.broke.take(),
            pair: self.pair,
            ..Self::of(self.task, std::mem::take(&mut self.slug))
        };
    }

    /// Moves the first row of the difference, of which so many fit on the screen.
    pub fn scroll(&mut self, to: usize, height: usize) {
        let rows = match self.against() {
            Some(Against { compared: Ok(comparison), .. }) => comparison.rows.len(),
            _ => 0,
        };
        self.top = to.min(rows.saturating_sub(height));
    }
}

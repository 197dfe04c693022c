//! What is marked in a list, by identity: it stays marked whatever the list shows of it (UX 3, Space, v and *).

use std::collections::BTreeMap;

use super::window::{Item, Window};
use crate::domain::run::Run;
use crate::domain::{RunId, TaskId};
use crate::store::order::{Order, Place};
use crate::store::tasks::TaskRow;

/// The most that can be marked: a transaction over more would hold up the engine.
pub const MOST: usize = 10_000;

/// A row that can be marked.
pub trait Markable: Item<Id: Ord> {
    /// The slug by which it is called in what is said about it.
    fn slug(&self) -> &str;
}

impl Markable for TaskRow {
    fn slug(&self) -> &str {
        &self.slug
    }
}

impl Markable for Run {
    fn slug(&self) -> &str {
        &self.slug
    }
}

/// The marks of a list, and the range that is being drawn.
#[derive(Debug, Clone)]
pub struct Marks<I: Markable> {
    marked: BTreeMap<I::Id, String>,
    /// Where the range begins; it ends at the cursor.
    anchor: Option<I::Key>,
}

impl<I: Markable> Default for Marks<I> {
    fn default() -> Self {
        Self { marked: BTreeMap::new(), anchor: None }
    }
}

/// How a row is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is not.
    No,
    /// By itself.
    Marked,
    /// It lies in the range.
    Ranged,
}

impl<I: Markable> Marks<I> {
    /// Whether there is neither a mark nor a range.
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty() && self.anchor.is_none()
    }

    /// Whether a range is being drawn.
    pub fn has_range(&self) -> bool {
        self.anchor.is_some()
    }

    /// How a row is marked.
    pub fn of(&self, window: &Window<I>, row: &I) -> Mark {
        if self.range(window).is_some_and(|(from, to)| (from..=to).contains(&row.key())) {
            Mark::Ranged
        } else if self.marked.contains_key(&row.id()) {
            Mark::Marked
        } else {
            Mark::No
        }
    }

    /// How many are marked, those of the range included, and whether the range goes on beyond what is loaded.
    pub fn count(&self, window: &Window<I>) -> (usize, bool) {
        let ranged = self.rows_of_range(window).filter(|row| !self.marked.contains_key(&row.id())).count();
        let beyond = self.range(window).is_some_and(|(from, to)| !window.covers(&from, &to));
        (self.marked.len() + ranged, beyond)
    }

    /// Marks a row, or takes its mark away. False: there are too many.
    pub fn toggle(&mut self, row: &I) -> bool {
        if self.marked.remove(&row.id()).is_some() {
            return true;
        }
        self.add([(row.id(), row.slug().to_owned())])
    }

    /// Marks these. False: not all, there are too many.
    pub fn add(&mut self, rows: impl IntoIterator<Item = (I::Id, String)>) -> bool {
        for (id, slug) in rows {
            if self.marked.len() >= MOST && !self.marked.contains_key(&id) {
                return false;
            }
            self.marked.insert(id, slug);
        }
        true
    }

    /// Begins a range at the cursor.
    pub fn begin_range(&mut self, window: &Window<I>) {
        self.anchor = window.selected().map(Item::key);
    }

    /// Ends the range without marking it. False: there was none.
    pub fn end_range(&mut self) -> bool {
        self.anchor.take().is_some()
    }

    /// Turns the range into marks; false, and nothing is changed, when it is not loaded as a whole.
    pub fn fold_range(&mut self, window: &Window<I>) -> bool {
        let Some((from, to)) = self.range(window) else {
            self.anchor = None;
            return true;
        };
        if !window.covers(&from, &to) {
            return false;
        }
        let rows: Vec<_> = self.rows_of_range(window).map(|row| (row.id(), row.slug().to_owned())).collect();
        self.anchor = None;
        // It is no longer than what is loaded.
        self.add(rows)
    }

    /// The ends of the range in the order of the list.
    pub fn range(&self, window: &Window<I>) -> Option<(I::Key, I::Key)> {
        let (anchor, cursor) = (self.anchor.clone()?, window.selected()?.key());
        Some(if anchor <= cursor { (anchor, cursor) } else { (cursor, anchor) })
    }

    fn rows_of_range<'a>(&self, window: &'a Window<I>) -> impl Iterator<Item = &'a I> {
        let range = self.range(window);
        let inside = move |row: &&I| range.as_ref().is_some_and(|(from, to)| *from <= row.key() && row.key() <= *to);
        window.rows().iter().filter(inside)
    }

    /// Takes marks away.
    pub fn remove(&mut self, id: I::Id) {
        self.marked.remove(&id);
    }

    /// Takes the marks away but of these.
    pub fn retain(&mut self, stays: impl Fn(I::Id) -> bool) {
        self.marked.retain(|id, _| stays(*id));
    }

    /// Takes all marks away. False: there were none.
    pub fn clear(&mut self) -> bool {
        !std::mem::take(&mut self.marked).is_empty()
    }

    /// All that are marked, with their slugs.
    pub fn all(&self) -> impl Iterator<Item = (I::Id, &str)> {
        self.marked.iter().map(|(id, slug)| (*id, slug.as_str()))
    }
}

/// The marks of the two lists that have some.
#[derive(Debug, Clone, Default)]
pub struct AllMarks {
    /// Pane 1.
    pub tasks: Marks<TaskRow>,
    /// Pane 3; they go when it shows another list.
    pub runs: Marks<Run>,
}

/// What is to be marked, when the rows of it are not all loaded: the text or the task that the list is of, and the ends of the range
/// or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Tasks that contain this text, in this order, between two of them.
    Tasks(String, Order, Option<(Place, Place)>),
    /// Runs of this task, or of all, between two of them.
    Runs(Option<TaskId>, Option<(RunId, RunId)>),
}

/// What was found for a [`Wanted`]: identities and slugs, no more than [`MOST`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Tasks.
    Tasks(Vec<(TaskId, String)>),
    /// Runs with the slugs of their tasks.
    Runs(Vec<(RunId, String)>),
}

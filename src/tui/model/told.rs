//! The list of messages: those of seven days, of every dashboard and of the engine.

use std::cmp::Reverse;

use super::toast::Note;
use super::window::{Item, Page, Window};
use crate::store::messages::Told;

/// What the store does not have yet has numbers from here on, in the order in which it was said.
const UNKEPT: i64 = 1 << 62;

impl Item for Told {
    type Id = i64;
    type Key = Reverse<i64>;
    fn id(&self) -> i64 {
        self.id
    }
    fn key(&self) -> Reverse<i64> {
        Reverse(self.id)
    }
}

/// The list, and its cursor. The newest is first.
#[derive(Debug, Clone, Default)]
pub struct ToldList {
    /// What is shown: what is kept, and before that what is not yet.
    pub rows: Window<Told>,
    /// What is kept, as it was last loaded.
    page: Option<Page<Told>>,
    /// Up to which message the list was looked at, as it was last said to the store.
    pub read: i64,
    /// The message under the cursor is shown alone, from this line on.
    pub alone: Option<usize>,
}

impl ToldList {
    /// Takes what is kept.
    pub fn take(&mut self, page: Page<Told>, unkept: &[Note], first: u64) {
        self.page = Some(page);
        self.merge(unkept, first);
    }

    /// Shows what is not kept yet, the oldest first, of which the first has this number of the session.
    pub fn merge(&mut self, unkept: &[Note], first: u64) {
        let kept = || Page { rows: Vec::new(), at_start: true, at_end: true };
        let mut page = self.page.clone().unwrap_or_else(kept);
        if page.at_start {
            let numbered = (first..).zip(unkept);
            let told = numbered.map(|(number, note)| Told {
                id: UNKEPT + number.cast_signed(),
                note: note.clone(),
                task: note.source.task,
                slug: None,
                session: "this window".to_owned(),
            });
            let mut rows: Vec<Told> = told.collect();
            rows.reverse();
            rows.append(&mut page.rows);
            page.rows = rows;
        }
        self.rows.take(page);
    }

    /// The newest that is kept, of those that are loaded.
    pub fn newest_kept(&self) -> Option<i64> {
        self.rows.rows().iter().map(|told| told.id).find(|id| *id < UNKEPT)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.page = None;
        self.rows.reset();
    }
}

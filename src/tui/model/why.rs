//! The Why layer: the past of a task, slot by slot, and what holds for it now.

use std::cmp::Reverse;

use super::window::{Item, Window};
use crate::domain::TaskId;
use crate::domain::why::{Entry, Key};

/// The layer.
#[derive(Debug, Clone)]
pub struct Why {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// What holds now, in sentences.
    pub now: Vec<String>,
    /// The past, the newest first.
    pub entries: Window<Entry>,
}

impl Why {
    /// Of this task; nothing is loaded yet.
    pub fn of(task: TaskId, slug: String) -> Self {
        Self { task, slug, now: Vec::new(), entries: Window::default() }
    }
}

/// The newest entry is first.
impl Item for Entry {
    type Id = Key;
    type Key = Reverse<Key>;
    fn id(&self) -> Key {
        Self::key(self)
    }
    fn key(&self) -> Reverse<Key> {
        Reverse(Self::key(self))
    }
}

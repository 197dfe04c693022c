//! The list of templates over the form of a new task.

use crate::config::templates::Template;

/// A template, and what this machine lacks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The template.
    pub template: Template,
    /// Those of its programs that are not in `PATH`.
    pub lacks: Vec<String>,
}

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    /// All of them; `None` while they are read.
    pub entries: Option<Vec<Entry>>,
    /// What is wrong with the person's own, a sentence each.
    pub problems: Vec<String>,
    /// The one under the cursor.
    pub cursor: usize,
}

impl Templates {
    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries.as_ref()?.get(self.cursor)
    }
}

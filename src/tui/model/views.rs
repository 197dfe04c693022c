//! The views: filters under a name, with how many tasks each finds.

use crate::store::views::View;

/// The list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Views {
    /// Each with its count, when that is known.
    pub all: Vec<(View, Option<usize>)>,
    /// Which is under the cursor.
    pub cursor: usize,
    /// Whether they have been read.
    pub loaded: bool,
}

impl Views {
    /// The one under the cursor.
    pub fn selected(&self) -> Option<&View> {
        self.all.get(self.cursor).map(|(view, _)| view)
    }

    /// Takes what was read. A count that is not known again yet stays as it was; the cursor stays on its view.
    pub fn take(&mut self, mut all: Vec<(View, Option<usize>)>) {
        let at = self.selected().map(|view| view.name.clone());
        for (view, count) in &mut all {
            let before = self.all.iter().find(|(before, _)| before.filter == view.filter).and_then(|(_, count)| *count);
            *count = count.or(before);
        }
        let place = at.and_then(|name| all.iter().position(|(view, _)| view.name == name));
        self.cursor = place.unwrap_or(self.cursor).min(all.len().saturating_sub(1));
        self.all = all;
        self.loaded = true;
    }
}

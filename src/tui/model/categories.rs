//! The tree of categories: which of it is folded, and the cursor in what is not.

use std::collections::BTreeSet;

use crate::domain::category::Branch;
use crate::domain::filter::{Filter, Key, Term};

/// The layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// The whole tree, once it has been read.
    tree: Option<Vec<Branch>>,
    /// The paths of those that are folded.
    folded: BTreeSet<String>,
    /// The rows: which of the tree are below nothing that is folded.
    rows: Vec<usize>,
    /// The row under the cursor, and the first one on the screen.
    cursor: usize,
    top: usize,
}

impl Categories {
    /// Whether the tree has been read.
    pub fn is_loaded(&self) -> bool {
        self.tree.is_some()
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The row under the cursor.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The category under the cursor.
    pub fn selected(&self) -> Option<&Branch> {
        self.row(self.cursor)
    }

    fn row(&self, at: usize) -> Option<&Branch> {
        self.tree.as_ref()?.get(*self.rows.get(at)?)
    }

    /// The rows of a screen of this height with their numbers, each with whether it is folded.
    pub fn visible(&self, height: usize) -> impl Iterator<Item = (usize, &Branch, bool)> {
        let rows = (self.top..self.count()).take(height);
        rows.filter_map(|at| self.row(at).map(|branch| (at, branch, self.folded.contains(&branch.path))))
    }

    /// Takes what was read; the cursor stays on its category, or where it was.
    pub fn take(&mut self, tree: Vec<Branch>, height: usize) {
        let at = self.selected().map(|branch| branch.path.clone());
        self.tree = Some(tree);
        self.arrange(at.as_deref(), height);
    }

    /// Moves the cursor in a list of this height.
    pub fn go(&mut self, to: usize, height: usize) {
        self.cursor = to.min(self.count().saturating_sub(1));
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height.max(1)));
        // The screen is full as far as there is something.
        self.top = self.top.min(self.count().saturating_sub(height.max(1)));
    }

    /// Folds what is under the cursor; what is folded, or has nothing below it, leads to what is above it.
    pub fn fold(&mut self, height: usize) {
        let Some(branch) = self.selected().cloned() else { return };
        if branch.has_below && self.folded.insert(branch.path.clone()) {
            return self.arrange(Some(&branch.path), height);
        }
        let above = (0..self.cursor).rev().find(|at| self.row(*at).is_some_and(|other| other.depth < branch.depth));
        self.go(above.unwrap_or(self.cursor), height);
    }

    /// Unfolds what is under the cursor; what is unfolded leads to the first one below it.
    pub fn unfold(&mut self, height: usize) {
        let Some(branch) = self.selected().cloned().filter(|branch| branch.has_below) else { return };
        if self.folded.remove(&branch.path) {
            self.arrange(Some(&branch.path), height);
        } else {
            self.go(self.cursor + 1, height);
        }
    }

    /// Folds all, or unfolds all. The cursor goes to what is above it and still there.
    pub fn fold_all(&mut self, fold: bool, height: usize) {
        let at = self.selected().map(|branch| branch.path.clone());
        let tree = self.tree.as_deref().unwrap_or_default();
        self.folded = tree.iter().filter(|branch| fold && branch.has_below).map(|branch| branch.path.clone()).collect();
        self.arrange(at.as_deref(), height);
    }

    /// What lists the tasks of the category under the cursor, and of those below it.
    pub fn filter(&self) -> Option<Filter> {
        let branch = self.selected()?;
        Some(Filter::Term(match branch.path.as_str() {
            "" => Term::Has(Key::Category, false),
            path => Term::Names(Key::Category, vec![path.to_owned()], false),
        }))
    }

    /// Finds the rows anew, with the cursor on this path or on the nearest one above it.
    fn arrange(&mut self, path: Option<&str>, height: usize) {
        let tree = self.tree.as_deref().unwrap_or_default();
        self.rows.clear();
        // How deep it is below what is folded.
        let mut hidden: Option<usize> = None;
        for (at, branch) in tree.iter().enumerate() {
            if hidden.is_some_and(|depth| branch.depth > depth) {
                continue;
            }
            hidden = self.folded.contains(&branch.path).then_some(branch.depth);
            self.rows.push(at);
        }
        let mut wanted = path;
        let mut found = None;
        while let (None, Some(path)) = (found, wanted) {
            found = self.rows.iter().position(|at| tree[*at].path == path);
            wanted = path.rsplit_once('/').map(|(above, _)| above);
        }
        self.go(found.unwrap_or(self.cursor), height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::category::{Count, tree};

    fn categories(names: &[&str]) -> Categories {
        let mut categories = Categories::default();
        categories.take(tree(names.iter().map(|name| ((*name).to_owned(), Count { tasks: 1, open: 0 }))), 9);
        categories
    }

    fn rows(categories: &Categories) -> String {
        categories.visible(99).map(|(_, branch, _)| branch.name()).collect::<Vec<_>>().join(" ")
    }

    fn at(categories: &Categories) -> &str {
        categories.selected().map_or("", |branch| &branch.path)
    }

    #[test]
    fn what_is_below_a_folded_category_is_not_there_and_the_cursor_stays_with_its_family() {
        let mut all = categories(&["home", "media/films/new", "media/films/old", "media/music", "travel"]);
        assert_eq!(rows(&all), "home media films new old music travel");
        all.go(4, 9);
        assert_eq!(at(&all), "media/films/old");
        all.fold(9);
        assert_eq!(at(&all), "media/films", "nothing is below it: to what is above");
        all.fold(9);
        assert_eq!((rows(&all).as_str(), at(&all)), ("home media films music travel", "media/films"));
        all.fold(9);
        assert_eq!(at(&all), "media", "it is folded: to what is above");
        all.fold(9);
        assert_eq!(rows(&all), "home media travel");
        all.unfold(9);
        assert_eq!(rows(&all), "home media films music travel", "what was folded in it is folded still");
        all.unfold(9);
        assert_eq!(at(&all), "media/films", "it is unfolded: to the first below it");
        all.fold_all(false, 9);
        all.go(4, 9);
        all.fold_all(true, 9);
        assert_eq!((rows(&all).as_str(), at(&all)), ("home media travel", "media"));
        // What comes and goes meanwhile moves the cursor off nothing that is there.
        all.take(tree([("a", 1), ("media/x", 2)].map(|(name, tasks)| (name.to_owned(), Count { tasks, open: 0 }))), 9);
        assert_eq!((rows(&all).as_str(), at(&all)), ("a media", "media"));
    }

    #[test]
    fn the_screen_is_full_and_has_the_cursor_on_it() {
        let names: Vec<String> = (10..40).map(|n| format!("all/{n}")).collect();
        let mut all = categories(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let shown = |all: &Categories| all.visible(5).map(|(at, ..)| at).collect::<Vec<_>>();
        all.go(usize::MAX, 5);
        assert_eq!(shown(&all), [26, 27, 28, 29, 30]);
        all.go(27, 5);
        assert_eq!(shown(&all), [26, 27, 28, 29, 30]);
        all.fold(5);
        all.fold(5);
        assert_eq!((shown(&all), at(&all)), (vec![0], "all"));
    }

    #[test]
    fn a5_the_filter_of_a_category_reads_back_as_itself() {
        let mut all = categories(&["", "my media/films"]);
        assert_eq!(all.filter().unwrap().to_string(), "category:none");
        all.go(1, 9);
        let filter = all.filter().unwrap();
        assert_eq!(filter.to_string(), "category:\"my media\"");
        assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }
}

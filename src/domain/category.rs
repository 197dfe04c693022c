//! The tree of categories: `media` above `media/films`, each with how many tasks are in it and below it.

use std::collections::BTreeMap;

/// How many tasks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// All that are not in the trash.
    pub tasks: u64,
    /// To-dos among them that are not over.
    pub open: u64,
}

/// A category in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// In full: `media/films`; empty for what has no category.
    pub path: String,
    /// How many are above it.
    pub depth: usize,
    /// What is in it and in all that is below it.
    pub count: Count,
    /// Whether there is anything below it.
    pub has_below: bool,
}

impl Branch {
    /// Its own part of its path: `films`.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// The tree of the categories that have tasks, each followed by those below it, siblings in the order of their names. What has no
/// category comes first, and a category that only has others below it is there, too.
pub fn tree(counts: impl IntoIterator<Item = (String, Count)>) -> Vec<Branch> {
    let mut all: BTreeMap<Vec<String>, Count> = BTreeMap::new();
    for (path, count) in counts {
        let mut above = Vec::new();
        for part in path.split('/') {
            above.push(part.to_owned());
            let sum = all.entry(above.clone()).or_default();
            (sum.tasks, sum.open) = (sum.tasks + count.tasks, sum.open + count.open);
        }
    }
    let mut tree: Vec<Branch> = Vec::with_capacity(all.len());
    for (parts, count) in all {
        let depth = parts.len() - 1;
        if let Some(before) = tree.last_mut() {
            before.has_below = before.depth < depth;
        }
        tree.push(Branch { path: parts.join("/"), depth, count, has_below: false });
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_categories_stand_below_each_other_with_what_is_in_them_and_below() {
        let count = |tasks, open| Count { tasks, open };
        let counts = [
            ("", count(2, 0)),
            ("home/money", count(3, 1)),
            ("media", count(1, 1)),
            ("media-old", count(5, 0)),
            ("media/films/new", count(4, 2)),
            ("media/music", count(2, 2)),
        ];
        let tree = tree(counts.map(|(path, count)| (path.to_owned(), count)));
        let told: Vec<_> = tree
            .iter()
            .map(|one| (one.path.as_str(), one.name(), one.depth, one.count.tasks, one.count.open, one.has_below))
            .collect();
        let expected = [
            ("", "", 0, 2, 0, false),
            ("home", "home", 0, 3, 1, true),
            ("home/money", "money", 1, 3, 1, false),
            ("media", "media", 0, 7, 5, true),
            ("media/films", "films", 1, 4, 2, true),
            ("media/films/new", "new", 2, 4, 2, false),
            ("media/music", "music", 1, 2, 2, false),
            // Not between `media` and what is below it, where its text would stand.
            ("media-old", "media-old", 0, 5, 0, false),
        ];
        assert_eq!(told, expected);
    }
}

//! Concurrency groups: tasks that share a place, or a few (R3).

use std::collections::BTreeMap;

/// Runs of a group that may live at once when the settings say nothing: a lock.
const PLACES: usize = 1;

/// How many runs may live at once (R3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of all tasks together.
    pub max_running: usize,
    /// Of the groups of which the settings speak.
    pub groups: BTreeMap<String, usize>,
}

impl Limits {
    /// So many runs at once, and one of each group.
    pub fn new(max_running: usize) -> Self {
        Self { max_running, groups: BTreeMap::new() }
    }

    /// Runs of a group that may live at once.
    pub fn of(&self, group: &str) -> usize {
        self.groups.get(group).copied().unwrap_or(PLACES)
    }
}

/// Reads the names of groups, as `disk, net`. The error says what would be right.
pub fn parse(text: &str) -> Result<Vec<String>, String> {
    let mut groups = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !is_name(name) {
            return Err(format!("`{name}` is not a name of letters, digits, - and _, as in disk"));
        }
        groups.push(name.to_owned());
    }
    groups.sort();
    groups.dedup();
    Ok(groups)
}

/// Whether a group can have this name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// The names as [`parse`] reads them.
pub fn format(groups: &[String]) -> String {
    groups.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r3_groups_are_names_with_commas_and_a_group_that_no_setting_names_is_a_lock() {
        assert_eq!(format(&parse(" net,disk , net").unwrap()), "disk, net");
        assert_eq!(parse("").unwrap(), Vec::<String>::new());
        assert!(parse("disk io").unwrap_err().contains("`disk io` is not a name"));
        let limits = Limits { groups: [("net".to_owned(), 3)].into(), ..Limits::new(8) };
        assert_eq!((limits.of("net"), limits.of("disk")), (3, 1));
    }
}

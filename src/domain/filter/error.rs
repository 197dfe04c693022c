//! What is wrong with a filter, and where.

use std::fmt;

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    /// Where it begins in the text, in characters from 0.
    pub at: usize,
    /// How many characters it has; 0 at the end of the text.
    pub length: usize,
    /// What it is, and what would be right.
    pub problem: String,
}

impl FilterError {
    pub(super) fn new(at: usize, length: usize, problem: impl Into<String>) -> Self {
        Self { at, length, problem: problem.into() }
    }

    /// The problem, and below it the text with a caret under the place.
    pub fn under(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        format!("{}\n  {line}\n  {}{}", self.problem, " ".repeat(self.at), "^".repeat(self.length.max(1)))
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

//! The theme picker: the themes there are, and the one under the cursor, which the screen already shows.

use crate::tui::theme::Theme;

/// A theme that can be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// As this terminal shows it.
    pub theme: Theme,
}

/// The picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picker {
    /// All themes.
    pub choices: Vec<Choice>,
    /// The one under the cursor.
    pub cursor: usize,
    /// What Esc goes back to.
    pub before: Theme,
}

impl Picker {
    /// With the cursor on the theme that is in force.
    pub fn new(choices: Vec<Choice>, current: &str, before: Theme) -> Self {
        let cursor = choices.iter().position(|choice| choice.name == current).unwrap_or(0);
        Self { choices, cursor, before }
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Choice> {
        self.choices.get(self.cursor)
    }
}

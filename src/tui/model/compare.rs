//! The comparison of a run's output with that of the last good run before it.

use crate::domain::RunId;
use crate::output::compare::Comparison;

/// The layer.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The run.
    pub run: RunId,
    /// The slug of its task.
    pub slug: String,
    /// Numbers do not count.
    pub loosely: bool,
    /// What is different, once that is known.
    pub compared: Option<Compared>,
    /// The first row on the screen.
    pub top: usize,
}

/// What is different from which run; or why nothing can be compared.
pub type Compared = Result<(RunId, Comparison), String>;

impl Compare {
    /// Nothing is known yet.
    pub fn of(run: RunId, slug: String) -> Self {
        Self { run, slug, loosely: true, compared: None, top: 0 }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.comparison().map_or(0, |comparison| comparison.rows.len())
    }

    /// What is different.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.compared.as_ref()?.as_ref().ok().map(|(_, comparison)| comparison)
    }

    /// Moves the first row on a screen of this height.
    pub fn go(&mut self, to: usize, height: usize) {
        self.top = to.min(self.rows().saturating_sub(height));
    }

    /// The row of the next change behind the top, or of the one before it; the row above it is the top then.
    pub fn change(&self, backward: bool) -> Option<usize> {
        let mut changes = self.comparison()?.changes().map(|row| row.saturating_sub(1));
        if backward { changes.rfind(|row| *row < self.top) } else { changes.find(|row| *row > self.top) }
    }
}

//! The first run: three small screens, each of which can be skipped, and which are never shown again.

use std::time::Duration;

use super::import::Source;
use crate::tui::msg::Found;

/// The screens, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Whether colours and characters are right.
    Look,
    /// The keys that lead everywhere, and out.
    Keys,
    /// What to begin with.
    Begin,
}

/// What one can begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// What another scheduler does: so many jobs.
    Import(Source, usize),
    /// The example set.
    Example,
    /// Nothing.
    Empty,
}

/// The layer.
#[derive(Debug, Clone)]
pub struct FirstRun {
    /// The screen.
    pub page: Page,
    /// What other schedulers of this machine have; `None` while it is looked for.
    pub found: Option<Found>,
    /// The beginning under the cursor.
    pub cursor: usize,
    /// When the screen was opened, on the monotonic clock.
    pub opened: Duration,
}

impl FirstRun {
    /// The first screen.
    pub const fn new(now: Duration) -> Self {
        Self { page: Page::Look, found: None, cursor: 0, opened: now }
    }

    /// What is offered. Who only presses Enter begins with nothing: what is imported would run twice.
    pub fn beginnings(&self) -> Vec<Beginning> {
        let Found { crontab, timers } = self.found.unwrap_or_default();
        let imports = [(Source::Crontab, crontab), (Source::Timers, timers)];
        let imports = imports.into_iter().filter(|(_, count)| *count > 0);
        let imports = imports.map(|(source, count)| Beginning::Import(source, count));
        [Beginning::Empty].into_iter().chain(imports).chain([Beginning::Example]).collect()
    }
}

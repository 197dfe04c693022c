//! The rule of a schedule: cron, interval, one-off or startup, and its next due instant.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Every so often, counted from the schedule's anchor (T2).
    Every(Duration),
    /// Once.
    At(Timestamp),
    /// Once per boot of the machine, when the engine first starts after it.
    Startup,
}

/// A due instant of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
}

impl When {
    /// The first due instant strictly after `after` (T1).
    pub fn next_after(&self, _after: Timestamp, _zone: &TimeZone, _anchor: Timestamp) -> Option<Due> {
        None
    }
}

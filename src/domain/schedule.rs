//! Schedules and slots: when a task is due, and what became of each due instant (T3).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::run::words;
use super::when::{Due, When};
use super::{RunId, ScheduleId, TaskId};

/// When a task runs. A task can have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Identity.
    pub id: ScheduleId,
    /// The task that it runs.
    pub task: TaskId,
    /// The rule.
    pub when: When,
    /// IANA name of the zone in which the rule is meant (T7).
    pub zone: String,
    /// The instant from which intervals count, and before which nothing is due.
    pub anchor: Timestamp,
    /// Everything at or before it has been decided (T2, T3); it only moves forward.
    pub watermark: Timestamp,
    /// The next due instant; `None` while the task is paused or when nothing more will come.
    pub next_at: Option<Timestamp>,
}

impl Schedule {
    /// The first slot strictly after `after` (T1); the preview and the engine both ask here (T8).
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Due> {
        self.when.next_after(after, zone, self.anchor)
    }
}

words! {
    /// What was decided for a slot.
    Decision {
        /// A run was made for it.
        Run = "run",
        /// Overlap or a full queue: no run (R2).
        Skipped = "skipped",
        /// Nobody was there when it was due (T6).
        Missed = "missed",
    }
}

/// One due instant of a schedule and what was decided for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The schedule that it belongs to.
    pub schedule: ScheduleId,
    /// The due instant.
    pub due_at: Timestamp,
    /// The zone of the schedule at that time.
    pub zone: String,
    /// Wall-clock time in that zone, `YYYY-MM-DDTHH:MM:SS`.
    pub civil: String,
    /// What was decided.
    pub decision: Decision,
    /// Why, when it was not simply run.
    pub reason: Option<String>,
    /// The run that was made.
    pub run: Option<RunId>,
    /// When it was decided.
    pub decided_at: Timestamp,
}

//! Schedules and slots: when a task is due, and what became of each due instant (T3).

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

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

    /// The slots from `next_at` on that have come by `now`: they are due and not decided.
    pub fn overdue(&self, zone: &TimeZone, now: Timestamp) -> Overdue {
        let mut slots = VecDeque::new();
        let mut older = 0;
        // The slot before next_at is the watermark or older, so the walk begins right before next_at.
        let before = self.next_at.and_then(|at| at.checked_sub(SignedDuration::from_micros(1)).ok());
        let mut upcoming = before.and_then(|before| self.next_after(before, zone));
        while let Some(due) = upcoming.filter(|due| due.at <= now) {
            slots.push_back(due);
            if slots.len() > OVERDUE_ROWS {
                slots.pop_front();
                older += 1;
            }
            upcoming = self.next_after(due.at, zone);
        }
        Overdue { slots: slots.into(), older, next: upcoming.map(|due| due.at) }
    }
}

/// Of the slots that came due while nobody decided them, so many get a row each; the oldest of these rows counts those before it
/// (T6).
pub const OVERDUE_ROWS: usize = 101;

/// What is due and not decided, of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The newest [`OVERDUE_ROWS`] slots, the oldest first.
    pub slots: Vec<Due>,
    /// How many slots came before these.
    pub older: u64,
    /// The first slot that still lies ahead.
    pub next: Option<Timestamp>,
}

impl Overdue {
    /// All slots as missed: each with the reason, the first with the number of the older ones, too.
    pub fn missed(self, reason: &str) -> Vec<(Due, String)> {
        let mut missed: Vec<_> = self.slots.into_iter().map(|due| (due, reason.to_owned())).collect();
        if let (Some((_, reason)), 1..) = (missed.first_mut(), self.older) {
            *reason = format!("{reason}; {} earlier slots were missed too", self.older);
        }
        missed
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

//! Schedules and slots: when a task is due, and what became of each due instant (T3).

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::rule::Rule;
use super::run::words;
use super::spread::Spread;
use super::timetable::Timetable;
use super::when::Due;
use super::{RunId, ScheduleId, TaskId};

/// When a task runs, as it is on this machine. A task can have several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Identity.
    pub id: ScheduleId,
    /// The task that it runs.
    pub task: TaskId,
    /// The rule, with its options.
    pub rule: Rule,
    /// IANA name of the zone in which the rule is meant (T7).
    pub zone: String,
    /// The instant from which intervals count, and before which nothing is due.
    pub anchor: Timestamp,
    /// Every slot at or before it has been decided (T2, T3); it only moves forward.
    pub watermark: Timestamp,
    /// The next slot. `None` while the task is paused or when nothing more will come.
    pub slot_at: Option<Timestamp>,
    /// When the next slot starts, later than it is due by the jitter.
    pub next_at: Option<Timestamp>,
    /// The calendar of the rule, or in words why it cannot be used: then nothing is excluded by it (T10).
    pub calendar: Option<Result<Arc<Calendar>, String>>,
    /// From the machine and the schedule (T9).
    pub spread: Spread,
}

impl Schedule {
    /// Its slots in `zone`, which is the one with its name.
    pub fn timetable<'a>(&'a self, zone: &'a TimeZone) -> Timetable<'a> {
        let calendar = self.calendar.as_ref().and_then(|calendar| calendar.as_deref().ok());
        Timetable { rule: &self.rule, zone, anchor: self.anchor, calendar }
    }

    /// The first slot strictly after `after` (T1); the preview and the engine both ask here (T8).
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Due> {
        self.timetable(zone).next_after(after)
    }

    /// How much later than it is due every slot starts (T9). It is no part of a slot's identity, so that it can change.
    pub fn jitter(&self) -> SignedDuration {
        self.rule.options.jitter.map_or(SignedDuration::ZERO, |width| self.spread_over(0, width.as_secs()))
    }

    /// A part of so many seconds that is this schedule's own; another `place` gives an independent one.
    pub fn spread_over(&self, place: u64, seconds: u64) -> SignedDuration {
        let seconds = self.spread.pick(place, seconds.saturating_add(1));
        SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// When a slot starts that is due then.
    pub fn start_of(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(self.jitter()).unwrap_or(at)
    }

    /// The slots up to `until` that are not decided.
    pub fn undecided(&self, zone: &TimeZone, until: Timestamp) -> Undecided {
        let timetable = self.timetable(zone);
        let mut slots = VecDeque::new();
        let mut older = 0;
        // A calendar that has changed since makes nothing due before the slot that was planned.
        let planned = self.slot_at.and_then(|at| at.checked_sub(SignedDuration::from_micros(1)).ok());
        let mut upcoming = timetable.next_after(planned.map_or(self.watermark, |planned| planned.max(self.watermark)));
        while let Some(due) = upcoming.filter(|due| due.at <= until) {
            slots.push_back(due);
            if slots.len() > UNDECIDED_ROWS {
                slots.pop_front();
                older += 1;
            }
            upcoming = timetable.next_after(due.at);
        }
        Undecided { slots: slots.into(), older, next: upcoming.map(|due| due.at) }
    }
}

/// Of the slots that came due while nobody decided them, so many get a row each; the oldest of these rows counts those before it
/// (T6).
pub const UNDECIDED_ROWS: usize = 102;

/// What is due and not decided, of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The newest [`UNDECIDED_ROWS`] slots, the oldest first.
    pub slots: Vec<Due>,
    /// How many slots came before these.
    pub older: u64,
    /// The first slot that still lies ahead.
    pub next: Option<Timestamp>,
}

impl Undecided {
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

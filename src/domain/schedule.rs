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

    /// After which slot the next ones are still to come. What is due already and starts later by the jitter is; what is decided is
    /// not (T2).
    pub fn still_to_come(&self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.jitter()).unwrap_or(now).max(self.watermark)
    }

    /// The slots up to `until` that are not decided.
    pub fn undecided(&self, zone: &TimeZone, until: Timestamp) -> Undecided {
        let timetable = self.timetable(zone);
        let mut slots = VecDeque::new();
        let mut older = Older::default();
        // A calendar that has changed since makes nothing due before the slot that was planned.
        let planned = self.slot_at.and_then(|at| at.checked_sub(SignedDuration::from_micros(1)).ok());
        let mut upcoming = timetable.next_after(planned.map_or(self.watermark, |planned| planned.max(self.watermark)));
        while let Some(due) = upcoming.filter(|due| due.at <= until) {
            slots.push_back(due);
            if slots.len() > UNDECIDED_ROWS {
                slots.pop_front();
                older.count += 1;
            }
            let mut after = due.at;
            if older.count == COUNTED {
                after = shortly_before(&timetable, due.at, until);
                if after > due.at {
                    older.more = true;
                    slots.clear();
                }
            }
            upcoming = timetable.next_after(after);
        }
        if older.more {
            older.count = COUNTED;
        }
        Undecided { slots: slots.into(), older, next: upcoming.map(|due| due.at) }
    }
}

/// Which of a task's schedules each of these wanted ones goes on with, if any: the equal one, else one that says when in the same
/// words and zone, whatever its options. The text is the IANA name of the zone.
pub fn continued(before: &[Schedule], wanted: &[(Rule, String)]) -> Vec<Option<usize>> {
    let mut with: Vec<Option<usize>> = vec![None; wanted.len()];
    let same: [fn(&Schedule, &Rule) -> bool; 2] =
        [|schedule, rule| schedule.rule == *rule, |schedule, rule| schedule.rule.when == rule.when];
    for same in same {
        for (one, (rule, zone)) in wanted.iter().enumerate().filter(|(one, _)| with[*one].is_none()).collect::<Vec<_>>()
        {
            with[one] = before
                .iter()
                .enumerate()
                .position(|(at, schedule)| !with.contains(&Some(at)) && schedule.zone == *zone && same(schedule, rule));
        }
    }
    with
}

/// The latest instant, to a second, after which [`UNDECIDED_ROWS`] slots or more come until `until`; `after` when there are fewer.
fn shortly_before(timetable: &Timetable<'_>, after: Timestamp, until: Timestamp) -> Timestamp {
    let enough = |mut at: Timestamp| {
        (0..UNDECIDED_ROWS).all(|_| {
            let due = timetable.next_after(at).filter(|due| due.at <= until);
            at = due.map_or(at, |due| due.at);
            due.is_some()
        })
    };
    let (mut early, mut late) = (after, until);
    while late.duration_since(early) > SignedDuration::from_secs(1) {
        let middle = early.saturating_add(late.duration_since(early) / 2).unwrap_or(late);
        if enough(middle) {
            early = middle;
        } else {
            late = middle;
        }
    }
    early
}

/// Of the slots that came due while nobody decided them, so many get a row each; the oldest of these rows counts those before it
/// (T6).
pub const UNDECIDED_ROWS: usize = 102;

/// So many slots before these are counted: a second's schedule and a year of downtime should not keep anybody waiting.
const COUNTED: u64 = 100_000;

/// How many slots there were before those with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Older {
    /// That many.
    pub count: u64,
    /// Or more, which were not counted.
    pub more: bool,
}

impl Older {
    /// What to add to the reason of the oldest row.
    pub fn words(self) -> String {
        match self {
            Self { count: 0, more: false } => String::new(),
            Self { count, more: false } => format!("; {count} earlier slots were missed too"),
            Self { count, more: true } => format!("; more than {count} earlier slots were missed too"),
        }
    }
}

/// What is due and not decided, of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// The newest [`UNDECIDED_ROWS`] slots, the oldest first.
    pub slots: Vec<Due>,
    /// How many slots came before these.
    pub older: Older,
    /// The first slot that still lies ahead.
    pub next: Option<Timestamp>,
}

impl Undecided {
    /// All slots as missed: each with the reason, the first with the number of the older ones, too.
    pub fn missed(self, reason: &str) -> Vec<(Due, String)> {
        let mut missed: Vec<_> = self.slots.into_iter().map(|due| (due, reason.to_owned())).collect();
        if let Some((_, reason)) = missed.first_mut() {
            reason.push_str(&self.older.words());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t6_ten_years_of_a_slot_a_second_are_decided_quickly_and_of_a_rare_one_every_slot_counts() {
        let now: Timestamp = "2036-11-21T12:00:00.5Z".parse().unwrap();
        let then: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, rows, older, first) in [
            ("* * * * * *", UNDECIDED_ROWS, Older { count: COUNTED, more: true }, "2036-11-21T11:58:19Z"),
            ("every 1s", UNDECIDED_ROWS, Older { count: COUNTED, more: true }, "2036-11-21T11:58:19Z"),
            ("0 * * * *", UNDECIDED_ROWS, Older { count: 87_672 - 102, more: false }, "2036-11-17T07:00:00Z"),
            ("0 0 29 2 *", 3, Older::default(), "2028-02-29T00:00:00Z"),
            // A slot a second until 2028, and nothing since.
            (
                "* * * * * * end=2028-01-01",
                UNDECIDED_ROWS,
                Older { count: COUNTED, more: true },
                "2028-01-01T23:58:18Z",
            ),
        ] {
            let rule = Rule::parse(text, &TimeZone::UTC, then, std::path::Path::new("/")).unwrap();
            let schedule = Schedule {
                id: ScheduleId(1),
                task: TaskId(1),
                rule,
                zone: "UTC".to_owned(),
                anchor: then,
                watermark: then,
                slot_at: None,
                next_at: None,
                calendar: None,
                spread: Spread::by("here"),
            };
            let undecided = schedule.undecided(&TimeZone::UTC, now);
            assert_eq!((undecided.slots.len(), undecided.older), (rows, older), "{text}");
            assert_eq!(undecided.slots[0].at.to_string(), first, "{text}");
            assert!(undecided.slots.is_sorted_by_key(|due| due.at), "{text}");
        }
    }
}

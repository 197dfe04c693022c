//! A window in time in cells: what is planned in it, by the code that fires it, and where starts are in each other's way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::ScheduleId;
use super::group::Limits;
use super::schedule::Schedule;

/// Starts of one schedule that are looked at one by one; of more, one in each cell.
const STARTS: usize = 240;

/// Some time in cells of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The start of the first cell.
    pub from: Timestamp,
    /// The length of a cell: at least a second.
    pub cell: SignedDuration,
    /// How many there are.
    pub cells: usize,
}

impl Span {
    /// When a cell starts; also of one behind the last.
    pub fn start(&self, cell: usize) -> Timestamp {
        let cells = i32::try_from(cell).unwrap_or(i32::MAX);
        self.from.saturating_add(self.cell.saturating_mul(cells)).unwrap_or(Timestamp::MAX)
    }

    /// The end of the last cell, which is no part of it.
    pub fn until(&self) -> Timestamp {
        self.start(self.cells)
    }

    /// The cell of an instant.
    pub fn cell_of(&self, at: Timestamp) -> Option<usize> {
        let cell = at.duration_since(self.from).as_nanos().div_euclid(self.cell.as_nanos().max(1));
        usize::try_from(cell).ok().filter(|cell| *cell < self.cells)
    }
}

/// A planned start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// By which schedule.
    pub schedule: ScheduleId,
    /// When.
    pub at: Timestamp,
}

/// The planned starts of some schedules of one task, ascending, that lie in a span and after now: by the code that fires them (T8).
/// Of a schedule that fires very often only one in each cell.
pub fn planned(schedules: &[(Schedule, TimeZone)], span: &Span, now: Timestamp) -> Vec<Start> {
    let mut starts: Vec<Start> =
        schedules.iter().flat_map(|(schedule, zone)| of_schedule(schedule, zone, span, now)).collect();
    starts.sort_by_key(|start| start.at);
    starts
}

fn of_schedule(schedule: &Schedule, zone: &TimeZone, span: &Span, now: Timestamp) -> Vec<Start> {
    let mut starts = Vec::new();
    if schedule.next_at.is_none() {
        return starts;
    }
    // The slot that starts just at an instant.
    let before = |at: Timestamp| {
        at.saturating_sub(schedule.jitter())
            .and_then(|at| at.saturating_sub(SignedDuration::from_nanos(1)))
            .unwrap_or(at)
    };
    let timetable = schedule.timetable(zone);
    let mut after = schedule.still_to_come(now).max(before(span.from));
    while let Some(due) = timetable.next_after(after) {
        let at = schedule.start_of(due.at);
        let Some(cell) = span.cell_of(at) else { break };
        starts.push(Start { schedule: schedule.id, at });
        after = if starts.len() < STARTS { due.at } else { before(span.start(cell + 1)).max(due.at) };
    }
    starts
}

/// What of a task matters for collisions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Planned {
    /// Its starts.
    pub starts: Vec<Start>,
    /// Its groups (R3).
    pub groups: Vec<String>,
}

/// Of each task the minutes, since the Unix epoch, in which its start has to wait for others: more tasks start in them than may run
/// at once, or than a group of theirs has places. To the minute, whatever a cell is: else a wider view would find more.
pub fn collisions(tasks: &[Planned], limits: &Limits) -> Vec<BTreeSet<i64>> {
    let mut minutes: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
    for (task, planned) in tasks.iter().enumerate() {
        for start in &planned.starts {
            minutes.entry(minute(start.at)).or_default().insert(task);
        }
    }
    let mut found = vec![BTreeSet::new(); tasks.len()];
    for (minute, together) in minutes.into_iter().filter(|(_, together)| together.len() > 1) {
        let all = together.len() > limits.max_running;
        for task in &together {
            let crowded = |group: &String| {
                let others = together.iter().filter(|other| tasks[**other].groups.contains(group)).count();
                others > limits.of(group)
            };
            if all || tasks[*task].groups.iter().any(crowded) {
                found[*task].insert(minute);
            }
        }
    }
    found
}

/// The minute of an instant, since the Unix epoch.
pub fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::rule::Rule;
    use crate::domain::spread::Spread;
    use crate::domain::{TaskId, zone};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(id: i64, text: &str, zone: &TimeZone, now: Timestamp) -> (Schedule, TimeZone) {
        let schedule = Schedule {
            id: ScheduleId(id),
            task: TaskId(id),
            rule: Rule::parse(text, zone, now, Path::new("/")).unwrap_or_else(|e| panic!("{text}: {e}")),
            zone: zone.iana_name().unwrap().to_owned(),
            anchor: now,
            watermark: now,
            slot_at: Some(now),
            next_at: Some(now),
            calendar: None,
            spread: Spread::by("here"),
        };
        (schedule, zone.clone())
    }

    fn hours(hours: i64, cells: usize, from: &str) -> Span {
        Span { from: at(from), cell: SignedDuration::from_hours(hours), cells }
    }

    fn clocks(starts: &[Start]) -> Vec<String> {
        starts.iter().map(|start| start.at.to_string()).collect()
    }

    #[test]
    fn a_span_knows_the_cell_of_every_instant_in_it() {
        let span = hours(2, 3, "2026-11-21T10:00:00Z");
        assert_eq!(span.until(), at("2026-11-21T16:00:00Z"));
        for (instant, cell) in [
            ("2026-11-21T09:59:59Z", None),
            ("2026-11-21T10:00:00Z", Some(0)),
            ("2026-11-21T13:59:59.999Z", Some(1)),
            ("2026-11-21T14:00:00Z", Some(2)),
            ("2026-11-21T16:00:00Z", None),
        ] {
            assert_eq!(span.cell_of(at(instant)), cell, "{instant}");
        }
    }

    #[test]
    fn t8_the_planned_starts_are_those_of_the_engine_also_on_the_days_of_a_clock_change() {
        let berlin = zone::zone("Europe/Berlin").unwrap();
        // Back from 03:00 to 02:00 on 25 October: 02:30 comes once, a half-hourly schedule comes in both hours.
        let now = at("2026-10-24T20:00:00Z");
        let span = hours(1, 8, "2026-10-24T22:00:00Z");
        let daily = planned(&[schedule(1, "30 2 * * *", &berlin, now)], &span, now);
        assert_eq!(clocks(&daily), ["2026-10-25T00:30:00Z"]);
        let often = planned(&[schedule(1, "*/30 2 * * *", &berlin, now)], &span, now);
        let both = ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"];
        assert_eq!(clocks(&often), both);
        // Forward from 02:00 to 03:00 on 28 March: 02:30 comes at 03:00.
        let now = at("2027-03-27T20:00:00Z");
        let span = hours(1, 8, "2027-03-27T22:00:00Z");
        assert_eq!(clocks(&planned(&[schedule(1, "30 2 * * *", &berlin, now)], &span, now)), ["2027-03-28T01:00:00Z"]);
    }

    #[test]
    fn what_has_been_and_what_rests_is_not_planned_and_jitter_counts() {
        let (now, span) = (at("2026-11-21T14:12:00Z"), hours(1, 24, "2026-11-21T03:00:00Z"));
        let hourly = planned(&[schedule(1, "0 * * * *", &TimeZone::UTC, now)], &span, now);
        assert_eq!(clocks(&hourly).first().map(String::as_str), Some("2026-11-21T15:00:00Z"));
        assert_eq!(hourly.len(), 12);
        let mut rests = schedule(1, "0 * * * *", &TimeZone::UTC, now);
        rests.0.next_at = None;
        assert_eq!(planned(&[rests], &span, now), []);
        let late = schedule(1, "0 15 * * * jitter=50m", &TimeZone::UTC, now);
        let start = planned(std::slice::from_ref(&late), &span, now)[0].at;
        assert_eq!(start, late.0.start_of(at("2026-11-21T15:00:00Z")));
    }

    #[test]
    fn a_schedule_that_fires_each_second_costs_one_question_a_cell_and_fills_every_cell() {
        let now = at("2026-11-21T14:00:00Z");
        let span = hours(1, 100, "2026-11-21T14:00:00Z");
        let starts = planned(&[schedule(1, "* * * * * *", &TimeZone::UTC, now)], &span, now);
        assert!(starts.len() <= STARTS + 100, "{}", starts.len());
        let cells: BTreeSet<usize> = starts.iter().filter_map(|start| span.cell_of(start.at)).collect();
        assert_eq!(cells.len(), 100);
    }

    #[test]
    fn r3_starts_collide_when_there_is_no_room_for_all_of_them_or_none_in_a_group() {
        let now = at("2026-11-21T14:00:00Z");
        let span = hours(1, 6, "2026-11-21T14:00:00Z");
        let task = |id, text: &str, groups: &[&str]| Planned {
            starts: planned(&[schedule(id, text, &TimeZone::UTC, now)], &span, now),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let tasks = [
            task(1, "0 15,16 * * *", &["nas"]),
            task(2, "0 15 * * *", &["nas"]),
            task(3, "0 15 * * *", &[]),
            task(4, "30 16 * * *", &["nas"]),
        ];
        let fifteen = minute(at("2026-11-21T15:00:00Z"));
        let of = |limits: &Limits| collisions(&tasks, limits).into_iter().map(|at| at.into_iter().collect::<Vec<_>>());
        // The group is a lock; half an hour later nothing collides.
        assert_eq!(of(&Limits::new(3)).collect::<Vec<_>>(), [vec![fifteen], vec![fifteen], vec![], vec![]]);
        let two = Limits { groups: [("nas".to_owned(), 2)].into(), ..Limits::new(3) };
        assert!(of(&two).all(|at| at.is_empty()));
        // Three at once where two may run.
        let crowded: Vec<_> = of(&Limits { max_running: 2, ..two }).collect();
        assert_eq!(crowded, [vec![fifteen], vec![fifteen], vec![fifteen], vec![]]);
    }
}

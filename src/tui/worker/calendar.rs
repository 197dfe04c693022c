//! The calendar from the store: how much is due on each day of a page, how many schedules have a slot on it, and which.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::model::calendar::{DAYS, Day, MANY};
use super::super::model::duties::Entry;
use super::super::model::window::Item;
use super::World;
use crate::store::schedules::AgendaRow;
use crate::store::{From, Reader, Result, duties, schedules};

/// Schedules that are looked at: of more, those that come next.
const SCHEDULES: usize = 200;

/// Rows of the list of a day.
const ROWS: usize = 500;

/// What there is on each of the days from one on.
pub(super) fn month(reader: &Reader, world: &World, first: Date, now: Timestamp) -> Result<Vec<Day>> {
    let bounds: Vec<Timestamp> = (0..=DAYS).map(|at| start(first, at, &world.zone)).collect();
    let mut days = vec![Day::default(); DAYS];
    for (day, bounds) in days.iter_mut().zip(bounds.windows(2)) {
        day.todos = duties::count(reader, bounds[0], bounds[1], MANY + 1)?;
    }
    for row in schedules::agenda(reader, None, SCHEDULES)? {
        // From slot to the first slot of a later day: however often it runs, a day is one step.
        let mut from = bounds[0].max(now);
        while let Some(at) = next(&row, from).filter(|at| *at < bounds[DAYS]) {
            let day = bounds.partition_point(|bound| *bound <= at).saturating_sub(1);
            days[day].runs = (days[day].runs + 1).min(MANY + 1);
            from = bounds[day + 1];
        }
    }
    Ok(days)
}

/// What there is on a day, the earliest first.
pub(super) fn day(reader: &Reader, world: &World, day: Date, now: Timestamp) -> Result<Vec<Entry>> {
    let (from, until) = (start(day, 0, &world.zone), start(day, 1, &world.zone));
    let end = (duties::place_of(until), String::new());
    let due = duties::page(reader, &From::At((duties::place_of(from), String::new())), ROWS)?;
    let mut rows: Vec<Entry> = due.into_iter().take_while(|duty| duty.place() < end).map(Entry::Todo).collect();
    for row in schedules::agenda(reader, None, SCHEDULES)? {
        if let Some(at) = next(&row, from.max(now)).filter(|at| *at < until) {
            rows.push(Entry::Run { schedule: row.schedule.id, task: row.schedule.task, slug: row.slug, at });
        }
    }
    rows.sort_by_key(Item::key);
    Ok(rows)
}

/// The first instant of a day so many days on.
fn start(first: Date, days: usize, zone: &TimeZone) -> Timestamp {
    let day = first.checked_add((days as i64).days()).unwrap_or(first);
    day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |day| day.timestamp())
}

/// The first slot at an instant or behind it, none before those that are still to come.
fn next(row: &AgendaRow, from: Timestamp) -> Option<Timestamp> {
    let zone = schedules::zone_of(&row.schedule).ok()?;
    if from <= row.at {
        return Some(row.at);
    }
    let before = from.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(from);
    row.schedule.next_after(before, &zone).map(|due| due.at)
}

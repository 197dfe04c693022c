//! What comes next of all tasks, and what does not although it is due: slots that will be skipped, excluded days, tasks at rest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::domain::TaskId;
use crate::domain::forecast::Forecast;
use crate::store::schedules::AgendaRow;
use crate::store::{Reader, Result, pauses, runs, schedules, why};

/// How far ahead slots are named that do not come.
const AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Tasks at rest that are looked at.
const AT_REST: usize = 60;

/// The next slot of each schedule, the earliest first, so many at most; among them what does not come in the next seven days, with
/// the reason.
pub(super) fn rows(reader: &Reader, limit: usize, now: Timestamp) -> Result<Vec<AgendaRow>> {
    let mut rows = schedules::agenda(reader, None, limit)?;
    // Behind the last row come others, which are not loaded.
    let last = rows.last().filter(|_| rows.len() == limit).map_or(Timestamp::MAX, |row| row.at);
    let until = now.saturating_add(AHEAD).unwrap_or(now).min(last);
    let losses = forecasts(reader, &rows, now)?;
    for row in &mut rows {
        if let Some(forecast) = losses.get(&row.schedule.task).filter(|forecast| row.at < forecast.until) {
            row.aside = Some(format!("skipped: {}", forecast.because));
        }
    }
    let excluded: Vec<AgendaRow> = rows.iter().filter_map(|row| excluded(row, now, until)).collect();
    rows.extend(excluded);
    let at_rest = at_rest(reader, now)?;
    rows.extend(at_rest.into_iter().filter(|row| row.at <= until));
    rows.sort_by_key(|row| (row.at, row.schedule.id, row.aside.is_some()));
    rows.truncate(limit);
    Ok(rows)
}

/// Of the tasks that run now, which slots that will cost them (R2).
fn forecasts(reader: &Reader, rows: &[AgendaRow], now: Timestamp) -> Result<BTreeMap<TaskId, Forecast>> {
    let coming: BTreeSet<TaskId> = rows.iter().map(|row| row.schedule.task).collect();
    let live: BTreeSet<TaskId> = runs::live(reader)?.into_iter().map(|run| run.task).collect();
    let mut found = BTreeMap::new();
    for task in coming.intersection(&live) {
        if let Some(forecast) = why::standing(reader, *task)?.forecast(now) {
            found.insert(*task, forecast);
        }
    }
    Ok(found)
}

/// The first slot of a schedule that does not come because its day is excluded (T10).
fn excluded(row: &AgendaRow, now: Timestamp, until: Timestamp) -> Option<AgendaRow> {
    let zone = schedules::zone_of(&row.schedule).ok()?;
    let timetable = row.schedule.timetable(&zone);
    let due = timetable.next_excluded(row.schedule.still_to_come(now), until)?;
    let why = timetable.exclusion(due.civil.date()).unwrap_or_default();
    let at = row.schedule.start_of(due.at);
    Some(AgendaRow { at, aside: Some(format!("excluded: {why}")), ..row.clone() })
}

/// What would come next of the tasks at rest.
fn at_rest(reader: &Reader, now: Timestamp) -> Result<Vec<AgendaRow>> {
    let mut rows = Vec::new();
    for (schedule, slug) in schedules::at_rest(reader, AT_REST)? {
        let Ok(zone) = schedules::zone_of(&schedule) else { continue };
        let Some(due) = schedule.next_after(schedule.still_to_come(now), &zone) else { continue };
        let reason = pauses::newest(reader, schedule.task, None)?.and_then(|pause| pause.reason);
        let aside = reason.map_or_else(|| "paused".to_owned(), |reason| format!("paused: {reason}"));
        rows.push(AgendaRow { at: schedule.start_of(due.at), schedule, slug, aside: Some(aside) });
    }
    Ok(rows)
}

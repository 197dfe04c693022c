//! Schedules in the store.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, instant_or_null, invalid, micros};
use super::{Db, Result, StoreError, health, runs, slots};
use crate::config::{calendars, machine_id};
use crate::domain::options::Options;
use crate::domain::rule::{self, Rule};
use crate::domain::schedule::{Decision, Schedule, Slot, continued};
use crate::domain::spread::Spread;
use crate::domain::task::Overlap;
use crate::domain::when::When;
use crate::domain::zone;
use crate::domain::{ScheduleId, TaskId};

/// Gives a task one more schedule. Nothing before `now` is ever due (T6): in a boot of the machine in which an engine has run, its
/// startup has been. The zone is an IANA name (T7).
pub fn add<'a, R>(db: &Db, task: TaskId, rule: &'a R, zone: &str, now: Timestamp) -> Result<Schedule>
where
    Rule: std::convert::From<&'a R>,
{
    let Rule { when, options } = rule.into();
    db.prepare_cached(
        "INSERT INTO schedules (task_id, kind, expr, options, zone, anchor_at, watermark_at, boot)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6,
             (SELECT boot FROM clock WHERE id = 1 AND ?2 = 'startup'))",
    )?
    .execute(params![task.0, when.kind().word(), when.expr(), options.to_string(), zone, micros(now)])?;
    let id = ScheduleId(db.last_insert_rowid());
    rearm(db, task, now)?;
    get(db, id)
}

fn get(db: &Db, id: ScheduleId) -> Result<Schedule> {
    db.prepare_cached("SELECT * FROM schedules WHERE id = ?1")?
        .query_row([id.0], read)
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("schedule {id}")))
}

/// Gives a schedule other options. It keeps its slots and its place in time: what is due and not decided stays so, what new
/// options would have made due in the past does not count as missed (T6).
pub fn set_options(db: &Db, id: ScheduleId, options: &Options, now: Timestamp) -> Result<()> {
    let before = get(db, id)?;
    db.prepare_cached("UPDATE schedules SET options = ?2 WHERE id = ?1")?
        .execute(params![id.0, options.to_string()])?;
    let Some(next_at) = before.next_at else { return Ok(()) };
    let schedule = get(db, id)?;
    let zone = zone_of(&schedule)?;
    if before.undecided(&zone, now).slots.is_empty() {
        return plan_from(db, &schedule, now);
    }
    // What is due stays due, and a slot that waited for its jitter is not late when it has to wait no longer.
    let slot = schedule.undecided(&zone, Timestamp::MIN).next;
    let start = slot.map(|slot| schedule.start_of(slot).max(next_at.min(now)));
    plan(db, id, schedule.watermark, slot, start)
}

/// Whether any schedule has a calendar.
pub fn has_calendars(db: &Db) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM schedules INDEXED BY schedules_calendar WHERE instr(options, 'calendar=') > 0")?
        .exists([])?)
}

/// The schedules that have a calendar.
pub fn with_calendars(db: &Db) -> Result<Vec<Schedule>> {
    Ok(db
        .prepare_cached("SELECT * FROM schedules INDEXED BY schedules_calendar WHERE instr(options, 'calendar=') > 0")?
        .query_map([], read)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Plans the schedules with a calendar anew, for its file may have changed.
pub fn refresh(db: &Db, now: Timestamp) -> Result<()> {
    let schedules = with_calendars(db)?;
    // What is due is the engine's to decide.
    let ahead = schedules.iter().filter(|schedule| schedule.slot_at.is_some_and(|at| at > now));
    ahead.into_iter().try_for_each(|schedule| plan_from(db, schedule, now))
}

/// Lets the first slot after `now` be the next one.
fn plan_from(db: &Db, schedule: &Schedule, now: Timestamp) -> Result<()> {
    let watermark = schedule.watermark.max(now);
    advance(db, schedule, watermark, next_slot(schedule, watermark)?)
}

/// Gives a task exactly these schedules, each with the name of its zone. One that the task has already keeps its identity, its
/// slots and its place in time; it is the same as long as it says when in the same words, whatever its options.
pub fn replace(db: &Db, task: TaskId, wanted: &[(Rule, String)], now: Timestamp) -> Result<()> {
    let before = of_task(db, task)?;
    let with = continued(&before, wanted);
    for (schedule, (rule, _)) in with.iter().zip(wanted).filter_map(|(at, one)| Some((before.get((*at)?)?, one))) {
        if schedule.rule != *rule {
            set_options(db, schedule.id, &rule.options, now)?;
        }
    }
    for (_, schedule) in before.iter().enumerate().filter(|(at, _)| !with.contains(&Some(*at))) {
        remove(db, schedule.id)?;
    }
    let new = with.iter().zip(wanted).filter(|(with, _)| with.is_none());
    new.into_iter().try_for_each(|(_, (rule, zone))| add(db, task, rule, zone, now).map(drop))
}

/// Takes a schedule and its slots away.
fn remove(db: &Db, id: ScheduleId) -> Result<()> {
    db.prepare_cached("DELETE FROM schedules WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}

/// All schedules of a task.
pub fn of_task(db: &Db, task: TaskId) -> Result<Vec<Schedule>> {
    let mut query = db.prepare_cached("SELECT * FROM schedules WHERE task_id = ?1 ORDER BY id")?;
    let rows = query.query_map([task.0], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lets a task's schedules follow it from `now` on: after one was added, and after the task was paused, resumed, put in the
/// trash or restored. What lies in a rest is not made up for (T6); what was due before it and still undecided is missed, and
/// has its row.
pub fn rearm(db: &Db, task: TaskId, now: Timestamp) -> Result<()> {
    let (paused, deleted): (bool, bool) = db
        .prepare_cached("SELECT paused, deleted_at IS NOT NULL FROM tasks WHERE id = ?1")?
        .query_row([task.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let rests = if deleted { Some("the task was deleted before Tempo got to it") } else { None };
    let rests = rests.or(paused.then_some("the task was paused before Tempo got to it"));
    for schedule in of_task(db, task)? {
        match (rests, schedule.next_at) {
            // It is under way; what is due is the engine's to decide.
            (None, Some(_)) => {}
            (None, None) => plan_from(db, &schedule, now)?,
            (Some(reason), _) => {
                miss(db, &schedule, reason, now)?;
                runs::cancel_held(db, schedule.id, reason, now)?;
                advance(db, &schedule, schedule.watermark.max(now), None)?;
            }
        }
    }
    health::rearm(db, task)
}

/// Writes down the slots that nobody will decide any more.
fn miss(db: &Db, schedule: &Schedule, reason: &str, now: Timestamp) -> Result<()> {
    if schedule.next_at.is_none() {
        return Ok(());
    }
    for (due, reason) in schedule.undecided(&zone_of(schedule)?, now).missed(reason) {
        let slot = Slot {
            schedule: schedule.id,
            due_at: due.at,
            zone: schedule.zone.clone(),
            civil: due.civil_text(),
            decision: Decision::Missed,
            reason: Some(reason),
            run: None,
            decided_at: now,
        };
        slots::decide(db, &slot)?;
    }
    Ok(())
}

/// Records that everything up to `watermark` is decided, and the next slot. The watermark never moves back (T2).
pub fn advance(db: &Db, schedule: &Schedule, watermark: Timestamp, next: Option<Timestamp>) -> Result<()> {
    plan(db, schedule.id, watermark, next, next.map(|next| schedule.start_of(next)))
}

fn plan(
    db: &Db,
    id: ScheduleId,
    watermark: Timestamp,
    slot: Option<Timestamp>,
    start: Option<Timestamp>,
) -> Result<()> {
    db.prepare_cached(
        "UPDATE schedules SET watermark_at = max(watermark_at, ?2), slot_at = ?3, next_at = ?4 WHERE id = ?1",
    )?
    .execute(params![id.0, micros(watermark), slot.map(micros), start.map(micros)])?;
    Ok(())
}

/// A schedule that is due, with what its task says about overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSchedule {
    /// The schedule.
    pub schedule: Schedule,
    /// The overlap policy of its task (R2).
    pub overlap: Overlap,
}

/// Plans a schedule anew from `now` on, although the clock had been ahead of it or far behind (T2, T11).
pub fn replan(db: &Db, schedule: &Schedule, now: Timestamp) -> Result<()> {
    let fresh = Schedule { anchor: now, watermark: now, ..schedule.clone() };
    let slot = fresh.next_after(now, &zone_of(schedule)?).map(|due| due.at);
    db.prepare_cached(
        "UPDATE schedules SET anchor_at = ?2, watermark_at = ?2, slot_at = ?3, next_at = ?4 WHERE id = ?1",
    )?
    .execute(params![fresh.id.0, micros(now), slot.map(micros), slot.map(|at| micros(fresh.start_of(at)))])?;
    Ok(())
}

/// Which schedules may come due: while the clock is not set, intervals only (T11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those that count elapsed time.
    Intervals,
}

/// The schedules whose next slot is at or before `now`, the earliest first.
pub fn due(db: &Db, which: Which, now: Timestamp, limit: usize) -> Result<Vec<DueSchedule>> {
    let mut query = db.prepare_cached(
        "SELECT s.*, t.overlap FROM schedules s JOIN tasks t ON t.id = s.task_id
         WHERE s.next_at <= ?1 AND (s.kind = 'every' OR ?3) ORDER BY s.next_at LIMIT ?2",
    )?;
    let rows = query.query_map(params![micros(now), limit as i64, which == Which::All], read_due)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The schedules under way that were planned, up to their next slot, before this instant.
pub fn planned_before(db: &Db, instant: Timestamp) -> Result<Vec<Schedule>> {
    let mut query = db.prepare_cached("SELECT * FROM schedules WHERE next_at < ?1 ORDER BY next_at")?;
    let rows = query.query_map([micros(instant)], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The calendar schedules under way that are decided beyond this instant: the clock had been ahead.
pub fn decided_beyond(db: &Db, instant: Timestamp) -> Result<Vec<Schedule>> {
    let mut query =
        db.prepare_cached("SELECT * FROM schedules WHERE next_at > ?1 AND watermark_at > ?1 AND kind <> 'every'")?;
    let rows = query.query_map([micros(instant)], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The startup schedules that have not been decided for this boot of the machine.
pub fn due_at_startup(db: &Db, boot: &str) -> Result<Vec<DueSchedule>> {
    let mut query = db.prepare_cached(
        "SELECT s.*, t.overlap FROM schedules s JOIN tasks t ON t.id = s.task_id
         WHERE s.kind = 'startup' AND s.boot IS NOT ?1 AND t.paused = 0 AND t.deleted_at IS NULL ORDER BY s.id",
    )?;
    let rows = query.query_map([boot], read_due)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records that a startup schedule is decided for this boot.
pub fn booted(db: &Db, id: ScheduleId, boot: &str, now: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE schedules SET boot = ?2, watermark_at = max(watermark_at, ?3) WHERE id = ?1")?
        .execute(params![id.0, boot, micros(now)])?;
    Ok(())
}

/// Records that the startup of this boot has been: what rested then is not made up for (T6).
pub fn startup_has_been(db: &Db, boot: &str) -> Result<()> {
    db.prepare_cached("UPDATE schedules SET boot = ?1 WHERE kind = 'startup' AND boot IS NOT ?1")?.execute([boot])?;
    Ok(())
}

/// The earliest start of a next slot of these schedules.
pub fn next_at(db: &Db, which: Which) -> Result<Option<Timestamp>> {
    let next = db
        .prepare_cached(
            "SELECT next_at FROM schedules WHERE next_at IS NOT NULL AND (kind = 'every' OR ?1) ORDER BY next_at LIMIT 1",
        )?
        .query_row([which == Which::All], |row| instant(row, "next_at"))
        .optional()?;
    Ok(next)
}

/// When the next slot of a task starts.
pub fn next_of(db: &Db, task: TaskId) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT min(next_at) AS next_at FROM schedules WHERE task_id = ?1")?
        .query_row([task.0], |row| instant_or_null(row, "next_at"))?)
}

/// A line of the agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaRow {
    /// The schedule, with its next slot.
    pub schedule: Schedule,
    /// The slug of its task.
    pub slug: String,
    /// When this slot starts: its next one, or one that does not come.
    pub at: Timestamp,
    /// Why nothing runs then; `None` of the next slot that is expected to.
    pub aside: Option<String>,
}

/// The schedules of paused tasks, each with the slug of its task: of so many tasks at most.
pub fn at_rest(db: &Db, tasks: usize) -> Result<Vec<(Schedule, String)>> {
    let mut query =
        db.prepare_cached("SELECT id, slug FROM tasks WHERE paused = 1 AND deleted_at IS NULL ORDER BY id LIMIT ?1")?;
    let rows = query.query_map([tasks as i64], |row| Ok((TaskId(row.get("id")?), row.get::<_, String>("slug")?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (task, slug) = row?;
        found.extend(of_task(db, task)?.into_iter().map(|schedule| (schedule, slug.clone())));
    }
    Ok(found)
}

/// The schedules of all tasks that have a next slot, the earliest first; of one task when it is given.
pub fn agenda(db: &Db, task: Option<TaskId>, limit: usize) -> Result<Vec<AgendaRow>> {
    let read = |row: &Row<'_>| {
        Ok(AgendaRow { schedule: read(row)?, slug: row.get("slug")?, at: instant(row, "next_at")?, aside: None })
    };
    let rows: rusqlite::Result<Vec<_>> = match task {
        None => db
            .prepare_cached(
                "SELECT s.*, t.slug FROM schedules s JOIN tasks t ON t.id = s.task_id
                 WHERE s.next_at IS NOT NULL ORDER BY s.next_at, s.id LIMIT ?1",
            )?
            .query_map([limit as i64], read)?
            .collect(),
        Some(task) => db
            .prepare_cached(
                "SELECT s.*, t.slug FROM schedules s JOIN tasks t ON t.id = s.task_id
                 WHERE s.task_id = ?1 AND s.next_at IS NOT NULL ORDER BY s.next_at, s.id LIMIT ?2",
            )?
            .query_map(params![task.0, limit as i64], read)?
            .collect(),
    };
    Ok(rows?)
}

/// The zone of a schedule. A zone that this machine no longer knows is an error in words, not a guess (T7).
pub fn zone_of(schedule: &Schedule) -> Result<TimeZone> {
    zone::zone(&schedule.zone).map_err(|e| StoreError::Refused(e.to_string()))
}

fn next_slot(schedule: &Schedule, after: Timestamp) -> Result<Option<Timestamp>> {
    Ok(schedule.next_after(after, &zone_of(schedule)?).map(|due| due.at))
}

fn read_due(row: &Row<'_>) -> rusqlite::Result<DueSchedule> {
    let overlap: String = row.get("overlap")?;
    Ok(DueSchedule { schedule: read(row)?, overlap: overlap.parse().map_err(|e: String| invalid(row, "overlap", e))? })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Schedule> {
    let kind: String = row.get("kind")?;
    let expr: String = row.get("expr")?;
    let words: String = row.get("options")?;
    let when = When::from_parts(&kind, &expr).map_err(|e| invalid(row, "expr", e))?;
    let options = rule::options(&words, Path::new("/")).map_err(|e| invalid(row, "options", e))?;
    let id = ScheduleId(row.get("id")?);
    Ok(Schedule {
        id,
        task: TaskId(row.get("task_id")?),
        calendar: options.calendar.as_deref().map(calendars::load),
        spread: Spread::by(&format!("{}/{id}", machine_id())),
        rule: Rule { when, options },
        zone: row.get("zone")?,
        anchor: instant(row, "anchor_at")?,
        watermark: instant(row, "watermark_at")?,
        slot_at: instant_or_null(row, "slot_at")?,
        next_at: instant_or_null(row, "next_at")?,
    })
}

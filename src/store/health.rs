//! How a task fares: its failures in a row, and whether it succeeds when it is expected to (R12).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, params};

use super::column::{instant, instant_or_null, invalid, micros};
use super::{Db, Result, schedules};
use crate::domain::TaskId;
use crate::domain::expect::{ExpectBy, Since};

/// A success is expected from now on: the task was made, resumed, or given another expectation. It starts without
/// failures, and when the to-do about earlier ones is closed, new ones open another.
pub fn begin(db: &Db, task: TaskId, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "UPDATE tasks SET failures = 0, expect_since = ?2, expect_met = 0, late_since = NULL,
             todo_id = (SELECT id FROM tasks o WHERE o.id = tasks.todo_id AND o.status IN ('open', 'in_progress') AND o.deleted_at IS NULL)
         WHERE id = ?1",
    )?
    .execute(params![task.0, micros(now)])?;
    rearm(db, task)
}

/// A run succeeded at that time.
pub fn succeeded(db: &Db, task: TaskId, at: Timestamp) -> Result<()> {
    let expects: Option<bool> = db
        .prepare_cached(
            "UPDATE tasks SET failures = 0, expect_since = ?2, expect_met = late_since IS NULL, late_since = NULL
             WHERE id = ?1 AND (failures <> 0 OR expect_by IS NOT NULL) RETURNING expect_by IS NOT NULL",
        )?
        .query_row(params![task.0, micros(at)], |row| row.get(0))
        .optional()?;
    if expects == Some(true) { rearm(db, task) } else { Ok(()) }
}

/// A run failed. Says how many did in a row, when they are as many as the task is to be paused after and it is not.
pub fn failed(db: &Db, task: TaskId) -> Result<Option<u32>> {
    let reached = db
        .prepare_cached(
            "UPDATE tasks SET failures = failures + 1 WHERE id = ?1
             RETURNING failures, pause_after IS NOT NULL AND paused = 0 AND failures >= pause_after AS reached",
        )?
        .query_row([task.0], |row| Ok((row.get("failures")?, row.get::<_, bool>("reached")?)))
        .optional()?;
    Ok(reached.filter(|(_, reached)| *reached).map(|(failures, _)| failures))
}

/// Works out when the task is late. One that rests is not, and one that is late stays so until it succeeds.
pub fn rearm(db: &Db, task: TaskId) -> Result<()> {
    let row = db
        .prepare_cached(
            "SELECT expect_by, expect_since, expect_met, late_since, paused OR deleted_at IS NOT NULL AS rests FROM tasks
             WHERE id = ?1 AND (expect_by IS NOT NULL OR expect_at IS NOT NULL OR late_since IS NOT NULL)",
        )?
        .query_row([task.0], |row| {
            let by: Option<String> = row.get("expect_by")?;
            let by: Option<ExpectBy> =
                by.map(|by| by.parse().map_err(|e: String| invalid(row, "expect_by", e))).transpose()?;
            let since = instant_or_null(row, "expect_since")?;
            let met: bool = row.get("expect_met")?;
            let since = since.map(|at| if met { Since::Success(at) } else { Since::Beginning(at) });
            Ok((by, since, instant_or_null(row, "late_since")?, row.get::<_, bool>("rests")?))
        })
        .optional()?;
    let Some((by, since, late_since, rests)) = row else { return Ok(()) };
    let (expect_at, late_since) = match (by, since, late_since) {
        _ if rests => (None, None),
        (None, _, _) | (_, None, None) => (None, None),
        (Some(_), _, Some(late)) => (None, Some(late)),
        (Some(by), Some(since), None) => (by.late_at(since, &zone(db, task)?), None),
    };
    db.prepare_cached("UPDATE tasks SET expect_at = ?2, late_since = ?3 WHERE id = ?1")?.execute(params![
        task.0,
        expect_at.map(micros),
        late_since.map(micros)
    ])?;
    Ok(())
}

/// The zone of the task's first schedule, else the machine's.
fn zone(db: &Db, task: TaskId) -> Result<TimeZone> {
    schedules::of_task(db, task)?.first().map_or_else(|| Ok(TimeZone::system()), schedules::zone_of)
}

/// A task that has not succeeded in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// Identity.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// What was expected.
    pub expect_by: String,
    /// Since when it is late.
    pub since: Timestamp,
}

/// Marks the tasks of which the time is over, and names them.
pub fn overdue(db: &Db, now: Timestamp) -> Result<Vec<Late>> {
    let mut query = db.prepare_cached(
        "UPDATE tasks SET late_since = expect_at, expect_at = NULL WHERE expect_at <= ?1
         RETURNING id, slug, coalesce(expect_by, '') AS expect_by, late_since",
    )?;
    let rows = query.query_map([micros(now)], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the next task is late.
pub fn next_expected(db: &Db) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT expect_at FROM tasks WHERE expect_at IS NOT NULL ORDER BY expect_at LIMIT 1")?
        .query_row([], |row| instant(row, "expect_at"))
        .optional()?)
}

/// The tasks that have not succeeded in time, the longest late first.
pub fn late(db: &Db, limit: usize) -> Result<Vec<Late>> {
    let mut query = db.prepare_cached(
        "SELECT id, slug, coalesce(expect_by, '') AS expect_by, late_since FROM tasks WHERE late_since IS NOT NULL
         ORDER BY late_since LIMIT ?1",
    )?;
    let rows = query.query_map([limit as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Late> {
    Ok(Late {
        task: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        expect_by: row.get("expect_by")?,
        since: instant(row, "late_since")?,
    })
}

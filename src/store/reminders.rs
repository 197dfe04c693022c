//! When to remind of tasks: each instant is a row, which is decided once (A4).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, params};

use super::column::{instant, instant_or_null, micros};
use super::{Db, Result};
use crate::domain::TaskId;
use crate::domain::reminder;
use crate::domain::task::Definition;

/// A reminder of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// When it is to come.
    pub at: Timestamp,
    /// When it came.
    pub fired_at: Option<Timestamp>,
}

/// The reminders of a task that have come by now, all that were not told of before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// When they were to come, the earliest first; never empty.
    pub at: Vec<Timestamp>,
}

/// Brings the reminders that are to come in line with a definition. What has come stays as it is; what was to come before `now`
/// without having been there then does not come.
pub(super) fn arm(db: &Db, task: TaskId, definition: &Definition, now: Timestamp) -> Result<()> {
    let wanted: Vec<i64> = definition.remind_at().into_iter().map(micros).collect();
    let pending: Vec<i64> = db
        .prepare_cached("SELECT at FROM reminders WHERE task_id = ?1 AND fired_at IS NULL")?
        .query_map([task.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for at in pending.iter().filter(|at| !wanted.contains(at)) {
        db.prepare_cached("DELETE FROM reminders WHERE task_id = ?1 AND at = ?2")?.execute([task.0, *at])?;
    }
    for at in wanted.iter().filter(|at| **at > micros(now)) {
        db.prepare_cached("INSERT OR IGNORE INTO reminders (task_id, at) VALUES (?1, ?2)")?.execute([task.0, *at])?;
    }
    Ok(())
}

/// Gives every task the rows of its reminders that are to come: for a database from before there were any. It reads only what the
/// schema has had since then.
pub(super) fn arm_all(db: &Db, now: Timestamp) -> Result<()> {
    let mut query = db.prepare(
        "SELECT id, due_at, reminders FROM tasks
         WHERE reminders <> '' AND deleted_at IS NULL AND coalesce(status, 'open') IN ('open', 'in_progress')",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (task, due, text): (i64, _, String) =
            (row.get("id")?, instant_or_null(row, "due_at")?, row.get("reminders")?);
        // One that cannot be read has been told of whenever its task was shown.
        for at in
            reminder::parse(&text, &TimeZone::UTC, now).unwrap_or_default().into_iter().filter_map(|one| one.at(due))
        {
            if at > now {
                db.prepare_cached("INSERT OR IGNORE INTO reminders (task_id, at) VALUES (?1, ?2)")?
                    .execute([task, micros(at)])?;
            }
        }
    }
    Ok(())
}

/// Nothing of a task is to come any more.
pub(super) fn disarm(db: &Db, task: TaskId) -> Result<()> {
    db.prepare_cached("DELETE FROM reminders WHERE task_id = ?1 AND fired_at IS NULL")?.execute([task.0])?;
    Ok(())
}

/// Marks those that are to come by now, of so many tasks at most, and names them. Those of a task that is done or gone go.
pub fn fire(db: &Db, now: Timestamp, most: usize) -> Result<Vec<Fired>> {
    let mut tasks: Vec<(TaskId, Timestamp)> = db
        .prepare_cached(
            "SELECT task_id, at FROM reminders WHERE fired_at IS NULL AND at <= ?1 ORDER BY at, task_id LIMIT ?2",
        )?
        .query_map(params![micros(now), most as i64], |row| Ok((TaskId(row.get("task_id")?), instant(row, "at")?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut seen = std::collections::HashSet::new();
    tasks.retain(|(task, _)| seen.insert(*task));
    let mut fired = Vec::with_capacity(tasks.len());
    for (task, _) in tasks {
        let live = db
            .prepare_cached(
                "SELECT slug, due_at FROM tasks WHERE id = ?1 AND deleted_at IS NULL
                     AND coalesce(status, 'open') IN ('open', 'in_progress')",
            )?
            .query_row([task.0], |row| Ok((row.get("slug")?, instant_or_null(row, "due_at")?)))
            .optional()?;
        let Some((slug, due_at)) = live else {
            disarm(db, task)?;
            continue;
        };
        let mut at: Vec<Timestamp> = db
            .prepare_cached(
                "UPDATE reminders SET fired_at = ?2 WHERE task_id = ?1 AND fired_at IS NULL AND at <= ?2 RETURNING at",
            )?
            .query_map(params![task.0, micros(now)], |row| instant(row, "at"))?
            .collect::<rusqlite::Result<_>>()?;
        at.sort();
        fired.push(Fired { task, slug, due_at, at });
    }
    Ok(fired)
}

/// What came last, of so many tasks at most, and when.
pub fn newest(db: &Db, most: usize) -> Result<Option<(Timestamp, Vec<Fired>)>> {
    let came: Option<Timestamp> = db
        .prepare_cached("SELECT fired_at FROM reminders WHERE fired_at IS NOT NULL ORDER BY fired_at DESC LIMIT 1")?
        .query_row([], |row| instant(row, "fired_at"))
        .optional()?;
    let Some(came) = came else { return Ok(None) };
    let mut all: Vec<Fired> = Vec::new();
    let mut query = db.prepare_cached(
        "SELECT r.at, t.id, t.slug, t.due_at FROM reminders r JOIN tasks t ON t.id = r.task_id
         WHERE r.fired_at = ?1 AND t.deleted_at IS NULL ORDER BY r.task_id, r.at LIMIT ?2",
    )?;
    let mut rows = query.query(params![micros(came), most as i64])?;
    while let Some(row) = rows.next()? {
        let (task, at) = (TaskId(row.get("id")?), instant(row, "at")?);
        match all.last_mut().filter(|fired| fired.task == task) {
            Some(fired) => fired.at.push(at),
            None => {
                all.push(Fired { task, slug: row.get("slug")?, due_at: instant_or_null(row, "due_at")?, at: vec![at] });
            }
        }
    }
    Ok(Some((came, all)))
}

/// When the next one is to come.
pub fn next(db: &Db) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT at FROM reminders WHERE fired_at IS NULL ORDER BY at LIMIT 1")?
        .query_row([], |row| instant(row, "at"))
        .optional()?)
}

/// Those of a task that are to come, and as many of the newest that came, the earliest first.
pub fn of_task(db: &Db, task: TaskId, came: usize) -> Result<Vec<Row>> {
    let read =
        |row: &rusqlite::Row<'_>| Ok(Row { at: instant(row, "at")?, fired_at: instant_or_null(row, "fired_at")? });
    let mut rows = db
        .prepare_cached(
            "SELECT at, fired_at FROM reminders WHERE task_id = ?1 AND fired_at IS NOT NULL ORDER BY at DESC LIMIT ?2",
        )?
        .query_map(params![task.0, came as i64], read)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    rows.reverse();
    let mut coming =
        db.prepare_cached("SELECT at, fired_at FROM reminders WHERE task_id = ?1 AND fired_at IS NULL ORDER BY at")?;
    for row in coming.query_map([task.0], read)? {
        rows.push(row?);
    }
    Ok(rows)
}

//! What the outputs of runs take on the disk, and which of them are beyond what is kept (O3).

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::column::{instant, micros};
use super::{Db, Result};
use crate::domain::keep::Limit;
use crate::domain::{RunId, TaskId};

/// Runs that have ended and whose folders nobody has measured since, with their tasks.
pub fn unmeasured(db: &Db, limit: usize) -> Result<Vec<(RunId, TaskId)>> {
    let mut query = db.prepare_cached(
        "SELECT id, task_id FROM runs WHERE state = 'finished' AND kept_bytes IS NULL ORDER BY id LIMIT ?1",
    )?;
    let rows = query.query_map([limit as i64], |row| Ok((RunId(row.get("id")?), TaskId(row.get("task_id")?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what the folder of a run takes, in bytes; 0 when there is none.
pub fn measured(db: &Db, run: RunId, bytes: u64) -> Result<()> {
    db.prepare_cached("UPDATE runs SET kept_bytes = ?2 WHERE id = ?1 AND state = 'finished'")?
        .execute(params![run.0, i64::try_from(bytes).unwrap_or(i64::MAX)])?;
    Ok(())
}

/// What all folders take.
pub fn total(db: &Db) -> Result<u64> {
    let bytes: i64 = db.prepare_cached("SELECT bytes FROM outputs WHERE id = 1")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// What the folders of the newest runs of a task take, of as many as are looked at; and of how many.
pub fn of_task(db: &Db, task: TaskId, most: usize) -> Result<(usize, u64)> {
    let (runs, bytes): (i64, i64) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(kept_bytes), 0) FROM (
                 SELECT kept_bytes FROM runs WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)",
        )?
        .query_row(params![task.0, most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((runs as usize, u64::try_from(bytes).unwrap_or(0)))
}

/// Of a task, the oldest runs with a folder that are beyond the newest `keep` of them; those that built its environment are counted
/// apart, and what a note has attached stays.
pub fn beyond(db: &Db, task: TaskId, keep: u32, limit: usize) -> Result<Vec<RunId>> {
    let mut query = db.prepare_cached(
        "SELECT id FROM runs WHERE task_id = ?1 AND kept_bytes > 0 AND purpose = ?4 AND id <= (
             SELECT id FROM runs WHERE task_id = ?1 AND kept_bytes > 0 AND purpose = ?4 ORDER BY id DESC LIMIT 1 OFFSET ?2)
             AND NOT EXISTS (SELECT 1 FROM notes WHERE run_id = runs.id AND deleted_at IS NULL)
         ORDER BY id LIMIT ?3",
    )?;
    let mut beyond = Vec::new();
    for purpose in ["work", "environment"] {
        let left = limit.saturating_sub(beyond.len());
        // The newest is always kept.
        let rows =
            query.query_map(params![task.0, keep.max(1), left as i64, purpose], |row| row.get("id").map(RunId))?;
        for row in rows {
            beyond.push(row?);
        }
    }
    Ok(beyond)
}

/// Runs with a folder, with their tasks: one task after the other, of each the oldest first; after this run of this task.
pub fn kept_after(db: &Db, task: TaskId, run: RunId, limit: usize) -> Result<Vec<(TaskId, RunId)>> {
    let mut query = db.prepare_cached(
        "SELECT task_id, id FROM runs WHERE kept_bytes > 0 AND (task_id, id) > (?1, ?2) ORDER BY task_id, id LIMIT ?3",
    )?;
    let rows =
        query.query_map(params![task.0, run.0, limit as i64], |row| Ok((TaskId(row.get(0)?), RunId(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A run that may have printed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Identity.
    pub run: RunId,
    /// Its task.
    pub task: TaskId,
    /// The slug of its task.
    pub slug: String,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// It has not ended.
    pub live: bool,
    /// Its output was removed (O3).
    pub removed: bool,
}

/// Runs that may have printed something, the newest first: of one task when it is given, and before one when that is given.
pub fn printed(db: &Db, task: Option<TaskId>, before: Option<RunId>, limit: usize) -> Result<Vec<Printed>> {
    let of_task = if task.is_some() { "r.task_id = ?1" } else { "r.id > 0" };
    let mut query = db.prepare_cached(&format!(
        "SELECT r.id, r.task_id, t.slug, r.queued_at, r.state <> 'finished' AS live, r.removed_at IS NOT NULL AS removed
         FROM runs r JOIN tasks t ON t.id = r.task_id
         WHERE {of_task} AND r.id < ?2 AND r.started_at IS NOT NULL
             AND (r.kept_bytes IS NULL OR r.kept_bytes > 0 OR r.removed_at IS NOT NULL)
         ORDER BY r.id DESC LIMIT ?3"
    ))?;
    let read = |row: &Row<'_>| {
        Ok(Printed {
            run: RunId(row.get("id")?),
            task: TaskId(row.get("task_id")?),
            slug: row.get("slug")?,
            queued_at: instant(row, "queued_at")?,
            live: row.get("live")?,
            removed: row.get("removed")?,
        })
    };
    let before = before.map_or(i64::MAX, |run| run.0);
    let rows = query.query_map(params![task.map(|task| task.0), before, limit as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A run with a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Identity.
    pub run: RunId,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What its folder takes.
    pub bytes: u64,
    /// It is the newest of its task that has one, or a note has it attached: it stays, whatever the limits.
    pub stays: bool,
}

/// Runs with a folder in the order in which they ended, after the one that is given.
pub fn oldest(db: &Db, after: Option<(Timestamp, RunId)>, limit: usize) -> Result<Vec<Kept>> {
    let (at, id) = after.map_or((i64::MIN, 0), |(at, run)| (micros(at), run.0));
    let mut query = db.prepare_cached(
        "SELECT r.id, r.finished_at, r.kept_bytes, EXISTS (
             SELECT 1 FROM notes WHERE run_id = r.id AND deleted_at IS NULL) OR NOT EXISTS (
             SELECT 1 FROM runs n WHERE n.task_id = r.task_id AND n.kept_bytes > 0 AND n.id > r.id
                 AND n.purpose = r.purpose) AS stays
         FROM runs r WHERE r.kept_bytes > 0 AND (r.finished_at, r.id) > (?1, ?2) ORDER BY r.finished_at, r.id LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Kept {
            run: RunId(row.get("id")?),
            finished_at: instant(row, "finished_at")?,
            bytes: row.get("kept_bytes")?,
            stays: row.get("stays")?,
        })
    };
    let rows = query.query_map(params![at, id, limit as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes that the folder of a run was removed.
pub fn removed(db: &Db, run: RunId, by: Limit, now: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE runs SET kept_bytes = 0, removed_at = ?2, removed_by = ?3 WHERE id = ?1")?
        .execute(params![run.0, micros(now), by.to_string()])?;
    Ok(())
}

/// Runs that went with their task, and of which the folder is still to be removed.
pub fn leftovers(db: &Db, limit: usize) -> Result<Vec<RunId>> {
    let mut query = db.prepare_cached("SELECT run_id FROM leftovers ORDER BY run_id LIMIT ?1")?;
    let rows = query.query_map([limit as i64], |row| Ok(RunId(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes that the folder of such a run was removed.
pub fn leftover_removed(db: &Db, run: RunId) -> Result<()> {
    db.prepare_cached("DELETE FROM leftovers WHERE run_id = ?1")?.execute([run.0])?;
    Ok(())
}

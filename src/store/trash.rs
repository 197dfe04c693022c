//! The trash: deleted tasks rest there, and are removed when their time is over (S5).

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::changes::horizon;
use super::column::{instant, micros};
use super::{Db, Result};
use crate::domain::TaskId;

/// A task in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashRow {
    /// Identity.
    pub id: TaskId,
    /// Its slug, which another task may have by now.
    pub slug: String,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

/// A page of the trash, what was deleted last first; after `after` when it is given.
pub fn page(db: &Db, after: Option<&TrashRow>, limit: usize) -> Result<Vec<TrashRow>> {
    let (at, id) = after.map_or((i64::MAX, i64::MAX), |row| (micros(row.deleted_at), row.id.0));
    let mut query = db.prepare_cached(
        "SELECT id, slug, deleted_at FROM tasks WHERE deleted_at IS NOT NULL AND (deleted_at, id) < (?1, ?2)
         ORDER BY deleted_at DESC, id DESC LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| {
        Ok(TrashRow { id: TaskId(row.get("id")?), slug: row.get("slug")?, deleted_at: instant(row, "deleted_at")? })
    };
    let rows = query.query_map(params![at, id, limit as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Rows of history that one step of [`empty`] removes at most, of each kind.
const ROWS: usize = 200;

/// Removes a part of a task whose time in the trash is over, and in the end the task itself, of which the slug is returned. One
/// of which something runs stays, one after which another is to run (R11), and one that
/// another waits for (A3). The folders of its runs go after that (O3).
pub fn empty(db: &Db, now: Timestamp) -> Result<Option<String>> {
    let over = db
        .prepare_cached(
            "SELECT id, slug FROM tasks t WHERE deleted_at < ?1
             AND NOT EXISTS (SELECT 1 FROM upstreams WHERE upstream_id = t.id)
             AND NOT EXISTS (SELECT 1 FROM dependencies WHERE on_id = t.id)
             AND NOT EXISTS (SELECT 1 FROM runs WHERE task_id = t.id AND state = 'queued')
             AND NOT EXISTS (SELECT 1 FROM runs WHERE task_id = t.id AND state IN ('starting', 'running', 'stopping'))
             ORDER BY deleted_at, id LIMIT 1",
        )?
        .query_row([micros(horizon(now))], |row| Ok((row.get::<_, i64>("id")?, row.get::<_, String>("slug")?)))
        .optional()?;
    let Some((task, slug)) = over else { return Ok(None) };
    for part in [
        "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE task_id = ?1 ORDER BY id LIMIT ?2)",
        "DELETE FROM slots WHERE (schedule_id, due_at) IN (
             SELECT s.schedule_id, s.due_at FROM schedules d JOIN slots s ON s.schedule_id = d.id WHERE d.task_id = ?1 LIMIT ?2)",
    ] {
        if db.prepare_cached(part)?.execute(params![task, ROWS as i64])? == ROWS {
            return Ok(None);
        }
    }
    db.prepare_cached("DELETE FROM tasks WHERE id = ?1")?.execute([task])?;
    Ok(Some(slug))
}

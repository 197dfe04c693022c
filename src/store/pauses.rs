//! The rests of tasks in the store: from when until when, and why.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, instant_or_null, micros};
use super::{Db, Result};
use crate::domain::TaskId;
use crate::domain::why::Pause;

/// A rest begins; with the reason when it is not a person's wish.
pub fn begin(db: &Db, task: TaskId, reason: Option<&str>, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO pauses (task_id, paused_at, reason) VALUES (?1, ?2, ?3)
         ON CONFLICT (task_id, paused_at) DO UPDATE SET resumed_at = NULL, reason = excluded.reason",
    )?
    .execute(params![task.0, micros(now), reason])?;
    Ok(())
}

/// The rest ends.
pub fn end(db: &Db, task: TaskId, now: Timestamp) -> Result<()> {
    if let Some(pause) = newest(db, task, None)?.filter(|pause| pause.until.is_none()) {
        db.prepare_cached("UPDATE pauses SET resumed_at = max(paused_at, ?3) WHERE task_id = ?1 AND paused_at = ?2")?
            .execute(params![task.0, micros(pause.from), micros(now)])?;
    }
    Ok(())
}

/// The newest rest; with `before`, the newest that began before that instant.
pub fn newest(db: &Db, task: TaskId, before: Option<Timestamp>) -> Result<Option<Pause>> {
    Ok(db
        .prepare_cached("SELECT * FROM pauses WHERE task_id = ?1 AND paused_at < ?2 ORDER BY paused_at DESC LIMIT 1")?
        .query_row(params![task.0, before.map_or(i64::MAX, micros)], read)
        .optional()?)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Pause> {
    Ok(Pause {
        from: instant(row, "paused_at")?,
        until: instant_or_null(row, "resumed_at")?,
        reason: row.get("reason")?,
    })
}

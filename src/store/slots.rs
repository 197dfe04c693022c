//! Slots in the store: one row for each due instant of a schedule, written once (T3).

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::column::{instant, micros, word};
use super::{Db, Result};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::{RunId, ScheduleId, TaskId};

/// Writes down what was decided. A slot that has been decided is an error: it is never decided twice (T3).
pub fn decide(db: &Db, slot: &Slot) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO slots (schedule_id, due_at, zone, civil, decision, reason, run_id, decided_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        slot.schedule.0,
        micros(slot.due_at),
        slot.zone,
        slot.civil,
        slot.decision.word(),
        slot.reason,
        slot.run.map(|run| run.0),
        micros(slot.decided_at),
    ])?;
    Ok(())
}

/// Whether this due instant has been decided.
pub fn is_decided(db: &Db, schedule: ScheduleId, due_at: Timestamp) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM slots WHERE schedule_id = ?1 AND due_at = ?2")?
        .exists(params![schedule.0, micros(due_at)])?)
}

/// The newest slots of a task, the newest first. Each schedule's are read backwards through the key, so that a task with a
/// million slots costs as little as a new one.
pub fn of_task(db: &Db, task: TaskId, limit: usize) -> Result<Vec<Slot>> {
    let mut newest = db.prepare_cached("SELECT * FROM slots WHERE schedule_id = ?1 ORDER BY due_at DESC LIMIT ?2")?;
    let mut slots = Vec::new();
    for schedule in super::schedules::of_task(db, task)? {
        let rows = newest.query_map(params![schedule.id.0, limit as i64], read)?;
        slots.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    slots.sort_by_key(|slot| std::cmp::Reverse(slot.due_at));
    slots.truncate(limit);
    Ok(slots)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Slot> {
    Ok(Slot {
        schedule: ScheduleId(row.get("schedule_id")?),
        due_at: instant(row, "due_at")?,
        zone: row.get("zone")?,
        civil: row.get("civil")?,
        decision: word(row, "decision", Decision::from_word)?,
        reason: row.get("reason")?,
        run: row.get::<_, Option<i64>>("run_id")?.map(RunId),
        decided_at: instant(row, "decided_at")?,
    })
}

//! The wall clock in the store: how far it was from the time since boot, and what moves when it is set (T2, T11).

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::column::micros;
use super::{Db, Result, attempts};

/// The wall clock minus the time since boot, in microseconds, as it was noted last; `None` after a boot.
pub fn offset(db: &Db, boot: &str) -> Result<Option<i64>> {
    let row = db.prepare_cached("SELECT offset_us FROM clock WHERE boot = ?1")?.query_row([boot], |row| row.get(0));
    Ok(row.optional()?)
}

/// Notes it.
pub fn note_offset(db: &Db, boot: &str, micros: i64) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO clock (id, boot, offset_us) VALUES (1, ?1, ?2)")?
        .execute(params![boot, micros])?;
    Ok(())
}

/// Moves all that intervals count from, and what runs wait for, so that they go on counting elapsed time on a clock that was set
/// (T2): those that were decided up to an instant, or wait for one, before `before`.
pub fn move_intervals(db: &Db, by: SignedDuration, before: Timestamp) -> Result<()> {
    let by = i64::try_from(by.as_micros()).unwrap_or(0);
    db.prepare_cached(
        "UPDATE schedules SET anchor_at = anchor_at + ?1, watermark_at = watermark_at + ?1, slot_at = slot_at + ?1,
             next_at = next_at + ?1
         WHERE kind = 'every' AND watermark_at < ?2",
    )?
    .execute(params![by, micros(before)])?;
    db.prepare_cached("UPDATE runs SET not_before = not_before + ?1 WHERE not_before < ?2")?
        .execute(params![by, micros(before)])?;
    attempts::move_waits(db, by, micros(before))
}

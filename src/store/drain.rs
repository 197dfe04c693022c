//! Draining: what runs finishes, and nothing new starts (R3).

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::column::{instant, micros};
use super::{Db, Result};

/// Since when nothing new starts; `None` when all is as usual.
pub fn since(db: &Db) -> Result<Option<Timestamp>> {
    let row = db.prepare_cached("SELECT since FROM drain WHERE id = 1")?.query_row([], |row| instant(row, "since"));
    Ok(row.optional()?)
}

/// Begins to drain; said again, it goes on as it was.
pub fn begin(db: &Db, now: Timestamp) -> Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO drain (id, since) VALUES (1, ?1)")?.execute([micros(now)])?;
    Ok(())
}

/// Lets everything start again.
pub fn end(db: &Db) -> Result<()> {
    db.prepare_cached("DELETE FROM drain WHERE id = 1")?.execute([])?;
    Ok(())
}

//! The state of everything in a few numbers, for the header of the dashboard and for `doctor`.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::column::{instant, micros};
use super::reminders::Fired;
use super::{Db, Result};

/// A count stops here: beyond, the screen says "1000+".
pub const CAP: usize = 1000;

/// Reminders that came at once and are named.
const REMINDED: usize = 3;

/// The numbers. Counts are capped at [`CAP`] + 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Tasks outside the trash.
    pub tasks: usize,
    /// Runs that have a process.
    pub running: usize,
    /// Runs that wait for admission.
    pub queued: usize,
    /// Runs that ended badly in the last 24 hours.
    pub failed: usize,
    /// Tasks that have not succeeded in time (R12).
    pub late: usize,
    /// Since when nothing new starts (R3).
    pub draining: Option<Timestamp>,
    /// The earliest next slot and the slug of its task.
    pub next: Option<(Timestamp, String)>,
    /// Warnings and errors that nobody has looked at.
    pub unread: usize,
    /// The reminders that came last, and when (A4).
    pub reminded: Option<(Timestamp, Vec<Fired>)>,
}

/// Reads the numbers, through indexes only.
pub fn read(db: &Db, now: Timestamp) -> Result<Overview> {
    let cap = CAP as i64 + 1;
    let count = |sql: &str, since: i64| -> Result<usize> {
        let n: i64 = db.prepare_cached(sql)?.query_row(params![cap, since], |row| row.get(0))?;
        Ok(n as usize)
    };
    let yesterday = micros(now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN));
    let next = db
        .prepare_cached(
            "SELECT s.next_at, t.slug FROM schedules s JOIN tasks t ON t.id = s.task_id
             WHERE s.next_at IS NOT NULL ORDER BY s.next_at LIMIT 1",
        )?
        .query_row([], |row| Ok((instant(row, "next_at")?, row.get("slug")?)))
        .optional()?;
    Ok(Overview {
        tasks: super::tasks::count(db)?,
        running: count(
            "SELECT count(*) FROM (SELECT 1 FROM runs WHERE state IN ('starting', 'running', 'stopping') AND ?2 = ?2 LIMIT ?1)",
            0,
        )?,
        queued: count("SELECT count(*) FROM (SELECT 1 FROM runs WHERE state = 'queued' AND ?2 = ?2 LIMIT ?1)", 0)?,
        failed: count(
            "SELECT count(*) FROM (SELECT 1 FROM runs WHERE finished_at > ?2 AND purpose = 'work' AND outcome IN
             ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start', 'lost') LIMIT ?1)",
            yesterday,
        )?,
        late: count("SELECT count(*) FROM (SELECT 1 FROM tasks WHERE late_since IS NOT NULL AND ?2 = ?2 LIMIT ?1)", 0)?,
        draining: super::drain::since(db)?,
        next,
        unread: super::messages::unread(db, CAP + 1)?,
        reminded: super::reminders::newest(db, REMINDED)?,
    })
}

/// What SQLite finds wrong in the database; empty when it is sound. It reads all of it, and compares each index with its table.
pub fn damage(db: &Db) -> Result<Vec<String>> {
    let mut check = db.prepare("PRAGMA integrity_check")?;
    let lines = check.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

//! The attempts of a run in the store, and the wait between two of them (R6).

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, instant_or_null, invalid, micros, word};
use super::{Db, Result};
use crate::domain::run::{Attempt, Outcome, RunState, Usage};
use crate::domain::{RunId, TaskId};

/// Writes down an attempt that is over.
pub(super) fn add(db: &Db, run: RunId, a: &Attempt) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO attempts (run_id, number, started_at, ended_at, outcome, exit_code, signal, cpu_us, max_rss_bytes,
                               output_bytes, dropped_bytes, strays, reason, peak_bytes, samples, limits)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        run.0,
        a.number,
        a.started_at.map(micros),
        a.ended_at.map(micros),
        a.outcome.word(),
        a.exit_code,
        a.signal,
        a.usage.map(|usage| i64::try_from(usage.cpu.as_micros()).unwrap_or(i64::MAX)),
        a.usage.map(|usage| usage.max_rss_bytes as i64),
        a.usage.map(|usage| usage.output_bytes as i64),
        a.dropped_bytes as i64,
        a.strays,
        a.reason,
        a.usage.map(|usage| usage.peak_bytes as i64),
        a.usage.map(|usage| usage.samples),
        a.limits,
    ])?;
    Ok(())
}

/// The attempts of a run that are over, the first one first.
pub fn of_run(db: &Db, run: RunId) -> Result<Vec<Attempt>> {
    let mut query = db.prepare_cached("SELECT * FROM attempts WHERE run_id = ?1 ORDER BY number")?;
    let rows = query.query_map([run.0], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The last attempt of a run that is over.
pub fn last(db: &Db, run: RunId) -> Result<Option<Attempt>> {
    Ok(db
        .prepare_cached("SELECT * FROM attempts WHERE run_id = ?1 ORDER BY number DESC LIMIT 1")?
        .query_row([run.0], read)
        .optional()?)
}

/// Ends an attempt of a live run that is to have another one at `until`; what happened and what will is the run's reason.
pub fn wait(db: &Db, run: RunId, attempt: &Attempt, until: Timestamp, reason: &str) -> Result<()> {
    let changed = db
        .prepare_cached(
            "UPDATE runs SET state = 'waiting_retry', retry_at = ?2, reason = ?3, pause_requested = 0, paused_at = NULL,
                    started_at = CASE WHEN attempt = 1 THEN coalesce(?4, started_at) ELSE coalesce(started_at, ?4) END
             WHERE id = ?1 AND attempt = ?5 AND state IN ('starting', 'running', 'stopping')",
        )?
        .execute(params![run.0, micros(until), reason, attempt.started_at.map(micros), attempt.number])?;
    if changed == 1 { add(db, run, attempt) } else { Ok(()) }
}

/// Queues the next attempts of the runs whose time has come. They keep their ids, and so their age (R3).
pub fn release(db: &Db, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET state = 'queued', attempt = attempt + 1, retry_at = NULL, reason = NULL, boot = NULL
         WHERE retry_at <= ?1",
    )?
    .execute([micros(now)])?;
    Ok(())
}

/// Takes back that a queued attempt was to come after this one.
pub fn take_back(db: &Db, run: RunId, number: u32) -> Result<()> {
    db.prepare_cached("UPDATE runs SET attempt = ?2 WHERE id = ?1 AND state = 'queued' AND attempt > ?2")?
        .execute(params![run.0, number])?;
    Ok(())
}

/// Moves what waits for an instant, or counts from one, before `before`, on a clock that was set by so much: the wait for a retry and
/// the deadline over all attempts are elapsed time (T2, R5, R6). All in microseconds.
pub(super) fn move_waits(db: &Db, by: i64, before: i64) -> Result<()> {
    db.prepare_cached("UPDATE runs SET retry_at = retry_at + ?1 WHERE retry_at < ?2")?.execute([by, before])?;
    for state in ["state = 'queued'", "state IN ('starting', 'running', 'stopping')", "state = 'waiting_retry'"] {
        db.prepare_cached(&format!(
            "UPDATE runs SET deadline_from = deadline_from + ?1, paused_at = paused_at + ?1
             WHERE {state} AND deadline_from < ?2"
        ))?
        .execute([by, before])?;
    }
    Ok(())
}

/// When the next attempt of any run is due.
pub fn next(db: &Db) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT retry_at FROM runs WHERE retry_at IS NOT NULL ORDER BY retry_at LIMIT 1")?
        .query_row([], |row| instant(row, "retry_at"))
        .optional()?)
}

/// The runs whose next attempt waits for admission although their deadline is over (R5).
pub fn overdue(db: &Db, now: Timestamp) -> Result<Vec<RunId>> {
    let mut query = db.prepare_cached(&format!("SELECT r.id FROM {LATE} AND {OVER} <= ?1"))?;
    let rows = query.query_map([micros(now)], |row| Ok(RunId(row.get("id")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the deadline of the next such run is over.
pub fn next_overdue(db: &Db) -> Result<Option<Timestamp>> {
    let at = |row: &Row<'_>| instant_or_null(row, "at");
    Ok(db.prepare_cached(&format!("SELECT min({OVER}) AS at FROM {LATE}"))?.query_row([], at)?)
}

/// Attempts after the first one that wait for admission under a deadline.
const LATE: &str = "runs r INDEXED BY runs_deadline JOIN tasks t ON t.id = r.task_id
    WHERE r.state = 'queued' AND r.attempt > 1 AND r.deadline_from IS NOT NULL AND t.deadline_ms IS NOT NULL";

/// When the deadline is over; one of more than three centuries never is.
const OVER: &str = "(r.deadline_from + min(t.deadline_ms, 9000000000000) * 1000)";

/// The runs of a task that have had an attempt and wait for the next one, for its time or for admission.
pub fn waiting(db: &Db, task: TaskId) -> Result<Vec<RunId>> {
    let mut query = db.prepare_cached(
        "SELECT id FROM runs WHERE task_id = ?1 AND state = 'waiting_retry'
         UNION ALL
         SELECT id FROM runs WHERE task_id = ?1 AND state = 'queued' AND attempt > 1",
    )?;
    let rows = query.query_map([task.0], |row| Ok(RunId(row.get("id")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A run that has not finished, as the engine needs it when one of its attempts is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its task.
    pub task: TaskId,
    /// Where it is in its life.
    pub state: RunState,
    /// Its present attempt.
    pub attempt: u32,
    /// Whether somebody asked for its end.
    pub stopped: bool,
    /// Whether its task is in the trash.
    pub deleted: bool,
    /// From when its deadline counts, if it had one (R5).
    pub deadline_from: Option<Timestamp>,
    /// When its first process started.
    pub started_at: Option<Timestamp>,
    /// Whether it builds the environment of its task's script.
    pub builds: bool,
}

/// Where a run stands that has not finished; `None` when it has.
pub fn standing(db: &Db, run: RunId) -> Result<Option<Standing>> {
    Ok(db
        .prepare_cached(
            "SELECT r.task_id, r.state, r.attempt, r.stop_requested IS NOT NULL AS stopped, r.deadline_from, r.started_at,
                    t.deleted_at IS NOT NULL AS deleted, r.purpose = 'environment' AS builds
             FROM runs r JOIN tasks t ON t.id = r.task_id WHERE r.id = ?1 AND r.state <> 'finished'",
        )?
        .query_row([run.0], |row| {
            Ok(Standing {
                task: TaskId(row.get("task_id")?),
                state: word(row, "state", RunState::from_word)?,
                attempt: row.get("attempt")?,
                stopped: row.get("stopped")?,
                deleted: row.get("deleted")?,
                deadline_from: instant_or_null(row, "deadline_from")?,
                started_at: instant_or_null(row, "started_at")?,
                builds: row.get("builds")?,
            })
        })
        .optional()?)
}

/// From when the deadline of a run counts: from its first attempt, which is now if there was none (R5).
pub fn deadline_from(db: &Db, run: RunId, now: Timestamp) -> Result<Timestamp> {
    Ok(db
        .prepare_cached(
            "UPDATE runs SET deadline_from = CASE WHEN attempt = 1 THEN ?2 ELSE coalesce(deadline_from, started_at, ?2) END
             WHERE id = ?1 RETURNING deadline_from",
        )?
        .query_row(params![run.0, micros(now)], |row| instant(row, "deadline_from"))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let (exit_code, signal): (Option<i32>, Option<i32>) = (row.get("exit_code")?, row.get("signal")?);
    let said: String = row.get("outcome")?;
    let parts = match said.as_str() {
        "succeeded" | "failed" => (exit_code, None),
        "signaled" => (None, signal),
        // How a process answered a stop signal is not the outcome.
        _ => (None, None),
    };
    let outcome = Outcome::from_parts(&said, parts.0, parts.1);
    let cpu: Option<u64> = row.get("cpu_us")?;
    Ok(Attempt {
        number: row.get("number")?,
        started_at: instant_or_null(row, "started_at")?,
        ended_at: instant_or_null(row, "ended_at")?,
        outcome: outcome.ok_or_else(|| invalid(row, "outcome", format!("`{said}` with this exit code and signal")))?,
        exit_code,
        signal,
        usage: match cpu {
            None => None,
            Some(cpu) => Some(Usage {
                cpu: Duration::from_micros(cpu),
                max_rss_bytes: row.get("max_rss_bytes")?,
                peak_bytes: row.get("peak_bytes")?,
                samples: row.get("samples")?,
                output_bytes: row.get("output_bytes")?,
            }),
        },
        dropped_bytes: row.get("dropped_bytes")?,
        strays: row.get("strays")?,
        limits: row.get("limits")?,
        reason: row.get("reason")?,
    })
}

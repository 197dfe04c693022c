//! The past of tasks as graphs are made of it, without what built their environments: strips, cells of a timeline, hours of the week. Each is bounded, whatever has run.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, instant_or_null, micros};
use super::runs::read_outcome;
use super::{Db, Result};
use crate::domain::run::Outcome;
use crate::domain::timeline::Span;
use crate::domain::unusual::Done;
use crate::domain::{RunId, ScheduleId, TaskId};

/// The outcomes of the partial index over what ended badly.
const BAD: &str = "outcome IN ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start', 'lost')";

/// Runs that may have begun before the first cell and reach into it.
const REACHING_IN: i64 = 8;

/// Runs that are looked back for one that succeeded.
const LOOKED_BACK: i64 = 500;

/// A run that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Identity.
    pub run: RunId,
    /// How it ended.
    pub outcome: Outcome,
    /// How long its process ran; `None` when it never started.
    pub took: Option<Duration>,
}

/// The last runs of a task that have ended, the oldest first.
pub fn strip(db: &Db, task: TaskId, limit: usize) -> Result<Vec<Ended>> {
    let mut query = db.prepare_cached(
        "SELECT id, outcome, exit_code, signal, started_at, finished_at FROM runs
         WHERE task_id = ?1 AND state = 'finished' AND purpose = 'work' ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = query.query_map(params![task.0, limit as i64], |row| {
        let outcome = read_outcome(row)?;
        let (start, end) = (instant_or_null(row, "started_at")?, instant_or_null(row, "finished_at")?);
        let took = start.zip(end).map(|(start, end)| Duration::try_from(end.duration_since(start)).unwrap_or_default());
        let run = RunId(row.get("id")?);
        Ok(outcome.map(|outcome| Ended { run, outcome, took }))
    })?;
    let newest = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(newest.into_iter().rev().flatten().collect())
}

/// The last run before this one of its task that succeeded, among the last `LOOKED_BACK` ones.
pub fn last_good(db: &Db, run: RunId) -> Result<Option<RunId>> {
    let good: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM (SELECT id, outcome FROM runs
                             WHERE task_id = (SELECT task_id FROM runs WHERE id = ?1) AND id < ?1 AND purpose = 'work'
                             ORDER BY id DESC LIMIT ?2)
             WHERE outcome = 'succeeded' ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![run.0, LOOKED_BACK], |row| row.get(0))
        .optional()?;
    Ok(good.map(RunId))
}

/// The newest runs of a task before this one that succeeded, of its last `limit` ones: what they took and printed, and whether
/// that of the newest was said to be unusual.
pub fn done_before(db: &Db, task: TaskId, run: RunId, limit: usize) -> Result<(Vec<Done>, bool)> {
    let mut query = db.prepare_cached(
        "SELECT finished_at - started_at AS took, reason IS NOT NULL AS said,
                coalesce((SELECT sum(output_bytes) FROM attempts WHERE run_id = r.id), 0) AS printed
         FROM (SELECT * FROM runs WHERE task_id = ?1 AND id < ?2 AND state = 'finished' AND purpose = 'work'
               ORDER BY id DESC LIMIT ?3) r
         WHERE outcome = 'succeeded' AND started_at IS NOT NULL ORDER BY id DESC",
    )?;
    let rows = query.query_map(params![task.0, run.0, limit as i64], |row| {
        let took = Duration::from_micros(row.get::<_, i64>("took")?.max(0).unsigned_abs());
        Ok((Done { took, printed: row.get("printed")? }, row.get::<_, bool>("said")?))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let said = rows.first().is_some_and(|(_, said)| *said);
    Ok((rows.into_iter().map(|(done, _)| done).collect(), said))
}

/// What was in a cell of the timeline. Of several the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// A run, which has ended.
    Ran(RunId),
    /// A run that has not.
    Runs(RunId),
    /// A slot of this schedule was missed.
    Missed(ScheduleId),
    /// A run ended badly.
    Failed(RunId),
}

/// What was in each cell of a span. It goes from cell to cell along indexes: what lies in a cell is not read, but for its first and
/// its last run, so that a span with a million runs costs as little as one with a run in each cell.
pub fn past(db: &Db, task: TaskId, schedules: &[ScheduleId], span: &Span, now: Timestamp) -> Result<Vec<Option<Past>>> {
    let mut cells = vec![None; span.cells];
    ran(db, task, span, now, &mut cells)?;
    let mut missed = db.prepare_cached(
        "SELECT due_at AS at, schedule_id AS id FROM slots WHERE decision = 'missed' AND schedule_id = ?1 AND due_at >= ?2
             AND due_at < ?3 ORDER BY due_at LIMIT 1",
    )?;
    for schedule in schedules {
        hop(&mut missed, schedule.0, span, |cell, id| cells[cell] = Some(Past::Missed(ScheduleId(id))))?;
    }
    let mut failed = db.prepare_cached(&format!(
        "SELECT finished_at AS at, id FROM runs WHERE {BAD} AND purpose = 'work' AND task_id = ?1 AND finished_at >= ?2 AND finished_at < ?3
         ORDER BY finished_at LIMIT 1"
    ))?;
    hop(&mut failed, task.0, span, |cell, id| cells[cell] = Some(Past::Failed(RunId(id))))?;
    Ok(cells)
}

/// Finds the first row of each cell: each row that is found is followed by a look behind its cell.
fn hop(query: &mut rusqlite::Statement<'_>, key: i64, span: &Span, mut found: impl FnMut(usize, i64)) -> Result<()> {
    let (mut from, until) = (span.from, span.until());
    loop {
        let row = query.query_row(params![key, micros(from), micros(until)], |row| {
            Ok((instant(row, "at")?, row.get::<_, i64>("id")?))
        });
        let Some((at, id)) = row.optional()? else { return Ok(()) };
        let Some(cell) = span.cell_of(at) else { return Ok(()) };
        found(cell, id);
        from = span.start(cell + 1);
    }
}

/// The runs of a task: a cell is that of the last run that began in it, which is the one that can reach beyond it.
fn ran(db: &Db, task: TaskId, span: &Span, now: Timestamp, cells: &mut [Option<Past>]) -> Result<()> {
    let mut mark = |(run, start, end): Began| {
        let until = end.unwrap_or(now).max(start);
        let last = span.until().saturating_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(until);
        if until < span.from || start > last {
            return;
        }
        let cell = |at: Timestamp| span.cell_of(at.clamp(span.from, last));
        let (Some(first), Some(last)) = (cell(start), cell(until)) else { return };
        let past = if end.is_some() { Past::Ran(run) } else { Past::Runs(run) };
        for cell in &mut cells[first..=last] {
            if !matches!(cell, Some(Past::Runs(_))) {
                *cell = Some(past);
            }
        }
    };
    let mut before = db.prepare_cached(
        "SELECT id, started_at, finished_at FROM runs WHERE task_id = ?1 AND started_at < ?2 AND purpose = 'work'
         ORDER BY started_at DESC LIMIT ?3",
    )?;
    for row in before.query_map(params![task.0, micros(span.from), REACHING_IN], began)? {
        mark(row?);
    }
    let mut first = db.prepare_cached(
        "SELECT started_at AS at, id FROM runs WHERE task_id = ?1 AND started_at >= ?2 AND started_at < ?3 AND purpose = 'work'
         ORDER BY started_at LIMIT 1",
    )?;
    let mut begun = Vec::new();
    hop(&mut first, task.0, span, |cell, _| begun.push(cell))?;
    let mut last = db.prepare_cached(
        "SELECT id, started_at, finished_at FROM runs WHERE task_id = ?1 AND started_at >= ?2 AND started_at < ?3 AND purpose = 'work'
         ORDER BY started_at DESC LIMIT 1",
    )?;
    for cell in begun {
        let row = last.query_row(params![task.0, micros(span.start(cell)), micros(span.start(cell + 1))], began);
        row.optional()?.into_iter().for_each(&mut mark);
    }
    Ok(())
}

/// A run, when it began and when it ended.
type Began = (RunId, Timestamp, Option<Timestamp>);

fn began(row: &Row<'_>) -> rusqlite::Result<Began> {
    Ok((RunId(row.get("id")?), instant(row, "started_at")?, instant_or_null(row, "finished_at")?))
}

/// When runs of a task began since then, and when some ended badly: the newest first, so many of each at most.
pub fn instants(db: &Db, task: TaskId, since: Timestamp, limit: usize) -> Result<(Vec<Timestamp>, Vec<Timestamp>)> {
    let read = |sql: &str| -> Result<Vec<Timestamp>> {
        let mut query = db.prepare_cached(sql)?;
        let rows = query.query_map(params![task.0, micros(since), limit as i64], |row| instant(row, "at"))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let began = read(
        "SELECT started_at AS at FROM runs WHERE task_id = ?1 AND started_at >= ?2 AND purpose = 'work'
         ORDER BY started_at DESC LIMIT ?3",
    )?;
    let failed = read(&format!(
        "SELECT finished_at AS at FROM runs WHERE {BAD} AND purpose = 'work' AND task_id = ?1 AND finished_at >= ?2
         ORDER BY finished_at DESC LIMIT ?3"
    ))?;
    Ok((began, failed))
}

#[cfg(test)]
mod tests;

//! The environments of scripts in the store: what was found of each, what is to be looked at, and the runs that build and wait.

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, micros, word};
use super::runs::read_outcome;
use super::{Db, Result};
use crate::domain::environment::{Environment, State};
use crate::domain::run::Outcome;
use crate::domain::{RunId, TaskId};

/// A run that waits for a build looks again by itself after so many microseconds: nobody would wake it if the build were never seen to
/// end.
const LOOK_AGAIN_US: i64 = 300_000_000;

/// A script whose environment is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought {
    /// Its task.
    pub task: TaskId,
    /// How often it was asked for until then.
    pub asked: i64,
}

/// Asks for the environment of a script to be looked at: what it is made of may have changed.
pub fn ask(db: &Db, task: TaskId) -> Result<()> {
    db.prepare_cached("UPDATE environments SET asked = asked + 1 WHERE task_id = ?1")?.execute([task.0])?;
    Ok(())
}

/// Environments that are to be looked at, of tasks outside the trash.
pub fn sought(db: &Db, limit: usize) -> Result<Vec<Sought>> {
    read_sought(
        db,
        "SELECT e.task_id, e.asked FROM environments e JOIN tasks t ON t.id = e.task_id
         WHERE e.asked <> e.looked AND e.task_id > ?1 AND t.deleted_at IS NULL ORDER BY e.task_id LIMIT ?2",
        TaskId(0),
        limit,
    )
}

/// All of them behind this task, whether somebody asked or not: for a first look at everything.
pub fn after(db: &Db, task: TaskId, limit: usize) -> Result<Vec<Sought>> {
    read_sought(
        db,
        "SELECT e.task_id, e.asked FROM environments e JOIN tasks t ON t.id = e.task_id
         WHERE e.task_id > ?1 AND t.deleted_at IS NULL ORDER BY e.task_id LIMIT ?2",
        task,
        limit,
    )
}

fn read_sought(db: &Db, sql: &str, after: TaskId, limit: usize) -> Result<Vec<Sought>> {
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map(params![after.0, limit as i64], |row| {
        Ok(Sought { task: TaskId(row.get("task_id")?), asked: row.get("asked")? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a task has a script, and is not in the trash.
pub fn is_wanted(db: &Db, task: TaskId) -> Result<bool> {
    let sql = "SELECT 1 FROM tasks WHERE id = ?1 AND kind = 'script' AND deleted_at IS NULL";
    Ok(db.prepare_cached(sql)?.exists([task.0])?)
}

/// Notes that it was looked at. What was asked for meanwhile is looked at again.
pub fn looked(db: &Db, sought: Sought) -> Result<()> {
    db.prepare_cached("UPDATE environments SET looked = ?2 WHERE task_id = ?1 AND looked < ?2")?
        .execute(params![sought.task.0, sought.asked])?;
    Ok(())
}

/// What is known of the environment of a task; `None` when its script has none, or nobody has looked.
pub fn get(db: &Db, task: TaskId) -> Result<Option<Environment>> {
    Ok(db
        .prepare_cached("SELECT * FROM environments WHERE task_id = ?1 AND state IS NOT NULL")?
        .query_row([task.0], read)
        .optional()?)
}

/// Every environment that is known, by the slug of its task.
pub fn list(db: &Db, after: &str, limit: usize) -> Result<Vec<(String, Environment)>> {
    let mut query = db.prepare_cached(
        "SELECT t.slug, e.* FROM tasks t CROSS JOIN environments e ON e.task_id = t.id
         WHERE t.deleted_at IS NULL AND t.slug > ?1 AND e.state IS NOT NULL ORDER BY t.slug LIMIT ?2",
    )?;
    let rows = query.query_map(params![after, limit as i64], |row| Ok((row.get("slug")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Environments that could not be built, or cannot be, by the slug of their task: no run of it would start.
pub fn lacking(db: &Db, limit: usize) -> Result<Vec<(String, Environment)>> {
    let mut query = db.prepare_cached(
        "SELECT t.slug, e.* FROM environments e CROSS JOIN tasks t ON t.id = e.task_id
         WHERE t.deleted_at IS NULL AND e.state IN ('failed', 'impossible') ORDER BY t.slug LIMIT ?1",
    )?;
    let rows = query.query_map([limit as i64], |row| Ok((row.get("slug")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what was found of an environment. The instant stays that of the first time that this was found.
pub fn set(db: &Db, new: &Environment) -> Result<()> {
    let same = get(db, new.task)?.is_some_and(|old| Environment { changed_at: new.changed_at, ..old } == *new);
    if same {
        return Ok(());
    }
    db.prepare_cached(
        "UPDATE environments SET state = ?2, key = ?3, python = ?4, version = ?5, folder = ?6, packages = ?7, locked = ?8,
                drift = ?9, run_id = ?10, reason = ?11, changed_at = ?12 WHERE task_id = ?1",
    )?
    .execute(params![
        new.task.0,
        new.state.word(),
        new.key,
        new.python.as_ref().map(|path| path.to_string_lossy().into_owned()),
        new.version,
        new.folder.as_ref().map(|path| path.to_string_lossy().into_owned()),
        new.packages,
        new.locked,
        new.drift,
        new.run.map(|run| run.0),
        new.reason,
        micros(new.changed_at),
    ])?;
    Ok(())
}

/// Notes that nothing is known of it: the script has none, or it was taken away.
pub fn forget(db: &Db, task: TaskId) -> Result<()> {
    db.prepare_cached(
        "UPDATE environments SET state = NULL, key = NULL, python = NULL, version = NULL, folder = NULL, packages = NULL,
                locked = 0, drift = 0, run_id = NULL, reason = NULL, changed_at = NULL
         WHERE task_id = ?1 AND state IS NOT NULL",
    )?
    .execute([task.0])?;
    Ok(())
}

/// The runs that build an environment of this task and have not ended, the newest first.
pub fn builds(db: &Db, task: TaskId) -> Result<Vec<RunId>> {
    let mut query = db.prepare_cached(
        "SELECT id FROM runs WHERE task_id = ?1 AND purpose = 'environment' AND state <> 'finished' ORDER BY id DESC",
    )?;
    let rows = query.query_map([task.0], |row| Ok(RunId(row.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Lets a queued run wait for the one that builds its environment.
pub fn await_build(db: &Db, run: RunId, build: RunId, now: Timestamp) -> Result<()> {
    let reason = format!("waits for its environment, which is being built (#{build})");
    db.prepare_cached("UPDATE runs SET awaits = ?2, reason = ?3, not_before = ?4 WHERE id = ?1 AND state = 'queued'")?
        .execute(params![run.0, build.0, reason, micros(now).saturating_add(LOOK_AGAIN_US)])?;
    Ok(())
}

/// Lets a run that waited for a build into the queue again.
pub fn release(db: &Db, run: RunId) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET awaits = NULL, reason = NULL, not_before = NULL WHERE id = ?1 AND state = 'queued'",
    )?
    .execute([run.0])?;
    Ok(())
}

/// A build that has ended, and who has not heard of it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The run that built.
    pub build: RunId,
    /// The task.
    pub task: TaskId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, in words.
    pub reason: Option<String>,
}

/// The builds that have ended and of which an environment still says that they are under way.
pub fn built(db: &Db) -> Result<Vec<Over>> {
    let mut query = db.prepare_cached(
        "SELECT b.id, b.task_id, b.outcome, b.exit_code, b.signal, b.reason
         FROM environments e CROSS JOIN runs b ON b.id = e.run_id WHERE e.state = 'building' AND b.state = 'finished'",
    )?;
    let rows = query.query_map([], |row| over(row, row.get("id")?))?;
    Ok(rows.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<_>>()?)
}

/// The queued runs that wait for a build that has ended, with it.
pub fn waited(db: &Db) -> Result<Vec<(RunId, Over)>> {
    let mut query = db.prepare_cached(
        "SELECT r.id AS waits, b.id, b.task_id, b.outcome, b.exit_code, b.signal, b.reason
         FROM runs r CROSS JOIN runs b ON b.id = r.awaits
         WHERE r.awaits IS NOT NULL AND r.state = 'queued' AND b.state = 'finished'",
    )?;
    let rows = query.query_map([], |row| {
        let waits = RunId(row.get("waits")?);
        Ok(over(row, row.get("id")?)?.map(|over| (waits, over)))
    })?;
    Ok(rows.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<_>>()?)
}

fn over(row: &Row<'_>, id: i64) -> rusqlite::Result<Option<Over>> {
    let (task, reason) = (TaskId(row.get("task_id")?), row.get("reason")?);
    Ok(read_outcome(row)?.map(|outcome| Over { build: RunId(id), task, outcome, reason }))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Environment> {
    Ok(Environment {
        task: TaskId(row.get("task_id")?),
        state: word(row, "state", State::from_word)?,
        key: row.get("key")?,
        python: row.get::<_, Option<String>>("python")?.map(PathBuf::from),
        version: row.get("version")?,
        folder: row.get::<_, Option<String>>("folder")?.map(PathBuf::from),
        packages: row.get("packages")?,
        locked: row.get("locked")?,
        drift: row.get("drift")?,
        run: row.get::<_, Option<i64>>("run_id")?.map(RunId),
        reason: row.get("reason")?,
        changed_at: instant(row, "changed_at")?,
    })
}

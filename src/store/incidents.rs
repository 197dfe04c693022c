//! Which to-do was opened because a task fails, so that there is one at a time.

use rusqlite::{OptionalExtension, params};

use super::{Db, Result};
use crate::domain::{RunId, TaskId};

/// To-dos that are opened at once, at most.
const AT_ONCE: usize = 100;

/// A task that has failed as often as a to-do is to be opened after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// Identity.
    pub task: TaskId,
    /// Its newest run that failed.
    pub run: Option<RunId>,
}

/// The tasks about which a to-do is to be opened.
pub fn failing(db: &Db) -> Result<Vec<Failing>> {
    let mut query = db.prepare_cached(
        "SELECT t.id, (SELECT r.id FROM runs r INDEXED BY runs_bad_task
                       WHERE r.task_id = t.id AND r.outcome IN ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start', 'lost')
                           AND r.purpose = 'work'
                       ORDER BY r.finished_at DESC LIMIT 1) AS run_id
         FROM tasks t INDEXED BY tasks_failing
         WHERE t.todo_after IS NOT NULL AND t.failures >= t.todo_after AND t.todo_id IS NULL AND t.deleted_at IS NULL
         ORDER BY t.id LIMIT ?1",
    )?;
    let rows = query.query_map([AT_ONCE as i64], |row| {
        Ok(Failing { task: TaskId(row.get("id")?), run: row.get::<_, Option<i64>>("run_id")?.map(RunId) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// This to-do is open about a task, which opens no other one until it has succeeded.
pub fn opened(db: &Db, task: TaskId, todo: TaskId) -> Result<()> {
    db.prepare_cached("UPDATE tasks SET todo_id = ?2 WHERE id = ?1")?.execute(params![task.0, todo.0])?;
    Ok(())
}

/// A task has succeeded: the next failures open another to-do. The one that was open, when nobody has closed it.
pub fn closed(db: &Db, task: TaskId) -> Result<Option<TaskId>> {
    let todo: Option<(i64, bool)> = db
        .prepare_cached(
            "SELECT o.id, o.status IN ('open', 'in_progress') AND o.deleted_at IS NULL AS is_open
             FROM tasks t JOIN tasks o ON o.id = t.todo_id WHERE t.id = ?1",
        )?
        .query_row([task.0], |row| Ok((row.get("id")?, row.get::<_, Option<bool>>("is_open")?.unwrap_or_default())))
        .optional()?;
    let Some((todo, is_open)) = todo else { return Ok(None) };
    db.prepare_cached("UPDATE tasks SET todo_id = NULL WHERE id = ?1")?.execute([task.0])?;
    Ok(is_open.then_some(TaskId(todo)))
}

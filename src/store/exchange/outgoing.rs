//! To-dos as they go out.

use rusqlite::params;

use super::super::column::instant;
use super::super::{Db, From, Result, StoreError, dependencies, notes, series, tasks};
use crate::domain::TaskId;
use crate::domain::exchange::{Origin, PARENT, Remark, Times, Todo, UID, Wait, uid_of, uid_of_series};
use crate::domain::task::{Kind, Task, Work};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// The number of this store in what it names.
pub fn origin(db: &Db) -> Result<Origin> {
    Ok(db.prepare_cached("SELECT number FROM origin")?.query_row([], |row| row.get(0).map(Origin))?)
}

/// A to-do as it goes out; `None` of what the machine does.
pub fn outgoing(db: &Db, task: &Task) -> Result<Option<Todo>> {
    if !matches!(task.definition.work, Work::Todo(_)) {
        return Ok(None);
    }
    let mut todo = Todo::new(0, &task.definition.name).map_err(StoreError::Refused)?;
    todo.definition = task.definition.clone();
    todo.uid = todo.definition.custom.remove(UID).or(Some(uid_of(origin(db)?, task.id, task.created_at)));
    todo.series = todo.definition.custom.remove(PARENT);
    if todo.series.is_none() && todo.definition.recur.is_some() {
        todo.series = name_of_series(db, task.id)?;
    }
    if !task.definition.depends_on.is_empty() {
        for link in dependencies::of_task(db, task.id)? {
            if link.kind == Kind::Todo {
                todo.definition.depends_on.retain(|one| *one != link.dependency);
            }
            if link.kind == Kind::Todo && !link.in_trash {
                let uid = uid_of_task(db, link.on)?;
                todo.waits.push(Wait { uid: Some(uid), slug: Some(link.dependency.task) });
            }
        }
    }
    todo.slug = Some(task.slug.clone());
    todo.times = Times {
        created: Some(task.created_at),
        updated: Some(task.updated_at),
        begun: task.begun_at,
        done: task.done_at,
    };
    todo.notes =
        notes::of_task(db, task.id)?.into_iter().map(|note| Remark { at: Some(note.at), text: note.text }).collect();
    Ok(Some(todo))
}

fn uid_of_task(db: &Db, id: TaskId) -> Result<String> {
    let mut query = db.prepare_cached(
        "SELECT created_at, (SELECT value FROM task_fields WHERE task_id = id AND name = ?2) AS uid FROM tasks WHERE id = ?1",
    )?;
    let (created, uid) = query
        .query_row(params![id.0, UID], |row| Ok((instant(row, "created_at")?, row.get::<_, Option<String>>("uid")?)))?;
    Ok(match uid {
        Some(uid) => uid,
        None => uid_of(origin(db)?, id, created),
    })
}

/// The UUID of the series of a task, which is the same however far the series is.
fn name_of_series(db: &Db, id: TaskId) -> Result<Option<String>> {
    let Some(place) = series::of_task(db, id)? else { return Ok(None) };
    let mut query =
        db.prepare_cached("SELECT id, created_at FROM tasks WHERE series_id = ?1 ORDER BY series_index LIMIT 1")?;
    let (first, created) =
        query.query_row([place.series], |row| Ok((TaskId(row.get("id")?), instant(row, "created_at")?)))?;
    Ok(Some(uid_of_series(origin(db)?, first, created)))
}

/// Whether somebody noted something about a task.
pub fn has_notes(db: &Db, id: TaskId) -> Result<bool> {
    let mut query = db.prepare_cached("SELECT 1 FROM notes WHERE task_id = ?1 AND deleted_at IS NULL")?;
    Ok(query.exists([id.0])?)
}

/// Whether somebody worked on a task, and no longer does.
pub fn has_spent(db: &Db, id: TaskId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM spells WHERE task_id = ?1 AND ended_at IS NOT NULL")?.exists([id.0])?)
}

/// Every task outside the trash, in the order of the slugs.
pub fn each<E: std::convert::From<StoreError>>(
    db: &Db,
    mut take: impl FnMut(&Task) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut from = From::Start;
    loop {
        let rows = tasks::page(db, &from, PAGE)?;
        for row in &rows {
            take(&tasks::get(db, row.id)?)?;
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => from = From::After(last.slug.clone()),
            _ => return Ok(()),
        }
    }
}

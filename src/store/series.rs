//! The series of to-dos that come again (A2): their instances are tasks, one of which is open at most.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, params};

use super::column::{instant_or_null, micros};
use super::{Db, Result, StoreError, tasks};
use crate::domain::TaskId;
use crate::domain::task::{Definition, Task};

/// Which instance of which series a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The series.
    pub series: i64,
    /// The slug of its open instance.
    pub slug: String,
    /// Its number in the series, from 1.
    pub index: u32,
    /// The date of the series that it stands for, wherever its due time was moved.
    pub at: Option<Timestamp>,
}

/// The place of a task in its series; nothing when it is in none.
pub fn of_task(db: &Db, task: TaskId) -> Result<Option<Place>> {
    Ok(db
        .prepare_cached(
            "SELECT s.id, s.slug, t.series_index, t.series_at FROM tasks t JOIN series s ON s.id = t.series_id WHERE t.id = ?1",
        )?
        .query_row([task.0], |row| {
            Ok(Place {
                series: row.get("id")?,
                slug: row.get("slug")?,
                index: row.get("series_index")?,
                at: instant_or_null(row, "series_at")?,
            })
        })
        .optional()?)
}

/// The open instance of a series, outside the trash.
pub fn open(db: &Db, series: i64) -> Result<Option<TaskId>> {
    Ok(db
        .prepare_cached(
            "SELECT id FROM tasks WHERE series_id = ?1 AND deleted_at IS NULL AND status IN ('open', 'in_progress')",
        )?
        .query_row([series], |row| row.get(0).map(TaskId))
        .optional()?)
}

/// From when on the next dates of a task count: behind its own, and what has passed does not come.
pub fn after(place: Option<&Place>, task: &Task, now: Timestamp) -> Timestamp {
    place.and_then(|place| place.at).or(task.definition.due_at).map_or(now, |at| at.max(now))
}

/// When a task that comes again does so, in words; nothing of one that is done.
pub fn outlook(db: &Db, task: &Task, now: Timestamp, local: &TimeZone, number: usize) -> Result<Option<String>> {
    let Some(recur) = task.definition.recur.as_ref().filter(|_| !task.definition.is_closed()) else { return Ok(None) };
    let place = of_task(db, task.id)?;
    Ok(Some(recur.outlook(after(place.as_ref(), task, now), local, number)))
}

/// The place behind the newest one of a series, for a date.
pub(super) fn next(db: &Db, place: &Place, at: Option<Timestamp>) -> Result<Place> {
    let newest: u32 = db
        .prepare_cached("SELECT max(series_index) FROM tasks WHERE series_id = ?1")?
        .query_row([place.series], |row| row.get(0))?;
    Ok(Place { index: newest + 1, at, ..place.clone() })
}

/// Puts a task into its place; without one it is the first of a series of its own.
pub(super) fn put(db: &Db, task: TaskId, slug: &str, due: Option<Timestamp>, place: Option<&Place>) -> Result<()> {
    let (series, index, at) = if let Some(place) = place {
        (place.series, place.index, place.at)
    } else {
        db.prepare_cached("INSERT INTO series (slug) VALUES (?1)")?.execute([slug])?;
        (db.last_insert_rowid(), 1, due)
    };
    db.prepare_cached("UPDATE tasks SET series_id = ?2, series_index = ?3, series_at = ?4 WHERE id = ?1")?
        .execute(params![task.0, series, index, at.map(micros)])?;
    Ok(())
}

/// Whether a task may be open, as far as its series is concerned.
///
/// # Errors
/// Refused, when another instance is.
pub(super) fn check_room(db: &Db, task: TaskId) -> Result<()> {
    let Some(place) = of_task(db, task)? else { return Ok(()) };
    match open(db, place.series)?.filter(|open| *open != task) {
        None => Ok(()),
        Some(other) => {
            let other = tasks::get(db, other)?.slug;
            Err(StoreError::Refused(format!("{other} of the same series is open: there is one at a time")))
        }
    }
}

/// Checks a change of a definition before it is made.
pub(super) fn check(db: &Db, task: &Task, definition: &Definition) -> Result<()> {
    match (task.definition.is_closed(), definition.is_closed()) {
        (true, false) => check_room(db, task.id),
        (true, true) if task.definition.recur != definition.recur => {
            let Some(place) = of_task(db, task.id)? else { return Ok(()) };
            let goes_on = match open(db, place.series)? {
                Some(open) => format!("the series goes on with {}: set it there", tasks::get(db, open)?.slug),
                None => "its series has ended; to go on, open it again".to_owned(),
            };
            Err(StoreError::Refused(format!("recur: {} is done; {goes_on}", task.slug)))
        }
        _ => Ok(()),
    }
}

/// What follows for a task and its series from a change of its definition. The open instance has the slug of the series, the others
/// that with their number.
pub(super) fn follow_change(db: &Db, before: &Task, definition: &Definition) -> Result<()> {
    let (was_closed, is_closed) = (before.definition.is_closed(), definition.is_closed());
    let place = match of_task(db, before.id)? {
        Some(place) => place,
        None if definition.recur.is_some() && !(was_closed && is_closed) => {
            put(db, before.id, &before.slug, definition.due_at, None)?;
            match of_task(db, before.id)? {
                Some(place) => place,
                None => return Ok(()),
            }
        }
        None => return Ok(()),
    };
    let rhythm =
        |definition: &Definition| definition.recur.as_ref().map(|recur| (recur.rhythm.clone(), recur.zone.clone()));
    if definition.recur.is_some() && rhythm(definition) != rhythm(&before.definition) {
        db.prepare_cached("UPDATE tasks SET series_at = ?2 WHERE id = ?1")?
            .execute(params![before.id.0, definition.due_at.map(micros)])?;
    }
    match (was_closed, is_closed) {
        (false, true) if before.slug == place.slug => rename(db, before.id, &format!("{}-{}", place.slug, place.index)),
        (true, false) if !tasks::has_slug(db, &place.slug)? => rename(db, before.id, &place.slug),
        _ => Ok(()),
    }
}

fn rename(db: &Db, task: TaskId, slug: &str) -> Result<()> {
    let slug = tasks::free_slug(db, slug)?;
    db.prepare_cached("UPDATE tasks SET slug = ?2 WHERE id = ?1")?.execute(params![task.0, slug])?;
    Ok(())
}

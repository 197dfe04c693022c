//! Taking changes back, and making them again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, ToSql, params};

use super::document::Document;
use super::follow::with_series;
use super::{COLUMNS, Entry, STEPS, define, delete, horizon, next_step};
use crate::domain::TaskId;
use crate::domain::change::Change;
use crate::store::column::{instant, micros};
use crate::store::{Db, Result, StoreError, notes, tasks};

/// What was undone or redone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The changes, in the order in which they had been made.
    pub changes: Vec<Change>,
    /// Tasks that came back.
    pub back: Vec<Back>,
}

/// A task that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// Identity.
    pub task: TaskId,
    /// Its slug, and what it had been if that was given away meanwhile.
    pub slug: String,
    /// Its slug before it was deleted.
    pub was: String,
}

/// The newest step that is not undone.
pub(super) fn newest_step(db: &Db, now: Timestamp) -> Result<Option<i64>> {
    Ok(db
        .prepare_cached(
            "SELECT step FROM changes WHERE undone IS NULL AND step > ?1 AND changed_at >= ?2 ORDER BY step DESC LIMIT 1",
        )?
        .query_row(params![floor(db)?, micros(horizon(now))], |row| row.get(0))
        .optional()?)
}

/// The highest number of what is undone; with an instant, of what can be redone then.
pub(super) fn newest_undone(db: &Db, now: Option<Timestamp>) -> Result<Option<i64>> {
    let (floor, horizon) = match now {
        Some(now) => (floor(db)?, micros(horizon(now))),
        None => (i64::MIN, i64::MIN),
    };
    Ok(db
        .prepare_cached(
            "SELECT undone FROM changes WHERE undone IS NOT NULL AND step > ?1 AND changed_at >= ?2
             ORDER BY undone DESC LIMIT 1",
        )?
        .query_row(params![floor, horizon], |row| row.get(0))
        .optional()?)
}

/// Undoes the newest step that is not undone, all of it or, with the reason, nothing. `None`: there is none.
pub fn undo(db: &Db, now: Timestamp) -> Result<Option<Applied>> {
    let Some(step) = newest_step(db, now)? else { return Ok(None) };
    let held = "WHERE c.undone IS NULL AND c.step = ?1 ORDER BY c.id";
    take_back(db, entries(db, held, &[&step])?, now).map(Some)
}

/// Undoes the newest change of one task that is not undone; one in the trash is brought back.
pub fn undo_of(db: &Db, task: TaskId, now: Timestamp) -> Result<Option<Applied>> {
    let newest = "WHERE c.task_id = ?1 AND c.undone IS NULL AND c.step > ?2 AND c.changed_at >= ?3
                  ORDER BY c.step DESC, c.id DESC LIMIT 1";
    let found = entries(db, newest, &[&task.0, &floor(db)?, &micros(horizon(now))])?;
    if is_deleted(db, task)? && found.first().is_none_or(|entry| entry.after.is_some()) {
        // It is older than the journal, or it is there no more because its adding was undone.
        return Ok(Some(Applied { changes: Vec::new(), back: vec![restore(db, task, now)?] }));
    }
    match found.into_iter().next() {
        None => Ok(None),
        Some(change) => take_back(db, with_series(db, change)?, now).map(Some),
    }
}

/// The task that is meant by a slug, an id or an unambiguous beginning of a slug, also when it is in the trash. When one with
/// this slug lives and another rests there, it is the latter if its deletion is the newest change of them; else the ids are told.
pub fn meant(db: &Db, reference: &str, now: Timestamp) -> Result<TaskId> {
    let live = match tasks::find(db, reference) {
        Err(StoreError::InTrash { task, .. }) => return Ok(task),
        found => found?,
    };
    if live.slug != reference {
        return Ok(live.id);
    }
    let trashed: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM tasks WHERE slug = ?1 AND deleted_at >= ?2 AND id <> ?3 ORDER BY deleted_at DESC LIMIT 1",
        )?
        .query_row(params![reference, micros(horizon(now)), live.id.0], |row| row.get(0))
        .optional()?;
    let Some(trashed) = trashed else { return Ok(live.id) };
    let of_both = "WHERE c.task_id IN (?1, ?2) AND c.undone IS NULL ORDER BY c.step DESC, c.id DESC LIMIT 1";
    let newest = entries(db, of_both, &[&live.id.0, &trashed])?;
    match newest.first() {
        Some(entry) if entry.change.task.0 == trashed && entry.after.is_none() => Ok(TaskId(trashed)),
        _ => Err(StoreError::Refused(format!(
            "{reference} is live (id {}) and in the trash (id {trashed}): say which by its id",
            live.id
        ))),
    }
}

/// Makes again what was undone last, all of it or nothing. `None`: there is nothing.
pub fn redo(db: &Db, now: Timestamp) -> Result<Option<Applied>> {
    let Some(last) = newest_undone(db, Some(now))? else { return Ok(None) };
    let mut entries = entries(db, "WHERE c.undone = ?1 ORDER BY c.id", &[&last])?;
    let mut back = Vec::new();
    for entry in &entries {
        back.extend(apply(db, entry, entry.before.as_ref(), entry.after.as_ref(), now)?);
    }
    // It is the newest again, so that the next undo takes it back.
    let step = next_step(db)?;
    for entry in &mut entries {
        (entry.change.step, entry.change.undone) = (step, false);
        db.prepare_cached("UPDATE changes SET step = ?2, undone = NULL WHERE id = ?1")?.execute([entry.id, step])?;
    }
    Ok(Some(Applied { changes: entries.into_iter().map(|entry| entry.change).collect(), back }))
}

/// Takes these back, the newest first.
fn take_back(db: &Db, mut entries: Vec<Entry>, now: Timestamp) -> Result<Applied> {
    let number = newest_undone(db, None)?.unwrap_or_default() + 1;
    let mut back = Vec::new();
    for entry in entries.iter_mut().rev() {
        back.extend(apply(db, entry, entry.after.as_ref(), entry.before.as_ref(), now)?);
        entry.change.undone = true;
        db.prepare_cached("UPDATE changes SET undone = ?2 WHERE id = ?1")?.execute([entry.id, number])?;
    }
    Ok(Applied { changes: entries.into_iter().map(|entry| entry.change).collect(), back })
}

/// Refuses what would lose a change that somebody else has made since.
pub(super) fn meets_others(db: &Db, entry: &Entry, from: Option<&Document>, to: Option<&Document>) -> Result<()> {
    let (Some(from), Some(to)) = (from, to) else { return Ok(()) };
    if is_deleted(db, entry.change.task)? {
        return Err(StoreError::Refused(format!("{} was deleted since", entry.change.slug)));
    }
    let others = Document::of(db, entry.change.task)?.apart_from(from, to);
    if others.is_empty() { Ok(()) } else { Err(refusal(db, entry, &others)?) }
}

/// Brings a task from one state to the other.
pub(super) fn apply(
    db: &Db,
    entry: &Entry,
    from: Option<&Document>,
    to: Option<&Document>,
    now: Timestamp,
) -> Result<Option<Back>> {
    let task = entry.change.task;
    match (from, to, is_deleted(db, task)?) {
        (_, None, true) | (None, Some(_), false) => Ok(None),
        (_, None, false) => delete(db, task, now).map(|_| None),
        (None, Some(_), true) => restore(db, task, now).map(Some),
        (Some(_), Some(_), true) => Err(StoreError::Refused(format!("{} was deleted since", entry.change.slug))),
        (Some(from), Some(to), false) => {
            let known = tasks::get(db, task)?;
            let present = Document::of_task(db, &known)?;
            let others = present.apart_from(from, to);
            if !others.is_empty() {
                return Err(refusal(db, entry, &others)?);
            }
            for (note, there) in to.notes() {
                notes::set_there(db, task, note, there, now)?;
            }
            let (definition, wanted) = present.with(to).wanted(db)?;
            define(db, &known, &definition, &wanted, now).map(|_| None)
        }
    }
}

/// Who changed what, so that applying a change would lose it.
fn refusal(db: &Db, entry: &Entry, others: &Document) -> Result<StoreError> {
    let since = "WHERE c.task_id = ?1 AND c.step > ?2 AND c.undone IS NULL ORDER BY c.step DESC, c.id DESC";
    let later = entries(db, since, &[&entry.change.task.0, &entry.change.step])?;
    let meets = |later: &&Entry| later.after.as_ref().is_some_and(|after| after.meets(others));
    let by = later.iter().find(meets).map_or("Tempo itself", |later| later.change.by.name());
    let fields = others.fields().join(", ");
    Ok(StoreError::Refused(format!("{} was changed since, by {by}: its {fields}", entry.change.slug)))
}

/// Takes a task out of the trash, while its time there lasts.
fn restore(db: &Db, task: TaskId, now: Timestamp) -> Result<Back> {
    let (was, deleted_at): (String, Timestamp) = db
        .prepare_cached("SELECT slug, deleted_at FROM tasks WHERE id = ?1")?
        .query_row([task.0], |row| Ok((row.get("slug")?, instant(row, "deleted_at")?)))?;
    if deleted_at < horizon(now) {
        return Err(StoreError::Refused(format!(
            "{was} has been in the trash for more than 30 days and is being removed"
        )));
    }
    let slug = tasks::restore(db, task, now)?.slug;
    Ok(Back { task, slug, was })
}

/// Whether a task is in the trash.
pub fn is_deleted(db: &Db, task: TaskId) -> Result<bool> {
    Ok(db
        .prepare_cached("SELECT deleted_at IS NOT NULL FROM tasks WHERE id = ?1")?
        .query_row([task.0], |row| row.get(0))?)
}

/// Steps up to this one are too old.
fn floor(db: &Db) -> Result<i64> {
    Ok(next_step(db)? - 1 - STEPS)
}

pub(super) fn entries(db: &Db, which: &str, values: &[&dyn ToSql]) -> Result<Vec<Entry>> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} {which}"))?;
    let rows = query.query_map(values, Entry::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

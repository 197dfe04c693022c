//! Which tasks the to-dos are that come from other programs: found one by one through indexes, however many tasks there are.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{OptionalExtension, params};

use super::super::column::instant;
use super::super::{Db, Result, StoreError, series, tasks};
use super::origin;
use crate::domain::TaskId;
use crate::domain::exchange::{PARENT, Todo, UID, Wait, first_of, task_of, uid_of, uid_of_series};
use crate::domain::task::Definition;

/// What is there, as far as it concerns what comes.
#[derive(Debug, Default)]
pub struct Known {
    /// Of to-dos without a name of another program: by everything that is said of them.
    alike: HashMap<String, Vec<TaskId>>,
    /// The number behind the last slug that was given of this base.
    given: HashMap<String, u32>,
    /// Tasks that come by the names that Tempo gave them.
    coming: HashSet<TaskId>,
}

impl Known {
    /// What is there before the first of them comes.
    pub fn of(db: &Db, todos: &[Todo]) -> Result<Self> {
        let ours = todos.iter().filter_map(|todo| todo.uid.as_deref());
        let coming = ours.map(|uid| named_here(db, uid)).collect::<Result<Vec<_>>>()?;
        let mut known = Self { coming: coming.into_iter().flatten().collect(), ..Self::default() };
        let nameless = todos.iter().filter(|todo| todo.uid.is_none() && todo.slug.is_none() && todo.series.is_none());
        let names: BTreeSet<&str> = nameless.map(|todo| todo.definition.name.as_str()).collect();
        let mut query = db.prepare_cached(
            "SELECT id FROM tasks WHERE name = ?1 AND kind = 'todo' AND deleted_at IS NULL ORDER BY id DESC",
        )?;
        for name in names {
            for id in query.query_map([name], |row| row.get(0).map(TaskId))? {
                let id = id?;
                known.alike.entry(all_of(&tasks::get(db, id)?.definition)).or_default().push(id);
            }
        }
        Ok(known)
    }

    /// The task that this one is.
    pub(super) fn find(&mut self, db: &Db, todo: &Todo) -> Result<Option<TaskId>> {
        if let Some(uid) = &todo.uid {
            return by_uid(db, uid);
        }
        if todo.series.is_some() {
            // The whole of a series: its open instance or, when there is none, the last one.
            return match of_series(db, todo)? {
                Some(open) => Ok(Some(open)),
                None => newest_of(db, todo),
            };
        }
        if let Some(slug) = &todo.slug {
            return by_slug(db, slug);
        }
        // Two that are alike are two.
        Ok(self.alike.get_mut(&all_of(&todo.definition)).and_then(Vec::pop))
    }

    /// Whether a task comes as itself.
    pub(super) fn comes(&self, task: TaskId) -> bool {
        self.coming.contains(&task)
    }

    /// The first slug of this base that is free, without looking again at those that were given here.
    pub(super) fn slug(&mut self, db: &Db, base: &str) -> Result<String> {
        let last = self.given.entry(base.to_owned()).or_default();
        loop {
            *last += 1;
            let slug = if *last == 1 { base.to_owned() } else { format!("{base}-{last}") };
            if !tasks::has_slug(db, &slug)? {
                return Ok(slug);
            }
        }
    }
}

/// The open instance of the series of which this one is.
pub(super) fn of_series(db: &Db, todo: &Todo) -> Result<Option<TaskId>> {
    todo.series.as_ref().map_or(Ok(None), |name| open_of(db, name))
}

/// The task for which another one waits.
pub(super) fn waited_for(db: &Db, wait: &Wait) -> Result<Option<TaskId>> {
    match wait {
        Wait { uid: Some(uid), .. } => Ok(by_uid(db, uid)?.or(open_of(db, uid)?)),
        Wait { slug: Some(slug), .. } => by_slug(db, slug),
        Wait { uid: None, slug: None } => Ok(None),
    }
}

fn by_slug(db: &Db, slug: &str) -> Result<Option<TaskId>> {
    let query = "SELECT id FROM tasks WHERE slug = ?1 AND deleted_at IS NULL";
    Ok(db.prepare_cached(query)?.query_row([slug], |row| row.get(0).map(TaskId)).optional()?)
}

fn by_uid(db: &Db, uid: &str) -> Result<Option<TaskId>> {
    let mut query = db.prepare_cached(
        "SELECT t.id FROM task_fields f JOIN tasks t ON t.id = f.task_id
         WHERE f.name = ?1 AND f.value = ?2 AND t.deleted_at IS NULL ORDER BY t.id LIMIT 1",
    )?;
    if let Some(id) = query.query_row([UID, uid], |row| row.get(0).map(TaskId)).optional()? {
        return Ok(Some(id));
    }
    named_here(db, uid)
}

/// The task that this store has named so. One that came with a name of its own was never called by another.
fn named_here(db: &Db, uid: &str) -> Result<Option<TaskId>> {
    let Some(id) = task_of(uid) else { return Ok(None) };
    let mut query = db.prepare_cached(
        "SELECT created_at FROM tasks t WHERE id = ?1 AND deleted_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM task_fields f WHERE f.task_id = t.id AND f.name = ?2)",
    )?;
    let created = query.query_row(params![id.0, UID], |row| instant(row, "created_at")).optional()?;
    let is_it = created.map_or(Ok(false), |created| Ok::<_, StoreError>(uid_of(origin(db)?, id, created) == uid))?;
    Ok(is_it.then_some(id))
}

/// The task with which the series began that this store has named so.
pub(super) fn begun_here(db: &Db, name: &str) -> Result<Option<TaskId>> {
    let Some(first) = first_of(name) else { return Ok(None) };
    let created = db
        .prepare_cached("SELECT created_at FROM tasks WHERE id = ?1")?
        .query_row([first.0], |row| instant(row, "created_at"))
        .optional()?;
    let is_it =
        created.map_or(Ok(false), |created| Ok::<_, StoreError>(uid_of_series(origin(db)?, first, created) == name))?;
    Ok(is_it.then_some(first))
}

fn open_of(db: &Db, name: &str) -> Result<Option<TaskId>> {
    let mut query = db.prepare_cached(
        "SELECT t.id FROM task_fields f JOIN tasks t ON t.id = f.task_id
         WHERE f.name = ?1 AND f.value = ?2 AND t.deleted_at IS NULL AND t.recur <> '' AND t.status IN ('open', 'in_progress')
         LIMIT 1",
    )?;
    if let Some(id) = query.query_row([PARENT, name], |row| row.get(0).map(TaskId)).optional()? {
        return Ok(Some(id));
    }
    let Some(first) = begun_here(db, name)? else { return Ok(None) };
    let mut query = db.prepare_cached("SELECT series_id FROM tasks WHERE id = ?1")?;
    let found: Option<i64> = query.query_row([first.0], |row| row.get(0))?;
    found.map_or(Ok(None), |found| series::open(db, found))
}

/// The last instance of the series of which this one is; it is done.
fn newest_of(db: &Db, todo: &Todo) -> Result<Option<TaskId>> {
    let mut query = db.prepare_cached(
        "SELECT t.id FROM task_fields f JOIN tasks t ON t.id = f.task_id
         WHERE f.name = ?1 AND f.value = ?2 AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT 1",
    )?;
    Ok(query.query_row(params![PARENT, todo.series], |row| row.get(0).map(TaskId)).optional()?)
}

fn all_of(definition: &Definition) -> String {
    format!("{definition:?}")
}

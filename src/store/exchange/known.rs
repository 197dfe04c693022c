//! Which tasks the to-dos are that come from other programs: found one by one through indexes, however many tasks there are.

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::{OptionalExtension, params};

use super::super::column::micros;
use super::super::{Db, Result, series, tasks};
use crate::domain::TaskId;
use crate::domain::exchange::{PARENT, Todo, UID, Wait, first_of, task_of};
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
        let ours = todos.iter().filter_map(|todo| task_of(todo.uid.as_deref()?));
        let mut known = Self { coming: ours.map(|(id, _)| id).collect(), ..Self::default() };
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
    let Some((id, created)) = task_of(uid) else { return Ok(None) };
    let is_it = "SELECT 1 FROM tasks WHERE id = ?1 AND created_at = ?2 AND deleted_at IS NULL";
    Ok(db.prepare_cached(is_it)?.exists(params![id.0, micros(created)])?.then_some(id))
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
    let Some((first, created)) = first_of(name) else { return Ok(None) };
    let mut query = db.prepare_cached("SELECT series_id FROM tasks WHERE id = ?1 AND created_at = ?2")?;
    let found: Option<Option<i64>> = query.query_row(params![first.0, micros(created)], |row| row.get(0)).optional()?;
    found.flatten().map_or(Ok(None), |found| series::open(db, found))
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

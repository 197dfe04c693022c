//! To-dos of other programs in the store: which of them are there already, what becomes of the others, and what goes out.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::params;

use super::changes::Step;
use super::column::micros;
use super::{Db, From, Result, StoreError, notes, tasks};
use crate::domain::TaskId;
use crate::domain::exchange::{Remark, Times, Todo, UID, task_of, uid_of};
use crate::domain::name;
use crate::domain::task::{Definition, Task, Work};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// What became of a to-do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// A new task.
    Added(String),
    /// It changed this one.
    Updated(String),
    /// This one is so already.
    There(String),
    /// This one has its slug, and was not to be changed.
    Skipped(String),
    /// Nothing: why.
    Refused(String),
}

/// What is there, as far as it concerns what comes.
#[derive(Debug, Default)]
pub struct Known {
    by_uid: HashMap<String, TaskId>,
    /// Of to-dos without a name of another program: by everything that is said of them.
    alike: HashMap<String, Vec<TaskId>>,
    /// The number behind the last slug that was given of this base.
    given: HashMap<String, u32>,
}

impl Known {
    /// One look over the tasks, however many come.
    pub fn of(db: &Db, todos: &[Todo]) -> Result<Self> {
        let mut known = Self::default();
        if todos.iter().any(|todo| todo.uid.is_some()) {
            let mut query = db.prepare_cached(
                "SELECT id, json_extract(custom, '$.uid') AS uid FROM tasks
                 WHERE custom <> '{}' AND deleted_at IS NULL AND json_extract(custom, '$.uid') IS NOT NULL",
            )?;
            let rows = query.query_map([], |row| Ok((row.get("uid")?, TaskId(row.get("id")?))))?;
            known.by_uid = rows.collect::<rusqlite::Result<_>>()?;
        }
        let nameless: HashSet<&str> = todos
            .iter()
            .filter(|todo| todo.uid.is_none() && todo.slug.is_none())
            .map(|todo| todo.definition.name.as_str())
            .collect();
        if !nameless.is_empty() {
            let mut query =
                db.prepare_cached("SELECT id, name FROM tasks WHERE kind = 'todo' AND deleted_at IS NULL")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get("name")?;
                if nameless.contains(name.as_str()) {
                    let id = TaskId(row.get("id")?);
                    known.alike.entry(all_of(&tasks::get(db, id)?.definition)).or_default().push(id);
                }
            }
        }
        Ok(known)
    }

    /// The task that this one is.
    fn find(&mut self, db: &Db, todo: &Todo) -> Result<Option<TaskId>> {
        if let Some(uid) = &todo.uid {
            if let Some(id) = self.by_uid.get(uid) {
                return Ok(Some(*id));
            }
            let Some((id, created)) = task_of(uid) else { return Ok(None) };
            let is_it = "SELECT 1 FROM tasks WHERE id = ?1 AND created_at = ?2 AND deleted_at IS NULL";
            return Ok(db.prepare_cached(is_it)?.exists(params![id.0, micros(created)])?.then_some(id));
        }
        if let Some(slug) = &todo.slug {
            return Ok(if tasks::has_slug(db, slug)? { Some(tasks::find_exactly(db, slug)?.id) } else { None });
        }
        // Two that are alike are two.
        Ok(self.alike.get_mut(&all_of(&todo.definition)).and_then(Vec::pop))
    }

    /// The first slug of this base that is free, without looking again at those that were given here.
    fn slug(&mut self, db: &Db, base: &str) -> Result<String> {
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

fn all_of(definition: &Definition) -> String {
    format!("{definition:?}")
}

/// Makes it a task, or gives the task that it is what it says. One that is known only by its slug changes nothing without `replace`.
/// Why one cannot be is said in its place, and stops no other.
pub fn put(db: &Db, step: &mut Step, known: &mut Known, todo: &Todo, replace: bool) -> Result<Became> {
    match put_one(db, step, known, todo, replace) {
        Err(StoreError::Refused(why)) => Ok(Became::Refused(why)),
        put => put,
    }
}

fn put_one(db: &Db, step: &mut Step, known: &mut Known, todo: &Todo, replace: bool) -> Result<Became> {
    let Some(id) = known.find(db, todo)? else {
        let mut definition = todo.definition.clone();
        if let Some(uid) = &todo.uid {
            definition.custom.insert(UID.to_owned(), uid.clone());
        }
        let base = todo.slug.clone().unwrap_or_else(|| name::slug(&definition.name));
        let slug = known.slug(db, &base)?;
        let task = step.add_as(db, &slug, &definition, &[])?;
        set_times(db, task.id, todo.times, &task)?;
        remark(db, task.id, &todo.notes, step.now())?;
        if let Some(uid) = &todo.uid {
            known.by_uid.insert(uid.clone(), task.id);
        }
        return Ok(Became::Added(task.slug));
    };
    let task = tasks::get(db, id)?;
    if !matches!(task.definition.work, Work::Todo(_)) {
        return Err(StoreError::Refused(format!("{} is no to-do: the machine does it", task.slug)));
    }
    if todo.uid.is_none() && !replace {
        let same = todo.slug.is_none() || todo.merged(&task.definition) == task.definition;
        return Ok(if same { Became::There(task.slug) } else { Became::Skipped(task.slug) });
    }
    let merged = todo.merged(&task.definition);
    let noted = remark(db, id, &todo.notes, step.now())?;
    if merged == task.definition {
        return Ok(if noted { Became::Updated(task.slug) } else { Became::There(task.slug) });
    }
    let after = step.define(db, id, &merged, &[])?;
    // Of what did not change, the time stays what it was.
    let moved = task.definition.work != after.definition.work;
    let Times { updated, begun, done, .. } = if moved { todo.times } else { Times::default() };
    // When it was added stays: its UUID is made of it.
    let times = Times { created: Some(task.created_at), updated: updated.or(todo.times.updated), begun, done };
    set_times(db, id, times, &after)?;
    Ok(Became::Updated(after.slug))
}

/// Gives it the times of its past. Times to come are those of a clock that goes wrong, and are not taken.
pub(super) fn set_times(db: &Db, id: TaskId, times: Times, task: &Task) -> Result<()> {
    let past = |at: Option<Timestamp>| at.filter(|at| *at <= task.updated_at);
    let Times { created, updated, begun, done } = times;
    let first = [begun, done].into_iter().filter_map(past).min();
    let created = past(created).or(first).unwrap_or(task.created_at);
    let begun = past(begun).or(task.begun_at);
    let done = task.done_at.map(|at| past(done).unwrap_or(at));
    db.prepare_cached("UPDATE tasks SET created_at = ?2, updated_at = ?3, begun_at = ?4, done_at = ?5 WHERE id = ?1")?
        .execute(params![
            id.0,
            micros(created.min(task.created_at)),
            micros(past(updated).unwrap_or(task.updated_at)),
            begun.map(micros),
            done.map(micros),
        ])?;
    if let Some(begun) = begun {
        // It is in progress since then.
        db.prepare_cached(
            "UPDATE spells SET begun_at = ?2 WHERE task_id = ?1 AND ended_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM spells o WHERE o.task_id = ?1 AND o.ended_at > ?2)",
        )?
        .execute(params![id.0, micros(begun)])?;
    }
    Ok(())
}

/// Adds the notes that are not there; whether there were any.
fn remark(db: &Db, id: TaskId, remarks: &[Remark], now: Timestamp) -> Result<bool> {
    if remarks.is_empty() {
        return Ok(false);
    }
    let there: HashSet<(i64, String)> =
        notes::of_task(db, id)?.into_iter().map(|note| (note.at.as_second(), note.text)).collect();
    let texts: HashSet<&str> = there.iter().map(|(_, text)| text.as_str()).collect();
    let mut added = false;
    for one in remarks {
        let is_there = match one.at {
            Some(at) => there.contains(&(at.as_second(), one.text.clone())),
            None => texts.contains(one.text.as_str()),
        };
        if !is_there {
            notes::add(db, id, &one.text, None, one.at.unwrap_or(now))?;
            added = true;
        }
    }
    Ok(added)
}

/// A to-do as it goes out; `None` of what the machine does.
pub fn outgoing(db: &Db, task: &Task) -> Result<Option<Todo>> {
    if !matches!(task.definition.work, Work::Todo(_)) {
        return Ok(None);
    }
    let mut todo = Todo::new(0, &task.definition.name).map_err(StoreError::Refused)?;
    todo.definition = task.definition.clone();
    todo.uid = todo.definition.custom.remove(UID).or_else(|| Some(uid_of(task.id, task.created_at)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::By;
    use crate::domain::task::Status;
    use crate::store::{Store, changes};

    fn todo(name: &str, uid: Option<&str>) -> Todo {
        let mut todo = Todo::new(1, name).unwrap();
        todo.uid = uid.map(str::to_owned);
        todo
    }

    fn put_all(store: &Store, todos: Vec<Todo>, now: Timestamp) -> Vec<Became> {
        store
            .write(move |db| {
                let (mut known, mut step) = (Known::of(db, &todos)?, Step::new(By::Cli, now));
                todos.iter().map(|todo| put(db, &mut step, &mut known, todo, false)).collect()
            })
            .unwrap()
    }

    #[test]
    fn a_to_do_that_comes_again_is_found_and_one_undo_takes_all_of_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut first = todo("Milk", Some("a-1"));
        first.times.created = Some("2020-01-01T00:00:00Z".parse().unwrap());
        first.notes = vec![Remark { at: first.times.created, text: "oat".to_owned() }];
        let all = vec![first.clone(), todo("Milk", Some("a-2")), todo("Milk", None), todo("Milk", None)];
        let slugs = ["milk", "milk-2", "milk-3", "milk-4"].map(str::to_owned);
        assert_eq!(put_all(&store, all.clone(), now), slugs.clone().map(Became::Added));
        let again = put_all(&store, all, now);
        let there: HashSet<&String> = again
            .iter()
            .map(|became| if let Became::There(slug) = became { slug } else { panic!("{again:?}") })
            .collect();
        assert_eq!(there.len(), 4, "two that are alike are two");
        first.set_status(Status::Completed);
        first.times.done = Some("2021-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(put_all(&store, vec![first], now), [Became::Updated("milk".to_owned())]);
        let db = store.reader().unwrap();
        let milk = tasks::find(&db, "milk").unwrap();
        assert_eq!(milk.created_at.to_string(), "2020-01-01T00:00:00Z");
        assert_eq!(milk.done_at.map(|at| at.to_string()).as_deref(), Some("2021-01-01T00:00:00Z"));
        assert_eq!(notes::of_task(&db, milk.id).unwrap().len(), 1);
        store.write(move |db| changes::undo(db, now)).unwrap();
        assert_eq!(tasks::find(&db, "milk").unwrap().definition.work, Work::Todo(Status::Open));
        store.write(move |db| changes::undo(db, now)).unwrap();
        assert_eq!(tasks::count(&db, 10).unwrap(), 0);
    }

    #[test]
    fn what_went_out_with_a_uuid_of_its_own_is_the_same_when_it_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now: Timestamp = "2026-11-22T12:00:00.123456Z".parse().unwrap();
        put_all(&store, vec![todo("Bread", None)], now);
        let db = store.reader().unwrap();
        let mut out = outgoing(&db, &tasks::find(&db, "bread").unwrap()).unwrap().unwrap();
        let uid = out.uid.clone();
        // Other programs know whole seconds.
        out.times.created = Some("2026-11-22T12:00:00Z".parse().unwrap());
        out.set_status(Status::Completed);
        assert_eq!(put_all(&store, vec![out], now), [Became::Updated("bread".to_owned())]);
        assert_eq!(outgoing(&db, &tasks::find(&db, "bread").unwrap()).unwrap().unwrap().uid, uid);
    }

    #[test]
    fn a_rehearsal_says_what_would_come_of_it_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        let became = store.rehearse(move |db| {
            put(db, &mut Step::new(By::Cli, now), &mut Known::default(), &todo("Eggs", None), false)
        });
        assert_eq!(became.unwrap(), Became::Added("eggs".to_owned()));
        assert_eq!(tasks::count(&store.reader().unwrap(), 10).unwrap(), 0);
        assert!(store.rehearse(|db| tasks::find(db, "eggs")).is_err());
    }
}

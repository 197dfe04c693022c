//! To-dos of other programs in the store: which of them are there already, what becomes of the others, and what goes out.

mod known;
mod outgoing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::params;

pub use self::known::Known;
pub use self::outgoing::{each, has_notes, has_spent, origin, outgoing};
use super::changes::Step;
use super::column::micros;
use super::{Db, Result, StoreError, apart, dependencies, notes, series, tasks};
use crate::domain::TaskId;
use crate::domain::dependency::Dependency;
use crate::domain::exchange::{DEPENDS, PARENT, Remark, Times, Todo, UID};
use crate::domain::name;
use crate::domain::task::{Definition, Kind, Task, Work};

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

/// Makes it a task, or gives the task that it is what it says, and says what of it could not be. One that is known only by its slug
/// changes nothing without `replace`. Why one cannot be at all is said in its place, and stops no other.
pub fn put(db: &Db, step: &mut Step, known: &mut Known, todo: &Todo, replace: bool) -> Result<(Became, Vec<String>)> {
    let (linked, mut remarks) = link(db, todo)?;
    let found = known.find(db, &linked)?;
    // A new one is refused before anything of it is written; and the index of words does not bear very many savepoints.
    let may_fail = (found.is_some() && !linked.definition.depends_on.is_empty()) || linked.definition.recur.is_some();
    let first = if may_fail {
        apart(db, |db| put_one(db, step, known, &linked, found, replace))?
    } else {
        put_one(db, step, known, &linked, found, replace)
    };
    let put = match first {
        // What waits for others is here all the same when it cannot wait for them.
        Err(StoreError::Refused(why)) if why.starts_with("depends-on: ") => {
            let mut alone = todo.clone();
            for wait in std::mem::take(&mut alone.waits) {
                alone.keep_wait(wait.name());
            }
            alone.definition.depends_on.clear();
            alone.says.retain(|field| *field != "depends-on");
            remarks.push(format!("{why}; it is kept in its field {DEPENDS}"));
            apart(db, |db| put_one(db, step, known, &alone, found, replace))?
        }
        put => put,
    };
    match put {
        Ok((became, more)) => {
            remarks.extend(more);
            Ok((became, remarks))
        }
        Err(StoreError::Refused(why)) => Ok((Became::Refused(why), remarks)),
        Err(e) => Err(e),
    }
}

/// Finds what it waits for. What is not here is kept in a field, until it comes.
fn link<'a>(db: &Db, todo: &'a Todo) -> Result<(Cow<'a, Todo>, Vec<String>)> {
    if todo.waits.is_empty() && todo.definition.depends_on.is_empty() {
        return Ok((Cow::Borrowed(todo), Vec::new()));
    }
    let mut linked = todo.clone();
    let mut missing = Vec::new();
    let machines = std::mem::take(&mut linked.definition.depends_on);
    let mut found: Vec<Dependency> = Vec::new();
    for one in machines {
        if tasks::has_slug(db, &one.task)? {
            found.push(one);
        } else {
            missing.push(one.task);
        }
    }
    for wait in &todo.waits {
        let task = known::waited_for(db, wait)?.map(|id| tasks::slug_of(db, id)).transpose()?.flatten();
        match task {
            Some(slug) if found.iter().any(|one| one.task == slug) => {}
            Some(slug) => found.push(Dependency { task: slug, each: false }),
            None => missing.push(wait.name().to_owned()),
        }
    }
    found.sort_by(|a, b| a.task.cmp(&b.task));
    linked.definition.depends_on = found;
    for name in &missing {
        linked.keep_wait(name);
    }
    let said = match missing.as_slice() {
        [] => Vec::new(),
        [one] => vec![format!("it waits for {one}, which is not here: that is kept in its field {DEPENDS}")],
        many => {
            vec![format!("it waits for {}, which are not here: that is kept in its field {DEPENDS}", many.join(", "))]
        }
    };
    Ok((Cow::Owned(linked), said))
}

/// What a task has that waits for others than to-dos, or for what is in the trash: of that, other programs say nothing.
fn unsaid(db: &Db, task: &Task, said: &Definition) -> Result<Vec<Dependency>> {
    if task.definition.depends_on.is_empty() {
        return Ok(Vec::new());
    }
    let mut is_machine =
        db.prepare_cached("SELECT 1 FROM tasks WHERE slug = ?1 AND kind <> 'todo' AND deleted_at IS NULL")?;
    let mut machines_are_said = false;
    for one in &said.depends_on {
        machines_are_said |= is_machine.exists([&one.task])?;
    }
    let mut all = Vec::new();
    for link in dependencies::of_task(db, task.id)? {
        let is_said = said.depends_on.iter().any(|one| one.task == link.dependency.task);
        if !is_said && (link.in_trash || (link.kind != Kind::Todo && !machines_are_said)) {
            all.push(link.dependency);
        }
    }
    Ok(all)
}

fn put_one(
    db: &Db,
    step: &mut Step,
    known: &mut Known,
    todo: &Todo,
    found: Option<TaskId>,
    replace: bool,
) -> Result<(Became, Vec<String>)> {
    let mut todo = Cow::Borrowed(todo);
    let mut remarks = Vec::new();
    let mut id = found;
    let mut adopts = false;
    if todo.definition.recur.is_some() && todo.is_open() {
        if let Some(found) = id {
            id = Some(goes_on(db, found, &mut todo)?);
        }
        let open = known::of_series(db, &todo)?;
        let in_it = |id: TaskId| -> Result<bool> {
            let of = |id| Ok::<_, StoreError>(series::of_task(db, id)?.map(|place| place.series));
            Ok(open.map_or(Ok(None), of)? == of(id)?)
        };
        match (open, id) {
            // Tempo made it, and the other program as well: it is the same one.
            (Some(open), None) if !has_uid(db, open)? && !known.comes(open) => {
                (id, adopts) = (Some(open), true);
            }
            (Some(open), other) if !other.map_or(Ok(false), in_it)? => {
                let slug = tasks::slug_of(db, open)?.unwrap_or_default();
                let todo = todo.to_mut();
                todo.definition.recur = None;
                todo.says.retain(|field| *field != "recur");
                remarks.push(format!("its series goes on with {slug}, which is open: this one is by itself"));
            }
            _ => {}
        }
    }
    // A series that began here has its name from there.
    let series = match &todo.series {
        Some(name) if known::begun_here(db, name)?.is_none() => Some(name),
        _ => None,
    };
    let Some(id) = id else {
        let mut definition = todo.definition.clone();
        definition.custom.extend(todo.uid.iter().map(|uid| (UID.to_owned(), uid.clone())));
        definition.custom.extend(series.map(|name| (PARENT.to_owned(), name.clone())));
        let base = todo.slug.clone().unwrap_or_else(|| name::slug(&definition.name));
        let slug = known.slug(db, &base)?;
        let task = step.add_as(db, &slug, &definition, &[])?;
        set_times(db, task.id, todo.times, &task)?;
        for one in &todo.notes {
            notes::add(db, task.id, &one.text, None, one.at.unwrap_or_else(|| step.now()))?;
        }
        return Ok((Became::Added(task.slug), remarks));
    };
    let task = tasks::get(db, id)?;
    if !matches!(task.definition.work, Work::Todo(_)) {
        return Err(StoreError::Refused(format!("{} is no to-do: the machine does it", task.slug)));
    }
    if todo.uid.is_none() && todo.series.is_some() && task.definition.is_closed() {
        // A series that has ended here.
        return Ok((Became::There(task.slug), remarks));
    }
    let mut merged = todo.merged(&task.definition);
    if todo.says.contains(&"depends-on") {
        merged.depends_on.extend(unsaid(db, &task, &todo.definition)?);
        merged.depends_on.sort_by(|a, b| a.task.cmp(&b.task));
    }
    merged.custom.extend(series.map(|name| (PARENT.to_owned(), name.clone())));
    if adopts {
        merged.custom.extend(todo.uid.iter().map(|uid| (UID.to_owned(), uid.clone())));
    }
    if todo.uid.is_none() && todo.series.is_none() && !replace {
        let same = todo.slug.is_none() || merged == task.definition;
        return Ok((if same { Became::There(task.slug) } else { Became::Skipped(task.slug) }, remarks));
    }
    let noted = remark(db, step, id, &todo.notes)?;
    if merged == task.definition {
        return Ok((if noted { Became::Updated(task.slug) } else { Became::There(task.slug) }, remarks));
    }
    let after = step.define(db, id, &merged, &[])?;
    // Of what did not change, the time stays what it was.
    let moved = task.definition.work != after.definition.work;
    let Times { updated, begun, done, .. } = if moved { todo.times } else { Times::default() };
    // When it was added stays: its UUID is made of it.
    let times = Times { created: Some(task.created_at), updated: updated.or(todo.times.updated), begun, done };
    set_times(db, id, times, &after)?;
    Ok((Became::Updated(after.slug), remarks))
}

/// Of an instance that is done here, while its series goes on, another program has still the whole series: what it says is meant for
/// the open one, but for when that is due.
fn goes_on(db: &Db, id: TaskId, todo: &mut Cow<'_, Todo>) -> Result<TaskId> {
    let Some(place) = series::of_task(db, id)?.filter(|_| todo.series.is_none()) else { return Ok(id) };
    let Some(open) = series::open(db, place.series)?.filter(|open| *open != id) else { return Ok(id) };
    todo.to_mut().says.retain(|field| !matches!(*field, "status" | "due" | "progress" | "recur"));
    Ok(open)
}

fn has_uid(db: &Db, id: TaskId) -> Result<bool> {
    let has = "SELECT 1 FROM task_fields WHERE task_id = ?1 AND name = ?2";
    Ok(db.prepare_cached(has)?.exists(params![id.0, UID])?)
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

/// Adds the notes that are not there, as a part of the step; whether there were any.
fn remark(db: &Db, step: &mut Step, id: TaskId, remarks: &[Remark]) -> Result<bool> {
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
            step.note_at(db, id, &one.text, None, one.at.unwrap_or_else(|| step.now()))?;
            added = true;
        }
    }
    Ok(added)
}

//! What waits for what in the store (A3), and what a change of a task means to those that wait for it. Which dependencies are not met
//! says the view `unmet` (`assets/migrations/0019_dependencies.sql`), and how many of a task are, triggers keep in `tasks.blocked`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{micros, word};
use super::{Db, Result, StoreError, tasks, upstreams};
use crate::domain::after;
use crate::domain::dependency::{Dependency, Effect};
use crate::domain::task::{Definition, Kind, Work};
use crate::domain::{RunId, TaskId};

/// SQL for what the task `t` waits for, as `approve to be done and backup to succeed`; NULL when for nothing. Of many the first are
/// named.
macro_rules! waits_sql {
    () => {
        "iif(t.blocked = 0, NULL,
            (SELECT group_concat(what, ' and ') FROM (SELECT what FROM unmet WHERE task_id = t.id LIMIT 3))
            || iif(t.blocked > 3, ' and ' || (t.blocked - 3) || ' more', ''))"
    };
}
pub(super) use waits_sql;

/// A dependency of a task as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The task that has to be done.
    pub dependency: Dependency,
    /// Its identity.
    pub on: TaskId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Whether it is done, as far as the other one needs it.
    pub met: bool,
    /// Whether it is in the trash.
    pub in_trash: bool,
}

/// Lets a task wait for those of its definition, and no others. What is not there, or would close a circle, is refused.
pub(super) fn set(db: &Db, task: TaskId, definition: &Definition) -> Result<()> {
    let before = of_task(db, task)?;
    let found = found(db, task, definition, &before)?;
    if before.iter().map(|link| &link.dependency).eq(&definition.depends_on) {
        return Ok(());
    }
    let mut delete = db.prepare_cached("DELETE FROM dependencies WHERE task_id = ?1 AND on_id = ?2")?;
    for link in before.iter().filter(|link| found.iter().all(|(id, _)| *id != link.on)) {
        delete.execute([task.0, link.on.0])?;
    }
    // A success counts since the task was added or, when it has run, since its newest run began.
    let mut insert = db.prepare_cached(
        "INSERT INTO dependencies (task_id, on_id, every_run, seen_at) SELECT ?1, ?2, ?3, (
             SELECT o.succeeded_at FROM tasks o JOIN tasks t ON t.id = ?1
             WHERE o.id = ?2 AND o.succeeded_at <= coalesce((
                 SELECT started_at FROM runs WHERE task_id = ?1 AND started_at IS NOT NULL AND purpose = 'work' ORDER BY id DESC LIMIT 1
             ), t.created_at))
         WHERE true ON CONFLICT (task_id, on_id) DO UPDATE SET every_run = excluded.every_run",
    )?;
    for (id, each) in found {
        insert.execute(params![task.0, id.0, each])?;
    }
    match upstreams::circle(db, task)? {
        Some(way) => Err(refused(&format!("that would be a circle: {way}"))),
        None => Ok(()),
    }
}

/// The tasks for which one is to wait, each with whether before each run. Of what is as it was nothing is asked.
fn found(db: &Db, task: TaskId, definition: &Definition, before: &[Link]) -> Result<Vec<(TaskId, bool)>> {
    let wanted = &definition.depends_on;
    let is_todo = matches!(definition.work, Work::Todo(_));
    if let Some(each) = wanted.iter().find(|one| one.each && is_todo) {
        return Err(refused(&format!(
            "{each}: only a command or a script has runs; a to-do waits for {} once",
            each.task
        )));
    }
    if before.iter().map(|link| &link.dependency).eq(wanted) {
        return Ok(before.iter().map(|link| (link.on, link.dependency.each)).collect());
    }
    let mut found: Vec<(TaskId, bool)> = Vec::with_capacity(wanted.len());
    for one in wanted {
        let (id, kind) = resolve(db, before, &one.task)?;
        if id == task {
            return Err(refused(&format!("{} cannot wait for itself", one.task)));
        }
        if found.iter().any(|(other, _)| *other == id) {
            return Err(refused(&format!("{} is said twice", one.task)));
        }
        if one.each && kind != Kind::Todo {
            return Err(refused(&format!(
                "{one}: it is a {kind}, which has to succeed before each run anyway; leave :each out"
            )));
        }
        found.push((id, one.each));
    }
    Ok(found)
}

/// What would be refused of these definitions when all of them are set, each with its place: what is not there, and circles over them.
pub(super) fn check(db: &Db, wanted: &[(TaskId, &Definition)]) -> Result<Vec<(usize, String)>> {
    let mut wrong = Vec::new();
    let mut anew: HashMap<TaskId, Vec<TaskId>> = HashMap::new();
    for (at, (task, definition)) in wanted.iter().enumerate() {
        let before = of_task(db, *task)?;
        match found(db, *task, definition, &before) {
            Ok(found) => {
                // What is in the trash is in no circle.
                let is_there = |id: &TaskId| before.iter().all(|link| link.on != *id || !link.in_trash);
                anew.insert(*task, found.into_iter().map(|(id, _)| id).filter(is_there).collect());
            }
            Err(StoreError::Refused(text)) => wrong.push((at, text)),
            Err(e) => return Err(e),
        }
    }
    let starts: Vec<TaskId> = wanted.iter().map(|(task, _)| *task).filter(|task| anew.contains_key(task)).collect();
    for (task, way) in upstreams::circles(db, &starts, &anew)? {
        let at = wanted.iter().position(|(one, _)| *one == task).unwrap_or_default();
        wrong.push((at, format!("depends-on: that would be a circle: {way}")));
    }
    Ok(wrong)
}

fn refused(why: &str) -> StoreError {
    StoreError::Refused(format!("depends-on: {why}"))
}

/// The task that a definition means by a whole slug or an id. One in the trash can stay what it was, not become it.
fn resolve(db: &Db, before: &[Link], reference: &str) -> Result<(TaskId, Kind)> {
    match tasks::find_exactly(db, reference) {
        Ok(found) => Ok((found.id, found.definition.work.kind())),
        Err(StoreError::InTrash { .. }) => {
            let kept = before.iter().find(|link| link.in_trash && link.dependency.task == reference);
            kept.map(|link| (link.on, link.kind)).ok_or_else(|| {
                refused(&format!("{reference} is in the trash; `tempo undo --task {reference}` brings it back"))
            })
        }
        Err(StoreError::NotFound(_)) => {
            let near = upstreams::slugs_near(db, reference)?;
            Err(refused(&after::unknown(reference, near.iter().map(String::as_str))))
        }
        Err(e) => Err(e),
    }
}

/// What a task waits for, by slug.
pub fn of_task(db: &Db, task: TaskId) -> Result<Vec<Link>> {
    let mut query = db.prepare_cached(
        "SELECT d.on_id, d.every_run, o.slug, o.kind, o.deleted_at IS NOT NULL AS in_trash,
                NOT EXISTS (SELECT 1 FROM unmet u WHERE u.task_id = d.task_id AND u.on_id = d.on_id) AS met
         FROM dependencies d JOIN tasks o ON o.id = d.on_id WHERE d.task_id = ?1",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Link {
            dependency: Dependency { task: row.get("slug")?, each: row.get("every_run")? },
            on: TaskId(row.get("on_id")?),
            kind: word(row, "kind", Kind::from_word)?,
            met: row.get("met")?,
            in_trash: row.get("in_trash")?,
        })
    };
    let mut links = query.query_map([task.0], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    links.sort_by(|a, b| a.dependency.task.cmp(&b.dependency.task));
    Ok(links)
}

/// What a task waits for, as `approve to be done and backup to succeed`.
pub fn waits(db: &Db, task: TaskId) -> Result<Option<String>> {
    Ok(db
        .prepare_cached(concat!("SELECT ", waits_sql!(), " AS waits FROM tasks t WHERE t.id = ?1"))?
        .query_row([task.0], |row| row.get("waits"))
        .optional()?
        .flatten())
}

/// A task that waits for another one, or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependent {
    /// Identity.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Whether it waits for the other one now.
    pub waits: bool,
    /// Whether it waits for anything.
    pub blocked: bool,
}

/// The tasks outside the trash that depend on this one, by slug.
pub fn dependents(db: &Db, on: TaskId) -> Result<Vec<Dependent>> {
    let mut query = db.prepare_cached(
        "SELECT t.id, t.slug, t.blocked > 0 AS blocked,
                EXISTS (SELECT 1 FROM unmet u WHERE u.task_id = d.task_id AND u.on_id = d.on_id) AS waits
         FROM dependencies d JOIN tasks t ON t.id = d.task_id WHERE d.on_id = ?1 AND t.deleted_at IS NULL",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Dependent {
            task: TaskId(row.get("id")?),
            slug: row.get("slug")?,
            waits: row.get("waits")?,
            blocked: row.get("blocked")?,
        })
    };
    let mut all = query.query_map([on.0], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    all.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(all)
}

/// The slugs of the tasks outside the trash that wait for this one.
pub fn waiting_for(db: &Db, on: TaskId) -> Result<Vec<String>> {
    Ok(dependents(db, on)?.into_iter().filter(|one| one.waits).map(|one| one.slug).collect())
}

/// The slugs of the tasks that would wait in vain if this one was deleted.
pub fn bereaved(db: &Db, on: TaskId) -> Result<Vec<String>> {
    let mut query = db.prepare_cached(
        "SELECT t.slug FROM unmet u JOIN tasks t ON t.id = u.task_id
         WHERE u.on_id = ?1 AND t.deleted_at IS NULL AND t.kind <> 'todo'",
    )?;
    let mut slugs: Vec<String> = query.query_map([on.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    slugs.sort();
    Ok(slugs)
}

/// Makes a change of a task, and says what it means to those that depend on it.
pub fn watched<T>(db: &Db, on: TaskId, change: impl FnOnce() -> Result<T>) -> Result<(T, Effect)> {
    let before: HashMap<TaskId, Dependent> = dependents(db, on)?.into_iter().map(|one| (one.task, one)).collect();
    let done = change()?;
    if before.is_empty() {
        return Ok((done, Effect::default()));
    }
    let given_up: bool = db
        .prepare_cached("SELECT deleted_at IS NOT NULL OR status IS 'cancelled' FROM tasks WHERE id = ?1")?
        .query_row([on.0], |row| row.get(0))?;
    let mut effect = Effect::default();
    for now in dependents(db, on)? {
        let Some(was) = before.get(&now.task) else { continue };
        if was.blocked && !now.blocked {
            effect.unblocks.push(now.slug);
        } else if now.waits && (given_up || !was.waits) {
            effect.blocks.push(now.slug);
        }
    }
    Ok((done, effect))
}

/// A run is about to be admitted: whether what its task depends on is done. If so, it waits for that no more, the next one needs new
/// successes of others, and the to-dos that each run needs anew are open again.
pub fn clear(db: &Db, run: RunId, task: TaskId, now: Timestamp) -> Result<bool> {
    let waits: Option<bool> = db
        .prepare_cached(
            "SELECT t.blocked > 0 FROM runs r JOIN tasks t ON t.id = r.task_id
             WHERE r.id = ?1 AND r.cleared = 0 AND r.attempt = 1
                 AND EXISTS (SELECT 1 FROM dependencies WHERE task_id = r.task_id)",
        )?
        .query_row([run.0], |row| row.get(0))
        .optional()?;
    match waits {
        None => return Ok(true),
        Some(true) => return Ok(false),
        Some(false) => {}
    }
    db.prepare_cached("UPDATE runs SET cleared = 1 WHERE id = ?1")?.execute([run.0])?;
    see(db, task)?;
    wait_for_the_open_one(db, task)?;
    let mut reopen = db.prepare_cached(
        "UPDATE tasks SET status = 'open', progress = 0, updated_at = ?2
         WHERE status = 'completed' AND id IN (SELECT on_id FROM dependencies WHERE task_id = ?1 AND every_run = 1) RETURNING id",
    )?;
    let open = reopen.query_map(params![task.0, micros(now)], |row| Ok(TaskId(row.get(0)?)))?;
    let open = open.collect::<rusqlite::Result<Vec<_>>>()?;
    for todo in open {
        see(db, todo)?;
        let slug = super::tasks::get(db, task)?.slug;
        super::notes::add(db, todo, &format!("let run #{run} of {slug} go, and is open again"), None, now)?;
    }
    Ok(true)
}

/// What each run needs anew and comes again is open already, as another to-do of its series: the next run waits for that one (A2).
fn wait_for_the_open_one(db: &Db, task: TaskId) -> Result<()> {
    let mut query = db.prepare_cached(
        "SELECT d.on_id, n.id AS open_id FROM dependencies d JOIN tasks o ON o.id = d.on_id
         JOIN tasks n ON n.series_id = o.series_id AND n.id <> o.id AND n.deleted_at IS NULL AND n.status IN ('open', 'in_progress')
         WHERE d.task_id = ?1 AND d.every_run = 1 AND o.status = 'completed'",
    )?;
    let pairs = query.query_map([task.0], |row| Ok((row.get("on_id")?, row.get("open_id")?)))?;
    for (done, open) in pairs.collect::<rusqlite::Result<Vec<(i64, i64)>>>()? {
        db.prepare_cached("DELETE FROM dependencies WHERE task_id = ?1 AND on_id = ?2")?.execute([task.0, done])?;
        db.prepare_cached(
            "INSERT INTO dependencies (task_id, on_id, every_run) VALUES (?1, ?2, 1)
             ON CONFLICT (task_id, on_id) DO UPDATE SET every_run = 1",
        )?
        .execute([task.0, open])?;
    }
    Ok(())
}

/// The successes that there were of what a task depends on are used up.
fn see(db: &Db, task: TaskId) -> Result<()> {
    db.prepare_cached(
        "UPDATE dependencies SET seen_at = (SELECT succeeded_at FROM tasks WHERE id = on_id) WHERE task_id = ?1",
    )?
    .execute([task.0])?;
    Ok(())
}

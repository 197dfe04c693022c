//! Tasks in the store.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::column::{InOrder, Named, instant, instant_or_null, invalid, micros, word};
use super::order::{Order, Place};
use super::{
    Db, From, Result, StoreError, definition, dependencies, duties, health, pauses, reminders, runs, schedules, series,
    upstreams,
};
use crate::domain::filter::Key;
use crate::domain::name;
use crate::domain::run::{Outcome, RunState};
use crate::domain::secret::Secret;
use crate::domain::task::{Definition, Kind, Priority, Status, Task};
use crate::domain::{RunId, TaskId};

/// Adds a task under a slug of its own (A1). What a person adds goes through a [`Step`](super::changes::Step), so that it can
/// be undone.
pub fn add(db: &Db, definition: &Definition, now: Timestamp) -> Result<Task> {
    add_as(db, &name::slug(&definition.name), definition, now)
}

/// The same under this slug, or with a number behind it when another task has it.
pub fn add_as(db: &Db, base: &str, definition: &Definition, now: Timestamp) -> Result<Task> {
    insert(db, base, definition, None, now)
}

/// Adds the next instance of a series, in its place (A2).
pub(super) fn add_to_series(db: &Db, place: &series::Place, definition: &Definition, now: Timestamp) -> Result<Task> {
    insert(db, &place.slug, definition, Some(place), now)
}

fn insert(db: &Db, base: &str, definition: &Definition, place: Option<&series::Place>, now: Timestamp) -> Result<Task> {
    check_base(base, &definition.name)?;
    let slug = free_slug(db, base)?;
    let columns = definition::columns(definition);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    db.prepare_cached(&format!(
        "INSERT INTO tasks (slug, created_at, updated_at, {}) VALUES (?1, ?2, ?2, {})",
        names.join(", "),
        definition::places(names.len(), 3)
    ))?
    .execute(params_from_iter(
        [Sql::from(slug.clone()), micros(now).into()].into_iter().chain(columns.into_iter().map(|c| c.1)),
    ))?;
    let id = TaskId(db.last_insert_rowid());
    if definition.recur.is_some() && !definition.is_closed() {
        series::put(db, id, &slug, definition.due_at, place)?;
    }
    add_tags(db, id, &definition.tags)?;
    if !definition.execution.after.is_empty() {
        upstreams::set(db, id, definition)?;
    }
    if !definition.depends_on.is_empty() {
        dependencies::set(db, id, definition)?;
    }
    if !definition.reminders.is_empty() {
        reminders::arm(db, id, definition, now)?;
    }
    if definition.paused {
        pauses::begin(db, id, None, now)?;
    }
    health::begin(db, id, now)?;
    get(db, id)
}

/// Replaces the definition of a task. Its slug stays. When the task is put to rest or woken, its schedules follow.
pub fn set(db: &Db, id: TaskId, definition: &Definition, now: Timestamp) -> Result<Task> {
    change(db, &get(db, id)?, definition, now)?;
    get(db, id)
}

/// The same of a task as it was just read.
pub(super) fn change(db: &Db, before: &Task, definition: &Definition, now: Timestamp) -> Result<()> {
    let id = before.id;
    series::check(db, before, definition)?;
    let (old, new) = (definition::columns(&before.definition), definition::columns(definition));
    // Each column that is named writes its indexes anew, whether it has another value or not.
    let differs: Vec<_> = old.into_iter().zip(new).filter(|(old, new)| old != new).map(|(_, new)| new).collect();
    let mut sql = "UPDATE tasks SET updated_at = ?2".to_owned();
    for (at, (name, _)) in differs.iter().enumerate() {
        let _ = write!(sql, ", {name} = ?{}", at + 3);
    }
    sql.push_str(" WHERE id = ?1");
    let values = [Sql::from(id.0), micros(now).into()].into_iter().chain(differs.into_iter().map(|(_, value)| value));
    db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    series::follow_change(db, before, definition)?;
    if before.definition.tags != definition.tags {
        db.prepare_cached("DELETE FROM task_tags WHERE task_id = ?1")?.execute([id.0])?;
        add_tags(db, id, &definition.tags)?;
    }
    let other_kind = before.definition.work.kind() != definition.work.kind();
    if other_kind || before.definition.execution.after != definition.execution.after {
        upstreams::set(db, id, definition)?;
    }
    if other_kind || before.definition.depends_on != definition.depends_on {
        dependencies::set(db, id, definition)?;
    }
    if !before.definition.reminders.is_empty() || !definition.reminders.is_empty() {
        reminders::arm(db, id, definition, now)?;
    }
    if before.definition.paused != definition.paused {
        follow_pause(db, id, definition.paused, None, now)?;
    }
    if before.definition.execution.expect_by != definition.execution.expect_by {
        health::begin(db, id, now)?;
    }
    Ok(())
}

/// Pauses or resumes the schedules of a task. Resuming never counts as missed (T6).
pub fn set_paused(db: &Db, id: TaskId, paused: bool, now: Timestamp) -> Result<()> {
    change_paused(db, id, paused, None, now)
}

/// Pauses a task because of how it fares (R12).
pub fn pause_because(db: &Db, id: TaskId, reason: &str, now: Timestamp) -> Result<()> {
    change_paused(db, id, true, Some(reason), now)
}

fn change_paused(db: &Db, id: TaskId, paused: bool, reason: Option<&str>, now: Timestamp) -> Result<()> {
    let changed = db
        .prepare_cached(
            "UPDATE tasks SET paused = ?2, updated_at = ?3 WHERE id = ?1 AND deleted_at IS NULL AND paused <> ?2",
        )?
        .execute(params![id.0, paused, micros(now)])?;
    if changed > 0 {
        follow_pause(db, id, paused, reason, now)?;
    }
    Ok(())
}

/// What follows from a pause or a resumption: its row, and what the schedules do.
fn follow_pause(db: &Db, id: TaskId, paused: bool, reason: Option<&str>, now: Timestamp) -> Result<()> {
    if paused {
        pauses::begin(db, id, reason, now)?;
        let reason = "the task was paused before Tempo got to it";
        runs::cancel_held_after(db, id, reason, now)?;
        runs::cancel_blocked(db, id, reason, now)?;
    } else {
        pauses::end(db, id, now)?;
        health::begin(db, id, now)?;
    }
    upstreams::begin(db, id)?;
    schedules::rearm(db, id, now)
}

/// Moves a task to the trash. Its history stays; its queued runs are cancelled by the caller.
pub fn delete(db: &Db, id: TaskId, now: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE tasks SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL")?
        .execute(params![id.0, micros(now)])?;
    reminders::disarm(db, id)?;
    upstreams::begin(db, id)?;
    schedules::rearm(db, id, now)
}

/// Takes a task out of the trash, under a new slug if its own was given away meanwhile.
pub fn restore(db: &Db, id: TaskId, now: Timestamp) -> Result<Task> {
    let slug: String = db
        .prepare_cached("SELECT slug FROM tasks WHERE id = ?1 AND deleted_at IS NOT NULL")?
        .query_row([id.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("deleted task {id}")))?;
    if !get(db, id)?.definition.is_closed() {
        series::check_room(db, id)?;
    }
    let slug = free_slug(db, &slug)?;
    db.prepare_cached("UPDATE tasks SET deleted_at = NULL, slug = ?2 WHERE id = ?1")?.execute(params![id.0, slug])?;
    upstreams::restored(db, id)?;
    health::begin(db, id, now)?;
    schedules::rearm(db, id, now)?;
    let task = get(db, id)?;
    reminders::arm(db, id, &task.definition, now)?;
    Ok(task)
}

/// A task, but for its tags, upstreams and dependencies.
const READ: &str = concat!(
    "SELECT id, slug, ",
    definition::columns_sql!(),
    ", last_run_id, failures, late_since, blocked, blocked_since, todo_id, begun_at, done_at, created_at, updated_at
     FROM tasks WHERE id = ?1"
);

/// The task with this id, in the trash or not.
pub fn get(db: &Db, id: TaskId) -> Result<Task> {
    let mut task = db
        .prepare_cached(READ)?
        .query_row([id.0], |row| read(&InOrder::new(row)))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("task {id}")))?;
    let mut tags = db.prepare_cached("SELECT tag FROM task_tags WHERE task_id = ?1 ORDER BY tag")?;
    task.definition.tags = tags.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    task.definition.execution.after = upstreams::of_task(db, id)?.into_iter().map(|link| link.upstream).collect();
    task.definition.depends_on = dependencies::of_task(db, id)?.into_iter().map(|link| link.dependency).collect();
    Ok(task)
}

/// The task that a person means by a slug, an id, or an unambiguous beginning of a slug.
pub fn find(db: &Db, reference: &str) -> Result<Task> {
    match find_exactly(db, reference) {
        Err(StoreError::NotFound(_)) => {}
        found => return found,
    }
    let candidates = beginning_with(db, reference, 4)?;
    match candidates.as_slice() {
        [(id, _)] => get(db, *id),
        [] => Err(StoreError::NotFound(format!("task `{reference}`"))),
        several => {
            let names: Vec<&str> = several.iter().map(|(_, slug)| slug.as_str()).collect();
            Err(StoreError::Refused(format!("`{reference}` could be {}: say more of the name", names.join(", "))))
        }
    }
}

/// The task with exactly this slug, or this id: for what must not meet another one by accident.
pub fn find_exactly(db: &Db, reference: &str) -> Result<Task> {
    let exact: Option<i64> = db
        .prepare_cached("SELECT id FROM tasks WHERE slug = ?1 AND deleted_at IS NULL")?
        .query_row([reference], |row| row.get(0))
        .optional()?;
    if let Some(id) = exact {
        return get(db, TaskId(id));
    }
    if let Ok(id) = reference.parse::<i64>() {
        let known: bool = db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM tasks WHERE id = ?1 AND deleted_at IS NULL)")?
            .query_row([id], |row| row.get(0))?;
        if known {
            return get(db, TaskId(id));
        }
    }
    match find_in_trash(db, reference)? {
        Some((task, slug)) => Err(StoreError::InTrash { task, slug, reference: reference.to_owned() }),
        None => Err(StoreError::NotFound(format!("task `{reference}`"))),
    }
}

/// The task in the trash with this id, or that was deleted last of those with this slug.
fn find_in_trash(db: &Db, reference: &str) -> Result<Option<(TaskId, String)>> {
    let read = |row: &Row<'_>| Ok((TaskId(row.get("id")?), row.get("slug")?));
    let by_slug = db
        .prepare_cached(
            "SELECT id, slug FROM tasks WHERE slug = ?1 AND deleted_at IS NOT NULL ORDER BY deleted_at DESC LIMIT 1",
        )?
        .query_row([reference], read)
        .optional()?;
    match (by_slug, reference.parse::<i64>()) {
        (None, Ok(id)) => Ok(db
            .prepare_cached("SELECT id, slug FROM tasks WHERE id = ?1 AND deleted_at IS NOT NULL")?
            .query_row([id], read)
            .optional()?),
        (found, _) => Ok(found),
    }
}

/// The tasks whose script lies in this folder, not in one below it, with the script.
pub fn with_script_in(db: &Db, folder: &Path) -> Result<Vec<(TaskId, PathBuf)>> {
    let Some(folder) = folder.to_str() else { return Ok(Vec::new()) };
    let mut query = db.prepare_cached(
        "SELECT id, script FROM tasks WHERE script > ?1 AND script < ?2 AND script IS NOT NULL AND deleted_at IS NULL",
    )?;
    // `0` follows `/`.
    let rows = query.query_map([format!("{folder}/"), format!("{folder}0")], |row| {
        Ok((TaskId(row.get("id")?), PathBuf::from(row.get::<_, String>("script")?)))
    })?;
    let below = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(below.into_iter().filter(|(_, script)| script.parent() == Some(Path::new(folder))).collect())
}

fn beginning_with(db: &Db, prefix: &str, limit: u32) -> Result<Vec<(TaskId, String)>> {
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let end = format!("{prefix}\u{10FFFF}");
    let mut query = db.prepare_cached(
        "SELECT id, slug FROM tasks WHERE deleted_at IS NULL AND slug >= ?1 AND slug < ?2 ORDER BY slug LIMIT ?3",
    )?;
    let rows = query.query_map(params![prefix, end, limit], |row| Ok((TaskId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A line of the task list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Identity.
    pub id: TaskId,
    /// The unique short name.
    pub slug: String,
    /// What the person wrote.
    pub name: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// How far a to-do is.
    pub status: Option<Status>,
    /// Whether its schedules rest.
    pub paused: bool,
    /// Why Tempo paused it, when it was not a person (R12).
    pub pause_reason: Option<String>,
    /// Since when it has not succeeded in time (R12).
    pub late_since: Option<Timestamp>,
    /// When a to-do should be done.
    pub due_at: Option<Timestamp>,
    /// 1 first.
    pub priority: Priority,
    /// How far it is, as the person says, in percent.
    pub progress: u8,
    /// How many tasks it waits for (A3).
    pub blocked: u32,
    /// Its next slot.
    pub next_at: Option<Timestamp>,
    /// Whether it has a startup schedule, which has no next instant.
    pub startup: bool,
    /// The slugs of the tasks after which it runs, as `backup, mirror` (R11).
    pub after: Option<String>,
    /// What it waits for, as `approve to be done and backup to succeed` (A3).
    pub waits: Option<String>,
    /// Slots that were missed since its newest run.
    pub missed: u32,
    /// The run that builds the environment of its script just now.
    pub building: Option<RunId>,
    /// The environment of its script could not be built, or cannot be: no run of it would start.
    pub lacks_environment: bool,
    /// Its place by state: what needs a person has the least.
    pub rank: u8,
    /// Its category; empty without one.
    pub category: String,
    /// The first of its tags; empty without one.
    pub tag: String,
    /// Its newest run.
    pub last: Option<LastRun>,
    /// The order in which it was listed.
    pub order: Order,
}

impl TaskRow {
    /// What a list calls it: a to-do by its name, what the machine does by its slug.
    pub fn title(&self) -> &str {
        if self.kind == Kind::Todo { &self.name } else { &self.slug }
    }

    /// Whether it has run, was missed or is planned: a to-do has nothing to show in a course of time.
    pub fn is_timed(&self) -> bool {
        self.last.is_some() || self.missed > 0 || self.next_at.is_some()
    }

    /// Where it stands in an order.
    pub fn place(&self, order: Order) -> Place {
        let number = match order {
            Order::Name | Order::Category | Order::Tag => 0,
            Order::State => i64::from(self.rank),
            Order::Next => self.next_at.map_or(i64::MAX, micros),
            Order::Last => self.last.as_ref().map_or(0, |last| -last.id.0),
            Order::Due => match self.status {
                Some(Status::Open | Status::InProgress) => self.due_at.map_or(duties::UNDATED, micros),
                _ => duties::NONE,
            },
        };
        Place { order, number, text: self.group(order).to_owned(), slug: self.slug.clone() }
    }

    /// In which group it is; empty in an order without groups.
    pub fn group(&self, order: Order) -> &str {
        match order {
            Order::Category => &self.category,
            Order::Tag => &self.tag,
            Order::Name | Order::State | Order::Next | Order::Last | Order::Due => "",
        }
    }
}

/// What the task list shows of a task's newest run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// Identity.
    pub id: RunId,
    /// Where it is in its life.
    pub state: RunState,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Its present attempt, or its last one.
    pub attempt: u32,
    /// So many attempts its task gives it at most (R6).
    pub attempts: u32,
    /// When the next attempt is due, while it waits for one.
    pub retry_at: Option<Timestamp>,
    /// When its process started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Since when it stands still (R4).
    pub paused_at: Option<Timestamp>,
    /// When its processes get KILL, once it was asked to stop (R4).
    pub kill_at: Option<Timestamp>,
}

impl LastRun {
    /// Whether its processes stand still: its state is running all the same (R4).
    pub fn is_paused(&self) -> bool {
        self.state == RunState::Running && self.paused_at.is_some()
    }
}

/// The tasks of the list between two places, both included, or all, in its order. For marking them.
pub fn names(db: &Db, order: Order, between: Option<&(Place, Place)>, limit: usize) -> Result<Vec<(TaskId, String)>> {
    let side = match (between, order.column()) {
        (None, _) => String::new(),
        (Some(_), None) => "AND t.slug BETWEEN :from AND :to".to_owned(),
        (Some(_), Some(column)) => {
            format!("AND (t.{column}, t.slug) >= (:first, :from) AND (t.{column}, t.slug) <= (:last, :to)")
        }
    };
    let first = order.column().map_or_else(String::new, |column| format!("t.{column}, "));
    let mut query = db.prepare_cached(&format!(
        "SELECT t.id, t.slug FROM tasks t WHERE t.deleted_at IS NULL {side} ORDER BY {first}t.slug LIMIT :limit"
    ))?;
    let limit = limit as i64;
    let mut arguments = vec![(":limit", &limit as &dyn rusqlite::ToSql)];
    if let Some((from, to)) = between {
        arguments.extend([(":from", &from.slug as &dyn rusqlite::ToSql), (":to", &to.slug)]);
        if order.column().is_some() {
            for (name, place) in [(":first", from), (":last", to)] {
                arguments.push((name, if order.is_group() { &place.text } else { &place.number }));
            }
        }
    }
    let rows = query.query_map(arguments.as_slice(), |row| Ok((TaskId(row.get("id")?), row.get("slug")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Tags that begin so, in alphabetical order: one look into the index for each, however many tasks have it.
pub fn tags_beginning(db: &Db, prefix: &str, limit: usize) -> Result<Vec<String>> {
    let mut query = db.prepare_cached(
        "WITH RECURSIVE found(tag) AS (
             SELECT min(tag) FROM task_tags WHERE tag >= ?1
             UNION ALL
             SELECT (SELECT min(tag) FROM task_tags WHERE tag > found.tag) FROM found WHERE found.tag IS NOT NULL
         )
         SELECT tag FROM found WHERE tag IS NOT NULL LIMIT ?2",
    )?;
    let rows = query.query_map(params![prefix, limit as i64], |row| row.get::<_, String>("tag"))?;
    let mut tags = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    tags.retain(|tag| tag.starts_with(prefix));
    Ok(tags)
}

/// Values of a key that begin so, in alphabetical order: one look into an index for each.
pub fn values_beginning(db: &Db, key: Key, prefix: &str, limit: usize) -> Result<Vec<String>> {
    let column = match key {
        Key::Tag => return tags_beginning(db, prefix, limit),
        Key::Category => "category",
        Key::Assignee => "assignee",
        Key::Type => "type",
        _ => return Ok(Vec::new()),
    };
    let index = if key == Key::Category { "tasks_by_category".to_owned() } else { format!("tasks_{column}") };
    let next = format!(
        "SELECT min({column}) FROM tasks INDEXED BY {index} WHERE {column} IS NOT NULL AND deleted_at IS NULL AND {column}"
    );
    let mut query = db.prepare_cached(&format!(
        "WITH RECURSIVE found(value) AS (
             SELECT ({next} >= ?1) UNION ALL SELECT ({next} > found.value) FROM found WHERE found.value IS NOT NULL
         )
         SELECT value FROM found WHERE value IS NOT NULL LIMIT ?2"
    ))?;
    let rows = query.query_map(params![prefix, limit as i64 + 1], |row| row.get::<_, String>("value"))?;
    let mut values = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    values.retain(|value| !value.is_empty() && value.starts_with(prefix));
    values.truncate(limit);
    Ok(values)
}

/// A page of the list, ordered by slug.
pub fn page(db: &Db, from: &From<String>, limit: usize) -> Result<Vec<TaskRow>> {
    let from = match from {
        From::Start => From::Start,
        From::End => From::End,
        From::After(key) => From::After(Place::named(key)),
        From::Before(key) => From::Before(Place::named(key)),
        From::At(key) => From::At(Place::named(key)),
    };
    ordered(db, Order::Name, &from, limit)
}

/// What a line of the list shows, of a row `t` of tasks.
macro_rules! row_sql {
    () => {
        concat!(
            "SELECT t.id, t.slug, t.name, t.kind, t.status, t.paused, t.due_at, t.priority, t.progress, t.blocked, t.late_since, t.missed, t.rank, t.category, t.tag,
                (SELECT p.reason FROM pauses p WHERE t.paused AND p.task_id = t.id ORDER BY p.paused_at DESC LIMIT 1)
                    AS pause_reason,
                t.upcoming_at AS next_at,
                iif(t.kind = 'script', (SELECT e.run_id FROM environments e WHERE e.task_id = t.id AND e.state = 'building'), NULL)
                    AS building,
                t.kind = 'script' AND EXISTS
                    (SELECT 1 FROM environments e WHERE e.task_id = t.id AND e.state IN ('failed', 'impossible')) AS lacks_environment,
                EXISTS (SELECT 1 FROM schedules s WHERE s.task_id = t.id AND s.kind = 'startup') AS startup,
                (SELECT group_concat(b.slug, ', ') FROM upstreams u JOIN tasks b ON b.id = u.upstream_id
                 WHERE u.task_id = t.id) AS after,
                ",
            dependencies::waits_sql!(),
            " AS waits,
                r.id AS run_id, r.attempt, max(r.attempt, CAST(t.retry AS INTEGER) + 1) AS attempts, r.retry_at, r.state, r.outcome, r.exit_code, r.signal, r.started_at, r.finished_at, r.paused_at, r.kill_at
             FROM tasks t LEFT JOIN runs r ON r.id = t.last_run_id"
        )
    };
}
const ROW: &str = row_sql!();

/// The same in another order.
pub fn ordered(db: &Db, order: Order, from: &From<Place>, limit: usize) -> Result<Vec<TaskRow>> {
    let (compared, key, backwards) = match from {
        From::Start => (None, None, false),
        From::End => (None, None, true),
        From::After(key) => (Some(">"), Some(key), false),
        From::At(key) => (Some(">="), Some(key), false),
        From::Before(key) => (Some("<"), Some(key), true),
    };
    let side = match (compared, order.column()) {
        (None, _) => String::new(),
        (Some(compared), None) => format!("AND t.slug {compared} :key"),
        (Some(compared), Some(column)) => format!("AND (t.{column}, t.slug) {compared} (:value, :key)"),
    };
    let direction = if backwards { "DESC" } else { "ASC" };
    let first = order.column().map_or_else(String::new, |column| format!("t.{column} {direction}, "));
    let sql = format!(
        "{ROW}
         WHERE t.deleted_at IS NULL {side} ORDER BY {first}t.slug {direction} LIMIT :limit"
    );
    let mut query = db.prepare_cached(&sql)?;
    let limit = limit as i64;
    let mut arguments = vec![(":limit", &limit as &dyn rusqlite::ToSql)];
    if let Some(key) = key {
        arguments.push((":key", &key.slug));
        if order.column().is_some() {
            arguments.push((":value", if order.is_group() { &key.text } else { &key.number }));
        }
    }
    let mut rows = query
        .query_map(arguments.as_slice(), |row| read_row(&InOrder::new(row), order))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

/// The line of one task; `None` when it is gone.
pub(super) fn row(db: &Db, id: TaskId, order: Order) -> Result<Option<TaskRow>> {
    let mut query = db.prepare_cached(concat!(row_sql!(), " WHERE t.id = ?1 AND t.deleted_at IS NULL"))?;
    Ok(query.query_row([id.0], |row| read_row(&InOrder::new(row), order)).optional()?)
}

/// Where a task stands in an order now; `None` when it is gone.
pub fn place(db: &Db, id: TaskId, order: Order) -> Result<Option<Place>> {
    let value = order.column().unwrap_or("NULL");
    let place = db
        .prepare_cached(&format!("SELECT slug, {value} AS value FROM tasks WHERE id = ?1 AND deleted_at IS NULL"))?
        .query_row([id.0], |row| {
            let mut place = Place { order, ..Place::named(row.get::<_, String>("slug")?) };
            match (order.column(), order.is_group()) {
                (None, _) => {}
                (Some(_), true) => place.text = row.get("value")?,
                (Some(_), false) => place.number = row.get("value")?,
            }
            Ok(place)
        })
        .optional()?;
    Ok(place)
}

/// How many tasks there are: added up from the categories, which know theirs.
pub fn count(db: &Db) -> Result<usize> {
    let n: i64 =
        db.prepare_cached("SELECT coalesce(sum(tasks), 0) FROM categories")?.query_row([], |row| row.get(0))?;
    Ok(n as usize)
}

/// The groups of a task (R3).
pub fn groups(db: &Db, id: TaskId) -> Result<Vec<String>> {
    let groups =
        db.prepare_cached("SELECT groups FROM tasks WHERE id = ?1")?.query_row([id.0], runs::groups).optional()?;
    Ok(groups.unwrap_or_default())
}

/// The tasks that have secrets, and where those are.
pub fn with_secrets(db: &Db) -> Result<Vec<(String, Vec<Secret>)>> {
    let mut query =
        db.prepare_cached("SELECT slug, secrets FROM tasks WHERE secrets <> '' AND deleted_at IS NULL ORDER BY slug")?;
    let rows = query.query_map([], |row| Ok((row.get("slug")?, definition::secrets(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a task outside the trash has this slug.
pub fn has_slug(db: &Db, slug: &str) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM tasks WHERE slug = ?1 AND deleted_at IS NULL")?.exists([slug])?)
}

/// Whether a slug can be made of a name: this is what came of it.
///
/// # Errors
/// Refused, when nothing came of it.
pub fn check_base(base: &str, name: &str) -> Result<()> {
    if base.is_empty() {
        let text = format!("`{name}` cannot be a task's name: it needs at least one letter a-z or digit");
        return Err(StoreError::Refused(text));
    }
    Ok(())
}

/// The slug of a task outside the trash.
pub(super) fn slug_of(db: &Db, id: TaskId) -> Result<Option<String>> {
    let mut query = db.prepare_cached("SELECT slug FROM tasks WHERE id = ?1 AND deleted_at IS NULL")?;
    Ok(query.query_row([id.0], |row| row.get(0)).optional()?)
}

/// The slug that a task added now would get in place of `base` (A1).
pub fn free_slug(db: &Db, base: &str) -> Result<String> {
    let mut failure = None;
    let slug = name::unique(base, |candidate| {
        has_slug(db, candidate).unwrap_or_else(|e| {
            failure = Some(e);
            false
        })
    });
    failure.map_or(Ok(slug), Err)
}

fn add_tags(db: &Db, id: TaskId, tags: &[String]) -> Result<()> {
    let mut insert = db.prepare_cached("INSERT OR IGNORE INTO task_tags (task_id, tag) VALUES (?1, ?2)")?;
    for tag in tags {
        insert.execute(params![id.0, tag])?;
    }
    Ok(())
}

/// Reads a whole task, but for its tags, upstreams and dependencies.
fn read(row: &InOrder<'_, '_>) -> rusqlite::Result<Task> {
    Ok(Task {
        id: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        definition: definition::read(row)?,
        last_run: row.get::<Option<i64>>("last_run_id")?.map(RunId),
        failures: row.get("failures")?,
        late_since: instant_or_null(row, "late_since")?,
        blocked: row.get("blocked")?,
        blocked_since: instant_or_null(row, "blocked_since")?,
        todo: row.get::<Option<i64>>("todo_id")?.map(TaskId),
        begun_at: instant_or_null(row, "begun_at")?,
        done_at: instant_or_null(row, "done_at")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn read_row(row: &InOrder<'_, '_>, order: Order) -> rusqlite::Result<TaskRow> {
    Ok(TaskRow {
        id: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        name: row.get("name")?,
        kind: word(row, "kind", Kind::from_word)?,
        status: status(row)?,
        paused: row.get("paused")?,
        due_at: instant_or_null(row, "due_at")?,
        priority: definition::priority(row)?,
        progress: row.get("progress")?,
        blocked: row.get("blocked")?,
        late_since: instant_or_null(row, "late_since")?,
        missed: row.get("missed")?,
        rank: row.get("rank")?,
        category: row.get("category")?,
        tag: row.get("tag")?,
        pause_reason: row.get("pause_reason")?,
        next_at: instant_or_null(row, "next_at")?,
        building: row.get::<Option<i64>>("building")?.map(RunId),
        lacks_environment: row.get("lacks_environment")?,
        startup: row.get("startup")?,
        after: row.get("after")?,
        waits: row.get("waits")?,
        last: match row.get::<Option<i64>>("run_id")? {
            None => None,
            Some(id) => Some(LastRun {
                id: RunId(id),
                attempt: row.get("attempt")?,
                attempts: row.get("attempts")?,
                retry_at: instant_or_null(row, "retry_at")?,
                state: word(row, "state", RunState::from_word)?,
                outcome: super::runs::read_outcome(row)?,
                started_at: instant_or_null(row, "started_at")?,
                finished_at: instant_or_null(row, "finished_at")?,
                paused_at: instant_or_null(row, "paused_at")?,
                kill_at: instant_or_null(row, "kill_at")?,
            }),
        },
        order,
    })
}

fn status(row: &impl Named) -> rusqlite::Result<Option<Status>> {
    let Some(word) = row.value::<Option<String>>("status")? else { return Ok(None) };
    Status::from_word(&word).map(Some).ok_or_else(|| invalid(row, "status", format!("unknown word `{word}`")))
}

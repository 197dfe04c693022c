//! The journal of changes in the store: what a person changes goes through a [`Step`], and is undone and redone from what the
//! step wrote down in the same transaction (S5).

mod document;
mod follow;
mod parts;
#[cfg(test)]
mod tests;
mod undo;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use self::document::Document;
use super::column::{instant, micros, word};
use super::{Db, Result, StoreError, dependencies, environments, notes, runs, schedules, tasks, upstreams};
use crate::domain::change::{By, Change, KEPT, What};
use crate::domain::dependency::Effect;
use crate::domain::name;
use crate::domain::rule::Rule;
use crate::domain::run::RunState;
use crate::domain::task::{Definition, Task, Work};
use crate::domain::{RunId, TaskId};

pub use follow::Followed;
pub use parts::{redo_in_parts, undo_in_parts};
pub use undo::{Applied, Back, is_deleted, meant, redo, undo, undo_of};

/// A schedule as it is wanted: the rule, and the IANA name of its zone.
pub type Wish = (Rule, String);

/// Steps that are kept; older ones cannot be undone.
const STEPS: i64 = 200;

/// With every so manieth row of a step, beginning with the first one, rows that are too old go.
const SWEEPS: u32 = 50;

/// How many of them at most: more than came.
const SWEPT: i64 = 1000;

/// What one command or one key changes: it is undone as one. A clone goes on with it in another transaction.
#[derive(Debug, Clone)]
pub struct Step {
    by: By,
    now: Timestamp,
    /// Its number, once it has changed something.
    number: Option<i64>,
    /// Rows that it wrote.
    rows: u32,
    followed: Vec<Followed>,
}

/// What went with a task to the trash, and what did not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Runs that were taken out of the queue.
    pub dequeued: Vec<RunId>,
    /// Runs that go on: a deletion undoes nothing that has begun.
    pub live: Vec<RunId>,
    /// The slugs of the tasks that were to run after it (R11).
    pub downstream: Vec<String>,
    /// What it means to those that waited for it (A3).
    pub effect: Effect,
}

impl Step {
    /// Nothing is changed yet.
    pub const fn new(by: By, now: Timestamp) -> Self {
        Self { by, now, number: None, rows: 0, followed: Vec::new() }
    }

    /// When it is made.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// Adds a task with its schedules.
    pub fn add(&mut self, db: &Db, definition: &Definition, wanted: &[Wish]) -> Result<Task> {
        self.add_as(db, &name::slug(&definition.name), definition, wanted)
    }

    /// The same under a slug that is not made from its name.
    pub fn add_as(&mut self, db: &Db, slug: &str, definition: &Definition, wanted: &[Wish]) -> Result<Task> {
        let task = tasks::add_as(db, slug, definition, self.now)?;
        for (rule, zone) in wanted {
            schedules::add(db, task.id, rule, zone, self.now)?;
        }
        self.write(db, task.id, None, Some(&Document::default()))?;
        Ok(task)
    }

    /// Gives a task this definition and exactly these schedules. A schedule that it has already keeps its identity, its slots
    /// and its place in time. When an instance of a series is completed or given up by that, the next one is made, and when one is
    /// opened again, the one that follows it is deleted (A2).
    pub fn define(&mut self, db: &Db, task: TaskId, definition: &Definition, wanted: &[Wish]) -> Result<Task> {
        let mut known = tasks::get(db, task)?;
        let was_closed = known.definition.is_closed();
        if was_closed && !definition.is_closed() {
            self.make_room(db, task)?;
            known = tasks::get(db, task)?;
        }
        let before = Document::of_task(db, &known)?;
        let defined = define(db, &known, definition, wanted, self.now)?;
        self.note_difference(db, task, &before, &Document::of_task(db, &defined)?)?;
        if !was_closed && defined.definition.is_closed() {
            self.follow(db, &defined)?;
        }
        Ok(defined)
    }

    /// Pauses or resumes the schedules of a task.
    pub fn set_paused(&mut self, db: &Db, task: TaskId, paused: bool) -> Result<()> {
        let before = Document::of(db, task)?;
        tasks::set_paused(db, task, paused, self.now)?;
        self.compare(db, task, &before)
    }

    /// Moves a task to the trash. What waits in the queue would start a task that is gone; what runs goes on.
    pub fn delete(&mut self, db: &Db, task: TaskId) -> Result<Deleted> {
        let deleted = delete(db, task, self.now)?;
        self.write(db, task, Some(&Document::default()), None)?;
        Ok(deleted)
    }

    /// Notes something about a task, or attaches the output of a run to it.
    pub fn note(&mut self, db: &Db, task: TaskId, text: &str, run: Option<RunId>) -> Result<i64> {
        self.note_at(db, task, text, run, self.now)
    }

    /// The same of what was noted then.
    pub(super) fn note_at(
        &mut self,
        db: &Db,
        task: TaskId,
        text: &str,
        run: Option<RunId>,
        at: Timestamp,
    ) -> Result<i64> {
        let note = notes::add(db, task, text, run, at)?;
        let (before, after) = (Document::of_note(note, false), Document::of_note(note, true));
        self.write(db, task, Some(&before), Some(&after))?;
        Ok(note)
    }

    /// Takes a note away.
    ///
    /// # Errors
    /// When the task has no such note.
    pub fn unnote(&mut self, db: &Db, task: TaskId, note: i64) -> Result<()> {
        if !notes::set_there(db, task, note, false, self.now)? {
            return Err(StoreError::NotFound(format!("note {note} of {}", tasks::get(db, task)?.slug)));
        }
        self.write(db, task, Some(&Document::of_note(note, true)), Some(&Document::of_note(note, false)))
    }

    fn compare(&mut self, db: &Db, task: TaskId, before: &Document) -> Result<()> {
        self.note_difference(db, task, before, &Document::of(db, task)?)
    }

    fn note_difference(&mut self, db: &Db, task: TaskId, before: &Document, after: &Document) -> Result<()> {
        let (before, after) = before.difference(after);
        if after.is_empty() { Ok(()) } else { self.write(db, task, Some(&before), Some(&after)) }
    }

    fn write(&mut self, db: &Db, task: TaskId, before: Option<&Document>, after: Option<&Document>) -> Result<()> {
        let step = match self.number {
            Some(step) => step,
            None => next_step(db)?,
        };
        self.number = Some(step);
        db.prepare_cached(
            "INSERT INTO changes (step, task_id, before, after, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            step,
            task.0,
            before.map(Document::to_string),
            after.map(Document::to_string),
            micros(self.now),
            self.by.word(),
        ])?;
        self.rows += 1;
        if self.rows % SWEEPS == 1 { sweep(db, step, self.now) } else { Ok(()) }
    }
}

/// The one way in which a task gets another definition and other schedules.
fn define(db: &Db, before: &Task, definition: &Definition, wanted: &[Wish], now: Timestamp) -> Result<Task> {
    if matches!(definition.work, Work::Todo(_)) && !wanted.is_empty() {
        return Err(StoreError::Refused("when: a to-do is not run by a schedule".to_owned()));
    }
    tasks::change(db, before, definition, now)?;
    schedules::replace(db, before.id, wanted, now)?;
    tasks::get(db, before.id)
}

fn delete(db: &Db, task: TaskId, now: Timestamp) -> Result<Deleted> {
    let mut deleted = Deleted { downstream: upstreams::downstream(db, task)?, ..Deleted::default() };
    for (run, state) in runs::unfinished(db, task)? {
        if matches!(state, RunState::Queued | RunState::WaitingRetry) {
            runs::request_stop(db, run, false, now)?;
            deleted.dequeued.push(run);
        } else {
            deleted.live.push(run);
        }
    }
    // Nobody needs what they build.
    for build in environments::builds(db, task)? {
        runs::request_stop(db, build, false, now)?;
    }
    deleted.effect = dependencies::watched(db, task, || tasks::delete(db, task, now))?.1;
    Ok(deleted)
}

fn next_step(db: &Db) -> Result<i64> {
    let newest: Option<i64> = db
        .prepare_cached("SELECT step FROM changes ORDER BY step DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(newest.unwrap_or_default() + 1)
}

/// Takes away some of what is too old to be undone.
fn sweep(db: &Db, newest: i64, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "DELETE FROM changes WHERE id IN (
             SELECT id FROM (SELECT id, step, changed_at FROM changes INDEXED BY changes_step ORDER BY step LIMIT ?3)
             WHERE step <= ?1 OR changed_at < ?2)",
    )?
    .execute(params![newest - STEPS, micros(horizon(now)), SWEPT])?;
    notes::sweep(db, horizon(now), SWEPT)
}

/// What was changed or deleted before is beyond recall.
pub(super) fn horizon(now: Timestamp) -> Timestamp {
    now.checked_sub(KEPT).unwrap_or(Timestamp::MIN)
}

/// A row of the journal.
struct Entry {
    id: i64,
    before: Option<Document>,
    after: Option<Document>,
    change: Change,
}

/// The columns of an [`Entry`].
const COLUMNS: &str = "c.id, c.step, c.task_id, c.before, c.after, c.changed_at, c.changed_by, c.undone, t.slug
    FROM changes c JOIN tasks t ON t.id = c.task_id";

impl Entry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (before, after) = (Document::read(row, "before")?, Document::read(row, "after")?);
        let what = match (&before, &after) {
            (None, _) => What::Added,
            (_, None) => What::Deleted,
            (Some(_), Some(after)) => after.what(),
        };
        let change = Change {
            step: row.get("step")?,
            task: TaskId(row.get("task_id")?),
            slug: row.get("slug")?,
            what,
            at: instant(row, "changed_at")?,
            by: word(row, "changed_by", By::from_word)?,
            undone: row.get::<_, Option<i64>>("undone")?.is_some(),
        };
        Ok(Self { id: row.get("id")?, before, after, change })
    }
}

/// The steps that can be undone or redone, the newest first, each with its changes.
pub fn list(db: &Db, now: Timestamp) -> Result<Vec<Vec<Change>>> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE c.step > ?1 AND c.changed_at >= ?2 ORDER BY c.step DESC, c.id DESC"
    ))?;
    let rows = query.query_map(params![next_step(db)? - 1 - STEPS, micros(horizon(now))], Entry::read)?;
    let mut steps: Vec<Vec<Change>> = Vec::new();
    for entry in rows {
        let change = entry?.change;
        // Of a step, a part can be undone by itself.
        let together = |newest: &Change| (newest.step, newest.undone) == (change.step, change.undone);
        match steps.last_mut() {
            Some(step) if step.first().is_some_and(together) => step.push(change),
            _ => steps.push(vec![change]),
        }
    }
    for step in &mut steps {
        step.reverse();
    }
    Ok(steps)
}

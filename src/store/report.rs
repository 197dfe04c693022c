//! What reports count, read along an index by the period: what lies outside of it costs nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, instant_or_null, invalid, micros};
use super::dependencies::waits_sql;
use super::{Db, Result};
use crate::domain::due::late_from;
use crate::domain::report::{
    By, End, Ended, Fate, Key, Overdue, OverdueTally, Period, Report, RunTally, Runs, Source, TodoTally, Todos, Wait,
    Waiting,
};
use crate::domain::{RunId, TaskId};

/// What is read for a report. What waits is as of `now`, at most `limit` of each sort; of `period` only the zone matters to it.
pub fn read(db: &Db, source: Source, period: &Period, by: Option<By>, now: Timestamp, limit: usize) -> Result<Report> {
    Ok(match source {
        Source::Todos => Report::Todos(todos(db, period, by)?),
        Source::Overdue => Report::Overdue(overdue(db, period, by)?),
        Source::Runs => Report::Runs(Box::new(runs(db, period, by)?)),
        Source::Waiting => Report::Waiting(waiting(db, now, limit, period.zone())?),
    })
}

const RUNS: &str = "SELECT task_id, started_at, finished_at, outcome FROM runs
     WHERE finished_at >= ?1 AND finished_at < ?2 AND purpose = 'work'";

/// The runs that ended in the period, those of tasks in the trash too. What builds an environment does not count.
pub fn runs(db: &Db, period: &Period, by: Option<By>) -> Result<Runs> {
    let (mut tally, mut keys) = (RunTally::new(period), Keys::new(db, by));
    let mut query = db.prepare_cached(RUNS)?;
    let mut rows = query.query(bounds(period))?;
    while let Some(row) = rows.next()? {
        let outcome = row.get_ref("outcome")?.as_str().map_err(|e| invalid(row, "outcome", e))?;
        let fate = Fate::of(outcome);
        let end = End { began: instant_or_null(row, "started_at")?, ended: instant(row, "finished_at")?, fate };
        tally.add(keys.of(row.get("task_id")?)?, &end);
    }
    Ok(tally.close(keys.names))
}

const TODOS: &str = "SELECT id, status, created_at, begun_at, done_at FROM tasks WHERE done_at >= ?1 AND done_at < ?2 AND kind = 'todo'";

/// The to-dos that ended in the period, those in the trash too: who tidies up what is done has done it all the same.
pub fn todos(db: &Db, period: &Period, by: Option<By>) -> Result<Todos> {
    let (mut tally, mut keys) = (TodoTally::new(period), Keys::new(db, by));
    let mut query = db.prepare_cached(TODOS)?;
    let mut rows = query.query(bounds(period))?;
    while let Some(row) = rows.next()? {
        let status = row.get_ref("status")?.as_str().map_err(|e| invalid(row, "status", e))?;
        let ended = Ended {
            created: instant(row, "created_at")?,
            begun: instant_or_null(row, "begun_at")?,
            ended: instant(row, "done_at")?,
            done: status == "completed",
        };
        tally.add(keys.of(row.get("id")?)?, &ended);
    }
    Ok(tally.close(keys.names))
}

/// Those that are open, that ended since the period began, and that were deleted since then while they were open: each is found by an
/// index of its own, so that what ended before the period is not looked at.
const OVERDUE: [&str; 3] = [
    "SELECT id, due_at, created_at, NULL AS ended FROM tasks INDEXED BY tasks_open_due
     WHERE due_at < ?2 AND due_at IS NOT NULL AND kind = 'todo' AND done_at IS NULL AND deleted_at IS NULL",
    "SELECT id, due_at, created_at, min(done_at, coalesce(deleted_at, done_at)) AS ended FROM tasks
     WHERE done_at >= ?1 AND kind = 'todo' AND due_at < ?2 AND due_at < done_at",
    "SELECT id, due_at, created_at, deleted_at AS ended FROM tasks
     WHERE deleted_at >= ?1 AND kind = 'todo' AND done_at IS NULL AND due_at < ?2 AND due_at < deleted_at",
];

/// How many to-dos were overdue at the end of each unit of the period.
pub fn overdue(db: &Db, period: &Period, by: Option<By>) -> Result<Overdue> {
    let (mut tally, mut keys) = (OverdueTally::new(period), Keys::new(db, by));
    for sql in OVERDUE {
        let mut query = db.prepare_cached(sql)?;
        let mut rows = query.query(bounds(period))?;
        while let Some(row) = rows.next()? {
            let late = late_from(instant(row, "due_at")?, period.zone());
            let (since, ended) = (late.max(instant(row, "created_at")?), instant_or_null(row, "ended")?);
            tally.add(keys.of(row.get("id")?)?, since, ended);
        }
    }
    Ok(tally.close(keys.names))
}

/// What is read of a task that waits: why it does is the same by whichever index it is found. `?3` is the beginning of today: what is
/// due then is due today, and not late before the day is over.
macro_rules! waiting_sql {
    ($index:literal, $rest:literal) => {
        concat!(
            "SELECT t.id, t.slug, t.status, t.created_at, iif(t.kind = 'todo' AND t.due_at < ?1 AND t.due_at IS NOT ?3, t.due_at, NULL) AS late_since,
                iif(t.blocked > 0, t.blocked_since, NULL) AS blocked_since, ",
            waits_sql!(),
            " AS waits FROM tasks t INDEXED BY ",
            $index,
            " WHERE t.deleted_at IS NULL AND ",
            $rest,
            " LIMIT ?2"
        )
    };
}

const OVERDUE_NOW: &str = waiting_sql!(
    "tasks_open_due",
    "t.due_at < ?1 AND t.due_at IS NOT NULL AND t.due_at IS NOT ?3 AND t.kind = 'todo' AND t.done_at IS NULL ORDER BY t.due_at"
);
const OPEN: &str = waiting_sql!(
    "tasks_open_since",
    "t.created_at < ?1 AND t.kind = 'todo' AND t.done_at IS NULL ORDER BY t.created_at"
);
/// Tasks that wait for others (A3), of which the triggers of dependencies know since when.
const BLOCKED: &str =
    waiting_sql!("tasks_blocked_since", "t.blocked_since <= ?1 AND t.blocked > 0 ORDER BY t.blocked_since");
/// Only what is not finished is looked at: one that waits for its time is not late, and one for its next attempt has begun.
const QUEUED: &str =
    "SELECT t.id, t.slug, r.queued_at AS since, r.id AS run, r.reason FROM runs r JOIN tasks t ON t.id = r.task_id
     WHERE r.state = 'queued' AND r.not_before IS NULL AND r.purpose = 'work' AND r.queued_at < ?1
     ORDER BY r.queued_at LIMIT ?2";
const RETRYING: &str =
    "SELECT t.id, t.slug, r.queued_at AS since, r.id AS run, r.reason FROM runs r JOIN tasks t ON t.id = r.task_id
     WHERE r.retry_at IS NOT NULL AND r.purpose = 'work' AND r.queued_at < ?1 ORDER BY r.queued_at LIMIT ?2";

/// What has waited longest by now, the longest first, each task once with all that is known about why: of so many tasks that are
/// blocked, to-dos that are overdue and that are open, and runs.
pub fn waiting(db: &Db, now: Timestamp, limit: usize, zone: &TimeZone) -> Result<Vec<Waiting>> {
    let today = now.to_zoned(zone.clone()).start_of_day().ok().map(|start| micros(start.timestamp()));
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut places: HashMap<TaskId, usize> = HashMap::new();
    for sql in [BLOCKED, OVERDUE_NOW, OPEN] {
        let mut query = db.prepare_cached(sql)?;
        for found in query.query_map(params![micros(now), limit as i64, today], waits)? {
            let found = found?;
            places.entry(found.task).or_insert_with(|| {
                waiting.push(found);
                waiting.len() - 1
            });
        }
    }
    let mut runs: Vec<Waiting> = Vec::new();
    for sql in [QUEUED, RETRYING] {
        let mut query = db.prepare_cached(sql)?;
        for found in query.query_map(params![micros(now), limit as i64], run_waits)? {
            runs.push(found?);
        }
    }
    runs.sort_by_key(|run| run.since);
    for run in runs.into_iter().take(limit) {
        if let Some(task) = places.get(&run.task).and_then(|at| waiting.get_mut(*at)) {
            // What its task waits for is why it does.
            task.run = task.run.or(run.run);
        } else {
            places.insert(run.task, waiting.len());
            waiting.push(run);
        }
    }
    waiting.sort_by_key(|one| one.since);
    Ok(waiting)
}

fn waits(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let (late, blocked) = (instant_or_null(row, "late_since")?, instant_or_null(row, "blocked_since")?);
    let status = row.get::<_, Option<String>>("status")?.map(|word| word.replace('_', " "));
    let waits: Option<String> = row.get("waits")?;
    let (wait, since, reason) = match (blocked, late) {
        (Some(since), None) => (Wait::Blocked, since, waits),
        (Some(since), Some(_)) => (Wait::Blocked, since, waits.map(|waits| format!("{waits}; overdue"))),
        (None, Some(since)) => (Wait::Overdue, since, status),
        (None, None) => (Wait::Open, instant(row, "created_at")?, status),
    };
    Ok(Waiting { wait, task: TaskId(row.get("id")?), slug: row.get("slug")?, run: None, since, reason })
}

fn run_waits(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        wait: Wait::Run,
        task: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        run: row.get::<_, Option<i64>>("run")?.map(RunId),
        since: instant(row, "since")?,
        reason: row.get("reason")?,
    })
}

fn bounds(period: &Period) -> [i64; 2] {
    [micros(period.from()), micros(period.until())]
}

/// The groups that were met, by their numbers, and which of them each task is in.
struct Keys<'a> {
    db: &'a Db,
    by: Option<By>,
    names: Vec<Key>,
    numbers: HashMap<Key, usize>,
    of_task: HashMap<i64, Vec<usize>>,
}

impl<'a> Keys<'a> {
    fn new(db: &'a Db, by: Option<By>) -> Self {
        Self { db, by, names: Vec::new(), numbers: HashMap::new(), of_task: HashMap::new() }
    }

    /// The groups of a task; each task is asked for once.
    fn of(&mut self, task: i64) -> Result<&[usize]> {
        let Some(by) = self.by else { return Ok(&[]) };
        if !self.of_task.contains_key(&task) {
            let keys = self.read(by, task)?;
            let numbers = keys.into_iter().map(|key| self.number(key)).collect();
            self.of_task.insert(task, numbers);
        }
        Ok(self.of_task.get(&task).map_or(&[], Vec::as_slice))
    }

    fn number(&mut self, key: Key) -> usize {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        self.names.push(key.clone());
        self.numbers.insert(key, self.names.len() - 1);
        self.names.len() - 1
    }

    fn read(&self, by: By, task: i64) -> Result<Vec<Key>> {
        let column = match by {
            By::Category => "nullif(category, '') AS name, NULL AS task",
            By::Assignee => "nullif(assignee, '') AS name, NULL AS task",
            By::Task => "slug AS name, iif(deleted_at IS NULL, id, NULL) AS task",
            By::Tag => {
                let mut query =
                    self.db.prepare_cached("SELECT tag AS name, NULL AS task FROM task_tags WHERE task_id = ?1")?;
                let tags = query.query_map([task], key)?.collect::<rusqlite::Result<Vec<_>>>()?;
                return Ok(if tags.is_empty() { vec![Key::default()] } else { tags });
            }
        };
        let mut query = self.db.prepare_cached(&format!("SELECT {column} FROM tasks WHERE id = ?1"))?;
        Ok(query.query_row([task], key).optional()?.into_iter().collect())
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key { name: row.get("name")?, task: row.get::<_, Option<i64>>("task")?.map(TaskId) })
}

#[cfg(test)]
mod tests;

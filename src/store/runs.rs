//! Runs and their attempts in the store.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::column::{Named, instant, instant_or_null, invalid, micros, word};
use super::{Db, From, Result, StoreError, attempts, dependencies};
use crate::domain::group;
use crate::domain::run::{Attempt, Outcome, Removed, Run, RunState, Trigger, Usage};
use crate::domain::signal::StopSignal;
use crate::domain::task::Overlap;
use crate::domain::{RunId, ScheduleId, TaskId};

/// The columns of a [`Run`]. What a task says about retries begins with how many there are. A run that waits for a dependency says so.
const COLUMNS: &str = concat!(
    "r.id, r.task_id, t.slug, r.state, r.outcome, r.exit_code, r.signal,
    iif(r.purpose = 'environment', 'environment', r.\"trigger\") AS \"trigger\", r.attempt,
    max(r.attempt, CAST(t.retry AS INTEGER) + 1) AS attempts, r.retry_at, r.schedule_id,
    r.scheduled_for, r.queued_at, r.started_at, r.finished_at, r.came_after, r.not_before,
    r.pause_requested, r.paused_at, r.kill_at, r.removed_at, r.removed_by,
    (SELECT sum(cpu_us) FROM attempts WHERE run_id = r.id) AS cpu_us,
    (SELECT max(max_rss_bytes) FROM attempts WHERE run_id = r.id) AS max_rss_bytes,
    (SELECT max(peak_bytes) FROM attempts WHERE run_id = r.id) AS peak_bytes,
    (SELECT sum(samples) FROM attempts WHERE run_id = r.id) AS samples,
    (SELECT sum(output_bytes) FROM attempts WHERE run_id = r.id) AS output_bytes,
    (SELECT limits FROM attempts WHERE run_id = r.id ORDER BY number DESC LIMIT 1) AS limits,
    iif(t.blocked > 0 AND r.state = 'queued' AND r.cleared = 0 AND r.attempt = 1 AND r.purpose = 'work', 'waits for ' || ",
    dependencies::waits_sql!(),
    ", r.reason) AS reason
    FROM runs r JOIN tasks t ON t.id = r.task_id"
);

/// Queues a run of a task: the one way in which runs come into being.
pub fn queue(
    db: &Db,
    task: TaskId,
    trigger: Trigger,
    slot: Option<(ScheduleId, Timestamp)>,
    args: &[String],
    now: Timestamp,
) -> Result<RunId> {
    let priority: u8 = db
        .prepare_cached("SELECT priority FROM tasks WHERE id = ?1 AND deleted_at IS NULL AND kind <> 'todo'")?
        .query_row([task.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::Refused(format!("task {task} is a to-do or deleted: there is nothing to run")))?;
    // VALUES, not SELECT: an insert of possibly many rows makes SQLite look through all tasks for references to them.
    db.prepare_cached(
        "INSERT INTO runs (task_id, state, \"trigger\", priority, args, schedule_id, scheduled_for, queued_at)
         VALUES (?1, 'queued', ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        task.0,
        trigger.word(),
        priority,
        serde_json::json!(args).to_string(),
        slot.map(|(schedule, _)| schedule.0),
        slot.map(|(_, due)| micros(due)),
        micros(now),
    ])?;
    let id = RunId(db.last_insert_rowid());
    db.prepare_cached("UPDATE tasks SET last_run_id = ?2 WHERE id = ?1")?.execute(params![task.0, id.0])?;
    Ok(id)
}

/// What a build is asked for with that is to be done although the environment is ready.
const FORCE: &str = "force";

/// Queues a run that builds the environment of a task's script: it does not become the newest run of its task. With `force` also when
/// one is ready.
pub fn queue_build(db: &Db, task: TaskId, force: bool, now: Timestamp) -> Result<RunId> {
    let args: &[&str] = if force { &[FORCE] } else { &[] };
    let priority: u8 = db
        .prepare_cached("SELECT priority FROM tasks WHERE id = ?1 AND deleted_at IS NULL AND kind = 'script'")?
        .query_row([task.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| {
            StoreError::Refused(format!("task {task} has no script, or is deleted: it has no environment"))
        })?;
    db.prepare_cached(
        "INSERT INTO runs (task_id, state, \"trigger\", priority, args, queued_at, purpose)
         VALUES (?1, 'queued', 'manual', ?2, ?3, ?4, 'environment')",
    )?
    .execute(params![task.0, priority, serde_json::json!(args).to_string(), micros(now)])?;
    Ok(RunId(db.last_insert_rowid()))
}

/// Whether a build is to be done although the environment is ready.
pub fn is_forced(db: &Db, id: RunId) -> Result<bool> {
    Ok(args(db, id)?.iter().any(|arg| arg == FORCE))
}

/// Gives a run that waits variables of its own, which go before those of its task (R9).
pub fn set_env(db: &Db, id: RunId, env: &BTreeMap<String, String>) -> Result<()> {
    db.prepare_cached("UPDATE runs SET env = ?2 WHERE id = ?1 AND state = 'queued'")?
        .execute(params![id.0, serde_json::json!(env).to_string()])?;
    Ok(())
}

/// The variables of a run alone.
pub fn env(db: &Db, id: RunId) -> Result<BTreeMap<String, String>> {
    let env = db.prepare_cached("SELECT env FROM runs WHERE id = ?1")?.query_row([id.0], |row| {
        let text: String = row.get("env")?;
        serde_json::from_str(&text).map_err(|e| invalid(row, "env", e))
    })?;
    Ok(env)
}

/// Queues the run of a task that comes after these runs of others (R11).
pub fn queue_after(db: &Db, task: TaskId, came_after: &str, now: Timestamp) -> Result<RunId> {
    let id = queue(db, task, Trigger::After, None, &[], now)?;
    db.prepare_cached("UPDATE runs SET came_after = ?2 WHERE id = ?1")?.execute(params![id.0, came_after])?;
    Ok(id)
}

/// Writes down that a run which would have come after these runs was skipped, and why. It has never waited, and the task's newest
/// run is still the one that was in the way.
pub fn skip_after(db: &Db, task: TaskId, came_after: &str, reason: &str, now: Timestamp) -> Result<RunId> {
    db.prepare_cached(
        "INSERT INTO runs (task_id, state, outcome, \"trigger\", priority, queued_at, finished_at, reason, came_after)
         VALUES (?1, 'finished', 'skipped', 'after', (SELECT priority FROM tasks WHERE id = ?1), ?2, ?2, ?3, ?4)",
    )?
    .execute(params![task.0, micros(now), reason, came_after])?;
    Ok(RunId(db.last_insert_rowid()))
}

/// The newest run of a task that came after others, or would have (R11).
pub fn newest_after(db: &Db, task: TaskId) -> Result<Option<Run>> {
    let newest: Option<i64> = db
        .prepare_cached("SELECT id FROM runs WHERE task_id = ?1 AND \"trigger\" = 'after' ORDER BY id DESC LIMIT 1")?
        .query_row([task.0], |row| row.get(0))
        .optional()?;
    newest.map(|id| get(db, RunId(id))).transpose()
}

/// The run with this id.
pub fn get(db: &Db, id: RunId) -> Result<Run> {
    db.prepare_cached(&format!("SELECT {COLUMNS} WHERE r.id = ?1"))?
        .query_row([id.0], read)
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("run {id}")))
}

/// Whether there is a run with this id.
pub fn exists(db: &Db, id: RunId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?.exists([id.0])?)
}

/// A page of runs, the newest first; of one task when it is given. `After` means older.
pub fn page(db: &Db, task: Option<TaskId>, from: &From<RunId>, limit: usize) -> Result<Vec<Run>> {
    let (side, key, backwards) = match from {
        From::Start => ("", 0, false),
        From::End => ("", 0, true),
        From::After(key) => ("AND r.id < :key", key.0, false),
        From::At(key) => ("AND r.id <= :key", key.0, false),
        From::Before(key) => ("AND r.id > :key", key.0, true),
    };
    let of_task = if task.is_some() { "r.task_id = :task" } else { "r.id > 0" };
    let direction = if backwards { "ASC" } else { "DESC" };
    let mut query =
        db.prepare_cached(&format!("SELECT {COLUMNS} WHERE {of_task} {side} ORDER BY r.id {direction} LIMIT :limit"))?;
    let limit = limit as i64;
    let task = task.map(|task| task.0);
    let mut arguments = vec![(":limit", &limit as &dyn rusqlite::ToSql)];
    if let Some(task) = &task {
        arguments.push((":task", task));
    }
    if !side.is_empty() {
        arguments.push((":key", &key));
    }
    let mut rows = query.query_map(arguments.as_slice(), read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

/// The runs of one task, or of any, in one state, the newest first.
pub fn in_state(db: &Db, task: Option<TaskId>, state: RunState, limit: usize) -> Result<Vec<Run>> {
    // The word stands in the text, so that SQLite sees which of the indexes over a state fits.
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE r.state = '{state}' AND (?1 IS NULL OR r.task_id = ?1) ORDER BY r.id DESC LIMIT ?2"
    ))?;
    let rows = query.query_map(params![task.map(|task| task.0), limit as i64], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many runs a task has had, or all tasks, counted up to `cap`.
pub fn count(db: &Db, task: Option<TaskId>, cap: usize) -> Result<usize> {
    let n: i64 = match task {
        Some(task) => db
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM runs WHERE task_id = ?1 LIMIT ?2)")?
            .query_row([task.0, cap as i64], |row| row.get(0))?,
        None => db
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM runs LIMIT ?1)")?
            .query_row([cap as i64], |row| row.get(0))?,
    };
    Ok(n as usize)
}

/// The newest run of a task that has had a process; what built an environment is none.
pub fn latest_started(db: &Db, task: TaskId) -> Result<Option<RunId>> {
    Ok(db
        .prepare_cached("SELECT id FROM runs WHERE task_id = ?1 AND started_at IS NOT NULL AND purpose = 'work' ORDER BY id DESC LIMIT 1")?
        .query_row([task.0], |row| Ok(RunId(row.get("id")?)))
        .optional()?)
}

/// What a stop request met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRequest {
    /// The engine will pass it on.
    Noted,
    /// The run had not started: it is cancelled.
    Dequeued,
    /// The run waited for its next attempt: it is cancelled.
    NotRetried,
    /// The run had ended already.
    AlreadyFinished,
}

/// Asks for a run to be stopped (R4); with `kill`, at once. A queued run is taken out of the queue.
pub fn request_stop(db: &Db, id: RunId, kill: bool, now: Timestamp) -> Result<StopRequest> {
    let state: RunState = db
        .prepare_cached("SELECT state FROM runs WHERE id = ?1")?
        .query_row([id.0], |row| word(row, "state", RunState::from_word))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("run {id}")))?;
    match state {
        RunState::Finished => Ok(StopRequest::AlreadyFinished),
        RunState::Queued => {
            finish(db, id, Outcome::Cancelled, None, Some("taken out of the queue"), now)?;
            Ok(StopRequest::Dequeued)
        }
        RunState::WaitingRetry => {
            finish(db, id, Outcome::Cancelled, None, Some("stopped while it waited for its retry"), now)?;
            Ok(StopRequest::NotRetried)
        }
        RunState::Starting | RunState::Running | RunState::Stopping => {
            // A second request, or one to kill, kills; and a kill is never taken back.
            db.prepare_cached(
                "UPDATE runs SET stop_requested = CASE WHEN ?2 OR stop_requested IS NOT NULL THEN 'kill' ELSE 'stop' END
                 WHERE id = ?1",
            )?
            .execute(params![id.0, kill])?;
            Ok(StopRequest::Noted)
        }
    }
}

/// As [`request_stop`] without `kill`, with this signal in place of the task's own.
pub fn request_signal(db: &Db, id: RunId, signal: StopSignal, now: Timestamp) -> Result<StopRequest> {
    let met = request_stop(db, id, false, now)?;
    if met == StopRequest::Noted {
        db.prepare_cached("UPDATE runs SET stop_signal = ?2 WHERE id = ?1 AND stop_requested = 'stop'")?
            .execute(params![id.0, signal.number()])?;
    }
    Ok(met)
}

/// The signal with which a run is to be asked to stop, when it is not the task's own.
pub fn stop_signal(db: &Db, id: RunId) -> Result<Option<StopSignal>> {
    let number: Option<i32> =
        db.prepare_cached("SELECT stop_signal FROM runs WHERE id = ?1")?.query_row([id.0], |row| row.get(0))?;
    Ok(number.and_then(StopSignal::new))
}

/// What a request to pause or to resume met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseRequest {
    /// The engine will pass it on.
    Noted,
    /// That was wanted already.
    Already,
    /// There are no processes that could stand still: the run waits, is being stopped, or has ended.
    NotRunning(RunState),
}

/// Asks for the processes of a run to stand still, or to go on (R4). What is wanted last counts.
pub fn request_pause(db: &Db, id: RunId, pause: bool) -> Result<PauseRequest> {
    let (state, wanted): (RunState, bool) = db
        .prepare_cached("SELECT state, pause_requested FROM runs WHERE id = ?1")?
        .query_row([id.0], |row| Ok((word(row, "state", RunState::from_word)?, row.get("pause_requested")?)))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("run {id}")))?;
    match state {
        RunState::Starting | RunState::Running if wanted == pause => Ok(PauseRequest::Already),
        RunState::Starting | RunState::Running => {
            db.prepare_cached("UPDATE runs SET pause_requested = ?2 WHERE id = ?1")?.execute(params![id.0, pause])?;
            Ok(PauseRequest::Noted)
        }
        state => Ok(PauseRequest::NotRunning(state)),
    }
}

/// The runs that do not stand still as it is wanted, or do as it is not: run and whether it is to.
pub fn pause_requests(db: &Db) -> Result<Vec<(RunId, bool)>> {
    let mut query = db.prepare_cached(
        "SELECT id, pause_requested FROM runs WHERE pause_requested <> (paused_at IS NOT NULL) AND state = 'running'",
    )?;
    let rows = query.query_map([], |row| Ok((RunId(row.get("id")?), row.get("pause_requested")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records since when a run stands still; `None`: it does not any more, and the time that it did does not count for its
/// deadline (R5).
pub fn paused(db: &Db, id: RunId, since: Option<Timestamp>, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET paused_at = ?2,
                deadline_from = CASE WHEN ?2 IS NULL THEN deadline_from + max(0, ?3 - coalesce(paused_at, ?3))
                                ELSE deadline_from END
         WHERE id = ?1 AND state = 'running'",
    )?
    .execute(params![id.0, since.map(micros), micros(now)])?;
    Ok(())
}

/// Keeps a queued run from being admitted before then.
pub fn hold(db: &Db, id: RunId, until: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE runs SET not_before = ?2 WHERE id = ?1 AND state = 'queued'")?
        .execute(params![id.0, micros(until)])?;
    Ok(())
}

/// Since when the conditions of a queued run do not hold, from now on at the latest; `None` when it does not wait any more.
pub fn held_since(db: &Db, id: RunId, now: Timestamp) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached(
            "UPDATE runs SET held_since = coalesce(held_since, ?2) WHERE id = ?1 AND state = 'queued' RETURNING held_since",
        )?
        .query_row(params![id.0, micros(now)], |row| instant(row, "held_since"))
        .optional()?)
}

/// Lets a queued run wait until then for its conditions, which `reason` names (R10).
pub fn postpone(db: &Db, id: RunId, reason: &str, until: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE runs SET reason = ?2, not_before = ?3 WHERE id = ?1 AND state = 'queued'")?
        .execute(params![id.0, reason, micros(until)])?;
    Ok(())
}

/// Lets the runs into the queue whose time has come.
pub fn release(db: &Db, now: Timestamp) -> Result<()> {
    db.prepare_cached("UPDATE runs SET not_before = NULL WHERE not_before <= ?1")?.execute([micros(now)])?;
    Ok(())
}

/// When the next run comes into the queue.
pub fn next_held(db: &Db) -> Result<Option<Timestamp>> {
    Ok(db
        .prepare_cached("SELECT not_before FROM runs WHERE not_before IS NOT NULL ORDER BY not_before LIMIT 1")?
        .query_row([], |row| instant(row, "not_before"))
        .optional()?)
}

/// Cancels the runs of a schedule that wait for their time.
pub fn cancel_held(db: &Db, schedule: ScheduleId, reason: &str, now: Timestamp) -> Result<()> {
    let held: Vec<i64> = db
        .prepare_cached(
            "SELECT id FROM runs INDEXED BY runs_held_schedule WHERE schedule_id = ?1 AND not_before IS NOT NULL",
        )?
        .query_map([schedule.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    held.into_iter().try_for_each(|run| finish(db, RunId(run), Outcome::Cancelled, None, Some(reason), now))
}

/// Cancels the runs of a task that came after others and wait for their conditions.
pub fn cancel_held_after(db: &Db, task: TaskId, reason: &str, now: Timestamp) -> Result<()> {
    let held: Vec<i64> = db
        .prepare_cached(
            "SELECT id FROM runs WHERE task_id = ?1 AND state = 'queued' AND \"trigger\" = 'after' AND not_before IS NOT NULL",
        )?
        .query_map([task.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    held.into_iter().try_for_each(|run| finish(db, RunId(run), Outcome::Cancelled, None, Some(reason), now))
}

/// Cancels the runs of a task that nobody asked for by hand and that wait for its dependencies (A3).
pub fn cancel_blocked(db: &Db, task: TaskId, reason: &str, now: Timestamp) -> Result<()> {
    let blocked: Vec<i64> = db
        .prepare_cached(
            "SELECT r.id FROM runs r JOIN tasks t ON t.id = r.task_id
             WHERE r.task_id = ?1 AND r.state = 'queued' AND r.purpose = 'work' AND r.\"trigger\" <> 'manual'
                 AND r.cleared = 0 AND r.attempt = 1 AND t.blocked > 0",
        )?
        .query_map([task.0], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    blocked.into_iter().try_for_each(|run| finish(db, RunId(run), Outcome::Cancelled, None, Some(reason), now))
}

/// Makes way for a later run of the task (R2): takes a queued run out of the queue and asks a live one to stop. A run that
/// was asked already is not asked again: its grace goes on.
pub fn replace(db: &Db, id: RunId, reason: &str, now: Timestamp) -> Result<()> {
    let asked = db
        .prepare_cached(
            "UPDATE runs SET reason = coalesce(reason, ?2), stop_requested = coalesce(stop_requested, 'stop')
             WHERE id = ?1 AND state IN ('starting', 'running', 'stopping')",
        )?
        .execute(params![id.0, reason])?;
    if asked == 0 { finish(db, id, Outcome::Cancelled, None, Some(reason), now) } else { Ok(()) }
}

/// The runs of a task that have not finished, the newest first; what builds its environment is none of them.
pub fn unfinished(db: &Db, task: TaskId) -> Result<Vec<(RunId, RunState)>> {
    unfinished_but(db, task, "")
}

/// Of these, what can be in the way of a slot: what makes up for missed slots and still waits is not (T6).
pub fn in_the_way(db: &Db, task: TaskId) -> Result<Vec<(RunId, RunState)>> {
    unfinished_but(db, task, "AND \"trigger\" <> 'catch_up'")
}

fn unfinished_but(db: &Db, task: TaskId, queued: &str) -> Result<Vec<(RunId, RunState)>> {
    let mut query = db.prepare_cached(&format!(
        "SELECT id, state FROM runs WHERE task_id = ?1 AND state = 'queued' AND purpose = 'work' {queued}
         UNION ALL
         SELECT id, state FROM runs WHERE task_id = ?1 AND state IN ('starting', 'running', 'stopping') AND purpose = 'work'
         UNION ALL
         SELECT id, state FROM runs WHERE task_id = ?1 AND state = 'waiting_retry'
         ORDER BY id DESC"
    ))?;
    let rows =
        query.query_map([task.0], |row| Ok((RunId(row.get("id")?), word(row, "state", RunState::from_word)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A queued run, as admission sees it (R3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Identity.
    pub run: RunId,
    /// Its task.
    pub task: TaskId,
    /// The overlap policy of its task (R2).
    pub overlap: Overlap,
    /// The groups of its task (R3).
    pub groups: Vec<String>,
    /// Whether its task has conditions that must hold before this run (R10): of a run by hand, and of one that began before, they
    /// need not.
    pub conditional: bool,
    /// Whether its task has a script, of which the environment is to be looked at before.
    pub scripted: bool,
    /// Whether it builds that.
    pub builds: bool,
}

/// Walks the queue in order of admission, priority and then age (R3), until `visit` breaks off. What makes up for missed slots comes
/// after what is regular (T6); what waits for a dependency is left out (A3).
pub fn waiting(db: &Db, mut visit: impl FnMut(Waiting) -> ControlFlow<()>) -> Result<()> {
    let mut query = db.prepare_cached(
        "SELECT r.id, r.task_id, t.overlap, t.groups, t.conditions <> '' AND r.\"trigger\" <> 'manual' AND r.attempt = 1 AS conditional,
                t.kind = 'script' AS scripted, r.purpose = 'environment' AS builds FROM runs r JOIN tasks t ON t.id = r.task_id
         WHERE r.state = 'queued' AND r.not_before IS NULL
             AND NOT (t.blocked > 0 AND r.cleared = 0 AND r.attempt = 1 AND r.purpose = 'work')
         ORDER BY r.priority, r.\"trigger\" = 'catch_up', r.id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let overlap: String = row.get("overlap")?;
        let waiting = Waiting {
            run: RunId(row.get("id")?),
            task: TaskId(row.get("task_id")?),
            overlap: overlap.parse().map_err(|e: String| invalid(row, "overlap", e))?,
            groups: groups(row)?,
            conditional: row.get("conditional")?,
            scripted: row.get("scripted")?,
            builds: row.get("builds")?,
        };
        if visit(waiting).is_break() {
            break;
        }
    }
    Ok(())
}

/// A run whose supervisor lives or is about to, as the engine needs it to adopt it (R8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Identity.
    pub run: RunId,
    /// Its task.
    pub task: TaskId,
    /// Which attempt lives.
    pub attempt: u32,
    /// Where it is in its life.
    pub state: RunState,
    /// The boot of the machine in which it was started.
    pub boot: Option<String>,
    /// The groups of its task (R3).
    pub groups: Vec<String>,
    /// Whether it builds the environment of its task's script.
    pub builds: bool,
}

pub(super) fn groups(row: &Row<'_>) -> rusqlite::Result<Vec<String>> {
    group::parse(&row.get::<_, String>("groups")?).map_err(|e| invalid(row, "groups", e))
}

/// All live runs, task by task.
pub fn live(db: &Db) -> Result<Vec<Live>> {
    let mut query = db.prepare_cached(
        "SELECT r.id, r.task_id, r.attempt, r.state, r.boot, t.groups, r.purpose = 'environment' AS builds FROM runs r JOIN tasks t ON t.id = r.task_id
         WHERE r.state IN ('starting', 'running', 'stopping') ORDER BY r.task_id, r.id",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Live {
            run: RunId(row.get("id")?),
            task: TaskId(row.get("task_id")?),
            attempt: row.get("attempt")?,
            state: word(row, "state", RunState::from_word)?,
            boot: row.get("boot")?,
            groups: groups(row)?,
            builds: row.get("builds")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records that a queued run was admitted and its supervisor is about to be made.
pub fn starting(db: &Db, id: RunId, boot: &str) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET state = 'starting', boot = ?2, reason = NULL, awaits = NULL WHERE id = ?1 AND state = 'queued'",
    )?
    .execute(params![id.0, boot])?;
    Ok(())
}

/// Puts a run whose supervisor was never made back into the queue; when it was asked to stop meanwhile, it has ended.
pub fn requeue(db: &Db, id: RunId, attempt: u32, now: Timestamp) -> Result<()> {
    let stopped: Option<Option<String>> = db
        .prepare_cached("SELECT reason FROM runs WHERE id = ?1 AND attempt = ?2 AND state = 'starting' AND stop_requested IS NOT NULL")?
        .query_row(params![id.0, attempt], |row| row.get(0))
        .optional()?;
    if let Some(reason) = stopped {
        let own = if reason.is_some() { None } else { Some("stopped before it began") };
        return finish(db, id, Outcome::Cancelled, None, own, now);
    }
    db.prepare_cached(
        "UPDATE runs SET state = 'queued', boot = NULL, pause_requested = 0 WHERE id = ?1 AND attempt = ?2 AND state = 'starting'",
    )?
    .execute(params![id.0, attempt])?;
    Ok(())
}

/// Records that the supervisor of an attempt lives.
pub fn running(db: &Db, id: RunId, attempt: u32, at: Timestamp) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?2)
         WHERE id = ?1 AND attempt = ?3 AND state = 'starting'",
    )?
    .execute(params![id.0, micros(at), attempt])?;
    Ok(())
}

/// The stop requests that are to be passed on: run and whether to kill.
pub fn stop_requests(db: &Db) -> Result<Vec<(RunId, bool)>> {
    let mut query = db.prepare_cached(
        "SELECT id, stop_requested = 'kill' AS kill FROM runs WHERE stop_requested IS NOT NULL AND state <> 'finished'",
    )?;
    let rows = query.query_map([], |row| Ok((RunId(row.get("id")?), row.get("kill")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records that a stop request was passed on to the supervisor, and when KILL comes: after the grace of the task, or now. It ends
/// a pause.
pub fn stopping(db: &Db, id: RunId, kill: bool, now: Timestamp) -> Result<()> {
    db.prepare_cached(
        "UPDATE runs SET state = 'stopping', pause_requested = 0, paused_at = NULL,
                kill_at = ?2 + iif(?3, 0, 1000 * (SELECT grace_ms FROM tasks WHERE id = task_id))
         WHERE id = ?1 AND state = 'running'",
    )?
    .execute(params![id.0, micros(now), kill])?;
    if kill {
        db.prepare_cached("UPDATE runs SET kill_at = ?2 WHERE id = ?1 AND state = 'stopping' AND kill_at > ?2")?
            .execute(params![id.0, micros(now)])?;
    }
    Ok(())
}

/// Runs with their tasks' slugs between two of them, both included, or all: the newest first. For marking them.
pub fn names(
    db: &Db,
    task: Option<TaskId>,
    between: Option<(RunId, RunId)>,
    limit: usize,
) -> Result<Vec<(RunId, String)>> {
    let (a, b) = between.map_or((0, i64::MAX), |(a, b)| (a.0.min(b.0), a.0.max(b.0)));
    let of_task = if task.is_some() { "r.task_id = ?1" } else { "?1 IS NULL" };
    let mut query = db.prepare_cached(&format!(
        "SELECT r.id, t.slug FROM runs r JOIN tasks t ON t.id = r.task_id
         WHERE {of_task} AND r.id BETWEEN ?2 AND ?3 ORDER BY r.id DESC LIMIT ?4"
    ))?;
    let rows = query.query_map(params![task.map(|task| task.0), a, b, limit as i64], |row| {
        Ok((RunId(row.get("id")?), row.get("slug")?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Of these runs those that have ended, in any order.
pub fn ended(db: &Db, ids: &[RunId]) -> Result<Vec<Run>> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} WHERE r.id = ?1 AND r.state = 'finished'"))?;
    let mut found = Vec::new();
    for id in ids {
        found.extend(query.query_row([id.0], read).optional()?);
    }
    Ok(found)
}

/// Removes some of the oldest runs of a task that have ended; says how many. Their folders go after that (O3).
pub fn forget(db: &Db, task: TaskId, limit: usize) -> Result<usize> {
    Ok(db
        .prepare_cached(
            "DELETE FROM runs WHERE id IN (
                 SELECT id FROM runs WHERE task_id = ?1 AND state = 'finished' ORDER BY id LIMIT ?2)",
        )?
        .execute(params![task.0, limit as i64])?)
}

/// The newest run of a task before this one that succeeded and whose output was not removed.
pub fn good_before(db: &Db, task: TaskId, run: RunId) -> Result<Option<RunId>> {
    let mut query = db.prepare_cached(
        "SELECT id FROM runs WHERE task_id = ?1 AND id < ?2 AND outcome = 'succeeded' AND removed_at IS NULL AND purpose = 'work'
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(query.query_row([task.0, run.0], |row| row.get(0)).optional()?.map(RunId))
}

/// How long the newest runs of a task took that succeeded, of its last `limit` ones.
pub fn durations(db: &Db, task: TaskId, limit: usize) -> Result<Vec<Duration>> {
    let mut query = db.prepare_cached(
        "SELECT finished_at - started_at FROM (SELECT * FROM runs WHERE task_id = ?1 AND purpose = 'work' ORDER BY id DESC LIMIT ?2)
         WHERE outcome = 'succeeded' AND started_at IS NOT NULL",
    )?;
    let rows = query.query_map(params![task.0, limit as i64], |row| {
        Ok(Duration::from_micros(row.get::<_, i64>(0)?.max(0).unsigned_abs()))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Ends a run, once: a run that has finished keeps its outcome. Why it was asked to stop stays with it when it was stopped.
pub fn finish(
    db: &Db,
    id: RunId,
    outcome: Outcome,
    attempt: Option<&Attempt>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    // The code with which a process answered the stop signal is kept with its attempt; it is not the outcome.
    let changed = db
        .prepare_cached(
            "UPDATE runs SET state = 'finished', outcome = ?2, exit_code = ?3, signal = ?4,
                    reason = CASE WHEN ?2 = 'cancelled' AND state NOT IN ('queued', 'waiting_retry') THEN
                                 coalesce(coalesce(reason, iif(stop_requested IS NULL, NULL, 'stopped by hand')) || coalesce('; ' || ?5, ''), ?5)
                             -- Who stopped it while it was being timed out shall see that it was heard.
                             WHEN ?2 IN ('timed_out', 'over_memory') AND stop_requested IS NOT NULL THEN
                                 coalesce(?5 || '; ', '') || coalesce(reason, 'stopped by hand') || ' meanwhile'
                             ELSE ?5 END,
                    started_at = CASE WHEN attempt = 1 THEN coalesce(?6, started_at) ELSE coalesce(started_at, ?6) END,
                    finished_at = ?7, not_before = NULL, retry_at = NULL, pause_requested = 0, paused_at = NULL
             WHERE id = ?1 AND state <> 'finished'",
        )?
        .execute(params![
            id.0,
            outcome.word(),
            outcome.exit_code(),
            outcome.signal(),
            reason,
            attempt.and_then(|a| a.started_at).map(micros),
            micros(attempt.and_then(|a| a.ended_at).unwrap_or(now)),
        ])?;
    match attempt {
        Some(attempt) if changed == 1 => attempts::add(db, id, attempt),
        _ => Ok(()),
    }
}

/// The extra arguments with which a run was asked for.
pub fn args(db: &Db, id: RunId) -> Result<Vec<String>> {
    let args = db.prepare_cached("SELECT args FROM runs WHERE id = ?1")?.query_row([id.0], |row| {
        let text: String = row.get("args")?;
        serde_json::from_str(&text).map_err(|e| invalid(row, "args", e))
    })?;
    Ok(args)
}

/// Reads the three columns of an outcome.
pub(super) fn read_outcome(row: &impl Named) -> rusqlite::Result<Option<Outcome>> {
    let Some(word) = row.value::<Option<String>>("outcome")? else { return Ok(None) };
    Outcome::from_parts(&word, row.value("exit_code")?, row.value("signal")?)
        .map(Some)
        .ok_or_else(|| invalid(row, "outcome", format!("`{word}` with this exit code and signal")))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let schedule: Option<i64> = row.get("schedule_id")?;
    let due = instant_or_null(row, "scheduled_for")?;
    let cpu: Option<u64> = row.get("cpu_us")?;
    let usage = match cpu {
        None => None,
        Some(cpu) => Some(Usage {
            cpu: Duration::from_micros(cpu),
            max_rss_bytes: row.get("max_rss_bytes")?,
            peak_bytes: row.get("peak_bytes")?,
            samples: row.get("samples")?,
            output_bytes: row.get("output_bytes")?,
        }),
    };
    Ok(Run {
        id: RunId(row.get("id")?),
        task: TaskId(row.get("task_id")?),
        slug: row.get("slug")?,
        state: word(row, "state", RunState::from_word)?,
        outcome: read_outcome(row)?,
        trigger: word(row, "trigger", Trigger::from_word)?,
        attempt: row.get("attempt")?,
        attempts: row.get("attempts")?,
        retry_at: instant_or_null(row, "retry_at")?,
        slot: schedule.map(ScheduleId).zip(due),
        queued_at: instant(row, "queued_at")?,
        not_before: instant_or_null(row, "not_before")?,
        started_at: instant_or_null(row, "started_at")?,
        finished_at: instant_or_null(row, "finished_at")?,
        pause_requested: row.get("pause_requested")?,
        paused_at: instant_or_null(row, "paused_at")?,
        kill_at: instant_or_null(row, "kill_at")?,
        usage,
        limits: row.get("limits")?,
        reason: row.get("reason")?,
        came_after: row.get("came_after")?,
        removed: match instant_or_null(row, "removed_at")? {
            Some(at) => Some(Removed { at, by: row.get("removed_by")? }),
            None => None,
        },
    })
}

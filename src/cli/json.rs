//! The JSON of tasks, runs and slots (CLI.md): RFC 3339 with offset, durations in seconds, words in `snake_case`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::{Context, Result};
use crate::domain::environment::{Environment, State};
use crate::domain::run::Run;
use crate::domain::schedule::Slot;
use crate::domain::task::{Task, Work};
use crate::domain::{RunId, ScheduleId, TaskId};
use crate::store::tasks::TaskRow;
use crate::store::{Db, From, tasks};

/// A task.
#[derive(Debug, Serialize)]
pub(super) struct TaskJson {
    id: TaskId,
    slug: String,
    name: String,
    kind: &'static str,
    category: String,
    tags: Vec<String>,
    priority: u8,
    status: Option<&'static str>,
    due_at: Option<String>,
    reminders: Vec<String>,
    recur: Option<String>,
    description: String,
    progress: u8,
    #[serde(rename = "type")]
    task_type: Option<String>,
    fields: BTreeMap<String, String>,
    begun_at: Option<String>,
    done_at: Option<String>,
    depends_on: Vec<String>,
    blocked: bool,
    blocked_since: Option<String>,
    /// What it waits for, in words.
    waits_for: Option<String>,
    assignee: Option<String>,
    paused: bool,
    pause_reason: Option<String>,
    failures: u32,
    late_since: Option<String>,
    next_at: Option<String>,
    last_run: Option<LastRunJson>,
}

/// The newest run of a task.
#[derive(Debug, Serialize)]
struct LastRunJson {
    id: RunId,
    state: &'static str,
    outcome: Option<&'static str>,
    started_at: Option<String>,
    finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<String>,
}

/// A run.
#[derive(Debug, Serialize)]
pub(super) struct RunJson {
    id: RunId,
    task: String,
    state: &'static str,
    outcome: Option<&'static str>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    trigger: &'static str,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    scheduled_for: Option<String>,
    queued_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    started_at: Option<String>,
    finished_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<String>,
    duration_s: Option<f64>,
    cpu_s: Option<f64>,
    max_rss_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    samples: Option<u32>,
    output_bytes: Option<u64>,
    limits: Option<String>,
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    came_after: Option<String>,
    /// When its output was removed, and by which limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_removed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_removed_by: Option<String>,
}

/// A slot. One that is still to come has no decision; then `dst` says what a change of the clock does to it, `starts_at` when it
/// starts if it has to wait for the jitter, and `moved_from` from which excluded day it was moved.
#[derive(Debug, Serialize)]
pub(super) struct SlotJson {
    pub(super) schedule: ScheduleId,
    pub(super) task: String,
    pub(super) due_at: String,
    pub(super) decision: Option<&'static str>,
    pub(super) reason: Option<String>,
    pub(super) run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dst: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved_from: Option<String>,
}

/// The environment of a script.
#[derive(Debug, Serialize)]
pub(super) struct EnvironmentJson {
    state: &'static str,
    key: Option<String>,
    python: Option<String>,
    version: Option<String>,
    folder: Option<String>,
    packages: Option<u32>,
    locked: bool,
    drift: bool,
    run: Option<RunId>,
    reason: Option<String>,
    changed_at: String,
}

impl Context {
    /// An instant in JSON.
    pub(super) fn rfc3339(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
    }

    /// The object of a task outside the trash.
    pub(super) fn task_json(&self, db: &Db, task: &Task) -> Result<TaskJson> {
        let mut row = tasks::page(db, &From::At(task.slug.clone()), 1)?.into_iter().find(|row| row.id == task.id);
        if let Some(last) = row.as_mut().and_then(|row| row.last.as_mut()) {
            self.witness()?.last(last);
        }
        Ok(self.task_json_with(task, row.as_ref()))
    }

    /// The same when its line of the list is known already.
    pub(super) fn task_json_with(&self, task: &Task, row: Option<&TaskRow>) -> TaskJson {
        let definition = &task.definition;
        let time = |at: Option<Timestamp>| at.map(|at| self.rfc3339(at));
        TaskJson {
            id: task.id,
            slug: task.slug.clone(),
            name: definition.name.clone(),
            kind: definition.work.kind().word(),
            category: definition.category.clone(),
            tags: definition.tags.clone(),
            priority: definition.priority.get(),
            status: match definition.work {
                Work::Todo(status) => Some(status.word()),
                Work::Command(_) | Work::Script(_) => None,
            },
            due_at: time(definition.due_at),
            reminders: definition.reminders.iter().map(ToString::to_string).collect(),
            recur: definition.recur.as_ref().map(ToString::to_string),
            description: definition.description.clone(),
            progress: definition.progress,
            task_type: definition.task_type.clone(),
            fields: definition.custom.clone(),
            begun_at: time(task.begun_at),
            done_at: time(task.done_at),
            depends_on: definition.depends_on.iter().map(ToString::to_string).collect(),
            blocked: task.blocked > 0,
            blocked_since: time(task.blocked_since),
            waits_for: row.and_then(|row| row.waits.clone()),
            assignee: definition.assignee.clone(),
            paused: definition.paused,
            pause_reason: row.and_then(|row| row.pause_reason.clone()),
            failures: task.failures,
            late_since: time(task.late_since),
            next_at: time(row.and_then(|row| row.next_at)),
            last_run: row.and_then(|row| row.last.as_ref()).map(|last| LastRunJson {
                id: last.id,
                state: last.state.word(),
                outcome: last.outcome.map(crate::domain::run::Outcome::word),
                started_at: time(last.started_at),
                finished_at: time(last.finished_at),
                paused_at: time(last.paused_at.filter(|_| last.is_paused())),
            }),
        }
    }

    /// The object of a run.
    pub(super) fn run_json(&self, run: &Run) -> RunJson {
        use crate::domain::run::Outcome;
        let time = |at: Option<Timestamp>| at.map(|at| self.rfc3339(at));
        RunJson {
            id: run.id,
            task: run.slug.clone(),
            state: run.state.word(),
            outcome: run.outcome.map(Outcome::word),
            exit_code: run.outcome.and_then(Outcome::exit_code),
            signal: run.outcome.and_then(Outcome::signal),
            trigger: run.trigger.word(),
            attempt: run.attempt,
            max_attempts: Some(run.attempts).filter(|attempts| *attempts > 1),
            retry_at: time(run.retry_at),
            scheduled_for: time(run.slot.map(|(_, due)| due)),
            queued_at: self.rfc3339(run.queued_at),
            not_before: time(run.not_before),
            started_at: time(run.started_at),
            finished_at: time(run.finished_at),
            paused_at: time(run.paused_at.filter(|_| run.is_paused())),
            duration_s: run.duration(self.now).map(|duration| duration.as_secs_f64()),
            cpu_s: run.usage.map(|usage| usage.cpu.as_secs_f64()),
            max_rss_bytes: run.usage.map(|usage| usage.max_rss_bytes),
            peak_bytes: run.usage.map(|usage| usage.peak_bytes),
            samples: run.usage.map(|usage| usage.samples),
            output_bytes: run.usage.map(|usage| usage.output_bytes),
            limits: run.limits.clone(),
            reason: run.reason.clone(),
            came_after: run.came_after.clone(),
            output_removed_at: time(run.removed.as_ref().map(|removed| removed.at)),
            output_removed_by: run.removed.as_ref().map(|removed| removed.by.clone()),
        }
    }

    /// The object of an environment.
    pub(super) fn environment_json(&self, it: &Environment) -> EnvironmentJson {
        EnvironmentJson {
            state: it.state.word(),
            key: it.key.clone(),
            python: it.python.as_ref().map(|path| path.display().to_string()),
            version: it.version.clone(),
            folder: it.folder.as_ref().filter(|_| it.state == State::Ready).map(|path| path.display().to_string()),
            packages: it.packages,
            locked: it.locked,
            drift: it.drift,
            run: it.run,
            reason: it.reason.clone(),
            changed_at: self.rfc3339(it.changed_at),
        }
    }

    /// The object of a slot that was decided.
    pub(super) fn slot_json(&self, slug: &str, slot: &Slot) -> SlotJson {
        SlotJson {
            schedule: slot.schedule,
            task: slug.to_owned(),
            due_at: self.rfc3339(slot.due_at),
            decision: Some(slot.decision.word()),
            reason: slot.reason.clone(),
            run: slot.run,
            dst: None,
            starts_at: None,
            moved_from: None,
        }
    }

    /// Prints one object on a line of its own.
    pub(super) fn print_json(&mut self, object: &impl Serialize) -> Result<()> {
        self.out.write_all(line(object)?.as_bytes())?;
        Ok(())
    }
}

/// One object on a line of its own, with its end.
pub(super) fn line(object: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(object).map_err(std::io::Error::from)?;
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // JSON allows them as they are, but a terminal would obey them or hide what stands beside them (O4).
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
        {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    Ok(line)
}

//! A task that fails again and again opens a to-do about that, once, and completes it when it succeeds again.

use std::path::Path;

use jiff::Timestamp;

use super::{note, tail};
use crate::domain::after;
use crate::domain::run::Run;
use crate::domain::task::{Definition, Status, Task, Work};
use crate::domain::{RunId, TaskId};
use crate::store::incidents::{self, Failing};
use crate::store::{Db, Result, notes, runs, tasks};

/// Lines at the end of the output that the to-do has in its description.
const LINES: usize = 20;

/// Opens the to-dos that are wanted. `folders` is the folder of the run folders.
pub(super) fn open(db: &Db, folders: &Path, now: Timestamp) -> Result<()> {
    for Failing { task, run } in incidents::failing(db)? {
        let failing = tasks::get(db, task)?;
        let run = run.map(|run| runs::get(db, run)).transpose()?;
        let what = run.as_ref().map_or_else(|| format!("{} failed", failing.slug), |run| said(&failing, run));
        let times = match failing.failures {
            1 => String::new(),
            n => format!(", and {} has failed {n} times in a row", failing.slug),
        };
        let mut description = format!("{what}{times}.\n");
        let lines = run.as_ref().and_then(|run| tail::lines(&folders.join(run.id.to_string()))).unwrap_or_default();
        if !lines.is_empty() {
            description.push_str("\nThe end of its output:\n\n");
            for line in &lines[lines.len().saturating_sub(LINES)..] {
                // Indented, it is a text as it stands, whatever it holds.
                description.extend(["    ", line.as_str(), "\n"]);
            }
        }
        let Definition { name, category, assignee, priority, .. } = failing.definition;
        let todo = Definition { category, priority, assignee, description, ..wanted(&name) };
        let todo = tasks::add(db, &todo, now)?;
        incidents::opened(db, task, todo.id)?;
        if let Some(run) = run {
            notes::add(db, todo.id, &what, Some(run.id), now)?;
        }
        tracing::warn!(%task, todo = todo.slug, "a to-do is opened about a task that fails");
        note::warn(db, task, format!("opened the to-do {}: {what}{times}", todo.slug), now)?;
    }
    Ok(())
}

fn wanted(name: &str) -> Definition {
    Definition::new(format!("{name} fails"), Work::Todo(Status::Open))
}

/// `run #14 of backup failed with exit code 3: no room`.
fn said(task: &Task, run: &Run) -> String {
    let how = run.outcome.map_or_else(|| "failed".to_owned(), after::ended_so);
    let reason = run.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    format!("run #{} of {} {how}{reason}", run.id, task.slug)
}

/// A task has succeeded: the to-do about its failures is completed, unless somebody has closed it already.
pub(super) fn recovered(db: &Db, task: TaskId, run: RunId, now: Timestamp) -> Result<()> {
    let Some(todo) = incidents::closed(db, task)? else { return Ok(()) };
    let mut definition = tasks::get(db, todo)?.definition;
    (definition.work, definition.progress) = (Work::Todo(Status::Completed), 100);
    notes::add(db, todo, &format!("run #{run} succeeded"), None, now)?;
    let todo = tasks::set(db, todo, &definition, now)?;
    tracing::info!(%task, todo = todo.slug, "the to-do about a task that failed is completed");
    Ok(())
}

//! `tempo pause` and `tempo resume`: the schedules of tasks rest or wake again; with `--run` the processes of runs.

use std::io::Write as _;

use serde_json::json;

use super::{Context, Result};
use crate::domain::RunId;
use crate::domain::change::By;
use crate::store::changes::Step;
use crate::store::runs::{self, PauseRequest};
use crate::store::{StoreError, schedules, tasks, upstreams};

/// Which tasks, or which runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tasks whose schedules are meant; what runs goes on
    #[arg(required_unless_present = "run", conflicts_with = "run", value_name = "TASK")]
    tasks: Vec<String>,
    /// Runs instead: every process of theirs stands still or goes on, and their timeouts with them
    #[arg(long, value_name = "RUN", num_args = 1..)]
    run: Vec<i64>,
}

pub(super) fn run(args: Args, paused: bool, cx: &mut Context) -> Result<()> {
    if args.run.is_empty() { of_tasks(args.tasks, paused, cx) } else { of_runs(args.run, paused, cx) }
}

fn of_tasks(references: Vec<String>, paused: bool, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let now = cx.now;
    let changed = store.write(move |db| {
        let (mut step, mut changed) = (Step::new(By::Cli, now), Vec::new());
        for reference in &references {
            let task = tasks::find(db, reference)?;
            step.set_paused(db, task.id, paused)?;
            changed.push(tasks::get(db, task.id)?);
        }
        Ok(changed)
    })?;
    let db = store.reader()?;
    for task in &changed {
        if cx.json {
            let object = cx.task_json(&db, task)?;
            cx.print_json(&object)?;
        } else {
            writeln!(cx.out, "{} {}", if paused { "paused" } else { "resumed" }, task.slug)?;
        }
        if paused && schedules::of_task(&db, task.id)?.is_empty() && !upstreams::has_any(&db, task.id)? {
            super::complain(&format_args!("{} has no schedule: there is nothing that rests", task.slug));
        }
    }
    Ok(())
}

fn of_runs(ids: Vec<i64>, paused: bool, cx: &mut Context) -> Result<()> {
    let witness = cx.witness()?;
    let met = cx.store()?.write(move |db| {
        let mut met = Vec::new();
        for id in ids.into_iter().map(RunId) {
            let run = witness.run(runs::get(db, id)?);
            let refused = |state| {
                let what = if paused { "paused" } else { "resumed" };
                StoreError::Refused(format!("run {id} of {} is {state}: only a running one can be {what}", run.slug))
            };
            if run.outcome.is_some() {
                return Err(refused(run.state));
            }
            match runs::request_pause(db, id, paused)? {
                PauseRequest::NotRunning(state) => return Err(refused(state)),
                request => met.push((id, run.slug, request)),
            }
        }
        Ok(met)
    })?;
    for (id, slug, request) in &met {
        let (word, text) = match (request, paused) {
            (PauseRequest::Noted, true) => ("noted", "is being paused"),
            (PauseRequest::Noted, false) => ("noted", "goes on"),
            (_, true) => ("already", "was paused already"),
            (_, false) => ("already", "was not paused"),
        };
        if cx.json {
            let verb = if paused { "pause" } else { "resume" };
            cx.print_json(&json!({ "run": id, "task": slug, verb: word }))?;
        } else {
            writeln!(cx.out, "run {id} of {slug} {text}")?;
        }
    }
    if met.iter().any(|(_, _, request)| *request == PauseRequest::Noted) && !cx.has_engine()? {
        super::complain(&"no engine is running: the request is passed on when one starts");
    }
    Ok(())
}

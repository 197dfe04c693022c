//! `tempo stop`: asks for runs to be stopped (R4), or lays a to-do down.

use std::io::Write as _;

use serde_json::json;

use super::{Context, Result, RunOrTask, todo};
use crate::domain::task::{Status, Work};
use crate::store::runs::{self, StopRequest};

/// What is to be stopped.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run, or a task: all of its runs, also the queued ones and those that wait for a retry; a to-do in progress is laid down
    #[arg(value_name = "RUN|TASK")]
    which: String,
    /// At once, without asking the process first
    #[arg(long)]
    kill: bool,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let (which, kill, now) = (args.which.clone(), args.kill, cx.now);
    let store = cx.store()?;
    if let RunOrTask::Task(task) = super::run_or_task(&*store.reader()?, &which)?
        && task.definition.work == Work::Todo(Status::InProgress)
    {
        return todo::lay_down(task.id, cx);
    }
    let witness = cx.witness()?;
    let (slug, met) = store.write(move |db| {
        let (slug, runs) = match super::run_or_task(db, &which)? {
            RunOrTask::Run(run) => (run.slug, vec![run.id]),
            RunOrTask::Task(task) => {
                (task.slug, runs::unfinished(db, task.id)?.into_iter().map(|(run, _)| run).collect())
            }
        };
        let mut met = Vec::new();
        for id in runs {
            let request = if witness.is_over(&runs::get(db, id)?) {
                StopRequest::AlreadyFinished
            } else {
                runs::request_stop(db, id, kill, now)?
            };
            met.push((id, request));
        }
        Ok((slug, met))
    })?;
    let has_engine = cx.has_engine()?;
    for (id, request) in &met {
        let (word, text) = match request {
            StopRequest::Noted if !has_engine => ("noted", "is to be stopped"),
            StopRequest::Noted if kill => ("noted", "is being killed"),
            StopRequest::Noted => ("noted", "is being stopped"),
            StopRequest::Dequeued => ("dequeued", "was taken out of the queue"),
            StopRequest::NotRetried => ("not_retried", "is not tried again"),
            StopRequest::AlreadyFinished => ("already_finished", "had finished already"),
        };
        if cx.json {
            cx.print_json(&json!({ "run": id, "task": slug, "stop": word }))?;
        } else {
            writeln!(cx.out, "run {id} of {slug} {text}")?;
        }
    }
    if met.is_empty() && cx.json {
        cx.print_json(&json!({ "run": null, "task": slug, "stop": "nothing" }))?;
    } else if met.is_empty() {
        super::complain(&format_args!("nothing of {slug} is running or queued"));
    }
    if met.iter().any(|(_, request)| *request == StopRequest::Noted) && !has_engine {
        super::complain(&"no engine is running: it goes on until one starts, which passes the request on");
    }
    Ok(())
}

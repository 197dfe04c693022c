//! `tempo run`: queues a run, and with `--wait` follows it to its end.

use std::fs::File;
use std::io::{IsTerminal, Write};

use super::follow::follow;
use super::{CliError, Context, Result};
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::task::Work;
use crate::domain::{RunId, argument};
use crate::output::{Display, Form, Part, Stream};
use crate::store::{Store, StoreError, dependencies, drain, runs, tasks};

/// What is to be run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With --wait the exit code is the run's own; 128+n when signal n ended it, 124 when it timed out, 125 when it \
could not start or was lost, 130 when it was cancelled, 137 when it used too much memory. Ctrl-C ends the waiting only: the run goes on.
With --wait --json the run is printed when it has finished, and its output is not.
A run of a task that depends on others waits until they are done."
)]
pub struct Args {
    /// The task
    task: String,
    /// Print its output as it comes, and exit as the run does
    #[arg(long)]
    wait: bool,
    /// A variable of this run alone, before that of the task; again for another
    #[arg(long, value_name = "NAME=VALUE", value_parser = argument::variable)]
    env: Vec<(String, String)>,
    /// Arguments for the command ("$@") or the script
    #[arg(last = true, value_name = "ARGS")]
    extra: Vec<String>,
}

pub(super) fn run(args: Args, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let has_engine = cx.has_engine()?;
    let (now, wait) = (cx.now, args.wait);
    let (id, slug, ahead, draining, waits) = store.write(move |db| {
        let task = tasks::find(db, &args.task)?;
        if let Work::Todo(_) = task.definition.work {
            return Err(StoreError::Refused(format!(
                "{} is a to-do, which a person does; give it a command first: tempo set {0} command=...",
                task.slug
            )));
        }
        if wait && !has_engine {
            return Ok((None, task.slug, None, false, None));
        }
        // One that waits for its retry waits for nobody, and nobody for it.
        let mut unfinished = runs::unfinished(db, task.id)?;
        unfinished.retain(|(_, state)| *state != RunState::WaitingRetry);
        let room = usize::from(task.definition.execution.overlap.parallel());
        let ahead = if unfinished.len() < room { None } else { unfinished.first().map(|(run, _)| *run) };
        let id = runs::queue(db, task.id, Trigger::Manual, None, &args.extra, now)?;
        if !args.env.is_empty() {
            runs::set_env(db, id, &args.env.into_iter().collect())?;
        }
        let waits = if task.blocked > 0 { dependencies::waits(db, task.id)? } else { None };
        Ok((Some(id), task.slug, ahead, drain::since(db)?.is_some(), waits))
    })?;
    let Some(id) = id else { return Err(CliError::NoEngine) };
    if draining {
        super::complain(&format_args!("run {id} of {slug} waits: nothing new starts until `tempo drain off`"));
    } else if let Some(waits) = waits {
        super::complain(&format_args!("run {id} of {slug} waits for {waits}"));
    } else if let Some(ahead) = ahead {
        super::complain(&format_args!("run {id} of {slug} waits behind run {ahead}"));
    }
    if wait {
        return follow_to_end(cx, &store, id);
    }
    if !has_engine {
        super::complain(&format_args!("no engine is running: run {id} starts when `tempo` or `tempo daemon` does"));
    }
    if cx.json {
        let object = cx.run_json(&runs::get(&*store.reader()?, id)?);
        cx.print_json(&object)?;
    } else {
        writeln!(cx.out, "{id}")?;
    }
    Ok(0)
}

pub(super) fn follow_to_end(cx: &mut Context, store: &Store, id: RunId) -> Result<u8> {
    let run = if cx.json {
        let run = follow(cx, store, id, |_, offset| Ok(offset))?;
        cx.now = jiff::Timestamp::now();
        let object = cx.run_json(&run);
        cx.print_json(&object)?;
        run
    } else {
        let (mut out, mut err) = (sink(cx, id, super::out::stdout()?), sink(cx, id, super::out::stderr()?));
        let run = follow(cx, store, id, |output, offset| {
            Ok(output.walk(offset..u64::MAX, true, &mut |part| match part {
                Part::Bytes(Stream::Out, bytes) => out.write_all(bytes),
                Part::Bytes(Stream::Err, bytes) => err.write_all(bytes),
                Part::Missing(missing, from) => {
                    super::complain(&super::output::missing(missing, from));
                    Ok(())
                }
            })?)
        })?;
        out.finish()?;
        err.finish()?;
        explain(&run);
        run
    };
    Ok(run.outcome.map_or(1, |outcome| outcome.shell_code() as u8))
}

/// Says why a run has not simply exited; to a file only when no program could have said anything itself.
fn explain(run: &Run) {
    let says_itself = match run.outcome {
        Some(Outcome::CouldNotStart | Outcome::Skipped | Outcome::Lost) => false,
        Some(Outcome::Succeeded | Outcome::Failed(_)) | None => return,
        Some(Outcome::Signaled(_) | Outcome::TimedOut | Outcome::OverMemory | Outcome::Cancelled) => true,
    };
    if says_itself && !std::io::stderr().is_terminal() {
        return;
    }
    let outcome = run.outcome.map_or_else(String::new, |outcome| outcome.to_string());
    let reason = run.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    super::complain(&format_args!("run {}: {outcome}{reason}", run.id));
}

/// Where one stream of a run goes: as it was printed to a file or a pipe, sanitised to a terminal (O4).
fn sink(cx: &Context, id: RunId, file: File) -> Display<File> {
    let form = match (file.is_terminal(), cx.out.colour) {
        (false, _) => Form::Exact,
        (true, true) => Form::Colours,
        (true, false) => Form::Plain,
    };
    Display::new(file, form, &cx.run_folder(id))
}

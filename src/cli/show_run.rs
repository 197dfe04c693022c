//! `tempo show-run`: everything about one run and each of its attempts.

use std::collections::BTreeMap;
use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::json::RunJson;
use super::table::{Cell, Table};
use super::versions::{self, PinnedJson};
use super::{Context, Result, RunOrTask};
use crate::domain::quantity::{format_bytes, format_took};
use crate::domain::run::{Attempt, Outcome, Run, Usage};
use crate::domain::version::Pinned;
use crate::store::given::Given;
use crate::store::{StoreError, attempts, runs, scripts};
use crate::supervise::{Evidence, inspect};

/// Which run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run, or a task: its newest run
    #[arg(value_name = "RUN|TASK")]
    run: String,
}

/// The run's own object, and its attempts.
#[derive(Debug, Serialize)]
struct ShowRunJson {
    #[serde(flatten)]
    run: RunJson,
    /// What it was given beside its task, secrets masked.
    args: Vec<String>,
    env: BTreeMap<String, String>,
    folder: String,
    /// The versions of the script that it executed; of a command none.
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<PinnedJson>,
    attempts: Vec<AttemptJson>,
}

/// An attempt. One that lives has no outcome yet.
#[derive(Debug, Serialize)]
struct AttemptJson {
    number: u32,
    outcome: Option<&'static str>,
    exit_code: Option<i32>,
    signal: Option<i32>,
    started_at: Option<String>,
    ended_at: Option<String>,
    duration_s: Option<f64>,
    cpu_s: Option<f64>,
    max_rss_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    samples: Option<u32>,
    output_bytes: Option<u64>,
    dropped_bytes: Option<u64>,
    strays: Option<u32>,
    limits: Option<String>,
    reason: Option<String>,
}

/// One attempt as far as it is known.
struct Known {
    number: u32,
    started_at: Option<Timestamp>,
    over: Option<Attempt>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let run = match super::run_or_task(&db, &args.run)? {
        RunOrTask::Run(run) => *run,
        RunOrTask::Task(task) => match task.last_run {
            Some(run) => runs::get(&db, run)?,
            None => return Err(StoreError::NotFound(format!("run of {} yet", task.slug)).into()),
        },
    };
    let run = cx.witness()?.run(run);
    let over = attempts::of_run(&db, run.id)?;
    let mut known: Vec<Known> = over
        .into_iter()
        .map(|attempt| Known { number: attempt.number, started_at: attempt.started_at, over: Some(attempt) })
        .collect();
    known.extend(unwritten(cx, &run, known.last().map_or(0, |last| last.number)));
    let folder = cx.run_folder(run.id);
    let given = Given::of_run(&db, run.id, &folder)?;
    let pinned = Some(scripts::pinned(&db, run.id)?).filter(|pinned| *pinned != Pinned::default());
    if cx.json {
        let attempts = known.iter().map(|known| object(cx, known)).collect();
        let folder = folder.display().to_string();
        let versions = pinned.as_ref().map(|pinned| versions::pinned_json(cx, pinned));
        let Given { args, env } = given;
        let object = ShowRunJson { run: cx.run_json(&run), args, env, folder, versions, attempts };
        return cx.print_json(&object);
    }
    let mut facts = facts(cx, &run, &given);
    for (name, text) in pinned.iter().flat_map(|pinned| executed(cx, pinned)) {
        facts.row(vec![name.into(), text.into()]);
    }
    facts.print(&mut cx.out)?;
    if !known.is_empty() {
        writeln!(cx.out)?;
        table(cx, &known).print(&mut cx.out)?;
    }
    Ok(())
}

/// The attempt that the store does not know the end of: it lives, or no engine has written its end down yet.
fn unwritten(cx: &Context, run: &Run, last: u32) -> Option<Known> {
    let number = Some(run.attempt).filter(|number| *number > last)?;
    let started_at = if number == 1 { run.started_at } else { None };
    match inspect(&cx.run_folder(run.id), number).ok()? {
        Evidence::Alive(_, at) => Some(Known { number, started_at: Some(at), over: None }),
        Evidence::Ended(record) => {
            let over = record.attempt(number);
            Some(Known { number, started_at: over.started_at, over: Some(over) })
        }
        Evidence::Lost { .. } => {
            let over = Attempt::unknown(number, Outcome::Lost, "its supervisor or the machine went down");
            Some(Known { number, started_at, over: Some(over) })
        }
        Evidence::Starting | Evidence::NeverStarted => None,
    }
}

fn facts(cx: &Context, run: &Run, given: &Given) -> Table {
    let mut table = Table::bare();
    let mut row = |name: &str, value: Cell| table.row(vec![name.into(), value]);
    row("run", format!("{} of {} ({})", run.id, run.slug, run.trigger.phrase()).into());
    row("state", Cell::of_run(run.state, run.outcome, run.is_paused()));
    row("attempt", format!("{} of {}", run.attempt, run.attempts).into());
    let texts = [
        ("arguments", given.arguments()),
        ("variables", (!given.env.is_empty()).then(|| given.variables().collect::<Vec<_>>().join("; "))),
        ("reason", run.reason.clone()),
        ("retry", run.retry_at.map(|at| cx.clock(at))),
        ("after", run.came_after.clone()),
        ("slot", run.slot.map(|(_, due)| cx.clock(due))),
        ("queued", Some(cx.clock(run.queued_at))),
        ("not before", run.not_before.map(|at| cx.clock(at))),
        ("started", run.started_at.map(|at| cx.clock(at))),
        ("finished", run.finished_at.map(|at| cx.clock(at))),
        ("took", run.duration_text(cx.now)),
        ("limits", super::usage::limits(cx, run)),
        ("used", run.usage.map(used)),
        ("folder", Some(cx.run_folder(run.id).display().to_string())),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            row(name, text.into());
        }
    }
    table
}

/// What it executed.
fn executed(cx: &Context, pinned: &Pinned) -> Vec<(&'static str, String)> {
    let script = match (&pinned.script, &pinned.reason) {
        (Some(version), _) => Some(versions::line(cx, version)),
        (None, Some(reason)) => Some(format!("no version: {reason}")),
        (None, None) => None,
    };
    let requirements = pinned.requirements.as_ref().map(|version| versions::line(cx, version));
    [("script", script), ("requirements", requirements)]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

fn used(usage: Usage) -> String {
    let (memory, output) = (format_bytes(usage.peak_bytes), format_bytes(usage.output_bytes));
    format!("{:.2} s CPU, at most {memory} of memory, {output} of output", usage.cpu.as_secs_f64())
}

fn table(cx: &Context, known: &[Known]) -> Table {
    let mut table = Table::new(&["ATTEMPT", "STARTED", "ENDED", "TOOK", "END", "CPU", "MEMORY", "OUTPUT", "REASON"]);
    let dash = |text: Option<String>| Cell::from(text.unwrap_or_else(|| "-".to_owned()));
    for one in known {
        let over = one.over.as_ref();
        let usage = over.and_then(|over| over.usage);
        let end = match over {
            Some(over) => Cell::of_run(crate::domain::run::RunState::Finished, Some(over.outcome), false),
            None => "under way".into(),
        };
        table.row(vec![
            one.number.to_string().into(),
            cx.clock_or_dash(one.started_at).into(),
            cx.clock_or_dash(over.and_then(|over| over.ended_at)).into(),
            dash(one.took().map(format_took)),
            end,
            dash(usage.map(|usage| format!("{:.2} s", usage.cpu.as_secs_f64()))),
            dash(usage.map(|usage| format_bytes(usage.peak_bytes))),
            dash(usage.map(|usage| format_bytes(usage.output_bytes))),
            Cell::from(over.and_then(|over| over.reason.as_deref()).unwrap_or_default()),
        ]);
    }
    table
}

fn object(cx: &Context, one: &Known) -> AttemptJson {
    let over = one.over.as_ref();
    let usage = over.and_then(|over| over.usage);
    AttemptJson {
        number: one.number,
        outcome: over.map(|over| over.outcome.word()),
        exit_code: over.and_then(|over| over.exit_code),
        signal: over.and_then(|over| over.signal),
        started_at: one.started_at.map(|at| cx.rfc3339(at)),
        ended_at: over.and_then(|over| over.ended_at).map(|at| cx.rfc3339(at)),
        duration_s: one.took().map(|took| took.as_secs_f64()),
        cpu_s: usage.map(|usage| usage.cpu.as_secs_f64()),
        max_rss_bytes: usage.map(|usage| usage.max_rss_bytes),
        peak_bytes: usage.map(|usage| usage.peak_bytes),
        samples: usage.map(|usage| usage.samples),
        output_bytes: usage.map(|usage| usage.output_bytes),
        dropped_bytes: over.map(|over| over.dropped_bytes),
        strays: over.map(|over| over.strays),
        limits: over.and_then(|over| over.limits.clone()),
        reason: over.and_then(|over| over.reason.clone()),
    }
}

impl Known {
    fn took(&self) -> Option<std::time::Duration> {
        let end = self.over.as_ref()?.ended_at?;
        Some(end.duration_since(self.started_at?).try_into().unwrap_or_default())
    }
}

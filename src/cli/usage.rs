//! `tempo usage`: what a run used, sample by sample (R7).

use std::io::Write as _;

use serde::Serialize;

use super::table::Table;
use super::{CliError, Context, Result, RunOrTask};
use crate::domain::RunId;
use crate::domain::quantity::format_bytes;
use crate::domain::run::Run;
use crate::output::usage::{self, Sample};
use crate::store::{StoreError, runs};
use crate::supervise;

/// Which run.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A sample is taken every second of the first minute, then ever more rarely. CPU is that of one processor.
With --json an object a line: run, attempt, at, cpu_s, cpu_load, memory_bytes, processes."
)]
pub struct Args {
    /// A run, or a task: its newest run that has started
    #[arg(value_name = "RUN|TASK")]
    which: String,
}

/// A sample.
#[derive(Debug, Serialize)]
struct SampleJson {
    run: RunId,
    attempt: u32,
    at: String,
    /// Since the attempt began.
    cpu_s: f64,
    /// Since the sample before: 1 is one processor.
    cpu_load: f64,
    memory_bytes: u64,
    processes: u32,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let run = match super::run_or_task(&db, &args.which)? {
        RunOrTask::Run(run) => *run,
        RunOrTask::Task(task) => {
            let newest = runs::latest_started(&db, task.id)?
                .ok_or_else(|| StoreError::NotFound(format!("run of {} that has started", task.slug)))?;
            runs::get(&db, newest)?
        }
    };
    let run = cx.witness()?.run(run);
    let folder = cx.run_folder(run.id);
    let samples = usage::read(&folder).map_err(|e| CliError::file(&folder.join(usage::USAGE_FILE), e))?;
    if cx.json {
        for (sample, load) in with_load(&run, &samples) {
            let object = SampleJson {
                run: run.id,
                attempt: sample.attempt,
                at: cx.rfc3339(sample.at),
                cpu_s: sample.cpu.as_secs_f64(),
                cpu_load: load,
                memory_bytes: sample.memory,
                processes: sample.processes,
            };
            cx.print_json(&object)?;
        }
        return Ok(());
    }
    let mut head = Table::bare();
    head.row(vec!["run".into(), format!("{} of {}", run.id, run.slug).into()]);
    if let Some(limits) = limits(cx, &run) {
        head.row(vec!["limits".into(), limits.into()]);
    }
    if let Some(used) = run.usage {
        let words = format!("{:.2} s of CPU time, at most {}", used.cpu.as_secs_f64(), format_bytes(used.peak_bytes));
        head.row(vec!["used".into(), words.into()]);
    }
    head.print(&mut cx.out)?;
    if samples.is_empty() {
        writeln!(cx.out, "no samples: the first is taken after a second")?;
        return Ok(());
    }
    let mut table = Table::new(&["TIME", "ATTEMPT", "CPU", "CPU TIME", "MEMORY", "PROCESSES"]);
    for (sample, load) in with_load(&run, &samples) {
        table.row(vec![
            cx.clock(sample.at).into(),
            sample.attempt.to_string().into(),
            format!("{:.0}%", load * 100.0).into(),
            format!("{:.2}s", sample.cpu.as_secs_f64()).into(),
            format_bytes(sample.memory).into(),
            sample.processes.to_string().into(),
        ]);
    }
    writeln!(cx.out)?;
    table.print(&mut cx.out)?;
    Ok(())
}

/// Which limits are or were in force. While an attempt lives, its folder knows.
pub(super) fn limits(cx: &Context, run: &Run) -> Option<String> {
    let live = || supervise::allowed(&cx.run_folder(run.id), run.attempt).ok()?.1;
    if run.state.is_live() { live() } else { run.limits.clone() }
}

/// Each sample with the CPU time per time since the one before.
fn with_load<'a>(run: &Run, samples: &'a [Sample]) -> impl Iterator<Item = (&'a Sample, f64)> {
    let start = run.started_at.unwrap_or(run.queued_at);
    let before = std::iter::once(None).chain(samples.iter().map(Some));
    samples.iter().zip(before).map(move |(sample, before)| (sample, usage::load(before, start, sample)))
}

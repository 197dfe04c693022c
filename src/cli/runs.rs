//! `tempo runs`: the runs, the newest first.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::table::{Cell, Table};
use super::{Context, Result};
use crate::domain::run::{Run, RunState};
use crate::store::{From, runs, tasks};

/// Which runs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those of this task
    task: Option<String>,
    /// Only those in this state
    #[arg(long, value_parser = states())]
    state: Option<RunState>,
    /// How many
    #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

fn states() -> impl clap::builder::TypedValueParser<Value = RunState> {
    PossibleValuesParser::new(RunState::ALL.iter().map(|state| state.word()))
        .try_map(|word| RunState::from_word(&word).ok_or("not a state"))
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let task = match &args.task {
        Some(reference) => Some(tasks::find(&db, reference)?.id),
        None => None,
    };
    let witness = cx.witness()?;
    let as_they_are = |runs: Vec<Run>| runs.into_iter().map(|run| witness.run(run));
    let found: Vec<Run> = match args.state {
        Some(wanted) => {
            // What has ended unseen is live in the store.
            let mut found = Vec::new();
            for state in RunState::ALL.iter().filter(|state| **state == wanted || state.is_live()) {
                found.extend(as_they_are(runs::in_state(&db, task, *state, args.limit)?));
            }
            found.retain(|run| run.state == wanted);
            found.sort_by_key(|run| std::cmp::Reverse(run.id));
            found.truncate(args.limit);
            found
        }
        None => as_they_are(runs::page(&db, task, &From::Start, args.limit)?).collect(),
    };
    if cx.json {
        for run in &found {
            let object = cx.run_json(run);
            cx.print_json(&object)?;
        }
        return Ok(());
    }
    table(&found, cx).print(&mut cx.out)?;
    Ok(())
}

/// Runs for people.
pub(super) fn table(runs: &[Run], cx: &Context) -> Table {
    let mut table = Table::new(&["RUN", "TASK", "STATE", "TRIGGER", "STARTED", "TOOK", "REASON"]);
    for run in runs {
        let waits = run.not_before.map(|at| format!("waits until {}", cx.clock(at)));
        let came_after = run.came_after.as_ref().map(|runs| format!("after {runs}"));
        // One that waits says in its reason which attempt is to come.
        let attempt = run.attempt_text().filter(|_| run.retry_at.is_none());
        let reason =
            [came_after, attempt, run.reason.clone().or(waits)].into_iter().flatten().collect::<Vec<_>>().join("; ");
        table.row(vec![
            run.id.to_string().into(),
            Cell::from(&run.slug),
            Cell::of_run(run.state, run.outcome, run.is_paused()),
            run.trigger.word().into(),
            cx.clock_or_dash(run.started_at).into(),
            run.duration_text(cx.now).unwrap_or_else(|| "-".to_owned()).into(),
            Cell::from(&reason),
        ]);
    }
    table
}

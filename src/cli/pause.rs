//! `tempo pause` and `tempo resume`: the schedules of tasks rest, or wake again.

use std::io::Write as _;

use super::{Context, Result};
use crate::domain::change::By;
use crate::store::changes::Step;
use crate::store::{schedules, tasks, upstreams};

/// Which tasks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tasks
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
}

pub(super) fn run(args: Args, paused: bool, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let now = cx.now;
    let changed = store.write(move |db| {
        let (mut step, mut changed) = (Step::new(By::Cli, now), Vec::new());
        for reference in &args.tasks {
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

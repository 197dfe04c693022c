//! `tempo rm`: tasks go to the trash.

use std::io::Write as _;

use serde::Serialize;

use super::{Context, Result};
use crate::domain::after;
use crate::domain::change::By;
use crate::domain::dependency::Effect;
use crate::domain::{RunId, TaskId};
use crate::store::changes::{Deleted, Step};
use crate::store::tasks;

/// Which tasks.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tasks, by their whole slugs or their ids
    #[arg(required = true, value_name = "TASK")]
    tasks: Vec<String>,
}

/// What was done to one task.
#[derive(Debug, Serialize)]
struct Removed {
    id: TaskId,
    slug: String,
    /// Runs that were taken out of the queue.
    dequeued: Vec<RunId>,
    /// Runs that go on.
    live: Vec<RunId>,
    /// Tasks that were to run after it.
    downstream: Vec<String>,
    /// What it means to those that waited for it.
    #[serde(flatten)]
    effect: Effect,
}

pub(super) fn run(args: Args, cx: &mut Context) -> Result<()> {
    let now = cx.now;
    let removed = cx.store()?.write(move |db| {
        // All are found before the first goes, so that naming one twice is no error.
        let mut found = Vec::new();
        for reference in &args.tasks {
            // A beginning of a name could be that of another task, when the one that was meant is gone already.
            let task = tasks::find_exactly(db, reference)?;
            if !found.iter().any(|(id, _)| *id == task.id) {
                found.push((task.id, task.slug));
            }
        }
        let (mut step, mut removed) = (Step::new(By::Cli, now), Vec::new());
        for (id, slug) in found {
            let Deleted { dequeued, live, downstream, effect } = step.delete(db, id)?;
            removed.push(Removed { id, slug, dequeued, live, downstream, effect });
        }
        // What goes along misses nothing.
        let gone: Vec<String> = removed.iter().map(|task| task.slug.clone()).collect();
        for task in &mut removed {
            for slugs in [&mut task.downstream, &mut task.effect.unblocks, &mut task.effect.blocks] {
                slugs.retain(|slug| !gone.contains(slug));
            }
        }
        Ok(removed)
    })?;
    for task in &removed {
        if cx.json {
            cx.print_json(task)?;
            continue;
        }
        write!(cx.out, "moved {} to the trash (tempo undo brings it back)", task.slug)?;
        if !task.dequeued.is_empty() {
            write!(cx.out, "; taken out of the queue: run {}", listed(&task.dequeued))?;
        }
        if let Some(first) = task.live.first() {
            write!(cx.out, "; goes on: run {} (`tempo stop {first}` ends it)", listed(&task.live))?;
        }
        if let Some(downstream) = after::bereaved(&task.downstream) {
            write!(cx.out, "; {downstream}")?;
        }
        if let Some(effect) = task.effect.sentence() {
            write!(cx.out, "; {effect}")?;
        }
        writeln!(cx.out)?;
    }
    Ok(())
}

/// Of more runs than this the number is said.
const NAMED: usize = 5;

fn listed(runs: &[RunId]) -> String {
    let named: Vec<String> = runs.iter().take(NAMED).map(RunId::to_string).collect();
    let more = if runs.len() > NAMED { format!(" and {} more", runs.len() - NAMED) } else { String::new() };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_runs_the_first_are_named_and_the_rest_is_counted() {
        let runs = |number| (1..=number).map(RunId).collect::<Vec<_>>();
        assert_eq!(listed(&runs(5)), "1, 2, 3, 4, 5");
        assert_eq!(listed(&runs(102)), "1, 2, 3, 4, 5 and 97 more");
    }
}

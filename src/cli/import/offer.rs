//! Foreign jobs, shown and asked about, and made tasks in one transaction.

use std::io::{self, IsTerminal as _, Write as _};

use super::super::{CliError, Context, Result};
use super::shown;
use crate::domain::change::By;
use crate::foreign::Plan;
use crate::store::changes::Step;
use crate::store::incoming::{self, Incoming, Place};
use crate::supervise::boot_id;

/// Whether to ask.
#[derive(Debug, clap::Args)]
pub(super) struct How {
    /// Create the tasks without asking
    #[arg(long, short)]
    yes: bool,
    /// Show what would be created, and create nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// Shows what was read from `source`, and creates the tasks if that is wanted.
pub(super) fn offer(plan: &Plan, source: &str, how: &How, cx: &mut Context) -> Result<()> {
    let incoming: Vec<Incoming> =
        plan.jobs.iter().map(|job| Incoming { definition: job.definition.clone(), wishes: job.wishes() }).collect();
    let places = if cx.paths.database().exists() {
        incoming::places(&incoming, Some(&*cx.store()?.reader()?))?
    } else {
        incoming::places(&incoming, None)?
    };
    let new = places.iter().filter(|place| matches!(place, Place::New(_))).count();
    let wanted = if new == 0 || how.dry_run { Some(false) } else { how.yes.then_some(true) };
    if cx.json {
        let places = if wanted == Some(true) { create(incoming, cx)? } else { places };
        shown::json(plan, &places, cx)?;
    } else {
        shown::text(plan, &places, source, cx)?;
        cx.out.flush()?;
        let wanted = match wanted {
            None if io::stdin().is_terminal() && cx.out.terminal => Some(ask(new)?),
            wanted => wanted,
        };
        if wanted == Some(true) {
            let places = create(incoming, cx)?;
            return shown::done(plan, &places, cx);
        }
        if wanted == Some(false) && new > 0 {
            writeln!(cx.out, "nothing was created")?;
            return Ok(());
        }
    }
    if wanted.is_none() {
        cx.out.flush()?;
        return Err(CliError::Refused(format!("nothing was created; add --yes to create {}", shown::tasks(new))));
    }
    if plan.jobs.is_empty() && !plan.refused.is_empty() {
        return Err(CliError::Refused(format!("nothing of {source} can be imported")));
    }
    Ok(())
}

fn ask(new: usize) -> Result<bool> {
    write!(io::stderr(), "create {}? [y/N] ", shown::tasks(new))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Makes every job that is new a task, in one transaction.
fn create(incoming: Vec<Incoming>, cx: &Context) -> Result<Vec<Place>> {
    let now = cx.now;
    let boot =
        boot_id().map_err(|e| CliError::Failed(format!("cannot tell which boot of the machine this is: {e}")))?;
    Ok(cx.store()?.write(move |db| incoming::create(db, &mut Step::new(By::Cli, now), &incoming, &boot, now))?)
}

//! Foreign jobs, shown and asked about, and made tasks in one transaction.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, IsTerminal as _, Write as _};

use super::super::{CliError, Context, Result};
use super::shown;
use crate::domain::change::By;
use crate::domain::name;
use crate::domain::task::Task;
use crate::domain::when::When;
use crate::foreign::{Job, Plan};
use crate::store::changes::{Step, Wish};
use crate::store::{self, Db, From, schedules, tasks};
use crate::supervise::boot_id;

/// Rows that are read at once of tasks whose slugs begin alike.
const PAGE: usize = 100;

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

/// What becomes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// It would be a task with this slug.
    New(String),
    /// This task has the same command and schedules.
    There(String),
    /// It was made this task.
    Created(String),
}

/// Shows what was read from `source`, and creates the tasks if that is wanted.
pub(super) fn offer(plan: &Plan, source: &str, how: &How, cx: &mut Context) -> Result<()> {
    let places = if cx.paths.database().exists() {
        places(&plan.jobs, Some(&*cx.store()?.reader()?))?
    } else {
        places(&plan.jobs, None)?
    };
    let new = places.iter().filter(|place| matches!(place, Place::New(_))).count();
    let wanted = if new == 0 || how.dry_run { Some(false) } else { how.yes.then_some(true) };
    if cx.json {
        let places = if wanted == Some(true) { create(plan, cx)? } else { places };
        shown::json(plan, &places, cx)?;
    } else {
        shown::text(plan, &places, source, cx)?;
        cx.out.flush()?;
        let wanted = match wanted {
            None if io::stdin().is_terminal() && cx.out.terminal => Some(ask(new)?),
            wanted => wanted,
        };
        if wanted == Some(true) {
            let places = create(plan, cx)?;
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
fn create(plan: &Plan, cx: &Context) -> Result<Vec<Place>> {
    let (jobs, now) = (plan.jobs.clone(), cx.now);
    let boot =
        boot_id().map_err(|e| CliError::Failed(format!("cannot tell which boot of the machine this is: {e}")))?;
    let places = cx.store()?.write(move |db| {
        let (mut step, mut places) = (Step::new(By::Cli, now), places(&jobs, Some(db))?);
        for (job, place) in jobs.iter().zip(&mut places) {
            if let Place::New(_) = place {
                *place = Place::Created(add(db, &mut step, job, &boot, now)?.slug);
            }
        }
        Ok(places)
    })?;
    Ok(places)
}

fn add(db: &Db, step: &mut Step, job: &Job, boot: &str, now: jiff::Timestamp) -> store::Result<Task> {
    let wanted: Vec<Wish> = job.schedules.iter().map(|timed| (timed.rule.clone(), timed.zone.clone())).collect();
    let task = step.add(db, &job.definition, &wanted)?;
    for schedule in schedules::of_task(db, task.id)? {
        if schedule.rule.when == When::Startup {
            // For this boot the other scheduler has run it.
            schedules::booted(db, schedule.id, boot, now)?;
        }
    }
    Ok(task)
}

/// What would become of each job: two that are alike are two tasks.
fn places(jobs: &[Job], db: Option<&Db>) -> store::Result<Vec<Place>> {
    let mut taken = HashSet::new();
    let mut places = Vec::new();
    for job in jobs {
        let base = name::slug(&job.definition.name);
        let alike = db.map_or(Ok(Vec::new()), |db| alike(db, &base))?;
        let mut there = None;
        for task in alike.iter().filter(|task| !taken.contains(&task.slug)) {
            if there.is_none() && db.is_some_and(|db| is_same(db, task, job).unwrap_or(false)) {
                there = Some(task.slug.clone());
            }
        }
        let place = there.map_or_else(
            || {
                Place::New(name::unique(&base, |slug| {
                    taken.contains(slug) || alike.iter().any(|task| task.slug == slug)
                }))
            },
            Place::There,
        );
        let (Place::New(slug) | Place::There(slug) | Place::Created(slug)) = &place;
        taken.insert(slug.clone());
        places.push(place);
    }
    Ok(places)
}

/// The tasks with this slug, and with it and a number.
fn alike(db: &Db, base: &str) -> store::Result<Vec<Task>> {
    let mut found = Vec::new();
    let mut from = From::At(base.to_owned());
    loop {
        let rows = tasks::page(db, "", &from, PAGE)?;
        for row in rows.iter().take_while(|row| row.slug.starts_with(base)) {
            let rest = &row.slug[base.len()..];
            let number = rest.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
            if rest.is_empty() || number {
                found.push(tasks::get(db, row.id)?);
            }
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE && last.slug.starts_with(base) => from = From::After(last.slug.clone()),
            _ => return Ok(found),
        }
    }
}

/// Whether a task does the same at the same times.
fn is_same(db: &Db, task: &Task, job: &Job) -> store::Result<bool> {
    if task.definition.work != job.definition.work {
        return Ok(false);
    }
    let schedules = schedules::of_task(db, task.id)?;
    let theirs: BTreeSet<(String, &str)> =
        schedules.iter().map(|schedule| (schedule.rule.to_string(), schedule.zone.as_str())).collect();
    let ours: BTreeSet<(String, &str)> =
        job.schedules.iter().map(|timed| (timed.rule.to_string(), timed.zone.as_str())).collect();
    Ok(theirs == ours)
}

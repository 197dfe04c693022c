//! How each intent is carried out: one transaction, and what takes it back.

use jiff::Timestamp;

use super::super::effect::{Intent, Undo};
use super::super::model::draft::{Draft, Wanted, Wish};
use super::super::msg::Done;
use super::World;
use super::queries::{context, texts};
use crate::domain::TaskId;
use crate::domain::run::{RunState, Trigger};
use crate::domain::schedule::Schedule;
use crate::domain::task::{Definition, Task};
use crate::store::{Db, Result, runs, schedules, tasks};

/// Carries it out. What went wrong is part of the answer.
pub(in crate::tui) fn carry_out(world: &World, intent: Intent) -> Done {
    let now = Timestamp::now();
    let (what, result) = match intent {
        Intent::Save(draft) => {
            return save(world, draft, now).unwrap_or_else(|e| Done::DraftFailed(format!("not saved: {e}")));
        }
        Intent::Run(task, slug, anyway) => (format!("{slug} was not queued"), run(world, task, slug, anyway, now)),
        Intent::Stop(run, slug, kill) => (
            format!("#{run} of {slug} was not stopped"),
            world.store.write(move |db| {
                let met = runs::request_stop(db, run, kill, now)?;
                Ok(Done::StopAsked(run, slug, kill, met))
            }),
        ),
        Intent::TogglePaused(task, slug) => (
            format!("{slug} is as it was"),
            world.store.write(move |db| {
                let paused = !tasks::get(db, task)?.definition.paused;
                if paused && schedules::of_task(db, task)?.is_empty() {
                    return Ok(Done::Nothing(format!("{slug} has no schedule: there is nothing to pause")));
                }
                tasks::set_paused(db, task, paused, now)?;
                Ok(Done::Paused(task, slug, paused))
            }),
        ),
        Intent::Delete(task, slug) => (format!("{slug} was not deleted"), delete(world, task, slug, now)),
        Intent::Undo(what) => ("not undone".to_owned(), undo(world, what, now)),
    };
    result.unwrap_or_else(|e| Done::Failed(format!("{what}: {e}")))
}

fn run(world: &World, task: TaskId, slug: String, anyway: bool, now: Timestamp) -> Result<Done> {
    world.store.write(move |db| {
        let unfinished = runs::unfinished(db, task)?;
        if !anyway && !unfinished.is_empty() {
            return Ok(Done::Busy(task, slug, unfinished));
        }
        Ok(Done::Queued(runs::queue(db, task, Trigger::Manual, None, &[], now)?, slug))
    })
}

fn delete(world: &World, task: TaskId, slug: String, now: Timestamp) -> Result<Done> {
    world.store.write(move |db| {
        // What waits would start a task that is gone; what runs goes on, as nothing else of it is undone by a deletion.
        let (queued, live): (Vec<_>, Vec<_>) =
            runs::unfinished(db, task)?.into_iter().partition(|(_, state)| *state == RunState::Queued);
        for (run, _) in queued {
            runs::request_stop(db, run, false, now)?;
        }
        tasks::delete(db, task, now)?;
        Ok(Done::Deleted(task, slug, live.len()))
    })
}

fn undo(world: &World, what: Undo, now: Timestamp) -> Result<Done> {
    world.store.write(move |db| {
        Ok(Done::Undone(match what {
            Undo::Restore(task, _) => {
                let slug = tasks::restore(db, task, now)?.slug;
                return Ok(Done::Restored(task, slug));
            }
            Undo::SetPaused(task, slug, paused) => {
                tasks::set_paused(db, task, paused, now)?;
                format!("{} {slug} again", if paused { "paused" } else { "resumed" })
            }
            Undo::Define(task, slug, definition, rules) => {
                define(db, task, &Wanted { definition: *definition, rules }, now)?;
                format!("{slug} is as it was before the edit")
            }
        }))
    })
}

fn save(world: &World, draft: Draft, now: Timestamp) -> Result<Done> {
    let (context, zone) = (context(world), world.zone_name.clone());
    world.store.write(move |db| {
        let before = match draft.task {
            Some(task) => Some((tasks::get(db, task)?, schedules::of_task(db, task)?)),
            None => None,
        };
        let (draft, theirs) = match &before {
            Some((task, schedules)) => draft.merged(&texts(task, schedules, &context)),
            None => (draft, Vec::new()),
        };
        if !theirs.is_empty() {
            return Ok(Done::Overtaken(theirs));
        }
        let borrowed = before.as_ref().map(|(task, schedules)| (&task.definition, schedules.as_slice()));
        let wanted = match draft.read(borrowed, &zone, &context) {
            (_, Some(wanted)) => wanted,
            (checked, None) => return Ok(Done::DraftRefused(checked)),
        };
        match before {
            None => add(db, &wanted, now),
            Some((task, schedules)) => {
                let undo = inverse(&task, &schedules);
                define(db, task.id, &wanted, now)?;
                Ok(Done::Saved(task.id, task.slug, undo))
            }
        }
    })
}

fn add(db: &Db, wanted: &Wanted, now: Timestamp) -> Result<Done> {
    let task = tasks::add(db, &wanted.definition, now)?;
    for (rule, zone) in &wanted.rules {
        schedules::add(db, task.id, rule, zone, now)?;
    }
    Ok(Done::Added(task.id, task.slug))
}

fn inverse(task: &Task, schedules: &[Schedule]) -> Undo {
    let rules: Vec<Wish> = schedules.iter().map(|schedule| (schedule.rule.clone(), schedule.zone.clone())).collect();
    let definition: Box<Definition> = Box::new(task.definition.clone());
    Undo::Define(task.id, task.slug.clone(), definition, rules)
}

/// Gives a task this definition and exactly these schedules. One that it has already keeps its place in time.
fn define(db: &Db, task: TaskId, wanted: &Wanted, now: Timestamp) -> Result<()> {
    tasks::set(db, task, &wanted.definition, now)?;
    schedules::replace(db, task, &wanted.rules, now)
}

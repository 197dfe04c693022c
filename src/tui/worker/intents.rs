//! How each intent is carried out: in one transaction, with what takes it back.

use std::path::Path;

use jiff::Timestamp;

use super::super::effect::{Intent, RunNow};
use super::super::model::draft::Draft;
use super::super::model::extras::Extras;
use super::super::model::layer::How;
use super::super::msg::Done;
use super::bulk::{self, Progress};
use super::queries::{context, texts};
use super::{World, example, foreign, scripts};
use crate::config::edit;
use crate::domain::change::By;
use crate::domain::run::Trigger;
use crate::domain::settle::settle;
use crate::domain::task::{Definition, Work};
use crate::domain::{TaskId, name};
use crate::store::changes::{self, Step};
use crate::store::order::Order;
use crate::store::todos::{self, Turn};
use crate::store::{Db, Result, StoreError, bookmarks, runs, schedules, tasks, views};

/// Carries it out; what is done to many, until it is `cancelled`. What went wrong is part of the answer.
pub(in crate::tui) fn carry_out(
    world: &World,
    intent: Intent,
    progress: &Progress,
    cancelled: &dyn Fn() -> bool,
) -> Done {
    let now = Timestamp::now();
    let (what, result) = match intent {
        Intent::Save(draft) => {
            return save(world, draft, now).unwrap_or_else(|e| Done::DraftFailed(format!("not saved: {e}")));
        }
        Intent::Add(definition) => (format!("{} was not added", definition.name), add(world, *definition, now)),
        Intent::Restore(version) => ("not restored".to_owned(), scripts::restore(world, version, now)),
        Intent::Greeted => return greeted(&world.paths.greeted()),
        Intent::KeepOrder(order) => return keep_order(&world.paths.order(), order),
        Intent::Configure(key, value) => return configure(&world.paths.settings(), key, value),
        Intent::Run(wanted) => (format!("{} was not queued", wanted.slug), run(world, wanted, now)),
        Intent::RunWith(order, anyway) => {
            (format!("{} was not queued", order.slug), self::order(world, order, anyway, now))
        }
        Intent::Stop(run, slug, how) => (
            format!("#{run} of {slug} was not stopped"),
            world.store.write(move |db| {
                let met = match how {
                    How::With(signal) => runs::request_signal(db, run, signal, now)?,
                    How::Ask | How::Kill => runs::request_stop(db, run, how == How::Kill, now)?,
                };
                Ok(Done::StopAsked(run, slug, how, met))
            }),
        ),
        Intent::PauseRun(run, slug, pause) => (
            format!("#{run} of {slug} is as it was"),
            world.store.write(move |db| {
                let met = runs::request_pause(db, run, pause)?;
                Ok(Done::PauseAsked(run, slug, pause, met))
            }),
        ),
        Intent::TogglePaused(task, slug) => (
            format!("{slug} is as it was"),
            world.store.write(move |db| {
                let paused = !tasks::get(db, task)?.definition.paused;
                if paused && !bulk::has_plan(db, task)? {
                    return Ok(Done::Nothing(format!("{slug} has no schedule: there is nothing to pause")));
                }
                Step::new(By::Dashboard, now).set_paused(db, task, paused)?;
                Ok(Done::Paused(task, slug, paused))
            }),
        ),
        Intent::Import(tasks) => ("nothing was created".to_owned(), foreign::create(world, tasks, now)),
        Intent::LoadExample => ("the example was not loaded".to_owned(), example::load(world, now)),
        Intent::Bookmark(run, line, on) => (
            format!("the bookmark in #{run} was not kept"),
            world.store.write(move |db| bookmarks::set(db, run, line, on, now).map(|()| Done::Bookmarked)),
        ),
        Intent::SaveView(name, filter, order) => (
            "the filter was not kept".to_owned(),
            world.store.write(move |db| views::put(db, &name, &filter, order).map(|()| Done::ViewKept(name))),
        ),
        Intent::RemoveView(name) => (
            format!("the view {name} was not forgotten"),
            world.store.write(move |db| views::remove(db, &name).map(|()| Done::ViewGone(name))),
        ),
        Intent::Duplicate(task, slug) => {
            (format!("{slug} was not copied"), world.store.write(move |db| duplicate(db, task, slug, now)))
        }
        Intent::Bulk(bulk) => ("nothing was done".to_owned(), bulk::carry_out(world, bulk, now, progress, cancelled)),
        Intent::Undo => {
            let nothing = || Done::Nothing("nothing to undo: no change of a task is left to take back".to_owned());
            let undone = changes::undo_in_parts(&world.store, now, progress.as_ref());
            ("not undone".to_owned(), undone.map(|applied| applied.map_or_else(nothing, Done::Undone)))
        }
        Intent::Redo => {
            let nothing = || Done::Nothing("nothing to redo: nothing was undone that is not redone".to_owned());
            let redone = changes::redo_in_parts(&world.store, now, progress.as_ref());
            ("not redone".to_owned(), redone.map(|applied| applied.map_or_else(nothing, Done::Redone)))
        }
    };
    result.unwrap_or_else(|e| Done::Failed(format!("{what}: {e}")))
}

/// Adds a task, whole as the settings want it.
fn add(world: &World, mut definition: Definition, now: Timestamp) -> Result<Done> {
    let before = Definition::new("", definition.work.clone());
    let context = context(world);
    settle(&mut definition, &before, &context).map_err(StoreError::Refused)?;
    let passed = definition.passed_reminders(None, now, &context.zone);
    world.store.write(move |db| {
        let task = Step::new(By::Dashboard, now).add(db, &definition, &[])?;
        Ok(Done::Added(task.id, task.slug, passed))
    })
}

/// Remembers that the first run is over.
fn greeted(file: &Path) -> Done {
    match std::fs::write(file, "") {
        Ok(()) => Done::Written,
        Err(e) => Done::Failed(format!("the first run will be shown again: cannot write {}: {e}", file.display())),
    }
}

/// Remembers in which order the tasks are listed.
fn keep_order(file: &Path, order: Order) -> Done {
    match std::fs::write(file, format!("{order}\n")) {
        Ok(()) => Done::Written,
        Err(e) => {
            Done::Failed(format!("the next start will not list by {order}: cannot write {}: {e}", file.display()))
        }
    }
}

/// In which order the tasks were listed last; by name when that was never chosen, or is not known here.
pub(in crate::tui) fn kept_order(file: &Path) -> Order {
    let word = std::fs::read_to_string(file).unwrap_or_default();
    Order::from_word(word.trim()).unwrap_or_default()
}

/// Writes a setting. The thread that watches the file puts it in force and says so.
fn configure(file: &Path, key: &'static str, value: &'static str) -> Done {
    match edit::write(file, key, value) {
        Ok(_) => Done::Written,
        Err(e) => Done::Failed(e.to_string()),
    }
}

fn run(world: &World, wanted: RunNow, now: Timestamp) -> Result<Done> {
    world.store.write(move |db| {
        let unfinished = runs::unfinished(db, wanted.task)?;
        if !wanted.anyway && !unfinished.is_empty() {
            return Ok(Done::Busy(wanted, unfinished));
        }
        Ok(Done::Queued(runs::queue(db, wanted.task, Trigger::Manual, None, &[], now)?, wanted))
    })
}

fn order(world: &World, order: Box<Extras>, anyway: bool, now: Timestamp) -> Result<Done> {
    let (args, env) = match (order.arguments(), order.variables()) {
        (Ok(args), Ok(env)) => (args, env),
        (Err(e), _) | (_, Err(e)) => return Err(StoreError::Refused(e)),
    };
    world.store.write(move |db| {
        let unfinished = runs::unfinished(db, order.task)?;
        if !anyway && !unfinished.is_empty() {
            return Ok(Done::RunWithBusy(order, unfinished));
        }
        let run = runs::queue(db, order.task, Trigger::Manual, None, &args, now)?;
        runs::set_env(db, run, &env)?;
        Ok(Done::RunWith(run, order))
    })
}

/// Adds a task with the definition and the schedules of another one. What would start it by itself rests: nobody wants two backups
/// at the same time by accident.
fn duplicate(db: &Db, task: TaskId, slug: String, now: Timestamp) -> Result<Done> {
    let mut definition = tasks::get(db, task)?.definition;
    let paused = bulk::has_plan(db, task)?;
    definition.name = format!("{} copy", definition.name);
    definition.paused = paused;
    let wishes: Vec<_> =
        schedules::of_task(db, task)?.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
    let base = name::slug(&format!("{slug} copy"));
    let copy = Step::new(By::Dashboard, now).add_as(db, &base, &definition, &wishes)?;
    Ok(Done::Duplicated(copy.id, copy.slug, slug, paused))
}

/// Whether a to-do gets another status.
fn turns(before: &Definition, after: &Definition) -> bool {
    matches!((&before.work, &after.work), (Work::Todo(from), Work::Todo(to)) if from != to)
}

fn save(world: &World, draft: Draft, now: Timestamp) -> Result<Done> {
    if let Some(template) = draft.new_script().map(str::to_owned) {
        return scripts::create(world, &draft, &template, now);
    }
    let (context, zone) = (context(world), world.zone_name.clone());
    world.store.write(move |db| {
        let before = match draft.task {
            Some(task) if changes::is_deleted(db, task)? => {
                let slug = tasks::get(db, task)?.slug;
                return Ok(Done::DraftGone(slug));
            }
            Some(task) => Some((tasks::get(db, task)?, schedules::of_task(db, task)?)),
            None => None,
        };
        let (draft, theirs) = match &before {
            Some((task, schedules)) => draft.merged(&texts(task, schedules, &zone, &context)),
            None => (draft, Vec::new()),
        };
        if !theirs.is_empty() {
            return Ok(Done::Overtaken(theirs));
        }
        let borrowed = before.as_ref().map(|(task, schedules)| (&task.definition, schedules.as_slice()));
        let (mut checked, wanted) = match draft.read(borrowed, &zone, &context) {
            (checked, Some(wanted)) => (checked, wanted),
            (checked, None) => return Ok(Done::DraftRefused(checked)),
        };
        let mut step = Step::new(By::Dashboard, now);
        let had = before.as_ref().map(|(task, _)| &task.definition);
        let passed = wanted.definition.passed_reminders(had, now, &context.zone);
        match before {
            None => {
                let task = step.add(db, &wanted.definition, &wanted.rules)?;
                Ok(Done::Added(task.id, task.slug, passed))
            }
            // A status says as much as the keys for it.
            Some((task, _)) if turns(&task.definition, &wanted.definition) => {
                Ok(match todos::turn_into(db, &mut step, task, wanted.definition, false)? {
                    Turn::Turned(turned) => Done::Saved(turned.task.slug, passed),
                    Turn::OfMachine(task) => Done::Saved(task.slug, passed),
                    Turn::Waits(_, waits) => {
                        let why = format!("it waits for {waits}; from the list it can be done all the same");
                        checked.errors.push(("status", why));
                        Done::DraftRefused(checked)
                    }
                })
            }
            Some((task, _)) => {
                step.define(db, task.id, &wanted.definition, &wanted.rules)?;
                Ok(Done::Saved(task.slug, passed))
            }
        }
    })
}

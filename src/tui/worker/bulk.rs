//! A verb over several things: in one step, each of them by itself, with a reason for each that could not be done. Others write in
//! between when there are very many (A6).

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::model::bulk::{Bulk, Did, Report, Target, Verb, Weight};
use super::super::msg::Done;
use super::World;
use super::queries::context_at;
use crate::domain::change::By;
use crate::domain::dependency::Effect;
use crate::domain::field::Context;
use crate::domain::run::{RunState, Trigger};
use crate::domain::settle::settle;
use crate::domain::task::{Definition, Priority, Status, Task, Work};
use crate::domain::{RunId, TaskId};
use crate::store::batches::{Batches, Each, Earnest, Ended, in_batches};
use crate::store::changes::{self, Step};
use crate::store::runs::{PauseRequest, StopRequest};
use crate::store::todos::Turn;
use crate::store::{
    Db, Reader, Result, StoreError, dependencies, outputs, runs, schedules, series, tasks, todos, upstreams,
};

/// Hears how many of how many are done.
pub(in crate::tui) type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// Fewer are done before anybody could read how far it is.
const STRIDE: usize = 200;

/// Runs of a history that are removed in one transaction.
const FORGOTTEN: usize = 500;

/// Runs of the history that are counted for a question, of all targets together.
const COUNTED: usize = 10_000;

/// Downstream tasks that a question names.
const NAMED: usize = 20;

/// Carries it out until it is `cancelled`.
pub(super) fn carry_out(
    world: &World,
    bulk: Bulk,
    now: Timestamp,
    progress: &Progress,
    cancelled: &dyn Fn() -> bool,
) -> Result<Done> {
    let Bulk { verb, targets } = bulk;
    let report = all(world, verb.clone(), targets, &context_at(world, now), progress, cancelled)?;
    if verb == Verb::Purge {
        forget(world, &report, progress)?;
    }
    Ok(Done::Bulk(report))
}

/// What came of one.
enum Came {
    Done(Did, Aside),
    /// It waits for others, which may be among them.
    Waits(String),
}

fn all(
    world: &World,
    verb: Verb,
    targets: Vec<(Target, String)>,
    context: &Context,
    progress: &Progress,
    cancelled: &dyn Fn() -> bool,
) -> Result<Report> {
    let forwards = goes_forwards(&*world.store.reader()?, &verb, &targets)?;
    let (kind, own) = (verb.clone(), context.clone());
    let each: Each<(Target, String), Came> = Arc::new(move |db, step, (target, _)| {
        let mut aside = Aside::default();
        match one(db, step, &kind, *target, forwards, &own, &mut aside) {
            Err(e) if aside.waits => Ok(Came::Waits(reason(e))),
            done => done.map(|did| Came::Done(did, aside)),
        }
    });
    let mut step = Step::new(By::Dashboard, context.now);
    let total = targets.len();
    let mut report = Report {
        verb,
        done: Vec::new(),
        failed: Vec::new(),
        waiting: 0,
        left: 0,
        effect: Effect::default(),
        followed: Vec::new(),
        passed: Vec::new(),
        then: None,
    };
    let mut left = Arc::new(targets);
    loop {
        let (tried, mut waiting) = (left.len(), Vec::new());
        let Batches { results, ended, step: after } =
            in_batches(&world.store, step, &left, &each, Earnest::Do, |done| {
                if tried > STRIDE {
                    progress(total - tried + done, total);
                }
                !cancelled()
            });
        step = after;
        let not_come_to = left.iter().skip(results.len());
        match ended {
            Ended::Failed(e) if report.done.is_empty() && results.is_empty() => return Err(e),
            Ended::Failed(e) => {
                let why = reason(e);
                report.failed.extend(not_come_to.map(|(target, slug)| (*target, slug.clone(), why.clone())));
            }
            Ended::Cancelled => report.left = not_come_to.count(),
            Ended::Whole => {}
        }
        for ((target, slug), came) in left.iter().cloned().zip(results) {
            match came {
                Ok(Came::Done(did, mut aside)) => {
                    report.effect.unblocks.append(&mut aside.effect.unblocks);
                    report.effect.blocks.append(&mut aside.effect.blocks);
                    report.then = aside.then;
                    report.passed.extend(aside.passed.map(|passed| (target, slug.clone(), passed)));
                    report.done.push((target, slug, did));
                }
                Ok(Came::Waits(why)) => waiting.push((target, slug, why)),
                Err(e) => report.failed.push((target, slug, reason(e))),
            }
        }
        // Some of them may have waited for others among them.
        if waiting.is_empty() || waiting.len() == tried || report.left > 0 {
            report.waiting = waiting.len();
            report.failed.append(&mut waiting);
            break;
        }
        left = Arc::new(waiting.into_iter().map(|(target, slug, _)| (target, slug)).collect());
    }
    let done: HashSet<&str> = report.done.iter().map(|(_, slug, _)| slug.as_str()).collect();
    for slugs in [&mut report.effect.unblocks, &mut report.effect.blocks] {
        slugs.retain(|slug| !done.contains(slug.as_str()));
        slugs.sort();
        slugs.dedup();
    }
    report.followed = step.followed().to_vec();
    Ok(report)
}

/// What is known of one beside what became of it.
#[derive(Debug, Default)]
struct Aside {
    /// It was refused, because it waits for others.
    waits: bool,
    /// What it means to others.
    effect: Effect,
    /// Its reminders that are past already, in words.
    passed: Option<String>,
    /// When it comes again, in words, of one that was moved.
    then: Option<String>,
}

/// The words of a refusal alone: what was tried is said with them.
fn reason(error: StoreError) -> String {
    match error {
        StoreError::Refused(text) => text,
        StoreError::NotFound(_) => "it is gone".to_owned(),
        e => e.to_string(),
    }
}

/// Whether a toggle is to lay to rest, to complete or to begin: when there is one that is not so yet.
fn goes_forwards(db: &Db, verb: &Verb, targets: &[(Target, String)]) -> Result<bool> {
    for (target, _) in targets {
        let rests = match (verb, target) {
            (Verb::TogglePaused, Target::Task(task)) => match tasks::get(db, *task) {
                Ok(task) => task.definition.paused || !has_plan(db, task.id)?,
                Err(StoreError::NotFound(_)) => true,
                Err(e) => return Err(e),
            },
            (Verb::ToggleDone | Verb::ToggleBegun, Target::Task(task)) => match tasks::get(db, *task) {
                Ok(task) => match task.definition.work {
                    Work::Todo(Status::Completed | Status::Cancelled) => *verb == Verb::ToggleDone,
                    Work::Todo(status) => *verb == Verb::ToggleBegun && status == Status::InProgress,
                    Work::Command(_) | Work::Script(_) => true,
                },
                Err(StoreError::NotFound(_)) => true,
                Err(e) => return Err(e),
            },
            (Verb::TogglePausedRuns, Target::Run(run)) => match runs::get(db, *run) {
                Ok(run) => run.pause_requested || run.state != RunState::Running,
                Err(StoreError::NotFound(_)) => true,
                Err(e) => return Err(e),
            },
            _ => true,
        };
        if !rests {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether something starts the task by itself.
pub(super) fn has_plan(db: &Db, task: TaskId) -> Result<bool> {
    Ok(!schedules::of_task(db, task)?.is_empty() || upstreams::has_any(db, task)?)
}

fn refused<T>(text: impl Into<String>) -> Result<T> {
    Err(StoreError::Refused(text.into()))
}

/// The task, unless it is in the trash: another window may have deleted it since it was marked.
fn present(db: &Db, task: TaskId) -> Result<Task> {
    let task = tasks::get(db, task)?;
    if changes::is_deleted(db, task.id)? { refused("it was deleted meanwhile") } else { Ok(task) }
}

fn one(
    db: &Db,
    step: &mut Step,
    verb: &Verb,
    target: Target,
    forwards: bool,
    context: &Context,
    aside: &mut Aside,
) -> Result<Did> {
    let now = context.now;
    match (verb, target) {
        (Verb::Run, Target::Task(task)) => run(db, task, now),
        (Verb::Stop | Verb::Kill, Target::Run(run)) => stop(db, run, *verb == Verb::Kill, now),
        (Verb::Stop | Verb::Kill, Target::Task(task)) => {
            present(db, task)?;
            let unfinished = runs::unfinished(db, task)?;
            if unfinished.is_empty() {
                return refused("nothing of it runs or waits");
            }
            for (run, _) in unfinished {
                stop(db, run, *verb == Verb::Kill, now)?;
            }
            Ok(Did::Done)
        }
        (Verb::TogglePaused, Target::Task(task)) => {
            let task = present(db, task)?;
            if !has_plan(db, task.id)? {
                return refused("it has no schedule: there is nothing to pause");
            }
            step.set_paused(db, task.id, forwards)?;
            Ok(Did::Paused(forwards))
        }
        (Verb::TogglePausedRuns, Target::Run(run)) => match runs::request_pause(db, run, forwards)? {
            PauseRequest::Noted | PauseRequest::Already => Ok(Did::Paused(forwards)),
            PauseRequest::NotRunning(RunState::Finished) => refused("it has ended"),
            PauseRequest::NotRunning(state) => refused(format!("it is {state}: only a running one can be paused")),
        },
        (Verb::Delete | Verb::Purge, Target::Task(task)) => {
            let task = present(db, task)?;
            let deleted = step.delete(db, task.id)?;
            aside.effect = deleted.effect;
            Ok(Did::Deleted(deleted.live.len()))
        }
        (Verb::Tag(tags), Target::Task(task)) => {
            let task = present(db, task)?;
            redefine(db, step, &task, context, |definition| definition.tags = tags.applied(&definition.tags))?;
            Ok(Did::Done)
        }
        (Verb::ToggleDone, Target::Task(task)) => {
            let status = if forwards { Status::Completed } else { Status::Open };
            turn(db, step, task, status, false, aside)?;
            Ok(Did::Turned(forwards))
        }
        (Verb::ToggleBegun, Target::Task(task)) => {
            let status = if forwards { Status::InProgress } else { Status::Open };
            turn(db, step, task, status, false, aside)?;
            Ok(Did::Turned(forwards))
        }
        (Verb::Force(status), Target::Task(task)) => {
            turn(db, step, task, *status, true, aside)?;
            Ok(Did::Turned(true))
        }
        (Verb::Progress(percent), Target::Task(task)) => {
            let task = todo(db, task)?;
            let progress = percent.applied(task.definition.progress);
            redefine(db, step, &task, context, |definition| definition.progress = progress)?;
            Ok(Did::Number(progress))
        }
        (Verb::Due(due), Target::Task(task)) => {
            let task = todo(db, task)?;
            redefine(db, step, &task, context, |definition| definition.due_at = *due)?;
            let now_due = Definition { due_at: *due, ..task.definition.clone() };
            aside.passed = now_due.passed_reminders(Some(&task.definition), now, &context.zone);
            aside.then = series::outlook(db, &tasks::get(db, task.id)?, now, &context.zone, 1)?;
            Ok(Did::Done)
        }
        (Verb::Priority(by), Target::Task(task)) => {
            let task = present(db, task)?;
            let number = task.definition.priority.get().saturating_add_signed(*by);
            let Some(priority) = Priority::new(number) else {
                let end = if *by < 0 { "the highest" } else { "the lowest" };
                return refused(format!("its priority is {}, {end}", task.definition.priority));
            };
            redefine(db, step, &task, context, |definition| definition.priority = priority)?;
            Ok(Did::Number(number))
        }
        (Verb::Note(text, run), Target::Task(task)) => {
            step.note(db, present(db, task)?.id, text, *run)?;
            Ok(Did::Done)
        }
        (_, Target::Run(_)) | (Verb::TogglePausedRuns, Target::Task(_)) => refused("that is not done to it"),
    }
}

fn run(db: &Db, task: TaskId, now: Timestamp) -> Result<Did> {
    let task = present(db, task)?;
    if let Work::Todo(_) = task.definition.work {
        return refused("it is a to-do, done by a person: e changes its status");
    }
    if let Some((run, state)) = runs::unfinished(db, task.id)?.first() {
        return refused(format!("#{run} is {}; r on it alone can run another", words(*state)));
    }
    Ok(Did::Queued(runs::queue(db, task.id, Trigger::Manual, None, &[], now)?))
}

fn words(state: RunState) -> String {
    state.to_string().replace('_', " ")
}

fn stop(db: &Db, run: RunId, kill: bool, now: Timestamp) -> Result<Did> {
    match runs::request_stop(db, run, kill, now)? {
        StopRequest::AlreadyFinished => refused("it has ended already"),
        StopRequest::Noted | StopRequest::Dequeued | StopRequest::NotRetried => Ok(Did::Done),
    }
}

/// Why a person does nothing of it.
const OF_MACHINE: &str = "it is done by the machine, not by a person";

/// A to-do that is not in the trash.
fn todo(db: &Db, task: TaskId) -> Result<Task> {
    let task = present(db, task)?;
    match task.definition.work {
        Work::Todo(_) => Ok(task),
        Work::Command(_) | Work::Script(_) => refused(OF_MACHINE),
    }
}

/// Gives a to-do another status.
fn turn(db: &Db, step: &mut Step, task: TaskId, status: Status, force: bool, aside: &mut Aside) -> Result<()> {
    match todos::turn(db, step, present(db, task)?.id, status, force)? {
        Turn::Turned(turned) => {
            aside.effect = turned.effect;
            Ok(())
        }
        Turn::OfMachine(_) => refused(OF_MACHINE),
        Turn::Waits(_, what) => {
            aside.waits = true;
            refused(format!("it waits for {what}"))
        }
    }
}

/// Changes something of the definition of a task; its schedules stay.
fn redefine(
    db: &Db,
    step: &mut Step,
    task: &Task,
    context: &Context,
    change: impl FnOnce(&mut Definition),
) -> Result<()> {
    let mut definition = task.definition.clone();
    change(&mut definition);
    settle(&mut definition, &task.definition, context).map_err(StoreError::Refused)?;
    let schedules = schedules::of_task(db, task.id)?;
    let wishes: Vec<_> = schedules.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
    step.define(db, task.id, &definition, &wishes).map(drop)
}

/// Removes the history of what was deleted, a part at a time: the engine writes in between.
fn forget(world: &World, report: &Report, progress: &Progress) -> Result<()> {
    let total = report.done.len();
    for (at, (target, _, _)) in report.done.iter().enumerate() {
        let Target::Task(task) = *target else { continue };
        while world.store.write(move |db| runs::forget(db, task, FORGOTTEN))? == FORGOTTEN {
            progress(at, total);
        }
    }
    Ok(())
}

/// What it would do.
pub(super) fn weigh(reader: &Reader, bulk: &Bulk) -> Result<Weight> {
    let mut weight = Weight::default();
    for (target, _) in &bulk.targets {
        match target {
            Target::Task(task) => weigh_task(reader, *task, &bulk.verb, &mut weight)?,
            Target::Run(run) => match runs::get(reader, *run) {
                Ok(run) => count(&mut weight, run.id, run.state),
                Err(StoreError::NotFound(_)) => {}
                Err(e) => return Err(e),
            },
        }
    }
    for slugs in [&mut weight.downstream, &mut weight.blocks] {
        slugs.retain(|slug| bulk.targets.iter().all(|(_, own)| own != slug));
        slugs.sort();
        slugs.dedup();
        slugs.truncate(NAMED);
    }
    Ok(weight)
}

fn weigh_task(reader: &Reader, task: TaskId, verb: &Verb, weight: &mut Weight) -> Result<()> {
    let unfinished = runs::unfinished(reader, task)?;
    weight.busy += usize::from(!unfinished.is_empty());
    for (run, state) in unfinished {
        count(weight, run, state);
    }
    if !matches!(verb, Verb::Delete | Verb::Purge) {
        return Ok(());
    }
    weight.schedules += schedules::of_task(reader, task)?.len();
    weight.downstream.extend(upstreams::downstream(reader, task)?);
    weight.blocks.extend(dependencies::bereaved(reader, task)?);
    let left = COUNTED.saturating_sub(weight.history.0);
    // One more than is counted tells whether there are more.
    let (runs, bytes) = outputs::of_task(reader, task, left + 1)?;
    weight.history.0 += runs.min(left);
    weight.history.1 |= runs > left;
    weight.bytes += bytes;
    Ok(())
}

fn count(weight: &mut Weight, run: RunId, state: RunState) {
    if state.is_live() {
        weight.live.push(run);
    } else if state != RunState::Finished {
        weight.waiting.push(run);
    }
}

//! One turn of the engine is one transaction: it records what happened, decides what is due, and admits what waits.
//!
//! A crash before the commit changes nothing, and the next engine decides the same; a crash after it finds the decision in
//! the store (T3).

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::gate::Check;
use super::note::{self, MissedSlots};
use super::seen::Seen;
use super::{elapsed, end, environment, incident, outfitter};
use crate::domain::clock::is_unset;
use crate::domain::condition::{self, Condition, Unmet};
use crate::domain::group::Limits;
use crate::domain::message::Source;
use crate::domain::options::Missed;
use crate::domain::planner::{self, Admission, Cause, Room, Verdict};
use crate::domain::reminder;
use crate::domain::retry;
use crate::domain::run::{Attempt, Outcome, RunState, Trigger};
use crate::domain::schedule::{Decision, Schedule, Slot};
use crate::domain::signal::StopSignal;
use crate::domain::task::{Overlap, Work};
use crate::domain::when::Due;
use crate::domain::{RunId, TaskId};
use crate::script::env::{Fit, Need};
use crate::store::environments::Sought;
use crate::store::schedules::{DueSchedule, Which};
use crate::store::{
    Db, Result, attempts, dependencies, drain, environments, health, reminders, runs, schedules, slots, tasks, trash,
};
use crate::supervise::{self, ExitRecord, Own, Spec, Supervisor};

/// Schedules that one turn decides at most; the rest follows in the next one at once.
const DUE: usize = 500;

/// A run that found no room on the disk for its folder is tried again after this long.
const NO_ROOM: SignedDuration = SignedDuration::from_secs(5);

/// So often the files of calendars are looked at, while there are any.
const CALENDARS: SignedDuration = SignedDuration::from_hours(1);

/// One attempt of a run: what happened to an earlier one says nothing about the present one (R6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Try {
    /// The run.
    pub(super) run: RunId,
    /// Which attempt, from 1.
    pub(super) attempt: u32,
}

/// Something that happened to a run since the last turn.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    /// Its supervisor was made, and this stood in its script.
    Started(Try, Timestamp, Option<Arc<Seen>>),
    /// Its supervisor, made by an earlier engine, lives (R8).
    Found(Try, Arc<Supervisor>, Timestamp),
    /// The attempt ended, and this is the record.
    Ended(Try, ExitRecord),
    /// Its supervisor is gone without a word; why, in words (R8).
    Lost(Try, String),
    /// No supervisor could be made; why, in words.
    CouldNotStart(Try, String),
    /// The disk has no room for its folder; in words (S2).
    NoRoom(Try, String),
    /// It had been admitted and was never started: it waits again.
    NeverStarted(Try),
    /// Since when its processes stand still, or that they go on (R4).
    Paused(RunId, Option<Timestamp>),
    /// What has to hold was checked while it waited: what its script has to run in, or the condition that does not hold (R10).
    Checked(RunId, std::result::Result<Fit, Unmet>),
    /// The environment of a script was looked at, ahead of any run.
    Looked(Sought, Fit),
}

impl Fact {
    /// The attempt of which there is no supervisor any more, when it is that.
    pub(super) fn end(&self) -> Option<Try> {
        match self {
            Self::Started(..) | Self::Found(..) | Self::Paused(..) | Self::Checked(..) | Self::Looked(..) => None,
            Self::Ended(of, _)
            | Self::Lost(of, _)
            | Self::CouldNotStart(of, _)
            | Self::NoRoom(of, _)
            | Self::NeverStarted(of) => Some(*of),
        }
    }
}

/// What the engine knows beside the store.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    /// Wall-clock time.
    pub(super) now: Timestamp,
    /// How long the machine has been up, in microseconds, its sleep included (T2).
    pub(super) since_boot: i64,
    /// Why slots that are missed are.
    pub(super) cause: Cause,
    /// How many runs may live at once (R3).
    pub(super) limits: Limits,
    /// How much of the output of a run is kept when its task says nothing (O2).
    pub(super) output_cap: Option<u64>,
    /// The boot of the machine.
    pub(super) boot: String,
    /// Whether this is the first turn, which decides the startup schedules.
    pub(super) first: bool,
    /// When the calendars were last looked at.
    pub(super) calendars_at: Option<Timestamp>,
    /// Runs whose conditions are being checked, and their tasks.
    pub(super) checking: Vec<(RunId, TaskId)>,
    /// The folder of the run folders.
    pub(super) runs: PathBuf,
    /// Tasks whose environments are being looked at.
    pub(super) looking: HashSet<TaskId>,
    /// All environments up to that of this task were looked at since the start; `None` when all.
    pub(super) surveyed: Option<TaskId>,
}

/// What the engine has to do now that the turn is committed.
#[derive(Debug)]
pub(super) struct Orders {
    /// Runs to start.
    pub(super) start: Vec<Launch>,
    /// Conditions to check.
    pub(super) check: Vec<Check>,
    /// Environments to look at.
    pub(super) look: Vec<Look>,
    /// All up to that of this task were since the start; `None` when all.
    pub(super) surveyed: Option<TaskId>,
    /// Whether builds have ended, which may have left something that nobody needs.
    pub(super) tidy: bool,
    /// Runs to stop, whether to kill, and the signal when it is not the task's own.
    pub(super) stop: Vec<(RunId, bool, Option<StopSignal>)>,
    /// Runs that are to stand still, or to go on.
    pub(super) pause: Vec<(RunId, bool)>,
    /// When the next slot starts, or the next run, retry or reminder that waits for its time.
    pub(super) next: Option<Timestamp>,
    /// When the calendars were last looked at.
    pub(super) calendars_at: Timestamp,
    /// Why what is still to be decided was missed.
    pub(super) cause: Cause,
}

/// An environment to look at, and what its script needs; nothing when it is gone.
pub(super) type Look = (Sought, Option<Need>);

/// A run to start.
#[derive(Debug)]
pub(super) struct Launch {
    /// What its supervisor executes.
    pub(super) spec: Spec,
    /// Its task and the file, when it is a script.
    pub(super) script: Option<(TaskId, PathBuf)>,
}

/// Makes the turn.
pub(super) fn run(db: &Db, facts: &[Fact], situation: &Situation) -> Result<Orders> {
    for fact in facts {
        record(db, fact, situation)?;
    }
    let tidy = environment::settle(db, situation.now)?;
    if situation.first {
        for due in schedules::due_at_startup(db, &situation.boot)? {
            at_startup(db, &due, situation)?;
        }
        schedules::startup_has_been(db, &situation.boot)?;
    }
    let set_forward = elapsed::follow(db, situation)?.is_some_and(|by| by > planner::LATE);
    let cause = if set_forward { Cause::ClockSet } else { situation.cause };
    let which = if is_unset(situation.now) { Which::Intervals } else { Which::All };
    let due = schedules::due(db, which, situation.now, DUE)?;
    for due in &due {
        decide(db, due, situation.now, cause)?;
    }
    // What is left for the next turn has the same cause.
    let cause = if due.len() == DUE { cause } else { Cause::NotRunning };
    runs::release(db, situation.now)?;
    attempts::release(db, situation.now)?;
    for run in attempts::overdue(db, situation.now)? {
        end::past_deadline(db, run, situation.now)?;
    }
    expectations(db, situation.now)?;
    incident::open(db, &situation.runs, situation.now)?;
    remind(db, situation.now)?;
    if let Some(slug) = trash::empty(db, situation.now)? {
        tracing::info!(slug, "its time in the trash is over: the task is removed");
    }
    let mut stop = Vec::new();
    for (run, kill) in runs::stop_requests(db)? {
        runs::stopping(db, run, kill, situation.now)?;
        stop.push((run, kill, runs::stop_signal(db, run)?));
    }
    let pause = runs::pause_requests(db)?;
    let calendars_at = calendars(db, situation)?;
    let look_again = if schedules::has_calendars(db)? { calendars_at.checked_add(CALENDARS).ok() } else { None };
    let next = [
        schedules::next_at(db, which)?,
        runs::next_held(db)?,
        attempts::next(db)?,
        attempts::next_overdue(db)?,
        health::next_expected(db)?,
        reminders::next(db)?,
        look_again,
    ]
    .into_iter()
    .flatten()
    .min();
    let (start, check) = admit(db, facts, situation)?;
    let (look, surveyed) = survey(db, situation)?;
    Ok(Orders { start, check, look, surveyed, tidy, stop, pause, next, calendars_at, cause })
}

/// The environments that somebody asked for, and, after the start, the next ones of all.
fn survey(db: &Db, situation: &Situation) -> Result<(Vec<Look>, Option<TaskId>)> {
    let (mut surveyed, looking) = (situation.surveyed, &situation.looking);
    let mut these = Vec::new();
    let room = outfitter::STEP.saturating_sub(looking.len());
    if room > 0 {
        // Whoever is being looked at is still among those that somebody asked for.
        these = environments::sought(db, room + looking.len())?;
        these.retain(|sought| !looking.contains(&sought.task));
        these.truncate(room);
    }
    if let Some(after) = surveyed.filter(|_| looking.is_empty()) {
        let more = environments::after(db, after, outfitter::STEP)?;
        surveyed = more.last().map(|sought| sought.task);
        these.extend(more);
    }
    these.sort_by_key(|sought| sought.task);
    these.dedup();
    let look =
        these.into_iter().map(|sought| Ok((sought, environment::need_of(db, sought)?))).collect::<Result<_>>()?;
    Ok((look, surveyed))
}

/// Looks at the calendars when it is time to, and says when that was last done (T10).
fn calendars(db: &Db, situation: &Situation) -> Result<Timestamp> {
    match situation.calendars_at {
        // A clock that went back counts as long ago.
        Some(at) if at <= situation.now && situation.now.duration_since(at) < CALENDARS => Ok(at),
        _ => schedules::refresh(db, situation.now).map(|()| situation.now),
    }
}

fn record(db: &Db, fact: &Fact, situation: &Situation) -> Result<()> {
    let now = situation.now;
    match fact {
        Fact::Started(of, at, seen) => {
            runs::running(db, of.run, of.attempt, *at)?;
            seen.as_ref().map_or(Ok(()), |seen| seen.pin(db, of.run, now))
        }
        Fact::Found(of, _, at) => runs::running(db, of.run, of.attempt, *at),
        Fact::Lost(of, reason) => end::over(db, of.run, Attempt::unknown(of.attempt, Outcome::Lost, reason), None, now),
        Fact::CouldNotStart(of, reason) => {
            end::over(db, of.run, Attempt::unknown(of.attempt, Outcome::CouldNotStart, reason), None, now)
        }
        Fact::NoRoom(of, reason) => {
            runs::requeue(db, of.run, of.attempt, now)?;
            let again = now.saturating_add(NO_ROOM).unwrap_or(Timestamp::MAX);
            let text = format!("run #{} waits for room on the disk: {reason}", of.run);
            note::warn_once(db, Source::run(of.run), text, now)?;
            runs::postpone(db, of.run, &format!("waits for room on the disk: {reason}"), again)
        }
        Fact::NeverStarted(of) => runs::requeue(db, of.run, of.attempt, now),
        Fact::Paused(run, since) => runs::paused(db, *run, *since, now),
        Fact::Checked(run, Ok(fit)) => environment::fitted(db, *run, fit, now),
        Fact::Checked(run, Err(unmet)) => postpone(db, *run, unmet, now),
        Fact::Looked(sought, fit) => environment::looked(db, *sought, fit, now),
        Fact::Ended(of, record) => {
            let mut attempt = record.attempt(of.attempt);
            let builds = attempts::standing(db, of.run)?.is_some_and(|standing| standing.builds);
            if builds && matches!(attempt.outcome, Outcome::Failed(_)) {
                // What the installer said is why.
                let said = environment::last_words_of(&situation.runs.join(of.run.to_string()));
                attempt.reason = said.or(attempt.reason);
            }
            end::over(db, of.run, attempt, record.stopped_by, now)
        }
    }
}

/// Marks what has not succeeded in time, and says so (R12).
fn expectations(db: &Db, now: Timestamp) -> Result<()> {
    for late in health::overdue(db, now)? {
        tracing::warn!(task = late.slug, expect_by = late.expect_by, since = %late.since, "a task has not succeeded in time");
        note::warn(db, late.task, format!("has not succeeded in time: expected by {}", late.expect_by), now)?;
    }
    Ok(())
}

/// Reminds of what is to be reminded of by now; what came late is said to be, and several of one task are one message (A4).
fn remind(db: &Db, now: Timestamp) -> Result<()> {
    for fired in reminders::fire(db, now, DUE)? {
        let text = reminder::told(&fired.slug, fired.due_at, &fired.at, now, &TimeZone::system());
        tracing::info!(task = fired.slug, text, "a reminder");
        note::warn(db, fired.task, text, now)?;
    }
    Ok(())
}

/// A run whose conditions do not hold waits for the next check, or no longer (R10).
fn postpone(db: &Db, run: RunId, unmet: &Unmet, now: Timestamp) -> Result<()> {
    let Some(since) = runs::held_since(db, run, now)? else { return Ok(()) };
    let window = tasks::get(db, runs::get(db, run)?.task)?.definition.execution.condition_window;
    let waited: Duration = now.duration_since(since).try_into().unwrap_or_default();
    if waited >= window {
        return runs::finish(db, run, Outcome::Skipped, None, Some(&unmet.skipped(window)), now);
    }
    let next = now.saturating_add(condition::next_check(waited, window)).unwrap_or(Timestamp::MAX);
    runs::postpone(db, run, &unmet.waits(), next)
}

fn decide(db: &Db, due: &DueSchedule, now: Timestamp, cause: Cause) -> Result<()> {
    let schedule = &due.schedule;
    let zone = schedules::zone_of(schedule)?;
    let plan = planner::due_slots(schedule, &zone, now, cause);
    let mut watermark = schedule.watermark;
    let mut missed = MissedSlots::default();
    for (slot, verdict) in plan.slots {
        watermark = watermark.max(slot.at);
        // After a clock was set back, an instant may have come before (T2).
        if !slots::is_decided(db, schedule.id, slot.at)? {
            match &verdict {
                Verdict::Missed(reason) => missed.add(slot.civil_text(), reason, false),
                Verdict::MakeUp { reason, .. } => missed.add(slot.civil_text(), reason, true),
                Verdict::Run(_) | Verdict::Excluded(_) => {}
            }
            settle(db, due, slot, verdict, now)?;
        }
    }
    missed.tell(db, schedule.task, now)?;
    schedules::advance(db, schedule, watermark, plan.next)
}

fn at_startup(db: &Db, due: &DueSchedule, situation: &Situation) -> Result<()> {
    let zone = schedules::zone_of(&due.schedule)?;
    // The slot is the second of the start: a startup is no instant that anything else could agree on more finely.
    let second = SignedDuration::from_micros(i64::from(situation.now.subsec_microsecond()));
    let at = situation.now.checked_sub(second).unwrap_or(situation.now);
    let slot = Due { at, civil: zone.to_datetime(at), moved_from: None };
    let timetable = due.schedule.timetable(&zone);
    if timetable.is_between_edges(at) && !slots::is_decided(db, due.schedule.id, at)? {
        let verdict = match timetable.exclusion(slot.civil.date()) {
            Some(what) => Verdict::Excluded(format!("the day is excluded: {what}")),
            None => Verdict::Run(Trigger::Startup),
        };
        settle(db, due, slot, verdict, situation.now)?;
    }
    schedules::booted(db, due.schedule.id, &situation.boot, at)
}

/// Writes down what becomes of a slot, with its run when there is one.
fn settle(db: &Db, due: &DueSchedule, slot: Due, verdict: Verdict, now: Timestamp) -> Result<()> {
    let schedule = &due.schedule;
    if matches!(verdict, Verdict::Run(Trigger::Schedule) | Verdict::MakeUp { .. }) {
        let slot = format!("{} {}", slot.civil_text().replace('T', " "), schedule.zone);
        end::give_way(db, schedule.task, &slot, now)?;
    }
    let (decision, reason, run) = match verdict {
        Verdict::Missed(reason) => (Decision::Missed, Some(reason), None),
        Verdict::Excluded(reason) => (Decision::Skipped, Some(reason), None),
        Verdict::MakeUp { not_before, policy, reason } => make_up(db, due, &slot, (not_before, policy, reason), now)?,
        Verdict::Run(trigger) => match room(db, schedule.task, due.overlap, now)? {
            Room::Skip(reason) => (Decision::Skipped, Some(reason), None),
            room => {
                if let Room::InPlaceOf(older) = room {
                    let reason =
                        format!("replaced by the slot of {} {}", slot.civil_text().replace('T', " "), schedule.zone);
                    for run in older {
                        runs::replace(db, run, &reason, now)?;
                    }
                }
                let run = runs::queue(db, schedule.task, trigger, Some((schedule.id, slot.at)), &[], now)?;
                // A startup is decided at once and starts later; everything else is decided when it starts (T9).
                let start = schedule.start_of(slot.at);
                if start > now {
                    runs::hold(db, run, start)?;
                }
                let without = without_calendar(schedule);
                if let Some(text) = &without {
                    note::warn_once(db, Source::task(schedule.task), format!("runs {text}"), now)?;
                }
                (Decision::Run, without, Some(run))
            }
        },
    };
    slots::decide(
        db,
        &Slot {
            schedule: schedule.id,
            due_at: slot.at,
            zone: schedule.zone.clone(),
            civil: slot.civil_text(),
            decision,
            reason,
            run,
            decided_at: now,
        },
    )
}

/// Asks the overlap policy (R2). A run in the way that waits for something says what.
pub(super) fn room(db: &Db, task: TaskId, overlap: Overlap, now: Timestamp) -> Result<Room> {
    let unfinished = runs::in_the_way(db, task)?;
    Ok(match (planner::room(overlap, &unfinished), unfinished.first()) {
        (Room::Skip(reason), Some((run, RunState::Queued))) if overlap != Overlap::QueueAll => {
            match runs::get(db, *run)?.reason {
                Some(waits) => Room::Skip(format!("{reason}: it {waits}")),
                None => Room::Skip(reason),
            }
        }
        (Room::Skip(_), Some((run, RunState::WaitingRetry))) => {
            let at = runs::get(db, *run)?.retry_at.unwrap_or(now);
            Room::Skip(format!("run #{run} waits for its retry at {}", retry::clock(at, now, &TimeZone::system())))
        }
        (room, _) => room,
    })
}

/// Queues the run that makes up for a missed slot (T6).
fn make_up(
    db: &Db,
    due: &DueSchedule,
    slot: &Due,
    (not_before, policy, reason): (Timestamp, Missed, String),
    now: Timestamp,
) -> Result<(Decision, Option<String>, Option<RunId>)> {
    let schedule = &due.schedule;
    if policy != Missed::All {
        runs::cancel_held(db, schedule.id, "a later slot was missed, too, and took its place", now)?;
        if let Room::Skip(in_the_way) = room(db, schedule.task, due.overlap, now)? {
            return Ok((Decision::Skipped, Some(format!("{reason}, but {in_the_way}")), None));
        }
    }
    let run = runs::queue(db, schedule.task, Trigger::CatchUp, Some((schedule.id, slot.at)), &[], now)?;
    runs::hold(db, run, not_before)?;
    Ok((Decision::Run, Some(reason), Some(run)))
}

/// A calendar that cannot be used silences nothing: it excludes nothing, and the slot says so (T10).
fn without_calendar(schedule: &Schedule) -> Option<String> {
    let trouble = schedule.calendar.as_ref()?.as_ref().err()?;
    tracing::warn!(schedule = %schedule.id, %trouble, "a calendar cannot be used; its days are not excluded");
    Some(format!("without its calendar, which cannot be used: {trouble}"))
}

/// What waits and may start now, and what may once its conditions are known to hold.
fn admit(db: &Db, facts: &[Fact], situation: &Situation) -> Result<(Vec<Launch>, Vec<Check>)> {
    let mut admission = Admission::new(
        &situation.limits,
        runs::live(db)?.into_iter().map(|live| place(live.task, live.groups, live.builds)),
    );
    let mut checking = situation.checking.clone();
    let fit_of = |run: RunId| {
        facts.iter().rev().find_map(|fact| match fact {
            Fact::Checked(id, Ok(fit)) if *id == run => Some(fit),
            _ => None,
        })
    };
    let (mut admitted, mut to_check) = (Vec::new(), Vec::new());
    // What waits goes on waiting while the engine drains (R3).
    if !admission.is_full() && drain::since(db)?.is_none() {
        runs::waiting(db, |mut waiting| {
            let task = waiting.task;
            if waiting.builds {
                // One at a time of each task; in the way of its other runs it is not.
                (waiting.task, waiting.groups) = place(task, Vec::new(), true);
                waiting.overlap = Overlap::Skip;
            }
            if (waiting.conditional || waiting.scripted) && fit_of(waiting.run).is_none() {
                // One check of a task at a time, and of all tasks as many as there may be runs.
                let is_new = checking.iter().all(|(_, other)| *other != task);
                let has_room = admission.has_room(waiting.task, waiting.overlap, &waiting.groups);
                if is_new && has_room && checking.len() < situation.limits.max_running {
                    checking.push((waiting.run, task));
                    waiting.task = task;
                    to_check.push(waiting);
                }
            } else if admission.admit(waiting.task, waiting.overlap, &waiting.groups) {
                waiting.task = task;
                admitted.push(waiting);
            }
            if admission.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
    }
    let mut checks = Vec::with_capacity(to_check.len());
    for waiting in to_check {
        let task = tasks::get(db, waiting.task)?;
        let run = runs::get(db, waiting.run)?;
        let conditions = if waiting.conditional { task.definition.execution.conditions.clone() } else { Vec::new() };
        let command = conditions.iter().find_map(|condition| match condition {
            Condition::Command(command) => Some(supervise::check(&run, &task, command)),
            _ => None,
        });
        let need = Need::of(&task);
        checks.push(Check { run: run.id, task: task.id, conditions, command, need, fit: Fit::Plain });
    }
    let mut launches = Vec::with_capacity(admitted.len());
    for waiting in admitted {
        // One before it in this turn may have used up the done that both were waiting for.
        if !waiting.builds && !dependencies::clear(db, waiting.run, waiting.task, situation.now)? {
            continue;
        }
        runs::starting(db, waiting.run, &situation.boot)?;
        let run = runs::get(db, waiting.run)?;
        let task = tasks::get(db, waiting.task)?;
        let fit = fit_of(waiting.run).unwrap_or(&Fit::Plain);
        if let (true, Fit::Ready(plan, _) | Fit::Missing(plan)) = (waiting.builds, fit) {
            let spec = supervise::build(&run, &task, plan.command(run.id), plan.input(), situation.output_cap);
            launches.push(Launch { spec, script: None });
            continue;
        }
        let left = match task.definition.execution.deadline {
            Some(deadline) => {
                Some(end::left(attempts::deadline_from(db, run.id, situation.now)?, deadline, situation.now))
            }
            None => None,
        };
        let environment = match fit {
            Fit::Ready(_, ready) => Some(ready.folder.clone()),
            Fit::Plain | Fit::Missing(_) | Fit::Impossible(_) => None,
        };
        let own = Own { args: runs::args(db, waiting.run)?, env: runs::env(db, waiting.run)?, environment };
        let spec = supervise::command(&run, &task, own, left, situation.output_cap);
        let script = match task.definition.work {
            Work::Script(path) => Some((task.id, path)),
            Work::Command(_) | Work::Todo(_) => None,
        };
        launches.push(Launch { spec, script });
    }
    Ok((launches, checks))
}

/// The places that a run takes: what builds an environment takes none of its task's, nor of its groups.
fn place(task: TaskId, groups: Vec<String>, builds: bool) -> (TaskId, Vec<String>) {
    // No task has such a number.
    if builds { (TaskId(-task.0), Vec::new()) } else { (task, groups) }
}

#[cfg(test)]
mod tests;

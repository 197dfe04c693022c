//! What follows from the end of an attempt: the next one (R6), or the end of its run and what that means for its task.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::turn::room;
use super::{incident, note};
use crate::config::machine_id;
use crate::domain::dependency::named;
use crate::domain::message::Source;
use crate::domain::planner::Room;
use crate::domain::retry::{Attempted, Verdict, deadline_over, over_at};
use crate::domain::run::{Attempt, Outcome, RunState};
use crate::domain::spread::Spread;
use crate::domain::task::Execution;
use crate::domain::unusual::{self, Done};
use crate::domain::{RunId, TaskId};
use crate::store::attempts::Standing;
use crate::store::{Db, Result, attempts, dependencies, health, history, runs, schedules, tasks, upstreams};
use crate::supervise::StopCause;

/// A run is held against those of the last so many before it that succeeded.
const BEFORE: usize = 20;

/// An attempt of a run is over. Of one that is not the present one nothing follows.
pub(super) fn over(
    db: &Db,
    run: RunId,
    mut attempt: Attempt,
    stopped_by: Option<StopCause>,
    now: Timestamp,
) -> Result<()> {
    let Some(standing) = attempts::standing(db, run)? else { return Ok(()) };
    if standing.attempt != attempt.number || standing.state == RunState::WaitingRetry {
        return Ok(());
    }
    if standing.builds {
        // It is not tried again by itself, and its task does not fare by it.
        let reason = attempt.reason.clone();
        runs::finish(db, run, attempt.outcome, Some(&attempt), reason.as_deref(), now)?;
        return Ok(());
    }
    let execution = tasks::get(db, standing.task)?.definition.execution;
    if attempt.number == 1 {
        attempt.started_at = attempt.started_at.or(standing.started_at);
    }
    if stopped_by == Some(StopCause::Deadline) {
        // Only the task knows how long it was.
        let known = deadline_over(execution.deadline);
        attempt.reason = attempt.reason.map(|reason| reason.replacen(&deadline_over(None), &known, 1));
    }
    let verdict = match stopped_by {
        Some(StopCause::Deadline) => Verdict::No(None),
        _ => decide(db, run, &standing, &execution, &attempt, now)?,
    };
    match verdict {
        Verdict::At(at, reason) => {
            tracing::info!(%run, reason, "a run is to be tried again");
            attempts::wait(db, run, &attempt, at, &reason)
        }
        Verdict::No(why) => {
            let odd = unusual(db, run, standing.task, &attempt)?;
            let words: Vec<String> =
                attempt.reason.clone().into_iter().chain(why).chain(odd.as_ref().map(|(odd, _)| odd.clone())).collect();
            let reason = (!words.is_empty()).then(|| words.join("; "));
            runs::finish(db, run, attempt.outcome, Some(&attempt), reason.as_deref(), now)?;
            note::ended(db, (standing.task, run), attempt.outcome, reason.as_deref(), now)?;
            if let Some((odd, true)) = odd {
                note::odd(db, run, &odd, now)?;
            }
            ended(db, standing.task, run, attempt.outcome, attempt.ended_at.unwrap_or(now), now)
        }
    }
}

/// Whether a run succeeded and yet was not as those before it, in words; with `true` when that is news: nothing was said of the one before.
fn unusual(db: &Db, run: RunId, task: TaskId, attempt: &Attempt) -> Result<Option<(String, bool)>> {
    let (Outcome::Succeeded, Some(start), Some(end), Some(usage)) =
        (attempt.outcome, attempt.started_at, attempt.ended_at, attempt.usage)
    else {
        return Ok(None);
    };
    let took = end.duration_since(start).try_into().unwrap_or_default();
    let (before, said) = history::done_before(db, task, run, BEFORE)?;
    let odd = unusual::unusual(Done { took, printed: usage.output_bytes }, &before);
    Ok(odd.map(|odd| (odd, !said)))
}

/// A run that waits in the queue cannot start, now or in a moment: it has ended, and is not tried again. The person is told by whoever
/// knows why.
pub(super) fn not_started(db: &Db, run: RunId, reason: &str, now: Timestamp) -> Result<()> {
    let Some(standing) = attempts::standing(db, run)? else { return Ok(()) };
    let attempt = Attempt::unknown(standing.attempt, Outcome::CouldNotStart, reason);
    runs::finish(db, run, attempt.outcome, Some(&attempt), Some(reason), now)?;
    ended(db, standing.task, run, attempt.outcome, now, now)
}

fn decide(
    db: &Db,
    run: RunId,
    standing: &Standing,
    execution: &Execution,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Verdict> {
    // Whoever asked for its end meant the run, not the attempt.
    let Some(retry) = execution.retry.as_ref().filter(|_| !standing.stopped) else { return Ok(Verdict::No(None)) };
    if standing.deleted {
        let bad = attempt.outcome.is_bad();
        return Ok(Verdict::No(bad.then(|| "no retry: its task is in the trash".to_owned())));
    }
    let from = standing.deadline_from.or(standing.started_at).or(attempt.started_at).unwrap_or(now);
    let attempted = Attempted {
        outcome: attempt.outcome,
        number: attempt.number,
        // On a clock that was set back, it did not end in the future.
        at: attempt.ended_at.unwrap_or(now).min(now),
        deadline: execution.deadline.map(|deadline| (from, deadline)),
        next_slot: schedules::next_of(db, standing.task)?,
        seed: Spread::by(&format!("{}/run/{run}", machine_id())),
    };
    Ok(retry.decide(&attempted, &TimeZone::system()))
}

/// A slot has come: what waits for another attempt makes room for it, unless it may run past a slot (R6).
pub(super) fn give_way(db: &Db, task: TaskId, slot: &str, now: Timestamp) -> Result<()> {
    let waiting = attempts::waiting(db, task)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let retry = tasks::get(db, task)?.definition.execution.retry;
    if retry.is_some_and(|retry| retry.is_past_slot()) {
        return Ok(());
    }
    waiting
        .into_iter()
        .try_for_each(|run| give_up(db, run, &format!("no more attempts: the slot of {slot} came first"), now))
}

/// A run whose next attempt waited for admission when its deadline was over (R5).
pub(super) fn past_deadline(db: &Db, run: RunId, now: Timestamp) -> Result<()> {
    let deadline = tasks::get(db, runs::get(db, run)?.task)?.definition.execution.deadline;
    give_up(db, run, &format!("no more attempts: {}", deadline_over(deadline)), now)
}

/// Ends a run that waits for its next attempt as its last one ended.
fn give_up(db: &Db, run: RunId, why: &str, now: Timestamp) -> Result<()> {
    let (Some(standing), Some(last)) = (attempts::standing(db, run)?, attempts::last(db, run)?) else { return Ok(()) };
    let words: Vec<&str> = last.reason.as_deref().into_iter().chain([why]).collect();
    let at = last.ended_at.unwrap_or(now);
    attempts::take_back(db, run, last.number)?;
    runs::finish(db, run, last.outcome, None, Some(&words.join("; ")), at)?;
    ended(db, standing.task, run, last.outcome, at, now)
}

/// What is left of a deadline; at least something, since it was not over a moment ago.
pub(super) fn left(from: Timestamp, deadline: Duration, now: Timestamp) -> Duration {
    let left: Duration = over_at(from, deadline).duration_since(now).try_into().unwrap_or_default();
    left.max(Duration::from_millis(1))
}

/// A run has ended. Its task fares by it: after so many failures in a row it is paused (R12), and what waits for its success is named
/// (A3). What runs after it follows (R11).
fn ended(db: &Db, task: TaskId, run: RunId, outcome: Outcome, at: Timestamp, now: Timestamp) -> Result<()> {
    if outcome == Outcome::Succeeded {
        health::succeeded(db, task, at)?;
        incident::recovered(db, task, run, now)?;
    } else if outcome.is_bad() {
        if let Some(failures) = health::failed(db, task)? {
            let reason = if failures == 1 { "failed".to_owned() } else { format!("failed {failures} times in a row") };
            tracing::warn!(%task, %run, reason, "a task is paused");
            tasks::pause_because(db, task, &reason, now)?;
            note::warn(db, task, format!("paused: it {reason}"), now)?;
        }
        let blocked = dependencies::waiting_for(db, task)?;
        if !blocked.is_empty() {
            note::warn_once(db, Source::task(task), format!("its failure blocks {}", named(&blocked)), now)?;
        }
    }
    for (downstream, came_after) in upstreams::ended(db, task, run, outcome)? {
        follow(db, downstream, &came_after, now)?;
    }
    Ok(())
}

/// Queues the run of a task whose upstreams have all ended as it asked for, if overlap allows it (R11).
fn follow(db: &Db, task: TaskId, came_after: &str, now: Timestamp) -> Result<()> {
    match room(db, task, tasks::get(db, task)?.definition.execution.overlap, now)? {
        Room::Skip(reason) => runs::skip_after(db, task, came_after, &reason, now)?,
        Room::Run => runs::queue_after(db, task, came_after, now)?,
        Room::InPlaceOf(older) => {
            for run in older {
                runs::replace(db, run, &format!("replaced by a run after {came_after}"), now)?;
            }
            runs::queue_after(db, task, came_after, now)?
        }
    };
    Ok(())
}

//! What the engine decides about the environments of scripts: when one is built, and which runs wait for that.
//!
//! Before a run of a script starts, and ahead of that whenever its script or its requirements change, somebody looks at what is on the
//! disk ([`Fit`]). What is missing is built by a run of its own, one at a time of a task; the runs that need it wait for that one.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::{end, note, tail};
use crate::domain::environment::{Environment, State};
use crate::domain::message::Level;
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::domain::{RunId, TaskId};
use crate::script::env::{Fit, Need, Plan, Ready, last_words};
use crate::store::environments::{self, Over, Sought};
use crate::store::{Db, Result, runs, tasks};

/// A build that failed is not tried again by a schedule for so long, unless something has changed.
const BACK_OFF: SignedDuration = SignedDuration::from_mins(5);

/// The environment of a script was looked at because of a change, or at the start of the engine.
pub(super) fn looked(db: &Db, sought: Sought, fit: &Fit, now: Timestamp) -> Result<()> {
    environments::looked(db, sought)?;
    let task = sought.task;
    // It may have gone meanwhile.
    if !environments::is_wanted(db, task)? {
        return Ok(());
    }
    match fit {
        Fit::Plain => {
            stop_builds(db, task, "its script needs no environment any more", now)?;
            environments::forget(db, task)
        }
        Fit::Ready(plan, ready) => {
            stop_builds(db, task, "its environment is another one now", now)?;
            is_ready(db, task, plan, ready, now)
        }
        Fit::Missing(plan) => want(db, task, plan, Urgency::Ahead, now).map(drop),
        Fit::Impossible(why) => impossible(db, task, why, now),
    }
}

/// The environment of a script was looked at because this run is about to start. When it is not there, the run does not wait in the
/// queue any more.
pub(super) fn fitted(db: &Db, run: RunId, fit: &Fit, now: Timestamp) -> Result<()> {
    let run = runs::get(db, run)?;
    if run.state != RunState::Queued {
        return Ok(());
    }
    if run.trigger == Trigger::Environment {
        return build(db, run.id, run.task, fit, now);
    }
    match fit {
        Fit::Plain => Ok(()),
        Fit::Ready(plan, ready) => is_ready(db, run.task, plan, ready, now),
        Fit::Missing(plan) => {
            let urgency = if run.trigger == Trigger::Manual { Urgency::ByHand } else { Urgency::Run };
            if let Some(build) = want(db, run.task, plan, urgency, now)? {
                return environments::await_build(db, run.id, build, now);
            }
            let why = environments::get(db, run.task)?.and_then(|it| it.reason).unwrap_or_default();
            end::not_started(db, run.id, &format!("its environment could not be built a moment ago: {why}"), now)
        }
        Fit::Impossible(why) => {
            impossible(db, run.task, why, now)?;
            end::not_started(db, run.id, &format!("its environment cannot be built: {why}"), now)
        }
    }
}

/// A build is about to start.
fn build(db: &Db, run: RunId, task: TaskId, fit: &Fit, now: Timestamp) -> Result<()> {
    match fit {
        Fit::Plain => {
            let why = "the script has no environment: it is no Python script, or one that neither Tempo made nor that has a header \
                       `# /// script`; `tempo set TASK python=3.12` gives it one";
            runs::finish(db, run, Outcome::Skipped, None, Some(why), now)
        }
        Fit::Ready(plan, ready) if !runs::is_forced(db, run)? => {
            is_ready(db, task, plan, ready, now)?;
            runs::finish(db, run, Outcome::Succeeded, None, Some("it was ready already"), now)
        }
        Fit::Ready(plan, _) | Fit::Missing(plan) => environments::set(db, &building(task, plan, run, now)),
        Fit::Impossible(why) => {
            impossible(db, task, why, now)?;
            runs::finish(db, run, Outcome::CouldNotStart, None, Some(why), now)
        }
    }
}

/// Why an environment is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// Nobody needs it just now.
    Ahead,
    /// A run waits that nobody asked for.
    Run,
    /// A person waits.
    ByHand,
}

/// The run that builds it, a new one when none does; `None` when it has failed and is not tried again yet.
fn want(db: &Db, task: TaskId, plan: &Plan, urgency: Urgency, now: Timestamp) -> Result<Option<RunId>> {
    let known = environments::get(db, task)?.filter(|known| known.key.as_ref() == Some(&plan.key));
    let builds = environments::builds(db, task)?;
    if let Some(known) = known {
        match (known.state, known.run) {
            (State::Building, Some(build)) if builds.contains(&build) => return Ok(Some(build)),
            (State::Failed, _) => {
                // On a clock that was set back it counts as long ago.
                let recent = (SignedDuration::ZERO..BACK_OFF).contains(&now.duration_since(known.changed_at));
                if urgency == Urgency::Ahead || (urgency == Urgency::Run && recent) {
                    return Ok(None);
                }
            }
            _ => {}
        }
    }
    // What is queued has not been made for another key: it is looked at when it starts.
    let mut own = None;
    for build in builds {
        if own.is_none() && runs::get(db, build)?.state == RunState::Queued {
            own = Some(build);
        } else {
            runs::replace(db, build, "what it is made of has changed", now)?;
        }
    }
    let build = match own {
        Some(build) => build,
        None => runs::queue_build(db, task, false, now)?,
    };
    environments::set(db, &building(task, plan, build, now))?;
    Ok(Some(build))
}

fn stop_builds(db: &Db, task: TaskId, why: &str, now: Timestamp) -> Result<()> {
    for build in environments::builds(db, task)? {
        // One that is forced is asked for by a person.
        if !runs::is_forced(db, build)? {
            runs::replace(db, build, why, now)?;
        }
    }
    Ok(())
}

fn impossible(db: &Db, task: TaskId, why: &str, now: Timestamp) -> Result<()> {
    stop_builds(db, task, "it cannot be built any more", now)?;
    environments::set(db, &Environment { reason: Some(why.to_owned()), ..nothing(task, State::Impossible, now) })?;
    note::environment_lacks(db, (task, None), Level::Warn, &format!("cannot be built: {why}"), now)
}

/// It is there, and was there before, or is there again.
fn is_ready(db: &Db, task: TaskId, plan: &Plan, ready: &Ready, now: Timestamp) -> Result<()> {
    let before = environments::get(db, task)?;
    environments::set(db, &ready_now(task, plan, ready, now))?;
    if before.is_some_and(|known| known.state == State::Ready) {
        return Ok(());
    }
    note::environment_is_there(db, task, now)
}

/// Hears of builds that have ended, and lets those know that wait for them. Says whether there were any.
pub(super) fn settle(db: &Db, now: Timestamp) -> Result<bool> {
    let built = environments::built(db)?;
    let any = !built.is_empty();
    for over in built {
        let Some(known) = environments::get(db, over.task)? else { continue };
        match over.outcome {
            Outcome::Succeeded => {
                environments::set(db, &Environment { state: State::Ready, changed_at: now, ..known })?;
                note::environment_is_there(db, over.task, now)?;
                // How many packages it has is on the disk.
                environments::ask(db, over.task)?;
            }
            // Nothing is wrong with what it is made of: it is built again.
            Outcome::Lost => {
                environments::forget(db, over.task)?;
                environments::ask(db, over.task)?;
            }
            _ => {
                let reason = why(&over);
                let level = if over.outcome == Outcome::Cancelled { Level::Info } else { Level::Error };
                let how = format!("could not be built: {reason}");
                note::environment_lacks(db, (over.task, Some(over.build)), level, &how, now)?;
                let failed = Environment { state: State::Failed, reason: Some(reason), changed_at: now, ..known };
                environments::set(db, &failed)?;
            }
        }
    }
    for (run, over) in environments::waited(db)? {
        let known = environments::get(db, over.task)?;
        let failed = known.is_some_and(|known| known.state == State::Failed && known.run == Some(over.build));
        if failed {
            let text = format!("its environment could not be built (#{}): {}", over.build, why(&over));
            end::not_started(db, run, &text, now)?;
        } else {
            environments::release(db, run)?;
        }
    }
    Ok(any)
}

fn why(over: &Over) -> String {
    match (&over.reason, over.outcome) {
        (Some(reason), Outcome::Cancelled) => format!("cancelled: {reason}"),
        (Some(reason), _) => reason.clone(),
        (None, outcome) => outcome.to_string(),
    }
}

/// The words of the installer at the end of what a build printed, as they may be shown.
pub(super) fn last_words_of(folder: &Path) -> Option<String> {
    last_words(&tail::lines(folder)?.join("\n"))
}

fn ready_now(task: TaskId, plan: &Plan, ready: &Ready, now: Timestamp) -> Environment {
    Environment {
        folder: Some(ready.folder.clone()),
        packages: u32::try_from(ready.marker.packages.len()).ok(),
        run: ready.run(),
        ..of(task, State::Ready, plan, now)
    }
}

fn building(task: TaskId, plan: &Plan, run: RunId, now: Timestamp) -> Environment {
    Environment { run: Some(run), folder: Some(plan.place(run)), ..of(task, State::Building, plan, now) }
}

fn of(task: TaskId, state: State, plan: &Plan, now: Timestamp) -> Environment {
    Environment {
        key: Some(plan.key.clone()),
        python: Some(plan.python.path.clone()),
        version: Some(plan.python.version.to_string()),
        locked: plan.locked,
        drift: plan.drift,
        ..nothing(task, state, now)
    }
}

fn nothing(task: TaskId, state: State, now: Timestamp) -> Environment {
    Environment {
        task,
        state,
        key: None,
        python: None,
        version: None,
        folder: None,
        packages: None,
        locked: false,
        drift: false,
        run: None,
        reason: None,
        changed_at: now,
    }
}

/// What is needed of the task whose environment is sought; `None` when it is gone, or has no script any more.
pub(super) fn need_of(db: &Db, sought: Sought) -> Result<Option<Need>> {
    match tasks::get(db, sought.task) {
        Ok(task) => Ok(Need::of(&task)),
        Err(crate::store::StoreError::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

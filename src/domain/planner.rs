//! Decides, purely: what becomes of due slots (T3, T6, R2), and which queued runs start (R3).

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::run::{RunState, Trigger};
use super::schedule::Schedule;
use super::task::Overlap;
use super::when::Due;
use super::{RunId, TaskId};

/// A slot that is overdue by more than this was missed (T2); one that is overdue by less is just late.
pub const LATE: SignedDuration = SignedDuration::from_secs(60);

/// What is to become of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A run, if overlap allows it.
    Run(Trigger),
    /// Nobody was there; why, in words.
    Missed(String),
}

/// What is to become of everything of one schedule that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The slots, the oldest first.
    pub slots: Vec<(Due, Verdict)>,
    /// The first slot after them that still lies ahead.
    pub next: Option<Timestamp>,
}

/// Plans a schedule whose next slot has come.
///
/// The newest due slot runs when it is at most [`LATE`]. Otherwise the time since then was downtime, and the slot is made up
/// for when the period is an hour or more and the slot is younger than the period and than a day (T6). All older slots were
/// missed. However long the downtime was, there is at most one run.
pub fn due_slots(schedule: &Schedule, zone: &TimeZone, now: Timestamp) -> Plan {
    let mut overdue = schedule.overdue(zone, now);
    let next = overdue.next;
    let Some(newest) = overdue.slots.pop() else { return Plan { slots: Vec::new(), next } };
    let missed = overdue.missed("Tempo was not running").into_iter();
    let mut slots: Vec<(Due, Verdict)> = missed.map(|(due, reason)| (due, Verdict::Missed(reason))).collect();
    slots.push((newest, verdict_on_newest(newest.at, next, now)));
    Plan { slots, next }
}

fn verdict_on_newest(due: Timestamp, next: Option<Timestamp>, now: Timestamp) -> Verdict {
    let age = now.duration_since(due);
    if age <= LATE {
        return Verdict::Run(Trigger::Schedule);
    }
    // A one-off has no period: it counts as a long one.
    let period = next.map_or(SignedDuration::MAX, |next| next.duration_since(due));
    if period >= SignedDuration::from_hours(1) && age < period.min(SignedDuration::from_hours(24)) {
        Verdict::Run(Trigger::CatchUp)
    } else {
        Verdict::Missed("Tempo was not running".to_owned())
    }
}

/// What overlap makes of a slot that should run (R2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// There is room.
    Run,
    /// There is room, in place of this queued run: of a queue of one, the latest slot counts.
    InPlaceOf(RunId),
    /// There is none; why, in words.
    Skip(String),
}

/// Asks the overlap policy, given the task's runs that have not finished, the newest first.
pub fn room(overlap: Overlap, unfinished: &[(RunId, RunState)]) -> Room {
    let Some((newest, state)) = unfinished.first() else { return Room::Run };
    let in_the_way = match state {
        RunState::Queued => format!("run #{newest} was still waiting to start"),
        _ => format!("run #{newest} was still running"),
    };
    match overlap {
        Overlap::Queue => match unfinished.iter().find(|(_, state)| *state == RunState::Queued) {
            Some((queued, _)) => Room::InPlaceOf(*queued),
            None => Room::Run,
        },
        Overlap::Parallel(n) if unfinished.len() < usize::from(n) => Room::Run,
        Overlap::Skip | Overlap::Parallel(_) => Room::Skip(in_the_way),
    }
}

/// Lets queued runs in, one after the other in their order (R3).
#[derive(Debug)]
pub struct Admission {
    free: usize,
    live: HashMap<TaskId, usize>,
}

impl Admission {
    /// With `limit` places, of which the live runs take theirs.
    pub fn new(limit: usize, live: impl Iterator<Item = TaskId>) -> Self {
        let mut by_task: HashMap<TaskId, usize> = HashMap::new();
        let mut taken = 0;
        for task in live {
            *by_task.entry(task).or_default() += 1;
            taken += 1;
        }
        Self { free: limit.saturating_sub(taken), live: by_task }
    }

    /// Whether every place is taken.
    pub fn is_full(&self) -> bool {
        self.free == 0
    }

    /// Takes a place for a run of this task, if there is one and its overlap policy allows another live run.
    pub fn admit(&mut self, task: TaskId, overlap: Overlap) -> bool {
        let of_task = self.live.entry(task).or_default();
        if self.free == 0 || *of_task >= usize::from(overlap.parallel()) {
            return false;
        }
        *of_task += 1;
        self.free -= 1;
        true
    }
}

#[cfg(test)]
mod scenarios;

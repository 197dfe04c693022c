//! Why a task ran, did not run, or does not run now: each slot and each rest of its past, and what holds for it at the moment.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::after::{self, Link};
use super::dependency::named;
use super::environment::{Environment, State};
use super::expect::ExpectBy;
use super::forecast::{self, Forecast};
use super::group::Limits;
use super::quantity::format_duration;
use super::run::{Outcome, Run, RunState, Trigger};
use super::schedule::{Schedule, Slot};
use super::task::{Task, Work};
use super::when::{DstEffect, Due, When};
use super::zone;
use super::{RunId, ScheduleId};

/// A rest of a task's schedules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end; `None` while it lasts.
    pub until: Option<Timestamp>,
    /// Why, when Tempo did it (R12); a person needs no reason.
    pub reason: Option<String>,
}

/// One thing in the past of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A slot, and the run that was made for it while it is remembered.
    Slot(Slot, Option<Box<Run>>),
    /// A rest.
    Pause(Pause),
}

/// Where an entry stands: its instant, and its schedule; a rest has none and counts as schedule 0.
pub type Key = (Timestamp, ScheduleId);

/// The schedule of a rest in a [`Key`].
pub const NO_SCHEDULE: ScheduleId = ScheduleId(0);

impl Entry {
    /// Where it stands; keys ascend with time.
    pub fn key(&self) -> Key {
        match self {
            Self::Slot(slot, _) => (slot.due_at, slot.schedule),
            Self::Pause(pause) => (pause.from, NO_SCHEDULE),
        }
    }

    /// In words, why it became what it did, and what a change of the clock did to it; empty when there is nothing to say.
    pub fn remark(&self) -> String {
        match self {
            Self::Slot(slot, run) => {
                let of_run = run.as_ref().and_then(|run| run.reason.clone());
                // One that waits says in its reason which attempt is to come.
                let attempt = run.as_ref().filter(|run| run.retry_at.is_none()).and_then(|run| run.attempt_text());
                let dst = slot.dst_effect().map(|effect| format!("clock change: {effect}"));
                [slot.reason.clone(), attempt, of_run, dst].into_iter().flatten().collect::<Vec<_>>().join("; ")
            }
            Self::Pause(pause) => pause.reason.clone().unwrap_or_default(),
        }
    }

    /// How long after its due time a slot's run began, or while it has not, its decision came.
    pub fn late(&self) -> Option<Duration> {
        match self {
            Self::Slot(slot, run) => {
                let began = run.as_ref().and_then(|run| run.started_at).unwrap_or(slot.decided_at);
                Some(began.duration_since(slot.due_at).try_into().unwrap_or_default())
            }
            Self::Pause(_) => None,
        }
    }
}

impl Slot {
    /// What a change of the clock did to it (T8); `None` also when its zone is not known any more.
    pub fn dst_effect(&self) -> Option<DstEffect> {
        let civil: civil::DateTime = self.civil.parse().ok()?;
        // The civil time is kept to the second; an interval's slots lie between two.
        let at = Timestamp::from_second(self.due_at.as_microsecond().div_euclid(1_000_000)).ok()?;
        Due { at, civil, moved_from: None }.dst_effect(&zone::zone(&self.zone).ok()?)
    }
}

/// What holds for a task now, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What is known of the environment of its script.
    pub environment: Option<Environment>,
    /// The task.
    pub task: Task,
    /// Its rest, when it is paused.
    pub pause: Option<Pause>,
    /// Its schedules.
    pub schedules: Vec<Schedule>,
    /// The tasks after which it runs, and how far its round is (R11).
    pub upstreams: Vec<Link>,
    /// What it waits for, as `approve to be done` (A3).
    pub waits: Option<String>,
    /// The slugs of the tasks that wait for it.
    pub blocks: Vec<String>,
    /// Its newest run that came after others, or would have.
    pub newest_after: Option<Run>,
    /// Its runs that have not finished, the newest first.
    pub unfinished: Vec<Run>,
    /// Runs of all tasks that live.
    pub live: usize,
    /// The groups of the task, each with the live runs in it and the slugs of their tasks (R3).
    pub groups: Vec<(String, Vec<(RunId, String)>)>,
    /// Since when nothing new starts (R3).
    pub draining: Option<Timestamp>,
    /// How long its newest runs took that succeeded.
    pub durations: Vec<Duration>,
}

/// What is known of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineNow<'a> {
    /// Whether there is one.
    pub runs: bool,
    /// How many runs may live at once (R3).
    pub limits: &'a Limits,
}

/// Slots of which the loss is announced by number.
const NAMED: usize = 5;

/// Queued runs of which each is explained; of more only the number is said.
const EXPLAINED: usize = 3;

impl Standing {
    /// In sentences: why it runs or does not run now, and when it will. Times are shown in `zone`; how far away the next slot is
    /// is only said when it is asked for, since it is not true for long.
    pub fn sentences(&self, engine: EngineNow<'_>, zone: &TimeZone, now: Timestamp, distance: bool) -> Vec<String> {
        if let Work::Todo(_) = self.task.definition.work {
            let todo = "it is a to-do: a person does it, and nothing runs".to_owned();
            let waits = self.waits.as_ref().map(|waits| format!("it waits for {waits}"));
            return std::iter::once(todo).chain(waits).chain(self.waited_for()).collect();
        }
        let mut said = Vec::new();
        if !engine.runs {
            said.push("no engine is running: nothing starts until `tempo` or `tempo daemon` does".to_owned());
        }
        if let Some(since) = self.draining {
            said.push(format!("draining since {}: nothing new starts until `tempo drain off`", clock(since, zone)));
        }
        if let Some(pause) = &self.pause {
            let reason = pause.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            said.push(format!("paused since {}{reason}", clock(pause.from, zone)));
        }
        let execution = &self.task.definition.execution;
        if let (Some(since), Some(by)) = (self.task.late_since, execution.expect_by) {
            said.push(format!("late since {}: a success is expected {}", clock(since, zone), expected(by)));
        }
        if let (1.., Some(most), None) = (self.task.failures, execution.pause_after, &self.pause) {
            said.push(format!("failed {} in a row; paused after {most}", times(self.task.failures)));
        }
        if let Some(environment) = self.environment.as_ref().filter(|known| known.state != State::Ready) {
            said.push(format!("its environment {}", environment.text()));
        }
        for run in self.unfinished.iter().filter(|run| run.state.is_live()) {
            let since = run.started_at.map(|at| format!(" since {}", clock(at, zone))).unwrap_or_default();
            let attempt = run.attempt_text().map(|attempt| format!(", {attempt}")).unwrap_or_default();
            let paused = match run.paused_at.filter(|_| run.is_paused()) {
                Some(at) => format!("; paused since {}", clock(at, zone)),
                None => String::new(),
            };
            said.push(format!("run #{} is {}{since}{attempt}{paused}", run.id, run.state));
        }
        for (run, at) in self.unfinished.iter().filter_map(|run| Some((run, run.retry_at?))) {
            let reason = run.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            said.push(format!("run #{} waits for its retry until {}{reason}", run.id, clock(at, zone)));
        }
        let queued: Vec<&Run> = self.unfinished.iter().rev().filter(|run| run.state == RunState::Queued).collect();
        for run in queued.iter().take(EXPLAINED) {
            said.push(format!("run #{} {}", run.id, self.waits_for(run, engine, zone)));
        }
        if queued.len() > EXPLAINED {
            said.push(format!("{} more runs wait behind these", queued.len() - EXPLAINED));
        }
        if let (Some(waits), []) = (&self.waits, queued.as_slice()) {
            said.push(format!("its next run waits for {waits}"));
        }
        if self.pause.is_none() {
            said.extend(after::sentence(&self.upstreams));
            said.extend(self.newest_after.as_ref().and_then(skipped_after));
            if self.upstreams.is_empty() || !self.schedules.is_empty() {
                said.push(self.next(zone, now, distance));
            }
        }
        said.extend(self.waited_for());
        said.extend(self.loss(zone, now));
        said
    }

    /// Who waits for it.
    fn waited_for(&self) -> Option<String> {
        let verb = if self.blocks.len() == 1 { "waits" } else { "wait" };
        (!self.blocks.is_empty()).then(|| format!("{} {verb} for it", named(&self.blocks)))
    }

    /// The slots that its live run will cost it, before it has (R2).
    pub fn forecast(&self, now: Timestamp) -> Option<Forecast> {
        let live = self.unfinished.iter().find(|run| run.state.is_live())?;
        let usual = forecast::usual(&self.durations);
        forecast::forecast(
            self.task.definition.execution.overlap,
            (live.id, live.started_at?),
            usual,
            &self.coming(2, Timestamp::MAX),
            now,
        )
    }

    /// When its next slots start, so many at most, and before `until`.
    fn coming(&self, most: usize, until: Timestamp) -> Vec<Timestamp> {
        let mut all = Vec::new();
        for schedule in self.schedules.iter().filter(|schedule| schedule.next_at.is_some()) {
            let Ok(zone) = zone::zone(&schedule.zone) else { continue };
            let first = schedule.next_after(schedule.watermark, &zone);
            let slots = std::iter::successors(first, |due| schedule.next_after(due.at, &zone));
            all.extend(slots.map(|due| schedule.start_of(due.at)).take_while(|at| *at < until).take(most));
        }
        all.sort_unstable();
        all.dedup();
        all.truncate(most);
        all
    }

    /// The same in words.
    fn loss(&self, zone: &TimeZone, now: Timestamp) -> Option<String> {
        let Forecast { until, because } = self.forecast(now)?;
        let lost = self.coming(NAMED + 1, until);
        let (first, rest) = lost.split_first()?;
        let more = match rest.len() {
            0 => String::new(),
            NAMED => " and more".to_owned(),
            n => format!(" and {n} more"),
        };
        Some(format!("the {} slot{more} will be skipped: {because}", brief(*first, now, zone)))
    }

    /// What a queued run waits for: the end of the sentence "run #7 ...".
    fn waits_for(&self, run: &Run, engine: EngineNow<'_>, zone: &TimeZone) -> String {
        if let Some(at) = run.not_before.filter(|_| run.trigger == Trigger::CatchUp) {
            return format!("makes up for a missed slot, not before {}", clock(at, zone));
        }
        if let Some(reason) = &run.reason {
            return reason.clone();
        }
        if let Some(at) = run.not_before {
            return format!("waits until {}", clock(at, zone));
        }
        let execution = &self.task.definition.execution;
        let mut live = self.unfinished.iter().filter(|run| run.state.is_live());
        if live.clone().count() >= usize::from(execution.overlap.parallel()) {
            return match live.next() {
                Some(other) => format!("waits: run #{} has not ended, and overlap is {}", other.id, execution.overlap),
                None => format!("waits: overlap is {}", execution.overlap),
            };
        }
        if self.draining.is_some() {
            return "waits for the end of draining".to_owned();
        }
        for (group, live) in &self.groups {
            let limit = engine.limits.of(group);
            if let (true, Some((other, slug))) = (live.len() >= limit, live.first()) {
                let whose = match limit {
                    1 => format!("which run #{other} of {slug} has"),
                    _ => format!("which run #{other} of {slug} and {} more have", limit - 1),
                };
                return format!("waits for a place in the group {group}, {whose}");
            }
        }
        if self.live >= engine.limits.max_running {
            return format!(
                "waits: as many runs as there may be are under way (max_running is {})",
                engine.limits.max_running
            );
        }
        if let Some(older) = self.unfinished.iter().rev().find(|other| other.state == RunState::Queued)
            && older.id < run.id
        {
            return format!("waits: run #{} is before it", older.id);
        }
        "starts next".to_owned()
    }

    fn next(&self, zone: &TimeZone, now: Timestamp, distance: bool) -> String {
        let next = self.schedules.iter().filter_map(|schedule| schedule.next_at).min();
        match next {
            Some(at) if at <= now => format!("the slot of {} is due", clock(at, zone)),
            Some(at) if distance => {
                format!("next slot {}, in {}", clock(at, zone), about(at.duration_since(now).unsigned_abs()))
            }
            Some(at) => format!("next slot {}", clock(at, zone)),
            None if self.schedules.is_empty() => "it has no schedule: it runs when somebody asks".to_owned(),
            None if self.schedules.iter().any(|schedule| schedule.rule.when == When::Startup) => {
                "it runs once after each boot of the machine".to_owned()
            }
            None => "its schedules have ended: no slot is to come".to_owned(),
        }
    }
}

/// That the last round ended without a run, and why (R11).
fn skipped_after(run: &Run) -> Option<String> {
    let came_after = run.came_after.as_ref().filter(|_| run.outcome == Some(Outcome::Skipped))?;
    let reason = run.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Some(format!("run #{}, after {came_after}, was skipped{reason}", run.id))
}

/// `within 25h of the one before`, `each day by 06:00`.
fn expected(by: ExpectBy) -> String {
    match by {
        ExpectBy::Within(_) => format!("within {by} of the one before"),
        ExpectBy::Daily(_) => format!("each day by {by}"),
    }
}

/// `once`, `3 times`.
fn times(n: u32) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

/// `14:00` today, else with the day; with seconds when there are any.
fn brief(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let day = if at.date() == now.date() { "" } else { "%a %Y-%m-%d " };
    let seconds = if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    at.strftime(&format!("{day}{seconds}")).to_string()
}

/// `Sun 2026-11-22 02:00:00 CET`.
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string()
}

/// A duration in at most two units: `9h42m`, `3d4h`, `12s`.
pub fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let unit = match seconds {
        0..3600 => 1,
        3600..86_400 => 60,
        _ => 3600,
    };
    if seconds == 0 { "less than 1s".to_owned() } else { format_duration(Duration::from_secs(seconds / unit * unit)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::Decision;

    fn slot(due_at: &str, civil: &str, zone: &str) -> Slot {
        let due_at = due_at.parse().unwrap();
        Slot {
            schedule: ScheduleId(1),
            due_at,
            zone: zone.to_owned(),
            civil: civil.to_owned(),
            decision: Decision::Missed,
            reason: Some("no".to_owned()),
            run: None,
            decided_at: due_at,
        }
    }

    #[test]
    fn t8_a_decided_slot_tells_what_a_change_of_the_clock_did_to_it() {
        for (due_at, civil, zone, expected) in [
            ("2031-03-30T01:00:00Z", "2031-03-30T02:30:00", "Europe/Berlin", Some(DstEffect::Shifted)),
            ("2031-10-26T01:00:00Z", "2031-10-26T02:00:00", "Europe/Berlin", Some(DstEffect::Repeated)),
            ("2031-10-26T00:00:00Z", "2031-10-26T02:00:00", "Europe/Berlin", None),
            ("2031-05-01T00:00:05.123456Z", "2031-05-01T02:00:05", "Europe/Berlin", None),
            ("2031-05-01T00:00:00Z", "2031-05-01T02:00:00", "Mars/Olympus", None),
        ] {
            assert_eq!(slot(due_at, civil, zone).dst_effect(), expected, "{due_at}");
        }
    }

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        let told = [0, 12, 90, 3600, 34_953, 86_400, 275_000].map(|seconds| about(Duration::from_secs(seconds)));
        assert_eq!(told, ["less than 1s", "12s", "1m30s", "1h", "9h42m", "1d", "3d4h"]);
    }
}

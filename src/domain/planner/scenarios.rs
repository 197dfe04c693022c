//! The planner against the scenario files under `tests/scenarios/`: given, when, then as data.

use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Admission, Cause, Plan, Room, Verdict, due_slots, room};
use crate::domain::calendar::Calendar;
use crate::domain::group::Limits;
use crate::domain::rule::Rule;
use crate::domain::run::RunState;
use crate::domain::schedule::Schedule;
use crate::domain::spread::Spread;
use crate::domain::task::Overlap;
use crate::domain::{RunId, ScheduleId, TaskId, zone};

fn load<T: DeserializeOwned>(name: &str) -> Vec<T> {
    #[derive(Deserialize)]
    struct File<T> {
        scenario: Vec<T>,
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(name);
    let file: File<T> = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(!file.scenario.is_empty());
    file.scenario
}

/// A schedule as the scenarios describe it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    title: String,
    /// With its options.
    when: String,
    #[serde(default = "utc")]
    zone: String,
    /// The content of its calendar.
    calendar: Option<String>,
    #[serde(default = "some_machine")]
    machine: String,
    /// Up to here everything is decided; right before `next` when nothing is said.
    watermark: Option<Timestamp>,
    /// When the engine was to look.
    next: Timestamp,
    /// The slot that was planned then.
    slot: Option<Timestamp>,
    now: Timestamp,
    /// Slots and what becomes of them; more than three of a kind are `FIRST .. LAST xN`.
    slots: Vec<String>,
    then: Option<Timestamp>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn some_machine() -> String {
    "4f2a".to_owned()
}

impl Scenario {
    fn schedule(&self, zone: &TimeZone) -> Schedule {
        let rule = Rule::parse(&self.when, zone, Timestamp::UNIX_EPOCH, Path::new("/")).unwrap();
        let just_before = self.next - SignedDuration::from_micros(1);
        Schedule {
            id: ScheduleId(1),
            task: TaskId(1),
            rule,
            zone: self.zone.clone(),
            anchor: "2026-01-01T00:00:00Z".parse().unwrap(),
            watermark: self.watermark.unwrap_or(just_before),
            slot_at: self.slot,
            next_at: Some(self.next),
            calendar: self.calendar.as_ref().map(|text| Ok(Arc::new(Calendar::parse(text).unwrap()))),
            spread: Spread::by(&self.machine),
        }
    }
}

/// The slots of a plan as the scenarios write them.
fn written(plan: &Plan, now: Timestamp) -> Vec<String> {
    let mut groups: Vec<(Vec<Timestamp>, String)> = Vec::new();
    for (due, verdict) in &plan.slots {
        let verdict = match verdict {
            Verdict::Run(trigger) => format!("run {trigger}"),
            Verdict::Missed(reason) => format!("missed {reason}"),
            Verdict::Excluded(reason) => format!("excluded {reason}"),
            Verdict::MakeUp { not_before, reason, .. } => {
                let wait = not_before.duration_since(now).as_secs();
                assert!((30..=30 + 3600).contains(&wait), "waits {wait} s");
                format!("make up {reason}")
            }
        };
        match groups.last_mut() {
            Some((slots, same)) if *same == verdict => slots.push(due.at),
            _ => groups.push((vec![due.at], verdict)),
        }
    }
    let line = |slots: &[Timestamp], verdict: &str| match slots {
        [first, .., last] if slots.len() > 3 => vec![format!("{first} .. {last} x{} {verdict}", slots.len())],
        few => few.iter().map(|at| format!("{at} {verdict}")).collect(),
    };
    groups.iter().flat_map(|(slots, verdict)| line(slots, verdict)).collect()
}

fn check(file: &str) {
    let mut wrong = Vec::new();
    for s in load::<Scenario>(file) {
        let zone = zone::zone(&s.zone).unwrap();
        let plan = due_slots(&s.schedule(&zone), &zone, s.now, Cause::NotRunning);
        let found = (written(&plan, s.now), plan.next);
        if found != (s.slots.clone(), s.then) {
            wrong.push(format!("{}\n  found    {found:?}\n  expected {:?}", s.title, (s.slots, s.then)));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn t2_t3_t4_t6_due_slots_become_what_the_scenarios_say() {
    check("missed.toml");
}

#[test]
fn t6_the_policies_make_of_missed_slots_what_the_scenarios_say() {
    check("policies.toml");
}

#[test]
fn t4_t10_excluded_days_start_and_end_are_as_the_scenarios_say() {
    check("calendars.toml");
}

#[test]
fn t9_jitter_delays_the_start_as_the_scenarios_say() {
    check("jitter.toml");
}

#[test]
fn r2_overlap_gives_room_as_the_scenarios_say() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Scenario {
        title: String,
        overlap: String,
        unfinished: Vec<String>,
        room: String,
    }
    for s in load::<Scenario>("overlap.toml") {
        let unfinished: Vec<(RunId, RunState)> = s
            .unfinished
            .iter()
            .flat_map(|run| {
                // `13-12 queued` is two of them.
                let (ids, state) = run.split_once(' ').unwrap();
                let (newest, oldest) = ids.split_once('-').unwrap_or((ids, ids));
                let ids = oldest.parse::<i64>().unwrap()..=newest.parse().unwrap();
                ids.rev().map(|id| (RunId(id), RunState::from_word(state).unwrap()))
            })
            .collect();
        let found = match room(s.overlap.parse().unwrap(), &unfinished) {
            Room::Run => "run".to_owned(),
            Room::InPlaceOf(runs) => {
                let runs: Vec<String> = runs.iter().map(ToString::to_string).collect();
                format!("in place of {}", runs.join(" "))
            }
            Room::Skip(reason) => format!("skip {reason}"),
        };
        assert_eq!(found, s.room, "{}", s.title);
    }
}

#[test]
fn r3_admission_keeps_the_global_limit_and_the_one_of_each_task() {
    let live = || [TaskId(1), TaskId(2)].into_iter().map(|task| (task, Vec::new()));
    let limits = Limits::new(4);
    let mut admission = Admission::new(&limits, live());
    assert!(!admission.admit(TaskId(1), Overlap::Skip, &[]), "it runs already");
    assert!(admission.admit(TaskId(2), Overlap::Parallel(2), &[]));
    assert!(!admission.admit(TaskId(2), Overlap::Parallel(2), &[]));
    assert!(admission.admit(TaskId(3), Overlap::Queue, &[]));
    assert!(admission.is_full());
    assert!(!admission.admit(TaskId(4), Overlap::Skip, &[]));
    assert!(Admission::new(&Limits::new(1), live()).is_full(), "a limit that was lowered is full, not negative");
}

#[test]
fn r3_a_group_has_as_many_places_as_the_settings_say_and_a_task_needs_one_in_each_of_its_groups() {
    let names = |text: &str| crate::domain::group::parse(text).unwrap();
    let limits = Limits { groups: [("net".to_owned(), 2)].into(), ..Limits::new(9) };
    let live = [(TaskId(1), names("disk, net"))];
    let mut admission = Admission::new(&limits, live.into_iter());
    assert!(!admission.admit(TaskId(2), Overlap::Skip, &names("disk")), "one at a time");
    assert!(admission.admit(TaskId(3), Overlap::Skip, &names("net")));
    assert!(!admission.admit(TaskId(4), Overlap::Skip, &names("net, tape")), "both of net are taken");
    assert!(admission.admit(TaskId(5), Overlap::Skip, &names("tape")), "who did not get in has taken nothing");
    assert!(admission.admit(TaskId(6), Overlap::Skip, &[]));
}

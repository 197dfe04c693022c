//! The planner against the scenario files under `tests/scenarios/`: given, when, then as data.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Admission, Room, Verdict, due_slots, room};
use crate::domain::run::RunState;
use crate::domain::schedule::Schedule;
use crate::domain::task::Overlap;
use crate::domain::when::When;
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

#[test]
fn t2_t3_t4_t6_due_slots_become_what_the_scenarios_say() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Scenario {
        title: String,
        when: String,
        #[serde(default = "utc")]
        zone: String,
        next: Timestamp,
        now: Timestamp,
        slots: Vec<String>,
        then: Option<Timestamp>,
    }
    fn utc() -> String {
        "UTC".to_owned()
    }
    for s in load::<Scenario>("missed.toml") {
        let zone = zone::zone(&s.zone).unwrap();
        let anchor: Timestamp = "2026-05-02T02:00:00Z".parse().unwrap();
        let schedule = Schedule {
            id: ScheduleId(1),
            task: TaskId(1),
            when: When::parse(&s.when, &zone, Timestamp::UNIX_EPOCH).unwrap(),
            zone: s.zone,
            anchor,
            watermark: Timestamp::UNIX_EPOCH,
            next_at: Some(s.next),
        };
        let plan = due_slots(&schedule, &zone, s.now);
        let slots: Vec<String> = plan
            .slots
            .iter()
            .map(|(due, verdict)| match verdict {
                Verdict::Run(trigger) => format!("{} run {trigger}", due.at),
                Verdict::Missed(reason) => format!("{} missed {reason}", due.at),
            })
            .collect();
        assert_eq!(slots, s.slots, "{}", s.title);
        assert_eq!(plan.next, s.then, "{}", s.title);
    }
}

#[test]
fn t6_of_a_long_downtime_the_newest_hundred_have_rows_and_one_counts_the_rest() {
    let anchor = Timestamp::from_second(1_800_000_000).unwrap();
    let schedule = Schedule {
        id: ScheduleId(1),
        task: TaskId(1),
        when: When::parse("every 1s", &jiff::tz::TimeZone::UTC, anchor).unwrap(),
        zone: "UTC".to_owned(),
        anchor,
        watermark: anchor,
        next_at: Some(anchor + jiff::SignedDuration::from_secs(1)),
    };
    let month = jiff::SignedDuration::from_hours(30 * 24);
    let plan = due_slots(&schedule, &jiff::tz::TimeZone::UTC, anchor + month);
    assert_eq!(plan.slots.len(), 101);
    let seconds = 30 * 24 * 3600;
    let Verdict::Missed(reason) = &plan.slots[0].1 else { panic!("{:?}", plan.slots[0]) };
    assert_eq!(*reason, format!("Tempo was not running; {} earlier slots were missed too", seconds - 101));
    assert_eq!(plan.slots.last().unwrap().0.at, anchor + month);
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
            .map(|run| {
                let (id, state) = run.split_once(' ').unwrap();
                (RunId(id.parse().unwrap()), RunState::from_word(state).unwrap())
            })
            .collect();
        let found = match room(s.overlap.parse().unwrap(), &unfinished) {
            Room::Run => "run".to_owned(),
            Room::InPlaceOf(run) => format!("in place of {run}"),
            Room::Skip(reason) => format!("skip {reason}"),
        };
        assert_eq!(found, s.room, "{}", s.title);
    }
}

#[test]
fn r3_admission_keeps_the_global_limit_and_the_one_of_each_task() {
    let live = [TaskId(1), TaskId(2)];
    let mut admission = Admission::new(4, live.into_iter());
    assert!(!admission.admit(TaskId(1), Overlap::Skip), "it runs already");
    assert!(admission.admit(TaskId(2), Overlap::Parallel(2)));
    assert!(!admission.admit(TaskId(2), Overlap::Parallel(2)));
    assert!(admission.admit(TaskId(3), Overlap::Queue));
    assert!(admission.is_full());
    assert!(!admission.admit(TaskId(4), Overlap::Skip));
    assert!(Admission::new(1, live.into_iter()).is_full(), "a limit that was lowered is full, not negative");
}

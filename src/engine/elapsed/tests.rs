//! Turns of the engine on a clock that the test sets.

use jiff::{SignedDuration, Timestamp};

use crate::domain::TaskId;
use crate::domain::group::Limits;
use crate::domain::planner::Cause;
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::domain::zone;
use crate::engine::turn::{self, Orders, Situation};
use crate::store::{Store, schedules, slots, tasks};

/// An engine's store on a machine whose clock and whose time since boot go as the test says.
struct Machine {
    _folder: tempfile::TempDir,
    store: Store,
    now: Timestamp,
    since_boot: SignedDuration,
    boot: String,
}

impl Machine {
    fn at(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = now.parse().unwrap();
        Self { _folder: folder, store, now, since_boot: SignedDuration::from_secs(100), boot: "first".to_owned() }
    }

    fn add(&self, when: &str) -> TaskId {
        let now = self.now;
        let when = When::parse(when, &zone::zone("UTC").unwrap(), now).unwrap();
        self.store
            .write(move |db| {
                let task = tasks::add(db, &Definition::new("job", Work::Command("true".to_owned())), now)?;
                schedules::add(db, task.id, &when, "UTC", now)?;
                Ok(task.id)
            })
            .unwrap()
    }

    /// Time goes by, asleep or not.
    fn passes(&mut self, time: SignedDuration) {
        self.now += time;
        self.since_boot += time;
    }

    /// Somebody sets the clock.
    fn set(&mut self, now: &str) {
        self.now = now.parse().unwrap();
    }

    fn reboots(&mut self) {
        self.boot.push_str(", then another");
        self.since_boot = SignedDuration::from_secs(9);
    }

    fn turn(&self) -> Orders {
        let situation = Situation {
            now: self.now,
            since_boot: i64::try_from(self.since_boot.as_micros()).unwrap(),
            limits: Limits::new(4),
            output_cap: None,
            boot: self.boot.clone(),
            first: false,
            calendars_at: None,
            cause: Cause::NotRunning,
            checking: Vec::new(),
            runs: std::path::PathBuf::from("/nowhere"),
            looking: std::collections::HashSet::new(),
            surveyed: None,
        };
        self.store.write(move |db| turn::run(db, &[], &situation)).unwrap()
    }

    /// What was decided for a task, the oldest slot first.
    fn decided(&self, task: TaskId) -> Vec<String> {
        let mut slots = slots::of_task(&self.store.reader().unwrap(), task, 1000).unwrap();
        slots.reverse();
        slots.iter().map(|slot| format!("{} {}", slot.civil, slot.decision)).collect()
    }

    fn next(&self, task: TaskId) -> String {
        let schedule = schedules::of_task(&self.store.reader().unwrap(), task).unwrap().remove(0);
        schedule.next_at.map_or("never".to_owned(), |at| at.to_string())
    }
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn t2_intervals_count_elapsed_time_when_the_clock_is_set_forward_or_back() {
    for (set, next) in
        [("2026-11-20T15:05:00Z", "2026-11-20T15:10:00Z"), ("2026-11-20T10:05:00Z", "2026-11-20T10:10:00Z")]
    {
        let mut machine = Machine::at("2026-11-20T12:00:00Z");
        let task = machine.add("every 10m");
        machine.turn();
        machine.passes(MINUTE * 5);
        machine.set(set);
        assert_eq!(machine.turn().next.map(|at| at.to_string()), Some(next.to_owned()));
        assert!(machine.decided(task).is_empty(), "no time has elapsed");
        machine.passes(MINUTE * 5);
        machine.turn();
        assert_eq!(machine.decided(task), [format!("{} run", next.trim_end_matches('Z'))]);
    }
}

#[test]
fn t2_an_interval_whose_instant_has_come_before_on_a_clock_that_was_set_back_goes_on() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let task = machine.add("every 10m");
    for _ in 0..6 {
        machine.turn();
        machine.passes(MINUTE * 10);
    }
    machine.turn();
    assert_eq!(machine.decided(task).len(), 6);
    machine.passes(MINUTE * 5);
    machine.set("2026-11-20T12:05:00.000007Z");
    for _ in 0..6 {
        machine.turn();
        machine.passes(MINUTE * 10);
    }
    machine.turn();
    assert_eq!(machine.decided(task).len(), 12);
}

#[test]
fn t2_a_sleep_is_downtime_for_intervals_too() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let task = machine.add("every 10m");
    machine.turn();
    machine.passes(HOUR + MINUTE * 5);
    assert_eq!(machine.turn().next.map(|at| at.to_string()), Some("2026-11-20T13:10:00Z".to_owned()));
    assert_eq!(machine.decided(task).len(), 6);
    assert!(machine.decided(task).iter().all(|slot| slot.ends_with("missed")));
}

#[test]
fn t2_a_clock_that_is_set_back_fires_no_slot_again() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let task = machine.add("*/10 * * * *");
    for _ in 0..6 {
        machine.turn();
        machine.passes(MINUTE * 10);
    }
    machine.turn();
    let before = machine.decided(task);
    machine.set("2026-11-20T12:00:00Z");
    for _ in 0..6 {
        machine.turn();
        machine.passes(MINUTE * 10);
    }
    machine.turn();
    assert_eq!(machine.decided(task), before);
    machine.passes(MINUTE * 10);
    machine.turn();
    assert_eq!(machine.decided(task).len(), before.len() + 1);
}

#[test]
fn t2_a_clock_that_was_years_ahead_does_not_silence_a_schedule_and_fires_nothing_again() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let task = machine.add("0 * * * *");
    machine.turn();
    machine.set("2036-01-01T00:30:00Z");
    machine.turn();
    machine.set("2026-11-20T12:30:00Z");
    machine.turn();
    assert_eq!(machine.next(task), "2026-11-20T13:00:00Z");
    let before = machine.decided(task).len();
    machine.passes(HOUR);
    machine.turn();
    assert_eq!(machine.decided(task).len(), before + 1);
    assert!(machine.decided(task)[0].starts_with("2026-11-20T13:00:00"));
}

#[test]
fn t2_what_was_set_while_no_engine_was_there_is_found_by_the_next_one_of_the_boot() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let task = machine.add("every 10m");
    machine.turn();
    machine.passes(MINUTE);
    machine.set("2026-11-20T18:01:00Z");
    machine.turn();
    assert_eq!(machine.next(task), "2026-11-20T18:10:00Z");
    machine.reboots();
    machine.set("2026-11-20T18:05:00Z");
    machine.turn();
    assert_eq!(machine.next(task), "2026-11-20T18:10:00Z", "a boot says nothing about the clock");
}

#[test]
fn t11_a_clock_that_is_not_set_holds_the_calendar_but_not_intervals_until_it_is_set() {
    let mut machine = Machine::at("1970-01-01T00:00:10Z");
    let calendar = machine.add("* * * * *");
    let once = machine.add("at +30m");
    let interval = machine.add("every 10m");
    for _ in 0..5 {
        let orders = machine.turn();
        assert!(orders.next.is_some_and(|at| at > machine.now), "a timer on what is held would fire without end");
        machine.passes(MINUTE * 10);
    }
    machine.turn();
    assert!(machine.decided(calendar).is_empty() && machine.decided(once).is_empty());
    assert_eq!(machine.decided(interval).len(), 5);
    machine.set("2026-11-20T12:00:30Z");
    machine.turn();
    assert_eq!(machine.next(calendar), "2026-11-20T12:01:00Z");
    assert_eq!(machine.next(interval), "2026-11-20T12:10:30Z");
    assert_eq!(machine.decided(calendar), ["1970-01-01T00:01:00 missed"]);
    assert_eq!(machine.decided(once), ["1970-01-01T00:30:10 missed"]);
    machine.passes(SignedDuration::from_secs(30));
    machine.turn();
    assert_eq!(machine.decided(calendar)[1..], ["2026-11-20T12:01:00 run"]);
}

#[test]
fn t11_a_boot_into_1970_changes_nothing_of_what_was_planned_before() {
    let mut machine = Machine::at("2026-11-20T12:00:00Z");
    let (calendar, interval) = (machine.add("0 * * * *"), machine.add("every 50m"));
    machine.turn();
    machine.reboots();
    machine.set("1970-01-01T00:00:09Z");
    let added = machine.add("every 5m");
    machine.turn();
    machine.passes(MINUTE);
    machine.set("2026-11-20T12:10:00Z");
    machine.turn();
    assert_eq!(machine.next(calendar), "2026-11-20T13:00:00Z");
    assert_eq!(machine.next(interval), "2026-11-20T12:50:00Z");
    assert_eq!(machine.next(added), "2026-11-20T12:14:00Z");
}

#[test]
fn t11_what_was_planned_in_1970_and_found_after_another_boot_begins_anew() {
    let mut machine = Machine::at("1970-01-01T00:00:10Z");
    let (calendar, interval) = (machine.add("0 * * * *"), machine.add("every 10s"));
    machine.turn();
    machine.reboots();
    machine.set("2026-11-20T12:10:00Z");
    machine.turn();
    assert_eq!(machine.next(calendar), "2026-11-20T13:00:00Z");
    assert_eq!(machine.next(interval), "2026-11-20T12:10:10Z");
    assert!(machine.decided(interval).is_empty());
}

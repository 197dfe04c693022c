//! When environments are built, who waits for them, and what becomes of those who wait.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::super::{Fact, Orders, Situation, Try, run};
use super::at;
use crate::domain::environment::{Environment, State};
use crate::domain::group::Limits;
use crate::domain::message::Level;
use crate::domain::planner::Cause;
use crate::domain::python::Release;
use crate::domain::run::{Attempt, Outcome, Run, RunState, Trigger};
use crate::domain::task::{Definition, Work};
use crate::domain::{RunId, TaskId};
use crate::engine::{end, outfitter};
use crate::script::env::{Builder, Fit, Interpreter, Marker, Plan, Ready, Requirements};
use crate::store::environments::{self, Sought};
use crate::store::{From, Store, messages, runs, tasks};

struct House {
    _folder: tempfile::TempDir,
    store: Store,
    task: TaskId,
}

fn plan(key: &str) -> Box<Plan> {
    let python = Interpreter {
        path: PathBuf::from("/usr/bin/python3.12"),
        version: Release::new(&[3, 12, 1]),
        implementation: "cpython".to_owned(),
        has_venv: true,
        has_pip: true,
    };
    Box::new(Plan {
        key: key.to_owned(),
        python,
        builder: Builder::Pip,
        requirements: Requirements { lines: vec!["rich".to_owned()], constraints: Vec::new() },
        locked: false,
        drift: false,
        asked: "a".to_owned(),
        folder: PathBuf::from("/envs/etl"),
    })
}

fn missing(key: &str) -> Fit {
    Fit::Missing(plan(key))
}

fn ready(key: &str, build: RunId) -> Fit {
    let marker = Marker {
        key: key.to_owned(),
        python: PathBuf::from("/usr/bin/python3.12"),
        version: "3.12.1".to_owned(),
        builder: "pip".to_owned(),
        locked: false,
        asked: "a".to_owned(),
        packages: Vec::new(),
    };
    Fit::Ready(plan(key), Ready { folder: PathBuf::from(format!("/envs/etl/{key}-{build}")), marker })
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let definition = Definition::new("etl", Work::Script(PathBuf::from("/s/etl/main.py")));
        let task = store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id;
        Self { _folder: folder, store, task }
    }

    fn turn(&self, facts: Vec<Fact>, now: &str) -> Orders {
        self.turn_while(HashSet::new(), facts, now)
    }

    /// While the environments of these tasks are being looked at.
    fn turn_while(&self, looking: HashSet<TaskId>, facts: Vec<Fact>, now: &str) -> Orders {
        let now = at(now);
        let situation = Situation {
            now,
            since_boot: now.as_microsecond(),
            limits: Limits::new(4),
            output_cap: None,
            boot: "boot".to_owned(),
            first: false,
            calendars_at: None,
            cause: Cause::NotRunning,
            checking: Vec::new(),
            runs: PathBuf::from("/nowhere"),
            looking,
            surveyed: None,
        };
        self.store.write(move |db| run(db, &facts, &situation)).unwrap()
    }

    /// What somebody found who looked ahead.
    fn looked(&self, fit: Fit, now: &str) -> Orders {
        let asked = environments::sought(&self.store.reader().unwrap(), 1).unwrap();
        let sought = asked.first().copied().unwrap_or(Sought { task: self.task, asked: 1 });
        self.turn(vec![Fact::Looked(sought, fit)], now)
    }

    fn checked(&self, run: RunId, fit: Fit, now: &str) -> Orders {
        self.turn(vec![Fact::Checked(run, Ok(fit))], now)
    }

    fn queue(&self, trigger: Trigger, now: &str) -> RunId {
        let (task, now) = (self.task, at(now));
        self.store.write(move |db| runs::queue(db, task, trigger, None, &[], now)).unwrap()
    }

    fn get(&self, run: RunId) -> Run {
        runs::get(&self.store.reader().unwrap(), run).unwrap()
    }

    /// What was said, the newest first.
    fn said(&self) -> Vec<String> {
        let told = messages::page(&self.store.reader().unwrap(), &From::Start, 99).unwrap();
        told.into_iter().map(|told| told.note.text).collect()
    }

    fn known(&self) -> Option<Environment> {
        environments::get(&self.store.reader().unwrap(), self.task).unwrap()
    }

    fn builds(&self) -> Vec<RunId> {
        environments::builds(&self.store.reader().unwrap(), self.task).unwrap()
    }

    /// Starts a build that is queued, and says what its supervisor executes.
    fn build(&self, key: &str, now: &str) -> RunId {
        let build = self.builds()[0];
        assert!(self.turn(Vec::new(), now).check.iter().any(|check| check.run == build));
        let orders = self.checked(build, missing(key), now);
        let launch = orders.start.iter().find(|launch| launch.spec.run == build).unwrap();
        assert!(launch.spec.argv.contains(&format!("/envs/etl/{key}-{build}")), "{:?}", launch.spec.argv);
        assert_eq!(launch.spec.stdin.as_deref(), Some("rich\n"));
        build
    }

    fn end(&self, build: RunId, outcome: Outcome, reason: Option<&str>, now: &str) {
        let (at, reason): (Timestamp, _) = (at(now), reason.map(str::to_owned));
        let over = move |db: &crate::store::Db| {
            let attempt = Attempt { reason, exit_code: outcome.exit_code(), ..Attempt::unknown(1, outcome, "") };
            end::over(db, build, attempt, None, at)
        };
        self.store.write(over).unwrap();
    }
}

#[test]
fn an_environment_is_built_ahead_once_and_a_run_waits_for_it() {
    let house = House::new();
    assert_eq!(house.turn(Vec::new(), "09:00:00").look.len(), 1, "a script that is new");
    house.looked(missing("aa"), "09:00:01");
    assert!(house.turn(Vec::new(), "09:00:02").look.is_empty());
    assert_eq!(house.known().unwrap().state, State::Building);
    let build = house.build("aa", "09:00:03");
    house.looked(missing("aa"), "09:00:04");
    assert_eq!(house.builds(), [build], "it is under way");
    let run = house.queue(Trigger::Schedule, "09:00:05");
    let waits =
        |run| house.get(run).reason == Some(format!("waits for its environment, which is being built (#{build})"));
    assert!(house.checked(run, missing("aa"), "09:00:06").start.is_empty());
    assert!(waits(run));
    house.end(build, Outcome::Succeeded, None, "09:00:07");
    let orders = house.turn(Vec::new(), "09:00:07");
    assert!(orders.tidy && orders.check.iter().any(|check| check.run == run), "it is looked at again at once");
    assert_eq!(house.known().unwrap().state, State::Ready);
    let orders = house.checked(run, ready("aa", build), "09:00:08");
    let spec = &orders.start[0].spec;
    assert_eq!(spec.argv, [format!("/envs/etl/aa-{build}/bin/python"), "/s/etl/main.py".to_owned()]);
    assert_eq!(spec.env["VIRTUAL_ENV"], format!("/envs/etl/aa-{build}"));
    assert!(spec.env["PATH"].starts_with(&format!("/envs/etl/aa-{build}/bin:")));
    assert!(spec.env_remove.contains(&"PYTHONHOME".to_owned()) && spec.env["PYTHONUNBUFFERED"] == "1");
}

#[test]
fn a_build_that_failed_is_why_a_run_cannot_start_and_a_schedule_does_not_try_again_at_once() {
    let house = House::new();
    house.looked(missing("aa"), "09:00:00");
    let build = house.build("aa", "09:00:01");
    let run = house.queue(Trigger::Schedule, "09:00:02");
    house.checked(run, missing("aa"), "09:00:02");
    house.end(build, Outcome::Failed(1), Some("ERROR: No matching distribution"), "09:00:03");
    house.turn(Vec::new(), "09:00:03");
    let ended = house.get(run);
    assert_eq!(ended.outcome, Some(Outcome::CouldNotStart));
    assert_eq!(
        ended.reason,
        Some(format!("its environment could not be built (#{build}): ERROR: No matching distribution"))
    );
    // The task fares by its run, not by the build.
    assert_eq!(tasks::get(&house.store.reader().unwrap(), house.task).unwrap().failures, 1);
    assert_eq!(house.said(), ["its environment could not be built: ERROR: No matching distribution"]);
    house.looked(missing("aa"), "09:01:00");
    let soon = house.queue(Trigger::Schedule, "09:05:02");
    house.checked(soon, missing("aa"), "09:05:02");
    let why = "its environment could not be built a moment ago: ERROR: No matching distribution";
    assert_eq!((house.get(soon).reason.as_deref(), house.builds()), (Some(why), vec![]));
    // Later, by hand, or with another content it is tried.
    let later = house.queue(Trigger::Schedule, "09:05:04");
    house.checked(later, missing("aa"), "09:05:04");
    assert_eq!((house.get(later).state, house.builds().len()), (RunState::Queued, 1));
    let again = house.build("aa", "09:05:05");
    house.end(again, Outcome::Failed(1), Some("no"), "09:05:06");
    house.turn(Vec::new(), "09:05:06");
    assert_eq!(house.get(later).outcome, Some(Outcome::CouldNotStart));
    let by_hand = house.queue(Trigger::Manual, "09:05:07");
    house.checked(by_hand, missing("aa"), "09:05:07");
    assert_eq!((house.get(by_hand).state, house.builds().len()), (RunState::Queued, 1));
    let third = house.build("aa", "09:05:08");
    house.end(third, Outcome::Failed(1), Some("no"), "09:05:09");
    house.turn(Vec::new(), "09:05:09");
    house.looked(missing("bb"), "09:05:10");
    assert_eq!(house.builds().len(), 1);
}

#[test]
fn ux_4_an_environment_that_cannot_be_built_is_told_of_once_a_day_and_again_when_it_fails_otherwise_or_was_well() {
    let house = House::new();
    let fails = |reason: &str, now: &str| {
        let run = house.queue(Trigger::Schedule, now);
        house.checked(run, missing("aa"), now);
        let build = house.build("aa", now);
        house.end(build, Outcome::Failed(1), Some(reason), now);
        house.turn(Vec::new(), now);
        assert_eq!(house.get(run).reason, Some(format!("its environment could not be built (#{build}): {reason}")));
        build
    };
    let first = fails("no x", "09:00:00");
    for minute in 1..12 {
        fails("no x", &format!("09:{:02}:00", minute * 5));
        // And a run in between, that does not try.
        let now = format!("09:{:02}:30", minute * 5);
        let run = house.queue(Trigger::Schedule, &now);
        house.checked(run, missing("aa"), &now);
        assert_eq!(house.get(run).outcome, Some(Outcome::CouldNotStart));
    }
    let (no_x, no_y) = ("its environment could not be built: no x", "its environment could not be built: no y");
    assert_eq!(house.said(), [no_x]);
    let told = messages::page(&house.store.reader().unwrap(), &From::Start, 9).unwrap().remove(0);
    assert_eq!((told.note.source.task, told.note.source.run), (Some(house.task), Some(first)), "its log is a key away");
    // Other reasons, there and back.
    fails("no y", "10:00:00");
    fails("no x", "10:10:00");
    assert_eq!(house.said(), [no_x, no_y, no_x]);
    // It is well, by a build or because it is there, and then it is not.
    let run = house.queue(Trigger::Manual, "10:20:00");
    house.checked(run, missing("aa"), "10:20:00");
    let build = house.build("aa", "10:20:01");
    house.end(build, Outcome::Succeeded, None, "10:20:02");
    house.turn(Vec::new(), "10:20:02");
    house.checked(run, ready("aa", build), "10:20:03");
    let again = "its environment is ready again";
    assert_eq!(house.said()[..2], [again, no_x]);
    house.looked(missing("bb"), "10:30:00");
    let build = house.build("bb", "10:30:01");
    house.end(build, Outcome::Failed(1), Some("no x"), "10:30:02");
    house.turn(Vec::new(), "10:30:02");
    house.looked(ready("aa", build), "10:31:00");
    house.looked(ready("aa", build), "10:32:00");
    house.looked(Fit::Impossible("no Python 3 is found".to_owned()), "10:33:00");
    let run = house.queue(Trigger::Schedule, "10:34:00");
    house.checked(run, Fit::Impossible("no Python 3 is found".to_owned()), "10:34:00");
    assert_eq!(house.said()[..4], ["its environment cannot be built: no Python 3 is found", again, no_x, again]);
    // The next day it is said again.
    let before = house.said().len();
    for _ in 0..2 {
        let (day, task) = (at("10:34:00") + jiff::SignedDuration::from_hours(25), house.task);
        let said = move |db: &crate::store::Db| {
            crate::engine::note::environment_lacks(
                db,
                (task, None),
                Level::Warn,
                "cannot be built: no Python 3 is found",
                day,
            )
        };
        house.store.write(said).unwrap();
    }
    assert_eq!(house.said().len(), before + 1);
}

#[test]
fn what_changed_during_a_build_takes_its_place_and_the_run_waits_for_that() {
    let house = House::new();
    house.looked(missing("aa"), "09:00:00");
    let first = house.build("aa", "09:00:01");
    let run = house.queue(Trigger::Manual, "09:00:02");
    house.checked(run, missing("aa"), "09:00:02");
    let orders = house.looked(missing("bb"), "09:00:03");
    assert!(orders.start.is_empty(), "one at a time");
    let second = house.builds()[0];
    assert!(second > first && house.builds() == [second, first]);
    house.end(first, Outcome::Cancelled, None, "09:00:04");
    house.turn(Vec::new(), "09:00:04");
    assert_eq!(house.get(run).reason, None, "it looks again");
    house.checked(run, missing("bb"), "09:00:05");
    assert!(house.get(run).reason.unwrap().contains(&format!("(#{second})")));
    assert_eq!(house.known().unwrap().key.as_deref(), Some("bb"));
    // It turns out that nothing is to be built.
    house.looked(Fit::Plain, "09:00:06");
    assert_eq!((house.builds(), house.known()), (vec![], None));
}

#[test]
fn r8_a_build_that_was_lost_is_made_again_and_what_cannot_be_built_is_said() {
    let house = House::new();
    house.looked(missing("aa"), "09:00:00");
    let build = house.build("aa", "09:00:01");
    let run = house.queue(Trigger::Schedule, "09:00:02");
    house.checked(run, missing("aa"), "09:00:02");
    let of = Try { run: build, attempt: 1 };
    house.turn(vec![Fact::Lost(of, "the machine was restarted".to_owned())], "09:00:03");
    let orders = house.turn(Vec::new(), "09:00:04");
    assert!(orders.look.len() == 1 || orders.check.iter().any(|check| check.run == run));
    assert_eq!(house.get(run).reason, None);
    house.looked(missing("aa"), "09:00:05");
    assert_eq!(house.builds().len(), 1);
    house.checked(run, Fit::Impossible("no Python 3 is found".to_owned()), "09:00:06");
    let ended = house.get(run);
    assert_eq!(ended.outcome, Some(Outcome::CouldNotStart));
    assert_eq!(ended.reason.as_deref(), Some("its environment cannot be built: no Python 3 is found"));
    assert_eq!(house.known().unwrap().state, State::Impossible);
    assert_eq!(house.builds(), [], "what was queued is not tried");
}

#[test]
fn environments_of_very_many_are_looked_at_some_at_a_time() {
    let house = House::new();
    house
        .store
        .write(|db| {
            for n in 0..200 {
                tasks::add(
                    db,
                    &Definition::new(format!("etl {n}"), Work::Script("/s/main.py".into())),
                    at("09:00:00"),
                )?;
            }
            Ok(())
        })
        .unwrap();
    let mut looking = HashSet::new();
    for _ in 0..5 {
        let orders = house.turn_while(looking.clone(), Vec::new(), "09:01:00");
        let new: Vec<TaskId> = orders.look.iter().map(|(sought, _)| sought.task).collect();
        assert!(new.iter().all(|task| !looking.contains(task)));
        looking.extend(new);
        assert_eq!(looking.len(), outfitter::STEP);
    }
    // Of those behind them it is one's turn for each that was looked at.
    looking.remove(&house.task);
    let sought = environments::sought(&house.store.reader().unwrap(), 1).unwrap();
    let orders = house.turn_while(looking, vec![Fact::Looked(sought[0], Fit::Plain)], "09:02:00");
    assert_eq!(orders.look.len(), 1);
}

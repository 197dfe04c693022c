//! Runs that wait for people, and people who are called because of runs (A3).

use std::num::NonZeroU32;
use std::path::Path;

use jiff::Timestamp;

use super::super::{Fact, Orders, Situation, Try, run};
use super::at;
use super::retry::ended;
use crate::domain::change::By;
use crate::domain::dependency;
use crate::domain::group::Limits;
use crate::domain::planner::Cause;
use crate::domain::rule::Rule;
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::schedule::Decision;
use crate::domain::task::{Definition, Overlap, Priority, Status, Work};
use crate::domain::{RunId, TaskId};
use crate::store::changes::Step;
use crate::store::todos::{Turn, turn};
use crate::store::{From, Store, messages, notes, runs, schedules, slots, tasks};
use crate::supervise::Ended;

struct House {
    folder: tempfile::TempDir,
    store: Store,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        Self { folder, store }
    }

    fn add(&self, definition: Definition) -> TaskId {
        self.store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id
    }

    fn command(&self, name: &str, depends_on: &str, change: impl FnOnce(&mut Definition)) -> TaskId {
        let mut definition = Definition::new(name, Work::Command("true".to_owned()));
        definition.depends_on = dependency::parse(depends_on).unwrap();
        change(&mut definition);
        self.add(definition)
    }

    fn todo(&self, name: &str) -> TaskId {
        self.add(Definition::new(name, Work::Todo(Status::Open)))
    }

    /// The slugs that begin so.
    fn of_slug(&self, begin: &str) -> Vec<String> {
        let rows = tasks::page(&self.store.reader().unwrap(), &From::Start, 99).unwrap();
        rows.into_iter().map(|row| row.slug).filter(|slug| slug.starts_with(begin)).collect()
    }

    fn become_(&self, task: TaskId, status: Status, now: Timestamp) {
        let turned = self.store.write(move |db| turn(db, &mut Step::new(By::Cli, now), task, status, false)).unwrap();
        assert!(matches!(turned, Turn::Turned(_)), "{turned:?}");
    }

    fn queue(&self, task: TaskId, now: Timestamp) -> RunId {
        self.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], now)).unwrap()
    }

    fn turn(&self, facts: Vec<Fact>, now: Timestamp) -> Orders {
        let situation = Situation {
            now,
            since_boot: now.as_microsecond(),
            limits: Limits::new(4),
            output_cap: None,
            boot: "boot".to_owned(),
            first: false,
            calendars_at: Some(now),
            cause: Cause::NotRunning,
            checking: Vec::new(),
            runs: self.folder.path().to_owned(),
            looking: std::collections::HashSet::new(),
            surveyed: None,
        };
        self.store.write(move |db| run(db, &facts, &situation)).unwrap()
    }

    /// A turn; the runs that start in it.
    fn started(&self, now: Timestamp) -> Vec<RunId> {
        self.turn(Vec::new(), now).start.iter().map(|launch| launch.spec.run).collect()
    }

    /// A run of a task that ends with this code.
    fn ends(&self, task: TaskId, code: i32, now: Timestamp) -> RunId {
        let id = self.queue(task, now);
        assert_eq!(self.started(now), [id]);
        self.end(id, code, now);
        id
    }

    fn end(&self, id: RunId, code: i32, now: Timestamp) {
        self.turn(vec![ended(id, 1, Ended::Exited(code), None, now)], now);
    }

    fn run(&self, id: RunId) -> Run {
        runs::get(&self.store.reader().unwrap(), id).unwrap()
    }

    fn task(&self, slug: &str) -> crate::domain::task::Task {
        tasks::find(&self.store.reader().unwrap(), slug).unwrap()
    }

    fn said(&self) -> Vec<String> {
        let all = messages::page(&self.store.reader().unwrap(), &From::Start, 99).unwrap();
        all.into_iter().map(|told| told.note.text).collect()
    }
}

#[test]
fn a3_a_run_waits_for_a_persons_done_however_it_was_asked_for_and_says_so() {
    let house = House::new();
    let approve = house.todo("approve");
    let deploy = house.command("deploy", "approve", |_| {});
    let rule = Rule::parse("0 * * * *", &jiff::tz::TimeZone::UTC, at("09:00:00"), Path::new("/")).unwrap();
    house.store.write(move |db| schedules::add(db, deploy, &rule, "UTC", at("09:00:00"))).unwrap();
    assert_eq!(house.started(at("10:00:00")), []);
    let newest = || tasks::get(&house.store.reader().unwrap(), deploy).unwrap().last_run.unwrap();
    let of_slot = newest();
    assert_eq!(house.run(of_slot).reason.as_deref(), Some("waits for approve to be done"));
    // The overlap policy is as for any run that waits.
    assert_eq!(house.started(at("11:00:00")), []);
    let slot = slots::of_task(&house.store.reader().unwrap(), deploy, 1).unwrap().remove(0);
    let why = format!("run #{of_slot} was still waiting to start: it waits for approve to be done");
    assert_eq!((slot.decision, slot.reason.as_deref()), (Decision::Skipped, Some(why.as_str())));
    let by_hand = house.queue(deploy, at("11:00:01"));
    assert_eq!(house.started(at("11:00:01")), []);
    house.become_(approve, Status::Completed, at("11:00:02"));
    assert_eq!(house.started(at("11:00:02")), [of_slot]);
    house.end(of_slot, 0, at("11:00:03"));
    assert_eq!(house.run(by_hand).state, RunState::Starting, "what was done once is done");
}

#[test]
fn a3_t6_what_waits_for_a_person_when_its_task_is_laid_to_rest_does_not_run_after_that() {
    let house = House::new();
    let approve = house.todo("approve");
    let deploy = house.command("deploy", "approve", |definition| definition.execution.overlap = Overlap::QueueAll);
    let rule = Rule::parse("0 * * * *", &jiff::tz::TimeZone::UTC, at("09:00:00"), Path::new("/")).unwrap();
    house.store.write(move |db| schedules::add(db, deploy, &rule, "UTC", at("09:00:00"))).unwrap();
    assert_eq!(house.started(at("10:00:00")), []);
    let of_slot = tasks::get(&house.store.reader().unwrap(), deploy).unwrap().last_run.unwrap();
    let by_hand = house.queue(deploy, at("10:01:00"));
    house.store.write(move |db| tasks::set_paused(db, deploy, true, at("10:02:00"))).unwrap();
    assert_eq!(house.run(of_slot).outcome, Some(Outcome::Cancelled));
    assert_eq!(house.run(of_slot).reason.as_deref(), Some("the task was paused before Tempo got to it"));
    house.become_(approve, Status::Completed, at("10:03:00"));
    assert_eq!(house.started(at("10:03:00")), [by_hand], "what a person asked for");
}

#[test]
fn a3_with_each_one_done_is_for_one_run_and_the_to_do_is_open_again_when_that_is_admitted() {
    let house = House::new();
    let approve = house.todo("approve");
    let deploy =
        house.command("deploy", "approve:each", |definition| definition.execution.overlap = Overlap::Parallel(3));
    let runs = [house.queue(deploy, at("10:00:00")), house.queue(deploy, at("10:00:00"))];
    assert_eq!(house.started(at("10:00:00")), []);
    for (n, run) in runs.into_iter().enumerate() {
        let now = at(&format!("10:00:0{}", n + 1));
        house.become_(approve, Status::Completed, now);
        assert_eq!(house.started(now), [run], "one of those that waited");
        assert_eq!(house.task("approve").definition.work, Work::Todo(Status::Open));
    }
    // The disk has no room, or the engine goes away: it was approved all the same.
    let of = Try { run: runs[1], attempt: 1 };
    house.turn(vec![Fact::NeverStarted(of)], at("10:01:00"));
    assert_eq!(house.run(runs[1]).state, RunState::Starting);
}

#[test]
fn a3_a_run_waits_for_the_success_of_another_task_since_the_last_one_and_a_failure_says_what_it_blocks() {
    let house = House::new();
    let backup = house.command("backup", "", |_| {});
    let report = house.command("report", "backup", |_| {});
    let first = house.queue(report, at("10:00:00"));
    assert_eq!(house.started(at("10:00:00")), []);
    assert_eq!(house.run(first).reason.as_deref(), Some("waits for backup to succeed"));
    house.ends(backup, 1, at("10:00:01"));
    house.ends(backup, 1, at("10:00:02"));
    assert_eq!(house.said(), ["its failure blocks report"], "once");
    let good = house.queue(backup, at("10:00:03"));
    assert_eq!(house.started(at("10:00:03")), [good]);
    let orders = house.turn(vec![ended(good, 1, Ended::Exited(0), None, at("10:00:04"))], at("10:00:04"));
    assert_eq!(orders.start[0].spec.run, first, "in the same turn");
    house.end(first, 0, at("10:00:05"));
    let next = house.queue(report, at("10:00:06"));
    assert_eq!(house.started(at("10:00:06")), []);
    assert_eq!(house.run(next).reason.as_deref(), Some("waits for backup to succeed"));
}

/// A task that opens a to-do after two failures, with a folder in which each of its runs prints.
fn failing(house: &House) -> TaskId {
    house.command("Back up", "", |definition| {
        definition.execution.todo_after = NonZeroU32::new(2);
        definition.category = "nas".to_owned();
        definition.assignee = Some("ana".to_owned());
        definition.priority = Priority::new(2).unwrap();
    })
}

#[test]
fn a3_a_task_that_fails_again_and_again_opens_one_to_do_with_the_end_of_the_output_and_closes_it_when_it_succeeds() {
    let house = House::new();
    let task = failing(&house);
    house.ends(task, 1, at("10:00:00"));
    let of_todos = || house.of_slug("back-up-fails");
    assert_eq!(of_todos().len(), 0);
    let run = house.queue(task, at("10:01:00"));
    house.started(at("10:01:00"));
    let folder = house.folder.path().join(run.to_string());
    std::fs::create_dir(&folder).unwrap();
    let lines: String = (0..5000).map(|n| format!("line {n} of it\n")).collect();
    std::fs::write(folder.join("output"), lines + "\x1b[31mthe token is s3cret-value\x1b[0m\n").unwrap();
    crate::output::masks::add(&folder, [b"s3cret-value".as_slice()].into_iter()).unwrap();
    house.end(run, 3, at("10:01:00"));
    let todo = house.task("back-up-fails");
    let definition = &todo.definition;
    assert_eq!((definition.name.as_str(), &definition.work), ("Back up fails", &Work::Todo(Status::Open)));
    assert_eq!((definition.category.as_str(), definition.assignee.as_deref()), ("nas", Some("ana")));
    assert_eq!(definition.priority.get(), 2);
    let what = format!("run #{run} of back-up failed with exit code 3");
    let description = &definition.description;
    assert!(description.starts_with(&format!("{what}, and back-up has failed 2 times in a row.\n")), "{description}");
    let shown: Vec<&str> = description.lines().filter(|line| line.starts_with("    ")).collect();
    assert_eq!((shown.len(), shown[0]), (20, "    line 4981 of it"));
    assert!(shown[19].starts_with("    the token is ") && !description.contains("s3cret"), "{}", shown[19]);
    let noted = notes::of_task(&house.store.reader().unwrap(), todo.id).unwrap();
    assert_eq!((noted.len(), &noted[0].text, noted[0].run), (1, &what, Some(run)));
    assert!(house.said()[0].starts_with("opened the to-do back-up-fails: run #"), "{:?}", house.said());

    house.ends(task, 1, at("10:02:00"));
    assert_eq!((of_todos().len(), house.task("back-up").todo), (1, Some(todo.id)), "once");
    let good = house.ends(task, 0, at("10:03:00"));
    let closed = house.task("back-up-fails");
    assert_eq!((&closed.definition.work, closed.definition.progress), (&Work::Todo(Status::Completed), 100));
    assert_eq!(closed.done_at, Some(at("10:03:00")));
    let noted = notes::of_task(&house.store.reader().unwrap(), todo.id).unwrap();
    assert_eq!(noted[1].text, format!("run #{good} succeeded"));
    // The next failures are another matter.
    house.ends(task, 1, at("10:04:00"));
    house.ends(task, 1, at("10:05:00"));
    assert_eq!(of_todos(), ["back-up-fails", "back-up-fails-2"]);
}

#[test]
fn a3_a_to_do_about_failures_that_a_person_has_closed_stays_closed_until_the_task_was_woken_or_succeeded() {
    let house = House::new();
    let task = failing(&house);
    house.ends(task, 1, at("10:00:00"));
    house.ends(task, 1, at("10:01:00"));
    house.become_(house.task("back-up-fails").id, Status::Cancelled, at("10:02:00"));
    house.ends(task, 1, at("10:03:00"));
    let count = || house.of_slug("back-up-fails").len();
    assert_eq!(count(), 1);
    for paused in [true, false] {
        house.store.write(move |db| tasks::set_paused(db, task, paused, at("10:04:00"))).unwrap();
    }
    house.ends(task, 1, at("10:05:00"));
    assert_eq!(count(), 1, "it begins anew");
    house.ends(task, 1, at("10:06:00"));
    assert_eq!(count(), 2);
    house.ends(task, 0, at("10:07:00"));
    let first = house.task("back-up-fails");
    assert_eq!(first.definition.work, Work::Todo(Status::Cancelled), "what a person closed stays as it is");
    assert_eq!(house.run(first_run(&house, first.id)).outcome, Some(Outcome::Failed(1)));
}

fn first_run(house: &House, todo: TaskId) -> RunId {
    notes::of_task(&house.store.reader().unwrap(), todo).unwrap()[0].run.unwrap()
}

//! Turns over a real store at instants of the test's choice: what waits for its time, and what becomes of it.

mod after;
mod environment;
mod people;
mod remind;
mod retry;
mod unusual;

use jiff::{SignedDuration, Timestamp};

use super::{Fact, Orders, Situation, run};
use crate::domain::group::Limits;
use crate::domain::planner::Cause;
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::task::{Definition, Overlap, Work};
use crate::domain::{TaskId, rule::Rule};
use crate::store::{From, Store, drain, runs, schedules, slots, tasks};

struct House {
    _folder: tempfile::TempDir,
    store: Store,
    task: TaskId,
}

fn at(text: &str) -> Timestamp {
    format!("2026-11-21T{text}Z").parse().unwrap()
}

impl House {
    /// With a task that has this schedule since nine o'clock.
    fn new(overlap: Overlap, rule: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let rule = Rule::parse(rule, &jiff::tz::TimeZone::UTC, at("09:00:00"), folder.path()).unwrap();
        let mut definition = Definition::new("job", Work::Command("true".to_owned()));
        definition.execution.overlap = overlap;
        let task = store
            .write(move |db| {
                let task = tasks::add(db, &definition, at("09:00:00"))?.id;
                schedules::add(db, task, &rule, "UTC", at("09:00:00"))?;
                Ok(task)
            })
            .unwrap();
        Self { _folder: folder, store, task }
    }

    fn turn(&self, now: Timestamp) -> Orders {
        self.turn_with(Vec::new(), now, now.as_microsecond())
    }

    /// A turn that hears these facts, when the machine has been up for so many microseconds.
    fn turn_with(&self, facts: Vec<Fact>, now: Timestamp, since_boot: i64) -> Orders {
        let situation = Situation {
            now,
            since_boot,
            limits: Limits::new(4),
            output_cap: None,
            boot: "boot".to_owned(),
            first: true,
            calendars_at: None,
            cause: Cause::NotRunning,
            checking: Vec::new(),
            runs: std::path::PathBuf::from("/nowhere"),
            looking: std::collections::HashSet::new(),
            surveyed: None,
        };
        self.store.write(move |db| run(db, &facts, &situation)).unwrap()
    }

    /// The runs, the oldest first.
    fn runs(&self) -> Vec<Run> {
        let db = self.store.reader().unwrap();
        let mut runs = runs::page(&db, Some(self.task), &From::Start, 1000).unwrap();
        runs.reverse();
        runs
    }

    /// The slots, the oldest first.
    fn slots(&self) -> Vec<Slot> {
        let mut slots = slots::of_task(&self.store.reader().unwrap(), self.task, 1000).unwrap();
        slots.reverse();
        slots
    }

    fn end(&self, run: &Run, now: Timestamp) {
        let id = run.id;
        self.store.write(move |db| runs::finish(db, id, Outcome::Succeeded, None, None, now)).unwrap();
    }
}

#[test]
fn s5_a_turn_removes_what_was_in_the_trash_for_30_days_and_nothing_wakes_for_it() {
    let house = House::new(Overlap::Skip, "0 * * * *");
    let task = house.task;
    house.store.write(move |db| tasks::delete(db, task, at("09:30:00"))).unwrap();
    let days = |days: i64| at("09:30:01") + SignedDuration::from_hours(24 * days);
    assert_eq!(house.turn(days(29)).next, None);
    assert!(tasks::get(&house.store.reader().unwrap(), task).is_ok());
    house.turn(days(30));
    assert!(tasks::get(&house.store.reader().unwrap(), task).is_err());
}

#[test]
fn t6_what_is_made_up_for_waits_for_the_machine_to_settle_and_the_engine_wakes_for_it() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=latest");
    let orders = house.turn(at("12:20:00"));
    assert!(orders.start.is_empty());
    let due = orders.next.unwrap();
    assert!((at("12:20:30")..=at("12:21:30")).contains(&due), "{due}");
    let found: Vec<_> =
        house.slots().into_iter().map(|slot| (slot.due_at, slot.decision, slot.reason.unwrap())).collect();
    let took = "Tempo was not running; policy latest took 12:00".to_owned();
    assert_eq!(
        found,
        [
            (at("10:00:00"), Decision::Missed, took.clone()),
            (at("11:00:00"), Decision::Missed, took),
            (at("12:00:00"), Decision::Run, "Tempo was not running; policy latest makes up for it".to_owned()),
        ]
    );
    let runs = house.runs();
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!((run.trigger, run.state, run.not_before), (Trigger::CatchUp, RunState::Queued, Some(due)));

    // The next engine finds it in the store, and nothing is decided twice.
    assert_eq!(house.turn(at("12:20:10")).next, Some(due));
    let orders = house.turn(due);
    assert_eq!(orders.start.iter().map(|launch| launch.spec.run).collect::<Vec<_>>(), [run.id]);
    assert_eq!(orders.next, Some(at("13:00:00")), "the regular slots keep their time");
    assert_eq!((house.runs()[0].state, house.runs()[0].not_before), (RunState::Starting, None));
    assert_eq!(house.slots().len(), 3);
}

#[test]
fn t6_all_that_was_missed_runs_one_after_the_other_the_oldest_first() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=all");
    let mut now = house.turn(at("12:20:00")).next.unwrap();
    for hour in ["10:00:00", "11:00:00", "12:00:00"] {
        let orders = house.turn(now);
        assert_eq!(orders.start.len(), 1, "{hour}");
        let live = house.runs().into_iter().find(|run| run.state == RunState::Starting).unwrap();
        assert_eq!(live.slot.unwrap().1, at(hour));
        house.end(&live, now);
        now += SignedDuration::from_secs(60);
    }
    assert!(house.turn(now).start.is_empty());
}

#[test]
fn t6_of_a_thousand_missed_slots_all_makes_up_for_a_hundred_and_one_row_counts_the_others() {
    let house = House::new(Overlap::Parallel(2), "every 10s missed=all");
    house.turn(at("12:00:05"));
    let slots = house.slots();
    assert_eq!(slots.len(), 101 + 1, "a hundred, the one on time, and the record");
    assert_eq!(house.runs().len(), 101);
    let reason = slots[0].reason.as_deref().unwrap();
    assert!(reason.ends_with("policy all takes the newest 100; 978 earlier slots were missed too"), "{reason}");
    let made_up: Vec<_> = house.runs().into_iter().filter(|run| run.trigger == Trigger::CatchUp).collect();
    assert!(made_up.windows(2).all(|pair| pair[0].slot.unwrap().1 < pair[1].slot.unwrap().1));
}

#[test]
fn t6_what_waits_to_be_made_up_for_is_in_the_way_of_no_regular_slot() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=latest");
    let waits = house.turn(at("12:59:50")).next.unwrap();
    assert_eq!(waits, at("13:00:00"), "the regular slot comes before what was missed");
    let orders = house.turn(at("13:00:00"));
    assert_eq!(orders.start.len(), 1);
    let slots = house.slots();
    assert_eq!((slots[3].due_at, slots[3].decision), (at("13:00:00"), Decision::Run));
    let runs = house.runs();
    assert_eq!(runs.iter().map(|run| run.trigger).collect::<Vec<_>>(), [Trigger::CatchUp, Trigger::Schedule]);
    // The one waits for the other.
    assert!(house.turn(at("13:05:00")).start.is_empty());
    house.end(&runs[1], at("13:06:00"));
    assert_eq!(house.turn(at("13:06:00")).start.len(), 1);
}

#[test]
fn t6_what_is_regular_goes_before_what_is_made_up_for() {
    let house = House::new(Overlap::Queue, "0 * * * * missed=all");
    let now = house.turn(at("12:20:00")).next.unwrap();
    let first = &house.turn(now).start[0];
    assert_eq!(first.spec.run, house.runs()[0].id);
    house.turn(at("13:00:00"));
    house.end(&house.runs()[0], at("13:01:00"));
    let next = house.turn(at("13:01:00"));
    let regular = house.runs().into_iter().find(|run| run.trigger == Trigger::Schedule).unwrap();
    assert_eq!(next.start.iter().map(|launch| launch.spec.run).collect::<Vec<_>>(), [regular.id]);
}

#[test]
fn t6_what_waits_to_be_made_up_for_is_unfinished_so_that_stop_and_rm_find_it_and_in_the_way_of_nothing() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=all");
    house.turn(at("12:20:00"));
    let db = house.store.reader().unwrap();
    assert_eq!(runs::unfinished(&db, house.task).unwrap().len(), 3);
    assert_eq!(runs::in_the_way(&db, house.task).unwrap(), []);
}

#[test]
fn t6_a_second_downtime_leaves_one_run_for_the_latest_slot_not_two() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=latest");
    house.turn(at("12:20:00"));
    house.turn(at("13:10:00"));
    let runs = house.runs();
    // The first one was in the queue already when the second engine came.
    assert_eq!(runs.iter().filter(|run| run.state != RunState::Finished).count(), 1, "{runs:?}");
    let last = runs.last().unwrap();
    assert_eq!((last.slot.unwrap().1, last.state), (at("13:00:00"), RunState::Queued));
    assert_eq!(runs[0].outcome, Some(Outcome::Cancelled));
}

#[test]
fn t6_pausing_ends_what_waits_to_be_made_up_for_and_says_why() {
    let house = House::new(Overlap::Skip, "0 * * * * missed=latest");
    house.turn(at("12:20:00"));
    let task = house.task;
    house.store.write(move |db| tasks::set_paused(db, task, true, at("12:20:05"))).unwrap();
    let run = &house.runs()[0];
    assert_eq!(run.outcome, Some(Outcome::Cancelled));
    assert_eq!(run.reason.as_deref(), Some("the task was paused before Tempo got to it"));
    assert_eq!(house.turn(at("12:30:00")).next, None);
}

#[test]
fn t9_a_slot_waits_for_its_jitter_and_a_pause_meanwhile_leaves_its_row() {
    let house = House::new(Overlap::Skip, "0 * * * * jitter=20m");
    let start = house.turn(at("10:00:00")).next.unwrap();
    assert!((at("10:00:00")..=at("10:20:00")).contains(&start), "{start}");
    assert_eq!(house.turn(start - SignedDuration::from_secs(1)).start.len(), 0);
    assert_eq!(house.turn(start).start.len(), 1);
    let slots = house.slots();
    assert_eq!((slots[0].due_at, slots[0].decided_at, slots[0].decision), (at("10:00:00"), start, Decision::Run));
    assert_eq!(house.runs()[0].slot.unwrap().1, at("10:00:00"));

    let task = house.task;
    house.store.write(move |db| tasks::set_paused(db, task, true, at("11:00:00"))).unwrap();
    assert_eq!(house.slots()[1].decision, Decision::Missed);
    house.turn(at("11:30:00"));
    assert_eq!(house.slots().len(), 2);
}

#[test]
fn t3_t9_other_options_while_a_slot_waits_neither_lose_it_nor_decide_it_twice() {
    let house = House::new(Overlap::Skip, "0 * * * * jitter=20m");
    let start = house.turn(at("10:00:00")).next.unwrap();
    let change = |rule: &str, now: Timestamp| {
        let (task, wanted) = (house.task, rule.to_owned());
        let rule = Rule::parse(&wanted, &jiff::tz::TimeZone::UTC, now, std::path::Path::new("/")).unwrap();
        house.store.write(move |db| schedules::replace(db, task, &[(rule, "UTC".to_owned())], now)).unwrap();
    };
    let now = start - SignedDuration::from_secs(1);
    change("0 * * * *", now);
    assert_eq!(house.turn(now).start.len(), 1, "it need not wait any longer");
    assert_eq!(house.slots().len(), 1);
    house.end(&house.runs()[0], now);
    change("0 * * * * jitter=20m missed=all", now);
    assert_eq!(house.turn(start).start.len(), 0);
    let slots = house.slots();
    assert_eq!((slots.len(), slots[0].decision, slots[0].reason.as_deref()), (1, Decision::Run, None));
}

#[test]
fn t6_options_that_would_have_made_something_due_in_the_past_do_not_make_it_missed() {
    let house = House::new(Overlap::Skip, "0 * * * * except=sat,sun missed=all");
    // That 21 November is a Saturday.
    house.turn(at("12:20:00"));
    assert_eq!(house.slots(), []);
    let (task, now) = (house.task, at("12:20:00"));
    let rule = Rule::parse("0 * * * * missed=all", &jiff::tz::TimeZone::UTC, now, std::path::Path::new("/")).unwrap();
    house.store.write(move |db| schedules::replace(db, task, &[(rule, "UTC".to_owned())], now)).unwrap();
    assert_eq!(house.turn(now).next, Some(at("13:00:00")));
    assert_eq!(house.slots(), []);
}

#[test]
fn t10_a_calendar_that_is_gone_silences_nothing_and_the_slot_says_so() {
    let days = tempfile::tempdir().unwrap();
    let path = days.path().join("days.txt");
    std::fs::write(&path, "2026-11-21").unwrap();
    let house = House::new(Overlap::Skip, &format!("0 * * * * calendar={}", path.display()));
    house.turn(at("09:30:00"));
    std::fs::remove_file(&path).unwrap();
    let midnight: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    assert_eq!(house.turn(midnight).start.len(), 1);
    let slots = house.slots();
    let last = slots.last().unwrap();
    let reason = last.reason.as_deref().unwrap();
    assert_eq!(
        (slots.len(), last.due_at, last.decision),
        (1, midnight, Decision::Run),
        "the days before stay excluded"
    );
    assert!(
        reason.starts_with("without its calendar, which cannot be used: calendar: ") && reason.contains("days.txt")
    );
}

#[test]
fn t10_a_calendar_that_changes_is_noticed_within_the_hour() {
    let days = tempfile::tempdir().unwrap();
    let path = days.path().join("days.txt");
    std::fs::write(&path, "2026-11-21..2026-11-23").unwrap();
    let house = House::new(Overlap::Skip, &format!("0 12 * * * calendar={}", path.display()));
    let turn = |now: &str, calendars_at: &str| {
        let calendars_at = Some(at(calendars_at));
        let situation = Situation {
            now: at(now),
            since_boot: at(now).as_microsecond(),
            limits: Limits::new(4),
            output_cap: None,
            boot: "boot".to_owned(),
            first: false,
            calendars_at,
            cause: Cause::NotRunning,
            checking: Vec::new(),
            runs: std::path::PathBuf::from("/nowhere"),
            looking: std::collections::HashSet::new(),
            surveyed: None,
        };
        let orders = house.store.write(move |db| run(db, &[], &situation)).unwrap();
        (orders.calendars_at, orders.next.unwrap())
    };
    assert_eq!(turn("09:30:00", "09:20:00"), (at("09:20:00"), at("10:20:00")));
    std::fs::write(&path, "").unwrap();
    assert_eq!(turn("10:20:00", "09:20:00"), (at("10:20:00"), at("11:20:00")));
    assert_eq!(turn("11:20:00", "10:20:00"), (at("11:20:00"), at("12:00:00")));
}

#[test]
fn t10_a_startup_on_an_excluded_day_is_skipped_and_one_with_jitter_waits() {
    let house = House::new(Overlap::Skip, "startup except=sat");
    house.turn(at("12:00:00.25"));
    let slots = house.slots();
    assert_eq!((slots[0].decision, slots[0].reason.as_deref()), (Decision::Skipped, Some("the day is excluded: sat")));
    let house = House::new(Overlap::Skip, "startup jitter=20m");
    let start = house.turn(at("12:00:00.25")).next.unwrap();
    assert!(start > at("12:00:00") && house.runs()[0].not_before == Some(start));
    assert_eq!(house.turn(start).start.len(), 1);
}

#[test]
fn t6_a_startup_that_was_added_or_rested_when_it_had_been_waits_for_the_next_boot() {
    let house = House::new(Overlap::Skip, "startup");
    let task = house.task;
    let add = |slug: &'static str| {
        let rule = Rule::parse("startup", &jiff::tz::TimeZone::UTC, at("09:00:00"), std::path::Path::new("/")).unwrap();
        let definition = Definition::new(slug, Work::Command("true".to_owned()));
        let add = move |db: &crate::store::Db| {
            let task = tasks::add(db, &definition, at("09:00:00"))?.id;
            schedules::add(db, task, &rule, "UTC", at("09:00:00"))?;
            Ok(task)
        };
        house.store.write(add).unwrap()
    };
    let due = |boot: &str| {
        let due = schedules::due_at_startup(&house.store.reader().unwrap(), boot).unwrap();
        due.into_iter().map(|due| due.schedule.task).collect::<Vec<_>>()
    };
    let rests = add("rests");
    house.store.write(move |db| tasks::set_paused(db, rests, true, at("09:00:00"))).unwrap();
    assert_eq!(due("boot"), [task], "no engine has run in this boot");
    house.turn(at("12:00:00"));
    assert_eq!(house.runs().len(), 1);
    let late = add("late");
    house.store.write(move |db| tasks::set_paused(db, rests, false, at("12:00:02"))).unwrap();
    assert_eq!((due("boot"), due("the next")), (vec![], vec![task, rests, late]));
    // The next engine of this boot, as after Ctrl-z.
    house.turn(at("12:00:03"));
    assert_eq!(house.runs().len(), 1);
    let runs = runs::page(&house.store.reader().unwrap(), None, &From::Start, 9).unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
}

#[test]
fn r3_a_full_group_lets_others_pass_and_nothing_is_admitted_while_the_engine_drains() {
    let house = House::new(Overlap::Skip, "0 9 1 1 *");
    let run = |name: &'static str, groups: &'static str| {
        let mut definition = Definition::new(name, Work::Command("true".to_owned()));
        definition.execution.groups = crate::domain::group::parse(groups).unwrap();
        let queue = move |db: &crate::store::Db| {
            let task = tasks::add(db, &definition, at("09:00:00"))?.id;
            runs::queue(db, task, Trigger::Manual, None, &[], at("09:00:00"))
        };
        house.store.write(queue).unwrap()
    };
    let (first, second, third) = (run("first", "disk"), run("second", "disk, net"), run("third", ""));
    let started = |orders: Orders| orders.start.iter().map(|launch| launch.spec.run).collect::<Vec<_>>();
    house.store.write(|db| drain::begin(db, at("09:00:01"))).unwrap();
    assert_eq!(started(house.turn(at("09:00:02"))), []);
    house.store.write(drain::end).unwrap();
    assert_eq!(started(house.turn(at("09:00:03"))), [first, third]);
    assert_eq!(started(house.turn(at("09:00:04"))), []);
    house.store.write(move |db| runs::finish(db, first, Outcome::Cancelled, None, None, at("09:00:05"))).unwrap();
    assert_eq!(started(house.turn(at("09:00:06"))), [second]);
}

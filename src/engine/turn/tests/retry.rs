//! Turns in which attempts fail: the next one, when, and what stands against it (R5, R6).

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::{Fact, Launch, Orders, Try};
use super::{House, at};
use crate::domain::retry::clock;
use crate::domain::run::{Attempt, Outcome, Run, RunState, Trigger};
use crate::domain::schedule::Decision;
use crate::domain::task::Overlap;
use crate::domain::{RunId, TaskId, after, field};
use crate::store::{attempts, runs, tasks};
use crate::supervise::{Ended, ExitRecord, StopCause};

/// The end of an attempt that began at nine.
pub(super) fn ended(
    run: RunId,
    attempt: u32,
    ended: Ended,
    stopped_by: Option<StopCause>,
    ended_at: Timestamp,
) -> Fact {
    let record = ExitRecord {
        attempt,
        started_at: at("09:00:00"),
        ended_at,
        ended,
        stopped_by,
        killed: false,
        cpu_micros: 1000,
        max_rss_bytes: 4096,
        output_bytes: 10,
        output_lines: 1,
        dropped_bytes: 0,
        not_kept: None,
        strays: 0,
        limits: None,
        refused: None,
        over: None,
        peak_bytes: 0,
        samples: 0,
    };
    Fact::Ended(Try { run, attempt }, record)
}

fn failed(run: RunId, attempt: u32, now: &str) -> Fact {
    ended(run, attempt, Ended::Exited(1), None, at(now))
}

/// As the engine says it on the clock of this machine.
fn said(time: &str) -> String {
    clock(at(time), at(time), &TimeZone::system())
}

impl House {
    /// A task without slots that are near.
    fn retrying(retry: &str) -> Self {
        let house = Self::new(Overlap::Skip, "0 0 1 1 *");
        house.set("retry", retry);
        house
    }

    fn set(&self, key: &'static str, value: &str) {
        let (task, value) = (self.task, value.to_owned());
        let change = move |db: &crate::store::Db| {
            let mut definition = tasks::get(db, task)?.definition;
            let context = field::Context { zone: TimeZone::UTC, now: at("09:00:00"), folder: "/".into(), types: None };
            field::Field::named(key).unwrap().set(&mut definition, &value, &context).unwrap();
            tasks::set(db, task, &definition, at("09:00:00"))
        };
        self.store.write(change).unwrap();
    }

    /// A run by hand that was started.
    fn start(&self, now: &str) -> RunId {
        let (task, now) = (self.task, at(now));
        let run = self.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], now)).unwrap();
        assert!(self.turn(now).start.iter().any(|launch| launch.spec.run == run));
        run
    }

    fn hear(&self, fact: Fact, now: &str) -> Orders {
        self.turn_with(vec![fact], at(now), at(now).as_microsecond())
    }

    fn get(&self, run: RunId) -> Run {
        runs::get(&self.store.reader().unwrap(), run).unwrap()
    }

    fn attempts(&self, run: RunId) -> Vec<Attempt> {
        attempts::of_run(&self.store.reader().unwrap(), run).unwrap()
    }

    fn failures(&self) -> u32 {
        tasks::get(&self.store.reader().unwrap(), self.task).unwrap().failures
    }
}

#[test]
fn r6_a_failed_attempt_waits_in_the_store_and_the_engine_wakes_for_the_next_one() {
    let house = House::retrying("2 delay=10s");
    let run = house.start("09:00:00");
    let orders = house.hear(failed(run, 1, "09:00:05"), "09:00:05");
    assert_eq!((orders.start.len(), orders.next), (0, Some(at("09:00:15"))));
    let waits = house.get(run);
    assert_eq!((waits.state, waits.attempt, waits.retry_at), (RunState::WaitingRetry, 1, Some(at("09:00:15"))));
    assert_eq!(waits.reason, Some(format!("exit 1; attempt 2 of 3 at {}", said("09:00:15"))));
    assert_eq!((waits.outcome, waits.finished_at, house.failures()), (None, None, 0));

    // Another engine finds the wait; it is not over too early, and the run keeps its id and with it its age.
    assert_eq!(house.turn(at("09:00:14")).next, Some(at("09:00:15")));
    let orders = house.turn(at("09:00:15"));
    let started: Vec<_> = orders.start.iter().map(|launch| (launch.spec.run, launch.spec.attempt)).collect();
    assert_eq!(started, [(run, 2)]);
    assert_eq!(orders.start[0].spec.env["TEMPO_ATTEMPT"], "2");
    assert_eq!((house.get(run).state, house.get(run).attempt), (RunState::Starting, 2));

    house.hear(failed(run, 2, "09:01:00"), "09:01:00");
    house.turn(at("09:01:10"));
    house.hear(ended(run, 3, Ended::Exited(0), None, at("09:02:00")), "09:02:00");
    let done = house.get(run);
    assert_eq!((done.outcome, done.attempt, done.retry_at), (Some(Outcome::Succeeded), 3, None));
    assert_eq!((done.started_at, done.finished_at), (Some(at("09:00:00")), Some(at("09:02:00"))));
    let usage = done.usage.unwrap();
    assert_eq!((usage.cpu, usage.output_bytes, usage.max_rss_bytes), (Duration::from_millis(3), 30, 4096));
    let outcomes: Vec<_> = house.attempts(run).iter().map(|attempt| (attempt.number, attempt.outcome)).collect();
    assert_eq!(outcomes, [(1, Outcome::Failed(1)), (2, Outcome::Failed(1)), (3, Outcome::Succeeded)]);
}

#[test]
fn r6_r12_the_last_attempt_ends_the_run_and_counts_as_one_failure_for_its_task_and_what_comes_after_it() {
    let house = House::retrying("2");
    let up = house.task;
    let follower = {
        let mut definition = tasks::get(&house.store.reader().unwrap(), up).unwrap().definition;
        definition.name = "follower".to_owned();
        definition.execution.retry = None;
        definition.execution.after = after::parse("job:failure").unwrap();
        house.store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id
    };
    let ran = |task: TaskId| runs::count(&house.store.reader().unwrap(), Some(task), 9).unwrap();
    let run = house.start("09:00:00");
    let times = ["09:00:10", "09:00:30", "09:00:50"];
    for (attempt, now) in (1..).zip(times) {
        assert_eq!((house.failures(), ran(follower)), (0, 0));
        house.hear(failed(run, attempt, now), now);
        house.turn(at(now) + SignedDuration::from_secs(10));
    }
    let run = house.get(run);
    assert_eq!((run.state, run.outcome, run.attempt), (RunState::Finished, Some(Outcome::Failed(1)), 3));
    assert_eq!((run.attempt_text().as_deref(), run.reason), (Some("attempt 3 of 3"), None));
    assert_eq!((house.failures(), ran(follower)), (1, 1));
}

#[test]
fn r6_what_is_said_of_an_earlier_attempt_is_never_taken_for_the_present_one() {
    let house = House::retrying("2 delay=0s on=1,lost");
    let run = house.start("09:00:00");
    house.hear(failed(run, 1, "09:00:01"), "09:00:01");
    assert_eq!((house.get(run).state, house.get(run).attempt), (RunState::Starting, 2));
    let first = Try { run, attempt: 1 };
    for late in [
        failed(run, 1, "09:00:02"),
        ended(run, 1, Ended::Exited(0), None, at("09:00:02")),
        Fact::Lost(first, "gone".to_owned()),
        Fact::CouldNotStart(first, "no".to_owned()),
        Fact::NeverStarted(first),
        Fact::Started(first, at("09:00:02"), None),
    ] {
        house.hear(late, "09:00:02");
        assert_eq!((house.get(run).state, house.get(run).attempt), (RunState::Starting, 2));
    }
    assert_eq!(house.attempts(run).len(), 1);
    house.hear(Fact::Started(Try { run, attempt: 2 }, at("09:00:03"), None), "09:00:03");
    assert_eq!(house.get(run).state, RunState::Running);
    // Also not while it waits.
    house.set("retry", "2 delay=10s");
    house.hear(failed(run, 2, "09:00:04"), "09:00:04");
    house.hear(failed(run, 2, "09:00:05"), "09:00:05");
    assert_eq!((house.get(run).retry_at, house.attempts(run).len()), (Some(at("09:00:14")), 2));
}

#[test]
fn r6_r8_a_lost_attempt_is_tried_again_when_the_task_says_so_and_what_is_unknown_of_it_stays_so() {
    let lost = |run: RunId| Fact::Lost(Try { run, attempt: 1 }, "its supervisor was killed".to_owned());
    let house = House::retrying("2");
    let run = house.start("09:00:00");
    house.hear(lost(run), "09:00:01");
    let found = house.get(run);
    assert_eq!(found.outcome, Some(Outcome::Lost));
    let why = "its supervisor was killed; no retry after this: only after an exit code or a signal";
    assert_eq!(found.reason.as_deref(), Some(why));

    let house = House::retrying("2 on=lost");
    let run = house.start("09:00:00");
    house.hear(Fact::Started(Try { run, attempt: 1 }, at("09:00:00"), None), "09:00:00");
    house.hear(lost(run), "09:00:01");
    assert_eq!(house.get(run).state, RunState::WaitingRetry);
    let [attempt] = house.attempts(run).try_into().unwrap();
    let unknown = Attempt::unknown(1, Outcome::Lost, "its supervisor was killed");
    assert_eq!(attempt, Attempt { started_at: Some(at("09:00:00")), ..unknown });
    assert_eq!(house.turn(at("09:00:11")).start[0].spec.attempt, 2);
}

#[test]
fn r4_r6_whoever_stops_a_run_ends_it_with_all_its_attempts() {
    // While it waits.
    let house = House::retrying("2 delay=1h");
    let run = house.start("09:00:00");
    house.hear(failed(run, 1, "09:00:01"), "09:00:01");
    let asked = house.store.write(move |db| runs::request_stop(db, run, false, at("09:00:02"))).unwrap();
    assert_eq!(asked, runs::StopRequest::NotRetried);
    let stopped = house.get(run);
    assert_eq!((stopped.outcome, stopped.retry_at), (Some(Outcome::Cancelled), None));
    assert_eq!(stopped.reason.as_deref(), Some("stopped while it waited for its retry"));
    assert!(house.turn(at("11:00:00")).start.is_empty());
    // While an attempt lives, also when that fails by itself in the meantime.
    let run = house.start("11:00:00");
    house.store.write(move |db| runs::request_stop(db, run, false, at("11:00:01"))).unwrap();
    house.hear(failed(run, 1, "11:00:01"), "11:00:01");
    assert_eq!(house.get(run).outcome, Some(Outcome::Failed(1)));
    // And while the next attempt waits for admission.
    let run = house.start("12:00:00");
    house.hear(failed(run, 1, "12:00:01"), "12:00:01");
    house.store.write(move |db| attempts::release(db, at("13:00:01"))).unwrap();
    let asked = house.store.write(move |db| runs::request_stop(db, run, false, at("13:00:02"))).unwrap();
    assert_eq!((asked, house.get(run).outcome), (runs::StopRequest::Dequeued, Some(Outcome::Cancelled)));
}

#[test]
fn r6_a_pause_does_not_stop_a_retry_and_the_trash_does() {
    let house = House::retrying("2 delay=10s");
    let task = house.task;
    let run = house.start("09:00:00");
    house.hear(failed(run, 1, "09:00:01"), "09:00:01");
    house.store.write(move |db| tasks::set_paused(db, task, true, at("09:00:02"))).unwrap();
    assert_eq!(house.turn(at("09:00:11")).start.len(), 1);
    house.store.write(move |db| tasks::delete(db, task, at("09:00:12"))).unwrap();
    house.hear(failed(run, 2, "09:00:13"), "09:00:13");
    let run = house.get(run);
    assert_eq!(run.outcome, Some(Outcome::Failed(1)));
    assert_eq!(run.reason.as_deref(), Some("no retry: its task is in the trash"));
}

#[test]
fn r6_a_retry_does_not_run_into_the_next_slot_and_the_reason_names_it() {
    let house = House::new(Overlap::Skip, "0 * * * *");
    house.set("retry", "3 delay=10m");
    let run = house.start("09:10:00");
    house.hear(failed(run, 1, "09:49:59"), "09:49:59");
    assert_eq!(house.get(run).state, RunState::WaitingRetry);
    house.turn(at("09:59:59"));
    house.hear(failed(run, 2, "09:59:59.5"), "09:59:59.5");
    let run = house.get(run);
    assert_eq!(run.outcome, Some(Outcome::Failed(1)));
    let why = format!("no retry at {}: the slot of {} comes first", said("10:09:59"), said("10:00:00"));
    assert_eq!(run.reason, Some(why));
    assert_eq!((house.turn(at("10:00:00")).start.len(), house.slots()[0].decision), (1, Decision::Run));
}

#[test]
fn r6_a_slot_that_comes_while_a_retry_still_waits_takes_its_place_unless_it_may_run_past_it() {
    for (retry, decision) in [("3 delay=50m", Decision::Run), ("3 delay=50m past-slot", Decision::Skipped)] {
        let house = House::new(Overlap::Skip, "30 * * * *");
        house.set("retry", retry);
        // The wait is longer than the engine lives, and the slot of 9:30 has been decided.
        house.turn(at("09:30:00"));
        let run = house.runs()[0].id;
        house.hear(failed(run, 1, "09:31:00"), "09:31:00");
        assert_eq!(house.get(run).retry_at, Some(at("10:21:00")), "{retry}");
        let task = house.task;
        house
            .store
            .write(move |db| {
                let rule = crate::domain::rule::Rule::parse("0 * * * *", &TimeZone::UTC, at("09:32:00"), "/".as_ref());
                let wanted = [(rule.unwrap(), "UTC".to_owned())];
                crate::store::schedules::replace(db, task, &wanted, at("09:32:00"))
            })
            .unwrap();
        house.turn(at("10:00:00"));
        let slot = house.slots().pop().unwrap();
        assert_eq!((slot.due_at, slot.decision), (at("10:00:00"), decision), "{retry}");
        let found = house.get(run);
        if decision == Decision::Run {
            assert_eq!((found.outcome, found.finished_at), (Some(Outcome::Failed(1)), Some(at("09:31:00"))));
            assert_eq!(
                found.reason.as_deref(),
                Some("no more attempts: the slot of 2026-11-21 10:00:00 UTC came first")
            );
            assert_eq!(house.failures(), 1);
        } else {
            assert_eq!(found.state, RunState::WaitingRetry);
            let why = format!("run #{run} waits for its retry at {}", said("10:21:00"));
            assert_eq!(slot.reason, Some(why));
        }
    }
}

#[test]
fn r6_an_attempt_that_waits_for_admission_when_a_slot_comes_takes_no_part_of_it() {
    let house = House::new(Overlap::Queue, "0 * * * *");
    house.set("retry", "1 delay=10m");
    let run = house.start("09:10:00");
    house.hear(failed(run, 1, "09:40:00"), "09:40:00");
    let before = house.start("09:41:00");
    house.turn(at("09:50:00"));
    assert_eq!((house.get(run).state, house.get(run).attempt), (RunState::Queued, 2), "it waits behind the other run");
    house.turn(at("10:00:00"));
    let found = house.get(run);
    assert_eq!((found.outcome, found.attempt), (Some(Outcome::Failed(1)), 1));
    assert_eq!(found.reason.as_deref(), Some("no more attempts: the slot of 2026-11-21 10:00:00 UTC came first"));
    assert_eq!(house.attempts(run).len(), 1);
    let orders = house.hear(ended(before, 1, Ended::Exited(0), None, at("10:01:00")), "10:01:00");
    let of_slot = house.runs().pop().unwrap();
    assert_eq!(orders.start.iter().map(|launch| launch.spec.run).collect::<Vec<_>>(), [of_slot.id]);
    assert_eq!(of_slot.trigger, Trigger::Schedule);
}

#[test]
fn r2_r6_replace_ends_a_run_that_waits_for_its_retry() {
    let house = House::new(Overlap::Replace, "0 * * * *");
    house.set("retry", "3 delay=2h past-slot");
    let run = house.start("09:10:00");
    house.hear(failed(run, 1, "09:20:00"), "09:20:00");
    assert_eq!(house.turn(at("10:00:00")).start.len(), 1);
    let run = house.get(run);
    assert_eq!(run.outcome, Some(Outcome::Cancelled));
    assert_eq!(run.reason.as_deref(), Some("replaced by the slot of 2026-11-21 10:00:00 UTC"));
}

#[test]
fn r5_each_attempt_gets_what_is_left_of_the_deadline_and_none_begins_after_it() {
    let house = House::retrying("9 delay=10m");
    house.set("deadline", "30m");
    house.set("timeout", "25m");
    let run = house.start("09:00:00");
    let left = |orders: &Orders| {
        let [Launch { spec, .. }] = orders.start.as_slice() else { panic!("{orders:?}") };
        (spec.timeout(), spec.deadline())
    };
    house.hear(failed(run, 1, "09:04:00"), "09:04:00");
    let minutes = |n: u64| Some(Duration::from_secs(60 * n));
    assert_eq!(left(&house.turn(at("09:14:00"))), (minutes(25), minutes(16)));
    house.hear(failed(run, 2, "09:20:00"), "09:20:00");
    let run = house.get(run);
    assert_eq!(run.outcome, Some(Outcome::Failed(1)));
    let why = format!("no retry at {}: its deadline of 30m over all attempts is over by then", said("09:30:00"));
    assert_eq!(run.reason, Some(why));
}

#[test]
fn r5_what_the_deadline_ends_timed_out_says_so_and_is_not_tried_again() {
    let house = House::retrying("9 on=timeout");
    house.set("deadline", "1h");
    let cut = |run: RunId, cause: StopCause, now: &str| {
        house.hear(ended(run, 1, Ended::Exited(143), Some(cause), at(now)), now);
        house.get(run)
    };
    let first = house.start("09:00:00");
    assert_eq!(cut(first, StopCause::Timeout, "09:10:00").state, RunState::WaitingRetry);
    let second = house.start("12:00:00");
    let run = cut(second, StopCause::Deadline, "13:00:00");
    assert_eq!(run.outcome, Some(Outcome::TimedOut));
    assert_eq!(run.reason.as_deref(), Some("its deadline of 1h over all attempts was over"));
}

#[test]
fn r5_an_attempt_that_waits_for_admission_when_the_deadline_is_over_is_not_begun() {
    let house = House::retrying("9 delay=1m");
    house.set("deadline", "1h");
    let run = house.start("09:00:00");
    // It waits behind another run of the task.
    house.hear(failed(run, 1, "09:50:00"), "09:50:00");
    house.start("09:50:30");
    let orders = house.turn(at("09:51:00"));
    assert_eq!((house.get(run).state, house.get(run).attempt), (RunState::Queued, 2));
    assert_eq!((orders.start.len(), orders.next), (0, Some(at("10:00:00"))), "it wakes for the deadline");
    house.turn(at("10:00:00"));
    let run = house.get(run);
    assert_eq!((run.outcome, run.finished_at), (Some(Outcome::Failed(1)), Some(at("09:50:00"))));
    assert_eq!(run.reason.as_deref(), Some("no more attempts: its deadline of 1h over all attempts was over"));
}

#[test]
fn t2_r6_the_wait_and_the_deadline_count_elapsed_time_when_the_clock_is_set() {
    for hours in [-48, -1, 1, 48] {
        let house = House::retrying("9 delay=1m");
        house.set("deadline", "10m");
        let run = house.start("09:00:00");
        house.hear(failed(run, 1, "09:05:00"), "09:05:00");
        // The machine has been up for half a minute more, and the clock shows something else.
        let up = |time: &str| at(time).as_microsecond();
        let set = |time: &str| at(time) + SignedDuration::from_hours(hours);
        house.turn_with(Vec::new(), set("09:05:30"), up("09:05:30"));
        assert_eq!(house.get(run).retry_at, Some(set("09:06:00")), "{hours}");
        let orders = house.turn_with(Vec::new(), set("09:06:00"), up("09:06:00"));
        let spec = &orders.start.iter().find(|launch| launch.spec.run == run).unwrap().spec;
        assert_eq!((spec.attempt, spec.deadline()), (2, Some(Duration::from_secs(4 * 60))), "{hours}");
    }
}

#[test]
fn r6_r10_conditions_are_asked_before_the_first_attempt_only() {
    let house = House::new(Overlap::Skip, "0 * * * *");
    house.set("if", "load<4");
    house.set("retry", "1 delay=10s");
    assert_eq!(house.turn(at("10:00:00")).check.len(), 1);
    let run = house.runs()[0].id;
    house.hear(Fact::Checked(run, Ok(crate::script::env::Fit::Plain)), "10:00:01");
    house.hear(failed(run, 1, "10:00:02"), "10:00:02");
    let orders = house.turn(at("10:00:12"));
    assert_eq!((orders.check.len(), orders.start.len()), (0, 1));
}

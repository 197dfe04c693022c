//! The store against a real file: pages, slots, runs, two writers, and the plans of every query that a screen makes.

use crate::store::schedules::Which;
use std::sync::Mutex;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::changes::{self, Step};
use super::order::Order;
use super::{
    From, Reader, Store, StoreError, attempts, health, history, outputs, overview, pauses, runs, schedules, slots,
    tasks, trash, upstreams, why,
};
use crate::domain::after;
use crate::domain::change::By;
use crate::domain::filter::{Asker, Filter};
use crate::domain::keep::Limit;
use crate::domain::run::{Attempt, Outcome, RunState, Trigger, Usage};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::task::{Definition, Overlap, Priority, Work};
use crate::domain::timeline::Span;
use crate::domain::when::When;
use crate::domain::why::{Entry, NO_SCHEDULE};
use crate::domain::{RunId, ScheduleId, TaskId};

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(super) fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("tempo.db")).unwrap();
    (folder, store)
}

pub(super) fn command(name: &str) -> Definition {
    Definition::new(name, Work::Command("true".to_owned()))
}

pub(super) fn add(store: &Store, name: &str) -> TaskId {
    let definition = command(name);
    store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id
}

fn waiting(db: &super::Db) -> Vec<RunId> {
    let mut order = Vec::new();
    runs::waiting(db, |waiting| {
        order.push(waiting.run);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    order
}

pub(super) fn every(seconds: u64) -> When {
    When::every(std::time::Duration::from_secs(seconds)).unwrap()
}

#[test]
fn a_task_comes_back_as_it_was_defined() {
    let (_folder, store) = store();
    let mut definition = command("Back up");
    definition.tags = vec!["home".to_owned(), "nas".to_owned()];
    definition.priority = Priority::new(2).unwrap();
    definition.execution.overlap = Overlap::Parallel(3);
    definition.execution.timeout = Some(std::time::Duration::from_secs(90));
    definition.execution.env.insert("A".to_owned(), "b c".to_owned());
    definition.due_at = Some(at(99));
    let wanted = definition.clone();
    let task = store.write(move |db| tasks::add(db, &definition, at(0))).unwrap();
    assert_eq!(task.definition, wanted);
    assert_eq!(task.slug, "back-up");
    let db = store.reader().unwrap();
    assert_eq!(tasks::get(&db, task.id).unwrap(), task);
    assert_eq!(tasks::find(&db, "back").unwrap(), task);
    assert_eq!(tasks::find(&db, &task.id.to_string()).unwrap(), task);
}

#[test]
fn a_reference_that_fits_several_tasks_is_refused_with_their_names() {
    let (_folder, store) = store();
    add(&store, "backup-db");
    add(&store, "backup-photos");
    let db = store.reader().unwrap();
    let e = tasks::find(&db, "backup").unwrap_err();
    assert!(matches!(&e, StoreError::Refused(text) if text.contains("backup-db, backup-photos")), "{e}");
    assert!(matches!(tasks::find(&db, "restore"), Err(StoreError::NotFound(_))));
}

#[test]
fn s5_a_deleted_task_keeps_its_history_frees_its_slug_and_comes_back_armed() {
    let (_folder, store) = store();
    let id = add(&store, "Job");
    let run = store
        .write(move |db| {
            schedules::add(db, id, &every(60), "UTC", at(0))?;
            runs::queue(db, id, Trigger::Manual, None, &[], at(1))
        })
        .unwrap();
    store.write(move |db| tasks::delete(db, id, at(2))).unwrap();
    let db = store.reader().unwrap();
    assert_eq!(schedules::next_at(&db, Which::All).unwrap(), None);
    assert!(matches!(tasks::find(&db, "job"), Err(StoreError::InTrash { .. })));
    assert_eq!(runs::get(&db, run).unwrap().slug, "job");
    add(&store, "Job");
    let back = store.write(move |db| tasks::restore(db, id, at(600))).unwrap();
    assert_eq!(back.slug, "job-2");
    assert_eq!(
        schedules::next_at(&db, Which::All).unwrap(),
        Some(at(660)),
        "what lies before the restoring is not made up for"
    );
}

#[test]
fn t6_resuming_never_counts_as_missed() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let schedule = store.write(move |db| schedules::add(db, id, &every(10), "UTC", at(0))).unwrap();
    assert_eq!(schedule.next_at, Some(at(10)));
    store.write(move |db| tasks::set_paused(db, id, true, at(5))).unwrap();
    let db = store.reader().unwrap();
    assert_eq!(schedules::due(&db, Which::All, at(1000), 10).unwrap(), []);
    store.write(move |db| tasks::set_paused(db, id, false, at(1001))).unwrap();
    assert_eq!(schedules::due(&db, Which::All, at(1009), 10).unwrap(), []);
    let due = schedules::due(&db, Which::All, at(1010), 10).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].schedule.next_at, Some(at(1010)));
}

#[test]
fn t3_what_was_due_before_a_pause_and_still_undecided_is_missed_and_has_its_row() {
    let (_folder, store) = store();
    let id = add(&store, "a");
    store.write(move |db| schedules::add(db, id, &every(10), "UTC", at(0))).unwrap();
    store.write(move |db| tasks::set_paused(db, id, true, at(25))).unwrap();
    store.write(move |db| tasks::set_paused(db, id, false, at(45))).unwrap();
    store.write(move |db| tasks::delete(db, id, at(50))).unwrap();
    let db = store.reader().unwrap();
    let slots = slots::of_task(&db, id, 9).unwrap();
    let found: Vec<_> = slots.iter().map(|s| (s.due_at, s.decision, s.reason.as_deref().unwrap_or_default())).collect();
    let paused = "the task was paused before Tempo got to it";
    assert_eq!(
        found,
        [
            (at(50), Decision::Missed, "the task was deleted before Tempo got to it"),
            (at(20), Decision::Missed, paused),
            (at(10), Decision::Missed, paused),
        ]
    );
}

#[test]
fn t3_another_schedule_or_another_resume_leaves_what_is_due_to_the_engine() {
    let (_folder, store) = store();
    let id = add(&store, "a");
    store.write(move |db| schedules::add(db, id, &every(10), "UTC", at(0))).unwrap();
    store.write(move |db| schedules::add(db, id, &every(60), "UTC", at(25))).unwrap();
    store.write(move |db| tasks::set_paused(db, id, false, at(26))).unwrap();
    let db = store.reader().unwrap();
    let due = schedules::due(&db, Which::All, at(26), 9).unwrap();
    assert_eq!(due.iter().map(|due| due.schedule.next_at).collect::<Vec<_>>(), [Some(at(10))]);
}

#[test]
fn t3_a_slot_is_decided_once_and_the_second_decision_undoes_its_whole_change() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let schedule = store.write(move |db| schedules::add(db, id, &every(10), "UTC", at(0))).unwrap();
    let decide = move |db: &super::Db| {
        let run = runs::queue(db, id, Trigger::Schedule, Some((schedule.id, at(10))), &[], at(10))?;
        slots::decide(
            db,
            &Slot {
                schedule: schedule.id,
                due_at: at(10),
                zone: "UTC".to_owned(),
                civil: "2027-01-15T08:00:10".to_owned(),
                decision: Decision::Run,
                reason: None,
                run: Some(run),
                decided_at: at(10),
            },
        )
    };
    store.write(decide).unwrap();
    assert!(store.write(decide).is_err());
    let db = store.reader().unwrap();
    assert_eq!(runs::page(&db, Some(id), &From::Start, 10).unwrap().len(), 1);
    assert!(slots::is_decided(&db, schedule.id, at(10)).unwrap());
    assert_eq!(slots::of_task(&db, id, 5).unwrap().len(), 1);
}

#[test]
fn t2_a_watermark_only_moves_forward() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let schedule = store.write(move |db| schedules::add(db, id, &every(10), "UTC", at(0))).unwrap();
    for watermark in [at(100), at(50)] {
        let schedule = schedule.clone();
        store.write(move |db| schedules::advance(db, &schedule, watermark, Some(at(110)))).unwrap();
    }
    let db = store.reader().unwrap();
    assert_eq!(schedules::of_task(&db, id).unwrap()[0].watermark, at(100));
}

#[test]
fn r1_a_run_goes_through_its_states_and_ends_once() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let run = store.write(move |db| runs::queue(db, id, Trigger::Manual, None, &["x".to_owned()], at(0))).unwrap();
    let db = store.reader().unwrap();
    let state = |db: &Reader| runs::get(db, run).unwrap().state;
    assert_eq!(state(&db), RunState::Queued);
    store.write(move |db| runs::starting(db, run, "boot")).unwrap();
    assert_eq!(state(&db), RunState::Starting);
    store.write(move |db| runs::running(db, run, 1, at(1))).unwrap();
    assert_eq!(state(&db), RunState::Running);
    assert_eq!(store.write(move |db| runs::request_stop(db, run, false, at(2))).unwrap(), runs::StopRequest::Noted);
    assert_eq!(runs::stop_requests(&db).unwrap(), [(run, false)]);
    store.write(move |db| runs::request_stop(db, run, false, at(2))).unwrap();
    assert_eq!(runs::stop_requests(&db).unwrap(), [(run, true)], "a second request kills (R4)");
    let attempt = Attempt {
        number: 1,
        started_at: Some(at(1)),
        ended_at: Some(at(3)),
        outcome: Outcome::Cancelled,
        exit_code: Some(143),
        signal: None,
        usage: Some(Usage {
            cpu: std::time::Duration::from_millis(5),
            max_rss_bytes: 1000,
            peak_bytes: 3000,
            samples: 2,
            output_bytes: 12,
        }),
        dropped_bytes: 0,
        strays: 0,
        limits: Some("memory 512M by rlimit and watchdog".to_owned()),
        reason: Some("it was killed".to_owned()),
    };
    let ended = attempt.clone();
    store.write(move |db| runs::finish(db, run, Outcome::Cancelled, Some(&ended), Some("stopped"), at(4))).unwrap();
    store.write(move |db| runs::finish(db, run, Outcome::Lost, None, None, at(5))).unwrap();
    let ended = runs::get(&db, run).unwrap();
    assert_eq!((ended.state, ended.outcome), (RunState::Finished, Some(Outcome::Cancelled)));
    assert_eq!((ended.started_at, ended.finished_at, ended.usage), (Some(at(1)), Some(at(3)), attempt.usage));
    assert_eq!(ended.limits, attempt.limits, "R7");
    assert_eq!(attempts::of_run(&db, run).unwrap(), [attempt]);
    assert_eq!(runs::args(&db, run).unwrap(), ["x"]);
    assert_eq!(runs::stop_requests(&db).unwrap(), []);
}

#[test]
fn r4_stopping_a_queued_run_takes_it_out_of_the_queue() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let run = store.write(move |db| runs::queue(db, id, Trigger::Manual, None, &[], at(0))).unwrap();
    assert_eq!(store.write(move |db| runs::request_stop(db, run, false, at(1))).unwrap(), runs::StopRequest::Dequeued);
    let db = store.reader().unwrap();
    assert_eq!(runs::get(&db, run).unwrap().outcome, Some(Outcome::Cancelled));
    assert_eq!(waiting(&db), []);
}

#[test]
fn r4_who_stops_a_run_that_is_being_timed_out_is_heard() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let reason = |by_hand: bool, said: Option<&'static str>| {
        let run = store.write(move |db| runs::queue(db, id, Trigger::Manual, None, &[], at(0))).unwrap();
        store
            .write(move |db| {
                runs::starting(db, run, "boot")?;
                runs::running(db, run, 1, at(1))?;
                if by_hand {
                    runs::request_stop(db, run, false, at(2))?;
                }
                runs::finish(db, run, Outcome::TimedOut, None, said, at(3))
            })
            .unwrap();
        runs::get(&store.reader().unwrap(), run).unwrap().reason
    };
    assert_eq!(reason(false, None), None);
    assert_eq!(reason(true, None).as_deref(), Some("stopped by hand meanwhile"));
    assert_eq!(reason(true, Some("it was killed")).as_deref(), Some("it was killed; stopped by hand meanwhile"));
}

#[test]
fn pages_run_through_the_whole_list_in_both_directions_without_gaps() {
    let (_folder, store) = store();
    let names: Vec<String> = (0..57).map(|n| format!("task-{n:03}")).collect();
    store
        .write({
            let names = names.clone();
            move |db| names.iter().try_for_each(|name| tasks::add(db, &command(name), at(0)).map(drop))
        })
        .unwrap();
    let db = store.reader().unwrap();
    let mut seen = Vec::new();
    let mut from = From::Start;
    loop {
        let page = tasks::page(&db, &from, 10).unwrap();
        let Some(last) = page.last() else { break };
        from = From::After(last.slug.clone());
        seen.extend(page.into_iter().map(|row| row.slug));
    }
    assert_eq!(seen, names);
    let end = tasks::page(&db, &From::End, 10).unwrap();
    assert_eq!(end.last().unwrap().slug, "task-056");
    let before = tasks::page(&db, &From::Before(end[0].slug.clone()), 3).unwrap();
    assert_eq!(before.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>(), ["task-044", "task-045", "task-046"]);
    let around = tasks::page(&db, &From::At("task-0445".to_owned()), 1).unwrap();
    assert_eq!(around[0].slug, "task-045");
    let asker = Asker::new(TimeZone::UTC, at(0), None);
    let found = |text: &str| {
        let filter = Filter::containing(text);
        db.finder().page(&db, (&filter, &asker), Order::Name, &From::Start, 100).unwrap().len()
    };
    assert_eq!(found("sk-01"), 10);
    assert_eq!(found("100%_"), 0);
}

#[test]
fn s1_two_processes_write_at_once_and_nobody_is_refused() {
    // Two stores on one file are two writers with a connection of their own, as two processes are.
    let (folder, first) = store();
    let second = Store::open(&folder.path().join("tempo.db")).unwrap();
    let id = add(&first, "job");
    let writers: Vec<_> = [first.clone(), second.clone(), first.clone(), second]
        .into_iter()
        .map(|store| {
            std::thread::spawn(move || {
                for _ in 0..50 {
                    store.write(move |db| runs::queue(db, id, Trigger::Manual, None, &[], at(0))).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(runs::count(&first.reader().unwrap(), Some(id), 1000).unwrap(), 200);
}

#[test]
fn a_change_that_fails_does_not_take_its_neighbours_in_the_same_commit_with_it() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    let (started, go) = std::sync::mpsc::channel::<()>();
    let blocker = std::thread::spawn({
        let store = store.clone();
        move || store.write(move |_| go.recv().map_err(|e| StoreError::Refused(e.to_string())))
    });
    let others: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            std::thread::spawn(move || {
                store.write(move |db| {
                    runs::queue(db, id, Trigger::Manual, None, &[], at(n))?;
                    if n % 2 == 0 { Ok(()) } else { Err(StoreError::Refused("no".to_owned())) }
                })
            })
        })
        .collect();
    started.send(()).unwrap();
    blocker.join().unwrap().unwrap();
    let good = others.into_iter().filter_map(|other| other.join().unwrap().ok()).count();
    assert_eq!(good, 4);
    assert_eq!(runs::count(&store.reader().unwrap(), Some(id), 1000).unwrap(), 4);
}

#[test]
fn a_commit_wakes_every_watch_and_a_change_of_nothing_wakes_none() {
    let (folder, store) = store();
    let other = Store::open(&folder.path().join("tempo.db")).unwrap();
    let watch = other.watch().unwrap();
    watch.drain();
    add(&store, "job");
    assert!(watch.wait(Some(std::time::Duration::from_secs(10))).unwrap());
    store.write(|db| schedules::next_at(db, Which::All)).unwrap();
    assert!(!watch.drain(), "nothing was changed");
}

#[test]
fn r3_the_queue_is_ordered_by_priority_and_then_by_age() {
    let (_folder, store) = store();
    let mut urgent = command("urgent");
    urgent.priority = Priority::new(1).unwrap();
    let normal = add(&store, "normal");
    let urgent = store.write(move |db| tasks::add(db, &urgent, at(0))).unwrap().id;
    let queue = |task| store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], at(0))).unwrap();
    let (a, b, c) = (queue(normal), queue(normal), queue(urgent));
    assert_eq!(waiting(&store.reader().unwrap()), [c, a, b]);
}

#[test]
fn r12_a_task_is_late_from_its_time_on_until_it_succeeds_and_never_while_it_rests() {
    let (_folder, store) = store();
    let mut definition = command("job");
    definition.execution.expect_by = Some("1h".parse().unwrap());
    let id = store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id;
    store
        .write(move |db| {
            let late = |db: &super::Db| -> super::Result<Option<Timestamp>> { Ok(tasks::get(db, id)?.late_since) };
            assert_eq!(health::next_expected(db)?, Some(at(3600)));
            assert_eq!(health::overdue(db, at(3599))?, []);
            let overdue = health::overdue(db, at(4000))?;
            assert_eq!(
                (overdue[0].slug.as_str(), overdue[0].since),
                ("job", at(3600)),
                "since then, whenever it was seen"
            );
            assert_eq!((health::next_expected(db)?, late(db)?), (None, Some(at(3600))));
            assert_eq!(health::overdue(db, at(9000))?, [], "it is said once");
            health::failed(db, id)?;
            assert_eq!(late(db)?, Some(at(3600)));
            health::succeeded(db, id, at(5000))?;
            assert_eq!((health::next_expected(db)?, late(db)?), (Some(at(8600)), None));
            tasks::set_paused(db, id, true, at(6000))?;
            assert_eq!(health::next_expected(db)?, None);
            tasks::set_paused(db, id, false, at(7000))?;
            assert_eq!(health::next_expected(db)?, Some(at(10_600)), "the rest does not count");
            health::overdue(db, at(11_000))?;
            tasks::delete(db, id, at(11_000))?;
            assert_eq!(health::late(db, 9)?, []);
            tasks::restore(db, id, at(12_000))?;
            assert_eq!(health::next_expected(db)?, Some(at(15_600)));
            let mut definition = tasks::get(db, id)?.definition;
            definition.execution.expect_by = None;
            tasks::set(db, id, &definition, at(12_001))?;
            assert_eq!(health::next_expected(db)?, None);
            Ok(())
        })
        .unwrap();
}

#[test]
fn r12_a_day_is_met_by_a_success_before_its_time_and_a_late_one_is_for_its_own_day() {
    let (_folder, store) = store();
    let mut definition = command("job");
    definition.execution.expect_by = Some("06:00".parse().unwrap());
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    let begun = instant("2027-01-10T12:00:00Z");
    let id = store.write(move |db| tasks::add(db, &definition, begun)).unwrap().id;
    store
        .write(move |db| {
            // In the zone of its schedule, not of this machine.
            schedules::add(
                db,
                id,
                &When::parse("0 2 * * *", &jiff::tz::TimeZone::UTC, begun).unwrap(),
                "Asia/Tokyo",
                begun,
            )?;
            assert_eq!(health::next_expected(db)?, Some(instant("2027-01-10T21:00:00Z")));
            health::succeeded(db, id, instant("2027-01-10T17:05:00Z"))?;
            assert_eq!(health::next_expected(db)?, Some(instant("2027-01-11T21:00:00Z")));
            health::overdue(db, instant("2027-01-11T21:00:00Z"))?;
            health::succeeded(db, id, instant("2027-01-11T22:00:00Z"))?;
            assert_eq!(health::next_expected(db)?, Some(instant("2027-01-12T21:00:00Z")), "the next day counts");
            Ok(())
        })
        .unwrap();
}

#[test]
fn r12_failures_in_a_row_are_counted_up_to_the_pause_and_forgotten_by_success_and_resumption() {
    let (_folder, store) = store();
    let mut definition = command("job");
    definition.execution.pause_after = std::num::NonZeroU32::new(2);
    let id = store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id;
    store
        .write(move |db| {
            assert_eq!(health::failed(db, id)?, None);
            health::succeeded(db, id, at(1))?;
            assert_eq!(health::failed(db, id)?, None);
            assert_eq!(health::failed(db, id)?, Some(2));
            tasks::pause_because(db, id, "failed 2 times in a row", at(2))?;
            assert_eq!(health::failed(db, id)?, None, "it is paused already");
            let row = &tasks::page(db, &From::Start, 1)?[0];
            assert_eq!((row.paused, row.pause_reason.as_deref()), (true, Some("failed 2 times in a row")));
            tasks::set_paused(db, id, false, at(3))?;
            assert_eq!(tasks::get(db, id)?.failures, 0);
            tasks::set_paused(db, id, true, at(4))?;
            assert_eq!(tasks::page(db, &From::Start, 1)?[0].pause_reason, None, "a person needs no reason");
            Ok(())
        })
        .unwrap();
}

#[test]
fn t3_the_past_is_paged_from_both_ends_over_all_schedules_and_rests_with_their_ties() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    store
        .write(move |db| {
            for n in 0..3 {
                let schedule = schedules::add(db, id, &every(60), "UTC", at(0))?.id;
                for minute in 1..=40 {
                    // Every slot is shared by some of them.
                    if minute % (n + 1) == 0 {
                        let slot = Slot {
                            schedule,
                            due_at: at(60 * minute),
                            zone: "UTC".to_owned(),
                            civil: String::new(),
                            decision: Decision::Missed,
                            reason: Some("no".to_owned()),
                            run: None,
                            decided_at: at(60 * minute),
                        };
                        slots::decide(db, &slot)?;
                    }
                }
            }
            for rest in [6, 12, 30] {
                pauses::begin(db, id, None, at(60 * rest))?;
                pauses::end(db, id, at(60 * rest + 90))?;
            }
            Ok(())
        })
        .unwrap();
    let db = store.reader().unwrap();
    let all: Vec<_> = why::page(&db, id, &From::Start, 1000).unwrap().iter().map(Entry::key).collect();
    assert_eq!(all.len(), 40 + 20 + 13 + 3);
    assert!(all.is_sorted_by(|newer, older| newer > older));
    for size in [1, 7] {
        let mut down = why::page(&db, id, &From::Start, size).unwrap().iter().map(Entry::key).collect::<Vec<_>>();
        loop {
            let page = why::page(&db, id, &From::After(down[down.len() - 1]), size).unwrap();
            if page.is_empty() {
                break;
            }
            down.extend(page.iter().map(Entry::key));
        }
        assert_eq!(down, all);
        let mut up = why::page(&db, id, &From::End, size).unwrap().iter().map(Entry::key).collect::<Vec<_>>();
        loop {
            let page = why::page(&db, id, &From::Before(up[0]), size).unwrap();
            if page.is_empty() {
                break;
            }
            up.splice(0..0, page.iter().map(Entry::key));
        }
        assert_eq!(up, all);
    }
    let at_six = why::page(&db, id, &From::At((at(360), ScheduleId(1))), 2).unwrap();
    assert_eq!(at_six.iter().map(Entry::key).collect::<Vec<_>>(), [(at(360), ScheduleId(1)), (at(360), NO_SCHEDULE)]);
    let pause = pauses::newest(&db, id, None).unwrap().unwrap();
    assert_eq!((pause.from, pause.until), (at(1800), Some(at(1890))));
}

/// What keeping outputs within their limits asks of the store (O3).
fn outputs_of(tx: &super::Db, id: TaskId, run: RunId) {
    assert_eq!(outputs::unmeasured(tx, 9).unwrap(), [(run, id)]);
    outputs::measured(tx, run, 4096).unwrap();
    assert_eq!(outputs::total(tx).unwrap(), 4096);
    assert_eq!(outputs::beyond(tx, id, 1, 9).unwrap(), []);
    let oldest = outputs::oldest(tx, None, 9).unwrap();
    assert_eq!((oldest[0].run, oldest[0].stays), (run, true));
    assert_eq!(outputs::oldest(tx, Some((at(62), run)), 9).unwrap(), []);
    assert_eq!(outputs::kept_after(tx, TaskId(0), RunId(0), 9).unwrap(), [(id, run)]);
    assert_eq!(outputs::kept_after(tx, id, run, 9).unwrap(), []);
    assert!(runs::exists(tx, run).unwrap());
    outputs::removed(tx, run, Limit::Runs(1), at(63)).unwrap();
}

#[test]
fn o3_what_outputs_take_is_known_whatever_becomes_of_their_runs() {
    let (_folder, store) = store();
    let id = add(&store, "job");
    store
        .write(move |db| {
            let runs: Vec<RunId> = (0..6)
                .map(|n| {
                    let run = runs::queue(db, id, Trigger::Manual, None, &[], at(n))?;
                    runs::finish(db, run, Outcome::Succeeded, None, None, at(n))?;
                    outputs::measured(db, run, 10 * (n as u64 + 1))?;
                    Ok(run)
                })
                .collect::<super::Result<_>>()?;
            assert_eq!(outputs::total(db)?, 210);
            assert_eq!(outputs::beyond(db, id, 4, 9)?, runs[..2]);
            assert_eq!(outputs::beyond(db, id, 0, 9)?, runs[..5], "the newest stays");
            outputs::removed(db, runs[0], Limit::Runs(4), at(9))?;
            assert_eq!((outputs::total(db)?, outputs::beyond(db, id, 4, 9)?), (200, vec![runs[1]]));
            let removed = runs::get(db, runs[0])?.removed.unwrap();
            assert_eq!((removed.at, removed.by.as_str()), (at(9), "kept: 4 runs per task"));
            let oldest = outputs::oldest(db, None, 9)?;
            assert_eq!(oldest.iter().map(|kept| kept.run).collect::<Vec<_>>(), runs[1..]);
            assert_eq!(oldest.iter().filter(|kept| kept.stays).map(|kept| kept.run).collect::<Vec<_>>(), runs[5..]);
            let seen = (oldest[1].finished_at, oldest[1].run);
            assert_eq!(outputs::oldest(db, Some(seen), 1)?[0].run, runs[3]);
            tasks::delete(db, id, at(10))?;
            trash::empty(db, at(40 * 24 * 3600))?;
            assert_eq!((outputs::total(db)?, runs::exists(db, runs[5])?), (0, false));
            Ok(())
        })
        .unwrap();
}

/// What the strips, the timeline and the details are made of.
fn graphs(tx: &super::Db, id: TaskId, schedule: ScheduleId) {
    history::strip(tx, id, 10).unwrap();
    let span = Span { from: at(-60), cell: SignedDuration::from_secs(60), cells: 3 };
    history::past(tx, id, &[schedule], &span, at(60)).unwrap();
    history::instants(tx, id, at(0), 10).unwrap();
    history::last_good(tx, RunId(1)).unwrap();
    tasks::groups(tx, id).unwrap();
    schedules::at_rest(tx, 10).unwrap();
}

/// The list in every order, from each side.
fn ordered(tx: &super::Db, id: TaskId) {
    for order in Order::ALL {
        let place = tasks::place(tx, id, *order).unwrap().unwrap();
        let sides = [From::After(place.clone()), From::Before(place.clone()), From::At(place)];
        for side in [From::Start, From::End].into_iter().chain(sides) {
            tasks::ordered(tx, *order, &side, 10).unwrap();
        }
    }
}

/// What the end of a run asks of the store when another task is to run after it (R11).
fn follow(tx: &super::Db, id: TaskId, next: TaskId, run: RunId) {
    let mut definition = command("next");
    definition.execution.after = after::parse("job").unwrap();
    tasks::set(tx, next, &definition, at(62)).unwrap();
    let complete = upstreams::ended(tx, id, run, Outcome::Succeeded).unwrap();
    assert_eq!(complete, [(next, format!("#{run} of job"))]);
    runs::queue_after(tx, next, &complete[0].1, at(62)).unwrap();
    runs::skip_after(tx, next, &complete[0].1, "", at(62)).unwrap();
    runs::newest_after(tx, next).unwrap();
    runs::cancel_held_after(tx, next, "", at(62)).unwrap();
    upstreams::downstream(tx, id).unwrap();
    upstreams::has_any(tx, next).unwrap();
    definition.execution.after = after::parse("jib").unwrap();
    assert!(tasks::set(tx, next, &definition, at(62)).is_err());
}

/// What waits for what, what opens a to-do, and what people note (A3).
fn people_of(db: &super::Db, id: TaskId, run: RunId) {
    use super::{dependencies, incidents, notes};
    let mut waits = command("waits");
    waits.depends_on = crate::domain::dependency::parse("job").unwrap();
    let waits = tasks::add(db, &waits, at(63)).unwrap().id;
    assert_eq!(dependencies::waits(db, waits).unwrap().as_deref(), Some("job to succeed"));
    assert_eq!(dependencies::waiting_for(db, id).unwrap(), ["waits"]);
    assert_eq!(dependencies::bereaved(db, id).unwrap(), ["waits"]);
    let queued = runs::queue(db, waits, Trigger::Manual, None, &[], at(63)).unwrap();
    assert!(!dependencies::clear(db, queued, waits, at(63)).unwrap());
    db.execute("UPDATE tasks SET succeeded_at = 9223372036854775807 WHERE id = ?1", [id.0]).unwrap();
    assert!(dependencies::clear(db, queued, waits, at(63)).unwrap());
    runs::cancel_blocked(db, waits, "", at(63)).unwrap();
    runs::request_stop(db, queued, false, at(63)).unwrap();
    assert_eq!(incidents::failing(db).unwrap(), []);
    incidents::opened(db, id, waits).unwrap();
    assert_eq!(incidents::closed(db, id).unwrap(), None);
    let note = notes::add(db, id, "", Some(run), at(63)).unwrap();
    notes::of_task(db, id).unwrap();
    notes::spent(db, id, at(63)).unwrap();
    Step::new(By::Cli, at(63)).unnote(db, id, note).unwrap();
}

static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Lets an attempt of a run fail, and the next one wait for its time and for admission.
fn try_again(db: &super::Db, task: TaskId, run: RunId) {
    attempts::deadline_from(db, run, at(61)).unwrap();
    attempts::standing(db, run).unwrap();
    schedules::next_of(db, task).unwrap();
    attempts::wait(db, run, &Attempt::unknown(1, Outcome::Lost, "gone"), at(62), "again").unwrap();
    assert_eq!(attempts::next(db).unwrap(), Some(at(62)));
    attempts::move_waits(db, 0, 100).unwrap();
    assert_eq!(attempts::waiting(db, task).unwrap(), [run]);
    attempts::release(db, at(62)).unwrap();
    attempts::next_overdue(db).unwrap();
    attempts::overdue(db, at(62)).unwrap();
    attempts::last(db, run).unwrap();
    assert_eq!(attempts::of_run(db, run).unwrap().len(), 1);
}

fn environment_of(db: &super::Db, task: TaskId) {
    use super::environments;
    environments::ask(db, task).unwrap();
    environments::sought(db, 10).unwrap();
    environments::after(db, task, 10).unwrap();
    environments::list(db, "", 10).unwrap();
    environments::get(db, task).unwrap();
    environments::builds(db, task).unwrap();
    environments::built(db).unwrap();
    environments::waited(db).unwrap();
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of queries")]
fn every_query_of_a_screen_or_of_the_engine_goes_through_an_index() {
    let (folder, store) = store();
    let (id, next) = (add(&store, "job"), add(&store, "next"));
    let schedule = store.write(move |db| schedules::add(db, id, &every(60), "UTC", at(0))).unwrap().id;
    let mut db = rusqlite::Connection::open(folder.path().join("tempo.db")).unwrap();
    db.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(|event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(_, sql) = event {
                STATEMENTS.lock().unwrap().push(sql.to_owned());
            }
        }),
    )
    .unwrap();
    let tx = db.unchecked_transaction().unwrap();
    let sides =
        [From::Start, From::End, From::After("a".to_owned()), From::Before("z".to_owned()), From::At("j".to_owned())];
    for side in sides {
        tasks::page(&tx, &side, 10).unwrap();
    }
    ordered(&tx, id);
    for side in [From::Start, From::End, From::After(RunId(9)), From::Before(RunId(0)), From::At(RunId(3))] {
        runs::page(&tx, None, &side, 10).unwrap();
        runs::page(&tx, Some(id), &side, 10).unwrap();
    }
    let key = (at(60), schedule);
    for side in [From::Start, From::End, From::After(key), From::Before(key), From::At(key)] {
        why::page(&tx, id, &side, 10).unwrap();
    }
    why::standing(&tx, id).unwrap();
    health::begin(&tx, id, at(0)).unwrap();
    health::failed(&tx, id).unwrap();
    health::succeeded(&tx, id, at(1)).unwrap();
    health::overdue(&tx, at(2)).unwrap();
    health::next_expected(&tx).unwrap();
    health::late(&tx, 10).unwrap();
    pauses::newest(&tx, id, Some(at(60))).unwrap();
    pauses::begin(&tx, id, None, at(60)).unwrap();
    pauses::end(&tx, id, at(61)).unwrap();
    tasks::find(&tx, "jo").unwrap();
    tasks::count(&tx).unwrap();
    tasks::with_secrets(&tx).unwrap();
    overview::read(&tx, at(0)).unwrap();
    schedules::agenda(&tx, None, 10).unwrap();
    graphs(&tx, id, schedule);
    schedules::due(&tx, Which::All, at(60), 10).unwrap();
    schedules::due_at_startup(&tx, "boot").unwrap();
    schedules::startup_has_been(&tx, "boot").unwrap();
    schedules::next_at(&tx, Which::All).unwrap();
    schedules::refresh(&tx, at(60)).unwrap();
    schedules::has_calendars(&tx).unwrap();
    schedules::set_options(&tx, schedule, &crate::domain::options::Options::default(), at(0)).unwrap();
    schedules::of_task(&tx, id).unwrap();
    slots::is_decided(&tx, ScheduleId(1), at(0)).unwrap();
    slots::of_task(&tx, id, 5).unwrap();
    let run = runs::queue(&tx, id, Trigger::Schedule, Some((schedule, at(60))), &[], at(60)).unwrap();
    assert_eq!(waiting(&tx), [run]);
    runs::live(&tx).unwrap();
    runs::stop_requests(&tx).unwrap();
    runs::pause_requests(&tx).unwrap();
    runs::unfinished(&tx, id).unwrap();
    runs::in_the_way(&tx, id).unwrap();
    runs::hold(&tx, run, at(70)).unwrap();
    runs::next_held(&tx).unwrap();
    runs::cancel_held(&tx, ScheduleId(99), "", at(70)).unwrap();
    runs::release(&tx, at(70)).unwrap();
    runs::starting(&tx, run, "boot").unwrap();
    runs::running(&tx, run, 1, at(61)).unwrap();
    try_again(&tx, id, run);
    runs::finish(&tx, run, Outcome::Succeeded, None, None, at(62)).unwrap();
    outputs_of(&tx, id, run);
    follow(&tx, id, next, run);
    environment_of(&tx, id);
    people_of(&tx, id, run);

    let mut step = Step::new(By::Cli, at(70));
    step.set_paused(&tx, id, true).unwrap();
    changes::list(&tx, at(71)).unwrap();
    changes::undo_of(&tx, id, at(71)).unwrap();
    changes::redo(&tx, at(71)).unwrap();
    changes::undo(&tx, at(71)).unwrap();
    trash::page(&tx, None, 10).unwrap();
    step.delete(&tx, id).unwrap();
    assert!(tasks::find(&tx, "job").is_err());
    trash::empty(&tx, at(40 * 24 * 3600)).unwrap();

    let statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
    assert!(statements.len() > 30, "{}", statements.len());
    // What FTS5 asks of its own tables is its business.
    let ours = |sql: &&String| !sql.starts_with("--") && !sql.contains(".'task_words_");
    for sql in statements.iter().filter(ours) {
        let mut explain = tx.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = explain.parameter_count();
        for parameter in 1..=count {
            explain.raw_bind_parameter(parameter, 1).unwrap();
        }
        let mut rows = explain.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let step: String = row.get(3).unwrap();
            // A scan along an index ends at the LIMIT; one of the table, or a sort, grows with the data.
            let along_an_index = step.contains("USING") || step.starts_with("SCAN (subquery") || step == "SCAN CONSTANT ROW"
                    // A row for each category, however many tasks it has.
                    || step == "SCAN categories";
            assert!(!step.starts_with("SCAN") || along_an_index, "{step}\n{sql}");
            // The few schedules of one task may be sorted.
            let few = sql.contains("FROM schedules") && sql.contains("task_id = ");
            assert!(few || !step.contains("TEMP B-TREE"), "{step}\n{sql}");
        }
    }
    let later = at(0).checked_add(SignedDuration::from_hours(1)).unwrap();
    assert!(schedules::due(&tx, Which::All, later, 1).unwrap().len() <= 1);
}

#[test]
fn s3_a_database_that_was_replaced_or_migrated_by_a_newer_tempo_is_written_no_more() {
    type Change = fn(&std::path::Path);
    let changes: [(Change, &str); 3] = [
        (|path| std::fs::rename(path, path.with_extension("moved")).unwrap(), "was replaced or moved"),
        (
            |path| {
                let copy = path.with_extension("copy");
                std::fs::copy(path, &copy).unwrap();
                std::fs::rename(copy, path).unwrap();
            },
            "was replaced or moved",
        ),
        (
            |path| {
                let db = rusqlite::Connection::open(path).unwrap();
                db.pragma_update(None, "user_version", super::SCHEMA_VERSION + 1).unwrap();
            },
            "a newer Tempo has changed",
        ),
    ];
    for (change, words) in changes {
        let (_folder, store) = store();
        add(&store, "before");
        let reader = store.reader().unwrap();
        store.check(&reader).unwrap();
        change(store.path());
        let definition = command("after");
        let e = store.write(move |db| super::tasks::add(db, &definition, at(1))).unwrap_err();
        assert!(e.is_final() && e.to_string().contains(words), "{e}");
        assert!(!super::tasks::has_slug(&reader, "after").unwrap());
        // It does not come back to life, and says so to whoever asks.
        assert!(store.check(&reader).unwrap_err().to_string().contains(words));
        assert!(store.write(|_| Ok(())).unwrap_err().to_string().contains(words));
    }
}

#[test]
fn sqlite_is_built_as_the_project_says() {
    let (_folder, store) = store();
    let db = store.reader().unwrap();
    let cache: i64 = db.query_row("PRAGMA cache_size", [], |row| row.get(0)).unwrap();
    let options: Vec<String> = db
        .prepare("PRAGMA compile_options")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(cache, -1024);
    assert!(options.iter().any(|option| option == "DEFAULT_MEMSTATUS=0"), "{options:?}");
}

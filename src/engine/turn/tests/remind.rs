//! Reminders over a real store (A4): each comes once, whatever is edited, restarted or set back meanwhile.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{House, at};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::message::Level;
use crate::domain::reminder;
use crate::domain::task::{Definition, Overlap, Status, Work};
use crate::store::changes::Step;
use crate::store::{From, changes, messages, reminders, tasks};

/// With a to-do of these reminders that is due then.
fn house(reminders: &str, due: Option<Timestamp>) -> (House, TaskId) {
    let house = House::new(Overlap::Skip, "0 0 1 1 *");
    let mut definition = Definition::new("Pay rent", Work::Todo(Status::Open));
    definition.reminders = reminder::parse(reminders, &TimeZone::UTC, at("09:00:00")).unwrap();
    definition.due_at = due;
    let task = house.store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id;
    (house, task)
}

impl House {
    /// A change by a person.
    fn edit(&self, task: TaskId, now: Timestamp, change: impl FnOnce(&mut Definition) + Send + 'static) {
        self.store
            .write(move |db| {
                let mut definition = tasks::get(db, task)?.definition;
                change(&mut definition);
                Step::new(By::Cli, now).define(db, task, &definition, &[])
            })
            .unwrap();
    }

    /// What was said of a task, the oldest first.
    fn told(&self, task: TaskId) -> Vec<String> {
        let db = self.store.reader().unwrap();
        let mut all = messages::page(&db, &From::Start, 1000).unwrap();
        all.reverse();
        let of_it = all.into_iter().filter(|told| told.task == Some(task));
        of_it.inspect(|told| assert_eq!(told.note.level, Level::Warn)).map(|told| told.note.text).collect()
    }
}

fn zone_free(texts: &[String]) -> Vec<&str> {
    texts.iter().map(|text| text.split(':').next().unwrap_or_default()).collect()
}

#[test]
fn a4_a_reminder_comes_at_its_instant_once_and_the_engine_sleeps_until_then() {
    let (house, task) = house("2h, 0s", Some(at("18:00:00")));
    assert_eq!(house.turn(at("10:00:00")).next, Some(at("16:00:00")));
    assert_eq!(house.told(task), Vec::<String>::new());
    assert_eq!(house.turn(at("16:00:00")).next, Some(at("18:00:00")));
    let said = house.told(task);
    assert!(said.len() == 1 && said[0].starts_with("reminder of pay-rent: due today "), "{said:?}");
    assert!(!said[0].contains("late"), "{said:?}");
    // Also when the clock is set back, or the engine starts again.
    house.turn(at("15:00:00"));
    house.turn(at("16:30:00"));
    assert_eq!(house.told(task).len(), 1);
    house.turn(at("18:00:10"));
    assert_eq!(house.told(task).len(), 2);
    let rows = reminders::of_task(&house.store.reader().unwrap(), task, 9).unwrap();
    let came: Vec<_> = rows.iter().map(|row| (row.at, row.fired_at)).collect();
    assert_eq!(came, [(at("16:00:00"), Some(at("16:00:00"))), (at("18:00:00"), Some(at("18:00:10")))]);
    assert_eq!(house.turn(at("19:00:00")).next, Some("2027-01-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn a4_after_downtime_it_comes_late_and_says_so_and_several_of_one_task_are_one_message() {
    let (one, of_one) = house("2h", Some(at("18:00:00")));
    one.turn(at("17:30:00"));
    let said = one.told(of_one);
    assert!(
        said.len() == 1 && said[0].contains(": due today ") && said[0].contains("(late: it was to come today "),
        "{said:?}"
    );
    let (several, of_several) = house("4h, 3h, 0s", Some(at("18:00:00")));
    several.turn(at("19:00:00"));
    let said = several.told(of_several);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].contains(": overdue since today ") && said[0].contains("(late: 3 were to come, the first today "),
        "{said:?}"
    );
}

#[test]
fn a4_a_due_time_that_is_moved_is_reminded_of_anew_and_an_unchanged_one_is_not() {
    let (house, task) = house("1h", Some(at("12:00:00")));
    house.turn(at("11:00:00"));
    house.edit(task, at("11:10:00"), |d| d.progress = 50);
    house.turn(at("11:10:00"));
    assert_eq!(house.told(task).len(), 1);
    house.edit(task, at("11:20:00"), |d| d.due_at = Some(at("14:00:00")));
    assert_eq!(house.turn(at("11:20:00")).next, Some(at("13:00:00")));
    house.turn(at("13:00:00"));
    assert_eq!(house.told(task).len(), 2);
    // Back to where it was: that was told of.
    house.edit(task, at("13:10:00"), |d| d.due_at = Some(at("12:00:00")));
    house.turn(at("13:10:00"));
    // What would have been before it was asked for does not come.
    house.edit(task, at("13:20:00"), |d| d.due_at = Some(at("14:10:00")));
    house.turn(at("13:20:00"));
    assert_eq!(house.told(task).len(), 2);
}

#[test]
fn a4_what_is_done_given_up_or_deleted_is_not_reminded_of_and_what_comes_back_is() {
    let (house, task) = house("1h", Some(at("12:00:00")));
    house.edit(task, at("10:00:00"), |d| d.work = Work::Todo(Status::Completed));
    assert_eq!(house.turn(at("10:00:00")).next, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    house.store.write(|db| changes::undo(db, at("10:10:00"))).unwrap();
    assert_eq!(house.turn(at("10:10:00")).next, Some(at("11:00:00")));
    house.store.write(move |db| Step::new(By::Cli, at("10:20:00")).delete(db, task)).unwrap();
    house.turn(at("11:30:00"));
    house.store.write(|db| changes::undo(db, at("11:40:00"))).unwrap();
    house.turn(at("11:40:00"));
    assert_eq!(house.told(task), Vec::<String>::new());
}

#[test]
fn a4_a_task_of_the_machine_with_a_due_time_is_reminded_of_too_and_one_without_at_the_instant_itself() {
    let house = House::new(Overlap::Skip, "0 0 1 1 *");
    house.edit(house.task, at("09:00:00"), |d| {
        d.due_at = Some(at("12:00:00"));
        d.reminders = reminder::parse("1h, 2026-11-21 9:30", &TimeZone::UTC, at("09:00:00")).unwrap();
    });
    house.turn(at("09:30:00"));
    house.turn(at("11:00:00"));
    assert_eq!(zone_free(&house.told(house.task)), ["reminder of job", "reminder of job"]);
    house.edit(house.task, at("11:10:00"), |d| {
        d.due_at = None;
        d.reminders.retain(|one| matches!(one, reminder::Reminder::At(_)));
    });
    house.edit(house.task, at("11:10:00"), |d| d.reminders.push(reminder::Reminder::At(at("11:20:00"))));
    house.turn(at("11:20:00"));
    assert_eq!(house.told(house.task)[2], "reminder of job");
}

#[derive(Debug, Clone)]
enum Deed {
    Turn(i64),
    Due(Option<i64>),
    Remind(Vec<i64>),
    Close(bool),
    Gone(bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (-30_i64..90).prop_map(Deed::Turn),
        2 => proptest::option::of(0_i64..300).prop_map(Deed::Due),
        2 => proptest::collection::vec(0_i64..120, 0..3).prop_map(Deed::Remind),
        1 => any::<bool>().prop_map(Deed::Close),
        1 => any::<bool>().prop_map(Deed::Gone),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Against a model of sets: armed while it is to come and wanted, told of in the first turn after it, never again.
    #[test]
    fn a4_each_reminder_comes_once_whatever_the_order_of_turns_and_edits(deeds in proptest::collection::vec(deed(), 1..25)) {
        let minute = |n: i64| at("09:00:00") + SignedDuration::from_mins(n);
        let (house, task) = house("", None);
        let (mut now, mut due, mut before, mut open, mut gone) = (0, None::<i64>, Vec::<i64>::new(), true, false);
        let (mut armed, mut told, mut messages) = (BTreeSet::new(), BTreeSet::new(), 0);
        for deed in deeds {
            match deed {
                Deed::Turn(minutes) => now = (now + minutes).max(0),
                Deed::Due(at) => due = at,
                Deed::Remind(ref minutes) => before.clone_from(minutes),
                Deed::Close(is) => open = !is,
                Deed::Gone(is) => gone = is,
            }
            match deed {
                Deed::Turn(_) => {
                    house.turn(minute(now));
                    let come: Vec<i64> = armed.iter().copied().filter(|at| *at <= now).collect();
                    messages += usize::from(!come.is_empty());
                    for at in &come { armed.remove(at); told.insert(*at); }
                }
                Deed::Gone(is) => {
                    let now = minute(now);
                    house.store.write(move |db| {
                        let there = !changes::is_deleted(db, task)?;
                        match (is, there) {
                            (true, true) => tasks::delete(db, task, now),
                            (false, false) => tasks::restore(db, task, now).map(drop),
                            _ => Ok(()),
                        }
                    }).unwrap();
                }
                _ if gone => {}
                _ => {
                    let status = if open { Status::Open } else { Status::Completed };
                    let (due, before) = (due.map(minute), before.clone());
                    house.edit(task, minute(now), move |d| {
                        d.work = Work::Todo(status);
                        d.due_at = due;
                        d.reminders = before.iter().map(|n| reminder::Reminder::Before(std::time::Duration::from_secs(60 * n.unsigned_abs()))).collect();
                    });
                }
            }
            // An edit of what is gone is none.
            let stored = tasks::get(&house.store.reader().unwrap(), task).unwrap().definition;
            let wanted: BTreeSet<i64> = if gone { BTreeSet::new() } else {
                stored.remind_at().into_iter().map(|at| at.duration_since(minute(0)).as_mins()).collect()
            };
            if !matches!(deed, Deed::Turn(_)) {
                armed = wanted.iter().copied().filter(|at| armed.contains(at) || (*at > now && !told.contains(at))).collect();
            }
            let rows = reminders::of_task(&house.store.reader().unwrap(), task, 1000).unwrap();
            let is = |fired: bool| rows.iter().filter(|row| row.fired_at.is_some() == fired)
                .map(|row| row.at.duration_since(minute(0)).as_mins()).collect::<BTreeSet<_>>();
            prop_assert_eq!(is(false), armed.clone());
            prop_assert_eq!(is(true), told.clone());
        }
        let said = messages::page(&house.store.reader().unwrap(), &From::Start, 1000).unwrap();
        prop_assert_eq!(said.iter().filter(|note| note.note.text.starts_with("reminder of")).count(), messages);
    }
}

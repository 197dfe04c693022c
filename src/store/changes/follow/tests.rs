//! Series over a real store: one open instance, whatever is done, undone and edited.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::{redo, undo, undo_of};
use super::*;
use crate::domain::change::By;
use crate::domain::recur::Recur;
use crate::domain::reminder;
use crate::domain::task::Definition;
use crate::store::{From, Store, reminders};

struct House {
    _folder: tempfile::TempDir,
    store: Store,
    /// The first instance.
    first: TaskId,
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Noon of a day of 2026.
fn day(text: &str) -> Timestamp {
    at(&format!("2026-{text}T12:00:00Z"))
}

fn recur(text: &str) -> Recur {
    Recur::parse(text, &TimeZone::UTC, day("01-01")).unwrap()
}

impl House {
    fn new(rule: &str, due: Option<Timestamp>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let mut definition = Definition::new("Pay rent", Work::Todo(Status::Open));
        definition.recur = Some(recur(&format!("{rule} tz=UTC")));
        definition.due_at = due;
        definition.reminders = reminder::parse("1d, 2026-01-02 9:00", &TimeZone::UTC, day("01-01")).unwrap();
        definition.tags = vec!["home".to_owned()];
        let added = definition.clone();
        let first = store.write(move |db| Step::new(By::Cli, day("01-01")).add(db, &added, &[])).unwrap().id;
        Self { _folder: folder, store, first }
    }

    fn edit(
        &self,
        task: TaskId,
        now: Timestamp,
        change: impl FnOnce(&mut Definition) + Send + 'static,
    ) -> Result<Vec<Followed>> {
        self.store.write(move |db| {
            let mut definition = tasks::get(db, task)?.definition;
            change(&mut definition);
            let mut step = Step::new(By::Cli, now);
            step.define(db, task, &definition, &[])?;
            Ok(step.followed().to_vec())
        })
    }

    fn done(&self, task: TaskId, now: Timestamp) -> Vec<Followed> {
        self.edit(task, now, |d| d.work = Work::Todo(Status::Completed)).unwrap()
    }

    /// Slug, status and due day of every instance outside the trash, in their order.
    fn instances(&self) -> Vec<String> {
        let db = self.store.reader().unwrap();
        let mut query = db
            .prepare("SELECT id FROM tasks WHERE series_id IS NOT NULL AND deleted_at IS NULL ORDER BY series_index")
            .unwrap();
        let ids = query.query_map([], |row| row.get(0).map(TaskId)).unwrap();
        ids.map(|id| {
            let task = tasks::get(&db, id.unwrap()).unwrap();
            let Work::Todo(status) = task.definition.work else { panic!("{task:?}") };
            let due = task.definition.due_at.map_or_else(|| "-".to_owned(), |at| at.strftime("%m-%d").to_string());
            format!("{} {status} {due}", task.slug)
        })
        .collect()
    }

    fn slug(&self, slug: &str) -> Task {
        tasks::find_exactly(&self.store.reader().unwrap(), slug).unwrap()
    }

    fn said(&self) -> Vec<String> {
        let all = messages::page(&self.store.reader().unwrap(), &From::Start, 99).unwrap();
        all.into_iter().map(|told| told.note.text).collect()
    }
}

#[test]
fn a2_what_is_done_comes_again_on_its_next_date_with_all_that_it_was_and_the_open_one_has_the_slug() {
    let house = House::new("every month from=2026-01-31T09:00", Some(at("2026-01-31T09:00:00Z")));
    let followed = house.done(house.first, day("01-30"));
    assert_eq!(house.instances(), ["pay-rent-1 completed 01-31", "pay-rent open 02-28"]);
    let next = house.slug("pay-rent");
    assert_eq!(
        followed,
        [Followed {
            slug: "pay-rent".to_owned(),
            next: Some((next.id, at("2026-02-28T09:00:00Z"))),
            missed: Missed::default(),
            passed: None,
        }]
    );
    assert_eq!((next.definition.tags.as_slice(), next.definition.progress), (["home".to_owned()].as_slice(), 0));
    assert_eq!(reminder::format(&next.definition.reminders), "1d", "an instant of its own was that of the one");
    let armed = reminders::of_task(&house.store.reader().unwrap(), next.id, 9).unwrap();
    assert_eq!(armed.iter().map(|row| row.at).collect::<Vec<_>>(), [at("2026-02-27T09:00:00Z")]);
    // Given up: the same. An edit of the one holds for those that follow, but for its own due time.
    house
        .edit(next.id, day("02-10"), |d| {
            d.assignee = Some("ana".to_owned());
            d.due_at = Some(day("03-02"));
        })
        .unwrap();
    house.edit(next.id, day("03-01"), |d| d.work = Work::Todo(Status::Cancelled)).unwrap();
    assert_eq!(house.instances(), ["pay-rent-1 completed 01-31", "pay-rent-2 cancelled 03-02", "pay-rent open 03-31"]);
    assert_eq!(house.slug("pay-rent").definition.assignee.as_deref(), Some("ana"));
    assert_eq!(house.said(), Vec::<String>::new());
}

#[test]
fn a2_a_series_that_was_missed_leaves_one_open_instance_and_says_what_passed() {
    let house = House::new("0 9 1 * *", Some(at("2026-02-01T09:00:00Z")));
    assert_eq!(house.instances(), ["pay-rent open 02-01"], "nothing is made while it is open");
    house.done(house.first, day("05-03"));
    assert_eq!(house.instances(), ["pay-rent-1 completed 02-01", "pay-rent open 06-01"]);
    assert_eq!(house.said().len(), 1);
    assert!(house.said()[0].ends_with("; 3 missed: 1 Mar, 1 Apr, 1 May"), "{:?}", house.said());
}

#[test]
fn a2_a_chained_one_counts_from_when_it_was_done_and_the_end_date_ends_it() {
    let house = House::new("1 week after done until=2026-01-20", None);
    house.done(house.first, day("01-05"));
    assert_eq!(house.instances(), ["pay-rent-1 completed -", "pay-rent open 01-12"]);
    house.done(house.slug("pay-rent").id, day("01-12"));
    let followed = house.done(house.slug("pay-rent").id, day("01-14"));
    assert_eq!(house.instances().last().unwrap(), "pay-rent-3 completed 01-19");
    assert_eq!((followed[0].next, house.said()), (None, vec!["that was the last pay-rent".to_owned()]));
}

#[test]
fn a2_to_undo_a_completion_takes_the_next_one_away_and_to_redo_it_brings_it_back() {
    let house = House::new("every day from=2026-01-02T09:00", Some(at("2026-01-02T09:00:00Z")));
    house.done(house.first, day("01-02"));
    let both = ["pay-rent-1 completed 01-02", "pay-rent open 01-03"];
    assert_eq!(house.instances(), both);
    house.store.write(|db| undo(db, day("01-02"))).unwrap().unwrap();
    assert_eq!(house.instances(), ["pay-rent open 01-02"]);
    house.store.write(|db| redo(db, day("01-02"))).unwrap().unwrap();
    assert_eq!(house.instances(), both);
    // By either of them.
    for which in 0..2 {
        let (first, next) = (house.first, house.slug("pay-rent").id);
        house.store.write(move |db| undo_of(db, [first, next][which], day("01-02"))).unwrap().unwrap();
        assert_eq!(house.instances(), ["pay-rent open 01-02"]);
        house.store.write(|db| redo(db, day("01-02"))).unwrap().unwrap();
    }
    // And by hand.
    house.edit(house.first, day("01-02"), |d| d.work = Work::Todo(Status::InProgress)).unwrap();
    assert_eq!(house.instances(), ["pay-rent in_progress 01-02"]);
    house.store.write(|db| undo(db, day("01-02"))).unwrap().unwrap();
    assert_eq!(house.instances(), both);
}

#[test]
fn a2_a_next_one_that_was_changed_is_not_taken_away_and_no_second_one_is_opened() {
    let house = House::new("every day from=2026-01-02T09:00", Some(at("2026-01-02T09:00:00Z")));
    house.done(house.first, day("01-02"));
    let next = house.slug("pay-rent").id;
    house.edit(next, day("01-02"), |d| d.progress = 10).unwrap();
    let first = house.first;
    let refused = house.store.write(move |db| undo_of(db, first, day("01-02"))).unwrap_err().to_string();
    assert!(refused.contains("pay-rent, which follows it, was changed since"), "{refused}");
    let refused = house.edit(first, day("01-02"), |d| d.work = Work::Todo(Status::Open)).unwrap_err().to_string();
    assert!(refused.contains("which follows it, was changed since"), "{refused}");
    let refused = house.edit(first, day("01-02"), |d| d.recur = None).unwrap_err().to_string();
    assert!(refused.contains("recur: pay-rent-1 is done; the series goes on with pay-rent: set it there"), "{refused}");
    // Deleted, it makes room; and then it cannot come back beside the other one.
    house.store.write(move |db| Step::new(By::Cli, day("01-02")).delete(db, next)).unwrap();
    house.edit(first, day("01-02"), |d| d.work = Work::Todo(Status::Open)).unwrap();
    let refused = house.store.write(move |db| undo_of(db, next, day("01-02"))).unwrap_err().to_string();
    assert!(refused.contains("pay-rent of the same series is open"), "{refused}");
    assert_eq!(house.instances(), ["pay-rent open 01-02"]);
    house.done(first, day("01-02"));
    assert_eq!(house.instances(), ["pay-rent-1 completed 01-02", "pay-rent open 01-03"]);
}

#[test]
fn a2_a_to_do_begins_to_come_again_when_it_is_said_and_ends_when_it_is_taken_back() {
    let house = House::new("every day from=2026-01-02T09:00", Some(at("2026-01-02T09:00:00Z")));
    house.edit(house.first, day("01-02"), |d| d.recur = None).unwrap();
    assert_eq!(house.done(house.first, day("01-02")), []);
    let plain = house
        .store
        .write(|db| tasks::add(db, &Definition::new("Water", Work::Todo(Status::Open)), day("01-02")))
        .unwrap();
    // Also in the moment in which it is done.
    let followed = house
        .edit(plain.id, day("01-02"), |d| {
            d.recur = Some(recur("3 days after done tz=UTC"));
            d.work = Work::Todo(Status::Completed);
        })
        .unwrap();
    assert_eq!(followed[0].next.unwrap().1, day("01-05"));
    assert_eq!(house.instances()[1..], ["water-1 completed -", "water open 01-05"]);
}

#[derive(Debug, Clone)]
enum Deed {
    Status(usize, Status),
    Due(usize, i64),
    Rule(usize, bool),
    Delete(usize),
    Back(usize),
    Undo,
    Redo,
    Later(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = || 0_usize..6;
    prop_oneof![
        5 => (which(), prop_oneof![Just(Status::Completed), Just(Status::Cancelled), Just(Status::Open), Just(Status::InProgress)])
            .prop_map(|(task, status)| Deed::Status(task, status)),
        1 => (which(), 0_i64..100).prop_map(|(task, days)| Deed::Due(task, days)),
        1 => (which(), any::<bool>()).prop_map(|(task, chained)| Deed::Rule(task, chained)),
        1 => which().prop_map(Deed::Delete),
        1 => which().prop_map(Deed::Back),
        2 => Just(Deed::Undo),
        1 => Just(Deed::Redo),
        2 => (0_i64..40).prop_map(Deed::Later),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// What cannot be done is refused in words, and never by the database.
    #[test]
    fn a2_a_series_never_has_two_open_instances_and_no_number_twice(deeds in proptest::collection::vec(deed(), 1..30)) {
        let house = House::new("every month from=2026-01-31T09:00", Some(at("2026-01-31T09:00:00Z")));
        let mut now = day("01-15");
        for deed in deeds {
            let all: Vec<TaskId> = {
                let db = house.store.reader().unwrap();
                let mut query = db.prepare("SELECT id FROM tasks ORDER BY id").unwrap();
                query.query_map([], |row| row.get(0).map(TaskId)).unwrap().map(std::result::Result::unwrap).collect()
            };
            let of = |task: usize| all[task % all.len()];
            let gone = |task: TaskId| super::super::is_deleted(&house.store.reader().unwrap(), task).unwrap();
            let result = match deed {
                Deed::Status(task, status) if !gone(of(task)) => house.edit(of(task), now, move |d| d.work = Work::Todo(status)).map(drop),
                Deed::Due(task, days) if !gone(of(task)) => {
                    let due = now + SignedDuration::from_hours(24 * days);
                    house.edit(of(task), now, move |d| d.due_at = Some(due)).map(drop)
                }
                Deed::Rule(task, chained) if !gone(of(task)) => {
                    let rule = if chained { "1 week after done tz=UTC" } else { "0 9 * * 1 tz=UTC" };
                    house.edit(of(task), now, move |d| d.recur = Some(recur(rule))).map(drop)
                }
                Deed::Delete(task) if !gone(of(task)) => {
                    let task = of(task);
                    house.store.write(move |db| Step::new(By::Cli, now).delete(db, task)).map(drop)
                }
                Deed::Back(task) => {
                    let task = of(task);
                    house.store.write(move |db| undo_of(db, task, now)).map(drop)
                }
                Deed::Undo => house.store.write(move |db| undo(db, now)).map(drop),
                Deed::Redo => house.store.write(move |db| redo(db, now)).map(drop),
                Deed::Later(days) => {
                    now += SignedDuration::from_hours(24 * days);
                    Ok(())
                }
                _ => Ok(()),
            };
            prop_assert!(matches!(result, Ok(()) | Err(StoreError::Refused(_))), "{:?}", result);
            let open = house.instances().into_iter().filter(|one| one.contains(" open ") || one.contains(" in_progress ")).count();
            prop_assert!(open <= 1);
        }
    }
}

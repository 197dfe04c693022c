//! Every order of the list: right, followed by a task wherever it goes, and walked in pages from both ends.

use super::{Order, Place};
use crate::domain::TaskId;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::task::{Status, Work};
use crate::store::changes::Step;
use crate::store::tests::{add, at, command, every, store};
use crate::store::{Db, From, Store, runs, schedules, slots, tasks};

fn listed(db: &Db, order: Order) -> Vec<String> {
    tasks::ordered(db, order, &From::Start, 100).unwrap().into_iter().map(|row| row.slug).collect()
}

fn ended(store: &Store, task: TaskId, outcome: Outcome, second: i64) {
    store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::Manual, None, &[], at(second))?;
            runs::finish(db, run, outcome, None, None, at(second))
        })
        .unwrap();
}

fn missed(store: &Store, task: TaskId, second: i64) {
    store
        .write(move |db| {
            let schedule = schedules::add(db, task, &every(3600), "UTC", at(0))?.id;
            let slot = Slot {
                schedule,
                due_at: at(second),
                zone: "UTC".to_owned(),
                civil: String::new(),
                decision: Decision::Missed,
                reason: Some("Tempo was not running".to_owned()),
                run: None,
                decided_at: at(second),
            };
            slots::decide(db, &slot)
        })
        .unwrap();
}

#[test]
fn ux_2_by_state_what_needs_a_person_comes_first_and_each_change_moves_its_task() {
    let (_folder, store) = store();
    let names = ["fine", "failed", "live", "missed", "never", "paused", "queued", "skipped"];
    let [fine, failed, live, late, _, paused, queued, skipped] = names.map(|name| add(&store, name));
    let todo = |name: &str, status| {
        let mut definition = command(name);
        definition.work = Work::Todo(status);
        store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id
    };
    todo("a-done-one", Status::Completed);
    todo("begun", Status::InProgress);
    ended(&store, fine, Outcome::Succeeded, 1);
    ended(&store, failed, Outcome::Failed(3), 2);
    ended(&store, skipped, Outcome::Skipped, 2);
    missed(&store, late, 3);
    let run = store
        .write(move |db| {
            tasks::set_paused(db, paused, true, at(4))?;
            runs::queue(db, queued, Trigger::Manual, None, &[], at(4))?;
            let run = runs::queue(db, live, Trigger::Manual, None, &[], at(4))?;
            runs::starting(db, run, "boot")?;
            Ok(run)
        })
        .unwrap();
    let db = store.reader().unwrap();
    let expected = ["begun", "live", "failed", "missed", "queued", "fine", "skipped", "never", "paused", "a-done-one"];
    assert_eq!(listed(&db, Order::State), expected);
    assert_eq!(
        tasks::ordered(&db, Order::State, &From::Start, 99)
            .unwrap()
            .iter()
            .find(|row| row.slug.contains("miss"))
            .unwrap()
            .missed,
        1
    );

    store.write(move |db| runs::finish(db, run, Outcome::Signaled(9), None, None, at(5))).unwrap();
    ended(&store, late, Outcome::Succeeded, 6);
    ended(&store, failed, Outcome::Succeeded, 6);
    store.write(move |db| tasks::set_paused(db, paused, false, at(6))).unwrap();
    let expected = ["begun", "live", "queued", "failed", "fine", "missed", "skipped", "never", "paused", "a-done-one"];
    assert_eq!(listed(&db, Order::State), expected);
}

#[test]
fn ux_2_by_next_run_by_last_run_and_in_groups() {
    let (_folder, store) = store();
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| add(&store, name));
    let when = |task, seconds| store.write(move |db| schedules::add(db, task, &every(seconds), "UTC", at(0))).unwrap();
    when(d, 600);
    when(b, 7200);
    when(b, 60);
    let db = store.reader().unwrap();
    assert_eq!(listed(&db, Order::Next), ["b", "d", "a", "c"]);
    // The nearer of two schedules goes, then the task is put to rest.
    store.write(move |db| schedules::replace(db, b, &[((&every(7200)).into(), "UTC".to_owned())], at(1))).unwrap();
    assert_eq!(listed(&db, Order::Next), ["d", "b", "a", "c"]);
    store.write(move |db| tasks::set_paused(db, d, true, at(2))).unwrap();
    assert_eq!(listed(&db, Order::Next), ["b", "a", "c", "d"]);

    ended(&store, c, Outcome::Succeeded, 3);
    ended(&store, a, Outcome::Succeeded, 4);
    assert_eq!(listed(&db, Order::Last), ["a", "c", "b", "d"]);

    let group = |task, category: &str, tags: &[&str]| {
        let (category, tags) = (category.to_owned(), tags.iter().map(|tag| (*tag).to_owned()).collect());
        store
            .write(move |db| {
                let mut definition = tasks::get(db, task)?.definition;
                (definition.category, definition.tags) = (category, tags);
                tasks::set(db, task, &definition, at(5))
            })
            .unwrap();
    };
    group(a, "media", &["nas", "home"]);
    group(c, "backup", &["nas"]);
    group(d, "backup", &[]);
    assert_eq!(listed(&db, Order::Category), ["b", "c", "d", "a"]);
    assert_eq!(listed(&db, Order::Tag), ["b", "d", "a", "c"]);
    assert_eq!(tasks::place(&db, a, Order::Tag).unwrap().unwrap().text, "home");
    group(a, "media", &["web"]);
    assert_eq!(listed(&db, Order::Tag), ["b", "d", "c", "a"]);
}

#[test]
fn ux_46_every_order_is_walked_in_pages_from_both_ends_and_a_row_knows_its_place() {
    let (_folder, store) = store();
    let tasks: Vec<TaskId> = (0..60).map(|n| add(&store, &format!("task {n:02}"))).collect();
    for (n, task) in tasks.iter().copied().enumerate() {
        match n % 4 {
            0 => ended(&store, task, if n % 8 == 0 { Outcome::Failed(1) } else { Outcome::Succeeded }, n as i64),
            1 => drop(
                store.write(move |db| schedules::add(db, task, &every(60 * (60 - n as u64)), "UTC", at(0))).unwrap(),
            ),
            2 => {
                let mut step_tags = command(&format!("task {n:02}"));
                step_tags.tags = vec![format!("tag{}", n % 3)];
                step_tags.category = format!("group{}", n % 5);
                store.write(move |db| tasks::set(db, task, &step_tags, at(1))).unwrap();
            }
            _ => {}
        }
    }
    let db = store.reader().unwrap();
    for order in Order::ALL.iter().copied() {
        let all = tasks::ordered(&db, order, &From::Start, 100).unwrap();
        assert_eq!(all.len(), 60, "{order}");
        assert!(all.is_sorted_by_key(|row| row.place(order)), "{order}");
        for row in &all {
            assert_eq!(tasks::place(&db, row.id, order).unwrap(), Some(row.place(order)), "{order}");
        }
        let (mut forth, mut from) = (Vec::new(), From::Start);
        while let page = tasks::ordered(&db, order, &from, 7).unwrap()
            && let Some(last) = page.last()
        {
            from = From::After(last.place(order));
            forth.extend(page);
        }
        assert_eq!(forth, all, "{order}");
        let (mut back, mut from) = (Vec::new(), From::End);
        while let page = tasks::ordered(&db, order, &from, 7).unwrap()
            && let Some(first) = page.first()
        {
            from = From::Before(first.place(order));
            back.splice(0..0, page);
        }
        assert_eq!(back, all, "{order}");
        let place = all[30].place(order);
        assert_eq!(tasks::ordered(&db, order, &From::At(place), 1).unwrap(), all[30..31], "{order}");
    }
    assert_eq!(tasks::place(&db, TaskId(999), Order::State).unwrap(), None);
}

#[test]
fn a_place_by_name_is_one_in_the_order_by_name() {
    assert_eq!(Place::from("a".to_owned()).order, Order::Name);
    assert!(Place::named("a") < Place::named("b"));
}

#[test]
fn s5_what_is_undone_is_back_in_its_place() {
    let (_folder, store) = store();
    let (a, _) = (add(&store, "a"), add(&store, "b"));
    ended(&store, a, Outcome::Failed(1), 1);
    store
        .write(move |db| {
            let mut step = Step::new(crate::domain::change::By::Cli, at(2));
            step.delete(db, a)
        })
        .unwrap();
    let db = store.reader().unwrap();
    assert_eq!(listed(&db, Order::State), ["b"]);
    assert_eq!(tasks::place(&db, a, Order::State).unwrap(), None);
    store.write(move |db| crate::store::changes::undo(db, at(3))).unwrap();
    assert_eq!(listed(&db, Order::State), ["a", "b"]);
}

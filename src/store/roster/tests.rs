use std::cell::Cell;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::*;
use crate::domain::task::{Definition, Priority, Status};
use crate::store::Reader;
use crate::store::batches::BATCH;
use crate::store::changes::{redo_in_parts, undo_in_parts};

struct House {
    _folder: tempfile::TempDir,
    store: Store,
    db: Reader,
    tasks: Vec<TaskId>,
}

fn context() -> Context {
    Context { zone: TimeZone::UTC, now: Timestamp::now(), folder: "/".into(), types: None }
}

impl House {
    /// With so many to-dos.
    fn new(tasks: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let db = store.reader().unwrap();
        let add = move |db: &Db| {
            let todo = |n| Definition::new(format!("t{n}"), Work::Todo(Status::Open));
            (0..tasks)
                .map(|n| tasks::add(db, &todo(n), Timestamp::now()).map(|task| task.id))
                .collect::<Result<Vec<_>>>()
        };
        let tasks = store.write(add).unwrap();
        Self { _folder: folder, store, db, tasks }
    }

    fn opened(&self) -> Opened {
        open(&self.db, &self.tasks, &context()).unwrap()
    }

    fn edits(&self, opened: &Opened, text: &str) -> Arc<Vec<Edit>> {
        check(&self.db, opened, text, &context()).unwrap().unwrap().edits
    }

    /// All of them with another priority.
    fn of_priority(&self, priority: u8) -> Arc<Vec<Edit>> {
        let opened = self.opened();
        self.edits(&opened, &opened.text.replace("priority:5", &format!("priority:{priority}")))
    }

    fn carry_out(&self, edits: &Arc<Vec<Edit>>, goes_on: impl FnMut(usize) -> bool) -> Outcome {
        carry_out(&self.store, By::Cli, edits, &context(), goes_on).unwrap()
    }

    fn set(&self, task: usize, change: impl FnOnce(&mut Definition)) {
        let task = self.tasks[task];
        let mut definition = tasks::get(&self.db, task).unwrap().definition;
        change(&mut definition);
        let now = Timestamp::now();
        self.store.write(move |db| Step::new(By::Dashboard, now).define(db, task, &definition, &[])).unwrap();
    }

    fn with(&self, priority: u8) -> usize {
        let is = |task: &&TaskId| tasks::get(&self.db, **task).unwrap().definition.priority.get() == priority;
        self.tasks.iter().filter(is).count()
    }
}

#[test]
fn a6_what_is_done_in_several_transactions_is_one_step_though_others_change_things_in_between() {
    let all = 4 * BATCH + 50;
    let house = House::new(all);
    let calls = Cell::new(0);
    let outcome = house.carry_out(&house.of_priority(2), |done| {
        // The store takes other writes between two transactions, and they are steps of their own.
        house.set(0, |definition| definition.assignee = Some(format!("ana{done}")));
        calls.set(calls.get() + 1);
        true
    });
    assert_eq!((outcome.counts(), outcome.left.len(), calls.get(), house.with(2)), ((all, 0, 0), 0, 5, all));
    let now = Timestamp::now();
    let told = Cell::new(0);
    // What others did since the last transaction is newer.
    for _ in 0..4 {
        assert_eq!(undo_in_parts(&house.store, now, &|_, _| ()).unwrap().unwrap().changes.len(), 1);
    }
    let undone = undo_in_parts(&house.store, now, &|_, of| told.set(of)).unwrap().unwrap();
    assert_eq!((undone.changes.len(), told.get(), house.with(5)), (all, all, all));
    assert_eq!(undone.changes[0].slug, "t0", "in the order in which they had been made");
    let redone = redo_in_parts(&house.store, now, &|_, _| ()).unwrap().unwrap();
    assert_eq!((redone.changes.len(), house.with(2)), (all, all));
    assert_eq!(undo_in_parts(&house.store, now, &|_, _| ()).unwrap().unwrap().changes.len(), all);
    assert_eq!(house.with(5), all);
}

#[test]
fn a6_one_that_is_cancelled_says_what_was_done_and_what_was_not_come_to() {
    let house = House::new(BATCH + 150);
    let outcome = house.carry_out(&house.of_priority(2), |done| done < BATCH);
    assert!(matches!(outcome.ended, Ended::Cancelled));
    assert_eq!((outcome.counts().0, outcome.left.len(), house.with(2)), (BATCH, 150, BATCH));
    assert_eq!(outcome.left[0], house.tasks[BATCH]);
    undo_in_parts(&house.store, Timestamp::now(), &|_, _| ()).unwrap();
    assert_eq!(house.with(5), BATCH + 150);
}

#[test]
fn a6_s5_a_large_step_is_undone_whole_or_not_at_all() {
    let all = 2 * BATCH + 50;
    let house = House::new(all);
    house.carry_out(&house.of_priority(2), |_| true);
    house.set(7, |definition| definition.priority = Priority::new(9).unwrap());
    house.set(8, |definition| definition.assignee = Some("ana".to_owned()));
    let now = Timestamp::now();
    let undo = |progress: &dyn Fn(usize, usize)| undo_in_parts(&house.store, now, progress);
    // The two that are newer.
    assert_eq!(
        (undo(&|_, _| ()).unwrap().unwrap().changes.len(), undo(&|_, _| ()).unwrap().unwrap().changes.len()),
        (1, 1)
    );
    // Somebody changes another one while it is under way: the first parts are made as they were.
    let seen = Cell::new(false);
    let error = undo(&|done, _| {
        if done == BATCH {
            seen.set(house.with(5) == BATCH);
            let (store, task) = (house.store.clone(), house.tasks[3]);
            let nine = move |db: &Db| {
                let mut definition = tasks::get(db, task)?.definition;
                definition.priority = Priority::new(9).unwrap_or_default();
                tasks::set(db, task, &definition, Timestamp::now())
            };
            store.write(nine).unwrap();
        }
    })
    .unwrap_err();
    assert!(error.to_string().contains("t3 was changed since"), "{error}");
    assert!(seen.get());
    assert_eq!((house.with(2), house.with(9), house.with(5)), (all - 1, 1, 0), "nothing of it is undone");
    // And when that is to be seen before, nothing is begun.
    assert!(undo(&|_, _| panic!("it has begun")).unwrap_err().to_string().contains("t3 was changed since"));
    assert!(redo_in_parts(&house.store, now, &|_, _| ()).unwrap().is_some_and(|applied| applied.changes.len() == 1));
}

#[test]
fn a6_each_that_cannot_be_done_is_refused_with_its_reason_and_the_others_are_done() {
    let house = House::new(7);
    let opened = house.opened();
    let line = |n: usize| format!("{} t{n} | status:open priority:", house.tasks[n]);
    let text = [
        format!("{}3", line(0)),
        format!("{}3", line(1)),
        format!("{}3 depends-on:t3", line(2)),
        format!("{}3", line(3)),
        format!("{} t4 | status:completed priority:5", house.tasks[4]),
        format!("d {}", line(5)),
    ]
    .join("\n");
    let edits = house.edits(&opened, &text);
    house.set(0, |definition| definition.priority = Priority::new(8).unwrap());
    let (gone, now) = (house.tasks[1], Timestamp::now());
    house.store.write(move |db| Step::new(By::Cli, now).delete(db, gone)).unwrap();
    house.set(4, |definition| definition.depends_on = crate::domain::dependency::parse("t6").unwrap());
    house.set(3, |definition| definition.depends_on = crate::domain::dependency::parse("t2").unwrap());
    let outcome = house.carry_out(&edits, |_| true);
    let told: Vec<_> = outcome.refused.iter().map(|one| format!("{}: {}", one.slug, one.why)).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0], "t0: its priority was changed meanwhile: it is `8` now");
    assert_eq!(told[1], "t1: it was deleted meanwhile");
    assert!(told[2].starts_with("t2: ") && told[2].contains("t2") && told[2].contains("t3"), "a cycle: {}", told[2]);
    assert_eq!(told[3], "t4: it waits for t6 to be done");
    assert_eq!(outcome.counts(), (1, 0, 1));
    assert_eq!(
        tasks::get(&house.db, house.tasks[2]).unwrap().definition.priority.get(),
        5,
        "nothing of it is half done"
    );
    let undone = undo_in_parts(&house.store, Timestamp::now(), &|_, _| ()).unwrap().unwrap();
    assert_eq!((undone.changes.len(), undone.back.len()), (2, 1));
}

#[test]
fn a3_a6_what_would_wait_for_itself_or_in_a_circle_is_told_with_its_line_before_anything_is_done() {
    let house = House::new(6);
    house.set(5, |definition| definition.depends_on = crate::domain::dependency::parse("t0").unwrap());
    let opened = house.opened();
    let wrong = |waits: &[(usize, &str)]| -> Vec<(usize, usize, String)> {
        let line =
            |(n, on): &(usize, &str)| format!("{} t{n} | status:open priority:5 depends-on:{on}", house.tasks[*n]);
        let text = waits.iter().map(line).collect::<Vec<_>>().join("\n");
        let checked = check(&house.db, &opened, &text, &context()).unwrap();
        checked.err().unwrap_or_default().into_iter().map(|wrong| (wrong.row, wrong.col, wrong.text)).collect()
    };
    let told = |row, text: &str| vec![(row, 30, format!("depends-on: {text}"))];
    assert_eq!(wrong(&[(2, "t1"), (1, "t1")]), told(1, "t1 cannot wait for itself"));
    assert_eq!(wrong(&[(1, "nobody")]), told(0, "there is no task `nobody`"));
    // Within the text, and over what the store has.
    assert_eq!(wrong(&[(0, "t1"), (1, "t2"), (2, "t0")]), told(2, "that would be a circle: t0 -> t2 -> t1 -> t0"));
    assert_eq!(wrong(&[(3, "t4"), (0, "t5")]), told(1, "that would be a circle: t0 -> t5 -> t0"));
    // A way is none, also when two lead to the same.
    assert_eq!(wrong(&[(0, "t1"), (1, "t2"), (2, "t4"), (3, "\"t2; t4\"")]), []);
}

#[test]
fn a6_what_is_looked_through_says_how_many_there_are_of_each_and_what_is_wrong_for_its_task() {
    let house = House::new(6);
    let opened = house.opened();
    let text =
        opened.text.replacen("priority:5", "priority:3", 2).replacen("status:open priority:5", "due:2026-01-01", 1);
    let wrong = check(&house.db, &opened, &text, &context()).unwrap().unwrap_err();
    assert_eq!(wrong.len(), 2, "all that is wrong in the line: {wrong:?}");
    assert!(wrong[0].text.starts_with("status: ``") && wrong[0].row == 7, "{wrong:?}");
    assert!(wrong[1].text.starts_with("priority: ``") && wrong[1].row == 7, "{wrong:?}");
    let text =
        opened.text.replacen("priority:5", "priority:3", 2).replacen("priority:5", "priority:05", 1) + "\n# end\n";
    let text = text.replace(&format!("{:>5} t5", house.tasks[5].0), &format!("d {} t5", house.tasks[5].0));
    let checked = check(&house.db, &opened, &text, &context()).unwrap().unwrap();
    assert_eq!(
        (checked.changed, checked.trashed, checked.same, checked.overtaken, checked.edits.len()),
        (2, 1, 3, 0, 4)
    );
}

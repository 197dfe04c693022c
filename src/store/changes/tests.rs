//! Undo and redo against a real file (S5).

use jiff::{SignedDuration, Timestamp};

use super::{Step, Wish, is_deleted, list, redo, undo, undo_of};
use crate::domain::TaskId;
use crate::domain::change::{By, Title};
use crate::domain::keep::OutputCap;
use crate::domain::quantity::parse_duration;
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::domain::task::{Definition, Priority, Status, Work};
use crate::domain::when::When;
use crate::store::{Reader, Store, StoreError, runs, schedules, slots, tasks, trash};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A store in a folder of its own, and what a person does with it.
struct House {
    _folder: tempfile::TempDir,
    store: Store,
    db: Reader,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let db = store.reader().unwrap();
        Self { _folder: folder, store, db }
    }

    fn add(&self, name: &str, schedules: &[&str], second: i64) -> TaskId {
        let definition = Definition::new(name, Work::Command("true".to_owned()));
        let wanted = wishes(schedules);
        self.store.write(move |db| Step::new(By::Cli, at(second)).add(db, &definition, &wanted)).unwrap().id
    }

    /// Changes the definition, and leaves the schedules as they are.
    fn edit(&self, task: TaskId, by: By, second: i64, change: impl FnOnce(&mut Definition)) {
        let mut definition = tasks::get(&self.db, task).unwrap().definition;
        change(&mut definition);
        let schedules = schedules::of_task(&self.db, task).unwrap();
        let wanted: Vec<Wish> = schedules.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
        self.store.write(move |db| Step::new(by, at(second)).define(db, task, &definition, &wanted)).unwrap();
    }

    fn command(&self, task: TaskId, second: i64, command: &str) {
        let work = Work::Command(command.to_owned());
        self.edit(task, By::Cli, second, |definition| definition.work = work);
    }

    fn delete(&self, tasks: &[TaskId], second: i64) {
        let tasks = tasks.to_vec();
        self.store
            .write(move |db| {
                let mut step = Step::new(By::Cli, at(second));
                tasks.iter().try_for_each(|task| step.delete(db, *task).map(drop))
            })
            .unwrap();
    }

    fn undo(&self, second: i64) -> String {
        let applied = self.store.write(move |db| undo(db, at(second))).unwrap();
        applied.map_or_else(String::new, |applied| Title(&applied.changes).to_string())
    }

    fn redo(&self, second: i64) -> String {
        let applied = self.store.write(move |db| redo(db, at(second))).unwrap();
        applied.map_or_else(String::new, |applied| Title(&applied.changes).to_string())
    }

    fn slugs(&self) -> Vec<String> {
        let rows = tasks::page(&self.db, &crate::store::From::Start, 1000).unwrap();
        rows.into_iter().map(|row| row.slug).collect()
    }

    fn work(&self, task: TaskId) -> String {
        match tasks::get(&self.db, task).unwrap().definition.work {
            Work::Command(command) => command,
            other => format!("{other:?}"),
        }
    }
}

fn wishes(texts: &[&str]) -> Vec<Wish> {
    texts.iter().map(|text| (When::Every(parse_duration(text).unwrap()).into(), "Europe/Berlin".to_owned())).collect()
}

#[test]
fn s5_every_kind_of_change_is_undone_and_redone_in_order() {
    let house = House::new();
    let task = house.add("Job", &["1h"], 0);
    house.command(task, 1, "false");
    house.store.write(move |db| Step::new(By::Dashboard, at(2)).set_paused(db, task, true)).unwrap();
    house.store.write(move |db| Step::new(By::Dashboard, at(3)).set_paused(db, task, false)).unwrap();
    house.delete(&[task], 4);
    let whole = ["delete job", "resume job", "pause job", "set job command", "add job"];
    let state = || {
        let found = tasks::get(&house.db, task).unwrap();
        (house.slugs().len(), found.definition.paused, house.work(task))
    };
    let states = [
        (0, false, "false"),
        (1, false, "false"),
        (1, true, "false"),
        (1, false, "false"),
        (1, false, "true"),
        (0, false, "true"),
    ]
    .map(|(tasks, paused, work)| (tasks, paused, work.to_owned()));
    for (n, title) in whole.iter().enumerate() {
        assert_eq!(state(), states[n]);
        assert_eq!(house.undo(10), *title);
    }
    assert_eq!((state(), house.undo(10)), (states[5].clone(), String::new()));
    for (n, title) in whole.iter().enumerate().rev() {
        assert_eq!(house.redo(20), *title);
        assert_eq!(state(), states[n]);
    }
    assert_eq!(house.redo(20), "");
    assert_eq!(house.undo(30), "delete job", "what was redone can be undone again");
}

#[test]
fn s5_everything_about_a_definition_comes_back_as_it_was() {
    let house = House::new();
    let mut first = Definition::new("Job", Work::Script("/no/such/script.py".into()));
    first.tags = vec!["a".to_owned(), "b".to_owned()];
    first.priority = Priority::new(2).unwrap();
    first.assignee = Some("ana".to_owned());
    first.due_at = Some(at(77));
    first.execution.timeout = Some(std::time::Duration::from_millis(1500));
    first.execution.env.insert("A".to_owned(), "b \"c\"".to_owned());
    first.execution.cwd = Some("/no/such".into());
    first.execution.limits = crate::domain::limits::Limits {
        memory: Some(512 << 20),
        cpu: Some(std::time::Duration::from_millis(1500)),
        open_files: Some(64),
        nice: Some(-5),
    };
    first.execution.pause_after = std::num::NonZeroU32::new(3);
    first.execution.expect_by = Some("06:00".parse().unwrap());
    first.execution.conditions = crate::domain::condition::parse("load<4; cmd:true").unwrap();
    let (added, mut other) = (first.clone(), Definition::new("Other", Work::Todo(Status::InProgress)));
    other.category = "x/y".to_owned();
    let task = house.store.write(move |db| Step::new(By::Cli, at(0)).add(db, &added, &wishes(&["1h"]))).unwrap().id;
    let wanted = other.clone();
    house.store.write(move |db| Step::new(By::Cli, at(1)).define(db, task, &wanted, &[])).unwrap();
    assert_eq!(
        house.undo(2),
        "set job assignee, category, cpu, cwd, due, env, expect-by, if, memory, name, nice, open-files, pause-after, priority, \
         status, tags, timeout, when"
    );
    assert_eq!(tasks::get(&house.db, task).unwrap().definition, first);
    assert_eq!(schedules::of_task(&house.db, task).unwrap().len(), 1);
    house.redo(3);
    assert_eq!(tasks::get(&house.db, task).unwrap().definition, other);
    assert_eq!(schedules::of_task(&house.db, task).unwrap(), []);
}

#[test]
fn s5_t6_schedules_that_stay_keep_identity_and_place_in_time_and_nothing_is_made_up_for() {
    let house = House::new();
    let task = house.add("job", &["10s", "1h"], 0);
    let before = schedules::of_task(&house.db, task).unwrap();
    let definition = tasks::get(&house.db, task).unwrap().definition;
    house
        .store
        .write(move |db| Step::new(By::Cli, at(5)).define(db, task, &definition, &wishes(&["1h", "30s"])))
        .unwrap();
    assert_eq!(house.undo(105), "set job when");
    let after = schedules::of_task(&house.db, task).unwrap();
    assert_eq!((after.len(), &after[0]), (2, &before[1]), "the one that stayed is the same row, undecided as it was");
    assert_eq!((&after[1].rule, after[1].next_at), (&before[0].rule, Some(at(115))));
    house.delete(&[task], 200);
    house.undo(300);
    let back = schedules::of_task(&house.db, task).unwrap();
    assert_eq!((back[0].id, back[0].next_at), (before[1].id, Some(at(3600))));
}

#[test]
fn s5_other_options_are_taken_back_from_the_same_schedule_which_keeps_its_slots() {
    let house = House::new();
    let task = house.add("job", &["10s"], 0);
    let before = schedules::of_task(&house.db, task).unwrap();
    let definition = tasks::get(&house.db, task).unwrap().definition;
    let mut wanted = wishes(&["10s"]);
    wanted[0].0.options.set("missed", "all", std::path::Path::new("/")).unwrap();
    // Two of its slots have their row: nobody had decided them when it was paused.
    house.store.write(move |db| tasks::set_paused(db, task, true, at(25))).unwrap();
    house.store.write(move |db| tasks::set_paused(db, task, false, at(26))).unwrap();
    house.store.write(move |db| Step::new(By::Cli, at(27)).define(db, task, &definition, &wanted)).unwrap();
    assert_ne!(schedules::of_task(&house.db, task).unwrap()[0].rule, before[0].rule);
    assert_eq!(house.undo(28), "set job when");
    let after = schedules::of_task(&house.db, task).unwrap();
    assert_eq!((after[0].id, &after[0].rule, after[0].anchor), (before[0].id, &before[0].rule, before[0].anchor));
    assert_eq!(slots::of_task(&house.db, task, 9).unwrap().len(), 2);
}

#[test]
fn s5_what_was_changed_since_is_refused_with_who_and_what_and_nothing_is_lost() {
    let house = House::new();
    let task = house.add("job", &[], 0);
    house.command(task, 1, "one");
    let mut definition = tasks::get(&house.db, task).unwrap().definition;
    definition.work = Work::Command("by nobody".to_owned());
    house.store.write(move |db| tasks::set(db, task, &definition, at(2))).unwrap();
    let e = house.store.write(|db| undo(db, at(3))).unwrap_err();
    assert_eq!(e.to_string(), "job was changed since, by Tempo itself: its command");
    assert!(matches!(e, StoreError::Refused(_)));
    assert_eq!(house.work(task), "by nobody");

    let house = House::new();
    let task = house.add("job", &[], 0);
    house.command(task, 1, "one");
    assert_eq!(house.undo(2), "set job command");
    house.edit(task, By::Dashboard, 3, |definition| definition.work = Work::Command("two".to_owned()));
    let e = house.store.write(|db| redo(db, at(4))).unwrap_err();
    assert_eq!(e.to_string(), "job was changed since, by the dashboard: its command");
    assert_eq!(house.work(task), "two");
}

#[test]
fn s5_an_undo_leaves_alone_what_its_change_did_not_touch() {
    let house = House::new();
    let task = house.add("job", &["1h"], 0);
    house.command(task, 1, "one");
    // Nobody has to undo first that Tempo paused it (R12).
    house.store.write(move |db| tasks::pause_because(db, task, "failed", at(2))).unwrap();
    assert_eq!(house.undo(3), "set job command");
    assert!(tasks::get(&house.db, task).unwrap().definition.paused);
    assert_eq!(house.work(task), "true");
}

#[test]
fn s5_what_one_command_changed_is_undone_as_one_or_task_by_task() {
    let house = House::new();
    let all = ["a", "b", "c"].map(|name| house.add(name, &[], 0));
    house.delete(&all, 1);
    assert_eq!(house.undo(2), "delete a, b, c");
    assert_eq!(house.slugs(), ["a", "b", "c"]);
    assert_eq!(house.redo(3), "delete a, b, c");
    let (b, c) = (all[1], all[2]);
    let applied = house.store.write(move |db| undo_of(db, b, at(4))).unwrap().unwrap();
    assert_eq!((Title(&applied.changes).to_string().as_str(), applied.back[0].task), ("delete b", b));
    assert_eq!(house.slugs(), ["b"]);
    assert_eq!(house.undo(5), "delete a, c");

    // One that cannot be taken back keeps the others from it.
    house
        .store
        .write(move |db| {
            let mut step = Step::new(By::Cli, at(6));
            step.set_paused(db, b, true)?;
            step.set_paused(db, c, true)
        })
        .unwrap();
    house.store.write(move |db| tasks::delete(db, b, at(7))).unwrap();
    let e = house.store.write(|db| undo(db, at(8))).unwrap_err();
    assert_eq!(e.to_string(), "b was deleted since");
    assert!(tasks::get(&house.db, c).unwrap().definition.paused);
}

#[test]
fn s5_a_change_and_its_row_are_one_transaction_and_a_change_of_nothing_has_none() {
    let house = House::new();
    let task = house.add("job", &[], 0);
    let failed = house.store.write(move |db| {
        Step::new(By::Cli, at(1)).delete(db, task)?;
        Err::<(), _>(StoreError::Refused("no".to_owned()))
    });
    assert!(failed.is_err());
    house.command(task, 2, "true");
    house.store.write(move |db| Step::new(By::Cli, at(3)).set_paused(db, task, false)).unwrap();
    assert_eq!(list(&house.db, at(4)).unwrap().len(), 1, "only the adding");
    assert_eq!(house.slugs(), ["job"]);
}

#[test]
fn s5_a_name_that_was_given_away_meanwhile_is_made_unique() {
    let house = House::new();
    let task = house.add("Job", &[], 0);
    house.delete(&[task], 1);
    house.store.write(|db| tasks::add(db, &Definition::new("Job", Work::Command("x".to_owned())), at(2))).unwrap();
    let applied = house.store.write(|db| undo(db, at(3))).unwrap().unwrap();
    assert_eq!((applied.back[0].slug.as_str(), applied.back[0].was.as_str()), ("job-2", "job"));
}

#[test]
fn s5_deleting_again_takes_what_waits_out_of_the_queue_and_leaves_what_runs() {
    let house = House::new();
    let task = house.add("job", &[], 0);
    let (live, queued) = house
        .store
        .write(move |db| {
            let live = runs::queue(db, task, Trigger::Manual, None, &[], at(1))?;
            runs::starting(db, live, "boot")?;
            Ok((live, runs::queue(db, task, Trigger::Manual, None, &[], at(1))?))
        })
        .unwrap();
    assert_eq!(house.undo(2), "add job");
    assert_eq!(runs::get(&house.db, queued).unwrap().outcome, Some(Outcome::Cancelled));
    assert_eq!(runs::get(&house.db, live).unwrap().state, RunState::Starting);
}

#[test]
fn s5_the_journal_keeps_200_steps_and_30_days_and_what_is_older_goes_in_small_steps() {
    let house = House::new();
    let task = house.add("job", &[], 0);
    for n in 0..230 {
        house.command(task, n, &format!("echo {n}"));
    }
    assert_eq!(list(&house.db, at(300)).unwrap().len(), 200);
    let undone = (0..300).take_while(|_| !house.undo(300).is_empty()).count();
    assert_eq!((undone, house.work(task).as_str()), (200, "echo 29"));
    let rows =
        |house: &House| -> i64 { house.db.query_row("SELECT count(*) FROM changes", [], |row| row.get(0)).unwrap() };
    assert_eq!(rows(&house), 200);

    let month = SignedDuration::from_hours(30 * 24).as_secs();
    assert_eq!(house.redo(month + 300), "", "what was changed more than 30 days ago");
    for n in 0..11 {
        house.command(task, month + 300 + n, &format!("late {n}"));
    }
    assert_eq!(rows(&house), 11, "20 at a time");
}

#[test]
fn s5_a_task_in_the_trash_comes_back_for_30_days_also_without_the_journal() {
    let month = SignedDuration::from_hours(30 * 24).as_secs();
    let house = House::new();
    let task = house.add("job", &["1h"], 0);
    house.delete(&[task], 1);
    house.store.write(|db| Ok(db.execute("DELETE FROM changes", [])?)).unwrap();
    let e = house.store.write(move |db| undo_of(db, task, at(month + 2))).unwrap_err();
    assert!(e.to_string().contains("more than 30 days"), "{e}");
    let applied = house.store.write(move |db| undo_of(db, task, at(month))).unwrap().unwrap();
    assert_eq!((applied.changes, applied.back[0].slug.as_str()), (Vec::new(), "job"));
    assert!(schedules::of_task(&house.db, task).unwrap()[0].next_at.is_some());
}

#[test]
fn s5_the_trash_is_emptied_after_30_days_in_small_steps_and_never_of_what_runs() {
    let month = SignedDuration::from_hours(30 * 24).as_secs();
    let house = House::new();
    let (old, busy, young) = (house.add("old", &["1h"], 0), house.add("busy", &[], 0), house.add("young", &[], 0));
    let live = house
        .store
        .write(move |db| {
            for n in 0..250 {
                let run = runs::queue(db, old, Trigger::Manual, None, &[], at(n))?;
                runs::finish(db, run, Outcome::Cancelled, None, None, at(n))?;
            }
            let live = runs::queue(db, busy, Trigger::Manual, None, &[], at(0))?;
            runs::starting(db, live, "boot").map(|()| live)
        })
        .unwrap();
    house.delete(&[busy, old], 10);
    house.delete(&[young], 100);
    let empty = |second: i64| house.store.write(move |db| trash::empty(db, at(second))).unwrap();
    assert_eq!(empty(month + 10), None);
    assert_eq!(runs::count(&house.db, Some(old), 1000).unwrap(), 250, "not a second too early");
    assert_eq!(empty(month + 11), None);
    assert_eq!(runs::count(&house.db, Some(old), 1000).unwrap(), 50, "a step");
    assert_eq!(empty(month + 11), Some("old".to_owned()));
    assert_eq!(empty(month + 11), None);
    let left: Vec<TaskId> = trash::page(&house.db, None, 10).unwrap().iter().map(|row| row.id).collect();
    assert_eq!(left, [young, busy]);
    assert!(tasks::get(&house.db, old).is_err());
    house.store.write(move |db| runs::finish(db, live, Outcome::Lost, None, None, at(20))).unwrap();
    assert_eq!(empty(month + 11), Some("busy".to_owned()));
}

#[test]
fn s5_the_trash_is_paged_what_was_deleted_last_first() {
    let house = House::new();
    let all = ["a", "b", "c", "d", "e"].map(|name| house.add(name, &[], 0));
    for (task, second) in all.iter().zip([5, 5, 9, 7, 5]) {
        house.delete(&[*task], second);
    }
    let (mut seen, mut last) = (Vec::new(), None);
    while let Some(row) = trash::page(&house.db, last.as_ref(), 1).unwrap().pop() {
        seen.push(row.slug.clone());
        last = Some(row);
    }
    assert_eq!(seen, ["c", "d", "e", "b", "a"]);
}

#[test]
fn s5_whether_a_task_is_in_the_trash_is_known_before_it_is_changed() {
    let house = House::new();
    let task = house.add("a", &["1h"], 0);
    assert!(!is_deleted(&house.db, task).unwrap());
    house.delete(&[task], 1);
    assert!(is_deleted(&house.db, task).unwrap());
    house.store.write(move |db| undo(db, at(2))).unwrap();
    assert!(!is_deleted(&house.db, task).unwrap());
}

#[test]
fn s5_how_a_process_is_made_and_stopped_is_undone_and_redone_and_a_secret_is_only_where_it_is() {
    let house = House::new();
    let task = house.add("Job", &[], 0);
    let before = tasks::get(&house.db, task).unwrap().definition;
    house.edit(task, By::Cli, 1, |d| {
        d.execution.stop_signal = "INT".parse().unwrap();
        d.execution.secrets = crate::domain::secret::parse("TOKEN=file:/run/token").unwrap();
        d.execution.stdin = Some("one\n".to_owned());
        d.execution.pty = true;
    });
    let after = tasks::get(&house.db, task).unwrap().definition;
    assert!(after.execution.pty && after.execution.stdin.is_some() && after.execution.secrets.len() == 1);
    assert_eq!(house.undo(2), "set job pty, secrets, stdin, stop-signal");
    assert_eq!(tasks::get(&house.db, task).unwrap().definition, before);
    house.redo(3);
    assert_eq!(tasks::get(&house.db, task).unwrap().definition, after);
}

#[test]
fn s5_a_change_from_before_a_column_is_undone_and_redone_and_leaves_the_column_as_it_is() {
    let house = House::new();
    let task = house.add("Job", &[], 0);
    house.command(task, 1, "old");
    // As an older schema wrote them.
    let journal =
        "UPDATE changes SET before = json_remove(before, '$.output_cap'), after = json_remove(after, '$.output_cap')";
    house.store.write(|db| Ok(db.execute(journal, [])?)).unwrap();
    house.store.write(|db| Ok(db.execute("UPDATE tasks SET output_cap = 1 << 26", [])?)).unwrap();
    let cap = || tasks::get(&house.db, task).unwrap().definition.execution.output_cap;
    assert_eq!(house.undo(2), "set job command");
    assert_eq!((house.work(task), cap()), ("true".to_owned(), Some(OutputCap::Bytes(64 << 20))));
    house.undo(3);
    assert!(is_deleted(&house.db, task).unwrap());
    house.redo(4);
    house.redo(5);
    assert_eq!((house.work(task), cap()), ("old".to_owned(), Some(OutputCap::Bytes(64 << 20))));
}

#[test]
fn s5_o2_a_cap_is_undone_and_redone() {
    let house = House::new();
    let task = house.add("Job", &[], 0);
    let cap = || tasks::get(&house.db, task).unwrap().definition.execution.output_cap;
    for (second, wanted) in [(1, OutputCap::Bytes(1 << 20)), (4, OutputCap::Unlimited)] {
        house.edit(task, By::Cli, second, |d| d.execution.output_cap = Some(wanted));
        assert_eq!(cap(), Some(wanted));
        assert_eq!(house.undo(second + 1), "set job output-cap");
        assert_ne!(cap(), Some(wanted));
        house.redo(second + 2);
        assert_eq!(cap(), Some(wanted));
    }
}

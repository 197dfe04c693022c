//! Links against a real file: what is refused, who wins, and what undo and the trash make of them (R11).

use jiff::Timestamp;

use super::{downstream, ended, of_task};
use crate::domain::after::{self, On};
use crate::domain::change::By;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Status, Work};
use crate::domain::{RunId, TaskId};
use crate::store::changes::{self, Step};
use crate::store::{Db, Reader, Store, StoreError, runs, tasks, trash};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

struct House {
    folder: tempfile::TempDir,
    store: Store,
    db: Reader,
}

/// Through the journal, as every front end does it.
fn link(db: &Db, task: TaskId, after: &str, second: i64) -> Result<(), StoreError> {
    let mut definition = tasks::get(db, task)?.definition;
    definition.execution.after = after::parse(after).unwrap();
    Step::new(By::Cli, at(second)).define(db, task, &definition, &[]).map(drop)
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let db = store.reader().unwrap();
        Self { folder, store, db }
    }

    fn add(&self, name: &str) -> TaskId {
        let definition = Definition::new(name, Work::Command("true".to_owned()));
        self.store.write(move |db| Step::new(By::Cli, at(0)).add(db, &definition, &[])).unwrap().id
    }

    fn link(&self, task: TaskId, after: &str, second: i64) -> Result<(), String> {
        let after = after.to_owned();
        self.store.write(move |db| link(db, task, &after, second)).map_err(|e| {
            assert!(matches!(e, StoreError::Refused(_)), "{e:?}");
            e.to_string()
        })
    }

    fn delete(&self, task: TaskId, second: i64) {
        self.store.write(move |db| Step::new(By::Cli, at(second)).delete(db, task)).unwrap();
    }

    fn after(&self, task: TaskId) -> String {
        after::format(&tasks::get(&self.db, task).unwrap().definition.execution.after)
    }

    /// A run of the task that ended so, as the engine tells it, and the tasks whose round it completed.
    fn end(&self, task: TaskId, outcome: Outcome) -> (RunId, Vec<(TaskId, String)>) {
        self.store
            .write(move |db| {
                let run = runs::queue(db, task, Trigger::Manual, None, &[], at(50))?;
                runs::finish(db, run, outcome, None, None, at(50))?;
                Ok((run, ended(db, task, run, outcome)?))
            })
            .unwrap()
    }
}

#[test]
fn r11_upstreams_are_kept_with_their_conditions_and_what_cannot_be_one_is_refused_in_words() {
    let house = House::new();
    let (backup, mirror, sync) = (house.add("backup"), house.add("mirror"), house.add("sync"));
    let todo = Definition::new("Buy disks", Work::Todo(Status::Open));
    let todo = house.store.write(move |db| tasks::add(db, &todo, at(0))).unwrap().id;
    house.link(sync, "mirror:any, backup", 1).unwrap();
    assert_eq!(house.after(sync), "backup; mirror:any");
    assert_eq!(downstream(&house.db, mirror).unwrap(), ["sync"]);
    house.link(sync, &format!("{backup}"), 2).unwrap();
    assert_eq!(house.after(sync), "backup", "an id is a name, too");
    house.link(mirror, "sync", 3).unwrap();
    for (task, after, expected) in [
        (sync, "bakcup", "after: there is no task `bakcup`; did you mean backup?"),
        (sync, "nothing-like-it", "after: there is no task `nothing-like-it`"),
        (sync, "sync", "after: sync cannot run after itself"),
        (sync, &format!("backup, {backup}:any"), "is said twice"),
        (sync, "buy-disks", "after: buy-disks is a to-do"),
        (todo, "backup", "after: only a command or a script has it"),
        (backup, "mirror:any", "after: that would be a circle: backup -> sync -> mirror -> backup"),
    ] {
        let before = house.after(task);
        let e = house.link(task, after, 4).unwrap_err();
        assert!(e.contains(expected), "{after}: {e}");
        assert_eq!(house.after(task), before, "{after}");
    }
    let mut definition = tasks::get(&house.db, backup).unwrap().definition;
    definition.work = Work::Todo(Status::Open);
    let e = house.store.write(move |db| tasks::set(db, backup, &definition, at(5))).unwrap_err();
    assert!(e.to_string().contains("after it does sync"), "{e}");
}

#[test]
fn r11_two_writers_cannot_close_a_circle_together() {
    let house = House::new();
    let other = Store::open(&house.folder.path().join("tempo.db")).unwrap();
    let (a, b) = (house.add("a"), house.add("b"));
    for round in 0..20 {
        let start = std::sync::Arc::new(std::sync::Barrier::new(2));
        let writers = [(house.store.clone(), a, "b"), (other.clone(), b, "a")].map(|(store, task, after)| {
            let start = start.clone();
            std::thread::spawn(move || {
                start.wait();
                store.write(move |db| link(db, task, after, round)).is_ok()
            })
        });
        let accepted = writers.map(|writer| writer.join().unwrap());
        assert_eq!(accepted.iter().filter(|ok| **ok).count(), 1, "round {round}");
        house.link(a, "", round).unwrap();
        house.link(b, "", round).unwrap();
    }
}

#[test]
fn r11_a_round_is_complete_when_the_latest_end_of_each_upstream_counts_and_then_begins_anew() {
    let house = House::new();
    let (backup, mirror, sync) = (house.add("backup"), house.add("mirror"), house.add("sync"));
    house.link(sync, "backup; mirror:failure", 1).unwrap();
    let marks = || of_task(&house.db, sync).unwrap().iter().map(|link| link.met).collect::<Vec<_>>();
    assert_eq!(house.end(backup, Outcome::Succeeded).1, []);
    assert_eq!(marks(), [true, false]);
    let (failed, complete) = house.end(backup, Outcome::Failed(1));
    assert_eq!((complete, marks()), (vec![], vec![false, false]));
    let links = of_task(&house.db, sync).unwrap();
    assert_eq!((links[0].ended, links[0].upstream.on), (Some((failed, Outcome::Failed(1))), On::Success));
    let (lost, complete) = house.end(mirror, Outcome::Lost);
    assert_eq!((complete, marks()), (vec![], vec![false, true]));
    let (good, complete) = house.end(backup, Outcome::Succeeded);
    assert_eq!(complete, [(sync, format!("#{good} of backup, #{lost} of mirror"))]);
    assert_eq!(marks(), [false, false]);
    assert!(of_task(&house.db, sync).unwrap().iter().all(|link| link.ended.is_none()));
    // Other links are another round; the same ones in another order are the same.
    house.end(backup, Outcome::Succeeded);
    house.link(sync, "mirror:failure; backup", 2).unwrap();
    assert_eq!(marks(), [true, false]);
    house.link(sync, "mirror; backup", 3).unwrap();
    assert_eq!(marks(), [false, false]);
}

#[test]
fn r11_t6_who_rests_or_lies_in_the_trash_collects_nothing_and_is_not_made_up_for() {
    let house = House::new();
    let (backup, mirror, sync) = (house.add("backup"), house.add("mirror"), house.add("sync"));
    house.link(sync, "backup; mirror", 1).unwrap();
    let pause = |paused| house.store.write(move |db| tasks::set_paused(db, sync, paused, at(9))).unwrap();
    let marks = || of_task(&house.db, sync).unwrap().iter().map(|link| link.met).collect::<Vec<_>>();
    house.end(backup, Outcome::Succeeded);
    pause(true);
    assert_eq!(marks(), [false, false]);
    assert_eq!(house.end(mirror, Outcome::Succeeded).1, []);
    assert_eq!(marks(), [false, false]);
    pause(false);
    house.end(backup, Outcome::Succeeded);
    assert_eq!(marks(), [true, false]);
    house.delete(sync, 10);
    house.end(mirror, Outcome::Succeeded);
    house.store.write(move |db| changes::undo(db, at(11))).unwrap();
    assert_eq!(marks(), [false, false]);
    // An upstream in the trash is missed, not left out.
    house.end(backup, Outcome::Succeeded);
    house.delete(backup, 12);
    assert_eq!(marks(), [false, false]);
    assert_eq!(house.end(mirror, Outcome::Succeeded).1, []);
    assert!(of_task(&house.db, sync).unwrap()[0].in_trash);
}

#[test]
fn s5_r11_links_are_undone_and_redone_and_what_has_become_impossible_is_refused_in_words() {
    let house = House::new();
    let (backup, mirror) = (house.add("backup"), house.add("mirror"));
    house.link(mirror, "backup:any", 1).unwrap();
    let undo = |second| house.store.write(move |db| changes::undo_of(db, mirror, at(second)));
    let redo = |second| house.store.write(move |db| changes::redo(db, at(second)));
    assert_eq!(undo(2).unwrap().unwrap().changes[0].what, crate::domain::change::What::Set(vec!["after".to_owned()]));
    assert_eq!(house.after(mirror), "");
    // Meanwhile the other way round was wanted.
    house.link(backup, "mirror", 3).unwrap();
    let e = redo(4).unwrap_err().to_string();
    assert!(e.contains("circle: mirror -> backup -> mirror"), "{e}");
    house.link(backup, "", 5).unwrap();
    redo(6).unwrap();
    assert_eq!(house.after(mirror), "backup:any");
    house.link(mirror, "", 7).unwrap();
    house.delete(backup, 8);
    let e = undo(9).unwrap_err().to_string();
    assert!(e.contains("backup is in the trash; `tempo undo --task backup` brings it back"), "{e}");
}

#[test]
fn s5_r11_a_deletion_says_what_it_leaves_behind_and_nothing_comes_back_into_a_circle() {
    let house = House::new();
    let (backup, mirror) = (house.add("backup"), house.add("mirror"));
    house.link(mirror, "backup", 1).unwrap();
    let deleted = house.store.write(move |db| Step::new(By::Cli, at(2)).delete(db, backup)).unwrap();
    assert_eq!(deleted.downstream, ["mirror"]);
    // Other changes of the task that is left leave the link as it is.
    let mut definition = tasks::get(&house.db, mirror).unwrap().definition;
    definition.category = "home".to_owned();
    house.store.write(move |db| Step::new(By::Cli, at(3)).define(db, mirror, &definition, &[])).unwrap();
    assert_eq!(house.after(mirror), "backup");
    // It stays in the trash as long as something is to run after it.
    let late = at(40 * 24 * 3600);
    assert_eq!(house.store.write(move |db| trash::empty(db, late)).unwrap(), None);
    house.store.write(move |db| changes::undo_of(db, backup, at(4))).unwrap();
    // While one is away, the others may be linked as if it did not run; but then it cannot come back as it was.
    let third = house.add("third");
    house.link(third, "mirror", 5).unwrap();
    house.delete(mirror, 6);
    house.link(backup, "third", 7).unwrap();
    let back = |second| house.store.write(move |db| changes::undo_of(db, mirror, at(second)));
    let e = back(8).unwrap_err().to_string();
    assert!(e.contains("it cannot come back") && e.contains("mirror -> third -> backup -> mirror"), "{e}");
    house.link(backup, "", 9).unwrap();
    back(10).unwrap();
    assert_eq!(house.after(third), "mirror");
    house.delete(mirror, 11);
    assert_eq!(house.store.write(move |db| trash::empty(db, late)).unwrap(), None);
    house.link(third, "", 12).unwrap();
    assert_eq!(house.store.write(move |db| trash::empty(db, late)).unwrap().as_deref(), Some("mirror"));
}

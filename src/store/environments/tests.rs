use std::path::PathBuf;

use jiff::Timestamp;

use super::*;
use crate::domain::python::Choice;
use crate::domain::run::{Outcome, RunState, Trigger};
use crate::domain::task::{Definition, Work};
use crate::domain::timeline::Span;
use crate::store::{Store, history, outputs, overview, runs, tasks};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

struct House {
    _folder: tempfile::TempDir,
    store: Store,
    task: TaskId,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let definition = Definition::new("etl", Work::Script(PathBuf::from("/s/etl/main.py")));
        let task = store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id;
        Self { _folder: folder, store, task }
    }

    fn write<T: Send + 'static>(&self, f: impl FnOnce(&Db, TaskId) -> Result<T> + Send + 'static) -> T {
        let task = self.task;
        self.store.write(move |db| f(db, task)).unwrap()
    }

    fn sought(&self) -> usize {
        sought(&self.store.reader().unwrap(), 9).unwrap().len()
    }

    fn look(&self) {
        self.write(|db, _| sought(db, 9)?.into_iter().try_for_each(|one| looked(db, one)));
    }
}

#[test]
fn an_environment_is_looked_at_when_something_of_it_changed_and_once() {
    let house = House::new();
    assert_eq!(house.sought(), 1, "the script is new");
    house.look();
    assert_eq!(house.sought(), 0);
    house.write(|db, task| {
        let mut definition = tasks::get(db, task)?.definition;
        definition.priority = crate::domain::task::Priority::new(1).unwrap();
        tasks::set(db, task, &definition, at(1))
    });
    assert_eq!(house.sought(), 0, "nothing of it changed");
    house.write(|db, task| {
        let mut definition = tasks::get(db, task)?.definition;
        definition.execution.python = Some("3.12".parse::<Choice>().unwrap());
        tasks::set(db, task, &definition, at(2))
    });
    assert_eq!(house.sought(), 1);
    // It changes once more while somebody looks.
    let seen = sought(&house.store.reader().unwrap(), 9).unwrap();
    house.write(ask);
    house.write(move |db, _| looked(db, seen[0]));
    assert_eq!(house.sought(), 1);
    house.look();
    house.write(|db, task| tasks::delete(db, task, at(3)));
    assert_eq!(house.sought(), 0, "in the trash it has none");
    house.write(|db, task| tasks::restore(db, task, at(4)));
    assert_eq!(house.sought(), 1);
    house.write(|db, task| {
        let mut definition = tasks::get(db, task)?.definition;
        definition.work = Work::Command("true".to_owned());
        tasks::set(db, task, &definition, at(5))
    });
    assert_eq!(house.sought(), 0);
    assert_eq!(after(&house.store.reader().unwrap(), TaskId(0), 9).unwrap(), []);
}

#[test]
fn what_is_known_of_an_environment_is_read_back_and_forgotten() {
    let house = House::new();
    let known = Environment {
        task: house.task,
        state: State::Ready,
        key: Some("0123".to_owned()),
        python: Some(PathBuf::from("/usr/bin/python3.12")),
        version: Some("3.12.1".to_owned()),
        folder: Some(PathBuf::from("/envs/etl/0123-1")),
        packages: Some(2),
        locked: true,
        drift: true,
        run: Some(RunId(1)),
        reason: None,
        changed_at: at(7),
    };
    let later = Environment { changed_at: at(9), ..known.clone() };
    let again = known.clone();
    house.write(move |db, _| set(db, &again));
    house.write(move |db, _| set(db, &later));
    let db = house.store.reader().unwrap();
    assert_eq!(get(&db, house.task).unwrap(), Some(known.clone()), "since the first time");
    assert_eq!(list(&db, "", 9).unwrap(), [("etl".to_owned(), known)]);
    house.write(forget);
    assert_eq!(get(&db, house.task).unwrap(), None);
}

#[test]
fn what_builds_an_environment_counts_for_nothing_but_itself() {
    let house = House::new();
    let (work, build) = house.write(|db, task| {
        let work = runs::queue(db, task, Trigger::Manual, None, &[], at(0))?;
        runs::starting(db, work, "boot")?;
        runs::running(db, work, 1, at(1))?;
        runs::finish(db, work, Outcome::Succeeded, None, None, at(2))?;
        let build = runs::queue_build(db, task, true, at(3))?;
        Ok((work, build))
    });
    let db = house.store.reader().unwrap();
    assert!(runs::is_forced(&db, build).unwrap());
    assert_eq!(tasks::get(&db, house.task).unwrap().last_run, Some(work));
    assert_eq!(builds(&db, house.task).unwrap(), [build]);
    assert_eq!(
        (runs::unfinished(&db, house.task).unwrap(), runs::in_the_way(&db, house.task).unwrap()),
        (vec![], vec![])
    );
    house.write(move |db, _| {
        runs::starting(db, build, "boot")?;
        runs::running(db, build, 1, at(4))?;
        assert!(runs::live(db)?.iter().all(|live| live.builds));
        runs::finish(db, build, Outcome::Failed(1), None, Some("no"), at(5))
    });
    let run = runs::get(&db, build).unwrap();
    assert_eq!((run.trigger, run.outcome), (Trigger::Environment, Some(Outcome::Failed(1))));
    assert_eq!(runs::page(&db, Some(house.task), &crate::store::From::Start, 9).unwrap().len(), 2, "it is seen");
    assert_eq!(runs::latest_started(&db, house.task).unwrap(), Some(work));
    assert_eq!(runs::good_before(&db, house.task, RunId(99)).unwrap(), Some(work));
    assert_eq!(runs::durations(&db, house.task, 1).unwrap().len(), 1, "the last one is that of the work");
    let strip: Vec<RunId> = history::strip(&db, house.task, 9).unwrap().iter().map(|ended| ended.run).collect();
    assert_eq!(strip, [work]);
    assert_eq!(history::instants(&db, house.task, at(0), 9).unwrap(), (vec![at(1)], vec![]));
    let span = Span { from: at(0), cell: jiff::SignedDuration::from_secs(1), cells: 9 };
    let past = history::past(&db, house.task, &[], &span, at(9)).unwrap();
    assert!(past.iter().flatten().all(|past| *past == history::Past::Ran(work)), "{past:?}");
    assert_eq!(overview::read(&db, at(9)).unwrap().failed, 0);
    let task = tasks::page(&db, &crate::store::From::Start, 9).unwrap().remove(0);
    assert_eq!(task.last.unwrap().outcome, Some(Outcome::Succeeded));
}

#[test]
fn o3_the_outputs_of_builds_are_counted_apart_from_those_of_the_work() {
    let house = House::new();
    let of = house.write(|db, task| {
        let mut of = Vec::new();
        for n in 0..6 {
            let run = match n % 2 {
                0 => runs::queue(db, task, Trigger::Manual, None, &[], at(n))?,
                _ => runs::queue_build(db, task, false, at(n))?,
            };
            runs::finish(db, run, Outcome::Cancelled, None, None, at(n))?;
            outputs::measured(db, run, 4096)?;
            of.push(run);
        }
        Ok(of)
    });
    let db = house.store.reader().unwrap();
    assert_eq!(outputs::beyond(&db, house.task, 2, 9).unwrap(), of[..2]);
    let newest = outputs::oldest(&db, None, 9).unwrap().into_iter().filter(|kept| kept.stays).map(|kept| kept.run);
    assert_eq!(newest.collect::<Vec<_>>(), of[4..]);
}

#[test]
fn a_run_waits_for_a_build_and_hears_of_its_end() {
    let house = House::new();
    let (run, build) = house.write(|db, task| {
        let build = runs::queue_build(db, task, false, at(0))?;
        let run = runs::queue(db, task, Trigger::Manual, None, &[], at(0))?;
        await_build(db, run, build, at(0))?;
        Ok((run, build))
    });
    let db = house.store.reader().unwrap();
    let waits = runs::get(&db, run).unwrap();
    assert_eq!(waits.reason, Some(format!("waits for its environment, which is being built (#{build})")));
    assert!(waits.not_before.is_some());
    assert_eq!(waited(&db).unwrap(), []);
    house.write(move |db, _| runs::finish(db, build, Outcome::Failed(1), None, Some("no"), at(1)));
    let over = Over { build, task: house.task, outcome: Outcome::Failed(1), reason: Some("no".to_owned()) };
    assert_eq!(waited(&db).unwrap(), [(run, over)]);
    house.write(move |db, _| release(db, run));
    let free = runs::get(&db, run).unwrap();
    assert_eq!((free.state, free.reason, free.not_before), (RunState::Queued, None, None));
    assert_eq!(waited(&db).unwrap(), []);
}

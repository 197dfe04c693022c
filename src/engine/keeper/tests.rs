//! Outputs beyond the limits go, in small steps, and nothing else does.

use super::*;
use crate::domain::change::By;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::task::{Definition, Work};
use crate::store::changes::Step;
use crate::store::{self, notes, runs, tasks, trash};
use crate::supervise::{RunFolder, Spec};

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + day * 24 * 3600).unwrap()
}

struct House {
    folder: tempfile::TempDir,
    store: Store,
    task: TaskId,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        fs::create_dir(folder.path().join("runs")).unwrap();
        let mut house = Self { folder, store, task: TaskId(0) };
        house.task = house.task("job");
        house
    }

    fn task(&self, name: &str) -> TaskId {
        let definition = Definition::new(name, Work::Command("true".to_owned()));
        self.store.write(move |db| tasks::add(db, &definition, at(0))).unwrap().id
    }

    fn path(&self, run: RunId) -> PathBuf {
        self.folder.path().join("runs").join(run.to_string())
    }

    /// A run that ended on a day and printed so much.
    fn run(&self, task: TaskId, day: i64, printed: usize) -> RunId {
        let run = self
            .store
            .write(move |db| {
                let run = runs::queue(db, task, Trigger::Manual, None, &[], at(day))?;
                runs::finish(db, run, Outcome::Succeeded, None, None, at(day))?;
                Ok(run)
            })
            .unwrap();
        fs::create_dir(self.path(run)).unwrap();
        fs::write(self.path(run).join("output"), vec![b'x'; printed]).unwrap();
        fs::write(self.path(run).join("lock"), "{}").unwrap();
        run
    }

    fn worker(&self, keep: Keep) -> Worker {
        Worker::new(self.store.clone(), self.folder.path().join("runs"), keep)
    }

    /// So many tasks of which a run ended, and of which the database says that its folder takes so much.
    fn crowd(tasks: usize, runs: usize, bytes: Option<u64>) -> Self {
        let house = Self::new();
        let add = move |db: &store::Db| {
            for n in 0..tasks {
                let definition = Definition::new(format!("crowd {n}"), Work::Command("true".to_owned()));
                let task = tasks::add(db, &definition, at(0))?.id;
                for _ in 0..runs {
                    let run = runs::queue(db, task, Trigger::Manual, None, &[], at(0))?;
                    runs::finish(db, run, Outcome::Succeeded, None, None, at(0))?;
                    if let Some(bytes) = bytes {
                        outputs::measured(db, run, bytes)?;
                    }
                }
            }
            Ok(())
        };
        house.store.write(add).unwrap();
        house
    }

    /// Works until there is nothing to do; how many pieces that took, and until when there is not.
    fn tidy(worker: &mut Worker, day: i64) -> (usize, Option<Timestamp>) {
        for piece in 1..1000 {
            match worker.piece(at(day)).unwrap() {
                Done::Some | Done::Wrote => {}
                Done::All(next) => return (piece, next),
                Done::Failed => unreachable!("errors are returned"),
            }
        }
        panic!("it does not come to an end");
    }

    fn left(&self, runs: &[RunId]) -> Vec<RunId> {
        runs.iter().copied().filter(|run| self.path(*run).exists()).collect()
    }

    fn removed_by(&self, run: RunId) -> Option<String> {
        runs::get(&self.store.reader().unwrap(), run).unwrap().removed.map(|removed| removed.by)
    }
}

fn spec(run: RunId) -> Spec {
    let json = format!(
        r#"{{"run":{run},"attempt":1,"argv":["true"],"env":{{}},"env_remove":[],"cwd":"/","timeout_ms":null,"grace_ms":0}}"#
    );
    serde_json::from_str(&json).unwrap()
}

const ALL: Keep = Keep { days: None, runs: None, bytes: None };

#[test]
fn o3_of_each_task_the_newest_runs_keep_their_output_and_the_others_say_why_they_have_none() {
    let house = House::new();
    let other = house.task("other");
    let runs: Vec<RunId> = (0..100).map(|n| house.run(house.task, n, 10)).collect();
    let others: Vec<RunId> = (0..3).map(|n| house.run(other, n, 10)).collect();
    let mut worker = house.worker(Keep { runs: Some(5), ..ALL });
    let (pieces, next) = House::tidy(&mut worker, 100);
    assert!(pieces >= 100 / PIECE, "{pieces} pieces are not small");
    assert_eq!(next, None);
    assert_eq!(house.left(&runs), runs[95..]);
    assert_eq!(house.left(&others), others);
    assert_eq!(house.removed_by(runs[94]).as_deref(), Some("kept: 5 runs per task"));
    assert_eq!(house.removed_by(runs[95]), None);
    assert_eq!(fs::read_dir(house.folder.path().join("removed")).unwrap().count(), 0);
    // A run that ends makes one other go, without a look at all tasks.
    let new = house.run(house.task, 100, 10);
    House::tidy(&mut worker, 100);
    assert_eq!(house.left(&runs), runs[96..]);
    assert!(house.path(new).exists());
}

#[test]
fn a3_o3_what_a_note_has_attached_stays_beyond_every_limit_as_long_as_the_note() {
    let house = House::new();
    let runs: Vec<RunId> = (0..9).map(|n| house.run(house.task, n, 10)).collect();
    let (task, attached) = (house.task, runs[1]);
    let note = house.store.write(move |db| notes::add(db, task, "see here", Some(attached), at(9))).unwrap();
    for keep in [Keep { runs: Some(2), ..ALL }, Keep { days: Some(3), ..ALL }, Keep { bytes: Some(1), ..ALL }] {
        House::tidy(&mut house.worker(keep), 40);
        assert_eq!(house.left(&runs)[0], attached);
    }
    assert_eq!(house.left(&runs), [attached, runs[8]], "the others went");
    house.store.write(move |db| Step::new(By::Cli, at(40)).unnote(db, task, note)).unwrap();
    House::tidy(&mut house.worker(Keep { runs: Some(1), ..ALL }), 40);
    assert_eq!(house.left(&runs), [runs[8]]);
}

#[test]
fn o3_what_is_too_old_goes_but_not_the_newest_of_a_task_and_the_next_time_is_known() {
    let house = House::new();
    let rests = house.task("rests");
    let only = house.run(rests, 0, 10);
    let runs: Vec<RunId> = (1..100).map(|day| house.run(house.task, day, 10)).collect();
    let mut worker = house.worker(Keep { days: Some(30), ..ALL });
    let (_, next) = House::tidy(&mut worker, 100);
    assert_eq!(house.left(&runs), runs[69..], "from day 70 on");
    assert!(house.path(only).exists());
    assert_eq!(next, Some(at(100)));
    assert_eq!(house.removed_by(runs[0]).as_deref(), Some("kept: 30 days"));
    House::tidy(&mut worker, 200);
    assert_eq!(house.left(&runs), runs[98..]);
}

#[test]
fn o3_beyond_so_many_bytes_the_oldest_go_first() {
    let house = House::new();
    let other = house.task("other");
    let runs: Vec<RunId> =
        (0..20).map(|n| house.run(if n % 2 == 0 { house.task } else { other }, n, 1 << 20)).collect();
    let mut worker = house.worker(Keep { bytes: Some(8 << 20), ..ALL });
    House::tidy(&mut worker, 20);
    let left = house.left(&runs);
    assert_eq!(left, runs[13..], "7 of somewhat more than 1 MiB");
    assert_eq!(house.removed_by(runs[0]).as_deref(), Some("kept: 8M in all"));
    let total = outputs::total(&house.store.reader().unwrap()).unwrap();
    assert!((7 << 20..8 << 20).contains(&total), "{total}");
    // Of each task the newest stays, whatever the limit says.
    House::tidy(&mut house.worker(Keep { bytes: Some(1), ..ALL }), 20);
    assert_eq!(house.left(&runs), runs[18..]);
}

#[test]
fn o3_a_run_that_lives_or_waits_and_a_folder_that_is_locked_are_left_alone() {
    let house = House::new();
    let task = house.task;
    let locked = house.run(task, 0, 10);
    let live = house.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], at(0))).unwrap();
    fs::create_dir(house.path(live)).unwrap();
    let done: Vec<RunId> = (1..4).map(|n| house.run(task, n, 10)).collect();
    fs::write(house.path(locked).join("lock"), "").unwrap();
    let _lock = RunFolder::create(&house.folder.path().join("runs"), &spec(locked)).unwrap();
    House::tidy(&mut house.worker(Keep { days: Some(1), runs: Some(1), bytes: Some(1) }), 100);
    assert_eq!(house.left(&[locked, live]), [locked, live]);
    assert_eq!(house.left(&done), done[2..]);
    assert_eq!(house.removed_by(locked), None);
}

#[test]
fn o3_what_an_engine_was_removing_when_it_was_killed_is_removed_and_noted_by_the_next() {
    let house = House::new();
    let runs: Vec<RunId> = (0..3).map(|n| house.run(house.task, n, 10)).collect();
    let keep = Keep { runs: Some(1), ..ALL };
    House::tidy(&mut house.worker(ALL), 3);
    let worker = house.worker(keep);
    assert!(worker.put_away(&house.path(runs[0])).unwrap());
    drop(worker);
    House::tidy(&mut house.worker(keep), 3);
    assert_eq!(house.left(&runs), runs[2..]);
    assert!(house.removed_by(runs[0]).is_some() && house.removed_by(runs[1]).is_some());
    assert_eq!(fs::read_dir(house.folder.path().join("removed")).unwrap().count(), 0);
}

#[test]
fn o3_folders_go_with_their_task_out_of_the_trash_and_those_of_which_nothing_is_known_never() {
    let house = House::new();
    let (task, other) = (house.task, house.task("other"));
    let (gone, known) = (house.run(task, 0, 10), house.run(other, 0, 10));
    let unmeasured = house.run(task, 1, 10);
    // As after the restore of an older database.
    let unknown = house.path(RunId(777));
    fs::create_dir(&unknown).unwrap();
    fs::write(unknown.join("output"), "x").unwrap();
    House::tidy(&mut house.worker(ALL), 9);
    house.store.write(move |db| tasks::delete(db, task, at(2)).map(drop)).unwrap();
    while house.store.write(|db| trash::empty(db, at(40))).unwrap().is_none() {}
    assert!(house.path(gone).exists());
    House::tidy(&mut house.worker(ALL), 9);
    assert!(!house.path(gone).exists() && !house.path(unmeasured).exists());
    assert!(house.path(known).exists() && unknown.exists());
    let db = house.store.reader().unwrap();
    assert_eq!(outputs::leftovers(&db, 9).unwrap(), []);
}

#[test]
fn o3_of_tasks_without_output_ten_thousand_cost_no_more_looks_than_one() {
    let keep = Keep { days: Some(1), runs: Some(5), bytes: Some(1 << 20) };
    let looks = |tasks| House::tidy(&mut House::crowd(tasks, 1, Some(0)).worker(keep), 100).0;
    let few = looks(1);
    assert!(few < 5, "{few}");
    assert_eq!(looks(10_000), few);
}

#[test]
fn o3_tasks_with_few_outputs_are_counted_by_the_thousand_and_those_with_many_are_all_found() {
    let keep = Keep { runs: Some(3), ..ALL };
    let (tasks, runs) = (COUNTED / 2, 3);
    let house = House::crowd(tasks, runs, Some(4096));
    let (pieces, next) = House::tidy(&mut house.worker(keep), 100);
    // And one look at the oldest.
    assert!(pieces <= tasks * runs / COUNTED + 3, "{pieces}");
    assert_eq!(next, None);
    // Tasks lie across the ends of what is counted together.
    let keep = Keep { runs: Some(2), ..ALL };
    let mut worker = house.worker(keep);
    let mut found = BTreeSet::new();
    while worker.counted.is_some() {
        found.append(&mut worker.tasks);
        worker.piece(at(100)).unwrap();
    }
    found.append(&mut worker.tasks);
    assert_eq!(found.len(), tasks);
}

#[test]
fn o3_what_is_still_to_be_measured_costs_no_memory_and_one_transaction_for_hundreds() {
    let tasks = 4 * MEASURED;
    let house = House::crowd(tasks, 1, None);
    let runs = house.folder.path().join("runs");
    let all = outputs::unmeasured(&house.store.reader().unwrap(), tasks).unwrap();
    for (run, _) in &all {
        fs::create_dir(runs.join(run.to_string())).unwrap();
    }
    let mut worker = house.worker(Keep { runs: Some(5), ..ALL });
    let mut most = 0;
    for _ in 0..2 * tasks {
        if let Done::All(_) = worker.piece(at(100)).unwrap() {
            break;
        }
        most = most.max(worker.tasks.len());
    }
    assert_eq!(outputs::unmeasured(&house.store.reader().unwrap(), 1).unwrap(), []);
    assert!((1..TASKS + MEASURED).contains(&most), "{most}");
    // One without a folder has nothing that could be beyond a limit, so nobody looks at it.
    let house = House::crowd(2 * MEASURED, 1, None);
    let mut worker = house.worker(Keep { runs: Some(5), ..ALL });
    while !outputs::unmeasured(&house.store.reader().unwrap(), 1).unwrap().is_empty() {
        worker.piece(at(100)).unwrap();
        assert!(worker.tasks.is_empty());
    }
}

#[test]
fn o3_the_work_rests_between_its_steps_and_afterwards_for_ever() {
    assert_eq!(pause_after(Duration::from_millis(10)), Duration::from_millis(190));
    assert_eq!(pause_after(Duration::from_secs(10)), LONGEST);
    let house = House::crowd(10, 1, Some(0));
    let mut keeper = Keeper::new(house.store.clone(), house.folder.path().join("runs"), Keep { runs: Some(5), ..ALL });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        while keeper.due.is_some() {
            keeper.work().await;
        }
        assert!(keeper.step.is_none() && keeper.worker.is_some());
        keeper.wake();
        assert!(keeper.due.is_some_and(|due| due > Instant::now()));
    });
}

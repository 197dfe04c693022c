//! What follows the end of a run in the same turn (R11).

use jiff::Timestamp;

use super::super::{Fact, Situation, Try, run};
use super::at;
use crate::domain::after;
use crate::domain::group::Limits;
use crate::domain::planner::Cause;
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::task::{Definition, Overlap, Work};
use crate::domain::{RunId, TaskId};
use crate::store::{From, Store, StoreError, runs, tasks, upstreams, why};
use crate::supervise::{Ended, ExitRecord};

struct House {
    _folder: tempfile::TempDir,
    store: Store,
}

fn situation(now: Timestamp) -> Situation {
    Situation {
        now,
        since_boot: now.as_microsecond(),
        limits: Limits::new(4),
        output_cap: None,
        boot: "boot".to_owned(),
        first: true,
        calendars_at: None,
        cause: Cause::NotRunning,
        checking: Vec::new(),
        runs: std::path::PathBuf::from("/nowhere"),
        looking: std::collections::HashSet::new(),
        surveyed: None,
    }
}

fn first(run: RunId) -> Try {
    Try { run, attempt: 1 }
}

/// The end of a run with this exit code.
fn ended(run: RunId, code: i32) -> Fact {
    let record = ExitRecord {
        attempt: 1,
        started_at: at("09:00:00"),
        ended_at: at("09:00:01"),
        ended: Ended::Exited(code),
        stopped_by: None,
        killed: false,
        cpu_micros: 0,
        max_rss_bytes: 0,
        output_bytes: 0,
        output_lines: 0,
        dropped_bytes: 0,
        not_kept: None,
        strays: 0,
        limits: None,
        refused: None,
        over: None,
        peak_bytes: 0,
        samples: 0,
    };
    Fact::Ended(first(run), record)
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        Self { _folder: folder, store }
    }

    fn add(&self, name: &str, after: &str, overlap: Overlap) -> TaskId {
        let mut definition = Definition::new(name, Work::Command("true".to_owned()));
        definition.execution.after = after::parse(after).unwrap();
        definition.execution.overlap = overlap;
        self.store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id
    }

    /// A run of the task that has been admitted.
    fn start(&self, task: TaskId) -> RunId {
        self.store
            .write(move |db| {
                let run = runs::queue(db, task, Trigger::Manual, None, &[], at("09:00:00"))?;
                runs::starting(db, run, "boot").map(|()| run)
            })
            .unwrap()
    }

    fn turn(&self, facts: &[Fact]) {
        let facts = facts.to_vec();
        self.store.write(move |db| run(db, &facts, &situation(at("09:00:02")))).unwrap();
    }

    /// Starts a run of the task and lets it end with this code.
    fn end(&self, task: TaskId, code: i32) -> RunId {
        let run = self.start(task);
        self.turn(&[ended(run, code)]);
        run
    }

    /// The runs of the task that came after others, the oldest first.
    fn followed(&self, task: TaskId) -> Vec<Run> {
        let mut runs = runs::page(&self.store.reader().unwrap(), Some(task), &From::Start, 100).unwrap();
        runs.retain(|run| run.trigger == Trigger::After);
        runs.reverse();
        runs
    }

    fn came_after(&self, task: TaskId) -> Vec<String> {
        self.followed(task).into_iter().map(|run| run.came_after.unwrap()).collect()
    }
}

#[test]
fn r11_each_condition_is_met_by_its_ends_and_by_no_others() {
    let house = House::new();
    let up = house.add("up", "", Overlap::Skip);
    let wide = Overlap::Parallel(99);
    let followers = ["up", "up:failure", "up:any"].map(|after| house.add("follower", after, wide));
    let counts = || followers.map(|task| house.followed(task).len());
    house.end(up, 0);
    assert_eq!(counts(), [1, 0, 1]);
    house.end(up, 3);
    assert_eq!(counts(), [1, 1, 2]);
    let lost = house.start(up);
    house.turn(&[Fact::Lost(first(lost), "gone".to_owned())]);
    assert_eq!(counts(), [1, 2, 3]);
    let stuck = house.start(up);
    house.turn(&[Fact::CouldNotStart(first(stuck), "no".to_owned())]);
    assert_eq!(counts(), [1, 3, 4]);
    // What never ran has not ended: taken out of the queue, or skipped.
    house
        .store
        .write(move |db| {
            let queued = runs::queue(db, up, Trigger::Manual, None, &[], at("09:00:00"))?;
            runs::request_stop(db, queued, false, at("09:00:00"))
        })
        .unwrap();
    let admitted = house.start(up);
    house.store.write(move |db| runs::request_stop(db, admitted, false, at("09:00:00"))).unwrap();
    house.turn(&[Fact::NeverStarted(first(admitted))]);
    assert_eq!(counts(), [1, 3, 4]);
    // The end of one run is one end, also when it is told twice.
    house.turn(&[ended(lost, 0)]);
    assert_eq!(counts(), [1, 3, 4]);
}

#[test]
fn r11_two_upstreams_join_on_the_same_round_and_each_counts_once() {
    let house = House::new();
    let (left, right) = (house.add("left", "", Overlap::Skip), house.add("right", "", Overlap::Skip));
    let join = house.add("join", "left; right:any", Overlap::Parallel(9));
    house.end(left, 0);
    let second = house.end(left, 0);
    assert_eq!(house.came_after(join), [""; 0]);
    let third = house.end(right, 1);
    assert_eq!(house.came_after(join), [format!("#{second} of left, #{third} of right")]);
    // The next round needs both again; a failure takes back what a success had said.
    house.end(left, 0);
    house.end(left, 1);
    house.end(right, 0);
    assert_eq!(house.came_after(join).len(), 1);
    house.end(left, 0);
    assert_eq!(house.came_after(join).len(), 2);
    // Both in one turn are one round.
    let (left, right) = (house.start(left), house.start(right));
    house.turn(&[ended(left, 0), ended(right, 0)]);
    assert_eq!(house.came_after(join)[2..], [format!("#{left} of left, #{right} of right")]);
    let run = &house.followed(join)[2];
    assert_eq!((run.state, run.reason.as_deref()), (RunState::Starting, None), "it starts in the same turn");
}

#[test]
fn r11_the_end_and_what_follows_it_are_one_transaction_and_decided_once() {
    let house = House::new();
    let up = house.add("up", "", Overlap::Skip);
    let down = house.add("down", "up", Overlap::Skip);
    let run_of_up = house.start(up);
    let crash = house.store.write(move |db| {
        run(db, &[ended(run_of_up, 0)], &situation(at("09:00:02")))?;
        Err::<(), _>(StoreError::Closed)
    });
    assert!(crash.is_err());
    assert_eq!(house.followed(down).len(), 0);
    // The next engine learns of the same end from its record, and so perhaps does the one after that.
    for _ in 0..3 {
        house.turn(&[ended(run_of_up, 0)]);
    }
    assert_eq!(house.came_after(down), [format!("#{run_of_up} of up")]);
}

#[test]
fn r11_r2_overlap_has_its_say_and_a_round_that_it_skips_leaves_a_run_that_says_so() {
    let house = House::new();
    let up = house.add("up", "", Overlap::Skip);
    let (skips, replaces) = (house.add("skips", "up", Overlap::Skip), house.add("replaces", "up", Overlap::Replace));
    let (one, other) = (house.start(skips), house.start(replaces));
    let end = house.end(up, 0);
    let skipped = house.followed(skips).remove(0);
    let reason = format!("run #{one} was still running");
    assert_eq!((skipped.outcome, skipped.reason.as_deref()), (Some(Outcome::Skipped), Some(reason.as_str())));
    assert_eq!(skipped.came_after, Some(format!("#{end} of up")));
    let db = house.store.reader().unwrap();
    assert_eq!(tasks::get(&db, skips).unwrap().last_run, Some(one), "the list shows what runs");
    assert!(upstreams::of_task(&db, skips).unwrap().iter().all(|link| !link.met), "the round is over");
    let standing = why::standing(&db, skips).unwrap();
    assert_eq!(standing.newest_after.as_ref().map(|run| run.id), Some(skipped.id));
    let engine = crate::domain::why::EngineNow { runs: true, limits: &Limits::new(4) };
    let said = standing.sentences(engine, &jiff::tz::TimeZone::UTC, at("09:00:03"), false);
    assert!(said.contains(&"runs after up".to_owned()), "{said:?}");
    assert!(said.contains(&format!("run #{}, after #{end} of up, was skipped: {reason}", skipped.id)), "{said:?}");

    assert_eq!(house.followed(replaces).len(), 1);
    assert_eq!(runs::stop_requests(&db).unwrap(), [(other, false)]);
    assert_eq!(runs::get(&db, other).unwrap().reason, Some(format!("replaced by a run after #{end} of up")));
}

#[test]
fn r11_t6_nothing_follows_while_a_task_rests_and_what_waits_ends_with_the_pause() {
    let house = House::new();
    let up = house.add("up", "", Overlap::Skip);
    let down = house.add("down", "up", Overlap::Skip);
    let pause = |paused| house.store.write(move |db| tasks::set_paused(db, down, paused, at("09:00:03"))).unwrap();
    pause(true);
    house.end(up, 0);
    pause(false);
    house.turn(&[]);
    assert_eq!(house.followed(down).len(), 0);
    house.end(up, 0);
    let run = house.followed(down).remove(0).id;
    house
        .store
        .write(move |db| {
            runs::requeue(db, run, 1, at("09:00:03"))?;
            runs::postpone(db, run, "waits for the network", at("09:10:00"))
        })
        .unwrap();
    pause(true);
    let run = house.followed(down).remove(0);
    assert_eq!(run.outcome, Some(Outcome::Cancelled));
    assert_eq!(run.reason.as_deref(), Some("the task was paused before Tempo got to it"));
}

#[test]
fn r11_r10_conditions_are_asked_of_a_run_that_came_after_others() {
    let house = House::new();
    let up = house.add("up", "", Overlap::Skip);
    let mut definition = Definition::new("down", Work::Command("true".to_owned()));
    definition.execution.after = after::parse("up").unwrap();
    definition.execution.conditions = crate::domain::condition::parse("network").unwrap();
    let down = house.store.write(move |db| tasks::add(db, &definition, at("09:00:00"))).unwrap().id;
    let run_of_up = house.start(up);
    let orders = house.store.write(move |db| run(db, &[ended(run_of_up, 0)], &situation(at("09:00:02")))).unwrap();
    let run = house.followed(down).remove(0);
    assert_eq!((orders.start.len(), orders.check.len(), run.state), (0, 1, RunState::Queued));
}

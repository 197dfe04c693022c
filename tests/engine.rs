//! The engine over a real store with real processes: slots run, runs end, engines come and go.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tempo::domain::after;
use tempo::domain::change::By;
use tempo::domain::condition;
use tempo::domain::dependency;
use tempo::domain::group::Limits;
use tempo::domain::retry::Retry;
use tempo::domain::run::{Outcome, Run, RunState, Trigger};
use tempo::domain::schedule::Decision;
use tempo::domain::task::{Definition, Overlap, Status, Work};
use tempo::domain::when::When;
use tempo::domain::{RunId, TaskId};
use tempo::engine::{Engine, Options};
use tempo::lock::Role;
use tempo::output::Reader;
use tempo::store::changes::Step;
use tempo::store::todos::{self, Turn};
use tempo::store::{Db, From, Store, attempts, clock, pauses, runs, schedules, slots, tasks};
use tempo::supervise::Spawner;

/// Nothing here takes longer than this, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct House {
    folder: tempfile::TempDir,
    store: Store,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        Self { folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self, max_running: usize) -> Options {
        Options {
            runs: self.path("runs"),
            envs: self.path("envs"),
            lock: self.path("engine.lock"),
            limits: Limits::new(max_running),
            output_cap: None,
            keep: tempo::domain::keep::Keep::default(),
            scripts: tempo::script::Scripts::new(self.path("scripts"), Vec::new()),
            role: Role::Library,
            exe: env!("CARGO_BIN_EXE_tempo").into(),
        }
    }

    fn engine(&self) -> Engine {
        let spawner = Spawner::from_exe(Path::new(env!("CARGO_BIN_EXE_tempo"))).unwrap();
        Engine::start(self.store.clone(), spawner, self.options(4)).unwrap()
    }

    fn add(&self, command: &str, change: impl FnOnce(&mut Definition) + Send + 'static) -> TaskId {
        let mut definition = Definition::new("job", Work::Command(command.to_owned()));
        change(&mut definition);
        self.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
    }

    fn schedule(&self, task: TaskId, when: When) {
        self.store.write(move |db| schedules::add(db, task, &when, "UTC", Timestamp::now())).unwrap();
    }

    fn run(&self, task: TaskId) -> RunId {
        self.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now())).unwrap()
    }

    /// Waits until the store shows something, woken by commits.
    fn wait<T>(&self, what: &str, mut look: impl FnMut(&Db) -> Option<T>) -> T {
        let db = self.store.reader().unwrap();
        let watch = self.store.watch().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(&db) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}");
            watch.wait(Some(left.min(Duration::from_millis(200)))).unwrap();
        }
    }

    fn finished(&self, run: RunId) -> Run {
        self.wait("the end of a run", |db| runs::get(db, run).ok().filter(|run| run.state == RunState::Finished))
    }

    fn running(&self, run: RunId) -> Run {
        self.wait("a running run", |db| runs::get(db, run).ok().filter(|run| run.state == RunState::Running))
    }

    /// What the supervisor wrote into its lock; a running run has one, or will at once.
    fn start_record(&self, run: RunId) -> serde_json::Value {
        let lock = self.path("runs").join(run.to_string()).join("lock");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(record) = serde_json::from_slice(&std::fs::read(&lock).unwrap()) {
                return record;
            }
            assert!(Instant::now() < deadline, "no start record");
            std::thread::yield_now();
        }
    }

    fn output(&self, run: RunId) -> String {
        std::fs::read_to_string(self.path("runs").join(run.to_string()).join("output")).unwrap_or_default()
    }
}

#[test]
fn r1_a_manual_run_ends_with_its_true_status_its_usage_and_its_output() {
    let house = House::new();
    let engine = house.engine();
    let good = house.run(house.add("echo out; echo err >&2", |_| {}));
    let bad = house.run(house.add("echo $TEMPO_TASK $TEMPO_RUN_ID $TEMPO_TRIGGER; exit 3", |_| {}));
    let killed = house.run(house.add("kill -9 $$", |_| {}));
    let missing = house.run(house.add("true", |d| d.execution.shell = "/no/such/shell".into()));
    assert_eq!(house.finished(good).outcome, Some(Outcome::Succeeded));
    assert_eq!(house.output(good), "out\nerr\n");
    let bad = house.finished(bad);
    assert_eq!(bad.outcome, Some(Outcome::Failed(3)));
    assert_eq!(house.output(bad.id), format!("job-2 {} manual\n", bad.id));
    assert_eq!(bad.usage.unwrap().output_bytes as usize, house.output(bad.id).len());
    assert!(bad.started_at.unwrap() <= bad.finished_at.unwrap());
    assert_eq!(house.finished(killed).outcome, Some(Outcome::Signaled(9)));
    let missing = house.finished(missing);
    assert_eq!(missing.outcome, Some(Outcome::CouldNotStart));
    assert!(missing.reason.unwrap().contains("/no/such/shell"));
    engine.stop();
}

#[test]
fn t3_each_slot_of_an_interval_runs_once_and_has_its_row() {
    let house = House::new();
    let task = house.add("true", |_| {});
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let engine = house.engine();
    let slots =
        house.wait("three slots", |db| Some(slots::of_task(db, task, 9).unwrap()).filter(|slots| slots.len() >= 3));
    engine.stop();
    for pair in slots.windows(2) {
        assert_eq!(pair[0].due_at.duration_since(pair[1].due_at).as_millis(), 1000);
    }
    for slot in &slots {
        assert_eq!(slot.decision, Decision::Run);
        let run = runs::get(&house.store.reader().unwrap(), slot.run.unwrap()).unwrap();
        assert_eq!(run.slot.unwrap().1, slot.due_at);
        assert!(slot.decided_at >= slot.due_at);
    }
}

#[test]
fn t6_a_run_that_is_to_wait_starts_at_its_time_also_under_the_next_engine() {
    let house = House::new();
    let task = house.add("true", |_| {});
    let until = Timestamp::now() + Duration::from_millis(700);
    let run = house
        .store
        .write(move |db| {
            let run = runs::queue(db, task, Trigger::CatchUp, None, &[], Timestamp::now())?;
            runs::hold(db, run, until).map(|()| run)
        })
        .unwrap();
    let engine = house.engine();
    let probe = house.run(house.add("true", |_| {}));
    house.finished(probe);
    engine.stop();
    let engine = house.engine();
    let finished = house.finished(run);
    assert!(finished.started_at.unwrap() >= until, "{finished:?}");
    assert_eq!((finished.outcome, finished.not_before), (Some(Outcome::Succeeded), None));
    engine.stop();
}

#[test]
fn t5_startup_runs_once_for_each_boot_however_often_the_engine_starts() {
    let house = House::new();
    let task = house.add("true", |_| {});
    house.schedule(task, When::Startup);
    for _ in 0..3 {
        let engine = house.engine();
        let probe = house.run(house.add("true", |_| {}));
        house.finished(probe);
        engine.stop();
    }
    let db = house.store.reader().unwrap();
    let runs = runs::page(&db, Some(task), &From::Start, 9).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].trigger, Trigger::Startup);
}

#[test]
fn r2_a_slot_during_a_run_is_skipped_and_names_the_run() {
    let house = House::new();
    let task = house.add("sleep 60", |_| {});
    let engine = house.engine();
    let first = house.run(task);
    house.running(first);
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let slot = house.wait("a slot", |db| slots::of_task(db, task, 1).unwrap().pop());
    assert_eq!(slot.decision, Decision::Skipped);
    assert_eq!(slot.reason.unwrap(), format!("run #{first} was still running"));
    house.store.write(move |db| runs::request_stop(db, first, true, Timestamp::now())).unwrap();
    house.finished(first);
    engine.stop();
}

#[test]
fn r3_the_limit_holds_and_priority_goes_first() {
    let house = House::new();
    let spawner = Spawner::from_exe(Path::new(env!("CARGO_BIN_EXE_tempo"))).unwrap();
    let order = house.path("order");
    let line = |name: &str| format!("echo {name} >> {}", order.display());
    let blocker = house.add(&format!("while [ ! -e {} ]; do sleep 0.01; done", house.path("go").display()), |_| {});
    let late = house.add(&line("late"), |_| {});
    let urgent = house.add(&line("urgent"), |d| d.priority = tempo::domain::task::Priority::new(1).unwrap());
    let engine = Engine::start(house.store.clone(), spawner, house.options(1)).unwrap();
    let blocker = house.run(blocker);
    house.running(blocker);
    let (late, urgent) = (house.run(late), house.run(urgent));
    std::fs::write(house.path("go"), "").unwrap();
    house.finished(late);
    house.finished(urgent);
    assert_eq!(std::fs::read_to_string(order).unwrap(), "urgent\nlate\n");
    engine.stop();
}

#[test]
fn r4_stop_and_kill_and_r5_timeout() {
    let house = House::new();
    let engine = house.engine();
    let polite = house.run(house.add("sleep 60", |_| {}));
    let stubborn = house.run(house.add("trap '' TERM; echo deaf; while :; do sleep 0.1; done", |d| {
        d.execution.grace = Duration::from_secs(3600);
    }));
    let slow = house.run(house.add("sleep 60", |d| d.execution.timeout = Some(Duration::from_millis(200))));
    let deadline = Instant::now() + PATIENCE;
    while house.output(stubborn) != "deaf\n" {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    for run in [polite, stubborn] {
        house.running(run);
        house.store.write(move |db| runs::request_stop(db, run, false, Timestamp::now())).unwrap();
    }
    assert_eq!(house.finished(polite).outcome, Some(Outcome::Cancelled));
    house.wait("stopping", |db| (runs::get(db, stubborn).unwrap().state == RunState::Stopping).then_some(()));
    house.store.write(move |db| runs::request_stop(db, stubborn, false, Timestamp::now())).unwrap();
    let stubborn = house.finished(stubborn);
    assert_eq!(stubborn.outcome, Some(Outcome::Cancelled));
    assert!(stubborn.reason.unwrap().contains("killed"));
    assert_eq!(house.finished(slow).outcome, Some(Outcome::TimedOut));
    engine.stop();
}

#[test]
fn r7_a_run_over_its_limits_says_so_in_the_store_and_what_was_in_force() {
    let house = House::new();
    let engine = house.engine();
    let burner = house.run(house.add("while :; do :; done", |d| {
        d.execution.limits.cpu = Some(Duration::from_millis(300));
        d.execution.limits.nice = Some(19);
    }));
    let burner = house.finished(burner);
    assert_eq!(burner.outcome, Some(Outcome::TimedOut));
    assert_eq!(burner.limits.as_deref(), Some("cpu 300ms by rlimit and watchdog; nice 19"));
    assert!(burner.reason.unwrap().contains("its 0.3 s of CPU time"));
    // What can be shared with others counts for nobody's rlimit.
    let hog = "import mmap, time; m = mmap.mmap(-1, 200 << 20); [m.write(b'x' * 4096) for _ in range(51200)]; time.sleep(600)";
    let hog = house.run(house.add(&format!("python3 -c \"{hog}\""), |d| d.execution.limits.memory = Some(100 << 20)));
    let over = house.finished(hog);
    assert_eq!(over.outcome, Some(Outcome::OverMemory));
    assert!(over.reason.unwrap().contains("its 100 MiB"));
    assert!(over.usage.is_some_and(|usage| usage.peak_bytes > 100 << 20 && usage.samples > 0));
    engine.stop();
}

#[test]
fn r2_queue_runs_one_after_the_other() {
    let house = House::new();
    let task = house.add("sleep 0.05", |d| d.execution.overlap = Overlap::Queue);
    let engine = house.engine();
    let ids = [house.run(task), house.run(task), house.run(task)];
    let runs = ids.map(|run| house.finished(run));
    assert!(runs.windows(2).all(|pair| pair[0].finished_at.unwrap() <= pair[1].started_at.unwrap()));
    engine.stop();
}

#[test]
fn r2_replace_stops_the_old_run_even_one_that_refuses_and_the_new_one_waits_for_its_end() {
    let house = House::new();
    // It ignores the stop signal: after the grace it is killed.
    let task = house.add("trap '' TERM; while :; do sleep 0.05; done", |d| {
        d.execution.overlap = Overlap::Replace;
        d.execution.grace = Duration::from_millis(300);
    });
    let engine = house.engine();
    let first = house.run(task);
    house.running(first);
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let first = house.finished(first);
    assert_eq!(first.outcome, Some(Outcome::Cancelled));
    let reason = first.reason.unwrap();
    assert!(reason.starts_with("replaced by the slot of 20") && reason.contains("UTC; it was killed"), "{reason}");
    let second = house.wait("the run of the slot", |db| {
        let newer = runs::page(db, Some(task), &From::Before(first.id), 50).unwrap();
        newer.into_iter().rev().find(|run| run.started_at.is_some())
    });
    assert_eq!(second.trigger, Trigger::Schedule);
    assert!(second.started_at.unwrap() >= first.finished_at.unwrap());
    let slots = slots::of_task(&house.store.reader().unwrap(), task, 50).unwrap();
    assert!(slots.iter().any(|slot| slot.decision == Decision::Run && slot.run == Some(second.id)), "{slots:?}");
    house.store.write(move |db| tasks::set_paused(db, task, true, Timestamp::now())).unwrap();
    house.store.write(move |db| runs::request_stop(db, second.id, true, Timestamp::now())).unwrap();
    house.finished(second.id);
    engine.stop();
}

#[test]
fn r2_queue_all_keeps_every_slot_up_to_a_hundred_and_skips_the_next_with_that_reason() {
    let house = House::new();
    let task = house.add("sleep 60", |d| d.execution.overlap = Overlap::QueueAll);
    let engine = house.engine();
    let first = house.run(task);
    house.running(first);
    // All but one of the places are taken by hand.
    house
        .store
        .write(move |db| {
            for _ in 1..100 {
                runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now())?;
            }
            Ok(())
        })
        .unwrap();
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let slots = house.wait("two slots", |db| Some(slots::of_task(db, task, 9).unwrap()).filter(|s| s.len() >= 2));
    let [.., skipped, queued] = slots.as_slice() else { panic!("{slots:?}") };
    assert_eq!((queued.decision, queued.run), (Decision::Run, Some(RunId(first.0 + 100))));
    assert_eq!(skipped.decision, Decision::Skipped);
    assert_eq!(skipped.reason.as_deref(), Some("100 runs were waiting already"));
    engine.stop();
    assert_eq!(runs::get(&house.store.reader().unwrap(), first).unwrap().state, RunState::Running);
    let engine = house.engine();
    house
        .store
        .write(move |db| {
            tasks::set_paused(db, task, true, Timestamp::now())?;
            for (run, _) in runs::unfinished(db, task)? {
                runs::request_stop(db, run, true, Timestamp::now())?;
            }
            Ok(())
        })
        .unwrap();
    house.finished(first);
    engine.stop();
}

#[test]
fn r10_a_slots_run_waits_until_its_condition_holds_and_one_by_hand_does_not_ask() {
    let house = House::new();
    let engine = house.engine();
    let go = house.path("go");
    let command = format!("cmd:test -e {} && test \"$TEMPO_TASK\" = job && ! (: </dev/tty)", go.display());
    let task = house.add("true", move |d| {
        d.execution.conditions = condition::parse(&command).unwrap();
        d.execution.condition_window = Duration::from_secs(2);
    });
    let by_hand = house.run(task);
    assert_eq!(house.finished(by_hand).outcome, Some(Outcome::Succeeded));
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let run = house.wait("a run that waits", |db| {
        let newest = runs::page(db, Some(task), &From::Start, 1).unwrap().pop()?;
        newest.reason.is_some().then_some(newest)
    });
    assert_eq!((run.state, run.trigger), (RunState::Queued, Trigger::Schedule));
    let reason = run.reason.unwrap();
    assert!(reason.starts_with("waits until `test -e ") && reason.ends_with("` succeeds (exit 1)"), "{reason}");
    let at = run.not_before.unwrap();
    assert!(at <= Timestamp::now() + Duration::from_secs(2), "{at}: the last check is at the end of the window");
    std::fs::write(&go, "").unwrap();
    let run = house.finished(run.id);
    assert_eq!((run.outcome, run.reason), (Some(Outcome::Succeeded), None));
    assert!(run.started_at.unwrap() >= at, "it was not looked at before");
    let slots = slots::of_task(&house.store.reader().unwrap(), task, 99).unwrap();
    let in_the_way = format!("run #{} was still waiting to start: it {reason}", run.id);
    assert!(slots.iter().any(|slot| slot.reason.as_ref() == Some(&in_the_way)), "{slots:?}");
    house.store.write(move |db| tasks::set_paused(db, task, true, Timestamp::now())).unwrap();
    house.wait("rest", |db| runs::unfinished(db, task).unwrap().is_empty().then_some(()));
    engine.stop();
    assert_eq!(std::fs::read_dir(house.path("checks")).unwrap().count(), 0, "nothing is left of the checks");
}

#[test]
fn r10_a_run_whose_condition_never_holds_is_skipped_with_the_reason_also_by_another_engine() {
    let house = House::new();
    let task = house.add("true", |d| {
        // No machine is that idle while this runs, and the command is never reached.
        d.execution.conditions = condition::parse("load<0.01; cmd:touch never").unwrap();
        d.execution.condition_window = Duration::from_secs(2);
        d.execution.cwd = Some("/".into());
    });
    let stuck = house.add("true", |d| {
        d.execution.conditions = condition::parse("cmd:sleep 60").unwrap();
        d.execution.condition_window = Duration::from_secs(1);
    });
    let other = house.add("true", |_| {});
    let slot = |task| {
        move |db: &Db| {
            let schedule =
                schedules::add(db, task, &When::every(Duration::from_secs(3600)).unwrap(), "UTC", Timestamp::now())?;
            runs::queue(db, task, Trigger::Schedule, Some((schedule.id, Timestamp::now())), &[], Timestamp::now())
        }
    };
    let run = house.store.write(slot(task)).unwrap();
    let checked = house.store.write(slot(stuck)).unwrap();
    let engine = house.engine();
    house.wait("a run that waits", |db| runs::get(db, run).unwrap().reason);
    // A check that takes long is in nobody's way.
    assert_eq!(house.finished(house.run(other)).outcome, Some(Outcome::Succeeded));
    assert_eq!(runs::get(&house.store.reader().unwrap(), checked).unwrap().state, RunState::Queued);
    engine.stop();
    let engine = house.engine();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.started_at), (Some(Outcome::Skipped), None));
    let reason = run.reason.unwrap();
    assert!(reason.starts_with("load was ") && reason.ends_with(", below 0.01 was asked, for 2s"), "{reason}");
    house.store.write(move |db| runs::request_stop(db, checked, false, Timestamp::now())).unwrap();
    assert_eq!(house.finished(checked).outcome, Some(Outcome::Cancelled));
    engine.stop();
}

#[test]
fn r11_a_task_runs_once_when_both_before_it_have_ended_also_when_an_end_is_found_by_the_next_engine() {
    let house = House::new();
    let (go, backup) = (house.path("go"), house.add("true", |d| d.name = "backup".to_owned()));
    let wait = format!("until test -e {}; do sleep 0.02; done; exit 3", go.display());
    let mirror = house.add(&wait, |d| d.name = "mirror".to_owned());
    let join = house.add("echo $TEMPO_TRIGGER", |d| {
        d.name = "join".to_owned();
        d.execution.after = after::parse("backup; mirror:failure").unwrap();
    });
    let alarm = house.add("true", |d| {
        d.name = "alarm".to_owned();
        d.execution.after = after::parse("backup:failure").unwrap();
    });
    let engine = house.engine();
    let last = house.run(mirror);
    house.running(last);
    house.finished(house.run(backup));
    let second = house.run(backup);
    house.finished(second);
    engine.stop();
    // It ends while nobody looks.
    std::fs::write(&go, "").unwrap();
    let record = house.path("runs").join(last.to_string()).join("exit.json");
    let deadline = Instant::now() + PATIENCE;
    while !record.exists() {
        assert!(Instant::now() < deadline, "no exit record");
        std::thread::yield_now();
    }
    let engine = house.engine();
    let run = house.wait("the run after both", |db| {
        runs::page(db, Some(join), &From::Start, 1).unwrap().pop().filter(|run| run.state == RunState::Finished)
    });
    assert_eq!((run.trigger, run.outcome), (Trigger::After, Some(Outcome::Succeeded)));
    assert_eq!(run.came_after, Some(format!("#{second} of backup, #{last} of mirror")));
    assert_eq!(house.output(run.id), "after\n");
    engine.stop();
    // The engine after that decides nothing again.
    let engine = house.engine();
    house.finished(house.run(mirror));
    engine.stop();
    let db = house.store.reader().unwrap();
    let count = |task| runs::count(&db, Some(task), 99).unwrap();
    assert_eq!((count(join), count(alarm)), (1, 0));
}

#[test]
fn r12_a_task_that_fails_again_and_again_is_paused_with_the_reason_and_resuming_begins_anew() {
    let house = House::new();
    let engine = house.engine();
    let task = house.add("exit 3", |d| d.execution.pause_after = std::num::NonZeroU32::new(2));
    house.schedule(task, When::every(Duration::from_secs(1)).unwrap());
    let rest = house.wait("the pause", |db| pauses::newest(db, task, None).unwrap());
    assert_eq!((rest.reason.as_deref(), rest.until), (Some("failed 2 times in a row"), None));
    let db = house.store.reader().unwrap();
    let paused = tasks::get(&db, task).unwrap();
    assert_eq!((paused.definition.paused, paused.failures), (true, 2));
    assert!(schedules::of_task(&db, task).unwrap()[0].next_at.is_none());
    // A success by hand counts, and does not resume; a person does.
    house.store.write(move |db| tasks::set_paused(db, task, false, Timestamp::now())).unwrap();
    let again = house
        .wait("the second pause", |db| pauses::newest(db, task, None).unwrap().filter(|pause| pause.from > rest.from));
    assert_eq!(again.reason.as_deref(), Some("failed 2 times in a row"), "it has begun to count anew");
    engine.stop();
}

#[test]
fn r12_what_has_not_succeeded_in_time_is_late_at_that_instant_although_nothing_happens_then() {
    let house = House::new();
    let task = house.add("true", |d| d.execution.expect_by = Some("1s".parse().unwrap()));
    let engine = house.engine();
    let late = house.wait("lateness", |db| tasks::get(db, task).unwrap().late_since);
    let created = tasks::get(&house.store.reader().unwrap(), task).unwrap().created_at;
    assert_eq!(late.duration_since(created).as_millis(), 1000);
    let run = house.finished(house.run(task));
    assert_eq!(run.outcome, Some(Outcome::Succeeded));
    house.wait("late again", |db| tasks::get(db, task).unwrap().late_since.filter(|since| *since > late));
    engine.stop();
}

#[test]
fn r8_runs_go_on_without_an_engine_and_the_next_one_adopts_them() {
    let house = House::new();
    let go = house.path("go");
    let command = format!("echo begun; while [ ! -e {} ]; do sleep 0.01; done; echo done; exit 7", go.display());
    let engine = house.engine();
    let short = house.run(house.add(&command, |_| {}));
    let long = house.run(house.add("echo begun; sleep 60", |d| d.execution.timeout = Some(Duration::from_millis(900))));
    house.running(short);
    house.running(long);
    engine.stop();
    std::fs::write(&go, "").unwrap();
    let exit = house.path("runs").join(short.to_string()).join("exit.json");
    let deadline = Instant::now() + PATIENCE;
    while !exit.exists() {
        assert!(Instant::now() < deadline);
        std::thread::yield_now();
    }
    let engine = house.engine();
    assert_eq!(house.finished(short).outcome, Some(Outcome::Failed(7)));
    assert_eq!(house.output(short), "begun\ndone\n");
    assert_eq!(house.finished(long).outcome, Some(Outcome::TimedOut), "the timeout counted on");
    engine.stop();
}

#[test]
fn r4_r8_a_stop_under_way_is_not_hastened_by_the_next_engine() {
    let house = House::new();
    let engine = house.engine();
    let command = "trap 'echo asked; sleep 0.5; echo tidy; exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    let run = house.run(house.add(command, |d| d.execution.grace = Duration::from_secs(3600)));
    house.wait("its trap", |_| house.output(run).contains("ready").then_some(()));
    house.store.write(move |db| runs::request_stop(db, run, false, Timestamp::now())).unwrap();
    house.wait("the stop", |_| house.output(run).contains("asked").then_some(()));
    engine.stop();
    let engine = house.engine();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.reason.as_deref()), (Some(Outcome::Cancelled), Some("stopped by hand")));
    assert!(house.output(run.id).ends_with("tidy\n"), "{}", house.output(run.id));
    engine.stop();
}

#[test]
fn r8_a_killed_supervisor_makes_the_run_lost_and_blocks_nothing() {
    let house = House::new();
    let engine = house.engine();
    let task = house.add("sleep 60", |_| {});
    let run = house.run(task);
    house.running(run);
    let supervisor = i32::try_from(house.start_record(run)["supervisor"].as_i64().unwrap()).unwrap();
    let supervisor = rustix::process::Pid::from_raw(supervisor).unwrap();
    rustix::process::kill_process(supervisor, rustix::process::Signal::KILL).unwrap();
    let lost = house.finished(run);
    assert_eq!(lost.outcome, Some(Outcome::Lost));
    // The spawner and the engine both look for what it left behind: who finds it is chance.
    assert!(lost.reason.unwrap().starts_with("its supervisor was killed"));
    house.running(house.run(task));
    let next = runs::unfinished(&house.store.reader().unwrap(), task).unwrap()[0].0;
    house.store.write(move |db| runs::request_stop(db, next, true, Timestamp::now())).unwrap();
    house.finished(next);
    engine.stop();
}

#[test]
fn r8_a_killed_spawner_is_replaced_and_runs_go_on() {
    let house = House::new();
    let engine = house.engine();
    let go = house.path("go");
    let before = house.run(house.add(&format!("while [ ! -e {} ]; do sleep 0.01; done", go.display()), |_| {}));
    house.running(before);
    let supervisor = house.start_record(before)["supervisor"].to_string();
    rustix::process::kill_process(parent_of(&supervisor), rustix::process::Signal::KILL).unwrap();
    let after = house.run(house.add("echo after", |_| {}));
    assert_eq!(house.finished(after).outcome, Some(Outcome::Succeeded));
    std::fs::write(go, "").unwrap();
    assert_eq!(house.finished(before).outcome, Some(Outcome::Succeeded));
    engine.stop();
}

fn parent_of(process: &str) -> rustix::process::Pid {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let parent = line.rsplit_once(')').unwrap().1.split_whitespace().nth(1).unwrap();
    rustix::process::Pid::from_raw(parent.parse().unwrap()).unwrap()
}

#[test]
fn t3_a_run_that_was_admitted_but_never_started_is_started_by_the_next_engine() {
    let house = House::new();
    let task = house.add("echo once", |_| {});
    let run = house.run(task);
    let boot = tempo::supervise::boot_id().unwrap();
    // As after a kill -9 between the commit and the start.
    house.store.write(move |db| runs::starting(db, run, &boot)).unwrap();
    let engine = house.engine();
    assert_eq!(house.finished(run).outcome, Some(Outcome::Succeeded));
    assert_eq!(house.output(run), "once\n");
    engine.stop();
}

#[test]
fn r8_what_was_running_in_an_earlier_boot_is_lost_and_says_so() {
    let house = House::new();
    let run = house.run(house.add("true", |_| {}));
    house.store.write(move |db| runs::starting(db, run, "an earlier boot")).unwrap();
    let engine = house.engine();
    let lost = house.finished(run);
    assert_eq!(lost.outcome, Some(Outcome::Lost));
    assert_eq!(lost.reason.unwrap(), "the machine was restarted");
    engine.stop();
}

/// A command that does this in its first, second, ... attempt.
fn by_attempt(commands: &[&str]) -> String {
    let cases = commands.iter().enumerate().map(|(at, command)| format!("{}) {command} ;; ", at + 1));
    format!("case $TEMPO_ATTEMPT in {}esac", cases.collect::<String>())
}

fn retry(text: &str) -> Option<Retry> {
    Retry::parse(text).unwrap()
}

#[test]
fn r6_a_run_that_fails_twice_succeeds_in_its_third_attempt_with_one_story_in_one_output() {
    let house = House::new();
    let engine = house.engine();
    let command = by_attempt(&["echo one; exit 1", "echo two >&2; kill -11 $$", "echo three"]);
    let run = house.run(house.add(&command, |d| d.execution.retry = retry("3 delay=0s")));
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt, run.attempts), (Some(Outcome::Succeeded), 3, 4));
    assert_eq!(house.output(run.id), "one\ntwo\nthree\n");
    assert_eq!(run.usage.unwrap().output_bytes, 14);
    let attempts = attempts::of_run(&house.store.reader().unwrap(), run.id).unwrap();
    let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed(1), Outcome::Signaled(11), Outcome::Succeeded]);
    assert!(attempts.windows(2).all(|pair| pair[0].ended_at <= pair[1].started_at));
    assert_eq!((run.started_at, run.finished_at), (attempts[0].started_at, attempts[2].ended_at));
    let folder = house.path("runs").join(run.id.to_string());
    let mut output = Reader::open(&folder).unwrap();
    assert_eq!([1, 2, 3].map(|n| output.attempt(n).unwrap()), [0..4, 4..8, 8..14]);
    for name in ["spec.json", "lock", "exit.json", "spec.2.json", "lock.2", "exit.2.json", "lock.3", "exit.3.json"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    engine.stop();
}

#[test]
fn r6_the_wait_and_the_attempts_outlive_a_killed_engine() {
    let house = House::new();
    let go = |name: &str| format!("while [ ! -e {} ]; do sleep 0.01; done", house.path(name).display());
    let command = by_attempt(&[&format!("{}; exit 3", go("first")), &go("second")]);
    let run = house.run(house.add(&command, |d| d.execution.retry = retry("1 delay=1h")));
    let daemon = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tempo"));
        command.arg("daemon").env("TEMPO_HOME", house.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        Daemon(command.spawn().unwrap())
    };
    // Killed during the first attempt, which ends while nobody is there.
    let engine = daemon();
    house.running(run);
    house.start_record(run);
    drop(engine);
    std::fs::write(house.path("first"), "").unwrap();
    let exit = house.path("runs").join(run.to_string()).join("exit.json");
    house.wait("the first attempt's record", |_| exit.exists().then_some(()));
    // Killed during the wait.
    let engine = daemon();
    let waits = house.wait("the wait", |db| runs::get(db, run).ok().filter(|run| run.retry_at.is_some()));
    assert_eq!((waits.state, waits.attempt), (RunState::WaitingRetry, 1));
    drop(engine);
    assert_eq!(runs::get(&house.store.reader().unwrap(), run).unwrap(), waits, "it is in the store");
    // As if the hour had passed but for a moment.
    let due = Timestamp::now() + jiff::SignedDuration::from_millis(1500);
    let passed = due.duration_since(waits.retry_at.unwrap());
    house.store.write(move |db| clock::move_intervals(db, passed, Timestamp::MAX)).unwrap();
    // Killed during the second attempt.
    let engine = daemon();
    let second = house.running(run);
    assert_eq!((second.attempt, second.started_at), (2, waits.started_at));
    let lock = house.path("runs").join(run.to_string()).join("lock.2");
    house.wait("its start record", |_| std::fs::metadata(&lock).is_ok_and(|lock| lock.len() > 0).then_some(()));
    drop(engine);
    let _engine = daemon();
    std::fs::write(house.path("second"), "").unwrap();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Succeeded), 2));
    let attempts = attempts::of_run(&house.store.reader().unwrap(), run.id).unwrap();
    let [first, second] = attempts.as_slice() else { panic!("{attempts:?}") };
    assert_eq!((first.outcome, second.outcome), (Outcome::Failed(3), Outcome::Succeeded));
    assert!(second.started_at.unwrap() >= due, "not before its time");
}

/// A process that is killed without a word at the end.
struct Daemon(std::process::Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn r5_the_deadline_over_all_attempts_cuts_the_second_one_short_of_its_own_timeout() {
    let house = House::new();
    let engine = house.engine();
    let command = by_attempt(&["exit 1", "sleep 600"]);
    let run = house.run(house.add(&command, |d| {
        d.execution.retry = retry("5 delay=0s on=1,timeout");
        d.execution.timeout = Some(Duration::from_secs(600));
        d.execution.deadline = Some(Duration::from_secs(2));
    }));
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::TimedOut), 2));
    assert_eq!(run.reason.as_deref(), Some("its deadline of 2s over all attempts was over"));
    let exit = house.path("runs").join(run.id.to_string()).join("exit.2.json");
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(exit).unwrap()).unwrap();
    assert_eq!((&record["attempt"], &record["stopped_by"]), (&2.into(), &"deadline".into()));
    engine.stop();
}

#[test]
fn r6_r8_a_lost_attempt_is_tried_again_when_the_task_says_so() {
    let house = House::new();
    let engine = house.engine();
    let command = by_attempt(&["echo begun; sleep 600", "echo again"]);
    let run = house.run(house.add(&command, |d| d.execution.retry = retry("1 delay=0s on=lost")));
    house.wait("its first word", |_| (house.output(run) == "begun\n").then_some(()));
    house.running(run);
    let supervisor = i32::try_from(house.start_record(run)["supervisor"].as_i64().unwrap()).unwrap();
    let supervisor = rustix::process::Pid::from_raw(supervisor).unwrap();
    rustix::process::kill_process(supervisor, rustix::process::Signal::KILL).unwrap();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Succeeded), 2));
    assert_eq!(house.output(run.id), "begun\nagain\n");
    let first = &attempts::of_run(&house.store.reader().unwrap(), run.id).unwrap()[0];
    assert_eq!((first.outcome, first.ended_at, first.usage), (Outcome::Lost, None, None));
    assert!(first.reason.as_deref().is_some_and(|reason| reason.starts_with("its supervisor was killed")));
    engine.stop();
}

#[test]
fn r4_r6_a_stop_reaches_the_second_attempt() {
    let house = House::new();
    let engine = house.engine();
    let command = by_attempt(&["exit 1", "echo ready; sleep 600", "echo never"]);
    let run = house.run(house.add(&command, |d| d.execution.retry = retry("5 delay=0s on=1,signal,143")));
    house.wait("the second attempt", |_| (house.output(run) == "ready\n").then_some(()));
    house.store.write(move |db| runs::request_stop(db, run, false, Timestamp::now())).unwrap();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Cancelled), 2));
    engine.stop();
}

#[test]
fn r6_a_second_attempt_that_was_admitted_but_never_started_is_started_by_the_next_engine() {
    let house = House::new();
    let engine = house.engine();
    let run = house.run(house.add(&by_attempt(&["exit 1", "echo two"]), |d| d.execution.retry = retry("1 delay=1h")));
    house.wait("the wait", |db| runs::get(db, run).ok().filter(|run| run.retry_at.is_some()));
    engine.stop();
    let boot = tempo::supervise::boot_id().unwrap();
    let later = Timestamp::now() + jiff::SignedDuration::from_hours(2);
    // As after a kill -9 between the commit and the start.
    house.store.write(move |db| attempts::release(db, later).and_then(|()| runs::starting(db, run, &boot))).unwrap();
    let engine = house.engine();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Succeeded), 2));
    assert_eq!(house.output(run.id), "two\n");
    engine.stop();
}

#[test]
fn r6_r8_a_run_that_an_older_build_left_is_read_and_goes_on_with_a_second_attempt() {
    let house = House::new();
    let run = house.run(house.add("echo new", |d| d.execution.retry = retry("1 delay=0s")));
    let boot = tempo::supervise::boot_id().unwrap();
    house.store.write(move |db| runs::starting(db, run, &boot)).unwrap();
    let folder = house.path("runs").join(run.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, content: &[u8]| std::fs::write(folder.join(name), content).unwrap();
    // What was written before there were attempts.
    write(
        "spec.json",
        br#"{"run":1,"attempt":1,"argv":["false"],"env":{},"env_remove":[],"cwd":"/","timeout_ms":null,"grace_ms":1}"#,
    );
    write("lock", br#"{"supervisor":1,"boot":"b","started_at":"2026-11-21T09:00:00Z"}"#);
    write(
        "exit.json",
        br#"{"attempt":1,"started_at":"2026-11-21T09:00:00Z","ended_at":"2026-11-21T09:00:01Z","ended":{"exited":7},
        "stopped_by":null,"killed":false,"cpu_micros":1,"max_rss_bytes":2,"output_bytes":4,"output_lines":1,
        "dropped_bytes":0,"strays":0}"#,
    );
    write("output", b"old\n");
    let mut record = [0; 32];
    record[16..24].copy_from_slice(&1_795_251_600_000_000_i64.to_le_bytes());
    record[24] = 1;
    write("output.idx", &record);
    let engine = house.engine();
    let run = house.finished(run);
    assert_eq!((run.outcome, run.attempt), (Some(Outcome::Succeeded), 2));
    assert_eq!(house.output(run.id), "old\nnew\n");
    let mut output = Reader::open(&folder).unwrap();
    assert_eq!([1, 2].map(|n| output.attempt(n).unwrap()), [0..4, 4..8]);
    assert_eq!(attempts::of_run(&house.store.reader().unwrap(), run.id).unwrap()[0].outcome, Outcome::Failed(7));
    engine.stop();
}

#[test]
fn one_engine_works_at_a_time_and_the_next_takes_over_when_it_ends() {
    let house = House::new();
    let first = house.engine();
    let run = house.run(house.add("true", |_| {}));
    house.finished(run);
    let second = house.engine();
    assert!(first.is_working() && !second.is_working());
    first.stop();
    let run = house.run(house.add("true", |_| {}));
    house.finished(run);
    assert!(second.is_working());
    second.stop();
}

/// Asks for a run to stand still, or to go on, and waits until it does.
fn pause(house: &House, run: RunId, pause: bool) {
    assert_eq!(house.store.write(move |db| runs::request_pause(db, run, pause)).unwrap(), runs::PauseRequest::Noted);
    settled(house, run, pause);
}

fn settled(house: &House, run: RunId, pause: bool) {
    house.wait("a pause", |db| {
        runs::get(db, run).ok().filter(|run| run.paused_at.is_some() == pause && run.pause_requested == pause)
    });
}

/// Whether a run's leader stands still: it is stopped, or, as a shell in the middle of a vfork, waits for a child that is.
fn stands_still(house: &House, run: RunId) -> bool {
    let leader = house.wait("a leader", |_| house.start_record(run)["leader"].as_i64());
    let stat = std::fs::read_to_string(format!("/proc/{leader}/stat")).unwrap();
    matches!(stat.rsplit(") ").next().unwrap().chars().next().unwrap(), 'T' | 'D')
}

#[test]
fn r4_r8_a_pause_is_kept_over_engines_and_its_end_reaches_the_run_too() {
    let house = House::new();
    let engine = house.engine();
    let run = house.run(house.add("echo ready; while ! test -e go; do sleep 0.01; done; echo done", {
        let folder = house.folder.path().to_owned();
        move |d| d.execution.cwd = Some(folder)
    }));
    house.running(run);
    pause(&house, run, true);
    assert!(stands_still(&house, run));
    let paused = runs::get(&house.store.reader().unwrap(), run).unwrap();
    assert!(paused.is_paused() && paused.state == RunState::Running);
    engine.stop();

    // Nobody is there: the wish waits. The engine that comes passes it on.
    std::fs::write(house.path("go"), "").unwrap();
    let met = house.store.write(move |db| runs::request_pause(db, run, false)).unwrap();
    assert_eq!(met, runs::PauseRequest::Noted);
    assert!(stands_still(&house, run));
    let engine = house.engine();
    let ended = house.finished(run);
    assert_eq!((ended.outcome, ended.paused_at), (Some(Outcome::Succeeded), None));
    assert_eq!(house.output(run), "ready\ndone\n");
    let met = house.store.write(move |db| runs::request_pause(db, run, true)).unwrap();
    assert_eq!(met, runs::PauseRequest::NotRunning(RunState::Finished));
    engine.stop();
}

#[test]
fn r4_r8_a_pause_that_no_engine_passed_on_or_saw_comes_about_with_the_next_one() {
    let house = House::new();
    let engine = house.engine();
    let run = house.run(house.add("while :; do sleep 0.01; done", |_| {}));
    house.running(run);
    house.start_record(run);
    engine.stop();
    house.store.write(move |db| runs::request_pause(db, run, true)).unwrap();
    let engine = house.engine();
    settled(&house, run, true);
    assert!(stands_still(&house, run));
    engine.stop();
    // An engine that died before it could write down what it had seen.
    house.store.write(move |db| runs::paused(db, run, None, Timestamp::now())).unwrap();
    let engine = house.engine();
    settled(&house, run, true);
    // Quickly to and fro: what is wanted last counts.
    for wish in [false, true, false, true, false] {
        house.store.write(move |db| runs::request_pause(db, run, wish)).unwrap();
    }
    settled(&house, run, false);
    house.wait("it goes on", |_| (!stands_still(&house, run)).then_some(()));
    house.store.write(move |db| runs::request_stop(db, run, true, Timestamp::now())).unwrap();
    assert_eq!(house.finished(run).outcome, Some(Outcome::Cancelled));
    engine.stop();
}

#[test]
fn r4_a_stop_of_a_paused_run_ends_the_pause_and_the_run() {
    let house = House::new();
    let engine = house.engine();
    let run = house.run(house.add("trap 'echo bye; exit 3' USR1; echo ready; while :; do sleep 0.01; done", |d| {
        d.execution.stop_signal = "USR1".parse().unwrap();
    }));
    house.running(run);
    house.wait("its trap", |_| house.output(run).contains("ready").then_some(()));
    pause(&house, run, true);
    house.store.write(move |db| runs::request_stop(db, run, false, Timestamp::now())).unwrap();
    let ended = house.finished(run);
    assert_eq!(ended.outcome, Some(Outcome::Cancelled));
    assert!(!ended.pause_requested && ended.paused_at.is_none());
    assert!(house.output(run).starts_with("ready\nbye\n"), "{}", house.output(run));
    engine.stop();
}

#[test]
fn r8_when_the_supervisor_and_the_spawner_are_killed_the_engine_ends_what_is_left_and_says_so() {
    let house = House::new();
    let engine = house.engine();
    let script = "setsid sh -c 'echo far=$$; while :; do sleep 1000; done' & echo leader=$$; wait";
    let run = house.run(house.add(script, |_| {}));
    house.running(run);
    let text = house
        .wait("both", |_| Some(house.output(run)).filter(|text| text.contains("far=") && text.contains("leader=")));
    let record = house.start_record(run);
    let supervisor = record["supervisor"].to_string();
    let kill = |pid| rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    kill(parent_of(&supervisor));
    kill(rustix::process::Pid::from_raw(supervisor.parse().unwrap()).unwrap());
    let lost = house.finished(run);
    assert_eq!(lost.outcome, Some(Outcome::Lost));
    let reason = lost.reason.unwrap();
    assert!(
        reason.starts_with("its supervisor was killed; ")
            && reason.ends_with("processes that it left behind were ended")
    );
    for word in text.split_whitespace() {
        let pid = word.split_once('=').unwrap().1;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{word} lives: {stat}");
    }
    // And the engine goes on.
    let next = house.run(house.add("true", |_| {}));
    assert_eq!(house.finished(next).outcome, Some(Outcome::Succeeded));
    engine.stop();
}

#[test]
fn o3_an_engine_removes_outputs_beyond_the_limits_as_runs_end_and_none_of_a_run_that_lives() {
    let house = House::new();
    let keep = tempo::domain::keep::Keep { days: None, runs: Some(3), bytes: None };
    let spawner = Spawner::from_exe(Path::new(env!("CARGO_BIN_EXE_tempo"))).unwrap();
    let engine = Engine::start(house.store.clone(), spawner, Options { keep, ..house.options(4) }).unwrap();
    let task = house.add("echo $TEMPO_RUN_ID", |_| {});
    let ask =
        || house.store.write(move |db| runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now())).unwrap();
    let all: Vec<RunId> = (0..8)
        .map(|_| {
            let run = ask();
            house.finished(run);
            run
        })
        .collect();
    let folder = |run: &RunId| house.path("runs").join(run.to_string());
    let deadline = Instant::now() + PATIENCE;
    while all[..5].iter().any(|run| folder(run).exists()) {
        assert!(Instant::now() < deadline, "they are still there");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(all[5..].iter().all(|run| folder(run).join("output").exists()));
    engine.stop();
    let db = house.store.reader().unwrap();
    let removed: Vec<bool> = all.iter().map(|run| runs::get(&db, *run).unwrap().removed.is_some()).collect();
    assert_eq!(removed, [true, true, true, true, true, false, false, false]);
}

#[test]
fn a3_a_run_waits_for_a_persons_done_and_starts_when_it_is_said_without_anything_to_wake_for() {
    let house = House::new();
    let todo = Definition::new("approve", Work::Todo(Status::Open));
    let approve = house.store.write(move |db| tasks::add(db, &todo, Timestamp::now())).unwrap().id;
    let marker = house.path("ran");
    let deploy = house.add(&format!("touch {}", marker.display()), |definition| {
        definition.depends_on = dependency::parse("approve:each").unwrap();
    });
    let engine = house.engine();
    let other = house.add("true", |_| {});
    for n in 0..2 {
        let run = house.run(deploy);
        // The engine has seen it, and gone on.
        assert_eq!(house.finished(house.run(other)).outcome, Some(Outcome::Succeeded));
        let waits = runs::get(&house.store.reader().unwrap(), run).unwrap();
        assert_eq!((waits.state, waits.reason.as_deref()), (RunState::Queued, Some("waits for approve to be done")));
        assert_eq!(marker.exists(), n > 0);
        let done = house.store.write(move |db| {
            todos::turn(db, &mut Step::new(By::Cli, Timestamp::now()), approve, Status::Completed, false)
        });
        let Turn::Turned(turned) = done.unwrap() else { panic!("it waits for nothing") };
        assert_eq!(turned.effect.sentence().unwrap(), "unblocks job");
        assert_eq!(house.finished(run).outcome, Some(Outcome::Succeeded));
        assert!(marker.exists());
        let status = tasks::get(&house.store.reader().unwrap(), approve).unwrap().definition.work;
        assert_eq!(status, Work::Todo(Status::Open), "the next run needs a new done");
    }
    engine.stop();
}

#[test]
fn a3_a_task_that_fails_opens_a_to_do_with_what_it_printed_and_its_success_completes_it() {
    let house = House::new();
    let fails = house.path("fails");
    std::fs::write(&fails, "").unwrap();
    let task = house.add(&format!("echo no room on the disk; ! test -e {}", fails.display()), |definition| {
        definition.execution.todo_after = std::num::NonZeroU32::new(2);
    });
    let engine = house.engine();
    assert_eq!(house.finished(house.run(task)).outcome, Some(Outcome::Failed(1)));
    assert_eq!(house.finished(house.run(task)).outcome, Some(Outcome::Failed(1)));
    let todo = house.wait("the to-do", |db| tasks::find_exactly(db, "job-fails").ok());
    assert!(todo.definition.description.ends_with("    no room on the disk\n"), "{}", todo.definition.description);
    std::fs::remove_file(&fails).unwrap();
    assert_eq!(house.finished(house.run(task)).outcome, Some(Outcome::Succeeded));
    house.wait("the end of the to-do", |db| {
        let work = tasks::get(db, todo.id).unwrap().definition.work;
        (work == Work::Todo(Status::Completed)).then_some(())
    });
    engine.stop();
}

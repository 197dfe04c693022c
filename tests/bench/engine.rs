//! What durability costs: runs per second, lateness, and a thousand runs at one instant, each beside the machine's floor (the
//! bare spawn loop, the bare timer) in the same run. Prints `metric value unit`. `cargo bench --bench engine`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tempo::domain::TaskId;
use tempo::domain::group::Limits;
use tempo::domain::run::{RunState, Trigger};
use tempo::domain::task::{Definition, Overlap, Work};
use tempo::domain::when::When;
use tempo::engine::{Engine, Options};
use tempo::lock::Role;
use tempo::store::{Store, overview, runs, schedules, tasks};
use tempo::supervise::Spawner;

const RUNS: usize = 1000;
const LATE_RUNS: u32 = 200;
const APART: Duration = Duration::from_millis(100);

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("spawner") => drop(tempo::supervise::spawner_main()),
        Some("stamp") => stamp(Path::new(&args[2])),
        // Nothing to measure in a debug build, which `cargo test --benches` makes.
        _ if cfg!(debug_assertions) => {}
        _ => bench(),
    }
}

/// The job of the lateness benchmark: writes down when it began.
fn stamp(file: &Path) {
    let now = Timestamp::now();
    std::fs::write(file, now.as_nanosecond().to_string()).unwrap();
}

fn bench() {
    // `cargo bench --bench engine -- /FOLDER`; else on the disk of the build, for durable means a disk. One on which many files
    // were deleted in the last minutes is slow to create others, if it is an ext4 without a journal.
    let place = std::env::args().skip(1).find(|argument| argument.starts_with('/'));
    let all = tempfile::tempdir_in(place.as_deref().unwrap_or(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let all = all.path();
    let mut spawners: Vec<Spawner> = (0..4).map(|_| Spawner::fork().unwrap()).collect();
    for in_flight in [2, 8] {
        // The floor before and after, because the machine is shared: the better one counts.
        let before = bare_loop(in_flight);
        let tempo = durable_runs(all, spawners.pop().unwrap(), in_flight);
        let floor = before.max(bare_loop(in_flight));
        println!("bare_runs_{in_flight}_in_flight {floor:.0} runs/s");
        println!("durable_runs_{in_flight}_in_flight {tempo:.0} runs/s");
        println!("durable_runs_{in_flight}_in_flight_ratio {:.2} of_bare", tempo / floor);
    }

    let bare = lateness_bare(all);
    let tempo = lateness(spawners.pop().unwrap(), all);
    for (name, share) in [("p50", 50), ("p99", 99)] {
        let at = |all: &[f64]| all[(all.len() * share / 100).min(all.len() - 1)];
        println!("bare_lateness_{name} {:.2} ms", at(&bare));
        println!("lateness_{name} {:.2} ms", at(&tempo));
        println!("lateness_{name}_ratio {:.2} of_bare", at(&tempo) / at(&bare));
    }

    let floor = RUNS as f64 / bare_loop(8);
    let last = due_at_once(all, spawners.pop().unwrap());
    println!("bare_1000_at_once {floor:.3} s");
    println!("due_1000_at_once_last_started {last:.3} s");
    println!("due_1000_at_once_ratio {:.2} of_bare", last / floor);
}

/// Runs per second of `sh -c true`, spawned and waited for by as many threads.
fn bare_loop(in_flight: usize) -> f64 {
    let left = AtomicUsize::new(RUNS);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..in_flight {
            scope.spawn(|| {
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
                    let status = Command::new("/bin/sh").args(["-c", "true", "job"]).stdin(Stdio::null()).status();
                    assert!(status.unwrap().success());
                }
            });
        }
    });
    RUNS as f64 / start.elapsed().as_secs_f64()
}

struct House {
    store: Store,
    options: Options,
}

fn house(all: &Path, max_running: usize) -> House {
    // They are removed all together at the end: ext4 does not like to give away inodes that were freed seconds ago, and
    // looks for others slowly.
    let folder = tempfile::tempdir_in(all).unwrap().keep();
    let store = Store::open(&folder.join("tempo.db")).unwrap();
    let options = Options {
        runs: folder.join("runs"),
        envs: folder.join("envs"),
        lock: folder.join("engine.lock"),
        limits: Limits::new(max_running),
        output_cap: None,
        keep: tempo::domain::keep::Keep::default(),
        scripts: tempo::script::Scripts::new(folder.join("scripts"), Vec::new()),
        role: Role::Library,
        exe: std::env::current_exe().unwrap(),
    };
    House { store, options }
}

fn task(store: &Store, command: String, overlap: Overlap) -> TaskId {
    let mut definition = Definition::new("job", Work::Command(command));
    definition.execution.overlap = overlap;
    store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
}

/// Waits until nothing is queued or live any more.
fn drained(store: &Store) {
    let db = store.reader().unwrap();
    let watch = store.watch().unwrap();
    loop {
        let overview = overview::read(&db, Timestamp::now()).unwrap();
        if overview.running + overview.queued == 0 {
            return;
        }
        // Looking after every commit would take the processor away from what is measured.
        thread::sleep(Duration::from_millis(10));
        watch.wait(Some(Duration::from_secs(1))).unwrap();
    }
}

/// Runs per second of the same job, each one queued, started, supervised, recorded and committed.
fn durable_runs(all: &Path, spawner: Spawner, in_flight: usize) -> f64 {
    let house = house(all, in_flight);
    let id = task(&house.store, "true".to_owned(), Overlap::Parallel(1000));
    house
        .store
        .write(move |db| {
            (0..RUNS).try_for_each(|_| runs::queue(db, id, Trigger::Manual, None, &[], Timestamp::now()).map(drop))
        })
        .unwrap();
    let start = Instant::now();
    let engine = Engine::start(house.store.clone(), spawner, house.options.clone()).unwrap();
    drained(&house.store);
    let elapsed = start.elapsed().as_secs_f64();
    engine.stop();
    assert_all_succeeded(&house.store, RUNS);
    RUNS as f64 / elapsed
}

fn assert_all_succeeded(store: &Store, count: usize) {
    let db = store.reader().unwrap();
    let all = runs::in_state(&db, None, RunState::Finished, 2 * count).unwrap();
    assert_eq!(all.len(), count);
    assert!(all.iter().all(|run| run.outcome == Some(tempo::domain::run::Outcome::Succeeded)));
}

fn stamp_command(file: &Path) -> (PathBuf, String) {
    let exe = std::env::current_exe().unwrap();
    let line = format!("exec '{}' stamp '{}'", exe.display(), file.display());
    (exe, line)
}

/// Milliseconds from each planned instant to the job's first statement, sorted.
fn lateness_of(stamps: &[(Timestamp, PathBuf)]) -> Vec<f64> {
    let mut all: Vec<f64> = stamps
        .iter()
        .map(|(due, file)| {
            let text = std::fs::read_to_string(file).unwrap();
            (text.parse::<i128>().unwrap() - due.as_nanosecond()) as f64 / 1e6
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

fn plan(folder: &Path, name: &str) -> Vec<(Timestamp, PathBuf)> {
    let first = Timestamp::now() + SignedDuration::from_millis(500);
    (0..LATE_RUNS)
        .map(|n| (first + SignedDuration::try_from(APART * n).unwrap(), folder.join(format!("{name}-{n}"))))
        .collect()
}

/// The floor: a thread that sleeps until the instant and spawns the same shell and job.
fn lateness_bare(folder: &Path) -> Vec<f64> {
    let plan = plan(folder, "bare");
    let children: Vec<_> = plan
        .iter()
        .map(|(due, file)| {
            let (_, line) = stamp_command(file);
            thread::sleep(due.duration_since(Timestamp::now()).try_into().unwrap_or_default());
            Command::new("/bin/sh").args(["-c", &line, "job"]).stdin(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    lateness_of(&plan)
}

fn lateness(spawner: Spawner, folder: &Path) -> Vec<f64> {
    let house = house(folder, 8);
    let plan = plan(folder, "tempo");
    let slots = plan.clone();
    house
        .store
        .write(move |db| {
            let now = Timestamp::now();
            for (due, file) in &slots {
                let (_, line) = stamp_command(file);
                let id = tasks::add(db, &Definition::new("job", Work::Command(line)), now)?.id;
                schedules::add(db, id, &When::At(*due), "UTC", now)?;
            }
            Ok(())
        })
        .unwrap();
    let engine = Engine::start(house.store.clone(), spawner, house.options.clone()).unwrap();
    thread::sleep(APART * (LATE_RUNS + 7));
    drained(&house.store);
    engine.stop();
    assert_all_succeeded(&house.store, LATE_RUNS as usize);
    lateness_of(&plan)
}

/// Seconds from the instant at which a thousand tasks are due to the start of the last one.
fn due_at_once(all: &Path, spawner: Spawner) -> f64 {
    let house = house(all, 8);
    let due = Timestamp::now() + SignedDuration::from_secs(2);
    house
        .store
        .write(move |db| {
            for _ in 0..RUNS {
                let now = Timestamp::now();
                let id = tasks::add(db, &Definition::new("job", Work::Command("true".to_owned())), now)?.id;
                schedules::add(db, id, &When::At(due), "UTC", now)?;
            }
            Ok(())
        })
        .unwrap();
    let engine = Engine::start(house.store.clone(), spawner, house.options.clone()).unwrap();
    thread::sleep(Duration::from_millis(2200));
    drained(&house.store);
    engine.stop();
    assert_all_succeeded(&house.store, RUNS);
    let db = house.store.reader().unwrap();
    let all = runs::in_state(&db, None, RunState::Finished, 2 * RUNS).unwrap();
    all.iter().map(|run| run.started_at.unwrap().duration_since(due).as_secs_f64()).fold(0.0, f64::max)
}

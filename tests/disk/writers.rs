//! Many processes write at once on a slow disk, are killed, or lose their power (S1).
//!
//! What can be proved here about a loss of power: a copy of the files at one instant, while every process stands still, holds all
//! that was acknowledged before; and whatever the last writes left behind in the log, torn, cut off or garbage, what was
//! acknowledged before them is read. That the disk keeps what it was told to sync cannot be proved by a program.

use std::fs;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use tempo::domain::task::{Definition, Status, Work};
use tempo::store::{Store, tasks};

use crate::house::{House, copy_files, slugs, until};

/// A shell that adds tasks with these names and a number, one process each, and writes down which were acknowledged.
struct Writer {
    shell: Child,
}

impl Writer {
    fn start(house: &House, name: &str, number: usize) -> Self {
        let script = format!(
            "n=1; while [ $n -le {number} ]; do
               {tempo} add {name}-$n --todo >/dev/null 2>>errors || {{ echo {name}-$n: $? >>errors; exit 1; }}
               echo {name}-$n >>ledger; n=$((n + 1))
             done",
            tempo = env!("CARGO_BIN_EXE_tempo")
        );
        let mut command = house.program("sh", &["-c", &script]);
        Self { shell: command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap() }
    }

    fn signal(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.shell), signal).unwrap();
    }

    fn kill(mut self) {
        self.signal(Signal::KILL);
        self.shell.wait().unwrap();
    }
}

/// What was acknowledged so far. A line that is not whole was not.
fn acknowledged(house: &House) -> Vec<String> {
    let text = fs::read_to_string(house.path("ledger")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}

fn errors(house: &House) -> String {
    fs::read_to_string(house.path("errors")).unwrap_or_default()
}

/// Adds tasks as a dashboard would: on the writer thread of an open store.
fn add(store: &Store, name: &str) -> tempo::store::Result<()> {
    let definition = Definition::new(name, Work::Todo(Status::Open));
    store.write(move |db| tasks::add(db, &definition, Timestamp::now()).map(drop))
}

fn assert_has(found: &[String], wanted: &[String], what: &str) {
    let missing: Vec<&String> = wanted.iter().filter(|name| !found.contains(name)).collect();
    assert!(missing.is_empty(), "{what}: {missing:?}");
}

#[test]
fn s1_nobody_of_many_writers_on_a_slow_disk_is_told_that_the_database_is_locked() {
    let house = House::new();
    house.tempo(&["add", "beat", "--command", "true", "--every", "1s"]);
    house.disk.delay_syncs(30);
    let _daemon = house.daemon();
    let shells: Vec<Writer> = ["a", "b", "c"].iter().map(|name| Writer::start(&house, name, 12)).collect();
    let dashboards = ["d", "e"].map(|name| {
        let store = house.store();
        std::thread::spawn(move || {
            let adders: Vec<_> = (0..2)
                .map(|thread| {
                    let store = store.clone();
                    std::thread::spawn(move || {
                        for n in 0..20 {
                            add(&store, &format!("{name}{thread}-{n}")).unwrap();
                        }
                    })
                })
                .collect();
            for adder in adders {
                adder.join().unwrap();
            }
        })
    });
    for mut shell in shells {
        assert!(shell.shell.wait().unwrap().success(), "{}", errors(&house));
    }
    for dashboard in dashboards {
        dashboard.join().unwrap();
    }
    assert_eq!(errors(&house), "");
    assert_eq!(acknowledged(&house).len(), 36);
    let found = house.slugs();
    assert_has(&found, &acknowledged(&house), "of the shells");
    assert_eq!(found.len(), 1 + 36 + 80);
    until("a run of the scheduler", || house.has_succeeded().then_some(()));
    house.is_sound();
}

#[test]
fn s1_what_was_acknowledged_is_there_after_kill_9_of_everybody() {
    let house = House::new();
    house.tempo(&["add", "beat", "--command", "true", "--every", "1s"]);
    house.disk.delay_syncs(5);
    for round in 0..5 {
        let daemon = house.daemon();
        let before = acknowledged(&house).len();
        let writers = ["a", "b", "c"].map(|name| Writer::start(&house, &format!("{name}{round}"), 1000));
        until("acknowledgements", || (acknowledged(&house).len() > before + 3 + 2 * round).then_some(()));
        std::thread::sleep(Duration::from_micros(
            u64::from(Timestamp::now().subsec_nanosecond().unsigned_abs()) % 40_000,
        ));
        daemon.signal(Signal::KILL);
        writers.into_iter().for_each(Writer::kill);
        assert_eq!(errors(&house), "");
        assert_has(&house.slugs(), &acknowledged(&house), "after kill -9");
        house.is_sound();
    }
}

#[test]
fn s1_a_copy_of_the_files_at_any_instant_has_what_was_acknowledged_and_a_torn_log_opens_in_order() {
    let house = House::new();
    house.tempo(&["add", "first", "--todo"]);
    house.checkpoint();
    let before = fs::read(house.data().join("tempo.db")).unwrap();
    let mut rounds = 0;
    // Somebody who has it open: else each process brings its log into the database when it ends.
    let _open = house.store();
    let writer = Writer::start(&house, "a", 1000);
    for round in 1..=4 {
        until("acknowledgements", || (acknowledged(&house).len() > 4 * round).then_some(()));
        writer.signal(Signal::STOP);
        let known = acknowledged(&house);
        let copy = house.path(&format!("copy{round}"));
        copy_files(&house.data(), &copy);
        writer.signal(Signal::CONT);
        let log = fs::read(copy.join("tempo.db-wal")).unwrap();
        assert_has(&slugs(&Store::open(&copy.join("tempo.db")).unwrap()), &known, "of the copy");

        // A log that was brought into the database had been synced before: no power failure tears it then.
        if fs::read(copy.join("tempo.db")).unwrap() != before {
            continue;
        }
        rounds += 1;
        // Cut off, or with garbage instead, at any byte: what is read is what was written first, without a gap.
        for cut in [33, log.len() / 3, log.len() / 2 + 7, log.len() - 4097, log.len() - 1] {
            for garbage in [false, true] {
                // Each in a folder of its own: a store that was dropped takes its log away a little later.
                let torn = house.path(&format!("torn-{round}-{cut}-{garbage}"));
                copy_files(&copy, &torn);
                fs::write(torn.join("tempo.db-wal"), &log[..cut]).unwrap();
                if garbage {
                    let file = fs::File::options().write(true).open(torn.join("tempo.db-wal")).unwrap();
                    file.write_all_at(&vec![0xA5; log.len() - cut], cut as u64).unwrap();
                }
                let found = slugs(&Store::open(&torn.join("tempo.db")).unwrap());
                let last = (1..1000).take_while(|n| found.contains(&format!("a-{n}"))).count();
                assert_eq!(found.len(), last + 1, "{found:?}");
            }
        }
    }
    writer.kill();
    assert!(rounds > 0);
    assert_eq!(errors(&house), "");
}

#[test]
fn s1_a_write_that_is_torn_takes_nothing_with_it_that_was_acknowledged() {
    let house = House::new();
    house.tempo(&["add", "first", "--todo"]);
    // The log is torn while a change is committed; the database while the log is brought into it.
    for (file, nth) in [("-wal", 1), ("-wal", 2), ("-wal", 5), ("tempo.db", 1), ("tempo.db", 2), ("tempo.db", 7)] {
        house.disk.tear(file, nth);
        let name = format!("a{}{nth}", file.len());
        let writer = Writer::start(&house, &name, 1000);
        // Not the shell's end: who is killed while it ends, with the log half brought in, had acknowledged before.
        until("the torn write", || (!house.disk.is_armed()).then_some(()));
        writer.kill();
        assert_has(&house.slugs(), &acknowledged(&house), file);
        house.is_sound();
        house.tempo(&["add", &format!("after {name}"), "--todo"]);
    }
}

//! The scheduler without a screen, on the real binary: what it costs when nothing is due.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tempo::config::Paths;
use tempo::domain::message::{Level, Source};
use tempo::domain::reminder::Reminder;
use tempo::domain::task::{Definition, Status, Work};
use tempo::lock;
use tempo::store::{From, Store, messages, reminders, tasks};

const PATIENCE: Duration = Duration::from_secs(30);

struct Daemon {
    home: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    /// One that is at work, with a task that is due in an hour.
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let tempo = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
            command.args(args).env("TEMPO_HOME", home.path()).stdin(Stdio::null()).stdout(Stdio::null());
            command
        };
        assert!(tempo(&["add", "a", "--command", "true", "--every", "1h"]).status().unwrap().success());
        let child = tempo(&["daemon"]).spawn().unwrap();
        let daemon = Self { home, child };
        let engine_lock = Paths::under(daemon.home.path()).engine_lock();
        until(|| lock::holder(&engine_lock).unwrap().is_some());
        daemon
    }

    /// How often any of its threads has gone to sleep since the start.
    fn sleeps(&self) -> u64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        threads
            .map(|thread| {
                let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
                let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
                count.trim().parse::<u64>().unwrap()
            })
            .sum()
    }
}

fn until(mut fact: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !fact() {
        assert!(Instant::now() < deadline, "it does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn t1_with_nothing_due_no_thread_wakes_up() {
    let daemon = Daemon::start();
    // A still second has to come soon; that of the start may hold something yet.
    until(|| {
        let before = daemon.sleeps();
        thread::sleep(Duration::from_secs(1));
        daemon.sleeps() == before
    });
    let before = daemon.sleeps();
    thread::sleep(Duration::from_secs(3));
    assert_eq!(daemon.sleeps(), before);
}

#[test]
fn a4_a_reminder_that_was_to_come_while_no_engine_was_there_comes_once_late_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(&Paths::under(home.path()).database()).unwrap();
    let hours = |hours: i64| Timestamp::now() + SignedDuration::from_hours(hours);
    let mut definition = Definition::new("Pay rent", Work::Todo(Status::Open));
    definition.due_at = Some(hours(1));
    // One two hours ago, one an hour ago, and one in a moment, which the daemon has to wake for.
    let soon = Timestamp::now() + SignedDuration::from_secs(4);
    let before = |hours: u64| Reminder::Before(Duration::from_secs(3600 * hours));
    definition.reminders = vec![before(2), before(3), Reminder::At(soon)];
    let then = hours(-5);
    let task = store.write(move |db| tasks::add(db, &definition, then)).unwrap().id;
    let said = || {
        let mut all = messages::page(&store.reader().unwrap(), &From::Start, 99).unwrap();
        all.reverse();
        all.into_iter()
            .filter(|told| told.note.source == Source::task(task) && told.note.level == Level::Warn)
            .map(|told| told.note.text)
            .collect::<Vec<_>>()
    };
    for engine in 0..2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        command.arg("daemon").env("TEMPO_HOME", home.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        until(|| lock::holder(&Paths::under(home.path()).engine_lock()).unwrap().is_some());
        if engine == 0 {
            until(|| said().len() == 2);
        } else {
            // It has decided something: there is nothing left to remind of.
            let now = Timestamp::now();
            let next = Definition {
                reminders: vec![Reminder::At(now + SignedDuration::from_secs(1))],
                ..Definition::new("b", Work::Todo(Status::Open))
            };
            let other = store.write(move |db| tasks::add(db, &next, now)).unwrap().id;
            until(|| {
                reminders::of_task(&store.reader().unwrap(), other, 9).unwrap().iter().all(|row| row.fired_at.is_some())
            });
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = said();
    assert!(
        said[0].starts_with("reminder of pay-rent: due ") && said[0].contains("(late: 2 were to come, the first "),
        "{said:?}"
    );
    assert!(said[1].starts_with("reminder of pay-rent: due ") && !said[1].contains("late"), "{said:?}");
    assert_eq!(said.len(), 2);
}

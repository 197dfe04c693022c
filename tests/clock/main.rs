//! The scheduler on a machine whose clock is set and which sleeps: the real binary, with a library between it and the clocks.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tempo::config::Paths;
use tempo::domain::run::Trigger;
use tempo::store::{Store, clock, runs, schedules, slots, tasks};
use tempo::supervise::boot_id;

/// Nothing that is waited for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A machine with a scheduler on it.
struct Machine {
    folder: tempfile::TempDir,
    clocks: File,
    /// What was added to the wall clock and to the time since boot.
    added: (SignedDuration, SignedDuration),
    daemon: Option<Child>,
    store: Store,
}

impl Machine {
    /// One whose clock shows this, and where nothing is planned yet.
    fn at(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clock/shim.c");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
        assert!(compiled.unwrap().success());
        let clocks = File::create_new(folder.path().join("clocks")).unwrap();
        let store = Store::open(&Paths::under(folder.path()).database()).unwrap();
        let nothing = SignedDuration::ZERO;
        let mut machine = Self { folder, clocks, added: (nothing, nothing), daemon: None, store };
        machine.set(now);
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        command.args(args).env("TEMPO_HOME", self.folder.path()).env("TZ", "UTC");
        command.env("LD_PRELOAD", self.path("shim.so")).env("TEMPO_TEST_CLOCKS", self.path("clocks"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Starts the scheduler, with a task that runs by the calendar and one at intervals.
    fn start(&mut self, cron: &str, every: &str) {
        for (name, flag, value) in [("calendar", "--cron", cron), ("interval", "--every", every)] {
            assert!(self.command(&["add", name, "--command", "true", flag, value]).status().unwrap().success());
        }
        self.daemon = Some(self.command(&["daemon"]).spawn().unwrap());
        self.has_followed();
    }

    fn now(&self) -> Timestamp {
        Timestamp::now() + self.added.0
    }

    /// Somebody sets the clock.
    fn set(&mut self, now: &str) {
        self.added.0 = now.parse::<Timestamp>().unwrap().duration_since(Timestamp::now());
        self.write();
    }

    /// It sleeps.
    fn sleeps(&mut self, time: SignedDuration) {
        self.added = (self.added.0 + time, self.added.1 + time);
        self.write();
    }

    fn write(&self) {
        let numbers = [self.added.0, self.added.1].map(|added| i64::try_from(added.as_nanos()).unwrap().to_ne_bytes());
        self.clocks.write_all_at(&numbers.concat(), 0).unwrap();
    }

    /// Waits until the engine knows what the clock shows.
    fn has_followed(&self) {
        let boot = boot_id().unwrap();
        let reader = self.store.reader().unwrap();
        until("the engine to see that the clock was set", || {
            let known = SignedDuration::from_micros(clock::offset(&reader, &boot).unwrap()?);
            let up = fs::read_to_string("/proc/uptime").unwrap();
            let up = SignedDuration::from_secs_f64(up.split(' ').next().unwrap().parse().unwrap()) + self.added.1;
            let shown = self.now().duration_since(Timestamp::UNIX_EPOCH) - up;
            ((shown - known).abs() < SignedDuration::from_millis(400)).then_some(())
        });
    }

    /// What was decided for a task, the oldest slot first.
    fn decided(&self, task: &str) -> Vec<String> {
        let reader = self.store.reader().unwrap();
        let task = tasks::find(&reader, task).unwrap();
        let mut slots = slots::of_task(&reader, task.id, 1000).unwrap();
        slots.reverse();
        slots.iter().map(|slot| format!("{} {}", slot.civil, slot.decision)).collect()
    }

    /// Why the oldest slot of a task was missed.
    fn reason(&self, task: &str) -> String {
        let reader = self.store.reader().unwrap();
        let task = tasks::find(&reader, task).unwrap();
        slots::of_task(&reader, task.id, 1000).unwrap().pop().unwrap().reason.unwrap()
    }

    fn next(&self, task: &str) -> Timestamp {
        let reader = self.store.reader().unwrap();
        let task = tasks::find(&reader, task).unwrap();
        schedules::of_task(&reader, task.id).unwrap()[0].next_at.unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Whether an interval that is to come at `expected` comes then: the clocks are read one after the other.
fn about(found: Timestamp, expected: &str) -> bool {
    found.duration_since(at(expected)).abs() < SignedDuration::from_secs(20)
}

#[test]
fn t1_t2_a_clock_that_is_set_forward_is_noticed_and_a_slot_comes_on_time_on_the_new_clock() {
    let mut machine = Machine::at("2030-06-03T12:00:00Z");
    machine.start("0 * * * *", "1h");
    machine.set("2030-06-03T14:20:00Z");
    machine.has_followed();
    until("the slots before", || (machine.decided("calendar").len() == 2).then_some(()));
    assert_eq!(machine.decided("calendar")[0], "2030-06-03T13:00:00 missed");
    assert!(machine.reason("calendar").starts_with("the clock was set forward"), "{}", machine.reason("calendar"));
    assert!(machine.decided("interval").is_empty(), "no time has elapsed");
    assert!(about(machine.next("interval"), "2030-06-03T15:20:00Z"), "{}", machine.next("interval"));

    machine.set("2030-06-03T14:59:59Z");
    let reader = machine.store.reader().unwrap();
    let task = tasks::find(&reader, "calendar").unwrap().id;
    let slot = until("the slot of 15:00", || {
        slots::of_task(&reader, task, 1).unwrap().pop().filter(|s| s.due_at >= at("2030-06-03T15:00:00Z"))
    });
    assert_eq!(slot.due_at, at("2030-06-03T15:00:00Z"));
    assert!(slot.decided_at >= slot.due_at);
    let run = runs::get(&reader, slot.run.unwrap()).unwrap();
    assert_eq!(run.trigger, Trigger::Schedule, "it was not late");
}

#[test]
fn t2_a_clock_that_is_set_back_fires_nothing_again_and_intervals_go_on() {
    let mut machine = Machine::at("2030-06-03T12:59:58Z");
    machine.start("0 * * * *", "2h");
    until("the slot of 13:00", || (machine.decided("calendar").len() == 1).then_some(()));
    machine.set("2030-06-03T12:30:00Z");
    machine.has_followed();
    assert_eq!(machine.next("calendar"), at("2030-06-03T14:00:00Z"));
    assert!(about(machine.next("interval"), "2030-06-03T14:30:00Z"), "{}", machine.next("interval"));
    machine.set("2030-06-03T13:00:01Z");
    machine.has_followed();
    assert_eq!(machine.decided("calendar"), ["2030-06-03T13:00:00 run"]);
    machine.set("2030-06-03T13:59:59Z");
    until("the slot of 14:00", || (machine.decided("calendar").len() == 2).then_some(()));
}

#[test]
fn t1_t2_a_sleep_of_the_machine_is_downtime_and_nothing_waits_for_the_time_it_slept() {
    let mut machine = Machine::at("2030-06-03T12:00:00Z");
    machine.start("*/30 * * * *", "40m");
    machine.sleeps(SignedDuration::from_mins(125));
    until("the slots of the sleep", || (machine.decided("calendar").len() == 4).then_some(()));
    assert_eq!(machine.decided("interval").len(), 3);
    for slot in [machine.decided("calendar"), machine.decided("interval")].concat() {
        assert!(slot.ends_with("missed"), "{slot}");
    }
    for task in ["calendar", "interval"] {
        assert!(machine.reason(task).starts_with("the machine was asleep"), "{}", machine.reason(task));
    }
    assert_eq!(machine.next("calendar"), at("2030-06-03T14:30:00Z"));
    assert!(about(machine.next("interval"), "2030-06-03T14:40:00Z"), "{}", machine.next("interval"));
}

#[test]
fn t11_a_start_in_1970_holds_the_calendar_until_the_clock_is_set() {
    let mut machine = Machine::at("1970-01-01T00:00:59Z");
    machine.start("* * * * * *", "1s");
    until("intervals", || (machine.decided("interval").len() >= 3).then_some(()));
    assert!(machine.decided("calendar").is_empty());
    machine.set("2030-06-03T12:00:00Z");
    let runs =
        || machine.decided("calendar").iter().filter(|slot| slot.starts_with("2030") && slot.ends_with("run")).count();
    until("the calendar", || (runs() >= 2).then_some(()));
    assert!(machine.decided("calendar")[0].ends_with("missed"));
}

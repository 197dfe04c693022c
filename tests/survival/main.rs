//! What the scheduler and its runs survive, on the real binary: signals, restarts, a successor, a restart of the machine (R8).
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempo::config::Paths;
use tempo::domain::RunId;
use tempo::domain::run::{Outcome, Run, RunState};
use tempo::lock;
use tempo::store::{From, Store, runs, tasks};

/// Nothing that is waited for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A machine with a home on it.
struct Machine {
    folder: tempfile::TempDir,
    store: Store,
}

/// An engine, which is killed at the end of its test.
struct Engine(Child);

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Engine {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Waits for its end; the exit code, or minus the signal.
    fn ended(&mut self) -> i32 {
        let status = until("the end of the engine", || self.0.try_wait().unwrap());
        status.code().unwrap_or_else(|| -status.signal().unwrap())
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/survival/shim.c");
        let compiled =
            Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").status();
        assert!(compiled.unwrap().success());
        let store = Store::open(&Paths::under(folder.path()).database()).unwrap();
        let machine = Self { folder, store };
        machine.boots("11111111-1111-1111-1111-111111111111");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn boots(&self, number: &str) {
        fs::write(self.path("boot_id"), format!("{number}\n")).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        command.args(args).env("TEMPO_HOME", self.folder.path()).env("TZ", "UTC").current_dir(self.folder.path());
        command.env("LD_PRELOAD", self.path("shim.so")).env("TEMPO_TEST_BOOT", self.path("boot_id"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn tempo(&self, args: &[&str]) {
        assert!(self.command(args).status().unwrap().success(), "{args:?}");
    }

    /// Starts an engine; it may have to wait for another one to end.
    fn engine(&self) -> Engine {
        Engine(self.command(&["daemon"]).spawn().unwrap())
    }

    /// Waits until this one is the engine.
    fn leads(&self, engine: &Engine) {
        let lock = Paths::under(self.folder.path()).engine_lock();
        until("the engine to lead", || (lock::holder(&lock).unwrap()?.pid == engine.0.id()).then_some(()));
    }

    fn newest(&self, slug: &str) -> Option<Run> {
        let db = self.store.reader().unwrap();
        let task = tasks::find(&db, slug).unwrap().id;
        runs::page(&db, Some(task), &From::Start, 1).unwrap().pop()
    }

    fn run(&self, id: RunId) -> Run {
        runs::get(&self.store.reader().unwrap(), id).unwrap()
    }

    /// Waits for the newest run of a task to have begun; its number.
    fn begun(&self, slug: &str) -> RunId {
        until("a run", || self.newest(slug).filter(|run| run.state == RunState::Running)).id
    }

    fn finished(&self, id: RunId) -> Run {
        until("the end of a run", || Some(self.run(id)).filter(|run| run.state == RunState::Finished))
    }

    /// A task whose run waits until `go` is there, and then fails with 7. It begins.
    fn waits(&self) -> RunId {
        let command = format!("while ! [ -e {} ]; do sleep 0.05; done; exit 7", self.path("go").display());
        self.tempo(&["add", "wait", "--command", &command]);
        self.tempo(&["run", "wait"]);
        self.begun("wait")
    }

    fn go(&self) {
        fs::write(self.path("go"), "").unwrap();
    }

    /// The supervisor and the command of a run.
    fn processes(&self, run: RunId) -> [Pid; 2] {
        let record = self.path("runs").join(run.to_string()).join("lock");
        let record: serde_json::Value = serde_json::from_str(&fs::read_to_string(record).unwrap()).unwrap();
        ["supervisor", "leader"].map(|who| Pid::from_raw(record[who].as_i64().unwrap() as i32).unwrap())
    }

    /// The power is cut: the engine, the spawner, the supervisor and the command of a run are gone at once.
    fn loses_power(&self, engine: &mut Engine, run: RunId) {
        let [supervisor, leader] = self.processes(run);
        let spawner = parent_of(supervisor);
        engine.signal(Signal::KILL);
        for pid in [spawner, supervisor, leader] {
            kill_process(pid, Signal::KILL).unwrap();
        }
        engine.ended();
        for pid in [spawner, supervisor, leader] {
            until("the end of everything", || is_gone(pid).then_some(()));
        }
    }
}

/// What `/proc/PID/stat` says behind the name: the state and the parent.
fn look_at(pid: Pid) -> Option<(String, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn parent_of(pid: Pid) -> Pid {
    Pid::from_raw(look_at(pid).unwrap().1).unwrap()
}

/// A zombie has no files, and so no lock.
fn is_gone(pid: Pid) -> bool {
    look_at(pid).is_none_or(|(state, _)| state == "Z")
}

#[test]
fn r8_term_and_int_end_the_engine_and_no_run() {
    let machine = Machine::new();
    let mut engine = machine.engine();
    machine.leads(&engine);
    let run = machine.waits();
    for signal in [Signal::TERM, Signal::INT] {
        engine.signal(signal);
        assert_eq!(engine.ended(), 0, "{signal:?}");
        assert!(!machine.processes(run).into_iter().any(is_gone), "{signal:?}");
        engine = machine.engine();
        machine.leads(&engine);
    }
    machine.go();
    let ended = machine.finished(run);
    assert_eq!((ended.outcome, ended.reason), (Some(Outcome::Failed(7)), None));
}

#[test]
fn r8_a_hang_up_does_not_end_the_engine() {
    let machine = Machine::new();
    let mut engine = machine.engine();
    machine.leads(&engine);
    let run = machine.waits();
    engine.signal(Signal::HUP);
    machine.go();
    assert_eq!(machine.finished(run).outcome, Some(Outcome::Failed(7)));
    assert!(engine.0.try_wait().unwrap().is_none());
    machine.tempo(&["run", "wait"]);
    until("another run", || machine.newest("wait").filter(|run| run.outcome == Some(Outcome::Failed(7))));
}

#[test]
fn r8_a_restart_of_the_service_hands_every_run_to_the_next_engine() {
    let machine = Machine::new();
    let mut first = machine.engine();
    machine.leads(&first);
    let run = machine.waits();
    // TERM, and the next one at once, as `systemctl restart` does when only the main process is ended.
    first.signal(Signal::TERM);
    let mut second = machine.engine();
    assert_eq!(first.ended(), 0);
    machine.leads(&second);
    assert_eq!(machine.run(run).state, RunState::Running);
    machine.tempo(&["stop", "wait"]);
    assert_eq!(machine.finished(run).outcome, Some(Outcome::Cancelled));
    second.signal(Signal::TERM);
    assert_eq!(second.ended(), 0);
}

#[test]
fn r8_who_waits_takes_over_from_an_engine_that_is_killed() {
    let machine = Machine::new();
    let mut first = machine.engine();
    machine.leads(&first);
    let second = machine.engine();
    let run = machine.waits();
    first.signal(Signal::KILL);
    assert_eq!(first.ended(), -9);
    machine.leads(&second);
    machine.go();
    let ended = machine.finished(run);
    assert_eq!((ended.outcome, ended.reason), (Some(Outcome::Failed(7)), None));
}

#[test]
fn r8_after_a_restart_of_the_machine_a_run_is_lost_and_blocks_no_schedule() {
    let machine = Machine::new();
    let mut engine = machine.engine();
    machine.leads(&engine);
    // With overlap=skip a run that seems to live would be in the way of every slot.
    let run = machine.waits();
    machine.tempo(&["set", "wait", "when=every 1s"]);
    machine.loses_power(&mut engine, run);
    machine.boots("22222222-2222-2222-2222-222222222222");
    machine.go();

    let engine = machine.engine();
    machine.leads(&engine);
    let lost = machine.finished(run);
    assert_eq!((lost.outcome, lost.reason.as_deref()), (Some(Outcome::Lost), Some("the machine was restarted")));
    let next = until("the next slot's run", || machine.newest("wait").filter(|next| next.id > run));
    assert_eq!(machine.finished(next.id).outcome, Some(Outcome::Failed(7)));
}

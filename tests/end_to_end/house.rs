//! A home of its own with the example and the jobs in it, and the processes that live there.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempo::config::Paths;
use tempo::domain::RunId;
use tempo::domain::run::{Run, RunState};
use tempo::domain::task::Work;
use tempo::store::{From, Store, runs, tasks};
use tempo::supervise::{Evidence, inspect};

use super::jobs;

/// Nothing that is waited for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// More than there are of anything.
pub(crate) const ALL: usize = 1_000_000;

/// Waits for a fact.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The home.
pub(crate) struct House {
    folder: tempfile::TempDir,
    /// As a dashboard has it open.
    pub(crate) store: Store,
}

impl House {
    /// Imports the example and the jobs. Every execution is to leave its run's id in the ledger: those of shell commands through
    /// a shell that does, that of the example's script through a `python3` that does.
    pub(crate) fn new(scheduled: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "example/printed", "example/intended"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let store = Store::open(&Paths::under(folder.path()).database()).unwrap();
        let house = Self { folder, store };
        let note = format!("printf '%s\\n' \"$TEMPO_RUN_ID\" >> '{}'", house.ledger().display());
        house.program("sh", &format!("{note}; exec /bin/sh \"$@\""));
        let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let python = String::from_utf8(python.unwrap().stdout).unwrap();
        let script = format!("case \"$1\" in *report.py) {note};; esac; exec '{}' \"$@\"", python.trim());
        house.program("python3", &script);

        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples/home-server.toml");
        house.tempo(&["import", example.to_str().unwrap()]);
        fs::write(house.path("jobs.toml"), jobs::as_toml(scheduled)).unwrap();
        house.tempo(&["import", "jobs.toml"]);
        let shell = format!("shell={}", house.path("bin/sh").display());
        for slug in house.runnable().iter().cloned().chain(jobs::slugs()) {
            house.tempo(&["set", &slug, &shell]);
        }
        house
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file to which every execution adds its run's id.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger")
    }

    /// The tasks of the example that a machine can do.
    pub(crate) fn runnable(&self) -> Vec<String> {
        let db = self.store.reader().unwrap();
        let page = tasks::page(&db, "", &From::Start, ALL).unwrap();
        let mut all = page.iter().map(|row| tasks::get(&db, row.id).unwrap()).collect::<Vec<_>>();
        all.retain(|task| !matches!(task.definition.work, Work::Todo(_)) && !jobs::slugs().any(|job| job == task.slug));
        all.into_iter().map(|task| task.slug).collect()
    }

    /// The binary, in this home.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        let path = std::env::join_paths(
            [self.path("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", path.unwrap()).env("TZ", "Europe/Berlin").env("HOME", self.folder.path());
        command.env("TEMPO_HOME", self.folder.path()).env("TEMPO_EXAMPLE", self.path("example"));
        command.env("TEMPO_MAX_RUNNING", "8");
        command
    }

    /// A verb that has to succeed; its output. What it remarks on standard error is its own affair.
    pub(crate) fn tempo(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {} {}", output.status, String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Asks for a run by hand.
    pub(crate) fn queue(&self, slug: &str) {
        self.tempo(&["run", slug]);
    }

    /// How many runs there are.
    pub(crate) fn runs(&self) -> usize {
        runs::count(&self.store.reader().unwrap(), None, ALL).unwrap()
    }

    /// The newest run of a task.
    pub(crate) fn latest(&self, slug: &str) -> Option<Run> {
        let db = self.store.reader().unwrap();
        let task = tasks::find(&db, slug).unwrap().id;
        runs::page(&db, Some(task), &From::Start, 1).unwrap().pop()
    }

    pub(crate) fn run(&self, id: RunId) -> Option<Run> {
        runs::get(&self.store.reader().unwrap(), id).ok()
    }

    /// The run of a task that is executing, and has said so.
    pub(crate) fn waiting(&self, slug: &str) -> Option<Run> {
        let db = self.store.reader().unwrap();
        let task = tasks::find(&db, slug).unwrap().id;
        let live =
            runs::page(&db, Some(task), &From::Start, ALL).unwrap().into_iter().find(|run| run.state.is_live())?;
        let said = fs::read(self.path("example/printed").join(live.id.to_string())).unwrap_or_default();
        said.ends_with(b"\n").then_some(live)
    }

    /// Asks the run of a task to stop, by hand; not before it is prepared for that.
    pub(crate) fn stop_if_waiting(&self, slug: &str) {
        if let Some(run) = self.waiting(slug) {
            self.tempo(&["stop", &run.id.to_string()]);
        }
    }

    pub(crate) fn pause_everything(&self) {
        let mut all = self.runnable();
        all.extend(jobs::slugs());
        let verb = ["pause".to_owned()].into_iter().chain(all).collect::<Vec<_>>();
        self.tempo(&verb.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Waits until nothing is queued or live. Tidy ends when it is asked to.
    pub(crate) fn settle(&self) {
        until("the end of all runs", || {
            if self.waiting("tidy").is_some_and(|run| run.state != RunState::Stopping) {
                self.stop_if_waiting("tidy");
            }
            let db = self.store.reader().unwrap();
            let queued = runs::in_state(&db, None, RunState::Queued, 1).unwrap();
            (queued.is_empty() && runs::live(&db).unwrap().is_empty()).then_some(())
        });
    }

    /// The process that supervises a run.
    pub(crate) fn supervisor_of(&self, run: RunId) -> i32 {
        match inspect(&self.run_folder(run), 1).unwrap() {
            Evidence::Alive(supervisor, _) => supervisor.pid(),
            other => panic!("run {run}: {other:?}"),
        }
    }

    pub(crate) fn run_folder(&self, run: RunId) -> PathBuf {
        self.path("runs").join(run.to_string())
    }
}

impl Drop for House {
    #[expect(clippy::print_stderr, reason = "the message of a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("to look into it: {}", self.folder.path().display());
        }
    }
}

/// Kills a process as `kill -9` does.
pub(crate) fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// The parent of a process.
pub(crate) fn parent_of(pid: i32) -> i32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// `tempo daemon`.
pub(crate) struct Daemon {
    process: Child,
}

impl Daemon {
    /// Starts it, and waits for nothing.
    pub(crate) fn start(house: &House) -> Self {
        // Not a pipe: its spawner and supervisors hold it longer than the daemon lives.
        let said = File::options().create(true).append(true).open(house.path("daemon.err")).unwrap();
        Self { process: house.command(&["daemon"]).stdout(Stdio::null()).stderr(said).spawn().unwrap() }
    }

    /// `kill -9`. It must not have ended before.
    pub(crate) fn kill(mut self) {
        assert_eq!(self.process.try_wait().unwrap(), None, "the daemon ended by itself");
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn end(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let status = until("the daemon's end", || self.process.try_wait().unwrap());
        assert!(status.success(), "the daemon: {status}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nothing is left of it unless the test has failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

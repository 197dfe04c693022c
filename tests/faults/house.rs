//! A home of its own with the example and the jobs in it, on a disk of its own.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::Signal;
use tempo::config::Paths;
use tempo::domain::RunId;
use tempo::domain::run::{Run, RunState};
use tempo::domain::task::Work;
use tempo::store::{From, Store, runs, tasks};
use tempo::supervise::{Evidence, inspect};

use super::disk::Disk;
use super::engines::signal;
use super::{jobs, processes};

/// Nothing that is waited for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

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

/// The home, and beside it what no fault of its disk reaches: the example's files, the jobs' notes, the ledger.
pub(crate) struct House {
    folder: tempfile::TempDir,
    /// As a dashboard has it open.
    pub(crate) store: Store,
    pub(crate) disk: Disk,
    /// Whether something that changes the store may fail, because its disk has no room or kills who writes.
    trouble: RwLock<bool>,
    /// Runs that were asked to stop: asked again, they would be killed.
    asked: Mutex<BTreeSet<RunId>>,
}

impl House {
    /// Imports the example and the jobs. Every execution is to leave its run's id in the ledger: those of shell commands through
    /// a shell that does, that of the example's script through a `python3` that does.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "bin", "example/printed", "example/intended"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let store = Store::open(&Paths::under(&folder.path().join("home")).database()).unwrap();
        let disk = Disk::new(folder.path());
        let house = Self { folder, store, disk, trouble: RwLock::new(false), asked: Mutex::default() };
        let note = format!("printf '%s %s\\n' \"$TEMPO_RUN_ID\" \"$TEMPO_ATTEMPT\" >> '{}'", house.ledger().display());
        // The disk is that of Tempo, not of its jobs.
        house.program("sh", &format!("{note}; unset LD_PRELOAD; exec /bin/sh \"$@\""));
        let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let python = String::from_utf8(python.unwrap().stdout).unwrap();
        let script =
            format!("unset LD_PRELOAD; case \"$1\" in *report.py) {note};; esac; exec '{}' \"$@\"", python.trim());
        house.program("python3", &script);

        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples/home-server.toml");
        house.tempo(&["import", example.to_str().unwrap()]);
        let file = house.path("jobs.toml");
        let shell = house.path("bin/sh");
        fs::write(&file, jobs::as_toml(&shell)).unwrap();
        house.tempo(&["import", file.to_str().unwrap()]);
        for slug in house.runnable() {
            house.tempo(&["set", &slug, &format!("shell={}", shell.display())]);
        }
        house
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Beside the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub(crate) fn paths(&self) -> Paths {
        Paths::under(&self.home())
    }

    /// Writes down what is done to it, for who looks into it.
    pub(crate) fn log(&self, line: &str) {
        let mut log = File::options().create(true).append(true).open(self.path("faults.log")).unwrap();
        writeln!(log, "{} {line}", Timestamp::now()).unwrap();
    }

    /// The file to which every execution adds its run's id.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger")
    }

    /// The tasks of the example that a machine can do.
    pub(crate) fn runnable(&self) -> Vec<String> {
        let db = self.store.reader().unwrap();
        let page = tasks::page(&db, &From::Start, ALL).unwrap();
        let mut all = page.iter().map(|row| tasks::get(&db, row.id).unwrap()).collect::<Vec<_>>();
        all.retain(|task| !matches!(task.definition.work, Work::Todo(_)) && !jobs::slugs().any(|job| job == task.slug));
        all.into_iter().map(|task| task.slug).collect()
    }

    /// The binary, in this home and on its disk.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        let path = std::env::join_paths(
            [self.path("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("PATH", path.unwrap()).env("TZ", "Europe/Berlin").env("HOME", self.folder.path());
        command.env("TEMPO_HOME", self.home()).env("TEMPO_EXAMPLE", self.path("example"));
        command.env("TEMPO_MAX_RUNNING", "16").env("LANG", "C.UTF-8").env("TERM", "xterm-256color");
        // Every output is looked at in the end.
        command.env("TEMPO_KEEP_RUNS", "none").env("TEMPO_KEEP_BYTES", "none");
        self.disk.under(&mut command);
        command
    }

    /// A verb that has to succeed; its output. What it remarks on standard error is its own affair.
    pub(crate) fn tempo(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A verb that may fail while the disk is in trouble, by the disk: then there is no output.
    pub(crate) fn attempt(&self, args: &[&str]) -> Option<Output> {
        // Nobody changes whether there is trouble in the meantime.
        let in_trouble = self.trouble.read().unwrap();
        let output = self.command(args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let excused = output.status.signal() == Some(9) || is_about_the_disk(&said);
        assert!(output.status.success() || *in_trouble && excused, "{args:?}: {}: {said}", output.status);
        output.status.success().then_some(output)
    }

    pub(crate) fn in_trouble(&self) -> bool {
        *self.trouble.read().unwrap()
    }

    /// Trouble begins, or is over. Verbs that are under way are waited for.
    pub(crate) fn set_trouble(&self, trouble: bool) {
        *self.trouble.write().unwrap() = trouble;
    }

    /// Asks for a run by hand, which is its answer unless the disk is in trouble.
    pub(crate) fn queue(&self, slug: &str) -> Option<RunId> {
        let output = self.attempt(&["run", slug])?;
        Some(RunId(String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()))
    }

    /// Pauses or resumes a run, unless it ends just now.
    pub(crate) fn pause_run(&self, verb: &str, run: RunId) {
        let output = self.command(&[verb, "--run", &run.to_string()]).output().unwrap();
        let over = String::from_utf8_lossy(&output.stderr).contains("only a running one can be");
        assert!(output.status.success() || over, "{verb} {run}: {output:?}");
    }

    /// How many runs there are.
    pub(crate) fn runs(&self) -> usize {
        runs::count(&self.store.reader().unwrap(), None, ALL).unwrap()
    }

    /// How many of them wait.
    pub(crate) fn queued(&self) -> usize {
        runs::in_state(&self.store.reader().unwrap(), None, RunState::Queued, ALL).unwrap().len()
    }

    /// The attempts that have a supervisor.
    pub(crate) fn supervised(&self) -> Vec<Supervised> {
        let db = self.store.reader().unwrap();
        let live = runs::live(&db).unwrap().into_iter();
        let supervised = live.filter_map(|live| match inspect(&self.run_folder(live.run), live.attempt) {
            Ok(Evidence::Alive(supervisor, _)) => Some(Supervised {
                slug: runs::get(&db, live.run).unwrap().slug,
                attempt: (live.run, live.attempt),
                pid: supervisor.pid(),
            }),
            _ => None,
        });
        supervised.collect()
    }

    /// The run of a task that is executing, and has said so.
    pub(crate) fn waiting(&self, slug: &str) -> Option<Run> {
        let db = self.store.reader().unwrap();
        let task = tasks::find(&db, slug).unwrap().id;
        let live =
            runs::page(&db, Some(task), &From::Start, ALL).unwrap().into_iter().find(|run| run.state.is_live())?;
        let note = format!("{}.{}", live.id, live.attempt);
        let said = fs::read(self.path("example/printed").join(note)).unwrap_or_default();
        said.ends_with(b"\n").then_some(live)
    }

    /// Asks the run of a task to stop, by hand and once; not before it is prepared for that.
    pub(crate) fn stop_if_waiting(&self, slug: &str) {
        if let Some(run) = self.waiting(slug).filter(|run| self.asked.lock().unwrap().insert(run.id)) {
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
            self.stop_if_waiting(jobs::TIDY);
            let db = self.store.reader().unwrap();
            let unfinished = RunState::ALL.iter().filter(|state| **state != RunState::Finished);
            unfinished
                .map(|state| runs::in_state(&db, None, *state, 1).unwrap())
                .all(|runs| runs.is_empty())
                .then_some(())
        });
    }

    pub(crate) fn run_folder(&self, run: RunId) -> PathBuf {
        self.paths().runs().join(run.to_string())
    }

    /// What its files are called in a process that has them open.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for House {
    #[expect(clippy::print_stderr, reason = "the message of a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            for pid in processes::of_house(self.folder()) {
                signal(pid, Signal::KILL);
            }
            self.folder.disable_cleanup(true);
            eprintln!("to look into it: {}", self.folder.path().display());
        }
    }
}

/// One attempt of a run.
pub(crate) type AttemptId = (RunId, u32);

/// An attempt that has a supervisor.
#[derive(Debug, Clone)]
pub(crate) struct Supervised {
    pub(crate) slug: String,
    pub(crate) attempt: AttemptId,
    /// The supervisor.
    pub(crate) pid: i32,
}

/// Whether a message says that there was no room.
pub(crate) fn is_about_the_disk(message: &str) -> bool {
    ["full", "No space left", "disk I/O error"].iter().any(|words| message.contains(words))
}

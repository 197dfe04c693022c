//! An installation of which the data and the state are on disks of their own, and the processes that live in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use tempo::store::{From, Store, tasks};

use crate::control::Disk;

/// Nothing that is waited for takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for a fact.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The installation.
pub(crate) struct House {
    folder: tempfile::TempDir,
    path: PathBuf,
    pub(crate) disk: Disk,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let disk = Disk::new(&path);
        Self { folder, path, disk }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder of the database.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data/tempo")
    }

    /// The folder of the run folders.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state/tempo")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.data().join("tempo.db")
    }

    /// The store, on a disk that is as it is.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.database()).unwrap()
    }

    /// The database, past everything.
    pub(crate) fn sql(&self) -> Connection {
        let db = Connection::open(self.database()).unwrap();
        db.busy_timeout(PATIENCE).unwrap();
        db
    }

    /// Brings the log into the database.
    pub(crate) fn checkpoint(&self) {
        let busy: i64 = self.sql().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
    }

    /// The same, if nobody is in the way at this moment; whether nobody was.
    pub(crate) fn try_checkpoint(&self) -> bool {
        let db = Connection::open(self.database()).unwrap();
        db.busy_timeout(std::time::Duration::ZERO).unwrap();
        matches!(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)), Ok(0))
    }

    /// Any program, in this installation and on its disk.
    pub(crate) fn program(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.path).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &self.path).env("TZ", "UTC");
        for (variable, name) in [("XDG_DATA_HOME", "data"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")]
        {
            command.env(variable, self.path(name));
        }
        self.disk.under(&mut command);
        command
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_tempo"), args)
    }

    /// A verb, whatever comes of it.
    pub(crate) fn try_tempo(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A verb that has to succeed; its output.
    pub(crate) fn tempo(&self, args: &[&str]) -> String {
        let output = self.try_tempo(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{args:?}: {} {said}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// A verb that has to fail with this code, and words of its message.
    pub(crate) fn refuses(&self, args: &[&str], code: i32, words: &[&str]) {
        let output = self.try_tempo(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{args:?}: `{word}` is not in {said}");
        }
    }

    /// The slugs of all tasks.
    pub(crate) fn slugs(&self) -> Vec<String> {
        slugs(&self.store())
    }

    /// Lets SQLite look at everything.
    pub(crate) fn is_sound(&self) {
        let said: String = self.sql().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(said, "ok");
    }

    /// Whether any run has succeeded.
    pub(crate) fn has_succeeded(&self) -> bool {
        self.sql()
            .query_row("SELECT EXISTS (SELECT 1 FROM runs WHERE outcome = 'succeeded')", [], |row| row.get(0))
            .unwrap()
    }

    pub(crate) fn daemon(&self) -> Daemon {
        let said = File::options().create(true).append(true).open(self.path("daemon.err")).unwrap();
        let process = self.command(&["daemon"]).stdout(Stdio::null()).stderr(said).spawn().unwrap();
        let daemon = Daemon { process };
        let lock = self.state().join("engine.lock");
        until("the engine", || tempo::lock::holder(&lock).ok().flatten());
        daemon
    }

    /// What daemons have said on standard error.
    pub(crate) fn daemon_said(&self) -> String {
        fs::read_to_string(self.path("daemon.err")).unwrap()
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

/// The slugs of all tasks of a store.
pub(crate) fn slugs(store: &Store) -> Vec<String> {
    let db = store.reader().unwrap();
    tasks::page(&db, &From::Start, 1_000_000).unwrap().into_iter().map(|row| row.slug).collect()
}

/// A copy of the files of a database in a folder.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["tempo.db", "tempo.db-wal"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// `tempo daemon`.
pub(crate) struct Daemon {
    process: Child,
}

impl Daemon {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Waits until it has ended by itself.
    pub(crate) fn end(mut self) -> ExitStatus {
        until("the daemon's end", || self.process.try_wait().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! The scheduler without a screen, on the real binary: what it costs when nothing is due.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempo::config::Paths;
use tempo::lock;

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

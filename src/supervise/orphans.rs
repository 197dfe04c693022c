//! Processes of runs, wherever they fled to: found by the run folder that each has in its environment (R8).

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, PidfdFlags, Signal, getuid, pidfd_open, pidfd_send_signal};

use crate::domain::RunId;

/// The variable that every process of a run has: the absolute path of its folder, without links.
const COOKIE: &str = "TEMPO_RUN_FOLDER";

/// A process that a run has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which run.
    pub run: RunId,
    pid: Pid,
    /// As it stands in its environment.
    cookie: Vec<u8>,
}

/// The processes of this user that runs of this folder have started. A program that overwrites its own environment in memory is
/// not found.
pub fn members(runs: &Path) -> io::Result<Vec<Member>> {
    let runs: PathBuf = fs::canonicalize(runs)?;
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?)) else { continue };
        if entry.metadata().is_ok_and(|process| process.uid() == getuid().as_raw())
            && let Some((run, cookie)) = cookie(pid, &runs)
        {
            found.push(Member { run, pid, cookie });
        }
    }
    Ok(found)
}

impl Member {
    /// Its process number, to be shown.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Kills it, unless it has ended; whether it did.
    pub fn kill(&self) -> bool {
        // What is held is held for good: should its number go to a stranger now, the stranger is not meant.
        let Ok(held) = pidfd_open(self.pid, PidfdFlags::empty()) else { return false };
        variables(self.pid).split(|byte| *byte == 0).any(|variable| variable == self.cookie)
            && pidfd_send_signal(held, Signal::KILL).is_ok()
    }
}

fn cookie(pid: Pid, runs: &Path) -> Option<(RunId, Vec<u8>)> {
    let beginning = [COOKIE.as_bytes(), b"=", runs.as_os_str().as_bytes(), b"/"].concat();
    let variables = variables(pid);
    let variable = variables.split(|byte| *byte == 0).find(|variable| variable.starts_with(&beginning))?;
    let run = std::str::from_utf8(&variable[beginning.len()..]).ok()?.parse().ok().map(RunId)?;
    Some((run, variable.to_owned()))
}

/// The environment with which a process was executed; one that has ended has none.
fn variables(pid: Pid) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).unwrap_or_default()
}

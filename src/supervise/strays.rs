//! The processes of runs, wherever they fled to, and their end when supervisor and spawner are both gone: every process carries
//! its run's folder in its environment (R8).

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, getpid, getuid, pidfd_open, pidfd_send_signal};

use super::folder::{Files, left_cgroup};
use crate::domain::RunId;

/// The variable that every process of a run has: the absolute path of its folder, without links.
pub(super) const COOKIE: &str = "TEMPO_RUN_FOLDER";

/// How long those that were killed are waited for, and others looked for whom they started just before.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A process that a run has started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which run.
    pub run: RunId,
    pid: Pid,
    /// The variable and its value, as they stand in its environment.
    cookie: Vec<u8>,
}

impl Member {
    /// Its process number, to be shown.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Kills it, if it is still there; whether it was.
    pub fn kill(&self) -> bool {
        let Ok(held) = pidfd_open(self.pid, PidfdFlags::empty()) else { return false };
        // From here on the number is of no importance: should it have gone to a stranger before, that one lacks the variable;
        // should it go to one now, what is held is the one that has ended.
        variables(self.pid).split(|byte| *byte == 0).any(|variable| variable == self.cookie)
            && pidfd_send_signal(held, Signal::KILL).is_ok()
    }
}

/// The processes of this user, but for this one, that runs below the folder `runs` have started. A program that overwrites its own
/// environment in memory is not found.
pub fn members(runs: &Path) -> io::Result<Vec<Member>> {
    let beginning = [COOKIE.as_bytes(), b"=", fs::canonicalize(runs)?.as_os_str().as_encoded_bytes(), b"/"].concat();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| Pid::from_raw(name.parse().ok()?)) else { continue };
        let is_own = entry.metadata().is_ok_and(|metadata| metadata.uid() == getuid().as_raw());
        if is_own && pid != getpid() {
            found.extend(member(pid, &beginning));
        }
    }
    Ok(found)
}

/// Kills every process that the run of this folder has started, and everything in the control group of its attempt, until none
/// is left, and says how many there were. To be called when the run is lost: its supervisor ends them itself otherwise. It
/// blocks, for seconds at worst.
pub fn end_strays(folder: &Path, attempt: u32) -> io::Result<u32> {
    let run = folder.file_name().and_then(|name| name.to_str()?.parse().ok()).map(RunId);
    let (Some(run), Some(runs)) = (run, folder.parent()) else { return Err(io::ErrorKind::InvalidInput.into()) };
    let patience = Instant::now() + PATIENCE;
    let mut killed: Vec<Pid> = Vec::new();
    if let Some(cgroup) = left_cgroup(Files::of(folder, attempt)) {
        killed = cgroup.pids();
        // What it cannot do, the signals below do.
        let _ = cgroup.kill();
    }
    loop {
        let mut left = false;
        for member in members(runs)?.into_iter().filter(|member| member.run == run) {
            if member.kill() {
                left = true;
                if !killed.contains(&member.pid) {
                    killed.push(member.pid);
                }
            }
        }
        if !left || Instant::now() >= patience {
            return Ok(killed.len() as u32);
        }
        sleep(LOOK_AGAIN);
    }
}

/// The process, if its environment names a run folder that begins so.
fn member(pid: Pid, beginning: &[u8]) -> Option<Member> {
    let variables = variables(pid);
    let cookie = variables.split(|byte| *byte == 0).find(|variable| variable.starts_with(beginning))?;
    let run = std::str::from_utf8(&cookie[beginning.len()..]).ok()?.parse().ok().map(RunId)?;
    Some(Member { run, pid, cookie: cookie.to_owned() })
}

/// The environment with which a process was executed; one that has ended has none.
fn variables(pid: Pid) -> Vec<u8> {
    fs::read(format!("/proc/{pid}/environ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command};

    use super::*;

    fn sleeper(variable: &str, value: &std::ffi::OsStr) -> Child {
        let child = Command::new("sleep").arg("1000").env(variable, value).spawn().unwrap();
        // Until it is executed, its environment is ours.
        let wanted = [variable.as_bytes(), b"=", value.as_encoded_bytes()].concat();
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        while !variables(pid).split(|byte| *byte == 0).any(|variable| variable == wanted) {
            std::thread::yield_now();
        }
        child
    }

    #[test]
    fn r8_only_who_carries_this_very_folder_is_ended() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("runs/7");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(home.path().join("runs/77")).unwrap();
        let path = fs::canonicalize(&folder).unwrap();
        let longer = fs::canonicalize(home.path().join("runs/77")).unwrap();
        let mut ours = [sleeper(COOKIE, path.as_os_str()), sleeper(COOKIE, path.as_os_str())];
        let mut strangers = [
            sleeper(COOKIE, longer.as_os_str()),
            sleeper("MY_TEMPO_RUN_FOLDER", path.as_os_str()),
            sleeper("X", [COOKIE, "=", path.to_str().unwrap()].concat().as_ref()),
        ];
        // Its children are reaped at the end only: as zombies they have no environment, and are not waited for.
        assert_eq!(end_strays(&folder, 1).unwrap(), 2);
        for child in &mut ours {
            assert_eq!(child.wait().unwrap().signal(), Some(9));
        }
        for child in &mut strangers {
            assert!(child.try_wait().unwrap().is_none(), "a stranger was ended");
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert_eq!(end_strays(&folder, 1).unwrap(), 0);
    }

    #[test]
    fn r8_who_lacks_the_variable_is_ended_with_the_control_group_of_the_attempt() {
        let home = tempfile::tempdir().unwrap();
        let (folder, group) = (home.path().join("runs/7"), home.path().join("group"));
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir(&group).unwrap();
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        fs::write(group.join("cgroup.procs"), format!("{}\n", child.id())).unwrap();
        let boot = crate::supervise::boot_id().unwrap();
        let record = serde_json::json!({
            "supervisor": 1, "boot": boot, "started_at": "2026-11-21T12:00:00Z", "cgroup": group,
        });
        fs::write(folder.join("lock.2"), record.to_string()).unwrap();
        assert_eq!(end_strays(&folder, 1).unwrap(), 0, "it is not the group of that attempt");
        assert!(child.try_wait().unwrap().is_none());
        assert_eq!(end_strays(&folder, 2).unwrap(), 1);
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }
}

//! Where the control groups of runs are made: below a scope of their own that the user's service manager gives, or below the
//! delegated unit of a system service (R7, R8).
//!
//! There is one scope for all runs of a spawner, asked for before its first run, and a group per run in it. A scope per run
//! would cost each start what this costs once, and the unit of `tempo service` is left alone: a unit whose groups have
//! processes and controllers cannot be started again (219/CGROUP), unless `DelegateSubgroup=` says below which it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Access, access, getxattr};
use rustix::process::{Pid, getpid};

use super::cgroup::Cgroup;
use super::login::{Login, Standing, own_cgroup};
use super::scope;

/// The group of the engine, the spawner and the supervisors: with processes in it, the one above could hand down nothing.
const ENGINE: &str = "engine";
/// How long the user's manager may take to move this process.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder of the cgroup file system that is ours.
#[derive(Debug)]
pub(super) struct Nest {
    base: PathBuf,
}

/// Where a process would have its nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In its own unit, which the system's manager has delegated to it.
    Unit(PathBuf),
    /// In a scope that the user's manager is asked for.
    Scope,
}

/// Where the process with this number (or `self`) would have the groups of its runs; else why it has none, in words.
pub fn place(root: &Path, process: &str) -> Result<Place, String> {
    let top = top(root);
    if !top.join("cgroup.controllers").exists() {
        return Err("this machine has no cgroups of version 2".to_owned());
    }
    let own = own_cgroup(root, process).ok_or("its own cgroup cannot be told")?;
    if let Some(unit) = delegated(&top, &own) {
        return Ok(Place::Unit(unit));
    }
    let login = Login::read(root);
    if !login.systemd {
        return Err("no systemd hands cgroups down here".to_owned());
    }
    // Who is in a session would live no longer there than the manager does, and that ends with the last session.
    if Standing::of_cgroup(&own) != Standing::Manager && !login.lingers {
        let why = "lingering is off, so that runs would end with your last session (`loginctl enable-linger`)";
        return Err(format!("no scope of the user's service manager is used: {why}"));
    }
    if !login.manager {
        return Err("the user's service manager cannot be reached".to_owned());
    }
    Ok(Place::Scope)
}

fn top(root: &Path) -> PathBuf {
    root.join("sys/fs/cgroup")
}

/// The group below which this process may make others: the one above its own, when it was put there for this purpose
/// (`DelegateSubgroup=engine`). In a unit where that is not said groups would keep it from being started again while runs go on.
fn delegated(top: &Path, own: &str) -> Option<PathBuf> {
    let own = top.join(own.trim_start_matches('/'));
    let is_unit = |path: &&Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".service") || name.ends_with(".scope")
    };
    let unit = own.ancestors().find(is_unit)?;
    // The system's manager marks what it hands down so.
    let mut mark = [0; 1];
    let marked = getxattr(unit, "user.delegate", &mut mark) == Ok(1) && mark == *b"1";
    let base = own.parent().filter(|_| own.file_name().is_some_and(|name| name == ENGINE))?;
    (marked && access(base.join("cgroup.procs"), Access::WRITE_OK).is_ok()).then(|| base.to_owned())
}

impl Nest {
    /// Makes one, and moves this process into it. Says in words why there is none.
    pub(super) fn settle() -> Result<Self, String> {
        let root = Path::new("/");
        match place(root, "self")? {
            Place::Unit(base) => Self::make(base),
            Place::Scope => {
                let name = scope::ask(getpid())?;
                Self::make(moved(root, &name)?)
            }
        }
    }

    fn make(base: PathBuf) -> Result<Self, String> {
        let leaf = base.join(ENGINE);
        let in_words = |e: io::Error| format!("{} cannot be used: {e}", base.display());
        if !leaf.exists() {
            fs::create_dir(&leaf).map_err(in_words)?;
        }
        for pid in Cgroup::processes(&base) {
            if !is_ours(pid) {
                return Err(format!("{} has other processes than Tempo's", base.display()));
            }
            match fs::write(leaf.join("cgroup.procs"), pid.as_raw_nonzero().to_string()) {
                // It has just ended.
                Err(e) if e.raw_os_error() == Some(libc::ESRCH) => {}
                moved => moved.map_err(in_words)?,
            }
        }
        // Where memory is not handed down, groups have no such files.
        let _ = fs::write(base.join("cgroup.subtree_control"), "+memory");
        Ok(Self { base })
    }

    /// Makes the group of a run. No two live at once have the same name.
    pub(super) fn cgroup(&self, name: &str) -> Result<Cgroup, String> {
        let path = self.base.join(name);
        Cgroup::create(path.clone()).map_err(|e| format!("no cgroup {} can be made: {e}", path.display()))
    }
}

/// Waits until this process is in the scope that was asked for, and says where that is.
fn moved(root: &Path, scope: &str) -> Result<PathBuf, String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let own = own_cgroup(root, "self").unwrap_or_default();
        if own.ends_with(scope) {
            return Ok(top(root).join(own.trim_start_matches('/')));
        }
        if Instant::now() > deadline {
            return Err(format!("the user's service manager did not start {scope} in time"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a process executes this very program.
fn is_ours(pid: Pid) -> bool {
    let program = |process: &str| fs::metadata(format!("/proc/{process}/exe")).ok();
    let identity = |file: fs::Metadata| {
        use std::os::unix::fs::MetadataExt;
        (file.dev(), file.ino())
    };
    program(&pid.as_raw_nonzero().to_string()).map(identity) == program("self").map(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn r7_where_there_is_no_group_to_be_had_it_is_said_why() {
        let root = tempfile::tempdir().unwrap();
        let why = || place(root.path(), "self").unwrap_err();
        assert!(why().contains("version 2"), "{}", why());
        write(root.path(), "sys/fs/cgroup/cgroup.controllers", "memory");
        write(root.path(), "proc/self/cgroup", "0::/user.slice/user-1.slice/session-1.scope\n");
        assert!(why().contains("no systemd"), "{}", why());
        fs::create_dir_all(root.path().join("run/systemd/system")).unwrap();
        assert!(why().contains("enable-linger"), "{}", why());
        write(root.path(), "proc/self/cgroup", "0::/user.slice/user@1.service/app.slice/tempo.service\n");
        assert!(why().contains("cannot be reached"), "{}", why());
    }

    #[test]
    fn r8_a_scope_is_asked_for_where_it_lives_no_shorter_than_the_session() {
        let root = tempfile::tempdir().unwrap();
        let uid = rustix::process::geteuid().as_raw();
        write(root.path(), "sys/fs/cgroup/cgroup.controllers", "memory");
        write(root.path(), &format!("run/user/{uid}/bus"), "");
        write(root.path(), "run/systemd/system/x", "");
        write(root.path(), "proc/self/cgroup", "0::/user.slice/user@1.service/app.slice/tempo.service\n");
        assert_eq!(place(root.path(), "self"), Ok(Place::Scope));
        write(root.path(), "proc/self/cgroup", "0::/user.slice/user-1.slice/session-1.scope\n");
        assert!(place(root.path(), "self").is_err());
        write(root.path(), "etc/passwd", &format!("ana:x:{uid}:0::/:/bin/sh\n"));
        write(root.path(), "var/lib/systemd/linger/ana", "");
        assert_eq!(place(root.path(), "self"), Ok(Place::Scope));
    }

    #[test]
    fn r7_a_nest_keeps_its_own_processes_below_and_hands_memory_down() {
        let root = tempfile::tempdir().unwrap();
        let base = root.path().join("tempo.service");
        write(&base, "cgroup.procs", &format!("{}\n", getpid().as_raw_nonzero()));
        let nest = Nest::make(base.clone()).unwrap();
        let read = |path: &str| fs::read_to_string(base.join(path)).unwrap();
        assert_eq!(read("engine/cgroup.procs"), getpid().as_raw_nonzero().to_string());
        assert_eq!(read("cgroup.subtree_control"), "+memory");
        assert_eq!(nest.cgroup("run-1").unwrap().path(), base.join("run-1"));

        let mut stranger = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        write(&base, "cgroup.procs", &format!("{}\n", stranger.id()));
        let error = Nest::make(base).unwrap_err();
        assert!(error.contains("other processes"), "{error}");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}

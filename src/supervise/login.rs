//! What the machine's login and service managers do with this user's processes: lingering, logging out, units (R8).

use std::fs;
use std::path::{Path, PathBuf};

/// The facts, read from files only: nothing is asked over a bus, and nothing waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub struct Login {
    /// systemd runs this machine.
    pub systemd: bool,
    /// The user's own service manager is there, and can be talked to.
    pub manager: bool,
    /// That manager stays when the last session ends (`loginctl enable-linger`).
    pub lingers: bool,
    /// What a session leaves behind is ended with it (`KillUserProcesses=`).
    pub kills: bool,
}

/// Where a process stands in systemd's tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In a login session, with which it can end.
    Session,
    /// In a unit of the user's manager, with which it ends.
    Manager,
    /// Anywhere else: a unit of the system, a container, a machine without systemd.
    Elsewhere,
}

/// What becomes of runs when the person logs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logout {
    /// They go on.
    GoOn,
    /// They are ended with the session.
    EndedWithSession,
    /// They are ended with the user's manager, some seconds after the last session.
    EndedWithManager,
}

impl Login {
    /// Reads them for this process's user below `root`, which is `/` but in tests.
    pub fn read(root: &Path) -> Self {
        let uid = rustix::process::geteuid();
        let lingers =
            user_name(root, uid.as_raw()).is_some_and(|user| root.join("var/lib/systemd/linger").join(user).exists());
        Self {
            systemd: root.join("run/systemd/system").exists(),
            manager: runtime_folder(root).join("bus").exists(),
            lingers,
            // Root's processes are spared (`KillExcludeUsers=`).
            kills: !uid.is_root() && kills_processes(root),
        }
    }

    /// What logging out does to runs of an engine that stands there.
    pub fn logout(&self, engine: Standing) -> Logout {
        // With lingering the manager stays, and runs are in a scope of their own below it.
        let has_scope = self.lingers && self.manager;
        match engine {
            Standing::Manager if self.systemd && !self.lingers => Logout::EndedWithManager,
            Standing::Session if self.systemd && self.kills && !has_scope => Logout::EndedWithSession,
            Standing::Manager | Standing::Session | Standing::Elsewhere => Logout::GoOn,
        }
    }
}

impl Standing {
    /// That of the process with this cgroup, as in `/user.slice/user-1000.slice/session-3.scope`.
    pub fn of_cgroup(cgroup: &str) -> Self {
        // The parts are names of units: `session-3.scope`, `user@1000.service`.
        let has = |beginning: &str| cgroup.split('/').any(|part| part.starts_with(beginning));
        if has("user@") {
            Self::Manager
        } else if has("session-") {
            Self::Session
        } else {
            Self::Elsewhere
        }
    }

    /// That of a process; elsewhere when it cannot be told.
    pub fn of(root: &Path, pid: u32) -> Self {
        own_cgroup(root, &pid.to_string()).map_or(Self::Elsewhere, |cgroup| Self::of_cgroup(&cgroup))
    }
}

/// The cgroup of a process: its place in the tree of version 2, or else in systemd's own tree.
pub(super) fn own_cgroup(root: &Path, process: &str) -> Option<String> {
    let text = fs::read_to_string(root.join("proc").join(process).join("cgroup")).ok()?;
    let find = |prefix: &str| text.lines().find_map(|line| line.strip_prefix(prefix).map(str::to_owned));
    let legacy = || text.lines().find_map(|line| line.split_once(":name=systemd:").map(|(_, path)| path.to_owned()));
    find("0::").filter(|path| path != "/").or_else(legacy).or_else(|| find("0::"))
}

/// `/run/user/1000`, where the sockets of the user's manager are.
pub(super) fn runtime_folder(root: &Path) -> PathBuf {
    root.join(format!("run/user/{}", rustix::process::geteuid().as_raw()))
}

fn user_name(root: &Path, uid: u32) -> Option<String> {
    let users = fs::read_to_string(root.join("etc/passwd")).unwrap_or_default();
    let known = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    // Users of a directory service are not in the file.
    known.or_else(|| std::env::var("USER").ok()).filter(|name| !name.is_empty() && !name.contains('/'))
}

/// The last word counts: of the file, then of the drop-ins by their names. Without one it is what the distribution built
/// in, which its file says in a comment.
fn kills_processes(root: &Path) -> bool {
    let main = ["etc/systemd/logind.conf", "usr/lib/systemd/logind.conf", "lib/systemd/logind.conf"];
    let main = main.iter().find_map(|file| fs::read_to_string(root.join(file)).ok()).unwrap_or_default();
    let mut drop_ins: Vec<PathBuf> = ["usr/lib/systemd", "run/systemd", "etc/systemd"]
        .iter()
        .filter_map(|folder| fs::read_dir(root.join(folder).join("logind.conf.d")).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "conf"))
        .collect();
    drop_ins.sort_by_key(|path| path.file_name().map(std::ffi::OsStr::to_owned));
    let texts = drop_ins.into_iter().filter_map(|path| fs::read_to_string(path).ok());
    let set = |text: &str, key: &str| {
        let value =
            text.lines().rev().find_map(|line| line.trim().strip_prefix(key).map(|value| value.trim().to_owned()));
        value.map(|value| matches!(value.as_str(), "yes" | "true" | "on" | "1"))
    };
    let said =
        std::iter::once(main.clone()).chain(texts).filter_map(|text| set(&text, "KillUserProcesses=")).next_back();
    said.or_else(|| set(&main, "#KillUserProcesses=")).unwrap_or(false)
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
    fn r8_the_last_word_about_what_a_session_leaves_behind_counts() {
        let root = tempfile::tempdir().unwrap();
        let kills = || kills_processes(root.path());
        assert!(!kills());
        write(root.path(), "etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\n");
        assert!(kills(), "what the distribution built in");
        write(root.path(), "etc/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\nKillUserProcesses=no\n");
        assert!(!kills());
        write(root.path(), "etc/systemd/logind.conf.d/50-here.conf", "[Login]\nKillUserProcesses=yes\n");
        assert!(kills());
        write(root.path(), "usr/lib/systemd/logind.conf.d/90-late.conf", "[Login]\nKillUserProcesses=false\n");
        assert!(!kills());
    }

    #[test]
    fn r8_lingering_is_by_the_name_of_the_user() {
        let root = tempfile::tempdir().unwrap();
        let uid = rustix::process::geteuid().as_raw();
        write(root.path(), "etc/passwd", &format!("other:x:{}:0::/:/bin/sh\nana:x:{uid}:0::/:/bin/sh\n", uid + 1));
        assert!(!Login::read(root.path()).lingers);
        write(root.path(), "var/lib/systemd/linger/ana", "");
        write(root.path(), &format!("run/user/{uid}/bus"), "");
        let login = Login::read(root.path());
        assert!(login.lingers && login.manager && !login.systemd);
    }

    #[test]
    fn r8_what_logging_out_does_depends_on_where_the_engine_stands() {
        let session = Standing::of_cgroup("/user.slice/user-1000.slice/session-3.scope");
        let manager = Standing::of_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/tempo.service");
        let system = Standing::of_cgroup("/system.slice/tempo.service");
        assert_eq!((session, manager, system), (Standing::Session, Standing::Manager, Standing::Elsewhere));
        let login = |lingers, kills| Login { systemd: true, manager: true, lingers, kills };
        assert_eq!(login(false, false).logout(session), Logout::GoOn);
        assert_eq!(login(false, true).logout(session), Logout::EndedWithSession);
        assert_eq!(login(false, false).logout(manager), Logout::EndedWithManager);
        for kills in [false, true] {
            for standing in [session, manager, system] {
                assert_eq!(login(true, kills).logout(standing), Logout::GoOn);
            }
            assert_eq!(login(false, kills).logout(system), Logout::GoOn);
        }
        let without_bus = Login { manager: false, ..login(true, true) };
        assert_eq!(without_bus.logout(session), Logout::EndedWithSession);
    }

    #[test]
    fn the_place_in_the_tree_is_read_in_both_versions() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "proc/7/cgroup", "0::/user.slice/user-1.slice/session-2.scope\n");
        assert_eq!(Standing::of(root.path(), 7), Standing::Session);
        write(root.path(), "proc/8/cgroup", "4:memory:/x\n1:name=systemd:/user.slice/session-2.scope\n0::/\n");
        assert_eq!(Standing::of(root.path(), 8), Standing::Session);
        assert_eq!(Standing::of(root.path(), 9), Standing::Elsewhere);
    }
}

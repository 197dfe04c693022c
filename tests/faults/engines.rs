//! The processes that are the engine, or wait to be: daemons, and dashboards in terminals that nobody looks at.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use tempo::lock;

use super::house::{House, until};
use super::processes;

/// All of them.
pub(crate) struct Engines<'a> {
    house: &'a House,
    hosts: Vec<Host>,
}

/// One process with an engine in it.
struct Host {
    pid: i32,
    process: Process,
}

enum Process {
    Daemon(Child),
    Dashboard(Box<dyn portable_pty::Child + Send + Sync>),
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Well,
    Badly,
    Killed,
}

impl Host {
    fn end(&mut self) -> Option<End> {
        match &mut self.process {
            Process::Daemon(child) => child.try_wait().unwrap().map(|status| match status.signal() {
                Some(_) => End::Killed,
                None if status.success() => End::Well,
                None => End::Badly,
            }),
            Process::Dashboard(child) => child.try_wait().unwrap().map(|status| match status.signal() {
                Some(_) => End::Killed,
                None if status.success() => End::Well,
                None => End::Badly,
            }),
        }
    }
}

impl<'a> Engines<'a> {
    /// A daemon.
    pub(crate) fn start(house: &'a House) -> Self {
        let mut engines = Self { house, hosts: Vec::new() };
        engines.add_daemon();
        engines.holder();
        engines
    }

    /// Starts `tempo daemon`, and waits for nothing.
    pub(crate) fn add_daemon(&mut self) -> i32 {
        // Not a pipe: its spawner and supervisors hold it longer than the daemon lives.
        let said = File::options().create(true).append(true).open(self.house.path("daemon.err")).unwrap();
        let child = self.house.command(&["daemon"]).stdout(Stdio::null()).stderr(said).spawn().unwrap();
        self.add(child.id().cast_signed(), Process::Daemon(child))
    }

    /// Starts a dashboard, and waits for nothing.
    pub(crate) fn add_dashboard(&mut self) -> i32 {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(for_terminal(&self.house.command(&[]))).unwrap();
        drop(pair.slave);
        // The terminal is there as long as somebody reads from it.
        let mut screen = pair.master.try_clone_reader().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            while screen.read(&mut bytes).is_ok_and(|read| read > 0) {}
        });
        self.add(child.process_id().unwrap().cast_signed(), Process::Dashboard(child))
    }

    fn add(&mut self, pid: i32, process: Process) -> i32 {
        self.hosts.push(Host { pid, process });
        pid
    }

    /// Takes note of those that have ended, which none does by itself, and starts one when none is left. Where the disk is in
    /// trouble, one may have been killed by it or may have refused to start.
    pub(crate) fn tend(&mut self) {
        let in_trouble = self.house.in_trouble();
        self.hosts.retain_mut(|host| match host.end() {
            None => true,
            Some(end) => {
                assert!(in_trouble && end != End::Well, "the engine's process {} ended by itself: {end:?}", host.pid);
                false
            }
        });
        if self.hosts.is_empty() {
            self.add_daemon();
        }
    }

    /// The process that is the engine, waited for.
    pub(crate) fn holder(&mut self) -> i32 {
        let lock = self.house.paths().engine_lock();
        until("an engine", || {
            self.tend();
            let holder = lock::holder(&lock).unwrap()?.pid.cast_signed();
            self.hosts.iter().any(|host| host.pid == holder).then_some(holder)
        })
    }

    /// The role in which a process is the engine.
    pub(crate) fn role(&self) -> Option<lock::Role> {
        lock::holder(&self.house.paths().engine_lock()).unwrap().map(|holder| holder.role)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, pid: i32) {
        self.tend();
        if let Some(mut host) = self.take(pid) {
            signal(pid, Signal::KILL);
            until("the end of what was killed", || host.end());
        }
    }

    /// The same with any one that is there.
    pub(crate) fn kill_any(&mut self) {
        if let Some(host) = self.hosts.first() {
            self.kill(host.pid);
        }
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn end(&mut self, pid: i32) {
        self.tend();
        if let Some(mut host) = self.take(pid) {
            // One that has just begun would be killed by it.
            until("an engine that listens", || processes::hears(pid, Signal::TERM).then_some(()));
            signal(pid, Signal::TERM);
            let end = until("the end of an engine", || host.end());
            let dashboard = matches!(host.process, Process::Dashboard(..));
            assert!(end == End::Well || dashboard && end == End::Badly, "process {pid}: {end:?}");
        }
    }

    /// Leaves this one only, if it is still there.
    pub(crate) fn end_all_but(&mut self, pid: i32) {
        let others: Vec<i32> = self.hosts.iter().map(|host| host.pid).filter(|other| *other != pid).collect();
        for other in others {
            self.end(other);
        }
    }

    fn take(&mut self, pid: i32) -> Option<Host> {
        let at = self.hosts.iter().position(|host| host.pid == pid)?;
        Some(self.hosts.swap_remove(at))
    }
}

impl Drop for Engines<'_> {
    fn drop(&mut self) {
        // Nothing is left of them unless the test has failed.
        for host in &mut self.hosts {
            if host.end().is_none() {
                signal(host.pid, Signal::KILL);
                until("the end of what was killed", || host.end());
            }
        }
    }
}

/// The same command, as the library for terminals wants it.
fn for_terminal(command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    builder.cwd(command.get_current_dir().unwrap());
    builder.env_clear();
    for (name, value) in command.get_envs() {
        builder.env(name, value.unwrap_or_default());
    }
    builder
}

/// Signals a process that may have ended.
pub(crate) fn signal(pid: i32, signal: Signal) {
    match kill_process(Pid::from_raw(pid).unwrap(), signal) {
        Ok(()) | Err(Errno::SRCH) => {}
        Err(e) => panic!("process {pid}: {e}"),
    }
}

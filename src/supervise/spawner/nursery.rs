//! The spawner itself: forks supervisors, reaps them, and ends what a killed one leaves behind (R8).

use std::cell::OnceCell;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::SendFlags;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, getpid, kill_process, kill_process_group, pidfd_open, set_child_subreaper,
    wait,
};
use rustix::thread::set_name;

use super::wire::{self, Received};
use crate::domain::RunId;
use crate::supervise::folder::{Files, left_cgroup, sync_exit};
use crate::supervise::nest::Nest;
use crate::supervise::supervisor::supervise;
use crate::supervise::sys::{self, Signals};
use crate::supervise::tree::children;

/// Serves the engine at the other end of `socket`, until it is gone and the last supervisor, too. Returns an exit code.
pub(super) fn serve(socket: OwnedFd) -> i32 {
    let _ = set_name(c"tempo-spawner");
    match Nursery::new(socket).and_then(|mut nursery| nursery.run()) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// The spawner's state.
struct Nursery {
    /// The engine; `None` when it is gone.
    engine: Option<OwnedFd>,
    /// `None` in a copy that becomes a supervisor.
    signals: Option<Signals>,
    /// With the folders of their runs, and which attempts they are.
    supervisors: Vec<(Pid, PathBuf, u32)>,
    /// Where runs have their cgroups, or why nowhere; looked for before the first one.
    nest: OnceCell<Result<Nest, String>>,
}

impl Nursery {
    fn new(socket: OwnedFd) -> io::Result<Self> {
        // Descendants of a supervisor that was killed come here.
        set_child_subreaper(Some(getpid()))?;
        let signals = Signals::new(&[Signal::CHILD])?;
        Ok(Self { engine: Some(socket), signals: Some(signals), supervisors: Vec::new(), nest: OnceCell::new() })
    }

    fn run(&mut self) -> io::Result<()> {
        while self.engine.is_some() || !self.supervisors.is_empty() {
            self.wait()?;
            // One message at a time, so that who has ended is not kept waiting by a long queue.
            match self.engine.as_ref().map_or(Ok(Received::Nothing), wire::receive)? {
                Received::Message(message, lock) => {
                    if let Some((run, attempt, folder)) = wire::read_start(&message) {
                        let forked = lock.ok_or_else(no_descriptor).and_then(|lock| self.fork(&folder, attempt, &lock));
                        self.answer(run, forked);
                    }
                }
                Received::Nothing => {}
                Received::End => self.engine = None,
            }
            self.reap();
        }
        Ok(())
    }

    /// Waits for a message or the end of a supervisor.
    fn wait(&self) -> io::Result<()> {
        let signals = self.signals.iter().map(|signals| PollFd::new(signals, PollFlags::IN));
        let engine = self.engine.iter().map(|engine| PollFd::new(engine, PollFlags::IN));
        poll(&mut signals.chain(engine).collect::<Vec<_>>(), None)?;
        Ok(())
    }

    /// Forks a supervisor. The lock is its own from then on, since the caller drops this copy.
    fn fork(&mut self, folder: &Path, attempt: u32, _lock: &OwnedFd) -> io::Result<Pid> {
        self.nest.get_or_init(Nest::settle);
        let supervisor = sys::fork(|| {
            let _ = set_name(c"tempo-run");
            // The engine must see the end of the spawner, not of the last of its copies.
            self.engine = None;
            self.signals = None;
            let nest = self.nest.take().unwrap_or_else(|| Err(String::new()));
            i32::from(supervise(folder, attempt, nest).is_err())
        })?;
        self.supervisors.push((supervisor, folder.to_owned(), attempt));
        Ok(supervisor)
    }

    /// Tells the engine, if it is still there. It has to receive, or nothing is started any more.
    fn answer(&self, run: RunId, forked: io::Result<Pid>) {
        // As long as it is not reaped, its number is its own.
        let opened = forked.and_then(|pid| Ok((pid, pidfd_open(pid, PidfdFlags::empty())?)));
        let (result, pidfd) = match opened {
            Ok((pid, pidfd)) => (Ok(pid.as_raw_nonzero().get()), Some(pidfd)),
            Err(e) => (Err(format!("fork a supervisor: {e}")), None),
        };
        if let Some(engine) = &self.engine {
            // An engine that is gone is noticed by the next receive.
            let _ =
                wire::send(engine, &wire::answer(run, &result), pidfd.as_ref().map(AsFd::as_fd), SendFlags::empty());
        }
    }

    /// Waits for those that have ended. A supervisor always ends its descendants first; where one could not, because it
    /// was killed, they are children of the spawner now, and so are later their own.
    fn reap(&mut self) {
        while self.signals.as_ref().and_then(Signals::take).is_some() {}
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            let place = self.supervisors.iter().position(|(supervisor, ..)| *supervisor == pid);
            if let Some(place) = place {
                let (_, folder, attempt) = self.supervisors.swap_remove(place);
                if self.engine.is_none() {
                    // No engine commits what the record says. There is none when the supervisor was killed.
                    let _ = sync_exit(Files::of(&folder, attempt));
                }
                if status.signaled()
                    && let Some(cgroup) = left_cgroup(Files::of(&folder, attempt))
                {
                    let _ = cgroup.kill();
                }
            }
            if place.is_none() || status.signaled() {
                self.end_strays();
            }
        }
    }

    fn is_supervisor(&self, pid: Pid) -> bool {
        self.supervisors.iter().any(|(supervisor, ..)| *supervisor == pid)
    }

    fn end_strays(&self) {
        for stray in children().into_iter().filter(|pid| !self.is_supervisor(*pid)) {
            // The leader of a run leads its group; anybody else has none of its own number, or one that has to go, too.
            let _ = kill_process_group(stray, Signal::KILL);
            let _ = kill_process(stray, Signal::KILL);
        }
    }
}

fn no_descriptor() -> io::Error {
    io::Error::other("no descriptor left for the lock")
}

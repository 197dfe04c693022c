//! The engine's handle of a living supervisor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A supervisor, held by a pidfd: it can be waited for and told to stop, and is never mistaken for another process.
///
/// Its descriptor is readable when the supervisor has ended; [`inspect`](super::inspect) then says how.
#[derive(Debug)]
pub struct Supervisor {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Supervisor {
    pub(super) fn new(pid: Pid, pidfd: OwnedFd) -> Self {
        Self { pid, pidfd }
    }

    /// Takes hold of a process by its number. The caller has to prove afterwards that it is a supervisor.
    pub(super) fn open(pid: Pid) -> io::Result<Self> {
        Ok(Self { pid, pidfd: pidfd_open(pid, PidfdFlags::empty())? })
    }

    /// Its process number, to be shown.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Asks for the stop sequence: the stop signal to the command's group, KILL after the grace (R4). Asked again while it
    /// is under way, it goes on as it was. No error when the supervisor has ended.
    pub fn stop(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Asks for KILL at once (R4). No error when the supervisor has ended.
    pub fn kill(&self) -> io::Result<()> {
        self.signal(Signal::USR1)
    }

    /// Asks for a pause: every process of the run stands still until [`resume`](Self::resume), and its timeout with them (R4).
    /// [`paused_since`](super::paused_since) says when it has come to that. No error when the supervisor has ended.
    pub fn pause(&self) -> io::Result<()> {
        self.signal(Signal::TSTP)
    }

    /// Asks for the end of a pause (R4). No error when the supervisor has ended.
    pub fn resume(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

impl AsFd for Supervisor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}

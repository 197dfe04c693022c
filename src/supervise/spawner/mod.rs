//! The engine's handle of the spawner, which forks a supervisor for each run.

mod nursery;
mod wire;

use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use rustix::io::Errno;
use rustix::net::SendFlags;
use rustix::process::Pid;

use super::folder::RunFolder;
use super::handle::Supervisor;
use super::sys;
use crate::domain::RunId;
use wire::Received;

/// A spawner: a small process without threads whose copies are the supervisors. It is nobody's child, has no terminal,
/// and ends when this handle is gone, everything that was sent to it has been started, and all its supervisors have ended.
///
/// Its descriptor is readable when there is something to [`receive`](Self::receive), and writable when there is room for
/// another [`start`](Self::start).
#[derive(Debug)]
pub struct Spawner {
    socket: OwnedFd,
}

/// What the spawner says.
#[derive(Debug)]
pub enum Reply {
    /// The run has a supervisor.
    Started {
        /// Which run.
        run: RunId,
        /// Its supervisor.
        supervisor: Supervisor,
    },
    /// It has none, or none that could be handed over: [`inspect`](super::inspect) says which.
    Failed {
        /// Which run.
        run: RunId,
        /// Why, in words.
        error: String,
    },
}

/// A start that was not sent, with its folder back. `WouldBlock`: send it again when the descriptor is writable and the
/// replies have been received; `BrokenPipe`: the spawner has died.
#[derive(Debug, thiserror::Error)]
#[error("send run {} to the spawner: {error}", folder.run())]
pub struct NotSent {
    /// What was to be started; it still holds its lock.
    pub folder: RunFolder,
    /// Why it was not sent.
    #[source]
    pub error: io::Error,
}

impl Spawner {
    /// Makes a spawner of a copy of this process, which must be without threads and should be small: it is called at the
    /// very beginning of `main`.
    pub fn fork() -> io::Result<Self> {
        let (socket, theirs) = wire::pair()?;
        sys::daemon(theirs, nursery::serve)?;
        Ok(Self { socket })
    }

    /// Makes a spawner by executing `exe`, whose `main` has to call [`spawner_main`] for the only argument `spawner`. It
    /// takes the place of one that died, when this process has long had threads.
    pub fn from_exe(exe: &Path) -> io::Result<Self> {
        let (socket, theirs) = wire::pair()?;
        let status =
            Command::new(exe).arg("spawner").stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{} spawner: {status}", exe.display())));
        }
        Ok(Self { socket })
    }

    /// Hands over a run folder with its lock, without waiting. One [`Reply`] follows.
    ///
    /// A message in flight is started even if this process dies. If the spawner dies, its lock is released: the run has
    /// never started, and is sent to the next one.
    pub fn start(&self, folder: RunFolder) -> Result<(), Box<NotSent>> {
        let message = wire::start(folder.run(), folder.attempt(), folder.path());
        wire::send(&self.socket, &message, Some(folder.lock()), SendFlags::DONTWAIT).map_err(|e| {
            let error = if e == Errno::CONNRESET { ErrorKind::BrokenPipe.into() } else { e.into() };
            Box::new(NotSent { folder, error })
        })
    }

    /// Takes what the spawner said, without waiting; `None` when it said nothing. `UnexpectedEof`: it has died.
    pub fn receive(&self) -> io::Result<Option<Reply>> {
        let (message, pidfd) = match wire::receive(&self.socket)? {
            Received::Message(message, pidfd) => (message, pidfd),
            Received::Nothing => return Ok(None),
            Received::End => return Err(io::Error::new(ErrorKind::UnexpectedEof, "the spawner has died")),
        };
        let (run, result) = wire::read_answer(&message).ok_or(ErrorKind::InvalidData)?;
        Ok(Some(match (result.map(Pid::from_raw), pidfd) {
            (Ok(Some(pid)), Some(pidfd)) => Reply::Started { run, supervisor: Supervisor::new(pid, pidfd) },
            (Ok(_), _) => Reply::Failed { run, error: "no descriptor left to hold the supervisor".into() },
            (Err(error), _) => Reply::Failed { run, error },
        }))
    }
}

impl AsFd for Spawner {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The whole of `tempo spawner`, whose stdin is the socket of [`Spawner::from_exe`].
pub fn spawner_main() -> ExitCode {
    let stdin = io::stdin();
    if !wire::is_socket(&stdin) {
        return ExitCode::from(2);
    }
    match stdin.as_fd().try_clone_to_owned().and_then(|socket| sys::daemon(socket, nursery::serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

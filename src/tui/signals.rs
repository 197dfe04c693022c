//! Turns the signals that concern a screen into a readable descriptor.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::pipe::{PipeFlags, pipe_with};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::{SigId, flag, low_level};

const WATCHED: [i32; 7] = [SIGWINCH, SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP, SIGCONT];

/// The signals of a screen, caught while this lives. (Afterwards they are ignored, not fatal: the handlers stay.)
#[derive(Debug)]
pub(super) struct Signals {
    /// A byte for each signal, so that a wait ends. Which signal it was stands in `pending`.
    pipe: OwnedFd,
    pending: [Arc<AtomicBool>; WATCHED.len()],
    handlers: Vec<SigId>,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        let (pipe, write_end) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let mut signals = Self { pipe, pending: Default::default(), handlers: Vec::new() };
        for (signal, pending) in WATCHED.into_iter().zip(&signals.pending) {
            // In this order: whoever is woken finds the flag set.
            signals.handlers.push(flag::register(signal, Arc::clone(pending))?);
            signals.handlers.push(low_level::pipe::register(signal, write_end.try_clone()?)?);
        }
        Ok(signals)
    }

    /// The signals that came since the last call, each once.
    pub(super) fn take(&self) -> Vec<i32> {
        let mut bytes = [0; 64];
        while matches!(rustix::io::read(&self.pipe, &mut bytes), Ok(1..)) {}
        let came = |pending: &Arc<AtomicBool>| pending.swap(false, Ordering::SeqCst);
        WATCHED.into_iter().zip(&self.pending).filter(|(_, pending)| came(pending)).map(|(signal, _)| signal).collect()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
    }
}

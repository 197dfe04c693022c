//! Moves what the command prints from its pipes, or its pty, to the output file (O1).

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

use crate::output::{Stream, Writer};

/// What is read at once. It stays in the processor's cache; four times as much is a third slower.
const BUFFER: usize = 64 * 1024;
/// How often a pipe that is full is read before anything else is looked at.
const READS: u32 = 16;
/// After a read that did not fill the pipe, the next ones are let come together: a program that writes line by line
/// costs a read per pause, not one per line.
const PAUSE: Duration = Duration::from_millis(2);
/// The size that a pipe begins with: what a user's pipes may hold together is limited (64 MiB by default), and counted
/// when they are made, so a thousand quiet runs must not take all of it.
const QUIET_PIPE: usize = 16 * 1024;
/// The size of a pipe that is flooded.
const FLOODED_PIPE: usize = 1024 * 1024;

/// What a pty gives at once; nobody can make it larger.
const PTY: usize = 4096;
/// What may still be in a pty when nobody prints to it any more.
const PTY_REST: u64 = 128 * 1024;

/// So many reads after a flood, its pipe is made small again.
const CALM: u32 = 100;

/// One pipe, or the pty.
#[derive(Debug)]
pub(super) struct Tap {
    stream: Stream,
    pipe: OwnedFd,
    is_pty: bool,
    capacity: usize,
    /// Reads since the last one that was a flood.
    calm: u32,
}

/// The pipes of a command, and the output file.
#[derive(Debug)]
pub(super) struct Pump {
    taps: Vec<Tap>,
    writer: Writer,
    /// Never longer than its capacity; of that, the system provides the pages that are used.
    buffer: Vec<u8>,
    paused_until: Option<Instant>,
}

impl Pump {
    /// Nothing was read yet.
    pub(super) fn new(taps: Vec<Tap>, writer: Writer) -> Self {
        Self { taps, writer, buffer: Vec::with_capacity(BUFFER), paused_until: None }
    }

    /// Whether a pipe is still open.
    pub(super) fn is_open(&self) -> bool {
        !self.taps.is_empty()
    }

    /// The end of the pause, if there is one: until then nothing has to be read.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until.filter(|_| self.is_open())
    }

    /// What to wait for.
    pub(super) fn poll_fds(&self) -> impl Iterator<Item = PollFd<'_>> {
        self.taps.iter().map(|tap| PollFd::new(&tap.pipe, PollFlags::IN))
    }

    /// Reads from each pipe that is `ready`, in the order of [`poll_fds`](Self::poll_fds), and drops those that have ended.
    pub(super) fn read(&mut self, ready: &[bool]) {
        if !ready.contains(&true) {
            return;
        }
        let Self { taps, writer, buffer, paused_until } = self;
        let mut flooded = false;
        let mut ready = ready.iter();
        taps.retain_mut(|tap| {
            if !ready.next().is_some_and(|ready| *ready) {
                return true;
            }
            for _ in 0..READS {
                match tap.read(buffer) {
                    Ok(0) => return false,
                    Ok(n) => {
                        writer.append(tap.stream, Timestamp::now(), buffer);
                        flooded |= tap.is_flood(n);
                        if n < BUFFER {
                            break;
                        }
                    }
                    Err(Errno::AGAIN) => break,
                    Err(_) => return false,
                }
            }
            true
        });
        *paused_until = (!flooded).then(|| Instant::now() + PAUSE);
    }

    /// Takes what is in the pipes at this moment; a stranger who goes on writing is not waited for.
    pub(super) fn drain(&mut self) {
        for mut tap in std::mem::take(&mut self.taps) {
            // A pty does not count what is on its way.
            let known = if tap.is_pty { None } else { rustix::io::ioctl_fionread(&tap.pipe).ok() };
            let mut left = known.unwrap_or(PTY_REST);
            while left > 0
                && let Ok(n @ 1..) = tap.read(&mut self.buffer)
            {
                self.writer.append(tap.stream, Timestamp::now(), &self.buffer);
                left = left.saturating_sub(n as u64);
            }
        }
    }

    /// The output file, with all counts.
    pub(super) fn into_writer(self) -> Writer {
        self.writer
    }
}

impl Tap {
    /// The reading end of a pipe, which has to be non-blocking.
    pub(super) fn of_pipe(stream: Stream, pipe: OwnedFd) -> Self {
        let mut tap = Self { stream, pipe, is_pty: false, capacity: 0, calm: 0 };
        tap.resize(QUIET_PIPE);
        tap
    }

    /// Our end of a pty, which has to be non-blocking. When the other end is closed, it gives an error, which counts as its end.
    pub(super) fn of_pty(pty: OwnedFd) -> Self {
        Self { stream: Stream::Out, pipe: pty, is_pty: true, capacity: PTY, calm: 0 }
    }

    /// Reads once, and returns how much that was; nothing is the end.
    fn read(&mut self, buffer: &mut Vec<u8>) -> rustix::io::Result<usize> {
        buffer.clear();
        retry_on_intr(|| rustix::io::read(&self.pipe, spare_capacity(buffer)))
    }

    /// Whether so large a read means that the command waits for us. Pages of a pipe that is full may be filled by half.
    fn is_flood(&mut self, read: usize) -> bool {
        let flood = read >= self.capacity.min(BUFFER) / 2;
        self.calm = if flood { 0 } else { self.calm + 1 };
        if self.is_pty {
            return flood;
        }
        if flood && self.capacity < FLOODED_PIPE {
            self.resize(FLOODED_PIPE);
        } else if self.calm == CALM && self.capacity > QUIET_PIPE {
            self.resize(QUIET_PIPE);
        }
        flood
    }

    /// A refusal (a user's pipes together have a limit) leaves the pipe as it is.
    fn resize(&mut self, size: usize) {
        let actual = fcntl_setpipe_size(&self.pipe, size).or_else(|_| fcntl_getpipe_size(&self.pipe));
        self.capacity = actual.unwrap_or(size);
    }
}

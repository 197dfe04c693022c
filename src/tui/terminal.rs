//! Takes the terminal over and gives it back, on every way out.
//!
//! Each mode that [`Terminal::enter`] sets is undone by one write and one `tcsetattr`: when the [`Terminal`] is left, lent or
//! dropped, and by the panic hook. Signals arrive as [events](super::events) on the UI thread, which then leaves; there is no watchdog,
//! because that thread only ever blocks in its one wait, where a signal wakes it, and in a write of a frame: a terminal that
//! takes no bytes could not take the undoing either, and one that hangs up ends the write with an error.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{SigSet, SigmaskHow};
use ratatui::layout::Size;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use rustix::process::Pid;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetpgrp};

/// Alternate screen, bracketed paste, no cursor. No mouse, no keyboard protocol, no question (UX 18, 21).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h\x1b[?25l";

/// Ends the frame that a panic may have cut, else nothing of what follows would be seen.
const END_OF_FRAME: &[u8] = b"\x1b[?2026l\x1b[0m";

/// Undoes [`ENTER`].
const UNDO: &[u8] = b"\x1b[?25h\x1b[?2004l\x1b[?1049l";

/// Presses, drags and the wheel, in numbers that have no end. Not 1003, which reports each cell that the mouse moves over.
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// Undoes [`MOUSE`].
const NO_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// What a terminal without a size is taken for (a serial line, some containers).
const USUAL: Size = Size { width: 80, height: 24 };

/// The terminal on standard input and output, in raw mode and on its alternate screen until this is dropped.
#[derive(Debug)]
pub struct Terminal {
    tty: Arc<Tty>,
}

struct Tty {
    saved: Termios,
    /// False from the moment on that the terminal is given back: whoever turns it, gives it back.
    ours: AtomicBool,
    /// The mouse is reported.
    mouse: AtomicBool,
    /// Readable after a panic on any thread.
    panicked: OwnedFd,
}

impl std::fmt::Debug for Tty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tty").field("ours", &self.ours).finish_non_exhaustive()
    }
}

impl Terminal {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, hidden cursor, and a panic hook before the one
    /// that is set, which gives the terminal back so that the text of the panic is readable.
    ///
    /// # Errors
    /// When standard input or output is no terminal; everything is then as before.
    pub fn enter() -> io::Result<Self> {
        let saved = tcgetattr(stdin())?;
        let panicked = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let terminal =
            Self { tty: Arc::new(Tty { saved, ours: AtomicBool::new(true), mouse: AtomicBool::new(false), panicked }) };
        terminal.hook_panics();
        terminal.tty.take()?;
        Ok(terminal)
    }

    /// Gives the terminal back as it was, until [`Terminal::take_again`]: to another program, or to the shell.
    ///
    /// # Errors
    /// When the terminal took it not, because it is gone.
    pub fn lend(&self) -> io::Result<()> {
        self.tty.give_back()
    }

    /// Sets the modes of the line as they were, whatever a program that had the terminal made of them.
    ///
    /// # Errors
    /// When the terminal is gone, or somebody else's.
    pub fn settle(&self) -> io::Result<()> {
        self.tty.reset_termios()
    }

    /// Shows the normal screen, as it was, without letting go of the keys, until [`Terminal::take_again`].
    ///
    /// # Errors
    /// When the terminal took it not, because it is gone.
    pub fn uncover(&self) -> io::Result<()> {
        self.tty.undo()
    }

    /// Takes the terminal over once more, whatever its state is. The screen has to be repainted.
    ///
    /// # Errors
    /// When the terminal is gone, or somebody else's.
    pub fn take_again(&self) -> io::Result<()> {
        self.tty.ours.store(true, Ordering::SeqCst);
        self.tty.take()
    }

    /// Has the mouse reported from now on, or no longer.
    ///
    /// # Errors
    /// When the terminal took it not, because it is gone.
    pub fn report_mouse(&self, on: bool) -> io::Result<()> {
        // First the note, then the mode: whoever undoes it may come in between.
        self.tty.mouse.store(on, Ordering::SeqCst);
        write_all(stdout(), if on { MOUSE } else { NO_MOUSE })
    }

    /// Where the frames go. Fails once the terminal is given back, so that no frame lands on the normal screen.
    pub fn output(&self) -> Output {
        Output { tty: Arc::clone(&self.tty) }
    }

    /// Gives the terminal back as it was.
    ///
    /// # Errors
    /// When the terminal took it not, because it is gone.
    pub fn leave(self) -> io::Result<()> {
        self.tty.give_back()
    }

    /// Lets go of a terminal that hung up, without waiting for it. If it lives after all (someone sent the signal by hand)
    /// it is given back as it was.
    pub fn abandon(self) {
        let mut fds = [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let lives = poll(&mut fds, Some(&now)).is_ok() && fds[0].revents() == PollFlags::OUT;
        if lives {
            let _ = self.tty.give_back();
        } else if self.tty.ours.swap(false, Ordering::SeqCst) {
            let _ = self.tty.reset_termios();
        }
    }

    /// A descriptor that is readable after a panic on any thread, when the terminal has been given back and the text is on it.
    pub(super) fn panicked(&self) -> BorrowedFd<'_> {
        self.tty.panicked.as_fd()
    }

    fn hook_panics(&self) {
        let tty = Arc::clone(&self.tty);
        let next = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // No lock: another thread may be anywhere in a frame. The kernel keeps its write and this one apart.
            let _ = tty.give_back();
            next(info);
            // Only now: who reads this ends the process, and the text of the panic is to be seen before.
            let _ = rustix::io::write(&tty.panicked, &1_u64.to_ne_bytes());
        }));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tty.give_back();
    }
}

impl Tty {
    fn give_back(&self) -> io::Result<()> {
        if !self.ours.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let undone = self.undo();
        self.reset_termios().and(undone)
    }

    fn take(&self) -> io::Result<()> {
        let mut raw = self.saved.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Now, &raw)?;
        let mouse = if self.mouse.load(Ordering::SeqCst) { MOUSE } else { b"" };
        write_all(stdout(), &[ENTER, mouse].concat())
    }

    /// Undoes the modes, in one write.
    fn undo(&self) -> io::Result<()> {
        let mouse = if self.mouse.load(Ordering::SeqCst) { NO_MOUSE } else { b"" };
        write_all(stdout(), &[END_OF_FRAME, mouse, UNDO].concat())
    }

    fn reset_termios(&self) -> io::Result<()> {
        Ok(tcsetattr(stdin(), OptionalActions::Now, &self.saved)?)
    }
}

/// Standard output while the terminal is ours: each `write` is one `write(2)`.
#[derive(Debug)]
pub struct Output {
    tty: Arc<Tty>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.tty.ours.load(Ordering::SeqCst) {
            return Err(io::Error::other("the terminal has been given back"));
        }
        write(stdout(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets a process group have the terminal: its programs read from it, and get what Ctrl-c and Ctrl-z send.
///
/// # Errors
/// When this is not the terminal that the process is controlled by.
pub fn to_foreground(group: Pid) -> io::Result<()> {
    // Who is in the background is stopped for this, unless it does not hear that signal.
    let before = SigSet::from(nix::sys::signal::Signal::SIGTTOU).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let done = tcsetpgrp(stdin(), group);
    before.thread_set_mask()?;
    Ok(done?)
}

/// The size of the terminal in cells. Asks the kernel, so ask only at the start and on [`Resize`](super::events::Event::Resize).
pub fn size() -> Size {
    let Ok(window) = tcgetwinsize(stdout()) else { return USUAL };
    let or = |cells: u16, usual| if cells == 0 { usual } else { cells };
    Size::new(or(window.ws_col, USUAL.width), or(window.ws_row, USUAL.height))
}

fn write_all(to: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = write(to, bytes)?;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Writes a part at least. Another program may have left the terminal non-blocking; then this waits.
fn write(to: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match rustix::io::write(to, bytes) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => match poll(&mut [PollFd::from_borrowed_fd(to, PollFlags::OUT)], None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            },
            result => return Ok(result?),
        }
    }
}

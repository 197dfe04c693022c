//! The one wait of the UI thread: for input, signals, what the caller watches, and a deadline.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP, SIGWINCH};

use super::input::{Input, Parser};
use super::signals::Signals;
use super::terminal::{self, Terminal};

/// Input that one wait takes at most, in bytes, so that a flood of it cannot starve the rest.
const MOST_AT_ONCE: usize = 1024 * 1024;

/// Something for the UI thread to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The person typed or pasted.
    Input(Input),
    /// The terminal has this size now.
    Resize(Size),
    /// The terminal is gone, or says so (SIGHUP). Nothing more will come from it: leave by [`Terminal::abandon`].
    Hangup,
    /// This signal asks to end: SIGTERM, SIGINT or SIGQUIT.
    Terminate(i32),
    /// Somebody asks the process to stand still until it is continued (SIGTSTP).
    Suspend,
    /// It was continued (SIGCONT): whoever stopped it may have changed the terminal.
    Continued,
    /// A thread panicked. The terminal is given back already and the text of the panic stands on it: leave.
    Panicked,
    /// The descriptor at this place in the caller's list can be read, or is at its end.
    Ready(usize),
    /// The caller's deadline is over.
    Deadline,
}

/// The sources of events: the terminal's input and the signals.
#[derive(Debug)]
pub struct Events {
    /// `None` once it hung up.
    tty: Option<OwnedFd>,
    /// False while another program has the terminal: what is typed is not for us.
    listens: bool,
    parser: Parser,
    signals: Signals,
    /// `None` once it was reported.
    panicked: Option<OwnedFd>,
}

impl Events {
    /// Begins to catch signals and to read the input of `terminal`. For `escape_pause` see
    /// [`escape_pause`](super::input::escape_pause).
    pub fn new(terminal: &Terminal, escape_pause: Duration) -> io::Result<Self> {
        let tty = rustix::stdio::stdin().try_clone_to_owned()?;
        Self::over(tty, terminal.panicked().try_clone_to_owned()?, escape_pause)
    }

    fn over(tty: OwnedFd, panicked: OwnedFd, escape_pause: Duration) -> io::Result<Self> {
        let parser = Parser::new(escape_pause);
        Ok(Self { tty: Some(tty), listens: true, parser, signals: Signals::catch()?, panicked: Some(panicked) })
    }

    /// Reads what is typed, or leaves every byte of it to another program.
    pub fn listen(&mut self, on: bool) {
        self.listens = on;
    }

    /// Takes reports of the mouse for inputs, or swallows them as all others.
    pub fn take_mouse(&mut self, on: bool) {
        self.parser.take_mouse(on);
    }

    /// Whether what the terminal sends is handed on with each key, for the key inspector.
    pub fn inspect(&mut self, on: bool) {
        self.parser.inspect(on);
    }

    /// Blocks until something happened, and returns all of it: handle everything, then draw once. Sleeps without any
    /// timer when `deadline` is `None` and no key is half read.
    ///
    /// Take what made a descriptor of `watched` ready before the next wait, or that will not block.
    ///
    /// # Errors
    /// That of `poll`, which means a broken descriptor. A terminal that is gone is no error but [`Event::Hangup`].
    pub fn wait(&mut self, watched: &[BorrowedFd<'_>], deadline: Option<Instant>) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        while events.is_empty() {
            let due = [self.parser.deadline(), deadline].into_iter().flatten().min();
            let ready = self.poll(watched, due)?;
            for source in ready {
                match source {
                    Source::Panic => {
                        self.panicked = None;
                        events.push(Event::Panicked);
                    }
                    Source::Signals => events.extend(self.signals.take().into_iter().map(meaning)),
                    Source::Tty => self.take_input(&mut events),
                    Source::Watched(at) => events.push(Event::Ready(at)),
                }
            }
            // Behind the input: what was due while the rest of it lay there is not due any more.
            events.extend(self.parser.timeout(Instant::now()).into_iter().map(Event::Input));
            if deadline.is_some_and(|at| at <= Instant::now()) {
                events.push(Event::Deadline);
            }
        }
        Ok(events)
    }

    /// Waits until `due` for any source to be ready.
    fn poll(&self, watched: &[BorrowedFd<'_>], due: Option<Instant>) -> io::Result<Vec<Source>> {
        let mut sources = vec![(Source::Signals, self.signals.as_fd())];
        sources.extend(self.panicked.iter().map(|fd| (Source::Panic, fd.as_fd())));
        let tty = self.tty.iter().filter(|_| self.listens);
        sources.extend(tty.map(|fd| (Source::Tty, fd.as_fd())));
        sources.extend(watched.iter().enumerate().map(|(at, fd)| (Source::Watched(at), *fd)));
        let mut fds: Vec<_> = sources.iter().map(|(_, fd)| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        loop {
            let timeout = due.map(|at| {
                let left = at.saturating_duration_since(Instant::now());
                Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) }
            });
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) => break,
                // The signal is in the pipe by now.
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sources
            .iter()
            .zip(&fds)
            .filter(|(_, fd)| !fd.revents().is_empty())
            .map(|((source, _), _)| *source)
            .collect())
    }

    /// Reads all that is there.
    fn take_input(&mut self, events: &mut Vec<Event>) {
        let Some(tty) = &self.tty else { return };
        let mut bytes = [0; 4096];
        let mut total = 0;
        let gone = loop {
            match rustix::io::read(tty, &mut bytes) {
                Ok(0) => break true,
                Ok(read) => {
                    events.extend(self.parser.feed(&bytes[..read], Instant::now()).into_iter().map(Event::Input));
                    total += read;
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => break true,
            }
            if total > MOST_AT_ONCE || !readable(tty) {
                break false;
            }
        };
        if gone {
            self.tty = None;
            events.push(Event::Hangup);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Signals,
    Panic,
    Tty,
    Watched(usize),
}

fn meaning(signal: i32) -> Event {
    match signal {
        SIGWINCH => Event::Resize(terminal::size()),
        SIGHUP => Event::Hangup,
        SIGTSTP => Event::Suspend,
        SIGCONT => Event::Continued,
        signal => Event::Terminate(signal),
    }
}

/// Whether a read would find something, were it the end.
fn readable(fd: &OwnedFd) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use rustix::event::{EventfdFlags, eventfd};

    use super::*;
    use crate::tui::input::escape_pause;

    /// A pipe in the place of a terminal.
    fn rig() -> (Events, std::io::PipeWriter) {
        let (reader, writer) = std::io::pipe().unwrap();
        let panicked = eventfd(0, EventfdFlags::NONBLOCK).unwrap();
        (Events::over(reader.into(), panicked, escape_pause(false)).unwrap(), writer)
    }

    fn key(code: KeyCode) -> Event {
        Event::Input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    #[test]
    fn one_wait_takes_all_input_that_is_there() {
        let (mut events, mut keyboard) = rig();
        keyboard.write_all(&b"j".repeat(10_000)).unwrap();
        assert_eq!(events.wait(&[], None).unwrap(), vec![key(KeyCode::Char('j')); 10_000]);
    }

    #[test]
    fn ux_19_a_lone_esc_comes_by_itself_when_its_pause_is_over() {
        let (mut events, mut keyboard) = rig();
        let start = Instant::now();
        keyboard.write_all(b"\x1b").unwrap();
        assert_eq!(events.wait(&[], None).unwrap(), [key(KeyCode::Esc)]);
        assert!(start.elapsed() >= Duration::from_millis(25));
    }

    #[test]
    fn ux_17_a_key_whose_rest_came_while_the_thread_was_busy_is_still_that_key() {
        let (mut events, mut keyboard) = rig();
        keyboard.write_all(b"\x1b").unwrap();
        assert_eq!(events.wait(&[], Some(Instant::now())).unwrap(), [Event::Deadline]);
        keyboard.write_all(b"[A").unwrap();
        std::thread::sleep(escape_pause(false) * 2);
        assert_eq!(events.wait(&[], None).unwrap(), [key(KeyCode::Up)]);
    }

    #[test]
    fn a_terminal_that_is_gone_is_told_once_and_then_the_wait_sleeps() {
        let (mut events, mut keyboard) = rig();
        keyboard.write_all(b"q").unwrap();
        drop(keyboard);
        assert_eq!(events.wait(&[], None).unwrap(), [key(KeyCode::Char('q')), Event::Hangup]);
        let deadline = Instant::now() + Duration::from_millis(20);
        assert_eq!(events.wait(&[], Some(deadline)).unwrap(), [Event::Deadline]);
        assert!(Instant::now() >= deadline);
    }

    #[test]
    fn ux_24_what_is_typed_while_another_program_has_the_terminal_is_left_to_it() {
        let (mut events, mut keyboard) = rig();
        events.listen(false);
        keyboard.write_all(b"for the editor").unwrap();
        assert_eq!(events.wait(&[], Some(Instant::now())).unwrap(), [Event::Deadline]);
        let Some(tty) = &events.tty else { panic!("the terminal is gone") };
        let mut bytes = [0; 64];
        let read = rustix::io::read(tty, &mut bytes).unwrap();
        assert_eq!(&bytes[..read], b"for the editor");
        events.listen(true);
        keyboard.write_all(b"q").unwrap();
        assert_eq!(events.wait(&[], None).unwrap(), [key(KeyCode::Char('q'))]);
    }

    #[test]
    fn the_callers_descriptors_are_named_by_their_place() {
        let (mut events, _keyboard) = rig();
        let (quiet, _kept) = std::io::pipe().unwrap();
        let (loud, mut writer) = std::io::pipe().unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(events.wait(&[quiet.as_fd(), loud.as_fd()], None).unwrap(), [Event::Ready(1)]);
        drop(writer);
        assert_eq!(events.wait(&[loud.as_fd(), quiet.as_fd()], None).unwrap(), [Event::Ready(0)]);
    }
}

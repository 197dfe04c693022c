//! How the loop lets go of the terminal and takes it again: for another program, for plain text, and for the shell.

use std::fs;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::unistd::{Pid, getpgid, getpgrp, getppid, getsid};
use rustix::process::{Signal, kill_current_process_group};
use rustix::stdio::{stdin, stdout};
use rustix::termios::tcgetpgrp;

use super::super::Exit;
use super::super::events::Event;
use super::super::input::Input;
use super::super::model::layer::TYPE_AHEAD;
use super::super::msg::{Back, Msg};
use super::super::outside::{Did, Edited, Foreground, Left, Outside, Sheet, Source, editor, pager};
use super::super::terminal;
use super::super::view::plain;
use super::super::worker::scripts;
use super::App;

/// A program that was told to end has this long for it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The terminal is taken again so often, and with such a pause, before it counts as gone.
const TRIES: (u32, Duration) = (20, Duration::from_millis(25));

/// What shells say of a program that they do not find or cannot start.
const NOT_STARTED: [i32; 2] = [126, 127];

/// How a program that had the terminal ended.
enum Lent {
    /// With this exit code, or none when a signal ended it.
    Ended(Option<i32>),
    /// It could not be started.
    Failed(io::Error),
    /// Not before the dashboard has to end.
    Exit(Exit),
}

/// How it went on after the process stood still.
enum Stood {
    /// It may go on.
    On,
    /// It has to end.
    Exit(Exit),
    /// It did not stand still: why.
    Not(String),
}

impl App<'_> {
    /// Lets something else have the terminal, and comes back from it.
    pub(super) fn go_outside(&mut self, outside: Outside) -> io::Result<Option<Exit>> {
        match outside {
            Outside::Plain(source) => self.uncover(&source),
            Outside::Pane => self.uncover(&Source::Lines(plain::lines(&self.model, self.look))),
            Outside::Pager(source) => {
                let said = match self.lend_to(pager(variable), Some(source))? {
                    Lent::Exit(exit) => return Ok(Some(exit)),
                    Lent::Failed(e) => Err(e.to_string()),
                    Lent::Ended(code) => not_started(code, variable("PAGER")).map_or(Ok(()), Err),
                };
                self.apply(Msg::Back(Back::Pager(said)))
            }
            Outside::Editor(edited) => self.edit(edited),
            Outside::Shell => self.suspend(),
        }
    }

    /// Takes the terminal again, and knows nothing of what stands on it. One that cannot be taken is gone.
    pub(super) fn come_back(&mut self) -> Option<Exit> {
        let (tries, pause) = TRIES;
        let mut taken = self.terminal.take_again();
        for _ in 1..tries {
            if taken.is_ok() {
                break;
            }
            std::thread::sleep(pause);
            taken = self.terminal.take_again();
        }
        if let Err(e) = taken {
            tracing::warn!(error = %e, "the terminal does not come back");
            return Some(Exit::Hangup);
        }
        self.uncovered = None;
        self.events.listen(true);
        let size = terminal::size();
        self.screen.resize(size);
        self.resize = None;
        self.model.size = size;
        self.dirty = true;
        None
    }

    /// Prints a text on the normal screen, where the terminal's own selection reaches it, until a key.
    fn uncover(&mut self, source: &Source) -> io::Result<Option<Exit>> {
        self.terminal.uncover()?;
        let mut output = self.terminal.output();
        let printed = source.print(&mut output, "\r\n");
        if let Err(e) = printed {
            if let Some(exit) = self.come_back() {
                return Ok(Some(exit));
            }
            return self.apply(Msg::Back(Back::Plain(Err(e.to_string()))));
        }
        output.write_all(b"-- any key: back --")?;
        self.uncovered = Some(Instant::now());
        Ok(None)
    }

    /// A key covers the normal screen again; one that was typed before the text could be seen does not.
    pub(super) fn cover(&mut self, input: &Input) -> io::Result<Option<Exit>> {
        let early = self.uncovered.is_some_and(|since| since.elapsed() < TYPE_AHEAD);
        if early || !matches!(input, Input::Key(_)) {
            return Ok(None);
        }
        self.terminal.output().write_all(b"\r\x1b[K")?;
        if let Some(exit) = self.come_back() {
            return Ok(Some(exit));
        }
        self.apply(Msg::Back(Back::Plain(Ok(()))))
    }

    /// Lets the person edit a text in a program of their own.
    fn edit(&mut self, edited: Edited) -> io::Result<Option<Exit>> {
        let allowed = match &edited {
            Edited::Script { path, .. } => scripts::home(&self.paths).may_write(path).map_err(|e| e.to_string()),
            Edited::Command { .. } | Edited::Field { .. } => Ok(()),
        };
        let sheet = allowed.and_then(|()| Sheet::new(&edited, &self.paths.edited()).map_err(|e| e.to_string()));
        let sheet = match sheet {
            Ok(sheet) => sheet,
            Err(e) => return self.apply(Msg::Back(Back::Edited(edited, Err(e)))),
        };
        let left = match self.lend_to(editor(variable, sheet.file()), None)? {
            Lent::Exit(exit) => return Ok(Some(exit)),
            Lent::Failed(e) => Err(e.to_string()),
            Lent::Ended(Some(0)) => sheet.left().map_err(|e| e.to_string()),
            Lent::Ended(code) => Err(given_up(code, sheet)),
        };
        self.apply(Msg::Back(Back::Edited(edited, left)))
    }

    /// Runs a program in the foreground of the terminal until it ends. Signals that end the dashboard end it too.
    fn lend_to(&mut self, command: Command, feed: Option<Source>) -> io::Result<Lent> {
        self.terminal.lend()?;
        self.events.listen(false);
        let program = match Foreground::start(command, feed) {
            Ok(program) => program,
            Err(e) => return Ok(self.come_back().map_or(Lent::Failed(e), Lent::Exit)),
        };
        let mut leaving: Option<(Result<Exit, io::Error>, Instant)> = None;
        let code = 'outside: loop {
            let deadline = leaving.as_ref().map(|(_, until)| *until);
            for event in self.events.wait(&[program.did.as_fd()], deadline)? {
                let exit = match event {
                    Event::Ready(_) => match self.follow(&program)? {
                        Some(Lent::Ended(code)) => break 'outside code,
                        Some(Lent::Exit(exit)) => Ok(exit),
                        _ => continue,
                    },
                    Event::Deadline => break 'outside None,
                    event => match ends(&event) {
                        Some(exit) => exit,
                        None => continue,
                    },
                };
                program.signal(if matches!(exit, Ok(Exit::Hangup)) { Signal::HUP } else { Signal::TERM });
                program.signal(Signal::CONT);
                leaving.get_or_insert_with(|| (exit, Instant::now() + LAST_WORDS));
            }
        };
        program.put_back();
        if let Some((exit, _)) = leaving {
            // The terminal is given back already; what the program made of it is undone.
            let _ = self.terminal.settle();
            return exit.map(Lent::Exit);
        }
        Ok(self.come_back().map_or(Lent::Ended(code), Lent::Exit))
    }

    /// Takes what a program in the foreground did. When it stops, all of us stop.
    fn follow(&mut self, program: &Foreground) -> io::Result<Option<Lent>> {
        while let Some(did) = program.did.try_recv() {
            match did {
                Did::End(code) => return Ok(Some(Lent::Ended(code))),
                Did::Stop => {
                    program.put_back();
                    let _ = self.terminal.settle();
                    match self.stand_still()? {
                        Stood::Exit(exit) => return Ok(Some(Lent::Exit(exit))),
                        Stood::On => {
                            if let Err(e) = self.host.take_back() {
                                tracing::error!(error = %e, "the engine does not come back");
                            }
                        }
                        Stood::Not(why) => tracing::warn!(why, "not suspended: the program goes on"),
                    }
                    program.go_on();
                }
            }
        }
        Ok(None)
    }

    /// Ctrl-z: back to the shell, until it lets this process go on.
    fn suspend(&mut self) -> io::Result<Option<Exit>> {
        if !has_a_shell() {
            return self.apply(Msg::Back(Back::Shell(Err("no shell is there to continue it".to_owned()))));
        }
        self.terminal.lend()?;
        self.events.listen(false);
        let stood = self.stand_still()?;
        if let Stood::Exit(exit) = stood {
            return Ok(Some(exit));
        }
        if let Some(exit) = self.come_back() {
            return Ok(Some(exit));
        }
        let said = match stood {
            Stood::Not(why) => Err(why),
            Stood::On | Stood::Exit(_) => {
                self.host.take_back().map_err(|e| format!("the scheduler does not come back: {e}"))
            }
        };
        self.apply(Msg::Back(Back::Shell(said)))
    }

    /// Stops the process group until it is continued in the foreground. The engine goes on elsewhere meanwhile.
    fn stand_still(&mut self) -> io::Result<Stood> {
        if !has_a_shell() {
            return Ok(Stood::Not("no shell is there to continue it".to_owned()));
        }
        match self.host.hand_over() {
            Err(e) => return Ok(Stood::Not(e.to_string())),
            Ok(Some(pid)) => {
                let text = format!("tempo: suspended; the scheduler goes on as process {pid} until fg\n");
                let _ = rustix::io::write(stdout(), text.as_bytes());
            }
            Ok(None) => {}
        }
        // What came before is not the signal that ends the stop.
        let mut came = self.events.wait(&[], Some(Instant::now()))?;
        loop {
            if let Some(exit) = came.iter().find_map(ends) {
                return exit.map(Stood::Exit);
            }
            // STOP, for TSTP does nothing to a group that has lost its shell meanwhile.
            kill_current_process_group(Signal::STOP)?;
            loop {
                came = self.events.wait(&[], None)?;
                if came.iter().any(|event| *event == Event::Continued || ends(event).is_some()) {
                    break;
                }
            }
            // Who was continued in the background stops again.
            if is_in_foreground() && !came.iter().any(|event| ends(event).is_some()) {
                return Ok(Stood::On);
            }
        }
    }
}

/// What ends the dashboard.
fn ends(event: &Event) -> Option<io::Result<Exit>> {
    match event {
        Event::Hangup => Some(Ok(Exit::Hangup)),
        Event::Terminate(signal) => Some(Ok(Exit::Terminated(*signal))),
        Event::Panicked => Some(Err(panicked())),
        _ => None,
    }
}

fn panicked() -> io::Error {
    io::Error::other("a thread panicked; its message is in the log")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the terminal listens to this process; if it is not the controlling one, that is not asked.
fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group.as_raw_nonzero().get() == getpgrp().as_raw())
}

/// Whether a process of this session, but of another group, started this one or those that started it: a shell with job control,
/// which can continue what is stopped. One from outside of this container has the number 0, and is not asked.
fn has_a_shell() -> bool {
    let (group, session) = (getpgrp(), getsid(None));
    let mut above = Some(getppid());
    while let Some(pid) = above.filter(|pid| pid.as_raw() > 0) {
        if getsid(Some(pid)) != session {
            return false;
        }
        if getpgid(Some(pid)).is_ok_and(|of| of != group) {
            return true;
        }
        above = parent(pid);
    }
    false
}

fn parent(pid: Pid) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok().map(Pid::from_raw)
}

/// What is said when the shell did not find a program.
fn not_started(code: Option<i32>, words: Option<String>) -> Option<String> {
    let words = words.unwrap_or_else(|| "the program".to_owned());
    code.filter(|code| NOT_STARTED.contains(code)).map(|code| format!("`{words}` cannot be started (exit {code})"))
}

/// What is said when an editor did not end well. The text is taken for given up, as `:cq` means it.
fn given_up(code: Option<i32>, sheet: Sheet) -> String {
    let words = variable("VISUAL").or_else(|| variable("EDITOR")).or_else(|| Some("vi".to_owned()));
    let why = not_started(code, words).unwrap_or_else(|| match code {
        Some(code) => format!("the editor ended with exit {code}"),
        None => "the editor was ended by a signal".to_owned(),
    });
    let file = sheet.file().display().to_string();
    match sheet.left() {
        Ok(Left::Changed { .. }) => format!("{why}; the text is in {file}"),
        _ => why,
    }
}

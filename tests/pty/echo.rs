//! The smallest program on the terminal layer: it shows what it gets, and leaves in every way there is.
//!
//! `q` quits, `P` panics, `M` has the mouse reported, `T` panics on another thread, `m` has a worker send a message, `c` moves the cursor,
//! everything else is shown. The text of a panic also goes into the file `ECHO_LOG`.

use std::env;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::panic;
use std::process::ExitCode;
use std::thread;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Size};
use ratatui::style::Style;
use tempo::tui::events::{Event, Events};
use tempo::tui::input::{Input, escape_pause};
use tempo::tui::mailbox::Mailbox;
use tempo::tui::screen::Screen;
use tempo::tui::terminal::{self, Terminal};
use tempo::tui::theme;

/// As a shell names a process that a signal ended.
const SIGNALED: u8 = 128;

fn main() -> anyhow::Result<ExitCode> {
    let term = env::var("TERM").ok();
    theme::can_start(rustix::termios::isatty(io::stdin()), rustix::termios::isatty(io::stdout()), term.as_deref())?;
    // As the program does it: the hook that gives the terminal back is set later and calls this one.
    if let Some(log) = env::var_os("ECHO_LOG") {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let _ = fs::write(&log, info.to_string());
            before(info);
        }));
    }
    let terminal = Terminal::enter()?;
    let mut events = Events::new(&terminal, escape_pause(env::var_os("SSH_CONNECTION").is_some()))?;
    let mut screen = Screen::new(terminal::size(), terminal.output());
    let mailbox = Mailbox::new()?;
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = None;
    loop {
        screen.draw(|buf| draw(buf, &seen, cursor))?;
        for event in events.wait(&[mailbox.as_fd()], None)? {
            match event {
                Event::Input(Input::Key(key)) if key.modifiers == KeyModifiers::NONE => match key.code {
                    KeyCode::Char('q') => {
                        terminal.leave()?;
                        return Ok(ExitCode::SUCCESS);
                    }
                    KeyCode::Char('P') => panic!("a panic of the screen"),
                    KeyCode::Char('T') => drop(thread::spawn(|| panic!("a panic of a worker"))),
                    KeyCode::Char('m') => {
                        let sender = mailbox.sender();
                        thread::spawn(move || sender.send("message"));
                    }
                    KeyCode::Char('M') => terminal.report_mouse(true)?,
                    KeyCode::Char('c') => cursor = Some(Position::new(5, 5)),
                    code => seen.push(format!("key {code}")),
                },
                Event::Input(Input::Key(key)) => seen.push(format!("key {} {}", key.modifiers, key.code)),
                Event::Input(input) => seen.push(format!("{input:?}")),
                Event::Resize(size) => screen.resize(size),
                Event::Ready(_) => seen.extend(std::iter::from_fn(|| mailbox.try_recv()).map(str::to_owned)),
                Event::Hangup => {
                    terminal.abandon();
                    return Ok(ExitCode::from(SIGNALED + 1));
                }
                Event::Terminate(signal) => {
                    terminal.leave()?;
                    return Ok(ExitCode::from(SIGNALED + signal as u8));
                }
                Event::Suspend | Event::Continued => {}
                Event::Panicked => return Ok(ExitCode::from(101)),
                Event::Deadline => unreachable!("none was set"),
            }
        }
    }
}

/// The size on top, what was seen below it, and a mark in the last cell.
fn draw(buf: &mut Buffer, seen: &[String], cursor: Option<Position>) -> Option<Position> {
    let Size { width, height } = buf.area.as_size();
    buf.set_string(0, 0, format!("{width}x{height}"), Style::new());
    let rows = usize::from(height.saturating_sub(2));
    for (y, line) in seen.iter().skip(seen.len().saturating_sub(rows)).enumerate() {
        buf.set_string(0, y as u16 + 1, line, Style::new());
    }
    buf.set_string(width - 1, height - 1, "#", Style::new());
    cursor
}

//! Reads keys and pastes out of the bytes of a terminal, and swallows everything else that a terminal may send.
//!
//! Pure: bytes and the time go in, inputs come out. Own code because crossterm's reader takes the parts of a slow sequence
//! for keys (UX 17, 18) and spins once its terminal is gone (crossterm#793).

use std::mem;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::keys;
use super::paste::{Paste, Waits};

pub use super::paste::PASTE_LIMIT;

/// How long a sequence that has begun may pause before it is dropped.
const SEQUENCE_PAUSE: Duration = Duration::from_secs(1);

/// Longer parameters than any key has; the sequence is read to its end and dropped.
const LONGEST_BODY: usize = 64;

/// One thing that the person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key. A character says itself whether Shift was held: `G` carries no modifier. Shift-Tab is `BackTab` with Shift.
    Key(KeyEvent),
    /// While inspecting, in the place of a key: what the terminal sent, and the key that it is, if it is one.
    Sent(Option<KeyEvent>, Vec<u8>),
    /// Pasted text: at most [`PASTE_LIMIT`] bytes, lines end in `\n`, no other control character but `\t`.
    Paste(String),
    /// A paste of more than [`PASTE_LIMIT`] bytes, which was refused.
    PasteTooLong,
    /// The mouse, while it is listened to.
    Mouse(Mouse),
}

/// What was done with the mouse, and at which cell, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub act: MouseAct,
    /// The column.
    pub x: u16,
    /// The row.
    pub y: u16,
}

/// What can be done with a mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseAct {
    /// The left button went down.
    Press,
    /// The mouse moved with it down.
    Drag,
    /// It went up.
    Release,
    /// The wheel turned, away from the person.
    WheelUp,
    /// The wheel turned, towards the person.
    WheelDown,
}

/// How long after `ESC` alone it was the Esc key: 25 ms, or 60 ms when `SSH_CONNECTION` is set and packets may split a
/// sequence (UX 19).
pub fn escape_pause(over_ssh: bool) -> Duration {
    Duration::from_millis(if over_ssh { 60 } else { 25 })
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// `ESC`, or `ESC ESC` when `alt` is set.
    Escape,
    /// A character of several bytes; how many are missing.
    Utf8(usize),
    Csi,
    /// `CSI [`, of the Linux console; one byte follows.
    Console,
    /// An old mouse report; how many bytes are missing.
    Mouse(u8),
    Ss3,
    /// A reply with a body: OSC, DCS or APC.
    Reply,
    /// `ESC` inside a reply: its end, or the begin of something else.
    ReplyEscape,
    Paste(Paste),
}

/// The state between two reads.
#[derive(Debug)]
pub struct Parser {
    escape_pause: Duration,
    mouse: bool,
    state: State,
    /// A second `ESC` came before the sequence: Alt, or an Esc key and then a reply.
    alt: bool,
    body: Vec<u8>,
    last_byte: Option<Instant>,
    /// When an `ESC` was taken for the Esc key because nothing followed.
    lone_escape: Option<Instant>,
    inputs: Vec<Input>,
    /// While inspecting, the bytes that are no key yet.
    sent: Option<Vec<u8>>,
}

impl Parser {
    /// A parser that takes an `ESC` for the Esc key after `escape_pause` (see [`escape_pause`]).
    pub fn new(escape_pause: Duration) -> Self {
        Self {
            escape_pause,
            mouse: false,
            state: State::Ground,
            alt: false,
            body: Vec::new(),
            last_byte: None,
            lone_escape: None,
            inputs: Vec::new(),
            sent: None,
        }
    }

    /// Takes reports of the mouse for inputs, or swallows them.
    pub fn take_mouse(&mut self, on: bool) {
        self.mouse = on;
    }

    /// Begins or ends to hand on what the terminal sends with each key, for the key inspector.
    pub fn inspect(&mut self, on: bool) {
        self.sent = on.then(Vec::new);
    }

    /// Takes the bytes of one read; returns what they complete. How the bytes are split over reads does not matter, as
    /// long as [`Parser::timeout`] is not called between them.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Input> {
        let lone_escape = self.lone_escape.take();
        if lone_escape.is_some_and(|at| now.duration_since(at) < SEQUENCE_PAUSE) && continues_a_sequence(bytes) {
            self.state = State::Escape;
        }
        for &byte in bytes {
            self.sent.iter_mut().for_each(|sent| sent.push(byte));
            self.byte(byte);
            self.swallowed();
        }
        self.last_byte = Some(now);
        mem::take(&mut self.inputs)
    }

    /// When to call [`Parser::timeout`] if no byte comes before; `None` when nothing is pending.
    pub fn deadline(&self) -> Option<Instant> {
        let pause = match &self.state {
            State::Ground => return None,
            State::Escape => self.escape_pause,
            State::Paste(paste) => match paste.waits() {
                Waits::Pause => self.escape_pause,
                Waits::More => SEQUENCE_PAUSE,
                Waits::End => return None,
            },
            _ => SEQUENCE_PAUSE,
        };
        self.last_byte.map(|at| at + pause)
    }

    /// Ends what has waited too long at `now`: an `ESC` becomes the Esc key, a paste behind its end marker is delivered, any
    /// other begun sequence is dropped. Only after a read that found nothing.
    pub fn timeout(&mut self, now: Instant) -> Vec<Input> {
        if self.deadline().is_none_or(|at| at > now) {
            return Vec::new();
        }
        match mem::take(&mut self.state) {
            State::Escape => {
                self.given_up_alt();
                self.key(keys::control(0x1b));
                self.lone_escape = Some(now);
            }
            State::Paste(paste) if paste.waits() == Waits::Pause => {
                self.finish_paste(paste);
                self.last_byte = Some(now);
            }
            State::Paste(paste) => self.state = paste.stall().map_or(State::Ground, State::Paste),
            _ => {}
        }
        self.swallowed();
        mem::take(&mut self.inputs)
    }

    /// While inspecting: what came to an end and was no key is told too.
    fn swallowed(&mut self) {
        if matches!(self.state, State::Ground)
            && let Some(sent) = self.sent.as_mut().filter(|sent| !sent.is_empty())
        {
            let bytes = mem::take(sent);
            self.inputs.push(Input::Sent(None, bytes));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.state = match mem::take(&mut self.state) {
            State::Ground => {
                self.alt = false;
                if byte == 0x1b { State::Escape } else { self.character(byte) }
            }
            State::Escape => self.escape(byte),
            State::Utf8(missing) => self.utf8(byte, missing),
            State::Csi => self.csi(byte),
            State::Console => self.sequence(keys::console(byte)),
            State::Mouse(_) if byte == 0x1b => self.restart(),
            State::Mouse(missing) => {
                if missing > 1 {
                    State::Mouse(missing - 1)
                } else {
                    State::Ground
                }
            }
            State::Ss3 => match byte {
                0x1b => self.restart(),
                b'0'..=b'9' | b';' => self.collect(byte, State::Ss3),
                _ => self.sequence(keys::ss3(&self.body, byte)),
            },
            State::Reply => match byte {
                0x1b => State::ReplyEscape,
                // BEL ends an OSC; CAN and SUB end anything.
                0x07 | 0x18 | 0x1a => State::Ground,
                _ => State::Reply,
            },
            State::ReplyEscape if byte == b'\\' => State::Ground,
            State::ReplyEscape => {
                self.alt = false;
                self.escape(byte)
            }
            State::Paste(mut paste) => {
                if paste.push(byte) {
                    self.finish_paste(paste);
                    paste = Paste::default();
                }
                State::Paste(paste)
            }
        };
    }

    /// The byte behind `ESC`.
    fn escape(&mut self, byte: u8) -> State {
        self.body.clear();
        match byte {
            0x1b => {
                self.given_up_alt();
                self.alt = true;
                State::Escape
            }
            b'[' => State::Csi,
            b'O' => State::Ss3,
            b']' | b'P' | b'_' => {
                self.given_up_alt();
                State::Reply
            }
            _ => {
                self.given_up_alt();
                self.alt = true;
                self.character(byte)
            }
        }
    }

    /// A key that is a character or a control character; with Alt if `alt` is set.
    fn character(&mut self, byte: u8) -> State {
        let missing = match byte {
            0x00..=0x1f | 0x7f => {
                self.alted(keys::control(byte));
                return State::Ground;
            }
            0x20..=0x7e => 0,
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            // No character begins like this.
            _ => return State::Ground,
        };
        self.body.clear();
        self.collect(byte, State::Ground);
        self.complete(missing)
    }

    fn utf8(&mut self, byte: u8, missing: usize) -> State {
        if !(0x80..=0xbf).contains(&byte) {
            // The character is broken off; what comes now is its own.
            self.alt = false;
            return if byte == 0x1b { State::Escape } else { self.character(byte) };
        }
        self.collect(byte, State::Ground);
        self.complete(missing - 1)
    }

    /// Emits the character in `body` when no byte of it is missing.
    fn complete(&mut self, missing: usize) -> State {
        if missing > 0 {
            return State::Utf8(missing);
        }
        let character = std::str::from_utf8(&self.body).ok().and_then(|text| text.chars().next());
        if let Some(c) = character.filter(|c| !c.is_control()) {
            self.alted(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        State::Ground
    }

    fn csi(&mut self, byte: u8) -> State {
        match byte {
            0x1b => self.restart(),
            b'[' if self.body.is_empty() => State::Console,
            b'M' if self.body.is_empty() => {
                self.given_up_alt();
                State::Mouse(3)
            }
            b'~' if self.body == b"200" => {
                self.given_up_alt();
                State::Paste(Paste::default())
            }
            // rxvt ends a key with Shift in `$`; in a mode report it follows two numbers.
            b'$' if !self.body.is_empty() && self.body.iter().all(u8::is_ascii_digit) => {
                self.sequence(keys::csi(&self.body, byte))
            }
            b'M' | b'm' if self.mouse && self.body.first() == Some(&b'<') => {
                self.given_up_alt();
                self.inputs.extend(keys::mouse(&self.body, byte).map(Input::Mouse));
                State::Ground
            }
            0x20..=0x3f => self.collect(byte, State::Csi),
            0x40..=0x7e if self.body.len() < LONGEST_BODY => self.sequence(keys::csi(&self.body, byte)),
            _ => State::Ground,
        }
    }

    fn collect(&mut self, byte: u8, next: State) -> State {
        if self.body.len() < LONGEST_BODY {
            self.body.push(byte);
        }
        next
    }

    /// Ends a sequence. One that is no key was a reply, so that an `ESC` before it was the Esc key.
    fn sequence(&mut self, key: Option<KeyEvent>) -> State {
        match key {
            Some(key) => self.alted(key),
            None => self.given_up_alt(),
        }
        State::Ground
    }

    /// A begun sequence was broken off by the begin of another.
    fn restart(&mut self) -> State {
        self.alt = false;
        State::Escape
    }

    /// The first of two `ESC` was a key of its own after all.
    fn given_up_alt(&mut self) {
        if mem::take(&mut self.alt) {
            let rest = self.sent.as_mut().filter(|sent| sent.len() > 1).map(|sent| sent.split_off(1));
            self.key(keys::control(0x1b));
            if rest.is_some() {
                self.sent = rest;
            }
        }
    }

    fn alted(&mut self, mut key: KeyEvent) {
        if mem::take(&mut self.alt) {
            key.modifiers |= KeyModifiers::ALT;
        }
        self.key(key);
    }

    fn key(&mut self, key: KeyEvent) {
        self.inputs.push(match &mut self.sent {
            None => Input::Key(key),
            Some(sent) => Input::Sent(Some(key), mem::take(sent)),
        });
    }

    fn finish_paste(&mut self, paste: Paste) {
        let (input, typed) = paste.finish();
        self.inputs.extend(input);
        for byte in typed {
            self.byte(byte);
        }
    }
}

/// Whether a read that follows a lone `ESC` is the late rest of a sequence: several bytes at once, which no hand types, of the
/// shape of a key, a report or a reply.
fn continues_a_sequence(bytes: &[u8]) -> bool {
    match bytes {
        [b'[', next, ..] => matches!(next, b'0'..=b'9' | b'<'..=b'?' | b'A'..=b'D' | b'F' | b'H' | b'I' | b'O'),
        [b']', next, ..] => next.is_ascii_digit(),
        [b'P', next, ..] => matches!(next, b'0'..=b'9' | b'>' | b'!' | b'$' | b'='),
        [b'_', next, ..] => *next == b'G',
        _ => false,
    }
}

#[cfg(test)]
mod tests;

//! Which key a finished escape sequence stands for: the tables of xterm, the Linux console, tmux, screen and rxvt.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::input::{Mouse, MouseAct};

/// The key of a control character or DEL.
pub(super) fn control(byte: u8) -> KeyEvent {
    let ctrl = |c: u8| KeyEvent::new(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    match byte {
        0x00 => ctrl(b' '),
        0x08 | 0x7f => plain(KeyCode::Backspace),
        b'\t' => plain(KeyCode::Tab),
        b'\r' => plain(KeyCode::Enter),
        0x1b => plain(KeyCode::Esc),
        0x01..=0x1a => ctrl(byte | 0x60),
        // Ctrl-\ Ctrl-] Ctrl-^ Ctrl-_
        _ => ctrl(byte | 0x40),
    }
}

/// The key of `CSI body last`, where `body` holds parameters and intermediates. `None` is a reply, a report, or a key
/// that Tempo has no use for.
pub(super) fn csi(body: &[u8], last: u8) -> Option<KeyEvent> {
    // A private marker (`?`, `>`, `<`, `=`) is never a key.
    let numbers = numbers(body)?;
    let first = numbers.first().copied();
    let modifiers = modifiers(numbers.get(1).copied().unwrap_or(1));
    match last {
        b'~' if first == Some(27) => coded(*numbers.get(2)?, modifiers),
        b'~' => Some(KeyEvent::new(numbered(first?)?, modifiers)),
        b'u' => coded(first?, modifiers),
        // rxvt marks Shift, Ctrl and both in the last byte.
        b'$' => Some(KeyEvent::new(numbered(first?)?, KeyModifiers::SHIFT)),
        b'^' => Some(KeyEvent::new(numbered(first?)?, KeyModifiers::CONTROL)),
        b'@' => Some(KeyEvent::new(numbered(first?)?, KeyModifiers::CONTROL | KeyModifiers::SHIFT)),
        b'a'..=b'd' if body.is_empty() => {
            Some(KeyEvent::new(lettered(last.to_ascii_uppercase())?, KeyModifiers::SHIFT))
        }
        b'Z' => Some(KeyEvent::new(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        // With parameters this is a cursor position report, which looks like F3 with modifiers.
        b'R' if !body.is_empty() => None,
        _ => Some(KeyEvent::new(lettered(last)?, modifiers)),
    }
}

/// The key of `SS3 body last`; an old xterm puts a modifier number into `body`.
pub(super) fn ss3(body: &[u8], last: u8) -> Option<KeyEvent> {
    let numbers = numbers(body)?;
    match last {
        b'M' => Some(plain(KeyCode::Enter)),
        // rxvt with Ctrl.
        b'a'..=b'd' => Some(KeyEvent::new(lettered(last.to_ascii_uppercase())?, KeyModifiers::CONTROL)),
        _ => Some(KeyEvent::new(lettered(last)?, modifiers(numbers.last().copied().unwrap_or(1)))),
    }
}

/// The key of `CSI [ last`: F1 to F5 of the Linux console.
pub(super) fn console(last: u8) -> Option<KeyEvent> {
    matches!(last, b'A'..=b'E').then(|| plain(KeyCode::F(last - b'A' + 1)))
}

/// The report of `CSI < button;column;row last`. `None` for what Tempo has no use for: other buttons, and a mouse that only moves.
pub(super) fn mouse(body: &[u8], last: u8) -> Option<Mouse> {
    /// Shift, Alt and Ctrl, which change nothing.
    const HELD: u32 = 4 | 8 | 16;
    let &[button, column, row] = numbers(body.strip_prefix(b"<")?)?.as_slice() else { return None };
    let act = match (button & !HELD, last) {
        (0, b'M') => MouseAct::Press,
        (32, b'M') => MouseAct::Drag,
        (0 | 32, b'm') => MouseAct::Release,
        (64, b'M') => MouseAct::WheelUp,
        (65, b'M') => MouseAct::WheelDown,
        _ => return None,
    };
    let cell = |n: u32| u16::try_from(n.checked_sub(1)?).ok();
    Some(Mouse { act, x: cell(column)?, y: cell(row)? })
}

fn plain(code: KeyCode) -> KeyEvent {
    KeyEvent::new(code, KeyModifiers::NONE)
}

/// Reads `1;5`; an absent number is 1. `None` when there is anything else in it.
fn numbers(body: &[u8]) -> Option<Vec<u32>> {
    if body.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(body).ok()?;
    text.split(';').map(|n| if n.is_empty() { Some(1) } else { n.parse().ok() }).collect()
}

/// xterm's modifier parameter: one more than a sum of 1 Shift, 2 Alt, 4 Ctrl, 8 Meta.
fn modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, bits & 1 != 0);
    modifiers.set(KeyModifiers::ALT, bits & (2 | 8) != 0);
    modifiers.set(KeyModifiers::CONTROL, bits & 4 != 0);
    modifiers
}

fn lettered(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23 | 24 => KeyCode::F(number as u8 - 12),
        _ => return None,
    })
}

/// A key given by its code point, as tmux with `extended-keys always` sends what has no sequence of its own.
fn coded(code: u32, modifiers: KeyModifiers) -> Option<KeyEvent> {
    let c = char::from_u32(code)?;
    if c == '\t' && modifiers.contains(KeyModifiers::SHIFT) {
        return Some(KeyEvent::new(KeyCode::BackTab, modifiers));
    }
    let code = match c {
        '\u{8}' | '\t' | '\r' | '\u{1b}' | '\u{7f}' => control(c as u8).code,
        c if c.is_control() => return None,
        c => KeyCode::Char(c),
    };
    // A character says itself whether Shift was held.
    let shift = if matches!(code, KeyCode::Char(_)) { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    Some(KeyEvent::new(code, modifiers - shift))
}

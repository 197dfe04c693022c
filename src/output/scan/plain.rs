//! What a line shows, without its escape sequences: fast for the lines that programs print, exact for all others.

use super::super::lines::{LINE_CUT, masked, short};
use super::super::masks::Masks;
use super::super::sanitise::to_plain;

/// The byte that begins an escape sequence.
pub(super) const ESC: u8 = 0x1b;

/// What a line shows (O4). `scratch` holds it where it is not the line itself.
pub(super) fn shown<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr::memchr2(ESC, b'\r', line).is_none() {
        return line;
    }
    scratch.clear();
    if !strip(line, scratch) {
        scratch.clear();
        scratch.extend_from_slice(to_plain(line).as_bytes());
    }
    scratch
}

/// Bytes before a match that are shown with it.
const BEFORE: usize = 200;

/// What is shown of a line of any length, with what is masked in it (R9): its beginning, its last state, or what is around the byte
/// at `found` when that is far behind.
pub(super) fn of_line(line: &[u8], found: usize, masks: &Masks) -> String {
    let text = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    let state = memchr::memrchr(b'\r', &line[..text]).map_or(line, |at| &line[at + 1..]);
    if line.len() > LINE_CUT && state.len() <= LINE_CUT {
        return to_plain(&masks.apply(state));
    }
    let mut start = if found < LINE_CUT / 2 { 0 } else { found - BEFORE };
    start = masks.find(line).iter().find(|secret| secret.contains(&start)).map_or(start, |secret| secret.start);
    start += line[start..].iter().take(3).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
    let text = to_plain(&masked(&line[start..], short(&line[start..]).len(), masks).0);
    if start > 0 { format!("...{text}") } else { text }
}

/// Adds to `out` what a line of printable ASCII and of whole CSI sequences shows; false for any other line.
fn strip(line: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = line;
    let mut replace = false;
    while let Some(byte) = rest.first() {
        match *byte {
            ESC => {
                let Some(length) = csi(rest) else { return false };
                rest = &rest[length..];
            }
            b'\r' => {
                replace = true;
                rest = &rest[1..];
            }
            _ => {
                let length = memchr::memchr2(ESC, b'\r', rest).unwrap_or(rest.len());
                let (text, behind) = rest.split_at(length);
                if !text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                    return false;
                }
                if replace {
                    out.clear();
                    replace = false;
                }
                out.extend_from_slice(text);
                rest = behind;
            }
        }
    }
    true
}

/// The length of the whole CSI sequence of parameters and a final byte at the beginning.
fn csi(text: &[u8]) -> Option<usize> {
    let body = text.strip_prefix(b"\x1b[")?;
    let end = body.iter().position(|byte| !matches!(byte, b'0'..=b'?'))?;
    matches!(body[end], b'@'..=b'~').then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_and_progress_bars_take_the_fast_way_and_what_is_odd_does_not() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (b"th\x1b[31mree\x1b[m", Some("three")),
            (b"10%\r100%\rdone", Some("done")),
            (b"crlf\r", Some("crlf")),
            (b"10%\r\x1b[K", Some("10%")),
            (b"\x1b]0;t\x07x", None),
            (b"\x1b[31", None),
            (b"\xc3\xa9\x1b[m", None),
            (b"a\tb\x1b[m", None),
        ];
        for (line, text) in cases {
            let mut out = Vec::new();
            let fast = strip(line, &mut out).then_some(out);
            assert_eq!(fast.as_deref(), text.map(str::as_bytes), "{}", line.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn o4_the_fast_way_shows_what_the_sanitiser_shows(
            parts in prop::collection::vec(prop::sample::select(vec![
                "a", "b c", "\r", "\x1b", "\x1b[", "31", ";", "m", "K", "\x1b[0m", "\x1b[38:5:1m", "\x1b[?25l", "\x1b]0;", "\x07", "\t", "é",
                "\x1b(B", "\x18", "~",
            ]), 0..12),
        ) {
            let line = parts.concat();
            if line.contains(['\x1b', '\r']) {
                let plain = to_plain(line.as_bytes());
                let mut scratch = Vec::new();
                prop_assert_eq!(String::from_utf8_lossy(shown(line.as_bytes(), &mut scratch)), plain);
            }
        }
    }
}

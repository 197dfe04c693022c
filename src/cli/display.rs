//! What a program printed, made safe to look at, line by line as it comes (O4).

use std::io::{self, Write};

use crate::output::{Sgr, to_ansi, to_plain};

/// A line that gets longer than this is shown in parts, so that memory has an end.
const LONGEST: usize = 64 * 1024;

/// A sink that passes sanitised lines on.
pub(super) struct Display<W> {
    sink: W,
    colour: bool,
    sgr: Sgr,
    line: Vec<u8>,
}

impl<W: Write> Display<W> {
    pub(super) fn new(sink: W, colour: bool) -> Self {
        Self { sink, colour, sgr: Sgr::default(), line: Vec::new() }
    }

    /// Shows a last line that has no end.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.show("\n")?;
        }
        self.sink.flush()
    }

    fn show(&mut self, end: &str) -> io::Result<()> {
        let mut text = if self.colour { to_ansi(&self.line, &mut self.sgr) } else { to_plain(&self.line) };
        text.push_str(end);
        self.line.clear();
        self.sink.write_all(text.as_bytes())
    }

    /// Shows the line so far, but for a character that has only begun.
    fn show_part(&mut self) -> io::Result<()> {
        let begun = self.line.iter().rev().take(3).position(|byte| *byte >= 0xc0).map_or(0, |back| back + 1);
        let rest = self.line.split_off(self.line.len() - begun);
        self.show("")?;
        self.line = rest;
        Ok(())
    }
}

impl<W: Write> Write for Display<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            for part in piece.chunks(LONGEST) {
                if self.line.len() + part.len() > LONGEST {
                    self.show_part()?;
                }
                self.line.extend_from_slice(part);
            }
            if self.line.last() == Some(&b'\n') {
                self.line.pop();
                self.show("\n")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// A sink that leaves the first lines out.
pub(super) struct SkipLines<W> {
    sink: W,
    left: u64,
}

impl<W: Write> SkipLines<W> {
    pub(super) const fn new(sink: W, lines: u64) -> Self {
        Self { sink, left: lines }
    }

    pub(super) fn into_inner(self) -> W {
        self.sink
    }
}

impl<W: Write> Write for SkipLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while self.left > 0 {
            match memchr::memchr(b'\n', rest) {
                Some(at) => {
                    rest = &rest[at + 1..];
                    self.left -= 1;
                }
                None => return Ok(bytes.len()),
            }
        }
        self.sink.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&[u8]], colour: bool) -> String {
        let mut display = Display::new(Vec::new(), colour);
        for piece in pieces {
            display.write_all(piece).unwrap();
        }
        display.finish().unwrap();
        String::from_utf8(display.sink).unwrap()
    }

    #[test]
    fn o4_lines_are_sanitised_however_they_are_cut_into_pieces() {
        let whole = b"a\x1b]0;title\x07b\n\x1b[31mred\ngo\x1b[0m on\n10%\r20%";
        let expected = "ab\n\x1b[0;31mred\x1b[0m\n\x1b[0;31mgo\x1b[0m on\n20%\n";
        assert_eq!(shown(&[whole], true), expected);
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(shown(&single, true), expected);
        assert_eq!(shown(&[whole], false), "ab\nred\ngo on\n20%\n");
    }

    #[test]
    fn a_line_without_end_is_shown_in_parts_and_no_character_is_torn() {
        for shift in 0..3 {
            let line = format!("{}{}", "x".repeat(shift), "漢".repeat(3 * LONGEST / 3));
            assert_eq!(shown(&[line.as_bytes()], false), format!("{line}\n"));
        }
    }

    #[test]
    fn the_first_lines_can_be_left_out() {
        let mut skip = SkipLines::new(Vec::new(), 2);
        for piece in [&b"1\n2"[..], b"\n3", b"\n4\n"] {
            skip.write_all(piece).unwrap();
        }
        assert_eq!(skip.into_inner(), b"3\n4\n");
    }
}

//! What a program printed, made safe to look at (O4) and without its secrets (R9), line by line as it comes.

use std::io::{self, Write};
use std::path::Path;

use super::masks::MasksOf;
use super::sanitise::{to_ansi, to_plain};
use super::sgr::Sgr;

/// A line that gets longer than this is shown in parts, so that memory has an end.
const LONGEST: usize = 64 * 1024;

/// How what a program printed goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Safe for a terminal, in the colours of the program.
    Colours,
    /// Safe for a terminal, without them.
    Plain,
    /// As it was printed.
    Exact,
}

/// A sink that passes lines on in one of these forms. Secrets of the run are masked in each of them (R9).
#[derive(Debug)]
pub struct Display<W> {
    sink: W,
    form: Form,
    masks: MasksOf,
    sgr: Sgr,
    line: Vec<u8>,
}

impl<W: Write> Display<W> {
    /// Of the run in this folder.
    pub fn new(sink: W, form: Form, folder: &Path) -> Self {
        Self { sink, form, masks: MasksOf::new(folder), sgr: Sgr::default(), line: Vec::new() }
    }

    /// Shows a last line that has no end.
    pub fn finish(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.show(if self.form == Form::Exact { "" } else { "\n" })?;
        }
        self.sink.flush()
    }

    /// Shows a line of Tempo's own, which ends the line so far.
    pub fn note(&mut self, words: &str) -> io::Result<()> {
        if !self.line.is_empty() {
            self.show("\n")?;
        }
        self.sgr = Sgr::default();
        writeln!(self.sink, "{words}")
    }

    fn show(&mut self, end: &str) -> io::Result<()> {
        let line = self.masks.current()?.apply(&self.line);
        match self.form {
            Form::Colours => self.sink.write_all(to_ansi(&line, &mut self.sgr).as_bytes())?,
            Form::Plain => self.sink.write_all(to_plain(&line).as_bytes())?,
            Form::Exact => self.sink.write_all(&line)?,
        }
        self.line.clear();
        self.sink.write_all(end.as_bytes())
    }

    /// Shows the line so far, but for a character or a secret that may only have begun.
    fn show_part(&mut self) -> io::Result<()> {
        let masks = self.masks.current()?;
        let begun = self.line.iter().rev().take(3).position(|byte| *byte >= 0xc0).map_or(0, |back| back + 1);
        let mut end = self.line.len().saturating_sub(masks.longest().max(begun));
        let secrets = masks.find(&self.line);
        if let Some(cut) = secrets.iter().find(|secret| secret.start < end && end < secret.end) {
            end = cut.start;
        }
        while end > 0 && self.line.get(end).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
            end -= 1;
        }
        let rest = self.line.split_off(end);
        self.show("")?;
        self.line = rest;
        Ok(())
    }
}

impl<W: Write> Write for Display<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.form == Form::Exact && self.line.is_empty() && self.masks.current()?.is_empty() {
            self.sink.write_all(bytes)?;
            return Ok(bytes.len());
        }
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
#[derive(Debug)]
pub struct SkipLines<W> {
    sink: W,
    left: u64,
}

impl<W: Write> SkipLines<W> {
    /// Leaves so many out.
    pub const fn new(sink: W, lines: u64) -> Self {
        Self { sink, left: lines }
    }

    /// The sink.
    pub fn into_inner(self) -> W {
        self.sink
    }

    /// What it passes on to, once it has left out what it was to.
    pub fn behind(&mut self) -> Option<&mut W> {
        (self.left == 0).then_some(&mut self.sink)
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
        let form = if colour { Form::Colours } else { Form::Plain };
        let folder = tempfile::tempdir().unwrap();
        shown_of(folder.path(), pieces, form)
    }

    fn shown_of(folder: &Path, pieces: &[&[u8]], form: Form) -> String {
        let mut display = Display::new(Vec::new(), form, folder);
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
    fn r9_a_secret_is_masked_however_the_output_is_cut_into_pieces_and_in_every_form() {
        let folder = tempfile::tempdir().unwrap();
        crate::output::masks::add(folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
        let of = |pieces: &[&[u8]], form| shown_of(folder.path(), pieces, form);
        for form in [Form::Colours, Form::Plain, Form::Exact] {
            assert_eq!(of(&[b"a hun", b"ter", b"2 b\n", b"hunter2\n"], form), "a *** b\n***\n");
        }
        assert_eq!(of(&[b"\x07 hunter2 \xff"], Form::Plain), "^G *** \\xff\n");
        assert_eq!(shown_of(folder.path(), &[b"\x07 hunter2"], Form::Exact), "\x07 ***");
        // In a line that is shown in parts, at every place around the end of the first one.
        for shift in 0..20 {
            let (before, behind) = ("é".repeat((LONGEST - shift) / 2), "x".repeat(LONGEST));
            let line = format!("{before}hunter2{behind}");
            for pieces in [vec![line.as_bytes()], line.as_bytes().chunks(LONGEST / 2 + 7).collect()] {
                assert_eq!(of(&pieces, Form::Plain), format!("{before}***{behind}\n"), "{shift}");
            }
        }
    }

    #[test]
    fn a_file_or_a_pipe_gets_the_bytes_of_a_run_without_secrets_as_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let mut display = Display::new(Vec::new(), Form::Exact, folder.path());
        display.write_all(b"name? ").unwrap();
        assert_eq!(display.sink, b"name? ");
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

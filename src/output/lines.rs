//! The lines of an output: where they begin, and what of them is shown.

use std::io;

use jiff::Timestamp;

use super::gap::{Gap, Missing};
use super::index::Stream;
use super::masks::{Masks, replace};
use super::pieces::Piece;
use super::reader::{CHUNK, Mark, Reader, Tried};

/// Bytes of a line that are given for display.
pub const LINE_CUT: usize = 4096;

/// One line for display, or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 0.
    pub number: u64,
    /// The number of what is behind it: the next one, but for a gap.
    pub next: u64,
    /// Its first byte in the output.
    pub offset: u64,
    /// When its first byte arrived; of a gap, when its last byte was dropped.
    pub at: Timestamp,
    /// The stream of its first byte.
    pub stream: Stream,
    /// The attempt that printed its first byte (R6).
    pub attempt: u32,
    /// Its first [`LINE_CUT`] bytes at most, without the `\n`; or what `rewritten` says. Secrets are masked in it (R9).
    pub bytes: Vec<u8>,
    /// How many bytes of the line are cut off.
    pub cut: u64,
    /// A progress bar that grew beyond [`LINE_CUT`]: `bytes` is what follows its last `\r`, and nothing is cut off.
    pub rewritten: bool,
    /// Length of the whole line in bytes as it was printed, without the `\n`.
    pub length: u64,
    /// Its `\n` has arrived, or a gap has ended it. Only the last line of an output can lack that.
    pub complete: bool,
    /// It is no line: this is what is missing here (O2).
    pub gap: Option<Gap>,
}

impl Reader {
    /// At most `count` lines and gaps from number `first` on, counted from 0. Its cost does not depend on the length of the
    /// lines. Of a number that is missing, its gap is the first.
    pub fn line_window(&mut self, first: u64, count: usize) -> io::Result<Vec<Line>> {
        self.steady(|reader| reader.window(first, count))
    }

    fn window(&mut self, first: u64, count: usize) -> Tried<Vec<Line>> {
        let last = self.lines();
        let mut lines = Vec::new();
        let masks = self.masks()?.clone();
        let mut chunk = vec![0; CHUNK];
        let (mut chunk_at, mut chunk_len) = (0, 0);
        let mut piece = Piece::default();
        let mut number = self.rows().of(first);
        let mut offset = self.offset_of(number)?;
        while lines.len() < count && number < last {
            if let Some(missing) = self.gaps.at_row(number).cloned() {
                // Of what is missing, only where it begins is known.
                self.origin(missing.gap.from, &mut piece)?;
                lines.push(Line::of_gap(&missing, piece.attempt()));
                (number, offset) = (missing.next, missing.gap.to);
                continue;
            }
            // The chunk is read again, from this line on, when the line does not end in it.
            let mut rest = (chunk_at + chunk_len as u64).saturating_sub(offset) as usize;
            let mut line_end = memchr::memchr(b'\n', &chunk[chunk_len - rest..chunk_len]);
            if line_end.is_none() {
                chunk_at = offset;
                chunk_len = self.read(offset, &mut chunk)?;
                rest = chunk_len;
                line_end = memchr::memchr(b'\n', &chunk[..chunk_len]);
            }
            let length = match line_end {
                Some(length) => length as u64,
                None => self.line_end(number)?.saturating_sub(offset),
            };
            let start = chunk_len - rest;
            let here = &chunk[start..start + rest.min(usize::try_from(length).unwrap_or(rest))];
            let last_state = self.last_state(offset, length)?;
            let rewritten = last_state.is_some();
            let (bytes, cut) = if let Some(last_state) = last_state {
                (masks.apply(&last_state).into_owned(), 0)
            } else {
                let (bytes, taken) = masked(here, short(here).len(), &masks);
                (bytes, length.saturating_sub(taken as u64))
            };
            let (stream, at) = self.origin(offset, &mut piece)?;
            let complete = number < self.last_number();
            let next = number + 1;
            lines.push(Line {
                number,
                next,
                offset,
                at,
                stream,
                attempt: piece.attempt(),
                bytes,
                cut,
                rewritten,
                length,
                complete,
                gap: None,
            });
            number = next;
            offset += length + 1;
        }
        Ok(lines)
    }

    /// The bytes of a line without its `\n`, from its beginning, about `most` of them at most, and whether that is all that was
    /// printed. Secrets are masked in it (R9). Of one that was dropped meanwhile there are fewer.
    pub fn line_bytes(&mut self, line: &Line, most: usize) -> io::Result<(Vec<u8>, bool)> {
        let masks = self.masks()?.clone();
        // So that one that is cut in two is seen.
        let wanted = most.saturating_add(masks.longest());
        let mut bytes = vec![0; usize::try_from(line.length).map_or(wanted, |length| length.min(wanted))];
        let read = self.read_at(line.offset, &mut bytes)?;
        bytes.truncate(read);
        let cut = bytes.len().min(most);
        let (shown, taken) = masked(&bytes, cut, &masks);
        let whole = taken as u64 == line.length && shown == bytes;
        Ok((shown, whole))
    }

    /// The first byte of a line; the end of the output when there is no such line. Of what is missing, where its gap begins.
    pub fn line_offset(&mut self, number: u64) -> io::Result<u64> {
        self.steady(|reader| reader.offset_of(number))
    }

    fn offset_of(&mut self, number: u64) -> Tried<u64> {
        if let Some(missing) = self.gaps.at_row(number) {
            return Ok(missing.gap.from);
        }
        // From here on lines are counted as the index does, by their ends.
        let before = self.gaps.shown().iter().rfind(|missing| missing.next <= number);
        let shift = before.map_or(0, |missing| self.shift_at(missing.gap.to));
        let mut place = before.map_or_else(Mark::default, Mark::behind);
        let line = number - shift;
        if line <= place.lines {
            return Ok(place.offset);
        }
        if line > self.line_ends {
            return Ok(self.bytes);
        }
        let piece = match &mut self.pieces {
            Some(pieces) => pieces.before_line(line)?.map_or_else(Mark::default, Mark::from),
            None => Mark::default(),
        };
        let mark = self.marks.partition_point(|mark| mark.lines < line).checked_sub(1).map(|last| self.marks[last]);
        for known in mark.into_iter().chain([piece]) {
            if known.offset > place.offset {
                place = known;
            }
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = self.read(place.offset, &mut chunk)?;
            if read == 0 {
                // The end; or the index is damaged.
                return Ok(self.bytes.min(self.gaps.next_from(place.offset)));
            }
            let missing = (line - place.lines) as usize;
            let mut line_ends = memchr::memchr_iter(b'\n', &chunk[..read]);
            if let Some(at) = line_ends.nth(missing - 1) {
                return Ok(place.offset + at as u64 + 1);
            }
            place.offset += read as u64;
            place.lines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
        }
    }

    /// The end of a line, before its `\n` or its gap.
    fn line_end(&mut self, number: u64) -> Tried<u64> {
        match self.gaps.at_row(number + 1) {
            Some(missing) if missing.gap.begun => Ok(missing.gap.from),
            Some(missing) => Ok(missing.gap.from.saturating_sub(1)),
            None if number < self.last_number() => Ok(self.offset_of(number + 1)?.saturating_sub(1)),
            None => Ok(self.bytes),
        }
    }

    /// What a long line shows after its last `\r`, if that is short enough to be a progress bar (O4).
    fn last_state(&mut self, offset: u64, length: u64) -> Tried<Option<Vec<u8>>> {
        if length <= LINE_CUT as u64 {
            return Ok(None);
        }
        let mut tail = vec![0; LINE_CUT];
        let read = self.read(offset + length - LINE_CUT as u64, &mut tail)?;
        tail.truncate(read);
        // A `\r` that nothing follows belongs to the line end.
        let text = tail.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
        Ok(memchr::memrchr(b'\r', &tail[..text]).map(|at| tail[at + 1..].to_vec()))
    }
}

impl Line {
    fn of_gap(missing: &Missing, attempt: u32) -> Self {
        Self {
            number: missing.row,
            next: missing.next,
            offset: missing.gap.from,
            at: missing.gap.at,
            stream: Stream::Out,
            attempt,
            bytes: Vec::new(),
            cut: 0,
            rewritten: false,
            length: missing.gap.bytes(),
            complete: true,
            gap: Some(missing.gap.clone()),
        }
    }
}

/// The bytes up to `end` as they are shown, and how many were taken: a secret that reaches over the end is taken whole.
pub(super) fn masked(bytes: &[u8], end: usize, masks: &Masks) -> (Vec<u8>, usize) {
    let mut secrets = masks.find(bytes);
    secrets.retain(|secret| secret.start < end);
    let end = secrets.last().map_or(end, |last| last.end.max(end));
    (replace(&bytes[..end], &secrets), end)
}

/// The first [`LINE_CUT`] bytes at most, without the first half of a character at the end.
pub(super) fn short(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= LINE_CUT {
        return bytes;
    }
    let continues = |at: usize| bytes[at] & 0b1100_0000 == 0b1000_0000;
    let at = (LINE_CUT - 3..=LINE_CUT).rev().find(|at| !continues(*at)).unwrap_or(LINE_CUT);
    &bytes[..at]
}

//! Goes through an output in bounded steps for the lines that a sieve keeps, and finds them again.
//!
//! It remembers, block by block, how many they are and about where: 100 bytes or so for each quarter of a mebibyte.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use memchr::{memchr, memrchr};

use super::message::Marks;
use super::sieve::Sieve;
use crate::output::{Level, Masks, Missing, Part, Reader, Stream};

/// Bytes of a step: few enough that a key never waits for one. Of a longer line, so much is looked at.
const BLOCK: usize = 256 * 1024;
/// Lines of a block whose exact places are kept for the scroll bar.
const EXACT: usize = 16;
/// Blocks whose lines are kept: those around the screen.
const CACHED: usize = 8;

/// A place in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    offset: u64,
    /// The number of the line that it is in.
    line: u64,
}

/// What was gone through.
#[derive(Debug)]
pub(super) struct Sift {
    sieve: Arc<Sieve>,
    at: Place,
    /// `at` is in the midst of a line that was looked at.
    midst: bool,
    /// The level of the line above `at`.
    level: Option<Level>,
    blocks: Vec<Block>,
    kept: u64,
    buffer: Vec<u8>,
    /// Bytes that were missing when the blocks were last looked through.
    missing: u64,
    cache: VecDeque<(u64, Vec<u64>)>,
}

#[derive(Debug, Clone)]
struct Block {
    start: Place,
    length: u32,
    /// Lines.
    lines: u32,
    /// Lines that are kept before it.
    kept: u64,
    /// The level of the line above it.
    level: Option<Level>,
    spread: Spread,
}

/// About where in a block something is.
#[derive(Debug, Clone)]
enum Spread {
    /// At these lines of it.
    Few(Box<[u32]>),
    /// In these 64ths of it.
    Many(u64),
}

/// Lines around a place.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// In order.
    pub(super) lines: Vec<u64>,
    /// There is none before the first.
    pub(super) from_start: bool,
    /// There is none behind the last, as far as it was gone through.
    pub(super) to_end: bool,
}

impl Sift {
    pub(super) fn new(sieve: Arc<Sieve>) -> Self {
        Self {
            sieve,
            at: Place::default(),
            midst: false,
            level: None,
            blocks: Vec::new(),
            kept: 0,
            buffer: Vec::new(),
            missing: 0,
            cache: VecDeque::new(),
        }
    }

    /// The line that it has come to.
    pub(super) fn line(&self) -> u64 {
        self.at.line
    }

    /// How many bytes it went through.
    pub(super) fn offset(&self) -> u64 {
        self.at.offset
    }

    /// How many lines are kept so far.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    /// Goes through the next block, no further than `end`; false when there is none. A last line without line end counts
    /// only if the output is `whole`. What is missing is passed by.
    pub(super) fn step(&mut self, reader: &mut Reader, masks: &Masks, end: u64, whole: bool) -> io::Result<bool> {
        self.forget_missing(reader);
        let start = self.at;
        if let Some(missing) = reader.missing_at(start.offset).filter(|missing| missing.gap.to <= end) {
            (self.at, self.midst, self.level) = (behind(missing), false, None);
            return Ok(true);
        }
        let next_gap = reader.missing().iter().map(|missing| missing.gap.from).find(|from| *from > start.offset);
        let part_end = next_gap.map_or(end, |from| from.min(end));
        let room = BLOCK.min(usize::try_from(part_end.saturating_sub(start.offset)).unwrap_or(BLOCK));
        let read = self.fill(reader, start.offset, room)?;
        if read == 0 {
            // It was dropped just now.
            return Ok(reader.missing_at(start.offset).is_some_and(|missing| missing.gap.to <= end));
        }
        if self.midst {
            match memchr(b'\n', &self.buffer) {
                Some(at) => {
                    self.at = Place { offset: start.offset + at as u64 + 1, line: start.line + 1 };
                    self.midst = false;
                }
                None => self.at.offset += read as u64,
            }
            return Ok(true);
        }
        // A line that a gap ends is over.
        let is_last = (whole || part_end < end) && start.offset + read as u64 >= part_end;
        let (length, midst) = match memrchr(b'\n', &self.buffer) {
            _ if is_last => (read, false),
            Some(last) => (last + 1, false),
            None if read == BLOCK => (read, true),
            None => return Ok(false),
        };
        self.take(reader, masks, start, length)?;
        self.midst = midst;
        Ok(true)
    }

    /// Judges `length` bytes of the buffer, which begin at `start`.
    fn take(&mut self, reader: &mut Reader, masks: &Masks, start: Place, length: usize) -> io::Result<()> {
        let streams = self.streams(reader, start.offset, length)?;
        let picked = self.sieve.lines(&self.buffer[..length], masks, self.level, &streams);
        let open = self.buffer[..length].last() != Some(&b'\n');
        let lines = picked.ends + u64::from(open);
        let spread = if picked.lines.len() <= EXACT {
            Spread::Few(picked.lines.iter().map(|line| *line as u32).collect())
        } else {
            Spread::Many(picked.lines.iter().fold(0, |bits, line| bits | 1 << (line * 64 / lines.max(1)).min(63)))
        };
        let (lines, kept, level) = (lines as u32, self.kept, self.level);
        self.blocks.push(Block { start, length: length as u32, lines, kept, level, spread });
        self.kept += picked.lines.len() as u64;
        self.level = picked.level;
        self.at = Place { offset: start.offset + length as u64, line: start.line + picked.ends };
        Ok(())
    }

    /// The streams of a part of the output, if they matter: runs of bytes, each with its end.
    fn streams(&self, reader: &mut Reader, offset: u64, length: usize) -> io::Result<Vec<(usize, Stream)>> {
        let (mut runs, mut end): (Vec<(usize, Stream)>, usize) = (Vec::new(), 0);
        if self.sieve.stream.is_some() {
            reader.walk(offset..offset + length as u64, true, &mut |part| {
                if let Part::Bytes(stream, bytes) = part {
                    end += bytes.len();
                    match runs.last_mut() {
                        Some(run) if run.1 == stream => run.0 = end,
                        _ => runs.push((end, stream)),
                    }
                }
                Ok(())
            })?;
        }
        Ok(runs)
    }

    /// Begins anew where something was dropped that it went through: what is before the first gap stays.
    fn forget_missing(&mut self, reader: &Reader) {
        let bytes = reader.missing().iter().map(|missing| missing.gap.bytes()).sum();
        if bytes == self.missing {
            return;
        }
        self.missing = bytes;
        self.cache.clear();
        let Some(first) = reader.missing().iter().map(|missing| missing.gap.from).min() else { return };
        let stays = self.blocks.partition_point(|block| block.start.offset + u64::from(block.length) <= first);
        if let Some(block) = self.blocks.get(stays) {
            (self.at, self.kept, self.level, self.midst) = (block.start, block.kept, block.level, false);
            self.blocks.truncate(stays);
        }
    }

    /// At most so many kept lines before `line`, and from it on.
    pub(super) fn around(
        &mut self,
        line: u64,
        above: usize,
        below: usize,
        reader: &mut Reader,
        masks: &Masks,
    ) -> io::Result<Around> {
        let first = self.block_of(line).unwrap_or(0);
        let mut before: Vec<u64> = Vec::new();
        let mut number = (first + 1).min(self.blocks.len());
        while number > 0 && before.len() <= above {
            number -= 1;
            let lines = self.lines_of(number, reader, masks)?;
            before.extend(lines.into_iter().rev().filter(|found| *found < line).take(above + 1 - before.len()));
        }
        let from_start = before.len() <= above;
        before.truncate(above);
        before.reverse();
        let mut lines = before;
        let most = lines.len() + below;
        let mut number = first;
        while number < self.blocks.len() && lines.len() <= most {
            let found = self.lines_of(number, reader, masks)?;
            let room = most + 1 - lines.len();
            lines.extend(found.into_iter().filter(|found| *found >= line).take(room));
            number += 1;
        }
        let to_end = lines.len() <= most;
        lines.truncate(most);
        Ok(Around { lines, from_start, to_end })
    }

    /// The block that a line begins in.
    fn block_of(&self, line: u64) -> Option<usize> {
        self.blocks.partition_point(|block| block.start.line <= line).checked_sub(1)
    }

    /// The kept lines of a block, found again.
    fn lines_of(&mut self, number: usize, reader: &mut Reader, masks: &Masks) -> io::Result<Vec<u64>> {
        let block = &self.blocks[number];
        let after = self.blocks.get(number + 1).map_or(self.kept, |next| next.kept);
        if after == block.kept {
            return Ok(Vec::new());
        }
        let (start, length, level) = (block.start, block.length as usize, block.level);
        if let Some((_, lines)) = self.cache.iter().find(|(offset, _)| *offset == start.offset) {
            return Ok(lines.clone());
        }
        self.fill(reader, start.offset, length)?;
        let streams = self.streams(reader, start.offset, self.buffer.len())?;
        let mut lines = self.sieve.lines(&self.buffer, masks, level, &streams).lines;
        for line in &mut lines {
            *line += start.line;
        }
        self.cache.push_back((start.offset, lines.clone()));
        if self.cache.len() > CACHED {
            self.cache.pop_front();
        }
        Ok(lines)
    }

    /// Where the kept lines are, for a bar of so many cells that stands for `positions` rows, the first of which is no line.
    pub(super) fn marks(&self, cells: u16, positions: u64) -> Marks {
        let mut marks = Marks::new(cells);
        for block in &self.blocks {
            match &block.spread {
                Spread::Few(lines) => {
                    for line in lines {
                        marks.set(block.start.line + u64::from(*line) + 1, positions);
                    }
                }
                Spread::Many(bits) => {
                    for bit in (0..64).filter(|bit| bits & (1 << bit) != 0) {
                        let line = block.start.line + bit * u64::from(block.lines) / 64;
                        marks.set(line + 1, positions);
                    }
                }
            }
        }
        marks
    }

    /// Reads up to `length` bytes into the buffer.
    fn fill(&mut self, reader: &mut Reader, offset: u64, length: usize) -> io::Result<usize> {
        self.buffer.resize(length, 0);
        let mut filled = 0;
        while filled < length {
            match reader.read_at(offset + filled as u64, &mut self.buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        self.buffer.truncate(filled);
        Ok(filled)
    }
}

/// The end of a gap.
const fn behind(missing: &Missing) -> Place {
    Place { offset: missing.gap.to, line: missing.next }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::level::Threshold;
    use super::super::sieve::Sieve;
    use super::*;
    use crate::output::Writer;
    use crate::output::scan::Matcher;

    struct Output {
        folder: tempfile::TempDir,
        reader: Reader,
        sift: Sift,
    }

    const NONE: fn() -> Masks = Masks::default;

    impl Output {
        fn new(text: &[u8], sieve: Sieve) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let reader = Reader::open(folder.path()).unwrap();
            let mut output = Self { folder, reader, sift: Sift::new(Arc::new(sieve)) };
            output.print(text, None);
            output
        }

        fn print(&mut self, text: &[u8], cap: Option<u64>) {
            Writer::new(self.folder.path(), 1).capped(cap).append(Stream::Out, Timestamp::UNIX_EPOCH, text);
            self.reader.refresh().unwrap();
        }

        fn sifted(mut self, whole: bool) -> Self {
            let end = self.reader.bytes();
            while self.sift.step(&mut self.reader, &NONE(), end, whole).unwrap() {}
            self
        }

        fn around(&mut self, line: u64, above: usize, below: usize) -> (Vec<u64>, bool, bool) {
            let around = self.sift.around(line, above, below, &mut self.reader, &NONE()).unwrap();
            (around.lines, around.from_start, around.to_end)
        }
    }

    fn filter(pattern: &str, invert: bool) -> Sieve {
        Sieve { filter: Matcher::new(pattern).map(|m| (Arc::new(m), invert)), ..Sieve::default() }
    }

    fn hay(lines: u64) -> String {
        (0..lines).map(|n| if n % 1000 == 7 { "a needle\n" } else { "much hay in here\n" }).collect()
    }

    #[test]
    fn ux_29_kept_lines_are_counted_and_found_again_around_any_line() {
        // About 3 blocks; every 1000th line is kept.
        let mut output = Output::new(hay(50_000).as_bytes(), filter("needle", false)).sifted(true);
        assert!(output.sift.blocks.len() > 2);
        assert_eq!((output.sift.kept(), output.sift.line()), (50, 50_000));
        assert_eq!(output.around(0, 3, 2), (vec![7, 1007], true, false));
        assert_eq!(output.around(7, 3, 2), (vec![7, 1007], true, false));
        assert_eq!(output.around(8, 3, 2), (vec![7, 1007, 2007], true, false));
        assert_eq!(output.around(25_000, 2, 2), (vec![23_007, 24_007, 25_007, 26_007], false, false));
        assert_eq!(output.around(49_000, 1, 9), (vec![48_007, 49_007], false, true));
        assert_eq!(output.around(u64::MAX, 2, 9), (vec![48_007, 49_007], false, true));
        let marks = output.sift.marks(50, 50_001);
        assert_eq!((0..50).filter(|cell| marks.get(*cell)).count(), 50, "one in each cell");
    }

    #[test]
    fn what_is_not_kept_is_kept_by_the_opposite() {
        let output = Output::new(hay(50_000).as_bytes(), filter("needle", true)).sifted(true);
        assert_eq!(output.sift.kept(), 49_950);
    }

    #[test]
    fn a_line_of_many_blocks_is_one_and_is_judged_by_its_beginning() {
        let mut text = b"needle\nneedle".to_vec();
        text.resize(5 * BLOCK, b'x');
        text.extend_from_slice(b"\nhay\nneedle\nnee");
        let mut output = Output::new(&text, filter("needle", false)).sifted(false);
        assert_eq!((output.sift.kept(), output.sift.line()), (3, 4));
        assert_eq!(output.around(0, 0, 9).0, [0, 1, 3]);
        output.print(b"dle", None);
        let mut output = output.sifted(true);
        assert_eq!(output.around(0, 0, 9).0, [0, 1, 3, 4]);
        let levels = Sieve { level: Threshold::Warn, ..Sieve::default() };
        assert_eq!(Output::new(&text, levels).sifted(true).sift.kept(), 0);
    }

    #[test]
    fn o2_what_the_cap_drops_is_forgotten() {
        let mut output = Output::new(b"", filter("needle", false));
        for n in 0..8 {
            output.print(hay(20_000).as_bytes(), Some(1 << 20));
            output = output.sifted(false);
            let lines = output.around(0, 0, 1000).0;
            assert_eq!(lines.len() as u64, output.sift.kept(), "{n}");
            let rows = output.reader.rows().clone();
            assert!(lines.iter().all(|line| rows.of(*line) == *line && line % 1000 == 7), "{n}");
        }
        assert!(!output.reader.missing().is_empty());
    }
}

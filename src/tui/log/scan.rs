//! Goes through an output in bounded steps and remembers, block by block, how many of its lines match.

use std::io;

use memchr::memrchr;

use super::matcher::Matcher;
use crate::output::{Missing, Reader};

/// Bytes of a step: few enough that a key never waits for one.
const BLOCK: usize = 256 * 1024;
/// Of a line that is longer than a block, so much is looked at again with the next one.
const OVERLAP: usize = 1024;

/// A place in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) offset: u64,
    /// The number of the line that it is in.
    pub(super) line: u64,
}

/// What was gone through. A block is 40 bytes here, whatever matches in it.
#[derive(Debug, Default)]
pub(super) struct Scan {
    at: Place,
    blocks: Vec<Block>,
    matches: u64,
    /// The line that `at` is in the middle of has matched already.
    matched: bool,
    buffer: Vec<u8>,
    /// Bytes that were missing when the blocks were last looked through.
    missing: u64,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    start: Place,
    length: u32,
    /// Its first line is one of which an earlier block counted a match.
    matched: bool,
    /// Lines that match before it.
    matches: u64,
}

impl Scan {
    /// A scan from a place on, which is the start of a line.
    pub(super) fn from(at: Place) -> Self {
        Self { at, ..Self::default() }
    }

    /// How far it is.
    pub(super) fn at(&self) -> Place {
        self.at
    }

    /// How many lines match so far.
    pub(super) fn matches(&self) -> u64 {
        self.matches
    }

    /// Goes through the next block, no further than `end`; false when there is none. A last line without line end counts
    /// only if the output is `whole`. What is missing is passed by.
    pub(super) fn step(&mut self, reader: &mut Reader, matcher: &Matcher, end: u64, whole: bool) -> io::Result<bool> {
        self.forget_missing(reader, matcher)?;
        let start = self.at;
        if let Some(missing) = reader.missing_at(start.offset).filter(|missing| missing.gap.to <= end) {
            (self.at, self.matched) = (Place::behind(missing), false);
            return Ok(true);
        }
        let next_gap = reader.missing().iter().map(|missing| missing.gap.from).find(|from| *from > start.offset);
        let part_end = next_gap.map_or(end, |from| from.min(end));
        let room = BLOCK.min(usize::try_from(part_end.saturating_sub(start.offset)).unwrap_or(BLOCK));
        let read = self.fill(reader, start.offset, room)?;
        // A line that a gap ends is over.
        let is_last = (whole || part_end < end) && start.offset + read as u64 >= part_end;
        let (length, taken) = match memrchr(b'\n', &self.buffer) {
            // It was dropped just now.
            _ if read == 0 => return Ok(reader.missing_at(start.offset).is_some_and(|missing| missing.gap.to <= end)),
            _ if is_last => (read, read),
            Some(last) => (last + 1, last + 1),
            None if read == BLOCK => (read, read - OVERLAP),
            None => return Ok(false),
        };
        let block = Block { start, length: length as u32, matched: self.matched, matches: self.matches };
        // What is looked at again has no line end.
        let (lines, ends) = block.lines(&self.buffer[..length], matcher);
        self.matches += lines.len() as u64;
        self.matched = ends == 0 && (self.matched || !lines.is_empty());
        self.at = Place { offset: start.offset + taken as u64, line: start.line + ends };
        self.blocks.push(block);
        Ok(true)
    }

    /// Forgets what was found where nothing is any more. What is left of a block is gone through again.
    fn forget_missing(&mut self, reader: &mut Reader, matcher: &Matcher) -> io::Result<()> {
        let bytes = reader.missing().iter().map(|missing| missing.gap.bytes()).sum();
        if bytes == self.missing {
            return Ok(());
        }
        self.missing = bytes;
        let all = reader.missing().to_vec();
        let counts: Vec<u64> = self.blocks.iter().skip(1).map(|block| block.matches).chain([self.matches]).collect();
        let blocks = std::mem::take(&mut self.blocks);
        self.matches = 0;
        for (block, after) in blocks.into_iter().zip(counts) {
            let end = block.start.offset + u64::from(block.length);
            let over = |missing: &&Missing| missing.gap.from < end && block.start.offset < missing.gap.to;
            let Some(missing) = all.iter().find(over) else {
                self.blocks.push(Block { matches: self.matches, ..block });
                self.matches += after - block.matches;
                continue;
            };
            let above = (block.start, missing.gap.from.saturating_sub(block.start.offset), block.matched);
            let below = (Place::behind(missing), end.saturating_sub(missing.gap.to), false);
            for (start, length, matched) in [above, below] {
                if self.fill(reader, start.offset, length as usize)? > 0 {
                    let length = self.buffer.len() as u32;
                    let block = Block { start, length, matched, matches: self.matches };
                    self.matches += block.lines(&self.buffer, matcher).0.len() as u64;
                    self.blocks.push(block);
                }
            }
        }
        Ok(())
    }

    /// The first matching line from `line` on, among those that were gone through.
    pub(super) fn at_or_after(&mut self, line: u64, reader: &mut Reader, matcher: &Matcher) -> io::Result<Option<u64>> {
        let first = if self.matches > 0 { self.first_block_of(line) } else { self.blocks.len() };
        for number in first..self.blocks.len() {
            if let Some(found) = self.lines_of(number, reader, matcher)?.into_iter().find(|found| *found >= line) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The last matching line up to `line`, among those that were gone through.
    pub(super) fn at_or_before(
        &mut self,
        line: u64,
        reader: &mut Reader,
        matcher: &Matcher,
    ) -> io::Result<Option<u64>> {
        for number in (0..self.blocks.partition_point(|block| block.start.line <= line)).rev() {
            if let Some(found) = self.lines_of(number, reader, matcher)?.into_iter().rfind(|found| *found <= line) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// How many matching lines there are up to a matching line.
    pub(super) fn ordinal(&mut self, line: u64, reader: &mut Reader, matcher: &Matcher) -> io::Result<Option<u64>> {
        for number in self.first_block_of(line)..self.blocks.partition_point(|block| block.start.line <= line) {
            let lines = self.lines_of(number, reader, matcher)?;
            if let Some(place) = lines.iter().position(|found| *found == line) {
                return Ok(Some(self.blocks[number].matches + place as u64 + 1));
            }
        }
        Ok(None)
    }

    fn first_block_of(&self, line: u64) -> usize {
        self.blocks.partition_point(|block| block.start.line < line).saturating_sub(1)
    }

    /// The matching lines of a block, found again.
    fn lines_of(&mut self, number: usize, reader: &mut Reader, matcher: &Matcher) -> io::Result<Vec<u64>> {
        let block = self.blocks[number];
        let after = self.blocks.get(number + 1).map_or(self.matches, |next| next.matches);
        if after == block.matches {
            return Ok(Vec::new());
        }
        self.fill(reader, block.start.offset, block.length as usize)?;
        Ok(block.lines(&self.buffer, matcher).0)
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

impl Place {
    /// The end of a gap.
    const fn behind(missing: &Missing) -> Self {
        Self { offset: missing.gap.to, line: missing.next }
    }
}

impl Block {
    /// The numbers of its matching lines that no block before counted, and how many line ends it has.
    fn lines(&self, bytes: &[u8], matcher: &Matcher) -> (Vec<u64>, u64) {
        let (mut lines, ends) = matcher.lines(bytes);
        lines.retain_mut(|line| {
            let counted = self.matched && *line == 0;
            *line += self.start.line;
            !counted
        });
        (lines, ends)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::output::{Stream, Writer};

    struct Output {
        folder: tempfile::TempDir,
        reader: Reader,
        end: u64,
        scan: Scan,
        matcher: Matcher,
    }

    impl Output {
        fn new(text: &[u8], pattern: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let reader = Reader::open(folder.path()).unwrap();
            let matcher = Matcher::new(pattern).unwrap();
            let mut output = Self { folder, reader, end: 0, scan: Scan::default(), matcher };
            output.print(text, None);
            output
        }

        fn print(&mut self, text: &[u8], cap: Option<u64>) {
            Writer::new(self.folder.path(), 1).capped(cap).append(Stream::Out, Timestamp::UNIX_EPOCH, text);
            self.reader.refresh().unwrap();
            self.end = self.reader.bytes();
        }

        fn scanned(mut self, whole: bool) -> Self {
            while self.scan.step(&mut self.reader, &self.matcher, self.end, whole).unwrap() {}
            self
        }

        fn after(&mut self, line: u64) -> Option<u64> {
            self.scan.at_or_after(line, &mut self.reader, &self.matcher).unwrap()
        }

        fn before(&mut self, line: u64) -> Option<u64> {
            self.scan.at_or_before(line, &mut self.reader, &self.matcher).unwrap()
        }

        fn ordinal(&mut self, line: u64) -> Option<u64> {
            self.scan.ordinal(line, &mut self.reader, &self.matcher).unwrap()
        }
    }

    #[test]
    fn matches_are_counted_and_found_again_in_both_directions() {
        // About 3 blocks; every 1000th line matches.
        let text =
            (0..50_000).map(|n| if n % 1000 == 7 { "a needle\n" } else { "much hay in here\n" }).collect::<String>();
        let mut output = Output::new(text.as_bytes(), "needle").scanned(true);
        assert!(output.scan.blocks.len() > 2);
        assert_eq!((output.scan.matches(), output.scan.at()), (50, Place { offset: output.end, line: 50_000 }));
        for n in 0..50 {
            let line = n * 1000 + 7;
            assert_eq!(output.ordinal(line), Some(n + 1));
            assert_eq!((output.after(line), output.before(line)), (Some(line), Some(line)));
            assert_eq!(output.after(line + 1), (n < 49).then_some(line + 1000));
            assert_eq!(output.before(line.saturating_sub(1)), n.checked_sub(1).map(|n| n * 1000 + 7));
        }
        assert_eq!(output.ordinal(8), None);
    }

    #[test]
    fn a_line_of_many_blocks_matches_once_also_where_two_blocks_meet() {
        let mut text = b"needle\n".to_vec();
        let long = text.len();
        text.resize(long + 5 * BLOCK, b'x');
        text[long + BLOCK - 10..][..6].copy_from_slice(b"needle");
        text[long + 3 * BLOCK..][..6].copy_from_slice(b"needle");
        text.extend_from_slice(b"\nneedle");
        let mut output = Output::new(&text, "needle").scanned(true);
        assert_eq!((output.scan.matches(), output.scan.at().line), (3, 2));
        assert_eq!([0, 1, 2].map(|line| output.ordinal(line)), [Some(1), Some(2), Some(3)]);
        assert_eq!((output.after(1), output.before(1)), (Some(1), Some(1)));
    }

    #[test]
    fn a_last_line_without_line_end_waits_for_it_while_the_output_may_grow() {
        let mut output = Output::new(b"needle\nnee", "nee").scanned(false);
        assert_eq!(output.scan.matches(), 1);
        output.print(b"dle\n", None);
        let mut output = output.scanned(false);
        assert_eq!((output.scan.matches(), output.after(1)), (2, Some(1)));
        assert_eq!(Output::new(b"needle\nnee", "nee").scanned(true).scan.matches(), 2);
    }
}

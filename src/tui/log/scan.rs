//! Goes through an output in bounded steps and remembers, block by block, how many of its lines match.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::memrchr;

use super::matcher::Matcher;

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
    /// only if the output is `whole`.
    pub(super) fn step(&mut self, file: &File, matcher: &Matcher, end: u64, whole: bool) -> io::Result<bool> {
        let start = self.at;
        let room = BLOCK.min(usize::try_from(end.saturating_sub(start.offset)).unwrap_or(BLOCK));
        let read = self.fill(file, start.offset, room)?;
        let is_last = whole && start.offset + read as u64 >= end;
        let (length, taken) = match memrchr(b'\n', &self.buffer) {
            _ if read == 0 => return Ok(false),
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

    /// The first matching line from `line` on, among those that were gone through.
    pub(super) fn at_or_after(&mut self, line: u64, file: &File, matcher: &Matcher) -> io::Result<Option<u64>> {
        let first = if self.matches > 0 { self.first_block_of(line) } else { self.blocks.len() };
        for number in first..self.blocks.len() {
            if let Some(found) = self.lines_of(number, file, matcher)?.into_iter().find(|found| *found >= line) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The last matching line up to `line`, among those that were gone through.
    pub(super) fn at_or_before(&mut self, line: u64, file: &File, matcher: &Matcher) -> io::Result<Option<u64>> {
        for number in (0..self.blocks.partition_point(|block| block.start.line <= line)).rev() {
            if let Some(found) = self.lines_of(number, file, matcher)?.into_iter().rfind(|found| *found <= line) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// How many matching lines there are up to a matching line.
    pub(super) fn ordinal(&mut self, line: u64, file: &File, matcher: &Matcher) -> io::Result<Option<u64>> {
        for number in self.first_block_of(line)..self.blocks.partition_point(|block| block.start.line <= line) {
            let lines = self.lines_of(number, file, matcher)?;
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
    fn lines_of(&mut self, number: usize, file: &File, matcher: &Matcher) -> io::Result<Vec<u64>> {
        let block = self.blocks[number];
        let after = self.blocks.get(number + 1).map_or(self.matches, |next| next.matches);
        if after == block.matches {
            return Ok(Vec::new());
        }
        self.fill(file, block.start.offset, block.length as usize)?;
        Ok(block.lines(&self.buffer, matcher).0)
    }

    /// Reads up to `length` bytes into the buffer.
    fn fill(&mut self, file: &File, offset: u64, length: usize) -> io::Result<usize> {
        self.buffer.resize(length, 0);
        let mut filled = 0;
        while filled < length {
            match file.read_at(&mut self.buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        self.buffer.truncate(filled);
        Ok(filled)
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
    use std::io::Write;

    use super::*;

    struct Output {
        file: File,
        end: u64,
        scan: Scan,
        matcher: Matcher,
    }

    impl Output {
        fn new(text: &[u8], pattern: &str) -> Self {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text).unwrap();
            Self { file, end: text.len() as u64, scan: Scan::default(), matcher: Matcher::new(pattern).unwrap() }
        }

        fn scanned(mut self, whole: bool) -> Self {
            while self.scan.step(&self.file, &self.matcher, self.end, whole).unwrap() {}
            self
        }

        fn after(&mut self, line: u64) -> Option<u64> {
            self.scan.at_or_after(line, &self.file, &self.matcher).unwrap()
        }

        fn before(&mut self, line: u64) -> Option<u64> {
            self.scan.at_or_before(line, &self.file, &self.matcher).unwrap()
        }

        fn ordinal(&mut self, line: u64) -> Option<u64> {
            self.scan.ordinal(line, &self.file, &self.matcher).unwrap()
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
        output.file.write_all(b"dle\n").unwrap();
        output.end += 4;
        let mut output = output.scanned(false);
        assert_eq!((output.scan.matches(), output.after(1)), (2, Some(1)));
        assert_eq!(Output::new(b"needle\nnee", "nee").scanned(true).scan.matches(), 2);
    }
}

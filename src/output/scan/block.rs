//! One block of an output: which of its lines are wanted.

use std::io;
use std::ops::Range;

use super::super::lines::LINE_CUT;
use super::super::pieces::Piece;
use super::super::reader::Tried;
use super::super::{Masks, Reader};
use super::wanted::Wanted;
use super::{Grain, plain};

/// Bytes behind a block in which the end of its last line is looked for at first.
const TAIL: usize = 4096;

/// A line that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its number, from 0.
    pub line: u64,
    /// What it shows of its first bytes (O4, R9), or of a rewritten one its last state.
    pub text: String,
}

/// How it stands with a long line that reaches into a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Carry {
    /// No long line does.
    #[default]
    None,
    /// Nothing of it has matched, and it is wanted if something does; or, for what is wanted unmatched, if nothing does.
    Pending,
    /// It is counted, or not wanted whatever follows.
    Done,
}

/// What is known of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Where it ends: at its end, or where a line begins that goes on behind the end of the output.
    pub(super) end: u64,
    /// How many lines are wanted.
    pub(super) hits: u64,
    /// What goes on behind it.
    pub(super) carry: Carry,
}

/// A reader of an output with a buffer that is used again.
#[derive(Debug)]
pub struct Lane {
    pub(super) reader: Reader,
    grain: Grain,
    buffer: Vec<u8>,
    /// The offset of the first byte in the buffer.
    from: u64,
    /// The block that was looked at last.
    start: u64,
    /// The lines that are wanted, as their bytes in the buffer; of a long one, a part.
    hits: Vec<Range<usize>>,
}

impl Lane {
    /// A lane over an output as `reader` knows it.
    pub(super) fn new(reader: Reader, grain: Grain) -> Self {
        Self { reader, grain, buffer: Vec::new(), from: 0, start: 0, hits: Vec::new() }
    }

    /// Takes an output as it is now.
    pub(super) fn turn_to(&mut self, reader: Reader) {
        self.reader = reader;
    }

    /// Looks through the block at `range`, which no gap is in, and remembers what it found until the next look. A last line without
    /// line end counts only if the output is `whole`.
    pub(super) fn look(&mut self, wanted: &Wanted, range: &Range<u64>, whole: bool, carry: Carry) -> Tried<Seen> {
        self.hits.clear();
        self.start = range.start;
        let nothing = Seen { end: range.start, hits: 0, carry };
        let Some(part) = self.reader.part_at(range.start).filter(|part| part.start < part.end) else {
            return Ok(nothing);
        };
        let masks = self.reader.masks()?.clone();
        let end = range.end.min(part.end);
        let is_last = end == part.end;
        // The end of the part is the end of a line: a gap ends it, or nothing follows any more.
        let ends = part.end < self.reader.bytes() || whole;
        self.from = range.start - u64::from(part.start < range.start);
        self.buffer.clear();
        self.fill((end + TAIL.max(self.grain.overlap) as u64).min(part.end))?;
        let last = (end - 1 - self.from) as usize;
        if self.buffer.len() <= last {
            return Ok(nothing);
        }
        let mut head = 0;
        if part.start < range.start {
            let line_end = memchr::memchr(b'\n', &self.buffer[..=last]);
            head = line_end.map_or(last + 1, |at| at + 1);
            let carry_out = match (line_end, carry) {
                (_, Carry::None) => Carry::None,
                (Some(at), _) => self.go_on(wanted, &masks, carry, at, at + 1, true),
                (None, _) if is_last && ends => self.go_on(wanted, &masks, carry, last + 1, last + 2, true),
                // What begins at the end can only be seen with what is going to follow.
                (None, _) if !ends && self.buffer.len() < last + 1 + self.grain.overlap && !self.has_end(last) => {
                    return Ok(nothing);
                }
                (None, _) => self.go_on(wanted, &masks, carry, last + 1 + self.grain.overlap, last + 1, false),
            };
            if head > last {
                return Ok(Seen { end, hits: self.hits.len() as u64, carry: carry_out });
            }
        }
        let line_end = self.line_end(last, part.end)?;
        let lines = match line_end {
            LineEnd::At(at) => head..at + 1,
            LineEnd::OfPart if ends => head..self.buffer.len(),
            LineEnd::OfPart | LineEnd::Far => {
                head..memchr::memrchr(b'\n', &self.buffer[head..last]).map_or(head, |at| head + at + 1)
            }
        };
        let begun = lines.end;
        self.each(wanted, &masks, lines)?;
        let mut seen = Seen { end, hits: 0, carry: Carry::None };
        match line_end {
            LineEnd::OfPart if !ends => seen.end = self.from + begun as u64,
            LineEnd::Far => seen.carry = self.begin(wanted, &masks, begun, last)?,
            LineEnd::At(_) | LineEnd::OfPart => {}
        }
        seen.hits = self.hits.len() as u64;
        Ok(seen)
    }

    /// The number of the line at the start of the block of the last look; 0 when nothing in it is wanted.
    pub(super) fn line(&mut self) -> io::Result<u64> {
        if self.hits.is_empty() { Ok(0) } else { self.reader.row_at(self.start) }
    }

    /// The number of the line of each hit of the last look.
    pub(super) fn numbers(&mut self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::with_capacity(self.hits.len());
        if self.hits.is_empty() {
            return Ok(numbers);
        }
        let mut at = (self.start - self.from) as usize;
        let mut line = self.reader.row_at(self.start)?;
        for hit in &self.hits {
            line += memchr::memchr_iter(b'\n', &self.buffer[at..hit.start.max(at)]).count() as u64;
            at = at.max(hit.start);
            numbers.push(line);
        }
        Ok(numbers)
    }

    /// The hits of the last look, at most `most` of them, with what they show.
    pub(super) fn shown(&mut self, wanted: &Wanted, most: usize) -> io::Result<Vec<Hit>> {
        self.hits.truncate(most);
        let numbers = self.numbers()?;
        let masks = self.reader.masks()?;
        let matcher = wanted.matcher.as_ref().filter(|_| !wanted.invert);
        let from = (self.start - self.from) as usize;
        let text = |hit: &Range<usize>| {
            // What reaches into the block may begin with the end of a secret.
            let reaches_in = hit.start == from && from > 0 && self.buffer[from - 1] != b'\n';
            let start = if reaches_in { (from + masks.longest()).min(hit.end) } else { hit.start };
            let line = &self.buffer[start..hit.end];
            let found = matcher.filter(|_| line.len() > LINE_CUT).and_then(|matcher| matcher.first(line, masks));
            plain::of_line(line, found.unwrap_or(0), masks)
        };
        Ok(self.hits.iter().zip(numbers).map(|(hit, line)| Hit { line, text: text(hit) }).collect())
    }

    /// Reads on until the buffer holds all up to this offset, as far as there is anything.
    fn fill(&mut self, to: u64) -> Tried<()> {
        let mut filled = self.buffer.len();
        self.buffer.resize((to - self.from) as usize, 0);
        while filled < self.buffer.len() {
            match self.reader.read(self.from + filled as u64, &mut self.buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    /// Whether the line that the byte at `last` is in ends in what was read.
    fn has_end(&self, last: usize) -> bool {
        memchr::memchr(b'\n', &self.buffer[last..]).is_some()
    }

    /// Where the line ends that the byte at `last` is in.
    fn line_end(&mut self, last: usize, part_end: u64) -> Tried<LineEnd> {
        if let Some(at) = memchr::memchr(b'\n', &self.buffer[last..]) {
            return Ok(LineEnd::At(last + at));
        }
        let looked_at = self.buffer.len();
        self.fill((self.from + (last + 1 + self.grain.long) as u64).min(part_end).max(self.from + looked_at as u64))?;
        Ok(match memchr::memchr(b'\n', &self.buffer[looked_at..]) {
            Some(at) => LineEnd::At(looked_at + at),
            None if self.from + (self.buffer.len() as u64) < part_end => LineEnd::Far,
            None => LineEnd::OfPart,
        })
    }

    /// Looks through whole lines.
    fn each(&mut self, wanted: &Wanted, masks: &Masks, lines: Range<usize>) -> io::Result<()> {
        let Self { hits, buffer, .. } = self;
        wanted.each(&buffer[lines.clone()], masks, &mut |hit| {
            hits.push(lines.start + hit.start..lines.start + hit.end);
        });
        if let Some(stream) = wanted.stream {
            let mut piece = Piece::default();
            let mut kept = Vec::with_capacity(self.hits.len());
            for hit in std::mem::take(&mut self.hits) {
                if self.reader.origin(self.from + hit.start as u64, &mut piece)?.0 == stream {
                    kept.push(hit);
                }
            }
            self.hits = kept;
        }
        Ok(())
    }

    /// Looks at the first part of a long line that begins at `start`.
    fn begin(&mut self, wanted: &Wanted, masks: &Masks, start: usize, last: usize) -> io::Result<Carry> {
        let of_stream = match wanted.stream {
            Some(stream) => self.reader.origin(self.from + start as u64, &mut Piece::default())?.0 == stream,
            None => true,
        };
        let end = (last + 1 + self.grain.overlap).min(self.buffer.len());
        let own = last + 1 - start + masks.longest();
        let part = &self.buffer[start..end];
        if !of_stream || !wanted.admits_level(part, masks) {
            return Ok(Carry::Done);
        }
        let matches = wanted.is_match_in_part(part, masks, true, own);
        Ok(self.counted(wanted, matches, start..last + 1, false))
    }

    /// Looks at the next part of a long line, which ends at `end`; of what matches there, what begins before `own` counts.
    fn go_on(&mut self, wanted: &Wanted, masks: &Masks, carry: Carry, end: usize, own: usize, over: bool) -> Carry {
        if carry != Carry::Pending {
            return if over { Carry::None } else { carry };
        }
        let part = &self.buffer[..end.min(self.buffer.len())];
        let matches = wanted.is_match_in_part(part, masks, false, if over { own } else { own + masks.longest() });
        let start = (self.start - self.from) as usize;
        self.counted(wanted, matches, start..end.max(start), over)
    }

    /// Counts a long line when it is known to be wanted, and says how it goes on.
    fn counted(&mut self, wanted: &Wanted, matches: bool, part: Range<usize>, over: bool) -> Carry {
        let unmatched = wanted.wants_unmatched();
        if matches && !unmatched || !matches && unmatched && over {
            self.hits.push(part.start..part.end.min(self.buffer.len()));
        }
        match (over, matches) {
            (true, _) => Carry::None,
            (false, true) => Carry::Done,
            (false, false) => Carry::Pending,
        }
    }
}

/// Where the last line that begins in a block ends.
#[derive(Debug, Clone, Copy)]
enum LineEnd {
    /// At this byte of the buffer.
    At(usize),
    /// Where the part of the output ends.
    OfPart,
    /// Further away than what is read of it.
    Far,
}

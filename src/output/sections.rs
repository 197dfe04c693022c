//! Places in an output by what its index knows: the line of a time, and where a section begins. No byte of the output is read.

use std::io;

use jiff::{SignedDuration, Timestamp};

use super::index::Record;
use super::reader::Reader;

/// Records that are looked at in one step.
const STEP: u32 = 20_000;

/// A search for the next section, which goes on in steps.
#[derive(Debug)]
pub struct SectionSearch {
    /// The number of the record to look at next.
    at: u64,
    backward: bool,
    /// Silence longer than this begins a section.
    pause: SignedDuration,
    /// A section of this line or one at the wrong side of it is not meant.
    line: u64,
    found: Option<u64>,
}

impl SectionSearch {
    /// The line at which the section begins, once the search is over; `None` when there is none.
    pub fn found(&self) -> Option<u64> {
        self.found
    }
}

impl Reader {
    /// The number of the first line that was printed at this time or later; of the last line when there is none. Where the
    /// clock was set back it is one of those that fit. It costs as much as the logarithm of the output.
    pub fn line_at_time(&mut self, at: Timestamp) -> io::Result<u64> {
        let last = self.rows().above(self.lines(), 1);
        let record = match &mut self.pieces {
            Some(pieces) => pieces.since(at)?,
            None => None,
        };
        Ok(record.map_or(last, |record| self.line_of_record(record)))
    }

    /// A search for the first line behind `line`, or `backward` the last one before it, at which another attempt begins, or
    /// another stream, or which was printed after more than a `pause`.
    pub fn sections(&mut self, line: u64, backward: bool, pause: SignedDuration) -> io::Result<SectionSearch> {
        let offset = self.line_offset(line)?;
        let at = match &mut self.pieces {
            Some(pieces) => pieces.number_at(offset)?,
            None => 0,
        };
        Ok(SectionSearch { at, backward, pause, line, found: None })
    }

    /// Goes on with a search; false when it is over.
    pub fn step_sections(&mut self, search: &mut SectionSearch) -> io::Result<bool> {
        for _ in 0..STEP {
            let Some(pieces) = &mut self.pieces else { return Ok(false) };
            let (before, here) = (
                match search.at.checked_sub(1) {
                    Some(before) => pieces.record(before)?,
                    None => None,
                },
                pieces.record(search.at)?,
            );
            let Some(here) = here else {
                if search.backward && search.at > 0 {
                    search.at -= 1;
                    continue;
                }
                return Ok(false);
            };
            let begins = before.is_none_or(|before| {
                let silence = here.at.duration_since(before.at);
                before.stream != here.stream || before.attempt != here.attempt || silence > search.pause
            });
            let line = self.line_of_record(here);
            if begins && if search.backward { line < search.line } else { line > search.line } {
                search.found = Some(line);
                return Ok(false);
            }
            match (search.backward, search.at.checked_sub(1)) {
                (true, None) => return Ok(false),
                (true, Some(before)) => search.at = before,
                (false, _) => search.at += 1,
            }
        }
        Ok(true)
    }

    /// How many lines and gaps there are before a row.
    pub(super) fn index_of_row(&self, row: u64) -> u64 {
        let above = self.missing().iter().take_while(|missing| missing.next <= row);
        row - above.map(|missing| missing.next - missing.row - 1).sum::<u64>()
    }

    /// How many lines and gaps began before a time.
    pub(super) fn rows_before(&mut self, at: Timestamp) -> io::Result<u64> {
        let record = match &mut self.pieces {
            Some(pieces) => pieces.since(at)?,
            None => None,
        };
        let Some(record) = record else { return Ok(self.index_of_row(self.lines())) };
        let (lines, begun) = self.line_at(record.offset)?;
        let row = lines + self.shift_at(record.offset) + u64::from(begun);
        Ok(self.index_of_row(self.rows().of(row)))
    }

    /// The times of the first and of the last piece; `None` when there is none.
    pub(super) fn times(&mut self) -> io::Result<Option<(Timestamp, Timestamp)>> {
        let Some(pieces) = &mut self.pieces else { return Ok(None) };
        let first = pieces.record(0)?;
        Ok(first.zip(pieces.last()?).map(|(first, last)| (first.at, last.at)))
    }

    /// The line in which a piece begins.
    fn line_of_record(&self, record: Record) -> u64 {
        let line = record.lines + self.shift_at(record.offset);
        self.rows().of(line.min(self.lines().saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::Stream;
    use super::super::writer::Writer;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn output() -> (tempfile::TempDir, Reader) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        for (seconds, stream, text) in [
            (0, Stream::Out, "0\n1\n"),
            (1, Stream::Out, "2\n"),
            (2, Stream::Err, "3\n4\n"),
            (3, Stream::Out, "5\n"),
            (20, Stream::Out, "6\n7\n"),
            (21, Stream::Out, "8\n"),
        ] {
            writer.append(stream, at(seconds), text.as_bytes());
        }
        drop(writer);
        let mut writer = Writer::new(folder.path(), 2);
        writer.append(Stream::Out, at(22), b"9\n");
        drop(writer);
        let reader = Reader::open(folder.path()).unwrap();
        (folder, reader)
    }

    #[test]
    fn a_time_leads_to_the_first_line_that_was_printed_then_or_later() {
        let (_folder, mut reader) = output();
        let lines: Vec<u64> =
            [-5, 0, 1, 2, 3, 4, 19, 20, 22, 99].iter().map(|s| reader.line_at_time(at(*s)).unwrap()).collect();
        assert_eq!(lines, [0, 0, 2, 3, 5, 6, 6, 6, 9, 9]);
    }

    #[test]
    fn sections_begin_with_an_attempt_another_stream_and_after_a_pause() {
        let (_folder, mut reader) = output();
        let mut section = |line, backward| {
            let mut search = reader.sections(line, backward, SignedDuration::from_secs(5)).unwrap();
            while reader.step_sections(&mut search).unwrap() {}
            search.found()
        };
        let forward: Vec<_> = (0..10).map(|line| section(line, false)).collect();
        assert_eq!(forward, [Some(3), Some(3), Some(3), Some(5), Some(5), Some(6), Some(9), Some(9), Some(9), None]);
        let backward: Vec<_> = (0..10).map(|line| section(line, true)).collect();
        assert_eq!(backward, [None, Some(0), Some(0), Some(0), Some(3), Some(3), Some(5), Some(6), Some(6), Some(6)]);
    }
}

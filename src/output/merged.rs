//! Several outputs as one, in the order of time: any window of it at once, whatever their sizes.
//!
//! A line is at the time of its first byte; at the same time, the order is that of the outputs. So the number of a line among all is
//! known from the indexes alone: how many lines each output has before a time is a matter of seeking.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::lines::Line;
use super::reader::Reader;

/// Several outputs.
#[derive(Debug)]
pub struct Merged {
    readers: Vec<Reader>,
}

impl Merged {
    /// The outputs in these run folders.
    pub fn open(folders: &[PathBuf]) -> io::Result<Self> {
        Ok(Self { readers: folders.iter().map(|folder| Reader::open(folder)).collect::<io::Result<_>>()? })
    }

    /// Looks for what was added, and says whether there was any.
    pub fn refresh(&mut self) -> io::Result<bool> {
        let mut any = false;
        for reader in &mut self.readers {
            any |= reader.refresh()?;
        }
        Ok(any)
    }

    /// The number of lines and gaps of all of them together.
    pub fn lines(&self) -> u64 {
        self.readers.iter().map(|reader| reader.index_of_row(reader.lines())).sum()
    }

    /// The number of their bytes.
    pub fn bytes(&self) -> u64 {
        self.readers.iter().map(Reader::bytes).sum()
    }

    /// At most `count` lines from number `first` on, each with the place of its output among them.
    pub fn line_window(&mut self, first: u64, count: usize) -> io::Result<Vec<(usize, Line)>> {
        let starts = self.split(first)?;
        let mut waiting = Vec::with_capacity(self.readers.len());
        for (reader, start) in self.readers.iter_mut().zip(starts) {
            let number = reader.rows().below(0, start);
            waiting.push(reader.line_window(number, count)?.into_iter().peekable());
        }
        let mut lines = Vec::with_capacity(count.min(1024));
        while lines.len() < count {
            let heads = waiting.iter_mut().enumerate().filter_map(|(source, lines)| Some((lines.peek()?.at, source)));
            let Some((_, source)) = heads.min() else { break };
            lines.extend(waiting[source].next().map(|line| (source, line)));
        }
        Ok(lines)
    }

    /// How many rows of each output are before the row with this number.
    fn split(&mut self, number: u64) -> io::Result<Vec<u64>> {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        for reader in &mut self.readers {
            if let Some((first, last)) = reader.times()? {
                (low, high) = (low.min(first.as_microsecond()), high.max(last.as_microsecond()));
            }
        }
        // The first time up to which there are more rows than that.
        while low < high {
            let middle = low + (high - low) / 2;
            if self.before(middle + 1)?.iter().sum::<u64>() > number {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let mut split = self.before(low)?;
        let upto = self.before(low.saturating_add(1))?;
        // Of those of the same time, as many as are missing.
        let mut left = number.saturating_sub(split.iter().sum());
        for (before, upto) in split.iter_mut().zip(upto) {
            let taken = left.min(upto - *before);
            *before += taken;
            left -= taken;
        }
        Ok(split)
    }

    /// How many rows of each output are before a time in microseconds.
    fn before(&mut self, micros: i64) -> io::Result<Vec<u64>> {
        let at = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        self.readers.iter_mut().map(|reader| reader.rows_before(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::index::Stream;
    use super::super::writer::Writer;
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + millis.cast_signed()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        #[test]
        fn every_window_is_a_part_of_all_lines_in_the_order_of_time(
            outputs in prop::collection::vec(prop::collection::vec((0_u64..3, 1_usize..4), 0..30), 1..4),
            from in 0_u64..60,
            count in 1_usize..40,
        ) {
            let folders: Vec<tempfile::TempDir> = outputs.iter().map(|_| tempfile::tempdir().unwrap()).collect();
            let mut expected: Vec<(Timestamp, usize, String)> = Vec::new();
            for (source, (pieces, folder)) in outputs.iter().zip(&folders).enumerate() {
                let (mut writer, mut millis) = (Writer::new(folder.path(), 1), 0);
                for (number, (later, lines)) in pieces.iter().enumerate() {
                    // So far apart that each has a record of its own.
                    millis += later * 100;
                    let stream = if number % 2 == 0 { Stream::Out } else { Stream::Err };
                    let text: Vec<String> = (0..*lines).map(|line| format!("{source} {number} {line}")).collect();
                    writer.append(stream, at(millis), (text.join("\n") + "\n").as_bytes());
                    expected.extend(text.into_iter().map(|text| (at(millis), source, text)));
                }
            }
            expected.sort_by_key(|(at, source, _)| (*at, *source));
            let paths: Vec<PathBuf> = folders.iter().map(|folder| folder.path().to_owned()).collect();
            let mut merged = Merged::open(&paths).unwrap();
            prop_assert_eq!(merged.lines(), expected.len() as u64);
            let window = merged.line_window(from, count).unwrap();
            let window: Vec<_> = window
                .into_iter()
                .map(|(source, line)| (line.at, source, String::from_utf8(line.bytes).unwrap()))
                .collect();
            let expected: Vec<_> = expected.into_iter().skip(from as usize).take(count).collect();
            prop_assert_eq!(window, expected);
        }
    }
}

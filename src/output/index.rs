//! The sidecar index of an output: a fixed-size record for each piece, so that a reader can seek.

use jiff::Timestamp;

/// The file of raw bytes in a run folder: both streams, in order of arrival (O1).
pub const OUTPUT_FILE: &str = "output";
/// The file of [`Record`]s beside it.
pub const INDEX_FILE: &str = "output.idx";
/// Bytes of one record in the index file.
pub const RECORD_SIZE: usize = 32;

/// Where a piece of output was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The start of a piece: bytes of one stream that arrived together. It ends where the next one starts.
///
/// On disk, little-endian: offset u64, lines u64, time i64 (microseconds since the Unix epoch), stream u8 (1 out,
/// 2 err), attempt u32 (0 for the first one), 3 zero bytes. Offsets, line counts and attempts never decrease from record to
/// record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Its first byte in the output file.
    pub offset: u64,
    /// Number of `\n` before that byte.
    pub lines: u64,
    /// When it arrived, to the microsecond.
    pub at: Timestamp,
    /// Where it was printed.
    pub stream: Stream,
    /// Which attempt of the run printed it, from 1 (R6).
    pub attempt: u32,
}

impl Record {
    /// The record as it is stored.
    pub fn to_bytes(self) -> [u8; RECORD_SIZE] {
        let mut bytes = [0; RECORD_SIZE];
        bytes[0..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.lines.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.at.as_microsecond().to_le_bytes());
        bytes[24] = match self.stream {
            Stream::Out => 1,
            Stream::Err => 2,
        };
        let attempt = if self.attempt > 1 { self.attempt } else { 0 };
        bytes[25..29].copy_from_slice(&attempt.to_le_bytes());
        bytes
    }

    /// The record that is stored in `bytes`; `None` for what no writer wrote (zeros after a power loss).
    pub fn from_bytes(bytes: &[u8; RECORD_SIZE]) -> Option<Self> {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            word
        };
        let stream = match bytes[24] {
            1 => Stream::Out,
            2 => Stream::Err,
            _ => return None,
        };
        let (offset, lines) = (u64::from_le_bytes(word(0)), u64::from_le_bytes(word(8)));
        let at = Timestamp::from_microsecond(i64::from_le_bytes(word(16))).ok()?;
        let attempt = u32::from_le_bytes([bytes[25], bytes[26], bytes[27], bytes[28]]).max(1);
        (lines <= offset).then_some(Self { offset, lines, at, stream, attempt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_stored_in_the_documented_layout_and_comes_back() {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        let record = Record { offset: 0x0102, lines: 3, at, stream: Stream::Err, attempt: 1 };
        let bytes = record.to_bytes();
        assert_eq!(bytes[0..8], [2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[8], 3);
        assert_eq!(bytes[16..24], 1_700_000_000_123_456_i64.to_le_bytes());
        assert_eq!(bytes[24..], [2, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Record::from_bytes(&bytes), Some(record));
        let fourth = Record { attempt: 4, ..record };
        let bytes = fourth.to_bytes();
        assert_eq!(bytes[24..], [2, 4, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Record::from_bytes(&bytes), Some(fourth));
    }

    #[test]
    fn bytes_that_no_writer_wrote_are_no_record() {
        assert_eq!(Record::from_bytes(&[0; RECORD_SIZE]), None);
        assert_eq!(Record::from_bytes(&[0xff; RECORD_SIZE]), None);
        let mut impossible_time = [0; RECORD_SIZE];
        impossible_time[16..24].copy_from_slice(&i64::MAX.to_le_bytes());
        impossible_time[24] = 1;
        assert_eq!(Record::from_bytes(&impossible_time), None);
        let mut more_lines_than_bytes = [0; RECORD_SIZE];
        (more_lines_than_bytes[8], more_lines_than_bytes[24]) = (1, 1);
        assert_eq!(Record::from_bytes(&more_lines_than_bytes), None);
    }
}

//! Places of an output where bytes are missing: its cap dropped them, or the disk refused them (O2).

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::pieces::read_at;

/// The file of [`Gap`]s beside the output: first the one that the cap made, then in order those that the disk made. The place of
/// one that there is not is all zeros. It comes into being with the first gap, or before that when the output is no small one.
pub const GAP_FILE: &str = "output.gap";
/// Bytes of one gap in that file, which therefore lies in one sector of a disk.
pub const GAP_SIZE: usize = 128;
/// Gaps that the disk makes, at most: a later one reaches back to the last.
pub(super) const MOST_REFUSED: usize = 1000;
/// A gap that is written at this very moment is read again so often; one that stays torn is none.
const LOOKS: u32 = 10;

/// Bytes that were printed and not kept. In the output file they are a hole: what is behind them has its true offset.
///
/// On disk, little-endian: from u64, to u64, line u64, line ends u64, cap u64 (0 when it was the disk), first and last dropped
/// record of the index u64 each, time i64 (microseconds since the Unix epoch), begun u8, zeros, and in the last 8 bytes a
/// checksum of all before. It is on the disk before the bytes go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The first byte that is missing.
    pub from: u64,
    /// The first byte behind it.
    pub to: u64,
    /// Number of `\n` before `from`.
    pub line: u64,
    /// Number of `\n` that are missing.
    pub line_ends: u64,
    /// The line at `from` has begun before it: the gap ends it.
    pub begun: bool,
    /// The cap that made it, in bytes; `None` when the disk had no room.
    pub cap: Option<u64>,
    /// When the last of it was dropped, to the microsecond.
    pub at: Timestamp,
    /// Records of the index that are dropped with it.
    pub(super) records: Range<u64>,
}

impl Gap {
    /// How many bytes are missing.
    pub const fn bytes(&self) -> u64 {
        self.to - self.from
    }

    /// Whether this byte is missing.
    pub fn contains(&self, offset: u64) -> bool {
        (self.from..self.to).contains(&offset)
    }

    pub(super) fn to_bytes(&self) -> [u8; GAP_SIZE] {
        let words = [
            self.from,
            self.to,
            self.line,
            self.line_ends,
            self.cap.unwrap_or(0),
            self.records.start,
            self.records.end,
            self.at.as_microsecond().cast_unsigned(),
            u64::from(self.begun),
        ];
        let mut bytes = [0; GAP_SIZE];
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        let sum = checksum(&bytes[..GAP_SIZE - 8]);
        bytes[GAP_SIZE - 8..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The gap that is stored in `bytes`; `None` for what no writer wrote wholly.
    fn from_bytes(bytes: &[u8; GAP_SIZE]) -> Option<Self> {
        let word = |number: usize| u64::from_le_bytes(bytes.as_chunks::<8>().0[number]);
        if word(15) != checksum(&bytes[..GAP_SIZE - 8]) {
            return None;
        }
        let gap = Self {
            from: word(0),
            to: word(1),
            line: word(2),
            line_ends: word(3),
            cap: Some(word(4)).filter(|cap| *cap > 0),
            records: word(5)..word(6),
            at: Timestamp::from_microsecond(word(7).cast_signed()).ok()?,
            begun: word(8) == 1,
        };
        let sound = gap.from < gap.to && gap.line <= gap.from && gap.line_ends <= gap.bytes();
        (sound && gap.records.start <= gap.records.end).then_some(gap)
    }
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A gap as readers see it, with its place among the lines: it is one row, between its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What is missing. Gaps that the cap's one has swallowed are in it.
    pub gap: Gap,
    /// The number of its row.
    pub row: u64,
    /// The number of the line at its end. The numbers in between are of lines that are missing.
    pub next: u64,
}

/// All gaps of an output, as the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    pub(super) by_cap: Option<Gap>,
    /// Those that the disk made, in order.
    pub(super) refused: Vec<Gap>,
}

impl Gaps {
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let mut looks = 0;
        loop {
            let mut bytes = vec![0; (file.metadata()?.len() as usize).min((MOST_REFUSED + 1) * GAP_SIZE)];
            let read = read_at(file, 0, &mut bytes)?;
            let places = bytes[..read].as_chunks::<GAP_SIZE>().0;
            let is_torn = |place: &[u8; GAP_SIZE]| *place != [0; GAP_SIZE] && Gap::from_bytes(place).is_none();
            looks += 1;
            if looks < LOOKS && places.iter().any(is_torn) {
                continue;
            }
            let by_cap = places.first().and_then(Gap::from_bytes);
            let refused = places.iter().skip(1).filter_map(Gap::from_bytes).collect();
            return Ok(Self { by_cap, refused });
        }
    }

    /// The gaps as they are seen: in order, and none in another.
    pub(super) fn shown(&self) -> Vec<Missing> {
        let mut all: Vec<&Gap> = self.refused.iter().chain(&self.by_cap).collect();
        all.sort_by_key(|gap| (gap.from, std::cmp::Reverse(gap.to)));
        let mut shown: Vec<Missing> = Vec::with_capacity(all.len());
        let mut shift = 0;
        for gap in all {
            if shown.last().is_some_and(|last| gap.from < last.gap.to) {
                continue;
            }
            let row = gap.line + shift + u64::from(gap.begun);
            // Also in the midst of a long line it takes a row, and what follows is the next one.
            let next = (gap.line + gap.line_ends + shift).max(row + 1);
            shift = next - gap.line - gap.line_ends;
            shown.push(Missing { gap: gap.clone(), row, next });
        }
        shown
    }
}

/// The gap file of an output, as it was read last.
#[derive(Debug, Default)]
pub(super) struct GapFile {
    file: Option<File>,
    gaps: Gaps,
    shown: Vec<Missing>,
    rows: Rows,
}

impl GapFile {
    /// Reads what is new, and says whether there is anything.
    pub(super) fn refresh(&mut self, folder: &Path) -> io::Result<bool> {
        if self.file.is_none() {
            self.file = match File::open(folder.join(GAP_FILE)) {
                Ok(file) => Some(file),
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
                Err(e) => return Err(e),
            };
        }
        let Some(file) = &self.file else { return Ok(false) };
        let gaps = Gaps::read(file)?;
        if gaps == self.gaps {
            return Ok(false);
        }
        self.shown = gaps.shown();
        self.rows = Rows(self.shown.iter().map(|missing| missing.row..missing.next).collect());
        self.gaps = gaps;
        Ok(true)
    }

    /// What is known, without the file, which is opened anew.
    pub(super) fn fork(&self) -> Self {
        Self { file: None, gaps: self.gaps.clone(), shown: self.shown.clone(), rows: self.rows.clone() }
    }

    /// In order.
    pub(super) fn shown(&self) -> &[Missing] {
        &self.shown
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The gap in which the byte at `offset` is missing.
    pub(super) fn at(&self, offset: u64) -> Option<&Missing> {
        let after = self.shown.partition_point(|missing| missing.gap.from <= offset);
        self.shown[..after].last().filter(|missing| missing.gap.contains(offset))
    }

    /// The gap that has this row, or in which the line with this number is missing.
    pub(super) fn at_row(&self, row: u64) -> Option<&Missing> {
        let after = self.shown.partition_point(|missing| missing.row <= row);
        self.shown[..after].last().filter(|missing| row < missing.next)
    }

    /// The last gap before or at this offset.
    pub(super) fn before(&self, offset: u64) -> Option<&Missing> {
        let after = self.shown.partition_point(|missing| missing.gap.to <= offset);
        self.shown[..after].last()
    }

    /// Where the next gap begins.
    pub(super) fn next_from(&self, offset: u64) -> u64 {
        let before = self.shown.partition_point(|missing| missing.gap.from < offset);
        self.shown.get(before).map_or(u64::MAX, |missing| missing.gap.from)
    }

    /// The records that are dropped of the index.
    pub(super) fn records(&self) -> Range<u64> {
        self.gaps.by_cap.as_ref().map_or(0..0, |gap| gap.records.clone())
    }
}

/// Which numbers are of rows that can be shown: all, but of each gap only its first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(Arc<[Range<u64>]>);

impl Default for Rows {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl Rows {
    /// The row of a line: of a missing one, that of its gap.
    pub fn of(&self, line: u64) -> u64 {
        let after = self.0.partition_point(|gap| gap.start <= line);
        self.0[..after].last().filter(|gap| line < gap.end).map_or(line, |gap| gap.start)
    }

    /// The row that is `count` rows below.
    pub fn below(&self, line: u64, count: u64) -> u64 {
        let (mut row, mut left) = (self.of(line), count);
        for gap in &self.0[self.0.partition_point(|gap| gap.start < row)..] {
            if left <= gap.start - row {
                break;
            }
            left -= gap.start - row + 1;
            row = gap.end;
        }
        row.saturating_add(left)
    }

    /// The row that is `count` rows above, or the first.
    pub fn above(&self, line: u64, count: u64) -> u64 {
        let (mut row, mut left) = (self.of(line), count);
        for gap in self.0[..self.0.partition_point(|gap| gap.start < row)].iter().rev() {
            if left <= row - gap.end {
                break;
            }
            left -= row - gap.end + 1;
            row = gap.start;
        }
        row.saturating_sub(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(from: u64, to: u64, line: u64, line_ends: u64, begun: bool) -> Gap {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        Gap { from, to, line, line_ends, begun, cap: Some(64), at, records: 3..9 }
    }

    #[test]
    fn a_gap_is_stored_in_the_documented_layout_and_a_torn_one_is_none() {
        let gap = gap(0x0102, 0x0304, 5, 6, true);
        let bytes = gap.to_bytes();
        assert_eq!(bytes[0..16], [2, 1, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0]);
        assert_eq!((bytes[16], bytes[24], bytes[32], bytes[40], bytes[48], bytes[64]), (5, 6, 64, 3, 9, 1));
        assert_eq!(Gap::from_bytes(&bytes), Some(gap));
        for at in 0..GAP_SIZE {
            let mut torn = bytes;
            torn[at] ^= 1;
            assert_eq!(Gap::from_bytes(&torn), None, "{at}");
        }
        assert_eq!(Gap::from_bytes(&[0; GAP_SIZE]), None);
    }

    #[test]
    fn o2_a_gap_takes_one_row_and_the_lines_behind_it_have_the_numbers_that_they_were_printed_with() {
        let shown = |gaps: &[Gap]| {
            let gaps = Gaps { by_cap: None, refused: gaps.to_vec() };
            gaps.shown().iter().map(|missing| (missing.row, missing.next)).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[gap(10, 100, 2, 50, false)]), [(2, 52)]);
        assert_eq!(shown(&[gap(10, 100, 2, 50, true)]), [(3, 52)]);
        // In the midst of a line there are three rows where one was printed.
        assert_eq!(shown(&[gap(10, 100, 2, 0, true), gap(200, 300, 2, 5, true)]), [(3, 4), (5, 9)]);
        assert_eq!(shown(&[gap(10, 100, 2, 0, false)]), [(2, 3)]);
    }

    #[test]
    fn o2_a_gap_in_another_one_is_not_seen() {
        let gaps = Gaps {
            by_cap: Some(gap(50, 500, 5, 50, false)),
            refused: vec![gap(10, 20, 1, 1, false), gap(60, 70, 6, 1, false), gap(600, 700, 60, 1, false)],
        };
        let from: Vec<_> = gaps.shown().iter().map(|missing| missing.gap.from).collect();
        assert_eq!(from, [10, 50, 600]);
    }

    #[test]
    fn rows_are_counted_over_gaps_in_both_directions() {
        let rows = Rows(vec![3..10, 12..13, 20..1000].into());
        // 0 1 2 [3..10) 10 11 [12] 13 14 ... 19 [20..1000) 1000 ...
        let all: Vec<u64> = (0..=3).chain(10..=20).chain(1000..1010).collect();
        for (n, row) in all.iter().enumerate() {
            for (m, other) in all.iter().enumerate() {
                if m >= n {
                    assert_eq!(rows.below(*row, (m - n) as u64), *other, "{row} + {}", m - n);
                } else {
                    assert_eq!(rows.above(*row, (n - m) as u64), *other, "{row} - {}", n - m);
                }
            }
        }
        assert_eq!((rows.of(9), rows.of(10), rows.of(999), rows.above(999, 1), rows.below(5, 1)), (3, 10, 20, 19, 10));
        assert_eq!(rows.above(2, 9), 0);
    }
}

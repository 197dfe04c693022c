//! Finds the piece of an output that holds a byte or a line, by binary search in the index file.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::index::{RECORD_SIZE, Record};

/// Records that are read at once: one page of the file.
const BLOCK: u64 = 128;

/// Bytes of one stream that arrived together.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    /// What the index says about it; `None` for bytes that it does not know.
    pub(super) record: Option<Record>,
    /// Its place in the output. The last piece has no end.
    pub(super) range: Range<u64>,
}

impl Piece {
    /// The attempt that printed it; what the index does not know is the first one's.
    pub(super) fn attempt(&self) -> u32 {
        self.record.map_or(1, |record| record.attempt)
    }
}

/// The records of an index file. Nothing but the block that was used last is in memory.
#[derive(Debug)]
pub(super) struct Pieces {
    file: File,
    /// Without those of the hole: their numbers go on behind it.
    count: u64,
    /// The records that the cap dropped.
    hole: Range<u64>,
    block: Vec<u8>,
    block_first: u64,
    /// The piece that [`Pieces::covering`] found last: the next one is nearly always this or its successor.
    near: u64,
}

impl Pieces {
    /// The index at `path`, with nothing taken from it yet; `None` when there is none.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self { file, count: 0, hole: 0..0, block: Vec::new(), block_first: 0, near: 0 })),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// The same records through another buffer.
    pub(super) fn fork(&self) -> io::Result<Self> {
        let file = self.file.try_clone()?;
        Ok(Self { file, hole: self.hole.clone(), block: Vec::new(), ..*self })
    }

    /// Takes the records that were added since, as far as their first byte exists in an output of `end` bytes. A torn
    /// record at the end waits until it is whole; what no writer wrote, and all after it, is left out; so is the `hole`.
    pub(super) fn refresh(&mut self, end: u64, hole: Range<u64>) -> io::Result<()> {
        let stored = self.file.metadata()?.len() / RECORD_SIZE as u64;
        let stored = if stored < hole.end { stored.min(hole.start) } else { stored - (hole.end - hole.start) };
        if hole != self.hole {
            (self.hole, self.count, self.near) = (hole, 0, 0);
        }
        self.block.clear();
        self.count =
            self.partition_point(self.count, stored, |record| record.is_some_and(|record| record.offset < end))?;
        // The block may hold records that are not final.
        self.block.clear();
        Ok(())
    }

    /// The place in the file behind the records that were taken.
    pub(super) fn end(&self) -> u64 {
        self.place(self.count)
    }

    /// The place in the file of the last record whose piece begins at `offset` or before it.
    pub(super) fn place_of(&mut self, offset: u64) -> io::Result<Option<u64>> {
        let after =
            self.partition_point(0, self.count, |record| record.is_some_and(|record| record.offset <= offset))?;
        Ok(after.checked_sub(1).map(|number| self.place(number)))
    }

    /// The place in the file of the record with this number.
    fn place(&self, number: u64) -> u64 {
        if number < self.hole.start { number } else { number + (self.hole.end - self.hole.start) }
    }

    /// The first record of this attempt, or of a later one.
    pub(super) fn of_attempt(&mut self, attempt: u32) -> io::Result<Option<Record>> {
        let before = |record: Option<Record>| record.is_some_and(|record| record.attempt < attempt);
        let first = self.partition_point(0, self.count, before)?;
        if first < self.count { self.get(first) } else { Ok(None) }
    }

    /// The first record of this time or a later one.
    pub(super) fn since(&mut self, at: jiff::Timestamp) -> io::Result<Option<Record>> {
        let first = self.partition_point(0, self.count, |record| record.is_some_and(|record| record.at < at))?;
        self.record(first)
    }

    /// The number of the piece that holds `offset`.
    pub(super) fn number_at(&mut self, offset: u64) -> io::Result<u64> {
        let after =
            self.partition_point(0, self.count, |record| record.is_some_and(|record| record.offset <= offset))?;
        Ok(after.saturating_sub(1))
    }

    /// The record with this number; `None` behind the last.
    pub(super) fn record(&mut self, number: u64) -> io::Result<Option<Record>> {
        if number < self.count { self.get(number) } else { Ok(None) }
    }

    /// The last record.
    pub(super) fn last(&mut self) -> io::Result<Option<Record>> {
        if self.count == 0 { Ok(None) } else { self.get(self.count - 1) }
    }

    /// The last record that has fewer than `line` line ends before it.
    pub(super) fn before_line(&mut self, line: u64) -> io::Result<Option<Record>> {
        let after = self.partition_point(0, self.count, |record| record.is_some_and(|record| record.lines < line))?;
        if after == 0 { Ok(None) } else { self.get(after - 1) }
    }

    /// The piece that holds the byte at `offset`.
    pub(super) fn covering(&mut self, offset: u64) -> io::Result<Piece> {
        for number in [self.near, self.near + 1] {
            if number < self.count {
                let piece = self.piece(number)?;
                if piece.range.contains(&offset) {
                    self.near = number;
                    return Ok(piece);
                }
            }
        }
        let after =
            self.partition_point(0, self.count, |record| record.is_some_and(|record| record.offset <= offset))?;
        if after == 0 {
            return Ok(Piece { record: None, range: 0..self.start(0)?.max(offset + 1) });
        }
        self.near = after - 1;
        let mut piece = self.piece(self.near)?;
        // Whatever a damaged index says, a piece is not empty: its readers go on from its end.
        piece.range.end = piece.range.end.max(offset + 1);
        Ok(piece)
    }

    fn piece(&mut self, number: u64) -> io::Result<Piece> {
        Ok(Piece { record: self.get(number)?, range: self.start(number)?..self.start(number + 1)? })
    }

    fn start(&mut self, number: u64) -> io::Result<u64> {
        let record = if number < self.count { self.get(number)? } else { None };
        Ok(record.map_or(u64::MAX, |record| record.offset))
    }

    /// The first number in `low..high` whose record does not fulfil `before`.
    fn partition_point(
        &mut self,
        mut low: u64,
        mut high: u64,
        before: impl Fn(Option<Record>) -> bool,
    ) -> io::Result<u64> {
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.get(middle)?) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The record with this number, from 0 and without the hole; `None` when there is none or it is damaged.
    fn get(&mut self, number: u64) -> io::Result<Option<Record>> {
        let place = self.place(number);
        let in_block = |block: &[u8], first: u64| {
            let at = usize::try_from(place.checked_sub(first)?).ok()?;
            block.as_chunks::<RECORD_SIZE>().0.get(at).copied()
        };
        if let Some(bytes) = in_block(&self.block, self.block_first) {
            return Ok(Record::from_bytes(&bytes));
        }
        self.block_first = place - place % BLOCK;
        self.block.resize(BLOCK as usize * RECORD_SIZE, 0);
        let read = read_at(&self.file, self.block_first * RECORD_SIZE as u64, &mut self.block)?;
        self.block.truncate(read);
        Ok(in_block(&self.block, self.block_first).and_then(|bytes| Record::from_bytes(&bytes)))
    }
}

/// Fills `buffer` with the bytes from `offset` on; returns how many there were.
pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

//! Reads an output of any size, also while it grows: it seeks, and never reads the whole.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::gap::{GapFile, Missing, Rows};
use super::index::{INDEX_FILE, OUTPUT_FILE, Record, Stream};
use super::masks::{Masks, MasksOf};
use super::pieces::{Piece, Pieces, read_at};

/// Bytes that are read from the output at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// An output as it was at the last [`Reader::refresh`]. A file that does not exist is empty.
///
/// Bytes that the index does not know, because it is damaged or lags behind, count to the piece before them; before the
/// first piece they are standard output. Where bytes are missing (O2) there is a gap: it is never read, it takes one row among
/// the lines, and the lines behind it have the numbers with which they were printed. A gap can grow at any time; what it
/// takes is never given out as something else.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    output: Option<File>,
    pub(super) pieces: Option<Pieces>,
    pub(super) gaps: GapFile,
    /// Length of the file.
    stored: u64,
    /// Length of the output: the file can end in a gap.
    pub(super) bytes: u64,
    /// Number of `\n` that were printed.
    pub(super) line_ends: u64,
    ends_with_line_end: bool,
    /// Steps into the part after the last piece's start, for outputs whose index lags far behind.
    pub(super) marks: Vec<Mark>,
    /// Time of bytes that the index does not know.
    modified: Timestamp,
    masks: MasksOf,
}

/// A part of an output, as it is copied.
#[derive(Debug)]
pub enum Part<'a> {
    /// Bytes that one stream printed, or both when it does not matter.
    Bytes(Stream, &'a [u8]),
    /// A gap, from this offset on: the rest of it when it grew meanwhile.
    Missing(&'a Missing, u64),
}

/// Why something could not be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// A gap has grown over it. What is known of the gaps is new by now.
    Moved,
    /// The disk says no.
    Io(io::Error),
}

/// What could be read of an output whose gap grows.
pub(super) type Tried<T> = Result<T, Fault>;

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// So often a gap may grow over what is read before that is an error: each time a part of the cap was printed.
const TRIES: u32 = 200;

/// A place in the output.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) offset: u64,
    /// Number of `\n` before it.
    pub(super) lines: u64,
}

impl From<Record> for Mark {
    fn from(record: Record) -> Self {
        Self { offset: record.offset, lines: record.lines }
    }
}

impl Mark {
    /// The end of a gap.
    pub(super) const fn behind(missing: &Missing) -> Self {
        Self { offset: missing.gap.to, lines: missing.gap.line + missing.gap.line_ends }
    }
}

impl Reader {
    /// The output in a run folder, refreshed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut reader = Self {
            folder: folder.to_owned(),
            output: None,
            pieces: None,
            gaps: GapFile::default(),
            stored: 0,
            bytes: 0,
            line_ends: 0,
            ends_with_line_end: true,
            marks: Vec::new(),
            modified: Timestamp::UNIX_EPOCH,
            masks: MasksOf::new(folder),
        };
        reader.refresh()?;
        Ok(reader)
    }

    /// Looks for what was added or dropped, and says whether there was any. It costs as much as the new bytes after the last
    /// record of the index. An output that was cut short is read anew.
    pub fn refresh(&mut self) -> io::Result<bool> {
        let metadata = self.look_at_file()?;
        self.stored = metadata.as_ref().map_or(0, Metadata::len);
        // The size comes first: what there is of a gap before it was written down before it.
        let dropped = self.look_for_gaps()?;
        // Between the two looks a whole cap can be printed; what is before a gap is there by now.
        let newest = self.gaps.shown().last().map(|missing| &missing.gap);
        if let Some(to) = newest.filter(|gap| self.stored < gap.from).map(|gap| gap.to) {
            self.stored = self.look_at_file()?.map_or(0, |metadata| metadata.len()).min(to);
        }
        let end = self.stored.max(self.gaps.shown().last().map_or(0, |missing| missing.gap.to));
        if end == self.bytes && !dropped {
            return Ok(false);
        }
        let modified = metadata.and_then(|metadata| metadata.modified().ok());
        self.modified = modified.and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(self.modified);
        if end < self.bytes {
            self.forget();
        }
        // So is the record of a byte that exists.
        if self.pieces.is_none() {
            self.pieces = Pieces::open(&self.folder.join(INDEX_FILE))?;
        }
        if let Some(pieces) = &mut self.pieces {
            pieces.refresh(self.stored, self.gaps.records())?;
        }
        self.steady(|reader| reader.count_lines(end))?;
        Ok(true)
    }

    /// The file, opened when it is there.
    fn look_at_file(&mut self) -> io::Result<Option<Metadata>> {
        if self.output.is_none() {
            self.output = match File::open(self.folder.join(OUTPUT_FILE)) {
                Ok(file) => Some(file),
                Err(e) if e.kind() == ErrorKind::NotFound => None,
                Err(e) => return Err(e),
            };
        }
        self.output.as_ref().map(File::metadata).transpose()
    }

    /// What is masked where the output is shown (R9).
    pub fn masks(&mut self) -> io::Result<&Masks> {
        self.masks.current()
    }

    /// Length of the output, with what is missing of it.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number behind the last line; a last line without `\n` is one. Without gaps it is the number of lines.
    pub fn lines(&self) -> u64 {
        self.last_number() + u64::from(!self.ends_with_line_end)
    }

    /// Where in the output an attempt printed (R6); empty when it printed nothing.
    pub fn attempt(&mut self, number: u32) -> io::Result<Range<u64>> {
        let start = self.start_of(number)?.offset;
        // What the index does not know before its first piece is the first attempt's.
        let start = if number <= 1 { 0 } else { start };
        Ok(start..self.start_of(number.saturating_add(1))?.offset)
    }

    /// The lines of an attempt: of the first one the number, and of that behind the last. A line that two attempts share is in both.
    pub fn lines_of_attempt(&mut self, number: u32) -> io::Result<Range<u64>> {
        let (start, end) = (self.start_of(number)?, self.start_of(number.saturating_add(1))?);
        let first = if number <= 1 { 0 } else { start.lines + self.shift_at(start.offset) };
        if start.offset == end.offset && number > 1 {
            return Ok(first..first);
        }
        let last = if end.offset == self.bytes { self.lines() } else { self.lines_before(end)? };
        Ok(first..last)
    }

    /// The number behind the lines that have begun before a piece.
    fn lines_before(&mut self, place: Mark) -> io::Result<u64> {
        let mut byte = [b'\n'];
        if let Some(at) = place.offset.checked_sub(1) {
            self.read_at(at, &mut byte)?;
        }
        Ok(place.lines + self.shift_at(place.offset) + u64::from(byte != *b"\n"))
    }

    /// Where an attempt, or the first one after it that printed, begins; the end when there is none.
    fn start_of(&mut self, attempt: u32) -> io::Result<Mark> {
        let first = self.pieces.as_mut().map(|pieces| pieces.of_attempt(attempt)).transpose()?.flatten();
        Ok(first.map_or(Mark { offset: self.bytes, lines: self.line_ends }, Mark::from))
    }

    /// Which numbers are of lines and gaps that can be shown.
    pub fn rows(&self) -> &Rows {
        self.gaps.rows()
    }

    /// What is missing, in order.
    pub fn missing(&self) -> &[Missing] {
        self.gaps.shown()
    }

    /// Hands the parts of a range to `visit`, exactly, also what is masked where it is shown; those of one stream only when it is
    /// given, and every gap. Returns the offset that was reached, for the next call after a [`Reader::refresh`].
    pub fn copy(
        &mut self,
        range: Range<u64>,
        stream: Option<Stream>,
        visit: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> io::Result<u64> {
        self.walk(range, stream.is_some(), &mut |part| match (part, stream) {
            (Part::Bytes(of, _), Some(stream)) if of != stream => Ok(()),
            (part, _) => visit(part),
        })
    }

    /// Writes the bytes from `from` on to `sink`, without what is missing; otherwise as [`Reader::copy`]. The pieces of one
    /// stream can be small: buffer the sink.
    pub fn copy_raw(&mut self, from: u64, stream: Option<Stream>, sink: &mut dyn Write) -> io::Result<u64> {
        self.copy_range(from..u64::MAX, stream, sink)
    }

    /// As [`Reader::copy_raw`], no further than the end of the range.
    pub fn copy_range(&mut self, range: Range<u64>, stream: Option<Stream>, sink: &mut dyn Write) -> io::Result<u64> {
        self.copy(range, stream, &mut |part| match part {
            Part::Bytes(_, bytes) => sink.write_all(bytes),
            Part::Missing(..) => Ok(()),
        })
    }

    /// As [`Reader::copy`], with both streams; each part is of one, when they are to be `apart`.
    pub fn walk(
        &mut self,
        range: Range<u64>,
        apart: bool,
        visit: &mut dyn FnMut(Part<'_>) -> io::Result<()>,
    ) -> io::Result<u64> {
        let mut chunk = vec![0; CHUNK];
        let mut offset = range.start.min(self.bytes);
        let mut piece = Piece::default();
        loop {
            if offset >= range.end {
                return Ok(offset);
            }
            if let Some(missing) = self.gaps.at(offset) {
                visit(Part::Missing(missing, offset))?;
                offset = missing.gap.to;
                continue;
            }
            let mut bytes = match self.read_before(range.end.min(self.bytes), offset, &mut chunk) {
                Ok(0) => return Ok(offset),
                Ok(read) => &chunk[..read],
                Err(Fault::Moved) => continue,
                Err(Fault::Io(e)) => return Err(e),
            };
            if !apart {
                visit(Part::Bytes(Stream::Out, bytes))?;
                offset += bytes.len() as u64;
                continue;
            }
            while !bytes.is_empty() {
                let (origin, _) = self.origin(offset, &mut piece)?;
                let length = (piece.range.end - offset).min(bytes.len() as u64);
                let (of_piece, others) = bytes.split_at(length as usize);
                visit(Part::Bytes(origin, of_piece))?;
                bytes = others;
                offset += length;
            }
        }
    }

    /// Reads at `offset`: up to the next gap or the end that is known, and never what is missing. Nothing is read in a gap, at
    /// the end, and of what a gap takes at this very moment.
    pub fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self.read(offset, buffer) {
            Ok(read) => Ok(read),
            Err(Fault::Moved) => Ok(0),
            Err(Fault::Io(e)) => Err(e),
        }
    }

    /// The gap in which the byte at `offset` is missing.
    pub fn missing_at(&self, offset: u64) -> Option<&Missing> {
        self.gaps.at(offset)
    }

    /// Another reader of the output as this one knows it, for another thread.
    pub(super) fn fork(&self) -> io::Result<Self> {
        Ok(Self {
            folder: self.folder.clone(),
            output: self.output.as_ref().map(File::try_clone).transpose()?,
            pieces: self.pieces.as_ref().map(Pieces::fork).transpose()?,
            gaps: self.gaps.fork(),
            marks: self.marks.clone(),
            masks: self.masks.clone(),
            ..*self
        })
    }

    /// The bytes around `offset` between two gaps; `None` in a gap and at the end.
    pub(super) fn part_at(&self, offset: u64) -> Option<Range<u64>> {
        if offset >= self.bytes || self.gaps.at(offset).is_some() {
            return None;
        }
        let start = self.gaps.before(offset).map_or(0, |missing| missing.gap.to);
        Some(start..self.bytes.min(self.gaps.next_from(offset)))
    }

    /// The number of the line that the byte at `offset` is in.
    pub(super) fn row_at(&mut self, offset: u64) -> io::Result<u64> {
        Ok(self.line_at(offset)?.0 + self.shift_at(offset))
    }

    /// Takes what is new about the gaps.
    pub(super) fn notice_gaps(&mut self) -> io::Result<()> {
        if self.look_for_gaps()?
            && let Some(pieces) = &mut self.pieces
        {
            pieces.refresh(self.stored, self.gaps.records())?;
        }
        Ok(())
    }

    /// Tries until no gap grew meanwhile.
    pub(super) fn steady<T>(&mut self, mut attempt: impl FnMut(&mut Self) -> Tried<T>) -> io::Result<T> {
        for _ in 0..TRIES {
            match attempt(self) {
                Ok(done) => return Ok(done),
                Err(Fault::Moved) => {}
                Err(Fault::Io(e)) => return Err(e),
            }
        }
        Err(io::Error::new(ErrorKind::ResourceBusy, "it is dropped by its cap faster than it can be read"))
    }

    /// The number of the line that the end is in, or that would begin there.
    pub(super) fn last_number(&self) -> u64 {
        self.line_ends + self.shift_at(self.bytes)
    }

    /// By how much the numbers of lines from `offset` on are ahead of the `\n` before them: a gap in a line takes a row.
    pub(super) fn shift_at(&self, offset: u64) -> u64 {
        self.gaps.before(offset).map_or(0, |missing| missing.next - missing.gap.line - missing.gap.line_ends)
    }

    /// How many `\n` were printed before `offset`, and whether it is within a line that has begun behind any gap.
    pub(super) fn line_at(&mut self, offset: u64) -> io::Result<(u64, bool)> {
        self.steady(|reader| {
            let mut place = match &mut reader.pieces {
                Some(pieces) => pieces.covering(offset)?.record.map_or_else(Mark::default, Mark::from),
                None => Mark::default(),
            };
            let gap = reader.gaps.before(offset).map_or_else(Mark::default, Mark::behind);
            let mark =
                reader.marks.partition_point(|mark| mark.offset < offset).checked_sub(1).map(|n| reader.marks[n]);
            for known in mark.into_iter().chain([gap]) {
                if known.offset > place.offset {
                    place = known;
                }
            }
            let mut chunk = vec![0; CHUNK];
            let mut begun = false;
            if place.offset == offset && offset > gap.offset {
                begun = reader.read(offset - 1, &mut chunk[..1])? == 1 && chunk[0] != b'\n';
            }
            while place.offset < offset {
                let most = chunk.len().min((offset - place.offset) as usize);
                let read = reader.read(place.offset, &mut chunk[..most])?;
                if read == 0 {
                    break;
                }
                begun = chunk[read - 1] != b'\n';
                place.offset += read as u64;
                place.lines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
            }
            Ok((place.lines, begun))
        })
    }

    /// The place in the index behind the records that speak of bytes which exist.
    pub(super) fn records_end(&self) -> u64 {
        self.pieces.as_ref().map_or(0, Pieces::end)
    }

    /// The place in the index of the record of the piece that holds `offset`.
    pub(super) fn record_of(&mut self, offset: u64) -> io::Result<u64> {
        Ok(self.pieces.as_mut().map(|pieces| pieces.place_of(offset)).transpose()?.flatten().unwrap_or(0))
    }

    /// A place to cut at most `reach` bytes before `offset`: where a line begins, if there is such a place.
    pub(super) fn cut_before(&mut self, offset: u64, reach: u64) -> io::Result<u64> {
        if let Some(missing) = self.gaps.at(offset) {
            return Ok(missing.gap.from);
        }
        let mut chunk = vec![0; CHUNK.min(reach.min(offset) as usize)];
        let from = offset - chunk.len() as u64;
        let from = self.gaps.before(offset).map_or(from, |missing| missing.gap.to.max(from));
        let read = self.read_at(from, &mut chunk[..(offset - from) as usize])?;
        Ok(memchr::memrchr(b'\n', &chunk[..read]).map_or(offset, |at| from + at as u64 + 1))
    }

    /// A place to cut at most `reach` bytes behind `offset`.
    pub(super) fn cut_after(&mut self, offset: u64, reach: u64) -> io::Result<u64> {
        if let Some(missing) = self.gaps.at(offset) {
            return Ok(missing.gap.to);
        }
        let mut chunk = vec![0; CHUNK.min(reach as usize)];
        let read = self.read_at(offset, &mut chunk)?;
        Ok(memchr::memchr(b'\n', &chunk[..read]).map_or(offset, |at| offset + at as u64 + 1))
    }

    fn forget(&mut self) {
        (self.bytes, self.line_ends, self.ends_with_line_end) = (0, 0, true);
        self.pieces = None;
        self.marks.clear();
    }

    /// Takes what is new about the gaps, and says whether there is anything.
    fn look_for_gaps(&mut self) -> io::Result<bool> {
        if !self.gaps.refresh(&self.folder)? {
            return Ok(false);
        }
        let Self { gaps, marks, .. } = self;
        marks.retain(|mark| gaps.at(mark.offset).is_none());
        Ok(true)
    }

    /// Counts the line ends up to `end`, from the last piece, from the last gap or from what was counted before, whichever is
    /// later.
    fn count_lines(&mut self, end: u64) -> Tried<()> {
        let last_piece = self.last_piece()?;
        let mut place = Mark { offset: self.bytes, lines: self.line_ends };
        if last_piece.offset > place.offset {
            place = last_piece;
            self.marks.clear();
        }
        let behind = self.gaps.shown().last().map_or_else(Mark::default, Mark::behind);
        let mut last_byte = None;
        if behind.offset > place.offset {
            (place, last_byte) = (behind, Some(b'\n'));
        }
        let mut chunk = vec![0; CHUNK];
        loop {
            let marked = self.marks.last().unwrap_or(&last_piece).offset;
            if place.offset >= marked + CHUNK as u64 {
                self.marks.push(place);
            }
            let read = self.read_before(end, place.offset, &mut chunk)?;
            if read == 0 {
                break;
            }
            last_byte = Some(chunk[read - 1]);
            place.offset += read as u64;
            place.lines += memchr::memchr_iter(b'\n', &chunk[..read]).count() as u64;
        }
        (self.bytes, self.line_ends) = (place.offset, place.lines);
        self.ends_with_line_end = last_byte.map_or(self.ends_with_line_end, |byte| byte == b'\n');
        Ok(())
    }

    fn last_piece(&mut self) -> io::Result<Mark> {
        let last = self.pieces.as_mut().map(Pieces::last).transpose()?.flatten();
        Ok(last.map_or_else(Mark::default, Mark::from))
    }

    /// Stream and time of a byte. `piece` is the one that was found for the byte before.
    pub(super) fn origin(&mut self, offset: u64, piece: &mut Piece) -> io::Result<(Stream, Timestamp)> {
        if !piece.range.contains(&offset) {
            *piece = match &mut self.pieces {
                Some(pieces) => pieces.covering(offset)?,
                None => Piece { record: None, range: 0..u64::MAX },
            };
        }
        Ok(piece.record.map_or((Stream::Out, self.modified), |record| (record.stream, record.at)))
    }

    /// As [`Reader::read_at`], but says so when a gap takes it.
    pub(super) fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Tried<usize> {
        self.read_before(self.bytes, offset, buffer)
    }

    fn read_before(&mut self, end: u64, offset: u64, buffer: &mut [u8]) -> Tried<usize> {
        if self.gaps.at(offset).is_some() {
            return Ok(0);
        }
        let end = end.min(self.gaps.next_from(offset));
        let wanted = buffer.len().min(usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX));
        let Some(output) = &self.output else { return Ok(0) };
        let read = read_at(output, offset, &mut buffer[..wanted])?;
        // Before a byte goes, its gap is written down: what is in none by now was there when it was read.
        if read > 0 && self.look_for_gaps()? {
            if let Some(pieces) = &mut self.pieces {
                pieces.refresh(self.stored, self.gaps.records())?;
            }
            if self.gaps.at(offset).is_some() || self.gaps.next_from(offset) < offset + read as u64 {
                return Err(Fault::Moved);
            }
        }
        Ok(read)
    }
}

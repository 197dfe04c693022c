//! Reads an output of any size, also while it grows: it seeks, and never reads the whole.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::index::{INDEX_FILE, OUTPUT_FILE, Record, Stream};
use super::masks::{Masks, MasksOf};
use super::pieces::{Piece, Pieces, read_at};

/// Bytes that are read from the output at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// An output as it was at the last [`Reader::refresh`]. A file that does not exist is empty.
///
/// Bytes that the index does not know, because it is damaged or lags behind, count to the piece before them; before the
/// first piece they are standard output.
#[derive(Debug)]
pub struct Reader {
    folder: PathBuf,
    output: Option<File>,
    pub(super) pieces: Option<Pieces>,
    pub(super) bytes: u64,
    pub(super) line_ends: u64,
    ends_with_line_end: bool,
    /// Steps into the part after the last piece's start, for outputs whose index lags far behind.
    pub(super) marks: Vec<Mark>,
    /// Time of bytes that the index does not know.
    modified: Timestamp,
    masks: MasksOf,
}

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

impl Reader {
    /// The output in a run folder, refreshed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut reader = Self {
            folder: folder.to_owned(),
            output: None,
            pieces: None,
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

    /// Looks for what was added, and says whether there was any. It costs as much as the new bytes after the last record
    /// of the index. An output that was cut short is read anew.
    pub fn refresh(&mut self) -> io::Result<bool> {
        if self.output.is_none() {
            self.output = match File::open(self.folder.join(OUTPUT_FILE)) {
                Ok(file) => Some(file),
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
                Err(e) => return Err(e),
            };
        }
        let Some(output) = &self.output else { return Ok(false) };
        let metadata = output.metadata()?;
        let end = metadata.len();
        if end == self.bytes {
            return Ok(false);
        }
        self.modified = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(self.modified);
        if end < self.bytes {
            self.forget();
        }
        // The size comes first: the record of a byte that exists is in the index, since it was written before it.
        if self.pieces.is_none() {
            self.pieces = Pieces::open(&self.folder.join(INDEX_FILE))?;
        }
        if let Some(pieces) = &mut self.pieces {
            pieces.refresh(end)?;
        }
        self.count_lines(end)?;
        Ok(true)
    }

    /// What is masked where the output is shown (R9).
    pub fn masks(&mut self) -> io::Result<&Masks> {
        self.masks.current()
    }

    /// Length of the output.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Number of lines, a last one without `\n` included.
    pub fn lines(&self) -> u64 {
        self.line_ends + u64::from(!self.ends_with_line_end)
    }

    /// The end of the output as a place.
    pub(super) fn end(&self) -> Mark {
        Mark { offset: self.bytes, lines: self.line_ends }
    }

    /// Records of the index that are in force.
    pub(super) fn records(&self) -> u64 {
        self.pieces.as_ref().map_or(0, Pieces::count)
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
        let first = if number <= 1 { 0 } else { start.lines };
        if start.offset == end.offset && number > 1 {
            return Ok(first..first);
        }
        let last = if end.offset == self.bytes { self.lines() } else { self.lines_before(end)? };
        Ok(first..last)
    }

    /// The lines that have begun before a piece.
    fn lines_before(&self, place: Mark) -> io::Result<u64> {
        let mut byte = [b'\n'];
        if let Some(at) = place.offset.checked_sub(1) {
            self.read(at, &mut byte)?;
        }
        Ok(place.lines + u64::from(byte != *b"\n"))
    }

    /// Where an attempt, or the first one after it that printed, begins; the end when there is none.
    pub(super) fn start_of(&mut self, attempt: u32) -> io::Result<Mark> {
        let first = self.pieces.as_mut().map(|pieces| pieces.of_attempt(attempt)).transpose()?.flatten();
        Ok(first.map_or_else(|| self.end(), Mark::from))
    }

    /// Writes the bytes from `from` on to `sink`, exactly, also those that are masked where they are shown;
    /// those of one stream only when it is given. Returns the offset
    /// that was reached, for the next call after a [`Reader::refresh`]. The pieces of one stream can be small: buffer the
    /// sink.
    pub fn copy_raw(&mut self, from: u64, stream: Option<Stream>, sink: &mut dyn Write) -> io::Result<u64> {
        self.copy_range(from..self.bytes, stream, sink)
    }

    /// As [`Reader::copy_raw`], no further than the end of the range.
    pub fn copy_range(&mut self, range: Range<u64>, stream: Option<Stream>, sink: &mut dyn Write) -> io::Result<u64> {
        match stream {
            Some(Stream::Out) => self.copy_pieces(range, sink, &mut io::sink()),
            Some(Stream::Err) => self.copy_pieces(range, &mut io::sink(), sink),
            None => {
                let end = range.end.min(self.bytes);
                let mut chunk = vec![0; CHUNK];
                let mut offset = range.start.min(end);
                loop {
                    let read = self.read_before(end, offset, &mut chunk)?;
                    if read == 0 {
                        return Ok(offset);
                    }
                    sink.write_all(&chunk[..read])?;
                    offset += read as u64;
                }
            }
        }
    }

    /// As [`Reader::copy_raw`], each stream to a sink of its own, piece by piece in order of arrival.
    pub fn copy_streams(&mut self, from: u64, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u64> {
        self.copy_pieces(from..self.bytes, out, err)
    }

    fn copy_pieces(&mut self, range: Range<u64>, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u64> {
        let end = range.end.min(self.bytes);
        let mut chunk = vec![0; CHUNK];
        let mut offset = range.start.min(end);
        let mut piece = Piece::default();
        loop {
            let read = self.read_before(end, offset, &mut chunk)?;
            if read == 0 {
                return Ok(offset);
            }
            let mut bytes = &chunk[..read];
            while !bytes.is_empty() {
                let (origin, _) = self.origin(offset, &mut piece)?;
                let length = (piece.range.end - offset).min(bytes.len() as u64);
                let (of_piece, others) = bytes.split_at(length as usize);
                match origin {
                    Stream::Out => out.write_all(of_piece)?,
                    Stream::Err => err.write_all(of_piece)?,
                }
                bytes = others;
                offset += length;
            }
        }
    }

    fn forget(&mut self) {
        (self.bytes, self.line_ends, self.ends_with_line_end) = (0, 0, true);
        self.pieces = None;
        self.marks.clear();
    }

    /// Counts the line ends up to `end`, from the last piece or from what was counted before, whichever is later.
    fn count_lines(&mut self, end: u64) -> io::Result<()> {
        let last_piece = self.last_piece()?;
        let mut place = Mark { offset: self.bytes, lines: self.line_ends };
        if last_piece.offset > place.offset {
            place = last_piece;
            self.marks.clear();
        }
        let mut chunk = vec![0; CHUNK];
        let mut last_byte = None;
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

    /// Reads at `offset`, no further than the end that is known.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_before(self.bytes, offset, buffer)
    }

    fn read_before(&self, end: u64, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX));
        match &self.output {
            Some(output) => read_at(output, offset, &mut buffer[..wanted]),
            None => Ok(0),
        }
    }
}

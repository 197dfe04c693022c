//! Appends what a run prints to its output file, and says in the index where each piece came from.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::gap::{GAP_FILE, GAP_SIZE, Gap, Gaps, MOST_REFUSED};
use super::index::{INDEX_FILE, OUTPUT_FILE, RECORD_SIZE, Record, Stream};
use super::reader::Reader;
use super::room;

/// A record at least after this many bytes: a seek scans no more than one such step.
const STEP_BYTES: u64 = 64 * 1024;
/// A piece that comes this long after the one before it is worth a record of its own.
const PAUSE_MICROS: u64 = 50_000;
/// A steady trickle without pauses gets a record this often, so that no time is further off.
const DRIFT_MICROS: u64 = 1_000_000;

/// The one writer of a run's output.
///
/// It does not buffer: what was appended is in the file, for every reader and whatever becomes of this process. A record
/// goes to the index before its bytes go to the output, so that nobody reads bytes without their stream and time.
///
/// With a cap, the beginning and the end of the output are kept, half of the cap each; what is in between is dropped in steps
/// (O2). What the disk refuses is missing, too. Either is a [`Gap`]: it is written down, and every byte that is kept has the
/// offset with which it was printed.
///
/// The files, `output` and `output.idx`, readable by their owner only, come into being with the first byte: many runs print
/// nothing. Where an earlier writer (another attempt of the run) has ended, this one goes on, with a piece of its own (R6).
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    attempt: u32,
    cap: Option<u64>,
    output: Option<File>,
    index: Option<File>,
    gap_file: Option<File>,
    gaps: Gaps,
    /// Bytes of the gaps.
    missing: u64,
    /// The file system makes no holes: with the cap, only the beginning is kept.
    no_holes: bool,
    /// Where the last byte that was kept ends, or the last gap; and the line ends that were printed before.
    end: u64,
    line: u64,
    /// Whether a line has begun before the end, and behind any gap.
    begun: bool,
    /// What the disk has refused since then.
    refused: Option<Refused>,
    /// Records in the index file.
    records: u64,
    /// The last of them, and whether any byte of it was kept.
    piece: Option<Record>,
    piece_has_bytes: bool,
    /// When bytes were last appended.
    appended: Timestamp,
    counts: Counts,
}

/// What one writer has appended, in bytes and line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// What was kept at first; the cap may have dropped parts of it since.
    pub bytes: u64,
    /// Line ends among them.
    pub lines: u64,
    /// What the disk refused.
    pub refused_bytes: u64,
    /// Line ends among them.
    pub refused_lines: u64,
    /// The offset of the first byte that was refused.
    pub refused_at: Option<u64>,
}

/// What a cap has dropped: all that had been kept between two offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The first byte that is missing.
    pub from: u64,
    /// The first byte behind it.
    pub to: u64,
    /// Bytes that were dropped: fewer than lie in between when the disk had refused some.
    pub bytes: u64,
    /// Line ends among them.
    pub lines: u64,
    /// The cap, in bytes.
    pub cap: u64,
}

/// Bytes that had no room, and that nothing has followed.
#[derive(Debug, Clone, Copy, Default)]
struct Refused {
    bytes: u64,
    line_ends: u64,
}

impl Writer {
    /// A writer for an attempt of the run in `folder`, without a cap.
    pub fn new(folder: &Path, attempt: u32) -> Self {
        Self {
            folder: folder.to_owned(),
            attempt,
            cap: None,
            output: None,
            index: None,
            gap_file: None,
            gaps: Gaps::default(),
            missing: 0,
            no_holes: false,
            end: 0,
            line: 0,
            begun: false,
            refused: None,
            records: 0,
            piece: None,
            piece_has_bytes: false,
            appended: Timestamp::UNIX_EPOCH,
            counts: Counts::default(),
        }
    }

    /// With a cap for the output of the whole run, in bytes.
    #[must_use]
    pub fn capped(self, cap: Option<u64>) -> Self {
        Self { cap, ..self }
    }

    /// Keeps `bytes`, which `stream` printed at `at`. It never fails: what the disk refuses is counted, and each call tries
    /// anew (O2).
    pub fn append(&mut self, stream: Stream, at: Timestamp, bytes: &[u8]) {
        for bytes in bytes.chunks(STEP_BYTES as usize) {
            // What cannot be opened now may be at the next call.
            let opened = self.output.is_some() || self.open().is_ok();
            if opened && self.is_beyond_cap() {
                self.drop_new(bytes, at);
                continue;
            }
            let kept = if opened { self.put(stream, at, bytes) } else { 0 };
            if kept < bytes.len() {
                self.refuse(&bytes[kept..], at);
            }
            self.keep_to_cap(at);
        }
    }

    /// What this writer has appended.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the cap has dropped of the run's output so far, also for earlier writers.
    pub fn dropped(&self) -> Option<Dropped> {
        let gap = self.gaps.by_cap.as_ref()?;
        let refused = self.gaps.refused.iter().filter(|refused| gap.from <= refused.from && refused.to <= gap.to);
        let (bytes, lines) = refused.fold((0, 0), |(bytes, lines), gap| (bytes + gap.bytes(), lines + gap.line_ends));
        let (bytes, lines) = (gap.bytes() - bytes, gap.line_ends.saturating_sub(lines));
        Some(Dropped { from: gap.from, to: gap.to, bytes, lines, cap: gap.cap.unwrap_or_default() })
    }

    /// Waits until what was written is on the disk.
    pub fn finish(self) -> io::Result<()> {
        [self.output, self.index, self.gap_file].iter().flatten().try_for_each(File::sync_data)
    }

    /// Opens the files, and goes to where they end.
    fn open(&mut self) -> io::Result<()> {
        let path = self.folder.join(OUTPUT_FILE);
        let gaps = self.folder.join(GAP_FILE);
        if std::fs::exists(&gaps)? {
            self.gaps = Gaps::read(&File::open(gaps)?)?;
            self.missing = missing(&self.gaps);
        }
        if std::fs::exists(&path)? || self.missing > 0 {
            let mut reader = Reader::open(&self.folder)?;
            self.end = reader.bytes();
            (self.line, self.begun) = reader.line_at(self.end)?;
            self.records = reader.records_end();
            let stored = std::fs::metadata(&path).map_or(0, |output| output.len());
            self.no_holes = self.gaps.by_cap.as_ref().is_some_and(|gap| stored <= gap.from);
        }
        self.output = Some(file(&path)?);
        Ok(())
    }

    /// Appends as much as the disk takes, and returns how much that is.
    fn put(&mut self, stream: Stream, at: Timestamp, bytes: &[u8]) -> usize {
        let gap = self.refused_gap(at);
        // What follows a gap may only be there when the gap is known, also after a power failure: else a reader finds zeros.
        if gap.as_ref().is_some_and(|(number, gap)| !self.write_gap(*number, gap, true)) {
            return 0;
        }
        let (end, line) = gap.as_ref().map_or((self.end, self.line), |(_, gap)| (gap.to, gap.line + gap.line_ends));
        if self.starts_piece(stream, at, end) {
            self.record(Record { offset: end, lines: line, at, stream, attempt: self.attempt });
        }
        self.appended = at;
        let kept = self.output.as_ref().map_or(0, |output| write_some(output, end, bytes));
        let Some(last) = kept.checked_sub(1) else { return 0 };
        if let Some((number, gap)) = gap {
            self.gaps.refused.truncate(number - 1);
            self.gaps.refused.push(gap);
            (self.end, self.line, self.refused) = (end, line, None);
            self.missing = missing(&self.gaps);
        }
        if self.gap_file.is_none() && end >= STEP_BYTES {
            self.reserve_gap();
        }
        let line_ends = line_ends(&bytes[..kept]);
        self.piece_has_bytes = true;
        (self.end, self.line, self.begun) = (self.end + kept as u64, self.line + line_ends, bytes[last] != b'\n');
        (self.counts.bytes, self.counts.lines) = (self.counts.bytes + kept as u64, self.counts.lines + line_ends);
        kept
    }

    /// Counts what the disk refused, and writes that down if the disk lets us.
    fn refuse(&mut self, bytes: &[u8], at: Timestamp) {
        let line_ends = line_ends(bytes);
        let before = self.refused.unwrap_or_default();
        self.counts.refused_at.get_or_insert(self.end + before.bytes);
        self.counts.refused_bytes += bytes.len() as u64;
        self.counts.refused_lines += line_ends;
        self.refused =
            Some(Refused { bytes: before.bytes + bytes.len() as u64, line_ends: before.line_ends + line_ends });
        if self.output.is_some()
            && let Some((number, gap)) = self.refused_gap(at)
        {
            self.write_gap(number, &gap, false);
        }
    }

    /// The gap that the disk makes at the end, and its number in the file. It reaches back to the last one when nothing is in
    /// between, or when there are so many.
    fn refused_gap(&self, at: Timestamp) -> Option<(usize, Gap)> {
        let Refused { bytes, line_ends } = self.refused?;
        let to = self.end + bytes;
        let number = self.gaps.refused.len() + 1;
        match self.gaps.refused.last() {
            Some(last) if last.to == self.end || number > MOST_REFUSED => {
                let line_ends = self.line + line_ends - last.line;
                Some((number - 1, Gap { to, line_ends, at, ..last.clone() }))
            }
            _ => {
                let gap = Gap {
                    from: self.end,
                    to,
                    line: self.line,
                    line_ends,
                    begun: self.begun,
                    cap: None,
                    at,
                    records: 0..0,
                };
                Some((number, gap))
            }
        }
    }

    /// Of an output that is no small one, there is room for the cap's gap and for the first of the disk before the disk is full.
    fn reserve_gap(&mut self) {
        if let Ok(file) = file(&self.folder.join(GAP_FILE))
            && file.metadata().is_ok_and(|gaps| gaps.len() > 0 || file.write_all_at(&[0; 2 * GAP_SIZE], 0).is_ok())
        {
            self.gap_file = Some(file);
        }
    }

    fn write_gap(&mut self, number: usize, gap: &Gap, sync: bool) -> bool {
        if self.gap_file.is_none() {
            self.gap_file = file(&self.folder.join(GAP_FILE)).ok();
        }
        let Some(file) = &self.gap_file else { return false };
        file.write_all_at(&gap.to_bytes(), (number * GAP_SIZE) as u64).is_ok() && (!sync || file.sync_data().is_ok())
    }

    /// Drops a step from the middle when there is more than the cap allows.
    fn keep_to_cap(&mut self, at: Timestamp) {
        let Some(cap) = self.cap else { return };
        let kept = self.end.saturating_sub(self.missing);
        if kept <= cap || self.no_holes {
            return;
        }
        // What cannot be done now is done at the next call.
        let Some(output) = &self.output else { return };
        match room::can_punch(output) {
            Ok(true) => drop(self.drop_middle(cap, kept - cap, at)),
            Ok(false) => self.no_holes = true,
            Err(_) => {}
        }
    }

    fn drop_middle(&mut self, cap: u64, excess: u64, at: Timestamp) -> io::Result<()> {
        let step = (cap / 16).max(room::LEAST_STEP).min(cap / 4).max(1);
        let mut reader = Reader::open(&self.folder)?;
        let (mut gap, cut_from) = if let Some(gap) = self.gaps.by_cap.clone() {
            (Gap { cap: Some(cap), at, ..gap.clone() }, gap.to)
        } else {
            let half = self.behind_kept(0, cap / 2);
            let from = reader.cut_before(half, cap / 16)?;
            let (line, begun) = reader.line_at(from)?;
            let first = reader.record_of(from)? + 1;
            (Gap { from, to: from, line, line_ends: 0, begun, cap: Some(cap), at, records: first..first }, from)
        };
        gap.to = reader.cut_after(self.behind_kept(cut_from, excess + step), cap / 16)?.min(self.end);
        gap.line_ends = reader.line_at(gap.to)?.0 - gap.line;
        gap.records.end = reader.record_of(gap.to)?.max(gap.records.start);
        if gap.to <= cut_from || !self.write_gap(0, &gap, true) {
            return Ok(());
        }
        // All of the gap each time: what was dropped before is not there any more, and what could not be is tried again.
        let punched = self.output.as_ref().map_or(Ok(()), |output| room::punch(output, gap.from..gap.to));
        let records = gap.records.start * RECORD_SIZE as u64..gap.records.end * RECORD_SIZE as u64;
        self.gaps.by_cap = Some(gap);
        self.missing = missing(&self.gaps);
        punched.and(self.index.as_ref().map_or(Ok(()), |index| room::punch(index, records)))
    }

    /// The offset behind `bytes` that are kept, from `offset` on.
    fn behind_kept(&self, mut offset: u64, bytes: u64) -> u64 {
        let mut left = bytes;
        for missing in self.gaps.shown() {
            let (from, to) = (missing.gap.from, missing.gap.to);
            if to <= offset {
                continue;
            }
            if from.saturating_sub(offset) >= left {
                break;
            }
            left -= from.saturating_sub(offset);
            offset = to;
        }
        offset + left
    }

    /// Whether only the beginning can be kept and the cap is reached, now or in an earlier attempt.
    fn is_beyond_cap(&self) -> bool {
        let reached = |cap| self.gaps.by_cap.is_some() || self.end.saturating_sub(self.missing) >= cap;
        self.no_holes && self.cap.is_some_and(reached)
    }

    /// Drops what is new: the cap is reached, and there can be no hole.
    fn drop_new(&mut self, bytes: &[u8], at: Timestamp) {
        let line_ends = line_ends(bytes);
        let new = Gap {
            from: self.end,
            to: self.end,
            line: self.line,
            line_ends: 0,
            begun: self.begun,
            cap: self.cap,
            at,
            records: 0..0,
        };
        let gap = self.gaps.by_cap.take().unwrap_or(new);
        let gap = Gap { to: gap.to + bytes.len() as u64, line_ends: gap.line_ends + line_ends, at, ..gap };
        self.write_gap(0, &gap, false);
        (self.end, self.line, self.begun) = (gap.to, self.line + line_ends, false);
        self.gaps.by_cap = Some(gap);
        self.missing = missing(&self.gaps);
        self.counts.bytes += bytes.len() as u64;
        self.counts.lines += line_ends;
    }

    fn starts_piece(&self, stream: Stream, at: Timestamp, offset: u64) -> bool {
        self.piece.is_none_or(|piece| {
            stream != piece.stream
                || !self.piece_has_bytes
                || offset - piece.offset >= STEP_BYTES
                || self.refused.is_some()
                || micros_between(self.appended, at) >= PAUSE_MICROS
                || micros_between(piece.at, at) >= DRIFT_MICROS
        })
    }

    /// Adds a record. When the disk refuses it, the bytes that follow are counted to the piece before: they matter more
    /// than their label.
    fn record(&mut self, record: Record) {
        // A piece of which no byte was kept is replaced; no reader has taken it, since its first byte does not exist.
        let replaces = self.piece.is_some() && !self.piece_has_bytes;
        let place = if replaces { self.records - 1 } else { self.records };
        if self.index.is_none() {
            self.index = file(&self.folder.join(INDEX_FILE)).ok();
        }
        // Not in append mode: a torn record is written again at its own place.
        let written = |index: &File| index.write_all_at(&record.to_bytes(), place * RECORD_SIZE as u64).is_ok();
        if self.index.as_ref().is_some_and(written) {
            self.records = place + 1;
            (self.piece, self.piece_has_bytes) = (Some(record), false);
        }
    }
}

#[cfg(test)]
impl Writer {
    /// Does something while the disk takes nothing of the output; it has room for its gaps.
    pub(super) fn on_a_full_disk(&mut self, act: impl FnOnce(&mut Self)) {
        if self.output.is_none() {
            self.open().unwrap();
        }
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let room = self.output.replace(full);
        act(self);
        self.output = room;
    }

    /// As on a file system that does not.
    pub(super) fn makes_no_holes(&mut self) {
        self.no_holes = true;
    }
}

/// Bytes that are missing in all gaps.
fn missing(gaps: &Gaps) -> u64 {
    gaps.shown().iter().map(|missing| missing.gap.bytes()).sum()
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The file, which is made when there is none.
fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Microseconds between two readings of a clock that may have been set back in between.
fn micros_between(a: Timestamp, b: Timestamp) -> u64 {
    a.as_microsecond().abs_diff(b.as_microsecond())
}

/// Writes as much as the file takes, and returns how much that was.
fn write_some(file: &File, offset: u64, bytes: &[u8]) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        match file.write_at(&bytes[written..], offset + written as u64) {
            Ok(0) => break,
            Ok(n) => written += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn millis(n: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + n).unwrap()
    }

    fn records(folder: &Path) -> Vec<Record> {
        let index = fs::read(folder.join(INDEX_FILE)).unwrap();
        let (records, rest) = index.as_chunks::<RECORD_SIZE>();
        assert!(rest.is_empty());
        records.iter().map(|r| Record::from_bytes(r).unwrap()).collect()
    }

    #[test]
    fn o1_both_streams_are_kept_in_order_of_arrival_with_stream_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        writer.append(Stream::Out, millis(0), b"one\ntwo\n");
        writer.append(Stream::Out, millis(10), b"three ");
        writer.append(Stream::Err, millis(11), b"oops\n");
        writer.append(Stream::Out, millis(12), b"");
        writer.append(Stream::Err, millis(61), b"late\n");
        assert_eq!(writer.counts(), Counts { bytes: 24, lines: 4, ..Counts::default() });
        writer.finish().unwrap();
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), b"one\ntwo\nthree oops\nlate\n");
        assert_eq!(
            records(folder.path()),
            [
                Record { offset: 0, lines: 0, at: millis(0), stream: Stream::Out, attempt: 1 },
                Record { offset: 14, lines: 2, at: millis(11), stream: Stream::Err, attempt: 1 },
                Record { offset: 19, lines: 3, at: millis(61), stream: Stream::Err, attempt: 1 },
            ]
        );
    }

    #[test]
    fn a_flood_and_a_steady_trickle_get_a_record_now_and_then() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        for _ in 0..40 {
            writer.append(Stream::Out, millis(0), &[b'x'; 4096]);
        }
        let flood: Vec<_> = records(folder.path()).iter().map(|r| r.offset).collect();
        assert_eq!(flood, [0, 65_536, 131_072]);
        for n in 1..=30 {
            writer.append(Stream::Out, millis(40 * n), b".");
        }
        let trickle: Vec<_> = records(folder.path())[3..].iter().map(|r| r.at).collect();
        assert_eq!(trickle, [millis(1000)]);
    }

    #[test]
    fn o1_the_files_are_private_and_the_next_writer_goes_on_with_a_piece_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        Writer::new(folder.path(), 1).append(Stream::Out, millis(0), b"one\ntwo");
        for name in [OUTPUT_FILE, INDEX_FILE] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let mut second = Writer::new(folder.path(), 1);
        second.append(Stream::Out, millis(1), b"\nthree\n");
        assert_eq!(second.counts(), Counts { bytes: 7, lines: 2, ..Counts::default() });
        // Of what a power failure left of the next record, nothing is kept.
        OpenOptions::new().append(true).open(folder.path().join(INDEX_FILE)).unwrap().write_all(&[7; 9]).unwrap();
        Writer::new(folder.path(), 1).append(Stream::Err, millis(2), b"four");
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), b"one\ntwo\nthree\nfour");
        assert_eq!(
            records(folder.path()),
            [
                Record { offset: 0, lines: 0, at: millis(0), stream: Stream::Out, attempt: 1 },
                Record { offset: 7, lines: 1, at: millis(1), stream: Stream::Out, attempt: 1 },
                Record { offset: 14, lines: 3, at: millis(2), stream: Stream::Err, attempt: 1 },
            ]
        );
    }

    #[test]
    fn a_run_that_prints_nothing_leaves_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        writer.append(Stream::Out, millis(0), b"");
        writer.finish().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn o2_what_a_full_disk_refuses_is_a_gap_and_writing_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        writer.append(Stream::Out, millis(0), b"before\n");
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = writer.output.replace(full());
        let index = writer.index.replace(full());
        writer.gap_file = Some(full());
        writer.append(Stream::Err, millis(1), b"lost\n");
        // Room in the index and for the gap only: a piece without bytes must not stay there.
        (writer.index, writer.gap_file) = (index, None);
        writer.append(Stream::Err, millis(2), b"lost too\n");
        writer.append(Stream::Out, millis(3), b"and this\n");
        let mut reader = Reader::open(folder.path()).unwrap();
        assert_eq!((reader.bytes(), reader.lines()), (30, 4), "it is said while it lasts");
        writer.output = output;
        writer.append(Stream::Err, millis(4), b"after\n");
        let expected = Counts { bytes: 13, lines: 2, refused_bytes: 23, refused_lines: 3, refused_at: Some(7) };
        assert_eq!(writer.counts(), expected);
        writer.finish().unwrap();
        let mut holed = b"before\n".to_vec();
        holed.resize(30, 0);
        holed.extend_from_slice(b"after\n");
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), holed);
        assert_eq!(
            records(folder.path()),
            [
                Record { offset: 0, lines: 0, at: millis(0), stream: Stream::Out, attempt: 1 },
                Record { offset: 30, lines: 4, at: millis(4), stream: Stream::Err, attempt: 1 },
            ]
        );
        reader.refresh().unwrap();
        let lines = reader.line_window(0, 9).unwrap();
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [0, 1, 4]);
        let gap = lines[1].gap.as_ref().unwrap();
        assert_eq!((gap.from, gap.to, gap.line_ends, gap.cap, gap.at), (7, 30, 3, None, millis(4)));
        assert_eq!((lines[2].bytes.as_slice(), lines[2].stream, lines[2].at), (&b"after"[..], Stream::Err, millis(4)));
        let mut kept = Vec::new();
        assert_eq!(reader.copy_raw(0, None, &mut kept).unwrap(), 36);
        assert_eq!(kept, b"before\nafter\n");
    }
}

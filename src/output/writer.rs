//! Appends what a run prints to its output file, and says in the index where each piece came from.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::index::{INDEX_FILE, OUTPUT_FILE, RECORD_SIZE, Record, Stream};
use super::reader::{Mark, Reader};

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
/// The files, `output` and `output.idx`, readable by their owner only, come into being with the first byte: many runs print
/// nothing. A later attempt of the run goes on behind what the earlier ones printed, with a piece of its own (R6); files that a
/// first attempt finds there are never written to.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    attempt: u32,
    /// What earlier attempts printed.
    before: Mark,
    /// Both files are to be made, not opened.
    fresh: bool,
    output: Option<File>,
    index: Option<File>,
    bytes: u64,
    lines: u64,
    dropped: u64,
    /// Records in the index file.
    records: u64,
    /// The last of them.
    piece: Option<Record>,
    /// When bytes were last appended.
    appended: Timestamp,
}

impl Writer {
    /// A writer for an attempt of the run in `folder`.
    pub fn new(folder: &Path, attempt: u32) -> Self {
        // What cannot be read is not written to: then the files are to be made, which fails.
        let earlier = if attempt > 1 { Reader::open(folder).ok() } else { None };
        let before = earlier.as_ref().map_or_else(Mark::default, Reader::end);
        Self {
            folder: folder.to_owned(),
            attempt,
            before,
            fresh: earlier.is_none(),
            output: None,
            index: None,
            bytes: before.offset,
            lines: before.lines,
            dropped: 0,
            records: earlier.as_ref().map_or(0, Reader::records),
            piece: None,
            appended: Timestamp::UNIX_EPOCH,
        }
    }

    /// Keeps `bytes`, which `stream` printed at `at`. It never fails: what the disk refuses is counted as dropped, and
    /// each call tries anew (O2).
    pub fn append(&mut self, stream: Stream, at: Timestamp, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.starts_piece(stream, at) {
            let (offset, lines, attempt) = (self.bytes, self.lines, self.attempt);
            self.record(Record { offset, lines, at, stream, attempt });
        }
        self.appended = at;
        let kept = match made(&mut self.output, self.fresh, OpenOptions::new().append(true), &self.folder, OUTPUT_FILE)
        {
            Some(output) => write_some(output, bytes),
            None => 0,
        };
        self.bytes += kept as u64;
        self.lines += memchr::memchr_iter(b'\n', &bytes[..kept]).count() as u64;
        self.dropped += (bytes.len() - kept) as u64;
    }

    /// Bytes of this attempt that were kept.
    pub fn bytes(&self) -> u64 {
        self.bytes - self.before.offset
    }

    /// Line ends among them.
    pub fn lines(&self) -> u64 {
        self.lines - self.before.lines
    }

    /// Bytes that could not be kept.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Waits until what was written is on the disk.
    pub fn finish(self) -> io::Result<()> {
        [self.output, self.index].iter().flatten().try_for_each(File::sync_data)
    }

    fn starts_piece(&self, stream: Stream, at: Timestamp) -> bool {
        self.piece.is_none_or(|piece| {
            stream != piece.stream
                || self.bytes - piece.offset >= STEP_BYTES
                || micros_between(self.appended, at) >= PAUSE_MICROS
                || micros_between(piece.at, at) >= DRIFT_MICROS
        })
    }

    /// Adds a record. When the disk refuses it, the bytes that follow are counted to the piece before: they matter more
    /// than their label.
    fn record(&mut self, record: Record) {
        // A piece of which no byte was kept is replaced; no reader has taken it, since its first byte does not exist.
        let replaces = self.piece.is_some_and(|piece| piece.offset == record.offset);
        let place = if replaces { self.records - 1 } else { self.records };
        // Not in append mode: a torn record is written again at its own place.
        let index = made(&mut self.index, self.fresh, OpenOptions::new().write(true), &self.folder, INDEX_FILE);
        if index.is_some_and(|index| index.write_all_at(&record.to_bytes(), place * RECORD_SIZE as u64).is_ok()) {
            self.records = place + 1;
            self.piece = Some(record);
        }
    }
}

/// The file, which is made when it is needed first; one that is there already is taken unless it has to be `fresh`.
fn made<'a>(
    file: &'a mut Option<File>,
    fresh: bool,
    how: &mut OpenOptions,
    folder: &Path,
    name: &str,
) -> Option<&'a mut File> {
    if file.is_none() {
        let how = if fresh { how.create_new(true) } else { how.create(true) };
        *file = how.mode(0o600).open(folder.join(name)).ok();
    }
    file.as_mut()
}

/// Microseconds between two readings of a clock that may have been set back in between.
fn micros_between(a: Timestamp, b: Timestamp) -> u64 {
    a.as_microsecond().abs_diff(b.as_microsecond())
}

/// Writes as much as the file takes, and returns how much that was.
fn write_some(file: &mut File, bytes: &[u8]) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
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
    use std::io::Read;
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
        assert_eq!((writer.bytes(), writer.lines(), writer.dropped()), (24, 4, 0));
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
    fn the_files_are_private_and_an_output_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        Writer::new(folder.path(), 1).append(Stream::Out, millis(0), b"kept");
        for name in [OUTPUT_FILE, INDEX_FILE] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let mut second = Writer::new(folder.path(), 1);
        second.append(Stream::Out, millis(1), b"no");
        assert_eq!((second.bytes(), second.dropped()), (0, 2));
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), b"kept");
    }

    #[test]
    fn r6_a_later_attempt_goes_on_in_the_same_files_with_a_piece_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Writer::new(folder.path(), 1);
        first.append(Stream::Out, millis(0), b"one\ntw");
        first.finish().unwrap();
        // One that prints nothing leaves no trace.
        Writer::new(folder.path(), 2).finish().unwrap();
        let mut third = Writer::new(folder.path(), 3);
        third.append(Stream::Out, millis(1), b"three\n");
        third.append(Stream::Err, millis(2), b"oops\n");
        assert_eq!((third.bytes(), third.lines(), third.dropped()), (11, 2, 0));
        third.finish().unwrap();
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), b"one\ntwthree\noops\n");
        assert_eq!(
            records(folder.path()),
            [
                Record { offset: 0, lines: 0, at: millis(0), stream: Stream::Out, attempt: 1 },
                Record { offset: 6, lines: 1, at: millis(1), stream: Stream::Out, attempt: 3 },
                Record { offset: 12, lines: 2, at: millis(2), stream: Stream::Err, attempt: 3 },
            ]
        );
        let mut reader = Reader::open(folder.path()).unwrap();
        let ranges: Vec<_> = (1..=4).map(|n| reader.attempt(n).unwrap()).collect();
        assert_eq!(ranges, [0..6, 6..6, 6..17, 17..17]);
    }

    #[test]
    fn r6_a_later_attempt_replaces_a_record_of_which_no_byte_was_kept_and_makes_files_that_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Writer::new(folder.path(), 1);
        first.append(Stream::Out, millis(0), b"kept\n");
        first.output = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        first.append(Stream::Err, millis(1), b"lost\n");
        drop(first);
        assert_eq!(records(folder.path()).len(), 2);
        Writer::new(folder.path(), 2).append(Stream::Out, millis(2), b"again\n");
        let found: Vec<_> = records(folder.path()).iter().map(|r| (r.offset, r.attempt)).collect();
        assert_eq!(found, [(0, 1), (5, 2)]);

        let empty = tempfile::tempdir().unwrap();
        Writer::new(empty.path(), 2).append(Stream::Out, millis(2), b"first word\n");
        assert_eq!(records(empty.path()).iter().map(|r| (r.offset, r.attempt)).collect::<Vec<_>>(), [(0, 2)]);
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
    fn o2_what_a_full_disk_refuses_is_counted_and_writing_goes_on_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        writer.append(Stream::Out, millis(0), b"before\n");
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = writer.output.replace(full());
        let index = writer.index.replace(full());
        writer.append(Stream::Err, millis(1), b"lost\n");
        // Room in the index only: a piece without bytes must not stay there.
        writer.index = index;
        writer.append(Stream::Err, millis(2), b"lost too\n");
        writer.append(Stream::Out, millis(3), b"and this\n");
        writer.output = output;
        writer.append(Stream::Err, millis(4), b"after\n");
        assert_eq!((writer.bytes(), writer.lines(), writer.dropped()), (13, 2, 23));
        writer.finish().unwrap();
        assert_eq!(fs::read(folder.path().join(OUTPUT_FILE)).unwrap(), b"before\nafter\n");
        assert_eq!(
            records(folder.path()),
            [
                Record { offset: 0, lines: 0, at: millis(0), stream: Stream::Out, attempt: 1 },
                Record { offset: 7, lines: 1, at: millis(4), stream: Stream::Err, attempt: 1 },
            ]
        );
    }

    #[test]
    fn o2_of_a_write_that_is_taken_in_part_the_rest_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        // A pipe that nobody reads takes what fits, and then refuses.
        let (reading, writing) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::NONBLOCK).unwrap();
        writer.output = Some(File::from(writing));
        let printed = b"0123456\n".repeat(100_000);
        writer.append(Stream::Out, millis(0), &printed);
        assert!(writer.bytes() > 0 && writer.dropped() > 0);
        assert_eq!(writer.bytes() + writer.dropped(), printed.len() as u64);
        assert_eq!(writer.lines(), writer.bytes() / 8);
        let mut kept = vec![0; printed.len()];
        let n = File::from(reading).read(&mut kept).unwrap();
        assert_eq!(n as u64, writer.bytes());
        assert_eq!(kept[..n], printed[..n]);
    }
}

//! What was kept of an output, beside what the job says it printed.

use std::fs;
use std::ops::Range;

use tempo::domain::run::{Attempt, Outcome, Run};
use tempo::output::index::{INDEX_FILE, RECORD_SIZE, Record};
use tempo::output::{Reader, Stream};

use super::deeds::Deeds;
use super::house::House;
use super::jobs;

/// What a job printed, by its own notes of both streams; the example has no attempts.
fn printed(house: &House, run: &Run, attempt: u32) -> (Vec<u8>, Vec<u8>) {
    let note = |name: String| fs::read(house.path("example/printed").join(name)).unwrap_or_default();
    match note(run.id.to_string()) {
        out if out.is_empty() => (note(format!("{}.{attempt}", run.id)), note(format!("{}.{attempt}.err", run.id))),
        out => (out, Vec::new()),
    }
}

/// What was kept of both streams.
pub(crate) fn kept(house: &House, run: &Run) -> Vec<u8> {
    let mut all = Vec::new();
    let mut reader = Reader::open(&house.run_folder(run.id)).unwrap();
    reader.copy_raw(0, None, &mut all).unwrap();
    all
}

/// How much of it is expected.
struct Expected {
    /// It may have been cut off at any byte.
    interrupted: bool,
    /// The job notes what it prints after it did, not before.
    noted_late: bool,
    /// Bytes in the middle that a full disk cost; `None` when nobody counted them.
    dropped: Option<u64>,
}

/// Compares them, and returns how many bytes were kept.
pub(crate) fn compare(house: &House, deeds: &Deeds, run: &Run, attempts: &[Attempt]) -> u64 {
    let met_a_full_disk = deeds.met_a_full_disk(run);
    let mut reader = Reader::open(&house.run_folder(run.id)).unwrap();
    let mut known = Some(0);
    for attempt in attempts {
        // Without room for the index nobody knows where the next attempt begins.
        if attempts.len() == 1 {
            of_attempt(house, run, attempt, (&mut reader, 0..u64::MAX), met_a_full_disk);
        } else if !met_a_full_disk {
            let range = reader.attempt(attempt.number).unwrap();
            of_attempt(house, run, attempt, (&mut reader, range), met_a_full_disk);
        }
        let usage = attempt.usage.map(|usage| usage.output_bytes - attempt.dropped_bytes);
        known = known.zip(usage).map(|(sum, usage)| sum + usage);
    }
    let kept = kept(house, run);
    let dropped_by_cap = by_cap(&reader);
    let known = known.filter(|_| !met_a_full_disk || dropped_by_cap == 0).map(|sum| sum - dropped_by_cap);
    assert!(known.is_none_or(|sum| sum == kept.len() as u64), "{known:?} and not {} bytes: {run:?}", kept.len());
    if !met_a_full_disk && dropped_by_cap == 0 && attempts.iter().all(|attempt| attempt.dropped_bytes == 0) {
        index_agrees(house, run, &kept);
    }
    kept.len() as u64
}

/// The same for one attempt, with the range of its output.
fn of_attempt(
    house: &House,
    run: &Run,
    attempt: &Attempt,
    (reader, range): (&mut Reader, Range<u64>),
    met_a_full_disk: bool,
) {
    let stopped =
        [Outcome::TimedOut, Outcome::OverMemory, Outcome::Cancelled, Outcome::Lost].contains(&attempt.outcome);
    let may_drop = met_a_full_disk || run.slug == jobs::CAPPED;
    assert!(may_drop || attempt.dropped_bytes == 0, "{run:?}: {attempt:?}");
    let expected = Expected {
        interrupted: stopped || attempt.strays > 0,
        noted_late: !jobs::slugs().any(|slug| slug == run.slug),
        dropped: if attempt.outcome == Outcome::Lost && may_drop {
            None
        } else {
            Some(attempt.dropped_bytes + by_cap(reader))
        },
    };
    let mut kept = |stream: Option<Stream>| {
        let mut bytes = Vec::new();
        reader.copy_range(range.clone(), stream, &mut bytes).unwrap();
        bytes
    };
    let (out, err) = printed(house, run, attempt.number);
    if attempt.outcome == Outcome::CouldNotStart {
        assert!(kept(None).is_empty(), "{run:?}");
    } else if err.is_empty() {
        expected.holds(&out, &kept(None), run);
    } else if met_a_full_disk {
        // Nobody knows whose the bytes are.
        expected.adds_up(out.len() + err.len(), kept(None).len(), run);
    } else {
        expected.holds(&out, &kept(Some(Stream::Out)), run);
        expected.holds(&err, &kept(Some(Stream::Err)), run);
    }
}

/// Bytes that the cap of an output has cost.
fn by_cap(reader: &Reader) -> u64 {
    reader.missing().iter().filter(|missing| missing.gap.cap.is_some()).map(|missing| missing.gap.bytes()).sum()
}

impl Expected {
    fn holds(&self, printed: &[u8], kept: &[u8], run: &Run) {
        let same = if self.dropped == Some(0) {
            match (self.interrupted, self.noted_late) {
                (true, true) => printed.starts_with(kept) || kept.starts_with(printed),
                (true, false) => printed.starts_with(kept),
                (false, _) => printed == kept,
            }
        } else {
            self.adds_up(printed.len(), kept.len(), run);
            has_pieces(printed, kept)
        };
        assert!(same, "{} bytes were printed, {} others kept: {run:?}", printed.len(), kept.len());
    }

    fn adds_up(&self, printed: usize, kept: usize, run: &Run) {
        let (printed, kept, dropped) = (printed as u64, kept as u64, self.dropped.unwrap_or(0));
        let fits = if self.interrupted { kept + dropped <= printed } else { kept + dropped == printed };
        assert!(fits, "{printed} bytes were printed, {kept} kept and {dropped} dropped: {run:?}");
    }
}

/// Whether all of `kept` is found in `printed`, in this order.
fn has_pieces(printed: &[u8], kept: &[u8]) -> bool {
    let mut printed = printed.iter();
    kept.iter().all(|byte| printed.any(|other| other == byte))
}

/// The index names places of the output in order, counts its lines, and says which attempt printed them.
fn index_agrees(house: &House, run: &Run, kept: &[u8]) {
    let folder = house.run_folder(run.id);
    let index = fs::read(folder.join(INDEX_FILE)).unwrap_or_default();
    let (records, rest) = index.as_chunks::<RECORD_SIZE>();
    assert!(rest.is_empty() || run.outcome == Some(Outcome::Lost), "a torn index: {run:?}");
    assert!(kept.is_empty() || !records.is_empty(), "no index: {run:?}");
    let (mut offset, mut lines, mut attempt) = (0, 0, 1);
    for (at, bytes) in records.iter().enumerate() {
        let Some(record) = Record::from_bytes(bytes) else { panic!("record {at} of the index of {run:?}") };
        assert!(offset <= record.offset && record.offset <= kept.len() as u64, "{record:?} in {run:?}");
        lines += count(&kept[offset as usize..record.offset as usize]);
        assert!(lines == record.lines && attempt <= record.attempt, "{record:?} in {run:?}");
        (offset, attempt) = (record.offset, record.attempt);
    }
    let reader = Reader::open(&folder).unwrap();
    let unfinished = u64::from(kept.last().is_some_and(|byte| *byte != b'\n'));
    assert_eq!((reader.bytes(), reader.lines()), (kept.len() as u64, count(kept) + unfinished), "{run:?}");
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

//! What was kept of an output, beside what the job says it printed.

use std::fs;
use std::ops::Range;

use tempo::domain::run::{Attempt, Outcome, Run};
use tempo::output::index::{INDEX_FILE, OUTPUT_FILE, RECORD_SIZE, Record};
use tempo::output::{Reader, Stream};

use super::house::{Deeds, House};
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
    fs::read(house.run_folder(run.id).join(OUTPUT_FILE)).unwrap_or_default()
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
    let kept = kept(house, run);
    let met_a_full_disk = deeds.met_a_full_disk(run);
    let records = index(house, run, &kept, met_a_full_disk);
    let mut known = Some(0);
    for attempt in attempts {
        // Where the next attempt begins. Without room for the index nobody knows.
        let of_later = records.iter().position(|record| record.attempt > attempt.number);
        let of_this = &records[..of_later.unwrap_or(records.len())];
        let of_this = &of_this[of_this.iter().take_while(|record| record.attempt < attempt.number).count()..];
        let end = of_later.map_or(kept.len() as u64, |at| records[at].offset);
        let begin = of_this.first().map_or(end, |record| record.offset);
        if !met_a_full_disk || attempts.len() == 1 {
            let begin = if attempts.len() == 1 { 0 } else { begin };
            of_attempt(house, run, attempt, (&kept, of_this, begin..end), met_a_full_disk);
        }
        let usage = attempt.usage.map(|usage| usage.output_bytes - attempt.dropped_bytes);
        known = known.zip(usage).map(|(sum, usage)| sum + usage);
    }
    assert!(known.is_none_or(|sum| sum == kept.len() as u64), "{known:?} and not {} bytes: {run:?}", kept.len());
    kept.len() as u64
}

/// The same for one attempt, with its records and the range of its bytes.
fn of_attempt(
    house: &House,
    run: &Run,
    attempt: &Attempt,
    (kept, records, range): (&[u8], &[Record], Range<u64>),
    met_a_full_disk: bool,
) {
    let stopped =
        [Outcome::TimedOut, Outcome::OverMemory, Outcome::Cancelled, Outcome::Lost].contains(&attempt.outcome);
    assert!(met_a_full_disk || attempt.dropped_bytes == 0, "{run:?}: {attempt:?}");
    let expected = Expected {
        interrupted: stopped || attempt.strays > 0,
        noted_late: !jobs::slugs().any(|slug| slug == run.slug),
        dropped: if attempt.outcome == Outcome::Lost && met_a_full_disk { None } else { Some(attempt.dropped_bytes) },
    };
    let (out, err) = printed(house, run, attempt.number);
    let kept_here = &kept[range.start as usize..range.end as usize];
    if attempt.outcome == Outcome::CouldNotStart {
        assert!(kept_here.is_empty(), "{run:?}");
    } else if err.is_empty() {
        expected.holds(&out, kept_here, run);
    } else if met_a_full_disk {
        // Nobody knows whose the bytes are.
        expected.adds_up(out.len() + err.len(), kept_here.len(), run);
    } else {
        let (mut of_out, mut of_err) = (Vec::new(), Vec::new());
        let ends = records.iter().skip(1).map(|record| record.offset).chain([range.end]);
        for (record, end) in records.iter().zip(ends) {
            let piece = &kept[record.offset as usize..end as usize];
            if record.stream == Stream::Out { &mut of_out } else { &mut of_err }.extend(piece);
        }
        expected.holds(&out, &of_out, run);
        expected.holds(&err, &of_err, run);
    }
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

/// The index, which names places of the output in order and counts its lines.
fn index(house: &House, run: &Run, kept: &[u8], met_a_full_disk: bool) -> Vec<Record> {
    let folder = house.run_folder(run.id);
    let index = fs::read(folder.join(INDEX_FILE)).unwrap_or_default();
    let (records, rest) = index.as_chunks::<RECORD_SIZE>();
    assert!(rest.is_empty() || met_a_full_disk, "a torn index: {run:?}");
    assert!(kept.is_empty() || met_a_full_disk || !records.is_empty(), "no index: {run:?}");
    let (mut offset, mut lines) = (0, 0);
    let mut all = Vec::new();
    for (at, bytes) in records.iter().enumerate() {
        let Some(record) = Record::from_bytes(bytes) else { panic!("record {at} of the index of {run:?}") };
        assert!(offset <= record.offset && record.offset <= kept.len() as u64, "{record:?} in {run:?}");
        lines += count(&kept[offset as usize..record.offset as usize]);
        offset = record.offset;
        assert_eq!(lines, record.lines, "{record:?} in {run:?}");
        all.push(record);
    }
    let reader = Reader::open(&folder).unwrap();
    let unfinished = u64::from(kept.last().is_some_and(|byte| *byte != b'\n'));
    assert_eq!((reader.bytes(), reader.lines()), (kept.len() as u64, count(kept) + unfinished), "{run:?}");
    all
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

//! What was kept of an output, beside what the job says it printed.

use std::fs;

use tempo::domain::run::{Outcome, Run};
use tempo::output::Reader;
use tempo::output::index::{INDEX_FILE, OUTPUT_FILE, RECORD_SIZE, Record};
use tempo::supervise::{Evidence, inspect};

use super::house::{Deeds, House};
use super::jobs;

/// What a job printed on standard output, by its own note.
pub(crate) fn printed(house: &House, run: &Run) -> Vec<u8> {
    note(house, &run.id.to_string())
}

fn note(house: &House, name: &str) -> Vec<u8> {
    fs::read(house.path("example/printed").join(name)).unwrap_or_default()
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
pub(crate) fn compare(house: &House, deeds: &Deeds, run: &Run) -> u64 {
    let folder = house.run_folder(run.id);
    let kept = kept(house, run);
    let record = match inspect(&folder).unwrap() {
        Evidence::Ended(record) => Some(record),
        _ => None,
    };
    let met_a_full_disk = deeds.met_a_full_disk(run);
    let stopped = matches!(run.outcome, Some(Outcome::TimedOut | Outcome::Cancelled | Outcome::Lost));
    let expected = Expected {
        interrupted: stopped || record.as_ref().is_some_and(|record| record.strays > 0),
        noted_late: !jobs::slugs().any(|slug| slug == run.slug),
        dropped: if met_a_full_disk { record.as_ref().map(|record| record.dropped_bytes) } else { Some(0) },
    };
    if let Some(record) = &record {
        assert!(met_a_full_disk || record.dropped_bytes == 0, "{run:?} dropped {}", record.dropped_bytes);
        assert_eq!(record.output_bytes, kept.len() as u64, "{run:?}");
        assert_eq!(run.usage.map(|usage| usage.output_bytes), Some(record.output_bytes + record.dropped_bytes));
    }

    let (out, err) = (printed(house, run), note(house, &format!("{}.err", run.id)));
    if err.is_empty() {
        expected.holds(&out, &kept, run);
    } else if met_a_full_disk {
        // Without room for the index nobody knows whose the bytes are.
        expected.adds_up(out.len() + err.len(), kept.len(), run);
    } else {
        let (mut of_out, mut of_err) = (Vec::new(), Vec::new());
        Reader::open(&folder).unwrap().copy_streams(0, &mut of_out, &mut of_err).unwrap();
        expected.holds(&out, &of_out, run);
        expected.holds(&err, &of_err, run);
    }
    index_agrees(house, run, &kept, met_a_full_disk);
    kept.len() as u64
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

/// The index names places of the output in order, and counts its lines.
fn index_agrees(house: &House, run: &Run, kept: &[u8], met_a_full_disk: bool) {
    let folder = house.run_folder(run.id);
    let index = fs::read(folder.join(INDEX_FILE)).unwrap_or_default();
    let (records, rest) = index.as_chunks::<RECORD_SIZE>();
    assert!(rest.is_empty() || met_a_full_disk, "a torn index: {run:?}");
    assert!(kept.is_empty() || met_a_full_disk || !records.is_empty(), "no index: {run:?}");
    let (mut offset, mut lines) = (0, 0);
    for (at, bytes) in records.iter().enumerate() {
        let Some(record) = Record::from_bytes(bytes) else { panic!("record {at} of the index of {run:?}") };
        assert!(offset <= record.offset && record.offset <= kept.len() as u64, "{record:?} in {run:?}");
        lines += count(&kept[offset as usize..record.offset as usize]);
        offset = record.offset;
        assert_eq!(lines, record.lines, "{record:?} in {run:?}");
    }
    let reader = Reader::open(&folder).unwrap();
    let unfinished = u64::from(kept.last().is_some_and(|byte| *byte != b'\n'));
    assert_eq!((reader.bytes(), reader.lines()), (kept.len() as u64, count(kept) + unfinished), "{run:?}");
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

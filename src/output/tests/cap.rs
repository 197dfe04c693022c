//! Whatever is printed, in whatever pieces, with a cap, on a disk that is full now and then, by one attempt or several: what
//! is kept is what was printed, in its place, and the rest is said to be missing.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use proptest::prelude::*;

use super::{any_pieces, millis};
use crate::output::gap::GAP_FILE;
use crate::output::index::{INDEX_FILE, OUTPUT_FILE};
use crate::output::lines::LINE_CUT;
use crate::output::{Line, Part, Reader, Stream, Writer};

/// What one append was, and what became of it.
#[derive(Debug, Clone)]
struct Printed {
    stream: Stream,
    at: i64,
    bytes: Vec<u8>,
    refused: bool,
}

/// All that was printed, as the plainest thing.
#[derive(Debug, Default)]
struct Model {
    printed: Vec<Printed>,
}

impl Model {
    fn bytes(&self) -> Vec<u8> {
        self.printed.iter().map(|printed| &printed.bytes[..]).collect::<Vec<_>>().concat()
    }

    /// Who printed the byte at an offset.
    fn at(&self, offset: u64) -> &Printed {
        let mut end = 0;
        self.printed
            .iter()
            .find(|printed| {
                end += printed.bytes.len() as u64;
                offset < end
            })
            .unwrap()
    }
}

/// Compares a reader with the model. Returns the bytes that are kept.
fn check(reader: &mut Reader, model: &Model, cap: Option<u64>) -> Result<u64, TestCaseError> {
    let all = model.bytes();
    prop_assert_eq!(reader.bytes(), all.len() as u64);
    // All parts, in order, without anything in between.
    let (mut offset, mut kept, mut lost) = (0_usize, 0_u64, 0_u64);
    let mut wrong = None;
    let end = reader.walk(0..u64::MAX, true, &mut |part| {
        match part {
            Part::Bytes(stream, bytes) => {
                let at = model.at(offset as u64);
                if all.get(offset..offset + bytes.len()) != Some(bytes) || at.stream != stream || at.refused {
                    wrong.get_or_insert(offset);
                }
                offset += bytes.len();
                kept += bytes.len() as u64;
            }
            Part::Missing(missing, from) => {
                assert_eq!((from, missing.gap.from), (offset as u64, offset as u64));
                let range = offset..missing.gap.to as usize;
                assert_eq!(missing.gap.line_ends, naive_ends(&all[range.clone()]));
                assert_eq!(missing.gap.line, naive_ends(&all[..offset]));
                lost += if missing.gap.cap.is_none() { range.len() as u64 } else { 0 };
                offset = range.end;
            }
        }
        Ok(())
    });
    prop_assert_eq!(end.unwrap(), all.len() as u64);
    prop_assert_eq!((wrong, offset), (None, all.len()));
    let refused: u64 = model.printed.iter().filter(|printed| printed.refused).map(|p| p.bytes.len() as u64).sum();
    match cap {
        None => prop_assert_eq!(lost, refused),
        Some(cap) => prop_assert!(kept <= cap && lost <= refused, "{} of {}", kept, cap),
    }
    check_lines(reader, model, &all)?;
    Ok(kept)
}

fn naive_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The lines and gaps follow each other, each has the number that it was printed with, and any window is a part of them.
fn check_lines(reader: &mut Reader, model: &Model, all: &[u8]) -> Result<(), TestCaseError> {
    let lines = reader.line_window(0, usize::MAX).unwrap();
    let (mut offset, mut number, mut shift) = (0, 0, 0);
    let (mut counted, mut line_ends) = (0, 0);
    for (n, line) in lines.iter().enumerate() {
        prop_assert_eq!((line.offset, line.number), (offset, number), "row {}", n);
        if let Some(gap) = &line.gap {
            line_ends += naive_ends(&all[counted..gap.to as usize]);
            counted = gap.to as usize;
            let after = line_ends + shift;
            prop_assert!(line.next == after || gap.line_ends < 2 && line.next > after);
            shift += line.next - after;
            offset = gap.to;
        } else {
            line_ends += naive_ends(&all[counted..offset as usize]);
            counted = offset as usize;
            prop_assert_eq!(line.number, line_ends + shift);
            let from = &all[counted..];
            let length = memchr::memchr(b'\n', from).unwrap_or(from.len()) as u64;
            let cut_by = lines.get(n + 1).and_then(|next| next.gap.as_ref()).map(|gap| gap.from - offset);
            let length = cut_by.map_or(length, |cut| cut.min(length));
            prop_assert_eq!(line.length, length);
            prop_assert!(line.rewritten || from.starts_with(&line.bytes));
            prop_assert!(line.rewritten || line.bytes.len() as u64 == length || line.bytes.len() > LINE_CUT - 4);
            prop_assert_eq!(line.complete, n + 1 < lines.len() || all.last() == Some(&b'\n'));
            let printed = model.at(offset);
            prop_assert_eq!(line.stream, printed.stream);
            prop_assert!((line.at.as_millisecond() - millis(printed.at).as_millisecond()).abs() <= 1000);
            let ended = cut_by.is_some_and(|cut| cut == length && all.get((offset + cut) as usize - 1) != Some(&b'\n'));
            offset += length + u64::from(!ended);
        }
        number = line.next;
    }
    prop_assert_eq!(reader.lines(), number);
    check_windows(reader, &lines)
}

fn check_windows(reader: &mut Reader, lines: &[Line]) -> Result<(), TestCaseError> {
    for first in (0..lines.len()).step_by(1 + lines.len() / 7) {
        let window = reader.line_window(lines[first].number, 3).unwrap();
        prop_assert_eq!(&window[..], &lines[first..lines.len().min(first + 3)]);
        let last = lines.len() - first;
        let row = reader.rows().above(reader.lines(), last as u64);
        prop_assert_eq!(reader.line_offset(row).unwrap(), lines[first].offset);
        // A number in a gap is the gap's.
        prop_assert_eq!(&reader.line_window(lines[first].next - 1, 1).unwrap()[0], &lines[first]);
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Kept,
    DiskFull,
    NextAttempt,
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![8 => Just(Fate::Kept), 2 => Just(Fate::DiskFull), 1 => Just(Fate::NextAttempt)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn o1_o2_what_is_kept_is_what_was_printed_in_its_place_and_the_rest_is_said_to_be_missing(
        pieces in any_pieces(),
        fates in prop::collection::vec(any_fate(), 40),
        cap in prop::option::of(4096..300_000_u64),
        looked_at in 0..40_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1).capped(cap);
        let mut reader = Reader::open(folder.path()).unwrap();
        let mut model = Model::default();
        let mut at = 0;
        for (n, ((err, pause, bytes), fate)) in pieces.into_iter().zip(&fates).enumerate() {
            at += pause;
            let stream = if err { Stream::Err } else { Stream::Out };
            let refused = matches!(fate, Fate::DiskFull);
            match fate {
                Fate::Kept => writer.append(stream, millis(at), &bytes),
                Fate::DiskFull => writer.on_a_full_disk(|writer| writer.append(stream, millis(at), &bytes)),
                Fate::NextAttempt => {
                    writer.finish().unwrap();
                    writer = Writer::new(folder.path(), 1).capped(cap);
                    writer.append(stream, millis(at), &bytes);
                }
            }
            model.printed.push(Printed { stream, at, bytes, refused });
            if n == looked_at || n == 2 * looked_at {
                reader.refresh().unwrap();
                check(&mut reader, &model, cap)?;
            }
        }
        writer.finish().unwrap();
        reader.refresh().unwrap();
        let kept = check(&mut reader, &model, cap)?;
        prop_assert_eq!(check(&mut Reader::open(folder.path()).unwrap(), &model, cap)?, kept);
        if let Some(cap) = cap {
            let (printed, refused) = model.printed.iter().fold((0, 0), |(all, refused), p| {
                (all + p.bytes.len() as u64, refused + if p.refused { p.bytes.len() as u64 } else { 0 })
            });
            prop_assert!(kept >= (printed - refused).min(cap / 2), "{} of {} with a cap of {}", kept, printed, cap);
        }
    }
}

fn flood(folder: &Path, cap: u64, megabytes: usize, line: &[u8]) -> Writer {
    let mut writer = Writer::new(folder, 1).capped(Some(cap));
    let mut text = Vec::new();
    while text.len() < 1 << 20 {
        text.extend_from_slice(line);
    }
    for n in 0..megabytes {
        writer.append(if n % 2 == 0 { Stream::Out } else { Stream::Err }, millis(n as i64), &text);
    }
    writer
}

/// What a file takes on the disk.
fn taken(folder: &Path, name: &str) -> u64 {
    fs::metadata(folder.join(name)).unwrap().blocks() * 512
}

#[test]
fn o2_a_flood_takes_no_more_of_the_disk_than_its_cap_whatever_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let cap = 4 << 20;
    let writer = flood(folder.path(), cap, 200, b"0123456789abcdef0123456789abcde\n");
    let dropped = writer.dropped().unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::metadata(folder.path().join(OUTPUT_FILE)).unwrap().len(), 200 << 20);
    let on_disk = taken(folder.path(), OUTPUT_FILE);
    assert!(on_disk <= cap + (64 << 10), "{on_disk}");
    assert!(taken(folder.path(), INDEX_FILE) <= 64 << 10);
    assert_eq!((dropped.bytes, dropped.lines * 32), (dropped.to - dropped.from, dropped.to - dropped.from));
    assert!(dropped.from >= cap / 2 - cap / 16 && dropped.from <= cap / 2);
    assert!((200 << 20) - dropped.to >= cap / 4);
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.lines(), 200 << 15);
    let last = reader.line_window((200 << 15) - 1, 1).unwrap();
    assert_eq!((last[0].offset, last[0].stream), ((200 << 20) - 32, Stream::Err));
}

#[test]
fn o2_a_gap_of_a_terabyte_is_passed_by_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    flood(folder.path(), 1 << 20, 4, b"line\n").finish().unwrap();
    // As if so much had been printed in between: the end is moved behind a hole of a terabyte.
    let (output, by) = (folder.path().join(OUTPUT_FILE), 1_u64 << 40);
    let mut gaps = crate::output::gap::Gaps::read(&fs::File::open(folder.path().join(GAP_FILE)).unwrap()).unwrap();
    let gap = gaps.by_cap.as_mut().unwrap();
    let tail = fs::read(&output).unwrap().split_off(gap.to as usize);
    let file = fs::OpenOptions::new().write(true).open(&output).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &tail, gap.to + by).unwrap();
    (gap.to, gap.line_ends) = (gap.to + by, gap.line_ends + by / 5);
    fs::write(folder.path().join(GAP_FILE), gap.to_bytes()).unwrap();
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.bytes(), gap.to + tail.len() as u64);
    let mut kept = 0;
    reader
        .copy(0..u64::MAX, None, &mut |part| {
            if let Part::Bytes(_, bytes) = part {
                kept += bytes.len() as u64;
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(kept, gap.from + tail.len() as u64);
    assert_eq!(reader.lines(), gap.line + gap.line_ends + tail.len() as u64 / 5);
    assert_eq!(reader.line_window(reader.lines() - 1, 9).unwrap()[0].bytes, b"line");
}

#[test]
fn o1_o2_50_megabytes_in_one_line_are_kept_at_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = flood(folder.path(), 8 << 20, 50, b"0123456789");
    writer.append(Stream::Out, millis(99), b"\nafter\0\nopen");
    writer.finish().unwrap();
    let mut reader = Reader::open(folder.path()).unwrap();
    let lines = reader.line_window(0, 9).unwrap();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].gap.is_none() && lines[1].gap.is_some() && lines[2].gap.is_none());
    assert_eq!(lines[1].gap.as_ref().unwrap().line_ends, 0);
    assert_eq!((&lines[3].bytes[..], &lines[4].bytes[..]), (&b"after\0"[..], &b"open"[..]));
    assert_eq!((lines[3].complete, lines[4].complete), (true, false));
    assert!(lines[0].length + lines[2].length <= 8 << 20);
}

#[test]
fn o2_while_a_flood_goes_on_its_readers_never_take_a_hole_for_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let flooding =
        std::thread::spawn(move || flood(&path, 4 << 20, 300, b"0123456789abcdef0123456789abcde\n").finish());
    let mut reader = Reader::open(folder.path()).unwrap();
    let (mut offset, mut looks, mut gaps) = (0, 0, 0);
    while !flooding.is_finished() || looks < 10 {
        looks += 1;
        reader.refresh().unwrap();
        offset = reader
            .copy(offset..u64::MAX, None, &mut |part| {
                match part {
                    Part::Bytes(_, bytes) => assert!(!bytes.contains(&0), "a hole was read"),
                    Part::Missing(..) => gaps += 1,
                }
                Ok(())
            })
            .unwrap();
        let first = reader.rows().above(reader.lines(), 100_000);
        for line in reader.line_window(first, 50).unwrap() {
            let whole = line.gap.is_some() || line.bytes == b"0123456789abcdef0123456789abcde" || !line.complete;
            assert!(whole, "{line:?}");
        }
    }
    flooding.join().unwrap().unwrap();
    reader.refresh().unwrap();
    assert_eq!(reader.copy(offset..u64::MAX, None, &mut |_| Ok(())).unwrap(), 300 << 20);
    assert!(gaps <= looks);
}

#[test]
fn o2_a_file_system_that_makes_no_holes_keeps_the_beginning_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    for attempt in 0..2 {
        let mut writer = Writer::new(folder.path(), 1).capped(Some(1 << 20));
        writer.makes_no_holes();
        for _ in 0..3 {
            writer.append(Stream::Out, millis(attempt), &b"0123456\n".repeat(1 << 17));
        }
        writer.finish().unwrap();
    }
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!((reader.bytes(), reader.lines()), (6 << 20, 6 << 17));
    let missing = &reader.missing()[0].gap;
    assert_eq!((missing.from, missing.to, missing.line_ends), (1 << 20, 6 << 20, 5 << 17));
    let mut kept = Vec::new();
    reader.copy_raw(0, None, &mut kept).unwrap();
    assert!(kept == b"0123456\n".repeat(1 << 17));
}

#[test]
fn o2_a_gap_file_that_is_damaged_is_none_and_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    flood(folder.path(), 1 << 20, 3, b"line\n").finish().unwrap();
    let sound = fs::read(folder.path().join(GAP_FILE)).unwrap();
    for damage in [vec![], vec![7; 40], vec![0; 256], sound[..100].to_vec()] {
        fs::write(folder.path().join(GAP_FILE), damage).unwrap();
        let mut reader = Reader::open(folder.path()).unwrap();
        assert_eq!(reader.missing(), []);
        assert_eq!(reader.copy_raw(0, None, &mut std::io::sink()).unwrap(), reader.bytes());
        reader.line_window(0, 1000).unwrap();
    }
}

#[test]
fn o2_r6_r9_around_a_gap_secrets_are_masked_and_every_line_knows_its_attempt() {
    let folder = tempfile::tempdir().unwrap();
    crate::output::masks::add(folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
    let text = (0..60_000).fold(String::new(), |text, n| text + &format!("{n:06} hunter2 and more\n"));
    for attempt in [1, 2] {
        let mut writer = Writer::new(folder.path(), attempt).capped(Some(1 << 20));
        writer.append(Stream::Out, millis(0), text.as_bytes());
    }
    let mut reader = Reader::open(folder.path()).unwrap();
    let row = reader.missing()[0].row;
    let lines = reader.line_window(row - 1, 3).unwrap();
    let seen: Vec<_> = lines.iter().map(|line| (line.attempt, line.gap.is_some())).collect();
    assert_eq!(seen, [(1, false), (1, true), (2, false)]);
    for line in [&lines[0], &lines[2]] {
        assert!(line.bytes.ends_with(b" *** and more"), "{line:?}");
        assert!(reader.line_bytes(line, 1 << 20).unwrap().0.ends_with(b" *** and more"));
    }
}

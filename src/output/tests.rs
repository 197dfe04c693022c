//! What the writer wrote, the reader finds.

mod cap;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;

use super::index::{INDEX_FILE, OUTPUT_FILE, RECORD_SIZE};
use super::lines::LINE_CUT;
use super::{Line, Reader, Stream, Writer};

fn millis(n: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + n).unwrap()
}

fn written(pieces: &[(Stream, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(folder.path(), 1);
    for (n, (stream, bytes)) in pieces.iter().enumerate() {
        writer.append(*stream, millis(100 * n as i64), bytes);
    }
    folder
}

fn copied(reader: &mut Reader, from: u64, stream: Option<Stream>) -> Vec<u8> {
    let mut copy = Vec::new();
    assert_eq!(reader.copy_raw(from, stream, &mut copy).unwrap(), reader.bytes());
    copy
}

fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| String::from_utf8_lossy(&line.bytes).into_owned()).collect()
}

/// Where the last lines begin.
fn tail(reader: &mut Reader, lines: u64) -> u64 {
    let first = reader.lines().saturating_sub(lines);
    reader.line_offset(first).unwrap()
}

#[test]
fn o1_a_line_has_the_time_and_stream_of_its_first_byte() {
    let folder = written(&[
        (Stream::Out, b"one\ntw"),
        (Stream::Err, b"oops\n\n"),
        (Stream::Out, b"crlf\r\n"),
        (Stream::Err, b"no end"),
    ]);
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!((reader.bytes(), reader.lines()), (24, 5));
    let lines = reader.line_window(0, 100).unwrap();
    assert_eq!(texts(&lines), ["one", "twoops", "", "crlf\r", "no end"]);
    let facts: Vec<_> = lines.iter().map(|l| (l.number, l.offset, l.at, l.stream, l.length, l.complete)).collect();
    assert_eq!(
        facts,
        [
            (0, 0, millis(0), Stream::Out, 3, true),
            (1, 4, millis(0), Stream::Out, 6, true),
            (2, 11, millis(100), Stream::Err, 0, true),
            (3, 12, millis(200), Stream::Out, 5, true),
            (4, 18, millis(300), Stream::Err, 6, false),
        ]
    );
    assert_eq!(reader.line_window(3, 1).unwrap(), lines[3..4]);
    assert_eq!(reader.line_window(5, 10).unwrap(), []);
    assert_eq!(copied(&mut reader, 2, Some(Stream::Err)), b"oops\n\nno end");
    assert_eq!(copied(&mut reader, 2, Some(Stream::Out)), b"e\ntwcrlf\r\n");
}

#[test]
fn the_tail_of_an_output_begins_at_a_line() {
    let folder = written(&[(Stream::Out, b"a\nbb\nccc")]);
    let mut reader = Reader::open(folder.path()).unwrap();
    let offsets: Vec<_> = (0..5).map(|n| tail(&mut reader, n)).collect();
    assert_eq!(offsets, [8, 5, 2, 0, 0]);
}

#[test]
fn a_run_that_printed_nothing_has_an_empty_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!((reader.bytes(), reader.lines(), reader.refresh().unwrap()), (0, 0, false));
    assert_eq!(reader.line_window(0, 10).unwrap(), []);
    assert_eq!(copied(&mut reader, 0, None), b"");
    assert_eq!(tail(&mut reader, 3), 0);

    let mut writer = Writer::new(folder.path(), 1);
    assert!(!reader.refresh().unwrap());
    writer.append(Stream::Err, millis(0), b"now\n");
    assert!(reader.refresh().unwrap());
    assert_eq!(reader.line_window(0, 10).unwrap()[0].stream, Stream::Err);
}

#[test]
fn a_reader_follows_a_growing_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(folder.path(), 1);
    let mut reader = Reader::open(folder.path()).unwrap();
    let (mut offset, mut copy, mut printed) = (0, Vec::new(), Vec::new());
    for n in 0..3000 {
        let stream = if n % 7 == 0 { Stream::Err } else { Stream::Out };
        let piece = format!("{n} {}\n{n}", "x".repeat(n % 300));
        writer.append(stream, millis(n as i64), piece.as_bytes());
        printed.extend_from_slice(piece.as_bytes());
        if n % 3 == 0 {
            assert!(reader.refresh().unwrap());
            assert!(!reader.refresh().unwrap());
            offset = reader.copy_raw(offset, None, &mut copy).unwrap();
            assert_eq!(reader.lines(), n as u64 + 2);
            assert!(!reader.line_window(n as u64 + 1, 1).unwrap()[0].complete);
        }
    }
    reader.refresh().unwrap();
    reader.copy_raw(offset, None, &mut copy).unwrap();
    assert!(copy == printed);
    assert_eq!(reader.line_window(1500, 1).unwrap()[0].bytes, format!("1499{} ", 1500).into_bytes());
}

#[test]
fn an_output_that_was_cut_short_is_read_anew() {
    let folder = written(&[(Stream::Out, b"one\ntwo\n"), (Stream::Err, b"three\n")]);
    let mut reader = Reader::open(folder.path()).unwrap();
    OpenOptions::new().write(true).open(folder.path().join(OUTPUT_FILE)).unwrap().set_len(6).unwrap();
    assert!(reader.refresh().unwrap());
    assert_eq!((reader.bytes(), reader.lines()), (6, 2));
    assert_eq!(texts(&reader.line_window(0, 9).unwrap()), ["one", "tw"]);
}

/// 300 pieces of 8 KiB in alternating streams, with numbered lines of 64 bytes.
fn large() -> (tempfile::TempDir, Vec<u8>) {
    let printed: Vec<u8> = (0..300 * 128).flat_map(|n| format!("{n:63}\n").into_bytes()).collect();
    let streams = [Stream::Out, Stream::Err];
    let pieces: Vec<_> = printed.chunks(8192).enumerate().map(|(n, piece)| (streams[n % 2], piece)).collect();
    (written(&pieces), printed)
}

fn assert_lines_are_found(reader: &mut Reader) {
    assert_eq!(reader.lines(), 38_400);
    for number in (0..38_400).step_by(997) {
        let line = &reader.line_window(number, 1).unwrap()[0];
        assert_eq!((line.offset, String::from_utf8_lossy(&line.bytes)), (number * 64, format!("{number:63}").into()));
    }
}

#[test]
fn an_index_that_lags_behind_or_ends_in_a_torn_record_costs_no_line() {
    let (folder, printed) = large();
    let index = fs::read(folder.path().join(INDEX_FILE)).unwrap();
    assert_eq!(index.len(), 300 * RECORD_SIZE);
    for kept in [index.len() - 1, index.len() - RECORD_SIZE, 100 * RECORD_SIZE + 7, RECORD_SIZE, 31, 0] {
        fs::write(folder.path().join(INDEX_FILE), &index[..kept]).unwrap();
        let mut reader = Reader::open(folder.path()).unwrap();
        assert_lines_are_found(&mut reader);
        assert!(copied(&mut reader, 0, None) == printed);
        // What the index does not know counts to its last piece.
        let known = (kept / RECORD_SIZE).max(1);
        let last = if known % 2 == 1 { Stream::Out } else { Stream::Err };
        assert_eq!(reader.line_window(38_399, 1).unwrap()[0].stream, last, "{kept}");
    }
    fs::remove_file(folder.path().join(INDEX_FILE)).unwrap();
    assert_lines_are_found(&mut Reader::open(folder.path()).unwrap());
}

#[test]
fn bytes_before_the_first_record_are_standard_output() {
    let (folder, printed) = large();
    let index = fs::read(folder.path().join(INDEX_FILE)).unwrap();
    fs::write(folder.path().join(INDEX_FILE), &index[5 * RECORD_SIZE..]).unwrap();
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_lines_are_found(&mut reader);
    let mut expected = printed[..5 * 8192].to_vec();
    printed.chunks(8192).skip(6).step_by(2).for_each(|piece| expected.extend_from_slice(piece));
    assert!(copied(&mut reader, 0, Some(Stream::Out)) == expected);
}

#[test]
fn records_of_bytes_that_did_not_reach_the_disk_and_zeros_after_a_power_loss_are_ignored() {
    let (folder, printed) = large();
    let cut = 100 * 8192 + 10;
    OpenOptions::new().write(true).open(folder.path().join(OUTPUT_FILE)).unwrap().set_len(cut).unwrap();
    let mut reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.lines(), 100 * 128 + 1);
    assert!(copied(&mut reader, 0, None) == printed[..cut as usize]);

    let (folder, _) = large();
    let mut index = fs::read(folder.path().join(INDEX_FILE)).unwrap();
    index[200 * RECORD_SIZE..].fill(0);
    fs::write(folder.path().join(INDEX_FILE), &index).unwrap();
    assert_lines_are_found(&mut Reader::open(folder.path()).unwrap());
}

#[test]
fn any_damage_to_the_index_costs_labels_but_no_byte() {
    let (folder, printed) = large();
    let index = fs::read(folder.path().join(INDEX_FILE)).unwrap();
    let number = || prop_oneof![0..printed.len() as u64 * 2, any::<u64>()];
    let record = (number(), number(), any::<i64>(), 0..4_u8);
    proptest!(ProptestConfig::with_cases(64), |(at in 0..300_usize, (offset, lines, time, stream) in record)| {
        let mut damaged = index.clone();
        let record = &mut damaged[at * RECORD_SIZE..][..RECORD_SIZE];
        record[0..8].copy_from_slice(&offset.to_le_bytes());
        record[8..16].copy_from_slice(&(lines / 2).to_le_bytes());
        record[16..24].copy_from_slice(&(time / 4).to_le_bytes());
        record[24] = stream;
        fs::write(folder.path().join(INDEX_FILE), &damaged).unwrap();
        let mut reader = Reader::open(folder.path()).unwrap();
        prop_assert!(copied(&mut reader, 0, None) == printed);
        let both = copied(&mut reader, 0, Some(Stream::Out)).len() + copied(&mut reader, 0, Some(Stream::Err)).len();
        prop_assert_eq!(both, printed.len());
        for first in [10_000, reader.lines().saturating_sub(200)] {
            prop_assert!(reader.line_window(first, 300).unwrap().len() <= 300);
        }
    });
}

#[test]
fn a_long_line_is_cut_for_display_between_two_characters_and_says_its_length() {
    let long = format!("x{}\n", "é".repeat(100_000));
    let folder = written(&[(Stream::Out, b"before\n"), (Stream::Err, long.as_bytes()), (Stream::Out, b"after\nlast")]);
    let mut reader = Reader::open(folder.path()).unwrap();
    let lines = reader.line_window(0, 9).unwrap();
    assert_eq!((lines[1].length, lines[1].rewritten), (200_001, false));
    assert_eq!(String::from_utf8(lines[1].bytes.clone()).unwrap(), format!("x{}", "é".repeat(LINE_CUT / 2 - 1)));
    assert_eq!(texts(&lines[2..]), ["after", "last"]);
}

#[test]
fn o4_of_a_long_progress_bar_the_last_state_is_given() {
    let bar = (0..20_000).map(|n| format!("\r{n} of 20000")).collect::<Vec<_>>().concat();
    let folder = written(&[(Stream::Out, format!("{bar}\r\r\n{bar}").as_bytes())]);
    let lines = Reader::open(folder.path()).unwrap().line_window(0, 2).unwrap();
    assert_eq!(texts(&lines), ["19999 of 20000\r\r", "19999 of 20000"]);
    assert!(lines.iter().all(|line| line.rewritten && line.length >= bar.len() as u64));
}

/// The lines of `printed` as (offset, bytes, complete), found in the plainest way.
fn naive_lines(printed: &[u8]) -> Vec<(u64, &[u8], bool)> {
    let mut offset = 0;
    printed
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let start = offset;
            offset += line.len() as u64;
            line.strip_suffix(b"\n").map_or((start, line, false), |text| (start, text, true))
        })
        .collect()
}

fn any_pieces() -> impl Strategy<Value = Vec<(bool, i64, Vec<u8>)>> {
    let byte = prop_oneof![3 => Just(b'\n'), 1 => Just(b'\r'), 10 => any::<u8>()];
    let short = prop::collection::vec(byte, 0..200);
    let long = (any::<u8>(), 1..150_000_usize).prop_map(|(byte, length)| vec![byte; length]);
    let piece = (any::<bool>(), 0..100_i64, prop_oneof![9 => short, 1 => long]);
    prop::collection::vec(piece, 0..40)
}

fn check_against_naive(
    folder: &Path,
    reader: &mut Reader,
    pieces: &[(bool, i64, Vec<u8>)],
) -> Result<(), TestCaseError> {
    let of = |err: bool| pieces.iter().filter(|p| p.0 == err).map(|p| &p.2[..]).collect::<Vec<_>>().concat();
    let printed: Vec<u8> = pieces.iter().map(|p| &p.2[..]).collect::<Vec<_>>().concat();
    prop_assert_eq!(reader.bytes(), fs::read(folder.join(OUTPUT_FILE)).unwrap_or_default().len() as u64);
    prop_assert!(copied(reader, 0, None) == printed);
    prop_assert!(copied(reader, 0, Some(Stream::Out)) == of(false));
    prop_assert!(copied(reader, 0, Some(Stream::Err)) == of(true));

    let sizes = pieces.iter().map(|p| p.2.len() as u64);
    let ends: Vec<u64> = sizes
        .scan(0, |end, size| {
            *end += size;
            Some(*end)
        })
        .collect();
    let naive = naive_lines(&printed);
    prop_assert_eq!(reader.lines(), naive.len() as u64);
    for first in [0, 1, naive.len() / 2, naive.len().saturating_sub(2)] {
        let lines = reader.line_window(first as u64, 30).unwrap();
        prop_assert_eq!(lines.len(), naive.len().saturating_sub(first).min(30));
        for (line, (offset, bytes, complete)) in lines.iter().zip(&naive[first.min(naive.len())..]) {
            prop_assert_eq!((line.offset, line.length, line.complete), (*offset, bytes.len() as u64, *complete));
            if bytes.len() <= LINE_CUT {
                prop_assert_eq!(&line.bytes, bytes);
            } else {
                prop_assert!(line.rewritten || bytes.starts_with(&line.bytes));
                prop_assert!(line.rewritten || line.bytes.len() > LINE_CUT - 4);
            }
            let origin = pieces.iter().zip(&ends).find(|(_, end)| *end > offset);
            prop_assert_eq!(Some(line.stream == Stream::Err), origin.map(|(piece, _)| piece.0));
        }
    }
    for n in [0, 1, 3, naive.len()] {
        let expected = naive[naive.len().saturating_sub(n)..].first().map_or(printed.len() as u64, |line| line.0);
        prop_assert_eq!(tail(reader, n as u64), expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn o1_any_bytes_in_any_pieces_come_back_exactly(pieces in any_pieces(), refreshed_at in 0..40_usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::new(folder.path(), 1);
        let mut reader = Reader::open(folder.path()).unwrap();
        let mut at = 0;
        for (n, (err, pause, bytes)) in pieces.iter().enumerate() {
            at += pause;
            writer.append(if *err { Stream::Err } else { Stream::Out }, millis(at), bytes);
            if n == refreshed_at {
                reader.refresh().unwrap();
                check_against_naive(folder.path(), &mut reader, &pieces[..=n])?;
            }
        }
        writer.finish().unwrap();
        reader.refresh().unwrap();
        check_against_naive(folder.path(), &mut reader, &pieces)?;
        check_against_naive(folder.path(), &mut Reader::open(folder.path()).unwrap(), &pieces)?;
    }

    #[test]
    fn a_sink_that_fails_is_reported(printed in prop::collection::vec(any::<u8>(), 1..100)) {
        let folder = written(&[(Stream::Out, &printed)]);
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        prop_assert!(full.write(b"x").is_err());
        prop_assert!(Reader::open(folder.path()).unwrap().copy_raw(0, None, &mut full).is_err());
    }
}

/// A run that printed this, and whose secret was `hunter2`.
fn with_secret(printed: &[u8]) -> tempfile::TempDir {
    let folder = written(&[(Stream::Out, printed)]);
    super::masks::add(folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
    folder
}

#[test]
fn r9_a_secret_is_masked_also_where_a_long_line_is_cut() {
    for shift in 0..10 {
        let before = "x".repeat(LINE_CUT - shift);
        let line = format!("{before}hunter2{}", "y".repeat(100_000));
        let folder = with_secret(format!("a hunter2\n{line}\n\rhunter2\n").as_bytes());
        let mut reader = Reader::open(folder.path()).unwrap();
        let lines = reader.line_window(0, 9).unwrap();
        assert_eq!((lines[0].bytes.as_slice(), lines[0].cut, lines[0].length), (&b"a ***"[..], 0, 9));
        // One that is cut in two is masked whole, and counts as shown.
        let shown = if shift == 0 { before.clone() } else { format!("{before}***") };
        let rest = if shift < 8 { "" } else { &"y".repeat(shift - 7) };
        let taken = if shift == 0 { LINE_CUT } else { before.len() + 7 + rest.len() };
        assert_eq!(String::from_utf8_lossy(&lines[1].bytes), format!("{shown}{rest}"), "{shift}");
        assert_eq!(lines[1].cut, (line.len() - taken) as u64, "{shift}");
        assert_eq!(lines[2].bytes, b"\r***");
        for most in [LINE_CUT, LINE_CUT + 3, 1 << 20] {
            let (bytes, whole) = reader.line_bytes(&lines[1], most).unwrap();
            assert!(!whole && !String::from_utf8_lossy(&bytes).contains('h'), "{shift} {most}");
        }
        assert_eq!(reader.line_bytes(&lines[0], 1 << 20).unwrap(), (b"a ***".to_vec(), false));
        assert_eq!(copied(&mut reader, 0, None).len(), line.len() + 10 + 10);
    }
    let folder = written(&[(Stream::Out, b"a hunter2\n")]);
    let mut reader = Reader::open(folder.path()).unwrap();
    let line = &reader.line_window(0, 1).unwrap()[0];
    assert_eq!(reader.line_bytes(line, 1 << 20).unwrap(), (b"a hunter2".to_vec(), true));
}

#[test]
fn r9_a_secret_in_a_long_progress_bar_is_masked() {
    let bar = (0..2_000).map(|n| format!("\r{n} hunter2")).collect::<Vec<_>>().concat();
    let folder = with_secret(bar.as_bytes());
    let lines = Reader::open(folder.path()).unwrap().line_window(0, 2).unwrap();
    assert_eq!((texts(&lines), lines[0].rewritten, lines[0].cut), (vec!["1999 ***".into()], true, 0));
}

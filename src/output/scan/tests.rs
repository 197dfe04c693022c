//! A scan finds what somebody finds who reads line by line.

use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::output::sanitise::to_plain;
use crate::output::{Level, Reader, Stream, Writer, level, masks};

struct Output {
    folder: tempfile::TempDir,
    reader: Reader,
    cap: Option<u64>,
}

impl Output {
    fn new(cap: Option<u64>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let reader = Reader::open(folder.path()).unwrap();
        Self { folder, reader, cap }
    }

    fn print(&mut self, stream: Stream, text: &[u8]) {
        Writer::new(self.folder.path(), 1).capped(self.cap).append(stream, Timestamp::UNIX_EPOCH, text);
        self.reader.refresh().unwrap();
    }

    fn of(text: &[u8]) -> Self {
        let mut output = Self::new(None);
        output.print(Stream::Out, text);
        output
    }

    fn scanned(&mut self, scan: &mut Scan, whole: bool) {
        while scan.step(&mut self.reader, whole).unwrap() {}
    }

    fn all(&mut self, scan: &mut Scan) -> Vec<u64> {
        let all = scan.page(0, usize::MAX, &mut self.reader).unwrap();
        assert_eq!(all.len() as u64, scan.matches());
        all
    }

    /// The wanted lines, looked at one after the other.
    fn naive(&mut self, wanted: &Wanted, whole: bool) -> Vec<u64> {
        let lines = self.reader.line_window(0, usize::MAX).unwrap();
        let is_wanted = |line: &crate::output::Line| {
            let special = line.bytes.contains(&0x1b) || line.bytes.contains(&b'\r');
            let shown = if special { to_plain(&line.bytes).into_bytes() } else { line.bytes.clone() };
            let matches =
                wanted.matcher.as_ref().is_none_or(|matcher| matcher.is_match(&shown, &masks::Masks::default()));
            line.gap.is_none()
                && (whole || line.complete)
                && matches != (wanted.invert && wanted.matcher.is_some())
                && wanted.stream.is_none_or(|stream| line.stream == stream)
                && wanted.level.is_none_or(|least| level::of(&shown) >= Some(least))
        };
        lines.iter().filter(|line| is_wanted(line)).map(|line| line.number).collect()
    }
}

fn matching(pattern: &str) -> Arc<Wanted> {
    Arc::new(Wanted::matching(Arc::new(Matcher::new(pattern).unwrap())))
}

fn fine(block: usize) -> Grain {
    Grain { block, long: 24, overlap: 8 }
}

#[test]
fn matches_are_counted_and_found_again_in_both_directions() {
    // Several blocks; every 1000th line matches.
    let text =
        (0..100_000).map(|n| if n % 1000 == 7 { "a needle\n" } else { "much hay in here\n" }).collect::<String>();
    let mut output = Output::of(text.as_bytes());
    let mut scan = Scan::new(matching("needle"));
    output.scanned(&mut scan, true);
    assert!(scan.blocks() > 5);
    assert_eq!((scan.matches(), scan.at()), (100, text.len() as u64));
    let reader = &mut output.reader;
    for n in 0..100 {
        let line = n * 1000 + 7;
        assert_eq!(scan.ordinal(line, reader).unwrap(), Some(n + 1));
        assert_eq!(scan.at_or_after(line, reader).unwrap(), Some(line));
        assert_eq!(scan.at_or_before(line, reader).unwrap(), Some(line));
        assert_eq!(scan.at_or_after(line + 1, reader).unwrap(), (n < 99).then_some(line + 1000));
        assert_eq!(scan.at_or_before(line.saturating_sub(1), reader).unwrap(), n.checked_sub(1).map(|n| n * 1000 + 7));
    }
    assert_eq!(scan.ordinal(8, reader).unwrap(), None);
    assert_eq!(scan.page(98, 10, reader).unwrap(), [98_007, 99_007]);
    assert_eq!(scan.bands(10, reader).unwrap(), [10; 10]);
}

#[test]
fn a_line_of_many_blocks_matches_once_also_where_two_blocks_meet() {
    let Grain { block, .. } = Grain::default();
    for at in [block - 10, block - 3, 3 * block, 5 * block - 6] {
        let mut text = b"needle\n".to_vec();
        let long = text.len();
        text.resize(long + 5 * block, b'x');
        text[long + at..][..6].copy_from_slice(b"needle");
        text[long + 4 * block..][..6].copy_from_slice(b"needle");
        text.extend_from_slice(b"\nneedle");
        let mut output = Output::of(&text);
        let mut scan = Scan::new(matching("needle"));
        output.scanned(&mut scan, true);
        assert_eq!(output.all(&mut scan), [0, 1, 2], "{at}");
        assert_eq!([0, 1, 2].map(|line| scan.ordinal(line, &mut output.reader).unwrap()), [Some(1), Some(2), Some(3)]);
        assert_eq!(scan.at_or_after(1, &mut output.reader).unwrap(), Some(1));
        assert_eq!(scan.at_or_before(1, &mut output.reader).unwrap(), Some(1));
        let unmatched = Wanted { invert: true, ..(*matching("needle")).clone() };
        let mut scan = Scan::new(Arc::new(unmatched));
        output.scanned(&mut scan, true);
        assert_eq!(scan.matches(), 0);
    }
}

#[test]
fn a_last_line_without_line_end_waits_for_it_while_the_output_may_grow() {
    let mut output = Output::of(b"needle\nnee");
    let mut scan = Scan::new(matching("nee"));
    output.scanned(&mut scan, false);
    assert_eq!(scan.matches(), 1);
    output.print(Stream::Out, b"dle\n");
    output.scanned(&mut scan, false);
    assert_eq!((output.all(&mut scan), scan.blocks()), (vec![0, 1], 1));
    let mut scan = Scan::new(matching("nee"));
    Output::of(b"needle\nnee").scanned(&mut scan, true);
    assert_eq!(scan.matches(), 2);
}

#[test]
fn r9_what_is_masked_does_not_match_and_a_mask_that_comes_later_counts_anew() {
    let mut output = Output::of(b"the word is hunter2\nhunter2 hunter\n\x1b[1mhun\x1b[mter2\n");
    let mut scan = Scan::new(matching("hunter"));
    output.scanned(&mut scan, true);
    assert_eq!(output.all(&mut scan), [0, 1, 2]);
    masks::add(output.folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
    output.scanned(&mut scan, true);
    assert_eq!(output.all(&mut scan), [1]);
    let mut scan = Scan::new(matching(r"is \*\*\*$"));
    let mut shown = Vec::new();
    while scan.step_shown(&mut output.reader, true, 10, &mut |hits| shown.extend(hits)).unwrap() {}
    assert_eq!(shown, [Hit { line: 0, text: "the word is ***".to_owned() }]);
}

#[test]
fn r9_a_secret_in_a_long_line_is_not_found_wherever_two_parts_of_it_meet() {
    let Grain { block, .. } = Grain::default();
    for shift in 0..9 {
        let mut text = vec![b'x'; 3 * block];
        text[2 * block - shift..][..7].copy_from_slice(b"hunter2");
        text[2 * block + 40..][..6].copy_from_slice(b"needle");
        let mut output = Output::of(&text);
        masks::add(output.folder.path(), [b"hunter2".as_slice()].into_iter()).unwrap();
        for (pattern, matches) in
            [("hunter2", 0), ("hunt", 0), ("ter2", 0), ("2", 0), ("r2x", 0), ("needle", 1), ("x", 1)]
        {
            let mut scan = Scan::new(matching(pattern));
            let mut shown = Vec::new();
            while scan.step_shown(&mut output.reader, true, 10, &mut |hits| shown.extend(hits)).unwrap() {}
            assert_eq!(scan.matches(), matches, "{pattern} {shift}");
            assert!(shown.iter().all(|hit| !hit.text.contains('2')), "{pattern} {shift}");
        }
    }
}

#[test]
fn o2_what_the_cap_drops_is_forgotten_and_what_is_left_keeps_its_numbers() {
    let mut output = Output::new(Some(1 << 20));
    let mut scan = Scan::new(matching("7$"));
    for part in 0..40 {
        let text = (0..5000).map(|n| format!("line {}\n", part * 5000 + n)).collect::<Vec<_>>().concat();
        output.print(Stream::Out, text.as_bytes());
        output.scanned(&mut scan, false);
    }
    assert_eq!(output.reader.missing().len(), 1);
    let expected = output.naive(&matching("7$"), true);
    assert!(expected.len() > 1000 && expected.len() < 20_000);
    assert_eq!(output.all(&mut scan), expected);
}

#[test]
fn what_is_shown_of_a_hit_is_safe_and_short() {
    let mut text = b"a \x1b[31mneedle\x1b]0;title\x07\x01\n".to_vec();
    text.extend_from_slice("x".repeat(10_000).as_bytes());
    text.extend_from_slice(b" needle, needle\n");
    text.extend_from_slice(format!("{}\rneedle 100%\n", "needle 1%\r".repeat(1000)).as_bytes());
    let mut output = Output::of(&text);
    let mut scan = Scan::new(matching("needle"));
    let mut shown = Vec::new();
    while scan.step_shown(&mut output.reader, true, 10, &mut |hits| shown.extend(hits)).unwrap() {}
    assert_eq!(shown[0], Hit { line: 0, text: "a needle^A".to_owned() });
    assert_eq!(shown[1], Hit { line: 1, text: format!("...{} needle, needle", "x".repeat(199)) });
    assert_eq!(shown[2], Hit { line: 2, text: "needle 100%".to_owned() });
}

fn parts() -> impl Strategy<Value = Vec<(bool, Vec<&'static str>)>> {
    let word = prop::sample::select(vec!["a", "b", "\n", "\n", "\n", "ab", " ", "x", "é", "error: ", "WARN ", "a\nb"]);
    prop::collection::vec((any::<bool>(), prop::collection::vec(word, 1..30)), 1..12)
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let pattern =
        prop::sample::select(vec!["", "a", "ab", "a b", "^a", "b$", "^$", "(a|b)b", "x*", "[^x]a", "a\\sb", "é"]);
    let stream = prop::sample::select(vec![None, None, Some(Stream::Out), Some(Stream::Err)]);
    let level = prop::sample::select(vec![None, None, None, Some(Level::Warn), Some(Level::Info)]);
    (pattern, any::<bool>(), stream, level).prop_map(|(pattern, invert, stream, level)| {
        let matcher = Matcher::new(pattern).map(Arc::new);
        Wanted { invert: invert && matcher.is_some(), matcher, stream, level }
    })
}

proptest! {
    #[test]
    fn it_finds_what_is_found_line_by_line_wherever_blocks_meet(
        parts in parts(),
        wanted in wanted(),
        block in 1..40_usize,
        cap in prop::sample::select(vec![None, None, Some(64_u64)]),
        whole in any::<bool>(),
    ) {
        let mut output = Output::new(cap);
        let wanted = Arc::new(wanted);
        // One that goes on whenever something was printed, and one at the end.
        let mut growing = Scan::of(Arc::clone(&wanted), 0..u64::MAX, fine(block));
        for (err, words) in parts {
            let stream = if err { Stream::Err } else { Stream::Out };
            output.print(stream, words.concat().as_bytes());
            output.scanned(&mut growing, false);
        }
        output.scanned(&mut growing, whole);
        let mut at_once = Scan::of(Arc::clone(&wanted), 0..u64::MAX, fine(block));
        output.scanned(&mut at_once, whole);
        let expected = output.naive(&wanted, whole);
        prop_assert_eq!(output.all(&mut at_once), expected.clone());
        prop_assert_eq!(output.all(&mut growing), expected.clone());

        let reader = &mut output.reader;
        for line in 0..=reader.lines() {
            let after = expected.iter().copied().find(|found| *found >= line);
            let before = expected.iter().copied().rfind(|found| *found <= line);
            prop_assert_eq!(at_once.at_or_after(line, reader).unwrap(), after);
            prop_assert_eq!(at_once.at_or_before(line, reader).unwrap(), before);
            let ordinal = expected.iter().position(|found| *found == line).map(|place| place as u64 + 1);
            prop_assert_eq!(at_once.ordinal(line, reader).unwrap(), ordinal);
        }
        prop_assert_eq!(at_once.bands(7, reader).unwrap().iter().sum::<u64>(), expected.len() as u64);
    }

    #[test]
    fn it_finds_by_what_is_shown_in_any_bytes(
        lines in prop::collection::vec(
            prop::collection::vec(prop_oneof![
                prop::sample::select(vec![b'a', b'b', 0x1b, b'[', b'm', b'\r', b'3', b']', 7, b' ', 0xc3, 0xa9, 0x9b]),
                any::<u8>().prop_filter("a line", |byte| *byte != b'\n'),
            ], 0..20),
            0..40,
        ),
        pattern in prop::sample::select(vec!["a", "ab", "a b", "^b", "a$", "a.b", r"\^", "é"]),
        block in 1..100_usize,
        invert in any::<bool>(),
    ) {
        let mut output = Output::of(&lines.join(&b'\n'));
        let wanted = Arc::new(Wanted { invert, ..(*matching(pattern)).clone() });
        let mut scan = Scan::of(Arc::clone(&wanted), 0..u64::MAX, Grain { block, long: 64, overlap: 8 });
        output.scanned(&mut scan, true);
        prop_assert_eq!(output.all(&mut scan), output.naive(&wanted, true));
    }

    #[test]
    fn a_scan_of_a_range_has_the_lines_that_begin_in_it(
        words in prop::collection::vec(prop::sample::select(vec!["a", "b", "\n", "ab\n", "xxxx"]), 0..60),
        cuts in (0..100_u64, 0..100_u64),
        block in 1..20_usize,
    ) {
        let text = words.concat();
        let (from, to) = (cuts.0.min(cuts.1), cuts.0.max(cuts.1));
        let mut output = Output::of(text.as_bytes());
        let mut scan = Scan::of(matching("a"), from..to, Grain { block, long: 400, overlap: 8 });
        output.scanned(&mut scan, true);
        let lines = output.reader.line_window(0, usize::MAX).unwrap();
        let expected: Vec<u64> = lines
            .iter()
            .filter(|line| (from..to).contains(&line.offset) && line.bytes.contains(&b'a'))
            .map(|line| line.number)
            .collect();
        prop_assert_eq!(output.all(&mut scan), expected);
    }
}

//! What is different between the outputs of two runs, line by line.

use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::Reader;
use super::sanitise::to_plain;

/// Lines of each output that are compared, from the first one on.
pub const MOST_LINES: usize = 20_000;
/// Bytes of them.
pub const MOST_BYTES: usize = 4 << 20;
/// Lines around a change that are shown though they are the same.
const AROUND: usize = 3;
/// From then on a coarser difference will do.
const PATIENCE: Duration = Duration::from_millis(400);
/// Lines that are read at once.
const PAGE: usize = 512;

/// A row of a comparison. Numbers of lines are from 0, texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// In both, with its numbers in the old and in the new output, as the new one has it.
    Same(u64, u64, String),
    /// Only in the old output.
    Removed(u64, String),
    /// Only in the new output.
    Added(u64, String),
    /// So many lines that are in both.
    Skipped(usize),
}

/// How one output differs from another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// The changes, with some of what is around them.
    pub rows: Vec<Row>,
    /// Lines that only the new output has.
    pub added: usize,
    /// Lines that only the old output has.
    pub removed: usize,
    /// Of one of the outputs only the beginning was compared: [`MOST_LINES`] or [`MOST_BYTES`].
    pub cut: bool,
}

/// A line, and what of it counts.
struct Text {
    number: u64,
    shown: String,
    key: String,
}

/// Compares two outputs. With `loosely`, numbers do not count: times, process ids, durations and sizes differ in every run.
pub fn compare(old: &mut Reader, new: &mut Reader, loosely: bool) -> io::Result<Comparison> {
    let (old, old_cut) = texts(old, loosely)?;
    let (new, new_cut) = texts(new, loosely)?;
    Ok(Comparison { cut: old_cut || new_cut, ..between(&old, &new) })
}

/// Compares two texts: every byte counts, ends of lines as well.
pub fn compare_texts(old: &[u8], new: &[u8]) -> Comparison {
    between(&lines(old), &lines(new))
}

fn lines(text: &[u8]) -> Vec<Text> {
    let line = |(number, line): (usize, &[u8])| {
        let (shown, end) = match line.strip_suffix(b"\n") {
            Some(line) => (
                to_plain(line.strip_suffix(b"\r").unwrap_or(line)),
                if line.ends_with(b"\r") { " (CR LF)" } else { "" },
            ),
            None => (to_plain(line), " (no line end)"),
        };
        // As a text it may hold what is no UTF-8; each byte counts.
        let key = line.iter().copied().map(char::from).collect();
        Text { number: number as u64, shown: shown + end, key }
    };
    text.split_inclusive(|byte| *byte == b'\n').enumerate().map(line).collect()
}

fn between(old: &[Text], new: &[Text]) -> Comparison {
    let keys = |texts: &[Text]| texts.iter().map(|text| text.key.clone()).collect::<Vec<_>>();
    let deadline = Some(Instant::now() + PATIENCE);
    let changes = capture_diff_slices_deadline(Algorithm::Myers, &keys(old), &keys(new), deadline);
    let mut comparison = Comparison::default();
    let last = changes.len().saturating_sub(1);
    for (number, change) in changes.iter().enumerate() {
        if let DiffOp::Equal { old_index, new_index, len } = *change {
            let pairs = old[old_index..old_index + len].iter().zip(&new[new_index..new_index + len]);
            comparison.same(pairs.map(|(old, new)| (old.number, new)), len, number == 0, number == last);
            continue;
        }
        let (_, of_old, of_new) = change.as_tag_tuple();
        comparison.change(&old[of_old], &new[of_new]);
    }
    comparison
}

impl Comparison {
    /// Whether there is no difference.
    pub fn is_same(&self) -> bool {
        self.added + self.removed == 0
    }

    /// The rows where changes begin.
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let is_change = |row: &Row| matches!(row, Row::Added(..) | Row::Removed(..));
        let begins = move |at: &usize| {
            is_change(&self.rows[*at]) && !at.checked_sub(1).is_some_and(|before| is_change(&self.rows[before]))
        };
        (0..self.rows.len()).filter(begins)
    }

    /// Lines that are the same: only those near a change are shown.
    fn same<'a>(&mut self, lines: impl Iterator<Item = (u64, &'a Text)>, count: usize, first: bool, last: bool) {
        let near: Range<usize> = if first { 0..0 } else { 0..AROUND };
        let before = if last { count..count } else { count.saturating_sub(AROUND)..count };
        // Nothing is gained by leaving one line out.
        let all = before.start <= near.end + 1 && !(first && last);
        let mut skipped = 0;
        for (at, (old, text)) in lines.enumerate() {
            if all || near.contains(&at) || before.contains(&at) {
                if std::mem::take(&mut skipped) > 0 {
                    self.rows.push(Row::Skipped(before.start - near.end));
                }
                self.rows.push(Row::Same(old, text.number, text.shown.clone()));
            } else {
                skipped += 1;
            }
        }
        if skipped > 0 {
            self.rows.push(Row::Skipped(skipped));
        }
    }

    fn change(&mut self, old: &[Text], new: &[Text]) {
        self.removed += old.len();
        self.added += new.len();
        self.rows.extend(old.iter().map(|text| Row::Removed(text.number, text.shown.clone())));
        self.rows.extend(new.iter().map(|text| Row::Added(text.number, text.shown.clone())));
    }
}

/// The beginning of an output, and whether there is more of it.
fn texts(reader: &mut Reader, loosely: bool) -> io::Result<(Vec<Text>, bool)> {
    let mut texts: Vec<Text> = Vec::new();
    let (mut next, mut bytes) = (0, 0);
    loop {
        let page = reader.line_window(next, PAGE)?;
        let Some(last) = page.last() else { return Ok((texts, false)) };
        next = last.next;
        for line in page {
            if texts.len() == MOST_LINES || bytes > MOST_BYTES {
                return Ok((texts, true));
            }
            let shown = match &line.gap {
                Some(gap) => format!("({} bytes were not kept)", gap.bytes()),
                None => to_plain(&line.bytes),
            };
            bytes += shown.len();
            let key = if loosely { without_numbers(&shown) } else { shown.clone() };
            texts.push(Text { number: line.number, shown, key });
        }
    }
}

/// A text in which each number is the same one. A number that goes on with a dot, a colon or the like is one number: `14:12:01.004`.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_ascii_digit() {
            out.push(c);
            continue;
        }
        out.push('0');
        let mut joint = false;
        while let Some(next) =
            rest.next_if(|next| next.is_ascii_digit() || !joint && matches!(next, '.' | ':' | ',' | '-'))
        {
            joint = !next.is_ascii_digit();
        }
        if joint {
            // It was not between two numbers.
            out.push('.');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::output::{Stream, Writer};

    fn output(text: &str) -> (tempfile::TempDir, Reader) {
        let folder = tempfile::tempdir().unwrap();
        Writer::new(folder.path(), 1).append(Stream::Out, Timestamp::UNIX_EPOCH, text.as_bytes());
        let reader = Reader::open(folder.path()).unwrap();
        (folder, reader)
    }

    fn compared(old: &str, new: &str, loosely: bool) -> Comparison {
        compare(&mut output(old).1, &mut output(new).1, loosely).unwrap()
    }

    /// Each row as a mark and its text.
    fn marked(comparison: &Comparison) -> Vec<String> {
        let row = |row: &Row| match row {
            Row::Same(.., text) => format!(" {text}"),
            Row::Removed(_, text) => format!("-{text}"),
            Row::Added(_, text) => format!("+{text}"),
            Row::Skipped(count) => format!("~{count}"),
        };
        comparison.rows.iter().map(row).collect()
    }

    #[test]
    fn what_changed_is_shown_with_some_of_what_is_around_it() {
        let old = (0..20).map(|n| format!("line {}\n", char::from(b'a' + n))).collect::<Vec<_>>().concat();
        let new = old.replace("line k\n", "line \x1b[31mred\x1b[m\nand more\n");
        let comparison = compared(&old, &new, false);
        let expected = [
            "~7",
            " line h",
            " line i",
            " line j",
            "-line k",
            "+line red",
            "+and more",
            " line l",
            " line m",
            " line n",
            "~6",
        ];
        assert_eq!(marked(&comparison), expected);
        assert_eq!((comparison.added, comparison.removed, comparison.cut), (2, 1, false));
        assert_eq!(comparison.changes().collect::<Vec<_>>(), [4]);
        assert_eq!(comparison.rows[7], Row::Same(11, 12, "line l".to_owned()));
    }

    #[test]
    fn numbers_count_only_when_they_are_to() {
        let old = "14:12:01.004 pid 4021: 12 files\nsame\n";
        let new = "15:00:59.120 pid 77: 13 files\nsame\n";
        assert!(compared(old, new, true).is_same());
        assert_eq!(compared(old, new, false).removed, 1);
        assert_eq!(without_numbers("v1.2.3, 10 - 20: 7."), "v0. 0 - 0. 0.");
        assert!(!compared("error 1: a\n", "error 1: b\n", true).is_same());
    }

    #[test]
    fn of_texts_every_byte_counts_and_ends_of_lines_are_said() {
        let comparison = compare_texts(b"a\r\nb\n\xff\nc", b"a\nb\n\xfe\nc\n");
        let rows = ["-a (CR LF)", "+a", " b", "-\\xff", "-c (no line end)", "+\\xfe", "+c"];
        assert_eq!(marked(&comparison), rows);
        assert!(compare_texts(b"a\n\xff", b"a\n\xff").is_same());
        assert_eq!(compare_texts(b"", b"a\n").added, 1);
    }

    #[test]
    fn of_large_outputs_the_beginning_is_compared_and_that_is_said() {
        let old = (0..MOST_LINES + 5).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        let comparison = compared(&old, "line 0\n", false);
        assert!(comparison.cut);
        assert_eq!((comparison.added, comparison.removed), (0, MOST_LINES - 1));
    }

    #[test]
    fn two_equal_outputs_are_the_same() {
        assert_eq!(marked(&compared("a\nb\n", "a\nb\n", false)), ["~2"]);
        assert_eq!(marked(&compared("", "", false)), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_lines_of_both_outputs_come_back_from_the_rows(
            old in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..30),
            new in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..30),
        ) {
            let text = |lines: &[&str]| lines.iter().flat_map(|line| [*line, "\n"]).collect::<String>();
            let comparison = compared(&text(&old), &text(&new), false);
            let (mut of_old, mut of_new) = (0, 0);
            for row in &comparison.rows {
                match row {
                    Row::Same(at_old, at_new, text) => {
                        prop_assert_eq!((*at_old, *at_new), (of_old as u64, of_new as u64));
                        prop_assert_eq!((old[of_old], new[of_new]), (text.as_str(), text.as_str()));
                        (of_old, of_new) = (of_old + 1, of_new + 1);
                    }
                    Row::Removed(at, text) => {
                        prop_assert_eq!((*at, old[of_old]), (of_old as u64, text.as_str()));
                        of_old += 1;
                    }
                    Row::Added(at, text) => {
                        prop_assert_eq!((*at, new[of_new]), (of_new as u64, text.as_str()));
                        of_new += 1;
                    }
                    Row::Skipped(count) => {
                        prop_assert_eq!(&old[of_old..of_old + count], &new[of_new..of_new + count]);
                        (of_old, of_new) = (of_old + count, of_new + count);
                    }
                }
            }
            prop_assert_eq!((of_old, of_new), (old.len(), new.len()));
        }
    }
}

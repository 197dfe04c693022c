//! One line of output as it is shown: sanitised text with its styles, cut and wrapped by columns.

use std::ops::Range;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::output::sanitise;
use crate::output::{Level, Line, Sgr, Style, level};

/// Text that can only be shown (O4), and how its parts look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    text: String,
    parts: Vec<Part>,
}

/// A part of a [`Text`] in one style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// Where it ends, in bytes; it starts where the one before it ends.
    end: usize,
    look: Look,
}

/// Where the look of a part comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The program asked for it.
    Program(Style),
    /// It says what is not shown.
    Note,
    /// It stands for a byte that is no text.
    Escape,
}

/// What of a line is seen of it through a window of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Blank columns before the text: the right half of a wide character that the left edge cuts.
    pub indent: usize,
    /// The bytes of the text.
    pub range: Range<usize>,
}

impl Text {
    /// What `line` shows, in the style that `sgr` carries from line to line. A line that the reader cut ends in
    /// `… +n bytes`, where `ellipsis` is the `…`.
    pub fn of(line: &Line, sgr: &mut Sgr, ellipsis: &str) -> Self {
        let mut text = Self::default();
        for span in sanitise::sanitise(&line.bytes, sgr) {
            text.push(&span.text, Look::Program(span.style));
        }
        if line.cut > 0 {
            text.push(&format!("{ellipsis} +{} bytes", line.cut), Look::Note);
            // What the missing part switched off is not known; a colour that leaks would mislead more than a lost one.
            *sgr = Sgr::default();
        }
        text
    }

    /// What `line` holds, with every byte that is no text shown in the way of carets: `^[[31m`, `^M`, `\xff`.
    pub fn escaped(line: &Line, ellipsis: &str) -> Self {
        let mut text = Self::default();
        for chunk in line.bytes.utf8_chunks() {
            let mut plain = String::new();
            for c in chunk.valid().chars() {
                let caret = match c {
                    '\x7f' => Some('?'),
                    '\0'..='\x1f' => char::from_u32(c as u32 + 64),
                    _ => None,
                };
                let Some(caret) = caret else {
                    // The one sanitiser decides about everything else (O4).
                    plain.push_str(&sanitise::to_plain(c.encode_utf8(&mut [0; 4]).as_bytes()));
                    continue;
                };
                text.push(&std::mem::take(&mut plain), Look::Program(Style::default()));
                text.push(&format!("^{caret}"), Look::Escape);
            }
            text.push(&plain, Look::Program(Style::default()));
            for byte in chunk.invalid() {
                text.push(&format!("\\x{byte:02x}"), Look::Escape);
            }
        }
        if line.cut > 0 {
            text.push(&format!("{ellipsis} +{} bytes", line.cut), Look::Note);
        }
        text
    }

    /// Words of Tempo's own.
    pub fn note(words: &str) -> Self {
        let mut text = Self::default();
        text.push(words, Look::Note);
        text
    }

    fn push(&mut self, text: &str, look: Look) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.parts.push(Part { end: self.text.len(), look });
    }

    /// The text without its styles.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts of a range of bytes, in order.
    pub fn parts(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Look)> {
        let starts = std::iter::once(0).chain(self.parts.iter().map(|part| part.end));
        starts.zip(&self.parts).filter_map(move |(start, part)| {
            let part_range = start.max(range.start)..part.end.min(range.end);
            (!part_range.is_empty()).then_some((part_range, part.look))
        })
    }

    /// The part of the line in `width` columns from column `first` on.
    pub fn slice(&self, first: usize, width: usize) -> Slice {
        let mut slice = Slice { indent: 0, range: 0..self.text.len() };
        let (mut start, mut column) = (None, 0);
        for (at, grapheme_width) in graphemes(&self.text) {
            let next = column + grapheme_width;
            if next > first + width {
                slice.range.end = at;
                break;
            }
            if column >= first && next > first {
                start = start.or(Some(at));
            } else if next > first {
                slice.indent = next - first;
            }
            column = next;
        }
        slice.range.start = start.unwrap_or(slice.range.end);
        slice
    }

    /// The columns, from the first of `slice` on, of the characters that a range of bytes is part of.
    pub fn columns_of(&self, slice: &Slice, range: &Range<usize>) -> Range<u16> {
        let (start, end) = (range.start.max(slice.range.start), range.end.min(slice.range.end));
        if start >= end {
            return 0..0;
        }
        let (mut columns, mut column) = (0..0, 0);
        for (at, width) in graphemes(&self.text[slice.range.clone()]) {
            let at = slice.range.start + at;
            if at >= end {
                break;
            }
            if at <= start {
                columns.start = column;
            }
            column += width as u16;
            columns.end = column;
        }
        columns
    }

    /// The column of the character at a byte.
    pub fn column_at(&self, at: usize) -> usize {
        graphemes(&self.text).take_while(|(start, _)| *start < at).map(|(_, width)| width).sum()
    }

    /// The rows that the line takes in `width` columns when it is wrapped: at least one.
    pub fn rows(&self, width: usize) -> Vec<Range<usize>> {
        let width = width.max(1);
        if self.text.is_ascii() {
            let rows = self.text.len().div_ceil(width).max(1);
            return (0..rows).map(|row| row * width..((row + 1) * width).min(self.text.len())).collect();
        }
        let mut rows = Vec::new();
        let (mut start, mut column) = (0, 0);
        for (at, grapheme_width) in graphemes(&self.text) {
            if column + grapheme_width > width && at > start {
                rows.push(start..at);
                (start, column) = (at, 0);
            }
            column += grapheme_width;
        }
        rows.push(start..self.text.len());
        rows
    }
}

impl Text {
    /// As [`Text::rows`], but broken behind a blank where there is one.
    pub fn word_rows(&self, width: usize) -> Vec<Range<usize>> {
        let width = width.max(1);
        let mut rows = Vec::new();
        let (mut start, mut column) = (0, 0);
        // Behind the last blank of this row, and the columns up to there.
        let mut blank: Option<(usize, usize)> = None;
        for (at, grapheme_width) in graphemes(&self.text) {
            let is_blank = self.text.as_bytes()[at] == b' ';
            if column + grapheme_width > width && at > start && !is_blank {
                let (end, columns) = blank.take().unwrap_or((at, column));
                rows.push(start..end);
                (start, column) = (end, column - columns);
            }
            column += grapheme_width;
            if is_blank {
                // Blanks at the edge stay with their row, and are not seen.
                column = column.min(width);
                blank = Some((at + 1, column));
            }
        }
        rows.push(start..self.text.len());
        rows
    }

    /// The level that the text says it has.
    pub fn level(&self) -> Option<Level> {
        level::of(self.text.as_bytes())
    }
}

/// Where each grapheme starts, and its width in columns.
fn graphemes(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.grapheme_indices(true).map(|(at, grapheme)| (at, usize::from(grapheme.cell_width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Colour;

    fn text(bytes: &[u8]) -> Text {
        Text::of(&line(bytes, bytes.len() as u64), &mut Sgr::default(), "…")
    }

    fn line(bytes: &[u8], length: u64) -> Line {
        Line {
            attempt: 1,
            number: 0,
            next: 1,
            offset: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
            stream: crate::output::Stream::Out,
            bytes: bytes.to_vec(),
            cut: length.saturating_sub(bytes.len() as u64),
            rewritten: false,
            length,
            complete: true,
            gap: None,
        }
    }

    fn seen(bytes: &str, first: usize, width: usize) -> String {
        let text = text(bytes.as_bytes());
        let slice = text.slice(first, width);
        format!("{}{}", " ".repeat(slice.indent), &text.as_str()[slice.range])
    }

    fn wrapped(bytes: &str, width: usize) -> Vec<String> {
        let text = text(bytes.as_bytes());
        text.rows(width).into_iter().map(|row| text.as_str()[row].to_owned()).collect()
    }

    #[test]
    fn a_line_is_chopped_by_columns_and_a_wide_character_never_in_half() {
        for (line, first, width, expected) in [
            ("abcdef", 0, 4, "abcd"),
            ("abcdef", 2, 3, "cde"),
            ("abcdef", 2, 9, "cdef"),
            ("abcdef", 6, 3, ""),
            ("abcdef", 9, 3, ""),
            ("", 0, 3, ""),
            ("漢字漢字", 0, 4, "漢字"),
            ("漢字漢字", 0, 5, "漢字"),
            ("漢字漢字", 1, 4, " 字"),
            ("漢字漢字", 1, 1, " "),
            ("漢字漢字", 2, 1, ""),
            ("漢字漢字", 3, 5, " 漢字"),
            ("e\u{301}e\u{301}e\u{301}", 1, 1, "e\u{301}"),
            ("a👩\u{200d}💻b", 1, 2, "👩\u{200d}💻"),
            ("a👩\u{200d}💻b", 2, 2, " b"),
        ] {
            assert_eq!(seen(line, first, width), expected, "{line:?} from {first}, {width} columns");
        }
    }

    #[test]
    fn a_line_is_wrapped_by_columns_and_an_empty_one_takes_a_row() {
        assert_eq!(wrapped("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(wrapped("abcdefgh", 4), ["abcd", "efgh"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(wrapped("a漢字", 3), ["a漢", "字"]);
        assert_eq!(wrapped("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        // No width holds a wide character: a row each, so that it ends.
        assert_eq!(wrapped("漢字", 1), ["漢", "字"]);
        assert_eq!(wrapped("ab", 0), ["a", "b"]);
    }

    #[test]
    fn a_line_is_wrapped_at_words_and_a_long_word_inside() {
        let words = |bytes: &str, width| {
            let text = text(bytes.as_bytes());
            text.word_rows(width).into_iter().map(|row| text.as_str()[row].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(words("one two three", 8), ["one two ", "three"]);
        assert_eq!(words("one two three", 7), ["one two ", "three"]);
        assert_eq!(words("abcdefghij kl", 4), ["abcd", "efgh", "ij ", "kl"]);
        assert_eq!(words("a    b", 3), ["a    ", "b"]);
        assert_eq!(words("", 4), [""]);
        assert_eq!(words("漢字 漢字", 5), ["漢字 ", "漢字"]);
    }

    #[test]
    fn ux_23_escapes_are_shown_in_the_way_of_carets_and_none_is_sent() {
        let text = Text::escaped(&line(b"a\x1b[31mb\r\x07\xff\xc2\x9b\xe2\x80\xae\x7f", 15), "~");
        assert_eq!(text.as_str(), "a^[[31mb^M^G\\xff\\u{9b}\\u{202e}^?");
        assert!(!text.as_str().chars().any(char::is_control));
    }

    #[test]
    fn the_columns_of_a_part_are_those_of_its_whole_characters() {
        let text = text("a漢e\u{301}b".as_bytes());
        let whole = text.slice(0, 10);
        for (range, columns) in [(0..1, 0..1), (1..4, 1..3), (2..3, 1..3), (5..7, 3..4), (4..8, 3..5), (8..8, 0..0)] {
            assert_eq!(text.columns_of(&whole, &range), columns, "{range:?}");
        }
        assert_eq!(text.columns_of(&text.slice(1, 2), &(0..8)), 0..2);
        assert_eq!(text.columns_of(&text.slice(3, 9), &(0..2)), 0..0);
    }

    #[test]
    fn the_styles_of_the_program_are_kept_also_in_a_cut_part() {
        let text = text(b"ab\x1b[31mcd\x1b[mef");
        let red = Look::Program(Style { fg: Some(Colour::Indexed(1)), ..Style::default() });
        let plain = Look::Program(Style::default());
        assert_eq!(text.as_str(), "abcdef");
        assert_eq!(text.parts(0..6).collect::<Vec<_>>(), [(0..2, plain), (2..4, red), (4..6, plain)]);
        assert_eq!(text.parts(3..5).collect::<Vec<_>>(), [(3..4, red), (4..5, plain)]);
        assert_eq!(text.parts(3..3).count(), 0);
    }

    #[test]
    fn ux_10_of_a_line_that_was_cut_the_rest_is_counted_and_no_colour_leaks_from_it() {
        let mut sgr = Sgr::default();
        let text = Text::of(&line(b"\x1b[31mred", 50_000_000), &mut sgr, "…");
        assert_eq!(text.as_str(), "red… +49999992 bytes");
        assert_eq!(text.parts(0..text.as_str().len()).last().map(|(_, look)| look), Some(Look::Note));
        assert_eq!(sgr, Sgr::default());
    }
}

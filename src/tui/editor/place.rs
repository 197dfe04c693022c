//! Places in a text, and the ways from one to another: characters, words, lines, brackets.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns from one tab stop to the next.
pub const TAB: usize = 4;

/// Lines in which the other bracket is looked for, on each side.
const BRACKET_LINES: usize = 1000;

/// A place: before this character of this line, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Pos {
    /// The line.
    pub row: usize,
    /// The character in it.
    pub col: usize,
}

/// What a character is to the motions by words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Between words.
    Blank,
    /// Of a name.
    Word,
    /// Of an operator.
    Sign,
}

/// The class of a character; of a `big` word is all that is no blank.
pub fn class(c: char, big: bool) -> Class {
    match c {
        c if c.is_whitespace() => Class::Blank,
        _ if big => Class::Word,
        c if c.is_alphanumeric() || c == '_' => Class::Word,
        _ => Class::Sign,
    }
}

/// How a piece of text is shown, and its columns when it begins in this column. Nothing of it can act on a terminal, and nothing
/// can turn around what stands beside it.
pub fn shown(piece: &str, column: usize) -> (String, usize) {
    let first = piece.chars().next().unwrap_or(' ');
    let text = match first {
        '\t' => " ".repeat(TAB - column % TAB),
        c if (c as u32) < 0x20 => format!("^{}", char::from((c as u8) | 0x40)),
        '\u{7f}' => "^?".to_owned(),
        c if c.is_control() || is_hidden(c) => format!("<{:x}>", c as u32),
        _ => {
            let text = crate::tui::view::text::steady(piece);
            let hidden = text.chars().any(|c| c.is_control() || is_hidden(c));
            if text.width() == 0 || hidden { format!("<{:x}>", first as u32) } else { text.into_owned() }
        }
    };
    let columns = text.width();
    (text, columns)
}

/// Characters that are not to be seen, or that change the order of others.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || c.width().is_none()
}

/// The pieces of a line that a cursor steps over, each with its first character's number and the column where it is shown.
pub fn pieces(line: &str) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut place = (0, 0);
    line.graphemes(true).map(move |piece| {
        let (col, column) = place;
        let columns = if piece.len() == 1 && piece.as_bytes()[0] >= 0x20 && piece.as_bytes()[0] < 0x7f {
            1
        } else {
            shown(piece, column).1
        };
        place = (col + piece.chars().count(), column + columns);
        (col, column, piece)
    })
}

/// The column of the screen in which a character is.
pub fn column(line: &str, col: usize) -> usize {
    let mut end = 0;
    for (at, column, piece) in pieces(line) {
        if at >= col {
            return column;
        }
        end = column + shown(piece, column).1;
    }
    end
}

/// The character that is in a column of the screen, or the one before.
pub fn at_column(line: &str, wanted: usize) -> usize {
    let mut col = 0;
    for (at, column, piece) in pieces(line) {
        if column > wanted {
            return col;
        }
        if wanted < column + shown(piece, column).1 {
            return at;
        }
        col = at + piece.chars().count();
    }
    col
}

/// The place before; at the beginning of a line the end of the one before.
pub fn before(lines: &[String], pos: Pos) -> Option<Pos> {
    if pos.col == 0 {
        let row = pos.row.checked_sub(1)?;
        return Some(Pos { row, col: lines[row].chars().count() });
    }
    let starts = pieces(&lines[pos.row]).map(|(col, ..)| col);
    Some(Pos { col: starts.take_while(|col| *col < pos.col).last().unwrap_or(0), ..pos })
}

/// The place behind; at the end of a line the beginning of the next.
pub fn behind(lines: &[String], pos: Pos) -> Option<Pos> {
    let length = lines[pos.row].chars().count();
    if pos.col >= length {
        return (pos.row + 1 < lines.len()).then_some(Pos { row: pos.row + 1, col: 0 });
    }
    let mut starts = pieces(&lines[pos.row]).map(|(col, ..)| col);
    Some(Pos { col: starts.find(|col| *col > pos.col).unwrap_or(length), ..pos })
}

/// The character at a place; a line end is a blank.
pub fn char_at(lines: &[String], pos: Pos) -> char {
    lines[pos.row].chars().nth(pos.col).unwrap_or('\n')
}

/// The beginning of the next word. An empty line is a word, as in vi.
pub fn next_word(lines: &[String], from: Pos, big: bool) -> Pos {
    let mut pos = from;
    let first = class(char_at(lines, pos), big);
    let mut between = first == Class::Blank;
    while let Some(next) = behind(lines, pos) {
        let new_line = next.row != pos.row;
        pos = next;
        let now = class(char_at(lines, pos), big);
        if new_line && lines[pos.row].is_empty() {
            return pos;
        }
        between |= new_line || now == Class::Blank;
        if now != Class::Blank && (between || now != first) {
            return pos;
        }
    }
    pos
}

/// The beginning of this word, or of the one before.
pub fn word_before(lines: &[String], from: Pos, big: bool) -> Pos {
    let mut pos = from;
    let mut inside: Option<Class> = None;
    while let Some(next) = before(lines, pos) {
        let now = class(char_at(lines, next), big);
        if let Some(class_of) = inside
            && (next.row != pos.row || now != class_of)
        {
            return pos;
        }
        pos = next;
        if inside.is_none() && lines[pos.row].is_empty() {
            return pos;
        }
        if now != Class::Blank {
            inside = Some(now);
        }
    }
    pos
}

/// The last character of this word, or of the next.
pub fn word_end(lines: &[String], from: Pos, big: bool) -> Pos {
    let mut pos = from;
    let mut inside: Option<Class> = None;
    while let Some(next) = behind(lines, pos) {
        let now = class(char_at(lines, next), big);
        if let Some(class_of) = inside
            && (next.row != pos.row || now != class_of)
        {
            return pos;
        }
        pos = next;
        if now != Class::Blank {
            inside = Some(now);
        }
    }
    pos
}

/// The first character of a line that is no blank.
pub fn first_letter(line: &str) -> usize {
    let length = line.chars().count();
    line.chars().position(|c| !c.is_whitespace()).unwrap_or(length)
}

/// The blanks at the beginning of a line.
pub fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The empty line behind this paragraph, or the end.
pub fn paragraph_after(lines: &[String], row: usize) -> Option<usize> {
    let text = (row..lines.len()).find(|row| !lines[*row].trim().is_empty())?;
    (text..lines.len()).find(|row| lines[*row].trim().is_empty())
}

/// The empty line before this paragraph, or the beginning.
pub fn paragraph_before(lines: &[String], row: usize) -> Option<usize> {
    let text = (0..=row).rev().find(|row| !lines[*row].trim().is_empty())?;
    (0..text).rev().find(|row| lines[*row].trim().is_empty())
}

const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// The bracket that belongs to the one at a place.
pub fn other_bracket(lines: &[String], at: Pos) -> Option<Pos> {
    let c = char_at(lines, at);
    let (open, close) = PAIRS.into_iter().find(|(open, close)| c == *open || c == *close)?;
    if c == open { closing(lines, at, open, close) } else { opening(lines, at, open, close) }
}

/// The closing bracket of the opening one at, or around, a place.
pub fn closing(lines: &[String], from: Pos, open: char, close: char) -> Option<Pos> {
    let mut depth = 0_usize;
    for (row, line) in lines.iter().enumerate().skip(from.row).take(BRACKET_LINES) {
        let skip = if row == from.row { from.col } else { 0 };
        for (col, c) in line.chars().enumerate().skip(skip) {
            if c == open && !(open == close && depth > 0) {
                depth += 1;
            } else if c == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(Pos { row, col });
                }
            }
        }
    }
    None
}

/// The opening bracket of the closing one at a place.
pub fn opening(lines: &[String], from: Pos, open: char, close: char) -> Option<Pos> {
    let mut depth = 0_usize;
    for row in (from.row.saturating_sub(BRACKET_LINES)..=from.row).rev() {
        let chars: Vec<char> = lines[row].chars().collect();
        let last = if row == from.row { from.col + 1 } else { chars.len() };
        for col in (0..last.min(chars.len())).rev() {
            if chars[col] == close {
                depth += 1;
            } else if chars[col] == open {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(Pos { row, col });
                }
            }
        }
    }
    None
}

/// The brackets of a kind that are around a place, which may be one of them.
pub fn around(lines: &[String], at: Pos, open: char, close: char) -> Option<(Pos, Pos)> {
    let c = char_at(lines, at);
    let start = if c == open {
        at
    } else if c == close {
        opening(lines, at, open, close)?
    } else {
        let mut depth = 0_usize;
        let mut pos = at;
        loop {
            pos = before(lines, pos)?;
            if at.row - pos.row > BRACKET_LINES {
                return None;
            }
            match char_at(lines, pos) {
                c if c == close => depth += 1,
                c if c == open && depth == 0 => break pos,
                c if c == open => depth -= 1,
                _ => {}
            }
        }
    };
    Some((start, closing(lines, start, open, close)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split('\n').map(str::to_owned).collect()
    }

    fn at(row: usize, col: usize) -> Pos {
        Pos { row, col }
    }

    #[test]
    fn columns_count_tabs_wide_characters_and_what_cannot_be_seen() {
        assert_eq!(column("\tx", 1), 4);
        assert_eq!(column("a\tx", 2), 4);
        assert_eq!(column("漢字x", 2), 4);
        assert_eq!(column("\x1bx", 1), 2);
        assert_eq!(shown("\u{202e}", 0), ("<202e>".to_owned(), 6));
        assert_eq!(shown("\u{9b}", 0), ("<9b>".to_owned(), 4));
        assert_eq!(shown("e\u{301}", 0).1, 1);
        for (wanted, col) in [(0, 0), (3, 0), (4, 1), (5, 2), (9, 2)] {
            assert_eq!(at_column("\tx", wanted), col, "{wanted}");
        }
    }

    #[test]
    fn the_cursor_steps_over_what_is_seen_as_one() {
        let text = lines("e\u{301}🦀\nb");
        assert_eq!(behind(&text, at(0, 0)), Some(at(0, 2)));
        assert_eq!(behind(&text, at(0, 3)), Some(at(1, 0)));
        assert_eq!(before(&text, at(0, 2)), Some(at(0, 0)));
        assert_eq!(before(&text, at(1, 0)), Some(at(0, 3)));
        assert_eq!((before(&text, at(0, 0)), behind(&text, at(1, 1))), (None, None));
    }

    #[test]
    fn words_end_at_signs_and_lines() {
        let text = lines("foo.bar  baz\n\n  qux");
        let mut pos = at(0, 0);
        let mut seen = Vec::new();
        for _ in 0..6 {
            pos = next_word(&text, pos, false);
            seen.push(pos);
        }
        assert_eq!(seen, [at(0, 3), at(0, 4), at(0, 9), at(1, 0), at(2, 2), at(2, 5)]);
        let mut pos = at(2, 5);
        let mut seen = Vec::new();
        for _ in 0..6 {
            pos = word_before(&text, pos, false);
            seen.push(pos);
        }
        assert_eq!(seen, [at(2, 2), at(1, 0), at(0, 9), at(0, 4), at(0, 3), at(0, 0)]);
        assert_eq!(word_end(&text, at(0, 0), false), at(0, 2));
        assert_eq!(word_end(&text, at(0, 2), false), at(0, 3));
        assert_eq!(word_end(&text, at(0, 2), true), at(0, 6));
    }

    #[test]
    fn brackets_find_their_other_over_lines() {
        let text = lines("f(a, [b,\n  (c)]\n)");
        assert_eq!(other_bracket(&text, at(0, 1)), Some(at(2, 0)));
        assert_eq!(other_bracket(&text, at(2, 0)), Some(at(0, 1)));
        assert_eq!(other_bracket(&text, at(0, 5)), Some(at(1, 5)));
        assert_eq!(around(&text, at(1, 3), '[', ']'), Some((at(0, 5), at(1, 5))));
        assert_eq!(around(&text, at(1, 0), '(', ')'), Some((at(0, 1), at(2, 0))));
        assert_eq!(around(&text, at(0, 0), '(', ')'), None);
    }

    #[test]
    fn paragraphs_are_between_empty_lines() {
        let text = lines("a\nb\n\nc\n\n\nd");
        assert_eq!((paragraph_after(&text, 0), paragraph_after(&text, 2)), (Some(2), Some(4)));
        assert_eq!((paragraph_before(&text, 6), paragraph_before(&text, 3)), (Some(5), Some(2)));
        assert_eq!((paragraph_after(&text, 6), paragraph_before(&text, 1)), (None, None));
    }
}

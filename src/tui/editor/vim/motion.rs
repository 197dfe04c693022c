//! Where vi's motions and text objects lead.

use super::super::Editor;
use super::super::doc::Doc;
use super::super::place::{self, Class, Pos};
use super::super::search;
use super::parse::Motion;
use super::{Mode, Vim};

/// How much of the text between two places an operator takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Without the last character.
    Before,
    /// With it.
    With,
    /// Whole lines.
    Lines,
}

/// Steps that a count may ask for.
const MOST: usize = 100_000;

impl Editor {
    /// Where a motion leads from the cursor; `None` when nowhere.
    pub(super) fn motion(&mut self, motion: Motion, count: Option<usize>, operator: bool) -> Option<(Pos, Reach)> {
        let Motion(key, arg) = motion;
        if let 'f' | 'F' | 't' | 'T' = key {
            self.vim.find = Some((key, arg?));
        }
        if let '*' | '#' = key {
            return self.go_to_same_word(key == '*').map(|to| (to, Reach::Before));
        }
        let n = count.unwrap_or(1).min(MOST);
        let doc = self.doc()?;
        let lines = doc.buffer.lines();
        let at = doc.buffer.cursor();
        let last = lines.len() - 1;
        let times = |step: &dyn Fn(Pos) -> Option<Pos>| {
            let mut pos = at;
            for _ in 0..n {
                match step(pos) {
                    Some(next) if next != pos => pos = next,
                    _ => break,
                }
            }
            pos
        };
        let aimed = |row: usize| {
            let aim = doc.buffer.aim.unwrap_or_else(|| place::column(&lines[at.row], at.col));
            Pos { row, col: place::at_column(&lines[row], aim) }
        };
        let letter = |row: usize| {
            let row = row.min(last);
            (Pos { row, col: place::first_letter(&lines[row]) }, Reach::Lines)
        };
        Some(match key {
            'h' => (times(&|pos| place::before(lines, pos).filter(|to| to.row == pos.row)), Reach::Before),
            'l' => (times(&|pos| place::behind(lines, pos).filter(|to| to.row == pos.row)), Reach::Before),
            'j' if at.row == last => return None,
            'k' if at.row == 0 => return None,
            'j' => (aimed((at.row + n).min(last)), Reach::Lines),
            'k' => (aimed(at.row.saturating_sub(n)), Reach::Lines),
            '+' => letter(at.row + n),
            '-' => letter(at.row.saturating_sub(n)),
            '_' => letter(at.row + n - 1),
            'w' | 'W' => {
                let to = times(&|pos| Some(place::next_word(lines, pos, key == 'W')));
                // An operator leaves the end of its last line alone.
                let over = operator && to.row > at.row && to.col <= place::first_letter(&lines[to.row]);
                let end = |row: usize| Pos { row, col: lines[row].chars().count() };
                (if over { end(to.row - 1).max(at) } else { to }, Reach::Before)
            }
            'b' | 'B' => (times(&|pos| Some(place::word_before(lines, pos, key == 'B'))), Reach::Before),
            'e' | 'E' => (times(&|pos| Some(place::word_end(lines, pos, key == 'E'))), Reach::With),
            '0' => (Pos { col: 0, ..at }, Reach::Before),
            '^' => (letter(at.row).0, Reach::Before),
            '$' => {
                let row = (at.row + n - 1).min(last);
                let width = lines[row].chars().count();
                (Pos { row, col: width.saturating_sub(1) }, if width == 0 { Reach::Before } else { Reach::With })
            }
            'g' => letter(n - 1),
            'G' => letter(count.map_or(last, |n| n - 1)),
            'H' => letter(doc.top + n - 1),
            'L' => letter(doc.top + self.size.0.saturating_sub(n)),
            'M' => letter(doc.top + self.size.0.min(lines.len().saturating_sub(doc.top)) / 2),
            '{' => {
                let row = (0..n).try_fold(at.row, |row, _| place::paragraph_before(lines, row));
                (Pos { row: row.unwrap_or(0), col: 0 }, Reach::Before)
            }
            '}' => {
                let row = (0..n).try_fold(at.row, |row, _| place::paragraph_after(lines, row));
                (row.map_or_else(|| doc.buffer.end(), |row| Pos { row, col: 0 }), Reach::Before)
            }
            '%' => {
                let (col, _) = lines[at.row].chars().enumerate().skip(at.col).find(|(_, c)| "()[]{}".contains(*c))?;
                (place::other_bracket(lines, Pos { row: at.row, col })?, Reach::With)
            }
            'f' | 'F' | 't' | 'T' | ';' | ',' => {
                let (mut kind, c) = self.vim.find?;
                if key == ',' {
                    kind = if kind.is_lowercase() { kind.to_ascii_uppercase() } else { kind.to_ascii_lowercase() };
                }
                let col = in_line(&lines[at.row], at.col, kind, c, n, matches!(key, ';' | ','))?;
                (Pos { col, ..at }, if kind.is_lowercase() { Reach::With } else { Reach::Before })
            }
            'n' | 'N' => {
                let pattern = self.pattern.as_ref()?;
                let forward = self.vim.forward == (key == 'n');
                (times(&|pos| search::next(doc, pattern, pos, forward, false).map(|(start, _)| start)), Reach::Before)
            }
            _ => return None,
        })
    }

    /// To the next place of the word under the cursor, which is searched for from now on.
    fn go_to_same_word(&mut self, forward: bool) -> Option<Pos> {
        let doc = self.doc()?;
        let (from, to) = word_at(doc, doc.buffer.cursor())?;
        let word = regex::escape(&doc.buffer.text(from, to));
        let pattern = search::pattern(&format!(r"\b(?-i:{word})\b")).ok()?;
        let (found, _) = search::next(doc, &pattern, from, forward, false)?;
        (self.vim.forward, self.pattern) = (forward, Some(pattern));
        Some(found)
    }
}

/// The n-th `c` of a line from a character on, as `f`, `t`, `F` and `T` go to it. A repeated `t` does not stay where it is.
fn in_line(line: &str, col: usize, kind: char, c: char, n: usize, again: bool) -> Option<usize> {
    let chars: Vec<char> = line.chars().collect();
    let skip = usize::from(again && matches!(kind, 't' | 'T'));
    let found = if kind.is_lowercase() {
        (col + 1 + skip..chars.len()).filter(|at| chars[*at] == c).nth(n - 1)?
    } else {
        (0..col.saturating_sub(skip)).rev().filter(|at| chars[*at] == c).nth(n - 1)?
    };
    Some(match kind {
        't' => found - 1,
        'T' => found + 1,
        _ => found,
    })
}

/// The word at a place, or behind it in the line.
fn word_at(doc: &Doc, at: Pos) -> Option<(Pos, Pos)> {
    let chars: Vec<char> = doc.buffer.line(at.row).chars().collect();
    let is_word = |at: &usize| place::class(chars[*at], false) == Class::Word;
    let start = (at.col..chars.len()).find(is_word)?;
    let first = (0..=start).rev().take_while(is_word).last()?;
    let end = (start..chars.len()).take_while(is_word).last()? + 1;
    Some((Pos { row: at.row, col: first }, Pos { row: at.row, col: end }))
}

/// The text object of a letter around the cursor: from, to (without the last character), and whether it is of whole lines.
pub(super) fn object(doc: &Doc, around: bool, letter: char) -> Option<(Pos, Pos, bool)> {
    match letter {
        'w' | 'W' => word(doc, around, letter == 'W'),
        '"' | '\'' | '`' => quoted(doc, around, letter),
        '(' | ')' | 'b' => bracketed(doc, around, '(', ')'),
        '[' | ']' => bracketed(doc, around, '[', ']'),
        '{' | '}' | 'B' => bracketed(doc, around, '{', '}'),
        '<' | '>' => bracketed(doc, around, '<', '>'),
        'p' => paragraph(doc, around),
        _ => None,
    }
}

fn word(doc: &Doc, around: bool, big: bool) -> Option<(Pos, Pos, bool)> {
    let row = doc.buffer.cursor().row;
    let chars: Vec<char> = doc.buffer.line(row).chars().collect();
    let at = doc.buffer.cursor().col.min(chars.len().checked_sub(1)?);
    let class = |at: usize| place::class(chars[at], big);
    let own = class(at);
    let mut from = (0..=at).rev().take_while(|at| class(*at) == own).last()?;
    let mut to = (at..chars.len()).take_while(|at| class(*at) == own).last()? + 1;
    if around {
        let blanks = (to..chars.len()).take_while(|at| class(*at) == Class::Blank).count();
        if own == Class::Blank {
            let next = (to < chars.len()).then(|| class(to));
            to += (to..chars.len()).take_while(|at| Some(class(*at)) == next).count();
        } else if blanks > 0 {
            to += blanks;
        } else {
            from -= (0..from).rev().take_while(|at| class(*at) == Class::Blank).count();
        }
    }
    Some((Pos { row, col: from }, Pos { row, col: to }, false))
}

fn quoted(doc: &Doc, around: bool, quote: char) -> Option<(Pos, Pos, bool)> {
    let at = doc.buffer.cursor();
    let chars: Vec<char> = doc.buffer.line(at.row).chars().collect();
    let is_quote = |at: &usize| chars[*at] == quote && (*at == 0 || chars[*at - 1] != '\\');
    let quotes: Vec<usize> = (0..chars.len()).filter(is_quote).collect();
    let pair = quotes.chunks_exact(2).find(|pair| at.col <= pair[1])?;
    let (mut from, mut to) = (pair[0] + 1, pair[1]);
    if around {
        (from, to) = (from - 1, to + 1);
        to += (to..chars.len()).take_while(|at| chars[*at].is_whitespace()).count();
    }
    Some((Pos { row: at.row, col: from }, Pos { row: at.row, col: to }, false))
}

fn bracketed(doc: &Doc, around: bool, open: char, close: char) -> Option<(Pos, Pos, bool)> {
    let lines = doc.buffer.lines();
    let (start, end) = place::around(lines, doc.buffer.cursor(), open, close)?;
    if around {
        return Some((start, Pos { col: end.col + 1, ..end }, false));
    }
    let from = Pos { col: start.col + 1, ..start };
    // Of a block over lines the lines between.
    let alone = lines[end.row].chars().take(end.col).all(char::is_whitespace);
    let opens = from.col >= lines[start.row].chars().count();
    if opens && alone && end.row > start.row + 1 {
        let last = end.row - 1;
        return Some((Pos { row: start.row + 1, col: 0 }, Pos { row: last, col: doc.buffer.width(last) }, true));
    }
    Some((from, end, false))
}

fn paragraph(doc: &Doc, around: bool) -> Option<(Pos, Pos, bool)> {
    let (lines, at) = (doc.buffer.lines(), doc.buffer.cursor());
    let blank = |row: usize| lines[row].trim().is_empty();
    let own = blank(at.row);
    let first = (0..=at.row).rev().take_while(|row| blank(*row) == own).last()?;
    let mut last = (at.row..lines.len()).take_while(|row| blank(*row) == own).last()?;
    if around {
        last += (last + 1..lines.len()).take_while(|row| blank(*row) != own).count();
    }
    Some((Pos { row: first, col: 0 }, Pos { row: last, col: doc.buffer.width(last) }, true))
}

impl Vim {
    /// What is selected.
    pub fn selection(&self, doc: &Doc) -> Option<(Pos, Pos)> {
        let (anchor, cursor) = (doc.buffer.anchor()?, doc.buffer.cursor());
        let (from, to) = (anchor.min(cursor), anchor.max(cursor));
        match self.mode {
            Mode::Visual => {
                let behind = place::behind(doc.buffer.lines(), to).filter(|next| next.row == to.row);
                Some((from, behind.unwrap_or(to)))
            }
            Mode::VisualLine => {
                Some((Pos { row: from.row, col: 0 }, Pos { row: to.row, col: doc.buffer.width(to.row) }))
            }
            Mode::Insert => doc.buffer.selection(),
            Mode::Normal => None,
        }
    }
}

//! The text that is edited: `tui-textarea` holds it and its history, and this adds a cursor without limits and steps that are undone
//! at once.

use tui_textarea::{CursorMove, TextArea};

use super::place::Pos;

/// What a step is, which says whether the next edit joins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A character that was typed; those of a word are one step.
    Typed(char),
    /// A character that was taken away; several in a row are one step.
    Erased,
    /// Anything else: a step of its own.
    Whole,
}

/// Lines that were replaced: so many from this row on were there, so many are there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The first of them.
    pub row: usize,
    /// So many before.
    pub old: usize,
    /// So many after.
    pub new: usize,
}

/// What is undone at once.
#[derive(Debug, Clone)]
struct Step {
    kind: Kind,
    /// Entries of the history of the text area.
    edits: usize,
    changes: Vec<Change>,
    before: Pos,
    after: Pos,
    /// The revision before it, and behind it.
    from: u64,
    to: u64,
}

/// A text with a cursor, a selection and a past.
#[derive(Debug, Clone)]
pub struct Buffer {
    area: TextArea<'static>,
    cursor: Pos,
    anchor: Option<Pos>,
    /// The column of the screen that up and down aim at.
    pub(super) aim: Option<usize>,
    done: Vec<Step>,
    undone: Vec<Step>,
    /// What kind of step the next edit begins or joins.
    next: Kind,
    /// Whether it may join.
    joins: bool,
    /// Whether all edits join until this ends.
    held: Option<bool>,
    last: u64,
    changes: Vec<Change>,
    /// Whether it can only be looked at.
    pub(super) fixed: bool,
}

impl Buffer {
    /// A text of these lines, the cursor at its beginning.
    pub fn new(lines: Vec<String>) -> Self {
        let mut area = TextArea::new(lines);
        area.set_max_histories(usize::MAX);
        Self {
            area,
            cursor: Pos::default(),
            anchor: None,
            aim: None,
            done: Vec::new(),
            undone: Vec::new(),
            next: Kind::Whole,
            joins: false,
            held: None,
            last: 0,
            changes: Vec::new(),
            fixed: false,
        }
    }

    /// The lines; at least one.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// A line; empty behind the end.
    pub fn line(&self, row: usize) -> &str {
        self.lines().get(row).map_or("", String::as_str)
    }

    /// Characters of a line.
    pub fn width(&self, row: usize) -> usize {
        self.line(row).chars().count()
    }

    /// Where the cursor is.
    pub const fn cursor(&self) -> Pos {
        self.cursor
    }

    /// Where the selection begins, which ends at the cursor.
    pub const fn anchor(&self) -> Option<Pos> {
        self.anchor
    }

    /// The nearest place that there is.
    pub fn clamp(&self, pos: Pos) -> Pos {
        let row = pos.row.min(self.lines().len() - 1);
        Pos { row, col: pos.col.min(self.width(row)) }
    }

    /// Moves the cursor; an edit behind it is a step of its own.
    pub fn go(&mut self, pos: Pos) {
        let pos = self.clamp(pos);
        if pos != self.cursor {
            self.joins = false;
        }
        self.cursor = pos;
        self.aim = None;
    }

    /// Lets the selection begin here, or nowhere.
    pub fn set_anchor(&mut self, anchor: Option<Pos>) {
        self.anchor = anchor.map(|pos| self.clamp(pos));
    }

    /// What is selected, when that is anything.
    pub fn selection(&self) -> Option<(Pos, Pos)> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some((anchor.min(self.cursor), anchor.max(self.cursor)))
    }

    /// The text between two places.
    pub fn text(&self, from: Pos, to: Pos) -> String {
        let cut = |row: usize, from: usize, to: usize| -> String {
            self.line(row).chars().skip(from).take(to.saturating_sub(from)).collect()
        };
        if from.row == to.row {
            return cut(from.row, from.col, to.col);
        }
        let mut text = cut(from.row, from.col, usize::MAX);
        for row in from.row + 1..to.row {
            text.push('\n');
            text.push_str(self.line(row));
        }
        text.push('\n');
        text.push_str(&cut(to.row, 0, to.col));
        text
    }

    /// The place behind the last character.
    pub fn end(&self) -> Pos {
        let row = self.lines().len() - 1;
        Pos { row, col: self.width(row) }
    }

    /// The revision: the same number is the same text.
    pub fn revision(&self) -> u64 {
        self.done.last().map_or_else(|| self.undone.last().map_or(0, |step| step.from), |step| step.to)
    }

    /// What the next edit is.
    pub fn begin(&mut self, kind: Kind) {
        let joins = match (self.next, kind) {
            // A word with the blanks behind it is a step.
            (Kind::Typed(before), Kind::Typed(c)) => !before.is_whitespace() || c.is_whitespace(),
            (Kind::Erased, Kind::Erased) => true,
            _ => false,
        };
        self.joins &= joins;
        self.next = kind;
    }

    /// From now on all edits are one step, until [`Buffer::release`].
    pub fn hold(&mut self) {
        self.held.get_or_insert(false);
    }

    /// See [`Buffer::hold`].
    pub fn release(&mut self) {
        self.held = None;
        self.joins = false;
    }

    /// No edit joins the step before.
    pub fn rest(&mut self) {
        self.joins = false;
    }

    /// Replaces what is between two places; the cursor is behind the new text. Returns where that is.
    pub fn splice(&mut self, from: Pos, to: Pos, text: &str) -> Pos {
        let (from, to) = (self.clamp(from.min(to)), self.clamp(from.max(to)));
        if self.fixed || (from == to && text.is_empty()) {
            return from;
        }
        let before = self.cursor;
        let new = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
        let change = Change { row: from.row, old: to.row - from.row + 1, new };
        let mut edits = 0;
        self.move_area(from);
        if from != to {
            self.area.start_selection();
            self.move_area(to);
            self.area.delete_char();
            edits += 1;
        }
        if !text.is_empty() {
            // The text area takes one carriage return before a line end for a part of it.
            let text = text.replace("\r\n", "\r\r\n");
            let text = if text.ends_with('\r') { text + "\r" } else { text };
            self.area.insert_str(text);
            edits += 1;
        }
        let (row, col) = {
            let cursor = self.area.cursor();
            (cursor.0, cursor.1)
        };
        let after = Pos { row, col };
        self.record(change, edits, before, after);
        self.cursor = after;
        self.aim = None;
        self.anchor = None;
        after
    }

    fn record(&mut self, change: Change, edits: usize, before: Pos, after: Pos) {
        let from = self.revision();
        self.last += 1;
        self.undone.clear();
        self.changes.push(change);
        let joins = self.joins || self.held == Some(true);
        let to = self.last;
        match self.done.last_mut().filter(|_| joins) {
            Some(step) => {
                step.edits += edits;
                step.after = after;
                step.to = to;
                step.kind = self.next;
                // Of a word that is typed into one line the line is all there is to know.
                if step.changes.last() != Some(&change) || change.old != 1 || change.new != 1 {
                    step.changes.push(change);
                }
            }
            None => self.done.push(Step { kind: self.next, edits, changes: vec![change], before, after, from, to }),
        }
        if let Some(held) = &mut self.held {
            *held = true;
        }
        self.joins = self.next != Kind::Whole;
    }

    /// Moves the cursor of the text area, which can be told only small numbers at once.
    fn move_area(&mut self, to: Pos) {
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(small(to.row), small(to.col)));
        if to.row > usize::from(u16::MAX) {
            let last = self.lines().len() - 1;
            if last - to.row < to.row - usize::from(u16::MAX) {
                self.area.move_cursor(CursorMove::Bottom);
            }
            self.area.move_cursor(CursorMove::Head);
            while self.area.cursor().0 < to.row {
                self.area.move_cursor(CursorMove::Down);
            }
            while self.area.cursor().0 > to.row {
                self.area.move_cursor(CursorMove::Up);
            }
        }
        while self.area.cursor().1 < to.col {
            self.area.move_cursor(CursorMove::Forward);
        }
    }

    /// Takes the last step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        self.release();
        let Some(step) = self.done.pop() else { return false };
        self.area.cancel_selection();
        for _ in 0..step.edits {
            self.area.undo();
        }
        self.changes.extend(step.changes.iter().rev().map(|c| Change { row: c.row, old: c.new, new: c.old }));
        self.anchor = None;
        self.go(step.before);
        self.undone.push(step);
        true
    }

    /// Makes it again. False when nothing was taken back.
    pub fn redo(&mut self) -> bool {
        self.release();
        let Some(step) = self.undone.pop() else { return false };
        self.area.cancel_selection();
        for _ in 0..step.edits {
            self.area.redo();
        }
        self.changes.extend(&step.changes);
        self.anchor = None;
        self.go(step.after);
        self.done.push(step);
        true
    }

    /// The lines that were replaced since this was asked last, in order.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Makes the text this one, as a step that can be undone; what is the same at both ends stays. The cursor stays where it can.
    pub fn become_lines(&mut self, lines: &[String]) {
        let old = self.lines();
        let head = old.iter().zip(lines).take_while(|(a, b)| a == b).count();
        if head == old.len() && head == lines.len() {
            return;
        }
        // One line more on each side than differs, so that there always is a line to stand on.
        let head = head.min(old.len() - 1).min(lines.len() - 1);
        let most = (old.len() - head).min(lines.len() - head) - 1;
        let tail = old.iter().rev().zip(lines.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
        let (from, last) = (Pos { row: head, col: 0 }, old.len() - 1 - tail);
        let to = Pos { row: last, col: self.width(last) };
        let text = lines[head..lines.len() - tail].join("\n");
        let cursor = self.cursor;
        self.begin(Kind::Whole);
        self.joins = false;
        self.splice(from, to, &text);
        self.go(cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(row: usize, col: usize) -> Pos {
        Pos { row, col }
    }

    fn buffer(text: &str) -> Buffer {
        Buffer::new(text.split('\n').map(str::to_owned).collect())
    }

    fn text(buffer: &Buffer) -> String {
        buffer.lines().join("\n")
    }

    #[test]
    fn a_word_is_undone_at_once_and_redone_at_once() {
        let mut b = buffer("");
        for c in "one two".chars() {
            b.begin(Kind::Typed(c));
            let at = b.cursor();
            b.splice(at, at, &c.to_string());
        }
        let full = b.revision();
        assert!(b.undo());
        assert_eq!(text(&b), "one ");
        assert!(b.undo());
        assert_eq!((text(&b).as_str(), b.undo()), ("", false));
        assert_eq!(b.revision(), 0);
        assert!(b.redo() && b.redo() && !b.redo());
        assert_eq!((text(&b).as_str(), b.revision(), b.cursor()), ("one two", full, at(0, 7)));
    }

    #[test]
    fn a_replacement_over_lines_is_one_step_and_says_which_lines_changed() {
        let mut b = buffer("a\nb\nc\nd");
        b.begin(Kind::Whole);
        assert_eq!(b.splice(at(1, 0), at(2, 1), "x\ny\nz"), at(3, 1));
        assert_eq!(b.take_changes(), [Change { row: 1, old: 2, new: 3 }]);
        assert_eq!(text(&b), "a\nx\ny\nz\nd");
        b.undo();
        assert_eq!(text(&b), "a\nb\nc\nd");
        assert_eq!(b.take_changes(), [Change { row: 1, old: 3, new: 2 }]);
    }

    #[test]
    fn what_is_held_is_one_step() {
        let mut b = buffer("a");
        b.hold();
        for word in ["1", "2\n", "3"] {
            b.begin(Kind::Whole);
            b.splice(at(0, 0), at(0, 0), word);
        }
        b.release();
        b.begin(Kind::Whole);
        b.splice(at(0, 0), at(0, 0), "z");
        b.undo();
        assert_eq!(text(&b), "32\n1a");
        b.undo();
        assert_eq!(text(&b), "a");
    }

    #[test]
    fn ux_49_carriage_returns_in_the_text_stay_where_they_are() {
        let mut b = buffer("a\r\nb");
        b.begin(Kind::Whole);
        b.splice(at(1, 1), at(1, 1), "\nc\r\nd\r");
        assert_eq!(b.lines(), ["a\r", "b", "c\r", "d\r"]);
        b.undo();
        assert_eq!(b.lines(), ["a\r", "b"]);
        b.redo();
        assert_eq!(b.lines(), ["a\r", "b", "c\r", "d\r"]);
    }

    #[test]
    fn lines_and_columns_behind_65535_can_be_edited() {
        let mut b = Buffer::new(vec!["x".to_owned(); 70_000]);
        b.begin(Kind::Whole);
        b.splice(at(69_998, 1), at(69_998, 1), "!");
        b.splice(at(65_600, 0), at(65_600, 1), "?");
        assert_eq!((b.line(69_998), b.line(65_600), b.line(65_535)), ("x!", "?", "x"));
        let mut b = Buffer::new(vec!["x".repeat(66_000)]);
        b.begin(Kind::Whole);
        b.splice(at(0, 65_999), at(0, 66_000), "!");
        assert!(b.line(0).ends_with("x!"));
    }

    #[test]
    fn another_text_takes_the_place_of_all_in_one_step() {
        for (old, new) in
            [("a\nb\nc", "a\nB\nc"), ("a", "a\nb"), ("a\nb", "a"), ("a\na\na", "a\na"), ("", "x\ny"), ("x", "")]
        {
            let mut b = buffer(old);
            b.become_lines(&new.split('\n').map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(text(&b), new);
            b.undo();
            assert_eq!(text(&b), old);
        }
    }
}

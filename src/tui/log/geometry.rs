//! Where things are in the log pane: rows, columns, and what is at which position.

use jiff::SignedDuration;

use super::message::Row;
use super::pane::{LogPane, Place, Wrap};
use super::shown::SystemLine;
use super::stamp::Stamps;
use super::survey::PAUSE;
use crate::tui::view::text::{width, wrap};

/// Below this width of the pane a time stamp has no milliseconds.
const SHORT_STAMPS_BELOW: u16 = 64;
/// Columns of the longest name of a task beside its lines.
const LONGEST_TAG: usize = 16;
/// Columns left of the text without a time stamp: the cursor's, the stream's glyph, a blank.
const GUTTER: usize = 3;

/// The row at the top of the pane.
///
/// Positions count everything: 0 is Tempo's line about the beginning, line n of the output is n + 1, and behind the last line is
/// Tempo's line about the end. Tempo's line about another attempt is the first row of the line below it. Of lines that are missing
/// only the first is a position, where Tempo says so (O2): so a position stays what it is while more of them are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Top {
    pub(super) position: u64,
    /// The row of a wrapped line, from 0.
    pub(super) row: usize,
}

/// What is at a position.
pub(super) enum Item<'a> {
    System(SystemLine),
    Line(&'a Row),
}

impl LogPane {
    /// The lines (first, end) that are on the screen when `top` is on top, if each takes one row.
    pub(super) fn lines_from(&self, top: Top) -> (u64, u64) {
        let first = top.position.saturating_sub(1);
        let rows = self.height() as u64 - u64::from(top.position == 0);
        (first, self.extent.rows.below(first, rows).min(self.extent.lines))
    }

    /// The lines of the output of which something is on the screen, from 0.
    pub(super) fn on_screen(&self) -> std::ops::Range<u64> {
        let last = self.lowest(self.top).min(self.extent.lines);
        self.top.position.saturating_sub(1)..last
    }

    /// Whether the lines that are here are only those that a sieve keeps.
    pub(super) fn is_sifted(&self) -> bool {
        self.window.sieve > 0
    }

    /// The place in the window of the first line from a position on.
    fn row_from(&self, position: u64) -> usize {
        self.window.rows.partition_point(|row| row.number + 1 < position)
    }

    /// The position that is shown for one that may be hidden: the first one from it on, or the last.
    pub(super) fn shown_for(&self, position: u64) -> u64 {
        let position = position.min(self.positions().saturating_sub(1));
        if position == 0 || position > self.extent.lines {
            return position;
        }
        if !self.is_sifted() {
            return self.position_of(position - 1);
        }
        let row = self.window.rows.get(self.row_from(position)).or(self.window.rows.last());
        row.map_or(0, |row| row.number + 1)
    }

    /// The position under the cursor.
    pub(super) fn cursor(&self) -> u64 {
        let at = match self.place {
            Place::End => self.positions().saturating_sub(1),
            Place::At(_) | Place::Eye { .. } => self.shown_for(self.cursor),
        };
        let at = if self.place == Place::End && at == self.extent.lines { self.shown_for(at) } else { at };
        match self.rows_of(at) {
            0 if at > 0 => self.above(at),
            0 if self.positions() > 1 => self.below(at),
            _ => at,
        }
    }

    /// The row of the screen at which a position begins when `top` is on top: above it is before 0.
    pub(super) fn screen_row(&self, top: Top, position: u64) -> isize {
        let (mut at, mut y) = (top.position, -top.row.cast_signed());
        if position < at {
            return -1;
        }
        while at < position && y < self.height().cast_signed() {
            y += self.rows_of(at).cast_signed();
            at = self.below(at);
        }
        y
    }

    /// The position of a row of the screen; the last one when there is none.
    pub(super) fn position_at(&self, top: Top, y: usize) -> u64 {
        let at = self.step_down(top, y).position;
        if at < self.positions() { at } else { self.above(at) }
    }

    /// The lowest top that leaves no row empty, if that is known by now.
    pub(super) fn lowest_top(&self) -> Option<Top> {
        let known = !self.is_sifted() || self.window.end >= self.extent.lines;
        known.then(|| self.last_top())
    }

    pub(super) fn height(&self) -> usize {
        usize::from(self.size.height).max(1)
    }

    /// Columns of the gutter.
    pub(super) fn gutter(&self) -> usize {
        match (self.zoomed, self.stamps.width(self.short_stamps())) {
            (true, _) => 0,
            (false, 0) => GUTTER + self.tag_width(),
            (false, stamp) => GUTTER + self.tag_width() + stamp + 1,
        }
    }

    /// Columns of the name of the task, where several outputs are shown as one.
    pub(super) fn tag_width(&self) -> usize {
        let parts = self.shown.as_ref().map_or(&[][..], |shown| &shown.merged);
        parts.iter().map(|part| width(&part.slug).min(LONGEST_TAG) + 1).max().unwrap_or(0)
    }

    pub(super) fn short_stamps(&self) -> bool {
        self.size.width < SHORT_STAMPS_BELOW
    }

    /// Columns of the text.
    pub(super) fn text_width(&self) -> usize {
        usize::from(self.size.width).saturating_sub(self.gutter())
    }

    /// Number of positions.
    pub(super) fn positions(&self) -> u64 {
        1 + self.extent.lines + u64::from(self.shown.as_ref().is_some_and(|shown| shown.end().is_some()))
    }

    /// What is at a position, if it is here.
    pub(super) fn item(&self, position: u64) -> Option<Item<'_>> {
        let shown = self.shown.as_ref()?;
        if position == 0 {
            return Some(Item::System(shown.beginning()));
        }
        if position > self.extent.lines {
            return shown.end().filter(|_| position == self.extent.lines + 1).map(Item::System);
        }
        let row = self.window.rows.binary_search_by_key(&(position - 1), |row| row.number).ok()?;
        self.window.rows.get(row).map(Item::Line)
    }

    /// The position of a line; of one that is missing, that of its gap.
    pub(super) fn position_of(&self, line: u64) -> u64 {
        self.extent.rows.of(line) + 1
    }

    /// The position below. Those of missing and of hidden lines are none; where it is not known yet which are, it is the first
    /// one of which that is not known.
    pub(super) fn below(&self, position: u64) -> u64 {
        if self.is_sifted() {
            return match self.window.rows.get(self.row_from(position + 1)) {
                _ if position < self.window.first || position > self.extent.lines => position + 1,
                Some(row) => row.number + 1,
                None => self.window.end.max(position) + 1,
            };
        }
        position.checked_sub(1).map_or(1, |line| self.extent.rows.below(line, 1) + 1)
    }

    /// The position above.
    pub(super) fn above(&self, position: u64) -> u64 {
        if self.is_sifted() {
            if position > self.extent.lines + 1 {
                return position - 1;
            }
            return match self.row_from(position).checked_sub(1).and_then(|row| self.window.rows.get(row)) {
                Some(row) => row.number + 1,
                None => self.window.first.min(position.saturating_sub(1)),
            };
        }
        match position {
            0 | 1 => 0,
            _ => self.extent.rows.above(position - 1, 1) + 1,
        }
    }

    /// The lowest position on the screen when `top` is on top.
    pub(super) fn lowest(&self, top: Top) -> u64 {
        let below = self.step_down(top, self.height());
        if below.row > 0 { below.position } else { self.above(below.position) }
    }

    /// Rows that a position takes. A line that is not here counts as one.
    pub(super) fn rows_of(&self, position: u64) -> usize {
        match self.item(position) {
            Some(Item::System(line)) => self.system_rows(&line).len(),
            Some(Item::Line(row)) => self.text_rows(row) + self.rows_above(row),
            None => 1,
        }
    }

    /// The rows of a line of Tempo's own, which is never cut off. The whole screen is the program's, if it has printed anything.
    pub(super) fn system_rows(&self, line: &SystemLine) -> Vec<String> {
        if self.zoomed && self.extent.lines > 0 { Vec::new() } else { wrap(&line.text, self.text_width().max(1)) }
    }

    /// Rows that the text of a line takes.
    fn text_rows(&self, row: &Row) -> usize {
        match self.wrap {
            Wrap::Chop => 1,
            Wrap::Columns => row.text.rows(self.text_width()).len(),
            Wrap::Words => row.text.word_rows(self.text_width()).len(),
        }
    }

    /// Rows of Tempo's own above a line: one after a silence, one where another attempt begins.
    pub(super) fn rows_above(&self, row: &Row) -> usize {
        if self.zoomed { 0 } else { usize::from(row.begins.is_some()) + usize::from(self.silence(row).is_some()) }
    }

    /// Rows of Tempo's own above what is at a position.
    pub(super) fn lead(&self, position: u64) -> usize {
        match self.item(position) {
            Some(Item::Line(row)) => self.rows_above(row),
            _ => 0,
        }
    }

    /// How long nothing was printed before a line, if that is worth a row.
    pub(super) fn silence(&self, row: &Row) -> Option<SignedDuration> {
        let silence = row.at.duration_since(row.before?);
        (self.stamps != Stamps::Off && !self.zoomed && !row.is_gap && silence > PAUSE).then_some(silence)
    }

    /// The top of the last full page.
    pub(super) fn last_top(&self) -> Top {
        self.step_up(Top { position: self.positions(), row: 0 }, self.height())
    }

    /// `rows` rows below `top`, and never on a position that takes no row unless it is behind the last one.
    pub(super) fn step_down(&self, top: Top, rows: usize) -> Top {
        let Top { mut position, row } = top;
        let mut row = row.min(self.rows_of(position).saturating_sub(1)) + rows;
        while position < self.positions() {
            let of_position = self.rows_of(position);
            if row < of_position {
                return Top { position, row };
            }
            row -= of_position;
            position = self.below(position);
        }
        Top { position, row: 0 }
    }

    /// `rows` rows above `top`, or the beginning.
    pub(super) fn step_up(&self, top: Top, mut rows: usize) -> Top {
        let Top { mut position, mut row } = top;
        while rows > row {
            rows -= row;
            if position == 0 {
                return Top::default();
            }
            position = self.above(position);
            row = self.rows_of(position);
        }
        Top { position, row: row - rows }
    }
}

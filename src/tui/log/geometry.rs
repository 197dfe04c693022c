//! Where things are in the log pane: rows, columns, and what is at which position.

use super::message::Row;
use super::pane::LogPane;
use super::shown::SystemLine;
use crate::tui::view::text::wrap;

/// Below this width of the pane a time stamp has no milliseconds.
const SHORT_STAMPS_BELOW: u16 = 64;
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
    pub fn on_screen(&self) -> std::ops::Range<u64> {
        let last = self.lowest(self.top).min(self.extent.lines);
        self.top.position.saturating_sub(1)..last
    }

    pub(super) fn height(&self) -> usize {
        usize::from(self.size.height).max(1)
    }

    /// Columns of the gutter.
    pub(super) fn gutter(&self) -> usize {
        match (self.zoomed, self.stamps.width(self.short_stamps())) {
            (true, _) => 0,
            (false, 0) => GUTTER,
            (false, stamp) => GUTTER + stamp + 1,
        }
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

    /// The position below. Those of missing lines are none.
    pub(super) fn below(&self, position: u64) -> u64 {
        position.checked_sub(1).map_or(1, |line| self.extent.rows.below(line, 1) + 1)
    }

    /// The position above.
    pub(super) fn above(&self, position: u64) -> u64 {
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
            Some(Item::Line(row)) => {
                let own = if self.wrap { row.text.rows(self.text_width()).len() } else { 1 };
                own + self.rows_above(row)
            }
            None => 1,
        }
    }

    /// The rows of a line of Tempo's own, which is never cut off. The whole screen is the program's, if it has printed anything.
    pub(super) fn system_rows(&self, line: &SystemLine) -> Vec<String> {
        if self.zoomed && self.extent.lines > 0 { Vec::new() } else { wrap(&line.text, self.text_width().max(1)) }
    }

    /// Rows of Tempo's own above a line: one where another attempt begins.
    pub(super) fn rows_above(&self, row: &Row) -> usize {
        usize::from(row.begins.is_some() && !self.zoomed)
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

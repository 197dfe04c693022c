//! Moving: the cursor by lines, the view by pages, and where both are then.
//!
//! As in a list, `j` and `k` move the cursor, and the view when the cursor is at its edge; a line that is higher than the screen
//! is gone through row by row. As in less, pages move the view, and the cursor stays on its row of the screen.

use super::geometry::Top;
use super::message::LogRequest;
use super::pane::{LogPane, Place};

impl LogPane {
    /// A line down; within one that does not fit, a row down.
    pub(super) fn cursor_down(&mut self) {
        if self.place == Place::End {
            return;
        }
        let (top, cursor) = (self.wanted_top(), self.cursor());
        let height = self.height().cast_signed();
        let end = self.screen_row(top, cursor) + self.rows_of(cursor).cast_signed();
        if end > height {
            self.go(self.step_down(top, 1), cursor);
            return;
        }
        let next = self.skip_empty(self.below(cursor), true);
        if next >= self.positions() {
            self.go(top, cursor);
            return;
        }
        let rows = self.rows_of(next).min(self.height()).cast_signed();
        let beyond = usize::try_from(end + rows - height).unwrap_or(0);
        self.go(self.step_down(top, beyond), next);
    }

    /// A line up; within one that does not fit, a row up.
    pub(super) fn cursor_up(&mut self) {
        self.pause();
        let (top, cursor) = (self.wanted_top(), self.cursor());
        let row = self.screen_row(top, cursor);
        if row < 0 {
            self.go(self.step_up(top, 1), cursor);
            return;
        }
        let previous = self.skip_empty(self.above(cursor), false);
        if cursor == 0 || self.rows_of(previous) == 0 {
            self.go(top, cursor);
            return;
        }
        let rows = self.rows_of(previous);
        let beyond = usize::try_from(rows.cast_signed() - row).unwrap_or(0);
        let beyond = if rows > self.height() { beyond.min(1) } else { beyond };
        self.go(self.step_up(top, beyond), previous);
    }

    /// The view so many rows down.
    pub(super) fn scroll_down(&mut self, rows: usize) {
        if self.place == Place::End {
            return;
        }
        let (top, cursor) = (self.wanted_top(), self.cursor());
        let row = self.row_on_screen(top, cursor);
        // Whoever is beyond the last full page, because the layout changed, is not moved back.
        let lowest = self.lowest_top().map(|lowest| lowest.max(top));
        let down = self.step_down(top, rows);
        let down = lowest.map_or(down, |lowest| down.min(lowest));
        let at = if down == top { self.last_position() } else { self.seen_at(down, row) };
        self.go(down, at);
    }

    /// The view so many rows up.
    pub(super) fn scroll_up(&mut self, rows: usize) {
        self.pause();
        let (top, cursor) = (self.wanted_top(), self.cursor());
        let row = self.row_on_screen(top, cursor);
        let up = self.step_up(top, rows);
        let at = if up == top { self.skip_empty(0, true) } else { self.seen_at(up, row) };
        self.go(up, at);
    }

    /// Moves the view by rows, as a wheel does: the cursor stays on its line while that is seen.
    pub fn scroll(&mut self, by: isize) -> Vec<LogRequest> {
        if by < 0 {
            self.pause();
            let top = self.wanted_top();
            self.place = Place::At(self.step_up(top, by.unsigned_abs()));
        } else if self.place != Place::End {
            let top = self.wanted_top();
            let down = self.step_down(top, by.unsigned_abs());
            let lowest = self.lowest_top().map(|lowest| lowest.max(top));
            self.place = Place::At(lowest.map_or(down, |lowest| down.min(lowest)));
        }
        self.cursor_onto_screen();
        self.request()
    }

    /// The cursor on the line at a row of the screen, unless the pane follows.
    pub fn point(&mut self, row: usize) {
        self.selected = None;
        if self.place != Place::End {
            let top = self.wanted_top();
            (self.place, self.cursor) = (Place::At(top), self.seen_at(top, row));
        }
    }

    /// Selects lines from the cursor to the row of the screen to which the mouse is drawn.
    pub fn drag(&mut self, row: usize) {
        let followed = self.place == Place::End;
        self.pause();
        let top = self.wanted_top();
        let at = self.seen_at(top, row);
        let from = if followed { at } else { self.cursor() };
        self.selected.get_or_insert(from);
        (self.place, self.cursor) = (Place::At(top), at);
    }

    /// The view with this at the top, and the cursor there.
    fn go(&mut self, top: Top, cursor: u64) {
        (self.place, self.cursor) = (Place::At(top), cursor);
    }

    /// The row of the screen that the cursor is on, or the nearest one.
    fn row_on_screen(&self, top: Top, cursor: u64) -> usize {
        let row = self.screen_row(top, cursor) + self.lead(cursor).cast_signed();
        usize::try_from(row).unwrap_or(0).min(self.height() - 1)
    }

    /// The position of a row of the screen; the one above it, when only rows of Tempo's own of it are seen, on which no cursor is drawn.
    fn seen_at(&self, top: Top, row: usize) -> u64 {
        let at = self.position_at(top, row);
        let text = self.screen_row(top, at) + self.lead(at).cast_signed();
        if text < self.height().cast_signed() || at <= top.position {
            return at;
        }
        self.skip_empty(self.above(at), false).max(top.position)
    }

    /// The cursor on the nearest line that is seen, after the view was moved without it.
    pub(super) fn cursor_onto_screen(&mut self) {
        let top = self.wanted_top();
        let row = self.row_on_screen(top, self.cursor());
        let at = self.seen_at(top, row);
        if self.cursor() < top.position || self.cursor() > at {
            self.cursor = at;
        }
    }

    /// The last position that is seen at all.
    fn last_position(&self) -> u64 {
        self.skip_empty(self.above(self.positions()), false)
    }

    /// This position, or the next one in this direction that takes a row.
    fn skip_empty(&self, mut position: u64, down: bool) -> u64 {
        while self.rows_of(position) == 0 && if down { position < self.positions() } else { position > 0 } {
            position = if down { self.below(position) } else { self.above(position) };
        }
        position
    }

    /// The line under the cursor, or the nearest one.
    pub(super) fn cursor_line(&self) -> u64 {
        self.cursor().saturating_sub(1).min(self.extent.lines.saturating_sub(1))
    }

    /// Goes to a line: moves the view only if the line is not on the screen.
    pub(super) fn go_to(&mut self, line: u64) {
        self.go_to_position(self.position_of(line));
    }

    /// Goes to a position, as [`LogPane::go_to`].
    pub(super) fn go_to_position(&mut self, position: u64) {
        self.pause();
        let top = self.wanted_top();
        if position < top.position + u64::from(top.row > 0) || position > self.lowest(top) {
            // How many rows the lines above take is known when they are here.
            self.place = Place::Eye { position, row: self.height() / 3, fill: true };
        } else if let Place::Eye { .. } = self.place {
            self.place = Place::At(top);
        }
        self.cursor = position;
    }
}

//! Pane 5: which part of time it shows, where its cursor is, and what was and will be in each cell.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::TaskId;
pub use crate::domain::timeline::{Span, Start};
use crate::store::history::Past;

/// How far it goes to either side of now, in hours.
const ZOOMS: [i64; 7] = [3, 6, 12, 24, 48, 96, 168];

/// Cells are as long as one of these, in minutes: each fits a day, so that midnight is between two.
const CELLS: [i64; 14] = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720];

/// The cursor goes this far to either side of now, in columns.
const FARTHEST: i32 = 5000;

/// A cell: what was in its part before now, and the first start planned in its part after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// What was.
    pub past: Option<Past>,
    /// What will be.
    pub plan: Option<Plan>,
}

/// A planned start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The first one in the cell.
    pub start: Start,
    /// Whether one in the cell has to wait for others.
    pub collides: bool,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The cells.
    pub span: Span,
    /// The tasks.
    pub tasks: Vec<TaskId>,
}

/// The pane.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Which of the zooms.
    zoom: usize,
    /// The column of the cursor: 0 is the present cell up to now, 1 the same cell from now on.
    pub cursor: i32,
    /// The column in the middle, at the left of the line.
    middle: i32,
    /// What was asked for last.
    pub asked: Option<Asked>,
    /// The answer: the cells, and what is in them, by task.
    pub span: Option<Span>,
    /// Of each task as many as the span has.
    pub rows: BTreeMap<TaskId, Vec<Cell>>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { zoom: 2, cursor: 0, middle: 0, asked: None, span: None, rows: BTreeMap::new() }
    }
}

/// The part of time that is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The cells.
    pub span: Span,
    /// Which of them is the present one; it may lie outside.
    pub present: i32,
    /// The columns, the first and the last.
    pub columns: (i32, i32),
}

impl View {
    /// The cell of a column, when it is in the span.
    pub fn cell(&self, column: i32) -> Option<usize> {
        let at = self.present + if column > 0 { column - 1 } else { column };
        usize::try_from(at).ok().filter(|at| *at < self.span.cells)
    }
}

impl Timeline {
    /// How far it goes to either side.
    pub fn reach(&self) -> SignedDuration {
        SignedDuration::from_hours(ZOOMS[self.zoom.min(ZOOMS.len() - 1)])
    }

    /// Whether now is in the middle.
    pub fn is_centred(&self) -> bool {
        self.middle == 0
    }

    /// The part of time that so many columns show now: the line of now takes one of them.
    pub fn view(&self, columns: usize, now: Timestamp, zone: &TimeZone) -> View {
        let room = i64::try_from(columns.saturating_sub(1)).unwrap_or(i64::MAX).max(2);
        let minutes = 2 * self.reach().as_mins();
        let fits = |cell: &&i64| (minutes / 2 + **cell - 1) / **cell * 2 <= room;
        let cell = SignedDuration::from_mins(CELLS.iter().find(fits).copied().unwrap_or(CELLS[CELLS.len() - 1]));
        let half = ((self.reach().as_secs() + cell.as_secs() - 1) / cell.as_secs()).min(room / 2) as i32;
        let columns = (self.middle - half + 1, self.middle + half);
        let cell_at = |column: i32| if column > 0 { column - 1 } else { column };
        let (first, last) = (cell_at(columns.0), cell_at(columns.1));
        // Cells begin at midnight of the zone, as it is now.
        let offset = i64::from(zone.to_offset(now).seconds());
        let present = (now.as_second() + offset).div_euclid(cell.as_secs()) * cell.as_secs() - offset;
        let from = Timestamp::from_second(present + i64::from(first) * cell.as_secs()).unwrap_or(now);
        let span = Span { from, cell, cells: usize::try_from(last - first + 1).unwrap_or(0) };
        View { span, present: -first, columns }
    }

    /// How long until the present cell is over, and with it the picture.
    pub fn until_next(&self, columns: usize, now: Timestamp, zone: &TimeZone) -> Duration {
        let Span { from, cell, .. } = self.view(columns, now, zone).span;
        let into = now.duration_since(from).as_nanos().rem_euclid(cell.as_nanos().max(1));
        let left = cell.saturating_sub(SignedDuration::from_nanos(i64::try_from(into).unwrap_or(0)));
        left.try_into().unwrap_or_default()
    }

    /// Moves the cursor; the view follows it.
    pub fn move_by(&mut self, columns: i32, half: i32) {
        self.cursor = self.cursor.saturating_add(columns).clamp(-FARTHEST, FARTHEST);
        let half = half.max(1);
        if self.cursor <= self.middle - half {
            self.middle = self.cursor + half - 1 - half / 2;
        } else if self.cursor > self.middle + half {
            self.middle = self.cursor - half + half / 2;
        }
    }

    /// Back to now.
    pub fn to_now(&mut self) {
        (self.cursor, self.middle) = (0, 0);
    }

    /// Shows more time, or less. The cursor stays at its time as well as it can. False when there is no more.
    pub fn zoom(&mut self, out: bool) -> bool {
        let before = ZOOMS[self.zoom];
        let to = if out { self.zoom + 1 } else { self.zoom.wrapping_sub(1) };
        let Some(after) = ZOOMS.get(to) else { return false };
        self.zoom = to;
        let scaled = |column: i32| i32::try_from(i64::from(column) * before / after).unwrap_or(0);
        (self.cursor, self.middle) = (scaled(self.cursor), scaled(self.middle));
        true
    }
}

//! Plain aligned tables for people.

use std::io::{self, Write as _};

use unicode_width::UnicodeWidthStr;

use super::out::Out;
use crate::domain::run::{Outcome, RunState};
use crate::output::to_plain;

/// How a cell looks on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
    Dim,
}

impl Tone {
    const fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "\x1b[32m",
            Self::Warn => "\x1b[33m",
            Self::Bad => "\x1b[31m",
            Self::Dim => "\x1b[2m",
        }
    }
}

/// A text that is safe to show, and its tone.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(super) fn new(text: &str, tone: Tone) -> Self {
        // What people and programs named can hold anything (O4).
        Self { text: to_plain(text.as_bytes()), tone }
    }

    /// The state of a run, or how it ended.
    pub(super) fn of_run(state: RunState, outcome: Option<Outcome>, paused: bool) -> Self {
        match outcome {
            None if paused => Self::new("paused", Tone::Warn),
            Some(outcome) if outcome.is_bad() => Self::new(&outcome.to_string(), Tone::Bad),
            Some(outcome @ (Outcome::Cancelled | Outcome::Skipped)) => Self::new(&outcome.to_string(), Tone::Dim),
            Some(outcome) => Self::new(&outcome.to_string(), Tone::Good),
            None => Self::new(state.word(), Tone::Plain),
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text.as_ref(), Tone::Plain)
    }
}

/// Rows under a header; the columns never get narrower from one [`Table::print`] to the next.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
    widths: Vec<usize>,
}

impl Table {
    /// With a header line.
    pub(super) fn new(header: &[&str]) -> Self {
        let mut table = Self::bare();
        table.row(header.iter().map(|text| Cell::new(text, Tone::Dim)).collect());
        table
    }

    /// Without one.
    pub(super) const fn bare() -> Self {
        Self { rows: Vec::new(), widths: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.widths.resize(self.widths.len().max(cells.len()), 0);
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.text.width());
        }
        self.rows.push(cells);
    }

    /// Prints the rows that have been added since the last time.
    pub(super) fn print(&mut self, out: &mut Out) -> io::Result<()> {
        let colour = out.colour;
        for row in self.rows.drain(..) {
            let mut line = String::new();
            for (i, (cell, width)) in row.iter().zip(&self.widths).enumerate() {
                let padding = width - cell.text.width();
                if colour && cell.tone != Tone::Plain {
                    line.push_str(cell.tone.sgr());
                    line.push_str(&cell.text);
                    line.push_str("\x1b[0m");
                } else {
                    line.push_str(&cell.text);
                }
                if i + 1 < row.len() {
                    line.extend(std::iter::repeat_n(' ', padding + 2));
                }
            }
            writeln!(out, "{}", line.trim_end_matches(' '))?;
        }
        Ok(())
    }
}

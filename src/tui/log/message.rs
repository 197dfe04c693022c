//! What the pane asks of its worker, and what it hears.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::text::Text;
use crate::domain::run::Outcome;
use crate::output::scan::Matcher;
use crate::output::{Reader, Rows, Stream};

/// Which lines the pane wants to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The last lines, as they come: an answer for each growth.
    Tail {
        /// How many.
        count: usize,
    },
    /// These, once more only if the last of them grew or some did not exist yet.
    Window {
        /// The number of the first, from 0.
        first: u64,
        /// How many.
        count: usize,
    },
}

/// A numbered wish: of several, only the newest is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Goes up with each one. Answers bear it, so that late ones are known.
    pub number: u64,
    /// The wish.
    pub view: View,
}

/// A search through the whole output.
#[derive(Debug, Clone)]
pub struct Search {
    /// Goes up with each search. Reports bear it.
    pub number: u64,
    /// What to search for.
    pub matcher: Arc<Matcher>,
    /// Where to look first.
    pub seek: Option<Seek>,
}

/// The wish for one match; of several, only the newest is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seek {
    /// Goes up with each one.
    pub number: u64,
    /// The first line to look at. From the last line it goes on at the first one, and the other way round.
    pub from: u64,
    /// Towards the beginning.
    pub backward: bool,
}

/// How a search stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The number of the [`Search`].
    pub search: u64,
    /// The number of the newest [`Seek`], 0 for none.
    pub seek: u64,
    /// The seek has its answer.
    pub sought: bool,
    /// The line that it found.
    pub found: Option<u64>,
    /// Which of all matching lines that is, from 1, once that is known.
    pub ordinal: Option<u64>,
    /// Matching lines so far.
    pub matches: u64,
    /// How much was gone through; 100 is all.
    pub percent: u8,
}

/// From the pane to its worker.
#[derive(Debug, Clone)]
pub enum LogRequest {
    /// Open the output in a run folder instead of the one before.
    Open {
        /// The run folder, which need not exist yet.
        folder: PathBuf,
        /// It may grow: watch it.
        live: bool,
        /// What to show of it.
        ask: Ask,
    },
    /// Show another part.
    View(Ask),
    /// The run began to print, or it ended: look once more, and watch from now on or no longer.
    Live(bool),
    /// Search in the output that is open, instead of the search before.
    Search(Search),
    /// Find another match of the search.
    Seek(Seek),
    /// Search no more.
    EndSearch,
    /// Nothing is shown any more.
    Close,
}

/// How large an output is now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extent {
    /// Lines, a last one without line end included, and those that are missing.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
    /// Which of the lines are there.
    pub rows: Rows,
}

impl Extent {
    /// The size of an output as of the reader's last refresh.
    pub fn of(reader: &Reader) -> Self {
        Self { lines: reader.lines(), bytes: reader.bytes(), rows: reader.rows().clone() }
    }
}

/// One line, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 0.
    pub number: u64,
    /// The number of what is behind it.
    pub next: u64,
    /// The attempt of which it is the first line, but for the first attempt (R6).
    pub begins: Option<Begun>,
    /// When its first byte arrived.
    pub at: Timestamp,
    /// Where its first byte was printed.
    pub stream: Stream,
    /// What it shows.
    pub text: Text,
    /// It is Tempo's own: lines are missing here (O2).
    pub is_gap: bool,
}

/// A later attempt of a run, where its output begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which one.
    pub attempt: u32,
    /// How the one before it ended, if that is known.
    pub after: Option<Outcome>,
}

/// Lines that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// The number of the first, from 0.
    pub first: u64,
    /// The lines.
    pub rows: Vec<Row>,
}

impl Window {
    /// The number of what is behind it.
    pub(super) fn end(&self) -> u64 {
        self.rows.last().map_or(self.first, |row| row.next)
    }
}

/// From the worker to the pane. All about the lines bear the number of the newest [`Ask`] that the worker had seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAnswer {
    /// The lines that were asked for.
    Lines {
        /// The number of the ask.
        number: u64,
        /// The size of the output.
        extent: Extent,
        /// As many of the lines as exist.
        window: Window,
    },
    /// The output grew beyond what is shown.
    Grew {
        /// The number of the newest ask.
        number: u64,
        /// The new size.
        extent: Extent,
    },
    /// How the search stands.
    Searched(Report),
    /// The output cannot be read.
    Failed {
        /// The number of the ask.
        number: u64,
        /// Why, in one line.
        reason: String,
    },
}

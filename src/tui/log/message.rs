//! What the pane asks of its worker, and what it hears.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::sieve::Sieve;
use super::text::Text;
use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::output::scan::Matcher;
use crate::output::{Level, Merged, Reader, Rows, Stream};

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
    /// Of the lines that a sieve keeps, those around this one.
    Around {
        /// A line, kept or not.
        line: u64,
        /// How many before it.
        above: usize,
        /// How many from it on.
        below: usize,
    },
}

/// A numbered wish: of several, only the newest is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Goes up with each one. Answers bear it, so that late ones are known.
    pub number: u64,
    /// The wish.
    pub view: View,
    /// The number of the [`Sieving`], 0 for none.
    pub sieve: u64,
    /// Escape sequences and control characters are shown and not obeyed.
    pub escapes: bool,
    /// Rows of the scroll bar, for which the [`Marks`] are.
    pub cells: u16,
}

/// What hides lines from now on.
#[derive(Debug, Clone)]
pub struct Sieving {
    /// Goes up with each one. Asks bear it.
    pub number: u64,
    /// `None` shows everything.
    pub sieve: Option<Arc<Sieve>>,
    /// So many lines are shown before and behind each one that is kept.
    pub context: u64,
}

/// A wish to be led to a line; of several, only the newest is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// Goes up with each one.
    pub number: u64,
    /// Whereto.
    pub to: Goal,
}

/// Whereto one can be led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The first line from this one on that says it is a warning or worse; from the end it goes on at the beginning.
    GraveAfter(u64),
    /// The last one up to this line; from the beginning it goes on at the end.
    GraveBefore(u64),
    /// The first line that was printed at this time or later.
    Time(Timestamp),
    /// The first line that was printed so long before the last one, or later.
    BeforeEnd(SignedDuration),
    /// The first section that begins behind this line: another attempt, another stream, or after a pause.
    SectionAfter(u64),
    /// The last one that begins before this line.
    SectionBefore(u64),
}

/// Lines to take the text of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
}

/// Lines to write into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    /// Which; `None` is all, also what is hidden.
    pub span: Option<Span>,
    /// Where to.
    pub path: PathBuf,
    /// Exactly as it was printed, with all that could act on a terminal and what is masked elsewhere.
    pub raw: bool,
    /// Also when there is such a file.
    pub overwrite: bool,
}

/// A pattern to wait for in what a run prints from now on.
#[derive(Debug, Clone)]
pub struct Alerting {
    /// The run.
    pub run: RunId,
    /// Its task, for the message.
    pub slug: String,
    /// Its run folder.
    pub folder: PathBuf,
    /// What to wait for; `None` waits for nothing any more.
    pub matcher: Option<Arc<Matcher>>,
}

/// Which cells of a bar have a mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    bits: Vec<u64>,
    cells: u16,
}

impl Marks {
    /// A bar of so many cells without marks.
    pub fn new(cells: u16) -> Self {
        Self { bits: vec![0; usize::from(cells).div_ceil(64)], cells }
    }

    /// A bar with a mark wherever there is anything.
    pub fn of(counts: &[u64]) -> Self {
        let mut marks = Self::new(u16::try_from(counts.len()).unwrap_or(u16::MAX));
        for (cell, _) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            if let Some(bits) = marks.bits.get_mut(cell / 64) {
                *bits |= 1 << (cell % 64);
            }
        }
        marks
    }

    /// Marks the cell of a position among all positions.
    pub fn set(&mut self, position: u64, positions: u64) {
        let cell = cell_of(position, positions, self.cells);
        if let Some(bits) = self.bits.get_mut(usize::from(cell / 64)) {
            *bits |= 1 << (cell % 64);
        }
    }

    /// Whether a cell has a mark.
    pub fn get(&self, cell: u16) -> bool {
        self.bits.get(usize::from(cell / 64)).is_some_and(|bits| bits & (1 << (cell % 64)) != 0)
    }
}

/// The cell of a bar that a position among all positions belongs to.
pub fn cell_of(position: u64, positions: u64, cells: u16) -> u16 {
    let cell = u128::from(position) * u128::from(cells) / u128::from(positions.max(1));
    u16::try_from(cell).unwrap_or(u16::MAX).min(cells.saturating_sub(1))
}

/// How many lines are kept or grave, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// So many so far.
    pub count: u64,
    /// How much was gone through; 100 is all.
    pub percent: u8,
    /// Where.
    pub marks: Marks,
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
        /// The folders of several runs, whose outputs are shown as one instead.
        merged: Vec<PathBuf>,
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
    /// Hide other lines from now on.
    Sieve(Sieving),
    /// Look for a line to go to.
    Jump(Jump),
    /// Take the text of lines, as far as they are shown, for the clipboard.
    Copy(Span),
    /// Write lines into a file.
    Save(Saving),
    /// Wait for a pattern, or no longer.
    Alert(Alerting),
    /// A part of one line, from this byte of it on.
    Whole {
        /// Its number.
        line: u64,
        /// The first byte.
        from: u64,
    },
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
    /// The size of several outputs as one.
    pub fn of_merged(merged: &Merged) -> Self {
        Self { lines: merged.lines(), bytes: merged.bytes(), rows: Rows::default() }
    }

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
    /// When the line that is shown above it was printed, if there is one.
    pub before: Option<Timestamp>,
    /// The level that it says it has.
    pub level: Option<Level>,
    /// It is shown only because of a line near it.
    pub context: bool,
    /// Bytes of it that are not shown.
    pub cut: u64,
    /// Of several outputs that are shown as one, which one it is from.
    pub source: Option<usize>,
}

/// A later attempt of a run, where its output begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which one.
    pub attempt: u32,
    /// How the one before it ended, if that is known.
    pub after: Option<Outcome>,
}

/// Lines that are shown below each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// The number of the first, from 0.
    pub first: u64,
    /// The lines; of those that a sieve keeps, all from `first` on up to `end`.
    pub rows: Vec<Row>,
    /// The number of what is behind it.
    pub end: u64,
    /// The number of the [`Sieving`], 0 for none.
    pub sieve: u64,
}

impl Window {
    /// The number of what is behind it.
    pub(super) fn end(&self) -> u64 {
        self.end
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
    /// Where the matches of a search are.
    Matched {
        /// The number of the [`Search`].
        search: u64,
        /// Where.
        marks: Marks,
    },
    /// How many lines are kept and how many are grave.
    Sifted {
        /// The number of the [`Sieving`].
        sieve: u64,
        /// Those that are kept; `None` when nothing is hidden.
        kept: Option<Tally>,
        /// Those of them that say they are a warning or worse; `None` when nobody looked.
        grave: Option<Tally>,
    },
    /// Where a jump leads.
    Found {
        /// The number of the [`Jump`].
        jump: u64,
        /// The line.
        line: Option<u64>,
        /// Which of all grave lines it is, from 1.
        ordinal: Option<u64>,
    },
    /// The text of lines, or why it is not taken.
    Copied(Result<Copied, String>),
    /// What became of saving.
    Saved(Saved),
    /// A pattern appeared.
    Alerted {
        /// Whose run.
        slug: String,
        /// The run.
        run: RunId,
        /// The line, as it is shown.
        text: String,
    },
    /// A part of one line.
    Whole(Whole),
    /// The output cannot be read.
    Failed {
        /// The number of the ask.
        number: u64,
        /// Why, in one line.
        reason: String,
    },
}

/// Text for the clipboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The lines as they are shown, each with its line end.
    pub text: String,
    /// How many.
    pub lines: u64,
}

/// What became of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is there, and so many bytes long.
    Done(PathBuf, u64),
    /// There is a file of this name.
    Exists(Saving),
    /// Why it was not saved.
    Failed(String),
}

/// A part of one line, which may be longer than anything that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The number of the line.
    pub line: u64,
    /// The first byte of it that this shows.
    pub from: u64,
    /// The first byte behind it.
    pub to: u64,
    /// Length of the whole line in bytes.
    pub length: u64,
    /// What it shows.
    pub text: Text,
}

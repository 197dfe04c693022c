//! Reads a window of lines and makes it ready to be drawn.

use std::io;
use std::path::Path;

use super::message::{Begun, Row, Window};
use super::text::Text;
use crate::domain::missing::not_kept;
use crate::domain::run::Outcome;
use crate::output::lines::LINE_CUT;
use crate::output::{Gap, Line, Merged, Reader, Sgr};
use crate::supervise::{Evidence, inspect};

/// Lines above a window in which a colour that reaches into it is looked for.
const CARRY_LINES: u64 = 200;
/// The byte that begins an escape sequence.
const ESC: u8 = 0x1b;

/// How lines become rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner<'a> {
    pub(super) folder: &'a Path,
    /// Marks what is cut.
    pub(super) ellipsis: &'a str,
    /// Escape sequences are shown and not obeyed.
    pub(super) escapes: bool,
}

/// At most `count` lines from number `first` on. Its cost depends on neither the size of the output nor the length of its
/// lines.
pub(super) fn read(manner: Manner<'_>, reader: &mut Reader, first: u64, count: usize) -> io::Result<Window> {
    let above = reader.rows().above(first, CARRY_LINES);
    let lines = reader.line_window(above, count + CARRY_LINES as usize)?;
    // A gap may have grown over it just now.
    let first = reader.rows().of(first);
    let mut sgr = Sgr::default();
    // Of the line above it, if there is one.
    let mut attempt = (above == 0).then_some(1);
    let mut before = None;
    let mut rows = Vec::with_capacity(count.min(1024));
    for line in lines {
        if rows.len() == count {
            break;
        }
        let begins = attempt.is_some_and(|attempt| line.attempt > attempt);
        attempt = Some(line.attempt);
        let at = line.at;
        if line.number >= first {
            let begins = begins.then(|| begun(manner.folder, line.attempt));
            rows.push(Row { begins, before, ..row(manner, &line, &mut sgr) });
        } else if line.gap.is_some() {
            // What it switched off is not known.
            sgr = Sgr::default();
        } else if line.length > LINE_CUT as u64 || memchr::memchr(ESC, &line.bytes).is_some() {
            Text::of(&line, &mut sgr, manner.ellipsis);
        }
        before = Some(at);
    }
    let end = rows.last().map_or(first, |row: &Row| row.next);
    Ok(Window { first, rows, end, sieve: 0 })
}

/// These lines, each with so many around it. `kept` is in order, `first..end` is where nothing else is kept.
pub(super) fn read_kept(
    manner: Manner<'_>,
    reader: &mut Reader,
    kept: &[u64],
    context: u64,
    first: u64,
    end: u64,
) -> io::Result<Window> {
    let mut rows: Vec<Row> = Vec::with_capacity(kept.len());
    let mut at = 0;
    let mut before = None;
    while at < kept.len() {
        // Those whose surroundings touch are read together.
        let mut last = at;
        while last + 1 < kept.len() && kept[last + 1] - kept[last] <= 2 * context + 1 {
            last += 1;
        }
        let from = kept[at].saturating_sub(context).max(first);
        let to = kept[last].saturating_add(context).min(end.saturating_sub(1));
        let mut sgr = Sgr::default();
        for line in reader.line_window(from, (to + 1 - from) as usize)? {
            if line.number > to || line.gap.is_some() {
                continue;
            }
            let context = kept[at..=last].binary_search(&line.number).is_err();
            let when = line.at;
            rows.push(Row { before, context, ..row(manner, &line, &mut sgr) });
            before = Some(when);
        }
        at = last + 1;
    }
    let behind: Vec<u64> = rows.iter().skip(1).map(|row| row.number).chain([end]).collect();
    for (row, next) in rows.iter_mut().zip(behind) {
        row.next = next;
    }
    Ok(Window { first, rows, end, sieve: 0 })
}

/// As [`read`], of several outputs as one. No colour is carried from line to line, for they are of different programs.
pub(super) fn read_merged(manner: Manner<'_>, merged: &mut Merged, first: u64, count: usize) -> io::Result<Window> {
    let above = first.saturating_sub(1);
    let (mut rows, mut before) = (Vec::with_capacity(count.min(1024)), None);
    for (number, (source, line)) in (above..).zip(merged.line_window(above, count + 1)?) {
        let at = line.at;
        if number >= first && rows.len() < count {
            let row = row(manner, &line, &mut Sgr::default());
            rows.push(Row { number, next: number + 1, before, source: Some(source), ..row });
        }
        before = Some(at);
    }
    let end = first + rows.len() as u64;
    Ok(Window { first, rows, end, sieve: 0 })
}

/// A line as a row, in the style that `sgr` carries from line to line.
fn row(manner: Manner<'_>, line: &Line, sgr: &mut Sgr) -> Row {
    let text = match &line.gap {
        Some(gap) => {
            *sgr = Sgr::default();
            Text::note(&words(gap, manner.ellipsis))
        }
        None if manner.escapes => Text::escaped(line, manner.ellipsis),
        None => Text::of(line, sgr, manner.ellipsis),
    };
    let is_gap = line.gap.is_some();
    Row {
        number: line.number,
        next: line.next,
        begins: None,
        at: line.at,
        stream: line.stream,
        level: if is_gap { None } else { text.level() },
        text,
        is_gap,
        before: None,
        context: false,
        cut: line.cut,
        source: None,
    }
}

/// The attempt that begins with a line, and how the one before it ended if its record says so.
fn begun(folder: &Path, attempt: u32) -> Begun {
    let after = match inspect(folder, attempt - 1) {
        Ok(Evidence::Ended(record)) => Some(record.outcome()),
        Ok(Evidence::Lost { .. }) => Some(Outcome::Lost),
        Ok(Evidence::Alive(..) | Evidence::Starting | Evidence::NeverStarted) | Err(_) => None,
    };
    Begun { attempt, after }
}

/// What stands in the place of a gap.
fn words(gap: &Gap, ellipsis: &str) -> String {
    let rule = if ellipsis.is_ascii() { "--" } else { "──" };
    format!("{rule} {} {rule}", not_kept(gap.bytes(), gap.line_ends, gap.cap))
}

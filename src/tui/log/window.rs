//! Reads a window of lines and makes it ready to be drawn.

use std::io;
use std::path::Path;

use super::message::{Begun, Row, Window};
use super::text::Text;
use crate::domain::missing::not_kept;
use crate::domain::run::Outcome;
use crate::output::lines::LINE_CUT;
use crate::output::{Gap, Reader, Sgr};
use crate::supervise::{Evidence, inspect};

/// Lines above a window in which a colour that reaches into it is looked for.
const CARRY_LINES: u64 = 200;
/// The byte that begins an escape sequence.
const ESC: u8 = 0x1b;

/// At most `count` lines from number `first` on. Its cost depends on neither the size of the output nor the length of its
/// lines.
pub(super) fn read(folder: &Path, reader: &mut Reader, first: u64, count: usize, ellipsis: &str) -> io::Result<Window> {
    let above = reader.rows().above(first, CARRY_LINES);
    let lines = reader.line_window(above, count + CARRY_LINES as usize)?;
    // A gap may have grown over it just now.
    let first = reader.rows().of(first);
    let mut sgr = Sgr::default();
    // Of the line above it, if there is one.
    let mut before = (above == 0).then_some(1);
    let mut rows = Vec::with_capacity(count.min(1024));
    for line in lines {
        if rows.len() == count {
            break;
        }
        let begins = before.is_some_and(|before| line.attempt > before);
        before = Some(line.attempt);
        let text = match &line.gap {
            Some(gap) => {
                // What it switched off is not known.
                sgr = Sgr::default();
                Text::note(&words(gap, ellipsis))
            }
            None if line.number >= first
                || line.length > LINE_CUT as u64
                || memchr::memchr(ESC, &line.bytes).is_some() =>
            {
                Text::of(&line, &mut sgr, ellipsis)
            }
            None => continue,
        };
        if line.number >= first {
            let begins = begins.then(|| begun(folder, line.attempt));
            let is_gap = line.gap.is_some();
            rows.push(Row {
                number: line.number,
                next: line.next,
                begins,
                at: line.at,
                stream: line.stream,
                text,
                is_gap,
            });
        }
    }
    Ok(Window { first, rows })
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

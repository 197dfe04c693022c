//! Reads a window of lines and makes it ready to be drawn.

use std::io;
use std::path::Path;

use super::message::{Begun, Row, Window};
use super::text::Text;
use crate::domain::run::Outcome;
use crate::output::lines::LINE_CUT;
use crate::output::{Reader, Sgr};
use crate::supervise::{Evidence, inspect};

/// Lines above a window in which a colour that reaches into it is looked for.
const CARRY_LINES: u64 = 200;
/// The byte that begins an escape sequence.
const ESC: u8 = 0x1b;

/// At most `count` lines from number `first` on. Its cost depends on neither the size of the output nor the length of its
/// lines.
pub(super) fn read(folder: &Path, reader: &mut Reader, first: u64, count: usize, ellipsis: &str) -> io::Result<Window> {
    let above = first.min(CARRY_LINES);
    let mut sgr = Sgr::default();
    let mut attempt = 1;
    let mut rows = Vec::with_capacity(count.min(1024));
    for line in reader.line_window(first - above, count + above as usize)? {
        if line.number >= first {
            let begins = (line.attempt > attempt).then(|| begun(folder, line.attempt));
            rows.push(Row { begins, at: line.at, stream: line.stream, text: Text::of(&line, &mut sgr, ellipsis) });
        } else if line.length > LINE_CUT as u64 || memchr::memchr(ESC, &line.bytes).is_some() {
            Text::of(&line, &mut sgr, ellipsis);
        }
        attempt = line.attempt;
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

//! Reads a window of lines and makes it ready to be drawn.

use std::io;

use super::message::{Row, Window};
use super::text::Text;
use crate::output::lines::LINE_CUT;
use crate::output::{Reader, Sgr};

/// Lines above a window in which a colour that reaches into it is looked for.
const CARRY_LINES: u64 = 200;
/// The byte that begins an escape sequence.
const ESC: u8 = 0x1b;

/// At most `count` lines from number `first` on. Its cost depends on neither the size of the output nor the length of its
/// lines.
pub(super) fn read(reader: &mut Reader, first: u64, count: usize, ellipsis: &str) -> io::Result<Window> {
    let above = first.min(CARRY_LINES);
    let mut sgr = Sgr::default();
    let mut rows = Vec::with_capacity(count.min(1024));
    for line in reader.line_window(first - above, count + above as usize)? {
        if line.number >= first {
            rows.push(Row { at: line.at, stream: line.stream, text: Text::of(&line, &mut sgr, ellipsis) });
        } else if line.length > LINE_CUT as u64 || memchr::memchr(ESC, &line.bytes).is_some() {
            Text::of(&line, &mut sgr, ellipsis);
        }
    }
    Ok(Window { first, rows })
}

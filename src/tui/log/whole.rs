//! Reads one line part by part, however long it is.

use std::io;

use super::message::Whole;
use super::text::Text;
use crate::output::masks::replace;
use crate::output::{Line, Reader, Sgr};

/// Bytes of a line that are shown at once.
const PART: usize = 16 * 1024;

/// The part of a line from byte `from` on. `from` is the end of another part, or 0.
pub(super) fn read(reader: &mut Reader, line: u64, from: u64) -> io::Result<Option<Whole>> {
    let Some(found) = reader.line_window(line, 1)?.into_iter().find(|found| found.gap.is_none()) else {
        return Ok(None);
    };
    let from = from.min(found.length);
    let masks = reader.masks()?.clone();
    let left = usize::try_from(found.length - from).unwrap_or(usize::MAX);
    // So that a secret that is cut in two is seen.
    let mut bytes = vec![0; left.min(PART + masks.longest())];
    let read = reader.read_at(found.offset + from, &mut bytes)?;
    bytes.truncate(read);
    let mut secrets = masks.find(&bytes);
    let mut end = bytes.len().min(PART);
    // Not in the midst of a character.
    while end > 0 && end < bytes.len() && bytes[end] & 0b1100_0000 == 0b1000_0000 {
        end -= 1;
    }
    secrets.retain(|secret| secret.start < end);
    end = secrets.last().map_or(end, |last| last.end.max(end));
    let shown = replace(&bytes[..end], &secrets);
    let part = Line { bytes: shown, cut: 0, ..found };
    let text = Text::escaped(&part, "");
    let text = if from == 0 && part.length <= PART as u64 { Text::of(&part, &mut Sgr::default(), "") } else { text };
    Ok(Some(Whole { line, from, to: from + end as u64, length: part.length, text }))
}

//! The end of what a run printed, as it may be shown: sanitised, with its secrets masked.

use std::path::Path;

use crate::output::masks::MasksOf;
use crate::output::{Reader, sanitise};

/// Bytes at the end of an output that are read.
const TAIL: u64 = 16 << 10;

/// The lines at the end of the output in the folder of a run; `None` when there is none, or it cannot be read.
pub(super) fn lines(folder: &Path) -> Option<Vec<String>> {
    let mut output = Reader::open(folder).ok()?;
    let from = output.bytes().saturating_sub(TAIL);
    let mut tail = Vec::new();
    output.copy_raw(from, None, &mut tail).ok()?;
    let mut masks = MasksOf::new(folder);
    let shown = masks.current().ok()?.apply(&tail);
    let mut lines: Vec<String> = shown.split(|byte| *byte == b'\n').map(sanitise::to_plain).collect();
    if from > 0 {
        // It may begin within a secret.
        lines.remove(0);
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Some(lines)
}

//! Which lines of an output are shown: those of one stream, of some level, that match a pattern or do not.

use std::sync::Arc;

use super::level::{Threshold, continues};
use crate::output::lines::LINE_CUT;
use crate::output::sanitise::to_plain;
use crate::output::scan::{Matcher, Wanted};
use crate::output::{Level, Masks, Stream, level};

/// What hides lines. Nothing does by default.
#[derive(Debug, Clone, Default)]
pub struct Sieve {
    /// Only lines that match, or with `true` only those that do not.
    pub filter: Option<(Arc<Matcher>, bool)>,
    /// Only lines of this level or a higher one. A line without a level is an info; an indented one has that of the line above.
    pub level: Threshold,
    /// Only lines that began on this stream.
    pub stream: Option<Stream>,
}

impl Sieve {
    /// Whether it hides anything.
    pub fn hides(&self) -> bool {
        self.filter.is_some() || self.level != Threshold::All || self.stream.is_some()
    }

    /// Those of its lines that say themselves that they are a warning or worse.
    pub(super) fn grave(&self) -> Wanted {
        Wanted {
            matcher: self.filter.as_ref().map(|(matcher, _)| Arc::clone(matcher)),
            invert: self.filter.as_ref().is_some_and(|(_, invert)| *invert),
            stream: self.stream,
            level: self.level.least().max(Some(Level::Warn)),
        }
    }
}

/// Which lines of a block are picked.
#[derive(Debug, Default)]
pub(super) struct Picked {
    /// Their numbers, from 0.
    pub(super) lines: Vec<u64>,
    /// How many line ends the block has.
    pub(super) ends: u64,
    /// The level of its last line.
    pub(super) level: Option<Level>,
}

impl Sieve {
    /// The lines of `block`, which begins at the start of a line. `above` is the level of the line above it; `streams` are runs
    /// of bytes of one stream, each with its end.
    pub(super) fn lines(
        &self,
        block: &[u8],
        masks: &Masks,
        above: Option<Level>,
        streams: &[(usize, Stream)],
    ) -> Picked {
        // No secret holds a line end: the lines stay the same ones. But they move.
        let shown = masks.apply(block);
        let starts = starts_of(&shown);
        let ends = memchr::memchr_iter(b'\n', &shown).count() as u64;
        let line = |number: usize| {
            let start = starts[number];
            let end = starts.get(number + 1).map_or(shown.len(), |next| next - 1);
            let end = if end > start && shown[end - 1] == b'\n' { end - 1 } else { end };
            &shown[start..end]
        };
        let mut keep: Vec<bool> = vec![true; starts.len()];
        if let Some((matcher, invert)) = &self.filter {
            let nothing = Masks::default();
            for (number, keep) in keep.iter_mut().enumerate() {
                *keep = matcher.is_match(line(number), &nothing) != *invert;
            }
        }
        let mut level = above;
        if let Some(least) = self.level.least() {
            for (number, keep) in keep.iter_mut().enumerate() {
                let line = line(number);
                level = level_of(line).or(level.filter(|_| continues(line)));
                *keep &= level.unwrap_or(Level::Info) >= least;
            }
        }
        if let Some(stream) = self.stream {
            let places = if shown.len() == block.len() { starts.clone() } else { starts_of(block) };
            for (keep, start) in keep.iter_mut().zip(places) {
                let run = streams.partition_point(|(end, _)| *end <= start);
                *keep &= streams.get(run).is_none_or(|(_, of)| *of == stream);
            }
        }
        let lines = (0..).zip(keep).filter(|(_, keep)| *keep).map(|(number, _)| number).collect();
        Picked { lines, ends, level }
    }
}

/// Where the lines of a block begin. What follows its last line end is a line only if there is anything.
fn starts_of(block: &[u8]) -> Vec<usize> {
    let behind = memchr::memchr_iter(b'\n', block).map(|end| end + 1);
    std::iter::once(0).chain(behind).filter(|start| *start < block.len()).collect()
}

/// The level that a raw line has by itself.
fn level_of(line: &[u8]) -> Option<Level> {
    let looked_at = &line[..line.len().min(LINE_CUT)];
    if memchr::memchr2(0x1b, b'\r', looked_at).is_some() {
        level::of(to_plain(looked_at).as_bytes())
    } else {
        level::of(looked_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] = b"INFO start\nplain\nERROR it broke\n  at a\n  at b\nDEBUG x\n  more x\nwarning: y\n\x1b[31mERROR\x1b[m z\nlast";

    fn picked(sieve: &Sieve) -> Vec<u64> {
        sieve.lines(BLOCK, &Masks::default(), None, &[]).lines
    }

    fn of(level: Threshold) -> Sieve {
        Sieve { level, ..Sieve::default() }
    }

    #[test]
    fn ux_30_lines_are_kept_by_level_and_indented_ones_belong_to_the_line_above() {
        assert_eq!(picked(&of(Threshold::All)), (0..10).collect::<Vec<_>>());
        assert_eq!(picked(&of(Threshold::Info)), [0, 1, 2, 3, 4, 7, 8, 9]);
        assert_eq!(picked(&of(Threshold::Warn)), [2, 3, 4, 7, 8]);
        assert_eq!(picked(&of(Threshold::Error)), [2, 3, 4, 8]);
    }

    #[test]
    fn ux_29_lines_are_kept_by_pattern_or_by_not_matching_it_and_together_with_a_level() {
        let filter = |invert| Sieve { filter: Matcher::new("x|z").map(|m| (Arc::new(m), invert)), ..Sieve::default() };
        assert_eq!(picked(&filter(false)), [5, 6, 8]);
        assert_eq!(picked(&filter(true)), [0, 1, 2, 3, 4, 7, 9]);
        assert_eq!(picked(&Sieve { level: Threshold::Warn, ..filter(false) }), [8]);
    }

    #[test]
    fn lines_are_kept_by_the_stream_on_which_they_began() {
        let sieve = Sieve { stream: Some(Stream::Err), ..Sieve::default() };
        let streams = [(4, Stream::Out), (9, Stream::Err), (12, Stream::Out)];
        let picked = sieve.lines(b"out\nerr\nno\nend", &Masks::default(), None, &streams);
        assert_eq!((picked.lines, picked.ends), (vec![1, 2], 3));
    }

    #[test]
    fn the_level_goes_on_from_the_block_above() {
        let picked = of(Threshold::Error).lines(b"  at c\nplain\n  more\n", &Masks::default(), Some(Level::Error), &[]);
        assert_eq!((picked.lines, picked.ends, picked.level), (vec![0], 3, None));
    }
}

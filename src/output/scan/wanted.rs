//! Which lines are wanted: by a pattern, or all but those of a pattern, of one stream, from a level on.

use std::ops::Range;
use std::sync::Arc;

use super::super::level::{self, Level};
use super::super::{Masks, Stream};
use super::matcher::Matcher;
use super::plain::shown;

/// What a line must be. Every condition that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// It matches.
    pub matcher: Option<Arc<Matcher>>,
    /// It does not match, instead.
    pub invert: bool,
    /// Its first byte was printed there.
    pub stream: Option<Stream>,
    /// It says a level, and that is this one or a worse one.
    pub level: Option<Level>,
}

impl Wanted {
    /// The lines that match.
    pub fn matching(matcher: Arc<Matcher>) -> Self {
        Self { matcher: Some(matcher), ..Self::default() }
    }

    /// The lines of this level or of a worse one.
    pub fn from_level(level: Level) -> Self {
        Self { level: Some(level), ..Self::default() }
    }

    /// Hands each line of `block` that fulfils all but the stream to `hit`, in order, as its bytes without `\n`.
    pub(super) fn each(&self, block: &[u8], masks: &Masks, hit: &mut dyn FnMut(Range<usize>)) {
        let mut scratch = Vec::new();
        let mut admit = |line: Range<usize>| {
            let has_level = |level| level_of(&block[line.clone()], masks, &mut scratch) >= Some(level);
            if self.level.is_none_or(has_level) {
                hit(line);
            }
        };
        match &self.matcher {
            Some(matcher) if self.invert => {
                let mut at = 0;
                matcher.each(block, masks, &mut |line| {
                    lines(block, at..line.start, &mut admit);
                    at = line.end + 1;
                });
                lines(block, at..block.len(), &mut admit);
            }
            Some(matcher) => matcher.each(block, masks, &mut admit),
            None => match self.level.and_then(level::sieve) {
                Some(sieve) => Matcher::of(sieve.clone()).each(block, masks, &mut admit),
                None => lines(block, 0..block.len(), &mut admit),
            },
        }
    }

    /// Whether the level of a line, of which this is the beginning, is one that is wanted.
    pub(super) fn admits_level(&self, beginning: &[u8], masks: &Masks) -> bool {
        self.level.is_none_or(|level| level_of(beginning, masks, &mut Vec::new()) >= Some(level))
    }

    /// Whether a part of a long line matches; also when the line is wanted because it does not.
    pub(super) fn is_match_in_part(&self, part: &[u8], masks: &Masks, first: bool, own: usize) -> bool {
        self.matcher.as_ref().is_none_or(|matcher| matcher.is_match_in_part(part, masks, first, own))
    }

    /// Whether a line is wanted when nothing of it matches.
    pub(super) fn wants_unmatched(&self) -> bool {
        self.invert && self.matcher.is_some()
    }
}

/// The level of a line by what it shows.
fn level_of(line: &[u8], masks: &Masks, scratch: &mut Vec<u8>) -> Option<Level> {
    // Colours take room, too, and a progress bar is what it ends with.
    let line = if memchr::memchr(b'\r', line).is_some() { line } else { &line[..line.len().min(2 * level::LOOKED_AT)] };
    level::of(shown(&masks.apply(line), scratch))
}

/// Hands each line of a part of `block` to `hit`.
fn lines(block: &[u8], part: Range<usize>, hit: &mut dyn FnMut(Range<usize>)) {
    let mut at = part.start;
    while at < part.end {
        let end = memchr::memchr(b'\n', &block[at..part.end]).map_or(part.end, |end| at + end);
        hit(at..end);
        at = end + 1;
    }
}

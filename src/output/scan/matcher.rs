//! What is searched for: a regular expression with smart case, or, where it is none, the text itself.

use std::ops::Range;

use memchr::{memchr, memchr2_iter, memrchr};
use regex::bytes::{Regex, RegexBuilder};

use super::super::Masks;
use super::super::sanitise::to_plain;
use super::plain::{ESC, shown};

/// Bytes that a compiled pattern may take: more would also take noticeable time, and nobody types it.
const SIZE_LIMIT: usize = 1 << 20;
/// Matches in a block that turn out to reach over a line end, after which each line is looked at by itself.
const PATIENCE: usize = 64;

/// A pattern that lines match or do not.
#[derive(Debug, Clone)]
pub struct Matcher {
    pattern: String,
    regex: Regex,
    problem: Option<String>,
}

/// How a pattern is read, other than by default: as a regular expression with smart case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// It is the text itself.
    pub literal: bool,
    /// Upper and lower case are the same, also when the pattern has upper case.
    pub ignore_case: bool,
}

impl Matcher {
    /// The matcher of a pattern; `None` when it is empty. Upper and lower case differ only if the pattern has upper case. What is no
    /// regular expression is taken as text, and [`Matcher::problem`] says so.
    pub fn new(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        match Self::read(pattern, Reading::default()) {
            Ok(matcher) => Some(matcher),
            Err(problem) => {
                // The text itself compiles; only one of a million characters would be too large.
                let literal = Self::read(pattern, Reading { literal: true, ignore_case: false }).ok()?;
                Some(Self { problem: Some(problem), ..literal })
            }
        }
    }

    /// The matcher of a pattern that is read so; or why it is no regular expression, in one line.
    pub fn read(pattern: &str, reading: Reading) -> Result<Self, String> {
        let escaped = if reading.literal { Some(regex::escape(pattern)) } else { None };
        let upper_case =
            if reading.literal { pattern.chars().any(char::is_uppercase) } else { has_upper_case(pattern) };
        let regex = RegexBuilder::new(escaped.as_deref().unwrap_or(pattern))
            .case_insensitive(reading.ignore_case || !upper_case)
            .multi_line(true)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|e| reason(&e))?;
        Ok(Self { pattern: to_plain(pattern.as_bytes()), regex, problem: None })
    }

    /// A matcher of lines for the program itself.
    pub(super) fn of(regex: Regex) -> Self {
        Self { pattern: String::new(), regex, problem: None }
    }

    /// The pattern, as it can be shown.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Why the pattern is no regular expression, so that it is searched for as it stands.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// What matches in a text that is shown. Nothing is empty.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        self.regex.find_iter(text.as_bytes()).map(|found| found.range()).filter(|range| !range.is_empty()).collect()
    }

    /// Whether a line without its `\n` matches by what it shows, with what is masked in it (R9).
    pub fn is_match(&self, line: &[u8], masks: &Masks) -> bool {
        self.regex.is_match(shown(&masks.apply(line), &mut Vec::new()))
    }

    /// Where in a line that shows all its bytes the first match begins.
    pub(super) fn first(&self, line: &[u8], masks: &Masks) -> Option<usize> {
        if masks.is_empty() { self.regex.find(line).map(|found| found.start()) } else { None }
    }

    /// Whether a part of a long line matches by what begins before `own` in it. If it is not the first part, its first byte is only
    /// looked back at, and so is as much as the end of a secret can be that begins before it: the part before has looked at that.
    pub(super) fn is_match_in_part(&self, part: &[u8], masks: &Masks, first: bool, own: usize) -> bool {
        let masked = masks.apply(part);
        let at = if first { 0 } else { (1 + masks.longest()).min(masked.len()) };
        if memchr::memchr2(ESC, b'\r', &masked).is_some() {
            return self.regex.is_match(to_plain(&masked[at..]).as_bytes());
        }
        self.regex.find_at(&masked, at).is_some_and(|found| found.start() < own)
    }

    /// Hands each line of `block` that matches to `hit`, in order, as its bytes without `\n`. A line matches by what it shows, not by
    /// its escape sequences, and not by what is masked.
    pub(super) fn each(&self, block: &[u8], masks: &Masks, hit: &mut dyn FnMut(Range<usize>)) {
        let secrets = masks.find(block);
        let mut secrets = secrets.iter().map(|secret| secret.start).peekable();
        let mut escapes = memchr2_iter(ESC, b'\r', block).peekable();
        let mut scratch = Vec::new();
        let mut at = 0;
        while at < block.len() {
            // The next line of which the bytes are not what it shows.
            while escapes.next_if(|special| *special < at).is_some() {}
            while secrets.next_if(|special| *special < at).is_some() {}
            let special = escapes.peek().copied().into_iter().chain(secrets.peek().copied()).min();
            let Some(special) = special else {
                self.each_plain(block, at..block.len(), hit);
                return;
            };
            let start = memrchr(b'\n', &block[at..special]).map_or(at, |end| at + end + 1);
            self.each_plain(block, at..start, hit);
            let end = memchr(b'\n', &block[special..]).map_or(block.len(), |end| special + end);
            if self.regex.is_match(shown(&masks.apply(&block[start..end]), &mut scratch)) {
                hit(start..end);
            }
            at = end + 1;
        }
    }

    /// As [`Matcher::each`], of whole lines that show all their bytes.
    fn each_plain(&self, block: &[u8], lines: Range<usize>, hit: &mut dyn FnMut(Range<usize>)) {
        let text = &block[lines.clone()];
        let (mut at, mut misses) = (0, 0);
        // In one go over many lines, because starting a search costs more than a short line.
        while at < text.len()
            && let Some(found) = self.regex.find_at(text, at)
        {
            let start = memrchr(b'\n', &text[at..found.start()]).map_or(at, |end| at + end + 1);
            if start >= text.len() {
                return;
            }
            let end = memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end);
            // A match may begin here and reach over the line end, where only one inside the line counts.
            if found.end() <= end || self.regex.is_match(&text[start..end]) {
                hit(lines.start + start..lines.start + end);
            } else {
                misses += 1;
            }
            at = end + 1;
            if misses > PATIENCE {
                break;
            }
        }
        while misses > PATIENCE && at < text.len() {
            let end = memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
            if self.regex.is_match(&text[at..end]) {
                hit(lines.start + at..lines.start + end);
            }
            at = end + 1;
        }
    }
}

/// Whether a pattern has a capital that is not the name of a class such as `\S`.
fn has_upper_case(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|c| {
        let of_text = !escaped;
        escaped = of_text && c == '\\';
        of_text && c.is_uppercase()
    })
}

/// The last line of an error: the others draw the pattern with a mark below.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(matcher: &Matcher, block: &[u8]) -> Vec<u64> {
        let mut lines = Vec::new();
        let ends = |to: usize| memchr::memchr_iter(b'\n', &block[..to]).count() as u64;
        matcher.each(block, &Masks::default(), &mut |line| lines.push(ends(line.start)));
        lines
    }

    fn lines(pattern: &str, block: &[u8]) -> Vec<u64> {
        found(&Matcher::new(pattern).unwrap(), block)
    }

    #[test]
    fn lines_match_by_what_they_show() {
        let block = b"one\nTWO two\n\nth\x1b[31mree\x1b[m\n10%\r100%\rdone\ncrlf\r\nlast two";
        assert_eq!(lines("two", block), [1, 6]);
        assert_eq!(lines("Two", block), [0_u64; 0]);
        assert_eq!(lines("TWO", block), [1]);
        assert_eq!(lines("three", block), [3]);
        assert_eq!(lines("31m|%", block), [0_u64; 0]);
        assert_eq!(lines("crlf$|^$", block), [2, 5]);
        assert_eq!(lines(r"\Sne", block), [0, 4]);
    }

    #[test]
    fn a_match_does_not_reach_over_a_line_end() {
        assert_eq!(lines(r"a\s+b", b"a\nb\na b\na\n\nb"), [2]);
        assert_eq!(lines("a[^x]*b", b"a\nb\nacb\n"), [2]);
        assert_eq!(lines("^b$", b"a\nb\nb\n"), [1, 2]);
        assert_eq!(lines("$", b"a\n\nb\n"), [0, 1, 2]);
        assert_eq!(lines("$", b"a\nb"), [0, 1]);
        assert_eq!(lines("x*", b""), [0_u64; 0]);
        let many = "a\n".repeat(500) + "ab\n" + &"a\n".repeat(500) + "b\n";
        assert_eq!(lines("a[^x]*b", many.as_bytes()), [500]);
    }

    #[test]
    fn what_is_no_regular_expression_is_searched_for_as_it_stands_and_says_so() {
        let matcher = Matcher::new("[x").unwrap();
        assert_eq!(matcher.problem(), Some("unclosed character class"));
        assert_eq!(found(&matcher, b"x\na[xb\n"), [1]);
        assert_eq!(Matcher::new("[x]").unwrap().problem(), None);
        let huge = Matcher::new("((a{1000}){1000}){1000}").unwrap();
        assert!(huge.problem().is_some_and(|problem| !problem.contains('\n')), "{:?}", huge.problem());
        assert!(Matcher::new("").is_none());
    }

    #[test]
    fn a_pattern_can_be_read_as_text_and_without_case() {
        let read = |pattern, literal, ignore_case| Matcher::read(pattern, Reading { literal, ignore_case });
        let lines = |matcher: Matcher| found(&matcher, b"a.b\nA.B\naxb\n");
        assert_eq!(lines(read("a.b", true, false).unwrap()), [0, 1]);
        assert_eq!(lines(read("A.b", true, false).unwrap()), [0_u64; 0]);
        assert_eq!(lines(read("A.b", true, true).unwrap()), [0, 1]);
        assert_eq!(lines(read("A.B", false, false).unwrap()), [1]);
        assert_eq!(read("[", false, false).unwrap_err(), "unclosed character class");
    }

    #[test]
    fn what_matches_in_a_line_is_known_for_the_eye() {
        assert_eq!(Matcher::new("o+").unwrap().ranges("foo bOr"), [1..3, 5..6]);
        assert_eq!(Matcher::new("x*").unwrap().ranges("foo").len(), 0);
    }

    proptest! {
        #[test]
        fn a_block_has_the_matches_of_its_lines(
            parts in prop::collection::vec(prop::sample::select(vec!["a", "b", "\n", "\n", "\r", "ab", " ", "\x1b[m"]), 0..60),
            pattern in prop::sample::select(vec!["a", "a b", r"a\s*b", "^a", "b$", "^$", "a[^b]*b", "(a|b)+", "x*"]),
        ) {
            let block = parts.concat();
            let matcher = Matcher::new(pattern).unwrap();
            let text = block.strip_suffix('\n').unwrap_or(&block);
            let mut expected: Vec<u64> = Vec::new();
            if !block.is_empty() {
                let shown = text.split('\n').map(|line| to_plain(line.as_bytes()));
                expected = (0..).zip(shown).filter(|(_, line)| matcher.regex.is_match(line.as_bytes())).map(|(n, _)| n).collect();
            }
            prop_assert_eq!(found(&matcher, block.as_bytes()), expected);
        }
    }
}

//! What is searched for: a regular expression with smart case, or, where it is none, the text itself.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2_iter, memrchr};
use regex::bytes::{Regex, RegexBuilder};

use crate::output::Masks;
use crate::output::sanitise::to_plain;

/// Bytes that a compiled pattern may take: more would also take noticeable time, and nobody types it.
const SIZE_LIMIT: usize = 1 << 20;
/// Matches in a block that turn out to reach over a line end, after which each line is looked at by itself.
const PATIENCE: usize = 64;
/// The byte that begins an escape sequence.
const ESC: u8 = 0x1b;

/// A pattern that lines match or do not.
#[derive(Debug, Clone)]
pub struct Matcher {
    pattern: String,
    regex: Regex,
    problem: Option<String>,
    /// What is not shown, and so does not match.
    masks: Masks,
}

impl Matcher {
    /// The matcher of a pattern; `None` when it is empty. Upper and lower case differ only if the pattern has upper case.
    pub fn new(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        let compile = |expression: &str| {
            RegexBuilder::new(expression)
                .case_insensitive(!has_upper_case(pattern))
                .multi_line(true)
                .size_limit(SIZE_LIMIT)
                .build()
        };
        let (regex, problem) = match compile(pattern) {
            Ok(regex) => (regex, None),
            // The text itself compiles; only one of a million characters would be too large.
            Err(e) => (compile(&regex::escape(pattern)).ok()?, Some(reason(&e))),
        };
        Some(Self { pattern: to_plain(pattern.as_bytes()), regex, problem, masks: Masks::default() })
    }

    /// From now on these are masked in what is searched (R9).
    pub fn mask(&mut self, masks: &Masks) {
        self.masks.clone_from(masks);
    }

    /// What is masked in what is searched.
    pub fn masks(&self) -> &Masks {
        &self.masks
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

    /// The lines of `block` that match, as numbers from 0, and how many line ends it has. A line matches by what it shows,
    /// not by its escape sequences.
    pub fn lines(&self, block: &[u8]) -> (Vec<u64>, u64) {
        // No secret holds a line end: the lines stay the same ones.
        let block = &*self.masks.apply(block);
        let mut lines = Vec::new();
        let (mut at, mut number) = (0, 0);
        for special in memchr2_iter(ESC, b'\r', block) {
            if special < at {
                continue;
            }
            let start = memrchr(b'\n', &block[at..special]).map_or(at, |end| at + end + 1);
            number = self.plain_lines(&block[at..start], number, &mut lines);
            let end = memchr(b'\n', &block[special..]).map_or(block.len(), |end| special + end);
            if self.regex.is_match(to_plain(&block[start..end]).as_bytes()) {
                lines.push(number);
            }
            if end == block.len() {
                return (lines, number);
            }
            (at, number) = (end + 1, number + 1);
        }
        let ends = self.plain_lines(&block[at..], number, &mut lines);
        (lines, ends)
    }

    /// Adds the lines that match of a block that shows all its bytes, whose first line has the number `first`. Returns the
    /// number of the line behind it.
    fn plain_lines(&self, block: &[u8], first: u64, lines: &mut Vec<u64>) -> u64 {
        let (mut number, mut at, mut misses) = (first, 0, 0);
        // In one go over many lines, because starting a search costs more than a short line.
        while at < block.len()
            && let Some(found) = self.regex.find_at(block, at)
        {
            let start = memrchr(b'\n', &block[..found.start()]).map_or(0, |end| end + 1);
            if start >= block.len() {
                break;
            }
            number += line_ends(&block[at..start]);
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |end| start + end);
            // A match may begin here and reach over the line end, where only one inside the line counts.
            if found.end() <= end || self.regex.is_match(&block[start..end]) {
                lines.push(number);
            } else {
                misses += 1;
            }
            (at, number) = ((end + 1).min(block.len()), number + line_ends(&block[end..block.len().min(end + 1)]));
            if misses > PATIENCE && at < block.len() {
                let rest = &block[at..];
                let text = rest.strip_suffix(b"\n").unwrap_or(rest);
                let numbered = (number..).zip(text.split(|byte| *byte == b'\n'));
                lines.extend(numbered.filter(|(_, line)| self.regex.is_match(line)).map(|(number, _)| number));
                break;
            }
        }
        number + line_ends(&block[at..])
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
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

    fn lines(pattern: &str, block: &[u8]) -> Vec<u64> {
        Matcher::new(pattern).unwrap().lines(block).0
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
        assert_eq!(matcher.lines(b"x\na[xb\n"), (vec![1], 2));
        assert_eq!(Matcher::new("[x]").unwrap().problem(), None);
        let huge = Matcher::new("((a{1000}){1000}){1000}").unwrap();
        assert!(huge.problem().is_some_and(|problem| !problem.contains('\n')), "{:?}", huge.problem());
        assert!(Matcher::new("").is_none());
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
            prop_assert_eq!(matcher.lines(block.as_bytes()), (expected, line_ends(block.as_bytes())));
        }
    }
}

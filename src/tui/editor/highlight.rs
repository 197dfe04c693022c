//! The colours of a text: each line is parsed once, from what the line before left open, and again only when that has changed.

use std::ops::Range;

use syntect::parsing::{ParseState, ScopeStack};

use super::buffer::Change;
use super::syntax::{self, Language};
use crate::tui::theme::Token;

/// A longer line has no colours: a grammar may need very long for it.
const LONGEST: usize = 4000;

/// Lines that are parsed at once at most, so that a key never waits for the rest (UX 47).
pub const SLICE: usize = 120;

/// What a line leaves open for the next one.
#[derive(Debug, Clone, PartialEq)]
struct State {
    parse: ParseState,
    names: ScopeStack,
}

/// A part of a line, in bytes, and what it is.
pub type Span = (Range<usize>, Token);

/// What is known of the lines from the first one on.
#[derive(Debug, Clone)]
pub struct Highlighter {
    language: Language,
    /// Before each line that was parsed, and behind the last of them.
    states: Vec<State>,
    /// Of each line that was parsed.
    spans: Vec<Vec<Span>>,
    /// Of those, lines to be parsed again: all of these; behind them only while the state differs.
    dirty: Option<Range<usize>>,
    /// How many lines were parsed so far, for tests.
    #[cfg(test)]
    parsed: usize,
}

impl Highlighter {
    /// For a text in this language of which nothing is parsed yet.
    pub fn new(language: Language) -> Self {
        let (_, grammar) = language.grammar();
        let first = State { parse: ParseState::new(grammar), names: ScopeStack::new() };
        Self {
            language,
            states: vec![first],
            spans: Vec::new(),
            dirty: None,
            #[cfg(test)]
            parsed: 0,
        }
    }

    /// The language.
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// The spans of a line, as far as it is known.
    pub fn spans(&self, row: usize) -> &[Span] {
        self.spans.get(row).map_or(&[], Vec::as_slice)
    }

    /// Lines were replaced.
    pub fn change(&mut self, change: Change) {
        let Change { row, old, new } = change;
        if row >= self.spans.len() {
            return;
        }
        if row + old > self.spans.len() {
            self.spans.truncate(row);
            self.states.truncate(row + 1);
            self.dirty = self.dirty.take().filter(|dirty| dirty.start < row).map(|d| d.start..d.end.min(row));
            return;
        }
        self.spans.splice(row..row + old, std::iter::repeat_n(Vec::new(), new));
        let placeholder = self.states[row].clone();
        self.states.splice(row + 1..row + old, std::iter::repeat_n(placeholder, new - 1));
        let moved = |at: usize, inside: usize| if at >= row + old { at - old + new } else { at.min(inside) };
        let dirty = self.dirty.take().unwrap_or(row..row);
        self.dirty = Some(moved(dirty.start, row).min(row)..moved(dirty.end, row + new).max(row + new));
    }

    /// Parses what is missing of the lines before `to`, but at most a slice of them. False when there is more to do.
    pub fn advance(&mut self, lines: &[String], to: usize) -> bool {
        let to = to.min(lines.len());
        for _ in 0..SLICE {
            match self.dirty.clone() {
                Some(dirty) if dirty.start < to => self.again(lines, dirty),
                None if self.spans.len() < to => {
                    let row = self.spans.len();
                    let (spans, state) = self.parse(row, &lines[row]);
                    self.spans.push(spans);
                    self.states.push(state);
                }
                _ => return true,
            }
        }
        false
    }

    /// Parses the first of the lines that have changed; where what it leaves open is as before, the rest is too.
    fn again(&mut self, lines: &[String], dirty: Range<usize>) {
        let row = dirty.start;
        let (spans, state) = self.parse(row, &lines[row]);
        self.spans[row] = spans;
        let settled = row + 1 >= dirty.end && self.states[row + 1] == state;
        self.states[row + 1] = state;
        let more = !settled && row + 1 < self.spans.len();
        self.dirty = more.then(|| row + 1..dirty.end.max(row + 2));
    }

    fn parse(&mut self, row: usize, line: &str) -> (Vec<Span>, State) {
        #[cfg(test)]
        {
            self.parsed += 1;
        }
        let mut state = self.states[row].clone();
        if line.len() > LONGEST {
            return (Vec::new(), state);
        }
        let (set, _) = self.language.grammar();
        let text = format!("{line}\n");
        let mut spans: Vec<Span> = Vec::new();
        let Ok(changes) = state.parse.parse_line(&text, set) else { return (spans, state) };
        let mut from = 0;
        for (at, change) in changes {
            push(&mut spans, from..at.min(line.len()), &state.names);
            from = at;
            // What a grammar takes away without having put it there is its own mistake, and costs colours only.
            let _ = state.names.apply(&change);
        }
        push(&mut spans, from..line.len(), &state.names);
        (spans, state)
    }
}

fn push(spans: &mut Vec<Span>, range: Range<usize>, names: &ScopeStack) {
    if range.start >= range.end {
        return;
    }
    let Some(token) = syntax::token(names.as_slice()) else { return };
    match spans.last_mut() {
        Some((last, same)) if last.end == range.start && *same == token => last.end = range.end,
        _ => spans.push((range, token)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn all(name: &str, text: &str) -> (Highlighter, Vec<String>) {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let mut h = Highlighter::new(Language::of(Path::new(name), &lines[0]));
        while !h.advance(&lines, lines.len()) {}
        (h, lines)
    }

    fn said(name: &str, text: &str) -> Vec<(String, Token)> {
        let (h, lines) = all(name, text);
        let of = |(row, line): (usize, &String)| {
            h.spans(row)
                .iter()
                .map(|(range, token)| (line[range.clone()].trim().to_owned(), *token))
                .collect::<Vec<_>>()
        };
        lines.iter().enumerate().flat_map(of).collect()
    }

    #[test]
    fn each_language_has_its_words_strings_numbers_and_comments() {
        for (name, text, parts) in [
            (
                "a.py",
                "import os  # x\ndef f(a):\n    return \"s\\n\" + 1",
                vec![
                    ("import", Token::SynKeyword),
                    ("# x", Token::SynComment),
                    ("f", Token::SynFunction),
                    ("\\n", Token::SynEscape),
                    ("1", Token::SynNumber),
                ],
            ),
            (
                "a.sh",
                "if true; then echo \"$HOME\"; fi # x",
                vec![("if", Token::SynKeyword), ("# x", Token::SynComment)],
            ),
            (
                "a.toml",
                "# x\n[table]\nkey = \"v\"\nn = 12\nb = true",
                vec![
                    ("# x", Token::SynComment),
                    ("[table]", Token::SynFunction),
                    ("key", Token::SynVariable),
                    ("\"v\"", Token::SynString),
                    ("12", Token::SynNumber),
                    ("true", Token::SynBuiltin),
                ],
            ),
            (
                "a.yaml",
                "key: \"v\" # x\nn: 12",
                vec![
                    ("key", Token::SynVariable),
                    ("\"v\"", Token::SynString),
                    ("# x", Token::SynComment),
                    ("12", Token::SynNumber),
                ],
            ),
            ("a.json", "{\"k\": [1, true]}", vec![("1", Token::SynNumber), ("true", Token::SynBuiltin)]),
            (
                "a.sql",
                "SELECT 'x' FROM t -- y",
                vec![("SELECT", Token::SynKeyword), ("'x'", Token::SynString), ("-- y", Token::SynComment)],
            ),
        ] {
            let found = said(name, text);
            for (word, token) in parts {
                assert!(found.contains(&(word.to_owned(), token)), "{name}: {word} {token:?} in {found:?}");
            }
        }
    }

    #[test]
    fn a_docstring_reaches_over_lines_and_keywords_in_it_are_text() {
        let found = said("a.py", "\"\"\"\nif class\n\"\"\"\nx = 1");
        assert!(!found.iter().any(|(_, token)| *token == Token::SynKeyword), "{found:?}");
    }

    #[test]
    fn ux_47_a_key_parses_its_own_line_and_what_it_opens_only_as_far_as_is_shown() {
        let text = "x = 1\n".repeat(3000);
        let (mut h, mut lines) = all("a.py", &text);
        let before = h.parsed;
        lines[1500].push('2');
        h.change(Change { row: 1500, old: 1, new: 1 });
        assert!(h.advance(&lines, 1540));
        assert_eq!(h.parsed - before, 1, "what follows is as it was");
        lines[1500] = "\"\"\"".to_owned();
        h.change(Change { row: 1500, old: 1, new: 1 });
        assert!(h.advance(&lines, 1540));
        assert_eq!(h.parsed - before, 41, "the string is open to the end of the screen");
        assert!(h.spans(1520).iter().all(|(_, token)| *token != Token::SynNumber), "{:?}", h.spans(1520));
        lines[1500] = "x = 1".to_owned();
        h.change(Change { row: 1500, old: 1, new: 1 });
        assert!(h.advance(&lines, 1540));
        assert!(h.spans(1520).iter().any(|(_, token)| *token == Token::SynNumber));
        // The end is reached in slices.
        let mut slices = 0;
        let mut h = Highlighter::new(h.language().clone());
        while !h.advance(&lines, 3001) {
            slices += 1;
        }
        assert_eq!(slices, 3001 / SLICE);
    }

    #[test]
    fn edits_anywhere_leave_what_parsing_anew_would_give() {
        let (mut h, mut lines) = all("a.py", "a = 1\n\"\"\"\nb\n\"\"\"\nc = 2\nd = 3\n");
        for (row, old, new) in [
            (1, 1, vec!["x = \"\""]),
            (0, 2, vec!["'''", "y", "z = 1", "'''"]),
            (3, 3, vec!["q"]),
            (2, 1, vec!["\"\"\"", "\"\"\"", "for"]),
            (5, 2, vec!["if x: # y"]),
        ] {
            let old = old.min(lines.len() - row);
            lines.splice(row..row + old, new.iter().map(|s| (*s).to_owned()));
            h.change(Change { row, old, new: new.len() });
            if row != 3 {
                while !h.advance(&lines, lines.len()) {}
                let (fresh, _) = all("a.py", &lines.join("\n"));
                for row in 0..lines.len() {
                    assert_eq!(h.spans(row), fresh.spans(row), "line {row} of {lines:#?}");
                }
            }
        }
    }
}

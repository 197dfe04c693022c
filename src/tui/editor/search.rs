//! Searching and replacing by regular expression, line by line.

use regex::{Captures, Regex, RegexBuilder};

use super::buffer::Kind;
use super::doc::Doc;
use super::place::Pos;
use super::replacement::Replacement;

/// A pattern. Without a capital letter in it, capitals do not count.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let capital = text.chars().any(char::is_uppercase) && !text.contains("\\c");
    let regex = RegexBuilder::new(text).case_insensitive(!capital).size_limit(1 << 20).build();
    regex.map_err(|e| match e {
        regex::Error::Syntax(long) => long.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
        _ => "too large a pattern".to_owned(),
    })
}

/// The matches in a line that are not empty, in characters.
pub fn hits(line: &str, pattern: &Regex) -> Vec<(usize, usize)> {
    let chars = |to: usize| line[..to].chars().count();
    let found = pattern.find_iter(line).filter(|hit| !hit.is_empty());
    found.map(|hit| (chars(hit.start()), chars(hit.end()))).collect()
}

/// The next match behind a place, or the one before it, around the end of the text. With `here` one that begins at the place counts.
pub fn next(doc: &Doc, pattern: &Regex, from: Pos, forward: bool, here: bool) -> Option<(Pos, Pos)> {
    let lines = doc.buffer.lines();
    let count = lines.len();
    for step in 0..=count {
        let row = if forward { (from.row + step) % count } else { (from.row + count - step % count) % count };
        if !pattern.is_match(&lines[row]) {
            continue;
        }
        let fits = |col: usize| match step {
            0 if forward => col > from.col || (here && col == from.col),
            0 => col < from.col,
            _ => true,
        };
        let mut found = hits(&lines[row], pattern).into_iter().filter(|(start, _)| fits(*start));
        let hit = if forward { found.next() } else { found.next_back() };
        if let Some((start, end)) = hit {
            return Some((Pos { row, col: start }, Pos { row, col: end }));
        }
    }
    None
}

/// How many matches there are in these lines, and in how many of them.
pub fn count(doc: &Doc, pattern: &Regex, (first, last): (usize, usize)) -> (usize, usize) {
    let of = doc.buffer.lines()[first..=last].iter().map(|line| pattern.find_iter(line).count());
    of.filter(|n| *n > 0).fold((0, 0), |(hits, lines), n| (hits + n, lines + 1))
}

/// The first match in these lines, and what would stand in its place.
pub fn first(
    doc: &Doc,
    pattern: &Regex,
    with: &Replacement,
    (first, last): (usize, usize),
) -> Option<(String, String)> {
    let found = doc.buffer.lines()[first..=last].iter().find_map(|line| pattern.captures(line))?;
    Some((found[0].to_owned(), with.of(&found)))
}

/// Replaces the matches in these lines, as one step; of each line all of them or the first. Returns how many there were.
pub fn replace(doc: &mut Doc, pattern: &Regex, with: &Replacement, (first, last): (usize, usize), all: bool) -> usize {
    let mut replaced = 0;
    let mut changed: Option<(usize, usize)> = None;
    let mut lines = Vec::new();
    for row in first..=last {
        let line = doc.buffer.line(row);
        let hits = pattern.find_iter(line).count().min(if all { usize::MAX } else { 1 });
        if hits > 0 {
            replaced += hits;
            changed = Some((changed.map_or(row, |(first, _)| first), row));
            // An empty one has no number of its own.
            let put = |found: &Captures<'_>| with.of(found);
            lines.push(pattern.replacen(line, usize::from(!all), put).into_owned());
        } else if changed.is_some() {
            lines.push(line.to_owned());
        }
    }
    let Some((from, to)) = changed else { return 0 };
    lines.truncate(to - from + 1);
    let cursor = doc.buffer.cursor();
    let end = Pos { row: to, col: doc.buffer.width(to) };
    doc.buffer.begin(Kind::Whole);
    doc.buffer.splice(Pos { row: from, col: 0 }, end, &lines.join("\n"));
    doc.buffer.go(cursor);
    doc.buffer.rest();
    replaced
}

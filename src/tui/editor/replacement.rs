//! What matches are replaced by: a text with groups of the pattern in it. What is no group of it stays as it was typed.

use regex::{Captures, Regex};

/// The syntax, for the help: what is typed, and what that puts in.
pub(in crate::tui) const SYNTAX: [(&str, &str); 7] = [
    ("$1", "What group 1 of the pattern matched, also \\1; another $ stays"),
    ("${name}", "What the group (?P<name>...) matched, also $name"),
    ("$0", "All that matched, also \\0; in :s of vi also &"),
    ("\\n", "A line end"),
    ("\\t", "A tab"),
    ("\\$", "The sign itself, where $1 would be a group"),
    ("\\\\", "A backslash itself"),
];

/// The same in so few words that a prompt has room for them.
pub(super) const HINT: &str = "$1: a group, $0: all of it, \\n: a line end";

/// A piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Group(usize),
}

/// What a match is replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement(Vec<Piece>);

impl Replacement {
    /// Reads it for a pattern. With `vi` a `&` is all that matched, and `\r` a line end.
    ///
    /// # Errors
    /// When it names a group by `\1` that the pattern does not have.
    pub fn read(text: &str, pattern: &Regex, vi: bool) -> Result<Self, String> {
        let mut pieces = Self(Vec::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let behind = &rest[c.len_utf8()..];
            let escaped = behind.chars().next().filter(|_| c == '\\');
            rest = match (c, escaped) {
                ('$', _) => {
                    if let Some((group, length)) = dollar(behind, pattern) {
                        pieces.0.push(Piece::Group(group));
                        &behind[length..]
                    } else {
                        pieces.put('$');
                        behind
                    }
                }
                ('&', _) if vi => {
                    pieces.0.push(Piece::Group(0));
                    behind
                }
                (_, Some(digit)) if digit.is_ascii_digit() => {
                    let group = usize::from(digit as u8 - b'0');
                    if group >= pattern.captures_len() {
                        return Err(format!("\\{digit}: the pattern has no group {digit}; \\\\{digit} is the text"));
                    }
                    pieces.0.push(Piece::Group(group));
                    &behind[1..]
                }
                (_, Some(sign)) => {
                    match sign {
                        'n' => pieces.put('\n'),
                        'r' if vi => pieces.put('\n'),
                        't' => pieces.put('\t'),
                        '\\' | '$' => pieces.put(sign),
                        '&' if vi => pieces.put('&'),
                        // Nothing that it could mean: both stay.
                        sign => {
                            pieces.put('\\');
                            pieces.put(sign);
                        }
                    }
                    &behind[sign.len_utf8()..]
                }
                (c, None) => {
                    pieces.put(c);
                    behind
                }
            };
        }
        Ok(pieces)
    }

    fn put(&mut self, c: char) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => self.0.push(Piece::Text(c.to_string())),
        }
    }

    /// What is put in the place of a match.
    pub fn of(&self, found: &Captures<'_>) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Group(group) => found.get(*group).map_or_else(String::new, |hit| hit.as_str().to_owned()),
        };
        self.0.iter().map(piece).collect()
    }
}

/// The group that a text behind a dollar names, and how much of the text does; `None` when the pattern has none of that name.
fn dollar(text: &str, pattern: &Regex) -> Option<(usize, usize)> {
    let named = |name: &str| pattern.capture_names().position(|group| group == Some(name));
    let numbered = |name: &str| name.parse().ok().filter(|group| *group < pattern.captures_len());
    if let Some(braced) = text.strip_prefix('{') {
        let name = &braced[..braced.find('}')?];
        return Some((numbered(name).or_else(|| named(name))?, name.len() + 2));
    }
    // As many digits as name a group: behind it others are text.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(hit) = (1..=digits).rev().find_map(|length| Some((numbered(&text[..length])?, length))) {
        return Some(hit);
    }
    let length = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    Some((named(&text[..length])?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, with: &str, vi: bool, line: &str) -> String {
        let pattern = Regex::new(pattern).unwrap();
        let with = Replacement::read(with, &pattern, vi).unwrap();
        pattern.replace_all(line, |found: &Captures<'_>| with.of(found)).into_owned()
    }

    #[test]
    fn groups_of_the_pattern_are_put_in_and_every_other_sign_stays_as_it_was_typed() {
        for (pattern, with, line, after) in [
            ("/home/me", "$HOME", "DIR=/home/me/tmp", "DIR=$HOME/tmp"),
            ("me", "${USER}-$$-$1-$", "me", "${USER}-$$-$1-$"),
            ("(a)(b)?", "<$1|$2|$3>", "a", "<a||$3>"),
            ("(a)", "$1x$10$1_", "a", "axa0a_"),
            ("(?P<who>a)", "$who ${who} $whom", "a", "a a $whom"),
            ("(a)(b)", r"\2\1", "ab", "ba"),
            ("a", r"$0\0", "a", "aa"),
            ("(a)", r"\$1 \\1 \d \", "a", r"$1 \1 \d \"),
            ("a", r"1\n\t2", "a", "1\n\t2"),
            ("a", "${", "a", "${"),
            ("a", "R&D", "a", "R&D"),
        ] {
            assert_eq!(replaced(pattern, with, false, line), after, "{pattern} by {with}");
        }
        assert_eq!(replaced("ab", r"<&\&>\r", true, "ab"), "<ab&>\n");
        assert_eq!(replaced("main", "$HOME", true, "main"), "$HOME");
    }

    #[test]
    fn a_group_that_the_pattern_does_not_have_is_refused_when_nothing_else_can_be_meant() {
        let said = Replacement::read(r"\2", &Regex::new("(a)").unwrap(), false).unwrap_err();
        assert!(said.contains("no group 2"), "{said}");
    }
}

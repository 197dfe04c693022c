//! A line of words, as in `prio:2 "two words" category:"a b"`: where each stands, and how a text is written to be one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its text, without quotes.
    pub text: String,
    /// Characters of the line before it.
    pub at: usize,
    /// Whether its quote is closed, if it has one.
    pub closed: bool,
}

/// The words of a line; blanks in double quotes belong to theirs, and `\"`, `\\`, `\n`, `\r`, `\t` and `\u{..}` are signs there. A
/// quote that is not closed goes to the end. In the middle of a word, as in 5" disks, it is a sign of its own.
pub fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (None::<Word>, false);
    let (mut rest, mut at) = (line, 0);
    while let Some(c) = rest.chars().next() {
        let here = rest;
        rest = &rest[c.len_utf8()..];
        at += 1;
        if c.is_whitespace() && !quoted {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(|| Word { text: String::new(), at: at - 1, closed: true });
        let begins = word.text.is_empty() || word.text.ends_with(':') || matches!(word.text.as_str(), "+" | "@");
        match (c, escape(here).filter(|_| quoted)) {
            ('"', _) if quoted || begins => (quoted, word.closed) = (!quoted, quoted),
            (_, Some((sign, length))) => {
                word.text.push(sign);
                // All of it is one byte a sign.
                rest = &here[length..];
                at += length - 1;
            }
            (c, None) => word.text.push(c),
        }
    }
    words.extend(word);
    words
}

/// The sign that a text begins with in its written form, and the length of that.
pub fn escape(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('\\')?;
    Some(match rest.chars().next()? {
        c @ ('"' | '\\' | '|') => (c, 2),
        'n' => ('\n', 2),
        'r' => ('\r', 2),
        't' => ('\t', 2),
        'u' => {
            let (digits, _) = rest.strip_prefix("u{")?.split_once('}')?;
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 6)?;
            (char::from_u32(number)?, digits.len() + 4)
        }
        _ => return None,
    })
}

/// Writes a sign so that [`escape`] reads it back, where it could not stand as it is.
pub fn write_sign(out: &mut String, sign: char) {
    match sign {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_control() => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

/// A text as the value of a word: in quotes when it needs them.
pub fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && !text.contains(|c: char| c == '"' || c.is_whitespace() || c.is_control()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        write_sign(&mut out, c);
    }
    out.push('"');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(line: &str) -> Vec<String> {
        words(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_stand_where_they_begin_and_quotes_keep_blanks() {
        let found = words(r#" a  due:"x \"y\" \u{e9}" 5" +"two words" "open"#);
        let told: Vec<_> = found.iter().map(|word| (word.text.as_str(), word.at, word.closed)).collect();
        assert_eq!(
            told,
            [
                ("a", 1, true),
                ("due:x \"y\" \u{e9}", 4, true),
                ("5\"", 25, true),
                ("+two words", 28, true),
                ("open", 41, false)
            ]
        );
        assert_eq!(
            texts(r#"c:\new "\q""#),
            [r"c:\new", r"\q"],
            "outside of quotes, and before another letter, \\ is itself"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_word_and_comes_back(text in "[ a\"\\\\n:u{}\t\n\u{7f}\u{e9}]{0,12}") {
            for prefix in ["due:", "+", "@"] {
                let line = format!("x {prefix}{} y", quoted(&text));
                prop_assert_eq!(texts(&line), ["x".to_owned(), format!("{prefix}{text}"), "y".to_owned()], "{}", line);
            }
        }
    }
}

//! The canonical text of a filter, which reads back as the same filter.

use std::fmt::{self, Display as _};

use super::{Filter, Key, Term};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(self, f, false)
    }
}

/// `tight`: it stands where `or`, and what is side by side, needs parentheses.
fn join(filter: &Filter, f: &mut fmt::Formatter<'_>, tight: bool) -> fmt::Result {
    let (parts, between) = match filter {
        Filter::Term(term) => return term.fmt(f),
        Filter::Not(inner) => {
            // A sign is part of the word; `not` stands apart.
            let apart = matches!(**inner, Filter::Not(_) | Filter::Term(Term::Names(Key::Tag, ..)));
            f.write_str(if apart { "not " } else { "-" })?;
            return join(inner, f, true);
        }
        Filter::All(all) => (all, " "),
        Filter::Any(any) => (any, " or "),
    };
    if tight {
        f.write_str("(")?;
    }
    for (n, part) in parts.iter().enumerate() {
        if n > 0 {
            f.write_str(between)?;
        }
        join(part, f, matches!(part, Filter::Any(_) | Filter::All(_)))?;
    }
    if tight { f.write_str(")") } else { Ok(()) }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(&quoted(word)),
            Self::Words(key, words) => write!(f, "{}:{}", key.word(), words.join(",")),
            Self::Number(key, compare, number) => write!(f, "{}:{}{number}", key.word(), compare.sign()),
            Self::Time(key, compare, when) => write!(f, "{}:{}{when}", key.word(), compare.sign()),
            Self::Overdue => f.write_str("due:overdue"),
            Self::Names(Key::Tag, tags, _) if tags.len() == 1 && quoted(&tags[0]) == tags[0] => {
                write!(f, "+{}", tags[0])
            }
            Self::Names(key, names, exactly) => {
                let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
                write!(f, "{}:{}{}", key.word(), if *exactly { "=" } else { "" }, names.join(","))
            }
            Self::Contains(key, text, exactly) => {
                write!(f, "{}:{}{}", key.word(), if *exactly { "=" } else { "" }, quoted(text))
            }
            Self::Field(name, compare, value) => write!(f, "field.{name}:{}{}", compare.sign(), quoted(value)),
            Self::Has(key, any) => write!(f, "{}:{}", key.word(), if *any { "any" } else { "none" }),
            Self::HasField(name, any) => write!(f, "field.{name}:{}", if *any { "any" } else { "none" }),
        }
    }
}

/// A text as a word or a value, in quotes where it would mean something else.
fn quoted(text: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '@' | '#' | '*' | '~' | '\'' | '?' | '+');
    let word = ["or", "and", "not", "none", "any"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if !text.is_empty() && !word && !text.starts_with(['-', '+', '@']) && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

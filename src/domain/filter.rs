//! The language of filters: which tasks a person means (A5).
//!
//! ```text
//! status:open priority:<=3 due:<3d category:media assignee:ana text
//! ```
//!
//! Everything that is written side by side has to hold; `or` is weaker, parentheses group, `not` or a `-` in front turns around. A word
//! is looked for in slug, name, command, category and description, in capitals or not, and a task that has it as a tag is found, too;
//! `"two words"` in quotes are one text. `+x` is the tag x, and `-x` leaves out what has it, as taskwarrior writes. `key:a,b` is either.

mod bound;
mod error;
mod facts;
#[cfg(test)]
pub(crate) mod holds;
mod key;
mod lexer;
mod parser;
mod print;
mod suggest;
#[cfg(test)]
pub(crate) mod tests;
mod time;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use bound::{Bound, Column, FieldTest, Place, Test};
pub use error::FilterError;
pub use facts::{FactTest, Facts};
pub use key::{Key, Values};
pub use suggest::{Completion, completion};
pub use time::When;

/// A filter as it was written; by default everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// A single thing.
    Term(Term),
}

impl Default for Filter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A single thing that holds for a task or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The text is in it, or is one of its tags.
    Word(String),
    /// One of the words of a key that has only so many: status, kind, state, paused, late, blocked.
    Words(Key, Vec<&'static str>),
    /// A number: priority, progress.
    Number(Key, Compare, i64),
    /// An instant, or how far it is away.
    Time(Key, Compare, When),
    /// It was due and is not done.
    Overdue,
    /// One of these names: category, tag, assignee, type. A category means those below it, too, unless it is exactly this one.
    Names(Key, Vec<String>, bool),
    /// The text of a key has this in it, or with `true` is it: name, text.
    Contains(Key, String, bool),
    /// A field of its type.
    Field(String, Compare, String),
    /// Whether it has any of that.
    Has(Key, bool),
    /// Whether it has this field of its type.
    HasField(String, bool),
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `:` or `=`.
    Is,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Compare {
    /// What stands for it between the colon and the value.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Is => "",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it holds.
    pub fn holds<T: PartialOrd>(self, value: &T, wanted: &T) -> bool {
        match self {
            Self::Is => value == wanted,
            Self::Less => value < wanted,
            Self::AtMost => value <= wanted,
            Self::More => value > wanted,
            Self::AtLeast => value >= wanted,
        }
    }
}

/// What the words of a filter mean depends on who asks, when and where.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Days begin in this zone.
    pub zone: TimeZone,
    /// Durations count from here.
    pub now: Timestamp,
    /// Who `me` is.
    pub me: Option<String>,
}

impl Asker {
    /// At an instant, in a zone; who asks is the user of this process.
    pub fn new(zone: TimeZone, now: Timestamp, me: Option<String>) -> Self {
        Self { zone, now, me }
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// What is wrong, where, and what would be right.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parser::parse(text)
    }

    /// Those that contain this text, whatever letters are in it; all when it is empty.
    pub fn containing(text: &str) -> Self {
        if text.is_empty() { Self::default() } else { Self::Term(Term::Word(text.to_owned())) }
    }

    /// Whether it holds for every task.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// What it means now, for this person.
    pub fn bind(&self, asker: &Asker) -> Bound {
        bound::bind(self, asker)
    }

    /// Whether a task of this slug is in it for certain: nothing but words that the slug has.
    pub fn surely_has(&self, slug: &str) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.surely_has(slug)),
            Self::Any(any) => any.iter().any(|one| one.surely_has(slug)),
            Self::Term(Term::Word(word)) => slug.contains(&word.to_ascii_lowercase()),
            Self::Not(_) | Self::Term(_) => false,
        }
    }
}

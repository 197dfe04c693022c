//! The words of a phrase, each with its column, and what single words mean.

use jiff::civil::Time;

use super::super::quantity::parse_clock;

/// A word in lower case and where it begins in the text, in characters from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) column: usize,
    pub(super) text: String,
}

/// The words of a text; a comma is a word of its own, and a dash is a plain one.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (column, c) in (1..).zip(text.chars()) {
        if c.is_whitespace() || c == ',' {
            open = false;
            if c == ',' {
                words.push(Word { column, text: ",".into() });
            }
            continue;
        }
        if !open {
            words.push(Word { column, text: String::new() });
            open = true;
        }
        if let Some(word) = words.last_mut() {
            match c {
                '\u{2010}'..='\u{2014}' => word.text.push('-'),
                _ => word.text.extend(c.to_lowercase()),
            }
        }
    }
    words
}

pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
pub(super) const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
pub(super) const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// The words that a phrase can have beside numbers, for suggestions. None of them is a word of crontab.
pub(super) const OTHERS: [&str; 33] = [
    "and", "annually", "at", "between", "by", "clock", "daily", "day", "each", "every", "from", "hour", "hourly",
    "hours", "in", "last", "midnight", "minute", "minutes", "month", "monthly", "nearest", "noon", "of", "on", "the",
    "to", "week", "weekdays", "weekends", "weekly", "year", "yearly",
];

/// Every word that a phrase knows by its letters.
pub(super) fn vocabulary() -> impl Iterator<Item = &'static str> {
    OTHERS.into_iter().chain(WEEKDAYS).chain(MONTHS).chain(ORDINALS).chain(["seconds", "workdays"])
}

/// Which of the names begins so, with at least three letters: `tue`, `tues` and `tuesday` are one.
fn by_beginning(names: &[&str], text: &str) -> Option<u8> {
    let index = names.iter().position(|name| text.len() >= 3 && name.starts_with(text))?;
    u8::try_from(index).ok()
}

/// A day of the week from 0, Sunday; also in the plural.
pub(super) fn weekday(text: &str) -> Option<u8> {
    by_beginning(&WEEKDAYS, text.strip_suffix("days").map_or(text.to_owned(), |stem| format!("{stem}day")).as_str())
}

/// A month from 1, January.
pub(super) fn month(text: &str) -> Option<u8> {
    by_beginning(&MONTHS, text).map(|index| index + 1)
}

/// `first` to `fifth`, or `1st`, `22nd`, `15th`, from 1 to 31.
pub(super) fn ordinal(text: &str) -> Option<u8> {
    if let Some(index) = ORDINALS.iter().position(|name| *name == text) {
        return u8::try_from(index + 1).ok();
    }
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_suffix(ending))?;
    number(digits).filter(|day| (1..=31).contains(day))
}

/// `1st`, `2nd`, `3rd`, `4th`.
pub(super) fn ordinal_text(day: u8) -> String {
    let ending = match (day % 10, day % 100) {
        (1, 1 | 21 | 31) => "st",
        (2, 2 | 22) => "nd",
        (3, 3 | 23) => "rd",
        _ => "th",
    };
    format!("{day}{ending}")
}

/// A number of one or two digits.
pub(super) fn number(text: &str) -> Option<u8> {
    let short = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| short)
}

/// A time of the day that is none without doubt: `7:30`, `9am`, `noon`, but not `9`.
pub(super) fn clock(text: &str) -> Option<Time> {
    parse_clock(text).ok()
}

/// Whether the word says "until", as in `mon to fri`.
pub(super) fn is_to(text: &str) -> bool {
    matches!(text, "to" | "until" | "till" | "through" | "-")
}

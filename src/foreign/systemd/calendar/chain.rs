//! One part of a calendar expression: a list of numbers or of weekdays.

use std::collections::BTreeSet;

const WEEKDAYS: &[&str] = &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// One part of an expression: everything, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chain {
    All,
    List(Vec<Item>),
}

/// From a number to another one, in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) step: u16,
}

impl Chain {
    /// Reads `*`, `5`, `1..5`, `0/15`, `1..20/5` and lists of them; `what` and its bounds are for the message.
    pub(super) fn read(text: &str, what: &str, min: u16, max: u16) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        let number = |text: &str| match text.parse() {
            Ok(number) if (min..=max).contains(&number) && text.bytes().all(|b| b.is_ascii_digit()) => Ok(number),
            _ => Err(format!("`{text}` is no {what} of {min} to {max}")),
        };
        let item = |text: &str| {
            let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
            let (first, last) = match range.split_once("..") {
                Some((first, last)) => (number(first)?, number(last)?),
                None => number(range).map(|first| (first, if step.is_some() { max } else { first }))?,
            };
            let step = match step.map(str::parse) {
                None => 1,
                Some(Ok(step)) if step > 0 => step,
                Some(_) => return Err(format!("`{text}`: what comes after the slash is no step")),
            };
            if first > last { Err(format!("`{text}` runs backwards")) } else { Ok(Item { first, last, step }) }
        };
        text.split(',').map(item).collect::<Result<_, _>>().map(Self::List)
    }

    /// The number, if it is a single one.
    pub(super) fn one(&self) -> Option<u16> {
        match self {
            Self::List(items) => match items.as_slice() {
                [Item { first, last, .. }] if first == last => Some(*first),
                _ => None,
            },
            Self::All => None,
        }
    }

    pub(super) fn numbers(&self) -> BTreeSet<u16> {
        match self {
            Self::All => BTreeSet::new(),
            Self::List(items) => {
                items.iter().flat_map(|item| (item.first..=item.last).step_by(item.step.into())).collect()
            }
        }
    }

    /// As a field of cron with these bounds.
    pub(super) fn cron(&self, min: u16, max: u16) -> String {
        let Self::List(items) = self else { return "*".to_owned() };
        let item = |item: &Item| match item {
            Item { first, last, .. } if first == last => first.to_string(),
            Item { first, last, step: 1 } if *first == min && *last == max => "*".to_owned(),
            Item { first, last, step: 1 } => format!("{first}-{last}"),
            Item { first, last, step } if *first == min && *last == max => format!("*/{step}"),
            Item { first, last, step } => format!("{first}-{last}/{step}"),
        };
        items.iter().map(item).collect::<Vec<_>>().join(",")
    }
}

/// A weekday by its full or short name; Sunday is 0.
pub(super) fn weekday(text: &str) -> Option<u16> {
    let text = text.to_ascii_lowercase();
    let index = WEEKDAYS.iter().position(|name| *name == text || name[..3] == text)?;
    u16::try_from(index).ok()
}

/// `Mon..Fri`, `Mon-Fri`, `Sat,Sun`, `Mon,`. The week begins with Monday.
pub(super) fn weekdays(text: &str) -> Result<BTreeSet<u16>, String> {
    let day =
        |text: &str| weekday(text).ok_or_else(|| format!("`{text}` is no weekday, and no shorthand such as daily"));
    let mut found = BTreeSet::new();
    for item in text.strip_suffix(',').unwrap_or(text).split(',') {
        let (first, last) = item.split_once("..").or_else(|| item.split_once('-')).unwrap_or((item, item));
        let sunday_last = |day: u16| if day == 0 { 7 } else { day };
        let (first, last) = (sunday_last(day(first)?), sunday_last(day(last)?));
        if first > last {
            return Err(format!("`{item}` runs backwards: the week begins with Monday"));
        }
        found.extend((first..=last).map(|day| day % 7));
    }
    Ok(found)
}

/// Numbers as a list of cron, with ranges from three in a row on.
pub(super) fn ranges(numbers: &BTreeSet<u16>) -> String {
    let mut items: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match items.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => items.push((*number, *number)),
        }
    }
    let item = |(first, last): (u16, u16)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    items.into_iter().map(item).collect::<Vec<_>>().join(",")
}

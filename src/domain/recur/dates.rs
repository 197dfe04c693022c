//! The dates of what comes again, and what follows when it is done.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::super::cron::{CronExpr, Item, Range};
use super::super::zone;
use super::{Length, Recur, Rhythm, Unit};

/// Dates that were missed and are counted one by one.
const MOST: usize = 1000;

/// Missed dates that are named.
const NAMED: usize = 3;

/// A date on which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// The instant.
    pub at: Timestamp,
    /// The wall time that was asked for; the clock shows another one when a gap moved it (T4).
    pub civil: DateTime,
    /// The day of the month that was asked for and that this month has not.
    pub clamped_from: Option<i8>,
}

impl Coming {
    /// What is special about it: that its month is too short.
    pub fn mark(&self) -> Option<String> {
        self.clamped_from.map(|day| {
            let end = match day {
                1 | 21 | 31 => "st",
                2 | 22 => "nd",
                3 | 23 => "rd",
                _ => "th",
            };
            format!("{} has no {day}{end}", self.civil.strftime("%B"))
        })
    }
}

/// Dates that passed while one was open: none of them is made up for (A2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Missed {
    /// The first ones.
    pub first: Vec<DateTime>,
    /// How many in all.
    pub count: usize,
    /// There are more than were counted.
    pub more: bool,
}

/// `5 missed: 1 Oct, 1 Nov, 1 Dec and 2 more`.
impl std::fmt::Display for Missed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days: Vec<String> = self.first.iter().map(|at| at.strftime("%-d %b").to_string()).collect();
        let rest = self.count - self.first.len();
        let over = if self.more { "more than " } else { "" };
        write!(f, "{over}{} missed: {}", self.count, days.join(", "))?;
        if rest > 0 { write!(f, " and {rest} more") } else { Ok(()) }
    }
}

/// What follows one that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// The next one; nothing at the end.
    pub next: Option<Coming>,
    /// What passed without one.
    pub missed: Missed,
}

impl Recur {
    /// The first date strictly after `after`; of a chained one the one that follows when it is done then and had no due time. `None`
    /// when nothing more comes, and of steps that count from nowhere.
    pub fn next_after(&self, after: Timestamp, local: &TimeZone) -> Option<Coming> {
        self.next(after, None, local)
    }

    /// The same; a chained one keeps the time of day of `due`.
    fn next(&self, after: Timestamp, due: Option<Timestamp>, local: &TimeZone) -> Option<Coming> {
        let zone = self.zone(local);
        let coming = match &self.rhythm {
            Rhythm::Every(length, from) => step(*length, (*from)?, after, &zone),
            Rhythm::Calendar(expr) => calendar(expr, after, &zone),
            Rhythm::AfterDone(length) => chained(*length, after, due, &zone),
        };
        coming.filter(|coming| self.until.is_none_or(|until| coming.civil.date() <= until))
    }

    /// The dates that come after the present one, of which this is one; nothing of a chained one, whose dates depend on when it is
    /// done.
    pub fn preview(&self, after: Timestamp, local: &TimeZone, number: usize) -> Vec<Coming> {
        if self.is_chained() {
            return Vec::new();
        }
        std::iter::successors(self.next_after(after, local), |coming| self.next_after(coming.at, local))
            .take(number)
            .collect()
    }

    /// What comes after the one that is due then, in words: `2026-02-28 18:00 (February has no 31st), 2026-03-31 18:00`.
    pub fn outlook(&self, due: Timestamp, local: &TimeZone, number: usize) -> String {
        if let Rhythm::AfterDone(length) = self.rhythm {
            let until = self.until.map_or_else(String::new, |until| format!(", until {until}"));
            return format!("{length} after it is done{until}");
        }
        let text = |coming: Coming| {
            let mark = coming.mark().map_or_else(String::new, |mark| format!(" ({mark})"));
            format!("{}{mark}", coming.civil.strftime("%Y-%m-%d %H:%M"))
        };
        let dates: Vec<String> = self.preview(due, local, number).into_iter().map(text).collect();
        match (dates.len(), self.until) {
            (0, _) => "never again: it is the last one".to_owned(),
            (found, Some(until)) if found < number => format!("{}, until {until}", dates.join(", ")),
            _ => dates.join(", "),
        }
    }

    /// What follows the one that stood for the date `slot`, and was due at `due`, when it is done. A chained one counts from then on,
    /// and keeps the time of day at which it was due, unless it counts hours.
    pub fn follow(&self, slot: Option<Timestamp>, due: Option<Timestamp>, done: Timestamp, local: &TimeZone) -> Follow {
        let mut missed = Missed::default();
        if self.is_chained() {
            return Follow { next: self.next(done, due, local), missed };
        }
        let mut next = self.next_after(slot.or(due).unwrap_or(done), local);
        while let Some(passed) = next.filter(|next| next.at <= done) {
            missed.count += 1;
            if missed.first.len() < NAMED {
                missed.first.push(passed.civil);
            }
            next = self.next_after(passed.at, local);
            if missed.count == MOST && next.is_some_and(|next| next.at <= done) {
                missed.more = true;
                next = self.next_after(done, local);
            }
        }
        Follow { next, missed }
    }
}

/// The end of every so many days, weeks, months or years since `from` that is the first after an instant. Each counts from the
/// beginning, so that a short month changes no other one.
fn step(length: Length, from: DateTime, after: Timestamp, zone: &TimeZone) -> Option<Coming> {
    let count = i64::from(length.count);
    let wall = zone.to_datetime(after);
    let months = || {
        let months = |at: DateTime| i64::from(at.year()) * 12 + i64::from(at.month());
        months(wall) - months(from)
    };
    let units = match length.unit {
        Unit::Hour | Unit::Day => i64::from(from.date().until(wall.date()).ok()?.get_days()),
        Unit::Week => i64::from(from.date().until(wall.date()).ok()?.get_days()) / 7,
        Unit::Month => months(),
        Unit::Year => months() / 12,
    };
    (((units / count) - 1).max(0)..).find_map(|k| {
        let civil = from.checked_add(span(length.unit, k.checked_mul(count)?)?);
        let Ok(civil) = civil else { return Some(None) };
        let Some(at) = zone::instant(civil, zone) else { return Some(None) };
        let clamps = matches!(length.unit, Unit::Month | Unit::Year) && civil.day() != from.day();
        (at > after).then_some(Some(Coming { at, civil, clamped_from: clamps.then(|| from.day()) }))
    })?
}

fn span(unit: Unit, count: i64) -> Option<Span> {
    let span = Span::new();
    match unit {
        Unit::Hour => span.try_hours(count),
        Unit::Day => span.try_days(count),
        Unit::Week => span.try_weeks(count),
        Unit::Month => span.try_months(count),
        Unit::Year => span.try_years(count),
    }
    .ok()
}

/// The next one of a cron expression; a day of the month that a month has not is its last one.
fn calendar(expr: &CronExpr, after: Timestamp, zone: &TimeZone) -> Option<Coming> {
    let plain = expr.next_slot(after, zone).map(|(at, civil)| Coming { at, civil, clamped_from: None });
    let Some((last_days, day)) = short_months(expr) else { return plain };
    let mut from = after;
    let clamped = loop {
        let Some((at, civil)) = last_days.next_slot(from, zone) else { break None };
        if plain.is_some_and(|plain| plain.at <= at) {
            break None;
        }
        if civil.date().days_in_month() < day {
            break Some(Coming { at, civil, clamped_from: Some(day) });
        }
        from = at;
    };
    clamped.or(plain)
}

/// The same on the last day of each month, and the last day that is asked for, when not every month has that.
fn short_months(expr: &CronExpr) -> Option<(CronExpr, i8)> {
    let fields = expr.fields();
    if fields.days_are_alternatives() {
        return None;
    }
    let days = fields.day_of_month.items.iter().filter_map(|item| match item {
        Item { range: Range::One(day), step: None } => Some(day.cast_signed()),
        _ => None,
    });
    let day = days.max().filter(|day| *day > 28)?;
    let text = expr.to_string();
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let at = words.len().checked_sub(3)?;
    words[at] = "L";
    Some((CronExpr::parse(&words.join(" ")).ok()?, day))
}

fn chained(length: Length, done: Timestamp, due: Option<Timestamp>, zone: &TimeZone) -> Option<Coming> {
    let span = span(length.unit, i64::from(length.count))?;
    if length.unit == Unit::Hour {
        let at = done.checked_add(span).ok()?;
        return Some(Coming { at, civil: zone.to_datetime(at), clamped_from: None });
    }
    let wall = zone.to_datetime(done);
    let wall = match due {
        Some(due) => wall.date().to_datetime(zone.to_datetime(due).time()),
        // Nobody means the second in which it was done.
        None => wall.with().second(0).subsec_nanosecond(0).build().ok()?,
    };
    let civil = wall.checked_add(span).ok()?;
    let clamps = matches!(length.unit, Unit::Month | Unit::Year) && civil.day() != wall.day();
    Some(Coming { at: zone::instant(civil, zone)?, civil, clamped_from: clamps.then(|| wall.day()) })
}

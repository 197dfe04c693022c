//! Phrases (T5): a schedule in a person's words, read as cron or as an interval, and a rule put into such words again.
//!
//! `every` with a number is a length: `every 15 minutes` is an interval, counted from when the schedule began and moved by no change
//! of the clock (T2). It becomes cron when the clock or the calendar has a say: with days, with a window, or with the
//! words `by the clock`. A unit without a number is the calendar's: `every hour` is `hourly`, `every day` is `daily`, which after a
//! change of the clock is not 24 hours.
//!
//! A window ends before its last hour: `every 30 minutes between 6:00 and 22:00` runs at 21:30 for the last time.

mod describe;
mod reader;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Time;

pub use self::describe::describe;
use self::reader::Reader;
use super::cron::CronExpr;
use super::quantity::format_duration;
use super::when::When;

/// Why a text is not a phrase, where, and what would be right (T5, X1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct PhraseError {
    /// Where in the given text, in characters from 1.
    pub column: usize,
    /// What is wrong there and what would be right.
    pub problem: String,
}

/// Reads a phrase: `weekdays at 7:30`, `last friday of the month at 18:00`, `every 30 minutes, mon-fri, 06:00-22:00`.
///
/// # Errors
/// With the column of the word that is not understood, or that asks for what no single cron expression can say.
pub fn parse(text: &str) -> Result<When, PhraseError> {
    Reader::new(text).read()?.rule()
}

/// Whether a phrase says days, and no time of them: its rule has midnight.
pub fn lacks_time(text: &str) -> bool {
    Reader::new(text).read().is_ok_and(|phrase| {
        let is_of_hours = matches!(phrase.pace, Some((_, Pace::Every(_) | Pace::Minutely | Pace::Hourly)));
        phrase.times.is_empty() && phrase.minutes.is_empty() && phrase.window.is_none() && !is_of_hours
    })
}

/// Whether a text has words of which phrases are made, so that what is wrong with it is best explained as one.
pub fn looks_like_phrase(text: &str) -> bool {
    let known = |text: &str| words::vocabulary().any(|word| word == text) || words::weekday(text).is_some();
    let words = words::words(text);
    words.iter().any(|word| known(&word.text))
        || words
            .first()
            .is_some_and(|word| reader::suggestion(&word.text).is_some() || words::ordinal(&word.text).is_some())
}

/// How often, when that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Every(Duration),
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A day, as cron writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Day {
    /// In the day of month: `15`, `L`, `LW`, `15W`.
    OfMonth(String),
    /// In the day of week: 0 is Sunday.
    Weekday(u8),
    /// In the day of week: `1#1`, `5L`.
    Nth(String),
}

/// Dates with the months that were said of them: `24 december`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Dates {
    column: usize,
    days: Vec<Day>,
    months: BTreeSet<u8>,
}

/// What a phrase says; each part with its column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Phrase {
    pace: Option<(usize, Pace)>,
    by_the_clock: bool,
    /// Of the hour: `:15`.
    minutes: BTreeSet<u8>,
    times: Vec<(usize, Time)>,
    /// First hour, and the hour before which it ends, 1 to 24.
    window: Option<(usize, u8, u8)>,
    dates: Vec<Dates>,
}

impl Phrase {
    fn rule(&self) -> Result<When, PhraseError> {
        if let (Some((column, Pace::Every(period))), true) = (self.pace, self.is_length_alone()) {
            return When::every(period).map_err(|error| PhraseError { column, problem: error.to_string() });
        }
        let clock = self.clock_fields()?;
        let days = self.day_fields()?;
        let column = self.dates.first().map_or(1, |days| days.column);
        let expr = CronExpr::parse(&format!("{clock} {days}"));
        expr.map(When::Cron).map_err(|error| PhraseError { column, problem: error.problem })
    }

    fn is_length_alone(&self) -> bool {
        self.dates.is_empty()
            && self.times.is_empty()
            && self.window.is_none()
            && self.minutes.is_empty()
            && !self.by_the_clock
    }

    /// Second (if not 0), minute and hour.
    fn clock_fields(&self) -> Result<String, PhraseError> {
        let minute = if self.minutes.is_empty() { "0".to_owned() } else { list(&self.minutes) };
        let fields = match self.pace {
            Some((column, Pace::Every(period))) => self.step_fields(column, period, &minute)?,
            Some((_, Pace::Minutely)) => format!("* {}", self.hours(1)),
            Some((_, Pace::Hourly)) => format!("{minute} {}", self.hours(1)),
            Some((_, Pace::Daily | Pace::Weekly | Pace::Monthly | Pace::Yearly)) | None => return self.time_fields(),
        };
        match self.times.first() {
            Some((column, _)) => Err(PhraseError {
                column: *column,
                problem: "a time of the day does not go with minutes or hours; write a window, as in between 6:00 and 22:00, or \
                          hourly at :15"
                    .into(),
            }),
            None => Ok(fields),
        }
    }

    /// Every so often on the clock, which has to come out even.
    fn step_fields(&self, column: usize, period: Duration, minute: &str) -> Result<String, PhraseError> {
        let step = |n: u64| if n == 1 { "*".to_owned() } else { format!("*/{n}") };
        let seconds = if period.subsec_nanos() == 0 { period.as_secs() } else { 0 };
        match (seconds, seconds / 60, seconds / 3600) {
            (1..60, ..) if 60 % seconds == 0 => Ok(format!("{} * {}", step(seconds), self.hours(1))),
            (_, minutes @ 1..60, _) if seconds % 60 == 0 && 60 % minutes == 0 => {
                Ok(format!("{} {}", step(minutes), self.hours(1)))
            }
            (.., hours @ 1..24) if seconds % 3600 == 0 && 24 % hours == 0 => {
                Ok(format!("{minute} {}", self.hours(u8::try_from(hours).unwrap_or(1))))
            }
            _ => Err(PhraseError {
                column,
                problem: format!(
                    "{} does not come out even on the clock; write 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30 minutes, 1, 2, 3, 4, 6, 8 \
                     or 12 hours, or `every {0}` alone",
                    format_duration(period)
                ),
            }),
        }
    }

    /// The hours of the window, or all, in steps.
    fn hours(&self, step: u8) -> String {
        let range = |first: u8, last: u8| if first == last { first.to_string() } else { format!("{first}-{last}") };
        match (self.window, step) {
            (None, 1) => "*".into(),
            (None, step) => format!("*/{step}"),
            (Some((_, first, end)), 1) if first < end => range(first, end - 1),
            (Some((_, first, end)), step) if first < end => format!("{first}-{}/{step}", end - 1),
            (Some((_, first, end)), 1) => format!("{},{}", range(first, 23), range(0, end - 1)),
            (Some((_, first, end)), step) if first % step < end => {
                format!("{first}-23/{step},{}-{}/{step}", first % step, end - 1)
            }
            (Some((_, first, _)), step) => format!("{first}-23/{step}"),
        }
    }

    /// Times of the day, midnight when none is said.
    fn time_fields(&self) -> Result<String, PhraseError> {
        if let Some((column, ..)) = self.window {
            let problem =
                "a window says between when, not how often; write `every 15 minutes` or `hourly` before it".into();
            return Err(PhraseError { column, problem });
        }
        if self.pace.is_none() && self.dates.is_empty() {
            let problem = "says no days; write `daily` or the days, as in weekdays at 7:30".into();
            return Err(PhraseError { column: 1, problem });
        }
        let parts = |part: fn(&Time) -> i8| -> BTreeSet<i8> { self.times.iter().map(|(_, time)| part(time)).collect() };
        let (hours, minutes) = (parts(|time| time.hour()), parts(|time| time.minute()));
        let seconds = parts(|time| time.second());
        let times: BTreeSet<Time> = self.times.iter().map(|(_, time)| *time).collect();
        if times.len() != hours.len() * minutes.len() * seconds.len()
            && let Some((column, time)) = self.times.last()
        {
            let problem = format!(
                "{} does not fit to the time before it: a cron expression has the same minutes in each of its hours; make it a \
                 schedule of its own",
                time.strftime("%H:%M")
            );
            return Err(PhraseError { column: *column, problem });
        }
        let field = |parts: BTreeSet<i8>| if parts.is_empty() { "0".into() } else { list(&parts) };
        let second = if seconds.iter().all(|second| *second == 0) { String::new() } else { list(&seconds) + " " };
        Ok(format!("{second}{} {}", field(minutes), field(hours)))
    }

    /// Day of month, month and day of week.
    fn day_fields(&self) -> Result<String, PhraseError> {
        let all = |days: &Dates| if days.months.is_empty() { (1..=12).collect() } else { days.months.clone() };
        let months: BTreeSet<u8> = self.dates.iter().flat_map(all).collect();
        let days: BTreeSet<&Day> = self.dates.iter().flat_map(|days| &days.days).collect();
        let pairs: BTreeSet<(&Day, u8)> = self
            .dates
            .iter()
            .flat_map(|group| {
                group.days.iter().flat_map(move |day| all(group).into_iter().map(move |month| (day, month)))
            })
            .collect();
        let column = self.dates.last().map_or(1, |days| days.column);
        let refuse = |column, problem: &str| Err(PhraseError { column, problem: problem.into() });
        if pairs.len() != days.len() * months.len() && !days.is_empty() {
            return refuse(
                column,
                "does not fit to the days before it: a cron expression has the same days in each of its months; \
                                   make it a schedule of its own",
            );
        }
        let of_month: Vec<&str> = days
            .iter()
            .filter_map(|day| if let Day::OfMonth(text) = day { Some(text.as_str()) } else { None })
            .collect();
        let weekdays: Vec<u8> =
            days.iter().filter_map(|day| if let Day::Weekday(day) = day { Some(*day) } else { None }).collect();
        let nth = days.iter().filter_map(|day| if let Day::Nth(text) = day { Some(text.clone()) } else { None });
        let of_week: Vec<String> = ranges(&weekdays).into_iter().chain(nth).collect();
        match self.pace {
            _ if !of_month.is_empty() && !of_week.is_empty() => {
                refuse(column, "days of the month and days of the week do not go together; make them two schedules")
            }
            Some((column, Pace::Weekly)) if !of_month.is_empty() => {
                refuse(column, "`weekly` goes with a day of the week; write `monthly` or leave it out")
            }
            Some((column, Pace::Yearly)) if self.dates.iter().any(|days| days.months.is_empty()) => {
                refuse(column, "`yearly` needs a month, as in yearly on 24 december")
            }
            _ => {
                let (default_day, default_month, default_weekday) = match self.pace {
                    Some((_, Pace::Weekly)) => ("*", "*", "0"),
                    Some((_, Pace::Monthly)) if of_week.is_empty() => ("1", "*", "*"),
                    Some((_, Pace::Yearly)) if of_week.is_empty() => ("1", "1", "*"),
                    _ => ("*", "*", "*"),
                };
                let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
                let month = if self.dates.is_empty() || months.len() == 12 { String::new() } else { list(&months) };
                Ok(format!(
                    "{} {} {}",
                    or(of_month.join(","), default_day),
                    or(month, default_month),
                    or(of_week.join(","), default_weekday)
                ))
            }
        }
    }
}

/// `1,4`
fn list<T: ToString>(numbers: impl IntoIterator<Item = T>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(",")
}

/// Ascending numbers, three or more in a row as a range: `1-5`, `0`, `6`.
fn ranges(numbers: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for run in numbers.chunk_by(|a, b| a + 1 == *b) {
        match run {
            [first, _, .., last] => texts.push(format!("{first}-{last}")),
            _ => texts.extend(run.iter().map(u8::to_string)),
        }
    }
    texts
}

#[cfg(test)]
mod tests;

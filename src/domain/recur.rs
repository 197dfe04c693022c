//! How a to-do comes again (A2): by the calendar, or so long after it was done.
//!
//! The two are written so that they cannot be confused: `every month`, `weekdays at 9:00` and `0 9 * * 1` are periodic; `1 week after
//! done` is chained. A periodic one keeps its day: from the 31st of January on it comes on the 28th of February and the 31st of March.

mod dates;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

pub use self::dates::{Coming, Follow, Missed};
use super::cron::CronExpr;
use super::when::{When, WhenError};
use super::{phrase, zone};

/// What would be right.
const FORMS: &str =
    "write every month, every 2 weeks, weekdays at 9:00 or a cron line such as 0 9 * * 1; or 1 week after done";

/// How a to-do comes again, until when, and on the clock of which zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recur {
    /// Periodic or chained.
    pub rhythm: Rhythm,
    /// The last day on which it may be due.
    pub until: Option<Date>,
    /// The IANA name of the zone of its days and times; the machine's when none is said.
    pub zone: Option<String>,
    /// Its days were said without a time: it has that of its first due time, and midnight without one. Not so once it is settled.
    pub lacks_time: bool,
}

/// When the next one is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// Periodic: in steps from a wall time, which is that of its first due time when none is said.
    Every(Length, Option<DateTime>),
    /// Periodic: by a cron expression. A day that a month has not is its last one.
    Calendar(CronExpr),
    /// Chained: so long after the one before was done.
    AfterDone(Length),
}

/// A number of units of the calendar, not 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// How many.
    pub count: u16,
    /// Of what.
    pub unit: Unit,
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 60 minutes; of a chained one only.
    Hour,
    /// Whatever its length.
    Day,
    /// Seven days.
    Week,
    /// Whatever its length.
    Month,
    /// Whatever its length.
    Year,
}

const UNITS: [(Unit, &[&str]); 5] = [
    (Unit::Hour, &["h", "hour", "hours"]),
    (Unit::Day, &["d", "day", "days"]),
    (Unit::Week, &["w", "week", "weeks"]),
    (Unit::Month, &["mo", "month", "months"]),
    (Unit::Year, &["y", "year", "years"]),
];

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.count, self.unit.name(), if self.count == 1 { "" } else { "s" })
    }
}

impl Length {
    /// `2 weeks`, `2w`, `week`.
    fn read(text: &str) -> Option<Self> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = (&text[..digits], text[digits..].trim_start());
        let count = if count.is_empty() { 1 } else { count.parse().ok().filter(|count| *count > 0)? };
        let (unit, _) = UNITS.iter().find(|(_, names)| names.contains(&unit))?;
        Some(Self { count, unit: *unit })
    }
}

impl Recur {
    /// Reads `every month until=2027-12-31`, `every 2 weeks from=2026-01-05T9:00 tz=Europe/Berlin`, `monthly on the 31st at 18:00`,
    /// `0 9 * * 1`, `1 week after done`.
    ///
    /// # Errors
    /// In words, with what would be right.
    pub fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self, String> {
        let (mut from, mut until, mut zone_name, mut body) = (None, None, None, Vec::new());
        for word in text.split_whitespace() {
            match word.split_once('=') {
                Some(("from", value)) => from = Some(wall(value)?),
                Some(("until", value)) => {
                    let day = value
                        .parse()
                        .map_err(|_| format!("until: `{value}` is not a day; write it as in 2026-12-31"))?;
                    until = Some(day);
                }
                Some(("tz", value)) => {
                    let zone = zone::zone(value).map_err(|e| format!("tz: {e}"))?;
                    zone_name = Some(zone.iana_name().unwrap_or(value).to_owned());
                }
                Some((key, _)) => return Err(format!("`{key}=` is not known here; there are from=, until= and tz=")),
                None => body.push(word.to_lowercase()),
            }
        }
        let body = body.join(" ");
        let mut rhythm = rhythm(&body, zone, now)?;
        match (&mut rhythm, from) {
            (_, None) => {}
            (Rhythm::Every(_, begin), from) => *begin = from,
            (Rhythm::Calendar(_) | Rhythm::AfterDone(_), Some(_)) => {
                return Err("from= goes with every N days, weeks, months or years".to_owned());
            }
        }
        let lacks_time =
            matches!(rhythm, Rhythm::Calendar(_)) && CronExpr::parse(&body).is_err() && phrase::lacks_time(&body);
        Ok(Self { rhythm, until, zone: zone_name, lacks_time })
    }

    /// Brings it into line with the time at which it is due, on the clock of its zone. `moved_from` is when it was due before, of one that
    /// is as it was: what counts in steps goes on from the new time, as if it had been due then from the beginning.
    pub(super) fn settle(&mut self, due: DateTime, moved_from: Option<DateTime>) {
        match &mut self.rhythm {
            Rhythm::Every(_, from @ None) => *from = Some(due),
            // On the same day only the time is another one: the last day of a short month is not the one from which it counts.
            Rhythm::Every(_, Some(from)) => match moved_from {
                Some(before) if before == due => {}
                Some(before) if before.date() == due.date() => *from = from.date().to_datetime(due.time()),
                Some(_) => *from = due,
                None => {}
            },
            Rhythm::Calendar(expr) if self.lacks_time => {
                let text = expr.to_string();
                let second = if due.second() == 0 { String::new() } else { format!("{} ", due.second()) };
                let days =
                    text.strip_prefix("0 0 ").map(|days| format!("{second}{} {} {days}", due.minute(), due.hour()));
                if let Some(Ok(at)) = days.map(|text| CronExpr::parse(&text)) {
                    *expr = at;
                }
            }
            Rhythm::Calendar(_) | Rhythm::AfterDone(_) => {}
        }
        self.lacks_time = false;
    }

    /// Whether the next one waits for the one before to be done.
    pub const fn is_chained(&self) -> bool {
        matches!(self.rhythm, Rhythm::AfterDone(_))
    }

    /// Its zone, which is `local` when it names none.
    pub fn zone(&self, local: &TimeZone) -> TimeZone {
        self.zone.as_deref().and_then(|name| zone::zone(name).ok()).unwrap_or_else(|| local.clone())
    }

    /// As a person reads it, in words beside its canonical text; nothing when that says it as well.
    pub fn words(&self) -> Option<String> {
        match &self.rhythm {
            Rhythm::Calendar(expr) => Some(phrase::describe(&When::Cron(expr.clone()))),
            Rhythm::Every(..) | Rhythm::AfterDone(_) => None,
        }
    }
}

/// The canonical text, which [`Recur::parse`] reads back.
impl fmt::Display for Recur {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rhythm {
            Rhythm::Every(length, from) => {
                if length.count == 1 {
                    write!(f, "every {}", length.unit.name())?;
                } else {
                    write!(f, "every {length}")?;
                }
                if let Some(from) = from {
                    let clock = if from.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
                    write!(f, " from={}", from.strftime(clock))?;
                }
            }
            Rhythm::Calendar(expr) => expr.fmt(f)?,
            Rhythm::AfterDone(length) => write!(f, "{length} after done")?,
        }
        if let Some(until) = self.until {
            write!(f, " until={until}")?;
        }
        self.zone.as_ref().map_or(Ok(()), |zone| write!(f, " tz={zone}"))
    }
}

fn wall(text: &str) -> Result<DateTime, String> {
    let wrong = || format!("from: `{text}` is not a day with or without a time; write it as in 2026-01-31T18:00");
    let (day, clock) = text.split_once(['T', 't']).map_or((text, None), |(day, clock)| (day, Some(clock)));
    let day: Date = day.parse().map_err(|_| wrong())?;
    let clock = clock.map_or(Ok(jiff::civil::Time::midnight()), super::quantity::parse_clock);
    Ok(day.to_datetime(clock.map_err(|_| wrong())?))
}

fn rhythm(body: &str, zone: &TimeZone, now: Timestamp) -> Result<Rhythm, String> {
    if body.is_empty() {
        return Err(format!("say how often: {FORMS}"));
    }
    if let Some(length) =
        ["after done", "after completion", "after it is done"].iter().find_map(|end| body.strip_suffix(end))
    {
        let length = length.trim_end();
        if let Some(rest) = length.strip_prefix("every ") {
            return Err(format!("`{body}` is both: write `every {rest}`, by the calendar, or `{rest} after done`"));
        }
        let read = Length::read(length);
        return read
            .map(Rhythm::AfterDone)
            .ok_or_else(|| format!("`{length}` is no length; write it as in 3 days after done, 1 week after done"));
    }
    let step = match body {
        "daily" => Some("day"),
        "weekly" => Some("week"),
        "monthly" => Some("month"),
        "yearly" | "annually" => Some("year"),
        _ => body.strip_prefix("every "),
    };
    match (step.and_then(Length::read), Length::read(body)) {
        (Some(Length { unit: Unit::Hour, .. }), _) => Err(format!(
            "`{body}`: what comes by the calendar comes by days or longer, or by a cron line such as 0 */6 * * *"
        )),
        (Some(length), _) => Ok(Rhythm::Every(length, None)),
        (None, Some(length)) => Err(format!(
            "`{body}` can be two things: write `every {length}`, by the calendar, or `{length} after done`"
        )),
        (None, None) => match When::parse(body, zone, now) {
            Ok(When::Cron(expr)) => Ok(Rhythm::Calendar(expr)),
            Ok(When::Every(_) | When::At(_) | When::Startup) => {
                Err(format!("`{body}` is not how a to-do comes again; {FORMS}"))
            }
            Err(WhenError::Cron(e)) => Err(e.to_string()),
            Err(WhenError::Phrase(e)) => Err(format!("{e}; or 1 week after done")),
            Err(_) => Err(format!("`{body}` is not how a to-do comes again; {FORMS}")),
        },
    }
}

#[cfg(test)]
mod tests;

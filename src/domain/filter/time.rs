//! The times of a filter: instants, days, and how far something is away.

use std::fmt;
use std::time::Duration;

use jiff::{Timestamp, ToSpan, civil};

use super::Asker;
use crate::domain::quantity::{format_duration, parse_clock, parse_duration};
use crate::domain::zone;

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `3d`: so far from now, into the past or to come as the key goes.
    Distance(Duration),
    /// `+3d` or `-3d`: this instant, to come (`true`) or gone.
    Shift(bool, Duration),
    /// `now`
    Now,
    /// `today`, or as many days after it: `tomorrow`, `yesterday`.
    Day(i8),
    /// `2026-12-24`
    Date(civil::Date),
    /// `2026-12-24T18:00`
    Clock(civil::DateTime),
    /// `2026-12-24T18:00:00Z`
    At(Timestamp),
}

impl When {
    /// Reads a time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('+') {
            return Some(Self::Shift(true, parse_duration(rest).ok()?));
        }
        if let Some(rest) = text.strip_prefix('-') {
            return Some(Self::Shift(false, parse_duration(rest).ok()?));
        }
        match text.to_ascii_lowercase().as_str() {
            "now" => return Some(Self::Now),
            "today" => return Some(Self::Day(0)),
            "tomorrow" => return Some(Self::Day(1)),
            "yesterday" => return Some(Self::Day(-1)),
            _ => {}
        }
        if let Ok(duration) = parse_duration(text) {
            return Some(Self::Distance(duration));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self::At(at));
        }
        match text.split_once(|c: char| c.is_whitespace() || matches!(c, 'T' | 't')) {
            Some((day, clock)) => {
                let day: civil::Date = day.parse().ok()?;
                Some(Self::Clock(day.to_datetime(parse_clock(clock.trim()).ok()?)))
            }
            None => text.parse::<civil::Date>().ok().map(Self::Date),
        }
    }

    /// The first instant of it and the first behind it, in microseconds; of a single instant both are the same.
    pub(super) fn bounds(self, asker: &Asker) -> (i64, i64) {
        let day = |date: civil::Date| {
            let begin = |date: civil::Date| {
                zone::instant(date.to_datetime(civil::Time::midnight()), &asker.zone)
                    .map_or(i64::MAX, Timestamp::as_microsecond)
            };
            (begin(date), date.tomorrow().map_or(i64::MAX, begin))
        };
        let once = |at: i64| (at, at);
        let now = asker.now.as_microsecond();
        match self {
            Self::Distance(by) | Self::Shift(true, by) => once(now.saturating_add(micros(by))),
            Self::Shift(false, by) => once(now.saturating_sub(micros(by))),
            Self::Now => once(now),
            Self::Day(by) => {
                let today = asker.zone.to_datetime(asker.now).date();
                day(today.saturating_add(i64::from(by).days()))
            }
            Self::Date(date) => day(date),
            Self::Clock(at) => once(zone::instant(at, &asker.zone).map_or(i64::MAX, Timestamp::as_microsecond)),
            Self::At(at) => once(at.as_microsecond()),
        }
    }
}

/// Microseconds of a duration.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Distance(by) => f.write_str(&format_duration(*by)),
            Self::Shift(true, by) => write!(f, "+{}", format_duration(*by)),
            Self::Shift(false, by) => write!(f, "-{}", format_duration(*by)),
            Self::Now => f.write_str("now"),
            Self::Day(1) => f.write_str("tomorrow"),
            Self::Day(-1) => f.write_str("yesterday"),
            Self::Day(_) => f.write_str("today"),
            Self::Date(date) => date.fmt(f),
            Self::Clock(at) => at.fmt(f),
            Self::At(at) => at.fmt(f),
        }
    }
}

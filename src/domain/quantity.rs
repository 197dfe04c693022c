//! Durations and instants as people write and read them.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
use jiff::tz::TimeZone;
use jiff::{SpanRelativeTo, Timestamp, ToSpan, civil};

use super::zone;

/// A text that is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A number alone.
    #[error("`{0}` has no unit; write {0}s, {0}m, {0}h or {0}d")]
    NoUnit(String),
    /// Anything else.
    #[error("`{0}` is not a duration; write it as in 90s, 5m, 2h30m, 1d or 15 minutes")]
    Unknown(String),
}

/// Reads a duration: `90s`, `5m`, `2h30m`, `1d` (24 hours), `500ms`, `15 minutes`.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    static PARSER: SpanParser = SpanParser::new();
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DurationError::NoUnit(text.to_owned()));
    }
    let unknown = || DurationError::Unknown(text.to_owned());
    let span = PARSER.parse_span(text.to_lowercase()).map_err(|_| unknown())?;
    let signed = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unknown())?;
    Duration::try_from(signed).map_err(|_| unknown())
}

/// The canonical form, exact and read back by [`parse_duration`]: `10s`, `2h30m`, `1d`, `500ms`.
pub fn format_duration(duration: Duration) -> String {
    const NANOS_PER_UNIT: [(&str, u128); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    if duration.is_zero() {
        return "0s".into();
    }
    let mut text = String::new();
    let mut rest = duration.as_nanos();
    for (unit, nanos) in NANOS_PER_UNIT {
        if rest >= nanos {
            let _ = write!(text, "{}{unit}", rest / nanos);
            rest %= nanos;
        }
    }
    text
}

/// How long something took or has been running, in whole seconds as on a stopwatch: `0:42`, `1:12:07`, `3d 1:12:07`.
pub fn format_elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}d {hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The part for the day.
    #[error("`{0}` is not a day; write it as in 2026-12-24, today or tomorrow")]
    Day(String),
    /// The part for the time of day.
    #[error("`{0}` is not a time of day; write it as in 9:00 or 18:00:05")]
    Clock(String),
    /// The part after a sign.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// Beyond the calendar.
    #[error("`{0}` is beyond the years that can be counted")]
    Beyond(String),
    /// Anything else.
    #[error("`{0}` is not a time; write it as in 2026-12-24 18:00, tomorrow 9:00, 18:00, +2h or 2026-12-24T18:00:00Z")]
    Unknown(String),
}

/// Reads an instant: RFC 3339, or in `zone` `2026-12-24 18:00`, `2026-12-24T18:00:05`, `2026-12-24` (its first instant), `today`,
/// `tomorrow` or `yesterday` with or without a time of day, `18:00` (the next one), or from `now` `+2h`, `-90s`. What falls
/// into a gap or a repeated hour is meant as in T4.
pub fn parse_time(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, TimeError> {
    let text = text.trim();
    let beyond = || TimeError::Beyond(text.to_owned());
    if let Some(rest) = text.strip_prefix('+') {
        // Rounded up: not before the time that was asked for, and readable.
        let at = now.checked_add(parse_duration(rest)?).map_err(|_| beyond())?;
        return if at.subsec_nanosecond() > 0 { whole_second(at.as_second() + 1) } else { Some(at) }.ok_or_else(beyond);
    }
    if let Some(rest) = text.strip_prefix('-') {
        let at = now.checked_sub(parse_duration(rest)?).map_err(|_| beyond())?;
        return whole_second(at.as_second()).ok_or_else(beyond);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let today = zone.to_datetime(now).date();
    let (day, clock) = match text.split_once(|c: char| c.is_whitespace()) {
        Some((day, clock)) => (day, Some(clock.trim())),
        None => match text.split_once(['T', 't']).filter(|(day, _)| day.starts_with(|c: char| c.is_ascii_digit())) {
            Some((day, clock)) => (day, Some(clock)),
            None if text.contains(':') => return next_clock(parse_clock(text)?, today, zone, now).ok_or_else(beyond),
            None => (text, None),
        },
    };
    let date = match day.to_ascii_lowercase().as_str() {
        "today" => Ok(today),
        "tomorrow" => today.tomorrow().map_err(|_| beyond()),
        "yesterday" => today.yesterday().map_err(|_| beyond()),
        _ if !day.starts_with(|c: char| c.is_ascii_digit()) => Err(TimeError::Unknown(text.to_owned())),
        _ => day.parse::<civil::Date>().map_err(|_| TimeError::Day(day.to_owned())),
    }?;
    let clock = clock.map_or(Ok(civil::Time::midnight()), parse_clock)?;
    zone::instant(date.to_datetime(clock), zone).ok_or_else(beyond)
}

fn whole_second(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

fn parse_clock(text: &str) -> Result<civil::Time, TimeError> {
    ["%H:%M", "%H:%M:%S"]
        .iter()
        .find_map(|format| civil::Time::strptime(format, text).ok())
        .ok_or_else(|| TimeError::Clock(text.to_owned()))
}

/// The first instant after `now` at which the clock of the zone shows this.
fn next_clock(clock: civil::Time, today: civil::Date, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    (0..=2)
        .filter_map(|days| zone::instant(today.checked_add(days.days()).ok()?.to_datetime(clock), zone))
        .find(|at| *at > now)
}

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

/// A number of bytes: `1.2 GiB`, `17 KiB`, `12 bytes`.
pub fn format_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// How long something took: `12ms`, `0.3s`, and from a second on as [`format_elapsed`].
pub fn format_took(duration: Duration) -> String {
    match duration.as_millis() {
        0 => "<1ms".to_owned(),
        ms @ 1..100 => format!("{ms}ms"),
        // Cut, not rounded, as the stopwatch is: `1.0s` would be `0:01`.
        ms @ 100..1000 => format!("0.{}s", ms / 100),
        _ => format_elapsed(duration),
    }
}

/// How long something has been running, in whole seconds as on a stopwatch: `0:42`, `1:12:07`, `3d 1:12:07`.
pub fn format_elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{seconds:02}"),
        (0, _) => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}d {hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// A number alone.
    #[error("`{0}` has no unit; write {0}K, {0}M or {0}G")]
    NoUnit(String),
    /// Anything else.
    #[error("`{0}` is not a size; write it as in 512M, 2G or 1.5G")]
    Unknown(String),
}

/// The units of sizes, the largest first, in bytes.
const SIZES: [(char, u64); 5] = [('T', 1 << 40), ('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10), ('B', 1)];

/// Reads a size in bytes: `512M`, `2G`, `1.5GiB`, `800 kb`, `4096B`. Units are of 1024, whatever their spelling.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    let text = text.trim();
    let unknown = || SizeError::Unknown(text.to_owned());
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, unit) = (&text[..digits], text[digits..].trim_start().to_ascii_uppercase());
    if unit.is_empty() && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SizeError::NoUnit(text.to_owned()));
    }
    let is = |letter: char| {
        let rest = unit.strip_prefix(letter);
        rest.is_some_and(|rest| rest.is_empty() || (letter != 'B' && matches!(rest, "B" | "IB")))
    };
    let (_, bytes) = SIZES.into_iter().find(|(letter, _)| is(*letter)).ok_or_else(unknown)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(bytes).filter(|size| i64::try_from(*size).is_ok()).ok_or_else(unknown);
    }
    let number: f64 = number.parse().map_err(|_| unknown())?;
    let size = (number * bytes as f64).round();
    if size < i64::MAX as f64 { Ok(size as u64) } else { Err(unknown()) }
}

/// The canonical form, exact and read back by [`parse_size`]: `512M`, `1536M`, `1000B`.
pub fn format_size(size: u64) -> String {
    let whole = SIZES.into_iter().find(|(_, bytes)| size >= *bytes && size.is_multiple_of(*bytes));
    let (letter, bytes) = whole.unwrap_or(('B', 1));
    format!("{}{letter}", size / bytes)
}

/// A text that is no instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The part for the day.
    #[error("`{0}` is not a day; write it as in 2026-12-24, today or tomorrow")]
    Day(String),
    /// The part for the time of day.
    #[error("`{0}` is not a time of day; write it as in 9:00, 18:00:05, 9am or noon")]
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
/// `tomorrow`, `yesterday` or a day of the week as `fri` or `Friday` (the next one after today, or with a time of day today when that is
/// still to come) with or without a time of day, `18:00`, `9am` or `noon` (the next one), or from `now` `+2h`, `-90s`. What falls into a gap or a repeated hour is meant as in T4.
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
            None if text.contains(':') || parse_clock(text).is_ok() => {
                return next_clock(parse_clock(text)?, today, zone, now).ok_or_else(beyond);
            }
            None => (text, None),
        },
    };
    let date = match day.to_ascii_lowercase().as_str() {
        "today" => Ok(today),
        "tomorrow" => today.tomorrow().map_err(|_| beyond()),
        "yesterday" => today.yesterday().map_err(|_| beyond()),
        name if !day.starts_with(|c: char| c.is_ascii_digit()) => {
            let next = next_weekday(name, today).ok_or_else(|| TimeError::Unknown(text.to_owned()))?;
            let at = clock.and_then(|clock| zone::instant(today.to_datetime(parse_clock(clock).ok()?), zone));
            let is_today = next.weekday() == today.weekday() && at.is_some_and(|at| at > now);
            Ok(if is_today { today } else { next })
        }
        _ => day.parse::<civil::Date>().map_err(|_| TimeError::Day(day.to_owned())),
    }?;
    let clock = clock.map_or(Ok(civil::Time::midnight()), parse_clock)?;
    zone::instant(date.to_datetime(clock), zone).ok_or_else(beyond)
}

fn whole_second(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

/// The next day after today of this name, or of which this is a beginning of three letters or more.
fn next_weekday(name: &str, today: civil::Date) -> Option<civil::Date> {
    let days = (1..=7).filter_map(|days| today.checked_add(days.days()).ok());
    days.into_iter().find(|day| {
        let whole = day.strftime("%A").to_string().to_ascii_lowercase();
        name.len() >= 3 && whole.starts_with(name)
    })
}

/// Reads a time of day: `18:00`, `9:30`, `18:00:05`, `9am`, `9:30pm`, `noon`, `midnight`.
pub(super) fn parse_clock(text: &str) -> Result<civil::Time, TimeError> {
    match text.to_ascii_lowercase().as_str() {
        "noon" => Ok(civil::time(12, 0, 0, 0)),
        "midnight" => Ok(civil::Time::midnight()),
        _ => ["%H:%M", "%H:%M:%S", "%I%p", "%I:%M%p"]
            .iter()
            .find_map(|format| civil::Time::strptime(format, text).ok())
            .ok_or_else(|| TimeError::Clock(text.to_owned())),
    }
}

/// The first instant after `now` at which the clock of the zone shows this.
fn next_clock(clock: civil::Time, today: civil::Date, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    (0..=2)
        .filter_map(|days| zone::instant(today.checked_add(days.days()).ok()?.to_datetime(clock), zone))
        .find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them_and_written_canonically() {
        for (text, millis, canonical) in [
            ("90s", 90_000, "1m30s"),
            ("5m", 300_000, "5m"),
            ("2h30m", 9_000_000, "2h30m"),
            ("2h 30m", 9_000_000, "2h30m"),
            ("1d", 86_400_000, "1d"),
            ("36h", 129_600_000, "1d12h"),
            ("1w", 604_800_000, "7d"),
            ("500ms", 500, "500ms"),
            ("1.5h", 5_400_000, "1h30m"),
            ("0s", 0, "0s"),
            ("15 minutes", 900_000, "15m"),
            (" 1 Hour, 30 mins ", 5_400_000, "1h30m"),
            ("10 sec", 10_000, "10s"),
            ("2 days", 172_800_000, "2d"),
        ] {
            let duration = parse_duration(text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(format_duration(duration), canonical, "{text}");
            assert_eq!(parse_duration(canonical), Ok(duration), "{text}");
        }
    }

    #[test]
    fn x1_a_text_that_is_no_duration_is_refused_with_what_would_be_right() {
        for text in ["", "h", "abc", "5 apples", "-5m", "5m ago", "1 month", "1y", "99999999999999d", "5m5h", "1h-5m"] {
            let error = parse_duration(text).expect_err(text);
            assert!(matches!(error, DurationError::Unknown(_)), "{text}: {error}");
            assert!(error.to_string().contains("2h30m"), "{error}");
        }
        assert_eq!(parse_duration("15").unwrap_err().to_string(), "`15` has no unit; write 15s, 15m, 15h or 15d");
    }

    #[test]
    fn every_duration_is_read_back_to_the_nanosecond() {
        for nanos in [1, 999, 1_000, 1_000_001, 3_600_000_000_001, 86_399_999_999_999, 90_061_001_001_001] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration), "{nanos}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them_and_written_canonically() {
        for (text, bytes, canonical) in [
            ("512M", 512 << 20, "512M"),
            ("2G", 2 << 30, "2G"),
            ("1.5G", 1536 << 20, "1536M"),
            ("512 MiB", 512 << 20, "512M"),
            ("800kb", 800 << 10, "800K"),
            ("1000b", 1000, "1000B"),
            ("0B", 0, "0B"),
            ("1t", 1 << 40, "1T"),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
            assert_eq!(format_size(bytes), canonical, "{text}");
            assert_eq!(parse_size(canonical), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn x1_a_text_that_is_no_size_is_refused_with_what_would_be_right() {
        for text in ["", "M", "512X", "-1M", "1.2.3M", "5 MM", "512BB", "99999999999T", "1e9M"] {
            let error = parse_size(text).expect_err(text);
            assert!(matches!(error, SizeError::Unknown(_)), "{text}: {error}");
            assert!(error.to_string().contains("512M"), "{error}");
        }
        assert_eq!(parse_size("512").unwrap_err().to_string(), "`512` has no unit; write 512K, 512M or 512G");
    }

    #[test]
    fn running_times_read_like_a_stopwatch() {
        for (seconds, expected) in [
            (0, "0:00"),
            (42, "0:42"),
            (89, "1:29"),
            (3_599, "59:59"),
            (3_600, "1:00:00"),
            (4_327, "1:12:07"),
            (86_400, "1d 0:00:00"),
            (263_527, "3d 1:12:07"),
        ] {
            assert_eq!(format_elapsed(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(format_elapsed(Duration::from_millis(42_999)), "0:42");
    }

    #[test]
    fn what_took_less_than_a_second_is_told_in_parts_of_it() {
        for (micros, expected) in [
            (0, "<1ms"),
            (999, "<1ms"),
            (12_900, "12ms"),
            (100_000, "0.1s"),
            (349_000, "0.3s"),
            (999_999, "0.9s"),
            (1_000_000, "0:01"),
            (61_500_000, "1:01"),
        ] {
            assert_eq!(format_took(Duration::from_micros(micros)), expected);
        }
    }

    fn read(text: &str, zone: &str, now: &str) -> Result<String, TimeError> {
        let zone = zone::zone(zone).unwrap();
        parse_time(text, &zone, now.parse().unwrap()).map(|at| at.to_string())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        // In Berlin it is 10:30 on Friday, 20 November 2026.
        for (text, expected) in [
            ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
            ("2026-12-24T18:00:00.250+01:00", "2026-12-24T17:00:00.25Z"),
            ("2026-12-24 18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24  9:00", "2026-12-24T08:00:00Z"),
            ("2026-12-24T18:00:05", "2026-12-24T17:00:05Z"),
            ("2026-12-24", "2026-12-23T23:00:00Z"),
            ("2026-07-01 18:00", "2026-07-01T16:00:00Z"),
            ("tomorrow 9:00", "2026-11-21T08:00:00Z"),
            ("sat 9:00", "2026-11-21T08:00:00Z"),
            ("Friday", "2026-11-26T23:00:00Z"),
            ("Friday 19:00", "2026-11-20T18:00:00Z"),
            ("fri 10:30", "2026-11-27T09:30:00Z"),
            ("tues", "2026-11-23T23:00:00Z"),
            ("Tomorrow", "2026-11-20T23:00:00Z"),
            ("today 18:00", "2026-11-20T17:00:00Z"),
            ("today 9:00", "2026-11-20T08:00:00Z"),
            ("yesterday 09:00", "2026-11-19T08:00:00Z"),
            ("18:00", "2026-11-20T17:00:00Z"),
            ("10:30", "2026-11-21T09:30:00Z"),
            ("9:00", "2026-11-21T08:00:00Z"),
            ("10:30:01", "2026-11-20T09:30:01Z"),
            ("noon", "2026-11-20T11:00:00Z"),
            ("Midnight", "2026-11-20T23:00:00Z"),
            ("9am", "2026-11-21T08:00:00Z"),
            ("9:30PM", "2026-11-20T20:30:00Z"),
            ("12am", "2026-11-20T23:00:00Z"),
            ("tomorrow 12pm", "2026-11-21T11:00:00Z"),
            ("+2h", "2026-11-20T11:30:00Z"),
            ("+ 15 minutes", "2026-11-20T09:45:00Z"),
            ("-90s", "2026-11-20T09:28:30Z"),
        ] {
            assert_eq!(read(text, "Europe/Berlin", "2026-11-20T09:30:00Z"), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn a_time_from_now_is_a_whole_second_and_not_early() {
        assert_eq!(read("+1s", "UTC", "2026-11-20T09:30:00.2Z"), Ok("2026-11-20T09:30:02Z".into()));
        assert_eq!(read("-1s", "UTC", "2026-11-20T09:30:00.2Z"), Ok("2026-11-20T09:29:59Z".into()));
    }

    #[test]
    fn t4_times_in_a_gap_or_a_repeated_hour_are_meant_as_schedules_mean_them() {
        for (text, expected) in
            [("2026-03-29 02:30", "2026-03-29T01:00:00Z"), ("2026-10-25 02:30", "2026-10-25T00:30:00Z")]
        {
            assert_eq!(read(text, "Europe/Berlin", "2026-01-01T00:00:00Z"), Ok(expected.into()), "{text}");
        }
        // The next 02:30 in the second pass of the hour is that of tomorrow.
        assert_eq!(read("2:30", "Europe/Berlin", "2026-10-25T01:10:00Z"), Ok("2026-10-26T01:30:00Z".into()));
    }

    #[test]
    fn x1_a_text_that_is_no_time_is_refused_with_what_would_be_right() {
        let refused = |text: &str| read(text, "UTC", "2026-11-20T09:30:00Z").expect_err(text);
        for text in ["", "soon", "next week", "someday 9:00", "fr"] {
            assert_eq!(refused(text), TimeError::Unknown(text.into()));
        }
        assert_eq!(refused("2026-02-30 9:00"), TimeError::Day("2026-02-30".into()));
        assert_eq!(refused("24.12.2026 9:00"), TimeError::Day("24.12.2026".into()));
        for (text, clock) in
            [("today 25:00", "25:00"), ("9:60", "9:60"), ("tomorrow 9", "9"), ("2026-12-24Tsoon", "soon")]
        {
            assert_eq!(refused(text), TimeError::Clock(clock.into()));
        }
        assert!(matches!(refused("+soon"), TimeError::Duration(_)));
        assert_eq!(refused("+999999w"), TimeError::Beyond("+999999w".into()));
        assert!(refused("soon").to_string().contains("tomorrow 9:00"));
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!([12, 17 * 1024, 1_288_490_189].map(format_bytes), ["12 bytes", "17 KiB", "1.2 GiB"]);
    }
}

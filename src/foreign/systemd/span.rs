//! Spans of time as systemd writes them (systemd.time(7)): `1h 30min`, `90`, `infinity`.

use std::time::Duration;

/// Units with their length in microseconds.
const UNITS: &[(&[&str], u64)] = &[
    (&["usec", "us", "µs", "μs"], 1),
    (&["msec", "ms"], 1_000),
    (&["", "seconds", "second", "sec", "s"], 1_000_000),
    (&["minutes", "minute", "min", "m"], 60_000_000),
    (&["hours", "hour", "hr", "h"], 3_600_000_000),
    (&["days", "day", "d"], 86_400_000_000),
    (&["weeks", "week", "w"], 604_800_000_000),
    (&["months", "month", "M"], 2_629_800_000_000),
    (&["years", "year", "y"], 31_557_600_000_000),
];

/// Reads a span; a number without a unit counts seconds. `None` is without end.
pub fn read(text: &str) -> Result<Option<Duration>, String> {
    let wrong = || format!("`{text}` is no span of time such as 1h 30min");
    if text.trim() == "infinity" {
        return Ok(None);
    }
    let mut rest = text.trim_start();
    let mut micros = 0_f64;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..length].parse().map_err(|_| wrong())?;
        rest = rest[length..].trim_start();
        let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let unit = UNITS.iter().find(|(names, _)| names.contains(&&rest[..length])).ok_or_else(wrong)?.1;
        micros += number * unit as f64;
        rest = rest[length..].trim_start();
    }
    // More than nine quadrillion microseconds, 285 years, could not be told apart any more.
    if micros > 9e15 { Err(wrong()) } else { Ok(Some(Duration::from_micros(micros.round() as u64))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_mean_what_they_mean_for_systemd() {
        for (text, seconds) in [
            ("15min", 900.0),
            ("1d", 86_400.0),
            ("90", 90.0),
            ("1h 30min", 5_400.0),
            ("2h30min 5", 9_005.0),
            (" 500ms ", 0.5),
            ("1.5h", 5_400.0),
            ("1M", 2_629_800.0),
            ("1w", 604_800.0),
            ("0", 0.0),
        ] {
            assert_eq!(read(text), Ok(Some(Duration::from_secs_f64(seconds))), "{text:?}");
        }
        assert_eq!(read("infinity"), Ok(None));
        for text in ["", "h", "5 apples", "-5", "1..5s", "99999999y", "infinity 5"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}

//! "Expected by": until when a task should have succeeded (R12).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, civil};

use super::quantity::{format_duration, parse_duration};
use super::zone;

/// By when a success is expected, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectBy {
    /// So long after the one before.
    Within(Duration),
    /// Each day by this time of day.
    Daily(civil::Time),
}

/// From when on something is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// A success in time: of a day's expectation it is the one of that day, so that the next is a day later.
    Success(Timestamp),
    /// A success that came late, or the moment in which the task was made, resumed or given its expectation.
    Beginning(Timestamp),
}

impl ExpectBy {
    /// The instant from which on the task is late when it has not succeeded; `None` at the end of the calendar. A time of day is
    /// meant in `zone`, and in gaps and repeated hours as in T4.
    pub fn late_at(self, since: Since, zone: &TimeZone) -> Option<Timestamp> {
        let (Since::Success(from) | Since::Beginning(from)) = since;
        match self {
            Self::Within(duration) => from.checked_add(duration).ok(),
            Self::Daily(time) => {
                let today = zone.to_datetime(from).date();
                let mut days = (0..=3).filter_map(|days| {
                    zone::instant(today.checked_add(days.days()).ok()?.to_datetime(time), zone).filter(|at| *at > from)
                });
                let first = days.next()?;
                if matches!(since, Since::Success(_)) { days.next() } else { Some(first) }
            }
        }
    }
}

impl fmt::Display for ExpectBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(duration) => f.write_str(&format_duration(*duration)),
            Self::Daily(time) => write!(f, "{}", time.strftime("%H:%M")),
        }
    }
}

impl FromStr for ExpectBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains(':') {
            let time = civil::Time::strptime("%H:%M", text);
            return time.map(Self::Daily).map_err(|_| format!("`{text}` is not a time of day such as 06:00"));
        }
        match parse_duration(text) {
            Ok(duration) if duration < Duration::from_secs(1) => {
                Err(format!("`{text}` is too short; write 1s or more"))
            }
            Ok(duration) => Ok(Self::Within(duration)),
            Err(_) => Err(format!("`{text}` is neither a duration such as 25h nor a time of day such as 06:00")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late_at(by: &str, since: Since) -> String {
        let zone = zone::zone("Europe/Berlin").unwrap();
        let at = by.parse::<ExpectBy>().unwrap().late_at(since, &zone).unwrap();
        at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    #[test]
    fn r12_expected_within_a_duration_counts_elapsed_time() {
        let at = "2026-03-28T12:00:00Z".parse().unwrap();
        assert_eq!(late_at("25h", Since::Success(at)), "2026-03-29 15:00:00 CEST");
        assert_eq!(late_at("90s", Since::Beginning(at)), "2026-03-28 13:01:30 CET");
    }

    #[test]
    fn r12_expected_each_day_is_met_by_a_success_of_the_day_before_it_and_a_late_one_is_for_its_own_day() {
        let at = |text: &str| text.parse().unwrap();
        // In the night of the 5th at 02:00: the deadline of that morning is met.
        assert_eq!(late_at("06:00", Since::Success(at("2026-05-05T00:00:00Z"))), "2026-05-06 06:00:00 CEST");
        // At 23:00 the evening before, too.
        assert_eq!(late_at("06:00", Since::Success(at("2026-05-04T21:00:00Z"))), "2026-05-06 06:00:00 CEST");
        // At 07:00, an hour late: the next morning counts.
        assert_eq!(late_at("06:00", Since::Beginning(at("2026-05-05T05:00:00Z"))), "2026-05-06 06:00:00 CEST");
        // A time in the gap of the clock is the end of the gap (T4).
        assert_eq!(late_at("02:30", Since::Beginning(at("2026-03-28T22:00:00Z"))), "2026-03-29 03:00:00 CEST");
    }

    #[test]
    fn x1_an_expectation_is_read_back_and_a_wrong_one_says_what_would_be_right() {
        for (text, canonical) in [("25h", "1d1h"), ("06:00", "06:00"), ("6:05", "06:05")] {
            assert_eq!(text.parse::<ExpectBy>().unwrap().to_string(), canonical);
        }
        for text in ["", "soon", "25:00", "0s"] {
            let e = text.parse::<ExpectBy>().unwrap_err();
            assert!(e.contains("06:00") || e.contains("1s or more"), "{e}");
        }
    }
}

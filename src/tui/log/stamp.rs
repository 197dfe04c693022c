//! Time stamps beside the lines of an output: of the clock on the wall, or since the run started.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Which time stands beside a line (key `t`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamps {
    /// None.
    Off,
    /// When it was printed.
    #[default]
    Absolute,
    /// How long the run had been running by then.
    SinceStart,
    /// How long after the line above it.
    Delta,
}

impl Stamps {
    /// The next one in the round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Off => Self::Absolute,
            Self::Absolute => Self::SinceStart,
            Self::SinceStart => Self::Delta,
            Self::Delta => Self::Off,
        }
    }

    /// Columns of every stamp; `short` leaves the milliseconds out.
    pub fn width(self, short: bool) -> usize {
        match (self, short) {
            (Self::Off, _) => 0,
            (Self::Absolute, false) => "14:12:01.004".len(),
            (Self::Absolute, true) => "14:12:01".len(),
            (Self::SinceStart | Self::Delta, false) => "+00:00:00.020".len(),
            (Self::SinceStart | Self::Delta, true) => "+00:00:00".len(),
        }
    }

    /// The stamp of what happened `at`, counted from `start` if it is counted from anything: as wide as [`Stamps::width`], but from
    /// 100 hours on.
    pub fn text(self, at: Timestamp, start: Timestamp, zone: &TimeZone, short: bool) -> String {
        let (time, millis) = match self {
            Self::Off => return String::new(),
            Self::Absolute => {
                let time = at.to_zoned(zone.clone()).time();
                let seconds = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
                (seconds, i64::from(time.millisecond()))
            }
            Self::SinceStart | Self::Delta => {
                let since = at.as_millisecond() - start.as_millisecond();
                // A clock that was set back prints before the start.
                let sign = if since < 0 { '-' } else { '+' };
                let seconds = since.abs() / 1000;
                let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                (format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"), since.abs() % 1000)
            }
        };
        if short { time } else { format!("{time}.{millis:03}") }
    }
}

/// A length of time as the dashboard shows it: `0:03`, `1:12:07`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_as_wide_as_it_says() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let start: Timestamp = "2026-01-05T13:12:01.004Z".parse().unwrap();
        let at: Timestamp = "2026-01-05T14:12:04.254Z".parse().unwrap();
        for (stamps, short, expected) in [
            (Stamps::Off, false, ""),
            (Stamps::Absolute, false, "15:12:04.254"),
            (Stamps::Absolute, true, "15:12:04"),
            (Stamps::SinceStart, false, "+01:00:03.250"),
            (Stamps::SinceStart, true, "+01:00:03"),
            (Stamps::Delta, false, "+01:00:03.250"),
        ] {
            assert_eq!(stamps.text(at, start, &zone, short), expected);
            assert_eq!(stamps.width(short), expected.len());
        }
        assert_eq!(Stamps::SinceStart.text(start, at, &zone, false), "-01:00:03.250");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!([0, 3, 91, 4327].map(duration), ["0:00", "0:03", "1:31", "1:12:07"]);
    }
}

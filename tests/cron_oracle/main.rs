//! The proof of the calendar (T1, T4, T5): `domain::cron` against an oracle, against a second implementation, and by its properties.

#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod generate;
mod oracle;
mod phrases;
mod properties;
mod second;
mod sweep;
mod threads;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

fn year(year: i16) -> i64 {
    civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()
}

fn as_text(second: i64) -> String {
    Timestamp::from_second(second).unwrap().to_string()
}

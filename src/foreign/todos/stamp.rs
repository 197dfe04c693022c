//! Instants as `20261224T180000Z`, as taskwarrior and iCalendar write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::domain::zone;

/// An instant, to the second.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// An instant in UTC, on the clock of `zone`, or the beginning of a day there.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time such as 20261224T180000Z");
    let (clock, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, &TimeZone::UTC),
        None => (text, zone),
    };
    if clock.contains('-') {
        return text.parse().map_err(|_| wrong());
    }
    let civil = if clock.len() == 8 {
        Date::strptime("%Y%m%d", clock).map(|day| day.at(0, 0, 0, 0))
    } else {
        DateTime::strptime("%Y%m%dT%H%M%S", clock)
    };
    civil.ok().and_then(|civil| zone::instant(civil, zone)).ok_or_else(wrong)
}

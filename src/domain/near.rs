//! An instant as people say it, seen from another one.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// `today 18:00`, `tomorrow 18:00`, `yesterday 18:00`, `Tue 1 Dec 18:00`, and in another year `2027-12-01 18:00`.
pub fn day_and_clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let clock = at.to_zoned(zone.clone());
    format!("{} {}", day(at, now, zone), clock.strftime("%H:%M"))
}

/// The day alone.
pub fn day(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (day, today) = (zone.to_datetime(at).date(), zone.to_datetime(now).date());
    let is = |days: i64| today.checked_add(days.days()).is_ok_and(|other| other == day);
    match () {
        () if is(0) => "today".to_owned(),
        () if is(1) => "tomorrow".to_owned(),
        () if is(-1) => "yesterday".to_owned(),
        () if day.year() == today.year() => day.strftime("%a %-d %b").to_string(),
        () => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_called_as_people_call_it() {
        let now = "2026-11-30T22:30:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let told = |at: &str| day_and_clock(at.parse().unwrap(), now, &zone);
        assert_eq!(told("2026-11-30T08:00:00Z"), "today 09:00");
        assert_eq!(told("2026-11-30T23:00:00Z"), "tomorrow 00:00");
        assert_eq!(told("2026-11-29T22:59:00Z"), "yesterday 23:59");
        assert_eq!(told("2026-12-02T17:00:00Z"), "Wed 2 Dec 18:00");
        assert_eq!(told("2027-01-02T17:00:00Z"), "2027-01-02 18:00");
    }
}

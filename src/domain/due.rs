//! When a to-do is late, and how far off it is: a due time at the very beginning of a day means that day, not its first second.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How far off it is, in the order of an agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Distance {
    /// Before today.
    Overdue,
    /// Today.
    Today,
    /// In the six days after it, of which the name of the day says enough.
    Week,
    /// After those.
    Later,
    /// Nobody said when.
    Undated,
}

impl Distance {
    /// Of something that is due then, by days: what is late today is of today, so that the groups follow each other as the times do.
    pub fn of(due: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> Self {
        let Some(due) = due else { return Self::Undated };
        match days_until(due, zone, now) {
            ..=-1 => Self::Overdue,
            0 => Self::Today,
            1..=6 => Self::Week,
            _ => Self::Later,
        }
    }
}

/// Days from today to that instant's day in a zone; beyond the calendar very many.
pub fn days_until(at: Timestamp, zone: &TimeZone, now: Timestamp) -> i64 {
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let span = day(now).until(day(at));
    span.map_or(i64::MAX, |span| span.get_days().into())
}

/// Whether only the day was said: it is the first instant of one.
pub fn is_whole_day(due: Timestamp, zone: &TimeZone) -> bool {
    whole_day(due, zone).is_some()
}

/// When it is due, as a person says it: the day alone when only that was said.
pub fn text(due: Timestamp, zone: &TimeZone) -> String {
    let clock = due.to_zoned(zone.clone());
    let format = if is_whole_day(due, zone) { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" };
    clock.strftime(format).to_string()
}

/// The day that was said, when only a day was.
pub fn whole_day(due: Timestamp, zone: &TimeZone) -> Option<Date> {
    let clock = due.to_zoned(zone.clone());
    clock.start_of_day().is_ok_and(|start| start.timestamp() == due).then(|| clock.date())
}

/// From when on it is late: a day is when it is over.
pub fn late_from(due: Timestamp, zone: &TimeZone) -> Timestamp {
    let next_day = || due.to_zoned(zone.clone()).tomorrow().ok()?.start_of_day().ok();
    if is_whole_day(due, zone) { next_day().map_or(due, |next| next.timestamp()) } else { due }
}

/// Whether it should have been done by now.
pub fn is_overdue(due: Timestamp, zone: &TimeZone, now: Timestamp) -> bool {
    late_from(due, zone) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_late_when_it_is_over_and_an_hour_when_it_is_past() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let now = at("2026-11-21T14:12:00Z");
        for (due, expected) in [
            ("2026-11-21T14:11:00Z", Distance::Today),
            ("2026-11-21T14:13:00Z", Distance::Today),
            // Today and yesterday as days.
            ("2026-11-20T23:00:00Z", Distance::Today),
            ("2026-11-19T23:00:00Z", Distance::Overdue),
            ("2026-11-21T23:00:00Z", Distance::Week),
            ("2026-11-27T22:59:00Z", Distance::Week),
            ("2026-11-27T23:00:00Z", Distance::Later),
        ] {
            assert_eq!(Distance::of(Some(at(due)), &zone, now), expected, "{due}");
        }
        assert!(
            is_overdue(at("2026-11-21T14:11:00Z"), &zone, now) && !is_overdue(at("2026-11-20T23:00:00Z"), &zone, now)
        );
        assert_eq!(Distance::of(None, &zone, now), Distance::Undated);
        assert!(is_whole_day(at("2026-11-20T23:00:00Z"), &zone) && !is_whole_day(at("2026-11-20T23:00:01Z"), &zone));
        // The day on which clocks go back has 25 hours.
        assert_eq!(late_from(at("2026-10-24T22:00:00Z"), &zone), at("2026-10-25T23:00:00Z"));
    }
}

//! What a person types to go to a time: of the day, since the start, before the end, or with a date.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::message::Goal;

/// What is understood, for whoever typed something else.
const UNDERSTOOD: &str = "14:12:31, +90s, -5m, 2026-01-05 14:12";

/// Reads a time in the zone of the screen, for a run that started at `start`.
pub(super) fn read(typed: &str, start: Option<Timestamp>, zone: &TimeZone) -> Result<Goal, String> {
    let typed = typed.trim();
    let unclear = || format!("`{typed}` is no time such as {UNDERSTOOD}");
    if let Some(rest) = typed.strip_prefix('+') {
        let start = start.ok_or("the run has not started")?;
        let after = duration(rest).ok_or_else(unclear)?;
        return start.checked_add(after).map(Goal::Time).map_err(|_| unclear());
    }
    if let Some(rest) = typed.strip_prefix('-') {
        return duration(rest).map(Goal::BeforeEnd).ok_or_else(unclear);
    }
    let instant = |civil: DateTime| civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    // Before a time of the day: that would also be read out of this.
    let civil =
        typed.parse::<DateTime>().or_else(|_| typed.parse::<Date>().map(|day| day.to_datetime(Time::midnight())));
    if let Ok(civil) = civil {
        return instant(civil).map(Goal::Time).ok_or_else(unclear);
    }
    if let Ok(time) = typed.parse::<Time>() {
        let start = start.ok_or("the run has not started")?;
        // The first time after the start that the clock says so, or on the day of the start if that is near.
        let day = start.to_zoned(zone.clone()).date();
        let same = instant(day.to_datetime(time)).ok_or_else(unclear)?;
        let next = day.tomorrow().ok().and_then(|day| instant(day.to_datetime(time)));
        let late = start.duration_since(same) > SignedDuration::from_hours(12);
        return Ok(Goal::Time(next.filter(|_| late).unwrap_or(same)));
    }
    Err(unclear())
}

/// `90`, `90s`, `1h30m`: seconds when there is no unit.
fn duration(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    if text.starts_with(['+', '-']) {
        return None;
    }
    match text.parse::<i64>() {
        Ok(seconds) => Some(SignedDuration::from_secs(seconds)),
        Err(_) => text.parse::<SignedDuration>().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_typed_in_the_ways_that_people_say_it() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let start: Timestamp = "2026-01-05T13:12:01Z".parse().unwrap();
        let time = |text: &str| Goal::Time(text.parse().unwrap());
        for (typed, expected) in [
            ("14:12", time("2026-01-05T13:12:00Z")),
            ("14:12:31", time("2026-01-05T13:12:31Z")),
            (" 15:00 ", time("2026-01-05T14:00:00Z")),
            ("00:30", time("2026-01-05T23:30:00Z")),
            ("+90", time("2026-01-05T13:13:31Z")),
            ("+90s", time("2026-01-05T13:13:31Z")),
            ("+1h30m", time("2026-01-05T14:42:01Z")),
            ("-5m", Goal::BeforeEnd(SignedDuration::from_mins(5))),
            ("2026-01-06 08:00", time("2026-01-06T07:00:00Z")),
            ("2026-01-06", time("2026-01-05T23:00:00Z")),
        ] {
            assert_eq!(read(typed, Some(start), &zone), Ok(expected), "{typed}");
        }
        for typed in ["", "noon", "+", "+-5m", "25:00", "-x"] {
            let why = read(typed, Some(start), &zone).unwrap_err();
            assert!(why.contains("is no time such as 14:12:31, +90s"), "{typed}: {why}");
        }
        assert_eq!(read("+5s", None, &zone), Err("the run has not started".to_owned()));
    }
}

//! What other programs say of how a to-do comes again (A2), and what of it they can be told.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::domain::cron::CronExpr;
use crate::domain::recur::{Length, Recur, Rhythm, Unit};

/// By the calendar, in steps from a wall time.
pub(super) const fn every(count: u16, unit: Unit, from: DateTime) -> Recur {
    Recur { rhythm: Rhythm::Every(Length { count, unit }, Some(from)), until: None, zone: None, lacks_time: false }
}

/// By the calendar, at this time of these days: the last three words of a cron expression.
pub(super) fn on_days(clock: Time, days: &str) -> Result<Recur, String> {
    let second = if clock.second() == 0 { String::new() } else { format!("{} ", clock.second()) };
    let expr =
        CronExpr::parse(&format!("{second}{} {} {days}", clock.minute(), clock.hour())).map_err(|e| e.to_string())?;
    Ok(Recur { rhythm: Rhythm::Calendar(expr), until: None, zone: None, lacks_time: false })
}

/// The days of a month, the months and the days of the week of a cron expression that comes at this time of the day alone.
pub(super) fn days_of(expr: &CronExpr, clock: Time) -> Option<[String; 3]> {
    let text = expr.to_string();
    let words: Vec<&str> = text.split(' ').collect();
    let (times, days) = words.split_at(words.len().checked_sub(3)?);
    let second = if clock.second() == 0 { String::new() } else { format!("{} ", clock.second()) };
    let is_then = times.join(" ") == format!("{second}{} {}", clock.minute(), clock.hour());
    <[&str; 3]>::try_from(days).ok().filter(|_| is_then).map(|days| days.map(str::to_owned))
}

/// The last day on which one is due that comes at this time of the day and not after `end`.
pub(super) fn last_day(end: DateTime, clock: Time) -> Date {
    if end.time() < clock { end.date().yesterday().unwrap_or(Date::MIN) } else { end.date() }
}

/// The end of the last day of a rule.
pub(super) fn end(until: Date, zone: &TimeZone) -> Option<Timestamp> {
    crate::domain::zone::instant(until.at(23, 59, 59, 0), zone)
}

/// When a to-do is due on the clock of its series.
pub(super) fn wall(recur: &Recur, due: Timestamp, local: &TimeZone) -> DateTime {
    recur.zone(local).to_datetime(due)
}

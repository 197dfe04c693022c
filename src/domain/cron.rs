//! Cron expressions with crontab's meaning (T5) and the DST policy (T4), on top of the `cron` crate, which only this file knows.
//!
//! The crate is asked about *wall time* only: seconds that a clock on the wall would count, typed as if they were UTC. It knows no
//! zones here, so nothing depends on what it does in gaps and repeated hours.

mod dialect;
mod field;

use std::fmt;

use chrono::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, civil};

pub use self::dialect::CronError;
use self::dialect::Fields;
pub use self::field::CronField;
use self::field::Field;
use super::zone;

/// A cron expression: five fields, or six with a leading second. Equal when canonically written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpr {
    fields: Fields,
    /// One, or two whose times are united: days of the month, and days of the week.
    schedules: Vec<cron::Schedule>,
}

impl CronExpr {
    /// Reads a crontab's five fields, six with a leading second, or a nickname such as `@daily` (T5).
    ///
    /// # Errors
    /// With field and column when it is not crontab, and when it names a date that never comes.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields = Fields::parse(text)?;
        let evaluable = |day_of_month: &str, day_of_week: &str| {
            let Fields { second, minute, hour, month, .. } = &fields;
            let [second, minute, hour, month] = [second, minute, hour, month].map(|field| numbers(field, 0));
            let text = format!("{second} {minute} {hour} {day_of_month} {month} {day_of_week}");
            text.parse::<cron::Schedule>().map_err(|error| CronError {
                field: CronField::Minute,
                column: 1,
                problem: format!("cannot be evaluated: {error}"),
            })
        };
        // The crate counts Sunday as 1.
        let (days, weekdays) = (numbers(&fields.day_of_month, 0), numbers(&fields.day_of_week, 1));
        let schedules = if fields.days_are_alternatives() {
            vec![evaluable(&days, "*")?, evaluable("*", &weekdays)?]
        } else {
            vec![evaluable(&days, &weekdays)?]
        };
        Ok(Self { fields, schedules })
    }

    /// The first time strictly after `after` (T1), in `zone` by the policy T4; `None` when there is none until 2100.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.next_slot(after, zone).map(|(at, _)| at)
    }

    /// The same with the wall time that was asked for, which differs from the clock's when a gap shifted it (T4).
    pub fn next_slot(&self, after: Timestamp, zone: &TimeZone) -> Option<(Timestamp, civil::DateTime)> {
        let (at, wall) = if self.is_fixed() { self.next_fixed(after, zone)? } else { self.next_flowing(after, zone)? };
        Some((at, Offset::UTC.to_datetime(Timestamp::from_second(wall).ok()?)))
    }

    /// Whether it names times of the day (T4): neither the hour nor the minute has a wildcard or a step.
    fn is_fixed(&self) -> bool {
        !self.fields.hour.has_wildcard_or_step() && !self.fields.minute.has_wildcard_or_step()
    }

    /// Every wall time once: after the gap that swallowed it, and in the first pass of a repeated hour.
    fn next_fixed(&self, after: Timestamp, zone: &TimeZone) -> Option<(Timestamp, i64)> {
        let mut wall = floor(after) + i64::from(zone.to_offset(after).seconds());
        loop {
            wall = self.next_wall(wall)?;
            let civil = Offset::UTC.to_datetime(Timestamp::from_second(wall).ok()?);
            let at = zone::instant(civil, zone)?;
            // Not later: in the second pass of a repeated hour, or after the gap that this wall time fell into.
            if at > after {
                return Some((at, wall));
            }
        }
    }

    /// Every matching wall time that the clock shows, each time that it shows it: from one change of the clock to the next.
    fn next_flowing(&self, after: Timestamp, zone: &TimeZone) -> Option<(Timestamp, i64)> {
        let mut stretch = after;
        let mut offset = zone.to_offset(after);
        let mut wall = floor(after) + i64::from(offset.seconds());
        loop {
            let next = self.next_wall(wall)?;
            let at = Timestamp::from_second(next - i64::from(offset.seconds())).ok()?;
            match zone.following(stretch).next() {
                Some(change) if change.timestamp() <= at => {
                    stretch = change.timestamp();
                    offset = change.offset();
                    wall = floor(stretch) + i64::from(offset.seconds()) - 1;
                }
                _ => return Some((at, next)),
            }
        }
    }

    /// The first matching wall time strictly after `wall`.
    fn next_wall(&self, wall: i64) -> Option<i64> {
        let wall = DateTime::from_timestamp(wall, 0)?;
        self.schedules.iter().filter_map(|schedule| schedule.after(&wall).next()).min().map(|next| next.timestamp())
    }
}

impl fmt::Display for CronExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(f)
    }
}

/// The whole second at or before an instant.
fn floor(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

/// A field as a plain list of numbers, the only form that is given to the crate.
fn numbers(field: &Field, shift: u32) -> String {
    let values = field.values();
    let list: Vec<String> =
        (0..u64::BITS).filter(|n| values & (1 << n) != 0).map(|n| (n + shift).to_string()).collect();
    list.join(",")
}

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
pub(in crate::domain) use self::dialect::Fields;
pub use self::field::CronField;
pub(in crate::domain) use self::field::{Field, Item, Range};
use super::spread::Spread;
use super::zone;

/// A cron expression: five fields, or six with a leading second. Equal when canonically written alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpr {
    fields: Fields,
    /// One, or two whose times are united: days of the month, and days of the week.
    walks: Vec<Walk>,
}

impl CronExpr {
    /// Reads a crontab's five fields, six with a leading second, or a nickname such as `@daily` (T5). `H` is refused.
    ///
    /// # Errors
    /// With field and column when it is not crontab, and when it names a date that never comes.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        Self::read(text, None)
    }

    /// The same, and `H` becomes a number of the spread: it is a way of writing, shown and stored as the number that it gave.
    pub fn parse_for(text: &str, spread: Spread) -> Result<Self, CronError> {
        Self::read(text, Some(spread))
    }

    fn read(text: &str, spread: Option<Spread>) -> Result<Self, CronError> {
        let fields = Fields::parse(text, spread)?;
        let (days, weekdays) = (&fields.day_of_month, &fields.day_of_week);
        let walks = if fields.days_are_alternatives() {
            vec![Walk::new(&fields, &[days])?, Walk::new(&fields, &[weekdays])?]
        } else {
            vec![Walk::new(&fields, &[days, weekdays])?]
        };
        let expr = Self { fields, walks };
        // Months without such a day are refused with the fields; this is about marks, as in `31W` of February and `LW * */6`.
        match expr.next_wall(-1) {
            Some(_) => Ok(expr),
            None => Err(CronError {
                field: CronField::DayOfMonth,
                column: dialect::day_of_month_column(text),
                problem: "such a day never comes in these months and on these days of the week".into(),
            }),
        }
    }

    pub(in crate::domain) fn fields(&self) -> &Fields {
        &self.fields
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

    /// Whether it names times of the day (T4): neither the hour nor the minute has a wildcard or a step. The
    /// seconds have no say.
    fn is_fixed(&self) -> bool {
        !self.fields.hour.has_wildcard_or_step() && !self.fields.minute.has_wildcard_or_step()
    }

    /// Every wall time once: after the gap that swallowed it, and in the first pass of a repeated hour.
    fn next_fixed(&self, after: Timestamp, zone: &TimeZone) -> Option<(Timestamp, i64)> {
        let mut wall = after.as_second() + i64::from(zone.to_offset(after).seconds());
        loop {
            wall = self.next_wall(wall)?;
            let civil = Offset::UTC.to_datetime(Timestamp::from_second(wall).ok()?);
            let at = zone::instant(civil, zone)?;
            if at > after {
                return Some((at, wall));
            }
            // In the second pass of a repeated hour: what the clock showed before it was set back has been.
            wall = wall_before_change(after, zone).map_or(wall, |shown| wall.max(shown - 1));
        }
    }

    /// Every matching wall time that the clock shows, each time that it shows it: from one change of the clock to the next.
    fn next_flowing(&self, after: Timestamp, zone: &TimeZone) -> Option<(Timestamp, i64)> {
        let mut stretch = after;
        let mut offset = zone.to_offset(after);
        let mut wall = after.as_second() + i64::from(offset.seconds());
        loop {
            let next = self.next_wall(wall)?;
            let at = Timestamp::from_second(next - i64::from(offset.seconds())).ok()?;
            match zone.following(stretch).next() {
                Some(change) if change.timestamp() <= at => {
                    stretch = change.timestamp();
                    offset = change.offset();
                    wall = stretch.as_second() + i64::from(offset.seconds()) - 1;
                }
                _ => return Some((at, next)),
            }
        }
    }

    /// The first matching wall time strictly after `wall`.
    fn next_wall(&self, wall: i64) -> Option<i64> {
        self.walks.iter().filter_map(|walk| walk.next(wall)).min()
    }
}

/// The wall time, in seconds, at which the clock was set for the last time until `at`.
fn wall_before_change(at: Timestamp, zone: &TimeZone) -> Option<i64> {
    let change = zone.preceding(Timestamp::from_second(at.as_second() + 1).ok()?).next()?.timestamp().as_second();
    let offset = zone.to_offset(Timestamp::from_second(change - 1).ok()?);
    Some(change + i64::from(offset.seconds()))
}

/// The wall times of some fields that all have to match.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Walk {
    /// All days on which the marks can fall.
    schedule: cron::Schedule,
    /// The day fields with marks, which the crate does not know.
    marked: Vec<Field>,
}

impl Walk {
    /// The times of the fields, on the days of `days` only.
    fn new(fields: &Fields, days: &[&Field]) -> Result<Self, CronError> {
        let list = |kind, shift| match days.iter().find(|field| field.kind == kind) {
            Some(field) => numbers(field, shift),
            None => "*".to_owned(),
        };
        let Fields { second, minute, hour, month, .. } = fields;
        let [second, minute, hour, month] = [second, minute, hour, month].map(|field| numbers(field, 0));
        // The crate counts Sunday as 1.
        let (day_of_month, day_of_week) = (list(CronField::DayOfMonth, 0), list(CronField::DayOfWeek, 1));
        let text = format!("{second} {minute} {hour} {day_of_month} {month} {day_of_week}");
        let schedule = text.parse::<cron::Schedule>().map_err(|error| CronError {
            field: CronField::Minute,
            column: 1,
            problem: format!("cannot be evaluated: {error}"),
        })?;
        let marked = days.iter().filter(|field| field.has_marks()).map(|field| (*field).clone()).collect();
        Ok(Self { schedule, marked })
    }

    fn next(&self, mut wall: i64) -> Option<i64> {
        const DAY: i64 = 86_400;
        loop {
            let next = self.schedule.after(&DateTime::from_timestamp(wall, 0)?).next()?.timestamp();
            if self.marked.is_empty() {
                return Some(next);
            }
            let date = Offset::UTC.to_datetime(Timestamp::from_second(next).ok()?).date();
            if self.marked.iter().all(|field| field.holds_day(date)) {
                return Some(next);
            }
            wall = (next.div_euclid(DAY) + 1) * DAY - 1;
        }
    }
}

impl fmt::Display for CronExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(f)
    }
}

/// A field as a star or a plain list of numbers, the only forms that are given to the crate.
fn numbers(field: &Field, shift: u32) -> String {
    let values = field.values();
    if values == Field::all(field.kind).values() {
        return "*".into();
    }
    let list: Vec<String> =
        (0..u64::BITS).filter(|n| values & (1 << n) != 0).map(|n| (n + shift).to_string()).collect();
    list.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first `n` times of an expression after a local time, as local times in a format of `strftime`.
    fn times(expr: &str, zone_name: &str, after: &str, n: usize, format: &str) -> Vec<String> {
        let zone = zone::zone(zone_name).unwrap();
        let expr = CronExpr::parse(expr).unwrap();
        let mut at = zone::instant(after.parse().unwrap(), &zone).unwrap();
        let mut found = Vec::new();
        while found.len() < n
            && let Some(next) = expr.next_after(at, &zone)
        {
            found.push(next.to_zoned(zone.clone()).strftime(format).to_string());
            at = next;
        }
        found
    }

    #[test]
    fn t5_times_come_with_crontabs_meaning() {
        for (expr, expected) in [
            ("0 2 * * 1", vec!["Mon 2026-01-05 02:00:00", "Mon 2026-01-12 02:00:00"]),
            ("0 0 2 * * 1", vec!["Mon 2026-01-05 02:00:00"]),
            ("0 0 * * 0", vec!["Sun 2026-01-04 00:00:00"]),
            ("0 0 * * 7", vec!["Sun 2026-01-04 00:00:00"]),
            ("0 0 13 * 5", vec!["Fri 2026-01-02 00:00:00", "Fri 2026-01-09 00:00:00", "Tue 2026-01-13 00:00:00"]),
            ("0 0 */13 * 5", vec!["Fri 2026-02-27 00:00:00", "Fri 2026-03-27 00:00:00", "Fri 2026-05-01 00:00:00"]),
            ("0 0 13 * */5", vec!["Fri 2026-02-13 00:00:00", "Fri 2026-03-13 00:00:00", "Sun 2026-09-13 00:00:00"]),
            ("0 0 29 2 *", vec!["Tue 2028-02-29 00:00:00", "Sun 2032-02-29 00:00:00"]),
            ("0 0 29 2 */6", vec!["Sun 2032-02-29 00:00:00", "Sat 2048-02-29 00:00:00"]),
            ("*/20 30 12 * * *", vec!["Thu 2026-01-01 12:30:00", "Thu 2026-01-01 12:30:20"]),
            ("59 23 31 12 *", vec!["Thu 2026-12-31 23:59:00", "Fri 2027-12-31 23:59:00"]),
        ] {
            let found = times(expr, "UTC", "2026-01-01T00:00", expected.len(), "%a %Y-%m-%d %H:%M:%S");
            assert_eq!(found, expected, "{expr}");
        }
    }

    #[test]
    fn t5_marks_fall_on_the_days_that_they_mean() {
        for (expr, expected) in [
            ("0 0 L * *", vec!["Sat 2026-01-31", "Sat 2026-02-28", "Tue 2026-03-31", "Thu 2026-04-30"]),
            ("0 0 L 2 *", vec!["Sat 2026-02-28", "Sun 2027-02-28", "Tue 2028-02-29"]),
            ("0 0 LW * *", vec!["Fri 2026-01-30", "Fri 2026-02-27", "Tue 2026-03-31"]),
            ("0 0 15W * *", vec!["Thu 2026-01-15", "Mon 2026-02-16", "Mon 2026-03-16", "Wed 2026-04-15"]),
            // Not into the month before or after, and not at all in a month without the day.
            ("0 0 1W * *", vec!["Mon 2026-02-02", "Mon 2026-03-02", "Wed 2026-04-01", "Fri 2026-05-01"]),
            ("0 0 1W 8 *", vec!["Mon 2026-08-03", "Mon 2027-08-02"]),
            ("0 0 31W * *", vec!["Fri 2026-01-30", "Tue 2026-03-31", "Fri 2026-05-29", "Fri 2026-07-31"]),
            ("0 0 * * 5L", vec!["Fri 2026-01-30", "Fri 2026-02-27", "Fri 2026-03-27"]),
            ("0 0 * * sun#1", vec!["Sun 2026-01-04", "Sun 2026-02-01", "Sun 2026-03-01"]),
            ("0 0 * * 5#5", vec!["Fri 2026-01-30", "Fri 2026-05-29", "Fri 2026-07-31"]),
            ("0 0 1,15W,L 2 *", vec!["Sun 2026-02-01", "Mon 2026-02-16", "Sat 2026-02-28"]),
            // Crontab's rule for the days: both are restricted, so either will do.
            ("0 0 L * 5#1", vec!["Fri 2026-01-02", "Sat 2026-01-31", "Fri 2026-02-06", "Sat 2026-02-28"]),
            ("0 0 L * */5", vec!["Sun 2026-05-31", "Fri 2026-07-31"]),
            ("0 0 * 2 1#5", vec!["Mon 2044-02-29", "Mon 2072-02-29"]),
            ("0 0 31 * 5#5", vec!["Fri 2026-01-30", "Sat 2026-01-31", "Tue 2026-03-31"]),
        ] {
            assert_eq!(times(expr, "UTC", "2026-01-01T12:00", expected.len(), "%a %Y-%m-%d"), expected, "{expr}");
        }
        // Every minute of the day, and none of another.
        let minutes = times("*/30 * LW * *", "UTC", "2026-01-30T22:50", 3, "%F %R");
        assert_eq!(minutes, ["2026-01-30 23:00", "2026-01-30 23:30", "2026-02-27 00:00"]);
    }

    #[test]
    fn t5_days_that_never_come_are_refused_at_once() {
        for text in ["0 0 31W 2 *", "0 0 30W 2 *", " 0 0  LW * */6", "0 0 15W * */6", "* * 31W 4,6 *"] {
            let error = CronExpr::parse(text).expect_err(text);
            let column = text.len() - text.trim_start().trim_start_matches(['0', ' ', '*']).len() + 1;
            assert_eq!((error.field, error.column), (CronField::DayOfMonth, column), "{text}: {error}");
            assert!(error.problem.contains("never comes"), "{text}: {error}");
        }
    }

    /// Cases in which one or the other cron library errs. Columns: zone, local time to begin after, expression, times to come.
    const DST: &str = "
        # Gap 02:00-03:00.
        America/New_York    | 2026-03-08T00:00 | 30 2 * * *     | 26-03-08T03:00-04:00 26-03-09T02:30-04:00
        America/New_York    | 2026-03-08T00:00 | 0,30 2 * * *   | 26-03-08T03:00-04:00 26-03-09T02:00-04:00
        America/New_York    | 2026-03-08T00:00 | 30 2,14 * * *  | 26-03-08T03:00-04:00 26-03-08T14:30-04:00
        America/New_York    | 2026-03-08T00:00 | 0 2-3 * * *    | 26-03-08T03:00-04:00 26-03-09T02:00-04:00
        America/New_York    | 2026-03-08T01:30 | */30 * * * *   | 26-03-08T03:00-04:00 26-03-08T03:30-04:00
        America/New_York    | 2026-03-08T00:00 | */30 2 * * *   | 26-03-09T02:00-04:00
        America/New_York    | 2026-03-08T01:00 | 30 */2 * * *   | 26-03-08T04:30-04:00
        # Overlap 01:00-02:00.
        America/New_York    | 2026-11-01T00:00 | 30 1 * * *     | 26-11-01T01:30-04:00 26-11-02T01:30-05:00
        America/New_York    | 2026-11-01T00:59 | */30 * * * *   | 26-11-01T01:00-04:00 26-11-01T01:30-04:00 26-11-01T01:00-05:00 26-11-01T01:30-05:00
        America/New_York    | 2026-11-01T00:30 | 0 * * * *      | 26-11-01T01:00-04:00 26-11-01T01:00-05:00 26-11-01T02:00-05:00
        # Half an hour: gap 02:00-02:30, overlap 01:30-02:00.
        Australia/Lord_Howe | 2026-10-04T00:00 | 15 2 * * *     | 26-10-04T02:30+11:00 26-10-05T02:15+11:00
        Australia/Lord_Howe | 2026-04-05T00:00 | 45 1 * * *     | 26-04-05T01:45+11:00 26-04-06T01:45+10:30
        Australia/Lord_Howe | 2026-04-05T01:40 | */15 * * * *   | 26-04-05T01:45+11:00 26-04-05T01:30+10:30 26-04-05T01:45+10:30
        # Ramadan: overlap 02:00-03:00 on 15 February 2026, gap 02:00-03:00 on 22 March.
        Africa/Casablanca   | 2026-02-15T00:00 | 30 2 * * *     | 26-02-15T02:30+01:00 26-02-16T02:30+00:00
        Africa/Casablanca   | 2026-03-22T00:00 | 30 2 * * *     | 26-03-22T03:00+01:00 26-03-23T02:30+01:00
        # A day that never was.
        Pacific/Apia        | 2011-12-29T00:00 | 0 12 30 12 *   | 11-12-31T00:00+14:00 12-12-30T12:00+14:00
        Pacific/Apia        | 2011-12-29T00:00 | 0 */12 30 12 * | 12-12-30T00:00+14:00
        # Midnight is in the gap.
        Africa/Cairo        | 2026-04-23T12:00 | @daily         | 26-04-24T01:00+03:00 26-04-25T00:00+03:00
    ";

    #[test]
    fn t4_fixed_times_run_once_and_wildcards_follow_real_time() {
        let rows = DST.lines().map(str::trim).filter(|row| !row.is_empty() && !row.starts_with('#'));
        for row in rows {
            let columns: Vec<_> = row.split('|').map(str::trim).collect();
            let [zone, after, expr, expected] = columns[..] else { panic!("{row}") };
            let expected: Vec<_> = expected.split_whitespace().collect();
            assert_eq!(times(expr, zone, after, expected.len(), "%y-%m-%dT%H:%M%:z"), expected, "{row}");
        }
    }

    #[test]
    fn t4_a_shifted_slot_remembers_the_wall_time_that_was_asked_for() {
        let zone = zone::zone("America/New_York").unwrap();
        let expr = CronExpr::parse("30 2 * * *").unwrap();
        let (at, wall) = expr.next_slot("2026-03-08T05:00:00Z".parse().unwrap(), &zone).unwrap();
        assert_eq!((at.to_string(), wall.to_string()), ("2026-03-08T07:00:00Z".into(), "2026-03-08T02:30:00".into()));
    }

    #[test]
    fn t1_fractions_of_a_second_do_not_bring_back_the_slot_before() {
        let expr = CronExpr::parse("* * * * * *").unwrap();
        for (after, next) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
            ("2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:01Z"),
            ("2026-01-01T00:00:00.999999999Z", "2026-01-01T00:00:01Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
            ("1970-01-01T00:00:04.5Z", "1970-01-01T00:00:05Z"),
        ] {
            let found = expr.next_after(after.parse().unwrap(), &TimeZone::UTC);
            assert_eq!(found, Some(next.parse().unwrap()), "{after}");
        }
    }

    #[test]
    fn times_end_with_the_year_2100() {
        let expr = CronExpr::parse("@yearly").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(expr.next_after(at("2099-06-01T00:00:00Z"), &TimeZone::UTC), Some(at("2100-01-01T00:00:00Z")));
        assert_eq!(expr.next_after(at("2100-01-01T00:00:00Z"), &TimeZone::UTC), None);
        assert_eq!(expr.next_after(Timestamp::MAX, &TimeZone::UTC), None);
        // The last 29 February, in 2096, is a Wednesday.
        let rare = CronExpr::parse("0 * 29 2 */7").unwrap();
        assert_eq!(rare.next_after(at("2096-01-01T00:00:00Z"), &zone::zone("Europe/Berlin").unwrap()), None);
    }
}

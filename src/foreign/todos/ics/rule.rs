//! RRULE (RFC 5545 3.3.10) as far as a series of Tempo has it, and series as RRULE.
//!
//! A day that a month has not is its last one here, and left out there; `BYMONTHDAY=28,29,30,31;BYSETPOS=-1` says what is meant here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::super::{repeat, stamp};
use crate::domain::recur::{Length, Recur, Rhythm, Unit};

/// The days of the week, as cron counts them.
const DAYS: [&str; 7] = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/// Times that are counted to find the end of a series.
const MOST: usize = 10_000;

/// A rule that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The series; none where there is only one time.
    pub(super) recur: Option<Recur>,
    /// What is different here.
    pub(super) remark: Option<String>,
}

/// Reads the rule of one that is due then for the first time, in its zone.
///
/// # Errors
/// Why a series of Tempo cannot come so.
pub(super) fn read(text: &str, first: DateTime, zone: &TimeZone) -> Result<Rule, String> {
    let mut parts: BTreeMap<String, &str> = BTreeMap::new();
    for part in text.trim().split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is no NAME=VALUE"))?;
        parts.insert(name.trim().to_ascii_uppercase(), value.trim());
    }
    let mut take = |name: &str| parts.remove(name);
    let frequency = take("FREQ").unwrap_or_default().to_ascii_uppercase();
    let interval = take("INTERVAL").unwrap_or("1");
    let interval: u16 =
        interval.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("INTERVAL={interval} is no number"))?;
    let (until, count) = (take("UNTIL"), take("COUNT"));
    // It matters only with several days of a week in every second week or fewer, which is not here.
    let _ = take("WKST");
    let days = Days {
        weekdays: take("BYDAY").map(str::to_ascii_uppercase),
        dates: take("BYMONTHDAY"),
        months: take("BYMONTH"),
        position: take("BYSETPOS"),
    };
    if let Some(other) = parts.keys().next() {
        return Err(format!("{other} has no place in a series here"));
    }
    let mut recur = days.series(&frequency, interval, first)?;
    if let Some(until) = until {
        let end = stamp::parse(until, zone).map_err(|e| format!("UNTIL: {e}"))?;
        let end = zone.to_datetime(end);
        recur.until = Some(if until.len() == 8 { end.date() } else { repeat::last_day(end, first.time()) });
    }
    if let Some(count) = count {
        return counted(recur, count, first, zone);
    }
    let clamps = matches!(&recur.rhythm, Rhythm::Every(Length { unit: Unit::Month | Unit::Year, .. }, Some(from)) if from.day() > 28);
    let remark = (clamps && days.position.is_none()).then(|| {
        format!("in a month without a {}. it comes on the last day, where a calendar leaves it out", first.day())
    });
    Ok(Rule { recur: Some(recur), remark })
}

/// A series that ends after so many times ends on the day of the last of them.
fn counted(mut recur: Recur, count: &str, first: DateTime, zone: &TimeZone) -> Result<Rule, String> {
    let wrong = || format!("COUNT={count} is no number from 1 to {MOST}");
    let count: usize = count.parse().ok().filter(|count| (1..=MOST).contains(count)).ok_or_else(wrong)?;
    if count == 1 {
        return Ok(Rule { recur: None, remark: Some("its RRULE says that it comes once".to_owned()) });
    }
    let first = crate::domain::zone::instant(first, zone).ok_or("its first time is none")?;
    let last = recur.preview(first, zone, count - 1).last().map(|coming| coming.civil.date());
    recur.until = Some(last.ok_or("it never comes again")?);
    Ok(Rule { recur: Some(recur), remark: None })
}

/// The days that a rule names.
struct Days<'a> {
    weekdays: Option<String>,
    dates: Option<&'a str>,
    months: Option<&'a str>,
    position: Option<&'a str>,
}

impl Days<'_> {
    fn series(&self, frequency: &str, interval: u16, first: DateTime) -> Result<Recur, String> {
        let none = || Err("it has days that no series here has".to_owned());
        let steps = |unit| Ok(repeat::every(interval, unit, first));
        let of_week = self.weekdays.as_deref().map(weekdays).transpose()?;
        let weekday = first.weekday().to_sunday_zero_offset().unsigned_abs();
        let is_day = of_week.as_ref().is_none_or(|days| *days == [Weekday { nth: None, day: weekday }]);
        let plain = of_week.as_ref().is_none_or(|days| days.iter().all(|day| day.nth.is_none()));
        let is_month = self.months.is_none_or(|months| months == first.month().to_string());
        let on = |days: String, months: &str, weekdays: &str| {
            if interval == 1 { repeat::on_days(first.time(), &format!("{days} {months} {weekdays}")) } else { none() }
        };
        let of_month = self.dates.map(month_days).transpose()?;
        let is_date = of_month.as_ref().is_none_or(|days| *days == [first.day()]) || self.is_clamped(first);
        if self.position.is_some() && !self.is_clamped(first) {
            return none();
        }
        let months = self.months.unwrap_or("*");
        match (frequency, &of_week, &of_month) {
            ("DAILY", None, None) if self.months.is_none() => steps(Unit::Day),
            ("WEEKLY", _, None) if is_day && self.months.is_none() => steps(Unit::Week),
            ("DAILY" | "WEEKLY", Some(days), None) if plain => on("*".to_owned(), months, &words(days)),
            ("DAILY", None, None) => on("*".to_owned(), months, "*"),
            ("MONTHLY", None, _) if is_date && self.months.is_none() => steps(Unit::Month),
            ("YEARLY", None, _) if is_date && is_month => steps(Unit::Year),
            ("MONTHLY", None, Some(days)) => on(dates(days)?, months, "*"),
            ("YEARLY", None, Some(days)) if self.months.is_some() => on(dates(days)?, months, "*"),
            ("YEARLY", None, None) if self.months.is_some() => on(first.day().to_string(), months, "*"),
            ("MONTHLY", Some(days), None) => on("*".to_owned(), months, &words(days)),
            ("YEARLY", Some(days), None) if self.months.is_some() => on("*".to_owned(), months, &words(days)),
            ("DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY", ..) => none(),
            (other, ..) => Err(format!("FREQ={other} is not DAILY, WEEKLY, MONTHLY or YEARLY")),
        }
    }

    /// Whether it says the day of the first time, and the last one of a month that has it not.
    fn is_clamped(&self, first: DateTime) -> bool {
        self.position == Some("-1") && first.day() > 28 && self.dates == Some(clamped(first.day()).as_str())
    }
}

/// The day, and those before that every month has.
fn clamped(day: i8) -> String {
    (28..=day).map(|day| day.to_string()).collect::<Vec<_>>().join(",")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weekday {
    /// Which of the month; -1 is the last.
    nth: Option<i8>,
    /// From 0, Sunday.
    day: u8,
}

fn weekdays(text: &str) -> Result<Vec<Weekday>, String> {
    let one = |word: &str| {
        let at = word.len().checked_sub(2).filter(|at| word.is_char_boundary(*at))?;
        let (nth, name) = word.split_at(at);
        let day = DAYS.iter().position(|day| *day == name)? as u8;
        let nth =
            if nth.is_empty() { None } else { Some(nth.parse().ok().filter(|n| (1..=5).contains(n) || *n == -1)?) };
        Some(Weekday { nth, day })
    };
    text.split(',').map(|word| one(word).ok_or_else(|| format!("BYDAY={word} has no place in a series here"))).collect()
}

/// As cron has them.
fn words(days: &[Weekday]) -> String {
    let word = |day: &Weekday| match day.nth {
        None => day.day.to_string(),
        Some(-1) => format!("{}L", day.day),
        Some(nth) => format!("{}#{nth}", day.day),
    };
    days.iter().map(word).collect::<Vec<_>>().join(",")
}

fn month_days(text: &str) -> Result<Vec<i8>, String> {
    text.split(',').map(|day| day.parse().map_err(|_| format!("BYMONTHDAY={day} is no day"))).collect()
}

fn dates(days: &[i8]) -> Result<String, String> {
    let word = |day: &i8| match day {
        -1 => Ok("L".to_owned()),
        1..=28 => Ok(day.to_string()),
        other => Err(format!("BYMONTHDAY={other}: with other days, only 1 to 28 and -1 have a place in a series here")),
    };
    Ok(days.iter().map(word).collect::<Result<Vec<_>, _>>()?.join(","))
}

/// The rule of one that is due at this wall time; `None` when there is none that says it.
pub(super) fn write(recur: &Recur, due: DateTime, zone: &TimeZone) -> Option<String> {
    let days = match &recur.rhythm {
        Rhythm::Every(Length { count, unit }, from) => {
            let frequency = match unit {
                Unit::Day => "DAILY",
                Unit::Week => "WEEKLY",
                Unit::Month => "MONTHLY",
                Unit::Year => "YEARLY",
                Unit::Hour => return None,
            };
            let interval = if *count == 1 { String::new() } else { format!(";INTERVAL={count}") };
            let from = from.unwrap_or(due);
            let days = match unit {
                Unit::Month if from.day() > 28 => format!(";BYMONTHDAY={};BYSETPOS=-1", clamped(from.day())),
                Unit::Year if from.day() == 29 && from.month() == 2 => {
                    ";BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1".to_owned()
                }
                _ => String::new(),
            };
            format!("FREQ={frequency}{interval}{days}")
        }
        Rhythm::Calendar(expr) => by_cron(&repeat::days_of(expr, due.time())?)?,
        Rhythm::AfterDone(_) => return None,
    };
    let until = recur.until.and_then(|day| {
        if is_floating(recur, due) {
            return Some(day.at(23, 59, 59, 0).strftime("%Y%m%dT%H%M%S").to_string());
        }
        repeat::end(day, zone).map(stamp::utc)
    });
    Some(days + &until.map_or_else(String::new, |until| format!(";UNTIL={until}")))
}

/// Whether it comes on days, in whatever zone it is looked at: then its end is on no clock either (3.3.10).
pub(super) fn is_floating(recur: &Recur, due: DateTime) -> bool {
    recur.zone.is_none() && due.time() == Time::midnight()
}

fn by_cron([days, months, weekdays]: &[String; 3]) -> Option<String> {
    let month = if months == "*" { String::new() } else { format!(";BYMONTH={}", list(months, 1..=12)?) };
    let every = if months == "*" { "MONTHLY" } else { "YEARLY" };
    match (days.as_str(), weekdays.as_str()) {
        ("*", "*") => Some(format!("FREQ=DAILY{month}")),
        ("*", weekdays) if weekdays.contains(['#', 'L']) => {
            let word = |word: &str| {
                let (day, nth) = match word.strip_suffix('L') {
                    Some(day) => (day, "-1"),
                    None => word.split_once('#')?,
                };
                Some(format!("{nth}{}", DAYS.get(day.parse::<usize>().ok()? % 7)?))
            };
            let words = weekdays.split(',').map(word).collect::<Option<Vec<_>>>()?;
            Some(format!("FREQ={every}{month};BYDAY={}", words.join(",")))
        }
        ("*", weekdays) => {
            let numbers = list(weekdays, 0..=7)?;
            let names = numbers.split(',').filter_map(|day| DAYS.get(day.parse::<usize>().ok()? % 7).copied());
            Some(format!("FREQ=WEEKLY{month};BYDAY={}", names.collect::<Vec<_>>().join(",")))
        }
        (days, "*") => {
            let numbers = if days == "L" { "-1".to_owned() } else { list(days, 1..=28)? };
            Some(format!("FREQ={every}{month};BYMONTHDAY={numbers}"))
        }
        _ => None,
    }
}

/// The numbers of a field of cron: `1-3,5` is `1,2,3,5`.
fn list(field: &str, range: std::ops::RangeInclusive<u8>) -> Option<String> {
    let mut all = Vec::new();
    for item in field.split(',') {
        let (first, last) = item.split_once('-').unwrap_or((item, item));
        let (first, last): (u8, u8) = (first.parse().ok()?, last.parse().ok()?);
        if !range.contains(&first) || !range.contains(&last) {
            return None;
        }
        all.extend((first..=last).map(|n| n.to_string()));
    }
    Some(all.join(","))
}

/// When the first time is, on the clock of its zone.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y%m%dT%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Tuesday.
    fn first() -> DateTime {
        jiff::civil::date(2026, 3, 31).at(9, 30, 0, 0)
    }

    #[test]
    fn a2_rules_of_calendars_are_series_and_are_written_as_the_same() {
        let zone = crate::domain::zone::zone("Europe/Berlin").unwrap();
        for (rule, recur, written) in [
            ("FREQ=DAILY", "every day from=2026-03-31T09:30", "FREQ=DAILY"),
            ("FREQ=DAILY;INTERVAL=3;WKST=SU", "every 3 days from=2026-03-31T09:30", "FREQ=DAILY;INTERVAL=3"),
            ("FREQ=WEEKLY;BYDAY=TU", "every week from=2026-03-31T09:30", "FREQ=WEEKLY"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every 2 weeks from=2026-03-31T09:30", "FREQ=WEEKLY;INTERVAL=2"),
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "30 9 * * 1,3,5", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
            ("freq=daily;byday=MO,TU,WE,TH,FR", "30 9 * * 1,2,3,4,5", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            (
                "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
                "every month from=2026-03-31T09:30",
                "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=1,15", "30 9 1,15 * *", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "30 9 L * *", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("FREQ=MONTHLY;BYDAY=2TU", "30 9 * * 2#2", "FREQ=MONTHLY;BYDAY=2TU"),
            ("FREQ=MONTHLY;BYDAY=-1FR", "30 9 * * 5L", "FREQ=MONTHLY;BYDAY=-1FR"),
            ("FREQ=YEARLY", "every year from=2026-03-31T09:30", "FREQ=YEARLY"),
            ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31", "every year from=2026-03-31T09:30", "FREQ=YEARLY"),
            ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "30 9 * 11 4#4", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
            (
                "FREQ=WEEKLY;UNTIL=20261225T000000Z",
                "every week from=2026-03-31T09:30 until=2026-12-24",
                "FREQ=WEEKLY;UNTIL=20261224T225959Z",
            ),
            (
                "FREQ=DAILY;UNTIL=20261225",
                "every day from=2026-03-31T09:30 until=2026-12-25",
                "FREQ=DAILY;UNTIL=20261225T225959Z",
            ),
            (
                "FREQ=WEEKLY;COUNT=3",
                "every week from=2026-03-31T09:30 until=2026-04-14",
                "FREQ=WEEKLY;UNTIL=20260414T215959Z",
            ),
        ] {
            let read = |text: &str| read(text, first(), &zone).map(|rule| rule.recur.unwrap());
            let found = read(rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
            assert_eq!(found.to_string(), recur, "{rule}");
            let again = write(&found, first(), &zone).unwrap();
            assert_eq!((again.as_str(), read(&again)), (written, Ok(found)), "{rule}");
        }
    }

    #[test]
    fn a2_x1_what_no_series_has_says_why() {
        for (rule, expected) in [
            ("FREQ=HOURLY", "FREQ=HOURLY is not DAILY"),
            ("FREQ=DAILY;BYHOUR=9,17", "BYHOUR has no place"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "days that no series here has"),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "days that no series here has"),
            ("FREQ=MONTHLY;BYMONTHDAY=15,31", "only 1 to 28 and -1"),
            ("FREQ=MONTHLY;BYDAY=2XX", "BYDAY=2XX"),
            ("FREQ=DAILY;COUNT=0", "COUNT=0"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
            ("nonsense", "no NAME=VALUE"),
        ] {
            let e = read(rule, first(), &TimeZone::UTC).unwrap_err();
            assert!(e.contains(expected), "{rule}: {e}");
        }
        let short = read("FREQ=MONTHLY", first(), &TimeZone::UTC).unwrap();
        assert!(short.remark.unwrap().contains("without a 31."));
        assert_eq!(read("FREQ=DAILY;COUNT=1", first(), &TimeZone::UTC).unwrap().recur, None);
        let chained = Recur::parse("1 week after done", &TimeZone::UTC, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(write(&chained, first(), &TimeZone::UTC), None);
    }
}

//! `OnCalendar=` (systemd.time(7)) as a schedule: a cron expression where one says the same, a one-off where it names an instant.

mod chain;

use std::collections::BTreeSet;

use jiff::civil::{self, Weekday};
use jiff::{SignedDuration, Timestamp};

use self::chain::{Chain, Item, ranges, weekday, weekdays};
use super::super::Here;
use crate::domain::cron::CronExpr;
use crate::domain::options::Days;
use crate::domain::when::When;
use crate::domain::zone;

/// A calendar expression as a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// When it is due.
    pub when: When,
    /// But not on these days.
    pub except: Vec<Days>,
    /// The IANA name of the zone in which it is meant.
    pub zone: String,
}

const SHORTHANDS: &[(&str, &str)] = &[
    ("minutely", "*-*-* *:*:00"),
    ("hourly", "*-*-* *:00:00"),
    ("daily", "*-*-* 00:00:00"),
    ("weekly", "Mon *-*-* 00:00:00"),
    ("monthly", "*-*-01 00:00:00"),
    ("quarterly", "*-01,04,07,10-01 00:00:00"),
    ("semiannually", "*-01,07-01 00:00:00"),
    ("semi-annually", "*-01,07-01 00:00:00"),
    ("biannually", "*-01,07-01 00:00:00"),
    ("bi-annually", "*-01,07-01 00:00:00"),
    ("yearly", "*-01-01 00:00:00"),
    ("annually", "*-01-01 00:00:00"),
];

/// Reads an expression. The error says which part of it, and why.
pub fn read(text: &str, here: &Here) -> Result<Calendar, String> {
    let (text, zone) = split_zone(text.trim(), here)?;
    if let Some(seconds) = text.strip_prefix('@') {
        let second = seconds.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let when = one_off(second.ok_or_else(|| format!("`{text}` is no instant"))?, here)?;
        return Ok(Calendar { when, except: Vec::new(), zone });
    }
    let shorthand = SHORTHANDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, long)| *long);
    let (when, except) = Parts::read(shorthand.unwrap_or(text))?.when(&zone, here)?;
    Ok(Calendar { when, except, zone })
}

/// The expression without the zone at its end, and the zone.
fn split_zone<'a>(text: &'a str, here: &Here) -> Result<(&'a str, String), String> {
    let local = || Ok((text, here.zone_name.clone()));
    let Some((rest, last)) = text.rsplit_once(char::is_whitespace) else { return local() };
    let is_zone = last.starts_with(|c: char| c.is_ascii_alphabetic()) && !last.contains(':');
    if !is_zone || (weekday(last.split(['.', ',', '-']).next().unwrap_or_default()).is_some()) {
        return local();
    }
    let half_a_year = SignedDuration::from_hours(183 * 24);
    let winter_and_summer = [here.now, here.now.saturating_add(half_a_year).unwrap_or(here.now)];
    if winter_and_summer.iter().any(|at| here.zone.to_offset_info(*at).abbreviation() == last) {
        return Ok((rest.trim_end(), here.zone_name.clone()));
    }
    let zone = zone::zone(last).map_err(|e| e.to_string())?;
    Ok((rest.trim_end(), zone.iana_name().unwrap_or(last).to_owned()))
}

fn one_off(at: Timestamp, here: &Here) -> Result<When, String> {
    When::at(at, here.now).map_err(|_| "it is past: it would never run again".to_owned())
}

/// The parts of an expression.
#[derive(Debug)]
struct Parts {
    /// Sunday is 0; empty when any will do.
    weekdays: BTreeSet<u16>,
    year: Chain,
    month: Chain,
    day: Chain,
    /// The days count from the end of the month.
    from_end: bool,
    hour: Chain,
    minute: Chain,
    second: Chain,
}

impl Parts {
    fn read(text: &str) -> Result<Self, String> {
        let one = |number| Chain::List(vec![Item { first: number, last: number, step: 1 }]);
        let mut parts = Self {
            weekdays: BTreeSet::new(),
            year: Chain::All,
            month: Chain::All,
            day: Chain::All,
            from_end: false,
            hour: one(0),
            minute: one(0),
            second: one(0),
        };
        let mut words = text.split_whitespace().peekable();
        if words.peek().is_none() {
            return Err("it is empty".to_owned());
        }
        if let Some(word) = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())) {
            parts.weekdays = weekdays(word)?;
        }
        if let Some(word) = words.next_if(|word| !word.contains(':')) {
            parts.read_date(word)?;
        }
        if let Some(word) = words.next() {
            parts.read_time(word)?;
        }
        match words.next() {
            Some(word) => Err(format!("`{word}` is not understood")),
            None => Ok(parts),
        }
    }

    fn read_date(&mut self, text: &str) -> Result<(), String> {
        let (before, day) = text
            .rsplit_once(['-', '~'])
            .ok_or_else(|| format!("`{text}` is neither a date such as *-*-01 nor a time such as 7:30"))?;
        let (year, month) = before.split_once('-').unwrap_or(("*", before));
        self.year = Chain::read(year, "year", 0, 9999)?;
        self.month = Chain::read(month, "month", 1, 12)?;
        self.day = Chain::read(day, "day", 1, 31)?;
        self.from_end = text[before.len()..].starts_with('~');
        if let (true, Chain::List(items)) = (self.from_end, &mut self.day) {
            for (item, text) in items.iter_mut().zip(day.split(',')).filter(|(_, text)| text.contains('/')) {
                if text.contains("..") {
                    return Err(format!("`~{text}` is not understood"));
                }
                // `~07/2`: the seventh day before the end, then every other one up to the end.
                let steps = item.first.div_ceil(item.step) - 1;
                *item = Item { first: item.first - steps * item.step, last: item.first, step: item.step };
            }
        }
        Ok(())
    }

    fn read_time(&mut self, text: &str) -> Result<(), String> {
        let (hour, rest) = text.split_once(':').ok_or_else(|| format!("`{text}` is no time such as 7:30"))?;
        let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
        self.hour = Chain::read(hour, "hour", 0, 23)?;
        self.minute = Chain::read(minute, "minute", 0, 59)?;
        if let Some((_, fraction)) = second.split_once('.').filter(|(_, rest)| !rest.starts_with('.')) {
            if fraction.trim_matches('0').is_empty() {
                return self.read_time(&text[..text.len() - fraction.len() - 1]);
            }
            return Err(format!("`{second}`: Tempo counts in whole seconds"));
        }
        self.second = Chain::read(second, "second", 0, 59)?;
        Ok(())
    }

    fn when(&self, zone_name: &str, here: &Here) -> Result<(When, Vec<Days>), String> {
        if self.year != Chain::All {
            return Ok((self.instant(zone_name, here)?, Vec::new()));
        }
        let times = [self.minute.cron(0, 59), self.hour.cron(0, 23)].join(" ");
        let times = if self.second.one() == Some(0) { times } else { format!("{} {times}", self.second.cron(0, 59)) };
        let month = self.month.cron(1, 12);
        let (day, weekday, except) = self.days()?;
        let expr = CronExpr::parse(&format!("{times} {day} {month} {weekday}")).map_err(|e| e.problem)?;
        Ok((When::Cron(expr), except))
    }

    /// An expression with a year, if it names a single instant.
    fn instant(&self, zone_name: &str, here: &Here) -> Result<When, String> {
        let refused = || "a year can only be said for a single instant, such as 2030-12-24 18:00".to_owned();
        let chains = [&self.year, &self.month, &self.day, &self.hour, &self.minute, &self.second];
        let numbers: Option<Vec<u16>> = chains.into_iter().map(Chain::one).collect();
        let Some([year, month, day, hour, minute, second]) = numbers.as_deref().filter(|_| !self.from_end) else {
            return Err(refused());
        };
        let year = match *year {
            year @ 0..70 => year + 2000,
            year @ 70..100 => year + 1900,
            year => year,
        };
        let small = |number: u16| i8::try_from(number).unwrap_or(i8::MAX);
        let date = civil::Date::new(year.cast_signed(), small(*month), small(*day));
        let date = date.map_err(|_| "there is no such day".to_owned())?;
        let weekday = u16::from(date.weekday().to_sunday_zero_offset().cast_unsigned());
        if !self.weekdays.is_empty() && !self.weekdays.contains(&weekday) {
            return Err("that day is no such weekday: it never comes".to_owned());
        }
        let wall = date.at(small(*hour), small(*minute), small(*second), 0);
        let zone = zone::zone(zone_name).map_err(|e| e.to_string())?;
        one_off(zone::instant(wall, &zone).ok_or_else(refused)?, here)
    }

    /// The fields for day of month and day of week, and the days of the week that are excluded: for systemd both must match, cron
    /// takes either when both are restricted.
    fn days(&self) -> Result<(String, String, Vec<Days>), String> {
        let all = self.weekdays.is_empty() || self.weekdays.len() == 7;
        let marked = |mark: &str| {
            let list: Vec<String> = self.weekdays.iter().map(|day| format!("{day}{mark}")).collect();
            Ok(("*".to_owned(), list.join(","), Vec::new()))
        };
        let mut numbers = self.day.numbers();
        let mut day = self.day.cron(1, 31);
        if self.from_end && !all && numbers.iter().copied().eq(1..=7) {
            return marked("L");
        }
        if let (true, Some(length)) = (self.from_end, self.length()) {
            numbers = numbers
                .into_iter()
                .filter_map(|number| (length + 1).checked_sub(number))
                .filter(|day| *day > 0)
                .collect();
            day = ranges(&numbers);
        } else if self.from_end && numbers.iter().copied().eq([1]) {
            "L".clone_into(&mut day);
        } else if self.from_end {
            return Err("days that count from the end of the month can be said for the last day (~01), for the last of a weekday \
                        (Mon *-*~07/1), and where all months are equally long, and not for this"
                .to_owned());
        }
        if all {
            return Ok((day, "*".to_owned(), Vec::new()));
        }
        if day.starts_with('*') {
            return Ok((day, ranges(&self.weekdays), Vec::new()));
        }
        let week = numbers.first().map_or(0, |first| first / 7 + 1);
        if !day.starts_with('L') && numbers.iter().copied().eq((7 * week).saturating_sub(6)..=(7 * week).min(31)) {
            return marked(&format!("#{week}"));
        }
        let others = Weekday::Monday.cycle_forward().take(7);
        let others =
            others.filter(|day| !self.weekdays.contains(&u16::from(day.to_sunday_zero_offset().cast_unsigned())));
        Ok((day, "*".to_owned(), others.map(Days::Weekly).collect()))
    }

    /// How many days each of its months has, if they are alike in every year.
    fn length(&self) -> Option<u16> {
        let lengths: BTreeSet<u16> = self
            .month
            .numbers()
            .into_iter()
            .map(|month| match month {
                2 => 0,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            })
            .collect();
        lengths.first().copied().filter(|length| *length > 0 && lengths.len() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::here;
    use super::*;
    use crate::domain::options::Options;
    use crate::domain::rule::Rule;
    use crate::domain::timetable::Timetable;

    fn said(text: &str) -> Result<String, String> {
        let Calendar { when, except, zone } = read(text, &here())?;
        let rule = Rule { when, options: Options { except, ..Options::default() } };
        Ok(if zone == "Europe/Berlin" { rule.to_string() } else { format!("{rule} {zone}") })
    }

    #[test]
    fn a_calendar_expression_becomes_the_cron_expression_that_means_the_same() {
        for (text, expected) in [
            ("minutely", "* * * * *"),
            ("hourly", "0 * * * *"),
            ("Daily", "0 0 * * *"),
            ("weekly", "0 0 * * 1"),
            ("monthly", "0 0 1 * *"),
            ("quarterly", "0 0 1 1,4,7,10 *"),
            ("semiannually", "0 0 1 1,7 *"),
            ("yearly", "0 0 1 1 *"),
            ("Mon..Fri *-*-* 07:30:00", "30 7 * * 1-5"),
            ("Mon-Fri 7:30", "30 7 * * 1-5"),
            ("Sat,Sun 10:00", "0 10 * * 0,6"),
            ("Sat..Sun", "0 0 * * 0,6"),
            ("mon..sun 6:00", "0 6 * * *"),
            ("Wednesday, 17:48", "48 17 * * 3"),
            ("*-*-* 6,18:00", "0 6,18 * * *"),
            ("*:0/15", "*/15 * * * *"),
            ("*:5/15", "5-59/15 * * * *"),
            ("*:1..30/5", "1-30/5 * * * *"),
            ("*-*-* 0/2:30", "30 */2 * * *"),
            ("*-*-* *:*:0/10", "*/10 * * * * *"),
            ("*:*:*", "* * * * * *"),
            ("4:05:06.000", "6 5 4 * * *"),
            ("*-*-1/2,4 0:0", "0 0 */2,4 * *"),
            ("12-24", "0 0 24 12 *"),
            ("*-1,4-1 8:00", "0 8 1 1,4 *"),
            ("*-04~03", "0 0 28 4 *"),
            ("*-*~1 18:00", "0 18 L * *"),
            ("Mon *-05~07/1", "0 0 * 5 1L"),
            ("Mon,Fri *-*-08..14", "0 0 * * 1#2,5#2"),
            ("Fri *-*-13", "0 0 13 * * except=mon,tue,wed,thu,sat,sun"),
            ("Mon..Fri *-*~1", "0 0 L * * except=sat,sun"),
            ("*-01,03~07/2", "0 0 25,27,29,31 1,3 *"),
            ("daily UTC", "0 0 * * * UTC"),
            ("10:00 america/new_york", "0 10 * * * America/New_York"),
            ("10:00 CEST", "0 10 * * *"),
            ("10:00 CET", "0 10 * * *"),
            ("2026-12-24 18:00", "at 2026-12-24T17:00:00Z"),
            ("Thu 26-12-24 18:00:05 UTC", "at 2026-12-24T18:00:05Z UTC"),
            ("@1900000000", "at 2030-03-17T17:46:40Z"),
        ] {
            assert_eq!(said(text), Ok(expected.to_owned()), "{text}");
        }
    }

    /// Columns: expression, the days to come. As `systemd-analyze calendar --iterations=4` of systemd 252 says on 21 November 2026.
    const BOTH: &str = "
        Mon *-*-01..07       | 2026-12-07 2027-01-04 2027-02-01 2027-03-01
        Mon,Tue *-*-01..03   | 2026-12-01 2027-02-01 2027-02-02 2027-03-01
        Sun *-*-10..20       | 2026-12-13 2026-12-20 2027-01-10 2027-01-17
        Sat,Sun *-*-24       | 2027-01-24 2027-04-24 2027-07-24 2027-10-24
        Mon *-*-01/2         | 2026-11-23 2026-12-07 2026-12-21 2027-01-11
        Mon *-*~07/1         | 2026-11-30 2026-12-28 2027-01-25 2027-02-22
        Thu *-*-29..31       | 2026-12-31 2027-04-29 2027-07-29 2027-09-30
        Fri *-*-13           | 2027-08-13 2028-10-13 2029-04-13 2029-07-13
        Mon..Fri *-*~1       | 2026-11-30 2026-12-31 2027-03-31 2027-04-30
        Sun *-*-24..27       | 2026-12-27 2027-01-24 2027-04-25 2027-06-27
    ";

    #[test]
    fn a_weekday_and_a_day_of_the_month_must_both_match() {
        for row in BOTH.lines().filter(|row| !row.trim().is_empty()) {
            let (text, expected) = row.split_once('|').unwrap();
            let here = here();
            let Ok(Calendar { when, except, .. }) = read(text, &here) else { panic!("{text}") };
            let rule = Rule { when, options: Options { except, ..Options::default() } };
            let timetable = Timetable { rule: &rule, zone: &here.zone, anchor: here.now, calendar: None };
            let next = |at| timetable.next_after(at).map(|due| due.at);
            let days = std::iter::successors(next(here.now), |at| next(*at)).take(4);
            let days: Vec<String> = days.map(|at| here.zone.to_datetime(at).date().to_string()).collect();
            assert_eq!(days.join(" "), expected.trim(), "{text}: {rule}");
        }
    }

    #[test]
    fn x1_what_cannot_be_said_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "empty"),
            ("dayly", "`dayly` is no weekday, and no shorthand"),
            ("Fri..Mon", "runs backwards"),
            ("2027", "neither a date"),
            ("*-*-* 25:00", "`25` is no hour of 0 to 23"),
            ("*:*/15", "`*` is no minute"),
            ("*-13-01", "`13` is no month"),
            ("*-*-31..01", "runs backwards"),
            ("*:00:00.5", "whole seconds"),
            ("2027..2030-01-01", "a year can only"),
            ("2020-01-01", "past"),
            ("@1395716396", "past"),
            ("2027-02-29", "no such day"),
            ("Mon 2026-12-24", "never comes"),
            ("*-02-30", "never comes"),
            ("*-*~03", "count from the end"),
            ("*-02~01..02", "count from the end"),
            ("daily Mars/Base", "`Mars/Base` is not a time zone"),
            ("10:00 11:00", "`11:00` is not understood"),
            ("*:0/0", "no step"),
        ] {
            let error = said(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn x1_no_text_makes_it_panic(text in ".*|[-~0-9*/,.: @A-Za-z]{0,30}") {
            let _ = read(&text, &here());
        }
    }
}

//! Calendar files: the days on which a schedule does not run (T10).
//!
//! A file that begins with `BEGIN:VCALENDAR` is read as iCalendar. Another one is a list: a day or range a line
//! (`2026-12-24`, `2026-12-24..2026-12-26`, `sat`), a name after it, `#` before a remark.

mod icalendar;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::options::Days;

/// A range of days that is longer than this is a mistake.
const LONGEST_DAYS: i32 = 3700;

/// Days with their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    days: BTreeMap<Date, String>,
    weekly: Vec<Days>,
    yearly: Vec<(Date, String)>,
}

/// What is wrong in a calendar file, and on which line (X1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CalendarError {
    /// Counted from 1.
    pub line: usize,
    /// In words.
    pub what: String,
}

impl Calendar {
    /// Reads a file of either form.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default().trim();
        if first.eq_ignore_ascii_case("BEGIN:VCALENDAR") { icalendar::parse(text) } else { Self::list(text) }
    }

    /// The name of the day when it is in the calendar; empty when it has none.
    pub fn name(&self, day: Date) -> Option<&str> {
        if let Some(name) = self.days.get(&day) {
            return Some(name);
        }
        if self.weekly.iter().any(|days| days.contains(day)) {
            return Some("");
        }
        let of_year = |first: &Date| first.month() == day.month() && first.day() == day.day() && *first <= day;
        self.yearly.iter().find(|(first, _)| of_year(first)).map(|(_, name)| name.as_str())
    }

    fn add(&mut self, first: Date, last: Date, name: &str) -> Result<(), String> {
        if last < first || (last - first).get_days() > LONGEST_DAYS {
            return Err(format!("{first} to {last} is not a range of days"));
        }
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last);
        self.days.extend(days.map(|day| (day, name.to_owned())));
        Ok(())
    }

    fn list(text: &str) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let (days, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            if days.is_empty() {
                continue;
            }
            let added = Days::parse(days).and_then(|days| match days {
                Days::Range(first, last) => calendar.add(first, last, name.trim()),
                Days::Weekly(_) => {
                    calendar.weekly.push(days);
                    Ok(())
                }
            });
            added.map_err(|what| CalendarError { line: at + 1, what })?;
        }
        Ok(calendar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(calendar: &Calendar, day: &str) -> Option<String> {
        calendar.name(day.parse().unwrap()).map(str::to_owned)
    }

    #[test]
    fn t10_a_list_of_dates_is_a_calendar() {
        let text = "# public holidays\n2026-12-24..2026-12-26 Christmas\n\n2027-01-01\tNew Year # a Friday\nsun\n";
        let calendar = Calendar::parse(text).unwrap();
        for (day, expected) in [
            ("2026-12-23", None),
            ("2026-12-24", Some("Christmas")),
            ("2026-12-26", Some("Christmas")),
            ("2027-01-01", Some("New Year")),
            ("2027-01-03", Some("")),
            ("2027-01-04", None),
        ] {
            assert_eq!(name(&calendar, day).as_deref(), expected, "{day}");
        }
        assert_eq!(Calendar::parse("2026-12-24\n2026-02-30\n").unwrap_err().line, 2);
        assert_eq!(Calendar::parse("").unwrap(), Calendar::default());
    }
}

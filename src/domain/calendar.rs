//! Calendar files: the days on which a schedule does not run (T10).
//!
//! A file that begins with `BEGIN:VCALENDAR` is read as iCalendar (RFC 5545): of each `VEVENT` the lines `DTSTART` and `DTEND`
//! (exclusive) with a date alone, `SUMMARY`, and `RRULE:FREQ=YEARLY` with nothing but `INTERVAL=1` beside it. Events with a time
//! of day are no days off and are passed over; any other `RRULE` is refused, because its days would be wrong. Everything else in
//! it is passed over. Another file is a list: a day or range a line (`2026-12-24`, `2026-12-24..2026-12-26`, `sat`), a name after
//! it, `#` before a remark.

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
        if first.eq_ignore_ascii_case("BEGIN:VCALENDAR") { Self::icalendar(text) } else { Self::list(text) }
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

    fn icalendar(text: &str) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        let mut event: Option<Event> = None;
        for (line, text) in unfolded(text) {
            let wrong = |what: String| CalendarError { line, what };
            let (property, value) = text.split_once(':').unwrap_or((&text, ""));
            let name = property.split(';').next().unwrap_or_default().to_ascii_uppercase();
            match (name.as_str(), &mut event) {
                ("BEGIN", None) if value.eq_ignore_ascii_case("VEVENT") => event = Some(Event::default()),
                ("END", Some(ended)) if value.eq_ignore_ascii_case("VEVENT") => {
                    let ended = std::mem::take(ended);
                    event = None;
                    ended.put_into(&mut calendar).map_err(wrong)?;
                }
                ("DTSTART", Some(event)) => event.first = day(value).map_err(wrong)?,
                ("DTEND", Some(event)) => event.end = day(value).map_err(wrong)?,
                ("SUMMARY", Some(event)) => value.trim().clone_into(&mut event.name),
                ("RRULE", Some(event)) => event.repeats = Some((line, value.trim().to_ascii_uppercase())),
                _ => {}
            }
        }
        Ok(calendar)
    }
}

/// An event of an iCalendar file, as far as it is understood.
#[derive(Default)]
struct Event {
    first: Option<Date>,
    end: Option<Date>,
    name: String,
    repeats: Option<(usize, String)>,
}

impl Event {
    fn put_into(self, calendar: &mut Calendar) -> Result<(), String> {
        let Some(first) = self.first else { return Ok(()) };
        // The end is exclusive; some programs write that of a single day as its start.
        let last = self.end.and_then(|end| end.yesterday().ok()).map_or(first, |last| last.max(first));
        match self.repeats {
            None => calendar.add(first, last, &self.name),
            Some((_, rule)) if yearly(&rule) => {
                let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
                calendar
                    .yearly
                    .extend(days.take_while(|day| *day <= last).take(366).map(|day| (day, self.name.clone())));
                Ok(())
            }
            Some((line, rule)) => Err(format!(
                "RRULE:{rule} on line {line} is not understood, only FREQ=YEARLY; write its days one by one"
            )),
        }
    }
}

fn yearly(rule: &str) -> bool {
    let parts: Vec<&str> = rule.split(';').collect();
    parts.contains(&"FREQ=YEARLY") && parts.iter().all(|part| matches!(*part, "FREQ=YEARLY" | "INTERVAL=1" | ""))
}

/// The date of a value that has no time of day.
fn day(value: &str) -> Result<Option<Date>, String> {
    let value = value.trim();
    match value.len() {
        8 => Date::strptime("%Y%m%d", value).map(Some).map_err(|_| format!("`{value}` is not a date such as 20261224")),
        _ if value.contains('T') => Ok(None),
        _ => Err(format!("`{value}` is not a date such as 20261224")),
    }
}

/// The lines with their numbers; one that begins with a blank goes on the one before (RFC 5545, 3.1).
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => lines.push((at + 1, line.to_owned())),
        }
    }
    lines
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

    #[test]
    fn t10_an_icalendar_file_gives_its_all_day_events() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
            BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christ\r\n mas\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nSUMMARY:Labour Day\r\nRRULE:FREQ=YEARLY\r\nDTSTART;VALUE=DATE:20200501\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20261210T100000\r\nDTEND:20261210T110000Z\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:a meeting\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20261231\r\nDTEND:20261231\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let calendar = Calendar::parse(text).unwrap();
        for (day, expected) in [
            ("2026-12-24", Some("Christmas")),
            ("2026-12-26", Some("Christmas")),
            ("2026-12-27", None),
            ("2019-05-01", None),
            ("2031-05-01", Some("Labour Day")),
            ("2026-12-10", None),
            ("2026-12-31", Some("")),
        ] {
            assert_eq!(name(&calendar, day).as_deref(), expected, "{day}");
        }
    }

    #[test]
    fn x1_what_is_not_understood_in_an_icalendar_file_is_refused_with_its_line() {
        for (line, expected) in [
            ("RRULE:FREQ=YEARLY;BYDAY=4TH", "RRULE:FREQ=YEARLY;BYDAY=4TH on line 4"),
            ("DTEND:tomorrow", "line 4: `tomorrow` is not a date"),
            ("DTEND:20261332", "line 4: `20261332` is not a date"),
        ] {
            let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n{line}\nEND:VEVENT\nEND:VCALENDAR\n");
            let error = Calendar::parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}

//! Days off in an iCalendar file (RFC 5545).
//!
//! Of each `VEVENT` the lines `DTSTART` and `DTEND` (exclusive) with a date alone, `DURATION` in whole days or weeks, `SUMMARY`, and
//! `RRULE:FREQ=YEARLY` with nothing but `INTERVAL=1` beside it. Events with a time of day are no days off and are passed over, as
//! are cancelled ones; any other rule of repetition is refused, because its days would be wrong. Everything else is passed over.

use jiff::Span;
use jiff::civil::Date;

use super::{Calendar, CalendarError, LONGEST_DAYS};

/// Reads a file.
pub(super) fn parse(text: &str) -> Result<Calendar, CalendarError> {
    let mut calendar = Calendar::default();
    let mut event: Option<Event> = None;
    // A part of an event, such as an alarm, has properties of its own.
    let mut part: Option<String> = None;
    for (line, text) in unfolded(text) {
        let wrong = |what: String| CalendarError { line, what };
        let (property, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.trim();
        let name = property.split(';').next().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), &mut event) {
            ("END", Some(_)) if part.as_deref().is_some_and(|part| value.eq_ignore_ascii_case(part)) => part = None,
            (_, Some(_)) if part.is_some() => {}
            ("BEGIN", None) if value.eq_ignore_ascii_case("VEVENT") => event = Some(Event { line, ..Event::default() }),
            ("BEGIN", Some(_)) => part = Some(value.to_owned()),
            ("END", Some(ended)) if value.eq_ignore_ascii_case("VEVENT") => {
                let ended = std::mem::take(ended);
                event = None;
                ended.put_into(&mut calendar).map_err(wrong)?;
            }
            ("DTSTART", Some(event)) => event.first = day(value).map_err(wrong)?,
            ("DTEND", Some(event)) => event.end = day(value).map_err(wrong)?,
            ("DURATION", Some(event)) => event.duration = Some((line, value.to_ascii_uppercase())),
            ("SUMMARY", Some(event)) => event.name = unescaped(value),
            ("STATUS", Some(event)) => event.is_cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            ("RRULE" | "RDATE" | "EXDATE" | "EXRULE", Some(event)) => {
                event.repeats.push((line, format!("{name}:{}", value.to_ascii_uppercase())));
            }
            _ => {}
        }
    }
    match event {
        Some(Event { line, .. }) => {
            Err(CalendarError { line, what: "the event has no end: the file is cut off".into() })
        }
        None => Ok(calendar),
    }
}

/// An event as far as it is understood.
#[derive(Default)]
struct Event {
    /// The line on which it begins.
    line: usize,
    first: Option<Date>,
    end: Option<Date>,
    /// With its line, like the rules of repetition.
    duration: Option<(usize, String)>,
    name: String,
    is_cancelled: bool,
    repeats: Vec<(usize, String)>,
}

impl Event {
    fn put_into(self, calendar: &mut Calendar) -> Result<(), String> {
        let Some(first) = self.first.filter(|_| !self.is_cancelled) else { return Ok(()) };
        if let Some((line, rule)) = self.repeats.iter().find(|(_, rule)| !is_yearly(rule)) {
            return Err(format!(
                "{rule} on line {line} is not understood, only RRULE:FREQ=YEARLY; write its days one by one"
            ));
        }
        let end = match &self.duration {
            Some((line, duration)) => {
                let days = days(duration).ok_or_else(|| format!("DURATION:{duration} on line {line} is not days"))?;
                first.checked_add(Span::new().days(days)).ok()
            }
            None => self.end,
        };
        // The end is exclusive; some programs write that of a single day as its start.
        let last = end.and_then(|end| end.yesterday().ok()).map_or(first, |last| last.max(first));
        if self.repeats.is_empty() {
            return calendar.add(first, last, &self.name);
        }
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last);
        calendar.yearly.extend(days.take(366).map(|day| (day, self.name.clone())));
        Ok(())
    }
}

fn is_yearly(rule: &str) -> bool {
    let Some(rule) = rule.strip_prefix("RRULE:") else { return false };
    let parts: Vec<&str> = rule.split(';').collect();
    parts.contains(&"FREQ=YEARLY") && parts.iter().all(|part| matches!(*part, "FREQ=YEARLY" | "INTERVAL=1" | ""))
}

/// The number of days in `P3D` or `P2W`.
fn days(duration: &str) -> Option<i32> {
    let number = duration.trim_start_matches('+').strip_prefix('P')?;
    let (number, per_unit) = match (number.strip_suffix('D'), number.strip_suffix('W')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 7),
        (None, None) => return None,
    };
    number.parse().ok().filter(|n| (0..=LONGEST_DAYS).contains(n)).map(|n: i32| n * per_unit)
}

/// A text without its escapes (RFC 5545, 3.3.11), on one line.
fn unescaped(value: &str) -> String {
    value.replace("\\n", " ").replace("\\N", " ").replace('\\', "")
}

/// The date of a value; `None` when it has a time of day.
fn day(value: &str) -> Result<Option<Date>, String> {
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

    #[test]
    fn t10_an_icalendar_file_gives_its_all_day_events() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
            BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nSUMMARY:Christ\r\n mas\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nSUMMARY:Labour Day\r\nRRULE:FREQ=YEARLY\r\nDTSTART;VALUE=DATE:20200501\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20261210T100000\r\nDTEND:20261210T110000Z\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:a meeting\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20261120\r\nDURATION:P2D\r\nSUMMARY:Fair\\, big\r\n\
            BEGIN:VALARM\r\nDURATION:PT5M\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20261130\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n\
            BEGIN:VEVENT\r\nDTSTART:20261231\r\nDTEND:20261231\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let calendar = parse(text).unwrap();
        for (day, expected) in [
            ("2026-12-24", Some("Christmas")),
            ("2026-12-26", Some("Christmas")),
            ("2026-12-27", None),
            ("2019-05-01", None),
            ("2031-05-01", Some("Labour Day")),
            ("2026-12-10", None),
            ("2026-11-20", Some("Fair, big")),
            ("2026-11-21", Some("Fair, big")),
            ("2026-11-22", None),
            ("2026-11-30", None),
            ("2026-12-31", Some("")),
        ] {
            assert_eq!(calendar.name(day.parse().unwrap()), expected, "{day}");
        }
    }

    #[test]
    fn x1_what_is_not_understood_in_an_icalendar_file_is_refused_with_its_line() {
        let cut = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n";
        assert_eq!(parse(cut).unwrap_err().to_string(), "line 2: the event has no end: the file is cut off");
        for (line, expected) in [
            ("RRULE:FREQ=YEARLY;BYDAY=4TH", "RRULE:FREQ=YEARLY;BYDAY=4TH on line 4"),
            ("RDATE;VALUE=DATE:20261231", "RDATE:20261231 on line 4 is not understood"),
            ("RRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271224", "EXDATE:20271224 on line 5 is not understood"),
            ("DURATION:PT8H", "DURATION:PT8H on line 4 is not days"),
            ("DTEND:tomorrow", "line 4: `tomorrow` is not a date"),
            ("DTEND:20261332", "line 4: `20261332` is not a date"),
        ] {
            let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\n{line}\nEND:VEVENT\nEND:VCALENDAR\n");
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}

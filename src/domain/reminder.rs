//! When a person wants to be reminded of a task (A4).

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::after::listed;
use super::near::day_and_clock;
use super::planner::LATE;
use super::quantity::{format_duration, parse_duration, parse_time};

/// One reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reminder {
    /// So long before it is due.
    Before(Duration),
    /// At an instant of its own.
    At(Timestamp),
}

impl Reminder {
    /// When it fires for a task that is due then; never when it counts from a due time that there is not.
    pub fn at(self, due: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Before(before) => due?.checked_sub(before).ok(),
            Self::At(at) => Some(at),
        }
    }

    /// As a person reads it.
    pub fn text_in(self, zone: &TimeZone) -> String {
        match self {
            Self::Before(before) => format_duration(before),
            Self::At(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

/// The canonical text, which [`parse`] reads back anywhere: an instant by itself.
impl fmt::Display for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(before) => f.write_str(&format_duration(*before)),
            Self::At(at) => at.fmt(f),
        }
    }
}

/// Reads reminders, separated by commas: `1d, 2h` before it is due, `0s` when it is, or `2026-12-24 9:00`. Sorted, without duplicates.
pub fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Vec<Reminder>, String> {
    let mut all = Vec::new();
    for one in text.split([',', ';']).map(str::trim).filter(|one| !one.is_empty()) {
        all.push(match parse_duration(one) {
            Ok(before) => Reminder::Before(before),
            Err(_) => Reminder::At(parse_time(one, zone, now).map_err(|_| {
                format!("`{one}` is not so long before it is due, as 1d or 2h, nor a time, as 2026-12-24 9:00")
            })?),
        });
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// What is said when reminders of a task come that were to come at these instants, the earliest first: late when that is a while ago.
pub fn told(slug: &str, due: Option<Timestamp>, at: &[Timestamp], now: Timestamp, zone: &TimeZone) -> String {
    let when = |at: Timestamp| day_and_clock(at, now, zone);
    let due = match due {
        None => String::new(),
        Some(due) if now.duration_since(due) > LATE => format!(": overdue since {}", when(due)),
        Some(due) => format!(": due {}", when(due)),
    };
    let late: Vec<Timestamp> = at.iter().copied().filter(|at| now.duration_since(*at) > LATE).collect();
    let late = match late.as_slice() {
        [] => String::new(),
        [at] => format!(" (late: it was to come {})", when(*at)),
        [first, ..] => format!(" (late: {} were to come, the first {})", late.len(), when(*first)),
    };
    format!("reminder of {slug}{due}{late}")
}

/// Says that reminders of a task do not come, because their time has passed when they are made, and what of them comes; nothing when
/// all come. What a task had `before`, with when it was due then, was said before.
pub fn passed(
    (reminders, due): (&[Reminder], Option<Timestamp>),
    before: (&[Reminder], Option<Timestamp>),
    now: Timestamp,
    zone: &TimeZone,
) -> Option<String> {
    let said: Vec<(Reminder, Option<Timestamp>)> = before.0.iter().map(|one| (*one, one.at(before.1))).collect();
    let (mut late, mut next): (Vec<String>, Option<Timestamp>) = (Vec::new(), None);
    for one in reminders {
        match one.at(due) {
            Some(at) if at > now => next = Some(next.map_or(at, |next| next.min(at))),
            Some(at) if !said.contains(&(*one, Some(at))) => {
                let when = day_and_clock(at, now, zone);
                late.push(match one {
                    Reminder::Before(before) if before.is_zero() => format!("that when it is due ({when})"),
                    Reminder::Before(before) => format!("that {} before ({when})", format_duration(*before)),
                    Reminder::At(_) => format!("that of {when}"),
                });
            }
            _ => {}
        }
    }
    if late.is_empty() {
        return None;
    }
    let (what, comes) = if late.len() == 1 { ("a reminder", "does not come") } else { ("reminders", "do not come") };
    let others = next.map_or_else(
        || "; no other one is to come".to_owned(),
        |next| format!("; the next one comes {}", day_and_clock(next, now, zone)),
    );
    Some(format!("{what} would have come already and {comes}: {}{others}", listed(&late)))
}

/// The canonical text of several.
pub fn format(reminders: &[Reminder]) -> String {
    reminders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_a_reminder_that_is_past_when_it_is_made_is_said_once_with_what_comes() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let read = |text: &str| parse(text, &TimeZone::UTC, now).unwrap();
        let due = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let tomorrow = due("2026-11-23T18:00:00Z");
        let said = |text: &str, at| passed((&read(text), at), (&[], None), now, &TimeZone::UTC);
        assert_eq!(said("1d, 2h", tomorrow), None);
        assert_eq!(
            said("2d", tomorrow).unwrap(),
            "a reminder would have come already and does not come: that 2d before (yesterday 18:00); no other one is to come"
        );
        assert_eq!(
            said("3d, 2d, 2h, 2026-11-22 9:00", tomorrow).unwrap(),
            "reminders would have come already and do not come: that 2d before (yesterday 18:00), that 3d before (Fri 20 Nov 18:00) \
             and that of today 09:00; the next one comes tomorrow 16:00"
        );
        // What was there is not said again; another due time says it anew.
        let had = read("2d");
        let again = |at| passed((&read("2d, 2h"), at), (&had, tomorrow), now, &TimeZone::UTC);
        assert_eq!(again(tomorrow), None);
        assert!(again(due("2026-11-24T11:00:00Z")).unwrap().contains("(today 11:00)"));
        assert_eq!(said("2d", None), None, "it has no time yet");
    }

    #[test]
    fn a4_reminders_are_read_as_people_write_them_and_read_back() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let read = |text: &str| parse(text, &TimeZone::UTC, now);
        let all = read("2026-12-24 9:00; 2h, 1d,2h, 0s").unwrap();
        assert_eq!(format(&all), "0s, 2h, 1d, 2026-12-24T09:00:00Z");
        assert_eq!(read(&format(&all)).unwrap(), all);
        let due = Some("2026-12-24T18:00:00Z".parse().unwrap());
        let at: Vec<String> = all.iter().filter_map(|one| one.at(due)).map(|at| at.to_string()).collect();
        assert_eq!(
            at,
            ["2026-12-24T18:00:00Z", "2026-12-24T16:00:00Z", "2026-12-23T18:00:00Z", "2026-12-24T09:00:00Z"]
        );
        assert_eq!(all.iter().filter_map(|one| one.at(None)).count(), 1, "without a due time only its own instant");
        assert!(read("soon").unwrap_err().contains("`soon` is not so long before it is due"));
    }
}

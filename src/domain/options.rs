//! What a person says about a schedule beyond its rule: missed slots, jitter, start and end, excluded days.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::quantity::{format_duration, parse_duration};
use super::run::words;
use super::zone;

/// Every key, in the order in which they are shown, with the form of its values.
pub const OPTIONS: &[(&str, &str)] = &[
    ("missed", "what was due while Tempo did not run: skip, latest or all"),
    ("jitter", "starts up to this much later, always the same on this machine: 5m"),
    ("start", "nothing before: 2026-12-24 or 2026-12-24T18:00"),
    ("end", "nothing after; a day counts wholly: 2026-12-24 or 2026-12-24T18:00"),
    ("except", "not on these days: 2026-12-24..2026-12-26,2027-01-01,sat,sun"),
    ("calendar", "not on the days of this file: .ics, or a date a line"),
    ("excluded", "what happens on such a day: skip, or shift to the next working day (Monday to Friday, not excluded)"),
];

words! {
    /// What becomes of the slots that were missed (T6).
    Missed {
        /// Nothing.
        Skip = "skip",
        /// The newest of them runs.
        Latest = "latest",
        /// All of them run, the oldest first, at most 100.
        All = "all",
    }
}

words! {
    /// What becomes of a slot on an excluded day (T10).
    Excluded {
        /// It does not run.
        Skip = "skip",
        /// It runs on the next working day, at the same time of day: from Monday to Friday the first that is not excluded.
        Shift = "shift",
    }
}

/// The first or last instant of a schedule, on the clock of its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// A whole day.
    Day(Date),
    /// A wall time.
    Time(DateTime),
}

impl Edge {
    fn parse(text: &str) -> Result<Self, String> {
        let day = text.parse().map(Self::Day).ok().filter(|_| text.len() == 10);
        day.or_else(|| text.parse().map(Self::Time).ok())
            .ok_or_else(|| format!("`{text}` is not a day or time; write it as in 2026-12-24 or 2026-12-24T18:00"))
    }

    /// The first instant of it. `None` at the ends of the calendar.
    pub fn first(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => zone::instant(day.to_datetime(jiff::civil::Time::midnight()), zone),
            Self::Time(time) => zone::instant(time, zone),
        }
    }

    /// The last instant of it.
    pub fn last(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => {
                let next = Self::Day(day.tomorrow().ok()?).first(zone)?;
                next.checked_sub(SignedDuration::from_micros(1)).ok()
            }
            Self::Time(_) => self.first(zone),
        }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

/// Days that a person named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// From the first to the last, both included.
    Range(Date, Date),
    /// One day of each week.
    Weekly(Weekday),
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Days {
    /// Reads `2026-12-24`, `2026-12-24..2026-12-26` or `sat`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a day; write it as in 2026-12-24, 2026-12-24..2026-12-26 or sat");
        if let Some((_, day)) = WEEKDAYS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
            return Ok(Self::Weekly(*day));
        }
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let date = |text: &str| text.trim().parse::<Date>().map_err(|_| wrong());
        match (date(first)?, date(last)?) {
            (first, last) if last < first => Err(format!("`{text}` ends before it begins")),
            (first, last) => Ok(Self::Range(first, last)),
        }
    }

    /// The same, and `sat-sun`, `weekend` and `weekdays`, which are several.
    fn parse_several(text: &str) -> Result<Vec<Self>, String> {
        let place = |name: &str| WEEKDAYS.iter().position(|(known, _)| name.trim().eq_ignore_ascii_case(known));
        let lower = text.to_lowercase();
        let range = match lower.as_str() {
            "weekend" | "weekends" => "sat-sun",
            "weekday" | "weekdays" => "mon-fri",
            other => other,
        };
        let Some((first, last)) = range.split_once('-').and_then(|(first, last)| place(first).zip(place(last))) else {
            return Ok(vec![Self::parse(text)?]);
        };
        let number = (last + WEEKDAYS.len() - first) % WEEKDAYS.len() + 1;
        Ok(WEEKDAYS.iter().cycle().skip(first).take(number).map(|(_, day)| Self::Weekly(*day)).collect())
    }

    /// Whether this day is one of them.
    pub fn contains(&self, day: Date) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&day),
            Self::Weekly(weekday) => day.weekday() == *weekday,
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(first, last) if first == last => first.fmt(f),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
            Self::Weekly(weekday) => {
                let name = WEEKDAYS.iter().find(|(_, day)| day == weekday).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

/// What is said about a schedule beyond its rule; by default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// What becomes of missed slots (T6); by the period and their age when nothing is said.
    pub missed: Option<Missed>,
    /// The width of the jitter (T9), a second or more.
    pub jitter: Option<Duration>,
    /// Nothing is due before; intervals begin there.
    pub start: Option<Edge>,
    /// Nothing is due after.
    pub end: Option<Edge>,
    /// Days on which nothing runs (T10).
    pub except: Vec<Days>,
    /// An absolute path of a file with more of them.
    pub calendar: Option<PathBuf>,
    /// What becomes of slots on such days.
    pub excluded: Option<Excluded>,
}

impl Options {
    /// Sets one from text; an empty text takes it away. A relative path counts from `folder`. The error names the key.
    pub fn set(&mut self, key: &str, text: &str, folder: &Path) -> Result<(), String> {
        let text = text.trim();
        self.set_unnamed(key, text, folder).map_err(|e| format!("{key}: {e}"))
    }

    fn set_unnamed(&mut self, key: &str, text: &str, folder: &Path) -> Result<(), String> {
        match key {
            "missed" => {
                let missed = |text: &str| Missed::from_word(text).ok_or(format!("`{text}` is not skip, latest or all"));
                self.missed = optional(text, missed)?;
            }
            "jitter" => {
                self.jitter = optional(text, |text| match parse_duration(text) {
                    Ok(width) if width < Duration::from_secs(1) => Err("must be 1s or more".to_owned()),
                    Ok(width) => Ok(width),
                    Err(e) => Err(e.to_string()),
                })?;
            }
            "start" => self.start = optional(text, Edge::parse)?,
            "end" => self.end = optional(text, Edge::parse)?,
            "except" => {
                let days = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                self.except = days.map(Days::parse_several).collect::<Result<Vec<_>, _>>()?.concat();
            }
            "calendar" => {
                if text.contains(|c: char| matches!(c, '"' | ';') || c.is_control()) {
                    return Err(
                        "a path with a quotation mark, `;` or control character cannot be written here".to_owned()
                    );
                }
                self.calendar = optional(text, |text| Ok(absolute(text, folder)))?;
            }
            "excluded" => {
                let excluded = |text: &str| Excluded::from_word(text).ok_or(format!("`{text}` is not skip or shift"));
                self.excluded = optional(text, excluded)?;
            }
            "tz" => return Err("the zone stands beside the schedule: --tz ZONE, or the field tz=ZONE".to_owned()),
            _ => {
                let keys: Vec<&str> = OPTIONS.iter().map(|(key, _)| *key).collect();
                return Err(format!("there is no such word for a schedule; there are {}", keys.join(", ")));
            }
        }
        Ok(())
    }

    /// What contradicts itself, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.excluded.is_some() && self.except.is_empty() && self.calendar.is_none() {
            return Err("excluded: say on which days, with except=... or calendar=...".to_owned());
        }
        let weekdays = WEEKDAYS.iter().filter(|(_, day)| self.except.contains(&Days::Weekly(*day))).count();
        let weekend = [Weekday::Saturday, Weekday::Sunday].map(Days::Weekly);
        let of_weekend = weekend.iter().filter(|day| self.except.contains(day)).count();
        if weekdays == WEEKDAYS.len() {
            return Err("except: no day of the week is left".to_owned());
        }
        if weekdays - of_weekend == 5 && self.excluded == Some(Excluded::Shift) {
            return Err("except: no working day is left".to_owned());
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && start.first(&TimeZone::UTC) > end.last(&TimeZone::UTC)
        {
            return Err(format!("end: {end} is before the start, {start}"));
        }
        Ok(())
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `missed=all jitter=5m`, in the order of [`OPTIONS`]; nothing when nothing is said.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self.except.iter().map(ToString::to_string).collect();
        let path = self.calendar.as_ref().map(|path| path.display().to_string());
        let values = [
            self.missed.map(|missed| missed.word().to_owned()),
            self.jitter.map(format_duration),
            self.start.map(|edge| edge.to_string()),
            self.end.map(|edge| edge.to_string()),
            (!days.is_empty()).then(|| days.join(",")),
            path.map(|path| if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path }),
            self.excluded.map(|excluded| excluded.word().to_owned()),
        ];
        let said = OPTIONS.iter().zip(values).filter_map(|((key, _), value)| Some(format!("{key}={}", value?)));
        f.write_str(&said.collect::<Vec<_>>().join(" "))
    }
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

fn absolute(text: &str, folder: &Path) -> PathBuf {
    match text.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => folder.join(text),
    }
}

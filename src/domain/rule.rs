//! A schedule as a person writes it: when, and after it what else is said, as `KEY=VALUE` words.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::options::{Excluded, Options};
use super::spread::Spread;
use super::when::{When, WhenError};

/// `0 2 * * * missed=all jitter=5m`: one text in `add`, `set`, forms, import files, the database and on every screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// When it is due.
    pub when: When,
    /// What else is said.
    pub options: Options,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The part that says when.
    #[error(transparent)]
    When(#[from] WhenError),
    /// A word after it, by its key.
    #[error("{0}")]
    Option(String),
}

impl Rule {
    /// Reads it. Times are meant in `zone`; a relative path counts from `folder`. `H` is refused.
    pub fn parse(text: &str, zone: &TimeZone, now: Timestamp, folder: &Path) -> Result<Self, RuleError> {
        let (when, words) = split(text);
        let when = When::parse(when, zone, now)?;
        Self::new(when, options(words, folder).map_err(RuleError::Option)?, zone, now)
    }

    /// The same for a task: `H` becomes a number of its spread, which is made by its slug.
    pub fn parse_for(
        task: Spread,
        text: &str,
        zone: &TimeZone,
        now: Timestamp,
        folder: &Path,
    ) -> Result<Self, RuleError> {
        let (when, words) = split(text);
        let when = When::parse_for(task, when, zone, now)?;
        Self::new(when, options(words, folder).map_err(RuleError::Option)?, zone, now)
    }

    /// As a person reads it: as it shows itself, but a one-off on the clock of its zone.
    pub fn text_in(&self, zone: &TimeZone) -> String {
        match self.when {
            When::At(at) if at.subsec_nanosecond() == 0 => {
                let at = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S");
                format!("at {at} {}", self.options).trim_end().to_owned()
            }
            When::Cron(_) | When::Every(_) | When::At(_) | When::Startup => self.to_string(),
        }
    }

    /// Puts it together, if the one goes with the other.
    pub fn new(when: When, options: Options, zone: &TimeZone, now: Timestamp) -> Result<Self, RuleError> {
        let refused = |text: &str| Err(RuleError::Option(text.to_owned()));
        options.check().map_err(RuleError::Option)?;
        if let Some(end) = options.end.filter(|end| end.last(zone).is_some_and(|last| last <= now)) {
            return Err(RuleError::Option(format!("end: {end} is in the past: nothing would come")));
        }
        match when {
            When::Startup if options.missed.is_some() => {
                refused("missed: a startup is not missed: it comes when Tempo starts")
            }
            When::Startup | When::Every(_) if options.excluded == Some(Excluded::Shift) => {
                refused("excluded: only what has a time of the day can be moved to another day; write skip")
            }
            When::Cron(_) | When::Every(_) | When::At(_) | When::Startup => Ok(Self { when, options }),
        }
    }
}

impl From<When> for Rule {
    fn from(when: When) -> Self {
        Self { when, options: Options::default() }
    }
}

impl From<&When> for Rule {
    fn from(when: &When) -> Self {
        when.clone().into()
    }
}

impl From<&Self> for Rule {
    fn from(rule: &Self) -> Self {
        rule.clone()
    }
}

/// Canonical text that [`Rule::parse`] reads back.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.when.fmt(f)?;
        if !self.options.is_empty() {
            write!(f, " {}", self.options)?;
        }
        Ok(())
    }
}

/// Reads the words after the rule alone, as the database keeps them.
pub fn options(mut words: &str, folder: &Path) -> Result<Options, String> {
    let mut options = Options::default();
    let mut seen: Vec<&str> = Vec::new();
    loop {
        words = words.trim_start();
        if words.is_empty() {
            break;
        }
        let Some((key, rest)) = words.split_once('=').filter(|(key, _)| is_key(key)) else {
            let word = words.split_whitespace().next().unwrap_or_default();
            return Err(format!("`{word}` stands after the schedule; what else is said is written as in jitter=5m"));
        };
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| format!("{key}: the quotation mark is not closed"))?,
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        if seen.contains(&key) {
            return Err(format!("{key}: is said twice"));
        }
        seen.push(key);
        options.set(key, value, folder)?;
        words = rest;
    }
    Ok(options)
}

/// The part that says when, untouched, and the words after it.
pub fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        if word.split_once('=').is_some_and(|(key, _)| is_key(key)) {
            return text.split_at(at);
        }
        at += word.len();
    }
    (text, "")
}

/// The word for the zone, as in `tempo set`.
pub const ZONE: &str = "tz";

/// The text without its `tz=ZONE` word, and the zone. What stands in quotation marks is no word.
pub fn take_zone(text: &str) -> (String, Option<&str>) {
    let (mut rest, mut name, mut quoted) = (String::new(), None, false);
    for word in text.split_inclusive(char::is_whitespace) {
        let value = word.trim_end().strip_prefix(ZONE).and_then(|word| word.strip_prefix('='));
        match value.filter(|_| !quoted && name.is_none()) {
            Some(value) => name = Some(value),
            None => rest.push_str(word),
        }
        quoted ^= word.matches('"').count() % 2 == 1;
    }
    (rest, name.filter(|name| !name.is_empty()))
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Rule, String> {
        let now = "2026-11-20T09:30:00Z".parse().unwrap();
        Rule::parse(text, &TimeZone::UTC, now, Path::new("/home/ana")).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_said_after_the_rule_is_read_and_shown_so_that_it_is_read_back() {
        for (text, shown) in [
            ("0 2 * * *", "0 2 * * *"),
            ("every 90m  jitter=5m missed=all", "every 1h30m missed=all jitter=5m"),
            ("@daily missed=latest", "0 0 * * * missed=latest"),
            ("at tomorrow 9:00 jitter=", "at 2026-11-21T09:00:00Z"),
            ("startup jitter=2m", "startup jitter=2m"),
            ("0 2 * * * start=2026-12-01 end=2026-12-24T18:00", "0 2 * * * start=2026-12-01 end=2026-12-24T18:00:00"),
            (
                "0 2 * * * except=2026-12-24..2026-12-26,SAT,2027-01-01 excluded=shift",
                "0 2 * * * except=2026-12-24..2026-12-26,sat,2027-01-01 excluded=shift",
            ),
            ("0 2 * * * except=weekend", "0 2 * * * except=sat,sun"),
            ("0 2 * * * except=Sat-Sun,fri-mon", "0 2 * * * except=sat,sun,fri,sat,sun,mon"),
            ("0 2 * * * calendar=/srv/days.ics", "0 2 * * * calendar=/srv/days.ics"),
            ("0 2 * * * calendar=days.ics", "0 2 * * * calendar=/home/ana/days.ics"),
            (
                r#"0 2 * * * calendar="my days.txt" missed=skip"#,
                r#"0 2 * * * missed=skip calendar="/home/ana/my days.txt""#,
            ),
        ] {
            let rule = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(rule.to_string(), shown, "{text}");
            assert_eq!(parse(shown), Ok(rule), "{text}");
        }
    }

    #[test]
    fn t7_a_one_off_is_shown_on_the_clock_of_its_zone_and_that_text_is_read_back() {
        let zone = crate::domain::zone::zone("Europe/Berlin").unwrap();
        let now = "2026-11-20T09:30:00Z".parse().unwrap();
        for (text, shown) in [
            ("at 2026-11-22 9:00 jitter=5m", "at 2026-11-22 09:00:00 jitter=5m"),
            ("at 2027-06-01 9:00", "at 2027-06-01 09:00:00"),
            ("0 2 * * * missed=all", "0 2 * * * missed=all"),
        ] {
            let rule = Rule::parse(text, &zone, now, Path::new("/")).unwrap();
            assert_eq!(rule.text_in(&zone), shown);
            assert_eq!(Rule::parse(shown, &zone, now, Path::new("/")), Ok(rule));
        }
    }

    #[test]
    fn x1_a_wrong_word_is_refused_with_its_key_and_what_would_be_right() {
        for (text, expected) in [
            ("0 2 * * * missed=some", "missed: `some` is not skip, latest or all"),
            ("0 2 * * * jitter=5", "jitter: `5` has no unit"),
            ("0 2 * * * jitter=10ms", "jitter: must be 1s or more"),
            ("0 2 * * * start=soon", "start: `soon` is not a day or time; write it as in 2026-12-24"),
            ("0 2 * * * start=2026-12-02 end=2026-12-01", "end: 2026-12-01 is before the start"),
            ("0 2 * * * end=2026-11-19", "end: 2026-11-19 is in the past"),
            ("0 2 * * * except=2026-13-01", "except: `2026-13-01` is not a day"),
            ("0 2 * * * except=2026-12-26..2026-12-24", "except: `2026-12-26..2026-12-24` ends before it begins"),
            ("0 2 * * * excluded=shift", "excluded: say on which days"),
            ("every 2h except=sat excluded=shift", "excluded: only what has a time of the day can be moved"),
            ("startup missed=all", "missed: a startup is not missed"),
            ("0 2 * * * except=mon,tue,wed,thu,fri,sat,sun", "except: no day of the week is left"),
            ("0 2 * * * except=mon,tue,wed,thu,fri excluded=shift", "except: no working day is left"),
            ("0 2 * * * excluded=move except=sat", "excluded: `move` is not skip or shift"),
            ("0 2 * * * colour=red", "colour: there is no such word for a schedule; there are missed, jitter"),
            ("0 2 * * * tz=Europe/Berlin", "tz: the zone stands beside the schedule: --tz ZONE"),
            ("0 2 * * * except=sat-xyz", "except: `sat-xyz` is not a day"),
            ("0 2 * * * jitter=5m jitter=6m", "jitter: is said twice"),
            ("0 2 * * * jitter=5m daily", "`daily` stands after the schedule"),
            (r#"0 2 * * * calendar="/a b"#, "calendar: the quotation mark is not closed"),
            ("0 24 * * * jitter=5m", "hour, column 3: 24 is out of range"),
            ("jitter=5m", "`` is not a schedule"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

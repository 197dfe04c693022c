//! The rule of a schedule: cron, interval, one-off or startup, and its next due instant.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::cron::{CronError, CronExpr};
use super::phrase::{self, PhraseError};
use super::quantity::{DurationError, TimeError, format_duration, parse_duration, parse_time};
use super::run::words;
use super::spread::Spread;
use super::zone;

/// The shortest interval.
pub const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// By the calendar (T5).
    Cron(CronExpr),
    /// Every so often, counted from the schedule's anchor (T2).
    Every(Duration),
    /// Once.
    At(Timestamp),
    /// Once per boot of the machine, when the engine first starts after it.
    Startup,
}

words! {
    /// The kind of a [`When`], without its data.
    WhenKind {
        /// By the calendar.
        Cron = "cron",
        /// Every so often.
        Every = "every",
        /// Once.
        At = "at",
        /// Once per boot.
        Startup = "startup",
    }
}

/// A due instant of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// The wall time that the rule asked for; the clock shows another one at `at` when a gap shifted it (T4).
    pub civil: civil::DateTime,
    /// The excluded day from which it was moved here (T10).
    pub moved_from: Option<civil::Date>,
}

words! {
    /// What a change of the clock did to a due instant (T8).
    DstEffect {
        /// Its wall time fell into a gap; it comes right after it.
        Shifted = "shifted",
        /// The clock shows its wall time for the second time.
        Repeated = "repeated",
    }
}

/// What the preview says about a due instant beyond its time (T8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A change of the clock moved or doubled it.
    Dst(DstEffect),
    /// It was moved off this excluded day (T10).
    Moved(civil::Date),
}

impl Due {
    /// What is special about it; that it was moved off an excluded day before what a change of the clock did.
    pub fn mark(&self, zone: &TimeZone) -> Option<Mark> {
        self.moved_from.map(Mark::Moved).or_else(|| self.dst_effect(zone).map(Mark::Dst))
    }

    /// The wall time as slots store it (T3): `YYYY-MM-DDTHH:MM:SS`.
    pub fn civil_text(&self) -> String {
        self.civil.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// What a change of the clock in the schedule's zone did to it.
    pub fn dst_effect(&self, zone: &TimeZone) -> Option<DstEffect> {
        if zone.to_datetime(self.at) != self.civil {
            Some(DstEffect::Shifted)
        } else if zone::is_second_pass(self.at, zone) {
            Some(DstEffect::Repeated)
        } else {
            None
        }
    }
}

/// Why a text says no time at which something could be due.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Not a cron expression.
    #[error(transparent)]
    Cron(#[from] CronError),
    /// A person's words, but not a schedule.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
    /// Not a duration.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// `at`, but not an instant.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// `every` alone.
    #[error("say how often: every 15m, every hour, every day")]
    HowOften,
    /// `@every 5m`, which other schedulers take.
    #[error("write `every {0}`")]
    AtEvery(String),
    /// An interval below [`SHORTEST_INTERVAL`].
    #[error("an interval of {} is too short; write 1s or more", format_duration(*.0))]
    TooShort(Duration),
    /// A one-off that would never come.
    #[error("{0} is in the past; write a time to come, as in tomorrow 9:00 or +2h")]
    Past(Timestamp),
    /// A duration alone.
    #[error("`{0}` is a duration; write `every {0}` or `at +{0}`")]
    BareDuration(String),
    /// An instant alone.
    #[error("`{0}` is a time; write `at {0}`")]
    BareTime(String),
    /// None of the forms.
    #[error(
        "`{0}` is not a schedule; write `every 15m`, `weekdays at 7:30`, `at 2026-12-24 18:00`, `startup` or a cron expression such \
         as 30 2 * * *"
    )]
    Unknown(String),
}

impl When {
    /// Reads what a person typed into one field: `every 15 minutes`, `weekdays at 7:30`, `at tomorrow 9:00`, `startup`,
    /// `30 2 * * *`, `@daily` (T5). Times are meant in `zone`. `H` is refused.
    pub fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self, WhenError> {
        Self::read(text, None, zone, now)
    }

    /// The same for a task: `H` becomes a number of its spread.
    pub fn parse_for(task: Spread, text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self, WhenError> {
        Self::read(text, Some(task), zone, now)
    }

    fn read(text: &str, task: Option<Spread>, zone: &TimeZone, now: Timestamp) -> Result<Self, WhenError> {
        let trimmed = text.trim();
        let (first, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        match first.to_lowercase().as_str() {
            "every" if rest.is_empty() => Err(WhenError::HowOften),
            "every" => match parse_duration(rest) {
                Ok(period) => Self::every(period),
                Err(_) => Ok(phrase::parse(text)?),
            },
            "@every" => {
                Err(WhenError::AtEvery(Some(rest.trim()).filter(|rest| !rest.is_empty()).unwrap_or("15m").into()))
            }
            "at" => match parse_time(rest, zone, now) {
                Ok(at) => Self::at(at, now),
                // As in `at 9:00 on weekdays`.
                Err(error) => phrase::parse(text).map_err(|_| error.into()),
            },
            "startup" | "@reboot" if rest.is_empty() => Ok(Self::Startup),
            _ if parse_duration(trimmed).is_ok() => Err(WhenError::BareDuration(trimmed.to_owned())),
            _ if parse_time(trimmed, zone, now).is_ok() => Err(WhenError::BareTime(trimmed.to_owned())),
            // Whole texts are given, so that the columns of errors are those of the text.
            _ if looks_like_cron(trimmed) => {
                match task.map_or_else(|| CronExpr::parse(text), |task| CronExpr::parse_for(text, task)) {
                    Ok(expr) => Ok(Self::Cron(expr)),
                    // As in `1st and 15th at 6:00`.
                    Err(_) if !trimmed.contains(['*', '?', '@']) && phrase::looks_like_phrase(text) => {
                        Ok(phrase::parse(text)?)
                    }
                    Err(error) => Err(error.into()),
                }
            }
            _ if phrase::looks_like_phrase(text) => Ok(phrase::parse(text)?),
            _ => Err(WhenError::Unknown(trimmed.to_owned())),
        }
    }

    /// An interval, if it is not too short.
    pub fn every(period: Duration) -> Result<Self, WhenError> {
        if period < SHORTEST_INTERVAL { Err(WhenError::TooShort(period)) } else { Ok(Self::Every(period)) }
    }

    /// A one-off, if it is still to come.
    pub fn at(at: Timestamp, now: Timestamp) -> Result<Self, WhenError> {
        if at <= now { Err(WhenError::Past(at)) } else { Ok(Self::At(at)) }
    }

    /// The first due instant strictly after `after` (T1); `None` when nothing more comes. The instant of a startup is known to
    /// the engine alone. Intervals are counted from `anchor` and never fall on it.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone, anchor: Timestamp) -> Option<Due> {
        let at = match self {
            Self::Cron(expr) => {
                return expr.next_slot(after, zone).map(|(at, civil)| Due { at, civil, moved_from: None });
            }
            Self::Every(period) => next_multiple(anchor, *period, after)?,
            Self::At(at) if *at > after => *at,
            Self::At(_) | Self::Startup => return None,
        };
        Some(Due { at, civil: zone.to_datetime(at), moved_from: None })
    }

    /// The kind, the first of the two columns in which it is stored.
    pub const fn kind(&self) -> WhenKind {
        match self {
            Self::Cron(_) => WhenKind::Cron,
            Self::Every(_) => WhenKind::Every,
            Self::At(_) => WhenKind::At,
            Self::Startup => WhenKind::Startup,
        }
    }

    /// The data as canonical text, the second of the two columns: `30 2 * * *`, `2h30m`, `2026-12-24T18:00:00Z` or nothing.
    pub fn expr(&self) -> String {
        match self {
            Self::Cron(expr) => expr.to_string(),
            Self::Every(period) => format_duration(*period),
            Self::At(at) => at.to_string(),
            Self::Startup => String::new(),
        }
    }

    /// Reads the two columns back; a one-off may have passed.
    pub fn from_parts(kind: &str, expr: &str) -> Result<Self, WhenError> {
        let unknown = || WhenError::Unknown(format!("{kind} {expr}"));
        match WhenKind::from_word(kind).ok_or_else(unknown)? {
            WhenKind::Cron => Ok(Self::Cron(CronExpr::parse(expr)?)),
            WhenKind::Every => Self::every(parse_duration(expr)?),
            WhenKind::At => expr.parse().map(Self::At).map_err(|_| unknown()),
            WhenKind::Startup if expr.is_empty() => Ok(Self::Startup),
            WhenKind::Startup => Err(unknown()),
        }
    }
}

/// Canonical text that [`When::parse`] reads back: `every 10s`, `at 2026-12-24T18:00:00Z`, `startup`, `30 2 * * *`.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(expr) => expr.fmt(f),
            Self::Every(_) | Self::At(_) => write!(f, "{} {}", self.kind(), self.expr()),
            Self::Startup => self.kind().fmt(f),
        }
    }
}

/// The first `anchor + k * period`, k >= 1, that is strictly after `after`.
fn next_multiple(anchor: Timestamp, period: Duration, after: Timestamp) -> Option<Timestamp> {
    let period = i128::try_from(period.as_nanos()).ok().filter(|period| *period > 0)?;
    let anchor = anchor.as_nanosecond();
    let elapsed = (after.as_nanosecond() - anchor).max(0);
    let next = (elapsed / period + 1).checked_mul(period)?.checked_add(anchor)?;
    Timestamp::from_nanosecond(next).ok()
}

/// Whether what is wrong with it is best explained as cron.
fn looks_like_cron(text: &str) -> bool {
    let spread = text.strip_prefix('H').is_some_and(|rest| rest.starts_with([' ', '/', '(']));
    spread || text.starts_with('@') || text.contains(['*', '?']) || text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T09:30:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        zone::zone("Europe/Berlin").unwrap()
    }

    fn parse(text: &str) -> Result<When, WhenError> {
        When::parse(text, &berlin(), at(NOW))
    }

    #[test]
    fn what_a_person_types_is_read_and_shown_so_that_it_is_read_back() {
        for (text, kind, shown) in [
            ("every 10s", WhenKind::Every, "every 10s"),
            ("every 1h30m", WhenKind::Every, "every 1h30m"),
            ("Every 15 minutes", WhenKind::Every, "every 15m"),
            ("every 90s", WhenKind::Every, "every 1m30s"),
            ("at 2026-12-24 18:00", WhenKind::At, "at 2026-12-24T17:00:00Z"),
            ("at tomorrow 9:00", WhenKind::At, "at 2026-11-21T08:00:00Z"),
            ("at +2h", WhenKind::At, "at 2026-11-20T11:30:00Z"),
            ("at 18:00", WhenKind::At, "at 2026-11-20T17:00:00Z"),
            ("at noon", WhenKind::At, "at 2026-11-20T11:00:00Z"),
            ("at friday 18:00", WhenKind::At, "at 2026-11-20T17:00:00Z"),
            ("at Fri 9:00", WhenKind::At, "at 2026-11-27T08:00:00Z"),
            ("at sunday 9am", WhenKind::At, "at 2026-11-22T08:00:00Z"),
            ("at 18:00 on weekdays", WhenKind::Cron, "0 18 * * 1-5"),
            ("every hour", WhenKind::Cron, "0 * * * *"),
            (" startup ", WhenKind::Startup, "startup"),
            ("@reboot", WhenKind::Startup, "startup"),
            ("30 2 * * *", WhenKind::Cron, "30 2 * * *"),
            ("0 9 * * mon-fri", WhenKind::Cron, "0 9 * * 1-5"),
            ("*/10 * * * * *", WhenKind::Cron, "*/10 * * * * *"),
            ("@daily", WhenKind::Cron, "0 0 * * *"),
        ] {
            let when = parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!((when.kind(), when.to_string()), (kind, shown.into()), "{text:?}");
            assert_eq!(parse(shown), Ok(when.clone()), "{text:?}");
            assert_eq!(When::from_parts(when.kind().word(), &when.expr()), Ok(when), "{text:?}");
        }
    }

    #[test]
    fn x1_what_is_no_schedule_is_refused_with_what_would_be_right() {
        for (text, expected) in [
            ("", "is not a schedule; write `every 15m`"),
            ("sometimes", "`sometimes` is not a schedule; write `every 15m`"),
            ("startup now", "`startup now` is not a schedule"),
            ("15m", "`15m` is a duration; write `every 15m` or `at +15m`"),
            ("noon", "`noon` is a time; write `at noon`"),
            ("dayly", "column 1: `dayly` is not understood; did you mean daily?"),
            ("tomorrow 9:00", "`tomorrow 9:00` is a time; write `at tomorrow 9:00`"),
            ("2026-12-24 18:00", "`2026-12-24 18:00` is a time; write `at 2026-12-24 18:00`"),
            ("every", "say how often: every 15m"),
            ("@every 5m", "write `every 5m`"),
            ("every 3 months", "column 7: months are not a length; write monthly, or a cron line such as 0 9 1 */3 *"),
            ("every 2 years", "column 7: years are not a length; write yearly"),
            ("every 15", "column 7: `15` has no unit; write 15 minutes"),
            ("every 500ms", "an interval of 500ms is too short; write 1s or more"),
            ("every 0s", "an interval of 0s is too short; write 1s or more"),
            ("at", "`` is not a time; write"),
            ("at soon", "`soon` is not a time; write"),
            ("at 2026-11-20 10:30", "2026-11-20T09:30:00Z is in the past; write a time to come"),
            ("at yesterday 9:00", "is in the past"),
            ("  0 24 * * *", "hour, column 5: 24 is out of range"),
            ("x 2 * * *", "minute, column 1: `x` is not a value"),
            ("5", "hour, column 2: is missing"),
            ("@fortnightly", "`@fortnightly` is not one of @hourly"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_stored_schedule_is_checked_like_a_typed_one_but_a_one_off_may_have_passed() {
        assert_eq!(When::from_parts("at", "2001-01-01T00:00:00Z"), Ok(When::At(at("2001-01-01T00:00:00Z"))));
        for (kind, expr) in [
            ("every", "0s"),
            ("every", "x"),
            ("at", "tomorrow"),
            ("cron", "0 0 30 2 *"),
            ("startup", "x"),
            ("after", ""),
        ] {
            assert!(When::from_parts(kind, expr).is_err(), "{kind} {expr}");
        }
    }

    #[test]
    fn t1_t2_intervals_count_from_the_anchor_and_come_strictly_after() {
        let every = When::Every(Duration::from_secs(10));
        let anchor = at("2026-01-01T00:00:03.5Z");
        for (after, expected) in [
            ("2020-01-01T00:00:00Z", "2026-01-01T00:00:13.5Z"),
            ("2026-01-01T00:00:03.5Z", "2026-01-01T00:00:13.5Z"),
            ("2026-01-01T00:00:13.499999999Z", "2026-01-01T00:00:13.5Z"),
            ("2026-01-01T00:00:13.5Z", "2026-01-01T00:00:23.5Z"),
            ("2026-01-01T00:00:13.500000001Z", "2026-01-01T00:00:23.5Z"),
            ("2126-01-01T00:00:00Z", "2126-01-01T00:00:03.5Z"),
        ] {
            let due = every.next_after(at(after), &TimeZone::UTC, anchor).unwrap();
            assert_eq!(due.at, at(expected), "{after}");
        }
    }

    #[test]
    fn intervals_beyond_the_calendar_and_of_nothing_never_come() {
        let next = |period| When::Every(period).next_after(at(NOW), &TimeZone::UTC, at(NOW));
        assert_eq!(next(Duration::MAX), None);
        assert_eq!(next(Duration::ZERO), None);
        let hour = When::Every(Duration::from_secs(3600));
        assert_eq!(hour.next_after(Timestamp::MAX, &TimeZone::UTC, at(NOW)), None);
    }

    #[test]
    fn a_one_off_comes_once_and_a_startup_is_not_a_matter_of_time() {
        let next = |when: When, after: &str| when.next_after(at(after), &TimeZone::UTC, at(NOW)).map(|due| due.at);
        let once = When::At(at(NOW));
        assert_eq!(next(once.clone(), "2026-11-20T09:29:59.9Z"), Some(at(NOW)));
        assert_eq!(next(once, NOW), None);
        assert_eq!(next(When::Startup, NOW), None);
    }

    #[test]
    fn t3_t8_a_slot_has_the_wall_time_that_was_asked_for_and_says_what_dst_did() {
        let due = |text: &str, after: &str| {
            let due = parse(text).unwrap().next_after(at(after), &berlin(), at(after)).unwrap();
            (due.at.to_string(), due.civil_text(), due.dst_effect(&berlin()))
        };
        for (text, after, expected_at, civil, effect) in [
            ("30 2 * * *", NOW, "2026-11-21T01:30:00Z", "2026-11-21T02:30:00", None),
            (
                "30 2 * * *",
                "2027-03-27T12:00:00Z",
                "2027-03-28T01:00:00Z",
                "2027-03-28T02:30:00",
                Some(DstEffect::Shifted),
            ),
            ("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00", None),
            (
                "30 * * * *",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:30:00",
                Some(DstEffect::Repeated),
            ),
            (
                "every 1h",
                "2026-10-25T00:30:00.25Z",
                "2026-10-25T01:30:00.25Z",
                "2026-10-25T02:30:00",
                Some(DstEffect::Repeated),
            ),
        ] {
            assert_eq!(due(text, after), (expected_at.into(), civil.into(), effect), "{text} after {after}");
        }
    }
}

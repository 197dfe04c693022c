//! The rule of a schedule: cron, interval, one-off or startup, and its next due instant.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::cron::{CronError, CronExpr};
use super::quantity::{DurationError, TimeError, format_duration, parse_duration, parse_time};
use super::run::words;
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

impl Due {
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
    /// `every`, but not a duration.
    #[error(transparent)]
    Duration(#[from] DurationError),
    /// `at`, but not an instant.
    #[error(transparent)]
    Time(#[from] TimeError),
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
        "`{0}` is not a schedule; write `every 15m`, `at 2026-12-24 18:00`, `startup` or a cron expression such as 30 2 * * *"
    )]
    Unknown(String),
}

impl When {
    /// Reads what a person typed into one field: `every 15 minutes`, `at tomorrow 9:00`, `startup`, `30 2 * * *`, `@daily`.
    /// Times are meant in `zone`.
    pub fn parse(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Self, WhenError> {
        let trimmed = text.trim();
        let (first, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        match first.to_lowercase().as_str() {
            "every" | "@every" => Self::every(parse_duration(rest)?),
            "at" => Self::at(parse_time(rest, zone, now)?, now),
            "startup" | "@reboot" if rest.is_empty() => Ok(Self::Startup),
            _ if parse_duration(trimmed).is_ok() => Err(WhenError::BareDuration(trimmed.to_owned())),
            _ if parse_time(trimmed, zone, now).is_ok() => Err(WhenError::BareTime(trimmed.to_owned())),
            // Untrimmed, so that the columns of its errors are those of the text.
            _ if looks_like_cron(trimmed) => Ok(Self::Cron(CronExpr::parse(text)?)),
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
            Self::Cron(expr) => return expr.next_slot(after, zone).map(|(at, civil)| Due { at, civil }),
            Self::Every(period) => next_multiple(anchor, *period, after)?,
            Self::At(at) if *at > after => *at,
            Self::At(_) | Self::Startup => return None,
        };
        Some(Due { at, civil: zone.to_datetime(at) })
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
    text.starts_with('@') || text.contains(['*', '?']) || text.starts_with(|c: char| c.is_ascii_digit())
}

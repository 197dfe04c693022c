//! The rule of a schedule: cron, interval, one-off or startup, and its next due instant.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Every so often, counted from the schedule's anchor (T2).
    Every(Duration),
    /// Once.
    At(Timestamp),
    /// Once per boot of the machine, when the engine first starts after it.
    Startup,
}

/// A due instant of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
}

impl When {
    /// The first due instant strictly after `after` (T1).
    pub fn next_after(&self, after: Timestamp, _zone: &TimeZone, anchor: Timestamp) -> Option<Due> {
        match self {
            Self::Every(d) => {
                let (a, n, d) = (anchor.as_microsecond(), after.as_microsecond(), d.as_micros() as i64);
                let k = ((n - a).div_euclid(d) + 1).max(1);
                Timestamp::from_microsecond(a + k * d).ok().map(|at| Due { at })
            }
            Self::At(at) => (after < *at).then_some(Due { at: *at }),
            Self::Startup => None,
        }
    }
    /// Kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Every(_) => "every",
            Self::At(_) => "at",
            Self::Startup => "startup",
        }
    }
    /// Expr.
    pub fn expr(&self) -> String {
        match self {
            Self::Every(d) => d.as_micros().to_string(),
            Self::At(t) => t.to_string(),
            Self::Startup => String::new(),
        }
    }
    /// Parts.
    pub fn from_parts(kind: &str, expr: &str) -> Result<Self, String> {
        match kind {
            "every" => Ok(Self::Every(Duration::from_micros(expr.parse().map_err(|e| format!("{e}"))?))),
            "at" => Ok(Self::At(expr.parse().map_err(|e| format!("{e}"))?)),
            _ => Ok(Self::Startup),
        }
    }
}

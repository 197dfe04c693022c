//! The period of a report, in days, weeks or months of somebody's zone: a day on which the clock is set has 23 or 25 hours.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::domain::run::words;
use crate::domain::zone;

words! {
    /// The unit of a series.
    Grain {
        /// From midnight to midnight.
        Day = "day",
        /// From Monday to Sunday.
        Week = "week",
        /// From the first to the last.
        Month = "month",
    }
}

impl Grain {
    /// The first day of the unit in which a day is.
    fn first(self, day: Date) -> Option<Date> {
        let back = match self {
            Self::Day => 0,
            Self::Week => i32::from(day.weekday().to_monday_zero_offset()),
            Self::Month => i32::from(day.day()) - 1,
        };
        day.checked_sub(back.days()).ok()
    }

    /// The first day of the next one.
    fn after(self, day: Date) -> Option<Date> {
        let step = match self {
            Self::Day => 1.day(),
            Self::Week => 7.days(),
            Self::Month => 1.month(),
        };
        self.first(day)?.checked_add(step).ok()
    }
}

/// Units that a report has at most: ten years of days.
pub const MOST: usize = 3_660;

/// What is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// It ends before it begins.
    #[error("the period is empty: it has to begin before it ends, and before now")]
    Empty,
    /// It has too many units.
    #[error("the period has more than {MOST} {0}s; count by longer ones, or begin later")]
    TooLong(Grain),
    /// Beyond the calendar.
    #[error("the period begins before the calendar does")]
    Beyond,
}

/// A period, from an instant up to another one, which is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its unit.
    pub grain: Grain,
    zone: TimeZone,
    /// Where each unit begins, and where the last one ends. The first and the last one can be parts of one.
    bounds: Vec<Timestamp>,
}

impl Period {
    /// From then up to then.
    pub fn new(from: Timestamp, until: Timestamp, grain: Grain, zone: &TimeZone) -> Result<Self, PeriodError> {
        if from >= until {
            return Err(PeriodError::Empty);
        }
        let mut bounds = vec![from];
        let mut day = zone.to_datetime(from).date();
        loop {
            day = grain.after(day).ok_or(PeriodError::Beyond)?;
            let next = midnight(day, zone).ok_or(PeriodError::Beyond)?;
            if next >= until {
                break;
            }
            // A zone that crossed the date line has skipped a whole day: it has no unit.
            if bounds.last().is_some_and(|last| next > *last) {
                bounds.push(next);
            }
            if bounds.len() > MOST {
                return Err(PeriodError::TooLong(grain));
            }
        }
        bounds.push(until);
        Ok(Self { grain, zone: zone.clone(), bounds })
    }

    /// The last days up to an instant, that of the instant among them, from the beginning of the first unit.
    pub fn last(days: u32, until: Timestamp, grain: Grain, zone: &TimeZone) -> Result<Self, PeriodError> {
        let back = i64::from(days.max(1)) - 1;
        // What ends at midnight ends with the day before.
        let today = zone.to_datetime(until - SignedDuration::from_micros(1)).date();
        let first = jiff::Span::new().try_days(back).ok().and_then(|back| today.checked_sub(back).ok());
        let first = first.and_then(|day| grain.first(day)).ok_or(PeriodError::Beyond)?;
        let from = midnight(first, zone).ok_or(PeriodError::Beyond)?;
        Self::new(from, until, grain, zone)
    }

    /// Where it begins.
    pub fn from(&self) -> Timestamp {
        self.bounds.first().copied().unwrap_or_default()
    }

    /// Where it ends.
    pub fn until(&self) -> Timestamp {
        self.bounds.last().copied().unwrap_or_default()
    }

    /// Its zone.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// How many units it has.
    pub const fn units(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Where each unit ends.
    pub fn ends(&self) -> &[Timestamp] {
        &self.bounds[1..]
    }

    /// The first day of each unit, as far as that is in the period.
    pub fn days(&self) -> impl Iterator<Item = Date> + '_ {
        self.bounds[..self.units()].iter().map(|start| self.zone.to_datetime(*start).date())
    }

    /// The unit in which an instant is.
    pub fn unit_of(&self, at: Timestamp) -> Option<usize> {
        (self.from() <= at && at < self.until()).then(|| self.ends().partition_point(|end| *end <= at))
    }
}

fn midnight(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone::instant(day.to_datetime(Time::midnight()), zone)
}

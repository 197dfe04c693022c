//! One field of a cron expression: what may stand in it, what was written, and the numbers that it holds.

use std::fmt;

/// One of the six fields of a cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronField {
    /// 0-59, only in expressions of six fields.
    Second,
    /// 0-59.
    Minute,
    /// 0-23.
    Hour,
    /// 1-31.
    DayOfMonth,
    /// 1-12 or `jan`-`dec`.
    Month,
    /// 0-7 or `sun`-`sat`; 0 and 7 are Sunday.
    DayOfWeek,
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl CronField {
    /// The smallest and the largest number.
    pub(super) const fn bounds(self) -> (u8, u8) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => MONTHS,
            Self::DayOfWeek => WEEKDAYS,
            _ => &[],
        }
    }

    /// What may be written in it, in words.
    pub(super) const fn choices(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0 to 59",
            Self::Hour => "0 to 23",
            Self::DayOfMonth => "1 to 31",
            Self::Month => "1 to 12 or jan to dec",
            Self::DayOfWeek => "0 to 7 or sun to sat",
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

/// One element of a field's list, as it was written, with names as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) range: Range,
    pub(super) step: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    All,
    One(u8),
    Span(u8, u8),
}

/// A field as it was written, with names as numbers and Sunday alone as 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) kind: CronField,
    pub(super) items: Vec<Item>,
}

impl Field {
    /// A single number.
    pub(super) fn one(kind: CronField, value: u8) -> Self {
        Self { kind, items: vec![Item { range: Range::One(value), step: None }] }
    }

    /// The numbers that it holds, as bits. In the day of week 0 and 7 are both bit 0.
    pub(super) fn values(&self) -> u64 {
        let (min, max) = self.kind.bounds();
        let mut bits = 0_u64;
        for item in &self.items {
            let (first, last) = match item.range {
                Range::All => (min, max),
                Range::One(value) => (value, value),
                Range::Span(first, last) => (first, last),
            };
            for value in (first..=last).step_by(item.step.unwrap_or(1).into()) {
                bits |= 1 << value;
            }
        }
        if self.kind == CronField::DayOfWeek && bits & (1 << 7) != 0 {
            bits = (bits | 1) & !(1 << 7);
        }
        bits
    }

    /// Vixie's star flag: the text begins with `*`. Such a day field does not take part in the OR of the day fields.
    pub(super) fn is_star(&self) -> bool {
        self.items.first().is_some_and(|item| item.range == Range::All)
    }

    /// Whether a wildcard or a step occurs anywhere in it (T4).
    pub(super) fn has_wildcard_or_step(&self) -> bool {
        self.items.iter().any(|item| item.range == Range::All || item.step.is_some())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, item) in self.items.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match item.range {
                Range::All => f.write_str("*")?,
                Range::One(value) => write!(f, "{value}")?,
                Range::Span(first, last) => write!(f, "{first}-{last}")?,
            }
            if let Some(step) = item.step {
                write!(f, "/{step}")?;
            }
        }
        Ok(())
    }
}

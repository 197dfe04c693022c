//! One field of a cron expression: what may stand in it, what was written, and the numbers that it holds.

use std::fmt;

use jiff::civil::{Date, Weekday};

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
    pub(in crate::domain) const fn bounds(self) -> (u8, u8) {
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
pub(in crate::domain) struct Item {
    pub(in crate::domain) range: Range,
    pub(in crate::domain) step: Option<u16>,
}

/// What an element names; from `Last` on it is a *mark*, whose day depends on the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum Range {
    /// `*`, or `?` for a day.
    All,
    One(u8),
    Span(u8, u8),
    /// `L`: the last day of the month.
    Last,
    /// `LW`: the last day of the month from Monday to Friday.
    LastWorkday,
    /// `15W`: the day from Monday to Friday that is nearest to the 15th, in the same month.
    NearestWorkday(u8),
    /// `5L`: the last Friday of the month.
    LastOf(u8),
    /// `5#3`: the third Friday of the month.
    Nth(u8, u8),
}

/// A field as it was written, with names as numbers and Sunday alone as 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) struct Field {
    pub(in crate::domain) kind: CronField,
    pub(in crate::domain) items: Vec<Item>,
}

impl Range {
    const fn is_mark(self) -> bool {
        !matches!(self, Self::All | Self::One(_) | Self::Span(..))
    }

    /// The first and the last number that it can be in any month.
    fn ends(self, kind: CronField) -> (u8, u8) {
        match self {
            Self::All => kind.bounds(),
            Self::One(value) | Self::LastOf(value) | Self::Nth(value, _) => (value, value),
            Self::Span(first, last) => (first, last),
            Self::Last => (28, 31),
            Self::LastWorkday => (26, 31),
            Self::NearestWorkday(day) => (day.saturating_sub(2).max(1), (day + 2).min(31)),
        }
    }

    /// Whether it is a mark that falls on this day.
    fn marks(self, date: Date) -> bool {
        let day = date.day();
        match self {
            Self::All | Self::One(_) | Self::Span(..) => false,
            Self::Last => day == date.days_in_month(),
            Self::LastWorkday => Some(day) == nearest_workday(date, date.days_in_month()),
            Self::NearestWorkday(wanted) => Some(day) == nearest_workday(date, wanted.cast_signed()),
            Self::LastOf(weekday) => is_weekday(date, weekday) && day + 7 > date.days_in_month(),
            Self::Nth(weekday, nth) => is_weekday(date, weekday) && (day + 6) / 7 == nth.cast_signed(),
        }
    }
}

fn is_weekday(date: Date, weekday: u8) -> bool {
    date.weekday().to_sunday_zero_offset() == weekday.cast_signed()
}

/// The day from Monday to Friday that is nearest to a day of this month and in the month; `None` when the month has no such day.
fn nearest_workday(month: Date, day: i8) -> Option<i8> {
    let last = month.days_in_month();
    match month.with().day(day).build().ok()?.weekday() {
        Weekday::Saturday if day == 1 => Some(3),
        Weekday::Saturday => Some(day - 1),
        Weekday::Sunday if day == last => Some(day - 2),
        Weekday::Sunday => Some(day + 1),
        _ => Some(day),
    }
}

impl Field {
    /// A single number.
    pub(in crate::domain) fn one(kind: CronField, value: u8) -> Self {
        Self { kind, items: vec![Item { range: Range::One(value), step: None }] }
    }

    /// A star.
    pub(in crate::domain) fn all(kind: CronField) -> Self {
        Self { kind, items: vec![Item { range: Range::All, step: None }] }
    }

    /// What it holds beside its marks; nothing, maybe.
    pub(in crate::domain) fn without_marks(&self) -> Self {
        let items = self.items.iter().filter(|item| !item.range.is_mark()).copied().collect();
        Self { kind: self.kind, items }
    }

    /// The numbers that it holds, as bits; of a mark all those that it can be. In the day of week 0 and 7 are both bit 0.
    pub(in crate::domain) fn values(&self) -> u64 {
        self.bits(|_| true)
    }

    fn bits(&self, counts: impl Fn(Range) -> bool) -> u64 {
        let mut bits = 0_u64;
        for item in self.items.iter().filter(|item| counts(item.range)) {
            let (first, last) = item.range.ends(self.kind);
            for value in (first..=last).step_by(item.step.unwrap_or(1).into()) {
                bits |= 1 << value;
            }
        }
        if self.kind == CronField::DayOfWeek && bits & (1 << 7) != 0 {
            bits = (bits | 1) & !(1 << 7);
        }
        bits
    }

    /// Whether a mark occurs in it, so that [`values`](Self::values) holds more days than it does.
    pub(in crate::domain) fn has_marks(&self) -> bool {
        self.items.iter().any(|item| item.range.is_mark())
    }

    /// Whether this field for days holds a day.
    pub(super) fn holds_day(&self, date: Date) -> bool {
        let value = match self.kind {
            CronField::DayOfWeek => date.weekday().to_sunday_zero_offset(),
            _ => date.day(),
        };
        self.bits(|range| !range.is_mark()) & (1 << value) != 0 || self.items.iter().any(|item| item.range.marks(date))
    }

    /// Vixie's star flag: the text begins with `*`. Such a day field does not take part in the OR of the day fields.
    pub(in crate::domain) fn is_star(&self) -> bool {
        self.items.first().is_some_and(|item| item.range == Range::All)
    }

    /// Whether a wildcard or a step occurs anywhere in it (T4).
    pub(in crate::domain) fn has_wildcard_or_step(&self) -> bool {
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
                Range::Last => f.write_str("L")?,
                Range::LastWorkday => f.write_str("LW")?,
                Range::NearestWorkday(day) => write!(f, "{day}W")?,
                Range::LastOf(weekday) => write!(f, "{weekday}L")?,
                Range::Nth(weekday, nth) => write!(f, "{weekday}#{nth}")?,
            }
            if let Some(step) = item.step {
                write!(f, "/{step}")?;
            }
        }
        Ok(())
    }
}

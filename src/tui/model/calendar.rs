//! The calendar: a month of days with what is due and what runs on each, and the list of one of them.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::duties::Entry;

/// Days that a month is shown in at most: six weeks.
pub const DAYS: usize = 42;

/// More than this is just many.
pub const MANY: usize = 99;

/// What there is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// To-dos that are due, up to one more than [`MANY`].
    pub todos: usize,
    /// Schedules that have a slot, up to one more than [`MANY`].
    pub runs: usize,
}

/// The list of a day.
#[derive(Debug, Clone, Default)]
pub struct DayList {
    /// What there is, the earliest first; nothing while it is not known.
    pub rows: Option<Vec<Entry>>,
    /// The row under the cursor.
    pub cursor: usize,
}

/// The layer.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The day under the cursor.
    pub day: Date,
    /// What was found, and from which day on.
    pub found: Option<(Date, Vec<Day>)>,
    /// From which day on was asked last.
    pub asked: Option<Date>,
    /// The list of the day, when it is open.
    pub list: Option<DayList>,
}

impl Calendar {
    /// At a day.
    pub fn at(day: Date) -> Self {
        Self { day, found: None, asked: None, list: None }
    }

    /// The Monday on or before the first of the month: with it the page begins.
    pub fn first(&self) -> Date {
        let first = self.day.first_of_month();
        let back = i64::from(first.weekday().to_monday_zero_offset());
        first.checked_sub(back.days()).unwrap_or(first)
    }

    /// Weeks of which the month has a day.
    pub fn weeks(&self) -> usize {
        let first = self.day.first_of_month();
        let before = first.weekday().to_monday_zero_offset().unsigned_abs();
        usize::from(before + first.days_in_month().unsigned_abs()).div_ceil(7)
    }

    /// What there is on a day, when that is known.
    pub fn found(&self, day: Date) -> Option<Day> {
        let (first, days) = self.found.as_ref()?;
        let at = first.until(day).ok()?.get_days();
        days.get(usize::try_from(at).ok()?).copied()
    }

    /// So many days on, or back.
    pub fn go(&mut self, days: i64) {
        self.day = self.day.checked_add(days.days()).unwrap_or(self.day);
    }

    /// A month on, or back.
    pub fn turn(&mut self, months: i64) {
        self.day = self.day.checked_add(months.months()).unwrap_or(self.day);
    }
}

/// The days of the week in the order of the page.
pub const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_begins_with_a_monday_and_has_the_weeks_that_it_needs() {
        for (day, first, weeks) in [
            (date(2026, 11, 21), date(2026, 10, 26), 6),
            (date(2027, 2, 1), date(2027, 2, 1), 4),
            (date(2026, 12, 31), date(2026, 11, 30), 5),
        ] {
            let calendar = Calendar::at(day);
            assert_eq!((calendar.first(), calendar.weeks()), (first, weeks), "{day}");
        }
        let mut calendar = Calendar::at(date(2026, 1, 31));
        calendar.turn(1);
        assert_eq!(calendar.day, date(2026, 2, 28));
        calendar.go(1);
        assert_eq!(calendar.day, date(2026, 3, 1));
    }
}

//! Which days: of the week, of the month, counted by ordinals, and the months that they are of.

use super::super::words::{is_to, month, number, ordinal, weekday};
use super::super::{Dates, Day, PhraseError};
use super::{Reader, Result};

impl Reader {
    /// `the month`, `every month`, `january and july`, `december 24`.
    pub(super) fn read_months(&mut self) -> Result<()> {
        while matches!(self.text(0), Some("the" | "every" | "each" | "a" | "any")) {
            self.at += 1;
        }
        let column = self.column();
        if matches!(self.text(0), Some("month" | "months" | "year")) {
            self.at += 1;
            return self.count_days_of_month();
        }
        self.count_days_of_month()?;
        let Some(mut named) = self.text(0).and_then(month) else {
            return Err(self.missing("a month", "of the month or in december"));
        };
        let after = self.text(1).and_then(|text| number(text).or_else(|| ordinal(text)));
        let is_time = self.text(2).is_some_and(|next| is_to(next) || matches!(next, "am" | "pm"));
        if let Some(day) = after.filter(|day| (1..=31).contains(day) && !is_time) {
            // `december 24`
            self.at += 2;
            self.phrase.dates.push(Dates { column, days: vec![Day::OfMonth(day.to_string())], months: [named].into() });
            return Ok(());
        }
        loop {
            self.at += 1;
            if self.phrase.dates.is_empty() {
                self.phrase.dates.push(Dates { column, ..Dates::default() });
            }
            if let Some(group) = self.phrase.dates.last_mut() {
                group.months.insert(named);
            }
            let links = self.links();
            let is_date = self.text(links + 1).is_some_and(|after| number(after).or_else(|| ordinal(after)).is_some());
            match self.text(links).and_then(month).filter(|_| links > 0 && !is_date) {
                Some(next) => named = next,
                None => return Ok(()),
            }
            self.at += links;
        }
    }

    pub(super) fn add_day(&mut self, column: usize, day: Day) {
        match self.phrase.dates.last_mut() {
            Some(group) if group.months.is_empty() => group.days.push(day),
            _ => self.phrase.dates.push(Dates { column, days: vec![day], ..Dates::default() }),
        }
    }

    pub(super) fn add_weekdays(&mut self, column: usize, weekdays: &[u8]) -> Result<()> {
        self.count_days_of_month()?;
        self.at += 1;
        for day in weekdays {
            self.add_day(column, Day::Weekday(*day));
        }
        Ok(())
    }

    /// `monday`, `mon-fri`, `monday to friday`, counted when ordinals stand before it.
    pub(super) fn read_weekdays(&mut self) -> Result<()> {
        let column = self.column();
        let Some((first, last)) = self.text(0).and_then(weekday_range) else { return Ok(()) };
        let counts = self.counts();
        self.at += 1;
        let last = match self.text(1).and_then(weekday) {
            Some(last) if self.text(0).is_some_and(is_to) => {
                self.at += 2;
                last
            }
            _ => last,
        };
        let span = (0..7).map(|days| (first + days) % 7).take(usize::from((last + 7 - first) % 7) + 1);
        if !counts {
            self.count_days_of_month()?;
        }
        for weekday in span {
            if !counts {
                self.add_day(column, Day::Weekday(weekday));
                continue;
            }
            for (column, nth) in self.ordinals.clone() {
                let text = match nth {
                    None => format!("{weekday}L"),
                    Some(nth @ 1..=5) => format!("{weekday}#{nth}"),
                    Some(nth) => {
                        let problem = format!("no month has {nth} of them; write first to fifth, or last");
                        return Err(PhraseError { column, problem });
                    }
                };
                self.add_day(column, Day::Nth(text));
            }
            self.counted = true;
        }
        Ok(())
    }

    pub(super) fn add_ordinal(&mut self, column: usize, ordinal: Option<u8>) -> Result<()> {
        if self.counted {
            self.count_days_of_month()?;
        }
        self.at += 1;
        self.ordinals.push((column, ordinal));
        Ok(())
    }

    /// Whether the word here is counted by ordinals: they stand right before it, or have counted the one before it.
    pub(super) fn counts(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(at));
        let adjacent = before.is_some_and(|word| word.text == "last" || ordinal(&word.text).is_some());
        !self.ordinals.is_empty() && (adjacent || self.counted)
    }

    /// `1st and last day`.
    pub(super) fn count_days(&mut self) {
        self.at += 1;
        for (column, day) in std::mem::take(&mut self.ordinals) {
            self.add_day(column, Day::OfMonth(day.map_or("L".into(), |day| day.to_string())));
        }
    }

    /// Ordinals that count nothing else are days of the month: `the 1st and 15th`.
    pub(super) fn count_days_of_month(&mut self) -> Result<()> {
        if std::mem::take(&mut self.counted) {
            self.ordinals.clear();
        }
        for (column, day) in std::mem::take(&mut self.ordinals) {
            let Some(day) = day else {
                let problem = "`last` of what? write last day, last weekday or last friday of the month".into();
                return Err(PhraseError { column, problem });
            };
            self.add_day(column, Day::OfMonth(day.to_string()));
        }
        Ok(())
    }

    /// `first weekday of the month`, `last weekday of the month`.
    pub(super) fn count_workdays(&mut self) -> Result<()> {
        self.at += 1;
        for (column, nth) in std::mem::take(&mut self.ordinals) {
            let text = match nth {
                None => "LW",
                Some(1) => "1W",
                Some(_) => {
                    let problem = "cron counts the first and the last weekday of a month only; write a day, as in weekday nearest \
                                   the 15th"
                        .into();
                    return Err(PhraseError { column, problem });
                }
            };
            self.add_day(column, Day::OfMonth(text.into()));
        }
        Ok(())
    }

    /// `weekday nearest the 15th`.
    pub(super) fn read_nearest(&mut self) -> Result<()> {
        let column = self.column();
        self.at += 2;
        while matches!(self.text(0), Some("to" | "the")) {
            self.at += 1;
        }
        let Some(day) = self.text(0).and_then(ordinal) else {
            return Err(self.missing("a day of the month", "weekday nearest the 15th"));
        };
        self.at += 1;
        self.add_day(column, Day::OfMonth(format!("{day}W")));
        Ok(())
    }
}

/// `monday` or `mon-fri`, as first and last day.
pub(super) fn weekday_range(text: &str) -> Option<(u8, u8)> {
    match text.split_once('-') {
        Some((first, last)) => Some((weekday(first)?, weekday(last)?)),
        None => weekday(text).map(|day| (day, day)),
    }
}

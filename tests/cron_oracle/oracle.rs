//! The oracle: T4 and T5 acted out by somebody who reads an expression and then watches the clock on a wall, tick by tick.
//!
//! It is slow and plain on purpose, and shares nothing with `domain::cron`: no code, no table, no `cron` crate. Of `jiff` it asks
//! one thing only, which offset an instant has.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

pub(crate) const DAY: i64 = 86_400;

/// An expression as it reads, in the numbers' canonical writing: five fields, or six with a leading second.
pub(crate) struct Expression<'a> {
    pub(crate) text: &'a str,
    /// How many seconds pass between two looks at the clock: 1 when there is a field for seconds, else 60.
    pub(crate) tick: i64,
    second: Numbers,
    minute: Numbers,
    hour: Numbers,
    day_of_month: &'a str,
    month: Numbers,
    day_of_week: &'a str,
    /// T4: neither the hour nor the minute has a wildcard or a step.
    fixed: bool,
}

/// What a field of plain numbers holds.
type Numbers = [bool; 60];

/// A slot: the instant, and the wall time that was asked for, as seconds from 1970-01-01 on that clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) at: i64,
    pub(crate) wall: i64,
}

impl<'a> Expression<'a> {
    pub(crate) fn read(text: &'a str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (tick, second, [minute, hour, day_of_month, month, day_of_week]) = match words[..] {
            [minute, hour, day, month, weekday] => (60, "0", [minute, hour, day, month, weekday]),
            [second, minute, hour, day, month, weekday] => (1, second, [minute, hour, day, month, weekday]),
            _ => panic!("the oracle reads five fields or six, not {text}"),
        };
        Self {
            text,
            tick,
            second: numbers(second, 0, 59),
            minute: numbers(minute, 0, 59),
            hour: numbers(hour, 0, 23),
            day_of_month,
            month: numbers(month, 1, 12),
            day_of_week,
            fixed: !hour.contains(['*', '/']) && !minute.contains(['*', '/']),
        }
    }

    /// T5: both day fields restricted, then either will do; otherwise both have to hold.
    pub(crate) fn holds_day(&self, date: Date) -> bool {
        let of_month = self.day_of_month.split(',').any(|item| is_day_of_month(item, date));
        let of_week = self.day_of_week.split(',').any(|item| is_day_of_week(item, date));
        let restricted = |field: &str| !field.starts_with(['*', '?']);
        let both = restricted(self.day_of_month) && restricted(self.day_of_week);
        let day = if both { of_month || of_week } else { of_month && of_week };
        day && self.month[usize::from(date.month().unsigned_abs())]
    }

    fn holds_time(&self, second_of_day: i64) -> bool {
        let index = |number: i64| usize::try_from(number).unwrap();
        self.hour[index(second_of_day / 3600)]
            && self.minute[index(second_of_day / 60 % 60)]
            && self.second[index(second_of_day % 60)]
    }

    /// The slots that somebody notes who watches this clock.
    pub(crate) fn slots(&self, clock: &Clock) -> Vec<Slot> {
        assert_eq!(clock.tick, self.tick, "{}", self.text);
        let mut today = (i64::MIN, false);
        let mut holds = |wall: i64| {
            let day = wall.div_euclid(DAY);
            if today.0 != day {
                today = (day, self.holds_day(date_of(day)));
            }
            today.1 && self.holds_time(wall.rem_euclid(DAY))
        };
        let mut slots = Vec::new();
        // The latest time that the clock has shown.
        let mut latest = clock.shown_before;
        for &(at, wall) in &clock.looks {
            let asked = if self.fixed {
                // What the clock left out counts at the first look after it; what it shows again does not count.
                let mut new = latest + self.tick;
                while new <= wall && !holds(new) {
                    new += self.tick;
                }
                (new <= wall).then_some(new)
            } else {
                holds(wall).then_some(wall)
            };
            slots.extend(asked.map(|wall| Slot { at, wall }));
            latest = latest.max(wall);
        }
        slots
    }
}

/// A clock on a wall of a zone, and every look at it: the instant and the wall time that it showed.
pub(crate) struct Clock {
    pub(crate) tick: i64,
    looks: Vec<(i64, i64)>,
    shown_before: i64,
}

impl Clock {
    /// Looks after `start` until `end`, both whole minutes.
    pub(crate) fn watch(zone: &TimeZone, start: i64, end: i64, tick: i64) -> Self {
        let look = |at: i64| (at, at + i64::from(zone.to_offset(Timestamp::from_second(at).unwrap()).seconds()));
        // No clock of these years was ever put back by more than half a day.
        let before = (start - DAY / 2..=start).step_by(60).map(|at| look(at).1);
        Self {
            tick,
            shown_before: before.max().unwrap(),
            looks: (start + tick..=end).step_by(usize::try_from(tick).unwrap()).map(look).collect(),
        }
    }

    /// After when and until when it was watched.
    pub(crate) fn span(&self) -> (i64, i64) {
        (self.looks[0].0 - self.tick, self.looks[self.looks.len() - 1].0)
    }

    /// How often the clock was changed meanwhile.
    pub(crate) fn changes(&self) -> usize {
        self.looks.windows(2).filter(|two| two[1].1 - two[0].1 != self.tick).count()
    }
}

/// The days of 1970 and after, counted from 0.
pub(crate) fn date_of(day: i64) -> Date {
    Timestamp::from_second(day * DAY).unwrap().to_zoned(TimeZone::UTC).date()
}

fn numbers(field: &str, min: usize, max: usize) -> Numbers {
    let mut holds = [false; 60];
    for item in field.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (min, max),
            Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        for value in (first..=last).step_by(step.parse().unwrap()) {
            holds[value] = true;
        }
    }
    holds
}

fn is_day_of_month(item: &str, date: Date) -> bool {
    let month = || (1..=date.days_in_month()).map(|day| date.with().day(day).build().unwrap());
    let workdays = || month().filter(|date| (1..=5).contains(&weekday(*date)));
    if item == "L" {
        Some(date) == month().next_back()
    } else if item == "LW" {
        Some(date) == workdays().next_back()
    } else if let Some(day) = item.strip_suffix('W') {
        let day: i8 = day.parse().unwrap();
        day <= date.days_in_month() && Some(date) == workdays().min_by_key(|other| (other.day() - day).abs())
    } else {
        numbers(item, 1, 31)[usize::from(date.day().unsigned_abs())]
    }
}

fn is_day_of_week(item: &str, date: Date) -> bool {
    let today = weekday(date);
    let is = |day: &str| day.parse::<usize>().unwrap() % 7 == today;
    if let Some((day, nth)) = item.split_once('#') {
        let earlier = (1..=4).filter(|weeks| date.checked_sub(weeks.weeks()).unwrap().month() == date.month()).count();
        is(day) && earlier + 1 == nth.parse::<usize>().unwrap()
    } else if let Some(day) = item.strip_suffix('L') {
        is(day) && date.checked_add(1.week()).unwrap().month() != date.month()
    } else {
        let holds = numbers(item, 0, 7);
        holds[today] || (today == 0 && holds[7])
    }
}

/// From 0, a Sunday.
fn weekday(date: Date) -> usize {
    usize::from(date.weekday().to_sunday_zero_offset().unsigned_abs())
}

//! How runs ended, how long they took, and when in the week they began: those that ended in the period.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Group, Key, Period, Took};
use crate::domain::heat::{self, HOURS, Week};

/// How a run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It succeeded.
    Ok,
    /// It ended badly.
    Bad,
    /// It ended badly, and nobody knows when: how long it took does not count.
    Lost,
    /// A person stopped it: that is neither a success nor a failure, and how long it took says nothing.
    Cancelled,
    /// What it waited for did not come.
    Skipped,
}

impl Fate {
    /// Of a run whose [outcome](crate::domain::run::Outcome::word) has this word.
    pub fn of(outcome: &str) -> Self {
        match outcome {
            "succeeded" => Self::Ok,
            "lost" => Self::Lost,
            "cancelled" => Self::Cancelled,
            "skipped" => Self::Skipped,
            _ => Self::Bad,
        }
    }
}

/// A run that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// When its first process began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Timestamp,
    /// How.
    pub fate: Fate,
}

impl End {
    /// How long it took in microseconds, with the waits between its attempts.
    fn took(&self) -> Option<u64> {
        let counts = matches!(self.fate, Fate::Ok | Fate::Bad);
        let began = self.began.filter(|_| counts)?;
        Some(u64::try_from(self.ended.as_microsecond() - began.as_microsecond()).unwrap_or(0))
    }
}

/// What was counted of some runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFigures {
    /// They succeeded.
    pub ok: u64,
    /// They ended badly.
    pub bad: u64,
    /// A person stopped them.
    pub cancelled: u64,
    /// What they waited for did not come.
    pub skipped: u64,
    /// How long those took of which that is known, but for the cancelled ones.
    pub took: Option<Took>,
    /// The hour of the week in which most began: the weekday from Monday, the hour, and how many. The first of several.
    pub busiest: Option<(usize, usize, u32)>,
}

impl RunFigures {
    /// All of them.
    pub const fn ended(&self) -> u64 {
        self.ok + self.bad + self.cancelled + self.skipped
    }

    /// Which part of those that succeeded or failed has succeeded, from 0 to 1.
    pub fn rate(&self) -> Option<f64> {
        let judged = self.ok + self.bad;
        (judged > 0).then(|| self.ok as f64 / judged as f64)
    }
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    /// Of each unit of the period.
    pub units: Vec<RunFigures>,
    /// Of each group, that with the most runs first.
    pub groups: Vec<Group<RunFigures>>,
    /// Of all.
    pub total: RunFigures,
    /// How many began in each hour of the week.
    pub week: Week,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    figures: RunFigures,
    took: Vec<u64>,
    hours: BTreeMap<usize, u32>,
}

impl Counts {
    fn add(&mut self, end: &End, hour: Option<usize>) {
        let figures = &mut self.figures;
        match end.fate {
            Fate::Ok => figures.ok += 1,
            Fate::Bad | Fate::Lost => figures.bad += 1,
            Fate::Cancelled => figures.cancelled += 1,
            Fate::Skipped => figures.skipped += 1,
        }
        self.took.extend(end.took());
        if let Some(hour) = hour {
            *self.hours.entry(hour).or_default() += 1;
        }
    }

    fn close(mut self) -> RunFigures {
        self.figures.took = Took::of(&mut self.took);
        self.figures.busiest = busiest(self.hours.into_iter());
        self.figures
    }
}

fn busiest(hours: impl Iterator<Item = (usize, u32)>) -> Option<(usize, usize, u32)> {
    let most = |best: Option<(usize, u32)>, next: (usize, u32)| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    };
    hours.filter(|(_, count)| *count > 0).fold(None, most).map(|(hour, count)| (hour / HOURS, hour % HOURS, count))
}

/// Counts runs one by one. Of each it keeps how long it took, and that once more for each of its groups.
#[derive(Debug)]
pub struct RunTally<'a> {
    period: &'a Period,
    units: Vec<Counts>,
    groups: Vec<Counts>,
    week: Week,
}

impl<'a> RunTally<'a> {
    /// Nothing was counted yet.
    pub fn new(period: &'a Period) -> Self {
        Self { period, units: vec![Counts::default(); period.units()], groups: Vec::new(), week: Week::default() }
    }

    /// Counts a run, for these groups; one that ended outside of the period does not count.
    pub fn add(&mut self, groups: &[usize], end: &End) {
        let Some(unit) = self.period.unit_of(end.ended) else { return };
        let place = end.began.map(|began| heat::place(began, self.period.zone()));
        if let Some((day, hour)) = place {
            self.week[day][hour] += 1;
        }
        let hour = place.map(|(day, hour)| day * HOURS + hour);
        self.units[unit].add(end, hour);
        for group in groups {
            if *group >= self.groups.len() {
                self.groups.resize_with(group + 1, Counts::default);
            }
            self.groups[*group].add(end, hour);
        }
    }

    /// The report; `keys` are the groups by their numbers.
    pub fn close(self, keys: Vec<Key>) -> Runs {
        let mut total = RunFigures::default();
        let mut took = Vec::with_capacity(self.units.iter().map(|unit| unit.took.len()).sum());
        for Counts { figures, took: of_unit, .. } in &self.units {
            total.ok += figures.ok;
            total.bad += figures.bad;
            total.cancelled += figures.cancelled;
            total.skipped += figures.skipped;
            took.extend_from_slice(of_unit);
        }
        total.took = Took::of(&mut took);
        total.busiest = busiest(self.week.iter().flatten().copied().enumerate());
        let figures = |(key, counts): (Key, Counts)| Group { key, figures: counts.close() };
        let mut groups: Vec<_> = keys.into_iter().zip(self.groups).map(figures).collect();
        groups.sort_by(|a, b| (b.figures.ended(), &a.key.name).cmp(&(a.figures.ended(), &b.key.name)));
        Runs { units: self.units.into_iter().map(Counts::close).collect(), groups, total, week: self.week }
    }
}

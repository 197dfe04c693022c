//! To-dos that were done in the period, how long that took, and how many were overdue at the end of each of its units.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Group, Key, Period, Took};

/// A to-do that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When it was written down.
    pub created: Timestamp,
    /// When it was begun for the first time.
    pub begun: Option<Timestamp>,
    /// When it ended.
    pub ended: Timestamp,
    /// It was completed; else it was given up.
    pub done: bool,
}

/// What was counted of some to-dos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TodoFigures {
    /// They were completed.
    pub done: u64,
    /// They were given up.
    pub given_up: u64,
    /// From when they were begun until they were done, of those that were begun at all.
    pub cycle: Option<Took>,
    /// From when they were written down until they were done.
    pub lead: Option<Took>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todos {
    /// Of each unit of the period.
    pub units: Vec<TodoFigures>,
    /// Of each group, that with the most done first.
    pub groups: Vec<Group<TodoFigures>>,
    /// Of all.
    pub total: TodoFigures,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    done: u64,
    given_up: u64,
    cycle: Vec<u64>,
    lead: Vec<u64>,
}

impl Counts {
    fn add(&mut self, ended: &Ended) {
        if !ended.done {
            self.given_up += 1;
            return;
        }
        self.done += 1;
        let since = |from: Timestamp| u64::try_from(ended.ended.as_microsecond() - from.as_microsecond()).unwrap_or(0);
        self.lead.push(since(ended.created));
        self.cycle.extend(ended.begun.map(since));
    }

    fn and(&mut self, other: &Self) {
        self.done += other.done;
        self.given_up += other.given_up;
        self.cycle.extend_from_slice(&other.cycle);
        self.lead.extend_from_slice(&other.lead);
    }

    fn close(mut self) -> TodoFigures {
        let (cycle, lead) = (Took::of(&mut self.cycle), Took::of(&mut self.lead));
        TodoFigures { done: self.done, given_up: self.given_up, cycle, lead }
    }
}

/// Counts to-dos one by one.
#[derive(Debug)]
pub struct TodoTally<'a> {
    period: &'a Period,
    units: Vec<Counts>,
    groups: Vec<Counts>,
}

impl<'a> TodoTally<'a> {
    /// Nothing was counted yet.
    pub fn new(period: &'a Period) -> Self {
        Self { period, units: vec![Counts::default(); period.units()], groups: Vec::new() }
    }

    /// Counts one, for these groups; one that ended outside of the period does not count.
    pub fn add(&mut self, groups: &[usize], ended: &Ended) {
        let Some(unit) = self.period.unit_of(ended.ended) else { return };
        self.units[unit].add(ended);
        for group in groups {
            if *group >= self.groups.len() {
                self.groups.resize_with(group + 1, Counts::default);
            }
            self.groups[*group].add(ended);
        }
    }

    /// The report; `keys` are the groups by their numbers.
    pub fn close(self, keys: Vec<Key>) -> Todos {
        let mut total = Counts::default();
        self.units.iter().for_each(|unit| total.and(unit));
        let figures = |(key, counts): (Key, Counts)| Group { key, figures: counts.close() };
        let mut groups: Vec<_> = keys.into_iter().zip(self.groups).map(figures).collect();
        let order = |group: &TodoFigures| (group.done, group.given_up);
        groups.sort_by(|a, b| (order(&b.figures), &a.key.name).cmp(&(order(&a.figures), &b.key.name)));
        Todos { units: self.units.into_iter().map(Counts::close).collect(), groups, total: total.close() }
    }
}

/// How many to-dos of a group were overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OverdueFigures {
    /// At the end of the period.
    pub last: u64,
    /// At the end of the unit at which most were.
    pub most: u64,
}

/// The report: a to-do counts at the end of each unit at which it was due, written down, and neither done nor given up nor deleted.
/// What is known of a to-do is how it stands now: one whose due time was moved counts by the new one, and one that was opened again as
/// if it had never been done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// At the end of each unit of the period.
    pub units: Vec<u64>,
    /// Of each group, that with the most at the end first.
    pub groups: Vec<Group<OverdueFigures>>,
}

/// By how much the number changes at each unit.
type Steps = BTreeMap<usize, i64>;

/// Counts to-dos one by one, however long they are overdue.
#[derive(Debug)]
pub struct OverdueTally<'a> {
    period: &'a Period,
    all: Steps,
    groups: Vec<Steps>,
}

impl<'a> OverdueTally<'a> {
    /// Nothing was counted yet.
    pub const fn new(period: &'a Period) -> Self {
        Self { period, all: Steps::new(), groups: Vec::new() }
    }

    /// Counts one that was overdue after `since`, and no more from `ended` on.
    pub fn add(&mut self, groups: &[usize], since: Timestamp, ended: Option<Timestamp>) {
        let ends = self.period.ends();
        let first = ends.partition_point(|end| *end <= since);
        let past = ended.map_or(ends.len(), |ended| ends.partition_point(|end| *end < ended));
        if first >= past {
            return;
        }
        let step = |steps: &mut Steps| {
            *steps.entry(first).or_default() += 1;
            *steps.entry(past).or_default() -= 1;
        };
        step(&mut self.all);
        for group in groups {
            if *group >= self.groups.len() {
                self.groups.resize_with(group + 1, Steps::new);
            }
            step(&mut self.groups[*group]);
        }
    }

    /// The report; `keys` are the groups by their numbers. A group of which nothing was overdue at the end of a unit is left out.
    pub fn close(self, keys: Vec<Key>) -> Overdue {
        let count = self.period.units();
        let level = |steps: &Steps| {
            let mut now = 0_i64;
            (0..count)
                .map(|unit| {
                    now += steps.get(&unit).copied().unwrap_or(0);
                    now.unsigned_abs()
                })
                .collect::<Vec<_>>()
        };
        let figures = |(key, steps): (Key, Steps)| {
            let (mut now, mut most, mut last) = (0_i64, 0, 0);
            for (unit, step) in steps {
                now += step;
                if unit < count {
                    most = most.max(now.unsigned_abs());
                    last = now.unsigned_abs();
                }
            }
            Group { key, figures: OverdueFigures { last, most } }
        };
        let mut groups: Vec<_> =
            keys.into_iter().zip(self.groups).map(figures).filter(|group| group.figures.most > 0).collect();
        let order = |figures: &OverdueFigures| (figures.last, figures.most);
        groups.sort_by(|a, b| (order(&b.figures), &a.key.name).cmp(&(order(&a.figures), &b.key.name)));
        Overdue { units: level(&self.all), groups }
    }
}

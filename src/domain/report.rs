//! Reports over a period: what was done and how long it took, what was overdue, how runs ended, and what waits.

mod period;
mod runs;
mod todos;

use std::time::Duration;

use jiff::Timestamp;

use super::run::words;
use super::{RunId, TaskId};

pub use period::{Grain, MOST, Period, PeriodError};
pub use runs::{End, Fate, RunFigures, RunTally, Runs};
pub use todos::{Ended, Overdue, OverdueFigures, OverdueTally, TodoFigures, TodoTally, Todos};

words! {
    /// What a report is about.
    Kind {
        /// To-dos that were done or given up.
        Done = "done",
        /// How long to-dos took: from when they were begun, and from when they were written down.
        Cycle = "cycle",
        /// How many to-dos were overdue.
        Overdue = "overdue",
        /// How runs ended.
        Success = "success",
        /// How long runs took.
        Durations = "durations",
        /// In which hours of the week runs began.
        Hours = "hours",
        /// What has waited longest, as of now.
        Waiting = "waiting",
    }
}

words! {
    /// By what the rows of a report are grouped.
    By {
        /// The category.
        Category = "category",
        /// Who it is assigned to.
        Assignee = "assignee",
        /// Each tag: what has several counts for each of them.
        Tag = "tag",
        /// The task itself.
        Task = "task",
    }
}

impl Kind {
    /// Its title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Done => "To-dos done",
            Self::Cycle => "How long to-dos took",
            Self::Overdue => "To-dos overdue",
            Self::Success => "How runs ended",
            Self::Durations => "How long runs took",
            Self::Hours => "When runs began",
            Self::Waiting => "What has waited longest",
        }
    }

    /// What is read for it. Several kinds show one source in different ways.
    pub const fn source(self) -> Source {
        match self {
            Self::Done | Self::Cycle => Source::Todos,
            Self::Overdue => Source::Overdue,
            Self::Success | Self::Durations | Self::Hours => Source::Runs,
            Self::Waiting => Source::Waiting,
        }
    }

    /// Whether its rows can be grouped: what waits is a list of single things.
    pub const fn has_groups(self) -> bool {
        !matches!(self, Self::Waiting)
    }
}

/// What is read for a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// To-dos that ended in the period.
    Todos,
    /// To-dos that were overdue in it.
    Overdue,
    /// Runs that ended in it.
    Runs,
    /// What waits now.
    Waiting,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// To-dos that ended.
    Todos(Todos),
    /// To-dos that were overdue.
    Overdue(Overdue),
    /// Runs that ended.
    Runs(Box<Runs>),
    /// What waits.
    Waiting(Vec<Waiting>),
}

/// The figures of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<T> {
    /// What it is.
    pub key: Key,
    /// What was counted.
    pub figures: T,
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Key {
    /// The category, the assignee, the tag or the slug; `None` where there is none.
    pub name: Option<String>,
    /// The task, when it is one that is not in the trash.
    pub task: Option<TaskId>,
}

words! {
    /// Why something is in the list of what waits.
    Wait {
        /// A task that cannot begin before others are done, since the first of them was missing.
        Blocked = "blocked",
        /// A to-do that is overdue, since it was due.
        Overdue = "overdue",
        /// A to-do that is open, since it was written down.
        Open = "open",
        /// A run that has not begun, or waits for its next attempt, since it was asked for.
        Run = "run",
    }
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Why it is here.
    pub wait: Wait,
    /// The task, or that of the run.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// The run.
    pub run: Option<RunId>,
    /// Since when.
    pub since: Timestamp,
    /// What is known about why.
    pub reason: Option<String>,
}

/// How long things took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// How many there were.
    pub count: usize,
    /// Half of them took at most this long.
    pub p50: Duration,
    /// 19 of 20 took at most this long.
    pub p95: Duration,
    /// The longest.
    pub most: Duration,
}

impl Took {
    /// Of some durations in microseconds, which change their order; `None` when there are none.
    pub fn of(micros: &mut [u64]) -> Option<Self> {
        let p50 = percentile(micros, 50)?;
        let p95 = percentile(micros, 95)?;
        let most = micros.iter().copied().max()?;
        let [p50, p95, most] = [p50, p95, most].map(Duration::from_micros);
        Some(Self { count: micros.len(), p50, p95, most })
    }
}

/// A percentile by nearest rank: the smallest of the numbers that is not below `percent` of 100 of them, rank
/// `ceil(percent / 100 * n)`. It is always one of the numbers, never one between two (Hyndman and Fan, "Sample Quantiles in Statistical
/// Packages", The American Statistician 50, 1996, definition 1).
pub fn percentile(numbers: &mut [u64], percent: usize) -> Option<u64> {
    let rank = (numbers.len() * percent.min(100)).div_ceil(100).max(1);
    if numbers.is_empty() {
        return None;
    }
    Some(*numbers.select_nth_unstable(rank - 1).1)
}

/// How many eighths of a bar a number is, so that a little is not nothing and the most is a whole one.
pub fn eighths(number: u64, most: u64) -> usize {
    if number == 0 || most == 0 {
        return 0;
    }
    let eighths = (u128::from(number) * 8).div_ceil(u128::from(most));
    usize::try_from(eighths).unwrap_or(8).min(8)
}

#[cfg(test)]
mod tests;

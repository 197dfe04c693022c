//! The reports: which one is shown, over how long, in which groups, and what was counted.

use jiff::Timestamp;

use crate::domain::TaskId;
use crate::domain::filter::{self, Filter, Term};
use crate::domain::report::{By, Group, Key, Kind, Period, Report, Source};

/// The periods, in days.
pub const SPANS: [u32; 4] = [7, 30, 90, 365];

/// The layer.
#[derive(Debug, Clone)]
pub struct Reports {
    /// Which report.
    pub kind: Kind,
    /// Which of [`SPANS`].
    pub span: usize,
    /// By what its rows are grouped.
    pub by: By,
    /// What was counted last.
    pub counted: Option<(Asked, Box<Counted>)>,
    /// The row under the cursor, and the first one on the screen.
    pub cursor: usize,
    /// See `cursor`.
    pub top: usize,
}

/// What the worker is asked to count. Several reports show one count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What is read.
    pub source: Source,
    /// Over how many days up to now.
    pub days: u32,
    /// In which groups.
    pub by: By,
}

/// What it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// In which period.
    pub period: Period,
    /// As of when.
    pub at: Timestamp,
    /// The figures.
    pub report: Report,
}

/// Where Enter leads from a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// To a task, and one of its runs.
    Task(TaskId, String, Option<crate::domain::RunId>),
    /// To the tasks that this filter finds.
    Filter(Filter),
    /// Nowhere, because of this.
    Nowhere(&'static str),
}

impl Default for Reports {
    fn default() -> Self {
        Self { kind: Kind::Done, span: 1, by: By::Category, counted: None, cursor: 0, top: 0 }
    }
}

impl Reports {
    /// What its report needs.
    pub fn asked(&self) -> Asked {
        Asked { source: self.kind.source(), days: SPANS[self.span.min(SPANS.len() - 1)], by: self.by }
    }

    /// What was counted for its report; `None` while that is on its way.
    pub fn shown(&self) -> Option<&Counted> {
        self.counted.as_ref().filter(|(asked, _)| *asked == self.asked()).map(|(_, counted)| counted.as_ref())
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.shown().map_or(0, |counted| match &counted.report {
            Report::Todos(todos) => todos.groups.len(),
            Report::Overdue(overdue) => overdue.groups.len(),
            Report::Runs(runs) => runs.groups.len(),
            Report::Waiting(waiting) => waiting.len(),
        })
    }

    /// The report after this one, or before it; around the ends.
    pub fn turn(&mut self, forward: bool) {
        let all = Kind::ALL;
        let at = all.iter().position(|kind| *kind == self.kind).unwrap_or(0);
        let step = if forward { 1 } else { all.len() - 1 };
        self.kind = all[(at + step) % all.len()];
        (self.cursor, self.top) = (0, 0);
    }

    /// The next way to group.
    pub fn regroup(&mut self) {
        let at = By::ALL.iter().position(|by| *by == self.by).unwrap_or(0);
        self.by = By::ALL[(at + 1) % By::ALL.len()];
        (self.cursor, self.top) = (0, 0);
    }

    /// Moves the cursor in a list of this height.
    pub fn go(&mut self, to: usize, height: usize) {
        self.cursor = to.min(self.rows().saturating_sub(1));
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(height.max(1)));
    }

    /// Where the row under the cursor leads.
    pub fn goal(&self) -> Option<Goal> {
        fn key<T>(groups: &[Group<T>], at: usize) -> Option<&Key> {
            groups.get(at).map(|group| &group.key)
        }
        let at = self.cursor;
        let key = match &self.shown()?.report {
            Report::Waiting(waiting) => {
                return waiting.get(at).map(|one| Goal::Task(one.task, one.slug.clone(), one.run));
            }
            Report::Todos(todos) => key(&todos.groups, at),
            Report::Overdue(overdue) => key(&overdue.groups, at),
            Report::Runs(runs) => key(&runs.groups, at),
        }?;
        Some(match (self.by, &key.name, key.task) {
            (By::Task, Some(slug), Some(task)) => Goal::Task(task, slug.clone(), None),
            (By::Task, ..) => Goal::Nowhere("this task was deleted"),
            (By::Category, name, _) => Goal::Filter(these(filter::Key::Category, name.as_ref())),
            (By::Assignee, name, _) => Goal::Filter(these(filter::Key::Assignee, name.as_ref())),
            (By::Tag, name, _) => Goal::Filter(these(filter::Key::Tag, name.as_ref())),
        })
    }
}

/// The tasks that a row counts, wherever they are by now; a category without those below it, which have rows of their own.
fn these(key: filter::Key, name: Option<&String>) -> Filter {
    Filter::Term(match name {
        Some(name) => Term::Names(key, vec![name.clone()], key == filter::Key::Category),
        None => Term::Has(key, false),
    })
}

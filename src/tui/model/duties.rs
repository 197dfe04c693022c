//! The agenda: what people have to do by when it is due, with the machine runs of today among it.

use super::window::Item;
use crate::domain::due::Distance;
use crate::domain::{ScheduleId, TaskId};
use crate::store::duties::{Duty, place_of};
use crate::tui::model::Model;
use jiff::Timestamp;

/// What pane 2 shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextTab {
    /// The next slots of all schedules.
    #[default]
    Runs,
    /// The agenda.
    Agenda,
}

/// A row of the agenda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A to-do.
    Todo(Duty),
    /// The next slot of a schedule, today.
    Run {
        /// The schedule.
        schedule: ScheduleId,
        /// Its task.
        task: TaskId,
        /// The slug of that.
        slug: String,
        /// When.
        at: Timestamp,
    },
}

/// What the cursor follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryId {
    /// A to-do.
    Todo(TaskId),
    /// A schedule.
    Run(ScheduleId),
}

impl Entry {
    /// Its task.
    pub fn task(&self) -> (TaskId, &str) {
        match self {
            Self::Todo(duty) => (duty.id, &duty.slug),
            Self::Run { task, slug, .. } => (*task, slug),
        }
    }

    /// What a list calls it.
    pub fn title(&self) -> &str {
        match self {
            Self::Todo(duty) => &duty.name,
            Self::Run { slug, .. } => slug,
        }
    }

    /// How far off it is, by days: what is late today is of today.
    pub fn distance(&self, model: &Model) -> Distance {
        let at = match self {
            Self::Todo(duty) => duty.due_at,
            Self::Run { at, .. } => Some(*at),
        };
        Distance::of(at, &model.zone, model.at())
    }
}

impl Item for Entry {
    type Id = EntryId;
    type Key = (i64, String);
    fn id(&self) -> EntryId {
        match self {
            Self::Todo(duty) => EntryId::Todo(duty.id),
            Self::Run { schedule, .. } => EntryId::Run(*schedule),
        }
    }
    fn key(&self) -> (i64, String) {
        match self {
            Self::Todo(duty) => duty.place(),
            Self::Run { at, slug, .. } => (place_of(*at), slug.clone()),
        }
    }
}

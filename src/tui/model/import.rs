//! The import layer: what the crontab or the timers of this machine would become as tasks, before they do.

use std::time::Duration;

use crate::store::incoming::{Incoming, Place};

/// From where tasks are imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `crontab -l`.
    Crontab,
    /// The enabled timers of systemd.
    Timers,
}

impl Source {
    /// As a title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Crontab => "your crontab",
            Self::Timers => "systemd timers",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Crontab => Self::Timers,
            Self::Timers => Self::Crontab,
        }
    }
}

/// A job that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The task that it would be.
    pub task: Incoming,
    /// Where that would be in the store.
    pub place: Place,
    /// Where it stands now.
    pub origin: String,
    /// Its schedules, in sentences.
    pub when: Vec<String>,
    /// What would not mean the same, in sentences.
    pub notes: Vec<String>,
}

/// What was found in a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// What can become tasks.
    pub jobs: Vec<Offered>,
    /// What cannot: place, text and reason.
    pub refused: Vec<(String, String, String)>,
    /// What is true for all of them, in sentences.
    pub notes: Vec<String>,
    /// How the originals are switched off, a line each.
    pub off: Vec<String>,
}

impl Offer {
    /// The jobs that are not tasks yet.
    pub fn new_ones(&self) -> usize {
        self.jobs.iter().filter(|job| matches!(job.place, Place::New(_))).count()
    }
}

/// The layer.
#[derive(Debug, Clone)]
pub struct Import {
    /// Which source is shown.
    pub source: Source,
    /// What was found there, or why nothing can be; `None` while it is read.
    pub offer: Option<Result<Offer, String>>,
    /// When that was first on the screen, on the monotonic clock.
    pub shown: Duration,
    /// The first line on the screen.
    pub top: usize,
    /// How many tasks were made of it, once that was done.
    pub created: Option<usize>,
    /// Whether they are being made.
    pub creating: bool,
}

impl Import {
    /// Whether there is anything that can still be created.
    pub fn has_new(&self) -> bool {
        self.created.is_none() && matches!(&self.offer, Some(Ok(offer)) if offer.new_ones() > 0)
    }

    /// Of a source that has not been read.
    pub const fn of(source: Source) -> Self {
        Self { source, offer: None, shown: Duration::ZERO, top: 0, created: None, creating: false }
    }
}

//! What is to come of the schedule in the builder: the question to the worker, and its answer.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::TaskId;
use crate::domain::preview::Preview;

/// What the worker has to know to look ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The task, when there is one already.
    pub task: Option<TaskId>,
    /// Its name.
    pub name: String,
    /// The fields: key and text.
    pub fields: Vec<(&'static str, String)>,
    /// All schedules of the task as text.
    pub texts: Vec<String>,
    /// Which of them is in the fields.
    pub at: usize,
    /// Whether the last days are played, not the next ones.
    pub past: bool,
}

/// What is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// As of then.
    pub now: Timestamp,
    /// What is wrong in the fields.
    pub errors: Vec<Wrong>,
    /// Which of the schedules are wrong.
    pub wrong: Vec<usize>,
    /// The name of the zone.
    pub zone_name: String,
    /// What the schedule will do, when it can be read.
    pub seen: Option<Seen>,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key of the field.
    pub key: &'static str,
    /// Where in its text, in characters from 1.
    pub column: Option<usize>,
    /// What, and what would be right.
    pub text: String,
}

/// What a schedule that can be read will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The rule as it is kept: `*/30 6-21 * * 1-5`.
    pub when: String,
    /// The same in words.
    pub phrase: String,
    /// The fields of a cron expression, by name.
    pub parts: Vec<(&'static str, String)>,
    /// The zone in which it is meant.
    pub zone: TimeZone,
    /// Its slots, and more.
    pub preview: Preview,
    /// How much later it starts.
    pub jitter: Jitter,
    /// What a person should know before saving it, in sentences.
    pub warnings: Vec<String>,
    /// What becomes of the slots of all schedules of the task over some time, in sentences.
    pub simulated: Vec<String>,
    /// What else holds for it, in sentences.
    pub notes: Vec<String>,
    /// With which tasks it collides, in a sentence.
    pub collisions: Option<String>,
}

/// How much later than due a slot starts (T9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    /// So much.
    Is(SignedDuration),
    /// Up to so much: it is known when the schedule is saved.
    UpTo(Duration),
}

//! Tasks: a named thing to get done, by a person or by the machine.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::after::Upstream;
use super::condition::{self, Condition};
use super::dependency::Dependency;
use super::expect::ExpectBy;
use super::keep::OutputCap;
use super::limits::Limits;
use super::python::Choice;
use super::recur::Recur;
use super::reminder::{self, Reminder};
use super::retry::Retry;
use super::run::words;
use super::secret::Secret;
use super::signal::StopSignal;
use super::{RunId, TaskId};

words! {
    /// What kind of thing a task is.
    Kind {
        /// Done by the machine: a shell command line.
        Command = "command",
        /// Done by the machine: a script file.
        Script = "script",
        /// Done by a person.
        Todo = "todo",
    }
}

words! {
    /// How far a to-do is.
    Status {
        /// Not begun.
        Open = "open",
        /// Begun.
        InProgress = "in_progress",
        /// Done.
        Completed = "completed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

impl Status {
    /// What else people call them.
    pub const ALSO: [(&str, Self); 2] = [("done", Self::Completed), ("begun", Self::InProgress)];

    /// The one that a person means, in capitals or not.
    pub fn said(text: &str) -> Option<Self> {
        let word = text.to_ascii_lowercase().replace('-', "_");
        let also = || Self::ALSO.iter().find(|(also, _)| *also == word).map(|(_, status)| *status);
        Self::from_word(&word).or_else(also)
    }
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A shell command line.
    Command(String),
    /// An absolute path of a script file: run itself when it is executable, else by the interpreter for its extension.
    Script(PathBuf),
    /// Something a person does.
    Todo(Status),
}

impl Work {
    /// The kind without the data.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Command(_) => Kind::Command,
            Self::Script(_) => Kind::Script,
            Self::Todo(_) => Kind::Todo,
        }
    }
}

/// From 1 (first) to 10 (last), 5 when nothing is said (A1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(u8);

impl Priority {
    /// The priority with this number, if it is one.
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 10 { Some(Self(number)) } else { None }
    }

    /// The number, 1 to 10.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self(5)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What happens to a slot when a run of the task still lives (R2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// The slot is skipped, with the run that was in the way.
    #[default]
    Skip,
    /// One run waits, for the latest slot.
    Queue,
    /// Each slot's run waits its turn, up to [`MOST_QUEUED`] of them; more are skipped.
    QueueAll,
    /// Up to this many runs at once; more are skipped.
    Parallel(u16),
    /// The run of the older slot is stopped; the new one starts when it has ended.
    Replace,
}

/// Runs of one task that wait at most when all slots are queued (R2).
pub const MOST_QUEUED: usize = 100;

impl Overlap {
    /// How many runs of the task may live at once.
    pub const fn parallel(self) -> u16 {
        match self {
            Self::Skip | Self::Queue | Self::QueueAll | Self::Replace => 1,
            Self::Parallel(n) => n,
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skip => f.write_str("skip"),
            Self::Queue => f.write_str("queue"),
            Self::QueueAll => f.write_str("queue-all"),
            Self::Replace => f.write_str("replace"),
            Self::Parallel(n) => write!(f, "parallel={n}"),
        }
    }
}

impl std::str::FromStr for Overlap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "skip" => return Ok(Self::Skip),
            "queue" => return Ok(Self::Queue),
            "queue-all" => return Ok(Self::QueueAll),
            "replace" => return Ok(Self::Replace),
            _ => {}
        }
        match text.strip_prefix("parallel=").map(str::parse) {
            Some(Ok(n)) if n >= 1 => Ok(Self::Parallel(n)),
            Some(_) => Err(format!("`{text}`: parallel takes a number of 1 or more, as in parallel=3")),
            None => Err(format!("`{text}` is not skip, queue, queue-all, parallel=N or replace")),
        }
    }
}

/// How a machine task is executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// What happens to slots while a run lives (R2).
    pub overlap: Overlap,
    /// Each attempt is stopped after this long (R5).
    pub timeout: Option<Duration>,
    /// All attempts together are stopped so long after the start of the first one (R5).
    pub deadline: Option<Duration>,
    /// Whether a run that failed is tried again (R6).
    pub retry: Option<Retry>,
    /// From the stop signal to KILL (R4).
    pub grace: Duration,
    /// What asks a run to stop (R4).
    pub stop_signal: StopSignal,
    /// What each attempt may use (R7).
    pub limits: Limits,
    /// The working folder; the home folder when none is said.
    pub cwd: Option<PathBuf>,
    /// Variables on top of the inherited ones (R9).
    pub env: BTreeMap<String, String>,
    /// Variables whose values are read when a run starts (R9).
    pub secrets: Vec<Secret>,
    /// Whether stdout and stderr are a terminal of the run's own (O1).
    pub pty: bool,
    /// What is given on standard input, which is empty without it (R9). It ends with a line end.
    pub stdin: Option<String>,
    /// The shell for a command line.
    pub shell: PathBuf,
    /// The interpreter of a script, which then has an environment.
    pub python: Option<Choice>,
    /// The tasks after which it runs (R11).
    pub after: Vec<Upstream>,
    /// The groups with which it shares places: sorted names (R3).
    pub groups: Vec<String>,
    /// What has to hold before a run that nobody asked for by hand (R10).
    pub conditions: Vec<Condition>,
    /// How long such a run waits for them before it is skipped.
    pub condition_window: Duration,
    /// After so many failures in a row the task is paused (R12).
    pub pause_after: Option<NonZeroU32>,
    /// After so many failures in a row a to-do is opened about them.
    pub todo_after: Option<NonZeroU32>,
    /// By when a success is expected (R12).
    pub expect_by: Option<ExpectBy>,
    /// How much of the output of a run is kept (O2); as the settings say when nothing is said.
    pub output_cap: Option<OutputCap>,
}

impl Default for Execution {
    fn default() -> Self {
        Self {
            overlap: Overlap::default(),
            timeout: None,
            deadline: None,
            retry: None,
            grace: Duration::from_secs(10),
            stop_signal: StopSignal::TERM,
            limits: Limits::default(),
            cwd: None,
            env: BTreeMap::new(),
            secrets: Vec::new(),
            pty: false,
            stdin: None,
            shell: PathBuf::from("/bin/sh"),
            python: None,
            after: Vec::new(),
            groups: Vec::new(),
            conditions: Vec::new(),
            condition_window: condition::WINDOW,
            pause_after: None,
            todo_after: None,
            expect_by: None,
            output_cap: None,
        }
    }
}

/// Everything about a task that a person decides; the same when it is added and when it is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// As the person calls it.
    pub name: String,
    /// What has to be done.
    pub work: Work,
    /// How the machine does it.
    pub execution: Execution,
    /// A path such as `media/backup`, or empty.
    pub category: String,
    /// Sorted, without duplicates.
    pub tags: Vec<String>,
    /// 1 first.
    pub priority: Priority,
    /// Who does or answers for it.
    pub assignee: Option<String>,
    /// When a to-do should be done.
    pub due_at: Option<Timestamp>,
    /// When to remind of it (A4), sorted.
    pub reminders: Vec<Reminder>,
    /// What has to be done before it (A3), sorted.
    pub depends_on: Vec<Dependency>,
    /// How a to-do comes again (A2).
    pub recur: Option<Recur>,
    /// What it is about, in Markdown.
    pub description: String,
    /// How far it is, as the person says, in percent.
    pub progress: u8,
    /// Its type, of those that the settings declare.
    pub task_type: Option<String>,
    /// The fields of its type.
    pub custom: BTreeMap<String, String>,
    /// Whether its schedules rest.
    pub paused: bool,
}

impl Definition {
    /// A task of this name and work, everything else by default.
    pub fn new(name: impl Into<String>, work: Work) -> Self {
        Self {
            name: name.into(),
            work,
            execution: Execution::default(),
            category: String::new(),
            tags: Vec::new(),
            priority: Priority::default(),
            assignee: None,
            due_at: None,
            reminders: Vec::new(),
            depends_on: Vec::new(),
            recur: None,
            description: String::new(),
            progress: 0,
            task_type: None,
            custom: BTreeMap::new(),
            paused: false,
        }
    }

    /// Whether there is nothing left to do: a to-do that was completed or given up.
    pub const fn is_closed(&self) -> bool {
        matches!(self.work, Work::Todo(Status::Completed | Status::Cancelled))
    }

    /// The instants at which to remind of it (A4): none when there is nothing left to do.
    pub fn remind_at(&self) -> Vec<Timestamp> {
        if self.is_closed() {
            return Vec::new();
        }
        let mut all: Vec<Timestamp> = self.reminders.iter().filter_map(|one| one.at(self.due_at)).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Says that reminders that were made now do not come, since their time has passed; `before` is what was there until now.
    pub fn passed_reminders(&self, before: Option<&Self>, now: Timestamp, zone: &TimeZone) -> Option<String> {
        if self.is_closed() {
            return None;
        }
        let before = before.filter(|before| !before.is_closed());
        let had = before.map_or((&[][..], None), |before| (before.reminders.as_slice(), before.due_at));
        reminder::passed((&self.reminders, self.due_at), had, now, zone)
    }
}

/// A named thing to get done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Identity.
    pub id: TaskId,
    /// The unique short name (A1).
    pub slug: String,
    /// What the person decided.
    pub definition: Definition,
    /// Its newest run.
    pub last_run: Option<RunId>,
    /// Runs that failed since the last one that did not.
    pub failures: u32,
    /// Since when it has not succeeded in time (R12).
    pub late_since: Option<Timestamp>,
    /// How many of its dependencies are not met (A3).
    pub blocked: u32,
    /// Since when there are any.
    pub blocked_since: Option<Timestamp>,
    /// The to-do that was opened because it failed, until it succeeds.
    pub todo: Option<TaskId>,
    /// When a to-do was begun for the first time.
    pub begun_at: Option<Timestamp>,
    /// When a to-do was completed or given up.
    pub done_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its definition last changed.
    pub updated_at: Timestamp,
}

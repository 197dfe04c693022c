//! The keys of the filter language, each with what it takes.

use super::super::quick::long;
use super::super::spelling::nearest;
use crate::domain::task::{Kind, Status};

/// What can stand before a colon. The fields of types are `field.NAME`, apart from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named as they are written")]
pub enum Key {
    Status,
    Kind,
    Type,
    State,
    Priority,
    Progress,
    Due,
    Created,
    Updated,
    Begun,
    Done,
    Next,
    Last,
    Category,
    Tag,
    Assignee,
    Name,
    Text,
    Paused,
    Late,
    Blocked,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// One of these words: each with the one that it means.
    Words(&'static [(&'static str, &'static str)]),
    /// A number of this range.
    Number(i64, i64),
    /// An instant of the past, of which a duration is the age.
    Past,
    /// An instant to come, until which a duration goes.
    Coming,
    /// A name.
    Name,
    /// A piece of a text.
    Text,
}

impl Key {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 21] = [
        Self::Status,
        Self::State,
        Self::Priority,
        Self::Due,
        Self::Category,
        Self::Tag,
        Self::Assignee,
        Self::Kind,
        Self::Type,
        Self::Progress,
        Self::Created,
        Self::Updated,
        Self::Begun,
        Self::Done,
        Self::Next,
        Self::Last,
        Self::Name,
        Self::Text,
        Self::Paused,
        Self::Late,
        Self::Blocked,
    ];

    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Kind => "kind",
            Self::Type => "type",
            Self::State => "state",
            Self::Priority => "priority",
            Self::Progress => "progress",
            Self::Due => "due",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Next => "next",
            Self::Last => "last",
            Self::Category => "category",
            Self::Tag => "tag",
            Self::Assignee => "assignee",
            Self::Name => "name",
            Self::Text => "text",
            Self::Paused => "paused",
            Self::Late => "late",
            Self::Blocked => "blocked",
        }
    }

    /// The key of this word, or of the short name that the line for a new to-do has for it, in capitals or not.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let named = |word: &str| Self::ALL.into_iter().find(|key| key.word() == word);
        named(&word).or_else(|| named(long(&word)))
    }

    /// The key that somebody meant most likely.
    pub fn nearest(word: &str) -> Option<&'static str> {
        let short = word.len() >= 3;
        let begins = Self::ALL.iter().map(|key| key.word()).find(|key| short && key.starts_with(word));
        begins.or_else(|| nearest(word, Self::ALL.iter().map(|key| key.word())))
    }

    /// What it takes.
    pub const fn values(self) -> Values {
        match self {
            Self::Status => Values::Words(STATUS),
            Self::Kind => Values::Words(KIND),
            Self::State => Values::Words(STATE),
            Self::Paused | Self::Late | Self::Blocked => Values::Words(FLAG),
            Self::Priority => Values::Number(1, 10),
            Self::Progress => Values::Number(0, 100),
            Self::Due | Self::Next => Values::Coming,
            Self::Created | Self::Updated | Self::Begun | Self::Done | Self::Last => Values::Past,
            Self::Category | Self::Tag | Self::Assignee | Self::Type => Values::Name,
            Self::Name | Self::Text => Values::Text,
        }
    }

    /// Whether a task can be without it: it takes `none` and `any`.
    pub const fn may_lack(self) -> bool {
        matches!(
            self,
            Self::Status
                | Self::Due
                | Self::Begun
                | Self::Done
                | Self::Next
                | Self::Last
                | Self::Category
                | Self::Tag
                | Self::Assignee
                | Self::Type
        )
    }
}

/// The statuses, and what else people call them.
const STATUS: &[(&str, &str)] = &[
    (Status::Open.word(), Status::Open.word()),
    (Status::InProgress.word(), Status::InProgress.word()),
    (Status::Completed.word(), Status::Completed.word()),
    (Status::Cancelled.word(), Status::Cancelled.word()),
    (Status::ALSO[0].0, Status::ALSO[0].1.word()),
    (Status::ALSO[1].0, Status::ALSO[1].1.word()),
];

const KIND: &[(&str, &str)] = &[
    (Kind::Command.word(), Kind::Command.word()),
    (Kind::Script.word(), Kind::Script.word()),
    (Kind::Todo.word(), Kind::Todo.word()),
];

/// How the newest run of a machine task is or ended, and how its schedules fare, in the words of the list.
const STATE: &[(&str, &str)] = &[
    ("running", "running"),
    ("waiting", "waiting"),
    ("failed", "failed"),
    ("ok", "ok"),
    ("never", "never"),
    ("missed", "missed"),
    ("late", "late"),
    ("paused", "paused"),
    ("cancelled", "cancelled"),
    ("skipped", "skipped"),
    ("timed_out", "timed_out"),
    ("over_memory", "over_memory"),
    ("signaled", "signaled"),
    ("could_not_start", "could_not_start"),
    ("lost", "lost"),
    ("succeeded", "ok"),
    ("queued", "waiting"),
];

const FLAG: &[(&str, &str)] = &[("yes", "yes"), ("no", "no"), ("true", "yes"), ("false", "no")];

//! What has few values, in one number, as the store keeps it: any combination is a set of such numbers.

use crate::domain::task::Status;

/// The number of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts(pub i64);

/// Kind and status in one: command, script, then the statuses of to-dos.
pub(super) const COMMAND: u8 = 1;
pub(super) const SCRIPT: u8 = 1 << 1;
/// All that are to-dos.
pub(super) const TODO: u8 = 0b11_1100;

/// The place of a status among them.
pub(super) const fn status(status: Status) -> u8 {
    match status {
        Status::Open => 1 << 2,
        Status::InProgress => 1 << 3,
        Status::Completed => 1 << 4,
        Status::Cancelled => 1 << 5,
    }
}

/// What is asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactTest {
    /// Kind and status are one of these: a bit each.
    Work(u8),
    /// The class of its newest run is one of these, from 0 for none: a bit each.
    Class(u8),
    /// Slots were missed since its newest run.
    Missed,
    /// It has not succeeded in time.
    Late,
    /// Its schedules rest.
    Paused,
    /// It has a next slot.
    HasNext,
    /// It has run.
    HasLast,
    /// Its priority is between these, both included.
    Priority(i64, i64),
}

impl FactTest {
    /// Whether it holds.
    pub fn holds(self, facts: Facts) -> bool {
        let bit = |of: i64| facts.0 & of != 0;
        match self {
            Self::Work(mask) => mask & (1 << facts.work()) != 0,
            Self::Class(mask) => mask & (1 << facts.class()) != 0,
            Self::HasLast => bit(16),
            Self::HasNext => bit(32),
            Self::Missed => bit(64),
            Self::Late => bit(128),
            Self::Paused => bit(256),
            Self::Priority(from, to) => (from..=to).contains(&(facts.0 & 15)),
        }
    }
}

impl Facts {
    fn work(self) -> i64 {
        self.0 >> 12 & 7
    }

    fn class(self) -> i64 {
        self.0 >> 9 & 7
    }

    /// Whether it is a to-do that is not over.
    pub fn is_open_todo(self) -> bool {
        matches!(self.work(), 2 | 3)
    }

    /// Its place in the order of states: what needs a person has the least.
    pub fn rank(self) -> u8 {
        match (self.work(), self.class()) {
            (3, _) | (0 | 1, 1) => 0,
            (2, _) => 5,
            (4.., _) => 7,
            (_, 2) => 3,
            _ if FactTest::Paused.holds(self) => 6,
            _ if FactTest::Late.holds(self) || FactTest::Missed.holds(self) => 2,
            (_, 3) => 1,
            (_, 0) => 5,
            _ => 4,
        }
    }
}

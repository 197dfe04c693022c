//! What is done to it.

use std::fmt;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// `kill -9` of the engine, and a new one soon.
    KilledEngine,
    /// The same, three times, so that the next one has hardly begun.
    KilledEngines,
    /// A dashboard has the engine and is killed with `kill -9`.
    KilledDashboard,
    /// The terminal of a dashboard that has the engine goes away.
    HungUpDashboard,
    /// The engine is killed in the middle of writing to the database, or another process that just does; or a supervisor in the
    /// middle of writing to the files of its run.
    TornWrite,
    /// The engine is asked to end, and a new one is started at once.
    EndedEngine,
    /// Two engines wait for the lock; the one that has it is killed, and then the one that got it.
    Takeover,
    /// The engine stands still for a second.
    StoppedEngine,
    /// `kill -9` of a supervisor.
    KilledSupervisor,
    /// `kill -9` of a spawner.
    KilledSpawner,
    /// `kill -9` of a spawner, and then of one of its supervisors.
    KilledBoth,
    /// A run is paused, and goes on some time later, perhaps under another engine.
    PausedRun,
    /// No room for the database, for run folders, or for both.
    FullDisk,
    /// Each sync takes 30 milliseconds for some time.
    SlowDisk,
}

impl Fault {
    pub(crate) const ALL: &[Self] = &[
        Self::KilledEngine,
        Self::KilledEngines,
        Self::KilledDashboard,
        Self::HungUpDashboard,
        Self::TornWrite,
        Self::EndedEngine,
        Self::Takeover,
        Self::StoppedEngine,
        Self::KilledSupervisor,
        Self::KilledSpawner,
        Self::KilledBoth,
        Self::PausedRun,
        Self::FullDisk,
        Self::SlowDisk,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KilledEngine => "killed engine",
            Self::KilledEngines => "engine killed again and again",
            Self::KilledDashboard => "killed dashboard",
            Self::HungUpDashboard => "dashboard hung up",
            Self::TornWrite => "torn write",
            Self::EndedEngine => "ended engine",
            Self::Takeover => "takeover between two",
            Self::StoppedEngine => "engine stood still",
            Self::KilledSupervisor => "killed supervisor",
            Self::KilledSpawner => "killed spawner",
            Self::KilledBoth => "killed spawner and supervisor",
            Self::PausedRun => "paused run",
            Self::FullDisk => "full disk",
            Self::SlowDisk => "slow disk",
        })
    }
}

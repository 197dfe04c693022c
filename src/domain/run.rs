//! Runs: one execution of a task, its trigger, its state and its outcome (R1).

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::quantity::{format_elapsed, format_took};
use super::{RunId, ScheduleId, TaskId};

/// Declares an enumeration whose members have one `snake_case` word, the same in SQL, JSON and on the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every member, in order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it in SQL, JSON and on the command line.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The member with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Why a run exists.
    Trigger {
        /// A slot of a schedule came due.
        Schedule = "schedule",
        /// A person asked.
        Manual = "manual",
        /// The machine booted.
        Startup = "startup",
        /// A slot that was missed is made up for (T6).
        CatchUp = "catch_up",
        /// The tasks after which it runs have ended (R11).
        After = "after",
        /// It builds the environment of a script, and counts for nothing else.
        Environment = "environment",
    }
}

words! {
    /// Where a run is in its life (R1).
    RunState {
        /// Waiting for admission (R3).
        Queued = "queued",
        /// Admitted and committed; its supervisor is being made.
        Starting = "starting",
        /// Its supervisor lives.
        Running = "running",
        /// It was asked to stop and has not ended yet.
        Stopping = "stopping",
        /// An attempt has failed, and the next one waits for its time (R6).
        WaitingRetry = "waiting_retry",
        /// It ended; it has an outcome.
        Finished = "finished",
    }
}

impl Trigger {
    /// The end of the sentence "run #7 was started ...".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Schedule => "by its schedule",
            Self::Manual => "by hand",
            Self::Startup => "at startup",
            Self::CatchUp => "to make up for a missed slot",
            Self::After => "after other tasks",
            Self::Environment => "to build the environment of the script",
        }
    }
}

impl RunState {
    /// Whether a supervisor exists, or is about to.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

/// How a run ended (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Exit code 0.
    Succeeded,
    /// Any other exit code.
    Failed(i32),
    /// Ended by a signal that Tempo did not send.
    Signaled(i32),
    /// Stopped by its timeout, by the deadline over all attempts (R5), or because its CPU time was over (R7); the reason says which.
    TimedOut,
    /// Stopped because its processes together used more memory than it may (R7).
    OverMemory,
    /// Stopped because somebody asked (R4), or taken out of the queue.
    Cancelled,
    /// The process could not be started; the reason says why.
    CouldNotStart,
    /// It waited, and what it waited for did not come; the reason says what (R10).
    Skipped,
    /// Its supervisor was killed or the machine went down: nothing is inferred (R8).
    Lost,
}

impl Outcome {
    /// The word for it in SQL and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
            Self::Signaled(_) => "signaled",
            Self::TimedOut => "timed_out",
            Self::OverMemory => "over_memory",
            Self::Cancelled => "cancelled",
            Self::CouldNotStart => "could_not_start",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
        }
    }

    /// The exit code that it is.
    pub const fn exit_code(self) -> Option<i32> {
        match self {
            Self::Succeeded => Some(0),
            Self::Failed(code) => Some(code),
            _ => None,
        }
    }

    /// The signal that it is.
    pub const fn signal(self) -> Option<i32> {
        match self {
            Self::Signaled(signal) => Some(signal),
            _ => None,
        }
    }

    /// The outcome from its three columns; `None` when they contradict each other.
    pub fn from_parts(word: &str, exit_code: Option<i32>, signal: Option<i32>) -> Option<Self> {
        match (word, exit_code, signal) {
            ("succeeded", Some(0), None) => Some(Self::Succeeded),
            ("failed", Some(code), None) => Some(Self::Failed(code)),
            ("signaled", None, Some(signal)) => Some(Self::Signaled(signal)),
            ("timed_out", _, _) => Some(Self::TimedOut),
            ("over_memory", _, _) => Some(Self::OverMemory),
            ("cancelled", _, _) => Some(Self::Cancelled),
            ("could_not_start", None, None) => Some(Self::CouldNotStart),
            ("skipped", None, None) => Some(Self::Skipped),
            ("lost", None, None) => Some(Self::Lost),
            _ => None,
        }
    }

    /// Whether the person should be told that something is wrong.
    pub const fn is_bad(self) -> bool {
        !matches!(self, Self::Succeeded | Self::Cancelled | Self::Skipped)
    }

    /// The exit code with which `tempo run --wait` ends: the run's own, 128+n for signal n, 124 timed out, 125 could not
    /// start or lost (the codes of coreutils `timeout` and of POSIX shells), 137 over memory, which is what a shell says of
    /// what the kernel killed for its memory.
    pub const fn shell_code(self) -> i32 {
        match self {
            Self::Succeeded => 0,
            Self::Failed(code) => code,
            Self::Signaled(signal) => 128 + signal,
            Self::TimedOut => 124,
            Self::OverMemory => 137,
            Self::Cancelled => 130,
            Self::CouldNotStart | Self::Skipped | Self::Lost => 125,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => f.pad("ok"),
            Self::Failed(code) => f.pad(&format!("exit {code}")),
            Self::Signaled(signal) => f.pad(&format!("signal {}", signal_name(*signal))),
            Self::TimedOut => f.pad("timed out"),
            Self::OverMemory => f.pad("over memory"),
            Self::Cancelled => f.pad("cancelled"),
            Self::CouldNotStart => f.pad("could not start"),
            Self::Skipped => f.pad("skipped"),
            Self::Lost => f.pad("lost"),
        }
    }
}

/// The name of a signal number on Linux without `SIG`, or the number itself.
pub fn signal_name(signal: i32) -> String {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];
    usize::try_from(signal - 1)
        .ok()
        .and_then(|i| NAMES.get(i))
        .map_or_else(|| signal.to_string(), |name| (*name).to_owned())
}

/// What the process of a run used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// User and system CPU time of the whole process tree.
    pub cpu: Duration,
    /// Largest resident set of any process of the tree, in bytes.
    pub max_rss_bytes: u64,
    /// Most memory of the whole tree in any sample, in bytes; at least the largest resident set.
    pub peak_bytes: u64,
    /// How often the tree was measured (R7).
    pub samples: u32,
    /// Bytes of output that were printed.
    pub output_bytes: u64,
}

impl Usage {
    /// What two attempts used together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            max_rss_bytes: self.max_rss_bytes.max(other.max_rss_bytes),
            peak_bytes: self.peak_bytes.max(other.peak_bytes),
            samples: self.samples.saturating_add(other.samples),
            output_bytes: self.output_bytes.saturating_add(other.output_bytes),
        }
    }
}

/// That the output of a run is kept no longer (O3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// When it was removed.
    pub at: Timestamp,
    /// The limit, as `kept: 200 runs per task`.
    pub by: String,
}

/// One execution of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Identity, and the name of the run folder.
    pub id: RunId,
    /// The task that is executed.
    pub task: TaskId,
    /// The task's slug when the row was read.
    pub slug: String,
    /// Where it is in its life.
    pub state: RunState,
    /// How it ended; `Some` exactly when `state` is finished.
    pub outcome: Option<Outcome>,
    /// Why it exists.
    pub trigger: Trigger,
    /// The attempt that is or was executing, from 1.
    pub attempt: u32,
    /// So many attempts its task gives it now at most (R6).
    pub attempts: u32,
    /// When the next attempt is due; `Some` exactly when it waits for one.
    pub retry_at: Option<Timestamp>,
    /// The schedule and the due instant that it answers to.
    pub slot: Option<(ScheduleId, Timestamp)>,
    /// When it was asked for.
    pub queued_at: Timestamp,
    /// Before then it is not admitted; `None` once that time has come.
    pub not_before: Option<Timestamp>,
    /// When its first process started.
    pub started_at: Option<Timestamp>,
    /// When its last process ended.
    pub finished_at: Option<Timestamp>,
    /// Whether somebody wants it to stand still (R4).
    pub pause_requested: bool,
    /// Since when it stands still.
    pub paused_at: Option<Timestamp>,
    /// When its processes get KILL, once it was asked to stop (R4).
    pub kill_at: Option<Timestamp>,
    /// What its attempts used that have ended.
    pub usage: Option<Usage>,
    /// Which limits were in force, and by what (R7): `memory 512M by rlimit and watchdog; nice 5`; of the newest attempt that has ended.
    pub limits: Option<String>,
    /// In words: why it was lost, cancelled or could not start.
    pub reason: Option<String>,
    /// The runs that it came after, as `#12 of backup, #13 of mirror` (R11).
    pub came_after: Option<String>,
    /// Its output is kept no longer (O3).
    pub removed: Option<Removed>,
}

/// One process of a run, once it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// When the process started; `None` when there never was one.
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` when nobody knows.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// The exit code, also of a process that answered a stop signal with it.
    pub exit_code: Option<i32>,
    /// The signal that ended it, whoever sent it.
    pub signal: Option<i32>,
    /// What it used; `None` when nobody knows.
    pub usage: Option<Usage>,
    /// Output that could not be kept (O2).
    pub dropped_bytes: u64,
    /// Descendants that had to be ended after the process itself (R4).
    pub strays: u32,
    /// Which limits were in force, and by what (R7): `memory 512M by rlimit and watchdog; nice 5`.
    pub limits: Option<String>,
    /// What there is to say about its end beyond the outcome.
    pub reason: Option<String>,
}

impl Attempt {
    /// An attempt of which nothing is known but its outcome and why.
    pub fn unknown(number: u32, outcome: Outcome, reason: &str) -> Self {
        Self {
            number,
            started_at: None,
            ended_at: None,
            outcome,
            exit_code: None,
            signal: None,
            usage: None,
            dropped_bytes: 0,
            strays: 0,
            limits: None,
            reason: Some(reason.to_owned()),
        }
    }
}

impl Run {
    /// Whether its processes stand still: its state is running all the same (R4).
    pub fn is_paused(&self) -> bool {
        self.state == RunState::Running && self.paused_at.is_some()
    }

    /// `attempt 2 of 4`; nothing for the first one.
    pub fn attempt_text(&self) -> Option<String> {
        (self.attempt > 1).then(|| format!("attempt {} of {}", self.attempt, self.attempts))
    }

    /// How long the process ran, or has been running at `now`; `None` also when nobody knows when it ended.
    pub fn duration(&self, now: Timestamp) -> Option<Duration> {
        let start = self.started_at?;
        let end = self.finished_at.or_else(|| (self.state != RunState::Finished).then_some(now))?;
        Some(end.duration_since(start).try_into().unwrap_or_default())
    }

    /// The same as text: of a run that has ended also in parts of a second, which of a running one would only flicker.
    pub fn duration_text(&self, now: Timestamp) -> Option<String> {
        let format = if self.finished_at.is_some() { format_took } else { format_elapsed };
        self.duration(now).map(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_an_outcome_survives_its_three_columns_and_contradictions_are_refused() {
        let columns = |o: Outcome| match o {
            Outcome::Succeeded => (Some(0), None),
            Outcome::Failed(code) => (Some(code), None),
            Outcome::Signaled(signal) => (None, Some(signal)),
            _ => (None, None),
        };
        for outcome in [
            Outcome::Succeeded,
            Outcome::Failed(3),
            Outcome::Signaled(9),
            Outcome::TimedOut,
            Outcome::OverMemory,
            Outcome::Cancelled,
            Outcome::CouldNotStart,
            Outcome::Skipped,
            Outcome::Lost,
        ] {
            let (code, signal) = columns(outcome);
            assert_eq!(Outcome::from_parts(outcome.word(), code, signal), Some(outcome));
        }
        assert_eq!(Outcome::from_parts("succeeded", Some(1), None), None);
        assert_eq!(Outcome::from_parts("failed", None, Some(9)), None);
        assert_eq!(Outcome::from_parts("exploded", None, None), None);
    }

    #[test]
    fn every_word_is_read_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_word(state.word()), Some(*state));
        }
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::from_word(trigger.word()), Some(*trigger));
        }
    }

    #[test]
    fn signals_have_their_linux_names() {
        assert_eq!(signal_name(9), "KILL");
        assert_eq!(signal_name(15), "TERM");
        assert_eq!(signal_name(31), "SYS");
        assert_eq!(signal_name(40), "40");
    }
}

//! What a supervisor leaves behind: the start record in `lock` before the command begins, `exit.json` when it is over.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::missing;
use crate::domain::retry::deadline_over;
use crate::domain::run::{Attempt, Outcome, Usage};
use crate::output::Dropped;

/// In `lock`: the command has begun, or was about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StartRecord {
    /// The supervisor; valid as long as the lock is held.
    pub(super) supervisor: i32,
    /// The boot of the machine in which it was started.
    pub(super) boot: String,
    /// When the command was started.
    pub(super) started_at: Timestamp,
    /// The command's own process, also its group and session; known just after its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) leader: Option<i32>,
    /// Which limits are in force, and by what; known as soon (R7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) limits: Option<String>,
    /// The control group that its processes are in, when it has one; known as soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cgroup: Option<PathBuf>,
}

/// How the command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal, whoever sent it.
    Signaled {
        /// The number of the signal.
        signal: i32,
        /// Whether it left a core dump.
        core_dumped: bool,
    },
    /// It never began.
    NotStarted {
        /// Why, naming the path: `/no/such: No such file or directory`.
        error: String,
    },
}

/// Why a command was asked to stop (R4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// Its time was over (R5).
    Timeout,
    /// The time of all attempts together was over (R5).
    Deadline,
    /// The supervisor was asked to stop it.
    Stop,
    /// Its processes together used more memory than they may (R7).
    Memory,
    /// Its CPU time was over (R7).
    Cpu,
    /// The service manager ended it: a shutdown, a logout without lingering, or by hand (R8).
    Shutdown,
}

/// Where output is missing (O2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotKept {
    /// Line ends among the bytes that the disk refused.
    pub dropped_lines: u64,
    /// The offset of the first of those bytes.
    pub dropped_at: Option<u64>,
    /// What the cap has dropped of the run's output by now.
    pub capped: Option<Capped>,
}

/// What the cap has dropped of an output (O2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped {
    /// The first byte that is missing.
    pub from: u64,
    /// The first byte behind it.
    pub to: u64,
    /// Bytes that were dropped in between.
    pub bytes: u64,
    /// Line ends among them.
    pub lines: u64,
    /// The cap, in bytes.
    pub cap: u64,
}

impl From<Dropped> for Capped {
    fn from(Dropped { from, to, bytes, lines, cap }: Dropped) -> Self {
        Self { from, to, bytes, lines, cap }
    }
}

/// `exit.json`: the end of one attempt, complete and true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Which attempt of the run this was.
    pub attempt: u32,
    /// When the command was started.
    pub started_at: Timestamp,
    /// When the command itself (the leader) had ended.
    pub ended_at: Timestamp,
    /// How the leader ended.
    pub ended: Ended,
    /// Why it was asked to stop, when it was asked before it ended.
    pub stopped_by: Option<StopCause>,
    /// Whether KILL had to be sent.
    pub killed: bool,
    /// User and system CPU time of the command and its descendants, in microseconds.
    pub cpu_micros: u64,
    /// Largest resident set of any of them, in bytes.
    pub max_rss_bytes: u64,
    /// Bytes of output that were kept, but for what `capped` says.
    pub output_bytes: u64,
    /// Line ends among them.
    pub output_lines: u64,
    /// Bytes of output that could not be kept (O2).
    pub dropped_bytes: u64,
    /// Where output is missing, when any is.
    #[serde(default)]
    pub not_kept: Option<Box<NotKept>>,
    /// Descendants that had to be ended after the leader (R4).
    pub strays: u32,
    /// Which limits were in force, and by what (R7): `memory 512M by rlimit and watchdog; nice 5`.
    #[serde(default)]
    pub limits: Option<String>,
    /// Which limits the system refused, and why.
    #[serde(default)]
    pub refused: Option<String>,
    /// Which limit was reached: `it used 612 MiB of its 512 MiB`.
    #[serde(default)]
    pub over: Option<String>,
    /// Most memory of all processes together that was seen, in bytes; at least the largest resident set.
    #[serde(default)]
    pub peak_bytes: u64,
    /// Samples of this attempt in the file `usage`.
    #[serde(default)]
    pub samples: u32,
}

impl ExitRecord {
    /// The record of a command that never began.
    pub(super) fn not_started(attempt: u32, started_at: Timestamp, error: String) -> Self {
        Self {
            attempt,
            started_at,
            ended_at: started_at,
            ended: Ended::NotStarted { error },
            stopped_by: None,
            killed: false,
            cpu_micros: 0,
            max_rss_bytes: 0,
            output_bytes: 0,
            output_lines: 0,
            dropped_bytes: 0,
            not_kept: None,
            strays: 0,
            limits: None,
            refused: None,
            over: None,
            peak_bytes: 0,
            samples: 0,
        }
    }

    /// What it means for the run (R1).
    pub fn outcome(&self) -> Outcome {
        match (&self.ended, self.stopped_by) {
            (Ended::NotStarted { .. }, _) => Outcome::CouldNotStart,
            (_, Some(StopCause::Timeout | StopCause::Deadline | StopCause::Cpu)) => Outcome::TimedOut,
            (_, Some(StopCause::Memory)) => Outcome::OverMemory,
            (_, Some(StopCause::Stop | StopCause::Shutdown)) => Outcome::Cancelled,
            (Ended::Exited(0), None) => Outcome::Succeeded,
            (Ended::Exited(code), None) => Outcome::Failed(*code),
            (Ended::Signaled { signal, .. }, None) => Outcome::Signaled(*signal),
        }
    }

    /// When its process started; `None` when there never was one.
    pub fn process_started(&self) -> Option<Timestamp> {
        (!matches!(self.ended, Ended::NotStarted { .. })).then_some(self.started_at)
    }

    /// It as the attempt of this number, as far as the process is concerned. The number is that of its file: of a spec that could
    /// not be read, the record knows none.
    pub fn attempt(&self, number: u32) -> Attempt {
        let started_at = self.process_started();
        Attempt {
            number,
            started_at,
            ended_at: Some(self.ended_at),
            outcome: self.outcome(),
            exit_code: if let Ended::Exited(code) = self.ended { Some(code) } else { None },
            signal: if let Ended::Signaled { signal, .. } = self.ended { Some(signal) } else { None },
            usage: started_at.map(|_| self.usage()),
            dropped_bytes: self.dropped_bytes,
            strays: self.strays,
            limits: self.limits.clone(),
            reason: self.reason(),
        }
    }

    /// What there is to say about the end beyond its outcome.
    pub fn reason(&self) -> Option<String> {
        if let Ended::NotStarted { error } = &self.ended {
            return Some(error.clone());
        }
        let mut words: Vec<String> = self.over.iter().chain(&self.refused).cloned().collect();
        if self.stopped_by == Some(StopCause::Deadline) {
            words.push(deadline_over(None));
        }
        if self.stopped_by == Some(StopCause::Shutdown) {
            words.push("systemd ended it, as at a shutdown or a logout".to_owned());
        }
        // What is left of one that had ended by itself is killed, too: that is said of it.
        if self.killed && (self.stopped_by.is_some() || matches!(self.ended, Ended::Signaled { .. })) {
            words.push("it was killed".to_owned());
        }
        match self.strays {
            0 => {}
            1 => words.push("1 process that it left behind was ended".to_owned()),
            n => words.push(format!("{n} processes that it left behind were ended")),
        }
        if self.dropped_bytes > 0 {
            // A record of an older build does not say where.
            let (lines, from) =
                self.not_kept.as_ref().map_or((0, None), |parts| (parts.dropped_lines, parts.dropped_at));
            words.push(missing::refused(self.dropped_bytes, lines, from.unwrap_or(self.output_bytes)));
        }
        if let Some(capped) = self.not_kept.as_ref().and_then(|parts| parts.capped) {
            words.push(missing::dropped(capped.bytes, capped.lines, (capped.from, capped.to), capped.cap));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// What the run used.
    pub fn usage(&self) -> Usage {
        Usage {
            cpu: Duration::from_micros(self.cpu_micros),
            max_rss_bytes: self.max_rss_bytes,
            peak_bytes: self.peak_bytes.max(self.max_rss_bytes),
            samples: self.samples,
            output_bytes: self.output_bytes + self.dropped_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_r8_a_record_from_before_there_were_limits_is_read() {
        let text = r#"{"attempt":1,"started_at":"2026-11-21T10:00:00Z","ended_at":"2026-11-21T10:00:01Z","ended":{"exited":0},
            "stopped_by":null,"killed":false,"cpu_micros":5,"max_rss_bytes":4096,"output_bytes":0,"output_lines":0,
            "dropped_bytes":0,"strays":0}"#;
        let record: ExitRecord = serde_json::from_str(text).unwrap();
        assert_eq!((record.outcome(), record.reason(), record.limits.clone()), (Outcome::Succeeded, None, None));
        assert_eq!((record.usage().peak_bytes, record.usage().samples), (4096, 0));
        let start = r#"{"supervisor":7,"boot":"b","started_at":"2026-11-21T10:00:00Z","leader":8}"#;
        assert_eq!(serde_json::from_str::<StartRecord>(start).unwrap().limits, None);
    }

    #[test]
    fn r7_what_was_too_much_and_what_was_refused_is_the_reason() {
        let record = ExitRecord {
            ended: Ended::Signaled { signal: 9, core_dumped: false },
            stopped_by: Some(StopCause::Memory),
            killed: true,
            over: Some("it used 612 MiB of its 512 MiB".to_owned()),
            refused: Some("nice -5 was refused: no".to_owned()),
            ..ExitRecord::not_started(1, Timestamp::UNIX_EPOCH, String::new())
        };
        assert_eq!(record.outcome(), Outcome::OverMemory);
        let expected = "it used 612 MiB of its 512 MiB; nice -5 was refused: no; it was killed";
        assert_eq!(record.reason().as_deref(), Some(expected));
        let cpu = ExitRecord { stopped_by: Some(StopCause::Cpu), ..record };
        assert_eq!(cpu.outcome(), Outcome::TimedOut);
    }
}

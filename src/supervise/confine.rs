//! Starts a command under the limits of its processes (R7): rlimits and niceness that hold before its first instruction.
//!
//! `posix_spawn` can set neither, and what a process takes from itself it may not get back. So a copy of the supervisor, which is
//! small and has no threads, sets them on itself for good, spawns the command, reports, and ends; the command then is a child of
//! the supervisor, who adopts what loses its parent. There is no moment at which the command runs without its limits, and the
//! supervisor keeps its own. The copy is also what puts the command into its cgroup: it is made there. A run without limits and
//! without a cgroup has no such copy.

use std::fs::File;
use std::io::{self, Read};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Resource, Rlimit, WaitOptions, getrlimit, setpriority_process, setrlimit, waitpid};
use serde::{Deserialize, Serialize};

use super::meter::Meter;
use super::sys;
use crate::domain::limits::{Limits, cpu_words, memory_words};

/// The limit per process is only the second line behind the watchdog, who counts all of them together and can say so: it comes
/// this many seconds of CPU time later.
const CPU_MARGIN: u64 = 1;

/// What is in force for a command, and what the system refused, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Held {
    /// `memory 512M by rlimit and watchdog`.
    pub(super) in_force: Vec<String>,
    /// `nice -5 was refused: it needs the right to go before others`.
    pub(super) refused: Vec<String>,
}

impl Held {
    fn new(limits: &Limits, refused: Refused, meter: &Meter) -> Self {
        let mut held = Self::default();
        held.in_force.extend(limits.memory.map(|memory| format!("{} by {}", memory_words(memory), meter.memory_by())));
        held.in_force.extend(limits.cpu.map(|cpu| format!("{} by rlimit and watchdog", cpu_words(cpu))));
        let mut own = |limit: Option<String>, by: &str, refused: Option<String>| match (limit, refused) {
            (Some(limit), Some(why)) => held.refused.push(format!("{limit} was refused: {why}")),
            (Some(limit), None) => held.in_force.push(format!("{limit}{by}")),
            (None, _) => {}
        };
        own(limits.open_files.map(|n| format!("open-files {n}")), " by rlimit", refused.open_files);
        own(limits.nice.map(|n| format!("nice {n}")), "", refused.nice);
        held
    }
}

/// Why limits could not be set.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Refused {
    open_files: Option<String>,
    nice: Option<String>,
}

/// What the copy says before it ends.
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    /// The process, or the number of the error and its text.
    spawned: Result<i32, (Option<i32>, String)>,
    refused: Refused,
}

/// Spawns under the limits, of which the `meter` watches those of all processes together. The command is a child of this process,
/// which has to be a subreaper.
pub(super) fn start(
    limits: &Limits,
    meter: &mut Meter,
    spawn: impl Fn() -> io::Result<Pid>,
) -> io::Result<(Pid, Held)> {
    if limits.is_empty() && meter.cgroup().is_none() {
        return Ok((spawn()?, Held::default()));
    }
    if let Some(memory) = limits.memory {
        meter.limit_memory(memory);
    }
    let (from, to) = pipe_with(PipeFlags::CLOEXEC)?;
    let to = File::from(to);
    let body = |by_cgroup: bool| {
        let refused = confine(limits, by_cgroup);
        let spawned = spawn().map(|pid| pid.as_raw_nonzero().get()).map_err(|e| (e.raw_os_error(), e.to_string()));
        i32::from(serde_json::to_writer(&to, &Report { spawned, refused }).is_err())
    };
    let by_cgroup = meter.limits_memory();
    let inside =
        meter.cgroup().map(|cgroup| cgroup.open().and_then(|cgroup| sys::fork_into(cgroup, || body(by_cgroup))));
    let copy = match inside {
        Some(Ok(copy)) => copy,
        None => sys::fork(|| body(false))?,
        Some(Err(e)) => {
            // A kernel before 5.7, or one that is told not to.
            meter.go_without(format!("nothing can be started in its cgroup: {e}"));
            sys::fork(|| body(false))?
        }
    };
    drop(to);
    let mut text = Vec::new();
    let read = File::from(from).read_to_end(&mut text);
    // Its children are ours from the moment it has ended.
    rustix::io::retry_on_intr(|| waitpid(Some(copy), WaitOptions::empty()))?;
    read?;
    let Report { spawned, refused } = serde_json::from_slice(&text)?;
    match spawned {
        Ok(pid) => {
            let leader = Pid::from_raw(pid).ok_or_else(|| io::Error::other("posix_spawn returned no process"))?;
            Ok((leader, Held::new(limits, refused, meter)))
        }
        Err((Some(number), _)) => Err(io::Error::from_raw_os_error(number)),
        Err((None, text)) => Err(io::Error::other(text)),
    }
}

/// Sets the limits on this process, for good. The limit of a cgroup needs none beside it, which would only be reached first, by one process.
fn confine(limits: &Limits, memory_by_cgroup: bool) -> Refused {
    let mut refused = Refused::default();
    if let Some(memory) = limits.memory.filter(|_| !memory_by_cgroup) {
        // Of each process, and without what it shares with others; RLIMIT_AS would stop programs that only reserve much.
        lower(Resource::Data, memory, memory);
    }
    if let Some(cpu) = limits.cpu {
        let seconds = cpu.as_secs() + u64::from(cpu.subsec_nanos() > 0) + CPU_MARGIN;
        // At the first it gets XCPU, at the second KILL.
        lower(Resource::Cpu, seconds, seconds + CPU_MARGIN);
    }
    if let Some(files) = limits.open_files {
        let most = getrlimit(Resource::Nofile).maximum;
        if setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum: Some(files) }).is_err() {
            let most = most.map_or_else(String::new, |most| format!(" more than {most}"));
            refused.open_files = Some(format!("the system does not allow{most}"));
        }
    }
    if let Some(nice) = limits.nice
        && setpriority_process(None, i32::from(nice)).is_err()
    {
        refused.nice = Some("it needs the right to go before others".to_owned());
    }
    refused
}

/// Sets a limit that is never higher than the one in force already, so that it cannot be refused.
fn lower(resource: Resource, soft: u64, hard: u64) {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let new = Rlimit { current: Some(soft.min(most)), maximum: Some(hard.min(most)) };
    let _ = setrlimit(resource, new);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn r7_what_is_in_force_is_said_with_what_it_is_by() {
        let limits = Limits {
            memory: Some(512 << 20),
            cpu: Some(Duration::from_secs(10)),
            open_files: Some(64),
            nice: Some(-5),
        };
        let held = Held::new(
            &limits,
            Refused { nice: Some("no".to_owned()), ..Refused::default() },
            &Meter::new(Err(String::new())),
        );
        assert_eq!(
            held.in_force.join("; "),
            "memory 512M by rlimit and watchdog; cpu 10s by rlimit and watchdog; open-files 64 by rlimit"
        );
        assert_eq!(held.refused, ["nice -5 was refused: no"]);
        assert_eq!(Held::new(&Limits::default(), Refused::default(), &Meter::new(Err(String::new()))), Held::default());
    }
}

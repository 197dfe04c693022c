//! Measures what the processes of a run use together (R7): from their cgroup where they have one, else from the files of the kernel
//! about each of them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};

use super::cgroup::Cgroup;
use super::sys;

/// What all processes use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// User and system CPU time, of those that have ended, too.
    pub(super) cpu: Duration,
    /// Memory, in bytes.
    pub(super) memory: u64,
    /// How many there are.
    pub(super) processes: u32,
}

/// Measures the descendants of this process.
///
/// What is in force and what is used is asked of this type only: another way to know (a control group) belongs here.
#[derive(Debug)]
pub(super) struct Meter {
    /// The process whose descendants are measured: this one.
    root: i32,
    ticks: u64,
    page: u64,
    /// What holds them all, or why nothing does.
    cgroup: Result<Cgroup, String>,
    /// The limit of memory is the cgroup's.
    limits_memory: bool,
}

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    is_zombie: bool,
    /// CPU time of it and of the children that it waited for, in ticks of the clock.
    ticks: u64,
    threads: u32,
}

impl Meter {
    pub(super) fn new(cgroup: Result<Cgroup, String>) -> Self {
        Self {
            root: rustix::process::getpid().as_raw_nonzero().get(),
            ticks: clock_ticks_per_second().max(1),
            page: page_size() as u64,
            cgroup,
            limits_memory: false,
        }
    }

    /// The cgroup of the run.
    pub(super) fn cgroup(&self) -> Option<&Cgroup> {
        self.cgroup.as_ref().ok()
    }

    /// Limits the memory of all processes together, where the kernel does that.
    pub(super) fn limit_memory(&mut self, bytes: u64) {
        self.limits_memory = false;
        if let Ok(cgroup) = &self.cgroup {
            self.limits_memory = cgroup.limit_memory(bytes).is_ok();
        }
    }

    /// Whether the kernel limits the memory of all processes together.
    pub(super) fn limits_memory(&self) -> bool {
        self.limits_memory
    }

    /// Does without the cgroup, from before the start.
    pub(super) fn go_without(&mut self, why: String) {
        self.leave();
        self.cgroup = Err(why);
        self.limits_memory = false;
    }

    /// Takes the cgroup away, when all is over. One with a process that even KILL does not end stays until its scope ends.
    pub(super) fn leave(&self) {
        if let Ok(cgroup) = &self.cgroup {
            let _ = cgroup.remove();
        }
    }

    /// By what a limit of memory of all processes together is in force, as a run says it.
    pub(super) fn memory_by(&self) -> String {
        match &self.cgroup {
            Ok(_) if self.limits_memory => "cgroup".to_owned(),
            Ok(_) => "rlimit and watchdog (its cgroup has no limit of memory)".to_owned(),
            Err(why) if why.is_empty() => "rlimit and watchdog".to_owned(),
            Err(why) => format!("rlimit and watchdog ({why})"),
        }
    }

    /// Measures now. Resident pages are counted first, which is cheap, but those that processes share are counted for each of
    /// them; only when that is more than the `limit`, each shared page is divided among those that have it.
    pub(super) fn measure(&self, limit: Option<u64>) -> Tally {
        if let Ok(cgroup) = &self.cgroup
            && let (Some(cpu), Some(memory)) = (cgroup.cpu(), cgroup.memory())
        {
            return Tally { cpu, memory, processes: cgroup.pids().len() as u32 };
        }
        // Some kernels are built without the lists.
        let has_lists = Path::new("/proc/thread-self/children").exists();
        let processes = if has_lists { self.descendants() } else { self.scan() };
        let ticks: u64 = processes.iter().map(|process| process.ticks).sum();
        let (reaped, _) = sys::usage_of_children();
        let alive = || processes.iter().filter(|process| !process.is_zombie);
        let mut memory = alive().map(|process| self.resident(process.pid)).sum();
        if limit.is_some_and(|limit| memory > limit) {
            memory = alive().map(|process| self.proportional(process.pid)).sum();
        }
        Tally {
            cpu: reaped + Duration::from_micros(ticks.saturating_mul(1_000_000) / self.ticks),
            memory,
            processes: alive().count() as u32,
        }
    }

    /// All descendants, from the lists of children.
    fn descendants(&self) -> Vec<Process> {
        let mut found: Vec<Process> = Vec::new();
        let mut parents = Process::read(self.root).into_iter().collect::<Vec<_>>();
        while let Some(parent) = parents.pop() {
            for child in children(parent).into_iter().filter_map(Process::read) {
                // One that loses its parent meanwhile is met twice.
                if found.iter().all(|process| process.pid != child.pid) {
                    found.push(child);
                    parents.push(child);
                }
            }
        }
        found
    }

    /// All descendants, from the parents of all processes of the machine.
    fn scan(&self) -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let mut others: Vec<Process> =
            entries.filter_map(|entry| Process::read(entry.file_name().to_str()?.parse().ok()?)).collect();
        let mut found: Vec<Process> = Vec::new();
        let mut looked = 0;
        let mut parent = Some(self.root);
        while let Some(pid) = parent {
            found.extend(others.extract_if(.., |process| process.parent == pid));
            parent = found.get(looked).map(|process| process.pid);
            looked += 1;
        }
        found
    }

    /// Bytes that are resident.
    fn resident(&self, pid: i32) -> u64 {
        self.statm(pid).map_or(0, |(resident, _)| resident)
    }

    /// Bytes that are resident or swapped out, each shared page divided among those that have it. Where that is not told, as of
    /// another user's process, bytes that are not shared.
    fn proportional(&self, pid: i32) -> u64 {
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else {
            return self.statm(pid).map_or(0, |(resident, shared)| resident.saturating_sub(shared));
        };
        let value = |line: &str| line.split_whitespace().nth(1).and_then(|value| value.parse::<u64>().ok());
        let sums = text.lines().filter(|line| line.starts_with("Pss:") || line.starts_with("SwapPss:"));
        sums.filter_map(value).sum::<u64>() * 1024
    }

    /// Bytes that are resident, and those of them that can be shared (`proc_pid_statm(5)`).
    fn statm(&self, pid: i32) -> Option<(u64, u64)> {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let mut pages = text.split_ascii_whitespace().skip(1).map_while(|pages| pages.parse::<u64>().ok());
        Some((pages.next()? * self.page, pages.next()? * self.page))
    }
}

impl Process {
    /// What the kernel says (`proc_pid_stat(5)`); `None` when it is gone.
    fn read(pid: i32) -> Option<Self> {
        Self::parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(pid: i32, stat: &str) -> Option<Self> {
        // The name may have any characters, but what comes after it has no bracket. The first of the fields is the third.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            pid,
            parent: number(4)? as i32,
            is_zombie: matches!(*fields.first()?, "Z" | "X"),
            ticks: number(14)? + number(15)? + number(16)? + number(17)?,
            threads: number(20)? as u32,
        })
    }
}

/// The children of all threads of a process.
fn children(of: Process) -> Vec<i32> {
    let read = |thread: &str| {
        let list = fs::read_to_string(format!("/proc/{}/task/{thread}/children", of.pid)).unwrap_or_default();
        list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
    };
    if of.threads <= 1 {
        return read(&of.pid.to_string());
    }
    let threads = fs::read_dir(format!("/proc/{}/task", of.pid)).into_iter().flatten().flatten();
    threads.filter_map(|thread| Some(read(thread.file_name().to_str()?))).flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A shell with a child and a grandchild that says when they are there.
    fn family() -> Child {
        let script = "sh -c 'sleep 1000 & echo ready; wait' & wait";
        let mut shell = Command::new("/bin/sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        shell
    }

    fn end(mut shell: Child, processes: &[Process]) {
        for process in processes {
            let pid = rustix::process::Pid::from_raw(process.pid).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        shell.kill().unwrap();
        shell.wait().unwrap();
    }

    #[test]
    fn r7_both_ways_find_the_same_descendants_and_their_memory() {
        let shell = family();
        let meter = Meter { root: shell.id().cast_signed(), ..Meter::new(Err(String::new())) };
        let pids = |processes: &[Process]| {
            let mut pids: Vec<i32> = processes.iter().map(|process| process.pid).collect();
            pids.sort_unstable();
            pids
        };
        let (listed, scanned) = (meter.descendants(), meter.scan());
        assert_eq!(pids(&listed), pids(&scanned));
        assert_eq!(listed.len(), 2, "{listed:?}");
        let (resident, proportional) =
            (meter.resident(listed[0].pid), listed.iter().map(|p| meter.proportional(p.pid)).sum::<u64>());
        assert!(resident > 100_000, "{resident}");
        // What `sh` and `sleep` share with everybody is much of what they have.
        assert!(proportional > 0 && proportional < 2 * resident + resident, "{proportional}");
        end(shell, &listed);
    }

    #[test]
    fn a_process_can_have_any_name() {
        let line = "7 (a) Z (b) S 3 7 7 0 -1 4194560 90 80 0 0 5 6 7 8 20 0 4 0 100 200 300";
        let process = Process { pid: 7, parent: 3, is_zombie: false, ticks: 26, threads: 4 };
        assert_eq!(Process::parse(7, line), Some(process));
        assert_eq!(Process::parse(7, "7 (a) S 3"), None);
    }
}

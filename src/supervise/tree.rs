//! The processes below this one, whatever group or session they went to: found through `/proc`.

use std::collections::HashSet;
use std::fs;

use rustix::process::{Pid, PidfdFlags, Signal, getpid, kill_process, pidfd_open, pidfd_send_signal};

/// A descendant, as of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: Pid,
    parent: Pid,
    /// The letter of `/proc/PID/stat`.
    state: u8,
}

impl Process {
    /// Who started it, or took it over.
    pub(super) fn parent(&self) -> Pid {
        self.parent
    }

    /// Whether it has ended, and only waits to be waited for.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }

    /// Whether a signal or a debugger stopped it.
    pub(super) fn is_stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }

    /// Whether it waits inside the kernel, where it starts nothing, and stops before it comes out.
    pub(super) fn is_in_kernel(&self) -> bool {
        self.state == b'D'
    }

    /// Signals it, unless its number has gone to a stranger since the look.
    pub(super) fn signal(&self, signal: Signal) {
        // Who is gone, or belongs to another user, shows in the next look, not here.
        if self.parent == getpid() {
            // A child keeps its number until it is waited for, which is done nowhere in between.
            let _ = kill_process(self.pid, signal);
        } else if let Ok(held) = pidfd_open(self.pid, PidfdFlags::empty())
            && let Some(now) = look_at(self.pid)
            && (now.parent == self.parent || now.parent == getpid())
        {
            let _ = pidfd_send_signal(held, signal);
        }
    }
}

/// The children of this process, those that have ended included.
pub(super) fn children() -> Vec<Pid> {
    // Complete for a process without threads: only its own waiting takes one off the list.
    match fs::read_to_string("/proc/thread-self/children") {
        Ok(list) => numbers(&list),
        // A kernel that was built without this file.
        Err(_) => {
            everybody().into_iter().filter(|process| process.parent == getpid()).map(|process| process.pid).collect()
        }
    }
}

/// All descendants of this process, parents before their children. One that forks meanwhile may hide a child: only a look
/// that finds nobody moving is complete.
pub(super) fn descendants() -> Vec<Process> {
    if !has_lists() {
        return among(everybody(), getpid());
    }
    walk(children())
}

/// All descendants of another process, parents before their children.
pub(super) fn below(root: Pid) -> Vec<Process> {
    if has_lists() { walk(children_of(root)) } else { among(everybody(), root) }
}

/// Whether the kernel says who the children of a process are.
fn has_lists() -> bool {
    fs::exists("/proc/thread-self/children").unwrap_or(false)
}

/// These processes and those below them.
fn walk(mut open: Vec<Pid>) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut known = HashSet::new();
    while !open.is_empty() {
        let mut next = Vec::new();
        for process in open.into_iter().filter(|pid| known.insert(*pid)).filter_map(look_at) {
            found.push(process);
            next.extend(children_of(process.pid));
        }
        open = next;
    }
    found
}

/// The children of another process, of all its threads.
fn children_of(pid: Pid) -> Vec<Pid> {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| numbers(&list)).collect()
}

fn numbers(list: &str) -> Vec<Pid> {
    list.split_ascii_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

fn look_at(pid: Pid) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name before it can hold anything, also parentheses.
    let after_name = &stat[memchr::memrchr(b')', &stat)? + 1..];
    let mut fields = after_name.split(|byte| *byte == b' ').filter(|field| !field.is_empty());
    let state = *fields.next()?.first()?;
    // 0 is the parent of the first process of a container.
    let parent = Pid::from_raw(std::str::from_utf8(fields.next()?).ok()?.parse().ok()?)?;
    Some(Process { pid, parent, state })
}

fn everybody() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    numbers.filter_map(look_at).collect()
}

/// The descendants of `root` among all processes.
fn among(mut all: Vec<Process>, root: Pid) -> Vec<Process> {
    let (mut found, mut parents) = (Vec::new(), HashSet::from([root]));
    loop {
        let (now, rest) = all.into_iter().partition::<Vec<_>, _>(|process| parents.contains(&process.parent));
        if now.is_empty() {
            return found;
        }
        parents.extend(now.iter().map(|process| process.pid));
        found.extend(now);
        all = rest;
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn r4_both_ways_of_looking_find_a_grandchild_in_a_session_of_its_own() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "setsid sleep 1000 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
        let pid = Pid::from_raw(child.id() as i32).unwrap();
        let grandchild = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
        let found: Vec<Pid> = among(everybody(), getpid()).iter().map(|process| process.pid).collect();
        assert!(found.contains(&pid) && found.contains(&grandchild), "{found:?}");
        assert!(found.iter().position(|p| *p == pid) < found.iter().position(|p| *p == grandchild));
        assert!(children_of(pid).contains(&grandchild));
        assert_eq!(look_at(grandchild).map(|process| (process.pid, process.parent)), Some((grandchild, pid)));
        kill_process(grandchild, Signal::KILL).unwrap();
        child.wait().unwrap();
        assert_eq!(look_at(pid), None);
    }
}

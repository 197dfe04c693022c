//! The processes of a run as a person looks at them: who started whom, what they are called, and since when they are there.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rustix::param::clock_ticks_per_second;
use rustix::process::Pid;

use super::folder::{Evidence, inspect};
use super::tree;

/// A process of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// How deep in the tree it is: the command itself is at 0.
    pub depth: usize,
    /// What the kernel calls it, as it is: up to 15 bytes of anything.
    pub name: String,
    /// When it was started, on the wall clock as it is now.
    pub started_at: Timestamp,
}

/// The processes below the supervisor of an attempt, each behind its parent, and how many more than `most` there are. None when it
/// does not live.
pub fn processes(folder: &Path, attempt: u32, most: usize) -> io::Result<(Vec<Process>, usize)> {
    let Evidence::Alive(supervisor, _) = inspect(folder, attempt)? else { return Ok((Vec::new(), 0)) };
    let Some(root) = Pid::from_raw(supervisor.pid()) else { return Ok((Vec::new(), 0)) };
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    for process in tree::below(root).iter().filter(|process| !process.has_ended()) {
        children.entry(process.parent()).or_default().push(process.pid);
    }
    let (now, uptime) = (Timestamp::now(), uptime()?);
    let (mut found, mut more) = (Vec::new(), 0);
    let mut open: Vec<(Pid, usize)> = children.remove(&root).into_iter().flatten().rev().map(|pid| (pid, 0)).collect();
    while let Some((pid, depth)) = open.pop() {
        open.extend(children.remove(&pid).into_iter().flatten().rev().map(|child| (child, depth + 1)));
        if found.len() == most {
            more += 1;
        } else if let Some((name, ticks)) = look_at(pid) {
            let age = (uptime - ticks as f64 / clock_ticks_per_second() as f64).max(0.0);
            let started_at = now.checked_sub(SignedDuration::from_secs_f64(age)).unwrap_or(now);
            found.push(Process { pid: pid.as_raw_nonzero().get(), depth, name, started_at });
        }
    }
    Ok((found, more))
}

/// Its name, and when it was started in ticks since boot.
fn look_at(pid: Pid) -> Option<(String, u64)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let (open, close) = (memchr::memchr(b'(', &stat)?, memchr::memrchr(b')', &stat)?);
    let name = String::from_utf8_lossy(stat.get(open + 1..close)?).into_owned();
    let rest = std::str::from_utf8(&stat[close + 1..]).ok()?;
    // The state is field 3, and the start field 22.
    let ticks = rest.split_ascii_whitespace().nth(19)?.parse().ok()?;
    Some((name, ticks))
}

/// Seconds since boot, its sleep included, as the ticks of processes count.
fn uptime() -> io::Result<f64> {
    let text = fs::read_to_string("/proc/uptime")?;
    let seconds = text.split_ascii_whitespace().next().and_then(|text| text.parse().ok());
    seconds.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/uptime holds no number"))
}

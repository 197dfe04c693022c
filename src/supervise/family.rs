//! The command's processes: the leader, its group, and descendants that left the group and were adopted (R4).

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgid, kill_process, kill_process_group, waitid};

use super::course::Order;
use super::record::Ended;

/// All descendants of the supervisor. As a subreaper it is the parent of every one that lost its own.
///
/// The leader is not reaped before the end: as a zombie it keeps its number, so that a signal to its group can never meet
/// a stranger. Other processes are signalled only while they are children, for the same reason; their own children
/// become ours when they end.
#[derive(Debug)]
pub(super) struct Family {
    leader: Pid,
    ended: Option<Ended>,
    /// The adopted children, as of the last look.
    others: Vec<Pid>,
    /// Those that had to be ended after the leader.
    strays: Vec<Pid>,
}

impl Family {
    pub(super) fn new(leader: Pid) -> Self {
        Self { leader, ended: None, others: Vec::new(), strays: Vec::new() }
    }

    /// How the leader ended, once it has.
    pub(super) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Whether there are children beside the leader.
    pub(super) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// How many descendants had to be ended after the leader.
    pub(super) fn strays(&self) -> u32 {
        self.strays.len() as u32
    }

    /// Looks who has ended, and who is left. To be called after each SIGCHLD.
    pub(super) fn look(&mut self) {
        if self.ended.is_none() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if let Ok(Some(status)) = waitid(WaitId::Pid(self.leader), options) {
                let signaled = Ended::Signaled {
                    signal: status.terminating_signal().unwrap_or_default(),
                    core_dumped: status.dumped(),
                };
                self.ended = Some(status.exit_status().map_or(signaled, Ended::Exited));
            }
        }
        self.others = children();
        self.others.retain(|pid| *pid != self.leader && !reap(*pid));
    }

    /// Signals the group. What is left when the leader has gone already is a stray.
    pub(super) fn signal(&mut self, order: Order) {
        send(order, self.leader, kill_process_group);
        if self.ended.is_some() {
            for pid in &self.others {
                if is_inside(*pid, self.leader) && !self.strays.contains(pid) {
                    self.strays.push(*pid);
                }
            }
        }
    }

    /// Signals the children outside the group: KILL at every call, TERM once each.
    pub(super) fn signal_outsiders(&mut self, order: Order) {
        for pid in self.others.iter().filter(|pid| !is_inside(**pid, self.leader)) {
            let known = self.strays.contains(pid);
            if !known {
                self.strays.push(*pid);
            }
            if !known || order == Order::Kill {
                send(order, *pid, kill_process);
            }
        }
    }

    /// Reaps the leader, so that what it used is counted.
    pub(super) fn bury_leader(&self) {
        reap(self.leader);
    }
}

/// The children of this process, zombies included.
pub(super) fn children() -> Vec<Pid> {
    // Complete for a process without threads: only its own waiting takes one off the list. A kernel that was built
    // without this file shows none, and strays that left the group are not found.
    let list = fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// Waits for a child that may have ended; true when it had, and is gone now.
fn reap(child: Pid) -> bool {
    match waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
        Ok(status) => status.is_some(),
        Err(e) => e == Errno::CHILD,
    }
}

fn is_inside(pid: Pid, group: Pid) -> bool {
    getpgid(Some(pid)) == Ok(group)
}

fn send(order: Order, to: Pid, kill: fn(Pid, Signal) -> rustix::io::Result<()>) {
    // Nobody there any more, or somebody else's: both show in who is left, not here.
    let _ = match order {
        Order::Kill => kill(to, Signal::KILL),
        // One that was stopped would otherwise not learn of it.
        Order::Term => kill(to, Signal::TERM).and_then(|()| kill(to, Signal::CONT)),
    };
}

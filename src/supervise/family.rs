//! The command's processes: the leader, its group, and descendants that left the group, adopted or not (R4).

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use super::course::Order;
use super::record::Ended;
use super::tree::{self, Process, children};

/// How long the end of all movement is waited for in a pause; who does not stop by then is stuck in the kernel.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks whether all stand still.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// How often at once those are killed who were started by others just before these were killed; then it is the turn of
/// output and signals, and soon again of this.
const KILL_ROUNDS: u32 = 16;

/// All descendants of the supervisor. As a subreaper it is the parent of every one that lost its own.
///
/// The leader is not reaped before the end: as a zombie it keeps its number, so that a signal to its group can never meet
/// a stranger. Other processes are signalled only while they are children, for the same reason; their own children
/// become ours when they end.
#[derive(Debug)]
pub(super) struct Family {
    leader: Pid,
    stop_signal: Signal,
    ended: Option<Ended>,
    /// The adopted children, as of the last look.
    others: Vec<Pid>,
    /// Those that had to be ended after the leader.
    strays: Vec<Pid>,
    /// Those that were stopped for a pause.
    paused: Vec<Pid>,
}

impl Family {
    pub(super) fn new(leader: Pid, stop_signal: Signal) -> Self {
        Self { leader, stop_signal, ended: None, others: Vec::new(), strays: Vec::new(), paused: Vec::new() }
    }

    /// Whoever asks for the stop wants this signal.
    pub(super) fn stop_with(&mut self, signal: Signal) {
        self.stop_signal = signal;
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

    /// Signals the group; KILL goes to everybody who left it, too. What is left when the leader has gone already is a stray.
    pub(super) fn signal(&mut self, order: Order) {
        send(self.signal_of(order), self.leader, kill_process_group);
        if self.ended.is_some() {
            for pid in &self.others {
                if is_inside(*pid, self.leader) && !self.strays.contains(pid) {
                    self.strays.push(*pid);
                }
            }
        }
        match order {
            Order::Kill => self.kill_all(),
            // It has its signal; now all wake up to hear of it.
            Order::Stop => self.resume(),
        }
    }

    /// Kills every descendant, wherever it went: no new one is left by one that was killed.
    fn kill_all(&mut self) {
        let mut killed = Vec::new();
        for _ in 0..KILL_ROUNDS {
            let left: Vec<Process> = tree::descendants()
                .into_iter()
                .filter(|process| !process.has_ended() && !killed.contains(&process.pid))
                .collect();
            if left.is_empty() {
                return;
            }
            for process in left {
                let is_stray = self.ended.is_some() || !is_inside(process.pid, self.leader);
                if is_stray && !self.strays.contains(&process.pid) {
                    self.strays.push(process.pid);
                }
                process.signal(Signal::KILL);
                killed.push(process.pid);
            }
        }
    }

    /// Stops every descendant, wherever it went, until none moves: each could start another one before it stands still.
    pub(super) fn pause(&mut self) {
        let patience = Instant::now() + STOP_PATIENCE;
        loop {
            let mut moving = false;
            // Parents first: no parent sees its child stand still.
            for process in tree::descendants() {
                // Who stands still already was stopped by somebody else, and is not for us to wake.
                if process.has_ended() || process.is_stopped() {
                    continue;
                }
                if !self.paused.contains(&process.pid) {
                    process.signal(Signal::STOP);
                    self.paused.push(process.pid);
                } else if process.is_in_kernel() {
                    continue;
                }
                moving = true;
            }
            if !moving || Instant::now() >= patience {
                return;
            }
            sleep(LOOK_AGAIN);
        }
    }

    /// Wakes everybody whom [`pause`](Self::pause) stopped, children first.
    pub(super) fn resume(&mut self) {
        let paused = std::mem::take(&mut self.paused);
        if paused.is_empty() {
            return;
        }
        for process in tree::descendants().iter().rev().filter(|process| paused.contains(&process.pid)) {
            process.signal(Signal::CONT);
        }
    }

    /// Signals the children outside the group: KILL at every call, the stop signal once each.
    pub(super) fn signal_outsiders(&mut self, order: Order) {
        for pid in self.others.iter().filter(|pid| !is_inside(**pid, self.leader)) {
            let known = self.strays.contains(pid);
            if !known {
                self.strays.push(*pid);
            }
            if !known || order == Order::Kill {
                send(self.signal_of(order), *pid, kill_process);
            }
        }
    }

    /// The leader has ended while it was being stopped: who is left of its group may not have heard of another signal than
    /// TERM, as a shell's background processes do not of INT.
    pub(super) fn leader_ended(&self) {
        if self.stop_signal != Signal::TERM {
            send(Signal::TERM, self.leader, kill_process_group);
        }
    }

    /// The task's own stop signal is for the leader and its group as long as the leader lives; what is left gets TERM.
    fn signal_of(&self, order: Order) -> Signal {
        match order {
            Order::Kill => Signal::KILL,
            Order::Stop if self.ended.is_some() => Signal::TERM,
            Order::Stop => self.stop_signal,
        }
    }

    /// Reaps the leader, so that what it used is counted.
    pub(super) fn bury_leader(&self) {
        reap(self.leader);
    }
}

/// Waits for a child that may have ended; true when it had, and is gone now.
fn reap(child: Pid) -> bool {
    match waitid(WaitId::Pid(child), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
        Ok(status) => status.is_some(),
        Err(e) => e == Errno::CHILD,
    }
}

fn is_inside(pid: Pid, group: Pid) -> bool {
    let number = |pid: Pid| nix::unistd::Pid::from_raw(pid.as_raw_nonzero().get());
    nix::unistd::getpgid(Some(number(pid))) == Ok(number(group))
}

fn send(signal: Signal, to: Pid, kill: fn(Pid, Signal) -> rustix::io::Result<()>) {
    // Nobody there any more, or somebody else's: both show in who is left, not here.
    let _ = match signal {
        Signal::KILL => kill(to, Signal::KILL),
        // One that was stopped would otherwise not learn of it.
        signal => kill(to, signal).and_then(|()| kill(to, Signal::CONT)),
    };
}

//! One run, from the start of its command to its exit record: the process that outlives the engine (R8).

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpid, set_child_subreaper, setsid};

use super::cgroup::Cgroup;
use super::course::{Course, Order};
use super::family::Family;
use super::folder::{self, Files};
use super::launch::{Launched, launch};
use super::meter::Meter;
use super::nest::Nest;
use super::pump::Pump;
use super::record::{Capped, Ended, ExitRecord, NotKept, StartRecord, StopCause};
use super::spec::Spec;
use super::sys::{self, Signals};
use super::watchdog::Watchdog;
use crate::domain::limits::Over;
use crate::domain::quantity::{format_bytes, format_duration};
use crate::output::Writer;

/// How long to wait before the exit record is tried again, when the disk is full for instance.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// Executes what the `spec.json` of an attempt says, and returns when all output is on the disk and its `exit.json` is written.
///
/// It has to be called in a process of its own, forked from the spawner, that holds the lock until it ends.
pub(super) fn supervise(folder: &Path, attempt: u32, nest: Result<Nest, String>) -> io::Result<()> {
    let started_at = Timestamp::now();
    let files = Files::of(folder, attempt);
    let record = match folder::read_spec(files) {
        Ok(spec) => execute(folder, &spec, nest, started_at),
        Err(e) => Err(e.to_string()),
    };
    let record = record.unwrap_or_else(|error| ExitRecord::not_started(attempt, started_at, error));
    write_exit(files, &record)
}

/// Writes the exit record, if need be again and again: the status must not be lost silently. Only when the folder is
/// gone there is nobody left to tell.
fn write_exit(files: Files<'_>, record: &ExitRecord) -> io::Result<()> {
    loop {
        match folder::write_exit(files, record) {
            Err(e) if e.kind() != ErrorKind::NotFound => std::thread::sleep(WRITE_AGAIN),
            result => return result,
        }
    }
}

/// Starts the command and stays with it until it is over. The error says why it could not begin.
fn execute(
    folder: &Path,
    spec: &Spec,
    nest: Result<Nest, String>,
    started_at: Timestamp,
) -> Result<ExitRecord, String> {
    let in_words = |e: io::Error| e.to_string();
    let signals = take_charge().map_err(in_words)?;
    let supervisor = getpid().as_raw_nonzero().get();
    let boot = folder::boot_id().map_err(in_words)?;
    let mut start = StartRecord { supervisor, boot, started_at, leader: None, limits: None, cgroup: None };
    let start_file = folder::create_start(Files::of(folder, spec.attempt), &start).map_err(in_words)?;
    let mut meter = Meter::new(nest.and_then(|nest| nest.cgroup(&format!("run-{}-{supervisor}", spec.run))));
    // Of an attempt before this one that was lost while it was paused.
    let _ = folder::end_pause(folder);
    folder::forget_signal(folder);
    let launched = launch(spec, folder, &mut meter);
    if launched.is_err() {
        meter.leave();
    }
    let Launched { leader, taps, held } = launched?;
    let words = |words: Vec<String>| (!words.is_empty()).then(|| words.join("; "));
    let (limits, refused) = (words(held.in_force), words(held.refused));
    start.cgroup = meter.cgroup().map(|cgroup| cgroup.path().to_owned());
    start.leader = Some(leader.as_raw_nonzero().get());
    start.limits.clone_from(&limits);
    // For people and for usage figures: nothing depends on it.
    let _ = folder::update_start(&start_file, &start);
    drop((start_file, start));
    let now = Instant::now();
    let mut life = Life {
        signals,
        course: Course::new(now, spec.timeout(), spec.deadline(), spec.grace()),
        watchdog: Watchdog::new(folder, spec, meter, now),
        family: Family::new(leader, sys::stop_signal(spec.stop_signal())),
        pump: Pump::new(taps, Writer::new(folder, spec.attempt).capped(spec.output_cap)),
        folder: folder.to_owned(),
        shut_down: false,
    };
    let (ended, ended_at) = life.run();
    let mut record = ExitRecord { ended_at, ended, limits, refused, ..life.close(spec.attempt, started_at) };
    if let (Some(StopCause::Timeout), Some(timeout)) = (record.stopped_by, spec.timeout()) {
        record.over = Some(format!("its timeout of {} was over", format_duration(timeout)));
    }
    if let (None, Ended::Exited(1..) | Ended::Signaled { .. }, Some(limit)) =
        (record.stopped_by, &record.ended, spec.limits.memory)
        && record.peak_bytes >= limit / 4 * 3
    {
        // It may have failed because it was refused more.
        let (peak, limit) = (format_bytes(record.peak_bytes), format_bytes(limit));
        record.over = Some(format!("its memory came to {peak} of its {limit}"));
    }
    Ok(record)
}

/// Makes this process the head of a family: a session of its own, so that signals to the spawner's group pass by, and
/// the parent of every descendant that loses its own.
fn take_charge() -> io::Result<Signals> {
    setsid()?;
    set_child_subreaper(Some(getpid()))?;
    Signals::new(&[Signal::CHILD, Signal::TERM, Signal::USR1, Signal::TSTP, Signal::CONT])
}

/// Whether this is systemd, of the machine or of the user: nobody else signals a supervisor but engines and people.
fn is_service_manager(process: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim_end() == "systemd")
}

/// A command under way.
struct Life {
    signals: Signals,
    course: Course,
    watchdog: Watchdog,
    family: Family,
    pump: Pump,
    /// The service manager has asked this process to end.
    shut_down: bool,
    folder: PathBuf,
}

impl Life {
    /// Does what has to be done, one thing after the other, until nothing is left. Returns how the leader ended, and when.
    fn run(&mut self) -> (Ended, Timestamp) {
        let mut end = None;
        loop {
            let now = Instant::now();
            if let Some(end) = end.take_if(|_| self.is_over(now)) {
                return end;
            }
            if let Some(order) = self.course.tick(now) {
                self.enforce(order);
            }
            if let Some(over) = self.watchdog.look(now) {
                let cause = if matches!(over, Over::Memory(..)) { StopCause::Memory } else { StopCause::Cpu };
                if let Some(order) = self.course.exceeded(Instant::now(), cause) {
                    self.enforce(order);
                }
            }
            self.wait(now, end.is_some());
            while let Some((signal, sender)) = self.signals.take() {
                self.notice_shutdown(signal, sender);
                self.heed(signal);
            }
            if let (None, Some(ended)) = (&end, self.family.ended()) {
                end = Some((ended.clone(), Timestamp::now()));
                self.course.leader_ended(Instant::now());
                if self.course.for_outsiders() == Some(Order::Stop) {
                    self.family.leader_ended();
                }
                self.signal_outsiders();
            }
        }
    }

    fn is_over(&self, now: Instant) -> bool {
        self.course.is_over(now, self.family.has_others(), self.pump.is_open())
    }

    /// Waits for output, a signal, or the next thing that is due, and takes the output.
    fn wait(&mut self, now: Instant, hurry: bool) {
        let pause = self.pump.paused_until().filter(|until| !hurry && *until > now);
        let due = [self.course.due(), Some(self.watchdog.due()), pause].into_iter().flatten().min();
        let timeout = due.map(|due| due.saturating_duration_since(now)).and_then(|time| time.try_into().ok());
        let mut fds = vec![PollFd::new(&self.signals, PollFlags::IN)];
        if pause.is_none() {
            fds.extend(self.pump.poll_fds());
        }
        if poll(&mut fds, timeout.as_ref()).is_ok_and(|ready| ready > 0) {
            let ready: Vec<bool> = fds[1..].iter().map(|fd| !fd.revents().is_empty()).collect();
            self.pump.read(&ready);
        }
    }

    /// At a shutdown, or at a logout without lingering, systemd signals the command and this process at the same time.
    fn notice_shutdown(&mut self, signal: i32, sender: i32) {
        self.shut_down |= signal == Signal::TERM.as_raw() && is_service_manager(sender);
    }

    fn heed(&mut self, signal: i32) {
        let now = Instant::now();
        if signal == Signal::CHILD.as_raw() {
            self.family.look();
            self.signal_outsiders();
        } else if signal == Signal::TERM.as_raw() {
            if let Some(order) = self.course.stop(now) {
                if let Some(signal) = folder::asked_with(&self.folder) {
                    self.family.stop_with(sys::stop_signal(signal));
                }
                self.enforce(order);
            }
        } else if signal == Signal::USR1.as_raw() {
            let order = self.course.kill(now);
            self.enforce(order);
        } else if signal == Signal::TSTP.as_raw() {
            if self.course.pause(now) {
                self.family.pause();
                // Who looks for the file learns of the pause late when the disk refuses it; the pause itself is there.
                let _ = folder::begin_pause(&self.folder);
            }
        } else if signal == Signal::CONT.as_raw() && self.course.resume(now) {
            let _ = folder::end_pause(&self.folder);
            self.family.resume();
        }
    }

    fn enforce(&mut self, order: Order) {
        // Descendants may have been adopted since the last look: no signal tells of that.
        self.family.look();
        let _ = folder::end_pause(&self.folder);
        self.family.signal(order);
        self.signal_outsiders();
        if order == Order::Kill
            && let Some(cgroup) = self.watchdog.meter().cgroup()
        {
            // All at once, whatever is forked meanwhile. What it cannot do, the signals have done.
            let _ = cgroup.kill();
        }
    }

    fn signal_outsiders(&mut self) {
        if let Some(order) = self.course.for_outsiders() {
            self.family.signal_outsiders(order);
        }
    }

    /// Why it was stopped, and the limit if it was one. A process that used up the CPU time of all alone may have been ended by the
    /// kernel before the watchdog looked, and so may all that used too much memory in a cgroup (R7).
    fn why_stopped(&self, cpu: Duration) -> (Option<StopCause>, Option<Over>) {
        const XCPU: i32 = libc::SIGXCPU;
        const XCPU_IN_SHELL: i32 = 128 + XCPU;
        match (self.course.stopped_by(), self.family.ended()) {
            (None | Some(StopCause::Stop), Some(ended)) if self.shut_down && *ended != Ended::Exited(0) => {
                (Some(StopCause::Shutdown), None)
            }
            (Some(cause @ (StopCause::Memory | StopCause::Cpu)), _) => (Some(cause), self.watchdog.over()),
            (None, Some(Ended::Signaled { signal: XCPU, .. } | Ended::Exited(XCPU_IN_SHELL))) => {
                let over = self.watchdog.exceeded_cpu(cpu);
                (over.map(|_| StopCause::Cpu), over)
            }
            (None, Some(ended)) if *ended != Ended::Exited(0) => {
                let over = self.watchdog.exceeded_memory();
                (over.map(|_| StopCause::Memory), over)
            }
            (cause, _) => (cause, None),
        }
    }

    /// Takes the last output, and adds up. How and when it ended is left to the caller.
    fn close(mut self, attempt: u32, started_at: Timestamp) -> ExitRecord {
        self.pump.drain();
        // The command may have heard of a shutdown just before.
        while let Some((signal, sender)) = self.signals.take() {
            self.notice_shutdown(signal, sender);
        }
        let _ = folder::end_pause(&self.folder);
        self.family.bury_leader();
        let (cpu, max_rss_bytes) = sys::usage_of_children();
        // The cgroup has also counted whom nobody waited for.
        let cpu = self.watchdog.meter().cgroup().and_then(Cgroup::cpu).map_or(cpu, |all| all.max(cpu));
        let (stopped_by, over) = self.why_stopped(cpu);
        let writer = self.pump.into_writer();
        let counts = writer.counts();
        let record = ExitRecord {
            stopped_by,
            over: over.map(|over| over.to_string()),
            peak_bytes: self.watchdog.peak().max(max_rss_bytes),
            samples: self.watchdog.samples(),
            killed: self.course.killed(),
            cpu_micros: cpu.as_micros() as u64,
            max_rss_bytes,
            output_bytes: counts.bytes,
            output_lines: counts.lines,
            dropped_bytes: counts.refused_bytes,
            not_kept: not_kept(&writer),
            strays: self.family.strays(),
            ..ExitRecord::not_started(attempt, started_at, String::new())
        };
        self.watchdog.meter().leave();
        // The record must not be there without the output that it counts. A disk that fails here is told by nobody else.
        let _ = writer.finish();
        record
    }
}

/// Where output is missing, when any is.
fn not_kept(writer: &Writer) -> Option<Box<NotKept>> {
    let counts = writer.counts();
    let capped = writer.dropped().map(Capped::from);
    let parts = NotKept { dropped_lines: counts.refused_lines, dropped_at: counts.refused_at, capped };
    (counts.refused_bytes > 0 || capped.is_some()).then(|| Box::new(parts))
}

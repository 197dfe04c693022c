//! Looks at what a run uses: often enough to end it over its limits, and rarely enough to keep samples for years (R7).

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::cgroup::Cgroup;
use super::meter::Meter;
use super::spec::Spec;
use crate::domain::limits::{Limits, Over};
use crate::output::usage::{Log, Sample};

/// The shortest time between two looks at limits.
const OFTEN: Duration = Duration::from_millis(100);
/// The time between two samples, and the longest between two looks at limits.
const SECOND: Duration = Duration::from_secs(1);
/// So long a sample is taken every second.
const FIRST: Duration = Duration::from_secs(60);
/// After that, the time to the next one is this part of the time since the start: 330 samples in a day, 590 in a year.
const PART: u32 = 40;
/// To look costs at most this part of the time in between, however many processes there are.
const COST: u32 = 50;

/// When to look, and when to take a sample. Time is a parameter throughout.
#[derive(Debug)]
struct Pace {
    started: Instant,
    sample: Instant,
    /// When the limits are looked at; `None` without any.
    look: Option<Instant>,
    /// How long the last wait between two looks was.
    wait: Duration,
}

impl Pace {
    fn new(now: Instant, has_limits: bool) -> Self {
        Self { started: now, sample: now + SECOND, look: has_limits.then(|| now + OFTEN), wait: OFTEN }
    }

    fn due(&self) -> Instant {
        self.look.map_or(self.sample, |look| look.min(self.sample))
    }

    /// Whether what is measured now is a sample: one that is nearly due comes together with a look.
    fn is_sample(&self, now: Instant) -> bool {
        self.sample <= if self.look.is_some() { now + OFTEN } else { now }
    }

    /// A sample was taken, and that took so long.
    fn sampled(&mut self, now: Instant, took: Duration) {
        let elapsed = now.saturating_duration_since(self.started);
        let wait = if elapsed < FIRST { SECOND } else { elapsed / PART };
        self.sample = now + wait.max(took * COST);
    }

    /// The limits were looked at, and it may be so long until they are reached: the less that is, the sooner the next look.
    fn looked(&mut self, now: Instant, far: Duration, took: Duration) {
        self.wait = (2 * self.wait).min(far).clamp(OFTEN, SECOND).max(took * COST);
        self.look = Some(now + self.wait);
    }
}

/// Watches one run.
#[derive(Debug)]
pub(super) struct Watchdog {
    folder: PathBuf,
    attempt: u32,
    limits: Limits,
    meter: Meter,
    /// How fast CPU time can go.
    processors: u32,
    pace: Pace,
    log: Log,
    cpu: Duration,
    peak: u64,
    samples: u32,
    over: Option<Over>,
}

impl Watchdog {
    pub(super) fn new(folder: &Path, spec: &Spec, meter: Meter, now: Instant) -> Self {
        let has_limits = spec.limits.memory.is_some() || spec.limits.cpu.is_some();
        Self {
            folder: folder.to_owned(),
            attempt: spec.attempt,
            limits: spec.limits.clone(),
            meter,
            // To ask takes a few files.
            processors: spec.limits.cpu.map_or(1, |_| available_parallelism().map_or(1, |n| n.get() as u32)),
            pace: Pace::new(now, has_limits),
            log: Log::default(),
            cpu: Duration::ZERO,
            peak: 0,
            samples: 0,
            over: None,
        }
    }

    /// When it has to look next.
    pub(super) fn due(&self) -> Instant {
        self.pace.due()
    }

    /// Looks, if it is time to. Says so when a limit is found to be reached, once.
    pub(super) fn look(&mut self, now: Instant) -> Option<Over> {
        if now < self.due() {
            return None;
        }
        let tally = self.meter.measure(self.limits.memory);
        // What nobody waited for is not counted any more when it is gone.
        self.cpu = self.cpu.max(tally.cpu);
        self.peak = self.peak.max(tally.memory);
        let (after, is_first) = (Instant::now(), self.over.is_none());
        let took = after.saturating_duration_since(now);
        if is_first {
            self.over = self.exceeded(tally.memory);
        }
        let over = self.over.filter(|_| is_first);
        if over.is_some() || self.pace.is_sample(now) {
            let Self { attempt, cpu, .. } = *self;
            let sample =
                Sample { at: Timestamp::now(), cpu, memory: tally.memory, processes: tally.processes, attempt };
            self.log.append(&self.folder, sample);
            self.samples += 1;
            self.pace.sampled(after, took);
        }
        if self.over.is_some() {
            self.pace.look = None;
        } else if self.pace.look.is_some() {
            self.pace.looked(after, self.far(tally.memory), took);
        }
        over
    }

    fn exceeded(&self, memory: u64) -> Option<Over> {
        let of_memory = self.limits.memory.filter(|limit| memory > *limit).map(|limit| Over::Memory(memory, limit));
        of_memory.or_else(|| self.exceeded_cpu(self.cpu))
    }

    /// Whether so much CPU time is too much.
    pub(super) fn exceeded_cpu(&self, cpu: Duration) -> Option<Over> {
        self.limits.cpu.filter(|limit| cpu > *limit).map(|limit| Over::Cpu(cpu, limit))
    }

    /// How long it may take until a limit is reached: for CPU time when all processors are busy, for memory a guess by what is left.
    fn far(&self, memory: u64) -> Duration {
        let by_cpu = self.limits.cpu.map(|limit| limit.saturating_sub(self.cpu) / self.processors);
        let left = |limit: u64| limit.saturating_sub(memory) as f64 / limit.max(1) as f64;
        let by_memory = self.limits.memory.map(|limit| SECOND.mul_f64(left(limit)));
        by_cpu.into_iter().chain(by_memory).min().unwrap_or(SECOND)
    }

    /// Whether the kernel has found that the memory is too much.
    pub(super) fn exceeded_memory(&self) -> Option<Over> {
        let limit = self.limits.memory.filter(|_| self.meter.limits_memory())?;
        let kills = self.meter.cgroup().and_then(Cgroup::memory_kills);
        kills.filter(|kills| *kills > 0).map(|_| Over::Memory(limit, limit))
    }

    /// What it measures with.
    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The limit that was reached.
    pub(super) fn over(&self) -> Option<Over> {
        self.over
    }

    /// Most memory that was seen, in bytes.
    pub(super) fn peak(&self) -> u64 {
        self.peak
    }

    /// How many samples were taken.
    pub(super) fn samples(&self) -> u32 {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_a_sample_comes_every_second_of_the_first_minute_and_about_six_hundred_in_a_year() {
        let start = Instant::now();
        let mut pace = Pace::new(start, false);
        let mut taken = Vec::new();
        while pace.due() < start + Duration::from_secs(365 * 86_400) {
            let now = pace.due();
            taken.push((now - start).as_secs_f64());
            pace.sampled(now, Duration::from_micros(200));
        }
        let until = |limit: f64| taken.iter().filter(|at| **at <= limit).count();
        assert_eq!(until(0.999), 0, "a run of less than a second has none");
        assert_eq!(until(60.0), 60);
        assert!((300..360).contains(&until(86_400.0)), "{}", until(86_400.0));
        assert!((500..620).contains(&taken.len()), "{}", taken.len());
    }

    #[test]
    fn r7_limits_are_looked_at_often_when_they_are_near() {
        let start = Instant::now();
        let mut pace = Pace::new(start, true);
        let mut waits = Vec::new();
        for far in [60_000, 60_000, 60_000, 60_000, 300, 5, 60_000] {
            let now = pace.due();
            pace.looked(now, Duration::from_millis(far), Duration::ZERO);
            waits.push(pace.wait.as_millis());
        }
        assert_eq!(waits, [200, 400, 800, 1000, 300, 100, 200]);
        pace.looked(start, Duration::ZERO, Duration::from_millis(10));
        assert_eq!(pace.wait.as_millis(), 500, "a look that costs much is made less often");
    }

    #[test]
    fn r7_far_from_its_limits_a_run_is_looked_at_once_a_second_and_each_look_is_a_sample() {
        let start = Instant::now();
        let mut pace = Pace::new(start, true);
        let (mut looks, mut samples) = (0, 0);
        while pace.due() < start + FIRST {
            let now = pace.due();
            looks += 1;
            if pace.is_sample(now) {
                samples += 1;
                pace.sampled(now, Duration::ZERO);
            }
            pace.looked(now, Duration::from_millis(993), Duration::ZERO);
        }
        assert!((59..=61).contains(&samples), "{samples}");
        assert!(looks - samples <= 4, "{looks} looks, {samples} samples");
    }
}

//! Decides what happens to a command over time: timeout, stop sequence, and the end of what it leaves behind (R4, R5).

use std::time::{Duration, Instant};

use super::record::StopCause;

/// How long descendants and open pipes may outlive a leader that ended by itself: bash does not wait for `>(tee log)`.
const LINGER: Duration = Duration::from_secs(1);
/// How often KILL is repeated: a killed process may have started another one just before.
const KILL_AGAIN: Duration = Duration::from_millis(50);
/// How long killed descendants are waited for once the leader is gone; one that hangs in the kernel, or belongs to
/// another user, must not keep the run from ending.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

/// How long what uses too much memory may take to stop: the machine suffers meanwhile (R7).
const MEMORY_GRACE: Duration = Duration::from_secs(1);

/// A century; more would not fit the clock.
const LONGEST_GRACE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A signal that has to be sent now, to everything that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Stop,
    Kill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The leader lives, and nobody asked it to stop.
    Running { until: Option<(Instant, StopCause)> },
    /// The leader ended by itself.
    Lingering { until: Instant },
    /// The stop signal was sent.
    Stopping { until: Instant },
    /// KILL was sent.
    Killing { again: Instant, until: Instant },
}

/// Where a command is in its life. Time is a parameter throughout.
#[derive(Debug)]
pub(super) struct Course {
    phase: Phase,
    grace: Duration,
    leader_ended: bool,
    stopped_by: Option<StopCause>,
    killed: bool,
    /// Since when its processes stand still.
    paused: Option<Instant>,
}

impl Course {
    /// The command has begun. Of its own timeout and what is left of the deadline over all attempts the earlier counts.
    pub(super) fn new(now: Instant, timeout: Option<Duration>, deadline: Option<Duration>, grace: Duration) -> Self {
        // A time beyond the end of the clock never comes.
        let end = |after: Option<Duration>, cause| Some((now.checked_add(after?)?, cause));
        let ends = [end(timeout, StopCause::Timeout), end(deadline, StopCause::Deadline)];
        let until = ends.into_iter().flatten().min_by_key(|(at, _)| *at);
        let grace = grace.min(LONGEST_GRACE);
        Self {
            phase: Phase::Running { until },
            grace,
            leader_ended: false,
            stopped_by: None,
            killed: false,
            paused: None,
        }
    }

    /// Somebody asks for the stop sequence. While it is under way this changes nothing: an engine that takes over passes on
    /// again what the one before it may have passed on, and must not cut the grace short.
    pub(super) fn stop(&mut self, now: Instant) -> Option<Order> {
        match self.phase {
            Phase::Running { .. } => Some(self.begin_stop(now, Some(StopCause::Stop))),
            Phase::Lingering { .. } => Some(self.begin_stop(now, None)),
            Phase::Stopping { .. } | Phase::Killing { .. } => None,
        }
    }

    /// Somebody asks for a pause; whether it begins now. What is being stopped goes on to its end.
    pub(super) fn pause(&mut self, now: Instant) -> bool {
        let begins = self.paused.is_none() && matches!(self.phase, Phase::Running { .. } | Phase::Lingering { .. });
        if begins {
            self.paused = Some(now);
        }
        begins
    }

    /// Somebody asks for the end of a pause; whether there was one. Its time counts for nothing (R5).
    pub(super) fn resume(&mut self, now: Instant) -> bool {
        let Some(since) = self.paused.take() else { return false };
        let pause = now.saturating_duration_since(since);
        match &mut self.phase {
            Phase::Running { until } => *until = until.and_then(|(at, cause)| Some((at.checked_add(pause)?, cause))),
            Phase::Lingering { until } => *until += pause,
            Phase::Stopping { .. } | Phase::Killing { .. } => {}
        }
        true
    }

    /// A limit is reached (R7). When it is being stopped already, too much memory cuts the grace short.
    pub(super) fn exceeded(&mut self, now: Instant, cause: StopCause) -> Option<Order> {
        if cause == StopCause::Memory {
            self.grace = self.grace.min(MEMORY_GRACE);
        }
        match &mut self.phase {
            Phase::Running { .. } => Some(self.begin_stop(now, Some(cause))),
            Phase::Lingering { .. } => Some(self.begin_stop(now, None)),
            Phase::Stopping { until } => {
                *until = (*until).min(now + self.grace);
                None
            }
            Phase::Killing { .. } => None,
        }
    }

    /// Somebody asks for KILL.
    pub(super) fn kill(&mut self, now: Instant) -> Order {
        self.paused = None;
        if let Phase::Running { .. } = self.phase {
            self.stopped_by = Some(StopCause::Stop);
        }
        self.killed = true;
        self.phase = Phase::Killing { again: now + KILL_AGAIN, until: now + KILL_PATIENCE };
        Order::Kill
    }

    /// The leader has ended.
    pub(super) fn leader_ended(&mut self, now: Instant) {
        self.leader_ended = true;
        // What it leaves behind has its second after the pause.
        self.paused = self.paused.map(|_| now);
        match &mut self.phase {
            Phase::Running { .. } => self.phase = Phase::Lingering { until: now + LINGER },
            Phase::Killing { until, .. } => *until = now + KILL_PATIENCE,
            Phase::Lingering { .. } | Phase::Stopping { .. } => {}
        }
    }

    /// What is due at `now`.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Order> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        Some(match self.phase {
            Phase::Running { until } => self.begin_stop(now, until.map(|(_, cause)| cause)),
            Phase::Lingering { .. } => self.begin_stop(now, None),
            Phase::Stopping { .. } => self.kill(now),
            Phase::Killing { until, .. } => {
                self.phase = Phase::Killing { again: now + KILL_AGAIN, until };
                Order::Kill
            }
        })
    }

    /// When something is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.paused.is_some() {
            return None;
        }
        match self.phase {
            Phase::Running { until } => until.map(|(at, _)| at),
            Phase::Lingering { until } | Phase::Stopping { until } => Some(until),
            Phase::Killing { again, .. } => Some(again),
        }
    }

    /// Whether the run is over, given whether descendants are left and a pipe is still open.
    pub(super) fn is_over(&self, now: Instant, descendants: bool, pipes: bool) -> bool {
        self.leader_ended
            && match self.phase {
                Phase::Running { .. } => false,
                // A pipe that is open without descendants is held by a process that is none of ours.
                Phase::Lingering { until } => !descendants && (!pipes || now >= until),
                Phase::Stopping { .. } => !descendants,
                Phase::Killing { until, .. } => !descendants || now >= until,
            }
    }

    /// What a descendant outside the group has to get: the stop signal only when the leader is gone, who may be tidying up there.
    pub(super) fn for_outsiders(&self) -> Option<Order> {
        match self.phase {
            Phase::Stopping { .. } if self.leader_ended => Some(Order::Stop),
            Phase::Killing { .. } => Some(Order::Kill),
            _ => None,
        }
    }

    /// Why the leader was asked to stop.
    pub(super) fn stopped_by(&self) -> Option<StopCause> {
        self.stopped_by
    }

    /// Whether KILL was sent.
    pub(super) fn killed(&self) -> bool {
        self.killed
    }

    fn begin_stop(&mut self, now: Instant, cause: Option<StopCause>) -> Order {
        self.stopped_by = cause;
        self.paused = None;
        self.phase = Phase::Stopping { until: now + self.grace };
        Order::Stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);
    const MOMENT: Duration = Duration::from_millis(1);

    fn course(timeout: Option<Duration>) -> (Instant, Course) {
        let now = Instant::now();
        (now, Course::new(now, timeout, None, GRACE))
    }

    fn just_before(time: Instant) -> Instant {
        time.checked_sub(MOMENT).unwrap()
    }

    #[test]
    fn a_command_that_ends_by_itself_is_over_at_once_when_nothing_is_left() {
        let (now, mut course) = course(None);
        assert_eq!(course.due(), None);
        assert!(!course.is_over(now, false, false));
        course.leader_ended(now);
        assert!(course.is_over(now, false, false));
        assert_eq!((course.stopped_by(), course.killed()), (None, false));
    }

    #[test]
    fn r4_what_a_leader_leaves_behind_gets_a_second_then_term_then_kill() {
        let (now, mut course) = course(Some(GRACE));
        course.leader_ended(now);
        assert_eq!(course.tick(just_before(now + LINGER)), None);
        assert!(!course.is_over(now + LINGER, true, false));
        assert_eq!(course.tick(now + LINGER), Some(Order::Stop));
        assert_eq!(course.for_outsiders(), Some(Order::Stop));
        assert_eq!(course.tick(just_before(now + LINGER + GRACE)), None);
        let killed = now + LINGER + GRACE;
        assert_eq!(course.tick(killed), Some(Order::Kill));
        assert_eq!(course.tick(killed + KILL_AGAIN), Some(Order::Kill));
        assert!(!course.is_over(just_before(killed + KILL_PATIENCE), true, true));
        assert!(course.is_over(killed + KILL_PATIENCE, true, true));
        assert_eq!((course.stopped_by(), course.killed()), (None, true));
    }

    #[test]
    fn a_pipe_that_a_stranger_holds_is_waited_for_but_nobody_is_signalled() {
        let (now, mut course) = course(None);
        course.leader_ended(now);
        assert!(!course.is_over(now, false, true));
        assert!(course.is_over(now + LINGER, false, true));
    }

    #[test]
    fn r4_the_stop_sequence_is_term_then_kill_after_the_grace_and_a_leader_is_waited_for_without_limit() {
        let (now, mut course) = course(None);
        assert_eq!(course.stop(now), Some(Order::Stop));
        assert_eq!(course.for_outsiders(), None);
        assert_eq!(course.tick(just_before(now + GRACE)), None);
        assert_eq!(course.tick(now + GRACE), Some(Order::Kill));
        assert!(!course.is_over(now + 1000 * GRACE, true, true));
        course.leader_ended(now + 1000 * GRACE);
        assert!(course.is_over(now + 1000 * GRACE, false, true));
        assert_eq!((course.stopped_by(), course.killed()), (Some(StopCause::Stop), true));
    }

    #[test]
    fn r4_r8_a_stop_asked_again_changes_nothing_and_a_kill_does() {
        let (now, mut course) = course(None);
        assert_eq!(course.stop(now), Some(Order::Stop));
        assert_eq!(course.stop(now + MOMENT), None);
        assert_eq!(course.due(), Some(now + GRACE));
        assert_eq!(course.kill(now + MOMENT), Order::Kill);
        assert_eq!(course.stop(now + MOMENT), None);
        assert!(course.killed());
    }

    #[test]
    fn r5_the_timeout_is_a_stop_with_its_own_cause() {
        let (now, mut course) = course(Some(Duration::from_secs(3)));
        assert_eq!(course.tick(just_before(now + Duration::from_secs(3))), None);
        assert_eq!(course.tick(now + Duration::from_secs(3)), Some(Order::Stop));
        assert_eq!(course.stop(now + GRACE), None);
        assert_eq!(course.kill(now + GRACE), Order::Kill);
        assert_eq!(course.stopped_by(), Some(StopCause::Timeout));
    }

    #[test]
    fn r5_the_earlier_of_timeout_and_deadline_stops_it_and_is_the_cause() {
        let now = Instant::now();
        let (short, long) = (Duration::from_secs(3), Duration::from_secs(4));
        for (timeout, deadline, cause) in
            [(short, long, StopCause::Timeout), (long, short, StopCause::Deadline), (short, short, StopCause::Timeout)]
        {
            let mut course = Course::new(now, Some(timeout), Some(deadline), GRACE);
            assert_eq!(course.tick(just_before(now + short)), None);
            assert_eq!(course.tick(now + short), Some(Order::Stop));
            assert_eq!((course.stopped_by(), course.tick(now + long)), (Some(cause), None));
        }
        let mut over = Course::new(now, None, Some(Duration::ZERO), GRACE);
        assert_eq!(over.tick(now), Some(Order::Stop));
    }

    #[test]
    fn r7_a_limit_is_a_stop_with_its_own_cause_and_too_much_memory_has_little_grace() {
        for (cause, grace) in [(StopCause::Memory, MEMORY_GRACE), (StopCause::Cpu, GRACE)] {
            let (now, mut course) = course(None);
            assert_eq!(course.exceeded(now, cause), Some(Order::Stop));
            assert_eq!(course.stop(now), None);
            assert_eq!((course.stopped_by(), course.due()), (Some(cause), Some(now + grace)));
        }
        let (now, mut course) = course(None);
        assert_eq!(course.stop(now), Some(Order::Stop));
        assert_eq!(course.exceeded(now, StopCause::Memory), None);
        assert_eq!((course.stopped_by(), course.due()), (Some(StopCause::Stop), Some(now + MEMORY_GRACE)));
    }

    #[test]
    fn a_stop_after_the_leader_ended_is_not_why_it_ended() {
        let (now, mut course) = course(None);
        course.leader_ended(now);
        assert_eq!(course.stop(now), Some(Order::Stop));
        assert_eq!(course.kill(now), Order::Kill);
        assert_eq!(course.stopped_by(), None);
    }

    #[test]
    fn r4_r5_while_it_is_paused_no_time_passes_for_the_timeout() {
        let (now, mut course) = course(Some(Duration::from_secs(3)));
        assert!(course.pause(now + Duration::from_secs(1)));
        assert!(!course.pause(now + Duration::from_secs(2)));
        assert_eq!((course.due(), course.tick(now + GRACE)), (None, None));
        assert!(course.resume(now + Duration::from_secs(101)));
        assert!(!course.resume(now + Duration::from_secs(102)));
        let due = now + Duration::from_secs(103);
        assert_eq!(course.tick(just_before(due)), None);
        assert_eq!(course.tick(due), Some(Order::Stop));
        assert_eq!(course.stopped_by(), Some(StopCause::Timeout));
        assert!(!course.pause(due), "what is being stopped is not paused");
    }

    #[test]
    fn r4_a_stop_ends_a_pause_and_its_grace_counts_from_then() {
        let (now, mut course) = course(Some(Duration::from_secs(3)));
        assert!(course.pause(now));
        let stopped = now + 100 * GRACE;
        assert_eq!(course.stop(stopped), Some(Order::Stop));
        assert!(!course.resume(stopped), "there is no pause any more");
        assert_eq!(course.tick(just_before(stopped + GRACE)), None);
        assert_eq!(course.tick(stopped + GRACE), Some(Order::Kill));
    }

    #[test]
    fn r4_what_a_leader_leaves_behind_in_a_pause_has_its_second_after_it() {
        let (now, mut course) = course(None);
        assert!(course.pause(now));
        course.leader_ended(now + GRACE);
        assert_eq!(course.tick(now + 10 * GRACE), None);
        assert!(!course.is_over(now + 10 * GRACE, true, true));
        assert!(course.resume(now + 11 * GRACE));
        assert_eq!(course.tick(just_before(now + 11 * GRACE + LINGER)), None);
        assert_eq!(course.tick(now + 11 * GRACE + LINGER), Some(Order::Stop));
    }

    #[test]
    fn times_beyond_the_end_of_the_clock_are_never_reached() {
        let now = Instant::now();
        let mut course = Course::new(now, Some(Duration::MAX), Some(Duration::MAX), Duration::MAX);
        assert_eq!(course.due(), None);
        assert_eq!(course.stop(now), Some(Order::Stop));
        assert_eq!(course.tick(now + 1000 * GRACE), None);
    }
}

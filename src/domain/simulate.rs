//! Plays the schedules of a task over a span of time, by the rules that fire them: what would run, be skipped, overlap (T8).

use std::collections::VecDeque;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::RunId;
use super::options::Missed;
use super::planner::{self, Cause, Room, Verdict};
use super::run::{RunState, Trigger};
use super::schedule::{Decision, Schedule};
use super::task::Overlap;
use super::when::{Due, When};

/// More slots than this are not played: one each ten seconds for a week, one a minute for two months.
pub const MOST: usize = 100_000;

/// What is to be played.
#[derive(Debug, Clone)]
pub struct Play<'a> {
    /// The schedules of the task, each with its zone. Startups are no matter of time and do not come.
    pub schedules: &'a [(Schedule, TimeZone)],
    /// What happens while a run has not ended (R2).
    pub overlap: Overlap,
    /// How long each run takes.
    pub takes: Duration,
    /// From here, exclusively.
    pub from: Timestamp,
    /// To here, inclusively.
    pub until: Timestamp,
    /// When Tempo is not there, in order; runs go on meanwhile (R8).
    pub down: &'a [(Timestamp, Timestamp)],
}

/// What becomes of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// Which of the schedules.
    pub schedule: usize,
    /// The slot.
    pub due: Due,
    /// What is decided for it.
    pub decision: Decision,
    /// When its run starts, if it does within the span.
    pub starts: Option<Timestamp>,
    /// Whether another run of the task has not ended when it starts.
    pub overlaps: bool,
    /// Whether its run is ended for a later one.
    pub replaced: bool,
    /// Whether its run leaves the queue for a later one before it has started.
    pub dropped: bool,
    /// Why, when it is not simply run.
    pub reason: Option<String>,
    /// So many slots before it were missed, too, and share its row.
    pub before: u64,
}

/// How many slots there are, and what becomes of how many; what overlaps is also run.
pub fn counts(played: &[Played]) -> [(&'static str, u64); 7] {
    let count = |is: &dyn Fn(&&Played) -> bool| played.iter().filter(is).count() as u64;
    let before: u64 = played.iter().map(|slot| slot.before).sum();
    [
        ("slots", played.len() as u64 + before),
        ("run", count(&|slot| slot.decision == Decision::Run && !slot.replaced && !slot.dropped)),
        ("replaced", count(&|slot| slot.replaced)),
        ("dropped", count(&|slot| slot.dropped)),
        ("skipped", count(&|slot| slot.decision == Decision::Skipped)),
        ("missed", count(&|slot| slot.decision == Decision::Missed) + before),
        ("overlapping", count(&|slot| slot.overlaps)),
    ]
}

/// The same in words: `4320 slots: 2160 run, 2160 skipped`.
pub fn sum(played: &[Played]) -> String {
    let [(_, slots), rest @ ..] = counts(played);
    let rest: Vec<String> = rest.iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{n} {word}")).collect();
    match slots {
        0 => "no slot".to_owned(),
        1 => format!("1 slot: {}", rest.join(", ")),
        _ => format!("{slots} slots: {}", rest.join(", ")),
    }
}

/// There are more than [`MOST`] slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {MOST} slots: take a shorter span")]
pub struct TooMany;

/// Plays it; the slots in the order in which they are decided.
///
/// # Errors
/// When there are more than [`MOST`] slots.
pub fn play(play: &Play<'_>) -> Result<Vec<Played>, TooMany> {
    let mut stage = Stage { takes: play.takes, overlap: play.overlap, slots: Vec::new(), runs: Vec::new() };
    let mut schedules: Vec<(Schedule, &TimeZone)> = play.schedules.iter().map(|(s, zone)| (s.clone(), zone)).collect();
    for (schedule, zone) in &mut schedules {
        schedule.watermark = play.from;
        let next = schedule.next_after(play.from, zone).map(|due| due.at);
        plan(schedule, next);
    }
    let mut down: VecDeque<_> = play.down.iter().copied().collect();
    let mut now = play.from;
    loop {
        let starts = schedules.iter().filter_map(|(schedule, _)| schedule.next_at);
        let Some(next) = starts.chain(stage.next_event(now)).min().filter(|at| *at <= play.until) else { break };
        now = now.max(next);
        while let Some((begin, end)) = down.front().copied()
            && begin <= now
        {
            now = now.max(end);
            down.pop_front();
        }
        if now > play.until {
            break;
        }
        stage.end(now);
        for (at, (schedule, zone)) in schedules.iter_mut().enumerate() {
            if schedule.next_at.is_none_or(|next| next > now) {
                continue;
            }
            let decided = planner::due_slots(schedule, zone, now, Cause::NotRunning);
            let first = stage.slots.len();
            for (due, verdict) in decided.slots {
                schedule.watermark = schedule.watermark.max(due.at);
                stage.settle(at, due, verdict, now);
            }
            if let Some(slot) = stage.slots.get_mut(first) {
                slot.before = decided.unnamed;
            }
            plan(schedule, decided.next);
            if stage.slots.len() > MOST {
                return Err(TooMany);
            }
        }
        stage.start(now);
    }
    Ok(stage.slots)
}

/// The schedule as if it had been there already: intervals keep their beat.
pub fn reaching_back(schedule: &Schedule, from: Timestamp) -> Schedule {
    let mut schedule = schedule.clone();
    if schedule.anchor > from {
        let ahead = schedule.anchor.duration_since(from);
        schedule.anchor = match &schedule.rule.when {
            When::Every(period) => {
                let period = SignedDuration::try_from(*period).unwrap_or(SignedDuration::MAX);
                let beats = ahead.as_nanos().div_euclid(period.as_nanos().max(1)) + 1;
                let back = SignedDuration::try_from_nanos_i128(beats * period.as_nanos()).unwrap_or(ahead);
                schedule.anchor.saturating_sub(back).unwrap_or(from)
            }
            _ => from,
        };
    }
    schedule
}

fn plan(schedule: &mut Schedule, next: Option<Timestamp>) {
    schedule.slot_at = next;
    schedule.next_at = next.map(|at| schedule.start_of(at));
}

/// A run of the play that has not ended.
struct Acting {
    slot: usize,
    state: RunState,
    trigger: Trigger,
    /// Not to be started before.
    not_before: Timestamp,
    ends: Timestamp,
}

struct Stage {
    takes: Duration,
    overlap: Overlap,
    slots: Vec<Played>,
    /// In the order in which they were queued.
    runs: Vec<Acting>,
}

impl Stage {
    /// The next end of a run, and the next start of one that waits for its time.
    fn next_event(&self, now: Timestamp) -> Option<Timestamp> {
        let at = |run: &Acting| if run.state == RunState::Running { run.ends } else { run.not_before };
        self.runs.iter().map(at).filter(|at| *at > now).min()
    }

    fn end(&mut self, now: Timestamp) {
        self.runs.retain(|run| run.state != RunState::Running || run.ends > now);
    }

    /// As the engine settles it.
    fn settle(&mut self, schedule: usize, due: Due, verdict: Verdict, now: Timestamp) {
        let (decision, reason, run) = match verdict {
            Verdict::Missed(reason) => (Decision::Missed, Some(reason), None),
            Verdict::Excluded(reason) => (Decision::Skipped, Some(reason), None),
            Verdict::MakeUp { not_before, policy, reason } => self.make_up(not_before, policy, reason),
            Verdict::Run(trigger) => match self.room() {
                Room::Skip(reason) => (Decision::Skipped, Some(reason), None),
                room => {
                    if let Room::InPlaceOf(older) = room {
                        self.replace(&older);
                    }
                    (Decision::Run, None, Some((trigger, now)))
                }
            },
        };
        let slot = self.slots.len();
        self.slots.push(Played {
            schedule,
            due,
            decision,
            starts: None,
            overlaps: false,
            replaced: false,
            dropped: false,
            reason,
            before: 0,
        });
        if let Some((trigger, not_before)) = run {
            self.runs.push(Acting { slot, state: RunState::Queued, trigger, not_before, ends: Timestamp::MAX });
        }
    }

    fn make_up(
        &mut self,
        not_before: Timestamp,
        policy: Missed,
        reason: String,
    ) -> (Decision, Option<String>, Option<(Trigger, Timestamp)>) {
        if policy != Missed::All
            && let Room::Skip(in_the_way) = self.room()
        {
            return (Decision::Skipped, Some(format!("{reason}, but {in_the_way}")), None);
        }
        (Decision::Run, Some(reason), Some((Trigger::CatchUp, not_before)))
    }

    /// Asks the overlap policy, and names runs by the times of their slots.
    fn room(&self) -> Room {
        let in_the_way = |run: &&Acting| run.trigger != Trigger::CatchUp || run.state != RunState::Queued;
        let unfinished: Vec<(RunId, RunState)> =
            self.runs.iter().rev().filter(in_the_way).map(|run| (RunId(run.slot as i64), run.state)).collect();
        match (planner::room(self.overlap, &unfinished), unfinished.first()) {
            (Room::Skip(reason), Some((run, _))) => {
                let civil = self.slots[run.0 as usize].due.civil.strftime("%H:%M:%S").to_string();
                let civil = civil.strip_suffix(":00").unwrap_or(&civil);
                Room::Skip(reason.replace(&format!("run #{run}"), &format!("the run of {civil}")))
            }
            (room, _) => room,
        }
    }

    fn replace(&mut self, older: &[RunId]) {
        let replaced = |run: &Acting| older.contains(&RunId(run.slot as i64));
        for run in self.runs.iter().filter(|run| replaced(run)) {
            let slot = &mut self.slots[run.slot];
            if run.state == RunState::Queued {
                slot.dropped = true;
            } else {
                slot.replaced = true;
            }
        }
        self.runs.retain(|run| !replaced(run));
    }

    /// Starts what may start: what is regular before what makes up for something, in the order of the queue.
    fn start(&mut self, now: Timestamp) {
        let parallel = usize::from(self.overlap.parallel());
        for made_up in [false, true] {
            for at in 0..self.runs.len() {
                let live = self.runs.iter().filter(|run| run.state == RunState::Running).count();
                let run = &mut self.runs[at];
                let its_turn = run.state == RunState::Queued && (run.trigger == Trigger::CatchUp) == made_up;
                if !its_turn || run.not_before > now || live >= parallel {
                    continue;
                }
                run.state = RunState::Running;
                run.ends = now.saturating_add(self.takes).unwrap_or(Timestamp::MAX);
                self.slots[run.slot].starts = Some(now);
                self.slots[run.slot].overlaps = live > 0;
            }
        }
        // What ends at once is never in the way.
        self.end(now);
    }
}

#[cfg(test)]
mod tests;

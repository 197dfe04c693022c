//! Decides, purely: what becomes of due slots (T3, T6, R2), and which queued runs start (R3).

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::group::Limits;
use super::options::Missed;
use super::run::{RunState, Trigger, words};
use super::schedule::{Schedule, Undecided};
use super::task::{MOST_QUEUED, Overlap};
use super::when::Due;
use super::{RunId, TaskId};

/// A slot that is overdue by more than this was missed (T2); one that is overdue by less is just late.
pub const LATE: SignedDuration = SignedDuration::from_secs(60);

/// After the start of the engine or a resume, runs that make up for missed slots wait for this long, and for up to [`STAGGER`] or
/// the jitter more (T6).
pub const SETTLE: SignedDuration = SignedDuration::from_secs(30);

/// So many seconds the runs that make up for missed slots are spread over at least, by schedule.
pub const STAGGER: u64 = 60;

/// So many missed slots the policy `all` makes up for at most (T6).
pub const ALL: usize = 100;

words! {
    /// Why nobody was there when a slot was due (T2).
    Cause {
        /// There was no engine, or it was stopped.
        NotRunning = "Tempo was not running",
        /// The machine was suspended.
        Asleep = "the machine was asleep",
        /// The instant was never shown: somebody set the clock forward.
        ClockSet = "the clock was set forward over it",
    }
}

/// What is to become of one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A run, if overlap allows it.
    Run(Trigger),
    /// It was missed and is made up for by a run (T6).
    MakeUp {
        /// The run waits until then.
        not_before: Timestamp,
        /// The policy that says so; with `all`, overlap has no say: the runs wait for each other.
        policy: Missed,
        /// Why, in words.
        reason: String,
    },
    /// Nobody was there; why, in words.
    Missed(String),
    /// The machine was started on an excluded day (T10); which, in words. Other slots do not exist on such days.
    Excluded(String),
}

/// What is to become of everything of one schedule that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The slots, the oldest first.
    pub slots: Vec<(Due, Verdict)>,
    /// So many slots before these were missed, too, or more: they share the row of the first.
    pub unnamed: u64,
    /// The first slot after them, which still lies ahead.
    pub next: Option<Timestamp>,
}

/// Plans a schedule whose next slot has come, its jitter included (T9).
///
/// The newest due slot runs when its start is at most [`LATE`]. Everything else was missed during downtime, and the policy of
/// the schedule decides on it (T6). Without one, the newest is made up for when the period is an hour or more and the slot is
/// younger than the period and than a day.
pub fn due_slots(schedule: &Schedule, zone: &TimeZone, now: Timestamp, cause: Cause) -> Plan {
    let until = now.saturating_sub(schedule.jitter()).unwrap_or(now);
    let mut undecided = schedule.undecided(zone, until);
    let next = undecided.next;
    let Some(newest) = undecided.slots.last().copied() else {
        return Plan { slots: Vec::new(), unnamed: 0, next };
    };
    // When the jitter has become less since, the slot was to start at next_at all the same.
    let planned = schedule.next_at.map_or(newest.at, |next| next.max(schedule.start_of(newest.at)));
    let on_time = now.duration_since(planned) <= LATE;
    if on_time {
        undecided.slots.pop();
    }
    let (mut slots, unnamed) = missed(schedule, undecided, &newest, on_time, (now, cause));
    if on_time {
        slots.push((newest, Verdict::Run(Trigger::Schedule)));
    }
    Plan { slots, unnamed, next }
}

/// The verdicts on the missed slots, and how many more there were before them. The newest slot of all is one of them, or on time.
fn missed(
    schedule: &Schedule,
    undecided: Undecided,
    newest: &Due,
    on_time: bool,
    (now, cause): (Timestamp, Cause),
) -> (Vec<(Due, Verdict)>, u64) {
    let Undecided { mut slots, mut older, next } = undecided;
    let (policy, said) = match schedule.rule.options.missed {
        Some(policy) => (policy, ""),
        // A one-off has no period: it counts as a long one.
        None => by_default(next.map(|next| next.duration_since(newest.at)), now.duration_since(newest.at)),
    };
    let stagger = schedule.jitter().as_secs().unsigned_abs().max(STAGGER);
    let not_before = now.saturating_add(SETTLE + schedule.spread_over(1, stagger)).unwrap_or(now);
    let taken = match policy {
        Missed::Skip => 0,
        Missed::Latest => usize::from(!on_time),
        Missed::All => ALL,
    };
    // One row says how many there were before it.
    let rows = ALL + 1;
    let surplus = slots.len().saturating_sub(rows);
    slots.drain(..surplus);
    older.count += surplus as u64;
    let dropped = slots.len().saturating_sub(taken);
    let verdict = |(at, due): (usize, Due)| {
        let earlier = if at == 0 { older.words() } else { String::new() };
        if at >= dropped {
            let reason = format!("{cause}; policy {policy} makes up for it{earlier}");
            return (due, Verdict::MakeUp { not_before, policy, reason });
        }
        let decided = match policy {
            Missed::Skip => format!("policy skip{said}"),
            Missed::Latest => format!("policy latest took {}", relative(newest, &due)),
            Missed::All => format!("policy all takes the newest {ALL}"),
        };
        (due, Verdict::Missed(format!("{cause}; {decided}{earlier}")))
    };
    (slots.into_iter().enumerate().map(verdict).collect(), older.count)
}

/// The policy when nothing is said, and what to add to its word.
fn by_default(period: Option<SignedDuration>, age: SignedDuration) -> (Missed, &'static str) {
    let day = SignedDuration::from_hours(24);
    let period = period.unwrap_or(SignedDuration::MAX);
    if period < SignedDuration::from_hours(1) {
        (Missed::Skip, ", the default for a period below 1h")
    } else if age >= period.min(day) {
        (Missed::Skip, ", the default for what is older than its period or a day")
    } else {
        (Missed::Latest, "")
    }
}

/// The wall time of a slot, without the day when it is that of the other one.
fn relative(due: &Due, other: &Due) -> String {
    let form = match (due.civil.date() == other.civil.date(), due.civil.second()) {
        (true, 0) => "%H:%M",
        (true, _) => "%H:%M:%S",
        (false, 0) => "%Y-%m-%d %H:%M",
        (false, _) => "%Y-%m-%d %H:%M:%S",
    };
    due.civil.strftime(form).to_string()
}

/// What overlap makes of a slot that should run (R2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// There is room.
    Run,
    /// There is room in place of these runs: what waits is taken out of the queue, what lives is stopped (R4).
    InPlaceOf(Vec<RunId>),
    /// There is none; why, in words.
    Skip(String),
}

/// Asks the overlap policy, given the task's runs that have not finished, the newest first.
pub fn room(overlap: Overlap, unfinished: &[(RunId, RunState)]) -> Room {
    let Some((newest, state)) = unfinished.first() else { return Room::Run };
    let in_the_way = match state {
        RunState::Queued => format!("run #{newest} was still waiting to start"),
        RunState::WaitingRetry => format!("run #{newest} was still waiting for its retry"),
        _ => format!("run #{newest} was still running"),
    };
    match overlap {
        // Of a queue of one, the latest slot counts.
        Overlap::Queue => match unfinished.iter().find(|(_, state)| *state == RunState::Queued) {
            Some((queued, _)) => Room::InPlaceOf(vec![*queued]),
            None => Room::Run,
        },
        Overlap::QueueAll => match unfinished.iter().filter(|(_, state)| *state == RunState::Queued).count() {
            waiting if waiting >= MOST_QUEUED => Room::Skip(format!("{waiting} runs were waiting already")),
            _ => Room::Run,
        },
        Overlap::Replace => Room::InPlaceOf(unfinished.iter().map(|(run, _)| *run).collect()),
        Overlap::Parallel(n) if unfinished.len() < usize::from(n) => Room::Run,
        Overlap::Skip | Overlap::Parallel(_) => Room::Skip(in_the_way),
    }
}

/// Lets queued runs in, one after the other in their order (R3).
#[derive(Debug)]
pub struct Admission<'a> {
    limits: &'a Limits,
    taken: usize,
    of_tasks: HashMap<TaskId, usize>,
    of_groups: HashMap<String, usize>,
}

impl<'a> Admission<'a> {
    /// With the places of `limits`, of which the live runs, given by task and its groups, take theirs.
    pub fn new(limits: &'a Limits, live: impl Iterator<Item = (TaskId, Vec<String>)>) -> Self {
        let mut admission = Self { limits, taken: 0, of_tasks: HashMap::new(), of_groups: HashMap::new() };
        for (task, groups) in live {
            admission.take(task, &groups);
        }
        admission
    }

    /// Whether every place is taken.
    pub fn is_full(&self) -> bool {
        self.taken >= self.limits.max_running
    }

    /// Whether there is a place for a run of this task, in each of its groups, too, and its overlap policy allows another
    /// live run.
    pub fn has_room(&self, task: TaskId, overlap: Overlap, groups: &[String]) -> bool {
        let of_task = self.of_tasks.get(&task).copied().unwrap_or_default();
        let has_place = |group: &String| self.of_groups.get(group).copied().unwrap_or_default() < self.limits.of(group);
        !self.is_full() && of_task < usize::from(overlap.parallel()) && groups.iter().all(has_place)
    }

    /// Takes a place for a run of this task, if it [has room](Self::has_room).
    pub fn admit(&mut self, task: TaskId, overlap: Overlap, groups: &[String]) -> bool {
        let has_room = self.has_room(task, overlap, groups);
        if has_room {
            self.take(task, groups);
        }
        has_room
    }

    fn take(&mut self, task: TaskId, groups: &[String]) {
        self.taken += 1;
        *self.of_tasks.entry(task).or_default() += 1;
        for group in groups {
            *self.of_groups.entry(group.clone()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod scenarios;

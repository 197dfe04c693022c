//! A verb over one thing or several: what it is, what it weighs, how far up the ladder of questions that puts it (UX 38, TERMINAL 1),
//! and what became of each.

use jiff::Timestamp;

use crate::domain::dependency::Effect;
use crate::domain::task::Status;
use crate::domain::{RunId, TaskId};
use crate::store::changes::Followed;

/// More things of an external kind than this are asked about.
pub const MANY: usize = 5;

/// What is done to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Queue a run of the task.
    Run,
    /// Stop the run, or what has not finished of the task.
    Stop,
    /// Kill it.
    Kill,
    /// Lay the schedules of the task to rest; when all of them rest, wake them.
    TogglePaused,
    /// Let the run stand still; when all do, let them go on.
    TogglePausedRuns,
    /// Move the task to the trash.
    Delete,
    /// The same, and remove the runs that it has had.
    Purge,
    /// Change its tags.
    Tag(Tags),
    /// Complete the to-do; when all are over, open them again.
    ToggleDone,
    /// Begin work on the to-do; when all are begun, lay them aside.
    ToggleBegun,
    /// Complete the to-do or begin work on it, also when it waits for others.
    Force(Status),
    /// Say how far the to-do is.
    Progress(Percent),
    /// Say when the to-do is due, or no longer.
    Due(Option<Timestamp>),
    /// Change its priority by so much; less is sooner.
    Priority(i8),
    /// Note this about it, with the output of a run.
    Note(String, Option<RunId>),
}

/// How far a to-do is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Percent {
    /// So far.
    To(u8),
    /// So much farther than before, or less far.
    By(i16),
}

impl Percent {
    /// Reads what was typed: `40`, `40%`, `+10`, `-10`; nothing is 0.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim().trim_end_matches('%').trim_end();
        let wrong = || format!("`{text}` is not a number from 0 to 100, nor a change such as +10");
        if text.is_empty() {
            return Ok(Self::To(0));
        }
        if text.starts_with(['+', '-']) {
            let by: i16 = text.parse().map_err(|_| wrong())?;
            return if (-100..=100).contains(&by) { Ok(Self::By(by)) } else { Err(wrong()) };
        }
        text.parse().ok().filter(|percent| *percent <= 100).map(Self::To).ok_or_else(wrong)
    }

    /// What it makes of a progress.
    pub fn applied(self, progress: u8) -> u8 {
        match self {
            Self::To(percent) => percent,
            Self::By(by) => (i16::from(progress) + by).clamp(0, 100).unsigned_abs().try_into().unwrap_or(100),
        }
    }
}

impl Verb {
    /// Whether it ends or removes something.
    pub fn is_destructive(&self) -> bool {
        match self {
            Self::Stop | Self::Kill | Self::Delete | Self::Purge => true,
            Self::Run
            | Self::TogglePaused
            | Self::TogglePausedRuns
            | Self::Tag(_)
            | Self::ToggleDone
            | Self::ToggleBegun
            | Self::Force(_)
            | Self::Progress(_)
            | Self::Due(_)
            | Self::Priority(_)
            | Self::Note(..) => false,
        }
    }

    /// Whether it only changes what is written about a task: nothing is asked before it.
    pub const fn is_of_words(&self) -> bool {
        matches!(
            self,
            Self::Tag(_)
                | Self::ToggleDone
                | Self::ToggleBegun
                | Self::Force(_)
                | Self::Progress(_)
                | Self::Due(_)
                | Self::Priority(_)
                | Self::Note(..)
        )
    }
}

/// How tags are changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// To exactly these.
    To(Vec<String>),
    /// These come, and these go.
    By {
        /// Come.
        add: Vec<String>,
        /// Go.
        remove: Vec<String>,
    },
}

impl Tags {
    /// Reads what was typed: `a, b` is all of them, `+a -b` a change of them. With `several`, only a change is meant well: nobody
    /// wants to lose the tags of many tasks that differ.
    pub fn read(text: &str, several: bool) -> Result<Self, String> {
        let is_change = text.trim_start().starts_with(['+', '-']);
        if !is_change && several {
            return Err("write +tag to add and -tag to take away".to_owned());
        }
        if !is_change {
            let mut tags: Vec<String> =
                text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
            tags.sort();
            tags.dedup();
            return Ok(Self::To(tags));
        }
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
            match (word.strip_prefix('+'), word.strip_prefix('-')) {
                (Some(tag), _) if !tag.is_empty() => add.push(tag.to_owned()),
                (_, Some(tag)) if !tag.is_empty() => remove.push(tag.to_owned()),
                _ => return Err(format!("`{word}` is neither +tag nor -tag")),
            }
        }
        Ok(Self::By { add, remove })
    }

    /// The tags that a task has after it, sorted and without duplicates.
    pub fn applied(&self, tags: &[String]) -> Vec<String> {
        match self {
            Self::To(tags) => tags.clone(),
            Self::By { add, remove } => {
                let kept = tags.iter().filter(|tag| !remove.contains(tag));
                let mut tags: Vec<String> = kept.chain(add).cloned().collect();
                tags.sort();
                tags.dedup();
                tags
            }
        }
    }
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A task.
    Task(TaskId),
    /// A run.
    Run(RunId),
}

/// A verb and its targets, each with the slug of its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulk {
    /// What.
    pub verb: Verb,
    /// To what.
    pub targets: Vec<(Target, String)>,
}

impl Bulk {
    /// To one thing.
    pub fn one(verb: Verb, target: Target, slug: String) -> Self {
        Self { verb, targets: vec![(target, slug)] }
    }

    /// What its targets are, counted: `3 tasks`, `1 run`.
    pub fn counted(&self) -> String {
        counted(self.targets.len(), self.noun())
    }

    /// What its targets are.
    pub fn noun(&self) -> &'static str {
        if matches!(self.targets.first(), Some((Target::Run(_), _))) { "run" } else { "task" }
    }
}

/// `1 run`, `2 runs`.
pub fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// What a bulk would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Weight {
    /// Schedules that will not come due any more.
    pub schedules: usize,
    /// Runs in the history, and whether there are more than were counted.
    pub history: (usize, bool),
    /// What their outputs take on the disk.
    pub bytes: u64,
    /// Runs that have a process.
    pub live: Vec<RunId>,
    /// Runs that wait.
    pub waiting: Vec<RunId>,
    /// The slugs of tasks that run after them, and are not among them (R11).
    pub downstream: Vec<String>,
    /// The slugs of machine tasks that wait for them to be done, and would wait in vain (A3).
    pub blocks: Vec<String>,
    /// Targets that have unfinished runs.
    pub busy: usize,
}

/// How far up the ladder a bulk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// It can be undone, or is what somebody does all day: it is done.
    Do,
    /// It is expensive, or reaches beyond Tempo: a question, of which the harmless answer is the default.
    Ask,
    /// It cannot be undone, and there is a lot of it: this number has to be typed.
    Type(usize),
}

/// The rung of a bulk of this weight; `foreign` of its live runs were not started by hand in this dashboard.
pub fn rung(bulk: &Bulk, weight: &Weight, foreign: usize) -> Rung {
    let all = bulk.targets.len();
    let runs = weight.live.len() + weight.waiting.len();
    match bulk.verb {
        _ if bulk.verb.is_of_words() => Rung::Do,
        Verb::TogglePaused => Rung::Do,
        Verb::Purge => Rung::Type(all),
        Verb::Kill if runs > MANY => Rung::Type(runs),
        Verb::Stop if foreign == 0 && runs <= MANY => Rung::Do,
        Verb::Run | Verb::TogglePausedRuns if all <= MANY => Rung::Do,
        _ => Rung::Ask,
    }
}

/// What became of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// What was wanted.
    Done,
    /// A run was queued.
    Queued(RunId),
    /// The task was laid to rest or its run stands still, or with `false` the opposite.
    Paused(bool),
    /// The to-do is completed or begun, or with `false` the opposite.
    Turned(bool),
    /// Its progress or its priority is this now.
    Number(u8),
    /// It was deleted; so many of its runs go on.
    Deleted(usize),
}

/// What became of each target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The verb.
    pub verb: Verb,
    /// With which it was done.
    pub done: Vec<(Target, String, Did)>,
    /// With which it was not, and why.
    pub failed: Vec<(Target, String, String)>,
    /// So many of these, the last ones, were not because they wait for others: a person may want it all the same.
    pub waiting: usize,
    /// So many were not come to: a person ended it.
    pub left: usize,
    /// What it means to others, beside these.
    pub effect: Effect,
    /// What comes again after those that were done.
    pub followed: Vec<Followed>,
    /// Of which reminders are past already, in words.
    pub passed: Vec<(Target, String, String)>,
    /// When the newest of them that was moved comes again, in words.
    pub then: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(verb: Verb, n: i64) -> Bulk {
        Bulk { verb, targets: (0..n).map(|n| (Target::Task(TaskId(n)), format!("t{n}"))).collect() }
    }

    fn live(n: i64) -> Weight {
        Weight { live: (0..n).map(RunId).collect(), ..Weight::default() }
    }

    #[test]
    fn ux_38_the_ladder_asks_more_the_less_a_verb_can_be_taken_back_and_the_more_it_reaches() {
        for (verb, targets, runs, foreign, expected) in [
            (Verb::TogglePaused, 10_000, 0, 0, Rung::Do),
            (Verb::Tag(Tags::To(Vec::new())), 10_000, 0, 0, Rung::Do),
            (Verb::Run, 5, 0, 0, Rung::Do),
            (Verb::Run, 6, 0, 0, Rung::Ask),
            (Verb::Stop, 1, 5, 0, Rung::Do),
            (Verb::Stop, 1, 1, 1, Rung::Ask),
            (Verb::Stop, 6, 6, 0, Rung::Ask),
            (Verb::Kill, 1, 1, 0, Rung::Ask),
            (Verb::Kill, 5, 5, 5, Rung::Ask),
            (Verb::Kill, 2, 6, 0, Rung::Type(6)),
            (Verb::Delete, 1, 0, 0, Rung::Ask),
            (Verb::Delete, 1000, 0, 0, Rung::Ask),
            (Verb::Purge, 1, 0, 0, Rung::Type(1)),
            (Verb::Purge, 7, 0, 0, Rung::Type(7)),
        ] {
            assert_eq!(rung(&bulk(verb.clone(), targets), &live(runs), foreign), expected, "{verb:?} {targets} {runs}");
        }
    }

    #[test]
    fn progress_is_set_or_changed_and_stays_between_nothing_and_all() {
        let read = |text| Percent::read(text).unwrap();
        assert_eq!((read("40%").applied(90), read(" 7 ").applied(90), read("").applied(90)), (40, 7, 0));
        assert_eq!((read("+25").applied(90), read("-25 %").applied(90), read("-25").applied(10)), (100, 65, 0));
        for text in ["101", "x", "+1000", "--5", "4.5"] {
            assert!(Percent::read(text).unwrap_err().contains("from 0 to 100"), "{text}");
        }
    }

    #[test]
    fn tags_are_set_for_one_task_and_changed_for_several() {
        let tags = |list: &[&str]| list.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let has = tags(&["db", "nas"]);
        assert_eq!(Tags::read("b, a,b", false).unwrap().applied(&has), ["a", "b"]);
        assert_eq!(Tags::read("", false).unwrap().applied(&has), Vec::<String>::new());
        assert_eq!(Tags::read(" +new -db", true).unwrap().applied(&has), ["nas", "new"]);
        assert_eq!(Tags::read("+db,+x", false).unwrap().applied(&has), ["db", "nas", "x"]);
        for (text, several) in [("a, b", true), ("+a b", true), ("+", false), ("+a -", true)] {
            assert!(Tags::read(text, several).unwrap_err().contains("+tag"), "{text}");
        }
    }
}

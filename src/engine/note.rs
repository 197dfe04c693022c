//! What the engine tells the person: kept with the messages of the dashboards, in the transaction of what it is about (UX 4).

use jiff::{SignedDuration, Timestamp};

use crate::domain::message::{KEPT, Level, Note, Source};
use crate::domain::run::Outcome;
use crate::domain::{RunId, TaskId};
use crate::store::messages::ENGINE;
use crate::store::{Db, Result, messages};

/// What lasts is said again after this long.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// What is said of the environment of a task's script begins so.
const ENVIRONMENT: &str = "its environment ";

/// Something about a task is not as it should be.
pub(super) fn warn(db: &Db, task: TaskId, text: String, now: Timestamp) -> Result<()> {
    messages::add(db, &Note { at: now, level: Level::Warn, text, source: Source::task(task) }, ENGINE).map(drop)
}

/// The same, of what may last: once a day.
pub(super) fn warn_once(db: &Db, source: Source, text: String, now: Timestamp) -> Result<()> {
    messages::add_once(db, &Note { at: now, level: Level::Warn, text, source }, ENGINE, AGAIN)
}

/// The environment of a task's script cannot be had, in words behind "its environment". While that stays as it is, it is said once a
/// day; so the runs that cannot start because of it say nothing of their own.
pub(super) fn environment_lacks(
    db: &Db,
    (task, build): (TaskId, Option<RunId>),
    level: Level,
    how: &str,
    now: Timestamp,
) -> Result<()> {
    let source = Source { task: Some(task), run: build };
    let note = Note { at: now, level, text: format!("{ENVIRONMENT}{how}"), source };
    let since = now.checked_sub(AGAIN).unwrap_or(Timestamp::MIN);
    let is_known = messages::newest_of(db, task, ENVIRONMENT, since)?.is_some_and(|known| known == note.kept_text());
    if is_known { Ok(()) } else { messages::add(db, &note, ENGINE).map(drop) }
}

/// The environment of a task's script is there; says so when it was said that it lacks.
pub(super) fn environment_is_there(db: &Db, task: TaskId, now: Timestamp) -> Result<()> {
    let text = format!("{ENVIRONMENT}is ready again");
    let since = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    match messages::newest_of(db, task, ENVIRONMENT, since)? {
        Some(said) if said != text => {
            let note = Note { at: now, level: Level::Info, text, source: Source::task(task) };
            messages::add(db, &note, ENGINE).map(drop)
        }
        _ => Ok(()),
    }
}

/// A run ended in a way that is not the work of its command. Runs of a task that cannot start for the same reason are told of once a day.
pub(super) fn ended(
    db: &Db,
    (task, run): (TaskId, RunId),
    outcome: Outcome,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    if !matches!(outcome, Outcome::Lost | Outcome::CouldNotStart) {
        return Ok(());
    }
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    if outcome == Outcome::CouldNotStart {
        let source = Source::task(task);
        let note = Note { at: now, level: Level::Error, text: format!("a run could not start{reason}"), source };
        return messages::add_once(db, &note, ENGINE, AGAIN);
    }
    let text = format!("run #{run} was lost{reason}");
    messages::add(db, &Note { at: now, level: Level::Error, text, source: Source::run(run) }, ENGINE).map(drop)
}

/// A run succeeded, but not as usual.
pub(super) fn odd(db: &Db, run: RunId, how: &str, now: Timestamp) -> Result<()> {
    let text = format!("run #{run} succeeded, but {how}");
    messages::add(db, &Note { at: now, level: Level::Warn, text, source: Source::run(run) }, ENGINE).map(drop)
}

/// Slots that passed while nobody was there to decide them (T6).
#[derive(Debug, Default)]
pub(super) struct MissedSlots {
    count: usize,
    made_up: usize,
    first: Option<(String, String)>,
    last: String,
}

impl MissedSlots {
    /// One more: when, on the clock of its zone, and why.
    pub(super) fn add(&mut self, civil: String, reason: &str, made_up: bool) {
        self.count += 1;
        self.made_up += usize::from(made_up);
        self.last.clone_from(&civil);
        self.first.get_or_insert_with(|| (civil, reason.to_owned()));
    }

    /// Says so, if there were any.
    pub(super) fn tell(&self, db: &Db, task: TaskId, now: Timestamp) -> Result<()> {
        let Some((first, reason)) = &self.first else { return Ok(()) };
        let clock = |civil: &str| civil.replace('T', " ");
        let which = if self.count == 1 {
            format!("the slot of {}", clock(first))
        } else {
            format!("{} slots from {} to {}", self.count, clock(first), clock(&self.last))
        };
        let makes_up = match self.made_up {
            0 => String::new(),
            1 => "; a run makes up for it".to_owned(),
            n => format!("; {n} runs make up for them"),
        };
        warn(db, task, format!("missed {which}: {reason}{makes_up}"), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::{Definition, Work};
    use crate::store::{From, Store, tasks};

    #[test]
    fn ux_4_what_the_engine_finds_is_said_once_with_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        let task = store
            .write(move |db| {
                let task = tasks::add(db, &Definition::new("a", Work::Command("true".into())), now)?.id;
                let mut missed = MissedSlots::default();
                missed.tell(db, task, now)?;
                missed.add("2026-11-21T08:00".to_owned(), "Tempo was not running", false);
                missed.add("2026-11-21T09:00".to_owned(), "Tempo was not running", true);
                missed.tell(db, task, now)?;
                warn_once(db, Source::task(task), "runs without its calendar".to_owned(), now)?;
                warn_once(db, Source::task(task), "runs without its calendar".to_owned(), now)?;
                ended(db, (task, RunId(7)), Outcome::Lost, Some("its supervisor was killed"), now)?;
                ended(db, (task, RunId(8)), Outcome::Failed(1), Some("no"), now)?;
                for run in [RunId(9), RunId(10)] {
                    ended(db, (task, run), Outcome::CouldNotStart, Some("no such shell"), now)?;
                }
                Ok(task)
            })
            .unwrap();
        let all = messages::page(&store.reader().unwrap(), &From::Start, 9).unwrap();
        let said: Vec<(&str, Source)> = all.iter().map(|told| (told.note.text.as_str(), told.note.source)).collect();
        let missed =
            "missed 2 slots from 2026-11-21 08:00 to 2026-11-21 09:00: Tempo was not running; a run makes up for it";
        assert_eq!(
            said,
            [
                ("a run could not start: no such shell", Source::task(task)),
                ("run #7 was lost: its supervisor was killed", Source::run(RunId(7))),
                ("runs without its calendar", Source::task(task)),
                (missed, Source::task(task)),
            ]
        );
        assert!(all.iter().all(|told| told.session == ENGINE));
    }
}

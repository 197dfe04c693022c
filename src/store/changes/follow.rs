//! What follows when a to-do that comes again is done, and when it is open again (A2).

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::document::Document;
use super::{Entry, Step};
use crate::domain::TaskId;
use crate::domain::exchange::renew;
use crate::domain::message::{Level, Note, Source};
use crate::domain::near::day_and_clock;
use crate::domain::recur::Missed;
use crate::domain::reminder::Reminder;
use crate::domain::task::{Status, Task, Work};
use crate::store::{Db, Result, StoreError, messages, series, tasks};

/// What followed one that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The slug of the one that was done, which it had until then, and which the next one has.
    pub slug: String,
    /// The next one and when it is due; nothing at the end of the series.
    pub next: Option<(TaskId, Timestamp)>,
    /// The dates that passed meanwhile.
    pub missed: Missed,
    /// Says that reminders of the next one are past already.
    pub passed: Option<String>,
}

impl Followed {
    /// In words: `pay-rent comes again: due Tue 1 Dec 09:00; 2 missed: 1 Oct, 1 Nov`.
    pub fn sentence(&self, now: Timestamp, zone: &TimeZone) -> String {
        let comes = match self.next {
            Some((_, due)) => format!("{} comes again: due {}", self.slug, day_and_clock(due, now, zone)),
            None => format!("that was the last {}", self.slug),
        };
        let missed = (self.missed.count > 0).then(|| self.missed.to_string());
        [Some(comes), missed, self.passed.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl Step {
    /// What followed to-dos that this step has completed or given up.
    pub fn followed(&self) -> &[Followed] {
        &self.followed
    }

    /// Makes the next instance of a series, of which this one was just closed.
    pub(super) fn follow(&mut self, db: &Db, done: &Task) -> Result<()> {
        let Some(recur) = &done.definition.recur else { return Ok(()) };
        let Some(place) = series::of_task(db, done.id)? else { return Ok(()) };
        let zone = TimeZone::system();
        let follow = recur.follow(place.at, done.definition.due_at, self.now, &zone);
        let (mut next, mut passed) = (None, None);
        if let Some(coming) = follow.next {
            let mut definition = done.definition.clone();
            definition.work = Work::Todo(Status::Open);
            definition.progress = 0;
            // Two tasks that another program knows by one name could not be told apart.
            renew(&mut definition.custom, done.definition.due_at, coming.at);
            definition.due_at = Some(coming.at);
            // An instant of its own was that of the one.
            definition.reminders.retain(|reminder| matches!(reminder, Reminder::Before(_)));
            let place = series::next(db, &place, Some(coming.at))?;
            let task = tasks::add_to_series(db, &place, &definition, self.now)?;
            self.write(db, task.id, None, Some(&Document::default()))?;
            passed = definition.passed_reminders(None, self.now, &zone);
            next = Some((task.id, coming.at));
        }
        let followed = Followed { slug: place.slug, next, missed: follow.missed, passed };
        if followed.next.is_none() || followed.missed.count > 0 {
            let level = if followed.missed.count > 0 { Level::Warn } else { Level::Info };
            let source = Source::task(followed.next.map_or(done.id, |(task, _)| task));
            let note = Note { at: self.now, level, text: followed.sentence(self.now, &zone), source };
            messages::add(db, &note, self.by.name())?;
        }
        self.followed.push(followed);
        Ok(())
    }

    /// Takes the instance away that follows one which is to be open again, if nobody has changed it since.
    pub(super) fn make_room(&mut self, db: &Db, task: TaskId) -> Result<()> {
        let Some(place) = series::of_task(db, task)? else { return Ok(()) };
        match series::open(db, place.series)?.filter(|open| *open != task) {
            None => Ok(()),
            Some(next) if is_touched(db, next)? => Err(touched(&tasks::get(db, next)?.slug)),
            Some(next) => self.delete(db, next).map(drop),
        }
    }
}

/// Whether a person has changed a task since it was made.
fn is_touched(db: &Db, task: TaskId) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM changes WHERE task_id = ?1 AND undone IS NULL AND before IS NOT NULL)",
        )?
        .query_row([task.0], |row| row.get(0))?)
}

fn touched(slug: &str) -> StoreError {
    StoreError::Refused(format!("{slug}, which follows it, was changed since: complete or delete that one first"))
}

/// A change of a task together with what followed from it in its series: the completion of an instance and the making of the next
/// one are taken back together.
pub(super) fn with_series(db: &Db, change: Entry) -> Result<Vec<Entry>> {
    let together = super::undo::entries(
        db,
        "WHERE c.step = ?1 AND c.undone IS NULL AND t.series_id = (SELECT series_id FROM tasks WHERE id = ?2) ORDER BY c.id",
        &[&change.change.step, &change.change.task.0],
    )?;
    let mut follows = false;
    for entry in together.iter().filter(|entry| entry.before.is_none()) {
        follows |= series::of_task(db, entry.change.task)?.is_some_and(|place| place.index > 1);
        if entry.change.task != change.change.task && is_touched(db, entry.change.task)? {
            return Err(touched(&entry.change.slug));
        }
    }
    Ok(if follows { together } else { vec![change] })
}

#[cfg(test)]
mod tests;

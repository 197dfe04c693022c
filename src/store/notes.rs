//! What people noted about tasks, and how long they worked on them.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::column::{instant, micros};
use super::{Db, Result};
use crate::domain::{RunId, TaskId};

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Identity.
    pub id: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
    /// The run whose output is attached by it.
    pub run: Option<RunId>,
}

/// Notes something about a task, or attaches the output of a run to it. What a person notes goes through a
/// [`Step`](super::changes::Step), so that it can be undone.
pub fn add(db: &Db, task: TaskId, text: &str, run: Option<RunId>, now: Timestamp) -> Result<i64> {
    db.prepare_cached("INSERT INTO notes (task_id, at, text, run_id) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        task.0,
        micros(now),
        text,
        run.map(|run| run.0)
    ])?;
    Ok(db.last_insert_rowid())
}

/// Takes a note away, or brings it back; whether that changed anything.
pub(super) fn set_there(db: &Db, task: TaskId, note: i64, there: bool, now: Timestamp) -> Result<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE notes SET deleted_at = iif(?3, NULL, ?4) WHERE id = ?1 AND task_id = ?2 AND (deleted_at IS NULL) <> ?3",
        )?
        .execute(params![note, task.0, there, micros(now)])?;
    Ok(changed > 0)
}

/// The ids of all notes of a task, and whether each is there or was taken away.
pub(super) fn all(db: &Db, task: TaskId) -> Result<Vec<(i64, bool)>> {
    let mut query = db.prepare_cached("SELECT id, deleted_at IS NULL FROM notes WHERE task_id = ?1 ORDER BY id")?;
    let rows = query.query_map([task.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Removes some of those for good that were taken away before then.
pub(super) fn sweep(db: &Db, before: Timestamp, limit: i64) -> Result<()> {
    db.prepare_cached(
        "DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE deleted_at < ?1 ORDER BY deleted_at LIMIT ?2)",
    )?
    .execute(params![micros(before), limit])?;
    Ok(())
}

/// The notes of a task, the oldest first.
pub fn of_task(db: &Db, task: TaskId) -> Result<Vec<Note>> {
    let mut query = db.prepare_cached(
        "SELECT id, at, text, run_id FROM notes WHERE task_id = ?1 AND deleted_at IS NULL ORDER BY id",
    )?;
    let rows = query.query_map([task.0], |row| {
        Ok(Note {
            id: row.get("id")?,
            at: instant(row, "at")?,
            text: row.get("text")?,
            run: row.get::<_, Option<i64>>("run_id")?.map(RunId),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How long people worked on a to-do up to now: as long as it was in progress.
pub fn spent(db: &Db, task: TaskId, now: Timestamp) -> Result<Duration> {
    let micros: i64 = db
        .prepare_cached(
            "SELECT coalesce(sum(coalesce(ended_at, max(?2, begun_at)) - begun_at), 0) FROM spells WHERE task_id = ?1",
        )?
        .query_row(params![task.0, micros(now)], |row| row.get(0))?;
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::change::By;
    use crate::domain::run::Trigger;
    use crate::domain::task::{Definition, Status, Work};
    use crate::store::changes::{self, Step};
    use crate::store::{Store, runs, tasks};

    #[test]
    fn notes_are_kept_in_their_order_and_outlive_the_run_whose_output_they_attach() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        store
            .write(move |db| {
                let task = tasks::add(db, &Definition::new("a", Work::Command("true".to_owned())), now)?.id;
                let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
                let first = add(db, task, "asked the shop", None, now)?;
                add(db, task, "this is what it said", Some(run), now)?;
                db.execute("DELETE FROM runs WHERE id = ?1", [run.0])?;
                let all = of_task(db, task)?;
                let said: Vec<_> = all.iter().map(|note| (note.text.as_str(), note.run)).collect();
                assert_eq!(said, [("asked the shop", None), ("this is what it said", None)]);
                let gone = |note| Step::new(By::Cli, now).unnote(db, task, note);
                gone(first)?;
                let e = gone(first).unwrap_err().to_string();
                assert!(e.contains("note 1 of a"), "{e}");
                assert_eq!(of_task(db, task)?.len(), 1);
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a3_s5_notes_are_undone_and_redone_each_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        let day = move |days: i64| now + SignedDuration::from_hours(24 * days);
        store
            .write(move |db| {
                let task = Step::new(By::Cli, now).add(db, &Definition::new("a", Work::Todo(Status::Open)), &[])?.id;
                let said =
                    || -> Result<Vec<String>> { Ok(of_task(db, task)?.into_iter().map(|note| note.text).collect()) };
                let first = Step::new(By::Cli, now).note(db, task, "one", None)?;
                Step::new(By::Cli, now).note(db, task, "two", None)?;
                Step::new(By::Cli, now).unnote(db, task, first)?;
                assert_eq!(said()?, ["two"]);
                // What others note meanwhile is in nobody's way.
                add(db, task, "by Tempo", None, now)?;
                let applied = changes::undo(db, now)?.unwrap();
                assert_eq!(crate::domain::change::Title(&applied.changes).to_string(), "set a note");
                assert_eq!(said()?, ["one", "two", "by Tempo"]);
                changes::undo(db, now)?;
                assert_eq!(said()?, ["one", "by Tempo"]);
                changes::redo(db, now)?;
                changes::redo(db, now)?;
                assert_eq!(said()?, ["two", "by Tempo"]);
                let count = || db.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0)).unwrap();
                Step::new(By::Cli, day(29)).note(db, task, "three", None)?;
                assert_eq!(count(), 4);
                Step::new(By::Cli, day(31)).note(db, task, "four", None)?;
                assert_eq!(count(), 4, "what was taken away is gone when it cannot be undone any more");
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn time_is_spent_on_a_to_do_while_it_is_in_progress_and_an_undo_of_its_end_goes_on_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let start: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let after = move |minutes| start + SignedDuration::from_mins(minutes);
        store
            .write(move |db| {
                let mut definition = Definition::new("a", Work::Todo(Status::Open));
                let task = Step::new(By::Cli, start).add(db, &definition, &[])?.id;
                let mut become_at = |status, minutes| {
                    definition.work = Work::Todo(status);
                    Step::new(By::Cli, after(minutes)).define(db, task, &definition, &[])
                };
                become_at(Status::InProgress, 10)?;
                assert_eq!(spent(db, task, after(25))?, Duration::from_secs(15 * 60), "it goes on");
                become_at(Status::Open, 30)?;
                become_at(Status::InProgress, 60)?;
                let done = become_at(Status::Completed, 70)?;
                assert_eq!(spent(db, task, after(500))?, Duration::from_secs(30 * 60));
                assert_eq!((done.begun_at, done.done_at), (Some(after(10)), Some(after(70))));
                changes::undo(db, after(80))?;
                let back = tasks::get(db, task)?;
                assert_eq!((back.begun_at, back.done_at), (Some(after(10)), None));
                assert_eq!(spent(db, task, after(90))?, Duration::from_secs(40 * 60));
                Ok(())
            })
            .unwrap();
    }
}

//! The messages of seven days, of every dashboard and of the engine, in one list (UX 4).

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::column::{instant, micros, word};
use super::{Db, From, Result};
use crate::domain::message::{KEPT, Level, Note, Source};
use crate::domain::{RunId, TaskId};

/// Messages that are kept at most.
const MOST: i64 = 10_000;

/// Messages that are too old, or too many, and go with a new one, at most.
const SWEPT: i64 = 20;

/// Who says what the engine has to say.
pub const ENGINE: &str = "engine";

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Identity; a later one has a higher one.
    pub id: i64,
    /// What was said.
    pub note: Note,
    /// The task that it is about, or of whose run, and its slug, while that is there and not in the trash.
    pub task: Option<TaskId>,
    /// Its slug.
    pub slug: Option<String>,
    /// Who said it: [`ENGINE`], or a dashboard.
    pub session: String,
}

/// Keeps a message. What is too old goes.
pub fn add(db: &Db, note: &Note, session: &str) -> Result<i64> {
    db.prepare_cached(
        "INSERT INTO messages (at, level, text, task_id, run_id, session) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        micros(note.at),
        note.level.word(),
        note.kept_text(),
        note.source.task.map(|task| task.0),
        note.source.run.map(|run| run.0),
        session,
    ])?;
    let id = db.last_insert_rowid();
    let horizon = note.at.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    db.prepare_cached("DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE at < ?1 ORDER BY at LIMIT ?2)")?
        .execute(params![micros(horizon), SWEPT])?;
    db.prepare_cached(
        "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE id <= ?1 ORDER BY id LIMIT ?2)",
    )?
    .execute(params![id - MOST, SWEPT])?;
    Ok(id)
}

/// As [`add`], but not when the same was said within this time: what is found again and again is said once.
pub fn add_once(db: &Db, note: &Note, session: &str, within: SignedDuration) -> Result<()> {
    let since = note.at.checked_sub(within).unwrap_or(Timestamp::MIN);
    let known = db
        .prepare_cached(
            "SELECT 1 FROM messages WHERE at >= ?1 AND text = ?2 AND task_id IS ?3 AND run_id IS ?4 LIMIT 1",
        )?
        .exists(params![
            micros(since),
            note.kept_text(),
            note.source.task.map(|task| task.0),
            note.source.run.map(|run| run.0),
        ])?;
    if known { Ok(()) } else { add(db, note, session).map(drop) }
}

/// The newest text about a task that begins so, since then.
pub fn newest_of(db: &Db, task: TaskId, start: &str, since: Timestamp) -> Result<Option<String>> {
    Ok(db
        .prepare_cached(
            "SELECT text FROM messages WHERE at >= ?1 AND task_id = ?2 AND substr(text, 1, length(?3)) = ?3
             ORDER BY at DESC, id DESC LIMIT 1",
        )?
        .query_row(params![micros(since), task.0, start], |row| row.get(0))
        .optional()?)
}

/// A page of them, the newest first. `After` means older.
pub fn page(db: &Db, from: &From<i64>, limit: usize) -> Result<Vec<Told>> {
    let (side, key, backwards) = match from {
        From::Start => ("m.id > ?1", 0, false),
        From::End => ("m.id > ?1", 0, true),
        From::After(key) => ("m.id < ?1", *key, false),
        From::At(key) => ("m.id <= ?1", *key, false),
        From::Before(key) => ("m.id > ?1", *key, true),
    };
    let direction = if backwards { "ASC" } else { "DESC" };
    let mut query = db.prepare_cached(&format!(
        "SELECT m.id, m.at, m.level, m.text, m.task_id, m.run_id, m.session, t.id AS owner, t.slug
         FROM messages m LEFT JOIN tasks t ON t.deleted_at IS NULL
             AND t.id = coalesce(m.task_id, (SELECT r.task_id FROM runs r WHERE r.id = m.run_id))
         WHERE {side} ORDER BY m.id {direction} LIMIT ?2"
    ))?;
    let mut rows = query.query_map(params![key, limit as i64], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Told> {
    let source = Source {
        task: row.get::<_, Option<i64>>("task_id")?.map(TaskId),
        run: row.get::<_, Option<i64>>("run_id")?.map(RunId),
    };
    Ok(Told {
        id: row.get("id")?,
        note: Note {
            at: instant(row, "at")?,
            level: word(row, "level", Level::from_word)?,
            text: row.get("text")?,
            source,
        },
        task: row.get::<_, Option<i64>>("owner")?.map(TaskId),
        slug: row.get("slug")?,
        session: row.get("session")?,
    })
}

/// How many warnings and errors nobody has looked at, counted up to `cap`.
pub fn unread(db: &Db, cap: usize) -> Result<usize> {
    let n: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM messages WHERE level IN ('warn', 'error')
                 AND id > (SELECT upto FROM messages_read WHERE id = 1) LIMIT ?1)",
        )?
        .query_row([cap as i64], |row| row.get(0))?;
    Ok(n as usize)
}

/// Notes that somebody looked at the list up to this message.
pub fn read_up_to(db: &Db, id: i64) -> Result<()> {
    db.prepare_cached("UPDATE messages_read SET upto = ?1 WHERE id = 1 AND upto < ?1")?.execute([id])?;
    Ok(())
}

/// Notes that somebody looked at the list up to the newest message of a session.
pub fn read_of(db: &Db, session: &str) -> Result<()> {
    let newest: Option<i64> = db
        .prepare_cached("SELECT id FROM messages WHERE session = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([session], |row| row.get(0))
        .optional()?;
    newest.map_or(Ok(()), |id| read_up_to(db, id))
}

/// Removes all of them up to this one; says how many there were.
pub fn clear(db: &Db, up_to: i64) -> Result<usize> {
    Ok(db.prepare_cached("DELETE FROM messages WHERE id <= ?1")?.execute([up_to])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::Trigger;
    use crate::domain::task::{Definition, Work};
    use crate::store::{Store, runs, tasks};

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        (folder, store)
    }

    fn note(at: Timestamp, level: Level, text: &str) -> Note {
        Note { at, level, text: text.to_owned(), source: Source::NONE }
    }

    #[test]
    fn messages_are_paged_newest_first_with_the_slug_of_what_they_are_about() {
        let (_folder, store) = store();
        let now = Timestamp::now();
        let (task, run) = store
            .write(move |db| {
                let task = tasks::add(db, &Definition::new("Backup", Work::Command("true".into())), now)?.id;
                let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
                for n in 0..5 {
                    add(db, &note(now, Level::Info, &format!("n{n}")), "dashboard 1")?;
                }
                add(db, &Note { source: Source::task(task), ..note(now, Level::Warn, "of a task") }, ENGINE)?;
                add(db, &Note { source: Source::run(run), ..note(now, Level::Error, "of a run") }, ENGINE)?;
                Ok((task, run))
            })
            .unwrap();
        let db = store.reader().unwrap();
        let first = page(&db, &From::Start, 3).unwrap();
        let texts = |page: &[Told]| page.iter().map(|told| told.note.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&first), ["of a run", "of a task", "n4"]);
        assert_eq!((first[0].slug.as_deref(), first[0].note.source), (Some("backup"), Source::run(run)));
        assert_eq!((first[1].slug.as_deref(), first[1].note.source), (Some("backup"), Source::task(task)));
        assert_eq!((first[2].slug.as_deref(), first[2].session.as_str()), (None, "dashboard 1"));
        assert_eq!(texts(&page(&db, &From::After(first[2].id), 2).unwrap()), ["n3", "n2"]);
        assert_eq!(texts(&page(&db, &From::Before(first[2].id), 9).unwrap()), ["of a run", "of a task"]);
        assert_eq!(texts(&page(&db, &From::End, 2).unwrap()), ["n1", "n0"]);
    }

    #[test]
    fn only_what_is_loud_counts_as_unread_until_somebody_looked_and_a_cleared_list_gives_no_number_again() {
        let (_folder, store) = store();
        let now = Timestamp::now();
        let last = store
            .write(move |db| {
                add(db, &note(now, Level::Ok, "queued"), "dashboard 1")?;
                add(db, &note(now, Level::Warn, "late"), ENGINE)?;
                add(db, &note(now, Level::Error, "lost"), ENGINE)
            })
            .unwrap();
        assert_eq!(unread(&store.reader().unwrap(), 10).unwrap(), 2);
        store.write(move |db| read_up_to(db, last)).unwrap();
        assert_eq!(unread(&store.reader().unwrap(), 10).unwrap(), 0);
        assert_eq!(store.write(move |db| clear(db, last)).unwrap(), 3);
        let next = store.write(move |db| add(db, &note(now, Level::Warn, "late"), ENGINE)).unwrap();
        assert!(next > last);
        assert_eq!(unread(&store.reader().unwrap(), 10).unwrap(), 1);
    }

    #[test]
    fn what_is_older_than_seven_days_goes_and_what_is_said_again_is_kept_once() {
        let (_folder, store) = store();
        let now = Timestamp::now();
        let day = SignedDuration::from_hours(24);
        store
            .write(move |db| {
                add(db, &note(now - 8 * day, Level::Warn, "old"), ENGINE)?;
                add(db, &note(now - 6 * day, Level::Warn, "again"), ENGINE)?;
                add_once(db, &note(now, Level::Warn, "again"), ENGINE, day)?;
                add_once(db, &note(now, Level::Warn, "again"), ENGINE, day)
            })
            .unwrap();
        let all = page(&store.reader().unwrap(), &From::Start, 10).unwrap();
        let texts: Vec<&str> = all.iter().map(|told| told.note.text.as_str()).collect();
        assert_eq!(texts, ["again", "again"]);
    }

    #[test]
    fn a_text_without_end_is_cut_and_no_query_reads_more_than_its_page() {
        let (_folder, store) = store();
        let now = Timestamp::now();
        store.write(move |db| add(db, &note(now, Level::Info, &"ü".repeat(5000)), ENGINE)).unwrap();
        let db = store.reader().unwrap();
        assert_eq!(page(&db, &From::Start, 1).unwrap()[0].note.text.len(), crate::domain::message::LONGEST);
        for sql in [
            "SELECT 1 FROM messages WHERE level IN ('warn', 'error') AND id > (SELECT upto FROM messages_read WHERE id = 1) LIMIT 9",
            "SELECT id FROM messages WHERE at < 7 ORDER BY at LIMIT 20",
        ] {
            let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let lines = plan.query_map([], |row| row.get::<_, String>("detail")).unwrap();
            let lines: Vec<String> = lines.map(std::result::Result::unwrap).collect();
            assert!(lines[0].starts_with("SEARCH messages USING"), "{lines:?}");
        }
    }
}

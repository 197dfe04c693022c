//! To-dos that are not over, by when they are due: read through the index of that order, however many are done.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::column::{instant_or_null, micros, word};
use super::{Db, From, Result, definition};
use crate::domain::TaskId;
use crate::domain::task::{Priority, Status};

/// Where one without a due time stands: behind all others.
pub const UNDATED: i64 = i64::MAX - 1;

/// Where what is over stands, and what is no to-do.
pub(super) const NONE: i64 = i64::MAX;

/// A to-do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// The task.
    pub id: TaskId,
    /// Its slug.
    pub slug: String,
    /// What the person wrote.
    pub name: String,
    /// Open or begun.
    pub status: Status,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// 1 first.
    pub priority: Priority,
    /// How far it is, in percent.
    pub progress: u8,
}

impl Duty {
    /// Where it stands: by due time, then by slug.
    pub fn place(&self) -> (i64, String) {
        (self.due_at.map_or(UNDATED, micros), self.slug.clone())
    }
}

/// The place of an instant, before all slugs.
pub fn place_of(at: Timestamp) -> i64 {
    micros(at)
}

/// A page of them.
pub fn page(db: &Db, from: &From<(i64, String)>, limit: usize) -> Result<Vec<Duty>> {
    let first = (i64::MIN, String::new());
    let end = (NONE, String::new());
    let (side, key, backwards) = match from {
        From::Start => (">=", &first, false),
        From::End => ("<", &end, true),
        From::After(key) => (">", key, false),
        From::At(key) => (">=", key, false),
        From::Before(key) => ("<", key, true),
    };
    let direction = if backwards { "DESC" } else { "ASC" };
    let mut query = db.prepare_cached(&format!(
        "SELECT id, slug, name, status, due_at, priority, progress FROM tasks
         WHERE deleted_at IS NULL AND order_due < ?1 AND (order_due, slug) {side} (?2, ?3)
         ORDER BY order_due {direction}, slug {direction} LIMIT ?4"
    ))?;
    let rows = query.query_map(params![NONE, key.0, key.1, limit as i64], read)?;
    let mut rows: Vec<Duty> = rows.collect::<rusqlite::Result<_>>()?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

/// How many are due from one instant to before another, counted up to `cap`.
pub fn count(db: &Db, from: Timestamp, until: Timestamp, cap: usize) -> Result<usize> {
    let n: i64 = db
        .prepare_cached(
            "SELECT count(*) FROM (
                 SELECT 1 FROM tasks WHERE deleted_at IS NULL AND order_due >= ?1 AND order_due < ?2 LIMIT ?3)",
        )?
        .query_row(params![micros(from), micros(until), cap as i64], |row| row.get(0))?;
    Ok(n as usize)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Duty> {
    Ok(Duty {
        id: TaskId(row.get("id")?),
        slug: row.get("slug")?,
        name: row.get("name")?,
        status: word(row, "status", Status::from_word)?,
        due_at: instant_or_null(row, "due_at")?,
        priority: definition::priority(row)?,
        progress: row.get("progress")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::{Definition, Work};
    use crate::store::{Store, tasks};

    #[test]
    fn to_dos_are_paged_by_due_time_and_what_is_over_or_runs_is_not_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        store
            .write(|db| {
                let now = Timestamp::now();
                let at = |text: &str| text.parse::<Timestamp>().unwrap();
                let add = |name: &str, status, due: Option<&str>| {
                    let mut definition = Definition::new(name, Work::Todo(status));
                    definition.due_at = due.map(at);
                    tasks::add(db, &definition, now)
                };
                add("c", Status::Open, Some("2026-11-21T00:00:00Z"))?;
                add("b", Status::InProgress, Some("2026-11-21T00:00:00Z"))?;
                add("a", Status::Open, None)?;
                add("e", Status::Open, Some("1960-01-01T00:00:00Z"))?;
                add("done", Status::Completed, Some("2026-11-21T00:00:00Z"))?;
                add("gone", Status::Cancelled, None)?;
                tasks::add(db, &Definition::new("run", Work::Command("true".to_owned())), now)?;
                let slugs = |from: &From<(i64, String)>, limit| -> Result<String> {
                    Ok(page(db, from, limit)?.into_iter().map(|duty| duty.slug).collect::<Vec<_>>().join(" "))
                };
                assert_eq!(slugs(&From::Start, 9)?, "e b c a");
                assert_eq!(slugs(&From::End, 2)?, "c a");
                let b = page(db, &From::Start, 2)?.pop().map(|duty| duty.place()).unwrap();
                assert_eq!(slugs(&From::At(b.clone()), 1)?, "b");
                assert_eq!(slugs(&From::After(b.clone()), 9)?, "c a");
                assert_eq!(slugs(&From::Before(b), 9)?, "e");
                let counted = |cap| count(db, at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"), cap);
                assert_eq!((counted(9)?, counted(1)?), (2, 1));
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_page_of_to_dos_is_read_along_an_index_and_sorts_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let reader = store.reader().unwrap();
        for sql in [
            "SELECT id FROM tasks WHERE deleted_at IS NULL AND order_due < 9 AND (order_due, slug) >= (1, '')
             ORDER BY order_due ASC, slug ASC LIMIT 9",
            "SELECT 1 FROM tasks WHERE deleted_at IS NULL AND order_due >= 1 AND order_due < 2 LIMIT 3",
        ] {
            let mut query = reader.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: Vec<String> =
                query.query_map([], |row| row.get("detail")).unwrap().collect::<rusqlite::Result<_>>().unwrap();
            assert!(
                plan.iter().all(|step| step.starts_with("SEARCH tasks USING") && step.contains("tasks_by_due")),
                "{plan:?}"
            );
        }
    }
}

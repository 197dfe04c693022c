//! The categories that there are, with how many tasks each has: triggers keep that (`assets/migrations/0024_blocked_and_categories.sql`).

use super::{Db, Result};
use crate::domain::category::Count;

/// The categories that have tasks outside the trash, each with what is in it alone; those without one are under the empty name.
pub fn all(db: &Db) -> Result<Vec<(String, Count)>> {
    let mut query = db.prepare_cached("SELECT name, tasks, open FROM categories")?;
    let read = |row: &rusqlite::Row<'_>| {
        let (tasks, open): (i64, i64) = (row.get("tasks")?, row.get("open")?);
        Ok((row.get("name")?, Count { tasks: tasks.unsigned_abs(), open: open.unsigned_abs() }))
    };
    Ok(query.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;
    use crate::domain::change::By;
    use crate::domain::task::{Definition, Status, Work};
    use crate::store::changes::{self, Step};
    use crate::store::{Store, tasks};

    const NAMES: [&str; 4] = ["", "media", "media/films", "home"];
    const STATUSES: [Status; 4] = [Status::Open, Status::InProgress, Status::Completed, Status::Cancelled];

    /// What the tasks themselves say.
    fn counted(db: &Db) -> Vec<(String, Count)> {
        let mut query = db
            .prepare(
                "SELECT category, count(*), sum(coalesce(status IN ('open', 'in_progress'), 0)) FROM tasks
                 WHERE deleted_at IS NULL GROUP BY category",
            )
            .unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            let (tasks, open): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok((row.get(0)?, Count { tasks: tasks.unsigned_abs(), open: open.unsigned_abs() }))
        };
        query.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[derive(Debug, Clone)]
    enum Deed {
        Add(usize, Option<usize>),
        Set(usize, usize, Option<usize>),
        Delete(usize),
        Purge(usize),
        Undo,
        Redo,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let status = || proptest::option::of(0..STATUSES.len());
        prop_oneof![
            3 => (0..NAMES.len(), status()).prop_map(|(name, status)| Deed::Add(name, status)),
            4 => (0..6_usize, 0..NAMES.len(), status()).prop_map(|(task, name, status)| Deed::Set(task, name, status)),
            2 => (0..6_usize).prop_map(Deed::Delete),
            1 => (0..6_usize).prop_map(Deed::Purge),
            2 => Just(Deed::Undo),
            1 => Just(Deed::Redo),
        ]
    }

    fn define(definition: &mut Definition, name: usize, status: Option<usize>) {
        definition.category = NAMES[name].to_owned();
        definition.work = match status {
            Some(status) => Work::Todo(STATUSES[status]),
            None => Work::Command("true".to_owned()),
        };
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn a6_the_counts_of_categories_are_those_of_their_tasks_whatever_is_done(
            deeds in prop::collection::vec(deed(), 1..20),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&folder.path().join("tempo.db")).unwrap();
            let now = Timestamp::now();
            store.write(move |db| {
                let mut added = Vec::new();
                for deed in deeds {
                    let mut step = Step::new(By::Cli, now);
                    let of = |at: usize| added.get(at).copied();
                    match deed {
                        Deed::Add(name, status) => {
                            let mut definition = Definition::new("one", Work::Todo(Status::Open));
                            define(&mut definition, name, status);
                            added.push(step.add(db, &definition, &[])?.id);
                        }
                        Deed::Set(at, name, status) => if let Some(task) = of(at).and_then(|task| tasks::get(db, task).ok())
                            && !changes::is_deleted(db, task.id)? {
                            let mut definition = task.definition;
                            define(&mut definition, name, status);
                            step.define(db, task.id, &definition, &[])?;
                        },
                        Deed::Delete(at) => if let Some(task) = of(at).and_then(|task| tasks::get(db, task).ok())
                            && !changes::is_deleted(db, task.id)? {
                            step.delete(db, task.id)?;
                        },
                        Deed::Purge(at) => if let Some(task) = of(at) {
                            db.execute("DELETE FROM tasks WHERE id = ?1", [task.0])?;
                        },
                        Deed::Undo => drop(changes::undo(db, now)),
                        Deed::Redo => drop(changes::redo(db, now)),
                    }
                    assert_eq!(all(db)?, counted(db));
                }
                Ok(())
            }).unwrap();
        }
    }

    #[test]
    fn s3_categories_of_a_store_from_before_are_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let store = Store::open(&path).unwrap();
        let mut definition = Definition::new("one", Work::Todo(Status::Open));
        definition.category = "media".to_owned();
        store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
        drop(store);
        let db = Connection::open(&path).unwrap();
        let sql = include_str!("../../assets/migrations/0024_blocked_and_categories.sql");
        let begin = sql.find("INSERT INTO categories").unwrap();
        let counts = &sql[begin..begin + sql[begin..].find(';').unwrap()];
        db.execute("DELETE FROM categories", []).unwrap();
        db.execute(counts, []).unwrap();
        drop(db);
        let store = Store::open(&path).unwrap();
        let told = all(&store.reader().unwrap()).unwrap();
        assert_eq!(told, [("media".to_owned(), Count { tasks: 1, open: 1 })]);
    }
}

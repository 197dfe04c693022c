//! Upkeep of the database file: what `doctor` can put right in it.

use super::{Db, Reader, Result};

/// Whether such a line of [`damage`](super::overview::damage) is about an index, which can be made anew from its table.
pub fn is_of_an_index(line: &str) -> bool {
    line.starts_with("wrong # of entries in index ")
        || (line.contains("row ") && line.contains(" missing from index "))
        || line.starts_with("non-unique entry in index ")
}

/// Makes all indexes anew from their tables.
pub fn reindex(db: &Db) -> Result<()> {
    Ok(db.execute_batch("REINDEX")?)
}

/// Copies the write-ahead log into the database and empties it; false when somebody still reads from it.
pub fn checkpoint(reader: &Reader) -> Result<bool> {
    let busy: bool = reader.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(!busy)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::run::Trigger;
    use crate::domain::task::{Definition, Work};
    use crate::store::{Store, overview, runs, tasks};

    #[test]
    fn s3_a_damaged_index_is_told_from_a_damaged_table_and_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let store = Store::open(&path).unwrap();
        let definition = Definition::new("a", Work::Command("true".into()));
        let now = Timestamp::now();
        let queue = move |db: &Db| {
            let task = tasks::add(db, &definition, now)?;
            runs::queue(db, task.id, Trigger::Manual, None, &[], now)
        };
        store.write(queue).unwrap();
        drop(store);
        // As a bad disk would: an index that does not know what its table holds.
        let db = rusqlite::Connection::open(&path).unwrap();
        let of = "SELECT sql FROM sqlite_schema WHERE name = 'runs_task'";
        let sql: String = db.query_row(of, [], |row| row.get(0)).unwrap();
        let partial = format!("DROP INDEX runs_task; {sql} WHERE id > 1000000; PRAGMA writable_schema = 1;");
        db.execute_batch(&partial).unwrap();
        db.execute("UPDATE sqlite_schema SET sql = ?1 WHERE name = 'runs_task'", [&sql]).unwrap();
        drop(db);
        let damage = |store: &Store| overview::damage(&store.reader().unwrap()).unwrap();
        let store = Store::open(&path).unwrap();
        let lines = damage(&store);
        assert!(!lines.is_empty() && lines.iter().all(|line| is_of_an_index(line)), "{lines:?}");
        store.write(reindex).unwrap();
        assert_eq!(damage(&store), Vec::<String>::new());
        assert!(!is_of_an_index("Tree 5 page 7 cell 1: Rowid 7 out of order"));
    }

    #[test]
    fn the_log_is_emptied_into_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tempo.db");
        let store = Store::open(&path).unwrap();
        let definition = Definition::new("a", Work::Command("true".into()));
        store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
        let log = folder.path().join("tempo.db-wal");
        assert!(log.metadata().unwrap().len() > 0);
        assert!(checkpoint(&store.reader().unwrap()).unwrap());
        assert_eq!(log.metadata().unwrap().len(), 0);
    }
}

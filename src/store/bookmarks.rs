//! Lines of outputs that a person wants to find again.

use jiff::Timestamp;
use rusqlite::params;

use super::column::micros;
use super::{Db, Result};
use crate::domain::RunId;

/// Sets a bookmark at a line of the output of a run, counted from 0, or takes it away. A run that is gone gets none.
pub fn set(db: &Db, run: RunId, line: u64, on: bool, now: Timestamp) -> Result<()> {
    let line = line.cast_signed();
    if on {
        db.prepare_cached(
            "INSERT OR IGNORE INTO bookmarks (run_id, line, at) SELECT id, ?2, ?3 FROM runs WHERE id = ?1",
        )?
        .execute(params![run.0, line, micros(now)])?;
    } else {
        db.prepare_cached("DELETE FROM bookmarks WHERE run_id = ?1 AND line = ?2")?.execute(params![run.0, line])?;
    }
    Ok(())
}

/// The lines of a run that have one, in order.
pub fn of_run(db: &Db, run: RunId) -> Result<Vec<u64>> {
    let mut query = db.prepare_cached("SELECT line FROM bookmarks WHERE run_id = ?1 ORDER BY line")?;
    let lines = query.query_map([run.0], |row| row.get::<_, i64>(0))?;
    lines.map(|line| Ok(line?.cast_unsigned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::Trigger;
    use crate::domain::task::{Definition, Work};
    use crate::store::{Store, runs, tasks};

    #[test]
    fn bookmarks_are_kept_for_each_run_and_go_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let now = Timestamp::now();
        store
            .write(move |db| {
                let task = tasks::add(db, &Definition::new("a", Work::Command("true".to_owned())), now)?.id;
                let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
                for (line, on) in [(7, true), (3, true), (7, true), (9, true), (9, false), (11, false)] {
                    set(db, run, line, on, now)?;
                }
                assert_eq!(of_run(db, run)?, [3, 7]);
                assert_eq!(of_run(db, RunId(run.0 + 1))?, [0_u64; 0]);
                set(db, RunId(run.0 + 1), 1, true, now)?;
                assert_eq!(of_run(db, RunId(run.0 + 1))?, [0_u64; 0], "there is no such run");
                db.execute("DELETE FROM runs WHERE id = ?1", [run.0])?;
                assert_eq!(of_run(db, run)?, [0_u64; 0]);
                Ok(())
            })
            .unwrap();
    }
}

//! Taking back a step that is large, and making it again: a part in each transaction, so that others write in between (A6). As with
//! a small one it is all of it or, with the reason, nothing.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::params;

use super::undo::{self, Applied, apply, entries, meets_others, newest_step, newest_undone};
use super::{Entry, next_step};
use crate::store::batches::BATCH;
use crate::store::{Db, Result, Store};

/// Changes that share a transaction.
const PART: usize = BATCH;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Takes it back: the changes that it leaves have this number among those that are undone.
    Back(i64),
    /// Makes it again: the changes that it leaves are this step.
    Again(i64),
}

/// What is to be done.
enum Plan {
    /// It was done at once, or there was nothing to do.
    Done(Option<Applied>),
    /// These changes, in this order; and what takes that back.
    Large(Way, Vec<i64>, Way),
}

/// As [`undo`](super::undo), a part in each transaction when it is large; `progress` hears how many of how many are done.
///
/// # Errors
/// As of that: then nothing is undone.
pub fn undo_in_parts(store: &Store, now: Timestamp, progress: &dyn Fn(usize, usize)) -> Result<Option<Applied>> {
    let plan = store.write(move |db| {
        let Some(step) = newest_step(db, now)? else { return Ok(Plan::Done(None)) };
        let ids = ids(db, "SELECT id FROM changes WHERE step = ?1 AND undone IS NULL ORDER BY id DESC", step)?;
        if ids.len() <= PART {
            return undo::undo(db, now).map(Plan::Done);
        }
        Ok(Plan::Large(Way::Back(newest_undone(db, None)?.unwrap_or_default() + 1), ids, Way::Again(step)))
    })?;
    carry_out(store, plan, now, progress)
}

/// As [`redo`](super::redo), a part in each transaction when it is large; `progress` hears how many of how many are done.
///
/// # Errors
/// As of that: then nothing is made again.
pub fn redo_in_parts(store: &Store, now: Timestamp, progress: &dyn Fn(usize, usize)) -> Result<Option<Applied>> {
    let plan = store.write(move |db| {
        let Some(undone) = newest_undone(db, Some(now))? else { return Ok(Plan::Done(None)) };
        let ids = ids(db, "SELECT id FROM changes WHERE undone = ?1 ORDER BY id", undone)?;
        if ids.len() <= PART {
            return undo::redo(db, now).map(Plan::Done);
        }
        Ok(Plan::Large(Way::Again(next_step(db)?), ids, Way::Back(undone)))
    })?;
    carry_out(store, plan, now, progress)
}

fn ids(db: &Db, sql: &str, number: i64) -> Result<Vec<i64>> {
    let mut query = db.prepare_cached(sql)?;
    let ids = query.query_map([number], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

fn carry_out(store: &Store, plan: Plan, now: Timestamp, progress: &dyn Fn(usize, usize)) -> Result<Option<Applied>> {
    let (way, ids, otherwise) = match plan {
        Plan::Done(applied) => return Ok(applied),
        Plan::Large(way, ids, otherwise) => (way, ids, otherwise),
    };
    foresee(&*store.reader()?, way, &ids)?;
    let _room = store.room_for_many();
    let mut applied = Applied { changes: Vec::with_capacity(ids.len()), back: Vec::new() };
    for (at, part) in ids.chunks(PART).enumerate() {
        progress(at * PART, ids.len());
        let own = part.to_vec();
        match store.write(move |db| do_part(db, way, &own, now)) {
            Ok(mut done) => {
                applied.changes.append(&mut done.changes);
                applied.back.append(&mut done.back);
            }
            Err(e) => {
                // Somebody was faster than we: what is done is made as it was.
                let undoing: Vec<i64> = ids[..at * PART].iter().rev().copied().collect();
                for part in undoing.chunks(PART) {
                    let own = part.to_vec();
                    store.write(move |db| do_part(db, otherwise, &own, now))?;
                }
                progress(ids.len(), ids.len());
                return Err(e);
            }
        }
    }
    progress(ids.len(), ids.len());
    if let Way::Back(_) = way {
        applied.changes.reverse();
    }
    Ok(Some(applied))
}

/// Whether all of it can be done, as far as can be seen now: of each task, what comes first of it.
fn foresee(db: &Db, way: Way, ids: &[i64]) -> Result<()> {
    let mut seen = HashSet::new();
    for id in ids {
        for entry in entries(db, "WHERE c.id = ?1", &[id])? {
            if seen.insert(entry.change.task) {
                let (from, to) = ends(&entry, way);
                meets_others(db, &entry, from, to)?;
            }
        }
    }
    Ok(())
}

type Ends<'a> = (Option<&'a super::Document>, Option<&'a super::Document>);

fn ends(entry: &Entry, way: Way) -> Ends<'_> {
    match way {
        Way::Back(_) => (entry.after.as_ref(), entry.before.as_ref()),
        Way::Again(_) => (entry.before.as_ref(), entry.after.as_ref()),
    }
}

fn do_part(db: &Db, way: Way, ids: &[i64], now: Timestamp) -> Result<Applied> {
    let mut applied = Applied { changes: Vec::with_capacity(ids.len()), back: Vec::new() };
    for id in ids {
        for mut entry in entries(db, "WHERE c.id = ?1", &[id])? {
            let is_done = entry.change.undone == matches!(way, Way::Back(_));
            if is_done {
                // By somebody else meanwhile.
                continue;
            }
            let (from, to) = ends(&entry, way);
            applied.back.extend(apply(db, &entry, from, to, now)?);
            match way {
                Way::Back(number) => {
                    entry.change.undone = true;
                    db.prepare_cached("UPDATE changes SET undone = ?2 WHERE id = ?1")?.execute(params![id, number])?;
                }
                Way::Again(step) => {
                    (entry.change.step, entry.change.undone) = (step, false);
                    db.prepare_cached("UPDATE changes SET step = ?2, undone = NULL WHERE id = ?1")?
                        .execute(params![id, step])?;
                }
            }
            applied.changes.push(entry.change);
        }
    }
    Ok(applied)
}

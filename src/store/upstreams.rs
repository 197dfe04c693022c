//! What runs after what in the store, and how far the round of each task is (R11).

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, params};

use super::column::word;
use super::{Db, Result, StoreError, tasks};
use crate::domain::after::{self, Link, On, Upstream};
use crate::domain::run::Outcome;
use crate::domain::task::{Definition, Work};
use crate::domain::{RunId, TaskId};

/// Slugs among which the one that was meant is looked for.
const NEAR: usize = 10_000;

/// Lets a task run after those of its definition, and no others. When they are other ones than before, its round begins anew.
/// What is not there, cannot run, or would close a circle is refused.
pub(super) fn set(db: &Db, task: TaskId, definition: &Definition) -> Result<()> {
    let wanted = &definition.execution.after;
    let before = of_task(db, task)?;
    if let Work::Todo(_) = definition.work {
        if !wanted.is_empty() {
            return Err(refused(
                "only a command or a script has it; a to-do is done by a person, and waits for others with depends-on",
            ));
        }
        let downstream = downstream(db, task)?;
        if !downstream.is_empty() {
            let names = after::listed(&downstream);
            return Err(StoreError::Refused(format!(
                "it cannot be a to-do: nothing of one runs, and after it does {names}"
            )));
        }
    }
    if before.iter().map(|link| &link.upstream).eq(wanted) {
        return Ok(());
    }
    let mut found: Vec<(TaskId, On)> = Vec::with_capacity(wanted.len());
    for upstream in wanted {
        let id = resolve(db, task, &upstream.task)?;
        if id == task {
            return Err(refused(&format!("{} cannot run after itself", upstream.task)));
        }
        if found.iter().any(|(other, _)| *other == id) {
            return Err(refused(&format!("{} is said twice", upstream.task)));
        }
        found.push((id, upstream.on));
    }
    db.prepare_cached("DELETE FROM upstreams WHERE task_id = ?1")?.execute([task.0])?;
    let mut insert =
        db.prepare_cached("INSERT INTO upstreams (task_id, upstream_id, condition) VALUES (?1, ?2, ?3)")?;
    for (id, on) in found {
        insert.execute(params![task.0, id.0, on.word()])?;
    }
    begin_round(db, task)?;
    match circle(db, task)? {
        Some(way) => Err(refused(&format!("that would be a circle: {way}"))),
        None => Ok(()),
    }
}

fn refused(why: &str) -> StoreError {
    StoreError::Refused(format!("after: {why}"))
}

/// The task that a definition means by a whole slug or an id. One in the trash can stay what it was, not become it.
fn resolve(db: &Db, task: TaskId, reference: &str) -> Result<TaskId> {
    match tasks::find_exactly(db, reference) {
        Ok(found) if matches!(found.definition.work, Work::Todo(_)) => Err(refused(&format!(
            "{reference} is a to-do: nothing of it runs, so nothing can run after it; with depends-on={reference} it waits for that to be done"
        ))),
        Ok(found) => Ok(found.id),
        Err(StoreError::InTrash { .. }) => {
            let kept = db
                .prepare_cached(
                    "SELECT u.upstream_id FROM upstreams u JOIN tasks t ON t.id = u.upstream_id
                     WHERE u.task_id = ?1 AND t.slug = ?2",
                )?
                .query_row(params![task.0, reference], |row| row.get(0))
                .optional()?;
            kept.map(TaskId).ok_or_else(|| {
                refused(&format!("{reference} is in the trash; `tempo undo --task {reference}` brings it back"))
            })
        }
        Err(StoreError::NotFound(_)) => {
            let near = slugs_near(db, reference)?;
            Err(refused(&after::unknown(reference, near.iter().map(String::as_str))))
        }
        Err(e) => Err(e),
    }
}

/// Slugs with the same first letter.
pub(super) fn slugs_near(db: &Db, reference: &str) -> Result<Vec<String>> {
    let first: String = reference.chars().take(1).collect();
    let end = format!("{first}\u{10FFFF}");
    let mut query = db.prepare_cached(
        "SELECT slug FROM tasks WHERE deleted_at IS NULL AND slug >= ?1 AND slug < ?2 ORDER BY slug LIMIT ?3",
    )?;
    let rows = query.query_map(params![first, end, NEAR as i64], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The circle in which a task runs after itself or waits for itself (A3), in words: a task that runs after another one which waits for it
/// would do neither. What is in the trash does not run, and is checked when it comes back.
pub(super) fn circle(db: &Db, task: TaskId) -> Result<Option<String>> {
    // What nothing waits for, such as a new task, is in no circle, however long the way behind it is.
    let is_waited_for =
        "SELECT 1 FROM upstreams WHERE upstream_id = ?1 UNION ALL SELECT 1 FROM dependencies WHERE on_id = ?1";
    if !db.prepare_cached(is_waited_for)?.exists([task.0])? {
        return Ok(None);
    }
    let way = after::cycle(&task, |one| directly_before(db, *one, None))?;
    way.map(|way| slugs(db, way)).transpose()
}

/// What a task runs after and waits for, outside the trash; with `anew` it waits for these.
fn directly_before(db: &Db, task: TaskId, anew: Option<&Vec<TaskId>>) -> Result<Vec<TaskId>> {
    let read = |sql: &str| -> Result<Vec<TaskId>> {
        let mut query = db.prepare_cached(sql)?;
        let rows = query.query_map([task.0], |row| Ok(TaskId(row.get(0)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let mut before = read(
        "SELECT u.upstream_id FROM upstreams u JOIN tasks t ON t.id = u.upstream_id
         WHERE u.task_id = ?1 AND t.deleted_at IS NULL",
    )?;
    match anew {
        Some(anew) => before.extend(anew),
        None => before.extend(read(
            "SELECT d.on_id FROM dependencies d JOIN tasks t ON t.id = d.on_id
             WHERE d.task_id = ?1 AND t.deleted_at IS NULL",
        )?),
    }
    Ok(before)
}

fn slugs(db: &Db, way: Vec<TaskId>) -> Result<String> {
    let mut slug = db.prepare_cached("SELECT slug FROM tasks WHERE id = ?1")?;
    let slugs: rusqlite::Result<Vec<String>> =
        way.into_iter().map(|one| slug.query_row([one.0], |row| row.get(0))).collect();
    Ok(slugs?.join(" -> "))
}

/// The circles that would be there if these tasks waited for others than they do, each with the one of them that closes it. Each task is
/// looked at once, however many lie on a way.
pub(super) fn circles(
    db: &Db,
    starts: &[TaskId],
    anew: &HashMap<TaskId, Vec<TaskId>>,
) -> Result<Vec<(TaskId, String)>> {
    let mut circles = Vec::new();
    // Where each that was met stands on the way, while it does.
    let mut places: HashMap<TaskId, Option<usize>> = HashMap::new();
    for start in starts {
        if places.contains_key(start) {
            continue;
        }
        let mut way = vec![(*start, directly_before(db, *start, anew.get(start))?)];
        places.insert(*start, Some(0));
        while let Some((one, open)) = way.last_mut() {
            let Some(next) = open.pop() else {
                places.insert(*one, None);
                way.pop();
                continue;
            };
            match places.get(&next) {
                Some(None) => {}
                Some(Some(place)) => {
                    let round: Vec<TaskId> = way.iter().skip(*place).map(|(one, _)| *one).collect();
                    let closes = round.iter().rev().find(|one| anew.contains_key(*one)).copied();
                    let order = std::iter::once(next).chain(round.into_iter().rev()).collect();
                    circles.push((closes.unwrap_or(next), slugs(db, order)?));
                }
                None => {
                    places.insert(next, Some(way.len()));
                    way.push((next, directly_before(db, next, anew.get(&next))?));
                }
            }
        }
    }
    Ok(circles)
}

/// A task came back from the trash: nobody may have closed a circle over it meanwhile.
pub(super) fn restored(db: &Db, task: TaskId) -> Result<()> {
    match circle(db, task)? {
        Some(way) => Err(refused(&format!("it cannot come back, since that would be a circle: {way}"))),
        None => begin(db, task),
    }
}

/// What a task has seen and what others have seen of it is forgotten: it was put to rest, woken, deleted or restored. What ends
/// during a rest is not made up for (T6).
pub(super) fn begin(db: &Db, task: TaskId) -> Result<()> {
    begin_round(db, task)?;
    let deleted: bool = db
        .prepare_cached("SELECT deleted_at IS NOT NULL FROM tasks WHERE id = ?1")?
        .query_row([task.0], |row| row.get(0))?;
    if deleted {
        db.prepare_cached("UPDATE upstreams SET run_id = NULL, met = 0 WHERE upstream_id = ?1")?.execute([task.0])?;
    }
    Ok(())
}

fn begin_round(db: &Db, task: TaskId) -> Result<()> {
    db.prepare_cached("UPDATE upstreams SET run_id = NULL, met = 0 WHERE task_id = ?1")?.execute([task.0])?;
    Ok(())
}

/// What a task runs after, by slug, and how far its round is.
pub fn of_task(db: &Db, task: TaskId) -> Result<Vec<Link>> {
    let mut query = db.prepare_cached(
        "SELECT t.slug, t.deleted_at IS NOT NULL AS in_trash, u.condition, u.met, r.id AS run_id, r.outcome, r.exit_code, r.signal
         FROM upstreams u JOIN tasks t ON t.id = u.upstream_id LEFT JOIN runs r ON r.id = u.run_id
         WHERE u.task_id = ?1",
    )?;
    let mut links = query.query_map([task.0], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    links.sort_by(|a, b| a.upstream.task.cmp(&b.upstream.task));
    Ok(links)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Link> {
    let run: Option<i64> = row.get("run_id")?;
    Ok(Link {
        upstream: Upstream { task: row.get("slug")?, on: word(row, "condition", On::from_word)? },
        ended: run.map(RunId).zip(super::runs::read_outcome(row)?),
        met: row.get("met")?,
        in_trash: row.get("in_trash")?,
    })
}

/// Whether a task runs after others.
pub fn has_any(db: &Db, task: TaskId) -> Result<bool> {
    Ok(db.prepare_cached("SELECT 1 FROM upstreams WHERE task_id = ?1")?.exists([task.0])?)
}

/// The slugs of the tasks outside the trash that run after this one.
pub fn downstream(db: &Db, task: TaskId) -> Result<Vec<String>> {
    let mut query = db.prepare_cached(
        "SELECT t.slug FROM upstreams u JOIN tasks t ON t.id = u.task_id
         WHERE u.upstream_id = ?1 AND t.deleted_at IS NULL",
    )?;
    let mut slugs: Vec<String> = query.query_map([task.0], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    slugs.sort();
    Ok(slugs)
}

/// A run of a task has ended: marks it with the tasks that run after it. Of those whose round is complete by that, a new one
/// begins; they are returned with the runs that completed it, as `#12 of backup, #13 of mirror`. One that rests sees nothing, and
/// of one in the trash nothing is seen.
pub fn ended(db: &Db, task: TaskId, run: RunId, outcome: Outcome) -> Result<Vec<(TaskId, String)>> {
    let mut links = db.prepare_cached(
        "SELECT u.task_id, u.condition FROM upstreams u JOIN tasks t ON t.id = u.task_id JOIN tasks b ON b.id = u.upstream_id
         WHERE u.upstream_id = ?1 AND t.paused = 0 AND t.deleted_at IS NULL AND b.deleted_at IS NULL ORDER BY u.task_id",
    )?;
    let links = links
        .query_map([task.0], |row| Ok((TaskId(row.get("task_id")?), word(row, "condition", On::from_word)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut complete = Vec::new();
    for (downstream, on) in links {
        db.prepare_cached("UPDATE upstreams SET run_id = ?3, met = ?4 WHERE task_id = ?1 AND upstream_id = ?2")?
            .execute(params![downstream.0, task.0, run.0, on.matches(outcome)])?;
        let all = of_task(db, downstream)?;
        if all.iter().all(|link| link.met) {
            begin_round(db, downstream)?;
            complete.push((downstream, came_after(&all)));
        }
    }
    Ok(complete)
}

fn came_after(links: &[Link]) -> String {
    let run = |link: &Link| match link.ended {
        Some((run, _)) => format!("#{run} of {}", link.upstream.task),
        None => link.upstream.task.clone(),
    };
    links.iter().map(run).collect::<Vec<_>>().join(", ")
}

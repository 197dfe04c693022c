//! Versions of the files of scripts: each content that was seen, and what each run executed.

#[cfg(test)]
mod tests;

use std::io;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::changes::{Step, Wish};
use super::column::{instant, invalid, micros, word};
use super::{Db, From, Result, StoreError};
use crate::domain::task::{Definition, Task};
use crate::domain::version::{Broke, Content, File, Hash, MOST_KEPT, Origin, Pinned, Version};
use crate::domain::{RunId, TaskId, VersionId};

/// How much smaller contents are made: fast, scripts are small.
const LEVEL: i32 = 3;

/// The newest versions of a file that are kept, whatever their age.
const KEPT: i64 = 200;

/// Beyond them, how long they are kept that no run pins.
const KEPT_DAYS: i64 = 365;

/// Versions that are too old and go with a new one, at most.
const SWEPT: i64 = 20;

/// What Tempo writes is seen on the disk before it can be noted: for so long a version that was seen there can turn out to be ours.
const OURS_MS: i64 = 60_000;

/// Runs that are looked through for the last one that succeeded.
const LOOKED_BACK: i64 = 10_000;

/// The columns of a [`Version`].
const COLUMNS: &str =
    "v.id, v.task_id, v.file, c.hash, c.size, c.zstd IS NOT NULL AS is_kept, v.saved_at, v.origin, v.commit_id
    FROM versions v JOIN contents c ON c.id = v.content_id";

/// Notes what stands in a file of a task. `None` when that is its newest version already; then what was seen on the disk a moment
/// ago turns out to be what Tempo wrote.
pub fn note(
    db: &Db,
    task: TaskId,
    file: File,
    content: &Content,
    origin: Origin,
    now: Timestamp,
) -> Result<Option<VersionId>> {
    if let Some(newest) = newest(db, task, file)?.filter(|newest| newest.hash == content.hash) {
        let is_ours =
            newest.origin == Origin::Outside && now.duration_since(newest.saved_at).as_millis() <= i128::from(OURS_MS);
        if is_ours && origin != Origin::Outside {
            db.prepare_cached("UPDATE versions SET origin = ?2 WHERE id = ?1")?
                .execute(params![newest.id.0, origin.word()])?;
        }
        return Ok(None);
    }
    let content_id = keep(db, content)?;
    db.prepare_cached(
        "INSERT INTO versions (task_id, file, content_id, saved_at, origin, commit_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![task.0, file.word(), content_id, micros(now), origin.word(), content.commit])?;
    let id = VersionId(db.last_insert_rowid());
    sweep(db, task, file, now)?;
    Ok(Some(id))
}

/// Adds a task under this slug with its schedules, of which the script was just made with these contents.
pub fn add(
    db: &Db,
    step: &mut Step,
    slug: &str,
    (definition, wanted): (&Definition, &[Wish]),
    contents: &[(File, Content)],
    now: Timestamp,
) -> Result<Task> {
    let task = step.add_as(db, slug, definition, wanted)?;
    for (file, content) in contents {
        note(db, task.id, *file, content, Origin::Created, now)?;
    }
    Ok(task)
}

/// Stores a content, once; of a large one its hash and size.
fn keep(db: &Db, content: &Content) -> Result<i64> {
    let hash = content.hash.bytes().as_slice();
    let known: Option<i64> =
        db.prepare_cached("SELECT id FROM contents WHERE hash = ?1")?.query_row([hash], |row| row.get(0)).optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let packed = if content.is_kept() {
        Some(zstd::bulk::compress(&content.bytes, LEVEL).map_err(|e| packing(&e))?)
    } else {
        None
    };
    db.prepare_cached("INSERT INTO contents (hash, size, zstd) VALUES (?1, ?2, ?3)")?.execute(params![
        hash,
        content.bytes.len() as i64,
        packed
    ])?;
    Ok(db.last_insert_rowid())
}

/// Takes away some of what is beyond what is kept: beyond the newest ones, too old, and pinned by no run.
fn sweep(db: &Db, task: TaskId, file: File, now: Timestamp) -> Result<()> {
    let horizon = now.saturating_sub(jiff::SignedDuration::from_hours(24 * KEPT_DAYS)).unwrap_or(Timestamp::MIN);
    db.prepare_cached(
        "DELETE FROM versions WHERE id IN (
             SELECT v.id FROM versions v WHERE v.task_id = ?1 AND v.file = ?2 AND v.id < (
                 SELECT id FROM versions WHERE task_id = ?1 AND file = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)
             AND v.saved_at < ?4
             AND NOT EXISTS (SELECT 1 FROM runs WHERE script_version = v.id)
             AND NOT EXISTS (SELECT 1 FROM runs WHERE requirements_version = v.id)
             ORDER BY v.id LIMIT ?5)",
    )?
    .execute(params![task.0, file.word(), KEPT - 1, micros(horizon), SWEPT])?;
    Ok(())
}

/// The newest version of a file.
pub fn newest(db: &Db, task: TaskId, file: File) -> Result<Option<Version>> {
    Ok(page(db, task, file, &From::Start, 1)?.pop())
}

/// A page of the versions of a file, the newest first. `After` means older.
pub fn page(db: &Db, task: TaskId, file: File, from: &From<VersionId>, limit: usize) -> Result<Vec<Version>> {
    let (side, key, backwards) = match from {
        From::Start => ("<=", i64::MAX, false),
        From::End => (">=", 0, true),
        From::After(key) => ("<", key.0, false),
        From::At(key) => ("<=", key.0, false),
        From::Before(key) => (">", key.0, true),
    };
    let direction = if backwards { "ASC" } else { "DESC" };
    let mut query = db.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE v.task_id = ?1 AND v.file = ?2 AND v.id {side} ?3 ORDER BY v.id {direction} LIMIT ?4"
    ))?;
    let mut rows = query
        .query_map(params![task.0, file.word(), key, limit as i64], read)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

/// The version with this id.
pub fn get(db: &Db, id: VersionId) -> Result<Version> {
    db.prepare_cached(&format!("SELECT {COLUMNS} WHERE v.id = ?1"))?
        .query_row([id.0], read)
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("version {id}")))
}

/// The one before it of the same file.
pub fn before(db: &Db, version: &Version) -> Result<Option<Version>> {
    Ok(page(db, version.task, version.file, &From::After(version.id), 1)?.pop())
}

/// What stood in the file.
///
/// # Errors
/// Refused when it was too large to be kept.
pub fn content(db: &Db, id: VersionId) -> Result<Vec<u8>> {
    let packed: Option<Vec<u8>> = db
        .prepare_cached("SELECT c.zstd FROM versions v JOIN contents c ON c.id = v.content_id WHERE v.id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("version {id}")))?;
    let packed = packed.ok_or_else(|| {
        let most = MOST_KEPT >> 20;
        StoreError::Refused(format!("of version {id} only the hash is kept: it is larger than {most} MiB"))
    })?;
    zstd::bulk::decompress(&packed, MOST_KEPT as usize)
        .map_err(|e| StoreError::Corrupt { path: None, detail: format!("version {id}: {e}") })
}

/// Writes down what an attempt of a run executed: that of its last attempt stays. `reason` says why there is no version of its
/// script.
pub fn pin(
    db: &Db,
    run: RunId,
    script: Option<VersionId>,
    requirements: Option<VersionId>,
    reason: Option<&str>,
) -> Result<()> {
    db.prepare_cached("UPDATE runs SET script_version = ?2, requirements_version = ?3, unpinned = ?4 WHERE id = ?1")?
        .execute(params![run.0, script.map(|id| id.0), requirements.map(|id| id.0), reason])?;
    Ok(())
}

/// What a run executed.
pub fn pinned(db: &Db, run: RunId) -> Result<Pinned> {
    let (script, requirements, reason): (Option<i64>, Option<i64>, _) = db
        .prepare_cached("SELECT script_version, requirements_version, unpinned FROM runs WHERE id = ?1")?
        .query_row([run.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?
        .ok_or_else(|| StoreError::NotFound(format!("run {run}")))?;
    let version = |id: Option<i64>| id.map(|id| get(db, VersionId(id))).transpose();
    Ok(Pinned { script: version(script)?, requirements: version(requirements)?, reason })
}

/// Between which two runs a task broke: the first one that failed after the last one that succeeded. `None` when the last run that
/// says something succeeded, or there is none.
pub fn broke(db: &Db, task: TaskId) -> Result<Option<Broke>> {
    let good: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM (SELECT id, outcome FROM runs WHERE task_id = ?1 AND purpose = 'work' ORDER BY id DESC LIMIT ?2)
             WHERE outcome = 'succeeded' ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![task.0, LOOKED_BACK], |row| row.get(0))
        .optional()?;
    let bad: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM runs WHERE task_id = ?1 AND id > ?2 AND purpose = 'work'
             AND outcome IN ('failed', 'signaled', 'timed_out', 'over_memory', 'could_not_start') ORDER BY id LIMIT 1",
        )?
        .query_row(params![task.0, good.unwrap_or(0)], |row| row.get(0))
        .optional()?;
    let Some(bad) = bad.map(RunId) else { return Ok(None) };
    let good = match good.map(RunId) {
        Some(good) => Some((good, pinned(db, good)?)),
        None => None,
    };
    Ok(Some(Broke { good, bad: (bad, pinned(db, bad)?) }))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    let hash: Vec<u8> = row.get("hash")?;
    Ok(Version {
        id: VersionId(row.get("id")?),
        task: TaskId(row.get("task_id")?),
        file: word(row, "file", File::from_word)?,
        hash: Hash::new(hash.try_into().map_err(|_| invalid(row, "hash", "it is not of 32 bytes"))?),
        size: row.get("size")?,
        is_kept: row.get("is_kept")?,
        saved_at: instant(row, "saved_at")?,
        origin: word(row, "origin", Origin::from_word)?,
        commit: row.get("commit_id")?,
    })
}

fn packing(source: &io::Error) -> StoreError {
    StoreError::Refused(format!("a version cannot be packed: {source}"))
}

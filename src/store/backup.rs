//! A copy of the whole database for a backup, and the way in which one takes the place of the database (S4).
//!
//! The place is taken by one rename at the end: whoever is killed before it leaves the old database, after it the new one. Until
//! then the old one is held exclusively, so that nobody writes into what is just being moved aside.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::header::wal_path;
use super::migrate::{self, sync_folder};
use super::{Db, Result, Store, StoreError, connect, runs, schedules};
use crate::domain::RunId;
use crate::domain::run::{Outcome, RunState};
use crate::domain::version::REQUIREMENTS;

/// How long to wait for somebody who is just reading or writing.
const BUSY: Duration = Duration::from_secs(3);

/// Copies what was last committed into a new file, while everything goes on.
pub fn copy(store: &Store, to: &Path) -> Result<()> {
    migrate::copy_into(store.path(), to)
}

/// What is in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The version of its schema.
    pub schema: i64,
    /// Tasks outside the trash.
    pub tasks: u64,
    /// Their schedules.
    pub schedules: u64,
    /// Runs.
    pub runs: u64,
    /// The highest number that was given to a run.
    pub last_run: i64,
    /// The scripts and calendars that tasks name, and the requirements of scripts.
    pub files: Vec<PathBuf>,
}

/// A copy that is to become the database: checked, and of this Tempo's schema.
#[derive(Debug)]
pub struct Staged {
    path: PathBuf,
    db: Connection,
}

impl Staged {
    /// Opens a copy. It is refused when it is damaged, no database of Tempo, or of a newer one; an older one is migrated.
    pub fn open(path: &Path) -> Result<Self> {
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let damaged = |detail| StoreError::Corrupt { path: Some(path.to_owned()), detail };
        let said: String = db
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|e| StoreError::opening(path, e))?;
        if said != "ok" {
            return Err(damaged(said));
        }
        migrate::run(&mut db, path, migrate::MIGRATIONS)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(Self { path: path.to_owned(), db })
    }

    /// What is in it.
    pub fn contents(&self) -> Result<Contents> {
        let count = |sql: &str| self.db.query_row(sql, [], |row| row.get::<_, u64>(0));
        let mut scripts =
            self.db.prepare("SELECT DISTINCT script FROM tasks WHERE script IS NOT NULL ORDER BY script")?;
        let scripts = scripts.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut files: Vec<PathBuf> = scripts.into_iter().map(PathBuf::from).collect();
        let mut needing = self.db.prepare(
            "SELECT DISTINCT t.script FROM versions v JOIN tasks t ON t.id = v.task_id
             WHERE v.file = 'requirements' AND t.script IS NOT NULL",
        )?;
        let needing = needing.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        files.extend(needing.into_iter().map(|script| PathBuf::from(script).with_file_name(REQUIREMENTS)));
        files.extend(
            schedules::with_calendars(&self.db)?.into_iter().filter_map(|schedule| schedule.rule.options.calendar),
        );
        files.sort();
        files.dedup();
        Ok(Contents {
            schema: self.db.pragma_query_value(None, "user_version", |row| row.get(0))?,
            tasks: count("SELECT count(*) FROM tasks WHERE deleted_at IS NULL")?,
            schedules: count(
                "SELECT count(*) FROM schedules s JOIN tasks t ON t.id = s.task_id WHERE t.deleted_at IS NULL",
            )?,
            runs: count("SELECT count(*) FROM runs")?,
            last_run: last_run(&self.db)?.unwrap_or_default(),
            files,
        })
    }

    /// When a run was queued, which tells it from another one with its number.
    pub fn queued_at(&self, run: RunId) -> Result<Option<i64>> {
        queued_at(&self.db, run)
    }

    /// The runs that have a supervisor, as far as this copy knows, each with its attempt.
    pub fn live(&self) -> Result<Vec<(RunId, u32)>> {
        Ok(runs::live(&self.db)?.into_iter().map(|live| (live.run, live.attempt)).collect())
    }

    /// Whether a run has not finished.
    pub fn is_unfinished(&self, run: RunId) -> Result<bool> {
        match runs::get(&self.db, run) {
            Ok(run) => Ok(run.state != RunState::Finished),
            Err(StoreError::NotFound(_)) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Makes it ready: these runs are lost for this reason, and no run gets a number up to `highest`. It is then one file, on the
    /// disk.
    pub fn finish(self, lost: &[RunId], reason: &str, highest: i64, now: Timestamp) -> Result<()> {
        let tx = self.db.unchecked_transaction()?;
        for run in lost {
            runs::finish(&tx, *run, Outcome::Lost, None, Some(reason), now)?;
        }
        reserve(&tx, highest)?;
        tx.commit()?;
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        self.db.close().map_err(|(_, e)| e)?;
        let failed = |source| StoreError::Io { path: self.path.clone(), source };
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(failed)
    }
}

/// The database that is there now, which nobody else has open as long as this is held.
#[derive(Debug)]
pub struct Present {
    path: PathBuf,
    /// Absent where it cannot be read.
    db: Option<Connection>,
}

impl Present {
    /// Takes it. `Refused` when another process has it open.
    pub fn take(path: &Path) -> Result<Self> {
        let db = if path.exists() { Self::hold(path)? } else { None };
        Ok(Self { path: path.to_owned(), db })
    }

    fn hold(path: &Path) -> Result<Option<Connection>> {
        let held = || -> rusqlite::Result<Connection> {
            let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            db.busy_timeout(BUSY)?;
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            db.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;")?;
            // The log is brought into it, so that the file alone is all of it.
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(db)
        };
        match held().map_err(|e| StoreError::opening(path, e)) {
            Ok(db) => Ok(Some(db)),
            Err(StoreError::Foreign(_) | StoreError::Corrupt { .. }) => Ok(None),
            Err(StoreError::Busy) => Err(StoreError::Refused(format!(
                "{} is open in another Tempo: close every dashboard and scheduler of this folder first; what runs goes on",
                path.display()
            ))),
            Err(e) => Err(e),
        }
    }

    /// When a run was queued; `None` also when that cannot be read.
    pub fn queued_at(&self, run: RunId) -> Option<i64> {
        queued_at(self.db.as_ref()?, run).ok().flatten()
    }

    /// Keeps numbers up to this from being given to runs, should it stay the database after all.
    pub fn reserve(&self, highest: i64) -> Result<()> {
        // One that is foreign has no such counter, and gives no numbers.
        self.db.as_ref().map_or(Ok(()), |db| if last_run(db).is_ok() { reserve(db, highest) } else { Ok(()) })
    }

    /// Keeps it under the name `aside`, and puts `staged` in its place.
    pub fn replace(self, staged: &Path, aside: &Path) -> Result<()> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { path, source }
        };
        let wal = wal_path(&self.path);
        if self.path.exists() {
            fs::hard_link(&self.path, aside).map_err(failed(aside))?;
            if self.db.is_none() && wal.exists() {
                // Of what could not be read, the log is kept as well.
                fs::hard_link(&wal, wal_path(aside)).map_err(failed(&wal))?;
            }
            sync_folder(&self.path).map_err(failed(aside))?;
        }
        // Another database's log must not be found beside the new one.
        for beside in [wal, self.path.with_extension("db-shm")] {
            match fs::remove_file(&beside) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(failed(&beside)(e)),
                _ => {}
            }
        }
        fs::rename(staged, &self.path).map_err(failed(&self.path))?;
        sync_folder(&self.path).map_err(failed(&self.path))
    }
}

fn queued_at(db: &Db, run: RunId) -> Result<Option<i64>> {
    Ok(db.query_row("SELECT queued_at FROM runs WHERE id = ?1", [run.0], |row| row.get(0)).optional()?)
}

fn last_run(db: &Db) -> Result<Option<i64>> {
    Ok(db.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'runs'", [], |row| row.get(0)).optional()?)
}

fn reserve(db: &Db, highest: i64) -> Result<()> {
    let known = last_run(db)?;
    let sql = match known {
        Some(known) if known >= highest => return Ok(()),
        Some(_) => "UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'runs'",
        None => "INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?1)",
    };
    db.execute(sql, params![highest])?;
    Ok(())
}

//! Whether the database is still the one that was opened: not migrated by a newer Tempo, not replaced, not found damaged (S3).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::migrate::SCHEMA_VERSION;
use super::{Db, Result, StoreError};

/// What a process remembers of its database. Every write transaction asks it first: a stat and a pragma, some
/// microseconds beside the milliseconds of a sync.
#[derive(Debug)]
pub(super) struct Guard {
    path: PathBuf,
    /// The file, whatever is found under its name later: device and inode.
    file: (u64, u64),
    /// What ended the use of it, for good.
    trouble: Mutex<Option<StoreError>>,
}

impl Guard {
    /// For a database that was just opened and found right; `before` is what stood under its name when it was opened, if it was
    /// there. It may have been replaced while its opening waited for a restore.
    pub(super) fn new(path: &Path, before: Option<(u64, u64)>) -> Result<Self> {
        let file = file(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        if before.is_some_and(|before| before != file) {
            return Err(StoreError::Replaced(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), file, trouble: Mutex::new(None) })
    }

    /// Whether it can be used. What makes it unusable is remembered: a process that has met it once does not go on.
    pub(super) fn check(&self, db: &Db) -> Result<()> {
        if let Some(trouble) = self.trouble() {
            return Err(trouble);
        }
        self.noted(self.look(db))
    }

    /// Remembers the error of a result.
    pub(super) fn noted<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| self.note(e))
    }

    /// Remembers an error after which nothing may be written any more, and gives it the name of the file.
    pub(super) fn note(&self, e: StoreError) -> StoreError {
        let e = e.of(&self.path);
        if e.is_final() {
            self.lock().get_or_insert_with(|| e.again());
        }
        e
    }

    /// What ended the use of it.
    fn trouble(&self) -> Option<StoreError> {
        self.lock().as_ref().map(StoreError::again)
    }

    fn look(&self, db: &Db) -> Result<()> {
        if file(&self.path).ok() != Some(self.file) {
            return Err(StoreError::Replaced(self.path.clone()));
        }
        let found: i64 = db.prepare_cached("PRAGMA user_version")?.query_row([], |row| row.get(0))?;
        if found > SCHEMA_VERSION {
            return Err(StoreError::Outdated { path: self.path.clone(), found, known: SCHEMA_VERSION });
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<StoreError>> {
        // It is whole at any point, also when a thread has panicked.
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which file has this name: its device and inode.
pub(super) fn file(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

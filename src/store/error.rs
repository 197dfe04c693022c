//! What can go wrong with the store, in words for the person.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::domain::TaskId;

/// The result of everything in this module.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder beside the database.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not an SQLite database, or one of another program (S3).
    #[error("{} is not a Tempo database; it was left as it is. Move it away or choose another --home", .0.display())]
    Foreign(PathBuf),
    /// Written by a newer Tempo (S3).
    #[error("{} was written by a newer Tempo (schema {found}, this one knows {known}); it was left as it is. \
             Use the newer Tempo or another --home", path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// Damaged (S3).
    #[error("{} is damaged ({detail}); it was left as it is. Restore it from a backup, or move it away to begin anew", path.display())]
    Corrupt {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// No room (S2).
    #[error("the disk is full: nothing was changed")]
    Full,
    /// The file or its folder may not be written.
    #[error("the database cannot be written: it, or its disk, is read-only")]
    ReadOnly,
    /// Another process held the write lock for too long (S1).
    #[error("another process has been writing for over 30 s: nothing was changed")]
    Busy,
    /// What was named is not there.
    #[error("no {0}")]
    NotFound(String),
    /// The task that was named is deleted (S5).
    #[error("{slug} is in the trash; `tempo undo --task {reference}` brings it back")]
    InTrash {
        /// Identity.
        task: TaskId,
        /// Its slug.
        slug: String,
        /// How it was named.
        reference: String,
    },
    /// A value or a change that the rules forbid, with what would be right.
    #[error("{0}")]
    Refused(String),
    /// A query was cancelled from another thread.
    #[error("cancelled")]
    Interrupted,
    /// The writer thread has ended.
    #[error("the store is closed")]
    Closed,
    /// Anything else that SQLite said.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
}

impl StoreError {
    /// The error of opening `path`.
    pub(super) fn opening(path: &Path, e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign(path.to_owned()),
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path: path.to_owned(), detail: e.to_string() },
            Some(ErrorCode::CannotOpen) => {
                Self::Io { path: path.to_owned(), source: io::Error::other("the file cannot be opened") }
            }
            _ => e.into(),
        }
    }

    /// The same error again, for each of several changes that shared a commit.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::ReadOnly => Self::ReadOnly,
            Self::Busy => Self::Busy,
            Self::Closed => Self::Closed,
            other => Self::Refused(other.to_string()),
        }
    }
}

impl std::convert::From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            _ => Self::Sql(e),
        }
    }
}

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
    #[error("{} is damaged ({detail}); it was left as it is. Restore a backup with `tempo restore FILE`, or move it away to \
             begin anew", named(path.as_deref()))]
    Corrupt {
        /// The database file, where it is known.
        path: Option<PathBuf>,
        /// What SQLite said.
        detail: String,
    },
    /// Another file has its name now: a backup was restored, or it was moved away.
    #[error("{} was replaced or moved while it was open here: close this Tempo and start it again", .0.display())]
    Replaced(PathBuf),
    /// A newer Tempo changed the schema while this one had it open (S3).
    #[error("a newer Tempo has changed {} to schema {found}, this one knows {known}: close this Tempo and start the newer one", path.display())]
    Outdated {
        /// The database file.
        path: PathBuf,
        /// Its schema version now.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// No room (S2).
    #[error("the disk is full: nothing was changed")]
    Full,
    /// The file or its folder may not be written.
    #[error(
        "the database cannot be written: it, its folder or its disk is read-only for this user; make it writable or choose \
             another --home"
    )]
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
    /// What another change met that was to be committed together with this one.
    #[error("nothing was changed: {0}")]
    Shared(String),
    /// Anything else that SQLite said.
    #[error("database: {0}")]
    Sql(rusqlite::Error),
}

impl StoreError {
    /// The error of opening `path`.
    pub(super) fn opening(path: &Path, e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign(path.to_owned()),
            Some(ErrorCode::CannotOpen) => Self::Io {
                path: path.to_owned(),
                source: io::Error::other("it or its folder cannot be opened for reading and writing by this user"),
            },
            _ => Self::from(e).of(path),
        }
    }

    /// With the name of the database, where it lacks one.
    pub(super) fn of(self, database: &Path) -> Self {
        match self {
            Self::Corrupt { path: None, detail } => Self::Corrupt { path: Some(database.to_owned()), detail },
            other => other,
        }
    }

    /// Whether the process that meets it must not go on with this database: trying again would not help.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Foreign(_)
            | Self::Newer { .. }
            | Self::Corrupt { .. }
            | Self::Replaced(_)
            | Self::Outdated { .. } => true,
            Self::Io { .. }
            | Self::Full
            | Self::ReadOnly
            | Self::Busy
            | Self::NotFound(_)
            | Self::InTrash { .. }
            | Self::Refused(_)
            | Self::Interrupted
            | Self::Shared(_)
            | Self::Closed
            | Self::Sql(_) => false,
        }
    }

    /// The same error again, for each of several changes that shared a commit.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::ReadOnly => Self::ReadOnly,
            Self::Busy => Self::Busy,
            Self::Closed => Self::Closed,
            Self::Foreign(path) => Self::Foreign(path.clone()),
            Self::Replaced(path) => Self::Replaced(path.clone()),
            Self::Corrupt { path, detail } => Self::Corrupt { path: path.clone(), detail: detail.clone() },
            Self::Newer { path, found, known } => Self::Newer { path: path.clone(), found: *found, known: *known },
            Self::Outdated { path, found, known } => {
                Self::Outdated { path: path.clone(), found: *found, known: *known }
            }
            Self::Refused(text) => Self::Refused(text.clone()),
            other => Self::Shared(other.to_string()),
        }
    }
}

fn named(path: Option<&Path>) -> String {
    path.map_or_else(|| "the database".to_owned(), |path| path.display().to_string())
}

impl std::convert::From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        // A value that no Tempo writes.
        if let rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) = e
        {
            return Self::Corrupt { path: None, detail: e.to_string() };
        }
        // The memory that processes share is a file, too: it gets its first bytes when it is opened, the others when they are used.
        let of_shared = [rusqlite::ffi::SQLITE_IOERR_SHMOPEN, rusqlite::ffi::SQLITE_IOERR_SHMSIZE];
        if e.sqlite_error().is_some_and(|e| of_shared.contains(&e.extended_code)) {
            return Self::Full;
        }
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path: None, detail: e.to_string() }
            }
            _ => Self::Sql(e),
        }
    }
}

//! What the editor asks its worker for, and what that answers.

use std::path::PathBuf;

use jiff::Timestamp;

use super::check::Finding;
use crate::domain::version::{File, Hash};
use crate::domain::{TaskId, VersionId};

/// A wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorRequest {
    /// The files of this task, now and whenever they change; with nothing, of none.
    Show(Option<TaskId>),
    /// Write a file.
    Save(Saving),
    /// Keep a text that is not saved.
    Draft {
        /// Of this file.
        path: PathBuf,
        /// The text.
        bytes: Vec<u8>,
        /// Its revision, for the answer.
        revision: u64,
    },
    /// Say what is wrong in a file of this content.
    Check {
        /// The file.
        path: PathBuf,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// Forget what was kept.
    Forget(PathBuf),
}

/// A file that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saving {
    /// The task whose file it is, and its slug.
    pub task: (TaskId, String),
    /// Which of its files.
    pub file: File,
    /// Where that is.
    pub path: PathBuf,
    /// Its new content.
    pub bytes: Vec<u8>,
    /// The revision of the text, for the answer.
    pub revision: u64,
    /// What must be on the disk, nothing when no file; `None` to write whatever is there.
    pub over: Option<Option<Hash>>,
}

/// A file on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Its content, nothing when there is none; or why it cannot be read.
    pub bytes: Result<Option<Vec<u8>>, String>,
    /// Why it cannot be written.
    pub locked: Option<String>,
    /// A text that was not saved, when it is another one.
    pub draft: Option<Draft>,
}

/// A text that was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub bytes: Vec<u8>,
    /// When it was kept.
    pub at: Timestamp,
}

/// What a task executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executed {
    /// These files, the script first; and its environment in words, when it has one.
    Files(Vec<(PathBuf, Disk)>, Option<String>),
    /// This line of shell.
    Command(String),
    /// The task is gone.
    Gone,
    /// It is not known, and why.
    Unknown(String),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorAnswer {
    /// What a task executes, and its slug; also when it has changed.
    Shown(TaskId, String, Executed),
    /// A file was written.
    Saved {
        /// The file.
        path: PathBuf,
        /// The revision of its text.
        revision: u64,
        /// Its content.
        hash: Hash,
        /// The version that it is now; nothing when it was that already, or there is none.
        version: Option<VersionId>,
    },
    /// A file was not written: somebody else has changed it. Its content, nothing when it is gone.
    Conflict(PathBuf, Option<Vec<u8>>),
    /// A file was not written, and why.
    Unsaved(PathBuf, String),
    /// A file was written, but there is no version of it: why.
    Unnoted(PathBuf, String),
    /// A file was written, but what is installed is what a lock says that is older: the slug of the task.
    OldLock(PathBuf, String),
    /// A draft is kept, or why not.
    Drafted(PathBuf, u64, Result<(), String>),
    /// Of these files drafts of before wait.
    Waiting(Vec<PathBuf>),
    /// A file was looked through.
    Checked {
        /// The file.
        path: PathBuf,
        /// Its content.
        hash: Hash,
        /// What was found in it, by line.
        found: Vec<Finding>,
        /// Why nobody knows whether it is right.
        unknown: Option<String>,
    },
}

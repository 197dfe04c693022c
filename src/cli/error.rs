//! What goes wrong in a verb: a message on standard error and an exit code (CLI.md).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::output::to_plain;
use crate::store::StoreError;

pub(super) type Result<T> = std::result::Result<T, CliError>;

#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was to be changed is named by a filter that finds nothing.
    #[error("{}", none_found(.0))]
    NoneFound(String),
    /// A value or a change that the rules forbid, with what would be right.
    #[error("{0}")]
    Refused(String),
    /// What was asked for is kept no longer (O3).
    #[error("{0}")]
    Removed(String),
    #[error("no engine is running, so that nothing would start; start `tempo` or `tempo daemon`, or leave --wait out")]
    NoEngine,
    #[error("{0}")]
    Failed(String),
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

fn none_found(filter: &str) -> String {
    if filter.trim().is_empty() { "there is no task".to_owned() } else { format!("no task is found by `{filter}`") }
}

impl CliError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Store(StoreError::NotFound(_) | StoreError::InTrash { .. })
            | Self::Removed(_)
            | Self::NoneFound(_) => 3,
            Self::Store(StoreError::Refused(_)) | Self::Refused(_) => 4,
            Self::Store(_) => 5,
            Self::NoEngine => 6,
            Self::Failed(_) | Self::File { .. } | Self::Print(_) => 1,
        }
    }

    /// Says it and returns the exit code. A reader that went away (`tempo list | head`) has what it wanted: that is no error.
    pub(super) fn report(&self) -> u8 {
        if let Self::Print(e) = self
            && e.kind() == io::ErrorKind::BrokenPipe
        {
            return 0;
        }
        complain(self);
        self.code()
    }
}

/// Says why the store cannot be used, and returns the exit code for it.
#[must_use]
pub fn refuse(error: StoreError) -> u8 {
    CliError::from(error).report()
}

/// Prints `tempo: ...` on standard error, with nothing in it that could act on a terminal (O4).
pub fn complain(message: &dyn std::fmt::Display) {
    let mut text = String::new();
    for line in message.to_string().lines() {
        text.push_str(if text.is_empty() { "tempo: " } else { "       " });
        text.push_str(&to_plain(line.as_bytes()));
        text.push('\n');
    }
    // Nobody is left to be told.
    let _ = io::stderr().write_all(text.as_bytes());
}

//! A run that was asked for from the text, until all that it executes is saved and looked through.

use std::path::{Path, PathBuf};

use super::check::Finding;
use crate::domain::version::Hash;
use crate::domain::{TaskId, VersionId};

/// Such a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Of this task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Files that are not saved, or not looked through; of those that are saved, the content.
    waits: Vec<(PathBuf, Option<Hash>)>,
    /// The newest version that came of it.
    pub version: Option<VersionId>,
    /// What will not run, each in a line.
    pub wrong: Vec<String>,
}

impl Launch {
    /// One that waits for nothing yet.
    pub fn new(task: TaskId, slug: String) -> Self {
        Self { task, slug, waits: Vec::new(), version: None, wrong: Vec::new() }
    }

    /// Waits until a file is looked through: as it is with this content, else as it will be saved.
    pub fn wait(&mut self, path: PathBuf, content: Option<Hash>) {
        self.waits.push((path, content));
    }

    /// Whether it waits for this file.
    pub fn waits_for(&self, path: &Path) -> bool {
        self.waits.iter().any(|(file, _)| file == path)
    }

    /// Whether it waits for nothing.
    pub fn is_ready(&self) -> bool {
        self.waits.is_empty()
    }

    /// A file was saved, as this version when it was not its newest one already. False when this is not about it.
    pub fn saved(&mut self, path: &Path, hash: Hash, version: Option<VersionId>) -> bool {
        let Some((_, content)) = self.waits.iter_mut().find(|(file, _)| file == path) else { return false };
        *content = Some(hash);
        self.version = self.version.max(version);
        true
    }

    /// A file of this content was looked through.
    pub fn checked<'a>(&mut self, path: &Path, hash: Hash, wrong: impl Iterator<Item = &'a Finding>) {
        let is_it = |(file, content): &(PathBuf, Option<Hash>)| file == path && *content == Some(hash);
        let Some(at) = self.waits.iter().position(is_it) else { return };
        self.waits.remove(at);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.wrong.extend(wrong.map(|finding| format!("{name}, line {}: {}", finding.row + 1, finding.text)));
    }
}

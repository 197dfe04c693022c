//! Scripts whose content stands in the file that is imported: those that are not there are made, and no other is touched.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use toml::Value;

use super::super::StoreError;
use super::Table;

/// The key of a task for its content.
pub const CONTENT: &str = "script-content";
/// The key of a task that says whether it may be run by its name.
pub const EXECUTABLE: &str = "script-executable";

/// What the file says about a script.
#[derive(Debug, Clone)]
pub struct Script {
    /// What stands in it.
    pub content: String,
    /// Whether it may be run by its name.
    pub executable: bool,
}

impl Script {
    /// The one of a task, if its content stands there.
    pub(super) fn of(table: &Table) -> Result<Option<Self>, String> {
        let executable = match table.get(EXECUTABLE) {
            None => false,
            Some(Value::Boolean(executable)) => *executable,
            Some(_) => return Err(format!("{EXECUTABLE}: takes true or false")),
        };
        match table.get(CONTENT) {
            None if table.get(EXECUTABLE).is_some() => Err(format!("{EXECUTABLE}: goes with {CONTENT}")),
            None => Ok(None),
            Some(Value::String(content)) => Ok(Some(Self { content: content.clone(), executable })),
            Some(_) => Err(format!("{CONTENT}: takes a text")),
        }
    }
}

/// What was done about the scripts of a file.
#[derive(Debug, Default)]
pub struct Scripts {
    made: Vec<PathBuf>,
    kept: Vec<PathBuf>,
}

impl Scripts {
    /// Makes it when there is no such file.
    pub(super) fn put(&mut self, path: &Path, script: &Script) -> Result<(), StoreError> {
        let failed = |source| StoreError::Refused(format!("script: cannot write {}: {source}", path.display()));
        match fs::read(path) {
            Ok(there) if there == script.content.as_bytes() || self.made.iter().any(|made| made == path) => {
                return Ok(());
            }
            Ok(_) => {
                self.kept.push(path.to_owned());
                return Ok(());
            }
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            Err(_) => {}
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mode = if script.executable { 0o755 } else { 0o644 };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
        self.made.push(path.to_owned());
        file.write_all(script.content.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// Removes what was made.
    pub(super) fn take_back(&mut self) {
        for path in self.made.drain(..) {
            // One that stays harms nothing: no task names it.
            let _ = fs::remove_file(path);
        }
    }

    /// Those that are there with another content.
    pub fn kept(&self) -> &[PathBuf] {
        &self.kept
    }
}

//! Scripts whose content stands in the file that is imported: those that are not there are made, those that are another are named;
//! and their versions.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use toml::Value;

use super::super::StoreError;
use super::Table;
use crate::domain::TaskId;
use crate::domain::version::{self, Content, File, Origin};

/// The key of a task for its content.
pub const CONTENT: &str = "script-content";
/// The key of a task that says whether it may be run by its name.
pub const EXECUTABLE: &str = "script-executable";
/// The key of a task for what stands in the `requirements.txt` beside its script.
pub const REQUIREMENTS: &str = "requirements-content";
/// The key of a task for the versions of these files, the oldest first.
pub const VERSIONS: &str = "versions";
/// How the path of a script begins that Tempo made: the folder of the scripts, wherever that is.
pub const HOME: &str = "$SCRIPTS/";

/// What the file says about a script.
#[derive(Debug, Clone)]
pub struct Script {
    /// What stands in it.
    pub content: String,
    /// Whether it may be run by its name.
    pub executable: bool,
    /// What stands in its requirements, if they are to be made.
    pub requirements: Option<String>,
}

/// A version as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Past {
    /// `script` or `requirements`.
    pub file: File,
    /// When it was noted.
    pub saved_at: Timestamp,
    /// How it came there.
    pub origin: Origin,
    /// The commit of the git checkout in which the file lay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What stood in it.
    pub content: String,
}

impl Past {
    /// Those of a task.
    pub(super) fn of(table: &Table) -> Result<Vec<Self>, String> {
        let Some(value) = table.get(VERSIONS) else { return Ok(Vec::new()) };
        value.clone().try_into().map_err(|e: toml::de::Error| format!("{VERSIONS}: {}", e.message()))
    }
}

/// The path of a script as it stands in a file: that of one which Tempo made begins with the folder of the scripts.
pub(super) fn path(text: &str, home: &Path) -> Result<Option<PathBuf>, String> {
    let Some(rest) = text.strip_prefix(HOME) else { return Ok(None) };
    if Path::new(rest).components().all(|part| matches!(part, Component::Normal(_))) && !rest.is_empty() {
        Ok(Some(home.join(rest)))
    } else {
        Err(format!("script: {text} leads out of the folder of the scripts"))
    }
}

impl Script {
    /// The one of a task, if its content stands there.
    pub(super) fn of(table: &Table) -> Result<Option<Self>, String> {
        let executable = match table.get(EXECUTABLE) {
            None => false,
            Some(Value::Boolean(executable)) => *executable,
            Some(_) => return Err(format!("{EXECUTABLE}: takes true or false")),
        };
        let requirements = match table.get(REQUIREMENTS) {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => return Err(format!("{REQUIREMENTS}: takes a text")),
        };
        match table.get(CONTENT) {
            None if requirements.is_some() => Err(format!("{REQUIREMENTS}: goes with {CONTENT}")),
            None if table.get(EXECUTABLE).is_some() => Err(format!("{EXECUTABLE}: goes with {CONTENT}")),
            None => Ok(None),
            Some(Value::String(content)) => Ok(Some(Self { content: content.clone(), executable, requirements })),
            Some(_) => Err(format!("{CONTENT}: takes a text")),
        }
    }
}

/// Whether a file may be made there, or in words why not: the settings may forbid it.
pub type MayWrite<'a> = &'a dyn Fn(&Path) -> Result<(), String>;

/// What was done about the scripts of a file.
#[derive(Debug, Default)]
pub struct Scripts {
    made: Vec<PathBuf>,
    others: Vec<Other>,
}

/// A file that is there, and another one than the import has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Whose it is.
    pub task: TaskId,
    /// Which of its files.
    pub file: File,
    /// Where it is.
    pub path: PathBuf,
    /// What the import has for it.
    pub content: String,
}

/// The files of a script, after those that were not there were made.
#[derive(Debug, Default)]
pub(super) struct Put {
    /// Those that are as the import has them.
    pub(super) same: Vec<(File, Content)>,
    /// Those that are not, with what the import has.
    pub(super) others: Vec<(File, PathBuf, String)>,
}

impl Scripts {
    /// Makes those of its files that are not there. Of one that is there and to be replaced it is only asked whether that is allowed:
    /// it is written when all tasks are stored.
    pub(super) fn put(
        &mut self,
        path: &Path,
        script: &Script,
        replace: bool,
        may_write: MayWrite<'_>,
    ) -> Result<Put, StoreError> {
        let mode = if script.executable { 0o755 } else { 0o644 };
        let mut all = vec![(File::Script, path.to_owned(), &script.content, mode)];
        if let Some(text) = &script.requirements {
            all.push((File::Requirements, path.with_file_name(version::REQUIREMENTS), text, 0o644));
        }
        let mut put = Put::default();
        for (file, path, text, mode) in all {
            if self.put_file(&path, text, mode, may_write)? {
                put.same.push((file, Content::of(text.as_str())));
                continue;
            }
            if replace {
                may_write(&path).map_err(|why| StoreError::Refused(format!("script: {why}")))?;
            }
            put.others.push((file, path, text.clone()));
        }
        Ok(put)
    }

    /// Notes files that are another one than the import has, of this task.
    pub(super) fn differ(&mut self, task: TaskId, others: Vec<(File, PathBuf, String)>) {
        self.others.extend(others.into_iter().map(|(file, path, content)| Other { task, file, path, content }));
    }

    /// False when there is another one, which is not touched.
    fn put_file(&mut self, path: &Path, content: &str, mode: u32, may_write: MayWrite<'_>) -> Result<bool, StoreError> {
        let failed = |source| StoreError::Refused(format!("script: cannot write {}: {source}", path.display()));
        match fs::read(path) {
            Ok(there) if there == content.as_bytes() || self.made.iter().any(|made| made == path) => {
                return Ok(true);
            }
            Ok(_) => return Ok(false),
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            Err(_) => {}
        }
        may_write(path).map_err(|why| StoreError::Refused(format!("script: {why}")))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
        self.made.push(path.to_owned());
        file.write_all(content.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(true)
    }

    /// How many files were made.
    pub(super) const fn made(&self) -> usize {
        self.made.len()
    }

    /// Removes what was made after so many.
    pub(super) fn take_back(&mut self, from: usize) {
        for path in self.made.drain(from..) {
            // One that stays harms nothing: no task names it.
            let _ = fs::remove_file(path);
        }
    }

    /// Those that are there with another content.
    pub fn others(&self) -> &[Other] {
        &self.others
    }
}

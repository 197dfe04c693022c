//! A text of tasks on the disk, from the editor until it was carried out: what was not is offered the next time (A6).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::{CliError, Result};
use crate::store::roster::Opened;

/// The text, and what it was before.
#[derive(Debug)]
pub(super) struct Sheet {
    /// What the person edits.
    pub(super) file: PathBuf,
    /// As it was opened.
    pub(super) opened: Opened,
    /// Beside it: what it was made of. It has a lock, which goes with the process.
    origin: PathBuf,
    _held: File,
}

/// What a text was made of.
#[derive(Serialize, Deserialize)]
struct Origin {
    filter: String,
    tasks: usize,
    text: String,
}

impl Sheet {
    /// Writes it into the folder.
    pub(super) fn new(folder: &Path, filter: &str, opened: Opened) -> Result<Self> {
        let broken = |path: &Path, e| CliError::file(path, e);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| broken(folder, e))?;
        let process = std::process::id();
        let mut file = folder.join(format!("tasks.{process}.conf"));
        // One of this number may be kept from before.
        let mut made = create(&file);
        for more in 2..100 {
            if !matches!(&made, Err(e) if e.kind() == io::ErrorKind::AlreadyExists) {
                break;
            }
            file = folder.join(format!("tasks.{process}-{more}.conf"));
            made = create(&file);
        }
        made.and_then(|mut to| to.write_all(opened.text.as_bytes())).map_err(|e| broken(&file, e))?;
        let origin = file.with_extension("json");
        let made_of = Origin { filter: filter.trim().to_owned(), tasks: opened.tasks, text: opened.text.to_string() };
        let written = create(&origin).and_then(|mut to| {
            flock(&to, FlockOperation::LockExclusive)?;
            serde_json::to_writer(&to, &made_of)?;
            to.flush()?;
            Ok(to)
        });
        let held = written.map_err(|e| broken(&origin, e))?;
        Ok(Self { file, opened, origin, _held: held })
    }

    /// The newest text for this filter that nobody edits, and that was not carried out.
    pub(super) fn waiting(folder: &Path, filter: &str) -> Option<Self> {
        let entries = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let files = entries.filter(|path| path.extension().is_some_and(|end| end == "conf"));
        let changed_at = |file: &Path| fs::metadata(file).and_then(|file| file.modified());
        let mut files: Vec<(SystemTime, PathBuf)> =
            files.filter_map(|file| Some((changed_at(&file).ok()?, file))).collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        files.into_iter().find_map(|(_, file)| Self::kept(file, filter))
    }

    fn kept(file: PathBuf, filter: &str) -> Option<Self> {
        let origin = file.with_extension("json");
        let held = File::open(&origin).ok()?;
        flock(&held, FlockOperation::NonBlockingLockExclusive).ok()?;
        let made_of: Origin = serde_json::from_reader(&held).ok()?;
        if made_of.filter != filter.trim() {
            return None;
        }
        let opened = Opened { text: made_of.text.into(), tasks: made_of.tasks };
        let sheet = Self { file, opened, origin, _held: held };
        if sheet.is_written() {
            return Some(sheet);
        }
        sheet.remove();
        None
    }

    /// Whether somebody wrote something in it.
    pub(super) fn is_written(&self) -> bool {
        fs::read(&self.file).is_ok_and(|text| text != self.opened.text.as_bytes())
    }

    /// It is not needed any more.
    pub(super) fn remove(self) {
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.origin);
    }
}

fn create(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
}

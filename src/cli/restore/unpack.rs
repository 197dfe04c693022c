//! A backup, unpacked and checked beside what it is to replace, on the same disks.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::archive::{self, Manifest};
use super::super::backup::beside;
use super::{below, is_database};
use crate::config::Paths;

/// The parts of a backup, as files.
pub(super) struct Unpacked {
    pub(super) manifest: Manifest,
    /// Everything but the run folders.
    pub(super) folder: PathBuf,
    pub(super) database: PathBuf,
    /// The run folders.
    pub(super) runs: PathBuf,
}

/// The scripts and calendars of a backup.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that are not there: from where and to where.
    pub(super) missing: Vec<(PathBuf, PathBuf)>,
    /// Those that are there with another content.
    pub(super) different: Vec<PathBuf>,
}

impl Files {
    /// Puts what is missing where it was.
    pub(super) fn put(&self) -> io::Result<()> {
        for (from, to) in &self.missing {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            // Copied: it may be another disk.
            fs::copy(from, to).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", to.display())))?;
        }
        Ok(())
    }
}

impl Unpacked {
    /// Unpacks it. `InvalidData` when it is no backup, or not as it was written; then nothing of it is left.
    pub(super) fn take(file: File, paths: &Paths) -> io::Result<Self> {
        let database = paths.database();
        let folder = beside(&database, ".restore");
        let runs = beside(&paths.runs(), ".restore");
        let unpacked = Self::into(file, &folder, &runs);
        if unpacked.is_err() {
            remove(&folder);
            remove(&runs);
        }
        unpacked
    }

    fn into(file: File, folder: &Path, runs: &Path) -> io::Result<Self> {
        for folder in [folder, runs] {
            // What a restore that was killed has left.
            remove(folder);
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let database = folder.join("tempo.db");
        let manifest = archive::read(file, |found| {
            let path = if is_database(&found.path) {
                database.clone()
            } else if let Some(rest) = below(&found.path, archive::RUNS) {
                runs.join(rest)
            } else {
                folder.join(&found.path)
            };
            write(&path, found.mode, found.content)
        })?;
        if manifest.format > archive::FORMAT {
            return Err(io::Error::new(ErrorKind::InvalidData, "a newer Tempo made it; restore it with that one"));
        }
        if !database.exists() {
            return Err(io::Error::new(ErrorKind::InvalidData, "there is no database in it"));
        }
        // On the disk before anything is moved: a sync of each of the files would take long.
        for folder in [folder, runs] {
            rustix::fs::syncfs(File::open(folder)?)?;
        }
        Ok(Self { manifest, folder: folder.to_owned(), database, runs: runs.to_owned() })
    }

    /// The scripts and calendars in it.
    pub(super) fn files(&self) -> io::Result<Files> {
        let mut files = Files::default();
        let root = self.folder.join(archive::FILES);
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let from = entry?.path();
                if from.is_dir() {
                    folders.push(from);
                    continue;
                }
                let to = Path::new("/").join(from.strip_prefix(&root).unwrap_or(&from));
                match fs::read(&to) {
                    Ok(there) if there == fs::read(&from)? => {}
                    Err(e) if e.kind() == ErrorKind::NotFound => files.missing.push((from, to)),
                    Ok(_) | Err(_) => files.different.push(to),
                }
            }
        }
        files.missing.sort();
        files.different.sort();
        Ok(files)
    }

    /// Puts the settings, or the keys, back; others that are there are kept beside them.
    pub(super) fn put_settings(&self, settings: &Path, time: &str) -> io::Result<()> {
        let Some(name) = settings.file_name() else { return Ok(()) };
        let from = self.folder.join(archive::CONFIG).join(name);
        let Ok(content) = fs::read(&from) else { return Ok(()) };
        match fs::read(settings) {
            Ok(there) if there == content => return Ok(()),
            Ok(_) => fs::rename(settings, beside(settings, &format!(".before-restore-{time}")))?,
            Err(_) => {}
        }
        if let Some(folder) = settings.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from, settings).map(drop)
    }

    /// Removes what is left of it.
    pub(super) fn remove(&self) {
        remove(&self.folder);
        remove(&self.runs);
    }
}

fn remove(folder: &Path) {
    // What cannot be removed takes room, and the next restore tries again.
    let _ = fs::remove_dir_all(folder);
}

/// Writes a file of the backup.
fn write(path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode & 0o777).open(path)?;
    io::copy(content, &mut file).map(drop)
}

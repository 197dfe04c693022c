//! The folders of environments: `envs/<slug>/<key>-<run>/`, each made at its place by one run, and complete when its marker is there.
//!
//! A folder has the number of the run that made it in its name: a build never touches a folder that another one made, so that an
//! environment that works stays as it is until a later one is complete, also when it is built anew for the same key.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::domain::RunId;
use crate::domain::python::Release;

/// The file that is written last.
const MARKER: &str = "ready.json";

/// An environment of an earlier key that no run has used for so long is removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);

/// One that another took the place of stays so long: a run that chose it may be about to start.
const REPLACED: Duration = Duration::from_secs(600);

/// That it is used is noted no more often than this.
const NOTED: Duration = Duration::from_secs(24 * 3600);

/// A package in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// As it calls itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it is asked for when it did not come from an index, as `name @ https://...`.
    pub source: Option<String>,
}

/// What the marker of an environment says: all that there is to know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// What it was made from, as a hash.
    pub key: String,
    /// The interpreter.
    pub python: PathBuf,
    /// Its version.
    pub version: String,
    /// With what it was made: `uv`, `pip` or, when nothing was to be installed, `bare`.
    pub builder: String,
    /// It was made from a lock.
    pub locked: bool,
    /// A hash of what was asked for, whatever a lock says.
    pub asked: String,
    /// The packages that were resolved, with their versions.
    pub packages: Vec<Package>,
}

impl Marker {
    /// `3.12.1`, as the version that it is.
    pub fn release(&self) -> Release {
        self.version.parse().unwrap_or_else(|_| Release::new(&[3]))
    }
}

/// An environment that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Its folder.
    pub folder: PathBuf,
    /// What its marker says.
    pub marker: Marker,
}

impl Ready {
    /// The run that made it.
    pub fn run(&self) -> Option<RunId> {
        parts(&self.folder).map(|(_, run)| RunId(run))
    }

    /// The interpreter in it.
    pub fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// What its files take on the disk, in bytes. Looks at each.
    pub fn size(&self) -> u64 {
        size(&self.folder)
    }

    /// Notes that a run uses it: what nobody uses is removed in the end.
    pub fn touch(&self) {
        let marker = self.folder.join(MARKER);
        let noted = marker.metadata().and_then(|metadata| metadata.modified());
        if noted.is_ok_and(|at| is_past(at, NOTED)) {
            // On a disk without room, or one that only reads, it is used all the same.
            let _ = File::open(&marker).and_then(|file| file.set_modified(SystemTime::now()));
        }
    }
}

/// The folder in which a run makes an environment with this key.
pub(super) fn place(all: &Path, key: &str, run: RunId) -> PathBuf {
    all.join(format!("{key}-{run}"))
}

/// The newest complete environment with this key, if it is sound: its marker can be read, and its interpreter is there.
pub(super) fn ready(all: &Path, key: &str) -> Option<Ready> {
    let mut found: Vec<(i64, PathBuf)> = folders(all)
        .into_iter()
        .filter_map(|folder| parts(&folder).filter(|(of, _)| of == key).map(|(_, run)| (run, folder)))
        .collect();
    found.sort();
    found.into_iter().rev().find_map(|(_, folder)| read(&folder).filter(|ready| ready.python().exists()))
}

/// What is in a folder, when it is complete.
pub fn read(folder: &Path) -> Option<Ready> {
    let marker: Marker = serde_json::from_slice(&fs::read(folder.join(MARKER)).ok()?).ok()?;
    Some(Ready { folder: folder.to_owned(), marker })
}

/// Every environment of one script that is complete.
pub fn of_script(all: &Path) -> Vec<Ready> {
    folders(all).iter().filter_map(|folder| read(folder)).collect()
}

/// Removes an environment. It is not complete any more before the first of its files goes.
pub fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(MARKER)) {
        Err(e) if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Err(e),
        _ => {}
    }
    match fs::remove_dir_all(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// What of the environments of one script is in use.
#[derive(Debug, Clone, Default)]
pub struct InUse {
    /// The key that its next run has.
    pub key: Option<String>,
    /// A run of it lives: nothing that is complete is removed.
    pub lives: bool,
    /// The runs that build one and have not ended.
    pub builds: Vec<RunId>,
}

/// Removes what nobody needs any more of the environments of one script: broken builds, those that a newer one took the place of, and
/// those of earlier keys that were not used for 30 days. Says how many.
pub fn tidy(all: &Path, in_use: &InUse) -> usize {
    let mut removed = 0;
    let folders: Vec<(PathBuf, String, i64)> =
        folders(all).into_iter().filter_map(|folder| parts(&folder).map(|(key, run)| (folder, key, run))).collect();
    let complete: Vec<(String, i64, SystemTime)> =
        folders.iter().filter_map(|(folder, key, run)| Some((key.clone(), *run, used_at(folder)?))).collect();
    for (folder, key, run) in &folders {
        let gone = match complete.iter().find(|(of, n, _)| of == key && n == run) {
            None => !in_use.builds.iter().any(|build| build.0 == *run),
            Some(_) if in_use.lives => false,
            Some((_, _, used)) => {
                let newer = complete.iter().find(|(of, n, _)| of == key && n > run);
                newer.is_some_and(|(_, _, made)| is_past(*made, REPLACED))
                    || (in_use.key.as_ref() != Some(key) && is_past(*used, UNUSED))
            }
        };
        if gone {
            match remove(folder) {
                Ok(()) => removed += 1,
                Err(e) => tracing::warn!(path = %folder.display(), error = %e, "an environment cannot be removed"),
            }
        }
    }
    removed
}

fn used_at(folder: &Path) -> Option<SystemTime> {
    read(folder)?;
    folder.join(MARKER).metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Whether so much time has passed since then; a time to come counts as now.
fn is_past(at: SystemTime, time: Duration) -> bool {
    at.elapsed().is_ok_and(|age| age >= time)
}

fn folders(all: &Path) -> Vec<PathBuf> {
    fs::read_dir(all).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The key and the run in the name of a folder.
fn parts(folder: &Path) -> Option<(String, i64)> {
    let (key, run) = folder.file_name()?.to_str()?.rsplit_once('-')?;
    Some((key.to_owned(), run.parse().ok()?))
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        Err(_) => 0,
    };
    entries.map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(all: &Path, name: &str, age: Duration) -> PathBuf {
        let folder = all.join(name);
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join("bin/python"), "").unwrap();
        let marker = Marker {
            key: parts(&folder).unwrap().0,
            python: PathBuf::from("/usr/bin/python3"),
            version: "3.12.1".to_owned(),
            builder: "pip".to_owned(),
            locked: false,
            asked: String::new(),
            packages: Vec::new(),
        };
        fs::write(folder.join(MARKER), serde_json::to_vec(&marker).unwrap()).unwrap();
        let at = SystemTime::now() - age;
        File::options().append(true).open(folder.join(MARKER)).unwrap().set_modified(at).unwrap();
        folder
    }

    fn names(all: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            folders(all).iter().map(|f| f.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_newest_complete_and_sound_environment_of_a_key_is_the_one() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path();
        assert_eq!(ready(all, "aa"), None);
        complete(all, "aa-9", Duration::ZERO);
        let newest = complete(all, "aa-10", Duration::ZERO);
        complete(all, "bb-11", Duration::ZERO);
        fs::create_dir(all.join("aa-12")).unwrap();
        assert_eq!(ready(all, "aa").unwrap().folder, newest, "by the number, and without a marker it is nothing");
        fs::remove_file(newest.join("bin/python")).unwrap();
        assert!(ready(all, "aa").unwrap().folder.ends_with("aa-9"), "its interpreter went away");
        fs::write(all.join("aa-9").join(MARKER), "{").unwrap();
        assert_eq!(ready(all, "aa"), None);
    }

    #[test]
    fn what_nobody_needs_is_removed_and_what_a_run_may_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path();
        let day = Duration::from_secs(24 * 3600);
        complete(all, "aa-1", day);
        complete(all, "aa-2", day);
        complete(all, "bb-3", 29 * day);
        complete(all, "cc-4", 31 * day);
        complete(all, "dd-5", 31 * day);
        complete(all, "dd-6", Duration::from_secs(5));
        fs::create_dir(all.join("ee-7")).unwrap();
        fs::create_dir(all.join("ee-8")).unwrap();
        let mut in_use = InUse { key: Some("aa".to_owned()), lives: true, builds: vec![RunId(8)] };
        assert_eq!(tidy(all, &in_use), 1);
        assert_eq!(names(all), ["aa-1", "aa-2", "bb-3", "cc-4", "dd-5", "dd-6", "ee-8"], "a run lives");
        in_use.lives = false;
        in_use.key = Some("dd".to_owned());
        assert_eq!(tidy(all, &in_use), 2);
        assert_eq!(names(all), ["aa-2", "bb-3", "dd-5", "dd-6", "ee-8"], "dd-6 has just come");
    }

    #[test]
    fn the_use_of_an_environment_is_noted_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let day = Duration::from_secs(24 * 3600);
        let at = complete(folder.path(), "aa-1", 40 * day);
        let used = || is_past(used_at(&at).unwrap(), day);
        assert!(used());
        read(&at).unwrap().touch();
        assert!(!used());
        assert!(read(&at).unwrap().size() > 0);
    }
}

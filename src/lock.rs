//! The engine's lock file: whoever holds it is the engine (DESIGN 1.2), and its text says who that is.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// The length of the text, longer than any holder.
const SIGNATURE: usize = 256;

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Whether it has a screen.
    pub role: Role,
    /// Its version.
    pub version: String,
    /// Since when.
    pub since: Timestamp,
}

/// What kind of process the engine lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The dashboard.
    Dashboard,
    /// `tempo daemon`.
    Daemon,
    /// A program that uses the library.
    Library,
}

impl Holder {
    /// This process.
    pub fn this(role: Role, now: Timestamp) -> Self {
        Self { pid: std::process::id(), role, version: env!("CARGO_PKG_VERSION").to_owned(), since: now }
    }
}

/// A held lock. It is released when this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock if nobody holds it.
    pub fn try_take(path: &Path, holder: &Holder) -> io::Result<Option<Self>> {
        let file = open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Self::signed(file, holder).map(Some),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Takes the lock as soon as nobody holds it. Blocks, without waking up in between.
    pub fn take(path: &Path, holder: &Holder) -> io::Result<Self> {
        let file = open(path)?;
        while let Err(e) = flock(&file, FlockOperation::LockExclusive) {
            if e != rustix::io::Errno::INTR {
                return Err(e.into());
            }
        }
        Self::signed(file, holder)
    }

    /// Writes who holds it over who held it, in one write of a fixed length: a reader sees the one or the other.
    fn signed(file: File, holder: &Holder) -> io::Result<Self> {
        let text = format!("{:<SIGNATURE$}", serde_json::json!(holder).to_string());
        file.write_all_at(text.as_bytes(), 0)?;
        Ok(Self { _file: file })
    }
}

/// Who holds the lock now; `None` when nobody does.
pub fn holder(path: &Path) -> io::Result<Option<Holder>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    // A shared lock, so that two who ask at once do not take each other for the engine.
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(None),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            // The first holder ever has taken the lock and not signed it yet.
            Ok(Some(serde_json::from_str(&text).unwrap_or(Holder {
                pid: 0,
                role: Role::Daemon,
                version: String::new(),
                since: Timestamp::UNIX_EPOCH,
            })))
        }
        Err(e) => Err(e.into()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_the_lock_and_everybody_can_tell_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/engine.lock");
        let me = Holder::this(Role::Daemon, Timestamp::UNIX_EPOCH);
        assert_eq!(holder(&path).unwrap(), None);
        let lock = Lock::try_take(&path, &me).unwrap().unwrap();
        assert!(Lock::try_take(&path, &me).unwrap().is_none());
        assert_eq!(holder(&path).unwrap(), Some(me.clone()));
        drop(lock);
        // A process that another test is just making has a copy of the lock until it executes its program.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while holder(&path).unwrap().is_some() {
            assert!(std::time::Instant::now() < deadline, "the lock is not free");
            std::thread::yield_now();
        }
        drop(Lock::take(&path, &me).unwrap());
    }

    #[test]
    fn who_waits_for_the_lock_gets_it_when_the_holder_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.lock");
        let me = Holder::this(Role::Dashboard, Timestamp::UNIX_EPOCH);
        let first = Lock::try_take(&path, &me).unwrap().unwrap();
        let waiting = std::thread::spawn({
            let (path, me) = (path.clone(), me.clone());
            move || Lock::take(&path, &me)
        });
        drop(first);
        let second = waiting.join().unwrap().unwrap();
        assert!(Lock::try_take(&path, &me).unwrap().is_none());
        drop(second);
    }
}

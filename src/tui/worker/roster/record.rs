//! What is written down of a bulk edit while it is done, so that one that was broken off is told of at the next start (A6).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};

use crate::tui::editor::roster::Kept;

/// A bulk edit that is being done: a file with a lock on it, which goes with the process. Without it, it was broken off.
#[derive(Debug)]
pub(in crate::tui) struct Record {
    file: PathBuf,
    _held: File,
}

impl Record {
    /// Writes down what is about to be done.
    pub(in crate::tui) fn begin(folder: &Path, kept: &Kept, now: Timestamp) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let file = folder.join(std::process::id().to_string());
        let mut held = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&file)?;
        flock(&held, FlockOperation::LockExclusive)?;
        held.set_len(0)?;
        writeln!(held, "{now}")?;
        held.write_all(&kept.to_bytes())?;
        held.sync_all()?;
        File::open(folder)?.sync_all()?;
        Ok(Self { file, _held: held })
    }

    /// It has come to its end.
    pub(in crate::tui) fn end(self) {
        // What cannot be removed is told of once more than needed.
        if let Err(e) = fs::remove_file(&self.file) {
            tracing::warn!(error = %e, file = %self.file.display(), "the record of a bulk edit stays");
        }
    }
}

/// Those that were broken off: when each began, and its text. They are not found again.
pub(super) fn broken_off(folder: &Path) -> Vec<(Timestamp, Kept)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let found = entries.filter_map(|entry| taken(&entry.ok()?.path()).ok()?);
    found.collect()
}

/// Takes a record out of the folder, unless its process lives. What was not written to its end had not begun.
fn taken(path: &Path) -> io::Result<Option<(Timestamp, Kept)>> {
    let mut file = File::open(path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    // Its process may have come to the end of it just now.
    if fs::metadata(path)?.ino() != file.metadata()?.ino() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    fs::remove_file(path)?;
    Ok(read(&bytes))
}

fn read(bytes: &[u8]) -> Option<(Timestamp, Kept)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let at = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    Some((at, Kept::read(&bytes[end + 1..])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::roster::Opened;

    #[test]
    fn a6_a_record_is_found_once_when_its_process_has_gone_and_never_before() {
        let folder = tempfile::tempdir().unwrap();
        let applied = folder.path().join("applied");
        let kept = Kept { opened: Opened { text: "1 a\n".into(), tasks: 1 }, text: "1 b\n".into() };
        assert_eq!(broken_off(&applied), []);
        let record = Record::begin(&applied, &kept, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(broken_off(&applied), [], "its process lives");
        // As the end of the process does.
        drop(record);
        assert_eq!(broken_off(&applied), [(Timestamp::UNIX_EPOCH, kept.clone())]);
        assert_eq!(broken_off(&applied), []);
        Record::begin(&applied, &kept, Timestamp::UNIX_EPOCH).unwrap().end();
        assert_eq!(broken_off(&applied), [], "it came to its end");
        fs::write(applied.join("1"), "1970-01-01T00:00:00Z\n{\"tas").unwrap();
        assert_eq!(broken_off(&applied), [], "it had not begun");
        assert_eq!(fs::read_dir(&applied).unwrap().count(), 0);
    }
}

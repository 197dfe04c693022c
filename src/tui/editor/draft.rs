//! Texts that are not saved, kept beside the output of runs: nothing ever executes one (UX 48).
//!
//! A draft is one file: a line of JSON that says whose it is, and below it the text as it would be saved.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::Draft;
use crate::domain::version::Hash;

#[derive(Serialize, Deserialize)]
struct Head {
    /// The file of which it is another text.
    file: PathBuf,
    /// When it was kept.
    at: Timestamp,
}

/// The file for the draft of a file.
pub fn place(folder: &Path, file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.join(format!("{}-{name}", Hash::of(file.as_os_str().as_encoded_bytes()).short()))
}

/// Keeps a text: whole, on the disk, in place of the one before.
///
/// # Errors
/// When it cannot be written; then the one before is still there.
pub fn keep(folder: &Path, file: &Path, bytes: &[u8], at: Timestamp) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let place = place(folder, file);
    let mut new = place.clone().into_os_string();
    new.push(format!(".{}", std::process::id()));
    let mut head = serde_json::to_vec(&Head { file: file.to_owned(), at })?;
    head.push(b'\n');
    let written = (|| {
        let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        out.write_all(&head)?;
        out.write_all(bytes)?;
        out.sync_all()?;
        fs::rename(&new, &place)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    File::open(folder)?.sync_all()
}

/// The draft of a file, if there is one that can be read.
pub fn read(folder: &Path, file: &Path) -> Option<Draft> {
    let all = fs::read(place(folder, file)).ok()?;
    let end = memchr::memchr(b'\n', &all)?;
    let head: Head = serde_json::from_slice(&all[..end]).ok()?;
    // Two files may have one place, though hardly ever.
    (head.file == file).then(|| Draft { bytes: all[end + 1..].to_vec(), at: head.at })
}

/// How many drafts are looked at for [`waiting`].
const MOST: usize = 100;

/// The files of which a draft waits that is not what is on the disk.
pub fn waiting(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let file = |entry: io::Result<fs::DirEntry>| {
        let all = fs::read(entry.ok()?.path()).ok()?;
        let end = memchr::memchr(b'\n', &all)?;
        let head: Head = serde_json::from_slice(&all[..end]).ok()?;
        let same = fs::read(&head.file).is_ok_and(|bytes| bytes == all[end + 1..]);
        (!same).then_some(head.file)
    };
    let mut files: Vec<PathBuf> = entries.take(MOST).filter_map(file).collect();
    files.sort();
    files.dedup();
    files
}

/// Forgets the draft of a file.
///
/// # Errors
/// When it is still there.
pub fn forget(folder: &Path, file: &Path) -> io::Result<()> {
    match fs::remove_file(place(folder, file)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn ux_48_a_draft_is_the_text_byte_for_byte_for_the_person_alone() {
        let folder = tempfile::tempdir().unwrap();
        let drafts = folder.path().join("drafts");
        let file = Path::new("/srv/a/main.py");
        assert_eq!(read(&drafts, file), None);
        for text in [&b"one\r\n{\"x\": 1}\n\xf0\x9f\xa6\x80"[..], b""] {
            keep(&drafts, file, text, Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(read(&drafts, file), Some(Draft { bytes: text.to_vec(), at: Timestamp::UNIX_EPOCH }));
        }
        let place = place(&drafts, file);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!((mode(&place) & 0o777, mode(&drafts) & 0o777), (0o600, 0o700));
        assert_eq!(mode(&place) & 0o111, 0, "it cannot be executed");
        assert_eq!(read(&drafts, Path::new("/srv/b/main.py")), None);
        assert_eq!(waiting(&drafts), [file]);
        forget(&drafts, file).unwrap();
        forget(&drafts, file).unwrap();
        assert_eq!(read(&drafts, file), None);
        assert_eq!(fs::read_dir(&drafts).unwrap().count(), 0);
    }
}

//! What the files of a database must look like before SQLite is let at them: it would take some for new and begin anew (S3).

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Result, StoreError};

/// The length of the header of a write-ahead log; what follows is content.
const WAL_HEADER: usize = 32;

/// Another process may be writing the header at this moment.
const LOOKS: usize = 4;
const BETWEEN: Duration = Duration::from_millis(25);

/// Refuses an empty database that was in use, and a write-ahead log that SQLite would throw away as a whole.
pub(super) fn check(path: &Path, wake: &Path) -> Result<()> {
    let damaged =
        |path: &Path, detail: &str| StoreError::Corrupt { path: Some(path.to_owned()), detail: detail.to_owned() };
    let wal = wal_path(path);
    let length = |path: &Path| std::fs::metadata(path).map(|file| file.len());
    // The wake file is made after the first commit; an empty file without it is what a crash before that has left.
    if length(path).is_ok_and(|length| length == 0) && (wake.exists() || length(&wal).unwrap_or_default() > 0) {
        return Err(damaged(path, "it is empty, and was in use"));
    }
    for _ in 0..LOOKS {
        if !path.exists() || wal_is_whole(&wal)? {
            return Ok(());
        }
        thread::sleep(BETWEEN);
    }
    Err(damaged(&wal, "it holds changes, and its first bytes are not SQLite's"))
}

/// The write-ahead log of a database.
pub(super) fn wal_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Whether the log has a header whose checksum is right, or no content that would need one.
fn wal_is_whole(wal: &Path) -> Result<bool> {
    let failed = |source| StoreError::Io { path: wal.to_owned(), source };
    let mut header = Vec::new();
    match File::open(wal) {
        Ok(file) => file.take(WAL_HEADER as u64 + 1).read_to_end(&mut header).map_err(failed)?,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(failed(e)),
    };
    // A header of zeros was never written: its disk lost power.
    if header.len() <= WAL_HEADER || header[..WAL_HEADER].iter().all(|byte| *byte == 0) {
        return Ok(true);
    }
    let number = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
    let summed = match u32::from_be_bytes(number(0)) {
        0x377f_0682 => u32::from_le_bytes,
        0x377f_0683 => u32::from_be_bytes,
        _ => return Ok(false),
    };
    let (mut a, mut b) = (0_u32, 0_u32);
    for at in (0..24).step_by(8) {
        a = a.wrapping_add(summed(number(at))).wrapping_add(b);
        b = b.wrapping_add(summed(number(at + 4))).wrapping_add(a);
    }
    Ok((a, b) == (u32::from_be_bytes(number(24)), u32::from_be_bytes(number(28))))
}

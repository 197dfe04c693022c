//! One file of a script: read as a whole, and replaced as a whole.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::OFlags;

use super::attributes;
use super::checkout::commit_of;
use crate::domain::version::{Content, MOST_READ};

/// The end of the name of a file that is about to take the place of another.
const DRAFT: &str = ".tempo-new";

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It is larger than `MOST_READ`.
    #[error("it is {} MiB large: more than {} MiB are not read", .0 >> 20, MOST_READ >> 20)]
    TooLarge(u64),
    /// A folder, a pipe, a device.
    #[error("it is not a file")]
    NotAFile,
    /// What the system said.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads a file of a script, through a link as well, and the commit of the checkout in which it lies.
///
/// # Errors
/// When it is not there, not a file, or larger than `MOST_READ`.
pub fn read(path: &Path) -> Result<Content, Unread> {
    // To open a pipe would wait for who writes into it.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unread::NotAFile);
    }
    if metadata.len() > MOST_READ {
        return Err(Unread::TooLarge(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // It may grow while it is read.
    let read = file.take(MOST_READ + 1).read_to_end(&mut bytes)? as u64;
    if read > MOST_READ {
        return Err(Unread::TooLarge(read));
    }
    Ok(Content::of(bytes).at(commit_of(path)))
}

/// Gives a file another content: whoever reads it sees the old or the new one, also after a power failure. Mode, owner, access lists
/// and other attributes stay, a link stays a link. A file that has several names, or the owner of which this user cannot give to another one, is written in
/// place. One that is not there is made, for its owner alone to write.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = resolved(path)?;
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(io::Error::other("it is not a file")),
        Ok(old) => Some(old),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(e),
    };
    if old.as_ref().is_some_and(|old| old.nlink() > 1) {
        return in_place(&target, bytes);
    }
    // The folder could be written to though the file may not.
    let old = old.map(|old| OpenOptions::new().write(true).open(&target).map(|file| (old, file))).transpose()?;
    let draft = draft_of(&target);
    let written = write_draft(&draft, bytes, old.as_ref());
    let moved = match written {
        Ok(true) => fs::rename(&draft, &target),
        // It would belong to somebody else.
        Ok(false) => {
            let _ = fs::remove_file(&draft);
            return in_place(&target, bytes);
        }
        Err(e) => Err(e),
    };
    if moved.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&draft);
    }
    moved.and_then(|()| target.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()))
}

/// The file behind a link, also when that is not there yet.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => match fs::read_link(path) {
            Ok(to) => Ok(path.parent().unwrap_or(Path::new("/")).join(to)),
            Err(_) => Ok(path.to_owned()),
        },
        resolved => resolved,
    }
}

/// Beside it, hidden, and of this process and this call alone.
fn draft_of(target: &Path) -> PathBuf {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}-{call}{DRAFT}", std::process::id()));
    target.with_file_name(name)
}

/// Writes it onto the disk; false when it cannot be given to the owner of the old one.
fn write_draft(draft: &Path, bytes: &[u8], old: Option<&(Metadata, File)>) -> io::Result<bool> {
    // One of this name is left of a process that was killed and had the same number.
    let _ = fs::remove_file(draft);
    let mode = old.map_or(0o644, |_| 0o600);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(draft)?;
    file.write_all(bytes)?;
    if let Some((old, was)) = old {
        let own = file.metadata()?;
        if (own.uid(), own.gid()) != (old.uid(), old.gid()) && fchown(&file, Some(old.uid()), Some(old.gid())).is_err()
        {
            return Ok(false);
        }
        // While it may be written to; an access list has its say in the mode.
        attributes::copy(was, &file);
        file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))?;
    }
    file.sync_all()?;
    Ok(true)
}

fn in_place(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(target)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::domain::version::Hash;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_and_a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.sh"), folder.path().join("link.sh"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o750)).unwrap();
        symlink("a.sh", &link).unwrap();
        let before = fs::metadata(&file).unwrap().ino();
        replace(&link, b"new\r\n\xff").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new\r\n\xff");
        let after = fs::metadata(&file).unwrap();
        assert_eq!(after.mode() & 0o7777, 0o750);
        assert_ne!(after.ino(), before, "who had it open reads the old one to its end");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(folder.path()), ["a.sh", "link.sh"], "nothing is left beside it");
    }

    #[test]
    fn a_file_keeps_its_access_list_and_its_other_attributes() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.sh");
        fs::write(&file, "old").unwrap();
        // rw- for the owner, r-x for the user 4711, r-- for the group, a mask of r-x, nothing for others.
        let entry = |tag: u16, rights: u16, id: u32| {
            [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat()
        };
        let none = u32::MAX;
        let list =
            [entry(1, 6, none), entry(2, 5, 4711), entry(4, 4, none), entry(0x10, 5, none), entry(0x20, 0, none)];
        let list = [&2u32.to_le_bytes()[..], &list.concat()].concat();
        let wanted = [("user.origin", &b"by hand"[..]), ("user.empty", b""), ("system.posix_acl_access", &list)];
        // A file system may have some of them, or none.
        let had: Vec<_> = wanted
            .into_iter()
            .filter(|(name, value)| setxattr(&file, *name, value, XattrFlags::empty()).is_ok())
            .collect();
        let mode = fs::metadata(&file).unwrap().mode();
        replace(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().mode(), mode);
        for (name, value) in had {
            let mut kept = [0; 256];
            let read = getxattr(&file, name, &mut kept[..]);
            assert_eq!(read.map(|read| &kept[..read]), Ok(value), "{name}");
        }
    }

    #[test]
    fn a_file_with_two_names_keeps_both_and_one_that_is_missing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let (file, other) = (folder.path().join("a"), folder.path().join("b"));
        replace(&file, b"1").unwrap();
        fs::hard_link(&file, &other).unwrap();
        replace(&file, b"2").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"2");
        symlink("c", folder.path().join("to-c")).unwrap();
        replace(&folder.path().join("to-c"), b"3").unwrap();
        assert_eq!(fs::read(folder.path().join("c")).unwrap(), b"3");
        assert!(replace(folder.path(), b"4").is_err(), "a folder is no file");
    }

    #[test]
    fn what_cannot_be_written_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(&folder.path().join("none/a"), b"1").is_err());
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_file_is_read_with_its_hash_unless_it_is_too_large_or_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "abc").unwrap();
        let content = read(&file).unwrap();
        assert_eq!((content.hash, content.bytes.as_slice(), content.commit), (Hash::of(b"abc"), &b"abc"[..], None));
        File::create(&file).unwrap().set_len(MOST_READ + 1).unwrap();
        let e = read(&file).unwrap_err();
        assert_eq!(e.to_string(), "it is 16 MiB large: more than 16 MiB are not read");
        assert!(matches!(read(folder.path()), Err(Unread::NotAFile | Unread::Io(_))));
        rustix::fs::mknodat(rustix::fs::CWD, folder.path().join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        assert!(matches!(read(&folder.path().join("pipe")), Err(Unread::NotAFile)));
        assert!(matches!(read(&folder.path().join("none")), Err(Unread::Io(_))));
    }
}

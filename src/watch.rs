//! Tells when a file or folder changes, by inotify: an event where others poll.

use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;

/// A set of watched files. Its descriptor is readable when any of them changed.
#[derive(Debug)]
pub struct Watch {
    fd: OwnedFd,
}

/// One watched file, for [`Watch::remove`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched(i32);

impl Watched {
    /// What tells it from the others of its set; the same file has the same number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl Watch {
    /// An empty set.
    pub fn new() -> io::Result<Self> {
        let fd = inotify::init(inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK)?;
        Ok(Self { fd })
    }

    /// Adds a file (its writes) or a folder (files that appear in it by rename or creation).
    pub fn add(&self, path: &Path) -> io::Result<Watched> {
        let flags = inotify::WatchFlags::MODIFY | inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::CREATE;
        Ok(Watched(inotify::add_watch(&self.fd, path, flags)?))
    }

    /// Adds a folder: what in it was written to the end, made, moved into it or taken away is told by [`Watch::names`].
    pub fn add_folder(&self, path: &Path) -> io::Result<Watched> {
        let flags = inotify::WatchFlags::CLOSE_WRITE
            | inotify::WatchFlags::MOVED_TO
            | inotify::WatchFlags::CREATE
            | inotify::WatchFlags::DELETE
            | inotify::WatchFlags::ONLYDIR;
        Ok(Watched(inotify::add_watch(&self.fd, path, flags)?))
    }

    /// Takes all pending events: in which folder, and the name in it. `None` stands for some that were lost.
    pub fn names(&self) -> Vec<Option<(Watched, OsString)>> {
        let mut buffer = [MaybeUninit::<u8>::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.fd, &mut buffer);
        let mut names = Vec::new();
        while let Ok(event) = reader.next() {
            if event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW) {
                names.push(None);
            } else if let Some(name) = event.file_name() {
                names.push(Some((Watched(event.wd()), OsStr::from_bytes(name.to_bytes()).to_owned())));
            }
        }
        names
    }

    /// Stops watching one file. A file that is gone already is no error.
    pub fn remove(&self, watched: Watched) {
        // EINVAL: the kernel dropped the watch by itself, with the file.
        let _ = inotify::remove_watch(&self.fd, watched.0);
    }

    /// Takes all pending events; true when there was one.
    pub fn drain(&self) -> bool {
        let mut buffer = [MaybeUninit::<u8>::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.fd, &mut buffer);
        let mut any = false;
        while reader.next().is_ok() {
            any = true;
        }
        any
    }

    /// Blocks until something changed (true) or the time is over (false). `None` waits for ever.
    pub fn wait(&self, timeout: Option<Duration>) -> io::Result<bool> {
        let timeout = timeout.map(|t| Timespec { tv_sec: t.as_secs() as i64, tv_nsec: i64::from(t.subsec_nanos()) });
        let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => Ok(false),
            Ok(_) => Ok(self.drain()),
            Err(e) => Err(e.into()),
        }
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_what_was_written_to_the_end_moved_in_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let watch = Watch::new().unwrap();
        let watched = watch.add_folder(folder.path()).unwrap();
        assert_eq!(watch.names(), []);
        let file = folder.path().join("a.toml");
        std::fs::write(&file, "1").unwrap();
        std::fs::rename(&file, folder.path().join("b.toml")).unwrap();
        std::fs::remove_file(folder.path().join("b.toml")).unwrap();
        let told: Vec<(Watched, OsString)> = watch.names().into_iter().flatten().collect();
        assert!(told.iter().all(|(of, _)| *of == watched));
        let names: Vec<&str> = told.iter().filter_map(|(_, name)| name.to_str()).collect();
        assert_eq!(names, ["a.toml", "a.toml", "b.toml", "b.toml"], "made and written, moved in, taken away");
    }
}

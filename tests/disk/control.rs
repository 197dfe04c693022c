//! Disks that a test makes slow, full, or dead in the middle of a write, for the processes that it starts.

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the numbers and texts of `struct control` in shim.c stand.
const DELAY: u64 = 0;
const SYNCS: u64 = 8;
const REFUSED: u64 = 16;
const TEAR: u64 = 24;
const TORN: u64 = 32;
const PLACES: u64 = 512;
const PLACE: u64 = 512;
const LENGTH: u64 = PLACES + 4 * PLACE;

/// The longest text.
const TEXT: usize = 480;

/// What stands between processes and their disks. Folders are given by their real paths, without links in them.
pub(crate) struct Disk {
    library: PathBuf,
    path: PathBuf,
    control: File,
}

impl Disk {
    /// A disk that is as it is; the library and what controls it are kept in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let library = folder.join("disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/disk/shim.c");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).status();
        assert!(compiled.unwrap().success());
        let path = folder.join("disk.control");
        let control = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        control.set_len(LENGTH).unwrap();
        Self { library, path, control }
    }

    /// Lets a process, and what it starts, work on this disk.
    pub(crate) fn under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("TEMPO_TEST_DISK", &self.path);
    }

    /// Every sync takes so much longer from now on.
    pub(crate) fn delay_syncs(&self, milliseconds: i64) {
        self.put(DELAY, milliseconds);
    }

    /// Syncs so far.
    pub(crate) fn syncs(&self) -> i64 {
        self.get(SYNCS)
    }

    /// Writes that found no room so far.
    pub(crate) fn refused(&self) -> i64 {
        self.get(REFUSED)
    }

    /// Files below the folder can grow by so many bytes and no more; overwriting always has room. There are four places.
    pub(crate) fn fill(&self, place: u64, folder: &Path, room: i64) {
        let at = PLACES + place * PLACE;
        self.put(at, 0);
        self.put(at + 8, room);
        self.text(at + 16, folder.as_os_str().as_bytes());
        self.put(at, 1);
    }

    /// There is room again.
    pub(crate) fn empty(&self, place: u64) {
        self.put(PLACES + place * PLACE, 0);
    }

    /// The `nth` write from now on to a file with this ending is cut in half, and kills its process.
    pub(crate) fn tear(&self, ending: &str, nth: i64) {
        self.put(TEAR, 0);
        self.text(TORN, ending.as_bytes());
        self.put(TEAR, nth);
    }

    /// Whether a write is still to be cut.
    pub(crate) fn is_armed(&self) -> bool {
        self.get(TEAR) > 0
    }

    fn text(&self, at: u64, text: &[u8]) {
        let mut padded = [0; TEXT];
        padded[..text.len()].copy_from_slice(text);
        self.control.write_all_at(&padded, at).unwrap();
    }

    fn put(&self, at: u64, number: i64) {
        self.control.write_all_at(&number.to_ne_bytes(), at).unwrap();
    }

    fn get(&self, at: u64) -> i64 {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, at).unwrap();
        i64::from_ne_bytes(bytes)
    }
}

//! The run folder: its files, its lock, and what they prove about a run.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::FallocateFlags;
use rustix::io::Errno;
use rustix::process::Pid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cgroup::Cgroup;
use super::handle::Supervisor;
use super::record::{ExitRecord, StartRecord};
use super::spec::Spec;
use super::sys;
use crate::domain::RunId;
use crate::domain::limits::Limits;
use crate::domain::signal::StopSignal;

/// Start records are filled up to this length with spaces.
const START_LENGTH: usize = 512;

/// Is there while the processes of the run stand still.
const PAUSE_FILE: &str = "paused";

/// The name of the signal with which the run is to be asked to stop, in place of the one in its spec.
const SIGNAL_FILE: &str = "stop-signal";

/// The files of one attempt in a run folder: `spec.json`, `lock` and `exit.json` of the first one, `spec.2.json`, `lock.2` and
/// `exit.2.json` of the second, and so on. The output goes on in one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files<'a> {
    folder: &'a Path,
    attempt: u32,
}

impl<'a> Files<'a> {
    pub(super) fn of(folder: &'a Path, attempt: u32) -> Self {
        Self { folder, attempt }
    }

    fn spec(self) -> PathBuf {
        self.named("spec", ".json")
    }

    fn lock(self) -> PathBuf {
        self.named("lock", "")
    }

    fn exit(self) -> PathBuf {
        self.named("exit", ".json")
    }

    /// The exit record until it is complete.
    fn exit_draft(self) -> PathBuf {
        self.named("exit", ".json.new")
    }

    fn named(self, name: &str, extension: &str) -> PathBuf {
        match self.attempt {
            0 | 1 => self.folder.join(format!("{name}{extension}")),
            n => self.folder.join(format!("{name}.{n}{extension}")),
        }
    }
}

/// A run folder that is ready to be started, with its lock held. Dropped unsent, the run counts as never started.
#[derive(Debug)]
pub struct RunFolder {
    run: RunId,
    attempt: u32,
    path: PathBuf,
    lock: File,
}

impl RunFolder {
    /// Makes the folder `runs/<id>/`, readable by its owner only, with `spec.json` and the lock of the attempt. `runs` has to
    /// exist.
    ///
    /// A folder that is there already is taken over when its attempt has never started. `AlreadyExists`: it has started;
    /// `WouldBlock`: it is about to; `StorageFull` or `QuotaExceeded`: there is no room now.
    pub fn create(runs: &Path, spec: &Spec) -> io::Result<Self> {
        let path = std::path::absolute(runs)?.join(spec.run.to_string());
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(attempted("create", &path)(e)),
            _ => {}
        }
        let files = Files::of(&path, spec.attempt);
        let lock_file = files.lock();
        let lock = private().write(true).create(true).truncate(false).open(&lock_file);
        let lock = lock.map_err(attempted("create", &lock_file))?;
        sys::lock(&lock).map_err(attempted("lock", &lock_file))?;
        if lock.metadata()?.len() > 0 || fs::exists(files.exit())? {
            let error = io::Error::from(ErrorKind::AlreadyExists);
            return Err(attempted("start a second time", &path)(error));
        }
        // So that a disk that fills up meanwhile does not keep the supervisor from saying that it lives.
        match rustix::fs::fallocate(&lock, FallocateFlags::KEEP_SIZE, 0, START_LENGTH as u64) {
            Err(e) if e != Errno::OPNOTSUPP => return Err(attempted("make room for", &lock_file)(e.into())),
            _ => {}
        }
        let spec_file = files.spec();
        let write = |mut file: File| file.write_all(&json(spec)?);
        private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&spec_file)
            .and_then(write)
            .map_err(attempted("write", &spec_file))?;
        Ok(Self { run: spec.run, attempt: spec.attempt, path, lock })
    }

    /// The run it belongs to.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// Which of its attempts is to be started.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Where it is, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lock(&self) -> BorrowedFd<'_> {
        self.lock.as_fd()
    }
}

/// What a run folder proves about one attempt of its run (R8).
#[derive(Debug)]
pub enum Evidence {
    /// It is over.
    Ended(ExitRecord),
    /// Its supervisor lives, and started the command then.
    Alive(Supervisor, Timestamp),
    /// The lock is held, but there is no start record yet: ask again shortly.
    Starting,
    /// The command has never begun; the attempt may be started again.
    ///
    /// This holds within one boot of the machine: after a power failure the newest files may be gone.
    NeverStarted,
    /// It had begun, and its supervisor is gone without a word.
    Lost {
        /// The machine was booted since then.
        rebooted: bool,
    },
}

/// Reads the evidence about an attempt, without disturbing anybody: the lock is asked for, not taken.
pub fn inspect(folder: &Path, attempt: u32) -> io::Result<Evidence> {
    let files = Files::of(folder, attempt);
    loop {
        if let Some(record) = read_record(&files.exit())? {
            return Ok(Evidence::Ended(record));
        }
        if !is_locked(files)? {
            // Who held the lock a moment ago may have written the record since then.
            return match read_record(&files.exit())? {
                Some(record) => Ok(Evidence::Ended(record)),
                None => without_supervisor(files),
            };
        }
        let start: Option<StartRecord> = read_record(&files.lock())?;
        let Some((pid, started_at)) =
            start.and_then(|start| Some((Pid::from_raw(start.supervisor)?, start.started_at)))
        else {
            return Ok(Evidence::Starting);
        };
        let supervisor = match Supervisor::open(pid) {
            Ok(supervisor) => supervisor,
            // It has just ended; a command that was being started at that moment holds the lock until it is executed.
            Err(e) if e.raw_os_error() == Some(libc::ESRCH) && is_locked(files)? => return Ok(Evidence::Starting),
            Err(e) if e.raw_os_error() == Some(libc::ESRCH) => continue,
            Err(e) => return Err(attempted("open the supervisor of", folder)(e)),
        };
        // The number could belong to another process by now; not so if the lock is still held after it was opened.
        if is_locked(files)? {
            return Ok(Evidence::Alive(supervisor, started_at));
        }
    }
}

/// What an attempt of a run may use, and how the start record says that it is in force (R7). What is not there, or not yet, is
/// none.
pub fn allowed(folder: &Path, attempt: u32) -> io::Result<(Limits, Option<String>)> {
    let files = Files::of(folder, attempt);
    let spec: Option<Spec> = read_record(&files.spec())?;
    let start: Option<StartRecord> = read_record(&files.lock())?;
    Ok((spec.map(|spec| spec.limits).unwrap_or_default(), start.and_then(|start| start.limits)))
}

/// What an attempt of a run was asked to execute; `None` when that is not there any more.
pub fn spec_of(folder: &Path, attempt: u32) -> io::Result<Option<Spec>> {
    read_record(&Files::of(folder, attempt).spec())
}

/// Which boot of the machine this is: a different text after every boot.
pub fn boot_id() -> io::Result<String> {
    let path = Path::new("/proc/sys/kernel/random/boot_id");
    let text = fs::read_to_string(path).map_err(attempted("read", path))?;
    Ok(text.trim_end().to_owned())
}

fn without_supervisor(files: Files<'_>) -> io::Result<Evidence> {
    let path = files.lock();
    match fs::metadata(&path) {
        Ok(lock) if lock.len() > 0 => {}
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(attempted("look for", &path)(e)),
        Ok(_) | Err(_) => return Ok(Evidence::NeverStarted),
    }
    let boot = boot_id()?;
    // A start record that cannot be read was torn by a power failure.
    let start: Option<StartRecord> = read_record(&path)?;
    Ok(Evidence::Lost { rebooted: start.is_none_or(|start| start.boot != boot) })
}

fn is_locked(files: Files<'_>) -> io::Result<bool> {
    is_lock_held(&files.lock())
}

fn is_lock_held(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(file) => sys::is_locked(&file),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
    .map_err(attempted("ask for the lock", path))
}

/// Whether somebody holds a lock in a run folder, of whichever attempt: a supervisor, or who is about to make one.
pub fn is_held(folder: &Path) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        entries => entries.map_err(attempted("look into", folder))?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.file_stem().is_some_and(|name| name == "lock") && is_lock_held(&path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The control group that a supervisor without an end left behind, of this boot.
pub(super) fn left_cgroup(files: Files<'_>) -> Option<Cgroup> {
    let start: StartRecord = read_record(&files.lock()).ok()??;
    let group = start.cgroup.filter(|_| boot_id().is_ok_and(|boot| boot == start.boot))?;
    Cgroup::existing(group)
}

/// Reads `spec.json`.
pub(super) fn read_spec(files: Files<'_>) -> io::Result<Spec> {
    let path = files.spec();
    read(&path)?.ok_or_else(|| attempted("read", &path)(ErrorKind::NotFound.into()))
}

/// Writes the start record into the lock file, before the command can begin.
pub(super) fn create_start(files: Files<'_>, record: &StartRecord) -> io::Result<File> {
    let path = files.lock();
    let write = |file: File| match update_start(&file, record) {
        Ok(()) => Ok(file),
        Err(e) => {
            // Half a record would count as a start.
            let _ = file.set_len(0);
            Err(e)
        }
    };
    OpenOptions::new().write(true).open(&path).and_then(write).map_err(attempted("write", &path))
}

/// Writes a start record over one that is no longer than it. No record that is shorter than [`START_LENGTH`] needs more room than
/// the one before it: on a full disk it would be torn, and the supervisor not found.
pub(super) fn update_start(file: &File, record: &StartRecord) -> io::Result<()> {
    let mut text = json(record)?;
    text.resize(text.len().max(START_LENGTH), b' ');
    file.write_all_at(&text, 0)
}

/// Writes `exit.json`, which is complete from the moment it appears. It is on the disk when [`sync_exit`] was called, or the
/// engine has committed what it says; torn by a power failure before that, it counts as none.
pub(super) fn write_exit(files: Files<'_>, record: &ExitRecord) -> io::Result<()> {
    let draft = files.exit_draft();
    private().write(true).create(true).truncate(true).open(&draft)?.write_all(&json(record)?)?;
    fs::rename(&draft, files.exit())
}

/// Brings `exit.json` and its name onto the disk, for an engine that comes later.
pub(super) fn sync_exit(files: Files<'_>) -> io::Result<()> {
    File::open(files.exit())?.sync_all()
}

/// Since when the processes of a run stand still; `None` when they do not, or the run is over.
pub fn paused_since(folder: &Path) -> io::Result<Option<Timestamp>> {
    let path = folder.join(PAUSE_FILE);
    match fs::metadata(&path).and_then(|file| file.modified()) {
        Ok(at) => Ok(Timestamp::try_from(at).ok()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(attempted("look for", &path)(e)),
    }
}

/// Says that the run is paused from now on: an empty file, for which there is nearly always room.
pub(super) fn begin_pause(folder: &Path) -> io::Result<()> {
    private().write(true).create(true).truncate(true).open(folder.join(PAUSE_FILE)).map(drop)
}

/// Says that the run is not paused any more.
pub(super) fn end_pause(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(PAUSE_FILE)) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Says with which signal the next request to stop is meant; to be written before it is made.
pub fn ask_with(folder: &Path, signal: StopSignal) -> io::Result<()> {
    let path = folder.join(SIGNAL_FILE);
    let write = |mut file: File| file.write_all(signal.to_string().as_bytes());
    private().write(true).create(true).truncate(true).open(&path).and_then(write).map_err(attempted("write", &path))
}

/// With which signal a request to stop is meant, when that is not the one in the spec.
pub(super) fn asked_with(folder: &Path) -> Option<StopSignal> {
    fs::read_to_string(folder.join(SIGNAL_FILE)).ok()?.parse().ok()
}

/// Forgets what an earlier attempt was to be stopped with.
pub(super) fn forget_signal(folder: &Path) {
    // Where there is none, there is nothing to forget.
    let _ = fs::remove_file(folder.join(SIGNAL_FILE));
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text)
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text).map_err(io::Error::from).map_err(attempted("read", path))?)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(attempted("read", path)(e)),
    }
}

/// Reads a record; one that is torn counts as none, since nothing can be inferred from it.
fn read_record<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match read(path) {
        Err(e) if matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => Ok(None),
        result => result,
    }
}

/// Says what failed, and where, in front of why.
fn attempted<'a>(verb: &'a str, path: &'a Path) -> impl Fn(io::Error) -> io::Error + 'a {
    move |e| io::Error::new(e.kind(), format!("{verb} {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o2_a_start_record_that_says_more_takes_no_more_room() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path(), 1);
        private().write(true).create(true).truncate(false).open(files.lock()).unwrap();
        let boot = boot_id().unwrap();
        let mut record = StartRecord {
            supervisor: 7,
            boot,
            started_at: Timestamp::UNIX_EPOCH,
            leader: None,
            limits: None,
            cgroup: None,
        };
        let file = create_start(files, &record).unwrap();
        let before = fs::metadata(files.lock()).unwrap().len();
        record.leader = Some(i32::MAX);
        record.limits = Some("memory 512M by rlimit and watchdog; cpu 1m by rlimit and watchdog".to_owned());
        update_start(&file, &record).unwrap();
        assert_eq!(fs::metadata(files.lock()).unwrap().len(), before);
        assert_eq!(read_record(&files.lock()).unwrap(), Some(record));
    }
}

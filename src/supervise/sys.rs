//! The system calls that need `unsafe`, each behind a safe function.
#![expect(unsafe_code, reason = "fork, posix_spawn, signalfd, OFD locks and getrusage have no safe form in rustix")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, setsid, waitpid};

use crate::domain::signal::StopSignal;

/// Whether this process has one thread only.
pub(super) fn is_single_threaded() -> io::Result<bool> {
    // The folder has one link for each thread, beside those of `.` and of its entry in the folder above.
    Ok(rustix::fs::stat("/proc/self/task")?.st_nlink == 3)
}

/// Forks. The child executes `body` and ends with its result as exit code; it never returns from here.
pub(super) fn fork(body: impl FnOnce() -> i32) -> io::Result<Pid> {
    if !is_single_threaded()? {
        return Err(io::Error::other("cannot fork a process that has threads"));
    }
    // SAFETY: there is no other thread that could hold a lock, of the allocator for instance, in the child for ever.
    in_child(unsafe { libc::fork() }, body)
}

/// What `clone3` is asked for: `struct clone_args` of the kernel.
#[repr(C)]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// As [`fork`], with the child in that cgroup from its first instruction. A kernel before 5.7 cannot.
pub(super) fn fork_into(cgroup: impl AsFd, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    /// Of the kernel's header; too large for the type that `libc` gives it.
    const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
    if !is_single_threaded()? {
        return Err(io::Error::other("cannot fork a process that has threads"));
    }
    let arguments = CloneArguments {
        flags: CLONE_INTO_CGROUP,
        exit_signal: libc::SIGCHLD as u64,
        cgroup: cgroup.as_fd().as_raw_fd() as u64,
        ..CloneArguments::default()
    };
    // SAFETY: without CLONE_VM and a stack this is fork, so that what holds for that one holds here.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<CloneArguments>()) };
    in_child(pid as libc::pid_t, body)
}

/// What comes after a fork: in the child `body` and the end, in the parent the child's number.
fn in_child(pid: libc::pid_t, body: impl FnOnce() -> i32) -> io::Result<Pid> {
    match pid {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // A panic must not unwind into the copy of the caller.
            let code = catch_unwind(AssertUnwindSafe(body)).unwrap_or(101);
            // SAFETY: always sound; it runs no exit handlers, which belong to the parent.
            unsafe { libc::_exit(code) }
        }
        pid => Pid::from_raw(pid).ok_or_else(|| io::Error::other("fork returned no process")),
    }
}

/// Lets HUP do nothing from now on, also to the program that this process executes next, until that one listens for it: a
/// terminal that goes away may say so more than once (R8).
pub fn ignore_hangups() {
    // SAFETY: ignoring needs no handler. It cannot fail for a signal that exists.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
}

/// Executes `body` in a process that nobody waits for: in a session of its own, with no terminal, all signals blocked,
/// null as its standard streams, `/` as its folder, and no other open file than `kept`.
pub(super) fn daemon(kept: OwnedFd, body: impl FnOnce(OwnedFd) -> i32) -> io::Result<()> {
    let middle = fork(move || {
        let detached = setsid().map_err(io::Error::from).and_then(|_| {
            fork(move || match leave_everything_but(&kept) {
                Ok(()) => body(kept),
                Err(_) => 1,
            })
        });
        i32::from(detached.is_err())
    })?;
    match rustix::io::retry_on_intr(|| waitpid(Some(middle), WaitOptions::empty())) {
        Ok(Some((_, status))) if status.exit_status() == Some(0) => Ok(()),
        // SIGCHLD is ignored in this process. Should it have failed, the other end of what was kept is closed.
        Err(Errno::CHILD) => Ok(()),
        Err(e) => Err(e.into()),
        Ok(_) => Err(io::Error::other("cannot detach a process")),
    }
}

fn leave_everything_but(kept: &OwnedFd) -> io::Result<()> {
    block_signals()?;
    // Some programs start others with SIGCHLD ignored; then nobody could be waited for.
    // SAFETY: the default handling needs no handler.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    rustix::process::chdir("/")?;
    let null = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    drop(null);
    let kept = kept.as_raw_fd().cast_unsigned();
    close_range(3, kept.saturating_sub(1))?;
    close_range(kept + 1, u32::MAX)
}

/// Closes all descriptors from `first` to `last` in a process whose other owners of descriptors are gone.
fn close_range(first: u32, last: u32) -> io::Result<()> {
    if first > last {
        return Ok(());
    }
    // SAFETY: who owns these descriptors is code of the original process, none of which is executed in this copy.
    match unsafe { libc::close_range(first, last, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn block_signals() -> io::Result<()> {
    let all = signal_set(None);
    // SAFETY: `all` is an initialised set; the old mask is not asked for.
    match unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const all, ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The stop signal of a task, real-time signals included.
pub(super) fn stop_signal(signal: StopSignal) -> Signal {
    // SAFETY: its number is one of Linux's signals, and none of the two that the C library keeps for itself.
    unsafe { Signal::from_raw_unchecked(signal.number()) }
}

/// The given signals, or all.
fn signal_set(signals: Option<&[Signal]>) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: the set is valid memory throughout, any bits are a valid set, and the numbers that are added are signals.
    unsafe {
        match signals {
            // `sigfillset` leaves out the two that glibc uses for threads, and posix_spawn would have them ignored.
            None => set.as_mut_ptr().write_bytes(0xff, 1),
            Some(signals) => {
                for signal in signals {
                    libc::sigaddset(set.as_mut_ptr(), signal.as_raw());
                }
            }
        }
        set.assume_init()
    }
}

/// Blocked signals as a descriptor that is readable when one has arrived.
#[derive(Debug)]
pub(super) struct Signals(OwnedFd);

impl Signals {
    /// For signals that are blocked, as they are in a [`daemon`].
    pub(super) fn new(signals: &[Signal]) -> io::Result<Self> {
        let set = signal_set(Some(signals));
        // SAFETY: `set` is an initialised set; -1 asks for a new descriptor.
        let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Takes one that has arrived, with the number of the process that sent it; 0 for the kernel.
    pub(super) fn take(&self) -> Option<(c_int, i32)> {
        let mut info = [0; size_of::<libc::signalfd_siginfo>()];
        rustix::io::read(&self.0, &mut info).ok()?;
        // Of its fields of four bytes each, the first is the number of the signal, and the fourth that of the sender.
        let field = |n: usize| info.chunks_exact(4).nth(n)?.try_into().ok().map(c_int::from_ne_bytes);
        Some((field(0)?, field(3)?))
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Starts `path` with these arguments and variables in a session of its own, with the default signal handling, this
/// process's stdin if no other one is given, and nothing else open than the given outputs.
pub(super) fn spawn(
    path: &CStr,
    argv: &[CString],
    env: &[CString],
    stdin: Option<BorrowedFd<'_>>,
    stdout: BorrowedFd<'_>,
    stderr: BorrowedFd<'_>,
) -> io::Result<Pid> {
    let attributes = Attributes::new()?;
    let mut files = FileActions::new()?.dup(stdout, libc::STDOUT_FILENO)?.dup(stderr, libc::STDERR_FILENO)?;
    if let Some(stdin) = stdin {
        files = files.dup(stdin, libc::STDIN_FILENO)?;
    }
    let (argv, env) = (null_terminated(argv), null_terminated(env));
    let mut pid = 0;
    // SAFETY: all pointers are to initialised objects that outlive the call, both lists end with a null pointer, and
    // posix_spawn does not write to the strings, whatever its signature says.
    let error = unsafe {
        libc::posix_spawn(
            &raw mut pid,
            path.as_ptr(),
            &raw const files.0,
            &raw const attributes.0,
            argv.as_ptr(),
            env.as_ptr(),
        )
    };
    check(error)?;
    Pid::from_raw(pid).ok_or_else(|| io::Error::other("posix_spawn returned no process"))
}

fn null_terminated(strings: &[CString]) -> Vec<*mut c_char> {
    strings.iter().map(|s| s.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect()
}

/// The functions of the `posix_spawn` family return the error instead of setting `errno`.
fn check(error: c_int) -> io::Result<()> {
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
}

struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init initialises the object it is given.
        let mut attributes = unsafe {
            check(libc::posix_spawnattr_init(raw.as_mut_ptr()))?;
            Self(raw.assume_init())
        };
        let raw = &raw mut attributes.0;
        let flags = libc::POSIX_SPAWN_SETSID | (libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF) as i16;
        let (none, all) = (signal_set(Some(&[])), signal_set(None));
        // SAFETY: `raw` and both sets are initialised.
        unsafe {
            check(libc::posix_spawnattr_setflags(raw, flags))?;
            check(libc::posix_spawnattr_setsigmask(raw, &raw const none))?;
            check(libc::posix_spawnattr_setsigdefault(raw, &raw const all))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and is not used afterwards.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

struct FileActions(libc::posix_spawn_file_actions_t);

impl FileActions {
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: init initialises the object it is given.
        unsafe {
            check(libc::posix_spawn_file_actions_init(raw.as_mut_ptr()))?;
            Ok(Self(raw.assume_init()))
        }
    }

    fn dup(mut self, fd: BorrowedFd<'_>, to: c_int) -> io::Result<Self> {
        // SAFETY: the object is initialised; both numbers are valid descriptors.
        check(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut self.0, fd.as_raw_fd(), to) })?;
        Ok(self)
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and is not used afterwards.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// What all children used that were waited for, with their own waited-for children: CPU time, and the largest resident
/// set in bytes.
pub(super) fn usage_of_children() -> (Duration, u64) {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills the object; all zeroes is a valid one, should it fail.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |t: libc::timeval| Duration::from_secs(t.tv_sec as u64) + Duration::from_micros(t.tv_usec as u64);
    // Linux counts in units of 1024 bytes.
    (time(usage.ru_utime) + time(usage.ru_stime), usage.ru_maxrss as u64 * 1024)
}

/// Takes the exclusive lock on an open file; `WouldBlock` when it is held.
///
/// It belongs to the open file description, like that of `flock`: it goes where copies of the descriptor go, and ends
/// with the last of them. Unlike that one it can be asked about without being taken, so that who asks disturbs nobody.
pub(super) fn lock(file: impl AsFd) -> io::Result<()> {
    fcntl_lock(file.as_fd(), libc::F_OFD_SETLK).map(drop)
}

/// Whether anybody else holds the exclusive lock.
pub(super) fn is_locked(file: impl AsFd) -> io::Result<bool> {
    Ok(fcntl_lock(file.as_fd(), libc::F_OFD_GETLK)?.l_type != libc::F_UNLCK as i16)
}

fn fcntl_lock(file: BorrowedFd<'_>, command: c_int) -> io::Result<libc::flock> {
    // SAFETY: all zeroes is a valid value, and means the whole file.
    let mut lock: libc::flock = unsafe { MaybeUninit::zeroed().assume_init() };
    lock.l_type = libc::F_WRLCK as i16;
    lock.l_whence = libc::SEEK_SET as i16;
    // SAFETY: both commands take a pointer to such an object, and write to nothing else.
    match unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(lock),
    }
}

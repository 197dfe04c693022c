//! A terminal of the run's own for what it prints (O1): colours, and lines as they come.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

/// The size that programs are told, in columns and rows.
const SIZE: (u16, u16) = (120, 40);

/// The end that is read, which is non-blocking, and the end that is printed to.
///
/// It is nobody's controlling terminal: a program that asks for a password on `/dev/tty` fails at once instead of waiting
/// for ever (R9). Its bytes come as they were printed, and nothing is echoed.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    // Without NOCTTY a terminal that a session leader opens becomes its own.
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = ptsname(&ours, Vec::new())?;
    let path = OsStr::from_bytes(name.as_bytes());
    let theirs = open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    let mut settings = tcgetattr(&theirs)?;
    settings.make_raw();
    tcsetattr(&theirs, OptionalActions::Now, &settings)?;
    let (ws_col, ws_row) = SIZE;
    tcsetwinsize(&theirs, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 })?;
    fcntl_setfl(&ours, OFlags::NONBLOCK)?;
    Ok((ours, theirs))
}

//! The messages between engine and spawner: one datagram each, with one descriptor.

use std::ffi::OsStr;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::cmsg_space;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

use crate::domain::RunId;

/// Longer than any message: a path has at most 4096 bytes.
const LONGEST: usize = 8 * 1024;

/// A pair of sockets that keep messages apart.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// Whether this may be such a socket.
pub(super) fn is_socket(fd: impl AsFd) -> bool {
    rustix::net::sockopt::socket_type(fd) == Ok(SocketType::SEQPACKET)
}

/// Engine to spawner: start an attempt of the run in `folder`. The descriptor is its lock. A first attempt is not named: an older
/// engine does not, either.
pub(super) fn start(run: RunId, attempt: u32, folder: &Path) -> Vec<u8> {
    let number = if attempt > 1 { format!("\0{attempt}") } else { String::new() };
    [&run.0.to_ne_bytes(), folder.as_os_str().as_bytes(), number.as_bytes()].concat()
}

/// Reads what [`start`] wrote.
pub(super) fn read_start(message: &[u8]) -> Option<(RunId, u32, PathBuf)> {
    let (run, rest) = message.split_first_chunk()?;
    let (folder, attempt) = match rest.iter().position(|byte| *byte == 0) {
        Some(end) => (&rest[..end], std::str::from_utf8(&rest[end + 1..]).ok()?.parse().ok()?),
        None => (rest, 1),
    };
    Some((RunId(i64::from_ne_bytes(*run)), attempt, OsStr::from_bytes(folder).into()))
}

/// Spawner to engine: the number of the supervisor, with its pidfd as the descriptor; or why there is none, in words.
pub(super) fn answer(run: RunId, result: &Result<i32, String>) -> Vec<u8> {
    let (pid, error) = match result {
        Ok(pid) => (*pid, ""),
        Err(error) => (0, error.as_str()),
    };
    [&run.0.to_ne_bytes()[..], &pid.to_ne_bytes(), error.as_bytes()].concat()
}

/// Reads what [`answer`] wrote.
pub(super) fn read_answer(message: &[u8]) -> Option<(RunId, Result<i32, String>)> {
    let (run, rest) = message.split_first_chunk()?;
    let (pid, error) = rest.split_first_chunk()?;
    let result = match i32::from_ne_bytes(*pid) {
        0 => Err(String::from_utf8_lossy(error).into_owned()),
        pid => Ok(pid),
    };
    Some((RunId(i64::from_ne_bytes(*run)), result))
}

/// Sends one message.
pub(super) fn send(
    socket: impl AsFd,
    message: &[u8],
    fd: Option<BorrowedFd<'_>>,
    flags: SendFlags,
) -> rustix::io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = fd.map(|fd| [fd]);
    if let Some(fds) = &fds {
        control.push(SendAncillaryMessage::ScmRights(fds));
    }
    sendmsg(socket, &[IoSlice::new(message)], &mut control, flags | SendFlags::NOSIGNAL)?;
    Ok(())
}

/// What there is to receive.
#[derive(Debug)]
pub(super) enum Received {
    /// A message and its descriptor.
    Message(Vec<u8>, Option<OwnedFd>),
    /// Nothing now.
    Nothing,
    /// The other side is gone, and everything that it sent has been received.
    End,
}

/// Receives one message, without waiting.
pub(super) fn receive(socket: impl AsFd) -> io::Result<Received> {
    let mut message = vec![0; LONGEST];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    loop {
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        match recvmsg(&socket, &mut [IoSliceMut::new(&mut message)], &mut control, flags) {
            Ok(received) if received.bytes == 0 => return Ok(Received::End),
            Ok(received) => {
                message.truncate(received.bytes);
                let fd = control.drain().find_map(|control| match control {
                    RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
                    _ => None,
                });
                return Ok(Received::Message(message, fd));
            }
            Err(Errno::AGAIN) => return Ok(Received::Nothing),
            // Said once, when the other side was closed before it had read everything; what it sent is still there.
            Err(Errno::CONNRESET | Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_a_message_names_the_attempt_and_one_of_an_older_engine_means_the_first() {
        let folder = Path::new("/runs/7");
        assert_eq!(read_start(&start(RunId(7), 12, folder)), Some((RunId(7), 12, folder.to_owned())));
        assert_eq!(read_start(&start(RunId(7), 1, folder)), Some((RunId(7), 1, folder.to_owned())));
        let old = [&7_i64.to_ne_bytes()[..], b"/runs/7"].concat();
        assert_eq!(read_start(&old), Some((RunId(7), 1, folder.to_owned())));
        assert_eq!(read_start(b"short"), None);
    }
}

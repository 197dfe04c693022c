//! Waits, asynchronously, for a descriptor to become readable.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Something with a descriptor, registered with the runtime.
pub(super) struct Ready<T: AsFd>(AsyncFd<Owner<T>>);

struct Owner<T>(T);

impl<T: AsFd> AsRawFd for Owner<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl<T: AsFd> Ready<T> {
    /// Registers it. To be called inside the runtime.
    #[expect(
        deprecated,
        reason = "its successor is unsafe because a descriptor could be closed; the owner, which never \
                                   changes its descriptor, is kept here"
    )]
    pub(super) fn new(owner: T) -> io::Result<Self> {
        AsyncFd::with_interest(Owner(owner), Interest::READABLE).map(Self)
    }

    /// Waits until it is readable. What is there has to be taken wholly before the next call.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.0.readable().await?.clear_ready();
        Ok(())
    }

    /// What was registered.
    pub(super) fn get(&self) -> &T {
        &self.0.get_ref().0
    }
}

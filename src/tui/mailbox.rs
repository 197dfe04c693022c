//! Messages from worker threads to the UI thread, which wakes for them.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, mpsc};

use rustix::event::{EventfdFlags, eventfd};

/// The receiving end: lives on the UI thread, whose wait watches its descriptor.
#[derive(Debug)]
pub struct Mailbox<T> {
    messages: mpsc::Receiver<T>,
    sender: mpsc::Sender<T>,
    /// Readable while there may be messages.
    bell: Arc<OwnedFd>,
}

/// A sending end, for one thread; clone it for another.
#[derive(Debug)]
pub struct Sender<T> {
    messages: mpsc::Sender<T>,
    bell: Arc<OwnedFd>,
}

impl<T> Mailbox<T> {
    /// An empty mailbox.
    pub fn new() -> io::Result<Self> {
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let (sender, messages) = mpsc::channel();
        Ok(Self { messages, sender, bell })
    }

    /// A sending end.
    pub fn sender(&self) -> Sender<T> {
        Sender { messages: self.sender.clone(), bell: Arc::clone(&self.bell) }
    }

    /// The next message. The descriptor stays readable until this was `None`.
    pub fn try_recv(&self) -> Option<T> {
        self.messages.try_recv().ok().or_else(|| {
            // First the bell, then a second look: a message that comes between the two is taken, one behind them rings anew.
            let _ = rustix::io::read(&*self.bell, &mut [0; 8]);
            self.messages.try_recv().ok()
        })
    }
}

impl<T> AsFd for Mailbox<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}

impl<T> Sender<T> {
    /// Sends and wakes the receiver; never blocks. False when the mailbox is gone, and with it the screen.
    pub fn send(&self, message: T) -> bool {
        let sent = self.messages.send(message).is_ok();
        // It can only fail when it has rung 2^64 times unheard.
        let _ = rustix::io::write(&*self.bell, &1_u64.to_ne_bytes());
        sent
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { messages: self.messages.clone(), bell: Arc::clone(&self.bell) }
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    fn rings(mailbox: &Mailbox<u32>, seconds: i64) -> bool {
        let timeout = Timespec { tv_sec: seconds, tv_nsec: 0 };
        poll(&mut [PollFd::new(mailbox, PollFlags::IN)], Some(&timeout)).unwrap() > 0
    }

    #[test]
    fn a_message_rings_until_the_mailbox_was_found_empty() {
        let mailbox = Mailbox::new().unwrap();
        let sender = mailbox.sender();
        assert!(!rings(&mailbox, 0));
        assert!(sender.send(1) && sender.send(2));
        assert_eq!(mailbox.try_recv(), Some(1));
        assert!(rings(&mailbox, 0));
        assert_eq!((mailbox.try_recv(), mailbox.try_recv()), (Some(2), None));
        assert!(!rings(&mailbox, 0));
    }

    #[test]
    fn no_message_of_several_threads_is_missed_by_a_reader_that_only_waits_for_the_bell() {
        let mailbox = Mailbox::new().unwrap();
        for thread in 0..4 {
            let sender = mailbox.sender();
            std::thread::spawn(move || (0..1000).all(|n| sender.send(thread * 1000 + n)));
        }
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 4000 {
            assert!(rings(&mailbox, 10), "asleep with {} messages seen", seen.len());
            seen.extend(std::iter::from_fn(|| mailbox.try_recv()));
        }
    }

    #[test]
    fn a_sender_learns_that_the_mailbox_is_gone() {
        let mailbox = Mailbox::new().unwrap();
        let sender = mailbox.sender().clone();
        drop(mailbox);
        assert!(!sender.send(1));
    }
}

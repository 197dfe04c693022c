//! What the dashboard tells the person: the newest for a moment on the hint line, all of it in the list of messages.

use std::time::Duration;

use jiff::Timestamp;

/// The most messages that are kept.
const KEPT: usize = 500;

/// How loud a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something to know.
    Info,
    /// What was asked for is done.
    Ok,
    /// Something is not as it should be.
    Warn,
    /// What was asked for was not done.
    Error,
}

impl Level {
    /// How long it stands on the hint line.
    const fn lasts(self) -> Duration {
        match self {
            Self::Info | Self::Ok => Duration::from_secs(2),
            Self::Warn => Duration::from_secs(4),
            Self::Error => Duration::from_secs(8),
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How loud.
    pub level: Level,
    /// One line.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// All messages of this session.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    all: Vec<Message>,
    /// Until when, on the monotonic clock, the newest is on the hint line, and how many came on top of one that still was.
    shown: Option<(Duration, usize)>,
}

impl Messages {
    /// Adds one, and shows it.
    pub fn push(&mut self, level: Level, text: String, at: Timestamp, now: Duration) {
        let hidden = self.shown.map_or(0, |(_, hidden)| hidden + 1);
        self.shown = Some((now + level.lasts(), hidden));
        if self.all.len() == KEPT {
            self.all.remove(0);
        }
        self.all.push(Message { level, text, at });
    }

    /// All, the oldest first.
    pub fn all(&self) -> &[Message] {
        &self.all
    }

    /// The one on the hint line, and how many others it hides.
    pub fn current(&self) -> Option<(&Message, usize)> {
        self.shown.and_then(|(_, hidden)| Some((self.all.last()?, hidden)))
    }

    /// When the one on the hint line goes.
    pub fn until(&self) -> Option<Duration> {
        self.shown.map(|(until, _)| until)
    }

    /// Takes away what has stood long enough.
    pub fn expire(&mut self, now: Duration) {
        if self.shown.is_some_and(|(until, _)| until <= now) {
            self.shown = None;
        }
    }

    /// A key was pressed: an error has been seen.
    pub fn key_pressed(&mut self) {
        if self.current().is_some_and(|(message, _)| message.level == Level::Error) {
            self.shown = None;
        }
    }
}

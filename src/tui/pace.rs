//! How fast the terminal takes what it is sent: a slow link gets fewer frames, and one that stood still gets one.

use std::time::Duration;

/// A write that took less than this was not held up by the terminal.
const PROMPT: Duration = Duration::from_millis(10);

/// Fewer bytes a second are slow.
const SLOW: f64 = 64.0 * 1024.0;

/// A write that took longer has stood still.
const STALL: Duration = Duration::from_millis(250);

/// Of what was measured before, this much counts beside the newest write: about the last eight frames.
const MEMORY: f64 = 0.875;

/// What was measured of the last writes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    bytes: f64,
    seconds: f64,
    stalled: bool,
}

impl Pace {
    /// So many bytes took so long.
    pub(super) fn sent(&mut self, bytes: usize, took: Duration) {
        let held_up = if took < PROMPT { 0.0 } else { took.as_secs_f64() };
        self.bytes = self.bytes * MEMORY + bytes as f64;
        self.seconds = self.seconds * MEMORY + held_up;
        self.stalled = took >= STALL;
    }

    /// Whether the terminal takes less than 64 KiB a second.
    pub(super) fn is_slow(&self) -> bool {
        self.seconds > 0.0 && self.bytes / self.seconds < SLOW
    }

    /// Whether it stood still in the last write. Said once.
    pub(super) fn take_stall(&mut self) -> bool {
        std::mem::take(&mut self.stalled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_slow_when_it_holds_writes_up_and_fast_again_when_it_does_not() {
        let mut pace = Pace::default();
        assert!(!pace.is_slow());
        // Small frames that the kernel takes at once say nothing about the link.
        pace.sent(50, Duration::from_millis(2));
        assert!(!pace.is_slow());
        for _ in 0..8 {
            pace.sent(4_000, Duration::from_millis(100));
        }
        assert!(pace.is_slow(), "{pace:?}");
        let frames = (1..1000).find(|_| {
            pace.sent(4_000, Duration::from_millis(1));
            !pace.is_slow()
        });
        assert!(frames.is_some_and(|frames| (2..20).contains(&frames)), "{frames:?}");
        for _ in 0..8 {
            pace.sent(12_000, Duration::from_millis(100));
        }
        assert!(!pace.is_slow(), "{pace:?}");
    }

    #[test]
    fn a_write_that_took_long_has_stood_still() {
        let mut pace = Pace::default();
        pace.sent(4_000, Duration::from_millis(249));
        assert!(!pace.take_stall());
        pace.sent(4_000, Duration::from_secs(30));
        assert!(pace.take_stall() && !pace.take_stall());
        pace.sent(4_000, Duration::from_secs(30));
        pace.sent(50, Duration::ZERO);
        assert!(!pace.take_stall());
    }
}

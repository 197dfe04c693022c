//! What the wall clock can be trusted for.

use jiff::{SignedDuration, Timestamp};

/// The wall clock is off by more than this much from what it showed before: it was set (T2). Less is the discipline of NTP.
pub const SET: SignedDuration = SignedDuration::from_millis(500);

/// Tempo was not there before this instant, 2025-01-01: a clock that shows an earlier one has not been set yet (T11).
pub const EARLIEST: Timestamp = Timestamp::constant(1_735_689_600, 0);

/// Whether the clock is plainly unset, as on a board without a battery before it has reached a time server (T11).
pub fn is_unset(now: Timestamp) -> bool {
    now < EARLIEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t11_a_clock_from_before_tempo_is_unset() {
        assert_eq!(EARLIEST.to_string(), "2025-01-01T00:00:00Z");
        assert!(is_unset(Timestamp::UNIX_EPOCH));
        assert!(!is_unset(EARLIEST));
    }
}

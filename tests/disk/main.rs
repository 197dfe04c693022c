//! The real binary on disks that are slow, full, or fail in the middle of a write (S1, S2).
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod control;
mod library;

//! The real binary on disks that are slow, full, or fail in the middle of a write, and over damaged databases (S1, S2, S3).
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod control;
mod damage;
mod full;
mod house;
mod library;
mod writers;

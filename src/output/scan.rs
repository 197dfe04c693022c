//! Goes through an output for the lines that are wanted: in parallel, block by block, and in bounded steps.
//!
//! A block is a range of bytes; the lines that begin in it are its own. Nothing is counted but what is found: the number of a line
//! comes from the index. A line that is longer than [`Grain::long`] is looked at in overlapping parts of it.

mod block;
mod found;
mod lanes;
mod matcher;
mod plain;
mod progress;
mod sweep;
mod wanted;

#[cfg(test)]
mod tests;

pub use block::{Hit, Lane};
pub use matcher::{Matcher, Reading};
pub use progress::Scan;
pub use sweep::{Found, Next, Source, sweep};
pub use wanted::Wanted;

/// How an output is cut for a scan, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grain {
    /// A block: so much is looked at by one thread at once. It fits into the cache of a core.
    pub block: usize,
    /// A line up to this length is looked at as a whole.
    pub long: usize,
    /// Of a longer one, so much of the next part is looked at again with each part.
    pub overlap: usize,
}

impl Default for Grain {
    fn default() -> Self {
        Self { block: 256 * 1024, long: 256 * 1024, overlap: 1024 }
    }
}

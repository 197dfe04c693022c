//! How much output is kept: of one run by its cap (O2), and of all runs (O3).

use std::fmt;
use std::str::FromStr;

use super::quantity::{format_size, parse_size};

/// The cap of a run when nothing is said, in bytes.
pub const OUTPUT_CAP: u64 = 256 << 20;
/// The smallest cap: what is dropped beyond it goes in steps, which readers have to keep up with.
pub const LEAST_CAP: u64 = 1 << 20;

/// How much of the output of one run is kept: `64M`, or `none` for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputCap {
    /// All.
    Unlimited,
    /// So many bytes, half of them from the beginning.
    Bytes(u64),
}

impl OutputCap {
    /// In bytes; `None` when all is kept.
    pub const fn bytes(self) -> Option<u64> {
        match self {
            Self::Unlimited => None,
            Self::Bytes(bytes) => Some(bytes),
        }
    }
}

impl fmt::Display for OutputCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("none"),
            Self::Bytes(bytes) => f.write_str(&format_size(*bytes)),
        }
    }
}

impl FromStr for OutputCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::Unlimited);
        }
        match parse_size(text) {
            Ok(bytes) if bytes >= LEAST_CAP => Ok(Self::Bytes(bytes)),
            Ok(_) => Err(format!("`{text}` is less than {}; `none` is no cap", format_size(LEAST_CAP))),
            Err(e) => Err(format!("{e}, or `none`")),
        }
    }
}

/// Which outputs are kept (O3). Of each task, that of the newest run always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Those of runs that ended within so many days.
    pub days: Option<u32>,
    /// Those of so many runs of each task, the newest.
    pub runs: Option<u32>,
    /// So many bytes in all, on the disk; the oldest go first.
    pub bytes: Option<u64>,
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: Some(90), runs: Some(200), bytes: Some(10 << 30) }
    }
}

/// The limit that an output was beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// See [`Keep::days`].
    Days(u32),
    /// See [`Keep::runs`].
    Runs(u32),
    /// See [`Keep::bytes`].
    Bytes(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "kept: {days} days"),
            Self::Runs(runs) => write!(f, "kept: {runs} runs per task"),
            Self::Bytes(bytes) => write!(f, "kept: {} in all", format_size(*bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_read_as_it_is_written_and_is_no_less_than_its_steps_need() {
        for (text, cap) in [("64M", OutputCap::Bytes(64 << 20)), ("none", OutputCap::Unlimited)] {
            assert_eq!(text.parse(), Ok(cap));
            assert_eq!(cap.to_string(), text);
        }
        assert_eq!("64K".parse::<OutputCap>(), Err("`64K` is less than 1M; `none` is no cap".to_owned()));
        assert!("much".parse::<OutputCap>().unwrap_err().contains("512M"));
    }
}

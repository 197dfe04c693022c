//! What a run may use at most (R7): the limits of a task, and the word of a run about them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quantity::{format_bytes, format_duration, format_size};

/// The limits of each attempt. `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory of all its processes together.
    #[serde(default)]
    pub memory: Option<u64>,
    /// User and system CPU time of all its processes together.
    #[serde(default)]
    pub cpu: Option<Duration>,
    /// Files that each of its processes may have open.
    #[serde(default)]
    pub open_files: Option<u64>,
    /// How much it lets others go before, from -20 (nobody) to 19 (everybody).
    #[serde(default)]
    pub nice: Option<i8>,
}

/// The least memory that can be asked for: less, and not even a shell starts.
pub const LEAST_MEMORY: u64 = 16 << 20;
/// The fewest open files that can be asked for: the loader of a program needs some beside the standard streams.
pub const FEWEST_FILES: u64 = 8;

impl Limits {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A limit of the whole tree that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Bytes that were used, and the limit.
    Memory(u64, u64),
    /// CPU time that was used, and the limit.
    Cpu(Duration, Duration),
}

impl std::fmt::Display for Over {
    /// `it used 612 MiB of its 512 MiB`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (used, limit, of) = match *self {
            Self::Memory(used, limit) => (format_bytes(used), format_bytes(limit), ""),
            Self::Cpu(used, limit) => (seconds(used), seconds(limit), " of CPU time"),
        };
        if used == limit {
            write!(f, "it used more than its {limit}{of}")
        } else {
            write!(f, "it used {used} of its {limit}{of}")
        }
    }
}

/// `10 s`, `10.2 s`.
fn seconds(time: Duration) -> String {
    let text = format!("{:.1}", time.as_secs_f64());
    format!("{} s", text.trim_end_matches(".0"))
}

/// A limit and its value as the person wrote it: `memory 512M`.
pub fn memory_words(memory: u64) -> String {
    format!("memory {}", format_size(memory))
}

/// A limit and its value as the person wrote it: `cpu 10s`.
pub fn cpu_words(cpu: Duration) -> String {
    format!("cpu {}", format_duration(cpu))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_what_was_too_much_is_said_with_what_was_allowed() {
        let second = Duration::from_secs(1);
        for (over, expected) in [
            (Over::Memory(612 << 20, 512 << 20), "it used 612 MiB of its 512 MiB"),
            (Over::Memory((512 << 20) + 4096, 512 << 20), "it used more than its 512 MiB"),
            (Over::Cpu(second * 51 / 5, second * 10), "it used 10.2 s of its 10 s of CPU time"),
            (Over::Cpu(second * 10 + second / 100, second * 10), "it used more than its 10 s of CPU time"),
        ] {
            assert_eq!(over.to_string(), expected);
        }
    }

    #[test]
    fn limits_of_a_spec_without_any_are_none() {
        let read: Limits = serde_json::from_str("{}").unwrap();
        assert!(read.is_empty());
        let limits = Limits { memory: Some(LEAST_MEMORY), cpu: Some(Duration::from_millis(1500)), ..Limits::default() };
        assert_eq!(serde_json::from_str::<Limits>(&serde_json::to_string(&limits).unwrap()).unwrap(), limits);
    }
}

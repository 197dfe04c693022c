//! What the running tasks of the list have printed: whether there is something that nobody has looked at, and since when there is nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::RunId;

/// A run that has printed, and has been silent for so long, is called quiet.
const QUIET: Duration = Duration::from_secs(300);

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Printed {
    /// Bytes of output.
    pub bytes: u64,
    /// When the last of them came.
    pub at: Timestamp,
}

/// Of the running tasks on the screen.
#[derive(Debug, Clone, Default)]
pub struct Prints {
    runs: BTreeMap<RunId, Printed>,
    /// How much there was when its log was last on the screen.
    seen: BTreeMap<RunId, u64>,
}

impl Prints {
    /// Takes what was found; what is not among it runs no longer, or is not on the screen.
    pub fn take(&mut self, found: BTreeMap<RunId, Printed>) {
        self.runs = found;
    }

    /// The log of this run is on the screen.
    pub fn see(&mut self, run: RunId) {
        if let Some(printed) = self.runs.get(&run) {
            self.seen.insert(run, printed.bytes);
        }
    }

    /// Whether the run printed something that was not on the screen.
    pub fn is_unseen(&self, run: RunId) -> bool {
        self.runs.get(&run).is_some_and(|printed| printed.bytes > self.seen.get(&run).copied().unwrap_or_default())
    }

    /// For how long the run has been silent after it printed something, when that is long.
    pub fn quiet(&self, run: RunId, now: Timestamp) -> Option<Duration> {
        let printed = self.runs.get(&run).filter(|printed| printed.bytes > 0)?;
        let silence: Duration = now.duration_since(printed.at).try_into().ok()?;
        (silence >= QUIET).then_some(silence)
    }
}

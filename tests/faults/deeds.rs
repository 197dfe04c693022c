//! What was done to the runs, for the proof.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use tempo::domain::run::Run;

use super::house::AttemptId;

/// What a leader leaves behind prints at most so long after its end.
const AFTERWARDS: SignedDuration = SignedDuration::from_secs(20);

/// What was done to the runs, which their ends have to agree with.
#[derive(Default)]
pub(crate) struct Deeds {
    /// Attempts whose supervisors were killed, or were about to end.
    pub(crate) victims: BTreeSet<AttemptId>,
    /// How many more there may be, killed in the middle of a write.
    pub(crate) unknown_victims: usize,
    /// When the disk of the run folders was full.
    pub(crate) full: Vec<(Timestamp, Timestamp)>,
}

impl Deeds {
    /// Whether a run may have met a full disk.
    pub(crate) fn met_a_full_disk(&self, run: &Run) -> bool {
        let began = run.started_at.unwrap_or(run.queued_at);
        let ended = run.finished_at.map_or(Timestamp::MAX, |ended| ended + AFTERWARDS);
        self.full.iter().any(|(from, to)| began <= *to && *from <= ended)
    }
}

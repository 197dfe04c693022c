//! Follows a run until it has finished: waits for commits and for writes to its output, never on a clock.

use std::time::Duration;

use super::{CliError, Context, Result};
use crate::domain::RunId;
use crate::domain::run::{Run, RunState};
use crate::output::Reader;
use crate::store::{Store, runs};

/// Who wrote may have died between its commit and its wake; then this is how late we see it.
const SAFETY_LOOK: Duration = Duration::from_secs(1);

/// Calls `copy` with the output and the offset that it returned before, whenever there may be more, until the run has finished.
pub(super) fn follow(
    cx: &Context,
    store: &Store,
    id: RunId,
    copy: impl FnMut(&mut Reader, u64) -> Result<u64>,
) -> Result<Run> {
    follow_attempt(cx, store, id, None, copy)
}

/// As [`follow`], until this attempt of the run is over when one is given.
pub(super) fn follow_attempt(
    cx: &Context,
    store: &Store,
    id: RunId,
    attempt: Option<u32>,
    mut copy: impl FnMut(&mut Reader, u64) -> Result<u64>,
) -> Result<Run> {
    let db = store.reader()?;
    let folder = cx.run_folder(id);
    let of_files = |e| CliError::file(&folder, e);
    let watch = store.watch().map_err(of_files)?;
    let mut output = Reader::open(&folder).map_err(of_files)?;
    let (mut offset, mut watched, mut warned) = (0, false, false);
    loop {
        // The folder comes into being with the process.
        watched = watched || watch.add(&folder).is_ok();
        // The state first: what a finished run printed is complete.
        let run = cx.witness()?.run(runs::get(&db, id)?);
        output.refresh().map_err(of_files)?;
        offset = copy(&mut output, offset)?;
        let over = |attempt: u32| attempt < run.attempt || (attempt == run.attempt && run.retry_at.is_some());
        if run.state == RunState::Finished || attempt.is_some_and(over) {
            return Ok(run);
        }
        let quiet = !watch.wait(Some(SAFETY_LOOK)).map_err(of_files)?;
        if quiet && !warned && run.state == RunState::Queued && !cx.has_engine()? {
            super::complain(&format_args!("run {id} waits: no engine is running"));
            warned = true;
        }
    }
}

//! The thread that does what was written of marked tasks: in batches, so that everybody else writes in between (A6).

mod record;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use jiff::Timestamp;

use super::bulk::Progress;
use super::queries::context_at;
use super::{World, spawn};
use crate::domain::change::By;
use crate::domain::roster::Deed;
use crate::store::roster::{self, Checked};
use crate::store::{Reader, StoreError};
use crate::tui::editor::draft;
use crate::tui::editor::roster::{Kept, path};
use crate::tui::mailbox::Sender;
use crate::tui::model::roster::{BrokenOff, Tally, Wanted};
use crate::tui::msg::{Done, Msg};

pub(in crate::tui) use record::Record;

/// Fewer are done before anybody could read how far it is.
const MANY: usize = 200;

/// The side of the dashboard.
#[derive(Debug)]
pub(super) struct Rosters {
    jobs: mpsc::Sender<Wanted>,
    cancelled: Arc<AtomicBool>,
}

impl Rosters {
    pub(super) fn start(world: &World, mailbox: &Sender<Msg>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Wanted>();
        let cancelled = Arc::new(AtomicBool::new(false));
        let (own, answers, given_up) = (world.clone(), mailbox.clone(), Arc::clone(&cancelled));
        spawn("tui-rosters", move || {
            for found in broken_off(&own) {
                answers.send(Msg::BrokenOff(found));
            }
            let heard = answers.clone();
            // Nobody looks when the dashboard has ended: the work is done all the same.
            let progress: Progress = Arc::new(move |done, of| {
                let _ = heard.send(Msg::Progress(done, of));
            });
            for wanted in queue {
                let done = carry_out(&own, &wanted, &progress, &|| given_up.load(Ordering::Relaxed));
                if !answers.send(Msg::Done(Box::new(done))) {
                    return;
                }
            }
        })?;
        Ok(Self { jobs, cancelled })
    }

    /// Does it, after nothing else: the dashboard waits for the one before.
    pub(super) fn apply(&self, wanted: Wanted) {
        self.cancelled.store(false, Ordering::Relaxed);
        // The thread lives as long as this.
        let _ = self.jobs.send(wanted);
    }

    /// No more of it.
    pub(super) fn give_up(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Does it until it is `cancelled`. What went wrong is part of the answer.
pub(in crate::tui) fn carry_out(
    world: &World,
    wanted: &Wanted,
    progress: &Progress,
    cancelled: &dyn Fn() -> bool,
) -> Done {
    let now = Timestamp::now();
    let (of, context) = (wanted.edits.len(), context_at(world, now));
    let record = match Record::begin(&world.paths.applied(), &wanted.kept, now) {
        Ok(record) => Some(record),
        // It is no reason not to do what was asked for.
        Err(e) => {
            tracing::warn!(error = %e, "a bulk edit is done without a record of it");
            None
        }
    };
    let outcome = roster::carry_out(&world.store, By::Dashboard, &wanted.edits, &context, |done| {
        if of > MANY {
            progress(done, of);
        }
        !cancelled()
    });
    if let Some(record) = record {
        record.end();
    }
    match outcome {
        Ok(outcome) => Done::Roster(outcome.into()),
        Err(e) => Done::Roster(Tally { failed: Some(e.to_string()), ..Default::default() }),
    }
}

/// What was broken off before, by the end of its process. The text of each waits as a draft, unless another one does.
pub(in crate::tui) fn broken_off(world: &World) -> Vec<BrokenOff> {
    let found = record::broken_off(&world.paths.applied());
    found.into_iter().map(|(at, kept)| weigh(world, at, &kept)).collect()
}

fn weigh(world: &World, at: Timestamp, kept: &Kept) -> BrokenOff {
    let context = context_at(world, Timestamp::now());
    let look = |reader: Reader| roster::check(&reader, &kept.opened, &kept.text, &context);
    let tasks = match world.store.reader().and_then(look) {
        Ok(Ok(checked)) => Some(parts(&checked)),
        // It cannot be read as it was then: nobody knows.
        Ok(Err(_)) | Err(_) => None,
    };
    let drafts = world.paths.drafts();
    if tasks.is_none_or(|(_, left)| left > 0)
        && draft::read(&drafts, &path()).is_none()
        && let Err(e) = draft::keep(&drafts, &path(), &kept.to_bytes(), at)
    {
        tracing::warn!(error = %e, "the text of a bulk edit that was broken off is not kept");
    }
    BrokenOff { at, tasks }
}

/// Of how many tasks it is done, and of how many not.
fn parts(checked: &Checked) -> (usize, usize) {
    let all = checked.edits.len();
    let trash = checked.edits.iter().filter(|edit| edit.deed == Deed::Trash).count();
    // What is in the trash is as it was to be.
    let gone = trash - checked.trashed.min(trash);
    let left = checked.changed + checked.trashed + checked.overtaken.saturating_sub(gone);
    (all.saturating_sub(left), left.min(all))
}

//! The thread that does what was written of marked tasks: in batches, so that everybody else writes in between (A6).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use jiff::Timestamp;

use super::bulk::Progress;
use super::queries::context_at;
use super::{World, spawn};
use crate::domain::change::By;
use crate::domain::roster::Edit;
use crate::store::StoreError;
use crate::store::roster;
use crate::tui::mailbox::Sender;
use crate::tui::msg::{Done, Msg};

/// Fewer are done before anybody could read how far it is.
const MANY: usize = 200;

/// The side of the dashboard.
#[derive(Debug)]
pub(super) struct Rosters {
    jobs: mpsc::Sender<Arc<Vec<Edit>>>,
    cancelled: Arc<AtomicBool>,
}

impl Rosters {
    pub(super) fn start(world: &World, mailbox: &Sender<Msg>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel::<Arc<Vec<Edit>>>();
        let cancelled = Arc::new(AtomicBool::new(false));
        let (own, answers, given_up) = (world.clone(), mailbox.clone(), Arc::clone(&cancelled));
        spawn("tui-rosters", move || {
            let heard = answers.clone();
            // Nobody looks when the dashboard has ended: the work is done all the same.
            let progress: Progress = Arc::new(move |done, of| {
                let _ = heard.send(Msg::Progress(done, of));
            });
            for edits in queue {
                let done = carry_out(&own, &edits, &progress, &|| given_up.load(Ordering::Relaxed));
                if !answers.send(Msg::Done(Box::new(done))) {
                    return;
                }
            }
        })?;
        Ok(Self { jobs, cancelled })
    }

    /// Does it, after nothing else: the dashboard waits for the one before. With nothing, no more of it.
    pub(super) fn apply(&self, edits: Option<Arc<Vec<Edit>>>) {
        self.cancelled.store(edits.is_none(), Ordering::Relaxed);
        if let Some(edits) = edits {
            // The thread lives as long as this.
            let _ = self.jobs.send(edits);
        }
    }
}

/// Does it until it is `cancelled`. What went wrong is part of the answer.
pub(in crate::tui) fn carry_out(
    world: &World,
    edits: &Arc<Vec<Edit>>,
    progress: &Progress,
    cancelled: &dyn Fn() -> bool,
) -> Done {
    let (of, context) = (edits.len(), context_at(world, Timestamp::now()));
    let outcome = roster::carry_out(&world.store, By::Dashboard, edits, &context, |done| {
        if of > MANY {
            progress(done, of);
        }
        !cancelled()
    });
    match outcome {
        Ok(outcome) => Done::Roster(outcome.into()),
        Err(e) => Done::Roster(crate::tui::model::roster::Tally { failed: Some(e.to_string()), ..Default::default() }),
    }
}

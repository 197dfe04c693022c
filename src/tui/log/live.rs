//! What tells that a live output grew.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::Timespec;

use crate::output::gap::GAP_FILE;
use crate::output::index::OUTPUT_FILE;
use crate::watch::{Watch, Watched};

/// How often a live output is looked at where the system has no watch left to give.
const SLOW_LOOK: Duration = Duration::from_secs(1);

/// What tells that a live output grew.
pub(super) enum Live {
    Watch(Watch, Watching),
    /// The system has no watch left to give.
    Clock,
}

/// What is watched.
#[derive(Clone, Copy)]
pub(super) enum Watching {
    /// And whether its gaps are, too: on a full disk nothing else grows.
    Output(bool),
    /// Several of them.
    All,
    /// The output does not exist yet.
    Folder(Watched),
    /// The folder does not exist yet. The run's next state brings a [`LogRequest::Live`](super::LogRequest::Live).
    Nothing,
}

impl Live {
    pub(super) fn new(folder: &Path) -> Self {
        let Ok(watch) = Watch::new() else { return Self::Clock };
        // The folder comes first: an output that appears in between is found by the second look.
        let watching = watch.add(folder).map_or(Watching::Nothing, Watching::Folder);
        let mut live = Self::Watch(watch, watching);
        live.look_for_output(folder);
        live
    }

    /// What tells that any of several outputs grew.
    pub(super) fn of_all(folders: &[PathBuf]) -> Self {
        let Ok(watch) = Watch::new() else { return Self::Clock };
        for folder in folders {
            // The folder tells of an output that does not exist yet.
            for path in [folder.clone(), folder.join(OUTPUT_FILE)] {
                if let Err(e) = watch.add(&path) {
                    tracing::debug!("{} is not watched: {e}", path.display());
                }
            }
        }
        Self::Watch(watch, Watching::All)
    }

    /// What to wait for.
    pub(super) fn watch(&self) -> Option<&Watch> {
        match self {
            Self::Watch(watch, _) => Some(watch),
            Self::Clock => None,
        }
    }

    /// How long to wait at most.
    pub(super) fn timeout(&self) -> Option<Timespec> {
        match self {
            Self::Watch(..) => None,
            Self::Clock => Some(Timespec { tv_sec: SLOW_LOOK.as_secs().cast_signed(), tv_nsec: 0 }),
        }
    }

    /// Takes what the watch told, so that it can tell anew.
    pub(super) fn heard(&mut self, folder: &Path) {
        if let Self::Watch(watch, _) = self {
            watch.drain();
            self.look_for_output(folder);
        }
    }

    /// Goes over from the folder, where much else happens, to the output.
    fn look_for_output(&mut self, folder: &Path) {
        if let Self::Watch(watch, watching) = self
            && let Watching::Folder(watched) = *watching
            && watch.add(&folder.join(OUTPUT_FILE)).is_ok()
        {
            watch.remove(watched);
            *watching = Watching::Output(false);
        }
        if let Self::Watch(watch, Watching::Output(gaps @ false)) = self {
            *gaps = watch.add(&folder.join(GAP_FILE)).is_ok();
        }
    }
}

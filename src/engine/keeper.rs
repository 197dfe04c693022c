//! Keeps the outputs of runs within their limits (O3): in small steps with pauses between them, in a thread beside the engine's
//! loop, when runs have ended and when the next output is too old.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::sleep_until;

use crate::domain::keep::{Keep, Limit};
use crate::domain::{RunId, TaskId};
use crate::store::{Reader, Store, StoreError, outputs};
use crate::supervise::is_held;

/// Folders that one piece of the work removes, or looks at from the oldest on.
const PIECE: usize = 32;
/// Folders that one piece measures: a transaction of others does not wait long for this one.
const MEASURED: usize = 512;
/// Runs with an output that one piece counts, along an index.
const COUNTED: usize = 4096;
/// Tasks that are remembered to be looked at, before more are looked for.
const TASKS: usize = 1024;
/// A step begins no other piece after so long.
const STEP: Duration = Duration::from_millis(8);
/// A pause is so many times as long as the step before it: the work takes at most a twentieth of a core ...
const PAUSES: u32 = 19;
/// ... unless a step is as slow as only a disk is, or ends late on a busy machine.
const LONGEST: Duration = Duration::from_secs(1);
/// After the end of a run there is time for others to end: a look at many costs as much as at one.
const SOON: Duration = Duration::from_secs(1);
/// What is too old is looked for no more often.
const PAUSE: Duration = Duration::from_secs(3600);
/// Beside the run folders, those that are being removed: a folder has all its files, or another name.
const REMOVED: &str = "removed";

/// The one who removes outputs.
pub(super) struct Keeper {
    /// Not here while it is at work.
    worker: Option<Worker>,
    step: Option<JoinHandle<(Worker, Done, Duration)>>,
    /// When the next step begins; `None` while there is nothing to do.
    due: Option<Instant>,
}

/// What a step did.
enum Done {
    /// There may be more to do.
    Some,
    /// The same, and it has written: that wakes others.
    Wrote,
    /// All is within the limits, until then.
    All(Option<Timestamp>),
    /// Something went wrong, and was logged.
    Failed,
}

impl Keeper {
    /// One that begins with a look at everything. `runs` is the folder of the run folders.
    pub(super) fn new(store: Store, runs: PathBuf, keep: Keep) -> Self {
        Self { worker: Some(Worker::new(store, runs, keep)), step: None, due: Some(Instant::now()) }
    }

    /// Runs have ended.
    pub(super) fn wake(&mut self) {
        let soon = Instant::now() + SOON;
        self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
    }

    /// Goes on with the work; returns after a step of it. Nothing is lost when the wait is given up.
    pub(super) async fn work(&mut self) {
        if self.step.is_none() {
            match self.due {
                Some(due) => sleep_until(due.into()).await,
                None => return std::future::pending().await,
            }
            let Some(mut worker) = self.worker.take() else { return std::future::pending().await };
            self.due = None;
            self.step = Some(tokio::task::spawn_blocking(move || {
                let begun = Instant::now();
                let done = worker.step(Timestamp::now());
                (worker, done, begun.elapsed())
            }));
        }
        let Some(step) = &mut self.step else { return };
        let ended = step.await;
        self.step = None;
        let Ok((worker, done, took)) = ended else {
            tracing::error!("removing old outputs has failed; it is not tried again before the next start");
            return;
        };
        self.worker = Some(worker);
        let next = match done {
            Done::Some | Done::Wrote => Some(pause_after(took)),
            Done::Failed => Some(PAUSE),
            Done::All(next) => {
                let left = next.map(|at| at.duration_since(Timestamp::now()).try_into().unwrap_or_default());
                left.map(|left: Duration| left.max(PAUSE))
            }
        };
        // A run may have ended meanwhile, and be the first to ask.
        let next = next.map(|next| Instant::now() + next);
        self.due = [self.due, next].into_iter().flatten().min();
    }
}

/// What does the work, and how far it is.
struct Worker {
    store: Store,
    reader: Option<Reader>,
    runs: PathBuf,
    keep: Keep,
    /// Tasks that may have more outputs than are kept of a task.
    tasks: BTreeSet<TaskId>,
    /// How far the outputs of all tasks were counted, since the start; `None` when all.
    counted: Option<Counted>,
    /// All runs that ended up to this one were looked at, from the oldest on.
    seen: Option<(Timestamp, RunId)>,
    began: Option<Timestamp>,
}

/// How far the outputs of tasks were counted, one task after the other.
#[derive(Debug, Clone, Copy)]
struct Counted {
    task: TaskId,
    run: RunId,
    /// Of this task, up to this run.
    outputs: u32,
}

impl Worker {
    fn new(store: Store, runs: PathBuf, keep: Keep) -> Self {
        Self {
            store,
            reader: None,
            runs,
            keep,
            tasks: BTreeSet::new(),
            counted: keep.runs.map(|_| Counted { task: TaskId(0), run: RunId(0), outputs: 0 }),
            seen: None,
            began: None,
        }
    }

    /// Does as much as fits into a step.
    fn step(&mut self, now: Timestamp) -> Done {
        let begun = Instant::now();
        loop {
            match self.piece(now) {
                Ok(Done::Some) if begun.elapsed() < STEP => {}
                Ok(done) => return done,
                Err(e) => {
                    tracing::warn!(error = %e, "old outputs cannot be removed");
                    return Done::Failed;
                }
            }
        }
    }

    /// Does one thing of what there is to do.
    fn piece(&mut self, now: Timestamp) -> Result<Done, StoreError> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => self.store.reader()?,
        };
        let reader = &*self.reader.insert(reader);
        if self.tasks.len() < TASKS {
            let ended = outputs::unmeasured(reader, MEASURED)?;
            if !ended.is_empty() {
                return self.measure(ended);
            }
        }
        if let (Some(keep), Some(task)) = (self.keep.runs, self.tasks.pop_first()) {
            let beyond = outputs::beyond(reader, task, keep, PIECE)?;
            let removed = self.remove(&beyond, Limit::Runs(keep), now)?;
            // Those that cannot be removed are not tried for ever.
            if removed > 0 && beyond.len() == PIECE {
                self.tasks.insert(task);
            }
            return Ok(if removed > 0 { Done::Wrote } else { Done::Some });
        }
        if let (Some(keep), Some(counted)) = (self.keep.runs, self.counted) {
            let kept = outputs::kept_after(reader, counted.task, counted.run, COUNTED)?;
            self.count(counted, &kept, keep);
            return Ok(Done::Some);
        }
        // What was the newest of its task may not be it any more.
        if self.began.is_none_or(|at| is_past(at, PAUSE, now)) {
            (self.began, self.seen) = (Some(now), None);
            self.empty();
        }
        let next = match self.oldest(now)? {
            Done::All(next) => next,
            done => return Ok(done),
        };
        if self.leftovers()? { Ok(Done::Wrote) } else { Ok(Done::All(next)) }
    }

    /// Looks what the folders of runs take that have ended.
    fn measure(&mut self, ended: Vec<(RunId, TaskId)>) -> Result<Done, StoreError> {
        let begun = Instant::now();
        let mut sizes = Vec::with_capacity(ended.len());
        for (run, task) in ended {
            let folder = self.folder(run);
            let bytes = taken(&folder).map_err(|source| StoreError::Io { path: folder, source })?;
            sizes.push((run, bytes));
            if bytes > 0 && self.keep.runs.is_some() {
                self.tasks.insert(task);
            }
            if begun.elapsed() >= STEP {
                break;
            }
        }
        self.store.write(move |db| sizes.iter().try_for_each(|(run, bytes)| outputs::measured(db, *run, *bytes)))?;
        Ok(Done::Wrote)
    }

    /// Goes on with the count of outputs: a task that has more than `keep` is to be looked at.
    fn count(&mut self, mut at: Counted, kept: &[(TaskId, RunId)], keep: u32) {
        for &(task, run) in kept {
            let outputs = if task == at.task { at.outputs.saturating_add(1) } else { 1 };
            at = Counted { task, run, outputs };
            // The newest is always kept.
            if outputs > keep.max(1) {
                self.tasks.insert(task);
            }
        }
        self.counted = (kept.len() == COUNTED).then_some(at);
    }

    /// Removes the oldest outputs while they are too old, or all of them too many bytes.
    fn oldest(&mut self, now: Timestamp) -> Result<Done, StoreError> {
        let Some(reader) = &self.reader else { return Ok(Done::All(None)) };
        let horizon =
            self.keep.days.and_then(|days| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok());
        let mut total = outputs::total(reader)?;
        let oldest = outputs::oldest(reader, self.seen, PIECE)?;
        let (mut old, mut many, mut within) = (Vec::new(), Vec::new(), None);
        for kept in &oldest {
            let is_old = horizon.is_some_and(|horizon| kept.finished_at < horizon);
            let is_much = self.keep.bytes.is_some_and(|most| total > most);
            if !is_old && !is_much {
                within = Some(kept);
                break;
            }
            self.seen = Some((kept.finished_at, kept.run));
            if !kept.stays {
                total = total.saturating_sub(kept.bytes);
                if is_old { old.push(kept.run) } else { many.push(kept.run) }
            }
        }
        let whole = oldest.len() == PIECE && within.is_none();
        let found = old.len() + many.len();
        let removed = self.remove(&old, Limit::Days(self.keep.days.unwrap_or_default()), now)?
            + self.remove(&many, Limit::Bytes(self.keep.bytes.unwrap_or_default()), now)?;
        if whole || found > 0 {
            return Ok(if removed > 0 { Done::Wrote } else { Done::Some });
        }
        let age = self.keep.days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        Ok(Done::All(within.zip(age).and_then(|(kept, age)| kept.finished_at.checked_add(age).ok())))
    }

    /// Removes the folders of runs, and notes it; says of how many.
    fn remove(&self, runs: &[RunId], by: Limit, now: Timestamp) -> Result<usize, StoreError> {
        let gone = self.put_all_away(runs);
        let removed = gone.len();
        if removed == 0 {
            return Ok(0);
        }
        tracing::info!(runs = gone.len(), limit = %by, "outputs are removed");
        let noted = self.store.write(move |db| gone.iter().try_for_each(|run| outputs::removed(db, *run, by, now)));
        // Also when that could not be noted for want of room: here is some.
        self.empty();
        noted.map(|()| removed)
    }

    /// Gives a folder the name of one that is removed; false when it is in use.
    fn put_away(&self, folder: &Path) -> io::Result<bool> {
        if is_held(folder)? {
            return Ok(false);
        }
        let away = self.removed();
        fs::create_dir_all(&away)?;
        let name = folder.file_name().unwrap_or_default();
        match fs::rename(folder, away.join(name)) {
            // An earlier engine was ended before it could note it.
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(true),
            Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => {
                fs::remove_dir_all(away.join(name))?;
                fs::rename(folder, away.join(name)).map(|()| true)
            }
            result => result.map(|()| true),
        }
    }

    /// Removes what was put away, now or by an earlier engine.
    fn empty(&self) {
        for folder in fs::read_dir(self.removed()).into_iter().flatten().flatten() {
            if let Err(e) = fs::remove_dir_all(folder.path()) {
                tracing::warn!(path = %folder.path().display(), error = %e, "cannot be removed");
            }
        }
    }

    /// Removes folders of runs that went with their task out of the trash; false when there are none any more.
    fn leftovers(&self) -> Result<bool, StoreError> {
        let Some(reader) = &self.reader else { return Ok(false) };
        let left = outputs::leftovers(reader, PIECE)?;
        let gone = self.put_all_away(&left);
        if gone.is_empty() {
            return Ok(false);
        }
        tracing::info!(runs = gone.len(), "outputs of tasks that are gone from the trash are removed");
        let noted = self.store.write(move |db| gone.iter().try_for_each(|run| outputs::leftover_removed(db, *run)));
        self.empty();
        noted.map(|()| true)
    }

    /// Puts the folders of runs away, and says of which. One of which the lock is held is left alone.
    fn put_all_away(&self, runs: &[RunId]) -> Vec<RunId> {
        let away = |run: &&RunId| match self.put_away(&self.folder(**run)) {
            Ok(away) => away,
            Err(e) => {
                tracing::warn!(%run, error = %e, "an output cannot be removed");
                false
            }
        };
        runs.iter().filter(away).copied().collect()
    }

    fn folder(&self, run: RunId) -> PathBuf {
        self.runs.join(run.to_string())
    }

    fn removed(&self) -> PathBuf {
        self.runs.with_file_name(REMOVED)
    }
}

/// How long the work rests after a step that took so long.
fn pause_after(took: Duration) -> Duration {
    (took * PAUSES).min(LONGEST)
}

/// Whether so much time has passed since then. A clock that went back counts as that.
fn is_past(at: Timestamp, time: Duration, now: Timestamp) -> bool {
    at > now || now.duration_since(at).unsigned_abs() >= time
}

/// What the files of a folder take on the disk; 0 when there is no folder.
fn taken(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    // The folder itself takes some, too: what is there is not nothing.
    let mut bytes = fs::metadata(folder)?.blocks().max(1) * 512;
    for entry in entries {
        match entry?.metadata() {
            Ok(file) => bytes += file.blocks() * 512,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;

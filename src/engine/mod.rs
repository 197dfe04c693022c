//! The engine: does what it finds in the store, when it is due, and keeps the store true about it.
//!
//! ```text
//! wake, clock, end of a run, reply of the spawner  ->  one turn (a transaction)  ->  start, stop  ->  wait
//! ```

mod clock;
mod crew;
mod elapsed;
mod end;
mod environment;
mod gate;
mod incident;
mod keeper;
mod note;
mod outfitter;
mod probe;
mod ready;
mod seen;
mod tail;
mod turn;
mod watcher;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::domain::TaskId;
use crate::domain::group::Limits;
use crate::domain::keep::Keep;
use crate::domain::planner::Cause;
use crate::lock::{Holder, Lock, Role};
use crate::script::Scripts;
use crate::script::env::Workshop;
use crate::store::{Store, StoreError, runs};
use crate::supervise::{Spawner, boot_id};
use clock::{Clock, Sleep};
use crew::Crew;
use gate::Gate;
use keeper::Keeper;
use outfitter::Outfitter;
use ready::Ready;
use seen::Seen;
use turn::{Fact, Launch, Orders, Situation};
use watcher::Watcher;

/// After a write that failed (a full disk), the next attempt (S2).
const RETRY: Duration = Duration::from_secs(1);

/// That a run has started may wait this long for something else to be committed with: nothing depends on it.
const SOON: Duration = Duration::from_millis(10);

/// Beside the run folders, those of the commands that conditions are checked with (R10).
const CHECKS: &str = "checks";

/// What an engine needs beside the store.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the run folders.
    pub runs: PathBuf,
    /// The folder of the environments of scripts.
    pub envs: PathBuf,
    /// The lock file: one engine per data folder (DESIGN 1.2).
    pub lock: PathBuf,
    /// How many runs may live at once (R3).
    pub limits: Limits,
    /// How much of the output of a run is kept when its task says nothing, in bytes; `None` for all (O2).
    pub output_cap: Option<u64>,
    /// Which outputs are kept (O3).
    pub keep: Keep,
    /// Where the scripts lie that Tempo made: what changes there is noted.
    pub scripts: Scripts,
    /// What kind of process this is.
    pub role: Role,
    /// A binary whose `main` calls [`crate::supervise::spawner_main`] for the argument `spawner`: makes a new spawner when
    /// the first one died.
    pub exe: PathBuf,
}

/// Why an engine ended that nobody has stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store cannot be used any more: it is damaged, was replaced, or belongs to a newer Tempo (S3).
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of the system is missing.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A mistake in Tempo.
    #[error("it panicked, which is a mistake in Tempo; its log says where")]
    Panicked,
}

/// A running engine, or one that waits for the lock. Its descriptor is readable when it has ended.
#[derive(Debug)]
pub struct Engine {
    thread: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    working: Arc<AtomicBool>,
    failure: Arc<Mutex<Option<Failure>>>,
    /// The other end goes with the thread.
    ended: UnixStream,
}

impl AsFd for Engine {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.ended.as_fd()
    }
}

impl Engine {
    /// Starts the engine in a thread of its own. While another process holds the lock, it waits there, and takes over as
    /// soon as that one is gone.
    pub fn start(store: Store, spawner: Spawner, options: Options) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let working = Arc::new(AtomicBool::new(false));
        let flag = working.clone();
        let failure = Arc::new(Mutex::new(None));
        let failed = failure.clone();
        let (ended, at_work) = UnixStream::pair()?;
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(move || {
            let _at_work = at_work;
            let fail = |e: Failure| *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(e);
            let holder = Holder::this(options.role, Timestamp::now());
            let lock = match Lock::take(&options.lock, &holder) {
                Ok(lock) => lock,
                Err(e) => {
                    tracing::error!(error = %e, path = %options.lock.display(), "cannot take the engine's lock");
                    return fail(e.into());
                }
            };
            flag.store(true, Ordering::Release);
            tracing::info!(pid = holder.pid, "the engine starts");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
            let served = guarded(|| match runtime {
                Ok(runtime) => runtime.block_on(serve(store, spawner, options, stopped)),
                Err(e) => Err(e.into()),
            });
            match served {
                Ok(()) => tracing::info!("the engine has ended"),
                Err(e) => {
                    tracing::error!(error = %e, "the engine decides nothing any more; what runs goes on");
                    fail(e);
                }
            }
            flag.store(false, Ordering::Release);
            drop(lock);
        })?;
        Ok(Self { thread, stop, working, failure, ended })
    }

    /// Why it has ended, when nobody has stopped it.
    pub fn failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether this process is the engine, and not waiting for another one to end.
    pub fn is_working(&self) -> bool {
        self.working.load(Ordering::Acquire)
    }

    /// Ends it. Runs go on, and the next engine adopts them (R8).
    pub fn stop(self) {
        // Nobody listens when it has ended by itself.
        let _ = self.stop.send(());
        if self.working.load(Ordering::Acquire) {
            let _ = self.thread.join();
        }
    }
}

/// A panic ends the engine as any other failure does: the lock is given back, and whoever is next takes over (R8).
fn guarded(body: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(Failure::Panicked))
}

async fn serve(
    store: Store,
    spawner: Spawner,
    options: Options,
    mut stopped: oneshot::Receiver<()>,
) -> Result<(), Failure> {
    std::fs::create_dir_all(&options.runs)?;
    let boot = boot_id()?;
    let wake = Ready::new(store.watch()?)?;
    let clock = Clock::new()?;
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let workshop = Arc::new(Workshop::new(options.scripts.root().to_owned(), options.envs));
    let mut gate = Gate::new(options.runs.with_file_name(CHECKS), options.exe.clone(), workshop.clone());
    let mut outfitter = Outfitter::new(store.clone(), workshop);
    outfitter.tidy();
    let runs = options.runs.clone();
    let mut keeper = Keeper::new(store.clone(), options.runs.clone(), options.keep);
    let mut watcher = Watcher::new(store.clone(), options.scripts.clone())?;
    let mut crew = Crew::new(options.runs, options.exe, spawner, sender)?;
    tokio::select! {
        live = live(&store) => crew.adopt(&live?, &boot),
        _ = &mut stopped => return Ok(()),
    }

    let mut news = News::default();
    let mut first = true;
    let mut surveyed = Some(TaskId(0));
    let mut calendars_at = None;
    let mut cause = Cause::NotRunning;
    let mut sleep = Sleep::new()?;
    loop {
        let situation = Situation {
            now: Timestamp::now(),
            since_boot: clock::since_boot()?,
            cause: if sleep.was_there()? { Cause::Asleep } else { cause },
            limits: options.limits.clone(),
            output_cap: options.output_cap,
            boot: boot.clone(),
            first,
            calendars_at,
            checking: gate.under_way(),
            runs: runs.clone(),
            looking: outfitter.under_way(),
            surveyed,
        };
        let batch = Arc::new(news.take());
        let turn = store
            .write_async({
                let batch = batch.clone();
                move |db| turn::run(db, &batch, &situation)
            })
            .await;
        let failed = turn.is_err();
        match turn {
            Ok(orders) => {
                first = false;
                calendars_at = Some(orders.calendars_at);
                surveyed = orders.surveyed;
                cause = orders.cause;
                for of in batch.iter().filter_map(Fact::end) {
                    crew.forget(of);
                    keeper.wake();
                }
                clock.set(orders.next)?;
                obey(orders, &options.scripts, &mut crew, &mut gate, &mut outfitter);
            }
            Err(StoreError::Closed) => return Ok(()),
            // To try again would change nothing. The facts stand in the run folders, for the next engine.
            Err(e) if e.is_final() => return Err(e.into()),
            Err(e) => {
                tracing::error!(error = %e, "a turn of the engine failed; it is tried again");
                news.facts.extend(batch.iter().cloned());
                clock.set(Timestamp::now().checked_add(RETRY).ok())?;
            }
        }

        let mut woken = false;
        // After a failure the facts are there already: they wait for the retry.
        while !woken && (failed || news.facts.is_empty()) {
            let mut fact = None;
            tokio::select! {
                ready = wake.readable() => {
                    ready?;
                    wake.get().drain();
                    woken = true;
                }
                tick = clock.tick() => {
                    tick?;
                    woken = true;
                }
                () = until(news.soon) => woken = true,
                replies = crew.replies() => replies?,
                checked = gate.next() => fact = checked?,
                looked = outfitter.next() => looked.into_iter().for_each(|told| news.add(told)),
                () = keeper.work() => {}
                noted = watcher.work() => noted?,
                told = receiver.recv() => fact = told,
                _ = &mut stopped => return Ok(()),
            }
            while let Some(told) = fact.or_else(|| receiver.try_recv().ok()) {
                fact = None;
                if let Fact::Found(of, ref supervisor, _) = told {
                    crew.hold(of, supervisor.clone());
                }
                news.add(told);
            }
        }
    }
}

/// Does what a turn has decided.
fn obey(orders: Orders, scripts: &Scripts, crew: &mut Crew, gate: &mut Gate, outfitter: &mut Outfitter) {
    for check in orders.check {
        gate.begin(check);
    }
    for Launch { spec, script } in &orders.start {
        let seen = script.as_ref().map(|(task, path)| Seen::now(scripts, *task, path));
        crew.start(spec, seen);
    }
    orders.stop.into_iter().for_each(|(run, kill, signal)| crew.stop(run, kill, signal));
    orders.pause.into_iter().for_each(|(run, pause)| crew.pause(run, pause));
    outfitter.look(orders.look);
    if orders.tidy {
        outfitter.tidy();
    }
}

/// What runs, read again and again if need be.
async fn live(store: &Store) -> Result<Vec<runs::Live>, Failure> {
    loop {
        match store.reader().and_then(|db| runs::live(&db)).map_err(|e| store.met(e)) {
            Ok(live) => return Ok(live),
            Err(e) if e.is_final() => return Err(e.into()),
            Err(e) => tracing::error!(error = %e, "what runs cannot be read; it is tried again"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// What has happened since the last turn.
#[derive(Default)]
struct News {
    facts: Vec<Fact>,
    /// That runs have started: nothing depends on these.
    starts: Vec<Fact>,
    /// When they are committed at the latest.
    soon: Option<Instant>,
}

impl News {
    fn add(&mut self, fact: Fact) {
        if let Fact::Started(..) = fact {
            self.starts.push(fact);
            self.soon.get_or_insert_with(|| Instant::now() + SOON);
        } else {
            self.facts.push(fact);
        }
    }

    /// What is to be recorded now, starts before ends.
    fn take(&mut self) -> Vec<Fact> {
        if self.facts.is_empty() && self.soon.is_none_or(|at| at > Instant::now()) {
            return Vec::new();
        }
        self.soon = None;
        let mut all = std::mem::take(&mut self.starts);
        all.append(&mut self.facts);
        all
    }
}

/// Waits until then; for ever without an instant.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_a_panic_is_a_failure_that_is_said() {
        let ended = guarded(|| panic!("a mistake"));
        assert!(matches!(&ended, Err(Failure::Panicked)), "{ended:?}");
        guarded(|| Ok(())).unwrap();
    }
}

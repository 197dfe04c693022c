//! The threads that talk to the store for the dashboard: they answer queries, of which only the newest of a kind counts, and
//! carry out intents in order.

mod agenda;
mod bulk;
mod calendar;
mod dry_run;
mod duties;
pub(super) mod example;
mod foreign;
mod hunt;
pub(super) mod intents;
pub(super) mod notes;
pub(super) mod preview;
pub(super) mod queries;
pub(super) mod roster;
pub(in crate::tui) mod scripts;
mod sight;
mod simulation;
mod templates;
mod timeline;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::hunt::Hunter;
use self::roster::Rosters;
use super::effect::{Intent, Kind, Query, Ticket};
pub(super) use bulk::Progress;
pub use notes::NoteJob;

use super::mailbox::Sender;
use super::model::hunt::Wish;
use super::model::roster::Wanted;
use super::msg::{Answer, Msg};
use crate::config::Paths;
use crate::domain::filter::Asker;
use crate::domain::group::Limits;
use crate::domain::types::Types;
use crate::store::{Reader, Store, StoreError};

/// What the threads need to know of the world.
#[derive(Debug, Clone)]
pub struct World {
    /// The store.
    pub store: Store,
    /// The folder of the run folders.
    pub runs: PathBuf,
    /// The lock that tells who is the engine.
    pub engine_lock: PathBuf,
    /// The zone in which times are read.
    pub zone: TimeZone,
    /// Its name, for new schedules.
    pub zone_name: String,
    /// Where everything else is.
    pub paths: Paths,
    /// The folder from which relative paths count.
    pub folder: PathBuf,
    /// How many runs may live at once (R3).
    pub limits: Limits,
    /// The types of tasks.
    pub types: Declared,
    /// Who `me` is in filters.
    pub me: Option<String>,
}

/// The types of tasks that are in force, for everybody who asks.
#[derive(Debug, Clone, Default)]
pub struct Declared(Arc<Mutex<Arc<Types>>>);

impl Declared {
    /// Those in force now.
    pub fn get(&self) -> Arc<Types> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these are.
    pub fn set(&self, types: Arc<Types>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = types;
    }
}

impl World {
    /// Whoever filters here.
    pub(super) fn asker(&self, now: Timestamp) -> Asker {
        Asker::new(self.zone.clone(), now, self.me.clone())
    }
}

/// The threads. They end when this is dropped and their work is done.
#[derive(Debug)]
pub struct Workers {
    /// The list of tasks has a thread of its own: filtering a million of them takes a while.
    tasks: Desk,
    others: Desk,
    /// And so has what goes through much: comparisons of outputs, and reports.
    slow: Desk,
    /// And so have the counts of views, which keep what they know.
    views: Desk,
    hunter: Hunter,
    rosters: Rosters,
    intents: mpsc::Sender<Intent>,
    /// What is done to many is to end.
    given_up: Arc<AtomicBool>,
    notes: Option<mpsc::Sender<NoteJob>>,
    /// Says when the last message is kept.
    noted: mpsc::Receiver<()>,
    /// Ends the pulse when it is dropped.
    _pulse: mpsc::Sender<()>,
}

/// How often the store and the lock are looked at without a wake: the safety net for a writer that died between its commit and
/// its wake (DESIGN 1.1), and for an engine that has gone. Less often than once a second, so that an idle dashboard wakes up less
/// often than that, whatever else happens once.
const PULSE: Duration = Duration::from_millis(1100);

impl Workers {
    /// Starts the threads; answers go to `mailbox`. The list of tasks comes first: the first frame waits for it.
    pub fn start(world: &World, mailbox: &Sender<Msg>) -> Result<Self, StoreError> {
        let tasks = Desk::open("tui-tasks", world, mailbox, Reader::get_ready)?;
        let (intents, queue) = mpsc::channel();
        let given_up = Arc::new(AtomicBool::new(false));
        let (own, answers, cancelled) = (world.clone(), mailbox.clone(), Arc::clone(&given_up));
        spawn("tui-intents", move || {
            let heard = answers.clone();
            // Nobody looks when the dashboard has ended: the work is done all the same.
            let progress: Progress = Arc::new(move |done, of| {
                let _ = heard.send(Msg::Progress(done, of));
            });
            for intent in queue {
                // It ends what goes on, and not what comes after it.
                cancelled.store(false, Ordering::Relaxed);
                let done = intents::carry_out(&own, intent, &progress, &|| cancelled.load(Ordering::Relaxed));
                if !answers.send(Msg::Done(Box::new(done))) {
                    return;
                }
            }
        })?;
        let (notes, jobs) = mpsc::channel();
        let (own, answers) = (world.clone(), mailbox.clone());
        let (finished, last) = mpsc::channel();
        spawn("tui-notes", move || {
            notes::serve(&own, &jobs, &answers);
            // Nobody waits when the dashboard has waited long enough.
            let _ = finished.send(());
        })?;
        let (pulse, end) = mpsc::channel();
        let (own, answers, reader) = (world.clone(), mailbox.clone(), world.store.reader()?);
        spawn("tui-pulse", move || beat(&own, &reader, &answers, &end))?;
        Ok(Self {
            _pulse: pulse,
            tasks,
            others: Desk::open("tui-queries", world, mailbox, |_| Ok(()))?,
            slow: Desk::open("tui-slow", world, mailbox, |_| Ok(()))?,
            views: Desk::open("tui-views", world, mailbox, |_| Ok(()))?,
            hunter: Hunter::start(world, mailbox)?,
            rosters: Rosters::start(world, mailbox)?,
            intents,
            given_up,
            notes: Some(notes),
            noted: last,
        })
    }

    /// Asks. A query of the same kind that waits is forgotten for this one; a search that runs is cancelled.
    pub fn ask(&self, ticket: Ticket, query: Query) {
        let desk = match query.kind() {
            Kind::Tasks | Kind::Matches | Kind::Offer => &self.tasks,
            Kind::Compare | Kind::Report | Kind::Roster | Kind::RosterCheck => &self.slow,
            Kind::Views => &self.views,
            _ => &self.others,
        };
        desk.ask(ticket, query);
    }

    /// Searches through many outputs, instead of the search before; with nothing, no longer.
    pub fn hunt(&self, wish: Option<Wish>) {
        self.hunter.ask(wish);
    }

    /// Does what was written of marked tasks.
    pub fn apply(&self, wanted: Wanted) {
        self.rosters.apply(wanted);
    }

    /// Does no more of what is being done to many.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.rosters.give_up();
    }

    /// Keeps messages, after those before them.
    pub fn note(&self, job: NoteJob) {
        if let Some(notes) = &self.notes {
            let _ = notes.send(job);
        }
    }

    /// Carries out, after those before it.
    pub fn intend(&self, intent: Intent) {
        // The thread lives as long as this.
        let _ = self.intents.send(intent);
    }
}

/// So long the end of a dashboard waits for its last messages to be kept.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Drop for Workers {
    fn drop(&mut self) {
        self.notes = None;
        let _ = self.noted.recv_timeout(LAST_WORDS);
    }
}

/// A thread with a reader of its own.
struct Desk {
    shared: Arc<Shared>,
    /// Ends what the reader is doing.
    interrupt: Box<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// In order; one of a kind.
    waiting: Vec<(Ticket, Query)>,
    /// What is being answered.
    running: Option<Query>,
    closed: bool,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The lists are whole at any point, also when a thread has panicked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next query; `None` when there will be none.
    fn next(&self) -> Option<(Ticket, Query)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if !state.waiting.is_empty() {
                let (ticket, query) = state.waiting.remove(0);
                state.running = Some(query.clone());
                return Some((ticket, query));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Desk {
    /// Starts its thread, which does `first` before anything is asked of it.
    fn open(
        name: &str,
        world: &World,
        mailbox: &Sender<Msg>,
        first: fn(&Reader) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let reader = world.store.reader()?;
        let handle = reader.interrupt_handle();
        let shared = Arc::new(Shared::default());
        let (own, world, mailbox) = (Arc::clone(&shared), world.clone(), mailbox.clone());
        spawn(name, move || {
            // What is wrong with the store is said to whoever asks.
            let _ = first(&reader);
            while let Some((ticket, query)) = own.next() {
                let kind = query.kind();
                let result = queries::answer(&reader, &world, query);
                own.lock().running = None;
                let answer = match result {
                    Ok(answer) => answer,
                    Err(StoreError::Interrupted) => Answer::GivenUp,
                    Err(e) => match world.store.met(e) {
                        e if e.is_final() => Answer::Unusable(e.to_string()),
                        e => Answer::Failed(e.to_string()),
                    },
                };
                if !mailbox.send(Msg::Answer(ticket, kind, Box::new(answer))) {
                    return;
                }
            }
        })?;
        Ok(Self { shared, interrupt: Box::new(move || handle.interrupt()) })
    }

    fn ask(&self, ticket: Ticket, query: Query) {
        let mut state = self.shared.lock();
        // Under the lock the running query cannot become another one, so that no other is interrupted.
        if state.running.as_ref().is_some_and(|running| is_outdated(running, &query)) {
            (self.interrupt)();
        }
        state.waiting.retain(|(_, waiting)| waiting.kind() != query.kind());
        state.waiting.push((ticket, query));
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        (self.interrupt)();
    }
}

/// Looks at every pulse, and speaks only when something is new: the one wake-up of an idle dashboard.
fn beat(world: &World, reader: &Reader, answers: &Sender<Msg>, end: &mpsc::Receiver<()>) {
    let mut before = None;
    while matches!(end.recv_timeout(PULSE), Err(mpsc::RecvTimeoutError::Timeout)) {
        let answer = queries::answer(reader, world, Query::Pulse);
        let now = match &answer {
            Ok(Answer::Pulse(version, engine)) => Ok((*version, engine.clone())),
            Ok(Answer::Unusable(text)) => Err(text.clone()),
            _ => continue,
        };
        if let Ok(answer) = answer
            && before.as_ref() != Some(&now)
        {
            before = Some(now);
            // Nobody has asked for it, so it has the number of no query.
            if !answers.send(Msg::Answer(0, Kind::Pulse, Box::new(answer))) {
                return;
            }
        }
    }
}

/// Whether the answer to the running query would not be used: it searches for another text.
fn is_outdated(running: &Query, new: &Query) -> bool {
    match (running, new) {
        (Query::Tasks(old, _), Query::Tasks(new, _)) => (&old.text, old.order) != (&new.text, new.order),
        (Query::Offer(old), Query::Offer(text)) => old != text,
        (Query::Report(old), Query::Report(new)) => old != new,
        // Who moves is not kept waiting by a count, which is asked again when they have arrived; who compares has left the reports.
        (Query::Matches(..), Query::Tasks(..)) | (Query::Report(_), Query::Compare(..)) => true,
        _ => false,
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| StoreError::Io { path: PathBuf::from(format!("thread {name}")), source })
}

//! The thread that searches through many outputs: of several wishes only the newest counts, and it goes no further for another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::World;
use crate::domain::RunId;
use crate::output::scan::{Found, Hit, Matcher, Next, Source, Wanted, sweep};
use crate::store::outputs::{self, Printed};
use crate::store::{Db, StoreError};
use crate::tui::mailbox::Sender;
use crate::tui::model::hunt::{MOST, Quarry, Report, Tally, Wish};
use crate::tui::msg::Msg;

/// Runs that are asked for at once.
const PAGE: usize = 128;
/// It tells what it found at most this often (UX 6), but at once of the first line.
const PAUSE: Duration = Duration::from_millis(50);

/// The thread's end that the dashboard holds. Dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Hunter {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
    /// The number of the newest wish; 0 when there is none.
    newest: AtomicU64,
}

#[derive(Debug, Default)]
struct Desk {
    wish: Option<Wish>,
    closed: bool,
}

impl Hunter {
    pub(super) fn start(world: &World, mailbox: &Sender<Msg>) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared::default());
        let (own, world, mailbox, db) = (Arc::clone(&shared), world.clone(), mailbox.clone(), world.store.reader()?);
        super::spawn("tui-hunt", move || {
            while let Some(wish) = own.next() {
                let stop = || own.newest.load(Ordering::Relaxed) != wish.number;
                let mut telling = Telling::new(wish.number, &mailbox);
                if let Err(e) = hunt(&world, &db, &wish, &stop, &mut telling) {
                    telling.problem = Some(e.to_string());
                }
                if !stop() {
                    telling.tally.done = true;
                    telling.tell();
                }
            }
        })?;
        Ok(Self { shared })
    }

    /// Asks for another search, or with nothing ends the one that goes on. Never waits.
    pub(super) fn ask(&self, wish: Option<Wish>) {
        self.shared.newest.store(wish.as_ref().map_or(0, |wish| wish.number), Ordering::Relaxed);
        self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner).wish = wish;
        self.shared.changed.notify_all();
    }
}

impl Drop for Hunter {
    fn drop(&mut self) {
        self.shared.newest.store(0, Ordering::Relaxed);
        self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    /// The next wish; `None` when there will be none.
    fn next(&self) -> Option<Wish> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if desk.closed {
                return None;
            }
            if let Some(wish) = desk.wish.take() {
                return Some(wish);
            }
            desk = self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What was found and not told.
struct Telling<'a> {
    number: u64,
    mailbox: &'a Sender<Msg>,
    quarry: Vec<Quarry>,
    tally: Tally,
    problem: Option<String>,
    kept: usize,
    told: Option<Instant>,
}

impl<'a> Telling<'a> {
    fn new(number: u64, mailbox: &'a Sender<Msg>) -> Self {
        let (quarry, tally) = (Vec::new(), Tally::default());
        Self { number, mailbox, quarry, tally, problem: None, kept: 0, told: None }
    }

    fn tell(&mut self) {
        self.told = Some(Instant::now());
        let quarry = std::mem::take(&mut self.quarry);
        let report = Report { number: self.number, quarry, tally: self.tally, problem: self.problem.clone() };
        self.mailbox.send(Msg::Hunted(Box::new(report)));
    }

    fn tell_sometimes(&mut self) {
        if self.told.map_or(!self.quarry.is_empty(), |told| told.elapsed() >= PAUSE) {
            self.tell();
        }
    }

    fn keep(&mut self, run: &Printed, hits: Vec<Hit>) {
        let room = MOST - self.kept;
        let quarry =
            |hit: Hit| Quarry { task: run.task, slug: run.slug.clone(), run: run.run, line: hit.line, text: hit.text };
        self.kept += hits.len().min(room);
        self.quarry.extend(hits.into_iter().take(room).map(quarry));
    }
}

#[cfg(test)]
mod tests;

/// Goes through the outputs, those of the newest run first.
fn hunt(
    world: &World,
    db: &Db,
    wish: &Wish,
    stop: &dyn Fn() -> bool,
    telling: &mut Telling<'_>,
) -> Result<(), StoreError> {
    let Some(matcher) = Matcher::new(&wish.pattern) else { return Ok(()) };
    telling.problem = matcher.problem().map(|problem| format!("taken as text: {problem}"));
    let wanted = Arc::new(Wanted::matching(Arc::new(matcher)));
    let mut before: Option<RunId> = None;
    loop {
        let page = outputs::printed(db, wish.task, before, PAGE)?;
        let is_last = page.len() < PAGE;
        before = page.last().map(|printed| printed.run);
        telling.tally.not_kept += page.iter().filter(|printed| printed.removed).count() as u64;
        let source = |printed: Printed| Source {
            folder: world.runs.join(printed.run.to_string()),
            whole: !printed.live,
            key: printed,
        };
        let sources: Vec<_> = page.into_iter().filter(|printed| !printed.removed).map(source).collect();
        let shows = telling.kept < MOST;
        let mut of_output = 0;
        let on = sweep(&wanted, &sources, shows, stop, &mut |run, found| {
            match found {
                Found::Lines(_, hits) => {
                    of_output += hits.len() as u64;
                    telling.tally.matches += hits.len() as u64;
                    telling.keep(run, hits);
                }
                Found::End(reader, total) => {
                    // Where the lines themselves were not asked for, only their number comes.
                    telling.tally.matches += total - of_output;
                    telling.tally.outputs += 1;
                    telling.tally.bytes += reader.bytes();
                    of_output = 0;
                }
                Found::Failed(e) => {
                    telling.problem = Some(format!("run {}: {e}", run.run));
                    of_output = 0;
                }
            }
            telling.tell_sometimes();
            Next::On
        });
        if !on || is_last {
            return Ok(());
        }
    }
}

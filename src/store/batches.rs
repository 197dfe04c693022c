//! Something that is done to many: in one step, which one undo takes back, but a few in each transaction, so that others write in
//! between (A6).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::changes::Step;
use super::{Db, Result, Store, StoreError, apart};

/// So many share a transaction: the more, the fewer pages are written again and again, and the longer others wait. Tests have several
/// transactions with fewer.
pub const BATCH: usize = if cfg!(test) { 100 } else { 1000 };

/// How it ended.
#[derive(Debug)]
pub enum Ended {
    /// With the last one.
    Whole,
    /// Before that, as was wished.
    Cancelled,
    /// Before that, because the store cannot be written.
    Failed(StoreError),
}

/// What became of them.
#[derive(Debug)]
pub struct Batches<R> {
    /// Of each that was come to, in order: what, or why it was refused.
    pub results: Vec<Result<R>>,
    /// How it ended.
    pub ended: Ended,
    /// The step, for what belongs to it still.
    pub step: Step,
}

/// What is done to each.
pub type Each<T, R> = Arc<dyn Fn(&Db, &mut Step, &T) -> Result<R> + Send + Sync>;

/// Whether it is done, or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earnest {
    /// It is done.
    Do,
    /// It is taken back at once: what comes is what would have come of it.
    Try,
}

/// Does it to each of them by itself. After each transaction `goes_on` hears how many are done, and says whether to go on.
pub fn in_batches<T, R>(
    store: &Store,
    mut step: Step,
    items: &Arc<Vec<T>>,
    each: &Each<T, R>,
    earnest: Earnest,
    mut goes_on: impl FnMut(usize) -> bool,
) -> Batches<R>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let _room = store.room_for_many();
    let mut results: Vec<Result<R>> = Vec::with_capacity(items.len());
    while results.len() < items.len() {
        if !goes_on(results.len()) {
            return Batches { results, ended: Ended::Cancelled, step };
        }
        let done = match earnest {
            Earnest::Do => one_batch(store, &step, items, results.len(), each),
            Earnest::Try => store
                .rehearse(batch(&step, items, results.len(), each, all_apart))
                .map(|(done, _)| (done, step.clone())),
        };
        match done {
            Ok((done, after)) => {
                results.extend(done);
                step = after;
            }
            Err(e) => return Batches { results, ended: Ended::Failed(e), step },
        }
    }
    Batches { results, ended: Ended::Whole, step }
}

/// What came of a batch.
type Done<R> = (Vec<Result<R>>, Step);

/// A transaction. That each can be taken back by itself costs as much as the rest of it, so that it is done only when one of them fails
/// when it has changed something.
fn one_batch<T, R>(store: &Store, step: &Step, items: &Arc<Vec<T>>, from: usize, each: &Each<T, R>) -> Result<Done<R>>
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let half_done = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&half_done);
    let together = move |db: &Db, step: &mut Step, items: &[T], each: &Each<T, R>| {
        let one = |item| {
            let before = db.total_changes();
            match each(db, step, item) {
                Err(e) if e.is_final() || db.is_autocommit() => Err(e),
                Err(e) if db.total_changes() != before => {
                    told.store(true, Ordering::Relaxed);
                    Err(e)
                }
                done => Ok(done),
            }
        };
        items.iter().map(one).collect()
    };
    match store.write(batch(step, items, from, each, together)) {
        Err(_) if half_done.load(Ordering::Relaxed) => store.write(batch(step, items, from, each, all_apart)),
        done => done,
    }
}

fn all_apart<T, R>(db: &Db, step: &mut Step, items: &[T], each: &Each<T, R>) -> Result<Vec<Result<R>>> {
    items.iter().map(|item| apart(db, |db| each(db, step, item))).collect()
}

/// The change that a batch is.
fn batch<T, R>(
    step: &Step,
    items: &Arc<Vec<T>>,
    from: usize,
    each: &Each<T, R>,
    all: impl FnOnce(&Db, &mut Step, &[T], &Each<T, R>) -> Result<Vec<Result<R>>> + Send + 'static,
) -> impl FnOnce(&Db) -> Result<Done<R>> + Send + 'static
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let (mut step, items, each) = (step.clone(), Arc::clone(items), Arc::clone(each));
    move |db| {
        let some = &items[from..items.len().min(from + BATCH)];
        let done = all(db, &mut step, some, &each)?;
        Ok((done, step))
    }
}

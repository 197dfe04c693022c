//! Something that is done to many: in one step, which one undo takes back, but a few in each transaction, so that others write in
//! between (A6).

use std::sync::Arc;

use super::changes::Step;
use super::{Db, Result, Store, StoreError, apart};

/// So many share a transaction.
pub const BATCH: usize = 100;

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
    let mut results: Vec<Result<R>> = Vec::with_capacity(items.len());
    while results.len() < items.len() {
        if !goes_on(results.len()) {
            return Batches { results, ended: Ended::Cancelled, step };
        }
        let from = results.len();
        let (own, of_batch, each) = (Arc::clone(items), step.clone(), Arc::clone(each));
        let change = move |db: &Db| {
            let mut step = of_batch;
            let some = own.iter().skip(from).take(BATCH);
            let done = some.map(|item| apart(db, |db| each(db, &mut step, item))).collect::<Result<Vec<_>>>()?;
            Ok((done, step))
        };
        let done = match earnest {
            Earnest::Do => store.write(change),
            Earnest::Try => store.rehearse(change).map(|(done, _)| (done, step.clone())),
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

//! The writer thread: takes changes from everywhere in the process and commits all that wait together (group commit).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::guard::Guard;
use super::{Db, Result, StoreError};

/// Changes that share one commit at most, so that no one waits for ever longer transactions.
const BATCH: usize = 256;

/// The sending side.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the thread. It ends when the last clone is dropped and everything queued is committed.
    pub(super) fn start(db: Connection, wake: File, guard: Arc<Guard>) -> Result<Self> {
        let (jobs, queue) = mpsc::channel();
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(db, &wake, &guard, &queue))
            .map_err(|source| StoreError::Io { path: "thread store-writer".into(), source })?;
        Ok(Self { jobs })
    }

    /// Queues a change; the answer comes after its commit.
    pub(super) fn submit<T, F>(&self, change: F) -> oneshot::Receiver<Result<T>>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        let (answer, receiver) = oneshot::channel();
        // When the thread is gone the job is dropped, and the receiver reports the store as closed.
        let _ = self.jobs.send(Box::new(Change { apply: Some(change), result: None, answer }));
        receiver
    }
}

/// A change whose result type is forgotten.
trait Job: Send {
    /// Makes the change in the open transaction; on an error it must be undone, and on one that is final all the others, too.
    fn apply(&mut self, db: &Db) -> std::result::Result<(), &StoreError>;
    /// Answers the caller, after the commit succeeded or failed.
    fn answer(self: Box<Self>, commit: std::result::Result<(), &StoreError>);
}

struct Change<T, F> {
    apply: Option<F>,
    result: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Job for Change<T, F>
where
    T: Send,
    F: FnOnce(&Db) -> Result<T> + Send,
{
    fn apply(&mut self, db: &Db) -> std::result::Result<(), &StoreError> {
        self.result = self.apply.take().map(|change| change(db));
        match &self.result {
            Some(Err(e)) => Err(e),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn answer(self: Box<Self>, commit: std::result::Result<(), &StoreError>) {
        let result = match (self.result, commit) {
            // That nothing can be written any more counts for all, and has the name of the file.
            (_, Err(e)) if e.is_final() => Err(e.again()),
            (Some(Err(own)), _) => Err(own),
            (_, Err(e)) => Err(e.again()),
            (Some(done), Ok(())) => done,
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // The caller may have stopped waiting; the change stands all the same.
        let _ = self.answer.send(result);
    }
}

fn serve(mut db: Connection, wake: &File, guard: &Guard, queue: &mpsc::Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        let before = db.total_changes();
        let commit = guard.noted(commit_all(&mut db, guard, queue, &mut jobs));
        if commit.as_ref().is_err_and(StoreError::is_final) {
            // What is damaged or another's is left as it is.
            let _ = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
        if commit.is_ok() && db.total_changes() != before {
            // After the commit, so that whoever wakes up sees it. A wake that cannot be written costs the others at most
            // the second until they look by themselves.
            let _ = wake.write_at(b"w", 0);
        }
        for job in jobs {
            job.answer(commit.as_ref().map(|&()| ()));
        }
    }
}

/// One transaction for everything that waits; a job that fails is undone alone.
fn commit_all(
    db: &mut Connection,
    guard: &Guard,
    queue: &mpsc::Receiver<Box<dyn Job>>,
    jobs: &mut Vec<Box<dyn Job>>,
) -> Result<()> {
    let mut next = 0;
    while next < jobs.len() {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        guard.check(&tx)?;
        if apply_all(&tx, queue, jobs, &mut next)? {
            tx.commit()?;
        } else {
            tx.rollback()?;
        }
    }
    Ok(())
}

/// Applies what waits from `next` on, and says whether it is to be committed. The first one needs no savepoint, for which every page
/// that it touches would be copied: when it fails, the whole transaction is undone, and the next one is the first of another.
fn apply_all(
    tx: &Db,
    queue: &mpsc::Receiver<Box<dyn Job>>,
    jobs: &mut Vec<Box<dyn Job>>,
    next: &mut usize,
) -> Result<bool> {
    let first = *next;
    while let Some(job) = jobs.get_mut(*next) {
        let is_first = *next == first;
        if !is_first {
            tx.prepare_cached("SAVEPOINT job")?.execute([])?;
        }
        *next += 1;
        match job.apply(tx) {
            Ok(()) => {}
            Err(e) if e.is_final() => return Err(e.again()),
            // SQLite undoes the whole transaction by itself when the disk is full.
            Err(e) if tx.is_autocommit() => return Err(e.again()),
            Err(_) if is_first => return Ok(false),
            Err(_) => drop(tx.prepare_cached("ROLLBACK TO job")?.execute([])?),
        }
        if !is_first {
            tx.prepare_cached("RELEASE job")?.execute([])?;
        }
        if *next == jobs.len() && *next < BATCH {
            jobs.extend(queue.try_recv());
        }
    }
    Ok(true)
}

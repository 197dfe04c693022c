//! The only SQL: one file of plain functions per noun, the writer thread, the readers, and the wake.
//!
//! Every function takes a [`Db`]: inside [`Store::write`] it is the writer's open transaction, with a [`Reader`] it is a
//! connection that cannot write. Decisions are made elsewhere; here they are kept.

pub mod attempts;
pub mod backup;
pub mod batches;
pub mod bookmarks;
pub mod categories;
pub mod changes;
pub mod clock;
mod column;
mod definition;
pub mod dependencies;
pub mod drain;
pub mod duties;
pub mod environments;
mod error;
pub mod exchange;
pub mod find;
pub mod given;
mod guard;
mod header;
pub mod health;
pub mod history;
pub mod incidents;
pub mod incoming;
pub mod kin;
pub mod messages;
mod migrate;
pub mod notes;
pub mod order;
pub mod outputs;
pub mod overview;
pub mod pauses;
pub mod reminders;
pub mod report;
pub mod roster;
pub mod runs;
pub mod schedules;
pub mod scripts;
pub mod series;
pub mod slots;
pub mod tasks;
pub mod tasks_file;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod todos;
pub mod trash;
pub mod upkeep;
pub mod upstreams;
pub mod views;
pub mod why;
mod writer;

use std::cell::{RefCell, RefMut};
use std::fs;
use std::ops::Deref;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, InterruptHandle, OpenFlags};

pub use error::{Result, StoreError};
pub use migrate::SCHEMA_VERSION;

use crate::watch::Watch;

/// A connection, as the functions of this module take it.
pub type Db = Connection;

/// How long a writer waits for another process's transaction before it gives up (S1).
const BUSY: Duration = Duration::from_secs(30);

/// What [`Room`] goes back to: the cache of `.cargo/config.toml`, and after how many pages SQLite brings its log into the database.
const USUAL_ROOM: &str = "PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 1000;";

/// Which end of a list, or which side of a known key, a page is taken from. Pages are read through an index by key,
/// never by offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From<K> {
    /// The first rows.
    Start,
    /// The last rows.
    End,
    /// The rows that follow this key.
    After(K),
    /// The rows that precede this key.
    Before(K),
    /// The row with this key, or where it would be, and those that follow.
    At(K),
}

/// The database of one data folder. Clones share the writer thread.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    writer: writer::Writer,
    guard: Arc<guard::Guard>,
}

impl Store {
    /// Opens the database file, making it and its folder when they are not there, and brings its schema up to date. A foreign,
    /// damaged or newer file is refused and left as it is (S3).
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        }
        let wake_path = wake_path(path);
        header::check(path, &wake_path)?;
        // Commands and variables are nobody else's business, whatever the folder allows.
        let _ = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let before = guard::file(path).ok();
        let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        migrate::run(&mut db, path, migrate::MIGRATIONS)?;
        db.execute_batch("PRAGMA synchronous = FULL;")?;
        // It is ours and sound: who closes it last may bring the log into it.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        let wake = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&wake_path)
            .map_err(|source| StoreError::Io { path: wake_path, source })?;
        let guard = Arc::new(guard::Guard::new(path, before)?);
        Ok(Self { path: path.to_owned(), writer: writer::Writer::start(db, wake, guard.clone())?, guard })
    }

    /// Runs `change` on the writer thread, in a transaction shared with whatever else is waiting (group commit), and returns
    /// once it is safe on disk. An error undoes this change only. Blocks: for threads that may wait.
    pub fn write<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        self.writer.submit(change).blocking_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `change` as [`Store::write`] does and takes it back: what it returns is what would have come of it.
    pub fn rehearse<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = std::sync::mpsc::channel();
        // Only an error undoes it.
        let written = self.write(move |db| {
            let _ = answer.send(change(db)?);
            Err::<(), _>(StoreError::Refused("a rehearsal changes nothing".to_owned()))
        });
        answered.try_recv().or_else(|_| written.and(Err(StoreError::Closed)))
    }

    /// Room for many changes, one after the other: while it is held, the writer keeps more pages in memory, and brings its log into
    /// the database more rarely.
    #[must_use]
    pub fn room_for_many(&self) -> Room<'_> {
        let room = |db: &Db| Ok(db.execute_batch("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8000;")?);
        // Without it all goes the same way, but slower.
        let _ = self.write(room);
        Room(self)
    }

    /// As [`Store::write`], for async code.
    pub async fn write_async<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Result<T> + Send + 'static,
    {
        self.writer.submit(change).await.unwrap_or(Err(StoreError::Closed))
    }

    /// A connection that reads only. Each reading thread has its own.
    pub fn reader(&self) -> Result<Reader> {
        let db = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.execute_batch("PRAGMA query_only = 1;")?;
        Ok(Reader { db, finder: RefCell::default() })
    }

    /// Whether the database is still the one that was opened, sound and of a schema that is known here, as far as this process
    /// has met it (S3). After an error this process must be started again: it refuses every change.
    pub fn check(&self, reader: &Reader) -> Result<()> {
        self.guard.check(reader)
    }

    /// Remembers what a reader met, so that after damage nothing is written any more; gives it the name of the file.
    pub fn met(&self, error: StoreError) -> StoreError {
        self.guard.note(error)
    }

    /// A watch whose descriptor is readable after each commit of any process, this one included. A wake carries no data: ask
    /// the store what is new.
    pub fn watch(&self) -> std::io::Result<Watch> {
        let watch = Watch::new()?;
        watch.add(&wake_path(&self.path))?;
        Ok(watch)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// See [`Store::room_for_many`].
#[derive(Debug)]
pub struct Room<'a>(&'a Store);

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let usual = |db: &Db| Ok(db.execute_batch(&format!("{USUAL_ROOM} PRAGMA shrink_memory;"))?);
        let _ = self.0.write(usual);
    }
}

/// A connection that cannot write.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    finder: RefCell<find::Finder>,
}

impl Reader {
    /// Ends the query that runs on this connection, from another thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.db.get_interrupt_handle()
    }

    /// Reads the schema, which the first query would have to wait for.
    pub fn get_ready(&self) -> Result<()> {
        Ok(self.db.prepare("SELECT NULL FROM tasks").map(drop)?)
    }

    /// What filters found on this connection.
    pub fn finder(&self) -> RefMut<'_, find::Finder> {
        self.finder.borrow_mut()
    }

    /// Reads several things as of one instant, whoever writes meanwhile.
    pub fn snapshot<T, E>(&self, read: impl FnOnce(&Db) -> std::result::Result<T, E>) -> std::result::Result<T, E>
    where
        E: std::convert::From<StoreError>,
    {
        let snapshot = self.db.unchecked_transaction().map_err(StoreError::from)?;
        read(&snapshot)
    }

    /// A number that changes whenever another connection committed something.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }
}

impl Deref for Reader {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Makes one of several changes that share a transaction: its error undoes this one only, and is the inner result. The outer one is
/// an error that concerns all of them.
pub fn apart<T>(db: &Db, change: impl FnOnce(&Db) -> Result<T>) -> Result<Result<T>> {
    db.prepare_cached("SAVEPOINT item")?.execute([])?;
    let changed = change(db);
    match &changed {
        Err(e) if e.is_final() || db.is_autocommit() => return Err(e.again()),
        Err(_) => drop(db.prepare_cached("ROLLBACK TO item")?.execute([])?),
        Ok(_) => {}
    }
    db.prepare_cached("RELEASE item")?.execute([])?;
    Ok(changed)
}

/// The file beside the database into which every commit writes a byte.
fn wake_path(database: &Path) -> PathBuf {
    database.with_file_name("wake")
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|e| StoreError::opening(path, e))?;
    db.busy_timeout(BUSY)?;
    // A file that is refused is to be left as it is, its log included.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.set_prepared_statement_cache_capacity(128);
    // Else a statement is planned anew whenever a value that it is given could matter to the plan.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    find::know_texts(&db)?;
    // The size of its cache is that of `.cargo/config.toml`.
    db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")
        .map_err(|e| StoreError::opening(path, e))?;
    Ok(db)
}

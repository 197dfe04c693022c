//! Tempo: a task and script scheduler that lives in a terminal.
//!
//! # The map
//!
//! ```text
//! main                              puts the parts together, and nothing else
//! engine   tui   cli                siblings: none imports another; they meet in the store
//! supervise   store   script        processes, the only SQL, and files of scripts
//! domain   output   config   watch   lock   foreign   the ground
//! ```
//!
//! An import only ever goes down (on the ground, `config` and `foreign` may use `domain`); `tests/rooms.rs` fails on any other.
//! `cron` is named in [`domain::cron`] only, `rusqlite` in [`store`], `ratatui` and `crossterm` in [`tui`], `clap` in [`cli`].
//!
//! - **The database is the interface.** A front end writes an intent (a queued run, a stop request, a paused task) and reads
//!   state; the engine does what it finds. There is no other protocol between processes. A commit pokes the `wake` file.
//! - **One engine per data folder**, in whichever process holds `engine.lock`.
//! - **A run outlives the engine.** Its supervisor is a process of its own; the lock in the run folder is the proof of life.
//! - **A slot is decided exactly once**, in the transaction that advances its schedule and creates its run.
//! - **A run that is tried again keeps its number.** Its attempts have files of their own in one folder, and one output; the wait
//!   between two of them is a row in the store.
//! - **What runs after other tasks** is decided in the transaction that records their end.
//! - **A process writes only into the database that it opened**: every transaction first asks whether it was replaced, or migrated by
//!   a newer Tempo; damage that was met once is met for good.
//! - **What a person changes can be undone**: it goes through [`store::changes::Step`], in one transaction with its row in the journal.
//! - **What is done to many is one step in many transactions** ([`store::batches`]): others write in between, each task has its own
//!   answer, and one undo takes all of it back.
//! - **What is blocked is a number in the store**: triggers keep it by the one view that says which dependencies are not met, and the
//!   engine starts nothing of which it is not zero.
//! - **A reminder is a row that comes once**, and **a to-do that comes again has one open instance**: an index of the database sees
//!   to that, and the next one is made in the transaction that closes the one before.
//! - **What a filter finds** is a set of numbers made from indexes and kept up to date by what changed since ([`store::find`]); the
//!   first page of what many tasks have is met along the order instead.
//! - **Many tasks changed at once** are one step in the journal, carried out in batches between which others write.
//! - **A script on disk is the truth**: its versions are what was seen of it, and nothing but [`script::Scripts::save`] writes one.
//! - **The environment of a script is built by a run of its own**, in a folder that no other one touches; the marker in it is
//!   written last.
//! - **Output is a file of raw bytes** with an index beside it; nothing in it reaches a terminal unsanitised.
//! - **The screen is quiet**: one frame is one write, an unchanged screen is no write at all.
//!
//! What is absent on purpose: no clock inside `domain` (time is a parameter), no SQL outside `store`, no `unsafe` outside
//! `supervise`, no threads before the spawner is forked, no IO in the dashboard's `update` and `view`.
//!
//! # As a library
//!
//! Open a store, add a task with a schedule, run the engine, read the run:
//!
//! ```standalone_crate
//! use std::time::Duration;
//!
//! use jiff::Timestamp;
//! use tempo::domain::group::Limits;
//! use tempo::domain::keep::Keep;
//! use tempo::domain::run::{Outcome, RunState};
//! use tempo::domain::task::{Definition, Work};
//! use tempo::domain::when::When;
//! use tempo::engine::{Engine, Options};
//! use tempo::lock::Role;
//! use tempo::output::Reader;
//! use tempo::script::Scripts;
//! use tempo::store::{From, Store, runs, schedules, tasks};
//! use tempo::supervise::Spawner;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The spawner first: it is a copy of this process, and threads cannot be copied.
//! let spawner = Spawner::fork()?;
//! # let folder = tempfile::tempdir()?;
//! # let home = folder.path();
//!
//! let store = Store::open(&home.join("tempo.db"))?;
//! let task = store.write(|db| {
//!     let now = Timestamp::now();
//!     let task = tasks::add(db, &Definition::new("Greet", Work::Command("echo hello".into())), now)?;
//!     let soon = When::Every(Duration::from_secs(1));
//!     schedules::add(db, task.id, &soon, "Europe/Berlin", now)?;
//!     Ok(task)
//! })?;
//!
//! let engine = Engine::start(
//!     store.clone(),
//!     spawner,
//!     Options {
//!         runs: home.join("runs"),
//!         envs: home.join("envs"),
//!         lock: home.join("engine.lock"),
//!         limits: Limits::new(4),
//!         output_cap: Some(256 << 20),
//!         keep: Keep::default(),
//!         scripts: Scripts::new(home.join("scripts"), Vec::new()),
//!         role: Role::Library,
//!         exe: std::env::current_exe()?,
//!     },
//! )?;
//!
//! // Every commit wakes this watch; what it means is asked of the store.
//! let (reader, watch) = (store.reader()?, store.watch()?);
//! let run = loop {
//!     let newest = runs::page(&reader, Some(task.id), &From::Start, 1)?.pop();
//!     match newest {
//!         Some(run) if run.state == RunState::Finished => break run,
//!         _ => watch.wait(Some(Duration::from_secs(1)))?,
//!     };
//! };
//! assert_eq!(run.outcome, Some(Outcome::Succeeded));
//!
//! let mut output = Reader::open(&home.join("runs").join(run.id.to_string()))?;
//! let mut text = Vec::new();
//! output.copy_raw(0, None, &mut text)?;
//! assert_eq!(text, b"hello\n");
//! engine.stop();
//! # Ok(())
//! # }
//! ```

pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod foreign;
pub mod lock;
pub mod output;
pub mod script;
pub mod store;
pub mod supervise;
pub mod tui;
pub mod watch;

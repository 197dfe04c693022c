//! Tempo: a task and script scheduler that lives in a terminal.
//!
//! # The map
//!
//! ```text
//! main                              puts the parts together, and nothing else
//! engine   tui   cli                siblings: none imports another; they meet in the store
//! supervise   store                 processes, and the only SQL
//! domain   output   config   watch   lock   the ground
//! ```
//!
//! An import only ever goes down (on the ground, `config` may use `domain`); `tests/rooms.rs` fails on any other.
//! `cron` is named in [`domain::cron`] only, `rusqlite` in [`store`], `ratatui` and `crossterm` in [`tui`], `clap` in [`cli`].
//!
//! - **The database is the interface.** A front end writes an intent (a queued run, a stop request, a paused task) and reads
//!   state; the engine does what it finds. There is no other protocol between processes. A commit pokes the `wake` file.
//! - **One engine per data folder**, in whichever process holds `engine.lock`.
//! - **A run outlives the engine.** Its supervisor is a process of its own; the lock in the run folder is the proof of life.
//! - **A slot is decided exactly once**, in the transaction that advances its schedule and creates its run.
//! - **Output is a file of raw bytes** with an index beside it; nothing in it reaches a terminal unsanitised.
//! - **The screen is quiet**: one frame is one write, an unchanged screen is no write at all.
//!
//! What is absent on purpose: no clock inside `domain` (time is a parameter), no SQL outside `store`, no `unsafe` outside
//! `supervise`, no threads before the spawner is forked, no IO in the dashboard's `update` and `view`.

pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod lock;
pub mod output;
pub mod store;
pub mod supervise;
pub mod tui;
pub mod watch;

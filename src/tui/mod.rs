//! The dashboard, from the bytes of the terminal up.
//!
//! The lower half knows no task and no store: [`terminal`] takes and gives back the terminal, [`screen`] sends frames,
//! [`input`] reads keys and pastes, [`events`] is the one wait of the UI thread, [`mailbox`] wakes it, [`theme`] says how
//! things look.

mod encode;
pub mod events;
pub mod input;
mod keys;
pub mod log;
pub mod mailbox;
mod paste;
pub mod screen;
mod signals;
pub mod terminal;
pub mod theme;

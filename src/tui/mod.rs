//! The dashboard, from the bytes of the terminal up.
//!
//! The lower half knows no task and no store: [`terminal`] takes and gives back the terminal, [`screen`] sends frames,
//! [`input`] reads keys and pastes, [`events`] is the one wait of the UI thread, [`mailbox`] wakes it, [`theme`] says how
//! things look.
//!
//! The upper half is Elm-shaped: `app` is the loop, [`msg`] what happens, [`update`] what that does to the [`model`], [`effect`]
//! what it wants done, [`worker`] who does it, [`view`] how the model looks. [`action`] is the one table of what can be done
//! with which key, [`keymap`] the keys in force, [`layout`] where everything is; [`log`] is the pane that shows what a run printed, [`editor`]
//! the one that shows what it executes.

pub mod action;
mod app;
pub mod chord;
pub mod clipboard;
pub mod editor;
pub mod effect;
mod encode;
pub mod events;
pub mod input;
pub mod keymap;
mod keys;
pub mod layout;
pub mod log;
mod look;
pub mod mailbox;
pub mod markdown;
pub mod model;
pub mod msg;
pub mod outside;
mod pace;
mod paste;
pub mod screen;
mod settings;
mod signals;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod worker;

pub use app::{Dashboard, Exit, Host, QuitChoice, check, run};

#[cfg(test)]
mod tests;

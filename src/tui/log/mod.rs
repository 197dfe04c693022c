//! The log pane: what a run printed, as it comes, and any part of it at once whatever its size (UX 3, Log).
//!
//! [`pane::LogPane`] is pure state, to which keys and answers go; [`worker::LogWorker`] is the thread that reads. They meet
//! in [`message`]. The dashboard draws the frame around the pane and the prompt below it.

pub mod action;
mod draw;
mod finder;
mod geometry;
pub mod message;
pub mod pane;
mod search;
pub mod shown;
pub mod stamp;
pub mod text;
mod window;
pub mod worker;

#[cfg(test)]
mod tests;

pub use action::{ACTIONS, LogAction, LogSpec};
pub use message::{LogAnswer, LogRequest};
pub use pane::{Following, LogPane};
pub use shown::Shown;
pub use worker::LogWorker;

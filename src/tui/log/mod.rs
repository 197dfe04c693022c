//! The log pane: what a run printed, as it comes, and any part of it at once whatever its size (UX 3, Log).
//!
//! [`pane::LogPane`] is pure state, to which keys and answers go; [`worker::LogWorker`] is the thread that reads. They meet
//! in [`message`]. The dashboard draws the frame around the pane and the prompt below it.

pub mod action;
mod alert;
mod cursor;
mod draw;
mod finder;
mod geometry;
mod goal;
mod hiding;
mod jumping;
pub mod level;
mod live;
pub mod message;
pub mod pane;
mod save;
mod scrollbar;
mod search;
mod selecting;
pub mod shown;
mod sieve;
mod sift;
pub mod stamp;
mod status;
mod survey;
pub mod text;
mod view_line;
mod whole;
mod window;
pub mod worker;

#[cfg(test)]
mod tests;

pub use action::{ACTIONS, LogAction, LogSpec};
pub use message::{LogAnswer, LogRequest, Saved, Saving};
pub use pane::{Following, LogPane};
pub use shown::Shown;
pub use worker::LogWorker;

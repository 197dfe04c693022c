//! Real programs in a real pseudo-terminal: what a person and the terminal get, byte for byte.

#![expect(clippy::unwrap_used, reason = "a harness that cannot go on ends its test")]

mod acts;
mod crowd;
mod dashboard;
mod editor;
mod first;
mod five_minutes;
mod hostile;
mod keys;
mod large;
mod lend;
mod log;
mod look;
mod places;
mod quiet;
mod safety;
mod scripts;
mod search;
mod session;
mod speed;
mod terminal;
mod tmux;
mod todos;

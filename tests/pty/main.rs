//! Real programs in a real pseudo-terminal: what a person and the terminal get, byte for byte.

#![expect(clippy::unwrap_used, reason = "a harness that cannot go on ends its test")]

mod dashboard;
mod hostile;
mod lend;
mod session;
mod terminal;

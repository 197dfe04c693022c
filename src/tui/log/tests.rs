//! The pane and its worker together, over real outputs.

mod attempts;
mod bench;
mod follow;
mod gap;
mod hostile;
mod layout;
mod search;

//! The pane and its worker together, over real outputs.

mod attempts;
mod bench;
mod eye;
mod follow;
mod gap;
mod hiding;
mod hostile;
mod layout;
mod merged;
mod places;
mod search;
mod taking;

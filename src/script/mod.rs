//! Scripts on the disk: where those that Tempo made lie, how a file of one is read and written, and in what it is written.
//!
//! The files are the truth: any program may change them, and what is kept of them in the store is what was seen.

mod attributes;
mod checkout;
pub mod env;
mod file;
mod home;
mod language;

pub use checkout::commit_of;
pub use file::{Unread, read};
pub use home::{Files, NotWritten, Scripts};
pub use language::Language;

pub use crate::domain::version::REQUIREMENTS;

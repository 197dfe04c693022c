//! Settings and paths: defaults, then the file, then the environment.

mod paths;
mod settings;

pub use paths::{HomeError, Paths};
pub use settings::{Charset, Loaded, OnHangup, Problem, SETTINGS, Setting, Settings, ThemeChoice};

//! Settings and paths: defaults, then the file, then the environment.

pub mod calendars;
pub mod edit;
pub mod lenient;
mod machine;
mod paths;
mod settings;
pub mod templates;
pub mod themes;
mod types;

pub use machine::machine_id;
pub use paths::{HomeError, Paths};
pub use settings::{
    Charset, ClipboardChoice, EditorKeys, Loaded, OnHangup, Problem, SETTINGS, Setting, Settings, ThemeChoice,
    says_unicode,
};

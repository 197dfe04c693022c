//! The nouns and their rules: pure values; `now` is always a parameter.

pub mod after;
pub mod calendar;
pub mod change;
pub mod clock;
pub mod condition;
pub mod cron;
pub mod expect;
pub mod field;
pub mod forecast;
pub mod group;
pub mod id;
pub mod keep;
pub mod limits;
pub mod missing;
pub mod name;
pub mod options;
pub mod phrase;
pub mod planner;
pub mod preview;
pub mod quantity;
pub mod retry;
pub mod rule;
pub mod run;
pub mod schedule;
pub mod secret;
pub mod signal;
pub mod simulate;
mod spelling;
pub mod spread;
pub mod task;
pub mod timeline;
pub mod timetable;
pub mod when;
pub mod why;
pub mod zone;

pub use id::{RunId, ScheduleId, TaskId};

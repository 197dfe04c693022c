//! To-dos of other programs: the forms in which they come and go.

pub mod ics;
mod repeat;
mod stamp;
pub mod taskwarrior;
#[cfg(test)]
mod tests;
pub mod todotxt;

use std::path::Path;

use crate::domain::exchange::Todo;
use crate::domain::field::Context;

/// A form of a file of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Tempo's own.
    Toml,
    /// The JSON of `task export`.
    Taskwarrior,
    /// A to-do a line.
    Todotxt,
    /// A table.
    Csv,
    /// iCalendar (RFC 5545).
    Ics,
}

impl Form {
    /// Every form.
    pub const ALL: &[Self] = &[Self::Toml, Self::Taskwarrior, Self::Todotxt, Self::Csv, Self::Ics];

    /// Its name on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Taskwarrior => "taskwarrior",
            Self::Todotxt => "todotxt",
            Self::Csv => "csv",
            Self::Ics => "ics",
        }
    }

    /// The one with this name.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.word() == word)
    }

    /// What the name of a file says: `.toml`, `.csv`, `.ics`, `.json`, `todo.txt` and `done.txt`.
    pub fn of_file(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?.to_ascii_lowercase();
        if name.ends_with("todo.txt") || name.ends_with("done.txt") {
            return Some(Self::Todotxt);
        }
        match Path::new(&name).extension()?.to_str()? {
            "toml" => Some(Self::Toml),
            "csv" => Some(Self::Csv),
            "ics" | "ical" | "ifb" => Some(Self::Ics),
            "json" => Some(Self::Taskwarrior),
            _ => None,
        }
    }

    /// What a text begins like; TOML when it is like nothing else.
    pub fn of_text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let first = text.lines().next().unwrap_or_default();
        let columns: Vec<&str> = first.split(',').map(|column| column.trim().trim_matches('"')).collect();
        if first.get(..15).is_some_and(|first| first.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
            Self::Ics
        } else if text.starts_with('{')
            || text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']))
        {
            Self::Taskwarrior
        } else if columns.len() > 1 && columns.contains(&"name") {
            Self::Csv
        } else {
            Self::Toml
        }
    }
}

/// What was read from a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What would become to-dos, in the order of the text.
    pub todos: Vec<Todo>,
    /// What cannot be: the line, and why.
    pub refused: Vec<(usize, String)>,
    /// What counts for the whole, in sentences without a full stop.
    pub notes: Vec<String>,
}

impl Reading {
    /// Takes what came of what began on this line.
    fn take(&mut self, line: usize, read: Result<Todo, String>) {
        match read {
            Ok(todo) => self.todos.push(todo),
            Err(why) => self.refused.push((line, why)),
        }
    }
}

/// Reads the to-dos of a text of this form; TOML and CSV are read elsewhere, and hold none here.
///
/// # Errors
/// With the line, when the text is not of this form.
pub fn read(form: Form, text: &str, context: &Context) -> Result<Reading, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    match form {
        Form::Taskwarrior => taskwarrior::read(text, context),
        Form::Todotxt => Ok(todotxt::read(text, context)),
        Form::Ics => ics::read(text, context),
        Form::Toml | Form::Csv => Ok(Reading::default()),
    }
}

//! Many tasks as one text to edit, a line each, and what a person changed in it (A6).
//!
//! A line is `NUMBER NAME | WORD ...`, with the words of [`quick`](super::quick). Only what differs from the text as it was opened is
//! a wish, so that what somebody else changed meanwhile stays.

mod read;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use super::TaskId;
use super::dependency;
use super::field::{self, Context, Field};
use super::task::Definition;
use super::words::{quoted, write_sign};

pub use read::read;

/// The fields that a line shows when they are set, beside the name, the assignee, the tags and the fields of its type.
pub const SHOWN: [&str; 10] =
    ["status", "progress", "priority", "due", "remind", "recur", "type", "category", "depends-on", "paused"];

/// In front of the name of a field of its type.
pub const CUSTOM: &str = "field.";

/// The verb that moves a task to the trash, in front of its number.
pub const TRASH: &str = "d";

/// Columns for a name.
const NAME: usize = 28;

/// What is wrong in a text, and where: the line and the character in it, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line.
    pub row: usize,
    /// The character.
    pub col: usize,
    /// What, and what would be right.
    pub text: String,
}

/// What a person wants of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The task.
    pub task: TaskId,
    /// The line that says so.
    pub row: usize,
    /// What.
    pub deed: Deed,
}

/// What is to be done with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It goes to the trash.
    Trash,
    /// It is changed.
    Set(Set),
}

/// What is changed of a task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Set {
    /// Fields with their new texts.
    pub changes: Vec<Change>,
    /// Tags that come.
    pub add: Vec<String>,
    /// Tags that go.
    pub remove: Vec<String>,
}

/// A field with another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field.
    pub key: &'static str,
    /// Of a field of its type, which has the key `field`, the name.
    pub custom: Option<String>,
    /// Its text; empty to take its value away.
    pub text: String,
    /// What the line showed of it before.
    pub before: Option<String>,
    /// The character of the line at which it stands.
    pub col: usize,
}

impl Set {
    /// What stands against it when the task is as it is now: a field that somebody else has given another value meanwhile.
    pub fn overtaken(&self, now: &Definition, context: &Context) -> Option<String> {
        let present = |change: &Change| match &change.custom {
            Some(name) => now.custom.get(name).cloned(),
            None => shown(change.key, now, context),
        };
        let is_new = |change: &&Change| {
            let present = present(change);
            (change.custom.is_some() || is_shown(change.key))
                && present != change.before
                && present.as_deref().unwrap_or_default() != change.text
        };
        let change = self.changes.iter().find(is_new)?;
        let value = present(change).map_or_else(|| "not set".to_owned(), |text| format!("`{text}`"));
        let key = change.custom.as_ref().map_or_else(|| change.key.to_owned(), |name| format!("{CUSTOM}{name}"));
        Some(format!("its {key} was changed meanwhile: it is {value} now"))
    }

    /// The fields to set, with their texts.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn values(&self) -> Result<Vec<(&'static Field, String)>, String> {
        let value = |change: &Change| {
            let text = change.custom.as_ref().map(|name| field::custom(name, &change.text));
            Ok((Field::named(change.key)?, text.unwrap_or_else(|| change.text.clone())))
        };
        self.changes.iter().map(value).collect()
    }

    /// The tags after it.
    pub fn tags(&self, tags: &[String]) -> Vec<String> {
        let kept = tags.iter().filter(|tag| !self.remove.contains(tag));
        let mut tags: Vec<String> = kept.chain(&self.add).cloned().collect();
        tags.sort();
        tags.dedup();
        tags
    }

    /// Whether it changes this field.
    pub fn has(&self, key: &str) -> bool {
        self.changes.iter().any(|change| change.key == key)
    }

    /// The character of the line at which what an error speaks of stands: it begins with the key of the field.
    pub fn place(&self, error: &str) -> usize {
        let (key, rest) = error.split_once(':').unwrap_or_default();
        let speaks_of = |name: &String| rest.contains(&format!(" {name}:")) || rest.contains(&format!("`{name}`"));
        let is_it = |change: &&Change| change.key == key && change.custom.as_ref().is_none_or(speaks_of);
        let first = || self.changes.iter().find(|change| change.key == key);
        self.changes.iter().find(is_it).or_else(first).map_or(0, |change| change.col)
    }
}

fn is_shown(key: &str) -> bool {
    SHOWN.contains(&key) || ["name", "assignee"].contains(&key)
}

/// What a line says of a field.
fn shown(key: &str, definition: &Definition, context: &Context) -> Option<String> {
    match key {
        "due" => {
            let at = definition.due_at?.to_zoned(context.zone.clone());
            let clock = at.time();
            let form = match (clock.hour(), clock.minute(), clock.second()) {
                (0, 0, 0) => "%Y-%m-%d",
                (_, _, 0) => "%Y-%m-%dT%H:%M",
                _ => "%Y-%m-%dT%H:%M:%S",
            };
            Some(at.strftime(form).to_string())
        }
        "depends-on" => Some(dependency::format(&definition.depends_on)).filter(|text| !text.is_empty()),
        "paused" => definition.paused.then(|| "true".to_owned()),
        _ => Field::named(key).ok()?.get(definition, context),
    }
}

/// Whether the name of a field of its type can stand in a word. One that cannot stays as it is.
fn is_word(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| matches!(c, ':' | '=' | ';' | '"' | '\\') || c.is_whitespace() || c.is_control())
}

/// A task as a line.
pub fn line(task: TaskId, definition: &Definition, context: &Context) -> String {
    let mut name = String::new();
    for c in definition.name.chars() {
        if matches!(c, '|' | '\\') {
            name.push('\\');
        }
        write_sign(&mut name, c);
    }
    let mut out = format!("{task:>5} {name:<NAME$} |");
    for key in SHOWN {
        if let Some(text) = shown(key, definition, context) {
            let _ = write!(out, " {key}:{}", quoted(&text));
        }
    }
    for (name, value) in definition.custom.iter().filter(|(name, _)| is_word(name)) {
        let _ = write!(out, " {CUSTOM}{name}:{}", quoted(value));
    }
    for tag in &definition.tags {
        let _ = write!(out, " +{}", quoted(tag));
    }
    if let Some(assignee) = &definition.assignee {
        let _ = write!(out, " @{}", quoted(assignee));
    }
    out
}

/// What stands above the lines: what can be done with them.
pub fn head(tasks: usize) -> String {
    let tasks = if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks, one a line") };
    format!(
        "# {tasks}:  NUMBER NAME | FIELD:VALUE +TAG @ASSIGNEE ...
# Change names and words, and save: only what differs is set, after a question, and one undo takes all of it back.
# A word that is taken away takes its value away. Other fields of `tempo set` can be added: timeout: field.NAME: description: (it is not shown) ...
# A value with blanks stands in double quotes; a | in a name is written \\|.
# {TRASH} in front of a number moves that task to the trash. A line that is removed, or begins with #, leaves its task as it is.
"
    )
}

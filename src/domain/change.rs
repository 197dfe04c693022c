//! Changes that a person made to tasks, in the words in which they are undone and listed (S5).

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::TaskId;
use super::run::words;

/// So long a deleted task rests in the trash, and a change can be undone (S5).
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

words! {
    /// Through which front end a person changed something.
    By {
        /// A dashboard.
        Dashboard = "dashboard",
        /// A verb of the command line.
        Cli = "cli",
    }
}

impl By {
    /// As it is called in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dashboard => "the dashboard",
            Self::Cli => "the command line",
        }
    }
}

/// What was done to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It was added.
    Added,
    /// It was moved to the trash.
    Deleted,
    /// Its schedules were laid to rest.
    Paused,
    /// Its schedules were woken.
    Resumed,
    /// These fields of its definition were changed; `when` stands for its schedules.
    Set(Vec<String>),
}

impl What {
    /// The verb.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Added => "add",
            Self::Deleted => "delete",
            Self::Paused => "pause",
            Self::Resumed => "resume",
            Self::Set(_) => "set",
        }
    }
}

/// A change of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was changed together has the same number; the newest has the highest.
    pub step: i64,
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// What was done.
    pub what: What,
    /// When.
    pub at: Timestamp,
    /// Through what.
    pub by: By,
    /// Whether it is undone.
    pub undone: bool,
}

/// Tasks that a title names.
const NAMED: usize = 3;

/// What was changed together, in a few words: `set backup command, timeout`, `delete a, b, c and 7 more`, or
/// `set rent-1 status, add rent`.
#[derive(Debug, Clone, Copy)]
pub struct Title<'a>(pub &'a [Change]);

impl fmt::Display for Title<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alike = |a: &Change, b: &Change| a.what.verb() == b.what.verb();
        for (at, part) in self.0.chunk_by(alike).enumerate() {
            let Some(first) = part.first() else { continue };
            write!(f, "{}{} ", if at == 0 { "" } else { ", " }, first.what.verb())?;
            let slugs: Vec<&str> = part.iter().take(NAMED).map(|change| change.slug.as_str()).collect();
            f.write_str(&slugs.join(", "))?;
            if part.len() > NAMED {
                write!(f, " and {} more", part.len() - NAMED)?;
            }
            match &first.what {
                What::Set(fields) => write!(f, " {}", fields.join(", "))?,
                What::Added | What::Deleted | What::Paused | What::Resumed => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(slug: &str, what: What) -> Change {
        let at = Timestamp::UNIX_EPOCH;
        Change { step: 1, task: TaskId(1), slug: slug.to_owned(), what, at, by: By::Cli, undone: false }
    }

    #[test]
    fn s5_a_title_says_what_was_done_to_which_tasks() {
        let fields = vec!["command".to_owned(), "when".to_owned()];
        assert_eq!(Title(&[change("a", What::Set(fields))]).to_string(), "set a command, when");
        let mixed = [change("rent-1", What::Set(vec!["status".to_owned()])), change("rent", What::Added)];
        assert_eq!(Title(&mixed).to_string(), "set rent-1 status, add rent");
        let many: Vec<Change> = ["a", "b", "c", "d", "e"].map(|slug| change(slug, What::Deleted)).into();
        assert_eq!(Title(&many[..3]).to_string(), "delete a, b, c");
        assert_eq!(Title(&many).to_string(), "delete a, b, c and 2 more");
    }
}

//! The description of a task as a file of the editor: its text is in the store, not on the disk.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::version::Hash;
use crate::store::changes::{self, Step};
use crate::store::{Db, Result, StoreError, schedules, tasks};

/// Its name.
pub const NAME: &str = "description.md";

/// What it is called among files. No script is called so: those have absolute paths.
pub fn path(task: TaskId) -> PathBuf {
    PathBuf::from(format!("task-{task}")).join(NAME)
}

/// The task of such a name.
pub fn task(path: &Path) -> Option<TaskId> {
    let folder = path.parent()?.to_str()?;
    let number = folder.strip_prefix("task-")?.parse().ok()?;
    (path.file_name()? == NAME).then_some(TaskId(number))
}

/// What became of a text that was to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is in the store.
    Yes(Hash),
    /// It was changed elsewhere: this is there.
    Conflict(String),
}

/// Writes it, as a step that can be undone, unless another text than `over` is there.
///
/// # Errors
/// Refused, when it is no text or the task is gone.
pub fn save(db: &Db, task: TaskId, bytes: Vec<u8>, over: Option<Option<Hash>>, now: Timestamp) -> Result<Saved> {
    let refused = |text: &str| Err(StoreError::Refused(text.to_owned()));
    let text = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text,
        _ => return refused("a description is text, without NUL bytes"),
    };
    if changes::is_deleted(db, task)? {
        return refused("the task was deleted meanwhile");
    }
    let before = tasks::get(db, task)?.definition;
    let (known, new) = (Hash::of(before.description.as_bytes()), Hash::of(text.as_bytes()));
    if over.is_some_and(|over| over != Some(known)) && known != new {
        return Ok(Saved::Conflict(before.description));
    }
    let definition = crate::domain::task::Definition { description: text, ..before };
    let schedules = schedules::of_task(db, task)?;
    let wishes: Vec<_> = schedules.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
    Step::new(By::Dashboard, now).define(db, task, &definition, &wishes)?;
    Ok(Saved::Yes(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_description_is_taken_for_one() {
        assert_eq!(task(&path(TaskId(12))), Some(TaskId(12)));
        for other in ["/srv/task-12/description.md", "task-12/other.md", "task-x/description.md", "description.md", ""]
        {
            assert_eq!(task(Path::new(other)), None, "{other}");
        }
    }
}

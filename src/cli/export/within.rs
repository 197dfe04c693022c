//! What tasks need of others that are not in the export: no home could import that.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::super::{Result, complain};
use super::{Args, each};
use crate::domain::TaskId;
use crate::domain::task::Task;
use crate::store::{Db, tasks};

/// Tasks of which it is said what was left out.
const TOLD: usize = 20;

/// The tasks of an export, and what was left out of them.
pub(super) struct Within {
    /// Their slugs; `None` when all are in it.
    slugs: Option<HashSet<String>>,
    left_out: BTreeSet<String>,
}

impl Within {
    /// The export of what these arguments mean.
    pub(super) fn of(db: &Db, (args, chosen): (&Args, Option<&[TaskId]>)) -> Result<Self> {
        let mut slugs = None;
        if chosen.is_some() || !args.task.is_empty() {
            let mut all = HashSet::new();
            each(db, (args, chosen), |task| {
                all.insert(task.slug.clone());
                Ok(())
            })?;
            slugs = Some(all);
        }
        Ok(Self { slugs, left_out: BTreeSet::new() })
    }

    /// A task as it goes out: it waits for nothing that does not, and comes after nothing that does not.
    pub(super) fn cut<'a>(&mut self, db: &Db, task: &'a Task) -> Result<Cow<'a, Task>> {
        let definition = &task.definition;
        let waits = definition.depends_on.iter().map(|one| one.task.as_str());
        let after = definition.execution.after.iter().map(|one| one.task.as_str());
        let mut outside = Vec::new();
        for slug in waits.chain(after) {
            let is_within = match &self.slugs {
                Some(slugs) => slugs.contains(slug),
                // What is in the trash does not go out.
                None => tasks::has_slug(db, slug)?,
            };
            if !is_within {
                outside.push(slug);
            }
        }
        if outside.is_empty() {
            return Ok(Cow::Borrowed(task));
        }
        let mut cut = task.clone();
        cut.definition.depends_on.retain(|one| !outside.contains(&one.task.as_str()));
        cut.definition.execution.after.retain(|one| !outside.contains(&one.task.as_str()));
        self.left_out.insert(format!("{} on {}", task.slug, outside.join(", ")));
        Ok(Cow::Owned(cut))
    }

    /// Says what was left out.
    pub(super) fn say(&self) {
        if self.left_out.is_empty() {
            return;
        }
        let told: Vec<&str> = self.left_out.iter().take(TOLD).map(String::as_str).collect();
        let more = self.left_out.len() - told.len();
        let more = if more > 0 { format!("; and those of {more} more") } else { String::new() };
        complain(&format_args!("dependencies on what is not in this export are left out: {}{more}", told.join("; ")));
    }
}

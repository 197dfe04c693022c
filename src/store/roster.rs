//! Many tasks as one text: opened, looked through when it comes back, and carried out task by task (A6).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::batches::{Batches, Each, Earnest, Ended, in_batches};
use super::changes::{self, Step};
use super::todos::{self, Turn};
use super::{Db, Result, Store, StoreError, dependencies, schedules, tasks, texts};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::field::Context;
use crate::domain::roster::{self, Deed, Edit, Set, Wrong};
use crate::domain::task::{Definition, Task, Work};

/// A text to edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// All of it.
    pub text: Arc<str>,
    /// How many tasks are in it; one that is gone is not.
    pub tasks: usize,
}

/// What an edited text would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// For each task of which something is wanted, what.
    pub edits: Arc<Vec<Edit>>,
    /// Tasks that it changes.
    pub changed: usize,
    /// Tasks that go to the trash.
    pub trashed: usize,
    /// Tasks that were opened and stay as they are.
    pub same: usize,
    /// Tasks that were deleted or changed otherwise meanwhile: nothing will be done to them.
    pub overtaken: usize,
}

/// What was done to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// It was changed.
    Changed,
    /// It was so already.
    Same,
    /// It is in the trash; so many of its runs go on.
    Trashed(usize),
}

/// Why nothing was done to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The task.
    pub task: TaskId,
    /// Its slug; of one that is gone for good, its number.
    pub slug: String,
    /// Why.
    pub why: String,
}

/// What became of all of them.
#[derive(Debug)]
pub struct Outcome {
    /// What was done, in order.
    pub done: Vec<(TaskId, Did)>,
    /// What was not.
    pub refused: Vec<Refused>,
    /// Tasks that were not come to.
    pub left: Vec<TaskId>,
    /// How it ended.
    pub ended: Ended,
}

impl Outcome {
    /// How many were changed, were so already, and are in the trash.
    pub fn counts(&self) -> (usize, usize, usize) {
        let of = |is: fn(Did) -> bool| self.done.iter().filter(|(_, did)| is(*did)).count();
        (of(|did| did == Did::Changed), of(|did| did == Did::Same), of(|did| matches!(did, Did::Trashed(_))))
    }
}

/// The task, unless it is gone.
fn present(db: &Db, task: TaskId) -> Result<Option<Task>> {
    match tasks::get(db, task) {
        Ok(_) if changes::is_deleted(db, task)? => Ok(None),
        Ok(task) => Ok(Some(task)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// These tasks as a text to edit.
pub fn open(db: &Db, wanted: &[TaskId], context: &Context) -> Result<Opened> {
    let mut lines = String::new();
    let mut tasks = 0;
    for id in wanted {
        if let Some(task) = present(db, *id)? {
            lines.push_str(&roster::line(*id, &task.definition, context));
            lines.push('\n');
            tasks += 1;
        }
    }
    lines.insert_str(0, &roster::head(tasks));
    Ok(Opened { text: lines.into(), tasks })
}

/// What an edited text would do now, or what is wrong in it.
pub fn check(
    db: &Db,
    opened: &Opened,
    text: &str,
    context: &Context,
) -> Result<std::result::Result<Checked, Vec<Wrong>>> {
    let mut edits = match roster::read(&opened.text, text) {
        Ok(edits) => edits,
        Err(wrong) => return Ok(Err(wrong)),
    };
    // As they lie in the store: then a page of it has several of them.
    edits.sort_by_key(|edit| edit.task);
    let (mut checked, mut wrong) = (Checked::default(), Vec::new());
    let mut waiting: Vec<(&Edit, &Set, Definition)> = Vec::new();
    for edit in &edits {
        match (present(db, edit.task)?, &edit.deed) {
            (None, _) => checked.overtaken += 1,
            (Some(_), Deed::Trash) => checked.trashed += 1,
            (Some(task), Deed::Set(set)) if set.overtaken(&task.definition, context).is_some() => {
                checked.overtaken += 1;
            }
            (Some(task), Deed::Set(set)) => match wished(set, &task.definition, context) {
                Ok(wished) => {
                    checked.changed += usize::from(wished != task.definition);
                    if wished.depends_on != task.definition.depends_on {
                        waiting.push((edit, set, wished));
                    }
                }
                Err(first) => {
                    let place = |text: String| Wrong { row: edit.row, col: set.place(&text), text };
                    wrong.extend(mistakes(set, task.definition, context, first).into_iter().map(place));
                }
            },
        }
    }
    let wanted: Vec<(TaskId, &Definition)> = waiting.iter().map(|(edit, _, wished)| (edit.task, wished)).collect();
    for (at, text) in dependencies::check(db, &wanted)? {
        let (edit, set, _) = &waiting[at];
        wrong.push(Wrong { row: edit.row, col: set.place(&text), text });
    }
    if !wrong.is_empty() {
        wrong.sort_by_key(|wrong| (wrong.row, wrong.col));
        return Ok(Err(wrong));
    }
    checked.same = opened.tasks.saturating_sub(checked.changed + checked.trashed + checked.overtaken);
    checked.edits = Arc::new(edits);
    Ok(Ok(checked))
}

/// The definition with the changes in it.
fn wished(set: &Set, now: &Definition, context: &Context) -> std::result::Result<Definition, String> {
    let mut definition = now.clone();
    texts::apply(&mut definition, &set.values()?, context)?;
    definition.tags = set.tags(&definition.tags);
    Ok(definition)
}

/// Each of the changes that cannot be; when all of them can alone, the first that is wrong with them together.
fn mistakes(set: &Set, mut now: Definition, context: &Context, first: String) -> Vec<String> {
    let mut all = Vec::new();
    for (field, text) in set.values().unwrap_or_default() {
        let before = now.clone();
        if let Err(text) = field.set(&mut now, &text, context) {
            all.push(text);
            now = before;
        }
    }
    if all.is_empty() { vec![first] } else { all }
}

/// What came of one.
enum Came {
    Done(Did),
    /// It waits for another one, which may come yet.
    Waits(String),
}

fn one(db: &Db, step: &mut Step, edit: &Edit, context: &Context) -> Result<Came> {
    let refused = |text: String| Err(StoreError::Refused(text));
    let Some(task) = present(db, edit.task)? else { return refused("it was deleted meanwhile".to_owned()) };
    let set = match &edit.deed {
        Deed::Trash => return Ok(Came::Done(Did::Trashed(step.delete(db, task.id)?.live.len()))),
        Deed::Set(set) => set,
    };
    if let Some(why) = set.overtaken(&task.definition, context) {
        return refused(why);
    }
    let definition = wished(set, &task.definition, context).map_err(StoreError::Refused)?;
    if definition == task.definition {
        return Ok(Came::Done(Did::Same));
    }
    if let (Work::Todo(from), Work::Todo(to)) = (&task.definition.work, &definition.work)
        && from != to
    {
        return Ok(match todos::turn_into(db, step, task, definition, false)? {
            Turn::Waits(_, what) => Came::Waits(format!("it waits for {what}")),
            Turn::Turned(_) | Turn::OfMachine(_) => Came::Done(Did::Changed),
        });
    }
    let schedules = schedules::of_task(db, task.id)?;
    let wishes: Vec<_> = schedules.into_iter().map(|schedule| (schedule.rule, schedule.zone)).collect();
    step.define(db, task.id, &definition, &wishes)?;
    Ok(Came::Done(Did::Changed))
}

/// Carries it out, in one step. After each transaction `goes_on` hears how many are done, and says whether to go on.
///
/// # Errors
/// When the store cannot be read. What was done until then stays.
pub fn carry_out(
    store: &Store,
    by: By,
    edits: &Arc<Vec<Edit>>,
    context: &Context,
    mut goes_on: impl FnMut(usize) -> bool,
) -> Result<Outcome> {
    let mut outcome = Outcome { done: Vec::new(), refused: Vec::new(), left: Vec::new(), ended: Ended::Whole };
    let (mut step, mut round) = (Step::new(by, context.now), Arc::clone(edits));
    let reader = store.reader()?;
    let own = context.clone();
    let each: Each<Edit, Came> = Arc::new(move |db, step, edit| one(db, step, edit, &own));
    loop {
        let before = outcome.done.len();
        let told = before + outcome.refused.len();
        let Batches { results, ended, step: after } =
            in_batches(store, step, &round, &each, Earnest::Do, |done| goes_on(told + done));
        outcome.left = round.iter().skip(results.len()).map(|edit| edit.task).collect();
        let mut waiting = Vec::new();
        for (edit, result) in round.iter().zip(results) {
            match result {
                Ok(Came::Done(did)) => outcome.done.push((edit.task, did)),
                Ok(Came::Waits(why)) => waiting.push((edit.clone(), why)),
                Err(e) => outcome.refuse(&reader, edit.task, reason(e))?,
            }
        }
        // Some may have waited for others among them.
        let again = outcome.done.len() > before && matches!(ended, Ended::Whole) && !waiting.is_empty();
        if !again {
            for (edit, why) in waiting {
                outcome.refuse(&reader, edit.task, why)?;
            }
            outcome.ended = ended;
            return Ok(outcome);
        }
        step = after;
        round = Arc::new(waiting.into_iter().map(|(edit, _)| edit).collect());
    }
}

/// The words of a refusal alone: what was tried is said with them.
fn reason(error: StoreError) -> String {
    match error {
        StoreError::Refused(text) => text,
        StoreError::NotFound(_) => "it is gone".to_owned(),
        e => e.to_string(),
    }
}

impl Outcome {
    fn refuse(&mut self, db: &Db, task: TaskId, why: String) -> Result<()> {
        let slug = match tasks::get(db, task) {
            Ok(found) => found.slug,
            Err(StoreError::NotFound(_)) => format!("task {task}"),
            Err(e) => return Err(e),
        };
        self.refused.push(Refused { task, slug, why });
        Ok(())
    }
}

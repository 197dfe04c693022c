//! `tempo set --filter`: the same changes for each task that is found (A6).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::many::{self, Difference, Interrupt, ItemJson, Progress};
use super::set::{Changes, lacks_python};
use super::{CliError, Context, Result, complain};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::field::{self, FIELDS};
use crate::domain::task::Definition;
use crate::store::batches::{Each, Earnest, Ended, in_batches};
use crate::store::changes::{self, Step};
use crate::store::{self, Db, StoreError, schedules, tasks};

/// What was done to one.
struct Did {
    changed: bool,
    /// In which fields, when that is told.
    differs: Vec<Difference>,
    /// What is to be said about it.
    notes: Vec<String>,
}

/// A task that was found, with its slug.
type Item = (TaskId, String);

/// Changes them, or with `dry` says what would be changed. Returns the exit code.
pub(super) fn run(filter: &str, words: &[String], (dry, force): (bool, bool), cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let mut found = many::found_some(&store.reader()?, filter, cx)?;
    // As they lie in the store: then a page of it has several of them.
    found.sort_by_key(|(id, _)| *id);
    let changes = Changes::read(words).map_err(CliError::Refused)?;
    let (context, local) = (cx.fields_here()?, cx.local_zone());
    if let Some(why) = lacks_python(&changes, &context, cx)? {
        complain(&format_args!("{why}; until then no run of them starts"));
    }
    let (tells, turns) = (dry || cx.json, changes.turns());
    let own = context.clone();
    let each: Each<Item, Did> = Arc::new(move |db: &Db, step: &mut Step, (id, _): &Item| {
        let task = tasks::get(db, *id)?;
        if changes::is_deleted(db, *id)? {
            return Err(StoreError::Refused("it was deleted meanwhile".to_owned()));
        }
        let rules = || -> crate::store::Result<String> {
            if !changes.changes_schedules() {
                return Ok(String::new());
            }
            let all = schedules::of_task(db, *id)?;
            Ok(all.iter().map(|one| format!("{} ({})", one.rule, one.zone)).collect::<Vec<_>>().join("; "))
        };
        let from = rules()?;
        let (after, notes) = changes.make(db, step, &task, &own, &local, force)?;
        let to = rules()?;
        let mut differs = Vec::new();
        if tells {
            differs = differences(&task.definition, &after.definition, &own);
            if from != to {
                differs.push(Difference { field: "when", from: Some(from.clone()), to: Some(to.clone()) });
            }
        }
        Ok(Did { changed: task.definition != after.definition || from != to, differs, notes })
    });
    let earnest = if dry { Earnest::Try } else { Earnest::Do };
    let (interrupt, progress) = (Interrupt::new()?, Progress::new(found.len()));
    let mut results: Vec<Option<store::Result<Did>>> = found.iter().map(|_| None).collect();
    let (mut step, mut round): (_, Vec<usize>) = (Step::new(By::Cli, context.now), (0..found.len()).collect());
    let ended = loop {
        let items = Arc::new(round.iter().map(|at| found[*at].clone()).collect());
        let told = found.len() - round.len();
        let done = interrupt.held(|pressed| {
            in_batches(&store, step, &items, &each, earnest, |done| {
                progress.at(told + done);
                !pressed.load(Ordering::Relaxed)
            })
        });
        let mut any = false;
        for (at, result) in round.iter().zip(done.results) {
            any |= result.is_ok();
            results[*at] = Some(result);
        }
        // Some may have waited for others among them.
        round.retain(|at| matches!(results[*at], Some(Err(_))));
        let again = any && turns && !dry && !round.is_empty() && matches!(done.ended, Ended::Whole);
        if !again {
            break done.ended;
        }
        step = done.step;
    };
    progress.end();
    let mut told: Vec<ItemJson> = found
        .iter()
        .zip(results)
        .map(|((id, slug), result)| {
            let (result, changes, error) = match result {
                None => ("left", Vec::new(), None),
                Some(Ok(did)) => {
                    for note in did.notes {
                        complain(&format_args!("{slug}: {note}"));
                    }
                    (if did.changed { "changed" } else { "unchanged" }, did.differs, None)
                }
                Some(Err(StoreError::Refused(why))) => ("refused", Vec::new(), Some(why)),
                Some(Err(e)) => ("refused", Vec::new(), Some(e.to_string())),
            };
            ItemJson { id: *id, task: slug.clone(), result, changes, error }
        })
        .collect();
    told.sort_by(|a, b| a.task.cmp(&b.task));
    many::report(&told, ended, dry, cx)
}

/// The fields that have another value.
fn differences(before: &Definition, after: &Definition, context: &field::Context) -> Vec<Difference> {
    let differs = |field: &field::Field| {
        let (from, to) = (field.get(before, context), field.get(after, context));
        (from != to).then_some(Difference { field: field.key, from, to })
    };
    FIELDS.iter().filter_map(differs).collect()
}

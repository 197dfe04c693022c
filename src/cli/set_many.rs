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
use crate::store::batches::{Each, Earnest, in_batches};
use crate::store::changes::{self, Step};
use crate::store::{Db, StoreError, schedules, tasks};

/// A task that was found, with its slug.
type Item = (TaskId, String);

/// Changes them, or with `dry` says what would be changed. Returns the exit code.
pub(super) fn run(filter: &str, words: &[String], dry: bool, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let found = many::found(&store.reader()?, filter, cx)?;
    let changes = Changes::read(words).map_err(CliError::Refused)?;
    let (context, local) = (cx.fields_here()?, cx.local_zone());
    if let Some(why) = lacks_python(&changes, &context, cx)? {
        complain(&format_args!("{why}; until then no run of them starts"));
    }
    let tells = dry || cx.json;
    let own = context.clone();
    let each: Each<Item, (bool, Vec<Difference>)> = Arc::new(move |db: &Db, step: &mut Step, (id, _): &Item| {
        let task = tasks::get(db, *id)?;
        if changes::is_deleted(db, *id)? {
            return Err(StoreError::Refused("it was deleted meanwhile".to_owned()));
        }
        let before = schedules::of_task(db, *id)?;
        let (after, _) = changes.make(db, step, &task, &own, &local)?;
        let planned = schedules::of_task(db, *id)?;
        let rules = |all: &[crate::domain::schedule::Schedule]| {
            all.iter().map(|one| format!("{} ({})", one.rule, one.zone)).collect::<Vec<_>>().join("; ")
        };
        let (from, to) = (rules(&before), rules(&planned));
        let mut differs = Vec::new();
        if tells {
            differs = differences(&task.definition, &after.definition, &own);
            if from != to {
                differs.push(Difference { field: "when", from: Some(from.clone()), to: Some(to.clone()) });
            }
        }
        Ok((task.definition != after.definition || from != to, differs))
    });
    let items = Arc::new(found);
    let earnest = if dry { Earnest::Try } else { Earnest::Do };
    let (interrupt, progress) = (Interrupt::new()?, Progress::new(items.len()));
    let done = interrupt.held(|pressed| {
        in_batches(&store, Step::new(By::Cli, context.now), &items, &each, earnest, |done| {
            progress.at(done);
            !pressed.load(Ordering::Relaxed)
        })
    });
    progress.end();
    let mut results = done.results.into_iter();
    let told: Vec<ItemJson> = items
        .iter()
        .map(|(id, slug)| {
            let (result, changes, error) = match results.next() {
                None => ("left", Vec::new(), None),
                Some(Ok((true, differs))) => ("changed", differs, None),
                Some(Ok((false, _))) => ("unchanged", Vec::new(), None),
                Some(Err(StoreError::Refused(why))) => ("refused", Vec::new(), Some(why)),
                Some(Err(e)) => ("refused", Vec::new(), Some(e.to_string())),
            };
            ItemJson { id: *id, task: slug.clone(), result, changes, error }
        })
        .collect();
    many::report(&told, done.ended, dry, cx)
}

/// The fields that have another value.
fn differences(before: &Definition, after: &Definition, context: &field::Context) -> Vec<Difference> {
    let differs = |field: &field::Field| {
        let (from, to) = (field.get(before, context), field.get(after, context));
        (from != to).then_some(Difference { field: field.key, from, to })
    };
    FIELDS.iter().filter_map(differs).collect()
}

//! Tasks that come from elsewhere, all in one transaction: which of them are there already, and which slugs the others get.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use super::changes::{Step, Wish};
use super::{Db, From, Result, schedules, tasks};
use crate::domain::name;
use crate::domain::task::{Definition, Task};
use crate::domain::when::When;

/// Rows that are read at once of tasks whose slugs begin alike.
const PAGE: usize = 100;

/// A task as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// What it does.
    pub definition: Definition,
    /// When.
    pub wishes: Vec<Wish>,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It would be a task with this slug.
    New(String),
    /// This task has the same command and schedules.
    There(String),
    /// It was made this task.
    Created(String),
}

/// Makes every one that is new a task. `boot` names the boot of the machine: what is due at a startup was run for it by the
/// scheduler from which it comes.
pub fn create(db: &Db, step: &mut Step, incoming: &[Incoming], boot: &str, now: Timestamp) -> Result<Vec<Place>> {
    let mut places = places(incoming, Some(db))?;
    for (one, place) in incoming.iter().zip(&mut places) {
        if let Place::New(_) = place {
            *place = Place::Created(add(db, step, one, boot, now)?.slug);
        }
    }
    Ok(places)
}

fn add(db: &Db, step: &mut Step, one: &Incoming, boot: &str, now: Timestamp) -> Result<Task> {
    let task = step.add(db, &one.definition, &one.wishes)?;
    for schedule in schedules::of_task(db, task.id)? {
        if schedule.rule.when == When::Startup {
            // For this boot the other scheduler has run it.
            schedules::booted(db, schedule.id, boot, now)?;
        }
    }
    Ok(task)
}

/// What would become of each, without a store as if it were empty: two that are alike are two tasks.
pub fn places(incoming: &[Incoming], db: Option<&Db>) -> Result<Vec<Place>> {
    let mut taken = HashSet::new();
    let mut places = Vec::new();
    for one in incoming {
        let base = name::slug(&one.definition.name);
        let alike = db.map_or(Ok(Vec::new()), |db| alike(db, &base))?;
        let mut there = None;
        for task in alike.iter().filter(|task| !taken.contains(&task.slug)) {
            if there.is_none() && db.is_some_and(|db| is_same(db, task, one).unwrap_or(false)) {
                there = Some(task.slug.clone());
            }
        }
        let place = there.map_or_else(
            || {
                Place::New(name::unique(&base, |slug| {
                    taken.contains(slug) || alike.iter().any(|task| task.slug == slug)
                }))
            },
            Place::There,
        );
        let (Place::New(slug) | Place::There(slug) | Place::Created(slug)) = &place;
        taken.insert(slug.clone());
        places.push(place);
    }
    Ok(places)
}

/// The tasks with this slug, and with it and a number.
fn alike(db: &Db, base: &str) -> Result<Vec<Task>> {
    let mut found = Vec::new();
    let mut from = From::At(base.to_owned());
    loop {
        let rows = tasks::page(db, &from, PAGE)?;
        for row in rows.iter().take_while(|row| row.slug.starts_with(base)) {
            let rest = &row.slug[base.len()..];
            let number = rest.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
            if rest.is_empty() || number {
                found.push(tasks::get(db, row.id)?);
            }
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE && last.slug.starts_with(base) => from = From::After(last.slug.clone()),
            _ => return Ok(found),
        }
    }
}

/// Whether a task does the same at the same times.
fn is_same(db: &Db, task: &Task, one: &Incoming) -> Result<bool> {
    if task.definition.work != one.definition.work {
        return Ok(false);
    }
    let schedules = schedules::of_task(db, task.id)?;
    let theirs: BTreeSet<(String, &str)> =
        schedules.iter().map(|schedule| (schedule.rule.to_string(), schedule.zone.as_str())).collect();
    let ours: BTreeSet<(String, &str)> =
        one.wishes.iter().map(|(rule, zone)| (rule.to_string(), zone.as_str())).collect();
    Ok(theirs == ours)
}

//! `tempo export --format`: the forms of other programs, written as they are read from the store.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::super::versions::home;
use super::super::{CliError, Context, Result, complain};
use super::within::Within;
use super::{Args, each, path_of};
use crate::domain::TaskId;
use crate::domain::exchange::uid_of;
use crate::domain::task::{Task, Work};
use crate::foreign::todos::{Form, ics, taskwarrior, todotxt};
use crate::store::tasks_file::rows;
use crate::store::{Db, exchange, schedules, tasks};

/// Runs to come that a calendar has at most.
const MOST_SLOTS: usize = 1000;

/// That a to-do is paused, which no other program knows.
const PAUSED: &str = "paused";

/// How far it looks ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where it goes: into the file, or onto standard output.
pub(super) struct To<'a> {
    file: Option<&'a mut (dyn Write + 'a)>,
    name: &'a Path,
    cx: &'a mut Context,
}

impl<'a> To<'a> {
    pub(super) fn new(file: Option<&'a mut (dyn Write + 'a)>, args: &'a Args, cx: &'a mut Context) -> Self {
        Self { file, name: args.file.as_deref().unwrap_or(Path::new("-")), cx }
    }

    pub(super) fn put(&mut self, text: &[u8]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(text).map_err(|e| CliError::file(self.name, e)),
            None => self.cx.out.write_all(text).map_err(|e: io::Error| CliError::Print(e)),
        }
    }
}

/// What has no place in a form, and of how many tasks.
#[derive(Default)]
pub(super) struct LeftOut(BTreeMap<&'static str, usize>);

impl LeftOut {
    /// One task has these.
    pub(super) fn add(&mut self, fields: impl IntoIterator<Item = &'static str>) {
        for field in fields {
            *self.0.entry(field).or_default() += 1;
        }
    }

    /// What a task has beside its definition. Its notes have no place where they are not in the form.
    pub(super) fn add_past(&mut self, db: &Db, id: TaskId, has_notes: bool) -> Result<()> {
        let notes = !has_notes && exchange::has_notes(db, id)?;
        self.add(
            [notes.then_some("notes"), exchange::has_spent(db, id)?.then_some("time spent")].into_iter().flatten(),
        );
        Ok(())
    }

    /// Says it.
    pub(super) fn say(mut self, form: Form) {
        let form = form.word();
        if let Some(number) = self.0.remove(todotxt::SPACED) {
            let of = if number == 1 { "1 task".to_owned() } else { format!("{number} tasks") };
            complain(&format_args!("{form} has no spaces in a tag or category: each is a _ there ({of})"));
        }
        if !self.0.is_empty() {
            let counts: Vec<String> = self.0.iter().map(|(field, count)| format!("{field} ({count})")).collect();
            complain(&format_args!("{form} has no place for {}: they are left out", counts.join(", ")));
        }
    }
}

/// The arguments, and what their filter has found.
type Meant<'a> = (&'a Args, Option<&'a [TaskId]>);

pub(super) fn write<'a>(
    db: &Db,
    form: Form,
    (args, chosen): Meant<'a>,
    cx: &'a mut Context,
    file: Option<&'a mut (dyn Write + 'a)>,
) -> Result<()> {
    let mut to = To::new(file, args, cx);
    match form {
        Form::Csv => table(db, (args, chosen), &mut to),
        Form::Ics => calendar(db, (args, chosen), &mut to),
        Form::Taskwarrior | Form::Todotxt | Form::Toml => todos(db, form, (args, chosen), &mut to),
    }
}

fn todos(db: &Db, form: Form, meant: Meant<'_>, to: &mut To<'_>) -> Result<()> {
    let context = to.cx.fields(Path::new("/"));
    let mut machine = 0;
    let mut left_out = LeftOut::default();
    let (mut number, mut once) = (0, 0);
    each(db, meant, |task| {
        let Some(todo) = exchange::outgoing(db, task)? else {
            machine += 1;
            return Ok(());
        };
        number += 1;
        // Of notes, its writer says it.
        left_out.add_past(db, task.id, true)?;
        if form == Form::Todotxt {
            let (line, missing) = todotxt::write(&todo, &context);
            left_out.add(missing);
            return to.put(line.as_bytes());
        }
        to.put(taskwarrior::FRAME[usize::from(number > 1)].as_bytes())?;
        left_out.add(taskwarrior::loses_pause(&todo).then_some(PAUSED));
        once += usize::from(taskwarrior::comes_once(&todo, &context.zone));
        to.put(taskwarrior::write(&todo, &context.zone).as_bytes())
    })?;
    say_once(once, form);
    if form == Form::Taskwarrior {
        let [first, _, last] = taskwarrior::FRAME;
        if number == 0 {
            to.put(first.as_bytes())?;
        }
        to.put(last.as_bytes())?;
    }
    if machine > 0 {
        let tasks = if machine == 1 { "1 task is" } else { &format!("{machine} tasks are") };
        complain(&format_args!("{tasks} left out, which the machine does: {} has only to-dos", form.word()));
    }
    left_out.say(form);
    Ok(())
}

/// Names the to-dos whose series another program cannot have.
fn say_once(number: usize, form: Form) {
    if number > 0 {
        let (come, they) =
            if number == 1 { ("1 to-do comes", "it is") } else { (&*format!("{number} to-dos come"), "they are") };
        complain(&format_args!(
            "{come} again in a way that {} has not: {they} there once, and whole only for Tempo",
            form.word()
        ));
    }
}

/// Twice over the tasks: a column is there when a task has something in it.
fn table(db: &Db, meant: Meant<'_>, to: &mut To<'_>) -> Result<()> {
    let (context, home) = (to.cx.fields(Path::new("/")), home(to.cx));
    let cells = |task: &Task| -> Result<BTreeMap<String, String>> {
        Ok(rows::cells(task, &schedules::of_task(db, task.id)?, &context, |path| path_of(path, &home)))
    };
    let mut used = BTreeSet::new();
    let mut within = Within::of(db, meant)?;
    each(db, meant, |task| {
        used.extend(cells(within.cut(db, task)?.as_ref())?.into_keys());
        Ok(())
    })?;
    let columns = rows::columns(&used);
    let mut left_out = LeftOut::default();
    let line = |to: &mut To<'_>, cells: Vec<&str>| to.put(&rows::line(cells.into_iter()).map_err(CliError::Failed)?);
    line(to, columns.iter().map(String::as_str).collect())?;
    each(db, meant, |task| {
        left_out.add_past(db, task.id, false)?;
        left_out.add(matches!(task.definition.work, Work::Script(_)).then_some("texts of scripts"));
        let cells = cells(within.cut(db, task)?.as_ref())?;
        line(to, columns.iter().map(|column| cells.get(column).map_or("", String::as_str)).collect())
    })?;
    left_out.say(Form::Csv);
    within.say();
    Ok(())
}

fn calendar(db: &Db, (args, chosen): Meant<'_>, to: &mut To<'_>) -> Result<()> {
    let [first, last] = ics::FRAME;
    to.put(first.as_bytes())?;
    let mut meant = (!args.task.is_empty() || chosen.is_some()).then(BTreeSet::new);
    let (zone, mut zones, mut once) = (to.cx.zone.clone(), ics::Zones::default(), 0);
    let mut left_out = LeftOut::default();
    each(db, (args, chosen), |task| {
        if let Some(meant) = &mut meant {
            meant.insert(task.slug.clone());
        }
        match exchange::outgoing(db, task)? {
            Some(todo) => {
                zones.add(&todo, &zone);
                left_out.add_past(db, task.id, true)?;
                left_out.add(todo.definition.paused.then_some(PAUSED));
                once += usize::from(ics::comes_once(&todo, &zone));
                to.put(ics::todo(&todo, &zone).as_bytes())
            }
            None => Ok(()),
        }
    })?;
    to.put(zones.text(to.cx.now).as_bytes())?;
    let (slots, more) = coming(db, meant.as_ref(), to.cx.now)?;
    for slot in &slots {
        to.put(ics::slot(slot).as_bytes())?;
    }
    to.put(last.as_bytes())?;
    say_once(once, Form::Ics);
    left_out.say(Form::Ics);
    if more {
        complain(&format_args!(
            "more than {MOST_SLOTS} runs come in the next 30 days: the calendar has the first of them"
        ));
    }
    Ok(())
}

/// The first runs to come of these tasks, or of all, and whether there are more.
fn coming(db: &Db, meant: Option<&BTreeSet<String>>, now: Timestamp) -> Result<(Vec<ics::Slot>, bool)> {
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    // So many schedules that are due first have the first runs among them.
    let limit = if meant.is_some() { usize::MAX } else { MOST_SLOTS + 1 };
    let rows = schedules::agenda(db, None, limit)?;
    let rows: Vec<_> = rows.iter().filter(|row| meant.is_none_or(|meant| meant.contains(&row.slug))).collect();
    let zones = rows.iter().map(|row| schedules::zone_of(&row.schedule)).collect::<std::result::Result<Vec<_>, _>>()?;
    let mut heads = BTreeSet::new();
    let next = |heads: &mut BTreeSet<(Timestamp, usize)>, index: usize, after: Timestamp| {
        let due = rows[index].schedule.next_after(after, &zones[index]);
        heads.extend(due.filter(|due| due.at <= until).map(|due| (due.at, index)));
    };
    for (index, row) in rows.iter().enumerate() {
        next(&mut heads, index, row.schedule.watermark.max(now));
    }
    let origin = exchange::origin(db)?;
    let mut known: BTreeMap<usize, Task> = BTreeMap::new();
    let mut slots = Vec::new();
    while let Some((at, index)) = heads.pop_first() {
        if slots.len() == MOST_SLOTS {
            return Ok((slots, true));
        }
        let schedule = &rows[index].schedule;
        let task = match known.entry(index) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => new.insert(tasks::get(db, schedule.task)?),
        };
        // What rests or waits in the trash does not come.
        if task.definition.paused || matches!(task.definition.work, Work::Todo(_)) {
            continue;
        }
        next(&mut heads, index, at);
        let uid = uid_of(origin, task.id, task.created_at);
        // Two schedules that are due together are one run (T1).
        if slots.iter().rev().take_while(|slot: &&ics::Slot| slot.at == at).any(|slot| slot.uid == uid) {
            continue;
        }
        slots.push(ics::Slot {
            uid,
            slug: task.slug.clone(),
            name: task.definition.name.clone(),
            rule: schedule.rule.to_string(),
            category: task.definition.category.clone(),
            at,
            updated: task.updated_at,
        });
    }
    Ok((slots, false))
}

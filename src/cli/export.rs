//! `tempo export`: every definition as text, in the form that `tempo import` reads, stable so that it can live in git (S4); and the
//! forms of other programs.

mod other;
mod within;

use std::collections::BTreeMap;
use std::fs;
use std::io::BufWriter;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use self::within::Within;
use super::versions::home;
use super::{CliError, Context, Result, complain, many};
use crate::domain::TaskId;
use crate::domain::exchange::due_text;
use crate::domain::field::{self, FIELDS};
use crate::domain::name::slug;
use crate::domain::reminder;
use crate::domain::schedule::Schedule;
use crate::domain::task::{Definition, Status, Task, Work};
use crate::domain::version::{File, Version};
use crate::foreign::todos::Form;
use crate::script::Scripts;
use crate::store::tasks_file::script::Past;
use crate::store::tasks_file::{EXPORT, script};
use crate::store::{self, Db, From, changes, exchange, schedules, scripts, tasks};

/// Versions that are read at once.
const PAGE: usize = 500;

/// Where to.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "All tasks outside the trash with their schedules, ordered by slug, and the scripts that they name with \
their requirements. A path that begins with $SCRIPTS lies in the folder of the scripts that Tempo made. \
What is not said has its default. `tempo import FILE` adds them in another home: export, import and \
export again give the same file.
The other forms, for other programs and from them:
  csv          a table of all tasks, with the keys of TOML as columns;
               without notes and the texts of scripts
  taskwarrior  the to-dos for `task import`, with their notes; what only
               Tempo has in tempo_...
  todotxt      the to-dos, one a line; texts and notes have no place in it
  ics          the to-dos, and the runs of the next 30 days, 1,000 at most
A calendar follows a file that a task writes:
  tempo add calendar --every 5m --command 'tempo export ~/tempo.ics'"
)]
pub struct Args {
    /// The file, which is replaced; standard output when none is said
    file: Option<PathBuf>,
    /// toml, taskwarrior, todotxt, csv or ics; without it, as the name of the file says: .toml .json todo.txt .csv .ics
    #[arg(long, value_name = "FORM", hide_possible_values = true, value_parser = super::import::forms())]
    format: Option<Form>,
    /// Only this task; repeatable
    #[arg(long, value_name = "TASK")]
    task: Vec<String>,
    /// Only what this finds, as `tempo list FILTER` does
    #[arg(long, conflicts_with = "task")]
    filter: Option<String>,
    /// The versions of the scripts as well
    #[arg(long)]
    versions: bool,
}

/// The beginning.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "tempo-export")]
    version: u32,
    task: &'a [Entry],
}

/// What follows.
#[derive(Serialize)]
struct More<'a> {
    task: &'a [Entry],
}

/// A task: keys and values in the order in which they are written.
struct Entry(Vec<(&'static str, Content)>);

/// A value.
#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Number(u8),
    Switch(bool),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
    Versions(Vec<Past>),
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let file = args.file.as_deref().filter(|file| *file != Path::new("-"));
    let form = match (args.format, file) {
        (Some(form), _) => form,
        (None, Some(file)) if !cx.json => form_of(file)?,
        (None, _) => Form::Toml,
    };
    let found = |filter: &String| many::found(&db, filter, cx);
    let found = args.filter.as_ref().map(found).transpose()?;
    let chosen: Option<Vec<TaskId>> = found.map(|found| found.into_iter().map(|(id, _)| id).collect());
    let chosen = chosen.as_deref();
    if form != Form::Toml {
        for (flag, given) in [("--json", cx.json), ("--versions", args.versions)] {
            if given {
                let (form, flag) = (form.word(), flag);
                return Err(CliError::Refused(format!("format: {form} has no {flag}; only --format toml has")));
            }
        }
        return db.snapshot(|db| match file {
            None => other::write(db, form, (args, chosen), cx, None),
            Some(file) => replace(file, |to| other::write(db, form, (args, chosen), cx, Some(to))),
        });
    }
    db.snapshot(|db| match file {
        None => own(db, (args, chosen), cx, None),
        Some(file) => replace(file, |to| own(db, (args, chosen), cx, Some(to))),
    })
}

/// What the name of the file says; without an ending it is Tempo's own.
fn form_of(file: &Path) -> Result<Form> {
    match (Form::of_file(file), file.extension()) {
        (Some(form), _) => Ok(form),
        (None, None) => Ok(Form::Toml),
        (None, Some(end)) => Err(CliError::Refused(format!(
            "{}: no form has the ending .{}; those that there are: .toml, .json (taskwarrior), todo.txt, .csv, .ics; --format says \
             it for any name",
            file.display(),
            end.display()
        ))),
    }
}

/// Tempo's own form, task by task as they are read: none of it is held.
fn own<'a>(
    db: &Db,
    (args, chosen): (&'a Args, Option<&[TaskId]>),
    cx: &'a mut Context,
    file: Option<&'a mut (dyn std::io::Write + 'a)>,
) -> Result<()> {
    let (home, context, json) = (home(cx), cx.fields(Path::new("/")), cx.json);
    let mut to = other::To::new(file, args, cx);
    let broken = |e| CliError::Failed(format!("cannot write this as TOML: {e}"));
    let (mut number, mut left_out) = (0, other::LeftOut::default());
    let mut within = Within::of(db, (args, chosen))?;
    each(db, (args, chosen), |task| {
        let task = within.cut(db, task)?;
        let task = task.as_ref();
        let mut entry = entry(task, &schedules::of_task(db, task.id)?, &home, &context);
        if args.versions {
            entry.0.extend(versions_of(db, task)?);
        }
        left_out.add_past(db, task.id, false)?;
        number += 1;
        if json {
            return to.put(super::json::line(&entry)?.as_bytes());
        }
        if number == 1 {
            let begin = Document { version: EXPORT, task: &[entry] };
            return to.put(toml::to_string_pretty(&begin).map_err(broken)?.as_bytes());
        }
        to.put(b"\n")?;
        to.put(toml::to_string_pretty(&More { task: &[entry] }).map_err(broken)?.as_bytes())
    })?;
    if number == 0 && !json {
        let none = Document { version: EXPORT, task: &[] };
        to.put(toml::to_string_pretty(&none).map_err(broken)?.as_bytes())?;
    }
    left_out.say(Form::Toml);
    within.say();
    Ok(())
}

/// Replaces the file as a whole, so that who reads it has the old or the new one.
fn replace(file: &Path, write: impl FnOnce(&mut dyn std::io::Write) -> Result<()>) -> Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(".part");
    let broken = |e| CliError::file(file, e);
    let written = fs::File::create(&draft).map_err(broken).and_then(|to| {
        let mut to = BufWriter::new(to);
        write(&mut to)?;
        to.into_inner().map_err(|e| broken(e.into_error()))?.sync_all().map_err(broken)
    });
    let replaced = written.and_then(|()| fs::rename(&draft, file).map_err(broken));
    replaced.inspect_err(|_| drop(fs::remove_file(&draft)))
}

/// The tasks that are meant, in the order of their slugs.
fn each(db: &Db, (args, chosen): (&Args, Option<&[TaskId]>), mut take: impl FnMut(&Task) -> Result<()>) -> Result<()> {
    if let Some(chosen) = chosen {
        for id in chosen {
            // It was found a moment ago.
            if !changes::is_deleted(db, *id)? {
                take(&tasks::get(db, *id)?)?;
            }
        }
        return Ok(());
    }
    if args.task.is_empty() {
        return exchange::each(db, take);
    }
    let mut named = args.task.iter().map(|name| tasks::find(db, name)).collect::<store::Result<Vec<_>>>()?;
    named.sort_by(|a, b| a.slug.cmp(&b.slug));
    named.dedup_by_key(|task| task.id);
    named.iter().try_for_each(&mut take)
}

/// The versions of a task, the oldest first, as far as they are texts that were kept.
fn versions_of(db: &Db, task: &Task) -> Result<Option<(&'static str, Content)>> {
    let mut all = Vec::new();
    let mut left_out = 0;
    for file in File::ALL {
        let mut from = From::End;
        loop {
            let page = scripts::page(db, task.id, *file, &from, PAGE)?;
            for version in page.iter().rev() {
                let content = if version.is_kept { Some(scripts::content(db, version.id)?) } else { None };
                let Some(content) = content.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                    left_out += 1;
                    continue;
                };
                let Version { saved_at, origin, commit, .. } = version.clone();
                all.push(Past { file: *file, saved_at, origin, commit, content });
            }
            match page.first() {
                Some(newest) if page.len() == PAGE => from = From::Before(newest.id),
                _ => break,
            }
        }
    }
    if left_out > 0 {
        let text =
            format!("{}: {left_out} versions are left out: they are no text, or only their hash is kept", task.slug);
        complain(&text);
    }
    Ok((!all.is_empty()).then_some((script::VERSIONS, Content::Versions(all))))
}

fn entry(task: &Task, schedules: &[Schedule], home: &Scripts, context: &field::Context) -> Entry {
    let definition = &task.definition;
    let mut entry = Vec::new();
    if task.slug != slug(&definition.name) {
        entry.push(("slug", Content::Text(task.slug.clone())));
    }
    if let Work::Todo(_) = definition.work {
        entry.push(("kind", Content::Text(definition.work.kind().word().to_owned())));
    }
    let plain = Definition::new("", definition.work.clone());
    for field in FIELDS {
        let value = match &definition.work {
            Work::Script(path) if field.key == "script" => Some(path_of(path, home)),
            _ => field.get(definition, context),
        };
        let said = match field.key {
            "name" | "command" | "script" => value.is_some(),
            "status" => !matches!(definition.work, Work::Todo(Status::Open)) && value.is_some(),
            _ => value != field.get(&plain, context),
        };
        if let Some(value) = value.filter(|_| said) {
            entry.push((field.key, content(field, value, definition, context)));
        }
    }
    if let Work::Script(path) = &definition.work {
        entry.extend(script_of(path, home));
    }
    if let Some(first) = schedules.first() {
        let text = |schedule: &Schedule| {
            let zone = if schedule.zone == first.zone { String::new() } else { format!(" tz={}", schedule.zone) };
            format!("{}{zone}", schedule.rule)
        };
        entry.push(("when", Content::List(schedules.iter().map(text).collect())));
        entry.push(("tz", Content::Text(first.zone.clone())));
    }
    Entry(entry)
}

/// A value as import takes it; several texts as a list.
fn content(field: &field::Field, value: String, definition: &Definition, context: &field::Context) -> Content {
    match field.key {
        "priority" => Content::Number(definition.priority.get()),
        "paused" => Content::Switch(definition.paused),
        "tags" => Content::List(definition.tags.clone()),
        "env" => Content::Map(definition.execution.env.clone()),
        "field" => Content::Map(definition.custom.clone()),
        "remind" => Content::Text(reminder::format(&definition.reminders)),
        "due" => Content::Text(due_text(definition, &context.zone).unwrap_or(value)),
        _ => Content::Text(value),
    }
}

/// The path of a script; of one that Tempo made without the folder of this home.
fn path_of(path: &Path, home: &Scripts) -> String {
    match path.strip_prefix(home.root()) {
        Ok(rest) if home.is_managed(path) => format!("{}{}", script::HOME, rest.display()),
        _ => path.display().to_string(),
    }
}

fn script_of(path: &Path, home: &Scripts) -> Vec<(&'static str, Content)> {
    let without = |why: &dyn std::fmt::Display| {
        complain(&format!("{} is exported without its content: {why}", path.display()));
        Vec::new()
    };
    match fs::read(path).map(String::from_utf8) {
        Ok(Ok(content)) => {
            let executable = fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
            let mut all = vec![(script::CONTENT, Content::Text(content))];
            if executable {
                all.push((script::EXECUTABLE, Content::Switch(true)));
            }
            let requirements = home.requirements_of(path).and_then(|path| fs::read_to_string(path).ok());
            all.extend(requirements.map(|text| (script::REQUIREMENTS, Content::Text(text))));
            all
        }
        Ok(Err(_)) => without(&"it is not a text"),
        Err(e) => without(&e),
    }
}

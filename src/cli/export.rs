//! `tempo export`: every definition as text, in the form that `tempo import` reads, stable so that it can live in git (S4).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{CliError, Context, Result, complain};
use crate::domain::field::{self, FIELDS};
use crate::domain::name::slug;
use crate::domain::schedule::Schedule;
use crate::domain::task::{Definition, Status, Task, Work};
use crate::store::tasks_file::{EXPORT, script};
use crate::store::{Db, From, schedules, tasks};

/// Tasks that are read at once.
const PAGE: usize = 500;

/// Where to.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "All tasks outside the trash with their schedules, ordered by slug, and the scripts that they name.
What is not said has its default. `tempo import FILE` adds them in another home: export, import and
export again give the same file."
)]
pub struct Args {
    /// The file, which is replaced; standard output when none is said
    file: Option<PathBuf>,
}

/// The whole.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "tempo-export")]
    version: u32,
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
    let all = db.snapshot(|db| entries(db, cx))?;
    let mut text = String::new();
    if cx.json {
        for entry in &all {
            text += &super::json::line(entry)?;
        }
    } else {
        text += &toml::to_string_pretty(&Document { version: EXPORT, task: &all })
            .map_err(|e| CliError::Failed(format!("cannot write this as TOML: {e}")))?;
    }
    match args.file.as_deref().filter(|file| *file != Path::new("-")) {
        None => cx.out.write_all(text.as_bytes())?,
        Some(file) => write(file, &text).map_err(|e| CliError::file(file, e))?,
    }
    Ok(())
}

/// Replaces the file as a whole.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(".part");
    let written = fs::File::create(&draft).and_then(|mut to| {
        to.write_all(text.as_bytes())?;
        to.sync_all()
    });
    written.and_then(|()| fs::rename(&draft, file)).inspect_err(|_| drop(fs::remove_file(&draft)))
}

fn entries(db: &Db, cx: &Context) -> Result<Vec<Entry>> {
    let mut all = Vec::new();
    let mut from = From::Start;
    loop {
        let rows = tasks::page(db, "", &from, PAGE)?;
        for row in &rows {
            let task = tasks::get(db, row.id)?;
            all.push(entry(&task, &schedules::of_task(db, row.id)?, cx));
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE => from = From::After(last.slug.clone()),
            _ => return Ok(all),
        }
    }
}

fn entry(task: &Task, schedules: &[Schedule], cx: &Context) -> Entry {
    let context = cx.fields(Path::new("/"));
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
        let value = field.get(definition, &context);
        let said = match field.key {
            "name" | "command" | "script" => value.is_some(),
            "status" => !matches!(definition.work, Work::Todo(Status::Open)) && value.is_some(),
            _ => value != field.get(&plain, &context),
        };
        if let Some(value) = value.filter(|_| said) {
            entry.push((field.key, content(field, value, definition)));
        }
    }
    if let Work::Script(path) = &definition.work {
        entry.extend(script_of(path));
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

/// A value as import takes it: an instant by itself, not on the clock of this machine; several texts as a list.
fn content(field: &field::Field, value: String, definition: &Definition) -> Content {
    match field.key {
        "priority" => Content::Number(definition.priority.get()),
        "paused" => Content::Switch(definition.paused),
        "tags" => Content::List(definition.tags.clone()),
        "env" => Content::Map(definition.execution.env.clone()),
        "due" => Content::Text(definition.due_at.map_or(value, |at| at.to_string())),
        _ => Content::Text(value),
    }
}

fn script_of(path: &Path) -> Vec<(&'static str, Content)> {
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
            all
        }
        Ok(Err(_)) => without(&"it is not a text"),
        Err(e) => without(&e),
    }
}

//! `tempo import FILE`: the tasks of a TOML file, all of them or none. It is the form that `tempo export` writes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use toml::{Spanned, Value};

use super::super::definition::{self, Zone};
use super::super::{CliError, Context, Result, complain};
use super::script::{self, Script, Scripts};
use crate::domain::after;
use crate::domain::change::By;
use crate::domain::field::{self, FIELDS, Field};
use crate::domain::name::slug;
use crate::domain::rule::{self, Rule};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Task, Work};
use crate::store::changes::{Step, Wish};
use crate::store::{self, Db, StoreError, tasks};

/// The version of the form that [`export`](super::super::export) writes.
pub(in crate::cli) const EXPORT: u32 = 1;

/// The keys of a task beside the fields of its definition.
const OTHER_KEYS: &[&str] = &["kind", "when", "tz", "slug", script::CONTENT, script::EXECUTABLE];

/// From this many tasks on, a person may wonder whether anything happens.
const MANY: usize = 1000;

/// Skipped tasks that are named.
const NAMED: usize = 20;

/// A task that was read and found right.
struct Planned {
    slug: String,
    definition: Definition,
    wanted: Vec<Wish>,
    script: Option<Script>,
}

/// What became of the tasks of a file.
#[derive(Default)]
struct Imported {
    tasks: Vec<Task>,
    skipped: Vec<String>,
    scripts: Scripts,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The version of the form, in what `tempo export` wrote.
    #[serde(default, rename = "tempo-export")]
    export: Option<Spanned<u32>>,
    #[serde(default)]
    task: Vec<Spanned<Table>>,
}

/// A task of the file, which knows where each of its keys stands.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Table(BTreeMap<Spanned<String>, Spanned<Value>>);

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|(_, value)| value.get_ref())
    }

    /// Where the key stands that an error begins with (`key: ...`, or `key, other: ...`).
    fn place_of(&self, error: &str) -> Option<usize> {
        let (keys, _) = error.split_once(':')?;
        keys.split(", ").find_map(|key| self.entry(key)).map(|(key, _)| key.span().start)
    }

    fn entry(&self, key: &str) -> Option<(&Spanned<String>, &Spanned<Value>)> {
        self.0.iter().find(|(found, _)| found.get_ref() == key)
    }
}

/// Where the file comes from when it is `-`.
const STANDARD_INPUT: &str = "standard input";

pub(super) fn run(file: &Path, replace: bool, cx: &mut Context) -> Result<()> {
    let planned = in_order(read(file, cx)?).map_err(|e| CliError::Refused(format!("{}: {e}", shown(file))))?;
    let total = planned.len();
    let progress = total > MANY && std::io::stderr().is_terminal();
    let store = cx.store()?;
    let now = cx.now;
    let imported = store.write(move |db| {
        let mut step = Step::new(By::Cli, now);
        let mut done = Imported::default();
        let all = planned.iter().enumerate().try_for_each(|(i, task)| {
            if progress && i % MANY == 0 {
                show_progress(i, total);
            }
            put(db, &mut step, task, replace, &mut done).map_err(|e| match e {
                StoreError::Refused(e) => StoreError::Refused(format!("task `{}`: {e}", task.definition.name)),
                e => e,
            })
        });
        match all {
            Ok(()) => Ok(done),
            Err(e) => {
                done.scripts.take_back();
                Err(e)
            }
        }
    })?;
    let Imported { tasks: added, skipped, scripts } = imported;
    if progress {
        show_progress(total, total);
        let _ = std::io::stderr().write_all(b"\n");
    }
    let db = store.reader()?;
    for task in &added {
        if cx.json {
            let object = cx.task_json(&db, task)?;
            cx.print_json(&object)?;
        } else {
            writeln!(cx.out, "{}", task.slug)?;
        }
    }
    cx.out.flush()?;
    if !skipped.is_empty() {
        let more = skipped.len().saturating_sub(NAMED);
        let named = skipped[..skipped.len() - more].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        complain(&format_args!("skipped, because they exist: {named}{more}"));
    }
    for path in scripts.kept() {
        complain(&format_args!("{} is another one than in the file: it was kept as it is", path.display()));
    }
    Ok(())
}

/// Adds a task, or gives one that exists what the file says when it is to be replaced.
fn put(db: &Db, step: &mut Step, task: &Planned, replace: bool, done: &mut Imported) -> store::Result<()> {
    let exists = tasks::has_slug(db, &task.slug)?;
    if exists && !replace {
        done.skipped.push(task.slug.clone());
        return Ok(());
    }
    if let (Some(script), Work::Script(path)) = (&task.script, &task.definition.work) {
        done.scripts.put(path, script)?;
    }
    done.tasks.push(if exists {
        let there = tasks::find_exactly(db, &task.slug)?;
        step.define(db, there.id, &task.definition, &task.wanted)?
    } else {
        step.add_as(db, &task.slug, &task.definition, &task.wanted)?
    });
    Ok(())
}

/// The file, as it is named in messages.
fn shown(file: &Path) -> String {
    if file == Path::new("-") { STANDARD_INPUT.to_owned() } else { file.display().to_string() }
}

/// What runs after another task of the file comes behind it, else in the order of the file (R11).
fn in_order(planned: Vec<Planned>) -> std::result::Result<Vec<Planned>, String> {
    let upstreams: HashMap<String, Vec<String>> = planned
        .iter()
        .map(|task| (task.slug.clone(), task.definition.execution.after.iter().map(|up| up.task.clone()).collect()))
        .collect();
    let of = |slug: &String| Ok::<_, String>(upstreams.get(slug).cloned().unwrap_or_default());
    let (mut ready, mut waiting): (Vec<Planned>, Vec<Planned>) =
        planned.into_iter().partition(|task| task.definition.execution.after.is_empty());
    for task in &waiting {
        if let Some(way) = after::cycle(&task.slug, of)? {
            return Err(format!("after: that would be a circle: {}", way.join(" -> ")));
        }
    }
    // Without a circle, each pass finds one of which nothing before it waits.
    while !waiting.is_empty() {
        let left: HashSet<String> = waiting.iter().map(|task| task.slug.clone()).collect();
        let (now, later) = waiting
            .into_iter()
            .partition::<Vec<_>, _>(|task| upstreams[&task.slug].iter().all(|slug| !left.contains(slug)));
        ready.extend(now);
        waiting = later;
    }
    Ok(ready)
}

fn show_progress(done: usize, total: usize) {
    // Progress that cannot be shown is no reason to stop.
    let _ = write!(std::io::stderr(), "\r{done} of {total} tasks");
}

/// Reads and checks the whole file. A message names the file, the line, the task and the field (X1).
fn read(file: &Path, cx: &Context) -> Result<Vec<Planned>> {
    let piped = file == Path::new("-");
    let text = if piped { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|e| CliError::file(Path::new(&shown(file)), e))?;
    let place = |offset: usize| {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", shown(file))
    };
    let document: Document = toml::from_str(&text)
        .map_err(|e| CliError::Refused(format!("{}: {}", place(e.span().map_or(0, |span| span.start)), e.message())))?;
    if let Some(version) = document.export.as_ref().filter(|version| *version.get_ref() > EXPORT) {
        let newer = format!(
            "{}: written by a newer Tempo: this one knows tempo-export = {EXPORT}",
            place(version.span().start)
        );
        return Err(CliError::Refused(newer));
    }
    if document.task.is_empty() && document.export.is_none() {
        return Err(CliError::Refused(format!("{}: there is no [[task]] in it", shown(file))));
    }
    let context = if piped {
        cx.fields_here()?
    } else {
        let folder = std::path::absolute(file).map_err(|e| CliError::file(file, e))?;
        cx.fields(folder.parent().unwrap_or(Path::new("/")))
    };
    let exported = document.export.is_some();
    let mut slugs = HashSet::new();
    let mut planned = Vec::with_capacity(document.task.len());
    for table in &document.task {
        let name = table.get_ref().get("name").and_then(Value::as_str).unwrap_or("without a name");
        let task = plan(table.get_ref(), exported, &context, cx)
            .and_then(|task| {
                if slugs.insert(task.slug.clone()) {
                    Ok(task)
                } else {
                    Err(format!("name: another task of this file has the slug {} already", task.slug))
                }
            })
            .map_err(|e| {
                let offset = table.get_ref().place_of(&e).unwrap_or(table.span().start);
                CliError::Refused(format!("{}: task `{name}`: {e}", place(offset)))
            })?;
        planned.push(task);
    }
    Ok(planned)
}

fn plan(table: &Table, exported: bool, context: &field::Context, cx: &Context) -> std::result::Result<Planned, String> {
    for key in table.0.keys().map(Spanned::get_ref) {
        if !OTHER_KEYS.contains(&key.as_str()) {
            Field::named(key).map_err(|e| format!("{key}: {e}, {}", OTHER_KEYS.join(", ")))?;
        }
    }
    let mut definition = Definition::new("", Work::Todo(Status::Open));
    let mut values = Vec::new();
    // In the order of the table of fields: what is to be done comes before what depends on it.
    let script = Script::of(table)?;
    for field in FIELDS {
        if let Some(value) = table.get(field.key) {
            if let ("script", Some(_)) = (field.key, &script) {
                // It may be made only when the task is.
                definition.work = Work::Script(field::path(&scalar(field.key, value)?, context));
                continue;
            }
            values.extend(texts(field.key, value)?.into_iter().map(|text| (field, text)));
        }
    }
    if table.get("name").is_none() {
        return Err("name: there is none; write name = \"...\"".to_owned());
    }
    definition::apply(&mut definition, &values, context)?;
    if script.is_some() && !matches!(definition.work, Work::Script(_)) {
        return Err("script-content: there is no script whose content it could be; write script = \"...\"".to_owned());
    }
    check_kind(&definition, table)?;
    let slug = match table.get("slug") {
        None => slug(&definition.name),
        Some(Value::String(said)) if !said.is_empty() && slug(said) == *said => said.clone(),
        Some(said) => return Err(format!("slug: {said} is not a slug; write small letters, digits and hyphens")),
    };

    let zone = match table.get("tz") {
        Some(Value::String(name)) => Zone::named(name)?,
        Some(_) => return Err("tz: takes a text such as \"Europe/Berlin\"".to_owned()),
        None => cx.local_zone(),
    };
    let mut wanted: Vec<Wish> = Vec::new();
    for text in table.get("when").map_or(Ok(Vec::new()), |value| strings("when", value))? {
        for part in text.split(';') {
            let (rule, named) = rule::take_zone(part);
            let named = named.map(|name| Zone::named(name).map_err(|e| format!("when: {e}")));
            let zone = named.unwrap_or_else(|| Ok(zone.clone()))?;
            let read = |context| definition::schedules(Spread::by(&slug), &rule, &zone.rules, context);
            // What was exported may have passed since then, or before.
            let long_ago = field::Context { now: Timestamp::UNIX_EPOCH, ..context.clone() };
            let rules = read(context).or_else(|e| if exported { read(&long_ago) } else { Err(e) })?;
            wanted.extend(rules.into_iter().map(|rule| (rule, zone.name.clone())));
        }
    }
    let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
    definition::check_schedules(&definition, &rules)?;
    Ok(Planned { slug, definition, wanted, script })
}

/// Only who says so means a to-do: a task without a command can also be a mistake.
fn check_kind(definition: &Definition, table: &Table) -> std::result::Result<(), String> {
    let kind = definition.work.kind().word();
    match (table.get("kind"), &definition.work) {
        (None, Work::Todo(_)) => {
            Err("command: there is none; write command = \"...\", script = \"...\" or kind = \"todo\"".to_owned())
        }
        (None, Work::Command(_) | Work::Script(_)) => Ok(()),
        (Some(Value::String(said)), _) if said == kind => Ok(()),
        (Some(said), _) => Err(format!("kind: {said} does not go with the rest, which makes it a {kind}")),
    }
}

/// A value of TOML as the texts that the field takes one after the other.
fn texts(key: &str, value: &Value) -> std::result::Result<Vec<String>, String> {
    match (key, value) {
        ("tags" | "after", value) => Ok(vec![strings(key, value)?.join(",")]),
        ("secrets", value) => Ok(vec![strings(key, value)?.join(";")]),
        ("env", Value::Table(variables)) => {
            variables.iter().map(|(name, value)| Ok(format!("{name}={}", scalar(key, value)?))).collect()
        }
        _ => Ok(vec![scalar(key, value)?]),
    }
}

fn scalar(key: &str, value: &Value) -> std::result::Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => Ok(value.to_string()),
        Value::Array(_) | Value::Table(_) => Err(format!("{key}: takes one value, such as a text")),
    }
}

/// A text, or a list of texts.
fn strings<'a>(key: &str, value: &'a Value) -> std::result::Result<Vec<&'a str>, String> {
    let wrong = || format!("{key}: takes a text or a list of texts");
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(values) => values.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

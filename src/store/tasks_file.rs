//! Tasks in a text of TOML, all of them or none: the form that `tempo export` writes.

pub mod rows;
pub mod script;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use toml::{Spanned, Value};

use self::script::{MayWrite, Past, Put, Script, Scripts};
use super::changes::{Step, Wish};
use super::texts::{self, Zone};
use super::{Db, Result, StoreError, apart, exchange, scripts, tasks};
use crate::domain::TaskId;
use crate::domain::exchange::Times;
use crate::domain::field::{self, FIELDS, Field};
use crate::domain::name::slug;
use crate::domain::quantity::parse_time;
use crate::domain::rule::{self, Rule};
use crate::domain::sorted::{Sorted, sorted};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Work};
use crate::domain::version::{Content, Origin};

/// The version of the form that `tempo export` writes.
pub const EXPORT: u32 = 1;

/// The keys of a task beside the fields of its definition.
const OTHER_KEYS: &[&str] = &[
    "kind",
    "when",
    "tz",
    "slug",
    CREATED,
    BEGUN,
    DONE,
    script::CONTENT,
    script::EXECUTABLE,
    script::REQUIREMENTS,
    script::VERSIONS,
];

/// When it was added, begun and done, of a to-do.
pub const CREATED: &str = "created";
/// See [`CREATED`].
pub const BEGUN: &str = "begun";
/// See [`CREATED`].
pub const DONE: &str = "done";

/// Wrong places that are told at once.
const TOLD: usize = 20;

/// What was read from a text.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is right; what runs after another task or waits for it comes behind that.
    pub tasks: Vec<Planned>,
    /// What is not, in the order of the text: where, which task, which field, and what would be right (X1).
    pub wrong: Vec<String>,
}

/// A task that was read and found right.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Where it stands: `tasks.toml:12`.
    pub place: String,
    /// Its slug.
    pub slug: String,
    /// What it does.
    pub definition: Definition,
    /// When.
    pub wanted: Vec<Wish>,
    /// What its script is to be when there is none.
    pub script: Option<Script>,
    /// The versions of its files, the oldest first.
    pub versions: Vec<Past>,
    /// When it was added, begun and done.
    pub times: Times,
}

/// What became of the tasks of a file.
#[derive(Debug, Default)]
pub struct Imported {
    /// Those that were added or replaced, with their slugs.
    pub tasks: Vec<(TaskId, String)>,
    /// The slugs of those that were there and stay as they were.
    pub skipped: Vec<String>,
    /// What was done about their scripts.
    pub scripts: Scripts,
    /// Those that were left out, where they stand, and why.
    pub wrong: Vec<String>,
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
struct Table(BTreeMap<Spanned<String>, Spanned<Value>>);

impl Table {
    fn get(&self, key: &str) -> Option<&Value> {
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

/// Where a text comes from, and what its values mean there.
#[derive(Debug, Clone)]
pub struct Source {
    /// How it is named in messages.
    pub name: String,
    /// How texts are read; relative paths count from its folder.
    pub context: field::Context,
    /// The zone of schedules that name none: that of `context`, with its name.
    pub zone: Zone,
    /// The folder of the scripts that Tempo made.
    pub scripts: PathBuf,
}

/// Reads and checks everything.
///
/// # Errors
/// When the text is none of this form.
pub fn read(text: &str, source: &Source) -> std::result::Result<Plan, String> {
    let lines = Lines::of(text);
    let document: Document = toml::from_str(text)
        .map_err(|e| format!("{}:{}: {}", source.name, lines.at(e.span().map_or(0, |span| span.start)), e.message()))?;
    if let Some(version) = document.export.as_ref().filter(|version| *version.get_ref() > EXPORT) {
        let line = lines.at(version.span().start);
        return Err(format!(
            "{}:{line}: written by a newer Tempo: this one knows tempo-export = {EXPORT}",
            source.name
        ));
    }
    if document.task.is_empty() && document.export.is_none() {
        return Err(format!("{}: there is no [[task]] in it", source.name));
    }
    let exported = document.export.is_some();
    let tables = document.task.into_iter().map(|table| (table.span().start, Ok(table.into_inner())));
    Ok(plan_all(tables, exported, source, |offset| lines.at(offset)))
}

/// Places in words, the first of them.
pub fn told(wrong: &[String]) -> String {
    let mut text = wrong.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("\n");
    if wrong.len() > TOLD {
        let _ = write!(text, "\nand {} more are wrong", wrong.len() - TOLD);
    }
    text
}

/// Puts the tasks into the store in one step, all of them or none, or with `skip` all that can be; those whose slug exists are left as
/// they are, or with `replace` get what is said here. A script that is there with another content is not touched here: it is one of
/// [`Scripts::others`]. Every file of a script that would be made is asked about before, and `progress` is told before each
/// task how many are done.
///
/// # Errors
/// When one cannot be added, or a file of it may not be made; then no script is left behind.
pub fn put_all(
    db: &Db,
    step: &mut Step,
    planned: &[Planned],
    replace: bool,
    skip: bool,
    may_write: MayWrite<'_>,
    mut progress: impl FnMut(usize),
) -> Result<Imported> {
    let mut done = Imported::default();
    for (i, task) in planned.iter().enumerate() {
        progress(i);
        let made = done.scripts.made();
        let mut one = |db: &Db| put(db, step, task, replace, may_write, &mut done);
        // When none is to be left out, all is taken back in the end: until then the others are looked at.
        let put = if skip { apart(db, one).and_then(|one| one) } else { one(db) };
        match put {
            Ok(()) => {}
            Err(StoreError::Refused(why)) => {
                done.scripts.take_back(made);
                done.wrong.push(format!("{}: task `{}`: {why}", task.place, task.definition.name));
            }
            Err(e) => {
                done.scripts.take_back(0);
                return Err(e);
            }
        }
    }
    if !skip && !done.wrong.is_empty() {
        done.scripts.take_back(0);
        return Err(StoreError::Refused(told(&done.wrong)));
    }
    Ok(done)
}

/// Adds a task, or gives one that exists what the file says when it is to be replaced.
fn put(
    db: &Db,
    step: &mut Step,
    task: &Planned,
    replace: bool,
    may_write: MayWrite<'_>,
    done: &mut Imported,
) -> Result<()> {
    let exists = tasks::has_slug(db, &task.slug)?;
    if exists && !replace {
        done.skipped.push(task.slug.clone());
        return Ok(());
    }
    let Put { same, others } = match (&task.script, &task.definition.work) {
        (Some(script), Work::Script(path)) => done.scripts.put(path, script, replace, may_write)?,
        _ => Put::default(),
    };
    let put = if exists {
        let there = tasks::find_exactly(db, &task.slug)?;
        step.define(db, there.id, &task.definition, &task.wanted)?
    } else {
        let added = step.add_as(db, &task.slug, &task.definition, &task.wanted)?;
        // The past of a task that is here is its own.
        exchange::set_times(db, added.id, task.times, &added)?;
        for past in &task.versions {
            let content = Content::of(past.content.as_str()).at(past.commit.clone());
            scripts::note(db, added.id, past.file, &content, past.origin, past.saved_at)?;
        }
        added
    };
    for (file, content) in &same {
        scripts::note(db, put.id, *file, content, Origin::Imported, step.now())?;
    }
    done.scripts.differ(put.id, others);
    done.tasks.push((put.id, put.slug));
    Ok(())
}

/// What runs after another task of the file (R11) or depends on it (A3) comes behind it, else in the order of the file. What would
/// close a circle is wrong.
fn in_order(planned: Vec<Planned>, wrong: &mut Vec<String>) -> Vec<Planned> {
    let places: HashMap<&str, usize> = planned.iter().enumerate().map(|(at, task)| (task.slug.as_str(), at)).collect();
    let needs = |task: &Planned| {
        let after = task.definition.execution.after.iter().map(|upstream| upstream.task.as_str());
        let waits = task.definition.depends_on.iter().map(|one| one.task.as_str());
        after.chain(waits).filter_map(|slug| places.get(slug).copied()).collect()
    };
    let needs: Vec<Vec<usize>> = planned.iter().map(needs).collect();
    let Sorted { order, circles } = sorted(&needs);
    let mut closing = HashSet::new();
    for mut circle in circles {
        let task = &planned[circle.of];
        let key = if task.definition.depends_on.is_empty() { "after" } else { "depends-on" };
        if key == "after" {
            // As it runs: each is followed by what runs after it.
            circle.way.reverse();
        }
        if closing.insert(circle.of) {
            let way = circle.sentence(|one| planned[one].slug.clone());
            wrong
                .push(format!("{}: task `{}`: {key}: that would be a circle: {way}", task.place, task.definition.name));
        }
    }
    let mut planned: Vec<Option<Planned>> = planned.into_iter().map(Some).collect();
    let right = order.into_iter().filter(|at| !closing.contains(at));
    right.filter_map(|at| planned[at].take()).collect()
}

/// Where the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// The number of the line in which a place lies, from 1.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// Plans the tasks of tables, each with where it begins or with why there is none; `line` says in which line such a place lies.
fn plan_all(
    tables: impl Iterator<Item = (usize, std::result::Result<Table, String>)>,
    exported: bool,
    source: &Source,
    line: impl Fn(usize) -> usize,
) -> Plan {
    let mut slugs = HashSet::new();
    let mut planned = Vec::new();
    let mut wrong = Vec::new();
    // What was exported was right where it comes from, whatever types are declared here.
    let types = source.context.types.clone().filter(|_| !exported);
    let context = field::Context { types, ..source.context.clone() };
    let place = |offset: usize| format!("{}:{}", source.name, line(offset));
    for (begin, table) in tables {
        let table = match table {
            Ok(table) => table,
            Err(why) => {
                wrong.push(format!("{}: {why}", place(begin)));
                continue;
            }
        };
        let task = plan(&table, place(begin), exported, &context, source).and_then(|task| {
            if slugs.insert(task.slug.clone()) {
                Ok(task)
            } else {
                Err(format!("name: another task of this file has the slug {} already", task.slug))
            }
        });
        match task {
            Ok(task) => planned.push(task),
            Err(e) => {
                let name = table.get("name").and_then(Value::as_str).unwrap_or("without a name");
                wrong.push(format!("{}: task `{name}`: {e}", place(table.place_of(&e).unwrap_or(begin))));
            }
        }
    }
    let tasks = in_order(planned, &mut wrong);
    Plan { tasks, wrong }
}

fn plan(
    table: &Table,
    place: String,
    exported: bool,
    context: &field::Context,
    source: &Source,
) -> std::result::Result<Planned, String> {
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
            if field.key == "script" {
                let text = scalar(field.key, value)?;
                let managed = script::path(&text, &source.scripts)?;
                if script.is_some() {
                    // It may be made only when the task is.
                    definition.work = Work::Script(managed.unwrap_or_else(|| field::path(&text, context)));
                    continue;
                }
                if let Some(path) = managed {
                    values.push((field, path.display().to_string()));
                    continue;
                }
            }
            values.extend(texts(field.key, value)?.into_iter().map(|text| (field, text)));
        }
    }
    if table.get("name").is_none() {
        return Err("name: there is none; write name = \"...\"".to_owned());
    }
    texts::apply(&mut definition, &values, context)?;
    if let (true, Some(Value::String(text))) = (exported, table.get("description")) {
        // To the byte, with the ends of lines behind it.
        definition.description.clone_from(text);
    }
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
        None => source.zone.clone(),
    };
    let mut wanted: Vec<Wish> = Vec::new();
    for text in table.get("when").map_or(Ok(Vec::new()), |value| strings("when", value))? {
        for part in text.split(';') {
            let (rule, named) = rule::take_zone(part);
            let named = named.map(|name| Zone::named(name).map_err(|e| format!("when: {e}")));
            let zone = named.unwrap_or_else(|| Ok(zone.clone()))?;
            let read = |context| texts::schedules(Spread::by(&slug), &rule, &zone.rules, context);
            // What was exported may have passed since then, or before.
            let long_ago = field::Context { now: Timestamp::UNIX_EPOCH, ..context.clone() };
            let rules = read(context).or_else(|e| if exported { read(&long_ago) } else { Err(e) })?;
            wanted.extend(rules.into_iter().map(|rule| (rule, zone.name.clone())));
        }
    }
    let rules: Vec<Rule> = wanted.iter().map(|(rule, _)| rule.clone()).collect();
    texts::check_schedules(&definition, &rules)?;
    let time = |key: &str| {
        let text = table.get(key).map(|value| scalar(key, value)).transpose()?.filter(|text| !text.is_empty());
        let read = |text: String| parse_time(&text, &context.zone, context.now).map_err(|e| format!("{key}: {e}"));
        text.map(read).transpose()
    };
    let times = Times { created: time(CREATED)?, updated: None, begun: time(BEGUN)?, done: time(DONE)? };
    Ok(Planned { place, slug, definition, wanted, script, versions: Past::of(table)?, times })
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
        ("tags" | "after" | "depends-on", value) => Ok(vec![strings(key, value)?.join(",")]),
        ("secrets", value) => Ok(vec![strings(key, value)?.join(";")]),
        ("env", Value::Table(variables)) => {
            variables.iter().map(|(name, value)| Ok(format!("{name}={}", scalar(key, value)?))).collect()
        }
        ("field", Value::Table(fields)) => {
            fields.iter().map(|(name, value)| Ok(field::custom(name, &scalar(key, value)?))).collect()
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

//! The JSON of taskwarrior (`task export`, `task import`; its "Task Format" document).
//!
//! | taskwarrior | Tempo |
//! |---|---|
//! | `description`, `project` (`a.b`) | name, category (`a/b`; one with a dot of its own stands beside) |
//! | `priority` H, M, none, L | priority 2, 4, 5, 8: 5 is what a task has of which nothing is said |
//! | pending, with `start`, completed, deleted | open, in progress, completed, cancelled |
//! | `entry`, `modified`, `start`, `end` | when it was added, changed, begun and done |
//! | `annotations` | notes with their times |
//! | `uuid` | the field `uid`, by which a second import knows it |
//! | `depends` | what it waits for |
//! | `recur`, with the template of an instance | how it comes again (`series`) |
//! | everything else: `wait`, `scheduled`, `until`, UDAs | fields of these names |
//!
//! What only Tempo has stands in `tempo_...`, which taskwarrior keeps as what it calls orphans.

mod recur;
mod series;
mod write;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use self::series::{RECURRING, Read, Series};
pub use self::write::{FRAME, comes_once, loses_pause, write};
use super::{Reading, stamp};
use crate::domain::dependency;
use crate::domain::exchange::{DEPENDS, Remark, Todo, Wait};
use crate::domain::field::{Context, Field};
use crate::domain::task::Status;

/// Fields that only Tempo has, in the order in which they are set.
const OURS: &[(&str, &str)] = &[
    ("tempo_priority", "priority"),
    ("tempo_category", "category"),
    ("tempo_assignee", "assignee"),
    ("tempo_remind", "remind"),
    ("tempo_description", "description"),
    ("tempo_progress", "progress"),
    ("tempo_type", "type"),
];

/// When one was begun that is not in progress: `start` says that of one that is.
const BEGUN: &str = "tempo_begun";

/// Custom fields of which a name in this form would say something else.
const OUR_FIELDS: &str = "tempo_fields";

/// What is counted anew, or has a place of its own.
const CORE: &[&str] = &[
    "id",
    "urgency",
    "uuid",
    "description",
    "project",
    "priority",
    "tags",
    "annotations",
    "entry",
    "modified",
    "start",
    "end",
    "due",
];

/// What it knows of each of its tasks and has no place here.
const KNOWS: &[&str] =
    &["wait", "scheduled", "until", "depends", "recur", "mask", "imask", "parent", "rtype", "status"];

/// What is said of its series, and what it waits for.
const SERIES: &[&str] = &["recur", "mask", "imask", "parent", "rtype", DEPENDS];

/// Those of them that are instants.
const INSTANTS: &[&str] = &["wait", "scheduled", "until"];

/// What Tempo knows of how one comes again.
const EXACT: &str = "tempo_recur";

/// The tasks that the machine does and for which one waits: their slugs.
const MACHINES: &str = "tempo_depends";

/// Reads an array of tasks, or one a line.
pub(super) fn read(text: &str, context: &Context) -> Result<Reading, (usize, String)> {
    let all = read_all(text, context)?;
    let mut reading = Reading::default();
    series::join(all, &mut reading, context);
    Ok(reading)
}

type All = Vec<(usize, Result<Read, String>)>;

fn read_all(text: &str, context: &Context) -> Result<All, (usize, String)> {
    let mut all: All = Vec::new();
    let mut line = 1;
    let mut rest = text;
    let step = |rest: &mut &str, line: &mut usize, bytes: usize| {
        *line += memchr::memchr_iter(b'\n', &rest.as_bytes()[..bytes]).count();
        *rest = &rest[bytes..];
    };
    let mut is_array = false;
    loop {
        let between = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',').len();
        step(&mut rest, &mut line, between);
        match rest.as_bytes().first() {
            None if is_array => return Err((line, "the list of tasks has no end: a `]` is missing".to_owned())),
            None => return Ok(all),
            Some(b'[') if !is_array && all.is_empty() => {
                is_array = true;
                step(&mut rest, &mut line, 1);
                continue;
            }
            Some(b']') if is_array => {
                is_array = false;
                step(&mut rest, &mut line, 1);
                continue;
            }
            Some(_) => {}
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
        let task = match values.next() {
            Some(Ok(task)) => task,
            Some(Err(e)) => return Err((line + e.line().max(1) - 1, format!("this is no JSON of a task: {e}"))),
            None => return Ok(all),
        };
        let end = values.byte_offset();
        all.push((line, todo(line, &task, context)));
        step(&mut rest, &mut line, end);
    }
}

fn todo(line: usize, task: &Map<String, Value>, context: &Context) -> Result<Read, String> {
    let said = |key: &str| task.get(key).and_then(Value::as_str);
    let instant = |key: &str| {
        said(key).map(|text| stamp::parse(text, &TimeZone::UTC).map_err(|e| format!("{key}: {e}"))).transpose()
    };
    let text = said("description").ok_or("there is no description, which is the name of a task")?;
    let mut todo = Todo::new(line, text)?;
    todo.knows = KNOWS;
    todo.uid = said("uuid").map(str::to_lowercase);
    for field in ["category", "tags", "due", "depends-on"] {
        todo.say(field);
    }
    todo.definition.category = category(said("project").unwrap_or_default());
    let tags: Vec<&str> = match task.get("tags") {
        Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(tags)) => tags.split(',').collect(),
        _ => Vec::new(),
    };
    Field::named("tags")?.set(&mut todo.definition, &tags.join(","), context)?;
    todo.definition.due_at = instant("due")?;
    let (number, same) = match said("priority") {
        None | Some("") => (5, band(5)),
        Some("H") => (2, band(2)),
        Some("M") => (4, band(4)),
        Some("L") => (8, band(8)),
        Some(other) => {
            todo.keep("priority", other);
            (5, band(5))
        }
    };
    todo.rank(number, same.clone());

    let begun = instant("start")?;
    let was_begun = begun.or(instant(BEGUN)?);
    let status = said("status").unwrap_or("pending");
    let times = &mut todo.times;
    (times.created, times.updated, times.begun, times.done) =
        (instant("entry")?, instant("modified")?, was_begun, instant("end")?);
    match status {
        "pending" | "waiting" => todo.set_status(if begun.is_some() { Status::InProgress } else { Status::Open }),
        "completed" => todo.set_status(Status::Completed),
        "deleted" => todo.set_status(Status::Cancelled),
        RECURRING => todo.set_status(Status::Open),
        other => return Err(format!("status: `{other}` is not pending, waiting, recurring, completed or deleted")),
    }
    for note in task.get("annotations").and_then(Value::as_array).into_iter().flatten() {
        let part = |key: &str| note.get(key).and_then(Value::as_str);
        let at = part("entry").map(|at| stamp::parse(at, &TimeZone::UTC)).transpose();
        let at = at.map_err(|e| format!("annotations: {e}"))?;
        todo.notes.push(Remark { at, text: part("description").unwrap_or_default().to_owned() });
    }
    let is_template = status == RECURRING;
    let text = |key: &str| task.get(key).map(plain).filter(|text| !text.is_empty());
    let series = Series {
        is_template,
        recur: text("recur"),
        mask: text("mask"),
        // A number there, and a text in older versions.
        index: text("imask"),
        kind: text("rtype"),
        until: if is_template { instant("until")? } else { None },
        exact: text(EXACT),
    };
    todo.series = text("parent").map(|parent| parent.to_lowercase());
    let depends = task.get(DEPENDS).map(plain).unwrap_or_default();
    todo.waits = depends
        .split(',')
        .map(str::trim)
        .filter(|uid| !uid.is_empty())
        .map(|uid| Wait::uid(uid.to_lowercase()))
        .collect();
    if let Some(machines) = text(MACHINES) {
        todo.definition.depends_on = dependency::parse(&machines).map_err(|e| format!("{MACHINES}: {e}"))?;
    }
    for (key, value) in task {
        let is_series = SERIES.contains(&key.as_str()) || (key == "until" && is_template);
        if is_series || CORE.contains(&key.as_str()) || key == "status" || key.starts_with("tempo_") {
            continue;
        }
        if INSTANTS.contains(&key.as_str())
            && let Some(at) = instant(key)?
        {
            todo.keep(key, &at.to_string());
        } else {
            todo.keep(key, &plain(value));
        }
    }
    ours(&mut todo, task, &same, context)?;
    Ok(Read { todo, series })
}

/// The category of a project.
fn category(project: &str) -> String {
    project.replace('.', "/").trim_matches('/').to_owned()
}

/// The project of a category.
fn project(category: &str) -> String {
    category.replace('/', ".")
}

/// What only Tempo has, as it wrote it.
fn ours(
    todo: &mut Todo,
    task: &Map<String, Value>,
    same: &RangeInclusive<u8>,
    context: &Context,
) -> Result<(), String> {
    for (key, field) in OURS {
        let Some(text) = task.get(*key).map(plain) else { continue };
        // What was changed there since counts.
        let is_older = match *field {
            "priority" => text.parse().is_ok_and(|number: u8| !same.contains(&number)),
            "category" => Some(project(&text).as_str()) != task.get("project").and_then(Value::as_str),
            _ => false,
        };
        if !is_older {
            Field::named(field)?.set(&mut todo.definition, &text, context).map_err(|e| format!("{key}: {e}"))?;
            todo.say(field);
        }
        if *field == "description" {
            // To the byte, with the ends of lines behind it.
            todo.definition.description = text;
        }
    }
    if let Some(text) = task.get(OUR_FIELDS).and_then(Value::as_str) {
        let all: BTreeMap<String, String> = serde_json::from_str(text).map_err(|e| format!("{OUR_FIELDS}: {e}"))?;
        todo.definition.custom.extend(all);
        todo.say("field");
    }
    Ok(())
}

/// A value as the text of a field.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

/// The priorities here that are one there.
const fn band(number: u8) -> RangeInclusive<u8> {
    match number {
        0..=3 => 1..=3,
        4 => 4..=4,
        5 => 5..=5,
        _ => 6..=10,
    }
}

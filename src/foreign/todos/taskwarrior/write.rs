//! To-dos as taskwarrior reads them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::super::stamp;
use super::series::{self, RECURRING};
use super::{BEGUN, CORE, EXACT, INSTANTS, MACHINES, OUR_FIELDS, OURS, category, project};
use crate::domain::exchange::{DEPENDS, Todo, Wait};
use crate::domain::field::{Context, Field};
use crate::domain::task::{Definition, Status};

/// What stands before the first task, between two, and behind the last.
pub const FRAME: [&str; 3] = ["[\n", ",\n", "\n]\n"];

/// Whether a to-do comes again, and not in a way that taskwarrior has.
pub fn comes_once(todo: &Todo, local: &TimeZone) -> bool {
    let Some(recur) = todo.definition.recur.as_ref().filter(|_| todo.is_open()) else { return false };
    todo.definition.due_at.and_then(|due| series::said(recur, due, local)).is_none()
}

/// A to-do as `task import` reads it, on one line; before it its series, which goes on there.
pub fn write(todo: &Todo, local: &TimeZone) -> String {
    let definition = &todo.definition;
    let recur = definition.recur.as_ref();
    let said = recur.zip(definition.due_at).and_then(|(recur, due)| series::said(recur, due, local));
    let mut task = one(todo);
    let mut put = |key: &str, value: Value| drop(task.insert(key.to_owned(), value));
    if let Some(recur) = recur {
        put(EXACT, recur.to_string().into());
    }
    if let Some(series) = todo.series.as_ref().filter(|_| recur.is_none() || said.is_some()) {
        put("parent", series.clone().into());
    }
    let (Some(said), Some(parent)) = (said, &todo.series) else { return Value::Object(task).to_string() };
    put("recur", said.recur.clone().into());
    put("rtype", "periodic".into());
    if !todo.is_open() {
        return Value::Object(task).to_string();
    }
    put("imask", "0".into());
    let mut template = Map::new();
    for key in ["description", "project", "priority", "tags", "due", "entry", "modified", "recur", "rtype"] {
        template.extend(task.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    for (key, value) in [("uuid", parent.as_str()), ("status", RECURRING), ("mask", "-")] {
        template.insert(key.to_owned(), value.into());
    }
    template.extend(said.until.map(|until| ("until".to_owned(), stamp::utc(until).into())));
    [Value::Object(template).to_string(), Value::Object(task).to_string()].join(FRAME[1])
}

/// Whether it is paused, and nothing there says so.
pub fn loses_pause(todo: &Todo) -> bool {
    todo.definition.paused && !is_template(todo)
}

/// Whether it is the template of a series with which Tempo does not go on.
fn is_template(todo: &Todo) -> bool {
    todo.definition.custom.get("status").is_some_and(|status| status == RECURRING)
}

/// What only Tempo has. Its priority is said when the letter does not say it.
fn ours(definition: &Definition, says_priority: bool) -> Vec<(&'static str, String)> {
    let context = Context { zone: TimeZone::UTC, now: Timestamp::UNIX_EPOCH, folder: "/".into(), types: None };
    let is_said = |field: &str| match field {
        "priority" => says_priority,
        "category" => category(&project(&definition.category)) != definition.category,
        _ => true,
    };
    let value = |field: &str| match field {
        // An instant of a reminder by itself, not on a clock.
        "remind" if !definition.reminders.is_empty() => Some(crate::domain::reminder::format(&definition.reminders)),
        field => Field::named(field).ok()?.get(definition, &context),
    };
    OURS.iter().filter(|(_, field)| is_said(field)).filter_map(|(key, field)| Some((*key, value(field)?))).collect()
}

/// A to-do by itself.
fn one(todo: &Todo) -> Map<String, Value> {
    let definition = &todo.definition;
    let mut task = Map::new();
    let mut put = |key: &str, value: Value| drop(task.insert(key.to_owned(), value));
    put("description", definition.name.clone().into());
    if let Some(uid) = &todo.uid {
        put("uuid", uid.clone().into());
    }
    let is_template = is_template(todo);
    put(
        "status",
        match todo.status() {
            Status::Open if is_template => RECURRING,
            Status::Open | Status::InProgress => "pending",
            Status::Completed => "completed",
            Status::Cancelled => "deleted",
        }
        .into(),
    );
    // What is not here is waited for there all the same.
    let kept = definition.custom.get(DEPENDS).map(String::as_str).unwrap_or_default();
    let kept: Vec<&str> = kept.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let (kept, slugs): (Vec<&str>, Vec<&str>) = kept.into_iter().partition(|name| is_uuid(name));
    let depends: Vec<&str> = todo.waits.iter().map(Wait::name).chain(kept).collect();
    if !depends.is_empty() {
        put(DEPENDS, json!(depends));
    }
    let machines = definition.depends_on.iter().map(ToString::to_string);
    let machines: Vec<String> = machines.chain(slugs.into_iter().map(str::to_owned)).collect();
    if !machines.is_empty() {
        put(MACHINES, machines.join("; ").into());
    }
    let begun = if todo.status() == Status::InProgress { "start" } else { BEGUN };
    let mut put_time = |key: &str, at: Option<Timestamp>| {
        if let Some(at) = at {
            put(key, stamp::utc(at).into());
        }
    };
    put_time("entry", todo.times.created);
    put_time("modified", todo.times.updated);
    put_time(begun, todo.times.begun);
    put_time("end", todo.times.done);
    put_time("due", definition.due_at);
    if !definition.category.is_empty() {
        put("project", project(&definition.category).into());
    }
    if !definition.tags.is_empty() {
        put("tags", json!(definition.tags));
    }
    let priority = definition.priority.get();
    let (letter, usual) = match priority {
        1..=3 => (Some("H"), 2),
        4 => (Some("M"), 4),
        5 => (None, 5),
        _ => (Some("L"), 8),
    };
    if let Some(letter) = letter {
        put("priority", letter.into());
    }
    if !todo.notes.is_empty() {
        // Taskwarrior knows an annotation by its second.
        let mut last = i64::MIN;
        let notes = todo.notes.iter().filter_map(|note| {
            let second = note.at.or(todo.times.created)?.as_second().max(last.saturating_add(1));
            last = second;
            Some(json!({ "entry": stamp::utc(Timestamp::from_second(second).ok()?), "description": note.text }))
        });
        put("annotations", notes.collect());
    }
    for (key, value) in ours(definition, priority != usual) {
        put(key, value.into());
    }
    let mut apart = BTreeMap::new();
    let others = definition.custom.iter().filter(|(name, _)| !(is_template && *name == "status") && *name != DEPENDS);
    for (name, value) in others {
        let at = INSTANTS.contains(&name.as_str()).then(|| value.parse::<Timestamp>().ok()).flatten();
        let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        // What would be read back as something else stands by itself.
        let is_exact = at.is_some_and(|at| at.subsec_nanosecond() == 0 && at.to_string() == *value);
        match at {
            Some(at) if is_exact => put(name, stamp::utc(at).into()),
            None if is_word
                && !INSTANTS.contains(&name.as_str())
                && !CORE.contains(&name.as_str())
                && name != "status"
                && !name.starts_with("tempo_")
                && value.trim() == value =>
            {
                put(name, value.clone().into());
            }
            _ => drop(apart.insert(name, value)),
        }
    }
    if !apart.is_empty() {
        put(OUR_FIELDS, json!(apart).to_string().into());
    }
    task
}

/// Whether a text is a name that taskwarrior gives.
fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

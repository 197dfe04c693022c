//! Tasks in a table of commas (RFC 4180): the keys of the TOML form as columns.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use toml::{Spanned, Value};

use super::{BEGUN, CREATED, DONE, OTHER_KEYS, Plan, Source, Table, plan_all, script};
use crate::domain::exchange::due_text;
use crate::domain::field::{Context, FIELDS, Field};
use crate::domain::reminder;
use crate::domain::schedule::Schedule;
use crate::domain::task::{Definition, Task, Work};

/// Fields of which a task has several: `field.NAME`, `env.NAME`.
const SEVERAL: &[&str] = &["field", "env"];

/// What has no place in a cell.
const TOO_LARGE: &[&str] = &[script::CONTENT, script::EXECUTABLE, script::REQUIREMENTS, script::VERSIONS];

/// What stands first, whether a task has it or not.
const FIRST: &[&str] = &["slug", "name", "kind", "status"];

/// Reads and checks everything, as [`super::read`] does. The first line names the keys; an empty cell says nothing.
///
/// # Errors
/// When the first line is wrong, or the text is no table.
pub fn read(text: &str, source: &Source) -> Result<Plan, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let line_of = |e: &csv::Error| e.position().map_or(1, csv::Position::line);
    let wrong = |e: csv::Error| format!("{}:{}: this is no table of commas: {e}", source.name, line_of(&e));
    let header: Vec<String> = match records.next() {
        Some(header) => header.map_err(wrong)?.iter().map(column).collect(),
        None => return Err(format!("{}: there is nothing in it; the first line names the columns", source.name)),
    };
    check(&header).map_err(|e| format!("{}:1: {e}", source.name))?;
    let says_kind = ["kind", "command", "script"].iter().any(|key| header.iter().any(|column| column == key));
    let (mut seen, mut line) = (0, 1);
    let tables = records.filter_map(|record| {
        let record = match record {
            Ok(record) => record,
            Err(e) => return Some((line_of(&e) as usize, Err(format!("this is no line of a table of commas: {e}")))),
        };
        // The line stands in for the place. That of the reader is one too low where lines end with CR LF.
        let begin = record.position().map_or(seen, |position| position.byte() as usize);
        let ends = text.as_bytes()[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[seen..begin + ends]).count();
        seen = begin + ends;
        let is_empty = record.iter().all(|cell| cell.trim().is_empty());
        (!is_empty).then(|| (line, table(&header, &record, says_kind, line)))
    });
    // What was exported may have passed since then.
    let exported = header.iter().any(|column| column == "slug");
    Ok(plan_all(tables, exported, source, |line| line))
}

/// A line as the table of a task.
fn table(header: &[String], record: &csv::StringRecord, says_kind: bool, line: usize) -> Result<Table, String> {
    if record.len() > header.len() {
        let (cells, columns) = (record.len(), header.len());
        return Err(format!("{cells} cells for {columns} columns: is a text with a comma not in quotes?"));
    }
    let mut table: BTreeMap<Spanned<String>, Spanned<Value>> = BTreeMap::new();
    let mut maps: BTreeMap<&str, toml::Table> = BTreeMap::new();
    for (column, cell) in header.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty()) {
        let text = Value::String(cell.to_owned());
        match column.split_once('.') {
            Some((field, name)) => drop(maps.entry(field).or_default().insert(name.to_owned(), text)),
            None => drop(table.insert(Spanned::new(line..line, column.clone()), Spanned::new(line..line, text))),
        }
    }
    if !says_kind {
        let kind = Value::String("todo".to_owned());
        table.insert(Spanned::new(line..line, "kind".to_owned()), Spanned::new(line..line, kind));
    }
    for (field, map) in maps {
        table.insert(Spanned::new(line..line, field.to_owned()), Spanned::new(line..line, Value::Table(map)));
    }
    Ok(Table(table))
}

/// A column as it is known; the name of one of several stays as it is written.
fn column(text: &str) -> String {
    match text.trim().split_once('.') {
        Some((field, name)) => format!("{}.{name}", field.to_lowercase()),
        None => text.trim().to_lowercase(),
    }
}

/// Whether every column is a key, and none is there twice.
fn check(header: &[String]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut unknown = Vec::new();
    for column in header {
        let is_known = match column.split_once('.') {
            Some((field, name)) => SEVERAL.contains(&field) && !name.is_empty(),
            None => {
                !TOO_LARGE.contains(&column.as_str())
                    && (OTHER_KEYS.contains(&column.as_str()) || Field::named(column).is_ok())
            }
        };
        if !is_known {
            unknown.push(format!("`{column}`"));
        } else if !seen.insert(column) {
            return Err(format!("the column {column} is there twice"));
        }
    }
    if !unknown.is_empty() {
        let mut keys: Vec<&str> = FIELDS.iter().map(|field| field.key).filter(|key| !SEVERAL.contains(key)).collect();
        keys.extend(OTHER_KEYS.iter().filter(|key| !TOO_LARGE.contains(key)));
        keys.extend(["field.NAME", "env.NAME"]);
        let (is, them) = if unknown.len() == 1 { ("is no column", "it") } else { ("are no columns", "them") };
        return Err(format!(
            "{} {is}: rename {them} or take {them} out; there are {}",
            unknown.join(", "),
            keys.join(", ")
        ));
    }
    if !seen.iter().any(|column| *column == "name") {
        return Err("there is no column name".to_owned());
    }
    Ok(())
}

/// The cells of a task, by their columns. `path` names a script.
pub fn cells(
    task: &Task,
    schedules: &[Schedule],
    context: &Context,
    path: impl Fn(&std::path::Path) -> String,
) -> BTreeMap<String, String> {
    let definition = &task.definition;
    let plain = Definition::new("", definition.work.clone());
    let mut cells = BTreeMap::new();
    let mut put = |key: &str, value: String| drop(cells.insert(key.to_owned(), value));
    put("slug", task.slug.clone());
    put("kind", definition.work.kind().word().to_owned());
    for field in FIELDS.iter().filter(|field| !SEVERAL.contains(&field.key)) {
        let value = match (field.key, &definition.work) {
            ("script", Work::Script(file)) => Some(path(file)),
            ("due", _) => due_text(definition, &context.zone),
            // Instants by themselves, not on the clock of this machine.
            ("remind", _) => Some(reminder::format(&definition.reminders)).filter(|text| !text.is_empty()),
            _ => field.get(definition, context),
        };
        let is_said = matches!(field.key, "name" | "command" | "script" | "status" | "priority")
            || value != field.get(&plain, context);
        if let Some(value) = value.filter(|_| is_said) {
            put(field.key, value);
        }
    }
    for (name, value) in &definition.custom {
        put(&format!("field.{name}"), value.clone());
    }
    for (name, value) in &definition.execution.env {
        put(&format!("env.{name}"), value.clone());
    }
    if let Some(first) = schedules.first() {
        let text = |schedule: &Schedule| {
            let zone = if schedule.zone == first.zone { String::new() } else { format!(" tz={}", schedule.zone) };
            format!("{}{zone}", schedule.rule)
        };
        put("when", schedules.iter().map(text).collect::<Vec<_>>().join("; "));
        put("tz", first.zone.clone());
    }
    let is_todo = matches!(definition.work, Work::Todo(_));
    let times: [(&str, Option<Timestamp>); 3] =
        [(CREATED, Some(task.created_at)), (BEGUN, task.begun_at), (DONE, task.done_at)];
    for (key, at) in times.into_iter().filter(|_| is_todo) {
        if let Some(at) = at {
            put(key, at.to_string());
        }
    }
    cells
}

/// The columns of a table of what these have: the first ones, then those of one each in the order of the fields, then the others.
pub fn columns(used: &BTreeSet<String>) -> Vec<String> {
    let known = FIELDS.iter().map(|field| field.key).chain(["when", "tz", CREATED, BEGUN, DONE]);
    let first = FIRST.iter().copied();
    let rest = known.filter(|key| !FIRST.contains(key) && used.contains(*key));
    let several = used.iter().filter(|column| column.contains('.')).map(String::as_str);
    first.chain(rest).chain(several).map(str::to_owned).collect()
}

/// Cells as a line with its end.
pub fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| e.to_string())?;
    writer.into_inner().map_err(|e| e.to_string())
}

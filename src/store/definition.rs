//! The columns of a definition: what a person decides about a task, without its tags, upstreams and dependencies.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};
use serde_json::{Map, Value};

use super::column::{instant_or_null, invalid, micros, millis, word};
use super::{Db, Result};
use crate::domain::keep::OutputCap;
use crate::domain::limits::Limits;
use crate::domain::recur::Recur;
use crate::domain::retry::Retry;
use crate::domain::secret::Secret;
use crate::domain::task::{Definition, Execution, Kind, Priority, Status, Work};
use crate::domain::{condition, group, reminder, secret};

/// Every column with its value, always in the same order.
pub(super) fn columns(definition: &Definition) -> Vec<(&'static str, Sql)> {
    let Execution {
        overlap,
        timeout,
        deadline,
        retry,
        grace,
        stop_signal,
        limits: Limits { memory, cpu, open_files, nice },
        cwd,
        env,
        secrets,
        pty,
        stdin,
        shell,
        python,
        groups,
        conditions,
        condition_window,
        pause_after,
        todo_after,
        expect_by,
        output_cap,
        after: _,
    } = &definition.execution;
    let (command, script, status) = match &definition.work {
        Work::Command(command) => (Some(command.clone()), None, None),
        Work::Script(path) => (None, Some(text(path)), None),
        Work::Todo(status) => (None, None, Some(status.word().to_owned())),
    };
    vec![
        ("name", definition.name.clone().into()),
        ("kind", definition.work.kind().word().to_owned().into()),
        ("command", command.into()),
        ("script", script.into()),
        ("status", status.into()),
        ("category", definition.category.clone().into()),
        ("priority", i64::from(definition.priority.get()).into()),
        ("assignee", definition.assignee.clone().into()),
        ("due_at", definition.due_at.map(micros).into()),
        ("reminders", reminder::format(&definition.reminders).into()),
        ("recur", definition.recur.as_ref().map(ToString::to_string).unwrap_or_default().into()),
        ("description", definition.description.clone().into()),
        ("progress", i64::from(definition.progress).into()),
        ("type", definition.task_type.clone().into()),
        ("custom", serde_json::json!(definition.custom).to_string().into()),
        ("paused", definition.paused.into()),
        ("overlap", overlap.to_string().into()),
        ("timeout_ms", timeout.map(millis).into()),
        ("deadline_ms", deadline.map(millis).into()),
        ("retry", retry.as_ref().map(ToString::to_string).unwrap_or_default().into()),
        ("grace_ms", millis(*grace).into()),
        ("stop_signal", stop_signal.to_string().into()),
        ("memory", memory.map(u64::cast_signed).into()),
        ("cpu_ms", cpu.map(millis).into()),
        ("open_files", open_files.map(u64::cast_signed).into()),
        ("nice", nice.map(i64::from).into()),
        ("cwd", cwd.as_deref().map(text).into()),
        ("env", serde_json::json!(env).to_string().into()),
        ("secrets", secret::format(secrets).into()),
        ("pty", (*pty).into()),
        ("stdin", stdin.clone().into()),
        ("shell", text(shell).into()),
        ("python", python.as_ref().map(ToString::to_string).into()),
        ("groups", group::format(groups).into()),
        ("conditions", condition::format(conditions).into()),
        ("condition_window_ms", millis(*condition_window).into()),
        ("pause_after", pause_after.map(NonZeroU32::get).into()),
        ("todo_after", todo_after.map(NonZeroU32::get).into()),
        ("expect_by", expect_by.map(|by| by.to_string()).into()),
        ("output_cap", output_cap.map(|cap| cap.bytes().unwrap_or(0).cast_signed()).into()),
    ]
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// `?3, ?4, ?5`: places for values in a statement.
pub(super) fn places(count: usize, first: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("?{n}")).collect();
    places.join(", ")
}

/// The columns as JSON values, by their names.
pub(super) fn to_json(definition: &Definition) -> Map<String, Value> {
    let value = |value: Sql| match value {
        Sql::Integer(number) => number.into(),
        Sql::Text(text) => text.into(),
        Sql::Null | Sql::Real(_) | Sql::Blob(_) => Value::Null,
    };
    columns(definition).into_iter().map(|(name, column)| (name.to_owned(), value(column))).collect()
}

/// What [`to_json`] gave, read back as the row that it would be.
pub(super) fn from_json(db: &Db, columns: &Map<String, Value>) -> Result<Definition> {
    let names: Vec<String> = columns.keys().enumerate().map(|(n, name)| format!("?{} AS \"{name}\"", n + 1)).collect();
    let values = columns.values().map(|value| match value {
        Value::Number(number) => number.as_i64().map_or(Sql::Null, Sql::Integer),
        Value::String(text) => Sql::Text(text.clone()),
        _ => Sql::Null,
    });
    let mut query = db.prepare_cached(&format!("SELECT {}", names.join(", ")))?;
    Ok(query.query_row(params_from_iter(values), read)?)
}

/// Reads where the secrets of a task are.
pub(super) fn secrets(row: &Row<'_>) -> rusqlite::Result<Vec<Secret>> {
    secret::parse(&row.get::<_, String>("secrets")?).map_err(|e| invalid(row, "secrets", e))
}

/// A column that a definition of an earlier version has not: the journal of changes keeps those as they were.
fn if_there<T: rusqlite::types::FromSql>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    match row.get(column) {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        value => value,
    }
}

fn text_if_there(row: &Row<'_>, column: &str) -> rusqlite::Result<String> {
    Ok(if_there(row, column)?.unwrap_or_default())
}

/// Reads a definition from its columns.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Definition> {
    let work = match word(row, "kind", Kind::from_word)? {
        Kind::Command => Work::Command(row.get("command")?),
        Kind::Script => Work::Script(PathBuf::from(row.get::<_, String>("script")?)),
        Kind::Todo => Work::Todo(word(row, "status", Status::from_word)?),
    };
    let overlap: String = row.get("overlap")?;
    let env: String = row.get("env")?;
    let stop_signal: String = row.get("stop_signal")?;
    let timeout: Option<u64> = row.get("timeout_ms")?;
    let deadline: Option<u64> = row.get("deadline_ms")?;
    let retry: String = row.get("retry")?;
    let expect_by: Option<String> = row.get("expect_by")?;
    let python: Option<String> = if_there(row, "python")?;
    let cpu: Option<u64> = row.get("cpu_ms")?;
    let limits = Limits {
        memory: row.get("memory")?,
        cpu: cpu.map(Duration::from_millis),
        open_files: row.get("open_files")?,
        nice: row.get("nice")?,
    };
    let execution = Execution {
        overlap: overlap.parse().map_err(|e: String| invalid(row, "overlap", e))?,
        timeout: timeout.map(Duration::from_millis),
        deadline: deadline.map(Duration::from_millis),
        retry: Retry::parse(&retry).map_err(|e| invalid(row, "retry", e))?,
        grace: Duration::from_millis(row.get("grace_ms")?),
        stop_signal: stop_signal.parse().map_err(|e: String| invalid(row, "stop_signal", e))?,
        limits,
        cwd: row.get::<_, Option<String>>("cwd")?.map(PathBuf::from),
        env: serde_json::from_str(&env).map_err(|e| invalid(row, "env", e))?,
        secrets: secrets(row)?,
        pty: row.get("pty")?,
        stdin: row.get("stdin")?,
        shell: PathBuf::from(row.get::<_, String>("shell")?),
        python: python.map(|python| python.parse().map_err(|e: String| invalid(row, "python", e))).transpose()?,
        after: Vec::new(),
        groups: group::parse(&row.get::<_, String>("groups")?).map_err(|e| invalid(row, "groups", e))?,
        conditions: condition::parse(&row.get::<_, String>("conditions")?)
            .map_err(|e| invalid(row, "conditions", e))?,
        condition_window: Duration::from_millis(row.get("condition_window_ms")?),
        pause_after: row.get::<_, Option<u32>>("pause_after")?.and_then(NonZeroU32::new),
        todo_after: if_there::<Option<u32>>(row, "todo_after")?.flatten().and_then(NonZeroU32::new),
        expect_by: expect_by.map(|by| by.parse().map_err(|e: String| invalid(row, "expect_by", e))).transpose()?,
        output_cap: row.get::<_, Option<u64>>("output_cap")?.map(|bytes| match bytes {
            0 => OutputCap::Unlimited,
            bytes => OutputCap::Bytes(bytes),
        }),
    };
    Ok(Definition {
        name: row.get("name")?,
        work,
        execution,
        category: row.get("category")?,
        tags: Vec::new(),
        priority: priority(row)?,
        assignee: row.get("assignee")?,
        due_at: instant_or_null(row, "due_at")?,
        reminders: reminder::parse(&text_if_there(row, "reminders")?, &TimeZone::UTC, Timestamp::UNIX_EPOCH)
            .map_err(|e| invalid(row, "reminders", e))?,
        depends_on: Vec::new(),
        recur: match text_if_there(row, "recur")?.as_str() {
            "" => None,
            text => {
                Some(Recur::parse(text, &TimeZone::UTC, Timestamp::UNIX_EPOCH).map_err(|e| invalid(row, "recur", e))?)
            }
        },
        description: text_if_there(row, "description")?,
        progress: if_there(row, "progress")?.unwrap_or_default(),
        task_type: if_there::<Option<String>>(row, "type")?.flatten(),
        custom: match text_if_there(row, "custom")?.as_str() {
            "" => BTreeMap::new(),
            text => serde_json::from_str(text).map_err(|e| invalid(row, "custom", e))?,
        },
        paused: row.get("paused")?,
    })
}

/// The priority of a task.
pub(super) fn priority(row: &Row<'_>) -> rusqlite::Result<Priority> {
    Priority::new(row.get("priority")?).ok_or_else(|| invalid(row, "priority", "not in 1-10"))
}

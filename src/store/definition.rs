//! The columns of a definition: what a person decides about a task, without its tags, upstreams and dependencies.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;
use serde_json::{Map, Value};

use super::column::{InOrder, Named, instant_or_null, invalid, micros, millis, word};
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

/// The columns in the order in which they are read.
macro_rules! columns_sql {
    () => {
        "name, kind, command, script, status, category, priority, assignee, due_at, reminders, recur,
    description, progress, type, custom, paused, overlap, timeout_ms, deadline_ms, retry, grace_ms, stop_signal, memory, cpu_ms,
    open_files, nice, cwd, env, secrets, pty, stdin, shell, python, groups, conditions, condition_window_ms, pause_after, todo_after,
    expect_by, output_cap"
    };
}
pub(super) use columns_sql;

/// What [`to_json`] gave, read back as the row that it would be.
pub(super) fn from_json(db: &Db, columns: &Map<String, Value>) -> Result<Definition> {
    let (mut names, mut values) = (Vec::with_capacity(columns.len()), Vec::with_capacity(columns.len()));
    for name in columns_sql!().split(',').map(str::trim) {
        let Some(value) = columns.get(name) else { continue };
        names.push(format!("?{} AS \"{name}\"", names.len() + 1));
        values.push(match value {
            Value::Number(number) => number.as_i64().map_or(Sql::Null, Sql::Integer),
            Value::String(text) => Sql::Text(text.clone()),
            _ => Sql::Null,
        });
    }
    let mut query = db.prepare_cached(&format!("SELECT {}", names.join(", ")))?;
    Ok(query.query_row(params_from_iter(values), |row| read(&InOrder::new(row)))?)
}

/// Reads where the secrets of a task are.
pub(super) fn secrets(row: &impl Named) -> rusqlite::Result<Vec<Secret>> {
    secret::parse(&row.value::<String>("secrets")?).map_err(|e| invalid(row, "secrets", e))
}

/// A column that a definition of an earlier version has not: the journal of changes keeps those as they were.
fn if_there<T: rusqlite::types::FromSql>(row: &InOrder<'_, '_>, column: &str) -> rusqlite::Result<Option<T>> {
    match row.get(column) {
        Err(rusqlite::Error::InvalidColumnName(_)) => Ok(None),
        value => value,
    }
}

fn text_if_there(row: &InOrder<'_, '_>, column: &str) -> rusqlite::Result<String> {
    Ok(if_there(row, column)?.unwrap_or_default())
}

/// Reads a definition from its columns.
pub(super) fn read(row: &InOrder<'_, '_>) -> rusqlite::Result<Definition> {
    let name = row.get("name")?;
    let work = match word(row, "kind", Kind::from_word)? {
        Kind::Command => Work::Command(row.get("command")?),
        Kind::Script => Work::Script(PathBuf::from(row.get::<String>("script")?)),
        Kind::Todo => Work::Todo(word(row, "status", Status::from_word)?),
    };
    let category = row.get("category")?;
    let priority = priority(row)?;
    let assignee = row.get("assignee")?;
    let due_at = instant_or_null(row, "due_at")?;
    let reminders = reminder::parse(&text_if_there(row, "reminders")?, &TimeZone::UTC, Timestamp::UNIX_EPOCH)
        .map_err(|e| invalid(row, "reminders", e))?;
    let recur = match text_if_there(row, "recur")?.as_str() {
        "" => None,
        text => Some(Recur::parse(text, &TimeZone::UTC, Timestamp::UNIX_EPOCH).map_err(|e| invalid(row, "recur", e))?),
    };
    let description = text_if_there(row, "description")?;
    let progress = if_there(row, "progress")?.unwrap_or_default();
    let task_type = if_there::<Option<String>>(row, "type")?.flatten();
    let custom = match text_if_there(row, "custom")?.as_str() {
        "" => BTreeMap::new(),
        text => serde_json::from_str(text).map_err(|e| invalid(row, "custom", e))?,
    };
    let paused = row.get("paused")?;
    let execution = execution(row)?;
    Ok(Definition {
        name,
        work,
        execution,
        category,
        tags: Vec::new(),
        priority,
        assignee,
        due_at,
        reminders,
        depends_on: Vec::new(),
        recur,
        description,
        progress,
        task_type,
        custom,
        paused,
    })
}

fn execution(row: &InOrder<'_, '_>) -> rusqlite::Result<Execution> {
    let millis = |column: &str| row.get::<Option<u64>>(column).map(|millis| millis.map(Duration::from_millis));
    let text = |column: &str| row.get::<String>(column);
    // In the order of the columns.
    Ok(Execution {
        overlap: text("overlap")?.parse().map_err(|e: String| invalid(row, "overlap", e))?,
        timeout: millis("timeout_ms")?,
        deadline: millis("deadline_ms")?,
        retry: Retry::parse(&text("retry")?).map_err(|e| invalid(row, "retry", e))?,
        grace: Duration::from_millis(row.get("grace_ms")?),
        stop_signal: text("stop_signal")?.parse().map_err(|e: String| invalid(row, "stop_signal", e))?,
        limits: Limits {
            memory: row.get("memory")?,
            cpu: millis("cpu_ms")?,
            open_files: row.get("open_files")?,
            nice: row.get("nice")?,
        },
        cwd: row.get::<Option<String>>("cwd")?.map(PathBuf::from),
        env: serde_json::from_str(&text("env")?).map_err(|e| invalid(row, "env", e))?,
        secrets: secrets(row)?,
        pty: row.get("pty")?,
        stdin: row.get("stdin")?,
        shell: PathBuf::from(text("shell")?),
        python: if_there::<String>(row, "python")?
            .map(|python| python.parse().map_err(|e: String| invalid(row, "python", e)))
            .transpose()?,
        groups: group::parse(&text("groups")?).map_err(|e| invalid(row, "groups", e))?,
        conditions: condition::parse(&text("conditions")?).map_err(|e| invalid(row, "conditions", e))?,
        condition_window: Duration::from_millis(row.get("condition_window_ms")?),
        pause_after: row.get::<Option<u32>>("pause_after")?.and_then(NonZeroU32::new),
        todo_after: if_there::<Option<u32>>(row, "todo_after")?.flatten().and_then(NonZeroU32::new),
        expect_by: row
            .get::<Option<String>>("expect_by")?
            .map(|by| by.parse().map_err(|e: String| invalid(row, "expect_by", e)))
            .transpose()?,
        output_cap: row.get::<Option<u64>>("output_cap")?.map(|bytes| match bytes {
            0 => OutputCap::Unlimited,
            bytes => OutputCap::Bytes(bytes),
        }),
        after: Vec::new(),
    })
}

/// The priority of a task.
pub(super) fn priority(row: &impl Named) -> rusqlite::Result<Priority> {
    Priority::new(row.value("priority")?).ok_or_else(|| invalid(row, "priority", "not in 1-10"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_that_is_written_is_read_in_that_order() {
        let plain = Definition::new("x", Work::Todo(Status::Open));
        let written: Vec<&str> = columns(&plain).iter().map(|(name, _)| *name).collect();
        assert_eq!(columns_sql!().split(',').map(str::trim).collect::<Vec<_>>(), written);
    }
}

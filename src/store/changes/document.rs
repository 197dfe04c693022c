//! What a change changed, as the journal keeps it: a JSON object of columns (`assets/migrations/0006_changes.sql`).

use std::fmt;
use std::path::Path;

use rusqlite::Row;
use serde_json::{Map, Value};

use super::Wish;
use crate::domain::TaskId;
use crate::domain::after;
use crate::domain::change::What;
use crate::domain::dependency;
use crate::domain::rule::{self, Rule};
use crate::domain::schedule::Schedule;
use crate::domain::task::{Definition, Task};
use crate::domain::when::When;
use crate::store::column::invalid;
use crate::store::{Db, Result, StoreError, definition, notes, schedules, tasks};

const TAGS: &str = "tags";
const SCHEDULES: &str = "schedules";
const AFTER: &str = "after";
/// With the id of a note: 1 when it is there, 0 when it was taken away.
const NOTE: &str = "note ";
const DEPENDS_ON: &str = "depends_on";

/// All that a person decides about a task, or the part of it that differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Document(Map<String, Value>);

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl Document {
    /// The whole of a task.
    pub(super) fn of(db: &Db, task: TaskId) -> Result<Self> {
        Self::of_task(db, &tasks::get(db, task)?)
    }

    /// The whole of a task that was just read.
    pub(super) fn of_task(db: &Db, Task { id: task, definition, .. }: &Task) -> Result<Self> {
        let task = *task;
        let mut columns = definition::to_json(definition);
        columns.insert(TAGS.to_owned(), definition.tags.clone().into());
        columns.insert(AFTER.to_owned(), after::format(&definition.execution.after).into());
        columns.insert(DEPENDS_ON.to_owned(), dependency::format(&definition.depends_on).into());
        // Their order says nothing, and is not kept by an undo.
        let mut texts: Vec<[String; 4]> = schedules::of_task(db, task)?.iter().map(text_of).collect();
        texts.sort();
        columns.insert(SCHEDULES.to_owned(), serde_json::json!(texts));
        let all = notes::all(db, task)?;
        columns.extend(all.into_iter().map(|(id, there)| (format!("{NOTE}{id}"), i64::from(there).into())));
        Ok(Self(columns))
    }

    /// That a note is there, or that it is not.
    pub(super) fn of_note(id: i64, there: bool) -> Self {
        Self(Map::from_iter([(format!("{NOTE}{id}"), i64::from(there).into())]))
    }

    /// The notes of which it speaks, and whether each is there.
    pub(super) fn notes(&self) -> Vec<(i64, bool)> {
        let note =
            |(key, there): (&String, &Value)| Some((key.strip_prefix(NOTE)?.parse().ok()?, there.as_i64() == Some(1)));
        self.0.iter().filter_map(note).collect()
    }

    pub(super) fn read(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Self>> {
        let text: Option<String> = row.get(column)?;
        text.map(|text| serde_json::from_str(&text).map(Self).map_err(|e| invalid(row, column, e))).transpose()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What this and another one have not in common: of this, and of the other.
    pub(super) fn difference(&self, other: &Self) -> (Self, Self) {
        let part = |of: &Self, than: &Self| {
            let differs = |(key, value): &(&String, &Value)| than.0.get(*key) != Some(*value);
            Self(of.0.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect())
        };
        (part(self, other), part(other, self))
    }

    /// The part of this that is neither as in `one` nor as in `other`, of what they speak of.
    pub(super) fn apart_from(&self, one: &Self, other: &Self) -> Self {
        let apart = |(key, value): &(&String, &Value)| {
            one.0.contains_key(*key) && one.0.get(*key) != Some(*value) && other.0.get(*key) != Some(*value)
        };
        Self(self.0.iter().filter(apart).map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Whether both speak of something.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.keys().any(|key| other.0.contains_key(key))
    }

    /// This, with what `part` says instead.
    pub(super) fn with(mut self, part: &Self) -> Self {
        self.0.extend(part.0.clone());
        self
    }

    /// The whole as a definition and its schedules.
    pub(super) fn wanted(mut self, db: &Db) -> Result<(Definition, Vec<Wish>)> {
        let broken = |e: serde_json::Error| StoreError::Refused(format!("the journal of changes cannot be read: {e}"));
        let mut list = |key: &str| self.0.remove(key).unwrap_or_else(|| Value::Array(Vec::new()));
        let (tags, schedules) = (list(TAGS), list(SCHEDULES));
        let after = self.0.remove(AFTER).unwrap_or_default();
        let depends_on = self.0.remove(DEPENDS_ON).unwrap_or_default();
        self.0.retain(|key, _| !key.starts_with(NOTE));
        let mut definition = definition::from_json(db, &self.0)?;
        definition.execution.after = after::parse(after.as_str().unwrap_or_default()).map_err(StoreError::Refused)?;
        definition.depends_on =
            dependency::parse(depends_on.as_str().unwrap_or_default()).map_err(StoreError::Refused)?;
        definition.tags = serde_json::from_value(tags).map_err(broken)?;
        let texts: Vec<[String; 4]> = serde_json::from_value(schedules).map_err(broken)?;
        Ok((definition, texts.iter().map(schedule_of).collect::<Result<_>>()?))
    }

    /// What was done to a task when this is what became of it.
    pub(super) fn what(&self) -> What {
        match self.0.get("paused") {
            Some(paused) if self.0.len() == 1 => {
                if paused.as_i64() == Some(0) {
                    What::Resumed
                } else {
                    What::Paused
                }
            }
            _ => What::Set(self.fields()),
        }
    }

    /// The fields of which it speaks, by the names that `tempo set` has for them.
    pub(super) fn fields(&self) -> Vec<String> {
        let name = |column: &str| match column {
            "conditions" => "if".to_owned(),
            "groups" => "group".to_owned(),
            "reminders" => "remind".to_owned(),
            "custom" => "field".to_owned(),
            "condition_window_ms" => "if-window".to_owned(),
            SCHEDULES => "when".to_owned(),
            _ if column.starts_with(NOTE) => "note".to_owned(),
            _ => column.trim_end_matches("_ms").trim_end_matches("_at").replace('_', "-"),
        };
        // Of another kind of work, what it is now says everything.
        let is_shadow = |column: &str| match column {
            "kind" => true,
            "command" | "script" | "status" => self.0.contains_key("kind") && self.0[column] == Value::Null,
            _ => false,
        };
        let mut fields: Vec<String> =
            self.0.keys().filter(|column| !is_shadow(column)).map(|column| name(column)).collect();
        fields.sort();
        fields.dedup();
        fields
    }
}

fn text_of(schedule: &Schedule) -> [String; 4] {
    let Rule { when, options } = &schedule.rule;
    [when.kind().word().to_owned(), when.expr(), options.to_string(), schedule.zone.clone()]
}

fn schedule_of([kind, expr, options, zone]: &[String; 4]) -> Result<Wish> {
    let when = When::from_parts(kind, expr).map_err(|e| StoreError::Refused(e.to_string()))?;
    let options = rule::options(options, Path::new("/")).map_err(StoreError::Refused)?;
    Ok((Rule { when, options }, zone.clone()))
}

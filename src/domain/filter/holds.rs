//! A filter held against one task in plain Rust: what the store's answers are compared with.

use super::{Bound, Column, Facts, FieldTest, Place, Test};
use crate::domain::task::Task;

/// A task with what the store knows of it beside its definition.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) task: Task,
    pub(crate) facts: Facts,
    pub(crate) outcome: Option<String>,
    pub(crate) next: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) blocked: bool,
}

impl Bound {
    pub(crate) fn holds(&self, of: &Subject) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(of)),
            Self::Any(any) => any.iter().any(|one| one.holds(of)),
            Self::Not(inner) => !inner.holds(of),
            Self::Is(test) => test.holds(of),
        }
    }
}

impl Test {
    fn holds(&self, of: &Subject) -> bool {
        let definition = &of.task.definition;
        let is = |value: Option<&String>, wanted: &Option<String>| match wanted {
            None => value.is_some(),
            Some(_) => value == wanted.as_ref(),
        };
        match self {
            Self::Facts(test) => test.holds(of.facts),
            Self::Outcome(word) => of.outcome.as_deref() == Some(*word),
            Self::Range(column, from, to) => {
                let micros = |at: Option<jiff::Timestamp>| at.map(jiff::Timestamp::as_microsecond);
                let value = match column {
                    Column::Due => micros(definition.due_at),
                    Column::Created => micros(Some(of.task.created_at)),
                    Column::Updated => micros(Some(of.task.updated_at)),
                    Column::Begun => micros(of.task.begun_at),
                    Column::Done => micros(of.task.done_at),
                    Column::Next => of.next,
                    Column::Last => of.last,
                    Column::Progress => Some(i64::from(definition.progress)).filter(|progress| *progress > 0),
                };
                value.is_some_and(|value| (*from..=*to).contains(&value))
            }
            Self::Blocked => of.blocked,
            Self::Assignee(wanted) => is(definition.assignee.as_ref(), wanted),
            Self::Type(wanted) => is(definition.task_type.as_ref(), wanted),
            Self::Tag(None) => !definition.tags.is_empty(),
            Self::Tag(Some(tag)) => definition.tags.contains(tag),
            Self::Category(None) => !definition.category.is_empty(),
            Self::Category(Some((name, below))) => {
                definition.category == *name
                    || (*below
                        && definition.category.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')))
            }
            Self::Contains(place, text) => {
                let command = match &definition.work {
                    crate::domain::task::Work::Command(command) => command.as_str(),
                    _ => "",
                };
                let all =
                    [definition.name.as_str(), &of.task.slug, command, &definition.category, &definition.description];
                let places = if *place == Place::Name { &all[..1] } else { &all[..] };
                let small = |of: &str| if text.is_ascii() { of.to_ascii_lowercase() } else { of.to_lowercase() };
                places.iter().any(|place| small(place).contains(&small(text)))
            }
            Self::Name(name) => definition.name == *name,
            Self::Field(name, test) => definition.custom.get(name).is_some_and(|value| match test {
                FieldTest::Any => true,
                FieldTest::Is(wanted) => value == wanted,
                FieldTest::Number(compare, wanted) => {
                    serde_json::from_str::<f64>(value).is_ok_and(|number| compare.holds(&number, wanted))
                }
                FieldTest::Text(compare, wanted) => compare.holds(value, wanted),
            }),
        }
    }
}

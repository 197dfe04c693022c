//! Templates and instances of taskwarrior as series of Tempo (A2).
//!
//! There, a template (`status:recurring`) makes instances, which name it as their `parent`, and several of them can be open. Here, a
//! series is its open instance: that is the newest one there, with the rule of the template. Older open ones are to-dos by themselves.
//! A template without an open instance is the open instance.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{Reading, repeat};
use super::recur;
use crate::domain::exchange::Todo;
use crate::domain::field::Context;
use crate::domain::recur::Recur;
use crate::domain::task::Status;

/// The status of a template.
pub(super) const RECURRING: &str = "recurring";

/// A task with what it says of its series.
pub(super) struct Read {
    pub(super) todo: Todo,
    pub(super) series: Series,
}

/// What a task says of its series, as it is written.
#[derive(Default)]
pub(super) struct Series {
    pub(super) is_template: bool,
    pub(super) recur: Option<String>,
    /// A place for each instance that a template has made.
    pub(super) mask: Option<String>,
    /// The place of an instance.
    pub(super) index: Option<String>,
    pub(super) kind: Option<String>,
    /// When a template ends.
    pub(super) until: Option<Timestamp>,
    /// As Tempo wrote it.
    pub(super) exact: Option<String>,
}

impl Series {
    /// How a task that is due then comes again, in its zone.
    fn rule(&self, due: Option<Timestamp>, context: &Context) -> Result<Recur, String> {
        let text = self.recur.as_deref().unwrap_or_default();
        let due = due.ok_or("it is not due at any time")?;
        let from = context.zone.to_datetime(due);
        let mut read = recur::read(text, self.kind.as_deref() == Some("chained"), from)?;
        read.until = self.until.map(|end| repeat::last_day(context.zone.to_datetime(end), from.time()));
        Ok(read)
    }

    /// What Tempo wrote, when it still means the same there.
    fn exact(&self, todo: &Todo, until: Option<Timestamp>, context: &Context) -> Result<Option<Recur>, String> {
        let Some(text) = &self.exact else { return Ok(None) };
        let ours = Recur::parse(text, &context.zone, context.now).map_err(|e| format!("tempo_recur: {e}"))?;
        let written = todo.definition.due_at.and_then(|due| said(&ours, due, &context.zone));
        let (recur, end) = written.map_or((None, None), |said| (Some(said.recur), said.until));
        let same =
            !todo.is_open() || (recur == self.recur && (self.recur.is_none() || until.is_none() || end == until));
        Ok(same.then_some(ours))
    }

    /// Keeps as fields what stands for no series here.
    fn keep(self, todo: &mut Todo) {
        for (name, value) in [("recur", self.recur), ("mask", self.mask), ("imask", self.index), ("rtype", self.kind)] {
            todo.keep(name, &value.unwrap_or_default());
        }
    }
}

/// What taskwarrior is told of a series.
pub(super) struct Said {
    pub(super) recur: String,
    pub(super) until: Option<Timestamp>,
}

/// How one that is due then comes again there; `None` when there is no such thing.
pub(super) fn said(recur: &Recur, due: Timestamp, local: &TimeZone) -> Option<Said> {
    let zone = recur.zone(local);
    let until = recur.until.and_then(|day| repeat::end(day, &zone));
    recur::write(recur, zone.to_datetime(due)).map(|recur| Said { recur, until })
}

/// Joins the templates with their instances.
pub(super) fn join(all: Vec<(usize, Result<Read, String>)>, reading: &mut Reading, context: &Context) {
    let mut templates: HashMap<String, (Option<Timestamp>, Series)> = HashMap::new();
    let mut newest: HashMap<String, (Option<Timestamp>, usize)> = HashMap::new();
    for (at, read) in all.iter().enumerate().filter_map(|(at, (_, read))| Some((at, read.as_ref().ok()?))) {
        let Read { todo, series } = read;
        if series.is_template {
            let copy = Series {
                recur: series.recur.clone(),
                kind: series.kind.clone(),
                until: series.until,
                ..Series::default()
            };
            templates.extend(todo.uid.clone().map(|uid| (uid, (todo.definition.due_at, copy))));
        } else if let Some(parent) = todo.series.clone().filter(|_| todo.is_open()) {
            let one = (todo.definition.due_at, at);
            newest.entry(parent).and_modify(|known| *known = one.max(*known)).or_insert(one);
        }
    }
    let mut parts = 0;
    for (at, (line, read)) in all.into_iter().enumerate() {
        let read = read.and_then(|Read { mut todo, series }| {
            if series.is_template {
                let has_open = todo.uid.as_ref().is_some_and(|uid| newest.contains_key(uid));
                parts += usize::from(has_open);
                return if has_open { Ok(None) } else { Ok(Some(template(todo, series, context))) };
            }
            let parent = todo.series.clone();
            let is_newest =
                parent.as_ref().is_none_or(|parent| newest.get(parent).is_some_and(|(_, newest)| *newest == at));
            let of_series = parent.as_ref().and_then(|parent| templates.get(parent));
            let exact = series.exact(&todo, of_series.and_then(|(_, template)| template.until), context)?;
            if let Some(exact) = exact.filter(|_| is_newest || !todo.is_open()) {
                todo.set_recur(exact);
                return Ok(Some(todo));
            }
            if series.recur.is_none() || !todo.is_open() {
                series.keep(&mut todo);
                return Ok(Some(todo));
            }
            if !is_newest {
                series.keep(&mut todo);
                todo.remarks.push("a newer one of its series is open: this one is by itself".to_owned());
                return Ok(Some(todo));
            }
            let rule = match of_series {
                Some((due, template)) => template.rule(*due, context),
                None => series.rule(todo.definition.due_at, context),
            };
            match rule {
                Ok(rule) => todo.set_recur(rule),
                Err(why) => {
                    todo.remarks.push(format!("it does not come again here, and keeps its field recur: {why}"));
                    series.keep(&mut todo);
                }
            }
            Ok(Some(todo))
        });
        match read {
            Ok(todo) => reading.todos.extend(todo),
            Err(why) => reading.refused.push((line, why)),
        }
    }
    if parts > 0 {
        let templates = if parts == 1 { "1 template is".to_owned() } else { format!("{parts} templates are") };
        reading.notes.push(format!("{templates} part of the open instance of each series, as its rule"));
    }
}

/// A template as the open instance of its series, or as a field where Tempo cannot go on with it.
fn template(mut todo: Todo, series: Series, context: &Context) -> Todo {
    let made = series.mask.as_ref().map_or(0, |mask| mask.chars().count());
    let next = series.rule(todo.definition.due_at, context).and_then(|rule| {
        let first = todo.definition.due_at.ok_or("it is not due at any time")?;
        let due = match made.checked_sub(1) {
            Some(last) if !rule.is_chained() => {
                rule.preview(first, &context.zone, made).get(last).map(|coming| coming.at)
            }
            _ => Some(first),
        };
        Ok((rule, due.ok_or("its series has come to its end")?))
    });
    match next {
        Ok((rule, due)) => {
            todo.series = todo.uid.take();
            todo.definition.due_at = Some(due);
            todo.set_recur(rule);
        }
        Err(why) => {
            todo.set_status(Status::Open);
            todo.definition.paused = true;
            todo.say("paused");
            todo.keep("status", RECURRING);
            if let Some(until) = series.until {
                todo.keep("until", &until.to_string());
            }
            series.keep(&mut todo);
            todo.remarks
                .push(format!("it is the template of a series with which Tempo does not go on, and is paused: {why}"));
        }
    }
    todo
}

//! VTODO and VEVENT as to-dos.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::{Reading, stamp};
use super::again::{self, time};
use super::line::{Property, properties};
use super::{ASSIGNEE, AT, BEGUN, CATEGORY, END, FIELD, FIELDS, MACHINES, PRIORITY, SCHEDULED, SLOT, TYPE, WAITS};
use crate::domain::dependency;
use crate::domain::exchange::{Remark, Todo, Wait};
use crate::domain::field::{Context, Field};
use crate::domain::reminder::Reminder;
use crate::domain::task::Status;

/// The custom fields of which a calendar speaks.
const KNOWS: &[&str] = &["scheduled", "location", "url", "rrule", "end"];

/// What is read, or says nothing about a to-do.
const READ: &[&str] = &[
    "UID",
    "DTSTAMP",
    "SUMMARY",
    "DESCRIPTION",
    "PRIORITY",
    "STATUS",
    "PERCENT-COMPLETE",
    "CATEGORIES",
    "COMPLETED",
    "CREATED",
    "LAST-MODIFIED",
    "DUE",
    "DTSTART",
    "DTEND",
    "DURATION",
    "COMMENT",
    "RECURRENCE-ID",
    "SEQUENCE",
    "CLASS",
    "TRANSP",
];

/// A component with the alarms in it.
#[derive(Default)]
pub(super) struct Component {
    line: usize,
    pub(super) is_event: bool,
    properties: Vec<Property>,
    alarms: Vec<Vec<Property>>,
}

impl Component {
    pub(super) fn get(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties.iter().filter(move |property| property.name == name)
    }
}

/// Reads every VTODO and VEVENT; what else a calendar has is named.
pub(in super::super) fn read(text: &str, context: &Context) -> Result<Reading, (usize, String)> {
    let mut reading = Reading::default();
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut component = Component::default();
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut slots = 0;
    for property in properties(text)? {
        let line = property.line;
        let at = open.last().map_or("", |(name, _)| name.as_str());
        match property.name.as_str() {
            "BEGIN" => {
                let name = property.value.trim().to_ascii_uppercase();
                match name.as_str() {
                    "VTODO" | "VEVENT" => {
                        component = Component { line, is_event: name == "VEVENT", ..Component::default() };
                    }
                    "VALARM" => component.alarms.push(Vec::new()),
                    "VJOURNAL" | "VFREEBUSY" => *left_out.entry(name.clone()).or_default() += 1,
                    _ => {}
                }
                open.push((name, line));
            }
            "END" => {
                let name = property.value.trim().to_ascii_uppercase();
                if open.pop().is_none_or(|(opened, _)| opened != name) {
                    return Err((line, format!("END:{name} ends what did not begin")));
                }
                if matches!(name.as_str(), "VTODO" | "VEVENT") {
                    let done = std::mem::take(&mut component);
                    if done.get(SLOT).is_some() {
                        slots += 1;
                    } else {
                        reading.take(done.line, todo(&done, context, &mut left_out));
                    }
                }
            }
            _ if matches!(at, "VTODO" | "VEVENT") => component.properties.push(property),
            _ if at == "VALARM" => {
                if let Some(alarm) = component.alarms.last_mut() {
                    alarm.push(property);
                }
            }
            _ => {}
        }
    }
    if let Some((name, line)) = open.pop() {
        return Err((line, format!("BEGIN:{name} has no END:{name}")));
    }
    if slots > 0 {
        reading.notes.push(format!("coming runs of Tempo are no to-dos: {slots} are left out"));
    }
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        reading.notes.push(format!("what has no place here is left out: {}", names.join(", ")));
    }
    Ok(reading)
}

fn todo(component: &Component, context: &Context, left_out: &mut BTreeMap<String, usize>) -> Result<Todo, String> {
    let summary = component.get("SUMMARY").map(Property::text).unwrap_or_default();
    if summary.trim().is_empty() {
        return Err("there is no SUMMARY, which is the name of a task".to_owned());
    }
    let mut todo = Todo::new(component.line, &summary)?;
    todo.knows = KNOWS;
    let mut unknown_zone = None;
    let mut instant = |name: &str| {
        let Some(property) = component.get(name) else { return Ok(None) };
        time(property, context, &mut unknown_zone).map(Some).map_err(|e| format!("{name}: {e}"))
    };
    let (start, due, end) = (instant("DTSTART")?, instant("DUE")?, instant("DTEND")?);
    let (created, updated) = (instant("CREATED")?, instant("LAST-MODIFIED")?);
    (todo.times.created, todo.times.updated) = (created, updated);
    (todo.times.done, todo.times.begun) = (instant("COMPLETED")?, instant(BEGUN)?);
    let lasts = component.get("DURATION").map(|property| duration(&property.value)).transpose()?;
    let end = end.or_else(|| start.and_then(|start| start.checked_add(lasts?).ok()));
    // What comes again begins with its day (see `write::todo`).
    let day = due.filter(|_| !component.is_event).and_then(|due| again::day_of(component, due, context));
    todo.definition.due_at = match day {
        _ if component.is_event => start,
        Some((first, last)) if due == Some(last) => Some(first),
        _ => due.or(end),
    };
    if component.is_event
        && let Some(at) = end
    {
        todo.keep(END, &at.to_string());
    }
    if component.get("RRULE").is_some() {
        // The first time is when it is due.
        todo.definition.due_at = todo.definition.due_at.or(start);
    }
    // What is to begin when it is due, or with that day, says nothing more.
    let begins = component.get("RRULE").is_none() || (day.is_none() && start != todo.definition.due_at);
    if let Some(at) = start.filter(|_| !component.is_event && begins) {
        todo.keep(SCHEDULED, &at.to_string());
    }
    todo.uid = component.get("UID").map(|property| {
        // Of a series, each time that differs has the name of the series.
        let time = component.get("RECURRENCE-ID").map(|property| format!("/{}", property.value));
        property.text() + &time.unwrap_or_default()
    });
    for field in ["due", "tags", "remind"] {
        todo.say(field);
    }
    if let Some(text) = component.get("DESCRIPTION").map(Property::text).filter(|text| !text.trim().is_empty()) {
        todo.describe(&text);
    }
    priority(&mut todo, component)?;
    todo.set_status(status(component)?);
    if let Some(property) = component.get("PERCENT-COMPLETE") {
        Field::named("progress")?.set(&mut todo.definition, &property.value, context)?;
        todo.say("progress");
    }
    let category = component.get(CATEGORY).map(Property::text);
    let mut tags: Vec<String> = component.all("CATEGORIES").flat_map(Property::texts).collect();
    if let Some(category) = category {
        if let Some(at) = tags.iter().position(|tag| *tag == category) {
            tags.remove(at);
        }
        todo.definition.category = category;
        todo.say("category");
    }
    Field::named("tags")?.set(&mut todo.definition, &tags.join(","), context)?;
    for (name, field) in [(ASSIGNEE, "assignee"), (TYPE, "type")] {
        if let Some(property) = component.get(name) {
            Field::named(field)?.set(&mut todo.definition, &property.text(), context)?;
            todo.say(field);
        }
    }
    for (name, field) in FIELDS {
        if let Some(property) = component.get(name) {
            todo.keep(field, &if *name == "URL" { property.value.clone() } else { property.text() });
        }
    }
    again::set(&mut todo, component, context)?;
    set_waits(&mut todo, component)?;
    for (name, value) in component
        .all(FIELD)
        .filter_map(|property| property.text().split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
    {
        todo.keep(&name, &value);
    }
    for comment in component.all("COMMENT") {
        let at = comment.parameter(AT).map(|at| stamp::parse(at, &context.zone)).transpose();
        todo.notes.push(Remark { at: at.map_err(|e| format!("COMMENT: {e}"))?, text: comment.text() });
    }
    todo.definition.reminders = reminders(component, (start, todo.definition.due_at), context)?;
    if let Some(zone) = unknown_zone {
        todo.remarks.push(format!("its zone `{zone}` is not known here: it is read on the clock of this machine"));
    }
    for property in &component.properties {
        let name = property.name.as_str();
        let is_read = READ.contains(&name) || name.starts_with("X-") || matches!(name, "RRULE" | "RELATED-TO");
        if !is_read && !FIELDS.iter().any(|(known, _)| *known == name) {
            *left_out.entry(name.to_owned()).or_default() += 1;
        }
    }
    Ok(todo)
}

/// Whether a property says for what it waits (RFC 9253 4.2).
fn is_wait(property: &Property) -> bool {
    property.name == "RELATED-TO" && property.parameter("RELTYPE").is_some_and(|of| of.eq_ignore_ascii_case(WAITS))
}

fn set_waits(todo: &mut Todo, component: &Component) -> Result<(), String> {
    for property in component.all("RELATED-TO").filter(|property| !is_wait(property)) {
        todo.remarks.push(format!(
            "RELATED-TO:{} is left out: only RELATED-TO;RELTYPE={WAITS} says what it waits for",
            property.text()
        ));
    }
    for property in component.properties.iter().filter(|property| is_wait(property)) {
        todo.waits.push(Wait::uid(property.text()));
        todo.say("depends-on");
    }
    if let Some(property) = component.get(MACHINES) {
        todo.definition.depends_on = dependency::parse(&property.text()).map_err(|e| format!("{MACHINES}: {e}"))?;
        todo.say("depends-on");
    }
    Ok(())
}

fn priority(todo: &mut Todo, component: &Component) -> Result<(), String> {
    let read = |property: &Property| {
        let number = property.value.trim().parse().ok().filter(|number: &u8| *number <= 10);
        number.ok_or_else(|| format!("PRIORITY: `{}` is not a number from 0 to 9", property.value))
    };
    let number = component.get("PRIORITY").map(read).transpose()?.unwrap_or(0);
    match (number, component.get(PRIORITY).map(read).transpose()?) {
        (9, Some(ours @ 10)) => todo.rank(ours, 10..=10),
        (0, _) => todo.rank(5, 5..=5),
        (9.., _) => todo.rank(9, 9..=10),
        (number, _) => todo.rank(number, number..=number),
    }
    Ok(())
}

fn status(component: &Component) -> Result<Status, String> {
    let Some(property) = component.get("STATUS") else {
        let is_done = component.get("COMPLETED").is_some()
            || component.get("PERCENT-COMPLETE").is_some_and(|property| property.value.trim() == "100");
        return Ok(if is_done && !component.is_event { Status::Completed } else { Status::Open });
    };
    match property.value.trim().to_ascii_uppercase().as_str() {
        "NEEDS-ACTION" | "TENTATIVE" | "CONFIRMED" => Ok(Status::Open),
        "IN-PROCESS" => Ok(Status::InProgress),
        "COMPLETED" => Ok(Status::Completed),
        "CANCELLED" => Ok(Status::Cancelled),
        other => Err(format!("STATUS: `{other}` is not NEEDS-ACTION, IN-PROCESS, COMPLETED or CANCELLED")),
    }
}

/// When its alarms ring, in order.
fn reminders(
    component: &Component,
    (start, due): (Option<Timestamp>, Option<Timestamp>),
    context: &Context,
) -> Result<Vec<Reminder>, String> {
    let end = if component.is_event {
        start
    } else {
        component.get("DUE").map(|property| time(property, context, &mut None)).transpose()?
    };
    let mut all = Vec::new();
    for trigger in component.alarms.iter().filter_map(|alarm| alarm.iter().find(|property| property.name == "TRIGGER"))
    {
        let value = trigger.value.trim();
        if !value.contains('P') {
            all.push(Reminder::At(time(trigger, context, &mut None)?));
            continue;
        }
        let shift = duration(value).map_err(|e| format!("TRIGGER: {e}"))?;
        let from_end = trigger.parameter("RELATED").is_some_and(|related| related.eq_ignore_ascii_case("END"));
        let from = if from_end || component.is_event { end } else { start.or(end) };
        all.extend(match from {
            from if from == due && shift <= SignedDuration::ZERO => Some(Reminder::Before(shift.unsigned_abs())),
            from => from.and_then(|from| from.checked_add(shift).ok()).map(Reminder::At),
        });
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// A duration (3.3.6): `-P1DT2H`, `PT15M`, `P1W`.
fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no duration such as -P1D or PT15M");
    let (minus, rest) = match text.trim().strip_prefix(['-', '+']) {
        Some(rest) => (text.trim().starts_with('-'), rest),
        None => (false, text.trim()),
    };
    let mut seconds: u64 = 0;
    let mut number = String::new();
    for c in rest.strip_prefix('P').ok_or_else(wrong)?.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'T' if number.is_empty() => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return Err(wrong()),
        };
        let count: u64 = number.parse().map_err(|_| wrong())?;
        number.clear();
        seconds = count.checked_mul(unit).and_then(|part| seconds.checked_add(part)).ok_or_else(wrong)?;
    }
    let whole = SignedDuration::try_from(Duration::from_secs(seconds)).map_err(|_| wrong())?;
    if !number.is_empty() {
        Err(wrong())
    } else if minus {
        Ok(-whole)
    } else {
        Ok(whole)
    }
}

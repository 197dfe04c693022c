//! To-dos as VTODO, coming runs as VEVENT.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::stamp;
use super::line::{escape, push};
use super::{
    ASSIGNEE, AT, BEGUN, CATEGORY, FIELD, FIELDS, MACHINES, PRIORITY, RECUR, RRULE, SCHEDULED, SLOT, TYPE, WAITS, rule,
};
use crate::domain::dependency;
use crate::domain::due::whole_day;
use crate::domain::exchange::{DEPENDS, Todo, Wait, due_day};
use crate::domain::reminder::Reminder;
use crate::domain::task::{Definition, Status};

/// What stands before the first component, and behind the last.
pub const FRAME: [&str; 2] = [
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tempo//Tempo//EN\r\nCALSCALE:GREGORIAN\r\nX-WR-CALNAME:Tempo\r\n",
    "END:VCALENDAR\r\n",
];

/// A run that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The UUID of its task.
    pub uid: String,
    /// The slug of its task.
    pub slug: String,
    /// The name of its task.
    pub name: String,
    /// The rule by which it comes.
    pub rule: String,
    /// The category of its task, or empty.
    pub category: String,
    /// When it is due.
    pub at: Timestamp,
    /// When its task last changed.
    pub updated: Timestamp,
}

/// A coming run as an event, which takes no time of the person.
pub fn slot(slot: &Slot) -> String {
    let mut out = String::new();
    push(&mut out, "BEGIN:VEVENT");
    push(&mut out, &format!("UID:{}-{}", slot.uid, stamp::utc(slot.at)));
    push(&mut out, &format!("DTSTAMP:{}", stamp::utc(slot.updated)));
    push(&mut out, &format!("DTSTART:{}", stamp::utc(slot.at)));
    push(&mut out, &format!("SUMMARY:{}", escape(&slot.name)));
    push(&mut out, &format!("DESCRIPTION:{}", escape(&slot.rule)));
    if !slot.category.is_empty() {
        push(&mut out, &format!("CATEGORIES:{}", escape(&slot.category)));
    }
    push(&mut out, "TRANSP:TRANSPARENT");
    push(&mut out, &format!("{SLOT}:{}", escape(&slot.slug)));
    push(&mut out, "END:VEVENT");
    out
}

/// How an open to-do comes again; `None` when it does not, or not in a way that a calendar has.
fn rule_of(todo: &Todo, local: &TimeZone) -> Option<(String, TimeZone)> {
    let (recur, due) = todo.definition.recur.as_ref().zip(todo.definition.due_at).filter(|_| todo.is_open())?;
    let zone = recur.zone(local);
    rule::write(recur, zone.to_datetime(due), &zone).map(|rule| (rule, zone))
}

/// Whether a to-do comes again on days, which are the same in whatever zone it is looked at.
fn is_floating(todo: &Todo, local: &TimeZone) -> bool {
    let again = todo.definition.recur.as_ref().zip(todo.definition.due_at).filter(|_| todo.is_open());
    again.is_some_and(|(recur, due)| rule::is_floating(recur, local.to_datetime(due)))
        && due_day(&todo.definition, local).is_some()
}

/// The zone on whose clock a to-do comes again there, but for UTC.
pub(super) fn clock_of(todo: &Todo, local: &TimeZone) -> Option<(String, TimeZone)> {
    let (_, zone) = rule_of(todo, local).filter(|_| !is_floating(todo, local))?;
    let name = zone.iana_name().filter(|name| !matches!(*name, "UTC" | "Etc/UTC"))?.to_owned();
    Some((name, zone))
}

/// Whether a to-do comes again, and not in a way that a calendar has.
pub fn comes_once(todo: &Todo, local: &TimeZone) -> bool {
    todo.definition.recur.is_some() && todo.is_open() && rule_of(todo, local).is_none()
}

/// A to-do. Its DTSTAMP is when it last changed (3.8.7.2), so that a file of what did not change is the same file. One that
/// comes again has its first time in DTSTART (3.8.5.3): the beginning of the day on which it is due, on the clock of its zone, since it
/// has to begin before it is due (3.8.2.3), and on a day of its rule. One that is meant for a day is due with the end of that there,
/// and on no clock (3.3.5), so that it is the same day wherever it is read; one that comes once is due on the date alone.
pub fn todo(todo: &Todo, local: &TimeZone) -> String {
    let definition = &todo.definition;
    let mut out = String::new();
    let mut put = |name: &str, value: &str| push(&mut out, &format!("{name}:{value}"));
    put("BEGIN", "VTODO");
    put("UID", &escape(todo.uid.as_deref().or(todo.slug.as_deref()).unwrap_or(&definition.name)));
    put("DTSTAMP", &stamp::utc(todo.times.updated.or(todo.times.created).unwrap_or_default()));
    for (name, at) in [
        ("CREATED", todo.times.created),
        ("LAST-MODIFIED", todo.times.updated),
        ("COMPLETED", todo.times.done),
        (BEGUN, todo.times.begun),
    ] {
        if let Some(at) = at {
            put(name, &stamp::utc(at));
        }
    }
    let of_day = when(&mut out, todo, local);
    let mut put = |name: &str, value: &str| push(&mut out, &format!("{name}:{value}"));
    if let Some(recur) = &definition.recur {
        put(RECUR, &escape(&recur.to_string()));
    }
    put("SUMMARY", &escape(&definition.name));
    if !definition.description.is_empty() {
        put("DESCRIPTION", &escape(&definition.description));
    }
    let priority = definition.priority.get();
    put("PRIORITY", &priority.min(9).to_string());
    if priority > 9 {
        put(PRIORITY, &priority.to_string());
    }
    put(
        "STATUS",
        match todo.status() {
            Status::Open => "NEEDS-ACTION",
            Status::InProgress => "IN-PROCESS",
            Status::Completed => "COMPLETED",
            Status::Cancelled => "CANCELLED",
        },
    );
    if definition.progress > 0 {
        put("PERCENT-COMPLETE", &definition.progress.to_string());
    }
    let category = Some(&definition.category).filter(|category| !category.is_empty());
    let categories: Vec<String> = category.into_iter().chain(&definition.tags).map(|text| escape(text)).collect();
    if !categories.is_empty() {
        put("CATEGORIES", &categories.join(","));
    }
    for (name, value) in
        [(CATEGORY, category), (ASSIGNEE, definition.assignee.as_ref()), (TYPE, definition.task_type.as_ref())]
    {
        if let Some(value) = value {
            put(name, &escape(value));
        }
    }
    let start = begin(&mut out, todo, local);
    fields(&mut out, definition, start);
    let mut put = |name: &str, value: &str| push(&mut out, &format!("{name}:{value}"));
    let kept = definition.custom.get(DEPENDS).map_or("", String::as_str).split(',').filter(|name| !name.is_empty());
    for name in todo.waits.iter().map(Wait::name).chain(kept) {
        put(&format!("RELATED-TO;RELTYPE={WAITS}"), &escape(name));
    }
    if !definition.depends_on.is_empty() {
        put(MACHINES, &escape(&dependency::format(&definition.depends_on)));
    }
    for note in &todo.notes {
        let at = note.at.map_or_else(String::new, |at| format!(";{AT}={}", stamp::utc(at)));
        put(&format!("COMMENT{at}"), &escape(&note.text));
    }
    alarms(&mut out, definition, of_day);
    push(&mut out, "END:VTODO");
    out
}

/// When it is due and comes again; whether that is a day of which the beginning is said, too.
fn when(out: &mut String, todo: &Todo, local: &TimeZone) -> bool {
    let definition = &todo.definition;
    let mut put = |name: &str, value: &str| push(out, &format!("{name}:{value}"));
    let again = rule_of(todo, local);
    let clock = clock_of(todo, local);
    let floating = again.is_some() && is_floating(todo, local);
    let mut put_due = |name: &str, at: Timestamp| match &clock {
        _ if floating => put(name, &rule::local(at, local)),
        Some((zone, rules)) => put(&format!("{name};TZID={zone}"), &rule::local(at, rules)),
        None => put(name, &stamp::utc(at)),
    };
    let rules = match &clock {
        _ if floating => local.clone(),
        Some((_, rules)) => rules.clone(),
        None => TimeZone::UTC,
    };
    let day = definition.due_at.filter(|_| again.is_some()).and_then(|due| day_of(due, &rules));
    match (day, definition.due_at) {
        (Some((first, last)), Some(due)) => {
            put_due("DTSTART", first);
            put_due("DUE", if due == first { last } else { due });
        }
        (_, due) => match due_day(definition, local) {
            Some(day) => put("DUE;VALUE=DATE", &date(day)),
            None => due.into_iter().for_each(|due| put_due("DUE", due)),
        },
    }
    if let Some((rule, _)) = &again {
        put("RRULE", rule);
    }
    day.is_some_and(|(first, _)| definition.due_at == Some(first))
}

/// When it is to begin, where that has a place beside when it is due.
fn begin(out: &mut String, todo: &Todo, local: &TimeZone) -> Option<Timestamp> {
    let definition = &todo.definition;
    let mut put = |name: &str, value: &str| push(out, &format!("{name}:{value}"));
    let due_day = due_day(definition, local);
    let start = definition.custom.get(SCHEDULED).and_then(|text| text.parse::<Timestamp>().ok().zip(Some(text)));
    // It has to be before it is due (3.8.2.3).
    let start = start.filter(|(at, text)| at.subsec_nanosecond() == 0 && at.to_string() == **text);
    let start = start
        .map(|(at, _)| at)
        .filter(|at| rule_of(todo, local).is_none() && definition.due_at.is_none_or(|due| *at < due));
    // Both are dates, or neither is (3.8.2.3).
    let start_day = start.and_then(|at| whole_day(at, local));
    let start = start.filter(|_| due_day.is_none() || start_day.is_some());
    match (start, start_day.filter(|_| due_day.is_some())) {
        (_, Some(day)) => put("DTSTART;VALUE=DATE", &date(day)),
        (Some(at), None) => put("DTSTART", &stamp::utc(at)),
        (None, None) => {}
    }
    start
}

/// A date (3.3.4).
fn date(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// The first and the last second of the day of an instant.
pub(super) fn day_of(at: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let first = at.to_zoned(zone.clone()).start_of_day().ok()?;
    let next = first.tomorrow().ok()?.start_of_day().ok()?;
    Some((first.timestamp(), next.timestamp().checked_sub(Duration::from_secs(1)).ok()?))
}

/// What reminds of it; what is meant for a day counts from its beginning.
fn alarms(out: &mut String, definition: &Definition, of_day: bool) {
    let mut put = |name: &str, value: &str| push(out, &format!("{name}:{value}"));
    for reminder in &definition.reminders {
        let trigger = match reminder {
            Reminder::At(at) => format!("TRIGGER;VALUE=DATE-TIME:{}", stamp::utc(*at)),
            Reminder::Before(before) if of_day => format!("TRIGGER;RELATED=START:{}", before_due(*before)),
            Reminder::Before(before) => format!("TRIGGER;RELATED=END:{}", before_due(*before)),
        };
        // One that counts from a due time that there is not has nothing that it could count from there.
        if reminder.at(definition.due_at).is_some() {
            put("BEGIN", "VALARM");
            put("ACTION", "DISPLAY");
            put("DESCRIPTION", &escape(&definition.name));
            let (name, value) = trigger.split_once(':').unwrap_or((&trigger, ""));
            put(name, value);
            put("END", "VALARM");
        }
    }
}

/// The custom fields; when it is to begin is said already where it is in `start`.
fn fields(out: &mut String, definition: &Definition, start: Option<Timestamp>) {
    let mut put = |name: &str, value: &str| push(out, &format!("{name}:{value}"));
    for (name, value) in &definition.custom {
        match FIELDS.iter().find(|(_, field)| field == name) {
            // An address is no text (3.8.4.6), and has nothing that is escaped.
            Some((property, _)) if *property == "URL" && escape(value) == *value => put(property, value),
            Some((property, _)) if *property != "URL" => put(property, &escape(value)),
            _ if name == SCHEDULED && start.is_some() => {}
            _ if name == DEPENDS => {}
            // A series has a first time (3.8.5.3).
            _ if name == RRULE
                && definition.recur.is_none()
                && start.is_some()
                && value.starts_with("FREQ=")
                && !value.contains(char::is_control) =>
            {
                put("RRULE", value);
            }
            _ => put(FIELD, &escape(&format!("{name}={value}"))),
        }
    }
}

fn before_due(before: Duration) -> String {
    let seconds = before.as_secs();
    if seconds == 0 {
        return "PT0S".to_owned();
    }
    if seconds.is_multiple_of(86_400) {
        return format!("-P{}D", seconds / 86_400);
    }
    format!("-PT{}H{}M{}S", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

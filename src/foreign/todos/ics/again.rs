//! How a component comes again, and on which clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{repeat, stamp};
use super::line::Property;
use super::read::Component;
use super::{RECUR, RRULE, rule, write};
use crate::domain::exchange::Todo;
use crate::domain::field::Context;
use crate::domain::recur::Recur;
use crate::domain::zone;

/// Lets it come again as Tempo wrote it, as long as that is what the rule says; else by the rule.
pub(super) fn set(todo: &mut Todo, component: &Component, context: &Context) -> Result<(), String> {
    let text = component.get("RRULE").map(|property| property.value.trim());
    if let Some(exact) = component.get(RECUR) {
        let exact = Recur::parse(&exact.text(), &context.zone, context.now).map_err(|e| format!("{RECUR}: {e}"))?;
        let zone = exact.zone(&context.zone);
        let due = todo.definition.due_at;
        let said = due.and_then(|due| rule::write(&exact, repeat::wall(&exact, due, &context.zone), &zone));
        if !todo.is_open() || said.as_deref() == text {
            todo.set_recur(exact);
            return Ok(());
        }
    }
    let Some(text) = text else { return Ok(()) };
    match series(todo, component, text, context) {
        Ok(rule::Rule { recur, remark }) => {
            todo.remarks.extend(remark);
            if let Some(recur) = recur {
                todo.set_recur(recur);
            }
        }
        Err(why) => {
            todo.keep(RRULE, text);
            todo.remarks
                .push(format!("it does not come again here, and its RRULE is kept in its field {RRULE}: {why}"));
        }
    }
    if component.get("EXDATE").is_some() && todo.definition.recur.is_some() {
        todo.remarks.push("the days that its RRULE leaves out (EXDATE) are not left out here".to_owned());
    }
    Ok(())
}

/// The series of a rule. Its days are those of DTSTART; it is due on the clock of the zone of the property that says when.
fn series(todo: &Todo, component: &Component, text: &str, context: &Context) -> Result<rule::Rule, String> {
    if component.get("RECURRENCE-ID").is_some() {
        return Err("it is one time of a series alone".to_owned());
    }
    let due = component.get("DUE").filter(|_| !component.is_event);
    let start = component.get("DTSTART");
    let (Some(said), Some(at)) = (due.or(start), todo.definition.due_at) else {
        return Err("it is not due at any time".to_owned());
    };
    let zone = zone_of(said, context).unwrap_or_else(|_| context.zone.clone());
    let zone = if said.value.trim().ends_with(['Z', 'z']) { TimeZone::UTC } else { zone };
    let first = zone.to_datetime(at);
    let begins = start.and_then(|start| time(start, context, &mut None).ok()).map(|start| zone.to_datetime(start));
    if text.to_ascii_uppercase().contains("BY") && begins.is_some_and(|begins| begins.date() != first.date()) {
        return Err("its days are those of DTSTART, and it is due on another day".to_owned());
    }
    let mut rule = rule::read(text, first, &zone)?;
    if let Some(recur) = &mut rule.recur {
        let name = zone.iana_name().filter(|name| Some(*name) != context.zone.iana_name());
        recur.zone = name.map(str::to_owned);
    }
    Ok(rule)
}

/// The day on which what comes again is due, its first and its last second, when DTSTART is that first one.
pub(super) fn day_of(component: &Component, due: Timestamp, context: &Context) -> Option<(Timestamp, Timestamp)> {
    component.get("RRULE")?;
    let start = component.get("DTSTART")?;
    let begins = time(start, context, &mut None).ok()?;
    let zone = if start.value.trim().ends_with(['Z', 'z']) { TimeZone::UTC } else { zone_of(start, context).ok()? };
    write::day_of(due, &zone).filter(|(first, _)| *first == begins)
}

/// The zone on whose clock a property is, or its name when it is not known here.
fn zone_of(property: &Property, context: &Context) -> Result<TimeZone, String> {
    let Some(name) = property.parameter("TZID") else { return Ok(context.zone.clone()) };
    // Some programs put where their zones come from before the name: /example.org/2026/Europe/Berlin.
    let parts: Vec<&str> = name.rsplitn(3, '/').collect();
    let short = match parts.as_slice() {
        [city, region, _] => format!("{region}/{city}"),
        _ => name.to_owned(),
    };
    zone::zone(name).or_else(|_| zone::zone(&short)).map_err(|_| name.to_owned())
}

/// An instant in UTC, in the zone that it names, or on the clock of this machine.
pub(super) fn time(property: &Property, context: &Context, unknown: &mut Option<String>) -> Result<Timestamp, String> {
    let zone = zone_of(property, context).unwrap_or_else(|name| {
        *unknown = Some(name);
        context.zone.clone()
    });
    stamp::parse(property.value.trim(), &zone)
}

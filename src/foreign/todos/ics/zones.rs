//! The zones of a calendar (VTIMEZONE, RFC 5545 3.6.5): those on whose clocks its series come.

use std::collections::BTreeMap;

use jiff::tz::{Dst, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::line::push;
use super::write::clock_of;
use crate::domain::exchange::Todo;
use crate::domain::zone;

/// How far ahead changes of the clock are told.
const AHEAD: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// Changes of the clock that are told of a zone at most.
const MOST: usize = 100;

/// Zones by their IANA names, each with the first instant that is told on its clock.
#[derive(Debug, Default)]
pub struct Zones(BTreeMap<String, Timestamp>);

impl Zones {
    /// Takes in the zone on whose clock a to-do comes again.
    pub fn add(&mut self, todo: &Todo, local: &TimeZone) {
        if let (Some((name, _)), Some(due)) = (clock_of(todo, local), todo.definition.due_at) {
            self.0.entry(name).and_modify(|first| *first = due.min(*first)).or_insert(due);
        }
    }

    /// The components.
    pub fn text(&self, now: Timestamp) -> String {
        let mut out = String::new();
        for (name, first) in &self.0 {
            let Ok(rules) = zone::zone(name) else { continue };
            push(&mut out, "BEGIN:VTIMEZONE");
            push(&mut out, &format!("TZID:{name}"));
            let info = rules.to_offset_info(*first);
            let mut offset = info.offset();
            observance(&mut out, info.dst(), "19700101T000000", [offset, offset], info.abbreviation());
            let until = now.max(*first).checked_add(AHEAD).unwrap_or(Timestamp::MAX);
            for change in rules.following(*first).take(MOST).take_while(|change| change.timestamp() <= until) {
                // On the clock from before.
                let at = offset.to_datetime(change.timestamp()).strftime("%Y%m%dT%H%M%S").to_string();
                observance(&mut out, change.dst(), &at, [offset, change.offset()], change.abbreviation());
                offset = change.offset();
            }
            push(&mut out, "END:VTIMEZONE");
        }
        out
    }
}

fn observance(out: &mut String, dst: Dst, at: &str, [from, to]: [Offset; 2], name: &str) {
    let component = if dst.is_dst() { "DAYLIGHT" } else { "STANDARD" };
    push(out, &format!("BEGIN:{component}"));
    push(out, &format!("DTSTART:{at}"));
    push(out, &format!("TZOFFSETFROM:{}", written(from)));
    push(out, &format!("TZOFFSETTO:{}", written(to)));
    push(out, &format!("TZNAME:{name}"));
    push(out, &format!("END:{component}"));
}

/// `+0100`.
fn written(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

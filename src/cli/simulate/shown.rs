//! What a simulation shows: the sum, and the slots that are not simply run.

use std::io::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::table::{Cell, Table, Tone};
use super::super::{Context, Result};
use super::Question;
use crate::domain::phrase::describe;
use crate::domain::quantity::format_duration;
use crate::domain::schedule::{Decision, Schedule};
use crate::domain::simulate::Played;
use crate::domain::when::Mark;

/// Lines without `--all`.
const SHOWN: usize = 20;

#[derive(Debug, Serialize)]
pub(super) struct SlotJson {
    rule: String,
    due_at: String,
    decision: &'static str,
    starts_at: Option<String>,
    overlaps: bool,
    replaced: bool,
    dropped: bool,
    mark: Option<String>,
    reason: Option<String>,
}

pub(super) fn head(
    question: &Question,
    (from, until): (Timestamp, Timestamp),
    days: u16,
    cx: &mut Context,
) -> Result<()> {
    for (schedule, _) in &question.schedules {
        let words = describe(&schedule.rule.when);
        let words = if words == schedule.rule.when.to_string() { String::new() } else { format!(" ({words})") };
        let whose = question.slug.as_ref().map(|slug| format!("{slug}: ")).unwrap_or_default();
        writeln!(cx.out, "{whose}{}{words}, {}", schedule.rule, schedule.zone)?;
    }
    let (takes, source, _) = &question.takes;
    let takes = if takes.is_zero() {
        "ending at once".to_owned()
    } else {
        format!("taking {}", format_duration(rounded(*takes)))
    };
    let (from, until) = (cx.clock(from), cx.clock(until));
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let (zone, overlap) = (&cx.zone_name, question.overlap);
    writeln!(cx.out, "{from} to {until} ({days}), times in {zone}, overlap {overlap}, each run {takes}{source}")?;
    Ok(())
}

/// Parts of a second do not matter to anybody who looks at days.
fn rounded(takes: Duration) -> Duration {
    if takes < Duration::from_secs(10) {
        Duration::from_millis(takes.as_millis() as u64)
    } else {
        Duration::from_secs(takes.as_secs())
    }
}

/// Whether there is something to say about a slot.
fn is_plain(slot: &Played, schedule: &(Schedule, TimeZone)) -> bool {
    let on_time = slot.starts.is_some_and(|at| at <= schedule.0.start_of(slot.due.at));
    slot.decision == Decision::Run
        && on_time
        && !slot.overlaps
        && !slot.replaced
        && !slot.dropped
        && slot.due.mark(&schedule.1).is_none()
}

pub(super) fn table(played: &[Played], schedules: &[(Schedule, TimeZone)], all: bool, cx: &mut Context) -> Result<()> {
    let shown: Vec<&Played> = played.iter().filter(|slot| all || !is_plain(slot, &schedules[slot.schedule])).collect();
    if shown.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["DUE", "DECISION", "STARTS", "WHY"]);
    let most = if all { shown.len() } else { SHOWN };
    for slot in shown.iter().take(most) {
        let (schedule, zone) = &schedules[slot.schedule];
        let due = slot.due.at.to_zoned(cx.zone.clone());
        let starts = match slot.starts {
            Some(at) if at.to_zoned(cx.zone.clone()).date() == due.date() => {
                at.to_zoned(cx.zone.clone()).strftime("%H:%M:%S").to_string()
            }
            Some(at) => cx.clock(at),
            None if slot.decision == Decision::Run && !slot.replaced && !slot.dropped => "later".to_owned(),
            None => "-".to_owned(),
        };
        let late = slot.starts.is_some_and(|at| at > schedule.start_of(slot.due.at)) && slot.reason.is_none();
        let why = [
            slot.due.mark(zone).map(words),
            slot.reason.clone(),
            late.then(|| "it waited for the run before it".to_owned()),
            slot.overlaps.then(|| "beside another run".to_owned()),
            slot.replaced.then(|| "ended for a later slot".to_owned()),
            slot.dropped.then(|| "left the queue for a later slot".to_owned()),
        ];
        let tone = if slot.decision == Decision::Run { Tone::Plain } else { Tone::Warn };
        table.row(vec![
            Cell::from(due.strftime("%a %Y-%m-%d %H:%M:%S").to_string()),
            Cell::new(slot.decision.word(), tone),
            Cell::from(starts),
            Cell::new(&why.into_iter().flatten().collect::<Vec<_>>().join("; "), Tone::Dim),
        ]);
    }
    writeln!(cx.out)?;
    table.print(&mut cx.out)?;
    if shown.len() > most {
        writeln!(cx.out, "... and {} more; --all shows every slot", shown.len() - most)?;
    }
    Ok(())
}

/// What is special about a slot.
fn words(mark: Mark) -> String {
    match mark {
        Mark::Dst(effect) => effect.word().to_owned(),
        Mark::Moved(day) => format!("moved from {day}"),
    }
}

pub(super) fn slot_json(slot: &Played, schedules: &[(Schedule, TimeZone)], cx: &Context) -> SlotJson {
    let (schedule, zone) = &schedules[slot.schedule];
    SlotJson {
        rule: schedule.rule.to_string(),
        due_at: cx.rfc3339(slot.due.at),
        decision: slot.decision.word(),
        starts_at: slot.starts.map(|at| cx.rfc3339(at)),
        overlaps: slot.overlaps,
        replaced: slot.replaced,
        dropped: slot.dropped,
        mark: slot.due.mark(zone).map(words),
        reason: slot.reason.clone(),
    }
}

//! `tempo next`: the coming slots of all schedules in order, by the rule that also fires them (T8).

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::json::SlotJson;
use super::table::{Cell, Table, Tone};
use super::{CliError, Context, Result};
use crate::domain::quantity::parse_time;
use crate::domain::schedule::Schedule;
use crate::domain::when::{DstEffect, Due};
use crate::store::schedules::{self, AgendaRow};
use crate::store::tasks;

/// Which slots.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those of this task
    task: Option<String>,
    /// How many
    #[arg(short = 'n', long = "number", default_value_t = 10, value_name = "N")]
    number: usize,
    /// Those from then on
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
}

/// A slot to come.
struct Coming<'a> {
    row: &'a AgendaRow,
    due: Due,
    zone: &'a TimeZone,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let from = match &args.from {
        Some(text) => Some(parse_time(text, &cx.zone, cx.now).map_err(|e| CliError::Refused(format!("from: {e}")))?),
        None => None,
    };
    let store = cx.store()?;
    let db = store.reader()?;
    let task = args.task.as_deref().map(|reference| tasks::find(&db, reference)).transpose()?;
    // Without --from the first slots are in the schedules that are due first; with it they can be in any.
    let limit = if from.is_some() { usize::MAX } else { args.number };
    let rows = schedules::agenda(&db, task.as_ref().map(|task| task.id), limit)?;
    let zones: Vec<TimeZone> =
        rows.iter().map(|row| schedules::zone_of(&row.schedule)).collect::<std::result::Result<_, _>>()?;
    if let Some(task) = task.filter(|task| task.definition.paused) {
        super::complain(&format_args!("{} is paused: none of its slots will come", task.slug));
    }

    let mut table = Table::bare();
    for Coming { row, due, zone } in merge(&rows, &zones, from, args.number) {
        let dst = due.dst_effect(zone).map(DstEffect::word);
        if cx.json {
            let slot = SlotJson {
                schedule: row.schedule.id,
                task: row.slug.clone(),
                due_at: cx.rfc3339(due.at),
                decision: None,
                reason: None,
                run: None,
                dst,
            };
            cx.print_json(&slot)?;
        } else {
            let at = due.at.to_zoned(cx.zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string();
            table.row(vec![
                at.into(),
                Cell::from(&row.slug),
                Cell::new(&row.schedule.rule.to_string(), Tone::Dim),
                Cell::new(dst.unwrap_or_default(), Tone::Warn),
            ]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(())
}

/// The first `number` slots of all schedules, merged by time.
fn merge<'a>(rows: &'a [AgendaRow], zones: &'a [TimeZone], from: Option<Timestamp>, number: usize) -> Vec<Coming<'a>> {
    let mut heads = BTreeMap::new();
    let push = |heads: &mut BTreeMap<_, _>, i: usize, after: Timestamp| {
        if let Some(due) = rows[i].schedule.next_after(after, &zones[i]) {
            heads.insert((due.at, i), due);
        }
    };
    for (i, row) in rows.iter().enumerate() {
        push(&mut heads, i, start(&row.schedule, from));
    }
    let mut coming = Vec::new();
    while coming.len() < number
        && let Some(((at, i), due)) = heads.pop_first()
    {
        coming.push(Coming { row: &rows[i], due, zone: &zones[i] });
        push(&mut heads, i, at);
    }
    coming
}

/// After which instant a schedule's slots count: what is decided already does not come again (T2).
fn start(schedule: &Schedule, from: Option<Timestamp>) -> Timestamp {
    // A slot at the instant itself counts.
    let just_before = |at: Timestamp| at.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(at);
    from.map_or(schedule.watermark, |from| schedule.watermark.max(just_before(from)))
}

/// The next slots of one schedule.
pub(super) fn of_schedule(schedule: &Schedule, zone: &TimeZone, number: usize) -> Vec<Due> {
    let first = schedule.next_after(schedule.watermark, zone);
    std::iter::successors(first, |due| schedule.next_after(due.at, zone)).take(number).collect()
}

//! `tempo next`: the coming slots of all schedules in order, by the rule that also fires them (T8).

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::json::SlotJson;
use super::table::{Cell, Table, Tone};
use super::witness::Witness;
use super::{CliError, Context, Result};
use crate::domain::TaskId;
use crate::domain::after;
use crate::domain::forecast::Forecast;
use crate::domain::options::Excluded;
use crate::domain::quantity::parse_time;
use crate::domain::rule::Rule;
use crate::domain::schedule::Schedule;
use crate::domain::timetable::Timetable;
use crate::domain::when::{DstEffect, Due};
use crate::store::schedules::{self, AgendaRow};
use crate::store::{Db, runs, tasks, upstreams, why};

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

/// What is to come of a schedule.
struct Coming<'a> {
    row: &'a AgendaRow,
    due: Due,
    /// When it starts, and what makes it different from others; or what keeps it from coming.
    what: What,
}

enum What {
    Slot { start: Timestamp, dst: Option<DstEffect> },
    Excluded(String),
}

impl What {
    /// Whether it would have started already, if an engine were there.
    fn is_overdue(&self, cx: &Context, has_engine: bool) -> bool {
        matches!(self, Self::Slot { start, .. } if *start <= cx.now && !has_engine)
    }

    /// In words, for people.
    fn marks(&self, due: &Due, cx: &Context) -> String {
        match self {
            Self::Excluded(what) => format!("excluded: {what}"),
            Self::Slot { start, dst } => {
                let moved = due.moved_from.map(|day| format!("moved from {day}"));
                let start = (*start != due.at).then(|| {
                    let (start, due) = (start.to_zoned(cx.zone.clone()), due.at.to_zoned(cx.zone.clone()));
                    let form = if start.date() == due.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
                    format!("starts {}", start.strftime(form))
                });
                let dst = dst.map(|effect| effect.word().to_owned());
                [dst, moved, start].into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// What there is to say about a line, for people.
fn marks(what: &What, due: &Due, lost: Option<String>, cx: &Context, has_engine: bool) -> String {
    let overdue = what.is_overdue(cx, has_engine).then(|| "overdue: no engine is running".to_owned());
    let marks = Some(what.marks(due, cx)).filter(|marks| !marks.is_empty());
    [overdue, marks, lost].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The slots that will be lost because the run before them takes too long, by task.
struct Losses {
    live: HashSet<TaskId>,
    known: HashMap<TaskId, Option<Forecast>>,
}

impl Losses {
    fn of(db: &Db, witness: &Witness) -> Result<Self> {
        let live = runs::live(db)?.into_iter().filter(|live| !witness.has_ended(live.run, live.attempt, live.state));
        Ok(Self { live: live.map(|live| live.task).collect(), known: HashMap::new() })
    }

    /// Why this slot will be skipped, when it will.
    fn of_slot(&mut self, db: &Db, task: TaskId, start: Timestamp, now: Timestamp) -> Result<Option<String>> {
        if !self.live.contains(&task) {
            return Ok(None);
        }
        let forecast = match self.known.entry(task) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(why::standing(db, task)?.forecast(now)),
        };
        let lost = forecast.as_ref().filter(|forecast| start < forecast.until);
        Ok(lost.map(|forecast| format!("will be skipped: {}", forecast.because)))
    }
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
    match task {
        Some(task) if task.definition.paused => {
            super::complain(&format_args!("{} is paused: none of its slots will come", task.slug));
        }
        Some(task) if rows.is_empty() => {
            if let Some(runs_after) = after::sentence(&upstreams::of_task(&db, task.id)?) {
                super::complain(&format_args!("{} has no slots; it {runs_after}", task.slug));
            }
        }
        Some(_) | None => {}
    }

    let has_engine = cx.has_engine()?;
    let mut table = Table::bare();
    let mut losses = Losses::of(&db, &cx.witness()?)?;
    for Coming { row, due, what } in merge(&rows, &zones, from, args.number) {
        let lost = match &what {
            What::Slot { start, .. } => losses.of_slot(&db, row.schedule.task, *start, cx.now)?,
            What::Excluded(_) => None,
        };
        match &what {
            _ if !cx.json => {
                let at = due.at.to_zoned(cx.zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string();
                let tone = if matches!(what, What::Excluded(_)) { Tone::Dim } else { Tone::Plain };
                table.row(vec![
                    Cell::new(&at, tone),
                    Cell::new(&row.slug, tone),
                    Cell::new(&Rule::from(&row.schedule.rule.when).text_in(&cx.zone), Tone::Dim),
                    Cell::new(&marks(&what, &due, lost, cx, has_engine), Tone::Warn),
                ]);
            }
            // What does not come is no slot.
            What::Excluded(_) => {}
            What::Slot { start, dst } => {
                let slot = SlotJson {
                    schedule: row.schedule.id,
                    task: row.slug.clone(),
                    due_at: cx.rfc3339(due.at),
                    decision: None,
                    reason: lost,
                    run: None,
                    dst: dst.map(DstEffect::word),
                    starts_at: (*start != due.at).then(|| cx.rfc3339(*start)),
                    moved_from: due.moved_from.map(|day| day.to_string()),
                };
                cx.print_json(&slot)?;
            }
        }
    }
    table.print(&mut cx.out)?;
    if !rows.is_empty() {
        cx.hint_engine(has_engine);
    }
    Ok(())
}

/// The first `number` slots of all schedules, merged by time, and between them what excluded days keep from coming.
fn merge<'a>(rows: &'a [AgendaRow], zones: &[TimeZone], from: Option<Timestamp>, number: usize) -> Vec<Coming<'a>> {
    let mut heads = BTreeMap::new();
    let push = |heads: &mut BTreeMap<_, _>, i: usize, after: Timestamp| {
        let schedule = &rows[i].schedule;
        if let Some(due) = schedule.next_after(after, &zones[i]) {
            let what = What::Slot { start: schedule.start_of(due.at), dst: due.dst_effect(&zones[i]) };
            heads.insert((due.at, i), (due, what));
            if let Some((due, what)) = excluded(&schedule.timetable(&zones[i]), after, due.at) {
                heads.insert((due.at, i), (due, what));
            }
        }
    };
    for (i, row) in rows.iter().enumerate() {
        push(&mut heads, i, start(&row.schedule, from));
    }
    let mut coming = Vec::new();
    let mut left = number;
    while left > 0
        && let Some(((at, i), (due, what))) = heads.pop_first()
    {
        if let What::Slot { .. } = what {
            left -= 1;
            push(&mut heads, i, at);
        }
        coming.push(Coming { row: &rows[i], due, what });
    }
    coming
}

/// What excluded days between two slots keep from coming: the first of it, and how many days it is. What is moved to another
/// day says so itself.
fn excluded(timetable: &Timetable<'_>, after: Timestamp, until: Timestamp) -> Option<(Due, What)> {
    if timetable.rule.options.excluded == Some(Excluded::Shift) {
        return None;
    }
    let first = timetable.next_excluded(after, until)?;
    let mut what = timetable.exclusion(first.civil.date())?;
    let next = |due: &Due| timetable.next_excluded(timetable.end_of_day(due), until);
    let more = std::iter::successors(next(&first), next).count();
    if more > 0 {
        what = format!("{what}, and {more} more {}", if more == 1 { "day" } else { "days" });
    }
    Some((first, What::Excluded(what)))
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

//! `tempo simulate`: what would become of the slots of a task over some days, by the rules that fire them (T8).

mod shown;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::shown::{SlotJson, head, slot_json, table};
use super::{CliError, Context, Result};
use crate::config::calendars;
use crate::domain::options::Missed;
use crate::domain::quantity::{format_duration, parse_duration, parse_time};
use crate::domain::rule::Rule;
use crate::domain::schedule::Schedule;
use crate::domain::simulate::{Play, counts, play, reaching_back, sum};
use crate::domain::spread::Spread;
use crate::domain::task::Overlap;
use crate::domain::when::When;
use crate::domain::{ScheduleId, TaskId, forecast};
use crate::store::texts::{self, Zone};
use crate::store::{runs, schedules, tasks};

/// Runs from which the duration of a run is taken.
const RUNS: usize = 50;

/// What is played, and how.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each run takes as long as the median of the task's last runs, or what --takes says. Not played: the limit of \
runs at once, runs by hand, startups, and conditions: they hold."
)]
pub struct Args {
    /// The task whose schedules are played
    #[arg(required_unless_present = "when", conflicts_with = "when")]
    task: Option<String>,
    /// Schedules that no task has yet, separated by `;`: 30 2 * * *, every 10m, weekdays at 7:30 missed=all
    #[arg(long, visible_alias = "cron", value_name = "RULE")]
    when: Option<String>,
    /// The zone in which they are meant; the machine's when none is said
    #[arg(long, value_name = "ZONE", requires = "when", conflicts_with = "task")]
    tz: Option<String>,
    /// How many days
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// The last days, not the next ones
    #[arg(long)]
    past: bool,
    /// With this overlap policy: skip, queue, queue-all, parallel=N, replace
    #[arg(long, value_name = "POLICY")]
    overlap: Option<String>,
    /// With this policy for missed slots: skip, latest, all
    #[arg(long, value_name = "POLICY")]
    missed: Option<String>,
    /// How long each run takes
    #[arg(long, value_name = "DUR")]
    takes: Option<String>,
    /// When Tempo is not running, as in "tomorrow 1:00..tomorrow 9:00"; repeatable
    #[arg(long, value_name = "FROM..TO")]
    down: Vec<String>,
    /// Show every slot, not only those that are not simply run
    #[arg(long)]
    all: bool,
}

/// What was asked, ready to be played.
struct Question {
    slug: Option<String>,
    schedules: Vec<(Schedule, TimeZone)>,
    overlap: Overlap,
    /// How long a run takes, where that comes from, and how long 19 of 20 runs take at most.
    takes: (Duration, String, Option<Duration>),
    conditions: bool,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let question = question(args, cx)?;
    let span = SignedDuration::from_hours(24 * i64::from(args.days));
    let beyond = |_| CliError::Refused("days: so far the calendar does not go".to_owned());
    let (from, until) = if args.past {
        (cx.now.checked_sub(span).map_err(beyond)?, cx.now)
    } else {
        (cx.now, cx.now.checked_add(span).map_err(beyond)?)
    };
    let down = down(&args.down, from, cx)?;
    let schedules: Vec<_> =
        question.schedules.iter().map(|(schedule, zone)| (reaching_back(schedule, from), zone.clone())).collect();
    let with = |takes| Play { schedules: &schedules, overlap: question.overlap, takes, from, until, down: &down };
    let too_many = |e: crate::domain::simulate::TooMany| CliError::Refused(format!("days: {e}"));
    let played = play(&with(question.takes.0)).map_err(too_many)?;
    let slow = match question.takes.2 {
        Some(slow) if slow > question.takes.0 => Some((slow, play(&with(slow)).map_err(too_many)?)),
        _ => None,
    };
    if cx.json {
        let slots: Vec<SlotJson> = played.iter().map(|slot| slot_json(slot, &schedules, cx)).collect();
        let object = json!({
            "task": question.slug,
            "from": cx.rfc3339(from),
            "until": cx.rfc3339(until),
            "overlap": question.overlap.to_string(),
            "takes_s": question.takes.0.as_secs_f64(),
            "counts": counts(&played).into_iter().collect::<BTreeMap<_, _>>(),
            "slots": slots,
        });
        return cx.print_json(&object);
    }
    // Who plays schedules of one zone thinks in that.
    if let Some((first, zone)) = schedules.first()
        && schedules.iter().all(|(schedule, _)| schedule.zone == first.zone)
    {
        (cx.zone, cx.zone_name) = (zone.clone(), first.zone.clone());
    }
    head(&question, (from, until), args.days, cx)?;
    writeln!(cx.out, "\n{}", sum(&played))?;
    table(&played, &schedules, args.all, cx)?;
    if let Some((takes, played)) = slow {
        let takes = format_duration(takes);
        writeln!(cx.out, "\nIf each took {takes}, which 19 of 20 runs do not exceed: {}", sum(&played))?;
    }
    if question.conditions {
        writeln!(cx.out, "\nThe conditions of the task are taken to hold.")?;
    }
    Ok(())
}

fn question(args: &Args, cx: &Context) -> Result<Question> {
    let refused = |e: String| CliError::Refused(e);
    let given = match &args.takes {
        Some(text) => Some(parse_duration(text).map_err(|e| refused(format!("takes: {e}")))?),
        None => None,
    };
    let overlap = args.overlap.as_deref().map(str::parse::<Overlap>).transpose();
    let overlap = overlap.map_err(|e| refused(format!("overlap: {e}")))?;
    let missed = match args.missed.as_deref() {
        None => None,
        Some(word) => match Missed::from_word(word) {
            Some(missed) => Some(missed),
            None => return Err(refused(format!("missed: `{word}` is not skip, latest or all"))),
        },
    };
    let given = |durations: &[Duration]| {
        let mut sorted = durations.to_vec();
        sorted.sort_unstable();
        match (given, sorted.get(sorted.len() / 2)) {
            (Some(takes), _) => (takes, String::new(), None),
            (None, Some(median)) => {
                let runs = if sorted.len() == 1 {
                    "its only run".to_owned()
                } else {
                    format!("the median of {} runs", sorted.len())
                };
                (*median, format!(" ({runs})"), forecast::usual(&sorted))
            }
            (None, None) => (Duration::ZERO, " (none has succeeded yet; --takes says otherwise)".to_owned(), None),
        }
    };
    let mut question = match (&args.task, &args.when) {
        (Some(reference), _) => {
            let store = cx.store()?;
            let db = store.reader()?;
            let task = tasks::find(&db, reference)?;
            let own = schedules::of_task(&db, task.id)?;
            let schedules = own
                .into_iter()
                .map(|schedule| schedules::zone_of(&schedule).map(|zone| (schedule, zone)))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            Question {
                slug: Some(task.slug),
                schedules,
                overlap: overlap.unwrap_or(task.definition.execution.overlap),
                takes: given(&runs::durations(&db, task.id, RUNS)?),
                conditions: !task.definition.execution.conditions.is_empty(),
            }
        }
        (None, text) => {
            let text = text.as_deref().unwrap_or_default();
            Question {
                slug: None,
                schedules: planned(text, args.tz.as_deref(), cx)?,
                overlap: overlap.unwrap_or_default(),
                takes: given(&[]),
                conditions: false,
            }
        }
    };
    question.schedules.retain(|(schedule, _)| schedule.rule.when != When::Startup);
    if question.schedules.is_empty() {
        let whose = question.slug.unwrap_or_else(|| "it".to_owned());
        return Err(refused(format!("{whose} has no schedule that comes with time")));
    }
    for (schedule, _) in &mut question.schedules {
        schedule.rule.options.missed = missed.or(schedule.rule.options.missed);
    }
    Ok(question)
}

/// Schedules that no task has.
fn planned(text: &str, tz: Option<&str>, cx: &Context) -> Result<Vec<(Schedule, TimeZone)>> {
    let zone = match tz {
        Some(name) => Zone::named(name).map_err(CliError::Refused)?,
        None => cx.local_zone(),
    };
    let rules = texts::schedules(Spread::by(""), text, &zone.rules, &cx.fields_here()?);
    let plan = |rule: Rule| {
        let schedule = Schedule {
            id: ScheduleId(0),
            task: TaskId(0),
            calendar: rule.options.calendar.as_deref().map(calendars::load),
            rule,
            zone: zone.name.clone(),
            anchor: cx.now,
            watermark: cx.now,
            slot_at: None,
            next_at: None,
            // The jitter is known when the schedule is: until then it has the least.
            spread: Spread::by(""),
        };
        (schedule, zone.rules.clone())
    };
    Ok(rules.map_err(CliError::Refused)?.into_iter().map(plan).collect())
}

/// Spans in which Tempo is not there, in order.
fn down(texts: &[String], from: Timestamp, cx: &Context) -> Result<Vec<(Timestamp, Timestamp)>> {
    let wrong = |text: &str, why: &str| CliError::Refused(format!("down: `{text}` {why}"));
    let mut spans = Vec::new();
    for text in texts {
        let (begin, end) = text
            .split_once("..")
            .ok_or_else(|| wrong(text, "is not a span; write it as in 2026-12-24 18:00..2026-12-27 9:00"))?;
        let instant =
            |part: &str| parse_time(part.trim(), &cx.zone, cx.now).map_err(|e| CliError::Refused(format!("down: {e}")));
        let (begin, end) = (instant(begin)?, instant(end)?);
        if end <= begin {
            return Err(wrong(text, "ends before it begins"));
        }
        if end > from {
            spans.push((begin, end));
        }
    }
    spans.sort_unstable();
    Ok(spans)
}

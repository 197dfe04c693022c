//! What the schedule in the builder will do: read as saving would read it, and asked as the engine will ask it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::model::draft::{planned, read_wish, wish_text};
use super::super::model::outlook::{Asked, Jitter, Outlook, Seen, Wrong};
use super::World;
use super::queries::context_at;
use super::simulation::simulated;
use crate::domain::field::{Context, Field};
use crate::domain::name::slug;
use crate::domain::options::{OPTIONS, Options};
use crate::domain::phrase::describe;
use crate::domain::preview::{Next, fields, first_shared, preview};
use crate::domain::rule::ZONE;
use crate::domain::schedule::{Schedule, continued};
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Overlap, Work};
use crate::domain::when::{When, WhenError};
use crate::domain::why::about;
use crate::domain::{TaskId, forecast, rule, zone};
use crate::store::changes::Wish;
use crate::store::{Reader, Result, runs, schedules, tasks};

/// Other schedules that are looked at for collisions: those that are due first.
const OTHERS: usize = 200;

/// How often their rules are evaluated for that, all together.
const MOST_ASKED: usize = 600;

/// Tasks that are named.
const NAMED: usize = 2;

/// Runs of which what is usual is reckoned.
const DURATIONS: usize = 50;

/// Looks ahead from `now` on.
pub(in crate::tui) fn outlook(reader: &Reader, world: &World, asked: &Asked, now: Timestamp) -> Result<Outlook> {
    let context = context_at(world, now);
    let (before, paused) = match asked.task {
        Some(task) => (schedules::of_task(reader, task)?, tasks::get(reader, task)?.definition.paused),
        None => (Vec::new(), false),
    };
    let task = Spread::by(&slug(&asked.name));
    let read = |text: &String| read_wish(text, task, &before, &world.zone_name, &context);
    let all: Vec<_> = asked.texts.iter().map(read).collect();
    let wrong = all.iter().zip(&asked.texts).enumerate();
    let wrong = wrong.filter(|(_, (read, text))| read.is_err() && !text.is_empty()).map(|(at, _)| at).collect();
    let (mut errors, definition) = errors(asked, &before, world, &context);
    let current = asked.texts.get(asked.at).filter(|text| !text.is_empty()).and_then(|_| all.get(asked.at));
    if let (Some(Err(text)), true) = (current, errors.iter().all(|wrong| is_of_task(wrong.key))) {
        errors.push(keyed(text));
    }
    let mut outlook = Outlook { now, errors, wrong, zone_name: world.zone_name.clone(), seen: None };
    let Some(Ok(wish)) = current else { return Ok(outlook) };
    outlook.zone_name.clone_from(&wish.1);
    let others: Vec<Wish> = all.iter().filter_map(|wish| wish.as_ref().ok()).cloned().collect();
    let continued = continued(&before, &others);
    let scheduled: Vec<(Schedule, TimeZone)> = others
        .iter()
        .zip(&continued)
        .filter_map(|(wish, kept)| {
            let kept = kept.and_then(|at| before.get(at));
            Some((planned(wish, kept, now), zone::zone(&wish.1).ok()?))
        })
        .collect();
    let place = all[..asked.at].iter().filter(|wish| wish.is_ok()).count();
    let kept = continued.get(place).copied().flatten().and_then(|at| before.get(at));
    let schedule = planned(wish, kept, now);
    let Ok(zone) = zone::zone(&wish.1) else { return Ok(outlook) };
    let preview = preview(&schedule, &zone, now);
    let usual = usual(reader, asked.task)?;
    let jitter = match (kept, wish.0.options.jitter) {
        (None, Some(width)) => Jitter::UpTo(width),
        _ => Jitter::Is(schedule.jitter()),
    };
    let collisions = if matches!(wish.0.when, When::Cron(_) | When::At(_)) || kept.is_some() {
        collisions(reader, asked.task, &preview.slots, &zone)?
    } else {
        None
    };
    outlook.seen = Some(Seen {
        when: wish.0.when.to_string(),
        phrase: describe(&wish.0.when),
        parts: fields(&wish.0.when),
        warnings: warnings(&definition, usual, &preview.slots),
        simulated: simulated(&scheduled, definition.execution.overlap, usual, now, asked.past),
        notes: notes(&wish.0.when, kept.is_some(), paused, &preview.slots),
        zone,
        preview,
        jitter,
        collisions,
    });
    Ok(outlook)
}

/// What is wrong with each field alone; and a definition with those of the task.
fn errors(asked: &Asked, before: &[Schedule], world: &World, context: &Context) -> (Vec<Wrong>, Definition) {
    let mut definition = Definition::new("", Work::Command(String::new()));
    let mut errors = Vec::new();
    let text_of = |key: &str| asked.fields.iter().find(|(k, _)| *k == key).map_or("", |(_, text)| text.as_str());
    let is_blank = asked.texts.get(asked.at).is_none_or(String::is_empty);
    // What stands there unchanged is right, also a time that has passed.
    let is_kept = asked.texts.get(asked.at).is_some_and(|text| {
        let as_before = |kept: &Schedule| wish_text(&kept.rule, &kept.zone, &world.zone_name, context) == *text;
        before.iter().any(as_before)
    });
    let rules = match text_of(ZONE).trim() {
        "" => Ok(context.zone.clone()),
        name => zone::zone(name),
    };
    let when = rule::split(text_of("when")).0;
    if when.contains(';') {
        let column = when.chars().position(|c| c == ';').map(|at| at + 1);
        let text = "one schedule is here: another one is added beside it".to_owned();
        errors.push(Wrong { key: "when", column, text });
    } else if !is_blank && !is_kept {
        let read =
            When::parse_for(Spread::by(&slug(&asked.name)), when, rules.as_ref().unwrap_or(&context.zone), context.now);
        errors.extend(read.err().map(|error| wrong_when(&error)));
    }
    if !is_kept {
        errors.extend(rules.err().map(|error| Wrong { key: ZONE, column: None, text: error.to_string() }));
    }
    for (key, _) in OPTIONS {
        let result = Options::default().set(key, text_of(key), &context.folder);
        errors.extend(result.err().map(|text| keyed(&text)));
    }
    for key in ["overlap", "timeout"] {
        let text = text_of(key);
        // Without a value the one by default holds.
        let result = match Field::named(key) {
            Ok(field) if !text.trim().is_empty() => field.set(&mut definition, text, context),
            _ => Ok(()),
        };
        errors.extend(result.err().map(|text| keyed(&text)));
    }
    (errors, definition)
}

fn is_of_task(key: &str) -> bool {
    matches!(key, "overlap" | "timeout")
}

fn wrong_when(error: &WhenError) -> Wrong {
    let (column, text) = match error {
        WhenError::Cron(error) => (Some(error.column), format!("{}: {}", error.field, error.problem)),
        WhenError::Phrase(error) => (Some(error.column), error.problem.clone()),
        other => (None, other.to_string()),
    };
    Wrong { key: "when", column, text }
}

/// A text that begins with the key of a field, at that field; any other at the first one.
fn keyed(text: &str) -> Wrong {
    let mut keys = OPTIONS.iter().map(|(key, _)| *key).chain([ZONE, "overlap", "timeout"]);
    let found = keys.find_map(|key| Some((key, text.strip_prefix(key)?.strip_prefix(": ")?)));
    let (key, text) = found.unwrap_or(("when", text));
    Wrong { key, column: None, text: text.to_owned() }
}

/// How long runs of the task usually take, and of how many that is known.
fn usual(reader: &Reader, task: Option<TaskId>) -> Result<Option<(Duration, usize)>> {
    let Some(task) = task else { return Ok(None) };
    let durations = runs::durations(reader, task, DURATIONS)?;
    Ok(forecast::usual(&durations).map(|usual| (usual, durations.len())))
}

/// What will go wrong because runs take longer than there is time.
fn warnings(definition: &Definition, usual: Option<(Duration, usize)>, slots: &[Next]) -> Vec<String> {
    let Some((usual, count)) = usual else { return Vec::new() };
    let mut warnings = Vec::new();
    let takes = format!("runs usually take {} (p95 of {count})", about(usual));
    let shortest = slots.iter().filter_map(|next| next.since).min().and_then(|since| Duration::try_from(since).ok());
    if let Some(shortest) = shortest.filter(|shortest| *shortest < usual) {
        let overlap = definition.execution.overlap;
        let outcome = match overlap {
            Overlap::Skip => Some("slots are lost".to_owned()),
            Overlap::Queue => Some("they wait, and of those that wait only the latest runs".to_owned()),
            Overlap::QueueAll => Some("ever more of them wait".to_owned()),
            Overlap::Replace => Some("runs are stopped before their end".to_owned()),
            Overlap::Parallel(n) if shortest.saturating_mul(n.into()) < usual => Some("slots are lost".to_owned()),
            Overlap::Parallel(_) => None,
        };
        let distance = about(shortest);
        warnings.extend(
            outcome.map(|outcome| {
                format!("{takes}, the shortest distance is {distance}: with overlap {overlap} {outcome}")
            }),
        );
    }
    if let Some(timeout) = definition.execution.timeout.filter(|timeout| *timeout < usual) {
        warnings.push(format!("{takes}: with a timeout of {} they are stopped before their end", about(timeout)));
    }
    warnings
}

fn notes(when: &When, kept: bool, paused: bool, slots: &[Next]) -> Vec<String> {
    let mut notes = Vec::new();
    match when {
        When::Startup => notes.push("once for each boot of the machine, when Tempo first starts after it".to_owned()),
        When::At(_) if slots.is_empty() => notes.push("it has passed: nothing comes".to_owned()),
        When::Every(_) if !kept => notes.push("counted from when it is saved".to_owned()),
        When::Cron(_) | When::Every(_) | When::At(_) => {}
    }
    if paused {
        notes.push("the task is paused: nothing comes before it is resumed".to_owned());
    }
    notes
}

/// Other tasks that are due at the same instant as one of these slots. As many schedules and evaluations as are bounded: a preview
/// may not take longer because there are many tasks.
fn collisions(reader: &Reader, task: Option<TaskId>, slots: &[Next], zone: &TimeZone) -> Result<Option<String>> {
    let instants: Vec<Timestamp> = slots.iter().map(|next| next.due.at).collect();
    let Some(last) = instants.last() else { return Ok(None) };
    let mut met: Vec<(String, Timestamp)> = Vec::new();
    let mut asked = 0;
    let rows = schedules::agenda(reader, None, OTHERS)?;
    let last_row = rows.last().and_then(|row| row.schedule.slot_at);
    let mut more = rows.len() == OTHERS && last_row.is_some_and(|at| at <= *last);
    let mut looked_at = 0;
    for row in rows {
        if asked >= MOST_ASKED {
            more = true;
            break;
        }
        looked_at += 1;
        let other = &row.schedule;
        let known = Some(other.task) == task || met.iter().any(|(slug, _)| *slug == row.slug);
        if known || other.slot_at.is_none_or(|at| at > *last) {
            continue;
        }
        let Ok(its_zone) = schedules::zone_of(other) else { continue };
        if let Some(at) = first_shared(&instants, &other.timetable(&its_zone), &mut asked) {
            met.push((row.slug, at));
        }
    }
    met.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let first = met.iter().take(NAMED);
    let mut names: Vec<String> =
        first.map(|(slug, at)| format!("{slug} {}", at.to_zoned(zone.clone()).strftime("%a %R"))).collect();
    if met.len() > NAMED {
        names.push(format!("{} more", met.len() - NAMED));
    }
    let names = match &names[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    };
    Ok(match (met.is_empty(), more) {
        (true, false) => None,
        (true, true) => Some(format!("no collisions with the {looked_at} schedules that are due first")),
        (false, false) => Some(format!("collides with {names}")),
        (false, true) => Some(format!("collides with {names}, of the {looked_at} schedules that are due first")),
    })
}

//! `tempo why`: what became of each slot of a task, when it rested, and what holds for it now.

use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::table::{Cell, Table, Tone};
use super::witness::Witness;
use super::{CliError, Context, Result};
use crate::config::Loaded;
use crate::domain::after;
use crate::domain::quantity::parse_time;
use crate::domain::run::Run;
use crate::domain::schedule::{Decision, Schedule};
use crate::domain::why::{EngineNow, Entry, Pause, Standing, about, clock};
use crate::domain::{RunId, ScheduleId, zone};
use crate::store::{Db, From, pauses, schedules, tasks, why};

/// Entries that are read at once.
const PAGE: usize = 200;

/// Of which task, and how far back.
#[derive(Debug, clap::Args)]
#[command(after_help = "LATE is from the due time to the start of the run, or to the decision when there was none.
With --at the one answer to `why did it not run then?`: what was due at that minute, or what was around it.")]
pub struct Args {
    /// The task
    task: String,
    /// Everything since then, however many; else the newest
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what there is to say about that minute, or that second in 2:00:30; 2:00 is the last time the clock showed it
    #[arg(long, value_name = "TIME", conflicts_with = "since")]
    at: Option<String>,
    /// At most this many
    #[arg(short = 'n', long = "number", value_name = "N")]
    number: Option<usize>,
}

/// Entries without `-n` and `--since`.
const NEWEST: usize = 20;

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let since = args.since.as_deref().map(|text| instant(cx, "since", text)).transpose()?;
    let at = args.at.as_deref().map(|text| instant(cx, "at", text)).transpose()?;
    let most = args.number.unwrap_or(if since.is_some() { usize::MAX } else { NEWEST });
    let store = cx.store()?;
    let db = store.reader()?;
    let task = tasks::find(&db, &args.task)?;
    let witness = cx.witness()?;
    let mut standing = why::standing(&db, task.id)?;
    let sentences = now(cx, &witness, &mut standing)?;
    if let Some(at) = at {
        return answer(cx, &db, &standing, at);
    }
    for text in sentences {
        say(cx, &task.slug, &text)?;
    }
    let mut table = Table::new(&["DUE", "DECISION", "RUN", "ENDED", "LATE", "WHY"]);
    let mut left = most;
    let mut from = From::Start;
    let mut any = false;
    loop {
        let page = why::page(&db, task.id, &from, PAGE.min(left))?;
        let page: Vec<Entry> = page.into_iter().map(|entry| witness.entry(entry)).collect();
        let end = page.len() < PAGE.min(left);
        left -= page.len();
        let since = since.unwrap_or(Timestamp::MIN);
        let wanted: Vec<&Entry> = page.iter().take_while(|entry| entry.key().0 >= since).collect();
        if !any && !wanted.is_empty() && !cx.json {
            writeln!(cx.out)?;
        }
        any |= !wanted.is_empty();
        for entry in &wanted {
            print(cx, &mut table, &task.slug, entry)?;
        }
        let done = end || left == 0 || wanted.len() < page.len();
        if done {
            // A rest that had begun before then and reached into it.
            if let Some(pause) =
                pauses::newest(&db, task.id, Some(since))?.filter(|p| p.until.is_none_or(|u| u > since))
            {
                print(cx, &mut table, &task.slug, &Entry::Pause(pause))?;
            }
        }
        if any && !cx.json {
            table.print(&mut cx.out)?;
        }
        match page.last() {
            Some(last) if !done => from = From::After(last.key()),
            _ => return Ok(()),
        }
    }
}

/// What holds for a task now, in sentences. Runs that have ended unseen are taken out of what is not finished.
pub(super) fn now(cx: &Context, witness: &Witness, standing: &mut Standing) -> Result<Vec<String>> {
    let ended = standing.unfinished.extract_if(.., |run| witness.has_ended(run.id, run.attempt, run.state));
    let ended: Vec<String> = ended.map(|run| witness.run(run)).map(|run| has_ended(&run)).collect();
    let settings = Loaded::read(&cx.paths.settings(), std::env::vars()).settings;
    let engine = EngineNow { runs: cx.has_engine()?, limits: &settings.limits };
    let mut sentences = standing.sentences(engine, &cx.zone, cx.now, true);
    sentences.extend(ended);
    Ok(sentences)
}

fn has_ended(run: &Run) -> String {
    let outcome = run.outcome.map_or_else(String::new, |outcome| format!(" ({outcome})"));
    format!("run #{} has ended{outcome}, which the next engine writes down", run.id)
}

/// Reads a time that has been: a time of day alone is the last one.
pub(super) fn instant(cx: &Context, name: &str, text: &str) -> Result<Timestamp> {
    let refused = |e: &dyn std::fmt::Display| CliError::Refused(format!("{name}: {e}"));
    let at = parse_time(text, &cx.zone, cx.now).map_err(|e| refused(&e))?;
    let time_of_day = text.contains(':') && text.chars().all(|c| c.is_ascii_digit() || c == ':');
    if !time_of_day {
        return Ok(at);
    }
    let on = |day: &str| parse_time(&format!("{day} {text}"), &cx.zone, cx.now).map_err(|e| refused(&e));
    let today = on("today")?;
    if today <= cx.now { Ok(today) } else { on("yesterday") }
}

/// The answer about one minute, or about one second when the time is said with seconds.
fn answer(cx: &mut Context, db: &Db, standing: &Standing, at: Timestamp) -> Result<()> {
    let (task, slug) = (standing.task.id, standing.task.slug.as_str());
    let whole = at.to_zoned(cx.zone.clone()).second() == 0;
    let end = at.checked_add(SignedDuration::from_secs(if whole { 60 } else { 1 })).unwrap_or(at);
    // The newest entries before the end of that minute.
    let before = why::page(db, task, &From::After((end, ScheduleId(i64::MIN))), PAGE)?;
    let due: Vec<&Entry> = before.iter().filter(|e| matches!(e, Entry::Slot(..)) && e.key().0 >= at).collect();
    if !due.is_empty() {
        let mut table = Table::new(&["DUE", "DECISION", "RUN", "ENDED", "LATE", "WHY"]);
        for entry in due {
            print(cx, &mut table, slug, entry)?;
        }
        if !cx.json {
            table.print(&mut cx.out)?;
        }
        return Ok(());
    }
    let time = clock(at, &cx.zone);
    let rest = pauses::newest(db, task, Some(end))?.filter(|pause| pause.until.is_none_or(|until| until > at));
    let zone = cx.zone.clone();
    let mut said = Vec::new();
    if at < standing.task.created_at {
        said.push(format!("the task was added later: {}", clock(standing.task.created_at, &zone)));
    } else if let Some(pause) = rest {
        said.push(format!("it rested then: {}", rested(&pause, cx)));
    } else if let (true, Some(after)) = (standing.schedules.is_empty(), after::sentence(&standing.upstreams)) {
        said.push(after);
    } else if standing.schedules.is_empty() {
        said.push("it has no schedule: it runs when somebody asks".to_owned());
    } else {
        let mut undecided = Vec::new();
        for schedule in &standing.schedules {
            let of = schedules::zone_of(schedule)?;
            let rule = format!("{} ({})", schedule.rule.text_in(&of), schedule.zone);
            let from = at.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(at);
            // A slot at that very time counts.
            match schedule.next_after(from, &of) {
                Some(due) if due.at < end && due.at > schedule.watermark => {
                    undecided.push(format!("{rule}: {}", undecided_slot(schedule, due.at, cx)));
                }
                _ if schedule.anchor > at => {
                    said.push(format!("{rule} was set later: {}", clock(schedule.anchor, &zone)));
                }
                Some(due) => said.push(format!("{rule}: the first after it is {}", clock(due.at, &zone))),
                None => said.push(format!("{rule}: none after it")),
            }
        }
        if undecided.is_empty() {
            said.insert(0, format!("no slot {} at {time}", if at > cx.now { "will be due" } else { "was due" }));
        } else {
            said = undecided;
        }
        if let Some(entry) = before.iter().find(|entry| matches!(entry, Entry::Slot(..))) {
            said.push(format!("the last slot before it was {}", clock(entry.key().0, &zone)));
        }
    }
    for text in said {
        say(cx, slug, &text)?;
    }
    Ok(())
}

/// A slot that nothing has become of.
fn undecided_slot(schedule: &Schedule, due: Timestamp, cx: &Context) -> String {
    let start = schedule.start_of(due);
    let start = if start == due { String::new() } else { format!(", and starts {}", clock(start, &cx.zone)) };
    let due_at = clock(due, &cx.zone);
    if due > cx.now {
        format!("a slot will be due {due_at}{start}")
    } else {
        format!("a slot was due {due_at}{start}, and is not decided yet")
    }
}

/// A sentence about now.
#[derive(Debug, Serialize)]
struct SentenceJson<'a> {
    kind: &'static str,
    task: &'a str,
    text: &'a str,
}

fn say(cx: &mut Context, slug: &str, text: &str) -> Result<()> {
    if cx.json {
        return cx.print_json(&SentenceJson { kind: "now", task: slug, text });
    }
    let text = crate::output::to_plain(text.as_bytes());
    writeln!(cx.out, "{text}")?;
    Ok(())
}

/// A slot with what became of it.
#[derive(Debug, Serialize)]
struct WhyJson {
    kind: &'static str,
    schedule: ScheduleId,
    task: String,
    due_at: String,
    zone: String,
    civil: String,
    dst: Option<&'static str>,
    decision: &'static str,
    decided_at: String,
    reason: Option<String>,
    run: Option<RunId>,
    state: Option<&'static str>,
    outcome: Option<&'static str>,
    started_at: Option<String>,
    finished_at: Option<String>,
    run_reason: Option<String>,
    late_s: Option<f64>,
}

/// A rest.
#[derive(Debug, Serialize)]
struct PauseJson<'a> {
    kind: &'static str,
    task: &'a str,
    paused_at: String,
    resumed_at: Option<String>,
    reason: Option<&'a str>,
}

fn print(cx: &mut Context, table: &mut Table, slug: &str, entry: &Entry) -> Result<()> {
    match entry {
        Entry::Pause(pause) if cx.json => {
            let object = PauseJson {
                kind: "pause",
                task: slug,
                paused_at: cx.rfc3339(pause.from),
                resumed_at: pause.until.map(|at| cx.rfc3339(at)),
                reason: pause.reason.as_deref(),
            };
            cx.print_json(&object)?;
        }
        Entry::Slot(slot, run) if cx.json => {
            let run = run.as_deref();
            let object = WhyJson {
                kind: "slot",
                schedule: slot.schedule,
                task: slug.to_owned(),
                due_at: cx.rfc3339(slot.due_at),
                zone: slot.zone.clone(),
                civil: slot.civil.clone(),
                dst: slot.dst_effect().map(crate::domain::when::DstEffect::word),
                decision: slot.decision.word(),
                decided_at: cx.rfc3339(slot.decided_at),
                reason: slot.reason.clone(),
                run: slot.run,
                state: run.map(|run| run.state.word()),
                outcome: run.and_then(|run| run.outcome).map(crate::domain::run::Outcome::word),
                started_at: run.and_then(|run| run.started_at).map(|at| cx.rfc3339(at)),
                finished_at: run.and_then(|run| run.finished_at).map(|at| cx.rfc3339(at)),
                run_reason: run.and_then(|run| run.reason.clone()),
                late_s: entry.late().map(|late| late.as_secs_f64()),
            };
            cx.print_json(&object)?;
        }
        Entry::Pause(pause) => {
            let cells = vec![
                clock(pause.from, &cx.zone).into(),
                Cell::new("paused", Tone::Dim),
                "-".into(),
                "-".into(),
                "-".into(),
                rested(pause, cx).into(),
            ];
            table.row(cells);
        }
        Entry::Slot(slot, run) => {
            let zone = zone::zone(&slot.zone).unwrap_or_else(|_| cx.zone.clone());
            let tone = match slot.decision {
                Decision::Run => Tone::Good,
                Decision::Skipped | Decision::Missed => Tone::Warn,
            };
            let late = entry.late().unwrap_or_default();
            table.row(vec![
                clock(slot.due_at, &zone).into(),
                Cell::new(slot.decision.word(), tone),
                slot.run.map_or_else(|| "-".to_owned(), |run| format!("#{run}")).into(),
                run.as_ref().map_or_else(|| "-".into(), |run| Cell::of_run(run.state, run.outcome, run.is_paused())),
                if late.as_secs() < 60 { format!("{:.1}s", late.as_secs_f64()) } else { about(late) }.into(),
                entry.remark().into(),
            ]);
        }
    }
    Ok(())
}

/// How long a rest lasted, and why it was.
fn rested(pause: &Pause, cx: &Context) -> String {
    let until = match pause.until {
        Some(until) => {
            let length = about(until.duration_since(pause.from).unsigned_abs());
            format!("until {}, for {length}", clock(until, &cx.zone))
        }
        None => "still paused".to_owned(),
    };
    let reason = pause.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{until}{reason}")
}

//! `tempo show`: everything about one task.

use std::io::Write as _;

use serde::Serialize;

use super::json::{EnvironmentJson, RunJson, SlotJson, TaskJson};
use super::note::{self, NoteJson};
use super::series::SeriesJson;
use super::table::{Cell, Table, Tone};
use super::{Context, Result, next};
use crate::domain::ScheduleId;
use crate::domain::field::FIELDS;
use crate::domain::options::{Excluded, Missed};
use crate::domain::quantity::format_duration;
use crate::domain::run::Run;
use crate::domain::schedule::{Decision, Schedule};
use crate::domain::task::{Task, Work};
use crate::domain::why::about;
use crate::store::{Db, From, dependencies, environments, notes, reminders, runs, schedules, slots, tasks, why};

/// Runs and slots that are shown.
const NEWEST: usize = 10;
/// Slots to come that are shown of a schedule.
const COMING: usize = 3;

/// Which task.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The task
    task: String,
}

/// The task's own object and what belongs to it.
#[derive(Debug, Serialize)]
struct ShowJson {
    #[serde(flatten)]
    task: TaskJson,
    command: Option<String>,
    script: Option<String>,
    overlap: String,
    timeout_s: Option<f64>,
    deadline_s: Option<f64>,
    retry: Option<String>,
    grace_s: f64,
    stop_signal: String,
    memory_bytes: Option<u64>,
    cpu_s: Option<f64>,
    open_files: Option<u64>,
    nice: Option<i8>,
    cwd: Option<String>,
    env: std::collections::BTreeMap<String, String>,
    /// Where their values are, never the values.
    secrets: std::collections::BTreeMap<String, String>,
    stdin: Option<String>,
    pty: bool,
    shell: String,
    python: Option<String>,
    environment: Option<EnvironmentJson>,
    after: Vec<String>,
    r#if: Vec<String>,
    if_window_s: f64,
    created_at: String,
    updated_at: String,
    pause_after: Option<u32>,
    expect_by: Option<String>,
    output_cap: Option<String>,
    todo_after: Option<u32>,
    /// The to-do that was opened because it failed.
    todo: Option<String>,
    /// The tasks that wait for this one.
    blocks: Vec<String>,
    /// How long people have worked on it.
    spent_s: f64,
    notes: Vec<NoteJson>,
    series: Option<SeriesJson>,
    /// Those to come, and the newest that came.
    reminds: Vec<ReminderJson>,
    schedules: Vec<ScheduleJson>,
    runs: Vec<RunJson>,
    slots: Vec<SlotJson>,
}

#[derive(Debug, Serialize)]
struct ReminderJson {
    at: String,
    /// When it came; nothing while it is to come.
    came_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct ScheduleJson {
    id: ScheduleId,
    when: String,
    zone: String,
    missed: Option<&'static str>,
    jitter_s: Option<f64>,
    start: Option<String>,
    end: Option<String>,
    except: Vec<String>,
    calendar: Option<String>,
    excluded: Option<&'static str>,
    /// How much later than they are due its slots start, because of the jitter.
    delay_s: f64,
    next: Vec<String>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let db = store.reader()?;
    let task = tasks::find(&db, &args.task)?;
    if cx.json {
        let object = object(cx, &db, &task)?;
        return cx.print_json(&object);
    }
    let context = cx.fields_here()?;
    let has_engine = cx.has_engine()?;
    let mut table = Table::bare();
    table.row(vec!["task".into(), format!("{} (id {})", task.slug, task.id).into()]);
    for field in FIELDS {
        if let Some(value) = field.get(&task.definition, &context) {
            // A command of several lines keeps them.
            for (i, line) in value.lines().enumerate() {
                table.row(vec![if i == 0 { field.key } else { "" }.into(), line.into()]);
            }
            if let (Some(recur), "recur") = (&task.definition.recur, field.key)
                && let Some(words) = recur.words()
            {
                table.row(vec!["".into(), words.as_str().into()]);
            }
        }
    }
    for (name, text) in of_people(cx, &db, &task)? {
        table.row(vec![name.into(), text.into()]);
    }
    super::series::rows(&db, &task, &mut table, cx)?;
    for reminder in reminders::of_task(&db, task.id, NEWEST)? {
        let at = cx.clock(reminder.at);
        let text = match reminder.fired_at {
            Some(came) => format!("{at}, came {}", cx.clock(came)),
            None if reminder.at > cx.now => format!("{at}, to come"),
            None => cx.coming(reminder.at, has_engine),
        };
        table.row(vec!["reminder".into(), text.into()]);
    }
    if let Some(environment) = environments::get(&db, task.id)? {
        table.row(vec!["environment".into(), environment.text().as_str().into()]);
    }
    for schedule in schedules::of_task(&db, task.id)? {
        let zone = schedules::zone_of(&schedule)?;
        let rule = schedule.rule.text_in(&zone);
        let mut coming = coming(&schedule)?.into_iter().map(|due| due.at).peekable();
        let coming = match schedule.next_at.filter(|at| *at <= cx.now && !has_engine) {
            Some(at) => format!(", {}: no engine is running", cx.coming_in(at, &zone, has_engine)),
            None if coming.peek().is_none() => String::new(),
            None => format!(", next {}", coming.map(|at| super::clock_in(at, &zone)).collect::<Vec<_>>().join(", ")),
        };
        let jitter = format_duration(schedule.jitter().unsigned_abs());
        let later = if jitter == "0s" { String::new() } else { format!(", each starts {jitter} later") };
        table.row(vec!["when".into(), format!("{rule} ({}){coming}{later}", schedule.zone).into()]);
        if let Some(Err(trouble)) = &schedule.calendar {
            table.row(vec!["".into(), Cell::new(&format!("excludes nothing by its {trouble}"), Tone::Bad)]);
        }
    }
    for sentence in super::why::now(cx, &cx.witness()?, &mut why::standing(&db, task.id)?)? {
        table.row(vec!["now".into(), sentence.into()]);
    }
    table.print(&mut cx.out)?;
    let all = notes::of_task(&db, task.id)?;
    if !all.is_empty() {
        writeln!(cx.out)?;
        note::print(cx, &all)?;
    }
    print_runs(cx, &db, &task)?;
    print_slots(cx, &db, &task)
}

/// When a person began and ended it, how long that took, since when it is blocked, and the to-do that is about it.
fn of_people(cx: &Context, db: &Db, task: &Task) -> Result<Vec<(&'static str, String)>> {
    let spent = notes::spent(db, task.id, cx.now)?;
    let facts = [
        ("begun", task.begun_at.map(|at| cx.clock(at))),
        ("ended", task.done_at.map(|at| cx.clock(at))),
        ("blocked since", task.blocked_since.map(|at| cx.clock(at))),
        ("spent", (!spent.is_zero()).then(|| about(spent))),
        ("to-do", todo(db, task)?.map(|slug| format!("{slug} is open because it failed"))),
    ];
    Ok(facts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect())
}

/// The to-do that was opened because it failed.
fn todo(db: &Db, task: &Task) -> Result<Option<String>> {
    Ok(task.todo.map(|todo| tasks::get(db, todo)).transpose()?.map(|todo| todo.slug))
}

fn print_runs(cx: &mut Context, db: &Db, task: &Task) -> Result<()> {
    let newest = newest_runs(cx, db, task)?;
    if !newest.is_empty() {
        writeln!(cx.out)?;
        super::runs::table(&newest, cx).print(&mut cx.out)?;
    }
    Ok(())
}

fn newest_runs(cx: &Context, db: &Db, task: &Task) -> Result<Vec<Run>> {
    let witness = cx.witness()?;
    Ok(runs::page(db, Some(task.id), &From::Start, NEWEST)?.into_iter().map(|run| witness.run(run)).collect())
}

fn print_slots(cx: &mut Context, db: &Db, task: &Task) -> Result<()> {
    let newest = slots::of_task(db, task.id, NEWEST)?;
    if newest.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["SLOT", "DECISION", "RUN", "REASON"]);
    for slot in &newest {
        let tone = match slot.decision {
            Decision::Run => Tone::Good,
            Decision::Skipped | Decision::Missed => Tone::Warn,
        };
        table.row(vec![
            cx.clock(slot.due_at).into(),
            Cell::new(slot.decision.word(), tone),
            slot.run.map_or_else(|| "-".to_owned(), |run| run.to_string()).into(),
            slot.reason.as_deref().unwrap_or_default().into(),
        ]);
    }
    writeln!(cx.out)?;
    table.print(&mut cx.out)?;
    Ok(())
}

/// What comes next of a schedule; nothing while it rests.
fn coming(schedule: &Schedule) -> Result<Vec<crate::domain::when::Due>> {
    if schedule.next_at.is_none() {
        return Ok(Vec::new());
    }
    Ok(next::of_schedule(schedule, &schedules::zone_of(schedule)?, COMING))
}

fn object(cx: &Context, db: &Db, task: &Task) -> Result<ShowJson> {
    let mut of_schedules = Vec::new();
    for schedule in schedules::of_task(db, task.id)? {
        let options = &schedule.rule.options;
        of_schedules.push(ScheduleJson {
            id: schedule.id,
            when: schedule.rule.to_string(),
            zone: schedule.zone.clone(),
            missed: options.missed.map(Missed::word),
            jitter_s: options.jitter.map(|width| width.as_secs_f64()),
            start: options.start.map(|edge| edge.to_string()),
            end: options.end.map(|edge| edge.to_string()),
            except: options.except.iter().map(ToString::to_string).collect(),
            calendar: options.calendar.as_ref().map(|path| path.display().to_string()),
            excluded: options.excluded.map(Excluded::word),
            delay_s: schedule.jitter().as_secs_f64(),
            next: coming(&schedule)?.iter().map(|due| cx.rfc3339(due.at)).collect(),
        });
    }
    let execution = &task.definition.execution;
    let (command, script) = match &task.definition.work {
        Work::Command(command) => (Some(command.clone()), None),
        Work::Script(path) => (None, Some(path.display().to_string())),
        Work::Todo(_) => (None, None),
    };
    Ok(ShowJson {
        task: cx.task_json(db, task)?,
        command,
        script,
        overlap: execution.overlap.to_string(),
        timeout_s: execution.timeout.map(|timeout| timeout.as_secs_f64()),
        deadline_s: execution.deadline.map(|deadline| deadline.as_secs_f64()),
        retry: execution.retry.as_ref().map(ToString::to_string),
        grace_s: execution.grace.as_secs_f64(),
        stop_signal: execution.stop_signal.to_string(),
        memory_bytes: execution.limits.memory,
        cpu_s: execution.limits.cpu.map(|cpu| cpu.as_secs_f64()),
        open_files: execution.limits.open_files,
        nice: execution.limits.nice,
        cwd: execution.cwd.as_ref().map(|path| path.display().to_string()),
        env: execution.env.clone(),
        secrets: execution.secrets.iter().map(|s| (s.name.clone(), s.source.to_string())).collect(),
        stdin: execution.stdin.clone(),
        pty: execution.pty,
        shell: execution.shell.display().to_string(),
        python: execution.python.as_ref().map(ToString::to_string),
        environment: environments::get(db, task.id)?.map(|it| cx.environment_json(&it)),
        after: execution.after.iter().map(ToString::to_string).collect(),
        r#if: execution.conditions.iter().map(ToString::to_string).collect(),
        if_window_s: execution.condition_window.as_secs_f64(),
        pause_after: execution.pause_after.map(std::num::NonZeroU32::get),
        expect_by: execution.expect_by.map(|by| by.to_string()),
        output_cap: execution.output_cap.map(|cap| cap.to_string()),
        created_at: cx.rfc3339(task.created_at),
        updated_at: cx.rfc3339(task.updated_at),
        todo_after: execution.todo_after.map(std::num::NonZeroU32::get),
        todo: todo(db, task)?,
        blocks: dependencies::waiting_for(db, task.id)?,
        spent_s: notes::spent(db, task.id, cx.now)?.as_secs_f64(),
        notes: notes::of_task(db, task.id)?.iter().map(|note| NoteJson::of(cx, note)).collect(),
        series: super::series::object(db, task, cx)?,
        reminds: reminders::of_task(db, task.id, NEWEST)?
            .iter()
            .map(|one| ReminderJson { at: cx.rfc3339(one.at), came_at: one.fired_at.map(|at| cx.rfc3339(at)) })
            .collect(),
        schedules: of_schedules,
        runs: newest_runs(cx, db, task)?.iter().map(|run| cx.run_json(run)).collect(),
        slots: slots::of_task(db, task.id, NEWEST)?.iter().map(|slot| cx.slot_json(&task.slug, slot)).collect(),
    })
}

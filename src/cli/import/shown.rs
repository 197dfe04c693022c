//! What an import would make and has made, for people and as JSON.

use std::io::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::super::table::{Cell, Table, Tone};
use super::super::{Context, Result};
use crate::domain::quantity::format_duration;
use crate::domain::task::{Execution, Work};
use crate::foreign::{Job, Plan, Timed};
use crate::output::to_plain;
use crate::store::incoming::Place;

/// A number of tasks in words.
pub(super) fn tasks(number: usize) -> String {
    if number == 1 { "1 task".to_owned() } else { format!("{number} tasks") }
}

/// Everything about every job, what cannot be imported, and what differs for all.
pub(super) fn text(plan: &Plan, places: &[Place], source: &str, cx: &mut Context) -> Result<()> {
    let common = plan.common();
    for (job, place) in plan.jobs.iter().zip(places) {
        let (slug, state, tone) = match place {
            Place::New(slug) => (slug, "new", Tone::Good),
            Place::Created(slug) => (slug, "created", Tone::Good),
            Place::There(slug) => (slug, "already there, skipped", Tone::Dim),
        };
        let paused = if job.definition.paused && !matches!(place, Place::There(_)) { ", paused" } else { "" };
        let mut table = Table::bare();
        table.row(vec![slug.into(), Cell::new(&format!("{state}{paused}"), tone), Cell::new(&job.place, Tone::Dim)]);
        table.print(&mut cx.out)?;
        if !matches!(place, Place::There(_)) {
            details(job, &common, cx)?;
        }
        writeln!(cx.out)?;
    }
    if !plan.refused.is_empty() {
        writeln!(cx.out, "not imported:")?;
        for refused in &plan.refused {
            writeln!(cx.out, "  {}  {}", plain(&refused.place), plain(&refused.text))?;
            writeln!(cx.out, "    {}", plain(&refused.why))?;
        }
        writeln!(cx.out)?;
    }
    if !plan.notes.is_empty() || !common.is_empty() {
        writeln!(cx.out, "for all of them:")?;
        for note in common.into_iter().chain(&plan.notes) {
            writeln!(cx.out, "  - {}", plain(note))?;
        }
        writeln!(cx.out)?;
    }
    if plan.jobs.is_empty() && plan.refused.is_empty() {
        writeln!(cx.out, "there is nothing to import in {}", plain(source))?;
    } else if !plan.jobs.is_empty() && places.iter().all(|place| matches!(place, Place::There(_))) {
        writeln!(cx.out, "everything that can be imported is already there")?;
    }
    Ok(())
}

fn details(job: &Job, common: &[&String], cx: &mut Context) -> Result<()> {
    let mut table = Table::bare();
    let mut row = |key: &str, value: &str| {
        for (i, line) in value.lines().enumerate() {
            table.row(vec!["".into(), Cell::new(if i == 0 { key } else { "" }, Tone::Dim), line.into()]);
        }
    };
    let Execution { timeout, grace, cwd, env, shell, .. } = &job.definition.execution;
    for timed in &job.schedules {
        row("when", &timed.sentence(cx.now, &cx.zone, &cx.zone_name));
    }
    if let Work::Command(command) = &job.definition.work {
        row("command", command);
    }
    if !env.is_empty() {
        let variables: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        row("env", &variables.join(" "));
    }
    if let Some(cwd) = cwd {
        row("cwd", &cwd.display().to_string());
    }
    let usual = Execution::default();
    if *shell != usual.shell {
        row("shell", &shell.display().to_string());
    }
    if let Some(timeout) = timeout {
        row("timeout", &format_duration(*timeout));
    }
    if *grace != usual.grace {
        row("grace", &format_duration(*grace));
    }
    for note in job.notes.iter().filter(|note| !common.contains(note)) {
        row("note", note);
    }
    table.print(&mut cx.out)?;
    Ok(())
}

/// What was created, and how the originals are switched off.
pub(super) fn done(plan: &Plan, places: &[Place], cx: &mut Context) -> Result<()> {
    let created = places.iter().filter(|place| matches!(place, Place::Created(_))).count();
    let there = match places.len() - created {
        0 => String::new(),
        there => format!(", {there} already there"),
    };
    let refused = match plan.refused.len() {
        0 => String::new(),
        refused => format!(", {refused} not imported"),
    };
    writeln!(cx.out, "created {}{there}{refused}", tasks(created))?;
    writeln!(cx.out, "the originals were not touched, and both would run; switch the originals off:")?;
    for line in plan.switch_off() {
        writeln!(cx.out, "  {}", plain(&line))?;
    }
    Ok(())
}

fn plain(text: &str) -> String {
    to_plain(text.as_bytes())
}

#[derive(Serialize)]
struct PlanJson<'a> {
    tasks: Vec<JobJson<'a>>,
    refused: Vec<RefusedJson<'a>>,
    notes: &'a [String],
    created: usize,
}

#[derive(Serialize)]
struct JobJson<'a> {
    place: &'a str,
    slug: &'a str,
    name: &'a str,
    /// `new`, `there` or `created`.
    state: &'static str,
    command: Option<&'a str>,
    schedules: Vec<TimedJson<'a>>,
    paused: bool,
    env: &'a std::collections::BTreeMap<String, String>,
    cwd: Option<String>,
    shell: String,
    timeout_s: Option<f64>,
    grace_s: f64,
    notes: &'a [String],
    off: &'a str,
}

#[derive(Serialize)]
struct TimedJson<'a> {
    when: String,
    zone: &'a str,
    original: &'a str,
    next: Option<String>,
}

#[derive(Serialize)]
struct RefusedJson<'a> {
    place: &'a str,
    text: &'a str,
    reason: &'a str,
}

/// The same as one object.
pub(super) fn json(plan: &Plan, places: &[Place], cx: &mut Context) -> Result<()> {
    let task = |(job, place): (_, _)| -> JobJson<'_> {
        let (job, place): (&Job, &Place) = (job, place);
        let (slug, state) = match place {
            Place::New(slug) => (slug, "new"),
            Place::There(slug) => (slug, "there"),
            Place::Created(slug) => (slug, "created"),
        };
        let execution = &job.definition.execution;
        let timed = |timed| -> TimedJson<'_> {
            let timed: &Timed = timed;
            let next = timed.next(cx.now).map(|at| cx.rfc3339(at));
            TimedJson { when: timed.rule.to_string(), zone: &timed.zone, original: &timed.original, next }
        };
        JobJson {
            place: &job.place,
            slug,
            name: &job.definition.name,
            state,
            command: match &job.definition.work {
                Work::Command(command) => Some(command),
                Work::Script(_) | Work::Todo(_) => None,
            },
            schedules: job.schedules.iter().map(timed).collect(),
            paused: job.definition.paused,
            env: &execution.env,
            cwd: execution.cwd.as_ref().map(|cwd| cwd.display().to_string()),
            shell: execution.shell.display().to_string(),
            timeout_s: execution.timeout.map(|timeout: Duration| timeout.as_secs_f64()),
            grace_s: execution.grace.as_secs_f64(),
            notes: &job.notes,
            off: &job.off,
        }
    };
    let object = PlanJson {
        tasks: plan.jobs.iter().zip(places).map(task).collect(),
        refused: plan
            .refused
            .iter()
            .map(|refused| RefusedJson { place: &refused.place, text: &refused.text, reason: &refused.why })
            .collect(),
        notes: &plan.notes,
        created: places.iter().filter(|place| matches!(place, Place::Created(_))).count(),
    };
    cx.print_json(&object)
}

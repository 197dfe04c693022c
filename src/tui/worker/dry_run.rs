//! What a run would execute, by the code that makes it: nothing runs.

use std::fs;

use jiff::Timestamp;

use super::super::model::extras::{Asking, DryRun, Extras};
use crate::domain::RunId;
use crate::domain::argument::quoted;
use crate::domain::quantity::format_duration;
use crate::domain::run::{Run, RunState, Trigger};
use crate::domain::task::Task;
use crate::store::{Reader, Result, runs, tasks};
use crate::supervise::{self, Own};

/// What would be executed, or what is wrong with what was typed.
pub(super) fn dry_run(reader: &Reader, asking: &Asking) -> Result<std::result::Result<DryRun, String>> {
    let task = tasks::get(reader, asking.task)?;
    let order = Extras {
        task: asking.task,
        slug: task.slug.clone(),
        args: asking.args.clone(),
        env: asking.env.clone(),
        notify: false,
    };
    let own = match (order.arguments(), order.variables()) {
        (Ok(args), Ok(env)) => Own { args, env, environment: None },
        (Err(e), _) | (_, Err(e)) => return Ok(Err(e)),
    };
    let mut problems = Vec::new();
    if let Some((run, state)) = runs::unfinished(reader, task.id)?.first() {
        let state = state.to_string().replace('_', " ");
        problems.push(format!("#{run} is {state}: it is asked about before another one is queued"));
    }
    Ok(Ok(parts(&task, own, problems)))
}

fn parts(task: &Task, own: Own, mut problems: Vec<String>) -> DryRun {
    let overrides = own.env.clone();
    let execution = &task.definition.execution;
    let spec = supervise::command(&stand_in(task), task, own, None, None);
    let mut parts = Vec::new();
    let mut add = |name: &str, text: String| parts.push((name.to_owned(), text));
    let argv: Vec<String> = spec.argv.iter().map(|argument| quoted(argument)).collect();
    add("executes", argv.join(" "));
    add("in", spec.cwd.display().to_string());
    if !spec.cwd.is_dir() {
        problems.push(format!("{} is no folder: it could not start", spec.cwd.display()));
    }
    add("as", user());
    for (name, value) in &spec.env {
        let before = execution.env.get(name);
        let note = match (overrides.contains_key(name), before) {
            (true, Some(before)) if before == value => "  (as the task has it)".to_owned(),
            (true, Some(before)) => format!("  (the task has {})", quoted(before)),
            (true, None) if execution.secrets.iter().any(|secret| secret.name == *name) => {
                "  (instead of the task's secret)".to_owned()
            }
            (true, None) => "  (this run alone)".to_owned(),
            (false, Some(_)) => "  (of the task)".to_owned(),
            (false, None) => String::new(),
        };
        // Its number is given to it when it is queued.
        let value = if name == "TEMPO_RUN_ID" { "the number of the run".to_owned() } else { quoted(value) };
        add("with", format!("{name}={value}{note}"));
    }
    for secret in &spec.secrets {
        add("with", format!("{}=...  (a secret, read when it starts)", secret.name));
    }
    add("without", format!("{} of the environment of Tempo", spec.env_remove.join(" ")));
    let stdin = spec.stdin.as_ref().map_or_else(|| "nothing".to_owned(), |text| format!("{} bytes", text.len()));
    add("stdin", stdin);
    if spec.pty {
        add("prints to", "a terminal of its own".to_owned());
    }
    if let Some(timeout) = execution.timeout {
        add("stopped", format!("after {}", format_duration(timeout)));
    }
    DryRun { parts, problems }
}

/// The run as it would be, but for its number.
fn stand_in(task: &Task) -> Run {
    Run {
        id: RunId(0),
        task: task.id,
        slug: task.slug.clone(),
        state: RunState::Queued,
        outcome: None,
        trigger: Trigger::Manual,
        attempt: 1,
        attempts: 1,
        retry_at: None,
        slot: None,
        queued_at: Timestamp::UNIX_EPOCH,
        not_before: None,
        started_at: None,
        finished_at: None,
        pause_requested: false,
        paused_at: None,
        kill_at: None,
        usage: None,
        limits: None,
        reason: None,
        came_after: None,
        removed: None,
    }
}

/// Whoever this process belongs to: its engine, and any other on this data folder, too.
fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let name = fs::read_to_string("/etc/passwd").ok().and_then(|text| {
        let mut fields = text.lines().map(|line| line.split(':'));
        fields.find_map(|mut line| {
            let (name, _, id) = (line.next()?, line.next()?, line.next()?);
            (id.parse() == Ok(uid)).then(|| name.to_owned())
        })
    });
    name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})"))
}

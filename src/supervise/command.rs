//! From a task to what its supervisor executes: the argument vector and the environment (R9).

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::spec::Spec;
use crate::domain::keep::{LEAST_CAP, OutputCap};
use crate::domain::limits::Limits;
use crate::domain::run::Run;
use crate::domain::signal::StopSignal;
use crate::domain::task::{Task, Work};

/// Variables that are not inherited (R9): what belongs to a terminal, a login or the service manager of this process, and
/// not to the work; and the variables of another run, when this process was started by one.
const NOT_INHERITED: &[&str] = &[
    "TERM*",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "TMUX*",
    "STY",
    "WINDOW",
    "WINDOWID",
    "VTE_VERSION",
    "SSH_TTY",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "XDG_SESSION_*",
    "XDG_SEAT",
    "XDG_VTNR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "LISTEN_*",
    "WATCHDOG_*",
    "TEMPO_RUN_ID",
    "TEMPO_TASK",
    "TEMPO_ATTEMPT",
    "TEMPO_TRIGGER",
    "TEMPO_SCHEDULED_FOR",
    "TEMPO_RUN_FOLDER",
];

/// What one run has beside its task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// Arguments behind those of the task.
    pub args: Vec<String>,
    /// Variables that go before those of the task, secrets among them; the ones of Tempo's own go before these.
    pub env: BTreeMap<String, String>,
    /// The environment of a Python script, in which it is executed.
    pub environment: Option<PathBuf>,
}

/// What the supervisor of this run is told to execute, with what is left of its deadline over all attempts (R5), and the cap of its
/// output when the task has none of its own (O2).
pub fn command(run: &Run, task: &Task, own: Own, left: Option<Duration>, output_cap: Option<u64>) -> Spec {
    let execution = &task.definition.execution;
    // O1: a Python that does not print to a terminal would hold its output back.
    let mut env = BTreeMap::from([("PYTHONUNBUFFERED".to_owned(), "1".to_owned())]);
    if execution.pty {
        env.insert("TERM".to_owned(), "xterm-256color".to_owned());
    }
    env.extend(execution.env.clone());
    let secrets = execution.secrets.iter().filter(|secret| !own.env.contains_key(&secret.name)).cloned().collect();
    env.extend(own.env);
    let mut env_remove: Vec<String> = NOT_INHERITED.iter().map(|&name| name.to_owned()).collect();
    if let Some(folder) = &own.environment {
        activate(folder, &mut env);
        env_remove.push("PYTHONHOME".to_owned());
    }
    env.extend([
        ("TEMPO_RUN_ID".to_owned(), run.id.to_string()),
        ("TEMPO_TASK".to_owned(), task.slug.clone()),
        ("TEMPO_ATTEMPT".to_owned(), run.attempt.to_string()),
        ("TEMPO_TRIGGER".to_owned(), run.trigger.word().to_owned()),
    ]);
    if let Some((_, due)) = run.slot {
        env.insert("TEMPO_SCHEDULED_FOR".to_owned(), due.to_string());
    }
    Spec {
        run: run.id,
        attempt: run.attempt,
        argv: argv(task, own.args, own.environment.as_deref()),
        env,
        env_remove,
        cwd: execution.cwd.clone().or_else(std::env::home_dir).unwrap_or_else(|| PathBuf::from("/")),
        timeout_ms: execution.timeout.map(millis),
        deadline_ms: left.map(millis),
        grace_ms: millis(execution.grace),
        stop_signal: execution.stop_signal.number(),
        pty: execution.pty,
        stdin: execution.stdin.clone(),
        secrets,
        limits: execution.limits.clone(),
        output_cap: execution.output_cap.map_or(output_cap, OutputCap::bytes),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A command that is a condition is given up after this long.
const CHECK_TIMEOUT_MS: u64 = 60_000;

/// How the command that is a condition of this run is executed (R10): as the run would be, but for no longer than a minute.
pub fn check(run: &Run, task: &Task, text: &str) -> Spec {
    let shell = task.definition.execution.shell.display().to_string();
    Spec {
        argv: vec![shell, "-c".to_owned(), text.to_owned(), task.slug.clone()],
        timeout_ms: Some(CHECK_TIMEOUT_MS),
        grace_ms: 1000,
        stop_signal: StopSignal::TERM.number(),
        pty: false,
        stdin: None,
        // Nobody reads it.
        output_cap: Some(LEAST_CAP),
        ..command(run, task, Own::default(), None, None)
    }
}

/// As the script `activate` of an environment sets them.
fn activate(folder: &Path, env: &mut BTreeMap<String, String>) {
    let bin = folder.join("bin").display().to_string();
    let path = env.get("PATH").cloned().or_else(|| std::env::var("PATH").ok()).filter(|path| !path.is_empty());
    env.insert("PATH".to_owned(), path.map_or_else(|| bin.clone(), |path| format!("{bin}:{path}")));
    env.insert("VIRTUAL_ENV".to_owned(), folder.display().to_string());
    env.remove("PYTHONHOME");
}

/// How this run builds the environment of its task's script: with the variables and secrets of the task, so that its index is found,
/// in the folder of the script, and with none of the limits of its work.
pub fn build(run: &Run, task: &Task, argv: Vec<String>, input: String, output_cap: Option<u64>) -> Spec {
    let spec = command(run, task, Own::default(), None, output_cap);
    let folder = match &task.definition.work {
        Work::Script(script) => script.parent().map(Path::to_owned),
        Work::Command(_) | Work::Todo(_) => None,
    };
    Spec {
        argv,
        cwd: folder.unwrap_or(spec.cwd),
        timeout_ms: None,
        stop_signal: StopSignal::TERM.number(),
        pty: false,
        stdin: Some(input),
        limits: Limits::default(),
        output_cap,
        ..spec
    }
}

fn argv(task: &Task, args: Vec<String>, environment: Option<&Path>) -> Vec<String> {
    let shell = task.definition.execution.shell.display().to_string();
    let mut vector = match &task.definition.work {
        // As `sh -c` has it: the name for messages, then $1, $2, ...
        Work::Command(command) => vec![shell, "-c".to_owned(), command.clone(), task.slug.clone()],
        Work::Script(path) => {
            let script = path.display().to_string();
            let python = environment.map(|folder| folder.join("bin/python").display().to_string());
            match interpreter(path) {
                _ if python.is_some() => python.into_iter().chain([script]).collect(),
                Some(interpreter) => vec![interpreter.to_owned(), script],
                None if is_executable(path) => vec![script],
                None => vec![shell, script],
            }
        }
        // The store queues no run of a to-do.
        Work::Todo(_) => vec!["true".to_owned()],
    };
    vector.extend(args);
    vector
}

/// For a file that cannot be executed by itself, the program for its extension.
fn interpreter(path: &Path) -> Option<&'static str> {
    if is_executable(path) {
        return None;
    }
    match path.extension()?.to_str()? {
        "py" => Some("python3"),
        "bash" => Some("bash"),
        "pl" => Some("perl"),
        "rb" => Some("ruby"),
        _ => None,
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

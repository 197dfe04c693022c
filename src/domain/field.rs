//! The fields of a task's definition as text: one table for `add`, `set`, `show`, import files and the dashboard's forms.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::after;
use super::condition;
use super::dependency;
use super::due;
use super::group;
use super::limits::{FEWEST_FILES, LEAST_MEMORY};
use super::python::Choice;
use super::quantity::{format_duration, format_size, parse_duration, parse_size, parse_time};
use super::recur::Recur;
use super::reminder;
use super::retry::Retry;
use super::secret;
use super::signal::StopSignal;
use super::task::{Definition, Priority, Status, Work};
use super::types::Types;

/// Characters of a name.
pub const LONGEST_NAME: usize = 200;

/// What the meaning of a text depends on.
#[derive(Debug, Clone)]
pub struct Context {
    /// In which times are read and shown.
    pub zone: TimeZone,
    /// The instant from which relative times count.
    pub now: Timestamp,
    /// The folder from which relative paths count.
    pub folder: PathBuf,
    /// The types that the settings declare; `None` when what is read was found right before, and is not checked by them.
    pub types: Option<Arc<Types>>,
}

/// One field.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name in `tempo set`, in import files and (as `--key`) in `tempo add`.
    pub key: &'static str,
    /// What it is, with the form of its values.
    pub help: &'static str,
    set: fn(&mut Definition, &str, &Context) -> Result<(), String>,
    get: fn(&Definition, &Context) -> Option<String>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key)
    }
}

impl Field {
    /// The field with this name; the error names those that there are.
    pub fn named(key: &str) -> Result<&'static Self, String> {
        FIELDS.iter().find(|field| field.key == key).ok_or_else(|| {
            let keys: Vec<&str> = FIELDS.iter().map(|field| field.key).collect();
            format!("there is no field `{key}`; there are {}", keys.join(", "))
        })
    }

    /// Sets it from text. An empty text takes an optional value away. The error says what would be right.
    pub fn set(&self, definition: &mut Definition, text: &str, context: &Context) -> Result<(), String> {
        (self.set)(definition, text.trim(), context).map_err(|e| format!("{}: {e}", self.key))
    }

    /// Its value as text that [`Field::set`] reads back; `None` when it does not apply or nothing is set.
    pub fn get(&self, definition: &Definition, context: &Context) -> Option<String> {
        (self.get)(definition, context)
    }
}

/// A field of a type as the field `field` takes it, whatever stands in its value.
pub fn custom(name: &str, value: &str) -> String {
    format!("{name}={}", value.replace('\\', "\\\\").replace(';', "\\;"))
}

/// The parts of a text between `;`, of which one behind a backslash is a part of it.
fn parts(text: &str) -> Vec<String> {
    let (mut all, mut part) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ';' => all.push(std::mem::take(&mut part)),
            '\\' => part.push(chars.next_if(|c| matches!(c, ';' | '\\')).unwrap_or(c)),
            c => part.push(c),
        }
    }
    all.push(part);
    all
}

/// Every field.
pub const FIELDS: &[Field] = &[
    Field {
        key: "name",
        help: "what people call it",
        set: |d, text, _| {
            if text.is_empty() {
                return Err("a name is needed".to_owned());
            }
            if text.chars().any(char::is_control) {
                return Err("a name is one line, without control characters".to_owned());
            }
            if text.chars().count() > LONGEST_NAME {
                return Err(format!("a name has at most {LONGEST_NAME} characters"));
            }
            if super::name::slug(text).is_empty() {
                return Err(format!("`{text}` needs at least one letter or digit"));
            }
            text.clone_into(&mut d.name);
            Ok(())
        },
        get: |d, _| Some(d.name.clone()),
    },
    Field {
        key: "command",
        help: "a shell command line",
        set: |d, text, _| {
            if text.is_empty() {
                return Err("a command cannot be empty".to_owned());
            }
            d.work = Work::Command(text.to_owned());
            Ok(())
        },
        get: |d, _| match &d.work {
            Work::Command(command) => Some(command.clone()),
            Work::Script(_) | Work::Todo(_) => None,
        },
    },
    Field {
        key: "script",
        help: "path of a script file",
        set: |d, text, context| {
            let path = existing(text, context, Path::is_file, "file")?;
            d.work = Work::Script(path);
            Ok(())
        },
        get: |d, _| match &d.work {
            Work::Script(path) => Some(path.display().to_string()),
            Work::Command(_) | Work::Todo(_) => None,
        },
    },
    Field {
        key: "status",
        help: "of a to-do: open, in_progress, completed or cancelled",
        set: |d, text, _| match (&mut d.work, Status::said(text)) {
            (Work::Todo(status), Some(new)) => {
                *status = new;
                Ok(())
            }
            (Work::Todo(_), None) => Err(format!("`{text}` is not open, in_progress, completed or cancelled")),
            (Work::Command(_) | Work::Script(_), _) => Err("only a to-do has a status".to_owned()),
        },
        get: |d, _| match d.work {
            Work::Todo(status) => Some(status.word().to_owned()),
            Work::Command(_) | Work::Script(_) => None,
        },
    },
    Field {
        key: "category",
        help: "a path such as media/backup",
        set: |d, text, _| {
            text.trim_matches('/').clone_into(&mut d.category);
            Ok(())
        },
        get: |d, _| some(&d.category),
    },
    Field {
        key: "tags",
        help: "words, separated by commas",
        set: |d, text, _| {
            let mut tags: Vec<String> =
                text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
            tags.sort();
            tags.dedup();
            d.tags = tags;
            Ok(())
        },
        get: |d, _| some(&d.tags.join(",")),
    },
    Field {
        key: "priority",
        help: "1 (first) to 10 (last)",
        set: |d, text, _| {
            let priority = text.parse().ok().and_then(Priority::new);
            d.priority = priority.ok_or_else(|| format!("`{text}` is not a number from 1 to 10"))?;
            Ok(())
        },
        get: |d, _| Some(d.priority.to_string()),
    },
    Field {
        key: "assignee",
        help: "who does it or answers for it",
        set: |d, text, _| {
            d.assignee = some(text);
            Ok(())
        },
        get: |d, _| d.assignee.clone(),
    },
    Field {
        key: "due",
        help: "when a to-do should be done: 2026-12-24 18:00, tomorrow 9:00, +2h",
        set: |d, text, context| {
            d.due_at = optional(text, |text| parse_time(text, &context.zone, context.now).map_err(|e| e.to_string()))?;
            Ok(())
        },
        get: |d, context| d.due_at.map(|at| due::text(at, &context.zone)),
    },
    Field {
        key: "remind",
        help: "when to remind of it: 1d and 2h before it is due, 0s when it is, or 2026-12-24 9:00; several with commas",
        set: |d, text, context| {
            d.reminders = reminder::parse(text, &context.zone, context.now)?;
            Ok(())
        },
        get: |d, context| {
            let all: Vec<String> = d.reminders.iter().map(|one| one.text_in(&context.zone)).collect();
            some(&all.join(", "))
        },
    },
    Field {
        key: "recur",
        help: "how a to-do comes again: every month, weekdays at 9:00 or 0 9 * * 1 by the calendar, 1 week after done; until=DAY ends it",
        set: |d, text, context| {
            d.recur = optional(text, |text| Recur::parse(text, &context.zone, context.now))?;
            Ok(())
        },
        get: |d, _| d.recur.as_ref().map(ToString::to_string),
    },
    Field {
        key: "description",
        help: "what it is about, in Markdown",
        set: |d, text, _| {
            if text.contains('\0') {
                return Err("a text has no NUL byte".to_owned());
            }
            text.clone_into(&mut d.description);
            Ok(())
        },
        get: |d, _| some(&d.description),
    },
    Field {
        key: "progress",
        help: "how far it is, in percent: 0 to 100",
        set: |d, text, _| {
            let percent = text.trim_end_matches('%').trim_end().parse().ok().filter(|percent| *percent <= 100);
            d.progress = match text {
                "" => 0,
                _ => percent.ok_or_else(|| format!("`{text}` is not a number from 0 to 100"))?,
            };
            Ok(())
        },
        get: |d, _| (d.progress > 0).then(|| d.progress.to_string()),
    },
    Field {
        key: "type",
        help: "its type, of those in the configuration; the type says which fields of its own it has",
        set: |d, text, _| {
            if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(format!("`{text}` is not one word"));
            }
            d.task_type = some(text);
            Ok(())
        },
        get: |d, _| d.task_type.clone(),
    },
    Field {
        key: "field",
        help: "fields of its type: NAME=VALUE, or NAME= to take one away; several with ;, and a ; in a value is \\;",
        set: |d, text, _| {
            let mut custom = d.custom.clone();
            let parts = parts(text);
            for one in parts.iter().map(|one| one.trim()).filter(|one| !one.is_empty()) {
                match one.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                    Some((name, _)) if name.is_empty() || name.contains(char::is_whitespace) => {
                        return Err(format!("`{one}` is not NAME=VALUE"));
                    }
                    Some((name, "")) => drop(custom.remove(name)),
                    Some((name, value)) => drop(custom.insert(name.to_owned(), value.to_owned())),
                    None => return Err(format!("`{one}` is not NAME=VALUE")),
                }
            }
            d.custom = custom;
            Ok(())
        },
        get: |d, _| {
            let all: Vec<String> = d.custom.iter().map(|(name, value)| custom(name, value)).collect();
            some(&all.join("; "))
        },
    },
    Field {
        key: "depends-on",
        help: "what has to be done before it: TASK, or TASK:each for a new done before each run; several with ;",
        set: |d, text, _| {
            d.depends_on = dependency::parse(text)?;
            Ok(())
        },
        get: |d, _| some(&dependency::format(&d.depends_on)),
    },
    Field {
        key: "paused",
        help: "true or false: whether its schedules rest",
        set: |d, text, _| {
            d.paused = text.parse().map_err(|_| format!("`{text}` is not true or false"))?;
            Ok(())
        },
        get: |d, _| Some(d.paused.to_string()),
    },
    Field {
        key: "overlap",
        help: "when it is still running at its next slot: skip, queue, queue-all, parallel=N or replace",
        set: |d, text, _| {
            d.execution.overlap = text.parse()?;
            Ok(())
        },
        get: |d, _| machine(d, || Some(d.execution.overlap.to_string())),
    },
    Field {
        key: "timeout",
        help: "stop an attempt after this long: 90s, 5m, 2h30m",
        set: |d, text, _| {
            d.execution.timeout = optional(text, limit)?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.timeout.map(format_duration)),
    },
    Field {
        key: "retry",
        help: "more attempts when it fails: 3 delay=10s backoff=2 cap=10m jitter=10s on=1,75,10-20,timeout,lost past-slot",
        set: |d, text, _| {
            d.execution.retry = Retry::parse(text)?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.retry.as_ref().map(ToString::to_string)),
    },
    Field {
        key: "deadline",
        help: "stop a run so long after the start of its first attempt: 2h",
        set: |d, text, _| {
            d.execution.deadline = optional(text, limit)?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.deadline.map(format_duration)),
    },
    Field {
        key: "grace",
        help: "from the stop signal to KILL: 10s",
        set: |d, text, _| {
            d.execution.grace = parse_duration(text).map_err(|e| e.to_string())?;
            Ok(())
        },
        get: |d, _| machine(d, || Some(format_duration(d.execution.grace))),
    },
    Field {
        key: "stop-signal",
        help: "what asks a run to stop: TERM, INT, HUP, QUIT, USR1, USR2 or a number",
        set: |d, text, _| {
            d.execution.stop_signal = optional(text, str::parse)?.unwrap_or_default();
            Ok(())
        },
        get: |d, _| {
            let signal = d.execution.stop_signal;
            machine(d, || (signal != StopSignal::TERM).then(|| signal.to_string()))
        },
    },
    Field {
        key: "memory",
        help: "memory of all its processes together; more ends the run: 512M, 2G",
        set: |d, text, _| {
            d.execution.limits.memory = optional(text, |text| match parse_size(text) {
                Ok(size) if size < LEAST_MEMORY => Err(format!("must be at least {}", format_size(LEAST_MEMORY))),
                Ok(size) => Ok(size),
                Err(e) => Err(e.to_string()),
            })?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.limits.memory.map(format_size)),
    },
    Field {
        key: "cpu",
        help: "CPU time of all its processes together; more ends the run: 30s, 10m",
        set: |d, text, _| {
            d.execution.limits.cpu = optional(text, |text| match parse_duration(text) {
                Ok(cpu) if cpu.as_millis() < 100 => Err("must be at least 100ms".to_owned()),
                Ok(cpu) => Ok(cpu),
                Err(e) => Err(e.to_string()),
            })?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.limits.cpu.map(format_duration)),
    },
    Field {
        key: "open-files",
        help: "files that each of its processes may have open: 4096",
        set: |d, text, _| {
            d.execution.limits.open_files = optional(text, |text| {
                let files = text.parse().ok().filter(|n| (FEWEST_FILES..=i64::MAX as u64).contains(n));
                files.ok_or_else(|| format!("`{text}` is not a number of {FEWEST_FILES} or more"))
            })?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.limits.open_files.map(|n| n.to_string())),
    },
    Field {
        key: "nice",
        help: "how much it lets others go before: -20 to 19; below 0 needs rights",
        set: |d, text, _| {
            d.execution.limits.nice = optional(text, |text| {
                let nice = text.parse().ok().filter(|n| (-20..=19).contains(n));
                nice.ok_or_else(|| format!("`{text}` is not a number from -20 to 19"))
            })?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.limits.nice.map(|n| n.to_string())),
    },
    Field {
        key: "cwd",
        help: "the folder in which it runs; the home folder when none is said",
        set: |d, text, context| {
            d.execution.cwd = optional(text, |text| existing(text, context, Path::is_dir, "folder"))?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.cwd.as_ref().map(|path| path.display().to_string())),
    },
    Field {
        key: "env",
        help: "one variable: NAME=VALUE, or NAME alone to take it away; nothing takes all away",
        set: |d, text, _| {
            if text.is_empty() {
                d.execution.env.clear();
                return Ok(());
            }
            let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(format!("`{text}` is not NAME=VALUE, or NAME alone to take it away"));
            }
            match value {
                Some(value) => d.execution.env.insert(name.to_owned(), value.to_owned()),
                // One that a task of several does not have is no mistake; what cannot be one is.
                None if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                    return Err(format!("`{name}` is no variable: NAME=VALUE sets one, NAME alone takes one away"));
                }
                None => d.execution.env.remove(name),
            };
            Ok(())
        },
        get: |d, _| {
            let variables: Vec<String> =
                d.execution.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
            machine(d, || some(&variables.join(" ")))
        },
    },
    Field {
        key: "secrets",
        help: "variables read when a run starts, and masked in what it prints: TOKEN=file:/run/token; GH=env:GH_TOKEN",
        set: |d, text, _| {
            d.execution.secrets = secret::parse(text)?;
            Ok(())
        },
        get: |d, _| machine(d, || some(&secret::format(&d.execution.secrets))),
    },
    Field {
        key: "stdin",
        help: "the text on standard input, which is empty without it",
        set: |d, text, _| {
            if text.contains('\0') {
                return Err("a text has no NUL byte".to_owned());
            }
            d.execution.stdin = some(text).map(|text| text + "\n");
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.stdin.as_deref().map(|text| text.trim_end_matches('\n').to_owned())),
    },
    Field {
        key: "pty",
        help: "true or false: whether it prints to a terminal of its own, for colours and lines as they come",
        set: |d, text, _| {
            let pty = optional(text, |text| text.parse().map_err(|_| format!("`{text}` is not true or false")))?;
            d.execution.pty = pty.unwrap_or_default();
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.pty.then(|| true.to_string())),
    },
    Field {
        key: "shell",
        help: "the shell for a command line: /bin/sh",
        set: |d, text, context| {
            d.execution.shell = existing(text, context, Path::is_file, "file")?;
            Ok(())
        },
        get: |d, _| machine(d, || Some(d.execution.shell.display().to_string())),
    },
    Field {
        key: "python",
        help: "the interpreter of a script, in an environment of its own: 3.12, /usr/bin/python3.11 or a name in PATH",
        set: |d, text, context| {
            d.execution.python = optional(text, |text| {
                if text.contains('/') {
                    existing(text, context, Path::is_file, "file").map(Choice::Path)
                } else {
                    text.parse()
                }
            })?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.python.as_ref().map(ToString::to_string)),
    },
    Field {
        key: "after",
        help: "run when these have ended: TASK, TASK:failure or TASK:any; several with ; wait for each other",
        set: |d, text, _| {
            d.execution.after = after::parse(text)?;
            Ok(())
        },
        get: |d, _| machine(d, || some(&after::format(&d.execution.after))),
    },
    Field {
        key: "group",
        help: "names, with commas: no more of a group run at once than the settings say, and one when they do not",
        set: |d, text, _| {
            d.execution.groups = group::parse(text)?;
            Ok(())
        },
        get: |d, _| machine(d, || some(&group::format(&d.execution.groups))),
    },
    Field {
        key: "if",
        help: "run by itself only if this holds: load<4, ac, network, cmd:COMMAND; several with ;",
        set: |d, text, _| {
            d.execution.conditions = condition::parse(text)?;
            Ok(())
        },
        get: |d, _| machine(d, || some(&condition::format(&d.execution.conditions))),
    },
    Field {
        key: "if-window",
        help: "how long a run waits for that before it is skipped: 30m",
        set: |d, text, _| {
            let window = optional(text, |text| parse_duration(text).map_err(|e| e.to_string()))?;
            if window.is_some_and(|window| window.is_zero()) {
                return Err("it must be longer than nothing".to_owned());
            }
            d.execution.condition_window = window.unwrap_or(condition::WINDOW);
            Ok(())
        },
        get: |d, _| {
            let shown = !d.execution.conditions.is_empty() || d.execution.condition_window != condition::WINDOW;
            machine(d, || shown.then(|| format_duration(d.execution.condition_window)))
        },
    },
    Field {
        key: "pause-after",
        help: "pause it after so many failures in a row: 3",
        set: |d, text, _| {
            d.execution.pause_after =
                optional(text, |text| text.parse().map_err(|_| format!("`{text}` is not a number of 1 or more")))?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.pause_after.map(|n| n.to_string())),
    },
    Field {
        key: "todo-after",
        help: "open a to-do about it after so many failures in a row, and complete that when it succeeds: 3",
        set: |d, text, _| {
            d.execution.todo_after =
                optional(text, |text| text.parse().map_err(|_| format!("`{text}` is not a number of 1 or more")))?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.todo_after.map(|n| n.to_string())),
    },
    Field {
        key: "expect-by",
        help: "say so when it has not succeeded for so long, or on a day by then: 25h, 06:00",
        set: |d, text, _| {
            d.execution.expect_by = optional(text, str::parse)?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.expect_by.map(|by| by.to_string())),
    },
    Field {
        key: "output-cap",
        help: "how much of a run's output is kept, half from its beginning and half from its end: 64M, 2G or none",
        set: |d, text, _| {
            d.execution.output_cap = optional(text, str::parse)?;
            Ok(())
        },
        get: |d, _| machine(d, || d.execution.output_cap.map(|cap| cap.to_string())),
    },
];

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// A time after which something is stopped.
fn limit(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(limit) if limit.is_zero() => Err("must be longer than nothing".to_owned()),
        Ok(limit) => Ok(limit),
        Err(e) => Err(e.to_string()),
    }
}

/// The value of a field that only machine tasks have.
fn machine(definition: &Definition, value: impl FnOnce() -> Option<String>) -> Option<String> {
    match definition.work {
        Work::Command(_) | Work::Script(_) => value(),
        Work::Todo(_) => None,
    }
}

/// An absolute path: from the home folder with `~/`, else from the folder of the context.
pub fn path(text: &str, context: &Context) -> PathBuf {
    match text.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => context.folder.join(text),
    }
}

/// An absolute path of something that exists. It may go away later; then the run says so.
fn existing(text: &str, context: &Context, is: fn(&Path) -> bool, what: &str) -> Result<PathBuf, String> {
    let path = path(text, context);
    if is(&path) { Ok(path) } else { Err(format!("there is no {what} {}", path.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        Context { zone: TimeZone::UTC, now: Timestamp::UNIX_EPOCH, folder: PathBuf::from("/"), types: None }
    }

    #[test]
    fn what_a_field_shows_it_also_reads() {
        let mut a = Definition::new("Back up", Work::Command("true".to_owned()));
        for (key, text) in [
            ("tags", "nas,home,nas"),
            ("priority", "2"),
            ("due", "2026-12-24 18:00"),
            ("overlap", "parallel=3"),
            ("timeout", "90m"),
            ("retry", "3 delay=1m backoff=1.5 on=1,timeout past-slot"),
            ("deadline", "2h"),
            ("grace", "0s"),
            ("stop-signal", "INT"),
            ("secrets", "TOKEN=file:/run/token; GH=env:GH_TOKEN"),
            ("stdin", "one\n  two"),
            ("pty", "true"),
            ("memory", "1.5G"),
            ("cpu", "90s"),
            ("open-files", "64"),
            ("nice", "-5"),
            ("cwd", "/tmp"),
            ("env", "A=b c"),
            ("group", "disk, net"),
            ("if", "load<4; cmd:test -e /mnt/nas; true"),
            ("if-window", "1h"),
            ("pause-after", "3"),
            ("todo-after", "2"),
            ("depends-on", "tests, approve:each"),
            ("expect-by", "06:00"),
            ("output-cap", "64M"),
            ("python", "3.12"),
            ("assignee", "ana"),
            ("remind", "2h, 1d, 2026-12-24 9:00"),
            ("recur", "every 2 weeks until=2027-12-31"),
            ("description", "# Why\n\n* it is *old*"),
            ("progress", "40%"),
            ("type", "order"),
            ("field", r"customer=Acme & Sons\; Berlin; hours = 3; path=C:\x\\"),
            ("category", "/media/backup/"),
            ("paused", "true"),
        ] {
            Field::named(key).unwrap().set(&mut a, text, &context()).unwrap();
        }
        let mut b = Definition::new("x", Work::Command("false".to_owned()));
        for field in FIELDS {
            if let Some(text) = field.get(&a, &context()) {
                field.set(&mut b, &text, &context()).unwrap();
            }
        }
        assert_eq!(a, b);
    }

    #[test]
    fn a5_a_status_is_set_in_every_word_by_which_a_filter_finds_it() {
        use crate::domain::filter::{Key, Values};
        let Values::Words(words) = Key::Status.values() else { panic!("it has words") };
        let field = Field::named("status").unwrap();
        for (word, meant) in words.iter().copied().chain([("DONE", "completed"), ("in-progress", "in_progress")]) {
            let mut todo = Definition::new("a", Work::Todo(Status::Cancelled));
            field.set(&mut todo, word, &context()).unwrap();
            assert_eq!(field.get(&todo, &context()).as_deref(), Some(meant), "{word}");
        }
    }

    #[test]
    fn a1_a_name_can_be_of_any_alphabet_and_two_hundred_characters() {
        let mut task = Definition::new("x", Work::Command("true".to_owned()));
        for name in ["日本語", &"é".repeat(200)] {
            Field::named("name").unwrap().set(&mut task, name, &context()).unwrap();
            assert_eq!(task.name, name);
        }
    }

    #[test]
    fn x1_a_wrong_value_says_what_would_be_right_and_changes_nothing() {
        let before = Definition::new("a", Work::Command("true".to_owned()));
        for (key, text, expected) in [
            ("priority", "11", "from 1 to 10"),
            ("remind", "soon", "as 1d or 2h"),
            ("recur", "1 month", "`1 month after done`"),
            ("progress", "101", "from 0 to 100"),
            ("type", "two words", "one word"),
            ("field", "customer", "NAME=VALUE"),
            ("overlap", "parallel=0", "1 or more"),
            ("status", "open", "only a to-do"),
            ("cwd", "/no/such/folder", "no folder /no/such/folder"),
            ("paused", "maybe", "true or false"),
            ("name", "!!", "letter"),
            ("name", "a\nb", "one line"),
            ("name", "a\u{1b}[2J", "control"),
            ("name", &"é".repeat(201), "at most 200"),
            ("timeout", "0s", "longer"),
            ("retry", "often", "how many more attempts"),
            ("deadline", "0s", "longer"),
            ("memory", "512", "512M"),
            ("memory", "1M", "at least 16M"),
            ("cpu", "0s", "at least 100ms"),
            ("open-files", "3", "8 or more"),
            ("nice", "20", "from -20 to 19"),
            ("after", "backup:ok", "success, failure or any"),
            ("group", "a b", "letters, digits"),
            ("if", "load", "load<4"),
            ("if-window", "0s", "longer"),
            ("pause-after", "0", "1 or more"),
            ("todo-after", "0", "1 or more"),
            ("depends-on", "approve:once", "is not each"),
            ("expect-by", "soon", "25h"),
            ("output-cap", "64", "64M"),
            ("output-cap", "1K", "less than 1M"),
            ("env", "=x", "NAME alone"),
            ("env", "-", "`-` is no variable: NAME=VALUE sets one, NAME alone takes one away"),
            ("stop-signal", "KILL", "TERM, INT"),
            ("secrets", "TOKEN=value", "file:/absolute/path"),
            ("pty", "yes", "true or false"),
            ("python", "2.7", "3.12, /usr/bin/python3.11"),
            ("python", "/no/python3", "no file /no/python3"),
        ] {
            let mut d = before.clone();
            let e = Field::named(key).unwrap().set(&mut d, text, &context()).unwrap_err();
            assert!(e.starts_with(key) && e.contains(expected), "{key}: {e}");
            assert_eq!(d, before, "{key}");
        }
        assert!(Field::named("colour").unwrap_err().contains("there are name, command"));
    }
}

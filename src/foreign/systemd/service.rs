//! A service (systemd.service(5), systemd.exec(5)) as the work of a task, with everything of it that Tempo does otherwise.

use std::path::PathBuf;
use std::time::Duration;

use super::super::{Here, runs_as};
use super::exec::{self, Command, quote};
use super::specifier::Specifiers;
use super::unit::{Unit, words};
use super::{EnvironmentFiles, Refused, Scope, not_applied, orders, span};
use crate::domain::limits::{FEWEST_FILES, LEAST_MEMORY};
use crate::domain::quantity::parse_size;
use crate::domain::task::{Definition, Work};

/// The search path that systemd gives to services of the machine.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How long systemd waits for a service to stop, when nothing else is said.
const STOP: Duration = Duration::from_secs(90);
/// What `infinity` is.
const NO_LIMIT: Duration = Duration::MAX;
/// What stands for no limit where there has to be one.
const LONGEST_STOP: Duration = Duration::from_secs(86_400);

/// Settings that are translated, or that mean nothing for a job.
const UNDERSTOOD: &[&str] = &[
    "Type",
    "ExecCondition",
    "ExecStartPre",
    "ExecStart",
    "ExecStartPost",
    "WorkingDirectory",
    "Environment",
    "EnvironmentFile",
    "User",
    "DynamicUser",
    "TimeoutStartSec",
    "TimeoutStopSec",
    "TimeoutSec",
    "RuntimeMaxSec",
    "KillSignal",
    "RemainAfterExit",
];

/// Makes the definition of a task, and says in `notes` what differs.
pub(super) fn read(
    unit: &Unit,
    name: &str,
    scope: Scope,
    files: EnvironmentFiles<'_>,
    here: &Here,
    notes: &mut Vec<String>,
) -> Result<Definition, Refused> {
    let service = Service { unit, scope, here, specifiers: Specifiers { unit: &unit.name, scope, here } };
    let kind = unit.last("Service", "Type");
    if let Some(entry) = kind.filter(|entry| !matches!(entry.value.as_str(), "oneshot" | "simple" | "exec" | "idle")) {
        return Err(Refused::of(
            entry,
            format!("Type={} starts something that stays; a task is a job that ends", entry.value),
        ));
    }
    let mut definition = Definition::new(name, Work::Command(service.command(files, notes)?));
    service.surround(&mut definition, notes)?;
    service.limit(&mut definition, kind.is_some_and(|entry| entry.value == "oneshot"), notes)?;
    service.say_who(&mut definition, notes)?;
    if unit.is_on("Service", "RemainAfterExit") {
        notes.push(
            "RemainAfterExit=yes: for systemd the service stays active after its first run, and the timer does not start it again; \
             Tempo starts it every time"
                .to_owned(),
        );
    }
    let taken = service.confine(&mut definition);
    let is_left_out = |key: &str| !UNDERSTOOD.contains(&key) && !taken.contains(&key);
    let left_out = unit.section("Service").filter(|entry| is_left_out(&entry.key));
    notes.extend(not_applied("the service's", left_out.chain(orders(unit))));
    Ok(definition)
}

struct Service<'a> {
    unit: &'a Unit,
    scope: Scope,
    here: &'a Here,
    specifiers: Specifiers<'a>,
}

impl Service<'_> {
    /// Everything that runs, one after the other, each only if the one before succeeded.
    fn command(&self, files: EnvironmentFiles<'_>, notes: &mut Vec<String>) -> Result<String, Refused> {
        let mut steps = self.environment_files(files, notes)?;
        let mut splits = false;
        if self.unit.list("Service", "ExecStart").is_empty() {
            return Err(Refused {
                place: self.unit.file.clone(),
                text: "[Service]".to_owned(),
                why: "it has no ExecStart=".to_owned(),
            });
        }
        for key in ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"] {
            for entry in self.unit.list("Service", key) {
                for command in exec::read(&entry.value, &self.specifiers).map_err(|why| Refused::of(entry, why))? {
                    splits |= command.splits;
                    if command.privileged && self.here.uid != 0 {
                        let user = &self.here.user;
                        notes.push(format!("{key}={}: systemd runs it with all rights, Tempo as {user}", entry.value));
                    }
                    notes.extend(command.notes.iter().cloned());
                    steps.push(step(key, command));
                }
            }
        }
        if splits {
            notes.push(
                "a variable that stands alone is split into words by the shell, which takes quotes in it for letters; systemd \
                 takes them for quotes"
                    .to_owned(),
            );
            steps.insert(0, "set -f".to_owned());
        }
        Ok(steps.join(" &&\n"))
    }

    /// Reads variables from files, in the shell and at each run: they may hold what must not be kept elsewhere (R9).
    fn environment_files(&self, files: EnvironmentFiles<'_>, notes: &mut Vec<String>) -> Result<Vec<String>, Refused> {
        let mut steps = Vec::new();
        for entry in self.unit.list("Service", "EnvironmentFile") {
            let path = self.specifiers.expand(&entry.value).map_err(|why| Refused::of(entry, why))?;
            let (path, optional) = path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
            if !path.starts_with('/') || path.contains(['*', '?', '[']) {
                return Err(Refused::of(entry, "it is not the absolute path of one file".to_owned()));
            }
            if let Some(line) = files(path).as_deref().and_then(not_for_the_shell) {
                let why = format!(
                    "line {line} of {path} would mean something else to the shell; put its value into single quotes"
                );
                return Err(Refused::of(entry, why));
            }
            let file = quote(path);
            let read = format!("set -a && . {file} && set +a");
            steps.push(if optional { format!("if [ -r {file} ]; then {read}; fi") } else { read });
            notes.push(format!(
                "EnvironmentFile={path}: the shell reads it at each run; values with $, ` or \\ would be changed by it"
            ));
        }
        Ok(steps)
    }

    /// Variables and folder.
    fn surround(&self, definition: &mut Definition, notes: &mut Vec<String>) -> Result<(), Refused> {
        let execution = &mut definition.execution;
        if self.scope == Scope::System {
            execution.env.insert("PATH".to_owned(), PATH.to_owned());
            execution.cwd = Some(PathBuf::from("/"));
        }
        for entry in self.unit.list("Service", "Environment") {
            for word in words(&entry.value).map_err(|why| Refused::of(entry, why))? {
                let word = self.specifiers.expand(&word).map_err(|why| Refused::of(entry, why))?;
                match word.split_once('=').filter(|(name, _)| !name.is_empty()) {
                    Some((name, value)) => execution.env.insert(name.to_owned(), value.to_owned()),
                    None => return Err(Refused::of(entry, format!("`{word}` is not NAME=VALUE"))),
                };
            }
        }
        if let Some(entry) = self.unit.last("Service", "WorkingDirectory") {
            let path = self.specifiers.expand(&entry.value).map_err(|why| Refused::of(entry, why))?;
            let (path, optional) = path.strip_prefix('-').map_or((path.as_str(), false), |path| (path, true));
            if optional {
                notes.push(format!(
                    "WorkingDirectory=-{path}: if it is not there, systemd runs it elsewhere, and Tempo not at all"
                ));
            }
            // Without a folder, a task runs in the home folder.
            execution.cwd = (path != "~").then(|| PathBuf::from(path));
        }
        Ok(())
    }

    /// How long it may run, and how long it may take to stop.
    fn limit(&self, definition: &mut Definition, oneshot: bool, notes: &mut Vec<String>) -> Result<(), Refused> {
        let both = self.span("TimeoutSec")?;
        let run = if oneshot { self.span("TimeoutStartSec")?.or(both) } else { self.span("RuntimeMaxSec")? };
        definition.execution.timeout = run.filter(|limit| *limit != NO_LIMIT);
        definition.execution.grace = match self.span("TimeoutStopSec")?.or(both).unwrap_or(STOP) {
            NO_LIMIT => {
                notes.push(
                    "systemd waits without end for it to stop; Tempo kills it a day after it was asked to".to_owned(),
                );
                LONGEST_STOP
            }
            grace => grace,
        };
        if let Some(entry) = self.unit.last("Service", "KillSignal") {
            match entry.value.parse() {
                Ok(signal) => definition.execution.stop_signal = signal,
                Err(why) => notes.push(format!("KillSignal={}: Tempo asks it to stop with TERM: {why}", entry.value)),
            }
        }
        Ok(())
    }

    /// What it may use (R7). Returns the settings that mean the same here; others are not applied.
    fn confine(&self, definition: &mut Definition) -> Vec<&'static str> {
        let limits = &mut definition.execution.limits;
        let value = |key| self.unit.last("Service", key).map(|entry| entry.value.as_str());
        limits.nice = value("Nice").and_then(|nice| nice.parse().ok()).filter(|nice| (-20..=19).contains(nice));
        limits.memory = value("MemoryMax")
            .and_then(|size| parse_size(size).ok().or_else(|| size.parse().ok()))
            .filter(|size| *size >= LEAST_MEMORY);
        limits.open_files = value("LimitNOFILE").and_then(|n| n.parse().ok()).filter(|n| *n >= FEWEST_FILES);
        let set = [
            ("Nice", limits.nice.is_some()),
            ("MemoryMax", limits.memory.is_some()),
            ("LimitNOFILE", limits.open_files.is_some()),
        ];
        set.into_iter().filter(|(_, is_set)| *is_set).map(|(key, _)| key).collect()
    }

    /// A setting that limits a time, if it is there. A zero is no limit, too.
    fn span(&self, key: &str) -> Result<Option<Duration>, Refused> {
        let Some(entry) = self.unit.last("Service", key) else { return Ok(None) };
        let span = span::read(&entry.value).map_err(|why| Refused::of(entry, why))?;
        Ok(Some(span.filter(|span| !span.is_zero()).unwrap_or(NO_LIMIT)))
    }

    /// As whom it runs. A job of somebody else is made paused.
    fn say_who(&self, definition: &mut Definition, notes: &mut Vec<String>) -> Result<(), Refused> {
        if self.scope == Scope::User {
            return Ok(());
        }
        let named = self.unit.last("Service", "User");
        let user = named.map_or(Ok("root".to_owned()), |entry| {
            self.specifiers.expand(&entry.value).map_err(|why| Refused::of(entry, why))
        })?;
        let dynamic = self.unit.is_on("Service", "DynamicUser");
        if !dynamic && (user == self.here.user || user == self.here.uid.to_string()) {
            return Ok(());
        }
        let user = if dynamic { "a user of its own" } else { &user };
        definition.paused = true;
        notes.push(runs_as(user, "systemd", &self.here.user));
        Ok(())
    }
}

/// A command as a step of the chain.
fn step(key: &str, command: Command) -> String {
    match key {
        "ExecCondition" => format!("{{ {} || exit 0; }}", command.shell),
        _ if command.may_fail => format!("{{ {} || true; }}", command.shell),
        _ => command.shell,
    }
}

/// The first line of a file of variables that means something else to the shell than to systemd.
fn not_for_the_shell(text: &str) -> Option<usize> {
    let alike = |line: &str| {
        let line = line.trim();
        let Some((name, value)) = line.split_once('=') else { return line.is_empty() || line.starts_with('#') };
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.is_empty();
        let quoted = |mark: char, special: &[char]| {
            let inside = value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
            inside.is_some_and(|inside| !inside.contains(mark) && !inside.contains(special))
        };
        line.starts_with('#')
            || is_name
                && (quoted('\'', &['\\'])
                    || quoted('"', &['$', '`', '\\'])
                    || value == quote(value)
                    || value.is_empty())
    };
    text.lines().position(|line| !alike(line)).map(|line| line + 1)
}

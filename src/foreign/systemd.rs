//! systemd's timers (systemd.timer(5)) with their services (systemd.service(5)) as tasks.

pub mod calendar;
pub mod exec;
pub mod folders;
mod service;
pub mod span;
pub mod specifier;
pub mod unit;

use std::time::Duration;

use self::calendar::Calendar;
use self::specifier::Specifiers;
use self::unit::{Entry, Unit};
use super::clock::{self, Clock};
use super::{Here, Job, Plan, Refused, Timed};
use crate::domain::name::is_speaking;
use crate::domain::options::{Missed, Options};
use crate::domain::quantity::format_duration;
use crate::domain::rule::Rule;
use crate::domain::when::When;
use crate::domain::zone;

/// Whose manager a unit belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The machine's: jobs run as root unless the unit says another user.
    System,
    /// A user's own.
    User,
}

/// The text of a file of variables, by its path; `None` when it cannot be read.
pub type EnvironmentFiles<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The name of the unit that a timer starts.
pub fn started_by(timer: &Unit, scope: Scope, here: &Here) -> Result<String, String> {
    match timer.last("Timer", "Unit") {
        Some(entry) => Specifiers { unit: &timer.name, scope, here }.expand(&entry.value),
        None => Ok(format!("{}.service", timer.name.strip_suffix(".timer").unwrap_or(&timer.name))),
    }
}

/// Reads a timer and the service that it starts: one job, unless something in them cannot be said.
pub fn read(timer: &Unit, service: &Unit, scope: Scope, files: EnvironmentFiles<'_>, here: &Here) -> Plan {
    let mut plan = Plan::default();
    let mut notes = Vec::new();
    let schedules = match schedules(timer, here, &mut notes) {
        Ok(schedules) if schedules.is_empty() => Err(Refused::unit(timer, "nothing in it says when".to_owned())),
        schedules => schedules,
    };
    let schedules = match schedules {
        Ok(schedules) => schedules,
        Err(refused) => {
            plan.refused.push(refused);
            return plan;
        }
    };
    notes.extend(policies(timer, &schedules));
    notes.extend(not_applied(
        "the timer's",
        timer.section("Timer").filter(|entry| !is_understood(&entry.key)).chain(orders(timer)),
    ));
    let stem = timer.name.strip_suffix(".timer").unwrap_or(&timer.name);
    let name = Some(stem.replace('@', " ")).filter(|name| is_speaking(name)).unwrap_or_else(|| "job".to_owned());
    match service::read(service, &name, scope, files, here, &mut notes) {
        Ok(definition) => {
            plan.notes = general();
            plan.jobs.push(Job {
                place: timer.file.clone(),
                definition,
                schedules,
                notes,
                off: off(timer, scope, here),
            });
        }
        Err(fault) => plan.refused.push(fault),
    }
    plan
}

/// What differs for every timer.
fn general() -> Vec<String> {
    [
        "systemd writes what a job prints to its journal; Tempo keeps it (`tempo output TASK`)",
        "of Tempo's own environment the tasks see variables that systemd would not give them (LANG and others)",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn is_understood(key: &str) -> bool {
    const UNDERSTOOD: &[&str] = &[
        "Unit",
        "AccuracySec",
        "RandomizedDelaySec",
        "FixedRandomDelay",
        "Persistent",
        "WakeSystem",
        "RemainAfterElapse",
    ];
    key.starts_with("On") || UNDERSTOOD.contains(&key)
}

/// Everything that makes it start. When a part of it cannot be said, the timer is refused as a whole: without that part it would
/// be switched off with it.
fn schedules(timer: &Unit, here: &Here, notes: &mut Vec<String>) -> Result<Vec<Timed>, Refused> {
    let mut schedules = Vec::new();
    let mut wrong: Vec<(&Entry, String)> = Vec::new();
    let starting: Vec<&Entry> = timer.section("Timer").filter(|entry| entry.key.starts_with("On")).collect();
    // An empty assignment of any of them takes back all before it.
    let from = starting.iter().rposition(|entry| entry.value.is_empty()).map_or(0, |at| at + 1);
    for entry in &starting[from..] {
        match schedule(entry, here, notes) {
            Ok(Calendar { when, except, zone }) => {
                let rule = Rule { options: Options { except, ..options(timer, &when) }, when };
                let original = format!("{}={}", entry.key, entry.value);
                let mut schedule = Timed { original, rule, zone };
                notes.extend(schedule.fit_jitter(here.now));
                if !schedules.iter().any(|other: &Timed| other.rule == schedule.rule && other.zone == schedule.zone) {
                    schedules.push(schedule);
                }
            }
            Err(why) => wrong.push((entry, why)),
        }
    }
    let Some(((first, why), others)) = wrong.split_first() else { return Ok(schedules) };
    let mut whys = vec![why.clone()];
    whys.extend(others.iter().map(|(entry, why)| format!("{} ({}={}): {why}", entry.place, entry.key, entry.value)));
    if !schedules.is_empty() {
        whys.push("the rest of the timer is not imported either: with it this would be switched off".to_owned());
    }
    Err(Refused::of(first, whys.join("; ")))
}

/// One assignment as a schedule, with its zone.
fn schedule(entry: &Entry, here: &Here, notes: &mut Vec<String>) -> Result<Calendar, String> {
    let span = || span::read(&entry.value)?.ok_or_else(|| "it never comes".to_owned());
    let local = |when| Calendar { when, except: Vec::new(), zone: here.zone_name.clone() };
    let said = format!("{}={}", entry.key, entry.value);
    match entry.key.as_str() {
        "OnCalendar" => {
            let calendar = calendar::read(&entry.value, here)?;
            if let When::Cron(expr) = &calendar.when {
                let rules = zone::zone(&calendar.zone).map_err(|e| e.to_string())?;
                notes.extend(clock::differences(expr, &calendar.except, &rules, here.now, Clock::Systemd));
            }
            Ok(calendar)
        }
        "OnBootSec" | "OnStartupSec" | "OnActiveSec" => {
            let after = span()?;
            let from = if entry.key == "OnBootSec" { "the boot" } else { "systemd has started it" };
            notes.push(format!(
                "{said}: Tempo runs it when its scheduler first starts after a boot, not {} after {from}; the first time at the next boot",
                format_duration(after)
            ));
            Ok(local(When::Startup))
        }
        "OnUnitActiveSec" => {
            notes.push(format!("{said}: systemd counts from its last start, Tempo evenly from when the task is added, whether it ran or not"));
            When::every(span()?).map(local).map_err(|e| e.to_string())
        }
        "OnUnitInactiveSec" => {
            notes.push(format!(
                "{said}: systemd counts from the end of its last run, Tempo evenly from when the task is added; while it runs, it is \
                 not started again"
            ));
            When::every(span()?).map(local).map_err(|e| e.to_string())
        }
        "OnClockChange" | "OnTimezoneChange" => {
            Err("Tempo does not start anything when the clock or the zone is changed".to_owned())
        }
        key => Err(format!("`{key}` is not known")),
    }
}

/// What the timer says about missed and late starts, as options of a schedule (T6, T9).
fn options(timer: &Unit, when: &When) -> Options {
    let mut options = Options::default();
    let is_cron = matches!(when, When::Cron(_));
    if *when != When::Startup {
        options.jitter = span_of(timer, "RandomizedDelaySec").filter(|width| *width >= Duration::from_secs(1));
    }
    if is_cron && timer.last("Timer", "Persistent").is_some() {
        options.missed = Some(if timer.is_on("Timer", "Persistent") { Missed::Latest } else { Missed::Skip });
    }
    options
}

/// What of it is different all the same.
fn policies(timer: &Unit, schedules: &[Timed]) -> Vec<String> {
    let mut notes = Vec::new();
    match timer.last("Timer", "AccuracySec") {
        None => notes.push(
            "systemd may start it up to a minute late (AccuracySec=1min); Tempo starts it on the second".to_owned(),
        ),
        Some(_) if span_of(timer, "AccuracySec").is_some_and(|accuracy| accuracy <= Duration::from_secs(1)) => {}
        Some(entry) => {
            let accuracy = &entry.value;
            notes.push(format!(
                "AccuracySec={accuracy}: systemd may start it that much later; Tempo starts it on the second"
            ));
        }
    }
    if schedules.iter().any(|timed| timed.rule.options.jitter.is_some()) && !timer.is_on("Timer", "FixedRandomDelay") {
        notes.push(
            "RandomizedDelaySec: systemd draws a delay each time; for Tempo it is always the same (jitter)".to_owned(),
        );
    }
    if span_of(timer, "RandomizedDelaySec").is_some_and(|width| !width.is_zero())
        && schedules.iter().any(|timed| timed.rule.when == When::Startup)
    {
        notes.push("RandomizedDelaySec: Tempo does not delay what runs after a boot".to_owned());
    }
    if schedules.iter().any(|timed| timed.rule.when != When::Startup && timed.rule.options.missed.is_none()) {
        notes.push(
            "systemd does not make up for what was missed while the machine was off; Tempo does for the last one, if its period is an \
             hour or more and it is younger than the period and than a day; missed=skip is systemd's way"
                .to_owned(),
        );
    }
    if timer.is_on("Timer", "WakeSystem") {
        notes.push("WakeSystem=true: systemd wakes the machine from its sleep for it; Tempo does not".to_owned());
    }
    notes
}

fn span_of(timer: &Unit, key: &str) -> Option<Duration> {
    timer.last("Timer", key).and_then(|entry| span::read(&entry.value).ok().flatten())
}

/// What a unit says about others and about conditions.
fn orders(unit: &Unit) -> impl Iterator<Item = &Entry> {
    const SILENT: &[&str] = &["Description", "Documentation", "DefaultDependencies", "SourcePath"];
    unit.section("Unit").filter(|entry| !SILENT.contains(&entry.key.as_str()))
}

/// The settings that have no effect in Tempo, in one sentence.
fn not_applied<'a>(whose: &str, entries: impl Iterator<Item = &'a Entry>) -> Option<String> {
    let entries: Vec<&Entry> = entries.filter(|entry| !entry.value.is_empty()).collect();
    let settings: Vec<String> = entries.iter().map(|entry| format!("{}={}", entry.key, entry.value)).collect();
    let power = entries.iter().any(|entry| entry.key == "ConditionACPower");
    let power = if power { " (`tempo set TASK if=ac` makes it wait for mains power)" } else { "" };
    (!settings.is_empty()).then(|| format!("{whose} {}: not applied{power}", settings.join(", ")))
}

fn off(timer: &Unit, scope: Scope, here: &Here) -> String {
    let who = match scope {
        Scope::User => "systemctl --user",
        Scope::System if here.uid == 0 => "systemctl",
        Scope::System => "sudo systemctl",
    };
    // A unit that is not installed cannot be disabled.
    let verb = if timer.has("Install") { "disable" } else { "mask" };
    format!("{who} {verb} --now {}", timer.name)
}

impl Refused {
    /// What is wrong with an assignment.
    fn of(entry: &Entry, why: String) -> Self {
        Self { place: entry.place.clone(), text: format!("{}={}", entry.key, entry.value), why }
    }

    /// What is wrong with a unit as a whole.
    fn unit(unit: &Unit, why: String) -> Self {
        Self { place: unit.file.clone(), text: unit.name.clone(), why }
    }
}

#[cfg(test)]
mod tests;

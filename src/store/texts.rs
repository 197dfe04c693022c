//! The one path from texts to a definition and its schedules, for everything that reads tasks from text.

use jiff::tz::TimeZone;

use super::changes::Wish;
use crate::config::calendars;
use crate::domain::field::{self, Field};
use crate::domain::rule::Rule;
use crate::domain::settle::settle;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::domain::zone;

/// A zone and its name.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its IANA name.
    pub name: String,
    /// Its rules.
    pub rules: TimeZone,
}

impl Zone {
    /// The one with this IANA name (T7).
    pub fn named(name: &str) -> Result<Self, String> {
        let rules = zone::zone(name).map_err(|e| format!("tz: {e}"))?;
        // As the database spells it, whatever the case in which it was typed.
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, rules })
    }
}

/// Sets the fields in order. On an error, which names the field, the definition is to be thrown away.
pub fn apply(definition: &mut Definition, values: &[(&Field, String)], context: &field::Context) -> Result<(), String> {
    let before = definition.clone();
    for (field, text) in values {
        field.set(definition, text, context)?;
    }
    let given = |key: &str| values.iter().any(|(field, _)| field.key == key);
    if given("command") && given("script") {
        return Err("command, script: a task is one or the other".to_owned());
    }
    if let Work::Todo(_) = definition.work {
        // A field that does not show what was just set in it does not apply to a to-do; `progress=0` and `field=NAME=` take away.
        let takes_away = |key: &str| matches!(key, "progress" | "field");
        let lost = values.iter().find(|(field, text)| {
            !text.trim().is_empty() && !takes_away(field.key) && field.get(definition, context).is_none()
        });
        if let Some((field, _)) = lost {
            return Err(format!("{}: only a command or a script has one; a to-do is done by a person", field.key));
        }
    }
    settle(definition, &before, context)
}

/// Reads schedules of a task with their options, separated by `;`. An empty text holds none. Relative paths count from the
/// folder of the context.
pub fn schedules(task: Spread, text: &str, zone: &TimeZone, cx: &field::Context) -> Result<Vec<Rule>, String> {
    text.split(';')
        .filter(|part| !part.trim().is_empty())
        .map(|part| {
            let rule = Rule::parse_for(task, part, zone, cx.now, &cx.folder).map_err(|e| format!("when: {e}"))?;
            calendars::check(&rule, zone, cx.now)?;
            Ok(rule)
        })
        .collect()
}

/// Schedules with these options set on top of their own, each in its zone. What a startup cannot have is left off it where others
/// take it. The error names the key.
pub fn with_options_for_all(
    schedules: Vec<(Rule, Zone)>,
    options: &[(String, String)],
    context: &field::Context,
) -> Result<Vec<Wish>, String> {
    let only_startups = schedules.iter().all(|(rule, _)| rule.when == When::Startup);
    let put = |(rule, zone): (Rule, Zone)| {
        let leaves_off = |key: &str, value: &str| {
            !only_startups && rule.when == When::Startup && (key == "missed" || (key == "excluded" && value == "shift"))
        };
        let fitting: Vec<_> = options.iter().filter(|(key, value)| !leaves_off(key, value.trim())).collect();
        Ok((with_options(rule, &fitting, &zone.rules, context)?, zone.name))
    };
    schedules.into_iter().map(put).collect()
}

fn with_options(
    mut rule: Rule,
    options: &[&(String, String)],
    zone: &TimeZone,
    context: &field::Context,
) -> Result<Rule, String> {
    for (key, text) in options {
        rule.options.set(key, text, &context.folder)?;
    }
    match rule.when {
        // It has been decided, and stays what it was.
        When::At(at) if at <= context.now => Ok(rule),
        _ => {
            let rule = Rule::new(rule.when, rule.options, zone, context.now).map_err(|e| e.to_string())?;
            calendars::check(&rule, zone, context.now)?;
            Ok(rule)
        }
    }
}

/// Schedules start processes, and nothing of a to-do can be started.
///
/// # Errors
/// The text names the field `when`.
pub fn check_schedules(definition: &Definition, schedules: &[Rule]) -> Result<(), String> {
    match definition.work {
        Work::Todo(_) if !schedules.is_empty() => {
            Err("when: a to-do is not run by a schedule; say with `due` when it should be done".to_owned())
        }
        Work::Todo(_) | Work::Command(_) | Work::Script(_) => Ok(()),
    }
}

//! Templates of tasks: those that come along, and the person's own in the folder `templates` beside `config.toml`.
//!
//! ```toml
//! title = "Shell command"          # in the list
//! about = "one line of shell"      # under it
//! needs = ["rsync"]                # programs without which it cannot run
//! change = ["FROM: the folder"]    # what the person has to change, in words
//! script = """..."""               # a script that is made for the task, in place of a command; what it is, its first line says
//! requirements = "requests"        # the packages that it needs, when it is Python
//! [task]                           # the fields of a task but its name, as in `tempo import`
//! command = "echo hello"
//! when = "daily at 08:00"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use toml::{Spanned, Value};

use super::Problem;
use crate::domain::field::{self, Context, Field};
use crate::domain::rule::Rule;
use crate::domain::spread::Spread;
use crate::domain::task::{Definition, Status, Work};

/// Those that come along, in the order of the list.
const BUILT_IN: &[(&str, &str)] = &[
    ("command.toml", include_str!("../../assets/templates/command.toml")),
    ("restic.toml", include_str!("../../assets/templates/restic.toml")),
    ("rsync.toml", include_str!("../../assets/templates/rsync.toml")),
    ("docker-prune.toml", include_str!("../../assets/templates/docker-prune.toml")),
    ("http-check.toml", include_str!("../../assets/templates/http-check.toml")),
    ("disk-space.toml", include_str!("../../assets/templates/disk-space.toml")),
    ("certificate.toml", include_str!("../../assets/templates/certificate.toml")),
    ("database-dump.toml", include_str!("../../assets/templates/database-dump.toml")),
    ("python.toml", include_str!("../../assets/templates/python.toml")),
    ("shell.toml", include_str!("../../assets/templates/shell.toml")),
    ("py-backup.toml", include_str!("../../assets/templates/py-backup.toml")),
    ("py-health-check.toml", include_str!("../../assets/templates/py-health-check.toml")),
    ("py-http-check.toml", include_str!("../../assets/templates/py-http-check.toml")),
    ("py-csv-sqlite.toml", include_str!("../../assets/templates/py-csv-sqlite.toml")),
    ("py-clean-up.toml", include_str!("../../assets/templates/py-clean-up.toml")),
    ("py-mail-report.toml", include_str!("../../assets/templates/py-mail-report.toml")),
    ("sh-rsync-backup.toml", include_str!("../../assets/templates/sh-rsync-backup.toml")),
    ("sh-disk-space.toml", include_str!("../../assets/templates/sh-disk-space.toml")),
];

/// A file that is larger than this is something else.
const LARGEST_BYTES: u64 = 1 << 20;

/// The key of the schedules, which are no field of a definition.
const WHEN: &str = "when";

/// A template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The name of its file without its ending, by which it is chosen.
    pub name: String,
    /// What it is called in the list.
    pub title: String,
    /// What it does, in a line.
    pub about: String,
    /// Programs without which it cannot run.
    pub needs: Vec<String>,
    /// What is to be changed, in words.
    pub change: Vec<String>,
    /// Texts by the key of their field, in the order of the file; `when` holds the schedules.
    pub fields: Vec<(&'static str, String)>,
    /// The script that is made for the task.
    pub script: Option<String>,
    /// The packages that the script needs.
    pub requirements: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    title: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    change: Vec<String>,
    script: Option<Spanned<String>>,
    requirements: Option<Spanned<String>>,
    task: BTreeMap<Spanned<String>, Spanned<Value>>,
}

/// The one of this name, the person's own before one that comes along.
///
/// # Errors
/// With the names of those that there are, or with what is wrong with it.
pub fn named(folder: &Path, name: &str) -> Result<Template, String> {
    let (all, problems) = all(folder);
    let file = format!("{name}.toml");
    let is_of_it = |problem: &&Problem| {
        let (file_of, _) = problem.place.rsplit_once(".toml").unwrap_or((&problem.place, ""));
        Path::new(file_of).file_name().is_some_and(|stem| stem == name)
    };
    if let Some(problem) = problems.iter().find(is_of_it).filter(|_| folder.join(&file).exists()) {
        return Err(format!("template {problem}"));
    }
    let names: Vec<String> = all.iter().map(|template| template.name.clone()).collect();
    let found = all.into_iter().rev().find(|template| template.name == name);
    found.ok_or_else(|| format!("there is no template `{name}`; there are {}", names.join(", ")))
}

/// All of them, the person's own behind those that come along; and what is wrong with the own ones, which are then left out.
pub fn all(folder: &Path) -> (Vec<Template>, Vec<Problem>) {
    let (mut templates, mut problems) = (Vec::new(), Vec::new());
    let mut take = |read: Result<Template, Problem>| match read {
        Ok(template) => templates.push(template),
        Err(problem) => problems.push(problem),
    };
    for (name, text) in BUILT_IN {
        take(read(name, text));
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    for file in files {
        take(load(&file));
    }
    (templates, problems)
}

fn load(file: &Path) -> Result<Template, Problem> {
    let name = file.display().to_string();
    let wrong = |text: String| Problem { place: name.clone(), text };
    // Asked first: opening what is no file, such as a pipe, could take for ever.
    let metadata = std::fs::metadata(file).map_err(|e| wrong(e.to_string()))?;
    if !metadata.is_file() || metadata.len() > LARGEST_BYTES {
        return Err(wrong("is not a template".to_owned()));
    }
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    read(&name, &text)
}

/// Reads one. The problem names the line, and the field where it is about one.
fn read(name: &str, text: &str) -> Result<Template, Problem> {
    let line = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let wrong = |offset: usize, text: String| Problem { place: format!("{name}:{}", line(offset)), text };
    let document: Document = toml::from_str(text)
        .map_err(|e| wrong(e.span().map_or(0, |span| span.start), e.message().lines().collect::<Vec<_>>().join(" ")))?;
    // The values are read as the form will read them, so that a mistake is found in the file, with its line.
    let context = Context { zone: TimeZone::UTC, now: Timestamp::now(), folder: "/".into(), types: None };
    let mut definition = Definition::new("", Work::Todo(Status::Open));
    let mut entries: Vec<_> = document.task.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    // What is to be done comes first: other fields only apply to something that runs.
    entries.sort_by_key(|(key, _)| !matches!(key.get_ref().as_str(), "command" | "script"));
    match (&document.script, &document.requirements) {
        (None, Some(requirements)) => {
            return Err(wrong(requirements.span().start, "requirements: goes with script".to_owned()));
        }
        (Some(script), _) => {
            if let Some((key, _)) =
                entries.iter().find(|(key, _)| matches!(key.get_ref().as_str(), "command" | "script"))
            {
                let text = format!("{}: the template has a script already", key.get_ref());
                return Err(wrong(key.span().start, text));
            }
            if !script.get_ref().starts_with("#!") {
                let text = "script: its first line says by what it is run, as in #!/usr/bin/env python3";
                return Err(wrong(script.span().start, text.to_owned()));
            }
            definition.work = Work::Script("/".into());
        }
        (None, None) => {}
    }
    let mut fields = Vec::new();
    for (key, value) in entries {
        let place = key.span().start;
        let (key, parts) = parts(key.get_ref(), value.get_ref()).map_err(|e| wrong(place, e))?;
        for part in &parts {
            let checked = if key == WHEN {
                Rule::parse_for(Spread::by(""), part, &context.zone, context.now, &context.folder)
                    .map(drop)
                    .map_err(|e| format!("{key}: {e}"))
            } else {
                Field::named(key).and_then(|field| field.set(&mut definition, part, &context))
            };
            checked.map_err(|e| wrong(place, e))?;
        }
        fields.push((key, joined(key, &parts)));
    }
    let Document { title, about, needs, change, script, requirements, .. } = document;
    let name = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let script = script.map(Spanned::into_inner);
    let requirements = requirements.map(Spanned::into_inner).unwrap_or_default();
    Ok(Template { name, title, about, needs, change, fields, script, requirements })
}

/// The field of a key, and its value as the texts that it takes one after the other.
fn parts(key: &str, value: &Value) -> Result<(&'static str, Vec<String>), String> {
    let key = match key {
        WHEN => WHEN,
        "name" => return Err("name: a template has none; the person gives it".to_owned()),
        key => Field::named(key).map_err(|e| format!("{e}, {WHEN}"))?.key,
    };
    let scalar = |value: &Value| match value {
        Value::String(text) => Ok(text.trim_end_matches('\n').to_owned()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => Ok(value.to_string()),
        Value::Array(_) | Value::Table(_) => Err(format!("{key}: takes a text")),
    };
    let texts = match (key, value) {
        (WHEN, Value::Array(values)) => values.iter().map(scalar).collect::<Result<_, _>>()?,
        (WHEN, value) => scalar(value)?.split(';').map(|part| part.trim().to_owned()).collect(),
        ("tags" | "after" | "depends-on", Value::Array(values)) => {
            vec![values.iter().map(scalar).collect::<Result<Vec<_>, _>>()?.join(", ")]
        }
        ("secrets", Value::Array(values)) => vec![values.iter().map(scalar).collect::<Result<Vec<_>, _>>()?.join("; ")],
        ("env", Value::Table(variables)) => variables
            .iter()
            .map(|(name, value)| Ok(format!("{name}={}", scalar(value)?)))
            .collect::<Result<_, String>>()?,
        ("field", Value::Table(fields)) => fields
            .iter()
            .map(|(name, value)| Ok(field::custom(name, &scalar(value)?)))
            .collect::<Result<_, String>>()?,
        (_, value) => vec![scalar(value)?],
    };
    Ok((key, texts))
}

/// As it stands in the form: variables a line each, schedules with `;`.
fn joined(key: &str, parts: &[String]) -> String {
    parts.join(if key == "env" { "\n" } else { "; " })
}

#[cfg(test)]
mod tests;

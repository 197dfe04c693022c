//! What a run of the task in the form will see: its shell, its folder, and the two variables on which commands depend most.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::World;
use super::queries::context;
use crate::domain::field::Field;
use crate::domain::task::{Definition, Status, Work};
use crate::lock;
use crate::tui::model::draft::Draft;

/// One line; `None` for a to-do, of which nothing runs.
pub(super) fn seen(world: &World, draft: &Draft) -> Option<String> {
    let (command, script) = (draft.text("command").trim(), draft.text("script").trim());
    if command.is_empty() && script.is_empty() {
        return None;
    }
    let context = context(world);
    let mut definition = Definition::new("", Work::Todo(Status::Open));
    definition.work = if command.is_empty() { Work::Script(script.into()) } else { Work::Command(command.to_owned()) };
    let mut set = |key: &str, text: &str| {
        // What is wrong is said at its own field.
        if !text.trim().is_empty() {
            let _ = Field::named(key).and_then(|field| field.set(&mut definition, text, &context));
        }
    };
    for key in ["cwd", "shell"] {
        set(key, draft.text(key));
    }
    for line in draft.text("env").lines() {
        set("env", line.trim());
    }
    let execution = &definition.execution;
    let inherited = inherited(world);
    let value = |name: &str| match execution.env.get(name) {
        Some(value) => value.clone(),
        None => inherited.iter().find(|(key, _)| key == name).map_or("(none)".to_owned(), |(_, v)| v.clone()),
    };
    let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"));
    let folder = execution.cwd.as_ref().unwrap_or(&home).display();
    let by = if command.is_empty() { String::new() } else { format!("{} -c ", execution.shell.display()) };
    Some(format!("{by}in {folder}, HOME={}, PATH={}", value("HOME"), value("PATH")))
}

/// The variables of the process that will start it: the engine, or this one where there is none or it cannot be looked into.
fn inherited(world: &World) -> Vec<(String, String)> {
    let text = |value: OsString| value.to_string_lossy().into_owned();
    let own = || std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
    let Ok(Some(holder)) = lock::holder(&world.engine_lock) else { return own() };
    if holder.pid == std::process::id() {
        return own();
    }
    match std::fs::read(format!("/proc/{}/environ", holder.pid)) {
        Ok(bytes) => bytes
            .split(|byte| *byte == 0)
            .filter_map(|entry| {
                let entry = text(OsString::from_vec(entry.to_vec()));
                entry.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
            })
            .collect(),
        Err(_) => own(),
    }
}

//! The example set: what a home server does day and night, in a folder of its own.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;

use super::super::msg::Done;
use super::World;
use super::queries::context_at;
use super::scripts::home;
use crate::domain::change::By;
use crate::domain::field::Context;
use crate::domain::task::Work;
use crate::store::changes::Step;
use crate::store::tasks_file::{self, Imported, Plan, Source};
use crate::store::texts::Zone;
use crate::store::{Result, StoreError};

/// The tasks.
pub(in crate::tui) const TASKS: &str = include_str!("../../../assets/examples/home-server.toml");

/// The script of one of them.
const REPORT: (&str, &str) = ("report.py", include_str!("../../../assets/examples/report.py"));

/// The variable that tells them their folder.
const FOLDER: &str = "TEMPO_EXAMPLE";

/// Adds those that are not there, in one step.
pub(super) fn load(world: &World, now: Timestamp) -> Result<Done> {
    let folder = world.paths.example();
    let script = folder.join(REPORT.0);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    match fs::OpenOptions::new().write(true).create_new(true).open(&script) {
        Ok(mut file) => std::io::Write::write_all(&mut file, REPORT.1.as_bytes()).map_err(io(&script))?,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(io(&script)(e)),
    }
    let source = Source {
        name: "the example".to_owned(),
        context: Context { folder: folder.clone(), ..context_at(world, now) },
        zone: Zone { name: world.zone_name.clone(), rules: world.zone.clone() },
        scripts: world.paths.scripts(),
    };
    let Plan { tasks: mut planned, wrong } = tasks_file::read(TASKS, &source).map_err(StoreError::Refused)?;
    if !wrong.is_empty() {
        return Err(StoreError::Refused(tasks_file::told(&wrong)));
    }
    for task in &mut planned {
        if !matches!(task.definition.work, Work::Todo(_)) {
            task.definition.execution.env.insert(FOLDER.to_owned(), folder.display().to_string());
        }
    }
    let scripts = home(&world.paths);
    let Imported { tasks, .. } = world.store.write(move |db| {
        let may_write = |path: &Path| scripts.may_write(path).map_err(|e| e.to_string());
        tasks_file::put_all(db, &mut Step::new(By::Dashboard, now), &planned, false, false, &may_write, |_| {})
    })?;
    Ok(Done::ExampleLoaded(tasks.len(), folder))
}

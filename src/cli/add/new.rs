//! `tempo add --new`: a script in a folder of its own, with the task that runs it.

use std::path::{Path, PathBuf};

use super::super::versions::{home, not_written};
use super::super::{CliError, Context, Result};
use crate::config::templates::Template;
use crate::domain::change::By;
use crate::domain::field::{self, Field};
use crate::domain::name;
use crate::domain::task::{Definition, Task, Work};
use crate::script::{Files, Language};
use crate::store::changes::{Step, Wish};
use crate::store::{Store, scripts, tasks};

/// Begins a definition with what a template says, but for its schedules: what is to start by itself says a person who sees it.
pub(super) fn begin(task: &mut Definition, template: &Template, context: &field::Context) -> Result<()> {
    if template.script.is_some() {
        // Where it lies is known when it is made.
        task.work = Work::Script(PathBuf::new());
    }
    for (key, text) in template.fields.iter().filter(|(key, _)| *key != "when") {
        // Variables stand in a line each.
        let parts: Vec<&str> = if *key == "env" { text.lines().collect() } else { vec![text] };
        let field = Field::named(key).map_err(CliError::Refused)?;
        parts.iter().try_for_each(|part| field.set(task, part, context)).map_err(CliError::Refused)?;
    }
    Ok(())
}

/// Makes the files of a script, and its task; when that fails, no file is left behind.
pub(super) fn make(
    store: &Store,
    mut task: Definition,
    wanted: Vec<Wish>,
    (script, requirements): (&str, &str),
    cx: &Context,
) -> Result<(Task, Option<Files>)> {
    let base = name::slug(&task.name);
    tasks::check_base(&base, &task.name)?;
    let slug = tasks::free_slug(&*store.reader()?, &base)?;
    let language = Language::of(Path::new(""), script.as_bytes());
    let files = home(cx).create(&task.category, &slug, language, script, requirements).map_err(not_written)?;
    task.work = Work::Script(files.script.clone());
    let contents = files.contents(script, requirements);
    let now = cx.now;
    let added =
        store.write(move |db| scripts::add(db, &mut Step::new(By::Cli, now), &slug, (&task, &wanted), &contents, now));
    match added {
        Ok(task) => Ok((task, Some(files))),
        Err(e) => {
            files.take_back();
            Err(e.into())
        }
    }
}

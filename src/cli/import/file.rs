//! `tempo import FILE`: the tasks of a TOML file, all of them or none. It is the form that `tempo export` writes.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use super::super::{CliError, Context, Result, complain, versions};
use crate::domain::change::By;
use crate::domain::version::Origin;
use crate::store::changes::Step;
use crate::store::tasks;
use crate::store::tasks_file::{self, Imported, Source};

/// From this many tasks on, a person may wonder whether anything happens.
const MANY: usize = 1000;

/// Skipped tasks that are named.
const NAMED: usize = 20;

/// Where the file comes from when it is `-`.
const STANDARD_INPUT: &str = "standard input";

pub(super) fn run(file: &Path, replace: bool, cx: &mut Context) -> Result<()> {
    let (text, source) = open(file, cx)?;
    let planned = tasks_file::read(&text, &source).map_err(CliError::Refused)?;
    let total = planned.len();
    let progress = total > MANY && std::io::stderr().is_terminal();
    let store = cx.store()?;
    let now = cx.now;
    let home = versions::home(cx);
    let allowed = home.clone();
    let imported = store.write(move |db| {
        let may_write = |path: &Path| allowed.may_write(path).map_err(|e| e.to_string());
        tasks_file::put_all(db, &mut Step::new(By::Cli, now), &planned, replace, &may_write, |done| {
            if progress && done % MANY == 0 {
                show_progress(done, total);
            }
        })
    })?;
    let Imported { tasks: added, skipped, scripts } = imported;
    if progress {
        show_progress(total, total);
        let _ = std::io::stderr().write_all(b"\n");
    }
    let db = store.reader()?;
    for task in &added {
        if cx.json {
            let object = cx.task_json(&db, task)?;
            cx.print_json(&object)?;
        } else {
            writeln!(cx.out, "{}", task.slug)?;
        }
    }
    cx.out.flush()?;
    if !skipped.is_empty() {
        let more = skipped.len().saturating_sub(NAMED);
        let named = skipped[..skipped.len() - more].join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        complain(&format_args!("skipped, because they exist: {named}{more}"));
    }
    for other in scripts.others() {
        let path = other.path.display();
        if !replace {
            complain(&format_args!("{path} is another one than in the file: it was kept as it is"));
            continue;
        }
        let content = other.content.as_bytes();
        let replaced =
            versions::put(&store, &home, (other.task, other.file), &other.path, content, Origin::Imported, now)?;
        let slug = tasks::get(&db, other.task)?.slug;
        match replaced.before {
            Some(version) => complain(&format_args!(
                "{path} was replaced; `tempo versions {slug} --restore {version}` brings back what stood in it"
            )),
            None => complain(&format_args!("{path} was replaced")),
        }
    }
    Ok(())
}

/// The text of the file, and what its values mean.
fn open(file: &Path, cx: &Context) -> Result<(String, Source)> {
    let piped = file == Path::new("-");
    let name = if piped { STANDARD_INPUT.to_owned() } else { file.display().to_string() };
    let text = if piped { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|e| CliError::file(Path::new(&name), e))?;
    let context = if piped {
        cx.fields_here()?
    } else {
        let folder = std::path::absolute(file).map_err(|e| CliError::file(file, e))?;
        cx.fields(folder.parent().unwrap_or(Path::new("/")))
    };
    Ok((text, Source { name, context, zone: cx.local_zone(), scripts: cx.paths.scripts() }))
}

fn show_progress(done: usize, total: usize) {
    // Progress that cannot be shown is no reason to stop.
    let _ = write!(std::io::stderr(), "\r{done} of {total} tasks");
}

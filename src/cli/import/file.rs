//! `tempo import FILE`: the tasks of a TOML or CSV file, all of them or none. These are the forms that `tempo export` writes.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use super::super::{CliError, Context, Result, complain, versions};
use super::Args;
use crate::domain::change::By;
use crate::domain::version::Origin;
use crate::foreign::todos::Form;
use crate::store::changes::Step;
use crate::store::tasks;
use crate::store::tasks_file::{self, Imported, Plan, Source, rows};
use crate::store::{Db, StoreError};

/// From this many tasks on, a person may wonder whether anything happens.
const MANY: usize = 1000;

/// Skipped tasks that are named.
const NAMED: usize = 20;

pub(super) fn run(form: Form, text: &str, name: &str, file: &Path, args: &Args, cx: &mut Context) -> Result<()> {
    let source = source(name, file, cx)?;
    let read = if form == Form::Csv { rows::read } else { tasks_file::read };
    let Plan { tasks: mut planned, wrong } = read(text, &source).map_err(CliError::Refused)?;
    let (replace, dry, skip) = (args.replace, args.dry_run, args.skip_invalid);
    if !wrong.is_empty() && !skip {
        return Err(nothing(&tasks_file::told(&wrong)));
    }
    if dry {
        // A file cannot be taken back as the store can.
        for task in &mut planned {
            task.script = None;
        }
    }
    let total = planned.len();
    let progress = total > MANY && std::io::stderr().is_terminal();
    let store = cx.store()?;
    let room = store.room_for_many();
    let now = cx.now;
    let home = versions::home(cx);
    let allowed = home.clone();
    let change = move |db: &Db| {
        let may_write = |path: &Path| allowed.may_write(path).map_err(|e| e.to_string());
        tasks_file::put_all(db, &mut Step::new(By::Cli, now), &planned, replace, skip, &may_write, |done| {
            if progress && done % MANY == 0 {
                show_progress(done, total);
            }
        })
    };
    let imported = if dry { store.rehearse(change) } else { store.write(change) };
    let imported = imported.map_err(|e| match e {
        StoreError::Refused(why) => nothing(&why),
        e => e.into(),
    })?;
    drop(room);
    let Imported { tasks: added, skipped, scripts, wrong: refused } = imported;
    if progress {
        show_progress(total, total);
        let _ = std::io::stderr().write_all(b"\n");
    }
    let db = store.reader()?;
    for (id, slug) in &added {
        if dry {
            let what = if tasks::has_slug(&db, slug)? { "changed" } else { "added" };
            if cx.json {
                cx.print_json(&serde_json::json!({ "slug": slug, "result": what }))?;
            } else {
                writeln!(cx.out, "{slug}  would be {what}")?;
            }
        } else if cx.json {
            let object = cx.task_json(&db, &tasks::get(&db, *id)?)?;
            cx.print_json(&object)?;
        } else {
            writeln!(cx.out, "{slug}")?;
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
    let wrong: Vec<String> = wrong.into_iter().chain(refused).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    complain(&tasks_file::told(&wrong));
    let all = added.len() + skipped.len() + wrong.len();
    Err(CliError::Refused(format!("{} of {all} cannot be imported", wrong.len())))
}

/// That a part is wrong, so that nothing was done.
pub(super) fn nothing(why: &str) -> CliError {
    CliError::Refused(format!("{why}\nnothing was imported; --skip-invalid imports the rest"))
}

/// What the values of the file mean.
fn source(name: &str, file: &Path, cx: &Context) -> Result<Source> {
    let context = if file == Path::new("-") {
        cx.fields_here()?
    } else {
        let folder = std::path::absolute(file).map_err(|e| CliError::file(file, e))?;
        cx.fields(folder.parent().unwrap_or(Path::new("/")))
    };
    Ok(Source { name: name.to_owned(), context, zone: cx.local_zone(), scripts: cx.paths.scripts() })
}

pub(super) fn show_progress(done: usize, total: usize) {
    // Progress that cannot be shown is no reason to stop.
    let _ = write!(std::io::stderr(), "\r{done} of {total} tasks");
}

//! `tempo note`: what people note about a task, and outputs of runs that belong to it.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::Serialize;

use super::table::Table;
use super::{CliError, Context, Result};
use crate::domain::RunId;
use crate::domain::change::By;
use crate::store::changes::Step;
use crate::store::notes::{self, Note};
use crate::store::{Db, StoreError, runs, tasks};

/// Bytes of a note.
const LONGEST: u64 = 1 << 20;

/// About which task, and what.
#[derive(Debug, clap::Args)]
#[command(after_help = "The output of a run that is attached is kept as long as its note, whatever else is removed.")]
pub struct Args {
    /// The task
    task: String,
    /// What to note; - reads it from standard input; without it the notes are listed
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// Attach the output of this run, also of another task
    #[arg(long, value_name = "RUN")]
    run: Option<i64>,
    /// Take the note with this number away; `tempo undo` brings it back
    #[arg(long, value_name = "N", conflicts_with_all = ["text", "run"])]
    rm: Option<i64>,
}

/// A note.
#[derive(Debug, Serialize)]
pub(super) struct NoteJson {
    id: i64,
    at: String,
    text: String,
    run: Option<RunId>,
}

impl NoteJson {
    pub(super) fn of(cx: &Context, note: &Note) -> Self {
        Self { id: note.id, at: cx.rfc3339(note.at), text: note.text.clone(), run: note.run }
    }
}

pub(super) fn run(args: Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    if let Some(id) = args.rm {
        return remove(&args.task, id, cx);
    }
    if args.text.is_empty() && args.run.is_none() {
        let db = store.reader()?;
        let task = tasks::find(&db, &args.task)?;
        return list(cx, &notes::of_task(&db, task.id)?);
    }
    let text = match args.text.as_slice() {
        [dash] if dash == "-" => from_stdin()?,
        words => words.join(" "),
    };
    let text = text.trim_end().to_owned();
    if text.is_empty() && args.run.is_none() {
        return Err(CliError::Refused("the note is empty".to_owned()));
    }
    if text.contains('\0') {
        return Err(CliError::Refused("a note is a text, without NUL bytes".to_owned()));
    }
    let (reference, run, now) = (args.task, args.run.map(RunId), cx.now);
    let (slug, note) = store.write(move |db| {
        let task = tasks::find(db, &reference)?;
        if let Some(run) = run {
            attachable(db, run)?;
        }
        let id = Step::new(By::Cli, now).note(db, task.id, &text, run)?;
        Ok((task.slug, Note { id, at: now, text, run }))
    })?;
    if cx.json {
        let object = NoteJson::of(cx, &note);
        return cx.print_json(&object);
    }
    let attached = note.run.map_or_else(String::new, |run| format!(", with the output of run {run}"));
    writeln!(cx.out, "note {} of {slug}{attached}", note.id)?;
    Ok(())
}

/// Whether there is something of a run that can be kept.
fn attachable(db: &Db, run: RunId) -> crate::store::Result<()> {
    match runs::get(db, run)?.removed {
        Some(removed) => {
            Err(StoreError::Refused(format!("the output of run {run} was removed already ({})", removed.by)))
        }
        None => Ok(()),
    }
}

fn from_stdin() -> Result<String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
    let failed = |e| CliError::file(Path::new("standard input"), e);
    if read.map_err(failed)? as u64 > LONGEST {
        return Err(CliError::Refused("a note has at most 1 MiB; attach the output of a run with --run".to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| CliError::Refused("a note is a text in UTF-8".to_owned()))
}

fn remove(reference: &str, id: i64, cx: &mut Context) -> Result<()> {
    let (reference, now) = (reference.to_owned(), cx.now);
    let slug = cx.store()?.write(move |db| {
        let task = tasks::find(db, &reference)?;
        Step::new(By::Cli, now).unnote(db, task.id, id)?;
        Ok(task.slug)
    })?;
    if cx.json {
        return cx.print_json(&serde_json::json!({ "task": slug, "removed": id }));
    }
    writeln!(cx.out, "note {id} of {slug} is gone (tempo undo brings it back)")?;
    Ok(())
}

fn list(cx: &mut Context, all: &[Note]) -> Result<()> {
    if cx.json {
        for note in all {
            let object = NoteJson::of(cx, note);
            cx.print_json(&object)?;
        }
        return Ok(());
    }
    print(cx, all)
}

/// The notes as a table, each line of a note on a line of its own.
pub(super) fn print(cx: &mut Context, all: &[Note]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["NOTE", "WHEN", "RUN", "TEXT"]);
    for note in all {
        let run = note.run.map_or_else(|| "-".to_owned(), |run| format!("#{run}"));
        let mut lines = note.text.lines();
        let first = lines.next().unwrap_or_default();
        table.row(vec![note.id.to_string().into(), cx.clock(note.at).into(), run.into(), first.into()]);
        for line in lines {
            table.row(vec!["".into(), "".into(), "".into(), line.into()]);
        }
    }
    table.print(&mut cx.out)?;
    Ok(())
}

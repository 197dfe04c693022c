//! `tempo edit --all`: what a filter finds, as one text in an editor (A6).

mod sheet;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use self::sheet::Sheet;
use super::many::{self, Interrupt, ItemJson, Progress};
use super::{CliError, Context, Result, complain};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::roster::Wrong;
use crate::store::roster::{self, Checked, Did};
use crate::store::{Reader, Store, tasks};

/// Mistakes that are told at once.
const TOLD: usize = 20;

/// Opens them in the editor, and does what was written there. Returns the exit code.
pub(super) fn run(filter: &str, yes: bool, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let db = store.reader()?;
    if !yes && !many::can_ask(cx) {
        let _ = many::found_some(&db, filter, cx)?;
        return Err(CliError::Refused("nobody can be asked before it is done: add --yes".to_owned()));
    }
    let folder = cx.paths.edited();
    let sheet = if let Some(sheet) = offered(&folder, filter, cx)? {
        sheet
    } else {
        let found: Vec<TaskId> = many::found_some(&db, filter, cx)?.into_iter().map(|(id, _)| id).collect();
        Sheet::new(&folder, filter, roster::open(&db, &found, &cx.fields_here()?)?)?
    };
    let interrupt = Interrupt::new()?;
    let wanted = edited(&db, &sheet, &interrupt, cx);
    if wanted.is_err() && !sheet.is_written() {
        sheet.remove();
        return wanted.map(|_| 0);
    }
    let code = match wanted? {
        None => 0,
        Some(wanted) if !yes && !many::ask(&question(&wanted), false)? => return Err(kept(&sheet.file)),
        Some(wanted) => carry_out(&store, &db, &wanted, &interrupt, cx)?,
    };
    sheet.remove();
    Ok(code)
}

/// A text for this filter that was written before and not carried out, when the person wants to go on with it.
fn offered(folder: &Path, filter: &str, cx: &Context) -> Result<Option<Sheet>> {
    let waiting = if many::can_ask(cx) { Sheet::waiting(folder, filter) } else { None };
    let Some(sheet) = waiting else { return Ok(None) };
    let tasks = many::tasks(sheet.opened.tasks);
    let question = format!(
        "a text of {tasks} waits, which was written and not carried out: go on with it, or throw it away (x)? [Y/n/x]"
    );
    loop {
        match many::answer(&question)?.as_deref() {
            Some("" | "y" | "yes") => return Ok(Some(sheet)),
            Some("n" | "no") => return Ok(None),
            Some("x") => {
                sheet.remove();
                return Ok(None);
            }
            Some("q") | None => return Err(kept(&sheet.file)),
            Some(_) => {}
        }
    }
}

/// Nothing was done; the text waits.
fn kept(file: &Path) -> CliError {
    let file = file.display();
    CliError::Refused(format!("nothing was changed; the text is in {file}, and the same command offers it again"))
}

/// Lets the person edit until all of it can be read; nothing when nothing is to be done.
fn edited(db: &Reader, sheet: &Sheet, interrupt: &Interrupt, cx: &mut Context) -> Result<Option<Checked>> {
    let Sheet { file, opened, .. } = sheet;
    loop {
        let words = super::edit::editor();
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{words} \"$@\"")).arg(&words).arg(file);
        // Ctrl-c is the editor's.
        let status = interrupt.held(|_| command.status());
        let status = status.map_err(|e| CliError::Failed(format!("cannot start {words}: {e}")))?;
        if !status.success() {
            let mut text = format!("{words} ended with {status}: nothing was changed");
            if sheet.is_written() {
                text = format!("{text}; the text is in {}, and the same command offers it again", file.display());
            }
            return Err(CliError::Failed(text));
        }
        let text = fs::read_to_string(file).map_err(|e| CliError::file(file, e))?;
        let checked = if text == *opened.text {
            Ok(Checked { same: opened.tasks, ..Checked::default() })
        } else {
            roster::check(db, opened, &text, &cx.fields_here()?)?
        };
        match checked {
            Ok(checked) if checked.changed + checked.trashed + checked.overtaken == 0 => {
                if !cx.json {
                    writeln!(cx.out, "nothing was changed")?;
                }
                return Ok(None);
            }
            Ok(checked) => return Ok(Some(checked)),
            Err(wrong) => {
                tell(file, &wrong);
                if !many::can_ask(cx) || !many::ask("edit it again?", true)? {
                    return Err(kept(file));
                }
            }
        }
    }
}

fn tell(file: &Path, wrong: &[Wrong]) {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    for Wrong { row, col, text } in wrong.iter().take(TOLD) {
        complain(&format_args!("{name}:{}:{}: {text}", row + 1, col + 1));
    }
    if wrong.len() > TOLD {
        complain(&format_args!("and {} mistakes more", wrong.len() - TOLD));
    }
}

fn question(checked: &Checked) -> String {
    let mut parts = Vec::new();
    if checked.changed > 0 {
        parts.push(format!("change {}", many::tasks(checked.changed)));
    }
    if checked.trashed > 0 {
        parts.push(format!("move {} to the trash", many::tasks(checked.trashed)));
    }
    if parts.is_empty() {
        parts.push("change nothing".to_owned());
    }
    if checked.overtaken > 0 {
        parts.push(format!("leave out {} that somebody else changed or deleted meanwhile", checked.overtaken));
    }
    format!("{}, and leave {} as they are?", parts.join(", "), many::tasks(checked.same))
}

fn carry_out(store: &Store, db: &Reader, wanted: &Checked, interrupt: &Interrupt, cx: &mut Context) -> Result<u8> {
    let context = cx.fields_here()?;
    let progress = Progress::new(wanted.edits.len());
    let outcome = interrupt.held(|pressed| {
        roster::carry_out(store, By::Cli, &Arc::clone(&wanted.edits), &context, |done| {
            progress.at(done);
            !pressed.load(Ordering::Relaxed)
        })
    })?;
    progress.end();
    let mut items = Vec::new();
    let item = |id, result| -> Result<ItemJson> {
        let slug = if cx.json { tasks::get(db, id)?.slug } else { String::new() };
        Ok(ItemJson { id, task: slug, result, changes: Vec::new(), error: None })
    };
    for (id, did) in &outcome.done {
        items.push(item(
            *id,
            match did {
                Did::Changed => "changed",
                Did::Same => "unchanged",
                Did::Trashed(_) => "trashed",
            },
        )?);
    }
    for id in &outcome.left {
        items.push(item(*id, "left")?);
    }
    for refused in outcome.refused {
        let (id, task, error) = (refused.task, refused.slug, Some(refused.why));
        items.push(ItemJson { id, task, result: "refused", changes: Vec::new(), error });
    }
    many::report(&items, outcome.ended, false, cx)
}

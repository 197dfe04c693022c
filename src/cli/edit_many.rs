//! `tempo edit --all`: what a filter finds, as one text in an editor (A6).

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::many::{self, Interrupt, ItemJson, Progress};
use super::{CliError, Context, Result, complain};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::roster::Wrong;
use crate::store::roster::{self, Checked, Did, Opened};
use crate::store::{Reader, Store, tasks};

/// Mistakes that are told at once.
const TOLD: usize = 20;

/// Opens them in the editor, and does what was written there. Returns the exit code.
pub(super) fn run(filter: &str, yes: bool, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let db = store.reader()?;
    let found: Vec<TaskId> = many::found_some(&db, filter, cx)?.into_iter().map(|(id, _)| id).collect();
    if !yes && !many::can_ask(cx) {
        return Err(CliError::Refused("nobody can be asked before it is done: add --yes".to_owned()));
    }
    let opened = roster::open(&db, &found, &cx.fields_here()?)?;
    let folder = cx.paths.edited();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|e| CliError::file(&folder, e))?;
    let file = folder.join(format!("tasks.{}.conf", std::process::id()));
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&file);
    made.and_then(|mut file| file.write_all(opened.text.as_bytes())).map_err(|e| CliError::file(&file, e))?;
    let interrupt = Interrupt::new()?;
    let wanted = edited(&db, &opened, &file, &interrupt, cx)?;
    let code = match wanted {
        None => 0,
        Some(wanted) if !yes && !many::ask(&question(&wanted), false)? => {
            let text = format!("nothing was changed; the text is in {}", file.display());
            return Err(CliError::Refused(text));
        }
        Some(wanted) => carry_out(&store, &db, &wanted, &interrupt, cx)?,
    };
    let _ = fs::remove_file(&file);
    Ok(code)
}

/// Lets the person edit until all of it can be read; nothing when nothing is to be done.
fn edited(
    db: &Reader,
    opened: &Opened,
    file: &Path,
    interrupt: &Interrupt,
    cx: &mut Context,
) -> Result<Option<Checked>> {
    loop {
        let words = super::edit::editor();
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{words} \"$@\"")).arg(&words).arg(file);
        // Ctrl-c is the editor's.
        let status = interrupt.held(|_| command.status());
        let status = status.map_err(|e| CliError::Failed(format!("cannot start {words}: {e}")))?;
        if !status.success() {
            let _ = fs::remove_file(file);
            return Err(CliError::Failed(format!("{words} ended with {status}: nothing was changed")));
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
                    return Err(CliError::Refused(format!("nothing was changed; the text is in {}", file.display())));
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
        complain(&format_args!("and {} lines more are wrong", wrong.len() - TOLD));
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

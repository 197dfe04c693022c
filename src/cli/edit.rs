//! `tempo edit`: the script of a task in an editor; what came of it is a version. With `--all`, many tasks as one text.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;

use super::versions::{home, line, not_written, path_of, present, version_json};
use super::{CliError, Context, Result, edit_many, many};
use crate::domain::caution::{Language, cautions};
use crate::domain::version::{File, Origin};
use crate::store::{scripts, tasks};

/// Whose.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The editor is $VISUAL, else $EDITOR, else vi, and edits the file in its place. A version is noted \
when it has changed. `tempo set` changes the definition of a task.

With --all the words are a filter, as those of `tempo list`; what it finds is one text with a line a task:

      3 Pay rent   | status:open priority:2 due:2026-12-24T18:00 +home @ana

Names and words are changed there. What is wrong is told with its line, and nothing is done; else it is asked once, and only \
what differs is set, all of it in one step for `tempo undo`. d in front of a number moves a task to the trash; a line that is \
removed leaves its task as it is. Each task is answered by itself: exit code 4 when one was refused."
)]
pub struct Args {
    /// The task; with --all, a filter
    #[arg(required_unless_present = "all", value_name = "TASK|FILTER", value_parser = many::said)]
    words: Vec<String>,
    /// The packages that it needs, in place of the script
    #[arg(long, conflicts_with = "all")]
    requirements: bool,
    /// All that the filter finds, or all that there are, as one text
    #[arg(long)]
    all: bool,
    /// Do what was written without asking
    #[arg(long, requires = "all")]
    yes: bool,
}

/// The words that start an editor.
pub(super) fn editor() -> String {
    let said = |name: &str| std::env::var(name).ok().filter(|words| !words.trim().is_empty());
    said("VISUAL").or_else(|| said("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

/// Returns the exit code.
pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    if args.all {
        return edit_many::run(&args.words.join(" "), args.yes, cx);
    }
    let [task] = args.words.as_slice() else {
        return Err(CliError::Refused("one task at a time; --all opens what a filter finds".to_owned()));
    };
    script(task, args.requirements, cx).map(|()| 0)
}

fn script(task: &str, requirements: bool, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let task = tasks::find(&*store.reader()?, task)?;
    let home = home(cx);
    let file = if requirements { File::Requirements } else { File::Script };
    let path = path_of(&task, file, &home)?;
    home.may_write(&path).map_err(not_written)?;
    let (id, now) = (task.id, cx.now);
    // What another program wrote is not what this editor did.
    if let Some(before) = present(&path)? {
        store.write(move |db| scripts::note(db, id, file, &before, Origin::Outside, now))?;
    }
    let words = editor();
    // The shell splits its words.
    let status = Command::new("/bin/sh").arg("-c").arg(format!("{words} \"$@\"")).arg(&words).arg(&path).status();
    let status = status.map_err(|e| CliError::Failed(format!("cannot start {words}: {e}")))?;
    let Some(after) = present(&path)? else {
        return Err(CliError::Failed(format!("{} is not there: nothing was saved", path.display())));
    };
    let bytes = after.bytes.clone();
    let noted = store.write(move |db| {
        let noted = scripts::note(db, id, file, &after, Origin::Saved, Timestamp::now())?;
        noted.map(|id| scripts::get(db, id)).transpose()
    })?;
    match &noted {
        Some(version) if cx.json => cx.print_json(&version_json(cx, version))?,
        Some(version) => writeln!(cx.out, "{}: {}", path.display(), line(cx, version))?,
        None if !cx.json => writeln!(cx.out, "{}: unchanged", path.display())?,
        None => {}
    }
    if noted.is_some() {
        warn(&path, &bytes);
    }
    if status.success() { Ok(()) } else { Err(CliError::Failed(format!("{words} ended with {status}"))) }
}

/// Says what in a file deserves a second look, as `main.py:12: ...`, and goes on.
fn warn(path: &Path, bytes: &[u8]) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = String::from_utf8_lossy(bytes);
    for caution in cautions(Language::of(&name, &text), &text) {
        super::complain(&format_args!("{name}:{}: {}", caution.line + 1, caution.text));
    }
}

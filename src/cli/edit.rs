//! `tempo edit`: the script of a task in an editor; what came of it is a version.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;

use super::versions::{home, line, not_written, path_of, present, version_json};
use super::{CliError, Context, Result};
use crate::domain::caution::{Language, cautions};
use crate::domain::version::{File, Origin};
use crate::store::{scripts, tasks};

/// Whose.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The editor is $VISUAL, else $EDITOR, else vi, and edits the file in its place. A version is noted
when it has changed. `tempo set` changes the definition of a task."
)]
pub struct Args {
    /// The task
    task: String,
    /// The packages that it needs, in place of the script
    #[arg(long)]
    requirements: bool,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let store = cx.store()?;
    let task = tasks::find(&*store.reader()?, &args.task)?;
    let home = home(cx);
    let file = if args.requirements { File::Requirements } else { File::Script };
    let path = path_of(&task, file, &home)?;
    home.may_write(&path).map_err(not_written)?;
    let (id, now) = (task.id, cx.now);
    // What another program wrote is not what this editor did.
    if let Some(before) = present(&path)? {
        store.write(move |db| scripts::note(db, id, file, &before, Origin::Outside, now))?;
    }
    let said = |name: &str| std::env::var(name).ok().filter(|words| !words.trim().is_empty());
    let words = said("VISUAL").or_else(|| said("EDITOR")).unwrap_or_else(|| "vi".to_owned());
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

//! `tempo versions`: what stood in a script and when, what is different, which version broke it, and an older one back again.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::table::{Cell, Table, Tone};
use super::{CliError, Context, Result, diff};
use crate::config::Loaded;
use crate::domain::quantity::format_bytes;
use crate::domain::task::{Task, Work};
use crate::domain::version::{Content, File, Origin, Pinned, Version};
use crate::domain::{RunId, TaskId, VersionId};
use crate::output::compare::compare_texts;
use crate::output::to_plain;
use crate::script::{self, NotWritten, Scripts, Unread};
use crate::store::{Db, From, Store, StoreError, scripts, tasks};

/// Versions that are listed when no number is said.
const LISTED: usize = 20;

/// Digits of a commit that are shown.
const COMMIT: usize = 10;

/// Whose, and what of them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each content of a script and of its requirements that was seen is a version: saved in Tempo, changed by another \
program, or read when a run was launched. A run is pinned to the versions that it executed.
A content of more than 1 MiB is known by its hash only.
With --diff the exit code is 0 when nothing is different, 1 when something is."
)]
pub struct Args {
    /// The task
    task: String,
    /// Which of its files: without it the script, or the one that a version is of
    #[arg(long, value_name = "script|requirements", value_parser = file)]
    file: Option<File>,
    /// So many of the newest
    #[arg(short = 'n', long, value_name = "N", conflicts_with_all = ["show", "diff", "restore", "broke"])]
    number: Option<usize>,
    /// Print the content of a version
    #[arg(long, value_name = "V", group = "what")]
    show: Option<i64>,
    /// Say what is different in a version from the one before it, or in another one from it
    #[arg(long, value_name = "V", num_args = 1..=2, group = "what")]
    diff: Vec<i64>,
    /// Write the content of a version into its file again; what stands there now stays a version
    #[arg(long, value_name = "V", group = "what")]
    restore: Option<i64>,
    /// Say between which two runs it broke, and what was changed between them
    #[arg(long, group = "what")]
    broke: bool,
}

fn file(text: &str) -> std::result::Result<File, String> {
    File::from_word(text).ok_or_else(|| "it is script or requirements".to_owned())
}

/// A version.
#[derive(Debug, Serialize)]
pub(super) struct VersionJson {
    id: VersionId,
    file: &'static str,
    hash: String,
    size: u64,
    /// Whether its content can be shown and brought back.
    kept: bool,
    saved_at: String,
    origin: &'static str,
    commit: Option<String>,
}

/// Between which two runs a task broke.
#[derive(Debug, Serialize)]
struct BrokeJson {
    good_run: Option<RunId>,
    bad_run: RunId,
    good: PinnedJson,
    bad: PinnedJson,
}

/// What a run executed.
#[derive(Debug, Serialize)]
pub(super) struct PinnedJson {
    script: Option<VersionJson>,
    requirements: Option<VersionJson>,
    /// Why there is no version of its script.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A version in a line, with its number, hash and time.
pub(super) fn line(cx: &Context, version: &Version) -> String {
    format!("version {} ({}, {} {})", version.id, version.hash.short(), version.origin, cx.clock(version.saved_at))
}

pub(super) fn version_json(cx: &Context, version: &Version) -> VersionJson {
    VersionJson {
        id: version.id,
        file: version.file.word(),
        hash: version.hash.to_string(),
        size: version.size,
        kept: version.is_kept,
        saved_at: cx.rfc3339(version.saved_at),
        origin: version.origin.word(),
        commit: version.commit.clone(),
    }
}

pub(super) fn pinned_json(cx: &Context, pinned: &Pinned) -> PinnedJson {
    let version = |version: &Option<Version>| version.as_ref().map(|version| version_json(cx, version));
    PinnedJson {
        script: version(&pinned.script),
        requirements: version(&pinned.requirements),
        reason: pinned.reason.clone(),
    }
}

/// The scripts of this installation, as its settings are.
pub(super) fn home(cx: &Context) -> Scripts {
    Scripts::of(&cx.paths, &Loaded::read(&cx.paths.settings(), std::env::vars()).settings)
}

/// Where a file of a task is.
pub(super) fn path_of(task: &Task, file: File, home: &Scripts) -> Result<PathBuf> {
    let Work::Script(script) = &task.definition.work else {
        let kind = task.definition.work.kind();
        return Err(CliError::Refused(format!("{} is a {kind} and has no script; `tempo set` changes it", task.slug)));
    };
    match file {
        File::Script => Ok(script.clone()),
        File::Requirements => home.requirements_of(script).ok_or_else(|| {
            CliError::Refused(format!("{} has no requirements: they go with a Python script", task.slug))
        }),
    }
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<u8> {
    let store = cx.store()?;
    let db = store.reader()?;
    let task = tasks::find(&db, &args.task)?;
    // That is where most mistakes come from: a to-do has none.
    path_of(&task, File::Script, &home(cx))?;
    if let Some(id) = args.show {
        return show(&db, &of(&db, &task, id, args.file)?, cx).map(|()| 0);
    }
    if let [first, rest @ ..] = args.diff.as_slice() {
        let first = of(&db, &task, *first, args.file)?;
        return match rest.first() {
            Some(other) => difference(&db, Some(&first), &of(&db, &task, *other, args.file)?, cx),
            None => difference(&db, scripts::before(&db, &first)?.as_ref(), &first, cx),
        };
    }
    if let Some(id) = args.restore {
        let version = of(&db, &task, id, args.file)?;
        return restore(&store, &db, &task, &version, cx).map(|()| 0);
    }
    if args.broke {
        return broke(&db, &task, cx);
    }
    list(&db, &task, args, cx).map(|()| 0)
}

/// A version of this task, and of this file when one is said: both files are numbered together.
fn of(db: &Db, task: &Task, id: i64, file: Option<File>) -> Result<Version> {
    let version = scripts::get(db, VersionId(id))?;
    if version.task != task.id {
        return Err(StoreError::NotFound(format!("version {id} of {}", task.slug)).into());
    }
    match file.filter(|file| *file != version.file) {
        None => Ok(version),
        Some(said) => Err(CliError::Refused(format!(
            "version {id} is one of the {0}, not of the {said}: say --file {0}, or a number that \
             `tempo versions {1} --file {said}` lists",
            version.file, task.slug
        ))),
    }
}

fn list(db: &Db, task: &Task, args: &Args, cx: &mut Context) -> Result<()> {
    let versions =
        scripts::page(db, task.id, args.file.unwrap_or(File::Script), &From::Start, args.number.unwrap_or(LISTED))?;
    if cx.json {
        return versions.iter().try_for_each(|version| cx.print_json(&version_json(cx, version)));
    }
    let mut table = Table::new(&["VERSION", "SAVED", "HASH", "SIZE", "ORIGIN", "COMMIT"]);
    for version in &versions {
        let size = format_bytes(version.size);
        table.row(vec![
            version.id.to_string().into(),
            cx.clock(version.saved_at).into(),
            version.hash.short().into(),
            if version.is_kept { size.into() } else { Cell::new(&format!("{size}, hash only"), Tone::Warn) },
            version.origin.word().into(),
            version.commit.as_deref().map_or_else(|| "-".into(), |commit| commit[..COMMIT].into()),
        ]);
    }
    table.print(&mut cx.out)?;
    Ok(())
}

fn show(db: &Db, version: &Version, cx: &mut Context) -> Result<()> {
    let content = scripts::content(db, version.id)?;
    if !cx.out.terminal {
        return Ok(cx.out.write_all(&content)?);
    }
    // It can hold anything, and a terminal obeys (O4).
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        writeln!(cx.out, "{}", to_plain(line.strip_suffix(b"\n").unwrap_or(line)))?;
    }
    Ok(())
}

/// Prints what is different; exit code 1 when something is.
fn difference(db: &Db, old: Option<&Version>, new: &Version, cx: &mut Context) -> Result<u8> {
    let content = |version: &Version| scripts::content(db, version.id);
    let before = old.map_or(Ok(Vec::new()), content)?;
    let comparison = compare_texts(&before, &content(new)?);
    let title = |version: &Version| format!("{} {}", version.file, line(cx, version));
    let (old, new) = (old.map_or_else(|| "nothing".to_owned(), title), title(new));
    diff::print(&comparison, &old, &new, cx)?;
    Ok(u8::from(!comparison.is_same()))
}

/// Writes a version into its file. What stands there is noted before, so that nothing is lost.
fn restore(store: &Store, db: &Db, task: &Task, version: &Version, cx: &mut Context) -> Result<()> {
    let home = home(cx);
    let path = path_of(task, version.file, &home)?;
    let bytes = scripts::content(db, version.id)?;
    let noted = put(store, &home, (task.id, version.file), &path, &bytes, Origin::Restored, cx.now)?.now;
    let noted = noted.map(|id| scripts::get(db, id)).transpose()?;
    if cx.json {
        return match noted {
            Some(noted) => cx.print_json(&version_json(cx, &noted)),
            None => cx.print_json(&version_json(cx, version)),
        };
    }
    match noted {
        Some(noted) => writeln!(cx.out, "{}: as in version {}, now version {}", path.display(), version.id, noted.id)?,
        None => writeln!(cx.out, "{} is as in version {} already", path.display(), version.id)?,
    }
    Ok(())
}

/// The versions of a file that was written.
pub(super) struct Written {
    /// That of what stood in it before; `None` when there was no file, or a larger one than is kept.
    pub(super) before: Option<VersionId>,
    /// That of what stands in it now; `None` when nothing was changed by that.
    pub(super) now: Option<VersionId>,
}

/// Writes a content into a file of a task. What stands there is noted before, so that nothing is lost.
pub(super) fn put(
    store: &Store,
    home: &Scripts,
    (id, file): (TaskId, File),
    path: &Path,
    bytes: &[u8],
    origin: Origin,
    now: Timestamp,
) -> Result<Written> {
    home.may_write(path).map_err(not_written)?;
    let mut before = None;
    if let Some(there) = present(path)? {
        before = store.write(move |db| {
            scripts::note(db, id, file, &there, Origin::Outside, now)?;
            Ok(scripts::newest(db, id, file)?.filter(|version| version.is_kept).map(|version| version.id))
        })?;
    }
    home.save(path, bytes).map_err(not_written)?;
    let content = Content::of(bytes).at(script::commit_of(path));
    let noted = store.write(move |db| scripts::note(db, id, file, &content, origin, now))?;
    Ok(Written { before, now: noted })
}

/// What stands in a file now; nothing when it is not there.
pub(super) fn present(path: &Path) -> Result<Option<Content>> {
    match script::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(Unread::Io(e)) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(Unread::Io(e)) => Err(CliError::file(path, e)),
        Err(e) => Err(CliError::Refused(format!("{}: {e}", path.display()))),
    }
}

pub(super) fn not_written(e: NotWritten) -> CliError {
    match e {
        NotWritten::ReadOnly { .. } => CliError::Refused(e.to_string()),
        NotWritten::Io { path, source } => CliError::file(&path, source),
    }
}

fn broke(db: &Db, task: &Task, cx: &mut Context) -> Result<u8> {
    let Some(broke) = scripts::broke(db, task.id)? else {
        let text = match task.last_run {
            Some(_) => format!("{} is not broken: no run failed after the last one that succeeded", task.slug),
            None => format!("{} has not run yet", task.slug),
        };
        return Err(StoreError::NotFound(format!("failed run: {text}")).into());
    };
    if cx.json {
        let (good_run, good) =
            broke.good.clone().map_or_else(|| (None, Pinned::default()), |(run, pinned)| (Some(run), pinned));
        let object = BrokeJson {
            good_run,
            bad_run: broke.bad.0,
            good: pinned_json(cx, &good),
            bad: pinned_json(cx, &broke.bad.1),
        };
        cx.print_json(&object)?;
        return Ok(0);
    }
    let mut table = Table::bare();
    let executed = |pinned: &Pinned| {
        let both = [&pinned.script, &pinned.requirements].into_iter().flatten();
        let texts: Vec<String> = both.map(|version| format!("{} {}", version.file, line(cx, version))).collect();
        match (texts.is_empty(), &pinned.reason) {
            (false, _) => texts.join(", "),
            (true, Some(reason)) => format!("no version is known: {reason}"),
            (true, None) => "no version is known".to_owned(),
        }
    };
    match &broke.good {
        Some((run, pinned)) => {
            table.row(vec![Cell::new("last good run", Tone::Good), format!("#{run}").into(), executed(pinned).into()]);
        }
        None => table.row(vec![Cell::new("last good run", Tone::Dim), "-".into(), "none is known".into()]),
    }
    let (run, pinned) = &broke.bad;
    table.row(vec![Cell::new("first failed run", Tone::Bad), format!("#{run}").into(), executed(pinned).into()]);
    table.print(&mut cx.out)?;
    let changed = broke.changed();
    if changed.is_empty() && broke.good.is_some() && broke.bad.1.script.is_some() {
        writeln!(cx.out, "both executed the same: it was not the script that changed")?;
    }
    for (good, bad) in &changed {
        writeln!(cx.out)?;
        difference(db, Some(good), bad, cx)?;
    }
    Ok(0)
}

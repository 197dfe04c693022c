//! `tempo restore`: what a backup holds takes the place of what is there, which is kept beside it (S4).
//!
//! Everything is unpacked and checked before anything is touched; run folders that are missing are put back, which changes nothing
//! for the old database; then one rename makes the new one the database. What is left to be done after it, a second `tempo
//! restore` of the same file does as well.

mod unpack;

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use self::unpack::Unpacked;
use super::archive::{self, Manifest};
use super::backup::{beside, run_folders};
use super::{CliError, Context, Result, complain};
use crate::domain::RunId;
use crate::lock::{self, Holder, Lock, Role};
use crate::store::backup::{Present, Staged};
use crate::supervise::{Evidence, inspect};

/// Runs that are named.
const NAMED: usize = 5;

/// What from.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The scheduler and every dashboard of this folder must be closed; what runs goes on, and the next scheduler \
adopts it if the backup knows it. What is there now is kept as tempo.db.before-restore-TIME; run \
folders that belong to other runs than those of the backup go to runs.before-restore-TIME. Scripts \
and calendars are put back where they are missing, and never overwritten. What was due since the \
backup counts as missed."
)]
pub struct Args {
    /// The file that `tempo backup` wrote
    file: PathBuf,
    /// Check the backup, show what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What a restore does, or would do.
#[derive(Debug, Serialize)]
struct Plan {
    dry_run: bool,
    backup: Manifest,
    /// Where the database is kept that was there.
    kept: Option<PathBuf>,
    /// Run folders that are put back.
    folders: Vec<i64>,
    /// Run folders of other runs, which make way for them.
    others: Vec<i64>,
    /// Runs that were live when the backup was made, of which nothing tells how they ended.
    lost: Vec<RunId>,
    /// Scripts and calendars that are put back.
    files: Vec<PathBuf>,
    /// Those that are there with another content.
    different: Vec<PathBuf>,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    let failed = |path: &Path, e| CliError::file(path, e);
    let file = fs::File::open(&args.file).map_err(|e| failed(&args.file, e))?;
    let path = cx.paths.engine_lock();
    let lock = Lock::try_take(&path, &Holder::this(Role::Library, cx.now)).map_err(|e| failed(&path, e))?;
    if lock.is_none() && !args.dry_run {
        let who =
            lock::holder(&path).ok().flatten().map_or_else(String::new, |holder| format!(", process {}", holder.pid));
        return Err(CliError::Refused(format!(
            "the scheduler is at work{who}: end it first (`q` in its window, or `kill` with that number); what runs goes on"
        )));
    }
    let unpacked = Unpacked::take(file, &cx.paths).map_err(|e| match e.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::Other => {
            CliError::Refused(format!("{} cannot be restored: {e}; nothing was changed", args.file.display()))
        }
        _ => failed(&args.file, e),
    })?;
    let plan = restore(&unpacked, args.dry_run, cx);
    unpacked.remove();
    drop(lock);
    told(&plan?, args, cx)
}

fn restore(unpacked: &Unpacked, dry_run: bool, cx: &Context) -> Result<Plan> {
    let staged = Staged::open(&unpacked.database)?;
    let database = cx.paths.database();
    // A look does not need it alone.
    let present = if dry_run { None } else { Some(Present::take(&database)?) };
    let time = cx.now.to_zoned(cx.zone.clone()).strftime("%Y-%m-%dT%H-%M-%S").to_string();
    let kept = beside(&database, &format!(".before-restore-{time}"));
    let folders = folders(unpacked, &staged, present.as_ref(), cx)?;
    let files = unpacked.files().map_err(|e| CliError::file(&unpacked.folder, e))?;
    let plan = Plan {
        dry_run,
        backup: unpacked.manifest.clone(),
        kept: database.exists().then(|| kept.clone()),
        folders: folders.missing.keys().copied().collect(),
        others: folders.others.clone(),
        lost: folders.lost.clone(),
        files: files.missing.iter().map(|(_, to)| to.clone()).collect(),
        different: files.different.clone(),
    };
    let Some(present) = present else { return Ok(plan) };

    let reason = format!("it ran when the backup of {} was made", unpacked.manifest.made_at);
    staged.finish(&folders.lost, &reason, folders.highest, cx.now)?;
    present.reserve(folders.highest)?;
    let moved = |from: &Path, to: &Path| fs::rename(from, to).map_err(|e| CliError::file(to, e));
    let runs = cx.paths.runs();
    fs::create_dir_all(&runs).map_err(|e| CliError::file(&runs, e))?;
    for (run, from) in folders.missing.iter().filter(|(run, _)| !folders.others.contains(run)) {
        moved(from, &runs.join(run.to_string()))?;
    }
    files.put().map_err(|e| CliError::file(&unpacked.folder, e))?;
    present.replace(&unpacked.database, &kept)?;

    // From here on it is the database of the backup.
    let aside = beside(&runs, &format!(".before-restore-{time}"));
    for run in &folders.others {
        fs::create_dir_all(&aside).map_err(|e| CliError::file(&aside, e))?;
        moved(&runs.join(run.to_string()), &aside.join(run.to_string()))?;
        if let Some(from) = folders.missing.get(run) {
            moved(from, &runs.join(run.to_string()))?;
        }
    }
    for settings in [cx.paths.settings(), cx.paths.keys()] {
        unpacked.put_settings(&settings, &time).map_err(|e| CliError::file(&settings, e))?;
    }
    Ok(plan)
}

/// What becomes of run folders.
#[derive(Default)]
struct Folders {
    /// Those of the backup that are not there, or make others give way.
    missing: BTreeMap<i64, PathBuf>,
    /// Those that are there and belong to other runs.
    others: Vec<i64>,
    /// Runs without any proof.
    lost: Vec<RunId>,
    /// The highest number of all.
    highest: i64,
}

/// Compares the run folders of the backup with those that are there. One that is of the same run stays: it can only be newer.
fn folders(unpacked: &Unpacked, staged: &Staged, present: Option<&Present>, cx: &Context) -> Result<Folders> {
    let list = |folder: &Path| run_folders(folder).map_err(|e| CliError::file(folder, e));
    let there: BTreeMap<i64, PathBuf> = list(&cx.paths.runs())?.into_iter().collect();
    let mut found = Folders { missing: list(&unpacked.runs)?.into_iter().collect(), ..Folders::default() };
    found.highest = there.keys().chain(found.missing.keys()).copied().max().unwrap_or_default();
    let mut strangers = Vec::new();
    for (run, folder) in &there {
        let of_backup = staged.queued_at(RunId(*run))?;
        let same = match (of_backup, present.and_then(|present| present.queued_at(RunId(*run)))) {
            (Some(of_backup), Some(here)) => of_backup == here,
            (None, _) => false,
            // The database does not tell: the order that was given to the supervisor does.
            (Some(_), None) => found.missing.get(run).is_none_or(|from| is_same(from, folder)),
        };
        if !(same && staged.is_unfinished(RunId(*run))?) && is_alive(folder) {
            strangers.push(run.to_string());
        }
        if same {
            found.missing.remove(run);
        } else if of_backup.is_some() {
            found.others.push(*run);
        }
    }
    if !strangers.is_empty() {
        let more = if strangers.len() > NAMED { " and more" } else { "" };
        strangers.truncate(NAMED);
        return Err(CliError::Refused(format!(
            "run {}{more} goes on, and the backup does not know it: wait for its end, or stop it while a scheduler runs",
            strangers.join(", ")
        )));
    }
    for (run, attempt) in staged.live()? {
        let folder = match found.missing.get(&run.0) {
            Some(folder) => folder.clone(),
            None => cx.run_folder(run),
        };
        match inspect(&folder, attempt) {
            Ok(Evidence::Ended(_) | Evidence::Alive(..) | Evidence::Starting) => {}
            Ok(Evidence::NeverStarted | Evidence::Lost { .. }) | Err(_) => found.lost.push(run),
        }
    }
    Ok(found)
}

fn is_same(one: &Path, other: &Path) -> bool {
    let spec = |folder: &Path| fs::read(folder.join("spec.json")).ok();
    spec(one) == spec(other)
}

/// Whether any attempt of a run lives: each has a lock of its own, `lock`, `lock.2` and so on.
fn is_alive(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let attempt = |name: &str| match name.strip_prefix("lock")? {
        "" => Some(1),
        rest => rest.strip_prefix('.')?.parse().ok(),
    };
    let mut attempts = names.filter_map(|name| attempt(name.to_str()?));
    attempts.any(|attempt| matches!(inspect(folder, attempt), Ok(Evidence::Alive(..) | Evidence::Starting)))
}

fn told(plan: &Plan, args: &Args, cx: &mut Context) -> Result<()> {
    for path in &plan.different {
        complain(&format_args!("{} is another one than in the backup: it is kept as it is", path.display()));
    }
    if cx.json {
        return cx.print_json(plan);
    }
    let Manifest { tasks, schedules, runs, made_at, tempo, .. } = &plan.backup;
    let verb = if plan.dry_run { "would restore" } else { "restored" };
    let file = args.file.display();
    writeln!(
        cx.out,
        "{verb} {file}, of {made_at} by Tempo {tempo}: {tasks} tasks, {schedules} schedules, {runs} runs"
    )?;
    let mut line = |number: usize, what: &str| {
        if number > 0 { writeln!(cx.out, "  {number} {what}") } else { Ok(()) }
    };
    line(plan.folders.len(), "run folders put back")?;
    line(plan.others.len(), "run folders of other runs moved aside")?;
    line(plan.lost.len(), "runs lost: they ran when the backup was made")?;
    line(plan.files.len(), "scripts and calendars put back")?;
    if let Some(kept) = &plan.kept {
        writeln!(cx.out, "  what was there is kept as {}", kept.display())?;
    }
    if !plan.backup.output {
        writeln!(cx.out, "  the backup was made without what the runs printed")?;
    }
    Ok(())
}

/// Whether a path of a backup is below this folder of it, and what follows.
fn below(path: &Path, folder: &str) -> Option<PathBuf> {
    path.strip_prefix(folder).ok().filter(|rest| !rest.as_os_str().is_empty()).map(Path::to_owned)
}

/// Whether this is the database of a backup.
fn is_database(path: &Path) -> bool {
    path == Path::new(archive::DATABASE)
}

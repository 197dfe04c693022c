//! `tempo backup`: everything in one file, while everything goes on (S4).

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::archive::{self, Manifest, Writer};
use super::{CliError, Context, Result};
use crate::store::backup::{self, Contents, Staged};

/// Where to, and what.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file is a tar archive, compressed with zstd: the database, the settings, the run folders with what \
the runs printed, the scripts and calendars that tasks name, a manifest and checksums. It is \
readable by you only, since commands and output can hold secrets. It has its name when it is \
whole and was read back. `tar --zstd -xf FILE` opens it without Tempo."
)]
pub struct Args {
    /// The file to be written: tempo.tar.zst
    file: PathBuf,
    /// Replace the file when it is there
    #[arg(long)]
    force: bool,
    /// Leave out what the runs printed
    #[arg(long)]
    no_output: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
struct BackupJson<'a> {
    file: &'a Path,
    bytes: u64,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

pub(super) fn run(args: &Args, cx: &mut Context) -> Result<()> {
    if args.file.exists() && !args.force {
        let there = format!("{} exists; choose another name, or replace it with --force", args.file.display());
        return Err(CliError::Refused(there));
    }
    if !cx.paths.database().exists() {
        return Err(CliError::Refused(format!("there is nothing to back up: no {}", cx.paths.database().display())));
    }
    let (draft, copy) = (beside(&args.file, ".part"), beside(&args.file, ".part.db"));
    let made = make(args, &draft, &copy, cx);
    for rest in [&copy, &beside(&copy, "-wal"), &beside(&copy, "-shm"), &draft] {
        // After a success none of them is there any more.
        let _ = fs::remove_file(rest);
    }
    let manifest = made?;
    let bytes = fs::metadata(&args.file).map_err(|e| CliError::file(&args.file, e))?.len();
    if cx.json {
        return cx.print_json(&BackupJson { file: &args.file, bytes, manifest: &manifest });
    }
    let Manifest { tasks, schedules, runs, .. } = manifest;
    let (file, size) = (args.file.display(), size(bytes));
    writeln!(cx.out, "wrote {file}: {tasks} tasks, {schedules} schedules, {runs} runs, {size}")?;
    Ok(())
}

/// Writes everything into the draft, reads it back, and gives it its name.
fn make(args: &Args, draft: &Path, copy: &Path, cx: &Context) -> Result<Manifest> {
    let failed = |e| CliError::file(&args.file, e);
    // The database first: what a run folder proves afterwards can only be newer.
    backup::copy(&cx.store()?, copy)?;
    let staged = Staged::open(copy)?;
    let contents = staged.contents()?;
    drop(staged);
    let manifest = Manifest {
        format: archive::FORMAT,
        tempo: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: cx.rfc3339(cx.now),
        schema: contents.schema,
        tasks: contents.tasks,
        schedules: contents.schedules,
        runs: contents.runs,
        output: !args.no_output,
    };
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(draft).map_err(failed)?;
    let mut writer = Writer::new(file).map_err(failed)?;
    fill(&mut writer, copy, &contents, args, cx).and_then(|()| writer.finish(&manifest)).map_err(failed)?;
    let read_back = File::open(draft).and_then(|file| archive::read(file, |_| Ok(()))).map_err(failed)?;
    if read_back != manifest {
        return Err(failed(io::Error::other("what was read back is not what was written")));
    }
    fs::rename(draft, &args.file).map_err(failed)?;
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(manifest)
}

fn fill(writer: &mut Writer, copy: &Path, contents: &Contents, args: &Args, cx: &Context) -> io::Result<()> {
    writer.add(archive::DATABASE, copy)?;
    for settings in [cx.paths.settings(), cx.paths.keys()] {
        if let Some(name) = settings.file_name() {
            present(writer.add(&format!("{}/{}", archive::CONFIG, name.display()), &settings))?;
        }
    }
    for file in &contents.files {
        // One that is not there any more is said by its runs.
        present(writer.add(&format!("{}{}", archive::FILES, file.display()), file))?;
    }
    for (run, folder) in run_folders(&cx.paths.runs())?.into_iter().filter(|(run, _)| *run <= contents.last_run) {
        let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect(),
            // It was just tidied away.
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        // Records before output: where the end is recorded, the output is whole.
        files.sort_by_key(|path| (is_printed(path), path.clone()));
        for path in files.iter().filter(|path| !(args.no_output && is_printed(path))) {
            if let Some(name) = path.file_name() {
                present(writer.add(&format!("{}/{run}/{}", archive::RUNS, name.display()), path))?;
            }
        }
    }
    Ok(())
}

/// The run folders by the numbers of their runs.
pub(super) fn run_folders(runs: &Path) -> io::Result<Vec<(i64, PathBuf)>> {
    let entries = match fs::read_dir(runs) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all: Vec<(i64, PathBuf)> =
        entries.flatten().filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path()))).collect();
    all.sort();
    Ok(all)
}

/// Whether a file of a run folder is what the run printed, and not a record about it.
fn is_printed(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("output"))
}

/// What is not there is left out.
fn present(added: io::Result<()>) -> io::Result<()> {
    added.or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

/// The path with something behind its name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A number of bytes for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

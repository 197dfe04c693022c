//! What runs have left behind: folders that belong to no run of the database, and processes of runs that are over (R8).

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Findings, Repair, Verdict};
use crate::domain::RunId;
use crate::domain::run::RunState;
use crate::store::{Reader, Result, runs};
use crate::supervise::{Evidence, inspect, members};

/// Where folders that belong to no run are put, beside the runs.
const APART: &str = "runs.unknown";

/// Looks for folders without a run. A later run of the same number would be taken for the one that left it.
pub(super) fn folders(folder: &Path, db: &Reader, found: &mut Findings) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut unknown = Vec::new();
    for entry in entries.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(RunId) else { continue };
        if !runs::exists(db, id)? {
            unknown.push((id, entry.path()));
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    unknown.sort();
    let (alive, dead): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|(_, path)| is_alive(path));
    if let Some((_, first)) = alive.first() {
        let text = format!("{} belong to no run and still have a process, as {}", count(alive.len()), first.display());
        found.add("run folders", Verdict::Bad, format!("{text}: was an older database restored under them?"));
    }
    if let Some((_, first)) = dead.first() {
        let text = format!("{} belong to no run, as {}", count(dead.len()), first.display());
        let repair = Repair::SetApart { folders: dead.into_iter().map(|(_, path)| path).collect() };
        found.add_repair("run folders", Verdict::Warn, text, repair);
    }
    Ok(())
}

/// Looks for processes of runs that are over or unknown, and have no supervisor any more that would end them.
pub(super) fn orphans(folder: &Path, db: &Reader, found: &mut Findings) -> Result<()> {
    let mut orphans = Vec::new();
    for member in members(folder).unwrap_or_default() {
        let is_live = runs::exists(db, member.run)? && runs::get(db, member.run)?.state != RunState::Finished;
        if !is_live && !is_alive(&folder.join(member.run.to_string())) {
            orphans.push(member);
        }
    }
    if let Some(first) = orphans.first() {
        let text =
            format!("{} of runs that are over still live, as {} of run {}", orphans.len(), first.pid(), first.run);
        found.add_repair("processes", Verdict::Warn, text, Repair::EndOrphans { orphans });
    }
    Ok(())
}

/// Moves them beside the others; nothing of them is lost. Says how many, and where to.
pub(super) fn set_apart(folders: &[PathBuf], now: Timestamp) -> std::io::Result<String> {
    let Some(runs) = folders.first().and_then(|first| first.parent()) else { return Ok(String::new()) };
    let apart = runs.with_file_name(APART).join(now.strftime("%Y%m%d-%H%M%S").to_string());
    fs::create_dir_all(&apart)?;
    let mut moved = 0;
    for folder in folders {
        // Something may have begun to use it since.
        if !is_alive(folder)
            && let Some(name) = folder.file_name()
        {
            fs::rename(folder, apart.join(name))?;
            moved += 1;
        }
    }
    Ok(format!("moved {} to {}", count(moved), apart.display()))
}

/// Whether a supervisor has its lock. What cannot be read is left alone, too.
fn is_alive(folder: &Path) -> bool {
    let attempts = (1..).take_while(|n| *n == 1 || folder.join(format!("spec.{n}.json")).exists());
    let newest = attempts.last().unwrap_or(1);
    !matches!(inspect(folder, newest), Ok(Evidence::Ended(_) | Evidence::NeverStarted | Evidence::Lost { .. }))
}

fn count(n: usize) -> String {
    if n == 1 { "1 folder".to_owned() } else { format!("{n} folders") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_folders_are_set_apart_whole_and_what_lives_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let runs = home.path().join("runs");
        for id in ["7", "8"] {
            fs::create_dir_all(runs.join(id)).unwrap();
            fs::write(runs.join(id).join("output"), id).unwrap();
        }
        // Held by this process, as by a supervisor that is just starting.
        let lock = fs::File::create(runs.join("8/lock")).unwrap();
        rustix::fs::fcntl_lock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
        let said = set_apart(&[runs.join("7")], Timestamp::UNIX_EPOCH).unwrap();
        let apart = home.path().join("runs.unknown/19700101-000000");
        assert_eq!(said, format!("moved 1 folder to {}", apart.display()));
        assert_eq!(fs::read_to_string(apart.join("7/output")).unwrap(), "7");
        assert!(!runs.join("7").exists() && runs.join("8").exists());
        drop(lock);
    }
}

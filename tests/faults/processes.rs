//! Who lives in a house: their environment gives them away.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use tempo::domain::RunId;

use super::house::{House, until};

/// The processes that belong to a house.
pub(crate) fn of_house(folder: &Path) -> Vec<i32> {
    with(&[folder.to_str().unwrap()])
}

/// The processes that belong to a run.
pub(crate) fn of_run(folder: &Path, run: RunId) -> Vec<i32> {
    with(&[folder.to_str().unwrap(), &format!("\0TEMPO_RUN_ID={run}\0")])
}

/// The processes with all of this in their environment.
fn with(words: &[&str]) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let has_all = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let environment = [b"\0".as_slice(), &environment].concat();
        words.iter().all(|word| memchr::memmem::find(&environment, word.as_bytes()).is_some())
    };
    numbers.filter(has_all).collect()
}

/// What a process is called, with its arguments.
pub(crate) fn described(pid: i32) -> String {
    let of = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let command = String::from_utf8_lossy(&of("cmdline")).replace('\0', " ");
    format!("{pid} ({}): {command}", String::from_utf8_lossy(&of("comm")).trim_end())
}

/// The name that a process has given itself.
pub(crate) fn name_of(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

/// The parent of a process; `None` when it has ended.
pub(crate) fn parent_of(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Whether a process has a handler for a signal.
pub(crate) fn hears(pid: i32, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (signal.as_raw() - 1) & 1 == 1)
}

/// What a process has open.
fn open_files(pid: i32) -> Vec<String> {
    let all = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    all.filter_map(|entry| fs::read_link(entry.path()).ok()).map(|link| link.display().to_string()).collect()
}

/// An engine, and its spawner, that have nothing to do hold no run by any descriptor.
pub(crate) fn idle_ones_hold_nothing_of_a_run(house: &House) {
    let runs = house.paths().runs().display().to_string();
    until("the release of everything that belongs to runs", || {
        let mut open = of_house(house.folder()).into_iter().flat_map(open_files);
        open.all(|file| !file.starts_with(&runs) && file != "anon_inode:[pidfd]").then_some(())
    });
}

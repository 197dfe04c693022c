//! The control group (cgroup v2) of one run: its memory limit, its figures, its pause, and the end of everything in it (R4, R7).

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

/// A control group that is ours alone. A descendant cannot leave it by leaving its session or its parent.
///
/// Every figure is `None` where the kernel does not tell it: an older one, or a controller that was not handed down.
#[derive(Debug)]
pub(super) struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// Makes one. The folder above is in a cgroup file system, and ours.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        fs::create_dir(&path)?;
        Ok(Self { path })
    }

    /// One that somebody else made, for who comes after a supervisor that was killed.
    pub(super) fn existing(path: PathBuf) -> Option<Self> {
        path.join("cgroup.procs").exists().then_some(Self { path })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its folder as a descriptor, to begin a process in it.
    pub(super) fn open(&self) -> io::Result<OwnedFd> {
        Ok(rustix::fs::open(&self.path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
    }

    /// Limits the memory of all its processes together, in bytes. Over it, the kernel ends all of them at once.
    pub(super) fn limit_memory(&self, bytes: u64) -> io::Result<()> {
        self.write("memory.max", &bytes.to_string())?;
        // One that swaps instead would be over it all the same, and slow. A kernel without swap has no such file.
        self.write("memory.swap.max", "0").or_else(missing_is_fine)?;
        // Half a run is worth nothing.
        self.write("memory.oom.group", "1").or_else(missing_is_fine)
    }

    /// Bytes of memory in use now, without contents of files, which the kernel can drop and read again.
    pub(super) fn memory(&self) -> Option<u64> {
        let stat = fs::read_to_string(self.path.join("memory.stat")).ok()?;
        Some(value(&stat, "anon")? + value(&stat, "shmem")? + value(&stat, "kernel").unwrap_or(0))
    }

    /// CPU time of everything that was ever in it.
    pub(super) fn cpu(&self) -> Option<Duration> {
        self.keyed("cpu.stat", "usage_usec").map(Duration::from_micros)
    }

    /// How often the kernel ended a process of it because the memory was over the limit.
    pub(super) fn memory_kills(&self) -> Option<u64> {
        self.keyed("memory.events", "oom_kill")
    }

    /// Lets processes go on that somebody has frozen: a frozen one does not die of a signal in every kernel.
    fn thaw(&self) -> io::Result<()> {
        self.write("cgroup.freeze", "0")
    }

    /// Ends everything in it, frozen or not, and what is forked meanwhile.
    pub(super) fn kill(&self) -> io::Result<()> {
        match self.write("cgroup.kill", "1") {
            // Before Linux 5.14. What is forked meanwhile is met by the next call.
            Err(e) if e.kind() == ErrorKind::NotFound => {
                for pid in self.pids() {
                    let _ = kill_process(pid, Signal::KILL);
                }
                self.thaw()
            }
            result => result,
        }
    }

    /// The processes in it and in groups that they made below it.
    pub(super) fn pids(&self) -> Vec<Pid> {
        self.tree().iter().flat_map(|folder| Self::processes(folder)).collect()
    }

    /// The processes in the group of this folder, without those in groups below it.
    pub(super) fn processes(folder: &Path) -> Vec<Pid> {
        let list = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
        list.lines().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
    }

    /// Takes the empty group away, with the groups that its processes made below it.
    pub(super) fn remove(&self) -> io::Result<()> {
        self.tree().iter().rev().try_for_each(fs::remove_dir)
    }

    /// It and all groups below it, each before those below it.
    fn tree(&self) -> Vec<PathBuf> {
        let mut tree = vec![self.path.clone()];
        let mut next = 0;
        while let Some(folder) = tree.get(next) {
            let below = fs::read_dir(folder).into_iter().flatten().flatten();
            let below: Vec<PathBuf> =
                below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()).collect();
            tree.extend(below);
            next += 1;
        }
        tree
    }

    /// The files are the kernel's: one that is not there is not made.
    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path.join(name);
        let file = File::options().write(true).open(&path);
        file.and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
            .map_err(|e| io::Error::new(e.kind(), format!("write {}: {e}", path.display())))
    }

    fn keyed(&self, name: &str, key: &str) -> Option<u64> {
        value(&fs::read_to_string(self.path.join(name)).ok()?, key)
    }
}

/// The number behind a word, in a file of such lines.
fn value(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

fn missing_is_fine(e: io::Error) -> io::Result<()> {
    if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that looks as the kernel's does.
    fn fake(files: &[(&str, &str)]) -> (tempfile::TempDir, Cgroup) {
        let root = tempfile::tempdir().unwrap();
        let cgroup = Cgroup::create(root.path().join("run-1")).unwrap();
        for (name, text) in files {
            fs::write(cgroup.path().join(name), text).unwrap();
        }
        (root, cgroup)
    }

    fn content(cgroup: &Cgroup, name: &str) -> String {
        fs::read_to_string(cgroup.path().join(name)).unwrap()
    }

    #[test]
    fn r7_a_memory_limit_counts_for_all_processes_together_and_swap_is_no_way_out() {
        let (_root, cgroup) = fake(&[("memory.max", ""), ("memory.swap.max", ""), ("memory.oom.group", "")]);
        cgroup.limit_memory(1 << 20).unwrap();
        assert_eq!(content(&cgroup, "memory.max"), "1048576");
        assert_eq!(
            (content(&cgroup, "memory.swap.max"), content(&cgroup, "memory.oom.group")),
            ("0".into(), "1".into())
        );
        let (_root, without_swap) = fake(&[("memory.max", "")]);
        without_swap.limit_memory(1 << 20).unwrap();
        let (_root, without_controller) = fake(&[]);
        let error = without_controller.limit_memory(1 << 20).unwrap_err();
        assert!(error.to_string().contains("run-1/memory.max"), "{error}");
        assert!(!without_controller.path().join("memory.max").exists());
    }

    #[test]
    fn r7_the_figures_are_the_kernels_and_what_it_does_not_tell_is_not_made_up() {
        let (_root, cgroup) = fake(&[
            ("memory.stat", "anon 3000\nfile 9000\nkernel 100\nkernel_stack 7\nshmem 400\ninactive_file 1500\n"),
            ("cpu.stat", "usage_usec 2500000\nuser_usec 1\n"),
            ("memory.events", "low 0\noom 1\noom_kill 3\noom_group_kill 1\n"),
        ]);
        assert_eq!(cgroup.memory(), Some(3500));
        assert_eq!(cgroup.cpu(), Some(Duration::from_millis(2500)));
        assert_eq!(cgroup.memory_kills(), Some(3));
        let (_root, silent) = fake(&[]);
        assert_eq!((silent.memory(), silent.cpu(), silent.memory_kills()), (None, None, None));
    }

    #[test]
    fn r4_everything_in_the_group_is_ended_also_where_the_kernel_has_no_word_for_it() {
        let (_root, cgroup) = fake(&[("cgroup.kill", "")]);
        cgroup.kill().unwrap();
        assert_eq!(content(&cgroup, "cgroup.kill"), "1");

        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let (_root, older) = fake(&[("cgroup.freeze", "1")]);
        let below = older.path().join("made/by/the/command");
        fs::create_dir_all(&below).unwrap();
        fs::write(below.join("cgroup.procs"), format!("{}\n", child.id())).unwrap();
        older.kill().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()), Some(9));
        assert_eq!(content(&older, "cgroup.freeze"), "0");
    }

    #[test]
    fn a_group_goes_with_the_groups_that_were_made_below_it() {
        let (root, cgroup) = fake(&[]);
        fs::create_dir_all(cgroup.path().join("a/b")).unwrap();
        fs::create_dir_all(cgroup.path().join("c")).unwrap();
        cgroup.remove().unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}

//! That the library which stands between processes and their disks does what the other tests rely on.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::control::Disk;

/// A shell on the disk, and whether it succeeded.
fn shell(disk: &Disk, script: &str) -> std::process::ExitStatus {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    disk.under(&mut command);
    command.status().unwrap()
}

#[test]
fn s2_a_full_disk_refuses_what_grows_below_its_folder_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let disk = Disk::new(&real);
    for name in ["full", "fuller"] {
        fs::create_dir(real.join(name)).unwrap();
        fs::write(real.join(name).join("there"), "0123456789").unwrap();
    }
    disk.fill(0, &real.join("full"), 4);
    let write = |file: &str| {
        shell(&disk, &format!("exec dd if=/dev/zero bs=10 count=1 of={}/{file} conv=notrunc", real.display()))
    };
    assert!(write("full/there").success(), "it does not grow");
    assert!(!write("full/new").success());
    assert_eq!(fs::metadata(real.join("full/new")).unwrap().len(), 4, "what there was room for");
    assert_eq!(disk.refused(), 1);
    assert!(write("fuller/new").success(), "another folder");
    disk.empty(0);
    assert!(write("full/new").success());
}

#[test]
fn s1_a_slow_disk_delays_each_sync_and_counts_it() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::new(folder.path());
    disk.delay_syncs(60);
    let started = Instant::now();
    assert!(
        shell(&disk, &format!("exec dd if=/dev/zero bs=10 count=1 of={}/f conv=fsync", folder.path().display()))
            .success()
    );
    assert_eq!(disk.syncs(), 1);
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[test]
fn s1_a_torn_write_is_cut_in_half_and_is_the_last_of_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::new(folder.path());
    disk.tear("-wal", 2);
    let script = format!("exec dd if=/dev/zero bs=10 count=3 of={}/x-wal", folder.path().display());
    assert!(disk.is_armed());
    assert!(!shell(&disk, &script).success());
    assert!(!disk.is_armed());
    assert_eq!(fs::metadata(folder.path().join("x-wal")).unwrap().len(), 15);
    assert!(shell(&disk, &script).success(), "once");
}

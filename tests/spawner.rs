//! The spawner as a copy of a process without threads, the way `tempo` begins.
#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

use std::fs::{self, File};
use std::os::fd::AsRawFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{FdFlags, fcntl_setfd};
use tempo::domain::RunId;
use tempo::supervise::{Ended, Evidence, Reply, RunFolder, Spawner, Spec, inspect};

fn main() {
    r8_a_forked_spawner_starts_runs_and_has_left_the_terminal_and_the_files_of_its_origin();
}

fn r8_a_forked_spawner_starts_runs_and_has_left_the_terminal_and_the_files_of_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    // A file that every program would inherit.
    let leak = File::open("/dev/zero").unwrap();
    fcntl_setfd(&leak, FdFlags::empty()).unwrap();
    let spawner = Spawner::fork().unwrap();

    let script = "test ! -e /proc/self/fd/$1 && cut -d' ' -f2,4,6,7 /proc/$PPID/stat && exit 3";
    let spec = Spec {
        run: RunId(1),
        attempt: 1,
        argv: ["/bin/sh", "-c", script, "sh", &leak.as_raw_fd().to_string()].map(Into::into).into(),
        env: [].into(),
        env_remove: vec![],
        cwd: folder.path().to_owned(),
        timeout_ms: None,
        deadline_ms: None,
        grace_ms: 1000,
        stop_signal: 15,
        pty: false,
        stdin: None,
        secrets: Vec::new(),
        limits: tempo::domain::limits::Limits::default(),
        output_cap: None,
    };
    let run = RunFolder::create(folder.path(), &spec).unwrap();
    let path = run.path().to_owned();
    spawner.start(run).unwrap();
    poll(&mut [PollFd::new(&spawner, PollFlags::IN)], None).unwrap();
    let Some(Reply::Started { supervisor, .. }) = spawner.receive().unwrap() else { panic!("not started") };

    poll(&mut [PollFd::new(&supervisor, PollFlags::IN)], None).unwrap();
    let Evidence::Ended(record) = inspect(&path, 1).unwrap() else { panic!("not ended") };
    assert_eq!(record.ended, Ended::Exited(3));
    let output = fs::read_to_string(path.join("output")).unwrap();
    let [name, spawner_pid, session, terminal] = output.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{output:?}")
    };
    // The supervisor has a session of its own and no terminal; its parent is the spawner, no child of this process.
    assert_eq!((name, session, terminal), ("(tempo-run)", supervisor.pid().to_string().as_str(), "0"));
    let origin = fs::read_to_string(format!("/proc/{spawner_pid}/stat")).unwrap();
    assert_ne!(origin.split_whitespace().nth(3).unwrap(), std::process::id().to_string());
    let open = fs::read_dir(format!("/proc/{spawner_pid}/fd")).unwrap().count();
    assert_eq!(open, 5, "null three times, the socket, the signals");
}

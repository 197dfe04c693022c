//! Real processes under real supervisors: what they print, how they end, and what becomes of what they leave behind.
#![expect(clippy::unwrap_used, reason = "in tests, also in their helpers, a panic is the message")]

#[path = "supervise/limits.rs"]
mod limits;

use std::collections::HashSet;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use tempo::domain::RunId;
use tempo::domain::limits::Limits;
use tempo::domain::run::Outcome;
use tempo::supervise::{Ended, Evidence, ExitRecord, Reply, RunFolder, Spawner, Spec, StopCause, Supervisor, inspect};

/// Longer than anything here takes, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(60);

/// An engine's place: a folder for runs, and a spawner.
struct Place {
    folder: TempDir,
    spawner: Spawner,
    next: AtomicI64,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, spawner: new_spawner(), next: AtomicI64::new(1) }
    }

    fn spec(&self, argv: &[&str]) -> Spec {
        Spec {
            run: RunId(self.next.fetch_add(1, Ordering::Relaxed)),
            attempt: 1,
            argv: argv.iter().map(|arg| (*arg).to_owned()).collect(),
            env: [("TEMPO_TEST".to_owned(), "yes".to_owned())].into(),
            env_remove: vec!["CARGO*".to_owned()],
            cwd: self.folder.path().to_owned(),
            timeout_ms: None,
            deadline_ms: None,
            grace_ms: 10_000,
            stop_signal: 15,
            pty: false,
            stdin: None,
            secrets: Vec::new(),
            limits: Limits::default(),
            output_cap: None,
        }
    }

    fn shell(&self, script: &str) -> Spec {
        self.spec(&["/bin/sh", "-c", script])
    }

    fn create(&self, spec: &Spec) -> RunFolder {
        RunFolder::create(self.folder.path(), spec).unwrap()
    }

    /// Starts it, and waits for the answer.
    fn start(&self, spec: &Spec) -> Live {
        let folder = self.create(spec);
        let path = folder.path().to_owned();
        self.spawner.start(folder).unwrap();
        Live { supervisor: self.started(), folder: path }
    }

    fn started(&self) -> Supervisor {
        readable(&self.spawner);
        match self.spawner.receive().unwrap() {
            Some(Reply::Started { supervisor, .. }) => supervisor,
            other => panic!("{other:?}"),
        }
    }

    /// Executes it to its end.
    fn run(&self, spec: &Spec) -> (ExitRecord, String) {
        let live = self.start(spec);
        let record = live.end();
        (record, live.output())
    }
}

/// A run with a supervisor.
struct Live {
    supervisor: Supervisor,
    folder: PathBuf,
}

impl Live {
    fn end(&self) -> ExitRecord {
        readable(&self.supervisor);
        ended(&self.folder)
    }

    fn output(&self) -> String {
        // There is none before the supervisor has begun.
        String::from_utf8(fs::read(self.folder.join("output")).unwrap_or_default()).unwrap()
    }

    /// Waits until it has printed this, and returns all that it printed.
    fn printed(&self, text: &str) -> String {
        until(text, || Some(self.output()).filter(|output| output.contains(text)))
    }
}

fn new_spawner() -> Spawner {
    Spawner::from_exe(Path::new(env!("CARGO_BIN_EXE_tempo"))).unwrap()
}

fn ended(folder: &Path) -> ExitRecord {
    match inspect(folder, 1).unwrap() {
        Evidence::Ended(record) => record,
        other => panic!("{other:?}"),
    }
}

/// Waits for a fact.
fn until<T>(fact: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(start.elapsed() < DEADLINE, "never: {fact}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn readable(fd: &impl AsFd) {
    let limit = Timespec::try_from(DEADLINE).unwrap();
    assert_eq!(poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&limit)).unwrap(), 1, "nothing happened");
}

fn number_after(text: &str, label: &str) -> Pid {
    let number = text.split(label).nth(1).unwrap().split_whitespace().next().unwrap();
    Pid::from_raw(number.parse().unwrap()).unwrap()
}

/// Gone, or a zombie that nobody has reaped yet.
fn is_dead(pid: Pid) -> bool {
    test_kill_process(pid).is_err() || field_of(pid, "State").starts_with('Z')
}

fn field_of(pid: Pid, field: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.map(|value| value.trim().to_owned()).unwrap_or_default()
}

#[test]
fn r1_the_exit_code_of_the_command_is_recorded() {
    let place = Place::new();
    for code in [0, 3] {
        let (record, _) = place.run(&place.shell(&format!("exit {code}")));
        assert_eq!(record.ended, Ended::Exited(code));
        assert_eq!((record.attempt, record.stopped_by, record.killed, record.strays), (1, None, false, 0));
        assert!(record.started_at <= record.ended_at);
    }
}

#[test]
fn r1_a_signal_that_ended_the_command_is_recorded() {
    let place = Place::new();
    let (record, _) = place.run(&place.shell("kill -KILL $$"));
    assert_eq!(record.ended, Ended::Signaled { signal: 9, core_dumped: false });
    assert_eq!(record.outcome(), Outcome::Signaled(9));
}

#[test]
fn r1_a_command_that_cannot_be_started_says_why_and_names_what() {
    let place = Place::new();
    let script = place.folder.path().join("script");
    fs::write(&script, "#!/no/interpreter\n").unwrap();
    let refused = |spec: Spec| match place.run(&spec) {
        (ExitRecord { ended: Ended::NotStarted { error }, .. }, output) if output.is_empty() => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(place.spec(&["/no/such", "x"])), "/no/such: No such file or directory");
    assert!(refused(place.spec(&["no-such-program"])).starts_with("no-such-program: not found in PATH"));
    let script = script.to_str().unwrap();
    assert_eq!(refused(place.spec(&[script])), format!("{script}: Permission denied"));
    assert_eq!(refused(place.spec(&[])), "the command is empty");
    assert!(refused(place.spec(&["/bin/echo", "a\0b"])).ends_with("contains a NUL byte"));
    let in_no_folder = Spec { cwd: "/no/folder".into(), ..place.spec(&["/bin/true"]) };
    assert_eq!(refused(in_no_folder), "working folder /no/folder: No such file or directory");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
    let interpreter = refused(place.spec(&[script]));
    assert_eq!(interpreter, format!("{script}: the interpreter that its first line names does not exist"));
}

#[test]
fn o1_every_byte_of_both_streams_is_kept() {
    let place = Place::new();
    let (record, output) =
        place.run(&place.shell("printf 'one\\ntwo'; printf 'oops\\n' >&2; exec >&-; printf last >&2"));
    // Of what comes at the same time, the streams may be taken in either order.
    assert!(
        ["one\ntwooops\nlast", "one\noops\nlasttwo", "oops\nlastone\ntwo", "oops\none\ntwolast"].contains(&&*output),
        "{output:?}"
    );
    assert_eq!((record.output_bytes, record.output_lines, record.dropped_bytes), (16, 2, 0));
}

#[test]
fn o1_a_flood_of_50_megabytes_is_kept_byte_by_byte() {
    let place = Place::new();
    let live = place.start(&place.shell("seq 1 7000000"));
    let record = live.end();
    let output = fs::read(live.folder.join("output")).unwrap();
    assert_eq!(record.output_lines, 7_000_000);
    assert_eq!(record.output_bytes, output.len() as u64);
    let mut expected = String::with_capacity(output.len());
    for n in 1..=7_000_000 {
        use std::fmt::Write;
        writeln!(expected, "{n}").unwrap();
    }
    assert!(output == expected.as_bytes(), "the output differs");
}

#[test]
fn o1_what_is_printed_while_the_command_goes_on_can_be_read() {
    let place = Place::new();
    let live = place.start(&place.shell("echo ready; exec sleep 1000"));
    live.printed("ready\n");
    live.supervisor.stop().unwrap();
    live.end();
}

#[test]
fn o1_what_a_background_writer_still_prints_after_the_command_is_kept() {
    let place = Place::new();
    let (record, output) = place.run(&place.shell("(sleep 0.2; echo late) & echo early"));
    assert_eq!(output, "early\nlate\n");
    assert_eq!((record.ended, record.strays), (Ended::Exited(0), 0));
}

#[test]
fn r4_a_stop_ends_the_whole_group_by_the_stop_signal() {
    let place = Place::new();
    let script = "trap 'echo tidy; exit 7' TERM; sleep 1000 & echo child=$!; echo ready; wait";
    let live = place.start(&place.shell(script));
    let child = number_after(&live.printed("ready\n"), "child=");
    // Before that it has the shell's trap.
    until("the child is executed", || (field_of(child, "Name") == "sleep").then_some(()));
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!(
        (record.ended.clone(), record.stopped_by, record.killed),
        (Ended::Exited(7), Some(StopCause::Stop), false)
    );
    assert_eq!((record.outcome(), record.strays), (Outcome::Cancelled, 0));
    assert!(live.output().ends_with("tidy\n"));
    assert!(is_dead(child));
}

#[test]
fn r4_a_command_that_ignores_the_stop_signal_is_killed_after_the_grace() {
    let place = Place::new();
    let spec = Spec { grace_ms: 300, ..place.shell("trap '' TERM; echo ready; sleep 1000; sleep 1000") };
    let live = place.start(&spec);
    live.printed("ready\n");
    let asked = Instant::now();
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert!(asked.elapsed() >= Duration::from_millis(300));
    assert_eq!(record.ended, Ended::Signaled { signal: 9, core_dumped: false });
    assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Stop), true));
}

#[test]
fn r4_a_stop_right_after_the_start_is_not_forgotten() {
    let place = Place::new();
    for _ in 0..20 {
        let live = place.start(&place.spec(&["/bin/sleep", "1000"]));
        live.supervisor.stop().unwrap();
        let record = live.end();
        assert_eq!(record.ended, Ended::Signaled { signal: 15, core_dumped: false });
        assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Stop), false));
    }
}

#[test]
fn r4_a_stopped_group_learns_of_the_stop() {
    let place = Place::new();
    let live = place.start(&place.shell("trap 'exit 7' TERM; echo pid=$$; kill -STOP $$; sleep 1000"));
    let pid = number_after(&live.printed("pid="), "pid=");
    until("it is stopped", || field_of(pid, "State").starts_with('T').then_some(()));
    live.supervisor.stop().unwrap();
    assert_eq!(live.end().ended, Ended::Exited(7));
}

#[test]
fn r4_r8_a_stop_that_is_asked_again_does_not_cut_the_grace_short() {
    let place = Place::new();
    let script = "trap 'echo asked; sleep 0.3; exit 7' TERM; echo ready; while :; do sleep 0.01; done";
    let live = place.start(&place.shell(script));
    live.printed("ready\n");
    live.supervisor.stop().unwrap();
    live.printed("asked\n");
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Stop), false));
    assert_eq!(record.ended, Ended::Exited(7));
}

#[test]
fn r4_a_kill_after_a_stop_does_not_wait_for_the_grace() {
    let place = Place::new();
    let live = place.start(&place.shell("trap 'echo no' TERM; echo ready; while :; do sleep 0.01; done"));
    live.printed("ready\n");
    live.supervisor.stop().unwrap();
    live.printed("no\n");
    live.supervisor.kill().unwrap();
    // The grace is ten seconds.
    let asked = Instant::now();
    let record = live.end();
    assert!(asked.elapsed() < Duration::from_secs(9));
    assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Stop), true));
    assert_eq!(record.ended, Ended::Signaled { signal: 9, core_dumped: false });
}

#[test]
fn r4_a_kill_does_not_wait_for_the_grace() {
    let place = Place::new();
    let live = place.start(&place.shell("trap '' TERM; echo ready; while :; do sleep 1000; done"));
    live.printed("ready\n");
    live.supervisor.kill().unwrap();
    let record = live.end();
    assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Stop), true));
    // There is nobody left to tell, which is no error.
    live.supervisor.stop().unwrap();
    live.supervisor.kill().unwrap();
}

#[test]
fn r4_a_daemon_that_left_the_group_is_ended_and_counted() {
    let place = Place::new();
    // Forked twice, in a session of its own, with nothing open: its command is long over.
    let daemon = "setsid sh -c 'echo $$ >daemon; exec sleep 1000 >/dev/null 2>&1' & until test -s daemon; do :; done";
    let spec = place.shell(&format!("sh -c \"{}\"; echo done", daemon.replace('$', "\\$").replace('"', "\\\"")));
    let (record, output) = place.run(&spec);
    assert_eq!(output, "done\n");
    assert_eq!((record.ended, record.strays, record.killed), (Ended::Exited(0), 1, false));
    let daemon = fs::read_to_string(place.folder.path().join("daemon")).unwrap();
    assert!(is_dead(Pid::from_raw(daemon.trim().parse().unwrap()).unwrap()));
}

#[test]
fn r4_strays_inside_and_outside_the_group_that_ignore_the_stop_signal_are_killed_after_the_grace() {
    let place = Place::new();
    let script = "trap '' TERM; sleep 1000 & setsid sleep 1000 & echo inside=$!";
    let (record, _) = place.run(&Spec { grace_ms: 200, ..place.shell(script) });
    assert_eq!((record.ended, record.strays, record.killed), (Ended::Exited(0), 2, true));
    assert_eq!(record.stopped_by, None);
}

#[test]
fn r4_a_stop_finds_descendants_that_left_the_group() {
    let place = Place::new();
    let script = "setsid sh -c 'echo away=$$; exec sleep 1000' & while :; do sleep 1000; done";
    let live = place.start(&place.shell(script));
    let away = number_after(&live.printed("away="), "away=");
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!((record.ended.clone(), record.strays), (Ended::Signaled { signal: 15, core_dumped: false }, 1));
    assert!(is_dead(away));
}

#[test]
fn r4_a_pipe_that_a_stranger_holds_does_not_keep_a_run_from_ending() {
    let place = Place::new();
    let live = place.start(&place.shell("echo $$ >pid; until test -e held; do :; done; echo last"));
    let pid = until("it has started", || {
        fs::read_to_string(place.folder.path().join("pid")).ok()?.trim().parse::<i32>().ok()
    });
    let held = fs::OpenOptions::new().write(true).open(format!("/proc/{pid}/fd/1")).unwrap();
    fs::write(place.folder.path().join("held"), "").unwrap();
    let record = live.end();
    assert_eq!((record.ended, record.strays, live.output().as_str()), (Ended::Exited(0), 0, "last\n"));
    drop(held);
}

#[test]
fn r5_the_timeout_stops_the_command() {
    let place = Place::new();
    let spec = Spec { timeout_ms: Some(200), ..place.shell("while :; do sleep 1000; done") };
    let (record, _) = place.run(&spec);
    assert_eq!((record.stopped_by, record.killed), (Some(StopCause::Timeout), false));
    assert_eq!(record.outcome(), Outcome::TimedOut);
    assert_eq!(record.reason().as_deref(), Some("its timeout of 200ms was over"));
    assert!(record.ended_at.duration_since(record.started_at).as_millis() >= 200);
}

#[test]
fn r7_cpu_time_and_peak_memory_of_the_tree_are_recorded() {
    let place = Place::new();
    let script = "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; head -c 30000000 /dev/zero | tail -c 30000000 | wc -c";
    let (record, output) = place.run(&place.shell(script));
    assert_eq!(output.trim(), "30000000");
    assert!(record.cpu_micros > 10_000, "{record:?}");
    assert!((30_000_000..200_000_000).contains(&record.max_rss_bytes), "{record:?}");
    let (small, _) = place.run(&place.spec(&["/bin/true"]));
    // It begins with what the spawner has, which is a copy of this test.
    assert!(small.max_rss_bytes < 25_000_000, "{small:?}");
}

#[test]
fn r9_the_command_has_a_clean_environment() {
    let place = Place::new();
    let script = "
        ls -l /proc/self/fd | sed 's/.* \\([0-9]* -> \\)/\\1/' | grep -e '->' | grep -v /proc
        read line || echo stdin-at-its-end
        (: </dev/tty) 2>/dev/null || echo no-terminal
        grep -E 'Sig(Blk|Ign)' /proc/self/status
        cut -d' ' -f1,5,6 /proc/$$/stat; echo pid $$
        pwd
        echo test=$TEMPO_TEST cargo=$CARGO_MANIFEST_DIR home=$HOME";
    let (record, output) = place.run(&place.spec(&["/bin/sh", "-c", script]));
    let pid = output.lines().find_map(|line| line.strip_prefix("pid ")).unwrap();
    let expected = [
        "0 -> /dev/null".to_owned(),
        "stdin-at-its-end".to_owned(),
        "no-terminal".to_owned(),
        "SigBlk:\t0000000000000000".to_owned(),
        "SigIgn:\t0000000000000000".to_owned(),
        format!("{pid} {pid} {pid}"),
        place.folder.path().canonicalize().unwrap().display().to_string(),
        format!("test=yes cargo= home={}", std::env::var("HOME").unwrap_or_default()),
    ];
    for line in expected {
        assert!(output.lines().any(|l| l == line), "{line:?} is missing in:\n{output}");
    }
    let open: HashSet<_> = output.lines().filter_map(|line| line.split_once(" -> ")).map(|(fd, _)| fd).collect();
    assert!(open.iter().all(|fd| ["0", "1", "2"].contains(fd)), "{output}");
    assert_eq!(record.ended, Ended::Exited(0));
}

#[test]
fn r9_the_run_folder_is_private() {
    let place = Place::new();
    let live = place.start(&place.shell("echo x"));
    live.end();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&live.folder), 0o700);
    let mut files: Vec<_> =
        fs::read_dir(&live.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    files.sort_unstable();
    assert_eq!(files, ["exit.json", "lock", "output", "output.idx", "spec.json"]);
    for file in files {
        assert_eq!(mode(&live.folder.join(&file)), 0o600, "{file}");
    }
}

#[test]
fn r8_a_run_goes_on_when_the_engine_is_gone_right_after_the_start() {
    let Place { folder, spawner, .. } = Place::new();
    let place = |run: i64| Spec {
        run: RunId(run),
        attempt: 2,
        argv: ["/bin/sh", "-c", "sleep 0.1; echo done; exit 4"].map(Into::into).into(),
        env: [].into(),
        env_remove: vec![],
        cwd: "/".into(),
        timeout_ms: None,
        deadline_ms: None,
        grace_ms: 1000,
        stop_signal: 15,
        pty: false,
        stdin: None,
        secrets: Vec::new(),
        limits: Limits::default(),
        output_cap: None,
    };
    // Several, so that some are still in the socket when it is closed.
    let folders: Vec<_> = (1..=8)
        .map(|run| {
            let run = RunFolder::create(folder.path(), &place(run)).unwrap();
            let path = run.path().to_owned();
            spawner.start(run).unwrap();
            path
        })
        .collect();
    drop(spawner);
    for folder in folders {
        let record = until("the run has ended", || match inspect(&folder, 2).unwrap() {
            Evidence::Ended(record) => Some(record),
            Evidence::Alive(..) | Evidence::Starting => None,
            other => panic!("{other:?}"),
        });
        assert_eq!((record.ended, record.attempt), (Ended::Exited(4), 2));
        assert_eq!(fs::read(folder.join("output")).unwrap(), b"done\n");
    }
}

#[test]
fn r8_a_later_engine_finds_a_living_run_and_can_stop_it() {
    let place = Place::new();
    let live = place.start(&place.shell("echo ready; while :; do sleep 1000; done"));
    live.printed("ready\n");
    let Evidence::Alive(found, _) = inspect(&live.folder, 1).unwrap() else { panic!() };
    assert_eq!(found.pid(), live.supervisor.pid());
    found.stop().unwrap();
    readable(&found);
    assert_eq!(ended(&live.folder).stopped_by, Some(StopCause::Stop));
}

#[test]
fn r8_a_run_whose_supervisor_was_killed_is_lost_and_its_strays_are_ended() {
    let place = Place::new();
    let script = "setsid sh -c 'echo away=$$; exec sleep 1000' & echo leader=$$; while :; do sleep 1000; done";
    let live = place.start(&place.shell(script));
    let output = until("both have started", || Some(live.output()).filter(|o| o.matches('\n').count() == 2));
    kill_process(Pid::from_raw(live.supervisor.pid()).unwrap(), Signal::KILL).unwrap();
    readable(&live.supervisor);
    assert!(matches!(inspect(&live.folder, 1).unwrap(), Evidence::Lost { rebooted: false }));
    for label in ["leader=", "away="] {
        let pid = number_after(&output, label);
        until("the strays are ended", || is_dead(pid).then_some(()));
    }
    // The spawner takes no harm.
    assert_eq!(place.run(&place.shell("exit 5")).0.ended, Ended::Exited(5));
}

#[test]
fn r8_a_run_of_an_earlier_boot_is_lost_by_the_reboot() {
    let place = Place::new();
    let live = place.start(&place.shell("echo ready; while :; do sleep 1000; done"));
    live.printed("ready\n");
    kill_process(Pid::from_raw(live.supervisor.pid()).unwrap(), Signal::KILL).unwrap();
    readable(&live.supervisor);
    let start = fs::read_to_string(live.folder.join("lock")).unwrap();
    let boot = tempo::supervise::boot_id().unwrap();
    assert!(start.contains(&boot));
    fs::write(live.folder.join("lock"), start.replace(&boot, "another")).unwrap();
    assert!(matches!(inspect(&live.folder, 1).unwrap(), Evidence::Lost { rebooted: true }));
}

#[test]
fn r8_running_supervisors_go_on_when_the_spawner_is_killed() {
    let mut place = Place::new();
    let live = place.start(&place.shell("echo ready; until test -e go; do :; done; echo done; exit 6"));
    live.printed("ready\n");
    let spawner = field_of(Pid::from_raw(live.supervisor.pid()).unwrap(), "PPid").parse().unwrap();
    kill_process(Pid::from_raw(spawner).unwrap(), Signal::KILL).unwrap();
    readable(&place.spawner);
    assert_eq!(place.spawner.receive().unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    assert!(matches!(inspect(&live.folder, 1).unwrap(), Evidence::Alive(..)));

    // What could not be sent is still in hand, and goes to the next spawner.
    let folder = place.create(&place.shell("exit 7"));
    let not_sent = place.spawner.start(folder).unwrap_err();
    assert_eq!(not_sent.error.kind(), std::io::ErrorKind::BrokenPipe);
    place.spawner = new_spawner();
    let path = not_sent.folder.path().to_owned();
    place.spawner.start(not_sent.folder).unwrap();
    readable(&place.started());
    assert_eq!(ended(&path).ended, Ended::Exited(7));

    fs::write(place.folder.path().join("go"), "").unwrap();
    assert_eq!(live.end().ended, Ended::Exited(6));
    assert_eq!(live.output(), "ready\ndone\n");
}

#[test]
fn r8_a_spawner_whose_parent_ignores_the_end_of_children_waits_for_them_all_the_same() {
    let mut place = Place::new();
    let wrapper = place.folder.path().join("wrapper");
    fs::write(&wrapper, format!("#!/bin/sh\ntrap '' CHLD\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_tempo"))).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    place.spawner = Spawner::from_exe(&wrapper).unwrap();
    assert_eq!(place.run(&place.shell("(exit 3); exit $?")).0.ended, Ended::Exited(3));
}

#[test]
fn r8_the_spawner_ends_with_the_engine_and_its_last_run() {
    let place = Place::new();
    let live = place.start(&place.shell("echo ready; until test -e go; do :; done"));
    live.printed("ready\n");
    let spawner =
        Pid::from_raw(field_of(Pid::from_raw(live.supervisor.pid()).unwrap(), "PPid").parse().unwrap()).unwrap();
    assert_eq!(field_of(spawner, "Name"), "tempo-spawner");
    let Place { folder, spawner: handle, .. } = place;
    drop(handle);
    fs::write(folder.path().join("go"), "").unwrap();
    assert_eq!(live.end().ended, Ended::Exited(0));
    until("the spawner has ended", || is_dead(spawner).then_some(()));
}

#[test]
fn r8_a_run_that_was_never_sent_has_never_started_and_may_be_started_again() {
    let place = Place::new();
    let spec = place.shell("exit 0");
    let folder = place.create(&spec);
    let path = folder.path().to_owned();
    assert!(matches!(inspect(&path, 1).unwrap(), Evidence::Starting));
    assert_eq!(RunFolder::create(place.folder.path(), &spec).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(folder);
    assert!(matches!(inspect(&path, 1).unwrap(), Evidence::NeverStarted));
    assert!(matches!(inspect(Path::new("/no/such/run"), 1).unwrap(), Evidence::NeverStarted));
    assert_eq!(place.run(&spec).0.ended, Ended::Exited(0));
    assert_eq!(RunFolder::create(place.folder.path(), &spec).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
}

#[test]
fn r6_r8_attempts_in_one_folder_have_proofs_of_their_own_and_one_output() {
    let place = Place::new();
    let first = place.shell("echo one; exit 3");
    let (record, _) = place.run(&first);
    assert_eq!((record.attempt, record.ended, record.output_bytes), (1, Ended::Exited(3), 4));
    let argv = ["/bin/sh", "-c", "echo two; while [ ! -e go ]; do sleep 0.01; done; sleep 600"].map(str::to_owned);
    let deadline_ms = Some(600_000);
    let second = Spec { attempt: 2, argv: argv.into(), deadline_ms, grace_ms: 100, ..first.clone() };
    let folder = place.folder.path().join(first.run.to_string());
    assert!(matches!(inspect(&folder, 2).unwrap(), Evidence::NeverStarted));
    let live = place.start(&second);
    live.printed("two\n");
    // What is known of the one says nothing about the other.
    assert_eq!(ended(&folder).ended, Ended::Exited(3));
    assert!(matches!(inspect(&folder, 2).unwrap(), Evidence::Alive(..)));
    assert!(matches!(inspect(&folder, 3).unwrap(), Evidence::NeverStarted));
    for spec in [&first, &second] {
        let kind = RunFolder::create(place.folder.path(), spec).unwrap_err().kind();
        assert!(matches!(kind, std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::WouldBlock), "{kind:?}");
    }
    kill_process(Pid::from_raw(live.supervisor.pid()).unwrap(), Signal::KILL).unwrap();
    readable(&live.supervisor);
    until("the second attempt is lost", || {
        matches!(inspect(&folder, 2).unwrap(), Evidence::Lost { rebooted: false }).then_some(())
    });
    assert_eq!(live.output(), "one\ntwo\n");
    // The third one is cut by what is left of the deadline, which is less than its own timeout.
    let argv = ["/bin/sh", "-c", "echo three; sleep 600"].map(str::to_owned);
    let third = Spec { attempt: 3, argv: argv.into(), timeout_ms: Some(600_000), deadline_ms: Some(300), ..second };
    readable(&place.start(&third).supervisor);
    let Evidence::Ended(record) = inspect(&folder, 3).unwrap() else { panic!("not ended") };
    assert_eq!((record.attempt, record.stopped_by, record.output_bytes), (3, Some(StopCause::Deadline), 6));
    assert_eq!(record.outcome(), tempo::domain::run::Outcome::TimedOut);
    assert_eq!(live.output(), "one\ntwo\nthree\n");
}

#[test]
fn r8_a_start_is_never_seen_as_not_started_or_lost() {
    let place = Place::new();
    for _ in 0..50 {
        let spec = place.spec(&["/bin/true"]);
        let folder = place.create(&spec);
        let path = folder.path().to_owned();
        let watcher = thread::spawn(move || {
            let (mut looks, mut seen) = (0, HashSet::new());
            loop {
                looks += 1;
                match inspect(&path, 1).unwrap() {
                    Evidence::Starting => seen.insert("starting"),
                    Evidence::Alive(..) => seen.insert("alive"),
                    Evidence::Ended(_) => return (looks, seen),
                    Evidence::NeverStarted | Evidence::Lost { .. } => panic!("after {looks} looks: {seen:?}"),
                };
            }
        });
        place.spawner.start(folder).unwrap();
        readable(&place.started());
        assert!(watcher.join().unwrap().0 > 0);
    }
}

#[test]
fn r8_the_status_is_not_lost_when_it_cannot_be_written_at_first() {
    let place = Place::new();
    let live = place.start(&place.shell("echo ready; until test -e go; do :; done; exit 9"));
    live.printed("ready\n");
    // What is in the way of the record is a folder: nobody can write there, not even root.
    let obstacle = live.folder.join("exit.json.new");
    fs::create_dir(&obstacle).unwrap();
    let supervisor = Pid::from_raw(live.supervisor.pid()).unwrap();
    fs::write(place.folder.path().join("go"), "").unwrap();
    until("the command is over", || {
        fs::read_to_string(format!("/proc/{supervisor}/task/{supervisor}/children")).unwrap().is_empty().then_some(())
    });
    assert!(matches!(inspect(&live.folder, 1).unwrap(), Evidence::Alive(..)));
    fs::remove_dir(&obstacle).unwrap();
    assert_eq!(live.end().ended, Ended::Exited(9));
}

#[test]
fn a_full_socket_gives_the_folder_back_and_loses_nothing() {
    let place = Place::new();
    // A spawner that cannot read: stopped.
    let live = place.start(&place.spec(&["/bin/true"]));
    live.end();
    let spawner = spawner_of(&place);
    kill_process(spawner, Signal::STOP).unwrap();
    let (mut sent, mut paths) = (0, Vec::new());
    let refused = loop {
        let folder = place.create(&place.spec(&["/bin/true"]));
        paths.push(folder.path().to_owned());
        match place.spawner.start(folder) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused.error.kind(), std::io::ErrorKind::WouldBlock);
    assert!(sent > 50, "{sent}");
    kill_process(spawner, Signal::CONT).unwrap();
    let mut supervisors: Vec<_> = (0..sent).map(|_| place.started()).collect();
    place.spawner.start(refused.folder).unwrap();
    supervisors.push(place.started());
    for supervisor in &supervisors {
        readable(supervisor);
    }
    for path in paths {
        assert_eq!(ended(&path).ended, Ended::Exited(0));
    }
}

/// The spawner of a place: the parent of a supervisor.
fn spawner_of(place: &Place) -> Pid {
    let live = place.start(&place.shell("until test -e found; do :; done"));
    let spawner = field_of(Pid::from_raw(live.supervisor.pid()).unwrap(), "PPid");
    fs::write(place.folder.path().join("found"), "").unwrap();
    live.end();
    Pid::from_raw(spawner.parse().unwrap()).unwrap()
}

#[test]
fn a_process_with_threads_cannot_be_forked() {
    // The test harness has several.
    assert!(Spawner::fork().unwrap_err().to_string().contains("threads"));
}

/// The letter of a process's state: `T` when it stands still.
fn state_of(pid: Pid) -> String {
    field_of(pid, "State").chars().take(1).collect()
}

/// Everybody below the supervisor who does not stand still and has not ended.
fn moving(live: &Live) -> Vec<(Pid, String)> {
    let (mut found, mut open) = (Vec::new(), vec![Pid::from_raw(live.supervisor.pid()).unwrap()]);
    while let Some(pid) = open.pop() {
        // No process here has threads.
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let children = children.split_whitespace().map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap());
        for child in children {
            open.push(child);
            let state = state_of(child);
            // One that a parent that starts another by vfork waits for stops before it comes out of the kernel.
            if !["T", "Z", "X", "D", ""].contains(&state.as_str()) {
                found.push((child, state));
            }
        }
    }
    found
}

/// Waits until the supervisor says that its run is, or is not, paused.
fn paused(live: &Live, expected: bool) {
    until("the pause", || (tempo::supervise::paused_since(&live.folder).unwrap().is_some() == expected).then_some(()));
}

#[test]
fn r4_a_pause_stops_the_whole_tree_with_those_in_sessions_of_their_own_and_a_resume_wakes_it() {
    let place = Place::new();
    // A grandchild in a session of its own whose parent lives, and one that lost its parent.
    let script = "setsid sh -c 'echo far=$$; while :; do echo tick; sleep 0.01; done' &
                  (setsid sh -c 'echo lost=$$; while :; do sleep 0.01; done' &) ; echo leader=$$; echo ready; wait";
    let live = place.start(&place.shell(script));
    let text = until("all of them", || {
        Some(live.output()).filter(|text| ["far=", "lost=", "ready", "tick"].iter().all(|word| text.contains(word)))
    });
    let pids = ["far=", "lost=", "leader="].map(|label| number_after(&text, label));
    for round in 0..2 {
        live.supervisor.pause().unwrap();
        paused(&live, true);
        let since = tempo::supervise::paused_since(&live.folder).unwrap();
        // A shell that waits in the kernel for a child to be executed stops before it comes out.
        assert!(pids.iter().all(|pid| matches!(state_of(*pid).as_str(), "T" | "D")), "{round}");
        assert_eq!(moving(&live), [], "{round}");
        // Asked again, it goes on as it was.
        live.supervisor.pause().unwrap();
        live.supervisor.resume().unwrap();
        live.supervisor.resume().unwrap();
        paused(&live, false);
        assert!(since.is_some());
        let before = live.output().len();
        until("new output", || (live.output().len() > before).then_some(()));
    }
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!(
        (record.stopped_by, record.ended),
        (Some(StopCause::Stop), Ended::Signaled { signal: 15, core_dumped: false })
    );
    assert!(pids.iter().all(|pid| is_dead(*pid)));
}

#[test]
fn r4_a_pause_holds_a_tree_that_forks_as_fast_as_it_can() {
    let place = Place::new();
    let live = place.start(&place.shell("echo leader=$$; while :; do (:) & (setsid true) & wait; echo x; done"));
    live.printed("x");
    let leader = number_after(&live.output(), "leader=");
    for _ in 0..10 {
        live.supervisor.pause().unwrap();
        paused(&live, true);
        assert_eq!(state_of(leader), "T");
        assert_eq!(moving(&live), []);
        live.supervisor.resume().unwrap();
        paused(&live, false);
        let before = live.output().len();
        until("new output", || (live.output().len() > before).then_some(()));
    }
    live.supervisor.kill().unwrap();
    assert!(live.end().killed);
}

#[test]
fn r4_a_paused_run_is_stopped_as_any_other_one_and_its_processes_hear_of_it() {
    let place = Place::new();
    let script = "trap 'echo bye; exit 7' TERM; setsid sh -c 'trap \"echo far; exit\" TERM; echo far=$$; while :; do sleep 0.01; done' &
                  echo ready; while :; do sleep 0.01; done";
    let live = place.start(&place.shell(script));
    live.printed("ready");
    live.printed("far=");
    live.supervisor.pause().unwrap();
    paused(&live, true);
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!((record.ended, record.stopped_by, record.killed), (Ended::Exited(7), Some(StopCause::Stop), false));
    // The leader was told; who left its group, when the leader had gone.
    assert!(live.output().contains("bye") && live.output().ends_with("far\n"), "{:?}", live.output());
    paused(&live, false);
}

#[test]
fn r4_a_paused_run_is_killed_at_once() {
    let place = Place::new();
    let live = place.start(&place.shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"));
    live.printed("ready");
    live.supervisor.pause().unwrap();
    paused(&live, true);
    live.supervisor.kill().unwrap();
    let record = live.end();
    assert_eq!((record.outcome(), record.killed), (Outcome::Cancelled, true));
}

#[test]
fn r4_r5_the_time_of_a_pause_does_not_count_for_the_timeout() {
    let place = Place::new();
    let spec = Spec { timeout_ms: Some(1500), ..place.shell("echo ready; read x <go; echo done") };
    let fifo = place.folder.path().join("go");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let live = place.start(&spec);
    live.supervisor.pause().unwrap();
    paused(&live, true);
    // Longer than the timeout.
    let since = Instant::now();
    until("the time of the timeout", || (since.elapsed() > Duration::from_millis(2500)).then_some(()));
    assert!(matches!(inspect(&live.folder, 1).unwrap(), Evidence::Alive(..)));
    live.supervisor.resume().unwrap();
    // Nobody writes: the rest of the timeout ends it.
    let record = live.end();
    assert_eq!(record.outcome(), Outcome::TimedOut);
    let took: Duration = record.ended_at.duration_since(record.started_at).try_into().unwrap();
    assert!(took >= Duration::from_millis(3900), "{took:?}");
}

#[test]
fn r4_a_process_that_stood_still_before_the_pause_is_not_woken_by_its_end() {
    let place = Place::new();
    let live = place.start(&place.shell("sh -c 'echo still=$$; kill -STOP $$' & wait"));
    let still = number_after(&live.printed("still="), "still=");
    until("it stands still", || (state_of(still) == "T").then_some(()));
    live.supervisor.pause().unwrap();
    paused(&live, true);
    live.supervisor.resume().unwrap();
    paused(&live, false);
    assert_eq!(state_of(still), "T");
    live.supervisor.kill().unwrap();
    live.end();
}

#[test]
fn r4_the_stop_signal_is_the_one_that_the_task_names_and_what_is_left_gets_term() {
    let place = Place::new();
    for (number, name) in [(2, "INT"), (1, "HUP"), (3, "QUIT"), (10, "USR1"), (36, "36")] {
        let script = format!("trap 'echo got {name}; exit 5' {name}; echo ready; while :; do sleep 0.01; done");
        let live = place.start(&Spec { stop_signal: number, ..place.spec(&["/bin/bash", "-c", &script]) });
        live.printed("ready");
        live.supervisor.stop().unwrap();
        assert_eq!(live.end().ended, Ended::Exited(5), "{name}");
        assert!(live.output().contains(&format!("got {name}")), "{}", live.output());
    }
    // A shell has its background processes ignore INT.
    let script = "trap 'exit 5' INT; sleep 1000 & echo ready; while :; do sleep 0.01; done";
    let live = place.start(&Spec { stop_signal: 2, ..place.shell(script) });
    live.printed("ready");
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert_eq!((record.ended, record.killed), (Ended::Exited(5), false));
}

#[test]
fn r4_after_the_grace_kill_goes_to_everybody_also_to_those_who_left_the_group_under_a_parent_that_lives() {
    let place = Place::new();
    let script = "trap '' TERM
        case $1 in
        leader) setsid sh tree middle & ;;
        middle) setsid sh tree far & ;;
        esac
        echo $1=$$
        while :; do sleep 0.01; done";
    fs::write(place.folder.path().join("tree"), script).unwrap();
    let live = place.start(&Spec { grace_ms: 200, ..place.spec(&["/bin/sh", "tree", "leader"]) });
    let text = until("all of them", || {
        Some(live.output()).filter(|text| ["far=", "middle=", "leader="].iter().all(|word| text.contains(word)))
    });
    let pids = ["far=", "middle=", "leader="].map(|label| number_after(&text, label));
    live.supervisor.stop().unwrap();
    let record = live.end();
    assert!(pids.iter().all(|pid| is_dead(*pid)));
    assert!(record.killed);
    // Both that left, and what they may just have been waiting for.
    assert!((2..=4).contains(&record.strays), "{}", record.strays);
}

/// Executes it under a pty.
fn on_a_pty(place: &Place, script: &str) -> (ExitRecord, Live) {
    let spec = Spec { pty: true, ..place.shell(script) };
    let live = place.start(&spec);
    (live.end(), live)
}

#[test]
fn o1_on_a_pty_both_streams_are_a_terminal_with_colours_and_lines_as_they_come() {
    let place = Place::new();
    fs::create_dir(place.folder.path().join("folder")).unwrap();
    let script = "test -t 1 && test -t 2 && echo both; test -t 0 || echo not-stdin
        TERM=xterm-256color ls -d --color=auto folder; stty size <&1; echo oops >&2";
    let (record, live) = on_a_pty(&place, script);
    assert_eq!(record.ended, Ended::Exited(0));
    let output = live.output();
    for expected in ["both\n", "not-stdin\n", "\x1b[01;34mfolder\x1b[0m\n", "40 120\n", "oops\n"] {
        assert!(output.contains(expected), "{expected:?} is missing in {output:?}");
    }
    // Order of arrival is that of printing: it is one stream.
    assert!(output.ends_with("oops\n"), "{output:?}");
    let lines = tempo::output::Reader::open(&live.folder).unwrap().line_window(0, 99).unwrap();
    assert!(lines.iter().all(|line| line.stream == tempo::output::Stream::Out));
    // A program that holds lines back in a pipe gives each at once.
    let spec = Spec { pty: true, ..place.shell("yes held | head -n 1 | grep held; sleep 1000") };
    let live = place.start(&spec);
    live.printed("held");
    live.supervisor.kill().unwrap();
    live.end();
}

#[test]
fn o1_on_a_pty_every_byte_is_kept_as_it_was_printed() {
    let place = Place::new();
    let every: Vec<u8> = (0..=255_u8).cycle().take(3_000_000).collect();
    fs::write(place.folder.path().join("every"), &every).unwrap();
    let (record, live) = on_a_pty(&place, "cat every");
    assert_eq!(record.output_bytes, 3_000_000);
    assert!(fs::read(live.folder.join("output")).unwrap() == every);
}

#[test]
fn r9_a_pty_is_no_controlling_terminal_so_that_a_question_for_a_password_fails_at_once() {
    let place = Place::new();
    let (record, live) =
        on_a_pty(&place, "(: </dev/tty) 2>/dev/null || echo no-terminal; cut -d' ' -f7 /proc/$$/stat; read x; exit 4");
    assert_eq!((record.ended, live.output()), (Ended::Exited(4), "no-terminal\n0\n".to_owned()));
}

#[test]
fn r4_what_a_stranger_holds_of_a_pty_does_not_keep_a_run_from_ending_and_its_rest_is_taken() {
    let place = Place::new();
    let (record, live) = on_a_pty(&place, "(sleep 0.2; echo late) & printf early");
    assert_eq!((record.ended, live.output()), (Ended::Exited(0), "earlylate\n".to_owned()));
    let spec = Spec { pty: true, ..place.shell("echo ready; while :; do sleep 1000; done") };
    let live = place.start(&spec);
    live.printed("ready");
    live.supervisor.stop().unwrap();
    assert_eq!(live.end().outcome(), Outcome::Cancelled);
}

#[test]
fn r9_a_text_is_given_on_standard_input_whole_and_from_no_folder() {
    let place = Place::new();
    let text = format!("first line\n{}last\n", "x".repeat(300_000));
    let script = "read line; echo got $line; cat | tail -c 5; readlink /proc/$$/fd/0; read more || echo at-its-end
        (echo y >&0) 2>/dev/null || echo cannot-be-changed";
    let (record, output) = place.run(&Spec { stdin: Some(text), ..place.shell(script) });
    assert_eq!(record.ended, Ended::Exited(0));
    assert_eq!(output, "got first line\nlast\n/memfd:stdin (deleted)\nat-its-end\ncannot-be-changed\n");
}

/// Every file below a folder that holds these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), bytes));
        } else if memchr::memmem::find(&fs::read(entry.path()).unwrap(), bytes).is_some() {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn r9_a_secret_reaches_the_command_and_no_file_and_is_masked_where_its_output_is_shown() {
    let place = Place::new();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("token");
    fs::write(&file, "correct-horse-battery\n").unwrap();
    let secrets = tempo::domain::secret::parse(&format!("TOKEN=file:{}; OTHER=env:PATH", file.display())).unwrap();
    let script = "test ${#TOKEN} = 21 && test \"$OTHER\" = \"$PATH\"";
    let spec = Spec { secrets, ..place.shell(script) };
    let live = place.start(&spec);
    assert_eq!(live.end().ended, Ended::Exited(0));
    assert_eq!(files_with(place.folder.path(), b"correct-horse-battery"), Vec::<PathBuf>::new());

    let spec = Spec { run: RunId(77), ..spec };
    let live = place.start(&Spec { argv: vec!["sh".into(), "-c".into(), "echo it is $TOKEN!".into()], ..spec });
    live.end();
    // What the program printed is kept as it was, and only that.
    assert_eq!(files_with(place.folder.path(), b"correct-horse-battery"), [live.folder.join("output")]);
    // The secret has another value by now.
    fs::write(&file, "something-else\n").unwrap();
    let mut reader = tempo::output::Reader::open(&live.folder).unwrap();
    assert_eq!(reader.line_window(0, 9).unwrap()[0].bytes, b"it is ***!");
    let mut exact = Vec::new();
    reader.copy_raw(0, None, &mut exact).unwrap();
    assert_eq!(exact, b"it is correct-horse-battery!\n");
}

#[test]
fn r9_without_its_secret_a_run_does_not_start_and_says_which_one_is_missing() {
    let place = Place::new();
    let secrets = tempo::domain::secret::parse("TOKEN=file:/no/such/token").unwrap();
    let (record, _) = place.run(&Spec { secrets, ..place.shell("true") });
    let error = "secret TOKEN: /no/such/token: No such file or directory".to_owned();
    assert_eq!(record.ended, Ended::NotStarted { error });
    let secrets = tempo::domain::secret::parse("GH=env:NO_SUCH_VARIABLE").unwrap();
    let (record, _) = place.run(&Spec { secrets, ..place.shell("true") });
    let error = "secret GH: the variable NO_SUCH_VARIABLE is not set where Tempo runs".to_owned();
    assert_eq!(record.ended, Ended::NotStarted { error });
}

#[test]
fn r8_what_a_supervisor_leaves_behind_whose_spawner_is_gone_is_found_by_its_folder_and_ended() {
    let place = Place::new();
    let script =
        "setsid sh -c 'echo far=$$; while :; do sleep 0.01; done' & echo leader=$$; echo $TEMPO_RUN_FOLDER; wait";
    let (lost, other) = (place.start(&place.shell(script)), place.start(&place.shell(script)));
    let pids = |live: &Live| {
        let text =
            until("both", || Some(live.output()).filter(|text| text.contains("far=") && text.contains("leader=")));
        ["far=", "leader="].map(|label| number_after(&text, label))
    };
    let (left, alive) = (pids(&lost), pids(&other));
    assert!(lost.output().contains(lost.folder.canonicalize().unwrap().to_str().unwrap()));
    let supervisor = Pid::from_raw(lost.supervisor.pid()).unwrap();
    let spawner = field_of(supervisor, "PPid").parse().unwrap();
    kill_process(Pid::from_raw(spawner).unwrap(), Signal::KILL).unwrap();
    kill_process(supervisor, Signal::KILL).unwrap();
    readable(&lost.supervisor);
    until("it is lost", || {
        matches!(inspect(&lost.folder, 1).unwrap(), Evidence::Lost { rebooted: false }).then_some(())
    });
    assert!(left.iter().all(|pid| !is_dead(*pid)), "nobody is there who could have ended them");
    // Both, and the sleep that each of them waits for.
    let ended = tempo::supervise::end_strays(&lost.folder, 1).unwrap();
    assert!((2..=8).contains(&ended), "{ended}");
    assert!(left.iter().all(|pid| is_dead(*pid)));
    assert!(alive.iter().all(|pid| !is_dead(*pid)), "another run was touched");
    assert_eq!(tempo::supervise::end_strays(&lost.folder, 1).unwrap(), 0);
    other.supervisor.kill().unwrap();
    other.end();
}

#[test]
fn o2_a_flood_is_drained_to_its_end_and_beginning_and_end_are_kept() {
    let place = Place::new();
    let lines = "seq -f 'line %.0f' 1 2000000";
    let spec = Spec { output_cap: Some(4 << 20), ..place.shell(lines) };
    let live = place.start(&spec);
    let record = live.end();
    assert_eq!(record.ended, Ended::Exited(0));
    let printed: u64 = (1..=2_000_000_u64).map(|n| "line \n".len() as u64 + n.to_string().len() as u64).sum();
    assert_eq!((record.output_bytes, record.output_lines, record.dropped_bytes), (printed, 2_000_000, 0));
    let capped = record.not_kept.as_ref().unwrap().capped.unwrap();
    assert_eq!((capped.to - capped.from, capped.cap), (capped.bytes, 4 << 20));
    let said = record.reason().unwrap();
    let expected = format!("of output between byte {} and byte {} were dropped (cap 4M)", capped.from, capped.to);
    assert!(said.ends_with(&expected), "{said}");
    let mut reader = tempo::output::Reader::open(&live.folder).unwrap();
    assert_eq!((reader.bytes(), reader.lines()), (printed, 2_000_000));
    for line in [0, 1000, 1_999_999] {
        assert_eq!(reader.line_window(line, 1).unwrap()[0].bytes, format!("line {}", line + 1).into_bytes());
    }
    let mut kept = Vec::new();
    reader.copy_raw(0, None, &mut kept).unwrap();
    assert_eq!(kept.len() as u64 + capped.bytes, printed);
    assert!(kept.len() <= 4 << 20);
    assert!(kept.split(|byte| *byte == b'\n').all(|line| line.is_empty() || line.starts_with(b"line ")));
}

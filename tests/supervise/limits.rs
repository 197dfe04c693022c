//! What a run may use, and what it used (R7), with real processes.

use std::path::PathBuf;

use tempo::output::usage::{self, Sample};

use super::*;

const MIB: u64 = 1 << 20;

/// Takes so many MiB and uses each page of them.
const TAKE: &str = "import sys\nheld = b'x' * (int(sys.argv[1]) << 20)\nprint('took', len(held) >> 20, flush=True)\n";

fn with(spec: Spec, limits: Limits) -> Spec {
    Spec { limits, ..spec }
}

fn memory(mib: u64) -> Limits {
    Limits { memory: Some(mib * MIB), ..Limits::default() }
}

fn cpu(seconds: u64) -> Limits {
    Limits { cpu: Some(Duration::from_secs(seconds)), ..Limits::default() }
}

/// Why runs have no cgroup here; `None` where they have. The tests of what is in force without one have nothing to look at there.
fn without_cgroup() -> Option<String> {
    tempo::supervise::place(Path::new("/"), "self").err()
}

impl Place {
    fn python(&self, program: &str, args: &[&str]) -> Spec {
        self.spec(&[&["python3", "-c", program], args].concat())
    }

    /// Executes it to its end: the record, what it printed, and its samples.
    fn measure(&self, spec: &Spec) -> (ExitRecord, String, Vec<Sample>) {
        let live = self.start(spec);
        let record = live.end();
        (record, live.output(), usage::read(&live.folder).unwrap())
    }

    fn usage_file(&self, run: RunId) -> PathBuf {
        self.folder.path().join(run.to_string()).join("usage")
    }
}

#[test]
fn r7_a_run_of_which_one_process_uses_too_much_is_over_memory() {
    let Some(why) = without_cgroup() else { return };
    let place = Place::new();
    // What can be shared with others counts for nobody's RLIMIT_DATA: only the watchdog sees it.
    let hog = "import mmap, time\nm = mmap.mmap(-1, 200 << 20)\nfor at in range(0, 200 << 20, 4096): m[at] = 1\ntime.sleep(1000)\n";
    let (record, _, samples) = place.measure(&with(place.python(hog, &[]), memory(96)));
    assert_eq!((record.outcome(), record.stopped_by), (Outcome::OverMemory, Some(StopCause::Memory)), "{record:?}");
    let reason = record.reason().unwrap();
    assert!(reason.starts_with("it used ") && reason.contains("its 96 MiB"), "{reason}");
    assert_eq!(record.limits, Some(format!("memory 96M by rlimit and watchdog ({why})")));
    assert!(record.peak_bytes > 96 * MIB && record.peak_bytes >= record.max_rss_bytes, "{record:?}");
    assert!(samples.last().unwrap().memory > 96 * MIB, "the look that found it is a sample: {samples:?}");
    assert_eq!(samples.len(), record.samples as usize);
}

#[test]
fn r7_processes_of_which_each_is_under_the_limit_are_over_memory_together() {
    let place = Place::new();
    let file = place.folder.path().join("take.py");
    fs::write(&file, format!("{TAKE}import time\ntime.sleep(1000)\n")).unwrap();
    let script = "trap 'exit 0' TERM; python3 take.py 60 & python3 take.py 60 & wait";
    let (record, _, _) = place.measure(&with(place.shell(script), memory(96)));
    assert_eq!(record.outcome(), Outcome::OverMemory, "{record:?}");
    assert!(record.max_rss_bytes < 96 * MIB && record.peak_bytes > 96 * MIB, "{record:?}");
    let (record, output, _) = place.measure(&with(place.python(TAKE, &["60"]), memory(96)));
    assert_eq!((record.outcome(), output.as_str()), (Outcome::Succeeded, "took 60\n"), "one of them alone: {record:?}");
}

#[test]
fn r7_a_process_that_gets_no_more_memory_fails_by_itself_and_the_run_says_what_was_in_force() {
    let Some(why) = without_cgroup() else { return };
    let place = Place::new();
    let (record, output, _) = place.measure(&with(place.python(TAKE, &["300"]), memory(64)));
    assert_eq!((record.outcome(), record.stopped_by), (Outcome::Failed(1), None), "{output}");
    assert!(output.contains("MemoryError"), "{output}");
    assert_eq!(record.limits, Some(format!("memory 64M by rlimit and watchdog ({why})")));
}

#[test]
fn r7_of_a_process_that_failed_near_its_memory_limit_the_reason_says_how_near() {
    if without_cgroup().is_none() {
        return;
    }
    let place = Place::new();
    let hog = "x = []\nwhile True: x.append(bytearray(b'x' * (1 << 20)))";
    let (record, output, _) = place.measure(&with(place.python(hog, &[]), memory(64)));
    assert!(output.contains("MemoryError"), "{output}");
    let reason = record.reason().unwrap();
    assert!(reason.starts_with("its memory came to ") && reason.ends_with(" of its 64 MiB"), "{reason}");
}

#[test]
fn r7_pages_that_processes_share_are_counted_once() {
    let place = Place::new();
    // Five processes have the same 60 MiB. They end when the watchdog has looked several times.
    let server = format!(
        "{TAKE}import os, time\n\
         def samples():\n    try: return os.stat(sys.argv[2]).st_size // 32\n    except OSError: return 0\n\
         if all(os.fork() for _ in range(4)): pass\n\
         while samples() < 3: time.sleep(0.05)\n"
    );
    let spec = place.python(&server, &[]);
    let file = place.usage_file(spec.run);
    let mut argv = spec.argv.clone();
    argv.extend(["60".to_owned(), file.to_str().unwrap().to_owned()]);
    let (record, output, samples) = place.measure(&with(Spec { argv, ..spec }, memory(200)));
    assert_eq!(record.outcome(), Outcome::Succeeded, "{record:?} {output}");
    let resident = 5 * 60 * MIB;
    assert!(samples.iter().any(|sample| sample.processes == 5), "{samples:?}");
    assert!(record.peak_bytes > 60 * MIB && record.peak_bytes < 200 * MIB && 200 * MIB < resident, "{record:?}");
}

#[test]
fn r7_cpu_time_of_children_counts_also_when_they_have_ended() {
    let place = Place::new();
    let burner = "sh -c 'while :; do :; done' & wait";
    let many = "while :; do sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; done";
    for script in [burner, many] {
        let (record, _, _) = place.measure(&with(place.shell(script), cpu(1)));
        assert_eq!((record.outcome(), record.stopped_by), (Outcome::TimedOut, Some(StopCause::Cpu)), "{record:?}");
        let reason = record.reason().unwrap();
        assert!(reason.starts_with("it used ") && reason.contains("its 1 s of CPU time"), "{reason}");
        assert!(record.cpu_micros > 1_000_000, "{record:?}");
        assert_eq!(record.limits.as_deref(), Some("cpu 1s by rlimit and watchdog"));
    }
}

#[test]
fn r7_a_burner_that_the_kernel_ends_while_nobody_looks_has_used_up_its_cpu_time_all_the_same() {
    let place = Place::new();
    let live = place.start(&with(place.shell("echo pid $$; while :; do :; done"), cpu(1)));
    let supervisor = Pid::from_raw(live.supervisor.pid()).unwrap();
    let leader = number_after(&live.printed("\n"), "pid ");
    kill_process(supervisor, Signal::STOP).unwrap();
    until("the kernel has ended it", || is_dead(leader).then_some(()));
    kill_process(supervisor, Signal::CONT).unwrap();
    let record = live.end();
    assert_eq!(record.ended, Ended::Signaled { signal: 24, core_dumped: false });
    assert_eq!((record.outcome(), record.stopped_by), (Outcome::TimedOut, Some(StopCause::Cpu)));
    assert!(record.reason().unwrap().contains("its 1 s of CPU time"), "{record:?}");
}

#[test]
fn r7_with_the_least_memory_that_can_be_asked_for_a_shell_runs() {
    let place = Place::new();
    let limits = Limits { memory: Some(tempo::domain::limits::LEAST_MEMORY), ..Limits::default() };
    let (record, output, _) = place.measure(&with(place.shell("echo $((6 * 7)) | cat"), limits));
    assert_eq!((record.outcome(), output.as_str()), (Outcome::Succeeded, "42\n"), "{record:?}");
}

#[test]
fn r7_limits_and_niceness_hold_before_the_first_instruction_and_not_for_the_supervisor() {
    let Some(why) = without_cgroup() else { return };
    let place = Place::new();
    let limits =
        Limits { memory: Some(512 * MIB), cpu: Some(Duration::from_millis(9500)), open_files: Some(64), nice: Some(7) };
    let script = "ulimit -n; ulimit -Hn; ulimit -d; ulimit -t; nice; until test -e over; do sleep 0.01; done";
    let live = place.start(&with(place.shell(script), limits));
    let output = live.printed("\n7\n");
    assert_eq!(output, format!("64\n64\n{}\n11\n7\n", 512 * 1024));
    let stat = fs::read_to_string(format!("/proc/{}/stat", live.supervisor.pid())).unwrap();
    let nice = stat.rsplit(')').next().unwrap().split_whitespace().nth(16).unwrap().to_owned();
    assert_ne!(nice, "7");
    fs::write(place.folder.path().join("over"), "").unwrap();
    let record = live.end();
    assert_eq!(record.outcome(), Outcome::Succeeded);
    let memory = format!("memory 512M by rlimit and watchdog ({why})");
    let expected = format!("{memory}; cpu 9s500ms by rlimit and watchdog; open-files 64 by rlimit; nice 7");
    let expected = expected.as_str();
    assert_eq!((record.limits.as_deref(), record.reason()), (Some(expected), None));
    let (_, in_force) = tempo::supervise::allowed(&live.folder, 1).unwrap();
    assert_eq!(in_force.as_deref(), Some(expected), "the start record says so, too");
}

#[test]
fn r7_a_limit_that_the_system_refuses_is_said_and_the_run_goes_on() {
    let place = Place::new();
    let limits = Limits { open_files: Some(u64::MAX / 4), ..Limits::default() };
    let (record, output, _) = place.measure(&with(place.shell("echo done"), limits));
    assert_eq!((record.outcome(), output.as_str()), (Outcome::Succeeded, "done\n"));
    let reason = record.reason().unwrap();
    assert!(reason.starts_with("open-files 4611686018427387903 was refused: the system does not allow"), "{reason}");
    assert_eq!(record.limits, None);
}

#[test]
fn r7_a_command_that_cannot_be_started_under_limits_says_the_same_as_without() {
    let place = Place::new();
    let script = place.folder.path().join("script");
    fs::write(&script, "#!/no/interpreter\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let spec = place.spec(&[script.to_str().unwrap()]);
    let again = Spec { run: RunId(1000), ..with(spec.clone(), memory(64)) };
    let (without, under) = (place.run(&spec).0, place.run(&again).0);
    assert!(matches!(&under.ended, Ended::NotStarted { error } if error.contains("interpreter")), "{under:?}");
    assert_eq!(without.ended, under.ended);
}

#[test]
fn r7_samples_say_what_all_processes_use_and_a_short_run_has_none() {
    let place = Place::new();
    let wait = format!("{TAKE}import os, time\nwhile not os.path.exists('over'): time.sleep(0.01)\n");
    let live = place.start(&place.python(&wait, &["40"]));
    let samples = until("three samples", || Some(usage::read(&live.folder).unwrap()).filter(|s| s.len() >= 3));
    fs::write(place.folder.path().join("over"), "").unwrap();
    let record = live.end();
    assert_eq!((record.outcome(), record.limits), (Outcome::Succeeded, None));
    assert!(record.samples >= 3 && record.peak_bytes > 40 * MIB, "{samples:?}");
    for pair in samples.windows(2) {
        assert!(pair[0].at < pair[1].at && pair[0].cpu <= pair[1].cpu, "{pair:?}");
    }
    let last = samples.last().unwrap();
    assert_eq!((last.processes, last.attempt), (1, 1));
    assert!((40 * MIB..200 * MIB).contains(&last.memory), "{last:?}");
    assert!(last.cpu > Duration::ZERO && last.cpu.as_micros() as u64 <= record.cpu_micros, "{last:?}");

    let short = place.spec(&["/bin/true"]);
    let (record, _, samples) = place.measure(&short);
    assert_eq!((record.samples, samples.len()), (0, 0));
    assert!(!place.usage_file(short.run).exists());
}

#[test]
fn r7_in_a_cgroup_the_kernel_ends_all_that_use_too_much_together() {
    if without_cgroup().is_some() {
        return;
    }
    let place = Place::new();
    let (record, output, _) = place.measure(&with(place.python(TAKE, &["300"]), memory(64)));
    assert_eq!((record.outcome(), record.stopped_by), (Outcome::OverMemory, Some(StopCause::Memory)), "{output}");
    assert_eq!(record.limits.as_deref(), Some("memory 64M by cgroup"));
}

//! What supervision costs a run, beside the same without it. Prints `metric value unit`, one a line.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints figures, or panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use tempo::domain::RunId;
use tempo::supervise::{Ended, Evidence, ExitRecord, Reply, RunFolder, Spawner, Spec, Supervisor, inspect};
use tempo::watch::Watch;

/// What a generator prints: 79 bytes and a line end.
const LINE: &[u8; 80] = b"0123456789 the quick brown fox jumps over the lazy dog 0123456789 0123456789 ok\n";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1..) {
        Some([verb, kind, count]) if verb == "generate" => return generate(kind, count.parse().unwrap()),
        // Compiled and executed by `cargo test --benches`, too: nothing to measure in a debug build.
        _ if cfg!(debug_assertions) => return,
        _ => {}
    }
    let spawner = Spawner::fork().unwrap();
    // `cargo bench --bench supervise -- [run|memory|cpu|capture] [/FOLDER]`; else all, on the disk of the build.
    let place = arguments.iter().skip(1).find(|argument| argument.starts_with('/'));
    let folder = tempfile::tempdir_in(place.map_or(env!("CARGO_TARGET_TMPDIR"), String::as_str)).unwrap();
    let mut bench = Bench { spawner, folder: folder.path().to_owned(), next: 0 };
    let only = arguments.iter().skip(1).find(|argument| !argument.starts_with(['/', '-']));
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    if wanted("run") {
        bench.wall_time_of_a_run();
    }
    if wanted("memory") {
        bench.memory_of_waiting_supervisors();
    }
    if wanted("cpu") {
        bench.cpu_for_unbuffered_lines();
    }
    if wanted("capture") {
        bench.throughput("blocks", 16_384, "capture_1gib");
        bench.throughput("lines", 2_000_000, "capture_2m_lines");
    }
}

/// Prints `count` blocks of 64 KiB, or lines, with one write for each.
fn generate(kind: &str, count: u32) {
    let block = if kind == "blocks" { LINE.iter().copied().cycle().take(65_536).collect() } else { LINE.to_vec() };
    // Not through the line buffer of `io::stdout`.
    let stdout = rustix::stdio::stdout();
    for _ in 0..count {
        let mut left = &block[..];
        while !left.is_empty() {
            left = &left[rustix::io::write(stdout, left).unwrap()..];
        }
    }
}

struct Bench {
    spawner: Spawner,
    folder: PathBuf,
    next: i64,
}

impl Bench {
    fn start(&mut self, argv: &[&str]) -> (Supervisor, PathBuf) {
        self.next += 1;
        let spec = Spec {
            run: RunId(self.next),
            attempt: 1,
            argv: argv.iter().map(|arg| (*arg).to_owned()).collect(),
            env: [("TEMPO_RUN_ID".to_owned(), self.next.to_string())].into(),
            env_remove: vec![],
            cwd: "/".into(),
            timeout_ms: None,
            deadline_ms: None,
            grace_ms: 10_000,
            stop_signal: 15,
            pty: false,
            stdin: None,
            secrets: Vec::new(),
            limits: tempo::domain::limits::Limits::default(),
            output_cap: None,
        };
        let folder = RunFolder::create(&self.folder, &spec).unwrap();
        let path = folder.path().to_owned();
        self.spawner.start(folder).unwrap();
        poll(&mut [PollFd::new(&self.spawner, PollFlags::IN)], None).unwrap();
        match self.spawner.receive().unwrap() {
            Some(Reply::Started { supervisor, .. }) => (supervisor, path),
            other => panic!("{other:?}"),
        }
    }

    fn run(&mut self, argv: &[&str]) -> (ExitRecord, PathBuf) {
        let (supervisor, path) = self.start(argv);
        (end(&supervisor, &path), path)
    }

    fn wall_time_of_a_run(&mut self) {
        let (mut bare, mut recorded, mut durable) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..1000 {
            let start = Instant::now();
            assert!(Command::new("/bin/true").stdin(Stdio::null()).status().unwrap().success());
            bare.push(start.elapsed());
            let start = Instant::now();
            let (supervisor, path) = self.start(&["/bin/true"]);
            let watch = Watch::new().unwrap();
            watch.add(&path).unwrap();
            while !fs::exists(path.join("exit.json")).unwrap() {
                watch.wait(None).unwrap();
            }
            recorded.push(start.elapsed());
            assert_eq!(end(&supervisor, &path).ended, Ended::Exited(0));
            durable.push(start.elapsed());
        }
        for (name, mut times) in [("bare", bare), ("recorded", recorded), ("durable", durable)] {
            times.sort_unstable();
            for (percent, time) in [(50, times[500]), (95, times[950])] {
                println!("run_true_{name}_p{percent} {:.3} ms", time.as_secs_f64() * 1e3);
            }
        }
    }

    fn memory_of_waiting_supervisors(&mut self) {
        let live: Vec<_> = (0..50).map(|_| self.start(&["/bin/sleep", "1000"])).collect();
        for (_, path) in &live {
            // The second write of the start record is the last thing before the supervisor waits.
            until(|| fs::read_to_string(path.join("lock")).is_ok_and(|text| text.contains("leader")));
        }
        for (metric, field) in [("pss", "Pss:"), ("private_dirty", "Private_Dirty:")] {
            let sum: u64 = live.iter().map(|(supervisor, _)| kib(supervisor.pid(), field)).sum();
            println!("supervisor_{metric}_of_50_mean {} KiB", sum / 50);
        }
        for (supervisor, path) in live {
            supervisor.kill().unwrap();
            end(&supervisor, &path);
        }
    }

    fn cpu_for_unbuffered_lines(&mut self) {
        let generator = std::env::current_exe().unwrap();
        let script = format!("'{}' generate lines 300000; exec sleep 1000", generator.display());
        let (supervisor, path) = self.start(&["/bin/sh", "-c", &script]);
        let output = path.join("output");
        until(|| fs::metadata(&output).is_ok_and(|file| file.len() == 300_000 * LINE.len() as u64));
        println!("supervisor_cpu_300k_lines {:.3} s", cpu(supervisor.pid()).as_secs_f64());
        println!("supervisor_pss_after_300k_lines {} KiB", kib(supervisor.pid(), "Pss:"));
        supervisor.stop().unwrap();
        assert_eq!(end(&supervisor, &path).output_lines, 300_000);
    }

    fn throughput(&mut self, kind: &str, count: u32, metric: &str) {
        let generator = std::env::current_exe().unwrap();
        let generator = generator.to_str().unwrap();
        let number = count.to_string();
        let file = self.folder.join("piped");
        let (mut piped, mut supervised, mut durable) = (Vec::new(), Vec::new(), Vec::new());
        let mut bytes = 0;
        for _ in 0..5 {
            let start = Instant::now();
            let script = format!("'{generator}' generate {kind} {number} | cat >'{}'", file.display());
            assert!(Command::new("/bin/sh").args(["-c", &script]).status().unwrap().success());
            piped.push(start.elapsed());
            bytes = fs::metadata(&file).unwrap().len();
            fs::remove_file(&file).unwrap();

            let start = Instant::now();
            let (record, path) = self.run(&[generator, "generate", kind, &number]);
            durable.push(start.elapsed());
            supervised.push(record.ended_at.duration_since(record.started_at).unsigned_abs());
            assert_eq!((record.output_bytes, record.dropped_bytes), (bytes, 0));
            fs::remove_dir_all(path).unwrap();
        }
        for (name, mut times) in [("piped_to_cat", piped), ("supervised", supervised), ("supervised_durable", durable)]
        {
            times.sort_unstable();
            let time = times[2].as_secs_f64();
            println!("{metric}_{name}_p50 {time:.3} s");
            println!("{metric}_{name}_rate {:.0} MB/s", bytes as f64 / 1e6 / time);
        }
    }
}

fn end(supervisor: &Supervisor, folder: &Path) -> ExitRecord {
    poll(&mut [PollFd::new(supervisor, PollFlags::IN)], None).unwrap();
    match inspect(folder, 1).unwrap() {
        Evidence::Ended(record) => record,
        other => panic!("{other:?}"),
    }
}

fn until(mut fact: impl FnMut() -> bool) {
    while !fact() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A field of the memory map's summary, in KiB.
fn kib(pid: i32, field: &str) -> u64 {
    let map = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let value = map.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    value.trim().trim_end_matches(" kB").parse().unwrap()
}

/// CPU time of a living process.
fn cpu(pid: i32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

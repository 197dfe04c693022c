//! What the screen costs with 1,000,000 tasks and 1,000,000 runs in the store: first frame, keys, idle; and in [`figures`] the
//! other numbers of the UX bar. Prints `metric value unit`, with the floor of the pseudo-terminal itself (`cat`) from the same
//! run. `cargo bench --bench dashboard`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints figures, or panics"
)]

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use self::crowd::seed;

#[path = "../pty/crowd.rs"]
mod crowd;
#[path = "dashboard/figures.rs"]
mod figures;
#[path = "../pty/session.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod session;

const ROWS: u32 = 1_000_000;
const SCHEDULES: u32 = 10_000;
const STARTS: usize = 11;
const KEYS: usize = 300;
const IDLE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(30);
const SEED: &str = "seed";
const FRAME_END: &[u8] = b"\x1b[?2026l";

fn main() {
    if cfg!(debug_assertions) {
        return;
    }
    if let [_, word, home] = &std::env::args().collect::<Vec<_>>()[..]
        && word == SEED
    {
        return seed(Path::new(home), ROWS, SCHEDULES);
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let seeding = Instant::now();
    // In another process: one that has held so much takes longer to start each program.
    let seeded = Command::new(std::env::current_exe().unwrap()).arg(SEED).arg(folder.path()).status().unwrap();
    assert!(seeded.success());
    greeted(folder.path());
    println!("# {ROWS} tasks, {ROWS} runs and {SCHEDULES} schedules made in {:.0} s", seeding.elapsed().as_secs_f64());

    let cat = Program::start(Path::new("cat"), folder.path());
    let mut floor: Vec<f64> = (0..KEYS).map(|_| cat.key(b"x\n", b"x").0).collect();
    print_spread("floor_key_to_echo", &mut floor);
    cat.end(b"\x04");

    let tempo = Path::new(env!("CARGO_BIN_EXE_tempo"));
    let mut first = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let echo = Program::start(Path::new("echo"), folder.path());
        echo.until(b"\n");
        floor.push(start.elapsed().as_secs_f64() * 1e3);
        echo.end(b"");

        let start = Instant::now();
        let program = Program::start(tempo, folder.path());
        program.first_frame();
        first.push(start.elapsed().as_secs_f64() * 1e3);
        program.settle();
        program.end(b"qf");
    }
    print_spread("floor_start_of_echo", &mut floor);
    print_spread("first_frame", &mut first);

    let program = Program::start(tempo, folder.path());
    program.first_frame();
    // Until what goes on behind the first frame is over, such as the counts of views.
    program.silent_for(Duration::from_secs(3));
    idle("idle", &program);
    println!("rss {:.1} MiB", program.status("VmRSS:") / 1024.0);
    keys(&program);
    println!("rss_after_keys {:.1} MiB", program.status("VmRSS:") / 1024.0);
    program.end(b"qf");

    // As after an update from a version that did not measure outputs: this is made up for, once, beside everything else.
    forget_measures(folder.path());
    let program = Program::start(tempo, folder.path());
    program.first_frame();
    program.settle();
    idle("measuring", &program);
    println!("measuring_rss {:.1} MiB", program.status("VmRSS:") / 1024.0);
    program.end(b"qf");
    figures::print();
}

/// Forgets what the folders of all runs take.
fn forget_measures(home: &Path) {
    let db = rusqlite::Connection::open(home.join("tempo.db")).unwrap();
    db.execute_batch("UPDATE runs SET kept_bytes = NULL; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
}

/// Nobody is welcomed in this home.
fn greeted(home: &Path) {
    std::fs::write(home.join("greeted"), "").unwrap();
}

/// Moves the selection, the way a person holds a key down slowly.
fn keys(program: &Program) {
    let (mut paints, mut sizes, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..KEYS {
        let key: &[u8] = if n % 40 < 20 { b"j" } else { b"k" };
        let (paint, first) = program.key(key, FRAME_END);
        let rest = program.settle();
        let all = [first, rest].concat();
        paints.push(paint);
        sizes.push(all.len() as f64);
        frames.push(all.windows(FRAME_END.len()).filter(|bytes| *bytes == FRAME_END).count() as f64);
    }
    print_spread("key_to_paint", &mut paints);
    sizes.sort_by(f64::total_cmp);
    frames.sort_by(f64::total_cmp);
    println!("bytes_per_key_p50 {} B", sizes[KEYS / 2]);
    println!("bytes_per_key_max {} B", sizes[KEYS - 1]);
    println!("frames_per_key_max {} frames", frames[KEYS - 1]);
}

fn idle(name: &str, program: &Program) {
    let before = (program.wakeups(), program.cpu_ticks());
    let deadline = Instant::now() + IDLE;
    let mut bytes = 0;
    while let Some(chunk) = program.read_until(deadline) {
        bytes += chunk.len();
    }
    let after = (program.wakeups(), program.cpu_ticks());
    println!("{name}_bytes {bytes} B");
    println!("{name}_wakeups {:.2} per_second", (after.0 - before.0) / IDLE.as_secs_f64());
    println!("{name}_cpu {:.2} percent", (after.1 - before.1) / IDLE.as_secs_f64());
}

fn print_spread(name: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    let at = |share: usize| values[(values.len() * share / 100).min(values.len() - 1)];
    println!("{name}_p50 {:.2} ms", at(50));
    println!("{name}_p95 {:.2} ms", at(95));
}

/// A program in a pseudo-terminal of 120 columns and 40 rows.
struct Program {
    child: Box<dyn Child + Send + Sync>,
    input: std::cell::RefCell<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Program {
    fn start(program: &Path, home: &Path) -> Self {
        let pty =
            native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(program);
        command.env("TEMPO_HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        let child = pty.slave.spawn_command(command).unwrap();
        let input = std::cell::RefCell::new(pty.master.take_writer().unwrap());
        let mut reader = pty.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, input, output, _master: pty.master }
    }

    fn read_until(&self, deadline: Instant) -> Option<Vec<u8>> {
        self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    /// Reads until `wanted` has come.
    fn until(&self, wanted: &[u8]) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while !all.windows(wanted.len()).any(|bytes| bytes == wanted) {
            all.extend(self.read_until(deadline).expect("the program says what is waited for"));
        }
        all
    }

    /// Reads until the tasks are on the screen, and their frame is whole.
    fn first_frame(&self) {
        let mut all = self.until(b"task-0000003");
        while !all.ends_with(FRAME_END) {
            all.extend(self.until(FRAME_END));
        }
    }

    /// Reads until nothing has come for a while.
    fn settle(&self) -> Vec<u8> {
        self.silent_for(Duration::from_millis(60))
    }

    /// All that comes until nothing comes for so long.
    fn silent_for(&self, pause: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(chunk) = self.read_until(Instant::now() + pause) {
            all.extend(chunk);
        }
        all
    }

    /// Milliseconds from a key to `wanted`, and everything that came.
    fn key(&self, key: &[u8], wanted: &[u8]) -> (f64, Vec<u8>) {
        let start = Instant::now();
        let mut input = self.input.borrow_mut();
        input.write_all(key).unwrap();
        input.flush().unwrap();
        let all = self.until(wanted);
        (start.elapsed().as_secs_f64() * 1e3, all)
    }

    fn end(mut self, keys: &[u8]) {
        for key in keys {
            self.input.borrow_mut().write_all(&[*key]).unwrap();
            // A dialog takes no keys in its first 150 ms.
            thread::sleep(Duration::from_millis(200));
        }
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn status(&self, key: &str) -> f64 {
        self.field("status", key)
    }

    fn field(&self, file: &str, key: &str) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/{file}", self.child.process_id().unwrap())).unwrap();
        number(&text, key)
    }

    /// Times that any thread went to sleep, and so woke up.
    fn wakeups(&self) -> f64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.process_id().unwrap())).unwrap();
        tasks
            .map(|task| {
                let text = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
                number(&text, "voluntary_ctxt_switches:")
            })
            .sum()
    }

    /// User and system time in hundredths of a second.
    fn cpu_ticks(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.process_id().unwrap())).unwrap();
        let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
    }
}

fn number(text: &str, key: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

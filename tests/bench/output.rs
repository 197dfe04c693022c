//! What a log of 1 GiB and 10 million lines costs: shown, its end, its first error, a rare string, all matches, memory; and the
//! search through many outputs; with `grep` and `less` in the same run. Prints `metric value unit`. `cargo bench --bench output`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints figures, or panics")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use tempo::config::Paths;
use tempo::domain::RunId;
use tempo::domain::run::{Outcome, Trigger};
use tempo::domain::task::{Definition, Work};
use tempo::output::index::OUTPUT_FILE;
use tempo::output::scan::{Scan, Wanted};
use tempo::output::{Level, Reader, Stream, Writer};
use tempo::store::{Store, runs, tasks};
use tempo::tui::log::{LogAction, LogAnswer, LogPane, LogRequest, LogWorker, Shown};
use tempo::tui::theme::{Glyphs, Theme};

const GIB: u64 = 1 << 30;
const RUNS: u64 = 100;
const TIMES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    // Compiled and executed by `cargo test --benches`, too: nothing to measure in a debug build.
    if cfg!(debug_assertions) {
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    one_large(&folder.path().join("large"));
    one_line(&folder.path().join("line"));
    many(&folder.path().join("home"));
}

/// 1 GiB in one run.
fn one_large(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let lines = write(folder, GIB, 9_000_000);
    let file = folder.join(OUTPUT_FILE);
    // Once through everything, so that all that follows is in memory.
    fs::copy(&file, "/dev/null").unwrap();
    println!("lines {lines} lines");
    println!("bytes {} B", fs::metadata(&file).unwrap().len());

    let before = rss();
    let mut best = Best::default();
    for _ in 0..TIMES {
        let mut pane = Pane::open(folder);
        best.take("shown", pane.opened);
        best.take("top", pane.press(LogAction::First));
        best.take("end", pane.press(LogAction::Last));
        pane.press(LogAction::First);
        let (found, counted) = pane.search("a-rare-string");
        best.take("rare_string_from_the_top", found);
        best.take("rare_string_all_counted", counted);
        best.take("frequent_string_all_counted", pane.search("item 0000").1);
        best.take("every_line_counted", pane.search("queue").1);
        let mut reader = Reader::open(folder).unwrap();
        let start = Instant::now();
        let mut scan = Scan::new(Arc::new(Wanted::from_level(Level::Error)));
        while scan.matches() == 0 && scan.step(&mut reader, true).unwrap() {}
        best.take("first_error", start.elapsed());
    }
    best.print();
    println!("rss_growth {:.1} MiB", (rss() - before).max(0.0));
    println!("rss_growth_peak {:.1} MiB", (peak() - before).max(0.0));

    let file = file.to_str().unwrap();
    let mut best = Best::default();
    for _ in 0..TIMES {
        best.take("grep_count_rare", run("grep", &["-c", "a-rare-string", file]));
        best.take("grep_ignore_case_count_rare", run("grep", &["-ci", "a-rare-string", file]));
        best.take("grep_count_frequent", run("grep", &["-c", "item 0000", file]));
    }
    for program in ["rg", "lnav"] {
        println!("# {program} {}", if has(program) { "is here" } else { "is not installed" });
    }
    if has("rg") {
        best.take("rg_count_rare", run("rg", &["-c", "a-rare-string", file]));
    }
    if has("less") {
        best.take("less_end", on_a_terminal("less", &["-n", "+G", file], b"is over"));
        best.take("less_rare_string", on_a_terminal("less", &["-n", "+/a-rare-string", file], b" is here"));
    }
    best.print();
    fs::remove_dir_all(folder).unwrap();
}

/// A line of 50 MB: what a frame takes, also where it is moved and wrapped.
fn one_line(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let mut writer = Writer::new(folder, 1);
    let part = b"0123456789 the quick brown fox ".repeat(2048);
    for _ in 0..50_000_000 / part.len() {
        writer.append(Stream::Out, Timestamp::now(), &part);
    }
    writer.append(Stream::Out, Timestamp::now(), b"needle\nthe end\n");
    let mut pane = Pane::open(folder);
    let mut worst = Duration::ZERO;
    for action in [LogAction::First, LogAction::Right, LogAction::Wrap, LogAction::PageDown, LogAction::Last] {
        pane.press(action);
        let start = Instant::now();
        pane.draw();
        worst = worst.max(start.elapsed());
    }
    println!("long_line_shown {:.2} ms", ms(pane.opened));
    println!("long_line_frame_worst {:.2} ms", ms(worst));
    println!("long_line_searched {:.2} ms", ms(pane.search("needle").0));
    fs::remove_dir_all(folder).unwrap();
}

/// 1 GiB in many runs.
fn many(home: &Path) {
    let paths = Paths::under(home);
    let store = Store::open(&paths.database()).unwrap();
    let task = store
        .write(|db| tasks::add(db, &Definition::new("a", Work::Command("true".to_owned())), Timestamp::now()))
        .unwrap();
    for number in 1..=RUNS {
        let id = store.write(move |db| runs::queue(db, task.id, Trigger::Manual, None, &[], Timestamp::now())).unwrap();
        let now = Timestamp::now();
        let ended = move |db: &_| {
            runs::starting(db, id, "boot")?;
            runs::running(db, id, 1, now)?;
            runs::finish(db, id, Outcome::Succeeded, None, None, now)
        };
        store.write(ended).unwrap();
        let folder = paths.runs().join(id.to_string());
        fs::create_dir_all(&folder).unwrap();
        write(&folder, GIB / RUNS, if number == 3 { 90_000 } else { u64::MAX });
    }
    drop(store);
    let (home, outputs) = (home.to_str().unwrap(), paths.runs());
    run("grep", &["-rc", "x", outputs.to_str().unwrap()]);
    let tempo = env!("CARGO_BIN_EXE_tempo");
    let mut best = Best::default();
    for _ in 0..TIMES {
        best.take("search_many_rare", run(tempo, &["--home", home, "search", "a-rare-string"]));
        best.take("search_many_count", run(tempo, &["--home", home, "search", "-c", "item 0000"]));
        best.take("grep_r_rare", run("grep", &["-r", "a-rare-string", outputs.to_str().unwrap()]));
        best.take("grep_r_count", run("grep", &["-rc", "item 0000", outputs.to_str().unwrap()]));
        if has("rg") {
            best.take("rg_rare", run("rg", &["a-rare-string", outputs.to_str().unwrap()]));
        }
    }
    best.print();
}

/// Writes so many bytes of lines of about 100 bytes with the writer of a run. The rare string is in the line of this number, the
/// first error is in the line of half of it. Returns how many lines there are.
fn write(folder: &Path, bytes: u64, rare: u64) -> u64 {
    let mut writer = Writer::new(folder, 1);
    let (mut number, mut written) = (0_u64, 0);
    let mut block = Vec::new();
    let at = Timestamp::now();
    while written < bytes {
        block.clear();
        while block.len() < 60_000 {
            let (ms, depth) = (number * 37 % 9999, number * 91 % 99_999);
            let what = match number {
                n if n == rare => "a-rare-string is here",
                n if n == rare / 2 => "ERROR it went wrong",
                _ => "processed in order",
            };
            writeln!(
                block,
                "2026-01-05T14:12:{:02}.{:03}Z worker-{} item {number:08} {what}, {ms:4} ms, queue depth {depth:5}, well",
                number / 1000 % 60,
                number % 1000,
                number % 7,
            )
            .unwrap();
            number += 1;
        }
        writer.append(if number % 50 == 0 { Stream::Err } else { Stream::Out }, at, &block);
        written += block.len() as u64;
    }
    writer.append(Stream::Out, at, b"it is over\n");
    number + 1
}

/// The shortest time of each thing that was measured several times.
#[derive(Default)]
struct Best(Vec<(&'static str, Duration)>);

impl Best {
    fn take(&mut self, name: &'static str, time: Duration) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, best)) => *best = (*best).min(time),
            None => self.0.push((name, time)),
        }
    }

    fn print(&self) {
        for (name, time) in &self.0 {
            println!("{name} {:.2} ms", ms(*time));
        }
    }
}

/// The log pane with its worker.
struct Pane {
    log: LogPane,
    worker: LogWorker,
    answers: Receiver<LogAnswer>,
    opened: Duration,
}

impl Pane {
    fn open(folder: &Path) -> Self {
        let (sender, answers) = channel();
        let worker = LogWorker::start("…", move |answer| sender.send(answer).unwrap_or(())).unwrap();
        let mut pane = Self { log: LogPane::new(TimeZone::UTC), worker, answers, opened: Duration::ZERO };
        pane.log.resize(Size { width: 120, height: 40 }, false);
        let start = Instant::now();
        let requests = pane.log.show(shown(folder.to_owned()));
        pane.send(requests);
        pane.answer();
        pane.draw();
        pane.opened = start.elapsed();
        pane
    }

    fn send(&self, requests: Vec<LogRequest>) {
        for request in requests {
            self.worker.send(request);
        }
    }

    /// Takes an answer; whether it brought lines.
    fn answer(&mut self) -> bool {
        let answer = self.answers.recv_timeout(PATIENCE).unwrap();
        let lines = matches!(answer, LogAnswer::Lines { .. });
        let requests = self.log.answer(answer);
        self.send(requests);
        lines
    }

    fn draw(&self) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        self.log.draw(buffer.area, &mut buffer, Theme::Ansi, &Glyphs::UNICODE);
    }

    /// From the key to the frame.
    fn press(&mut self, action: LogAction) -> Duration {
        let start = Instant::now();
        let requests = self.log.handle(action);
        let asks = !requests.is_empty();
        self.send(requests);
        while asks && !self.answer() {}
        self.draw();
        start.elapsed()
    }

    /// Until the first match is known, and until all are counted.
    fn search(&mut self, pattern: &str) -> (Duration, Duration) {
        let start = Instant::now();
        let requests = self.log.search(pattern);
        self.send(requests);
        while self.log.is_waiting() {
            self.answer();
        }
        self.draw();
        let found = start.elapsed();
        while self.log.search_status().unwrap().ends_with('%') {
            self.answer();
        }
        let counted = start.elapsed();
        self.log.accept_search();
        (found, counted)
    }
}

fn shown(folder: PathBuf) -> Shown {
    Shown {
        run: RunId(1),
        folder,
        trigger: "by hand".to_owned(),
        started_at: Some(Timestamp::UNIX_EPOCH),
        finished_at: Some(Timestamp::UNIX_EPOCH),
        outcome: Some(Outcome::Succeeded),
        reason: None,
        attempts: 1,
        waits: None,
        live: false,
        removed: None,
        merged: Vec::new(),
    }
}

fn run(program: &str, args: &[&str]) -> Duration {
    let start = Instant::now();
    let mut command = Command::new(program);
    command.args(args).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
    // Through a pipe: for `/dev/null` grep would stop at the first match.
    command.output().unwrap();
    start.elapsed()
}

fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// Until a program has these words on its terminal.
fn on_a_terminal(program: &str, args: &[&str], words: &[u8]) -> Duration {
    let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env("TERM", "xterm-256color");
    let start = Instant::now();
    let mut child = pty.slave.spawn_command(command).unwrap();
    let mut reader = pty.master.try_clone_reader().unwrap();
    let (mut all, mut chunk) = (Vec::new(), vec![0; 65_536]);
    while !all.windows(words.len()).any(|bytes| bytes == words) {
        let read = reader.read(&mut chunk).unwrap();
        assert!(read > 0, "{program} ended");
        all.extend_from_slice(&chunk[..read]);
    }
    let took = start.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    took
}

fn rss() -> f64 {
    status("VmRSS:")
}

fn peak() -> f64 {
    status("VmHWM:")
}

/// MiB of this process.
fn status(key: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

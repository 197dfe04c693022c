//! Large outputs and searches in them, on the real program: what it reads, what it keeps in memory, and that keys go on.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tempo::config::Paths;
use tempo::domain::run::{Outcome, Trigger};
use tempo::domain::task::{Definition, Work};
use tempo::output::{Stream, Writer};
use tempo::store::{Store, runs, tasks};

use crate::session::{FRAME_BEGIN, PATIENCE, Session};

const MIB: usize = 1 << 20;

/// A home with one task and one finished run of it, whose output is written by `print`.
struct Home(tempfile::TempDir);

impl Home {
    fn with(print: impl FnOnce(&mut Writer)) -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.ran("big", print);
        home
    }

    fn ran(&self, name: &str, print: impl FnOnce(&mut Writer)) {
        let paths = Paths::under(self.0.path());
        let store = Store::open(&paths.database()).unwrap();
        let definition = Definition::new(name, Work::Command("true".to_owned()));
        let now = Timestamp::now();
        let run = store.write(move |db| {
            let task = tasks::add(db, &definition, now)?;
            let run = runs::queue(db, task.id, Trigger::Manual, None, &[], now)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, now)?;
            runs::finish(db, run, Outcome::Succeeded, None, None, now)?;
            Ok(run)
        });
        let folder = paths.runs().join(run.unwrap().to_string());
        fs::create_dir_all(&folder).unwrap();
        print(&mut Writer::new(&folder, 1));
    }

    /// The dashboard with the log of the run in front.
    fn log(&self, last: &str) -> Session {
        let home = self.0.path().to_str().unwrap();
        let tempo = Path::new(env!("CARGO_BIN_EXE_tempo"));
        let mut session = Session::start(tempo, &[], &[("TEMPO_HOME", home), ("HOME", home)], (120, 40));
        session.wait_for_text("engine here");
        session.send("4");
        session.wait_for_text(last);
        session
    }
}

/// Lines of 80 bytes until these bytes are full; a needle is in the last third, and another one is the first line.
fn haystack(writer: &mut Writer, bytes: usize) {
    let at = Timestamp::now();
    writer.append(Stream::Out, at, b"a needle at the top\n");
    let line =
        |n: usize| format!("{n:>9} the quick brown fox jumps over the lazy dog and goes on its way to its home\n");
    let (mut block, mut written, mut number) = (String::new(), 0, 0);
    while written < bytes {
        block.clear();
        while block.len() < 60_000 {
            block.push_str(&line(number));
            number += 1;
        }
        if written < bytes * 2 / 3 && written + block.len() >= bytes * 2 / 3 {
            block.push_str("a rare needle in it\n");
        }
        writer.append(Stream::Out, at, block.as_bytes());
        written += block.len();
    }
    writer.append(Stream::Out, at, b"the end of it\n");
}

/// MiB of memory that is the program's own and not of files.
fn memory(session: &Session) -> f64 {
    let status = session.proc("status");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Bytes that the program has read so far, of whatever.
fn has_read(session: &Session) -> u64 {
    session.proc("io").lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

/// Waits until this is so.
fn until(what: &str, fact: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !fact() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The ticks that all threads of the program used.
fn ticks(session: &Session) -> u64 {
    let stat = session.proc("stat");
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn ux_9_an_output_is_opened_and_its_ends_are_shown_by_reading_a_little_of_it_whatever_its_size() {
    let mut read = Vec::new();
    for size in [MIB, 64 * MIB] {
        let home = Home::with(|writer| haystack(writer, size));
        let mut session = home.log("the end of it");
        let opened = has_read(&session);
        session.send("g");
        session.wait_for_text("a needle at the top");
        session.send("G");
        session.wait_for_text("the end of it");
        read.push((opened, has_read(&session) - opened));
    }
    let (small, large) = (read[0], read[1]);
    assert!(large.0 < small.0 + MIB as u64, "opened: {small:?}, {large:?}");
    assert!(large.1 < small.1 + MIB as u64, "moved: {small:?}, {large:?}");
}

#[test]
fn ux_9_a_rare_string_of_a_large_output_is_found_in_little_memory() {
    let home = Home::with(|writer| haystack(writer, 64 * MIB));
    let mut session = home.log("the end of it");
    let before = memory(&session);
    session.send("g");
    session.wait_for_text("a needle at the top");
    session.send("/rare needle\r");
    let screen = session.wait_for_text("a rare needle in it");
    assert!(screen.contents().contains("/rare needle"), "{}", screen.contents());
    session.wait_for_text("/rare needle 1/1 ");
    session.send("/needle\r");
    session.wait_for_text("/2 ");
    let grown = memory(&session) - before;
    assert!(grown <= 30.0, "{grown} MiB");
}

#[test]
fn ux_32_keys_go_on_during_a_search_and_esc_ends_it() {
    let home = Home::with(|writer| haystack(writer, 48 * MIB));
    let mut session = home.log("the end of it");
    // Slow on purpose, in a debug build: it takes longer than all that follows.
    session.send("/(fox|dog|cow).{1,40}(cat|hen|emu).{1,40}needle\r");
    let is_going = |screen: &vt100::Screen| screen.contents().contains('%');
    session.wait_for("how far the search is", is_going);
    session.send("g");
    let moved = session.wait_for_text("a needle at the top");
    assert!(is_going(&moved), "it was over before the key was painted: {}", moved.contents());
    session.send("\x1b");
    session.wait_for("the end of the search", |screen| !is_going(screen));
    // Nothing goes on behind the screen.
    until("it rests", || {
        let before = ticks(&session);
        thread::sleep(Duration::from_millis(300));
        ticks(&session) <= before + 1
    });
}

#[test]
fn ux_10_a_line_of_50_mb_is_shown_moved_in_and_wrapped_in_small_frames_and_little_memory() {
    let home = Home::with(|writer| {
        let part = b"0123456789 the quick brown fox ".repeat(2048);
        for _ in 0..50_000_000 / part.len() {
            writer.append(Stream::Out, Timestamp::now(), &part);
        }
        writer.append(Stream::Out, Timestamp::now(), b"needle\nthe end of it\n");
    });
    let mut session = home.log("the end of it");
    let before = memory(&session);
    let frames = session.raw().len();
    session.send("lll");
    session.send("w");
    session.wait_for_text(" bytes");
    session.send("/needle\r");
    session.wait_for_text("/needle ");
    session.send("ww");
    session.wait_for("chopped lines", |screen| !screen.contents().contains(" bytes"));
    session.send("\x1b");
    session.wait_for("the end of the search", |screen| !screen.contents().contains("/needle"));
    let raw = session.raw()[frames..].to_owned();
    let largest = raw.split(FRAME_BEGIN).map(str::len).max().unwrap();
    assert!(largest < 64 * 1024, "a frame of {largest} bytes");
    let grown = memory(&session) - before;
    assert!(grown <= 30.0, "{grown} MiB");
}

#[test]
fn a_line_of_any_run_is_found_and_opened_in_its_log() {
    let home = Home::with(|writer| haystack(writer, MIB));
    home.ran("other", |writer| {
        writer.append(Stream::Out, Timestamp::now(), b"one\n\x1b]0;t\x07a ne\x1b[1medle\x1b[m in colours\n");
    });
    let mut session = home.log("engine here");
    session.send("Oneedle");
    let screen = session.wait_for_text("3 lines in");
    for line in ["other", "a needle in colours", "a rare needle in it", "a needle at the top"] {
        assert!(screen.contents().contains(line), "{line}: {}", screen.contents());
    }
    session.send("\x1b[B\x1b[B\r");
    session.wait_for("the line in its log", |screen| {
        screen.contents().contains("/needle 2/2") && screen.contents().contains("a rare needle in it")
    });
    assert!(!session.raw().contains("\x1b]0;t"), "what a program printed reached the terminal");
}

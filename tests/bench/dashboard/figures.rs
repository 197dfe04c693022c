//! The figures of the UX bar that need no crowd: traffic, repaint, flood, held keys, a stalled terminal, Esc, resizes, search,
//! preview.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tempo::domain::task::{Definition, Work};
use tempo::store::{Store, tasks};

use super::session::Session;
use super::{greeted, print_spread, seed};

const SIZE: (u16, u16) = (120, 40);

/// A folder with these tasks: name and command.
struct Home(tempfile::TempDir);

impl Home {
    fn with(all: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        greeted(folder.path());
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        for (name, command) in all {
            let definition = Definition::new(*name, Work::Command((*command).to_owned()));
            store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
        }
        Self(folder)
    }

    fn dashboard(&self, env: &[(&str, &str)]) -> Session {
        let path = self.0.path().to_str().unwrap();
        let mut variables = vec![("TEMPO_HOME", path), ("HOME", path)];
        variables.extend(env);
        let session = Session::start(Path::new(env!("CARGO_BIN_EXE_tempo")), &[], &variables, SIZE);
        session.wait_for_text("engine here");
        session
    }
}

/// The row of the screen that holds a text.
fn row(screen: &vt100::Screen, text: &str) -> String {
    screen.contents().lines().find(|row| row.contains(text)).unwrap_or_default().to_owned()
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

pub(super) fn print() {
    running();
    logs();
    flood();
    held();
    stalled();
    escape();
    resizes();
    preview();
    search();
    editor();
}

/// UX 47: a key in a script, from its byte to the end of the frame; memory, and a jump to the end of what was not coloured yet.
fn editor() {
    let line = "def f(a, b):  # \"text\"\n    return {'a': [1, 2.5e3, None], \"b\": f\"{a}\"}\n";
    for lines in [50, 5000] {
        let home = Home::with(&[]);
        let path = home.0.path().join("main.py");
        std::fs::write(&path, line.repeat(lines / 2)).unwrap();
        let store = Store::open(&home.0.path().join("tempo.db")).unwrap();
        let definition = Definition::new("script", Work::Script(path));
        store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
        let mut session = home.dashboard(&[]);
        session.wait_for_text("▌· script");
        let memory = session.memory();
        let start = Instant::now();
        session.send("e");
        session.wait_for_text(&format!("1:1 of {lines}"));
        println!("editor_{lines}_open {:.2} ms", ms(start));
        let start = Instant::now();
        session.send("\x1b[1;5F");
        session.wait_for_text(&format!("{lines}:48 of {lines}"));
        println!("editor_{lines}_to_end {:.2} ms", ms(start));
        // All of it is coloured by then.
        thread::sleep(Duration::from_secs(3));
        println!(
            "editor_{lines}_memory {:.1} MiB",
            session.memory().saturating_sub(memory) as f64 / f64::from(1 << 20)
        );
        session.send("\x1b[1;5H\x1b[B\x1b[B\r\x1b[A#");
        session.wait_for_text("3:2 of");
        let mut times = Vec::new();
        for n in 0..400 {
            let column = n % 60 + 3;
            if column == 3 && n > 0 {
                session.send("\r#");
                session.wait_for_text(&format!("{}:2 of", 3 + n / 60));
            }
            let start = Instant::now();
            session.send("x");
            session.wait_for_text(&format!("{}:{column} of", 3 + n / 60));
            times.push(ms(start));
        }
        times.sort_by(f64::total_cmp);
        println!("editor_{lines}_key_p99 {:.2} ms", times[times.len() * 99 / 100]);
        print_spread(&format!("editor_{lines}_key"), &mut times);
    }
}

/// UX 2: traffic with one running task.
fn running() {
    for (name, env) in [("running", &[][..]), ("running_reduced_motion", &[("TEMPO_REDUCED_MOTION", "true")])] {
        let home = Home::with(&[("long", "sleep 60")]);
        let mut session = home.dashboard(env);
        session.send("r");
        session.wait_for("the run", |screen| row(screen, "▌► long").contains("0:0"));
        thread::sleep(Duration::from_secs(4));
        let (bytes, frames) = (session.received(), session.frames());
        thread::sleep(Duration::from_secs(10));
        println!("{name}_traffic {:.1} B/s", (session.received() - bytes) as f64 / 10.0);
        println!("{name}_frames {:.1} frames/s", (session.frames() - frames) as f64 / 10.0);
    }
}

/// UX 3 and 4: another log in the main pane, and a whole repaint.
fn logs() {
    let names = ["alpha", "bravo", "charlie", "delta"];
    let command = |name: &str| format!("seq -f '{name} %g of the lines of a log' 1 200");
    let commands: Vec<(&str, String)> = names.iter().map(|name| (*name, command(name))).collect();
    let all: Vec<(&str, &str)> = commands.iter().map(|(name, command)| (*name, command.as_str())).collect();
    let home = Home::with(&all);
    let mut session = home.dashboard(&[]);
    for name in names {
        session.wait_for(name, |screen| row(screen, "▌").contains(name));
        session.send("r");
        session.wait_for("its output", |screen| screen.contents().contains(&format!("{name} 200 of the lines")));
        session.send("j");
    }
    thread::sleep(Duration::from_secs(3));
    let (mut times, mut most, mut frames) = (Vec::new(), 0, 0);
    let mut before = session.received();
    for (n, name) in names.iter().rev().skip(1).chain(&names[1..]).cycle().take(60).enumerate() {
        let (key, begun) = (if n % 6 < 3 { "k" } else { "j" }, session.frames());
        let start = Instant::now();
        session.send(key);
        session.wait_for(name, |screen| {
            row(screen, "▌").contains(name) && screen.contents().contains(&format!("{name} 200 of"))
        });
        times.push(ms(start));
        thread::sleep(Duration::from_millis(30));
        (most, frames) = (most.max(session.received() - before), frames.max(session.frames() - begun));
        before = session.received();
    }
    print_spread("key_to_other_log", &mut times);
    println!("key_to_other_log_bytes_max {most} B");
    println!("key_to_other_log_frames_max {frames} frames");
    let frames = session.frames();
    session.send("\x0c");
    session.wait_until("a repaint", |session| session.frames() > frames);
    println!("repaint_bytes {} B", session.received() - before);
}

/// UX 6: a run that prints 5,000 lines a second.
fn flood() {
    let home = Home::with(&[(
        "flood",
        "n=0; while [ $n -lt 200000 ]; do seq -f 'number %.0f of a flood of lines' $n $((n + 249)); n=$((n + 250)); sleep 0.048; done",
    )]);
    let mut session = home.dashboard(&[]);
    session.send("r");
    session.wait_for_text("number 1");
    let last = |session: &Session| -> f64 {
        let contents = session.wait_for_text("number ").contents();
        let numbers = contents.split("number ").skip(1).filter_map(|rest| rest.split_whitespace().next()?.parse().ok());
        numbers.fold(0.0, f64::max)
    };
    thread::sleep(Duration::from_secs(2));
    let (lines, frames, bytes, start) = (last(&session), session.frames(), session.received(), Instant::now());
    thread::sleep(Duration::from_secs(10));
    let seconds = start.elapsed().as_secs_f64();
    println!("flood_lines {:.0} lines/s", (last(&session) - lines) / seconds);
    println!("flood_frames {:.1} frames/s", (session.frames() - frames) as f64 / seconds);
    println!("flood_traffic {:.1} KiB/s", (session.received() - bytes) as f64 / 1024.0 / seconds);
    let mut times = Vec::new();
    for key in ["?", "\x1b"].into_iter().cycle().take(200) {
        let start = Instant::now();
        session.send(key);
        session.wait_for("the help", |screen| screen.contents().contains("Add a task") == (key == "?"));
        // Esc has its own figure: it waits for the rest of a key.
        if key == "?" {
            times.push(ms(start));
        }
    }
    times.sort_by(f64::total_cmp);
    println!("flood_key_p99 {:.2} ms", times[times.len() * 99 / 100]);
}

/// UX 11: a key that is held over 500 tasks.
fn held() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    greeted(folder.path());
    seed(folder.path(), 500, 100);
    let home = Home(folder);
    let mut session = home.dashboard(&[]);
    session.wait_for("the first row", |screen| row(screen, "▌").contains("task-0000001"));
    for _ in 0..150 {
        session.send("j");
        thread::sleep(Duration::from_millis(33));
    }
    let start = Instant::now();
    session.wait_for("the last row", |screen| row(screen, "▌").contains("task-0000151"));
    println!("held_key_released {:.2} ms", ms(start));
}

/// UX 12: a terminal that takes nothing while a run prints and ends.
fn stalled() {
    let home = Home::with(&[("alpha", "seq 1 50000; sleep 2; seq 1 50000")]);
    let mut session = home.dashboard(&[]);
    session.wait_for_text("▌· alpha");
    session.pause();
    session.send("r");
    thread::sleep(Duration::from_secs(8));
    let frames = session.frames();
    let start = Instant::now();
    session.go_on();
    session.wait_for("the end", |screen| row(screen, "▌✓ alpha").contains("ok"));
    println!("stalled_8_s_then_shown {:.1} ms", ms(start));
    println!("stalled_8_s_then_frames {} frames", session.frames() - frames);
}

/// UX 19: from a lone Esc to what it does.
fn escape() {
    for (name, env) in [("esc", &[][..]), ("esc_over_ssh", &[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")])] {
        let home = Home::with(&[("alpha", "true")]);
        let mut session = home.dashboard(env);
        let mut times = Vec::new();
        for _ in 0..40 {
            session.send("?");
            session.wait_for_text("Add a task");
            let start = Instant::now();
            session.send("\x1b");
            session.wait_for("no help", |screen| !screen.contents().contains("Add a task"));
            times.push(ms(start));
        }
        print_spread(name, &mut times);
    }
}

/// UX 22: sizes change 50 times a second for five seconds.
fn resizes() {
    let home = Home::with(&[("alpha", "seq 1 100")]);
    let mut session = home.dashboard(&[]);
    session.wait_for_text("▌· alpha");
    for round in 0..250 {
        let (columns, rows) = [(120, 40), (40, 12), (200, 60)][round % 3];
        session.resize(columns, rows);
        thread::sleep(Duration::from_millis(20));
    }
    let start = Instant::now();
    session.resize(110, 36);
    session.wait_for("the last size", |screen| {
        row(screen, "? help").trim_end().ends_with("? help") && row(screen, "╭─ 1 Tasks").chars().count() == 110
    });
    println!("resized_then_right {:.1} ms", ms(start));
}

/// UX 45: from a key in the schedule builder to the preview of what it makes.
fn preview() {
    let home = Home::with(&[("alpha", "true")]);
    let mut session = home.dashboard(&[]);
    session.wait_for_text("▌· alpha");
    session.send("s");
    session.wait_for_text("no schedule");
    session.send("weekdays at 07:3");
    let mut times = Vec::new();
    for minute in (0..10).cycle().take(100) {
        let wanted = format!(" 07:3{minute}:00 +");
        let start = Instant::now();
        session.send(minute.to_string());
        session.wait_for("the preview", |screen| screen.contents().contains(&wanted));
        times.push(ms(start));
        session.send("\x7f");
        session.wait_for("the old text", |screen| !screen.contents().contains(&wanted));
    }
    print_spread("preview", &mut times);
}

/// UX 32: keys while a search goes through a large output, and the end of it by Esc.
fn search() {
    let home = Home::with(&[("large", "seq -f 'line %.0f of a large output that is searched' 1 4000000")]);
    let mut session = home.dashboard(&[("TEMPO_OUTPUT_CAP", "2G")]);
    session.wait_for_text("▌· large");
    session.send("r");
    let deadline = Instant::now() + Duration::from_secs(300);
    while !session.shows(|screen| row(screen, "▌✓ large").contains("ok")) {
        assert!(Instant::now() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(100));
    }
    session.send("4g/");
    session.wait_for_text("search the log");
    session.send("no such text any");
    let (mut times, mut cancelled) = (Vec::new(), Vec::new());
    for round in 0..10 {
        // Each key is another search, from the top; the letter is on the prompt at once.
        let mut typed = "any".to_owned();
        for letter in "whereinit".chars() {
            let start = Instant::now();
            session.send(letter.to_string());
            typed.push(letter);
            session.wait_for("the letter", |screen| screen.contents().contains(&typed));
            times.push(ms(start));
        }
        let start = Instant::now();
        session.send("\x1b");
        session.wait_for("no prompt", |screen| !screen.contents().contains("search the log"));
        cancelled.push(ms(start));
        if round < 9 {
            session.send("/no such text any");
            session.wait_for_text("such text any");
        }
    }
    print_spread("key_while_searching", &mut times);
    print_spread("search_cancelled", &mut cancelled);
}

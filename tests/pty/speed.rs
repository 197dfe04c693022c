//! How fast the dashboard answers (UX 6 to 8, 11, 19): counts, bytes, order and ratios; the figures are the bench's.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::crowd::seed;
use crate::dashboard::{Home, row};
use crate::session::Session;

/// Many for a test; the bench has a million.
const CROWD: u32 = 100_000;

/// How much slower than the reference a busy machine with a build for tests may be.
const SLACK: u32 = 20;

/// A home with a store of so many tasks.
fn crowded(rows: u32) -> Home {
    let home = Home::new();
    seed(home.0.path(), rows, rows.min(1000));
    home
}

/// The median.
fn median(mut values: Vec<Duration>) -> Duration {
    values.sort();
    values[values.len() / 2]
}

/// Starts the dashboard and measures until the first rows are there; it has asked the terminal nothing by then.
fn first_frame(home: &Home) -> (Duration, Session) {
    let path = home.0.path().to_str().unwrap();
    let start = Instant::now();
    let session =
        Session::start(Path::new(crate::dashboard::TEMPO), &[], &[("TEMPO_HOME", path), ("HOME", path)], (120, 40));
    session.wait_for("the list", |screen| {
        row(screen, "▌").contains("task-0000001") && screen.contents().contains("task-0000003")
    });
    (start.elapsed(), session)
}

/// What the program has read from files so far, in bytes: of a store, the pages that its queries touch.
fn read_from_files(session: &Session) -> u64 {
    let io = session.proc("io");
    io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

/// Of some starts the shortest, and the least that one read: the others met something else that the machine does.
fn start_of(home: &Home) -> (Duration, u64) {
    let starts: Vec<(Duration, u64)> = (0..5)
        .map(|_| {
            let (time, session) = first_frame(home);
            (time, read_from_files(&session))
        })
        .collect();
    (starts.iter().map(|start| start.0).min().unwrap(), starts.iter().map(|start| start.1).min().unwrap())
}

/// The shortest way from `j` to the row below, what all of them read, and the most bytes for one.
fn keys(session: &mut Session) -> (Duration, u64, usize) {
    let (mut times, mut most, read) = (Vec::new(), 0, read_from_files(session));
    for n in 2..=30 {
        let (bytes, start) = (session.received(), Instant::now());
        session.send("j");
        session.wait_for("the next row", |screen| row(screen, "▌").contains(&format!("task-{n:07}")));
        times.push(start.elapsed());
        most = most.max(session.received() - bytes);
    }
    (times.into_iter().min().unwrap(), read_from_files(session) - read, most)
}

#[test]
fn ux_7_ux_8_with_100_000_tasks_and_runs_start_and_keys_cost_what_they_do_with_forty() {
    let (few, many) = (crowded(40), crowded(CROWD));
    let size = many.0.path().join("tempo.db").metadata().unwrap().len();
    let (few_start, few_read) = start_of(&few);
    let (many_start, many_read) = start_of(&many);
    // What is read tells a walk through all rows on however busy a machine. The trees of many are a level or two deeper.
    assert!(many_read < few_read + size / 100, "{few_read} bytes, with many {many_read} of {size}");
    assert!(many_start < few_start * 5 + Duration::from_millis(500), "{few_start:?}, with many {many_start:?}");

    let (mut of_few, mut of_many) = (first_frame(&few).1, first_frame(&many).1);
    let (few_key, few_read, few_bytes) = keys(&mut of_few);
    let (many_key, many_read, many_bytes) = keys(&mut of_many);
    assert!(many_read < few_read + size / 50, "{few_read} bytes, with many {many_read} of {size}");
    assert!(many_key < few_key * 5 + Duration::from_millis(3) * SLACK, "{few_key:?}, with many {many_key:?}");
    assert!(many_bytes <= 6 << 10 && many_bytes < few_bytes * 2 + 400, "{few_bytes} bytes, with many {many_bytes}");
}

#[test]
fn ux_8_the_first_frame_waits_for_no_answer_of_the_terminal() {
    let home = crowded(40);
    let (_, session) = first_frame(&home);
    let raw = session.raw();
    assert!(!raw.contains("\x1b]") && !raw.contains("\x1bP"), "no question that a terminal answers by a string");
    for sequence in raw.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        assert!(!matches!(&sequence[end..=end], "c" | "n" | "u"), "{sequence:?}");
    }
}

#[test]
fn ux_11_a_key_that_is_held_over_500_tasks_never_queues() {
    let home = crowded(500);
    let (_, mut session) = first_frame(&home);
    let mut sent = 1;
    // As a keyboard repeats it, for five seconds.
    for _ in 0..150 {
        session.send("j");
        sent += 1;
        thread::sleep(Duration::from_millis(33));
    }
    let released = Instant::now();
    session.wait_for("the last row", |screen| row(screen, "▌").contains(&format!("task-{sent:07}")));
    assert!(released.elapsed() < Duration::from_millis(50) * SLACK, "{:?}", released.elapsed());

    // Faster than anything can draw: they are taken together, and drawn where they lead.
    let frames = session.frames();
    session.send("j".repeat(300));
    sent += 300;
    session.wait_for("the last row", |screen| row(screen, "▌").contains(&format!("task-{sent:07}")));
    let drawn = session.frames() - frames;
    assert!(drawn <= 30, "{drawn} frames for 300 keys");
    let (frames, bytes) = (session.frames(), session.received());
    thread::sleep(Duration::from_millis(500));
    assert!(session.frames() - frames <= 2 && session.received() - bytes <= 6 << 10, "it goes on behind the last key");
}

/// The highest number that the log shows.
fn last_line(session: &Session) -> u64 {
    let screen = session.wait_for_text("number ");
    let numbers = screen.contents();
    numbers.split("number ").skip(1).filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).max().unwrap()
}

#[test]
fn ux_6_5000_lines_a_second_cause_at_most_20_frames_and_80_kib_a_second_and_keys_go_on() {
    let home = Home::new();
    let flood = "n=0; while [ $n -lt 100000 ]; do seq -f 'number %.0f of a flood of lines' $n $((n + 249)); \
                 n=$((n + 250)); sleep 0.04; done";
    home.tempo(&["add", "flood", "--command", flood]);
    home.tempo(&["add", "other", "--command", "true"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· flood");
    session.send("r");
    session.wait_for_text("number 1");
    thread::sleep(Duration::from_secs(1));
    let first = last_line(&session);
    let (frames, bytes, start) = (session.frames(), session.received(), Instant::now());
    thread::sleep(Duration::from_secs(4));
    let (frames, bytes) = (session.frames() - frames, session.received() - bytes);
    let seconds = start.elapsed().as_secs_f64();
    let lines = (last_line(&session) - first) as f64 / seconds;
    // Whatever the machine manages of the flood: it is shown live, and never more often than that.
    assert!(lines > 500.0, "{lines} lines a second are no flood");
    assert!((frames as f64) >= seconds && (frames as f64) <= 20.0 * seconds + 3.0, "{frames} frames in {seconds} s");
    assert!((bytes as f64) <= 80.0 * 1024.0 * seconds, "{bytes} bytes in {seconds} s, {lines} lines a second");

    let mut slowest = Duration::ZERO;
    for key in ["?", "\x1b"].into_iter().cycle().take(20) {
        let start = Instant::now();
        session.send(key);
        let wanted = key == "?";
        session.wait_for("the help", |screen| screen.contents().contains("Add a task") == wanted);
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_millis(30) * SLACK, "{slowest:?}");
    session.send("X");
    session.wait_for_text("kill");
}

#[test]
fn ux_19_a_lone_esc_acts_by_itself_and_over_ssh_it_waits_a_little_longer() {
    let home = crowded(40);
    for (env, limit) in [(&[][..], 30), (&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")], 70)] {
        let mut session = home.dashboard_with(env, (100, 30));
        let mut times = Vec::new();
        for _ in 0..5 {
            session.send("?");
            session.wait_for_text("Add a task");
            let start = Instant::now();
            session.send("\x1b");
            session.wait_for("no help", |screen| !screen.contents().contains("Add a task"));
            times.push(start.elapsed());
        }
        let time = median(times);
        assert!(time < Duration::from_millis(limit) * SLACK, "{time:?}");
        // Longer than over a local line, or the rest of a key that arrives in two parts would be typed.
        assert!(env.is_empty() || time >= Duration::from_millis(50), "{time:?}");
    }
}

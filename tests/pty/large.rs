//! Outputs that are large (UX 10, 32), and a dashboard that nobody sees (UX 15).

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempo::lock::Role;

use crate::dashboard::{Home, engine, row};
use crate::session::Session;

/// How much slower than the reference a busy machine with a build for tests may be.
const SLACK: u32 = 20;

/// The longest time from a key to what it shows, over these keys and facts.
fn slowest(session: &mut Session, steps: &[(&str, &str)]) -> Duration {
    let mut slowest = Duration::ZERO;
    for (key, text) in steps {
        let start = Instant::now();
        session.send(key);
        session.wait_for_text(text);
        slowest = slowest.max(start.elapsed());
    }
    slowest
}

#[test]
fn ux_10_a_line_of_50_mb_hangs_nothing_and_is_not_held() {
    let home = Home::new();
    home.tempo(&["add", "long", "--command", "echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· long");
    let before = session.memory();
    session.send("r");
    session.wait_for("the end", |screen| row(screen, "▌✓ long").contains("ok"));
    session.wait_for_text("│ last");
    session.send("4");
    // Over the line and back, again and again.
    let steps =
        [("g", "│ first"), ("G", "│ last"), ("g", "│ first"), ("j", "│ first"), ("G", "│ last"), ("k", "│ last")];
    let slowest = slowest(&mut session, &steps);
    assert!(slowest < Duration::from_millis(16) * SLACK, "{slowest:?}");
    let grown = session.memory().saturating_sub(before);
    assert!(grown < 40 << 20, "{} MB for a line of 50", grown >> 20);
}

#[test]
fn ux_32_a_search_through_a_large_output_lets_keys_through_shows_its_first_hit_and_ends_with_esc() {
    let home = Home::new();
    // 150 MB, and what is searched at both ends of it.
    let command = "echo needle one; yes 'a line that has nothing of it, and is long enough to count' | head -c 150000000; \
                   echo; echo needle two";
    home.tempo(&["add", "large", "--command", command]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· large");
    session.send("r");
    session.wait_until("the end", |session| {
        session.shows(|screen| row(screen, "▌✓ large").contains("ok")) || !session.is_running()
    });
    session.send("4");
    session.send("g");
    session.wait_for_text("│ needle one");
    session.send("/");
    session.wait_for_text("search the log");
    // Each letter is another search from here, and is on the prompt at once.
    let mut times = Vec::new();
    let text = "nothing like this";
    for (at, letter) in text.char_indices() {
        let start = Instant::now();
        session.send(letter.to_string());
        session.wait_for_text(&format!("search the log: {}", text[..=at].trim_end()));
        times.push(start.elapsed());
    }
    let slowest = times.into_iter().max().unwrap();
    assert!(slowest < Duration::from_millis(16) * SLACK, "{slowest:?}");
    let start = Instant::now();
    session.send("\x1b");
    session.wait_for("no prompt", |screen| !screen.contents().contains("search the log"));
    assert!(start.elapsed() < Duration::from_millis(50) * SLACK, "{:?}", start.elapsed());
    // The one that is near is shown although the one that is far was not reached yet.
    session.send("/needle");
    session
        .wait_for("a hit", |screen| screen.contents().contains("needle one") && row(screen, "/needle").contains('/'));
}

#[test]
fn ux_15_without_its_terminal_it_idles_the_job_goes_on_and_leaves_no_zombie() {
    let home = Home::new();
    let go = home.0.path().join("go");
    let command = format!("echo begun; while [ ! -e {} ]; do sleep 0.5; done; exit 7", go.display());
    home.tempo(&["add", "long", "--command", &command]);
    let mut session = home.dashboard((80, 24));
    session.wait_for_text("▌· long");
    session.send("r");
    session.wait_for_text("│ begun");
    let hung_up = thread::spawn(move || session.hang_up());
    let daemon = engine(&home, |holder| holder.role == Role::Daemon);
    // User and system time, in hundredths of a second.
    let cpu = || -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", daemon.pid)).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    // What it does to begin with.
    thread::sleep(Duration::from_secs(2));
    let before = cpu();
    thread::sleep(Duration::from_secs(10));
    let used = cpu() - before;
    // One percent, and as much again for a build for tests.
    assert!(used <= 20, "{used} hundredths of a second in ten seconds");
    std::fs::write(go, "").unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !home.says(&["runs", "long"]).contains("exit 7") {
        assert!(Instant::now() < deadline, "{}", home.says(&["runs", "long"]));
        thread::sleep(Duration::from_millis(50));
    }
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", daemon.pid)).unwrap_or_default();
    for child in children.split_whitespace() {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        assert!(!stat.contains(") Z "), "{stat}");
    }
    kill_process(Pid::from_raw(daemon.pid.cast_signed()).unwrap(), Signal::TERM).unwrap();
    assert_eq!(hung_up.join().unwrap().exit_code(), 0);
}

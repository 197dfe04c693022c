//! What the dashboard costs on the wire (UX 1 to 4).

use std::thread;
use std::time::Duration;

use crate::dashboard::{Home, cost, row};

/// Runs that have printed something, so that the main pane has something to show.
fn with_output(home: &Home, names: &[&str]) {
    for name in names {
        home.tempo(&["add", name, "--command", &format!("seq -f '{name} %g of the lines of a log' 1 60")]);
    }
    let mut session = home.dashboard((120, 40));
    for name in names {
        home.tempo(&["run", name]);
    }
    for name in names {
        session.wait_for(name, |screen| {
            screen.contents().lines().any(|row| row.contains(&format!("✓ {name}")) && row.contains("ok"))
        });
    }
    session.send("q");
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 0);
}

#[test]
fn ux_1_in_ten_seconds_a_still_screen_writes_nothing_and_uses_less_than_a_thousandth_of_a_processor() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let session = home.dashboard((120, 40));
    session.wait_for_text("No runs yet");
    // What begins with the dashboard has ended.
    thread::sleep(Duration::from_secs(2));
    let idle = Duration::from_secs(10);
    let (bytes, cpu) = (session.received(), session.cpu_of_all());
    thread::sleep(idle);
    assert_eq!(session.received(), bytes);
    let used = session.cpu_of_all().saturating_sub(cpu);
    // A build for tests takes several times as long as the one that people have, on which the benches measure it.
    assert!(used < idle / 1000 * 5, "{used:?}");
}

#[test]
fn ux_2_a_running_task_costs_at_most_60_bytes_a_second_and_without_motion_none() {
    for reduced in [false, true] {
        let home = Home::new();
        home.tempo(&["add", "long", "--command", "sleep 60"]);
        let variables: &[(&str, &str)] = if reduced { &[("TEMPO_REDUCED_MOTION", "true")] } else { &[] };
        let mut session = home.dashboard_with(variables, (120, 40));
        session.wait_for_text("▌· long");
        session.send("r");
        session.wait_for("the run", |screen| row(screen, "▌► long").contains("0:0"));
        // The toast goes, and what the run used is measured for the first time.
        session.wait_for("a quiet screen", |screen| !screen.contents().contains("queued #"));
        thread::sleep(Duration::from_secs(1));
        let (bytes, frames) = (session.received(), session.frames());
        let seconds = 6;
        thread::sleep(Duration::from_secs(seconds));
        let (bytes, frames) = (session.received() - bytes, session.frames() - frames);
        if reduced {
            assert_eq!((bytes, frames), (0, 0));
        } else {
            assert!(frames >= 4, "the duration ticks: {frames}");
            assert!(bytes as u64 <= 60 * seconds, "{bytes} bytes in {seconds} s, {frames} frames");
        }
    }
}

#[test]
fn ux_3_moving_the_selection_is_one_small_frame() {
    let home = Home::new();
    for name in ["alpha", "bravo", "charlie", "delta"] {
        home.tempo(&["add", name, "--command", "true"]);
    }
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha");
    let mut frames = Vec::new();
    for name in ["bravo", "charlie", "delta"] {
        let (bytes, count) = cost(&mut session, "j", &format!("▌· {name}"));
        assert!(bytes <= 400, "{bytes} bytes");
        frames.push(count);
    }
    // A machine that is busy may take longer than a frame is held for the answer, but not each time.
    assert!(frames.contains(&1), "{frames:?}");
}

#[test]
fn ux_3_with_another_log_in_the_main_pane_it_is_at_most_6_kib_and_one_write() {
    let home = Home::new();
    with_output(&home, &["alpha", "bravo", "charlie", "delta"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for("the first log", |screen| {
        row(screen, "▌").contains("alpha") && screen.contents().contains("alpha 60 of the lines")
    });
    let mut writes = Vec::new();
    for (key, name) in [("j", "bravo"), ("j", "charlie"), ("j", "delta"), ("k", "charlie"), ("k", "bravo")] {
        let (bytes, frames) = (session.received(), session.frames());
        let (_, before) = session.terminal_writes([0; 3]);
        session.send(key);
        session.wait_for(name, |screen| {
            row(screen, "▌").contains(name) && screen.contents().contains(&format!("{name} 60 of the lines"))
        });
        let (drawn, _) = session.terminal_writes(before);
        let (bytes, frames) = (session.received() - bytes, session.frames() - frames);
        assert!(bytes <= 6 << 10, "{bytes} bytes");
        assert_eq!(drawn, frames as u64, "a frame is one write");
        writes.push(drawn);
    }
    // On a busy machine an answer may come later than a frame is held for it, but not each time.
    assert!(writes.contains(&1), "{writes:?}");
}

#[test]
fn ux_4_a_full_repaint_is_at_most_12_kib() {
    let home = Home::new();
    with_output(&home, &["alpha", "bravo", "charlie"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("alpha 60 of the lines");
    thread::sleep(Duration::from_millis(500));
    let (bytes, frames) = (session.received(), session.frames());
    session.send("\x0c");
    session.wait_until("a frame", |session| session.frames() > frames);
    let bytes = session.received() - bytes;
    assert!((2000..=12 << 10).contains(&bytes), "{bytes} bytes");
}

//! What comes from outside, what is pressed at random, and where the cursor stays.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempo::lock::holder;

use crate::dashboard::{Home, TEMPO, engine, row};
use crate::session::Session;

#[test]
fn ux_44_esc_from_any_state_reaches_the_top_level_and_never_quits() {
    let home = Home::new();
    for name in ["alpha", "bravo"] {
        home.tempo(&["add", name, "--command", "true", "--every", "1h"]);
    }
    let mut session = home.dashboard((100, 30));
    let top = session.wait_for("the list", |screen| row(screen, "▌").contains("alpha")).contents();
    let states = [
        "?", "?run", "a", "ax\ty", "a\x1bOR", "e", "s", "/alp", "/alp\r", "!", "w", "D", "q", "i", "T", "z", "2z", "3",
        "4", "44", "444", "4/x", "4/x\r", "4z", "A", "a\x1bOS", "ssa",
    ];
    for keys in states {
        for key in keys.split_inclusive(|c: char| c != '\x1b' && c != 'O') {
            session.send(key);
            thread::sleep(Duration::from_millis(10));
        }
        for _ in 0..6 {
            session.send("\x1b");
            // Longer than the pause after which it is no part of a key.
            thread::sleep(Duration::from_millis(60));
        }
        assert!(session.is_running(), "{keys:?} and Esc quit");
        session.send("1");
        session.wait_for(&format!("the top level after {keys:?}"), |screen| {
            let contents = screen.contents();
            row(screen, "▌").contains("alpha") && contents.contains("bravo") && contents.contains("Next runs")
        });
    }
    assert!(top.contains("Next runs"));
    // Nothing was done by any of it.
    home.tempo(&["show", "alpha"]);
    home.tempo(&["show", "bravo"]);
}

#[test]
fn ux_46_the_cursor_follows_its_task_through_insertion_refresh_and_filter() {
    let home = Home::new();
    for name in ["bravo", "delta", "foxtrot"] {
        home.tempo(&["add", name, "--command", "true"]);
    }
    let mut session = home.dashboard((100, 30));
    session.wait_for_text("foxtrot");
    session.send("j");
    session.wait_for("delta", |screen| row(screen, "▌").contains("delta"));
    for name in ["alpha", "charlie", "echo"] {
        home.tempo(&["add", name, "--command", "true"]);
        let screen = session.wait_for_text(name);
        assert!(row(&screen, "▌").contains("delta"), "{}", screen.contents());
    }
    home.tempo(&["rm", "bravo"]);
    session.wait_for("no bravo", |screen| !screen.contents().contains("· bravo") && row(screen, "▌").contains("delta"));
    session.send("/lta");
    session.wait_for("one", |screen| row(screen, "▌").contains("delta") && !screen.contents().contains("· echo"));
    session.send("\r\x1b");
    session.wait_for("all", |screen| row(screen, "▌").contains("delta") && screen.contents().contains("· echo"));
}

#[test]
fn ux_22_a_storm_of_resizes_of_the_dashboard_ends_in_the_frame_of_its_last_size() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "seq 1 100"]);
    let mut session = home.dashboard((120, 40));
    session.send("r");
    let before = session.wait_for("the run", |screen| row(screen, "▌✓ alpha").contains("ok"));
    // 50 times a second for five seconds.
    for round in 0..250 {
        let (columns, rows) = [(120, 40), (40, 12), (200, 60), (1, 1), (84, 46)][round % 5];
        session.resize(columns, rows);
        thread::sleep(Duration::from_millis(20));
    }
    session.resize(120, 40);
    let stable = |screen: &vt100::Screen| {
        let contents = screen.contents();
        contents.contains("╭─ 2 [Next runs]") && row(screen, "▌✓ alpha").contains("ok") && contents.contains("100")
    };
    let after = session.wait_for("the last size", stable);
    assert_eq!(after.contents().lines().count(), before.contents().lines().count());
    // What a whole repaint shows is what was there.
    let frames = session.frames();
    session.send("\x0c");
    session.wait_until("a repaint", |session| session.frames() > frames);
    assert_eq!(session.wait_for("the repaint", stable).contents(), after.contents());
}

#[test]
fn ux_23_nothing_hostile_in_an_output_or_a_name_reaches_the_terminal() {
    let home = Home::new();
    let hostile = [
        r"\033]52;c;SE9TVElMRQ==\007", // the clipboard
        r"\033]0;HOSTILE\007",         // the title
        r"\033]8;;http://hostile\033\\link\033]8;;\033\\",
        r"\033P1$rHOSTILE\033\\",
        r"\033_HOSTILE\033\\",
        r"\033^HOSTILE\033\\",
        r"\033[2J\033[6n\033[?1049l\033[?1000h\033[!p\033c",
        r"\302\233\062J\302\235\060;HOSTILE\302\234", // the same as one character
        r"\342\200\256HOSTILE\342\200\254",           // written from the right
        r"nul\000byte \377\376 wrong",
        r"\033]0;never ended",
    ];
    let command = format!("printf '{}'; printf '\\nlast line\\n'", hostile.join("\\n"));
    home.tempo(&["add", "hostile", "--command", &command]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· hostile");
    let begun = session.received();
    session.send("r");
    session.wait_for("the run", |screen| screen.contents().contains("last line") && row(screen, "▌✓").contains("ok"));
    for keys in ["4", "A", "A", "A", "z", "\x1b", "4", "4", "\x0c"] {
        session.send(keys);
        thread::sleep(Duration::from_millis(100));
    }
    session.send("\x1b1");
    session.wait_for_text("▌✓ hostile");
    let raw = &session.raw()[begun..];
    for (what, sequence) in [
        ("a string to the terminal", "\x1b]"),
        ("a device control string", "\x1bP"),
        ("an application command", "\x1b_"),
        ("a privacy message", "\x1b^"),
        ("a question", "\x1b[6n"),
        ("the normal screen", "\x1b[?1049l"),
        ("the mouse", "\x1b[?1000h"),
        ("a soft reset", "\x1b[!p"),
        ("a full reset", "\x1bc"),
        ("a NUL", "\0"),
        ("a bell", "\x07"),
    ] {
        assert!(!raw.contains(sequence), "{what}");
    }
    let bidi = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let c1 = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    assert!(!raw.contains(bidi) && !raw.contains(c1));
}

#[test]
fn ux_53_without_a_terminal_one_line_and_a_code_of_its_own_and_beside_a_daemon_it_simply_works() {
    let home = Home::new();
    let path = home.0.path();
    let alone = Command::new(TEMPO).arg("--home").arg(path).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(alone.stderr).unwrap();
    assert_eq!((alone.status.code(), said.lines().count(), alone.stdout.as_slice()), (Some(7), 1, &b""[..]), "{said}");
    let text = path.to_str().unwrap();
    let dumb =
        Session::start(Path::new(TEMPO), &[], &[("TEMPO_HOME", text), ("HOME", text), ("TERM", "dumb")], (80, 24));
    let ended = dumb.finish();
    assert_eq!(ended.exit.exit_code(), 7);
    assert!(ended.raw.trim_end().lines().count() == 1 && !ended.raw.contains('\x1b'), "{:?}", ended.raw);

    let mut daemon = Command::new(TEMPO).arg("--home").arg(path).arg("daemon").stdin(Stdio::null()).spawn().unwrap();
    engine(&home, |holder| holder.pid == daemon.id());
    home.tempo(&["add", "alpha", "--command", "echo it works"]);
    let mut session = Session::start(Path::new(TEMPO), &[], &[("TEMPO_HOME", text), ("HOME", text)], (100, 30));
    session.wait_for_text(&format!("pid {}", daemon.id()));
    session.wait_for_text("▌· alpha");
    session.send("r");
    session.wait_for_text("│ it works");
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
    assert!(holder(&path.join("engine.lock")).unwrap().is_some_and(|holder| holder.pid == daemon.id()));
    kill_process(Pid::from_raw(daemon.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
    daemon.wait().unwrap();
}

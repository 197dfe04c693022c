//! The terminal layer, end to end, in the smallest program that uses it (`echo.rs`).

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::session::{Ended, FRAME_BEGIN, FRAME_END, Session};

const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l";
const UNDO: &str = "\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1049l";

fn echo() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let echo = tests.ancestors().nth(2).unwrap().join("examples/echo");
    assert!(echo.exists(), "{} is not built: run `cargo test` whole, or `cargo build --example echo`", echo.display());
    echo
}

fn start(env: &[(&str, &str)], size: (u16, u16)) -> Session {
    let session = Session::start(&echo(), &[], env, size);
    session.wait_for_text(&format!("{}x{}", size.0, size.1));
    session
}

/// The rows of the screen, without the size on top and the mark at the end.
fn seen(screen: &vt100::Screen) -> Vec<String> {
    let contents = screen.contents();
    let rows = contents.lines().skip(1).map(|row| row.trim_end().to_owned());
    rows.filter(|row| !row.is_empty() && row.trim() != "#").collect()
}

/// The terminal is as it was: modes, screen, cursor, paste; and every mode that was set was reset, in order, at the very end
/// of what the screen wrote.
#[track_caller]
fn assert_given_back(ended: &Ended) {
    assert_eq!(ended.modes_after, ended.modes_before);
    assert!(!ended.screen.alternate_screen());
    assert!(!ended.screen.hide_cursor());
    assert!(!ended.screen.bracketed_paste());
    assert!(ended.raw.starts_with(ENTER), "{:?}", ended.raw);
    assert_eq!(ended.raw.matches(UNDO).count(), 1, "{:?}", ended.raw);
    let (_, behind) = ended.raw.split_once(UNDO).unwrap();
    assert!(!behind.contains('\x1b'), "{behind:?}");
}

#[test]
fn ux_13_quitting_gives_the_terminal_back() {
    let mut session = start(&[], (80, 24));
    session.send("c");
    session.wait_for("a cursor", |screen| !screen.hide_cursor() && screen.cursor_position() == (5, 5));
    session.send("q");
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 0);
    assert_given_back(&ended);
    assert_eq!(ended.screen.contents().trim(), "");
}

#[test]
fn while_it_runs_the_terminal_is_raw_and_on_its_alternate_screen() {
    let mut session = start(&[], (80, 24));
    let screen = session.wait_for_text("80x24");
    assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste());
    let raw = session.modes();
    session.send("q");
    assert_ne!(raw, session.finish().modes_after);
}

#[test]
fn ux_13_term_int_and_quit_give_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let session = start(&[], (80, 24));
        session.signal(signal);
        let ended = session.finish();
        assert_eq!(ended.exit.exit_code(), code);
        assert_given_back(&ended);
    }
}

#[test]
fn ux_13_hup_from_a_terminal_that_lives_gives_it_back() {
    let session = start(&[], (80, 24));
    session.signal(Signal::HUP);
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 129);
    assert_given_back(&ended);
}

#[test]
fn ux_13_ux_14_a_panic_of_the_screen_gives_the_terminal_back_and_is_readable_there_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut session = start(&[("ECHO_LOG", log.to_str().unwrap())], (80, 24));
    session.send("P");
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 101);
    assert_given_back(&ended);
    assert!(ended.screen.contents().contains("a panic of the screen"), "{}", ended.screen.contents());
    assert!(fs::read_to_string(log).unwrap().contains("a panic of the screen"));
}

#[test]
fn ux_13_ux_14_a_panic_of_another_thread_gives_the_terminal_back_and_is_readable_there_and_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut session = start(&[("ECHO_LOG", log.to_str().unwrap())], (80, 24));
    session.send("T");
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 101);
    assert_given_back(&ended);
    assert!(ended.screen.contents().contains("a panic of a worker"), "{}", ended.screen.contents());
    assert!(fs::read_to_string(log).unwrap().contains("a panic of a worker"));
}

#[test]
fn ux_15_a_terminal_that_is_gone_ends_the_screen_at_once() {
    let session = start(&[], (80, 24));
    assert_eq!(session.hang_up().exit_code(), 129);
}

#[test]
fn ux_13_a_mouse_that_is_reported_is_reported_no_longer_on_any_way_out() {
    const MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
    const UNDO: &str = "\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?25h\x1b[?2004l\x1b[?1049l";
    let ways: [fn(&mut Session); 6] = [
        |session| session.send("q"),
        |session| session.send("P"),
        |session| session.send("T"),
        |session| session.signal(Signal::TERM),
        |session| session.signal(Signal::INT),
        |session| session.signal(Signal::HUP),
    ];
    for leave in ways {
        let mut session = start(&[], (80, 24));
        session.send("M");
        session.wait_for_raw("the modes", |raw| raw.contains(MOUSE));
        leave(&mut session);
        let ended = session.finish();
        assert_eq!(ended.modes_after, ended.modes_before);
        let (_, behind) = ended.raw.split_once(UNDO).unwrap_or_else(|| panic!("{:?}", ended.raw));
        assert!(!behind.contains('\x1b'), "{behind:?}");
    }
}

#[test]
fn ux_5_no_byte_lies_outside_a_synchronized_update() {
    let mut session = start(&[], (80, 24));
    session.send("ab\x1b[A");
    session.wait_for_text("key Up");
    session.resize(60, 10);
    session.wait_for_text("60x10");
    session.send("q");
    let ended = session.finish();
    let frames = ended.raw.strip_prefix(ENTER).unwrap().strip_suffix(UNDO).unwrap();
    let frames: Vec<&str> = frames.split_inclusive(FRAME_END).collect();
    assert!(frames.len() >= 3, "{frames:?}");
    for frame in frames {
        assert!(frame.starts_with(FRAME_BEGIN) && frame.ends_with(FRAME_END), "{frame:?}");
        assert_eq!(frame.matches(FRAME_BEGIN).count(), 1, "{frame:?}");
    }
}

#[test]
fn ux_3_a_key_is_one_write() {
    let mut session = start(&[], (120, 40));
    for key in ["a", "b", "d"] {
        let (writes, bytes) = (session.writes(), session.raw().len());
        session.send(key);
        session.wait_for_text(&format!("key {key}"));
        assert_eq!(session.writes(), writes + 1);
        assert!(session.raw().len() - bytes <= 400);
    }
}

#[test]
fn ux_1_an_idle_screen_writes_nothing_and_takes_no_time() {
    let session = start(&[], (120, 40));
    let (writes, bytes, cpu) = (session.writes(), session.raw().len(), session.cpu());
    let idle = Duration::from_secs(2);
    thread::sleep(idle);
    assert_eq!((session.writes(), session.raw().len()), (writes, bytes));
    let used = session.cpu().saturating_sub(cpu);
    assert!(used < idle / 1000, "{used:?}");
}

#[test]
fn ux_17_keys_that_arrive_byte_by_byte_are_the_same_keys() {
    // As over SSH, where the longer pause for ESC leaves room for a busy machine.
    let mut session = start(&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")], (80, 24));
    for (bytes, expected) in [("\x1b", "key Esc"), ("\x1b[A", "key Up"), ("\x1b\x1b[A", "key Alt Up")] {
        for byte in bytes.bytes() {
            session.send([byte]);
            thread::sleep(Duration::from_millis(20));
        }
        session.wait_for_text(expected);
    }
    session.send("z");
    assert_eq!(seen(&session.wait_for_text("key z")), ["key Esc", "key Up", "key Alt Up", "key z"]);
}

#[test]
fn ux_18_replies_of_a_terminal_whole_or_split_do_nothing() {
    let mut session = start(&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")], (80, 24));
    let frames = |session: &Session| session.raw().matches(FRAME_BEGIN).count();
    let before = frames(&session);
    for reply in [
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        "\x1b]10;rgb:ffff/ffff/ffff\x07",
        "\x1b[?62;4;22c",
        "\x1b[>41;354;0c",
        "\x1b[?2026;2$y",
        "\x1b[?997;1n",
        "\x1bP>|tmux 3.5a\x1b\\",
        "\x1b[24;80R",
        "\x1b[<0;12;7M",
        "\x1b[I",
    ] {
        session.send(reply);
        for at in [1, 2, reply.len() / 2, reply.len() - 1] {
            session.send(&reply[..at]);
            thread::sleep(Duration::from_millis(15));
            session.send(&reply[at..]);
        }
    }
    session.send("z");
    assert_eq!(seen(&session.wait_for_text("key z")), ["key z"]);
    assert_eq!(frames(&session), before + 1);
}

#[test]
fn ux_20_a_paste_is_one_input_and_no_key() {
    let mut session = start(&[], (80, 24));
    session.send(format!("\x1b[200~{}\rq\x1b[201~", "qT".repeat(40_000)));
    session.wait_for_text("Paste(\"qTqT");
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn ux_21_neither_the_mouse_nor_a_keyboard_protocol_nor_any_answer_is_asked_for() {
    let mut session = start(&[], (120, 40));
    session.send("abc");
    session.resize(80, 24);
    session.wait_for_text("80x24");
    session.send("q");
    let raw = session.finish().raw;
    for forbidden in [
        "?1000h", "?1002h", "?1003h", "?1006h", "?1015h", "?1004h", "\x1b[>", "\x1b[=", "\x1b]", "\x1bP", "\x1b_", "$p",
    ] {
        assert!(!raw.contains(forbidden), "{forbidden:?}");
    }
    // DA, DSR and kitty's question end in these.
    for sequence in raw.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        assert!(!matches!(&sequence[end..=end], "c" | "n" | "u"), "{sequence:?}");
    }
}

#[test]
fn ux_22_a_storm_of_resizes_ends_in_a_correct_frame() {
    let mut session = start(&[], (120, 40));
    session.send("a");
    session.wait_for_text("key a");
    for round in 0..40 {
        for (columns, rows) in [(120, 40), (40, 12), (200, 60), (1, 1), (2, 1), (1, 5)] {
            session.resize(columns + round % 2, rows);
            thread::sleep(Duration::from_millis(20));
        }
    }
    session.resize(100, 30);
    let screen = session.wait_for_text("100x30");
    assert_eq!(seen(&screen), ["key a"]);
    assert_eq!(screen.cell(29, 99).unwrap().contents(), "#");
    let marks = screen.contents().matches('#').count();
    assert_eq!(marks, 1, "{}", screen.contents());
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn a_message_of_a_worker_wakes_the_screen() {
    let mut session = start(&[], (80, 24));
    session.send("m");
    session.wait_for_text("message");
}

#[test]
fn ux_53_a_dumb_terminal_is_refused_in_one_line() {
    let session = Session::start(&echo(), &[], &[("TERM", "dumb")], (80, 24));
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 1);
    assert!(ended.raw.contains("TERM is `dumb`") && !ended.raw.contains('\x1b'), "{:?}", ended.raw);
}

#[test]
fn ux_53_without_a_terminal_it_says_so() {
    let output = Command::new(echo()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
    assert_eq!(output.stdout, b"");
}

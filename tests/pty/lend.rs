//! The dashboard that lets go of the terminal, and takes it again: plain text, pager, editor, shell, clipboard.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tempo::lock::{Holder, Role, holder};

use crate::dashboard::{Home, TEMPO, engine, row};
use crate::session::{PATIENCE, Session};

/// What takes the terminal over, and what gives it back.
pub(crate) const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l";
const UNDO: &str = "\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1049l";

/// Bytes that could act on a terminal, a line each.
const HOSTILE: &[u8] = b"\x1b]52;c;ZXZpbA==\x07osc52\n\x1b]0;title\x1b\\osc0\n\x1b]8;;http://evil\x1b\\osc8\n\x1bP1$r0m\x1b\\dcs\n\
    \x1b_Gf=100;AAAA\x1b\\apc\n\x1b[2J\x1b[6n\x1b[?1049lcsi\n\xc2\x9b2J\x9b2Jc1\n\xe2\x80\xaebidi\nnul\0\ninvalid\xff\xfe\n\x1b]0;unterminated\n\
    \x1b[31mred\x1b[0m end\n";

/// What none of the above may become.
const FORBIDDEN: &[&str] =
    &["\x1b]", "\x1bP", "\x1b_", "\x1b[6n", "\u{9b}", "\u{202e}", "\0", "ZXZpbA", "title", "evil", "unterminated\x07"];

/// A program of these lines of shell, which can leave something in the folder.
fn script(home: &Home, name: &str, lines: &str) -> PathBuf {
    let path = home.path().join(name);
    fs::write(&path, format!("#!/bin/sh\ncd {}\n{lines}\n", home.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A file's text, as soon as it is there and is what is wanted.
#[track_caller]
fn text_of(path: &Path, wanted: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if wanted(&text) {
            return text;
        }
        assert!(Instant::now() < deadline, "{} is {text:?}", path.display());
        std::thread::yield_now();
    }
}

/// A dashboard over a task that has printed `output`.
fn with_output(home: &Home, output: &[u8], env: &[(&str, &str)], size: (u16, u16)) -> Session {
    fs::write(home.path().join("printed"), output).unwrap();
    home.tempo(&["add", "alpha", "--command", &format!("cat {}/printed", home.path().display())]);
    let mut session = home.dashboard_with(env, size);
    session.wait_for_text("▌· alpha");
    session.send("r");
    session.wait_for_text("ok after");
    session
}

/// The bytes behind the last time that the terminal was given back.
fn lent(session: &Session) -> String {
    let raw = session.raw();
    raw.rsplit_once(UNDO).map(|(_, behind)| behind.to_owned()).unwrap_or_default()
}

#[test]
fn ux_36_a_copy_is_one_osc_52_with_the_right_base64_outside_of_any_frame_and_the_toast_says_sent() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "echo 'what to copy'"]);
    let mut session = home.dashboard((100, 24));
    session.wait_for_text("▌· alpha");
    session.send("y");
    session.wait_for_text("the command, or the path of the script");
    session.send("c");
    session.wait_for_text("sent to the terminal's clipboard: the command of alpha");
    session.send("yy");
    session.wait_for_text("sent to the terminal's clipboard: the name alpha");
    session.send("q");
    let raw = session.finish().raw;
    let sequences: Vec<&str> =
        raw.split("\x1b]52;c;").skip(1).map(|rest| rest.split_once("\x1b\\").unwrap().0).collect();
    assert_eq!(sequences, ["ZWNobyAnd2hhdCB0byBjb3B5Jw==", "YWxwaGE="]);
    for (at, _) in raw.match_indices("\x1b]52;c;") {
        let before = &raw[..at];
        assert!(before.rfind("\x1b[?2026l") > before.rfind("\x1b[?2026h"), "inside a frame");
    }
}

#[test]
fn ux_36_more_than_a_terminal_takes_goes_into_a_file_of_the_person_alone_that_the_toast_names() {
    let home = Home::new();
    let long = format!("echo {}", "x".repeat(60_000));
    home.tempo(&["add", "alpha", "--command", &long]);
    let mut session = home.dashboard((160, 24));
    session.wait_for_text("▌· alpha");
    session.send("yc");
    let path = home.path().join("copied.txt");
    session.wait_for_text("too much for a terminal's clipboard, so written to ");
    session.wait_for_text("copied.txt: the command of alpha");
    assert_eq!(fs::read_to_string(&path).unwrap(), long);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!session.raw().contains("\x1b]52;"));
}

#[test]
fn ux_23_the_plain_view_shows_the_log_on_the_normal_screen_and_nothing_in_it_acts_on_the_terminal() {
    let home = Home::new();
    let mut session = with_output(&home, HOSTILE, &[], (100, 30));
    session.send("4Y");
    session.wait_for_raw("the plain text", |raw| raw.ends_with("-- any key: back --"));
    let plain = lent(&session);
    for line in
        ["osc52\r\n", "osc0\r\n", "osc8\r\n", "dcs\r\n", "apc\r\n", "csi\r\n", "nul^@\r\n", "invalid\\xff\\xfe\r\n"]
    {
        assert!(plain.contains(line), "{line:?} in {plain:?}");
    }
    assert!(plain.contains("\x1b[0;31mred\x1b[0m end\r\n"), "{plain:?}");
    for forbidden in FORBIDDEN {
        assert!(!plain.contains(forbidden), "{forbidden:?} in {plain:?}");
    }
    assert_ne!(session.modes(), "", "the terminal is there");
    // Longer than the type-ahead guard; then any key leads back, to a whole repaint.
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("j");
    session.wait_for_raw("the screen again", |raw| {
        raw.rsplit_once(UNDO).is_some_and(|(_, behind)| behind.contains(ENTER))
    });
    session.wait_for("the whole screen", |screen| {
        screen.alternate_screen() && row(screen, "▌✓ alpha").contains("ok") && screen.contents().contains("red end")
    });
    // Of a selection, only its lines.
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("gjVj");
    session.wait_for_text("2 selected");
    session.send("Y");
    session.wait_for_raw("the selection", |raw| raw.matches("-- any key: back --").count() == 2);
    assert_eq!(lent(&session), "osc52\r\nosc0\r\n-- any key: back --");
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("j");
    session.wait_for_text("2 selected");
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("1Y");
    session.wait_for_raw("the list", |raw| raw.matches("-- any key: back --").count() == 3);
    let list = lent(&session);
    assert!(list.contains("alpha") && !list.contains('│') && !list.contains("Next runs"), "{list:?}");
    session.signal(Signal::TERM);
    let ended = session.finish();
    assert_eq!(ended.modes_after, ended.modes_before);
    assert!(!ended.screen.alternate_screen() && !ended.screen.hide_cursor() && !ended.screen.bracketed_paste());
}

#[test]
fn ux_23_the_pager_gets_the_whole_output_as_text_and_the_terminal_for_itself() {
    let home = Home::new();
    let pager = script(&home, "pager", "cat >paged; read key </dev/tty; echo \"$key\" >typed");
    let output = [HOSTILE, &b"a line\n".repeat(20_000)].concat();
    let mut session = with_output(&home, &output, &[("PAGER", pager.to_str().unwrap())], (100, 30));
    session.send("4o");
    let shown = text_of(&home.path().join("paged"), |text| text.matches("a line\n").count() == 20_000);
    for forbidden in FORBIDDEN {
        assert!(!shown.contains(forbidden), "{forbidden:?}");
    }
    assert!(shown.contains("\x1b[0;31mred\x1b[0m end\n") && shown.contains("osc52\n"));
    session.send("qDr\r");
    assert_eq!(text_of(&home.path().join("typed"), |text| text.ends_with('\n')), "qDr\n");
    session.wait_for("the screen again", |screen| screen.alternate_screen() && row(screen, "▌✓ alpha").contains("ok"));
    assert!(!session.wait_for_text("alpha").contents().contains("Delete"));
}

#[test]
fn ux_24_the_editor_gets_every_key_the_schedule_goes_on_and_a_changed_command_is_a_change_that_u_takes_back() {
    let home = Home::new();
    // It shows what it is given, takes a line of keys as they are typed, and leaves another text.
    let editor = script(
        &home,
        "editor",
        "shift; cat \"$1\" >given; ps -o pgid=,tpgid= -p $$ >groups; read typed; echo \"$typed\" >typed; printf 'echo new\\n' >\"$1\"",
    );
    home.tempo(&["add", "alpha", "--command", "echo old"]);
    home.tempo(&["add", "beat", "--command", &format!("date >>{}/beats", home.path().display()), "--every", "1s"]);
    let editor = format!("{} --flag", editor.display());
    let mut session = home.dashboard_with(&[("VISUAL", &editor), ("EDITOR", "false")], (100, 30));
    session.wait_for_text("▌· alpha");
    session.send("o");
    assert_eq!(text_of(&home.path().join("given"), |text| text.ends_with('\n')), "echo old\n");
    let groups = text_of(&home.path().join("groups"), |text| text.ends_with('\n'));
    let mut groups = groups.split_whitespace();
    assert_eq!(groups.next(), groups.next(), "the editor is in the foreground");
    assert!(lent(&session).is_empty(), "nothing is drawn over the editor: {:?}", lent(&session));
    // Planned runs start while it has the terminal.
    let beats = || fs::read_to_string(home.path().join("beats")).unwrap_or_default().lines().count();
    let before = beats();
    let deadline = Instant::now() + PATIENCE;
    while beats() < before + 2 {
        assert!(Instant::now() < deadline, "no run while the editor has the terminal");
        std::thread::yield_now();
    }
    assert!(!lent(&session).contains(ENTER), "{:?}", lent(&session));
    session.send("qDrx every byte");
    session.send("\r");
    assert_eq!(text_of(&home.path().join("typed"), |text| text.ends_with('\n')), "qDrx every byte\n");
    let screen = session.wait_for_text("saved alpha (u undoes)");
    assert!(screen.alternate_screen() && screen.contents().contains("beat"));
    assert!(fs::read_dir(home.path().join("edited")).unwrap().next().is_none(), "its file is gone");
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("r");
    session.wait_for("the new command", |screen| screen.contents().lines().any(|line| line.contains("│ new")));
    session.send("u");
    session.wait_for_text("undid: ");
    session.send("\x1a");
    session.wait_for_text("not suspended: no shell is there to continue it");
}

#[test]
fn ux_24_a_script_is_edited_in_its_place_and_an_editor_that_gives_up_changes_nothing() {
    let home = Home::new();
    let job = script(&home, "job.sh", "echo one");
    home.tempo(&["add", "alpha", "--script", job.to_str().unwrap()]);
    home.tempo(&["add", "bravo", "--command", "echo old"]);
    let editor = script(
        &home,
        "editor",
        "case \"$1\" in *job.sh) echo 'echo two' >>\"$1\";; *) echo new >\"$1\"; exit 1;; esac",
    );
    let mut session = home.dashboard_with(&[("EDITOR", editor.to_str().unwrap())], (120, 30));
    session.wait_for_text("▌· alpha");
    session.send("o");
    session.wait_for_text("alpha has a new script from its next run on: ");
    assert!(fs::read_to_string(&job).unwrap().ends_with("echo one\necho two\n"));
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("j");
    session.wait_for_text("▌· bravo");
    session.send("o");
    session.wait_for_text("not changed: the editor ended with exit 1; the text is in ");
    let shown =
        std::process::Command::new(TEMPO).arg("--home").arg(home.path()).args(["show", "bravo"]).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("echo old"));
    drop(session);
    let session = home.dashboard_with(&[("EDITOR", "/nonexistent/editor -n")], (120, 30));
    let mut session = session;
    session.wait_for_text("▌");
    session.send("o");
    session.wait_for_text("`/nonexistent/editor -n` cannot be started (exit 127)");
}

#[test]
fn ux_13_a_signal_while_the_editor_has_the_terminal_ends_both_and_gives_the_terminal_back() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true"]);
    let editor = script(&home, "editor", "stty -echo raw; echo $$ >pid; exec sleep 600");
    let mut session = home.dashboard_with(&[("EDITOR", editor.to_str().unwrap())], (80, 24));
    session.wait_for_text("▌· alpha");
    session.send("o");
    let pid = text_of(&home.path().join("pid"), |text| text.ends_with('\n'));
    session.signal(Signal::TERM);
    let ended = session.finish();
    assert_eq!(ended.exit.exit_code(), 143);
    assert_eq!(ended.modes_after, ended.modes_before);
    let editor = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while rustix::process::test_kill_process(editor).is_ok() {
        assert!(Instant::now() < deadline, "the editor lives");
        std::thread::yield_now();
    }
}

/// The state letter of a process.
fn state(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ").map(|(_, rest)| rest[..1].to_owned())
}

#[track_caller]
pub(crate) fn until(what: &str, mut fact: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !fact() {
        assert!(Instant::now() < deadline, "no {what}");
        std::thread::yield_now();
    }
}

pub(crate) fn end(holder: &Holder) {
    let _ = kill_process(Pid::from_raw(i32::try_from(holder.pid).unwrap()).unwrap(), Signal::TERM);
}

#[test]
fn ux_16_ctrl_z_hands_the_engine_to_a_daemon_stops_the_screen_and_fg_takes_both_back_without_a_missed_slot() {
    let home = Home::new();
    home.tempo(&["add", "beat", "--command", &format!("echo . >>{}/beats", home.path().display()), "--every", "1s"]);
    let mut session = home.shell((100, 30));
    session.send(format!("{TEMPO}\r"));
    session.wait_for_text("engine here");
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    session.send("\x1a");
    let deputy = engine(&home, |holder| holder.role == Role::Daemon);
    assert_ne!(deputy.pid, dashboard.pid);
    until("stop", || state(dashboard.pid).as_deref() == Some("T"));
    session.wait_for_raw("the shell's word", |raw| {
        raw.rsplit_once(UNDO).is_some_and(|(_, behind)| behind.contains("Stopped"))
    });
    assert!(lent(&session).contains(&format!("the scheduler goes on as process {} until fg", deputy.pid)));
    session.wait_for_raw("the prompt", |raw| raw.trim_end().ends_with("shell>"));
    // What is planned happens meanwhile, and the shell is a shell.
    let beats = || fs::read_to_string(home.path().join("beats")).unwrap_or_default().lines().count();
    let before = beats();
    until("run while it stands still", || beats() >= before + 2);
    session.send("echo $((6 * 7))\r");
    session.wait_for_raw("the shell", |raw| raw.ends_with("shell> ") && raw.contains("\n42"));
    session.send("bg\r");
    until("second stop", || state(dashboard.pid).as_deref() == Some("T"));
    assert_eq!(holder(&home.path().join("engine.lock")).unwrap().map(|holder| holder.pid), Some(deputy.pid));

    session.send("fg\r");
    session
        .wait_for("the whole screen", |screen| screen.alternate_screen() && screen.contents().contains("engine here"));
    assert_eq!(engine(&home, |holder| holder.role == Role::Dashboard).pid, dashboard.pid);
    until("end of the daemon", || state(deputy.pid).is_none());
    let before = beats();
    until("run after it", || beats() >= before + 2);
    let slots =
        std::process::Command::new(TEMPO).arg("--home").arg(home.path()).args(["why", "beat"]).output().unwrap();
    let slots = String::from_utf8_lossy(&slots.stdout).into_owned();
    assert!(!slots.contains("missed"), "{slots}");

    // And once more, to its end.
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("\x1a");
    let deputy = engine(&home, |holder| holder.role == Role::Daemon);
    session.wait_for_raw("the prompt", |raw| raw.trim_end().ends_with("shell>"));
    session.send("kill %1; fg\r");
    until("end of the dashboard", || state(dashboard.pid).is_none());
    until("end of the daemon", || state(deputy.pid).is_none());
    session.wait_for_raw("the prompt", |raw| raw.trim_end().ends_with("shell>"));
    session.send("exit\r");
    let ended = session.finish();
    assert_eq!(ended.modes_after, ended.modes_before);
}

#[test]
fn ux_16_when_the_shell_goes_too_the_daemon_stays() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let mut session = home.shell((100, 30));
    session.send(format!("{TEMPO}\r"));
    session.wait_for_text("engine here");
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    session.send("\x1a");
    let deputy = engine(&home, |holder| holder.role == Role::Daemon);
    until("stop", || state(dashboard.pid).as_deref() == Some("T"));
    session.hang_up();
    until("end of the dashboard", || state(dashboard.pid).is_none());
    assert_eq!(holder(&home.path().join("engine.lock")).unwrap().map(|holder| holder.pid), Some(deputy.pid));
    end(&deputy);
}

#[test]
fn ux_16_an_editor_that_stops_takes_the_dashboard_along_and_fg_leads_back_into_it() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "echo old"]);
    script(&home, "editor", "echo $$ >pid; read line; printf 'echo new\\n' >\"$1\"");
    let mut session = home.shell((100, 30));
    session.send(format!("EDITOR={}/editor {TEMPO}\r", home.path().display()));
    session.wait_for_text("▌· alpha");
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    session.send("o");
    let editor: u32 = text_of(&home.path().join("pid"), |text| text.ends_with('\n')).trim().parse().unwrap();
    session.send("\x1a");
    let deputy = engine(&home, |holder| holder.role == Role::Daemon);
    until("stop of both", || [dashboard.pid, editor].iter().all(|pid| state(*pid).as_deref() == Some("T")));
    session.wait_for_raw("the prompt", |raw| raw.trim_end().ends_with("shell>"));
    session.send("fg\r");
    until("going on", || state(editor).is_some_and(|state| state != "T"));
    session.send("\r");
    session.wait_for_text("saved alpha (u undoes)");
    assert_eq!(engine(&home, |holder| holder.role == Role::Dashboard).pid, dashboard.pid);
    until("end of the daemon", || state(deputy.pid).is_none());
}

//! Terminals that are slow, stand still, change their size, send what nobody typed, or are sent what acts on them.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::Signal;
use tempo::domain::task::{Definition, Work};
use tempo::lock::Role;
use tempo::store::{Store, tasks};

use crate::dashboard::{Home, TEMPO, engine, row};
use crate::lend::{ENTER, end, until};
use crate::session::{FRAME_BEGIN, FRAME_END, Session};

const MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const NO_MOUSE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";

fn frames(session: &Session) -> usize {
    session.raw().matches(FRAME_BEGIN).count()
}

/// What `tempo` prints in this home.
fn printed(home: &Home, args: &[&str]) -> String {
    let output = Command::new(TEMPO).arg("--home").arg(home.path()).args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn many_tasks(home: &Home, count: usize) {
    let store = Store::open(&home.path().join("tempo.db")).unwrap();
    store
        .write(move |db| {
            for n in 1..=count {
                let definition = Definition::new(format!("task-{n:04}"), Work::Command("true".to_owned()));
                tasks::add(db, &definition, Timestamp::now())?;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn ux_12_while_the_terminal_takes_nothing_jobs_go_on_and_afterwards_one_frame_shows_what_is() {
    let home = Home::new();
    let folder = home.path().display();
    let flood = format!(
        "i=0; while [ ! -e {folder}/go ]; do i=$((i+1)); echo \"$i $i $i $i $i $i $i $i\"; sleep 0.01; done; echo ended"
    );
    home.tempo(&["add", "alpha-flood", "--command", &flood]);
    home.tempo(&["add", "beat", "--command", &format!("echo . >>{folder}/beats"), "--every", "1s"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha-flood");
    session.send("r");
    session.wait_for_text("FOLLOW");
    session.pause();
    until("write that stands still", || session.is_writing());
    let output = fs::read_to_string(home.path().join("runs/1/output")).unwrap();
    let before_stall = output.lines().count() as u64;
    let beats = || fs::read_to_string(home.path().join("beats")).unwrap_or_default().lines().count();
    let before = beats();
    until("runs meanwhile", || beats() >= before + 3);
    fs::write(home.path().join("go"), "").unwrap();
    home.tempo(&["rm", "beat"]);
    until("end of all runs", || {
        !printed(&home, &["list"]).contains("beat")
            && !printed(&home, &["runs"]).contains("running")
            && printed(&home, &["runs", "alpha-flood"]).contains("ok")
    });
    assert!(session.is_writing(), "it stands still all the time");
    session.go_on();
    let screen = session.wait_for("the end", |screen| {
        row(screen, "▌✓ alpha-flood").contains("ok")
            && screen.contents().contains("│ ended")
            && screen.contents().contains("ok after")
    });
    assert!(!screen.contents().contains("beat"), "{}", screen.contents());
    // The next look at the store has nothing to add.
    thread::sleep(Duration::from_millis(1500));
    let newer: Vec<u64> =
        lines_by_frame(&session.raw(), (120, 40)).into_iter().filter(|lines| *lines > before_stall).collect();
    let last = session.raw();
    let last = last.rsplit(FRAME_BEGIN).next().unwrap();
    assert_eq!(newer.len(), 1, "of the frames behind the stall: {newer:?}; the last is {last:?}");
}

#[test]
fn ux_15_a_terminal_that_goes_away_in_the_middle_of_a_frame_is_gone_and_the_scheduler_goes_on() {
    let home = Home::new();
    let folder = home.path().display();
    let flood = format!("i=0; while [ ! -e {folder}/go ]; do i=$((i+1)); echo $i $i $i $i $i $i; sleep 0.01; done");
    home.tempo(&["add", "alpha-flood", "--command", &flood]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha-flood");
    session.send("r");
    session.wait_for_text("FOLLOW");
    session.pause();
    until("write that stands still", || session.is_writing());
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    let hung_up = thread::spawn(move || session.hang_up());
    let daemon = engine(&home, |holder| holder.role == Role::Daemon);
    assert_eq!(daemon.pid, dashboard.pid);
    fs::write(home.path().join("go"), "").unwrap();
    until("end of the run", || !printed(&home, &["runs"]).contains("running"));
    end(&daemon);
    assert_eq!(hung_up.join().unwrap().exit_code(), 0);
}

/// How many lines of output each frame says there are.
fn lines_by_frame(raw: &str, (columns, rows): (u16, u16)) -> Vec<u64> {
    let mut parser = crate::session::parser(columns, rows);
    let frames = raw.split_inclusive(FRAME_END);
    let lines = |frame: &str| {
        parser.process(frame.as_bytes());
        // The bottom of the log, right of the side column.
        let screen = parser.screen().contents();
        let footer = screen.lines().find(|line| line.chars().nth(44) == Some('╰'))?;
        let (_, rest) = footer.rsplit('╰').next()?.split_once('/')?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    frames.filter_map(lines).collect()
}

#[test]
fn ux_18_what_a_terminal_answers_starts_nothing_and_changes_nothing() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true"]);
    let mut session = home.dashboard_with(&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")], (100, 30));
    session.wait_for_text("No runs yet");
    let before = session.raw().len();
    for reply in [
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        "\x1b]10;rgb:ffff/ffff/ffff\x07",
        "\x1b]52;c;ckRyRA==\x1b\\",
        "\x1b[?62;4;22c",
        "\x1b[>41;354;0c",
        "\x1b[?2026;2$y",
        "\x1b[?997;1n",
        "\x1bP>|tmux 3.5a r D\x1b\\",
        "\x1b[24;80R",
        "\x1b[<0;5;4M",
        "\x1b[<64;5;4M",
        "\x1b[I",
        "\x1b[O",
    ] {
        session.send(reply);
        for at in [1, 2, reply.len() / 2, reply.len() - 1] {
            session.send(&reply[..at]);
            thread::sleep(Duration::from_millis(15));
            session.send(&reply[at..]);
        }
    }
    session.send("?");
    session.wait_for_text("Add a task");
    let raw = session.raw();
    assert_eq!(raw[before..].matches(FRAME_BEGIN).count(), 1, "only the help: {:?}", &raw[before..]);
    assert!(!printed(&home, &["runs"]).contains("alpha"));
}

#[test]
fn ux_20_a_paste_of_100_kb_into_the_form_is_one_undo_step_and_few_frames_and_no_command() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true"]);
    let mut session = home.dashboard((100, 30));
    session.wait_for_text("▌· alpha");
    session.send("\x1b[200~DyrX\x1b[201~");
    session.wait_for_text("paste ignored here");
    session.send("a");
    session.wait_for_text("New task");
    session.send("Pasted\t");
    session.wait_for("the name", |screen| row(screen, "name").contains("Pasted"));
    let before = frames(&session);
    let text = format!("echo begin\r{}echo end", "echo q D r \x1b[A x\r".repeat(6_500));
    assert!(text.len() > 100_000);
    session.send(format!("\x1b[200~{text}\x1b[201~"));
    session.wait_for_text("echo end");
    assert!(frames(&session) - before <= 3, "{}", frames(&session) - before);
    session.send("\x1a");
    session.wait_for("the field as it was", |screen| {
        !screen.contents().contains("echo end") && !screen.contents().contains("echo q D r")
    });
    // Nothing else was undone, and nothing was done.
    session.wait_for("the name", |screen| row(screen, "name").contains("Pasted"));
    session.send("\x1b");
    session.wait_for_text("▌· alpha");
    assert!(!printed(&home, &["runs"]).contains("alpha"));
}

#[test]
fn ux_22_a_storm_of_sizes_is_laid_out_now_and_then_and_ends_in_the_right_frame() {
    let home = Home::new();
    many_tasks(&home, 50);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· task-0001");
    let (begun, before) = (Instant::now(), session.raw().len());
    for round in 0..25 {
        for (columns, rows) in [(120, 40), (40, 12), (200, 60), (80, 24), (30, 8), (29, 7), (1, 1), (2, 1), (1, 5)] {
            session.resize(columns + round % 2, rows);
            thread::sleep(Duration::from_millis(if round % 5 == 0 { 20 } else { 2 }));
        }
    }
    session.resize(110, 33);
    let screen = session.wait_for("the last size", |screen| {
        row(screen, "▌· task-0001").contains("never ran")
            && screen.cell(0, 109).is_some()
            // Not yet that of a wider one before.
            && (100..=110).contains(&row(screen, "? help").trim_end().chars().count())
    });
    let repaints = session.raw()[before..].matches("\x1b[2J").count();
    let most = begun.elapsed().as_millis() / 30 + 2;
    assert!(repaints as u128 <= most, "{repaints} of {most}");
    // What the differences have added up to is what a whole repaint shows.
    let before = session.raw().len();
    session.send("\x0c");
    session.wait_for_raw("a repaint", |raw| raw[before..].contains("\x1b[2J") && raw.ends_with(FRAME_END));
    let repainted = session.wait_for_text("▌· task-0001");
    assert_eq!(repainted.contents(), screen.contents());
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn ux_23_neither_a_name_nor_a_tag_nor_a_toast_acts_on_the_terminal() {
    let home = Home::new();
    for hostile in ["a\x1b]0;evil\x07", "a\x1b[2Jb", "a\nb", "a\x7fb", "a\u{9b}2J"] {
        let refused =
            Command::new(TEMPO).arg("--home").arg(home.path()).args(["add", hostile, "--command", "true"]).output();
        let refused = refused.unwrap();
        assert_ne!(refused.status.code(), Some(0), "{hostile:?}");
        assert!(!String::from_utf8_lossy(&refused.stderr).contains('\x1b'), "{:?}", refused.stderr);
    }
    // What is not refused is only shown.
    let command = "printf '\x1b]0;evil\x07\x1b[?1049l\u{202e}'; exit 3";
    home.tempo(&["add", "alpha \u{202e}bravo", "--command", command]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha");
    session.send("r");
    session.wait_for_text("exit 3 after");
    session.send("444");
    session.wait_for_text("[Details]");
    session.wait_for_text("Definition");
    session.send("G");
    session.wait_for_text("printf '");
    session.send("!");
    session.wait_for_text("queued #1 of alpha");
    session.send("\x1b");
    session.wait_for("no messages", |screen| !screen.contents().contains("queued #1 of alpha"));
    session.send("e");
    session.wait_for_text("Edit alpha");
    session.signal(Signal::TERM);
    let raw = session.finish().raw;
    for forbidden in ["\x1b]", "evil\x07", "\u{202e}", "\u{9b}", "\x07"] {
        assert!(!raw.contains(forbidden), "{forbidden:?}");
    }
    assert_eq!(raw.matches("\x1b[?1049l").count(), 1);
}

#[test]
fn ux_25_a_job_has_no_terminal_that_it_could_write_to() {
    let home = Home::new();
    let command = "(echo LEAKED >/dev/tty) 2>/dev/null && echo has one; set -- $(cat /proc/$$/stat); \
                   [ $1 = $6 ] && echo leads its session, terminal $7";
    home.tempo(&["add", "alpha", "--command", command]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha");
    session.send("r");
    let screen = session.wait_for_text("ok after");
    assert!(screen.contents().contains("│ leads its session, terminal 0"), "{}", screen.contents());
    assert!(!screen.contents().contains("has one"), "{}", screen.contents());
    assert!(!session.raw().contains("LEAKED"));
}

#[test]
fn ux_21_the_mouse_is_off_until_it_is_wanted_and_off_again_on_every_way_out() {
    let home = Home::new();
    many_tasks(&home, 30);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· task-0001");
    // A report that nobody asked for does nothing.
    session.send("\x1b[<0;5;6M\x1b[<0;5;6m");
    session.send("M");
    session.wait_for_text("the mouse is on");
    session.wait_for_raw("the modes", |raw| raw.contains(MOUSE));
    assert!(!session.raw().contains("?1003h"));
    let screen = session.wait_for_text("▌· task-0001");
    let y = screen.contents().lines().position(|row| row.contains("task-0007")).unwrap() + 1;
    session.send(format!("\x1b[<0;5;{y}M\x1b[<0;5;{y}m"));
    session.wait_for_text("▌· task-0007");
    session.send("\x1b[<65;5;6M");
    session.wait_for_text("▌· task-0010");
    session.send("\x1b[<64;5;6M");
    session.wait_for_text("▌· task-0007");
    // In another pane it is that one that scrolls, and a click gives it the keys.
    let next = screen.contents().lines().position(|row| row.contains("2 [Next runs]")).unwrap() + 2;
    session.send(format!("\x1b[<0;5;{next}M\x1b[<0;5;{next}m"));
    // Where nothing is planned the other panes stay with the task that is selected.
    session.wait_for("the keys of the pane", |screen| {
        row(screen, "▌").contains("task-0007") && row(screen, "Enter open").contains("a add")
    });
    session.send("M");
    session.wait_for_text("the mouse is off");
    session.wait_for_raw("the modes", |raw| raw.rfind(NO_MOUSE) > raw.rfind(MOUSE));
    session.send("M");
    session.wait_for_raw("the modes", |raw| raw.rfind(NO_MOUSE) < raw.rfind(MOUSE));
    // Plain text is for the terminal's own selection.
    session.send("Y");
    session.wait_for_raw("the plain text", |raw| {
        raw.ends_with("-- any key: back --") && raw.rfind(NO_MOUSE) > raw.rfind(MOUSE)
    });
    thread::sleep(Duration::from_millis(200));
    session.send("j");
    session.wait_for_raw("the modes", |raw| raw.contains(&format!("{ENTER}{MOUSE}")));
    session.signal(Signal::TERM);
    let ended = session.finish();
    assert_eq!(ended.modes_after, ended.modes_before);
    assert!(ended.raw.ends_with(&format!("\x1b[?2026l\x1b[0m{NO_MOUSE}\x1b[?25h\x1b[?2004l\x1b[?1049l")));
}

#[test]
fn the_mouse_can_be_on_from_the_start() {
    let home = Home::new();
    fs::write(home.path().join("config.toml"), "mouse = true\n").unwrap();
    many_tasks(&home, 9);
    let mut session = home.dashboard((120, 40));
    let screen = session.wait_for_text("▌· task-0001");
    let y = screen.contents().lines().position(|row| row.contains("task-0004")).unwrap() + 1;
    session.send(format!("\x1b[<0;5;{y}M\x1b[<0;5;{y}m"));
    session.wait_for_text("▌· task-0004");
    assert!(session.raw().starts_with(&format!("{ENTER}{MOUSE}")));
}

//! Acting safely, on the real binary: what asks, what does not, and what is said of each (UX 38 to 41, 44, and 4).

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::dashboard::{Home, row};
use crate::session::Session;

/// Longer than the type-ahead guard of 150 ms (UX 39): the one time that has to pass, and no fact tells when it has.
pub(crate) const GUARD: Duration = Duration::from_millis(300);

/// Waits until a dialog shows a text and can be answered.
fn asked(session: &Session, text: &str) -> vt100::Screen {
    let screen = session.wait_for_text(text);
    thread::sleep(GUARD);
    screen
}

/// Presses Esc, so often. A lone Esc is told from a sequence by the time behind it (UX 19).
fn escape(session: &mut Session, times: usize) {
    for _ in 0..times {
        session.send("\x1b");
        thread::sleep(Duration::from_millis(60));
    }
}

/// Another dashboard on the same home, whose engine is elsewhere.
fn window(home: &Home, size: (u16, u16)) -> Session {
    let path = home.0.path().to_str().unwrap();
    Session::start(Path::new(env!("CARGO_BIN_EXE_tempo")), &[], &[("TEMPO_HOME", path), ("HOME", path)], size)
}

fn gone(session: &Session, text: &str) {
    session.wait_for(&format!("no more {text}"), |screen| !screen.contents().contains(text));
}

/// The row of a task in the list, from its border to the next.
fn listed(screen: &vt100::Screen, slug: &str) -> String {
    let of_list = |row: &str| row.strip_prefix('│').map(|rest| rest.split('│').next().unwrap_or_default().to_owned());
    screen.contents().lines().filter_map(of_list).find(|row| row.contains(slug)).unwrap_or_default()
}

/// The slugs that the command line lists.
fn slugs(home: &Home) -> Vec<String> {
    let rows = home.tempo(&["list", "--json"]);
    let slug = |row: &str| serde_json::from_str::<serde_json::Value>(row).unwrap()["slug"].as_str().unwrap().to_owned();
    rows.lines().map(slug).collect()
}

#[test]
fn ux_38_no_control_key_space_or_enter_deletes_kills_or_stops_anything() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "while :; do sleep 0.1; done"]);
    let mut session = home.dashboard((100, 30));
    home.tempo(&["run", "alpha"]);
    session.wait_for_text("▌► alpha");
    let mut press = |opener: &str, byte: u8| {
        if !opener.is_empty() {
            session.send(opener);
            asked(&session, "Esc stay");
        }
        session.send([byte]);
        escape(&mut session, 3);
        session.wait_for("the panes", |screen| {
            screen.contents().contains("▌► alpha") && !screen.contents().contains("Esc stay")
        });
    };
    // Ctrl-c and Ctrl-z leave the program.
    for byte in (1..=31).chain([b' ']).filter(|byte| ![3, 26, 27].contains(byte)) {
        press("", byte);
    }
    for opener in ["D", "x", "X"] {
        for byte in [b' ', b'\r', b'\n', 4, 8, 11, 19, 24, 25] {
            press(opener, byte);
        }
    }
    assert_eq!(slugs(&home), ["alpha"]);
    let runs = home.tempo(&["runs", "alpha"]);
    assert!(runs.contains("running") && !runs.contains("stopping"), "{runs}");
    home.tempo(&["stop", "alpha"]);
}

#[test]
fn ux_39_keys_typed_before_and_just_after_a_dialog_opens_do_not_answer_it() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "while :; do sleep 0.1; done"]);
    let mut session = home.dashboard((100, 30));
    home.tempo(&["run", "alpha"]);
    session.wait_for_text("▌► alpha");
    // In one write: the dialog of x is there at once, and what was typed with it is not an answer.
    session.send("xyyyy");
    let screen = session.wait_for_text("Stop run #1 of alpha?");
    assert!(screen.contents().contains("stop with TERM"), "{}", screen.contents());
    thread::sleep(GUARD);
    session.wait_for_text("Stop run #1 of alpha?");
    assert!(home.tempo(&["runs", "alpha"]).contains("running"));
    escape(&mut session, 1);
    gone(&session, "Stop run #1");
    session.send("XyXy");
    session.wait_for_text("Kill run #1 of alpha?");
    assert!(home.tempo(&["runs", "alpha"]).contains("running"));
    escape(&mut session, 1);
    gone(&session, "Kill run #1");
    // The dialog of D comes a moment later, from the store.
    session.send("Dyyy");
    thread::sleep(GUARD);
    assert_eq!(slugs(&home), ["alpha"]);
    escape(&mut session, 2);
    session.send("x");
    asked(&session, "Stop run #1 of alpha?");
    session.send("y");
    session.wait_for("the end", |screen| row(screen, "▌⊘ alpha").contains("cancelled"));
}

#[test]
fn ux_40_d_then_u_brings_the_task_its_schedule_and_its_history_back_and_the_toast_named_the_key() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "echo hello", "--every", "1h"]);
    let mut session = home.dashboard((100, 30));
    session.send("r");
    session.wait_for("the run", |screen| row(screen, "▌✓ alpha").contains("ok"));
    session.send("D");
    let screen = asked(&session, "Delete alpha?").contents();
    for counted in ["Its 1 schedule will not come due", "The history of 1 run (", "u brings it back"] {
        assert!(screen.contains(counted), "{counted}: {screen}");
    }
    session.send("y");
    session.wait_for_text("deleted alpha (u brings it back)");
    assert_eq!(slugs(&home), Vec::<String>::new());
    session.send("u");
    session.wait_for("the task", |screen| row(screen, "▌✓ alpha").contains("ok"));
    assert!(home.tempo(&["show", "alpha"]).contains("every 1h"));
    assert!(home.tempo(&["runs", "alpha", "--json"]).contains("succeeded"));
}

#[test]
fn ux_41_verbs_over_more_than_twenty_marked_tasks_say_what_became_of_each_and_leave_failures_marked() {
    let home = Home::new();
    for n in 0..22 {
        let name = format!("task{n:02}");
        let mut args = vec!["add", &name, "--command", "while :; do sleep 0.2; done"];
        if n < 20 {
            args.extend(["--every", "1h"]);
        }
        home.tempo(&args);
    }
    let mut session = home.dashboard((120, 60));
    session.wait_for_text("task21");
    session.send("*");
    session.wait_for_text("22 marked");
    session.send("p");
    session.wait_for_text("paused 20 of 22 (u undoes); 2 failed stay marked, ! says why");
    session.wait_for("marks", |screen| {
        listed(screen, "task21").contains('●')
            && !listed(screen, "task19").contains('●')
            && screen.contents().contains("2 marked")
    });
    session.send("!");
    let screen = session.wait_for_text("task20 was not paused: it has no schedule");
    assert!(screen.contents().contains("task21 was not paused: it has no schedule"), "{}", screen.contents());
    escape(&mut session, 1);
    gone(&session, "Messages of 7 days");
    session.send("u");
    session.wait_for("all awake", |screen| !listed(screen, "task00").contains('‖'));

    session.send("*r");
    asked(&session, "Run 22 tasks?");
    session.send("y");
    session.wait_for_text("queued 22 tasks");
    session.wait_for("runs", |screen| listed(screen, "task00").contains('►'));
    session.send("*r");
    asked(&session, "22 have unfinished runs and are left out.");
    session.send("y");
    session.wait_for_text("queued none of 22; all stay marked, ! says why");

    // Of so many even those of this window are asked about.
    session.send("x");
    asked(&session, "Stop 22 runs of 22 tasks?");
    session.send("y");
    session.wait_for_text("stopped 22 tasks");
    session.wait_for("their end", |screen| {
        let rows: Vec<String> = (0..22).map(|n| listed(screen, &format!("task{n:02}"))).collect();
        rows.iter().all(|row| row.contains('⊘') && !row.contains('●'))
    });
}

#[test]
fn ux_44_esc_leads_to_the_top_from_everywhere_and_never_quits() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "echo hello", "--every", "1h"]);
    home.tempo(&["add", "beta", "--command", "true"]);
    let mut session = home.dashboard((100, 30));
    session.wait_for_text("beta");
    for keys in ["Space", "*v", "/be\r", "!", "?", "R", "a", "e", "s", "w", "D", "4z", "33", "2z", "q", "Rabc\t"] {
        let keys = keys.replace("Space", " ");
        session.send(&keys);
        escape(&mut session, 8);
        session.wait_for(&format!("the top after {keys:?}"), |screen| {
            let text = screen.contents();
            text.contains("1 Tasks") && text.contains("alpha") && text.contains("beta") && !text.contains("marked")
        });
    }
    session.send("q");
    session.wait_for_text("keep going in the background");
    escape(&mut session, 1);
    gone(&session, "keep going");
}

#[test]
fn ux_4_the_stop_dialog_shows_the_processes_and_the_chosen_signal_is_the_one_that_comes() {
    let home = Home::new();
    let command = "trap 'echo heard INT; exit 3' INT; sleep 1000 & while :; do sleep 0.05; done";
    home.tempo(&["add", "alpha", "--command", command]);
    home.tempo(&[
        "add",
        "deaf",
        "--command",
        "trap '' TERM INT; echo deaf; while :; do sleep 0.1; done",
        "--grace",
        "4s",
    ]);
    let mut session = home.dashboard((120, 40));
    home.tempo(&["run", "alpha"]);
    session.wait_for("the run", |screen| row(screen, "▌► alpha").contains("0:0"));
    session.send("x");
    let screen = session.wait_for("its processes", |screen| {
        screen.contents().contains("Stop run #1 of alpha?") && screen.contents().matches("- sleep").count() >= 1
    });
    assert!(screen.contents().contains("stop with TERM, KILL after 10s"), "{}", screen.contents());
    thread::sleep(GUARD);
    session.send("i");
    session.wait_for_text("heard INT");

    // One that hears nothing: the time until KILL is on the screen, and KILL comes.
    session.send("j");
    home.tempo(&["run", "deaf"]);
    session.wait_for("the run", |screen| screen.contents().contains("│ deaf"));
    session.send("x");
    asked(&session, "KILL after 4s");
    session.send("y");
    session.wait_for("a countdown", |screen| screen.contents().contains("KILL in "));
    session.wait_for("the end", |screen| row(screen, "▌⊘ deaf").contains("cancelled"));
}

#[test]
fn ux_4_run_with_gives_the_run_arguments_and_variables_of_its_own_and_says_when_it_has_ended() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "echo \"got $# $1 $LEVEL\"; exit 7"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("alpha");
    session.send("R");
    session.wait_for_text("Dry run: nothing is executed yet");
    session.send("'a b' c");
    session.wait_for_text("alpha 'a b' c");
    session.send("\tLEVEL=9\t \x13");
    session.wait_for_text("got 2 a b 9");
    session.wait_for_text("#1 of alpha: exit 7");
    assert!(session.raw().contains('\x07'), "no bell");
    let shown = home.tempo(&["run", "alpha", "--env", "LEVEL=8", "--", "x"]);
    assert_eq!(shown.trim(), "2");
    session.wait_for_text("got 1 x 8");
}

#[test]
fn ux_4_two_dashboards_see_the_same_messages_and_they_are_there_after_a_restart() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let mut first = home.dashboard((120, 40));
    first.wait_for_text("alpha");
    let mut second = window(&home, (80, 24));
    second.wait_for_text("alpha");
    second.send("!");
    first.send("p");
    first.wait_for_text("paused alpha (u undoes)");
    second.wait_for("the message of the other", |screen| row(screen, "paused alpha").contains("alpha "));
    first.send("p");
    first.wait_for_text("resumed alpha");
    first.send("q");
    asked(&first, "keep going in the background");
    first.send("f");
    assert_eq!(first.finish().exit.exit_code(), 0);
    let mut again = window(&home, (120, 40));
    again.send("!");
    let screen = again.wait_for_text("resumed alpha (u undoes)");
    assert!(screen.contents().contains("paused alpha (u undoes)"), "{}", screen.contents());
    again.send("c");
    again.wait_for_text("No messages.");
}

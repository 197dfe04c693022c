//! The ways through logs in the real program: sections, the runs beside one, several outputs as one, and a bell.

use std::fs;

use crate::dashboard::{Home, row};
use crate::session::Session;

/// The row with the cursor of the log.
fn cursor(screen: &vt100::Screen) -> String {
    let text = screen.contents();
    let row = text.lines().find_map(|row| row.split_once('▸')).map_or("", |(_, row)| row);
    row.trim_end_matches(['│', ' ', '█', '✗']).to_owned()
}

/// Waits until the cursor is on a line that ends so.
#[track_caller]
fn on(session: &Session, line: &str) {
    session.wait_for(line, |screen| cursor(screen).ends_with(line));
}

#[test]
fn sections_are_gone_through_in_both_directions() {
    let home = Home::new();
    // Two pipes have no order between them but time.
    let script = "echo one; echo two; sleep 0.3; echo three >&2; echo four >&2; sleep 0.3; echo five";
    home.tempo(&["add", "parts", "--command", script]);
    let mut session = home.dashboard((120, 30));
    session.wait_for_text("▌· parts");
    session.send("r");
    session.wait_for_text("ok after");
    session.send("4");
    session.wait_for("its end", |screen| screen.contents().contains("[Log]") && cursor(screen).contains("ok after"));
    session.send("g");
    on(&session, "started by hand");
    for line in ["three", "five"] {
        session.send("}");
        on(&session, line);
    }
    session.send("}");
    session.wait_for_text("no section begins below");
    for line in ["three", "one"] {
        session.send("{");
        on(&session, line);
    }
}

#[test]
fn the_runs_before_and_after_are_gone_to_and_several_outputs_are_one() {
    let home = Home::new();
    let count = home.0.path().join("count");
    let script = format!("echo x >> {0}; echo round $(wc -l < {0})", count.display());
    home.tempo(&["add", "alpha", "--command", &script]);
    home.tempo(&["add", "bravo", "--command", "echo something else"]);
    let mut session = home.dashboard((120, 30));
    session.wait_for_text("▌· alpha");
    for round in ["round 1", "round 2"] {
        session.send("r");
        session.wait_for("the end of the run", |screen| {
            screen.contents().contains(round) && screen.contents().contains("ok after")
        });
    }
    session.send("4");
    session.wait_for_text("Details  alpha #2");
    session.send("[");
    session.wait_for_text("Details  alpha #1");
    session.wait_for_text("round 1");
    session.send("[");
    session.wait_for_text("there is no run before this one");
    session.send("]");
    session.wait_for_text("Details  alpha #2");
    session.wait_for_text("round 2");
    session.send("]");
    session.wait_for_text("this is the newest run");

    session.send("1j");
    session.wait_for_text("▌· bravo");
    session.send("r");
    session.wait_for_text("something else");
    session.wait_for("the mark of success", |screen| row(screen, "▌").contains('✓'));
    session.send("m");
    let screen = session.wait_for("both outputs", |screen| {
        let text = screen.contents();
        text.contains("2 outputs by time") && text.contains("round 2") && text.contains("something else")
    });
    let at = |line: &str| screen.contents().find(line);
    assert!(at("round 2") < at("something else"), "{}", screen.contents());
    session.send("\x1b");
    session.wait_for("one again", |screen| !screen.contents().contains("outputs by time"));
}

#[test]
fn a_bell_rings_when_what_is_waited_for_is_printed() {
    let home = Home::new();
    let go = home.0.path().join("go");
    let script =
        format!("echo begun; while [ ! -e {} ]; do sleep 0.02; done; echo the needle is here; sleep 60", go.display());
    home.tempo(&["add", "hay", "--command", &script]);
    let mut session = home.dashboard((120, 30));
    session.wait_for_text("▌· hay");
    session.send("r");
    session.wait_for_text("begun");
    session.send("4");
    session.wait_for_text("[Log]");
    session.send("f");
    session.wait_for_text("ring when this appears");
    session.send("needle\r");
    session.wait_for_text("a bell rings when needle appears (f with nothing ends it)");
    assert!(!session.raw().contains('\x07'));
    fs::write(&go, "").unwrap();
    session.wait_for_text("#1 of hay: the needle is here");
    session.wait_for_raw("the bell", |raw| raw.contains('\x07'));
}

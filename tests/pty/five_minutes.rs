//! From an empty machine to a script that runs by its schedule with a package of its own, and what is said when the package is not there.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::dashboard::Home;
use crate::session::Session;

/// Makes a wheel of a module that has nothing but its version.
const WHEEL: &str = include_str!("../wheel.py");

/// A machine that is heavily loaded builds an environment in this time.
const PATIENCE: Duration = Duration::from_secs(240);

/// Waits until the screen shows all of these: longer than the session does.
#[track_caller]
fn wait_for(session: &Session, texts: &[&str]) -> vt100::Screen {
    let deadline = Instant::now() + PATIENCE;
    let all = |screen: &vt100::Screen| texts.iter().all(|text| screen.contents().contains(text));
    while Instant::now() < deadline && !session.shows(all) {
        std::thread::sleep(Duration::from_millis(20));
    }
    session.wait_for(&texts.join(", "), all)
}

#[test]
fn ux_52_from_an_empty_home_to_a_scheduled_script_with_a_package_and_the_words_of_the_installer_when_there_is_none() {
    let home = Home::fresh();
    let wheels = home.path().join("wheels");
    std::fs::create_dir(&wheels).unwrap();
    let made = Command::new("python3").args(["-c", WHEEL]).arg(&wheels).args(["greeting", "1.5"]).status().unwrap();
    assert!(made.success());
    // What is installed is here, and nowhere else.
    let env = [("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", wheels.to_str().unwrap())];
    let mut session = home.dashboard_with(&env, (120, 60));
    session.wait_for_text("Welcome to Tempo - 1 of 3");
    // Longer than the guard against what was typed for the shell.
    std::thread::sleep(Duration::from_millis(200));
    session.send("q");
    session.wait_for_text("No tasks yet.");

    // A name is enough, and the script can be written.
    session.send("N");
    session.wait_for_text("new python");
    session.send("Say hello");
    session.wait_for_text("it will be say-hello");
    session.send("\r");
    session.wait_for("the script with a cursor in it", |screen| {
        screen.contents().contains("3:1 of 14 · [main.py] requirements.txt") && !screen.hide_cursor()
    });
    session.send("\x01import greeting\rprint('version', greeting.version, flush=True)\r");
    session.wait_for_text("3:1 of 3");
    session.send("\x13");
    session.wait_for_text("main.py of say-hello is saved");
    session.send("\x0e");
    session.wait_for_text("main.py [requirements.txt]");
    session.send("greeting>=1\r");
    session.wait_for_text("2:1 of 2");
    session.send("\x13");
    session.wait_for_text("requirements.txt of say-hello is saved");
    session.send("\x1b");
    session.wait_for("the end of the editing", vt100::Screen::hide_cursor);

    // The environment is built by a run of its own, which is read like any other.
    session.send("4");
    session.wait_for_text("Script [Details]");
    session.send("4");
    session.wait_for_text("4 [Log] Script Details");
    wait_for(&session, &["started to build the environment", "│ [1/3] making the environment", "environment"]);
    // That was no run of the work.
    wait_for(&session, &["installing 1 package", "ready: 1 package", "ok after", "never ran"]);

    // A schedule, and what the script prints.
    session.send("1s");
    session.wait_for_text("Schedule  say-hello");
    session.send("every 2s");
    session.wait_for_text("understood: every 2s");
    session.send("\x13");
    wait_for(&session, &["│ version 1.5", "schedule"]);

    // What it ran with: its version, and its environment.
    session.send("444");
    session.wait_for_text("Script [Details]");
    wait_for(&session, &["environment ", "ready, Python 3.", ", 1 package", "by its schedule", "version ", ", saved "]);

    broken(&home, &mut session);
}

/// A package that is not there: the build says so while it happens, and so does the slot that could not run.
fn broken(home: &Home, session: &mut Session) {
    session.send("1e");
    // It is open where it was left.
    session.wait_for("the requirements with a cursor in them", |screen| {
        screen.contents().contains("main.py [requirements.txt]") && !screen.hide_cursor()
    });
    session.send("\x01nonesuch-package\r");
    session.wait_for_text("1 nonesuch-package");
    session.send("\x13");
    session.wait_for_text("requirements.txt of say-hello is saved");
    session.send("\x1b");
    session.wait_for("the end of the editing", vt100::Screen::hide_cursor);
    session.send("1w");
    session.wait_for_text("Why say-hello");
    // The installer's words, with the run that has all of them.
    wait_for(session, &["could not start", "could not be built", "nonesuch-package"]);
    let runs = home.tempo(&["runs", "say-hello", "--json"]);
    let runs: Vec<serde_json::Value> = runs.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let build = runs.iter().find(|run| run["trigger"] == "environment").unwrap();
    assert_eq!(build["outcome"], "failed", "{build}");
    let printed = home.tempo(&["output", &build["id"].to_string()]);
    assert!(printed.contains("No matching distribution found for nonesuch-package"), "{printed}");
}

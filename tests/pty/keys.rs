//! The person's own keys on the real binary: from the file to the screen.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::session::Session;

const TEMPO: &str = env!("CARGO_BIN_EXE_tempo");

const KEYS: &str = "\
# mine
\"task.run\" = \"C-x\"
task.pause = \"g p\"
\"task.delete\" = \"none\"
\"task.edit\" = [\"b\", \"F5\"]
\"task.why\" = \"b\"
";

fn tempo(home: &Path, args: &[&str]) -> std::process::Output {
    Command::new(TEMPO).arg("--home").arg(home).args(args).output().unwrap()
}

fn dashboard(home: &Path, env: &[(&str, &str)]) -> Session {
    let mut all = vec![("TEMPO_HOME", home.to_str().unwrap()), ("HOME", home.to_str().unwrap())];
    all.extend(env);
    let session = Session::start(Path::new(TEMPO), &[], &all, (120, 30));
    session.wait_for_text("engine here");
    session
}

#[test]
fn ux_43_keys_toml_is_in_force_on_the_hint_line_in_the_help_and_under_the_fingers() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("keys.toml"), KEYS).unwrap();
    assert!(tempo(home.path(), &["add", "alpha", "--command", "echo hello", "--every", "1h"]).status.success());
    let checked = tempo(home.path(), &["config", "check"]);
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(4), "{said}");
    assert!(said.contains("keys.toml:6: `b` is wanted by task.edit (line 5) and task.why (line 6)"), "{said}");

    let mut session = dashboard(home.path(), &[]);
    session.wait_for_text("is wanted by task.edit");
    session.send("r");
    session.send("D");
    session.send("\x18");
    session.wait_for("the run", |screen| screen.contents().contains("ok after"));
    session.wait_for("the hints", |screen| {
        let hints = screen.contents().lines().last().unwrap_or_default().to_owned();
        hints.contains("Ctrl-x run") && hints.contains("b edit") && hints.contains(": commands")
    });
    session.send("g");
    let screen = session.wait_for_text("Pause or resume the schedules of the task").contents();
    assert!(!screen.contains("Delete alpha?"), "{screen}");
    session.send("p");
    session.wait_for_text("\u{2016} alpha");
    session.send("?task.delete");
    session.wait_for_text("Delete the task");
    session.send("\r");
    session.wait_for_text("Delete alpha?");
    session.send("q");
    session.wait_for("no question", |screen| !screen.contents().contains("Delete alpha?"));
    session.send(":q\r");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn ux_42_the_palette_runs_a_task_by_name_and_the_inspector_shows_the_bytes() {
    let home = tempfile::tempdir().unwrap();
    for name in ["alpha", "beta"] {
        assert!(tempo(home.path(), &["add", name, "--command", "echo \"I am $((6 * 7))\""]).status.success());
    }
    let mut session = dashboard(home.path(), &[("TMUX", "/tmp/tmux-0/default,1,0")]);
    session.wait_for_text("\u{258c}\u{b7} alpha");
    session.send(":run bet");
    session.wait_for_text("Run beta");
    session.send("\r");
    session.wait_for("the run of beta", |screen| screen.contents().lines().any(|row| row.contains("\u{2713} beta")));
    session.send(":keys.inspect\r");
    session.wait_for_text("Press a key");
    session.send("\x1b[1;5C");
    let screen = session.wait_for_text("1b 5b 31 3b 35 43").contents();
    assert!(screen.contains("key    Ctrl-Right") && screen.contains("tmux keeps its prefix"), "{screen}");
    session.send("D");
    session.wait_for_text("task.delete");
    // A reply of the terminal is no key, and is shown as what it is.
    session.send("\x1b[?62;4c");
    session.wait_for_text("no key");
    session.send("\x1b");
    session.wait_for_text("key    Esc");
    session.send("\x1b");
    session.wait_for("the panes", |screen| !screen.contents().contains("Esc twice"));
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn ux_44_esc_leads_out_of_everything_that_opens_and_never_quits() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("keys.toml"), "\"task.pause\" = \"g p\"\n").unwrap();
    assert!(tempo(home.path(), &["add", "alpha", "--command", "true", "--every", "1h"]).status.success());
    let mut session = dashboard(home.path(), &[]);
    session.wait_for_text("\u{258c}\u{b7} alpha");
    for (keys, shows) in [
        ("a", "New task"),
        ("?", "type to filter"),
        (":run al", "Run alpha"),
        ("/alp", "filter tasks: alp"),
        ("!", "! Messages"),
        ("g", "Pause or resume"),
        ("w", "Esc"),
        (":keys.inspect\r", "Press a key"),
        ("D", "Delete alpha?"),
        ("3", "1 Tasks"),
        ("a\x1bOP", "type to filter"),
    ] {
        session.send(keys);
        session.wait_for_text(shows);
        for _ in 0..5 {
            session.send("\x1b");
            // As a hand does it: Esc and Esc at once would be Alt-Esc to some terminals.
            thread::sleep(Duration::from_millis(40));
        }
        session.wait_for("the top", |screen| {
            let text = screen.contents();
            let hints = text.lines().last().unwrap_or_default();
            hints.contains("Enter open") && hints.contains(": commands") && text.contains("\u{258c}\u{b7} alpha")
        });
    }
    session.send(":q\r");
    session.wait_for_text("Quit?");
    session.send("q");
    session.wait_for("the panes", |screen| !screen.contents().contains("Quit?"));
    session.signal(rustix::process::Signal::TERM);
    session.finish();
}

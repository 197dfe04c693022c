//! Scripts on the real binary: made in seconds, changed by another program while the dashboard looks on, brought back, and opened in
//! an editor only where that may be written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use crate::dashboard::Home;

/// Longer than the type-ahead guard of 150 ms (UX 39).
const GUARD: Duration = Duration::from_millis(300);

#[test]
fn a_script_is_made_with_a_name_changed_from_outside_seen_so_and_brought_back() {
    let home = Home::new();
    let mut session = home.dashboard((100, 30));
    session.send("N");
    session.wait_for_text("new python");
    session.send("Photo Index");
    session.wait_for_text("Photo Index");
    session.send("\r");
    session.wait_for_text("▌· photo-index");
    let script = home.path().join("scripts/photo-index/main.py");
    session.wait_for("the script with a cursor in it", |screen| {
        // Behind what stands at its top.
        screen.contents().contains("3:1 of ") && !screen.hide_cursor()
    });
    session.send("\x1b");
    session.wait_for("the script only looked at", |screen| !screen.contents().contains("3:1 of "));
    let first = fs::read_to_string(&script).unwrap();
    session.send("V");
    session.wait_for_text("created");
    // As git and most editors do it.
    fs::write(script.with_extension("tmp"), "print('from outside')\n").unwrap();
    fs::rename(script.with_extension("tmp"), &script).unwrap();
    session.wait_for_text("outside");
    // What is looked at stays under the cursor.
    session.wait_for_text("▌1 ");
    session.send("g");
    session.wait_for_text("+print('from outside')");
    session.send("j");
    session.wait_for_text("the first one");
    session.send("r");
    session.wait_for_text("What stands in the file now stays a version.");
    thread::sleep(GUARD);
    session.send("y");
    session.wait_for_text("restored");
    assert_eq!(fs::read_to_string(&script).unwrap(), first);
    let versions = home.tempo(&["versions", "photo-index"]);
    let origins: Vec<&str> =
        versions.lines().skip(1).filter_map(|line| line.split("  ").filter(|part| !part.is_empty()).nth(4)).collect();
    assert_eq!(
        origins.iter().map(|origin| origin.trim()).collect::<Vec<_>>(),
        ["restored", "outside", "created"],
        "{versions}"
    );
}

#[test]
fn a_read_only_script_is_not_opened_in_an_editor() {
    let home = Home::new();
    let editor = home.path().join("editor");
    fs::write(&editor, "#!/bin/sh\necho changed > \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    home.tempo(&["add", "job", "--new", "shell"]);
    let script = home.path().join("scripts/job/main.sh");
    let before = fs::read_to_string(&script).unwrap();
    fs::write(home.path().join("config.toml"), format!("read_only_scripts = [{:?}]\n", home.path())).unwrap();
    let mut session = home.dashboard_with(&[("EDITOR", editor.to_str().unwrap())], (160, 30));
    session.wait_for_text("▌· job");
    session.send("o");
    session.wait_for_text("which is read-only");
    assert_eq!(fs::read_to_string(&script).unwrap(), before);
    fs::write(home.path().join("config.toml"), "").unwrap();
    session.wait_for_text("read_only_scripts = []");
    thread::sleep(GUARD);
    session.send("o");
    session.wait_until("the change", |_| fs::read_to_string(&script).is_ok_and(|text| text == "changed\n"));
    session.wait_for_text("job has a new script");
}

#[test]
fn a_new_script_is_open_for_typing_and_is_saved_left_and_run_without_leaving_the_dashboard() {
    let home = Home::new();
    let mut session = home.dashboard((100, 30));
    session.send("N");
    session.wait_for_text("new python");
    session.send("hello\t\t");
    session.wait_for_text("hello");
    // What runs needs no interpreter of this machine but its shell.
    session.send("\x15new shell");
    session.wait_for_text("new shell");
    session.send("\r");
    session.wait_for("the script with a cursor in it", |screen| {
        screen.contents().contains("4:1 of ") && screen.contents().contains("main.sh") && !screen.hide_cursor()
    });
    session.send("\x1b[1;5F\x1b[F\recho typed $((6 * 7))");
    session.wait_for_text("modified");
    session.wait_for_text("echo typed $((6 * 7))");
    session.send("\x13");
    session.wait_for_text("is saved: the next run executes it");
    session.send("\x1b");
    session.wait_for("no cursor", vt100::Screen::hide_cursor);
    session.send("r");
    session.wait_for_text("typed 42");
    let text = fs::read_to_string(home.path().join("scripts/hello/main.sh")).unwrap();
    assert!(text.starts_with("#!/bin/sh") && text.ends_with("\necho typed $((6 * 7))\n"), "{text:?}");
}

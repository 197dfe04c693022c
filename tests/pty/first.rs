//! First contact: from a fresh installation to a task that runs by itself.

use std::os::unix::fs::PermissionsExt;

use crate::dashboard::{Home, row};
use crate::session::Session;

/// Presses keys, one at a time, and counts them.
struct Counted<'a>(&'a mut Session, usize);

impl Counted<'_> {
    fn press(&mut self, key: &str) {
        self.0.send(key);
        self.1 += 1;
    }
}

#[test]
fn ux_52_from_a_fresh_install_to_the_output_of_a_scheduled_task_in_twelve_keystrokes_besides_the_text() {
    let home = Home::fresh();
    let mut session = home.dashboard((100, 30));
    session.wait_for_text("Welcome to Tempo - 1 of 3");
    // Longer than the guard against what was typed for the shell.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let mut keys = Counted(&mut session, 0);
    keys.press("\r");
    keys.0.wait_for_text("The way around");
    keys.press("\r");
    keys.0.wait_for_text("Something to begin with");
    keys.press("\x1b");
    let screen = keys.0.wait_for("the empty list", |screen| {
        screen.contents().contains("No tasks yet.") && !screen.contents().contains("Something to begin with")
    });
    for named in ["a add a task", "i import your crontab", "T load the example", "? help"] {
        assert!(screen.contents().contains(named), "{}", screen.contents());
    }
    keys.press("a");
    keys.0.wait_for_text("New task");
    keys.0.send("Say hello");
    keys.press("\t");
    keys.0.send("echo hello, $((6 * 7))");
    keys.press("\t");
    keys.0.send("every 2s");
    keys.press("\x13");
    // It is selected, its schedule runs it, and what it prints is beside it.
    let screen = keys.0.wait_for("the output", |screen| row(screen, "hello, 42").contains("│ hello, 42"));
    assert!(row(&screen, "▌").contains("say-hello"), "{}", screen.contents());
    let by_schedule = keys.1;
    // Whoever does not want to wait runs it.
    keys.press("r");
    keys.0.wait_for_text("started by hand");
    assert!(by_schedule == 7 && keys.1 <= 12, "{by_schedule} and {}", keys.1);

    // It is not shown again, also when the list is empty again.
    home.tempo(&["rm", "say-hello"]);
    drop(session);
    let session = home.dashboard((100, 30));
    session.wait_for_text("No tasks yet.");
    assert!(!session.shows(|screen| screen.contents().contains("Welcome to Tempo")));
}

#[test]
fn the_first_run_imports_the_crontab_that_it_found_after_showing_what_it_would_become() {
    let home = Home::fresh();
    let bin = home.0.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let crontab = bin.join("crontab");
    std::fs::write(&crontab, "#!/bin/sh\necho '# Back up the house'\necho '30 2 * * * /usr/bin/true --all'\n").unwrap();
    std::fs::set_permissions(&crontab, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut session = home.dashboard_with(&[("PATH", &path)], (100, 30));
    session.wait_for_text("Welcome to Tempo");
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("\r");
    session.wait_for_text("The way around");
    session.send("\r");
    session.wait_for_text("import your crontab: 1 job");
    // What is chosen already is an empty list.
    session.send("j");
    session.wait_for_text("▌ import your crontab");
    session.send("\r");
    let screen = session.wait_for_text("Import your crontab");
    session.wait_for_text("30 2 * * *");
    assert!(!screen.contents().contains("created"), "{}", screen.contents());
    std::thread::sleep(std::time::Duration::from_millis(200));
    session.send("\r");
    let screen = session.wait_for_text("The originals were not touched");
    assert!(screen.contents().contains("crontab -e"), "{}", screen.contents());
    session.send("\r");
    session.wait_for_text("▌· back-up-the-house");
    session.send("u");
    session.wait_for_text("No tasks yet.");
}

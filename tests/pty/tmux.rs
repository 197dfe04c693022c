//! The dashboard inside a real tmux with its default settings: where copied text goes.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use crate::dashboard::{Home, TEMPO};
use crate::session::{PATIENCE, Session};

/// A tmux server of its own, in which the dashboard is the only program, and a terminal that is attached to it.
struct Tmux<'a> {
    home: &'a Home,
    terminal: Session,
}

impl<'a> Tmux<'a> {
    /// `None`, with a word on it, where tmux is not installed.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn start(home: &'a Home) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            eprintln!("skipped: tmux is not installed");
            return None;
        }
        let folder = home.path().to_str().unwrap();
        let env = [("TEMPO_HOME", folder), ("HOME", folder), ("TMUX_TMPDIR", folder), ("SHELL", "/bin/sh")];
        let arguments = ["-f", "/dev/null", "new-session", TEMPO];
        let terminal =
            Session::start(Path::new("/usr/bin/env"), &[&["tmux"], &arguments[..]].concat(), &env, (100, 30));
        let tmux = Self { home, terminal };
        tmux.wait_for("engine here");
        Some(tmux)
    }

    fn command(&self, arguments: &[&str]) -> Output {
        Command::new("tmux").env("TMUX_TMPDIR", self.home.path()).args(arguments).output().unwrap()
    }

    /// What `tmux` prints for a command.
    fn ask(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.command(arguments).stdout).into_owned()
    }

    /// Waits until a text is in the pane.
    #[track_caller]
    fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.ask(&["capture-pane", "-p"]).contains(text) {
            assert!(Instant::now() < deadline, "no {text:?} in\n{}", self.ask(&["capture-pane", "-p"]));
            std::thread::yield_now();
        }
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}

#[test]
fn ux_35_inside_tmux_a_copy_is_in_its_buffer_and_on_its_way_to_the_terminal_around_it() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "printf 'what to copy\\nsecond line\\n  third\\nfourth\\n'"]);
    let Some(mut tmux) = Tmux::start(&home) else { return };
    tmux.wait_for("▌· alpha");
    tmux.terminal.send("y");
    tmux.wait_for("the command, or the path of the script");
    tmux.terminal.send("c");
    tmux.wait_for("sent to tmux's buffer, and by it to the terminal's clipboard: the command of alpha");
    assert_eq!(tmux.ask(&["show-buffer"]), "printf 'what to copy\\nsecond line\\n  third\\nfourth\\n'");
    tmux.terminal.wait_for_raw("the sequence of tmux", |raw| {
        raw.split("\x1b]52;")
            .skip(1)
            .any(|rest| rest.contains(";cHJpbnRmICd3aGF0IHRvIGNvcHlcbnNlY29uZCBsaW5lXG4gIHRoaXJkXG5mb3VydGhcbic="))
    });
    // Lines of a log: exactly those, without what the pane has around them.
    tmux.terminal.send("r");
    tmux.wait_for("ok after");
    tmux.terminal.send("4gjVjj");
    tmux.wait_for("3 selected");
    tmux.terminal.send("y");
    tmux.wait_for("sent to tmux's buffer, and by it to the terminal's clipboard: 3 lines");
    assert_eq!(tmux.ask(&["show-buffer"]), "what to copy\nsecond line\n  third\n");
    tmux.terminal
        .wait_for_raw("the sequence of tmux", |raw| raw.contains(";d2hhdCB0byBjb3B5CnNlY29uZCBsaW5lCiAgdGhpcmQK"));
    // The same server, and nobody who could go on: the pane has no shell.
    tmux.terminal.send("\x1a");
    tmux.wait_for("not suspended: no shell is there to continue it");
}

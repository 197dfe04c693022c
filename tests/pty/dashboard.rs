//! The dashboard itself, with its engine, as a person has it.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempo::lock::{Holder, Role, holder};

use crate::session::{FRAME_BEGIN, Session};

pub(crate) const TEMPO: &str = env!("CARGO_BIN_EXE_tempo");

pub(crate) struct Home(pub(crate) tempfile::TempDir);

impl Home {
    /// One in which somebody was before.
    pub(crate) fn new() -> Self {
        let home = Self::fresh();
        std::fs::write(home.0.path().join("greeted"), "").unwrap();
        home
    }

    /// One in which nobody was.
    pub(crate) fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A verb of the command line, in this home.
    pub(crate) fn tempo(&self, args: &[&str]) -> String {
        let status = Command::new(TEMPO).arg("--home").arg(self.0.path()).args(args).output().unwrap();
        assert!(status.status.success(), "{args:?}: {status:?}");
        String::from_utf8(status.stdout).unwrap()
    }

    /// What a verb of the command line prints.
    pub(crate) fn says(&self, args: &[&str]) -> String {
        let output = Command::new(TEMPO).arg("--home").arg(self.0.path()).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn dashboard(&self, size: (u16, u16)) -> Session {
        self.dashboard_with(&[], size)
    }

    /// With more variables.
    pub(crate) fn dashboard_with(&self, env: &[(&str, &str)], size: (u16, u16)) -> Session {
        let home = self.0.path().to_str().unwrap();
        let env = [&[("TEMPO_HOME", home), ("HOME", home)], env].concat();
        let session = Session::start(Path::new(TEMPO), &[], &env, size);
        session.wait_for_text("engine here");
        session
    }

    /// A shell with job control, in which `tempo` is over this home.
    pub(crate) fn shell(&self, size: (u16, u16)) -> Session {
        let home = self.0.path().to_str().unwrap();
        let env = [("TEMPO_HOME", home), ("HOME", home), ("PS1", "shell> "), ("ENV", "")];
        let session = Session::start(Path::new("/bin/sh"), &["-i"], &env, size);
        session.wait_for_raw("a prompt", |raw| raw.contains("shell> "));
        session
    }
}

/// The row of a screen that holds a text.
pub(crate) fn row(screen: &vt100::Screen, text: &str) -> String {
    screen.contents().lines().find(|row| row.contains(text)).unwrap_or_default().to_owned()
}

/// Sends keys and waits until the screen shows what they do; returns the bytes that came for it and in how many frames.
pub(crate) fn cost(session: &mut Session, keys: &str, text: &str) -> (usize, usize) {
    let before = session.raw().len();
    session.send(keys);
    session.wait_for_text(text);
    let raw = session.raw();
    (raw.len() - before, raw[before..].matches(FRAME_BEGIN).count())
}

#[test]
fn s5_u_takes_back_what_was_done_before_a_restart_and_from_a_shell() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let mut session = home.dashboard((100, 24));
    session.wait_for_text("▌· alpha");
    session.send("p");
    session.wait_for_text("paused alpha (u undoes)");
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
    let mut session = home.dashboard((100, 24));
    session.wait_for_text("‖ alpha");
    session.send("u");
    session.wait_for_text("undid: pause alpha (");
    session.wait_for_text("· alpha");
    home.tempo(&["rm", "alpha"]);
    session.wait_for_text("No tasks yet.");
    session.send("u");
    session.wait_for_text("▌· alpha");
    session.send("\x12");
    session.wait_for_text("redid: delete alpha (");
    home.tempo(&["undo"]);
    session.wait_for_text("▌· alpha");
    home.tempo(&["pause", "alpha"]);
    session.wait_for_text("‖ alpha");
    session.send("q");
    assert_eq!(session.finish().exit.exit_code(), 0);
}

#[test]
fn what_the_command_line_does_is_on_the_screen_at_once() {
    let home = Home::new();
    let session = home.dashboard((80, 24));
    session.wait_for_text("No tasks yet.");
    home.tempo(&["add", "Remote", "--command", "sleep 60"]);
    session.wait_for_text("▌· remote");
    home.tempo(&["run", "remote"]);
    session.wait_for("the run", |screen| row(screen, "▌► remote").contains("0:0"));
    home.tempo(&["stop", "remote"]);
    session.wait_for("the end", |screen| row(screen, "▌⊘ remote").contains("cancelled"));
}

#[test]
fn the_list_is_filtered_the_help_opens_and_esc_leads_back() {
    let home = Home::new();
    for name in ["backup-db", "backup-home", "cert-renew"] {
        home.tempo(&["add", name, "--command", "true"]);
    }
    let mut session = home.dashboard((60, 20));
    session.wait_for_text("cert-renew");
    session.send("/home");
    session.wait_for("one task", |screen| {
        screen.contents().contains("▌· backup-home") && !screen.contents().contains("backup-db")
    });
    session.send("\r?");
    session.wait_for_text("Add a task");
    session.send("\x1b");
    session.wait_for("no help", |screen| !screen.contents().contains("Add a task"));
    session.send("\x1b");
    session.wait_for_text("backup-db");
}

#[test]
fn quitting_with_something_planned_asks_and_a_signal_does_not() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let mut session = home.dashboard((80, 24));
    session.wait_for_text("next");
    session.send("q");
    session.wait_for_text("keep going in the background");
    // Longer than the type-ahead guard.
    thread::sleep(Duration::from_millis(200));
    session.send("f");
    let ended = session.finish();
    assert_eq!((ended.exit.exit_code(), ended.modes_after), (0, ended.modes_before));
    assert!(!ended.screen.alternate_screen());

    let session = home.dashboard((80, 24));
    session.signal(Signal::TERM);
    let ended = session.finish();
    assert_eq!(ended.modes_after, ended.modes_before);
    assert!(!ended.screen.alternate_screen());
}

/// Waits until the engine's lock says something, with a deadline.
pub(crate) fn engine(home: &Home, wanted: impl Fn(&Holder) -> bool) -> Holder {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match holder(&home.0.path().join("engine.lock")).unwrap() {
            Some(holder) if wanted(&holder) => return holder,
            holder => assert!(Instant::now() < deadline, "{holder:?}"),
        }
        thread::yield_now();
    }
}

/// A task whose run prints two lines, the second one after `path` is there, and ends with 7.
fn two_lines(home: &Home) -> String {
    let go = home.0.path().join("go");
    let command = format!("echo begun; while [ ! -e {} ]; do sleep 0.02; done; echo ended; exit 7", go.display());
    home.tempo(&["add", "long", "--command", &command]);
    go.to_str().unwrap().to_owned()
}

#[test]
fn ux_15_when_the_terminal_goes_away_the_same_process_goes_on_as_the_daemon_and_runs_are_recorded() {
    let home = Home::new();
    let go = two_lines(&home);
    let mut session = home.dashboard((80, 24));
    session.send("r");
    session.wait_for_text("begun");
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    let hung_up = thread::spawn(move || session.hang_up());
    let daemon = engine(&home, |holder| holder.role == Role::Daemon);
    assert_eq!(daemon.pid, dashboard.pid);
    std::fs::write(go, "").unwrap();

    // The next one is a window on it.
    let home_path = home.0.path().to_str().unwrap();
    let mut window =
        Session::start(Path::new(TEMPO), &[], &[("TEMPO_HOME", home_path), ("HOME", home_path)], (120, 30));
    let screen = window.wait_for("its output", |screen| {
        ["exit 7 after", "begun", "ended"].iter().all(|text| screen.contents().contains(text))
    });
    assert!(row(&screen, "engine").contains(&format!("pid {}", daemon.pid)), "{}", screen.contents());
    window.send("q");
    assert_eq!(window.finish().exit.exit_code(), 0);

    kill_process(Pid::from_raw(i32::try_from(daemon.pid).unwrap()).unwrap(), Signal::TERM).unwrap();
    assert_eq!(hung_up.join().unwrap().exit_code(), 0);
}

#[test]
fn r8_a_terminal_that_goes_away_may_say_so_again_and_again() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let session = home.dashboard((80, 24));
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    // The kernel says it, then the shell, and the kernel again when the shell ends.
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holder(&home.0.path().join("engine.lock")).unwrap().is_some_and(|now| now.role == Role::Daemon) {
        session.signal(Signal::HUP);
        assert!(Instant::now() < deadline, "nobody goes on");
        thread::yield_now();
    }
    assert_eq!(engine(&home, |holder| holder.role == Role::Daemon).pid, dashboard.pid);
}

#[test]
fn r8_after_a_kill_of_the_dashboard_the_next_one_shows_the_run_live_and_ends_it_with_its_true_status() {
    let home = Home::new();
    let go = two_lines(&home);
    let mut session = home.dashboard((120, 30));
    session.send("r");
    session.wait_for_text("begun");
    session.signal(Signal::KILL);
    session.finish();

    let mut next = home.dashboard((120, 30));
    next.wait_for("the run, live", |screen| {
        screen.contents().contains("FOLLOW")
            && screen.contents().contains("begun")
            && row(screen, "1 running").contains('►')
    });
    std::fs::write(go, "").unwrap();
    let screen = next.wait_for_text("exit 7 after");
    assert!(screen.contents().contains("ended"), "{}", screen.contents());
    next.send("q");
    assert_eq!(next.finish().exit.exit_code(), 0);
}

#[test]
fn quitting_into_the_background_gives_the_shell_back_and_leaves_a_daemon() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true", "--every", "1h"]);
    let mut session = home.dashboard((80, 24));
    session.wait_for_text("next");
    let dashboard = engine(&home, |holder| holder.role == Role::Dashboard);
    session.send("q");
    session.wait_for_text("keep going in the background");
    thread::sleep(Duration::from_millis(200));
    session.send("b");
    let ended = session.finish();
    assert_eq!((ended.exit.exit_code(), ended.modes_after), (0, ended.modes_before));
    let daemon = engine(&home, |holder| holder.role == Role::Daemon);
    assert_ne!(daemon.pid, dashboard.pid);
    kill_process(Pid::from_raw(i32::try_from(daemon.pid).unwrap()).unwrap(), Signal::TERM).unwrap();
}

#[test]
fn ux_45_a_schedule_is_built_from_words_seen_before_it_is_saved_and_is_the_one_that_show_shows() {
    let home = Home::new();
    home.tempo(&["add", "alpha", "--command", "true"]);
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("▌· alpha");
    session.send("s");
    session.wait_for_text("no schedule: the task runs only when it is started");
    session.send("weekdays att");
    let screen = session.wait_for_text("`att` is not understood");
    assert_eq!(
        row(&screen, "▌When").find("att"),
        row(&screen, "not understood").find('^').map(|at| at + "▌".len() - 1)
    );
    session.send("\x7f 7:30");
    session.wait_for_text("understood: 30 7 * * 1-5 = weekdays at 07:30");
    session.send("\t\tjitter".replace("jitter", "5m"));
    let screen = session.wait_for_text("each starts up to 5m later");
    assert_eq!(screen.contents().matches(" 07:30:00 +").count(), 10, "{}", screen.contents());
    // Ctrl-e: as cron.
    session.send("\x05");
    session.wait_for("the cron", |screen| row(screen, "▌When").contains("30 7 * * 1-5"));
    session.send("\x13");
    session.wait_for_text("saved alpha");
    let shown = Command::new(TEMPO).arg("--home").arg(home.0.path()).args(["show", "alpha"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("30 7 * * 1-5 jitter=5m"), "{shown}");
    session.send("q");
    session.wait_for_text("keep going in the background");
}

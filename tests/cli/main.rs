//! The command line, tested on the real binary with a home of its own for each test.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod after;
mod backup;
mod crontab;
mod env;
mod exchange;
mod export;
mod import;
mod installation;
mod limits;
mod many;
mod options;
mod output;
mod people;
mod process;
mod recurring;
mod report;
mod runs;
mod schedules;
mod scripts;
mod search;
mod simulate;
mod systemd;
mod tasks;
mod undo;
mod why;

use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use tempo::config::Paths;
use tempo::store::Store;

/// A home folder, and the binary that lives in it.
struct Home {
    folder: TempDir,
}

/// What a verb answered.
#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn paths(&self) -> Paths {
        Paths::under(self.path())
    }

    /// The store, as the engine would have it.
    fn store(&self) -> Store {
        Store::open(&self.paths().database()).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempo"));
        command.args(args).current_dir(self.path()).env_clear();
        command.env("TEMPO_HOME", self.path()).env("HOME", self.path()).env("TZ", "Europe/Berlin");
        command.stdin(Stdio::null());
        command
    }

    fn tempo(&self, args: &[&str]) -> Answer {
        let output = self.command(args).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The output of a verb that is to succeed without a word on standard error.
    fn ok(&self, args: &[&str]) -> String {
        let answer = self.tempo(args);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{args:?}: {answer:?}");
        answer.out
    }

    /// The same as JSON, an object a line.
    fn json(&self, args: &[&str]) -> Vec<Value> {
        let out = self.ok(&[args, &["--json"]].concat());
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A verb that is to fail with this code, and words that its message must hold.
    fn refuses(&self, args: &[&str], code: i32, words: &[&str]) {
        let answer = self.tempo(args);
        assert_eq!((answer.code, answer.out.as_str()), (code, ""), "{args:?}: {answer:?}");
        assert!(answer.err.starts_with("tempo: "), "{args:?}: {answer:?}");
        for word in words {
            assert!(answer.err.contains(word), "{args:?}: `{word}` is not in {answer:?}");
        }
    }
}

/// A file of many to-dos.
fn many_todos(number: usize) -> String {
    (0..number).fold(String::new(), |file, n| file + &format!("[[task]]\nname = \"task {n}\"\nkind = \"todo\"\n"))
}

/// The keys of an object, sorted.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Words, sorted, to be compared with [`keys`].
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.sort_unstable();
    words
}

/// Checks the form of an instant in JSON: RFC 3339 with the offset of Berlin.
fn instant(value: &Value) -> Timestamp {
    let text = value.as_str().unwrap();
    assert!(text.ends_with("+01:00") || text.ends_with("+02:00"), "{text}");
    text.parse().unwrap()
}

#[test]
fn help_names_the_verbs_that_work_and_no_other() {
    let home = Home::new();
    let help = home.ok(&["--help"]);
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let expected = "add set edit versions list view categories show start done cancel note rm undo redo pause resume drain run stop runs show-run output search diff usage report next why env simulate import export backup restore daemon service doctor config completions man help";
    assert_eq!(verbs.join(" "), expected);
    assert!(!help.contains("spawner"), "{help}");
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_how_it_is_meant() {
    let home = Home::new();
    for args in [
        &["frobnicate"][..],
        &["add"],
        &["add", "a"],
        &["add", "a", "--command", "b", "--todo"],
        &["set", "a"],
        &["rm"],
        &["runs", "--state", "dreaming"],
        &["runs", "--limit", "many"],
        &["output", "1", "--stream", "both"],
        &["completions", "perl"],
    ] {
        let answer = home.tempo(args);
        assert_eq!(answer.code, 2, "{args:?}: {answer:?}");
        assert!(answer.err.contains("--help"), "{args:?}: {answer:?}");
    }
    assert!(!home.paths().database().exists(), "nothing was made for them");
}

#[test]
fn what_is_not_there_is_exit_code_3() {
    let home = Home::new();
    for args in [
        &["show", "ghost"][..],
        &["set", "ghost", "priority=1"],
        &["set", "ghost", "nonsense=1"],
        &["rm", "ghost"],
        &["undo", "--task", "ghost"],
        &["pause", "ghost"],
        &["resume", "ghost"],
        &["run", "ghost"],
        &["run", "ghost", "--wait"],
        &["stop", "ghost"],
        &["stop", "77"],
        &["runs", "ghost"],
        &["output", "ghost"],
        &["output", "77"],
        &["next", "ghost"],
        &["why", "ghost"],
    ] {
        home.refuses(args, 3, &[if args[1] == "77" { "77" } else { "ghost" }]);
    }
}

//! `tempo search`: through the outputs of a run, of a task, of all, the newest first.

use jiff::Timestamp;
use tempo::domain::RunId;
use tempo::domain::keep::Limit;
use tempo::domain::run::Outcome;
use tempo::output::{Stream, Writer, masks};
use tempo::store::outputs;

use super::Home;
use super::output::on_a_terminal;
use super::runs::{finish, start};

/// A home with these tasks, in which each run has printed its text.
fn printed(runs: &[(&str, &str)]) -> Home {
    let home = Home::new();
    let mut tasks: Vec<&str> = runs.iter().map(|(task, _)| *task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    for task in tasks {
        home.ok(&["add", task, "--command", "true"]);
    }
    for (number, (task, text)) in (1..).zip(runs) {
        home.tempo(&["run", task]);
        start(&home, RunId(number));
        let folder = home.paths().runs().join(number.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        Writer::new(&folder, 1).append(Stream::Out, Timestamp::now(), text.as_bytes());
        finish(&home, RunId(number), Outcome::Succeeded, None);
    }
    home
}

fn two() -> Home {
    printed(&[
        ("backup", "one\nA Needle in it\nthree\n"),
        ("backup", "needle first\nsecond\nthird\nlast needle"),
        ("sync", "\x1b[31mneed\x1b[mle\x1b]0;title\x07 in colours\nnothing\n"),
    ])
}

#[test]
fn every_output_is_searched_the_newest_run_first_and_what_is_shown_is_safe() {
    let home = two();
    let found = home.ok(&["search", "needle"]);
    let lines = "sync #3 1: needle in colours\nbackup #2 1: needle first\nbackup #2 4: last needle\nbackup #1 2: A Needle in it\n";
    assert_eq!(found, lines);
    assert_eq!(home.ok(&["search", "Needle"]), "backup #1 2: A Needle in it\n");
    assert_eq!(home.ok(&["search", "-i", "NEEDLE", "--task", "backup"]).lines().count(), 3);
    assert_eq!(home.ok(&["search", "needle", "--run", "1"]), "backup #1 2: A Needle in it\n");
}

#[test]
fn what_is_printed_can_be_lines_runs_numbers_or_objects_and_be_limited() {
    let home = two();
    assert_eq!(home.ok(&["search", "-c", "needle"]), "sync #3: 1\nbackup #2: 2\nbackup #1: 1\n");
    assert_eq!(home.ok(&["search", "-l", "needle"]), "sync #3\nbackup #2\nbackup #1\n");
    assert_eq!(home.ok(&["search", "-v", "needle", "--run", "2"]), "backup #2 2: second\nbackup #2 3: third\n");
    assert_eq!(home.ok(&["search", "needle", "-n", "2"]).lines().count(), 2);
    let context = "backup #2 1: needle first\nbackup #2 2- second\nbackup #2 3- third\nbackup #2 4: last needle\n";
    assert_eq!(home.ok(&["search", "needle", "--run", "2", "-C", "1"]), context);
    let apart = "backup #1 1- one\nbackup #1 2: A Needle in it\nbackup #1 3- three\n";
    assert_eq!(home.ok(&["search", "needle", "--run", "1", "-C", "5"]), apart);
    let objects = home.json(&["search", "needle", "--task", "sync"]);
    assert_eq!(objects, [serde_json::json!({"run": 3, "task": "sync", "line": 1, "text": "needle in colours"})]);
    let counts = home.json(&["search", "-c", "needle", "--run", "2"]);
    assert_eq!(counts, [serde_json::json!({"run": 2, "task": "backup", "matches": 2})]);
}

#[test]
fn it_ends_with_0_when_something_was_found_with_1_when_nothing_was_and_says_what_a_wrong_pattern_should_be() {
    let home = two();
    assert_eq!(home.tempo(&["search", "needle"]).code, 0);
    let nothing = home.tempo(&["search", "haystack"]);
    assert_eq!((nothing.code, nothing.out.as_str(), nothing.err.as_str()), (1, "", ""));
    home.refuses(&["search", "a["], 4, &["unclosed character class", "-F"]);
    home.refuses(&["search", "x", "--task", "nobody"], 3, &["nobody"]);
    home.refuses(&["search", "x", "--run", "99"], 3, &["99"]);
    assert_eq!(home.tempo(&["search", "-F", "a["]).code, 1);
    assert_eq!(home.tempo(&["search", "needle", "--since", "+1h"]).code, 1);
    assert_eq!(home.tempo(&["search", "needle", "--since", "yesterday 0:00"]).code, 0);
}

#[test]
fn o3_outputs_that_were_removed_are_counted_and_r9_secrets_are_not_found() {
    let home = two();
    home.store().write(|db| outputs::removed(db, RunId(2), Limit::Runs(1), Timestamp::now())).unwrap();
    let found = home.tempo(&["search", "needle"]);
    assert_eq!((found.code, found.out.lines().count()), (0, 2));
    assert!(found.err.contains("1 output was not searched"), "{}", found.err);
    masks::add(&home.paths().runs().join("1"), [b"Needle".as_slice()].into_iter()).unwrap();
    assert_eq!(home.tempo(&["search", "Needle"]).code, 1);
    assert_eq!(home.tempo(&["search", "three"]).out, "backup #1 3: three\n");
}

#[test]
fn colours_go_to_a_terminal_only() {
    let home = two();
    assert!(!home.ok(&["search", "needle"]).contains('\x1b'));
    let (shown, code) = on_a_terminal(&home, &["search", "needle", "--task", "sync"], false);
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!((shown.contains("\x1b[1;31mneedle\x1b[m in colours"), code), (true, 0), "{shown:?}");
    let (shown, _) = on_a_terminal(&home, &["search", "needle", "--task", "sync"], true);
    assert!(!String::from_utf8(shown).unwrap().contains("\x1b["));
}

#[test]
fn a_large_output_is_searched_as_a_small_one() {
    let mut text = String::new();
    for n in 0..40_000 {
        text += &["line ", &n.to_string(), " of many\n"].concat();
    }
    let home = printed(&[("big", &text), ("small", "line 7 of many\n")]);
    assert_eq!(home.ok(&["search", "-c", "7 of"]), "small #2: 1\nbig #1: 4000\n");
    let found = home.ok(&["search", "line 39999 ", "-C", "1"]);
    assert_eq!(found, "big #1 39999- line 39998 of many\nbig #1 40000: line 39999 of many\n");
    assert_eq!(home.ok(&["search", "of many", "-n", "3"]).lines().count(), 3);
}

#[test]
fn two_outputs_are_compared_line_by_line_without_their_numbers() {
    let home = printed(&[
        ("backup", "12:00 begin\nsame\ndone in 4 s\n"),
        ("other", "x\n"),
        ("backup", "13:07 begin\nsame\nerror: no room\ndone in 99 s\n"),
    ]);
    let compared = home.tempo(&["diff", "3"]);
    let expected = "--- backup #1\n+++ backup #3\n 13:07 begin\n same\n+error: no room\n done in 99 s\n";
    assert_eq!((compared.code, compared.out.as_str(), compared.err.as_str()), (1, expected, ""));
    assert_eq!(home.tempo(&["diff", "3", "1", "--numbers"]).out.matches("\n-").count(), 2);
    let same = home.tempo(&["diff", "1", "1"]);
    assert_eq!((same.code, same.out.as_str()), (0, ""));
    let objects = home.tempo(&["diff", "3", "--json"]);
    let object: serde_json::Value = serde_json::from_str(&objects.out).unwrap();
    assert_eq!(object, serde_json::json!({"added": 3, "text": "error: no room"}));
    home.refuses(&["diff", "2"], 3, &["other", "succeeded"]);
    home.refuses(&["diff", "99"], 3, &["99"]);
}

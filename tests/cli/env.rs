//! `tempo env` without an engine: what it knows, what it queues, and what it refuses.

use std::path::PathBuf;

use jiff::Timestamp;
use tempo::domain::environment::{Environment, State};
use tempo::domain::run::Trigger;
use tempo::store::{environments, runs};

use super::Home;

impl Home {
    /// A Python script with a task of this name.
    fn python(&self, name: &str) {
        let script = self.path().join(format!("{name}.py"));
        std::fs::write(&script, "print(1)\n").unwrap();
        self.ok(&["add", name, "--script", script.to_str().unwrap(), "--python", "3.12"]);
    }
}

#[test]
fn the_interpreter_of_a_task_is_a_field_as_any_other() {
    let home = Home::new();
    home.python("etl");
    let shown = home.ok(&["show", "etl"]);
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["python", "3.12"])), "{shown}");
    assert_eq!(home.json(&["show", "etl"])[0]["python"], "3.12");
    home.ok(&["set", "etl", "python=python3.11"]);
    assert!(home.ok(&["export"]).contains("python = \"python3.11\""));
    home.ok(&["undo"]);
    home.ok(&["set", "etl", "python="]);
    assert_eq!(home.json(&["show", "etl"])[0]["python"], serde_json::Value::Null);
    home.refuses(&["set", "etl", "python=2.7"], 4, &["python", "3.12"]);
    home.refuses(&["set", "etl", "python=/no/python3"], 4, &["no file /no/python3"]);
}

#[test]
fn x1_what_cannot_be_done_to_an_environment_is_refused_with_what_would_be_right() {
    let home = Home::new();
    home.python("etl");
    home.ok(&["add", "job", "--command", "true"]);
    home.refuses(&["env", "nosuch"], 3, &["nosuch"]);
    home.refuses(&["env", "job"], 4, &["job has no script"]);
    home.refuses(&["env", "job", "build"], 4, &["no script"]);
    home.refuses(&["env", "job", "lock"], 4, &["no script"]);
    home.refuses(&["env", "etl", "--wait"], 4, &["tempo env TASK build --wait"]);
    home.refuses(&["env", "etl", "build", "--wait"], 6, &["no engine"]);
    home.refuses(&["env", "etl", "check"], 4, &["nothing is known", "none is running"]);
    assert!(home.ok(&["env", "etl"]).contains("nothing is known"));
    assert_eq!(home.tempo(&["env", "--list"]).code, 2);
    // Without an engine a build waits, and is seen as what it is.
    let queued = home.tempo(&["env", "etl", "build"]);
    assert!(queued.code == 0 && queued.err.contains("no engine is running"), "{queued:?}");
    let run = &home.json(&["runs", "etl"])[0];
    assert_eq!((&run["trigger"], &run["state"]), (&"environment".into(), &"queued".into()));
    assert_eq!(home.json(&["show", "etl"])[0]["last_run"], serde_json::Value::Null);
    home.refuses(&["env", "etl", "remove"], 4, &["run 1 uses it", "tempo stop 1"]);
    home.ok(&["stop", "1"]);
    assert!(home.ok(&["env", "etl", "remove"]).contains("0 environments were removed"));
}

#[test]
fn a_build_says_that_the_lock_is_older_than_the_requirements() {
    let home = Home::new();
    home.python("etl");
    assert!(!home.tempo(&["env", "etl", "build"]).err.contains("lock"));
    std::fs::write(home.path().join("etl.py.requirements.lock"), "# asked: 0000\nrich==13.0\n").unwrap();
    let said =
        "the lock is older than the requirements, and it is what is installed: `tempo env etl lock` locks them anew";
    let built = home.tempo(&["env", "etl", "build"]);
    assert!(built.err.contains(said), "{built:?}");
}

#[test]
fn x1_an_interpreter_is_asked_when_it_is_named() {
    let home = Home::new();
    home.python("etl");
    home.refuses(&["set", "etl", "python=/bin/ls"], 4, &["python: /bin/ls: it is not Python 3"]);
    assert_eq!(home.json(&["show", "etl"])[0]["python"], "3.12");
    // One that is not there may come yet.
    let answer = home.tempo(&["set", "etl", "python=nonsense"]);
    assert!(answer.code == 0 && answer.err.contains("nonsense: no such interpreter is found"), "{answer:?}");
    assert_eq!(home.json(&["show", "etl"])[0]["python"], "nonsense");
}

#[test]
fn what_is_known_of_environments_is_listed_and_said_where_a_task_is_shown() {
    let home = Home::new();
    home.python("etl");
    home.python("report");
    home.store()
        .write(|db| {
            let task = tempo::store::tasks::find(db, "etl")?.id;
            runs::queue(db, task, Trigger::Manual, None, &[], Timestamp::now())?;
            let known = Environment {
                task,
                state: State::Failed,
                key: Some("0123456789abcdef".to_owned()),
                python: Some(PathBuf::from("/usr/bin/python3.12")),
                version: Some("3.12.1".to_owned()),
                folder: None,
                packages: None,
                locked: false,
                drift: false,
                run: Some(tempo::domain::RunId(7)),
                reason: Some("ERROR: No matching distribution found for x\u{1b}[2J".to_owned()),
                changed_at: Timestamp::now(),
            };
            environments::set(db, &known)
        })
        .unwrap();
    let all = home.json(&["env"]);
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0]["task"], &all[0]["environment"]["state"]), (&"etl".into(), &"failed".into()));
    let said = "could not be built (#7): ERROR: No matching distribution found for x";
    for args in [vec!["env"], vec!["env", "etl"], vec!["show", "etl"], vec!["why", "etl"]] {
        let out = home.ok(&args);
        assert!(out.contains(said) && !out.contains('\u{1b}'), "{args:?}: {out}");
    }
    // Whoever looks whether all is well hears of it.
    let doctor = home.tempo(&["doctor"]);
    let told = format!("that of etl {said}");
    assert!(doctor.code == 1 && doctor.out.contains(&told) && !doctor.out.contains("report"), "{doctor:?}");
    let list = home.ok(&["list"]);
    let row = |slug: &str| list.lines().find(|line| line.starts_with(slug)).unwrap().to_owned();
    assert!(row("etl").contains("env failed") && !row("report").contains("env failed"), "{list}");
    let keys = "changed_at drift folder key locked packages python reason run state version";
    assert_eq!(super::keys(&all[0]["environment"]), super::words(keys));
}

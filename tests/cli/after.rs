//! Tasks that run after others (R11).

use jiff::Timestamp;
use serde_json::json;
use tempo::domain::run::{Outcome, Trigger};
use tempo::store::{runs, tasks, upstreams};

use super::Home;

/// A run of the task that ended so, as the engine tells it.
fn end(home: &Home, task: &'static str, outcome: Outcome) -> i64 {
    let ended = home.store().write(move |db| {
        let now = Timestamp::now();
        let task = tasks::find(db, task)?.id;
        let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
        runs::finish(db, run, outcome, None, None, now)?;
        upstreams::ended(db, task, run, outcome)?;
        Ok(run.0)
    });
    ended.unwrap()
}

#[test]
fn r11_a_task_is_added_after_others_shown_so_and_says_what_it_waits_for() {
    let home = Home::new();
    home.ok(&["add", "backup", "-c", "true"]);
    home.ok(&["add", "mirror", "-c", "true"]);
    home.ok(&["add", "report", "-c", "true", "--after", "mirror:any", "--after", "backup:success"]);
    assert_eq!(home.json(&["show", "report"])[0]["after"], json!(["backup", "mirror:any"]));
    let shown = home.ok(&["show", "report"]);
    assert!(shown.contains("after") && shown.contains("backup; mirror:any"), "{shown}");
    let list = home.ok(&["list", "report"]);
    assert!(list.contains("after backup, mirror"), "{list}");
    let why = || home.ok(&["why", "report"]);
    assert!(why().contains("runs after backup and mirror (any): waits for backup and mirror\n"), "{}", why());
    let next = home.tempo(&["next", "report"]);
    assert!(next.code == 0 && next.err.starts_with("tempo: report has no slots; it runs after backup"), "{next:?}");
    let failed = end(&home, "backup", Outcome::Failed(7));
    let stopped = end(&home, "mirror", Outcome::Cancelled);
    let expected = format!(
        "runs after backup and mirror (any): waits for backup; run #{failed} of backup failed with exit code 7, and success was \
         asked for; run #{stopped} of mirror was stopped\n"
    );
    assert!(why().contains(&expected), "{}", why());
    assert!(!why().contains("no schedule"), "{}", why());
    let then = home.ok(&["why", "report", "--at", "+1h"]);
    assert!(then.contains("runs after backup and mirror (any)") && !then.contains("no schedule"), "{then}");
    home.ok(&["pause", "report"]);
    home.ok(&["resume", "report"]);
    assert!(why().contains("waits for backup and mirror\n"), "what it had seen is forgotten: {}", why());
}

#[test]
fn r11_x1_what_cannot_be_is_refused_with_what_would_be_right_and_changes_nothing() {
    let home = Home::new();
    home.ok(&["add", "backup", "-c", "true"]);
    home.ok(&["add", "mirror", "-c", "true", "--after", "backup"]);
    home.ok(&["add", "buy disks", "--todo"]);
    for (args, code, words) in [
        (&["set", "backup", "after=mirror:any"][..], 4, &["circle", "backup -> mirror -> backup"][..]),
        (&["set", "backup", "after=backup"], 4, &["backup cannot run after itself"]),
        (&["set", "mirror", "after=bakcup"], 4, &["no task `bakcup`", "did you mean backup?"]),
        (&["set", "mirror", "after=backup:ok"], 4, &["success, failure or any"]),
        (&["set", "mirror", "after=buy-disks"], 4, &["to-do"]),
        (&["set", "buy-disks", "after=backup"], 4, &["after:", "to-do"]),
        (&["add", "x", "-c", "true", "--after", "x"], 4, &["x cannot run after itself"]),
    ] {
        home.refuses(args, code, words);
    }
    assert_eq!(home.json(&["show", "mirror"])[0]["after"], json!(["backup"]));
    assert_eq!(home.json(&["list"]).len(), 3);
    home.ok(&["set", "mirror", "after="]);
    assert_eq!(home.json(&["show", "mirror"])[0]["after"], json!([]));
    home.ok(&["undo"]);
    assert_eq!(home.json(&["show", "mirror"])[0]["after"], json!(["backup"]));
}

#[test]
fn r11_rm_says_what_will_not_run_any_more_and_says_nothing_of_what_goes_along() {
    let home = Home::new();
    home.ok(&["add", "backup", "-c", "true"]);
    home.ok(&["add", "mirror", "-c", "true", "--after", "backup"]);
    let said = home.ok(&["rm", "backup"]);
    assert!(said.contains("; mirror runs after it, and will not any more"), "{said}");
    let why = home.ok(&["why", "mirror"]);
    assert!(why.contains("runs after backup; backup is in the trash and does not run"), "{why}");
    home.refuses(&["add", "late", "-c", "true", "--after", "backup"], 4, &["in the trash", "tempo undo --task backup"]);
    home.ok(&["undo"]);
    let removed = home.json(&["rm", "backup", "mirror"]);
    assert_eq!(removed.iter().map(|task| task["downstream"].clone()).collect::<Vec<_>>(), [json!([]), json!([])]);
}

#[test]
fn r11_a_file_may_name_tasks_in_any_order_but_not_in_a_circle() {
    let home = Home::new();
    let write = |text: &str| std::fs::write(home.path().join("tasks.toml"), text).unwrap();
    let task = |name: &str, after: &str| format!("[[task]]\nname = \"{name}\"\ncommand = \"true\"\nafter = {after}\n");
    write(&(task("c", "\"b:any; a\"") + &task("b", "[\"a:failure\"]") + &task("a", "\"\"")));
    home.ok(&["import", "tasks.toml"]);
    assert_eq!(home.json(&["show", "c"])[0]["after"], json!(["a", "b:any"]));
    assert_eq!(home.json(&["show", "b"])[0]["after"], json!(["a:failure"]));
    write(&(task("x", "\"z\"") + &task("y", "\"x\"") + &task("z", "\"y\"")));
    home.refuses(&["import", "tasks.toml"], 4, &["tasks.toml", "circle", "x -> y -> z -> x"]);
    write(&task("w", "\"bb\""));
    home.refuses(&["import", "tasks.toml"], 4, &["task `w`", "no task `bb`"]);
    assert_eq!(home.json(&["list"]).len(), 3);
}

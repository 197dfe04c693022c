//! undo, redo, and the trash (S5).

use serde_json::{Value, json};
use tempo::store::tasks;

use super::{Home, instant, keys, words};

/// The time of the day, which nobody knows beforehand, taken out: `undid: set a command (18:04)`.
fn without_time(line: &str) -> String {
    let (what, time) = line.trim_end().rsplit_once(" (").unwrap();
    let (hour, minute) = time.trim_end_matches(')').split_once(':').unwrap();
    assert!(hour.len() == 2 && minute.len() == 2 && (hour.to_owned() + minute).parse::<u32>().is_ok(), "{line}");
    what.to_owned()
}

#[test]
fn s5_undo_takes_the_last_change_back_and_redo_makes_it_again() {
    let home = Home::new();
    home.refuses(&["undo"], 4, &["nothing to undo"]);
    home.refuses(&["redo"], 4, &["nothing to redo"]);
    home.ok(&["add", "backup", "--command", "one", "--every", "1h"]);
    home.ok(&["set", "backup", "command=two", "when+=@daily", "timeout=5m"]);
    home.ok(&["pause", "backup"]);
    let shown = || home.json(&["show", "backup"]).remove(0);
    assert_eq!(without_time(&home.ok(&["undo"])), "undid: pause backup");
    assert_eq!(shown()["paused"], false);
    instant(&shown()["next_at"]);
    assert_eq!(without_time(&home.ok(&["undo"])), "undid: set backup command, timeout, when");
    let first = shown();
    assert_eq!((&first["command"], first["schedules"].as_array().unwrap().len()), (&json!("one"), 1));
    assert_eq!((&first["timeout_s"], &first["schedules"][0]["id"]), (&Value::Null, &json!(1)));
    assert_eq!(without_time(&home.ok(&["redo"])), "redid: set backup command, timeout, when");
    assert_eq!((&shown()["command"], &shown()["timeout_s"]), (&json!("two"), &json!(300.0)));
    assert_eq!(shown()["schedules"].as_array().unwrap().len(), 2);
    home.ok(&["redo"]);
    assert_eq!(shown()["paused"], true);
    home.refuses(&["redo"], 4, &["nothing to redo"]);
    for _ in 0..3 {
        home.ok(&["undo"]);
    }
    home.refuses(&["show", "backup"], 3, &["backup is in the trash"]);
    home.refuses(&["undo"], 4, &["nothing to undo"]);
}

#[test]
fn s5_in_json_undo_and_redo_are_an_object_and_the_list_an_object_a_line() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    home.ok(&["add", "b", "--command", "true"]);
    home.ok(&["set", "a", "priority=1", "tags=x"]);
    home.ok(&["rm", "a", "b"]);
    let undone = home.json(&["undo"]);
    assert_eq!((undone.len(), &undone[0]["back"]), (1, &json!(["b", "a"])));
    let change = &undone[0]["changes"][0];
    assert_eq!(keys(change), words("step id task verb fields at by undone"));
    assert_eq!((&change["task"], &change["verb"], &change["by"]), (&json!("a"), &json!("delete"), &json!("cli")));
    assert_eq!((&change["step"], &change["undone"]), (&json!(4), &json!(true)));
    instant(&change["at"]);
    let list = home.json(&["undo", "--list"]);
    let found: Vec<Value> =
        list.iter().map(|change| json!([change["step"], change["verb"], change["task"], change["undone"]])).collect();
    assert_eq!(
        found,
        [
            json!([4, "delete", "a", true]),
            json!([4, "delete", "b", true]),
            json!([3, "set", "a", false]),
            json!([2, "add", "b", false]),
            json!([1, "add", "a", false]),
        ]
    );
    assert_eq!(list[2]["fields"], json!(["priority", "tags"]));
    let people = home.ok(&["undo", "--list"]);
    assert!(people.contains("delete a, b") && people.contains("undone") && people.contains("set a priority, tags"));
    assert_eq!(home.json(&["list"]).len(), 2, "a list changes nothing");
    let redone = home.json(&["redo"]);
    assert_eq!((redone[0]["changes"].as_array().unwrap().len(), &redone[0]["back"]), (2, &json!([])));
    let change = &redone[0]["changes"][0];
    assert_eq!((&change["step"], &change["undone"]), (&json!(5), &json!(false)), "it is the newest again");
}

#[test]
fn s5_an_import_is_one_step() {
    let home = Home::new();
    std::fs::write(home.path().join("many.toml"), super::many_todos(250)).unwrap();
    home.ok(&["import", "many.toml"]);
    assert_eq!(without_time(&home.ok(&["undo"])), "undid: add task-0, task-1, task-2 and 247 more");
    assert_eq!(home.json(&["list"]), Vec::<Value>::new());
    home.ok(&["redo"]);
    assert_eq!(home.json(&["list"]).len(), 250);
}

#[test]
fn s5_a_deleted_task_is_said_to_be_in_the_trash_and_comes_back_with_its_history() {
    let home = Home::new();
    home.ok(&["add", "nightly", "--command", "true", "--every", "1h"]);
    home.ok(&["add", "other", "--command", "true", "--every", "1d"]);
    home.tempo(&["run", "nightly"]);
    let out = home.ok(&["rm", "nightly"]);
    assert!(out.starts_with("moved nightly to the trash (tempo undo brings it back)"), "{out}");
    home.ok(&["pause", "other"]);
    for verb in ["show", "runs", "run", "set", "rm", "why", "output", "next", "stop"] {
        let args: &[&str] = if verb == "set" { &["set", "nightly", "priority=1"] } else { &[verb, "nightly"] };
        home.refuses(args, 3, &["nightly is in the trash; `tempo undo --task nightly` brings it back"]);
    }
    let trash = home.json(&["list", "--trash"]);
    assert_eq!((trash.len(), &trash[0]["slug"]), (1, &json!("nightly")));
    let time = instant(&trash[0]["removed_at"]).duration_since(instant(&trash[0]["deleted_at"]));
    assert_eq!(time.as_hours(), 30 * 24);
    assert!(home.ok(&["list", "--trash"]).contains("nightly"));
    assert_eq!(without_time(&home.ok(&["undo", "--task", "nightly"])), "undid: delete nightly");
    assert_eq!(home.json(&["list", "--trash"]), Vec::<Value>::new());
    assert_eq!(home.json(&["runs", "nightly"]).len(), 1);
    instant(&home.json(&["show", "nightly"])[0]["next_at"]);
    assert_eq!(home.json(&["show", "other"])[0]["paused"], true, "the newer change of another task stays");
}

#[test]
fn s5_of_tasks_with_one_name_the_one_outside_the_trash_is_meant_and_the_other_by_its_id() {
    let home = Home::new();
    home.ok(&["add", "job", "--command", "old"]);
    home.ok(&["rm", "job"]);
    home.ok(&["add", "job", "--command", "new"]);
    assert_eq!(home.json(&["show", "job"])[0]["command"], "new");
    let both = "job is live (id 2) and in the trash (id 1): say which by its id";
    home.refuses(&["undo", "--task", "job"], 4, &[both]);
    let out = home.ok(&["undo", "--task", "1"]);
    assert!(out.contains("job is now job-2: another task has its name"), "{out}");
    assert_eq!(home.json(&["show", "job-2"])[0]["command"], "old");
}

#[test]
fn s5_of_tasks_with_one_name_the_one_whose_deletion_is_the_newest_change_comes_back() {
    let home = Home::new();
    home.ok(&["add", "job", "--command", "old"]);
    home.ok(&["rm", "job"]);
    home.ok(&["add", "job", "--command", "new"]);
    home.ok(&["rm", "job"]);
    home.ok(&["undo", "--task", "1"]);
    assert_eq!(home.json(&["show", "job"])[0]["command"], "old");
    let out = home.ok(&["undo", "--task", "job"]);
    assert!(out.contains("job is now job-2"), "{out}");
    assert_eq!(home.json(&["show", "job-2"])[0]["command"], "new");
}

#[test]
fn s5_a_change_that_another_one_made_since_is_refused_with_its_name() {
    let home = Home::new();
    home.ok(&["add", "backup", "--command", "one"]);
    home.ok(&["set", "backup", "command=two"]);
    home.ok(&["undo"]);
    home.ok(&["set", "backup", "command=three"]);
    home.refuses(&["redo"], 4, &["backup was changed since, by the command line: its command"]);
    let store = home.store();
    store
        .write(|db| {
            let mut task = tasks::find(db, "backup")?;
            task.definition.work = tempo::domain::task::Work::Command("four".to_owned());
            tasks::set(db, task.id, &task.definition, jiff::Timestamp::now())
        })
        .unwrap();
    home.refuses(&["undo"], 4, &["backup was changed since, by Tempo itself: its command"]);
    assert_eq!(home.json(&["show", "backup"])[0]["command"], "four");
}

#[test]
fn r5_r6_s5_retries_and_the_deadline_are_set_shown_undone_and_redone() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "x", "--retries", "3", "--deadline", "1h"]);
    let shown = || {
        let task = home.json(&["show", "a"]).remove(0);
        (task["retry"].clone(), task["deadline_s"].clone())
    };
    assert_eq!(shown(), (json!("3"), json!(3600.0)));
    let out = home.ok(&["set", "a", "retry=5 delay=1m  backoff=2 on=1-3,timeout", "deadline="]);
    assert!(out.contains("retry     5 delay=1m backoff=2 on=1-3,timeout\n"), "{out}");
    assert_eq!(shown(), (json!("5 delay=1m backoff=2 on=1-3,timeout"), Value::Null));
    assert_eq!(without_time(&home.ok(&["undo"])), "undid: set a deadline, retry");
    assert_eq!(shown(), (json!("3"), json!(3600.0)));
    home.ok(&["redo"]);
    home.ok(&["set", "a", "retry="]);
    assert_eq!(shown(), (Value::Null, Value::Null));
    home.refuses(&["set", "a", "retry=3 delay"], 4, &["retry: delay:"]);
    home.refuses(&["add", "b", "--todo", "--retry", "3"], 4, &["retry", "to-do"]);
}

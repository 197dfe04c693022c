//! What people do with to-dos: begin, complete, give up, note, and wait (A3, A6).

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use tempo::domain::TaskId;
use tempo::domain::run::{Outcome, Trigger};
use tempo::store::{runs, tasks};

use super::{Home, keys};

/// A run of a task that has ended so.
fn ended(home: &Home, task: &'static str, outcome: Outcome) -> i64 {
    let run = home.store().write(move |db| {
        let now = jiff::Timestamp::now();
        let run = runs::queue(db, tasks::find(db, task)?.id, Trigger::Manual, None, &[], now)?;
        runs::finish(db, run, outcome, None, None, now)?;
        Ok(run.0)
    });
    run.unwrap()
}

#[test]
fn a5_categories_are_listed_as_a_tree_with_what_is_to_be_done_and_all_tasks() {
    let home = Home::new();
    assert_eq!(home.ok(&["categories"]), "CATEGORY  TO DO  TASKS\n");
    for (name, category) in [("roll", "media/films"), ("tune", "media/my music"), ("shelf", "home")] {
        home.ok(&["add", name, "--todo", "--category", category]);
    }
    home.ok(&["add", "backup", "-c", "true", "--category", "media"]);
    home.ok(&["add", "job", "-c", "true"]);
    home.ok(&["done", "shelf"]);
    let expected = "CATEGORY    TO DO  TASKS\n(none)      -      1\nhome        -      1\nmedia       2      3\n  films     1      1\n  my music  1      1\n";
    assert_eq!(home.ok(&["categories"]), expected);
    let told: Vec<_> =
        home.json(&["categories"]).iter().map(|one| (one["category"].clone(), one["open"].clone())).collect();
    let one = |category: Value, open: u64| (category, json!(open));
    let expected = [
        one(Value::Null, 0),
        one(json!("home"), 0),
        one(json!("media"), 2),
        one(json!("media/films"), 1),
        one(json!("media/my music"), 1),
    ];
    assert_eq!(told, expected);
    // What lists views has them alone, too.
    assert_eq!(home.json(&["view"])[0]["name"], json!("Today"));
}

#[test]
fn a4_a_reminder_that_is_past_when_it_is_made_is_said_at_once() {
    let home = Home::new();
    let add = ["add", "call", "--todo", "--due", "+26h", "--remind", "2d,2h"];
    let answer = home.tempo(&add);
    assert_eq!((answer.code, answer.out.as_str()), (0, "call\n"), "{answer:?}");
    let said = "tempo: a reminder would have come already and does not come: that 2d before (";
    assert!(answer.err.starts_with(said) && answer.err.contains("; the next one comes "), "{answer:?}");
    let answer = home.tempo(&["set", "call", "remind=2d", "--json"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "it was said before: {answer:?}");
    let answer = home.tempo(&["set", "call", "due=+25h"]);
    assert!(answer.err.starts_with(said) && answer.err.contains("; no other one is to come"), "{answer:?}");
    let answer = home.tempo(&["set", "--filter", "call", "due=+24h"]);
    assert!(answer.err.starts_with("tempo: call: a reminder would have come"), "{answer:?}");
    home.ok(&["set", "call", "due=+72h"]);
}

#[test]
fn a3_to_dos_are_begun_laid_down_completed_and_given_up_and_each_says_what_that_means_to_others() {
    let home = Home::new();
    home.ok(&["add", "paint", "--todo", "--progress", "30"]);
    home.ok(&["add", "wall", "--todo", "--depends-on", "paint"]);
    home.ok(&["add", "deploy", "-c", "true", "--depends-on", "wall", "--depends-on", "paint:each"]);
    assert_eq!(home.ok(&["start", "paint"]), "started paint\n");
    assert_eq!(home.ok(&["start", "paint"]), "paint is in progress already\n");
    assert_eq!(home.ok(&["stop", "paint"]), "laid down paint\n");
    assert_eq!(home.ok(&["done", "paint"]), "done paint: unblocks wall\n");
    let shown = home.json(&["show", "paint"]).remove(0);
    assert_eq!(
        (&shown["status"], &shown["progress"], &shown["blocks"]),
        (&"completed".into(), &100.into(), &json!([]))
    );
    assert!(shown["begun_at"].is_string() && shown["done_at"].is_string() && shown["spent_s"].is_number(), "{shown}");
    let undone = home.ok(&["undo"]);
    assert!(undone.contains("set paint progress, status"), "{undone}");
    assert_eq!(home.json(&["show", "paint"])[0]["progress"], 30);
    let done = home.json(&["done", "paint", "wall"]);
    assert_eq!(
        (&done[0]["slug"], &done[0]["was"], &done[0]["unblocks"]),
        (&"paint".into(), &"open".into(), &json!(["wall"]))
    );
    assert_eq!((&done[1]["slug"], &done[1]["unblocks"]), (&"wall".into(), &json!(["deploy"])));
    assert_eq!(home.ok(&["start", "wall"]), "started wall: blocks deploy\n");
    assert_eq!(home.ok(&["cancel", "wall"]), "cancelled wall: blocks deploy\n");
    let list = home.ok(&["list", "deploy"]);
    assert!(list.contains("waits for wall to be done (it is cancelled)"), "{list}");
    let removed = home.ok(&["rm", "wall"]);
    assert!(removed.ends_with("; blocks deploy\n"), "{removed}");
}

#[test]
fn a3_a_to_do_that_waits_is_refused_without_force_and_those_named_together_are_done_in_their_order() {
    let home = Home::new();
    home.ok(&["add", "paint", "--todo"]);
    home.ok(&["add", "wall", "--todo", "--depends-on", "paint"]);
    home.ok(&["add", "door", "--todo", "--depends-on", "wall"]);
    home.refuses(&["start", "wall"], 4, &["wall waits for paint to be done; --force does it all the same"]);
    assert_eq!(
        home.ok(&["done", "door", "wall", "paint"]),
        "done paint: unblocks wall\ndone wall: unblocks door\ndone door\n"
    );
    home.ok(&["undo"]);
    assert_eq!(home.json(&["show", "door"])[0]["status"], "open", "one undo takes all of it back");
    assert_eq!(home.ok(&["done", "door", "--force"]), "done door\n");
}

#[test]
fn a6_each_of_several_gets_its_own_answer_and_the_exit_code_says_whether_all_were_done() {
    let home = Home::new();
    home.ok(&["add", "paint", "--todo"]);
    home.ok(&["add", "wall", "--todo", "--depends-on", "paint"]);
    home.ok(&["add", "tape", "--todo"]);
    home.ok(&["add", "backup", "-c", "true"]);
    let answer = home.tempo(&["start", "nobody", "backup", "wall", "tape"]);
    assert_eq!((answer.code, answer.out.as_str()), (3, "started tape\n"), "{answer:?}");
    for said in
        ["nobody", "backup is a command and no to-do: `tempo run backup` runs it", "wall waits for paint to be done"]
    {
        assert!(answer.err.contains(said), "{said}: {answer:?}");
    }
    let answer = home.tempo(&["done", "wall", "tape", "--json"]);
    let lines: Vec<serde_json::Value> = answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((answer.code, answer.err.as_str()), (4, ""));
    assert_eq!((&lines[0]["slug"], &lines[0]["status"]), (&"tape".into(), &"completed".into()));
    assert_eq!((keys(&lines[1]), &lines[1]["task"]), (vec!["error", "task"], &"wall".into()));
}

#[test]
fn a3_notes_are_written_listed_taken_away_and_brought_back_and_attach_runs() {
    let home = Home::new();
    home.ok(&["add", "paint", "--todo"]);
    home.ok(&["add", "backup", "-c", "true"]);
    let run = ended(&home, "backup", Outcome::Failed(1));
    assert_eq!(home.ok(&["note", "paint"]), "");
    assert_eq!(home.ok(&["note", "paint", "asked", "the shop"]), "note 1 of paint\n");
    let attached = home.json(&["note", "paint", "see here", "--run", &run.to_string()]);
    assert_eq!((keys(&attached[0]), &attached[0]["run"]), (vec!["at", "id", "run", "text"], &run.into()));
    let mut from_stdin =
        home.command(&["note", "paint", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    from_stdin.stdin.take().unwrap().write_all("one\n\x1b[31mtwo\n".as_bytes()).unwrap();
    assert!(from_stdin.wait().unwrap().success());
    let said =
        |home: &Home| home.json(&["note", "paint"]).iter().map(|note| note["text"].to_string()).collect::<Vec<_>>();
    assert_eq!(said(&home), ["\"asked the shop\"", "\"see here\"", "\"one\\n\\u001b[31mtwo\""]);
    let listed = home.ok(&["show", "paint"]);
    assert!(listed.contains("asked the shop") && listed.contains(&format!("#{run}")), "{listed}");
    assert!(!listed.contains('\x1b'), "{listed:?}");
    home.ok(&["note", "paint", "--rm", "1"]);
    home.refuses(&["note", "paint", "--rm", "1"], 3, &["note 1 of paint"]);
    assert_eq!(said(&home).len(), 2);
    assert!(home.ok(&["undo"]).contains("set paint note"));
    assert_eq!(home.json(&["show", "paint"])[0]["notes"].as_array().unwrap().len(), 3);
    home.refuses(&["note", "paint", "x", "--run", "99"], 3, &["run 99"]);
    home.refuses(&["note", "paint", " "], 4, &["empty"]);
    home.refuses(&["note", "nobody", "x"], 3, &["nobody"]);
}

#[test]
fn a3_dependencies_are_set_shown_refused_exported_and_imported() {
    let home = Home::new();
    home.ok(&["add", "approve", "--todo"]);
    home.ok(&["add", "backup", "-c", "true"]);
    home.ok(&["add", "zip", "-c", "true"]);
    assert!(home.ok(&["set", "backup", "depends-on=zip; approve:each"]).contains("approve:each; zip"));
    home.ok(&["set", "approve", "depends-on=zip"]);
    let shown = home.json(&["show", "backup"]).remove(0);
    assert_eq!((&shown["depends_on"], &shown["blocked"]), (&json!(["approve:each", "zip"]), &true.into()));
    assert_eq!(shown["waits_for"], "approve to be done and zip to succeed");
    assert!(super::instant(&shown["blocked_since"]) <= jiff::Timestamp::now());
    assert!(home.ok(&["show", "backup"]).contains("blocked since"));
    let shown = home.ok(&["show", "zip"]);
    assert!(shown.contains("approve and backup wait for it"), "{shown}");
    for (args, words) in [
        (&["set", "zip", "depends-on=backup"][..], "depends-on: that would be a circle: zip -> backup -> zip"),
        (&["set", "zip", "after=backup"], "after: that would be a circle: zip -> backup -> zip"),
        (&["set", "zip", "depends-on=aprove"], "did you mean approve?"),
        (&["add", "x", "--todo", "--depends-on", "approve:each"], "a to-do waits for approve once"),
    ] {
        home.refuses(args, 4, &[words]);
    }
    let export = home.ok(&["export"]);
    let other = Home::new();
    std::fs::write(other.path().join("all.toml"), &export).unwrap();
    other.ok(&["import", "all.toml"]);
    assert_eq!(other.ok(&["export"]), export, "what is depended on comes first, wherever it stands");
    std::fs::write(
        other.path().join("circle.toml"),
        "[[task]]\nname = \"one\"\nkind = \"todo\"\ndepends-on = [\"two\"]\n[[task]]\nname = \"two\"\nkind = \"todo\"\ndepends-on = \"one\"\n",
    )
    .unwrap();
    other.refuses(&["import", "circle.toml"], 4, &["depends-on: that would be a circle: one -> two -> one"]);
    home.ok(&["set", "backup", "depends-on="]);
    assert_eq!(home.json(&["show", "backup"])[0]["depends_on"], json!([]));
}

#[test]
fn a3_a_run_that_waits_for_a_person_says_so_wherever_one_looks() {
    let home = Home::new();
    home.ok(&["add", "approve", "--todo"]);
    home.ok(&["add", "deploy", "-c", "true", "--depends-on", "approve"]);
    let why = home.ok(&["why", "deploy"]);
    assert!(why.contains("its next run waits for approve to be done\n"), "{why}");
    let answer = home.tempo(&["run", "deploy"]);
    let id = answer.out.trim().to_owned();
    assert!(answer.err.contains(&format!("run {id} of deploy waits for approve to be done")), "{answer:?}");
    let said = "waits for approve to be done";
    assert!(home.ok(&["why", "deploy"]).contains(&format!("run #{id} {said}\n")));
    assert!(home.ok(&["show-run", &id]).contains(said));
    assert_eq!(home.json(&["runs", "deploy"])[0]["reason"], said);
    assert!(home.ok(&["list", "deploy"]).contains(said));
    home.ok(&["done", "approve"]);
    assert_eq!(home.json(&["runs", "deploy"])[0]["reason"], json!(null));
    assert!(!home.ok(&["why", "deploy"]).contains("approve"));
}

#[test]
fn a3_the_to_do_of_a_failing_task_is_shown_with_it() {
    let home = Home::new();
    home.ok(&["add", "backup", "-c", "true", "--todo-after", "2"]);
    home.ok(&["add", "backup fails", "--todo"]);
    assert_eq!(home.json(&["show", "backup"])[0]["todo_after"], 2);
    home.store()
        .write(|db| {
            let (task, todo): (TaskId, TaskId) =
                (tasks::find_exactly(db, "backup")?.id, tasks::find(db, "backup-f")?.id);
            tempo::store::incidents::opened(db, task, todo)
        })
        .unwrap();
    assert_eq!(home.json(&["show", "backup"])[0]["todo"], "backup-fails");
    assert!(home.ok(&["show", "backup"]).contains("backup-fails is open because it failed"));
    home.refuses(&["add", "x", "--todo", "--todo-after", "2"], 4, &["todo-after: only a command or a script"]);
}

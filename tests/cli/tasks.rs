//! add, set, list, show, rm, pause, resume.

use std::fmt::Write as _;

use tempo::domain::RunId;
use tempo::store::{runs, tasks};

use super::{Home, instant, keys, many_todos, words};

const TASK_KEYS: &str = "id slug name kind category tags priority status due_at reminders recur description progress type fields begun_at \
                         done_at depends_on blocked blocked_since waits_for assignee paused pause_reason failures late_since next_at \
                         last_run";

#[test]
fn a1_add_prints_the_slug_that_is_made_unique() {
    let home = Home::new();
    assert_eq!(home.ok(&["add", "Hello World!", "--command", "true"]), "hello-world\n");
    let second = home.tempo(&["add", "hello world", "-c", "true"]);
    assert_eq!((second.code, second.out.as_str()), (0, "hello-world-2\n"));
    assert!(second.err.contains("there is a hello-world already; this one is hello-world-2"), "{second:?}");
}

#[test]
fn every_flag_of_add_reaches_the_definition() {
    let home = Home::new();
    std::fs::write(home.path().join("job.sh"), "true").unwrap();
    std::fs::write(home.paths().settings(), "[types.order]\ncustomer = \"text\"\nhours = \"number\"\n").unwrap();
    let added = home.json(&[
        "add",
        "Job",
        "--script",
        "job.sh",
        "--category",
        "media/backup",
        "--tag",
        "b",
        "--tag",
        "a",
        "--priority",
        "2",
        "--assignee",
        "ana",
        "--paused",
        "--overlap",
        "parallel=3",
        "--timeout",
        "5m",
        "--grace",
        "3s",
        "--cwd",
        ".",
        "--env",
        "A=1",
        "--env",
        "B=x y",
        "--shell",
        "/bin/sh",
        "--if",
        "cmd:ping -c1 nas; true",
        "--if",
        "load < 4; ac",
        "--if-window",
        "1h",
        "--due",
        "2030-01-02 03:04",
        "--remind",
        "1d,2h",
        "--description",
        "# Why\n- it is old",
        "--progress",
        "40",
        "--type",
        "order",
        "--field",
        "customer=Acme",
        "--field",
        "hours=3",
        "--every",
        "1h",
    ]);
    assert_eq!(keys(&added[0]), words(TASK_KEYS));
    assert_eq!(added[0]["tags"], serde_json::json!(["a", "b"]));
    assert_eq!(added[0]["due_at"], "2030-01-02T03:04:00+01:00");
    assert_eq!(added[0]["next_at"], serde_json::Value::Null, "it is paused");
    let shown = &home.json(&["show", "job"])[0];
    assert!(words(TASK_KEYS).iter().all(|key| keys(shown).contains(key)), "{shown}");
    for (key, value) in [
        ("kind", serde_json::json!("script")),
        ("category", "media/backup".into()),
        ("priority", 2.into()),
        ("assignee", "ana".into()),
        ("paused", true.into()),
        ("reminders", serde_json::json!(["2h", "1d"])),
        ("description", "# Why\n- it is old".into()),
        ("progress", 40.into()),
        ("type", "order".into()),
        ("fields", serde_json::json!({ "customer": "Acme", "hours": "3" })),
        ("overlap", "parallel=3".into()),
        ("timeout_s", 300.0.into()),
        ("grace_s", 3.0.into()),
        ("if", serde_json::json!(["load<4", "ac", "cmd:ping -c1 nas; true"])),
        ("if_window_s", 3600.0.into()),
        ("env", serde_json::json!({ "A": "1", "B": "x y" })),
        ("command", serde_json::Value::Null),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    assert!(shown["script"].as_str().unwrap().ends_with("/job.sh"));
    assert!(shown["cwd"].as_str().unwrap().starts_with('/'));
    assert_eq!(shown["schedules"][0]["when"], "every 1h");
    let people = home.ok(&["show", "job"]);
    for text in
        ["job (id 1)", "parallel=3", "load<4; ac; cmd:ping -c1 nas; true", "A=1 B=x y", "every 1h (Europe/Berlin)"]
    {
        assert!(people.contains(text), "{text} is not in {people}");
    }
}

#[test]
fn a_command_of_several_lines_is_shown_in_lines() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "one\n  two"]);
    assert!(home.ok(&["show", "a"]).contains("command   one\n            two\n"));
}

#[test]
fn x1_a_refused_value_is_exit_code_4_says_what_would_be_right_and_adds_nothing() {
    let home = Home::new();
    for (flag, value, words) in [
        ("--priority", "11", &["priority", "1 to 10"][..]),
        ("--if", "lod<4", &["if", "load<4, ac, network or cmd:COMMAND"]),
        ("--overlap", "maybe", &["overlap", "skip, queue, queue-all, parallel=N or replace"]),
        ("--timeout", "5", &["timeout", "5m"]),
        ("--cwd", "/no/such", &["cwd", "/no/such"]),
        ("--env", "=x", &["env", "NAME=VALUE"]),
        ("--due", "someday", &["due", "tomorrow 9:00"]),
        ("--cron", "61 * * * *", &["cron", "minute", "61"]),
        ("--cron", "0 0 30 2 *", &["cron"]),
        ("--every", "90", &["every", "90s"]),
        ("--at", "2001-01-01 10:00", &["at", "past"]),
        ("--tz", "Europe/Berlim", &["tz", "Europe/Berlin"]),
    ] {
        home.refuses(&["add", "a", "--command", "true", flag, value], 4, words);
    }
    home.refuses(&["add", "!!", "--todo"], 4, &["name", "letter"]);
    home.refuses(&["add", "a", "--script", "none.py"], 4, &["script", "none.py"]);
    home.refuses(&["add", "a", "--todo", "--timeout", "5m"], 4, &["timeout", "to-do"]);
    home.refuses(&["add", "a", "--todo", "--every", "5m"], 4, &["when", "due"]);
    assert_eq!(home.json(&["list"]), Vec::<serde_json::Value>::new());
}

#[test]
fn o4_no_name_and_no_message_can_act_on_the_terminal() {
    let home = Home::new();
    let who = "\u{1b}]0;title\u{7} ana\u{202e}";
    home.ok(&["add", "bad name\u{202e}", "--command", "printf '\u{1b}[2J\u{9b}2J'", "--assignee", who]);
    for args in [&["show", "bad-name"][..], &["list"], &["list", "--json"], &["show", "bad-name", "--json"]] {
        let shown = home.ok(args);
        let acting = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(acting), "{args:?}: {shown:?}");
    }
    assert_eq!(home.json(&["list"])[0]["assignee"], who, "JSON keeps what it is");
    home.refuses(&["add", "a\u{1b}[2J", "--command", "true"], 4, &["name: a name is one line"]);
    let answer = home.tempo(&["show", "\u{1b}[2Jghost"]);
    assert!(answer.code == 3 && !answer.err.contains('\u{1b}'), "{answer:?}");
}

#[test]
fn set_changes_everything_or_nothing() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h"]);
    let out = home.ok(&["set", "a", "priority=2", "timeout=90s", "env=A=b=c", "tags=x,y", "name=New name"]);
    assert!(out.contains("timeout   1m30s\n") && out.contains("name      New name\n"), "{out}");
    let before = home.ok(&["show", "a", "--json"]);
    for (changes, words) in [
        (&["priority=3", "timeout=0s"][..], &["timeout", "longer"][..]),
        (&["priority=3", "colour=red"], &["colour", "there are name", "when"]),
        (&["priority=3", "status=open"], &["status", "only a to-do"]),
        (&["priority=3", "when=every 5m; 61 * * * *"], &["when", "61"]),
        (&["priority=3", "when=@daily", "tz=Mars/Base"], &["tz", "Mars/Base"]),
        (&["priority"], &["FIELD=VALUE"]),
    ] {
        home.refuses(&[&["set", "a"], changes].concat(), 4, words);
        assert_eq!(home.ok(&["show", "a", "--json"]), before, "{changes:?}");
    }
    home.ok(&["set", "a", "timeout=", "paused=true"]);
    let shown = &home.json(&["show", "a"])[0];
    assert_eq!((&shown["timeout_s"], &shown["next_at"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(shown["name"], "New name");
    assert_eq!(shown["slug"], "a", "the slug stays");
    assert_eq!(shown["env"]["A"], "b=c");
}

#[test]
fn set_replaces_schedules_or_adds_to_them_and_keeps_those_that_stay() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h", "--cron", "0 3 * * *"]);
    let schedules = || -> Vec<(i64, String, String)> {
        let shown = home.json(&["show", "a"]);
        let list = shown[0]["schedules"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        list.iter().map(|s| (s["id"].as_i64().unwrap(), text(&s["when"]), text(&s["zone"]))).collect()
    };
    let berlin = |id, when: &str| (id, when.to_owned(), "Europe/Berlin".to_owned());
    assert_eq!(schedules(), [berlin(1, "0 3 * * *"), berlin(2, "every 1h")]);
    home.ok(&["set", "a", "when=0 3 * * *; startup"]);
    assert_eq!(schedules(), [berlin(1, "0 3 * * *"), berlin(2, "startup")]);
    home.ok(&["set", "a", "when+=0 4 * * *", "when+=0 3 * * *", "tz=asia/tokyo"]);
    let tokyo = |id, when: &str| (id, when.to_owned(), "Asia/Tokyo".to_owned());
    assert_eq!(
        schedules(),
        [berlin(1, "0 3 * * *"), berlin(2, "startup"), tokyo(3, "0 4 * * *"), tokyo(4, "0 3 * * *")]
    );
    home.ok(&["set", "a", "when="]);
    assert_eq!(schedules(), []);
}

#[test]
fn a_todo_that_gets_a_command_can_have_schedules() {
    let home = Home::new();
    home.ok(&["add", "a", "--todo"]);
    home.ok(&["set", "a", "status=in_progress"]);
    assert_eq!(home.json(&["list"])[0]["status"], "in_progress");
    home.refuses(&["set", "a", "when=every 1h"], 4, &["to-do"]);
    home.ok(&["set", "a", "command=true", "when=every 1h"]);
    let task = &home.json(&["list"])[0];
    assert_eq!((task["kind"].as_str(), &task["status"]), (Some("command"), &serde_json::Value::Null));
    instant(&task["next_at"]);
}

#[test]
fn list_shows_all_pages_by_slug_and_filters() {
    let home = Home::new();
    let mut file = String::new();
    for n in 0..1203 {
        let command = if n % 400 == 0 { "true rare" } else { "true" };
        writeln!(file, "[[task]]\nname = \"t{n:04}\"\ncommand = \"{command}\"").unwrap();
    }
    std::fs::write(home.path().join("many.toml"), file).unwrap();
    home.ok(&["import", "many.toml"]);
    let people = home.ok(&["list"]);
    let slugs: Vec<&str> = people.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(slugs.len(), 1203);
    assert!(slugs.is_sorted());
    let all = home.json(&["list"]);
    assert_eq!((all.len(), keys(&all[0])), (1203, words(TASK_KEYS)));
    let found: Vec<String> =
        home.json(&["list", "rare"]).iter().map(|task| task["slug"].as_str().unwrap().to_owned()).collect();
    assert_eq!(found, ["t0000", "t0400", "t0800", "t1200"]);
}

#[test]
fn a_reader_that_goes_away_ends_a_list_quietly() {
    let home = Home::new();
    std::fs::write(home.path().join("many.toml"), many_todos(3000)).unwrap();
    home.ok(&["import", "many.toml"]);
    for args in [&["list"][..], &["list", "--json"]] {
        let mut child = home
            .command(args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Nothing of the list, which is larger than a pipe, is read.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{args:?}");
    }
}

#[test]
fn a_task_is_meant_by_slug_id_or_unambiguous_beginning() {
    let home = Home::new();
    home.ok(&["add", "backup photos", "--command", "true"]);
    home.ok(&["add", "backup music", "--command", "true"]);
    for reference in ["backup-photos", "1", "backup-p"] {
        assert_eq!(home.json(&["show", reference])[0]["slug"], "backup-photos");
    }
    home.refuses(&["show", "backup"], 4, &["backup-music, backup-photos"]);
}

#[test]
fn pause_and_resume_take_several_tasks_or_none() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h"]);
    home.ok(&["add", "b", "--command", "true", "--every", "1h"]);
    home.refuses(&["pause", "a", "ghost"], 3, &["ghost"]);
    assert_eq!(home.ok(&["next"]).lines().count(), 10, "neither was paused");
    assert_eq!(home.ok(&["pause", "a", "b"]), "paused a\npaused b\n");
    assert_eq!(home.ok(&["next"]), "");
    assert!(home.ok(&["list"]).contains("paused"));
    let resumed = home.json(&["resume", "a"]);
    assert_eq!((keys(&resumed[0]), &resumed[0]["paused"]), (words(TASK_KEYS), &false.into()));
    instant(&resumed[0]["next_at"]);
}

#[test]
fn rm_empties_the_queue_and_leaves_what_runs_alone_and_says_so() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--every", "1h"]);
    home.ok(&["add", "b", "--command", "true"]);
    assert_eq!(home.tempo(&["run", "a"]).out, "1\n");
    let store = home.store();
    store.write(|db| runs::starting(db, RunId(1), "boot")).unwrap();
    home.tempo(&["run", "a"]);
    let out = home.ok(&["rm", "a", "b", "a"]);
    let expected = "moved a to the trash (tempo undo brings it back); taken out of the queue: run 2; \
                    goes on: run 1 (`tempo stop 1` ends it)\n\
                    moved b to the trash (tempo undo brings it back)\n";
    assert_eq!(out, expected);
    home.refuses(&["show", "a"], 3, &["a"]);
    assert_eq!(home.ok(&["next"]), "");
    let db = store.reader().unwrap();
    assert_eq!(runs::get(&db, RunId(1)).unwrap().state.word(), "starting");
    assert_eq!(runs::get(&db, RunId(2)).unwrap().outcome.unwrap().word(), "cancelled");
    assert_eq!(tasks::count(&db).unwrap(), 0);
}

#[test]
fn x1_a_variable_needs_a_value_and_a_task_a_name() {
    let home = Home::new();
    home.refuses(&["add", "a", "--command", "true", "--env", "NOVALUE"], 4, &["env: `NOVALUE` needs NAME=VALUE"]);
    home.refuses(&["add", "", "--command", "true"], 4, &["a name is needed"]);
    home.refuses(&["add", " ", "--command", "true"], 4, &["a name is needed"]);
    home.ok(&["add", "a", "--command", "true", "--env", "EMPTY="]);
}

#[test]
fn to_pause_what_has_no_schedule_is_done_and_said() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true"]);
    let answer = home.tempo(&["pause", "a"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "paused a\n"));
    assert!(answer.err.contains("a has no schedule"), "{answer:?}");
    assert_eq!(home.ok(&["resume", "a"]), "resumed a\n");
    home.ok(&["set", "a", "when=every 1h"]);
    assert_eq!(home.ok(&["pause", "a"]), "paused a\n");
}

#[test]
fn all_variables_are_taken_away_by_nothing_and_one_by_its_name() {
    let home = Home::new();
    home.ok(&["add", "a", "--command", "true", "--env", "A=1", "--env", "B=2", "--env", "C=3"]);
    home.ok(&["set", "a", "env=B"]);
    let shown = || home.json(&["show", "a"]).remove(0)["env"].to_string();
    assert_eq!(shown(), r#"{"A":"1","C":"3"}"#);
    home.refuses(&["set", "a", "env=-"], 4, &["`-` is no variable", "NAME alone takes one away"]);
    home.ok(&["set", "a", "env="]);
    assert_eq!(shown(), "{}");
}

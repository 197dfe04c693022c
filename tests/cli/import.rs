//! import, and the example that comes with Tempo.

use std::path::Path;

use super::Home;

fn write(home: &Home, text: &str) {
    std::fs::write(home.path().join("tasks.toml"), text).unwrap();
}

#[test]
fn import_adds_every_task_with_its_fields_and_schedules() {
    let home = Home::new();
    let folder = home.path().join("sub");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("job.py"), "").unwrap();
    let text = r#"
        [[task]]
        name = "Script"
        script = "job.py"
        cwd = "."
        when = ["@daily", "every 5m"]
        tz = "asia/tokyo"
        tags = ["b", "a"]
        env = { KEEP = 3, WORD = "x y" }
        priority = 2
        paused = true
        [[task]]
        name = "Command"
        command = "true"
        when = "startup; 0 3 * * *"
        tags = "one,two"
        [[task]]
        name = "Milk"
        kind = "todo"
        status = "in_progress"
        due = 2031-01-02T10:00:00Z
    "#;
    std::fs::write(folder.join("tasks.toml"), text).unwrap();
    let added = home.json(&["import", "sub/tasks.toml"]);
    let slugs: Vec<&str> = added.iter().map(|task| task["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["script", "command", "milk"]);
    let script = &home.json(&["show", "script"])[0];
    assert_eq!(script["script"].as_str().map(Path::new), Some(folder.join("job.py").as_path()));
    assert_eq!(script["cwd"].as_str().map(|cwd| Path::new(cwd).join("job.py").exists()), Some(true));
    assert_eq!(script["env"], serde_json::json!({ "KEEP": "3", "WORD": "x y" }));
    assert_eq!(script["schedules"].as_array().map(Vec::len), Some(2));
    assert_eq!(script["schedules"][0]["zone"], "Asia/Tokyo");
    assert_eq!((&script["paused"], &script["priority"]), (&true.into(), &2.into()));
    assert_eq!(home.json(&["show", "command"])[0]["schedules"].as_array().map(Vec::len), Some(2));
    let milk = &home.json(&["list", "milk"])[0];
    assert_eq!((&milk["status"], &milk["due_at"]), (&"in_progress".into(), &"2031-01-02T11:00:00+01:00".into()));
}

#[test]
fn x1_a_wrong_file_is_refused_with_its_line_task_and_field_and_changes_nothing() {
    let home = Home::new();
    let good = "[[task]]\nname = \"good\"\ncommand = \"true\"\n\n";
    for (wrong, words) in [
        ("name = \"x\"\ncommand = \"true\"\npriority = 11\n", &["tasks.toml:8", "task `x`", "priority", "1 to 10"][..]),
        ("name = \"x\"\ncommand = \"true\"\ncolour = 1\n", &["tasks.toml:8", "task `x`", "colour", "there are name"]),
        ("name = \"x\"\ncommand = \"true\"\nwhen = \"61 * * * *\"\n", &["tasks.toml:8", "task `x`", "when", "61"]),
        ("name = \"x\"\ncommand = \"true\"\nwhen = 5\n", &["tasks.toml:8", "task `x`", "when", "list of texts"]),
        (
            "name = \"x\"\ncommand = \"true\"\ntz = \"Europe/Berlim\"\n",
            &["tasks.toml:8", "task `x`", "tz", "Europe/Berlin"],
        ),
        ("name = \"x\"\n", &["tasks.toml:5", "task `x`", "command", "kind = \"todo\""]),
        ("name = \"x\"\nkind = \"todo\"\nwhen = \"every 5m\"\n", &["tasks.toml:8", "task `x`", "when", "due"]),
        ("name = \"x\"\nkind = \"script\"\ncommand = \"true\"\n", &["tasks.toml:7", "task `x`", "kind"]),
        (
            "name = \"x\"\ncommand = \"true\"\nscript = \"tasks.toml\"\n",
            &["tasks.toml:7", "task `x`", "command, script"],
        ),
        ("name = \"x\"\nscript = \"none.py\"\n", &["tasks.toml:7", "task `x`", "script", "none.py"]),
        ("name = \"x\"\ncommand = [\"true\"]\n", &["tasks.toml:7", "task `x`", "command", "one value"]),
        ("command = \"true\"\n", &["tasks.toml:5", "without a name", "name ="]),
        ("name = \"Good\"\ncommand = \"true\"\n", &["tasks.toml:6", "task `Good`", "name", "good"]),
        ("name = \"x\"\ncommand = \n", &["tasks.toml:7"]),
    ] {
        write(&home, &format!("{good}[[task]]\n{wrong}"));
        home.refuses(&["import", "tasks.toml"], 4, words);
        assert_eq!(home.ok(&["list", "--json"]), "", "{wrong}");
    }
    write(&home, "[[tasks]]\nname = \"x\"\n");
    home.refuses(&["import", "tasks.toml"], 4, &["tasks.toml:1", "tasks"]);
    write(&home, "# nothing\n");
    home.refuses(&["import", "tasks.toml"], 4, &["no [[task]]"]);
    home.refuses(&["import", "none.toml"], 1, &["none.toml"]);
}

#[test]
fn import_skips_what_exists_and_says_so() {
    let home = Home::new();
    home.ok(&["add", "Old", "--command", "echo mine"]);
    write(&home, "[[task]]\nname = \"old\"\ncommand = \"false\"\n[[task]]\nname = \"new\"\ncommand = \"true\"\n");
    let answer = home.tempo(&["import", "tasks.toml"]);
    assert_eq!((answer.code, answer.out.as_str()), (0, "new\n"));
    assert!(answer.err.contains("skipped, because they exist: old"), "{answer:?}");
    assert_eq!(home.json(&["show", "old"])[0]["command"], "echo mine");
}

#[test]
fn the_example_imports_and_its_commands_do_on_this_machine_what_they_say() {
    let home = Home::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples/home-server.toml");
    home.ok(&["import", file.to_str().unwrap()]);
    let tasks = home.json(&["list"]);
    assert!(tasks.len() >= 12, "{}", tasks.len());
    let example = home.path().join("example");
    let mut run = 0;
    let mut play = |slug: &str| {
        run += 1;
        let task = &home.json(&["show", slug])[0];
        let mut command = match (task["command"].as_str(), task["script"].as_str()) {
            (Some(line), _) => {
                let mut command = std::process::Command::new("/bin/sh");
                command.args(["-c", line]);
                command
            }
            (None, script) => std::process::Command::new(script.unwrap()),
        };
        for (name, value) in task["env"].as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        let output = command.env("TEMPO_EXAMPLE", &example).env("TEMPO_RUN_ID", run.to_string()).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        assert_eq!(std::fs::read(example.join(format!("printed/{run}"))).unwrap(), printed, "{slug}");
        (output.status.code(), String::from_utf8(printed).unwrap())
    };
    // Backwards, so that nothing rests on what was prepared; but for what is made to hang or to flood.
    let calm = |task: &&serde_json::Value| task["kind"] != "todo" && task["category"] != "trouble";
    for task in tasks.iter().rev().filter(calm) {
        let (code, printed) = play(task["slug"].as_str().unwrap());
        assert_eq!((code, printed.is_empty()), (Some(0), false), "{task}: {printed}");
    }
    assert_eq!(play("heartbeat"), (Some(0), "beat 2\n".to_owned()));
    assert_eq!(play("fetch-the-feed").0, Some(0));
    assert_eq!(play("fetch-the-feed"), (Some(7), "attempt 3: the feed did not answer\n".to_owned()));
    for _ in 0..2 {
        play("back-up-documents");
    }
    let rotated = "wrote documents-0004.tar.gz\nremoved documents-0001.tar.gz\n".to_owned();
    assert_eq!(play("back-up-documents"), (Some(0), rotated));
}

//! Many tasks at once: `edit --all` through an editor, and `set --filter` (A6).

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{Answer, Home, many_todos};

impl Home {
    /// `tempo edit --all` with a program for an editor, which is a shell script over the file `$1`.
    fn edit_all(&self, args: &[&str], program: &str) -> Answer {
        let editor = self.path().join("editor.sh");
        fs::write(&editor, format!("#!/bin/sh\n{program}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = self.command(&[&["edit", "--all"], args].concat());
        command.env("EDITOR", &editor).env("PATH", "/usr/bin:/bin");
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Texts that were kept because they were not applied.
    fn kept(&self) -> usize {
        let texts = |entry: &std::io::Result<fs::DirEntry>| {
            entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "conf"))
        };
        fs::read_dir(self.paths().edited()).map_or(0, |entries| entries.filter(texts).count())
    }

    /// `tempo edit --all` on a terminal; what it asks is answered in turn.
    fn edit_asked(&self, filter: &str, program: &str, answers: &[(&str, &str)]) -> String {
        let editor = self.path().join("editor.sh");
        fs::write(&editor, format!("#!/bin/sh\n{program}\n")).unwrap();
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let pty =
            native_pty_system().openpty(PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tempo"));
        command.args(["edit", "--all", filter]);
        command.cwd(self.path());
        command.env("TEMPO_HOME", self.path());
        command.env("VISUAL", &editor);
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut screen = pty.master.try_clone_reader().unwrap();
        let mut keyboard = pty.master.take_writer().unwrap();
        let (mut seen, mut piece, mut from) = (Vec::new(), [0; 4096], 0);
        let mut answers = answers.iter();
        let mut next = answers.next();
        // A terminal without a program at its other end is an error, not an end.
        while let Ok(length @ 1..) = screen.read(&mut piece) {
            seen.extend_from_slice(&piece[..length]);
            if let Some((question, answer)) = next
                && String::from_utf8_lossy(&seen[from..]).contains(question)
            {
                from = seen.len();
                keyboard.write_all(format!("{answer}\r").as_bytes()).unwrap();
                next = answers.next();
            }
        }
        let seen = String::from_utf8_lossy(&seen).into_owned();
        child.wait().unwrap();
        assert_eq!(next, None, "not asked: {seen}");
        seen
    }

    fn field(&self, task: &str, key: &str) -> serde_json::Value {
        self.json(&["show", task])[0][key].clone()
    }
}

fn home() -> Home {
    let home = Home::new();
    home.ok(&["add", "Pay rent", "--todo", "--tag", "home", "--due", "2030-01-02 18:00"]);
    home.ok(&["add", "Call Ana", "--todo", "--assignee", "ana"]);
    home.ok(&["add", "Sweep", "--todo", "--tag", "home"]);
    home.ok(&["add", "backup", "-c", "true"]);
    home
}

#[test]
fn a6_what_a_filter_finds_is_one_text_in_the_editor_and_one_undo_takes_all_of_it_back() {
    let home = home();
    let program =
        "cp \"$1\" seen; sed -i -e 's/priority:5/priority:2 +x/' -e 's/Sweep */Sweep the yard/' -e '/Call/d' \"$1\"";
    let answer = home.edit_all(&["--yes", "kind:todo"], program);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    assert_eq!(answer.out, "2 tasks changed (`tempo undo` takes all of it back)\n");
    let seen = fs::read_to_string(home.path().join("seen")).unwrap();
    let line = "    1 Pay rent                     | status:open priority:5 due:2030-01-02T18:00 +home\n";
    assert!(seen.starts_with("# 3 tasks, one a line:") && seen.contains(line), "{seen}");
    assert!(!seen.contains("backup"), "{seen}");
    assert_eq!(home.field("pay-rent", "tags"), serde_json::json!(["home", "x"]));
    assert_eq!(home.field("sweep", "name"), "Sweep the yard");
    assert_eq!(home.field("call-ana", "priority"), 5, "a line that is removed leaves its task alone");
    assert_eq!(home.kept(), 0);
    home.ok(&["undo"]);
    assert_eq!((home.field("sweep", "name"), home.field("pay-rent", "priority")), ("Sweep".into(), 5.into()));
    // d moves to the trash.
    let answer =
        home.edit_all(&["--yes", "--json", "+home"], "sed -i -e 's/^ *1 /d 1 /' -e 's/priority:5/priority:6/' \"$1\"");
    assert_eq!(
        answer.out,
        "{\"id\":1,\"task\":\"pay-rent\",\"result\":\"trashed\"}\n{\"id\":3,\"task\":\"sweep\",\"result\":\"changed\"}\n"
    );
    home.ok(&["undo"]);
    assert_eq!((home.field("sweep", "priority"), home.field("pay-rent", "priority")), (5.into(), 5.into()));
}

#[test]
fn a6_x1_what_is_wrong_in_the_text_is_told_with_its_place_and_nothing_is_done() {
    let home = home();
    let answer = home.edit_all(&["--yes"], "sed -i -e 's/priority:5/priority:55/' -e 's/^ *2 .*/2 x | foo/' \"$1\"");
    assert_eq!((answer.code, answer.out.as_str()), (4, ""), "{answer:?}");
    assert!(answer.err.contains(".conf:7:7: `foo` is neither FIELD:VALUE, +TAG nor @ASSIGNEE"), "{}", answer.err);
    assert_eq!(home.kept(), 1, "the text is not lost");
    let answer = home.edit_all(&["--yes"], "sed -i 's/priority:5/priority:55/' \"$1\"");
    assert!(answer.err.contains(": priority: `55` is not a number from 1 to 10"), "{}", answer.err);
    assert_eq!(answer.err.matches("priority: `55`").count(), 4, "each line: {}", answer.err);
    for (args, program, code, said) in [
        (&["--yes", "nothing-like-it"][..], "true", 3, "no task is found by `nothing-like-it`"),
        (&[], "true", 4, "add --yes"),
        (&["--yes"], "exit 3", 1, "nothing was changed"),
        (&["--yes", "prio:<"], "true", 4, "prio"),
    ] {
        let answer = home.edit_all(args, program);
        assert_eq!((answer.code, answer.out.as_str()), (code, ""), "{args:?}: {answer:?}");
        assert!(answer.err.contains(said), "{args:?}: {answer:?}");
    }
    let answer = home.edit_all(&["--yes", "sweep"], "sed -i 's/priority:5.*/priority:55 progress:x due:never/' \"$1\"");
    for key in ["priority", "progress", "due"] {
        assert!(answer.err.contains(&format!(": {key}: ")), "all of a line: {}", answer.err);
    }
    assert_eq!(home.edit_all(&["--yes"], "true").out, "nothing was changed\n");
    assert_eq!(home.field("backup", "priority"), 5);
}

#[test]
fn a6_a_text_that_was_not_carried_out_is_offered_again_for_the_same_filter() {
    let home = home();
    let again = "edit it again? [Y/n] ";
    // Only a no ends it.
    let wrong = "sed -i -e 's/priority:5/priority:55/' -e 's/Sweep */Sweep the yard/' \"$1\"";
    let seen = home.edit_asked("kind:todo", wrong, &[(again, "maybe"), (again, "q")]);
    assert!(seen.contains("the same command offers it again"), "{seen}");
    assert_eq!((home.kept(), home.field("sweep", "name")), (1, "Sweep".into()));
    // Another filter has nothing to do with it.
    let seen = home.edit_asked("+home", "true", &[]);
    assert!(seen.contains("nothing was changed"), "{seen}");
    // Later, and another text meanwhile.
    let waits = "a text of 3 tasks waits";
    home.edit_asked("kind:todo", "true", &[(waits, "n")]);
    assert_eq!(home.kept(), 1);
    let seen = home.edit_asked(
        "kind:todo",
        "sed -i 's/priority:55/priority:4/' \"$1\"",
        &[(waits, "what"), (waits, ""), ("change 3 tasks, and leave 0 tasks as they are? [y/N] ", "y")],
    );
    assert!(seen.contains("3 tasks changed"), "{seen}");
    assert_eq!((home.field("sweep", "name"), home.field("sweep", "priority")), ("Sweep the yard".into(), 4.into()));
    assert_eq!(home.kept(), 0);
    // What an editor leaves when it is killed is kept; x throws it away.
    let seen = home.edit_asked("kind:todo", "sed -i 's/priority:4/priority:3/' \"$1\"; exit 1", &[]);
    assert!(seen.contains("nothing was changed; the text is in"), "{seen}");
    home.edit_asked("kind:todo", "true", &[(waits, "x")]);
    assert_eq!((home.kept(), home.field("sweep", "priority")), (0, 4.into()));
    assert_eq!(fs::read_dir(home.paths().edited()).unwrap().count(), 0);
}

#[test]
fn a6_what_was_changed_elsewhere_while_the_editor_was_open_stays_and_each_task_has_its_own_answer() {
    let home = home();
    home.ok(&["add", "wall", "--todo", "--depends-on", "sweep"]);
    let tempo = env!("CARGO_BIN_EXE_tempo");
    let program = format!(
        "{tempo} set pay-rent priority=9 >/dev/null; {tempo} set call-ana assignee=bob >/dev/null; {tempo} rm 4 >/dev/null
         sed -i -e 's/priority:5/priority:1/' -e 's/status:open/status:completed/' \"$1\""
    );
    let answer = home.edit_all(&["--yes"], &program);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.out.starts_with("3 tasks changed, 2 refused ("), "{answer:?}");
    assert!(answer.err.contains("pay-rent: its priority was changed meanwhile: it is `9` now"), "{answer:?}");
    assert!(answer.err.contains("backup: it was deleted meanwhile"), "{answer:?}");
    assert_eq!((home.field("pay-rent", "priority"), home.field("pay-rent", "status")), (9.into(), "open".into()));
    assert_eq!((home.field("call-ana", "priority"), home.field("call-ana", "assignee")), (1.into(), "bob".into()));
    assert_eq!(home.field("wall", "status"), "completed", "it waited for one of those that were completed with it");
    home.ok(&["undo"]);
    assert_eq!((home.field("wall", "status"), home.field("sweep", "status")), ("open".into(), "open".into()));
}

#[test]
fn a6_set_with_a_filter_changes_each_task_that_is_found_and_says_what_became_of_it() {
    let home = home();
    let dry = home.ok(&["set", "--filter", "kind:todo", "--dry-run", "priority=2", "tags+=x", "tags-=home"]);
    assert_eq!(
        dry,
        "call-ana: tags - -> x, priority 5 -> 2\npay-rent: tags home -> x, priority 5 -> 2\nsweep: tags home -> x, priority 5 -> 2
3 tasks would be changed\n"
    );
    assert_eq!(home.field("sweep", "priority"), 5);
    assert_eq!(
        home.ok(&["set", "--filter", "kind:todo", "priority=2", "tags+=x"]),
        "3 tasks changed (`tempo undo` takes all of it back)\n"
    );
    let again = home.json(&["set", "--filter", "kind:todo", "priority=2", "assignee=ana"]);
    let told: Vec<_> =
        again.iter().map(|one| (one["task"].as_str().unwrap(), one["result"].as_str().unwrap())).collect();
    assert_eq!(told, [("call-ana", "unchanged"), ("pay-rent", "changed"), ("sweep", "changed")]);
    assert_eq!(again[1]["changes"], serde_json::json!([{"field": "assignee", "from": null, "to": "ana"}]));
    home.ok(&["undo"]);
    home.ok(&["undo"]);
    assert_eq!((home.field("sweep", "priority"), home.field("sweep", "tags")), (5.into(), serde_json::json!(["home"])));
    // What does not fit one is refused for that one.
    let answer = home.tempo(&["set", "--filter", "priority:5", "timeout=5m"]);
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (4, "1 task changed, 3 refused (`tempo undo` takes all of it back)\n")
    );
    assert!(answer.err.contains("sweep: timeout: only a command or a script has one"), "{answer:?}");
    home.refuses(&["set", "--filter", "kind:todo"], 4, &["FIELD=VALUE"]);
    // What is wrong for all of them is said once.
    for name in ["e1", "e2", "e3", "e4"] {
        home.ok(&["add", name, "--todo", "--due", "2030-01-05"]);
    }
    let answer = home.tempo(&["set", "--filter", "kind:todo", "due=blarg"]);
    assert_eq!(answer.err.lines().filter(|line| line.contains("blarg")).count(), 1, "{}", answer.err);
    assert!(answer.err.contains("call-ana, e1, e2, e3, e4 and 2 more: "), "{}", answer.err);
    assert!(answer.out.contains("7 refused"), "{}", answer.out);
    // A day without a time is one.
    assert!(home.ok(&["list"]).contains("due 2030-01-05\n"));
    assert!(home.ok(&["show", "e1"]).contains("2030-01-05\n"));
    home.refuses(&["set", "--filter", "kind:todo", "nonsense=1"], 4, &["no field `nonsense`"]);
    home.refuses(&["set", "--filter", "+nothing", "priority=1"], 3, &["no task is found by `+nothing`"]);
    assert_eq!(home.tempo(&["set", "--filter", "+nothing", "priority=1", "--dry-run", "--json"]).code, 3);
    assert!(home.ok(&["set", "sweep", "tags+=y,z", "tags-=home"]).contains("tags  y,z"));
}

#[test]
fn a3_set_asks_what_done_asks_and_goes_on_by_the_same_flag() {
    let home = home();
    home.ok(&["add", "a wall", "--todo", "--depends-on", "sweep"]);
    for status in ["completed", "in_progress"] {
        let status = format!("status={status}");
        home.refuses(
            &["set", "a-wall", &status],
            4,
            &["a-wall waits for sweep to be done; --force does it all the same"],
        );
    }
    assert_eq!(home.field("a-wall", "status"), "open");
    home.ok(&["set", "a-wall", "status=completed", "priority=2", "--force"]);
    let wall = |key| home.field("a-wall", key);
    assert_eq!((wall("status"), wall("priority"), wall("progress")), ("completed".into(), 2.into(), 100.into()));
    home.ok(&["set", "a-wall", "status=open"]);
    // Giving up needs none, and of many the one comes after that which it waits for.
    home.ok(&["set", "a-wall", "status=cancelled"]);
    home.ok(&["set", "a-wall", "status=open"]);
    let answer = home.tempo(&["set", "--filter", "wall", "status=completed"]);
    assert_eq!((answer.code, answer.out.as_str()), (4, "0 tasks changed, 1 refused\n"), "{answer:?}");
    assert!(home.ok(&["set", "--filter", "wall or sweep", "status=completed"]).starts_with("2 tasks changed"));
    assert_eq!((wall("status"), home.field("sweep", "status")), ("completed".into(), "completed".into()));
}

#[test]
fn a6_many_transactions_are_one_step_while_others_write_in_between() {
    let home = Home::new();
    fs::write(home.path().join("many.toml"), many_todos(1100)).unwrap();
    home.ok(&["import", "many.toml"]);
    assert!(home.ok(&["set", "--filter", "task", "priority=1"]).starts_with("1100 tasks changed ("));
    assert_eq!(home.ok(&["list", "--count", "priority:1"]), "1100\n");
    let undone = home.ok(&["undo"]);
    assert!(undone.contains("and 1097 more priority"), "{undone}");
    assert_eq!(home.ok(&["list", "--count", "priority:5"]), "1100\n");
}

#[test]
fn a6_x1_an_empty_filter_is_not_everything_and_what_is_everything_is_said() {
    let home = home();
    let said = "it is empty; everything is kind:command,script,todo";
    for filter in ["", "  "] {
        for args in [["set", "--filter", filter, "priority=9"], ["edit", "--all", "--yes", filter]] {
            let answer = home.tempo(&args);
            assert!(answer.code == 2 && answer.out.is_empty() && answer.err.contains(said), "{args:?}: {answer:?}");
        }
    }
    assert_eq!((home.field("sweep", "priority"), home.kept()), (5.into(), 0));
    home.ok(&["set", "--filter", "kind:command,script,todo", "priority=9"]);
    assert_eq!((home.field("sweep", "priority"), home.field("backup", "priority")), (9.into(), 9.into()));
}

#[test]
fn a5_what_is_a_word_of_a_filter_is_a_word_of_set() {
    let home = home();
    std::fs::create_dir_all(home.paths().settings().parent().unwrap()).unwrap();
    fs::write(home.paths().settings(), "[types.order]\nvendor = \"text\"\n").unwrap();
    home.ok(&["set", "sweep", "type=order", "field.vendor=Acme; Sons", "status=begun"]);
    assert_eq!(home.field("sweep", "fields"), serde_json::json!({ "vendor": "Acme; Sons" }));
    let found = |filter: &str| home.ok(&["list", filter, "--count"]).trim().to_owned();
    assert_eq!((found("field.vendor:\"Acme; Sons\""), found("status:begun")), ("1".to_owned(), "1".to_owned()));
    home.ok(&["set", "--filter", "status:begun", "status=done", "field.vendor=Bolt"]);
    assert_eq!((found("field.vendor:Bolt"), found("status:done")), ("1".to_owned(), "1".to_owned()));
    // The last of them can be taken away, and so can how far it is.
    home.ok(&["set", "sweep", "field.vendor=", "progress=0"]);
    assert_eq!((found("field.vendor:any"), found("progress:0")), ("0".to_owned(), "4".to_owned()));
    home.refuses(&["set", "sweep", "field.=x"], 4, &["field: `=x` is not NAME=VALUE"]);
}

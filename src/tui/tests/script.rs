//! The tab Script: what is shown, edited, saved, kept and asked.

use std::path::PathBuf;

use super::*;
use crate::domain::environment::{Environment, State};
use crate::store::environments;
use crate::tui::action::Scope;
use crate::tui::model::{Pane, Tab};

impl Rig {
    /// A task with a script of this content; its file.
    fn script(&mut self, name: &str, file: &str, content: &[u8]) -> PathBuf {
        let folder = self.world.paths.scripts().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(file);
        std::fs::write(&path, content).unwrap();
        let definition = Definition::new(name, Work::Script(path.clone()));
        self.world.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap();
        self.wake();
        path
    }

    pub(super) fn with_script(content: &str) -> (Self, PathBuf) {
        let mut rig = Self::new(&[]);
        let path = rig.script("backup", "main.py", content.as_bytes());
        rig.model.layers.clear();
        (rig, path)
    }

    /// What a program from outside does.
    fn looks(&mut self) {
        let answers = self.files.look(false);
        if let Some(answer) = answers {
            self.send(Msg::Editor(answer));
        }
    }
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_tab_between_log_and_details_shows_the_script_of_the_selected_task() {
    let (mut rig, _) = Rig::with_script("import os\nprint(os.getcwd())\n");
    rig.press("4 4");
    assert_eq!((rig.model.tab, rig.model.scope()), (Tab::Script, Scope::Script));
    let screen = rig.screen();
    assert!(screen.contains("Log [Script] Details") && screen.contains("1 import os"), "{screen}");
    rig.add("other");
    rig.wake();
    rig.press("1 j");
    assert!(rig.screen().contains("echo other"), "{}", rig.screen());
    assert!(rig.screen().contains("a command for the shell"));
}

#[test]
fn e_edits_the_script_ctrl_s_saves_it_as_a_version_and_esc_leads_back() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.press("e");
    assert_eq!((rig.model.focus, rig.model.scope()), (Pane::Main, Scope::Editor));
    rig.type_text("q1: ");
    assert!(rig.screen().contains("modified"), "{}", rig.screen());
    assert_eq!(read(&path), "print(1)\n", "nothing is written before it is saved");
    rig.press("Ctrl-s");
    assert_eq!(read(&path), "q1: print(1)\n");
    assert_eq!(rig.said(), "main.py of backup is saved: the next run executes it");
    let task = rig.model.subject.unwrap();
    let newest = crate::store::scripts::newest(&rig.reader, task, crate::domain::version::File::Script).unwrap();
    assert_eq!(newest.unwrap().size, 13);
    // The undo goes over the save.
    rig.press("Ctrl-z Ctrl-z");
    assert!(rig.screen().contains("modified") && rig.screen().contains("1 print(1)"));
    rig.press("Esc");
    assert_eq!(rig.model.scope(), Scope::Script);
    assert!(rig.said().contains("kept as a draft"), "{}", rig.said());
    rig.press("Esc Esc Esc Esc");
    assert_eq!((rig.model.focus, rig.exit.is_none()), (Pane::Tasks, true));
}

#[test]
fn ux_48_an_unsaved_text_is_a_draft_a_second_after_the_first_key_and_is_offered_again() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.press("e");
    assert_eq!(rig.model.editor.wakes_at(), None, "nothing is due before a key");
    rig.type_text("#");
    let due = rig.model.editor.wakes_at().unwrap();
    assert_eq!(due, rig.model.now.since + Duration::from_secs(1));
    let drafts = rig.world.paths.drafts();
    rig.wait(Duration::from_millis(900));
    assert!(!drafts.exists());
    rig.wait(Duration::from_millis(100));
    assert_eq!(std::fs::read_dir(&drafts).unwrap().count(), 1);
    assert_eq!(rig.model.editor.wakes_at(), None, "and then nothing is due");
    // Another dashboard, after this one was killed.
    let mut rig = rig.restarted();
    let waits = rig.files.waiting().unwrap();
    rig.send(Msg::Editor(waits));
    assert_eq!(rig.said(), "a draft waits that was not saved: backup/main.py; editing offers it");
    rig.press("e");
    assert!(rig.screen().contains("A draft of main.py"), "{}", rig.screen());
    rig.model.now.since += A_WHILE;
    rig.press("d");
    assert!(rig.screen().contains("+ #print(1)"), "{}", rig.screen());
    rig.press("Esc");
    rig.model.now.since += A_WHILE;
    rig.press("r");
    assert!(rig.screen().contains("1 #print(1)") && rig.screen().contains("modified"), "{}", rig.screen());
    assert_eq!(read(&path), "print(1)\n");
    rig.press("Ctrl-s");
    assert_eq!(read(&path), "#print(1)\n");
    assert_eq!(std::fs::read_dir(&drafts).unwrap().count(), 0, "what is saved is no draft");
}

#[test]
fn ux_48_nothing_is_typed_over_a_draft_that_was_not_decided_about_and_what_is_undone_is_no_draft() {
    let (mut rig, _) = Rig::with_script("print(1)\n");
    rig.press("e");
    rig.type_text("#");
    rig.wait(Duration::from_secs(1));
    let drafts = rig.world.paths.drafts();
    assert_eq!(std::fs::read_dir(&drafts).unwrap().count(), 1);
    let mut rig = rig.restarted();
    rig.press("e Esc");
    assert_eq!((rig.model.scope(), rig.said()), (Scope::Script, "the draft waits; Enter asks again"));
    rig.press("Enter");
    rig.model.now.since += A_WHILE;
    rig.press("r Ctrl-z");
    assert_eq!(std::fs::read_dir(&drafts).unwrap().count(), 0, "the text is that of the disk again");
    rig.press("Ctrl-y");
    assert!(rig.screen().contains("1 #print(1)") && rig.screen().contains("modified"));
    rig.press("Ctrl-o");
    assert!(rig.outside.is_empty() && rig.said().starts_with("not saved: Ctrl-s first"), "{}", rig.said());
}

#[test]
fn vi_gives_up_what_is_not_saved_with_q_and_an_exclamation_mark() {
    let (mut rig, path) = Rig::with_script("one\n");
    rig.model.editor.style = crate::config::EditorKeys::Vim;
    rig.press("e x Ctrl-s u x x Esc");
    assert_eq!(read(&path), "ne\n");
    assert!(rig.screen().contains("modified"), "{}", rig.screen());
    rig.press("e");
    rig.type_text(":q!");
    rig.press("Enter");
    assert_eq!(rig.model.scope(), Scope::Script);
    assert!(rig.screen().contains("1 ne ") && !rig.screen().contains("modified"), "{}", rig.screen());
}

#[test]
fn ux_50_a_save_over_a_foreign_change_asks_and_each_answer_does_what_it_says() {
    for (answer, on_disk, in_text) in
        [("m", "mine\n", "1 mine"), ("t", "theirs\n", "1 theirs"), ("e", "theirs\n", "1 mine")]
    {
        let (mut rig, path) = Rig::with_script("base\n");
        rig.press("e Ctrl-k");
        rig.type_text("mine\n");
        std::fs::write(&path, "theirs\n").unwrap();
        rig.press("Ctrl-s");
        assert!(rig.screen().contains("main.py was changed on disk"), "{}", rig.screen());
        assert_eq!(read(&path), "theirs\n");
        rig.model.now.since += A_WHILE;
        rig.press("d");
        assert!(rig.screen().contains("- theirs") && rig.screen().contains("+ mine"), "{}", rig.screen());
        rig.press("Esc");
        rig.model.now.since += A_WHILE;
        rig.press(answer);
        assert_eq!(read(&path).trim_end(), on_disk.trim_end(), "{answer}");
        assert!(rig.screen().contains(in_text), "{answer}: {}", rig.screen());
    }
}

#[test]
fn ux_50_a_foreign_change_is_read_again_unless_something_is_not_saved() {
    let (mut rig, path) = Rig::with_script("one\n");
    rig.press("4 4");
    std::fs::write(&path, "two\n").unwrap();
    rig.looks();
    assert!(rig.screen().contains("1 two"));
    assert_eq!(rig.said(), "main.py was changed on disk and read again");
    rig.press("e");
    rig.type_text("x");
    std::fs::write(&path, "three\n").unwrap();
    rig.looks();
    assert!(rig.screen().contains("1 xtwo") && rig.screen().contains("changed on disk"), "{}", rig.screen());
    // What is typed stays with the task when another one is selected.
    rig.press("Esc");
    rig.script("other", "main.py", b"other\n");
    rig.press("1 j");
    assert!(rig.screen().contains("1 other"), "{}", rig.screen());
    rig.press("k");
    assert!(rig.screen().contains("1 xtwo"));
}

#[test]
fn ux_49_what_is_no_text_is_shown_and_not_edited() {
    let mut rig = Rig::new(&[]);
    let path = rig.script("bin", "main.sh", b"ok\n\xff\n");
    rig.model.layers.clear();
    rig.press("e");
    assert_eq!(rig.model.scope(), Scope::Script);
    assert_eq!(rig.said(), "read-only: it is not UTF-8 in line 2");
    rig.press("Ctrl-s x");
    assert_eq!(std::fs::read(&path).unwrap(), b"ok\n\xff\n");
}

#[test]
fn a_save_says_what_is_wrong_beside_the_line_and_below_it() {
    let (mut rig, _) = Rig::with_script("x = 1\n");
    rig.press("e");
    rig.type_text("def f(:\n");
    rig.press("Ctrl-s");
    assert!(rig.said().starts_with("main.py of backup is saved, but line 1: invalid syntax"), "{}", rig.said());
    let screen = rig.screen();
    assert!(screen.contains("✗ 1 def f(:"), "{screen}");
    rig.press("F8");
    assert!(rig.screen().contains("invalid syntax"), "{}", rig.screen());
    assert_eq!(rig.model.editor.doc().unwrap().buffer.cursor().row, 0);
}

#[test]
fn a_save_says_the_first_problem_with_its_line_and_the_key_that_goes_there() {
    let (mut rig, _) = Rig::with_script("x = 1\n");
    rig.model.size = Size::new(120, 24);
    rig.press("e");
    assert!(!rig.screen().contains("F8"), "{}", rig.screen());
    rig.type_text("y = 2\nprint(\n");
    rig.press("Ctrl-s");
    let said = rig.model.editor.doc().unwrap().first_finding().unwrap().0.clone();
    // Which line it is, and in which words, is a matter of the interpreter.
    rig.press(if said.row == 2 { "Ctrl-Home" } else { "Ctrl-End" });
    let screen = rig.screen();
    let line = format!("line {}: {} (F8 goes there)", said.row + 1, said.text);
    assert!(screen.contains(&line) && !screen.contains("1 problem"), "{line}: {screen}");
    assert!(screen.contains("F8 problem"), "in the hints: {screen}");
    // What keeps it from running comes before what only deserves a second look.
    let (mut rig, _) = Rig::with_script("run(x, shell=True)\nrun(x, shell=True)\n");
    rig.model.size = Size::new(120, 24);
    rig.press("e");
    rig.type_text("#");
    rig.press("Ctrl-s");
    assert!(rig.screen().contains("line 2: shell=True executes"), "{}", rig.screen());
    assert!(rig.screen().contains("(F8 goes there)"), "{}", rig.screen());
    rig.press("Ctrl-End");
    rig.type_text("\nrun(x, shell=True)\nz = = 1\n");
    rig.press("Ctrl-s");
    rig.press("Ctrl-Home");
    let screen = rig.screen();
    assert!(screen.contains("line 4: invalid syntax (+2 more, F8)"), "{screen}");
    rig.press("Esc");
    assert!(
        rig.screen().contains("line 4: invalid syntax (+2 more)"),
        "no key where it does nothing: {}",
        rig.screen()
    );
    // The keys of vim are told with it too.
    rig.model.editor.style = crate::config::EditorKeys::Vim;
    rig.model.size = Size::new(160, 24);
    rig.press("e");
    assert!(rig.screen().contains(":w save") && rig.screen().contains("F8 problem"), "{}", rig.screen());
    // A key of the person's own is the one that is said; in little room the end of the words goes, not the key.
    rig.model.keymap = crate::tui::keymap::Keymap::read("\"editor.problem\" = \"F11\"\n").0;
    rig.model.size = Size::new(62, 16);
    rig.wake();
    assert!(rig.screen().contains("(+2 more, F11)"), "{}", rig.screen());
}

#[test]
fn the_requirements_of_a_script_are_its_second_file() {
    let (mut rig, path) = Rig::with_script("import os\n");
    rig.press("e Ctrl-n");
    rig.type_text("requests");
    assert!(rig.screen().contains("main.py [requirements.txt]"), "{}", rig.screen());
    rig.press("Ctrl-s");
    assert_eq!(std::fs::read(path.with_file_name("requirements.txt")).unwrap(), b"requests\n");
}

#[test]
fn the_text_is_readable_in_narrow_screens_without_colours_and_with_plain_characters() {
    let (mut rig, _) = Rig::with_script("def f(a):\n    return \"漢字\"\n\tx = '\u{202e}'\n");
    rig.model.size = Size::new(50, 16);
    rig.press("e");
    let screen = rig.screen();
    assert!(screen.contains("4 Script") && screen.contains("return") && screen.contains("<202e>"), "{screen}");
    rig.model.size = Size::new(30, 8);
    rig.wake();
    assert!(rig.screen().contains("def f(a):"), "{}", rig.screen());
}

#[test]
fn screens_of_the_editor() {
    let (mut rig, _) = Rig::with_script(
        "import os\n\n\ndef main(args):\n    \"\"\"Says where it is.\"\"\"\n    print(os.getcwd(), 12)  # here\n\n\nmain([])\n",
    );
    rig.press("e Down Down Down");
    for (name, columns, rows) in [("editor_80x24", 80, 24), ("editor_110x30", 110, 30)] {
        rig.model.size = Size::new(columns, rows);
        rig.wake();
        insta::assert_snapshot!(name, rig.screen());
    }
    rig.press("Ctrl-r");
    rig.type_text("os");
    insta::assert_snapshot!("editor_replace", rig.screen());
}

#[test]
fn a_prompt_of_the_editor_tells_its_own_keys_and_f1_what_can_stand_in_a_replacement() {
    let (mut rig, _) = Rig::with_script("one\n");
    rig.model.size = Size::new(110, 30);
    rig.press("e Ctrl-r");
    rig.type_text("one");
    rig.press("Enter");
    let screen = rig.screen();
    assert!(screen.contains("Enter replace all") && !screen.contains("Ctrl-s save"), "{screen}");
    assert!(screen.contains("$1: a group"), "{screen}");
    rig.press("F1");
    assert!(rig.screen().contains("What group 1 of the pattern matched"), "{}", rig.screen());
    rig.press("Esc");
    rig.type_text("$HOME");
    rig.press("Enter");
    assert!(rig.screen().contains("1 $HOME"), "{}", rig.screen());
}

#[test]
fn what_is_wrong_at_the_cursor_is_said_whole_in_as_many_lines_as_it_takes() {
    let (mut rig, _) = Rig::with_script("password = 'hunter2222'\nx = 1\n");
    rig.model.size = Size::new(80, 24);
    rig.press("e Ctrl-s");
    rig.wake();
    let screen = rig.screen();
    assert!(screen.contains("a credential in the text") && screen.contains("(secrets=NAME=file:PATH)"), "{screen}");
    let lines = rig.model.editor.size.0;
    rig.press("Down");
    assert!(rig.model.editor.size.0 > lines, "the text has its room back");
}

#[test]
fn a_line_that_goes_on_behind_the_edge_says_so_and_the_status_names_the_file_that_is_edited() {
    let (mut rig, _) = Rig::with_script(&format!("short\n{}\n", "x".repeat(200)));
    rig.model.size = Size::new(80, 24);
    rig.press("e");
    let screen = rig.screen();
    let line = |what: &str| screen.lines().find(|line| line.contains(what)).unwrap().to_owned();
    assert!(line("xxxx").contains("x…") && !line("1 short").contains('…'), "{screen}");
    assert!(screen.contains("[main.py] 1/"), "{screen}");
    // The key that gives the text all the room is told, and the one that takes it back is no letter.
    rig.model.size = Size::new(120, 24);
    rig.wake();
    assert!(rig.screen().contains("Alt-z zoom"), "{}", rig.screen());
    rig.press("Alt-z");
    assert_eq!((rig.model.zoom, rig.said()), (true, "Alt-z: back to all panes"));
    rig.type_text("z");
    assert!(rig.model.zoom && rig.screen().contains("zshort"), "{}", rig.screen());
}

#[test]
fn what_deserves_a_second_look_is_marked_on_save_said_at_its_line_and_never_in_the_way() {
    let (mut rig, path) = Rig::with_script("import subprocess\n");
    rig.press("e");
    assert!(rig.model.editor.doc().unwrap().findings.is_empty());
    rig.press("End Enter");
    rig.type_text("subprocess.run(line, shell=True)");
    rig.press("Ctrl-s");
    assert_eq!(read(&path), "import subprocess\nsubprocess.run(line, shell=True)\n", "it is saved all the same");
    assert_eq!(rig.said(), "main.py of backup is saved: the next run executes it");
    let screen = rig.screen();
    assert!(screen.contains("shell=True executes whatever the text holds"), "at the cursor: {screen}");
    rig.press("Up");
    assert!(rig.screen().contains("line 2: ") && rig.screen().contains("(F8 goes there)"), "{}", rig.screen());
    rig.press("Down End");
    rig.type_text("  # tempo: ok");
    rig.press("Ctrl-s");
    assert!(rig.model.editor.doc().unwrap().findings.is_empty(), "it was looked at");
}

/// Notes an environment of the task `backup`, with a folder in which something stands for the interpreter.
fn with_environment(rig: &Rig, state: State, reason: Option<&str>) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let folder = rig.world.paths.environments().join("backup/key-1");
    std::fs::create_dir_all(folder.join("bin")).unwrap();
    let python = folder.join("bin/python");
    std::fs::write(&python, "#!/bin/sh\ncat >/dev/null\necho '[[\"e\", 1, 1, \"said by its own\"]]'\n").unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let marker = r#"{"key": "key", "python": "/usr/bin/python3", "version": "3.12.1", "builder": "uv", "locked": false,
        "asked": "a", "packages": [{"name": "requests", "version": "2.32.5", "source": null}]}"#;
    std::fs::write(folder.join("ready.json"), marker).unwrap();
    let environment = Environment {
        task: tasks::find_exactly(&rig.reader, "backup").unwrap().id,
        state,
        key: Some("key".to_owned()),
        python: None,
        version: Some("3.12.1".to_owned()),
        folder: (state == State::Ready).then(|| folder.clone()),
        packages: Some(1),
        locked: false,
        drift: false,
        run: None,
        reason: reason.map(str::to_owned),
        changed_at: Timestamp::UNIX_EPOCH,
    };
    rig.world.store.write(move |db| environments::set(db, &environment)).unwrap();
    folder
}

#[test]
fn the_interpreter_of_the_environment_checks_the_script() {
    let (mut rig, _) = Rig::with_script("print(1)\n");
    with_environment(&rig, State::Ready, None);
    rig.press("e");
    let said = |rig: &Rig| rig.model.editor.doc().unwrap().finding(0).map(|finding| finding.text.clone());
    assert_eq!(said(&rig).as_deref(), Some("said by its own"));
    // One that was taken away does not stand in the way.
    std::fs::remove_dir_all(rig.world.paths.environments()).unwrap();
    rig.type_text("#");
    rig.press("Ctrl-s");
    assert_eq!(said(&rig), None);
}

#[test]
fn a_save_says_that_the_lock_is_older_than_what_is_asked_for() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.world
        .store
        .write(|db| {
            let task = tasks::find_exactly(db, "backup")?;
            let mut definition = task.definition.clone();
            definition.execution.python = Some("3.12".parse().unwrap());
            tasks::set(db, task.id, &definition, Timestamp::now())
        })
        .unwrap();
    let mut lock = path.file_name().unwrap().to_owned();
    lock.push(".requirements.lock");
    for lock in [path.with_file_name("requirements.lock"), path.with_file_name(lock)] {
        std::fs::write(lock, "# asked: 0000\nrich==13.0\n").unwrap();
    }
    rig.press("e");
    rig.type_text("#");
    rig.press("Ctrl-s");
    assert_eq!(rig.said(), "main.py is saved, but its lock is older and is installed: `tempo env backup lock`");
}

#[test]
fn the_environment_is_the_tab_behind_the_files_and_only_looked_at() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.press("4 4");
    assert!(!rig.screen().contains("environment"), "{}", rig.screen());
    with_environment(&rig, State::Ready, None);
    rig.wake();
    assert!(rig.screen().contains("[main.py] requirements.txt environment"), "{}", rig.screen());
    rig.press("] ]");
    let screen = rig.screen();
    assert!(screen.contains("requirements.txt [environment]") && screen.contains("requests  2.32.5"), "{screen}");
    with_environment(&rig, State::Failed, Some("ERROR: No matching distribution"));
    rig.wake();
    let screen = rig.screen();
    assert!(screen.contains("failed") && screen.contains("ERROR: No matching"), "it is as it is now: {screen}");
    rig.press("1");
    assert!(rig.screen().contains("env failed"), "its row says so: {}", rig.screen());
    // The script is what is edited; from there it can be looked at, and nothing is typed into it.
    rig.press("e");
    assert_eq!((rig.model.editor.file, rig.model.scope()), (0, Scope::Editor));
    rig.press("Ctrl-n Ctrl-n");
    assert_eq!(rig.said(), "only to look at");
    let before = rig.screen();
    rig.type_text("zzz");
    rig.press("Enter Backspace Ctrl-k");
    assert!(!rig.screen().contains("zzz") && rig.screen().contains("ERROR: No matching"), "{before}\n{}", rig.screen());
    rig.press("Ctrl-n");
    rig.type_text("#");
    rig.press("Ctrl-s");
    assert_eq!(read(&path), "#print(1)\n");
    // A task without one has no such tab any more.
    let task = tasks::find_exactly(&rig.reader, "backup").unwrap().id;
    rig.press("Ctrl-n Ctrl-n");
    rig.world.store.write(move |db| environments::forget(db, task)).unwrap();
    rig.wake();
    assert_eq!(rig.model.editor.file, 1, "the last one that there is");
}

#[test]
fn details_have_the_environment_of_a_script_beside_its_file_above_the_run_and_the_heat_map() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.model.size = Size::new(160, 50);
    with_environment(&rig, State::Ready, None);
    rig.press("4 4 4");
    assert_eq!(rig.model.tab, Tab::Details);
    let screen = rig.screen();
    let at = |what: &str| screen.find(what).unwrap_or_else(|| panic!("{what}: {screen}"));
    let file = at(&path.display().to_string());
    assert!(at("Script\u{20}") < file && file < at("environment  ready, Python 3.12.1"), "{screen}");
    assert!(at("environment  ready") < at("Schedules") && at("Schedules") < at("Definition"), "{screen}");
    assert_eq!(screen.matches("ready, Python").count(), 1, "{screen}");
}

#[test]
fn ux_48_a_draft_of_a_file_that_is_not_shown_is_said_when_the_script_is_opened() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    std::fs::write(path.with_file_name("requirements.txt"), "").unwrap();
    rig.press("e Ctrl-n");
    rig.type_text("requests");
    rig.wait(Duration::from_secs(1));
    let mut rig = rig.restarted();
    rig.press("e");
    assert_eq!(rig.model.scope(), Scope::Editor);
    assert_eq!(rig.said(), "a draft of requirements.txt waits, which was not saved");
}

#[test]
fn what_is_typed_behind_e_is_text_also_when_the_file_is_not_here_yet() {
    let (mut rig, path) = Rig::with_script("print()\n");
    rig.press("1");
    let task = rig.model.tasks.selected().unwrap().id;
    rig.model.tab = crate::tui::model::Tab::Script;
    rig.press("4");
    rig.model.editor.wanted = Some(task);
    rig.type_text("Dp");
    assert!(rig.model.layers.is_empty() && rig.model.held.len() == 2, "no verb of the list");
    // The file comes.
    std::fs::write(&path, "print(1)\n").unwrap();
    rig.looks();
    assert!(rig.model.editor.editing && rig.model.held.is_empty());
    assert!(rig.screen().contains("Dpprint(1)"), "{}", rig.screen());
}

#[test]
fn esc_gives_up_waiting_for_a_file() {
    let (mut rig, _) = Rig::with_script("print()\n");
    let task = rig.model.tasks.selected().unwrap().id;
    rig.model.editor.wanted = Some(task);
    rig.type_text("D");
    rig.press("Esc");
    assert!(rig.model.editor.wanted.is_none() && rig.model.held.is_empty() && rig.model.layers.is_empty());
}

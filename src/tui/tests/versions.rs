//! New scripts and their versions, from the keys to the files.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;

use super::stage::{Stage, UNICODE};
use super::{A_WHILE, Rig};
use crate::domain::run::{Outcome, Trigger};
use crate::domain::version::{Content, File, Hash, Origin, Version};
use crate::domain::{RunId, TaskId, VersionId};
use crate::output::compare::compare_texts;
use crate::store::{From, runs, scripts, tasks};
use crate::tui::action::Scope;
use crate::tui::effect::Kind as Of;
use crate::tui::model::Tab;
use crate::tui::model::layer::Layer;
use crate::tui::model::versions::{Against, Versions};
use crate::tui::model::window::Page;
use crate::tui::msg::Answer;

fn versions(rig: &Rig) -> &Versions {
    match rig.model.layers.last() {
        Some(Layer::Versions(versions)) => versions,
        other => panic!("no versions, but {other:?}"),
    }
}

fn path(rig: &Rig, file: &str) -> PathBuf {
    rig.world.paths.scripts().join(file)
}

/// The rows of the difference that is shown, each with its mark.
fn difference(rig: &Rig) -> Vec<String> {
    use crate::output::compare::Row;
    let row = |row: &Row| match row {
        Row::Same(.., text) => format!(" {text}"),
        Row::Removed(_, text) => format!("-{text}"),
        Row::Added(_, text) => format!("+{text}"),
        Row::Skipped(count) => format!("~{count}"),
    };
    versions(rig).against().unwrap().compared.as_ref().unwrap().rows.iter().map(row).collect()
}

/// A dashboard with a task that has a script with these contents, one after the other; the last one stands in its file.
fn with_versions(texts: &[&str]) -> (Rig, TaskId) {
    let mut rig = Rig::new(&[]);
    rig.press("N");
    rig.type_text("job");
    rig.press("Enter Esc 1");
    let task = tasks::find_exactly(&rig.reader, "job").unwrap().id;
    for text in texts {
        save(&rig, task, text);
    }
    rig.wake();
    (rig, task)
}

fn save(rig: &Rig, task: TaskId, text: &str) -> VersionId {
    fs::write(path(rig, "job/main.py"), text).unwrap();
    let content = Content::of(text);
    let note =
        move |db: &crate::store::Db| scripts::note(db, task, File::Script, &content, Origin::Saved, Timestamp::now());
    rig.world.store.write(note).unwrap().unwrap()
}

/// A run that has executed what is newest and ended so.
fn ran(rig: &Rig, task: TaskId, outcome: Outcome) -> RunId {
    let run = rig.world.store.write(move |db| {
        let now = Timestamp::now();
        let run = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
        let newest = scripts::newest(db, task, File::Script)?.map(|version| version.id);
        scripts::pin(db, run, newest, None, None)?;
        runs::finish(db, run, outcome, None, None, now)?;
        Ok(run)
    });
    run.unwrap()
}

#[test]
fn a_new_script_takes_a_name_and_enter_and_undo_leaves_its_files() {
    let mut rig = Rig::new(&["other"]);
    rig.press("N");
    rig.type_text("Photo Index");
    rig.press("Tab");
    rig.type_text("Media");
    rig.press("Enter");
    let script = path(&rig, "media/photo-index/main.py");
    assert!(fs::read_to_string(&script).unwrap().starts_with("#!/usr/bin/env python3"));
    assert_eq!(fs::read_to_string(script.with_file_name("requirements.txt")).unwrap(), "");
    assert_eq!((rig.selected(), rig.model.layers.len()), ("photo-index", 0));
    assert_eq!(rig.said(), format!("added photo-index with {} (Esc, then u undoes; the files stay)", script.display()));
    let task = tasks::find_exactly(&rig.reader, "photo-index").unwrap();
    assert_eq!(task.definition.category, "Media");
    assert_eq!(scripts::newest(&rig.reader, task.id, File::Script).unwrap().unwrap().origin, Origin::Created);
    assert_eq!(rig.model.scope(), Scope::Editor, "what it is to do can be written");
    rig.type_text("# q");
    rig.press("Ctrl-s");
    let text = fs::read_to_string(&script).unwrap();
    assert!(
        text.starts_with("#!/usr/bin/env python3\n\"\"\"Say here what it does.\"\"\"\n# q\nimport os\n"),
        "behind the header: {text}"
    );
    rig.press("Esc 1");
    rig.press("u");
    assert_eq!(rig.slugs(), ["other"]);
    assert!(script.exists());
    rig.press("Ctrl-r");
    assert_eq!(rig.slugs(), ["other", "photo-index"]);
}

#[test]
fn what_is_wrong_with_a_new_script_is_said_and_nothing_is_made() {
    let mut rig = Rig::new(&[]);
    rig.press("N Enter");
    assert!(rig.said().starts_with("not saved"), "{}", rig.said());
    rig.type_text("job");
    rig.press("Tab Tab Backspace");
    rig.type_text("x");
    rig.press("Enter");
    assert!(rig.said().starts_with("not saved: script: there is no template `pythox`; there are "), "{}", rig.said());
    fs::write(rig.world.paths.settings(), "read_only_scripts = [\"/\"]\n").unwrap();
    rig.press("Backspace");
    rig.type_text("n");
    rig.press("Enter");
    assert!(rig.said().contains("which is read-only"), "{}", rig.said());
    assert!(rig.slugs().is_empty() && !path(&rig, "job").exists());
    fs::write(rig.world.paths.settings(), "").unwrap();
    rig.press("Enter");
    assert_eq!(rig.slugs(), ["job"]);
}

#[test]
fn a_template_with_a_script_fills_the_whole_form_and_its_script_is_made_when_it_is_saved() {
    let mut rig = Rig::new(&[]);
    rig.press("N");
    rig.type_text("nightly");
    rig.press("F3");
    let Some(Layer::Templates(list)) = rig.model.layers.last() else { panic!("no list") };
    let at = list.entries.as_ref().unwrap().iter().position(|entry| entry.template.name == "py-backup").unwrap();
    for _ in 0..at {
        rig.press("j");
    }
    rig.press("Enter");
    let Some(Layer::Form(form)) = rig.model.layers.last() else { panic!("no form") };
    let draft = form.draft();
    assert_eq!((draft.text("script"), draft.text("timeout")), ("new py-backup", "4h"));
    assert!(!path(&rig, "nightly").exists());
    rig.press("Ctrl-s");
    assert!(fs::read_to_string(path(&rig, "nightly/main.py")).unwrap().contains("tarfile"));
    let task = tasks::find_exactly(&rig.reader, "nightly").unwrap();
    assert_eq!(task.definition.execution.timeout, Some(std::time::Duration::from_secs(4 * 3600)));
}

#[test]
fn versions_show_what_is_different_and_are_brought_back_after_a_question() {
    let (mut rig, task) = with_versions(&["one\n", "two\nmore\n"]);
    rig.press("V");
    assert_eq!(versions(&rig).rows.rows().len(), 3);
    assert_eq!(difference(&rig), ["-one", "+two", "+more"]);
    rig.press("j");
    assert!(difference(&rig).ends_with(&["+one".to_owned()]), "{:?}", difference(&rig));
    fs::write(path(&rig, "job/main.py"), "by another program\n").unwrap();
    rig.press("r y");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Dialog(_))), "that was typed before it could be read");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(fs::read_to_string(path(&rig, "job/main.py")).unwrap(), "one\n");
    let all = scripts::page(&rig.reader, task, File::Script, &From::Start, 9).unwrap();
    let origins: Vec<Origin> = all.iter().map(|version| version.origin).collect();
    assert_eq!(origins[..2], [Origin::Restored, Origin::Outside], "what stood there is a version");
    assert!(rig.said().starts_with("job is as in version "), "{}", rig.said());
    assert_eq!(versions(&rig).rows.rows().len(), 5, "the list follows");
    rig.press("Tab");
    assert_eq!((versions(&rig).file, versions(&rig).rows.rows().len()), (File::Requirements, 1));
    rig.press("Esc");
    assert!(rig.model.layers.is_empty());
}

#[test]
fn nothing_is_restored_where_nothing_is_to_be_written() {
    let (mut rig, _) = with_versions(&["one\n", "two\n"]);
    fs::write(rig.world.paths.settings(), format!("read_only_scripts = [{:?}]\n", rig.world.paths.scripts())).unwrap();
    rig.press("V j r");
    rig.wait(A_WHILE);
    rig.press("y");
    assert!(rig.said().starts_with("not restored: ") && rig.said().contains("read-only"), "{}", rig.said());
    assert_eq!(fs::read_to_string(path(&rig, "job/main.py")).unwrap(), "two\n");
}

#[test]
fn one_key_goes_to_the_version_that_broke_it() {
    let (mut rig, task) = with_versions(&["good\n"]);
    rig.press("B");
    assert_eq!(rig.said(), "job is not broken: no run failed after the last one that succeeded");
    let good = ran(&rig, task, Outcome::Succeeded);
    let good_version = scripts::newest(&rig.reader, task, File::Script).unwrap().unwrap().id;
    save(&rig, task, "between\n");
    let bad_version = save(&rig, task, "bad\n");
    let bad = ran(&rig, task, Outcome::Failed(1));
    for n in 0..5 {
        save(&rig, task, &format!("later {n}\n"));
    }
    ran(&rig, task, Outcome::Failed(1));
    rig.wake();
    // From the list as from the versions.
    for keys in ["b", "Esc B", "Esc 3 B"] {
        rig.press(keys);
        assert_eq!(versions(&rig).rows.selected().unwrap().id, good_version, "{keys}: what may be brought back");
    }
    assert_eq!(difference(&rig), ["-good", "+bad"], "from what was good, not from the one before");
    let text = versions(&rig).broke.clone().unwrap();
    assert!(
        text.starts_with(&format!("#{good} was ok with version ")) && text.contains(&format!("#{bad} failed")),
        "{text}"
    );
    rig.press("k");
    assert_eq!(difference(&rig), ["-good", "+between"]);
    rig.press("k");
    assert_eq!(versions(&rig).rows.selected().unwrap().id, bad_version);
    assert_eq!(difference(&rig), ["-good", "+bad"]);
    rig.press("j j");
    assert_eq!(difference(&rig), ["-good", "+bad"]);
    rig.press("?");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Help(_))), "its keys");
    rig.press("Esc r");
    assert!(rig.screen().contains(&format!("Write version {good_version} into")), "{}", rig.screen());
}

#[test]
fn when_the_script_is_the_same_that_is_said() {
    let (mut rig, task) = with_versions(&["good\n"]);
    ran(&rig, task, Outcome::Succeeded);
    ran(&rig, task, Outcome::Failed(1));
    rig.press("V b");
    assert_eq!(rig.said(), "#1 was ok and #2 failed with the same script: it was not the script that changed");
}

#[test]
fn the_details_say_which_version_a_run_executed_and_a_command_has_none() {
    let (mut rig, task) = with_versions(&["one\n"]);
    ran(&rig, task, Outcome::Succeeded);
    rig.wake();
    rig.press("4");
    while rig.model.tab != Tab::Details {
        rig.press("4");
    }
    let screen = rig.screen();
    let hash = Hash::of(b"one\n").short();
    assert!(
        screen.lines().any(|line| line.contains("script") && line.contains(&format!("({hash}, saved "))),
        "{screen}"
    );
    let mut rig = Rig::new(&["plain"]);
    for key in ["V", "B"] {
        rig.press(key);
        assert_eq!(rig.said(), "plain has no script: its definition is edited with e");
    }
}

#[test]
fn the_versions_at_three_sizes() {
    let version = |id: i64, origin, size| Version {
        id: VersionId(id),
        task: TaskId(1),
        file: File::Script,
        hash: Hash::of(&id.to_le_bytes()),
        size,
        is_kept: size < 1 << 20,
        saved_at: "2026-11-21T09:12:00Z".parse().unwrap(),
        origin,
        commit: (id == 12).then(|| "0123456789abcdef0123456789abcdef01234567".to_owned()),
    };
    let old = (1..60).map(|n| format!("line {n}\n")).collect::<String>();
    let new = old.replace("line 7\n", "line seven\nand another one\n").replace("line 50\n", "");
    for size in [(120, 40), (80, 24), (40, 12)] {
        let mut stage = Stage::full(size);
        stage.model.layers.push(Layer::Versions(Box::new(Versions::of(TaskId(1), "photo-index".to_owned()))));
        let rows = vec![
            version(17, Origin::Saved, 1410),
            version(12, Origin::Outside, 1398),
            version(9, Origin::Restored, 3 << 20),
            version(4, Origin::Created, 218),
        ];
        stage.answer(
            Of::Versions,
            Answer::Versions(TaskId(1), File::Script, Page { rows, at_start: true, at_end: true }),
        );
        let against = Against { old: Some(VersionId(12)), compared: Ok(compare_texts(old.as_bytes(), new.as_bytes())) };
        stage.answer(Of::Difference, Answer::Difference(VersionId(17), against));
        insta::assert_snapshot!(format!("versions-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

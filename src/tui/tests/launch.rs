//! A run that is asked for from the text of its script.

use super::*;
use crate::domain::version::File;
use crate::store::scripts;
use crate::tui::action::Scope;
use crate::tui::model::Tab;
use crate::tui::msg::Engine;

/// How many runs there are.
fn runs(rig: &Rig) -> usize {
    crate::store::runs::page(&rig.reader, None, &crate::store::From::Start, 9).unwrap().len()
}

fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn f5_saves_a_version_of_what_is_not_saved_runs_the_task_and_says_both() {
    for style in [crate::config::EditorKeys::Plain, crate::config::EditorKeys::Vim] {
        let (mut rig, path) = Rig::with_script("print(1)\n");
        rig.model.editor.style = style;
        rig.model.engine = Some(Engine::Here);
        rig.model.size = Size::new(120, 24);
        rig.press("e");
        assert!(rig.screen().contains("F5 run"), "{}", rig.screen());
        rig.press(if rig.model.editor.is_vim() { "O" } else { "Home" });
        rig.type_text("#");
        rig.press("F5");
        assert!(text(&path).starts_with('#'), "{style:?}");
        let task = rig.model.subject.unwrap();
        let version = scripts::newest(&rig.reader, task, File::Script).unwrap().unwrap().id;
        assert_eq!(rig.said(), format!("saved version {version}; queued #1 of backup (x stops it)"));
        assert_eq!((rig.model.tab, runs(&rig)), (Tab::Log, 1), "what it prints is what is looked for");
        assert!(rig.model.editor.launch.is_none() && !rig.model.editor.editing);
    }
}

#[test]
fn f5_on_a_text_that_is_saved_runs_it_and_a_run_in_the_way_is_asked_about() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.model.engine = Some(Engine::Here);
    rig.press("e F5");
    assert_eq!((rig.said(), runs(&rig)), ("queued #1 of backup (x stops it)", 1));
    rig.press("4 Enter");
    rig.type_text("#");
    rig.press("F5");
    assert!(rig.screen().contains("backup has 1 unfinished run"), "{}", rig.screen());
    assert_eq!((text(&path).as_str(), runs(&rig)), ("#print(1)\n", 1));
    rig.model.now.since += A_WHILE;
    rig.press("y");
    assert!(rig.said().starts_with("saved version ") && rig.said().contains("; queued #2 of"), "{}", rig.said());
}

#[test]
fn f5_asks_before_it_runs_what_has_a_problem_and_no_is_the_default() {
    let (mut rig, path) = Rig::with_script("x = 1\n");
    rig.press("e");
    rig.type_text("x = = 1\n");
    for (answer, after) in [("Enter", 0), ("Esc", 0), ("y", 1)] {
        rig.press("F5");
        let screen = rig.screen();
        assert!(screen.contains("Run it with 1 problem?") && screen.contains("main.py, line 1: invalid"), "{screen}");
        assert_eq!((text(&path).as_str(), runs(&rig)), ("x = = 1\nx = 1\n", 0), "it is saved, and does not run");
        rig.model.now.since += A_WHILE;
        rig.press(answer);
        assert_eq!(runs(&rig), after, "{answer}");
        assert_eq!(rig.model.scope() == Scope::Editor, after == 0, "{answer}");
    }
    // What only deserves a second look is no reason to ask.
    let (mut rig, _) = Rig::with_script("run(x, shell=True)\n");
    rig.press("e F5");
    assert_eq!(runs(&rig), 1);
}

#[test]
fn f5_saves_the_other_file_of_the_task_too() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    rig.press("e Ctrl-n");
    rig.type_text("requests");
    rig.press("Ctrl-n F5");
    assert_eq!(text(&path.with_file_name("requirements.txt")), "requests\n");
    assert_eq!(runs(&rig), 1);
    assert_eq!(rig.model.editor.unsaved(), 0);
}

#[test]
fn f5_runs_nothing_when_a_file_of_the_task_cannot_be_saved_and_goes_there() {
    let (mut rig, path) = Rig::with_script("print(1)\n");
    let requirements = path.with_file_name("requirements.txt");
    std::fs::write(&requirements, "a\n").unwrap();
    rig.press("e Ctrl-n");
    rig.type_text("b");
    std::fs::write(&requirements, "c\n").unwrap();
    rig.press("Ctrl-n F5");
    assert_eq!((runs(&rig), text(&requirements).as_str()), (0, "c\n"));
    assert!(rig.screen().contains("requirements.txt was changed on disk"), "{}", rig.screen());
    rig.model.now.since += A_WHILE;
    rig.press("m");
    assert_eq!(
        (runs(&rig), text(&requirements).as_str()),
        (0, "ba\n"),
        "to save it was asked for, to run it not again"
    );
    rig.press("F5");
    assert_eq!(runs(&rig), 1);
}

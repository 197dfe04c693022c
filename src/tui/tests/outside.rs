//! What leaves the screen: copies, texts for an editor, the keys around it, and the mouse.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::domain::task::Status;
use crate::store::runs;
use crate::tui::clipboard::Copied;
use crate::tui::input::{Mouse, MouseAct};
use crate::tui::model::Pane;
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::Level;
use crate::tui::msg::Back;
use crate::tui::outside::{Edited, Left};

fn todo(rig: &Rig, name: &str) -> TaskId {
    let definition = Definition::new(name, Work::Todo(Status::Open));
    rig.world.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
}

/// Comes back from outside, and lets the type-ahead guard pass.
fn back(rig: &mut Rig, back: Back) {
    rig.send(Msg::Back(back));
    rig.model.now.since += A_WHILE;
}

#[test]
fn ux_36_the_copy_menu_copies_each_part_of_the_task_under_the_cursor_and_says_what_there_is_not() {
    let mut rig = Rig::new(&["alpha"]);
    let task = tasks::find(&rig.reader, "alpha").unwrap().id;
    rig.plan(task, "every 15m");
    rig.wake();
    rig.press("y c y w y y y n");
    let copied: Vec<(&str, &str)> = rig.copied.iter().map(|(text, what)| (text.as_str(), what.as_str())).collect();
    assert_eq!(
        copied,
        [
            ("echo alpha", "the command of alpha"),
            ("every 15m", "the schedules of alpha"),
            ("alpha", "the name alpha"),
            ("alpha", "the name alpha"),
        ]
    );
    rig.press("y i");
    assert_eq!(rig.said(), "alpha has not run: nothing to copy");
    let queue = move |db: &crate::store::Db| {
        runs::queue(db, task, crate::domain::run::Trigger::Manual, None, &[], Timestamp::now())
    };
    let run = rig.world.store.write(queue).unwrap();
    rig.wake();
    rig.model.layers.clear();
    rig.press("y i y l");
    let [.., number, path] = rig.copied.as_slice() else { panic!("{:?}", rig.copied) };
    assert_eq!((number.0.as_str(), number.1.as_str()), ("1", "the number of #1 of alpha"));
    assert!(path.0.ends_with(&format!("{run}/output")), "{path:?}");
    todo(&rig, "aaa");
    rig.wake();
    rig.press("g y c");
    assert_eq!(rig.said(), "aaa is a to-do: it has no command to copy");
    assert_eq!(rig.copied.len(), 6);
}

#[test]
fn ux_36_what_became_of_a_copy_is_said_and_that_a_terminal_took_it_is_not() {
    let mut rig = Rig::new(&[]);
    let what = || "3 lines".to_owned();
    let path = PathBuf::from("/state/copied.txt");
    for (copied, said) in [
        (Copied::Sequence { what: what(), sequence: String::new() }, "sent to the terminal's clipboard: 3 lines"),
        (Copied::Tmux { what: what() }, "sent to tmux's buffer, and by it to the terminal's clipboard: 3 lines"),
        (
            Copied::File { what: what(), path: path.clone(), too_long: true },
            "too much for a terminal's clipboard, so written to /state/copied.txt: 3 lines",
        ),
        (Copied::File { what: what(), path, too_long: false }, "written to /state/copied.txt: 3 lines"),
        (Copied::Failed { what: what(), reason: "no room".to_owned() }, "not copied: 3 lines: no room"),
    ] {
        let failed = matches!(copied, Copied::Failed { .. });
        rig.send(Msg::Copied(copied));
        assert_eq!(rig.said(), said);
        let level = rig.model.messages.all().last().map(|message| message.level);
        assert_eq!(level, Some(if failed { Level::Error } else { Level::Ok }));
    }
}

#[test]
fn ux_24_what_is_typed_while_the_editor_is_on_its_way_is_no_command_and_neither_is_it_just_behind() {
    let mut rig = Rig::new(&["alpha"]);
    rig.model.leaving = true;
    rig.press("D x ?");
    rig.send(Msg::Paste("text".to_owned()));
    assert!(rig.model.layers.is_empty() && rig.said().is_empty());
    rig.model.leaving = false;
    rig.press("o");
    assert!(!rig.model.leaving, "the editor was asked for: nothing waits any more");
    assert!(matches!(&rig.outside[..], [Outside::Editor(Edited::Command { slug, .. })] if slug == "alpha"));
    let Some(Outside::Editor(edited)) = rig.outside.pop() else { panic!("no editor") };
    rig.send(Msg::Back(Back::Edited(edited, Ok(Left::Same))));
    assert_eq!(rig.said(), "nothing was changed");
    rig.press("? ?");
    assert!(rig.model.layers.is_empty());
    rig.model.now.since += Duration::from_millis(150);
    rig.press("?");
    assert!(matches!(rig.model.layers.last(), Some(Layer::Help(_))));
}

#[test]
fn ux_24_a_command_that_was_edited_is_saved_as_one_change_unless_it_is_wrong_or_was_changed_meanwhile() {
    let mut rig = Rig::new(&["alpha"]);
    let task = tasks::find(&rig.reader, "alpha").unwrap().id;
    let command = |rig: &Rig| match tasks::get(&rig.reader, task).unwrap().definition.work {
        Work::Command(command) => command,
        work => panic!("{work:?}"),
    };
    let file = PathBuf::from("/state/edited/alpha.1.sh");
    let edit = |rig: &mut Rig, text: &str, meanwhile: Option<&str>| {
        rig.press("o");
        let Some(Outside::Editor(edited)) = rig.outside.pop() else { panic!("no editor") };
        if let Some(other) = meanwhile {
            let other = Definition::new("alpha", Work::Command(other.to_owned()));
            rig.world
                .store
                .write(move |db| {
                    crate::store::changes::Step::new(crate::domain::change::By::Dashboard, Timestamp::now()).define(
                        db,
                        task,
                        &other,
                        &[],
                    )
                })
                .unwrap();
        }
        let left = Left::Changed { text: text.to_owned(), file: file.clone() };
        back(rig, Back::Edited(edited, Ok(left)));
    };
    edit(&mut rig, "echo one\necho two", None);
    assert_eq!((rig.said(), command(&rig).as_str()), ("saved alpha (u undoes)", "echo one\necho two"));
    assert_eq!(rig.removed, std::slice::from_ref(&file));
    rig.press("u");
    assert_eq!(command(&rig), "echo alpha");
    edit(&mut rig, "echo mine", Some("echo theirs"));
    assert_eq!(rig.said(), "not saved: the command was changed meanwhile; the text is in /state/edited/alpha.1.sh");
    assert_eq!((command(&rig).as_str(), rig.removed.len()), ("echo theirs", 1));
    // An empty text is how one gives up; without a command it would be a to-do.
    edit(&mut rig, " ", None);
    assert_eq!((rig.said(), rig.removed.len()), ("not changed: the text was empty", 2));
    assert_eq!(command(&rig), "echo theirs");
}

#[test]
fn ux_24_a_field_of_the_form_is_edited_outside_and_can_be_undone_there() {
    let mut rig = Rig::new(&["alpha"]);
    rig.press("e Tab Ctrl-o");
    let Some(Outside::Editor(Edited::Field { key, text })) = rig.outside.pop() else { panic!("{:?}", rig.outside) };
    assert_eq!((key, text.as_str()), ("command", "echo alpha"));
    let file = PathBuf::from("/state/edited/command.1.sh");
    let left = Left::Changed { text: "echo\nnew".to_owned(), file: file.clone() };
    back(&mut rig, Back::Edited(Edited::Field { key, text }, Ok(left)));
    assert_eq!(rig.removed, [file]);
    let shown = |rig: &Rig| match rig.model.layers.last() {
        Some(Layer::Form(form)) => form.draft().text("command").to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown(&rig), "echo\nnew");
    rig.press("Ctrl-z Ctrl-z");
    assert_eq!(shown(&rig), "echo alpha");
}

#[test]
fn ux_16_what_went_wrong_outside_is_said() {
    let mut rig = Rig::new(&["alpha"]);
    rig.press("Ctrl-z");
    assert_eq!(rig.outside, [Outside::Shell]);
    for (came, said) in [
        (
            Back::Shell(Err("no shell is there to continue it".to_owned())),
            "not suspended: no shell is there to continue it",
        ),
        (
            Back::Pager(Err("`x` cannot be started (exit 127)".to_owned())),
            "the pager: `x` cannot be started (exit 127)",
        ),
        (Back::Plain(Err("gone".to_owned())), "not shown to its end: gone"),
    ] {
        back(&mut rig, came);
        assert_eq!(rig.said(), said);
    }
    rig.press("Y");
    assert_eq!(rig.outside.pop(), Some(Outside::Pane));
    rig.press("4 Y o");
    assert_eq!((rig.outside.pop(), rig.said()), (Some(Outside::Shell), "no run is shown"));
}

#[test]
fn the_mouse_does_nothing_until_it_is_on_and_then_what_keys_do() {
    let mut rig = Rig::new(&["a", "b", "c", "d", "e", "f"]);
    let mouse = |act, x, y| Msg::Mouse(Mouse { act, x, y });
    rig.send(mouse(MouseAct::Press, 5, 4));
    assert_eq!(rig.selected(), "a");
    rig.press("M");
    assert!(rig.model.mouse && rig.said().starts_with("the mouse is on"));
    // The list begins in the third row.
    rig.send(mouse(MouseAct::Press, 5, 4));
    assert_eq!(rig.selected(), "c");
    rig.send(mouse(MouseAct::WheelDown, 5, 10));
    assert_eq!(rig.selected(), "f");
    rig.send(mouse(MouseAct::WheelUp, 5, 10));
    assert_eq!(rig.selected(), "c");
    // Below the last row, and on the border, nothing is selected.
    rig.send(mouse(MouseAct::Press, 5, 12));
    rig.send(mouse(MouseAct::Press, 0, 1));
    assert_eq!(rig.selected(), "c");
    rig.send(mouse(MouseAct::Press, 5, 32));
    assert_eq!(rig.model.focus, Pane::Runs);
    rig.send(mouse(MouseAct::WheelDown, 5, 5));
    assert_eq!((rig.selected(), rig.model.focus), ("f", Pane::Runs), "the wheel gives no pane the keys");
    rig.send(mouse(MouseAct::Press, 500, 500));
    // In a dialog nothing is ever clicked.
    rig.press("1 D");
    rig.model.now.since += A_WHILE;
    for act in [MouseAct::Press, MouseAct::Release, MouseAct::WheelDown, MouseAct::Drag] {
        for y in 0..40 {
            rig.send(mouse(act, 60, y));
        }
    }
    assert!(matches!(rig.model.layers.last(), Some(Layer::Dialog(_))));
    rig.press("Esc M");
    assert!(!rig.model.mouse);
}

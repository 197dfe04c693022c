//! The marked tasks as one text: edited, asked about, done, refused, undone (A6).

use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Size;

use super::{A_WHILE, Rig};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::field::Context;
use crate::domain::task::{Definition, Priority, Status, Work};
use crate::store::batches::BATCH;
use crate::store::changes::{self, Step};
use crate::store::{roster, tasks};
use crate::tui::editor::roster::Kept;
use crate::tui::model::Pane;
use crate::tui::model::layer::{Dialog, Layer};
use crate::tui::model::toast::Level;
use crate::tui::msg::Msg;
use crate::tui::worker::roster::{Record, broken_off};

fn dialog(rig: &Rig) -> &Dialog {
    match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => dialog,
        other => panic!("{other:?}: {}", rig.said()),
    }
}

fn text(rig: &Rig) -> Vec<&str> {
    let doc = rig.model.editor.doc().unwrap();
    doc.buffer.lines().iter().map(String::as_str).filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}

fn priority(rig: &Rig, slug: &str) -> u8 {
    tasks::find(&rig.reader, slug).unwrap().definition.priority.get()
}

fn set_priority(rig: &Rig, slug: &str, priority: u8) {
    let task = tasks::find(&rig.reader, slug).unwrap();
    let mut definition = task.definition;
    definition.priority = Priority::new(priority).unwrap();
    let now = jiff::Timestamp::now();
    rig.world.store.write(move |db| Step::new(By::Cli, now).define(db, task.id, &definition, &[])).unwrap();
}

fn marked(rig: &Rig) -> Vec<&str> {
    rig.model.marks.tasks.all().map(|(_, slug)| slug).collect()
}

/// Writes a priority of one digit over that of the line of the cursor.
fn write(rig: &mut Rig, priority: char) {
    rig.press(&format!("End Backspace {priority}"));
}

/// Saves, and says yes.
fn apply(rig: &mut Rig) {
    rig.press("Ctrl-s");
    rig.wait(A_WHILE);
    rig.press("y");
}

#[test]
fn a6_what_is_marked_is_one_text_that_is_asked_about_once_and_undone_as_one() {
    let mut rig = Rig::new(&["a", "b", "c", "d"]);
    rig.press("Space Space Space e");
    assert_eq!(
        text(&rig),
        [
            "    1 a                            | priority:5",
            "    2 b                            | priority:5",
            "    3 c                            | priority:5",
        ]
    );
    assert!(rig.screen().contains("Ctrl-s save  Esc leave"), "there is nothing to run: {}", rig.screen());
    write(&mut rig, '3');
    rig.press("Down Down Home Home");
    rig.type_text("d ");
    rig.press("Ctrl-s");
    assert_eq!(dialog(&rig).title, "Change 1 task, delete 1?");
    assert_eq!(dialog(&rig).lines, ["1 task stays as it is.", "One u takes all of it back."]);
    assert_eq!((priority(&rig, "a"), rig.slugs().len()), (5, 4), "nothing is done before it is answered");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(rig.said(), "changed 1 task, deleted 1 (u takes all of it back)");
    assert_eq!((priority(&rig, "a"), rig.slugs()), (3, vec!["a".to_owned(), "b".to_owned(), "d".to_owned()]));
    assert_eq!((marked(&rig).len(), rig.model.focus), (0, Pane::Tasks), "only what is refused stays marked");
    rig.press("u");
    assert_eq!((priority(&rig, "a"), rig.slugs().len()), (5, 4), "one u takes all of it back");
    rig.press("U");
    assert_eq!((priority(&rig, "a"), rig.slugs().len()), (3, 3));
}

#[test]
fn a6_the_lines_come_in_the_order_of_the_list() {
    let mut rig = Rig::new(&[]);
    for (name, day) in [("a", 3), ("b", 1), ("c", 2)] {
        let mut definition = Definition::new(name, Work::Todo(Status::Open));
        definition.due_at = Some(format!("2030-01-0{day}T00:00:00Z").parse().unwrap());
        rig.world.store.write(move |db| tasks::add(db, &definition, jiff::Timestamp::now())).unwrap();
    }
    rig.wake();
    rig.press(", d * e");
    let names: Vec<&str> = text(&rig).into_iter().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(names, ["b", "c", "a"]);
}

#[test]
fn a6_x1_a_mistake_is_pointed_at_and_nothing_is_done() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("* e");
    write(&mut rig, '3');
    rig.press("Down End");
    rig.type_text(" prioritty:3 +x");
    rig.press("Ctrl-s");
    assert_eq!(
        rig.said(),
        "nothing is changed: line 9: there is no field `prioritty`; did you mean priority?",
        "{}",
        rig.screen()
    );
    let doc = rig.model.editor.doc().unwrap();
    let (cursor, findings) = (doc.buffer.cursor(), doc.findings.len());
    assert_eq!((cursor.row, cursor.col, findings), (8, 48, 1));
    assert!(rig.model.layers.is_empty());
    assert_eq!(priority(&rig, "a"), 5);
    // A value that does not fit the task is met in the store.
    rig.press("Ctrl-k End");
    rig.type_text(" status:open");
    rig.press("Ctrl-s");
    assert!(rig.said().contains("line 8: status: only a to-do has a status"), "{}", rig.said());
    assert_eq!(rig.model.editor.doc().unwrap().buffer.cursor().col, 48);
}

#[test]
fn a6_what_somebody_else_changed_meanwhile_stays_and_is_refused_with_its_reason() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    rig.press("* e");
    for at in ['1', '2', '3'] {
        write(&mut rig, at);
        rig.press("Down");
    }
    set_priority(&rig, "a", 9);
    let (store, c) = (rig.world.store.clone(), tasks::find(&rig.reader, "c").unwrap().id);
    store.write(move |db| Step::new(By::Cli, jiff::Timestamp::now()).delete(db, c)).unwrap();
    rig.press("Ctrl-s");
    assert_eq!(dialog(&rig).title, "Change 1 task?");
    assert!(dialog(&rig).lines[0].starts_with("2 changed or deleted by somebody else meanwhile"));
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(rig.said(), "changed 1 task (u takes all of it back); 2 refused stay marked, ! says why");
    assert_eq!((priority(&rig, "a"), priority(&rig, "b"), marked(&rig)), (9, 2, vec!["a", "c"]));
    let all: Vec<(Level, &str)> =
        rig.model.messages.all().iter().map(|note| (note.level, note.text.as_str())).collect();
    for said in [
        "a was not changed: its priority was changed meanwhile: it is `9` now",
        "c was not changed: it was deleted meanwhile",
    ] {
        assert!(all.contains(&(Level::Warn, said)), "{said}: {all:?}");
    }
}

#[test]
fn a6_what_was_written_is_not_lost_by_leaving_and_not_done_by_it() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("* e Esc");
    assert_eq!((rig.model.focus, rig.model.layers.len()), (Pane::Tasks, 0), "nothing was written");
    rig.press("e");
    write(&mut rig, '3');
    rig.press("Esc");
    rig.wait(A_WHILE);
    rig.press("n");
    assert!(text(&rig)[0].ends_with("priority:3") && rig.model.editor.editing);
    // Another pane takes the keys.
    rig.model.focus = Pane::Tasks;
    rig.wake();
    assert!(rig.said().contains("is not applied: e goes on with it"), "{}", rig.said());
    rig.press("e");
    assert!(text(&rig)[0].ends_with("priority:3"), "{:?}", text(&rig));
    rig.press("Esc");
    rig.wait(A_WHILE);
    rig.press("x");
    assert_eq!((priority(&rig, "a"), rig.model.focus), (5, Pane::Tasks));
    rig.press("e");
    assert!(text(&rig)[0].ends_with("priority:5"), "{:?}", text(&rig));
}

#[test]
fn ux_28_the_text_has_the_whole_screen_is_not_cut_and_leaves_the_panes_as_they_were() {
    for (width, keys) in [(120, "* e"), (80, "* e"), (80, "z * e")] {
        let mut rig = Rig::new(&["a", "b"]);
        rig.send(Msg::Resize(Size::new(width, 24)));
        rig.press(keys);
        let (zoomed, tab) = (keys.starts_with('z'), rig.model.before_roster.unwrap().tab);
        let screen = rig.screen();
        assert!(rig.model.zoom && !screen.contains('…'), "{width}: {screen}");
        assert!(screen.contains("begins with #"), "{width}: {screen}");
        assert!(screen.lines().last().unwrap().contains("Ctrl-s save  Esc leave"), "{width}: {screen}");
        write(&mut rig, '3');
        apply(&mut rig);
        assert_eq!((priority(&rig, "a"), rig.model.zoom, rig.model.tab), (3, zoomed, tab), "{width} {keys}");
        rig.press("* e");
        // Another pane takes the keys.
        rig.model.focus = Pane::Tasks;
        rig.wake();
        assert_eq!(rig.model.zoom, zoomed, "{width} {keys}");
    }
}

#[test]
fn ux_48_what_was_written_is_a_draft_a_second_later_and_is_offered_again_with_what_it_was_before() {
    for answer in ["g", "x", "l"] {
        let mut rig = Rig::new(&["a", "b", "c"]);
        rig.press("Space Space e");
        write(&mut rig, '3');
        let drafts = rig.world.paths.drafts();
        rig.wait(Duration::from_millis(900));
        assert!(!drafts.exists());
        rig.wait(Duration::from_millis(100));
        let kept =
            |of: &str| assert_eq!(std::fs::read_dir(&drafts).unwrap().count(), usize::from(of == "kept"), "{answer}");
        kept("kept");
        // Another dashboard, after this one was killed. Somebody else has changed the other task meanwhile.
        set_priority(&rig, "b", 9);
        let mut rig = rig.restarted();
        let waits = rig.files.waiting().unwrap();
        rig.send(Msg::Editor(waits));
        assert_eq!(rig.said(), "a text of marked tasks waits: e on marked tasks offers it");
        rig.press("G Space e");
        assert_eq!(dialog(&rig).title, "A text of 2 tasks waits");
        assert_eq!(priority(&rig, "a"), 5, "nothing is done by itself");
        rig.wait(A_WHILE);
        rig.press(answer);
        match answer {
            "g" => {
                assert!(text(&rig)[0].ends_with("priority:3"), "{:?}", text(&rig));
                apply(&mut rig);
                assert_eq!((priority(&rig, "a"), priority(&rig, "b")), (3, 9), "{}", rig.said());
                kept("none");
            }
            "x" => {
                assert_eq!(text(&rig), ["    3 c                            | priority:5"]);
                kept("none");
            }
            _ => {
                assert_eq!((rig.model.focus, rig.model.layers.len()), (Pane::Tasks, 0));
                kept("kept");
            }
        }
    }
}

#[test]
fn ux_48_a_text_that_is_as_it_was_again_or_thrown_away_is_no_draft() {
    let mut rig = Rig::new(&["a"]);
    rig.press("* e");
    write(&mut rig, '3');
    rig.wait(A_WHILE);
    let drafts = rig.world.paths.drafts();
    let count = || std::fs::read_dir(&drafts).unwrap().count();
    assert_eq!(count(), 1);
    rig.press("Ctrl-z Ctrl-z");
    assert_eq!(count(), 0, "{:?}", text(&rig));
    rig.press("Ctrl-y Ctrl-y");
    rig.wait(A_WHILE);
    assert_eq!(count(), 1);
    rig.press("Esc");
    rig.wait(A_WHILE);
    rig.press("x");
    assert_eq!(count(), 0);
}

#[test]
fn a6_what_was_killed_half_way_is_told_at_the_next_start_its_rest_offered_and_what_is_done_undone() {
    let names: Vec<String> = (0..250).map(|n| format!("t{n:03}")).collect();
    let rig = Rig::new(&[]);
    rig.add_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let now = jiff::Timestamp::now();
    let zone = jiff::tz::TimeZone::UTC;
    let context = Context { zone, now, folder: rig.world.folder.clone(), types: None };
    let ids: Vec<TaskId> = names.iter().map(|name| tasks::find(&rig.reader, name).unwrap().id).collect();
    let opened = roster::open(&rig.reader, &ids, &context).unwrap();
    let text = opened.text.replace("priority:5", "priority:2");
    let edits = Arc::new(crate::domain::roster::read(&opened.text, &text).unwrap());
    let kept = Kept { opened, text: text.into() };
    let record = Record::begin(&rig.world.paths.applied(), &kept, now).unwrap();
    roster::carry_out(&rig.world.store, By::Dashboard, &edits, &context, |done| done == 0).unwrap();
    assert_eq!(broken_off(&rig.world), [], "as long as its process lives nothing is broken off");
    // The end of the process takes the lock, and nothing else.
    drop(record);
    let mut rig = rig.restarted();
    for found in broken_off(&rig.world) {
        rig.send(Msg::BrokenOff(found));
    }
    let said = rig.said();
    assert!(
        said.starts_with("a bulk edit of ") && said.contains(" was broken off: 100 tasks done, 150 not; "),
        "{said}"
    );
    assert!(said.ends_with("u takes back what is done, e on marked tasks offers the rest"), "{said}");
    assert_eq!(broken_off(&rig.world), [], "it is told once");
    rig.press("Space e");
    rig.wait(A_WHILE);
    rig.press("g Ctrl-s");
    assert_eq!(dialog(&rig).title, "Change 150 tasks?");
    rig.wait(A_WHILE);
    rig.press("y");
    assert!((0..250).all(|n| priority(&rig, &format!("t{n:03}")) == 2), "{}", rig.said());
    rig.press("u u");
    assert!((0..250).all(|n| priority(&rig, &format!("t{n:03}")) == 5), "{}", rig.said());
}

#[test]
fn a6_a_bulk_edit_that_came_to_its_end_leaves_no_record() {
    let mut rig = Rig::new(&["a"]);
    rig.press("* e");
    write(&mut rig, '3');
    apply(&mut rig);
    assert_eq!(priority(&rig, "a"), 3);
    assert_eq!(std::fs::read_dir(rig.world.paths.applied()).unwrap().count(), 0);
}

#[test]
fn a6_a_large_one_is_cancelled_between_two_transactions_and_what_is_done_is_one_step() {
    let names: Vec<String> = (0..BATCH + 150).map(|n| format!("t{n:03}")).collect();
    let mut rig = Rig::new(&[]);
    rig.add_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.wake();
    rig.press("* e Ctrl-r");
    rig.type_text("priority:5");
    rig.press("Enter");
    rig.type_text("priority:2");
    rig.press("Enter");
    assert!(text(&rig).iter().all(|line| line.ends_with("priority:2")), "{}\n{}", rig.screen(), rig.said());
    rig.batches = 1;
    apply(&mut rig);
    assert_eq!(
        rig.said(),
        format!("changed {BATCH} tasks (u takes all of it back); cancelled, 150 not come to"),
        "after the first transaction"
    );
    let (last, next) = (format!("t{:03}", BATCH - 1), format!("t{BATCH:03}"));
    assert_eq!((priority(&rig, &last), priority(&rig, &next), marked(&rig).len()), (2, 5, 150));
    rig.press("u");
    assert!((0..BATCH + 150).all(|n| priority(&rig, &format!("t{n:03}")) == 5));
    assert_eq!(changes::list(&rig.reader, jiff::Timestamp::now()).unwrap().len(), 1);
}

#[test]
fn a6_a_verb_over_many_is_cancelled_between_two_transactions_and_what_is_done_is_one_step() {
    let names: Vec<String> = (0..BATCH + 150).map(|n| format!("t{n:03}")).collect();
    let mut rig = Rig::new(&[]);
    rig.add_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.wake();
    rig.batches = 1;
    rig.press("* D");
    let number = (BATCH + 150).to_string();
    assert!(dialog(&rig).title.contains(&number), "{}", rig.screen());
    rig.wait(std::time::Duration::from_secs(1));
    rig.press("y");
    assert_eq!(rig.said(), format!("deleted {BATCH} tasks (u brings them back); cancelled, 150 not come to"));
    assert_eq!(marked(&rig).len(), 150);
    rig.press("u");
    assert_eq!(tasks::page(&rig.reader, &crate::store::From::Start, 1000).unwrap().len(), BATCH + 150);
}

#[test]
fn a6_while_it_is_done_undo_waits_and_the_key_that_ends_it_is_told() {
    let mut rig = Rig::new(&["a"]);
    rig.press("Ctrl-x");
    assert_eq!(rig.said(), "nothing is being done to many tasks");
    rig.model.applying = true;
    rig.model.progress = Some((400, 900));
    rig.wait(std::time::Duration::from_secs(20));
    assert!(rig.screen().contains("400 of 900 done; Ctrl-x ends it"), "{}", rig.screen());
    rig.press("u");
    assert!(rig.said().starts_with("a bulk edit is being applied: Ctrl-x ends it"), "{}", rig.said());
    rig.press("q");
    assert!(dialog(&rig).lines[0].contains("one undo takes it back"));
    // A verb over what is marked is no text: only the key is the same.
    rig.press("Esc");
    (rig.model.applying, rig.model.of_many) = (false, true);
    assert!(rig.screen().contains("400 of 900 done; Ctrl-x ends it"), "{}", rig.screen());
    assert_eq!(rig.model.reason(crate::tui::action::Action::EndBulk), None);
    // Undo has a progress as well, and no end half-way.
    rig.model.of_many = false;
    assert!(rig.screen().contains("400 of 900 done "), "{}", rig.screen());
}

#[test]
fn a6_more_than_can_be_edited_here_is_said_with_what_can() {
    let name = "x".repeat(194);
    let names: Vec<String> = (0..9_990).map(|n| format!("{name}{n}")).collect();
    let mut rig = Rig::new(&[]);
    rig.add_all(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.wake();
    rig.press("* e");
    assert_eq!(
        rig.said(),
        "9990 tasks are 2.1 MiB of text, and 2.0 MiB can be edited here: `tempo edit --all FILTER` takes any number"
    );
    assert_eq!(rig.model.focus, Pane::Tasks);
}

//! What to-dos mean to each other, by their keys: who waits, who waits no more, and what comes again.

use super::{A_WHILE, Rig};
use crate::domain::dependency;
use crate::domain::recur::Recur;
use crate::domain::task::{Definition, Status, Work};
use crate::store::tasks;
use crate::tui::model::layer::{Dialog, Layer};

/// A store with to-dos, each with what it waits for.
fn house(todos: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::new(&[]);
    for (name, waits_for) in todos {
        add(&rig, name, |definition| definition.depends_on = dependency::parse(waits_for).unwrap());
    }
    rig.wake();
    rig
}

fn add(rig: &Rig, name: &str, change: impl FnOnce(&mut Definition)) {
    let mut definition = Definition::new(name, Work::Todo(Status::Open));
    change(&mut definition);
    rig.world.store.write(move |db| tasks::add(db, &definition, jiff::Timestamp::now())).unwrap();
}

fn status(rig: &Rig, slug: &str) -> Status {
    match tasks::find(&rig.reader, slug).unwrap().definition.work {
        Work::Todo(status) => status,
        work => panic!("{work:?}"),
    }
}

fn question(rig: &Rig) -> &Dialog {
    match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => dialog,
        other => panic!("no question, but {other:?}"),
    }
}

#[test]
fn a3_what_is_done_says_whom_it_unblocks_and_what_is_opened_again_whom_it_blocks() {
    let mut rig = house(&[("floor", ""), ("paint", ""), ("wall", "paint"), ("window", "floor; paint")]);
    rig.press("j d");
    assert_eq!(rig.said(), "completed paint: unblocks wall (u undoes)");
    rig.press("d");
    assert_eq!(rig.said(), "reopened paint: blocks wall and window (u undoes)");
    // What one of them means to another of them is no news.
    rig.press("g v j j d");
    assert_eq!(rig.said(), "completed 3 tasks: unblocks window (u undoes)");
    rig.press("u g D");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(rig.said(), "deleted floor (u brings it back)", "the window waits for the paint, too");
}

#[test]
fn a3_a_to_do_that_waits_is_completed_or_begun_after_a_question_only() {
    let mut rig = house(&[("paint", ""), ("wall", "paint")]);
    for (key, done) in [("b", Status::InProgress), ("d", Status::Completed)] {
        rig.press("G");
        rig.press(key);
        let verb = if key == "b" { "Begin" } else { "Complete" };
        assert_eq!(question(&rig).title, format!("wall is blocked. {verb} it all the same?"));
        assert_eq!(question(&rig).lines, ["wall: it waits for paint to be done."]);
        rig.wait(A_WHILE);
        rig.press("Enter");
        assert_eq!((status(&rig, "wall"), rig.model.layers.len()), (Status::Open, 0), "Enter is on No");
        rig.press(key);
        rig.wait(A_WHILE);
        rig.press("y");
        assert_eq!(status(&rig, "wall"), done);
        let past = if key == "b" { "begun" } else { "completed" };
        assert_eq!(rig.said(), format!("{past} wall (u undoes)"));
        rig.press("u");
        assert_eq!(status(&rig, "wall"), Status::Open);
    }
}

#[test]
fn a3_of_several_those_that_wait_for_others_of_them_come_after_these_and_the_rest_is_asked_about() {
    // The first two wait for the third; the fourth for what is not marked.
    let mut rig =
        house(&[("z last", ""), ("c sand", ""), ("a wall", "c-sand"), ("b wall", "c-sand"), ("d door", "z-last")]);
    rig.press("g v j j j d");
    assert_eq!(["a-wall", "b-wall", "c-sand"].map(|slug| status(&rig, slug)), [Status::Completed; 3]);
    assert_eq!(rig.said(), "completed 3 of 4 (u undoes); 1 failed stays marked, ! says why");
    assert_eq!(question(&rig).lines, ["d-door: it waits for z-last to be done."]);
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!((status(&rig, "d-door"), rig.said()), (Status::Completed, "completed d-door (u undoes)"));
    assert_eq!(rig.model.marks.tasks.all().count(), 0);
}

#[test]
fn a2_what_comes_again_says_when_it_is_due_next() {
    let mut rig = Rig::new(&[]);
    let now = jiff::Timestamp::now();
    add(&rig, "Water plants", |definition| {
        definition.recur = Some(Recur::parse("3 days after done", &jiff::tz::TimeZone::UTC, now).unwrap());
        definition.due_at = Some(now);
    });
    rig.wake();
    rig.press("d");
    let said = rig.said();
    assert!(said.starts_with("completed water-plants; water-plants comes again: due "), "{said}");
    assert!(said.ends_with("(u undoes)"), "{said}");
}

//! Verbs over what is marked, the questions before them, and what is said of each.

use super::{A_WHILE, Rig};
use crate::domain::TaskId;
use crate::domain::change::By;
use crate::domain::run::{RunState, Trigger};
use crate::store::changes::{self, Step};
use crate::store::{runs, tasks};
use crate::tui::model::layer::{Dialog, Layer};
use crate::tui::model::toast::Level;

fn dialog(rig: &Rig) -> Option<&Dialog> {
    match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => Some(dialog),
        _ => None,
    }
}

fn labels(rig: &Rig) -> Vec<&str> {
    dialog(rig).map(|dialog| dialog.buttons.iter().map(|button| button.label.as_str()).collect()).unwrap_or_default()
}

fn id(rig: &Rig, slug: &str) -> TaskId {
    tasks::find(&rig.reader, slug).unwrap().id
}

fn paused(rig: &Rig, slug: &str) -> bool {
    tasks::find(&rig.reader, slug).unwrap().definition.paused
}

fn marked(rig: &Rig) -> Vec<&str> {
    rig.model.marks.tasks.all().map(|(_, slug)| slug).collect()
}

/// A run that an engine has started.
fn running(rig: &Rig, task: TaskId) -> crate::domain::RunId {
    rig.world
        .store
        .write(move |db| {
            let now = jiff::Timestamp::now();
            let run = runs::queue(db, task, Trigger::Schedule, None, &[], now)?;
            runs::starting(db, run, "boot")?;
            runs::running(db, run, 1, now)?;
            Ok(run)
        })
        .unwrap()
}

#[test]
fn ux_41_a_bulk_pause_is_one_step_says_how_many_and_keeps_failures_marked_with_their_reasons() {
    let mut rig = Rig::new(&["a", "b", "c", "d"]);
    for slug in ["a", "b"] {
        rig.plan(id(&rig, slug), "every 1h");
    }
    rig.plan(id(&rig, "d"), "every 1h");
    rig.press("*");
    let (store, d) = (rig.world.store.clone(), id(&rig, "d"));
    store.write(move |db| Step::new(By::Cli, jiff::Timestamp::now()).delete(db, d)).unwrap();
    rig.press("p");
    assert_eq!(rig.said(), "paused 2 of 4 (u undoes); 2 failed stay marked, ! says why");
    assert_eq!((marked(&rig), paused(&rig, "a"), paused(&rig, "b")), (vec!["c", "d"], true, true));
    let all: Vec<(Level, &str)> =
        rig.model.messages.all().iter().map(|note| (note.level, note.text.as_str())).collect();
    assert!(all.contains(&(Level::Warn, "c was not paused: it has no schedule: there is nothing to pause")), "{all:?}");
    assert!(all.contains(&(Level::Warn, "d was not paused: it was deleted meanwhile")), "{all:?}");
    rig.press("u");
    assert!(!paused(&rig, "a") && !paused(&rig, "b"), "one u takes all of it back");
}

#[test]
fn ux_41_p_pauses_all_when_one_does_not_rest_and_wakes_all_when_all_do() {
    let mut rig = Rig::new(&["a", "b"]);
    for slug in ["a", "b"] {
        rig.plan(id(&rig, slug), "every 1h");
    }
    rig.press("p * p");
    assert_eq!((paused(&rig, "a"), paused(&rig, "b"), rig.said()), (true, true, "paused 2 tasks (u undoes)"));
    rig.press("* p");
    assert_eq!((paused(&rig, "a"), paused(&rig, "b"), rig.said()), (false, false, "resumed 2 tasks (u undoes)"));
}

#[test]
fn ux_38_ux_40_deleting_several_asks_once_with_the_count_in_the_button_and_u_brings_all_back() {
    let mut rig = Rig::new(&["a", "b", "c", "d"]);
    rig.plan(id(&rig, "a"), "every 1h");
    running(&rig, id(&rig, "b"));
    rig.wake();
    rig.press("Space Space Space D");
    assert_eq!(labels(&rig)[0], "Delete 3 tasks");
    let lines = dialog(&rig).unwrap().lines.join(" ");
    for said in [
        "Their 1 schedule will not",
        "1 run goes on",
        "history of 1 run (0 bytes of output on disk) is kept",
        "is kept",
        "u brings them back",
    ] {
        assert!(lines.contains(said), "{said}: {lines}");
    }
    rig.press("y");
    assert_eq!(rig.slugs().len(), 4, "typed ahead");
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert_eq!((rig.slugs().len(), rig.model.layers.len()), (4, 0), "Enter is on No");
    rig.press("D");
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(
        (rig.slugs(), rig.said()),
        (vec!["d".to_owned()], "deleted 3 tasks, 1 run goes on (u brings them back)")
    );
    assert!(marked(&rig).is_empty());
    rig.press("u");
    assert_eq!(rig.slugs(), ["a", "b", "c", "d"]);
    assert!(rig.said().ends_with("; 3 tasks are back"), "{}", rig.said());
}

#[test]
fn a3_ux_38_a_deletion_says_who_would_wait_in_vain() {
    let mut rig = Rig::new(&["approve", "deploy", "report"]);
    let waits = |definition: &mut crate::domain::task::Definition| {
        definition.depends_on = crate::domain::dependency::parse("approve").unwrap();
    };
    for slug in ["deploy", "report"] {
        let task = id(&rig, slug);
        let mut definition = crate::store::tasks::get(&rig.world.store.reader().unwrap(), task).unwrap().definition;
        waits(&mut definition);
        let set = move |db: &crate::store::Db| crate::store::tasks::set(db, task, &definition, jiff::Timestamp::now());
        rig.world.store.write(set).unwrap();
    }
    running(&rig, id(&rig, "approve"));
    rig.wake();
    rig.press("D");
    let lines = dialog(&rig).unwrap().lines.join(" ");
    assert!(lines.contains("deploy and report wait for it, and are blocked without it."), "{lines}");
}

#[test]
fn ux_38_what_cannot_be_brought_back_takes_the_number_to_be_typed() {
    let mut rig = Rig::new(&["a", "b"]);
    let a = id(&rig, "a");
    for _ in 0..3 {
        let run = running(&rig, a);
        let now = jiff::Timestamp::now();
        let end =
            move |db: &crate::store::Db| runs::finish(db, run, crate::domain::run::Outcome::Succeeded, None, None, now);
        rig.world.store.write(end).unwrap();
    }
    rig.wake();
    for keys in ["y", "Enter", "Space", "3 Enter", "2 2 Enter", "Backspace Enter", "Ctrl-m", "n", "Esc"] {
        rig.press("Esc Esc * D");
        rig.wait(A_WHILE);
        rig.press("h");
        assert_eq!(dialog(&rig).unwrap().wanted.as_deref(), Some("2"), "{keys}");
        rig.wait(A_WHILE);
        rig.press(keys);
        assert_eq!((rig.slugs().len(), runs::count(&rig.reader, Some(a), 9).unwrap()), (2, 3), "{keys}");
        rig.press("Esc Esc");
    }
    rig.press("* D");
    rig.wait(A_WHILE);
    rig.press("h 2 Enter");
    assert_eq!(rig.slugs().len(), 2, "typed ahead of the second question");
    rig.wait(A_WHILE);
    rig.press("2 Enter");
    assert_eq!((rig.slugs().len(), runs::count(&rig.reader, Some(a), 9).unwrap()), (0, 0));
    rig.press("u");
    assert_eq!((rig.slugs().len(), runs::count(&rig.reader, Some(a), 9).unwrap()), (2, 0), "the history is gone");
}

#[test]
fn ux_38_few_runs_are_queued_at_once_and_many_are_asked_about() {
    let names: Vec<String> = (0..8).map(|n| format!("t{n}")).collect();
    let mut rig = Rig::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    rig.press("v j j j j r");
    assert!(rig.model.layers.is_empty());
    assert_eq!(runs::count(&rig.reader, None, 100).unwrap(), 5);
    assert!(rig.said().starts_with("queued 5 tasks; no engine runs"), "{}", rig.said());
    rig.press("* r");
    assert_eq!(labels(&rig), ["Run 8 tasks", "No"]);
    assert_eq!(dialog(&rig).unwrap().lines, ["5 have unfinished runs and are left out."]);
    rig.wait(A_WHILE);
    rig.press("y");
    assert!(rig.said().starts_with("queued 3 of 8") && rig.said().contains("5 failed stay marked"), "{}", rig.said());
    assert_eq!(marked(&rig).len(), 5);
    assert_eq!(runs::count(&rig.reader, None, 100).unwrap(), 8);
    // What was queued by hand here, and little of it, is taken back without a question.
    rig.press("x");
    assert_eq!(rig.said(), "stopped 5 tasks (X kills)");
    assert_eq!(runs::in_state(&rig.reader, None, RunState::Queued, 9).unwrap().len(), 3);
}

#[test]
fn ux_38_stopping_what_somebody_else_started_asks_and_killing_many_takes_their_number() {
    let names: Vec<String> = (0..7).map(|n| format!("t{n}")).collect();
    let mut rig = Rig::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        running(&rig, id(&rig, name));
    }
    rig.wake();
    rig.press("Space Space x");
    assert_eq!(labels(&rig)[0], "Stop 2 runs of 2 tasks");
    assert!(dialog(&rig).unwrap().lines[1].starts_with("2 of them were not started by hand"));
    rig.wait(A_WHILE);
    rig.press("y");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap().len(), 2);
    rig.press("* X");
    assert_eq!(dialog(&rig).unwrap().wanted.as_deref(), Some("7"));
    rig.wait(A_WHILE);
    rig.press("y Enter 6 Enter");
    assert!(runs::stop_requests(&rig.reader).unwrap().iter().all(|(_, kill)| !kill));
    rig.press("7 Enter");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap().iter().filter(|(_, kill)| *kill).count(), 7);
}

#[test]
fn ux_3_verbs_for_one_say_so_when_several_are_marked() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.press("*");
    for keys in ["E", "s", "R", "c"] {
        rig.press(keys);
        assert!(rig.model.layers.is_empty(), "{keys}");
        assert_eq!(rig.said(), "it is done to one task, and 2 are marked: Esc unmarks", "{keys}");
    }
    assert_eq!(rig.slugs().len(), 2);
}

#[test]
fn ux_3_t_sets_the_tags_of_one_task_and_changes_those_of_several_with_completion() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    let tags = |rig: &Rig, slug: &str| tasks::find(&rig.reader, slug).unwrap().definition.tags;
    rig.press("t");
    rig.type_text("nightly, nas");
    rig.press("Enter");
    assert_eq!((tags(&rig, "a"), rig.said()), (vec!["nas".to_owned(), "nightly".to_owned()], "tagged a (u undoes)"));
    rig.press("* t");
    rig.type_text("ni");
    rig.press("Tab");
    rig.type_text(" +new -nas");
    rig.press("Enter");
    assert_eq!(tags(&rig, "a"), ["new", "nightly"]);
    assert_eq!(
        (tags(&rig, "c"), rig.said()),
        (vec!["new".to_owned(), "nightly".to_owned()], "tagged 3 tasks (u undoes)")
    );
    rig.press("u");
    assert_eq!((tags(&rig, "a"), tags(&rig, "c")), (vec!["nas".to_owned(), "nightly".to_owned()], vec![]));
    // What is typed for several is a change; a list would take away tags that differ.
    rig.press("* t Ctrl-u");
    rig.type_text("x, y");
    rig.press("Enter");
    assert!(rig.said().contains("+tag"), "{}", rig.said());
    rig.press("Esc");
    assert_eq!(tags(&rig, "b"), Vec::<String>::new());
}

#[test]
fn ux_3_c_copies_a_task_with_its_schedules_at_rest_selects_it_and_u_takes_it_away() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.plan(id(&rig, "a"), "every 1h");
    rig.press("c");
    assert_eq!((rig.selected(), rig.slugs()), ("a-copy", vec!["a".to_owned(), "a-copy".to_owned(), "b".to_owned()]));
    let copy = tasks::find(&rig.reader, "a-copy").unwrap();
    assert!(copy.definition.paused && copy.definition.name == "a copy");
    assert_eq!(crate::store::schedules::of_task(&rig.reader, copy.id).unwrap().len(), 1);
    rig.press("g c");
    assert_eq!(rig.selected(), "a-copy-2", "a free slug is found");
    rig.press("u u");
    assert_eq!(rig.slugs(), ["a", "b"]);
    rig.press("G c");
    assert!(!tasks::find(&rig.reader, "b-copy").unwrap().definition.paused, "nothing starts it by itself");
    assert!(changes::list(&rig.reader, jiff::Timestamp::now()).unwrap().len() >= 3);
}

#[test]
fn ux_38_no_question_has_what_destroys_as_its_default() {
    let mut rig = Rig::new(&["a", "b", "c"]);
    let history = id(&rig, "a");
    running(&rig, history);
    running(&rig, id(&rig, "b"));
    rig.wake();
    let mut asked = 0;
    let mut ask = |rig: &mut Rig, keys: &str, final_one: bool| {
        rig.press(keys);
        let dialog = dialog(rig).unwrap_or_else(|| panic!("{keys} asks nothing: {}", rig.said()));
        assert!(dialog.is_dangerous(), "{keys}: {}", dialog.title);
        assert_eq!(dialog.is_final(), final_one, "{keys}: {}", dialog.title);
        assert!(!dialog.buttons[dialog.focus].choice.is_destructive(), "{keys}: {}", dialog.title);
        asked += 1;
    };
    for (keys, final_one) in [("D", false), ("x", false), ("X", true)] {
        ask(&mut rig, keys, final_one);
        rig.press("Esc");
        ask(&mut rig, &format!("* {keys}"), final_one);
        if keys == "D" {
            rig.wait(A_WHILE);
            ask(&mut rig, "h", true);
        }
        rig.press("Esc Esc Esc");
    }
    rig.model.engine = Some(crate::tui::msg::Engine::Here);
    ask(&mut rig, "q", false);
    assert_eq!(asked, 8);
}

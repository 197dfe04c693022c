//! The search through all outputs: its keys, what becomes of late answers, and the way to the log.

use jiff::Timestamp;

use super::Rig;
use super::stage::{LOOKS, Stage, UNICODE};
use crate::domain::run::{Outcome, Trigger};
use crate::domain::{RunId, TaskId};
use crate::store::{runs, tasks};
use crate::tui::model::Pane;
use crate::tui::model::hunt::{Hunt, MOST, Quarry, Report, Tally, Wish};
use crate::tui::model::layer::Layer;
use crate::tui::msg::Msg;

fn hunt(rig: &Rig) -> &Hunt {
    match rig.model.layers.last() {
        Some(Layer::Hunt(hunt)) => hunt,
        other => panic!("no search, but {other:?}"),
    }
}

fn wish(rig: &Rig) -> Option<Wish> {
    rig.wishes.last().unwrap().clone()
}

fn quarry(task: i64, run: i64, line: u64) -> Quarry {
    let text = format!("line {line} has a needle in it");
    Quarry { task: TaskId(task), slug: format!("task-{task}"), run: RunId(run), line, text }
}

fn report(number: u64, quarry: Vec<Quarry>) -> Msg {
    let tally = Tally { matches: quarry.len() as u64, outputs: 3, bytes: 4_000_000, not_kept: 0, done: false };
    Msg::Hunted(Box::new(Report { number, quarry, tally, problem: None }))
}

/// A run of a task, that has ended.
fn ran(rig: &Rig, slug: &str) -> (TaskId, RunId) {
    let task = tasks::find_exactly(&rig.reader, slug).unwrap().id;
    let now = Timestamp::now();
    let id = rig.world.store.write(move |db| {
        let id = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
        runs::starting(db, id, "boot")?;
        runs::running(db, id, 1, now)?;
        runs::finish(db, id, Outcome::Succeeded, None, None, now)?;
        Ok(id)
    });
    (task, id.unwrap())
}

#[test]
fn every_key_is_a_new_search_and_what_an_older_one_found_is_not_taken() {
    let mut rig = Rig::new(&["one", "two"]);
    rig.press("O");
    assert_eq!(wish(&rig), None, "nothing is searched for yet");
    rig.type_text("nee");
    let Wish { number, pattern, task } = wish(&rig).unwrap();
    assert_eq!((pattern.as_str(), task, rig.wishes.len()), ("nee", None, 4));
    rig.send(report(number - 1, vec![quarry(1, 1, 1)]));
    assert!(hunt(&rig).quarry.is_empty());
    rig.send(report(number, vec![quarry(1, 1, 1), quarry(1, 1, 2)]));
    rig.send(report(number, vec![quarry(2, 2, 3)]));
    rig.press("Down Down Down Up");
    assert_eq!((hunt(&rig).quarry.len(), hunt(&rig).cursor), (3, 1));
    rig.press("Tab");
    let only = wish(&rig).unwrap();
    assert_eq!((only.pattern.as_str(), only.task.is_some()), ("nee", true));
    assert!(hunt(&rig).quarry.is_empty());
    rig.press("Tab d");
    assert_eq!(wish(&rig).unwrap(), Wish { number: number + 3, pattern: "need".to_owned(), task: None });
}

#[test]
fn ux_32_esc_ends_the_search_and_what_was_typed_and_found_is_there_when_it_opens_again() {
    let mut rig = Rig::new(&["one"]);
    rig.press("O");
    rig.type_text("needle");
    let number = wish(&rig).unwrap().number;
    let mut all = report(number, vec![quarry(1, 1, 1)]);
    if let Msg::Hunted(report) = &mut all {
        report.tally.done = true;
    }
    rig.send(all);
    let wishes = rig.wishes.len();
    rig.press("Esc");
    assert!(rig.model.layers.is_empty());
    assert_eq!((wish(&rig), rig.wishes.len()), (None, wishes + 1));
    rig.press("O");
    assert_eq!((hunt(&rig).quarry.len(), rig.wishes.len()), (1, wishes + 1), "it is not searched again");
    rig.press("Esc O s Esc O");
    assert_eq!(wish(&rig).unwrap().pattern, "needles", "what had not ended begins anew");
}

#[test]
fn what_is_kept_of_what_is_found_has_an_end() {
    let mut rig = Rig::new(&["one"]);
    rig.press("O");
    rig.type_text("n");
    let number = wish(&rig).unwrap().number;
    for _ in 0..3 {
        rig.send(report(number, (0..MOST as u64).map(|line| quarry(1, 1, line)).collect()));
    }
    assert_eq!(hunt(&rig).quarry.len(), MOST);
    rig.press("PgDn");
    assert!(hunt(&rig).cursor > 10 && hunt(&rig).top > 0);
}

#[test]
fn enter_goes_to_the_log_of_the_run_at_the_line_with_the_search_also_of_another_task() {
    let mut rig = Rig::new(&["one", "two"]);
    let (one, first) = ran(&rig, "one");
    let (two, second) = ran(&rig, "two");
    rig.wake();
    for (task, run, all) in [(one, first, false), (two, second, true), (one, first, true)] {
        rig.press("O");
        rig.type_text("x");
        let number = wish(&rig).unwrap().number;
        rig.send(report(number, vec![Quarry { task, run, ..quarry(1, 1, 41) }]));
        rig.press("Enter");
        assert!(rig.model.layers.is_empty());
        assert_eq!(rig.model.log.shown().map(|shown| shown.run), Some(run));
        assert_eq!((rig.model.focus, rig.model.all_runs), (Pane::Main, all));
        assert!(rig.model.log.is_searching() && rig.model.bound.is_none());
        rig.press("1");
    }
}

#[test]
fn the_search_through_all_outputs_at_two_sizes() {
    for size in [(120, 40), (60, 20)] {
        let mut stage = Stage::full(size);
        stage.press("O n e e d l e");
        let long = Quarry { text: format!("{} needle", "x".repeat(300)), ..quarry(1, 1283, 99) };
        let hostile = Quarry { slug: "media-transcode-of-everything".to_owned(), ..quarry(5, 70, 123_456) };
        stage.send(report(7, vec![quarry(1, 1284, 1), long, hostile]));
        insta::assert_snapshot!(format!("hunt-{}x{}", size.0, size.1), stage.text(UNICODE));
        let (name, ascii) = LOOKS[2];
        insta::assert_snapshot!(format!("hunt-{}x{}-{name}", size.0, size.1), stage.snapshot(ascii));
    }
}

//! The comparison with the last good run, from the key to the rows.

use std::fs;

use jiff::Timestamp;

use super::Rig;
use super::stage::{Stage, UNICODE};
use crate::domain::RunId;
use crate::domain::run::{Outcome, Trigger};
use crate::output::compare::{Comparison, Row};
use crate::output::{Stream, Writer};
use crate::store::{runs, tasks};
use crate::tui::effect::Kind as Of;
use crate::tui::model::compare::Compare;
use crate::tui::model::layer::Layer;
use crate::tui::msg::Answer;

fn compare(rig: &Rig) -> &Compare {
    match rig.model.layers.last() {
        Some(Layer::Compare(compare)) => compare,
        other => panic!("no comparison, but {other:?}"),
    }
}

/// A run of the task `one` that ended so and printed this.
fn ran(rig: &Rig, outcome: Outcome, text: &str) -> RunId {
    let task = tasks::find_exactly(&rig.reader, "one").unwrap().id;
    let now = Timestamp::now();
    let run = rig.world.store.write(move |db| {
        let id = runs::queue(db, task, Trigger::Manual, None, &[], now)?;
        runs::starting(db, id, "boot")?;
        runs::running(db, id, 1, now)?;
        runs::finish(db, id, outcome, None, None, now)?;
        Ok(id)
    });
    let run = run.unwrap();
    let folder = rig.world.runs.join(run.to_string());
    fs::create_dir_all(&folder).unwrap();
    Writer::new(&folder, 1).append(Stream::Out, now, text.as_bytes());
    run
}

#[test]
fn a_run_is_compared_with_the_last_one_before_it_that_succeeded_and_numbers_count_when_they_are_to() {
    let mut rig = Rig::new(&["one"]);
    let good = ran(&rig, Outcome::Succeeded, "pid 1\nall is well\n");
    ran(&rig, Outcome::Failed(1), "something else\n");
    ran(&rig, Outcome::Failed(1), "pid 2\nerror\n");
    rig.wake();
    rig.press("4 =");
    let (against, comparison) = compare(&rig).compared.clone().unwrap().unwrap();
    assert_eq!((against, comparison.removed, comparison.added), (good, 1, 1));
    rig.press("i");
    let (_, comparison) = compare(&rig).compared.clone().unwrap().unwrap();
    assert_eq!((comparison.removed, comparison.added), (2, 2));
    rig.press("Esc");
    assert!(rig.model.layers.is_empty());
}

#[test]
fn without_a_good_run_before_it_that_is_said() {
    let mut rig = Rig::new(&["one"]);
    rig.press("3 =");
    assert_eq!(rig.said(), "there is no run to compare");
    ran(&rig, Outcome::Succeeded, "a\n");
    rig.wake();
    rig.press("=");
    let reason = compare(&rig).compared.clone().unwrap().unwrap_err();
    assert!(reason.contains("no run of one before #1 has succeeded"), "{reason}");
}

/// Changes far from each other.
fn comparison() -> Comparison {
    let same = |n: u64| Row::Same(n, n, format!("line {n} is the same"));
    let mut rows = vec![Row::Skipped(12), same(12)];
    for change in 0..3 {
        rows.push(Row::Removed(13, format!("change {change}: how it was")));
        rows.push(Row::Added(13, format!("change {change}: how it is")));
        rows.extend((14..60).map(same));
    }
    Comparison { rows, added: 3, removed: 3, cut: true }
}

#[test]
fn n_goes_from_change_to_change_and_back() {
    let mut rig = Rig::new(&["one"]);
    ran(&rig, Outcome::Succeeded, "a\n");
    rig.wake();
    rig.press("3 =");
    rig.send(crate::tui::msg::Msg::Answer(
        0,
        Of::Compare,
        Box::new(Answer::Compared(RunId(1), true, Ok((RunId(7), comparison())))),
    ));
    let mut tops = Vec::new();
    for key in ["n", "n", "n", "n", "N", "N", "N", "G", "g"] {
        rig.press(key);
        tops.push(compare(&rig).top);
    }
    let last = tops[7];
    assert_eq!(tops, [1, 49, 97, 97, 49, 1, 1, last, 0]);
}

#[test]
fn the_comparison_at_two_sizes() {
    for size in [(120, 40), (60, 20)] {
        let mut stage = Stage::full(size);
        stage.press("3 =");
        stage.answer(Of::Compare, Answer::Compared(RunId(1284), true, Ok((RunId(1283), comparison()))));
        insta::assert_snapshot!(format!("compare-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}

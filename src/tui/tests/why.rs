//! The Why layer: opened anywhere, paged, refreshed, and left for a log.

use jiff::{SignedDuration, Timestamp};

use super::Rig;
use crate::domain::run::{Outcome, Trigger};
use crate::domain::schedule::{Decision, Slot};
use crate::domain::why::Entry;
use crate::domain::{RunId, TaskId};
use crate::store::{runs, schedules, slots, tasks};
use crate::tui::action::Scope;
use crate::tui::model::layer::Layer;
use crate::tui::model::why::Why;
use crate::tui::model::{Pane, Tab};

fn why(rig: &Rig) -> &Why {
    match rig.model.layers.last() {
        Some(Layer::Why(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// Slots of a task, one a minute up to an hour ago; every third one has a run.
fn past(rig: &Rig, task: TaskId, count: i64) -> Vec<RunId> {
    rig.plan(task, "every 1m");
    let end = Timestamp::now() - SignedDuration::from_hours(1);
    let write = move |db: &crate::store::Db| {
        let schedule = schedules::of_task(db, task)?[0].id;
        let mut made = Vec::new();
        for n in 0..count {
            let due_at = end - SignedDuration::from_mins(count - n);
            let run = if n % 3 == 0 {
                let run = runs::queue(db, task, Trigger::Schedule, Some((schedule, due_at)), &[], due_at)?;
                runs::finish(db, run, Outcome::Cancelled, None, Some("enough"), due_at)?;
                made.push(run);
                Some(run)
            } else {
                None
            };
            let (decision, reason) =
                if run.is_some() { (Decision::Run, None) } else { (Decision::Skipped, Some("full".to_owned())) };
            let (zone, civil) = ("UTC".to_owned(), String::new());
            slots::decide(db, &Slot { schedule, due_at, zone, civil, decision, reason, run, decided_at: due_at })?;
        }
        Ok(made)
    };
    rig.world.store.write(write).unwrap()
}

#[test]
fn w_opens_the_past_of_the_task_from_every_pane_and_esc_leaves_it() {
    let mut rig = Rig::new(&["a", "b"]);
    let b = tasks::find(&rig.reader, "b").unwrap().id;
    past(&rig, b, 3);
    rig.wake();
    rig.press("j");
    for keys in ["1 w", "2 w", "3 w", "4 W", "4 w"] {
        rig.press(keys);
        assert_eq!((why(&rig).task, why(&rig).entries.total()), (b, Some(3)), "{keys}");
        assert!(why(&rig).now.iter().any(|text| text.starts_with("next slot ")), "{:?}", why(&rig).now);
        assert!(why(&rig).now[0].contains("no engine"), "{:?}", why(&rig).now);
        rig.press("Esc");
        assert!(rig.model.layers.is_empty(), "{keys}");
    }
    let mut empty = Rig::new(&[]);
    empty.press("w");
    assert!(empty.said().contains("a adds one") && empty.model.layers.is_empty());
}

#[test]
fn a_wake_refreshes_it_and_the_cursor_stays_on_its_slot() {
    let mut rig = Rig::new(&["a"]);
    let a = tasks::find(&rig.reader, "a").unwrap().id;
    past(&rig, a, 6);
    rig.wake();
    rig.press("w j j");
    let before = why(&rig).entries.selected().map(Entry::key);
    rig.world.store.write(move |db| tasks::set_paused(db, a, true, Timestamp::now())).unwrap();
    rig.wake();
    // The rest, and the slots that had come due and were not decided before it.
    assert!(why(&rig).entries.total() > Some(6));
    assert_eq!(why(&rig).entries.selected().map(Entry::key), before);
    assert!(why(&rig).now.iter().any(|text| text.starts_with("paused since ")), "{:?}", why(&rig).now);
    rig.press("g");
    assert!(matches!(why(&rig).entries.selected(), Some(Entry::Pause(_))));
    rig.press("Enter");
    assert!(rig.said().contains("rested") && rig.model.layers.len() == 1, "{}", rig.said());
}

#[test]
fn a_long_past_is_walked_by_pages_to_both_ends() {
    let mut rig = Rig::new(&["a"]);
    let a = tasks::find(&rig.reader, "a").unwrap().id;
    past(&rig, a, 1000);
    rig.wake();
    rig.press("w");
    assert_eq!(why(&rig).entries.total(), None, "only a part is loaded");
    let newest = why(&rig).entries.selected().map(Entry::key);
    rig.press("G");
    let oldest = why(&rig).entries.selected().map(Entry::key).unwrap();
    assert_eq!(newest.unwrap().0.duration_since(oldest.0), SignedDuration::from_mins(999));
    rig.press("g");
    for _ in 0..40 {
        rig.press("PgDn");
    }
    assert_eq!(why(&rig).entries.selected().map(Entry::key), Some(oldest));
}

#[test]
fn enter_shows_the_log_of_the_slots_run_from_any_pane_and_out_of_the_list_of_all_runs() {
    for keys in ["j w", "j A w", "2 w", "j 3 w"] {
        let mut rig = Rig::new(&["a", "b"]);
        let b = tasks::find(&rig.reader, "b").unwrap().id;
        let made = past(&rig, b, 600);
        rig.wake();
        rig.press(keys);
        rig.press("G");
        assert_eq!(why(&rig).task, b, "{keys}");
        rig.press("Enter");
        assert!(rig.model.layers.is_empty(), "{keys}: {}", rig.said());
        assert_eq!((rig.model.focus, rig.model.tab, rig.model.scope()), (Pane::Main, Tab::Log, Scope::Log));
        assert_eq!(rig.model.runs.selected().map(|run| run.id), Some(made[0]), "{keys}");
        assert_eq!(rig.model.log.shown().map(|shown| shown.run), Some(made[0]), "{keys}");
        rig.wake();
        assert_eq!(rig.model.runs.selected().map(|run| run.id), Some(made[0]), "{keys}");
        rig.press("1 w g Enter");
        assert!(rig.said().contains("no run was made"), "{keys}: {}", rig.said());
    }
}

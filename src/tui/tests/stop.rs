//! The question before a run is stopped.

use super::{A_WHILE, Rig};
use crate::domain::RunId;
use crate::domain::run::{RunState, Trigger};
use crate::store::{runs, tasks};
use crate::tui::model::layer::{Dialog, Layer};

/// A rig with a run of `a` that somebody else has started.
fn with_run() -> (Rig, RunId) {
    let mut rig = Rig::new(&["a"]);
    let task = tasks::find(&rig.reader, "a").unwrap().id;
    let start = move |db: &crate::store::Db| {
        let now = jiff::Timestamp::now();
        let run = runs::queue(db, task, Trigger::Schedule, None, &[], now)?;
        runs::starting(db, run, "boot")?;
        runs::running(db, run, 1, now)?;
        Ok(run)
    };
    let run = rig.world.store.write(start).unwrap();
    rig.wake();
    (rig, run)
}

fn dialog(rig: &Rig) -> &Dialog {
    match rig.model.layers.last() {
        Some(Layer::Dialog(dialog)) => dialog,
        other => panic!("{other:?}"),
    }
}

fn keys(rig: &Rig) -> String {
    dialog(rig).buttons.iter().map(|button| button.key).collect()
}

#[test]
fn ux_4_the_stop_dialog_offers_signals_of_which_that_of_the_task_is_the_first_and_no_is_the_default() {
    let (mut rig, run) = with_run();
    rig.press("x");
    assert_eq!((keys(&rig), dialog(&rig).focus), ("yihkn".to_owned(), 4));
    assert_eq!(dialog(&rig).buttons[0].label, "stop with TERM, KILL after 10s");
    rig.wait(A_WHILE);
    rig.press("i");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), [(run, false)]);
    assert_eq!(runs::stop_signal(&rig.reader, run).unwrap().map(crate::domain::signal::StopSignal::number), Some(2));
    assert!(rig.said().starts_with(&format!("stopping #{run} of a with INT")), "{}", rig.said());
    // Asked again it is shown how far that is, and a second request is not made by it.
    rig.press("x");
    assert_eq!(keys(&rig), "kn");
    rig.wait(A_WHILE);
    rig.press("Enter");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), [(run, false)]);
    rig.press("x");
    rig.wait(A_WHILE);
    rig.press("k");
    assert_eq!(runs::stop_requests(&rig.reader).unwrap(), [(run, true)]);
}

#[test]
fn ux_4_a_run_that_is_stopped_counts_down_to_kill_second_by_second_and_only_while_it_is_seen() {
    let (mut rig, run) = with_run();
    // As precise as the store is.
    let now = jiff::Timestamp::from_microsecond(rig.model.now.at.as_microsecond()).unwrap();
    rig.model.now.at = now;
    rig.world.store.write(move |db| runs::stopping(db, run, false, now)).unwrap();
    rig.wake();
    let screen = rig.screen();
    assert!(screen.contains("KILL in 10 s"), "{screen}");
    assert!(rig.model.wakes_at().is_some_and(|at| at <= rig.model.now.since + A_WHILE));
    rig.model.now.at = now + jiff::SignedDuration::from_millis(2500);
    assert!(rig.screen().contains("KILL in 8 s"), "{}", rig.screen());
    rig.model.now.at = now + jiff::SignedDuration::from_secs(11);
    assert!(rig.screen().contains("killing"), "{}", rig.screen());
    rig.model.reduced_motion = true;
    rig.model.now.at = now;
    assert!(rig.screen().contains("stopping, KILL ") && !rig.screen().contains("KILL in"), "{}", rig.screen());
    assert!(rig.model.wakes_at().is_none_or(|at| at > rig.model.now.since + A_WHILE), "nothing ticks");
    let row = rig.model.tasks.selected().unwrap().last.clone().unwrap();
    assert_eq!((row.state, row.kill_at), (RunState::Stopping, Some(now + jiff::SignedDuration::from_secs(10))));
}

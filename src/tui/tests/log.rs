//! The log pane among the others: keys that come before what they need.

use super::Rig;
use crate::domain::RunId;
use crate::store::bookmarks;
use crate::tui::log::LogAnswer;
use crate::tui::log::message::{Extent, Window};
use crate::tui::msg::Msg;

/// A dashboard whose Log pane has the keys and shows a run, of which nothing was read yet.
fn opened() -> (Rig, RunId) {
    let mut rig = Rig::new(&["noisy"]);
    rig.press("r 4");
    let run = rig.model.log.shown().expect("the run is shown").run;
    (rig, run)
}

/// The worker of the log has read ten lines.
fn read(rig: &mut Rig) {
    let extent = Extent { lines: 10, ..Extent::default() };
    rig.send(Msg::Log(LogAnswer::Lines { number: 1000, extent, window: Window::default() }));
}

#[test]
fn the_next_bookmark_is_gone_to_and_missed_only_when_the_output_was_read() {
    let (mut rig, _) = opened();
    let said = rig.said().to_owned();
    rig.press("'");
    assert_eq!(rig.said(), said, "what is not known yet is not said");
    read(&mut rig);
    assert_eq!(rig.said(), "no bookmarks in this run (m sets one)");
}

#[test]
fn a_bookmark_that_is_set_before_the_output_was_read_is_set_when_it_was() {
    let (mut rig, run) = opened();
    let said = rig.said().to_owned();
    rig.press("m");
    assert!(bookmarks::of_run(&rig.reader, run).unwrap().is_empty());
    read(&mut rig);
    assert_eq!(bookmarks::of_run(&rig.reader, run).unwrap(), [9]);
    assert_eq!(rig.said(), said);
    read(&mut rig);
    assert_eq!(bookmarks::of_run(&rig.reader, run).unwrap(), [9], "once");
}

//! Looks what the running tasks on the screen have printed, second by second while their durations are shown.

use super::super::effect::{Effect, Kind, Query};
use super::super::model::{Model, Pane, Tab};
use super::ask;
use crate::domain::RunId;
use crate::domain::run::RunState;

/// Time has passed, or the list is another one: one look at a time.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let runs = running(model);
    let changed = runs != model.prints_of;
    if changed {
        model.prints_of.clone_from(&runs);
    }
    let again = changed || (model.stale.prints && !model.awaited.contains_key(&Kind::Prints));
    if again && !runs.is_empty() {
        model.stale.prints = false;
        ask(model, effects, Query::Prints(runs));
    }
    if let Some(run) = model.log.shown().map(|shown| shown.run)
        && model.tab == Tab::Log
        && model.shows(Pane::Main)
    {
        model.prints.see(run);
    }
}

/// The runs of the tasks on the screen that live now.
fn running(model: &Model) -> Vec<RunId> {
    if !model.shows(Pane::Tasks) {
        return Vec::new();
    }
    let last = model.tasks.visible().0.iter().filter_map(|row| row.last.as_ref());
    last.filter(|last| last.state == RunState::Running).map(|last| last.id).collect()
}

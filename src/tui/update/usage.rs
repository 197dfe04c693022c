//! Lets the graphs of the Details tab follow their run, second by second while it lives (R7).

use super::super::effect::{Effect, Kind, Query};
use super::super::model::{Model, Pane, Tab};
use super::ask;
use crate::domain::run::RunState;

/// Time has passed: a run that lives may have a new sample.
pub(super) fn tick(model: &mut Model) {
    model.stale.usage |= model.measured().is_some_and(|run| run.state != RunState::Finished);
}

/// Asks for the samples of the run that is shown.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.tab != Tab::Details || !model.shows(Pane::Main) {
        return;
    }
    let Some((run, attempt)) = model.measured().map(|run| (run.id, run.attempt)) else { return };
    let is_other = model.usage_of != Some(run);
    // One answer at a time of the same run: a slow disk is not asked again and again.
    if is_other || (model.stale.usage && !model.awaited.contains_key(&Kind::Usage)) {
        model.usage_of = Some(run);
        model.stale.usage = false;
        ask(model, effects, Query::Usage(run, attempt));
    }
}

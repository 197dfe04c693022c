//! The comparison with the last good run: opened over the log or the runs, and moved in.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::Model;
use super::super::model::compare::{Compare, Compared};
use super::super::model::layer::Layer;
use super::super::view;
use super::ask;
use crate::domain::RunId;

/// Opens it for the run that is selected.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((run, slug)) = model.runs.selected().map(|run| (run.id, run.slug.clone())) else { return };
    let compare = Compare::of(run, slug);
    ask(model, effects, Query::Compare(compare.run, compare.loosely));
    model.layers.push(Layer::Compare(Box::new(compare)));
}

/// Takes what is different.
pub(super) fn compared(model: &mut Model, run: RunId, loosely: bool, compared: Compared) {
    let height = view::compare::rows(model.size);
    if let Some(Layer::Compare(compare)) = model.layers.last_mut()
        && (compare.run, compare.loosely) == (run, loosely)
    {
        compare.compared = Some(compared);
        compare.go(compare.top, height);
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let height = view::compare::rows(model.size);
    let action = model.keymap.find(Scope::Compare, name).map(|row| row.action);
    let Some(Layer::Compare(compare)) = model.layers.last_mut() else { return };
    let top = compare.top;
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
        }
        Some(Action::Loosely) => {
            compare.loosely = !compare.loosely;
            (compare.compared, compare.top) = (None, 0);
            let query = Query::Compare(compare.run, compare.loosely);
            ask(model, effects, query);
        }
        Some(action @ (Action::NextChange | Action::PreviousChange)) => {
            if let Some(row) = compare.change(action == Action::PreviousChange) {
                compare.go(row, height);
            }
        }
        Some(Action::Down) => compare.go(top + 1, height),
        Some(Action::Up) => compare.go(top.saturating_sub(1), height),
        Some(Action::HalfDown) => compare.go(top + height / 2, height),
        Some(Action::HalfUp) => compare.go(top.saturating_sub(height / 2), height),
        Some(Action::PageDown) => compare.go(top + height, height),
        Some(Action::PageUp) => compare.go(top.saturating_sub(height), height),
        Some(Action::First) => compare.go(0, height),
        Some(Action::Last) => compare.go(usize::MAX, height),
        _ => {}
    }
}

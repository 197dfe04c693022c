//! The tree of categories: a key opens it, arrows fold and unfold, and Enter lists the tasks of one.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::categories::Categories;
use super::super::model::layer::Layer;
use super::super::model::{Model, Pane};
use super::super::view;
use super::{ask, navigate};
use crate::domain::category::Branch;

/// Opens it as it was left.
pub(super) fn open(model: &mut Model) {
    let categories = model.categories.take().unwrap_or_default();
    model.layers.push(Layer::Categories(categories));
    model.stale.categories = true;
}

fn current(model: &mut Model) -> Option<&mut Categories> {
    model.layers.iter_mut().find_map(|layer| match layer {
        Layer::Categories(categories) => Some(&mut **categories),
        _ => None,
    })
}

/// Asks for it while it is shown and may have changed.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.stale.categories && current(model).is_some() {
        model.stale.categories = false;
        ask(model, effects, Query::Categories);
    }
}

/// Takes what was read.
pub(super) fn take(model: &mut Model, tree: Vec<Branch>) {
    let height = view::categories::rows(model.size);
    if let Some(categories) = current(model) {
        categories.take(tree, height);
    }
}

pub(super) fn key(model: &mut Model, name: &str) {
    let action = model.keymap.find(Scope::Categories, name).map(|row| row.action);
    let height = view::categories::rows(model.size);
    let Some(categories) = current(model) else { return };
    let at = categories.cursor();
    match action {
        Some(Action::Cancel) => close(model),
        Some(Action::Accept) => show(model),
        Some(Action::In) => categories.unfold(height),
        Some(Action::Out) => categories.fold(height),
        Some(Action::FoldAll(fold)) => categories.fold_all(fold, height),
        Some(Action::Down) => categories.go(at + 1, height),
        Some(Action::Up) => categories.go(at.saturating_sub(1), height),
        Some(Action::HalfDown) => categories.go(at + height / 2, height),
        Some(Action::HalfUp) => categories.go(at.saturating_sub(height / 2), height),
        Some(Action::PageDown) => categories.go(at + height, height),
        Some(Action::PageUp) => categories.go(at.saturating_sub(height), height),
        Some(Action::First) => categories.go(0, height),
        Some(Action::Last) => categories.go(usize::MAX, height),
        _ => {}
    }
}

/// Closes it. It opens again with the same folded.
fn close(model: &mut Model) {
    if let Some(Layer::Categories(categories)) = model.layers.pop() {
        model.categories = Some(categories);
    }
}

/// Lists the tasks of the category under the cursor.
fn show(model: &mut Model) {
    if let Some(filter) = current(model).and_then(|categories| categories.filter()) {
        close(model);
        navigate::set_filter(model, filter.to_string());
        navigate::focus(model, Pane::Tasks);
    }
}

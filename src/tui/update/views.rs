//! The views: a key opens them, a number or Enter shows one, and the present filter becomes one.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::layer::{Layer, Prompt, Purpose};
use super::super::model::toast::Level;
use super::super::model::views::Views;
use super::super::model::{Model, Pane, edit};
use super::{ask, navigate};
use crate::store::views::View;

/// Opens the list.
pub(super) fn open(model: &mut Model) {
    model.layers.push(Layer::Views(Box::default()));
    model.stale.views = true;
}

fn current(model: &mut Model) -> Option<&mut Views> {
    model.layers.iter_mut().find_map(|layer| match layer {
        Layer::Views(views) => Some(&mut **views),
        _ => None,
    })
}

/// Asks for them while they are shown: at first for their names, then for how many tasks each has.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(loaded) = current(model).map(|views| views.loaded) else { return };
    if model.stale.views {
        model.stale.views = false;
        ask(model, effects, Query::Views(loaded));
    }
}

/// Takes what was read.
pub(super) fn take(model: &mut Model, all: Vec<(View, Option<usize>)>) {
    let Some(views) = current(model) else { return };
    let first = !views.loaded;
    views.take(all);
    model.stale.views |= first;
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let action = model.keymap.find(Scope::Views, name).map(|row| row.action);
    let Some(Layer::Views(views)) = model.layers.last_mut() else { return };
    let last = views.all.len().saturating_sub(1);
    let number = name.parse::<usize>().ok().filter(|number| (1..=9).contains(number));
    if let Some(at) = number.map(|number| number - 1).filter(|at| *at <= last) {
        views.cursor = at;
        return show(model);
    }
    match action {
        Some(Action::Cancel) => drop(model.layers.pop()),
        Some(Action::Accept) => show(model),
        Some(Action::SaveView) => save(model),
        Some(Action::Delete) => match views.selected() {
            Some(view) if view.built_in => {
                let text = format!("{} comes with Tempo and stays", view.name);
                model.tell(Level::Info, text);
            }
            Some(view) => effects.push(Effect::Intend(Intent::RemoveView(view.name.clone()))),
            None => {}
        },
        Some(Action::Down) => views.cursor = (views.cursor + 1).min(last),
        Some(Action::Up) => views.cursor = views.cursor.saturating_sub(1),
        Some(Action::First | Action::PageUp | Action::HalfUp) => views.cursor = 0,
        Some(Action::Last | Action::PageDown | Action::HalfDown) => views.cursor = last,
        _ => {}
    }
}

/// Lists the tasks of the view under the cursor, in its order.
fn show(model: &mut Model) {
    let Some(Layer::Views(views)) = model.layers.last() else { return };
    let Some(view) = views.selected().cloned() else { return };
    model.layers.pop();
    navigate::sort(model, view.order);
    navigate::set_filter(model, view.filter);
    navigate::focus(model, Pane::Tasks);
}

/// Asks under which name the present filter is to be kept.
pub(super) fn save(model: &mut Model) {
    if model.filter.is_empty() {
        let text = format!("there is no filter to keep: {} makes one", model.key_of(Action::Filter));
        return model.tell(Level::Info, text);
    }
    model.layers.retain(|layer| !matches!(layer, Layer::Views(_)));
    model.layers.push(Layer::Prompt(Prompt { text: edit::editor(""), purpose: Purpose::SaveView }));
}

/// Keeps it.
pub(super) fn accept(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    if name.trim().is_empty() {
        return model.tell(Level::Info, "a view needs a name");
    }
    let intent = Intent::SaveView(name.trim().to_owned(), model.filter.clone(), model.order);
    effects.push(Effect::Intend(intent));
    model.layers.pop();
}

/// Says that it is kept.
pub(super) fn kept(model: &mut Model, name: &str) {
    let text = format!("kept as the view {name} ({} shows the views)", model.key_of(Action::Views));
    model.tell(Level::Ok, text);
}

//! The first run: the look, the way around, and something to begin with.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::Model;
use super::super::model::first::{Beginning, FirstRun, Page};
use super::super::model::layer::{Layer, TYPE_AHEAD};
use super::super::msg::Found;
use super::{ask, import};

/// Opens it over an empty store, once.
pub(super) fn greet(model: &mut Model, effects: &mut Vec<Effect>) {
    let is_empty = model.overview.as_ref().is_some_and(|overview| overview.tasks == 0);
    if model.greets && model.overview.is_some() {
        model.greets = false;
        if is_empty && model.layers.is_empty() {
            model.layers.push(Layer::FirstRun(FirstRun::new(model.now.since)));
            ask(model, effects, Query::Found);
        }
    }
}

fn current(model: &mut Model) -> Option<&mut FirstRun> {
    match model.layers.last_mut() {
        Some(Layer::FirstRun(first)) => Some(first),
        _ => None,
    }
}

/// What there is to import.
pub(super) fn take(model: &mut Model, found: Found) {
    if let Some(first) = current(model) {
        // The cursor stays where the person has put it.
        let chosen = first.beginnings().get(first.cursor).copied().filter(|_| first.cursor > 0);
        first.found = Some(found);
        first.cursor = first.beginnings().iter().position(|one| Some(*one) == chosen).unwrap_or(0);
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let now = model.now.since;
    let action = model.keymap.find(Scope::FirstRun, name).map(|row| row.action);
    let Some(first) = current(model) else { return };
    // What was typed for the shell is no answer (UX 39).
    if now < first.opened + TYPE_AHEAD && first.page == Page::Look {
        return;
    }
    let last = first.beginnings().len() - 1;
    match (action, first.page) {
        (Some(Action::Accept), Page::Begin) => begin(model, effects),
        (Some(Action::Accept | Action::Cancel), Page::Look) => first.page = Page::Keys,
        (Some(Action::Accept | Action::Cancel), Page::Keys) => first.page = Page::Begin,
        (Some(Action::Cancel), Page::Begin) | (Some(Action::Quit), _) => close(model, effects),
        (Some(Action::Down), Page::Begin) => first.cursor = (first.cursor + 1).min(last),
        (Some(Action::Up), Page::Begin) => first.cursor = first.cursor.saturating_sub(1),
        (Some(Action::Ascii), Page::Look) => effects.push(Effect::Intend(Intent::Configure("charset", "ascii"))),
        (Some(Action::Mono), Page::Look) => effects.push(Effect::Intend(Intent::Configure("theme", "mono"))),
        _ => {}
    }
}

/// Closes it for ever.
fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    model.layers.pop();
    effects.push(Effect::Intend(Intent::Greeted));
}

/// Begins with what is under the cursor.
fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(first) = current(model) else { return };
    let chosen = first.beginnings().get(first.cursor).copied();
    close(model, effects);
    match chosen {
        Some(Beginning::Import(source, _)) => import::open(model, effects, source),
        Some(Beginning::Example) => effects.push(Effect::Intend(Intent::LoadExample)),
        Some(Beginning::Empty) | None => {}
    }
}

//! The command palette: typing ranks, Tab completes, Enter does it to what was selected before.

use crossterm::event::KeyEvent;

use super::super::action::{self, Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::history::History;
use super::super::model::layer::Layer;
use super::super::model::palette::{Deed, Offers, Palette};
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, Tab, edit};
use super::super::view;
use super::{ask, form, keys, navigate, verbs};
use crate::domain::TaskId;
use crate::domain::filter::Filter;

/// Opens it over a pane.
pub(super) fn open(model: &mut Model) {
    let palette = Palette::new(model.acts_on());
    model.layers.push(Layer::Palette(Box::new(palette)));
    rank(model);
}

fn current(model: &mut Model) -> Option<&mut Palette> {
    match model.layers.last_mut() {
        Some(Layer::Palette(palette)) => Some(palette),
        _ => None,
    }
}

/// Ranks anew; the cursor stays on its entry, unless it is on the first.
fn rank(model: &mut Model) {
    let Some(Layer::Palette(palette)) = model.layers.last() else { return };
    let entries = palette.rank(model);
    let Some(palette) = current(model) else { return };
    let before = palette.entries.get(palette.cursor).filter(|_| palette.cursor > 0);
    let at = before.and_then(|before| entries.iter().position(|entry| entry.deed == before.deed));
    palette.cursor = at.unwrap_or(palette.cursor).min(entries.len().saturating_sub(1));
    palette.entries = entries;
}

/// The text has changed.
fn typed(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(palette) = current(model) else { return };
    palette.cursor = 0;
    let wanted = palette.wanted();
    if palette.asked != wanted {
        palette.asked.clone_from(&wanted);
        if let Some(text) = wanted {
            ask(model, effects, Query::Offer(text));
        }
    }
    rank(model);
}

/// What the store has for a text, if that is still wanted.
pub(super) fn take(model: &mut Model, text: &str, found: Offers) {
    let Some(palette) = current(model).filter(|palette| palette.asked.as_deref() == Some(text)) else { return };
    palette.found = found;
    rank(model);
}

pub(super) fn paste(model: &mut Model, effects: &mut Vec<Effect>, text: &str) {
    if let Some(palette) = current(model) {
        edit::paste(&mut palette.text, text, false);
        typed(model, effects);
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let page = view::palette::rows(model.size);
    let action = model.keymap.find(Scope::Palette, name).map(|row| row.action);
    let Some(palette) = current(model) else { return };
    let last = palette.entries.len().saturating_sub(1);
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
            model.commands.end("");
        }
        Some(Action::Accept) => run(model, effects),
        Some(Action::Complete) => {
            if let Some(fill) = palette.entries.get(palette.cursor).map(|entry| entry.fill.clone()) {
                edit::replace(&mut palette.text, &fill);
                typed(model, effects);
            }
        }
        Some(Action::Up) if edit::text(&palette.text).is_empty() && palette.cursor == 0 => {
            recall(model, effects, |history, now| history.older(now).map(str::to_owned));
        }
        Some(Action::Older) => recall(model, effects, |history, now| history.older(now).map(str::to_owned)),
        Some(Action::Newer) => recall(model, effects, |history, _| history.newer().map(str::to_owned)),
        Some(Action::Down) => palette.cursor = (palette.cursor + 1).min(last),
        Some(Action::Up) => palette.cursor = palette.cursor.saturating_sub(1),
        Some(Action::PageDown) => palette.cursor = (palette.cursor + page).min(last),
        Some(Action::PageUp) => palette.cursor = palette.cursor.saturating_sub(page),
        _ => {
            if edit::key(&mut palette.text, key) {
                typed(model, effects);
            }
        }
    }
}

fn recall(model: &mut Model, effects: &mut Vec<Effect>, which: impl FnOnce(&mut History, &str) -> Option<String>) {
    let Some(Layer::Palette(palette)) = model.layers.last_mut() else { return };
    if let Some(text) = which(&mut model.commands, &edit::text(&palette.text)) {
        edit::replace(&mut palette.text, &text);
        typed(model, effects);
    }
}

/// Does the entry under the cursor.
fn run(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Layer::Palette(palette)) = model.layers.last() else { return };
    let Some(entry) = palette.entries.get(palette.cursor) else {
        let what = palette.nothing();
        return model.tell(Level::Info, what);
    };
    let (deed, reason, subject) = (entry.deed.clone(), entry.reason.clone(), palette.subject.clone());
    let text = edit::text(&palette.text);
    model.commands.end(&text);
    model.layers.pop();
    match deed {
        Deed::Act(action) => act(model, effects, action, subject.map(|subject| subject.task)),
        Deed::On(..) if reason.is_some() => model.tell(Level::Info, reason.unwrap_or_default()),
        Deed::On(action, subject) => {
            model.acting = Some(subject);
            keys::act(model, effects, action);
            model.acting = None;
        }
        Deed::Go(task, slug) => navigate::go_to_task(model, task, slug),
        Deed::Output(task, slug) => {
            navigate::go_to_task(model, task, slug);
            model.all_runs = false;
            model.tab = Tab::Log;
            navigate::focus(model, Pane::Main);
        }
        Deed::Run(run, task, slug) => navigate::go_to_run(model, task, slug, run),
        Deed::Add(name) if name.is_empty() => form::open_new(model),
        Deed::Add(name) => form::open_named(model, &name),
        Deed::Filter(text) => {
            if let Err(e) = Filter::parse(&text) {
                return model.tell(Level::Error, e.problem);
            }
            navigate::set_filter(model, text);
            navigate::focus(model, Pane::Tasks);
        }
        Deed::Quit => verbs::leave(model, effects),
    }
}

/// An action of the table; one of another pane in that pane. If what was selected has gone meanwhile, it is not done to what came
/// in its place.
pub(super) fn act(model: &mut Model, effects: &mut Vec<Effect>, action: Action, meant: Option<TaskId>) {
    let here = model.scope();
    let panes = action::all().filter(|spec| spec.action == action).filter_map(|spec| spec.pane(here));
    let panes: Vec<Scope> = panes.collect();
    if let Some(pane) = panes.first().filter(|_| !panes.contains(&here)) {
        if let Some(reason) = model.reason(action) {
            return model.tell(Level::Info, reason);
        }
        go_to_pane(model, *pane);
    } else if model.acts_on().map(|subject| subject.task) != meant {
        return model.tell(Level::Warn, "what was selected has gone meanwhile: nothing was done");
    }
    keys::act(model, effects, action);
}

fn go_to_pane(model: &mut Model, pane: Scope) {
    let pane = match pane {
        Scope::Tasks => Pane::Tasks,
        Scope::Next => Pane::Next,
        Scope::Runs => Pane::Runs,
        Scope::Timeline => Pane::Timeline,
        Scope::Log => {
            model.tab = Tab::Log;
            Pane::Main
        }
        Scope::Script => {
            model.tab = Tab::Script;
            Pane::Main
        }
        Scope::Details => {
            model.tab = Tab::Details;
            Pane::Main
        }
        _ => return,
    };
    navigate::focus(model, pane);
}

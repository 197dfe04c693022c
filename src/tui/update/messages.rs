//! The list of messages: opened over any pane, moved in, left for what a message is about, and cleared.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Kind, Query};
use super::super::model::Model;
use super::super::model::layer::Layer;
use super::super::model::toast::Level;
use super::super::model::told::ToldList;
use super::super::model::window::Page;
use super::super::view;
use super::super::worker::NoteJob;
use super::{ask, navigate};
use crate::store::messages::Told;

/// Opens it.
pub(super) fn open(model: &mut Model) {
    model.layers.push(Layer::Messages(Box::default()));
    model.stale.messages = true;
}

fn current(model: &mut Model) -> Option<&mut ToldList> {
    match model.layers.last_mut() {
        Some(Layer::Messages(list)) => Some(list),
        _ => None,
    }
}

/// Tells it how high it is, and asks for what it lacks.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let height = view::messages::rows(model.size);
    let (stale, waits) = (model.stale.messages, model.awaited.contains_key(&Kind::Messages));
    let Model { layers, messages, .. } = model;
    let Some(Layer::Messages(list)) = layers.last_mut() else { return };
    list.rows.set_height(height);
    list.merge(messages.unkept(), messages.first_unkept());
    if stale || (list.rows.wants() && list.rows.is_loaded() && !waits) {
        // Who is at the newest wants to see the newest.
        if list.rows.place() == Some(1) {
            list.rows.first();
        }
        let around = list.rows.around();
        model.stale.messages = false;
        ask(model, effects, Query::Messages(around));
    }
}

/// Takes a page. What is on the screen has been looked at.
pub(super) fn take(model: &mut Model, effects: &mut Vec<Effect>, page: Page<Told>) {
    let Model { layers, messages, .. } = model;
    let Some(Layer::Messages(list)) = layers.last_mut() else { return };
    list.take(page, messages.unkept(), messages.first_unkept());
    let newest = list.newest_kept().unwrap_or_default();
    if newest > list.read {
        list.read = newest;
        effects.push(Effect::Notes(NoteJob::Read(newest)));
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let size = model.size;
    let lines = view::messages::alone_lines(model);
    let action = model.keymap.find(Scope::Messages, name).map(|row| row.action);
    let Some(list) = current(model) else { return };
    if let Some(top) = list.alone {
        let rows = view::messages::height(size);
        let most = lines.saturating_sub(rows);
        match action {
            Some(Action::Cancel | Action::Collapse) => list.alone = None,
            Some(Action::Open) => jump(model),
            Some(Action::Down) => list.alone = Some((top + 1).min(most)),
            Some(Action::Up) => list.alone = Some(top.saturating_sub(1)),
            Some(Action::HalfDown | Action::PageDown) => list.alone = Some((top + rows).min(most)),
            Some(Action::HalfUp | Action::PageUp) => list.alone = Some(top.saturating_sub(rows)),
            Some(Action::First) => list.alone = Some(0),
            Some(Action::Last) => list.alone = Some(most),
            _ => {}
        }
        return;
    }
    let rows = &mut list.rows;
    let page = rows.height().saturating_sub(1).max(1).cast_signed();
    match action {
        Some(Action::Expand) if !rows.is_empty() => list.alone = Some(0),
        Some(Action::Cancel) => {
            model.layers.pop();
            if !model.messages.unkept().is_empty() {
                effects.push(Effect::Notes(NoteJob::ReadOwn));
            }
        }
        Some(Action::Open) => jump(model),
        Some(Action::ClearMessages) => clear(model, effects),
        Some(Action::Down) => drop(rows.move_by(1)),
        Some(Action::Up) => drop(rows.move_by(-1)),
        Some(Action::HalfDown) => drop(rows.move_by((page / 2).max(1))),
        Some(Action::HalfUp) => drop(rows.move_by(-(page / 2).max(1))),
        Some(Action::PageDown) => drop(rows.move_by(page)),
        Some(Action::PageUp) => drop(rows.move_by(-page)),
        Some(Action::First) => {
            rows.first();
            model.stale.messages |= rows.wants();
        }
        Some(Action::Last) => {
            rows.last();
            model.stale.messages |= rows.wants();
        }
        _ => {}
    }
}

/// To the task or the run that the message is about.
fn jump(model: &mut Model) {
    let Some(told) = current(model).and_then(|list| list.rows.selected().cloned()) else { return };
    match (told.task, told.slug) {
        (Some(task), Some(slug)) => {
            model.layers.pop();
            navigate::jump(model, task, slug, told.note.source.run);
        }
        (None, _) if told.note.source.run.is_none() => {
            model.tell(Level::Info, "this message is about no task and no run");
        }
        _ => model.tell(Level::Info, "what this message is about is gone"),
    }
}

fn clear(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(list) = current(model) else { return };
    let newest = list.newest_kept().unwrap_or_default().max(list.read);
    list.clear();
    effects.push(Effect::Notes(NoteJob::Clear(newest)));
    model.messages.forget();
}

//! The Why layer: opened over any pane, moved in, and left for the log of a run.

use std::cmp::Reverse;

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::layer::Layer;
use super::super::model::toast::Level;
use super::super::model::why::Why;
use super::super::model::{Model, Pane, Tab};
use super::super::view;
use super::{ask, navigate};
use crate::domain::why::Entry;

/// Opens it for the task under the cursor. Its task becomes the selected one, so that a run of it can be shown.
pub(super) fn open(model: &mut Model) {
    let Some(subject) = model.acts_on() else { return };
    if model.tasks.selected().is_none_or(|row| row.id != subject.task) {
        navigate::set_filter(model, String::new());
        model.tasks.select(subject.task, subject.slug.clone());
        model.stale.tasks = true;
        if model.focus != Pane::Next {
            model.list = Pane::Tasks;
        }
    }
    model.layers.push(Layer::Why(Box::new(Why::of(subject.task, subject.slug))));
    model.stale.why = true;
}

/// The layer, when it is there.
pub(super) fn current(model: &mut Model) -> Option<&mut Why> {
    model.layers.iter_mut().rev().find_map(|layer| match layer {
        Layer::Why(why) => Some(&mut **why),
        _ => None,
    })
}

/// Tells it how high it is, and asks for what it lacks.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let (size, stale) = (model.size, model.stale.why);
    let waits = model.awaited.contains_key(&super::super::effect::Kind::Why);
    let Some(why) = current(model) else { return };
    let height = view::why::rows(size, &why.now);
    why.entries.set_height(height);
    if stale || (why.entries.wants() && why.entries.is_loaded() && !waits) {
        let query = Query::Why(why.task, why.entries.around());
        model.stale.why = false;
        ask(model, effects, query);
    }
}

pub(super) fn key(model: &mut Model, name: &str) {
    let Some(Layer::Why(why)) = model.layers.last_mut() else { return };
    let page = why.entries.height().saturating_sub(1).max(1).cast_signed();
    let half = (page / 2).max(1);
    match model.keymap.find(Scope::Why, name).map(|row| row.action) {
        Some(Action::Cancel) => {
            model.layers.pop();
        }
        Some(Action::Open) => to_log(model),
        Some(Action::Down) => drop(why.entries.move_by(1)),
        Some(Action::Up) => drop(why.entries.move_by(-1)),
        Some(Action::HalfDown) => drop(why.entries.move_by(half)),
        Some(Action::HalfUp) => drop(why.entries.move_by(-half)),
        Some(Action::PageDown) => drop(why.entries.move_by(page)),
        Some(Action::PageUp) => drop(why.entries.move_by(-page)),
        Some(Action::First) => {
            why.entries.first();
            model.stale.why |= why.entries.wants();
        }
        Some(Action::Last) => {
            why.entries.last();
            model.stale.why |= why.entries.wants();
        }
        _ => {}
    }
}

/// Shows what the run of the selected slot printed.
fn to_log(model: &mut Model) {
    let Some(Layer::Why(why)) = model.layers.last() else { return };
    let task = why.task;
    let run = match why.entries.selected() {
        Some(Entry::Slot(_, Some(run))) => run.id,
        Some(Entry::Slot(..)) => return model.tell(Level::Info, "no run was made for this slot"),
        Some(Entry::Pause(_)) => return model.tell(Level::Info, "the task rested: nothing ran"),
        None => return,
    };
    if model.subject != Some(task) {
        return model.tell(Level::Info, "its runs are still being loaded");
    }
    model.layers.pop();
    if model.all_runs {
        model.all_runs = false;
        model.runs.reset();
    }
    model.runs.select(run, Reverse(run));
    model.stale.runs = true;
    model.run_chosen = true;
    model.tab = Tab::Log;
    navigate::focus(model, Pane::Main);
}

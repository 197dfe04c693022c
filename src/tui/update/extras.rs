//! The form of a run with arguments and variables of its own: typing, the dry run beside it, starting it, and telling its end.

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::extras::{Asking, DryRun, Extras, ExtrasForm, FIELDS};
use super::super::model::layer::Layer;
use super::super::model::toast::{Level, Source};
use super::super::model::{Model, edit};
use super::super::view;
use super::{ask, done};
use crate::domain::RunId;
use crate::domain::run::{Outcome, Run};

fn current(model: &mut Model) -> Option<&mut ExtrasForm> {
    match model.layers.last_mut() {
        Some(Layer::RunWith(form)) => Some(form),
        _ => None,
    }
}

/// Asks what would be executed, when something else was typed.
pub(super) fn ask_ahead(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = current(model) else { return };
    let asking = form.asking();
    if form.asked.as_ref() != Some(&asking) {
        form.asked = Some(asking.clone());
        ask(model, effects, Query::DryRun(asking));
    }
}

/// Takes the answer.
pub(super) fn take(model: &mut Model, asking: &Asking, dry: Result<DryRun, String>) {
    if let Some(form) = current(model).filter(|form| form.asked.as_ref() == Some(asking)) {
        form.dry = Some(dry);
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let size = model.size;
    let action = model.keymap.find(Scope::RunWith, name).map(|row| row.action);
    let Some(form) = current(model) else { return };
    let last = FIELDS.len() - 1;
    match action {
        Some(Action::FormSave) => start(model, effects),
        Some(Action::FieldEnter) if form.focus == last => start(model, effects),
        Some(Action::FormClose) => close(model),
        Some(Action::FieldLine) if form.focus == 1 => form.env.insert_newline(),
        Some(Action::FieldAfter) if name == "Down" && form.text().is_some_and(|text| edit::line(text, true)) => {}
        Some(Action::FieldBefore) if name == "Up" && form.text().is_some_and(|text| edit::line(text, false)) => {}
        Some(Action::FieldAfter | Action::FieldEnter) => form.focus = (form.focus + 1).min(last),
        Some(Action::FieldBefore) => form.focus = form.focus.saturating_sub(1),
        Some(Action::PageDown) => {
            let (lines, rows) = view::extras::extent(size, form);
            form.top = (form.top + rows.max(1)).min(lines.saturating_sub(rows));
        }
        Some(Action::PageUp) => {
            let (_, rows) = view::extras::extent(size, form);
            form.top = form.top.saturating_sub(rows.max(1));
        }
        _ if form.focus == last => {
            if name == "Space" {
                form.notify = !form.notify;
            }
        }
        _ => {
            if let Some(text) = form.text() {
                edit::key(text, key);
            }
        }
    }
}

/// Queues the run, when what is typed can be read.
fn start(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = current(model) else { return };
    if form.busy {
        return;
    }
    let order = form.order();
    let read = order.arguments().err().map(|e| (0, e)).or_else(|| order.variables().err().map(|e| (1, e)));
    if let Some((field, e)) = read {
        form.focus = field;
        model.tell(Level::Error, format!("not run: {e}"));
    } else {
        form.busy = true;
        effects.push(Effect::Intend(Intent::RunWith(Box::new(order), false)));
    }
}

/// Closes it. What was typed is kept until it is opened again.
fn close(model: &mut Model) {
    let Some(form) = current(model) else { return };
    let order = form.order();
    let is_empty = order.args.trim().is_empty() && order.env.trim().is_empty();
    model.layers.pop();
    if !is_empty {
        model.extras = Some(Box::new(order));
        model.tell(Level::Info, "not run; R opens it again with this text");
    }
}

/// The run was queued: the form is closed, with nothing to keep.
pub(super) fn ordered(model: &mut Model, run: RunId, order: &Extras) {
    if current(model).is_some_and(|form| form.task == order.task) {
        model.layers.pop();
    }
    model.extras = None;
    model.started.insert(run);
    model.run_chosen = false;
    if order.notify {
        model.notify.insert(run);
    }
    done::tell_queued(model, run, "", &order.slug, if order.notify { ", its end is told" } else { "" });
}

/// It was not: the form lies under the question, and is as it was.
pub(super) fn refused(model: &mut Model) {
    if let Some(form) = current(model) {
        form.busy = false;
    }
}

/// Tells the end of runs that somebody waits for, with a bell.
pub(super) fn ended(model: &mut Model, effects: &mut Vec<Effect>, runs: &[Run]) {
    for run in runs {
        if !model.notify.remove(&run.id) {
            continue;
        }
        let took = run.duration_text(model.now.at).map_or_else(String::new, |took| format!(" after {took}"));
        let (level, how) = match run.outcome {
            Some(Outcome::Succeeded) => (Level::Ok, "ok".to_owned()),
            Some(outcome) => (Level::Error, outcome.to_string()),
            None => continue,
        };
        model.tell_of(level, format!("#{} of {}: {how}{took}", run.id, run.slug), Source::run(run.id));
        effects.push(Effect::Bell);
    }
}

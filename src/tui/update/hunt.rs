//! The search through all outputs: opened over any pane, typed into, and left for the line that was found.

use std::cmp::Reverse;

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::effect::Effect;
use super::super::model::hunt::{Bound, Hunt, Report, Tally, Wish};
use super::super::model::layer::Layer;
use super::super::model::{Model, Pane, Tab, edit};
use super::super::view;
use super::navigate;

/// Opens it as it was left, about the task under the cursor.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let task = model.acts_on().map(|subject| (subject.task, subject.slug));
    let mut hunt = model.hunted.take().unwrap_or_else(|| Box::new(Hunt::new(None)));
    let other = hunt.only && hunt.task != task;
    hunt.task = task;
    hunt.only &= hunt.task.is_some();
    let goes_on = hunt.tally.done && !other;
    model.layers.push(Layer::Hunt(hunt));
    if !goes_on {
        search(model, effects);
    }
}

/// The layer, when it is on top.
fn current(model: &mut Model) -> Option<&mut Hunt> {
    match model.layers.last_mut() {
        Some(Layer::Hunt(hunt)) => Some(hunt),
        _ => None,
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let height = view::hunt::rows(model.size);
    let action = model.keymap.find(Scope::Hunt, name).map(|row| row.action);
    let Some(hunt) = current(model) else { return };
    let at = hunt.cursor;
    match action {
        Some(Action::Cancel) => close(model, effects),
        Some(Action::Accept) => to_log(model, effects),
        Some(Action::FieldAfter) => {
            hunt.only = !hunt.only && hunt.task.is_some();
            search(model, effects);
        }
        Some(Action::Down) => hunt.go(at + 1, height),
        Some(Action::Up) => hunt.go(at.saturating_sub(1), height),
        Some(Action::PageDown) => hunt.go(at + height, height),
        Some(Action::PageUp) => hunt.go(at.saturating_sub(height), height),
        _ => {
            if edit::key(&mut hunt.text, key) {
                search(model, effects);
            }
        }
    }
}

pub(super) fn paste(model: &mut Model, effects: &mut Vec<Effect>, text: &str) {
    if let Some(hunt) = current(model) {
        edit::paste(&mut hunt.text, text, false);
        search(model, effects);
    }
}

/// Searches for what is typed by now, instead of what it searched for before.
fn search(model: &mut Model, effects: &mut Vec<Effect>) {
    model.hunts += 1;
    let number = model.hunts;
    let Some(hunt) = current(model) else { return };
    hunt.number = number;
    hunt.quarry.clear();
    (hunt.cursor, hunt.top, hunt.tally, hunt.problem) = (0, 0, Tally::default(), None);
    let pattern = edit::text(&hunt.text);
    let task = hunt.task.as_ref().filter(|_| hunt.only).map(|(task, _)| *task);
    effects.push(Effect::Hunt((!pattern.is_empty()).then_some(Wish { number, pattern, task })));
}

/// Takes what was found.
pub(super) fn found(model: &mut Model, report: Report) {
    if let Some(hunt) = current(model) {
        hunt.take(report);
    }
}

/// Closes it, and it searches no further. It is as it was when it opens again.
fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(Layer::Hunt(hunt)) = model.layers.pop() {
        model.hunted = Some(hunt);
        effects.push(Effect::Hunt(None));
    }
}

/// To the line under the cursor, in the log of its run.
fn to_log(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(hunt) = current(model) else { return };
    let pattern = edit::text(&hunt.text);
    let Some((task, run, line)) = hunt.selected().map(|found| (found.task, found.run, found.line)) else { return };
    close(model, effects);
    let is_listed = model.subject == Some(task) && !model.all_runs;
    if !is_listed && !model.all_runs {
        // It is another task's: the list of all runs has it.
        model.all_runs = true;
        model.runs.reset();
    }
    model.runs.select(run, Reverse(run));
    model.stale.runs = true;
    model.run_chosen = true;
    model.tab = Tab::Log;
    model.bound = Some(Bound { run, line, pattern });
    navigate::focus(model, Pane::Main);
}

/// Goes on to the line once the log of its run is shown.
pub(super) fn arrive(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(bound) = &model.bound else { return };
    if model.log.shown().is_none_or(|shown| shown.run != bound.run) {
        return;
    }
    if let Some(Bound { pattern, line, .. }) = model.bound.take() {
        effects.extend(model.log.search_from(&pattern, line).into_iter().map(Effect::Log));
    }
}

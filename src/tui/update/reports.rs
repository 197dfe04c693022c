//! The reports: opened over any pane, turned over, counted in the background, and left for what a row is about.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::layer::Layer;
use super::super::model::reports::{Asked, Counted, Goal, Reports, SPANS};
use super::super::model::toast::Level;
use super::super::model::{Model, Pane};
use super::super::view;
use super::{ask, navigate};

/// Opens them where they were left, and counts anew.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let mut reports = model.reported.take().unwrap_or_default();
    reports.counted = None;
    let asked = reports.asked();
    model.layers.push(Layer::Reports(reports));
    ask(model, effects, Query::Report(asked));
}

fn current(model: &mut Model) -> Option<&mut Reports> {
    match model.layers.last_mut() {
        Some(Layer::Reports(reports)) => Some(reports),
        _ => None,
    }
}

/// Takes what was counted.
pub(super) fn take(model: &mut Model, asked: Asked, counted: Counted) {
    let size = model.size;
    if let Some(reports) = current(model)
        && reports.asked() == asked
    {
        reports.counted = Some((asked, Box::new(counted)));
        reports.go(reports.cursor, view::reports::rows(size, reports.kind));
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let size = model.size;
    let action = model.keymap.find(Scope::Reports, name).map(|row| row.action);
    let Some(reports) = current(model) else { return };
    let height = view::reports::rows(size, reports.kind);
    let at = reports.cursor;
    match action {
        Some(Action::Cancel) => close(model),
        Some(Action::Open) => leave(model),
        Some(Action::OtherReport(forward)) => {
            reports.turn(forward);
            count(model, effects, false);
        }
        Some(Action::Closer) => {
            reports.span = reports.span.saturating_sub(1);
            count(model, effects, false);
        }
        Some(Action::Farther) => {
            reports.span = (reports.span + 1).min(SPANS.len() - 1);
            count(model, effects, false);
        }
        Some(Action::GroupBy) if !reports.kind.has_groups() => {
            model.tell(Level::Info, "what waits is a list of single things, and has no groups");
        }
        Some(Action::GroupBy) => {
            reports.regroup();
            count(model, effects, false);
        }
        Some(Action::CountAgain) => count(model, effects, true),
        Some(Action::Down) => reports.go(at + 1, height),
        Some(Action::Up) => reports.go(at.saturating_sub(1), height),
        Some(Action::HalfDown) => reports.go(at + height / 2, height),
        Some(Action::HalfUp) => reports.go(at.saturating_sub(height / 2), height),
        Some(Action::PageDown) => reports.go(at + height, height),
        Some(Action::PageUp) => reports.go(at.saturating_sub(height), height),
        Some(Action::First) => reports.go(0, height),
        Some(Action::Last) => reports.go(usize::MAX, height),
        _ => {}
    }
}

/// Asks for what the report needs, when that was not counted yet or is to be counted again.
fn count(model: &mut Model, effects: &mut Vec<Effect>, again: bool) {
    let Some(reports) = current(model) else { return };
    if again || reports.shown().is_none() {
        reports.counted = None;
        let asked = reports.asked();
        ask(model, effects, Query::Report(asked));
    }
}

/// Closes them. They open again with the same report.
fn close(model: &mut Model) {
    if let Some(Layer::Reports(reports)) = model.layers.pop() {
        model.reported = Some(reports);
    }
}

/// To what the row under the cursor is about.
fn leave(model: &mut Model) {
    match current(model).and_then(|reports| reports.goal()) {
        Some(Goal::Task(task, slug, run)) => {
            close(model);
            navigate::jump(model, task, slug, run);
        }
        Some(Goal::Filter(filter)) => {
            close(model);
            navigate::set_filter(model, filter.to_string());
            navigate::focus(model, Pane::Tasks);
        }
        Some(Goal::Nowhere(reason)) => model.tell(Level::Info, reason),
        None => {}
    }
}

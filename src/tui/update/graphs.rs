//! The strips of the list and the timeline: what is asked for of the tasks on the screen, and the keys of time.

use std::cmp::Reverse;

use super::super::action::Action;
use super::super::effect::{Editor, Effect, Kind, Query};
use super::super::model::layer::Layer;
use super::super::model::timeline::{Asked, Cell};
use super::super::model::toast::Level;
use super::super::model::why::Why;
use super::super::model::{Model, Pane, Tab};
use super::super::view;
use super::{ask, navigate};
use crate::domain::{RunId, TaskId};
use crate::store::history::Past;

/// Asks for what is shown and not there, or has changed.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    if view::tasks::has_strips(model) {
        let (rows, _) = model.tasks.visible();
        let known = rows.iter().all(|row| model.strips_of.contains(&row.id));
        let changed = model.stale.strips && !model.awaited.contains_key(&Kind::Strips);
        if !rows.is_empty() && (!known || changed) {
            let tasks = nearby(model);
            model.strips_of.clone_from(&tasks);
            model.stale.strips = false;
            ask(model, effects, Query::Strips(tasks));
        }
    }
    let Some(view) = view::timeline::shown(model) else { return };
    let rows: Vec<TaskId> = view::timeline::rows(model).0.into_iter().map(|row| row.id).collect();
    let known = |asked: &Asked| asked.span == view.span && rows.iter().all(|row| asked.tasks.contains(row));
    let known = model.timeline.asked.as_ref().is_some_and(known);
    let changed = model.stale.timeline && !model.awaited.contains_key(&Kind::Timeline);
    if !rows.is_empty() && (!known || changed) {
        let tasks = timed_nearby(model, rows);
        let asked = Asked { span: view.span, tasks };
        model.timeline.asked = Some(asked.clone());
        model.stale.timeline = false;
        ask(model, effects, Query::Timeline(asked.span, asked.tasks));
    }
}

/// The tasks on the screen and as many on either side, so that not every key asks anew.
fn nearby(model: &Model) -> Vec<TaskId> {
    let (visible, cursor) = model.tasks.visible();
    let rows = model.tasks.rows();
    let at = model.tasks.cursor();
    let (from, to) = (at.saturating_sub(cursor + visible.len()), at + 2 * visible.len() - cursor.min(visible.len()));
    rows[from.min(rows.len())..to.min(rows.len())].iter().map(|row| row.id).collect()
}

/// These rows of the timeline, and those of the tasks around.
fn timed_nearby(model: &Model, mut rows: Vec<TaskId>) -> Vec<TaskId> {
    let around = nearby(model);
    let timed = model.tasks.rows().iter().filter(|row| row.is_timed() && around.contains(&row.id)).map(|row| row.id);
    let others: Vec<TaskId> = timed.filter(|task| !rows.contains(task)).collect();
    rows.extend(others);
    rows
}

/// The keys of time.
pub(super) fn act(model: &mut Model, action: Action) {
    let half = view::timeline::shown(model).map_or(1, |view| (view.columns.1 - view.columns.0 + 1) / 2);
    match action {
        Action::Earlier => model.timeline.move_by(-1, half),
        Action::Later => model.timeline.move_by(1, half),
        Action::Now => model.timeline.to_now(),
        Action::Closer | Action::Farther => {
            let edge = if action == Action::Farther { "7 days" } else { "3 hours" };
            if !model.timeline.zoom(action == Action::Farther) {
                model.tell(Level::Info, format!("{edge} to either side: there is no more"));
            }
        }
        _ => {}
    }
}

/// To what is under the cursor of the timeline: the log of a run, the schedule that is planned, why a slot was missed.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((task, slug)) = model.tasks.selected().map(|row| (row.id, row.slug.clone())) else { return };
    let Some((cell, future)) = view::timeline::under_cursor(model) else { return };
    match (cell, future) {
        (Cell { plan: Some(plan), .. }, true) => {
            ask(model, effects, Query::Editable(task, Editor::Builder(Some(plan.start.schedule))));
        }
        (Cell { past: Some(Past::Ran(run) | Past::Runs(run) | Past::Failed(run)), .. }, false) => show(model, run),
        (Cell { past: Some(Past::Missed(_)), .. }, false) => {
            model.layers.push(Layer::Why(Box::new(Why::of(task, slug))));
            model.stale.why = true;
        }
        (_, true) => model.tell(Level::Info, "nothing is planned here"),
        (_, false) => model.tell(Level::Info, "nothing ran here"),
    }
}

/// Shows what a run of the selected task printed.
fn show(model: &mut Model, run: RunId) {
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

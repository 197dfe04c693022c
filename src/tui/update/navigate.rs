//! Moving: between panes, inside lists, deeper and back.

use std::cmp::Reverse;

use super::super::action::{Action, Scope};
use super::super::layout::{Layout, widened};
use super::super::model::duties::NextTab;
use super::super::model::marks::Marks;
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, Tab};
use super::super::view;
use super::super::view::details::Goto;
use super::{marks, script};
use crate::domain::task::Kind;
use crate::domain::{RunId, TaskId};
use crate::store::order::Order;
use crate::store::tasks::TaskRow;

/// Columns by which the side column grows and shrinks.
const STEP: i16 = 4;

/// Does an action that only moves.
pub(super) fn act(model: &mut Model, action: Action) {
    match action {
        Action::FocusTasks => focus(model, Pane::Tasks),
        Action::FocusNext => {
            if model.focus == Pane::Next {
                other_tab(model);
            }
            focus(model, Pane::Next);
        }
        Action::FocusRuns => focus(model, Pane::Runs),
        Action::FocusMain => {
            model.stands_in = false;
            if model.focus == Pane::Main {
                model.tab = match model.tab {
                    Tab::Log => Tab::Script,
                    Tab::Script => Tab::Details,
                    Tab::Details => Tab::Log,
                };
            }
            focus(model, Pane::Main);
        }
        Action::FocusTimeline => focus(model, Pane::Timeline),
        Action::Wider => model.wider = widened(model.size, model.wider, STEP),
        Action::Narrower => model.wider = widened(model.size, model.wider, -STEP),
        Action::PaneAfter => step(model, 1),
        Action::PaneBefore => step(model, Pane::ALL.len() - 1),
        Action::Open | Action::In => open(model),
        Action::Out => drop(back(model)),
        Action::Back => step_back(model),
        Action::Zoom => {
            model.zoom = !model.zoom;
            if model.zoom {
                // In the text Esc is a way out of that, and letters are letters.
                let keys = match model.scope() {
                    Scope::Editor => model.key_in(Scope::Editor, Action::Zoom),
                    _ => format!("{} or Esc", model.key_of(Action::Zoom)),
                };
                model.tell(Level::Info, format!("{keys}: back to all panes"));
            }
        }
        Action::AllRuns => all_runs(model),
        Action::Down => scroll(model, model.focus, 1),
        Action::Up => scroll(model, model.focus, -1),
        Action::HalfDown => scroll(model, model.focus, half(model)),
        Action::HalfUp => scroll(model, model.focus, -half(model)),
        Action::PageDown => scroll(model, model.focus, page(model)),
        Action::PageUp => scroll(model, model.focus, -page(model)),
        Action::First => end(model, false),
        Action::Last => end(model, true),
        _ => {}
    }
}

/// The other tab of pane 2.
fn other_tab(model: &mut Model) {
    model.next_tab = match model.next_tab {
        NextTab::Runs => NextTab::Agenda,
        NextTab::Agenda => NextTab::Runs,
    };
    (model.stale.agenda, model.stale.duties) = (true, true);
}

/// Goes to the task that is selected in the agenda.
pub(super) fn open_duty(model: &mut Model) {
    if let Some((task, slug)) = model.next_selected().map(|(task, slug)| (task, slug.to_owned())) {
        jump(model, task, slug, None);
    }
}

/// Gives a pane the keys.
pub(super) fn focus(model: &mut Model, pane: Pane) {
    model.focus = pane;
    match pane {
        Pane::Runs => model.run_chosen = !model.runs.is_empty(),
        Pane::Tasks | Pane::Next => {
            // Whoever leaves the list at the newest run wants to see the newest one.
            model.run_chosen &= model.runs.place() != Some(1);
            model.list = pane;
        }
        // Its rows are those of the list.
        Pane::Timeline => model.list = Pane::Tasks,
        Pane::Main => {}
    }
}

/// One step back: out of the zoom, then to the pane that this one was opened from. False at the top.
pub(super) fn back(model: &mut Model) -> bool {
    if model.zoom {
        model.zoom = false;
        return true;
    }
    match model.focus {
        Pane::Main if is_todo(model) => focus(model, model.list),
        Pane::Main => focus(model, if model.side == Pane::Next { Pane::Next } else { Pane::Runs }),
        Pane::Runs => focus(model, model.list),
        Pane::Next | Pane::Timeline => focus(model, Pane::Tasks),
        Pane::Tasks => return false,
    }
    true
}

/// Esc: the range, then the marks of the pane; one step back; at the top it takes the filter away.
fn step_back(model: &mut Model) {
    if !marks::back(model) && !back(model) {
        set_filter(model, String::new());
    }
}

/// Selects a task, whatever filter hides it.
pub(super) fn go_to_task(model: &mut Model, task: TaskId, slug: String) {
    set_filter(model, String::new());
    model.tasks.select(task, slug);
    model.stale.tasks = true;
    focus(model, Pane::Tasks);
}

/// Shows what a run printed, its task selected.
pub(super) fn go_to_run(model: &mut Model, task: TaskId, slug: String, run: RunId) {
    go_to_task(model, task, slug);
    if model.all_runs {
        model.all_runs = false;
        model.runs.reset();
    }
    if model.subject == Some(task) && model.listed().is_some_and(|(listed, _)| listed == task) {
        model.runs.select(run, Reverse(run));
    } else {
        model.wanted_run = Some((task, run));
    }
    model.stale.runs = true;
    model.run_chosen = true;
    model.tab = Tab::Log;
    focus(model, Pane::Main);
}

/// Filters the tasks; the answer comes later, the cursor stays on its task if it can (UX 46).
pub(super) fn set_filter(model: &mut Model, text: String) {
    if model.filter != text {
        model.filter = text;
        model.found = None;
        model.searching = Some(model.now.since);
        model.stale.tasks = true;
    }
}

/// Another order of the tasks; the cursor stays on its task (UX 46).
pub(super) fn sort(model: &mut Model, order: Order) {
    if model.order != order {
        model.order = order;
        // It was drawn in the order before.
        model.marks.tasks.end_range();
        model.tasks.reorder();
        model.searching = Some(model.now.since);
        model.stale.tasks = true;
    }
}

/// Goes to a task, and to one of its runs if there is one to see; no filter may hide it.
pub(super) fn jump(model: &mut Model, task: TaskId, slug: String, run: Option<RunId>) {
    if !model.surely_lists(&slug) {
        set_filter(model, String::new());
    }
    model.tasks.select(task, slug);
    model.stale.tasks = true;
    if model.all_runs {
        model.all_runs = false;
        model.runs.reset();
        model.marks.runs = Marks::default();
    }
    model.stale.runs = true;
    focus(model, Pane::Tasks);
    model.goal = run.map(|run| (task, run));
    reach_goal(model);
}

/// As soon as the runs are those of the task that somebody wants to see a run of, it is that run.
pub(super) fn reach_goal(model: &mut Model) {
    let Some((task, run)) = model.goal else { return };
    if model.subject == Some(task) && model.tasks.selected().is_some_and(|row| row.id == task) {
        model.goal = None;
        model.runs.select(run, Reverse(run));
        model.stale.runs = true;
        model.tab = Tab::Log;
        focus(model, Pane::Main);
        model.run_chosen = true;
    }
}

fn step(model: &mut Model, by: usize) {
    // Who comes past Next runs is on the way, and stays with the selected task.
    model.list = Pane::Tasks;
    // The timeline has a place, or a tab; elsewhere its number opens it over everything.
    let panes = Layout::of(model.size, model.side, model.side, false, 0);
    let has_place = panes.is_some_and(|panes| panes.tabs.is_some() || panes.frame(Pane::Timeline).is_some());
    let at = Pane::ALL.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    let around = (1..=Pane::ALL.len()).map(|n| Pane::ALL[(at + n * by) % Pane::ALL.len()]);
    if let Some(pane) = around.into_iter().find(|pane| *pane != Pane::Timeline || has_place) {
        focus(model, pane);
    }
}

/// Whether a person does what is selected: it has no runs.
fn is_todo(model: &Model) -> bool {
    model.subject.and_then(|task| model.kind_of(task)) == Some(Kind::Todo)
}

fn open(model: &mut Model) {
    match model.focus {
        // A to-do has no runs.
        Pane::Tasks if is_todo(model) => {
            model.tab = Tab::Details;
            focus(model, Pane::Main);
        }
        Pane::Tasks if model.tasks.selected().is_some() => focus(model, Pane::Runs),
        Pane::Runs if model.runs.selected().is_some() => {
            model.tab = Tab::Log;
            focus(model, Pane::Main);
        }
        Pane::Main if model.tab == Tab::Details => open_link(model),
        // Next runs and the timeline open more than a pane.
        Pane::Tasks | Pane::Next | Pane::Runs | Pane::Main | Pane::Timeline => {}
    }
}

fn all_runs(model: &mut Model) {
    model.all_runs = !model.all_runs;
    model.run_chosen = model.all_runs && model.focus == Pane::Runs;
    model.runs.reset();
    model.marks.runs = Marks::default();
    model.stale.runs = true;
    let key = model.key_of(Action::AllRuns);
    let all = || format!("runs of all tasks ({key}: of this one)");
    model.tell(Level::Info, if model.all_runs { all() } else { "runs of this task".to_owned() });
}

fn height(model: &Model) -> usize {
    let inside = model.layout().and_then(|layout| layout.inside(model.focus));
    inside.map_or(1, |area| usize::from(area.height))
}

fn half(model: &Model) -> isize {
    (height(model) / 2).max(1).cast_signed()
}

fn page(model: &Model) -> isize {
    height(model).saturating_sub(1).max(1).cast_signed()
}

/// Moves the cursor of a pane, or its text.
pub(super) fn scroll(model: &mut Model, pane: Pane, by: isize) {
    match pane {
        Pane::Tasks => {
            model.tasks.move_by(by);
        }
        Pane::Timeline => {
            model.tasks.move_among(by, TaskRow::is_timed);
        }
        Pane::Next if model.next_tab == NextTab::Agenda => {
            model.duties.move_by(by);
        }
        Pane::Next => {
            model.agenda.go(model.agenda.cursor.saturating_add_signed(by));
            if model.agenda.cursor + model.agenda.height >= model.agenda.rows.len() {
                model.stale.agenda = true;
            }
        }
        Pane::Runs => {
            model.run_chosen = true;
            model.runs.move_by(by);
        }
        Pane::Main if model.tab == Tab::Script => script::scroll(model, by),
        Pane::Main if by.abs() == 1 => step_details(model, by > 0),
        Pane::Main => scroll_details(model, model.details_top.saturating_add_signed(by)),
    }
}

fn end(model: &mut Model, last: bool) {
    match (model.focus, last) {
        (Pane::Tasks | Pane::Timeline, false) => model.tasks.first(),
        (Pane::Tasks | Pane::Timeline, true) => model.tasks.last(),
        (Pane::Next, last) if model.next_tab == NextTab::Agenda => {
            if last {
                model.duties.last();
            } else {
                model.duties.first();
            }
        }
        (Pane::Next, false) => model.agenda.go(0),
        (Pane::Next, true) => model.agenda.go(usize::MAX),
        (Pane::Runs, last) => {
            model.run_chosen = true;
            if last { model.runs.last() } else { model.runs.first() }
        }
        (Pane::Main, last) if model.tab == Tab::Script => {
            script::scroll(model, if last { isize::MAX } else { isize::MIN });
        }
        (Pane::Main, false) => model.details_top = 0,
        (Pane::Main, true) => scroll_details(model, usize::MAX),
    }
    if model.focus == Pane::Timeline && model.tasks.selected().is_some_and(|row| !row.is_timed()) {
        model.tasks.move_among(if last { -1 } else { 1 }, TaskRow::is_timed);
    }
    // The ends may be elsewhere.
    model.stale.tasks |= matches!(model.focus, Pane::Tasks | Pane::Timeline) && model.tasks.wants();
    model.stale.runs |= model.focus == Pane::Runs && model.runs.wants();
    model.stale.duties |= model.focus == Pane::Next && model.duties.wants();
}

/// A line further in the details: to the next one that leads somewhere, as soon as it is on the screen.
fn step_details(model: &mut Model, down: bool) {
    let height = height(model);
    let screen = model.details_top..model.details_top + height;
    let links = view::details::links(model).into_iter().map(|(at, _)| at).filter(|at| screen.contains(at));
    let from = model.details_link.filter(|at| screen.contains(at));
    let next = match (down, from) {
        (true, from) => links.into_iter().find(|at| from.is_none_or(|from| *at > from)),
        (false, Some(from)) => links.into_iter().rfind(|at| *at < from),
        (false, None) => None,
    };
    if next.is_some() {
        model.details_link = next;
        return;
    }
    let before = model.details_top;
    scroll_details(model, if down { before + 1 } else { before.saturating_sub(1) });
    let came = if down { model.details_top + height - 1 } else { model.details_top };
    let is_new = model.details_top != before && view::details::links(model).iter().any(|(at, _)| *at == came);
    if is_new {
        model.details_link = Some(came);
    }
}

/// Goes where the line leads to that is selected in the details.
fn open_link(model: &mut Model) {
    let at = model.details_link;
    match view::details::links(model).into_iter().find(|(line, _)| Some(*line) == at) {
        Some((_, Goto::Task(task, slug))) => {
            model.stands_in = false;
            jump(model, task, slug, None);
            focus(model, Pane::Main);
        }
        Some((_, Goto::Run(task, slug, run))) => go_to_run(model, task, slug, run),
        None => {}
    }
}

fn scroll_details(model: &mut Model, to: usize) {
    let length = view::details::lines(model).len();
    let height = model.layout().and_then(|layout| layout.inside(Pane::Main)).map_or(1, |area| usize::from(area.height));
    model.details_top = to.min(length.saturating_sub(height));
}

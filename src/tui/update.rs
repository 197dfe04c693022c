//! What a message does to the state, and what it wants done: pure, without IO and without a clock.

mod builder;
mod bulk;
mod calendar;
mod categories;
mod compare;
mod copy;
mod done;
mod extras;
mod filter;
mod first;
mod form;
mod graphs;
mod hunt;
mod import;
mod inspector;
mod keys;
mod layers;
mod loaded;
mod log;
mod marks;
mod menu;
mod messages;
mod mouse;
mod navigate;
mod outside;
mod palette;
mod printed;
mod reports;
mod roster;
mod script;
mod stop;
mod tags;
mod templates;
mod themes;
mod todo;
mod usage;
mod verbs;
mod versions;
mod views;
mod why;

pub(super) use super::model::bulk::counted;
use std::cmp::Reverse;
use std::path::Path;

use ratatui::layout::Rect;

use super::effect::{Effect, Intent, Kind, Listing, Query};
use super::log::{LogRequest, Shown};
use super::model::duties::NextTab;
use super::model::layer::Layer;
use super::model::marks::Marks;
use super::model::toast::Level;
use super::model::{Model, Pane, Stale, Tab};
use super::msg::{Moment, Msg};
use super::view::{duties, timeline};
use super::worker::NoteJob;
use crate::domain::run::{Run, RunState};
use crate::domain::task;

/// Applies a message.
pub fn update(model: &mut Model, now: Moment, msg: Msg) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    let before = (model.layers.len(), model.messages.end());
    match msg {
        Msg::Key(key) => keys::key(model, &mut effects, key),
        Msg::Sent(key, bytes) => keys::sent(model, &mut effects, key, bytes),
        Msg::Paste(text) => layers::paste(model, &mut effects, &text),
        Msg::PasteTooLong => model.tell(Level::Warn, "too much was pasted at once: nothing was taken"),
        Msg::Resize(size) => model.size = size,
        Msg::Tick => {
            usage::tick(model);
            model.stale.prints = true;
            stop::tick(model, &mut effects);
            script::tick(model, &mut effects);
        }
        Msg::StoreChanged => {
            model.stale = Stale::ALL;
            log::look_again(model, &mut effects);
            script::look_again(model, &mut effects);
        }
        Msg::Answer(ticket, kind, answer) => {
            if model.awaited.get(&kind) == Some(&ticket) {
                model.awaited.remove(&kind);
            }
            // Whatever the answer says: who waited for it to leave does so, or stays.
            model.leaving &= kind != Kind::Editable;
            loaded::answer(model, &mut effects, *answer);
            keys::release(model, &mut effects);
        }
        Msg::Log(answer) => {
            model.log_awaited = false;
            log::answer(model, &mut effects, answer);
        }
        Msg::Editor(answer) => {
            script::answer(model, &mut effects, answer);
            keys::release(model, &mut effects);
        }
        Msg::Hunted(report) => hunt::found(model, *report),
        Msg::Done(done) => done::done(model, &mut effects, *done),
        Msg::Mouse(mouse) => mouse::mouse(model, &mut effects, mouse),
        Msg::Back(back) => outside::back(model, &mut effects, back),
        Msg::Copied(copied) => copy::copied(model, &mut effects, copied),
        Msg::Progress(done, of) => model.progress = Some((done, of)),
        Msg::BrokenOff(found) => roster::broken_off(model, &found),
        Msg::Kept(up_to) => {
            model.messages.kept(up_to);
            model.stale.messages = true;
            model.stale.overview = true;
        }
        Msg::Tell(level, text) => model.tell(level, text),
        Msg::Themes { choices, current, theme } => themes::open(model, choices, &current, theme),
        Msg::InForce(in_force) => themes::take(model, *in_force),
    }
    first::greet(model, &mut effects);
    if model.layers.len() > before.0 && model.layers.last().is_some_and(Layer::takes_hints) {
        model.messages.dismiss(before.1);
    }
    model.messages.expire(now.since);
    settle(model, &mut effects);
    let asks = |effect: &Effect| matches!(effect, Effect::Log(LogRequest::Open { .. } | LogRequest::View(_)));
    model.log_awaited |= effects.iter().any(asks);
    model.of_many |= effects.iter().any(|effect| matches!(effect, Effect::Intend(Intent::Bulk(_))));
    effects
}

/// What the first frame needs.
pub fn start(model: &mut Model) -> Vec<Effect> {
    let mut effects = pulse(model);
    settle(model, &mut effects);
    effects
}

/// Looks whether the store or the engine changed without a wake.
pub fn pulse(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    ask(model, &mut effects, Query::Pulse);
    effects
}

/// Asks a worker.
fn ask(model: &mut Model, effects: &mut Vec<Effect>, query: Query) {
    model.ticket += 1;
    model.awaited.insert(query.kind(), model.ticket);
    effects.push(Effect::Ask(model.ticket, query));
}

/// Draws the consequences that are the same whatever happened: sizes, what follows the selection, what must be loaded.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    fit(model, effects);
    follow(model, effects);
    script::follow(model, effects);
    hunt::arrive(model, effects);
    log::load(model, effects);
    load(model, effects);
    graphs::load(model, effects);
    printed::load(model, effects);
    usage::load(model, effects);
    why::load(model, effects);
    calendar::load(model, effects);
    form::check(model, effects);
    builder::ask_ahead(model, effects);
    extras::ask_ahead(model, effects);
    messages::load(model, effects);
    versions::load(model, effects);
    views::load(model, effects);
    categories::load(model, effects);
    if let Some((up_to, notes)) = model.messages.take_unsent() {
        effects.push(Effect::Notes(NoteJob::Keep(up_to, notes)));
    }
}

/// Tells the lists how high they are.
fn fit(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.focus.is_side() {
        model.side = model.focus;
    }
    let Some(layout) = model.layout() else { return };
    let height = |area: Option<Rect>| area.map(|area| usize::from(area.height));
    // The timeline alone shows as much of the list as it has room for.
    let of_list = layout.inside(Pane::Tasks).or_else(|| layout.inside(Pane::Timeline).map(timeline::list));
    if let Some(height) = height(of_list) {
        model.tasks.set_height(height);
    }
    if let Some(height) = height(layout.inside(Pane::Runs)) {
        model.runs.set_height(height);
    }
    if let Some(height) = height(layout.inside(Pane::Next)) {
        model.agenda.height = height;
        model.agenda.go(model.agenda.cursor);
    }
    if let Some(area) = layout.inside(Pane::Next) {
        let height = duties::rows(model, area);
        model.duties.set_height(height);
    }
    if let Some(area) = layout.inside(Pane::Main) {
        let zoomed = model.zoom && model.focus == Pane::Main;
        effects.extend(model.log.resize(area.as_size(), zoomed).into_iter().map(Effect::Log));
    }
}

/// Lets the runs, the details and the log follow the task that is selected in Tasks or in Next runs.
fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    let subject = model.listed().map(|(task, _)| task);
    if subject != model.subject && model.tasks.is_loaded() {
        model.subject = subject;
        model.details_top = 0;
        model.details_link = None;
        model.stale.details = true;
        stand_in(model);
        if !model.all_runs {
            model.run_chosen = false;
            model.runs.reset();
            model.marks.runs = Marks::default();
            model.stale.runs = true;
        }
        if let Some((_, run)) = model.wanted_run.take_if(|(task, _)| Some(*task) == subject) {
            model.runs.select(run, Reverse(run));
            model.run_chosen = true;
        }
    }
    navigate::reach_goal(model);
    if model.focus != Pane::Main {
        model.merged.clear();
    }
    if !model.merged.is_empty() {
        let shown = Shown::merged(model.merged.clone());
        if model.log.shown() != Some(&shown) {
            effects.extend(model.log.show(shown).into_iter().map(Effect::Log));
        }
        return;
    }
    // Until the runs are there the log stays as it is: its title says whose it is.
    if model.runs.is_loaded() {
        let requests = match model.runs.selected() {
            None => model.log.clear(),
            Some(run) => {
                let shown = shown(run, &model.runs_folder);
                if model.log.shown() == Some(&shown) { Vec::new() } else { model.log.show(shown) }
            }
        };
        effects.extend(requests.into_iter().map(Effect::Log));
    } else if model.tasks.is_loaded() && subject.is_none() {
        effects.extend(model.log.clear().into_iter().map(Effect::Log));
    }
}

/// A to-do has no log: Details are shown in its place, until the next task that has one.
fn stand_in(model: &mut Model) {
    let is_todo = model.subject.and_then(|task| model.kind_of(task)).map(|kind| kind == task::Kind::Todo);
    match (is_todo, model.tab) {
        (Some(true), Tab::Log) if !model.all_runs && model.focus != Pane::Main => {
            model.tab = Tab::Details;
            model.stands_in = true;
        }
        (Some(false), Tab::Details) if model.stands_in => {
            model.tab = Tab::Log;
            model.stands_in = false;
        }
        _ => {}
    }
}

/// What the log pane has to know about a run.
fn shown(run: &Run, runs_folder: &Path) -> Shown {
    Shown {
        run: run.id,
        folder: runs_folder.join(run.id.to_string()),
        trigger: run.trigger.phrase().to_owned(),
        started_at: run.started_at,
        finished_at: run.finished_at,
        outcome: run.outcome,
        reason: run.reason.clone(),
        attempts: run.attempts,
        waits: run.reason.clone().filter(|_| run.state == RunState::WaitingRetry),
        live: run.state != RunState::Finished,
        removed: run.removed.clone(),
        merged: Vec::new(),
    }
}

/// Asks for what is stale and shown.
fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(layout) = model.layout() else { return };
    let shows = |pane| layout.inside(pane).is_some();
    let more = model.tasks.wants() && !model.awaited.contains_key(&Kind::Tasks);
    let listed = shows(Pane::Tasks) || shows(Pane::Timeline);
    if (model.stale.tasks && listed) || (more && model.tasks.is_loaded()) {
        model.stale.tasks = false;
        let (text, order, anchor) = (model.filter.clone(), model.order, model.tasks.anchor());
        ask(model, effects, Query::Tasks(Listing { text, order, anchor }, model.tasks.around()));
    }
    if model.stale.overview {
        model.stale.overview = false;
        ask(model, effects, Query::Overview);
    }
    if model.next_tab == NextTab::Agenda && shows(Pane::Next) {
        let more = model.duties.wants() && !model.awaited.contains_key(&Kind::Duties);
        if model.stale.duties || (more && model.duties.is_loaded()) {
            model.stale.duties = false;
            ask(model, effects, Query::Duties(model.duties.around()));
        }
    }
    if model.next_tab == NextTab::Runs && model.stale.agenda && shows(Pane::Next) {
        model.stale.agenda = false;
        ask(model, effects, Query::Agenda(agenda_rows(model)));
    }
    let task = model.subject.filter(|_| !model.all_runs);
    if task.is_some() || model.all_runs {
        let more = model.runs.wants() && !model.awaited.contains_key(&Kind::Runs);
        let needed = shows(Pane::Runs) || shows(Pane::Main);
        if (model.stale.runs && needed) || (more && model.runs.is_loaded()) {
            model.stale.runs = false;
            ask(model, effects, Query::Runs(task, model.runs.around()));
        }
    }
    if model.stale.awaited && !model.notify.is_empty() {
        model.stale.awaited = false;
        ask(model, effects, Query::Ended(model.notify.iter().copied().collect()));
    }
    if let Some(task) = model.subject
        && model.stale.details
        && model.tab == Tab::Details
        && shows(Pane::Main)
    {
        model.stale.details = false;
        ask(model, effects, Query::Details(task));
    }
}

/// As many slots as the cursor can reach with the next page.
fn agenda_rows(model: &Model) -> usize {
    model.agenda.cursor + 2 * model.agenda.height.max(16)
}

/// The topmost layer.
fn top(model: &mut Model) -> Option<&mut Layer> {
    model.layers.last_mut()
}

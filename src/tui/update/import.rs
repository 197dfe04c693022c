//! The import layer, and the example set: what would be created is shown first, and `u` takes it back.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::Model;
use super::super::model::bulk::counted;
use super::super::model::import::{Import, Offer, Source};
use super::super::model::layer::{Choice, Layer, TYPE_AHEAD};
use super::super::model::toast::Level;
use super::super::view;
use super::super::worker::example;
use super::{ask, layers};
use crate::store::incoming::{Incoming, Place};

/// Opens the layer, and has the source read.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>, source: Source) {
    model.layers.push(Layer::Import(Box::new(Import::of(source))));
    ask(model, effects, Query::Foreign(source));
}

/// The layer on top.
fn current(model: &mut Model) -> Option<&mut Import> {
    match model.layers.last_mut() {
        Some(Layer::Import(import)) => Some(import),
        _ => None,
    }
}

/// What was found.
pub(super) fn take(model: &mut Model, source: Source, offer: Result<Offer, String>) {
    let now = model.now.since;
    if let Some(import) = current(model).filter(|import| import.source == source) {
        import.offer = Some(offer);
        import.shown = now;
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let page = view::import::rows(model.size);
    let most = view::import::lines(model).len().saturating_sub(page);
    let now = model.now.since;
    let action = model.keymap.find(Scope::Import, name).map(|row| row.action);
    let Some(import) = current(model) else { return };
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
        }
        Some(Action::OtherSource) => {
            let source = import.source.other();
            *import = Import::of(source);
            ask(model, effects, Query::Foreign(source));
        }
        // What was typed before it could be read is no answer (UX 39).
        Some(Action::Accept) if now >= import.shown + TYPE_AHEAD => accept(model, effects),
        Some(Action::Down) => import.top = (import.top + 1).min(most),
        Some(Action::Up) => import.top = import.top.saturating_sub(1),
        Some(Action::HalfDown | Action::PageDown) => import.top = (import.top + page).min(most),
        Some(Action::HalfUp | Action::PageUp) => import.top = import.top.saturating_sub(page),
        Some(Action::First) => import.top = 0,
        Some(Action::Last) => import.top = most,
        _ => {}
    }
}

/// Creates what is new; closes the layer when nothing is.
fn accept(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(import) = current(model) else { return };
    let new: Vec<Incoming> = match &import.offer {
        None => return,
        Some(Ok(offer)) if import.created.is_none() => {
            let is_new = |place: &Place| matches!(place, Place::New(_));
            offer.jobs.iter().filter(|job| is_new(&job.place)).map(|job| job.task.clone()).collect()
        }
        Some(_) => Vec::new(),
    };
    if new.is_empty() {
        model.layers.pop();
    } else if !import.creating {
        import.creating = true;
        effects.push(Effect::Intend(Intent::Import(new)));
    }
}

/// The tasks are there: now the originals are to be switched off, or both run.
pub(super) fn created(model: &mut Model, count: usize) {
    if let Some(import) = current(model) {
        import.creating = false;
        import.created = Some(count);
        import.top = 0;
    }
    model.tell(
        Level::Ok,
        format!("created {} ({} takes them back)", counted(count, "task"), model.key_of(Action::Undo)),
    );
}

/// They could not be made.
pub(super) fn failed(model: &mut Model) {
    if let Some(import) = current(model) {
        import.creating = false;
    }
}

/// Asks whether to load the example set, and says what that is.
pub(super) fn ask_for_example(model: &mut Model) {
    let tasks = example::TASKS.matches("[[task]]").count();
    let lines = vec![
        format!("{tasks} tasks of a home server: backups, checks, reports, and some that fail or hang on purpose."),
        format!("They begin at once, and all that they write is in {}.", model.example_folder.display()),
        format!("{} takes them back.", model.key_of(Action::Undo)),
    ];
    let choices = vec![('l', "load the example", Choice::LoadExample), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, "Load the example set?".to_owned(), lines, choices);
}

/// The example set is there.
pub(super) fn example_loaded(model: &mut Model, count: usize, folder: &std::path::Path) {
    if count == 0 {
        return model.tell(Level::Info, "the tasks of the example are all here already");
    }
    let (tasks, undo) = (counted(count, "task"), model.key_of(Action::Undo));
    model.tell(
        Level::Ok,
        format!("added {tasks} of the example ({undo} takes them back); they write in {}", folder.display()),
    );
}

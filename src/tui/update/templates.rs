//! The list of templates: it fills the fields of the form below that are empty.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Query};
use super::super::model::Model;
use super::super::model::layer::Layer;
use super::super::model::templates::{Entry, Templates};
use super::super::model::toast::Level;
use super::{ask, form};

/// Opens the list, and has the templates read.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    if form::current(model).is_some_and(|form| form.task.is_some()) {
        return model.tell(Level::Info, "a template is for a new task; this one has its text");
    }
    model.layers.push(Layer::Templates(Box::default()));
    ask(model, effects, Query::Templates);
}

fn current(model: &mut Model) -> Option<&mut Templates> {
    match model.layers.last_mut() {
        Some(Layer::Templates(templates)) => Some(templates),
        _ => None,
    }
}

/// What was read, and what is wrong with the person's own.
pub(super) fn take(model: &mut Model, entries: Vec<Entry>, problems: Vec<String>) {
    // A form for a new script is filled by what has one: a command would make another form of it.
    let scripts = model.layers.iter().any(|layer| matches!(layer, Layer::Form(form) if form.quick));
    let Some(templates) = current(model) else { return };
    let mut entries = entries;
    entries.retain(|entry| !scripts || entry.template.script.is_some());
    templates.entries = Some(entries);
    templates.problems.clone_from(&problems);
    for problem in problems {
        model.tell(Level::Warn, problem);
    }
}

pub(super) fn key(model: &mut Model, name: &str) {
    let action = model.keymap.find(Scope::Templates, name).map(|row| row.action);
    let Some(templates) = current(model) else { return };
    let last = templates.entries.as_ref().map_or(0, |entries| entries.len().saturating_sub(1));
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
        }
        Some(Action::Accept) => {
            if let Some(entry) = templates.selected().cloned() {
                model.layers.pop();
                fill(model, &entry);
            }
        }
        Some(Action::Down) => templates.cursor = (templates.cursor + 1).min(last),
        Some(Action::Up) => templates.cursor = templates.cursor.saturating_sub(1),
        Some(Action::First) => templates.cursor = 0,
        Some(Action::Last) => templates.cursor = last,
        _ => {}
    }
}

/// Nothing that was typed is overwritten; the name is left to the person.
fn fill(model: &mut Model, entry: &Entry) {
    let Some(form) = form::current(model) else { return };
    let kept = form.fill(&entry.template);
    form.advice = entry.template.change.iter().map(|what| format!("change: {what}")).collect();
    form.advice.extend(entry.lacks.iter().map(|program| format!("{program} is not installed here")));
    if !kept.is_empty() {
        let text = format!("{}: kept as you typed, the rest is from the template", kept.join(", "));
        model.tell(Level::Info, text);
    }
}

//! The form: opening, typing, checking, saving, closing.

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::draft::{Draft, NEW};
use super::super::model::form::Form;
use super::super::model::layer::Layer;
use super::super::model::toast::Level;
use super::super::model::{Model, edit};
use super::super::msg::Editable;
use super::{ask, builder, outside, templates};
use crate::domain::TaskId;

/// The form in which a task is added; with the text of the last time, if it was closed with any.
pub(super) fn open_new(model: &mut Model) {
    let form = match take_draft(model, None) {
        Some(kept) => Form { stored: Some(Vec::new()), ..Form::new(None, &kept.texts, kept.base) },
        None => Form::new(None, &[], Vec::new()),
    };
    open(model, form);
}

/// The form in which a task with a new script is added: a name is enough.
pub(super) fn open_script(model: &mut Model) {
    open(model, Form::script(&[("script", format!("{NEW} python"))]));
}

/// The same as [`open_new`], for a task of this name.
pub(super) fn open_named(model: &mut Model, name: &str) {
    open_new(model);
    if let Some(field) = current(model).and_then(|form| form.fields.iter_mut().find(|field| field.key == "name")) {
        edit::replace(&mut field.text, name);
    }
}

/// The form in which a task is edited.
pub(super) fn open_edit(model: &mut Model, editable: Editable) {
    let Editable { task, slug, texts, .. } = editable;
    let form = match take_draft(model, Some(task)) {
        Some(kept) => Form { stored: Some(texts), ..Form::new(Some((task, slug)), &kept.texts, kept.base) },
        None => Form::new(Some((task, slug)), &texts.clone(), texts),
    };
    open(model, form);
}

fn open(model: &mut Model, form: Form) {
    model.layers.push(Layer::Form(Box::new(form)));
}

pub(super) fn take_draft(model: &mut Model, task: Option<TaskId>) -> Option<Draft> {
    let at = model.drafts.iter().position(|draft| draft.task == task)?;
    Some(model.drafts.remove(at))
}

/// The form on top.
pub(super) fn current(model: &mut Model) -> Option<&mut Form> {
    match model.layers.last_mut() {
        Some(Layer::Form(form)) => Some(form),
        _ => None,
    }
}

/// Asks what the domain says about a text that has changed.
pub(super) fn check(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = current(model) else { return };
    let draft = form.draft();
    if form.sent.as_ref() != Some(&draft) {
        form.sent = Some(draft.clone());
        ask(model, effects, Query::Check(draft));
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let action = model.keymap.find(Scope::Form, name).map(|row| row.action);
    let Some(form) = current(model) else { return };
    let (focus, last) = (form.focus, form.fields.len().saturating_sub(1));
    let is_todo = form.is_of_todo();
    let Some(field) = form.fields.get_mut(focus) else { return };
    match action {
        Some(Action::FieldEnter) if focus == last || form.quick => save(model, effects),
        Some(Action::FormSave) => save(model, effects),
        Some(Action::FormClose) => close(model),
        Some(Action::FormRevert) => form.revert(),
        Some(Action::Schedule) if is_todo => {
            model.tell(Level::Info, "a to-do is not run by a schedule; with a command it is the machine's");
        }
        Some(Action::Schedule) => builder::open_from_form(model),
        Some(Action::Templates) => templates::open(model, effects),
        Some(Action::FieldEditor) => outside::field(model, effects),
        Some(Action::FieldLine) => {
            if field.lines {
                field.text.insert_newline();
            }
        }
        // In a text of several lines Up and Down first move inside it.
        Some(Action::FieldAfter) if name == "Down" && edit::line(&mut field.text, true) => {}
        Some(Action::FieldBefore) if name == "Up" && edit::line(&mut field.text, false) => {}
        Some(Action::FieldAfter | Action::FieldEnter) => form.step(true),
        Some(Action::FieldBefore) => form.step(false),
        _ => {
            edit::key(&mut field.text, key);
        }
    }
}

pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(form) = current(model)
        && let Some(field) = form.fields.get_mut(form.focus)
    {
        edit::paste(&mut field.text, text, field.lines);
    }
}

fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = current(model) else { return };
    form.tried = true;
    if !form.saving {
        form.overtaken.clear();
        form.saving = true;
        effects.push(Effect::Intend(Intent::Save(form.draft())));
    }
}

/// Closes the form. What was typed is kept until it is opened again.
fn close(model: &mut Model) {
    let Some(form) = current(model) else { return };
    let draft = form.draft();
    let changed =
        draft.texts.iter().any(|(_, text)| !text.trim().is_empty()) && (form.stored.is_some() || draft != form.first);
    let action = if form.task.is_some() { Action::Edit } else { Action::Add };
    model.layers.pop();
    if changed {
        model.drafts.push(draft);
        let key = model.key_of(action);
        model.tell(Level::Info, format!("not saved; {key} opens it again with this text"));
    }
}

//! The schedule builder: opening it over a list or the form, typing, looking ahead, saving, closing.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Intent, Query};
use super::super::model::builder::{Builder, Origin};
use super::super::model::draft::Draft;
use super::super::model::layer::Layer;
use super::super::model::outlook::{Asked, Outlook};
use super::super::model::toast::Level;
use super::super::model::{Model, edit};
use super::super::msg::Editable;
use super::{ask, form};
use crate::domain::ScheduleId;
use crate::domain::phrase::describe;
use crate::domain::when::When;

/// What is said of times to come is looked at again after this long, or when the first of them has come, but not more often than ten
/// times as often.
const REFRESH: Duration = Duration::from_secs(60);

/// Lines of the preview that one key scrolls, and more than there ever are.
const SCROLL: usize = 4;
const MOST_SCROLLED: usize = 40;

/// The builder for a task, at one of its schedules; with the text that was left, in the form or here.
pub(super) fn open(model: &mut Model, editable: Editable, schedule: Option<ScheduleId>) {
    let Editable { task, slug, texts, schedules, .. } = editable;
    let at = schedule.and_then(|id| schedules.iter().position(|one| *one == id)).unwrap_or(0);
    let fresh = Draft { task: Some(task), base: texts.clone(), texts };
    if !has_work(&fresh) {
        let what = "is a to-do, done by a person";
        let edit = model.key_of(Action::Edit);
        return model.tell(Level::Warn, format!("{slug} {what}: {edit} gives it a command or a due date"));
    }
    let kept = form::take_draft(model, Some(task));
    let stored = kept.is_some().then(|| fresh.clone());
    let mut builder = Builder::new(Origin::Task(slug), kept.unwrap_or(fresh), at);
    builder.stored = stored;
    model.layers.push(Layer::Builder(Box::new(builder)));
}

/// Only what runs has schedules.
fn has_work(base: &Draft) -> bool {
    ["command", "script"].iter().any(|key| !base.text(key).trim().is_empty())
}

/// The builder over the form, with its schedules.
pub(super) fn open_from_form(model: &mut Model) {
    let Some(form) = form::current(model).filter(|form| !form.saving) else { return };
    // The answer to what it asked will not find it on top.
    form.sent = None;
    let new = Builder::new(Origin::Form, form.draft(), 0);
    // What was left in it is offered as long as the form has not been changed otherwise.
    let kept = form.builder.take().filter(|kept| kept.first == new.first);
    let stored = kept.is_some().then(|| form.draft());
    let mut builder = kept.unwrap_or_else(|| Box::new(new));
    builder.stored = stored;
    builder.sent = None;
    model.layers.push(Layer::Builder(builder));
}

/// The builder on top.
fn current(model: &mut Model) -> Option<&mut Builder> {
    match model.layers.last_mut() {
        Some(Layer::Builder(builder)) => Some(builder),
        _ => None,
    }
}

/// The builder that was being saved; it can be typed into again.
pub(super) fn saving(model: &mut Model) -> Option<&mut Builder> {
    let builder = current(model)?;
    builder.saving = false;
    Some(builder)
}

/// Asks what will come, when the text has changed or time has passed.
pub(super) fn ask_ahead(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.since;
    let Some(builder) = current(model) else { return };
    let asked = builder.asked();
    let is_late = builder.refresh_at.is_some_and(|at| at <= now);
    if is_late || builder.sent.as_ref() != Some(&asked) {
        builder.refresh_at = None;
        builder.sent = Some(asked.clone());
        ask(model, effects, Query::Preview(asked));
    }
}

/// Takes an answer, if it is that to what stands there.
pub(super) fn take(model: &mut Model, asked: &Asked, outlook: Box<Outlook>) {
    let now = model.now.since;
    let Some(builder) = current(model) else { return };
    if builder.sent.as_ref() == Some(asked) {
        let first = outlook.seen.as_ref().and_then(|seen| seen.preview.slots.first());
        let until = first.and_then(|next| Duration::try_from(next.due.at.duration_since(outlook.now)).ok());
        builder.refresh_at = Some(now + until.unwrap_or(REFRESH).clamp(REFRESH / 10, REFRESH));
        builder.outlook = Some(outlook);
    }
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, key: KeyEvent, name: &str) {
    let action = model.keymap.find(Scope::Builder, name).map(|row| row.action);
    let Some(builder) = current(model) else { return };
    let (focus, last) = (builder.focus, builder.fields.len().saturating_sub(1));
    match action {
        Some(Action::FieldEnter) if focus == last => save(model, effects),
        Some(Action::FormSave) => save(model, effects),
        Some(Action::FormClose) => close(model),
        Some(Action::FieldAfter | Action::FieldEnter) => builder.focus = (focus + 1).min(last),
        Some(Action::FieldBefore) => builder.focus = focus.saturating_sub(1),
        Some(Action::SwapWhen) => swap(model),
        Some(Action::FormRevert) => builder.revert(),
        Some(Action::ScheduleAfter) if builder.count() < 2 => {
            let key = model.key_in(Scope::Builder, Action::ScheduleAdd);
            model.tell(Level::Info, format!("there is one schedule; {key} adds another"));
        }
        Some(Action::ScheduleAfter) => builder.next_schedule(),
        Some(Action::ScheduleAdd) => builder.add(),
        Some(Action::ScheduleRemove) => builder.remove(),
        Some(Action::SchedulePast) => builder.past = !builder.past,
        Some(Action::PageDown) => builder.scroll = (builder.scroll + SCROLL).min(MOST_SCROLLED),
        Some(Action::PageUp) => builder.scroll = 0,
        _ => {
            if let Some(field) = builder.fields.get_mut(focus) {
                edit::key(&mut field.text, key);
            }
        }
    }
}

pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(builder) = current(model)
        && let Some(field) = builder.fields.get_mut(builder.focus)
    {
        edit::paste(&mut field.text, text, false);
    }
}

/// Writes when it is due in the other way: words as cron, cron as words, and back what stood there before.
fn swap(model: &mut Model) {
    let (zone, now) = (model.zone.clone(), model.now.at);
    let Some(builder) = current(model) else { return };
    let parse = {
        let task = builder.spread();
        move |text: &str| When::parse_for(task, text, &zone, now)
    };
    builder.focus = 0;
    let text = builder.text("when");
    let (text, before) = (text.trim().to_owned(), builder.swapped.take());
    let other = match before {
        Some((written, before)) if written == text => Ok(before),
        _ => match parse(&text) {
            Ok(When::At(_)) => Err("a time is written in one way only".to_owned()),
            Ok(when) => {
                let (cron, phrase) = (when.to_string(), describe(&when));
                let is_read_back = |text: &str| parse(text).as_ref() == Ok(&when);
                let other = if text == cron { phrase } else { cron };
                if other == text || !is_read_back(&other) {
                    Err("no words that are read back say just this".to_owned())
                } else {
                    Ok(other)
                }
            }
            Err(_) => Err("it cannot be read yet".to_owned()),
        },
    };
    match (other, builder.fields.first_mut()) {
        (Ok(other), Some(field)) => {
            field.text = edit::editor(&other);
            builder.swapped = Some((other, text));
        }
        (Err(why), _) => model.tell(Level::Info, why),
        (Ok(_), None) => {}
    }
}

/// Saves the task, or gives the texts to the form; not with anything wrong in them.
fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(builder) = current(model) else { return };
    if builder.saving {
        return;
    }
    builder.tried = true;
    let wrong = builder.fresh().map(|outlook| (outlook.errors.first().cloned(), outlook.wrong.first().copied()));
    match wrong {
        Some((Some(wrong), _)) => {
            builder.go_to(wrong.key);
            model.tell(Level::Error, format!("not saved: {}: {}", wrong.key, wrong.text));
        }
        Some((None, Some(at))) => {
            builder.show(at);
            model.tell(Level::Error, "not saved: this schedule is not right yet");
        }
        Some((None, None)) | None if builder.origin == Origin::Form => hand_over(model),
        Some((None, None)) | None => {
            builder.saving = true;
            effects.push(Effect::Intend(Intent::Save(builder.draft())));
        }
    }
}

/// Gives the form below the texts.
fn hand_over(model: &mut Model) {
    let Some(Layer::Builder(builder)) = model.layers.pop() else { return };
    let Some(form) = form::current(model) else { return };
    let draft = builder.draft();
    for field in &mut form.fields {
        if let Some((key, text)) = draft.texts.iter().find(|(key, _)| *key == field.key)
            && ["when", "overlap", "timeout"].contains(key)
            && *text != edit::text(&field.text)
        {
            field.text = edit::editor(text);
        }
    }
}

/// Closes it. What was typed is kept: for the form in the form, for a task until it is edited again.
fn close(model: &mut Model) {
    let Some(Layer::Builder(builder)) = model.layers.pop() else { return };
    let draft = builder.draft();
    if draft == builder.first && builder.stored.is_none() {
        return;
    }
    if builder.origin == Origin::Form {
        if let Some(form) = form::current(model) {
            form.builder = Some(builder);
        }
        let key = model.key_in(Scope::Form, Action::Schedule);
        return model.tell(Level::Info, format!("not taken over; {key} opens it again with this text"));
    }
    model.drafts.push(draft);
    let key = model.key_of(Action::Schedule);
    model.tell(Level::Info, format!("not saved; {key} opens it again with this text"));
}

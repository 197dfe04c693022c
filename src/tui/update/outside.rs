//! What leaves the screen for a while, and what it came back with.

use super::super::action::Scope;
use super::super::effect::{Editor, Effect, Intent, Query};
use super::super::model::draft::Draft;
use super::super::model::layer::Layer;
use super::super::model::toast::Level;
use super::super::model::{Model, Stale, edit};
use super::super::msg::{Back, Editable};
use super::super::outside::{Edited, Left, Outside, Source, text_of};
use super::{ask, form, pulse};

/// `Y`: the pane as plain text. Of the log, the lines that are selected, else those on the screen, whole; where some are hidden, as
/// the screen has them.
pub(super) fn plain(model: &Model, effects: &mut Vec<Effect>) {
    if model.scope() == Scope::Log && model.log.shows_every_line() {
        if let Some(source) = log(model, true) {
            effects.push(Effect::Outside(Outside::Plain(source)));
        }
    } else {
        effects.push(Effect::Outside(Outside::Pane));
    }
}

/// `o` in Runs and Log: what the run printed, in the pager.
pub(super) fn pager(model: &Model, effects: &mut Vec<Effect>) {
    if let Some(source) = log(model, false) {
        effects.push(Effect::Outside(Outside::Pager(source)));
    }
}

/// The output that is shown.
fn log(model: &Model, on_screen: bool) -> Option<Source> {
    let shown = model.log.shown()?;
    let lines = on_screen.then(|| model.log.looked_at());
    Some(Source::Log { folder: shown.folder.clone(), lines })
}

/// `o` elsewhere: the script or the command of the task, in the editor. What is typed from now on is for that one.
pub(super) fn editor(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(subject) = model.acts_on() {
        model.leaving = true;
        ask(model, effects, Query::Editable(subject.task, Editor::Outside));
    }
}

/// The task that is to be edited is here.
pub(super) fn edit_task(model: &mut Model, effects: &mut Vec<Effect>, editable: Editable) {
    let Editable { task, slug, texts, .. } = editable;
    let edited = if !text_of(&texts, "script").is_empty() {
        Edited::Script { slug, path: text_of(&texts, "script").into() }
    } else if !text_of(&texts, "command").is_empty() {
        Edited::Command { task, slug, texts }
    } else {
        model.tell(Level::Info, format!("{slug} is a to-do: it has no script and no command; e edits the rest of it"));
        return;
    };
    effects.push(Effect::Outside(Outside::Editor(edited)));
}

/// Ctrl-o in the form: the field that is typed into, in the editor.
pub(super) fn field(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(form) = form::current(model) else { return };
    if let Some(field) = form.fields.get(form.focus) {
        let edited = Edited::Field { key: field.key, text: edit::text(&field.text) };
        effects.push(Effect::Outside(Outside::Editor(edited)));
    }
}

/// The screen is ours again.
pub(super) fn back(model: &mut Model, effects: &mut Vec<Effect>, back: Back) {
    model.leaving = false;
    model.back_at = Some(model.now.since);
    model.stale = Stale::ALL;
    effects.extend(pulse(model));
    match back {
        Back::Plain(Ok(()))
        | Back::Pager(Ok(()))
        | Back::Shell(Ok(()))
        | Back::Edited(Edited::Field { .. }, Ok(Left::Same)) => {}
        Back::Plain(Err(e)) => model.tell(Level::Error, format!("not shown to its end: {e}")),
        Back::Pager(Err(e)) => model.tell(Level::Error, format!("the pager: {e}")),
        Back::Shell(Err(e)) => model.tell(Level::Error, format!("not suspended: {e}")),
        Back::Edited(_, Err(e)) => model.tell(Level::Error, format!("not changed: {e}")),
        Back::Edited(Edited::Script { .. } | Edited::Command { .. }, Ok(Left::Same)) => {
            model.tell(Level::Info, "nothing was changed");
        }
        Back::Edited(Edited::Script { slug, .. }, Ok(Left::Changed { file, .. })) => {
            model.tell(Level::Ok, format!("{slug} has a new script from its next run on: {}", file.display()));
        }
        Back::Edited(Edited::Command { .. }, Ok(Left::Changed { text, file })) if text.trim().is_empty() => {
            effects.push(Effect::Remove(file));
            model.tell(Level::Info, "not changed: the text was empty");
        }
        Back::Edited(Edited::Command { task, texts, .. }, Ok(Left::Changed { text, file })) => {
            let mut draft = Draft { task: Some(task), base: texts.clone(), texts };
            for (key, old) in &mut draft.texts {
                if *key == "command" {
                    old.clone_from(&text);
                }
            }
            model.sheet = Some(file);
            effects.push(Effect::Intend(Intent::Save(draft)));
        }
        Back::Edited(Edited::Field { key, .. }, Ok(Left::Changed { text, file })) => {
            effects.push(Effect::Remove(file));
            if let Some(Layer::Form(form)) = model.layers.last_mut()
                && let Some(field) = form.fields.iter_mut().find(|field| field.key == key)
            {
                let text = if field.lines { text } else { text.lines().collect::<Vec<_>>().join(" ") };
                edit::replace(&mut field.text, &text);
            }
        }
    }
}

/// The command that was edited outside is stored: its file is not needed any more.
pub(super) fn stored(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.extend(model.sheet.take().map(Effect::Remove));
}

/// It is not: the text stays in its file.
pub(super) fn refused(model: &mut Model, why: &str) {
    if let Some(file) = model.sheet.take() {
        model.tell(Level::Error, format!("not saved: {why}; the text is in {}", file.display()));
    }
}

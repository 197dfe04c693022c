//! The versions of a script: opened over any list, moved in, brought back, and asked which one broke it.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, Kind, Query};
use super::super::model::Model;
use super::super::model::layer::{Choice, Layer};
use super::super::model::toast::Level;
use super::super::model::versions::{Against, Versions};
use super::super::model::window::Page;
use super::super::view;
use super::{ask, layers};
use crate::domain::version::{Broke, File, Version};
use crate::domain::{TaskId, VersionId};

/// Opens them for the task that the verbs act on.
pub(super) fn open(model: &mut Model) {
    let Some(subject) = model.acts_on() else { return };
    model.layers.push(Layer::Versions(Box::new(Versions::of(subject.task, subject.slug))));
    model.stale.versions = true;
}

/// Opens them, if they are not, and asks which one broke the task.
pub(super) fn ask_what_broke(model: &mut Model, effects: &mut Vec<Effect>) {
    if current(model).is_none() {
        open(model);
    }
    if let Some(task) = current(model).map(|versions| versions.task) {
        ask(model, effects, Query::Broke(task));
    }
}

fn current(model: &mut Model) -> Option<&mut Versions> {
    match model.layers.last_mut() {
        Some(Layer::Versions(versions)) => Some(versions),
        _ => None,
    }
}

/// Tells the list how high it is, and asks for what it lacks and for what is different.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    let height = view::versions::rows(model.size);
    let (stale, waits) = (model.stale.versions, model.awaited.contains_key(&Kind::Versions));
    let Some(versions) = current(model) else { return };
    versions.rows.set_height(height);
    let (task, file) = (versions.task, versions.file);
    let wanted = versions.wanted().filter(|wanted| versions.asked != Some(*wanted));
    if wanted.is_some() {
        (versions.asked, versions.top) = (wanted, 0);
    }
    let around = versions.rows.around();
    let lacks = versions.rows.wants() && versions.rows.is_loaded() && !waits;
    if stale || lacks {
        model.stale.versions = false;
        ask(model, effects, Query::Versions(task, file, around));
    }
    if let Some((new, old)) = wanted {
        ask(model, effects, Query::Difference(new, old));
    }
}

/// Takes a page.
pub(super) fn take(model: &mut Model, task: TaskId, file: File, page: Page<Version>) {
    if let Some(versions) = current(model).filter(|versions| (versions.task, versions.file) == (task, file)) {
        versions.rows.take(page);
    }
}

/// Takes what is different.
pub(super) fn differs(model: &mut Model, of: VersionId, against: Against) {
    if let Some(versions) = current(model).filter(|versions| versions.asked.is_some_and(|(new, _)| new == of)) {
        versions.shown = Some((of, against));
    }
}

/// Takes between which runs it broke, and goes to what was changed between them.
pub(super) fn broke(model: &mut Model, task: TaskId, broke: Option<Box<Broke>>) {
    let Some(versions) = current(model).filter(|versions| versions.task == task) else { return };
    let slug = versions.slug.clone();
    let Some(broke) = broke else {
        return model
            .tell(Level::Info, format!("{slug} is not broken: no run failed after the last one that succeeded"));
    };
    let bad = broke.bad.0;
    let Some((good, _)) = &broke.good else {
        return model.tell(Level::Info, format!("no run of {slug} before #{bad} is known that succeeded"));
    };
    let changed = broke.changed();
    let Some((before, after)) = changed.first() else {
        let text = format!("#{good} was ok and #{bad} failed with the same script: it was not the script that changed");
        return model.tell(Level::Info, text);
    };
    if after.file != versions.file {
        versions.turn(after.file);
    }
    let also = if changed.len() > 1 { ", and the requirements" } else { "" };
    versions.broke = Some(format!("#{good} was ok with version {}, #{bad} failed with {}{also}", before.id, after.id));
    versions.pair = Some((after.id, before.id));
    versions.asked = None;
    // What is brought back from here is what was good.
    versions.rows.select(before.id, std::cmp::Reverse(before.id));
    model.stale.versions = true;
}

pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let height = view::versions::difference_rows(model.size);
    let action = model.keymap.find(Scope::Versions, name).map(|row| row.action);
    let Some(versions) = current(model) else { return };
    let top = versions.top;
    let page = versions.rows.height().saturating_sub(1).max(1).cast_signed();
    match action {
        Some(Action::Cancel) => {
            model.layers.pop();
            return;
        }
        Some(Action::OtherFile) => {
            let other = if versions.file == File::Script { File::Requirements } else { File::Script };
            versions.turn(other);
            model.stale.versions = true;
            return;
        }
        Some(Action::Broke) => return ask_what_broke(model, effects),
        Some(Action::Restore) => return restore(model),
        Some(Action::HalfDown) => versions.scroll(top + (height / 2).max(1), height),
        Some(Action::HalfUp) => versions.scroll(top.saturating_sub((height / 2).max(1)), height),
        Some(Action::Down) => drop(versions.rows.move_by(1)),
        Some(Action::Up) => drop(versions.rows.move_by(-1)),
        Some(Action::PageDown) => drop(versions.rows.move_by(page)),
        Some(Action::PageUp) => drop(versions.rows.move_by(-page)),
        Some(Action::First) => versions.rows.first(),
        Some(Action::Last) => versions.rows.last(),
        _ => return,
    }
    let wants = versions.rows.wants();
    model.stale.versions |= wants;
}

/// Asks whether the one under the cursor is to be in its file again.
fn restore(model: &mut Model) {
    let Some(versions) = current(model) else { return };
    let (slug, file) = (versions.slug.clone(), versions.file);
    let Some(version) = versions.rows.selected().cloned() else { return };
    if !version.is_kept {
        return model.tell(Level::Info, "of this version only the hash is kept: it was too large");
    }
    let title = format!("Write version {} into the {file} of {slug}?", version.id);
    let lines = vec![
        "What stands in the file now stays a version.".to_owned(),
        "Runs from now on execute it; what runs goes on.".to_owned(),
    ];
    let choices = vec![('y', "restore it", Choice::Restore(version.id)), ('n', "no", Choice::Stay)];
    layers::open_dialog(model, title, lines, choices);
}

//! Copying: what of the thing under the cursor goes to the clipboard, and what became of it.

use super::super::action::Part;
use super::super::clipboard::Copied;
use super::super::effect::{Editor, Effect, Query};
use super::super::model::Model;
use super::super::model::toast::Level;
use super::super::msg::Editable;
use super::super::outside::text_of;
use super::ask;
use crate::output::index::OUTPUT_FILE;

/// Copies a part of the thing under the cursor, or asks for it first.
pub(super) fn part(model: &mut Model, effects: &mut Vec<Effect>, part: Part) {
    let Some(subject) = model.acts_on() else { return };
    let slug = subject.slug;
    match (part, subject.run) {
        (Part::Name, _) => {
            let what = format!("the name {slug}");
            effects.push(Effect::Copy { text: slug, what });
        }
        (Part::Command | Part::When, _) => ask(model, effects, Query::Editable(subject.task, Editor::Copy(part))),
        (Part::Run | Part::LogPath, None) => {}
        (Part::Run, Some((run, _))) => {
            effects.push(Effect::Copy { text: run.to_string(), what: format!("the number of #{run} of {slug}") });
        }
        (Part::LogPath, Some((run, _))) => {
            let path = model.runs_folder.join(run.to_string()).join(OUTPUT_FILE);
            let what = format!("the path of the output of #{run} of {slug}");
            effects.push(Effect::Copy { text: path.display().to_string(), what });
        }
    }
}

/// The texts of the task are here.
pub(super) fn take(model: &mut Model, effects: &mut Vec<Effect>, editable: &Editable, part: Part) {
    let Editable { slug, texts, .. } = editable;
    let keys: &[(&str, &str)] = match part {
        Part::When => &[("when", "the schedules")],
        _ => &[("command", "the command"), ("script", "the path of the script")],
    };
    let found = keys.iter().find(|(key, _)| !text_of(texts, key).is_empty());
    match found {
        Some((key, words)) => {
            let text = text_of(texts, key).to_owned();
            effects.push(Effect::Copy { text, what: format!("{words} of {slug}") });
        }
        None if part == Part::When => model.tell(Level::Info, format!("{slug} has no schedule: nothing to copy")),
        None => model.tell(Level::Info, format!("{slug} is a to-do: it has no command to copy")),
    }
}

/// Says where a text went. That a terminal took it nobody knows: it was sent.
pub(super) fn copied(model: &mut Model, effects: &mut Vec<Effect>, copied: Copied) {
    match copied {
        Copied::Tmux { what } => {
            model.tell(Level::Ok, format!("sent to tmux's buffer, and by it to the terminal's clipboard: {what}"));
        }
        Copied::Sequence { what, sequence } => {
            effects.push(Effect::Sequence(sequence));
            model.tell(Level::Ok, format!("sent to the terminal's clipboard: {what}"));
        }
        Copied::File { what, path, too_long } => {
            let why = if too_long { "too much for a terminal's clipboard, so " } else { "" };
            model.tell(Level::Ok, format!("{why}written to {}: {what}", path.display()));
        }
        Copied::Failed { what, reason } => model.tell(Level::Error, format!("not copied: {what}: {reason}")),
    }
}

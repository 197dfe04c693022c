//! Copying: what of the thing under the cursor goes to the clipboard, and what became of it.

use super::super::clipboard::Copied;
use super::super::effect::Effect;
use super::super::model::Model;
use super::super::model::toast::Level;

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

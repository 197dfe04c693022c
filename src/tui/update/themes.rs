//! The theme picker: the screen follows the cursor, Enter keeps, Esc goes back to what was.

use super::super::action::{Action, Scope};
use super::super::effect::{Effect, ThemeWish};
use super::super::model::Model;
use super::super::model::layer::Layer;
use super::super::model::themes::{Choice, Picker};
use super::super::msg::InForce;
use super::super::theme::Theme;

/// The themes have been read: the picker opens.
pub(super) fn open(model: &mut Model, choices: Vec<Choice>, current: &str, before: Theme) {
    let is_open = model.layers.iter().any(|layer| matches!(layer, Layer::Themes(_)));
    if !is_open {
        model.layers.push(Layer::Themes(Picker::new(choices, current, before)));
    }
}

/// A key in the picker.
pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, name: &str) {
    let action = model.keymap.find(Scope::Themes, name).map(|row| row.action);
    let Some(Layer::Themes(picker)) = model.layers.last_mut() else { return };
    let last = picker.choices.len().saturating_sub(1);
    let to = match action {
        Some(Action::Cancel) => {
            effects.push(Effect::Show(picker.before));
            model.layers.pop();
            return;
        }
        Some(Action::Accept) => {
            let kept = picker.selected().map(|choice| ThemeWish::Keep(choice.name.clone()));
            effects.extend(kept.map(Effect::Theme));
            model.layers.pop();
            return;
        }
        Some(Action::Down) => (picker.cursor + 1).min(last),
        Some(Action::Up) => picker.cursor.saturating_sub(1),
        Some(Action::First | Action::PageUp | Action::HalfUp) => 0,
        Some(Action::Last | Action::PageDown | Action::HalfDown) => last,
        _ => return,
    };
    picker.cursor = to;
    effects.extend(picker.selected().map(|choice| Effect::Show(choice.theme)));
}

/// Settings or themes on the disk have changed, or a theme was kept.
pub(super) fn take(model: &mut Model, in_force: InForce) {
    let InForce { settings, keymap, look, told } = in_force;
    model.keymap = keymap;
    model.reduced_motion = settings.reduced_motion;
    model.editor.style = settings.editor_keys;
    if let Some(Layer::Themes(picker)) = model.layers.last_mut() {
        picker.before = look.theme;
    }
    for (level, text) in told {
        model.tell(level, text);
    }
}

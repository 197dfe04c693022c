//! The keys of a menu: one runs its row.

use super::super::action::Scope;
use super::super::effect::Effect;
use super::super::model::Model;
use super::keys;

/// A key while the menu of a scope is open. It is closed first, so that its row acts on what is below; a key that is none of its
/// leaves it open.
pub(super) fn key(model: &mut Model, effects: &mut Vec<Effect>, scope: Scope, name: &str) {
    if let Some(action) = model.keymap.find(scope, name).map(|row| row.action) {
        model.layers.pop();
        keys::act(model, effects, action);
    } else if matches!(name, "Esc" | "q" | "Ctrl-c") {
        model.layers.pop();
    }
}

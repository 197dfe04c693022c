//! The key inspector takes every key, and is left by Esc twice.

use crossterm::event::KeyEvent;

use super::super::model::Model;
use super::super::model::inspector::{Inspector, Seen};
use super::super::model::layer::Layer;

pub(super) fn open(model: &mut Model) {
    let inspector = Inspector::of(model);
    model.layers.push(Layer::Inspector(Box::new(inspector)));
}

/// What the terminal sent, and the key that it is.
pub(super) fn key(model: &mut Model, key: Option<KeyEvent>, bytes: Vec<u8>) {
    let Some(Layer::Inspector(inspector)) = model.layers.last() else { return };
    let seen = Seen::of(model, inspector.scope, key, bytes);
    if let Some(Layer::Inspector(inspector)) = model.layers.last_mut()
        && inspector.take(seen)
    {
        model.layers.pop();
    }
}

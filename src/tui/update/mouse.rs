//! The mouse, while it is on: what can be done with it can be done with keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};

use super::super::effect::Effect;
use super::super::input::{Mouse, MouseAct};
use super::super::log::LogAction;
use super::super::model::duties::NextTab;
use super::super::model::layer::Layer;
use super::super::model::toast::Level;
use super::super::model::{Model, Pane, Tab};
use super::super::view::duties;
use super::{keys, navigate};

/// Rows that one step of the wheel scrolls.
const WHEEL: isize = 3;

/// `M`: on or off. While it is on, the terminal's own selection needs Shift in most terminals.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    model.mouse = !model.mouse;
    effects.push(Effect::Mouse(model.mouse));
    let text = if model.mouse {
        "the mouse is on: click, wheel, drag copies lines; Shift selects as usual (M: off)"
    } else {
        "the mouse is off: the terminal selects (M: on)"
    };
    model.tell(Level::Info, text);
}

/// Something was done with it.
pub(super) fn mouse(model: &mut Model, effects: &mut Vec<Effect>, mouse: Mouse) {
    if !model.mouse || model.leaving {
        return;
    }
    if let Some(layer) = model.layers.last() {
        let scrolls = matches!(layer, Layer::Help(_) | Layer::Messages(_) | Layer::Why(_) | Layer::Reports(_));
        let key = match mouse.act {
            MouseAct::WheelUp if scrolls => KeyCode::Up,
            MouseAct::WheelDown if scrolls => KeyCode::Down,
            _ => return,
        };
        for _ in 0..WHEEL {
            keys::key(model, effects, KeyEvent::new(key, KeyModifiers::NONE));
        }
        return;
    }
    let Some((pane, inside)) = under(model, mouse) else { return };
    match mouse.act {
        MouseAct::WheelUp => wheel(model, effects, pane, -WHEEL),
        MouseAct::WheelDown => wheel(model, effects, pane, WHEEL),
        MouseAct::Press => press(model, pane, inside, mouse),
        MouseAct::Drag => {
            let row =
                inside.filter(|_| is_log(model, pane)).map(|area| mouse.y.saturating_sub(area.y).min(area.height));
            if let (Some(row), false) = (row, model.log.is_merged()) {
                model.log.drag(usize::from(row));
            }
        }
        // What was drawn over is copied.
        MouseAct::Release if is_log(model, pane) && model.log.is_selecting() => {
            effects.extend(model.log.handle(LogAction::Copy).into_iter().map(Effect::Log));
        }
        MouseAct::Release => {}
    }
}

fn is_log(model: &Model, pane: Pane) -> bool {
    pane == Pane::Main && model.tab == Tab::Log
}

/// The pane under the mouse, and its inside when that is open.
fn under(model: &Model, mouse: Mouse) -> Option<(Pane, Option<Rect>)> {
    let layout = model.layout()?;
    let at = Position::new(mouse.x, mouse.y);
    let pane = layout.panes.iter().find(|(_, frame)| frame.area().contains(at))?.0;
    Some((pane, layout.inside(pane)))
}

/// Scrolls the pane under the mouse, whichever has the keys.
fn wheel(model: &mut Model, effects: &mut Vec<Effect>, pane: Pane, by: isize) {
    if is_log(model, pane) {
        effects.extend(model.log.scroll(by).into_iter().map(Effect::Log));
    } else {
        navigate::scroll(model, pane, by);
    }
}

/// Gives the pane the keys, and selects the row.
fn press(model: &mut Model, pane: Pane, inside: Option<Rect>, mouse: Mouse) {
    navigate::focus(model, pane);
    let Some(inside) = inside.filter(|area| area.contains(Position::new(mouse.x, mouse.y))) else { return };
    let row = usize::from(mouse.y - inside.y);
    let step = |(len, cursor): (usize, usize)| (row < len).then(|| row.cast_signed() - cursor.cast_signed());
    match pane {
        Pane::Tasks => {
            let (rows, cursor) = model.tasks.visible();
            if let Some(by) = step((rows.len(), cursor)) {
                navigate::scroll(model, pane, by);
            }
        }
        Pane::Runs => {
            let (rows, cursor) = model.runs.visible();
            if let Some(by) = step((rows.len(), cursor)) {
                navigate::scroll(model, pane, by);
            }
        }
        Pane::Next if model.next_tab == NextTab::Agenda => {
            let cursor = model.duties.visible().1;
            if let Some(row) = duties::row_at(model, inside, row) {
                model.duties.move_by(row.cast_signed() - cursor.cast_signed());
            }
        }
        Pane::Next => {
            if model.agenda.top + row < model.agenda.rows.len() {
                model.agenda.go(model.agenda.top + row);
            }
        }
        Pane::Main if model.tab == Tab::Log => model.log.point(row),
        Pane::Main | Pane::Timeline => {}
    }
}

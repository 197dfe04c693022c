//! The theme picker, beside what it changes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::popup;
use super::row::{self, Cursor, Part};
use super::text::{print, width};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::themes::Picker;
use crate::tui::theme::{Theme, Token};

/// Columns of the popup.
const COLUMNS: u16 = 36;

/// What a theme shows of itself in its row.
const SAMPLE: [Token; 4] = [Token::RunOk, Token::RunFailed, Token::RunRunning, Token::SchedPaused];

/// The themes, each with its states in its own colours. At the right, or on a narrow screen below, so that most of what changes can
/// be seen.
pub(super) fn draw(model: &Model, look: Look, picker: &Picker, room: Rect, buf: &mut Buffer) {
    let wanted = picker.choices.len() as u16 + 2;
    let area = if room.width >= 2 * COLUMNS {
        let height = wanted.min(room.height);
        Rect { x: room.right() - COLUMNS, width: COLUMNS, height, ..room }
    } else {
        let height = wanted.min((room.height / 2).max(5)).min(room.height);
        Rect { y: room.bottom() - height, height, ..room }
    };
    let keys = model.key_line(Scope::Themes, &[(Action::Accept, "keep"), (Action::Cancel, "back")]);
    let inside = popup(look, area, "Theme", &keys, buf);
    let rows = usize::from(inside.height);
    let top = (picker.cursor + 1).saturating_sub(rows);
    let sample = usize::from(inside.width) >= 30;
    for (at, choice) in picker.choices.iter().enumerate().skip(top).take(rows) {
        let line = row::line(inside, at - top);
        let room = usize::from(inside.width).saturating_sub(if sample { 11 } else { 1 });
        let parts = [Part::column(super::text::clean(&choice.name), room, Style::new())];
        row::draw(look, line, Cursor::of(at, picker.cursor, true), &parts, buf);
        if sample {
            states(look, choice.theme, Rect { x: line.right() - 9, width: 9, ..line }, buf);
        }
    }
}

/// States of runs as the theme has them, on its own ground.
fn states(look: Look, theme: Theme, area: Rect, buf: &mut Buffer) {
    let (fg, bg) = theme.ground();
    let ground = Style { bg: None, ..Style::reset() };
    buf.set_style(area, Style { fg, bg, ..ground });
    let glyphs = [look.glyphs.ok, look.glyphs.failed, look.glyphs.running, look.glyphs.paused];
    let mut x = area.x + 1;
    for (token, glyph) in SAMPLE.into_iter().zip(glyphs) {
        print(buf, x, area.y, glyph, theme.style(token));
        x += width(glyph) as u16 + 1;
    }
}

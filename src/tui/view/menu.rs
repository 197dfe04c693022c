//! A menu: the keys of a scope and what each does, in a box at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{fit_words, print, width};
use crate::tui::action::{self, Scope, Spec};
use crate::tui::theme::Token;

/// Columns between two columns of rows.
const GAP: usize = 3;

/// A row per key, in as many columns as are needed.
pub(super) fn draw(look: Look, scope: Scope, room: Rect, buf: &mut Buffer) {
    let rows: Vec<Spec> = action::within(scope).collect();
    let title = rows.first().map_or("", |row| row.group);
    let lines: Vec<(&str, &str)> = rows.iter().map(|row| (row.keys[0], row.title)).collect();
    list(look, title, &lines, room, buf);
}

/// Keys and titles, in a box that stands on the last line of the room.
fn list(look: Look, title: &str, lines: &[(&str, &str)], room: Rect, buf: &mut Buffer) {
    let most = usize::from(room.height.saturating_sub(2)).max(1);
    let across = lines.len().div_ceil(most).max(1);
    let down = lines.len().div_ceil(across).max(1);
    let key = lines.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
    let words = lines.iter().map(|(_, title)| width(title)).max().unwrap_or(0);
    let wanted = across * (key + 2 + words + GAP) + 4;
    let least = width(title) + 6;
    let place = centred(room, wanted.max(least).max(24) as u16, down as u16 + 2);
    let place = Rect { y: room.bottom() - place.height, ..place };
    let inside = popup(look, place, title, "Esc close", buf);
    let columns = usize::from(inside.width) / across;
    for (at, (name, title)) in lines.iter().enumerate() {
        let (column, line) = (at / down, at % down);
        if line >= usize::from(inside.height) {
            continue;
        }
        let (x, y) = (inside.x + (column * columns) as u16, inside.y + line as u16);
        print(buf, x, y, name, look.style(Token::HintKey));
        let left = columns.saturating_sub(key + 2 + if column + 1 < across { GAP } else { 0 });
        print(buf, x + key as u16 + 2, y, fit_words(title, left, look), Style::new());
    }
}

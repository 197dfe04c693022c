//! A menu: the keys of a scope and what each does, in a box at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, fit_words, print, width};
use crate::tui::action::Scope;
use crate::tui::keymap::Row;
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Columns between two columns of rows.
const GAP: usize = 3;

/// A row of the box.
struct Line<'a> {
    keys: &'a str,
    text: String,
    possible: bool,
}

/// A row per key, in as many columns as are needed; what is not possible now is dim, with the reason.
pub(super) fn draw(model: &Model, look: Look, scope: Scope, room: Rect, buf: &mut Buffer) {
    let rows = model.keymap.within(scope);
    let title = rows.first().map_or("", |row| row.group);
    list(look, title, &rows.iter().map(|row| line(model, row.key(), row)).collect::<Vec<_>>(), room, buf);
}

/// What can follow the keys of a chord.
pub(super) fn chord(model: &Model, look: Look, keys: &str, room: Rect, buf: &mut Buffer) {
    let Some(scope) = model.key_scope() else { return };
    let lines: Vec<Line> = model.keymap.continuations(scope, keys).map(|(rest, row)| line(model, rest, row)).collect();
    list(look, keys, &lines, room, buf);
}

fn line<'a>(model: &Model, keys: &'a str, row: &Row) -> Line<'a> {
    let reason = model.reason(row.action);
    let text = reason.as_ref().map_or_else(|| row.title.to_owned(), |why| format!("{}: {}", row.title, clean(why)));
    Line { keys, text, possible: reason.is_none() }
}

/// Keys and texts, in a box that stands on the last line of the room.
fn list(look: Look, title: &str, lines: &[Line], room: Rect, buf: &mut Buffer) {
    let most = usize::from(room.height.saturating_sub(2)).max(1);
    let across = lines.len().div_ceil(most).max(1);
    let down = lines.len().div_ceil(across).max(1);
    let keys = lines.iter().map(|line| width(line.keys)).max().unwrap_or(0);
    let words = lines.iter().map(|line| width(&line.text)).max().unwrap_or(0);
    let wanted = across * (keys + 2 + words + GAP) + 4;
    let least = width(title) + 6;
    let place = centred(room, wanted.max(least).max(24).min(usize::from(room.width)) as u16, down as u16 + 2);
    let place = Rect { y: room.bottom() - place.height, ..place };
    let inside = popup(look, place, title, "Esc close", buf);
    let columns = usize::from(inside.width) / across;
    for (at, line) in lines.iter().enumerate().filter(|(at, _)| at % down < usize::from(inside.height)) {
        let column = at / down;
        let (x, y) = (inside.x + (column * columns) as u16, inside.y + (at % down) as u16);
        print(buf, x, y, line.keys, look.style(if line.possible { Token::HintKey } else { Token::HintDisabled }));
        let left = columns.saturating_sub(keys + 2 + if column + 1 < across { GAP } else { 0 });
        let style = if line.possible { Style::new() } else { look.style(Token::HintDisabled) };
        print(buf, x + keys as u16 + 2, y, fit_words(&line.text, left, look), style);
    }
}

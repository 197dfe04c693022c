//! The help: every key, those of the pane first, filtered by what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{column, fit_reason, fit_words, print, width};
use super::{Look, form};
use crate::tui::action::{Action, Scope};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::help::Help;
use crate::tui::theme::Token;

/// Rows of the list on a screen of this size.
pub fn rows(size: Size) -> usize {
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(5 + header)).max(1)
}

/// A line per action: keys, what it does, and its section where a new one begins.
pub(super) fn draw(model: &Model, look: Look, help: &Help, room: Rect, buf: &mut Buffer) -> Position {
    let all = help.matching(model);
    let height = (all.len() as u16 + 4).max(8);
    let title = format!("Help: {:?} first", help.scope);
    let bottom = model.key_line(Scope::Help, &[(Action::Accept, "do it"), (Action::Cancel, "close")]);
    let inside = popup(look, centred(room, 100, height), &title, &bottom, buf);
    let label = "type to filter: ";
    print(buf, inside.x, inside.y, label, look.style(Token::Prompt));
    let columns = usize::from(inside.width).saturating_sub(width(label) + 1).max(1);
    let typed = help.filter.lines().first().map_or("", String::as_str);
    let (shown, cursor) = form::window(typed, help.filter.cursor().1, columns);
    let x = inside.x + width(label) as u16;
    print(buf, x, inside.y, column(&shown, columns, look), look.style(Token::PromptText));
    // The section is worth its column when the titles are whole all the same.
    let (group_columns, key_columns) = if inside.width >= 70 { (11, 16) } else { (0, 12) };
    let title_columns = usize::from(inside.width).saturating_sub(1 + group_columns + key_columns);
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
    let top = (help.cursor + 1).saturating_sub(usize::from(list.height));
    for (at, line) in all.iter().enumerate().skip(top).take(usize::from(list.height)) {
        let first = at == top || all[at - 1].section != line.section;
        let (text, key, style) = match &line.reason {
            Some(reason) => {
                let dim = look.style(Token::HintDisabled);
                (fit_reason(line.title, reason, title_columns, look), dim, dim)
            }
            None => (fit_words(line.title, title_columns, look), look.style(Token::HintKey), Style::new()),
        };
        let parts = [
            Part::column(if first { line.section } else { "" }, group_columns, look.style(Token::FgMuted)),
            Part::column(keys(&line.keys, key_columns - 1), key_columns, key),
            Part::new(text, style),
        ];
        row::draw(look, row::line(list, at - top), Cursor::of(at, help.cursor, true), &parts, buf);
    }
    if all.is_empty() && list.height > 0 {
        print(buf, list.x + 1, list.y, "nothing is called so", look.style(Token::FgMuted));
    }
    Position::new(x + cursor, inside.y)
}

/// As many of the keys as fit whole, the first one in any case.
fn keys(keys: &[String], columns: usize) -> String {
    let mut text = String::new();
    for key in keys {
        if text.is_empty() {
            text.push_str(key);
        } else if width(&text) + 1 + width(key) <= columns {
            text.push(' ');
            text.push_str(key);
        }
    }
    text
}

//! The help: every key, those of the pane first, filtered by what is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, column, fit, fit_reason, fit_words, print, width, wrap};
use super::{Look, form};
use crate::tui::action::{Action, Scope};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::help::{Help, Line};
use crate::tui::theme::Token;

/// From so many columns inside on, each line is one row, and there is room for the sections.
const WIDE: u16 = 70;

/// Lines of the list on a screen of this size; of those that take more than a row, about.
pub fn rows(size: Size) -> usize {
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    let rows = usize::from(size.height.saturating_sub(5 + header));
    if size.width < WIDE + 4 { rows / 2 } else { rows }.max(1)
}

/// A line per action: keys, what it does, and its section where a new one begins.
pub(super) fn draw(model: &Model, look: Look, help: &Help, room: Rect, buf: &mut Buffer) -> Position {
    let all = help.matching(model);
    let rows = if room.width < WIDE + 4 { 3 * all.len() } else { all.len() };
    let height = (rows as u16 + 4).max(8);
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
    let (group_columns, key_columns) = if inside.width >= WIDE { (11, 16) } else { (0, 12) };
    let title_columns = usize::from(inside.width).saturating_sub(1 + group_columns + key_columns);
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
    let texts: Vec<Vec<String>> = all.iter().map(|line| said(line, title_columns, inside.width < WIDE, look)).collect();
    let top = first_line(&texts, help.cursor, usize::from(list.height));
    let mut rows = (0..usize::from(list.height)).map(|row| row::line(list, row));
    for (at, (line, texts)) in all.iter().zip(&texts).enumerate().skip(top) {
        let first = at == top || all[at - 1].section != line.section;
        let (key, style) = match &line.reason {
            Some(_) => (look.style(Token::HintDisabled), look.style(Token::HintDisabled)),
            None => (look.style(Token::HintKey), Style::new()),
        };
        let section = if first { line.section } else { "" };
        let heads = std::iter::once((section, keys(&line.keys, key_columns - 1)));
        let heads = heads.chain(std::iter::repeat(("", String::new())));
        for ((text, (section, keys)), row) in texts.iter().zip(heads).zip(&mut rows) {
            let parts = [
                Part::column(section, group_columns, look.style(Token::FgMuted)),
                Part::column(keys, key_columns, key),
                Part::new(text, style),
            ];
            row::draw(look, row, Cursor::of(at, help.cursor, true), &parts, buf);
        }
    }
    if all.is_empty() && list.height > 0 {
        let said = format!("no key is found by `{}`", clean(typed));
        let said = fit(&said, usize::from(list.width).saturating_sub(1), look);
        print(buf, list.x + 1, list.y, said, look.style(Token::FgMuted));
    }
    Position::new(x + cursor, inside.y)
}

/// What a line says; where there is little room in several rows.
fn said(line: &Line, columns: usize, wraps: bool, look: Look) -> Vec<String> {
    match (&line.reason, wraps) {
        (Some(reason), false) => vec![fit_reason(line.title, reason, columns, look)],
        (None, false) => vec![fit_words(line.title, columns, look)],
        (Some(reason), true) => match fit_reason(line.title, reason, columns, look) {
            cut if cut.ends_with(look.glyphs.ellipsis) => {
                wrap(&fit_reason(line.title, reason, 2 * columns, look), columns)
            }
            whole => vec![whole],
        },
        (None, true) => wrap(line.title, columns),
    }
}

/// The first line on the screen, so that the one under the cursor is there whole.
fn first_line(texts: &[Vec<String>], cursor: usize, height: usize) -> usize {
    let mut used = 0;
    let before = texts.iter().take(cursor + 1).rev().take_while(|texts| {
        used += texts.len();
        used <= height
    });
    (cursor + 1).saturating_sub(before.count().max(1))
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

//! The tree of categories, each with how many tasks are in it and below it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, fit, print};
use crate::tui::action::{Action, Scope};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::categories::Categories;
use crate::tui::theme::Token;

/// Columns of the popup.
const COLUMNS: u16 = 64;

/// Columns of a number, with a blank before it.
const NUMBER: usize = 9;

/// Columns by which what is below stands to the right.
const INDENT: usize = 2;

/// Rows of the tree on a screen of this size: without the border, the names of the columns, the header and the hint line.
pub fn rows(size: Size) -> usize {
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(4 + header)).max(1)
}

pub(super) fn draw(model: &Model, look: Look, categories: &Categories, room: Rect, buf: &mut Buffer) {
    let wanted = u16::try_from(categories.count().max(1) + 3).unwrap_or(u16::MAX);
    let area = centred(room, COLUMNS.min(room.width), wanted);
    let keys = [(Action::Accept, "show"), (Action::Out, "fold"), (Action::In, "unfold"), (Action::Cancel, "close")];
    let inside = popup(look, area, "Categories", &model.key_line(Scope::Categories, &keys), buf);
    if inside.height == 0 {
        return;
    }
    let muted = look.style(Token::FgMuted);
    let columns = usize::from(inside.width);
    if categories.count() == 0 {
        let text = if categories.is_loaded() { "There are no tasks yet." } else { "" };
        print(buf, inside.x + 1, inside.y, fit(text, columns.saturating_sub(1), look), muted);
        return;
    }
    let name = columns.saturating_sub(1 + 2 * NUMBER);
    print(buf, inside.x + 1 + name as u16, inside.y, format!("{:>NUMBER$}{:>NUMBER$}", "to do", "tasks"), muted);
    let list = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let mut first = None;
    for (at, branch, folded) in categories.visible(usize::from(list.height)) {
        let line = row::line(list, at - *first.get_or_insert(at));
        let sign = match (branch.has_below, folded) {
            (false, _) => " ",
            (true, true) => look.glyphs.folded,
            (true, false) => look.glyphs.unfolded,
        };
        // However deep it is, something of its name is seen.
        let indent = (branch.depth * INDENT).min(name / 2);
        let text = if branch.path.is_empty() { "(none)".to_owned() } else { clean(branch.name()) };
        let open = if branch.count.open == 0 { String::new() } else { branch.count.open.to_string() };
        let parts = [
            Part::column("", indent, Style::new()),
            Part::column(sign, 2, muted),
            Part::column(text, name.saturating_sub(indent + 2), Style::new()),
            Part::new(format!("{open:>NUMBER$}"), Style::new()),
            Part::new(format!("{:>NUMBER$}", branch.count.tasks), look.style(Token::TitleCount)),
        ];
        row::draw(look, line, Cursor::of(at, categories.cursor(), true), &parts, buf);
    }
}

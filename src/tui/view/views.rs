//! The views, each with how many tasks it finds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::popup;
use super::row::{self, Cursor, Part};
use super::text::{clean, width};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::views::Views;
use crate::tui::theme::Token;

/// Columns of the popup.
const COLUMNS: u16 = 72;

/// Columns of a name at most.
const NAME: usize = 20;

pub(super) fn draw(model: &Model, look: Look, views: &Views, room: Rect, buf: &mut Buffer) {
    let wanted = (views.all.len().max(1) as u16 + 2).min(room.height);
    let columns = COLUMNS.min(room.width);
    let area = Rect {
        x: room.x + (room.width - columns) / 2,
        y: room.y + (room.height - wanted) / 2,
        width: columns,
        height: wanted,
    };
    let keys = [
        (Action::Accept, "show"),
        (Action::SaveView, "keep the filter"),
        (Action::Delete, "forget"),
        (Action::Cancel, "close"),
    ];
    let inside = popup(look, area, "Views", &model.key_line(Scope::Views, &keys), buf);
    let rows = usize::from(inside.height);
    let top = (views.cursor + 1).saturating_sub(rows);
    let names = views.all.iter().map(|(view, _)| width(&clean(&view.name))).max().unwrap_or(0).min(NAME);
    let counts: Vec<String> = views.all.iter().map(|(_, count)| shown(*count, look)).collect();
    let widest = counts.iter().map(|count| width(count)).max().unwrap_or(0);
    for (at, (view, _)) in views.all.iter().enumerate().skip(top).take(rows) {
        let number = if at < 9 { (at + 1).to_string() } else { String::new() };
        let rest = usize::from(inside.width).saturating_sub(names + widest + 6);
        let parts = [
            Part::column(number, 2, look.style(Token::HintKey)),
            Part::column(clean(&view.name), names + 1, Style::new()),
            Part::column(
                format!("{}{}", " ".repeat(widest - width(&counts[at])), counts[at]),
                widest + 2,
                look.style(Token::TitleCount),
            ),
            Part::column(clean(&view.filter), rest, look.style(Token::HintText)),
        ];
        row::draw(look, row::line(inside, at - top), Cursor::of(at, views.cursor, true), &parts, buf);
    }
}

/// How many, or a sign that it is not known yet.
fn shown(count: Option<usize>, look: Look) -> String {
    count.map_or_else(|| look.glyphs.ellipsis.to_string(), |count| count.to_string())
}

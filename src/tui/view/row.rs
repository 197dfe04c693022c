//! One row of a list: its parts side by side, and the selection over it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::text::{column, fit, print, steady};
use crate::tui::model::marks::Mark;
use crate::tui::theme::Token;

/// How a row relates to the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    /// It is not on it.
    Elsewhere,
    /// It is on it, and the pane has the keys.
    Here,
    /// It is on it, but another pane has the keys.
    Waiting,
}

impl Cursor {
    /// Of row `at` when the cursor is on row `cursor`.
    pub(super) fn of(at: usize, cursor: usize, focused: bool) -> Self {
        match (at == cursor, focused) {
            (false, _) => Self::Elsewhere,
            (true, true) => Self::Here,
            (true, false) => Self::Waiting,
        }
    }
}

/// A part of a row.
#[derive(Debug, Clone)]
pub(super) struct Part {
    text: String,
    style: Style,
    /// Columns that it fills; without, those that it needs.
    columns: Option<usize>,
}

impl Part {
    /// As wide as it is.
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, columns: None }
    }

    /// In exactly so many columns.
    pub(super) fn column(text: impl Into<String>, columns: usize, style: Style) -> Self {
        Self { text: text.into(), style, columns: Some(columns) }
    }
}

/// Draws a row: the bar of the selection, then the parts, as far as there is room.
pub(super) fn draw(look: Look, area: Rect, cursor: Cursor, parts: &[Part], buf: &mut Buffer) {
    if cursor != Cursor::Elsewhere {
        print(buf, area.x, area.y, look.glyphs.bar, look.style(Token::CursorBar));
    }
    let mut x = area.x + 1;
    for part in parts {
        let room = usize::from(area.right().saturating_sub(x));
        let text = steady(&part.text);
        let text = match part.columns {
            Some(columns) => column(&text, columns.min(room), look),
            None => fit(&text, room, look),
        };
        print(buf, x, area.y, &text, part.style);
        x += super::text::width(&text) as u16;
    }
    let row = Rect { x: area.x + 1, width: area.width.saturating_sub(1), height: 1, ..area };
    match cursor {
        Cursor::Elsewhere => {}
        Cursor::Here => buf.set_style(row, look.style(Token::CursorRow)),
        Cursor::Waiting => buf.set_style(row, look.style(Token::CursorRowUnfocused)),
    }
}

/// Shows that a row is marked: in its first column, or, where the cursor has that, behind its glyph, in front of which are so many
/// columns.
pub(super) fn mark(look: Look, area: Rect, before: usize, cursor: Cursor, mark: Mark, buf: &mut Buffer) {
    let token = match mark {
        Mark::No => return,
        Mark::Marked => Token::Mark,
        Mark::Ranged => Token::Range,
    };
    let behind = area.x + 2 + before as u16;
    let (x, style) = match cursor {
        Cursor::Elsewhere => (area.x, look.style(token)),
        Cursor::Waiting => (behind, look.style(token)),
        // In the style of the selection that is there.
        Cursor::Here => (behind, Style::new()),
    };
    if x < area.right() {
        print(buf, x, area.y, look.glyphs.marked, style);
    }
}

/// The line of an area.
pub(super) fn line(area: Rect, at: usize) -> Rect {
    Rect { y: area.y + at as u16, height: 1, ..area }
}

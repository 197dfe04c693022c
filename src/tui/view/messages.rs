//! The messages of this session, the newest at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, clock_seconds, fit, print, width, wrap};
use crate::tui::model::Model;
use crate::tui::model::toast::Level;
use crate::tui::theme::Token;

/// Columns of the popup, if the screen has them.
const COLUMNS: u16 = 76;

/// One line on the screen.
pub struct Line {
    /// Which message it is of.
    message: usize,
    /// Whether it is the first of it.
    first: bool,
    text: String,
}

/// All messages, wrapped.
pub fn lines(model: &Model) -> Vec<Line> {
    let columns = usize::from(inside_width(Rect { width: model.size.width, ..Rect::default() }));
    let mut lines = Vec::new();
    for (message, told) in model.messages.all().iter().enumerate() {
        let room = columns.saturating_sub(indent(&clock_seconds(told.at, model)));
        let parts = wrap(&clean(&told.text), room).into_iter().enumerate();
        lines.extend(parts.map(|(at, text)| Line { message, first: at == 0, text }));
    }
    lines
}

fn inside_width(room: Rect) -> u16 {
    centred(room, COLUMNS, 0).width.saturating_sub(4)
}

/// Columns of the time and the glyph in front of a text.
fn indent(time: &str) -> usize {
    width(time) + 3
}

/// The messages, scrolled up by so many lines.
pub(super) fn draw(model: &Model, look: Look, up: usize, room: Rect, buf: &mut Buffer) {
    let lines = lines(model);
    let height = (lines.len() as u16 + 2).clamp(5, room.height.saturating_sub(2).max(5));
    let inside = popup(look, centred(room, COLUMNS, height), "! Messages", "Esc close", buf);
    if lines.is_empty() {
        print(buf, inside.x, inside.y, "No messages yet.", look.style(Token::FgMuted));
    }
    let end = lines.len().saturating_sub(up);
    let start = end.saturating_sub(usize::from(inside.height));
    for (y, line) in (inside.y..).zip(&lines[start..end]) {
        let Some(message) = model.messages.all().get(line.message) else { continue };
        let (word, style) = match message.level {
            Level::Info => ("", Style::new()),
            Level::Ok => (look.glyphs.ok, look.style(Token::RunOk)),
            Level::Warn => (look.glyphs.missed, look.style(Token::RunMissed)),
            Level::Error => (look.glyphs.failed, look.style(Token::RunFailed)),
        };
        let time = clock_seconds(message.at, model);
        let x = inside.x + indent(&time) as u16;
        if line.first {
            print(buf, inside.x, y, &time, look.style(Token::FgMuted));
            print(buf, x.saturating_sub(2), y, word, style);
        }
        let room = usize::from(inside.right().saturating_sub(x));
        print(buf, x, y, fit(&line.text, room, look), Style::new());
    }
}

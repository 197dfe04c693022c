//! The messages of this session, the newest at the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, clock_seconds, fit, print, width};
use crate::tui::model::Model;
use crate::tui::model::toast::Level;
use crate::tui::theme::Token;

/// A line per message, scrolled up by so many.
pub(super) fn draw(model: &Model, look: Look, up: usize, room: Rect, buf: &mut Buffer) {
    let all = model.messages.all();
    let height = (all.len() as u16 + 2).clamp(5, room.height.saturating_sub(2).max(5));
    let inside = popup(look, centred(room, 76, height), "! Messages", "Esc close", buf);
    if all.is_empty() {
        print(buf, inside.x, inside.y, "No messages yet.", look.style(Token::FgMuted));
    }
    let end = all.len().saturating_sub(up);
    let start = end.saturating_sub(usize::from(inside.height));
    for (y, message) in (inside.y..).zip(&all[start..end]) {
        let (word, style) = match message.level {
            Level::Info => ("", Style::new()),
            Level::Ok => (look.glyphs.ok, look.style(Token::RunOk)),
            Level::Warn => (look.glyphs.missed, look.style(Token::RunMissed)),
            Level::Error => (look.glyphs.failed, look.style(Token::RunFailed)),
        };
        let time = clock_seconds(message.at, model);
        print(buf, inside.x, y, &time, look.style(Token::FgMuted));
        let x = inside.x + width(&time) as u16 + 1;
        print(buf, x, y, word, style);
        let room = usize::from(inside.right().saturating_sub(x + 2));
        print(buf, x + 2, y, fit(&clean(&message.text), room, look), Style::new());
    }
}

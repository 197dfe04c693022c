//! The command palette: what is typed, and below it what can be done, each with its key.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, column, fit, fit_reason, fit_words, print, width};
use super::{Look, form};
use crate::tui::action::{Action, Scope};
use crate::tui::effect::Kind;
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::palette::Palette;
use crate::tui::theme::Token;

/// The most rows of the list, and the lines around them: border, prompt, a blank.
const MOST: u16 = 16;
const AROUND: u16 = 4;

/// Rows of the list on a screen of this size.
pub fn rows(size: Size) -> usize {
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(1 + AROUND + header).min(MOST)).max(1)
}

/// A line per entry. Its height is always the same, so that typing changes as little as possible.
pub(super) fn draw(model: &Model, look: Look, palette: &Palette, room: Rect, buf: &mut Buffer) -> Position {
    let does = [(Action::Accept, "do it"), (Action::Complete, "complete"), (Action::Cancel, "close")];
    let keys = model.key_line(Scope::Palette, if room.width < 46 { &does[2..] } else { &does });
    let inside = popup(look, centred(room, 76, MOST + AROUND), "Commands", &keys, buf);
    print(buf, inside.x, inside.y, ":", look.style(Token::Prompt));
    let columns = usize::from(inside.width).saturating_sub(2).max(1);
    let line = palette.text.lines().first().map_or("", String::as_str);
    let (shown, cursor) = form::window(line, palette.text.cursor().1, columns);
    print(buf, inside.x + 1, inside.y, column(&shown, columns, look), look.style(Token::PromptText));
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
    let height = usize::from(list.height);
    let top = (palette.cursor + 1).saturating_sub(height);
    for (at, entry) in palette.entries.iter().enumerate().skip(top).take(height) {
        let keys = width(&entry.key);
        let columns = usize::from(list.width).saturating_sub(keys + 2);
        // Of two that are called alike each says where it is done.
        let place = entry.place.as_ref().map_or(String::new(), |place| format!("  {place}"));
        let columns = columns.saturating_sub(width(&place));
        let (text, style) = match &entry.reason {
            Some(reason) => (fit_reason(&entry.title, reason, columns, look), look.style(Token::HintDisabled)),
            None => (fit_words(&clean(&entry.title), columns, look), Style::new()),
        };
        let rest = columns.saturating_sub(width(&text));
        let key = if entry.reason.is_some() { Token::HintDisabled } else { Token::HintKey };
        let parts = [
            Part::new(text, style),
            Part::new(place, look.style(Token::FgMuted)),
            Part::column("", rest, style),
            Part::new(format!(" {}", entry.key), look.style(key)),
        ];
        row::draw(look, row::line(list, at - top), Cursor::of(at, palette.cursor, true), &parts, buf);
    }
    if palette.entries.is_empty() && list.height > 0 {
        // The store may know of something.
        let said = if model.awaited.contains_key(&Kind::Offer) {
            format!("searching{}", look.glyphs.ellipsis)
        } else {
            fit(&clean(&palette.nothing()), usize::from(list.width).saturating_sub(1), look)
        };
        print(buf, list.x + 1, list.y, said, look.style(Token::FgMuted));
    }
    Position::new(inside.x + 1 + cursor, inside.y)
}

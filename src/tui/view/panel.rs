//! The frame of a pane: number and name, the most useful number, and two places for status.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::text::{fit, print, width};
use crate::tui::theme::Token;

/// What stands on the border of a pane.
#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    /// Number and name.
    pub(super) title: String,
    /// What is behind it: how many, which.
    pub(super) count: String,
    /// Its most useful number, when there is only room for a title; else `count`.
    pub(super) brief: Option<String>,
    /// At the right of the upper border.
    pub(super) right: String,
    /// At the left of the lower border.
    pub(super) bottom: String,
    /// Of its border, when there is more to say than that it has the keys.
    pub(super) edge: Option<Token>,
    /// Of its title, when it is that of no pane.
    pub(super) name: Option<Token>,
}

impl Panel {
    /// Draws the border; returns the inside.
    pub(super) fn draw(&self, look: Look, area: Rect, focused: bool, buf: &mut Buffer) -> Rect {
        let border = self.edge.unwrap_or(if focused { Token::BorderFocus } else { Token::Border });
        let border = look.style(border);
        outline(look, area, border, buf);
        let room = usize::from(area.width.saturating_sub(4));
        // Without colour only bold tells the focus, which not every terminal shows.
        let title = if focused && look.theme.is_mono() { format!("[{}]", self.title) } else { self.title.clone() };
        let style = look.style(self.name.unwrap_or(if focused { Token::TitleFocus } else { Token::Title }));
        let right =
            if width(&title) + width(&self.count) + width(&self.right) + 6 <= room { self.right.as_str() } else { "" };
        let x = put(look, area.x + 2, area.y, &title, room, style, buf);
        if !self.count.is_empty() {
            let left = room.saturating_sub(usize::from(x - area.x - 2)).saturating_sub(width(right));
            put(look, x, area.y, &self.count, left, look.style(Token::TitleCount), buf);
        }
        if !right.is_empty() {
            let x = area.right().saturating_sub(width(right) as u16 + 4);
            put(look, x, area.y, right, room, look.style(Token::Accent), buf);
        }
        if !self.bottom.is_empty() {
            put(look, area.x + 2, area.bottom() - 1, &self.bottom, room, look.style(Token::FgMuted), buf);
        }
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// Draws the title of a pane that is not open.
    pub(super) fn title_line(&self, look: Look, area: Rect, buf: &mut Buffer) {
        let border = look.style(Token::Border);
        let line = look.glyphs.border.horizontal_top;
        // Not to the edges, so that it does not run into its neighbours.
        for x in area.left() + 1..area.right().saturating_sub(1) {
            cell(buf, x, area.y, line, border);
        }
        let room = usize::from(area.width.saturating_sub(4));
        let x = put(look, area.x + 2, area.y, &self.title, room, look.style(Token::Title), buf);
        let count = self.brief.as_ref().unwrap_or(&self.count);
        if !count.is_empty() {
            let left = room.saturating_sub(usize::from(x - area.x - 2));
            put(look, x, area.y, count, left, look.style(Token::TitleCount), buf);
        }
    }
}

/// A border around an area, whose inside is left blank.
pub(super) fn outline(look: Look, area: Rect, style: Style, buf: &mut Buffer) {
    let set = look.glyphs.border;
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for x in area.x + 1..right {
        cell(buf, x, area.y, set.horizontal_top, style);
        cell(buf, x, bottom, set.horizontal_bottom, style);
    }
    for y in area.y + 1..bottom {
        cell(buf, area.x, y, set.vertical_left, style);
        cell(buf, right, y, set.vertical_right, style);
    }
    cell(buf, area.x, area.y, set.top_left, style);
    cell(buf, right, area.y, set.top_right, style);
    cell(buf, area.x, bottom, set.bottom_left, style);
    cell(buf, right, bottom, set.bottom_right, style);
}

/// One character of a border.
fn cell(buf: &mut Buffer, x: u16, y: u16, symbol: &str, style: Style) {
    buf[(x, y)].set_symbol(symbol).set_style(style);
}

/// A blank area with a border and a title, over what is there.
pub(super) fn popup(look: Look, area: Rect, title: &str, bottom: &str, buf: &mut Buffer) -> Rect {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buf[(x, y)].reset();
        }
    }
    buf.set_style(area, look.style(Token::OverlayBg));
    let name = Some(Token::DialogTitle);
    let panel = Panel { title: title.to_owned(), bottom: bottom.to_owned(), name, ..Panel::default() };
    let inside = panel.draw(look, area, true, buf);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// The middle of a room, as large as wanted if it fits. It leaves no scraps of what is under it at its sides.
pub(super) fn centred(room: Rect, width: u16, height: u16) -> Rect {
    const SCRAP: u16 = 6;
    let width = if width + 2 * SCRAP > room.width { room.width } else { width };
    let height = height.min(room.height);
    Rect { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 2, width, height }
}

/// Writes ` text ` into a border; returns the column behind it.
fn put(look: Look, x: u16, y: u16, text: &str, room: usize, style: Style, buf: &mut Buffer) -> u16 {
    if room < 3 {
        return x;
    }
    let text = format!(" {} ", fit(text, room - 2, look));
    // The colour of the border is not that of its text.
    let plain = Style { bg: None, ..Style::reset() };
    buf.set_style(Rect { x, y, width: width(&text) as u16, height: 1 }, plain);
    print(buf, x, y, &text, style);
    x + width(&text) as u16
}

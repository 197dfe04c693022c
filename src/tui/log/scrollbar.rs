//! The bar at the right of the log: what part is seen, and where errors, matches and bookmarks are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::message::cell_of;
use super::pane::LogPane;
use crate::tui::theme::Token;
use crate::tui::view::Look;

impl LogPane {
    /// Draws it over the right border, one cell for each row of the pane. Where all of the output is seen there is none.
    pub fn draw_scrollbar(&self, area: Rect, look: Look, buf: &mut Buffer) {
        let cells = area.height;
        let Some((first, end)) = self.thumb(cells).filter(|_| self.whole.is_none() && area.width > 0) else { return };
        let (positions, glyphs) = (self.positions(), look.glyphs);
        let bookmarks: Vec<u16> = self.bookmarks.iter().map(|line| cell_of(line + 1, positions, cells)).collect();
        for cell in 0..cells {
            let thumb = (first..end).contains(&cell);
            let grave = self.hiding.grave.as_ref().is_some_and(|grave| grave.marks.get(cell));
            let (glyph, token) = if grave {
                (glyphs.failed, Token::ScrollMarkError)
            } else if self.searching.as_ref().is_some_and(|searching| searching.marks.get(cell)) {
                (glyphs.levels[2], Token::ScrollMarkMatch)
            } else if bookmarks.binary_search(&cell).is_ok() {
                (glyphs.bookmark, Token::ScrollMarkBookmark)
            } else if thumb {
                (glyphs.scroll_thumb, Token::ScrollThumb)
            } else {
                (glyphs.scroll_track, Token::ScrollTrack)
            };
            let style = look.style(token);
            // A mark in what is seen still shows that it is seen.
            let style = if thumb && glyph != glyphs.scroll_thumb {
                style.patch(look.style(Token::ScrollThumb)).patch(style)
            } else {
                style
            };
            if let Some(at) = buf.cell_mut((area.x, area.y + cell)) {
                at.set_symbol(glyph).set_style(style);
            }
        }
    }
}

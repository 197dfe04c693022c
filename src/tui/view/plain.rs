//! A pane as lines of text: without its frame, for the terminal's own selection.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

use super::{Look, details, pane};
use crate::tui::layout::Frame;
use crate::tui::model::{Model, Pane, Tab};

/// Of the details, which are scrolled as text is, this many lines below the first on the screen.
const LONGEST: u16 = 1000;

/// What the pane with the focus shows, as wide as the screen.
pub fn lines(model: &Model, look: Look) -> Vec<String> {
    let inside = model.layout().and_then(|layout| layout.inside(model.focus));
    let height = match (model.focus, model.tab) {
        (Pane::Main, Tab::Details) => (details::lines(model).len() as u16).min(LONGEST),
        _ => inside.map_or(0, |area| area.height),
    };
    let area = Rect::new(0, 0, model.size.width, height);
    let mut buf = Buffer::empty(area);
    if !area.is_empty() {
        pane(model, look, model.focus, Frame::Bare(area), &mut buf);
    }
    let mut lines: Vec<String> = buf.content.chunks(usize::from(area.width).max(1)).map(text).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The text of a row of cells.
fn text(cells: &[ratatui::buffer::Cell]) -> String {
    let mut text = String::new();
    let mut hidden = 0;
    for cell in cells {
        if hidden > 0 {
            hidden -= 1;
            continue;
        }
        text.push_str(cell.symbol());
        hidden = cell.symbol().cell_width().saturating_sub(1);
    }
    text.truncate(text.trim_end().len());
    text
}

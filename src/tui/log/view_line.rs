//! One line as a whole, however long it is: shown part by part, in the place of the log.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::action::LogAction;
use super::geometry::Item;
use super::message::{LogRequest, Whole};
use super::pane::LogPane;
use crate::tui::theme::{Theme, Token};
use crate::tui::view::text::print_within;

/// The line, and how far it is scrolled.
#[derive(Debug)]
pub(super) struct WholeLine {
    line: u64,
    /// Where the parts before this one begin.
    before: Vec<u64>,
    part: Option<Whole>,
    /// The first row of the part that is seen.
    top: usize,
    /// Its last rows are wanted first.
    from_end: bool,
}

impl LogPane {
    /// Opens the line under the cursor.
    pub(super) fn open_whole(&mut self) -> Vec<LogRequest> {
        let Some(Item::Line(row)) = self.item(self.cursor()) else { return Vec::new() };
        if row.is_gap {
            return Vec::new();
        }
        let line = row.number;
        self.whole = Some(WholeLine { line, before: Vec::new(), part: None, top: 0, from_end: false });
        vec![LogRequest::Whole { line, from: 0 }]
    }

    /// Takes a part of it.
    pub(super) fn take_whole(&mut self, part: Whole) {
        let (width, height) = (self.whole_width(), self.height());
        let Some(whole) = self.whole.as_mut().filter(|whole| whole.line == part.line) else { return };
        let rows = part.text.rows(width).len();
        whole.top = if whole.from_end { rows.saturating_sub(height) } else { 0 };
        whole.from_end = false;
        whole.part = Some(part);
    }

    fn whole_width(&self) -> usize {
        usize::from(self.size.width).max(1)
    }

    /// Does what a key asks for while a line is open; `None` when it is a key for the log.
    pub(super) fn in_whole(&mut self, action: LogAction) -> Option<Vec<LogRequest>> {
        let (width, height) = (self.whole_width(), self.height());
        let whole = self.whole.as_mut()?;
        let Some(part) = &whole.part else { return Some(Vec::new()) };
        let rows = part.text.rows(width).len();
        let (down, by) = match action {
            LogAction::Down => (true, 1),
            LogAction::HalfDown => (true, height.div_ceil(2)),
            LogAction::PageDown => (true, height),
            LogAction::Up => (false, 1),
            LogAction::HalfUp => (false, height.div_ceil(2)),
            LogAction::PageUp => (false, height),
            LogAction::First => {
                (whole.top, whole.from_end) = (0, false);
                whole.before.clear();
                return Some(vec![LogRequest::Whole { line: whole.line, from: 0 }]);
            }
            LogAction::Open => {
                self.whole = None;
                return Some(self.request());
            }
            LogAction::Copy => {
                self.whole = None;
                return Some(self.copy());
            }
            _ => return Some(Vec::new()),
        };
        let lowest = rows.saturating_sub(height);
        if down && whole.top >= lowest && part.to < part.length {
            whole.before.push(part.from);
            return Some(vec![LogRequest::Whole { line: whole.line, from: part.to }]);
        }
        if !down
            && whole.top == 0
            && let Some(from) = whole.before.pop()
        {
            whole.from_end = true;
            return Some(vec![LogRequest::Whole { line: whole.line, from }]);
        }
        whole.top = if down { (whole.top + by).min(lowest) } else { whole.top.saturating_sub(by) };
        Some(Vec::new())
    }

    /// Draws it; false when no line is open.
    pub(super) fn draw_whole(&self, area: Rect, buf: &mut Buffer, theme: Theme) -> bool {
        let Some(whole) = &self.whole else { return false };
        let Some(part) = &whole.part else { return true };
        let rows = part.text.rows(usize::from(area.width).max(1));
        for (area, range) in area.rows().zip(rows.into_iter().skip(whole.top)) {
            let text = &part.text.as_str()[range];
            print_within(buf, area.x, area.y, text, usize::from(area.width), theme.style(Token::LogText));
        }
        true
    }

    /// For the lower border: which line, and which of its bytes.
    pub(super) fn whole_status(&self) -> Option<String> {
        let whole = self.whole.as_ref()?;
        let bytes = whole.part.as_ref().map_or(String::new(), |part| match (part.from, part.to) {
            (0, to) if to == part.length => format!("{} bytes", part.length),
            (from, to) => format!("bytes {}-{to} of {}", from + 1, part.length),
        });
        Some(format!("line {}, {bytes}; Esc closes it", whole.line + 1))
    }
}

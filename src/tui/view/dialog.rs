//! A question: what would happen, and the answers, of which the harmless one has the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, fit, print, width, wrap};
use crate::tui::model::layer::Dialog;
use crate::tui::theme::Token;

/// The question in the middle of the screen, an answer per line.
pub(super) fn draw(look: Look, dialog: &Dialog, room: Rect, buf: &mut Buffer) {
    let columns = usize::from(room.width.saturating_sub(4)).min(64);
    let mut lines: Vec<String> = Vec::new();
    // A title that does not fit into the border is text.
    let title = clean(&dialog.title);
    let (title, first) = if width(&title) + 4 > columns { (String::new(), Some(title)) } else { (title, None) };
    for line in first.iter().chain(&dialog.lines) {
        lines.extend(wrap(&clean(line), columns));
    }
    let labels: Vec<String> = dialog.buttons.iter().map(|button| format!("{}  {}", button.key, button.label)).collect();
    let widest = lines.iter().chain(&labels).map(|line| width(line)).max().unwrap_or(0).max(width(&title) + 4);
    let wanted = (widest.min(columns) + 6) as u16;
    let height = (lines.len() + labels.len() + 3) as u16;
    let inside = popup(look, centred(room, wanted, height), &title, "Enter choose  Esc stay", buf);
    let mut y = inside.y;
    let bottom = inside.bottom();
    let buttons = labels.len() as u16;
    for line in &lines {
        // When there is no room, the answers are worth more than the explanation.
        if y + buttons < bottom {
            print(buf, inside.x, y, fit(line, usize::from(inside.width), look), look.style(Token::DialogText));
            y += 1;
        }
    }
    if y + buttons < bottom {
        y += 1;
    }
    for (at, (button, label)) in dialog.buttons.iter().zip(&labels).enumerate() {
        if y >= bottom {
            break;
        }
        let line = Rect { y, height: 1, ..inside };
        print(buf, line.x + 1, y, button.key.to_string(), look.style(Token::HintKey));
        let text: String = label.chars().skip(1).collect();
        print(buf, line.x + 2, y, fit(&text, usize::from(line.width).saturating_sub(2), look), Style::new());
        if at == dialog.focus {
            print(buf, line.x, y, look.glyphs.bar, look.style(Token::Accent));
            buf.set_style(line, look.style(Token::CursorRow));
        }
        y += 1;
    }
}

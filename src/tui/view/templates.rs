//! The list of templates: names, and what the one under the cursor does, needs and wants changed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, fit, print, wrap};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::templates::{Entry, Templates};
use crate::tui::theme::Token;

/// Columns of the popup, if the screen has them.
const COLUMNS: u16 = 72;

/// Lines about the one under the cursor.
const ABOUT: usize = 6;

pub(super) fn draw(model: &Model, look: Look, templates: &Templates, room: Rect, buf: &mut Buffer) {
    let entries = templates.entries.as_deref().unwrap_or_default();
    let height = (entries.len() + ABOUT + 3) as u16;
    let keys = model.key_line(Scope::Templates, &[(Action::Accept, "take"), (Action::Cancel, "close")]);
    let inside = popup(look, centred(room, COLUMNS, height), "Templates", &keys, buf);
    if templates.entries.is_none() {
        print(buf, inside.x, inside.y, "reading", look.style(Token::FgMuted));
        return;
    }
    let about = usize::from(inside.height).saturating_sub(4).min(ABOUT);
    let visible = usize::from(inside.height).saturating_sub(about + 1).max(1);
    let top = (templates.cursor + 1).saturating_sub(visible);
    for (at, entry) in entries.iter().enumerate().skip(top).take(visible) {
        let line = Rect { y: inside.y + (at - top) as u16, height: 1, ..inside };
        let name = fit(&clean(&entry.template.title), usize::from(line.width).saturating_sub(2), look);
        let style = if entry.lacks.is_empty() { Style::new() } else { look.style(Token::FgMuted) };
        print(buf, line.x + 1, line.y, name, style);
        if at == templates.cursor {
            print(buf, line.x, line.y, look.glyphs.bar, look.style(Token::Accent));
            buf.set_style(line, look.style(Token::CursorRow));
        }
    }
    let Some(entry) = templates.selected() else { return };
    let from = inside.y + visible as u16 + 1;
    for (y, (text, token)) in (from..inside.bottom()).zip(said(entry, usize::from(inside.width))) {
        print(buf, inside.x, y, fit(&text, usize::from(inside.width), look), look.style(token));
    }
}

/// What is said about one.
fn said(entry: &Entry, columns: usize) -> Vec<(String, Token)> {
    let template = &entry.template;
    let mut lines: Vec<(String, Token)> =
        wrap(&clean(&template.about), columns).into_iter().map(|line| (line, Token::FgMuted)).collect();
    if !entry.lacks.is_empty() {
        lines.push((format!("not installed here: {}", clean(&entry.lacks.join(", "))), Token::FieldError));
    }
    for change in &template.change {
        let text = format!("change: {}", clean(change));
        lines.extend(wrap(&text, columns).into_iter().map(|line| (line, Token::FgMuted)));
    }
    lines
}

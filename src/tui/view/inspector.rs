//! The key inspector: the last keys, each with its bytes, its name and what it does.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{column, fit, fit_words, print, wrap};
use crate::tui::model::Model;
use crate::tui::model::inspector::{Inspector, Seen};
use crate::tui::theme::Token;

/// The newest key at length, the others in a line each, and below what may keep a key from coming.
pub(super) fn draw(model: &Model, look: Look, inspector: &Inspector, room: Rect, buf: &mut Buffer) {
    let title = format!("Keys, as in {:?}", inspector.scope);
    let inside = popup(look, centred(room, 76, 18), &title, "Esc twice close", buf);
    let columns = usize::from(inside.width);
    let (muted, plain) = (look.style(Token::FgMuted), Style::new());
    let mut lines: Vec<(String, Style)> = Vec::new();
    match inspector.seen.first() {
        None => lines.push(("Press a key. What shows nothing here does not reach Tempo.".to_owned(), plain)),
        Some(seen) => {
            lines.push((format!("key    {}", name(seen)), look.style(Token::HintKey)));
            lines.push((format!("sends  {}   ({})", seen.written(), seen.hex()), plain));
            lines.push((format!("does   {}", meaning(seen)), plain));
            if is_alt(seen) {
                lines.push((
                    "Alt is sent as Esc and the key: typed as two keys quickly, it is the same".to_owned(),
                    muted,
                ));
            }
        }
    }
    let hint = model.between.map(|between| wrap(between.hint(), columns)).unwrap_or_default();
    let below = (hint.len() + 1).min(usize::from(inside.height) / 2);
    let room = usize::from(inside.height).saturating_sub(below);
    if inspector.seen.len() > 1 && lines.len() + 2 <= room {
        lines.push((String::new(), plain));
        for seen in &inspector.seen[1..] {
            lines.push((
                format!("{} {}  {}", column(&name(seen), 12, look), column(&seen.hex(), 18, look), meaning(seen)),
                muted,
            ));
        }
    }
    lines.truncate(room);
    for (at, (line, style)) in lines.iter().enumerate() {
        print(buf, inside.x, inside.y + at as u16, fit(line, columns, look), *style);
    }
    for (at, line) in hint.iter().take(below.saturating_sub(1)).enumerate() {
        let y = inside.bottom() - (below - 1) as u16 + at as u16;
        print(buf, inside.x, y, fit_words(line, columns, look), muted);
    }
}

fn name(seen: &Seen) -> String {
    seen.name.clone().unwrap_or_else(|| "no key".to_owned())
}

fn meaning(seen: &Seen) -> String {
    match (&seen.name, seen.bound) {
        (None, _) => "nothing: a reply of the terminal, or a key without a use here".to_owned(),
        (Some(_), _) if seen.begins => "begins a chord".to_owned(),
        (Some(_), Some((id, title))) => format!("{id}: {title}"),
        (Some(_), None) => "nothing: it is free".to_owned(),
    }
}

fn is_alt(seen: &Seen) -> bool {
    seen.name.as_ref().is_some_and(|name| name.contains("Alt-"))
}

//! The messages of seven days, the newest first: when, how loud, about what, and the one under the cursor in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, clock_seconds, fit, full_clock, print, width, wrap};
use crate::store::messages::{ENGINE, Told};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::layer::Layer;
use crate::tui::model::toast::{Level, Note};
use crate::tui::model::told::ToldList;
use crate::tui::theme::Token;

/// Columns of the popup, if the screen has them.
const COLUMNS: u16 = 96;

/// Rows below the list for the message under the cursor, with the line above them.
const DETAIL: u16 = 4;

/// Rows inside the popup on a screen of this size: about what is left of it.
pub fn height(size: Size) -> usize {
    usize::from(size.height.saturating_sub(6).max(1))
}

/// Rows of the list on a screen of this size.
pub fn rows(size: Size) -> usize {
    height(size).saturating_sub(usize::from(DETAIL)).max(1)
}

/// Columns inside the popup on a screen of this width.
fn columns(width: u16) -> usize {
    usize::from(centred(Rect { width, ..Rect::default() }, COLUMNS, 0).width.saturating_sub(4))
}

/// How many lines the message has that is shown alone.
pub fn alone_lines(model: &Model) -> usize {
    match model.layers.last() {
        Some(Layer::Messages(list)) => {
            list.rows.selected().map_or(0, |told| whole(model, told, columns(model.size.width)).len())
        }
        _ => 0,
    }
}

/// The list.
pub(super) fn draw(model: &Model, look: Look, list: &ToldList, room: Rect, buf: &mut Buffer) {
    let size = height(model.size) as u16 + 2;
    let inside = popup(
        look,
        centred(room, COLUMNS, size),
        "! Messages of 7 days",
        &bottom(model, list, look, columns(model.size.width)),
        buf,
    );
    if let (Some(top), Some(told)) = (list.alone, list.rows.selected()) {
        let lines = whole(model, told, usize::from(inside.width));
        for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(top)) {
            print(buf, inside.x, y, line, Style::new());
        }
        return;
    }
    if list.rows.is_empty() {
        if list.rows.is_loaded() {
            print(buf, inside.x, inside.y, "No messages.", look.style(Token::FgMuted));
        }
        return;
    }
    let (shown, cursor) = list.rows.visible();
    let sources: Vec<String> = shown.iter().map(source).collect();
    let widest = sources.iter().map(|source| width(source)).max().unwrap_or(0).min(usize::from(inside.width) / 3);
    let bottom = inside.bottom().saturating_sub(DETAIL);
    for (at, (y, (told, source))) in (inside.y..bottom).zip(shown.iter().zip(&sources)).enumerate() {
        let cursor = Cursor::of(at, cursor, true);
        line(model, look, &told.note, source, widest, cursor, Rect { y, height: 1, ..inside }, buf);
    }
    if let Some(told) = list.rows.selected() {
        detail(model, look, told, Rect { y: bottom, height: inside.bottom() - bottom, ..inside }, buf);
    }
}

fn bottom(model: &Model, list: &ToldList, look: Look, columns: usize) -> String {
    let line = |does: &[(Action, &str)]| model.key_line(Scope::Messages, does);
    if list.alone.is_some() {
        return line(&[(Action::Collapse, "all of them"), (Action::Cancel, "back")]);
    }
    let (open, clear) = ((Action::Open, "go there"), (Action::ClearMessages, "clear"));
    let keys = line(&[open, (Action::Expand, "whole"), clear, (Action::Cancel, "close")]);
    if columns < width(&keys) + 12 {
        return line(&[open, clear]);
    }
    match (list.rows.place(), list.rows.total()) {
        (Some(place), Some(total)) => format!("{place}/{total} {} {keys}", look.glyphs.never),
        _ => keys,
    }
}

/// About what it is: `backup-db #12`.
fn source(told: &Told) -> String {
    let slug = told.slug.as_deref().map(clean);
    match (slug, told.note.source.run) {
        (Some(slug), Some(run)) => format!("{slug} #{run}"),
        (Some(slug), None) => slug,
        (None, Some(run)) => format!("#{run}"),
        (None, None) => String::new(),
    }
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
fn line(
    model: &Model,
    look: Look,
    note: &Note,
    source: &str,
    columns: usize,
    cursor: Cursor,
    area: Rect,
    buf: &mut Buffer,
) {
    let (glyph, style) = match note.level {
        Level::Info => (" ", Style::new()),
        Level::Ok => (look.glyphs.ok, look.style(Token::RunOk)),
        Level::Warn => (look.glyphs.missed, look.style(Token::RunMissed)),
        Level::Error => (look.glyphs.failed, look.style(Token::RunFailed)),
    };
    let gap = || Part::new(" ", Style::new());
    let mut parts = vec![
        Part::column(clock_seconds(note.at, model), 9, look.style(Token::FgMuted)),
        Part::new(glyph, style),
        gap(),
    ];
    if columns > 0 {
        parts.extend([Part::column(source, columns, look.style(Token::FgMuted)), gap()]);
    }
    parts.push(Part::new(clean(&note.text), Style::new()));
    row::draw(look, area, cursor, &parts, buf);
}

/// A message, who said it and when, in lines.
fn whole(model: &Model, told: &Told, columns: usize) -> Vec<String> {
    let who = if told.session == ENGINE { "the engine".to_owned() } else { clean(&told.session) };
    wrap(&format!("{}, {who}: {}", full_clock(told.note.at, model), clean(&told.note.text)), columns)
}

/// The one under the cursor, as far as there is room.
fn detail(model: &Model, look: Look, told: &Told, area: Rect, buf: &mut Buffer) {
    let rule = look.glyphs.border.horizontal_top.repeat(usize::from(area.width));
    print(buf, area.x, area.y, rule, look.style(Token::Border));
    let rows = area.y + 1..area.bottom();
    let lines = whole(model, told, usize::from(area.width));
    let last = rows.len().saturating_sub(1);
    for (at, (y, text)) in rows.zip(&lines).enumerate() {
        // That something is left out is seen.
        let more = at == last && lines.len() > last + 1;
        let room = usize::from(area.width);
        let text = if more { format!("{} l: all", fit(text, room.saturating_sub(8), look)) } else { text.clone() };
        print(buf, area.x, y, fit(&text, room, look), Style::new());
    }
}

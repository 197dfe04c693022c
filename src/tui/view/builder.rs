//! The schedule builder: its fields, how the text was understood or where it is wrong, and below them what is to come.

mod preview;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::Look;
use super::form::window;
use super::panel::{centred, popup};
use super::text::{clean, column, fit, print, width, wrap};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::builder::{Builder, Origin};
use crate::tui::model::outlook::Wrong;
use crate::tui::theme::Token;

/// Columns of the names.
const NAMES: u16 = 11;

/// The fields side by side, where there is room for two: their numbers in Tab's order.
const ROWS: [&[usize]; 7] = [&[0], &[1], &[2, 3], &[4, 5], &[6, 7], &[8], &[9, 10]];

/// The row of the zone, which has room for the change of the clock.
const ZONE_ROW: usize = 1;

/// From this width on two fields are side by side.
const WIDE: u16 = 70;

/// Columns and lines of the whole, where there are so many.
const MOST: (u16, u16) = (94, 32);

/// Lines of the preview that are shown however low the screen is.
const LEAST_PREVIEW: usize = 3;

/// A line as it is drawn.
enum Line {
    /// Fields, side by side.
    Fields(Vec<usize>),
    /// Text below a field, from a column of it on.
    Remark { x: u16, text: String, token: Token },
}

/// The builder; returns where the cursor is.
pub(super) fn draw(model: &Model, look: Look, builder: &Builder, room: Rect, buf: &mut Buffer) -> Option<Position> {
    let columns = room.width.min(MOST.0);
    let inner = columns.saturating_sub(4);
    let fields = fields(look, builder, inner);
    let preview = preview::lines(model, look, builder, inner);
    // As high as it can be from the first key on: it does not move while somebody types.
    let place = centred(room, columns, MOST.1);
    let high = usize::from(place.height.saturating_sub(2));
    // The preview shrinks first, then the fields are scrolled.
    let kept = LEAST_PREVIEW.min(preview.len());
    let for_fields = fields.len().min(high.saturating_sub(kept + 1));
    let for_preview = high.saturating_sub(for_fields + 1);
    let bottom = bottom(model, builder, preview.len() > for_preview);
    let inside = popup(look, place, &title(builder), &bottom, buf);

    let focus = fields.iter().position(|line| matches!(line, Line::Fields(row) if row.contains(&builder.focus)));
    let focus = focus.unwrap_or(0);
    let below = fields[focus..].iter().skip(1).take_while(|line| matches!(line, Line::Remark { .. })).count();
    let top = (focus + below + 1).saturating_sub(for_fields).min(focus);
    let mut cursor = None;
    for (y, line) in (inside.y..).zip(fields.iter().skip(top).take(for_fields)) {
        let area = Rect { y, height: 1, ..inside };
        match line {
            Line::Fields(row) => {
                let half = if row.len() > 1 { area.width / 2 } else { area.width };
                for (place, field) in (0_u16..).zip(row) {
                    let area =
                        Rect { x: area.x + place * half, width: half.saturating_sub(u16::from(row.len() > 1)), ..area };
                    cursor = draw_field(look, builder, *field, area, buf).or(cursor);
                }
                if *row == [ZONE_ROW] {
                    change_beside(look, builder, area, buf);
                }
            }
            Line::Remark { x, text, token } => {
                let x = inside.x + NAMES + x;
                let room = usize::from(inside.right().saturating_sub(x));
                print(buf, x, y, fit(text, room, look), look.style(*token));
            }
        }
    }
    let y = inside.y + for_fields as u16;
    if y < inside.bottom() {
        let line = look.glyphs.border.horizontal_top.repeat(usize::from(inside.width));
        print(buf, inside.x, y, line, look.style(Token::Border));
    }
    preview::draw(look, &preview, builder.scroll, Rect { y: y + 1, height: for_preview as u16, ..inside }, buf);
    cursor
}

fn title(builder: &Builder) -> String {
    let which = if builder.count() > 1 { format!(" {} of {}", builder.at + 1, builder.count()) } else { String::new() };
    let kept = if builder.stored.is_some() { " - with your unsaved text" } else { "" };
    format!("Schedule{which}  {}{kept}", clean(builder.name())).trim_end().to_owned()
}

fn bottom(model: &Model, builder: &Builder, more: bool) -> String {
    if builder.saving {
        return "saving".to_owned();
    }
    let more: &[(Action, &str)] = if more { &[(Action::PageDown, "more")] } else { &[] };
    let save = if builder.origin == Origin::Form { "into the form" } else { "save" };
    let other = match (&builder.stored, &builder.origin) {
        (None, _) => (Action::SwapWhen, "cron or words"),
        (Some(_), Origin::Task(_)) => (Action::FormRevert, "what is stored"),
        (Some(_), Origin::Form) => (Action::FormRevert, "what the form has"),
    };
    let does = [(Action::FormSave, save), (Action::FieldAfter, "field"), other, (Action::FormClose, "close")];
    model.key_line(Scope::Builder, &[more, &does].concat())
}

/// The change of the clock beside the zone, where it fits.
fn change_beside(look: Look, builder: &Builder, area: Rect, buf: &mut Buffer) {
    let Some(text) = preview::change(builder).filter(|text| fits_beside(text, area.width)) else { return };
    let x = area.x + area.width / 2 + 1;
    print(buf, x, area.y, text, look.style(Token::FgMuted));
}

/// Whether a text fits beside the zone.
fn fits_beside(text: &str, inner: u16) -> bool {
    inner >= WIDE && width(text) < usize::from(inner - inner / 2)
}

/// All lines of the fields.
fn fields(look: Look, builder: &Builder, inner: u16) -> Vec<Line> {
    let rows: Vec<Vec<usize>> = if inner >= WIDE {
        ROWS.iter().map(|row| row.to_vec()).collect()
    } else {
        (0..builder.fields.len()).map(|field| vec![field]).collect()
    };
    let mut lines = Vec::new();
    for row in rows {
        let remarks: Vec<Line> = row.iter().flat_map(|field| remarks(look, builder, *field, &row, inner)).collect();
        lines.push(Line::Fields(row));
        lines.extend(remarks);
    }
    lines
}

/// What is said below a field.
fn remarks(look: Look, builder: &Builder, at: usize, row: &[usize], inner: u16) -> Vec<Line> {
    let Some(field) = builder.fields.get(at) else { return Vec::new() };
    let columns = usize::from(inner.saturating_sub(NAMES)).max(1);
    if let Some(wrong) = builder.error(field.key) {
        return wrong_lines(builder, at, row, wrong, columns);
    }
    let remark = |text: String, token| Line::Remark { x: 0, text, token };
    if at == 0
        && let Some(seen) = builder.outlook.as_deref().and_then(|outlook| outlook.seen.as_ref())
    {
        let words = if seen.phrase == seen.when { String::new() } else { format!(" = {}", seen.phrase) };
        let mut understood = wrap(&format!("understood: {}{words}", seen.when), columns);
        if understood.len() > 2 {
            understood.truncate(2);
            if let Some(cut) = understood.last_mut() {
                *cut = format!("{}{}", fit(cut, columns - 1, look), look.glyphs.ellipsis);
            }
        }
        return understood.into_iter().map(|line| remark(line, Token::CronOk)).collect();
    }
    let is_empty = edit_is_empty(builder, at);
    if at == builder.focus && is_empty {
        return vec![remark(fit(field.help, columns, look), Token::FgMuted)];
    }
    Vec::new()
}

/// Where a field is wrong, when that is known, and what is.
fn wrong_lines(builder: &Builder, at: usize, row: &[usize], wrong: &Wrong, columns: usize) -> Vec<Line> {
    let remark = |x, text, token| Line::Remark { x, text, token };
    // Below the other half of a row it is said which field is meant.
    let name = if row.len() > 1 { format!("{}: ", builder.fields[at].label) } else { String::new() };
    let message = format!("{name}{}", wrong.text);
    let token = if at == 0 { Token::CronError } else { Token::FieldError };
    let mut lines = Vec::new();
    let mut room = columns;
    if let Some(column) = wrong.column {
        let x = (screen_column(builder, at, column - 1, columns)).min(columns.saturating_sub(1));
        // Beside the mark, when it all fits there.
        if x + 2 + width(&message) <= columns {
            return vec![remark(x as u16, format!("^ {message}"), token)];
        }
        lines.push(remark(x as u16, "^".to_owned(), token));
        room = columns;
    }
    lines.extend(wrap(&message, room).into_iter().take(3).map(|line| remark(0, line, token)));
    lines
}

/// The column on the screen, from that of the text on, of a character of a field.
fn screen_column(builder: &Builder, at: usize, character: usize, columns: usize) -> usize {
    let Some(field) = builder.fields.get(at) else { return 0 };
    let line = field.text.lines().first().map_or("", String::as_str);
    let columns_before = |count: usize| width(&clean(&line.chars().take(count).collect::<String>()));
    let cursor = if at == builder.focus { field.text.cursor().1 } else { 0 };
    let scrolled = columns_before(cursor) - usize::from(window(line, cursor, columns).1).min(columns_before(cursor));
    columns_before(character).saturating_sub(scrolled)
}

fn edit_is_empty(builder: &Builder, at: usize) -> bool {
    builder.fields.get(at).is_none_or(|field| field.text.is_empty())
}

/// A field; returns where the cursor is, if it is in it.
fn draw_field(look: Look, builder: &Builder, at: usize, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let field = builder.fields.get(at)?;
    let focused = at == builder.focus;
    let style = if focused { look.style(Token::TitleFocus) } else { Style::new() };
    let bar = if focused { look.glyphs.bar } else { " " };
    print(buf, area.x, area.y, bar, look.style(Token::CursorBar));
    print(buf, area.x + 1, area.y, column(field.label, usize::from(NAMES) - 2, look), style);
    let x = area.x + NAMES;
    let columns = usize::from(area.right().saturating_sub(x)).max(1);
    let line = field.text.lines().first().map_or("", String::as_str);
    if line.is_empty() && !focused {
        print(buf, x, area.y, fit(&default(builder, field.key), columns, look), look.style(Token::PromptGhost));
        return None;
    }
    let (shown, cursor) = window(line, if focused { field.text.cursor().1 } else { 0 }, columns);
    let style = match (focused, builder.error(field.key).is_some()) {
        (_, true) => look.style(Token::FieldError),
        (true, false) => look.style(Token::FieldFocus),
        (false, false) => look.style(Token::Field),
    };
    let room = if at == ZONE_ROW { columns.min(30) } else { columns };
    let shown = if focused { column(&shown, room, look) } else { fit(&shown, room, look) };
    print(buf, x, area.y, shown, style);
    focused.then(|| Position::new(x + cursor, area.y))
}

/// What holds when a field is empty.
fn default(builder: &Builder, key: &str) -> String {
    match key {
        "tz" => builder.outlook.as_ref().map(|outlook| outlook.zone_name.clone()).unwrap_or_default(),
        "overlap" => "skip".to_owned(),
        _ => "-".to_owned(),
    }
}

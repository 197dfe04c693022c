//! The form of a run with arguments of its own: three fields, and below them what would be executed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::panel::{centred, popup};
use super::text::{clean, column, fit, print, width, wrap};
use super::{Look, form};
use crate::tui::action::{Action, Scope};
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::extras::{ExtrasForm, FIELDS};
use crate::tui::theme::Token;

/// Columns of the popup, if the screen has them, and of the names in it.
const COLUMNS: u16 = 92;
const NAMES: u16 = 11;

/// Lines of the variables that are shown at most.
const MOST_LINES: usize = 4;

/// A line of the dry run.
struct Line {
    name: String,
    text: String,
    token: Option<Token>,
}

/// The inside of the popup on a screen of this size.
fn inside(size: Size) -> (usize, usize) {
    let top = u16::from(size.height >= Layout::HEADER_FROM);
    let room = Rect::new(0, top, size.width, size.height.saturating_sub(top + 1));
    let area = centred(room, COLUMNS, room.height);
    (usize::from(area.width.saturating_sub(4)), usize::from(area.height.saturating_sub(2)))
}

/// Lines of the variables on the screen, and the first of them.
fn shown_lines(form: &ExtrasForm) -> (usize, usize) {
    let all = form.env.lines().len();
    let cursor = if form.focus == 1 { form.env.cursor().0 } else { 0 };
    let first = (cursor + 1).saturating_sub(MOST_LINES).min(all.saturating_sub(MOST_LINES));
    (first, all.min(MOST_LINES))
}

/// Rows of the fields, with the remark for the one that has the keys and the line below.
fn rows_of_fields(form: &ExtrasForm) -> usize {
    FIELDS.len() - 1 + shown_lines(form).1 + 2
}

/// How many lines the dry run has, and how many of them are on a screen of this size.
pub fn extent(size: Size, form: &ExtrasForm) -> (usize, usize) {
    let (columns, rows) = inside(size);
    (lines(form, columns).len(), rows.saturating_sub(rows_of_fields(form)))
}

/// The dry run.
fn lines(form: &ExtrasForm, columns: usize) -> Vec<Line> {
    let room = columns.saturating_sub(usize::from(NAMES));
    let mut lines = Vec::new();
    let mut add = |name: &str, text: &str, token: Option<Token>| {
        for (at, part) in text.split('\n').flat_map(|line| wrap(&clean(line), room)).enumerate() {
            let name = if at == 0 { name.to_owned() } else { String::new() };
            lines.push(Line { name, text: part, token });
        }
    };
    match &form.dry {
        None => {}
        Some(Err(e)) => add("", e, Some(Token::FieldError)),
        Some(Ok(dry)) => {
            for problem in &dry.problems {
                add("!", problem, Some(Token::RunMissed));
            }
            let mut before = "";
            for (name, text) in &dry.parts {
                add(if name == before { "" } else { name }, text, None);
                before = name;
            }
        }
    }
    lines
}

/// The form; returns where the cursor is.
pub(super) fn draw(model: &Model, look: Look, form: &ExtrasForm, room: Rect, buf: &mut Buffer) -> Option<Position> {
    let title = format!("Run {} with", clean(&form.slug));
    let does = [(Action::FormSave, "run"), (Action::FieldAfter, "next"), (Action::FormClose, "close")];
    let bottom = if form.busy { "queueing".to_owned() } else { model.key_line(Scope::RunWith, &does) };
    let area = centred(room, COLUMNS, room.height);
    let columns = usize::from(area.width.saturating_sub(4));
    let dry = lines(form, columns);
    let wanted = (rows_of_fields(form) + dry.len() + 2) as u16;
    let inside = popup(look, centred(room, COLUMNS, wanted.max(10)), &title, &bottom, buf);
    let mut y = inside.y;
    let mut cursor = None;
    let (first, count) = shown_lines(form);
    let env_cursor = form.env.cursor();
    for (at, (name, help)) in FIELDS.iter().enumerate() {
        let focused = at == form.focus;
        let texts: Vec<(String, Option<usize>)> = match at {
            0 => vec![(form.args.lines().first().cloned().unwrap_or_default(), Some(form.args.cursor().1))],
            1 => (first..first + count)
                .map(|line| (form.env.lines()[line].clone(), (line == env_cursor.0).then_some(env_cursor.1)))
                .collect(),
            _ => vec![(if form.notify { "yes" } else { "no" }.to_owned(), Some(0))],
        };
        for (line, (text, place)) in texts.iter().enumerate() {
            if y >= inside.bottom() {
                return cursor;
            }
            if line == 0 {
                let style = if focused { look.style(Token::TitleFocus) } else { Style::new() };
                print(buf, inside.x, y, if focused { look.glyphs.bar } else { " " }, look.style(Token::Accent));
                print(buf, inside.x + 1, y, column(name, usize::from(NAMES) - 2, look), style);
            }
            let x = inside.x + NAMES;
            let room = usize::from(inside.right().saturating_sub(x)).max(1);
            let (shown, column_of) = form::window(text, if focused { place.unwrap_or(0) } else { 0 }, room);
            let style = if focused { look.style(Token::FieldFocus) } else { Style::new() };
            let shown = if focused { column(&shown, room, look) } else { fit(&shown, room, look) };
            print(buf, x, y, shown, style);
            if focused && place.is_some() {
                cursor = Some(Position::new(x + column_of, y));
            }
            y += 1;
        }
        if focused && y < inside.bottom() {
            let help = help.replace("{line}", &model.key_in(Scope::RunWith, Action::FieldLine));
            let help = fit(&help, usize::from(inside.width.saturating_sub(NAMES)), look);
            print(buf, inside.x + NAMES, y, help, look.style(Token::FgMuted));
            y += 1;
        }
    }
    draw_dry(look, form, &dry, Rect { y, height: inside.bottom().saturating_sub(y), ..inside }, buf);
    cursor
}

/// What would be executed.
fn draw_dry(look: Look, form: &ExtrasForm, dry: &[Line], area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let title = " Dry run: nothing is executed yet ";
    let rule = look.glyphs.border.horizontal_top;
    print(buf, area.x, area.y, rule.repeat(usize::from(area.width)), look.style(Token::Border));
    print(
        buf,
        area.x + 1,
        area.y,
        fit(title, usize::from(area.width.saturating_sub(1)), look),
        look.style(Token::Title),
    );
    let rows = usize::from(area.height - 1);
    let top = form.top.min(dry.len().saturating_sub(rows));
    for (y, line) in (area.y + 1..area.bottom()).zip(dry.iter().skip(top)) {
        print(buf, area.x + 1, y, column(&line.name, usize::from(NAMES) - 2, look), look.style(Token::FgMuted));
        let style = line.token.map_or(Style::new(), |token| look.style(token));
        print(buf, area.x + NAMES, y, fit(&line.text, usize::from(area.width.saturating_sub(NAMES)), look), style);
    }
    if dry.len() > top + rows {
        let more = format!(" PgDn: {} more ", dry.len() - top - rows);
        let x = area.right().saturating_sub(width(&more) as u16 + 1);
        print(buf, x, area.y, more, look.style(Token::FgMuted));
    }
}

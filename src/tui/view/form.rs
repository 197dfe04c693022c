//! The form: a line per field, what is wrong under it, and the next run times under the schedules.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use super::Look;
use super::panel::{centred, popup};
use super::text::{column, fit, print, slot_clock, width};
use crate::domain::when::{DstEffect, Mark};
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::form::{Form, FormField};
use crate::tui::theme::Token;

/// Columns of the names.
const NAMES: u16 = 13;

/// The lines that a text of several shows at most.
const MOST_LINES: usize = 5;

/// A line of the form as it is drawn.
enum Line {
    /// A line of the text of a field: field, line.
    Text(usize, usize),
    /// A remark below a field.
    Remark(String, Token),
    /// What the fields below it are about.
    Heading(&'static str),
}

/// The form; returns where the cursor is.
pub(super) fn draw(model: &Model, look: Look, form: &Form, room: Rect, buf: &mut Buffer) -> Option<Position> {
    let title = match &form.task {
        Some((_, slug)) => format!("Edit {slug}"),
        None => "New task".to_owned(),
    };
    let kept = form.stored.is_some();
    let title = if kept { format!("{title} - with your unsaved text") } else { title };
    let columns = room.width.min(76);
    let lines = lines(model, form, usize::from(columns.saturating_sub(NAMES + 4)));
    let height = (lines.len() as u16 + 2).max(12);
    let (next, template) = ((Action::FieldAfter, "next"), (Action::Templates, "template"));
    let others: &[(Action, &str)] = match (kept, &form.task) {
        (true, Some(_)) => &[(Action::FormRevert, "what is stored")],
        (true, None) => &[(Action::FormRevert, "an empty form")],
        (false, None) => &[next, template],
        (false, Some(_)) => &[next],
    };
    let does = [&[(Action::FormSave, "save")], others, &[(Action::FormClose, "close")]].concat();
    let bottom = if form.saving { "saving".to_owned() } else { model.key_line(Scope::Form, &does) };
    let inside = popup(look, centred(room, columns, height), &title, &bottom, buf);
    let cursor_line = cursor_line(form);
    let focus_line = lines
        .iter()
        .position(|line| matches!(line, Line::Text(field, line) if *field == form.focus && *line == cursor_line))
        .unwrap_or(0);
    // What is said about the field with the focus is on the screen with it.
    let below = lines[focus_line..].iter().skip(1).take_while(|line| matches!(line, Line::Remark(..))).count();
    let visible = usize::from(inside.height);
    let top = (focus_line + below + 1).saturating_sub(visible).min(focus_line);
    let mut cursor = None;
    for (y, line) in (inside.y..inside.bottom()).zip(lines.iter().skip(top)) {
        match line {
            Line::Text(field, at) => {
                let place = draw_text(look, form, *field, *at, Rect { y, height: 1, ..inside }, buf);
                cursor = cursor.or(place);
            }
            Line::Heading(text) => {
                print(buf, inside.x, y, text, look.style(Token::DialogTitle));
            }
            Line::Remark(text, token) => {
                let text = fit(text, usize::from(inside.width.saturating_sub(NAMES)), look);
                print(buf, inside.x + NAMES, y, text, look.style(*token));
            }
        }
    }
    cursor
}

/// All lines, from the first field to the last.
fn lines(model: &Model, form: &Form, columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut heading = "";
    for (at, field) in form.fields.iter().enumerate().filter(|(at, _)| form.shows(*at)) {
        if field.heading != heading {
            heading = field.heading;
            lines.push(Line::Heading(heading));
        }
        let (first, last) = shown_lines(form, at, field);
        lines.extend((first..last).map(|line| Line::Text(at, line)));
        if let Some(error) = form.error(at) {
            lines.extend(
                super::text::wrap(error, columns).into_iter().take(3).map(|line| Line::Remark(line, Token::FieldError)),
            );
        } else if at == form.focus && field.text.is_empty() {
            let help = field.help.replace("{line}", &model.key_in(Scope::Form, Action::FieldLine));
            let help = help.replace("{templates}", &model.key_in(Scope::Form, Action::Templates));
            lines.push(Line::Remark(help, Token::FgMuted));
        }
        let muted = |text: &str| Line::Remark(text.to_owned(), Token::FgMuted);
        if field.key == "name" {
            lines.extend(form.checked.slug.iter().map(|(slug, taken)| muted(&named(slug, taken.as_deref()))));
        }
        if field.key == "command" {
            lines.extend(
                form.advice
                    .iter()
                    .flat_map(|text| super::text::wrap(&super::text::clean(text), columns))
                    .map(|line| Line::Remark(line, Token::RunMissed)),
            );
        }
        if SEEN.contains(&field.key) && at == form.focus {
            lines.extend(form.checked.sees.iter().map(|seen| muted(&format!("runs {}", super::text::clean(seen)))));
        }
        if field.key == "when" && form.task.is_none() && form.checked.sees.is_some() && field.text.is_empty() {
            lines.push(muted("without a schedule it runs only when you start it: r"));
        }
        if let (Some(again), "recur") = (&form.checked.again, field.key) {
            lines.push(Line::Remark(format!("then: {again}"), Token::FgMuted));
        }
        if field.key == "when" {
            lines.extend(preview(model, form).into_iter().map(|line| Line::Remark(line, Token::FgMuted)));
        }
    }
    lines
}

/// Fields on which it depends what a run sees.
const SEEN: &[&str] = &["command", "script", "cwd", "env", "shell"];

/// The slug that the task will have.
fn named(slug: &str, taken: Option<&str>) -> String {
    match taken {
        None => format!("it will be {slug}"),
        Some(taken) => format!("it will be {slug}, for there is a task {taken} already"),
    }
}

/// Which lines of a field are shown: all of them up to some, and those around the cursor.
fn shown_lines(form: &Form, at: usize, field: &FormField) -> (usize, usize) {
    let count = field.text.lines().len();
    let cursor = if at == form.focus { field.text.cursor().0 } else { 0 };
    let first = (cursor + 1).saturating_sub(MOST_LINES).min(count.saturating_sub(MOST_LINES));
    (first, count.min(first + MOST_LINES))
}

fn cursor_line(form: &Form) -> usize {
    form.fields.get(form.focus).map_or(0, |field| field.text.cursor().0)
}

/// How the schedules were understood, and their next times.
fn preview(model: &Model, form: &Form) -> Vec<String> {
    let checked = &form.checked;
    let mut lines = Vec::new();
    if checked.understood.is_empty() {
        return lines;
    }
    let understood = checked.understood.join("; ");
    if form.draft().text("when").trim() != understood {
        lines.push(format!("understood: {understood}"));
    }
    let times: Vec<String> = checked
        .next
        .iter()
        .map(|(at, effect)| match effect {
            None => slot_clock(*at, model),
            Some(Mark::Dst(DstEffect::Shifted)) => format!("{} (clock change: shifted)", slot_clock(*at, model)),
            Some(Mark::Dst(DstEffect::Repeated)) => format!("{} (clock change: again)", slot_clock(*at, model)),
            Some(Mark::Moved(day)) => format!("{} (moved from {day})", slot_clock(*at, model)),
        })
        .collect();
    if !times.is_empty() {
        lines.push(format!("next: {}", times.join(", ")));
    }
    lines
}

/// One line of the text of a field; returns where the cursor is, if it is on it.
fn draw_text(look: Look, form: &Form, at: usize, line: usize, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let field = &form.fields[at];
    let focused = at == form.focus;
    let wrong = form.error(at).is_some();
    let first = line == shown_lines(form, at, field).0;
    if first {
        let style = if focused { look.style(Token::TitleFocus) } else { Style::new() };
        let bar = if focused { look.glyphs.bar } else { " " };
        print(buf, area.x, area.y, bar, look.style(Token::CursorBar));
        print(buf, area.x + 1, area.y, column(field.key, usize::from(NAMES) - 2, look), style);
    }
    let x = area.x + NAMES;
    let columns = usize::from(area.right().saturating_sub(x)).max(1);
    let (cursor_line, cursor_column) = {
        let c = field.text.cursor();
        (c.0, c.1)
    };
    let here = focused && cursor_line == line;
    let text = field.text.lines().get(line).map_or("", String::as_str);
    let (shown, cursor) = window(text, if here { cursor_column } else { 0 }, columns);
    let style = match (focused, wrong) {
        (_, true) => look.style(Token::FieldError),
        (true, false) => look.style(Token::FieldFocus),
        (false, false) => look.style(Token::Field),
    };
    let shown = if focused { column(&shown, columns, look) } else { fit(&shown, columns, look) };
    print(buf, x, area.y, shown, style);
    here.then(|| Position::new(x + cursor, area.y))
}

/// The part of a line around the cursor that fits, made safe, and the column of the cursor in it. `cursor` counts characters.
pub(in crate::tui) fn window(line: &str, cursor: usize, columns: usize) -> (String, u16) {
    let safe = |text: &str| super::text::clean(&text.replace('\t', " "));
    let before: String = line.chars().take(cursor).collect();
    let behind: String = line.chars().skip(cursor).collect();
    let before = safe(&before);
    // One column is kept for the cursor behind the last character.
    let mut used = width(&before);
    let mut from = before.as_str();
    while used + 1 > columns {
        let Some(first) = from.graphemes(true).next() else { break };
        used -= width(first);
        from = &from[first.len()..];
    }
    (format!("{from}{}", safe(&behind)), used as u16)
}

//! Pane 2, tab Agenda: what people have to do, in groups by when it is due.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::text::{clean, fit, fit_apart, print, short_clock, width};
use super::{Look, due};
use crate::domain::due::Distance;
use crate::domain::task::Priority;
use crate::tui::action::Action;
use crate::tui::model::duties::Entry;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// From so many columns on there is room for how far a to-do is and for its priority.
const WIDE: u16 = 60;

/// The names of the groups take no column that a name needs which has no more than so many; the border says the group then.
const NAME: usize = 16;

/// In fewer columns the names of the groups have no room beside the rows: each stands on a line above its own.
const BESIDE: u16 = 36;

/// In fewer lines there is no room for those either, and the border alone says the group.
const LINES: u16 = 12;

/// Columns of a progress.
const PROGRESS: usize = 10;

/// The name of a group.
pub(super) const fn name(distance: Distance) -> &'static str {
    match distance {
        Distance::Overdue => "Overdue",
        Distance::Today => "Today",
        Distance::Week => "Week",
        Distance::Later => "Later",
        Distance::Undated => "No date",
    }
}

/// The border.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    let place = match (model.duties.place(), model.duties.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        (Some(place), None) => place.to_string(),
        (None, _) => String::new(),
    };
    let group = model.duties.selected().map(|row| name(row.distance(model)));
    let bottom: Vec<&str> = [Some(place.as_str()), group].into_iter().flatten().collect();
    Panel { bottom: bottom.join(&format!(" {} ", look.glyphs.never)), ..Panel::default() }
}

fn has_lines(area: Rect) -> bool {
    area.width < BESIDE && area.height >= LINES
}

/// Rows that there is room for, beside the names of all groups that may be among them.
pub fn rows(model: &Model, area: Rect) -> usize {
    let height = usize::from(area.height);
    match model.duties.rows() {
        [first, .., last] if has_lines(area) => {
            height - (last.distance(model) as usize).saturating_sub(first.distance(model) as usize) - 1
        }
        [_] if has_lines(area) => height - 1,
        _ => height,
    }
}

/// On which line each row on the screen stands.
fn lines(model: &Model, area: Rect) -> Vec<usize> {
    let (mut names, mut before) = (0, None);
    let line = |(at, row): (usize, &Entry)| {
        let group = row.distance(model);
        names += usize::from(has_lines(area) && before.replace(group) != Some(group));
        at + names
    };
    model.duties.visible().0.iter().enumerate().map(line).collect()
}

/// The row on this line; none where the name of a group stands, or nothing.
pub fn row_at(model: &Model, area: Rect, line: usize) -> Option<usize> {
    lines(model, area).iter().position(|of| *of == line)
}

/// The rows, each group with its name at its first row on the screen.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = model.duties.visible();
    if rows.is_empty() {
        if model.duties.is_loaded() {
            let text = format!("Nothing is to be done; {} adds a to-do.", model.key_of(Action::AddTodo));
            let text = fit(&text, usize::from(area.width).saturating_sub(2), look);
            print(buf, area.x + 1, area.y, text, look.style(Token::FgMuted));
        }
        return;
    }
    let wide = area.width >= WIDE;
    let whens: Vec<(String, Style)> = rows.iter().map(|row| when(model, look, row, !wide)).collect();
    let groups: Vec<Distance> = rows.iter().map(|row| row.distance(model)).collect();
    let group_columns = groups.iter().map(|group| name(*group).len() + 1).max().unwrap_or(0);
    let when_columns = whens.iter().map(|(text, _)| width(text)).max().unwrap_or(0);
    let others = if wide { PROGRESS + 5 } else { 0 };
    let room = usize::from(area.width).saturating_sub(1 + 2 + 1 + when_columns + others);
    let titles: Vec<String> = rows.iter().map(|row| clean(row.title())).collect();
    let longest = titles.iter().map(|title| width(title)).max().unwrap_or(0);
    let above = has_lines(area);
    let group_columns = if above || room < group_columns + longest.min(NAME) { 0 } else { group_columns };
    let room = room - group_columns;
    let priorities: Vec<String> = rows.iter().map(priority).collect();
    let priority_columns = priorities.iter().map(|text| text.len() + 1).max().filter(|columns| *columns > 1);
    // A name needs its columns more.
    let fits = |columns: &usize| !wide && *columns + longest.min(NAME) <= room;
    let priority_columns = priority_columns.filter(fits).unwrap_or(0);
    let title_columns = if wide { room.min(longest.max(24)) } else { room - priority_columns };
    let titles = fit_apart(titles.iter().map(String::as_str), title_columns, look);
    let (mut before, lines) = (None, lines(model, area));
    for (at, (((row, title), (when, when_style)), group)) in rows.iter().zip(titles).zip(whens).zip(groups).enumerate()
    {
        let line = lines[at];
        if line >= usize::from(area.height) {
            break;
        }
        let begins = before.replace(group) != Some(group);
        let label = if begins { name(group) } else { "" };
        let label_style = match group {
            Distance::Overdue => look.style(Token::SchedOverdue),
            _ => look.style(Token::FgMuted),
        };
        if above && begins {
            let head = row::line(area, line - 1);
            print(buf, head.x + 1, head.y, label, label_style);
        }
        let (sign, sign_style) = sign(model, look, row);
        let blank = || Part::new(" ", Style::new());
        let mut parts = vec![
            Part::column(label, group_columns, label_style),
            Part::new(sign, sign_style),
            blank(),
            Part::column(title, title_columns, Style::new()),
            blank(),
        ];
        if wide {
            parts.extend(extras(look, row));
        } else if priority_columns > 0 {
            parts.push(Part::column(&priorities[at], priority_columns, Style::new()));
        }
        parts.push(Part::column(when, when_columns, when_style));
        let cursor = Cursor::of(at, cursor, model.focus == Pane::Next);
        let cursor = if cursor == Cursor::Waiting && model.list != Pane::Next { Cursor::Elsewhere } else { cursor };
        row::draw(look, row::line(area, line), cursor, &parts, buf);
    }
}

/// The sign: that of a to-do, or that it is planned.
pub(super) fn sign(model: &Model, look: Look, entry: &Entry) -> (&'static str, Style) {
    match entry {
        Entry::Todo(duty) => due::sign(model, look, duty.status, duty.due_at),
        Entry::Run { .. } => (look.glyphs.planned, look.style(Token::SchedNext)),
    }
}

/// When it is due or runs.
pub(super) fn when(model: &Model, look: Look, entry: &Entry, brief: bool) -> (String, Style) {
    match entry {
        Entry::Todo(duty) => match duty.due_at {
            Some(due) => {
                let (text, late) = due::when(model, due, brief);
                (text, if late { look.style(Token::SchedOverdue) } else { Style::new() })
            }
            None => (String::new(), Style::new()),
        },
        Entry::Run { at, .. } => {
            let at = short_clock(*at, model);
            (if brief { at } else { format!("runs {at}") }, look.style(Token::FgMuted))
        }
    }
}

fn extras(look: Look, entry: &Entry) -> Vec<Part> {
    let Entry::Todo(duty) = entry else { return vec![Part::column("", PROGRESS + 5, Style::new())] };
    let mut parts = due::progress(look, duty.progress, PROGRESS);
    parts.extend([Part::new(" ", Style::new()), Part::column(priority(entry), 4, Style::new())]);
    parts
}

/// Its priority, when that is not the usual one.
fn priority(entry: &Entry) -> String {
    match entry {
        Entry::Todo(duty) if duty.priority != Priority::default() => format!("p{}", duty.priority),
        Entry::Todo(_) | Entry::Run { .. } => String::new(),
    }
}

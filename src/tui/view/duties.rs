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
    let group_columns = if room < group_columns + longest.min(NAME) { 0 } else { group_columns };
    let room = room - group_columns;
    let title_columns = if wide { room.min(longest.max(24)) } else { room };
    let titles = fit_apart(titles.iter().map(String::as_str), title_columns, look);
    let mut before = None;
    for (at, (((row, title), (when, when_style)), group)) in rows.iter().zip(titles).zip(whens).zip(groups).enumerate()
    {
        let begins = before.replace(group) != Some(group);
        let label = if begins { name(group) } else { "" };
        let label_style = match group {
            Distance::Overdue => look.style(Token::SchedOverdue),
            _ => look.style(Token::FgMuted),
        };
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
        }
        parts.push(Part::column(when, when_columns, when_style));
        let cursor = Cursor::of(at, cursor, model.focus == Pane::Next);
        let cursor = if cursor == Cursor::Waiting && model.list != Pane::Next { Cursor::Elsewhere } else { cursor };
        row::draw(look, row::line(area, at), cursor, &parts, buf);
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
    let priority = if duty.priority == Priority::default() { String::new() } else { format!("p{}", duty.priority) };
    parts.extend([Part::new(" ", Style::new()), Part::column(priority, 4, Style::new())]);
    parts
}

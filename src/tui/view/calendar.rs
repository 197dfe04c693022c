//! The calendar: the weeks of a month, each day with how much is due and how many tasks run; or the list of a day.

use jiff::ToSpan;
use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, fit, print, show, width};
use super::{Look, duties};
use crate::domain::due::is_whole_day;
use crate::tui::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::model::calendar::{Calendar, Day, DayList, MANY, WEEKDAYS};
use crate::tui::model::duties::Entry;
use crate::tui::theme::Token;

/// Columns of a day at most: in more, the eye has far to go.
const WIDEST: u16 = 15;

/// Lines of a week at most.
const HIGHEST: u16 = 4;

/// The whole layer.
pub(super) fn draw(model: &Model, look: Look, calendar: &Calendar, room: Rect, buf: &mut Buffer) {
    let today = model.now.at.to_zoned(model.zone.clone()).date();
    let weeks = calendar.weeks() as u16;
    let height = (room.height.saturating_sub(3) / weeks).clamp(1, HIGHEST) * weeks + 3;
    let place = centred(room, (WIDEST * 7 + 4).min(room.width), height);
    let scope = Scope::Calendar;
    if let Some(list) = &calendar.list {
        let title = calendar.day.strftime("%A, %-d %B %Y").to_string();
        let bottom = model.key_line(scope, &[(Action::Accept, "go there"), (Action::Cancel, "the month")]);
        let inside = popup(look, place, &title, &bottom, buf);
        return day(model, look, list, inside, buf);
    }
    let title = calendar.day.strftime("%B %Y").to_string();
    let does = [
        (Action::Accept, "the day"),
        (Action::Month(true), "next month"),
        (Action::Now, "today"),
        (Action::Cancel, "close"),
    ];
    let inside = popup(look, place, &title, &model.key_line(scope, &does), buf);
    let columns = (inside.width / 7).max(1);
    for (at, weekday) in WEEKDAYS.into_iter().enumerate() {
        let name = &format!("{weekday:?}")[..2];
        print(buf, inside.x + at as u16 * columns + indent(columns) + 1, inside.y, name, look.style(Token::FgMuted));
    }
    let lines = (inside.height.saturating_sub(1) / weeks).max(1);
    let first = calendar.first();
    for at in 0..weeks * 7 {
        let Ok(date) = first.checked_add(i64::from(at).days()) else { continue };
        let (x, y) = (inside.x + at % 7 * columns, inside.y + 1 + at / 7 * lines);
        let cell = Rect { x, y, width: columns, height: lines }.intersection(inside);
        if cell.height > 0 {
            self::cell(look, calendar, date, today, cell, buf);
        }
    }
}

/// Columns of a day before what is in it: the cursor stands there, beside the brackets of today, unless that is too narrow.
fn indent(columns: u16) -> u16 {
    u16::from(columns > 5)
}

/// A day of the month.
fn cell(look: Look, calendar: &Calendar, date: Date, today: Date, area: Rect, buf: &mut Buffer) {
    let (is_here, is_today) = (date == calendar.day, date == today);
    let other = date.month() != calendar.day.month();
    let muted = look.style(Token::FgMuted);
    // Today is in brackets, so that it is found without colour, too.
    let number = if is_today { format!("[{:>2}]", date.day()) } else { format!(" {:>2}", date.day()) };
    let style = match (is_today, other) {
        (true, _) => look.style(Token::Accent).add_modifier(Modifier::BOLD),
        (false, true) => muted,
        (false, false) => Style::new(),
    };
    let left = area.x + indent(area.width);
    let room = usize::from(area.right().saturating_sub(left + 1));
    let x = print(buf, left, area.y, fit(&number, room, look), style);
    let found = calendar.found(date).unwrap_or_default();
    let late = date < today && found.todos > 0;
    let todo_style = if late { look.style(Token::SchedOverdue) } else { Style::new() };
    let [todos, runs] = texts(look, found, late);
    if area.height > 1 {
        let y = area.y + 1;
        let x = print(buf, left + 1, y, fit(&todos, room.saturating_sub(1), look), todo_style);
        let gap = u16::from(!todos.is_empty());
        // Both on one line, or below each other where there is only room for that.
        let rest = usize::from(area.right().saturating_sub(x + gap + 1));
        if width(&runs) <= rest {
            print(buf, x + gap, y, &runs, muted);
        } else if area.height > 2 {
            print(buf, left + 1, y + 1, fit(&runs, room.saturating_sub(1), look), muted);
        }
    } else {
        let text = if todos.is_empty() { &runs } else { &todos };
        let rest = usize::from(area.right().saturating_sub(x));
        if width(text) <= rest {
            print(buf, x, area.y, text, if todos.is_empty() { muted } else { todo_style });
        }
    }
    if is_here {
        let row = Rect { height: area.height.min(2), width: area.width.saturating_sub(1).max(1), ..area };
        buf.set_style(row, look.style(Token::CursorRow));
        print(buf, area.x, area.y, look.glyphs.bar, look.style(Token::CursorBar));
    }
}

/// `□3` and `○12`; nothing of what there is nothing.
fn texts(look: Look, day: Day, late: bool) -> [String; 2] {
    let text = |sign: &str, n: usize| match n {
        0 => String::new(),
        n if n > MANY => format!("{sign}{MANY}+"),
        n => format!("{sign}{n}"),
    };
    let todo = if late { look.glyphs.missed } else { look.glyphs.open };
    [text(todo, day.todos), text(look.glyphs.planned, day.runs)]
}

/// At what time of the day; nothing when it is meant for all of it.
fn at(model: &Model, entry: &Entry) -> String {
    let at = match entry {
        Entry::Todo(duty) => duty.due_at.filter(|due| !is_whole_day(*due, &model.zone)),
        Entry::Run { at, .. } => Some(*at),
    };
    at.map(|at| show(at, "%H:%M", model)).unwrap_or_default()
}

/// The list of a day.
fn day(model: &Model, look: Look, list: &DayList, area: Rect, buf: &mut Buffer) {
    let Some(rows) = &list.rows else { return };
    if rows.is_empty() {
        let text = fit("Nothing is due, and nothing runs.", usize::from(area.width), look);
        print(buf, area.x, area.y, text, look.style(Token::FgMuted));
        return;
    }
    let height = usize::from(area.height).max(1);
    let top = (list.cursor + 1).saturating_sub(height);
    let shown = &rows[top.min(rows.len())..rows.len().min(top + height)];
    let whens: Vec<String> = shown.iter().map(|row| at(model, row)).collect();
    let columns = whens.iter().map(|text| width(text)).max().unwrap_or(0);
    for (at, (row, when)) in shown.iter().zip(whens).enumerate() {
        let (sign, sign_style) = duties::sign(model, look, row);
        let blank = || Part::new(" ", Style::new());
        let parts = [
            Part::new(sign, sign_style),
            blank(),
            Part::column(when, columns, look.style(Token::FgMuted)),
            Part::new("  ", Style::new()),
            Part::new(clean(row.title()), Style::new()),
        ];
        row::draw(look, row::line(area, at), Cursor::of(top + at, list.cursor, true), &parts, buf);
    }
}

//! Pane 5: a row for each task of the list that has run or is planned: what ran at the left of now, what is planned at the right.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::Panel;
use super::text::{clock, column, fit, fit_apart, print, width};
use crate::store::history::Past;
use crate::store::tasks::TaskRow;
use crate::tui::model::timeline::{Cell, View};
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// Columns of the names.
const NAMES: (u16, u16) = (8, 20);

/// Columns between two times on the axis.
const BETWEEN: i64 = 8;

/// Minutes of which the times on the axis are multiples.
const STEPS: [i64; 10] = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];

/// The part of the pane in which the tasks are: the last line is the axis.
pub fn list(inside: Rect) -> Rect {
    Rect { height: inside.height.saturating_sub(1).max(1), ..inside }
}

/// The columns of the names, with the bar before and the blank behind them.
fn names(inside: Rect) -> u16 {
    (inside.width / 4).clamp(NAMES.0, NAMES.1) + 2
}

fn cells(inside: Rect) -> Rect {
    let names = names(inside).min(inside.width);
    Rect { x: inside.x + names, width: inside.width - names, ..inside }
}

/// The part of time that is on the screen; `None` while the pane is not.
pub fn shown(model: &Model) -> Option<View> {
    let inside = model.layout()?.inside(Pane::Timeline)?;
    Some(model.timeline.view(usize::from(cells(inside).width), model.at(), &model.zone))
}

/// How long until the picture changes by itself; `None` while it is not on the screen.
pub fn until_next(model: &Model) -> Option<Duration> {
    let inside = model.layout()?.inside(Pane::Timeline)?;
    Some(model.timeline.until_next(usize::from(cells(inside).width), model.at(), &model.zone))
}

/// The tasks on the screen: those of the list that have run or are planned, around the selected one, and which of them that is.
pub fn rows(model: &Model) -> (Vec<&TaskRow>, Option<usize>) {
    let (visible, cursor) = model.tasks.visible();
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Timeline));
    let height = inside.map_or(0, |inside| usize::from(list(inside).height));
    let at = model.tasks.cursor();
    let top = at.saturating_sub(cursor);
    let all: Vec<(usize, &TaskRow)> = model.tasks.rows().iter().enumerate().filter(|(_, row)| row.is_timed()).collect();
    // What the list shows, and where that is less than there is room for, what follows or precedes it.
    let shown = all.iter().filter(|(at, _)| (top..top + visible.len()).contains(at)).count();
    let first = all.iter().take_while(|(at, _)| *at < top).count();
    let before = all.iter().take_while(|(row, _)| *row < at).count();
    let from = if shown > height {
        before.saturating_sub(height / 2).clamp(first, first + shown - height)
    } else {
        first.min(all.len().saturating_sub(height))
    };
    let rows = &all[from..all.len().min(from + height)];
    (rows.iter().map(|(_, row)| *row).collect(), rows.iter().position(|(row, _)| *row == at))
}

/// What is under the cursor in the row of the selected task, and whether that is after now.
pub fn under_cursor(model: &Model) -> Option<(Cell, bool)> {
    let view = shown(model)?;
    let task = model.tasks.selected()?.id;
    let cell = view.cell(model.timeline.cursor)?;
    let cells = model.timeline.rows.get(&task).filter(|_| model.timeline.span == Some(view.span));
    Some((cells.and_then(|cells| cells.get(cell)).copied().unwrap_or_default(), model.timeline.cursor > 0))
}

/// The border: which time is shown, and what is under the cursor.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    let count = match shown(model) {
        Some(_) if model.timeline.is_centred() => {
            let reach = model.timeline.reach().as_hours();
            let (n, unit) = if reach % 24 == 0 && reach > 24 { (reach / 24, "d") } else { (reach, "h") };
            format!("-{n} {unit} {} now {} +{n} {unit}", look.glyphs.ellipsis, look.glyphs.now)
        }
        Some(view) => format!("{} - {}", clock(view.span.from, model), clock(view.span.until(), model)),
        None => String::new(),
    };
    let bottom = if model.focus == Pane::Timeline { said(model, look).unwrap_or_default() } else { String::new() };
    Panel { title: "5 Timeline".to_owned(), count, bottom, ..Panel::default() }
}

/// What is under the cursor, in words.
fn said(model: &Model, look: Look) -> Option<String> {
    let view = shown(model)?;
    let column = model.timeline.cursor;
    let cell = view.cell(column)?;
    let (cell_from, cell_until) = (view.span.start(cell), view.span.start(cell + 1));
    let (from, until) = match column {
        0 => (cell_from, model.at()),
        1 => (model.at(), cell_until),
        _ => (cell_from, cell_until),
    };
    let what = match under_cursor(model)? {
        (Cell { plan: Some(plan), .. }, true) => {
            let collides = if plan.collides { ", has to wait for others" } else { "" };
            format!("planned {}{collides}", clock(plan.start.at, model))
        }
        (Cell { past: Some(past), .. }, false) => match past {
            Past::Ran(run) => format!("#{run} ran"),
            Past::Runs(run) => format!("#{run} runs"),
            Past::Failed(run) => format!("#{run} failed"),
            Past::Missed(_) => "a slot was missed".to_owned(),
        },
        _ => "nothing".to_owned(),
    };
    let time = |at: Timestamp| at.to_zoned(model.zone.clone()).strftime("%H:%M").to_string();
    Some(format!("{}-{} {} {what}", clock(from, model), time(until), look.glyphs.never))
}

/// The rows and the axis.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = rows(model);
    let Some(view) = shown(model) else { return };
    let (inside, focused) = (cells(area), model.focus == Pane::Timeline);
    let slugs = usize::from(names(area).saturating_sub(2));
    // What is shown while the answer for another part of time is on its way is blank, not wrong.
    let known = model.timeline.span == Some(view.span);
    let names = fit_apart(rows.iter().map(|row| row.slug.as_str()), slugs, look);
    if rows.is_empty() && model.tasks.is_loaded() {
        let text = fit("Nothing has run, and nothing is planned.", usize::from(area.width).saturating_sub(2), look);
        print(buf, area.x + 1, area.y, text, look.style(Token::FgMuted));
    }
    for (y, (at, (row, name))) in (area.y..list(area).bottom()).zip(rows.iter().zip(names).enumerate()) {
        let name = column(&name, slugs, look);
        let is_here = cursor == Some(at);
        if is_here && model.list != Pane::Next {
            print(buf, area.x, y, look.glyphs.bar, look.style(Token::CursorBar));
        }
        let style = if is_here && focused { look.style(Token::CursorRow) } else { Style::new() };
        print(buf, area.x + 1, y, name, style);
        let cells = model.timeline.rows.get(&row.id).filter(|_| known);
        let mut x = inside.x;
        for column in view.columns.0..=view.columns.1 {
            if column == 1 && view.columns.0 <= 0 {
                x = print(buf, x, y, look.glyphs.now, look.style(Token::TimelineNow));
            }
            let cell = view.cell(column).and_then(|cell| cells?.get(cell)).copied().unwrap_or_default();
            let (glyph, mut style) = glyph(look, cell, column > 0);
            if focused && is_here && column == model.timeline.cursor {
                style = style.patch(look.style(Token::CursorRow));
            }
            x = print(buf, x, y, glyph, style);
        }
    }
    if area.height > 1 {
        axis(model, look, &view, Rect { y: area.bottom() - 1, height: 1, ..inside }, buf);
    }
}

fn glyph(look: Look, cell: Cell, future: bool) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    match (future, cell.past, cell.plan) {
        (false, Some(Past::Failed(_)), _) => (glyphs.failed, look.style(Token::RunFailed)),
        (false, Some(Past::Missed(_)), _) => (glyphs.missed, look.style(Token::RunMissed)),
        (false, Some(Past::Runs(_)), _) => (glyphs.runs, look.style(Token::TimelineRun)),
        (false, Some(Past::Ran(_)), _) => (glyphs.ran, look.style(Token::TimelinePast)),
        (true, _, Some(plan)) if plan.collides => (glyphs.collision, look.style(Token::SchedCollision)),
        (true, _, Some(_)) => (glyphs.planned, look.style(Token::TimelinePlan)),
        _ => (glyphs.never, look.style(Token::FgSubtle)),
    }
}

/// Times below the cells in which they are: of the day, and at midnight its name.
fn axis(model: &Model, look: Look, view: &View, area: Rect, buf: &mut Buffer) {
    let minutes = (view.span.cell.as_secs() / 60).max(1);
    let step = STEPS.into_iter().find(|step| step / minutes >= BETWEEN).unwrap_or(1440);
    let mut free = area.x;
    for column in view.columns.0..=view.columns.1 {
        let behind_now = u16::from(column > 0 && view.columns.0 <= 0);
        let x = area.x + (column - view.columns.0) as u16 + behind_now;
        // The present cell is two columns; its time is at the first.
        let Some(cell) = view.cell(column).filter(|_| column != 1) else { continue };
        let start = view.span.start(cell).to_zoned(model.zone.clone());
        let into = i64::from(start.hour()) * 60 + i64::from(start.minute());
        let next = (into + step - 1).div_euclid(step) * step;
        if next >= into + minutes || x < free {
            continue;
        }
        let text = if next % 1440 == 0 {
            let day = if next == 0 { start.date() } else { start.date().tomorrow().unwrap_or(start.date()) };
            day.strftime(if minutes >= 120 { "%a %-d" } else { "%a" }).to_string()
        } else {
            format!("{:02}:{:02}", next / 60, next % 60)
        };
        let text = fit(&text, usize::from(area.right().saturating_sub(x)), look);
        if text.contains(look.glyphs.ellipsis) {
            break;
        }
        print(buf, x, area.y, &text, look.style(Token::FgMuted));
        free = x + width(&text) as u16 + 1;
    }
}

//! Pane 1: the tasks, each with its state and the one thing about it that matters most now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::text::{clean, clock_seconds, fit, print, short_clock, width};
use super::{Look, text};
use crate::domain::quantity::format_elapsed;
use crate::domain::run::{Outcome, RunState, signal_name};
use crate::domain::task::{Kind, Status};
use crate::store::overview::CAP;
use crate::store::tasks::{LastRun, TaskRow};
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// In a list that is narrower than this, names need the room more than the words of their status.
const BRIEF: u16 = 32;

/// The border.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    let count = model
        .overview
        .as_ref()
        .map_or(String::new(), |o| if o.tasks > CAP { format!("{CAP}+") } else { o.tasks.to_string() });
    let place = match (model.tasks.place(), model.tasks.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        (Some(place), None) => place.to_string(),
        (None, _) => String::new(),
    };
    let count = filter(model).map_or(count.clone(), |(shown, filter)| format!("{shown}/{count} {filter}"));
    let right = if model.shows_searching() { format!("searching{}", look.glyphs.ellipsis) } else { String::new() };
    Panel { title: "1 Tasks".to_owned(), count, right, bottom: place, ..Panel::default() }
}

/// How many tasks the filter shows, and the filter, when there is one.
pub(super) fn filter(model: &Model) -> Option<(String, String)> {
    if model.filter.is_empty() {
        return None;
    }
    let shown = model.tasks.total().map_or("many".to_owned(), |total| total.to_string());
    Some((shown, format!("/{}", text::clean(&model.filter))))
}

/// The rows, or what to do when there are none.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = model.tasks.visible();
    if rows.is_empty() {
        return empty(model, look, area, buf);
    }
    let brief = area.width < BRIEF;
    let statuses: Vec<(String, Style)> = rows.iter().map(|row| status(model, look, row, brief)).collect();
    let most = usize::from(area.width) / 2;
    let status_columns = statuses.iter().map(|(text, _)| width(text)).max().unwrap_or(0).min(most);
    let slug_columns = usize::from(area.width).saturating_sub(status_columns + 5);
    for (at, (row, (status, style))) in rows.iter().zip(statuses).enumerate() {
        let (glyph, glyph_style) = state(model, look, row);
        let room = usize::from(area.width).saturating_sub(5);
        let (slug_columns, status_columns, status) = if width(&row.slug) <= slug_columns {
            (slug_columns, status_columns, status)
        } else {
            // The name comes first: its status moves to the right, and then says only what the glyph does not.
            let fits = |status: &String| width(&row.slug) + width(status) <= room;
            let status = Some(status)
                .filter(fits)
                .unwrap_or_else(|| essential(&self::status(model, look, row, true).0).to_owned());
            let slug_columns = width(&row.slug).min(room.saturating_sub(width(&status)));
            (slug_columns, room - slug_columns, status)
        };
        let parts = [
            Part::new(glyph, glyph_style),
            Part::new(" ", Style::new()),
            Part::column(row.slug.as_str(), slug_columns, Style::new()),
            Part::new(" ", Style::new()),
            Part::new(fit(&status, status_columns, look), style),
        ];
        let cursor = Cursor::of(at, cursor, model.focus == Pane::Tasks);
        // While the other panes follow Next runs, the bar is there.
        let cursor = if model.list == Pane::Next { Cursor::Elsewhere } else { cursor };
        row::draw(look, row::line(area, at), cursor, &parts, buf);
    }
}

/// Of a status what the glyph beside it does not say.
fn essential(status: &str) -> &str {
    match status {
        "cancelled" | "done" | "never" | "no start" | "paused" | "queued" | "to do" => "",
        other => other,
    }
}

/// Names the next keys (UX 51).
fn empty(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    if !model.tasks.is_loaded() {
        return;
    }
    let lines: &[(&str, &str)] = if model.filter.is_empty() {
        &[
            ("", "No tasks yet."),
            ("", ""),
            ("a", "add a task"),
            ("i", "import your crontab"),
            ("I", "import systemd timers"),
            ("T", "load the example set"),
            ("?", "help: everything that there is"),
            ("q", "quit"),
        ]
    } else {
        &[
            ("", "No task contains this."),
            ("", ""),
            ("/", "change the filter"),
            ("Esc", "show all tasks"),
            ("a", "add a task"),
        ]
    };
    for (at, (key, what)) in lines.iter().enumerate().take(usize::from(area.height)) {
        let line = row::line(area, at);
        let room = usize::from(area.width).saturating_sub(2);
        if key.is_empty() {
            print(buf, line.x + 1, line.y, fit(what, room, look), Style::new());
        } else {
            print(buf, line.x + 1, line.y, format!("{key:>3}"), look.style(Token::HintKey));
            print(buf, line.x + 5, line.y, fit(what, room.saturating_sub(4), look), Style::new());
        }
    }
}

/// The glyph of a task.
fn state(model: &Model, look: Look, row: &TaskRow) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    match (row.kind, row.status) {
        (Kind::Todo, Some(Status::Completed)) => return (glyphs.ok, look.style(Token::RunOk)),
        (Kind::Todo, Some(Status::Cancelled)) => return (glyphs.cancelled, look.style(Token::RunCancelled)),
        (Kind::Todo, Some(Status::InProgress)) => return (glyphs.running, look.style(Token::RunRunning)),
        (Kind::Todo, _) => {
            let late = row.due_at.is_some_and(|due| due < model.at());
            return if late { (glyphs.missed, look.style(Token::RunMissed)) } else { (glyphs.queued, Style::new()) };
        }
        (Kind::Command | Kind::Script, _) => {}
    }
    match &row.last {
        Some(last) if last.state != RunState::Finished => of_run(look, last.state, None, last.is_paused()),
        _ if row.paused => (glyphs.paused, look.style(Token::SchedPaused)),
        _ if row.late_since.is_some() => (glyphs.missed, look.style(Token::RunMissed)),
        Some(last) => of_run(look, last.state, last.outcome, false),
        None => (glyphs.never, look.style(Token::RunNever)),
    }
}

/// The glyph of a run, which may be paused while its state is running.
pub(super) fn of_run(look: Look, state: RunState, outcome: Option<Outcome>, paused: bool) -> (&'static str, Style) {
    let glyphs = look.glyphs;
    match (state, outcome) {
        (RunState::Running, _) if paused => (glyphs.paused, look.style(Token::SchedPaused)),
        (RunState::Queued, _) => (glyphs.queued, look.style(Token::RunQueued)),
        (RunState::WaitingRetry, _) => (glyphs.queued, look.style(Token::RunFailed)),
        (RunState::Starting | RunState::Running | RunState::Stopping, _) => {
            (glyphs.running, look.style(Token::RunRunning))
        }
        (RunState::Finished, Some(Outcome::Succeeded)) => (glyphs.ok, look.style(Token::RunOk)),
        (RunState::Finished, Some(Outcome::Cancelled)) => (glyphs.cancelled, look.style(Token::RunCancelled)),
        (RunState::Finished, Some(Outcome::Skipped)) => (glyphs.never, look.style(Token::RunSkipped)),
        (RunState::Finished, Some(Outcome::TimedOut | Outcome::OverMemory)) => {
            (glyphs.failed, look.style(Token::RunTimeout))
        }
        (RunState::Finished, _) => (glyphs.failed, look.style(Token::RunFailed)),
    }
}

/// The one thing about a task that matters most now; brief in at most nine columns.
fn status(model: &Model, look: Look, row: &TaskRow, brief: bool) -> (String, Style) {
    if let (Kind::Todo, Some(status)) = (row.kind, row.status) {
        return todo(model, look, row, status);
    }
    match &row.last {
        Some(last) if last.state != RunState::Finished => unfinished(model, look, last, brief),
        _ if row.paused => (paused(row, brief), look.style(Token::SchedPaused)),
        _ if row.late_since.is_some() => (late(model, row, brief), look.style(Token::RunMissed)),
        None if row.startup && row.next_at.is_none() => ("startup".to_owned(), look.style(Token::FgMuted)),
        None if row.after.is_some() && row.next_at.is_none() => (after(row, brief), look.style(Token::FgMuted)),
        None => (if brief { "never" } else { "never ran" }.to_owned(), look.style(Token::FgMuted)),
        Some(last) => match last.outcome {
            Some(Outcome::Succeeded) => {
                let at = last.finished_at.map(|at| short_clock(at, model)).unwrap_or_default();
                (if brief { at } else { format!("{at} ok") }, Style::new())
            }
            Some(outcome) => (ended(outcome, brief), of_run(look, last.state, last.outcome, false).1),
            None => (String::new(), Style::new()),
        },
    }
}

/// After what it runs (R11).
fn after(row: &TaskRow, brief: bool) -> String {
    match &row.after {
        Some(after) if !brief => format!("after {}", clean(after)),
        _ => "after".to_owned(),
    }
}

/// Why it rests, when Tempo did it (R12).
fn paused(row: &TaskRow, brief: bool) -> String {
    match &row.pause_reason {
        Some(reason) if !brief => format!("paused: {}", clean(reason)),
        _ => "paused".to_owned(),
    }
}

/// Since when it has not succeeded in time (R12).
fn late(model: &Model, row: &TaskRow, brief: bool) -> String {
    match row.late_since {
        Some(since) if !brief => format!("late {}", short_clock(since, model)),
        _ => "late".to_owned(),
    }
}

fn ended(outcome: Outcome, brief: bool) -> String {
    match outcome {
        Outcome::Signaled(signal) if brief => signal_name(signal),
        Outcome::CouldNotStart if brief => "no start".to_owned(),
        Outcome::TimedOut if brief => "timeout".to_owned(),
        Outcome::OverMemory if brief => "memory".to_owned(),
        outcome => outcome.to_string(),
    }
}

fn unfinished(model: &Model, look: Look, last: &LastRun, brief: bool) -> (String, Style) {
    let style = of_run(look, last.state, None, last.is_paused()).1;
    if model.is_stopping(last.id, last.state) {
        return ("stopping".to_owned(), style);
    }
    let text = match (last.state, last.started_at) {
        (RunState::Queued, _) => "queued".to_owned(),
        _ if last.is_paused() => "paused".to_owned(),
        (RunState::WaitingRetry, _) if brief => "retries".to_owned(),
        (RunState::WaitingRetry, _) => retry(model, last.attempt, last.attempts, last.retry_at),
        (RunState::Running, Some(start)) => elapsed(model, start),
        _ => "starting".to_owned(),
    };
    (text, style)
}

/// Which attempt is to come, and when (R6): `retry 2/4 02:00:30`.
pub(super) fn retry(model: &Model, attempt: u32, attempts: u32, at: Option<jiff::Timestamp>) -> String {
    let at = at.map(|at| format!(" {}", clock_seconds(at, model))).unwrap_or_default();
    format!("retry {}/{}{at}", attempt + 1, attempts.max(attempt + 1))
}

fn todo(model: &Model, look: Look, row: &TaskRow, status: Status) -> (String, Style) {
    match (status, row.due_at) {
        (Status::Completed, _) => ("done".to_owned(), look.style(Token::FgMuted)),
        (Status::Cancelled, _) => ("cancelled".to_owned(), look.style(Token::FgMuted)),
        (_, Some(due)) => {
            let late = due < model.at();
            (format!("due {}", short_clock(due, model)), if late { look.style(Token::RunMissed) } else { Style::new() })
        }
        (Status::InProgress, None) => ("begun".to_owned(), Style::new()),
        (Status::Open, None) => ("to do".to_owned(), Style::new()),
    }
}

/// How long something has been running.
pub(super) fn elapsed(model: &Model, start: jiff::Timestamp) -> String {
    format_elapsed(model.at().duration_since(start).try_into().unwrap_or_default())
}

//! Pane 3: the runs of the selected task, or of all, the newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::tasks::{of_run, stopping, with_marks};
use super::text::{clean, clock_seconds, fit, print, short_clock, width};
use crate::domain::run::{Outcome, Run, RunState, Trigger};
use crate::domain::task::Kind;
use crate::tui::action::Action;
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// The border.
pub(super) fn panel(model: &Model, look: Look) -> Panel {
    let whose = match model.listed() {
        _ if model.all_runs => "of all tasks".to_owned(),
        Some((_, slug)) => slug.to_owned(),
        None => String::new(),
    };
    let bottom = match (model.runs.place(), model.runs.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        (Some(place), None) => place.to_string(),
        (None, _) => String::new(),
    };
    let bottom = with_marks(bottom, look, model.marks.runs.count(&model.runs));
    let newest = match model.list {
        Pane::Next => model.runs.rows().first().map(|run| run.id),
        Pane::Tasks | Pane::Runs | Pane::Main | Pane::Timeline => {
            model.tasks.selected().and_then(|row| row.last.as_ref()).map(|last| last.id)
        }
    };
    let newest = newest.map(|run| format!("#{run}"));
    Panel { title: "3 Runs".to_owned(), count: whose, brief: newest, bottom, ..Panel::default() }
}

/// A row for each run: state, number, when, how long, and why it ran or how it ended.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = model.runs.visible();
    if rows.is_empty() {
        return nothing(model, look, area, buf);
    }
    let cells: Vec<Cells> = rows.iter().map(|run| Cells::of(model, look, run)).collect();
    let widest = |text: fn(&Cells) -> &str| cells.iter().map(|cells| width(text(cells))).max().unwrap_or(0);
    let [number, when, brief, duration, remark] = [
        widest(|c| &c.number),
        widest(|c| &c.when),
        widest(|c| &c.brief),
        widest(|c| &c.duration),
        widest(|c| &c.remark),
    ];
    // What does not fit goes: first the seconds, then the duration.
    let room = usize::from(area.width).saturating_sub(3);
    let with_seconds = number + when + duration + remark + 6 <= room;
    let with_duration = number + brief + duration + remark + 6 <= room;
    for (at, (run, cells)) in rows.iter().zip(&cells).enumerate() {
        let (glyph, style) = of_run(look, run.state, run.outcome, run.is_paused());
        let (time, columns) = if with_seconds { (&cells.when, when) } else { (&cells.brief, brief) };
        let mut parts = vec![
            Part::new(glyph, style),
            Part::new(" ", Style::new()),
            Part::column(cells.number.as_str(), number + 2, Style::new()),
            Part::column(time.as_str(), columns + 2, Style::new()),
        ];
        if with_duration {
            parts.push(Part::column(cells.duration.as_str(), duration + 2, Style::new()));
        }
        parts.push(Part::new(cells.remark.as_str(), cells.style));
        let cursor = Cursor::of(at, cursor, model.focus == Pane::Runs);
        row::draw(look, row::line(area, at), cursor, &parts, buf);
        row::mark(look, row::line(area, at), 0, cursor, model.marks.runs.of(&model.runs, run), buf);
    }
}

/// What a run printed, if there is a run.
pub(super) fn log(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    if model.log.shown().is_some() {
        model.log.draw(area, buf, look.theme, look.glyphs);
    } else {
        nothing(model, look, area, buf);
    }
}

/// Why there is no run, and what to do about it.
fn nothing(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let key = |action| model.key_of(action);
    let text = match (model.listed(), model.tasks.selected()) {
        (None, _) if model.tasks.is_loaded() && model.filter.is_empty() => {
            format!("Nothing ran yet; {} adds a task to run.", key(Action::Add))
        }
        _ if !model.runs.is_loaded() => return,
        _ if model.all_runs => format!("Nothing ran yet; {} runs the selected task.", key(Action::Run)),
        (Some((task, _)), Some(row)) if row.id == task && row.kind == Kind::Todo => {
            format!("A to-do: done by a person. {} changes it.", key(Action::Edit))
        }
        (Some(_), _) => format!("No runs yet; {} runs it now.", key(Action::Run)),
        (None, _) => return,
    };
    let text = fit(&text, usize::from(area.width).saturating_sub(2), look);
    print(buf, area.x + 1, area.y, text, look.style(Token::FgMuted));
}

/// The texts of a row.
struct Cells {
    number: String,
    when: String,
    /// The time without seconds.
    brief: String,
    duration: String,
    remark: String,
    style: Style,
}

impl Cells {
    fn of(model: &Model, look: Look, run: &Run) -> Self {
        let at = run.started_at.unwrap_or(run.queued_at);
        let (remark, style) = remark(model, look, run);
        Self {
            number: format!("#{}", run.id),
            when: clock_seconds(at, model),
            brief: short_clock(at, model),
            duration: run.duration_text(model.at()).unwrap_or_default(),
            remark,
            style,
        }
    }
}

/// How it ended if that is worth a word, else why it ran; in the list of all runs, whose it is.
fn remark(model: &Model, look: Look, run: &Run) -> (String, Style) {
    if model.all_runs {
        return (run.slug.clone(), Style::new());
    }
    let style = of_run(look, run.state, run.outcome, run.is_paused()).1;
    match (run.state, run.outcome) {
        _ if model.is_stopping(run.id, run.state) => (stopping(model, run.kill_at, false), style),
        _ if run.is_paused() => ("paused".to_owned(), style),
        (RunState::Queued, _) => (run.reason.as_deref().map_or_else(|| "queued".to_owned(), clean), style),
        (RunState::WaitingRetry, _) => (super::tasks::retry(model, run.attempt, run.attempts, run.retry_at), style),
        // A build is no run of the script: which of them failed is to be seen.
        (RunState::Finished, Some(outcome)) if outcome.is_bad() && run.trigger == Trigger::Environment => {
            (format!("{}: {outcome}", run.trigger), style)
        }
        (RunState::Finished, Some(outcome)) if outcome != Outcome::Succeeded => (outcome.to_string(), style),
        (state, _) if state.is_live() && run.attempt > 1 => {
            (format!("attempt {}/{}", run.attempt, run.attempts), look.style(Token::FgMuted))
        }
        _ => (run.trigger.to_string(), look.style(Token::FgMuted)),
    }
}

//! Pane 3: the runs of the selected task, or of all, the newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::panel::Panel;
use super::row::{self, Cursor, Part};
use super::tasks::of_run;
use super::text::{clock_seconds, fit, width};
use crate::domain::quantity::format_elapsed;
use crate::domain::run::{Outcome, Run, RunState};
use crate::tui::model::{Model, Pane};
use crate::tui::theme::Token;

/// The border.
pub(super) fn panel(model: &Model) -> Panel {
    let whose = match model.tasks.selected() {
        _ if model.all_runs => "of all tasks".to_owned(),
        Some(row) => row.slug.clone(),
        None => String::new(),
    };
    let bottom = match (model.runs.place(), model.runs.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        (Some(place), None) => place.to_string(),
        (None, _) => String::new(),
    };
    Panel { title: "3 Runs".to_owned(), count: whose, bottom, ..Panel::default() }
}

/// A row for each run: state, number, when, how long, and why it ran or how it ended.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let (rows, cursor) = model.runs.visible();
    if rows.is_empty() {
        if model.runs.is_loaded() && model.tasks.selected().is_some() {
            let text = fit("No runs yet; r runs it now.", usize::from(area.width).saturating_sub(2), look);
            buf.set_string(area.x + 1, area.y, text, look.style(Token::FgMuted));
        }
        return;
    }
    let cells: Vec<[String; 3]> = rows.iter().map(|run| [number(run), when(model, run), duration(model, run)]).collect();
    let widest = |at: usize| cells.iter().map(|cell| width(&cell[at])).max().unwrap_or(0);
    let columns = [widest(0), widest(1), widest(2)];
    for (at, (run, cell)) in rows.iter().zip(&cells).enumerate() {
        let (glyph, style) = of_run(look, run.state, run.outcome);
        let mut parts = vec![Part::new(glyph, style), Part::new(" ", Style::new())];
        for (text, columns) in cell.iter().zip(columns) {
            parts.push(Part::column(text.as_str(), columns, Style::new()));
            parts.push(Part::new("  ", Style::new()));
        }
        let (what, style) = remark(model, look, run);
        parts.push(Part::new(what, style));
        row::draw(look, row::line(area, at), Cursor::of(at, cursor, model.focus == Pane::Runs), &parts, buf);
    }
}

fn number(run: &Run) -> String {
    format!("#{}", run.id)
}

fn when(model: &Model, run: &Run) -> String {
    clock_seconds(run.started_at.unwrap_or(run.queued_at), model)
}

fn duration(model: &Model, run: &Run) -> String {
    run.duration(model.at()).map(format_elapsed).unwrap_or_default()
}

/// How it ended if that is worth a word, else why it ran; in the list of all runs, whose it is.
fn remark(model: &Model, look: Look, run: &Run) -> (String, Style) {
    if model.all_runs {
        return (run.slug.clone(), Style::new());
    }
    let style = of_run(look, run.state, run.outcome).1;
    match (run.state, run.outcome) {
        _ if model.is_stopping(run.id, run.state) => ("stopping".to_owned(), style),
        (RunState::Queued, _) => ("queued".to_owned(), style),
        (RunState::Finished, Some(outcome)) if outcome != Outcome::Succeeded => (outcome.to_string(), style),
        _ => (run.trigger.to_string(), look.style(Token::FgMuted)),
    }
}

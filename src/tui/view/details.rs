//! The Details tab: what the task is, when it runs, how it ended last time, what it used, and why each slot did or did not run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::text::{clean, fit, full_clock, print, slot_clock, wrap};
use super::usage::{self, Bars, Curve};
use crate::domain::quantity::format_bytes;
use crate::domain::run::{Outcome, Run, RunState};
use crate::domain::schedule::Decision;
use crate::domain::when::{DstEffect, Mark};
use crate::tui::model::{Model, Pane};
use crate::tui::msg::{Details, Planned};
use crate::tui::theme::Token;

/// Columns of a graph at most.
const WIDEST_GRAPH: usize = 120;

/// A line: a heading, a name with its value, text, or a part of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Begins a section.
    Heading(&'static str),
    /// Name and value.
    Pair(String, String),
    /// A graph, which becomes as many lines as it is high.
    Graph(Curve),
    /// A line of a graph.
    Bars(Bars),
    /// Between two sections.
    Blank,
}

/// All lines; those of another task than the selected one are not shown.
pub fn lines(model: &Model) -> Vec<Line> {
    let Some(details) = model.details.as_ref().filter(|details| Some(details.task.id) == model.subject) else {
        return Vec::new();
    };
    // What changes comes first.
    let mut lines = Vec::new();
    if !details.now.is_empty() {
        lines.extend([Line::Blank, Line::Heading("Now")]);
        lines.extend(details.now.iter().map(|sentence| Line::Pair(String::new(), clean(sentence))));
    }
    last(model, details, &mut lines);
    lines.extend(usage::lines(model));
    schedules(model, details, &mut lines);
    definition(details, &mut lines);
    slots(model, details, &mut lines);
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Main));
    let columns = inside.map_or(usize::MAX, |area| usize::from(area.width)).saturating_sub(names(&lines) + 4);
    // Each section begins with a blank line, and the first one needs none.
    lines.drain(..1);
    wrapped(lines, columns)
}

fn definition(details: &Details, lines: &mut Vec<Line>) {
    lines.extend([Line::Blank, Line::Heading("Definition")]);
    for (key, value) in &details.fields {
        for (at, line) in value.lines().enumerate() {
            let name = if at == 0 { *key } else { "" };
            lines.push(Line::Pair(name.to_owned(), clean(line)));
        }
    }
}

/// Columns of the names.
fn names(lines: &[Line]) -> usize {
    lines.iter().map(|line| if let Line::Pair(name, _) = line { name.len() } else { 0 }).max().unwrap_or(0)
}

/// The lines, with values in at most so many columns.
fn wrapped(lines: Vec<Line>, columns: usize) -> Vec<Line> {
    let pairs = |line: Line| match line {
        Line::Pair(name, value) => {
            let first = std::iter::once(name).chain(std::iter::repeat(String::new()));
            first.zip(wrap(&value, columns)).map(|(name, value)| Line::Pair(name, value)).collect()
        }
        Line::Graph(curve) => curve.bars(columns.min(WIDEST_GRAPH)).into_iter().map(Line::Bars).collect(),
        other => vec![other],
    };
    lines.into_iter().flat_map(pairs).collect()
}

fn schedules(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    lines.extend([Line::Blank, Line::Heading("Schedules")]);
    if details.schedules.is_empty() {
        let none = if details.task.definition.execution.after.is_empty() {
            "none: it runs when you press r"
        } else {
            "none: it runs after other tasks, and when you press r"
        };
        lines.push(Line::Pair(String::new(), none.to_owned()));
    }
    for Planned { rule, zone, next } in &details.schedules {
        lines.push(Line::Pair("when".to_owned(), format!("{rule}   ({})", clean(zone))));
        if details.task.definition.paused {
            lines.push(Line::Pair("next".to_owned(), "paused; p resumes".to_owned()));
        }
        for (at, (due, effect)) in next.iter().enumerate() {
            let note = match effect {
                None => String::new(),
                Some(Mark::Dst(DstEffect::Shifted)) => "  clock change: shifted".to_owned(),
                Some(Mark::Dst(DstEffect::Repeated)) => "  clock change: the second time".to_owned(),
                Some(Mark::Moved(day)) => format!("  moved from {day}"),
            };
            let name = if at == 0 { "next" } else { "" };
            lines.push(Line::Pair(name.to_owned(), format!("{}{note}", full_clock(*due, model))));
        }
    }
}

fn last(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    let Some(run) = &details.last else { return };
    lines.extend([Line::Blank, Line::Heading("Last run")]);
    let mut pair = |name: &str, value: String| lines.push(Line::Pair(name.to_owned(), value));
    pair("run", format!("#{} {}", run.id, run.trigger.phrase()));
    if let Some(runs) = &run.came_after {
        pair("after", clean(runs));
    }
    if run.attempts > 1 {
        pair("attempt", format!("{} of {}", run.attempt, run.attempts));
    }
    if let Some(at) = run.retry_at {
        pair("retry", full_clock(at, model));
    }
    if let Some(start) = run.started_at {
        pair("started", full_clock(start, model));
    }
    if let Some(duration) = run.duration_text(model.at()) {
        pair("took", duration);
    }
    pair("outcome", explain(run, model));
    if let Some(reason) = &run.reason {
        pair("reason", clean(reason));
    }
    if let Some(usage) = &run.usage {
        let cpu = usage.cpu.as_secs_f64();
        pair(
            "used",
            format!(
                "{cpu:.2} s CPU, at most {} of memory, {} of output",
                format_bytes(usage.peak_bytes),
                format_bytes(usage.output_bytes)
            ),
        );
    }
}

/// What an outcome means.
fn explain(run: &Run, model: &Model) -> String {
    let Some(outcome) = run.outcome else {
        return match run.state {
            RunState::Queued if run.reason.is_some() => "queued".to_owned(),
            RunState::Queued => match run.not_before {
                Some(at) => format!("queued: it waits until {}", full_clock(at, model)),
                None => "queued: it waits for the engine and for room".to_owned(),
            },
            _ if run.is_paused() => "paused: its processes stand still, and its timeout with them".to_owned(),
            RunState::WaitingRetry => "it waits for its next attempt".to_owned(),
            state => state.to_string(),
        };
    };
    let meaning = match outcome {
        Outcome::Succeeded => "it exited with 0",
        Outcome::Failed(126) => "the shell found the command, but could not execute it",
        Outcome::Failed(127) => "the shell did not find the command",
        Outcome::Failed(code) if code > 128 => "by the custom of shells, a signal ended what it ran",
        Outcome::Failed(_) => "it said itself that it failed",
        Outcome::Signaled(_) => "a signal ended it that Tempo did not send",
        Outcome::TimedOut => "it ran longer, or used more CPU time, than it may, and was stopped",
        Outcome::OverMemory => "its processes together used more memory than they may, and were stopped",
        Outcome::Cancelled => "somebody stopped it or took it out of the queue",
        Outcome::CouldNotStart => "no process was made",
        Outcome::Skipped => "what it waited for did not come in time",
        Outcome::Lost => "its supervisor or the machine went down: how it ended is not known",
    };
    format!("{outcome}: {meaning}")
}

fn slots(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    if details.slots.is_empty() {
        return;
    }
    lines.extend([Line::Blank, Line::Heading("Slots, the newest first")]);
    for slot in &details.slots {
        let what = match (slot.decision, slot.run) {
            (Decision::Run, Some(run)) => format!("run #{run}"),
            (decision, _) => decision.to_string(),
        };
        let reason = slot.reason.as_ref().map(|reason| format!(": {}", clean(reason))).unwrap_or_default();
        lines.push(Line::Pair(slot_clock(slot.due_at, model), format!("{what}{reason}")));
    }
}

/// The lines from the first one on the screen.
pub(super) fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let lines = lines(model);
    let names = names(&lines);
    let indent = area.x + 1;
    let right = usize::from(area.width.saturating_sub(2));
    for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(model.details_top)) {
        match line {
            Line::Heading(text) => {
                print(buf, indent, y, fit(text, right, look), look.style(Token::TitleFocus));
            }
            Line::Pair(name, value) => {
                print(buf, indent, y, name, look.style(Token::FgMuted));
                let x = indent + names as u16 + 2;
                print(buf, x, y, fit(value, right.saturating_sub(names + 2), look), Style::new());
            }
            Line::Bars(bars) => usage::draw(look, bars, (indent + names as u16 + 2, y), buf),
            Line::Graph(_) | Line::Blank => {}
        }
    }
}

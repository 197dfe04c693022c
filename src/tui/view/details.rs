//! The Details tab: what a task executes, how the run went that is shown, what comes, what became of each slot, when in the week it runs.

mod rich;
mod run;
pub mod todo;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::heat::{self, Hour};
use super::text::{clean, fit, full_clock, print, slot_clock, wrap};
use super::usage::{self, Bars, Curve};
use crate::domain::schedule::Decision;
use crate::domain::task::Work;
use crate::domain::when::{DstEffect, Mark};
use crate::domain::{RunId, TaskId};
use crate::store::kin::Kin;
use crate::tui::action::Action;
use crate::tui::markdown;
use crate::tui::model::{Model, Pane};
use crate::tui::msg::{Details, Planned};
use crate::tui::theme::Token;

/// Columns of a graph at most.
const WIDEST_GRAPH: usize = 120;

/// A line: a heading, a name with its value, text, or a part of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Begins a section.
    Heading(String),
    /// Name and value.
    Pair(String, String),
    /// A graph, which becomes as many lines as it is high.
    Graph(Curve),
    /// A line of a graph.
    Bars(Bars),
    /// A day of the week by hours.
    Heat(&'static str, Vec<Hour>),
    /// The hours above the days.
    Hours,
    /// A line of Markdown.
    Rich(markdown::Line),
    /// How far it is, in percent.
    Progress(u8),
    /// A task that it waits for, or that waits for it.
    Kin(Box<Kin>),
    /// The output of a run of a task, which is attached to a note.
    Output(TaskId, String, RunId),
    /// Between two sections.
    Blank,
}

/// Where a line leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goto {
    /// To a task.
    Task(TaskId, String),
    /// To what a run of it printed.
    Run(TaskId, String, RunId),
}

/// The lines that lead somewhere.
pub fn links(model: &Model) -> Vec<(usize, Goto)> {
    lines(model).iter().enumerate().filter_map(|(at, line)| Some((at, todo::goto(line)?))).collect()
}

/// All lines; those of another task than the selected one are not shown.
pub fn lines(model: &Model) -> Vec<Line> {
    let Some(details) = model.details.as_ref().filter(|details| Some(details.task.id) == model.subject) else {
        return Vec::new();
    };
    // What changes comes first.
    let mut lines = Vec::new();
    let is_todo = matches!(details.task.definition.work, Work::Todo(_));
    todo::head(model, details, &mut lines);
    // The first thing that is said of a to-do is that it is one.
    let mut now = details.now.iter().skip(usize::from(is_todo)).peekable();
    if now.peek().is_some() {
        lines.extend([Line::Blank, Line::Heading("Now".to_owned())]);
        lines.extend(now.map(|sentence| Line::Pair(String::new(), clean(sentence))));
    }
    todo::due_of_machine(model, details, &mut lines);
    script(details, &mut lines);
    if is_todo {
        todo::rest(model, details, &mut lines);
    }
    run::lines(model, &mut lines);
    lines.extend(usage::lines(model));
    schedules(model, details, &mut lines);
    slots(model, details, &mut lines);
    heat::lines(model, &details.heat, &mut lines);
    if !is_todo {
        todo::rest(model, details, &mut lines);
    }
    definition(details, &mut lines);
    let inside = model.layout().and_then(|layout| layout.inside(Pane::Main));
    let names = names(&lines);
    let columns = inside.map_or(usize::from(u16::MAX), |area| usize::from(area.width)).saturating_sub(names + 4);
    // Each section begins with a blank line, and the first one needs none.
    lines.drain(..1);
    wrapped(lines, names, columns)
}

/// What it executes, and in what: of a script with an environment, which changes with its requirements.
fn script(details: &Details, lines: &mut Vec<Line>) {
    let (Work::Script(path), Some(environment)) = (&details.task.definition.work, &details.environment) else { return };
    lines.extend([Line::Blank, Line::Heading("Script".to_owned())]);
    lines.push(Line::Pair("file".to_owned(), clean(&path.display().to_string())));
    for (at, line) in environment.lines().enumerate() {
        let name = if at == 0 { "environment" } else { "" };
        lines.push(Line::Pair(name.to_owned(), clean(line)));
    }
}

fn definition(details: &Details, lines: &mut Vec<Line>) {
    // What stands above in a better way.
    let is_todo = matches!(details.task.definition.work, Work::Todo(_));
    let above =
        |key: &str| if is_todo { todo::SHOWN.contains(&key) } else { matches!(key, "description" | "due" | "remind") };
    let mut fields = details.fields.iter().filter(|(key, _)| !above(key)).peekable();
    if fields.peek().is_some() {
        lines.extend([Line::Blank, Line::Heading("Definition".to_owned())]);
    }
    for (key, value) in fields {
        for (at, line) in value.lines().enumerate() {
            let name = if at == 0 { *key } else { "" };
            lines.push(Line::Pair(name.to_owned(), clean(line)));
        }
    }
}

/// Columns of the names.
fn names(lines: &[Line]) -> usize {
    let name = |line: &Line| match line {
        Line::Pair(name, _) => name.len(),
        Line::Progress(_) => "progress".len(),
        Line::Heat(name, _) => name.len(),
        _ => 0,
    };
    lines.iter().map(name).max().unwrap_or(0)
}

/// The lines, with values in at most so many columns.
fn wrapped(lines: Vec<Line>, names: usize, columns: usize) -> Vec<Line> {
    let pairs = |line: Line| match line {
        Line::Pair(name, value) => {
            let first = std::iter::once(name).chain(std::iter::repeat(String::new()));
            first.zip(wrap(&value, columns)).map(|(name, value)| Line::Pair(name, value)).collect()
        }
        Line::Rich(line) => markdown::wrap(&line, columns + names + 2).into_iter().map(Line::Rich).collect(),
        Line::Graph(curve) => curve.bars(columns.min(WIDEST_GRAPH)).into_iter().map(Line::Bars).collect(),
        other => vec![other],
    };
    lines.into_iter().flat_map(pairs).collect()
}

fn schedules(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    if details.schedules.is_empty() && matches!(details.task.definition.work, Work::Todo(_)) {
        return;
    }
    lines.extend([Line::Blank, Line::Heading("Schedules".to_owned())]);
    if details.schedules.is_empty() {
        let none = if details.task.definition.execution.after.is_empty() {
            format!("none: it runs when you press {}", model.key_of(Action::Run))
        } else {
            format!("none: it runs after other tasks, and when you press {}", model.key_of(Action::Run))
        };
        lines.push(Line::Pair(String::new(), none));
    }
    for Planned { rule, zone, next } in &details.schedules {
        lines.push(Line::Pair("when".to_owned(), format!("{rule}   ({})", clean(zone))));
        if details.task.definition.paused {
            lines.push(Line::Pair("next".to_owned(), format!("paused; {} resumes", model.key_of(Action::Pause))));
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

fn slots(model: &Model, details: &Details, lines: &mut Vec<Line>) {
    if details.slots.is_empty() {
        return;
    }
    lines.extend([Line::Blank, Line::Heading("Slots, the newest first".to_owned())]);
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
    for (at, (y, line)) in (area.y..area.bottom()).zip(lines.iter().skip(model.details_top)).enumerate() {
        let behind = (indent + names as u16 + 2, y);
        match line {
            Line::Rich(line) => rich::text(look, line, (indent, y), right, buf),
            Line::Progress(percent) => {
                print(buf, indent, y, "progress", look.style(Token::FgMuted));
                rich::progress(look, *percent, behind, right.saturating_sub(names + 2), buf);
            }
            Line::Kin(kin) => rich::kin(model, look, kin, (indent, y), right, buf),
            Line::Output(_, slug, run) => {
                let text = format!("the output of #{run} of {}", clean(slug));
                print(buf, behind.0, y, fit(&text, right.saturating_sub(names + 2), look), look.style(Token::Accent));
            }
            Line::Heading(text) => {
                print(buf, indent, y, fit(text, right, look), look.style(Token::TitleFocus));
            }
            Line::Pair(name, value) => {
                print(buf, indent, y, name, look.style(Token::FgMuted));
                let x = indent + names as u16 + 2;
                print(buf, x, y, fit(value, right.saturating_sub(names + 2), look), Style::new());
            }
            Line::Bars(bars) => usage::draw(look, bars, (indent + names as u16 + 2, y), buf),
            Line::Heat(name, hours) => {
                print(buf, indent, y, *name, look.style(Token::FgMuted));
                heat::draw(look, hours, (indent + names as u16 + 2, y), area.right(), buf);
            }
            Line::Hours => heat::draw_hours(look, (indent + names as u16 + 2, y), area.right(), buf),
            Line::Graph(_) | Line::Blank => {}
        }
        if model.details_link == Some(model.details_top + at) && todo::goto(line).is_some() {
            let focused = model.focus == Pane::Main;
            let token = if focused { Token::CursorRow } else { Token::CursorRowUnfocused };
            print(buf, area.x, y, look.glyphs.bar, look.style(Token::CursorBar));
            buf.set_style(Rect { x: area.x + 1, y, width: area.width - 1, height: 1 }, look.style(token));
        }
    }
}

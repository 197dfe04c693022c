//! The rows of a report: its groups, or what waits, with their figures.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::Look;
use super::super::text::column;
use super::{Counted, Cursor, Part, Reports, clean, fit, print, row, width};
use crate::domain::heat::DAYS;
use crate::domain::quantity::format_took;
use crate::domain::report::{Group, Kind, Report};
use crate::tui::theme::Token;

/// Columns of a figure.
const FIGURE: usize = 12;

/// Columns that a name has at least; figures without room beside it are left out, the last first.
const NAME: usize = 14;

/// A row: its name and its figures.
pub(super) type Line = (String, Vec<String>);

/// Of a rate from 0 to 1, cut and not rounded.
pub(super) fn percent(rate: f64) -> String {
    if rate >= 1.0 { "100%".to_owned() } else { format!("{:.1}%", (rate * 1000.0).floor() / 10.0) }
}

fn took(duration: Option<Duration>) -> String {
    duration.map_or_else(|| "-".to_owned(), format_took)
}

fn lines<T>(groups: &[Group<T>], figures: impl Fn(&T) -> Vec<String>) -> Vec<Line> {
    let name = |group: &Group<T>| group.key.name.as_deref().map_or_else(|| "(none)".to_owned(), clean);
    groups.iter().map(|group| (name(group), figures(&group.figures))).collect()
}

/// The rows, and the names of their figures.
pub(super) fn of(kind: Kind, counted: &Counted) -> (Vec<Line>, Vec<&'static str>) {
    match (&counted.report, kind) {
        (Report::Todos(todos), Kind::Cycle) => {
            let figures = |of: &crate::domain::report::TodoFigures| {
                vec![
                    took(of.lead.map(|took| took.p50)),
                    took(of.lead.map(|took| took.p95)),
                    took(of.cycle.map(|took| took.p50)),
                    took(of.cycle.map(|took| took.p95)),
                    of.done.to_string(),
                ]
            };
            (lines(&todos.groups, figures), vec!["lead p50", "lead p95", "cycle p50", "cycle p95", "done"])
        }
        (Report::Todos(todos), _) => {
            let figures = |of: &crate::domain::report::TodoFigures| vec![of.done.to_string(), of.given_up.to_string()];
            (lines(&todos.groups, figures), vec!["done", "given up"])
        }
        (Report::Overdue(overdue), _) => {
            let figures = |of: &crate::domain::report::OverdueFigures| vec![of.last.to_string(), of.most.to_string()];
            (lines(&overdue.groups, figures), vec!["overdue now", "at most"])
        }
        (Report::Runs(runs), Kind::Success) => {
            let figures = |of: &crate::domain::report::RunFigures| {
                let rate = of.rate().map_or_else(|| "-".to_owned(), percent);
                let [ok, bad, cancelled, skipped] = [of.ok, of.bad, of.cancelled, of.skipped].map(|of| of.to_string());
                vec![rate, ok, bad, cancelled, skipped]
            };
            (lines(&runs.groups, figures), vec!["rate", "ok", "failed", "cancelled", "skipped"])
        }
        (Report::Runs(runs), Kind::Durations) => {
            let figures = |of: &crate::domain::report::RunFigures| {
                let took_of = of.took;
                vec![
                    took(took_of.map(|took| took.p50)),
                    took(took_of.map(|took| took.p95)),
                    took(took_of.map(|took| took.most)),
                    took_of.map_or(0, |took| took.count).to_string(),
                ]
            };
            (lines(&runs.groups, figures), vec!["p50", "p95", "longest", "runs"])
        }
        (Report::Runs(runs), _) => {
            let figures = |of: &crate::domain::report::RunFigures| {
                let busiest =
                    of.busiest.map_or_else(|| "-".to_owned(), |(day, hour, _)| format!("{} {hour:02}:00", DAYS[day]));
                vec![of.ended().to_string(), busiest, of.busiest.map_or(0, |(.., most)| most).to_string()]
            };
            (lines(&runs.groups, figures), vec!["runs", "busiest", "runs then"])
        }
        (Report::Waiting(waiting), _) => {
            let line = |one: &crate::domain::report::Waiting| {
                let waits = Duration::try_from(counted.at.duration_since(one.since)).unwrap_or_default();
                let name = one.run.map_or_else(|| clean(&one.slug), |run| format!("{} #{run}", clean(&one.slug)));
                (
                    name,
                    vec![
                        one.wait.word().to_owned(),
                        format_took(waits),
                        one.reason.as_deref().map(clean).unwrap_or_default(),
                    ],
                )
            };
            (waiting.iter().map(line).collect(), vec!["waits", "for", "why"])
        }
    }
}

/// Draws them below their names.
pub(super) fn draw(look: Look, reports: &Reports, rows: &[Line], heads: &[&str], area: Rect, buf: &mut Buffer) {
    let muted = look.style(Token::FgMuted);
    if rows.is_empty() {
        print(buf, area.x, area.y, fit("nothing in this period", usize::from(area.width), look), muted);
        return;
    }
    let shown = &rows[reports.top.min(rows.len())..];
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let shown = &shown[..shown.len().min(usize::from(list.height))];
    let room = usize::from(area.width).saturating_sub(1);
    let figures = (room.saturating_sub(NAME) / FIGURE).min(heads.len());
    let widest = shown.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let name = widest.max(NAME).min(room.saturating_sub(figures * FIGURE));
    // The last figure of what waits is a text, which begins where its column does.
    let is_text = |at: usize| reports.kind == Kind::Waiting && at == 2;
    let figure = |at: usize, text: &str| {
        if is_text(at) {
            format!("  {}", fit(text, room.saturating_sub(name + 2 * FIGURE + 2), look))
        } else {
            format!("{:>FIGURE$}", fit(text, FIGURE - 1, look))
        }
    };
    let head = if reports.kind == Kind::Waiting { "task" } else { reports.by.word() };
    let mut x = print(buf, area.x + 1, area.y, column(head, name, look), muted);
    for (at, head) in heads.iter().take(figures).enumerate() {
        x = print(buf, x, area.y, figure(at, head), muted);
    }
    for (at, (text, values)) in shown.iter().enumerate() {
        let mut parts = vec![Part::column(fit(text, name, look), name, Style::new())];
        for (at, value) in values.iter().take(figures).enumerate() {
            parts.push(Part::new(figure(at, value), Style::new()));
        }
        row::draw(look, row::line(list, at), Cursor::of(reports.top + at, reports.cursor, true), &parts, buf);
    }
}

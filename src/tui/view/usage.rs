//! The graphs of the Details tab: CPU and memory of a run over time (R7).

use jiff::Timestamp;
use ratatui::buffer::Buffer;

use super::Look;
use super::details::Line;
use super::text::{clean, print};
use crate::domain::quantity::{format_bytes, format_duration, format_elapsed};
use crate::domain::run::{Run, RunState};
use crate::output::usage::{Sample, load};
use crate::tui::model::Model;
use crate::tui::theme::Token;

/// Lines that a graph is high.
const HEIGHT: usize = 3;
/// What a cell can show of its height.
const STEPS: u64 = 8;
/// The top of the graph of the CPU, when nothing was higher: one processor, in thousandths.
const PROCESSOR: u64 = 1000;

/// A value over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// Until when, in microseconds since the start, and the value until then from the point before.
    points: Vec<(u64, u64)>,
    /// The value at the top.
    top: u64,
    /// A value that is marked.
    limit: Option<u64>,
}

/// One line of a graph, from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// How full each cell is, in steps.
    cells: Vec<u8>,
    /// What each cell is drawn as.
    tokens: Vec<Token>,
    /// Whether the limit is in this line.
    is_limit: bool,
}

/// The lines about the run that is selected, or the newest; none when it never started.
pub(super) fn lines(model: &Model) -> Vec<Line> {
    let Some((run, start)) = model.measured().and_then(|run| Some((run, run.started_at?))) else { return Vec::new() };
    let Some(used) = model.usage.as_ref().filter(|used| used.run == run.id) else { return Vec::new() };
    let mut lines = vec![Line::Blank, Line::Heading("CPU and memory".to_owned())];
    let mut pair = |name: &str, value: String| lines.push(Line::Pair(name.to_owned(), value));
    let limits = run.limits.as_ref().or(used.in_force.as_ref()).map(|limits| clean(limits));
    let samples = match &used.samples {
        Ok(samples) => samples,
        Err(e) => {
            pair("samples", format!("cannot be read: {}", clean(e)));
            return lines;
        }
    };
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        pair("run", format!("#{}, {}", run.id, none(run, model)));
        if let Some(limits) = limits {
            pair("limits", limits);
        }
        return lines;
    };
    let n = samples.len();
    let many = if n == 1 { "a sample".to_owned() } else { format!("{n} samples") };
    let over = format_elapsed(last.at.duration_since(start).unsigned_abs());
    pair("run", format!("#{}, {many} in {over}", run.id));
    if let Some(limits) = limits {
        pair("limits", limits);
    }
    let is_live = run.state != RunState::Finished;
    let now = |value: String| if is_live { format!("now {value}, ") } else { String::new() };

    let before = std::iter::once(None).chain(samples.iter().map(Some));
    let loads: Vec<u64> =
        samples.iter().zip(before).map(|(sample, before)| (load(before, start, sample) * 1000.0) as u64).collect();
    let (current, most) = (loads.last().copied().unwrap_or(0), loads.iter().copied().max().unwrap_or(0));
    let spent = last.cpu.as_secs_f64();
    let allowed = used.limits.cpu.map_or_else(String::new, |limit| format!(" of {}", format_duration(limit)));
    pair("cpu", format!("{}at most {}, {spent:.1} s{allowed}", now(percent(current)), percent(most)));
    lines.push(Line::Graph(Curve { points: points(start, samples, loads), top: most.max(PROCESSOR), limit: None }));

    let memory: Vec<u64> = samples.iter().map(|sample| sample.memory).collect();
    let most = memory.iter().copied().max().unwrap_or(first.memory);
    let limit = used.limits.memory;
    let allowed = limit.map_or_else(String::new, |limit| format!(" of {}", format_bytes(limit)));
    let text = format!("{}at most {}{allowed}", now(format_bytes(last.memory)), format_bytes(most));
    lines.push(Line::Pair("memory".to_owned(), text));
    // A limit that is far above would leave nothing to see of the rest.
    let limit = limit.filter(|limit| *limit / 4 <= most);
    let top = most.max(limit.unwrap_or(0)).max(1);
    lines.push(Line::Graph(Curve { points: points(start, samples, memory), top, limit }));
    lines
}

/// Why there is no sample.
fn none(run: &Run, model: &Model) -> &'static str {
    if run.state != RunState::Finished {
        "no samples yet: the first comes after a second"
    } else if run.duration(model.at()).is_some_and(|took| took.as_secs() < 1) {
        "no samples: it took less than a second"
    } else {
        "no samples are kept of it"
    }
}

fn percent(thousandths: u64) -> String {
    format!("{}%", thousandths / 10)
}

fn points(start: Timestamp, samples: &[Sample], values: Vec<u64>) -> Vec<(u64, u64)> {
    let since = |at: Timestamp| u64::try_from(at.duration_since(start).as_micros()).unwrap_or(0);
    samples.iter().map(|sample| since(sample.at)).zip(values).collect()
}

impl Curve {
    /// The graph in so many columns: each shows the highest value of its time.
    pub(super) fn bars(&self, columns: usize) -> Vec<Bars> {
        let values = self.reduced(columns);
        let heights: Vec<u64> = values.iter().map(|value| self.steps(*value)).collect();
        let tokens: Vec<Token> = values.iter().map(|value| self.token(*value)).collect();
        let limit = self.limit.map(|limit| self.steps(limit).saturating_sub(1) / STEPS);
        let line = |row: u64| Bars {
            cells: heights.iter().map(|steps| steps.saturating_sub(row * STEPS).min(STEPS) as u8).collect(),
            tokens: tokens.clone(),
            is_limit: limit == Some(row),
        };
        (0..HEIGHT as u64).rev().map(line).collect()
    }

    /// What a value is drawn as: where there is a limit, by how near it is.
    fn token(&self, value: u64) -> Token {
        match self.limit {
            None => Token::Spark,
            Some(limit) if value >= limit => Token::GaugeHigh,
            Some(limit) if value >= limit / 5 * 4 => Token::GaugeMid,
            Some(_) => Token::GaugeLow,
        }
    }

    /// The height of a value; what is not nothing is seen.
    fn steps(&self, value: u64) -> u64 {
        let all = u128::from(HEIGHT as u64 * STEPS);
        (u128::from(value) * all).div_ceil(u128::from(self.top)).min(all) as u64
    }

    /// The highest value in each of so many equal parts of the time.
    fn reduced(&self, columns: usize) -> Vec<u64> {
        let end = u128::from(self.points.iter().map(|(until, _)| *until).max().unwrap_or(0).max(1));
        let mut parts = vec![0; columns];
        let (mut from, last) = (0, columns.saturating_sub(1));
        for (until, value) in &self.points {
            let place = |at: u128| (at * columns as u128 / end) as usize;
            let until = u128::from(*until);
            // Up to its end, which belongs to the next part when it is just between two.
            let to = place(until.saturating_sub(1)).min(last);
            for part in parts.iter_mut().take(to + 1).skip(place(from).min(last)) {
                *part = (*part).max(*value);
            }
            from = until;
        }
        parts
    }
}

/// Draws one line of a graph.
pub(super) fn draw(look: Look, bars: &Bars, (x, y): (u16, u16), buf: &mut Buffer) {
    let glyphs = look.glyphs;
    for (x, (cell, token)) in (x..).zip(bars.cells.iter().zip(&bars.tokens)) {
        match cell.checked_sub(1).and_then(|step| glyphs.bars.get(usize::from(step))) {
            Some(bar) => {
                print(buf, x, y, bar, look.style(*token));
            }
            None if bars.is_limit => {
                print(buf, x, y, glyphs.border.horizontal_top, look.style(Token::FgMuted));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(curve: &Curve, columns: usize) -> Vec<Vec<u8>> {
        curve.bars(columns).into_iter().map(|bars| bars.cells).collect()
    }

    #[test]
    fn a_curve_is_as_high_as_its_values_and_a_little_is_not_nothing() {
        let curve = Curve { points: vec![(10, 0), (20, 1), (30, 500), (40, 1000)], top: 1000, limit: None };
        assert_eq!(cells(&curve, 4), [[0, 0, 0, 8], [0, 0, 4, 8], [0, 1, 8, 8]]);
    }

    #[test]
    fn a_curve_is_reduced_to_the_width_by_its_highest_values_and_stretched_to_it() {
        let points = (1..=600).map(|n| (n * 1_000_000, if n == 301 { 1000 } else { 10 })).collect();
        let curve = Curve { points, top: 1000, limit: None };
        let top = &cells(&curve, 60)[0];
        assert_eq!(top.iter().position(|cell| *cell == 8), Some(30));
        assert_eq!(top.iter().filter(|cell| **cell > 0).count(), 1);
        assert_eq!(cells(&curve, 0), [[], [], [] as [u8; 0]]);
        let short = Curve { points: vec![(5, 1000), (10, 0)], top: 1000, limit: None };
        assert_eq!(cells(&short, 6)[2], [8, 8, 8, 0, 0, 0]);
    }

    #[test]
    fn the_limit_is_in_the_line_to_which_it_is_high() {
        let rows = |limit, top| {
            let curve = Curve { points: vec![(1, 1)], top, limit: Some(limit) };
            curve.bars(1).iter().map(|bars| bars.is_limit).collect::<Vec<_>>()
        };
        assert_eq!(rows(1000, 1000), [true, false, false]);
        assert_eq!(rows(500, 1000), [false, true, false]);
        assert_eq!(rows(250, 1000), [false, false, true]);
    }
}

//! A chart over the units of a period: a bar for each, of two parts, in eighths of a character.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::Look;
use super::super::text::{fit, print, width};
use crate::domain::quantity::format_took;
use crate::domain::report::{Kind, Period, Report, Took};
use crate::tui::theme::Token;

/// Columns of a bar with the gap behind it, at most.
const WIDE: u16 = 6;

/// A bar: the lower part, and up to where the upper one goes.
type Bar = (u64, u64);

/// The chart.
pub(super) struct Chart {
    bars: Vec<Bar>,
    /// What the height of the chart is.
    most: u64,
    /// That in words.
    label: String,
    /// What the two parts are; the second one can be none.
    parts: [&'static str; 2],
    tokens: [Token; 2],
}

impl Chart {
    /// Of a report over time.
    pub(super) fn of(kind: Kind, report: &Report) -> Option<Self> {
        let plain = [Token::Accent, Token::FgMuted];
        Some(match (report, kind) {
            (Report::Todos(todos), Kind::Done) => {
                let bars = todos.units.iter().map(|of| (of.done, of.done + of.given_up)).collect();
                Self::counts(bars, ["done", "given up"], plain)
            }
            (Report::Todos(todos), _) => Self::times(todos.units.iter().map(|of| of.lead), ["lead p50", "p95"]),
            (Report::Overdue(overdue), _) => {
                let bars = overdue.units.iter().map(|count| (*count, *count)).collect();
                Self::counts(bars, ["overdue at the end", ""], [Token::SchedOverdue, Token::FgMuted])
            }
            (Report::Runs(runs), Kind::Success) => {
                let rate = |of: &crate::domain::report::RunFigures| match of.rate() {
                    Some(rate) => ((rate * 1000.0).floor() as u64, 1000),
                    None => (0, 0),
                };
                Self {
                    bars: runs.units.iter().map(rate).collect(),
                    most: 1000,
                    label: "100%".to_owned(),
                    parts: ["succeeded", "failed"],
                    tokens: [Token::RunOk, Token::RunFailed],
                }
            }
            (Report::Runs(runs), Kind::Durations) => Self::times(runs.units.iter().map(|of| of.took), ["p50", "p95"]),
            _ => return None,
        })
    }

    fn counts(bars: Vec<Bar>, parts: [&'static str; 2], tokens: [Token; 2]) -> Self {
        let most = bars.iter().map(|bar| bar.1).max().unwrap_or(0);
        Self { bars, most, label: most.to_string(), parts, tokens }
    }

    fn times(took: impl Iterator<Item = Option<Took>>, parts: [&'static str; 2]) -> Self {
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bars: Vec<Bar> =
            took.map(|took| took.map_or((0, 0), |took| (micros(took.p50), micros(took.p95)))).collect();
        let most = bars.iter().map(|bar| bar.1).max().unwrap_or(0);
        let label = format_took(Duration::from_micros(most));
        Self { bars, most, label, parts, tokens: [Token::Accent, Token::FgMuted] }
    }

    /// Draws what its parts mean, and the chart with its axes.
    pub(super) fn draw(&self, look: Look, period: &Period, legend: Rect, area: Rect, buf: &mut Buffer) {
        let muted = look.style(Token::FgMuted);
        let axis = (width(&self.label) as u16 + 1).min(area.width / 3);
        let room = area.width - axis;
        let count = (self.bars.len() as u16).max(1);
        let pitch = (room / count).clamp(1, WIDE);
        // Where there is no room for all the newest are shown.
        let shown = usize::from(room / pitch).min(self.bars.len());
        let skipped = self.bars.len() - shown;
        let full = look.glyphs.bars[7];
        let mut x = print(buf, legend.x, legend.y, full, look.style(self.tokens[0]));
        x = print(buf, x + 1, legend.y, self.parts[0], muted) + 2;
        if !self.parts[1].is_empty() {
            x = print(buf, x, legend.y, look.glyphs.heat[2], look.style(self.tokens[1]));
            x = print(buf, x + 1, legend.y, self.parts[1], muted) + 2;
        }
        let grain = period.grain.word();
        let text = match skipped {
            0 => format!("a {grain} each"),
            _ => format!("a {grain} each, the newest {shown} of {}", self.bars.len()),
        };
        print(buf, x, legend.y, fit(&text, usize::from(legend.right().saturating_sub(x)), look), muted);
        print(buf, area.x, area.y, fit(&self.label, usize::from(axis), look), muted);
        let rows = area.height - 1;
        if rows > 1 {
            print(buf, area.x, area.y + rows - 1, "0", muted);
        }
        let columns = if pitch > 1 { pitch - 1 } else { 1 };
        for (at, bar) in self.bars[skipped..].iter().enumerate() {
            let x = area.x + axis + at as u16 * pitch;
            self.bar(look, *bar, Rect { x, width: columns, height: rows, ..area }, buf);
        }
        let mut free = area.x + axis;
        for (at, day) in period.days().enumerate().skip(skipped) {
            let x = area.x + axis + (at - skipped) as u16 * pitch;
            let text = super::day(day, period);
            if x >= free && x + width(&text) as u16 <= area.right() {
                free = print(buf, x, area.y + rows, text, muted) + 2;
            }
        }
    }

    /// One bar, from its foot: the lower part in eighths, the upper one in whole characters of another kind.
    fn bar(&self, look: Look, (low, high): Bar, area: Rect, buf: &mut Buffer) {
        let eighths = |number: u64| {
            let all = u128::from(area.height) * 8;
            u64::try_from((u128::from(number) * all).div_ceil(u128::from(self.most.max(1)))).unwrap_or(u64::MAX)
        };
        let (is_whole, mut low, high) = (low >= high, eighths(low), eighths(high));
        if !is_whole && high >= 16 {
            // The upper part has a character of its own, however little it is: something that failed is seen.
            low = low.min(high - 8);
        }
        for row in 0..area.height {
            let foot = u64::from(row) * 8;
            let (glyph, token) = match (low.saturating_sub(foot), high.saturating_sub(foot)) {
                (of_low, _) if of_low >= 8 => (look.glyphs.bars[7], self.tokens[0]),
                (of_low @ 1.., of_high) if of_high <= of_low => (look.glyphs.bars[of_low as usize - 1], self.tokens[0]),
                (4.., _) => (look.glyphs.bars[7], self.tokens[0]),
                (_, 1..) => (look.glyphs.heat[2], self.tokens[1]),
                _ => continue,
            };
            let y = area.bottom() - 1 - row;
            for x in area.left()..area.right() {
                print(buf, x, y, glyph, look.style(token));
            }
        }
    }
}

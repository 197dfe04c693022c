//! When in the week a task runs: a row for each day, a cell for each hour.

use ratatui::buffer::Buffer;

use super::Look;
use super::details::Line;
use super::text::{full_clock, print};
use crate::domain::heat::{DAYS, HOURS, level};
use crate::tui::model::Model;
use crate::tui::msg::Heat;
use crate::tui::theme::Token;

/// Columns of an hour.
const WIDTH: u16 = 2;

/// Hours between two that are named.
const NAMED: usize = 6;

const TOKENS: [Token; 5] = [Token::Heat0, Token::Heat1, Token::Heat2, Token::Heat3, Token::Heat4];

/// An hour of a weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hour {
    /// How often it runs then, from 0 to 4.
    level: usize,
    /// Whether a run ended badly then.
    failed: bool,
}

/// The hours of a day, of which the busiest of all has so many.
pub(super) fn hours(counts: &[u32; HOURS], most: u32) -> Vec<Hour> {
    counts.iter().map(|count| Hour { level: level(*count, most), failed: false }).collect()
}

/// The lines about it; none when it did not run.
pub(super) fn lines(model: &Model, heat: &Heat, lines: &mut Vec<Line>) {
    let (runs, failed): (u32, u32) = (heat.runs.iter().flatten().sum(), heat.failed.iter().flatten().sum());
    let most = heat.runs.iter().flatten().max().copied().unwrap_or(0);
    if runs + failed == 0 {
        return;
    }
    lines.extend([Line::Blank, Line::Heading("When in the week".to_owned())]);
    let text =
        format!("{runs} began, {failed} failed since {}; at most {most} in an hour", full_clock(heat.since, model));
    lines.push(Line::Pair("runs".to_owned(), text));
    lines.push(Line::Hours);
    for (day, name) in DAYS.into_iter().enumerate() {
        let hour = |hour: usize| Hour { level: level(heat.runs[day][hour], most), failed: heat.failed[day][hour] > 0 };
        lines.push(Line::Heat(name, (0..HOURS).map(hour).collect()));
    }
}

/// Draws a day up to a column: how often, and where something failed that instead.
pub(super) fn draw(look: Look, hours: &[Hour], (x, y): (u16, u16), right: u16, buf: &mut Buffer) {
    for (x, hour) in (x..).step_by(usize::from(WIDTH)).zip(hours) {
        if x >= right {
            break;
        }
        let (glyph, token) = if hour.failed {
            (look.glyphs.failed, Token::SparkFail)
        } else {
            (look.glyphs.heat[hour.level], TOKENS[hour.level])
        };
        print(buf, x, y, glyph, look.style(token));
    }
}

/// Draws the hours above the days, up to a column.
pub(super) fn draw_hours(look: Look, (x, y): (u16, u16), right: u16, buf: &mut Buffer) {
    for hour in (0..HOURS).step_by(NAMED) {
        let x = x + hour as u16 * WIDTH;
        if x + WIDTH <= right {
            print(buf, x, y, format!("{hour:02}"), look.style(Token::FgMuted));
        }
    }
}

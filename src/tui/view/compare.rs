//! The comparison with the last good run: what is different, line by line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::text::{clean, fit, print, wrap};
use crate::output::compare::{Comparison, Row};
use crate::tui::layout::Layout;
use crate::tui::model::compare::Compare;
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 140;

/// Rows of the list on a screen of this size.
pub fn rows(size: Size) -> usize {
    // The border, how much is different, a blank line, and the hint line.
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(5 + header)).max(1)
}

/// The whole layer.
pub(super) fn draw(look: Look, compare: &Compare, room: Rect, buf: &mut Buffer) {
    let title = format!("{} #{}, and the last good run before it", clean(&compare.slug), compare.run);
    let bottom = match compare.rows() {
        0 => String::new(),
        rows => format!("{}/{rows}", compare.top + 1),
    };
    let inside = popup(look, centred(room, WIDEST, room.height), &title, &bottom, buf);
    let columns = usize::from(inside.width);
    let muted = look.style(Token::FgMuted);
    let (against, comparison) = match &compare.compared {
        None => {
            print(buf, inside.x, inside.y, fit("comparing", columns, look), muted);
            return;
        }
        Some(Err(reason)) => {
            for (at, line) in wrap(&clean(reason), columns).into_iter().enumerate().take(usize::from(inside.height)) {
                print(buf, inside.x, inside.y + at as u16, line, Style::new());
            }
            return;
        }
        Some(Ok((against, comparison))) => (against, comparison),
    };
    let status = format!("#{against} is -, #{} is +: {}", compare.run, words(comparison, compare.loosely));
    print(buf, inside.x, inside.y, fit(&status, columns, look), muted);
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2), ..inside };
    for (at, row) in comparison.rows.iter().skip(compare.top).take(usize::from(list.height)).enumerate() {
        line(look, row, Rect { y: list.y + at as u16, height: 1, ..list }, buf);
    }
}

/// A row of a difference.
pub(super) fn line(look: Look, row: &Row, area: Rect, buf: &mut Buffer) {
    let muted = look.style(Token::FgMuted);
    let (mark, text, style) = match row {
        Row::Same(.., text) => (" ", clean(text), Style::new()),
        Row::Removed(_, text) => ("-", clean(text), look.style(Token::RunFailed)),
        Row::Added(_, text) => ("+", clean(text), look.style(Token::RunOk)),
        Row::Skipped(1) => ("", format!("{} 1 line is the same", look.glyphs.ellipsis), muted),
        Row::Skipped(count) => ("", format!("{} {count} lines are the same", look.glyphs.ellipsis), muted),
    };
    let x = print(buf, area.x, area.y, mark, style);
    print(buf, x, area.y, fit(&text, usize::from(area.width).saturating_sub(mark.len()), look), style);
}

/// How much is different.
fn words(comparison: &Comparison, loosely: bool) -> String {
    let numbers = if loosely { "numbers do not count" } else { "numbers count" };
    let mut words = if comparison.is_same() {
        format!("nothing is different; {numbers}")
    } else {
        format!("{} lines gone, {} new; {numbers}", comparison.removed, comparison.added)
    };
    if comparison.cut {
        words.push_str("; only the beginning was compared");
    }
    words
}

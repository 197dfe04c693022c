//! The search through all outputs: what is typed, how far it is, and the lines that were found.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;

use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, column, fit, print, width};
use super::{Look, form};
use crate::domain::quantity::format_bytes;
use crate::output::scan::Matcher;
use crate::tui::layout::Layout;
use crate::tui::model::edit;
use crate::tui::model::hunt::{Hunt, MOST, Quarry};
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 140;
/// Columns of the name of a task, at most.
const NAME: usize = 20;

/// Rows of the list on a screen of this size.
pub fn rows(size: Size) -> usize {
    // The border, what is typed, how far it is, a blank line, and the hint line.
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(6 + header)).max(1)
}

/// The whole layer; returns where the cursor is.
pub(super) fn draw(look: Look, hunt: &Hunt, room: Rect, buf: &mut Buffer) -> Position {
    let bottom =
        if hunt.quarry.is_empty() { String::new() } else { format!("{}/{}", hunt.cursor + 1, hunt.quarry.len()) };
    let title = "Search in all outputs";
    let inside = popup(look, centred(room, WIDEST, room.height), title, &bottom, buf);
    let label = "search: ";
    print(buf, inside.x, inside.y, label, look.style(Token::HintKey));
    let columns = usize::from(inside.width).saturating_sub(width(label) + 1).max(1);
    let line = hunt.text.lines().first().map_or("", String::as_str);
    let (shown, cursor) = form::window(line, hunt.text.cursor().1, columns);
    let x = inside.x + width(label) as u16;
    print(buf, x, inside.y, column(&shown, columns, look), Style::new());
    let (status, style) = match &hunt.problem {
        Some(problem) => (clean(problem), look.style(Token::PromptError)),
        None => (status(hunt, look), look.style(Token::FgMuted)),
    };
    print(buf, inside.x, inside.y + 1, fit(&status, usize::from(inside.width), look), style);
    let list = Rect { y: inside.y + 3, height: inside.height.saturating_sub(3), ..inside };
    let matcher = Matcher::new(&edit::text(&hunt.text));
    let visible = hunt.quarry.iter().enumerate().skip(hunt.top).take(usize::from(list.height));
    let widest =
        |text: &dyn Fn(&Quarry) -> String| visible.clone().map(|(_, found)| width(&text(found))).max().unwrap_or(0);
    let name = widest(&|found| clean(&found.slug)).min(NAME);
    let place = widest(&place);
    for (at, found) in visible {
        let mut parts = vec![
            Part::column(fit(&clean(&found.slug), name, look), name + 1, Style::new()),
            Part::column(self::place(found), place + 2, look.style(Token::FgMuted)),
        ];
        parts.extend(pieces(found, matcher.as_ref(), usize::from(inside.width).saturating_sub(name + place + 4), look));
        row::draw(look, row::line(list, at - hunt.top), Cursor::of(at, hunt.cursor, true), &parts, buf);
    }
    Position::new(x + cursor, inside.y)
}

fn place(found: &Quarry) -> String {
    format!("#{} {}", found.run, found.line + 1)
}

/// The text of a line in pieces, so that what matches is marked; moved to the left until the first match is seen.
fn pieces(found: &Quarry, matcher: Option<&Matcher>, columns: usize, look: Look) -> Vec<Part> {
    let text = &found.text;
    let ranges = matcher.map(|matcher| matcher.ranges(text)).unwrap_or_default();
    let mut at = 0;
    if let Some(first) = ranges.first()
        && width(&text[..first.end]) > columns
    {
        let wanted = first.start.saturating_sub(columns / 3);
        at = (wanted..=first.start).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    }
    let mut parts = Vec::new();
    if at > 0 {
        parts.push(Part::new(look.glyphs.ellipsis, look.style(Token::FgMuted)));
    }
    for range in ranges {
        if at < range.start {
            parts.push(Part::new(&text[at..range.start], Style::new()));
        }
        if range.end > at {
            parts.push(Part::new(&text[at.max(range.start)..range.end], look.style(Token::LogMatch)));
        }
        at = at.max(range.end);
    }
    parts.push(Part::new(&text[at..], Style::new()));
    parts
}

/// Where it looks, and how far it is.
fn status(hunt: &Hunt, look: Look) -> String {
    let place = match &hunt.task {
        Some((_, slug)) if hunt.only => format!("in {}", clean(slug)),
        _ => "in all tasks".to_owned(),
    };
    if edit::text(&hunt.text).is_empty() {
        return format!("{place}; type a regular expression");
    }
    let tally = hunt.tally;
    let going = if tally.done { "" } else { look.glyphs.ellipsis };
    let shown = if tally.matches > MOST as u64 { format!("; the first {MOST} are shown") } else { String::new() };
    let gone = if tally.not_kept > 0 { format!("; {} not kept", tally.not_kept) } else { String::new() };
    format!(
        "{place}: {} lines in {} of {} outputs{going}{shown}{gone}",
        tally.matches,
        format_bytes(tally.bytes),
        tally.outputs,
    )
}

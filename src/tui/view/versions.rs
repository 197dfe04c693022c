//! The versions of a script: the list above, and below it what is different in the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;

use super::Look;
use super::panel::{centred, popup};
use super::row::{self, Cursor, Part};
use super::text::{clean, clock_seconds, fit, print, wrap};
use crate::domain::quantity::format_bytes;
use crate::domain::version::{File, Version};
use crate::output::compare::Row;
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::versions::Versions;
use crate::tui::theme::Token;

/// As wide as it gets.
const WIDEST: u16 = 140;

/// Digits of a commit that are shown.
const COMMIT: usize = 8;

/// Rows inside the popup on a screen of this size.
fn inside(size: Size) -> usize {
    let header = u16::from(size.height >= Layout::HEADER_FROM);
    usize::from(size.height.saturating_sub(3 + header)).max(2)
}

/// Rows of the list on a screen of this size: a third of what there is.
pub fn rows(size: Size) -> usize {
    (inside(size) / 3).max(1)
}

/// Rows of the difference, below the line between them.
pub fn difference_rows(size: Size) -> usize {
    inside(size).saturating_sub(rows(size) + 1).max(1)
}

/// The whole layer.
pub(super) fn draw(model: &Model, look: Look, versions: &Versions, room: Rect, buf: &mut Buffer) {
    let what = match versions.file {
        File::Script => "the script",
        File::Requirements => "the requirements",
    };
    let title = format!("Versions of {what} of {}", clean(&versions.slug));
    let bottom = match (versions.rows.place(), versions.rows.total()) {
        (Some(place), Some(total)) => format!("{place}/{total}"),
        _ => String::new(),
    };
    let area = popup(look, centred(room, WIDEST, room.height), &title, &bottom, buf);
    if versions.rows.is_empty() {
        let text = if versions.rows.is_loaded() { "No version was seen yet: the first run notes one." } else { "" };
        print(buf, area.x, area.y, fit(text, usize::from(area.width), look), look.style(Token::FgMuted));
        return;
    }
    let list = area.height.min(rows(model.size) as u16);
    let (shown, cursor) = versions.rows.visible();
    for (at, version) in shown.iter().enumerate().take(usize::from(list)) {
        let line = Rect { y: area.y + at as u16, height: 1, ..area };
        row::draw(look, line, Cursor::of(at, cursor, true), &parts(model, look, version), buf);
    }
    let rule = Rect { y: area.y + list, height: 1, ..area };
    let below = Rect { y: rule.y + 1, height: area.height.saturating_sub(list + 1), ..area };
    difference(look, versions, rule, below, buf);
}

fn parts(model: &Model, look: Look, version: &Version) -> Vec<Part> {
    let muted = look.style(Token::FgMuted);
    let size =
        if version.is_kept { format_bytes(version.size) } else { format!("{}, hash only", format_bytes(version.size)) };
    let commit = version.commit.as_deref().map_or("", |commit| &commit[..COMMIT.min(commit.len())]);
    vec![
        Part::column(version.id.to_string(), 6, Style::new()),
        Part::column(clock_seconds(version.saved_at, model), 17, muted),
        Part::column(version.origin.word(), 9, Style::new()),
        Part::column(version.hash.short(), 9, Style::new()),
        Part::column(size, 19, muted),
        Part::new(commit, muted),
    ]
}

/// What is different, under a line that says from what.
fn difference(look: Look, versions: &Versions, rule: Rect, area: Rect, buf: &mut Buffer) {
    let columns = usize::from(area.width);
    let muted = look.style(Token::FgMuted);
    let dashes = look.glyphs.border.horizontal_top.repeat(usize::from(rule.width));
    print(buf, rule.x, rule.y, dashes, look.style(Token::Border));
    let Some(against) = versions.against() else { return };
    let broke = versions.broke.as_ref().filter(|_| versions.wanted().is_some_and(|(_, old)| old.is_some()));
    let from = match (broke, against.old) {
        (Some(text), _) => text.clone(),
        (None, Some(old)) => format!("what is different from version {old}"),
        (None, None) => "the first one".to_owned(),
    };
    let (from, style) = (format!(" {from} "), if broke.is_some() { look.style(Token::RunFailed) } else { muted });
    print(buf, rule.x + 2, rule.y, fit(&from, columns.saturating_sub(4), look), style);
    let comparison = match &against.compared {
        Ok(comparison) => comparison,
        Err(reason) => {
            for (y, line) in (area.y..area.bottom()).zip(wrap(&clean(reason), columns)) {
                print(buf, area.x, y, line, Style::new());
            }
            return;
        }
    };
    let rows = comparison.rows.iter().skip(versions.top);
    for (y, row) in (area.y..area.bottom()).zip(rows) {
        super::compare::line(look, row, Rect { y, height: 1, ..area }, buf);
    }
    if comparison.is_same() && !matches!(comparison.rows.first(), Some(Row::Same(..))) {
        print(buf, area.x, area.y, fit("nothing is different", columns, look), muted);
    }
}

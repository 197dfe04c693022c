//! Lines of Details that are more than a name and a value: Markdown, trees, bars.

use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};

use super::super::due;
use super::super::tasks::of_class;
use super::super::text::{clean, fit, print, width};
use crate::domain::task::{Kind, Status};
use crate::store::kin::Kin;
use crate::tui::markdown::{Face, Line};
use crate::tui::model::Model;
use crate::tui::theme::Token;
use crate::tui::view::Look;

/// Columns of the bar of progress at most.
const BAR: usize = 30;

/// A line of Markdown.
pub(super) fn text(look: Look, line: &Line, (x, y): (u16, u16), room: usize, buf: &mut Buffer) {
    let ascii = look.glyphs.ellipsis.is_ascii();
    // The signs are ours, the text is the person's.
    let prefix = if ascii { line.prefix.replace('•', "*") } else { line.prefix.clone() };
    let end = x + room as u16;
    let mut x = print(buf, x, y, fit(&prefix, room, look), look.style(Token::FgMuted));
    for piece in &line.pieces {
        let is_rule = piece.text.chars().all(|c| c == '─');
        let text = if ascii && is_rule { "-".repeat(width(&piece.text)) } else { piece.text.clone() };
        x = print(buf, x, y, fit(&text, usize::from(end.saturating_sub(x)), look), style(look, piece.face));
    }
}

/// Faces differ without colour, too.
fn style(look: Look, face: Face) -> Style {
    let mut style = match face {
        Face { heading: true, .. } => look.style(Token::TitleFocus),
        Face { code: true, .. } => look.style(Token::AccentAlt),
        Face { link: true, .. } => look.style(Token::Accent).add_modifier(Modifier::UNDERLINED),
        Face { quote: true, .. } => look.style(Token::FgMuted),
        _ => Style::new(),
    };
    for (is_on, modifier) in
        [(face.strong, Modifier::BOLD), (face.emphasis, Modifier::ITALIC), (face.struck, Modifier::CROSSED_OUT)]
    {
        if is_on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// How far something is: `███░░░ 40%`.
pub(super) fn progress(look: Look, percent: u8, (x, y): (u16, u16), room: usize, buf: &mut Buffer) {
    let (full, rest) = due::bar(percent, room.saturating_sub(5).min(BAR));
    let x = print(buf, x, y, look.glyphs.heat[4].repeat(full), look.style(Token::Spark));
    let x = print(buf, x, y, look.glyphs.heat[1].repeat(rest), look.style(Token::FgSubtle));
    print(buf, x + 1, y, format!("{percent}%"), Style::new());
}

/// A task of a tree.
pub(super) fn kin(model: &Model, look: Look, kin: &Kin, (x, y): (u16, u16), room: usize, buf: &mut Buffer) {
    let ascii = look.glyphs.ellipsis.is_ascii();
    let [others, last, down] = if ascii { ["|-", "`-", "| "] } else { ["├─", "└─", "│ "] };
    let (own, above) = kin.goes_on.split_last().map_or((false, &[][..]), |(own, above)| (*own, above));
    let mut branch: String = above.iter().map(|goes_on| if *goes_on { down } else { "  " }).collect();
    branch.push_str(if own { others } else { last });
    let end = x + room as u16;
    let left = |x: u16| usize::from(end.saturating_sub(x));
    let x = print(buf, x, y, fit(&branch, room, look), look.style(Token::FgSubtle));
    let (sign, style) = match kin.status {
        Some(status) => due::sign(model, look, status, kin.due_at),
        None => of_class(look, kin.class),
    };
    let x = print(buf, x + 1, y, fit(sign, left(x + 1), look), style);
    let over = matches!(kin.status, Some(Status::Completed | Status::Cancelled));
    let name = if over { look.style(Token::FgMuted) } else { Style::new() };
    let x = print(buf, x + 1, y, fit(&clean(&kin.slug), left(x + 1), look), name);
    let more = if kin.more { format!(" {}", look.glyphs.ellipsis) } else { String::new() };
    let said = match (kin.kind, kin.status, kin.due_at) {
        (Kind::Todo, Some(Status::Completed), _) => "done".to_owned(),
        (Kind::Todo, Some(Status::Cancelled), _) => "cancelled".to_owned(),
        (Kind::Todo, _, Some(due)) => due::when(model, due, false).0,
        (Kind::Todo, Some(Status::InProgress), None) => "begun".to_owned(),
        (Kind::Todo, ..) => "to do".to_owned(),
        _ => kin.how.clone(),
    };
    print(buf, x + 2, y, fit(&format!("{said}{more}"), left(x + 2), look), look.style(Token::FgMuted));
}

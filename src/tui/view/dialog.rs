//! A question: what would happen, and the answers, of which the harmless one has the focus.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Look;
use super::panel::{centred, popup};
use super::tasks::{elapsed, stopping};
use super::text::{clean, fit, print, width, wrap};
use crate::tui::model::Model;
use crate::tui::model::layer::{Button, Choice, Dialog, Tree};
use crate::tui::theme::Token;

/// The key of an answer that is given by typing a number.
const TYPED: char = '\r';

/// The text of an answer, with its key.
fn label(dialog: &Dialog, button: &Button) -> String {
    match &dialog.wanted {
        Some(wanted) if button.key == TYPED => {
            format!("type {wanted} and Enter: {}   [ {}_ ]", clean(&button.label), dialog.typed)
        }
        _ => format!("{}  {}", button.key, clean(&button.label)),
    }
}

/// The processes of a run, each below the one that started it, and how long it has until KILL.
fn processes(model: &Model, look: Look, tree: &Tree, columns: usize) -> Vec<String> {
    let Some(found) = &tree.found else { return Vec::new() };
    let mut lines = Vec::new();
    if found.kill_at.is_some() {
        lines.push(format!("{}.", stopping(model, found.kill_at, false)));
    }
    match &found.processes {
        Err(e) => lines.extend(wrap(&clean(&format!("Its processes cannot be seen: {e}")), columns)),
        Ok((all, _)) if all.is_empty() => lines.push("It has no process now.".to_owned()),
        Ok((all, more)) => {
            for process in all {
                let branch =
                    if process.depth == 0 { String::new() } else { format!("{}- ", "  ".repeat(process.depth)) };
                let name = fit(&clean(&process.name), columns / 2, look);
                lines.push(format!("{:>8}  {branch}{name}  {}", process.pid, elapsed(model, process.started_at)));
            }
            if *more > 0 {
                lines.push(format!("{more} more"));
            }
        }
    }
    lines
}

/// As many lines as fit; of the rest the number.
fn shortened(mut lines: Vec<String>, room: usize) -> Vec<String> {
    if lines.len() > room && room > 0 {
        let left = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(format!("{left} more"));
    } else if room == 0 {
        lines.clear();
    }
    lines
}

/// The question in the middle of the screen, an answer per line.
pub(super) fn draw(model: &Model, look: Look, dialog: &Dialog, room: Rect, buf: &mut Buffer) {
    let columns = usize::from(room.width.saturating_sub(4)).min(64);
    let mut lines: Vec<String> = Vec::new();
    // A title that does not fit into the border is text.
    let title = clean(&dialog.title);
    let (title, first) = if width(&title) + 4 > columns { (String::new(), Some(title)) } else { (title, None) };
    for line in first.iter().chain(&dialog.lines) {
        lines.extend(wrap(&clean(line), columns));
    }
    let tree = dialog.tree.as_ref().map_or_else(Vec::new, |tree| processes(model, look, tree, columns));
    let labels: Vec<String> = dialog.buttons.iter().map(|button| label(dialog, button)).collect();
    let widest =
        lines.iter().chain(&tree).chain(&labels).map(|line| width(line)).max().unwrap_or(0).max(width(&title) + 4);
    let wanted = (widest.min(columns) + 6) as u16;
    // As many processes as there is room for: the answers are worth more.
    let tree = shortened(tree, usize::from(room.height).saturating_sub(lines.len() + labels.len() + 3));
    let height = (lines.len() + tree.len() + labels.len() + 3) as u16;
    let bottom = if dialog.wanted.is_some() { "Esc stay" } else { "Enter choose  Esc stay" };
    // About a text Esc is one of the answers.
    let about_text = dialog.buttons.iter().any(|button| matches!(button.choice, Choice::Script(_)));
    let later = dialog.buttons.iter().find(|button| about_text && button.choice == Choice::Stay);
    let later = later.map(|button| format!("Enter choose  Esc {}", button.label.to_lowercase()));
    let bottom = later.as_deref().unwrap_or(bottom);
    let inside = popup(look, centred(room, wanted, height), &title, bottom, buf);
    let mut y = inside.y;
    let bottom = inside.bottom();
    let buttons = labels.len() as u16;
    let of_text = look.style(if dialog.is_final() { Token::DialogDanger } else { Token::DialogText });
    for line in lines.iter().chain(&tree) {
        // When there is no room, the answers are worth more than the explanation.
        if y + buttons < bottom {
            print(buf, inside.x, y, fit(line, usize::from(inside.width), look), of_text);
            y += 1;
        }
    }
    if y + buttons < bottom {
        y += 1;
    }
    for (at, (button, label)) in dialog.buttons.iter().zip(&labels).enumerate() {
        if y >= bottom {
            break;
        }
        let line = Rect { y, height: 1, ..inside };
        let room = usize::from(line.width).saturating_sub(2);
        let danger = button.choice.is_destructive();
        let style = look.style(if danger { Token::ButtonDanger } else { Token::Button });
        if button.key == TYPED {
            print(buf, line.x + 1, y, fit(label, room + 1, look), style);
        } else {
            print(buf, line.x + 1, y, button.key.to_string(), look.style(Token::HintKey));
            let text: String = label.chars().skip(1).collect();
            print(buf, line.x + 2, y, fit(&text, room, look), style);
        }
        if at == dialog.focus && dialog.wanted.is_none() {
            print(buf, line.x, y, look.glyphs.bar, look.style(Token::Accent));
            buf.set_style(line, look.style(Token::ButtonFocus));
        }
        y += 1;
    }
}

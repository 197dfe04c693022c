//! Typing into a text: the keys of every prompt and form field, over the editing model of `tui-textarea`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// The keys that edit a text, the same in every prompt and every field, and what they do: they cannot be bound to anything else there.
pub const CORE: &[(&str, &str)] = &[
    ("Left", "A character left; with Ctrl a word"),
    ("Right", "A character right; with Ctrl a word"),
    ("Home", "To the beginning of the line"),
    ("Ctrl-a", "To the beginning of the line"),
    ("End", "To the end of the line"),
    ("Ctrl-e", "To the end of the line"),
    ("Ctrl-u", "Delete up to here"),
    ("Ctrl-k", "Delete from here"),
    ("Ctrl-w", "Delete the word before"),
    ("Backspace", "Delete the character before"),
    ("Del", "Delete the character under the cursor"),
    ("Ctrl-z", "Undo in the text"),
    ("Ctrl-y", "Redo in the text"),
];

/// An editor with this text and the cursor at its end.
pub fn editor(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(text.split('\n').map(str::to_owned).collect());
    area.move_cursor(CursorMove::Bottom);
    area.move_cursor(CursorMove::End);
    area
}

/// Puts another text in the place of all, which can be undone.
pub fn replace(area: &mut TextArea<'_>, text: &str) {
    area.select_all();
    if text.is_empty() {
        area.cut();
    } else {
        area.insert_str(text);
    }
}

/// The text, its lines joined by `\n`.
pub fn text(area: &TextArea<'_>) -> String {
    area.lines().join("\n")
}

/// Applies a key of the core that is the same in every prompt (UX 3, text prompts). False when it is none of it.
pub fn key(area: &mut TextArea<'_>, key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    match key.code {
        KeyCode::Char(c) if !control && !alt => area.insert_char(c),
        KeyCode::Char('u') if control => {
            area.delete_line_by_head();
        }
        KeyCode::Char('k') if control => {
            area.delete_line_by_end();
        }
        KeyCode::Char('w') if control => {
            area.delete_word();
        }
        KeyCode::Char('a') if control => area.move_cursor(CursorMove::Head),
        KeyCode::Char('e') if control => area.move_cursor(CursorMove::End),
        KeyCode::Char('z') if control => {
            area.undo();
        }
        KeyCode::Char('y') if control => {
            area.redo();
        }
        KeyCode::Backspace if alt => {
            area.delete_word();
        }
        KeyCode::Backspace => {
            area.delete_char();
        }
        KeyCode::Delete => {
            area.delete_next_char();
        }
        KeyCode::Left if control => area.move_cursor(CursorMove::WordBack),
        KeyCode::Right if control => area.move_cursor(CursorMove::WordForward),
        KeyCode::Left => area.move_cursor(CursorMove::Back),
        KeyCode::Right => area.move_cursor(CursorMove::Forward),
        KeyCode::Home => area.move_cursor(CursorMove::Head),
        KeyCode::End => area.move_cursor(CursorMove::End),
        _ => return false,
    }
    true
}

/// Moves up or down a line inside the text. False at its edge.
pub fn line(area: &mut TextArea<'_>, down: bool) -> bool {
    let before = area.cursor().0;
    let inside = if down { before + 1 < area.lines().len() } else { before > 0 };
    if inside {
        area.move_cursor(if down { CursorMove::Down } else { CursorMove::Up });
    }
    inside
}

/// Inserts pasted text; into a single line as one line (UX 3).
pub fn paste(area: &mut TextArea<'_>, pasted: &str, lines: bool) {
    let pasted = pasted.replace('\t', " ");
    if lines {
        area.insert_str(pasted);
    } else {
        area.insert_str(pasted.trim_end_matches('\n').replace('\n', " "));
    }
}

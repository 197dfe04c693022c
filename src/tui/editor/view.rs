//! How a script looks: numbers and marks at the left, the text with its colours, and a line below that says where one is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::check::{Finding, Severity};
use super::doc::Doc;
use super::keys::EditorAction;
use super::place::{self, Pos};
use super::prompt::Prompt;
use super::{Changes, Editor, search};
use crate::tui::action::Action;
use crate::tui::model::Model;
use crate::tui::theme::Token;
use crate::tui::view::Look;
use crate::tui::view::text::{clean, fit, print, print_within, width, wrap};

/// Narrower than this there is no room for numbers.
const NUMBERED: u16 = 40;

/// Lines that a problem may take below the text.
const MOST_SAID: usize = 4;

/// Where the parts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Columns of marks and numbers.
    gutter: u16,
    /// The text.
    pub text: Rect,
    /// The line below it.
    status: Rect,
}

/// The parts in an area. One that is to be copied from has no gutter (UX 2, zoom).
pub fn places(editor: &Editor, area: Rect, clean: bool) -> Places {
    let below = said(editor, area).len().clamp(1, MOST_SAID).min(usize::from(area.height)) as u16;
    let height = area.height - below;
    let status = Rect { y: area.y + height, height: area.height - height, ..area };
    let gutter = match editor.doc() {
        Some(doc) if !clean && !doc.path.as_os_str().is_empty() => {
            let digits = doc.buffer.lines().len().to_string().len().max(2) as u16;
            if area.width >= NUMBERED { digits + 2 } else { 1 }
        }
        _ => 0,
    };
    let text = Rect { x: area.x + gutter, width: area.width.saturating_sub(gutter), height, ..area };
    Places { gutter, text, status }
}

/// What is wrong in the line of the cursor, in as many lines as it takes; nothing when nothing is, or a prompt is open.
fn said(editor: &Editor, area: Rect) -> Vec<String> {
    let doc = editor.doc().filter(|_| editor.editing && editor.prompt.is_none());
    let finding = doc.and_then(|doc| doc.finding(doc.buffer.cursor().row));
    finding.map_or_else(Vec::new, |finding| wrap(&clean(&finding.text), usize::from(area.width).saturating_sub(2)))
}

/// Whether the pane is bare and only looked at, so that its text can be copied from the screen.
pub fn is_clean(model: &Model) -> bool {
    model.zoom && !model.editor.editing
}

/// Draws the file that is shown, or what is said instead.
pub fn draw(model: &Model, look: Look, area: Rect, buf: &mut Buffer) {
    let editor = &model.editor;
    if let Some(changes) = &editor.changes {
        return differences(changes, look, area, buf);
    }
    let Some(doc) = editor.doc() else {
        let said = if model.subject.is_some() { "" } else { "no task is selected" };
        print(buf, area.x + 1, area.y, said, look.style(Token::FgMuted));
        return;
    };
    let places = places(editor, area, is_clean(model));
    let cursor = doc.buffer.cursor();
    let lit = Lit { cut: !is_clean(model), ..Lit::of(editor, doc) };
    for line in 0..places.text.height {
        let row = doc.top + usize::from(line);
        if row >= doc.buffer.lines().len() {
            break;
        }
        let y = places.text.y + line;
        let current = editor.editing && row == cursor.row;
        gutter(doc, look, places, row, current, y, buf);
        text(doc, look, &lit, row, Rect { y, height: 1, ..places.text }, current, buf);
    }
    status(model, doc, look, places.status, buf);
}

/// What is laid over the text.
struct Lit {
    selection: Option<(Pos, Pos)>,
    brackets: Option<(Pos, Pos)>,
    pattern: Option<regex::Regex>,
    cursor: Pos,
    /// Whether a line that goes on behind the right edge says so.
    cut: bool,
}

impl Lit {
    fn of(editor: &Editor, doc: &Doc) -> Self {
        let cursor = doc.buffer.cursor();
        let lines = doc.buffer.lines();
        let beside = || place::before(lines, cursor).filter(|before| before.row == cursor.row);
        let pair = |at: Pos| place::other_bracket(lines, at).map(|other| (at, other));
        let brackets = editor.editing.then(|| pair(cursor).or_else(|| pair(beside()?))).flatten();
        Self { selection: editor.selection(), brackets, pattern: editor.lit().cloned(), cursor, cut: true }
    }
}

fn gutter(doc: &Doc, look: Look, places: Places, row: usize, current: bool, y: u16, buf: &mut Buffer) {
    if places.gutter == 0 {
        return;
    }
    let x = places.text.x - places.gutter;
    if let Some(finding) = doc.finding(row) {
        let (sign, token) = match finding.severity {
            Severity::Error => (look.glyphs.failed, Token::EdDiagError),
            Severity::Warning => (look.glyphs.missed, Token::EdDiagWarn),
        };
        print(buf, x, y, sign, look.style(token));
    }
    if places.gutter > 1 {
        let number = format!("{:>1$}", row + 1, usize::from(places.gutter) - 2);
        let token = if current { Token::EdGutterCurrent } else { Token::EdGutter };
        print(buf, x + 1, y, number, look.style(token));
    }
}

/// One line of the text.
fn text(doc: &Doc, look: Look, lit: &Lit, row: usize, area: Rect, current: bool, buf: &mut Buffer) {
    let line = doc.buffer.line(row);
    let base = look.style(Token::EdText);
    let ground = if current { look.style(Token::EdCursorline) } else { Style::new() };
    if current {
        buf.set_style(area, ground);
    }
    let hits = lit.pattern.as_ref().map(|pattern| search::hits(line, pattern)).unwrap_or_default();
    let mut spans = doc.colours.spans(row).iter().peekable();
    let right = doc.left + usize::from(area.width);
    let mut byte = 0;
    let mut end = 0;
    for (col, column, piece) in place::pieces(line) {
        if column >= right {
            if lit.cut && area.width > 0 {
                let style = look.style(Token::EdWhitespace).patch(ground);
                print_within(buf, area.right() - 1, area.y, look.glyphs.ellipsis, 1, style);
            }
            break;
        }
        let at = byte;
        byte += piece.len();
        while spans.next_if(|(range, _)| range.end <= at).is_some() {}
        let (shown, columns) = place::shown(piece, column);
        end = column + columns;
        if end <= doc.left {
            continue;
        }
        let token = spans.peek().filter(|(range, _)| range.start <= at).map(|(_, token)| *token);
        let mut style = token.map_or(base, |token| base.patch(look.style(token))).patch(ground);
        if shown != piece && piece != "\t" {
            style = style.patch(look.style(Token::EdWhitespace));
        }
        let pos = Pos { row, col };
        style = over(look, lit, pos, &hits, style);
        if column < doc.left {
            // The rest of what the left edge cuts.
            let rest = " ".repeat(end - doc.left);
            print_within(buf, area.x, area.y, rest, usize::from(area.width), style);
        } else {
            let x = area.x + (column - doc.left) as u16;
            print_within(buf, x, area.y, shown, right - column, style);
        }
    }
    // A line end that is selected is one column wide.
    let last = Pos { row, col: line.chars().count() };
    if lit.selection.is_some_and(|(from, to)| from <= last && last < to) && (doc.left..right).contains(&end) {
        let x = area.x + (end - doc.left) as u16;
        buf.set_style(Rect { x, width: 1, ..area }, look.style(Token::TextSelection));
    }
}

/// The style of a character with what is laid over it.
fn over(look: Look, lit: &Lit, pos: Pos, hits: &[(usize, usize)], style: Style) -> Style {
    let cover = |style: Style, token: Token| style.remove_modifier(Modifier::DIM).patch(look.style(token));
    if lit.selection.is_some_and(|(from, to)| from <= pos && pos < to) {
        return cover(style, Token::TextSelection);
    }
    if let Some((start, end)) = hits.iter().find(|(start, end)| (*start..*end).contains(&pos.col)) {
        let here = lit.cursor.row == pos.row && (*start..*end).contains(&lit.cursor.col);
        return cover(style, if here { Token::LogMatchCurrent } else { Token::LogMatch });
    }
    if lit.brackets.is_some_and(|(one, other)| pos == one || pos == other) {
        return cover(style, Token::EdBracket);
    }
    style
}

/// The line below: a prompt, else what is wrong in the line of the cursor, else where the cursor is.
fn status(model: &Model, doc: &Doc, look: Look, area: Rect, buf: &mut Buffer) {
    if area.height == 0 || is_clean(model) && model.editor.prompt.is_none() {
        return;
    }
    let editor = &model.editor;
    if let Some(prompt) = &editor.prompt {
        ask(prompt, look, area, buf);
        return;
    }
    let mut x = area.x + 1;
    let room = |x: u16| usize::from(area.right().saturating_sub(x));
    // Of what is too long its end may matter more than its middle.
    let mut put = |text: &str, tail: &str, token: Token| {
        if !text.is_empty() && room(x) > 2 {
            let text = fit(&format!("{}{tail}", fit(text, room(x).saturating_sub(width(tail)), look)), room(x), look);
            x = print(buf, x, area.y, &text, look.style(token)) + 1;
        }
    };
    let token_of = |finding: &Finding| match finding.severity {
        Severity::Error => Token::EdDiagError,
        Severity::Warning => Token::EdDiagWarn,
    };
    let finding = editor.editing.then(|| doc.finding(doc.buffer.cursor().row)).flatten();
    if let Some(finding) = finding {
        for (line, y) in said(editor, area).iter().zip(area.top()..area.bottom()) {
            print(
                buf,
                area.x + 1,
                y,
                fit(line.trim_end(), usize::from(area.width).saturating_sub(2), look),
                look.style(token_of(finding)),
            );
        }
        return;
    }
    if editor.editing && editor.is_vim() {
        put(editor.vim.title(), "", Token::Accent);
        put(&editor.vim.keys, "", Token::Accent);
    }
    if doc.is_modified() {
        put("modified", "", Token::EdDraft);
    } else if doc.draft.is_some() {
        put("draft", "", Token::EdDraft);
    }
    if doc.theirs.is_some() {
        put("changed on disk", "", Token::EdDiagWarn);
    }
    if let Some((finding, more)) = doc.first_finding() {
        let key = editor.editing.then(|| model.key_of(Action::Text(EditorAction::NextFinding)));
        let tail = match (key, more) {
            (Some(key), 0) => format!(" ({key} goes there)"),
            (Some(key), more) => format!(" (+{more} more, {key})"),
            (None, 0) => String::new(),
            (None, more) => format!(" (+{more} more)"),
        };
        let text = format!("line {}: {}", finding.row + 1, clean(&finding.text));
        put(&text, &tail, token_of(finding));
    }
    let mut parts = Vec::new();
    let shown = editor.shown.as_ref();
    let names = shown.map(super::Shown::names).filter(|names| names.len() > 1).unwrap_or_default();
    let one = names.get(editor.file).map(|name| format!("[{}] {}/{}", clean(name), editor.file + 1, names.len()));
    let names = names.iter().enumerate().map(|(at, name)| {
        let name = clean(name);
        if at == editor.file { format!("[{name}]") } else { name }
    });
    let all = names.collect::<Vec<_>>().join(" ");
    // Where there is little room the file that is edited is worth more than the others.
    let names = one.filter(|_| usize::from(area.width) < width(&all) + 26).unwrap_or(all);
    if doc.path.as_os_str().is_empty() {
        parts.extend([names, doc.locked.clone().unwrap_or_default()]);
    } else {
        let cursor = doc.buffer.cursor();
        let column = place::column(doc.buffer.line(cursor.row), cursor.col) + 1;
        let lines = doc.buffer.lines().len();
        parts.push(if editor.editing {
            format!("{}:{column} of {lines}", cursor.row + 1)
        } else {
            super::prompt::counted(lines, "line")
        });
        parts.extend(doc.locked.as_ref().map(|why| clean(why)));
        parts.push(names);
        parts.push(doc.colours.language().title().to_owned());
        parts.push(doc.form.words());
    }
    parts.retain(|part| !part.is_empty());
    put(&parts.join(&format!(" {} ", look.glyphs.never)), "", Token::FgMuted);
}

/// A prompt with what is wrong in it, or what it would do, at the right.
fn ask(prompt: &Prompt, look: Look, area: Rect, buf: &mut Buffer) {
    let (said, token) = match &prompt.problem {
        Some(problem) => (problem.as_str(), Token::PromptError),
        None => (prompt.note.as_str(), Token::HintText),
    };
    let (label, shown, _) = typed(prompt, area);
    let x = print(buf, area.x + 1, area.y, label, look.style(Token::Prompt));
    let x =
        print_within(buf, x, area.y, shown, usize::from(area.right().saturating_sub(x)), look.style(Token::PromptText));
    let room = usize::from(area.right().saturating_sub(x + 2));
    if !said.is_empty() && room > 4 {
        let said = fit(&clean(said), room, look);
        print(buf, area.right() - width(&said) as u16, area.y, &said, look.style(token));
    }
}

/// The label, the part of the text that is shown, and the column of the cursor.
fn typed(prompt: &Prompt, area: Rect) -> (&'static str, String, u16) {
    let label = prompt.label();
    let x = area.x + 1 + width(label) as u16;
    // The right third is for what is said about it.
    let room = usize::from(area.right().saturating_sub(x)).max(3) * 2 / 3;
    let line = prompt.text.lines().first().map_or("", String::as_str);
    let (shown, cursor) = crate::tui::view::window(line, prompt.text.cursor().1, room.max(1));
    (label, shown, x + cursor)
}

/// Where the cursor of the terminal is.
pub fn cursor(model: &Model) -> Option<Position> {
    let editor = &model.editor;
    let area = model.layout()?.inside(crate::tui::model::Pane::Main)?;
    let doc = editor.doc().filter(|_| editor.changes.is_none())?;
    let places = places(editor, area, is_clean(model));
    if let Some(prompt) = &editor.prompt {
        return Some(Position::new(typed(prompt, places.status).2, places.status.y));
    }
    let at = doc.buffer.cursor();
    let column = place::column(doc.buffer.line(at.row), at.col).checked_sub(doc.left)?;
    let line = at.row.checked_sub(doc.top)?;
    let (width, height) = (usize::from(places.text.width), usize::from(places.text.height));
    (editor.editing && column < width && line < height)
        .then(|| Position::new(places.text.x + column as u16, places.text.y + line as u16))
}

/// Two texts, line by line.
fn differences(changes: &Changes, look: Look, area: Rect, buf: &mut Buffer) {
    let title = fit(&clean(&changes.title), usize::from(area.width), look);
    print(buf, area.x + 1, area.y, title, look.style(Token::Accent));
    for (line, (sign, text)) in changes.rows.iter().skip(changes.top).take(usize::from(area.height) - 1).enumerate() {
        let token = match sign {
            '-' => Token::RunFailed,
            '+' => Token::RunOk,
            '~' => Token::FgSubtle,
            _ => Token::EdText,
        };
        let y = area.y + 1 + line as u16;
        let sign = if *sign == '~' { look.glyphs.ellipsis.to_owned() } else { sign.to_string() };
        let x = print(buf, area.x, y, sign, look.style(token)) + 1;
        let shown: String = place::pieces(text).map(|(_, column, piece)| place::shown(piece, column).0).collect();
        print_within(buf, x, y, shown, usize::from(area.right().saturating_sub(x)), look.style(token));
    }
}

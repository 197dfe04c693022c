//! What a key does to the text in the style `plain`, and what every style has: typing, moving, the rows of the table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::buffer::Kind;
use super::edits::{self, Clip};
use super::place::{self, Pos};
use super::prompt::counted;
use super::{Editor, Wish};

/// What a row of the table does in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each has its title in the table")]
pub enum EditorAction {
    Save,
    Run,
    Leave,
    Undo,
    Redo,
    Find,
    FindNext,
    FindBefore,
    Replace,
    Line,
    Comment,
    Cut,
    CutLine,
    Copy,
    Paste,
    Mark,
    SelectAll,
    Duplicate,
    LineUp,
    LineDown,
    Indent,
    Dedent,
    NextFinding,
    FindingBefore,
    Bracket,
    NextFile,
    Palette,
}

impl EditorAction {
    /// Whether it changes the text.
    pub const fn edits(self) -> bool {
        matches!(
            self,
            Self::Save
                | Self::Run
                | Self::Undo
                | Self::Redo
                | Self::Replace
                | Self::Comment
                | Self::Cut
                | Self::CutLine
                | Self::Paste
                | Self::Duplicate
                | Self::LineUp
                | Self::LineDown
                | Self::Indent
                | Self::Dedent
        )
    }
}

impl Editor {
    /// A key, and what the table says of it.
    pub fn key(&mut self, key: KeyEvent, name: &str, action: Option<EditorAction>) -> Vec<Wish> {
        let before = self.doc().map(|doc| doc.buffer.revision());
        let wishes = self.obey_key(key, name, action);
        let saves = wishes.iter().any(|wish| matches!(wish, Wish::Save | Wish::Run));
        self.quiet |= saves || before != self.doc().map(|doc| doc.buffer.revision());
        wishes
    }

    fn obey_key(&mut self, key: KeyEvent, name: &str, action: Option<EditorAction>) -> Vec<Wish> {
        if self.prompt.is_some() {
            return self.prompt_key(key, name);
        }
        if self.is_vim()
            && let Some(wishes) = self.vim_key(key, name)
        {
            return wishes;
        }
        if let Some(action) = action {
            return self.act(action);
        }
        if !self.move_by(key) {
            self.type_key(key);
        }
        Vec::new()
    }

    /// Keys that only move; with Shift they select. False when it is none.
    pub(crate) fn move_by(&mut self, key: KeyEvent) -> bool {
        let page = self.size.0.saturating_sub(1).max(1);
        let marking = self.marking;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let shift = key.modifiers.contains(KeyModifiers::SHIFT);
        let Some(doc) = self.doc_mut() else { return true };
        let lines = doc.buffer.lines();
        let (at, aim) = (doc.buffer.cursor(), doc.buffer.aim);
        let mut aims = None;
        let mut vertical = |by: isize| {
            let aim = aim.unwrap_or_else(|| place::column(&lines[at.row], at.col));
            let row = at.row.saturating_add_signed(by).min(lines.len() - 1);
            aims = Some(aim);
            // Beyond the first and the last line it goes to their ends, as editors do.
            match by {
                -1 if at.row == 0 => Pos::default(),
                1 if at.row + 1 == lines.len() => Pos { row, col: lines[row].chars().count() },
                _ => Pos { row, col: place::at_column(&lines[row], aim) },
            }
        };
        let selected = doc.buffer.selection().filter(|_| !shift && !marking);
        let to = match key.code {
            KeyCode::Left if control => place::word_before(lines, at, false),
            KeyCode::Right if control => place::next_word(lines, at, false),
            KeyCode::Left => selected.map_or_else(|| place::before(lines, at).unwrap_or(at), |(from, _)| from),
            KeyCode::Right => selected.map_or_else(|| place::behind(lines, at).unwrap_or(at), |(_, to)| to),
            KeyCode::Up => vertical(-1),
            KeyCode::Down => vertical(1),
            KeyCode::PageUp => vertical(-page.cast_signed()),
            KeyCode::PageDown => vertical(page.cast_signed()),
            KeyCode::Home if control => Pos::default(),
            KeyCode::End if control => doc.buffer.end(),
            KeyCode::Home => {
                let first = place::first_letter(&lines[at.row]);
                Pos { col: if at.col == first { 0 } else { first }, ..at }
            }
            KeyCode::End => Pos { col: lines[at.row].chars().count(), ..at },
            _ => return false,
        };
        self.go(to, shift);
        if let Some(doc) = self.doc_mut() {
            doc.buffer.aim = aims;
        }
        true
    }

    /// Moves the cursor; what is between is selected if that is wanted.
    pub(crate) fn go(&mut self, to: Pos, select: bool) {
        let marking = self.marking;
        self.cutting = false;
        let Some(doc) = self.doc_mut() else { return };
        if select || marking {
            let anchor = doc.buffer.anchor().unwrap_or_else(|| doc.buffer.cursor());
            doc.buffer.set_anchor(Some(anchor));
        } else {
            doc.buffer.set_anchor(None);
        }
        doc.buffer.go(to);
    }

    /// Keys that change the text.
    pub(crate) fn type_key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        self.cutting = false;
        let Some(doc) = self.doc_mut() else { return };
        match key.code {
            KeyCode::Char('w') if control => edits::delete_word(doc),
            KeyCode::Char('j') if control => edits::newline(doc),
            KeyCode::Char(c) if !control && !alt => edits::type_char(doc, c),
            KeyCode::Enter => edits::newline(doc),
            KeyCode::Backspace if alt || control => edits::delete_word(doc),
            KeyCode::Backspace => edits::backspace(doc),
            KeyCode::Delete => edits::delete(doc),
            _ => return,
        }
        self.marking = false;
    }

    /// Does what a row of the table says.
    pub fn act(&mut self, action: EditorAction) -> Vec<Wish> {
        let cutting = std::mem::take(&mut self.cutting);
        match action {
            EditorAction::Save => return vec![Wish::Save],
            EditorAction::Run => return vec![Wish::Run],
            EditorAction::Leave => return self.leave(),
            EditorAction::Palette => return vec![Wish::Palette],
            EditorAction::Find => self.ask_find(true),
            EditorAction::FindNext if self.pattern.is_none() => self.ask_find(true),
            EditorAction::FindNext => return self.find_again(true),
            EditorAction::FindBefore if self.pattern.is_none() => self.ask_find(false),
            EditorAction::FindBefore => return self.find_again(false),
            EditorAction::Replace => self.ask_replace(),
            EditorAction::Line => self.ask_line(),
            EditorAction::NextFile => return self.next_file(),
            EditorAction::Mark => {
                self.marking = !self.marking;
                if let Some(doc) = self.doc_mut() {
                    let at = doc.buffer.cursor();
                    doc.buffer.set_anchor(Some(at));
                }
                if self.marking {
                    return vec![Wish::Tell("moving selects; the same key ends that".to_owned())];
                }
            }
            EditorAction::Copy | EditorAction::Cut => return self.take_along(action == EditorAction::Cut),
            EditorAction::Paste => {
                self.marking = false;
                let clip = self.clip.clone();
                if clip.text.is_empty() {
                    return vec![Wish::Tell(
                        "nothing was cut or copied here; the terminal's own paste brings other text".to_owned(),
                    )];
                }
                if let Some(doc) = self.doc_mut() {
                    edits::paste(doc, &clip);
                }
            }
            EditorAction::CutLine => {
                let Some(doc) = self.doc_mut() else { return Vec::new() };
                let rows = edits::rows(doc);
                let text = edits::lines_text(doc, rows);
                edits::delete_rows(doc, rows);
                // Several in a row are one piece, as in nano.
                let before = if cutting { std::mem::take(&mut self.clip.text) } else { String::new() };
                self.clip = Clip { text: before + &text, lines: true };
                self.cutting = true;
            }
            _ => return self.change(action),
        }
        Vec::new()
    }

    fn change(&mut self, action: EditorAction) -> Vec<Wish> {
        let bracket = action == EditorAction::Bracket;
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        match action {
            EditorAction::Undo if !doc.buffer.undo() => {
                return vec![Wish::Tell("nothing to undo in this text".to_owned())];
            }
            EditorAction::Redo if !doc.buffer.redo() => {
                return vec![Wish::Tell("nothing to redo in this text".to_owned())];
            }
            EditorAction::SelectAll => {
                let end = doc.buffer.end();
                doc.buffer.go(end);
                doc.buffer.set_anchor(Some(Pos::default()));
            }
            EditorAction::Comment => {
                let rows = edits::rows(doc);
                if !edits::comment(doc, rows) {
                    let language = doc.colours.language().title().to_owned();
                    return vec![Wish::Tell(format!("{language} has no comments of one line"))];
                }
            }
            EditorAction::Duplicate => edits::duplicate(doc),
            EditorAction::LineUp => edits::move_rows(doc, false),
            EditorAction::LineDown => edits::move_rows(doc, true),
            EditorAction::Indent => edits::indent(doc),
            EditorAction::Dedent => {
                let rows = edits::rows(doc);
                edits::shift(doc, rows, -1);
            }
            EditorAction::NextFinding | EditorAction::FindingBefore => {
                let found = doc.next_finding(action == EditorAction::NextFinding);
                let Some(to) = found else { return vec![Wish::Tell("no problem is known in this text".to_owned())] };
                doc.buffer.set_anchor(None);
                doc.buffer.go(to);
            }
            _ if bracket => {
                let at = doc.buffer.cursor();
                let lines = doc.buffer.lines();
                let beside = place::before(lines, at).filter(|before| before.row == at.row);
                let other = place::other_bracket(lines, at)
                    .or_else(|| beside.and_then(|beside| place::other_bracket(lines, beside)));
                if let Some(other) = other {
                    doc.buffer.set_anchor(None);
                    doc.buffer.go(other);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Esc, one step at a time: the selection, the search, then out of the text.
    fn leave(&mut self) -> Vec<Wish> {
        self.marking = false;
        if let Some(doc) = self.doc_mut()
            && doc.buffer.selection().is_some()
        {
            doc.buffer.set_anchor(None);
            return Vec::new();
        }
        if self.end_search() {
            return vec![Wish::Tell("nothing is searched for any more; Esc leaves the text".to_owned())];
        }
        vec![Wish::Leave]
    }

    /// Copies or cuts what is selected, else the line.
    fn take_along(&mut self, cut: bool) -> Vec<Wish> {
        self.marking = false;
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        let clip = match doc.buffer.selection() {
            Some((from, to)) => Clip { text: doc.buffer.text(from, to), lines: false },
            None => Clip { text: edits::lines_text(doc, edits::rows(doc)), lines: true },
        };
        let what = match (clip.text.matches('\n').count(), clip.lines) {
            (n, true) => counted(n, "line"),
            (0, false) => counted(clip.text.chars().count(), "character"),
            (n, false) => counted(n + 1, "line"),
        };
        if cut {
            if !edits::delete_selection(doc) {
                let rows = edits::rows(doc);
                edits::delete_rows(doc, rows);
            }
        } else if !clip.lines {
            let to = doc.buffer.cursor();
            doc.buffer.set_anchor(None);
            doc.buffer.go(to);
        }
        self.clip = clip.clone();
        vec![Wish::Copy(clip.text, what)]
    }

    /// The next file of the task.
    pub(crate) fn next_file(&mut self) -> Vec<Wish> {
        let count = self.shown.as_ref().map_or(0, |shown| shown.names().len());
        if count < 2 {
            return vec![Wish::Tell("this task has one file".to_owned())];
        }
        self.marking = false;
        self.pattern = None;
        self.file = (self.file + 1) % count;
        let locked = self.doc().filter(|_| self.editing).and_then(|doc| doc.locked.clone());
        locked.into_iter().map(Wish::Tell).collect()
    }

    /// Pasted text: one step, and never a command (UX 20).
    pub fn paste(&mut self, text: &str) {
        if self.prompt.is_some() {
            return self.prompt_paste(text);
        }
        self.marking = false;
        self.vim.reset();
        if let Some(doc) = self.doc_mut() {
            let held = doc.buffer.cursor();
            let at = doc.buffer.selection().unwrap_or((held, held));
            doc.buffer.rest();
            doc.buffer.begin(Kind::Whole);
            doc.buffer.splice(at.0, at.1, text);
        }
    }
}

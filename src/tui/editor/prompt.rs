//! What is typed at the bottom of the text: a pattern, its replacement, a line, a command of vi.

use crossterm::event::KeyEvent;
use regex::Regex;
use tui_textarea::TextArea;

use super::place::Pos;
use super::replacement::{self, Replacement};
use super::{Editor, Wish, edits, search};
use crate::tui::model::edit;

/// What a prompt is for.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    /// A pattern to go to, this way; where the person was, and the first line on the screen.
    Find(bool, Pos, usize),
    /// A pattern to be replaced.
    What,
    /// What it is replaced by, in these lines.
    With(Regex, (usize, usize)),
    /// The number of a line.
    Line,
    /// A command of vi.
    Command,
}

/// A prompt.
#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) ask: Ask,
    pub(crate) text: TextArea<'static>,
    /// What is wrong with what is typed.
    pub(crate) problem: Option<String>,
    /// What it would do.
    pub(crate) note: String,
}

impl Prompt {
    fn new(ask: Ask, text: &str) -> Self {
        Self { ask, text: edit::editor(text), problem: None, note: String::new() }
    }

    /// Whether it asks for what is replaced, or by what.
    pub(crate) const fn replaces(&self) -> bool {
        matches!(self.ask, Ask::What | Ask::With(..) | Ask::Command)
    }

    /// Its keys, for the hints.
    pub(crate) const fn keys(&self) -> [(&'static str, &'static str); 2] {
        let enter = match self.ask {
            Ask::Find(..) | Ask::Line => "go there",
            Ask::What => "go on",
            Ask::With(..) => "replace all",
            Ask::Command => "do it",
        };
        [("Enter", enter), ("Esc", "back")]
    }

    /// What stands before the text.
    pub(crate) fn label(&self) -> &'static str {
        match self.ask {
            Ask::Find(true, ..) => "find: ",
            Ask::Find(false, ..) => "find before: ",
            Ask::What => "replace: ",
            Ask::With(..) => "with: ",
            Ask::Line => "line: ",
            Ask::Command => ":",
        }
    }
}

impl Editor {
    /// Opens the prompt of a search.
    pub(crate) fn ask_find(&mut self, forward: bool) {
        let Some(doc) = self.doc() else { return };
        let picked = doc.buffer.selection().filter(|(from, to)| from.row == to.row && !self.is_vim());
        let text = picked.map(|(from, to)| regex::escape(&doc.buffer.text(from, to))).unwrap_or_default();
        let ask = Ask::Find(forward, doc.buffer.cursor(), doc.top);
        self.prompt = Some(Prompt::new(ask, &text));
        self.typed();
    }

    /// Opens the prompt of a replacement.
    pub(crate) fn ask_replace(&mut self) {
        let Some(doc) = self.doc() else { return };
        let picked = doc.buffer.selection().filter(|(from, to)| from.row == to.row);
        let text = picked.map(|(from, to)| regex::escape(&doc.buffer.text(from, to)));
        self.prompt = Some(Prompt::new(Ask::What, &text.unwrap_or_default()));
        self.typed();
    }

    /// Opens the prompt of a line number.
    pub(crate) fn ask_line(&mut self) {
        self.prompt = Some(Prompt::new(Ask::Line, ""));
    }

    /// Opens the prompt of vi's commands.
    pub(crate) fn ask_command(&mut self, text: &str) {
        self.prompt = Some(Prompt::new(Ask::Command, text));
    }

    /// The lines in which is replaced: those of a selection over several, else all.
    fn scope(&self) -> (usize, usize) {
        let Some(doc) = self.doc() else { return (0, 0) };
        match doc.buffer.selection() {
            Some((from, to)) if from.row != to.row => edits::rows(doc),
            _ => (0, doc.buffer.lines().len() - 1),
        }
    }

    /// A key in the prompt.
    pub(crate) fn prompt_key(&mut self, key: KeyEvent, name: &str) -> Vec<Wish> {
        let Some(prompt) = &mut self.prompt else { return Vec::new() };
        match name {
            "Esc" | "Ctrl-c" => {
                if let Ask::Find(_, origin, top) = prompt.ask {
                    self.pattern = None;
                    if let Some(doc) = self.doc_mut() {
                        doc.buffer.go(origin);
                        doc.top = top;
                    }
                }
                self.prompt = None;
            }
            "Enter" => return self.accept(),
            // Nothing is left to take away: as in vi that leads back.
            "Backspace" if matches!(prompt.ask, Ask::Command) && edit::text(&prompt.text).is_empty() => {
                self.prompt = None;
            }
            _ => {
                if edit::key(&mut prompt.text, key) {
                    self.typed();
                }
            }
        }
        Vec::new()
    }

    /// Text that was pasted into the prompt.
    pub(crate) fn prompt_paste(&mut self, text: &str) {
        if let Some(prompt) = &mut self.prompt {
            edit::paste(&mut prompt.text, text, false);
            self.typed();
        }
    }

    /// The text of the prompt has changed: says what it would do, and shows it.
    fn typed(&mut self) {
        self.quiet = false;
        let Some(mut prompt) = self.prompt.take() else { return };
        let text = edit::text(&prompt.text);
        (prompt.problem, prompt.note) = (None, String::new());
        match &prompt.ask {
            Ask::Find(forward, origin, top) => match search::pattern(&text) {
                Err(e) => prompt.problem = Some(e),
                Ok(_) if text.is_empty() => self.pattern = None,
                Ok(pattern) => {
                    let (forward, origin, top) = (*forward, *origin, *top);
                    if let Some(doc) = self.doc_mut() {
                        let found = search::next(doc, &pattern, origin, forward, true);
                        doc.buffer.set_anchor(None);
                        doc.buffer.go(found.map_or(origin, |(start, _)| start));
                        if found.is_none() {
                            doc.top = top;
                        }
                        let (hits, _) = search::count(doc, &pattern, (0, doc.buffer.lines().len() - 1));
                        prompt.note = if hits == 0 { "not found".to_owned() } else { counted(hits, "match") };
                    }
                    self.pattern = Some(pattern);
                }
            },
            Ask::What => match search::pattern(&text) {
                Err(e) => prompt.problem = Some(e),
                Ok(_) if text.is_empty() => {
                    let before = self.pattern.as_ref().map(|pattern| format!("Enter: {}", pattern.as_str()));
                    prompt.note = before.unwrap_or_default();
                }
                Ok(pattern) => {
                    prompt.note = self.preview(&pattern, self.scope());
                    self.pattern = Some(pattern);
                }
            },
            Ask::With(pattern, scope) if text.is_empty() => prompt.note = self.with_what(pattern, *scope),
            Ask::With(pattern, scope) => match Replacement::read(&text, pattern, false) {
                Err(e) => prompt.problem = Some(e),
                Ok(with) => prompt.note = self.becomes(pattern, &with, *scope),
            },
            Ask::Line => {
                if !text.is_empty() && text.parse::<usize>().is_err() {
                    prompt.problem = Some("a number from 1 on".to_owned());
                }
            }
            Ask::Command => {}
        }
        self.prompt = Some(prompt);
    }

    fn preview(&self, pattern: &Regex, scope: (usize, usize)) -> String {
        let Some(doc) = self.doc() else { return String::new() };
        let (hits, lines) = search::count(doc, pattern, scope);
        format!("{} in {}", counted(hits, "match"), counted(lines, "line"))
    }

    /// What a replacement would do: how often, and what can stand in it.
    fn with_what(&self, pattern: &Regex, scope: (usize, usize)) -> String {
        let hits = self.doc().map_or(0, |doc| search::count(doc, pattern, scope).0);
        format!("{}; {}", counted(hits, "match"), replacement::HINT)
    }

    /// What the first match would become.
    fn becomes(&self, pattern: &Regex, with: &Replacement, scope: (usize, usize)) -> String {
        let first = self.doc().and_then(|doc| search::first(doc, pattern, with, scope));
        let line = |text: String| text.replace('\n', "\\n").replace('\t', "\\t");
        first.map_or_else(|| "not found".to_owned(), |(old, new)| format!("{} becomes {}", line(old), line(new)))
    }

    /// Enter.
    fn accept(&mut self) -> Vec<Wish> {
        let Some(prompt) = self.prompt.take() else { return Vec::new() };
        let text = edit::text(&prompt.text);
        if prompt.problem.is_some() {
            self.prompt = Some(prompt);
            return Vec::new();
        }
        match prompt.ask {
            Ask::Find(forward, ..) => {
                if text.is_empty() {
                    return self.find_again(forward);
                }
                self.vim.forward = forward;
            }
            // Nothing is what was searched for last.
            Ask::What => {
                let Some(pattern) = self.pattern.clone() else { return Vec::new() };
                let scope = self.scope();
                let note = self.with_what(&pattern, scope);
                self.prompt = Some(Prompt { note, ..Prompt::new(Ask::With(pattern, scope), "") });
            }
            Ask::With(pattern, scope) => {
                let with = match Replacement::read(&text, &pattern, false) {
                    Ok(with) => with,
                    Err(e) => return vec![Wish::Warn(e)],
                };
                let Some(doc) = self.doc_mut() else { return Vec::new() };
                doc.buffer.set_anchor(None);
                let n = search::replace(doc, &pattern, &with, scope, true);
                let text =
                    if n == 0 { "nothing to replace".to_owned() } else { format!("{} replaced", counted(n, "match")) };
                return vec![Wish::Tell(text)];
            }
            Ask::Line => {
                if let (Ok(line), Some(doc)) = (text.parse::<usize>(), self.doc_mut()) {
                    doc.buffer.set_anchor(None);
                    doc.buffer.go(Pos { row: line.saturating_sub(1), col: 0 });
                }
            }
            Ask::Command => return self.command(&text),
        }
        Vec::new()
    }

    /// The next match, or the one before.
    pub(crate) fn find_again(&mut self, forward: bool) -> Vec<Wish> {
        self.quiet = false;
        let Some(pattern) = self.pattern.clone() else { return vec![Wish::Tell("nothing is searched for".to_owned())] };
        let Some(doc) = self.doc_mut() else { return Vec::new() };
        let from = doc.buffer.cursor();
        match search::next(doc, &pattern, from, forward, false) {
            Some((start, _)) => {
                doc.buffer.go(start);
                let around = if forward { start <= from } else { start >= from };
                if around { vec![Wish::Tell("around the end of the text".to_owned())] } else { Vec::new() }
            }
            None => vec![Wish::Tell(format!("not found: {}", pattern.as_str()))],
        }
    }
}

pub(crate) fn counted(n: usize, what: &str) -> String {
    match (n, what) {
        (1, what) => format!("1 {what}"),
        (n, "match") => format!("{n} matches"),
        (n, what) => format!("{n} {what}s"),
    }
}

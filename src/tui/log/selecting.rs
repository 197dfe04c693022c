//! Selecting lines, taking them out, and one step back out of all of it.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::action::LogAction;
use super::message::{Alerting, LogRequest, Saving, Span};
use super::pane::LogPane;
use crate::output::scan::Matcher;

impl LogPane {
    /// Begins to select lines at the cursor, or ends it.
    pub(super) fn select(&mut self) {
        self.pause();
        self.selected = if self.selected.is_some() { None } else { Some(self.cursor()) };
    }

    /// The first and the last position that are selected.
    pub(super) fn selection(&self) -> Option<(u64, u64)> {
        let (from, to) = (self.selected?, self.cursor());
        Some((from.min(to), from.max(to)))
    }

    /// The lines that are selected, else the one under the cursor; none when those are all Tempo's own.
    fn span(&self) -> Option<Span> {
        let lines = self.extent.lines;
        let (first, last) = self.selection().unwrap_or((self.cursor(), self.cursor()));
        let gone = self.shown.as_ref().is_none_or(|shown| shown.removed.is_some());
        if lines == 0 || last == 0 || first > lines || gone {
            return None;
        }
        Some(Span { first: first.saturating_sub(1), last: last.min(lines) - 1 })
    }

    /// Copies the selection, and ends it.
    pub(super) fn copy(&mut self) -> Vec<LogRequest> {
        let Some(span) = self.span() else {
            self.say("nothing to copy here: this line is not the program's");
            return Vec::new();
        };
        self.selected = None;
        vec![LogRequest::Copy(span)]
    }

    /// The lines that are selected, else those of which something is on the screen, from 0.
    pub fn looked_at(&self) -> Range<u64> {
        let span = self.selection().and_then(|_| self.span());
        span.map_or_else(|| self.on_screen(), |span| span.first..span.last + 1)
    }

    /// Whether the lines on the screen follow each other in one output: nothing between them is hidden.
    pub fn shows_every_line(&self) -> bool {
        !self.is_merged() && !self.is_sifted()
    }

    /// Whether lines are selected.
    pub fn is_selecting(&self) -> bool {
        self.selected.is_some()
    }

    /// The name that is proposed for a file.
    pub fn file_name(&self, slug: &str) -> String {
        let run = self.shown.as_ref().map_or(0, |shown| shown.run.0);
        format!("{slug}-{run}.log")
    }

    /// Saves the selection, or everything, to what was typed: a path, and before it `raw ` for every byte as it was printed.
    pub fn save(&mut self, typed: &str, home: Option<&str>) -> Result<Vec<LogRequest>, String> {
        let typed = typed.trim();
        let (raw, name) = match typed.strip_prefix("raw ") {
            Some(name) => (true, name.trim()),
            None => (false, typed),
        };
        if name.is_empty() {
            return Err("the name of a file is missing".to_owned());
        }
        let path = match (name.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(name),
        };
        let span = self.selection().and_then(|_| self.span());
        self.selected = None;
        Ok(vec![LogRequest::Save(Saving { span, path, raw, overwrite: false })])
    }

    /// Waits for a pattern in what the run prints from now on; an empty one waits for nothing any more.
    pub fn alert(&mut self, typed: &str, slug: &str) -> Vec<LogRequest> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let matcher = Matcher::new(typed).map(Arc::new);
        let (run, folder) = (shown.run, shown.folder.clone());
        match (&matcher, typed.is_empty()) {
            (Some(matcher), _) => {
                let pattern = matcher.pattern().to_owned();
                let text = format!("#{run} of {slug}: a bell rings when {pattern} appears");
                self.say_with(text, &[(LogAction::Alert, "with nothing ends it")]);
            }
            (None, _) => self.say(format!("#{run} of {slug}: nothing is waited for")),
        }
        vec![LogRequest::Alert(Alerting { run, slug: slug.to_owned(), folder, matcher })]
    }

    /// One step back: out of a whole line, a selection, a search, a filter. `None` when there is none of it.
    pub fn back(&mut self) -> Option<Vec<LogRequest>> {
        if self.whole.take().is_some() {
            return Some(self.request());
        }
        if self.selected.take().is_some() {
            return Some(Vec::new());
        }
        if self.is_searching() {
            return Some(self.cancel_search());
        }
        (!self.filter_text().is_empty()).then(|| self.end_filter())
    }
}

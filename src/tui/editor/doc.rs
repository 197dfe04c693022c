//! One file as it is edited: its text, what of it is on the disk, how it looks, and where the person is in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::buffer::{Buffer, Change};
use super::check::Finding;
use super::highlight::Highlighter;
use super::message::{Disk, Draft};
use super::place::{self, Pos};
use super::syntax::Language;
use super::text::{self, Form};
use crate::domain::version::Hash;

/// After so long a text that is not saved is kept as a draft (UX 48): counted from the first key that is not, so that whoever never
/// pauses does not lose more.
pub const DRAFT_AFTER: Duration = Duration::from_secs(1);

/// Lines that stay between the cursor and the edge, and columns.
const MARGIN: (usize, usize) = (2, 8);

/// A file.
#[derive(Debug, Clone)]
pub struct Doc {
    /// Where it is; empty for a text that is no file.
    pub path: PathBuf,
    /// Its text.
    pub buffer: Buffer,
    /// What of the file is not in its lines.
    pub form: Form,
    /// Why it cannot be edited.
    pub locked: Option<String>,
    /// The content that the text was made of; `None` when there is no file.
    pub disk: Option<Hash>,
    /// The revision that is on the disk.
    pub saved: u64,
    /// What is wrong in it, as far as that was looked for, by line.
    pub findings: Vec<Finding>,
    /// The text of each of those lines as it was then, or as the person changed it since.
    faulty: Vec<String>,
    /// The content of which it was said that it is saved, until it is looked through.
    pub told: Option<Hash>,
    /// A text that was not saved, from before.
    pub draft: Option<Draft>,
    /// The revision that is kept as a draft.
    pub drafted: u64,
    /// When the next draft is due, on the monotonic clock.
    pub draft_at: Option<Duration>,
    /// The content on the disk, when that is another than the text was made of.
    pub theirs: Option<Vec<u8>>,
    /// The first line on the screen.
    pub top: usize,
    /// The first column.
    pub left: usize,
    /// Its colours.
    pub colours: Highlighter,
}

impl Doc {
    /// A file as it was read.
    pub fn new(path: &Path, disk: Disk) -> Self {
        let (locked, form, lines) = match &disk.bytes {
            Err(e) => (Some(format!("read-only: {e}")), Form::default(), vec![String::new()]),
            Ok(bytes) => match text::decode(bytes.as_deref().unwrap_or_default()) {
                Ok((form, lines)) => (disk.locked.clone(), form, lines),
                Err(why) => (Some(why), Form::default(), text::lossy(bytes.as_deref().unwrap_or_default())),
            },
        };
        let language = Language::of(path, &lines[0]);
        let known = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(Hash::of);
        let mut buffer = Buffer::new(lines);
        buffer.fixed = locked.is_some();
        Self {
            path: path.to_owned(),
            colours: Highlighter::new(language),
            buffer,
            form,
            locked,
            disk: disk.bytes.as_ref().map_or(None, known),
            saved: 0,
            findings: Vec::new(),
            faulty: Vec::new(),
            told: None,
            draft: disk.draft,
            drafted: 0,
            draft_at: None,
            theirs: None,
            top: 0,
            left: 0,
        }
    }

    /// A text that is no file and can only be looked at.
    pub fn note(text: &str, language: &Path, why: String) -> Self {
        let disk = Disk { bytes: Ok(Some(text.as_bytes().to_vec())), locked: Some(why), draft: None };
        Self { path: PathBuf::new(), ..Self::new(language, disk) }
    }

    /// The name of the file.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether there is something that is not on the disk.
    pub fn is_modified(&self) -> bool {
        self.locked.is_none() && self.buffer.revision() != self.saved
    }

    /// The bytes that would be saved.
    pub fn bytes(&self) -> Vec<u8> {
        text::encode(self.form, self.buffer.lines())
    }

    /// The same as text.
    pub fn text(&self) -> Arc<str> {
        String::from_utf8_lossy(&self.bytes()).into()
    }

    /// The file was read again. True when its text is another one now; one that is not saved stays, and the other is kept for later.
    pub fn reread(&mut self, disk: Disk) -> bool {
        let Ok(bytes) = disk.bytes else { return false };
        let now = bytes.as_deref().map(Hash::of);
        if now == self.disk {
            self.theirs = None;
            return false;
        }
        if self.is_modified() {
            self.theirs = Some(bytes.unwrap_or_default());
            return true;
        }
        self.take(bytes.as_deref());
        true
    }

    /// The content of the disk takes the place of the text, which undo brings back.
    pub fn take(&mut self, bytes: Option<&[u8]>) {
        let content = bytes.unwrap_or_default();
        match text::decode(content) {
            Ok((form, lines)) => {
                self.form = form;
                self.locked = None;
                self.buffer.fixed = false;
                self.buffer.become_lines(&lines);
                self.paint();
            }
            Err(why) => {
                self.locked = Some(why);
                self.buffer = Buffer::new(text::lossy(content));
                self.buffer.fixed = true;
                self.colours = Highlighter::new(self.colours.language().clone());
            }
        }
        self.disk = bytes.map(Hash::of);
        self.theirs = None;
        self.buffer.rest();
        self.saved = self.buffer.revision();
        self.findings.clear();
        self.draft_at = None;
    }

    /// The text of a draft takes the place of the text.
    pub fn restore(&mut self, draft: &Draft) {
        if let Ok((form, lines)) = text::decode(&draft.bytes) {
            self.form = form;
            self.buffer.become_lines(&lines);
            self.paint();
            self.buffer.rest();
            self.drafted = self.buffer.revision();
            if self.saved == self.drafted {
                // Only what is not in the lines is different: that is something to save too.
                self.saved = u64::MAX;
            }
        }
    }

    /// The revision of these bytes is on the disk.
    pub fn saved(&mut self, revision: u64, hash: Hash) {
        self.saved = revision;
        self.disk = Some(hash);
        self.theirs = None;
        self.buffer.rest();
    }

    /// Takes note of edits: colours, findings, the draft.
    pub fn edited(&mut self, now: Duration) {
        let changes = self.buffer.take_changes();
        for change in &changes {
            self.colours.change(*change);
        }
        self.move_findings(&changes);
        self.draft_at = match (self.is_modified() && self.buffer.revision() != self.drafted, self.draft_at) {
            (false, _) => None,
            (true, due) => due.or(Some(now + DRAFT_AFTER)),
        };
    }

    /// This is wrong in the text, as far as is known now.
    pub fn found(&mut self, mut findings: Vec<Finding>) {
        let last = self.buffer.lines().len() - 1;
        for finding in &mut findings {
            finding.row = finding.row.min(last);
        }
        self.faulty = findings.iter().map(|finding| self.buffer.line(finding.row).to_owned()).collect();
        self.findings = findings;
    }

    /// What is wrong goes with its line, and away with it: no mark is left on what took its place.
    fn move_findings(&mut self, changes: &[Change]) {
        if changes.is_empty() || self.findings.is_empty() {
            return;
        }
        let lines = self.buffer.lines();
        let texts = std::mem::take(&mut self.faulty);
        let moved = std::mem::take(&mut self.findings).into_iter().zip(texts).filter_map(|(finding, text)| {
            let row = follow(finding.row, &text, changes, lines)?;
            Some((Finding { row, ..finding }, lines.get(row)?.clone()))
        });
        (self.findings, self.faulty) = moved.unzip();
    }

    fn paint(&mut self) {
        for change in self.buffer.take_changes() {
            self.colours.change(change);
        }
    }

    /// Makes the cursor visible in so many lines and columns; parses what is shown. True when there is more to parse.
    pub fn fit(&mut self, height: usize, width: usize, follow: bool) -> bool {
        let (height, width) = (height.max(1), width.max(1));
        let last = self.buffer.lines().len() - 1;
        let cursor = self.buffer.cursor();
        if follow {
            let margin = MARGIN.0.min((height - 1) / 2);
            self.top = self.top.min(cursor.row.saturating_sub(margin));
            self.top = self.top.max((cursor.row + margin + 1).min(last + 1).saturating_sub(height));
            let column = place::column(self.buffer.line(cursor.row), cursor.col);
            let margin = MARGIN.1.min((width - 1) / 2);
            if column < self.left + margin {
                self.left = column.saturating_sub(margin);
            }
            if column + margin >= self.left + width {
                self.left = column + margin + 1 - width;
            }
            // What fits is shown from its beginning.
            if column + 1 < width && self.left > 0 && place::column(self.buffer.line(cursor.row), usize::MAX) < width {
                self.left = 0;
            }
        }
        self.top = self.top.min(last);
        !self.colours.advance(self.buffer.lines(), self.top + height)
    }

    /// What is wrong in a line.
    pub fn finding(&self, row: usize) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.row == row)
    }

    /// What is wrong first, an error before what only deserves a second look; and how much more there is.
    pub fn first_finding(&self) -> Option<(&Finding, usize)> {
        let first = self.findings.iter().min_by_key(|finding| (finding.severity, finding.row))?;
        Some((first, self.findings.len() - 1))
    }

    /// The next line with something wrong, around the end.
    pub fn next_finding(&self, forward: bool) -> Option<Pos> {
        let row = self.buffer.cursor().row;
        let mut all = self.findings.iter();
        let found = if forward {
            all.find(|finding| finding.row > row).or(self.findings.first())
        } else {
            all.rev().find(|finding| finding.row < row).or(self.findings.last())
        };
        found.map(|finding| Pos { row: finding.row, col: finding.col })
    }
}

/// Where a line of this text is after these changes; `None` when it was taken away.
fn follow(row: usize, text: &str, changes: &[Change], lines: &[String]) -> Option<usize> {
    // The rows in which it may be.
    let (mut first, mut end) = (row, row + 1);
    let (mut touched, mut shorter) = (false, false);
    for change in changes {
        let behind = change.row + change.old;
        if first >= behind {
            (first, end) = (first - change.old + change.new, end - change.old + change.new);
        } else if end > change.row {
            (touched, shorter) = (true, shorter || change.new < change.old);
            end = if end > behind { end - change.old + change.new } else { change.row + change.new };
            first = first.min(change.row);
        }
    }
    if !touched {
        return Some(first);
    }
    let end = end.min(lines.len());
    let rest = text.trim();
    let same = (first..end).filter(|at| lines[*at] == text).min_by_key(|at| at.abs_diff(row));
    same.or_else(|| match shorter {
        // The person is at it.
        false if first < end => Some(row.clamp(first, end - 1)),
        false => None,
        // What was joined with another line.
        true => (first..end).find(|at| !rest.is_empty() && lines[*at].contains(rest)),
    })
}

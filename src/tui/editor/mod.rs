//! The editor of scripts: the tab Script of the main pane.
//!
//! [`buffer`] is the text with its past, over `tui-textarea`; [`text`] makes it of bytes and bytes of it; [`highlight`] its colours.
//! [`doc`] is a file of a task with all of that, and this module what is open. [`keys`] and [`vim`] say what a key does to it, as
//! wishes that `update::script` carries out on the dashboard; [`worker`] reads, writes, watches and checks files; [`view`] draws.
//! Two texts are no files: the [`description`] of a to-do, and the marked tasks as a [`roster`].

pub mod buffer;
pub mod check;
pub mod description;
pub mod doc;
pub mod draft;
pub mod edits;
pub mod environment;
pub mod header;
pub mod highlight;
pub mod keys;
pub mod launch;
pub mod message;
pub mod place;
pub(in crate::tui) mod prompt;
pub mod replacement;
pub mod roster;
pub mod search;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod text;
pub mod view;
pub mod vim;
pub mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use self::doc::Doc;
use self::edits::Clip;
use self::launch::Launch;
pub use self::message::{EditorAnswer, EditorRequest};
use self::place::Pos;
use self::prompt::Prompt;
use self::roster::Kept;
use self::vim::Vim;
use crate::config::EditorKeys;
use crate::domain::TaskId;
use crate::output::compare::{Row, compare_texts};
use crate::store::roster::Opened;

/// What is shown of a task.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Its files, the script first; their texts are in [`Editor::docs`].
    pub files: Vec<PathBuf>,
    /// Its environment, shown behind them.
    pub environment: Option<Box<Doc>>,
    /// What is shown of a task that has none.
    pub note: Option<Box<Doc>>,
}

/// Two texts side by side, to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// What it compares.
    pub title: String,
    /// Lines, each with `-`, `+` or a blank.
    pub rows: Vec<(char, String)>,
    /// The first one on the screen.
    pub top: usize,
    /// The question to return to.
    pub question: Question,
}

/// What the person is asked about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// It was changed on the disk, and here.
    Conflict,
    /// There is a draft of it.
    Draft,
}

/// An answer to such a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Save this text over the other.
    Mine,
    /// Take the other.
    Theirs,
    /// Take the draft.
    Restore,
    /// Forget the draft.
    Discard,
    /// Look at what is different first.
    Compare(Question),
}

/// What a key wants beyond the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To write the file.
    Save,
    /// To write it, and to leave.
    SaveAndLeave,
    /// To write what is not written, and to run the task.
    Run,
    /// To leave; the text stays as a draft.
    Leave,
    /// To leave, the text as it is on the disk.
    Abandon,
    /// To have a text in the clipboard; what it is.
    Copy(String, String),
    /// To say something.
    Tell(String),
    /// To say that something is wrong.
    Warn(String),
    /// The palette.
    Palette,
}

/// The editor.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Editor {
    /// What keys do.
    pub style: EditorKeys,
    /// Of which task files were asked for.
    pub asked: Option<TaskId>,
    /// The task that is shown.
    pub shown: Option<Shown>,
    /// Which of its files.
    pub file: usize,
    /// The files that are shown, and those that are not saved.
    pub docs: BTreeMap<PathBuf, Doc>,
    /// The marked tasks that are edited as one text, as they were.
    pub roster: Option<Opened>,
    /// Whether such a text is on its way.
    pub opening: bool,
    /// Whether keys change the text.
    pub editing: bool,
    /// The person wants to edit as soon as the files of this task are here.
    pub wanted: Option<TaskId>,
    /// The task of which the script was just made: one begins to write behind what stands at its top.
    pub fresh: Option<TaskId>,
    /// Whether moving selects.
    pub marking: bool,
    /// What is typed at the bottom.
    pub(crate) prompt: Option<Prompt>,
    /// What is searched for.
    pub pattern: Option<Regex>,
    /// Whether its matches are not shown any more: the text was changed or saved since.
    pub quiet: bool,
    /// What was cut or copied last.
    pub clip: Clip,
    /// The state of the style `vim`.
    pub vim: Vim,
    /// Differences that are looked at.
    pub changes: Option<Changes>,
    /// Whether the last edit was to cut a line, so that the next one joins it.
    cutting: bool,
    /// Whether the person will be asked when the answer to a save is a conflict, and leaves when it is none.
    pub leaves: bool,
    /// A run that waits until the files are saved and looked through.
    pub launch: Option<Launch>,
    /// Lines and columns of text on the screen.
    pub size: (usize, usize),
    /// Whether the cursor is to be brought onto the screen.
    pub follows: bool,
    /// Whether there is more to colour on the screen.
    pub behind: bool,
}

impl Default for Editor {
    fn default() -> Self {
        Self {
            style: EditorKeys::Plain,
            asked: None,
            shown: None,
            file: 0,
            docs: BTreeMap::new(),
            roster: None,
            opening: false,
            editing: false,
            wanted: None,
            fresh: None,
            marking: false,
            prompt: None,
            pattern: None,
            quiet: false,
            clip: Clip::default(),
            vim: Vim::default(),
            changes: None,
            cutting: false,
            leaves: false,
            launch: None,
            size: (1, 1),
            follows: false,
            behind: false,
        }
    }
}

impl Shown {
    /// The names of what can be shown, the script first.
    pub fn names(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let environment = self.environment.iter().map(|_| environment::NAME.to_owned());
        self.files.iter().map(name).chain(environment).collect()
    }
}

impl Editor {
    /// The file that is shown.
    pub fn doc(&self) -> Option<&Doc> {
        let shown = self.shown.as_ref()?;
        match shown.files.get(self.file) {
            Some(path) => self.docs.get(path),
            None => shown.environment.as_deref().or(shown.note.as_deref()),
        }
    }

    /// The same, to change it.
    pub fn doc_mut(&mut self) -> Option<&mut Doc> {
        let shown = self.shown.as_mut()?;
        match shown.files.get(self.file) {
            Some(path) => self.docs.get_mut(path),
            None => shown.environment.as_deref_mut().or(shown.note.as_deref_mut()),
        }
    }

    /// Whether letters are text.
    pub const fn takes_keys(&self) -> bool {
        self.editing || self.prompt.is_some()
    }

    /// Whether the keys are those of the style `vim`.
    pub fn is_vim(&self) -> bool {
        self.style == EditorKeys::Vim
    }

    /// What is selected, as far as an operation would take it; of whole lines both ends are in it.
    pub fn selection(&self) -> Option<(Pos, Pos)> {
        let doc = self.doc()?;
        if self.editing && self.is_vim() {
            return self.vim.selection(doc);
        }
        doc.buffer.selection()
    }

    /// What is searched for, while its matches are shown.
    pub fn lit(&self) -> Option<&Regex> {
        self.pattern.as_ref().filter(|_| !self.quiet)
    }

    /// Ends a search of which something is to be seen on the screen. False when nothing is: then nobody knows of it any more.
    pub(in crate::tui) fn end_search(&mut self) -> bool {
        let seen = match (self.lit(), self.doc()) {
            (Some(pattern), Some(doc)) => {
                let mut lines = doc.buffer.lines().iter().skip(doc.top).take(self.size.0);
                lines.any(|line| pattern.is_match(line))
            }
            _ => false,
        };
        self.quiet = true;
        if seen {
            self.pattern = None;
        }
        seen
    }

    /// The requests that keep all that is not saved and not kept yet, as drafts.
    pub fn drafts(&mut self, due: impl Fn(&Doc) -> bool) -> Vec<EditorRequest> {
        let mut requests = Vec::new();
        for doc in self.docs.values_mut() {
            if doc.is_modified() && doc.drafted != doc.buffer.revision() && due(doc) {
                let (path, revision) = (doc.path.clone(), doc.buffer.revision());
                let bytes = match self.roster.as_ref().filter(|_| roster::is(&path)) {
                    Some(opened) => Kept { opened: opened.clone(), text: doc.text() }.to_bytes(),
                    None => doc.bytes(),
                };
                doc.drafted = revision;
                doc.draft_at = None;
                requests.push(EditorRequest::Draft { path, bytes, revision });
            }
        }
        requests
    }

    /// When, on the monotonic clock, something has to be done.
    pub fn wakes_at(&self) -> Option<Duration> {
        let draft = self.docs.values().filter_map(|doc| doc.draft_at).min();
        if self.behind { Some(Duration::ZERO) } else { draft }
    }

    /// Whether the marked tasks are shown as a text.
    pub fn shows_roster(&self) -> bool {
        self.doc().is_some_and(|doc| roster::is(&doc.path))
    }

    /// How many files are not saved.
    pub fn unsaved(&self) -> usize {
        self.docs.values().filter(|doc| doc.is_modified()).count()
    }

    /// Files that nobody looks at any more, and that are as on the disk.
    pub(in crate::tui) fn forget_others(&mut self) {
        let files = self.shown.as_ref().map(|shown| shown.files.clone()).unwrap_or_default();
        self.docs.retain(|path, doc| files.contains(path) || doc.is_modified());
    }

    /// The text of the draft or of the disk, and this one.
    fn sides(&self, question: Question) -> Option<(String, Vec<u8>, Vec<u8>)> {
        let doc = self.doc()?;
        Some(match question {
            Question::Conflict => (format!("{}: on the disk, and here", doc.name()), doc.theirs.clone()?, doc.bytes()),
            Question::Draft => {
                (format!("{}: on the disk, and in the draft", doc.name()), doc.bytes(), doc.draft.clone()?.bytes)
            }
        })
    }

    /// Shows what is different.
    pub(in crate::tui) fn compare(&mut self, question: Question) {
        let Some((title, old, new)) = self.sides(question) else { return };
        let rows = compare_texts(&old, &new).rows.into_iter().map(|row| match row {
            Row::Same(_, _, line) => (' ', line),
            Row::Removed(_, line) => ('-', line),
            Row::Added(_, line) => ('+', line),
            Row::Skipped(_) => ('~', String::new()),
        });
        let mut rows: Vec<(char, String)> = rows.collect();
        if rows.is_empty() {
            rows.push((' ', "no line is different; line ends or a byte order mark are".to_owned()));
        }
        self.changes = Some(Changes { title, rows, top: 0, question });
    }
}

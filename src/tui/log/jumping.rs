//! The ways to a line: the next error, a time, a section, a bookmark.

use jiff::{SignedDuration, Timestamp};

use super::action::LogAction;
use super::geometry::Top;
use super::goal;
use super::message::{Goal, Jump, LogRequest};
use super::pane::{LogPane, Place};
use crate::domain::run::Outcome;

/// Something that the person should be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What is so.
    pub text: String,
    /// What helps: actions, each with what its key does, as in `sets one`. The pane does not know the keys.
    pub keys: &'static [(LogAction, &'static str)],
}

/// What is sought, and what was found.
#[derive(Debug, Default)]
pub(super) struct Jumping {
    number: u64,
    waiting: Option<(u64, Goal)>,
    /// The error where the person is: its position, and which of all it is.
    pub(super) current: Option<(u64, u64)>,
    /// In the run that is opened next.
    carried: Carried,
    /// Something to tell the person.
    notice: Option<Notice>,
}

/// Where the person is, told without the run: the run that is opened next is shown there.
#[derive(Debug, Clone, Copy, Default)]
enum Carried {
    /// At its end.
    #[default]
    End,
    /// At its top.
    Top,
    /// So long after its start.
    Time(SignedDuration),
}

impl Jumping {
    /// Another run is shown.
    pub(super) fn forget(&mut self) {
        (self.waiting, self.current) = (None, None);
    }
}

impl LogPane {
    /// Something that the person should be told, once.
    pub fn notice(&mut self) -> Option<Notice> {
        self.jumping.notice.take()
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.say_with(text, &[]);
    }

    pub(super) fn say_with(&mut self, text: impl Into<String>, keys: &'static [(LogAction, &'static str)]) {
        self.jumping.notice = Some(Notice { text: text.into(), keys });
    }

    fn jump(&mut self, to: Goal) -> Vec<LogRequest> {
        if self.shown.is_none() {
            return Vec::new();
        }
        self.jumping.number += 1;
        self.jumping.waiting = Some((self.jumping.number, to));
        vec![LogRequest::Jump(Jump { number: self.jumping.number, to })]
    }

    /// The position of the line that says how the run ended, if it failed and that is seen.
    fn failed_end(&self) -> Option<u64> {
        let failed = self
            .shown
            .as_ref()?
            .outcome
            .is_some_and(|outcome| !matches!(outcome, Outcome::Succeeded | Outcome::Cancelled | Outcome::Skipped));
        let end = self.extent.lines + 1;
        (failed && self.rows_of(end) > 0 && self.positions() > end).then_some(end)
    }

    /// The next line that says it is a warning or worse; the line about a failed end is the last one (UX 30).
    pub(super) fn next_error(&mut self, backward: bool) -> Vec<LogRequest> {
        let (cursor, end) = (self.cursor(), self.extent.lines + 1);
        let to = match (backward, cursor) {
            (false, at) if at >= end => Goal::GraveAfter(0),
            (false, at) => Goal::GraveAfter(at),
            (true, at) if at >= 2 => Goal::GraveBefore(at.min(end) - 2),
            (true, _) => {
                if let Some(end) = self.failed_end() {
                    self.at_failed_end(end);
                    return self.request();
                }
                Goal::GraveBefore(u64::MAX - 1)
            }
        };
        self.jump(to)
    }

    fn at_failed_end(&mut self, end: u64) {
        let count = self.hiding.grave.as_ref().map_or(0, |grave| grave.count);
        self.go_to_position(end);
        self.jumping.current = Some((end, count + 1));
    }

    /// `error 1/3` while the cursor is on it, and how far the count is.
    pub(super) fn error_status(&self) -> Option<String> {
        let (position, ordinal) = self.jumping.current?;
        if self.cursor() != position {
            return None;
        }
        let grave = self.hiding.grave.as_ref();
        let count = grave.map_or(0, |grave| grave.count) + u64::from(self.failed_end().is_some());
        let percent = grave.map_or(0, |grave| grave.percent);
        let progress = if percent < 100 { format!(" {percent}%") } else { String::new() };
        Some(format!("error {ordinal}/{}{progress}", count.max(ordinal)))
    }

    pub(super) fn next_section(&mut self, backward: bool) -> Vec<LogRequest> {
        let line = self.cursor_line();
        self.jump(if backward { Goal::SectionBefore(line) } else { Goal::SectionAfter(line) })
    }

    /// Goes to what was typed into the prompt of `@`. `Err` says what would be right.
    pub fn go_to_time(&mut self, typed: &str) -> Result<Vec<LogRequest>, String> {
        let start = self.shown.as_ref().and_then(|shown| shown.started_at);
        let goal = goal::read(typed, start, &self.zone)?;
        Ok(self.jump(goal))
    }

    /// Where a jump leads.
    pub(super) fn found(&mut self, number: u64, line: Option<u64>, ordinal: Option<u64>) {
        let Some((_, to)) = self.jumping.waiting.take_if(|(waiting, _)| *waiting == number) else { return };
        let cursor = self.cursor();
        let end = self.failed_end();
        // From one end it goes on at the other, past the line about a failed end.
        match (to, line, end) {
            (Goal::GraveAfter(from), line, Some(end)) if line.is_none_or(|line| line < from) && cursor < end => {
                return self.at_failed_end(end);
            }
            (Goal::GraveBefore(from), line, Some(end)) if line.is_none_or(|line| line > from) && cursor < end => {
                return self.at_failed_end(end);
            }
            (Goal::GraveAfter(_) | Goal::GraveBefore(_), None, _) => {
                return self.say(if end.is_some() { "no other errors or warnings" } else { "no errors or warnings" });
            }
            (Goal::SectionAfter(_), None, _) => return self.say("no section begins below"),
            (Goal::SectionBefore(_), None, _) => return self.say("no section begins above"),
            (Goal::Time(_) | Goal::BeforeEnd(_), None, _) => return self.say("nothing was printed then"),
            _ => {}
        }
        let Some(line) = line else { return };
        self.go_to(line);
        if let Some(ordinal) = ordinal {
            self.jumping.current = Some((self.cursor, ordinal));
        }
    }

    /// Whether a jump was asked for that was not answered.
    pub fn is_jumping(&self) -> bool {
        self.jumping.waiting.is_some()
    }

    /// Takes the place along to the run that is shown next (keys `[` and `]`): its top, its end, or the time since its start.
    pub fn carry_time(&mut self) {
        let start = self.shown.as_ref().and_then(|shown| shown.started_at);
        self.jumping.carried = match (self.place, start, self.cursor_time()) {
            (Place::End, ..) => Carried::End,
            _ if self.cursor() == 0 => Carried::Top,
            (_, Some(start), Some(at)) => Carried::Time(at.duration_since(start)),
            _ => Carried::End,
        };
    }

    fn cursor_time(&self) -> Option<Timestamp> {
        let line = self.cursor_line();
        self.window.rows.iter().find(|row| row.number >= line).map(|row| row.at)
    }

    /// Where the run that is opened now begins to be shown.
    pub(super) fn first_place(&mut self) -> Place {
        match self.jumping.carried {
            Carried::Top => {
                (self.jumping.carried, self.cursor) = (Carried::End, 0);
                Place::At(Top::default())
            }
            Carried::End | Carried::Time(_) => Place::End,
        }
    }

    /// In the run that was just opened: the way to the same time since the start.
    pub(super) fn jump_anew(&mut self) -> Vec<LogRequest> {
        let start = self.shown.as_ref().and_then(|shown| shown.started_at);
        match (std::mem::take(&mut self.jumping.carried), start) {
            (Carried::Time(offset), Some(start)) => {
                start.checked_add(offset).map_or(Vec::new(), |at| self.jump(Goal::Time(at)))
            }
            _ => Vec::new(),
        }
    }

    /// The next line with a bookmark, and around the end.
    pub(super) fn next_bookmark(&mut self, backward: bool) {
        if !self.knows_bookmarks() {
            self.owed = Some(if backward { LogAction::PreviousBookmark } else { LogAction::NextBookmark });
            return;
        }
        let line = self.cursor_line();
        let ends = self.cursor() == 0;
        let found = if backward {
            self.bookmarks.range(..line).next_back().or(self.bookmarks.last())
        } else if ends {
            self.bookmarks.first()
        } else {
            self.bookmarks.range(line + 1..).next().or(self.bookmarks.first())
        };
        match found.copied() {
            Some(line) => self.go_to(line),
            None => self.say_with("no bookmarks in this run", &[(LogAction::Bookmark, "sets one")]),
        }
    }

    /// The bookmarks of the run that is shown.
    pub fn set_bookmarks(&mut self, lines: impl IntoIterator<Item = u64>) {
        self.bookmarks = lines.into_iter().collect();
        self.bookmarks_known = true;
    }

    /// Whether the lines and their bookmarks are here: before that, what is said of them would be made up.
    fn knows_bookmarks(&self) -> bool {
        self.known && self.bookmarks_known
    }

    /// The key about bookmarks that came before them, as soon as it can be done.
    pub fn owed(&mut self) -> Option<LogAction> {
        if self.knows_bookmarks() { self.owed.take() } else { None }
    }

    /// Whether a bookmark can be set or taken away by now; if not, that is owed.
    pub fn can_toggle_bookmark(&mut self) -> bool {
        let can = self.knows_bookmarks();
        if !can {
            self.owed = Some(LogAction::Bookmark);
        }
        can
    }

    /// Sets or takes away the bookmark of the line under the cursor; returns the line, and whether it has one now.
    pub fn toggle_bookmark(&mut self) -> Option<(u64, bool)> {
        if self.extent.lines == 0 || self.shown.as_ref()?.removed.is_some() {
            return None;
        }
        let line = self.cursor_line();
        let set = self.bookmarks.insert(line);
        if !set {
            self.bookmarks.remove(&line);
        }
        Some((line, set))
    }
}

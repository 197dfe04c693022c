//! What `update` wants done: queries, intents for the store, and what only the loop can do.

use super::Exit;
use super::action::Part;
use super::editor::EditorRequest;
use super::log::LogRequest;
use super::model::bulk::Bulk;
use super::model::draft::Draft;
use super::model::extras::{Asking, Extras};
use super::model::hunt::Wish;
use super::model::import::Source;
use super::model::layer::How;
use super::model::marks::Wanted;
use super::model::outlook::Asked;
use super::model::reports;
use super::model::roster;
use super::model::timeline::Span;
use super::model::window::Around;
use super::outside::Outside;
use super::theme::Theme;
use super::worker::NoteJob;
use crate::domain::filter;
use crate::domain::task::Definition;
use crate::domain::version::File;
use crate::domain::why::Key;
use crate::domain::{RunId, ScheduleId, TaskId, VersionId};
use crate::store::incoming::Incoming;
use crate::store::order::{Order, Place};
use crate::store::roster::Opened;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::path::PathBuf;
use std::sync::Arc;

/// Something to do.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Ask a worker. The answer carries the ticket.
    Ask(Ticket, Query),
    /// Write into the store.
    Intend(Intent),
    /// Ask the worker of the log.
    Log(LogRequest),
    /// Ask the worker of the editor.
    Editor(EditorRequest),
    /// Take a text to the clipboard. The answer is [`Msg::Copied`](super::msg::Msg::Copied).
    Copy {
        /// The text, as it is to be pasted.
        text: String,
        /// What it is, for the answer: `3 lines`, `the command of backup-db`.
        what: String,
    },
    /// Let something else have the terminal. The answer is [`Msg::Back`](super::msg::Msg::Back).
    Outside(Outside),
    /// Remove a file that an editor was given.
    Remove(PathBuf),
    /// Have the mouse reported, or no longer.
    Mouse(bool),
    /// Send the terminal a sequence that draws nothing.
    Sequence(String),
    /// Search through the outputs of many runs, or with nothing no longer.
    Hunt(Option<Wish>),
    /// Do what was written of marked tasks.
    Roster(roster::Wanted),
    /// Do no more of what is being done to many.
    EndBulk,
    /// Do something about the themes on the disk.
    Theme(ThemeWish),
    /// Draw in this theme from now on.
    Show(Theme),
    /// Keep what was said, or do something about what is kept.
    Notes(NoteJob),
    /// Ring the bell of the terminal.
    Bell,
    /// Draw everything anew.
    Repaint,
    /// Leave.
    Exit(Exit),
}

/// What a person wants of the themes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeWish {
    /// To see which there are.
    List,
    /// To have this one from now on.
    Keep(String),
}

/// Numbers the queries, ascending.
pub type Ticket = u64;

/// A question to the store. Of each [`Kind`] only the newest is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// A page of the tasks.
    Tasks(Listing, Around<Place>),
    /// The last runs of these tasks.
    Strips(Vec<TaskId>),
    /// What these runs have printed.
    Prints(Vec<RunId>),
    /// What was and what will be of some tasks.
    Timeline(Span, Vec<TaskId>),
    /// A page of the runs of a task, or of all.
    Runs(Option<TaskId>, Around<Reverse<RunId>>),
    /// This many next slots.
    Agenda(usize),
    /// What there is on each day of a page of the calendar that begins so.
    Month(Date),
    /// What there is on a day.
    Day(Date),
    /// A page of the agenda.
    Duties(Around<(i64, String)>),
    /// The numbers of the header.
    Overview,
    /// What the palette offers for a text.
    Offer(String),
    /// Everything about a task.
    Details(TaskId),
    /// What a run used, and what this attempt of it may use.
    Usage(RunId, u32),
    /// What the domain says about a draft.
    Check(Draft),
    /// A page of the past of a task, and what holds for it now.
    Why(TaskId, Around<Reverse<Key>>),
    /// A task as the form and the schedule builder show it.
    Editable(TaskId, Editor),
    /// What the schedule in the builder will do.
    Preview(Asked),
    /// What the jobs of another scheduler would become.
    Foreign(Source),
    /// How many jobs other schedulers have.
    Found,
    /// The templates of tasks.
    Templates,
    /// These runs, and the newest ones of these tasks.
    Merge(Vec<TaskId>, Vec<RunId>),
    /// The lines of a run's output that have a bookmark.
    Bookmarks(RunId),
    /// What a bulk would do.
    Weigh(Bulk),
    /// Who is to be marked.
    Names(Wanted),
    /// The processes of a run.
    Processes(RunId),
    /// What a run would execute.
    DryRun(Asking),
    /// Which of these runs have ended.
    Ended(Vec<RunId>),
    /// The tags of a task.
    Tags(TaskId),
    /// These tasks as one text.
    Roster(Vec<TaskId>, Order),
    /// What that text would do, at this revision of it.
    RosterCheck(Opened, Arc<str>, u64),
    /// Tags that begin so.
    TagsLike(String),
    /// Values of a key that begin so.
    ValuesLike(filter::Key, String),
    /// How many tasks a filter finds, whose pages are read in this order.
    Matches(String, Order),
    /// The views; with `true` how many tasks each has.
    Views(bool),
    /// The tree of categories.
    Categories,
    /// A page of the messages.
    Messages(Around<Reverse<i64>>),
    /// What is different in the output of a run from that of the last good one before it; with `true`, numbers do not count.
    Compare(RunId, bool),
    /// A page of the versions of a file of a task.
    Versions(TaskId, File, Around<Reverse<VersionId>>),
    /// What is different in a version from another one, or from the one before it.
    Difference(VersionId, Option<VersionId>),
    /// Between which two runs a task broke.
    Broke(TaskId),
    /// The figures of a report.
    Report(reports::Asked),
    /// The data version of the store and who the engine is.
    Pulse,
}

/// Which tasks are listed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// This filter finds them.
    pub text: String,
    /// In this order.
    pub order: Order,
    /// The page is around this one, wherever it stands by now.
    pub anchor: Option<TaskId>,
}

/// Where a task is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Editor {
    /// In the form.
    Form,
    /// In `$EDITOR`.
    Outside,
    /// Nowhere: this part of it is copied.
    Copy(Part),
    /// In the schedule builder, at this one of its schedules.
    Builder(Option<ScheduleId>),
}

/// The kinds of [`Query`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named as the queries")]
pub enum Kind {
    Tasks,
    Strips,
    Prints,
    Timeline,
    Runs,
    Agenda,
    Month,
    Day,
    Duties,
    Overview,
    Offer,
    Details,
    Usage,
    Why,
    Check,
    Editable,
    Preview,
    Compare,
    Foreign,
    Found,
    Templates,
    Merge,
    Bookmarks,
    Weigh,
    Names,
    Processes,
    DryRun,
    Ended,
    Tags,
    Roster,
    RosterCheck,
    TagsLike,
    ValuesLike,
    Matches,
    Views,
    Categories,
    Messages,
    Versions,
    Difference,
    Broke,
    Report,
    Pulse,
}

impl Query {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Tasks(..) => Kind::Tasks,
            Self::Strips(_) => Kind::Strips,
            Self::Prints(_) => Kind::Prints,
            Self::Timeline(..) => Kind::Timeline,
            Self::Runs(..) => Kind::Runs,
            Self::Agenda(_) => Kind::Agenda,
            Self::Duties(_) => Kind::Duties,
            Self::Month(_) => Kind::Month,
            Self::Day(_) => Kind::Day,
            Self::Overview => Kind::Overview,
            Self::Offer(_) => Kind::Offer,
            Self::Details(_) => Kind::Details,
            Self::Usage(..) => Kind::Usage,
            Self::Why(..) => Kind::Why,
            Self::Check(_) => Kind::Check,
            Self::Editable(..) => Kind::Editable,
            Self::Preview(_) => Kind::Preview,
            Self::Foreign(_) => Kind::Foreign,
            Self::Found => Kind::Found,
            Self::Templates => Kind::Templates,
            Self::Merge(..) => Kind::Merge,
            Self::Bookmarks(_) => Kind::Bookmarks,
            Self::Weigh(_) => Kind::Weigh,
            Self::Names(_) => Kind::Names,
            Self::Processes(_) => Kind::Processes,
            Self::DryRun(_) => Kind::DryRun,
            Self::Ended(_) => Kind::Ended,
            Self::Tags(_) => Kind::Tags,
            Self::Roster(..) => Kind::Roster,
            Self::RosterCheck(..) => Kind::RosterCheck,
            Self::TagsLike(_) => Kind::TagsLike,
            Self::ValuesLike(..) => Kind::ValuesLike,
            Self::Matches(..) => Kind::Matches,
            Self::Views(_) => Kind::Views,
            Self::Categories => Kind::Categories,
            Self::Messages(_) => Kind::Messages,
            Self::Compare(..) => Kind::Compare,
            Self::Versions(..) => Kind::Versions,
            Self::Difference(..) => Kind::Difference,
            Self::Broke(_) => Kind::Broke,
            Self::Report(_) => Kind::Report,
            Self::Pulse => Kind::Pulse,
        }
    }
}

/// A run that is wanted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNow {
    /// Of this task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Also when others have not finished.
    pub anyway: bool,
    /// The version of its script that was saved for it.
    pub saved: Option<VersionId>,
}

/// A change that the person wants. Texts are slugs, for the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Add or change a task.
    Save(Draft),
    /// Add this task.
    Add(Box<Definition>),
    /// Queue a run.
    Run(RunNow),
    /// Queue a run with what the person wants it to have; with `true` also when others have not finished.
    RunWith(Box<Extras>, bool),
    /// Stop a run.
    Stop(RunId, String, How),
    /// Let a run stand still, or with `false` go on.
    PauseRun(RunId, String, bool),
    /// Pause it, or resume it when it is paused.
    TogglePaused(TaskId, String),
    /// Make these tasks, those that are there already left out.
    Import(Vec<Incoming>),
    /// Add the example set.
    LoadExample,
    /// The first run is over, for ever.
    Greeted,
    /// List the tasks in this order at the next start, too.
    KeepOrder(Order),
    /// Give a setting this text in `config.toml`.
    Configure(&'static str, &'static str),
    /// Set a bookmark at a line of a run's output, or with `false` take it away.
    Bookmark(RunId, u64, bool),
    /// Keep this filter under a name, in an order.
    SaveView(String, String, Order),
    /// Forget a view.
    RemoveView(String),
    /// Add a task like this one.
    Duplicate(TaskId, String),
    /// Write a version of a script into its file again.
    Restore(VersionId),
    /// Something to several, or something that is asked about first.
    Bulk(Bulk),
    /// Take the newest change back.
    Undo,
    /// Make again what was taken back last.
    Redo,
}

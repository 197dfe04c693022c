//! What lies over the panes: each layer takes all keys until it is closed.

use std::time::Duration;

use jiff::Timestamp;
use tui_textarea::TextArea;

use super::builder::Builder;
use super::bulk::{Bulk, Target, Verb};
use super::calendar::Calendar;
use super::categories::Categories;
use super::compare::Compare;
use super::extras::{Extras, ExtrasForm};
use super::first::FirstRun;
use super::form::Form;
use super::help::Help;
use super::hunt::Hunt;
use super::import::Import;
use super::inspector::Inspector;
use super::palette::Palette;
use super::reports::Reports;
use super::templates::Templates;
use super::themes::Picker;
use super::told::ToldList;
use super::versions::Versions;
use super::views::Views;
use super::why::Why;
use crate::domain::filter::Key;
use crate::domain::signal::StopSignal;
use crate::domain::{RunId, VersionId};
use crate::store::roster::{Checked, Opened};
use crate::supervise::Process;
use crate::tui::QuitChoice;
use crate::tui::action::Scope;
use crate::tui::editor::Deed;
use crate::tui::editor::roster::Kept;
use crate::tui::effect::RunNow;
use crate::tui::log::Saving;

/// Keys this soon after a dialog opened were meant for what was there before (UX 39).
pub const TYPE_AHEAD: Duration = Duration::from_millis(150);

/// A layer.
#[derive(Debug, Clone)]
pub enum Layer {
    /// The filter prompt, on the hint line.
    Prompt(Prompt),
    /// The form of a task.
    Form(Box<Form>),
    /// The schedules of a task, or of the form below.
    Builder(Box<Builder>),
    /// A question.
    Dialog(Dialog),
    /// The help.
    Help(Help),
    /// The command palette.
    Palette(Box<Palette>),
    /// The views.
    Views(Box<Views>),
    /// The tree of categories.
    Categories(Box<Categories>),
    /// The key inspector.
    Inspector(Box<Inspector>),
    /// The past of a task.
    Why(Box<Why>),
    /// The calendar.
    Calendar(Box<Calendar>),
    /// What another scheduler's jobs would become.
    Import(Box<Import>),
    /// The first run.
    FirstRun(FirstRun),
    /// The search through all outputs.
    Hunt(Box<Hunt>),
    /// The comparison of a run with the last good one.
    Compare(Box<Compare>),
    /// The reports.
    Reports(Box<Reports>),
    /// The versions of a script.
    Versions(Box<Versions>),
    /// The templates for the form below.
    Templates(Box<Templates>),
    /// The theme picker.
    Themes(Picker),
    /// The keys of a chord so far, and what can follow; they go to what is below.
    Chord(String),
    /// The messages of seven days.
    Messages(Box<ToldList>),
    /// A menu: the rows of the table in this scope, one key each, over the pane that they act on. To add one, add a scope, its
    /// rows, and a row with [`Action::Menu`](crate::tui::action::Action::Menu) that opens it; its title is the group of its first row.
    Menu(Scope),
    /// What a run is to be started with.
    RunWith(Box<ExtrasForm>),
}

impl Layer {
    /// Whether the hint line is for it alone when it opens: what was said before is about something else. A chord and a menu are
    /// steps on the way to a key of the pane.
    pub const fn takes_hints(&self) -> bool {
        !matches!(self, Self::Chord(_) | Self::Menu(_))
    }
}

/// A prompt on the last line.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What is typed.
    pub text: TextArea<'static>,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a prompt is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To filter the tasks; the filter to return to, and how the word under the cursor could go on.
    Filter(String, Suggested),
    /// To keep the filter of the tasks under a name.
    SaveView,
    /// To search in the log.
    Search,
    /// For the log in another way.
    Log(LogPrompt),
    /// To change the tags of these tasks; tags that begin as the word under the cursor does, and that word.
    Tags(Vec<(Target, String)>, Vec<String>, String),
    /// For to-dos.
    Todo(TodoPrompt),
}

/// The prompts for to-dos, with those that they are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TodoPrompt {
    /// A new one, in one line.
    New,
    /// A note, with the output of a run.
    Note(Vec<(Target, String)>, Option<RunId>),
    /// How far they are.
    Progress(Vec<(Target, String)>),
    /// When they are due.
    Due(Vec<(Target, String)>),
}

impl Purpose {
    /// Prompts of the same name remember what was typed into them together.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Filter(..) => "filter",
            Self::SaveView => "view",
            Self::Search => "search",
            Self::Log(LogPrompt::Filter) => "log.filter",
            Self::Log(LogPrompt::Time) => "log.time",
            Self::Log(LogPrompt::Save) => "log.save",
            Self::Log(LogPrompt::Alert) => "log.alert",
            Self::Tags(..) => "tags",
            Self::Todo(TodoPrompt::New) => "todo.new",
            Self::Todo(TodoPrompt::Note(..)) => "todo.note",
            Self::Todo(TodoPrompt::Progress(_)) => "todo.progress",
            Self::Todo(TodoPrompt::Due(_)) => "todo.due",
        }
    }
}

/// What the store has for the word under the cursor of a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Suggested {
    /// What was asked for: a key and the beginning of a value.
    pub asked: Option<(Key, String)>,
    /// What begins so.
    pub found: Vec<String>,
}

/// The prompts of the log beside its search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPrompt {
    /// Lines to be shown alone.
    Filter,
    /// A time to go to.
    Time,
    /// A file to save in.
    Save,
    /// A pattern to wait for.
    Alert,
}

/// A question with its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// The question.
    pub title: String,
    /// The consequences.
    pub lines: Vec<String>,
    /// The answers.
    pub buttons: Vec<Button>,
    /// Where Enter is: at first on the one that does nothing.
    pub focus: usize,
    /// When it opened, on the monotonic clock.
    pub opened: Duration,
    /// Whether it has been on the screen.
    pub drawn: bool,
    /// What has to be typed before Enter does what the first answer says.
    pub wanted: Option<String>,
    /// What of it is typed.
    pub typed: String,
    /// The processes of the run that it is about.
    pub tree: Option<Tree>,
}

/// The processes of a run that somebody is about to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The run.
    pub run: RunId,
    /// What was found, as of the last second.
    pub found: Option<Stoppable>,
}

/// What there is to know about a run that somebody is about to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stoppable {
    /// With which signal it is asked.
    pub signal: StopSignal,
    /// From then until KILL.
    pub grace: Duration,
    /// When KILL comes, once it was asked.
    pub kill_at: Option<Timestamp>,
    /// Its processes, each behind its parent, and how many more there are; or why they cannot be seen.
    pub processes: Result<(Vec<Process>, usize), String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Its key.
    pub key: char,
    /// Its text, a verb.
    pub label: String,
    /// What it does.
    pub choice: Choice,
}

/// What an answer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Nothing.
    Stay,
    /// Does it to all of them.
    Bulk(Bulk),
    /// Asks this first.
    Ask(Box<Dialog>),
    /// Stops the run of the task of this slug.
    Stop(RunId, String, How),
    /// Queues a run.
    Run(RunNow),
    /// Adds the example set.
    LoadExample,
    /// Writes lines of a log over a file.
    Overwrite(Saving),
    /// The same, with what the person wants it to have.
    RunWithAnyway(Box<Extras>),
    /// Writes a version of a script into its file; what stood there stays a version.
    Restore(VersionId),
    /// Does this with the script that is shown.
    Script(Deed),
    /// Does what was written of the marked tasks.
    Roster(Checked),
    /// Does this with that text.
    RosterThen(Then),
    /// Goes on with a text of marked tasks that was written before.
    RosterKept(Kept),
    /// Throws that away, and opens this one.
    RosterAnew(Opened),
    /// Ends the dashboard.
    Quit(QuitChoice),
}

impl Choice {
    /// Whether it ends or removes something: such a one is no question's default (UX 38), and looks like what it is.
    pub fn is_destructive(&self) -> bool {
        match self {
            Self::Stay
            | Self::Run(_)
            | Self::RunWithAnyway(_)
            | Self::LoadExample
            | Self::Restore(_)
            | Self::RosterKept(_) => false,
            Self::Bulk(bulk) => bulk.verb.is_destructive(),
            Self::Ask(dialog) => dialog.is_dangerous(),
            Self::Stop(..) | Self::Overwrite(_) | Self::RosterAnew(_) => true,
            Self::Script(deed) => matches!(deed, Deed::Mine | Deed::Discard),
            Self::Roster(checked) => checked.trashed > 0,
            Self::RosterThen(then) => *then == Then::Discard,
            Self::Quit(choice) => *choice == QuitChoice::Stop,
        }
    }

    /// Whether nothing brings back what it ends or removes.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Bulk(bulk) => matches!(bulk.verb, Verb::Kill | Verb::Purge),
            Self::Stop(_, _, how) => *how == How::Kill,
            Self::Overwrite(_)
            | Self::Script(Deed::Discard)
            | Self::RosterThen(Then::Discard)
            | Self::RosterAnew(_) => true,
            Self::Stay
            | Self::Script(_)
            | Self::Roster(_)
            | Self::RosterThen(Then::Save)
            | Self::RosterKept(_)
            | Self::Ask(_)
            | Self::Run(_)
            | Self::RunWithAnyway(_)
            | Self::LoadExample
            | Self::Restore(_)
            | Self::Quit(_) => false,
        }
    }
}

/// What becomes of the text of the marked tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is looked through, and done after a question.
    Save,
    /// It is thrown away.
    Discard,
}

/// How a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With the signal of its task, and KILL after the grace.
    Ask,
    /// With this signal instead.
    With(StopSignal),
    /// With KILL, at once.
    Kill,
}

impl Dialog {
    /// Whether it is about something that cannot be brought back: its first answer does it.
    pub fn is_final(&self) -> bool {
        self.buttons.first().is_some_and(|button| button.choice.is_final())
    }

    /// Whether one of the answers ends or removes something.
    pub fn is_dangerous(&self) -> bool {
        self.buttons.iter().any(|button| button.choice.is_destructive())
    }

    /// It is on the screen since now: what was typed before that, and shortly after, was not meant for it (UX 39).
    pub fn drawn_at(&mut self, now: Duration) {
        if !self.drawn {
            self.drawn = true;
            self.opened = now;
        }
    }

    /// A question that opens now. The last button is the harmless one and has the focus.
    pub fn new(title: String, lines: Vec<String>, buttons: Vec<(char, &str, Choice)>, now: Duration) -> Self {
        let buttons: Vec<Button> =
            buttons.into_iter().map(|(key, label, choice)| Button { key, label: label.to_owned(), choice }).collect();
        let focus = buttons.len().saturating_sub(1);
        Self { title, lines, buttons, focus, opened: now, drawn: false, wanted: None, typed: String::new(), tree: None }
    }
}

//! What happens to the dashboard: keys, answers of the workers, changes of the store, and time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use jiff::civil::Date;
use ratatui::layout::Size;

use super::clipboard::Copied;
use super::editor::EditorAnswer;
use super::editor::roster::Kept;
use super::effect::{Editor, Kind, RunNow, Ticket};
use super::input::Mouse;
use super::keymap::Keymap;
use super::log::LogAnswer;
use super::markdown;
use super::model::bulk::{self, Bulk, Weight};
use super::model::calendar;
use super::model::compare::Compared;
use super::model::draft::{Checked, Draft};
use super::model::duties;
use super::model::extras::{Asking, DryRun, Extras};
use super::model::hunt::Report;
use super::model::import::{Offer, Source};
use super::model::layer::{How, Stoppable};
use super::model::marks::{Named, Wanted};
use super::model::merge::Texts;
use super::model::outlook::{Asked, Outlook};
use super::model::palette::Offers;
use super::model::printed::Printed;
use super::model::reports::{self, Counted};
use super::model::roster::{BrokenOff, Tally};
use super::model::templates::Entry;
use super::model::themes::Choice;
use super::model::timeline::{Cell, Span};
use super::model::versions::Against;
use super::model::window::Page;
use super::outside::{Edited, Left};
use super::theme::Theme;
use super::view::Look;
use crate::config::Settings;
use crate::domain::category::Branch;
use crate::domain::filter::Key;
use crate::domain::heat::Week;
use crate::domain::limits::Limits;
use crate::domain::roster::Wrong;
use crate::domain::run::{Attempt, Run, RunState};
use crate::domain::schedule::Slot;
use crate::domain::task::Task;
use crate::domain::version::{Broke, File, Pinned, Version};
use crate::domain::when::Mark;
use crate::domain::why;
use crate::domain::{RunId, ScheduleId, TaskId, VersionId};
use crate::lock::Holder;
use crate::output::usage::Sample;
use crate::store::changes::Applied;
use crate::store::given::Given;
use crate::store::history::Ended;
use crate::store::kin::Kin;
use crate::store::messages::Told;
use crate::store::notes::Note;
use crate::store::order::Order;
use crate::store::overview::Overview;
use crate::store::roster::{self, Opened};
use crate::store::runs::{PauseRequest, StopRequest};
use crate::store::schedules::AgendaRow;
use crate::store::tasks::TaskRow;
use crate::store::views::View;

/// When something happened, on both clocks. It comes with each message, for `update` has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock.
    pub at: Timestamp,
    /// The monotonic clock, since the dashboard started.
    pub since: Duration,
}

/// A message.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// What the terminal sent while the key inspector is open, and the key that it is, if it is one.
    Sent(Option<KeyEvent>, Vec<u8>),
    /// Text was pasted.
    Paste(String),
    /// Too much text was pasted.
    PasteTooLong,
    /// The terminal has another size.
    Resize(Size),
    /// Time has passed.
    Tick,
    /// Somebody committed something to the store.
    StoreChanged,
    /// An answer to a query.
    Answer(Ticket, Kind, Box<Answer>),
    /// What the search through all outputs found.
    Hunted(Box<Report>),
    /// An answer of the worker of the log.
    Log(LogAnswer),
    /// An answer of the worker of the editor.
    Editor(EditorAnswer),
    /// What became of an intent.
    Done(Box<Done>),
    /// Something was done with the mouse.
    Mouse(Mouse),
    /// What had the terminal has given it back.
    Back(Back),
    /// What became of a text that was copied.
    Copied(Copied),
    /// The themes that there are, the name of the one in force, and itself.
    Themes {
        /// All of them.
        choices: Vec<Choice>,
        /// The name.
        current: String,
        /// What the screen shows by it.
        theme: Theme,
    },
    /// Settings or themes on the disk have changed, or a theme was kept.
    InForce(Box<InForce>),
    /// So many of so many are done.
    Progress(usize, usize),
    /// A bulk edit of before ended with its process.
    BrokenOff(BrokenOff),
    /// The store has all messages of this session up to this number.
    Kept(u64),
    /// Something to tell the person, from outside the dashboard's own logic.
    Tell(super::model::toast::Level, String),
}

/// What came back from outside. Texts say what went wrong.
#[derive(Debug, Clone)]
pub enum Back {
    /// The plain view was closed.
    Plain(Result<(), String>),
    /// The pager ended.
    Pager(Result<(), String>),
    /// The editor ended.
    Edited(Edited, Result<Left, String>),
    /// The process goes on after it stood still.
    Shell(Result<(), String>),
}

/// What is in force after a change of the settings or of a theme.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The settings.
    pub settings: Settings,
    /// What the keys do.
    pub keymap: Keymap,
    /// What the screen is to look like.
    pub look: Look,
    /// What the person is to know of it.
    pub told: Vec<(super::model::toast::Level, String)>,
}

/// An answer to a query.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Tasks that this filter finds, and how many there are when that is known.
    Tasks(String, Page<TaskRow>, Option<usize>),
    /// The last runs of tasks that have ended, the oldest first.
    Strips(BTreeMap<TaskId, Vec<Ended>>),
    /// What runs have printed; one without output is not there.
    Prints(BTreeMap<RunId, Printed>),
    /// What was and will be of tasks, in the cells of this span.
    Timeline(Span, BTreeMap<TaskId, Vec<Cell>>),
    /// Runs of this task, or of all.
    Runs(Option<TaskId>, Page<Run>),
    /// The next slots.
    Agenda(Vec<AgendaRow>),
    /// What there is on each day of a page of the calendar that begins so.
    Month(Date, Month),
    /// What there is on a day, the earliest first.
    Day(Date, Vec<duties::Entry>),
    /// A page of the agenda.
    Duties(Page<duties::Entry>),
    /// The numbers of the header.
    Overview(Overview),
    /// What the palette offers for this text.
    Offered(String, Offers),
    /// Everything about a task; `None` when it is gone.
    Details(TaskId, Option<Box<Details>>),
    /// What is different in the output of a run, compared so.
    Compared(RunId, bool, Compared),
    /// A page of the versions of a file of a task.
    Versions(TaskId, File, Page<Version>),
    /// What is different in a version.
    Difference(VersionId, Against),
    /// Between which two runs a task broke, if it did.
    Broke(TaskId, Option<Box<Broke>>),
    /// What a run used.
    Usage(Box<Used>),
    /// The past of a task; what holds for it now, in sentences, is `None` when it is gone.
    Why(TaskId, Option<Vec<String>>, Page<why::Entry>),
    /// What the domain says about a draft.
    Checked(Draft, Checked),
    /// A task as the form and the schedule builder show it.
    Editable(Box<Editable>),
    /// What the schedule in the builder will do.
    Previewed(Asked, Box<Outlook>),
    /// What the jobs of another scheduler would become, or why they cannot be read.
    Foreign(Source, Result<Offer, String>),
    /// How many jobs other schedulers have.
    Found(Found),
    /// The templates of tasks, and what is wrong with the person's own, in sentences.
    Templates(Vec<Entry>, Vec<String>),
    /// Runs whose outputs are to be shown as one.
    Merge(Vec<Run>),
    /// The lines of this run's output that have a bookmark.
    Bookmarks(RunId, Vec<u64>),
    /// What a bulk would do.
    Weighed(Bulk, Box<Weight>),
    /// Who is to be marked.
    Names(Wanted, Named),
    /// The processes of a run.
    Processes(RunId, Box<Stoppable>),
    /// What a run would execute, or what is wrong.
    DryRun(Asking, Box<Result<DryRun, String>>),
    /// These runs have ended.
    Ended(Vec<Run>),
    /// The tags of a task of this slug; `None` when it is gone.
    Tags(TaskId, Option<(String, Vec<String>)>),
    /// Tasks as one text, and what was written of others before and not applied.
    Roster(Opened, Option<Kept>),
    /// What that text would do, at this revision of it, or what is wrong in it.
    RosterChecked(u64, Result<roster::Checked, Vec<Wrong>>),
    /// Tags that begin so.
    TagsLike(String, Vec<String>),
    /// Values of a key that begin so.
    ValuesLike(Key, String, Vec<String>),
    /// How many tasks a filter finds, when that is known without looking at each.
    Matches(String, Order, Option<usize>),
    /// The views, each with how many tasks it has when that was asked.
    Views(Vec<(View, Option<usize>)>),
    /// The tree of categories.
    Categories(Vec<Branch>),
    /// Messages.
    Messages(Page<Told>),
    /// The figures of a report.
    Reported(reports::Asked, Box<Counted>),
    /// The data version of the store and who the engine is.
    Pulse(i64, Engine),
    /// The store cannot be used any more, and what to do.
    Unusable(String),
    /// The query failed.
    Failed(String),
    /// The query was given up for a newer one.
    GivenUp,
}

/// Everything that the Details tab shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Its description.
    pub description: Vec<markdown::Line>,
    /// What was noted last, the newest first, each with the task of the run that is attached, and how many older notes there are.
    pub notes: (Vec<Noted>, usize),
    /// How long people had worked on it by then.
    pub spent: Duration,
    /// What it waits for.
    pub waits_for: Vec<Kin>,
    /// What waits for it.
    pub waited_by: Vec<Kin>,
    /// The task.
    pub task: Task,
    /// Each field of the definition that has a value: key and text.
    pub fields: Vec<(&'static str, String)>,
    /// The environment of its script, in one line, when it has one.
    pub environment: Option<String>,
    /// Its schedules.
    pub schedules: Vec<Planned>,
    /// What holds for it now, in sentences.
    pub now: Vec<String>,
    /// Its newest run.
    pub last: Option<Run>,
    /// Its newest slots.
    pub slots: Vec<Slot>,
    /// When in the week it runs.
    pub heat: Heat,
}

/// When in the week a task runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heat {
    /// How often runs of it began.
    pub runs: Week,
    /// How often runs of it ended badly.
    pub failed: Week,
    /// Since when that was counted.
    pub since: Timestamp,
}

/// What there is to know of a run beside its row: its attempts, what it used, sample by sample (R7), what was different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The run.
    pub run: RunId,
    /// The samples in order, or why they cannot be read.
    pub samples: Result<Vec<Sample>, String>,
    /// What it may use.
    pub limits: Limits,
    /// How that is in force, in words.
    pub in_force: Option<String>,
    /// Its attempts that are over.
    pub attempts: Vec<Attempt>,
    /// What it was given beside its task.
    pub given: Given,
    /// The versions of the script that it executed.
    pub pinned: Pinned,
    /// The last run before it that succeeded and what of its command and environment was different, as far as both are recorded.
    pub differs: Option<(RunId, Vec<String>)>,
}

/// What there is on the days of a page of the calendar.
pub type Month = Vec<calendar::Day>;

/// A note, and the task of the run that it attaches, with its slug.
pub type Noted = (Note, Option<(TaskId, String)>);

/// A schedule, and what it will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The rule as text.
    pub rule: String,
    /// The IANA name of its zone.
    pub zone: String,
    /// Its next slots, by the code that fires them (T8), and what is special about them.
    pub next: Vec<(Timestamp, Option<Mark>)>,
}

/// A task as the form and the schedule builder show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editable {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// Text by field key.
    pub texts: Texts,
    /// Its schedules, in the order of their texts.
    pub schedules: Vec<ScheduleId>,
    /// Where it is to be edited.
    pub editor: Editor,
}

/// How many jobs other schedulers of this machine have that could become tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// In this user's crontab.
    pub crontab: usize,
    /// Enabled timers of systemd.
    pub timers: usize,
}

/// Where the engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// In this process.
    Here,
    /// In another one.
    Elsewhere(Holder),
    /// Nowhere: nothing starts.
    Nowhere,
}

/// What became of an intent.
#[derive(Debug, Clone)]
pub enum Done {
    /// A task was added; reminders of it that are past already, in words.
    Added(TaskId, String, Option<String>),
    /// A task was added with a script that was made for it.
    Created {
        /// The task.
        task: TaskId,
        /// Its slug.
        slug: String,
        /// The script.
        script: PathBuf,
    },
    /// A version of a script of the task of this slug stands in its file.
    Restored {
        /// The slug.
        slug: String,
        /// The version.
        version: VersionId,
        /// The new version that this made; none when the file was so already.
        now: Option<VersionId>,
    },
    /// A task was changed; reminders of it that are past already, in words.
    Saved(String, Option<String>),
    /// The form is not right yet.
    DraftRefused(Checked),
    /// The form was not saved: these fields have other texts in the store by now.
    Overtaken(Texts),
    /// The form could not be saved.
    DraftFailed(String),
    /// The draft's task was deleted meanwhile: its slug.
    DraftGone(String),
    /// A run was queued.
    Queued(RunId, RunNow),
    /// A run was not queued, because these have not finished.
    Busy(RunNow, Vec<(RunId, RunState)>),
    /// A run was queued with what the person wanted it to have.
    RunWith(RunId, Box<Extras>),
    /// It was not, because these have not finished.
    RunWithBusy(Box<Extras>, Vec<(RunId, RunState)>),
    /// A run was asked to stop.
    StopAsked(RunId, String, How, StopRequest),
    /// A run was asked to stand still, or with `false` to go on.
    PauseAsked(RunId, String, bool, PauseRequest),
    /// A file was written, of which somebody else speaks, or nobody has to.
    Written,
    /// So many tasks were made of the jobs of another scheduler.
    Imported(usize),
    /// So many tasks of the example set were added; what they do, they do in this folder.
    ExampleLoaded(usize, PathBuf),
    /// The schedules of a task rest, or with `false` go on.
    Paused(TaskId, String, bool),
    /// A task like the one of the second slug was added; with `true` its schedules rest.
    Duplicated(TaskId, String, String, bool),
    /// What became of a bulk.
    Bulk(bulk::Report),
    /// What became of what was written of marked tasks.
    Roster(Tally),
    /// The newest change was taken back.
    Undone(Applied),
    /// What had been taken back last was made again.
    Redone(Applied),
    /// A filter is kept as the view of this name.
    ViewKept(String),
    /// The view of this name is forgotten.
    ViewGone(String),
    /// A bookmark is kept or gone.
    Bookmarked,
    /// There was nothing to do: why, in words.
    Nothing(String),
    /// It was not done: what was tried, and why not.
    Failed(String),
}

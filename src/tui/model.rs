//! The state of the dashboard, and nothing but state.

pub mod builder;
pub mod bulk;
pub mod calendar;
pub mod categories;
pub mod compare;
pub mod draft;
pub mod duties;
pub mod edit;
pub mod extras;
pub mod first;
pub mod form;
pub mod help;
pub mod history;
pub mod hunt;
pub mod import;
pub mod inspector;
pub mod layer;
pub mod marks;
pub mod merge;
pub mod outlook;
pub mod palette;
pub mod printed;
mod reason;
pub mod reports;
pub mod roster;
pub mod templates;
pub mod themes;
pub mod timeline;
pub mod toast;
mod todo;
pub mod told;
pub mod versions;
pub mod views;
pub mod why;
pub mod window;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use self::categories::Categories;
use self::draft::Draft;
use self::duties::{Entry, NextTab};
use self::extras::Extras;
use self::history::History;
use self::hunt::{Bound, Hunt};
use self::inspector::Between;
use self::layer::{Layer, Purpose};
use self::marks::AllMarks;
use self::printed::Prints;
use self::reports::Reports;
use self::timeline::Timeline;
use self::toast::{Level, Messages, Source};
use self::window::Window;
use super::action::{self, Action, Scope};
use super::editor::Editor;
use super::effect::{Kind, Ticket};
use super::keymap::{Keymap, Row};
use super::layout::Layout;
use super::log::LogPane;
use super::log::shown::Part;
use super::msg::{Details, Engine, Moment, Used};
use super::view;
use crate::domain::filter::Filter;
use crate::domain::run::{Run, RunState};
use crate::domain::task::Status;
use crate::domain::{RunId, TaskId};
use crate::store::history::Ended;
use crate::store::order::Order;
use crate::store::overview::Overview;
use crate::store::schedules::AgendaRow;
use crate::store::tasks::TaskRow;

/// The panes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// 1
    Tasks,
    /// 2
    Next,
    /// 3
    Runs,
    /// 4
    Main,
    /// 5
    Timeline,
}

impl Pane {
    /// In the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Tasks, Self::Next, Self::Runs, Self::Main, Self::Timeline];

    /// Whether it is one of the lists of the side column.
    pub const fn is_side(self) -> bool {
        matches!(self, Self::Tasks | Self::Next | Self::Runs)
    }
}

/// The tabs of the main pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What the run printed.
    Log,
    /// What the task executes.
    Script,
    /// What the task is, and why it did what it did.
    Details,
}

/// What of the screen has to be asked for anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set")]
pub struct Stale {
    /// The tasks.
    pub tasks: bool,
    /// The runs.
    pub runs: bool,
    /// The next slots.
    pub agenda: bool,
    /// The agenda.
    pub duties: bool,
    /// The numbers of the header.
    pub overview: bool,
    /// The details.
    pub details: bool,
    /// What the run in the details used.
    pub usage: bool,
    /// The past of a task.
    pub why: bool,
    /// The last runs of the tasks on the screen.
    pub strips: bool,
    /// The timeline.
    pub timeline: bool,
    /// The calendar.
    pub calendar: bool,
    /// The messages.
    pub messages: bool,
    /// The versions of a script.
    pub versions: bool,
    /// The runs whose end is waited for.
    pub awaited: bool,
    /// What the running tasks have printed.
    pub prints: bool,
    /// The views.
    pub views: bool,
    /// The tree of categories.
    pub categories: bool,
}

impl Stale {
    /// Everything.
    pub const ALL: Self = Self {
        tasks: true,
        runs: true,
        agenda: true,
        duties: true,
        overview: true,
        details: true,
        usage: true,
        why: true,
        strips: true,
        timeline: true,
        calendar: true,
        messages: true,
        versions: true,
        awaited: true,
        prints: true,
        views: true,
        categories: true,
    };
}

/// The agenda, and the cursor in it.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    /// The next slots that are loaded, the earliest first.
    pub rows: Vec<AgendaRow>,
    /// The row under the cursor.
    pub cursor: usize,
    /// The first row on the screen.
    pub top: usize,
    /// Rows that fit on the screen.
    pub height: usize,
}

impl Agenda {
    /// The row under the cursor.
    pub fn selected(&self) -> Option<&AgendaRow> {
        self.rows.get(self.cursor)
    }

    /// Takes new rows; the cursor stays on its schedule, unless it is at the top and nobody `follows` it: then it shows what is
    /// next.
    pub fn take(&mut self, rows: Vec<AgendaRow>, follows: bool) {
        // A schedule can have a slot that comes and one that does not.
        let key = |row: &AgendaRow| (row.schedule.id, row.aside.is_some());
        let before = self.selected().filter(|_| follows || self.cursor > 0).map(key);
        let at = rows.iter().position(|row| Some(key(row)) == before);
        let at = at.or_else(|| rows.iter().position(|row| Some(row.schedule.id) == before.map(|(id, _)| id)));
        self.rows = rows;
        self.go(at.unwrap_or(self.cursor));
    }

    /// Moves the cursor to a row.
    pub fn go(&mut self, to: usize) {
        self.cursor = to.min(self.rows.len().saturating_sub(1));
        let height = self.height.max(1);
        self.top = self.top.min(self.rows.len().saturating_sub(height)).min(self.cursor);
        self.top = self.top.max((self.cursor + 1).saturating_sub(height));
    }
}

/// What a verb acts on: the task, and the run if there is one, of the row under the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The task.
    pub task: TaskId,
    /// Its slug.
    pub slug: String,
    /// The run and its state.
    pub run: Option<(RunId, RunState)>,
}

/// The state.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub struct Model {
    /// When the last message came.
    pub now: Moment,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// The name of the machine.
    pub host: String,
    /// Whether running durations do not tick.
    pub reduced_motion: bool,
    /// The screen, in cells.
    pub size: Size,
    /// What stands between the keyboard and Tempo.
    pub between: Option<Between>,
    /// When Ctrl-c was pressed, if that was the last key.
    pub interrupted: Option<Duration>,
    /// The keys in force.
    pub keymap: Keymap,

    /// The pane that has the keys.
    pub focus: Pane,
    /// The side pane that had them last.
    pub side: Pane,
    /// The list that the runs, the log and the details follow: Next runs while the keys are there or came from there, else Tasks.
    pub list: Pane,
    /// What the main pane shows.
    pub tab: Tab,
    /// Whether the pane with the focus has the whole screen.
    pub zoom: bool,
    /// How much wider the side column is than by itself, in columns.
    pub wider: i16,
    /// What lies over the panes, the topmost last.
    pub layers: Vec<Layer>,

    /// What is marked.
    pub marks: AllMarks,
    /// Keys that were pressed while what they are meant for was on its way.
    pub held: Vec<KeyEvent>,
    /// How much of a large bulk is done, of how many.
    pub progress: Option<(usize, usize)>,
    /// How the screen was before the marked tasks were shown as a text.
    pub before_roster: Option<roster::Before>,
    /// Whether what was written of marked tasks is being done.
    pub applying: bool,
    /// Whether a verb is being carried out on what was marked.
    pub of_many: bool,
    /// Pane 1.
    pub tasks: Window<TaskRow>,
    /// The text that the tasks must contain.
    pub filter: String,
    /// How many the filter finds, when that is known beyond what is loaded.
    pub found: Option<usize>,
    /// The filter and the order of which the pages are prepared, and what can be known of how many there are.
    pub settled: Option<(String, Order)>,
    /// Their order.
    pub order: Order,
    /// The last runs of those on the screen, the oldest first.
    pub strips: BTreeMap<TaskId, Vec<Ended>>,
    /// The tasks of which they were asked for.
    pub strips_of: Vec<TaskId>,
    /// What the running ones on the screen have printed.
    pub prints: Prints,
    /// The runs of which it was asked.
    pub prints_of: Vec<RunId>,
    /// Since when, on the monotonic clock, the answer to the newest filter is missing.
    pub searching: Option<Duration>,
    /// The task that the newest undo or redo brought back, until the list shows whether the filter hides it.
    pub brought_back: Option<(TaskId, String)>,
    /// What pane 2 shows.
    pub next_tab: NextTab,
    /// Pane 2, the next runs.
    pub agenda: Agenda,
    /// Pane 2, the agenda.
    pub duties: Window<Entry>,
    /// Pane 3.
    pub runs: Window<Run>,
    /// Whether it shows the runs of all tasks.
    pub all_runs: bool,
    /// The task whose runs (or whose details) are shown or asked for.
    pub subject: Option<TaskId>,
    /// Whether the person chose a run; else the newest is shown.
    pub run_chosen: bool,
    /// The run that is to be shown as soon as the runs of this task are.
    pub goal: Option<(TaskId, RunId)>,
    /// Pane 4, tab Log.
    pub log: LogPane,
    /// The runs whose outputs the log shows as one, while the keys are there.
    pub merged: Vec<Part>,
    /// The run whose bookmarks were asked for last.
    pub bookmarks_of: Option<RunId>,
    /// The home of the person, for paths that are typed.
    pub home: Option<String>,
    /// The folder of the run folders.
    pub runs_folder: PathBuf,
    /// Whether nobody was greeted here yet: an empty store then opens the first run.
    pub greets: bool,
    /// The folder of the example set.
    pub example_folder: PathBuf,
    /// Pane 4, tab Script.
    pub editor: Editor,
    /// Pane 4, tab Details.
    pub details: Option<Box<Details>>,
    /// What the run that it is about used.
    pub usage: Option<Box<Used>>,
    /// The run for which that was asked last.
    pub usage_of: Option<RunId>,
    /// The first line of it on the screen.
    pub details_top: usize,
    /// The line of it that is selected, of those that lead somewhere.
    pub details_link: Option<usize>,
    /// Whether Details stand in for the log of a to-do, which has none: at the next task that runs it is the log again.
    pub stands_in: bool,
    /// Pane 5.
    pub timeline: Timeline,
    /// The numbers of the header.
    pub overview: Option<Overview>,
    /// Where the engine is.
    pub engine: Option<Engine>,
    /// Why the store cannot be used any more.
    pub unusable: Option<String>,
    /// The data version of the store, as of the last pulse.
    pub version: Option<i64>,

    /// What has to be asked for.
    pub stale: Stale,
    /// The newest ticket of each kind that is not answered.
    pub awaited: BTreeMap<Kind, Ticket>,
    /// Whether the worker of the log was asked for lines and has not answered.
    pub log_awaited: bool,
    /// The ticket that was given out last.
    pub ticket: Ticket,
    /// The search through all outputs as it was left, and the number of its newest wish.
    pub hunted: Option<Box<Hunt>>,
    /// The reports as they were left.
    pub reported: Option<Box<Reports>>,
    /// The tree of categories as it was left.
    pub categories: Option<Box<Categories>>,
    /// See `hunted`.
    pub hunts: u64,
    /// The line of a log to go to once its run is shown; any key calls that off.
    pub bound: Option<Bound>,

    /// Another program is about to get the terminal: what is typed is not for us.
    pub leaving: bool,
    /// When, on the monotonic clock, it was given back last.
    pub back_at: Option<Duration>,
    /// The file with a command that was edited outside, until that is stored.
    pub sheet: Option<PathBuf>,
    /// Whether the mouse is reported.
    pub mouse: bool,
    /// What the verb that is being done was said to be about, when that is not what is selected.
    pub acting: Option<Subject>,
    /// The run to select as soon as its task is the subject.
    pub wanted_run: Option<(TaskId, RunId)>,
    /// What was typed into the palette.
    pub commands: History,
    /// What was typed into the prompts, by purpose.
    pub typed: HashMap<&'static str, History>,

    /// What the person was told.
    pub messages: Messages,
    /// Forms that were closed with text in them, by the task that they edit.
    pub drafts: Vec<Draft>,
    /// The runs that this dashboard queued: stopping them needs no question.
    pub started: BTreeSet<RunId>,
    /// The runs that this dashboard asked to stop.
    pub stop_asked: BTreeSet<RunId>,
    /// The runs whose end is to be told, with a bell.
    pub notify: BTreeSet<RunId>,
    /// What was typed into the form of a run that was closed.
    pub extras: Option<Box<Extras>>,
}

impl Model {
    /// Before anything is loaded.
    pub fn new(now: Moment, zone: TimeZone, size: Size) -> Self {
        Self {
            now,
            host: String::new(),
            reduced_motion: false,
            size,
            between: None,
            interrupted: None,
            keymap: Keymap::default(),
            focus: Pane::Tasks,
            side: Pane::Tasks,
            list: Pane::Tasks,
            tab: Tab::Log,
            zoom: false,
            wider: 0,
            layers: Vec::new(),
            marks: AllMarks::default(),
            held: Vec::new(),
            progress: None,
            applying: false,
            of_many: false,
            before_roster: None,
            tasks: Window::default(),
            filter: String::new(),
            found: None,
            settled: None,
            order: Order::default(),
            strips: BTreeMap::new(),
            strips_of: Vec::new(),
            prints: Prints::default(),
            prints_of: Vec::new(),
            searching: None,
            brought_back: None,
            next_tab: NextTab::default(),
            agenda: Agenda::default(),
            duties: Window::default(),
            runs: Window::default(),
            all_runs: false,
            subject: None,
            run_chosen: false,
            goal: None,
            log: LogPane::new(zone.clone()),
            zone,
            merged: Vec::new(),
            bookmarks_of: None,
            home: None,
            runs_folder: PathBuf::new(),
            greets: false,
            example_folder: PathBuf::new(),
            editor: Editor::default(),
            details: None,
            usage: None,
            usage_of: None,
            details_top: 0,
            details_link: None,
            stands_in: false,
            timeline: Timeline::default(),
            overview: None,
            engine: None,
            unusable: None,
            version: None,
            stale: Stale::ALL,
            awaited: BTreeMap::new(),
            log_awaited: false,
            ticket: 0,
            hunted: None,
            reported: None,
            categories: None,
            hunts: 0,
            bound: None,
            leaving: false,
            back_at: None,
            sheet: None,
            mouse: false,
            acting: None,
            wanted_run: None,
            commands: History::default(),
            typed: HashMap::new(),
            messages: Messages::default(),
            drafts: Vec::new(),
            started: BTreeSet::new(),
            stop_asked: BTreeSet::new(),
            notify: BTreeSet::new(),
            extras: None,
        }
    }

    /// Where the keys of the panes go.
    pub fn scope(&self) -> Scope {
        match (self.focus, self.tab) {
            (Pane::Tasks, _) => Scope::Tasks,
            (Pane::Next, _) => Scope::Next,
            (Pane::Runs, _) => Scope::Runs,
            (Pane::Main, Tab::Log) => Scope::Log,
            (Pane::Main, Tab::Script) if self.editor.changes.is_some() => Scope::Changes,
            (Pane::Main, Tab::Script) if self.editor.takes_keys() => Scope::Editor,
            (Pane::Main, Tab::Script) => Scope::Script,
            (Pane::Main, Tab::Details) => Scope::Details,
            (Pane::Timeline, _) => Scope::Timeline,
        }
    }

    /// Whether the filter shows a task of this slug for certain.
    pub fn surely_lists(&self, slug: &str) -> bool {
        Filter::parse(&self.filter).is_ok_and(|filter| filter.surely_has(slug))
    }

    /// The row of a key, or of a chord, in a scope: where several have it, the one for tasks of the kind that is selected.
    pub fn meant(&self, scope: Scope, keys: &str) -> Option<&Row> {
        let rows = || self.keymap.within(scope).iter().filter(|row| row.keys.iter().any(|own| own == keys));
        rows().find(|row| !self.is_of_other_kind(row.action)).or_else(|| rows().next())
    }

    /// Whose rows of the table the next key is looked up in; none in a dialog, whose answers have keys of their own.
    pub fn key_scope(&self) -> Option<Scope> {
        Some(match self.layers.iter().rev().find(|layer| !matches!(layer, Layer::Chord(_))) {
            None => self.scope(),
            Some(Layer::Prompt(prompt)) if matches!(prompt.purpose, Purpose::Tags(..)) => Scope::Tags,
            Some(Layer::Prompt(_)) => Scope::Prompt,
            Some(Layer::RunWith(_)) => Scope::RunWith,
            Some(Layer::Form(_)) => Scope::Form,
            Some(Layer::Builder(_)) => Scope::Builder,
            Some(Layer::Help(_)) => Scope::Help,
            Some(Layer::Palette(_)) => Scope::Palette,
            Some(Layer::Calendar(_)) => Scope::Calendar,
            Some(Layer::Why(_)) => Scope::Why,
            Some(Layer::Import(_)) => Scope::Import,
            Some(Layer::Hunt(_)) => Scope::Hunt,
            Some(Layer::Compare(_)) => Scope::Compare,
            Some(Layer::Reports(_)) => Scope::Reports,
            Some(Layer::Versions(_)) => Scope::Versions,
            Some(Layer::Templates(_)) => Scope::Templates,
            Some(Layer::FirstRun(_)) => Scope::FirstRun,
            Some(Layer::Themes(_)) => Scope::Themes,
            Some(Layer::Views(_)) => Scope::Views,
            Some(Layer::Categories(_)) => Scope::Categories,
            Some(Layer::Messages(_)) => Scope::Messages,
            Some(Layer::Menu(scope)) => *scope,
            Some(Layer::Dialog(_) | Layer::Inspector(_) | Layer::Chord(_)) => return None,
        })
    }

    /// Whether the keys are wanted as the terminal sent them.
    pub fn is_inspecting(&self) -> bool {
        matches!(self.layers.last(), Some(Layer::Inspector(_)))
    }

    /// What a verb acts on now.
    pub fn acts_on(&self) -> Option<Subject> {
        let of_task = |row: &TaskRow| Subject {
            task: row.id,
            slug: row.slug.clone(),
            run: row.last.as_ref().map(|last| (last.id, last.state)),
        };
        let of_run = |run: &Run| Subject { task: run.task, slug: run.slug.clone(), run: Some((run.id, run.state)) };
        let of_next = || {
            let (task, slug) = self.next_selected()?;
            Some(Subject { task, slug: slug.to_owned(), run: self.newest_run(task) })
        };
        if let Some(subject) = &self.acting {
            return Some(subject.clone());
        }
        match self.focus {
            Pane::Tasks | Pane::Timeline => self.tasks.selected().map(of_task),
            Pane::Next => of_next(),
            Pane::Main if self.tab != Tab::Log && self.list == Pane::Next => of_next(),
            Pane::Main if self.tab != Tab::Log => self.tasks.selected().map(of_task),
            Pane::Runs | Pane::Main => self.runs.selected().map(of_run).or_else(|| {
                let (task, slug) = self.listed().filter(|_| !self.all_runs)?;
                Some(Subject { task, slug: slug.to_owned(), run: None })
            }),
        }
    }

    /// The task under the cursor of the list that the other panes follow, and its slug.
    pub fn listed(&self) -> Option<(TaskId, &str)> {
        let of_tasks = || self.tasks.selected().map(|row| (row.id, row.slug.as_str()));
        match self.list {
            Pane::Next => self.next_selected().or_else(of_tasks),
            Pane::Tasks | Pane::Runs | Pane::Main | Pane::Timeline => of_tasks(),
        }
    }

    /// The task under the cursor of pane 2, and its slug.
    pub fn next_selected(&self) -> Option<(TaskId, &str)> {
        match self.next_tab {
            NextTab::Runs => self.agenda.selected().map(|row| (row.schedule.task, row.slug.as_str())),
            NextTab::Agenda => self.duties.selected().map(Entry::task),
        }
    }

    /// Of the loaded runs of a task the newest that has not ended, else the newest.
    fn newest_run(&self, task: TaskId) -> Option<(RunId, RunState)> {
        let all = || self.runs.rows().iter().filter(|run| run.task == task).map(|run| (run.id, run.state));
        all().find(|(_, state)| *state != RunState::Finished).or_else(|| all().next())
    }

    /// The run of which the details show what it used: the selected one, or the newest of the task.
    pub fn measured(&self) -> Option<&Run> {
        let details = self.details.as_ref().filter(|details| Some(details.task.id) == self.subject)?;
        self.runs.selected().filter(|run| run.task == details.task.id).or(details.last.as_ref())
    }

    /// Where everything is; `None` when the screen is too small.
    pub fn layout(&self) -> Option<Layout> {
        let layout = Layout::of(self.size, self.focus, self.side, self.zoom, self.wider)?;
        // Who writes is told how that is saved; the text is not there to be copied from the screen.
        Some(if self.scope() == Scope::Editor { layout.with_hints() } else { layout })
    }

    /// Whether a pane shows its content.
    pub fn shows(&self, pane: Pane) -> bool {
        self.layout().is_some_and(|layout| layout.inside(pane).is_some())
    }

    /// The key of an action as a sentence names it: its first one, wherever that holds; without any, how the palette finds it.
    pub fn key_of(&self, action: Action) -> String {
        let palette = || {
            action::all().find(|spec| spec.action == action).map_or_else(String::new, |spec| format!(":{}", spec.id))
        };
        self.keymap.key_of(action).map_or_else(palette, str::to_owned)
    }

    /// The key of an action where this scope holds, or else as in [`Model::key_of`].
    pub fn key_in(&self, scope: Scope, action: Action) -> String {
        self.keymap.key_in(scope, action).map_or_else(|| self.key_of(action), str::to_owned)
    }

    /// What keys of a layer do, for its lower border: `Enter do it  Esc close`. What has no key is left out.
    pub fn key_line(&self, scope: Scope, does: &[(Action, &str)]) -> String {
        let part = |(action, what): &(Action, &str)| Some(format!("{} {what}", self.keymap.key_in(scope, *action)?));
        does.iter().filter_map(part).collect::<Vec<_>>().join("  ")
    }

    /// Tells the person something.
    pub fn tell(&mut self, level: Level, text: impl Into<String>) {
        self.tell_of(level, text, Source::NONE);
    }

    /// The same, about a task or a run.
    pub fn tell_of(&mut self, level: Level, text: impl Into<String>, source: Source) {
        self.messages.push(level, text.into(), source, self.now.at, self.now.since);
    }

    /// Adds something to the messages without saying it now.
    pub fn note(&mut self, level: Level, text: impl Into<String>, source: Source) {
        self.messages.note(level, text.into(), source, self.now.at);
    }

    /// Whether a run of this kind of state was asked to stop and has not ended.
    pub fn is_stopping(&self, run: RunId, state: RunState) -> bool {
        state == RunState::Stopping || (state.is_live() && self.stop_asked.contains(&run))
    }

    /// Whether an answer that belongs to the next frame is on its way.
    pub fn expects_answers(&self) -> bool {
        self.log_awaited || self.awaited.keys().any(|kind| *kind != Kind::Pulse)
    }

    /// Whether something is being done to many that can be ended half-way.
    pub fn can_end_bulk(&self) -> bool {
        self.applying || (self.of_many && self.progress.is_some())
    }

    /// Whether a duration that grows is on the screen.
    fn is_growing(&self) -> bool {
        let of_tasks =
            || self.tasks.visible().0.iter().filter_map(|row| row.last.as_ref()).any(|last| last.state.is_live());
        let of_runs = || self.runs.visible().0.iter().any(|run| run.state.is_live());
        let details = self.tab == Tab::Details && self.shows(Pane::Main);
        let newest = || self.details.as_ref().and_then(|d| d.last.as_ref());
        let of_details = || [newest(), self.measured()].into_iter().flatten().any(|run| run.state.is_live());
        (self.shows(Pane::Tasks) && of_tasks()) || (self.shows(Pane::Runs) && of_runs()) || (details && of_details())
    }

    /// When, on the monotonic clock, something on the screen changes by itself.
    pub fn wakes_at(&self) -> Option<Duration> {
        let shows_tree = matches!(self.layers.last(), Some(Layer::Dialog(dialog)) if dialog.tree.is_some());
        let second = (!self.reduced_motion && (shows_tree || self.is_growing())).then(|| {
            // All durations together, on the whole second of the wall clock.
            let into = Duration::from_nanos(self.now.at.subsec_nanosecond().unsigned_abs().into());
            self.now.since + Duration::from_secs(1).saturating_sub(into)
        });
        let searching = self.searching.map(|since| since + SEARCHING_SHOWN);
        let searching = searching.filter(|at| *at > self.now.since);
        let midnight = self.until_midnight().map(|left| self.now.since + left);
        let preview = match self.layers.last() {
            Some(Layer::Builder(builder)) => builder.refresh_at,
            _ => None,
        };
        let worked =
            view::details::todo::until_minute(self).filter(|_| self.tab == Tab::Details && self.shows(Pane::Main));
        let worked = worked.map(|left| self.now.since + left);
        let due = self.until_due().map(|left| self.now.since + left);
        let cell = view::timeline::until_next(self).map(|left| self.now.since + left);
        let editor = self.editor.wakes_at();
        [self.messages.until(), second, searching, midnight, worked, due, preview, cell, editor]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the search for a filter takes long enough to be mentioned.
    pub fn shows_searching(&self) -> bool {
        self.searching.is_some_and(|since| self.now.since >= since + SEARCHING_SHOWN)
    }

    /// At midnight `02:00` becomes a day of the week.
    fn until_midnight(&self) -> Option<Duration> {
        let today = self.now.at.to_zoned(self.zone.clone());
        let midnight = today.tomorrow().ok()?.start_of_day().ok()?;
        midnight.timestamp().duration_since(self.now.at).try_into().ok()
    }

    /// Until what is said of a to-do on the screen changes: it becomes late, or later.
    fn until_due(&self) -> Option<Duration> {
        let rows = self.tasks.visible().0.iter().filter(|_| self.shows(Pane::Tasks));
        let open = rows.filter(|row| matches!(row.status, Some(Status::Open | Status::InProgress)));
        let agenda = self.shows(Pane::Next) && self.next_tab == NextTab::Agenda;
        let duties = self.duties.visible().0.iter().filter(|_| agenda).filter_map(|entry| match entry {
            Entry::Todo(duty) => duty.due_at,
            Entry::Run { .. } => None,
        });
        let dues = open.filter_map(|row| row.due_at).chain(duties);
        let next = dues.filter_map(|due| view::due::until_change(self, due)).min();
        next?.try_into().ok()
    }

    /// The instant of the last message.
    pub fn at(&self) -> Timestamp {
        self.now.at
    }
}

/// A search is mentioned when it takes longer than this.
const SEARCHING_SHOWN: Duration = Duration::from_millis(50);

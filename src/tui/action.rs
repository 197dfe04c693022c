//! What the dashboard can do: one table, from which the keys, the hint line and the help are made.

use super::editor::keys::EditorAction;
use super::log::{self, LogAction};
use crate::store::order::Order;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Any pane.
    Anywhere,
    /// Pane 1.
    Tasks,
    /// Pane 2.
    Next,
    /// Pane 3.
    Runs,
    /// Pane 4, tab Log.
    Log,
    /// Pane 4, tab Script, which is only looked at.
    Script,
    /// The same, while it is edited.
    Editor,
    /// The same, while differences of two texts are shown.
    Changes,
    /// Pane 4, tab Details.
    Details,
    /// Pane 5.
    Timeline,
    /// The form of a task.
    Form,
    /// The prompt of a filter or of a search.
    Prompt,
    /// The help.
    Help,
    /// The command palette.
    Palette,
    /// The list of messages.
    Messages,
    /// The calendar.
    Calendar,
    /// The past of a task.
    Why,
    /// The schedule builder.
    Builder,
    /// The first run.
    FirstRun,
    /// What another scheduler's jobs would become.
    Import,
    /// The templates for a new task.
    Templates,
    /// The search through all outputs.
    Hunt,
    /// The comparison with the last good run.
    Compare,
    /// The reports.
    Reports,
    /// The versions of a script.
    Versions,
    /// The menu of what can be copied.
    Copy,
    /// The menu of the orders of the list.
    Sort,
    /// The views.
    Views,
    /// The tree of categories.
    Categories,
    /// The theme picker.
    Themes,
    /// The form of a run with arguments of its own.
    RunWith,
    /// The prompt for tags.
    Tags,
}

impl Scope {
    /// The panes, in which the keys of [`Scope::Anywhere`] hold too.
    pub const PANES: [Self; 7] =
        [Self::Tasks, Self::Next, Self::Runs, Self::Log, Self::Script, Self::Details, Self::Timeline];

    /// Whether letters are typed there, so that none of them can be a key.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Form | Self::Builder | Self::Prompt | Self::Help | Self::Palette | Self::Hunt | Self::Editor
        )
    }
}

/// One thing that the dashboard can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each has its title in the table")]
pub enum Action {
    FocusTasks,
    FocusNext,
    FocusRuns,
    FocusMain,
    FocusTimeline,
    PaneAfter,
    PaneBefore,
    Down,
    Up,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    First,
    Last,
    Open,
    Back,
    Zoom,
    Repaint,
    Help,
    Palette,
    Inspect,
    Messages,
    Quit,
    Out,
    In,
    Filter,
    Views,
    Categories,
    /// Fold all, or with `false` unfold all.
    FoldAll(bool),
    SaveView,
    Search,
    Hunt,
    Reports,
    /// The report after this one, or with `false` before it.
    OtherReport(bool),
    GroupBy,
    CountAgain,
    Compare,
    NextChange,
    PreviousChange,
    Loosely,
    Versions,
    OtherFile,
    Restore,
    Broke,
    Add,
    AddScript,
    /// A to-do, in one line.
    AddTodo,
    /// The description, in the editor.
    Describe,
    Finish,
    Begin,
    Note,
    Progress,
    Due,
    /// Sooner, or with `false` later than others.
    Priority(bool),
    Edit,
    Run,
    Stop,
    Kill,
    Pause,
    PauseRun,
    Delete,
    Undo,
    Redo,
    AllRuns,
    Why,
    Calendar,
    /// A month on, or with `false` back.
    Month(bool),
    FieldAfter,
    FieldEnter,
    FieldBefore,
    FieldLine,
    FormSave,
    FormClose,
    FormRevert,
    Schedule,
    SwapWhen,
    ScheduleAfter,
    ScheduleAdd,
    ScheduleRemove,
    SchedulePast,
    ImportCrontab,
    ImportTimers,
    LoadExample,
    Ascii,
    Mono,
    OtherSource,
    Templates,
    PickTheme,
    Accept,
    Cancel,
    Complete,
    Older,
    Newer,
    /// Opens the menu of the rows of this scope.
    Menu(Scope),
    Copy(Part),
    Plain,
    Pager,
    Editor,
    FieldEditor,
    Mouse,
    Suspend,
    Sort(Order),
    Wider,
    Narrower,
    Earlier,
    Later,
    Closer,
    Farther,
    Now,
    /// Several outputs as one.
    Merge,
    Mark,
    Range,
    MarkAll,
    RunWith,
    Tags,
    /// No more of a bulk edit that is being applied.
    EndBulk,
    Duplicate,
    ClearMessages,
    Expand,
    Collapse,
    /// The task in its form.
    EditTask,
    /// The script that is shown.
    EditScript,
    /// The text to the right, or with `false` to the left.
    Sideways(bool),
    /// Something in the text that is edited.
    Text(EditorAction),
    Log(LogAction),
}

impl Action {
    /// Whether it ends or removes something, which nobody may reach by a slip (UX 38). What else does, purging a history, writing
    /// over a file, stopping what runs on the way out, is a [choice](super::model::layer::Choice) of a question.
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Delete | Self::Stop | Self::Kill | Self::ClearMessages)
    }

    /// Whether it is what a person does with a to-do, or says of a task.
    pub const fn is_of_todo(self) -> bool {
        matches!(self, Self::Finish | Self::Begin | Self::Note | Self::Progress | Self::Due | Self::Priority(_))
    }
}

/// What of a task or a run can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each has its title in the table")]
pub enum Part {
    Name,
    Run,
    Command,
    When,
    LogPath,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// What it does, to the program.
    pub action: Action,
    /// Its stable name.
    pub id: &'static str,
    /// What it does, to the person: one line of the help.
    pub title: &'static str,
    /// The keys, by [their names](super::chord::name); the first is shown.
    pub keys: &'static [&'static str],
    /// Where the keys hold.
    pub scopes: &'static [Scope],
    /// The section of the help.
    pub group: &'static str,
    /// Its word on the hint line; empty when it is not shown there.
    pub hint: &'static str,
}

const LISTS: &[Scope] = &[
    Scope::Tasks,
    Scope::Next,
    Scope::Runs,
    Scope::Script,
    Scope::Changes,
    Scope::Details,
    Scope::Messages,
    Scope::Why,
    Scope::Import,
    Scope::Templates,
    Scope::Themes,
    Scope::Views,
    Scope::Categories,
    Scope::Compare,
    Scope::Reports,
    Scope::Versions,
];
/// The same, and where the keys of a line mean time.
const ROWS: &[Scope] = &[
    Scope::Tasks,
    Scope::Next,
    Scope::Runs,
    Scope::Script,
    Scope::Changes,
    Scope::Details,
    Scope::Messages,
    Scope::Why,
    Scope::Import,
    Scope::Templates,
    Scope::Themes,
    Scope::Views,
    Scope::Categories,
    Scope::Compare,
    Scope::Reports,
    Scope::Versions,
    Scope::Timeline,
];
const REPORTS: &[Scope] = &[Scope::Reports];
const VERSIONS: &[Scope] = &[Scope::Versions];
const VIEWS: &[Scope] = &[Scope::Views];
const CATEGORIES: &[Scope] = &[Scope::Categories];
const VERBS: &[Scope] = &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Script, Scope::Details, Scope::Timeline];
/// Where `/` filters the tasks; in a log and in a script it searches.
const FILTERED: &[Scope] = &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Details, Scope::Timeline];
/// Where the text itself is.
const SCRIPT: &[Scope] = &[Scope::Script];
const EDITOR: &[Scope] = &[Scope::Editor];
/// Where `+` and `-` are the side column's; in the timeline they are time's.
const COLUMNS: &[Scope] = &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Log, Scope::Script, Scope::Details];
const SORT: &[Scope] = &[Scope::Sort];
const TIMELINE: &[Scope] = &[Scope::Timeline];
/// Where `p` is the schedules'; in the Runs pane it is the run's.
const PLANS: &[Scope] = &[Scope::Tasks, Scope::Next, Scope::Script, Scope::Details, Scope::Timeline];
/// The verbs that keep their letter in the Log pane (UX 3, Log).
const KEPT: &[Scope] =
    &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Script, Scope::Details, Scope::Log, Scope::Timeline];
/// Lists of which rows can be marked.
const MARKABLE: &[Scope] = &[Scope::Tasks, Scope::Runs];
const ANYWHERE: &[Scope] = &[Scope::Anywhere];
const FORM: &[Scope] = &[Scope::Form];
const BUILDER: &[Scope] = &[Scope::Builder];
const CALENDAR: &[Scope] = &[Scope::Calendar];
const COPY: &[Scope] = &[Scope::Copy];
const PALETTE: &[Scope] = &[Scope::Palette];
/// Where h and l go out and in.
const SIDES: &[Scope] = &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Details];

const fn spec(
    action: Action,
    id: &'static str,
    title: &'static str,
    keys: &'static [&'static str],
    scopes: &'static [Scope],
    group: &'static str,
    hint: &'static str,
) -> Spec {
    Spec { action, id, title, keys, scopes, group, hint }
}

const fn text(action: EditorAction) -> Action {
    Action::Text(action)
}

/// Every action but those of the log pane, in the order of the help and of the hint line.
const OWN: &[Spec] = &[
    spec(Action::Earlier, "timeline.earlier", "Earlier", &["h", "Left"], TIMELINE, "Timeline", "earlier"),
    spec(Action::Later, "timeline.later", "Later", &["l", "Right"], TIMELINE, "Timeline", "later"),
    spec(
        Action::Closer,
        "timeline.closer",
        "Less time, closer: down to 3 hours",
        &["+"],
        TIMELINE,
        "Timeline",
        "closer",
    ),
    spec(Action::Farther, "timeline.farther", "More time: up to 7 days", &["-"], TIMELINE, "Timeline", "farther"),
    spec(Action::Now, "timeline.now", "Back to now", &["0", "Home"], TIMELINE, "Timeline", "now"),
    spec(Action::First, "timeline.first", "To the first task", &["g"], TIMELINE, "Timeline", ""),
    spec(Action::Last, "timeline.last", "To the last task", &["G", "End"], TIMELINE, "Timeline", ""),
    spec(
        Action::Open,
        "open",
        "Open: its runs, its log, its schedule",
        &["Enter"],
        &[Scope::Tasks, Scope::Next, Scope::Runs, Scope::Timeline],
        "Tasks",
        "open",
    ),
    spec(
        Action::Open,
        "details.open",
        "The task or the output that is selected",
        &["Enter"],
        &[Scope::Details],
        "Tasks",
        "",
    ),
    spec(
        Action::Describe,
        "task.describe",
        "Write the description of this to-do here",
        &["i"],
        &[Scope::Details],
        "Tasks",
        "describe",
    ),
    spec(Action::Describe, "todo.describe", "Describe the to-do", &["i"], &[Scope::Tasks], "Tasks", ""),
    spec(Action::Add, "task.add", "Add a task", &["a"], VERBS, "Tasks", "add"),
    spec(Action::AddTodo, "todo.add", "Add a to-do, in one line", &["n"], FILTERED, "Tasks", ""),
    spec(Action::AddScript, "script.add", "Add a task with a new script", &["N"], FILTERED, "Tasks", ""),
    spec(Action::Run, "task.run", "Run the task now", &["r"], KEPT, "Tasks", "run"),
    spec(
        Action::Finish,
        "todo.done",
        "Complete the to-do; what is done is opened again",
        &["d"],
        VERBS,
        "Tasks",
        "done",
    ),
    spec(Action::Begin, "todo.begin", "Begin work on the to-do, or lay it aside", &["b"], VERBS, "Tasks", "begin"),
    spec(Action::Note, "task.note", "Note something about it; in Runs with the output", &["#"], VERBS, "Tasks", "note"),
    spec(Action::Progress, "todo.progress", "Say how far the to-do is, in percent", &["P"], VERBS, "Tasks", "progress"),
    spec(Action::Due, "todo.due", "Say when the to-do is due, as in fri 18:00", &["W"], VERBS, "Tasks", "due"),
    spec(Action::Stop, "run.stop", "Stop the run, with time to end cleanly", &["x"], KEPT, "Tasks", "stop"),
    spec(Action::Edit, "task.edit", "Edit its script or form, or what is marked", &["e"], VERBS, "Tasks", "edit"),
    spec(Action::EditTask, "task.form", "Edit the task and its schedules, in its form", &["E"], VERBS, "Tasks", ""),
    spec(
        Action::Schedule,
        "task.schedule",
        "Build its schedules, and see what comes",
        &["s"],
        VERBS,
        "Tasks",
        "schedule",
    ),
    spec(Action::Pause, "task.pause", "Pause or resume the schedules of the task", &["p"], PLANS, "Tasks", "pause"),
    spec(
        Action::PauseRun,
        "run.pause",
        "Pause or resume the run that is selected",
        &["p"],
        &[Scope::Runs],
        "Tasks",
        "pause",
    ),
    spec(
        Action::Filter,
        "tasks.filter",
        "Filter: words, and keys as in status:open due:<3d",
        &["/"],
        FILTERED,
        "Tasks",
        "filter",
    ),
    spec(Action::Views, "tasks.views", "Views: filters under a name, with counts", &["F"], FILTERED, "Tasks", ""),
    spec(Action::Categories, "tasks.categories", "Categories: their tree, with counts", &["f"], FILTERED, "Tasks", ""),
    spec(
        Action::Search,
        "log.search",
        "Search in the output, by regular expression",
        &["/"],
        &[Scope::Log],
        "Log",
        "search",
    ),
    spec(Action::Mark, "mark", "Mark, or take the mark away", &["Space"], MARKABLE, "Tasks", "mark"),
    spec(Action::Delete, "task.delete", "Delete the task; undo brings it back", &["D"], VERBS, "Tasks", ""),
    spec(Action::Kill, "run.kill", "Kill the run at once", &["X"], KEPT, "Tasks", ""),
    spec(Action::Undo, "undo", "Undo the last add, edit, pause or delete", &["u"], KEPT, "Tasks", "undo"),
    spec(Action::Redo, "redo", "Redo what was undone last", &["Ctrl-r", "U"], KEPT, "Tasks", ""),
    spec(
        Action::RunWith,
        "task.run_with",
        "Run with arguments and variables; see first what that executes",
        &["R"],
        KEPT,
        "Tasks",
        "",
    ),
    spec(Action::Priority(true), "task.sooner", "A higher priority: 1 is first", &["K"], VERBS, "Tasks", ""),
    spec(Action::Priority(false), "task.later", "A lower priority", &["J"], VERBS, "Tasks", ""),
    spec(Action::Tags, "task.tags", "Change its tags", &["t"], VERBS, "Tasks", ""),
    spec(Action::Duplicate, "task.duplicate", "Copy the task", &["c"], VERBS, "Tasks", ""),
    spec(Action::Range, "mark.range", "Mark from here to where you go; a mark keeps it", &["v"], MARKABLE, "Tasks", ""),
    spec(Action::MarkAll, "mark.all", "Mark all that the filter shows", &["*"], MARKABLE, "Tasks", ""),
    spec(Action::Why, "task.why", "Why it did or did not run", &["w"], VERBS, "Tasks", "why"),
    spec(Action::Why, "log.why", "Why the task ran, or did not", &["W"], &[Scope::Log], "Log", ""),
    spec(Action::AllRuns, "runs.all", "Runs of all tasks, or of this one", &["A"], VERBS, "Tasks", ""),
    spec(
        Action::ImportCrontab,
        "import.crontab",
        "Import your crontab, after a look at what would be created",
        &["i"],
        &[Scope::Tasks],
        "Tasks",
        "",
    ),
    spec(
        Action::ImportTimers,
        "import.systemd",
        "Import systemd's timers, after a look at what would be created",
        &["I"],
        &[Scope::Tasks],
        "Tasks",
        "",
    ),
    spec(
        Action::LoadExample,
        "example.load",
        "Load the example set: what a home server does",
        &["T"],
        &[Scope::Tasks],
        "Tasks",
        "",
    ),
    spec(
        Action::EndBulk,
        "bulk.end",
        "End what is being done to many; what is done stays",
        &["Ctrl-x"],
        ANYWHERE,
        "Tasks",
        "",
    ),
    spec(Action::Menu(Scope::Copy), "copy", "Copy its name, its command, ...", &["y"], VERBS, "Tasks", "copy"),
    spec(Action::Editor, "task.editor", "The script or the command in $EDITOR", &["o"], PLANS, "Tasks", ""),
    spec(Action::Versions, "task.versions", "The versions of its script", &["V"], VERBS, "Tasks", ""),
    spec(Action::Pager, "log.pager", "The output in $PAGER", &["o"], &[Scope::Runs, Scope::Log], "Log", ""),
    spec(
        Action::Merge,
        "log.merge",
        "The newest runs of these tasks, or these runs, as one log by time",
        &["m"],
        &[Scope::Tasks, Scope::Runs],
        "Tasks",
        "",
    ),
    spec(Action::Down, "move.down", "Down", &["j", "Down"], ROWS, "Move", ""),
    spec(Action::Up, "move.up", "Up", &["k", "Up"], ROWS, "Move", ""),
    spec(Action::HalfDown, "move.half_down", "Half a page down", &["Ctrl-d"], ROWS, "Move", ""),
    spec(Action::HalfUp, "move.half_up", "Half a page up", &["Ctrl-u"], ROWS, "Move", ""),
    spec(Action::PageDown, "move.page_down", "A page down", &["PgDn", "Ctrl-f"], ROWS, "Move", ""),
    spec(Action::PageUp, "move.page_up", "A page up", &["PgUp", "Ctrl-b"], ROWS, "Move", ""),
    spec(Action::First, "move.first", "To the first", &["g", "Home"], LISTS, "Move", ""),
    spec(Action::Last, "move.last", "To the last", &["G", "End"], LISTS, "Move", ""),
    spec(Action::Out, "move.out", "Out: one step back; at the top it stays", &["h", "Left"], SIDES, "Move", ""),
    spec(Action::In, "move.in", "In: open what is selected", &["l", "Right"], SIDES, "Move", ""),
    spec(Action::FocusTasks, "pane.tasks", "Tasks", &["1"], ANYWHERE, "Panes", ""),
    spec(Action::FocusNext, "pane.next", "Next runs, agenda: again leads to the other", &["2"], ANYWHERE, "Panes", ""),
    spec(Action::FocusRuns, "pane.runs", "Runs", &["3"], ANYWHERE, "Panes", ""),
    spec(
        Action::FocusMain,
        "pane.main",
        "Log, Script, Details: again leads to the next",
        &["4"],
        ANYWHERE,
        "Panes",
        "",
    ),
    spec(Action::FocusTimeline, "pane.timeline", "Timeline", &["5"], ANYWHERE, "Panes", ""),
    spec(Action::PaneAfter, "pane.after", "The pane after this one", &["Tab"], ANYWHERE, "Panes", ""),
    spec(Action::PaneBefore, "pane.before", "The pane before this one", &["Shift-Tab"], ANYWHERE, "Panes", ""),
    spec(
        Action::Calendar,
        "calendar",
        "Calendar: the months, what is due and what runs",
        &["6"],
        ANYWHERE,
        "Panes",
        "",
    ),
    spec(Action::Zoom, "pane.zoom", "Zoom this pane, and back", &["z"], ANYWHERE, "Panes", "zoom"),
    spec(
        Action::Palette,
        "palette",
        "Commands: everything by its name",
        &[":", "Ctrl-p"],
        ANYWHERE,
        "Everywhere",
        "commands",
    ),
    spec(Action::Inspect, "keys.inspect", "What a key sends, is called and does", &["F12"], ANYWHERE, "Everywhere", ""),
    spec(
        Action::Compare,
        "run.compare",
        "What is different from the last good run before it",
        &["="],
        &[Scope::Runs, Scope::Log],
        "Log",
        "",
    ),
    spec(Action::Hunt, "search.outputs", "Search in the outputs of all runs", &["O"], ANYWHERE, "Everywhere", ""),
    spec(
        Action::Reports,
        "reports",
        "Reports: what was done, overdue and run, and how long it took",
        &["%"],
        ANYWHERE,
        "Everywhere",
        "",
    ),
    spec(Action::Messages, "messages", "The messages of the last 7 days", &["!"], ANYWHERE, "Everywhere", ""),
    spec(Action::Plain, "plain", "Plain text, for the terminal's own selection", &["Y"], ANYWHERE, "Everywhere", ""),
    spec(Action::Mouse, "mouse", "The mouse on, or off", &["M"], ANYWHERE, "Everywhere", ""),
    spec(Action::Suspend, "suspend", "Back to the shell, until fg", &["Ctrl-z"], ANYWHERE, "Everywhere", ""),
    spec(
        Action::PickTheme,
        "theme.pick",
        "Colours: pick a theme, and see it at once",
        &["C"],
        ANYWHERE,
        "Everywhere",
        "",
    ),
    spec(Action::Repaint, "repaint", "Draw the screen anew", &["Ctrl-l"], ANYWHERE, "Everywhere", ""),
    spec(Action::Help, "help", "This help", &["?", "F1"], ANYWHERE, "Everywhere", "help"),
    spec(Action::Back, "back", "One step back", &["Esc"], ANYWHERE, "Everywhere", ""),
    spec(Action::Quit, "quit", "Quit", &["q", "Ctrl-c"], ANYWHERE, "Everywhere", "quit"),
    spec(Action::FieldEnter, "form.enter", "The next field; saves on the last one", &["Enter"], FORM, "Form", "next"),
    spec(Action::FormSave, "form.save", "Save", &["Ctrl-s", "F2"], FORM, "Form", "save"),
    spec(Action::FieldAfter, "form.after", "The next field", &["Tab", "Down"], FORM, "Form", ""),
    spec(Action::FieldBefore, "form.before", "The field before", &["Shift-Tab", "Up"], FORM, "Form", ""),
    spec(
        Action::FieldLine,
        "form.line",
        "A new line in the command or the variables",
        &["Alt-Enter", "Ctrl-j"],
        FORM,
        "Form",
        "",
    ),
    spec(
        Action::FormClose,
        "form.close",
        "Close; the text is kept until next time",
        &["Esc", "Ctrl-c"],
        FORM,
        "Form",
        "close",
    ),
    spec(Action::Templates, "form.templates", "Fill what is empty from a template", &["F3"], FORM, "Form", "template"),
    spec(Action::FieldEditor, "form.editor", "This text in $EDITOR", &["Ctrl-o"], FORM, "Form", ""),
    spec(Action::Schedule, "form.schedule", "Build the schedules", &["F4"], FORM, "Form", "schedule"),
    spec(
        Action::FieldEnter,
        "builder.enter",
        "The next field; saves on the last one",
        &["Enter"],
        BUILDER,
        "Builder",
        "next",
    ),
    spec(Action::FormSave, "builder.save", "Save, or into the form", &["Ctrl-s", "F2"], BUILDER, "Builder", "save"),
    spec(Action::SwapWhen, "builder.swap", "Words into cron, and back", &["Ctrl-e", "F5"], BUILDER, "Builder", "cron"),
    spec(
        Action::FormClose,
        "builder.close",
        "Close; the text is kept until next time",
        &["Esc", "Ctrl-c"],
        BUILDER,
        "Builder",
        "close",
    ),
    spec(Action::ScheduleAdd, "builder.add", "Another schedule for the task", &["F7"], BUILDER, "Builder", "add one"),
    spec(
        Action::ScheduleAfter,
        "builder.next",
        "The next schedule of the task",
        &["F6", "Ctrl-n"],
        BUILDER,
        "Builder",
        "next one",
    ),
    spec(
        Action::SchedulePast,
        "builder.past",
        "Play the last 30 days, or the next ones",
        &["F9"],
        BUILDER,
        "Builder",
        "last 30 days",
    ),
    spec(Action::ScheduleRemove, "builder.remove", "Take this schedule away", &["F8"], BUILDER, "Builder", "remove it"),
    spec(
        Action::FormRevert,
        "builder.revert",
        "What is stored, instead of the text kept from last time",
        &["Ctrl-r"],
        BUILDER,
        "Builder",
        "",
    ),
    spec(Action::FieldAfter, "builder.after", "The next field", &["Tab", "Down"], BUILDER, "Builder", ""),
    spec(Action::FieldBefore, "builder.before", "The field before", &["Shift-Tab", "Up"], BUILDER, "Builder", ""),
    spec(Action::PageDown, "builder.page_down", "More of what comes", &["PgDn"], BUILDER, "Builder", ""),
    spec(Action::PageUp, "builder.page_up", "Back to its beginning", &["PgUp"], BUILDER, "Builder", ""),
    spec(
        Action::FormRevert,
        "form.revert",
        "What is stored, instead of the text kept from last time",
        &["Ctrl-r"],
        FORM,
        "Form",
        "",
    ),
    spec(
        Action::Accept,
        "prompt.accept",
        "Keep the filter, or stay at the match",
        &["Enter"],
        &[Scope::Prompt],
        "Prompt",
        "keep",
    ),
    spec(
        Action::Cancel,
        "prompt.cancel",
        "Back to what was before",
        &["Esc", "Ctrl-c"],
        &[Scope::Prompt],
        "Prompt",
        "cancel",
    ),
    spec(Action::Older, "prompt.older", "What was typed before", &["Up"], &[Scope::Prompt], "Prompt", ""),
    spec(Action::Newer, "prompt.newer", "What was typed after it", &["Down"], &[Scope::Prompt], "Prompt", ""),
    spec(
        Action::Complete,
        "prompt.complete",
        "Filter: complete the key or the value, else the first task that matches",
        &["Tab"],
        &[Scope::Prompt],
        "Prompt",
        "",
    ),
    spec(Action::Accept, "palette.run", "Do it", &["Enter"], PALETTE, "Palette", "do it"),
    spec(Action::Complete, "palette.complete", "Complete it", &["Tab"], PALETTE, "Palette", "complete"),
    spec(Action::Cancel, "palette.close", "Close the palette", &["Esc", "Ctrl-c"], PALETTE, "Palette", "close"),
    spec(
        Action::Older,
        "palette.older",
        "The command before; also by going up where nothing is typed",
        &["Ctrl-p"],
        PALETTE,
        "Palette",
        "",
    ),
    spec(Action::Newer, "palette.newer", "The command after it", &["Ctrl-n"], PALETTE, "Palette", ""),
    spec(Action::Down, "palette.down", "Down", &["Down"], PALETTE, "Palette", ""),
    spec(Action::Up, "palette.up", "Up", &["Up"], PALETTE, "Palette", ""),
    spec(Action::PageDown, "palette.page_down", "A page down", &["PgDn"], PALETTE, "Palette", ""),
    spec(Action::PageUp, "palette.page_up", "A page up", &["PgUp"], PALETTE, "Palette", ""),
    spec(Action::Accept, "help.run", "Do it", &["Enter"], &[Scope::Help], "Help", "do it"),
    spec(Action::Down, "help.down", "Down", &["Down", "Tab"], &[Scope::Help], "Help", ""),
    spec(Action::Up, "help.up", "Up", &["Up", "Shift-Tab"], &[Scope::Help], "Help", ""),
    spec(Action::PageDown, "help.page_down", "A page down", &["PgDn"], &[Scope::Help], "Help", ""),
    spec(Action::PageUp, "help.page_up", "A page up", &["PgUp"], &[Scope::Help], "Help", ""),
    spec(Action::Cancel, "help.close", "Close the help", &["Esc", "Ctrl-c", "F1"], &[Scope::Help], "Help", "close"),
    spec(
        Action::FieldEnter,
        "order.enter",
        "The next field; runs on the last one",
        &["Enter"],
        &[Scope::RunWith],
        "Run with",
        "next",
    ),
    spec(Action::FormSave, "order.run", "Run it", &["Ctrl-s", "F2"], &[Scope::RunWith], "Run with", "run"),
    spec(Action::FieldAfter, "order.after", "The next field", &["Tab", "Down"], &[Scope::RunWith], "Run with", ""),
    spec(
        Action::FieldBefore,
        "order.before",
        "The field before",
        &["Shift-Tab", "Up"],
        &[Scope::RunWith],
        "Run with",
        "",
    ),
    spec(
        Action::FieldLine,
        "order.line",
        "Another variable",
        &["Alt-Enter", "Ctrl-j"],
        &[Scope::RunWith],
        "Run with",
        "",
    ),
    spec(Action::PageDown, "order.page_down", "More of the dry run", &["PgDn"], &[Scope::RunWith], "Run with", ""),
    spec(Action::PageUp, "order.page_up", "Back to its beginning", &["PgUp"], &[Scope::RunWith], "Run with", ""),
    spec(
        Action::FormClose,
        "order.close",
        "Close; the text is kept until next time",
        &["Esc", "Ctrl-c"],
        &[Scope::RunWith],
        "Run with",
        "close",
    ),
    spec(Action::Accept, "tags.accept", "Give it these tags", &["Enter"], &[Scope::Tags], "Tags", "tag"),
    spec(Action::Complete, "tags.complete", "Complete the tag", &["Tab"], &[Scope::Tags], "Tags", "complete"),
    spec(
        Action::Cancel,
        "tags.cancel",
        "Leave the tags as they are",
        &["Esc", "Ctrl-c"],
        &[Scope::Tags],
        "Tags",
        "cancel",
    ),
    spec(
        Action::Open,
        "messages.jump",
        "To the task or the run that it is about",
        &["Enter"],
        &[Scope::Messages],
        "Messages",
        "go there",
    ),
    spec(
        Action::Expand,
        "messages.expand",
        "The whole message, alone",
        &["l", "Right"],
        &[Scope::Messages],
        "Messages",
        "whole",
    ),
    spec(
        Action::Collapse,
        "messages.collapse",
        "Back to all of them",
        &["h", "Left"],
        &[Scope::Messages],
        "Messages",
        "",
    ),
    spec(
        Action::ClearMessages,
        "messages.clear",
        "Clear them, for every dashboard",
        &["c"],
        &[Scope::Messages],
        "Messages",
        "clear",
    ),
    spec(
        Action::Cancel,
        "messages.close",
        "Close the messages",
        &["Esc", "q", "!", "Ctrl-c"],
        &[Scope::Messages],
        "Messages",
        "close",
    ),
    spec(
        Action::OtherFile,
        "versions.file",
        "The script, or its requirements",
        &["Tab"],
        VERSIONS,
        "Versions",
        "requirements",
    ),
    spec(Action::Restore, "versions.restore", "Write it into its file again", &["r"], VERSIONS, "Versions", "restore"),
    spec(Action::Broke, "task.broke", "The version that broke it", &["B"], VERBS, "Tasks", "what broke it"),
    spec(Action::Broke, "versions.broke", "Which version broke it", &["b", "B"], VERSIONS, "Versions", "what broke it"),
    spec(Action::Cancel, "versions.close", "Close them", &["Esc", "q", "V", "Ctrl-c"], VERSIONS, "Versions", "close"),
    spec(Action::NextChange, "compare.next", "The next change", &["n"], &[Scope::Compare], "Compare", "next change"),
    spec(Action::PreviousChange, "compare.before", "The change before", &["N"], &[Scope::Compare], "Compare", "before"),
    spec(
        Action::Loosely,
        "compare.numbers",
        "Whether numbers count: times, sizes, ids",
        &["i"],
        &[Scope::Compare],
        "Compare",
        "numbers",
    ),
    spec(
        Action::Cancel,
        "compare.close",
        "Close it",
        &["Esc", "q", "=", "Ctrl-c"],
        &[Scope::Compare],
        "Compare",
        "close",
    ),
    spec(
        Action::OtherReport(true),
        "reports.next",
        "The next report",
        &["Tab", "l", "Right"],
        REPORTS,
        "Reports",
        "next",
    ),
    spec(
        Action::OtherReport(false),
        "reports.before",
        "The report before",
        &["Shift-Tab", "h", "Left"],
        REPORTS,
        "Reports",
        "",
    ),
    spec(Action::Farther, "reports.farther", "More time: up to 365 days", &["-"], REPORTS, "Reports", "longer"),
    spec(Action::Closer, "reports.closer", "Less time: down to 7 days", &["+"], REPORTS, "Reports", "shorter"),
    spec(Action::GroupBy, "reports.by", "By category, assignee, tag or task", &["b"], REPORTS, "Reports", "group by"),
    spec(
        Action::Open,
        "reports.open",
        "To the task, or to the tasks of the group",
        &["Enter"],
        REPORTS,
        "Reports",
        "go there",
    ),
    spec(Action::CountAgain, "reports.again", "Count again, up to now", &["r"], REPORTS, "Reports", "again"),
    spec(Action::Cancel, "reports.close", "Close them", &["Esc", "q", "%", "Ctrl-c"], REPORTS, "Reports", "close"),
    spec(Action::Accept, "hunt.log", "The log, at this line", &["Enter"], &[Scope::Hunt], "Search", "log"),
    spec(
        Action::FieldAfter,
        "hunt.scope",
        "In the outputs of this task, or of all",
        &["Tab"],
        &[Scope::Hunt],
        "Search",
        "this task or all",
    ),
    spec(
        Action::Cancel,
        "hunt.close",
        "Close it, and search no further",
        &["Esc", "Ctrl-c"],
        &[Scope::Hunt],
        "Search",
        "close",
    ),
    spec(Action::Down, "hunt.down", "Down", &["Down"], &[Scope::Hunt], "Search", ""),
    spec(Action::Up, "hunt.up", "Up", &["Up"], &[Scope::Hunt], "Search", ""),
    spec(Action::PageDown, "hunt.page_down", "A page down", &["PgDn"], &[Scope::Hunt], "Search", ""),
    spec(Action::PageUp, "hunt.page_up", "A page up", &["PgUp"], &[Scope::Hunt], "Search", ""),
    spec(Action::Accept, "import.create", "Create what is new", &["Enter"], &[Scope::Import], "Import", "create"),
    spec(
        Action::OtherSource,
        "import.other",
        "The crontab, or systemd's timers",
        &["Tab", "Shift-Tab"],
        &[Scope::Import],
        "Import",
        "crontab or timers",
    ),
    spec(
        Action::Cancel,
        "import.close",
        "Close it; nothing is created",
        &["Esc", "q", "Ctrl-c"],
        &[Scope::Import],
        "Import",
        "close",
    ),
    spec(Action::Accept, "first.next", "Yes, or choose it", &["Enter"], &[Scope::FirstRun], "First run", "next"),
    spec(Action::Cancel, "first.skip", "Skip this screen", &["Esc"], &[Scope::FirstRun], "First run", "skip"),
    spec(
        Action::Quit,
        "first.close",
        "Skip all screens",
        &["q", "Ctrl-c"],
        &[Scope::FirstRun],
        "First run",
        "skip all",
    ),
    spec(Action::Down, "first.down", "Down", &["j", "Down", "Tab"], &[Scope::FirstRun], "First run", ""),
    spec(Action::Up, "first.up", "Up", &["k", "Up", "Shift-Tab"], &[Scope::FirstRun], "First run", ""),
    spec(Action::Ascii, "first.ascii", "Plain characters", &["a"], &[Scope::FirstRun], "First run", ""),
    spec(Action::Mono, "first.mono", "No colours", &["m"], &[Scope::FirstRun], "First run", ""),
    spec(Action::Accept, "templates.take", "Fill the form", &["Enter"], &[Scope::Templates], "Templates", "take"),
    spec(
        Action::Cancel,
        "templates.close",
        "Close the list",
        &["Esc", "q", "F3", "Ctrl-c"],
        &[Scope::Templates],
        "Templates",
        "close",
    ),
    spec(Action::Copy(Part::Name), "copy.name", "the name", &["y", "n"], COPY, "Copy", ""),
    spec(
        Action::Copy(Part::Command),
        "copy.command",
        "the command, or the path of the script",
        &["c"],
        COPY,
        "Copy",
        "",
    ),
    spec(Action::Copy(Part::When), "copy.when", "the schedules", &["w"], COPY, "Copy", ""),
    spec(Action::Copy(Part::Run), "copy.run", "the number of the run", &["i"], COPY, "Copy", ""),
    spec(Action::Copy(Part::LogPath), "copy.log", "the path of the output", &["l"], COPY, "Copy", ""),
    spec(Action::Accept, "views.show", "Show its tasks; 1 to 9 do it at once", &["Enter"], VIEWS, "Views", "show"),
    spec(Action::SaveView, "views.save", "Keep the filter as a view", &["s"], VIEWS, "Views", "keep the filter"),
    spec(Action::Delete, "views.remove", "Forget this view", &["D"], VIEWS, "Views", "forget"),
    spec(Action::Cancel, "views.close", "Close them", &["Esc", "q", "F", "Ctrl-c"], VIEWS, "Views", "close"),
    spec(
        Action::Accept,
        "categories.show",
        "Show its tasks, and those of what is below it",
        &["Enter"],
        CATEGORIES,
        "Categories",
        "show",
    ),
    spec(
        Action::In,
        "categories.unfold",
        "Unfold it; then to what is below it",
        &["l", "Right"],
        CATEGORIES,
        "Categories",
        "unfold",
    ),
    spec(
        Action::Out,
        "categories.fold",
        "Fold it; then to what is above it",
        &["h", "Left"],
        CATEGORIES,
        "Categories",
        "fold",
    ),
    spec(Action::FoldAll(true), "categories.fold_all", "Fold all", &["-"], CATEGORIES, "Categories", "fold all"),
    spec(Action::FoldAll(false), "categories.unfold_all", "Unfold all", &["="], CATEGORIES, "Categories", "unfold all"),
    spec(
        Action::Cancel,
        "categories.close",
        "Close them",
        &["Esc", "q", "f", "Ctrl-c"],
        CATEGORIES,
        "Categories",
        "close",
    ),
    spec(Action::Accept, "theme.keep", "Keep this theme", &["Enter"], &[Scope::Themes], "Themes", "keep"),
    spec(
        Action::Cancel,
        "theme.back",
        "Back to the theme that was before",
        &["Esc", "q", "C", "Ctrl-c"],
        &[Scope::Themes],
        "Themes",
        "back",
    ),
    spec(Action::Accept, "calendar.day", "The list of the day, or its task", &["Enter"], CALENDAR, "Calendar", "open"),
    spec(Action::Earlier, "calendar.before", "The day before", &["h", "Left"], CALENDAR, "Calendar", "before"),
    spec(Action::Later, "calendar.after", "The day after", &["l", "Right"], CALENDAR, "Calendar", "after"),
    spec(Action::Up, "calendar.up", "A week back, or up", &["k", "Up"], CALENDAR, "Calendar", "up"),
    spec(Action::Down, "calendar.down", "A week on, or down", &["j", "Down"], CALENDAR, "Calendar", "down"),
    spec(Action::Month(false), "calendar.month_before", "The month before", &["[", "PgUp"], CALENDAR, "Calendar", ""),
    spec(Action::Month(true), "calendar.month_after", "The month after", &["]", "PgDn"], CALENDAR, "Calendar", "month"),
    spec(Action::Now, "calendar.today", "Back to today", &["0", "Home"], CALENDAR, "Calendar", "today"),
    spec(
        Action::Cancel,
        "calendar.close",
        "Back to the month, or close it",
        &["Esc", "q", "6", "Ctrl-c"],
        CALENDAR,
        "Calendar",
        "close",
    ),
    spec(Action::Open, "why.log", "What the run of this slot printed", &["Enter"], &[Scope::Why], "Why", "log"),
    spec(Action::Menu(Scope::Sort), "tasks.sort", "Sort or group the tasks", &[","], ANYWHERE, "Tasks", ""),
    spec(Action::Sort(Order::Name), "sort.name", "by name", &["n"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::State), "sort.state", "by state: what needs you first", &["s"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::Next), "sort.next", "by next run", &["x"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::Last), "sort.last", "by last run, the latest first", &["l"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::Due), "sort.due", "by when to-dos are due", &["d"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::Category), "sort.category", "in groups by category", &["c"], SORT, "Sort or group", ""),
    spec(Action::Sort(Order::Tag), "sort.tag", "in groups by first tag", &["t"], SORT, "Sort or group", ""),
    spec(Action::Wider, "column.wider", "A wider side column", &["+"], COLUMNS, "Panes", ""),
    spec(Action::Narrower, "column.narrower", "A narrower side column", &["-"], COLUMNS, "Panes", ""),
    spec(Action::Cancel, "why.close", "Close it", &["Esc", "q", "w", "Ctrl-c"], &[Scope::Why], "Why", "close"),
    spec(Action::EditScript, "script.edit", "Edit the script here", &["Enter", "i"], SCRIPT, "Script", "edit"),
    spec(text(EditorAction::Find), "script.search", "Search in the script", &["/"], SCRIPT, "Script", "search"),
    spec(text(EditorAction::FindNext), "script.next", "The next match", &["n"], SCRIPT, "Script", ""),
    spec(text(EditorAction::FindBefore), "script.before", "The match before", &["N"], SCRIPT, "Script", ""),
    spec(text(EditorAction::NextFile), "script.file", "The next file of the task", &["]", "["], SCRIPT, "Script", ""),
    spec(Action::Sideways(true), "script.right", "The text to the right", &["l", "Right"], SCRIPT, "Script", ""),
    spec(Action::Sideways(false), "script.left", "The text to the left", &["h", "Left"], SCRIPT, "Script", ""),
    spec(
        Action::Cancel,
        "changes.close",
        "Back to the question",
        &["Esc", "q", "Ctrl-c"],
        &[Scope::Changes],
        "Script",
        "back",
    ),
    spec(
        text(EditorAction::Save),
        "editor.save",
        "Save: the next run executes it",
        &["Ctrl-s", "F2"],
        EDITOR,
        "Editor",
        "save",
    ),
    spec(
        text(EditorAction::Run),
        "editor.run",
        "Save what is not saved, and run it now",
        &["F5"],
        EDITOR,
        "Editor",
        "run",
    ),
    spec(
        text(EditorAction::Leave),
        "editor.leave",
        "One step back; at last out of the text, which stays as a draft",
        &["Esc"],
        EDITOR,
        "Editor",
        "leave",
    ),
    spec(text(EditorAction::NextFinding), "editor.problem", "The next problem", &["F8"], EDITOR, "Editor", "problem"),
    spec(
        text(EditorAction::FindingBefore),
        "editor.problem_before",
        "The problem before",
        &["F10"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(
        text(EditorAction::Find),
        "editor.find",
        "Search, by regular expression",
        &["Ctrl-f"],
        EDITOR,
        "Editor",
        "find",
    ),
    spec(Action::Zoom, "editor.zoom", "Zoom the text, and back", &["Alt-z"], EDITOR, "Editor", "zoom"),
    spec(
        text(EditorAction::Replace),
        "editor.replace",
        "Replace, all in one step",
        &["Ctrl-r"],
        EDITOR,
        "Editor",
        "replace",
    ),
    spec(
        text(EditorAction::Undo),
        "editor.undo",
        "Undo, over the whole session",
        &["Ctrl-z", "F6"],
        EDITOR,
        "Editor",
        "undo",
    ),
    spec(text(EditorAction::Redo), "editor.redo", "Redo", &["Ctrl-y", "F7"], EDITOR, "Editor", ""),
    spec(text(EditorAction::FindNext), "editor.next", "The next match", &["F3", "Ctrl-g"], EDITOR, "Editor", ""),
    spec(text(EditorAction::FindBefore), "editor.before", "The match before", &["Ctrl-b"], EDITOR, "Editor", ""),
    spec(text(EditorAction::Line), "editor.line", "Go to a line", &["F9", "Ctrl-t"], EDITOR, "Editor", ""),
    spec(text(EditorAction::Bracket), "editor.bracket", "To the other bracket", &["Ctrl-]"], EDITOR, "Editor", ""),
    spec(
        text(EditorAction::Comment),
        "editor.comment",
        "Comment, or no longer",
        &["Ctrl-_", "Alt-/"],
        EDITOR,
        "Editor",
        "comment",
    ),
    spec(text(EditorAction::Indent), "editor.indent", "Indent", &["Tab"], EDITOR, "Editor", ""),
    spec(text(EditorAction::Dedent), "editor.dedent", "Indent less", &["Shift-Tab"], EDITOR, "Editor", ""),
    spec(
        text(EditorAction::Mark),
        "editor.mark",
        "Select by moving, as Shift with the arrows does",
        &["F4", "Ctrl-Space"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(text(EditorAction::SelectAll), "editor.all", "Select all", &["Ctrl-a"], EDITOR, "Editor", ""),
    spec(
        text(EditorAction::Copy),
        "editor.copy",
        "Copy what is selected, or the line",
        &["Ctrl-c"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(text(EditorAction::Cut), "editor.cut", "Cut what is selected, or the line", &["Ctrl-x"], EDITOR, "Editor", ""),
    spec(text(EditorAction::CutLine), "editor.cut_line", "Cut the line", &["Ctrl-k"], EDITOR, "Editor", ""),
    spec(
        text(EditorAction::Paste),
        "editor.paste",
        "Paste what was cut or copied here",
        &["Ctrl-v", "Ctrl-u"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(
        text(EditorAction::Duplicate),
        "editor.duplicate",
        "Duplicate the line or what is selected",
        &["Ctrl-d"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(
        text(EditorAction::LineUp),
        "editor.line_up",
        "Move the line up",
        &["Alt-Up", "Ctrl-Up"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(
        text(EditorAction::LineDown),
        "editor.line_down",
        "Move the line down",
        &["Alt-Down", "Ctrl-Down"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(
        text(EditorAction::NextFile),
        "editor.file",
        "The next file of the task",
        &["Ctrl-n"],
        EDITOR,
        "Editor",
        "next file",
    ),
    spec(
        text(EditorAction::Palette),
        "editor.palette",
        "Commands: everything by its name",
        &["Ctrl-p"],
        EDITOR,
        "Editor",
        "",
    ),
    spec(Action::Editor, "editor.outside", "The file in $EDITOR", &["Ctrl-o"], EDITOR, "Editor", ""),
    spec(Action::Repaint, "editor.repaint", "Draw the screen anew", &["Ctrl-l"], EDITOR, "Editor", ""),
    spec(Action::Help, "editor.help", "The keys of the editor", &["F1"], EDITOR, "Editor", "keys"),
    spec(Action::Inspect, "editor.inspect", "What a key sends, is called and does", &["F12"], EDITOR, "Editor", ""),
    spec(
        Action::Help,
        "help.here",
        "The keys of what is open",
        &["F1"],
        &[Scope::Form, Scope::Builder, Scope::Prompt, Scope::Palette],
        "Everywhere",
        "",
    ),
    spec(
        Action::Help,
        "help.list",
        "The keys of what is open",
        &["?", "F1"],
        &[Scope::Messages, Scope::Why, Scope::Versions, Scope::Reports],
        "Everywhere",
        "",
    ),
];

/// Every action.
pub fn all() -> impl Iterator<Item = Spec> {
    let log = log::ACTIONS.iter().map(|spec| Spec {
        action: Action::Log(spec.action),
        id: spec.id,
        title: spec.title,
        keys: spec.keys,
        scopes: &[Scope::Log],
        group: "Log",
        hint: spec.hint,
    });
    log.chain(OWN.iter().copied())
}

/// The actions that a key can reach in a scope, in the order of the table.
pub fn within(scope: Scope) -> impl Iterator<Item = Spec> {
    let pane = Scope::PANES.contains(&scope);
    all().filter(move |spec| spec.scopes.contains(&scope) || (pane && spec.scopes.contains(&Scope::Anywhere)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn ux_42_every_action_has_an_id_a_title_a_key_and_a_place() {
        let mut ids = BTreeMap::new();
        for spec in all() {
            assert!(!spec.id.is_empty() && !spec.title.is_empty() && !spec.group.is_empty(), "{spec:?}");
            assert!(!spec.keys.is_empty() && !spec.scopes.is_empty(), "{spec:?}");
            assert!(ids.insert(spec.id, spec.title).is_none(), "two actions are called {}", spec.id);
        }
    }

    #[test]
    fn ux_42_no_two_actions_clash_in_a_scope() {
        let all: Vec<Scope> = all().flat_map(|spec| spec.scopes.iter().copied()).chain(Scope::PANES).collect();
        for scope in all {
            let mut owners = BTreeMap::new();
            for spec in within(scope) {
                for key in spec.keys {
                    // On a to-do a key may do something else.
                    let is_of_todo = spec.action == Action::Describe;
                    if let Some(other) = owners.insert((*key, is_of_todo), spec.id) {
                        panic!("{key} is both {other} and {} in {scope:?}", spec.id);
                    }
                }
            }
        }
    }

    #[test]
    fn ux_38_nothing_that_destroys_is_on_a_control_key_space_or_enter() {
        for spec in all() {
            if spec.action.is_destructive() {
                for key in spec.keys {
                    assert!(!key.starts_with("Ctrl-") && !["Space", "Enter"].contains(key), "{} {key}", spec.id);
                }
            }
        }
    }
}

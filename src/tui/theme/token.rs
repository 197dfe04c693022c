//! What a style is for: every part of the screen has a name, and is drawn by that name only.

/// Makes the enum, its names and the list of all from one table.
macro_rules! tokens {
    ($($(#[doc = $doc:literal])* $token:ident = $name:literal,)*) => {
        /// What a style is for (UX section 5). A theme can change all of it, because nothing is drawn by any other way.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Token {
            $($(#[doc = $doc])* $token,)*
        }

        impl Token {
            /// Every token, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$token,)*];

            /// Its name in a theme, such as `run.ok`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$token => $name,)*
                }
            }
        }
    };
}

tokens! {
    /// The background of the screen. Without one it is the terminal's.
    Bg = "bg",
    /// Text that has no other style.
    Fg = "fg",
    /// Text that is there to be looked up, not to be read first.
    FgMuted = "fg.muted",
    /// What stands between texts: separators, places that are empty.
    FgSubtle = "fg.subtle",
    /// The background of what lies over the panes.
    OverlayBg = "overlay.bg",
    /// What the eye is to find first.
    Accent = "accent",
    /// A second colour beside the first, to tell two things apart.
    AccentAlt = "accent.alt",
    /// The border of a pane.
    Border = "border",
    /// The border of the pane that has the keys.
    BorderFocus = "border.focus",
    /// The border of a pane in which a search or a filter holds.
    BorderSearch = "border.search",
    /// The border around what failed, or of a question about something that cannot be undone.
    BorderError = "border.error",
    /// The title of a pane.
    Title = "title",
    /// The title of the pane that has the keys.
    TitleFocus = "title.focus",
    /// What stands behind a title: how many, which.
    TitleCount = "title.count",
    /// A tab that is not open.
    Tab = "tab",
    /// The tab that is open.
    TabActive = "tab.active",
    /// Text of the header.
    Header = "header",
    /// What in the header needs a person.
    HeaderAlert = "header.alert",
    /// The selected row of the pane that has the keys. Laid over what is in the row; takes its colours, so that it stays readable.
    CursorRow = "cursor.row",
    /// The selected row of another pane; laid over what is in the row.
    CursorRowUnfocused = "cursor.row.unfocused",
    /// The bar at the left of a selected row.
    CursorBar = "cursor.bar",
    /// The sign of a marked row.
    Mark = "mark",
    /// Rows that a range covers; laid over what is in the row.
    Range = "range",
    /// Lines of text that are selected; laid over the text.
    TextSelection = "text.selection",
    /// A task that never ran.
    RunNever = "run.never",
    /// A run that waits for its turn.
    RunQueued = "run.queued",
    /// A run that is running.
    RunRunning = "run.running",
    /// A run that ended well.
    RunOk = "run.ok",
    /// A run that failed.
    RunFailed = "run.failed",
    /// A run that was ended by one of its limits.
    RunTimeout = "run.timeout",
    /// A run that a person stopped.
    RunCancelled = "run.cancelled",
    /// A slot that came due and was not run.
    RunMissed = "run.missed",
    /// A slot that was left out on purpose.
    RunSkipped = "run.skipped",
    /// A run that waits for its next attempt.
    RunRetrying = "run.retrying",
    /// When something runs next.
    SchedNext = "sched.next",
    /// Schedules that rest.
    SchedPaused = "sched.paused",
    /// What should have happened already.
    SchedOverdue = "sched.overdue",
    /// Slots that are in each other's way.
    SchedCollision = "sched.collision",
    /// What a rule was understood as.
    CronOk = "cron.ok",
    /// Where a rule is not understood, and why.
    CronError = "cron.error",
    /// What a run printed.
    LogText = "log.text",
    /// The sign of standard output.
    LogStdoutGutter = "log.stdout.gutter",
    /// The sign of standard error.
    LogStderrGutter = "log.stderr.gutter",
    /// Text on standard error.
    LogStderr = "log.stderr",
    /// What Tempo itself says in a log.
    LogSystem = "log.system",
    /// The time of a line.
    LogTime = "log.time",
    /// The rule where nothing was printed for a while.
    LogGap = "log.gap",
    /// A line of this level.
    LogLevelTrace = "log.level.trace",
    /// A line of this level.
    LogLevelDebug = "log.level.debug",
    /// A line of this level.
    LogLevelInfo = "log.level.info",
    /// A line of this level.
    LogLevelWarn = "log.level.warn",
    /// A line of this level.
    LogLevelError = "log.level.error",
    /// A line of this level.
    LogLevelFatal = "log.level.fatal",
    /// What a search found; laid over the text.
    LogMatch = "log.match",
    /// What a search found and the person is at; laid over the text.
    LogMatchCurrent = "log.match.current",
    /// The sign of a bookmark.
    LogBookmark = "log.bookmark",
    /// The sign of the line that the cursor is on.
    LogCursor = "log.cursor",
    /// Where text was cut or left out.
    LogTruncated = "log.truncated",
    /// An escape sequence that is shown as text.
    LogEscape = "log.escape",
    /// The scrollbar.
    ScrollTrack = "scroll.track",
    /// The part of the scrollbar that is on the screen.
    ScrollThumb = "scroll.thumb",
    /// An error on the scrollbar.
    ScrollMarkError = "scroll.mark.error",
    /// A match on the scrollbar.
    ScrollMarkMatch = "scroll.mark.match",
    /// A bookmark on the scrollbar.
    ScrollMarkBookmark = "scroll.mark.bookmark",
    /// A key.
    HintKey = "hint.key",
    /// What a key does.
    HintText = "hint.text",
    /// What cannot be done now, and why.
    HintDisabled = "hint.disabled",
    /// What a prompt asks for.
    Prompt = "prompt",
    /// What is typed into it.
    PromptText = "prompt.text",
    /// Why what is typed cannot be used.
    PromptError = "prompt.error",
    /// What stands in a prompt before anything is typed.
    PromptGhost = "prompt.ghost",
    /// A message: something to know.
    ToastInfo = "toast.info",
    /// A message: it is done.
    ToastOk = "toast.ok",
    /// A message: something is not as it should be.
    ToastWarn = "toast.warn",
    /// A message: it was not done.
    ToastError = "toast.error",
    /// A number of things that wait to be looked at.
    BadgeCount = "badge.count",
    /// The title of what lies over the panes.
    DialogTitle = "dialog.title",
    /// The text of a question.
    DialogText = "dialog.text",
    /// What would be lost.
    DialogDanger = "dialog.danger",
    /// An answer.
    Button = "button",
    /// The answer that Enter gives; laid over it.
    ButtonFocus = "button.focus",
    /// An answer that destroys something.
    ButtonDanger = "button.danger",
    /// A field of a form.
    Field = "field",
    /// The field that the cursor is in.
    FieldFocus = "field.focus",
    /// A field that is not right, and why.
    FieldError = "field.error",
    /// A bar of a small graph.
    Spark = "spark",
    /// A run that failed, in a small graph.
    SparkFail = "spark.fail",
    /// What ran, in the timeline.
    TimelinePast = "timeline.past",
    /// What runs, in the timeline.
    TimelineRun = "timeline.run",
    /// What is planned, in the timeline.
    TimelinePlan = "timeline.plan",
    /// Now, in the timeline.
    TimelineNow = "timeline.now",
    /// Nothing, in the heat map.
    Heat0 = "heat.0",
    /// A little, in the heat map.
    Heat1 = "heat.1",
    /// Some, in the heat map.
    Heat2 = "heat.2",
    /// Much, in the heat map.
    Heat3 = "heat.3",
    /// The most, in the heat map.
    Heat4 = "heat.4",
    /// A measure far from its limit.
    GaugeLow = "gauge.low",
    /// A measure that comes near its limit.
    GaugeMid = "gauge.mid",
    /// A measure at its limit.
    GaugeHigh = "gauge.high",
    /// The text of a script.
    EdText = "ed.text",
    /// The numbers of its lines.
    EdGutter = "ed.gutter",
    /// The number of the line that the cursor is on.
    EdGutterCurrent = "ed.gutter.current",
    /// The line that the cursor is on; laid over the text.
    EdCursorline = "ed.cursorline",
    /// A bracket and the other one; laid over the text.
    EdBracket = "ed.bracket",
    /// A character that cannot be seen, as text.
    EdWhitespace = "ed.whitespace",
    /// Something doubtful in a script.
    EdDiagWarn = "ed.diag.warn",
    /// Something wrong in a script.
    EdDiagError = "ed.diag.error",
    /// That a text is not saved.
    EdDraft = "ed.draft",
    /// A word of the language.
    SynKeyword = "syn.keyword",
    /// What the language brings along.
    SynBuiltin = "syn.builtin",
    /// A string.
    SynString = "syn.string",
    /// What means something else in a string.
    SynEscape = "syn.escape",
    /// A number.
    SynNumber = "syn.number",
    /// A comment.
    SynComment = "syn.comment",
    /// The name of a function or a type.
    SynFunction = "syn.function",
    /// The name of a value.
    SynVariable = "syn.variable",
    /// An operator.
    SynOperator = "syn.operator",
    /// A text of many lines in a shell script.
    SynHeredoc = "syn.heredoc",
    /// What the grammar does not allow.
    SynError = "syn.error",
}

impl Token {
    /// The token of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|token| token.name() == name)
    }

    /// Whether it is laid over text that has a style of its own, whose colours it replaces.
    pub const fn covers(self) -> bool {
        matches!(
            self,
            Self::CursorRow
                | Self::CursorRowUnfocused
                | Self::Range
                | Self::TextSelection
                | Self::LogMatch
                | Self::LogMatchCurrent
                | Self::ButtonFocus
                | Self::EdCursorline
                | Self::EdBracket
        )
    }
}

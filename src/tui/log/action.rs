//! What a person can do in the log pane: rows for the dashboard's table of actions.

/// One thing that the pane can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each has its title in the table")]
pub enum LogAction {
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    First,
    Last,
    Left,
    Right,
    Follow,
    Stamps,
    Wrap,
    NextMatch,
    PreviousMatch,
    Filter,
    MoreContext,
    LessContext,
    Level,
    Streams,
    NextError,
    PreviousError,
    NextSection,
    PreviousSection,
    GoToTime,
    Bookmark,
    NextBookmark,
    PreviousBookmark,
    Select,
    Copy,
    Save,
    Alert,
    Ansi,
    Open,
    NextRun,
    PreviousRun,
}

impl LogAction {
    /// Whether it needs to know the output of one run.
    pub fn is_of_one_run(self) -> bool {
        matches!(
            self,
            Self::Filter
                | Self::MoreContext
                | Self::LessContext
                | Self::Level
                | Self::Streams
                | Self::NextError
                | Self::PreviousError
                | Self::NextSection
                | Self::PreviousSection
                | Self::GoToTime
                | Self::Bookmark
                | Self::NextBookmark
                | Self::PreviousBookmark
                | Self::Select
                | Self::Copy
                | Self::Save
                | Self::Alert
                | Self::Open
                | Self::NextRun
                | Self::PreviousRun
                | Self::NextMatch
                | Self::PreviousMatch
        )
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct LogSpec {
    /// What it does, to the program.
    pub action: LogAction,
    /// Its stable name.
    pub id: &'static str,
    /// What it does, to the person: one line of the help.
    pub title: &'static str,
    /// The keys, by the names that the dashboard gives them; the first is shown.
    pub keys: &'static [&'static str],
    /// Its word on the hint line; empty when it is not shown there.
    pub hint: &'static str,
}

const fn spec(
    action: LogAction,
    id: &'static str,
    title: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
) -> LogSpec {
    LogSpec { action, id, title, keys, hint }
}

/// Every action of the pane, in the order of the help and of the hint line. The keys are those of less and lnav (UX 3).
pub const ACTIONS: &[LogSpec] = &[
    spec(LogAction::Follow, "log.follow", "Follow the output, or stay here", &["F"], "follow"),
    spec(
        LogAction::Filter,
        "log.filter",
        "Show only lines that match; with ! before it only the others",
        &["&"],
        "filter",
    ),
    spec(
        LogAction::NextError,
        "log.next_error",
        "The next error or warning, and how a failed run ended",
        &["e"],
        "error",
    ),
    spec(LogAction::PreviousError, "log.previous_error", "The error or warning before", &["E"], ""),
    spec(
        LogAction::Level,
        "log.level",
        "Levels: all, info, warn, error; a line without one is info, an indented one as that above",
        &["L"],
        "levels",
    ),
    spec(LogAction::Streams, "log.streams", "Streams: both, standard output, standard error", &["s"], "streams"),
    spec(
        LogAction::Stamps,
        "log.stamps",
        "Times: off, of the day, since the start, since the line before",
        &["t"],
        "times",
    ),
    spec(LogAction::Wrap, "log.wrap", "Long lines: chop, wrap, wrap at words", &["w"], "wrap"),
    spec(LogAction::Select, "log.select", "Select lines; again: end it", &["V", "v"], "select"),
    spec(LogAction::Copy, "log.copy", "Copy the selected lines, or this one", &["y"], "copy"),
    spec(LogAction::Save, "log.save", "Save the selected lines, or all, to a file", &["S"], "save"),
    spec(LogAction::MoreContext, "log.more_context", "A filter shows one more line around", &["Ctrl-e"], ""),
    spec(LogAction::LessContext, "log.less_context", "A filter shows one line less around", &["Ctrl-y"], ""),
    spec(
        LogAction::GoToTime,
        "log.time",
        "Go to a time: 14:12, +90s since the start, -5m from the end",
        &["@"],
        "time",
    ),
    spec(LogAction::Bookmark, "log.bookmark", "Set a bookmark at this line, or take it away", &["m"], ""),
    spec(LogAction::NextBookmark, "log.next_bookmark", "The next bookmark", &["'"], ""),
    spec(LogAction::PreviousBookmark, "log.previous_bookmark", "The bookmark before", &["\""], ""),
    spec(
        LogAction::NextSection,
        "log.next_section",
        "The next section: attempt, other stream, after a pause",
        &["}"],
        "",
    ),
    spec(LogAction::PreviousSection, "log.previous_section", "The section before", &["{"], ""),
    spec(LogAction::NextRun, "log.next_run", "The next run, at the same time since its start", &["]"], ""),
    spec(LogAction::PreviousRun, "log.previous_run", "The run before, at the same time since its start", &["["], ""),
    spec(LogAction::Alert, "log.alert", "Ring when a pattern appears in this run; an empty one ends it", &["f"], ""),
    spec(LogAction::Ansi, "log.ansi", "Colours of the program: as they are, none, shown as escapes", &["A"], ""),
    spec(LogAction::Open, "log.line", "This line as a whole", &["Enter"], ""),
    spec(LogAction::NextMatch, "log.next_match", "The next line that matches the search", &["n"], ""),
    spec(LogAction::PreviousMatch, "log.previous_match", "The matching line before", &["N"], ""),
    spec(LogAction::Down, "log.down", "A line down", &["j", "Down"], ""),
    spec(LogAction::Up, "log.up", "A line up; stops following", &["k", "Up"], ""),
    spec(LogAction::HalfDown, "log.half_down", "Half a page down", &["Ctrl-d"], ""),
    spec(LogAction::HalfUp, "log.half_up", "Half a page up", &["Ctrl-u"], ""),
    spec(LogAction::PageDown, "log.page_down", "A page down", &["PgDn", "Space", "Ctrl-f"], ""),
    spec(LogAction::PageUp, "log.page_up", "A page up", &["PgUp", "b", "Ctrl-b"], ""),
    spec(LogAction::First, "log.first", "To the beginning", &["g", "Home"], ""),
    spec(LogAction::Last, "log.last", "To the end, and follow", &["G", "End"], ""),
    spec(LogAction::Left, "log.left", "Chopped lines: further left", &["h", "Left"], ""),
    spec(LogAction::Right, "log.right", "Chopped lines: further right", &["l", "Right"], ""),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ux_42_no_two_actions_of_the_pane_share_an_id_or_a_key() {
        let ids: BTreeSet<_> = ACTIONS.iter().map(|spec| spec.id).collect();
        let keys: Vec<_> = ACTIONS.iter().flat_map(|spec| spec.keys).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        assert!(ACTIONS.iter().all(|spec| !spec.title.is_empty() && !spec.keys.is_empty()));
    }
}

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
    spec(LogAction::Wrap, "log.wrap", "Chop long lines or wrap them", &["w"], "wrap"),
    spec(LogAction::Stamps, "log.stamps", "Times: off, of the day, since the start", &["t"], "times"),
    spec(LogAction::NextMatch, "log.next_match", "The next line that matches the search", &["n"], ""),
    spec(LogAction::PreviousMatch, "log.previous_match", "The matching line before", &["N"], ""),
    spec(LogAction::Down, "log.down", "A row down", &["j", "Down"], ""),
    spec(LogAction::Up, "log.up", "A row up; stops following", &["k", "Up"], ""),
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

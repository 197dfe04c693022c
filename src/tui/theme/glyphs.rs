//! The characters that are not text, in a set for every terminal and one for most.

use ratatui::symbols::border;

use crate::config::says_unicode;

/// The characters that are not text (UX section 2). Each is one column wide in every terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is its meaning")]
pub struct Glyphs {
    pub running: &'static str,
    pub ok: &'static str,
    pub failed: &'static str,
    pub missed: &'static str,
    pub paused: &'static str,
    pub queued: &'static str,
    pub cancelled: &'static str,
    pub never: &'static str,
    /// A to-do that nobody began.
    pub open: &'static str,
    /// A to-do that somebody is at.
    pub begun: &'static str,
    /// Behind a running task: it printed what was not on the screen yet.
    pub unseen: &'static str,
    pub marked: &'static str,
    /// Left of the selected row.
    pub bar: &'static str,
    pub stdout: &'static str,
    pub stderr: &'static str,
    pub system: &'static str,
    /// Left of the log line that the cursor is on.
    pub log_cursor: &'static str,
    /// At the edge where a line of the log goes on.
    pub chopped: &'static str,
    /// Where text was cut.
    pub ellipsis: &'static str,
    /// How much of something there is: nothing, one, some, much.
    pub levels: [&'static str; 4],
    /// Parts of a bar, from an eighth to the whole.
    pub bars: [&'static str; 8],
    /// How often something happened, from never to very often.
    pub heat: [&'static str; 5],
    /// In the timeline: it ran.
    pub ran: &'static str,
    /// In the timeline: it is running.
    pub runs: &'static str,
    /// In the timeline: it is planned.
    pub planned: &'static str,
    /// In the timeline: where now is.
    pub now: &'static str,
    /// Slots that are in each other's way.
    pub collision: &'static str,
    /// Before by how much later a slot starts.
    pub jitter: &'static str,
    /// Of these is the rule made where nothing was printed for a while.
    pub gap: &'static str,
    pub bookmark: &'static str,
    /// In a tree: something is below it, which is not shown.
    pub folded: &'static str,
    /// In a tree: what is below it is shown.
    pub unfolded: &'static str,
    pub scroll_track: &'static str,
    pub scroll_thumb: &'static str,
    pub border: border::Set<'static>,
}

impl Glyphs {
    /// For a UTF-8 terminal with an ordinary font.
    pub const UNICODE: Self = Self {
        running: "►",
        ok: "✓",
        failed: "✗",
        missed: "!",
        paused: "‖",
        queued: "○",
        cancelled: "⊘",
        never: "·",
        open: "□",
        begun: "◧",
        unseen: "»",
        marked: "●",
        bar: "▌",
        stdout: "│",
        stderr: "┃",
        system: "·",
        log_cursor: "▸",
        chopped: "›",
        ellipsis: "…",
        levels: ["·", "▁", "▄", "█"],
        bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        heat: ["·", "░", "▒", "▓", "█"],
        ran: "█",
        runs: "▓",
        planned: "○",
        now: "┊",
        collision: "‡",
        jitter: "±",
        gap: "─",
        bookmark: "◆",
        folded: "▸",
        unfolded: "▾",
        scroll_track: "│",
        scroll_thumb: "█",
        border: border::ROUNDED,
    };

    /// For anything.
    pub const ASCII: Self = Self {
        running: ">",
        ok: "+",
        failed: "x",
        missed: "!",
        paused: "=",
        queued: "o",
        cancelled: "/",
        never: ".",
        open: "-",
        begun: "%",
        unseen: "+",
        marked: "*",
        bar: ">",
        stdout: "|",
        stderr: "#",
        system: ".",
        log_cursor: "~",
        chopped: ">",
        ellipsis: "~",
        levels: [".", "-", "=", "#"],
        bars: [".", ".", ":", ":", "=", "=", "#", "#"],
        heat: [".", ":", "=", "*", "#"],
        ran: "#",
        runs: ">",
        planned: "o",
        now: "|",
        collision: "*",
        jitter: "~",
        gap: "-",
        bookmark: "*",
        folded: "+",
        unfolded: "-",
        scroll_track: "|",
        scroll_thumb: "#",
        border: border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        },
    };

    /// The set that [`says_unicode`] says.
    pub fn detect(
        lc_all: Option<&str>,
        lc_ctype: Option<&str>,
        lang: Option<&str>,
        term: Option<&str>,
    ) -> &'static Self {
        if says_unicode(lc_all, lc_ctype, lang, term) { &Self::UNICODE } else { &Self::ASCII }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn row_states(glyphs: &Glyphs) -> [&'static str; 10] {
        let Glyphs { running, ok, failed, missed, paused, queued, cancelled, never, open, begun, .. } = *glyphs;
        [running, ok, failed, missed, paused, queued, cancelled, never, open, begun]
    }

    #[test]
    fn ux_27_states_differ_by_glyph_alone_and_every_glyph_is_one_column() {
        for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
            let states: std::collections::BTreeSet<_> = row_states(glyphs).into_iter().collect();
            assert_eq!(states.len(), 10, "{states:?}");
            let Glyphs { marked, bar, stdout, stderr, system, log_cursor, ellipsis, levels, bars, border, .. } =
                *glyphs;
            let Glyphs { heat, ran, runs, planned, now, collision, gap, bookmark, .. } = *glyphs;
            let Glyphs { scroll_track, scroll_thumb, chopped, folded, unfolded, .. } = *glyphs;
            let timeline = [ran, runs, planned, now, collision];
            let frame =
                [border.top_left, border.top_right, border.horizontal_top, border.vertical_left, border.bottom_left];
            for glyph in states
                .into_iter()
                .chain([marked, bar, stdout, stderr, system, log_cursor, ellipsis])
                .chain(frame)
                .chain(levels)
                .chain(bars)
                .chain(heat)
                .chain(timeline)
                .chain([gap, bookmark, scroll_track, scroll_thumb, chopped, folded, unfolded])
            {
                assert_eq!(glyph.width(), 1, "{glyph}");
                // What can be an emoji is two columns wide in some terminals.
                assert!(glyph.is_ascii() || format!("{glyph}\u{fe0f}").width() == 1, "{glyph}");
                assert!(*glyphs != Glyphs::ASCII || glyph.is_ascii(), "{glyph}");
            }
            assert!(stdout != stderr && stderr != system && system != stdout);
            let on_the_line = std::collections::BTreeSet::from([ran, runs, planned, now, collision, glyphs.failed]);
            assert_eq!(on_the_line.len(), 6, "{on_the_line:?}");
            assert_ne!(scroll_track, scroll_thumb);
            assert_ne!(folded, unfolded);
            assert_ne!(bar, border.vertical_left, "the bar stands beside the border");
        }
    }

    #[test]
    fn the_glyphs_follow_the_first_locale_variable_that_has_a_value() {
        let xterm = Some("xterm");
        for (lc_all, lc_ctype, lang, term, expected) in [
            (None, None, Some("en_US.UTF-8"), xterm, &Glyphs::UNICODE),
            (Some(""), None, Some("C.utf8"), xterm, &Glyphs::UNICODE),
            (Some("C"), None, Some("en_US.UTF-8"), xterm, &Glyphs::ASCII),
            (None, Some("de_DE.ISO-8859-1"), Some("de_DE.UTF-8"), xterm, &Glyphs::ASCII),
            (None, None, None, xterm, &Glyphs::ASCII),
            (None, None, Some("en_US.UTF-8"), Some("linux"), &Glyphs::ASCII),
        ] {
            assert_eq!(
                Glyphs::detect(lc_all, lc_ctype, lang, term),
                expected,
                "{lc_all:?} {lc_ctype:?} {lang:?} {term:?}"
            );
        }
    }
}

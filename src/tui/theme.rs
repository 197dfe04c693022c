//! How things look: what each part of the screen is called, and the style and glyph that it has.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// What a style is for (UX section 5). Each is drawn by this name only, so that a theme can change all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is its meaning")]
pub enum Token {
    FgMuted,
    Accent,
    Border,
    BorderFocus,
    Title,
    TitleFocus,
    /// The selected row. Patched over what is in it; takes its colours, so that it stays readable in any palette.
    Selection,
    RunNever,
    RunQueued,
    RunRunning,
    RunOk,
    RunFailed,
    RunTimeout,
    RunCancelled,
    RunMissed,
    RunSkipped,
    SchedPaused,
    LogStdoutGutter,
    LogStderrGutter,
    LogStderr,
    LogSystem,
    LogTime,
    HintKey,
    HintText,
    ToastInfo,
    ToastOk,
    ToastWarn,
    ToastError,
    Dialog,
    FieldFocus,
    FieldError,
}

/// A set of styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The 16 colours of the terminal on its own background. Text that is read keeps the terminal's own foreground; a colour
    /// alone only repeats what a glyph or a word says, because no colour is readable on black and on white in every palette.
    Ansi,
    /// Attributes only.
    Mono,
}

impl Theme {
    /// Mono when `NO_COLOR` has any value (no-color.org) or the terminal is a monochrome one, else ansi.
    pub fn detect(no_color: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        let monochrome =
            term.starts_with("vt1") || term.starts_with("vt2") || term.ends_with("-m") || term.ends_with("-mono");
        if no_color.is_some_and(|value| !value.is_empty()) || monochrome { Self::Mono } else { Self::Ansi }
    }

    /// The style of a part of the screen; it is patched over the default one of the terminal.
    pub fn style(self, token: Token) -> Style {
        match self {
            Self::Ansi => ansi(token),
            Self::Mono => mono(token),
        }
    }
}

fn ansi(token: Token) -> Style {
    let plain = Style::new();
    // A pair of colours is readable whatever the background around it is.
    let on = |bg| plain.fg(Color::Black).bg(bg);
    match token {
        Token::BorderFocus => plain.fg(Color::Cyan),
        Token::Accent | Token::RunRunning => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
        Token::RunOk => plain.fg(Color::Green),
        Token::RunFailed => plain.fg(Color::Red).add_modifier(Modifier::BOLD),
        Token::RunMissed => plain.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        Token::RunQueued | Token::SchedPaused => plain.fg(Color::Magenta),
        Token::RunTimeout | Token::LogStderrGutter | Token::LogStderr | Token::FieldError => plain.fg(Color::Red),
        Token::ToastInfo => on(Color::Cyan),
        Token::ToastOk => on(Color::Green),
        Token::ToastWarn => on(Color::Yellow),
        Token::ToastError => plain.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
        other => mono(other),
    }
}

fn mono(token: Token) -> Style {
    let plain = Style::new();
    // Dim, not the bright black of so many themes, which is the background itself in some palettes.
    let dim = plain.add_modifier(Modifier::DIM);
    let bold = plain.add_modifier(Modifier::BOLD);
    let reverse = plain.add_modifier(Modifier::REVERSED);
    match token {
        Token::Selection => reverse
            .fg(Color::Reset)
            .bg(Color::Reset)
            .remove_modifier(Modifier::DIM | Modifier::BOLD | Modifier::UNDERLINED),
        Token::FgMuted
        | Token::Border
        | Token::RunNever
        | Token::RunCancelled
        | Token::RunSkipped
        | Token::LogStdoutGutter
        | Token::LogSystem
        | Token::LogTime
        | Token::HintText => dim,
        Token::Accent
        | Token::BorderFocus
        | Token::TitleFocus
        | Token::RunRunning
        | Token::RunFailed
        | Token::RunTimeout
        | Token::RunMissed
        | Token::LogStderrGutter
        | Token::HintKey => bold,
        Token::FieldFocus => plain.add_modifier(Modifier::UNDERLINED),
        Token::FieldError => bold.add_modifier(Modifier::UNDERLINED),
        Token::ToastInfo | Token::ToastOk => reverse,
        Token::ToastWarn | Token::ToastError => reverse.add_modifier(Modifier::BOLD),
        Token::Title | Token::RunQueued | Token::RunOk | Token::SchedPaused | Token::LogStderr | Token::Dialog => plain,
    }
}

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
    pub marked: &'static str,
    /// Left of the selected row.
    pub bar: &'static str,
    pub stdout: &'static str,
    pub stderr: &'static str,
    pub system: &'static str,
    /// Left of the log line that the cursor is on.
    pub log_cursor: &'static str,
    /// Where text was cut.
    pub ellipsis: &'static str,
    /// How much of something there is: nothing, one, some, much.
    pub levels: [&'static str; 4],
    /// Parts of a bar, from an eighth to the whole.
    pub bars: [&'static str; 8],
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
        marked: "●",
        bar: "▌",
        stdout: "│",
        stderr: "┃",
        system: "·",
        log_cursor: "▸",
        ellipsis: "…",
        levels: ["·", "▁", "▄", "█"],
        bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
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
        marked: "*",
        bar: "|",
        stdout: "|",
        stderr: "#",
        system: ".",
        log_cursor: "~",
        ellipsis: "~",
        levels: [".", "-", "=", "#"],
        bars: [".", ".", ":", ":", "=", "=", "#", "#"],
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

    /// ASCII when the locale is not UTF-8 (the first of `LC_ALL`, `LC_CTYPE`, `LANG` that has a value names it) or the
    /// terminal is the Linux console, whose font has few of the glyphs.
    pub fn detect(
        lc_all: Option<&str>,
        lc_ctype: Option<&str>,
        lang: Option<&str>,
        term: Option<&str>,
    ) -> &'static Self {
        let locale = [lc_all, lc_ctype, lang].into_iter().flatten().find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        if utf8 && term != Some("linux") { &Self::UNICODE } else { &Self::ASCII }
    }
}

/// Why the dashboard cannot start (UX 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotStart {
    /// Standard input or output is a file, a pipe, or nothing.
    #[error("the dashboard needs a terminal on standard input and output; `tempo --help` lists what works without one")]
    NoTerminal,
    /// A terminal that can only print lines.
    #[error(
        "the dashboard needs a terminal that can move its cursor, and TERM is `dumb`; `tempo --help` lists what works without one"
    )]
    Dumb,
}

/// Whether the dashboard can start: `stdin` and `stdout` say whether those are terminals.
pub fn can_start(stdin: bool, stdout: bool, term: Option<&str>) -> Result<(), CannotStart> {
    if !(stdin && stdout) {
        Err(CannotStart::NoTerminal)
    } else if term == Some("dumb") {
        Err(CannotStart::Dumb)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const STATES: [Token; 10] = [
        Token::RunNever,
        Token::RunQueued,
        Token::RunRunning,
        Token::RunOk,
        Token::RunFailed,
        Token::RunTimeout,
        Token::RunCancelled,
        Token::RunMissed,
        Token::RunSkipped,
        Token::SchedPaused,
    ];

    fn row_states(glyphs: &Glyphs) -> [&'static str; 8] {
        let Glyphs { running, ok, failed, missed, paused, queued, cancelled, never, .. } = *glyphs;
        [running, ok, failed, missed, paused, queued, cancelled, never]
    }

    #[test]
    fn ux_26_the_selection_is_reverse_video_without_colours_in_every_theme() {
        for theme in [Theme::Ansi, Theme::Mono] {
            for state in STATES {
                let style = theme.style(state).patch(theme.style(Token::Selection));
                assert!(style.add_modifier.contains(Modifier::REVERSED), "{theme:?} {state:?}");
                assert_eq!((style.fg, style.bg), (Some(Color::Reset), Some(Color::Reset)), "{theme:?} {state:?}");
                assert!(!style.add_modifier.contains(Modifier::DIM), "{theme:?} {state:?}");
            }
        }
    }

    #[test]
    fn mono_has_no_colour_but_the_terminals_own() {
        for token in STATES.into_iter().chain([
            Token::Accent,
            Token::ToastError,
            Token::ToastWarn,
            Token::LogStderr,
            Token::FieldError,
        ]) {
            let style = Theme::Mono.style(token);
            assert_eq!((style.fg, style.bg), (None, None), "{token:?}");
        }
    }

    #[test]
    fn text_in_ansi_has_the_terminals_own_foreground_or_brings_its_background() {
        for token in [
            Token::FgMuted,
            Token::Title,
            Token::HintKey,
            Token::HintText,
            Token::LogTime,
            Token::Dialog,
            Token::FieldFocus,
        ] {
            assert_eq!(Theme::Ansi.style(token).fg, None, "{token:?}");
        }
        for token in [Token::ToastInfo, Token::ToastOk, Token::ToastWarn, Token::ToastError] {
            let style = Theme::Ansi.style(token);
            assert!(style.fg.is_some() && style.bg.is_some(), "{token:?}");
        }
    }

    #[test]
    fn ux_27_states_differ_by_glyph_alone_and_every_glyph_is_one_column() {
        for glyphs in [&Glyphs::UNICODE, &Glyphs::ASCII] {
            let states: std::collections::BTreeSet<_> = row_states(glyphs).into_iter().collect();
            assert_eq!(states.len(), 8, "{states:?}");
            let Glyphs { marked, bar, stdout, stderr, system, log_cursor, ellipsis, levels, bars, border, .. } =
                *glyphs;
            let frame =
                [border.top_left, border.top_right, border.horizontal_top, border.vertical_left, border.bottom_left];
            for glyph in states
                .into_iter()
                .chain([marked, bar, stdout, stderr, system, log_cursor, ellipsis])
                .chain(frame)
                .chain(levels)
                .chain(bars)
            {
                assert_eq!(glyph.width(), 1, "{glyph}");
                assert!(*glyphs != Glyphs::ASCII || glyph.is_ascii(), "{glyph}");
            }
            assert!(stdout != stderr && stderr != system && system != stdout);
        }
    }

    #[test]
    fn the_theme_follows_no_color_and_the_terminal() {
        for (no_color, term, expected) in [
            (None, Some("xterm-256color"), Theme::Ansi),
            (None, None, Theme::Ansi),
            (Some(""), Some("tmux-256color"), Theme::Ansi),
            (Some("1"), Some("xterm"), Theme::Mono),
            (Some("0"), None, Theme::Mono),
            (None, Some("vt220"), Theme::Mono),
            (None, Some("linux-m"), Theme::Mono),
        ] {
            assert_eq!(Theme::detect(no_color, term), expected, "{no_color:?} {term:?}");
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

    #[test]
    fn ux_53_what_is_no_terminal_or_a_dumb_one_is_refused_in_one_line() {
        assert_eq!(can_start(true, true, Some("xterm")), Ok(()));
        assert_eq!(can_start(true, true, None), Ok(()));
        for (stdin, stdout, term) in [(false, true, "xterm"), (true, false, "xterm"), (true, true, "dumb")] {
            let refusal = can_start(stdin, stdout, Some(term)).unwrap_err().to_string();
            assert!(refusal.contains("terminal") && !refusal.contains('\n'), "{refusal}");
        }
    }
}

//! How things look: what each part of the screen is called, and the style and glyph that it has.

mod glyphs;
mod token;

use ratatui::style::{Color, Modifier, Style};

pub use self::glyphs::Glyphs;
pub use self::token::Token;

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
    let bold = |fg| plain.fg(fg).add_modifier(Modifier::BOLD);
    match token {
        Token::Accent | Token::RunRunning | Token::CursorBar | Token::LogCursor | Token::TimelineRun => {
            bold(Color::Cyan)
        }
        Token::BorderFocus | Token::AccentAlt | Token::SchedNext | Token::Spark | Token::TimelinePast => {
            plain.fg(Color::Cyan)
        }
        Token::RunOk | Token::CronOk | Token::GaugeLow | Token::Heat1 => plain.fg(Color::Green),
        Token::RunFailed | Token::SparkFail | Token::LogLevelFatal | Token::ScrollMarkError => bold(Color::Red),
        Token::HeaderAlert | Token::DialogDanger | Token::ButtonDanger | Token::GaugeHigh | Token::Heat4 => {
            bold(Color::Red)
        }
        Token::RunMissed | Token::SchedOverdue | Token::SchedCollision | Token::Mark | Token::LogLevelWarn => {
            bold(Color::Magenta)
        }
        Token::RunQueued | Token::SchedPaused | Token::RunRetrying | Token::GaugeMid | Token::LogBookmark => {
            plain.fg(Color::Magenta)
        }
        Token::ScrollMarkBookmark | Token::LogEscape | Token::Heat2 => plain.fg(Color::Magenta),
        Token::RunTimeout
        | Token::LogStderrGutter
        | Token::LogStderr
        | Token::LogLevelError
        | Token::FieldError
        | Token::PromptError
        | Token::CronError
        | Token::Heat3
        | Token::BorderError => plain.fg(Color::Red),
        Token::BorderSearch | Token::ScrollMarkMatch => plain.fg(Color::Yellow),
        Token::LogMatchCurrent => on(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Token::BadgeCount | Token::ToastWarn => on(Color::Yellow),
        Token::ToastInfo => on(Color::Cyan),
        Token::ToastOk => on(Color::Green),
        Token::ToastError => plain.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
        other => mono(other),
    }
}

fn mono(token: Token) -> Style {
    let plain = Style::new();
    // Dim, not the bright black of so many themes, which is the background itself in some palettes.
    let dim = plain.add_modifier(Modifier::DIM);
    let bold = plain.add_modifier(Modifier::BOLD);
    let underlined = plain.add_modifier(Modifier::UNDERLINED);
    let reverse = plain.add_modifier(Modifier::REVERSED);
    let covering = plain.fg(Color::Reset).bg(Color::Reset);
    match token {
        Token::CursorRow | Token::TextSelection | Token::LogMatch | Token::ButtonFocus => covering
            .add_modifier(Modifier::REVERSED)
            .remove_modifier(Modifier::DIM | Modifier::BOLD | Modifier::UNDERLINED),
        Token::LogMatchCurrent => covering
            .add_modifier(Modifier::REVERSED | Modifier::BOLD | Modifier::UNDERLINED)
            .remove_modifier(Modifier::DIM),
        Token::Range => underlined,
        Token::FgMuted
        | Token::FgSubtle
        | Token::Border
        | Token::TitleCount
        | Token::Tab
        | Token::RunNever
        | Token::RunCancelled
        | Token::RunSkipped
        | Token::LogStdoutGutter
        | Token::LogSystem
        | Token::LogTime
        | Token::LogGap
        | Token::LogLevelTrace
        | Token::LogLevelDebug
        | Token::LogTruncated
        | Token::ScrollTrack
        | Token::HintText
        | Token::HintDisabled
        | Token::PromptGhost
        | Token::TimelinePlan
        | Token::Heat0 => dim,
        Token::Accent
        | Token::BorderFocus
        | Token::BorderSearch
        | Token::BorderError
        | Token::TitleFocus
        | Token::TabActive
        | Token::HeaderAlert
        | Token::CursorBar
        | Token::Mark
        | Token::RunRunning
        | Token::RunFailed
        | Token::RunTimeout
        | Token::RunMissed
        | Token::SchedOverdue
        | Token::SchedCollision
        | Token::CronError
        | Token::LogStderrGutter
        | Token::LogLevelWarn
        | Token::LogLevelError
        | Token::LogLevelFatal
        | Token::LogBookmark
        | Token::LogCursor
        | Token::ScrollThumb
        | Token::ScrollMarkError
        | Token::ScrollMarkMatch
        | Token::ScrollMarkBookmark
        | Token::HintKey
        | Token::Prompt
        | Token::PromptError
        | Token::DialogTitle
        | Token::DialogDanger
        | Token::ButtonDanger
        | Token::SparkFail
        | Token::TimelineRun
        | Token::TimelineNow
        | Token::Heat4
        | Token::GaugeHigh => bold,
        Token::FieldFocus | Token::LogEscape => underlined,
        Token::FieldError => bold.add_modifier(Modifier::UNDERLINED),
        Token::ToastInfo | Token::ToastOk => reverse,
        Token::ToastWarn | Token::ToastError | Token::BadgeCount => reverse.add_modifier(Modifier::BOLD),
        Token::Bg
        | Token::Fg
        | Token::OverlayBg
        | Token::AccentAlt
        | Token::Title
        | Token::Header
        | Token::CursorRowUnfocused
        | Token::RunQueued
        | Token::RunOk
        | Token::RunRetrying
        | Token::SchedNext
        | Token::SchedPaused
        | Token::CronOk
        | Token::LogText
        | Token::LogStderr
        | Token::LogLevelInfo
        | Token::PromptText
        | Token::DialogText
        | Token::Button
        | Token::Field
        | Token::Spark
        | Token::TimelinePast
        | Token::Heat1
        | Token::Heat2
        | Token::Heat3
        | Token::GaugeLow
        | Token::GaugeMid => plain,
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

    #[test]
    fn ux_26_the_selection_is_reverse_video_without_colours_in_every_theme() {
        for theme in [Theme::Ansi, Theme::Mono] {
            for state in STATES {
                let style = theme.style(state).patch(theme.style(Token::CursorRow));
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
            Token::DialogText,
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
    fn ux_53_what_is_no_terminal_or_a_dumb_one_is_refused_in_one_line() {
        assert_eq!(can_start(true, true, Some("xterm")), Ok(()));
        assert_eq!(can_start(true, true, None), Ok(()));
        for (stdin, stdout, term) in [(false, true, "xterm"), (true, false, "xterm"), (true, true, "dumb")] {
            let refusal = can_start(stdin, stdout, Some(term)).unwrap_err().to_string();
            assert!(refusal.contains("terminal") && !refusal.contains('\n'), "{refusal}");
        }
    }
}

//! How the dashboard is to look: by the settings, and by what the terminal says of itself.

use std::path::Path;

use super::theme::{Depth, Glyphs, Theme};
use super::view::Look;
use crate::config::{Charset, Problem, Settings, ThemeChoice};

/// The colours and characters of the settings, and what could not be used of the theme. `themes` is the folder of the person's own,
/// `variable` the environment.
pub(super) fn of(
    settings: &Settings,
    themes: &Path,
    variable: impl Fn(&str) -> Option<String>,
) -> (Look, Vec<Problem>) {
    let [term, lc_all, lc_ctype, lang] = ["TERM", "LC_ALL", "LC_CTYPE", "LANG"].map(&variable);
    let glyphs = match settings.charset {
        Charset::Auto => Glyphs::detect(lc_all.as_deref(), lc_ctype.as_deref(), lang.as_deref(), term.as_deref()),
        Charset::Unicode => &Glyphs::UNICODE,
        Charset::Ascii => &Glyphs::ASCII,
    };
    let (theme, problems) = match Theme::read(themes, theme(settings, &variable), depth(&variable)) {
        Ok(read) => read,
        Err(problem) => (Theme::Ansi, vec![problem]),
    };
    (Look { theme, glyphs }, problems)
}

/// How many colours the terminal has. `NO_COLOR` is no word on that: it chooses a theme.
pub(super) fn depth(variable: impl Fn(&str) -> Option<String>) -> Depth {
    let [colorterm, term] = ["COLORTERM", "TERM"].map(variable);
    Depth::detect(colorterm.as_deref(), term.as_deref())
}

/// The name of the theme. `NO_COLOR` with any value (no-color.org) holds where the settings name none.
pub(super) fn theme(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> &str {
    match &settings.theme {
        ThemeChoice::Named(name) => name,
        ThemeChoice::Auto if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) => "mono",
        ThemeChoice::Auto => "ansi",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Token;

    fn look(theme: ThemeChoice, variables: &[(&str, &str)]) -> Look {
        let settings = Settings { theme, ..Settings::default() };
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let (look, problems) = of(&settings, Path::new("/nowhere"), variable);
        assert_eq!(problems, []);
        look
    }

    #[test]
    fn ux_26_no_color_is_the_mono_theme_unless_the_person_named_one() {
        let named = |name: &str| ThemeChoice::Named(name.to_owned());
        for (theme, variables, mono) in [
            (ThemeChoice::Auto, &[("TERM", "xterm-256color")][..], false),
            (ThemeChoice::Auto, &[], false),
            (ThemeChoice::Auto, &[("TERM", "tmux-256color"), ("NO_COLOR", "")], false),
            (ThemeChoice::Auto, &[("TERM", "xterm"), ("NO_COLOR", "1")], true),
            (ThemeChoice::Auto, &[("NO_COLOR", "0"), ("COLORTERM", "truecolor")], true),
            (ThemeChoice::Auto, &[("TERM", "vt220")], true),
            (ThemeChoice::Auto, &[("TERM", "linux-m")], true),
            (named("dark"), &[("TERM", "vt220")], true),
            (named("dark"), &[("TERM", "xterm"), ("NO_COLOR", "1")], false),
            (named("mono"), &[("COLORTERM", "truecolor")], true),
        ] {
            let look = look(theme.clone(), variables);
            assert_eq!(look.theme.is_mono(), mono, "{theme:?} {variables:?}");
            if mono {
                assert_eq!(look.style(Token::CursorRow), Theme::Mono.style(Token::CursorRow));
            }
        }
    }

    #[test]
    fn a_theme_that_went_away_leaves_ansi_and_a_word_on_it() {
        let settings = Settings { theme: ThemeChoice::Named("gone".to_owned()), ..Settings::default() };
        let (look, problems) = of(&settings, Path::new("/nowhere"), |_| None);
        assert_eq!(look.theme, Theme::Ansi);
        assert!(problems[0].text.contains("there is no theme `gone`"), "{problems:?}");
    }
}

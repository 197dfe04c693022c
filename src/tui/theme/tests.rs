//! What holds for every theme: contrast, the selection, states without colours; and how a theme is read.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::config::themes::{self, BUILT_IN};

const DEPTHS: [Depth; 4] = [Depth::Mono, Depth::Sixteen, Depth::Many, Depth::True];

const STATES: [Token; 11] = [
    Token::RunNever,
    Token::RunQueued,
    Token::RunRunning,
    Token::RunOk,
    Token::RunFailed,
    Token::RunTimeout,
    Token::RunCancelled,
    Token::RunMissed,
    Token::RunSkipped,
    Token::RunRetrying,
    Token::SchedPaused,
];

/// Lines, dots and bars: they are looked at, not read. What they say is said by their form too.
const DRAWN: [Token; 24] = [
    Token::Bg,
    Token::OverlayBg,
    Token::FgSubtle,
    Token::Border,
    Token::BorderFocus,
    Token::BorderSearch,
    Token::BorderError,
    Token::CursorBar,
    Token::LogStdoutGutter,
    Token::LogStderrGutter,
    Token::LogGap,
    Token::ScrollTrack,
    Token::ScrollThumb,
    Token::ScrollMarkError,
    Token::ScrollMarkMatch,
    Token::ScrollMarkBookmark,
    Token::Spark,
    Token::SparkFail,
    Token::TimelineNow,
    Token::Heat0,
    Token::Heat1,
    Token::Heat2,
    Token::Heat3,
    Token::Heat4,
];

fn built_in(name: &str, depth: Depth) -> Theme {
    let (theme, problems) = Theme::read(Path::new(""), name, depth).unwrap();
    assert_eq!(problems, [], "{name}");
    theme
}

fn all() -> impl Iterator<Item = (&'static str, Depth, Theme)> {
    BUILT_IN.into_iter().flat_map(|(name, _)| DEPTHS.map(|depth| (name, depth, built_in(name, depth))))
}

/// The relative luminance of WCAG 2.
fn luminance(colour: Color) -> f64 {
    let (r, g, b) = colour::rgb(colour).unwrap();
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The contrast ratio of WCAG 2.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn ux_26_text_is_readable_on_every_ground_that_a_built_in_theme_paints() {
    let mut painted = 0;
    for (name, depth, theme) in all().filter(|(_, depth, _)| matches!(depth, Depth::Many | Depth::True)) {
        let (Some(text), Some(ground)) = theme.ground() else { continue };
        painted += 1;
        // 256 colours are steps: what is right in 24 bits may be off by half of one. 3:1 is what WCAG asks of large text.
        let least = if depth == Depth::True { 4.5 } else { 3.0 };
        let overlay = theme.style(Token::OverlayBg).bg.unwrap_or(ground);
        let rows = [Token::CursorRow, Token::CursorRowUnfocused, Token::Range, Token::TextSelection];
        for token in Token::ALL.iter().filter(|token| !DRAWN.contains(token)) {
            let style = theme.style(*token);
            let mut grounds = vec![style.bg.unwrap_or(ground), style.bg.unwrap_or(overlay)];
            let mut inks = vec![style.fg.unwrap_or(text)];
            if !token.covers() {
                for row in rows.map(|row| theme.style(row)).into_iter().filter(|_| style.bg.is_none()) {
                    inks.push(row.fg.unwrap_or(inks[0]));
                    grounds.push(row.bg.unwrap());
                }
            }
            inks.resize(grounds.len(), inks[0]);
            for (at, ground) in grounds.iter().enumerate() {
                let ink = if at < 2 { inks[0] } else { inks[at - 1] };
                let ratio = contrast(ink, *ground);
                assert!(ratio >= least, "{name} {depth:?}: {} has {ratio:.2} on {ground}", token.name());
            }
        }
        for token in [Token::Border, Token::BorderFocus, Token::CursorBar, Token::ScrollThumb] {
            let ratio = contrast(theme.style(token).fg.unwrap(), ground);
            assert!(ratio >= 1.5, "{name} {depth:?}: {} has {ratio:.2}", token.name());
        }
    }
    assert_eq!(painted, 12, "six themes in two depths paint their ground");
}

#[test]
fn ux_26_the_selected_row_is_another_ground_or_reversed_in_every_theme_at_every_depth() {
    for (name, depth, theme) in all() {
        for token in
            [Token::CursorRow, Token::TextSelection, Token::LogMatch, Token::LogMatchCurrent, Token::ButtonFocus]
        {
            for state in STATES {
                let style = theme.style(state).patch(theme.style(token));
                let reversed = style.add_modifier.contains(Modifier::REVERSED);
                let ground = theme.ground().1.unwrap_or(Color::Reset);
                let on_another = style.bg.is_some_and(|bg| bg != ground);
                assert!(reversed || on_another, "{name} {depth:?} {token:?} {state:?}");
                if reversed {
                    assert!(!style.add_modifier.contains(Modifier::DIM), "{name} {depth:?} {token:?} {state:?}");
                    assert_ne!(style.fg, theme.style(state).fg.filter(|fg| *fg != Color::Reset), "its colours go");
                }
            }
        }
    }
}

#[test]
fn ux_26_the_selection_of_ansi_and_mono_is_reverse_video_without_colours() {
    for theme in [Theme::Ansi, Theme::Mono] {
        for state in STATES {
            let style = theme.style(state).patch(theme.style(Token::CursorRow));
            assert!(style.add_modifier.contains(Modifier::REVERSED), "{theme:?} {state:?}");
            assert_eq!((style.fg, style.bg), (Some(Color::Reset), Some(Color::Reset)), "{theme:?} {state:?}");
        }
    }
}

#[test]
fn mono_has_no_colour_but_the_terminals_own_on_any_terminal() {
    let own = [None, Some(Color::Reset)];
    for depth in DEPTHS {
        let theme = built_in("mono", depth);
        assert!(theme.is_mono());
        for token in Token::ALL {
            let style = theme.style(*token);
            assert!(own.contains(&style.fg) && own.contains(&style.bg), "{token:?}");
        }
        assert_eq!(theme.colour(Color::Red), None);
    }
}

#[test]
fn every_theme_is_mono_where_there_are_no_colours_and_says_itself_how() {
    for (name, _, theme) in all().filter(|(_, depth, _)| *depth == Depth::Mono) {
        assert!(theme.is_mono(), "{name}");
        for token in Token::ALL {
            assert_eq!(theme.style(*token), Theme::Mono.style(*token), "{name} {token:?}");
        }
    }
    let (theme, problems) = read("\"run.ok\" = { fg = \"red\", mono = [\"underline\", \"bold\"] }", Depth::Mono);
    assert_eq!(problems, [""; 0]);
    assert_eq!(theme.style(Token::RunOk), Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD));
}

#[test]
fn text_in_ansi_has_the_terminals_own_foreground_or_brings_its_background() {
    assert_eq!(Theme::Ansi.ground(), (None, None));
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
    for token in [Token::ToastInfo, Token::ToastOk, Token::ToastWarn, Token::ToastError, Token::BadgeCount] {
        let style = Theme::Ansi.style(token);
        assert!(style.fg.is_some() && style.bg.is_some(), "{token:?}");
    }
}

#[test]
fn the_themes_at_the_end_of_the_chain_say_every_token() {
    for name in ["ansi", "mono", "dark"] {
        let text = themes::built_in(name).unwrap().text;
        for token in Token::ALL {
            assert!(text.contains(&format!("\n\"{}\" = ", token.name())), "{name} does not say {}", token.name());
        }
    }
}

/// Reads a theme from a file of its own.
fn read(text: &str, depth: Depth) -> (Theme, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.toml"), text).unwrap();
    let (theme, problems) = Theme::read(folder.path(), "mine", depth).unwrap();
    let place = format!("{}/", folder.path().display());
    (theme, problems.iter().map(|problem| problem.to_string().replace(&place, "")).collect())
}

#[test]
fn a_theme_that_leaves_tokens_out_inherits_them_from_ansi_or_from_the_one_it_names() {
    let (theme, problems) = read("\"run.ok\" = { fg = 208, bg = \"#102030\", attrs = [\"italic\"] }", Depth::True);
    assert_eq!(problems, [""; 0]);
    let style = Style::new().fg(Color::Indexed(208)).bg(Color::Rgb(16, 32, 48)).add_modifier(Modifier::ITALIC);
    assert_eq!(theme.style(Token::RunOk), style);
    assert_eq!(theme.style(Token::RunFailed), Theme::Ansi.style(Token::RunFailed));

    let text =
        "inherits = \"dark\"\n\"run.failed\" = { fg = \"mine\" }\n[palette]\nmine = \"blue\"\ngreen = \"#010203\"\n";
    let (theme, problems) = read(text, Depth::True);
    assert_eq!(problems, [""; 0]);
    assert_eq!(theme.style(Token::RunFailed), Style::new().fg(Color::Blue));
    assert_eq!(theme.style(Token::RunOk).fg, Some(Color::Rgb(1, 2, 3)), "the palette recolours what is inherited");
    assert_eq!(theme.ground(), built_in("dark", Depth::True).ground());
}

#[test]
fn a_dotted_name_needs_no_quotes() {
    let (theme, problems) =
        read("run.ok = { fg = \"red\" }\n[title]\nfg = \"blue\"\nfocus = { fg = \"cyan\" }", Depth::True);
    assert_eq!(problems, [""; 0]);
    assert_eq!(theme.style(Token::RunOk), Style::new().fg(Color::Red));
    assert_eq!(theme.style(Token::Title), Style::new().fg(Color::Blue));
    assert_eq!(theme.style(Token::TitleFocus), Style::new().fg(Color::Cyan));
}

#[test]
fn what_is_wrong_in_a_theme_is_named_with_its_line_and_the_rest_is_used() {
    let text = "\"run.okay\" = { fg = \"red\" }\n\
                \"run.ok\" = { fg = \"gren\", attrs = [\"blod\", \"bold\"] }\n\
                \"run.failed\" = { fg = 256, background = \"red\" }\n\
                title = \"red\"\n\
                nonsense = 3\n\
                \"run.missed\" = { fg = \"blue\" }\n\
                [palette]\nmine = \"#12\"\n";
    let (theme, problems) = read(text, Depth::True);
    for expected in [
        "mine.toml:1: there is no token `run.okay`; there are run.never, run.queued, run.running",
        "mine.toml:2: run.ok: `gren` is no colour; right is \"default\", one of the 16 names",
        "mine.toml:2: run.ok: attrs takes a list of \"bold\", \"dim\"",
        "mine.toml:3: run.failed: a colour is \"default\"",
        "mine.toml:3: run.failed takes fg, bg, attrs and mono, not `background`",
        "mine.toml:4: title takes a style, as in { fg = \"red\"",
        "mine.toml:5: there is no token `nonsense`",
        "mine.toml:8: mine takes \"default\"",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}\n{problems:#?}");
    }
    assert_eq!(problems.len(), 8, "{problems:#?}");
    assert_eq!(theme.style(Token::RunOk), Style::new().add_modifier(Modifier::BOLD));
    assert_eq!(theme.style(Token::RunMissed), Style::new().fg(Color::Blue));
}

#[test]
fn a_line_that_is_not_toml_hides_no_other() {
    let (theme, problems) =
        read("\"run.ok\" = { fg = \"red\" }\ntitle = = {}\n\"run.missed\" = { fg = \"blue\" }\n", Depth::True);
    assert!(
        problems.iter().all(|problem| problem.starts_with("mine.toml:2: ")) && !problems.is_empty(),
        "{problems:?}"
    );
    assert_eq!(theme.style(Token::RunOk), Style::new().fg(Color::Red));
    assert_eq!(theme.style(Token::RunMissed), Style::new().fg(Color::Blue));
}

#[test]
fn a_theme_that_there_is_not_names_those_that_there_are_also_when_it_is_inherited_from() {
    let problem = Theme::read(Path::new("/nowhere"), "drak", Depth::True).unwrap_err();
    assert!(problem.text.contains("there is no theme `drak`; there are ansi, dark"), "{problem}");
    let (_, problems) = read("\ninherits = \"drak\"", Depth::True);
    assert!(problems[0].starts_with("mine.toml:2: there is no theme `drak`"), "{problems:?}");
    let (_, problems) = read("inherits = \"mine\"", Depth::True);
    assert_eq!(problems, ["mine.toml:1: inherits from `mine`, which inherits from it"]);
}

#[test]
fn a_file_may_inherit_from_the_built_in_theme_whose_name_it_has() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dark.toml"), "inherits = \"dark\"\ntitle = { fg = 9 }").unwrap();
    let (theme, problems) = Theme::read(folder.path(), "dark", Depth::True).unwrap();
    assert_eq!(problems, []);
    assert_eq!(theme.style(Token::Title).fg, Some(Color::LightRed));
    assert_eq!(theme.ground(), built_in("dark", Depth::True).ground());
}

#[test]
fn every_token_is_drawn_by_some_part_of_the_screen() {
    fn sources(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if ["tests", "tests.rs", "theme"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                sources(&path, into);
            } else {
                into.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui"), &mut text);
    let named: BTreeSet<&str> = text
        .split("Token::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next())
        .collect();
    let unused: Vec<String> =
        Token::ALL.iter().map(|token| format!("{token:?}")).filter(|token| !named.contains(token.as_str())).collect();
    assert!(unused.is_empty(), "nothing is drawn in {unused:?}");
}

#[test]
fn the_same_styles_are_kept_once() {
    let (Theme::Read(one), Theme::Read(other)) = (built_in("dark", Depth::True), built_in("dark", Depth::True)) else {
        panic!("a theme that was read is one that was read");
    };
    assert!(std::ptr::eq(one, other));
}

//! Files are changed as editors do, and what the thread then says is looked at.

use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::config::{Charset, ThemeChoice};
use crate::tui::action::{Action, Scope};
use crate::tui::msg::InForce;
use crate::tui::theme::{Glyphs, Token};

/// Far longer than it takes: only a failure waits so long.
const SOON: Duration = Duration::from_secs(30);

/// A thread over a folder of its own.
struct Bench {
    home: tempfile::TempDir,
    worker: SettingsWorker,
    told: mpsc::Receiver<Msg>,
}

impl Bench {
    fn new(text: &str, variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), text).unwrap();
        Self::over(home, variables)
    }

    fn over(home: tempfile::TempDir, variables: &[(&str, &str)]) -> Self {
        let paths = Paths::under(home.path());
        let variables: Variables =
            variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let settings = Loaded::read(&paths.settings(), variables.iter().cloned()).settings;
        let variable = |name: &str| variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let (look, _) = look::of(&settings, &paths.themes(), variable);
        let (tell, told) = mpsc::channel();
        let worker = SettingsWorker::start(&paths, settings, Keymap::default(), look, variables.clone(), move |msg| {
            let _ = tell.send(msg);
        });
        Self { home, worker: worker.unwrap(), told }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Saves as most editors do: a new file takes the place of the old one.
    fn save(&self, name: &str, text: &str) {
        let new = self.path("4913~");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, self.path(name)).unwrap();
    }

    /// What is in force after the next change, and what was said of it.
    fn next(&self) -> (InForce, Vec<String>) {
        match self.told.recv_timeout(SOON) {
            Ok(Msg::InForce(in_force)) => {
                let told = in_force.told.iter().map(|(_, text)| text.clone()).collect();
                (*in_force, told)
            }
            other => panic!("{other:?}"),
        }
    }
}

fn named(name: &str) -> ThemeChoice {
    ThemeChoice::Named(name.to_owned())
}

#[test]
fn a_good_change_of_the_settings_is_in_force_at_once_however_it_is_saved() {
    let bench = Bench::new("", &[("LANG", "C.UTF-8"), ("COLORTERM", "truecolor")]);
    bench.save("config.toml", "theme = \"light\"\nreduced_motion = true\n");
    let (in_force, told) = bench.next();
    assert_eq!(told, ["config.toml: theme = \"light\", reduced_motion = true"]);
    assert_eq!((in_force.settings.theme, in_force.settings.reduced_motion), (named("light"), true));
    assert!(in_force.look.theme.ground().1.is_some());
    assert_eq!(*in_force.look.glyphs, Glyphs::UNICODE);

    std::fs::write(bench.path("config.toml"), "charset = \"ascii\"\n").unwrap();
    let (in_force, told) = bench.next();
    assert_eq!(told, ["config.toml: theme = \"auto\", charset = \"ascii\", reduced_motion = false"]);
    assert_eq!(*in_force.look.glyphs, Glyphs::ASCII);

    std::fs::remove_file(bench.path("config.toml")).unwrap();
    assert_eq!(bench.next().0.settings.charset, Charset::Auto);
}

#[test]
fn a_bad_change_leaves_what_was_and_names_file_line_and_what_would_be_right() {
    let bench = Bench::new("theme = \"dark\"\n", &[]);
    bench.save("config.toml", "charset = \"ascii\"\ntheme = \"drak\"\n");
    let (in_force, told) = bench.next();
    assert_eq!((in_force.settings.theme, in_force.settings.charset), (named("dark"), Charset::Ascii));
    assert_eq!(told[0], "config.toml: charset = \"ascii\"");
    assert!(told[1].starts_with("config.toml:2: there is no theme `drak`; there are ansi, dark"), "{told:?}");
    assert!(told[1].ends_with("; what was before holds"), "{told:?}");

    bench.save("config.toml", "charset = \"unicode\"\ntheme = \n");
    let (in_force, told) = bench.next();
    assert_eq!((in_force.settings.theme, in_force.settings.charset), (named("dark"), Charset::Ascii));
    assert!(told[0].starts_with("config.toml:2: "), "{told:?}");

    bench.save("config.toml", "charset = \"ascii\"\ntheme = \"dark\"\n");
    assert_eq!(bench.next().1, ["config.toml is right again"]);
}

#[test]
fn keys_that_are_edited_hold_at_once_and_bad_ones_leave_those_before() {
    let bench = Bench::new("", &[]);
    bench.save("keys.toml", "\"task.run\" = \"F6\"\n");
    let (in_force, told) = bench.next();
    assert_eq!(told, ["keys.toml: the keys are as it says"]);
    let runs = |keymap: &Keymap, key| keymap.find(Scope::Tasks, key).is_some_and(|row| row.action == Action::Run);
    assert!(runs(&in_force.keymap, "F6") && !runs(&in_force.keymap, "r"));
    bench.save("keys.toml", "\n\"task.rum\" = \"F7\"\n");
    let (in_force, told) = bench.next();
    assert!(told[0].starts_with("keys.toml:2: ") && told[0].ends_with("; what was before holds"), "{told:?}");
    assert!(runs(&in_force.keymap, "F6"));
}

#[test]
fn a_setting_of_the_engine_says_that_it_waits_for_a_restart() {
    let bench = Bench::new("", &[]);
    bench.save("config.toml", "max_running = 3\ntheme = \"mono\"\n");
    let (_, told) = bench.next();
    assert_eq!(told, ["config.toml: max_running = 3 needs a restart of tempo", "config.toml: theme = \"mono\""]);
}

#[test]
fn a_variable_goes_before_the_file_also_while_tempo_runs() {
    let bench = Bench::new("", &[("TEMPO_THEME", "mono"), ("TERM", "xterm-256color")]);
    bench.save("config.toml", "theme = \"light\"\ncharset = \"ascii\"\n");
    let (in_force, told) = bench.next();
    assert_eq!(told, ["config.toml: charset = \"ascii\""]);
    assert!(in_force.look.theme.is_mono());
    bench.worker.send(ThemeWish::Keep("dark".to_owned()));
    let (in_force, told) = bench.next();
    assert!(in_force.look.theme.is_mono());
    assert_eq!(told, ["theme dark is in config.toml:1, but TEMPO_THEME=mono goes before it"]);
}

#[test]
fn a_theme_that_is_edited_is_drawn_at_once_also_when_its_folder_is_made_later() {
    let home = tempfile::tempdir().unwrap();
    let bench = Bench::over(home, &[("COLORTERM", "truecolor")]);
    std::fs::create_dir(bench.path("themes")).unwrap();
    bench.save("themes/mine.toml", "\"run.ok\" = { fg = \"#010203\" }\n");
    bench.save("config.toml", "theme = \"mine\"\n");
    let (in_force, told) = bench.next();
    assert_eq!(told, ["config.toml: theme = \"mine\""]);
    let rgb = |r, g, b| Some(ratatui::style::Color::Rgb(r, g, b));
    assert_eq!(in_force.look.style(Token::RunOk).fg, rgb(1, 2, 3));

    bench.save("themes/mine.toml", "\"run.ok\" = { fg = \"#040506\" }\n");
    let (in_force, told) = bench.next();
    assert_eq!(told, ["theme mine was read again"]);
    assert_eq!(in_force.look.style(Token::RunOk).fg, rgb(4, 5, 6));

    bench.save("themes/mine.toml", "\n\"run.ok\" = { fg = \"#0405\" }\n");
    let (in_force, told) = bench.next();
    assert!(told[0].starts_with("themes/mine.toml:2: run.ok: `#0405` is no colour; right is"), "{told:?}");
    assert_eq!(in_force.look.style(Token::RunOk).fg, rgb(4, 5, 6));
}

#[test]
fn a_file_that_is_a_link_is_watched_where_it_leads() {
    let (home, dotfiles) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let real = dotfiles.path().join("tempo.toml");
    std::fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, home.path().join("config.toml")).unwrap();
    let bench = Bench::over(home, &[]);
    std::fs::write(&real, "theme = \"dark\"\n").unwrap();
    assert_eq!(bench.next().1, ["config.toml: theme = \"dark\""]);
}

#[test]
fn what_else_is_written_beside_the_settings_is_no_change() {
    let bench = Bench::new("", &[]);
    for name in ["tempo.db", "tempo.db-wal", "wake", "config.toml~", ".config.toml.swp"] {
        std::fs::write(bench.path(name), "x").unwrap();
    }
    bench.save("config.toml", "theme = \"mono\"\n");
    assert_eq!(bench.next().1, ["config.toml: theme = \"mono\""]);
    assert!(bench.told.try_recv().is_err());
}

#[test]
fn a_theme_that_is_kept_is_written_between_the_comments_and_told_once() {
    let bench = Bench::new("# mine\ntheme = \"dark\" # at night\n", &[("TERM", "xterm")]);
    bench.worker.send(ThemeWish::Keep("light".to_owned()));
    let (in_force, told) = bench.next();
    assert_eq!(in_force.settings.theme, named("light"));
    assert_eq!(told, ["theme light; it is in config.toml:2"]);
    assert_eq!(std::fs::read_to_string(bench.path("config.toml")).unwrap(), "# mine\ntheme = \"light\" # at night\n");
    // That the file changed by it is no news. The next one is.
    bench.save("config.toml", "theme = \"mono\"\n");
    assert_eq!(bench.next().1, ["config.toml: theme = \"mono\""]);
}

#[test]
fn the_list_has_every_theme_as_this_terminal_shows_it() {
    let bench = Bench::new("theme = \"dark\"", &[("NO_COLOR", "1")]);
    std::fs::create_dir(bench.path("themes")).unwrap();
    std::fs::write(bench.path("themes/mine.toml"), "").unwrap();
    bench.worker.send(ThemeWish::List);
    let Ok(Msg::Themes { choices, current, theme }) = bench.told.recv_timeout(SOON) else { panic!("no list") };
    let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!((names[..2].to_vec(), *names.last().unwrap()), (vec!["ansi", "dark"], "mine"));
    assert_eq!((current.as_str(), theme), ("dark", choices[1].theme));
    let in_sixteen = |theme: Theme| theme.colour(ratatui::style::Color::Rgb(250, 0, 0));
    assert_eq!(in_sixteen(choices[1].theme), Some(ratatui::style::Color::LightRed));
    assert!(choices.iter().any(|choice| choice.name == "mono" && choice.theme.is_mono()));
}

//! How the dashboard looks on a real terminal: colours by the terminal and the settings, themes, and changes of files while it runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::session::Session;

const TEMPO: &str = env!("CARGO_BIN_EXE_tempo");

/// A dashboard over a folder of its own, with a task in it.
struct House {
    home: tempfile::TempDir,
    session: Session,
}

impl House {
    fn new(settings: &str, variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.toml"), settings).unwrap();
        for (name, command) in [("alpha", "echo; sleep 600"), ("bravo", "true")] {
            let mut add = Command::new(TEMPO);
            add.arg("--home").arg(home.path()).args(["add", name, "--command", command]);
            assert!(add.output().unwrap().status.success());
        }
        let session = start(home.path(), variables);
        Self { home, session }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.home.path().join(name)).unwrap()
    }

    /// Saves as most editors do.
    fn save(&self, name: &str, text: &str) {
        let new = self.home.path().join("new~");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.home.path().join(name)).unwrap();
    }
}

fn start(home: &Path, variables: &[(&str, &str)]) -> Session {
    let path = home.to_str().unwrap();
    let variables = [&[("TEMPO_HOME", path), ("HOME", path)], variables].concat();
    let session = Session::start(Path::new(TEMPO), &[], &variables, (100, 24));
    session.wait_for_text("▌· alpha");
    session
}

/// The background of the first cell.
fn ground(screen: &vt100::Screen) -> vt100::Color {
    screen.cell(0, 0).unwrap().bgcolor()
}

#[test]
fn ux_26_no_color_leaves_the_bar_and_the_reverse_video_of_the_selection_and_no_colour_at_all() {
    let house = House::new("", &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    let screen = house.session.wait_for_text("▌· alpha");
    let row = (0..).zip(screen.contents().lines()).find(|(_, line)| line.contains("▌· alpha")).unwrap().0;
    assert!((2..20).all(|column| screen.cell(row, column).unwrap().inverse()));
    let raw = house.session.raw();
    assert!(!raw.contains("\x1b[m"), "a bare SGR would take the reverse video along");
    for sequence in raw.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m').map(|(sequence, _)| sequence)) {
        let numbers = sequence.split(';').map(str::parse::<u16>);
        let colours = numbers.flatten().filter(|n| matches!(n, 30..=49 | 90..=107));
        assert_eq!(
            colours.filter(|_| sequence.bytes().all(|b| b.is_ascii_digit() || b == b';')).count(),
            0,
            "{sequence}"
        );
    }
}

#[test]
fn a_theme_is_picked_seen_at_once_and_there_after_a_restart() {
    let mut house = House::new("# mine\n", &[("COLORTERM", "truecolor")]);
    assert_eq!(ground(&house.session.wait_for_text("engine here")), vt100::Color::Default);
    house.session.send("C");
    house.session.wait_for_text("solarized-dark");
    house.session.send("j");
    house.session.wait_for("the theme dark", |screen| ground(screen) == vt100::Color::Rgb(0x14, 0x17, 0x1c));
    house.session.send("\x1b");
    house.session.wait_for("what was before", |screen| ground(screen) == vt100::Color::Default);
    assert_eq!(house.read("config.toml"), "# mine\n");

    house.session.send("C");
    house.session.wait_for_text("solarized-dark");
    house.session.send("jj\r");
    let light = vt100::Color::Rgb(0xfb, 0xfb, 0xfa);
    let kept = house.session.wait_for_text("theme light; it is in config.toml:");
    assert_eq!(ground(&kept), light);
    assert_eq!(house.read("config.toml"), "theme = \"light\"\n# mine\n");
    house.session.send("q");
    let House { home, session } = house;
    assert_eq!(session.finish().exit.exit_code(), 0);
    let session = start(home.path(), &[("COLORTERM", "truecolor")]);
    session.wait_for("the kept theme", |screen| ground(screen) == light);
    // A terminal with 256 colours gets the nearest of them.
    drop(session);
    let session = start(home.path(), &[]);
    session.wait_for("one of 256", |screen| matches!(ground(screen), vt100::Color::Idx(16..)));
}

#[test]
fn files_that_change_while_it_runs_are_in_force_at_once_and_bad_ones_name_their_line() {
    let house = House::new("", &[("COLORTERM", "truecolor")]);
    house.save("config.toml", "charset = \"ascii\"\n");
    let screen = house.session.wait_for_text("config.toml: charset = \"ascii\"");
    assert!(screen.contents().is_ascii(), "{}", screen.contents());
    house.save("config.toml", "charset = \"ascii\"\ntheme = \"mime\"\n");
    house.session.wait_for_text("config.toml:2: there is no theme `mime`");
    fs::create_dir(house.home.path().join("themes")).unwrap();
    house.save("themes/mine.toml", "bg = { bg = \"#010203\" }\n");
    house.save("config.toml", "charset = \"ascii\"\ntheme = \"mine\"\n");
    house.session.wait_for("the theme", |screen| ground(screen) == vt100::Color::Rgb(1, 2, 3));
    house.save("themes/mine.toml", "bg = { bg = \"#040506\" }\n");
    house.session.wait_for("the theme as it is now", |screen| ground(screen) == vt100::Color::Rgb(4, 5, 6));
    house.save("themes/mine.toml", "bg = { bg = \"#0405\" }\n");
    let screen = house.session.wait_for_text("themes/mine.toml:1: bg: `#0405` is no colour");
    assert_eq!(ground(&screen), vt100::Color::Rgb(4, 5, 6));
}

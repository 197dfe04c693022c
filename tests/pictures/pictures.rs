//! Draws the pictures of `assets/pictures`: the real program on a real terminal, over an example store that is always the same, on a
//! machine called `homelab` whose clock shows a Monday in January. `cargo run --release --example pictures [NAME...]`; it needs
//! `cc` and `unshare`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a command for us: it says what it wrote, or ends at what is wrong"
)]

#[expect(dead_code, reason = "of the harness of the tests only a part is needed here")]
#[path = "../pty/session.rs"]
mod session;
mod store;
mod svg;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use self::session::Session;

/// What the clock of the machine shows.
const NOW: &str = "2026-01-05T14:12:43Z";

/// One step on the way to a picture.
enum Step {
    /// Types keys.
    Keys(&'static str),
    /// Waits until this is on the screen.
    Until(&'static str),
}
use Step::{Keys, Until};

/// A picture: its name, the size of the terminal, the theme, and how to get there from the first screen.
struct Picture {
    name: &'static str,
    size: (u16, u16),
    theme: &'static str,
    steps: &'static [Step],
}

const PICTURES: &[Picture] = &[
    Picture {
        name: "dashboard",
        size: (120, 40),
        theme: "dark",
        steps: &[
            Keys("/offsite\r"),
            Until("▌✗ offsite-sync"),
            Keys("\x1b"),
            Until("backup-db"),
            Until("connection reset"),
        ],
    },
    Picture {
        name: "search",
        size: (120, 30),
        theme: "dark",
        steps: &[
            Keys("/offsite\r"),
            Until("▌✗ offsite-sync"),
            Keys("\x1b"),
            Until("connection reset"),
            Keys("4/error|reset\r"),
            Until("/error|reset"),
        ],
    },
    Picture {
        name: "builder",
        size: (100, 32),
        theme: "dark",
        steps: &[Until("backup-db"), Keys("s"), Until("Next runs"), Until("Mon")],
    },
    Picture {
        name: "timeline",
        size: (120, 24),
        theme: "dark",
        steps: &[Until("backup-db"), Keys("5z"), Until("media-transcode")],
    },
    Picture { name: "small", size: (80, 24), theme: "dark", steps: &[Until("backup-db")] },
];

/// The themes that are shown side by side, at this size.
const SIDE_BY_SIDE: [&str; 6] = ["dark", "light", "solarized-dark", "solarized-light", "high-contrast", "deuteranopia"];
const EACH: (u16, u16) = (80, 22);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let machine = Machine::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    fs::create_dir_all(&folder).unwrap();
    for picture in PICTURES.iter().filter(|picture| is_wanted(picture.name)) {
        let screen = machine.screen(picture);
        write(&folder, picture.name, &svg::picture(&screen));
    }
    if is_wanted("themes") {
        let steps = &[Until("backup-db"), Until("│")];
        let screens = SIDE_BY_SIDE.map(|theme| machine.screen(&Picture { name: theme, size: EACH, theme, steps }));
        write(&folder, "themes", &svg::side_by_side(&SIDE_BY_SIDE, &screens, 2));
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name).with_extension("svg");
    fs::write(&file, text).unwrap();
    println!("{} ({} KiB)", file.display(), text.len() / 1024);
}

/// The machine: a clock, a program, a folder.
struct Machine {
    folder: PathBuf,
    program: PathBuf,
}

impl Machine {
    fn new() -> Self {
        let program = build();
        let folder = std::env::temp_dir().join("tempo-pictures");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clock/shim.c");
        let compiled =
            Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&folder.join("shim.so"), &shim]).status();
        assert!(compiled.unwrap().success());
        Self { folder, program }
    }

    /// The screen of a picture, over a store of its own.
    fn screen(&self, picture: &Picture) -> vt100::Screen {
        let now: Timestamp = NOW.parse().unwrap();
        let home = self.folder.join(picture.name);
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        store::fill(&home, now);
        let clocks = home.join("clocks");
        let file = File::create_new(&clocks).unwrap();
        let set = |earlier: Duration| {
            let added = i64::try_from((now - earlier).duration_since(Timestamp::now()).as_nanos()).unwrap();
            file.write_all_at(&[added.to_ne_bytes(), 0_i64.to_ne_bytes()].concat(), 0).unwrap();
        };
        set(store::RUNNING_FOR);
        let search = std::env::var("PATH").unwrap();
        let search = format!("{}:{search}", store::programs(&home).display());
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let (home, shim, clocks) = (path(&home), path(&self.folder.join("shim.so")), path(&clocks));
        let variables = [
            ("PATH", search.as_str()),
            ("TEMPO_HOME", home.as_str()),
            ("HOME", &home),
            ("TZ", "UTC"),
            ("COLORTERM", "truecolor"),
            ("TEMPO_THEME", picture.theme),
            ("LD_PRELOAD", &shim),
            ("TEMPO_TEST_CLOCKS", &clocks),
        ];
        let program = path(&self.program);
        let args = ["-Ur", "--uts", "sh", "-c", "hostname homelab && exec \"$0\"", &program];
        let mut session = Session::start(Path::new("unshare"), &args, &variables, picture.size);
        session.wait_for("what runs", |screen| screen.contents().contains("► 2"));
        set(Duration::ZERO);
        for step in picture.steps {
            match step {
                Keys(keys) => {
                    // Each one by itself, as a person types: a burst that begins with Escape is one thing.
                    for key in keys.chars() {
                        session.send(key.to_string());
                        thread::sleep(Duration::from_millis(60));
                    }
                }
                Until(text) => {
                    session.wait_for_text(text);
                }
            }
        }
        // What was said goes, and answers that are on their way come.
        thread::sleep(Duration::from_secs(3));
        let screen = session.wait_for("the picture", |_| true);
        // Back to the top, one layer after the other, and out.
        let asks = |screen: &vt100::Screen| screen.contents().contains("keep going in the background");
        while !asks(&session.wait_for("any frame", |_| true)) {
            session.send("\x03");
            thread::sleep(Duration::from_millis(300));
        }
        session.send("s");
        session.finish();
        screen
    }
}

/// Builds the program with the profile of this one.
fn build() -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--bin", "tempo", "--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    assert!(command.status().unwrap().success());
    std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("tempo")
}

//! The thread that knows the settings, the keys and the themes on the disk: it reads them again when a person changed them, lists the
//! themes, and keeps one.
//!
//! Nothing is asked for by the clock: inotify tells of every file that was written to its end or moved to its place, which is how
//! editors save.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::effect::ThemeWish;
use super::keymap::Keymap;
use super::look;
use super::mailbox::{Mailbox, Sender};
use super::model::themes::Choice;
use super::model::toast::Level;
use super::msg::{InForce, Msg};
use super::theme::Theme;
use super::view::Look;
use crate::config::{Loaded, Paths, Problem, SETTINGS, Settings, edit, themes};
use crate::watch::{Watch, Watched};

/// An editor does more than one thing to save a file: what it does within this time is one change.
const SETTLED: Duration = Duration::from_millis(50);

/// The settings that the dashboard takes up while it runs.
const LIVE: [&str; 6] = ["theme", "charset", "reduced_motion", "read_only_scripts", "editor_keys", "types"];

/// The variables of the environment.
type Variables = Vec<(String, String)>;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct SettingsWorker {
    wishes: Sender<Option<ThemeWish>>,
}

impl SettingsWorker {
    /// Starts the thread, which begins with the settings and the look in force; `tell` takes what it has to say, from that thread.
    pub(super) fn start(
        paths: &Paths,
        settings: Settings,
        keymap: Keymap,
        look: Look,
        variables: Variables,
        tell: impl Fn(Msg) + Send + 'static,
    ) -> io::Result<Self> {
        let mailbox = Mailbox::new()?;
        let wishes = mailbox.sender();
        let file = paths.settings();
        let folder = file.parent().map(Path::to_owned).unwrap_or_default();
        let (themes, keys) = (paths.themes(), paths.keys());
        let mut keeper = Keeper { file, folder, themes, keys, settings, keymap, look, variables, wrong: false };
        let watching = Watching::new(&keeper)?;
        thread::Builder::new().name("tui-settings".to_owned()).spawn(move || keeper.run(&mailbox, watching, tell))?;
        Ok(Self { wishes })
    }

    /// Passes a wish on.
    pub(super) fn send(&self, wish: ThemeWish) {
        self.wishes.send(Some(wish));
    }
}

impl Drop for SettingsWorker {
    fn drop(&mut self) {
        self.wishes.send(None);
    }
}

/// What is in force, and where it comes from.
struct Keeper {
    file: PathBuf,
    folder: PathBuf,
    themes: PathBuf,
    keys: PathBuf,
    settings: Settings,
    keymap: Keymap,
    look: Look,
    variables: Variables,
    /// The settings had a problem when they were read last.
    wrong: bool,
}

/// What changed on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Changed {
    settings: bool,
    keys: bool,
    themes: bool,
}

impl Keeper {
    fn run(&mut self, mailbox: &Mailbox<Option<ThemeWish>>, mut watching: Watching, tell: impl Fn(Msg)) {
        let mut changed = Changed::default();
        let mut due: Option<Instant> = None;
        loop {
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            wait(mailbox, &watching.watch, left);
            while let Some(wish) = mailbox.try_recv() {
                match wish {
                    Some(ThemeWish::List) => tell(self.list()),
                    Some(ThemeWish::Keep(name)) => tell(self.keep(&name)),
                    None => return,
                }
            }
            if watching.look(self, &mut changed) {
                due = Some(Instant::now() + SETTLED);
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                due = None;
                if let Some(msg) = self.read_again(std::mem::take(&mut changed)) {
                    tell(msg);
                }
                watching.follow_link(&self.file);
            }
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// All themes, as this terminal shows them.
    fn list(&self) -> Msg {
        let depth = look::depth(|name| self.variable(name));
        let read = |name: &String| {
            let theme = Theme::read(&self.themes, name, depth).map_or(Theme::Ansi, |(theme, _)| theme);
            Choice { name: name.clone(), theme }
        };
        let choices = themes::names(&self.themes).iter().map(read).collect();
        let current = look::theme(&self.settings, |name| self.variable(name)).to_owned();
        Msg::Themes { choices, current, theme: self.look.theme }
    }

    /// Writes a theme into the settings. A variable goes before them all the same.
    fn keep(&mut self, name: &str) -> Msg {
        let mut told = Vec::new();
        match edit::write(&self.file, "theme", name) {
            Err(problem) => told.push((Level::Error, self.brief(&problem))),
            Ok(line) => {
                let place = format!("{}:{line}", self.name());
                let mut settings = self.settings.clone();
                if let Some(value) = self.variable("TEMPO_THEME") {
                    let text = format!("theme {name} is in {place}, but TEMPO_THEME={value} goes before it");
                    told.push((Level::Warn, text));
                } else {
                    settings.theme = crate::config::ThemeChoice::Named(name.to_owned());
                    told.push((Level::Ok, format!("theme {name}; it is in {place}")));
                }
                let (look, problems) = self.look_of(&settings);
                (self.settings, self.look) = (settings, look);
                told.extend(problems.iter().map(|problem| (Level::Warn, self.brief(problem))));
            }
        }
        self.in_force(told)
    }

    /// Reads what changed, takes up what is right of it, and says so. What is wrong leaves all as it was.
    fn read_again(&mut self, changed: Changed) -> Option<Msg> {
        let loaded = Loaded::read(&self.file, self.variables.iter().cloned());
        let settings = loaded.after(&self.settings);
        let mut told = Vec::new();
        let value = |key: &str, of: &Settings| {
            SETTINGS.iter().find(|setting| setting.key == key).map(|setting| format!("{key} = {}", setting.value(of)))
        };
        let differs = |key: &&str| value(key, &settings) != value(key, &self.settings);
        let (live, later): (Vec<&str>, Vec<&str>) =
            SETTINGS.iter().map(|setting| setting.key).filter(differs).partition(|key| LIVE.contains(key));
        let said = |keys: &[&str]| keys.iter().filter_map(|key| value(key, &settings)).collect::<Vec<_>>().join(", ");
        if !later.is_empty() {
            let name = self.name();
            told.push((Level::Info, format!("{name}: {} needs a restart of tempo", said(&later))));
        }
        if !live.is_empty() {
            told.push((Level::Ok, format!("{}: {}", self.name(), said(&live))));
        }
        let mut look = self.look;
        let mut problems = if changed.settings { loaded.problems.clone() } else { Vec::new() };
        let (new, of_theme) = self.look_of(&settings);
        if of_theme.is_empty() {
            if new.theme != look.theme && live.is_empty() {
                let name = look::theme(&settings, |name| self.variable(name));
                told.push((Level::Ok, format!("theme {name} was read again")));
            }
            look = new;
        } else {
            look.glyphs = new.glyphs;
            problems.extend(of_theme);
        }
        if changed.settings {
            if self.wrong && problems.is_empty() && told.is_empty() {
                told.push((Level::Ok, format!("{} is right again", self.name())));
            }
            self.wrong = !loaded.problems.is_empty();
        }
        if changed.keys {
            let (keymap, of_keys) = Keymap::load(&self.keys);
            if of_keys.is_empty() && keymap != self.keymap {
                self.keymap = keymap;
                let what = if self.keys.exists() {
                    "the keys are as it says"
                } else {
                    "gone, and the keys are the default ones"
                };
                told.push((Level::Ok, format!("{}: {what}", file_name(&self.keys))));
            }
            problems.extend(of_keys);
        }
        let stays = |problem: &Problem| format!("{}; what was before holds", self.brief(problem));
        told.extend(problems.iter().map(|problem| (Level::Warn, stays(problem))));
        (self.settings, self.look) = (settings, look);
        (!told.is_empty()).then(|| self.in_force(told))
    }

    fn look_of(&self, settings: &Settings) -> (Look, Vec<Problem>) {
        look::of(settings, &self.themes, |name| self.variable(name))
    }

    fn in_force(&self, told: Vec<(Level, String)>) -> Msg {
        Msg::InForce(Box::new(InForce {
            settings: self.settings.clone(),
            keymap: self.keymap.clone(),
            look: self.look,
            told,
        }))
    }

    /// The name of the file of the settings.
    fn name(&self) -> String {
        file_name(&self.file)
    }

    /// A problem whose place is short enough for one line.
    fn brief(&self, problem: &Problem) -> String {
        problem.to_string().replace(&format!("{}/", self.folder.display()), "")
    }
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The watch, and which folder is which in it.
struct Watching {
    watch: Watch,
    /// The folder of the settings.
    own: Watched,
    /// That of the themes, while there is one.
    themes: Option<Watched>,
    /// Where the settings really are when their file is a link: the folder, and the name in it.
    real: Option<(Watched, PathBuf)>,
}

impl Watching {
    fn new(keeper: &Keeper) -> io::Result<Self> {
        // What is not there cannot be watched.
        std::fs::create_dir_all(&keeper.folder)?;
        let watch = Watch::new()?;
        let own = watch.add_folder(&keeper.folder)?;
        let themes = watch.add_folder(&keeper.themes).ok();
        let mut watching = Self { watch, own, themes, real: None };
        watching.follow_link(&keeper.file);
        Ok(watching)
    }

    /// Watches the folder of the file that a link leads to.
    fn follow_link(&mut self, file: &Path) {
        if let (Ok(real), None) = (std::fs::canonicalize(file), &self.real)
            && std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_symlink())
            && let Some(folder) = real.parent()
            && let Ok(watched) = self.watch.add_folder(folder)
        {
            self.real = Some((watched, real));
        }
    }

    /// Takes what the watch tells; true when something of it matters.
    fn look(&mut self, keeper: &Keeper, changed: &mut Changed) -> bool {
        let before = *changed;
        let mut any = false;
        for event in self.watch.names() {
            let Some((folder, name)) = event else {
                *changed = Changed { settings: true, keys: true, themes: true };
                any = true;
                continue;
            };
            let is = |path: &Path| path.file_name() == Some(name.as_os_str());
            let is_real = self.real.as_ref().is_some_and(|(watched, real)| *watched == folder && is(real));
            if is_real || (folder == self.own && is(&keeper.file)) {
                changed.settings = true;
                any = true;
            } else if folder == self.own && is(&keeper.keys) {
                changed.keys = true;
                any = true;
            } else if folder == self.own && is(&keeper.themes) {
                self.themes = self.watch.add_folder(&keeper.themes).ok();
                changed.themes = true;
                any = true;
            } else if Some(folder) == self.themes && Path::new(&name).extension() == Some(OsStr::new("toml")) {
                changed.themes = true;
                any = true;
            }
        }
        any || *changed != before
    }
}

/// Waits for a wish, a change, or the end of the time.
fn wait(mailbox: &Mailbox<Option<ThemeWish>>, watch: &Watch, left: Option<Duration>) {
    let timeout = left.map(|t| Timespec { tv_sec: t.as_secs() as i64, tv_nsec: i64::from(t.subsec_nanos()) });
    let (mailbox, watch) = (mailbox.as_fd(), watch.as_fd());
    let mut fds = [PollFd::from_borrowed_fd(mailbox, PollFlags::IN), PollFd::from_borrowed_fd(watch, PollFlags::IN)];
    // A signal is no reason to do anything but look.
    let _ = poll(&mut fds, timeout.as_ref());
}

#[cfg(test)]
mod tests;

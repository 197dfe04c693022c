//! The dashboard without a terminal: keys go into `update`, its effects into a real store, and the answers come back.

mod acting;
mod builder;
mod bulk;
mod categories;
mod compare;
mod extras;
mod finding;
mod first;
mod forms;
mod frame;
mod hunt;
mod keys;
mod launch;
mod log;
mod marks;
mod messages;
mod moving;
mod outside;
mod palette;
mod plain;
mod printed;
mod remap;
mod reports;
mod roster;
mod screens;
mod script;
mod stage;
mod stop;
mod styled;
mod themes;
mod todo;
mod usage;
mod versions;
mod waiting;
mod why;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::Exit;
use super::editor::worker::{Check, Files};
use super::effect::Effect;
use super::model::Model;
use super::model::hunt::Wish;
use super::msg::{Moment, Msg};
use super::outside::Outside;
use super::update::{pulse, start, update};
use super::worker::roster as rosters;
use super::worker::{Declared, Progress, World, intents, notes, queries};
use crate::config::Paths;
use crate::domain::TaskId;
use crate::domain::group::Limits;
use crate::domain::task::{Definition, Work};
use crate::domain::when::When;
use crate::store::{Reader, Store, schedules, tasks};

const LOOK: super::view::Look =
    super::view::Look { theme: super::theme::Theme::Mono, glyphs: &super::theme::Glyphs::UNICODE };

/// Longer than the type-ahead guard.
const A_WHILE: Duration = Duration::from_secs(1);

/// A dashboard over a store in a folder of its own.
struct Rig {
    _folder: tempfile::TempDir,
    world: World,
    reader: Reader,
    model: Model,
    exit: Option<Exit>,
    /// Texts for the clipboard, and what they are.
    copied: Vec<(String, String)>,
    /// What was to have the terminal.
    outside: Vec<Outside>,
    /// What was asked of the search through all outputs.
    wishes: Vec<Option<Wish>>,
    /// Files that were to go.
    removed: Vec<std::path::PathBuf>,
    /// How often the bell was rung.
    rang: usize,
    /// After so many transactions of a bulk edit it is cancelled.
    batches: usize,
    /// What reads and writes scripts.
    files: Files,
}

/// Progress that nobody watches.
fn progress() -> Progress {
    std::sync::Arc::new(|_, _| {})
}

impl Rig {
    /// 120x40, over tasks of these names with a command that prints it.
    fn new(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let world = World {
            store: store.clone(),
            runs: folder.path().join("runs"),
            engine_lock: folder.path().join("engine.lock"),
            paths: Paths::under(folder.path()),
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            folder: folder.path().to_owned(),
            limits: Limits::new(4),
            types: Declared::default(),
            me: Some("ana".to_owned()),
        };
        let moment = Moment { at: Timestamp::now(), since: Duration::ZERO };
        let model = Model::new(moment, TimeZone::UTC, Size::new(120, 40));
        let reader = store.reader().unwrap();
        let files = Files::new(&store, &world.paths).unwrap();
        let mut rig = Self {
            _folder: folder,
            world,
            reader,
            model,
            exit: None,
            copied: Vec::new(),
            outside: Vec::new(),
            wishes: Vec::new(),
            removed: Vec::new(),
            rang: 0,
            batches: usize::MAX,
            files,
        };
        for name in names {
            rig.add(name);
        }
        rig.begin();
        rig
    }

    fn begin(&mut self) {
        let effects = start(&mut self.model);
        self.carry_out(effects);
    }

    /// Another dashboard over the same store, after this one.
    fn restarted(mut self) -> Self {
        self.model = Model::new(self.moment(), TimeZone::UTC, self.model.size);
        self.files = Files::new(&self.world.store, &self.world.paths).unwrap();
        self.begin();
        self
    }

    fn add(&self, name: &str) -> TaskId {
        let definition = Definition::new(name, Work::Command(format!("echo {name}")));
        self.world.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
    }

    /// The same for many, in one transaction.
    fn add_all(&self, names: &[&str]) {
        let definitions: Vec<_> =
            names.iter().map(|name| Definition::new(*name, Work::Command(format!("echo {name}")))).collect();
        let add = move |db: &crate::store::Db| {
            definitions.iter().try_for_each(|definition| tasks::add(db, definition, Timestamp::now()).map(drop))
        };
        self.world.store.write(add).unwrap();
    }

    /// What is on the screen, in letters.
    fn screen(&self) -> String {
        let size = self.model.size;
        let mut buf = ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, size.width, size.height));
        super::view::draw(&self.model, LOOK, &mut buf);
        let rows = buf.content.chunks(usize::from(size.width));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
    }

    fn plan(&self, task: TaskId, when: &str) {
        let when = When::parse(when, &TimeZone::UTC, Timestamp::now()).unwrap();
        self.world.store.write(move |db| schedules::add(db, task, &when, "UTC", Timestamp::now())).unwrap();
    }

    fn send(&mut self, msg: Msg) {
        let moment = self.moment();
        let effects = update(&mut self.model, moment, msg);
        self.carry_out(effects);
    }

    fn moment(&self) -> Moment {
        Moment { at: Timestamp::now(), since: self.model.now.since }
    }

    /// Does at once what the workers do in their threads.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask(ticket, query) => {
                    let kind = query.kind();
                    let answer = queries::answer(&self.reader, &self.world, query).unwrap();
                    self.send(Msg::Answer(ticket, kind, Box::new(answer)));
                }
                Effect::Intend(intent) => {
                    let left = std::cell::Cell::new(self.batches);
                    let cancelled = || left.replace(left.get().saturating_sub(1)) == 0;
                    let done = intents::carry_out(&self.world, intent, &progress(), &cancelled);
                    self.send(Msg::Done(Box::new(done)));
                }
                Effect::Hunt(wish) => self.wishes.push(wish),
                Effect::Roster(wanted) => {
                    let left = std::cell::Cell::new(self.batches);
                    let cancelled = || left.replace(left.get().saturating_sub(1)) == 0;
                    let done = rosters::carry_out(&self.world, &wanted, &progress(), &cancelled);
                    self.send(Msg::Done(Box::new(done)));
                }
                Effect::EndBulk => self.batches = 0,
                Effect::Copy { text, what } => self.copied.push((text, what)),
                Effect::Outside(outside) => self.outside.push(outside),
                Effect::Remove(file) => self.removed.push(file),
                Effect::Notes(job) => {
                    if let Some(msg) = notes::carry_out(&self.world, vec![job]) {
                        self.send(msg);
                    }
                }
                Effect::Editor(request) => {
                    let (answers, check) = self.files.carry_out(request);
                    let answers = answers.into_iter().chain(check.map(Check::run));
                    answers.for_each(|answer| self.send(Msg::Editor(answer)));
                }
                Effect::Bell => self.rang += 1,
                Effect::Mouse(_)
                | Effect::Sequence(_)
                | Effect::Theme(_)
                | Effect::Show(_)
                | Effect::Log(_)
                | Effect::Repaint => {}
                Effect::Exit(exit) => self.exit = Some(exit),
            }
        }
    }

    /// What the loop does after a commit of somebody else.
    fn wake(&mut self) {
        self.send(Msg::StoreChanged);
    }

    fn pulse(&mut self) {
        let effects = pulse(&mut self.model);
        self.carry_out(effects);
    }

    fn wait(&mut self, time: Duration) {
        self.model.now.since += time;
        self.send(Msg::Tick);
    }

    /// Presses keys, by their names.
    fn press(&mut self, keys: &str) {
        for name in keys.split_whitespace() {
            self.send(Msg::Key(key(name)));
        }
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    fn selected(&self) -> &str {
        self.model.tasks.selected().map_or("", |row| row.slug.as_str())
    }

    /// What was said last.
    fn said(&self) -> &str {
        self.model.messages.all().last().map_or("", |message| message.text.as_str())
    }

    fn slugs(&self) -> Vec<String> {
        let rows = tasks::page(&self.reader, &crate::store::From::Start, 1000).unwrap();
        rows.into_iter().map(|row| row.slug).collect()
    }
}

/// The key of a name, as the action table writes it.
fn key(name: &str) -> KeyEvent {
    let (modifiers, rest) = match name.split_once('-') {
        Some(("Ctrl", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("Alt", rest)) => (KeyModifiers::ALT, rest),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match rest {
        "Enter" => KeyCode::Enter,
        "Esc" => KeyCode::Esc,
        "Backspace" => KeyCode::Backspace,
        "Tab" => KeyCode::Tab,
        "Shift-Tab" => return KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
        "Up" => KeyCode::Up,
        "Down" => KeyCode::Down,
        "Left" => KeyCode::Left,
        "Right" => KeyCode::Right,
        "Home" => KeyCode::Home,
        "End" => KeyCode::End,
        "PgUp" => KeyCode::PageUp,
        "PgDn" => KeyCode::PageDown,
        "Space" => KeyCode::Char(' '),
        "Del" => KeyCode::Delete,
        one if (2..4).contains(&one.len()) && one.starts_with('F') => KeyCode::F(one[1..].parse().unwrap()),
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap()),
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, modifiers)
}

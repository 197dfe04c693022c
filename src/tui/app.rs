//! The loop: wait, update, carry out, and draw at most once a turn.

mod lend;

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use rustix::io::Errno;

use super::clipboard::{Clipboard, Means, TMUX_PATIENCE};
use super::editor::worker::{EditorWorker, Files};
use super::effect::Effect;
use super::events::{Event, Events};
use super::input::{Input, escape_pause};
use super::keymap::Keymap;
use super::log::LogWorker;
use super::look;
use super::mailbox::Mailbox;
use super::model::Model;
use super::model::inspector::Between;
use super::model::layer::Layer;
use super::model::toast::Level;
use super::msg::{Moment, Msg};
use super::outside::Outside;
use super::screen::Screen;
use super::settings::SettingsWorker;
use super::terminal::{self, Output, Terminal};
use super::theme::{Depth, Theme};
use super::update::{start, update};
use super::view::{self, Look};
use super::worker::intents::kept_order;
use super::worker::{Declared, Workers, World};
use crate::config::{Paths, Problem, Settings, themes};
use crate::domain::zone::local_zone_name;
use crate::store::{Store, StoreError};
use crate::watch::Watch;

/// A frame that answers a key waits this long for answers that are on their way, so that it is one write (UX 3).
const HOLD: Duration = Duration::from_millis(3);

/// The first frame waits this long for its tasks; who has come sees no empty list before them.
const FIRST: Duration = Duration::from_millis(20);

/// Changes that no key caused are drawn at most this often (UX 6).
const BACKGROUND: Duration = Duration::from_millis(50);

/// And so often when the terminal takes them slowly.
const BACKGROUND_SLOW: Duration = Duration::from_millis(125);

/// After the terminal stood still, what has happened meanwhile is waited for this long, so that it is one frame (UX 12).
const CATCH_UP: Duration = Duration::from_secs(2);

/// A terminal that is being resized is laid out at most this often; its last size always is (UX 22).
const RESIZE: Duration = Duration::from_millis(30);

/// The place of the mailbox among the descriptors that are waited for.
const MAILBOX: usize = 0;

/// What the dashboard needs. Whether the engine is in this process it sees by the lock.
#[derive(Debug)]
pub struct Dashboard {
    /// The store.
    pub store: Store,
    /// Where everything is.
    pub paths: Paths,
    /// The settings in force.
    pub settings: Settings,
    /// What could not be used of them: said at the start.
    pub problems: Vec<Problem>,
}

/// Why the dashboard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The person wanted it to.
    Quit(QuitChoice),
    /// The terminal went away.
    Hangup,
    /// This signal asked for it.
    Terminated(i32),
}

/// What becomes of the engine when the person quits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuitChoice {
    /// It is elsewhere, or has nothing to do: nothing was asked.
    Leave,
    /// It goes on without a screen.
    Background,
    /// It ends; what runs finishes by itself, and nothing new starts.
    Finish,
    /// What runs is stopped, then it ends.
    Stop,
}

/// Who has the engine of this process: asked before the process stands still, and when it goes on.
pub trait Host: std::fmt::Debug {
    /// Lets another process be the engine while this one stands still; `None` when the engine is elsewhere already.
    ///
    /// # Errors
    /// When none takes over in time. The engine is then here as before.
    fn hand_over(&mut self) -> io::Result<Option<u32>>;

    /// Takes the engine back from the process that [`Host::hand_over`] has started. Until that has ended, this is a window on it.
    ///
    /// # Errors
    /// When no engine can be started here: that process goes on, or another one has to be started.
    fn take_back(&mut self) -> io::Result<()>;
}

/// Runs the dashboard on standard input and output until it ends. The terminal is then as it was.
///
/// # Errors
/// When standard input or output is no terminal, or a thread, a descriptor or a connection cannot be had.
pub fn run(dashboard: Dashboard, host: &mut dyn Host) -> io::Result<Exit> {
    let Dashboard { store, paths, settings, problems } = dashboard;
    let variable = |name: &str| std::env::var(name).ok();
    let (look, unusable) = look::of(&settings, &paths.themes(), variable);
    let zone = TimeZone::system();
    let world = World {
        store: store.clone(),
        runs: paths.runs(),
        engine_lock: paths.engine_lock(),
        paths: paths.clone(),
        zone: zone.clone(),
        zone_name: local_zone_name(),
        folder: std::env::current_dir().unwrap_or_default(),
        limits: settings.limits.clone(),
        types: Declared::default(),
        me: settings.me(),
    };
    world.types.set(settings.types.clone());
    let types = world.types.clone();
    let mailbox = Mailbox::new()?;
    let workers = Workers::start(&world, &mailbox.sender()).map_err(other)?;
    let answers = mailbox.sender();
    let log = LogWorker::start(look.glyphs.ellipsis, move |answer| {
        answers.send(Msg::Log(answer));
    })?;
    let answers = mailbox.sender();
    let files = Files::new(&store, &paths).map_err(other)?;
    let editor = EditorWorker::start(files, move |answer| {
        answers.send(Msg::Editor(answer));
    })?;
    let clipboard = Clipboard::start(means(&settings, &paths, variable), mailbox.sender())?;
    let changes = store.watch()?;

    let started = Instant::now();
    let mut model = Model::new(moment(started), zone, terminal::size());
    model.host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    model.between = Between::detect(variable("TMUX").as_deref(), variable("STY").as_deref());
    model.reduced_motion = settings.reduced_motion;
    model.editor.style = settings.editor_keys;
    model.runs_folder = paths.runs();
    model.home = variable("HOME");
    model.example_folder = paths.example();
    model.greets = !paths.greeted().exists();
    model.order = kept_order(&paths.order());
    let (keymap, wrong) = Keymap::load(&paths.keys());
    model.keymap = keymap;
    for problem in problems.into_iter().chain(unusable).chain(wrong) {
        model.tell(Level::Warn, problem.to_string());
    }

    let answers = mailbox.sender();
    let files = SettingsWorker::start(
        &paths,
        settings.clone(),
        model.keymap.clone(),
        look,
        std::env::vars().collect(),
        move |msg| {
            if let Msg::InForce(in_force) = &msg {
                types.set(in_force.settings.types.clone());
            }
            answers.send(msg);
        },
    )?;

    let terminal = Terminal::enter()?;
    let mut events = Events::new(&terminal, escape_pause(variable("SSH_CONNECTION").is_some()))?;
    if settings.mouse {
        model.mouse = true;
        events.take_mouse(true);
        terminal.report_mouse(true)?;
    }
    let screen = Screen::new(model.size, terminal.output());
    let mut app = App {
        resize: None,
        resized: None,
        host,
        terminal,
        paths,
        uncovered: None,
        model,
        look,
        workers,
        log,
        editor,
        clipboard,
        files,
        mailbox,
        changes,
        events,
        screen,
        started,
        changed: false,
        dirty: true,
        drawn: started,
    };
    let ended = app.run();
    let terminal = app.terminal;
    match ended {
        // A terminal that is gone is not waited for.
        Ok(Exit::Hangup) => terminal.abandon(),
        _ => terminal.leave()?,
    }
    ended
}

/// What is wrong with the files that only the dashboard reads, for `tempo config check`.
pub fn check(paths: &Paths) -> Vec<Problem> {
    let folder = paths.themes();
    let own = themes::names(&folder).into_iter().filter(|name| folder.join(format!("{name}.toml")).exists());
    let of_theme = |name: String| match Theme::read(&folder, &name, Depth::True) {
        Ok((_, problems)) => problems,
        Err(problem) => vec![problem],
    };
    Keymap::load(&paths.keys()).1.into_iter().chain(own.flat_map(of_theme)).collect()
}

/// How text can leave.
fn means(settings: &Settings, paths: &Paths, variable: impl Fn(&str) -> Option<String>) -> Means {
    Means {
        choice: settings.clipboard,
        in_tmux: variable("TMUX").is_some_and(|socket| !socket.is_empty()),
        tmux: "tmux".into(),
        patience: TMUX_PATIENCE,
        file: paths.copied(),
    }
}

/// What the kernel says of a terminal that hung up.
fn is_gone(e: &io::Error) -> bool {
    [Errno::IO, Errno::NXIO].iter().any(|gone| e.raw_os_error() == Some(gone.raw_os_error()))
}

fn moment(started: Instant) -> Moment {
    Moment { at: Timestamp::now(), since: started.elapsed() }
}

fn other(e: StoreError) -> io::Error {
    io::Error::other(e)
}

/// Everything that the loop holds.
struct App<'a> {
    host: &'a mut dyn Host,
    terminal: Terminal,
    /// Where everything is.
    paths: Paths,
    /// Since when the normal screen is shown, with text on it.
    uncovered: Option<Instant>,
    /// A size that is not laid out yet, and when the one before was.
    resize: Option<Size>,
    resized: Option<Instant>,
    model: Model,
    look: Look,
    workers: Workers,
    log: LogWorker,
    editor: EditorWorker,
    clipboard: Clipboard,
    files: SettingsWorker,
    mailbox: Mailbox<Msg>,
    changes: Watch,
    events: Events,
    screen: Screen<Output>,
    started: Instant,
    /// The store has changed and what is shown was not asked for yet.
    changed: bool,
    /// The model may look different from the last frame.
    dirty: bool,
    /// When the last frame was drawn that no key caused.
    drawn: Instant,
}

/// What a turn met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Turn {
    /// A key, the size of the terminal, or the first tasks: the person waits for the frame.
    urgent: bool,
    /// The dashboard ends.
    exit: Option<Exit>,
}

impl App<'_> {
    fn run(&mut self) -> io::Result<Exit> {
        // A write may find the terminal gone before its signal is here.
        let ended = self.go_on().or_else(|e| if is_gone(&e) { Ok(Exit::Hangup) } else { Err(e) });
        // However it ends: what is not saved is kept (UX 48).
        for request in self.model.editor.drafts(|_| true) {
            self.editor.send(request);
        }
        ended
    }

    fn go_on(&mut self) -> io::Result<Exit> {
        let effects = start(&mut self.model);
        let mut turn = Turn { urgent: true, exit: self.carry_out(effects)? };
        turn.exit = turn.exit.or(self.hold(FIRST, |model| model.tasks.is_loaded())?);
        loop {
            if let Some(exit) = turn.exit {
                return Ok(exit);
            }
            if self.uncovered.is_some() {
                // There is nothing to draw on.
            } else if turn.urgent {
                self.draw()?;
            } else if self.dirty && self.drawn.elapsed() >= self.background() {
                self.draw()?;
                self.drawn = Instant::now();
            }
            let had_tasks = self.model.tasks.is_loaded();
            turn = if self.screen.pace().take_stall() { self.catch_up()? } else { self.turn()? };
            turn.urgent |= !had_tasks && self.model.tasks.is_loaded();
            if turn.urgent && turn.exit.is_none() {
                turn.exit = self.hold(HOLD, |model| !model.expects_answers())?;
            }
        }
    }

    /// How often changes are drawn that no key caused.
    fn background(&mut self) -> Duration {
        if self.screen.pace().is_slow() { BACKGROUND_SLOW } else { BACKGROUND }
    }

    /// Takes in at once all that has happened while the terminal stood still, with the answers to what that asks.
    fn catch_up(&mut self) -> io::Result<Turn> {
        let until = Instant::now() + CATCH_UP;
        let mut turn = Turn { urgent: true, exit: None };
        let mut now = Some(Instant::now());
        loop {
            self.events.listen(!self.model.leaving);
            let watched = [self.mailbox.as_fd(), self.changes.as_fd()];
            for event in self.events.wait(&watched, now)? {
                turn.exit = self.event(event)?;
                if turn.exit.is_some() {
                    return Ok(turn);
                }
            }
            turn.exit = self.take_size()?;
            if std::mem::take(&mut self.changed) {
                turn.exit = turn.exit.or(self.apply(Msg::StoreChanged)?);
            }
            if turn.exit.is_some() || !self.model.expects_answers() || Instant::now() >= until {
                self.drawn = Instant::now();
                return Ok(turn);
            }
            now = Some(until);
        }
    }

    /// Lays out a new size, if it is time for it.
    fn take_size(&mut self) -> io::Result<Option<Exit>> {
        if self.resized.is_some_and(|at| at.elapsed() < RESIZE) {
            return Ok(None);
        }
        let Some(size) = self.resize.take() else { return Ok(None) };
        self.resized = Some(Instant::now());
        self.screen.resize(size);
        self.apply(Msg::Resize(size))
    }

    /// Waits for something, and applies all of it.
    fn turn(&mut self) -> io::Result<Turn> {
        let wakes = self.model.wakes_at().map(|since| self.started + since);
        let pause = self.background();
        let background = (self.uncovered.is_none() && (self.dirty || self.changed)).then(|| self.drawn + pause);
        let resize = self.resize.and(self.resized).map(|at| at + RESIZE);
        let deadline = [wakes, background, resize].into_iter().flatten().min();
        self.events.listen(!self.model.leaving);
        let watched = [self.mailbox.as_fd(), self.changes.as_fd()];
        let mut turn = Turn::default();
        for event in self.events.wait(&watched, deadline)? {
            turn.urgent |= matches!(event, Event::Input(_) | Event::Continued);
            turn.exit = self.event(event)?;
            if turn.exit.is_some() {
                // Behind the end nothing is done any more: who hangs up also says that the process may go on.
                return Ok(turn);
            }
        }
        let waits = self.resize.is_some();
        turn.exit = turn.exit.or(self.take_size()?);
        turn.urgent |= waits && self.resize.is_none();
        if wakes.is_some_and(|at| at <= Instant::now()) {
            turn.exit = turn.exit.or(self.apply(Msg::Tick)?);
        }
        turn.exit = turn.exit.or(self.look_at_store()?);
        Ok(turn)
    }

    fn event(&mut self, event: Event) -> io::Result<Option<Exit>> {
        Ok(match event {
            Event::Input(input) if self.uncovered.is_some() => self.cover(&input)?,
            Event::Input(Input::Key(key)) => self.apply(Msg::Key(key))?,
            Event::Input(Input::Sent(key, bytes)) => self.apply(Msg::Sent(key, bytes))?,
            Event::Input(Input::Paste(text)) => self.apply(Msg::Paste(text))?,
            Event::Input(Input::Mouse(mouse)) => self.apply(Msg::Mouse(mouse))?,
            Event::Input(Input::PasteTooLong) => self.apply(Msg::PasteTooLong)?,
            Event::Resize(size) => {
                self.resize = Some(size);
                None
            }
            Event::Suspend => self.go_outside(Outside::Shell)?,
            Event::Continued => {
                if let Some(exit) = self.come_back() {
                    return Ok(Some(exit));
                }
                self.apply(Msg::Resize(self.screen.size()))?
            }
            Event::Hangup => Some(Exit::Hangup),
            Event::Terminate(signal) => Some(Exit::Terminated(signal)),
            // The text of the panic is on the terminal, which is given back.
            Event::Panicked => return Err(io::Error::other("a thread panicked; its message is above and in the log")),
            Event::Ready(MAILBOX) => self.take_answers()?,
            Event::Ready(_) => {
                self.changed |= self.changes.drain();
                None
            }
            Event::Deadline => None,
        })
    }

    /// Asks what is new after a wake, but not more often than it is drawn.
    fn look_at_store(&mut self) -> io::Result<Option<Exit>> {
        let now = Instant::now();
        if self.changed && self.uncovered.is_none() && self.drawn.elapsed() >= self.background() {
            self.changed = false;
            self.drawn = now;
            return self.apply(Msg::StoreChanged);
        }
        Ok(None)
    }

    /// Gives answers that are on their way a moment to come, so that they are in the frame.
    fn hold(&mut self, patience: Duration, is_enough: fn(&Model) -> bool) -> io::Result<Option<Exit>> {
        let until = Instant::now() + patience;
        while !is_enough(&self.model) && Instant::now() < until {
            for event in self.events.wait(&[self.mailbox.as_fd()], Some(until))? {
                if let Some(exit) = self.event(event)? {
                    return Ok(Some(exit));
                }
            }
        }
        Ok(None)
    }

    fn take_answers(&mut self) -> io::Result<Option<Exit>> {
        while let Some(msg) = self.mailbox.try_recv() {
            if let Some(exit) = self.apply(msg)? {
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }

    fn apply(&mut self, msg: Msg) -> io::Result<Option<Exit>> {
        self.dirty = true;
        let was = self.model.is_inspecting();
        if let Msg::InForce(in_force) = &msg {
            self.look = in_force.look;
        }
        let effects = update(&mut self.model, moment(self.started), msg);
        if self.model.is_inspecting() != was {
            self.events.inspect(!was);
        }
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<Exit>> {
        for effect in effects {
            match effect {
                Effect::Ask(ticket, query) => self.workers.ask(ticket, query),
                Effect::Intend(intent) => self.workers.intend(intent),
                Effect::Log(request) => self.log.send(request),
                Effect::Editor(request) => self.editor.send(request),
                Effect::Hunt(wish) => self.workers.hunt(wish),
                Effect::Roster(wanted) => self.workers.apply(wanted),
                Effect::EndBulk => self.workers.give_up(),
                Effect::Copy { text, what } => self.clipboard.copy(text, what),
                Effect::Outside(outside) => {
                    if let Some(exit) = self.go_outside(outside)? {
                        return Ok(Some(exit));
                    }
                }
                // What stays of it is in the way of nobody.
                Effect::Remove(file) => drop(std::fs::remove_file(file)),
                Effect::Mouse(on) => {
                    self.events.take_mouse(on);
                    self.terminal.report_mouse(on)?;
                }
                Effect::Sequence(sequence) => self.screen.pass(&sequence)?,
                Effect::Theme(wish) => self.files.send(wish),
                Effect::Show(theme) => self.look.theme = theme,
                Effect::Notes(job) => self.workers.note(job),
                Effect::Bell => self.screen.ring(),
                Effect::Repaint => self.screen.repaint(),
                Effect::Exit(exit) => return Ok(Some(exit)),
            }
        }
        Ok(None)
    }

    fn draw(&mut self) -> io::Result<()> {
        let (model, look) = (&self.model, self.look);
        self.dirty = false;
        self.screen.draw(|buf| view::draw(model, look, buf)).map(drop)?;
        if let Some(Layer::Dialog(dialog)) = self.model.layers.last_mut() {
            dialog.drawn_at(self.started.elapsed());
        }
        Ok(())
    }
}

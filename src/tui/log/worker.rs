//! The thread that reads outputs for the pane: it waits for wishes and for growth, and for nothing else.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::finder::Finder;
use super::message::{Ask, Extent, LogAnswer, LogRequest, View};
use super::window;
use crate::output::gap::GAP_FILE;
use crate::output::index::OUTPUT_FILE;
use crate::output::{Reader, Rows};
use crate::tui::mailbox::{Mailbox, Sender};
use crate::watch::{Watch, Watched};

/// Growth is told at most this often (UX 6).
const GROWTH_PAUSE: Duration = Duration::from_millis(50);
/// How often a live output is looked at where the system has no watch left to give.
const SLOW_LOOK: Duration = Duration::from_secs(1);

/// The worker's end that the dashboard holds. Dropping it ends the thread.
#[derive(Debug)]
pub struct LogWorker {
    requests: Sender<Message>,
}

#[derive(Debug)]
enum Message {
    Request(LogRequest),
    Quit,
}

impl LogWorker {
    /// Starts the thread. `answers` is called on it; `ellipsis` marks lines that were cut.
    pub fn start(ellipsis: &'static str, answers: impl Fn(LogAnswer) + Send + 'static) -> io::Result<Self> {
        let mailbox = Mailbox::new()?;
        let requests = mailbox.sender();
        let worker = Worker { mailbox, answers, ellipsis, open: None };
        thread::Builder::new().name("log".to_owned()).spawn(move || worker.run())?;
        Ok(Self { requests })
    }

    /// Hands a request over; never blocks. A newer one replaces one of its kind that was not answered yet.
    pub fn send(&self, request: LogRequest) {
        self.requests.send(Message::Request(request));
    }
}

impl Drop for LogWorker {
    fn drop(&mut self) {
        self.requests.send(Message::Quit);
    }
}

struct Worker<F> {
    mailbox: Mailbox<Message>,
    answers: F,
    ellipsis: &'static str,
    open: Option<Open>,
}

/// The output that is shown.
struct Open {
    folder: PathBuf,
    /// `None` until it could be opened.
    reader: Option<Reader>,
    live: Option<Live>,
    ask: Ask,
    state: State,
    /// What was there of the lines when the ask was answered.
    rows: Rows,
    /// Growth is left alone until then.
    quiet_until: Option<Instant>,
    finder: Option<Finder>,
}

/// How the ask stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was not answered yet.
    New,
    /// It was answered; more output cannot change the lines.
    Settled,
    /// It was answered; more output changes the lines.
    Open,
}

/// What tells that a live output grew.
enum Live {
    Watch(Watch, Watching),
    /// The system has no watch left to give.
    Clock,
}

/// What is watched.
#[derive(Clone, Copy)]
enum Watching {
    /// And whether its gaps are, too: on a full disk nothing else grows.
    Output(bool),
    /// The output does not exist yet.
    Folder(Watched),
    /// The folder does not exist yet. The run's next state brings a [`LogRequest::Live`].
    Nothing,
}

/// Why a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Woken {
    Request,
    Growth,
    Time,
}

impl<F: Fn(LogAnswer)> Worker<F> {
    fn run(mut self) {
        loop {
            while let Some(message) = self.mailbox.try_recv() {
                match message {
                    Message::Request(request) => self.take(request),
                    Message::Quit => return,
                }
            }
            if let Some(open) = &mut self.open
                && open.state == State::New
            {
                (self.answers)(open.answer(self.ellipsis));
            }
            let more = match &mut self.open {
                Some(open) => {
                    let (answer, more) = open.search();
                    answer.into_iter().for_each(&self.answers);
                    more
                }
                None => false,
            };
            let woken = match self.wait(more) {
                Ok(woken) => woken,
                Err(e) => {
                    tracing::error!("the log worker cannot wait: {e}");
                    return;
                }
            };
            let Some(open) = &mut self.open else { continue };
            if open.quiet_until.is_some_and(|until| until <= Instant::now()) {
                open.quiet_until = None;
            }
            if woken == Woken::Growth
                && let Some(answer) = open.grow(self.ellipsis)
            {
                (self.answers)(answer);
                open.quiet_until = Some(Instant::now() + GROWTH_PAUSE);
            }
        }
    }

    fn take(&mut self, request: LogRequest) {
        match request {
            LogRequest::Open { folder, live, ask } => {
                let live = live.then(|| Live::new(&folder));
                self.open = Some(Open {
                    folder,
                    reader: None,
                    live,
                    ask,
                    state: State::New,
                    rows: Rows::default(),
                    quiet_until: None,
                    finder: None,
                });
            }
            LogRequest::View(ask) => {
                if let Some(open) = &mut self.open {
                    (open.ask, open.state) = (ask, State::New);
                }
            }
            LogRequest::Live(live) => {
                if let Some(open) = &mut self.open {
                    open.live = live.then(|| Live::new(&open.folder));
                    open.state = State::New;
                }
            }
            LogRequest::Search(search) => {
                if let Some(open) = &mut self.open {
                    open.finder = Some(Finder::new(search));
                }
            }
            LogRequest::Seek(seek) => {
                if let Some(finder) = self.open.as_mut().and_then(|open| open.finder.as_mut()) {
                    finder.seek(seek);
                }
            }
            LogRequest::EndSearch => {
                if let Some(open) = &mut self.open {
                    open.finder = None;
                }
            }
            LogRequest::Close => self.open = None,
        }
    }

    /// Sleeps until there is something to do; only looks whether there is when there is `more` to do anyway.
    fn wait(&self, more: bool) -> io::Result<Woken> {
        let open = self.open.as_ref();
        let quiet = open.and_then(|open| open.quiet_until).map(|until| until.saturating_duration_since(Instant::now()));
        let mut fds = vec![PollFd::new(&self.mailbox, PollFlags::IN)];
        let (mut timeout, mut at_timeout) = (quiet, Woken::Time);
        if quiet.is_none() {
            match open.and_then(|open| open.live.as_ref()) {
                Some(Live::Watch(watch, _)) => fds.push(PollFd::new(watch, PollFlags::IN)),
                Some(Live::Clock) => (timeout, at_timeout) = (Some(SLOW_LOOK), Woken::Growth),
                None => {}
            }
        }
        if more {
            (timeout, at_timeout) = (Some(Duration::ZERO), Woken::Time);
        }
        let timeout = timeout.map(|t| Timespec { tv_sec: t.as_secs() as i64, tv_nsec: i64::from(t.subsec_nanos()) });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) => Ok(at_timeout),
            Ok(_) if fds[0].revents().is_empty() => Ok(Woken::Growth),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(Woken::Request),
            Err(e) => Err(e.into()),
        }
    }
}

impl Open {
    /// The answer to the ask.
    fn answer(&mut self, ellipsis: &str) -> LogAnswer {
        self.read(ellipsis).unwrap_or_else(|e| {
            self.state = State::Settled;
            LogAnswer::Failed { number: self.ask.number, reason: format!("cannot read the output: {e}") }
        })
    }

    /// What there is to say about growth.
    fn grow(&mut self, ellipsis: &str) -> Option<LogAnswer> {
        if let Some(live) = &mut self.live {
            live.heard(&self.folder);
        }
        let Some(reader) = &mut self.reader else { return Some(self.answer(ellipsis)) };
        match reader.refresh() {
            Ok(false) => None,
            // Of what the cap drops, also a settled window may have shown some.
            Ok(true) if self.state == State::Settled && self.rows == *reader.rows() => {
                Some(LogAnswer::Grew { number: self.ask.number, extent: Extent::of(reader) })
            }
            _ => Some(self.answer(ellipsis)),
        }
    }

    /// Goes on with the search: what there is to say, and whether it is not over.
    fn search(&mut self) -> (Option<LogAnswer>, bool) {
        let (Some(finder), Some(reader)) = (&mut self.finder, &mut self.reader) else { return (None, false) };
        match finder.step(reader, self.live.is_some()) {
            Ok((report, more)) => (report.map(LogAnswer::Searched), more),
            Err(e) => {
                self.finder = None;
                let reason = format!("cannot search the output: {e}");
                (Some(LogAnswer::Failed { number: self.ask.number, reason }), false)
            }
        }
    }

    fn read(&mut self, ellipsis: &str) -> io::Result<LogAnswer> {
        let reader = match &mut self.reader {
            Some(reader) => {
                reader.refresh()?;
                reader
            }
            none => none.insert(Reader::open(&self.folder)?),
        };
        let mut extent = Extent::of(reader);
        let (first, count) = match self.ask.view {
            View::Tail { count } => (extent.rows.above(extent.lines, count as u64), count),
            View::Window { first, count } => (first, count),
        };
        let window = window::read(&self.folder, reader, first, count, ellipsis)?;
        // A gap may have grown meanwhile.
        extent.rows = reader.rows().clone();
        // The last line grows until its line end comes, so it is not settled before there is a line behind it.
        let settled =
            matches!(self.ask.view, View::Window { .. }) && extent.rows.below(first, count as u64) < extent.lines;
        self.state = if settled { State::Settled } else { State::Open };
        self.rows = extent.rows.clone();
        Ok(LogAnswer::Lines { number: self.ask.number, extent, window })
    }
}

impl Live {
    fn new(folder: &Path) -> Self {
        let Ok(watch) = Watch::new() else { return Self::Clock };
        // The folder comes first: an output that appears in between is found by the second look.
        let watching = watch.add(folder).map_or(Watching::Nothing, Watching::Folder);
        let mut live = Self::Watch(watch, watching);
        live.look_for_output(folder);
        live
    }

    /// Takes what the watch told, so that it can tell anew.
    fn heard(&mut self, folder: &Path) {
        if let Self::Watch(watch, _) = self {
            watch.drain();
            self.look_for_output(folder);
        }
    }

    /// Goes over from the folder, where much else happens, to the output.
    fn look_for_output(&mut self, folder: &Path) {
        if let Self::Watch(watch, watching) = self
            && let Watching::Folder(watched) = *watching
            && watch.add(&folder.join(OUTPUT_FILE)).is_ok()
        {
            watch.remove(watched);
            *watching = Watching::Output(false);
        }
        if let Self::Watch(watch, Watching::Output(gaps @ false)) = self {
            *gaps = watch.add(&folder.join(GAP_FILE)).is_ok();
        }
    }
}

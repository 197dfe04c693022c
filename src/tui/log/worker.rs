//! The thread that reads outputs for the pane: it waits for wishes and for growth, and for nothing else.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::alert::Alerts;
use super::finder::Finder;
use super::live::Live;
use super::message::{Ask, Extent, LogAnswer, LogRequest, Saving, Seek, Span, View};
use super::save;
use super::survey::Survey;
use super::whole;
use super::window::{self, Manner};
use crate::output::{Merged, Reader, Rows};
use crate::tui::mailbox::{Mailbox, Sender};

/// Growth is told at most this often (UX 6).
const GROWTH_PAUSE: Duration = Duration::from_millis(50);
/// So long lines that are asked for wait for what is to be known of the whole.
const PATIENCE: Duration = Duration::from_millis(15);
/// Kept lines that are copied or saved at most.
const MOST_LINES: usize = 1_000_000;

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
    pub fn start(ellipsis: &'static str, answers: impl Fn(LogAnswer) + Send + Sync + 'static) -> io::Result<Self> {
        let mailbox = Mailbox::new()?;
        let requests = mailbox.sender();
        let answers: Answers = Arc::new(answers);
        let worker = Worker { mailbox, answers, ellipsis, open: None, alerts: Alerts::default() };
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

/// Who hears the answers, also from other threads.
type Answers = Arc<dyn Fn(LogAnswer) + Send + Sync>;

struct Worker {
    mailbox: Mailbox<Message>,
    answers: Answers,
    ellipsis: &'static str,
    open: Option<Open>,
    alerts: Alerts,
}

/// The output that is shown.
struct Open {
    folder: PathBuf,
    /// Of several outputs that are shown as one.
    folders: Vec<PathBuf>,
    merged: Option<Merged>,
    /// `None` until it could be opened, and of several outputs.
    reader: Option<Reader>,
    live: Option<Live>,
    ask: Ask,
    state: State,
    /// What was there of the lines when the ask was answered.
    rows: Rows,
    /// Growth is left alone until then.
    quiet_until: Option<Instant>,
    finder: Option<Finder>,
    /// The newest seek, and the first match that was passed by for it because it is hidden.
    seek: Option<Seek>,
    passed: Option<u64>,
    survey: Survey,
    /// Everything was gone through.
    searched: bool,
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

/// Why a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Woken {
    Request,
    Growth,
    Time,
}

impl Worker {
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
                let early = open.prepare(self.ellipsis);
                for answer in early {
                    (self.answers)(answer);
                }
                (self.answers)(open.answer(self.ellipsis));
            }
            let more = match &mut self.open {
                Some(open) => {
                    let (found, searches) = open.search();
                    let (answers, surveys) = open.survey(self.ellipsis);
                    found.into_iter().chain(answers).for_each(|answer| (self.answers)(answer));
                    searches || surveys
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
            LogRequest::Open { folder, merged, live, ask } => {
                let watch = || if merged.is_empty() { Live::new(&folder) } else { Live::of_all(&merged) };
                let live = live.then(watch);
                self.open = Some(Open {
                    folder,
                    folders: merged,
                    merged: None,
                    reader: None,
                    live,
                    ask,
                    state: State::New,
                    rows: Rows::default(),
                    quiet_until: None,
                    finder: None,
                    seek: None,
                    passed: None,
                    survey: Survey::default(),
                    searched: false,
                });
            }
            LogRequest::View(ask) => {
                if let Some(open) = &mut self.open {
                    (open.ask, open.state) = (ask, State::New);
                    open.survey.bar(ask.cells);
                }
            }
            LogRequest::Sieve(sieving) => {
                if let Some(open) = &mut self.open {
                    open.survey.sieve(sieving);
                    open.searched = false;
                }
            }
            LogRequest::Jump(jump) => {
                if let Some(open) = &mut self.open {
                    open.survey.jump(jump);
                }
            }
            LogRequest::Copy(span) => {
                if let Some(copied) = self.open.as_mut().map(|open| open.copy(span)) {
                    (self.answers)(copied);
                }
            }
            LogRequest::Save(saving) => self.save(saving),
            LogRequest::Whole { line, from } => {
                let read = |open: &mut Open| Some(whole::read(open.reader.as_mut()?, line, from));
                match self.open.as_mut().and_then(read) {
                    Some(Ok(Some(whole))) => (self.answers)(LogAnswer::Whole(whole)),
                    Some(Err(e)) => tracing::warn!("a line cannot be read: {e}"),
                    Some(Ok(None)) | None => {}
                }
            }
            LogRequest::Alert(alerting) => {
                let answers = Arc::clone(&self.answers);
                if let Err(e) = self.alerts.set(alerting, move |answer| answers(answer)) {
                    tracing::error!("nothing can be waited for: {e}");
                }
            }
            LogRequest::Live(live) => {
                if let Some(open) = &mut self.open {
                    let several = !open.folders.is_empty();
                    let watch =
                        |open: &Open| if several { Live::of_all(&open.folders) } else { Live::new(&open.folder) };
                    open.live = live.then(|| watch(open));
                    open.state = State::New;
                }
            }
            LogRequest::Search(search) => {
                if let Some(open) = &mut self.open {
                    (open.seek, open.passed) = (search.seek, None);
                    open.finder = Some(Finder::new(search));
                }
            }
            LogRequest::Seek(seek) => {
                if let Some(open) = &mut self.open {
                    (open.seek, open.passed) = (Some(seek), None);
                    if let Some(finder) = &mut open.finder {
                        finder.seek(seek);
                    }
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

    /// Saves in a thread of its own: it takes as long as the disk does.
    fn save(&mut self, saving: Saving) {
        let Some(open) = &mut self.open else { return };
        let spans = match open.spans(saving.span) {
            Ok(spans) => spans,
            Err(e) => {
                let failed = super::message::Saved::Failed(format!("not saved: {e}"));
                (self.answers)(LogAnswer::Saved(failed));
                return;
            }
        };
        let (folder, answers) = (open.folder.clone(), Arc::clone(&self.answers));
        let saving = move || answers(LogAnswer::Saved(save::save(&folder, saving, &spans)));
        if let Err(e) = thread::Builder::new().name("save".to_owned()).spawn(saving) {
            (self.answers)(LogAnswer::Saved(super::message::Saved::Failed(format!("not saved: {e}"))));
        }
    }

    /// Sleeps until there is something to do; only looks whether there is when there is `more` to do anyway.
    fn wait(&self, more: bool) -> io::Result<Woken> {
        let open = self.open.as_ref();
        let quiet = open.and_then(|open| open.quiet_until).map(|until| until.saturating_duration_since(Instant::now()));
        let mut fds = vec![PollFd::new(&self.mailbox, PollFlags::IN)];
        let (mut timeout, mut at_timeout) = (quiet, Woken::Time);
        if quiet.is_none() {
            let live = open.and_then(|open| open.live.as_ref());
            if let Some(watch) = live.and_then(Live::watch) {
                fds.push(PollFd::new(watch, PollFlags::IN));
            } else if let Some(slow) = live.and_then(Live::timeout) {
                (timeout, at_timeout) = (Some(Duration::from_secs(slow.tv_sec.cast_unsigned())), Woken::Growth);
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
    /// The lines that were asked for, of several outputs as one.
    fn read_merged(&mut self, ellipsis: &str) -> io::Result<LogAnswer> {
        let merged = match &mut self.merged {
            Some(merged) => {
                merged.refresh()?;
                merged
            }
            none => none.insert(Merged::open(&self.folders)?),
        };
        let extent = Extent::of_merged(merged);
        let (first, count) = match self.ask.view {
            View::Tail { count } => (extent.lines.saturating_sub(count as u64), count),
            View::Window { first, count } => (first, count),
            View::Around { line, above, below } => (line.saturating_sub(above as u64), above + below),
        };
        let manner = Manner { folder: &self.folder, ellipsis, escapes: self.ask.escapes };
        let window = window::read_merged(manner, merged, first, count)?;
        let settled = matches!(self.ask.view, View::Window { .. }) && first + (count as u64) < extent.lines;
        self.state = if settled { State::Settled } else { State::Open };
        Ok(LogAnswer::Lines { number: self.ask.number, extent, window })
    }

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
        if let Some(merged) = &mut self.merged {
            return match merged.refresh() {
                Ok(false) => None,
                Ok(true) if self.state == State::Settled => {
                    Some(LogAnswer::Grew { number: self.ask.number, extent: Extent::of_merged(merged) })
                }
                _ => Some(self.answer(ellipsis)),
            };
        }
        let Some(reader) = &mut self.reader else { return Some(self.answer(ellipsis)) };
        match reader.refresh() {
            Ok(false) => None,
            Ok(true) if self.survey.hides() => {
                // The lines come when it is known which of them are kept.
                self.survey.due |= self.state == State::Open;
                self.searched = false;
                Some(LogAnswer::Grew { number: self.ask.number, extent: Extent::of(reader) })
            }
            // Of what the cap drops, also a settled window may have shown some.
            Ok(true) if self.state == State::Settled && self.rows == *reader.rows() => {
                Some(LogAnswer::Grew { number: self.ask.number, extent: Extent::of(reader) })
            }
            _ => Some(self.answer(ellipsis)),
        }
    }

    /// Goes on with the search: what there is to say, and whether it is not over.
    fn search(&mut self) -> (Vec<LogAnswer>, bool) {
        self.look_further().unwrap_or_else(|e| {
            self.finder = None;
            let reason = format!("cannot search the output: {e}");
            (vec![LogAnswer::Failed { number: self.ask.number, reason }], false)
        })
    }

    fn look_further(&mut self) -> io::Result<(Vec<LogAnswer>, bool)> {
        let (Some(finder), Some(reader)) = (&mut self.finder, &mut self.reader) else { return Ok((Vec::new(), false)) };
        let (report, more) = finder.step(reader, self.live.is_some())?;
        let Some(mut report) = report else { return Ok((Vec::new(), more)) };
        if let (true, Some(line), Some(seek)) =
            (report.sought, report.found, self.seek.filter(|seek| seek.number == report.seek))
            && self.survey.is_hidden(line, reader)?
        {
            // One that is hidden is passed by, unless there are no others.
            if self.passed != Some(line) {
                self.passed = self.passed.or(Some(line));
                let from = if seek.backward { line.checked_sub(1).unwrap_or(u64::MAX) } else { line + 1 };
                finder.seek(Seek { from, ..seek });
                return Ok((Vec::new(), true));
            }
            (report.found, report.ordinal) = (None, None);
        }
        let marks = finder.marks(self.ask.cells, reader)?;
        Ok((vec![LogAnswer::Searched(report), LogAnswer::Matched { search: report.search, marks }], more))
    }

    /// Where lines are hidden, a moment is worth waiting for: most outputs are gone through in it, and nothing flickers.
    fn prepare(&mut self, ellipsis: &str) -> Vec<LogAnswer> {
        let until = Instant::now() + PATIENCE;
        let mut answers = Vec::new();
        if !self.survey.hides() || self.reader.is_none() {
            return answers;
        }
        if let Some(reader) = &mut self.reader
            && let Err(e) = reader.refresh()
        {
            tracing::warn!("an output cannot be read: {e}");
        }
        while Instant::now() < until {
            let (told, more) = self.survey(ellipsis);
            answers.extend(told);
            if !more {
                break;
            }
        }
        answers
    }

    /// Goes on with what is to be known of the whole: what there is to say, and whether it is not over.
    fn survey(&mut self, ellipsis: &str) -> (Vec<LogAnswer>, bool) {
        let Some(reader) = &mut self.reader else { return (Vec::new(), false) };
        let (mut answers, more) = match self.survey.step(reader, self.live.is_some()) {
            Ok(done) => done,
            Err(e) => {
                self.survey = Survey::default();
                let reason = format!("cannot go through the output: {e}");
                return (vec![LogAnswer::Failed { number: self.ask.number, reason }], false);
            }
        };
        self.searched = !more;
        let told = answers.iter().any(|answer| matches!(answer, LogAnswer::Sifted { .. }));
        if self.survey.due && self.survey.hides() && self.state != State::New && (told || !more) {
            // The lines first: who knows that everything was gone through has them all.
            answers.insert(0, self.answer(ellipsis));
        }
        (answers, more)
    }

    /// The lines that are shown of a span, or of all.
    fn spans(&mut self, span: Option<Span>) -> io::Result<Vec<Span>> {
        let all = vec![Span { first: 0, last: u64::MAX }];
        match (span, &mut self.reader) {
            (Some(span), Some(reader)) => self.survey.shown(reader, span, MOST_LINES),
            (Some(span), None) => Ok(vec![span]),
            (None, _) => Ok(all),
        }
    }

    fn copy(&mut self, span: Span) -> LogAnswer {
        let spans = self.spans(Some(span));
        let text = |reader: &mut Option<Reader>| match (spans, reader) {
            (Ok(spans), Some(reader)) => save::text(reader, &spans),
            (Ok(_), None) => Ok(Err("there is nothing to copy".to_owned())),
            (Err(e), _) => Err(e),
        };
        let copied = text(&mut self.reader).unwrap_or_else(|e| Err(format!("not copied: {e}")));
        LogAnswer::Copied(copied)
    }

    fn read(&mut self, ellipsis: &str) -> io::Result<LogAnswer> {
        if !self.folders.is_empty() {
            return self.read_merged(ellipsis);
        }
        let reader = match &mut self.reader {
            Some(reader) => {
                reader.refresh()?;
                reader
            }
            none => none.insert(Reader::open(&self.folder)?),
        };
        let mut extent = Extent::of(reader);
        let manner = Manner { folder: &self.folder, ellipsis, escapes: self.ask.escapes };
        if self.survey.hides() {
            let window = self.survey.window(manner, reader, self.ask.view, self.searched)?;
            let settled = !matches!(self.ask.view, View::Tail { .. }) && window.end < extent.lines;
            self.state = if settled { State::Settled } else { State::Open };
            extent.rows = reader.rows().clone();
            return Ok(LogAnswer::Lines { number: self.ask.number, extent, window });
        }
        let (first, count) = match self.ask.view {
            View::Tail { count } => (extent.rows.above(extent.lines, count as u64), count),
            View::Window { first, count } => (first, count),
            View::Around { line, above, below } => (extent.rows.above(line, above as u64), above + below),
        };
        let window = window::read(manner, reader, first, count)?;
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

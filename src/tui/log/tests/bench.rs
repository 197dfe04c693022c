//! A pane with its worker over a run folder that a test writes.

use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use tempfile::TempDir;

use crate::domain::RunId;
use crate::domain::run::Outcome;
use crate::output::{Stream, Writer};
use crate::tui::log::{LogAction, LogAnswer, LogPane, LogRequest, LogWorker, Shown};
use crate::tui::theme::{Glyphs, Theme};

/// How long a fact may take to come true.
const DEADLINE: Duration = Duration::from_secs(20);

pub(super) struct Bench {
    pub(super) folder: TempDir,
    pub(super) writer: Writer,
    pub(super) pane: LogPane,
    worker: LogWorker,
    answers: Receiver<LogAnswer>,
    /// How many answers about lines came.
    pub(super) answered: usize,
    /// The newest ask that was sent, and the newest that was answered with lines.
    asked: u64,
    heard: u64,
    /// What the dashboard is told.
    pub(super) others: Vec<LogAnswer>,
    /// How many of them brought lines.
    pub(super) brought: usize,
}

/// Milliseconds after the start of the run.
pub(super) fn after(millis: i64) -> Timestamp {
    // 2026-01-05 14:12:01 UTC.
    Timestamp::from_millisecond(1_767_622_321_000 + millis).unwrap()
}

impl Bench {
    /// A pane of this size, on which nothing is shown.
    pub(super) fn new(width: u16, height: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::new(folder.path(), 1);
        let (sender, answers) = channel();
        let worker = LogWorker::start("…", move |answer| sender.send(answer).unwrap_or(())).unwrap();
        let mut pane = LogPane::new(TimeZone::UTC);
        assert!(pane.resize(Size { width, height }, false).is_empty());
        Self { folder, writer, pane, worker, answers, answered: 0, asked: 0, heard: 0, others: Vec::new(), brought: 0 }
    }

    /// A run in this folder that ended, or not.
    pub(super) fn shown(&self, outcome: Option<Outcome>) -> Shown {
        Shown {
            run: RunId(1284),
            folder: self.folder.path().to_owned(),
            trigger: "by hand".to_owned(),
            started_at: Some(after(0)),
            finished_at: outcome.map(|_| after(3_500)),
            outcome,
            reason: None,
            attempts: 1,
            waits: None,
            live: outcome.is_none(),
            removed: None,
            merged: Vec::new(),
        }
    }

    /// Opens a live run and waits for its first lines.
    pub(super) fn open_live(&mut self) {
        self.open(None);
    }

    /// Opens a finished run and waits for its last lines.
    pub(super) fn open(&mut self, outcome: Option<Outcome>) {
        let requests = self.pane.show(self.shown(outcome));
        self.send(requests);
        self.next_answer();
    }

    pub(super) fn print(&mut self, at: i64, text: impl AsRef<[u8]>) {
        self.writer.append(Stream::Out, after(at), text.as_ref());
    }

    pub(super) fn complain(&mut self, at: i64, text: &str) {
        self.writer.append(Stream::Err, after(at), text.as_bytes());
    }

    pub(super) fn print_lines(&mut self, numbers: std::ops::Range<u64>) {
        numbers.for_each(|n| self.print(0, format!("line {n}\n")));
    }

    pub(super) fn send(&mut self, requests: Vec<LogRequest>) {
        for request in requests {
            if let LogRequest::Open { ask, .. } | LogRequest::View(ask) = &request {
                self.asked = ask.number;
            }
            self.worker.send(request);
        }
    }

    /// A key, and the answers to what it asks for.
    pub(super) fn press(&mut self, action: LogAction) {
        let requests = self.pane.handle(action);
        self.send(requests);
        self.until(|b| b.heard >= b.asked && !b.pane.is_jumping() && b.pane.is_sifted_to_the_end());
        self.settle();
    }

    pub(super) fn press_all(&mut self, actions: &[LogAction]) {
        for action in actions {
            self.press(*action);
        }
    }

    /// Types a pattern into the prompt of the search, key by key.
    pub(super) fn type_pattern(&mut self, pattern: &str) {
        for end in 1..=pattern.len() {
            let requests = self.pane.search(&pattern[..end]);
            self.send(requests);
        }
    }

    /// Types a pattern, and waits until the whole output was searched.
    pub(super) fn search(&mut self, pattern: &str) {
        self.type_pattern(pattern);
        self.until(|b| b.pane.search_status().is_some_and(|status| !status.ends_with('%')));
        self.settle();
    }

    /// Waits until the lines of the place where the pane wants to be are on the screen.
    pub(super) fn settle(&mut self) {
        self.until(|b| b.pane.top == b.pane.wanted_top());
    }

    /// The next answer about lines.
    pub(super) fn next_answer(&mut self) {
        let before = self.answered;
        self.until(|b| b.answered > before);
    }

    fn take(&mut self, answer: LogAnswer) {
        if let LogAnswer::Lines { number, .. } | LogAnswer::Grew { number, .. } | LogAnswer::Failed { number, .. } =
            &answer
        {
            self.answered += 1;
            self.heard = self.heard.max(*number);
        }
        self.brought += usize::from(matches!(answer, LogAnswer::Lines { .. }));
        self.others.extend(match &answer {
            LogAnswer::Copied(_) | LogAnswer::Saved(_) | LogAnswer::Alerted { .. } => Some(answer.clone()),
            _ => None,
        });
        let requests = self.pane.answer(answer);
        self.send(requests);
    }

    /// Takes answers until this is so.
    pub(super) fn until(&mut self, fact: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !fact(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(answer) = self.answers.recv_timeout(left) else {
                panic!("it did not come true; the screen is {:#?}", self.screen());
            };
            self.take(answer);
        }
    }

    /// Takes what has come, and says whether the dashboard was told nothing.
    pub(super) fn is_quiet(&mut self) -> bool {
        while let Ok(answer) = self.answers.recv_timeout(Duration::from_millis(5)) {
            self.take(answer);
        }
        self.others.is_empty()
    }

    /// Waits for a part of a whole line.
    pub(super) fn whole(&mut self) {
        loop {
            let answer = self.answers.recv_timeout(DEADLINE).expect("the worker is silent");
            let done = matches!(answer, LogAnswer::Whole(_));
            self.take(answer);
            if done {
                return;
            }
        }
    }

    /// Whether an answer comes within this time.
    pub(super) fn is_silent_for(&mut self, time: Duration) -> bool {
        // What is known of the whole may still be on its way.
        while let Ok(answer @ LogAnswer::Sifted { .. }) = self.answers.recv_timeout(Duration::from_millis(200)) {
            self.take(answer);
        }
        self.answers.recv_timeout(time).is_err()
    }

    pub(super) fn buffer(&self, theme: Theme) -> Buffer {
        let Size { width, height } = self.pane.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.pane.draw(buffer.area, &mut buffer, theme, &Glyphs::UNICODE);
        buffer
    }

    /// The rows of the pane without blanks at their ends.
    pub(super) fn screen(&self) -> Vec<String> {
        rows(&self.buffer(Theme::Ansi))
    }

    /// The first row that has text, from the text on.
    pub(super) fn top_line(&self) -> String {
        text_of(&self.screen()[0])
    }
}

/// What is right of the gutter.
pub(super) fn text_of(row: &str) -> String {
    let text = row.split_once(['│', '┃', '·']).map_or(row, |(_, text)| text);
    text.trim().to_owned()
}

pub(super) fn rows(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let mut rows = Vec::new();
    for cells in buffer.content.chunks(width) {
        let (mut row, mut hidden) = (String::new(), 0);
        for cell in cells {
            if hidden == 0 {
                row.push_str(cell.symbol());
                hidden = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            }
            hidden -= 1;
        }
        rows.push(row.trim_end().to_owned());
    }
    rows
}

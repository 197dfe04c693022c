//! The state of the log pane: which run, which part of it, how it is laid out. Nothing here waits or reads.

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::action::LogAction;
use super::geometry::Top;
use super::message::{Ask, Extent, LogAnswer, LogRequest, Row, View, Window};
use super::search::{Origin, Searching};
use super::shown::Shown;
use super::stamp::Stamps;
use super::text::Text;
use crate::domain::run::Removed;
use crate::output::lines::LINE_CUT;
use crate::output::{Stream, to_plain};

/// Columns that one step to the left or right moves chopped lines.
const SIDE_STEP: usize = 8;
/// The log pane. All its methods return at once; the requests that they return are for the
/// [`LogWorker`](super::worker::LogWorker), whose answers come back through [`LogPane::answer`].
#[derive(Debug)]
pub struct LogPane {
    pub(super) zone: TimeZone,
    pub(super) shown: Option<Shown>,
    /// The inside of the pane.
    pub(super) size: Size,
    pub(super) zoomed: bool,
    pub(super) stamps: Stamps,
    pub(super) wrap: bool,
    /// Columns that chopped lines are moved to the left.
    pub(super) left: usize,
    pub(super) place: Place,
    /// The top of what is drawn: where `place` says, as soon as those lines are here.
    pub(super) top: Top,
    pub(super) window: Window,
    pub(super) extent: Extent,
    /// The lines there were when following was paused.
    pub(super) lines_at_pause: u64,
    /// Why nothing can be shown.
    pub(super) failure: Option<String>,
    /// The newest ask, and the one with which the run was opened.
    ask: Ask,
    opened: u64,
    /// The run was opened and its size is known.
    known: bool,
    pub(super) searching: Option<Searching>,
    /// Where the pane was when the prompt of the search was opened.
    pub(super) origin: Option<Origin>,
    /// The number of the newest search or seek.
    pub(super) sought: u64,
}

/// Where the person wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end, also when it moves.
    End,
    /// With this at the top, whatever is printed.
    At(Top),
}

/// Whether the pane moves with a live output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// It does.
    On,
    /// It stays where the person scrolled; this many lines came since.
    Paused(u64),
}

impl LogPane {
    /// A pane that shows nothing yet. `zone` is where the times of day are.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            shown: None,
            size: Size::ZERO,
            zoomed: false,
            stamps: Stamps::default(),
            wrap: false,
            left: 0,
            place: Place::End,
            top: Top::default(),
            window: Window::default(),
            extent: Extent::default(),
            lines_at_pause: 0,
            failure: None,
            ask: Ask { number: 0, view: View::Tail { count: 0 } },
            opened: 0,
            known: false,
            searching: None,
            origin: None,
            sought: 0,
        }
    }

    /// Shows a run, at its end. Of the run that is shown already, takes over what is new about it.
    pub fn show(&mut self, shown: Shown) -> Vec<LogRequest> {
        let before = self.shown.replace(shown.clone());
        if let Some(before) = before.filter(|before| before.run == shown.run && before.removed == shown.removed) {
            // Only once it has started there is a folder for sure, in which its output can be waited for.
            let changed = before.live != shown.live || before.started_at != shown.started_at;
            self.settle();
            return changed.then_some(LogRequest::Live(shown.live)).into_iter().collect();
        }
        self.place = Place::End;
        self.left = 0;
        self.top = Top::default();
        self.window = Window::default();
        self.extent = Extent::default();
        self.failure = None;
        self.known = false;
        self.ask = Ask { number: self.ask.number + 1, view: self.wanted() };
        self.opened = self.ask.number;
        if let Some(removed) = &shown.removed {
            self.say_removed(removed);
            self.settle();
            return vec![LogRequest::Close];
        }
        let open = LogRequest::Open { folder: shown.folder, live: shown.live, ask: self.ask };
        std::iter::once(open).chain(self.search_anew()).collect()
    }

    /// In the place of an output that is not there any more, one line says so (O3).
    fn say_removed(&mut self, removed: &Removed) {
        let at = removed.at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M");
        let text = Text::note(&to_plain(format!("its output was removed on {at} ({})", removed.by).as_bytes()));
        let row = Row { number: 0, next: 1, begins: None, at: removed.at, stream: Stream::Out, text, is_gap: true };
        self.window = Window { first: 0, rows: vec![row] };
        self.extent = Extent { lines: 1, ..Extent::default() };
        self.known = true;
    }

    /// Shows nothing any more.
    pub fn clear(&mut self) -> Vec<LogRequest> {
        let shown = self.shown.take();
        (self.window, self.extent, self.failure) = (Window::default(), Extent::default(), None);
        shown.map(|_| LogRequest::Close).into_iter().collect()
    }

    /// The run that is shown.
    pub fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// Sets the size of the inside of the pane, and whether it is zoomed: then it is only the text of the output, without
    /// gutter and without Tempo's own lines, so that the terminal's own selection copies what is in the file (UX 37).
    pub fn resize(&mut self, size: Size, zoomed: bool) -> Vec<LogRequest> {
        if (self.size, self.zoomed) == (size, zoomed) {
            return Vec::new();
        }
        (self.size, self.zoomed) = (size, zoomed);
        if let Place::At(top) = self.place
            && self.known
        {
            // Room that has come at the end is filled.
            self.place = Place::At(top.min(self.last_top()));
        }
        self.request()
    }

    /// Does what a key asks for.
    pub fn handle(&mut self, action: LogAction) -> Vec<LogRequest> {
        let page = self.height();
        match action {
            LogAction::Down => self.down(1),
            LogAction::Up => self.up(1),
            LogAction::HalfDown => self.down(page.div_ceil(2)),
            LogAction::HalfUp => self.up(page.div_ceil(2)),
            LogAction::PageDown => self.down(page),
            LogAction::PageUp => self.up(page),
            LogAction::First => {
                self.pause();
                self.place = Place::At(Top::default());
            }
            LogAction::Follow if self.place == Place::End => self.pause(),
            LogAction::Follow | LogAction::Last => self.place = Place::End,
            LogAction::Left => self.left = self.left.saturating_sub(SIDE_STEP),
            LogAction::Right if self.wrap => {}
            LogAction::Right => self.left = (self.left + SIDE_STEP).min(LINE_CUT),
            LogAction::NextMatch => return self.seek(false),
            LogAction::PreviousMatch => return self.seek(true),
            LogAction::Stamps => {
                self.pin();
                self.stamps = self.stamps.next();
            }
            LogAction::Wrap => {
                self.pin();
                (self.wrap, self.left) = (!self.wrap, 0);
                if let Place::At(top) = &mut self.place {
                    top.row = 0;
                }
            }
        }
        self.request()
    }

    /// Takes what the worker says.
    pub fn answer(&mut self, answer: LogAnswer) -> Vec<LogRequest> {
        match answer {
            LogAnswer::Lines { number, .. } | LogAnswer::Grew { number, .. } | LogAnswer::Failed { number, .. }
                if number < self.opened || self.shown.is_none() =>
            {
                return Vec::new();
            }
            LogAnswer::Lines { number, extent, window } => {
                self.extent = extent;
                (self.known, self.failure) = (true, None);
                if number == self.ask.number {
                    self.window = window;
                }
            }
            LogAnswer::Searched(report) => self.searched(report),
            LogAnswer::Grew { extent, .. } => self.extent = extent,
            LogAnswer::Failed { reason, .. } => self.failure = Some(reason),
        }
        self.request()
    }

    /// Whether the pane follows; `None` when there is nothing to follow.
    pub fn following(&self) -> Option<Following> {
        self.shown.as_ref().filter(|shown| shown.live)?;
        Some(match self.place {
            Place::End => Following::On,
            Place::At(_) => Following::Paused(self.extent.lines.saturating_sub(self.lines_at_pause)),
        })
    }

    /// For the right end of the pane's title: `FOLLOW`, `PAUSED +12`, or nothing.
    pub fn badge(&self) -> String {
        match self.following() {
            None => String::new(),
            Some(Following::On) => "FOLLOW".to_owned(),
            Some(Following::Paused(0)) => "PAUSED".to_owned(),
            Some(Following::Paused(lines)) => format!("PAUSED +{lines}"),
        }
    }

    /// For the lower border of the pane: the number of the lowest line that is seen, of all lines, the search, and how
    /// the lines are shown.
    pub fn footer(&self) -> String {
        let lowest = self.lowest(self.top);
        let stamps = match self.stamps {
            Stamps::Off => "ts off",
            Stamps::Absolute => "ts abs",
            Stamps::SinceStart => "ts start",
        };
        let wrap = if self.wrap { "wrap on" } else { "wrap off" };
        let search = self.search_status().map(|status| format!("  {status}")).unwrap_or_default();
        format!("{}/{}{search}  {stamps}  {wrap}", lowest.min(self.extent.lines), self.extent.lines)
    }

    fn down(&mut self, rows: usize) {
        if let Place::At(top) = self.place {
            // Whoever is beyond the last full page, because the layout changed, is not moved back.
            let lowest = self.last_top().max(top);
            self.place = Place::At(self.step_down(top, rows).min(lowest));
        }
    }

    fn up(&mut self, rows: usize) {
        self.pause();
        if let Place::At(top) = self.place {
            self.place = Place::At(self.step_up(top, rows));
        }
    }

    /// Stays where it is from now on.
    pub(super) fn pause(&mut self) {
        if self.place == Place::End && self.known {
            self.lines_at_pause = self.extent.lines;
            self.place = Place::At(self.last_top());
        }
    }

    /// Keeps the top line while the layout changes (UX 34), unless it follows.
    fn pin(&mut self) {
        if !matches!(self.following(), Some(Following::On)) {
            self.pause();
        }
    }

    /// Draws what is wanted if it is here, and asks for it if it is not.
    pub(super) fn request(&mut self) -> Vec<LogRequest> {
        self.settle();
        let view = self.wanted();
        if self.shown.is_none() || view == self.ask.view {
            return Vec::new();
        }
        self.ask = Ask { number: self.ask.number + 1, view };
        vec![LogRequest::View(self.ask)]
    }

    /// The top that the person wants.
    pub(super) fn wanted_top(&self) -> Top {
        match self.place {
            Place::End => self.last_top(),
            // Only an output that was cut short has no such line.
            Place::At(top) => {
                let top = top.min(Top { position: self.positions().saturating_sub(1), row: usize::MAX });
                // What it was at is dropped by now.
                match top.position.checked_sub(1).map(|line| self.position_of(line)) {
                    Some(position) if position != top.position => Top { position, row: 0 },
                    _ => top,
                }
            }
        }
    }

    fn settle(&mut self) {
        self.look_aside();
        let top = self.wanted_top();
        let (first, end) = self.lines_from(top);
        let held = self.window.first..=self.window.end();
        if first >= end || held.contains(&first) && held.contains(&end) {
            self.top = self.step_down(top, 0);
            if let Place::At(top) = &mut self.place {
                *top = self.top;
            }
        }
    }

    /// The view to ask for: as it is, while it holds the lines of the screen and some around them.
    fn wanted(&self) -> View {
        let height = self.height();
        let count = height * 3;
        let Place::At(top) = self.place else { return View::Tail { count } };
        let (first, end) = self.lines_from(top);
        let margin = height as u64 / 2;
        let rows = &self.extent.rows;
        let near = rows.above(first, margin)..=rows.below(end, margin).min(self.extent.lines);
        match self.ask.view {
            View::Window { first, count }
                if first <= *near.start() && rows.below(first, count as u64) >= *near.end() =>
            {
                self.ask.view
            }
            _ => View::Window { first: rows.above(first, height as u64), count },
        }
    }
}

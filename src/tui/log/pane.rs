//! The state of the log pane: which run, which part of it, how it is laid out. Nothing here waits or reads.

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::action::LogAction;
use super::message::{Ask, Extent, LogAnswer, LogRequest, View, Window};
use super::shown::{Shown, SystemLine};
use super::stamp::Stamps;
use crate::output::lines::LINE_CUT;

/// Columns that one step to the left or right moves chopped lines.
const SIDE_STEP: usize = 8;
/// Below this width of the pane a time stamp has no milliseconds.
const SHORT_STAMPS_BELOW: u16 = 64;
/// Columns left of the text without a time stamp: the cursor's, the stream's glyph, a blank.
const GUTTER: usize = 3;

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
    place: Place,
    /// The top of what is drawn: where `place` says, as soon as those lines are here.
    pub(super) top: Top,
    pub(super) window: Window,
    pub(super) extent: Extent,
    /// The lines there were when following was paused.
    lines_at_pause: u64,
    /// Why nothing can be shown.
    pub(super) failure: Option<String>,
    /// The newest ask, and the one with which the run was opened.
    ask: Ask,
    opened: u64,
    /// The run was opened and its size is known.
    known: bool,
}

/// Where the person wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the end, also when it moves.
    End,
    /// With this at the top, whatever is printed.
    At(Top),
}

/// The row at the top of the pane.
///
/// Positions count everything that can be seen: 0 is Tempo's line about the beginning, line n of the output is n + 1, and
/// behind the last line is Tempo's line about the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Top {
    pub(super) position: u64,
    /// The row of a wrapped line, from 0.
    pub(super) row: usize,
}

/// Whether the pane moves with a live output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// It does.
    On,
    /// It stays where the person scrolled; this many lines came since.
    Paused(u64),
}

/// What is at a position.
pub(super) enum Item<'a> {
    System(SystemLine),
    Line(&'a super::message::Row),
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
        }
    }

    /// Shows a run, at its end. Of the run that is shown already, takes over what is new about it.
    pub fn show(&mut self, shown: Shown) -> Vec<LogRequest> {
        let before = self.shown.replace(shown.clone());
        if let Some(before) = before.filter(|before| before.run == shown.run) {
            let changed = before.live != shown.live;
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
        vec![LogRequest::Open { folder: shown.folder, live: shown.live, ask: self.ask }]
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

    /// For the lower border of the pane: the number of the lowest line that is seen, of all lines, and how they are shown.
    pub fn footer(&self) -> String {
        let below = self.step_down(self.top, self.height());
        let lowest = if below.row > 0 { below.position } else { below.position.saturating_sub(1) };
        let stamps = match self.stamps {
            Stamps::Off => "ts off",
            Stamps::Absolute => "ts abs",
            Stamps::SinceStart => "ts start",
        };
        let wrap = if self.wrap { "wrap on" } else { "wrap off" };
        format!("{}/{}  {stamps}  {wrap}", lowest.min(self.extent.lines), self.extent.lines)
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
    fn pause(&mut self) {
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
    fn request(&mut self) -> Vec<LogRequest> {
        self.settle();
        let view = self.wanted();
        if self.shown.is_none() || view == self.ask.view {
            return Vec::new();
        }
        self.ask = Ask { number: self.ask.number + 1, view };
        vec![LogRequest::View(self.ask)]
    }

    fn settle(&mut self) {
        let top = match self.place {
            Place::End => self.last_top(),
            // Only an output that was cut short has no such line.
            Place::At(top) => top.min(Top { position: self.positions().saturating_sub(1), row: usize::MAX }),
        };
        let (first, end) = self.lines_from(top);
        let held = self.window.first..=self.window.first + self.window.rows.len() as u64;
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
        let near = first.saturating_sub(margin)..=(end + margin).min(self.extent.lines);
        match self.ask.view {
            View::Window { first, count } if first <= *near.start() && first + count as u64 >= *near.end() => {
                self.ask.view
            }
            _ => View::Window { first: first.saturating_sub(height as u64), count },
        }
    }

    /// The lines (first, end) that are on the screen when `top` is on top, if each takes one row.
    fn lines_from(&self, top: Top) -> (u64, u64) {
        let end = (top.position + self.height() as u64).saturating_sub(1);
        (top.position.saturating_sub(1), end.min(self.extent.lines))
    }

    fn height(&self) -> usize {
        usize::from(self.size.height).max(1)
    }

    /// Columns of the gutter.
    pub(super) fn gutter(&self) -> usize {
        match (self.zoomed, self.stamps.width(self.short_stamps())) {
            (true, _) => 0,
            (false, 0) => GUTTER,
            (false, stamp) => GUTTER + stamp + 1,
        }
    }

    pub(super) fn short_stamps(&self) -> bool {
        self.size.width < SHORT_STAMPS_BELOW
    }

    /// Columns of the text.
    pub(super) fn text_width(&self) -> usize {
        usize::from(self.size.width).saturating_sub(self.gutter())
    }

    /// Number of positions.
    fn positions(&self) -> u64 {
        1 + self.extent.lines + u64::from(self.shown.as_ref().is_some_and(|shown| shown.outcome.is_some()))
    }

    /// What is at a position, if it is here.
    pub(super) fn item(&self, position: u64) -> Option<Item<'_>> {
        let shown = self.shown.as_ref()?;
        if position == 0 {
            return Some(Item::System(shown.beginning()));
        }
        if position > self.extent.lines {
            return shown.end().filter(|_| position == self.extent.lines + 1).map(Item::System);
        }
        let row = (position - 1).checked_sub(self.window.first)?;
        self.window.rows.get(usize::try_from(row).ok()?).map(Item::Line)
    }

    /// Rows that a position takes. A line that is not here counts as one.
    fn rows_of(&self, position: u64) -> usize {
        match self.item(position) {
            Some(Item::System(_)) => usize::from(!self.zoomed),
            Some(Item::Line(row)) if self.wrap => row.text.rows(self.text_width()).len(),
            Some(Item::Line(_)) | None => 1,
        }
    }

    /// The top of the last full page.
    fn last_top(&self) -> Top {
        self.step_up(Top { position: self.positions(), row: 0 }, self.height())
    }

    /// `rows` rows below `top`, and never on a position that takes no row unless it is behind the last one.
    fn step_down(&self, top: Top, rows: usize) -> Top {
        let Top { mut position, row } = top;
        let mut row = row.min(self.rows_of(position).saturating_sub(1)) + rows;
        while position < self.positions() {
            let of_position = self.rows_of(position);
            if row < of_position {
                return Top { position, row };
            }
            row -= of_position;
            position += 1;
        }
        Top { position, row: 0 }
    }

    /// `rows` rows above `top`, or the beginning.
    fn step_up(&self, top: Top, mut rows: usize) -> Top {
        let Top { mut position, mut row } = top;
        while rows > row {
            rows -= row;
            if position == 0 {
                return Top::default();
            }
            position -= 1;
            row = self.rows_of(position);
        }
        Top { position, row: row - rows }
    }
}

//! The state of the log pane: which run, which part of it, how it is laid out. Nothing here waits or reads.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::action::LogAction;
use super::geometry::Top;
use super::hiding::Hiding;
use super::jumping::Jumping;
use super::message::{Ask, Extent, LogAnswer, LogRequest, Row, View, Window};
use super::search::{Origin, Searching};
use super::shown::Shown;
use super::stamp::Stamps;
use super::text::Text;
use super::view_line::WholeLine;
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
    pub(super) wrap: Wrap,
    pub(super) ansi: Ansi,
    /// Columns that chopped lines are moved to the left.
    pub(super) left: usize,
    pub(super) place: Place,
    /// The position under the cursor, while nothing hides it and the pane does not follow.
    pub(super) cursor: u64,
    /// Where the selection of lines began.
    pub(super) selected: Option<u64>,
    /// What hides lines.
    pub(super) hiding: Hiding,
    /// The way to errors, times and sections.
    pub(super) jumping: Jumping,
    /// The lines with a bookmark.
    pub(super) bookmarks: BTreeSet<u64>,
    /// Whether they are those of the run that is shown: they come from the store.
    pub(super) bookmarks_known: bool,
    /// A key about bookmarks that came before them or before the lines.
    pub(super) owed: Option<LogAction>,
    /// The line that is shown as a whole.
    pub(super) whole: Option<WholeLine>,
    /// What is wrong with what was typed into a prompt.
    pub prompt_problem: Option<String>,
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
    pub(super) known: bool,
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
    /// With the first row of this position's own text on this row of the screen: where the eye was when the layout changed (UX 34).
    Eye {
        /// Hidden or not.
        position: u64,
        /// From the top.
        row: usize,
        /// No row is left empty for it.
        fill: bool,
    },
}

/// What becomes of lines that are longer than the pane is wide (key `w`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wrap {
    /// They are cut at the edge.
    #[default]
    Chop,
    /// They go on in the next row.
    Columns,
    /// They go on with the next word in the next row.
    Words,
}

impl Wrap {
    /// The next one in the round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Chop => Self::Columns,
            Self::Columns => Self::Words,
            Self::Words => Self::Chop,
        }
    }
}

/// What becomes of escape sequences (key `A`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ansi {
    /// Colours and attributes are those that the program asked for.
    #[default]
    Colours,
    /// Everything looks the same.
    Plain,
    /// They are shown as text.
    Escapes,
}

impl Ansi {
    /// The next one in the round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Colours => Self::Plain,
            Self::Plain => Self::Escapes,
            Self::Escapes => Self::Colours,
        }
    }
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
            wrap: Wrap::default(),
            ansi: Ansi::default(),
            left: 0,
            place: Place::End,
            cursor: 0,
            selected: None,
            hiding: Hiding::default(),
            jumping: Jumping::default(),
            bookmarks: BTreeSet::new(),
            bookmarks_known: false,
            owed: None,
            whole: None,
            prompt_problem: None,
            top: Top::default(),
            window: Window::default(),
            extent: Extent::default(),
            lines_at_pause: 0,
            failure: None,
            ask: Ask { number: 0, view: View::Tail { count: 0 }, sieve: 0, escapes: false, cells: 0 },
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
        if let Some(before) = before.filter(|before| before.is_same(&shown)) {
            // Only once it has started there is a folder for sure, in which its output can be waited for.
            let changed = before.live != shown.live || before.started_at != shown.started_at;
            self.settle();
            return changed.then_some(LogRequest::Live(shown.live)).into_iter().collect();
        }
        self.place = self.first_place();
        self.left = 0;
        self.top = Top::default();
        self.window = Window::default();
        self.extent = Extent::default();
        self.failure = None;
        self.known = false;
        (self.selected, self.whole) = (None, None);
        self.bookmarks.clear();
        (self.bookmarks_known, self.owed) = (false, None);
        self.jumping.forget();
        if !shown.merged.is_empty() {
            self.show_everything();
        }
        let sieving = self.sieve_anew();
        self.ask = self.asked(self.wanted());
        self.opened = self.ask.number;
        if let Some(removed) = &shown.removed {
            self.say_removed(removed);
            self.settle();
            return vec![LogRequest::Close];
        }
        let merged = shown.merged.into_iter().map(|part| part.folder).collect();
        let open = LogRequest::Open { folder: shown.folder, merged, live: shown.live, ask: self.ask };
        let mut requests = vec![open];
        requests.extend(sieving);
        requests.extend(self.search_anew());
        requests.extend(self.jump_anew());
        requests
    }

    /// In the place of an output that is not there any more, one line says so (O3).
    fn say_removed(&mut self, removed: &Removed) {
        let at = removed.at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M");
        let text = Text::note(&to_plain(format!("its output was removed on {at} ({})", removed.by).as_bytes()));
        let row = Row {
            number: 0,
            next: 1,
            begins: None,
            at: removed.at,
            stream: Stream::Out,
            text,
            is_gap: true,
            before: None,
            level: None,
            context: false,
            cut: 0,
            source: None,
        };
        self.window = Window { first: 0, rows: vec![row], end: 1, sieve: 0 };
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
            self.place = Place::At(self.lowest_top().map_or(top, |lowest| top.min(lowest)));
            self.cursor_onto_screen();
        }
        self.request()
    }

    /// Does what a key asks for.
    pub fn handle(&mut self, action: LogAction) -> Vec<LogRequest> {
        if let Some(requests) = self.in_whole(action) {
            return requests;
        }
        let page = self.height();
        match action {
            LogAction::Down => self.cursor_down(),
            LogAction::Up => self.cursor_up(),
            LogAction::HalfDown => self.scroll_down(page.div_ceil(2)),
            LogAction::HalfUp => self.scroll_up(page.div_ceil(2)),
            LogAction::PageDown => self.scroll_down(page),
            LogAction::PageUp => self.scroll_up(page),
            LogAction::First => {
                self.pause();
                (self.place, self.cursor) = (Place::At(Top::default()), 0);
            }
            LogAction::Follow if self.place == Place::End => self.pause(),
            LogAction::Follow | LogAction::Last => self.place = Place::End,
            LogAction::Left => self.left = self.left.saturating_sub(SIDE_STEP),
            LogAction::Right if self.wrap != Wrap::Chop => {}
            LogAction::Right => self.left = (self.left + SIDE_STEP).min(LINE_CUT),
            LogAction::NextMatch => return self.seek(false),
            LogAction::PreviousMatch => return self.seek(true),
            LogAction::Stamps => {
                self.keep_eye();
                self.stamps = self.stamps.next();
            }
            LogAction::Wrap => {
                self.keep_eye();
                (self.wrap, self.left) = (self.wrap.next(), 0);
            }
            LogAction::Ansi => {
                self.keep_eye();
                self.ansi = self.ansi.next();
            }
            LogAction::Level => return self.next_level(),
            LogAction::Streams => return self.next_stream(),
            LogAction::MoreContext => return self.more_context(true),
            LogAction::LessContext => return self.more_context(false),
            LogAction::NextError => return self.next_error(false),
            LogAction::PreviousError => return self.next_error(true),
            LogAction::NextSection => return self.next_section(false),
            LogAction::PreviousSection => return self.next_section(true),
            LogAction::NextBookmark => self.next_bookmark(false),
            LogAction::PreviousBookmark => self.next_bookmark(true),
            LogAction::Select => self.select(),
            LogAction::Copy => return self.copy(),
            LogAction::Open => return self.open_whole(),
            // They need a prompt, the store or the list of runs.
            LogAction::Filter
            | LogAction::GoToTime
            | LogAction::Bookmark
            | LogAction::Save
            | LogAction::Alert
            | LogAction::NextRun
            | LogAction::PreviousRun => return Vec::new(),
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
                if !self.known {
                    // What it had printed before it was opened did not come while it was paused.
                    self.lines_at_pause = self.extent.lines;
                }
                (self.known, self.failure) = (true, None);
                if number == self.ask.number {
                    self.window = window;
                }
            }
            LogAnswer::Searched(report) => self.searched(report),
            LogAnswer::Grew { extent, .. } => self.extent = extent,
            LogAnswer::Matched { search, marks } => self.matched(search, marks),
            LogAnswer::Sifted { sieve, kept, grave } => self.sifted(sieve, kept, grave),
            LogAnswer::Found { jump, line, ordinal } => self.found(jump, line, ordinal),
            LogAnswer::Whole(whole) => self.take_whole(whole),
            // The dashboard tells them.
            LogAnswer::Copied(_) | LogAnswer::Saved(_) | LogAnswer::Alerted { .. } => {}
            LogAnswer::Failed { reason, .. } => self.failure = Some(reason),
        }
        self.request()
    }

    /// Whether the pane follows; `None` when there is nothing to follow.
    pub fn following(&self) -> Option<Following> {
        self.shown.as_ref().filter(|shown| shown.live)?;
        Some(match self.place {
            Place::End => Following::On,
            Place::At(_) | Place::Eye { .. } => {
                Following::Paused(self.extent.lines.saturating_sub(self.lines_at_pause))
            }
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

    /// Stays where it is from now on.
    pub(super) fn pause(&mut self) {
        if self.place == Place::End && self.known {
            self.cursor = self.cursor();
            self.lines_at_pause = self.extent.lines;
            self.place = Place::At(self.last_top());
        }
    }

    /// Keeps what is under the cursor on its row of the screen while the layout changes (UX 34), unless it follows.
    pub(super) fn keep_eye(&mut self) {
        let follows = matches!(self.following(), Some(Following::On));
        if follows || !self.known || matches!(self.place, Place::Eye { .. }) {
            return;
        }
        let (top, position) = (self.wanted_top(), self.cursor());
        let row = self.screen_row(top, position) + self.lead(position).cast_signed();
        let row = usize::try_from(row).unwrap_or(0).min(self.height() - 1);
        self.pause();
        (self.place, self.cursor) = (Place::Eye { position, row, fill: false }, position);
    }

    /// Draws what is wanted if it is here, and asks for it if it is not.
    pub(super) fn request(&mut self) -> Vec<LogRequest> {
        self.settle();
        let ask = self.asked(self.wanted());
        let same = Ask { number: self.ask.number, ..ask };
        if self.shown.is_none() || same == self.ask {
            return Vec::new();
        }
        self.ask = ask;
        vec![LogRequest::View(self.ask)]
    }

    /// The next ask, for a view.
    fn asked(&self, view: View) -> Ask {
        Ask {
            number: self.ask.number + 1,
            view,
            sieve: self.hiding.number(),
            escapes: self.ansi == Ansi::Escapes,
            cells: self.size.height,
        }
    }

    /// The top that the person wants.
    pub(super) fn wanted_top(&self) -> Top {
        match self.place {
            Place::End => self.last_top(),
            Place::Eye { position, row, fill } => {
                let position = self.shown_for(position);
                let top = self.step_up(Top { position, row: self.lead(position) }, row);
                match self.lowest_top() {
                    // Where all of it fits, all of it is seen.
                    Some(lowest) if fill || lowest == Top::default() => top.min(lowest),
                    _ => top,
                }
            }
            // Only an output that was cut short has no such line.
            Place::At(top) => {
                let top = top.min(Top { position: self.positions().saturating_sub(1), row: usize::MAX });
                // What it was at is dropped by now, or hidden.
                let position = self.shown_for(top.position);
                if position == top.position { top } else { Top { position, row: 0 } }
            }
        }
    }

    pub(super) fn settle(&mut self) {
        self.look_aside();
        let top = self.wanted_top();
        if self.holds(top) {
            self.top = self.step_down(top, 0);
            if let Place::At(top) = &mut self.place {
                *top = self.top;
                // Rows above lines are known when these are here, and may have taken the cursor off the screen.
                self.cursor_onto_screen();
            }
        }
    }

    /// Whether the lines of the screen are here when `top` is on top.
    fn holds(&self, top: Top) -> bool {
        if self.window.sieve != self.hiding.number() {
            return false;
        }
        if self.is_sifted() {
            // What was found so far is shown.
            return true;
        }
        let (first, end) = self.lines_from(top);
        let held = self.window.first..=self.window.end();
        first >= end || held.contains(&first) && held.contains(&end)
    }

    /// The view to ask for: as it is, while it holds the lines of the screen and some around them.
    fn wanted(&self) -> View {
        let height = self.height();
        let count = height * 3;
        let line = match self.place {
            Place::End => return View::Tail { count },
            Place::At(top) => top.position.saturating_sub(1),
            Place::Eye { position, .. } => position.saturating_sub(1),
        };
        if self.hiding.number() > 0 {
            return self.wanted_around(line);
        }
        if self.is_sifted() {
            // Its geometry is still that of the lines that were kept.
            return View::Window { first: self.extent.rows.above(line, 2 * height as u64), count: height * 4 };
        }
        let (first, end) = self.lines_from(self.wanted_top());
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

    /// The view around a line: as it is, while enough kept lines around the screen are here.
    fn wanted_around(&self, line: u64) -> View {
        let height = self.height();
        if let View::Around { line: asked, .. } = self.ask.view
            && self.ask.sieve == self.hiding.number()
        {
            if asked == line {
                return self.ask.view;
            }
            if self.window.sieve == self.ask.sieve {
                let rows = &self.window.rows;
                let at = rows.partition_point(|row| row.number < line);
                let above = at >= height || self.window.first == 0;
                let below = rows.len() - at >= 2 * height || self.window.end >= self.extent.lines;
                if above && below {
                    return self.ask.view;
                }
            }
        }
        View::Around { line, above: height * 2, below: height * 3 }
    }
}

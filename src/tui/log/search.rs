//! Searching in the log pane: the pattern as it is typed, the way from match to match, and the way back.

use std::ops::Range;
use std::sync::Arc;

use super::geometry::Item;
use super::message::{LogRequest, Marks, Report, Search, Seek};
use super::pane::{LogPane, Place, Wrap};
use crate::output::scan::Matcher;

/// A search that goes on or is over, and whose matches are marked.
#[derive(Debug)]
pub(super) struct Searching {
    number: u64,
    pub(super) matcher: Arc<Matcher>,
    /// The seek that was not answered yet.
    waiting: Option<u64>,
    /// The line of the match where the person is.
    pub(super) current: Option<u64>,
    report: Option<Report>,
    /// Where the matches are.
    pub(super) marks: Marks,
    /// Its line is to be moved sideways until the match in it is seen, once it is here.
    aside: bool,
}

/// Where the pane was before a search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    place: Place,
    cursor: u64,
    lines_at_pause: u64,
    /// The line under the cursor.
    line: u64,
    /// Columns that chopped lines were moved to the left.
    left: usize,
}

impl LogPane {
    /// Searches for what is in the prompt by now, from the place where the pane was when the prompt was opened.
    pub fn search(&mut self, pattern: &str) -> Vec<LogRequest> {
        let now = self.origin_now();
        let origin = *self.origin.get_or_insert(now);
        let Some(matcher) = Matcher::new(pattern) else {
            self.go_back(origin);
            return self.end_search();
        };
        self.sought += 1;
        let number = self.sought;
        let current = self.searching.take().and_then(|searching| searching.current);
        let matcher = Arc::new(matcher);
        let seek = Some(Seek { number, from: origin.line, backward: false });
        let search = Search { number, matcher: Arc::clone(&matcher), seek };
        self.searching = Some(Searching {
            number,
            matcher,
            waiting: Some(number),
            current,
            report: None,
            marks: Marks::default(),
            aside: false,
        });
        vec![LogRequest::Search(search)]
    }

    /// Searches in the run that is shown, beginning at a line that is known to match.
    pub fn search_from(&mut self, pattern: &str, line: u64) -> Vec<LogRequest> {
        let Some(matcher) = Matcher::new(pattern) else { return Vec::new() };
        self.sought += 1;
        let (number, matcher) = (self.sought, Arc::new(matcher));
        let seek = Some(Seek { number, from: line, backward: false });
        let search = Search { number, matcher: Arc::clone(&matcher), seek };
        self.origin = None;
        self.searching = Some(Searching {
            number,
            matcher,
            waiting: Some(number),
            current: None,
            report: None,
            marks: Marks::default(),
            aside: false,
        });
        vec![LogRequest::Search(search)]
    }

    /// The prompt was closed with Enter: the pane stays where the search led.
    pub fn accept_search(&mut self) {
        self.origin = None;
    }

    /// Esc: ends the search. If the prompt is open, the pane goes back to where it was before.
    pub fn cancel_search(&mut self) -> Vec<LogRequest> {
        if let Some(origin) = self.origin.take() {
            self.go_back(origin);
        }
        self.end_search()
    }

    /// Whether there is a search that [`LogPane::cancel_search`] would end.
    pub fn is_searching(&self) -> bool {
        self.searching.is_some() || self.origin.is_some()
    }

    /// Whether a match was asked for and not found yet.
    pub fn is_waiting(&self) -> bool {
        self.searching.as_ref().is_some_and(|searching| searching.waiting.is_some())
    }

    /// Why the pattern is searched for as it stands, for the prompt.
    pub fn search_problem(&self) -> Option<&str> {
        self.searching.as_ref()?.matcher.problem()
    }

    /// `/error 1/3`, and how far it is: `/error ?/3 41%`.
    pub fn search_status(&self) -> Option<String> {
        let searching = self.searching.as_ref()?;
        let (ordinal, matches, percent) =
            searching.report.map_or((None, 0, 0), |report| (report.ordinal, report.matches, report.percent));
        let ordinal = match (ordinal, searching.current) {
            (Some(ordinal), _) => format!("{ordinal}/"),
            (None, Some(_)) => "?/".to_owned(),
            (None, None) => String::new(),
        };
        let literal = if searching.matcher.problem().is_some() { " as text" } else { "" };
        let progress = if percent < 100 { format!(" {percent}%") } else { String::new() };
        Some(format!("/{}{literal} {ordinal}{matches}{progress}", searching.matcher.pattern()))
    }

    /// The search of the run before, in the run that was just opened: it marks and counts, and moves nothing.
    pub(super) fn search_anew(&mut self) -> Option<LogRequest> {
        self.origin = None;
        let searching = self.searching.as_mut()?;
        self.sought += 1;
        (searching.number, searching.waiting) = (self.sought, None);
        (searching.current, searching.report, searching.aside) = (None, None, false);
        searching.marks = Marks::default();
        let matcher = Arc::clone(&searching.matcher);
        Some(LogRequest::Search(Search { number: self.sought, matcher, seek: None }))
    }

    /// The next match, from the line under the cursor on.
    pub(super) fn seek(&mut self, backward: bool) -> Vec<LogRequest> {
        let follows = self.place == Place::End;
        let (cursor, line, first) = (self.cursor(), self.cursor_line(), self.wanted_top().position.saturating_sub(1));
        let Some(searching) = &mut self.searching else { return Vec::new() };
        let from = match searching.current.filter(|current| *current == line) {
            // Above the first line it goes on at the last one.
            Some(line) if backward => line.checked_sub(1).unwrap_or(u64::MAX),
            Some(line) => line + 1,
            // Who follows looks at the whole page.
            None if follows && !backward => first,
            None if backward && cursor == 0 => u64::MAX,
            None => line,
        };
        self.sought += 1;
        searching.waiting = Some(self.sought);
        vec![LogRequest::Seek(Seek { number: self.sought, from, backward })]
    }

    /// Takes where the matches are.
    pub(super) fn matched(&mut self, search: u64, marks: Marks) {
        if let Some(searching) = self.searching.as_mut().filter(|searching| searching.number == search) {
            searching.marks = marks;
        }
    }

    /// Takes how the search stands, and goes to the match that was sought.
    pub(super) fn searched(&mut self, report: Report) {
        let Some(searching) = &mut self.searching else { return };
        if report.search != searching.number {
            return;
        }
        searching.report = Some(report);
        if !report.sought || searching.waiting != Some(report.seek) {
            return;
        }
        (searching.waiting, searching.current, searching.aside) = (None, report.found, report.found.is_some());
        match (report.found, self.origin) {
            (Some(line), _) => self.go_to(line),
            (None, Some(origin)) => self.go_back(origin),
            (None, None) => {}
        }
    }

    /// Where the pane is now.
    pub(super) fn origin_now(&self) -> Origin {
        let (cursor, line) = (self.cursor(), self.cursor_line());
        // Who follows looks at the whole page.
        let line = if self.place == Place::End { self.top.position.saturating_sub(1) } else { line };
        Origin { place: self.place, cursor, lines_at_pause: self.lines_at_pause, line, left: self.left }
    }

    /// Moves chopped lines sideways so that the first match of the line that was sought is seen, as soon as that line is here.
    pub(super) fn look_aside(&mut self) {
        let Some((searching, line)) = self.searching.as_ref().and_then(|s| Some((s, s.current?))) else { return };
        if !searching.aside {
            return;
        }
        let Some(Item::Line(row)) = self.item(line + 1) else { return };
        let columns = |at: Range<usize>| row.text.column_at(at.start)..row.text.column_at(at.end);
        let width = self.text_width();
        let chopped = self.wrap == Wrap::Chop;
        let left = match searching.matcher.ranges(row.text.as_str()).into_iter().next().map(columns) {
            Some(found) if chopped && (found.start < self.left || found.end > self.left + width) => {
                // With some of what is before it, and from the beginning of the line if it is seen there.
                if found.end <= width { 0 } else { found.start.saturating_sub(width / 3) }
            }
            _ => self.left,
        };
        self.left = left;
        if let Some(searching) = &mut self.searching {
            searching.aside = false;
        }
    }

    pub(super) fn go_back(&mut self, origin: Origin) {
        (self.place, self.cursor) = (origin.place, origin.cursor);
        (self.lines_at_pause, self.left) = (origin.lines_at_pause, origin.left);
    }

    fn end_search(&mut self) -> Vec<LogRequest> {
        let ended = self.searching.take().map(|_| LogRequest::EndSearch);
        ended.into_iter().chain(self.request()).collect()
    }
}

//! One search in one output: a scan of the whole that counts, and a shorter way to the match that is wanted now.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::matcher::Matcher;
use super::message::{Report, Search, Seek};
use super::scan::{Place, Scan};
use crate::output::Reader;

/// How often a search that goes on tells how far it is.
const REPORT_PAUSE: Duration = Duration::from_millis(50);

/// A search that was asked for.
pub(super) struct Finder {
    number: u64,
    matcher: Arc<Matcher>,
    scan: Scan,
    seek: Option<Seek>,
    /// From the place where the seek begins, when the scan has not come there yet.
    shortcut: Option<Scan>,
    /// The line of the newest match that was found for a seek, and which of all matches it is.
    found: Option<u64>,
    ordinal: Option<u64>,
    /// The number of the newest seek.
    newest_seek: u64,
    told: Instant,
    /// Something happened that was not told.
    news: bool,
    /// What was told last was that it is over.
    told_end: bool,
    /// Somebody waits for it.
    urgent: bool,
}

impl Finder {
    /// A search with nothing done yet.
    pub(super) fn new(search: Search) -> Self {
        let mut finder = Self {
            number: search.number,
            matcher: search.matcher,
            scan: Scan::default(),
            seek: None,
            shortcut: None,
            found: None,
            ordinal: None,
            newest_seek: 0,
            told: Instant::now(),
            news: true,
            told_end: false,
            urgent: false,
        };
        if let Some(seek) = search.seek {
            finder.seek(seek);
        }
        finder
    }

    /// Looks for another match, instead of the one before.
    pub(super) fn seek(&mut self, seek: Seek) {
        (self.seek, self.shortcut, self.newest_seek) = (Some(seek), None, seek.number);
        (self.found, self.ordinal) = (None, None);
    }

    /// Does a bounded piece of work; returns what there is to tell, and whether there is more to do.
    pub(super) fn step(&mut self, reader: &mut Reader, live: bool) -> io::Result<(Option<Report>, bool)> {
        let end = reader.bytes();
        let mut more = false;
        let masks = reader.masks()?;
        if masks != self.matcher.masks() {
            Arc::make_mut(&mut self.matcher).mask(masks);
        }
        if end > 0 {
            more = self.work(reader, end, !live)?;
        } else {
            self.seek = None;
        }
        let tell = if more {
            self.urgent || self.news && self.told.elapsed() >= REPORT_PAUSE
        } else {
            self.news || !self.told_end
        };
        Ok((tell.then(|| self.report(end, !more)), more))
    }

    fn work(&mut self, reader: &mut Reader, end: u64, whole: bool) -> io::Result<bool> {
        let matcher = Arc::clone(&self.matcher);
        if let Some(seek) = &mut self.seek
            && self.shortcut.is_none()
            && !seek.backward
            && seek.from > self.scan.at().line
        {
            match reader.line_window(seek.from, 1)?.first() {
                Some(line) => self.shortcut = Some(Scan::from(Place { offset: line.offset, line: line.number })),
                None => seek.from = 0,
            }
        }
        let more = match &mut self.shortcut {
            Some(shortcut) => {
                let more = shortcut.step(reader, &matcher, end, whole)?;
                if let (Some(seek), false) = (&mut self.seek, more) {
                    // There is none up to the end: it goes on at the beginning.
                    if shortcut.matches() == 0 {
                        seek.from = 0;
                    }
                    self.shortcut = self.shortcut.take().filter(|shortcut| shortcut.matches() > 0);
                }
                true
            }
            None => self.scan.step(reader, &matcher, end, whole)?,
        };
        self.news |= more;
        self.resolve(reader, &matcher, !more)?;
        if let (Some(line), None) = (self.found, self.ordinal)
            && (line < self.scan.at().line || !more)
        {
            self.ordinal = self.scan.ordinal(line, reader, &matcher)?;
            self.news = true;
        }
        Ok(more)
    }

    /// Answers the seek, if what was gone through is enough. `all` says that it is everything.
    fn resolve(&mut self, reader: &mut Reader, matcher: &Matcher, all: bool) -> io::Result<()> {
        let Some(seek) = self.seek else { return Ok(()) };
        let scan = self.shortcut.as_mut().unwrap_or(&mut self.scan);
        let found = if seek.backward {
            let near =
                if all || scan.at().line > seek.from { scan.at_or_before(seek.from, reader, matcher)? } else { None };
            if near.is_none() && all { scan.at_or_before(u64::MAX, reader, matcher)? } else { near }
        } else {
            let near = scan.at_or_after(seek.from, reader, matcher)?;
            if near.is_none() && all { scan.at_or_after(0, reader, matcher)? } else { near }
        };
        if found.is_some() || all {
            (self.seek, self.shortcut, self.found) = (None, None, found);
            (self.news, self.urgent) = (true, true);
        }
        Ok(())
    }

    fn report(&mut self, end: u64, done: bool) -> Report {
        (self.told, self.told_end, self.news, self.urgent) = (Instant::now(), done, false, false);
        Report {
            search: self.number,
            seek: self.newest_seek,
            sought: self.seek.is_none(),
            found: self.found,
            ordinal: self.ordinal,
            matches: self.scan.matches(),
            percent: if done { 100 } else { (self.scan.at().offset * 100 / end.max(1)).min(99) as u8 },
        }
    }
}

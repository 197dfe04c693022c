//! One search in one output: a scan of the whole that counts, and a shorter way to the match that is wanted now.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::message::{Marks, Report, Search, Seek};
use crate::output::Reader;
use crate::output::scan::{Scan, Wanted};

/// How often a search that goes on tells how far it is.
const REPORT_PAUSE: Duration = Duration::from_millis(50);

/// Bytes of the first part that is gone through backwards; each further one is twice as long.
const FIRST_PART: u64 = 1 << 20;
/// As long as a part becomes.
const LONGEST_PART: u64 = 64 << 20;

/// A search that was asked for.
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
pub(super) struct Finder {
    number: u64,
    wanted: Arc<Wanted>,
    scan: Scan,
    seek: Option<Seek>,
    /// From the place where the seek begins, where the scan has not come yet.
    shortcut: Option<Shortcut>,
    /// The seek went on at the other end.
    turned: bool,
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

/// A scan that begins where the seek does.
struct Shortcut {
    scan: Scan,
    /// Of one that goes backwards, where its part begins, and how long the next part is.
    back: Option<(u64, u64)>,
}

impl Finder {
    /// A search with nothing done yet.
    pub(super) fn new(search: Search) -> Self {
        let wanted = Arc::new(Wanted::matching(search.matcher));
        let mut finder = Self {
            number: search.number,
            scan: Scan::new(Arc::clone(&wanted)),
            wanted,
            seek: None,
            shortcut: None,
            turned: false,
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
        (self.seek, self.shortcut, self.turned, self.newest_seek) = (Some(seek), None, false, seek.number);
        (self.found, self.ordinal) = (None, None);
    }

    /// Where its matches are, for a bar of so many cells.
    pub(super) fn marks(&mut self, cells: u16, reader: &mut Reader) -> io::Result<Marks> {
        Ok(Marks::of(&self.scan.bands(usize::from(cells), reader)?))
    }

    /// Does some milliseconds of work; returns what there is to tell, and whether there is more to do.
    pub(super) fn step(&mut self, reader: &mut Reader, live: bool) -> io::Result<(Option<Report>, bool)> {
        let end = reader.bytes();
        let mut more = false;
        if end > 0 {
            more = self.work(reader, !live)?;
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

    fn work(&mut self, reader: &mut Reader, whole: bool) -> io::Result<bool> {
        if let (Some(seek), None) = (self.seek, &self.shortcut) {
            self.begin(seek, reader)?;
        }
        let more = match &mut self.shortcut {
            Some(shortcut) => {
                let more = shortcut.scan.step(reader, whole)?;
                if let Some(seek) = self.seek {
                    self.look_in_shortcut(seek, more, reader)?;
                }
                true
            }
            None => self.scan.step(reader, whole)?,
        };
        self.news |= more;
        if let (Some(seek), None) = (self.seek, &self.shortcut)
            && !seek.backward
        {
            match self.scan.at_or_after(seek.from, reader)? {
                None if !more => self.turn_or_end(seek, reader)?,
                None => {}
                found => self.answer(found),
            }
        }
        if let (Some(line), None) = (self.found, self.ordinal)
            && (!more || reader.line_offset(line.saturating_add(1))? <= self.scan.at())
        {
            self.ordinal = self.scan.ordinal(line, reader)?;
            self.news = true;
        }
        // Whoever waits is told, and then it goes on.
        Ok(more || self.seek.is_some())
    }

    /// Answers a seek from what was gone through, or takes the shortest way to where it begins.
    fn begin(&mut self, seek: Seek, reader: &mut Reader) -> io::Result<()> {
        if seek.backward {
            let behind = reader.line_offset(seek.from.saturating_add(1))?;
            return self.go_back(seek, behind, FIRST_PART, reader);
        }
        if seek.from >= reader.lines() {
            return self.turn_or_end(seek, reader);
        }
        let start = reader.line_offset(seek.from)?;
        if start > self.scan.at() {
            let scan = Scan::within(Arc::clone(&self.wanted), start..u64::MAX);
            self.shortcut = Some(Shortcut { scan, back: None });
        }
        Ok(())
    }

    /// Answers a seek if the shortcut is over or, forward, if it has come to a match.
    fn look_in_shortcut(&mut self, seek: Seek, more: bool, reader: &mut Reader) -> io::Result<()> {
        let Some(shortcut) = &mut self.shortcut else { return Ok(()) };
        match shortcut.back {
            None if shortcut.scan.matches() > 0 => {
                let found = shortcut.scan.at_or_after(seek.from, reader)?;
                self.answer(found);
            }
            None if !more => {
                self.shortcut = None;
                self.turn_or_end(seek, reader)?;
            }
            Some((start, next)) if !more => match shortcut.scan.at_or_before(seek.from, reader)? {
                None => self.go_back(seek, start, next, reader)?,
                found => self.answer(found),
            },
            None | Some(_) => {}
        }
        Ok(())
    }

    /// Goes on backwards from a place, by what was gone through already or by one more part of this length.
    fn go_back(&mut self, seek: Seek, from: u64, length: u64, reader: &mut Reader) -> io::Result<()> {
        self.shortcut = None;
        if from > self.scan.at() {
            let start = from.saturating_sub(length).max(self.scan.at());
            let scan = Scan::within(Arc::clone(&self.wanted), start..from);
            self.shortcut = Some(Shortcut { scan, back: Some((start, (length * 2).min(LONGEST_PART))) });
            return Ok(());
        }
        match self.scan.at_or_before(seek.from, reader)? {
            None => self.turn_or_end(seek, reader),
            found => {
                self.answer(found);
                Ok(())
            }
        }
    }

    /// Goes on at the other end, once.
    fn turn_or_end(&mut self, seek: Seek, reader: &mut Reader) -> io::Result<()> {
        if std::mem::replace(&mut self.turned, true) {
            self.answer(None);
            return Ok(());
        }
        let seek = Seek { from: if seek.backward { u64::MAX } else { 0 }, ..seek };
        self.seek = Some(seek);
        if seek.backward {
            return self.begin(seek, reader);
        }
        if let Some(found) = self.scan.at_or_after(0, reader)? {
            self.answer(Some(found));
        }
        Ok(())
    }

    fn answer(&mut self, found: Option<u64>) {
        (self.seek, self.shortcut, self.found) = (None, None, found);
        (self.news, self.urgent) = (true, true);
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
            percent: if done { 100 } else { (self.scan.at() * 100 / end.max(1)).min(99) as u8 },
        }
    }
}

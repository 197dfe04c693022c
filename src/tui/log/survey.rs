//! What is known of the whole output that is open: which lines a sieve keeps, which are grave, and where a jump leads.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::message::{Extent, Goal, Jump, LogAnswer, Marks, Sieving, Span, Tally, View, Window};
use super::sift::{Around, Sift};
use super::window::{self, Manner};
use crate::output::scan::Scan;
use crate::output::{Reader, SectionSearch};

/// How often work that goes on is told.
const REPORT_PAUSE: Duration = Duration::from_millis(50);
/// An output up to this size is gone through for errors when it is opened; a larger one when somebody asks for them.
const AT_ONCE: u64 = 64 << 20;
/// Lines without output for longer than this are in different sections.
pub(super) const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// What is known and what is sought.
#[derive(Debug)]
pub(super) struct Survey {
    sieving: Sieving,
    kept: Option<Sift>,
    grave: Option<Scan>,
    jump: Option<Jump>,
    section: Option<SectionSearch>,
    cells: u16,
    told: Instant,
    /// Something happened that was not told.
    news: bool,
    /// What was told last was that it is over.
    told_end: bool,
    /// The lines that were sent are not final.
    pub(super) due: bool,
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            sieving: Sieving { number: 0, sieve: None, context: 0 },
            kept: None,
            grave: None,
            jump: None,
            section: None,
            cells: 0,
            told: Instant::now(),
            news: false,
            told_end: true,
            due: false,
        }
    }
}

impl Survey {
    /// Whether anything is hidden.
    pub(super) fn hides(&self) -> bool {
        self.kept.is_some()
    }

    /// Hides other lines from now on. A change of the surroundings alone needs no other look.
    pub(super) fn sieve(&mut self, sieving: Sieving) {
        let same = match (&sieving.sieve, &self.sieving.sieve) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (None, None) => true,
            _ => false,
        };
        let had_grave = self.grave.is_some();
        self.sieving = sieving;
        (self.due, self.news) = (true, true);
        if same {
            return;
        }
        self.kept = self.sieving.sieve.clone().map(Sift::new);
        self.grave = None;
        if had_grave {
            self.look_for_grave();
        }
        self.told = Instant::now();
    }

    pub(super) fn jump(&mut self, jump: Jump) {
        (self.jump, self.section) = (Some(jump), None);
        if matches!(jump.to, Goal::GraveAfter(_) | Goal::GraveBefore(_)) && self.grave.is_none() {
            self.look_for_grave();
        }
    }

    fn look_for_grave(&mut self) {
        let wanted = self.sieving.sieve.as_deref().cloned().unwrap_or_default().grave();
        self.grave = Some(Scan::new(Arc::new(wanted)));
    }

    /// Marks are for a bar of so many cells from now on.
    pub(super) fn bar(&mut self, cells: u16) {
        if self.cells != cells {
            (self.cells, self.news) = (cells, true);
        }
    }

    /// Does a bounded piece of work; returns what there is to tell, and whether there is more to do.
    pub(super) fn step(&mut self, reader: &mut Reader, live: bool) -> io::Result<(Vec<LogAnswer>, bool)> {
        let end = reader.bytes();
        if self.grave.is_none() && end > 0 && end <= AT_ONCE {
            self.look_for_grave();
        }
        let masks = reader.masks()?.clone();
        let mut more = false;
        if let Some(kept) = &mut self.kept {
            let before = kept.offset();
            more = kept.step(reader, &masks, end, !live)?;
            self.news |= kept.offset() != before;
        }
        // What the screen waits for comes first.
        if let (Some(grave), false) = (&mut self.grave, more) {
            let before = grave.at();
            more = grave.step(reader, !live)?;
            self.news |= grave.at() != before;
        }
        let mut answers: Vec<LogAnswer> = self.lead(reader, end, !more)?.into_iter().collect();
        more |= self.jump.is_some();
        self.told_end &= !self.news && !more;
        let due = if more { self.news && self.told.elapsed() >= REPORT_PAUSE } else { !self.told_end };
        if due {
            answers.push(self.report(reader, end, more)?);
        }
        Ok((answers, more))
    }

    fn report(&mut self, reader: &mut Reader, end: u64, more: bool) -> io::Result<LogAnswer> {
        (self.told, self.news, self.told_end) = (Instant::now(), false, !more);
        let (cells, positions) = (self.cells, reader.lines() + 1);
        let percent = |at: u64| if more { (at * 100 / end.max(1)).min(99) as u8 } else { 100 };
        let kept = self.kept.as_ref().map(|kept| Tally {
            count: kept.kept(),
            percent: percent(kept.offset()),
            marks: kept.marks(cells, positions),
        });
        let grave = match &mut self.grave {
            Some(grave) => Some(Tally {
                count: grave.matches(),
                percent: percent(grave.at()),
                marks: Marks::of(&grave.bands(usize::from(cells), reader)?),
            }),
            None => None,
        };
        Ok(LogAnswer::Sifted { sieve: self.sieving.number, kept, grave })
    }

    /// Answers the jump, if what is known is enough. `all` says that it is everything.
    fn lead(&mut self, reader: &mut Reader, end: u64, all: bool) -> io::Result<Option<LogAnswer>> {
        let Some(Jump { number, to }) = self.jump else { return Ok(None) };
        let mut ordinal = None;
        let line = match to {
            Goal::Time(at) => Some(reader.line_at_time(at)?),
            Goal::BeforeEnd(back) => {
                let last = reader.lines().saturating_sub(1);
                let last = reader.line_window(last, 1)?.first().map(|line| line.at);
                match last.and_then(|last| last.checked_sub(back).ok()) {
                    Some(at) => Some(reader.line_at_time(at)?),
                    None => None,
                }
            }
            Goal::SectionAfter(line) | Goal::SectionBefore(line) => {
                let backward = matches!(to, Goal::SectionBefore(_));
                let search = match &mut self.section {
                    Some(search) => search,
                    none => none.insert(reader.sections(line, backward, PAUSE)?),
                };
                if reader.step_sections(search)? {
                    return Ok(None);
                }
                search.found()
            }
            Goal::GraveAfter(_) | Goal::GraveBefore(_) if end == 0 => None,
            Goal::GraveAfter(from) | Goal::GraveBefore(from) => {
                let Some(grave) = &mut self.grave else { return Ok(None) };
                if !all && grave.at() <= reader.line_offset(from)? {
                    return Ok(None);
                }
                let found = if matches!(to, Goal::GraveAfter(_)) {
                    let near = grave.at_or_after(from, reader)?;
                    if near.is_none() && all { grave.at_or_after(0, reader)? } else { near }
                } else {
                    let near = grave.at_or_before(from, reader)?;
                    if near.is_none() && all { grave.at_or_before(u64::MAX - 1, reader)? } else { near }
                };
                if found.is_none() && !all {
                    return Ok(None);
                }
                if let Some(line) = found {
                    ordinal = grave.ordinal(line, reader)?;
                }
                found
            }
        };
        (self.jump, self.section) = (None, None);
        Ok(Some(LogAnswer::Found { jump: number, line, ordinal }))
    }

    /// The kept lines of a view, as far as they are known. `searched` says that everything was gone through.
    pub(super) fn window(
        &mut self,
        manner: Manner<'_>,
        reader: &mut Reader,
        view: View,
        searched: bool,
    ) -> io::Result<Window> {
        let context = self.sieving.context;
        let number = self.sieving.number;
        let lines = Extent::of(reader).lines;
        let masks = reader.masks()?.clone();
        let Some(kept) = &mut self.kept else { return Ok(Window::default()) };
        let (line, above, below) = match view {
            View::Tail { count } => (u64::MAX, count, 0),
            View::Around { line, above, below } => (line, above, below),
            View::Window { first, count } => (first, 0, count),
        };
        let Around { lines: found, from_start, to_end } = kept.around(line, above, below, reader, &masks)?;
        let frontier = if searched { lines } else { kept.line() };
        let first = match found.first() {
            Some(first) if !from_start => first.saturating_sub(context),
            _ => 0,
        };
        let end = match found.last() {
            Some(last) if !to_end => (last + context + 1).min(frontier),
            _ => frontier,
        };
        self.due = !searched && (to_end || kept.line() <= line);
        let window = window::read_kept(manner, reader, &found, context, first, end.max(first))?;
        Ok(Window { sieve: number, ..window })
    }

    /// Whether it is known that a line is hidden.
    pub(super) fn is_hidden(&mut self, line: u64, reader: &mut Reader) -> io::Result<bool> {
        let masks = reader.masks()?.clone();
        let context = self.sieving.context;
        let Some(kept) = self.kept.as_mut().filter(|kept| kept.line() > line.saturating_add(context)) else {
            return Ok(false);
        };
        let near = kept.around(line.saturating_sub(context), 0, 1, reader, &masks)?;
        Ok(near.lines.first().is_none_or(|near| *near > line.saturating_add(context)))
    }

    /// The lines of a span that are shown, as ranges.
    pub(super) fn shown(&mut self, reader: &mut Reader, span: Span, most: usize) -> io::Result<Vec<Span>> {
        let masks = reader.masks()?.clone();
        let context = self.sieving.context;
        let Some(kept) = &mut self.kept else { return Ok(vec![span]) };
        let mut spans: Vec<Span> = Vec::new();
        for line in kept.around(span.first.saturating_sub(context), 0, most, reader, &masks)?.lines {
            let first = line.saturating_sub(context).max(span.first);
            let last = line.saturating_add(context).min(span.last);
            match spans.last_mut() {
                _ if first > last => break,
                Some(before) if before.last + 1 >= first => before.last = before.last.max(last),
                _ => spans.push(Span { first, last }),
            }
        }
        Ok(spans)
    }
}

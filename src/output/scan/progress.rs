//! A scan of one output: what was gone through, in steps that many threads share, and what was found in it.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::reader::{Fault, Tried};
use super::super::{Masks, Reader};
use super::block::{Carry, Hit, Lane, Seen};
use super::lanes::{lanes, share};
use super::{Grain, Wanted};

/// A step takes about so long: whoever waits for the thread that scans waits no longer.
const STEP: Duration = Duration::from_millis(8);
/// Blocks of a step, at most.
const MOST_BLOCKS: usize = 256;
/// As many when what was found is taken along.
const MOST_BLOCKS_SHOWN: usize = 32;
/// Blocks of the first step.
const FIRST_BLOCKS: usize = 8;

/// What was gone through. A block is 40 bytes here, whatever matches in it.
#[derive(Debug)]
pub struct Scan {
    pub(super) wanted: Arc<Wanted>,
    grain: Grain,
    pub(super) lanes: Vec<Lane>,
    most_lanes: usize,
    /// Where it goes on, and where it ends if not at the end.
    at: u64,
    until: u64,
    carry: Carry,
    pub(super) blocks: Vec<Block>,
    pub(super) matches: u64,
    /// Blocks of the next step.
    pace: usize,
    /// The gaps and the masks when the blocks were last looked through.
    gaps: Vec<Range<u64>>,
    masks: Masks,
    /// The lines of the block that was last asked for.
    pub(super) near: Option<(usize, Arc<[u64]>)>,
}

/// What was looked at in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) start: u64,
    pub(super) end: u64,
    /// The number of the line at its start, if anything in it is wanted.
    pub(super) line: u64,
    /// Wanted lines before it.
    pub(super) matches: u64,
    pub(super) carry: Carry,
}

impl Scan {
    /// A scan of the whole.
    pub fn new(wanted: Arc<Wanted>) -> Self {
        Self::of(wanted, 0..u64::MAX, Grain::default())
    }

    /// A scan of the lines that begin in this range of bytes.
    pub fn within(wanted: Arc<Wanted>, range: Range<u64>) -> Self {
        Self::of(wanted, range, Grain::default())
    }

    pub(super) fn of(wanted: Arc<Wanted>, range: Range<u64>, grain: Grain) -> Self {
        Self {
            wanted,
            grain,
            lanes: Vec::new(),
            most_lanes: lanes(),
            at: range.start,
            until: range.end,
            carry: Carry::None,
            blocks: Vec::new(),
            matches: 0,
            pace: FIRST_BLOCKS,
            gaps: Vec::new(),
            masks: Masks::default(),
            near: None,
        }
    }

    /// On this thread only.
    #[must_use]
    pub(super) fn alone(self) -> Self {
        Self { most_lanes: 1, ..self }
    }

    /// What it looks for.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Up to which byte everything was gone through.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// How many wanted lines there are in what was gone through.
    pub fn matches(&self) -> u64 {
        self.matches
    }

    /// Goes on, for some milliseconds; false when there is nothing more. A last line without line end counts only if the output is
    /// `whole`. What is missing is passed by.
    pub fn step(&mut self, reader: &mut Reader, whole: bool) -> io::Result<bool> {
        self.advance(reader, whole, MOST_BLOCKS, &|_| Ok(()), &mut |()| ())
    }

    /// As [`Scan::step`], and hands what was found to `take`, in order; of each block at most `most` lines.
    pub fn step_shown(
        &mut self,
        reader: &mut Reader,
        whole: bool,
        most: usize,
        take: &mut dyn FnMut(Vec<Hit>),
    ) -> io::Result<bool> {
        let wanted = Arc::clone(&self.wanted);
        self.advance(reader, whole, MOST_BLOCKS_SHOWN, &|lane| lane.shown(&wanted, most), take)
    }

    fn advance<T: Send>(
        &mut self,
        reader: &mut Reader,
        whole: bool,
        most: usize,
        gather: &(dyn Fn(&mut Lane) -> io::Result<T> + Sync),
        take: &mut dyn FnMut(T),
    ) -> io::Result<bool> {
        self.look_again(reader, whole)?;
        let ranges = self.next_blocks(reader, self.pace.min(most));
        if ranges.is_empty() {
            return Ok(false);
        }
        self.ready(reader, ranges.len())?;
        let begun = Instant::now();
        let wanted = &*self.wanted;
        let looked = share(&mut self.lanes, &ranges, |lane, range| -> Tried<(Seen, u64, T)> {
            let seen = lane.look(wanted, range, whole, Carry::None)?;
            Ok((seen, lane.line()?, gather(lane)?))
        });
        let took = begun.elapsed();
        if took < STEP / 2 && ranges.len() == self.pace {
            self.pace = (self.pace * 2).min(MOST_BLOCKS);
        } else if took > STEP * 2 {
            self.pace = (self.pace / 2).max(1);
        }
        for (number, (range, looked)) in ranges.into_iter().zip(looked).enumerate() {
            let (mut seen, mut line, mut found) = match looked {
                Ok(looked) => looked,
                Err(Fault::Moved) => {
                    reader.notice_gaps()?;
                    return Ok(true);
                }
                Err(Fault::Io(e)) => return Err(e),
            };
            if self.at != range.start {
                // A gap is in between: with it every line ends.
                (self.at, self.carry) = (range.start, Carry::None);
            }
            if self.carry != Carry::None {
                if number > 0 && begun.elapsed() > STEP * 2 {
                    // One thread is slower than all of them.
                    self.pace = number;
                    return Ok(true);
                }
                // Only now it is known how the long line stands that reaches into it.
                let Some(first) = self.lanes.first_mut() else { return Ok(false) };
                match first.look(&self.wanted, &range, whole, self.carry) {
                    Ok(again) => seen = again,
                    Err(Fault::Moved) => return Ok(true),
                    Err(Fault::Io(e)) => return Err(e),
                }
                (line, found) = (first.line()?, gather(first)?);
            }
            if seen.end == range.start {
                return Ok(false);
            }
            self.push(range.start..seen.end, line, seen);
            take(found);
            if seen.end < range.end {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The blocks that come next. None reaches over a gap.
    fn next_blocks(&self, reader: &Reader, count: usize) -> Vec<Range<u64>> {
        let mut blocks = Vec::with_capacity(count);
        let mut at = self.at;
        // A long line at the end is gone through to where it is known whether it is wanted.
        let until = if self.carry == Carry::Pending { u64::MAX } else { self.until };
        while blocks.len() < count && at < until {
            if let Some(missing) = reader.missing_at(at) {
                at = missing.gap.to;
                continue;
            }
            let Some(part) = reader.part_at(at) else { break };
            let end = (at + self.grain.block as u64).min(part.end).min(until);
            blocks.push(at..end);
            at = end;
        }
        blocks
    }

    /// Sees to it that there is a lane for each thread.
    pub(super) fn ready(&mut self, reader: &Reader, blocks: usize) -> io::Result<()> {
        let wanted = self.most_lanes.min(blocks).max(1);
        self.lanes.truncate(wanted);
        for lane in &mut self.lanes {
            lane.turn_to(reader.fork()?);
        }
        while self.lanes.len() < wanted {
            self.lanes.push(Lane::new(reader.fork()?, self.grain));
        }
        Ok(())
    }

    fn push(&mut self, range: Range<u64>, line: u64, seen: Seen) {
        self.near = None;
        let matches = self.matches;
        self.matches += seen.hits;
        let carry = std::mem::replace(&mut self.carry, seen.carry);
        self.at = range.end;
        // What grows in small steps makes no more blocks than what is there at once.
        if let Some(last) = self.blocks.last_mut()
            && last.end == range.start
            && range.end - last.start <= self.grain.block as u64
            && (last.carry, carry, seen.carry) == (Carry::None, Carry::None, Carry::None)
            && !self.gaps.iter().any(|gap| gap.end == range.start)
        {
            last.end = range.end;
            last.line = last.line.min(line);
            return;
        }
        self.blocks.push(Block { start: range.start, end: range.end, line, matches, carry });
    }

    fn restart(&mut self, from: u64) {
        (self.at, self.carry, self.matches, self.near) = (from, Carry::None, 0, None);
        self.blocks.clear();
    }

    /// Looks again through what has changed: where a gap is by now, or everything when the output was cut short or something else
    /// is masked in it.
    fn look_again(&mut self, reader: &mut Reader, whole: bool) -> io::Result<()> {
        let start = self.blocks.first().map_or(self.at, |block| block.start);
        let masks = reader.masks()?;
        if *masks != self.masks {
            self.masks.clone_from(masks);
            self.restart(start);
        }
        if reader.bytes() < self.at && reader.missing_at(self.at).is_none() {
            self.restart(start.min(reader.bytes()));
        }
        let gaps: Vec<_> = reader.missing().iter().map(|missing| missing.gap.from..missing.gap.to).collect();
        if gaps == self.gaps {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.gaps, gaps);
        let new: Vec<_> = self.gaps.iter().filter(|gap| !before.contains(gap)).cloned().collect();
        self.ready(reader, 1)?;
        match self.leave_out(&new, whole) {
            Ok(()) => Ok(()),
            // It goes on.
            Err(Fault::Moved) => {
                self.restart(start);
                reader.notice_gaps()
            }
            Err(Fault::Io(e)) => Err(e),
        }
    }

    /// Leaves out what is missing by now, and looks again at the lines that it ends or begins.
    fn leave_out(&mut self, new: &[Range<u64>], whole: bool) -> Tried<()> {
        let counts: Vec<u64> = self.blocks.iter().skip(1).map(|block| block.matches).chain([self.matches]).collect();
        let carries: Vec<Carry> = self.blocks.iter().skip(1).map(|block| block.carry).chain([self.carry]).collect();
        let blocks = std::mem::take(&mut self.blocks);
        (self.matches, self.near) = (0, None);
        // Up to where the lines were looked through, and how the last of them stands.
        let (mut reached, mut carry) = (u64::MAX, Carry::None);
        for ((block, after), carry_out) in blocks.into_iter().zip(counts).zip(carries) {
            let reach = block.end + self.grain.long.max(self.grain.overlap) as u64;
            let touched = new.iter().any(|gap| gap.start < reach && block.start <= gap.end);
            let carry_in = if reached == block.start { carry } else { Carry::None };
            if !touched && carry_in == block.carry {
                self.blocks.push(Block { matches: self.matches, ..block });
                self.matches += after - block.matches;
                (reached, carry) = (block.end, carry_out);
                continue;
            }
            let over = |gap: &&Range<u64>| gap.start < block.end && block.start < gap.end;
            let behind = block.end..block.end;
            let gaps: Vec<_> = self.gaps.iter().filter(over).cloned().chain([behind]).collect();
            let (mut from, mut carry_in) = (block.start, carry_in);
            for gap in gaps {
                if from < gap.start
                    && let Some(lane) = self.lanes.first_mut()
                {
                    let seen = lane.look(&self.wanted, &(from..gap.start), whole, carry_in)?;
                    let line = lane.line()?;
                    let (start, end, matches) = (from, gap.start, self.matches);
                    self.blocks.push(Block { start, end, line, matches, carry: carry_in });
                    self.matches += seen.hits;
                    (reached, carry) = (end, seen.carry);
                }
                (from, carry_in) = (gap.end, Carry::None);
            }
        }
        self.carry = if reached == self.at { carry } else { Carry::None };
        Ok(())
    }
}

#[cfg(test)]
impl Scan {
    /// How many blocks are remembered.
    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }
}
